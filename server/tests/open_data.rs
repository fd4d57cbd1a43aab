//! What lets others use the open data: its description, checked by the program that others check it with, the feed of
//! what is new, and the list of pages for search engines.

mod common;

use std::{collections::BTreeSet, path::Path, process::Command};

use axum::{
    body::Body,
    http::{Request, StatusCode, header},
};
use common::{Answer, App};
use domain::{StaffRole, Timestamp};
use server::{config::Config, import_statistics::import_demo};
use store::{Engine, NewDraft};

const PACKAGE: &str = "/transparency/datapackage.json";
const FEED: &str = "/transparency/feed.atom";
const FILES: [&str; 5] = [PACKAGE, FEED, "/robots.txt", "/sitemap.xml", "/api/openapi.json"];

/// A portal with publishers' figures and two editions of the provider's own report.
async fn published(engine: Engine) -> App {
    let config = Config { data_licence: "CC-BY-4.0".to_owned(), ..Config::default() };
    let app = App::on(engine, config).await;
    import_demo(&app.test.store).await.expect("the demo's statistics");
    app.test.clock.set(Timestamp::parse("2026-08-01T10:00:00Z").expect("a time"));
    edition(&app, "").await;
    edition(&app, "The lines of two countries were exchanged.").await;
    app
}

/// Somebody drafts the next edition, and somebody else publishes it.
async fn edition(app: &App, errata: &str) {
    let mut desks = Vec::new();
    for (name, role) in [("Lena", StaffRole::Legal), ("Paul", StaffRole::Publishing)] {
        let email = format!("{}@provider.example", name.to_lowercase());
        let cookie = if errata.is_empty() { app.another_staff(name, role).await } else { app.cookie(&email).await };
        desks.push(app.session(&cookie).await.report().expect("a role that reports"));
    }
    let half = domain::statistics::Half::parse("2025-H1").expect("a half-year");
    let new = NewDraft { publisher: "Your provider", half, option: None, new_platform: false, errata };
    let draft = desks[0].draft(new).await.expect("an answer").expect("a draft");
    desks[1].publish(draft).await.expect("an answer").expect("an edition");
    app.later(chrono::TimeDelta::days(1));
}

async fn get(app: &App, path: &str) -> Answer {
    let answer = app.get(path, "").await;
    assert_eq!(answer.status, StatusCode::OK, "{path}: {}", answer.text());
    answer
}

/// Writes the package and every file that it names into a folder, and lets frictionless look at them.
async fn checked(app: &App, folder: &Path) -> serde_json::Value {
    let package = get(app, PACKAGE).await;
    std::fs::write(folder.join("datapackage.json"), &package.body).expect("a file");
    for resource in package.json()["resources"].as_array().expect("resources") {
        let Some(path) = resource["path"].as_str() else { continue };
        let file = folder.join(path);
        std::fs::create_dir_all(file.parent().expect("a folder")).expect("a folder");
        std::fs::write(file, &get(app, &format!("/transparency/{path}")).await.body).expect("a file");
    }
    report(folder)
}

fn report(folder: &Path) -> serde_json::Value {
    let program = Command::new("frictionless")
        .args(["validate", "datapackage.json", "--json"])
        .current_dir(folder)
        .output()
        .unwrap_or_else(|error| panic!("frictionless does not run ({error}): `scripts/setup test` gets it"));
    serde_json::from_slice(&program.stdout).unwrap_or_else(|error| {
        panic!("{error}: {}{}", String::from_utf8_lossy(&program.stdout), String::from_utf8_lossy(&program.stderr))
    })
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_open_data_is_what_its_description_says() {
    let app = published(Engine::Sqlite).await;
    let folder = tempfile::tempdir().expect("a folder");
    let report = checked(&app, folder.path()).await;
    assert_eq!(report["valid"], true, "{report:#}");
    let tasks = "every publisher's figures, those compared, two editions, and two lists of codes";
    assert_eq!(report["stats"]["tasks"], 6, "{tasks}");
    let package = get(&app, PACKAGE).await.json();
    assert_eq!(package["created"], "2026-08-02T10:00:00.000000Z");
    let [figures, compared, edition, ..] = package["resources"].as_array().expect("resources").as_slice() else {
        panic!("{package:#}")
    };
    let sources = figures["sources"].as_array().expect("sources");
    assert!(sources.iter().any(|of| of["title"].as_str().is_some_and(|title| title.starts_with("Google, "))));
    for of in [figures, compared] {
        assert!(of.get("licenses").is_none(), "other publishers' figures aren't ours to license");
    }
    assert_eq!(compared["path"], "compare.csv");
    assert_eq!(edition["licenses"][0]["name"], "CC-BY-4.0");
    assert_eq!(
        (edition["path"].as_str(), edition["version"].as_str()),
        (Some("editions/2025-H1/2/data.csv"), Some("2"))
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_file_that_is_not_as_described_is_found_out() {
    let app = published(Engine::Sqlite).await;
    let folder = tempfile::tempdir().expect("a folder");
    checked(&app, folder.path()).await;
    // Each is a way in which the program would notice: a unit that is not told of, a column that is called otherwise,
    // a measure that there isn't.
    for (file, said, instead) in [
        ("data.csv", ",requests,", ",petitions,"),
        ("data.csv", "source_row", "row"),
        ("compare.csv", ",requests,requests,", ",petitions,requests,"),
    ] {
        let file = folder.path().join(file);
        let csv = std::fs::read_to_string(&file).expect("figures");
        assert!(csv.contains(said), "{said}");
        std::fs::write(&file, csv.replacen(said, instead, 1)).expect("a file");
        assert_eq!(report(folder.path())["valid"], false, "{instead}");
        std::fs::write(&file, csv).expect("a file");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_portal_without_figures_describes_that_too() {
    let app = App::open().await;
    let folder = tempfile::tempdir().expect("a folder");
    let report = checked(&app, folder.path()).await;
    assert_eq!(report["valid"], true, "{report:#}");
    let feed = atom_syndication::Feed::read_from(get(&app, FEED).await.body.as_ref()).expect("a feed");
    assert!(feed.entries.is_empty());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_feed_tells_of_each_edition_and_report_once() {
    let app = published(Engine::Sqlite).await;
    let answer = get(&app, FEED).await;
    assert_eq!(answer.header("content-type"), "application/atom+xml; charset=utf-8");
    let feed = atom_syndication::Feed::read_from(answer.body.as_ref()).expect("a feed");
    let titles = feed.entries.iter().map(|entry| entry.title.value.as_str()).collect::<Vec<_>>();
    let own = "Your provider: Government requests for data, first half of 2025, edition";
    assert_eq!(titles[..2], [format!("{own} 2"), format!("{own} 1")]);
    assert!(titles.contains(&"Google, User data requests: 2009-H2 to 2023-H1"), "{titles:?}");
    assert_eq!(titles.len(), 4, "{titles:?}");
    let errata = feed.entries[0].summary.as_ref().map(|summary| summary.value.as_str());
    assert_eq!(errata, Some("The lines of two countries were exchanged."));
    assert_eq!(feed.entries[0].links[0].href, "http://localhost:3000/transparency/editions/2025-H1/2");
    assert_eq!(feed.updated, feed.entries[0].updated);
    let ids = feed.entries.iter().map(|entry| entry.id.as_str()).collect::<BTreeSet<_>>();
    assert_eq!(ids.len(), 4);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_pages_lead_to_the_feed_and_the_description() {
    let app = App::open().await;
    for page in ["/transparency", "/transparency/editions"] {
        let html = get(&app, page).await.text();
        let (head, body) = html.split_once("</head>").expect("a head");
        for path in [PACKAGE, FEED] {
            assert!(head.contains(&format!("href=\"{path}\"")) && body.contains(&format!("href=\"{path}\"")), "{page}");
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn search_engines_find_every_public_page_and_no_other() {
    let app = published(Engine::Sqlite).await;
    let robots = get(&app, "/robots.txt").await.text();
    assert!(robots.ends_with("\nSitemap: http://localhost:3000/sitemap.xml\n"), "{robots}");
    let forbidden = robots.lines().filter_map(|line| line.strip_prefix("Disallow: ")).collect::<Vec<_>>();
    let sitemap = get(&app, "/sitemap.xml").await.text();
    let pages = sitemap.split("<loc>").skip(1).filter_map(|rest| rest.split("</loc>").next()).collect::<Vec<_>>();
    for page in &pages {
        let path = page.strip_prefix("http://localhost:3000").expect("an address of ours").replace("&amp;", "&");
        assert!(!forbidden.iter().any(|of| path.starts_with(of)), "{path}");
        get(&app, &path).await;
    }
    for page in ["/", "/transparency", "/transparency/editions/2025-H1/1", "/commitments", "/policies"] {
        assert!(pages.contains(&&*format!("http://localhost:3000{page}")), "{page}: {pages:?}");
    }
    let google = "http://localhost:3000/transparency?publisher=Google&amp;service=User+data+requests";
    assert!(sitemap.contains(&format!("<loc>{google}</loc><lastmod>")), "{sitemap}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn whoever_has_a_file_is_not_sent_it_again_until_it_changes() {
    let app = published(Engine::Sqlite).await;
    for path in FILES {
        let tag = get(&app, path).await.header("etag").to_owned();
        let ask = async || {
            let asked = Request::get(path).header(header::IF_NONE_MATCH, &tag).body(Body::empty());
            app.send(asked.expect("a request")).await.status
        };
        assert_eq!(ask().await, StatusCode::NOT_MODIFIED, "{path}");
    }
    let before = get(&app, FEED).await.header("etag").to_owned();
    edition(&app, "A third.").await;
    assert_ne!(get(&app, FEED).await.header("etag"), before);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn both_engines_describe_the_same() {
    let sqlite = published(Engine::Sqlite).await;
    let postgres = published(Engine::Postgres).await;
    let described = async |app: &App| {
        let mut package = get(app, PACKAGE).await.json();
        // Says when it was imported, which is the machine's time here.
        for of in ["version", "created"] {
            package[of].take();
        }
        package
    };
    assert_eq!(described(&sqlite).await, described(&postgres).await);
    let App { test, state, .. } = postgres;
    drop(state);
    test.remove().await;
}
