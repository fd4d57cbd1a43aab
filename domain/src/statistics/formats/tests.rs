use std::collections::{BTreeMap, BTreeSet};

use proptest::prelude::*;

use super::*;
use crate::{
    CountryCode,
    statistics::{
        CsvFigures, Figure, Half, Metric, ProcessClass, StatisticsFilter, StatisticsRow, Total, figure::tests::figures,
        half::tests::halves,
    },
};

fn download(bytes: &[u8]) -> Download<'_> {
    Download {
        bytes,
        sha256: [7; 32],
        retrieved: NaiveDate::from_ymd_opt(2024, 5, 31).unwrap(),
        title: None,
        file_name: "requests.csv",
        period: None,
        service: None,
    }
}

fn rows(text: &str) -> Vec<StatisticsRow> {
    read(download(text.as_bytes())).unwrap().reports.remove(0).rows
}

fn refused(text: &str) -> String {
    read(download(text.as_bytes())).unwrap_err().to_string()
}

const GOOGLE: &str =
    "Period Ending,Country/Region,CLDR Territory Code,Legal Process,User Data Requests,Percentage disclosed,Accounts\n";
const APPLE: &str = "TR Period,TR Start Date,TR End Date,Country/Region,Emergency Requests Received,Requests Rejected/Challenged and No Data Provided,Requests where No Data Provided,Requests where Data Provided,Percentage of Requests where Data Provided\n";

fn google(line: &str) -> String {
    format!("{GOOGLE}{line}\n")
}

fn figure(rows: &[StatisticsRow], metric: Metric) -> Figure {
    rows.iter().find(|row| row.metric == metric).unwrap().figure
}

#[test]
fn googles_zeros_from_before_it_reported_are_not_zero() {
    let early = rows(&google("2010-06-30,Namibia,NA,,98,0,0"));
    assert_eq!(early[0].country, CountryCode::parse("NA"));
    assert_eq!(early[0].class, ProcessClass::All);
    assert_eq!(figure(&early, Metric::Requests), Figure::Exact(98));
    assert_eq!(figure(&early, Metric::DisclosedPercentage), Figure::NotReported);
    assert_eq!(figure(&early, Metric::Accounts), Figure::NotReported);
    let later = rows(&google("2010-12-31,Hungary,HU,All,68,0,0"));
    assert_eq!(figure(&later, Metric::DisclosedPercentage), Figure::Exact(0));
    assert_eq!(figure(&later, Metric::Accounts), Figure::NotReported);
    let last = rows(&google("2011-06-30,Hungary,HU,All,68,0,0"));
    assert_eq!(figure(&last, Metric::Accounts), Figure::Exact(0));
}

#[test]
fn googles_blanks_are_not_zero() {
    let preserved = rows(&google("2020-06-30,France,FR,Preservation Requests,12,,15"));
    assert_eq!(figure(&preserved, Metric::DisclosedPercentage), Figure::NotApplicable);
    let china = rows(&google("2021-06-30,China,CN,Requests for data of local subsidiary,,,"));
    assert!(china.iter().all(|row| row.figure == Figure::NotReported));
}

#[test]
fn the_united_nations_are_read_without_a_code() {
    assert_eq!(rows(&google("2020-06-30,United Nations,,Other Legal Requests,1,0,2"))[0].country, None);
}

#[test]
fn bytes_differ_and_figures_dont() {
    let plain = google("2013-06-30,Germany,DE,All,\"2,311\",48,\"3,079\"");
    let expected = rows(&plain);
    assert_eq!(expected[0].row, 2);
    for other in [
        format!("\u{feff}{plain}"),
        plain.replace('\n', "\r\n"),
        plain.replace('\n', "\r"),
        plain.trim_end().to_owned(),
        plain.replace("DE,All", " DE , All "),
    ] {
        assert_eq!(rows(&other), expected, "{other:?}");
    }
}

#[test]
fn what_is_not_known_stops_with_its_line() {
    for (text, message) in [
        (
            google("2013-06-31,Germany,DE,All,1,1,1"),
            "2: `2013-06-31` in the column `Period Ending` is not the last day",
        ),
        (google("2013-06-30,Germany,DE,Warrants,1,1,1"), "2: `Warrants` in the column `Legal Process` is no kind"),
        (google("2013-06-30,Germany,ZZ,All,1,1,1"), "2: `ZZ` in the column `CLDR Territory Code` is no ISO 3166-1"),
        (google("2013-06-30,Atlantis,,All,1,1,1"), "2: `Atlantis` in the column `Country/Region` is no country"),
        (google("2013-06-30,Germany,DE,All,1*,1,1"), "2: `1*` in the column `User Data Requests` is no count"),
        (google("2013-06-30,Germany,DE,All,1,101,1"), "2: `101` in the column `Percentage disclosed` is no percentage"),
        (google("2013-06-30,Germany,DE,All,1,1"), "2: the line has 6 cells where the header has 7"),
        (
            google("2013-06-30,Germany,DE,All,1,1,1\n2013-06-30,Germany,DE,All,2,1,1"),
            "3: Requests of Germany in 2013-H1",
        ),
        (
            google("2013-06-30,Germany,DE,All,1,1,1\n\n2013-06-30,Germany,DE,Subpoenas,2,1,1"),
            "4: Germany in 2013-H1 has figures for all kinds of process together and for single kinds",
        ),
        (GOOGLE.to_owned(), "1: the file has a header and no figures"),
        (String::new(), "1: the file is empty"),
        ("a,b\n1,2\n".to_owned(), "1: this header belongs to no file that is known"),
        (
            GOOGLE.replace("Accounts", "Users") + "2013-06-30,Germany,DE,All,1,1,1\n",
            "1: this header belongs to no file that is known; the nearest is “Google: global user data requests”, whose \
             `Accounts` is not here, which has no `Users`",
        ),
        (
            format!("{APPLE}2015 H1,7/1/15,12/31/15,Austria,1,-,-,-,-\n"),
            "2: `2015 H1` in the column `TR Period` is not",
        ),
    ] {
        let refused = refused(&text);
        assert!(refused.starts_with(message), "{refused}");
    }
    let unreadable = read(download(b"a,b\nD\xfcsseldorf,1\n")).unwrap_err();
    assert_eq!(unreadable.first.line, 2);
}

#[test]
fn a_comment_names_what_is_the_same_in_every_line() {
    let line = "2013-06-30,Germany,DE,All,1,1,1\n";
    let expected = rows(&google(line.trim()));
    let header = GOOGLE.replace("Legal Process,", "");
    let short = line.replace("All,", "");
    let text = format!("# These figures are a part: the first half of 2013\n# Legal Process: All\n{header}{short}");
    let refused = refused(&text);
    assert!(refused.contains("which has no `These figures are a part`"), "{refused}");
    let mut read = rows(&format!("# A part\n# Legal Process: All\n{header}{short}"));
    read.iter_mut().for_each(|row| row.row -= 2);
    assert_eq!(read, expected);
}

#[test]
fn preservation_beside_all_is_not_counted_twice() {
    let text = google("2020-06-30,France,FR,All,5,50,7\n2020-06-30,France,FR,Preservation Requests,12,,15");
    assert_eq!(rows(&text).len(), 6);
}

#[test]
fn apples_dashes_are_not_zero() {
    let rows = rows(&format!("{APPLE}2015 H1,1/1/15,6/30/15,Korea,1, -, -, -, -\n"));
    assert_eq!(rows[0].country, CountryCode::parse("KR"));
    assert_eq!(rows[0].class, ProcessClass::EmergencyDisclosure);
    assert_eq!(figure(&rows, Metric::Requests), Figure::Exact(1));
    assert_eq!(figure(&rows, Metric::DataDisclosed), Figure::NotReported);
    assert_eq!(figure(&rows, Metric::DisclosedPercentage), Figure::NotReported);
}

/// A publisher's own file where there are any, or else what the demonstration keeps of it: the same figures.
fn published(file: &str, demo: &'static str) -> Vec<StatisticsRow> {
    let path = format!("{}/../../shared/data/{file}", env!("CARGO_MANIFEST_DIR"));
    let bytes = std::fs::read(path).unwrap_or_else(|_| demo.as_bytes().to_vec());
    read(download(&bytes)).unwrap().reports.remove(0).rows
}

fn published_by_google() -> Vec<StatisticsRow> {
    let demo = include_str!("../../../../server/demo/statistics/google-user-data-requests.csv");
    published("google-2024-05/google-global-user-data-requests.csv", demo)
}

fn published_by_apple() -> Vec<StatisticsRow> {
    let demo = include_str!("../../../../server/demo/statistics/apple-account-requests.csv");
    published("apple-2024-05/account_requests.csv", demo)
}

fn totals(rows: &[StatisticsRow], metric: Metric) -> BTreeMap<String, Total> {
    let mut totals = BTreeMap::<_, Total>::new();
    for row in rows.iter().filter(|row| row.metric == metric && row.class.asks_for_disclosure()) {
        totals.entry(row.period.to_string()).or_default().add(row.figure);
    }
    totals
}

#[test]
fn googles_file_adds_up_to_what_google_states() {
    let rows = published_by_google();
    let totals = totals(&rows, Metric::Requests);
    assert_eq!(totals.len(), 28);
    let exact = |count| Total { figure: Figure::Exact(count), missing: 0 };
    assert_eq!(totals["2009-H2"], exact(12_539));
    assert_eq!(totals["2012-H2"], exact(12_951 + 8_438));
    assert_eq!(totals["2013-H1"], exact(25_879));
    assert_eq!(totals["2021-H1"].missing, 1);
    let codes = rows.iter().filter(|row| row.country.is_none()).map(|row| row.jurisdiction.as_str());
    assert_eq!(codes.collect::<BTreeSet<_>>(), BTreeSet::from(["United Nations"]));
}

#[test]
fn apples_outcomes_stay_as_published_where_they_exceed_the_requests() {
    let rows = published_by_apple();
    assert_eq!(totals(&rows, Metric::Requests).len(), 20);
    let outcome = |row: &&StatisticsRow| Metric::OUTCOMES.contains(&row.metric);
    let exceeding = rows
        .iter()
        .filter(|row| row.metric == Metric::Requests)
        .filter(|of| {
            let mut sum = Total::default();
            rows.iter().filter(outcome).filter(|row| row.row == of.row).for_each(|row| sum.add(row.figure));
            sum.figure.middle() > of.figure.middle()
        })
        .count();
    assert_eq!(exceeding, 30);
}

fn texts() -> impl Strategy<Value = String> {
    "[=+@'-]?[a-zA-Z,\"\n éü’]{0,12}[a-z]"
}

prop_compose! {
    fn any_row()(
        period in halves(),
        jurisdiction in texts(),
        country in proptest::option::of(proptest::sample::select(vec!["DE", "NA", "XK"])),
        class_published in texts(),
        class in proptest::sample::select(ProcessClass::ALL),
        metric in proptest::sample::select(Metric::ALL),
        figure in figures(),
        footnote in proptest::option::of(texts()),
        row in any::<u32>(),
    ) -> StatisticsRow {
        let [jurisdiction, class_published] = [jurisdiction, class_published].map(|text| text.trim().to_owned());
        let footnote = footnote.map(|text| text.trim().to_owned());
        let country = country.and_then(CountryCode::parse);
        StatisticsRow { period, jurisdiction, country, class_published, class, metric, figure, footnote, row }
    }
}

proptest! {
    #[test]
    fn what_is_downloaded_is_imported_elsewhere(row in any_row(), publisher in texts()) {
        let source = Source {
            publisher: publisher.trim().to_owned(),
            service: "s".to_owned(),
            title: "=t".to_owned(),
            retrieved: NaiveDate::from_ymd_opt(2023, 10, 1).unwrap(),
            sha256: [255; 32],
        };
        let mut csv = CsvFigures::with_header().unwrap();
        csv.write(&source, &row).unwrap();
        let bytes = csv.take().unwrap();
        let read = read(download(&bytes)).unwrap();
        prop_assert_eq!(read.format, Format::Vitrine);
        prop_assert!(StatisticsFilter::default().admits(&source.publisher, &source.service, &row));
        prop_assert_eq!(read.reports, vec![Report { source, rows: vec![row] }]);
    }

    #[test]
    fn any_bytes_are_read_or_refused(bytes in proptest::collection::vec(any::<u8>(), 0..200)) {
        prop_assert!(read(download(&bytes)).is_err());
    }

    #[test]
    fn any_cell_is_read_or_refused(cells in proptest::collection::vec("[ -~]{0,10}", 7)) {
        let quoted = cells.iter().map(|cell| format!("\"{}\"", cell.replace('"', "\"\""))).collect::<Vec<_>>();
        let _ = read(download(google(&quoted.join(",")).as_bytes()));
    }
}

#[test]
fn a_half_year_of_another_program_is_refused() {
    let mut csv = CsvFigures::with_header().unwrap();
    let row = StatisticsRow {
        period: Half::new(2013, 1).unwrap(),
        jurisdiction: "Germany".to_owned(),
        country: CountryCode::parse("DE"),
        class_published: String::new(),
        class: ProcessClass::All,
        metric: Metric::Requests,
        figure: Figure::Band { low: 0, high: 249 },
        footnote: None,
        row: 2,
    };
    let source = Source {
        publisher: "P".to_owned(),
        service: "s".to_owned(),
        title: String::new(),
        retrieved: NaiveDate::from_ymd_opt(2024, 5, 31).unwrap(),
        sha256: [1; 32],
    };
    csv.write(&source, &row).unwrap();
    let text = String::from_utf8(csv.take().unwrap()).unwrap();
    for (of, other, message) in [
        ("2013-06-30", "2013-12-31", "2: `2013-H1` in the column `period` is not the half-year"),
        (",band,", ",exact,", "2: `exact` in the column `status` does not go with these bounds"),
        (",all,", ",any,", "2: `any` in the column `class` is none of all, subpoena"),
        (",DE,", ",XX,", "2: `XX` in the column `country` is no ISO 3166-1 alpha-2 code"),
        ("P,s,", ",s,", "2: `` in the column `publisher` is empty"),
        ("0101", "01", "2: "),
    ] {
        let refused = refused(&text.replacen(of, other, 1));
        assert!(refused.starts_with(message), "{refused}");
    }
}
