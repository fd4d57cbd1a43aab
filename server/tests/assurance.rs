//! Commitments, certificates and audits, controls and policies, as anyone reads them.

mod common;

use axum::{
    body::Body,
    http::{Request, StatusCode, header},
};
use chrono::TimeDelta;
use common::App;
use domain::{StaffRole, Timestamp, terms::TermVersion};
use serde_json::{Value, json};
use store::{Engine, NewPerson, TermsDesk};

/// Two of the provider's people: what the first proposes, the second publishes.
struct Desks([TermsDesk; 2]);

impl Desks {
    async fn open(app: &App) -> Self {
        let operator = app.test.store.operator();
        let mut desks = Vec::new();
        for (name, role) in [("Ada", StaffRole::Publishing), ("Grace", StaffRole::Legal)] {
            let email = format!("{}@provider.example", name.to_lowercase());
            let person = NewPerson { email: &email, display_name: name, password: common::PASSWORD };
            desks.push(operator.terms_desk(operator.create_staff(person, role).await.expect("a person"), name));
        }
        Self(desks.try_into().unwrap_or_else(|_| panic!("two of them")))
    }

    async fn publish(&self, versions: &[Value]) {
        let versions = versions.iter().map(|version| TermVersion::read(version.clone()).expect("a version"));
        let id = self.0[0].propose("A test’s", versions.collect()).await.expect("an answer").expect("a proposal");
        self.0[1].publish(id).await.expect("an answer").expect("published");
    }

    async fn keep(&self, name: &str, body: &[u8]) -> Value {
        let kept = self.0[0].keep_paper(name, body).await.expect("an answer").expect("a paper");
        serde_json::to_value(kept).expect("JSON")
    }
}

fn with(mut version: Value, fields: Value) -> Value {
    for (name, value) in fields.as_object().expect("fields") {
        version[name] = value.clone();
    }
    version
}

fn commitment(key: &str, fields: Value) -> Value {
    let version = json!({
        "kind": "commitment", "key": key, "effective_from": "2025-01-01", "promise": format!("We promise {key}"),
        "explanation": "It **means** that.", "check": "Look it up.",
    });
    with(version, fields)
}

fn certificate(key: &str, fields: Value) -> Value {
    let version = json!({
        "kind": "assurance", "key": key, "effective_from": "2025-01-01", "standard": "ISO/IEC 27018:2019",
        "assurance_kind": "certificate", "auditor": "Certify Ltd", "number": "C-1", "scope": "The object storage.",
        "issued_on": "2025-01-01", "valid_until": "2026-12-31", "surveillance": ["2025-12-01", "2026-11-30"],
        "summary": "It covers personal data in public clouds.",
    });
    with(version, fields)
}

fn control(key: &str, fields: Value) -> Value {
    let version = json!({
        "kind": "control", "key": key, "effective_from": "2025-01-01", "title": format!("Control {key}"),
        "text": "It is done every day.",
    });
    with(version, fields)
}

fn policy(from: &str, text: &str, fields: Value) -> Value {
    let version = json!({
        "kind": "policy", "key": "privacy-statement", "effective_from": from, "title": "Privacy statement",
        "text": text, "change": format!("Since {from}."),
    });
    with(version, fields)
}

/// Demands that customers were told of: so many within a day, and so many only after an order.
async fn notified(app: &App, soon: usize, late: usize) {
    let received = Timestamp::parse("2026-01-10T10:00:00Z").expect("a time");
    for (hours, delayed) in (0..soon).map(|_| (5, 0)).chain((0..late).map(|_| (400, 1))) {
        let told = received.plus(TimeDelta::hours(hours)).micros();
        let row = format!("INSERT INTO notification VALUES ({}, {told}, {delayed})", received.micros());
        app.test.raw(row).await.expect("a notification");
    }
}

async fn page(app: &App, path: &str) -> String {
    let answer = app.get(path, "").await;
    assert_eq!(answer.status, StatusCode::OK, "{path}");
    answer.text()
}

fn has(page: &str, parts: &[&str]) {
    for part in parts {
        assert!(page.contains(part), "{part}: {page}");
    }
}

fn has_not(page: &str, parts: &[&str]) {
    for part in parts {
        assert!(!page.contains(part), "{part}: {page}");
    }
}

/// Where a text stands, so that orders can be compared.
fn place(page: &str, part: &str) -> usize {
    page.find(part).unwrap_or_else(|| panic!("{part}: {page}"))
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_portal_without_terms_says_so() {
    let app = App::open().await;
    for (path, told) in [
        ("/commitments", "No commitments have been published here yet."),
        ("/audits", "No certificates or audits have been published here yet."),
        ("/audits/controls", "No controls have been published here yet."),
        ("/policies", "No policies have been published here yet."),
    ] {
        has(&page(&app, path).await, &[told]);
    }
    assert_eq!(page(&app, "/audits/controls.csv").await.lines().count(), 1);
    has(&page(&app, "/policies.atom").await, &["<updated>1970-01-01T00:00:00+00:00</updated>"]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn promises_stand_in_their_order_with_figures_or_why_there_is_none() {
    let app = App::open().await;
    let desks = Desks::open(&app).await;
    desks
        .publish(&[
            commitment("a-late", json!({ "place": "10", "figure": "notified_median", "link": "/transparency" })),
            commitment("b-early", json!({ "place": "9", "figure": "purposes" })),
            commitment("c-share", json!({ "figure": "delayed_by_order" })),
            commitment("d-soon", json!({ "figure": "notified_within_a_day", "link": "https://example.com/x" })),
            commitment("e-periods", json!({ "figure": "published_periods" })),
        ])
        .await;
    let none = page(&app, "/commitments").await;
    assert!(place(&none, "We promise b-early") < place(&none, "We promise a-late"));
    assert!(place(&none, "We promise a-late") < place(&none, "We promise c-share"));
    has(
        &none,
        &[
            "It <strong>means</strong> that.",
            "purposes that an access can have, none of them advertising",
            "as of 1 March 2026, UTC",
            "Median time from a demand to the customer’s notice: not published yet.",
            "Customers told within a day: not published yet.",
            "Periods with published statistics: not published yet.",
            "<a href=\"/transparency\">Government requests</a>",
            "<a href=\"https://example.com/x\">example.com/x</a>",
        ],
    );
    has_not(&none, &["stat-value\">0"]);

    notified(&app, 2, 2).await;
    // As with none, so that nobody can tell that there were a few.
    assert_eq!(page(&app, "/commitments").await, none);

    notified(&app, 20, 1).await;
    let few_delayed = page(&app, "/commitments").await;
    has(&few_delayed, &["within 5 hours", "; 25 demands until 1 March 2026, UTC", "One of the two groups has fewer"]);
    has_not(&few_delayed, &["of 100", "17 days"]);

    notified(&app, 0, 2).await;
    let split = page(&app, "/commitments").await;
    has(&split, &["81 of 100", "19 of 100", "of 27 until 1 March 2026, UTC"]);

    server::import_statistics::import_demo(&app.test.store).await.expect("the demo's statistics");
    has(&page(&app, "/commitments").await, &["half-years of figures, from the second half of 2009"]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_certificate_is_told_by_its_dates_up_to_their_edges() {
    let app = App::open().await;
    let desks = Desks::open(&app).await;
    desks
        .publish(&[
            certificate("iso-27018", json!({})),
            certificate("coming", json!({ "standard": "ISO/IEC 27001:2022", "issued_on": "2026-03-02" })),
            certificate(
                "soc-2",
                json!({
                    "standard": "SOC 2 Type II", "assurance_kind": "audit_report", "valid_until": null,
                    "period_from": "2024-04-01", "period_until": "2025-03-31", "issued_on": "2025-05-01",
                    "opinion": "qualified", "exceptions": "Two reviews were late.\nAnswer: they are automatic now.",
                }),
            ),
        ])
        .await;
    let told = page(&app, "/audits").await;
    has(
        &told,
        &[
            "2 certificates and audits hold today, 1 March 2026.",
            "Valid until 31 December 2026",
            "Covers the time until 31 March 2025",
            "1 April 2024 to 31 March 2025",
            "1 December 2025; 30 November 2026 (planned)",
            "Qualified",
            "Two reviews were late.\nAnswer: they are automatic now.",
            "id=\"assurance-iso-27018\"",
            "Not issued yet",
        ],
    );
    assert!(place(&told, "What holds today") < place(&told, "id=\"assurance-soc-2\""));
    assert!(place(&told, "id=\"assurance-soc-2\"") < place(&told, "id=\"assurance-coming\""));
    has_not(&told, &["Expired or old"]);
    for (day, parts) in [
        ("2026-03-31", ["Covers the time until 31 March 2025", "Valid until 31 December 2026"]),
        ("2026-04-01", ["Old: covers the time until 31 March 2025 only", "Expired or old"]),
        ("2026-11-01", ["Valid until 31 December 2026", "Expired or old"]),
        ("2026-12-31", ["Ends soon, on 31 December 2026", "Old: covers"]),
        ("2027-01-01", ["Expired on 31 December 2026", "None holds today, 1 January 2027."]),
    ] {
        for time in ["00:00:00", "23:59:59"] {
            app.test.clock.set(Timestamp::parse(&format!("{day}T{time}Z")).expect("a time"));
            has(&page(&app, "/audits").await, &parts);
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn everybody_gets_the_certificate_as_it_was_kept_and_nobody_the_full_report() {
    let app = App::open().await;
    let desks = Desks::open(&app).await;
    let body = b"%PDF-1.7\nthe certificate";
    let secret = b"%PDF-1.7\nthe full report";
    desks
        .publish(&[
            certificate("iso-27018", json!({ "certificate": desks.keep("iso 27018.pdf", body).await })),
            certificate("soc-2", json!({
                "standard": "SOC 2", "report": desks.keep("report.pdf", secret).await, "report_terms": "Keep it secret.",
            })),
        ])
        .await;
    let ids =
        desks.0[0].published().await.expect("terms").into_iter().map(|published| (published.version.key, published.id));
    let ids = ids.collect::<Vec<_>>();
    let id_of = |key: &str| ids.iter().find(|(of, _)| of.as_str() == key).map(|(_, id)| *id).expect("a version");
    let address = format!("/audits/{}/certificate", id_of("iso-27018"));
    let told = page(&app, "/audits").await;
    has(&told, &[&format!("href=\"{address}\""), "Certificate, ISO/IEC 27018:2019", "href=\"/portal/documents\""]);
    has_not(&told, &["report.pdf", "Keep it secret."]);
    let answer = app.get(&address, "").await;
    assert_eq!((answer.status, answer.body.as_ref()), (StatusCode::OK, &body[..]));
    for (name, value) in [
        ("content-type", "application/pdf"),
        ("content-disposition", "attachment; filename=\"iso 27018.pdf\"; filename*=UTF-8''iso%2027018.pdf"),
        ("content-security-policy", "sandbox; default-src 'none'"),
        ("x-content-type-options", "nosniff"),
        ("cache-control", "public, max-age=60"),
    ] {
        assert_eq!(answer.header(name), value, "{name}");
    }
    let tag = answer.header("etag").to_owned();
    let again = Request::get(&address).header(header::IF_NONE_MATCH, tag).body(Body::empty()).expect("a request");
    let again = app.send(again).await;
    assert_eq!((again.status, again.body.len()), (StatusCode::NOT_MODIFIED, 0));
    for path in [format!("/audits/{}/certificate", id_of("soc-2")), "/audits/nothing/certificate".to_owned()] {
        let answer = app.get(&path, "").await;
        assert_eq!(answer.status, StatusCode::NOT_FOUND, "{path}");
        assert_ne!(answer.body.as_ref(), &secret[..]);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn controls_answer_by_clause_on_the_page_and_in_the_file() {
    let app = App::open().await;
    let desks = Desks::open(&app).await;
    desks
        .publish(&[
            certificate("iso-27018", json!({ "valid_until": "2026-02-28" })),
            control(
                "a",
                json!({
                    "references": ["ISO/IEC 27001:2022 | A.5.10", "GDPR | Article 28(3)(c)"], "evidence": ["iso-27018"],
                }),
            ),
            control("b", json!({ "title": "=1+1", "references": ["ISO/IEC 27001:2022 | A.5.2"] })),
        ])
        .await;
    let told = page(&app, "/audits/controls?standard=ISO%2FIEC+27001%3A2022").await;
    assert!(place(&told, "A.5.2<") < place(&told, "A.5.10<"));
    has(
        &told,
        &[
            "Controls by the clauses of ISO/IEC 27001:2022: 2 entries",
            "GDPR: Article 28(3)(c)",
            "href=\"/audits#assurance-iso-27018\"",
            "Expired on 28 February 2026",
            "href=\"/audits/controls.csv?standard=ISO%2FIEC+27001%3A2022\"",
            "<option value=\"GDPR\">",
        ],
    );
    let found = page(&app, "/audits/controls?standard=ISO%2FIEC+27001%3A2022&q=28%283%29").await;
    has(&found, &["A.5.10<", ": 1 entry<"]);
    has_not(&found, &["A.5.2<"]);
    let csv = app.get("/audits/controls.csv?standard=ISO%2FIEC+27001%3A2022", "").await;
    assert_eq!(csv.header("content-disposition"), "attachment; filename=\"controls.csv\"");
    assert_eq!(
        csv.text(),
        "standard,clause,control,title,text,elsewhere,evidence\r\n\
         ISO/IEC 27001:2022,A.5.2,b,'=1+1,It is done every day.,,\r\n\
         ISO/IEC 27001:2022,A.5.10,a,Control a,It is done every day.,\"GDPR, Article 28(3)(c)\",\
         \"ISO/IEC 27018:2019, Certify Ltd: Expired on 28 February 2026\"\r\n"
    );
    let unknown = page(&app, "/audits/controls?standard=ISO+9001").await;
    has(&unknown, &["“ISO 9001” is not one that a control here is named by", ": 3 entries"]);
    assert_eq!(app.get("/audits/controls.csv?standard=ISO+9001", "").await.status, StatusCode::BAD_REQUEST);
    assert_eq!(app.get("/audits/controls.csv?q=a&q=b", "").await.status, StatusCode::BAD_REQUEST);
    has(&page(&app, "/audits/controls?q=xyzzy").await, &["No control was found with these words."]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn each_version_of_a_policy_keeps_its_address_and_is_in_effect_from_its_day() {
    let app = App::open().await;
    let desks = Desks::open(&app).await;
    desks.publish(&[policy("2024-01-01", "We keep logs for two years.", json!({}))]).await;
    desks.publish(&[policy("2026-04-01", "We keep logs for a month.", json!({}))]).await;
    let current = page(&app, "/policies/privacy-statement").await;
    has(
        &current,
        &[
            "We keep logs for two years.",
            "In effect since 1 January 2024, and until 31 March 2026. As of 1 March 2026, UTC.",
            "A new version takes effect on 1 April 2026.",
            "href=\"/policies/privacy-statement/2026-04-01?with=2024-01-01\"",
            "rel=\"canonical\"",
            "type=\"application/atom+xml\"",
        ],
    );
    has_not(&current, &["for a month"]);
    has(&page(&app, "/policies").await, &["In effect since 1 January 2024. 2 versions.", "Announced", "1 April 2026"]);
    let announced = page(&app, "/policies/privacy-statement/2026-04-01").await;
    has(&announced, &["for a month", "Announced, and not in effect yet: it takes effect on 1 April 2026."]);
    let difference = page(&app, "/policies/privacy-statement/2026-04-01?with=2024-01-01").await;
    has(
        &difference,
        &[
            "What differs between 1 January 2024 and 1 April 2026",
            "<del>two</del> <del>years.</del>",
            "<ins>a</ins> <ins>month.</ins>",
        ],
    );
    // Whichever is asked for first, the older stands first.
    let turned = page(&app, "/policies/privacy-statement/2024-01-01?with=2026-04-01").await;
    has(&turned, &["<del>two</del> <del>years.</del>", "<ins>a</ins> <ins>month.</ins>"]);
    for path in [
        "/policies/nothing",
        "/policies/Privacy",
        "/policies/privacy-statement/2024-01-02",
        "/policies/privacy-statement/2024-1-1",
        "/policies/privacy-statement/newest",
        "/policies/privacy-statement/2024-01-01?with=2024-01-02",
        "/policies/nothing/2024-01-01",
    ] {
        assert_eq!(app.get(path, "").await.status, StatusCode::NOT_FOUND, "{path}");
    }
    app.test.clock.set(Timestamp::parse("2026-03-31T23:59:59Z").expect("a time"));
    has(&page(&app, "/policies/privacy-statement").await, &["for two years", "In effect since 1 January 2024"]);
    app.test.clock.set(Timestamp::parse("2026-04-01T00:00:00Z").expect("a time"));
    has(&page(&app, "/policies/privacy-statement").await, &["for a month", "In effect since 1 April 2026. As of"]);
    let old = page(&app, "/policies/privacy-statement/2024-01-01").await;
    has(&old, &["for two years", "Not in effect any more: it was from 1 January 2024 to 31 March 2026."]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_corrected_version_says_why_and_what_was_corrected_and_the_feed_tells_of_both() {
    let app = App::open().await;
    let desks = Desks::open(&app).await;
    desks.publish(&[policy("2024-01-01", "We keep <logs> & traces for too years.", json!({}))]).await;
    app.later(TimeDelta::hours(1));
    desks
        .publish(&[policy(
            "2024-01-01",
            "We keep <logs> & traces for two years.",
            json!({ "correction": "A typo & nothing else" }),
        )])
        .await;
    let told = page(&app, "/policies/privacy-statement/2024-01-01").await;
    has(
        &told,
        &["Corrected on 1 March 2026, 13:00:00 UTC", "Why: A typo &amp; nothing else", "What the correction changed"],
    );
    has(&told, &["<del>too</del>", "<ins>two</ins>", "In effect since 1 January 2024. As of"]);
    let answer = app.get("/policies.atom", "").await;
    assert_eq!(answer.header("content-type"), "application/atom+xml; charset=utf-8");
    let feed = atom_syndication::Feed::read_from(answer.body.as_ref()).expect("a feed");
    let titles = feed.entries.iter().map(|entry| entry.title.value.as_str()).collect::<Vec<_>>();
    assert_eq!(
        titles,
        [
            "Privacy statement: a correction of the version in effect from 1 January 2024",
            "Privacy statement: the version in effect from 1 January 2024",
        ]
    );
    assert_eq!(feed.entries[0].summary.as_ref().map(|summary| summary.value.as_str()), Some("A typo & nothing else"));
    assert!(feed.entries[0].links[0].href.ends_with("/policies/privacy-statement/2024-01-01"), "{feed:?}");
    assert_eq!(feed.updated.to_rfc3339(), "2026-03-01T13:00:00+00:00");
    let ids = feed.entries.iter().map(|entry| entry.id.clone()).collect::<std::collections::BTreeSet<_>>();
    assert_eq!(ids.len(), 2);
    let tag = answer.header("etag").to_owned();
    let again =
        Request::get("/policies.atom").header(header::IF_NONE_MATCH, tag).body(Body::empty()).expect("a request");
    assert_eq!(app.send(again).await.status, StatusCode::NOT_MODIFIED);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nothing_of_one_customers_terms_or_of_transfers_is_public() {
    for engine in [Engine::Sqlite, Engine::Postgres] {
        let app = App::on(engine, server::config::Config::default()).await;
        app.test.customer("acme").await;
        let desks = Desks::open(&app).await;
        desks
            .publish(&[
                policy("2024-01-01", "For everybody.", json!({})),
                json!({
                    "kind": "agreement", "key": "privacy-statement", "customer": "acme", "effective_from": "2024-01-01",
                    "title": "Xyzzy", "text": "Xyzzy",
                }),
                json!({
                    "kind": "location", "key": "xyzzy-place", "effective_from": "2024-01-01", "country": "DE",
                    "place_role": "stored", "service": "Xyzzy", "data": "Xyzzy", "operated_by": "Xyzzy",
                }),
                json!({
                    "kind": "transfer", "key": "xyzzy-transfer", "effective_from": "2024-01-01", "data": "Xyzzy",
                    "people": "Xyzzy", "from_country": "DE", "to_country": "FR", "recipient": "Xyzzy",
                    "service": "Xyzzy", "purpose": "Xyzzy", "place_role": "stored",
                }),
            ])
            .await;
        for path in
            ["/commitments", "/audits", "/audits/controls", "/audits/controls.csv", "/policies", "/policies.atom"]
        {
            has_not(&page(&app, path).await.to_lowercase(), &["xyzzy"]);
        }
        let statement = page(&app, "/policies/privacy-statement").await;
        has(&statement, &["For everybody."]);
        has_not(&statement, &["Xyzzy"]);
        for key in ["xyzzy-place", "xyzzy-transfer"] {
            assert_eq!(app.get(&format!("/policies/{key}"), "").await.status, StatusCode::NOT_FOUND);
        }
        let App { test, state, .. } = app;
        drop(state);
        test.remove().await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn public_pages_are_kept_for_a_moment_with_those_of_each_policy() {
    let app = App::open().await;
    let desks = Desks::open(&app).await;
    desks.publish(&[policy("2024-01-01", "For everybody.", json!({}))]).await;
    // Without a cookie, as the public asks.
    let ask = async |path: &str| app.send(Request::get(path).body(Body::empty()).expect("a request")).await;
    for path in ["/commitments", "/audits", "/policies", "/policies/privacy-statement/2024-01-01"] {
        let (first, again) = (ask(path).await, ask(path).await);
        assert_eq!((first.status, first.header("x-request-id")), (StatusCode::OK, first.header("x-request-id")));
        assert!(first.body == again.body, "{path} is rendered twice: their nonces differ or nothing is kept");
    }
}
