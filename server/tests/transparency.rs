//! The published statistics, as anyone reads and downloads them.

mod common;

use std::{
    path::{Path, PathBuf},
    process::{Command, Output},
};

use axum::{
    body::Body,
    http::{Request, StatusCode, header},
};
use common::{Answer, App};
use server::{config::Config, import_statistics::import_demo};
use store::Engine;

const DOWNLOADS: [&str; 7] = [
    "/transparency/data.csv",
    "/transparency/data.json",
    "/transparency/charts/totals.svg",
    "/transparency/charts/countries.svg",
    "/transparency/charts/outcomes.svg",
    "/transparency/charts/countries.png",
    "/transparency/embed/totals",
];

async fn published() -> App {
    let app = App::open().await;
    import_demo(&app.test.store).await.expect("the demo's statistics");
    app
}

async fn get(app: &App, path: &str) -> Answer {
    app.get(path, "").await
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_page_says_it_in_words_charts_and_tables() {
    let app = published().await;
    let answer = get(&app, "/transparency").await;
    assert_eq!(answer.status, StatusCode::OK);
    let page = answer.text();
    for part in [
        "governments and courts sent Google 1,881,790 requests for data",
        "211,201",
        "<caption>Google: user data requests per half-year</caption>",
        "<caption>Google: user data requests by country, 2009-H2 to 2023-H1</caption>",
        "<caption>Google: how user data requests ended</caption>",
        "role=\"img\" aria-labelledby=\"totals-title totals-sentence\"",
        "worked out from published percentages",
        "href=\"/transparency/data.csv?publisher=Google&amp;service=User+data+requests\"",
        "href=\"/transparency/charts/outcomes.svg?publisher=Google&amp;service=User+data+requests\"",
        "Downloaded from the publisher on 2024-05-31, SHA-256",
        "United Nations",
        "data-component=\"ChartExplorer",
    ] {
        assert!(page.contains(part), "{part}");
    }
    assert!(!page.contains(" style="), "the content security policy forbids it");
    assert_eq!(page.matches("<svg width=").count(), 4);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn filters_narrow_the_page_and_bad_ones_are_named_and_left_out() {
    let app = published().await;
    let page = get(&app, "/transparency?publisher=Google&from=2013-H1&to=2013-H1&country=DE").await.text();
    assert!(page.contains("In the first half of 2013, governments and courts from Germany sent Google 2,311 requests"));
    assert!(page.contains("disclosed some data for about 48% of the requests from Germany"), "{page}");
    let page = get(&app, "/transparency?publisher=Apple").await.text();
    assert!(page.contains("Content provided") && page.contains("not parts of a whole"));
    let answer = get(&app, "/transparency?publisher=Nobody&from=1066&country=Atlantis&to=2013-H1").await;
    assert_eq!(answer.status, StatusCode::OK);
    let page = answer.text();
    for part in [
        "Some filters could not be used and were left out",
        "“Nobody” is not a publisher whose figures are here",
        "“1066” is not a half-year such as 2013-H1",
        "“Atlantis” is not a country code such as DE",
        "From the second half of 2009 to the first half of 2013",
    ] {
        assert!(page.contains(part), "{part}");
    }
    let empty = get(&app, "/transparency?from=2030-H1").await;
    assert_eq!(empty.status, StatusCode::OK);
    assert!(empty.text().contains("No figures were reported for this selection."));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_portal_without_statistics_says_so() {
    let app = App::open().await;
    let page = get(&app, "/transparency").await;
    assert_eq!(page.status, StatusCode::OK);
    assert!(page.text().contains("No statistics have been published here yet"));
    assert_eq!(get(&app, "/transparency/data.csv").await.text().lines().count(), 1);
    assert_eq!(get(&app, "/transparency/data.json").await.json(), serde_json::json!([]));
    assert!(get(&app, "/transparency/charts/totals.svg").await.text().contains("No figures were reported"));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn downloads_hold_what_the_filter_admits() {
    let app = published().await;
    let csv = get(&app, "/transparency/data.csv?publisher=Google&country=NA").await;
    assert_eq!(csv.header("content-type"), "text/csv; charset=utf-8; header=present");
    assert!(csv.header("content-disposition").contains("government-requests.csv"));
    let text = csv.text();
    assert!(text.starts_with("publisher,service,period,period_start,period_end,jurisdiction,country,"));
    assert!(text.ends_with("\r\n"));
    assert!(text.lines().skip(1).all(|line| line.contains(",Namibia,NA,")), "{text}");
    let json = get(&app, "/transparency/data.json?publisher=Google&country=NA").await.json();
    let figures = json.as_array().unwrap();
    assert_eq!(figures.len(), text.lines().count() - 1);
    assert_eq!(figures[0]["country"], "NA");
    assert_eq!(figures[0]["status"], "exact");
    assert_eq!(figures[0]["low"], figures[0]["high"]);
    for path in DOWNLOADS {
        let wrong = get(&app, &format!("{path}?from=1066&publisher=Nobody")).await;
        assert_eq!(wrong.status, StatusCode::BAD_REQUEST, "{path}");
        assert_eq!(wrong.json()["errors"].as_array().unwrap().len(), 2, "{path}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_picture_stands_by_itself() {
    let app = published().await;
    for name in ["totals", "countries", "outcomes"] {
        let answer = get(&app, &format!("/transparency/charts/{name}.svg?publisher=Apple&country=DE")).await;
        assert_eq!(answer.header("content-type"), "image/svg+xml");
        let svg = answer.text();
        assert!(svg.starts_with("<svg ") && svg.contains("xmlns=\"http://www.w3.org/2000/svg\""));
        assert!(svg.contains("fill=\"#FFFFFF\"") && svg.contains("Source: Apple"), "{svg}");
        assert!(!svg.contains("style="), "{svg}");
    }
    for path in ["charts/nothing.svg", "charts/nothing.png", "charts/totals", "charts/totals.gif", "embed/nothing"] {
        let answer = get(&app, &format!("/transparency/{path}")).await;
        assert_eq!(answer.status, StatusCode::NOT_FOUND, "{path}");
        assert_eq!(answer.header("content-type"), "application/problem+json", "{path}");
    }
}

/// Width and height of a PNG: the first chunk behind the signature holds them.
fn dots(png: &[u8]) -> (u32, u32) {
    assert!(png.starts_with(b"\x89PNG\r\n\x1a\n"));
    let number = |at: usize| u32::from_be_bytes(png[at..at + 4].try_into().expect("four bytes"));
    (number(16), number(20))
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_picture_in_dots_is_twice_as_large_as_the_drawn_one_and_shows_the_same_selection() {
    let app = published().await;
    let svg = get(&app, "/transparency/charts/totals.svg?publisher=Apple").await.text();
    let answer = get(&app, "/transparency/charts/totals.png?publisher=Apple").await;
    assert_eq!(answer.header("content-type"), "image/png");
    assert_eq!(answer.header("cache-control"), "public, max-age=60");
    let (width, height) = dots(&answer.body);
    assert!(svg.starts_with(&format!("<svg width=\"{}\" height=\"{}\"", width / 2, height / 2)), "{width} {height}");
    let other = get(&app, "/transparency/charts/totals.png?publisher=Google").await;
    assert_ne!(other.body, answer.body);
    let nothing = App::open().await;
    assert_eq!(dots(&get(&nothing, "/transparency/charts/totals.png").await.body).0, 1520);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_view_says_which_picture_stands_for_it_where_it_is_shared() {
    let config = Config { public_url: "https://portal.example".to_owned(), ..Config::default() };
    let app = App::on(Engine::Sqlite, config).await;
    import_demo(&app.test.store).await.unwrap();
    for (page, chart) in [
        ("", "totals"),
        ("/countries", "countries"),
        ("/periods", "totals"),
        ("/processes", "processes"),
        ("/outcomes", "outcomes"),
        ("/sources", "totals"),
    ] {
        let query = "publisher=Apple&amp;service=Account+requests&amp;country=DE";
        let path = format!("/transparency{page}?publisher=Apple&country=DE");
        let answer = get(&app, &path).await.text();
        let (head, _) = answer.split_once("</head>").unwrap();
        for (property, content) in [
            ("og:url", format!("https://portal.example/transparency{page}?{query}")),
            ("og:image", format!("https://portal.example/transparency/charts/{chart}.png?{query}")),
        ] {
            assert!(head.contains(&format!("property=\"{property}\" content=\"{content}\"")), "{property}: {head}");
        }
        assert!(head.contains("name=\"twitter:card\" content=\"summary_large_image\""), "{head}");
        let picture = head.split("og:image\" content=\"https://portal.example").nth(1).unwrap();
        let picture = picture.split('"').next().unwrap().replace("&amp;", "&");
        dots(&get(&app, &picture).await.body);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_pages_of_others_may_show_a_chart_and_nothing_else_in_a_frame() {
    let app = published().await;
    let page = get(&app, "/transparency/outcomes?publisher=Apple&country=DE").await;
    let code = page.text();
    let code = code.split("&lt;iframe src=\"").nth(1).expect("the code of a frame");
    let address = code.split('"').next().unwrap().replace("&amp;amp;", "&");
    let path = address.strip_prefix("http://localhost:3000").expect("a whole address");
    assert!(path.starts_with("/transparency/embed/disclosure?publisher=Apple&"), "{path}");
    let framed = get(&app, path).await;
    assert_eq!(framed.status, StatusCode::OK);
    assert_eq!(framed.header("content-type"), "text/html; charset=utf-8");
    let policy = framed.header("content-security-policy");
    assert!(policy.contains("frame-ancestors *") && policy.contains("default-src 'none'"), "{policy}");
    assert!(!policy.contains("script-src") && !policy.contains("unsafe"), "{policy}");
    assert_eq!(framed.header("x-frame-options"), "");
    assert_eq!(framed.header("x-content-type-options"), "nosniff");
    assert!(framed.headers.get(header::SET_COOKIE).is_none());
    let document = framed.text();
    for part in [
        "<svg width=",
        "Source: Apple, account requests, downloaded on",
        "Apple disclosed some data for",
        "/transparency/outcomes?publisher=Apple&amp;service=Account+requests&amp;country=DE\" target=\"_top\"",
    ] {
        assert!(document.contains(part), "{part}: {document}");
    }
    assert!(!document.contains("<script") && !document.contains(" style=") && !document.contains("<form"));
    for other in [page, get(&app, "/transparency/charts/totals.svg").await] {
        assert_eq!(other.header("x-frame-options"), "DENY");
        assert!(other.header("content-security-policy").contains("frame-ancestors 'none'"));
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_answer_holds_until_the_next_import() {
    let app = App::open().await;
    let path = "/transparency/data.csv";
    let first = get(&app, path).await;
    assert_eq!(first.header("cache-control"), "public, max-age=60");
    let tag = first.header("etag").to_owned();
    let asked = |tag: String| Request::get(path).header(header::IF_NONE_MATCH, tag).body(Body::empty()).unwrap();
    let again = app.send(asked(tag.clone())).await;
    assert_eq!((again.status, again.body.len()), (StatusCode::NOT_MODIFIED, 0));
    assert_eq!(again.header("etag"), tag);
    import_demo(&app.test.store).await.unwrap();
    let after = app.send(asked(tag.clone())).await;
    assert_eq!(after.status, StatusCode::OK);
    assert_ne!(after.header("etag"), tag);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn both_engines_give_the_same_bytes() {
    let sqlite = published().await;
    let postgres = App::on(Engine::Postgres, Config::default()).await;
    import_demo(&postgres.test.store).await.unwrap();
    let compared = "series=Google: User data requests&series=Apple: Account requests&country=DE&country=TR";
    let compared = ["charts/compare.svg", "compare.csv", "compare"]
        .map(|path| format!("/transparency/{path}?{}", compared.replace(' ', "+")));
    let pages = ["/transparency?country=TR&from=2012-H2"].into_iter().chain(compared.iter().map(String::as_str));
    for path in DOWNLOADS.into_iter().chain(pages) {
        let (one, other) = (get(&sqlite, path).await, get(&postgres, path).await);
        assert!(one.body == other.body, "{path}");
    }
    let App { test, state, .. } = postgres;
    drop(state);
    test.remove().await;
}

const GOOGLE: &str = "series=Google%3A+User+data+requests";
const APPLE: &str = "series=Apple%3A+Account+requests";

/// Requests that a publisher reports of a country and period, added up from the figures themselves.
async fn reported(app: &App, publisher: &str, country: &str, period: &str) -> u64 {
    let query = format!("publisher={publisher}&country={country}&from={period}&to={period}&measure=requests");
    let figures = get(app, &format!("/transparency/data.json?{query}")).await.json();
    let disclosing = figures.as_array().expect("figures").iter().filter(|figure| figure["class"] != "preservation");
    disclosing.map(|figure| figure["low"].as_u64().expect("a count")).sum()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn publishers_and_countries_are_compared_on_one_measure() {
    let app = published().await;
    let page = get(&app, &format!("/transparency/compare?{GOOGLE}&{APPLE}&country=DE&country=FR")).await;
    assert_eq!(page.status, StatusCode::OK);
    let page = page.text();
    let mut said = Vec::new();
    for (publisher, country, name) in
        [("Google", "DE", "Germany"), ("Google", "FR", "France"), ("Apple", "DE", "Germany"), ("Apple", "FR", "France")]
    {
        let count = domain::statistics::grouped(reported(&app, publisher, country, "2022-H2").await);
        said.push(format!("{publisher}, {name} {count}"));
    }
    let lede = format!("Requests in the second half of 2022: {}.", said.join("; "));
    for part in [
        lede.as_str(),
        "<caption>Requests per half-year: Google and Apple, Germany and France</caption>",
        "These figures are not counted alike",
        "<h3>Emergency requests</h3>",
        "<strong>Apple</strong>: reported apart.",
        "<strong>Google</strong>: within these figures.",
        "Of Apple no figures are here for 8 of the 28 half-years: 2009-H2 to 2012-H2, 2023-H1.",
        "https://support.google.com/transparencyreport/answer/7380434",
        "so nothing is shown per account",
        "How to cite this view",
        "Google and Apple: Requests compared, Germany and France, 2009-H2 to 2023-H1.",
        "href=\"/transparency/charts/compare.png?series=Google%3A+User+data+requests&amp;series=Apple",
    ] {
        assert!(page.replace("<!>", "").contains(part), "{part}: {page}");
    }
    assert!(!page.contains("<h3>National security requests</h3>"), "both report them apart");
    assert_eq!(page.matches("<svg width=").count(), 1);
    assert!(!page.contains(" style="), "the content security policy forbids it");
    // Without a choice each publisher's first series; from elsewhere the way leads here with country and periods.
    let all = get(&app, "/transparency/compare").await.text();
    assert!(all.contains("<caption>Requests per half-year: Apple and Google, all countries</caption>"), "{all}");
    let overview = get(&app, "/transparency?publisher=Apple&country=DE&from=2014-H1").await.text();
    assert!(overview.contains("href=\"/transparency/compare?country=DE&amp;from=2014-H1\""), "{overview}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn figures_are_set_against_inhabitants_whose_count_is_named() {
    let app = published().await;
    let query = format!("{GOOGLE}&{APPLE}&country=DE&per=inhabitants&from=2013-H1&to=2017-H2");
    // 2,311 of 80,996,700 inhabitants, worked out by hand.
    assert_eq!(reported(&app, "Google", "DE", "2013-H1").await, 2_311);
    let page = get(&app, &format!("/transparency/compare?{query}")).await.text();
    for part in [
        "Requests per 100,000 inhabitants per half-year: Google and Apple, Germany",
        "<th scope=\"row\">2013-H1</th><td class=\"num\">2.85</td>",
        "80,996,700",
        "Unicode CLDR 28 (2015)",
        "2013-H1 to 2015-H2",
        "Unicode CLDR 32 (2017)",
    ] {
        assert!(page.contains(part), "{part}: {page}");
    }
    let csv = get(&app, &format!("/transparency/compare.csv?{query}")).await;
    assert_eq!(csv.header("content-type"), "text/csv; charset=utf-8; header=present");
    let csv = csv.text();
    assert_eq!(csv.lines().count(), 1 + 2 * 10);
    let line = "Google,User data requests,DE,2013-H1,2013-01-01,2013-06-30,requests,\"requests per 100,000 inhabitants\",\
                exact,2.85,2.85,0,80996700,Unicode CLDR 28 (2015)";
    assert!(csv.lines().any(|of| of == line), "{csv}");
    let json = get(&app, &format!("/transparency/compare.json?{query}")).await.json();
    let first = &json.as_array().unwrap()[0];
    assert_eq!((&first["low"], &first["inhabitants"]), (&serde_json::json!(2.85), &serde_json::json!(80_996_700)));
    // All countries together have no inhabitants here, and a share is of requests.
    for (query, said) in
        [("per=inhabitants", "choose countries"), ("per=inhabitants&country=DE&measure=disclosed", "share")]
    {
        let page = get(&app, &format!("/transparency/compare?{query}")).await.text();
        assert!(
            page.contains("Set against: ") && page.contains(said) && !page.contains("<caption>Inhabitants"),
            "{page}"
        );
        assert_eq!(get(&app, &format!("/transparency/compare.csv?{query}")).await.status, StatusCode::BAD_REQUEST);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn ranges_stay_ranges_and_what_is_unknown_stays_unknown_when_compared() {
    let app = published().await;
    let query = format!("{GOOGLE}&{APPLE}&measure=disclosed&from=2010-H1&to=2014-H2");
    let figures = get(&app, &format!("/transparency/compare.json?{query}")).await.json();
    let of = |publisher: &str, period: &str| {
        let mut all = figures.as_array().unwrap().iter();
        all.find(|figure| figure["publisher"] == publisher && figure["period"] == period).unwrap().clone()
    };
    let google = of("Google", "2013-H1");
    assert_eq!((&google["status"], &google["unit"]), (&"band".into(), &"%".into()), "{google}");
    assert!(google["low"].as_f64() < google["high"].as_f64());
    assert_eq!(of("Google", "2010-H1")["status"], "not_reported", "percentages begin with 2010-H2");
    assert_eq!(of("Apple", "2010-H1")["status"], "not_applicable", "there is no file of Apple's for it");
    assert!(of("Apple", "2010-H1").get("low").is_none());
    let page = get(&app, &format!("/transparency/compare?{query}")).await.text();
    for part in [
        "Google publishes percentages that are rounded to whole numbers",
        "<td class=\"num\">no figure here</td>",
        "<td class=\"num\">not reported</td>",
        "<h3>How disclosures are published</h3>",
    ] {
        assert!(page.contains(part), "{part}: {page}");
    }
    // A country that a publisher doesn't list in a half-year is not known to have asked nothing.
    let unlisted = get(&app, &format!("/transparency/compare.json?{GOOGLE}&country=NA")).await.json();
    let first = &unlisted.as_array().unwrap()[0];
    assert_eq!((&first["period"], &first["status"]), (&"2009-H2".into(), &"not_reported".into()));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_comparison_that_can_not_be_made_is_named_and_never_guessed_in_a_file() {
    let app = published().await;
    let query = format!("{GOOGLE}&series=Nobody&country=Atlantis&measure=size&from=1066");
    let page = get(&app, &format!("/transparency/compare?{query}")).await.text();
    for part in [
        "Series: “Nobody” is not a series that is here",
        "Country: “Atlantis” is not a country code such as DE",
        "Count: “size” is none of requests, specified, disclosed",
        "From: “1066” is not a half-year such as 2013-H1",
    ] {
        assert!(page.contains(part), "{part}: {page}");
    }
    for path in ["compare.csv", "compare.json", "charts/compare.svg", "charts/compare.png", "embed/compare"] {
        let answer = get(&app, &format!("/transparency/{path}?{query}")).await;
        assert_eq!(answer.status, StatusCode::BAD_REQUEST, "{path}");
        assert_eq!(answer.json()["errors"].as_array().unwrap().len(), 4, "{path}");
    }
    let countries = ["DE", "FR", "GB", "US", "IN"].map(|code| format!("&country={code}")).concat();
    let page = get(&app, &format!("/transparency/compare?{GOOGLE}&{APPLE}{countries}")).await.text();
    assert!(page.contains("there is room for eight lines, so India is left out"), "{page}");
    let framed = get(&app, &format!("/transparency/embed/compare?{GOOGLE}&country=DE&country=FR")).await.text();
    assert!(framed.contains("Requests per half-year: Google, Germany and France"), "{framed}");
    assert!(framed.contains("/transparency/compare?series=Google"), "{framed}");
    let nothing = App::open().await;
    assert!(get(&nothing, "/transparency/compare").await.text().contains("No statistics have been published here yet"));
    assert_eq!(get(&nothing, "/transparency/compare.csv").await.text().lines().count(), 1);
    assert_eq!(get(&nothing, "/transparency/compare.json").await.json(), serde_json::json!([]));
    assert_eq!(get(&nothing, "/transparency/charts/compare.svg").await.status, StatusCode::OK);
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

/// A publisher's file where there are any, or else what the demonstration keeps of it.
fn file(publishers: &str, demo: &str) -> PathBuf {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let path = root.join("../../shared/data").join(publishers);
    if path.exists() { path } else { root.join("demo/statistics").join(demo) }
}

#[test]
fn an_operator_imports_files_and_is_told_what_became_of_them() {
    let folder = tempfile::tempdir().unwrap();
    assert!(run(folder.path(), &["migrate"]).status.success());
    let google = file("google-2024-05/google-global-user-data-requests.csv", "google-user-data-requests.csv");
    let google = google.to_str().unwrap();
    let import = |arguments: &[&str]| {
        let retrieved = ["import-statistics", "--retrieved", "2024-05-31"];
        run(folder.path(), &[&retrieved, arguments].concat())
    };
    let first = import(&["--publisher", "google", google]);
    let told = printed(&first);
    assert!(first.status.success(), "{told}");
    assert!(told.contains("2009-H2 to 2023-H1, 145 jurisdictions"), "{told}");
    assert!(told.contains("readers now see 28 half-years from this file"), "{told}");
    let again = printed(&import(&["--publisher", "google", google]));
    assert!(again.contains("this very file was imported before") && again.contains("nothing changed"), "{again}");
    let apple = file("apple-2024-05/account_requests.csv", "apple-account-requests.csv");
    let other = import(&["--publisher", "google", apple.to_str().unwrap()]);
    assert_eq!(other.status.code(), Some(2));
    assert!(printed(&other).contains("is of `Apple`, and --publisher says `google`"), "{}", printed(&other));
    // One good file and one bad: neither is stored.
    let bad = folder.path().join("bad.csv");
    std::fs::write(&bad, "a,b\n1,2\n").unwrap();
    let both = import(&[apple.to_str().unwrap(), "bad.csv"]);
    assert_eq!(both.status.code(), Some(2));
    assert!(printed(&both).contains("bad.csv:1: this header belongs to no file that is known"), "{}", printed(&both));
    let apple = printed(&import(&[apple.to_str().unwrap()]));
    assert!(apple.contains("readers now see 20 half-years from this file"), "{apple}");
}
