//! Signing in, joining and one's own account, through the router: no JavaScript runs here.

mod common;

use axum::http::StatusCode;
use chrono::TimeDelta;
use common::{Answer, App, PASSWORD};
use domain::{MemberRole, SignInRule, StaffRole};
use store::Client;

const CEREMONY: &str = "__Host-vitrine-ceremony";

fn went_to(answer: &Answer) -> (StatusCode, &str) {
    (answer.status, answer.header("location"))
}

/// What an answer sets, as a browser sends it back.
fn sent_back(answer: &Answer, cookie: &str) -> String {
    answer.cookie(cookie).expect("a cookie").split(';').next().unwrap_or_default().to_owned()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_first_administrator_joins_by_a_link_that_works_once_and_sets_up_a_second_factor_first() {
    let app = App::open().await;
    let link = app.test.store.first_administrator().await.unwrap().unwrap();
    let page = format!("/join/{}", link.secret);
    assert!(app.get(&page, "").await.text().contains("in the role administrator"));
    let mut fields = [("email", "ada@nimbus.example"), ("name", "Ada"), ("password", "short")];
    let refused = app.post(&page, "", &fields).await;
    assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY);
    let text = refused.text();
    assert!(text.contains("needs at least 15 characters") && text.contains("ada@nimbus.example"), "{text}");
    assert!(!text.contains("\"short\""), "a password is never written back: {text}");
    fields[2].1 = PASSWORD;
    let joined = app.post(&page, "", &fields).await;
    assert_eq!(went_to(&joined), (StatusCode::SEE_OTHER, "/account?done=joined"));
    let ada = joined.session();
    assert_eq!(went_to(&app.get("/desk", &ada).await), (StatusCode::SEE_OTHER, "/account"));
    assert!(app.get("/account", &ada).await.text().contains("a second factor is needed"));
    assert_eq!(app.get(&page, "").await.status, StatusCode::NOT_FOUND);
    assert_eq!(app.post(&page, "", &fields).await.status, StatusCode::NOT_FOUND);
    assert!(app.test.store.first_administrator().await.unwrap().is_none());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_authenticator_is_set_up_and_its_recovery_codes_are_shown_once() {
    let app = App::open().await;
    let (_, ada) = app.member_of("acme").await;
    let page = app.get("/account/authenticator", &ada).await.text();
    assert!(page.contains("<svg") && !page.contains("<?xml"), "{page}");
    let part = |before: &str, after: char| {
        page.split_once(before).and_then(|(_, rest)| rest.split_once(after)).expect("a part of the page").0.to_owned()
    };
    let (sealed, secret) = (part("name=\"sealed\" value=\"", '"'), part("<code>", '<'));
    let wrong = app.post("/account/authenticator", &ada, &[("sealed", &sealed), ("code", "000000")]).await;
    assert_eq!(wrong.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(wrong.text().contains(&secret), "the app has the secret already, so it stays");
    let code = store::one_time_code(&secret, app.test.store.now()).unwrap();
    let set = app.post("/account/authenticator", &ada, &[("sealed", &sealed), ("code", &code)]).await;
    assert_eq!(set.status, StatusCode::OK);
    assert!(set.text().contains("Your recovery codes"), "{}", set.text());
    let account = app.get("/account", &ada).await.text();
    assert!(!account.contains("Your recovery codes") && account.contains("10 of your recovery codes"), "{account}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_password_is_followed_by_a_code_and_leads_where_one_was_going() {
    let app = App::open().await;
    app.staff(StaffRole::Legal).await;
    app.later(TimeDelta::minutes(1));
    let fields = [("email", "legal@provider.example"), ("password", PASSWORD), ("next", "/desk?a=1")];
    let first = app.post("/sign-in", "", &fields).await;
    assert_eq!(went_to(&first), (StatusCode::SEE_OTHER, "/sign-in/code?next=%2Fdesk%3Fa%3D1"));
    assert!(first.cookie("__Host-vitrine-session").is_none());
    let ceremony = sent_back(&first, CEREMONY);
    let wrong = app.post("/sign-in/code", &ceremony, &[("code", "000000"), ("next", "/desk?a=1")]).await;
    assert_eq!(wrong.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(wrong.text().contains("value=\"/desk?a=1\""), "{}", wrong.text());
    let code = app.code();
    let right = app.post("/sign-in/code", &ceremony, &[("code", &code), ("next", "/desk?a=1")]).await;
    assert_eq!(went_to(&right), (StatusCode::SEE_OTHER, "/desk?a=1"));
    assert_eq!(app.get("/desk", &right.session()).await.status, StatusCode::OK);
    let over = app.post("/sign-in/code", "", &[("code", &code)]).await;
    assert_eq!(went_to(&over), (StatusCode::SEE_OTHER, "/sign-in?over=1"));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn tries_are_limited_and_a_known_address_is_answered_like_an_unknown_one() {
    let app = App::open().await;
    app.member_of("acme").await;
    let mut pages = Vec::new();
    for email in ["owner@acme.example", "other@acme.example"] {
        let mut told = Vec::new();
        for _ in 0..7 {
            let answer = app.post("/sign-in", "", &[("email", email), ("password", "wrong")]).await;
            let retry = answer.header("retry-after").to_owned();
            told.push((answer.status, retry, answer.text().replace(email, "EMAIL")));
        }
        pages.push(told);
    }
    let [known, unknown] = pages.as_slice() else { panic!("two") };
    let without_names = |told: &(StatusCode, String, String)| (told.0, told.1.clone());
    assert_eq!(
        known.iter().map(without_names).collect::<Vec<_>>(),
        unknown.iter().map(without_names).collect::<Vec<_>>()
    );
    assert_eq!(known[0].2, unknown[0].2);
    assert_eq!((known[6].0, known[6].1.as_str()), (StatusCode::TOO_MANY_REQUESTS, "2"));
    assert!(known[6].2.contains("There were too many tries"), "{}", known[6].2);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_takes_a_fresh_sign_in_asks_for_one_and_leads_back() {
    let app = App::open().await;
    let (_, ada) = app.member_of("acme").await;
    app.later(TimeDelta::minutes(11));
    for (answer, back) in [
        (app.post("/account/password", &ada, &[("password", "an entirely different phrase")]).await, "%2Faccount"),
        (app.get("/account/authenticator", &ada).await, "%2Faccount%2Fauthenticator"),
    ] {
        assert_eq!(went_to(&answer), (StatusCode::SEE_OTHER, format!("/sign-in?again=1&next={back}").as_str()));
    }
    let page = app.get("/sign-in?again=1&next=%2Faccount", &ada).await.text();
    assert!(page.contains("Confirm that it’s you") && page.contains("value=\"owner@acme.example\""), "{page}");
    let fields = [("email", "owner@acme.example"), ("password", PASSWORD), ("again", "1"), ("next", "/account")];
    let confirmed = app.post("/sign-in", &ada, &fields).await;
    assert_eq!(went_to(&confirmed), (StatusCode::SEE_OTHER, "/account"));
    assert_eq!(app.get("/account", &ada).await.status, StatusCode::SEE_OTHER, "the session of before has ended");
    let fresh = confirmed.session();
    let change = async |current: &str| {
        let fields = [("current", current), ("password", "an entirely different phrase")];
        app.post("/account/password", &fresh, &fields).await
    };
    let wrong = change("not the password").await;
    assert!(wrong.status == StatusCode::UNPROCESSABLE_ENTITY && wrong.text().contains("is not your password"));
    let set = change(PASSWORD).await;
    assert_eq!(went_to(&set), (StatusCode::SEE_OTHER, "/account?done=password_set"));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn until_a_session_is_what_the_customer_asks_for_nothing_but_the_account_is_open() {
    let app = App::open().await;
    let (acme, owner) = app.member_of("acme").await;
    let auditor = app.colleague(&acme, MemberRole::Auditor).await;
    let secret = owner.split_once('=').unwrap().1;
    let session = app.test.store.session(secret, &Client::default()).await.unwrap().unwrap();
    session.administer().unwrap().set_sign_in_rule(SignInRule::Passkey).await.unwrap();
    for path in ["/portal", "/portal/access", "/portal/access.csv", "/portal/access/live"] {
        let answer = app.get(path, &auditor).await;
        assert_eq!(went_to(&answer), (StatusCode::SEE_OTHER, "/account"), "{path}");
        assert!(answer.body.is_empty());
    }
    assert!(app.get("/account", &auditor).await.text().contains("Your organisation asks for a passkey"));
    assert_eq!(app.get("/transparency", &auditor).await.status, StatusCode::OK);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn sessions_are_listed_and_ended_at_once() {
    let app = App::open().await;
    let (_, one) = app.member_of("acme").await;
    let two = app.cookie("owner@acme.example").await;
    let page = app.get("/account", &one).await.text();
    let end =
        page.split("action=\"").find(|part| part.starts_with("/account/sessions/") && !part.contains("end-others\""));
    let end = end.and_then(|part| part.split('"').next()).expect("a session to end");
    let ended = app.post(end, &one, &[]).await;
    assert_eq!(went_to(&ended), (StatusCode::SEE_OTHER, "/account?done=session_ended"));
    assert_eq!(app.get("/portal", &two).await.status, StatusCode::SEE_OTHER);
    assert_eq!(app.get("/portal", &one).await.status, StatusCode::OK);
    assert_eq!(app.post(end, &one, &[]).await.status, StatusCode::NOT_FOUND);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_chosen_zone_is_kept_and_one_that_is_none_is_refused_in_a_sentence() {
    let app = App::open().await;
    let (_, ada) = app.member_of("acme").await;
    let refused = app.post("/account/time-zone", &ada, &[("zone", "Mars/Olympus_Mons")]).await;
    assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(refused.text().contains("is not a time zone such as Europe/Berlin"), "{}", refused.text());
    let kept = app.post("/account/time-zone", &ada, &[("zone", "Asia/Tokyo")]).await;
    assert_eq!(went_to(&kept), (StatusCode::SEE_OTHER, "/account?done=time_zone_set"));
    assert!(app.get("/account", &ada).await.text().contains("(UTC+09:00)"));
}
