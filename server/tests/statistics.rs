//! Publishers' files from both ways in, the desk and the command line; and every total against a program that shares no
//! code with this one.

mod common;

use std::{
    collections::{BTreeMap, BTreeSet},
    path::{Path, PathBuf},
    process::{Command, Output},
};

use axum::http::StatusCode;
use common::{Answer, App};
use domain::{
    StaffRole,
    statistics::{Download, Figure, Report, StatisticsFilter, Summary, Total, grouped, read},
};
use futures::StreamExt;
use sha2::{Digest, Sha256};
use store::{NewImport, Series};

const CROSS_BORDER: &str =
    "year,half,government,government_iso2_code,count\r\n2024,1,Turkey,TR,7\r\n2024,1,France,FR,9\r\n";

/// The publishers' files, where they are.
fn folder() -> PathBuf {
    let beside = || Path::new(env!("CARGO_MANIFEST_DIR")).join("../../shared/data");
    std::env::var_os("PUBLISHERS_FILES").map_or_else(beside, PathBuf::from)
}

fn scripts() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../scripts/recompute-statistics")
}

/// Of each file what the script prints: publisher, series, period, metric, kind, least, most, missing.
fn recomputed() -> BTreeMap<String, BTreeSet<String>> {
    if !folder().is_dir() {
        println!("skipped: the publishers' files are not in {}", folder().display());
        return BTreeMap::new();
    }
    let output = match Command::new("python3").arg(scripts()).arg(folder()).output() {
        Ok(output) => output,
        Err(error) => {
            println!("skipped: python3 does not run here ({error})");
            return BTreeMap::new();
        }
    };
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let mut files = BTreeMap::<String, BTreeSet<String>>::new();
    for line in String::from_utf8(output.stdout).expect("UTF-8").lines() {
        let (file, rest) = line.split_once('\t').expect("a file and the rest");
        files.entry(file.to_owned()).or_default().insert(rest.to_owned());
    }
    files
}

/// What is stored, as the script prints it.
fn stored(reports: &[Report]) -> BTreeSet<String> {
    let mut lines = BTreeSet::new();
    for summary in reports.iter().map(Summary::of) {
        for (kind, totals) in [("disclosure", &summary.totals), ("preservation", &summary.preserved)] {
            for (period, metrics) in totals {
                for (metric, Total { figure, missing }) in metrics {
                    let (low, high) = figure.bounds().map(|(low, high)| (low.to_string(), high.to_string())).unzip();
                    lines.insert(format!(
                        "{}\t{}\t{period}\t{}\t{kind}\t{}\t{}\t{missing}",
                        summary.publisher,
                        summary.service,
                        metric.code(),
                        low.unwrap_or_default(),
                        high.unwrap_or_default()
                    ));
                }
            }
        }
    }
    lines
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_total_of_every_file_is_the_one_that_another_program_finds() {
    let mut pages = 0;
    for (file, expected) in recomputed() {
        let bytes = std::fs::read(folder().join(&file)).unwrap();
        let app = App::open().await;
        let download = Download {
            bytes: &bytes,
            sha256: Sha256::digest(&bytes).into(),
            retrieved: chrono::NaiveDate::from_ymd_opt(2024, 5, 31).unwrap(),
            title: None,
            file_name: &file,
            period: None,
            service: None,
        };
        let content = read(download).unwrap_or_else(|refused| panic!("{file}:{refused}"));
        let import = NewImport {
            sha256: download.sha256,
            format: content.format,
            file_name: &file,
            original: &bytes,
            by: "The operator",
            reports: &content.reports,
            interpretations: &content.interpretations,
        };
        let statistics = app.test.store.statistics();
        statistics.import(&[import]).await.unwrap();
        // What the portal gives, not what was read.
        let mut reports = Vec::<Report>::new();
        let mut rows = std::pin::pin!(statistics.export(StatisticsFilter::default()).await.unwrap());
        while let Some(row) = rows.next().await {
            let (source, row) = row.unwrap();
            match reports.iter_mut().find(|report| report.source == *source) {
                Some(report) => report.rows.push(row),
                None => reports.push(Report { source: (*source).clone(), rows: vec![row] }),
            }
        }
        let found = stored(&reports);
        let differ = found.symmetric_difference(&expected).collect::<Vec<_>>();
        assert!(differ.is_empty(), "{file}: {differ:#?}");
        // And the page says so, in its table of what each series counts.
        for series in statistics.series().await.unwrap() {
            let filter = StatisticsFilter {
                publisher: Some(series.publisher.clone()),
                service: Some(series.service.clone()),
                ..StatisticsFilter::default()
            };
            let query = filter.to_query();
            let page = app.get(&format!("/transparency?{query}"), "").await.text();
            let kind = if series.preservation { "preservation" } else { "disclosure" };
            let start = format!("{}\t{}\t", series.publisher, series.service);
            let mut rows = 0;
            for line in expected.iter().filter_map(|line| line.strip_prefix(&start)) {
                let [period, metric, of, low, high, missing] = line.split('\t').collect::<Vec<_>>()[..] else {
                    panic!()
                };
                if metric != series.metric.code() || of != kind {
                    continue;
                }
                let cell = cell(low, high, missing);
                let row = format!("<tr><th scope=\"row\">{period}</th><td class=\"num\">{cell}</td></tr>");
                assert!(page.replace("<!>", "").contains(&row), "{file}, {}: {row}", series.service);
                rows += 1;
            }
            assert!(rows > 0, "{file}, {}", series.service);
            pages += the_other_views_say_so_too(&app, &series, kind, &expected).await;
            pages += 1;
        }
        let App { test, state, .. } = app;
        drop(state);
        test.remove().await;
    }
    println!("{pages} pages compared");
}

/// What a total reads like in a table.
fn cell(low: &str, high: &str, missing: &str) -> String {
    let bound = |text: &str| grouped(text.parse().expect("a readable file"));
    match (low.is_empty(), missing) {
        (true, _) => Figure::NotReported.to_string(),
        (false, "0") if low == high => bound(low),
        (false, missing) => {
            let figure = if low == high { bound(low) } else { format!("{} to {}", bound(low), bound(high)) };
            if missing == "0" { figure } else { format!("{figure}, without {missing} not reported") }
        }
    }
}

/// The totals of the pages by country, period and legal process, for the newest period; how many pages were compared.
async fn the_other_views_say_so_too(app: &App, series: &Series, kind: &str, expected: &BTreeSet<String>) -> usize {
    let start = format!("{}\t{}\t{}\t{}\t{kind}\t", series.publisher, series.service, series.to, series.metric.code());
    let line = expected.iter().find_map(|line| line.strip_prefix(&start)).expect("the newest period");
    let [low, high, missing] = line.split('\t').collect::<Vec<_>>()[..] else { panic!() };
    let cell = cell(low, high, missing);
    let filter = StatisticsFilter {
        publisher: Some(series.publisher.clone()),
        service: Some(series.service.clone()),
        from: Some(series.to),
        ..StatisticsFilter::default()
    };
    for (view, name) in
        [("countries", "All countries"), ("periods", &*series.to.to_string()), ("processes", "Every kind")]
    {
        let page = app.get(&format!("/transparency/{view}?{}", filter.to_query()), "").await.text().replace("<!>", "");
        let row = format!("<th scope=\"row\">{name}</th><td class=\"num\">{cell}</td>");
        assert!(page.contains(&row), "{view}, {}: {row}", series.service);
    }
    3
}

struct Cast {
    app: App,
    legal: String,
    publishing: String,
}

async fn cast() -> Cast {
    let app = App::open().await;
    let (legal, publishing) = (app.staff(StaffRole::Legal).await, app.staff(StaffRole::Publishing).await);
    Cast { app, legal, publishing }
}

impl Cast {
    async fn upload(&self, fields: &[(&str, &str)], files: &[(&str, &str, &[u8])]) -> Answer {
        self.app.send_files("/desk/statistics", &self.publishing, fields, files).await
    }

    /// Uploads one file as the first person; the page of what it would do.
    async fn uploaded(&self, name: &str, text: &str) -> String {
        let answer = self.upload(&[("retrieved", "2026-02-01")], &[("files", name, text.as_bytes())]).await;
        assert_eq!(answer.status, StatusCode::SEE_OTHER, "{}", answer.text());
        answer.header("location").strip_suffix("?done=uploaded").expect("an upload").to_owned()
    }

    /// Imports it as the second person.
    async fn import(&self, page: &str) {
        let answer = self.app.post(&format!("{page}/import"), &self.legal, &[]).await;
        assert_eq!(answer.header("location"), "/desk/statistics?done=imported", "{}", answer.text());
    }
}

/// A page without the comments that Leptos puts between texts.
fn plain(answer: &Answer) -> String {
    answer.text().replace("<!>", "")
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn one_person_uploads_another_imports_and_a_correction_is_told_with_its_difference() {
    let cast = cast().await;
    let page = cast.uploaded("cross_border.csv", CROSS_BORDER).await;
    let seen = plain(&cast.app.get(&page, &cast.publishing).await);
    for part in [
        "GitHub: cross-border data requests",
        "GitHub, Cross-border data requests: 2 figures of 2 jurisdictions, 2024-H1",
        "2024-H1: Requests 16",
        "New: 2024-H1.",
        "You uploaded it: somebody else",
    ] {
        assert!(seen.contains(part), "{part}: {seen}");
    }
    assert!(!seen.contains("Import it"), "not for who uploaded it");
    let import = format!("{page}/import");
    let own = cast.app.post(&import, &cast.publishing, &[]).await;
    assert_eq!(own.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(own.text().contains("You uploaded it: somebody else has to import it."));
    assert!(plain(&cast.app.get("/desk/statistics", &cast.legal).await).contains("Waits for a second person"));
    assert!(plain(&cast.app.get(&page, &cast.legal).await).contains("Import it"));
    cast.import(&page).await;
    assert_eq!(cast.app.post(&import, &cast.legal, &[]).await.status, StatusCode::NOT_FOUND, "once");
    // Again: nothing would change, and nothing does.
    let again = cast.uploaded("again.csv", CROSS_BORDER).await;
    assert!(plain(&cast.app.get(&again, &cast.legal).await).contains("This very file was imported before"));
    cast.import(&again).await;
    assert_eq!(cast.app.test.store.statistics().imports().await.unwrap().len(), 1);
    // A correction.
    let corrected = CROSS_BORDER.replace("TR,7", "TR,8").replace("Turkey", "Türkiye");
    let page = cast.uploaded("corrected.csv", &corrected).await;
    let change = "Requests from Türkiye in 2024-H1 (Cross-border data request): 7 before, 8 now";
    let seen = plain(&cast.app.get(&page, &cast.legal).await);
    assert!(seen.contains("What readers would see otherwise") && seen.contains(change), "{seen}");
    cast.import(&page).await;
    let list = plain(&cast.app.get("/desk/statistics", &cast.legal).await);
    for part in ["corrected.csv", "cross_border.csv", "GitHub, Cross-border data requests, 2024-H1", ", uploaded by "] {
        assert!(list.contains(part), "{part}: {list}");
    }
    let imports = cast.app.test.store.statistics().imports().await.unwrap();
    let done = plain(&cast.app.get(&format!("/desk/statistics/imports/{}", imports[0].id), &cast.legal).await);
    assert!(done.contains(change) && done.contains("Replaced: 2024-H1."), "{done}");
    // The old one is kept as it was.
    let original = format!("/desk/statistics/imports/{}/original", imports[1].id);
    let original = cast.app.get(&original, &cast.publishing).await;
    assert_eq!(original.body, CROSS_BORDER.as_bytes());
    assert!(original.header("content-disposition").contains("cross_border.csv"));
    let readers = cast.app.get("/transparency/data.csv", "").await.text();
    assert!(readers.contains(",8,8,") && !readers.contains(",7,7,"), "{readers}");
    let administrator = cast.app.staff(StaffRole::Administrator).await;
    let trail = cast.app.get("/desk/activity.csv", &administrator).await.text();
    assert_eq!(trail.matches("statistics_uploaded").count(), 3, "{trail}");
    assert_eq!(trail.matches("statistics_imported").count(), 2, "{trail}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_cant_be_read_is_shown_whole_and_not_imported() {
    let cast = cast().await;
    let wrong = CROSS_BORDER.replace("Turkey,TR,7", "Atlantis,,x").replace("2024,1,France", "24,1,France");
    let page = cast.uploaded("wrong.csv", &wrong).await;
    let seen = plain(&cast.app.get(&page, &cast.legal).await);
    for part in [
        "Line 2: `Atlantis` in the column `government` is no country whose code is known",
        "Line 2: `x` in the column `count` is no count",
        "Line 3: `24` in the column `year` is no year",
    ] {
        assert!(seen.contains(part), "{part}: {seen}");
    }
    assert!(!seen.contains("Import it</button>"), "{seen}");
    let refused = cast.app.post(&format!("{page}/import"), &cast.legal, &[]).await;
    assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(refused.text().contains("Nothing was imported"));
    assert!(cast.app.test.store.statistics().imports().await.unwrap().is_empty());
    assert_eq!(cast.app.post(&format!("{page}/discard"), &cast.legal, &[]).await.status, StatusCode::SEE_OTHER);
    assert_eq!(cast.app.get(&page, &cast.legal).await.status, StatusCode::NOT_FOUND);
}

#[test]
fn a_publishers_file_comes_in_only_with_the_day_of_its_download() {
    let folder = tempfile::tempdir().unwrap();
    let import = |arguments: &[&str]| run(folder.path(), &[&["import-statistics"], arguments].concat());
    assert!(run(folder.path(), &["migrate"]).status.success());
    std::fs::write(folder.path().join("github.csv"), CROSS_BORDER).unwrap();
    for arguments in [&["github.csv"][..], &["--preview", "github.csv"]] {
        let refused = import(arguments);
        let told = printed(&refused);
        assert_eq!(refused.status.code(), Some(2), "{told}");
        assert!(
            told.contains("github.csv doesn't say when it was downloaded") && told.contains("--retrieved"),
            "{told}"
        );
    }
    let told = printed(&import(&["--retrieved", "2999-01-01", "github.csv"]));
    assert!(told.contains("--retrieved 2999-01-01 is a day to come"), "{told}");
    // Vitrine's own says it in each line.
    let own = "publisher,service,period,period_start,period_end,jurisdiction,country,class_published,class,metric,\
               status,low,high,footnote,source,source_retrieved,source_sha256,source_row\r\n\
               Nobody,Requests,2024-H1,2024-01-01,2024-06-30,France,FR,,all,requests,exact,7,7,,Somewhere,2024-08-01,";
    std::fs::write(folder.path().join("own.csv"), format!("{own}{},2\r\n", "ab".repeat(32))).unwrap();
    let told = printed(&import(&["own.csv"]));
    assert!(told.contains("2024-08-01"), "{told}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_form_without_a_file_or_with_a_day_to_come_is_sent_back() {
    let cast = cast().await;
    let undated = cast.upload(&[], &[("files", "github.csv", CROSS_BORDER.as_bytes())]).await;
    assert_eq!(undated.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(plain(&undated).contains("This is missing: say when the files were downloaded"), "{}", plain(&undated));
    let fields = [("retrieved", "2030-01-01"), ("period", "2013-H3")];
    let answer = cast.upload(&fields, &[]).await;
    assert_eq!(answer.status, StatusCode::UNPROCESSABLE_ENTITY);
    let page = plain(&answer);
    for part in ["choose at least one file", "is a day to come", "`2013-H3` is no half-year", "value=\"2030-01-01\""] {
        assert!(page.contains(part), "{part}: {page}");
    }
}

/// Runs the command line in a folder of its own.
fn run(folder: &Path, arguments: &[&str]) -> Output {
    let program = env!("CARGO_BIN_EXE_server");
    let database = ["--database", "sqlite:vitrine.sqlite"];
    Command::new(program).args(arguments).args(database).current_dir(folder).output().expect("the program")
}

fn printed(output: &Output) -> String {
    format!("{}{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr))
}

#[test]
fn a_preview_prints_all_of_it_and_stores_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let retrieved = ["import-statistics", "--retrieved", "2026-02-01"];
    let preview = |files: &[&str]| run(folder.path(), &[&retrieved[..], &["--preview"], files].concat());
    assert!(run(folder.path(), &["migrate"]).status.success());
    std::fs::write(folder.path().join("good.csv"), CROSS_BORDER).unwrap();
    let told = printed(&preview(&["good.csv"]));
    for part in [
        "good.csv: GitHub: cross-border data requests",
        "read 2 figures of GitHub, Cross-border data requests: 2024-H1, 2 jurisdictions",
        "    2024-H1: Requests 16",
        "readers would see: 1 new period",
    ] {
        assert!(told.contains(part), "{part}: {told}");
    }
    assert!(
        printed(&run(folder.path(), &[&retrieved[..], &["good.csv"]].concat()))
            .contains("readers now see 1 half-years")
    );
    std::fs::write(folder.path().join("corrected.csv"), CROSS_BORDER.replace("TR,7", "TR,8")).unwrap();
    let told = printed(&preview(&["corrected.csv", "good.csv"]));
    assert!(
        told.contains(
            "1 replaced period\n    Requests from Türkiye in 2024-H1 (Cross-border data request): 7 before, 8"
        )
    );
    assert!(told.contains("this very file was imported before"), "{told}");
    std::fs::write(folder.path().join("wrong.csv"), CROSS_BORDER.replace("TR,7", "FR,x")).unwrap();
    let wrong = preview(&["wrong.csv"]);
    assert_eq!(wrong.status.code(), Some(2));
    let told = printed(&wrong);
    assert!(
        told.contains("wrong.csv:2: `FR` in the column `government_iso2_code` is not the code of Türkiye"),
        "{told}"
    );
    assert!(told.contains("wrong.csv:2: `x` in the column `count` is no count"), "{told}");
    assert!(told.contains("1 of these files can't be imported as they are"), "{told}");
}
