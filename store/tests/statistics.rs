//! Published statistics on both engines.
#![expect(clippy::unwrap_used, reason = "the bodies are tests, which clippy does not see through the macro")]

use chrono::NaiveDate;
use domain::{
    CountryCode,
    statistics::{
        CsvFigures, Download, Figure, Format, Half, Metric, ProcessClass, Report, Source, StatisticsFilter,
        StatisticsRow, Total, read,
    },
};
use futures::StreamExt;
use store::{Imported, NewImport, Store, store_test, testing::TestStore};

const GOOGLE: &str =
    "Period Ending,Country/Region,CLDR Territory Code,Legal Process,User Data Requests,Percentage disclosed,Accounts
2010-06-30,Germany,DE,All,668,0,0
2012-12-31,Germany,DE,All,1550,42,1944
2012-12-31,United States,US,Search Warrants,1896,88,3152
2012-12-31,United States,US,Subpoenas,5784,88,10390
2013-06-30,Germany,DE,All,2311,48,3079
2013-06-30,Namibia,NA,Preservation Requests,7,,9
2021-06-30,China,CN,Requests for data of local subsidiary,,,
2021-06-30,Germany,DE,Other Legal Requests,100,80,150
2021-06-30,United Nations,,Other Legal Requests,1,0,2
";

const APPLE: &str = "TR Period,TR Start Date,TR End Date,Country/Region,Account Requests Received,Accounts Specified in Requests,Requests Challenged in Part or Rejected in Full,Requests where Only Non-Content Data Provided,Requests where Content Provided,Percentage of Requests where Data Provided
2013 H1,1/1/13,6/30/13,Australia,74,75,22,40,0,54%
2013 H1,1/1/13,6/30/13,Austria,2,2,1,1,0,50%
";

async fn import(store: &Store, text: &str, retrieved: &str) -> Imported {
    let mut sha256 = [0; 32];
    // A hash that is good enough to tell these texts apart.
    for (place, byte) in text.bytes().enumerate() {
        sha256[place % 32] = u8::wrapping_mul(sha256[place % 32], 31).wrapping_add(byte);
    }
    let retrieved = NaiveDate::parse_from_str(retrieved, "%Y-%m-%d").unwrap();
    let file_name = "requests.csv";
    let download =
        Download { bytes: text.as_bytes(), sha256, retrieved, title: None, file_name, period: None, service: None };
    let file = read(download).unwrap();
    let (original, by, reports) = (text.as_bytes(), "The operator", file.reports.as_slice());
    let interpretations = file.interpretations.as_slice();
    let import = NewImport { sha256, format: file.format, file_name, original, by, reports, interpretations };
    store.statistics().import(&[import]).await.unwrap().remove(0)
}

fn half(text: &str) -> Half {
    Half::parse(text).unwrap()
}

fn exact(count: u64) -> Total {
    Total { figure: Figure::Exact(count), missing: 0 }
}

fn filter(query: &str) -> StatisticsFilter {
    let (filter, problems) = StatisticsFilter::from_query(query);
    assert_eq!(problems, []);
    filter
}

async fn exported(store: &Store, query: &str) -> Vec<(Source, StatisticsRow)> {
    let rows = store.statistics().export(filter(query)).await.unwrap();
    rows.map(|row| row.unwrap()).map(|(source, row)| ((*source).clone(), row)).collect().await
}

store_test! {
    async fn totals_leave_preservation_out_and_say_what_is_missing(test: TestStore) {
        assert_eq!(
            import(&test.store, GOOGLE, "2024-05-31").await,
            Imported::Stored { figures: 27, shown: 4 }
        );
        let statistics = test.store.statistics();
        let series = statistics.series().await.unwrap().remove(0);
        assert_eq!((series.publisher.as_str(), series.service.as_str()), ("Google", "User data requests"));
        assert_eq!((series.from, series.to, series.halves), (half("2010-H1"), half("2021-H1"), 4));
        assert!(!series.preservation);
        let counts = statistics.requests(&series, &StatisticsFilter::default()).await.unwrap();
        let halves = counts.halves(None);
        assert_eq!(halves[&half("2012-H2")], exact(1_550 + 1_896 + 5_784));
        assert_eq!(halves[&half("2013-H1")], exact(2_311));
        assert_eq!(halves[&half("2021-H1")], Total { figure: Figure::Exact(101), missing: 1 });
        let countries = counts.countries();
        let names = countries.iter().map(|of| (of.name.as_str(), of.total)).collect::<Vec<_>>();
        assert_eq!(names, [
            ("United States", exact(7_680)),
            ("Germany", exact(4_629)),
            ("United Nations", exact(1)),
            ("China", Total { figure: Figure::NotReported, missing: 1 }),
        ]);
        assert_eq!(counts.halves(CountryCode::parse("DE"))[&half("2010-H1")], exact(668));
        let codes = statistics.countries(&series).await.unwrap();
        assert_eq!(codes.iter().map(|code| code.as_str()).collect::<Vec<_>>(), ["CN", "DE", "US"]);
        assert_eq!(statistics.preservation(&series, &filter("")).await.unwrap(), exact(7));
        assert_eq!(statistics.preservation(&series, &filter("country=DE")).await.unwrap(), Total::default());
    }
}

store_test! {
    async fn a_period_is_a_range_with_both_ends(test: TestStore) {
        import(&test.store, GOOGLE, "2024-05-31").await;
        let statistics = test.store.statistics();
        let series = statistics.series().await.unwrap().remove(0);
        let counts = statistics.requests(&series, &filter("from=2012-H2&to=2013-H1")).await.unwrap();
        assert_eq!(counts.halves(None).into_keys().collect::<Vec<_>>(), [half("2012-H2"), half("2013-H1")]);
        let none = statistics.requests(&series, &filter("from=2030-H1")).await.unwrap();
        assert!(none.halves(None).is_empty() && none.countries().is_empty());
    }
}

store_test! {
    async fn outcomes_are_those_published_or_worked_out_from_the_percentage(test: TestStore) {
        import(&test.store, GOOGLE, "2024-05-31").await;
        import(&test.store, APPLE, "2024-05-31").await;
        let statistics = test.store.statistics();
        let series = statistics.series().await.unwrap();
        assert_eq!(series.iter().map(|of| of.publisher.as_str()).collect::<Vec<_>>(), ["Apple", "Google"]);
        let apple = statistics.outcomes(&series[0], &filter("")).await.unwrap();
        assert!(!apple.derived);
        assert_eq!(
            apple.metrics,
            [Metric::RejectedOrChallenged, Metric::NonContentDisclosed, Metric::ContentDisclosed]
        );
        assert_eq!(apple.halves[&half("2013-H1")][&Metric::NonContentDisclosed], exact(41));
        let google = statistics.outcomes(&series[1], &filter("country=DE")).await.unwrap();
        assert!(google.derived);
        let early = &google.halves[&half("2010-H1")];
        assert_eq!(early[&Metric::DataDisclosed], Total { figure: Figure::NotReported, missing: 1 });
        let later = &google.halves[&half("2021-H1")];
        assert_eq!(later[&Metric::DataDisclosed], exact(80));
        assert_eq!(later[&Metric::NoData], exact(20));
        // 47.5 to 48.5 percent of 2,311.
        let band = google.halves[&half("2013-H1")][&Metric::DataDisclosed].figure;
        assert_eq!(band, Figure::Band { low: 1_098, high: 1_120 });
    }
}

store_test! {
    async fn a_measure_and_a_kind_of_process_narrow_what_is_counted(test: TestStore) {
        import(&test.store, GOOGLE, "2024-05-31").await;
        let statistics = test.store.statistics();
        let mut series = statistics.series().await.unwrap().remove(0);
        let (measures, processes) = statistics.kinds(&series).await.unwrap();
        assert_eq!(measures, [Metric::Requests, Metric::Accounts]);
        assert!(processes.contains(&ProcessClass::SearchWarrant) && processes.contains(&ProcessClass::Preservation));
        let warrants = statistics.requests(&series, &filter("process=search_warrant")).await.unwrap();
        assert_eq!(warrants.halves(None), [(half("2012-H2"), exact(1_896))].into());
        let kept = statistics.requests(&series, &filter("process=preservation")).await.unwrap();
        assert_eq!(kept.halves(None), [(half("2013-H1"), exact(7))].into());
        series.metric = Metric::Accounts;
        let accounts = statistics.requests(&series, &filter("process=subpoena")).await.unwrap();
        assert_eq!(accounts.halves(None), [(half("2012-H2"), exact(10_390))].into());
        let rows = exported(&test.store, "process=subpoena&measure=accounts").await;
        assert_eq!(rows.into_iter().map(|(_, row)| row.figure).collect::<Vec<_>>(), [Figure::Exact(10_390)]);
    }
}

store_test! {
    async fn kinds_of_process_add_up_to_the_total(test: TestStore) {
        import(&test.store, GOOGLE, "2024-05-31").await;
        let statistics = test.store.statistics();
        let series = statistics.series().await.unwrap().remove(0);
        let processes = statistics.processes(&series, &filter("from=2012-H2&to=2012-H2")).await.unwrap();
        let sums = processes.sums();
        let expected = [
            (ProcessClass::Subpoena, exact(5_784)),
            (ProcessClass::SearchWarrant, exact(1_896)),
            (ProcessClass::All, exact(1_550)),
        ];
        assert_eq!(sums, expected);
        assert_eq!(processes.published[&ProcessClass::Subpoena], ["Subpoenas".to_owned()].into());
        let total = statistics.requests(&series, &filter("")).await.unwrap().halves(None)[&half("2012-H2")];
        let mut sum = Total::default();
        sums.into_iter().for_each(|(_, of)| sum.merge(of));
        assert_eq!(sum, total);
    }
}

store_test! {
    async fn the_database_works_outcomes_out_as_the_domain_does(test: TestStore) {
        let mut text = GOOGLE.lines().next().unwrap().to_owned() + "\n";
        for percentage in 0..=100_u64 {
            let (year, end) = (2011 + percentage / 10, if percentage % 10 < 5 { "06-30" } else { "12-31" });
            let country = ["Germany,DE", "France,FR", "Italy,IT", "Spain,ES", "Namibia,NA"][percentage as usize % 5];
            let requests = [0, 1, 3, 7, 99, 101, 668, 5_784][percentage as usize % 8];
            text.push_str(&format!("{year}-{end},{country},All,{requests},{percentage},1\n"));
        }
        import(&test.store, &text, "2024-05-31").await;
        let statistics = test.store.statistics();
        let series = statistics.series().await.unwrap().remove(0);
        let rows = exported(&test.store, "").await;
        let figure = |of: &StatisticsRow, metric| {
            let mut found = rows.iter().map(|(_, row)| row);
            found.find(|row| row.row == of.row && row.metric == metric).unwrap().figure
        };
        let mut expected = std::collections::BTreeMap::<(Half, Metric), Total>::new();
        let mut of_germany = Total::default();
        for (_, row) in rows.iter().filter(|(_, row)| row.metric == Metric::Requests) {
            let disclosed = row.figure.part(figure(row, Metric::DisclosedPercentage));
            expected.entry((row.period, Metric::DataDisclosed)).or_default().add(disclosed);
            expected.entry((row.period, Metric::NoData)).or_default().add(row.figure.without(disclosed));
            if row.country == CountryCode::parse("DE") {
                of_germany.add(disclosed);
            }
        }
        let outcomes = statistics.outcomes(&series, &filter("")).await.unwrap();
        assert!(outcomes.derived);
        let found = outcomes.halves.iter().flat_map(|(half, of)| of.iter().map(|(metric, total)| ((*half, *metric), *total)));
        assert_eq!(found.collect::<std::collections::BTreeMap<_, _>>(), expected);
        let countries = statistics.country_outcomes(&series, &filter("")).await.unwrap();
        let germany = countries.iter().find(|of| of.name == "Germany").unwrap();
        assert_eq!((countries.len(), germany.totals[&Metric::DataDisclosed]), (5, of_germany));
    }
}

store_test! {
    async fn how_a_file_was_read_is_told_with_its_series(test: TestStore) {
        import(&test.store, GOOGLE, "2024-05-31").await;
        let statistics = test.store.statistics();
        let series = statistics.series().await.unwrap().remove(0);
        let read_so = statistics.read_so(&series).await.unwrap();
        let file = Download {
            bytes: GOOGLE.as_bytes(),
            sha256: [0; 32],
            retrieved: NaiveDate::from_ymd_opt(2024, 5, 31).unwrap(),
            title: None,
            file_name: "requests.csv",
            period: None,
            service: None,
        };
        let expected = domain::statistics::interpreted(&read(file).unwrap().interpretations);
        assert!(!expected.is_empty());
        assert_eq!(read_so.into_iter().map(|of| of.interpreted).collect::<Vec<_>>(), [expected]);
    }
}

store_test! {
    async fn remarks_on_figures_that_are_alike_stand_together(test: TestStore) {
        let text = "TIME PERIOD,COUNTRY,ISO CODE,ACCOUNT INFORMATION REQUESTS,PERCENTAGE WHERE SOME INFORMATION PRODUCED,ACCOUNTS SPECIFIED,FLAGS,LINKS,REPORT LINKS
January - June 2017,Germany,DE,3*,50%,4,,,
January - June 2017,France,FR,2*,50%,4,,,
";
        import(&test.store, text, "2024-05-31").await;
        let statistics = test.store.statistics();
        let series = statistics.series().await.unwrap().remove(0);
        let footnotes = statistics.footnotes(&series, &filter("")).await.unwrap();
        let [footnote] = &footnotes[..] else { panic!("{footnotes:?}") };
        assert_eq!((footnote.text.as_str(), footnote.metric), ("marked with * by the publisher", Metric::Requests));
        assert_eq!((footnote.figures, footnote.from, footnote.jurisdiction.as_deref()), (2, half("2017-H1"), None));
        let of_germany = statistics.footnotes(&series, &filter("country=DE")).await.unwrap();
        assert_eq!(of_germany[0].jurisdiction.as_deref(), Some("Germany"));
    }
}

store_test! {
    async fn the_same_file_again_changes_nothing(test: TestStore) {
        let statistics = test.store.statistics();
        assert_eq!(statistics.version().await.unwrap(), "0");
        import(&test.store, GOOGLE, "2024-05-31").await;
        let version = statistics.version().await.unwrap();
        let before = exported(&test.store, "").await;
        test.clock.set(domain::Timestamp::parse("2026-04-01T00:00:00Z").unwrap());
        let again = import(&test.store, GOOGLE, "2026-04-01").await;
        assert_eq!(again, Imported::Repeated { at: domain::Timestamp::parse("2026-03-01T12:00:00Z").unwrap() });
        assert_eq!(statistics.version().await.unwrap(), version);
        assert_eq!(exported(&test.store, "").await, before);
    }
}

store_test! {
    async fn a_correction_replaces_what_is_shown_and_an_older_download_does_not(test: TestStore) {
        import(&test.store, GOOGLE, "2023-10-31").await;
        let version = test.store.statistics().version().await.unwrap();
        // The correction covers three of the half-years, and no longer has the United Nations.
        let corrected = GOOGLE
            .replace("DE,All,2311", "DE,All,2312")
            .replace("2010-06-30,Germany,DE,All,668,0,0\n", "")
            .replace("2021-06-30,United Nations,,Other Legal Requests,1,0,2\n", "");
        let stored = import(&test.store, &corrected, "2024-05-31").await;
        assert_eq!(stored, Imported::Stored { figures: 21, shown: 3 });
        assert_ne!(test.store.statistics().version().await.unwrap(), version);
        let older = GOOGLE.replace("DE,All,2311", "DE,All,2000");
        assert_eq!(import(&test.store, &older, "2023-01-01").await, Imported::Stored { figures: 27, shown: 0 });
        let statistics = test.store.statistics();
        let series = statistics.series().await.unwrap().remove(0);
        let halves = statistics.requests(&series, &filter("")).await.unwrap().halves(None);
        assert_eq!(halves[&half("2010-H1")], exact(668));
        assert_eq!(halves[&half("2013-H1")], exact(2_312));
        assert_eq!(halves[&half("2021-H1")], Total { figure: Figure::Exact(100), missing: 1 });
        let retrieved = series.sources.iter().map(|source| source.retrieved.to_string()).collect::<Vec<_>>();
        assert_eq!(retrieved, ["2024-05-31", "2023-10-31"]);
    }
}

store_test! {
    async fn an_export_is_what_the_filter_admits_and_is_imported_elsewhere(test: TestStore) {
        import(&test.store, GOOGLE, "2024-05-31").await;
        import(&test.store, APPLE, "2024-05-31").await;
        let all = exported(&test.store, "").await;
        assert_eq!(all.len(), 27 + 12);
        for query in ["publisher=Apple", "country=DE", "from=2012-H2&to=2013-H1", "publisher=Google&country=NA", "service=x"] {
            let admitted = all.iter().filter(|(source, row)| filter(query).admits(&source.publisher, &source.service, row));
            assert_eq!(exported(&test.store, query).await, admitted.cloned().collect::<Vec<_>>(), "{query}");
        }
        let mut csv = CsvFigures::with_header().unwrap();
        all.iter().for_each(|(source, row)| csv.write(source, row).unwrap());
        let text = String::from_utf8(csv.take().unwrap()).unwrap();
        let elsewhere = TestStore::open(test.store.engine()).await;
        assert_eq!(import(&elsewhere.store, &text, "2026-01-01").await, Imported::Stored { figures: 39, shown: 5 });
        assert_eq!(exported(&elsewhere.store, "").await, all);
        elsewhere.remove().await;
    }
}

store_test! {
    async fn a_series_of_preservation_requests_counts_them(test: TestStore) {
        let text = "TR Date,TR Start Date,TR End Date,Country/Region,Account Preservation Requests Received,Accounts Specified in Requests,Accounts where Data Preserved
2016 H2,7/1/16,12/31/16,Austria,3,4,0\n";
        import(&test.store, text, "2024-05-31").await;
        let statistics = test.store.statistics();
        let series = statistics.series().await.unwrap().remove(0);
        assert!(series.preservation);
        let counts = statistics.requests(&series, &filter("")).await.unwrap();
        assert_eq!(counts.halves(None)[&half("2016-H2")], exact(3));
    }
}

store_test! {
    async fn bands_add_up_to_bands(test: TestStore) {
        let source = Source {
            publisher: "Example".to_owned(),
            service: "National security".to_owned(),
            title: "letters".to_owned(),
            retrieved: NaiveDate::from_ymd_opt(2024, 5, 31).unwrap(),
            sha256: [1; 32],
        };
        let row = |row, figure| StatisticsRow {
            period: half("2013-H1"),
            jurisdiction: "United States".to_owned(),
            country: CountryCode::parse("US"),
            class_published: format!("kind {row}"),
            class: ProcessClass::OtherLegalRequest,
            metric: Metric::Requests,
            figure,
            footnote: Some("=not a formula".to_owned()),
            row,
        };
        let rows = vec![
            row(2, Figure::Band { low: 0, high: 249 }),
            row(3, Figure::FewerThan(10)),
            row(4, Figure::Exact(5)),
            row(5, Figure::NotApplicable),
        ];
        let reports = [Report { source, rows: rows.clone() }];
        let import = NewImport {
            sha256: [2; 32],
            format: Format::Vitrine,
            file_name: "bands.csv",
            original: b"",
            by: "The operator",
            reports: &reports,
            interpretations: &[],
        };
        test.store.statistics().import(&[import]).await.unwrap();
        let statistics = test.store.statistics();
        let series = statistics.series().await.unwrap().remove(0);
        let counts = statistics.requests(&series, &filter("")).await.unwrap();
        let sum = Total { figure: Figure::Band { low: 5, high: 263 }, missing: 0 };
        assert_eq!(counts.halves(None)[&half("2013-H1")], sum);
        let back = exported(&test.store, "").await.into_iter().map(|(_, row)| row).collect::<Vec<_>>();
        assert_eq!(back, rows);
    }
}

store_test! {
    async fn an_import_is_kept_as_it_was_and_says_what_it_changed(test: TestStore) {
        import(&test.store, GOOGLE, "2023-10-31").await;
        let corrected = GOOGLE
            .replace("DE,All,2311", "DE,All,2312")
            .replace("2021-06-30,United Nations,,Other Legal Requests,1,0,2\n", "")
            .replace("2010-06-30,Germany", "2009-12-31,Germany");
        let statistics = test.store.statistics();
        // Asked before the import and after it, the answer is the same.
        let retrieved = NaiveDate::from_ymd_opt(2024, 5, 31).unwrap();
        let file = read(Download {
            bytes: corrected.as_bytes(), sha256: [9; 32], retrieved, title: None, file_name: "a", period: None, service: None,
        }).unwrap();
        let planned = statistics.plan(&file.reports).await.unwrap();
        import(&test.store, &corrected, "2024-05-31").await;
        let imports = statistics.imports().await.unwrap();
        assert_eq!(imports.len(), 2);
        assert_eq!(statistics.changes_of(imports[0].id).await.unwrap(), planned);
        let [changes] = &planned[..] else { panic!("{planned:?}") };
        assert_eq!(changes.new, [half("2009-H2")]);
        assert_eq!(changes.replaced, [half("2012-H2"), half("2013-H1"), half("2021-H1")]);
        let told = changes.changes.iter().map(ToString::to_string).collect::<Vec<_>>();
        assert_eq!(told, [
            "Requests from Germany in 2013-H1 (All): 2,311 before, 2,312 now",
            "Requests from United Nations in 2021-H1 (Other Legal Requests): gone, 1 before",
            "Accounts specified from United Nations in 2021-H1 (Other Legal Requests): gone, 2 before",
            "Requests with some data disclosed, in percent from United Nations in 2021-H1 (Other Legal Requests): gone, 0 before",
        ]);
        // The old one is kept, bytes and all.
        let first = statistics.original(imports[1].id).await.unwrap().unwrap();
        assert_eq!(first, ("requests.csv".to_owned(), GOOGLE.as_bytes().to_vec()));
        assert!(imports.iter().all(|import| import.has_original));
        assert_eq!(imports[1].imported_by.as_deref(), Some("The operator"));
        assert_eq!(imports[0].series[0].2, half("2009-H2"));
        // An older download changes nothing for readers, and says so.
        let older = GOOGLE.replace("DE,All,2311", "DE,All,2000");
        import(&test.store, &older, "2023-01-01").await;
        let newest = statistics.imports().await.unwrap()[0].id;
        let [changes] = &statistics.changes_of(newest).await.unwrap()[..] else { panic!() };
        assert_eq!((changes.new.len(), changes.replaced.len(), changes.changes.len()), (0, 0, 0));
        assert_eq!(changes.not_shown.len(), 4);
    }
}

store_test! {
    async fn a_series_without_requests_counts_what_it_has(test: TestStore) {
        let text = "year,half,count_accounts_affected\n2025,1,663\n2024,2,658\n";
        import(&test.store, text, "2026-01-01").await;
        import(&test.store, "year,count_accounts_affected\n2025,1249\n", "2026-01-01").await;
        let statistics = test.store.statistics();
        let series = statistics.series().await.unwrap();
        assert_eq!(series.iter().map(|of| of.metric).collect::<Vec<_>>(), [Metric::Accounts; 2]);
        let halves = statistics.requests(&series[0], &filter("")).await.unwrap().halves(None);
        assert_eq!(halves[&half("2025-H1")], exact(663));
        let years = statistics.requests(&series[1], &filter("")).await.unwrap().halves(None);
        assert_eq!(years[&half("2025")], exact(1_249));
    }
}
