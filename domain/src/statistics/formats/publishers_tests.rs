//! Each publisher's mapping on a few lines of its own shape, and on the publishers' own files where they are: in
//! `PUBLISHERS_FILES`, or `../shared/data` beside the repository.

use std::path::{Path, PathBuf};

use proptest::prelude::*;

use super::*;
use crate::statistics::{Figure, Metric, Source, StatisticsRow, Total, definition};

/// A file of each format, a line or two each. `{}` is a place whose cell a test replaces.
const SAMPLES: [(&str, &str); 20] = [
    (
        "google.csv",
        "Period Ending,Country/Region,CLDR Territory Code,Legal Process,User Data Requests,Percentage disclosed,Accounts\n\
         2013-06-30,Germany,DE,All,2311,48,3079\n2020-06-30,Namibia,NA,Preservation Requests,1,,2\n",
    ),
    (
        "google-2014.csv",
        "Period Ending,Country,CLDR Territory Code,Legal Process,User Data Requests,Percentage of requests where some data \
         produced,Users/Accounts Specified\n06/30/2013,Germany,DE,,2311,48,3079\n12/31/2009,Germany,DE,,458,,\n",
    ),
    (
        "google-enterprise.csv",
        "Period Ending,Country/Region,CLDR Territory Code,Product,Legal Process,Enterprise Cloud customer requests,Enterprise \
         Cloud customers,Percentage disclosed\n2019-12-31,Brazil,BR,GCP,Preservation Requests,1,1,\n\
         2019-12-31,Brazil,BR,Google Workspace,Other Legal Requests,13,16,23\n",
    ),
    (
        "google-dlr.csv",
        "Period Ending,Country/Region of Origin,CLDR Territory Code,Assisting Country,User Data Diplomatic Legal requests\n\
         2019-06-30,Albania,AL,United States,1\n2019-06-30,Albania,AL,Ireland,2\n",
    ),
    (
        "google-enterprise-dlr.csv",
        "Period Ending,Product,Country/Region of Origin,Assisting Country,Enterprise Diplomatic Legal requests\n\
         2019-12-31,GSUITE,,,0\n2020-12-31,GSUITE,Colombia,United States,1\n",
    ),
    (
        "google-usnationalsecurity-fisa-non-content-requests.csv",
        "Reporting period ending date,Number of requests (range MIN),Number of requests (range MAX),Number of accounts (range \
         MIN),Number of accounts (range MAX)\n2023-06-30,0,499,33000,33499\n",
    ),
    (
        "google-nsl-released.csv",
        "National Security Letter (NSL) number,NSL issue date,FBI release letter date\nNSL-13-363063,2013-02-06,2024-01-24\n",
    ),
    (
        "apple-accounts.csv",
        "TR Period,TR Start Date,TR End Date,Country/Region,Account Requests Received,Accounts Specified in Requests,Requests \
         Challenged in Part or Rejected in Full,Requests where Only Non-Content Data Provided,Requests where Content \
         Provided,Percentage of Requests where Data Provided\n2013 H1,1/1/13,6/30/13,Turkey,3,5,2,1,1,54%\n",
    ),
    (
        "apple-devices.csv",
        "TR Period,TR Start Date,TR End Date,Country/Region,Device Requests Received,Devices Specified in Requests,Requests where \
         Data Provided,Percentage of Requests where Data Provided\n2013 H1,1/1/13,6/30/13,Australia,1178,1929,695,59%\n",
    ),
    (
        "apple-emergencies.csv",
        "TR Period,TR Start Date,TR End Date,Country/Region,Emergency Requests Received,Requests Rejected/Challenged and No Data \
         Provided,Requests where No Data Provided,Requests where Data Provided,Percentage of Requests where Data Provided\n\
         2015 H1,1/1/15,6/30/15,Austria,1, -, -, -, -\n",
    ),
    (
        "apple-preservation.csv",
        "TR Date,TR Start Date,TR End Date,Country/Region,Account Preservation Requests Received,Accounts Specified in \
         Requests,Accounts where Data Preserved\n2016 H2,7/1/16,12/31/16,Austria,3,4,0\n",
    ),
    (
        "apple-national-security.csv",
        "TR Period,TR Start Date,TR End Date,Country/Region,National Security Requests Type+,Requests Received,Users/Accounts\n\
         2015 H2,7/1/15,12/31/15,United States of America,National Security,\"1,251 - 1,499\",\"1,000 - 1,249\"\n\
         2018 H1,1/1/18,6/30/18,United States of America,NSLs,3 - 499,503 - 999\n",
    ),
    (
        "github-requests.csv",
        "year,type,count_requests_received,count_disclosed\r\n2021,criminal or government agency subpoena,183,269\r\n2021,exigent \
         circumstances,6,5",
    ),
    ("github-accounts.csv", "year,half,count_accounts_affected\r\n2025,1,663\r\n"),
    ("github-cross-border.csv", "year,government,government_iso2_code,count\r\n2022,Republic of San Marino,SM,1\r\n"),
    ("github-notifications.csv", "year,half,type,count\n2025,1,gag order,262\n2025,1,notification,15\n"),
    (
        "github-national-security.csv",
        "year,month_range,type,count\r\n2024,Jul-Dec,National security letters and orders received,750-999\r\n2024,Jul-Dec,Affected \
         accounts,1500-1749\r\n",
    ),
    (
        "twitter.csv",
        "TIME PERIOD,COUNTRY,ISO CODE,ACCOUNT INFORMATION REQUESTS,PERCENTAGE WHERE SOME INFORMATION PRODUCED,ACCOUNTS \
         SPECIFIED,FLAGS,LINKS,REPORT LINKS\r\nJanuary - June 2017,Austria,AT,1*,100%,1,/at.svg,/at,/r\r\n\
         January - June 2017,Albania,AL,-,-,-,/al.svg,/al,/r\r\n\
         January - June 2017,Japan,JP,\"1,384\",65%,\"1,993\",/jp.svg,/jp,/r\r\nJanuary - June 2017,TOTAL,,\"1,385\",65%,\"1,994\",,,\r\n",
    ),
    (
        "microsoft.csv",
        "period,section,country,accounts_specified,disclosed_content,disclosed_noncontent,no_data_found,rejected,requests\n\
         2013-H1,combined,Argentina,675,0,371,75,9,455\n2025-H1,emergencies,Kingdom of Bahrain,2,,,,2,2\n",
    ),
    (
        "google-usnationalsecurity-nsl-requests.csv",
        "Reporting period ending date,Number of requests (range MIN),Number of requests (range MAX),Number of accounts (range \
         MIN),Number of accounts (range MAX)\n2021-12-31,8,499,1500,1999\n",
    ),
];

/// A file of Meta's of some year: the columns that it always has, and others.
fn meta(others: &[&str], cells: &[(&str, &str)]) -> String {
    let mut columns = meta::GOVERNMENT_REQUESTS.columns.to_vec();
    columns.extend_from_slice(others);
    let cell = |column: &&str| cells.iter().find(|(of, _)| of == column).map_or("", |(_, cell)| cell);
    let line = columns.iter().map(cell).map(|cell| format!("\"{cell}\"")).collect::<Vec<_>>();
    format!("\u{feff}{}\r{}\r{}", columns.join(","), line.join(","), ",".repeat(columns.len() - 1))
}

fn meta_2014() -> String {
    meta(
        &["Content Restricted", "Takedown reports", "Percent Witheld", "Internet Disruptions", "Emergency Disclosures"],
        &[
            ("Country", "Turkey"),
            ("Total Requests", "11,000 - 12,000"),
            ("Total Requests Accounts", "23,801"),
            ("Total Requests Percentage", "80%"),
            ("Subpoena", "7"),
            ("Subpoena Accounts", "8"),
            ("Subpoena Percentage", "79"),
            ("Content Restricted", "5"),
            ("Takedown reports", "0"),
        ],
    )
}

fn download<'a>(file_name: &'a str, bytes: &'a [u8]) -> Download<'a> {
    let retrieved = NaiveDate::from_ymd_opt(2024, 5, 31).unwrap();
    Download { bytes, sha256: [7; 32], retrieved, title: None, file_name, period: None, service: None }
}

fn file(name: &str, text: &str) -> ReadFile {
    read(download(name, text.as_bytes())).unwrap_or_else(|refused| panic!("{name}: {refused}"))
}

fn sample(name: &str) -> ReadFile {
    file(name, SAMPLES.iter().find(|(of, _)| *of == name).unwrap().1)
}

/// The figures of a file, as `service class metric figure`.
fn told(file: &ReadFile) -> Vec<String> {
    let of = |report: &Report| {
        let service = report.source.service.clone();
        report
            .rows
            .iter()
            .map(move |row| {
                format!("{service} | {} {} {} | {}", row.period, row.class.code(), row.metric.code(), row.figure)
            })
            .collect::<Vec<_>>()
    };
    file.reports.iter().flat_map(of).collect()
}

#[test]
fn there_is_a_sample_of_each_format() {
    let mut formats = SAMPLES.iter().map(|(name, text)| file(name, text).format).collect::<Vec<_>>();
    formats.push(file("2014_H1.csv", &meta_2014()).format);
    let missing = Format::ALL.iter().filter(|format| !formats.contains(format)).collect::<Vec<_>>();
    assert_eq!(missing, [&Format::Vitrine]);
}

#[test]
fn bands_stay_bands_whatever_way_they_are_written() {
    assert_eq!(
        told(&sample("google-usnationalsecurity-fisa-non-content-requests.csv")),
        [
            "FISA non-content requests | 2023-H1 fisa_non_content requests | 0 to 499",
            "FISA non-content requests | 2023-H1 fisa_non_content accounts | 33,000 to 33,499",
        ]
    );
    assert_eq!(
        told(&sample("google-usnationalsecurity-nsl-requests.csv"))[0],
        "National security letters | 2021-H2 national_security_letter requests | 8 to 499"
    );
    assert_eq!(
        told(&sample("apple-national-security.csv"))[0],
        "National security requests | 2015-H2 national_security requests | 1,251 to 1,499"
    );
    assert_eq!(
        told(&sample("github-national-security.csv")),
        [
            "National security letters and orders | 2024-H2 national_security requests | 750 to 999",
            "National security letters and orders | 2024-H2 national_security accounts | 1,500 to 1,749",
        ]
    );
}

#[test]
fn what_only_a_name_tells_is_asked_for() {
    let (_, text) = SAMPLES[5];
    let refused = read(download("requests.csv", text.as_bytes())).unwrap_err().to_string();
    assert!(refused.starts_with("1: the publisher's files of these series look alike"), "{refused}");
    let service = Some("fisa content REQUESTS");
    let told = read(Download { service, ..download("requests.csv", text.as_bytes()) }).unwrap();
    assert_eq!(told.reports[0].source.service, "FISA content requests");
    let text = meta_2014();
    let refused = read(download("report.csv", text.as_bytes())).unwrap_err().to_string();
    assert!(refused.starts_with("1: these files say only in their names which half-year"), "{refused}");
    let period = Half::parse("2014-H1");
    let told = read(Download { period, ..download("report.csv", text.as_bytes()) }).unwrap();
    assert_eq!(told, file("Facebook-Government-Report-2014_H1 (1).csv", &text));
}

#[test]
fn metas_totals_and_their_parts_are_series_of_their_own() {
    let file = file("Report-2014_H1.csv", &meta_2014());
    let told = told(&file);
    for figure in [
        "User data requests | 2014-H1 all requests | 11,000 to 12,000",
        "User data requests | 2014-H1 all accounts | 23,801",
        "User data requests | 2014-H1 preservation requests | not reported",
        "Legal process and emergencies | 2014-H1 legal_process requests | not reported",
        "Kinds of legal process | 2014-H1 subpoena disclosed_percentage | 79",
        "Content restrictions and internet disruptions | 2014-H1 all content_restricted | 5",
    ] {
        assert!(told.iter().any(|of| of == figure), "{figure}: {told:#?}");
    }
    // A kind that the country does not have is not even unknown.
    assert!(!told.iter().any(|of| of.contains("search_warrant")));
    let read = |column: &str| {
        let of_column = file.interpretations.iter().filter(|of| of.column == column);
        of_column.map(|of| of.read_as.as_str()).collect::<Vec<_>>()
    };
    assert_eq!(read("Country"), ["Türkiye"]);
    assert_eq!(read("Takedown reports"), ["nothing"]);
    assert_eq!(read(""), ["nothing"], "the blank line");
}

#[test]
fn a_total_is_compared_and_not_added() {
    let file = sample("twitter.csv");
    let requests = file.reports[0].rows.iter().filter(|row| row.metric == Metric::Requests).collect::<Vec<_>>();
    assert_eq!(requests.len(), 3);
    assert_eq!(requests[0].footnote.as_deref(), Some("marked with * by the publisher"));
    assert_eq!(requests[1].figure, Figure::NotReported);
    let total = file.interpretations.iter().filter(|of| of.line == 5).collect::<Vec<_>>();
    assert_eq!(total.len(), 3);
    assert!(total[0].reason.ends_with("the lines add up to it"), "{total:?}");
}

#[test]
fn nonsense_stays_with_a_note() {
    let file = sample("github-requests.csv");
    let disclosed = &file.reports[0].rows[1];
    assert_eq!(disclosed.figure, Figure::Exact(269));
    assert!(disclosed.footnote.as_ref().is_some_and(|note| note.starts_with(crate::statistics::READERS_NOTE)));
    assert!(file.reports[0].rows[0].period.is_whole());
    let apple = sample("apple-accounts.csv");
    let note = apple.reports[0].rows[0].footnote.as_deref();
    assert_eq!(note, Some("As published; a reader’s note: the outcomes of these requests add up to 4"));
}

#[test]
fn all_that_cant_be_read_is_told_at_once() {
    let text = "year,government,government_iso2_code,count\n2022,Atlantis,,x\n22,Germany,FR,1\n2022,Germany,DE\n2022,France,FR,1\n";
    let reading = examine(download("github.csv", text.as_bytes()));
    let places =
        reading.problems.iter().map(|of| (of.line, of.column.as_deref().unwrap_or_default())).collect::<Vec<_>>();
    assert_eq!(places, [(2, "government"), (2, "count"), (3, "year"), (3, "government_iso2_code"), (4, "")]);
    assert_eq!(reading.reports[0].rows.len(), 1, "what is right is shown");
    let refused = reading.whole().unwrap_err().to_string();
    assert!(refused.ends_with("There are 4 more things that can't be read; a preview shows them"), "{refused}");
}

#[test]
fn a_repeated_line_counts_once_and_a_contradicting_one_stops() {
    let header = "year,government,government_iso2_code,count\n2022,France,FR,1\n";
    let repeated = file("github.csv", &format!("{header}2022,France,FR,1\n"));
    assert_eq!(repeated.reports[0].rows.len(), 1);
    assert_eq!(repeated.interpretations[0].reason, "it repeats line 2 cell by cell; a figure is counted once");
    let contradicting = format!("{header}2022,France,FR,2\n");
    let refused = read(download("github.csv", contradicting.as_bytes())).unwrap_err();
    assert!(refused.first.reason.ends_with("stands in line 2 already"), "{refused}");
}

#[test]
fn macroman_is_read_where_every_name_is_known_then() {
    let (head, line) = (
        "TR Date,TR Start Date,TR End Date,Country/Region,Account Preservation Requests Received,Accounts Specified in Requests,Accounts where Data Preserved\n2016 H2,7/1/16,12/31/16,",
        ",1,1,0\n",
    );
    let bytes = [head.as_bytes(), b"C\x99te d\xd5Ivoire", line.as_bytes()].concat();
    let file = read(download("apple.csv", &bytes)).unwrap();
    assert_eq!(file.reports[0].rows[0].jurisdiction, "Côte d’Ivoire");
    assert_eq!((file.interpretations[0].line, file.interpretations[0].read_as.as_str()), (2, "MacRoman"));
    let bytes = [head.as_bytes(), b"C\xf4te d'Ivoire", line.as_bytes()].concat();
    let refused = read(download("apple.csv", &bytes)).unwrap_err();
    assert!(refused.to_string().starts_with("2: the file is not UTF-8, nor MacRoman"), "{refused}");
    let garbled = read(download("apple.csv", format!("{head}T√ºrkiye{line}").as_bytes())).unwrap();
    assert_eq!(garbled.reports[0].rows[0].country.map(|of| of.to_string()).as_deref(), Some("TR"));
}

#[test]
fn percentages_with_decimals_are_read_as_what_they_can_be() {
    let text = SAMPLES[8].1;
    let percentage = |cell: &str| {
        let file = file("apple.csv", &text.replace("59%", cell));
        (file.reports[0].rows[3].figure, file.interpretations.len())
    };
    assert_eq!(percentage("83.00%"), (Figure::Exact(83), 1));
    assert_eq!(percentage("83.5"), (Figure::Band { low: 83, high: 84 }, 1));
    assert_eq!(percentage("83"), (Figure::Exact(83), 0));
}

#[test]
fn json_is_sent_back_with_what_to_do() {
    let refused = read(download("datapackage.json", b"{\"resources\": []}")).unwrap_err().to_string();
    assert!(refused.contains("choose the CSV files that it names"), "{refused}");
}

/// Where each cell of a file stands: line and column, both from 0, header left out.
fn cells(text: &str) -> Vec<(usize, usize, String)> {
    let mut reader = csv::ReaderBuilder::new().has_headers(false).flexible(true).from_reader(text.as_bytes());
    let records = reader.records().map(Result::unwrap).collect::<Vec<_>>();
    let cells = records.iter().enumerate().skip(1).flat_map(|(line, record)| {
        record.iter().enumerate().map(move |(column, cell)| (line, column, cell.to_owned())).collect::<Vec<_>>()
    });
    cells.collect()
}

/// The file with another text in one of its cells.
fn with_cell(text: &str, (line, column): (usize, usize), cell: &str) -> String {
    let mut reader = csv::ReaderBuilder::new().has_headers(false).flexible(true).from_reader(text.as_bytes());
    let mut writer = csv::WriterBuilder::new().flexible(true).from_writer(Vec::new());
    for (at, record) in reader.records().map(Result::unwrap).enumerate() {
        let cells = record.iter().enumerate().map(|(of, old)| if (at, of) == (line, column) { cell } else { old });
        writer.write_record(cells).unwrap();
    }
    String::from_utf8(writer.into_inner().unwrap()).unwrap()
}

/// Every sample, Meta's included.
fn samples() -> Vec<(&'static str, String)> {
    let mut samples = SAMPLES.iter().map(|(name, text)| (*name, (*text).to_owned())).collect::<Vec<_>>();
    samples.push(("Report-2014_H1.csv", meta_2014().replace('\r', "\n")));
    samples
}

#[test]
fn it_is_known_how_every_series_of_requests_and_accounts_counts() {
    for (name, text) in samples() {
        for report in read(download(name, text.as_bytes())).unwrap().reports {
            let counted = |row: &StatisticsRow| matches!(row.metric, Metric::Requests | Metric::Accounts);
            if report.rows.iter().any(counted) {
                let Source { publisher, service, .. } = &report.source;
                let known = definition(publisher, service).filter(|of| of.publisher.as_ref() == Some(publisher));
                assert!(known.is_some(), "{publisher}, {service}");
            }
        }
    }
}

#[test]
fn a_number_in_any_cell_is_a_figure_an_interpretation_or_a_problem() {
    const NUMBER: u64 = 987_654_321;
    for (name, text) in samples() {
        for (line, column, _) in cells(&text) {
            let other = with_cell(&text, (line, column), &NUMBER.to_string());
            let reading = examine(download(name, other.as_bytes()));
            let figure = |row: &StatisticsRow| {
                row.figure.bounds().is_some_and(|(low, high)| low == NUMBER || high == NUMBER)
                    || [&row.jurisdiction, &row.class_published].into_iter().any(|of| of.contains(&NUMBER.to_string()))
            };
            let kept = reading.reports.iter().flat_map(|report| &report.rows).any(figure);
            let told = reading.interpretations.iter().any(|of| of.published == NUMBER.to_string());
            // The last three columns of Twitter's are addresses.
            let address = name == "twitter.csv" && column > 5;
            // A country's name stands beside a code that is the key.
            assert!(kept || told || !reading.problems.is_empty() || address, "{name}: {line}, {column}");
        }
    }
}

proptest! {
    #[test]
    fn a_mutated_file_is_read_or_refused(
        sample in 0..21usize,
        place in any::<prop::sample::Index>(),
        cell in "[ -~\u{e9}√]{0,12}",
        cut in any::<prop::sample::Index>(),
    ) {
        let (name, text) = samples().swap_remove(sample);
        let cells = cells(&text);
        let (line, column, _) = place.get(&cells);
        let other = with_cell(&text, (*line, *column), &cell);
        let reading = examine(download(name, other.as_bytes()));
        // A file is whole or refused, and a refusal says where.
        prop_assert!(reading.problems.iter().all(|of| of.line > 0 && !of.reason.is_empty()));
        prop_assert!(!reading.reports.is_empty() || !reading.problems.is_empty());
        let bytes = other.as_bytes();
        let _ = examine(download(name, &bytes[..cut.index(bytes.len())]));
    }

    #[test]
    fn bytes_of_a_file_may_be_anything(
        sample in 0..21usize,
        place in any::<prop::sample::Index>(),
        byte in any::<u8>(),
    ) {
        let (name, text) = samples().swap_remove(sample);
        let mut bytes = text.into_bytes();
        let place = place.index(bytes.len());
        bytes[place] = byte;
        let _ = examine(download(name, &bytes));
    }
}

/// Every file of the publishers', with its path below the folder.
fn published() -> Vec<(String, Vec<u8>)> {
    fn walk(folder: &Path, found: &mut Vec<PathBuf>) {
        for entry in std::fs::read_dir(folder).into_iter().flatten().flatten() {
            let path = entry.path();
            if path.is_dir() { walk(&path, found) } else { found.push(path) }
        }
    }
    let beside = || Path::new(env!("CARGO_MANIFEST_DIR")).join("../../shared/data");
    let folder = std::env::var_os("PUBLISHERS_FILES").map_or_else(beside, PathBuf::from);
    let mut paths = Vec::new();
    walk(&folder, &mut paths);
    paths.retain(|path| path.extension().is_some_and(|of| of == "csv"));
    paths.sort();
    if paths.is_empty() {
        println!("skipped: the publishers' files are not in {}", folder.display());
    }
    let name = |path: &Path| path.strip_prefix(&folder).unwrap_or(path).display().to_string();
    paths.iter().map(|path| (name(path), std::fs::read(path).unwrap())).collect()
}

/// `server/tests/statistics.rs` compares every total; this says that nothing is left.
#[test]
fn every_file_of_the_publishers_is_read_whole() {
    for (path, bytes) in published() {
        assert_eq!(examine(download(&path, &bytes)).problems, [], "{path}");
    }
}

/// Each half-year's lower bound is how many of its letters were released, where it was raised.
#[test]
fn googles_released_letters_are_the_lower_bounds_of_its_bands() {
    let mut totals = Vec::new();
    for (path, bytes) in published() {
        if path.ends_with("nsl-requests-released.csv") || path.ends_with("nsl-requests.csv") {
            let mut by_half = std::collections::BTreeMap::<Half, Total>::new();
            for row in file(&path, std::str::from_utf8(&bytes).unwrap()).reports.remove(0).rows {
                if row.metric == Metric::Requests {
                    by_half.entry(row.period).or_default().add(row.figure);
                }
            }
            totals.push(by_half);
        }
    }
    let [released, bands] = &totals[..] else { return };
    let raised = bands.iter().filter_map(|(half, total)| Some((half, total.figure.bounds()?.0)));
    for (half, low) in raised.filter(|(_, low)| *low > 0 && *low < 500) {
        assert_eq!(released[half].figure, Figure::Exact(low), "{half}");
    }
}
