//! Lawful demands through the router: the legal team's work, and that nobody else learns of a sealed one.

mod common;

use std::collections::BTreeMap;

use app::paths::Audience;
use axum::{
    body::{Body, Bytes},
    http::{Method, StatusCode},
};
use chrono::TimeDelta;
use common::{Answer, App};
use domain::{MemberRole, StaffRole, Timestamp};
use server::router;
use store::{Customer, Scope, SignedIn};

fn fields<'a>(customer_file: &'a str, more: &[(&'a str, &'a str)]) -> Vec<(&'a str, &'a str)> {
    let mut fields = vec![
        ("authority", "FBI"),
        ("country", "us"),
        ("reference", "26-gj-7"),
        ("process", "search_warrant"),
        ("received_at", "2026-03-01T10:00"),
        ("sought", "subscriber"),
        ("sought", "content"),
        ("identifiers", customer_file),
        ("description", "Fraud by wire"),
    ];
    fields.retain(|(name, _)| more.iter().all(|(other, _)| other != name));
    fields.extend(more);
    fields
}

const ORDER: [(&str, &str); 7] = [
    ("sealed", "yes"),
    ("issued_by", "District Court"),
    ("basis", "18 USC 2705(b)"),
    ("order_reference", "26-mj-7"),
    ("issued_on", "2026-02-27"),
    ("order_zone", "America/New_York"),
    ("ends", "on_date"),
];

/// A demand that somebody of the legal team works on.
struct Desk<'a> {
    app: &'a App,
    cookie: String,
    page: String,
}

impl<'a> Desk<'a> {
    async fn register(app: &'a App, cookie: &str, fields: &[(&str, &str)]) -> Self {
        let answer = app.post("/desk/demands", cookie, fields).await;
        assert_eq!(answer.status, StatusCode::SEE_OTHER, "{}", answer.text());
        Self { app, cookie: cookie.to_owned(), page: answer.header("location").to_owned() }
    }

    fn by(&self, cookie: &str) -> Self {
        Self { app: self.app, cookie: cookie.to_owned(), page: self.page.clone() }
    }

    async fn text(&self) -> String {
        self.app.get(&self.page, &self.cookie).await.text()
    }

    async fn revision(&self) -> String {
        let text = self.text().await;
        let from = text.split_once("name=\"revision\" value=\"").expect("a revision").1;
        from.split('"').next().unwrap_or_default().to_owned()
    }

    async fn act(&self, act: &str, more: &[(&str, &str)]) -> Answer {
        let revision = self.revision().await;
        let fields = [&[("act", act), ("revision", revision.as_str())], more].concat();
        self.app.post(&format!("{}/act", self.page), &self.cookie, &fields).await
    }

    async fn done(&self, act: &str, more: &[(&str, &str)]) {
        let answer = self.act(act, more).await;
        assert_eq!(answer.status, StatusCode::SEE_OTHER, "{act}: {}", answer.text());
        assert_eq!(answer.header("location"), self.page, "{act}");
    }

    async fn upload(&self, kind: &str, name: &str, body: &[u8]) -> Answer {
        let revision = self.revision().await;
        let fields = [("revision", revision.as_str()), ("kind", kind)];
        self.app.send_files(&format!("{}/documents", self.page), &self.cookie, &fields, &[("file", name, body)]).await
    }

    /// Says that the only identifier leads to this customer, and adds the demand's document.
    async fn resolved_with_a_copy(&self, customer: &Customer) {
        self.done("resolved", &[("of", "0"), ("customer", &customer.id.to_string())]).await;
        let added = self.upload("demand", "warrant.pdf", b"%PDF-1.7 a warrant").await;
        assert_eq!(added.status, StatusCode::SEE_OTHER, "{}", added.text());
    }

    async fn answered(&self, item: &str, verdict: &str) {
        self.done("answered", &[("of", item), ("verdict", verdict), ("reason", "Looked at.")]).await;
    }

    /// Answers every item, and ends the review.
    async fn reviewed(&self, sealed: bool) {
        for item in [
            "authentic",
            "served",
            "entity",
            "legal_basis",
            "specific_identifiers",
            "process_suffices",
            "proportionate",
        ] {
            self.answered(item, "met").await;
        }
        self.done("redirect_attempted", &[("reason", "By letter")]).await;
        self.answered("redirect_first", "met").await;
        self.answered("conflict_of_law", "met").await;
        self.answered("non_disclosure_order", if sealed { "met" } else { "not_applicable" }).await;
        self.answered("minimum_disclosure", "met").await;
        self.done("review_finished", &[]).await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_legal_team_reviews_a_demand_and_two_of_it_sign_what_is_disclosed() {
    let app = App::open().await;
    let (acme, owner) = app.member_of("acme").await;
    let (first, second) = (app.staff(StaffRole::Legal).await, app.another_staff("Max", StaffRole::Legal).await);
    let desk = Desk::register(&app, &first, &fields("account: acme-7", &[])).await;
    let page = desk.text().await;
    for told in [
        "FBI, 26-gj-7",
        "Under review",
        "18 USC 2703",
        "Leads to nobody yet",
        "Authentic, and from a competent authority",
    ] {
        assert!(page.contains(told), "{told}: {page}");
    }
    let refused = desk.act("answered", &[("of", "authentic"), ("verdict", "met"), ("reason", "Called back.")]).await;
    assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(refused.text().contains("Add the demand’s document first") && refused.text().contains("Called back."));
    desk.resolved_with_a_copy(&acme).await;
    desk.reviewed(false).await;
    let wrong = desk
        .act("proposed", &[("description-0", "Everything"), ("records-0", "all"), ("recipient", ""), ("means", "Post")])
        .await;
    assert_eq!(wrong.status, StatusCode::UNPROCESSABLE_ENTITY);
    for told in ["the entry 1 is no count of records", "value=\"Everything\"", "value=\"all\"", "value=\"Post\""] {
        assert!(wrong.text().contains(told), "{told}: {}", wrong.text());
    }
    desk.done(
        "proposed",
        &[("description-1", "Mail of May"), ("records-1", "12"), ("recipient", "Special Agent Doe"), ("means", "Post")],
    )
    .await;
    desk.done("signed_off", &[("reason", "Right.")]).await;
    let again = desk.act("signed_off", &[("reason", "Right.")]).await;
    assert!(again.text().contains("must be another person"), "{}", again.text());
    desk.by(&second).done("signed_off", &[("reason", "Right too.")]).await;
    let page = desk.text().await;
    assert!(page.contains("It was handed over") && page.contains("Mail of May"), "{page}");
    app.test.clock.set(app.test.store.now().plus(TimeDelta::minutes(11)));
    let stale = desk.act("disclosed", &[]).await;
    assert!(stale.header("location").starts_with("/sign-in?again=1"), "{}", stale.header("location"));
    let fresh = app.another_staff("Pat", StaffRole::Legal).await;
    desk.by(&fresh).done("disclosed", &[]).await;
    desk.by(&fresh).done("closed", &[]).await;
    let page = desk.text().await;
    for told in [
        "Content disclosed",
        "Signed off by Sam (Right.) and Max (Right too.)",
        "Told 1 customer: what became of a demand",
    ] {
        assert!(page.contains(told), "{told}: {page}");
    }
    assert!(app.get("/desk/demands", &first).await.text().contains("Nothing is due."));
    assert_eq!(app.get(&desk.page, &owner).await.status, StatusCode::NOT_FOUND);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_wrong_with_a_demand_is_said_at_its_field_and_nothing_typed_is_lost() {
    let app = App::open().await;
    let legal = app.staff(StaffRole::Legal).await;
    let typed =
        fields("ip_address: 192.0.2.1 @ yesterday", &[("country", "DE"), ("received_at", "soon"), ("description", "")]);
    let answer = app.post("/desk/demands", &legal, &typed).await;
    assert_eq!(answer.status, StatusCode::UNPROCESSABLE_ENTITY);
    let text = answer.text();
    for told in [
        "is no process of Germany",
        "value=\"26-gj-7\"",
        "ip_address: 192.0.2.1 @ yesterday",
        "value=\"content\" checked",
        "entry 1",
    ] {
        assert!(text.contains(told), "{told}: {text}");
    }
    let sealed = [&ORDER[..], &[("date", "2026-02-28")]].concat();
    let past = app.post("/desk/demands", &legal, &fields("account: a", &sealed)).await.text();
    let form = app.get("/desk/demands/new", &legal).await.text();
    let example = form.split_once("An IP address needs its moment: ").expect("an example").1.split('<').next();
    Desk::register(&app, &legal, &fields(example.expect("an example"), &[])).await;
    let unticked = [&ORDER[1..], &[("date", "2026-03-08")]].concat();
    let desk = Desk::register(&app, &legal, &fields("account: a", &unticked)).await;
    assert!(desk.text().await.contains("Sealed."), "an order that is filled in binds, whatever the box says");
    assert!(past.contains("is past") && past.contains("value=\"26-mj-7\""), "{past}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_demand_that_another_changed_is_looked_at_again_first() {
    let app = App::open().await;
    let legal = app.staff(StaffRole::Legal).await;
    let desk = Desk::register(&app, &legal, &fields("account: acme-7", &[])).await;
    desk.done("challenged", &[("reason", "Too broad")]).await;
    let fields = [("act", "rejected"), ("revision", "0"), ("reason", "No basis")];
    let late = app.post(&format!("{}/act", desk.page), &legal, &fields).await;
    assert_eq!(late.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(late.text().contains("Somebody changed the demand") && late.text().contains("No basis"), "{}", late.text());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_demand_ends_when_somebody_said_whose_each_identifier_is() {
    let app = App::open().await;
    let legal = app.staff(StaffRole::Legal).await;
    let desk = Desk::register(&app, &legal, &fields("account: acme-7\naccount: *", &[])).await;
    assert!(desk.text().await.contains("“Account acme-7” leads to nobody yet."));
    let refused = desk.act("rejected", &[("reason", "Not ours")]).await;
    assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(refused.text().contains("otherwise the demand would end and nobody be told"), "{}", refused.text());
    app.test.customer("acme-labs").await;
    let (labs, _) = app.member_of("labs").await;
    for (name, told) in [
        ("nobody", "is in no customer’s name"),
        ("Labs!", "is in no customer’s name"),
        ("lab", "ACME-LABS (acme-labs), LABS (labs)"),
    ] {
        let near = desk.act("resolved", &[("of", "0"), ("customer_name", name)]).await;
        assert!(near.text().contains(told) && near.text().contains(&format!("value=\"{name}\"")), "{}", near.text());
    }
    desk.done("resolved", &[("of", "0"), ("customer_name", "Labs")]).await;
    let page = desk.text().await;
    assert!(page.contains("Leads to LABS") && page.contains(&labs.id.to_string()), "{page}");
    assert!(!page.contains("ACME-LABS"), "the page doesn't grow with the number of customers");
    let nothing = desk.act("resolved", &[("of", "0")]).await;
    assert!(nothing.text().contains("Name a customer that it leads to"), "{}", nothing.text());
    desk.done("belongs_to_nobody", &[("of", "0"), ("reason", "In the register of accounts")]).await;
    let page = desk.text().await;
    assert!(page.contains("Belongs to no customer: In the register of accounts (Sam, 1 March 2026)"), "{page}");
    assert!(!page.contains("leads to nobody yet"), "{page}");
    desk.done("rejected", &[("reason", "Not ours")]).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_european_preservation_is_kept_on_for_the_production_that_follows() {
    let app = App::open().await;
    app.test.clock.set(Timestamp::parse("2026-09-01T12:00:00Z").expect("a time"));
    let (acme, _) = app.member_of("acme").await;
    let legal = app.staff(StaffRole::Legal).await;
    let european = |received| [("process", "eu_preservation_order"), ("country", "de"), ("received_at", received)];
    let early = app.post("/desk/demands", &legal, &fields("account: acme-7", &european("2026-08-17T20:59"))).await;
    assert_eq!(early.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(early.text().contains("Regulation (EU) 2023/1543 applies from 18 August 2026 on"), "{}", early.text());
    let desk = Desk::register(&app, &legal, &fields("account: acme-7", &european("2026-08-20T10:00"))).await;
    desk.resolved_with_a_copy(&acme).await;
    desk.reviewed(false).await;
    desk.done("preserved", &[]).await;
    assert!(desk.text().await.contains("Preserved until"));
    desk.done("production_awaited", &[("reason", "Annex V, of the court.")]).await;
    let page = desk.text().await;
    assert!(page.contains("article 11(2) and (3)") && page.contains("Annex V, of the court."), "{page}");
    assert!(!page.contains("Preserved until") && !page.contains("Extend it:"), "{page}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_demand_that_cannot_be_read_hides_no_other_and_says_so() {
    let app = App::open().await;
    let legal = app.staff(StaffRole::Legal).await;
    let lost = Desk::register(&app, &legal, &fields("account: acme-7", &[("reference", "26-gj-8")])).await;
    Desk::register(&app, &legal, &fields("account: acme-7", &[])).await;
    let id = lost.page.rsplit('/').next().expect("an id").parse().expect("an id");
    app.test.set_register(id, "[]").await;
    let text = app.get("/desk/demands", &legal).await.text();
    assert!(text.contains("FBI, 26-gj-7") && !text.contains("Nothing is due."), "{text}");
    // Above what is due, and in the list.
    assert_eq!(text.matches("Can’t be read").count(), 2, "{text}");
    assert!(text.contains(&format!("The demand {id}")) && text.contains("doesn’t begin with the demand"), "{text}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_document_is_told_by_its_content_and_handed_out_as_a_file_alone() {
    let app = App::open().await;
    let legal = app.staff(StaffRole::Legal).await;
    let desk = Desk::register(&app, &legal, &fields("account: acme-7", &[])).await;
    let program = desk.upload("demand", "warrant.pdf", b"MZ\x90\0\x03\0\0\0").await;
    assert_eq!(program.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(program.text().contains("The file is neither PDF"), "{}", program.text());
    let large = desk.upload("demand", "large.txt", &vec![b'a'; store::LARGEST_DOCUMENT + 1]).await;
    assert!(large.text().contains("20 MiB at most") || large.text().contains("(20 MiB)"), "{}", large.text());
    desk.upload("demand", "Beschluß \u{1f5c4} 1.txt", b"<script>alert(1)</script>").await;
    let page = desk.text().await;
    let link =
        page.split("href=\"").find(|part| part.starts_with(&format!("{}/documents/", desk.page))).expect("a link");
    let link = link.split('"').next().unwrap_or_default();
    let document = app.get(link, &legal).await;
    assert_eq!(document.body.as_ref(), b"<script>alert(1)</script>");
    assert_eq!(document.header("content-type"), "text/plain; charset=utf-8");
    assert!(document.header("content-disposition").ends_with("filename*=UTF-8''Beschlu%C3%9F%20%F0%9F%97%84%201.txt"));
    assert_eq!(document.header("x-content-type-options"), "nosniff");
    assert_eq!(document.header("content-security-policy"), "sandbox; default-src 'none'");
    assert_eq!(app.get(link, &app.staff(StaffRole::Administrator).await).await.status, StatusCode::NOT_FOUND);
}

/// What one asker is answered at one address.
type Seen = BTreeMap<(String, String), (StatusCode, Bytes)>;

/// What stands in an address for something, by which worlds are compared in which its id is another, and the id.
type Thing = (&'static str, String);

/// What everybody but the legal team is answered, at every address that can be read: of each of these things, and of
/// each place that a customer's records and notices have.
async fn everything_seen(app: &App, askers: &[(&str, String)], tokens: &[String], things: &[Thing]) -> Seen {
    let mut seen = Seen::new();
    let routes = router::routes();
    for (path, method, audience) in routes.table() {
        // Two never end, and one has a new secret each time; the activity holds the very downloads that are made here,
        // and so it is compared by itself; metrics count them.
        let apart = ["/account/authenticator", "/metrics"].contains(&path)
            || path.ends_with("/live")
            || path.contains("/activity");
        if method != Method::GET || apart {
            continue;
        }
        for (named, address) in addresses(path, things) {
            for (asker, cookie) in askers {
                let answer = app.get(&address, cookie).await;
                let body = if path == "/desk/access" { without_reference(&answer.text()).into() } else { answer.body };
                seen.insert((named.clone(), (*asker).to_owned()), (answer.status, body));
            }
            let tokens = tokens.iter().enumerate().filter(|_| audience == Audience::ApiToken);
            for (number, token) in tokens {
                let answer = app.bearer(Method::GET, &address, token, Body::empty()).await;
                seen.insert((named.clone(), format!("token {number}")), (answer.status, answer.body));
            }
        }
    }
    for (asker, cookie) in askers.iter().filter(|(asker, _)| ["owner", "administrator"].contains(asker)) {
        let address = if *asker == "owner" { "/portal/activity.ndjson" } else { "/desk/activity.ndjson" };
        let text = app.get(address, cookie).await.text();
        let told = text.lines().filter(|line| !line.contains("_downloaded\"")).map(|line| {
            // Downloads take places among the others.
            line.split_once("\"happened_at\"").map_or(line, |(_, rest)| rest).to_owned()
        });
        let told = told.collect::<Vec<_>>().join("\n");
        seen.insert((address.to_owned(), (*asker).to_owned()), (StatusCode::OK, told.into()));
    }
    seen
}

/// The page without what its form to ask for access is told apart by: each time another.
fn without_reference(page: &str) -> String {
    let Some((before, rest)) = page.split_once("name=\"reference\" value=\"") else { return page.to_owned() };
    format!("{before}{}", rest.split_once('"').expect("the end of a value").1)
}

/// Every address of a path, with how it is named in every world.
fn addresses(path: &str, things: &[Thing]) -> Vec<(String, String)> {
    // A page of demands begins before one of them.
    let path = if path == "/api/v1/demands" { "/api/v1/demands?before={id}" } else { path };
    let path = path.replace("{name}", "totals.svg");
    let mut addresses = vec![(path.clone(), path)];
    for field in ["{sequence}", "{id}", "{document}", "{customer}", "{secret}"] {
        let filled = addresses.iter().flat_map(|(named, address)| {
            let places = ["0", "1"].map(|place| (place, place.to_owned()));
            let values = match (address.contains(field), field) {
                (false, _) => vec![("", String::new())],
                (true, "{sequence}") => places.to_vec(),
                (true, _) => things.to_vec(),
            };
            let fill = move |(name, id): (&str, String)| (named.replace(field, name), address.replace(field, &id));
            values.into_iter().map(fill).collect::<Vec<_>>()
        });
        addresses = filled.collect();
    }
    addresses
}

fn differences(before: &Seen, after: &Seen) -> Vec<String> {
    let keys = before.keys().chain(after.keys()).collect::<std::collections::BTreeSet<_>>();
    keys.into_iter()
        .filter(|key| before.get(key) != after.get(key))
        .map(|(address, asker)| format!("{address} as {asker}"))
        .collect()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nothing_that_anybody_else_is_answered_tells_of_a_sealed_demand() {
    let app = App::open().await;
    let (acme, owner) = app.member_of("acme").await;
    let legal = app.staff(StaffRole::Legal).await;
    let askers = [
        ("nobody", String::new()),
        ("owner", owner.clone()),
        ("auditor", app.colleague(&acme, MemberRole::Auditor).await),
        ("another customer's owner", app.member_of("zeta").await.1),
        ("administrator", app.staff(StaffRole::Administrator).await),
        ("operations", app.staff(StaffRole::Operations).await),
        ("publishing", app.staff(StaffRole::Publishing).await),
    ];
    let mut tokens = Vec::new();
    for scope in Scope::ALL {
        tokens.push(app.token(scope.is_customers().then_some(&acme), *scope).await);
    }
    let open = Desk::register(&app, &legal, &fields("account: acme-7", &[])).await;
    open.resolved_with_a_copy(&acme).await;
    open.answered("authentic", "met").await;
    let thing = |page: &str, before: &str| {
        let id = page.split_once(before).expect("it").1;
        id.split(['"', '/', '?']).next().expect("an id").to_owned()
    };
    let document_of = async |desk: &Desk<'_>| thing(&desk.text().await, &format!("href=\"{}/documents/", desk.page));
    let notices = match app.session(&owner).await.signed_in {
        SignedIn::Member(member) => member.notices,
        SignedIn::Staff(_) => panic!("a member"),
    };
    let notice = notices.open(0).await.expect("an answer").expect("a notice").notice.id;
    let known = [
        ("an open demand", thing(&open.page, "/demands/")),
        ("its document", document_of(&open).await),
        ("the customer's notice", notice.to_string()),
        ("the customer", acme.id.to_string()),
    ];
    // Nobody has them yet.
    let nobodys = || uuid::Uuid::new_v4().to_string();
    let things = [&known[..], &[("a sealed demand", nobodys()), ("its sealed document", nobodys())]].concat();
    // Pages tell that a token was used.
    everything_seen(&app, &askers, &tokens, &things).await;
    let before = everything_seen(&app, &askers, &tokens, &things).await;
    let copy = ("/portal/notices/0/documents/its document".to_owned(), "owner".to_owned());
    assert_eq!(before[&copy].0, StatusCode::OK, "what is there is looked at");
    assert!(before.len() > 300, "{}", before.len());

    let sealed = [&ORDER[..], &[("date", "2026-03-08")]].concat();
    let desk = Desk::register(&app, &legal, &fields("account: acme-8", &sealed)).await;
    desk.resolved_with_a_copy(&acme).await;
    desk.reviewed(true).await;
    desk.done("rejected", &[("reason", "Not ours")]).await;
    let sealed =
        [("a sealed demand", thing(&desk.page, "/demands/")), ("its sealed document", document_of(&desk).await)];
    let things = [&known[..], &sealed[..]].concat();
    let after = everything_seen(&app, &askers, &tokens, &things).await;
    assert_eq!(differences(&before, &after), Vec::<String>::new());

    // The same look sees what is told, so that it could have seen what must not be.
    app.test.clock.set(Timestamp::parse("2026-03-09T04:00:00Z").expect("a time"));
    assert_eq!(app.test.store.release_due().await.expect("a release").0, 1);
    let owner = app.cookie("owner@acme.example").await;
    let askers = [
        ("nobody", String::new()),
        ("owner", owner.clone()),
        ("another customer's owner", app.cookie("owner@zeta.example").await),
    ];
    let told = everything_seen(&app, &askers, &tokens, &things).await;
    let copy = ("/portal/notices/1/documents/its sealed document".to_owned(), "owner".to_owned());
    assert_eq!((before[&copy].0, told[&copy].0), (StatusCode::NOT_FOUND, StatusCode::OK));
    assert!(told.iter().any(|((address, asker), (_, body))| {
        address == "/portal/notices"
            && asker == "owner"
            && String::from_utf8_lossy(body).contains("What became of a demand by FBI")
    }));
    let whole = app.get("/portal/notices/1", &owner).await.text();
    for told in ["District Court barred the provider from telling you", "26-mj-7", "warrant.pdf"] {
        assert!(whole.contains(told), "{told}: {whole}");
    }
}

fn draft(reference: &str, customer: &Customer) -> serde_json::Value {
    serde_json::json!({
        "id": reference, "authority": "FBI", "country": "US", "reference": reference, "process": "search_warrant",
        "received_at": "2026-03-01T10:00:00Z", "sought": ["subscriber"], "description": "Fraud",
        "identifiers": [{ "kind": "account", "value": "acme-7", "customers": [customer.id.to_string()] }],
    })
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn systems_register_demands_and_read_those_that_no_order_seals() {
    let app = App::open().await;
    let (acme, _) = app.member_of("acme").await;
    let legal = app.staff(StaffRole::Legal).await;
    let (writes, reads) = (app.token(None, Scope::DemandsWrite).await, app.token(None, Scope::DemandsRead).await);
    let register = async |token: &str, draft: serde_json::Value| {
        app.bearer(Method::POST, "/api/v1/demands", token, Body::from(draft.to_string())).await
    };
    let read = async |address: &str| app.bearer(Method::GET, address, &reads, Body::empty()).await;
    assert_eq!(register(&reads, draft("a", &acme)).await.status, StatusCode::FORBIDDEN);
    let wrong = register(&writes, serde_json::json!({ "authority": "FBI", "sought": ["everything"] })).await;
    assert_eq!(wrong.status, StatusCode::UNPROCESSABLE_ENTITY);
    let problem = wrong.json();
    let pointers = problem["errors"].as_array().expect("errors").iter().map(|error| error["pointer"].clone());
    let pointers = pointers.collect::<Vec<_>>();
    assert!(
        pointers.contains(&"/id".into())
            && pointers.contains(&"/country".into())
            && pointers.contains(&"/sought/0".into()),
        "{problem}"
    );
    assert_eq!(register(&writes, serde_json::json!({ "autority": "FBI" })).await.status, StatusCode::BAD_REQUEST);

    let mut sealed = draft("sealed", &acme);
    sealed["order"] = serde_json::json!({
        "issued_by": "District Court", "basis": "18 USC 2705(b)", "reference": "26-mj-7", "issued_on": "2026-02-27",
        "zone": "America/New_York", "end": { "ends": "on_date", "date": "2026-03-08" },
    });
    let mut last = serde_json::Value::Null;
    for number in 0..60 {
        assert_eq!(register(&writes, draft(&format!("open-{number}"), &acme)).await.status, StatusCode::CREATED);
        if number % 2 == 0 {
            sealed["id"] = format!("sealed-{number}").into();
            let answer = register(&writes, sealed.clone()).await;
            assert_eq!(answer.status, StatusCode::CREATED, "{}", answer.text());
            last = answer.json();
            let page = last["page"].as_str().expect("a page").to_owned();
            assert!(app.get(&page, &legal).await.text().contains("Sealed."));
        }
    }
    // Sent again: the same receipt, whatever else was registered. What others sent has nothing to do with it.
    let again = register(&writes, sealed.clone()).await;
    assert_eq!((again.status, &again.json()["id"]), (StatusCode::OK, &last["id"]));
    let mut other = sealed.clone();
    other["reference"] = "other".into();
    let conflict = register(&writes, other.clone()).await;
    assert_eq!(conflict.status, StatusCode::CONFLICT, "{}", conflict.text());
    assert!(conflict.json()["type"].as_str().expect("a type").ends_with("#demand-conflict"));
    let colleague = app.token(None, Scope::DemandsWrite).await;
    other.as_object_mut().expect("an object").remove("order");
    other["reference"] = "open-60".into();
    assert_eq!(register(&colleague, other).await.status, StatusCode::CREATED, "nobody learns what another sent");
    let first = read("/api/v1/demands").await.json();
    let names = |page: &serde_json::Value| {
        let demands = page["demands"].as_array().expect("demands").iter();
        demands.map(|demand| demand["reference"].as_str().expect("a reference").to_owned()).collect::<Vec<_>>()
    };
    let second = read(first["next"].as_str().expect("another page")).await.json();
    let expected = (0..61).rev().map(|number| format!("open-{number}")).collect::<Vec<_>>();
    assert_eq!(names(&first), expected[..50], "as full as if the sealed ones had never been");
    assert_eq!(names(&second), expected[50..]);
    assert_eq!(second["next"], serde_json::Value::Null);
    assert_eq!(first["demands"][0]["status"], "under_review");
    assert_eq!(read("/api/v1/demands?before=x").await.status, StatusCode::BAD_REQUEST);
    let administrator = app.staff(StaffRole::Administrator).await;
    let page = app.get("/desk/tokens", &administrator).await.text();
    assert!(page.contains("whether it was used is not shown") && !page.contains("not used yet"), "{page}");
}
