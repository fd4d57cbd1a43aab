//! Passkeys, added and signed in with, by an authenticator in software that is honest or not.

#[path = "common/authenticator.rs"]
mod authenticator;
mod common;

use authenticator::Authenticator;
use axum::{
    body::Body,
    http::{Request, StatusCode, header},
};
use base64::{Engine, prelude::BASE64_URL_SAFE_NO_PAD as BASE64};
use chrono::TimeDelta;
use common::{Answer, App};
use domain::{MemberRole, StaffRole, TrailAct};
use serde_json::{Value, json};
use server::config::Config;
use store::{Client, Engine as Database, Session, SignedIn};

const ORIGIN: &str = "http://localhost:3000";
const DOMAIN: &str = "localhost";

fn authenticator() -> Authenticator {
    Authenticator::new(ORIGIN, DOMAIN)
}

async fn post(app: &App, path: &str, cookies: &[&str], body: &Value) -> Answer {
    let request = Request::post(path)
        .header(header::COOKIE, cookies.join("; "))
        .header(header::CONTENT_TYPE, "application/json")
        .body(Body::from(body.to_string()));
    app.send(request.expect("a request")).await
}

/// A cookie that an answer sets, as the browser sends it back.
fn cookie(answer: &Answer, name: &str) -> String {
    let set = answer.headers.get_all(header::SET_COOKIE).iter().map(|value| value.to_str().expect("a text"));
    let cookie = set.into_iter().find(|cookie| cookie.starts_with(&format!("__Host-vitrine-{name}=")));
    let cookie = cookie.unwrap_or_else(|| panic!("no cookie {name}: {}", answer.text()));
    for part in ["HttpOnly", "Secure", "Path=/", "SameSite="] {
        assert!(cookie.contains(part), "{cookie}");
    }
    cookie.split(';').next().unwrap_or_default().to_owned()
}

/// Begins a ceremony: its options and its cookie.
async fn begin(app: &App, path: &str, session: &str) -> (Value, String) {
    let answer = app.ask(axum::http::Method::POST, path, session).await;
    assert_eq!(answer.status, StatusCode::OK, "{}", answer.text());
    assert_eq!(answer.header("cache-control"), "no-store");
    (answer.json(), cookie(&answer, "ceremony"))
}

async fn begin_sign_in(app: &App) -> (Value, String) {
    begin(app, "/sign-in/passkey/start", "").await
}

async fn begin_registration(app: &App, session: &str) -> (Value, String) {
    begin(app, "/account/passkeys/start", session).await
}

async fn present(app: &App, ceremony: &str, credential: &Value) -> Answer {
    post(app, "/sign-in/passkey", &[ceremony], &json!({"credential": credential})).await
}

/// Adds a passkey of this authenticator to whoever has the session.
async fn add(app: &App, session: &str, authenticator: &mut Authenticator) -> Answer {
    let (options, ceremony) = begin_registration(app, session).await;
    let body = json!({"name": "Work laptop", "credential": authenticator.make(&options)});
    post(app, "/account/passkeys", &[session, &ceremony], &body).await
}

async fn with_passkey() -> (App, String, Authenticator) {
    let app = App::open().await;
    let (_, session) = app.member_of("acme").await;
    let mut authenticator = authenticator();
    let added = add(&app, &session, &mut authenticator).await;
    assert_eq!((added.status, added.json()), (StatusCode::OK, json!({"location": "/account?done=passkey_added"})));
    (app, session, authenticator)
}

async fn session_of(app: &App, cookie: &str) -> Session {
    let (_, secret) = cookie.split_once('=').expect("a cookie");
    app.test.store.session(secret, &Client::default()).await.expect("an answer").expect("a session")
}

fn assert_refused(answer: &Answer, why: &str) {
    assert_eq!(answer.status, StatusCode::FORBIDDEN, "{why}: {}", answer.text());
    assert_eq!(answer.header("content-type"), "application/problem+json", "{why}");
    assert!(answer.json()["detail"].as_str().is_some_and(|detail| detail.starts_with("That passkey")), "{why}");
    assert!(!answer.headers.contains_key(header::SET_COOKIE), "{why}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_passkey_signs_in_whoever_added_it_and_nothing_needs_to_be_typed() {
    let (app, session, mut authenticator) = with_passkey().await;
    let (options, ceremony) = begin_sign_in(&app).await;
    assert_eq!(options["userVerification"], "required");
    // Nobody's passkeys are named.
    assert_eq!(options.get("allowCredentials").cloned().unwrap_or(json!([])), json!([]));
    let body =
        json!({"credential": authenticator.answer(&options), "next": "/portal/access?q=a", "zone": "Asia/Tokyo"});
    let answer = post(&app, "/sign-in/passkey", &[&ceremony], &body).await;
    assert_eq!((answer.status, answer.json()), (StatusCode::OK, json!({"location": "/portal/access?q=a"})));
    let opened = cookie(&answer, "session");
    assert_ne!(opened, session);
    assert_eq!(app.get("/portal", &opened).await.status, StatusCode::OK);
    let opened = session_of(&app, &opened).await;
    assert_eq!(opened.means, domain::SignInMeans::Passkey);
    let view = opened.account().view().await.unwrap();
    assert_eq!(view.passkeys[0].name, "Work laptop");
    assert!(view.passkeys[0].last_used_at.is_some());

    // Where somebody else wants to lead, nobody goes.
    let (options, ceremony) = begin_sign_in(&app).await;
    let body = json!({"credential": authenticator.answer(&options), "next": "//evil.example"});
    let answer = post(&app, "/sign-in/passkey", &[&ceremony], &body).await;
    assert_eq!(answer.json(), json!({"location": "/portal"}));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_a_new_passkey_must_be_is_asked_of_the_authenticator() {
    let (app, session, authenticator) = with_passkey().await;
    let (options, _) = begin_registration(&app, &session).await;
    assert_eq!(options["rp"]["id"], DOMAIN);
    assert_eq!(options["user"]["name"], "owner@acme.example");
    let selection = &options["authenticatorSelection"];
    assert_eq!((&selection["residentKey"], &selection["userVerification"]), (&json!("required"), &json!("required")));
    assert_eq!(options["attestation"], "none");
    assert_eq!(options["excludeCredentials"][0]["id"], json!(BASE64.encode(&authenticator.id)));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_dishonest_answer_signs_nobody_in_and_all_are_refused_alike() {
    let (app, session, _) = with_passkey().await;
    type Lie = fn(&mut Authenticator);
    let lies: [(&str, Lie); 5] = [
        ("another origin", |authenticator| authenticator.origin = "https://evil.example".to_owned()),
        ("another scheme", |authenticator| authenticator.origin = "https://localhost:3000".to_owned()),
        ("another domain", |authenticator| authenticator.domain = "evil.example".to_owned()),
        ("a person who wasn't verified", |authenticator| authenticator.verifies = false),
        ("another person", |authenticator| authenticator.user = uuid::Uuid::from_u128(7).as_bytes().to_vec()),
    ];
    let mut bodies = Vec::new();
    for (why, lie) in lies {
        let mut honest = authenticator();
        assert_eq!(add(&app, &session, &mut honest).await.status, StatusCode::OK);
        lie(&mut honest);
        let (options, ceremony) = begin_sign_in(&app).await;
        let answer = present(&app, &ceremony, &honest.answer(&options)).await;
        assert_refused(&answer, why);
        bodies.push(answer.body);
    }
    let mut never_added = authenticator();
    let (options, ceremony) = begin_sign_in(&app).await;
    let answer = present(&app, &ceremony, &never_added.answer(&options)).await;
    assert_refused(&answer, "a passkey that was never added");
    bodies.push(answer.body);
    assert!(bodies.windows(2).all(|two| two[0] == two[1]));

    // Whoever owns the passkeys can read that somebody tried.
    let SignedIn::Member(member) = session_of(&app, &session).await.signed_in else { panic!("a member") };
    let trail = member.roster.trail().page(None).await.unwrap();
    let refused = trail.entries.iter().filter(|entry| entry.act == TrailAct::SignInRefused);
    assert_eq!(refused.count(), lies.len());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_forged_signature_or_an_owner_left_out_signs_nobody_in() {
    let (app, _, mut authenticator) = with_passkey().await;
    let (options, ceremony) = begin_sign_in(&app).await;
    let mut forged = authenticator.answer(&options);
    let (other, _) = begin_sign_in(&app).await;
    forged["response"]["signature"] = authenticator.answer(&other)["response"]["signature"].clone();
    assert_refused(&present(&app, &ceremony, &forged).await, "another answer's signature");

    let (options, ceremony) = begin_sign_in(&app).await;
    let mut nameless = authenticator.answer(&options);
    nameless["response"]["userHandle"] = Value::Null;
    assert_refused(&present(&app, &ceremony, &nameless).await, "nobody's");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_answer_counts_once_and_only_for_the_ceremony_it_answers() {
    let (app, session, mut authenticator) = with_passkey().await;
    let (options, ceremony) = begin_sign_in(&app).await;
    let credential = authenticator.answer(&options);
    let (_, another) = begin_sign_in(&app).await;
    assert_refused(&present(&app, &another, &credential).await, "another browser's ceremony");
    assert_refused(&present(&app, "", &credential).await, "no ceremony");
    let (_, registration) = begin_registration(&app, &session).await;
    assert_refused(&present(&app, &registration, &credential).await, "a ceremony of another kind");
    assert_eq!(present(&app, &ceremony, &credential).await.status, StatusCode::OK);
    assert_refused(&present(&app, &ceremony, &credential).await, "a replayed answer");

    let (options, ceremony) = begin_sign_in(&app).await;
    app.later(TimeDelta::minutes(11));
    assert_refused(&present(&app, &ceremony, &authenticator.answer(&options)).await, "an answer that took too long");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_counter_that_goes_back_betrays_a_copy() {
    let (app, session, mut authenticator) = with_passkey().await;
    for (counter, taken) in [(4, true), (4, false), (2, false), (5, true)] {
        authenticator.counter = counter;
        let (options, ceremony) = begin_sign_in(&app).await;
        let answer = present(&app, &ceremony, &authenticator.answer(&options)).await;
        assert_eq!(answer.status == StatusCode::OK, taken, "{counter}: {}", answer.text());
    }
    let SignedIn::Member(member) = session_of(&app, &session).await.signed_in else { panic!("a member") };
    let trail = member.roster.trail().page(None).await.unwrap();
    assert!(trail.entries.iter().any(|entry| entry.subject == "Passkey that may have been copied"));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_passkey_that_was_removed_signs_nobody_in() {
    let (app, session, mut authenticator) = with_passkey().await;
    let session = session_of(&app, &session).await;
    let id = session.account().view().await.unwrap().passkeys[0].id;
    let factors = session.factors().unwrap_or_else(|_| panic!("a fresh session"));
    factors.remove_passkey(id).await.unwrap().expect("a passkey").expect("a password besides");
    let (options, ceremony) = begin_sign_in(&app).await;
    assert_refused(&present(&app, &ceremony, &authenticator.answer(&options)).await, "a removed passkey");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn only_what_a_new_passkey_must_be_is_added_once_and_by_whoever_began() {
    let app = App::open().await;
    let (_, ada) = app.member_of("acme").await;
    let (_, eve) = app.member_of("evil").await;
    type Lie = fn(&mut Authenticator);
    let lies: [(&str, Lie); 3] = [
        ("another origin", |authenticator| authenticator.origin = "https://evil.example".to_owned()),
        ("another domain", |authenticator| authenticator.domain = "evil.example".to_owned()),
        ("a person who wasn't verified", |authenticator| authenticator.verifies = false),
    ];
    for (why, lie) in lies {
        let mut dishonest = authenticator();
        lie(&mut dishonest);
        assert_refused(&add(&app, &ada, &mut dishonest).await, why);
    }
    let (options, ceremony) = begin_registration(&app, &ada).await;
    let body = json!({"name": "Key", "credential": authenticator().make(&options)});
    assert_refused(&post(&app, "/account/passkeys", &[&eve, &ceremony], &body).await, "somebody else's ceremony");
    assert_refused(&post(&app, "/account/passkeys", &[&ada, &ceremony], &body).await, "a ceremony that is over");

    let mut mine = authenticator();
    assert_eq!(add(&app, &ada, &mut mine).await.status, StatusCode::OK);
    assert_refused(&add(&app, &eve, &mut mine).await, "a passkey of somebody else");
    assert_eq!(session_of(&app, &eve).await.account().view().await.unwrap().passkeys.len(), 0);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_passkey_is_added_with_a_name_and_a_fresh_sign_in() {
    let app = App::open().await;
    let (_, session) = app.member_of("acme").await;
    let (options, ceremony) = begin_registration(&app, &session).await;
    let body = json!({"name": " ", "credential": authenticator().make(&options)});
    let answer = post(&app, "/account/passkeys", &[&session, &ceremony], &body).await;
    assert_eq!(answer.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert_eq!(answer.json()["detail"], "The passkey’s name is missing.");

    let start = "/account/passkeys/start";
    assert_eq!(app.ask(axum::http::Method::POST, start, "").await.status, StatusCode::NOT_FOUND);
    app.later(TimeDelta::minutes(11));
    for (path, body) in [(start, json!({})), ("/account/passkeys", body)] {
        let answer = post(&app, path, &[&session, &ceremony], &body).await;
        assert_eq!(answer.status, StatusCode::SEE_OTHER, "{path}: {}", answer.text());
        assert!(answer.header("location").starts_with("/sign-in?"), "{path}: {}", answer.header("location"));
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_portal_takes_passkeys_at_its_own_address_alone() {
    let config = Config { public_url: "https://portal.example".to_owned(), ..Config::default() };
    let app = App::on(Database::Sqlite, config).await;
    let (_, session) = app.member_of("acme").await;
    for (origin, taken) in [
        ("https://portal.example", true),
        ("https://portal.example:8443", false),
        ("http://portal.example", false),
        ("https://a.portal.example", false),
        ("http://localhost:3000", false),
    ] {
        let status = add(&app, &session, &mut Authenticator::new(origin, "portal.example")).await.status;
        assert_eq!(status == StatusCode::OK, taken, "{origin}: {status}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_member_whose_organisation_wants_single_sign_on_is_told_so_and_an_owner_keeps_the_passkey() {
    let (app, owner, mut owners) = with_passkey().await;
    let customer = app.test.store.operator().customer("acme").await.unwrap().expect("a customer");
    let member = app.colleague(&customer, MemberRole::PrivacyOfficer).await;
    let mut members = authenticator();
    assert_eq!(add(&app, &member, &mut members).await.status, StatusCode::OK);
    let enforce = "INSERT INTO sso_connection (customer_id, connection, client_secret, enabled, enforced)
        SELECT customer_id, '{}', x'00', 1, 1 FROM customer";
    app.test.raw(enforce.to_owned()).await.unwrap();

    let (options, ceremony) = begin_sign_in(&app).await;
    let answer = present(&app, &ceremony, &members.answer(&options)).await;
    assert_eq!(answer.status, StatusCode::FORBIDDEN);
    assert!(answer.json()["detail"].as_str().unwrap().starts_with("Your organisation wants you to sign in with it"));
    assert!(!answer.headers.contains_key(header::SET_COOKIE));
    let (options, ceremony) = begin_sign_in(&app).await;
    assert_eq!(present(&app, &ceremony, &owners.answer(&options)).await.status, StatusCode::OK);
    assert_eq!(app.get("/portal", &owner).await.status, StatusCode::OK);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn only_json_of_a_reasonable_length_is_read_and_only_from_our_own_pages() {
    let app = App::open().await;
    let (_, ceremony) = begin_sign_in(&app).await;
    let send = |kind: &'static str, site: &'static str, body: String| {
        let request = Request::post("/sign-in/passkey")
            .header(header::COOKIE, &ceremony)
            .header(header::CONTENT_TYPE, kind)
            .header("sec-fetch-site", site)
            .body(Body::from(body))
            .expect("a request");
        app.send(request)
    };
    let of = |answer: Answer| (answer.status, answer.header("content-type").to_owned());
    let problem = |status| (status, "application/problem+json".to_owned());
    let json = "application/json";
    assert_eq!(of(send("text/plain", "same-origin", "{}".into()).await), problem(StatusCode::UNSUPPORTED_MEDIA_TYPE));
    assert_eq!(of(send(json, "same-origin", "{}".into()).await), problem(StatusCode::BAD_REQUEST));
    assert_eq!(of(send(json, "same-origin", " ".repeat(70_000)).await), problem(StatusCode::PAYLOAD_TOO_LARGE));
    assert_eq!(send(json, "cross-site", "{}".into()).await.status, StatusCode::FORBIDDEN);
}

/// A request for access to acme's data, and the address at which acme decides.
async fn asked(app: &App) -> String {
    let operations = app.staff(StaffRole::Operations).await;
    let desk = app.session(&operations).await.access_desk().expect("a role that asks");
    let draft = serde_json::from_value(json!({
        "customer": "acme", "reference": "r-1", "accessor": "e-4711", "role": "Support engineer",
        "employer": "Nimbus Cloud", "countries": ["IE"], "justification": "Restore of a deleted folder", "minutes": 120,
        "operations": ["read", "list"], "purpose": "customer_requested_support", "resources": ["records"],
        "service": "Object Storage"
    }));
    let grant = desk.ask(draft.expect("a draft")).await.expect("an answer").expect("a request");
    format!("/portal/approvals/{}", grant.id)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_approval_is_signed_with_a_passkey_over_what_is_approved() {
    let (app, session, mut key) = with_passkey().await;
    let page = asked(&app).await;
    let (start, end) = (format!("{page}/sign/start"), format!("{page}/sign"));
    let form = "revision=1&resource=records&operation=read&country=IE&minutes=30";
    let options = post(&app, &start, &[&session], &json!({"form": form})).await;
    assert_eq!(options.status, StatusCode::OK, "{}", options.text());
    let options = options.json();
    assert_eq!(options["userVerification"], "required");
    assert_eq!(options["allowCredentials"][0]["id"], BASE64.encode(&key.id));
    let refused = async |form: &str, credential: &Value, why: &str| {
        let answer = post(&app, &end, &[&session], &json!({"form": form, "credential": credential})).await;
        assert_eq!(answer.status, StatusCode::UNPROCESSABLE_ENTITY, "{}", answer.text());
        let detail = answer.json()["detail"].as_str().unwrap_or_default().to_owned();
        assert!(detail.contains(why), "{why}: {detail}");
    };
    let more = form.replace("minutes=30", "minutes=120");
    refused(&more, &key.answer(&options), "the passkey signed something else").await;
    key.verifies = false;
    refused(form, &key.answer(&options), "the passkey didn’t check who used it").await;
    key.verifies = true;
    key.origin = "https://evil.example".to_owned();
    refused(form, &key.answer(&options), "another address than the portal’s").await;
    key.origin = ORIGIN.to_owned();
    key.domain = "evil.example".to_owned();
    refused(form, &key.answer(&options), "the passkey belongs to another domain").await;
    key.domain = DOMAIN.to_owned();
    refused(&form.replace("operation=read&", ""), &key.answer(&options), "Nothing is approved yet").await;
    let mut forged = key.answer(&options);
    forged["response"]["signature"] = json!(BASE64.encode([0x30, 0x06, 0x02, 0x01, 0x01, 0x02, 0x01, 0x01]));
    refused(form, &forged, "the key didn’t sign this").await;

    let signed = json!({"form": form, "credential": key.answer(&options)});
    let answer = post(&app, &end, &[&session], &signed).await;
    assert_eq!(answer.json(), json!({"location": format!("{page}?done=approve")}));
    let shown = app.get(&page, &session).await.text();
    assert!(shown.contains("Signed with a passkey"), "{shown}");
    let file = app.get(&format!("{page}/grant.json"), &session).await;
    let file: domain::grant::GrantFile = serde_json::from_slice(&file.body).expect("a grant");
    let state = file.open().expect("signatures that verify");
    assert!(state.granted().is_some() && state.facts().approvals[0].signature.is_some());
    let again = post(&app, &end, &[&session], &signed).await;
    assert_eq!(again.status, StatusCode::UNPROCESSABLE_ENTITY, "one answer approves once");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn anothers_passkey_and_a_stale_sign_in_sign_no_approval() {
    let (app, session, _) = with_passkey().await;
    let page = asked(&app).await;
    let form = "revision=1&resource=records&operation=read&country=IE&minutes=30";
    let options = post(&app, &format!("{page}/sign/start"), &[&session], &json!({"form": form})).await.json();
    let acme = app.test.store.operator().customer("acme").await.expect("an answer").expect("a customer");
    let approver = app.colleague(&acme, MemberRole::Approver).await;
    let none = post(&app, &format!("{page}/sign/start"), &[&approver], &json!({"form": form})).await;
    assert!(none.text().contains("You have no passkey yet"), "{}", none.text());
    let mut theirs = authenticator();
    add(&app, &approver, &mut theirs).await;
    let body = json!({"form": form, "credential": theirs.answer(&options)});
    let answer = post(&app, &format!("{page}/sign"), &[&session], &body).await;
    assert!(answer.text().contains("a key that isn’t one of yours"), "{}", answer.text());
    let unknown = json!({"form": form, "credential": authenticator().answer(&options)});
    assert_eq!(post(&app, &format!("{page}/sign"), &[&session], &unknown).await.status, StatusCode::FORBIDDEN);
    app.later(TimeDelta::minutes(11));
    let stale = post(&app, &format!("{page}/sign/start"), &[&session], &json!({"form": form})).await;
    assert!(stale.header("location").starts_with("/sign-in?again=1"), "{}", stale.header("location"));
}
