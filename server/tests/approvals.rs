//! Access that is asked for, through the router: decided by the customer, ended, and what was accessed otherwise.

mod common;

use axum::{
    body::Body,
    http::{Request, StatusCode, header},
};
use chrono::TimeDelta;
use common::{Answer, App, event};
use domain::{
    GrantId, MemberRole, StaffRole,
    grant::{Approvers, GrantFile, GrantStatus, Policy, RequestDraft, Side},
};
use futures::StreamExt;
use serde_json::json;
use server::config::Config;
use store::{Client, Customer, Engine, GrantView, Scope, Store};

/// Leptos parts texts that stand beside each other by empty comments.
fn told(answer: &Answer) -> String {
    answer.text().replace("<!>", "")
}

fn assert_told(answer: &Answer, texts: &[&str]) {
    let page = told(answer);
    for text in texts {
        assert!(page.contains(text), "{text}: {page}");
    }
}

fn assert_not_told(answer: &Answer, texts: &[&str]) {
    let page = told(answer);
    for text in texts {
        assert!(!page.contains(text), "{text}: {page}");
    }
}

fn draft(reference: &str) -> RequestDraft {
    serde_json::from_value(json!({
        "customer": "acme", "reference": reference, "accessor": "e-4711", "role": "Support engineer",
        "employer": "Nimbus Cloud", "countries": ["IE", "DE"], "justification": "Restore of a <deleted> folder",
        "minutes": 120, "operations": ["read", "list"], "purpose": "customer_requested_support",
        "resources": ["records", "orders/*"], "service": "Object Storage", "ticket": "CASE-1"
    }))
    .expect("a draft")
}

/// An application, a customer, its owner's cookie, and that of an operations person.
struct Sides {
    app: App,
    acme: Customer,
    owner: String,
    operations: String,
}

impl Sides {
    async fn new() -> Self {
        Self::on(Engine::Sqlite).await
    }

    async fn on(engine: Engine) -> Self {
        let app = App::on(engine, Config::default()).await;
        let (acme, owner) = app.member_of("acme").await;
        let operations = app.staff(StaffRole::Operations).await;
        Self { app, acme, owner, operations }
    }

    async fn asked(&self, draft: RequestDraft) -> GrantView {
        let desk = self.app.session(&self.operations).await.access_desk().expect("a role that asks");
        desk.ask(draft).await.expect("an answer").expect("a request")
    }

    /// The same, after the session of who asks ended.
    async fn asked_later(&self, draft: RequestDraft) -> GrantView {
        let operations = self.app.cookie("operations@provider.example").await;
        let desk = self.app.session(&operations).await.access_desk().expect("a role that asks");
        desk.ask(draft).await.expect("an answer").expect("a request")
    }

    /// The page of a grant, and what its forms send of the state that it shows.
    async fn page(&self, id: GrantId) -> (String, Answer) {
        let address = format!("/portal/approvals/{id}");
        let page = self.app.get(&address, &self.owner).await;
        assert_eq!(page.status, StatusCode::OK);
        (address, page)
    }

    async fn post(&self, id: GrantId, act: &str, fields: &[(&str, &str)]) -> Answer {
        let (address, page) = self.page(id).await;
        let text = page.text();
        let revision = text.split_once("name=\"revision\" value=\"").map_or("", |(_, rest)| rest);
        let revision = revision.split('"').next().expect("a revision");
        let mut fields = fields.to_vec();
        fields.push(("revision", revision));
        self.app.post(&format!("{address}/{act}"), &self.owner, &fields).await
    }

    async fn status(&self, id: GrantId) -> GrantStatus {
        self.grant(id).await.state.status()
    }

    async fn grant(&self, id: GrantId) -> GrantView {
        let decider = self.app.session(&self.owner).await.decides().expect("a member");
        decider.grants().grant(id).await.expect("an answer").expect("a grant")
    }

    async fn set_policy(&self, policy: Policy) {
        let decider = self.app.session(&self.owner).await.decides().expect("a member");
        let version = decider.grants().policy().await.expect("an answer").version;
        decider.set_policy(version, policy).await.expect("an answer").expect("a policy");
    }
}

/// The next event of an open page.
async fn next_event(open: &mut axum::body::BodyDataStream) -> Option<String> {
    let next = tokio::time::timeout(std::time::Duration::from_secs(5), open.next());
    let bytes = next.await.expect("something, or the end")?.expect("an event");
    Some(String::from_utf8(bytes.to_vec()).expect("a text"))
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_open_page_hears_of_requests_whichever_server_was_asked() {
    for engine in [Engine::Sqlite, Engine::Postgres] {
        let sides = Sides::on(engine).await;
        let app = &sides.app;
        let auditor = app.colleague(&sides.acme, MemberRole::Auditor).await;
        let (_, zeta) = app.member_of("zeta").await;
        let first = sides.asked(draft("r-0")).await;
        let live = |path: &str, cookie: &str| Request::get(path).header(header::COOKIE, cookie).body(Body::empty());
        // What the page shows stands in its address.
        let page = told(&app.get("/portal/approvals", &sides.owner).await);
        assert!(page.contains("/portal/approvals/live?asked=1&amp;waiting=1"), "{page}");
        let record = told(&app.get("/portal/access", &sides.owner).await);
        assert!(record.contains("/portal/access/live?since=0&amp;waiting=1"), "{record}");
        let open = async |path: &str, cookie: &str| app.open_stream(live(path, cookie).expect("a request")).await;
        let mut requests = open("/portal/approvals/live?asked=0&waiting=0", &sides.owner).await;
        let mut auditors = open("/portal/approvals/live?asked=0&waiting=0", &auditor).await;
        let mut record = open("/portal/access/live?since=0&waiting=0", &sides.owner).await;
        let mut others = open("/portal/approvals/live?asked=0&waiting=0", &zeta).await;
        for (open, told) in [(&mut requests, "data: 1 1"), (&mut auditors, "data: 1 1"), (&mut record, "data: 0 1")] {
            let event = next_event(open).await.expect("what came while the page was on its way");
            assert!(event.contains("event: requests") && event.contains(told), "{event}");
        }

        // Another server's store, of which this one hears by the database alone.
        let keys = store::testing::test_keys();
        let other = Store::open(&app.test.address, app.test.clock.clone(), keys).await.expect("a store");
        let secret = sides.operations.split_once('=').expect("a secret").1;
        let session = other.session(secret, &Client::default()).await.expect("an answer").expect("a session");
        let desk = session.access_desk().expect("a role that asks");
        desk.ask(draft("r-1")).await.expect("an answer").expect("a request");
        for (open, told) in [(&mut requests, "data: 2 2"), (&mut auditors, "data: 2 2"), (&mut record, "data: 1 2")] {
            let event = next_event(open).await.expect("an event");
            assert!(event.contains("event: requests") && event.contains(told), "{event}");
            assert!(!event.contains("id:"), "what was told of accesses is told on from there: {event}");
        }
        // What is decided waits no more, and is no new request.
        sides.post(first.id, "deny", &[("reason", "Not today")]).await;
        for (open, told) in [(&mut requests, "data: 2 1"), (&mut auditors, "data: 2 1"), (&mut record, "data: 1 1")] {
            let event = next_event(open).await.expect("an event");
            assert!(event.contains(told), "{event}");
        }
        // Of accesses the page of the record hears as before.
        let token = app.token(None, Scope::AccessEventsWrite).await;
        app.report(&token, "application/json", event("live", "acme").to_string()).await;
        let access = next_event(&mut record).await.expect("an event");
        assert!(access.contains("event: accesses") && access.contains("id: 1"), "{access}");
        let quiet = tokio::time::timeout(std::time::Duration::from_millis(600), others.next()).await;
        assert!(quiet.is_err(), "another customer hears nothing: {quiet:?}");

        // Whoever is signed out is told nothing more.
        app.post("/sign-out", &auditor, &[]).await;
        desk.ask(draft("r-2")).await.expect("an answer").expect("a request");
        assert!(next_event(&mut auditors).await.is_none(), "it ends with the session");
        assert!(next_event(&mut requests).await.expect("an event").contains("data: 3 2"));
        other.close().await;
    }
}

const EVERYTHING: &[(&str, &str)] = &[
    ("resource", "records"),
    ("resource", "orders/*"),
    ("operation", "read"),
    ("operation", "list"),
    ("country", "IE"),
    ("country", "DE"),
    ("minutes", "120"),
];

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_request_is_read_in_sentences_and_approved_for_less() {
    for engine in [Engine::Sqlite, Engine::Postgres] {
        let sides = Sides::on(engine).await;
        let empty = sides.app.get("/portal/approvals", &sides.owner).await;
        assert_told(&empty, &["Nobody waits for your decision.", "Nothing yet."]);
        let id = sides.asked(draft("r-1")).await.id;
        let list = sides.app.get("/portal/approvals", &sides.owner).await;
        assert_told(
            &list,
            &[
                "aria-label=\"Approvals, 1 waiting\"",
                "Somebody in the role “Support engineer”, employed by Nimbus Cloud, asks to read and list in Object Storage",
                "everything whose name begins with “orders/”",
                "Restore of a &lt;deleted&gt; folder",
                "Expires within 4 days",
            ],
        );
        assert_told(&sides.app.get("/portal", &sides.owner).await, &["Access that waits for you", "CASE-1"]);
        let (_, page) = sides.page(id).await;
        assert_told(
            &page,
            &["For 2 hours from the last approval on", "One approver of yours.", "Asked for access (r-1)"],
        );

        let nothing = sides.post(id, "approve", &[("operation", "read"), ("country", "IE"), ("minutes", "60")]).await;
        assert_eq!(nothing.status, StatusCode::UNPROCESSABLE_ENTITY);
        assert_told(&nothing, &["Nothing is approved yet: leave at least one resource"]);
        assert_told(&nothing, &["value=\"read\" checked", "value=\"60\""]);
        assert_not_told(&nothing, &["value=\"records\" checked"]);
        let mut more = EVERYTHING.to_vec();
        more.push(("resource", "payroll"));
        let more = sides.post(id, "approve", &more).await;
        assert_told(&more, &["Approve something of what was asked for, and no more"]);
        let no_number = sides.post(id, "approve", &[("minutes", "an hour")]).await;
        assert_told(&no_number, &["This is no number of minutes."]);
        assert_eq!(sides.status(id).await, GrantStatus::Waiting);

        let less = [("resource", "records"), ("operation", "read"), ("country", "IE"), ("minutes", "45")];
        let approved = sides.post(id, "approve", &less).await;
        assert_eq!(approved.header("location"), format!("/portal/approvals/{id}?done=approve"));
        let page = sides.app.get(approved.header("location"), &sides.owner).await;
        assert_told(
            &page,
            &[
                "Your approval is given.",
                "Read: records; from Ireland; for 45 minutes",
                "That is less than was asked for.",
                "Approved less than was asked for",
                "Not signed with a key.",
            ],
        );
        assert_not_told(&sides.app.get("/portal/approvals", &sides.owner).await, &["Approvals, 1 waiting"]);
        let granted = sides.grant(id).await.state;
        assert_eq!(granted.granted().expect("a grant").0.extent.minutes, 45);
        assert_told(&sides.app.get("/portal/activity", &sides.owner).await, &["Approved access"]);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_approved_takes_a_fresh_sign_in_and_the_state_that_was_read() {
    let mut sides = Sides::new().await;
    let id = sides.asked(draft("r-1")).await.id;
    let before = sides.grant(id).await.revision.to_string();
    sides.app.later(TimeDelta::minutes(11));
    let mut less = EVERYTHING.to_vec();
    less.retain(|(_, value)| !["orders/*", "DE"].contains(value));
    let back = sides.post(id, "approve", &less).await.header("location").to_owned();
    let back = back.strip_prefix("/sign-in?again=1&next=").expect("to sign in again").to_owned();
    let back = percent_encoding::percent_decode_str(&back).decode_utf8().expect("an address").into_owned();
    assert!(back.starts_with(&format!("/portal/approvals/{id}?left=approve&")), "{back}");
    let again = sides.app.get(&back, &sides.owner).await.text();
    for (box_, ticked) in [("records", true), ("orders/*", false), ("IE", true), ("DE", false), ("read", true)] {
        let (_, rest) = again.split_once(&format!("value=\"{box_}\"")).expect(box_);
        assert_eq!(rest.split('>').next().is_some_and(|tag| tag.contains("checked")), ticked, "{box_}, as it was left");
    }
    assert_told(&sides.page(id).await.1, &["You will be asked to sign in again first."]);
    sides.owner = sides.app.cookie("owner@acme.example").await;
    let asked = sides.post(id, "ask", &[("question", "Which <folder>?")]).await;
    assert_eq!(asked.header("location"), format!("/portal/approvals/{id}?done=ask"));
    let mut old = EVERYTHING.to_vec();
    old.push(("revision", &before));
    let answer = sides.app.post(&format!("/portal/approvals/{id}/approve"), &sides.owner, &old).await;
    assert_eq!(answer.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert_told(
        &answer,
        &["changed this request after you opened it", "Which &lt;folder&gt;?", "A question waits for an answer"],
    );
    assert_eq!(sides.status(id).await, GrantStatus::Waiting);
    sides.post(id, "approve", EVERYTHING).await;
    assert_eq!(sides.status(id).await, GrantStatus::Granted);
    let empty = sides.post(id, "revoke", &[("reason", " ")]).await;
    assert_told(&empty, &["Give the reason in words"]);
    let revoked = sides.post(id, "revoke", &[("reason", "The case is closed.")]).await;
    assert_eq!(revoked.header("location"), format!("/portal/approvals/{id}?done=revoke"));
    assert_told(&sides.page(id).await.1, &["Revoked the access", "The case is closed.", "Was granted from"]);
    assert_not_told(&sides.page(id).await.1, &["Revoke it"]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_denied_and_what_nobody_decides_grants_nothing() {
    let mut sides = Sides::new().await;
    let denied = sides.asked(draft("r-1")).await.id;
    let expires = sides.asked(draft("r-2")).await.id;
    sides.post(denied, "deny", &[("reason", "Not during the audit.")]).await;
    assert_told(&sides.page(denied).await.1, &["Denied it", "Not during the audit."]);
    sides.app.later(TimeDelta::days(4));
    sides.owner = sides.app.cookie("owner@acme.example").await;
    let list = sides.app.get("/portal/approvals", &sides.owner).await;
    assert_told(&list, &["Expired without a decision", "Nobody waits for your decision."]);
    assert_not_told(&list, &["1 waiting"]);
    let late = sides.post(expires, "approve", EVERYTHING).await;
    assert_eq!(late.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert_eq!(sides.status(expires).await, GrantStatus::Expired);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_nobody_approves_beforehand_is_told_as_that_and_reviewed() {
    let sides = Sides::new().await;
    let mut emergency = draft("r-1");
    emergency.purpose = Some("break_glass_emergency".to_owned());
    let id = sides.asked(emergency).await.id;
    let (_, page) = sides.page(id).await;
    assert_told(&page, &["Nobody beforehand. You are told of it at once", "To be reviewed by you", "Review it"]);
    sides.post(id, "review", &[("justified", "no"), ("reason", "Nothing was broken.")]).await;
    let (_, page) = sides.page(id).await;
    assert_told(&page, &["Reviewed it afterwards: it was not justified", "Nothing was broken."]);
    assert_not_told(&page, &["To be reviewed by you"]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_access_beyond_its_grant_stands_on_top_and_on_its_own_page() {
    for engine in [Engine::Sqlite, Engine::Postgres] {
        let sides = Sides::on(engine).await;
        sides.set_policy(Policy::default()).await;
        let id = sides.asked(draft("r-1")).await.id;
        let now = sides.app.test.store.now().to_string();
        let token = sides.app.token(None, Scope::AccessEventsWrite).await;
        let mut good = event("evt-1", "acme");
        good["started_at"] = json!(now);
        good["ended_at"] = json!(null);
        good["revocation"] = json!(null);
        good["accessor"]["pseudonym"] = json!("e-4711");
        good["accessor"]["physical_country"] = json!("IE");
        good["approval"]["grant"] = json!(id.to_string());
        let mut beyond = good.clone();
        beyond["id"] = json!("evt-2");
        beyond["resources"] = json!([{"type": "bucket", "name": "payroll"}]);
        let mut none = good.clone();
        none["id"] = json!("evt-3");
        none["approval"] = json!({"kind": "none", "reason": "Nobody was there"});
        sides.post(id, "approve", EVERYTHING).await;
        for access in [good, beyond, none] {
            let answer = sides.app.report(&token, "application/json", access.to_string()).await;
            assert_eq!(answer.status, StatusCode::OK, "{}", answer.text());
        }
        let list = sides.app.get("/portal/approvals", &sides.owner).await;
        assert_told(
            &list,
            &[
                "2 accesses were not made as they were granted",
                "It names no grant.",
                "It went beyond the resources that were granted.",
            ],
        );
        assert_told(&sides.app.get("/portal", &sides.owner).await, &["2 accesses were not made as they were granted"]);
        let all = sides.app.get("/portal/approvals/exceptions", &sides.owner).await;
        assert_told(&all, &["href=\"/portal/access/1\"", "href=\"/portal/access/2\""]);
        assert_not_told(&all, &["href=\"/portal/access/0\""]);
        let older = sides.app.get("/portal/approvals/exceptions?before=2", &sides.owner).await;
        assert_not_told(&older, &["href=\"/portal/access/2\""]);
        let record = sides.app.get("/portal/access", &sides.owner).await;
        assert_eq!(record.text().matches("Not as granted").count(), 2);
        // Whoever takes the record away takes with it what was broken.
        let csv = sides.app.get("/portal/access.csv", &sides.owner).await.text();
        let ends = |id: &str| csv.lines().find(|line| line.contains(id)).and_then(|line| line.rsplit(',').next());
        assert_eq!(
            ["exception", "evt-1", "evt-2", "evt-3"].map(|id| ends(id).expect(id)),
            ["exception", "", "resources", "no_grant"]
        );
        let json = sides.app.get("/portal/access.json", &sides.owner).await.json();
        let broken = json.as_array().expect("records").iter().map(|record| record["exception"].clone());
        assert_eq!(broken.collect::<Vec<_>>(), [json!(["no_grant"]), json!(["resources"]), json!(null)]);
        assert_told(
            &sides.app.get("/portal/access/1", &sides.owner).await,
            &["This access was not made as it was granted", &format!("href=\"/portal/approvals/{id}\"")],
        );
        let (_, grant) = sides.page(id).await;
        assert_told(&grant, &["Accesses that went beyond it", "href=\"/portal/access/1\""]);
        assert_not_told(&grant, &["href=\"/portal/access/0\"", "href=\"/portal/access/2\""]);
        assert_told(
            &sides.app.get("/portal/access/1", &sides.owner).await,
            &["What was granted", "Read and list: everything whose name begins with “orders/” and records"],
        );
        assert_not_told(&sides.app.get("/portal/access/0", &sides.owner).await, &["not made as it was granted"]);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn whoever_does_not_decide_reads_and_another_customer_finds_nothing() {
    let sides = Sides::new().await;
    let id = sides.asked(draft("r-1")).await.id;
    let auditor = sides.app.colleague(&sides.acme, MemberRole::Auditor).await;
    let page = sides.app.get(&format!("/portal/approvals/{id}"), &auditor).await;
    assert_told(&page, &["Owners and approvers of your organisation decide"]);
    assert_not_told(&page, &["<textarea", "Approve, unsigned"]);
    let (_, other) = sides.app.member_of("zeta").await;
    let revision = sides.grant(id).await.revision.to_string();
    for act in ["approve", "deny", "ask", "revoke", "review"] {
        let address = format!("/portal/approvals/{id}/{act}");
        let mut fields = EVERYTHING.to_vec();
        fields.extend([("revision", revision.as_str()), ("reason", "x"), ("question", "x")]);
        assert_eq!(sides.app.post(&address, &other, &fields).await.status, StatusCode::NOT_FOUND, "{act}");
        assert_eq!(sides.app.post(&address, &sides.operations, &fields).await.status, StatusCode::NOT_FOUND, "{act}");
        let refused = sides.app.post(&address, &auditor, &fields).await;
        assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY, "{act}");
        assert_told(&refused, &["You don’t decide about access now"]);
    }
    for path in ["", "/grant.json"] {
        let address = format!("/portal/approvals/{id}{path}");
        assert_eq!(sides.app.get(&address, &other).await.status, StatusCode::NOT_FOUND, "{path}");
    }
    for path in ["?after=x", "/exceptions?before=x", "/x"] {
        let answer = sides.app.get(&format!("/portal/approvals{path}"), &sides.owner).await;
        assert_eq!(answer.status, StatusCode::NOT_FOUND, "{path}");
    }
    assert_eq!(sides.status(id).await, GrantStatus::Waiting);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_grant_is_taken_away_whole() {
    let sides = Sides::new().await;
    let id = sides.asked(draft("r-1")).await.id;
    sides.post(id, "approve", EVERYTHING).await;
    let answer = sides.app.get(&format!("/portal/approvals/{id}/grant.json"), &sides.owner).await;
    assert_eq!(answer.header("content-disposition"), "attachment; filename=\"grant.json\"");
    let file: GrantFile = serde_json::from_slice(&answer.body).expect("a grant");
    let state = file.open().expect("a register");
    assert_eq!(state.status(), GrantStatus::Granted);
    assert!(state.facts().approvals.iter().all(|approval| approval.side == Side::Customer));
}

const ASKED: &[(&str, &str)] = &[
    ("customer", "acme"),
    ("reference", "desk-1"),
    ("accessor", "e-4711"),
    ("role", "Support engineer"),
    ("employer", "Nimbus Cloud"),
    ("purpose", "customer_requested_support"),
    ("justification", "Restore of a <deleted> folder"),
    ("service", "Object Storage"),
    ("resources", "records\r\norders/*"),
    ("operation", "read"),
    ("operation", "list"),
    ("countries", "IE, DE"),
    ("minutes", "120"),
];

/// The same form with one field different.
fn with<'a>(fields: &[(&'a str, &'a str)], name: &'a str, value: &'a str) -> Vec<(&'a str, &'a str)> {
    let kept = fields.iter().copied().filter(|(known, _)| *known != name);
    kept.chain([(name, value)]).collect()
}

/// The address that an answer leads to, without its query.
fn led_to(answer: &Answer) -> String {
    answer.header("location").split('?').next().unwrap_or_default().to_owned()
}

/// Sends a form of a page at the desk, on the state that the page shows.
async fn at_desk(app: &App, cookie: &str, page: &str, act: &str, fields: &[(&str, &str)]) -> Answer {
    let text = app.get(page, cookie).await.text();
    let revision = text.split_once("name=\"revision\" value=\"").map_or("", |(_, rest)| rest);
    let mut fields = fields.to_vec();
    fields.push(("revision", revision.split('"').next().unwrap_or_default()));
    app.post(&format!("{page}/{act}"), cookie, &fields).await
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn staff_ask_once_answer_and_end_it() {
    let sides = Sides::new().await;
    let (app, operations) = (&sides.app, &sides.operations);
    let form = app.get("/desk/access", operations).await;
    assert_told(&form, &["Ask for access", "name=\"reference\" value=\"desk-", "ACME"]);
    let wrong = with(&with(ASKED, "resources", "records\n*"), "countries", "IE XX");
    let wrong = app.post("/desk/access", operations, &with(&wrong, "minutes", "long")).await;
    assert_eq!(wrong.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert_told(
        &wrong,
        &[
            "“*” is no name",
            "“XX” is no ISO 3166-1 alpha-2 code",
            "This is no number of minutes.",
            "Restore of a &lt;deleted&gt; folder",
        ],
    );
    let asked = app.post("/desk/access", operations, ASKED).await;
    let page = led_to(&asked);
    assert_eq!(led_to(&app.post("/desk/access", operations, ASKED).await), page, "sent twice, it is asked once");
    let other = app.post("/desk/access", operations, &with(ASKED, "minutes", "60")).await;
    assert_told(&other, &["This form asked for something else before"]);

    let id: GrantId = page.rsplit('/').next().expect("an id").parse().expect("an id");
    sides.post(id, "ask", &[("question", "Whose folder?")]).await;
    assert_told(&app.get("/desk/access", operations).await, &["A question waits for an answer"]);
    let answered = at_desk(app, operations, &page, "answer", &[("answer", "Dr Vogt’s.")]).await;
    assert_eq!(answered.header("location"), format!("{page}?done=answer"));
    assert_told(&sides.page(id).await.1, &["Whose folder?", "Dr Vogt’s."]);
    sides.post(id, "approve", EVERYTHING).await;
    assert_told(&app.get(&page, operations).await, &["May be accessed until", "Its ticket was closed"]);
    at_desk(app, operations, &page, "end", &[("how", "ticket_closed")]).await;
    assert_eq!(sides.status(id).await, GrantStatus::Ended);
    assert_told(&sides.page(id).await.1, &["Ended the access: its ticket was closed"]);

    let second = led_to(&app.post("/desk/access", operations, &with(ASKED, "reference", "desk-2")).await);
    let withdrawn = at_desk(app, operations, &second, "withdraw", &[("reason", "Found without it.")]).await;
    assert_eq!(withdrawn.header("location"), format!("{second}?done=withdraw"));
    let administrator = app.staff(StaffRole::Administrator).await;
    let list = app.get("/desk/access", &administrator).await;
    assert_told(&list, &["Withdrawn", "Ended"]);
    assert_not_told(&list, &["Ask for access"]);
    let refused = app.post("/desk/access", &administrator, ASKED).await;
    assert_eq!(refused.status, StatusCode::NOT_FOUND, "administrators manage access and don’t ask for it");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn where_both_sides_approve_the_manager_is_another_than_who_asked() {
    let sides = Sides::new().await;
    let mut policy = Policy::default();
    policy.rule.approvers = Approvers::Both;
    sides.set_policy(policy).await;
    let id = sides.asked(draft("r-1")).await.id;
    let page = format!("/desk/access/{id}");
    assert_told(
        &sides.app.get(&page, &sides.operations).await,
        &["You asked for it: another manager of yours approves it."],
    );
    let own = at_desk(&sides.app, &sides.operations, &page, "approve", EVERYTHING).await;
    assert_told(&own, &["Nobody approves what they asked for themselves."]);
    sides.post(id, "approve", EVERYTHING).await;
    assert_told(&sides.page(id).await.1, &["It waits for a manager of the provider."]);
    let administrator = sides.app.staff(StaffRole::Administrator).await;
    let less = [("resource", "records"), ("operation", "read"), ("country", "IE"), ("minutes", "30")];
    at_desk(&sides.app, &administrator, &page, "approve", &less).await;
    let state = sides.grant(id).await.state;
    assert_eq!(state.granted().expect("a grant").0.extent.minutes, 30);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_policy_is_set_part_by_part_and_each_rule_is_revoked_with_one_act() {
    for engine in [Engine::Sqlite, Engine::Postgres] {
        let mut sides = Sides::on(engine).await;
        let address = "/portal/approvals/policy";
        let page = sides.app.get(address, &sides.owner).await;
        assert_told(
            &page,
            &[
                "Your organisation has set no policy",
                "You approve. A request expires after 4 days",
                "Nothing is decided by rule",
            ],
        );
        let rules = [
            ("version", "0"),
            ("approvers", "both"),
            ("expires_after", "120"),
            ("longest", "60"),
            ("sensitive", "payroll/*"),
            ("from", "22:00"),
            ("to", "06:00"),
            ("zone", "Europe/Berlin"),
        ];
        let wrong = sides.app.post(address, &sides.owner, &with(&rules, "longest", "5")).await;
        assert_eq!(wrong.status, StatusCode::UNPROCESSABLE_ENTITY);
        assert_told(&wrong, &["choose who decides in quiet hours"]);
        let quiet = with(&with(&rules, "from", ""), "to", "");
        let wrong = sides.app.post(address, &sides.owner, &with(&quiet, "longest", "5")).await;
        assert_told(&wrong, &["it can be from 15 to 4320 minutes"]);
        let owner = sides.app.session(&sides.owner).await.signed_in.person().to_string();
        let set = sides.app.post(address, &sides.owner, &with(&rules, "on_call", &owner)).await;
        assert_eq!(set.header("location"), format!("{address}?done=set"));
        let page = sides.app.get(address, &sides.owner).await;
        assert_told(
            &page,
            &[
                "Version 1.",
                "You and the provider’s manager approve. A request expires after 2 hours; an access lasts 1 hour at most.",
                "Two different people of yours approve for these resources: payroll/*.",
                "Quiet hours are from 22:00 to 06:00 (Europe/Berlin). Ada is on call then",
            ],
        );
        let old = sides.app.post(address, &sides.owner, &quiet).await;
        assert_told(&old, &["Somebody set another policy after you opened this page."]);

        let purpose = [
            ("version", "1"),
            ("purpose", "production_alert"),
            ("approvers", "nobody"),
            ("expires_after", "60"),
            ("longest", "15"),
        ];
        sides.app.post(&format!("{address}/purposes"), &sides.owner, &purpose).await;
        let standing = [("version", "2"), ("approves", "no"), ("countries", "US"), ("reason", "Nobody from <there>.")];
        let wrong =
            sides.app.post(&format!("{address}/standing"), &sides.owner, &with(&standing, "countries", "USA")).await;
        assert_told(&wrong, &["“USA” is no code of a country.", "Nobody from &lt;there&gt;."]);
        sides.app.post(&format!("{address}/standing"), &sides.owner, &standing).await;
        let delegate =
            [("version", "3"), ("person", owner.as_str()), ("from", "2026-01-01T00:00"), ("until", "2099-01-01T00:00")];
        sides.app.post(&format!("{address}/delegates"), &sides.owner, &delegate).await;
        let page = sides.app.get(address, &sides.owner).await;
        assert_told(
            &page,
            &[
                "Version 4.",
                "Denies by itself: Every purpose; from United States.",
                "A delegate: Ada, from 1 January 2026",
                "Decides now",
            ],
        );

        let mut american = draft("r-us");
        american.countries = vec!["US".to_owned()];
        let denied = sides.asked(american.clone()).await.id;
        assert_told(
            &sides.page(denied).await.1,
            &["Denied it by a standing rule of the customer’s", "Nobody from &lt;there&gt;."],
        );
        let text = page.text();
        let (_, rest) = text.split_once("/portal/approvals/policy/standing/").expect("a way to revoke it");
        let rule = rest.split('/').next().expect("an id");
        let revoke = format!("{address}/standing/{rule}/remove");
        sides.app.later(TimeDelta::minutes(11));
        let stale = sides.app.post(&revoke, &sides.owner, &[("version", "4")]).await;
        assert!(stale.header("location").starts_with("/sign-in?again=1"), "{}", stale.header("location"));
        sides.owner = sides.app.cookie("owner@acme.example").await;
        sides.app.post(&revoke, &sides.owner, &[("version", "4")]).await;
        sides.app.post(&format!("{address}/delegates/0/remove"), &sides.owner, &[("version", "5")]).await;
        sides.app.post(&format!("{address}/purposes/production_alert/remove"), &sides.owner, &[("version", "6")]).await;
        let page = sides.app.get(address, &sides.owner).await;
        assert_told(&page, &["Version 7.", "Nothing is decided by rule", "Nobody decides in another’s place."]);
        assert_not_told(&page, &["purposes/production_alert"]);
        american.reference = Some("r-us-2".to_owned());
        let waits = sides.asked(american).await.id;
        assert_eq!(sides.status(waits).await, GrantStatus::Waiting);
        let auditor = sides.app.colleague(&sides.acme, MemberRole::Auditor).await;
        assert_not_told(&sides.app.get(address, &auditor).await, &["Change the rule"]);
        let refused = sides.app.post(&format!("{address}/standing"), &auditor, &with(&standing, "version", "7")).await;
        assert_told(&refused, &["Owners and approvers of your organisation set it."]);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn whom_the_policy_names_decides_for_a_while() {
    let sides = Sides::new().await;
    let auditor = sides.app.colleague(&sides.acme, MemberRole::Auditor).await;
    let person = sides.app.session(&auditor).await.signed_in.person().to_string();
    let now = sides.app.test.store.now();
    let local = |moment: domain::Timestamp| domain::Zone::UTC.local(moment);
    let (from, until) = (local(now.minus(TimeDelta::hours(1))), local(now.plus(TimeDelta::hours(1))));
    let delegate = [("version", "0"), ("person", person.as_str()), ("from", from.as_str()), ("until", until.as_str())];
    let set = sides.app.post("/portal/approvals/policy/delegates", &sides.owner, &delegate).await;
    assert_eq!(set.header("location"), "/portal/approvals/policy?done=set");
    let id = sides.asked(draft("r-1")).await.id;
    let page = format!("/portal/approvals/{id}");
    assert_told(&sides.app.get(&page, &auditor).await, &["Approve, unsigned"]);
    at_desk(&sides.app, &auditor, &page, "approve", EVERYTHING).await;
    assert_eq!(sides.status(id).await, GrantStatus::Granted);
    sides.app.later(TimeDelta::hours(2));
    let auditor = sides.app.cookie("auditor@acme.example").await;
    let second = sides.asked_later(draft("r-2")).await.id;
    assert_not_told(&sides.app.get(&format!("/portal/approvals/{second}"), &auditor).await, &["Approve, unsigned"]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_key_of_ones_own_is_added_by_its_pem_and_removed() {
    const PEM: &str = "-----BEGIN PUBLIC KEY-----\nMCowBQYDK2VwAyEA11qYAYKxCrfVS/7TyWQHOg7hcvPapiMlrwIaaPcHURo=\n-----END PUBLIC KEY-----\n";
    const P256: &str = "-----BEGIN PUBLIC KEY-----\nMFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAEd0FlvPeU9dv4cSTmBj6B2dIwP3Vp\n/UleASF1YN1jVS9gd454XrmXp0AD9Ea27Rq1iTtKg74Oztlq9S/uhbNRFw==\n-----END PUBLIC KEY-----\n";
    let sides = Sides::new().await;
    let keys = "/portal/approvals/keys";
    for other in
        ["ssh-ed25519 AAAA", &P256.replace("DAQcDQ", "DAQgDQ"), "-----BEGIN PUBLIC KEY-----\n-----END PUBLIC KEY-----"]
    {
        let wrong = sides.app.post(keys, &sides.owner, &[("name", "HSM"), ("public_key", other)]).await;
        assert_told(&wrong, &["This is no public key in PEM, of Ed25519 or P-256."]);
    }
    sides.app.post(keys, &sides.owner, &[("name", "Card"), ("public_key", &P256.replace('\n', "\r\n"))]).await;
    let page = sides.app.get("/portal/approvals/policy", &sides.owner).await;
    // SHA-256 of the point, by openssl.
    assert_told(&page, &["Card", "d3ae6a7a3e63e143508489057cba6404d1f7b1d81db3cb9876d8da5d8a115778"]);
    // The newest stands first.
    sides.app.later(TimeDelta::minutes(1));
    sides.app.post(keys, &sides.owner, &[("name", "HSM"), ("public_key", PEM)]).await;
    let page = sides.app.get("/portal/approvals/policy", &sides.owner).await;
    // SHA-256 of the key of RFC 8032's first test.
    assert_told(&page, &["HSM", "21fe31dfa154a261626bf854046fd2271b7bed4b6abe45aa58877ef47f9721b9"]);
    let text = page.text();
    let (_, rest) = text.split_once("/portal/approvals/keys/").expect("a way to remove it");
    let remove = format!("{keys}/{}/remove", rest.split('/').next().expect("an id"));
    let (_, other) = sides.app.member_of("zeta").await;
    assert_eq!(sides.app.post(&remove, &other, &[]).await.status, StatusCode::NOT_FOUND);
    assert_eq!(
        sides.app.post(&remove, &sides.owner, &[]).await.header("location"),
        "/portal/approvals/policy?done=key_removed"
    );
    assert_not_told(&sides.app.get("/portal/approvals/policy", &sides.owner).await, &["21fe31"]);
}
