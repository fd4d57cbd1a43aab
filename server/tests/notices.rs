//! A customer's notices through the router: found, read whole, answered and taken away.

mod common;

use app::paths;
use axum::{
    body::Body,
    http::{Method, Request, StatusCode, header},
};
use chrono::TimeDelta;
use common::{Answer, App, subprocessor_change};
use domain::{
    MemberRole, SignInRule, StaffRole,
    demand::{Act, CheckItem, DemandDraft, Verdict},
};
use serde_json::{Value, json};
use store::{Customer, DocumentKind, NewDocument, Scope};

fn breach() -> Value {
    json!({
        "kind": "personal_data_breach", "nature": "A backup was readable by anybody.",
        "found_at": "2026-02-01T08:00:00Z", "happened": "", "people": "Your employees.", "number_of_people": "1200",
        "records": "Names.", "number_of_records": "", "contact": "dpo@provider.example",
        "consequences": "Unwanted mail.", "measures": "It was locked."
    })
}

fn policy(policy: &str) -> Value {
    json!({
        "kind": "policy_change", "policy": policy, "change": "Words.", "difference": "old\n<new>",
        "from": "2026-06-15", "zone": "UTC"
    })
}

/// A demand for a customer's data that the legal team found authentic, and so told of, with a copy called like this.
async fn demand(app: &App, customer: &Customer, copy: &str) {
    let cookie = app.cookie("legal@provider.example").await;
    let desk = app.session(&cookie).await.legal().expect("a lawyer");
    let draft: DemandDraft = serde_json::from_value(json!({
        "reference": "26-gj-7", "authority": "FBI", "country": "US", "process": "search_warrant",
        "received_at": "2026-02-01T10:00:00Z", "sought": ["subscriber", "content"], "description": "Fraud.",
        "identifiers": [{ "kind": "account", "value": "acme-7", "customers": [customer.id.to_string()] }],
    }))
    .expect("a draft");
    let id = desk.register(draft.check(app.test.store.now()).expect("a demand")).await.expect("an answer");
    let id = id.expect("a demand that is kept");
    let body = b"%PDF-1.7 <script>alert(1)</script>".to_vec();
    let new = NewDocument { kind: DocumentKind::Demand, name: copy.to_owned(), only_for: None, body };
    desk.add_document(id, 0, new).await.expect("an answer").expect("a copy");
    let revision = desk.demand(id).await.expect("an answer").expect("a demand").revision;
    let reason = "Looked at.".to_owned();
    let authentic = Act::Answered { item: CheckItem::Authentic, verdict: Verdict::Met, reason };
    desk.act(id, revision, authentic).await.expect("an answer").expect("an authentic demand");
}

/// What stands in a page between two texts.
fn part(answer: &Answer, before: &str, after: &str) -> String {
    let text = answer.text();
    let rest = text.split_once(before).unwrap_or_else(|| panic!("no {before} in {text}")).1;
    rest.split_once(after).expect("an end").0.to_owned()
}

fn titles(answer: &Answer) -> Vec<String> {
    assert_eq!(answer.status, StatusCode::OK, "{}", answer.text());
    let table = part(answer, "<tbody", "</tbody>");
    let links = table.split("<a href=\"/portal/notices/").skip(1);
    links.map(|link| link.split_once('>').expect("a link").1.split('<').next().expect("a title").to_owned()).collect()
}

/// Leptos parts texts that stand beside each other by empty comments.
fn assert_told(answer: &Answer, texts: &[&str]) {
    let page = answer.text().replace("<!>", "");
    for text in texts {
        assert!(page.contains(text), "{text}: {page}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_waits_stands_first_and_all_is_filtered_by_the_address() {
    let app = App::open().await;
    let (acme, owner) = app.member_of("acme").await;
    assert_told(&app.get("/portal/notices", &owner).await, &["You have had no notice."]);
    assert!(!app.get("/portal", &owner).await.text().contains("Notices that wait"));
    let desks = app.notice_desks().await;
    for draft in [policy("Retention"), subprocessor_change("Initech"), breach()] {
        app.issue(&desks, Some(&acme), draft).await;
    }
    let page = app.get("/portal/notices", &owner).await;
    assert_told(&page, &["aria-label=\"Notices, 3 waiting\"", "Waiting for you", "days left", "Unread"]);
    assert!(!page.text().contains("How soon you were told"), "there was no demand");
    let urgent = part(&page, "<h2 id=\"waiting\">", "</section>");
    let places = ["A breach", "Initech", "Retention"].map(|title| urgent.find(title).expect("it waits"));
    assert!(places.is_sorted(), "the most urgent first: {urgent}");
    let all = ["A breach of personal data", "Initech, a subprocessor: is added", "A change of “Retention”"];
    assert_eq!(titles(&page), all);
    assert_told(&app.get("/portal", &owner).await, &["Notices that wait for you", all[0], "Acknowledge it before"]);

    app.post("/portal/notices/0/acknowledge", &owner, &[("body", "")]).await;
    for (query, found) in [
        ("kind=policy_change", &all[2..]),
        ("state=waiting", &all[..2]),
        ("state=acknowledged", &all[2..]),
        ("q=init", &all[1..2]),
        ("kind=&state=&q=", &all[..]),
        ("before=1", &all[2..]),
    ] {
        let page = app.get(&format!("/portal/notices?{query}"), &owner).await;
        assert_eq!(titles(&page), found, "{query}");
    }
    assert_told(&app.get("/portal/notices?q=nothing+such", &owner).await, &["No notice matches these filters."]);
    let unreadable = app.get("/portal/notices?kind=rumour&before=x", &owner).await;
    assert_told(&unreadable, &["Kind: “rumour” is not a kind on the list", "Page: “x” is not a place"]);

    app.later(TimeDelta::hours(72));
    let owner = app.cookie("owner@acme.example").await;
    assert_told(&app.get("/portal/notices", &owner).await, &["that was due before", "Overdue"]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_long_list_is_paged_and_keeps_its_filters() {
    let app = App::open().await;
    let (acme, owner) = app.member_of("acme").await;
    let desks = app.notice_desks().await;
    for number in 0..53 {
        app.issue(&desks, Some(&acme), policy(&format!("Policy {number}"))).await;
    }
    app.issue(&desks, Some(&acme), breach()).await;
    let first = app.get("/portal/notices?kind=policy_change", &owner).await;
    assert_eq!(titles(&first).len(), 50);
    let older = part(&first, "<a href=\"/portal/notices?", "\" rel=\"next\"").replace("&amp;", "&");
    assert_eq!(older, "kind=policy_change&before=3");
    let second = app.get(&format!("/portal/notices?{older}"), &owner).await;
    assert_eq!(titles(&second), ["A change of “Policy 2”", "A change of “Policy 1”", "A change of “Policy 0”"]);
    assert_told(&second, &["rel=\"prev\">Newest</a>"]);
    assert!(!second.text().contains("rel=\"next\""));
    assert_told(&app.get("/portal/notices", &owner).await, &["And 34 more"]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_notice_is_read_whole_acknowledged_asked_about_and_objected_to() {
    let app = App::open().await;
    let (acme, owner) = app.member_of("acme").await;
    let officer = app.colleague(&acme, MemberRole::PrivacyOfficer).await;
    let auditor = app.colleague(&acme, MemberRole::Auditor).await;
    let (_, stranger) = app.member_of("zeta").await;
    let desks = app.notice_desks().await;
    app.issue(&desks, Some(&acme), policy("Retention")).await;
    app.issue(&desks, Some(&acme), subprocessor_change("Initech")).await;

    let page = app.get("/portal/notices/1", &owner).await;
    assert_told(
        &page,
        &[
            "<h1>Initech, a subprocessor: is added</h1>",
            "Change of subprocessor, notice 1",
            "GDPR, article 28(2)",
            "<dt>Who?</dt><dd>Initech, in Ireland, is added.</dd>",
            "This waits for your organisation. Object before",
            "Nothing yet.",
            "action=\"/portal/notices/1/object\"",
            "formaction=\"/portal/notices/1/ask\"",
        ],
    );
    assert!(!page.text().contains(".wasm"), "forms need no script");
    assert!(
        !part(&app.get("/portal/notices?kind=subprocessor_change", &owner).await, "<tbody", "</tbody>")
            .contains("Unread")
    );
    assert!(
        part(&app.get("/portal/notices", &officer).await, "<tbody", "</tbody>").contains("Unread"),
        "each for themselves"
    );
    let other = app.get("/portal/notices/0", &owner).await;
    assert!(!other.text().contains("/object\"") && other.text().contains("old\n&lt;new&gt;"), "{}", other.text());

    let refused = app.post("/portal/notices/1/ask", &owner, &[("body", "  ")]).await;
    assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert_told(&refused, &["This is missing.", "id=\"write-body\"", "Not saved yet"]);
    let long = format!("</textarea>{}", "x".repeat(4_000));
    let refused = app.post("/portal/notices/1/object", &owner, &[("body", &long)]).await;
    assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert_told(&refused, &["has more than 4000 characters", "&lt;/textarea&gt;xxx"]);

    let say = async |what: &str, cookie: &str, body: &str| {
        app.post(&format!("/portal/notices/1/{what}"), cookie, &[("body", body)]).await
    };
    for (what, body, done) in [
        ("comment", "Between <us>.", "comment"),
        ("ask", "Where in Ireland?", "question"),
        ("object", "Not with our data.", "objection"),
    ] {
        let answer = say(what, &officer, body).await;
        assert_eq!(answer.header("location"), format!("/portal/notices/1?done={done}"), "{}", answer.text());
    }
    let page = app.get("/portal/notices/1?done=objection", &owner).await;
    assert_told(
        &page,
        &[
            "Your objection is with the provider",
            "Between &lt;us&gt;.",
            "Question to the provider",
            "Where in Ireland?",
            "Not with our data.",
            "Acknowledged by Privacy officer on",
            "Notices, 1 waiting",
        ],
    );
    assert!(!page.text().contains("/portal/notices/1/acknowledge"), "once is enough");

    assert_eq!(say("acknowledge", &owner, "").await.header("location"), "/portal/notices/1?done=already");
    let late = say("acknowledge", &owner, "We agree.").await;
    assert_eq!(late.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert_told(&late, &["acknowledged this notice before you", "We agree.</textarea>"]);

    let seen = app.get("/portal/notices/1", &auditor).await;
    assert_told(&seen, &["Between &lt;us&gt;.", "Where in Ireland?"]);
    assert!(!seen.text().contains("action=\"/portal/notices/"), "auditors read");
    for what in ["acknowledge", "comment", "ask", "object"] {
        assert_eq!(say(what, &auditor, "Hm.").await.status, StatusCode::NOT_FOUND, "{what} by an auditor");
        assert_eq!(say(what, &stranger, "Hm.").await.status, StatusCode::NOT_FOUND, "{what} by a stranger");
        assert_eq!(say(what, &stranger, "").await.status, StatusCode::NOT_FOUND, "{what} without words");
        let address = format!("/portal/notices/9/{what}");
        assert_eq!(app.post(&address, &owner, &[("body", "Hm.")]).await.status, StatusCode::NOT_FOUND, "{what}");
    }
    for address in ["/portal/notices/2", "/portal/notices/01", "/portal/notices/-1", "/portal/notices/x"] {
        assert_eq!(app.get(address, &owner).await.status, StatusCode::NOT_FOUND, "{address}");
    }
    assert_eq!(app.get("/portal/notices/0", &stranger).await.status, StatusCode::NOT_FOUND);

    app.later(TimeDelta::days(40));
    let owner = app.cookie("owner@acme.example").await;
    assert!(!app.get("/portal/notices/1", &owner).await.text().contains("/object\""));
    let late = app.post("/portal/notices/1/object", &owner, &[("body", "Again & again.")]).await;
    assert_eq!(late.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert_told(&late, &["no objection to this notice counts any more", "Again &amp; again.</textarea>"]);
    let trail = app.get("/portal/activity.csv", &owner).await.text();
    assert!(trail.contains("notice_commented") && trail.contains("notice_objected"), "{trail}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_demand_is_told_with_its_copy_which_is_a_file_and_nothing_else() {
    let app = App::open().await;
    let (acme, owner) = app.member_of("acme").await;
    let auditor = app.colleague(&acme, MemberRole::Auditor).await;
    let (_, stranger) = app.member_of("zeta").await;
    app.staff(StaffRole::Legal).await;
    app.later(TimeDelta::minutes(1));
    demand(&app, &acme, "Beschluß 7.pdf").await;
    let page = app.get("/portal/notices/0", &owner).await;
    assert_told(
        &page,
        &[
            "FBI demands data of yours",
            "clause 15.1",
            "<dt>On what legal basis?</dt>",
            "Beschluß 7.pdf",
            "application/pdf, 34 bytes",
            "SHA-256: ",
        ],
    );
    assert_told(&app.get("/portal/notices", &owner).await, &["How soon you were told", "No order delayed that."]);
    let address = format!("/portal/notices/0/documents/{}", part(&page, "/portal/notices/0/documents/", "\""));
    for cookie in [&owner, &auditor] {
        let copy = app.get(&address, cookie).await;
        assert_eq!((copy.status, &copy.body[..]), (StatusCode::OK, &b"%PDF-1.7 <script>alert(1)</script>"[..]));
        for (name, value) in [
            ("content-type", "application/pdf"),
            ("content-disposition", "attachment; filename=\"Beschlu_ 7.pdf\"; filename*=UTF-8''Beschlu%C3%9F%207.pdf"),
            ("x-content-type-options", "nosniff"),
            ("cache-control", "no-store"),
            ("content-security-policy", "sandbox; default-src 'none'"),
        ] {
            assert_eq!(copy.header(name), value);
        }
    }
    assert_eq!(app.get(&address, &stranger).await.status, StatusCode::NOT_FOUND);
    assert_eq!(app.get(&address.replace("/0/", "/1/"), &owner).await.status, StatusCode::NOT_FOUND);
    assert_eq!(app.get("/portal/notices/0/documents/x", &owner).await.status, StatusCode::NOT_FOUND);
    let trail = app.get("/portal/activity.csv", &owner).await.text();
    assert_eq!(trail.matches("notice_copy_downloaded").count(), 2, "{trail}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn downloads_hold_exactly_the_filtered_view_and_are_told_in_the_trail() {
    let app = App::open().await;
    let (acme, owner) = app.member_of("acme").await;
    let (_, stranger) = app.member_of("zeta").await;
    let desks = app.notice_desks().await;
    app.issue(&desks, Some(&acme), policy("=1+1")).await;
    app.issue(&desks, Some(&acme), subprocessor_change("=cmd")).await;
    app.post("/portal/notices/0/acknowledge", &owner, &[("body", "Read.")]).await;
    let csv = app.get(&format!("{}?state=acknowledged", paths::NOTICES_CSV), &owner).await;
    assert_eq!(csv.header("content-disposition"), "attachment; filename=\"notices.csv\"");
    let text = csv.text();
    let lines = text.split("\r\n").collect::<Vec<_>>();
    assert_eq!(lines.len(), 3, "{text}");
    assert_eq!(lines[0], "id,kind,title,issued_at,ask,due_by,received_at,delayed_by_order,answered_at,answered_by");
    let cells = lines[1].split(',').collect::<Vec<_>>();
    assert_eq!(cells[1..3], ["policy_change", "A change of “=1+1”"]);
    assert_eq!((cells[4], cells[9]), ("acknowledge", "Ada"));
    assert!(app.get("/portal/notices.csv", &owner).await.text().contains(",\"'=cmd, a subprocessor: is added\","));
    let all = app.get("/portal/notices.json", &owner).await.json();
    let kinds = all.as_array().expect("an array").iter().map(|entry| entry["kind"].as_str().expect("a kind"));
    assert_eq!(kinds.collect::<Vec<_>>(), ["subprocessor_change", "policy_change"]);
    let lines = app.get("/portal/notices.ndjson?q=cmd", &owner).await.text();
    assert_eq!(
        lines.lines().map(|line| serde_json::from_str::<Value>(line).expect("JSON")).collect::<Vec<_>>(),
        [all[0].clone()]
    );
    assert_eq!(app.get("/portal/notices.json", &stranger).await.text(), "[\n]\n");
    assert_eq!(app.get("/portal/notices.csv?kind=rumour", &owner).await.status, StatusCode::BAD_REQUEST);
    let trail = app.get("/portal/activity.csv", &owner).await.text();
    assert_eq!(trail.matches("notices_downloaded").count(), 4, "{trail}");
    assert!(trail.contains("\"CSV, state=acknowledged\"") && trail.contains("\"NDJSON, q=cmd\""), "{trail}");
    assert_eq!(app.ask(Method::HEAD, "/portal/notices", &owner).await.status, StatusCode::OK);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_customers_systems_read_its_notices_page_by_page() {
    let app = App::open().await;
    let (acme, owner) = app.member_of("acme").await;
    let (zeta, _) = app.member_of("zeta").await;
    let desks = app.notice_desks().await;
    for number in 0..52 {
        app.issue(&desks, Some(&acme), policy(&format!("Policy {number}"))).await;
    }
    app.post("/portal/notices/0/acknowledge", &owner, &[]).await;
    app.get("/portal/notices/0", &owner).await;
    let token = app.token(Some(&acme), Scope::NoticesRead).await;
    let get = async |token: &str, address: &str| {
        let request = Request::get(address).header(header::AUTHORIZATION, format!("Bearer {token}"));
        app.send(request.body(Body::empty()).expect("a request")).await
    };
    let first = get(&token, "/api/v1/notices?kind=policy_change").await;
    let next = "http://localhost:3000/api/v1/notices?kind=policy_change&before=2";
    assert_eq!(first.header("link"), format!("<{next}>; rel=\"next\""));
    let page = first.json();
    assert_eq!((page["notices"].as_array().expect("notices").len(), &page["next"]), (50, &json!(next)));
    assert_eq!(page["notices"][0]["page"], "http://localhost:3000/portal/notices/51");
    let last = get(&token, next).await;
    assert!(last.headers.get("link").is_none());
    let last = last.json();
    assert!(last.get("next").is_none());
    let oldest = &last["notices"][1];
    let expected = json!([0, "policy_change", "A change of “Policy 0”", "The contract", "acknowledge"]);
    let told = ["sequence", "kind", "title", "source", "ask"].map(|field| oldest[field].clone());
    assert_eq!(json!(told), expected);
    assert_eq!(oldest["statements"][0], json!({ "question": "What changes?", "answer": "Words." }));
    let waiting = get(&token, "/api/v1/notices?state=acknowledged").await.json();
    assert!(waiting["notices"].as_array().expect("notices").iter().all(|notice| notice["answered_at"].is_string()));
    assert_eq!(get(&token, "/api/v1/notices?state=x").await.status, StatusCode::BAD_REQUEST);
    let others = app.token(Some(&zeta), Scope::NoticesRead).await;
    assert_eq!(get(&others, "/api/v1/notices").await.json(), json!({ "notices": [] }));
    let records = app.token(Some(&acme), Scope::AccessEventsRead).await;
    assert_eq!(get(&records, "/api/v1/notices").await.status, StatusCode::FORBIDDEN);
    assert_eq!(get(&token, "/api/v1/access-events").await.status, StatusCode::FORBIDDEN);
    assert_eq!(get("vitrine_wrong", "/api/v1/notices").await.status, StatusCode::UNAUTHORIZED);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn who_has_yet_to_meet_the_rule_of_sign_in_is_not_told_how_many_wait() {
    let app = App::open().await;
    let (acme, owner) = app.member_of("acme").await;
    let desks = app.notice_desks().await;
    app.issue(&desks, Some(&acme), breach()).await;
    assert_told(&app.get("/account", &owner).await, &["Notices, 1 waiting"]);
    let auditor = app.colleague(&acme, MemberRole::Auditor).await;
    let administration = app.session(&owner).await.administer().expect("an owner");
    administration.set_sign_in_rule(SignInRule::Passkey).await.expect("a rule");
    let account = app.get("/account", &auditor).await;
    assert_eq!(account.status, StatusCode::OK);
    assert!(!account.text().contains("waiting"), "{}", account.text());
    for address in ["/portal/notices", "/portal/notices/0", "/portal/notices.csv"] {
        assert_eq!(app.get(address, &auditor).await.header("location"), "/account", "{address}");
    }
    assert!(!app.get("/transparency", "").await.text().contains("waiting"));
}
