//! A customer's terms through the router: where its data goes as of any day, and reports under terms.

mod common;

use axum::http::StatusCode;
use chrono::TimeDelta;
use common::{Answer, App};
use domain::{
    MemberRole, StaffRole, TermVersionId,
    terms::{PublishedTerm, TermDocument, TermVersion},
};
use lopdf::{Dictionary, Document, EncryptionState, EncryptionVersion, Object, Permissions, Stream, dictionary};
use serde_json::{Value, json};
use store::TermsDesk;

/// Two of the provider's people, of whom the first proposes and the second publishes.
struct Desks([TermsDesk; 2]);

impl Desks {
    async fn open(app: &App) -> Self {
        let mut desks = Vec::new();
        for (name, role) in [("Lou", StaffRole::Legal), ("Pia", StaffRole::Publishing)] {
            let cookie = app.another_staff(name, role).await;
            let person = app.session(&cookie).await.signed_in.person();
            desks.push(app.test.store.operator().terms_desk(person, name));
        }
        Self(desks.try_into().unwrap_or_else(|_| panic!("two of them")))
    }

    /// Publishes versions together.
    async fn publish(&self, versions: Vec<Value>) -> Published {
        let read = |version| TermVersion::read(version).unwrap_or_else(|problems| panic!("{problems:?}"));
        let versions = versions.into_iter().map(read).collect();
        let [writes, publishes] = &self.0;
        let id = writes.propose("Terms", versions).await.expect("an answer").expect("a proposal");
        publishes.publish(id).await.expect("an answer").expect("a publication");
        Published(writes.published().await.expect("what is published"))
    }

    async fn paper(&self, name: &str, body: &[u8]) -> Value {
        let kept: TermDocument = self.0[0].keep_paper(name, body).await.expect("an answer").expect("a paper");
        serde_json::to_value(kept).expect("JSON")
    }
}

/// Everything that is published.
struct Published(Vec<PublishedTerm>);

impl Published {
    /// The version with this key and first day.
    fn id(&self, key: &str, from: &str) -> TermVersionId {
        let of = |of: &&PublishedTerm| of.version.key.as_str() == key && of.version.effective_from.to_string() == from;
        self.0.iter().find(of).expect("a version").id
    }
}

fn with(mut base: Value, fields: &Value) -> Value {
    base.as_object_mut().expect("fields").extend(fields.as_object().expect("fields").clone());
    base
}

fn transfer(fields: Value) -> Value {
    let base = json!({
        "kind": "transfer", "key": "support", "effective_from": "2014-01-01", "data": "Tickets <b>",
        "people": "Customers’ staff", "from_country": "DE", "to_country": "US", "recipient": "Nimbus Inc.",
        "service": "Support", "purpose": "To answer tickets", "place_role": "accessed_from",
    });
    with(base, &fields)
}

/// One transfer through three laws of its time.
fn history() -> Vec<Value> {
    vec![
        transfer(json!({ "mechanism": "eu-us-safe-harbor" })),
        transfer(json!({ "effective_from": "2016-01-01", "mechanism": "scc-2010", "concluded": "2016-01-01" })),
        transfer(json!({ "effective_from": "2023-07-10", "mechanism": "eu-us-dpf", "data": "Tickets and names" })),
    ]
}

fn agreement(fields: Value) -> Value {
    let base = json!({
        "kind": "agreement", "key": "dpa", "effective_from": "2024-01-01", "title": "Data processing agreement",
        "text": "# Terms\n\nWe delete after 90 days.",
    });
    with(base, &fields)
}

/// Leptos parts texts that stand beside each other by empty comments.
fn page(answer: &Answer) -> String {
    assert_eq!(answer.status, StatusCode::OK, "{}", answer.text());
    answer.text().replace("<!>", "")
}

fn assert_told(page: &str, texts: &[&str]) {
    for text in texts {
        assert!(page.contains(text), "{text}: {page}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_a_transfer_rests_on_is_told_as_of_the_day_that_is_asked_for() {
    let app = App::open().await;
    let (_, owner) = app.member_of("acme").await;
    Desks::open(&app).await.publish(history()).await;
    let sound = "1 transfer goes to another country, and rests on a mechanism in force.";
    let unsound = "1 transfer goes to another country, and rests on no valid mechanism.";
    let none = "No transfer to another country is recorded.";
    let fell = "is not in force. Invalidated on 6 October 2015 by Court of Justice";
    for (on, texts) in [
        ("2013-12-31", vec![none]),
        ("2014-01-01", vec![sound, "In force until 5 October 2015."]),
        ("2015-10-05", vec![sound, "As of 5 October 2015, data of ACME"]),
        (
            "2015-10-06",
            vec![unsound, fell, "As of 6 October 2015. ", "What rests on no valid mechanism", "Recorded later"],
        ),
        ("2016-01-01", vec![sound, "Contract of"]),
        ("2021-09-27", vec![sound, "Old contract", "older ones rest on it until 27 December 2022."]),
        ("2022-12-27", vec![sound, "Old contract"]),
        (
            "2022-12-28",
            vec![unsound, "Implementing Decision (EU) 2021/914, article 4", "carried transfers until 27 December 2022"],
        ),
        ("2023-07-09", vec![unsound]),
        ("2023-07-10", vec![sound, "EU-US Data Privacy Framework", "Tickets and names"]),
    ] {
        let page = page(&app.get(&format!("/portal/transfers?on={on}"), &owner).await);
        assert_told(&page, &texts);
        assert_told(&page, &["href=\"/portal/transfers\">Back to today", &format!("value=\"{on}\"")]);
        assert_eq!(page.contains("What rests on no valid mechanism"), texts.contains(&unsound), "{on}");
    }
    let today = page(&app.get("/portal/transfers", &owner).await);
    assert_told(
        &today,
        &[sound, "value=\"2026-03-01\"", "Data of ACME is stored in places that are not recorded.", "<svg"],
    );
    assert!(!today.contains("Back to today") && !today.contains(".wasm"), "{today}");
    let old = page(&app.get("/portal/transfers?on=2015-10-05", &owner).await);
    assert_told(
        &old,
        &["Tickets &lt;b&gt;", "As it is today: ", "Germany to United States", "/portal/transfers/transfer/support"],
    );
    for (on, reason) in [
        ("soon", "“soon” is no day such as 2015-10-06. This is today instead."),
        ("1066-10-14", "before 24 October 1995"),
        ("9999-12-31", "more than 10 years ahead"),
        ("%3Cscript%3E", "“&lt;script&gt;” is no day"),
    ] {
        let page = page(&app.get(&format!("/portal/transfers?on={on}"), &owner).await);
        assert_told(&page, &[reason, sound, "aria-invalid=\"true\""]);
        let refused = app.get(&format!("/portal/transfers.csv?on={on}"), &owner).await;
        assert_eq!(refused.status, StatusCode::BAD_REQUEST, "a download never guesses");
    }
    assert_told(&page(&app.get("/portal", &owner).await), &["Transfers: 1</a>", "all in force"]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_day_is_taken_away_as_it_is_told() {
    let app = App::open().await;
    let (_, owner) = app.member_of("acme").await;
    let mut versions = history();
    versions.push(transfer(json!({ "key": "formula", "data": "=cmd", "service": "Mail", "to_country": "NO" })));
    Desks::open(&app).await.publish(versions).await;
    let csv = app.get("/portal/transfers.csv?on=2015-10-06", &owner).await;
    assert_eq!(csv.header("content-disposition"), "attachment; filename=\"transfers.csv\"");
    assert_eq!(csv.header("cache-control"), "no-store");
    let text = csv.text();
    let lines = text.split("\r\n").collect::<Vec<_>>();
    assert_eq!(lines.len(), 4, "{text}");
    assert!(lines[0].starts_with("on,key,version_id,only_for_this_customer,effective_from,"), "{text}");
    assert!(lines[1].starts_with("2015-10-06,formula,") && lines[1].contains(",Mail,'=cmd,"), "{text}");
    assert!(lines[1].contains(",not_needed,"), "{text}");
    assert!(lines[2].contains(",flagged,\"EU-US Safe Harbor is not in force. Invalidated on 6 October 2015"), "{text}");
    let document = app.get("/portal/transfers.json?on=2015-10-06", &owner).await;
    assert_eq!(document.header("content-disposition"), "attachment; filename=\"transfers.json\"");
    let document = document.json();
    assert_eq!((&document["on"], &document["customer"]), (&json!("2015-10-06"), &json!("acme")));
    assert_eq!(document["terms"][1]["footing"]["code"], "flagged");
    assert_eq!(document["terms"][1]["recorded_later"], true);
    assert_eq!(document["mechanisms"][0]["standing"], "ended");
    let trail = app.get("/portal/activity.csv", &owner).await.text();
    assert_eq!(trail.matches("transfers_downloaded").count(), 2, "{trail}");
    assert!(trail.contains("\"CSV, as of 2015-10-06\""), "{trail}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_change_ahead_counts_down_and_leads_to_its_notice() {
    let app = App::open().await;
    let (_, owner) = app.member_of("acme").await;
    let desks = Desks::open(&app).await;
    let begun = app.test.store.now();
    let subprocessor = json!({
        "kind": "subprocessor", "key": "ledger", "effective_from": "2026-05-01", "name": "Ledger Ltd", "country": "GB",
        "service": "Billing", "data": "Invoices", "added_on": "2026-05-01", "change": "It keeps the books.",
        "object_until": "2026-03-10", "how_to_object": "On this notice.",
    });
    desks.publish(vec![subprocessor]).await;
    let ahead = page(&app.get("/portal/transfers", &owner).await);
    assert_told(
        &ahead,
        &[
            "Ledger Ltd, a subprocessor",
            "9 days left to object",
            "href=\"/portal/notices/0\"",
            "It keeps the books.",
            "href=\"/account\"",
        ],
    );
    assert_told(&ahead, &["No subprocessor is recorded for this day."]);
    assert!(
        !page(&app.get("/portal/transfers?on=2026-02-28", &owner).await).contains("Ledger Ltd"),
        "not announced yet"
    );
    let then = page(&app.get("/portal/transfers?on=2026-05-01", &owner).await);
    assert_told(&then, &["This day is ahead", "Ledger Ltd", "United Kingdom"]);
    app.test.clock.set(begun.plus(TimeDelta::days(9)));
    let owner = app.cookie("owner@acme.example").await;
    assert_told(&page(&app.get("/portal/transfers", &owner).await), &["Last day to object"]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn each_version_of_a_term_can_be_read_and_laid_beside_another() {
    let app = App::open().await;
    let (_, owner) = app.member_of("acme").await;
    let (_, stranger) = app.member_of("zeta").await;
    let desks = Desks::open(&app).await;
    let paper = desks.paper("Vertrag.pdf", b"%PDF-1.7 signed").await;
    let mut versions = history();
    versions
        .push(agreement(json!({ "document": paper, "assessment": "Low risk.", "measures": ["encryption | AES-256"] })));
    versions.push(agreement(
        json!({ "effective_from": "2025-01-01", "text": "# Terms\n\nWe delete after 30 days.", "change": "Sooner." }),
    ));
    versions.push(agreement(json!({ "customer": "acme", "key": "secret", "title": "Secret deal", "document": paper })));
    let published = desks.publish(versions).await;
    let (old, new) = (published.id("dpa", "2024-01-01"), published.id("dpa", "2025-01-01"));

    let main = page(&app.get("/portal/transfers?on=2024-06-01", &owner).await);
    assert_told(
        &main,
        &[
            "Data processing agreement",
            "Vertrag.pdf",
            "SHA-256: ",
            "Low risk.",
            "Encryption: AES-256",
            "What changed, side by side",
            &format!("/portal/transfers/papers/{old}"),
            "Secret deal",
            "Only for you",
        ],
    );
    let read = page(&app.get("/portal/transfers/agreement/dpa", &owner).await);
    assert_told(
        &read,
        &[
            "Holds today",
            "Written by Lou, approved by Pia",
            "We delete after 30 days.",
            "The version of 1 January 2025",
            "Side by side",
            "<del>90</del>",
            "<ins>30</ins>",
            "31 December 2024",
        ],
    );
    let first = page(&app.get(&format!("/portal/transfers/agreement/dpa?version={old}"), &owner).await);
    assert_told(&first, &["The version of 1 January 2024", "Vertrag.pdf", "Low risk."]);
    let turned = page(&app.get(&format!("/portal/transfers/agreement/dpa?from={new}&to={old}"), &owner).await);
    assert_told(&turned, &["<del>30</del>", "<ins>90</ins>"]);
    let secret = published.id("secret", "2024-01-01");
    for query in [format!("version={secret}"), "version=x".to_owned(), "from=1&to=2".to_owned()] {
        let page = page(&app.get(&format!("/portal/transfers/agreement/dpa?{query}"), &owner).await);
        assert_told(&page, &["a version that this term doesn’t have", "We delete after 30 days."]);
        assert!(!page.contains("Secret deal"), "{page}");
    }
    let transfer = page(&app.get("/portal/transfers/transfer/support", &owner).await);
    assert_told(&transfer, &["/portal/transfers/mechanism/eu-us-dpf", "In force.", "9 July 2023", "31 December 2015"]);
    let mechanism = page(&app.get("/portal/transfers/mechanism/eu-us-safe-harbor", &owner).await);
    assert_told(&mechanism, &["Not in force any more", "C-362/14", "From the register of laws"]);

    assert_eq!(app.get("/portal/transfers/agreement/secret", &owner).await.status, StatusCode::OK);
    let file = app.get(&format!("/portal/transfers/papers/{secret}"), &owner).await;
    assert_eq!((file.status, &file.body[..]), (StatusCode::OK, &b"%PDF-1.7 signed"[..]));
    for (name, value) in [
        ("content-type", "application/pdf"),
        ("content-disposition", "attachment; filename=\"Vertrag.pdf\"; filename*=UTF-8''Vertrag.pdf"),
        ("content-security-policy", "sandbox; default-src 'none'"),
        ("cache-control", "no-store"),
    ] {
        assert_eq!(file.header(name), value);
    }
    for address in [
        "/portal/transfers/agreement/secret".to_owned(),
        format!("/portal/transfers/papers/{secret}"),
        format!("/portal/documents/{secret}/report"),
        format!("/portal/transfers/papers/{new}"),
        "/portal/transfers/papers/x".to_owned(),
        "/portal/transfers/transfer/nothing".to_owned(),
        "/portal/transfers/mechanism/nothing".to_owned(),
        "/portal/transfers/policy/dpa".to_owned(),
        "/portal/transfers/rumour/dpa".to_owned(),
        "/portal/transfers/agreement/DPA".to_owned(),
    ] {
        assert_eq!(app.get(&address, &stranger).await.status, StatusCode::NOT_FOUND, "{address}");
    }
    let accept = format!("/portal/documents/{secret}/accept");
    assert_eq!(app.post(&accept, &stranger, &[]).await.status, StatusCode::NOT_FOUND);
    let theirs =
        page(&app.get(&format!("/portal/transfers/agreement/dpa?version={secret}&from={secret}"), &stranger).await);
    assert!(!theirs.contains("Secret deal"), "{theirs}");
    assert!(!page(&app.get("/portal/transfers", &stranger).await).contains("Secret deal"));
    assert!(!app.get("/portal/transfers.json", &stranger).await.text().contains("Secret deal"));
    let trail = app.get("/portal/activity.csv", &owner).await.text();
    assert_eq!(trail.matches("agreement_downloaded").count(), 1, "{trail}");
}

fn pdf(encrypted: bool) -> Vec<u8> {
    let mut document = Document::with_version("1.5");
    let root = document.new_object_id();
    let content = b"BT /F1 12 Tf 72 700 Td (No exceptions noted.) Tj ET".to_vec();
    let content = document.add_object(Stream::new(Dictionary::new(), content));
    let font = dictionary! { "Type" => "Font", "Subtype" => "Type1", "BaseFont" => "Courier" };
    let page = document.add_object(dictionary! {
        "Type" => "Page", "Parent" => root, "Contents" => content,
        "Resources" => dictionary! { "Font" => dictionary! { "F1" => font } },
    });
    let size = [0, 0, 595, 842].map(Object::Integer).to_vec();
    let pages = dictionary! { "Type" => "Pages", "Count" => 1, "Kids" => vec![page.into()], "MediaBox" => size };
    document.objects.insert(root, Object::Dictionary(pages));
    let catalog = document.add_object(dictionary! { "Type" => "Catalog", "Pages" => root });
    document.trailer.set("Root", catalog);
    if encrypted {
        let id = Object::string_literal("0123456789abcdef");
        document.trailer.set("ID", vec![id.clone(), id]);
        let version = EncryptionVersion::V2 {
            document: &document,
            owner_password: "o",
            user_password: "",
            key_length: 128,
            permissions: Permissions::all(),
        };
        let state = EncryptionState::try_from(version).expect("a key");
        document.encrypt(&state).expect("an encrypted file");
    }
    let mut body = Vec::new();
    document.save_to(&mut body).expect("a file");
    body
}

fn assurance(key: &str, report: Value) -> Value {
    json!({
        "kind": "assurance", "key": key, "effective_from": "2025-06-01", "standard": format!("SOC 2, {key}"),
        "assurance_kind": "audit_report", "auditor": "Body", "scope": "All", "issued_on": "2025-06-01",
        "period_until": "2025-05-31", "summary": "Good.", "report_terms": "Tell <nobody>.", "report": report,
    })
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_full_report_is_given_under_its_terms_and_says_who_took_it_on_every_page() {
    let app = App::open().await;
    let (acme, owner) = app.member_of("acme").await;
    let auditor = app.colleague(&acme, MemberRole::Auditor).await;
    let desks = Desks::open(&app).await;
    let reports = [("plain", pdf(false)), ("sealed", pdf(true)), ("broken", b"%PDF-1.7 nothing".to_vec())];
    let mut versions = Vec::new();
    for (key, body) in &reports {
        versions.push(assurance(key, desks.paper(&format!("{key}.pdf"), body).await));
    }
    let published = desks.publish(versions).await;
    let id = |key: &str| published.id(key, "2025-06-01");
    let listed = page(&app.get("/portal/documents", &owner).await);
    assert_told(
        &listed,
        &[
            "SOC 2, plain",
            "Covers the time until 31 May 2025",
            "Tell &lt;nobody&gt;.",
            "SHA-256 of the original: ",
            "Accept these terms",
        ],
    );
    let report = |key: &str| format!("/portal/documents/{}/report", id(key));
    assert!(!listed.contains(&report("plain")), "{listed}");
    let refused = app.get(&report("plain"), &owner).await;
    assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert_told(&refused.text(), &["accept the terms of this report below first"]);

    for key in ["plain", "sealed", "broken"] {
        let accepted = app.post(&format!("/portal/documents/{}/accept", id(key)), &owner, &[]).await;
        assert_eq!(accepted.header("location"), "/portal/documents?done=accepted", "{}", accepted.text());
    }
    let listed = page(&app.get("/portal/documents?done=accepted", &owner).await);
    assert_told(&listed, &["The terms are accepted", &report("plain"), "You accepted its terms on", "the original’s"]);
    let given = app.get(&report("plain"), &owner).await;
    assert_eq!((given.status, given.header("content-type")), (StatusCode::OK, "application/pdf"));
    assert!(given.header("content-disposition").starts_with("attachment; filename=\"plain.pdf\""));
    assert_eq!(given.header("content-security-policy"), "sandbox; default-src 'none'");
    let text = Document::load_mem(&given.body).expect("a PDF").extract_text(&[1]).expect("text");
    assert_told(
        &text,
        &[
            "No exceptions noted.",
            "CONFIDENTIAL",
            "Ada, ACME",
            "1 March 2026",
            "Given to Ada (owner@acme.example) of ACME",
        ],
    );
    for (key, reason) in [("sealed", "it is encrypted"), ("broken", "it can’t be read as a PDF")] {
        let refused = app.get(&report(key), &owner).await;
        assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY, "{key}");
        assert_told(&refused.text(), &["This report is not given", reason]);
    }
    assert_eq!(
        app.get(&report("plain"), &auditor).await.status,
        StatusCode::UNPROCESSABLE_ENTITY,
        "each for themselves"
    );
    let trail = app.get("/portal/activity.csv", &owner).await.text();
    assert_eq!(trail.matches("report_terms_accepted").count(), 3, "{trail}");
    assert_eq!(trail.matches("report_downloaded").count(), 1, "{trail}");
}
