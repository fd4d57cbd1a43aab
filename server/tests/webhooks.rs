//! Webhooks: made at their page, told of what happens over real HTTP, signed, tried again, and shut to our own network.

mod common;
#[path = "common/listener.rs"]
mod listener;

use axum::http::StatusCode;
use chrono::TimeDelta;
use common::{Answer, App, subprocessor_change};
use domain::{MemberRole, StaffRole};
use futures::future::join_all;
use listener::Listener;
use server::{config::Config, webhooks::Courier};
use store::Engine;
use tokio::sync::watch;

fn config() -> Config {
    Config { sso_private_addresses: true, webhook_private_addresses: true, ..Config::default() }
}

/// What so many servers of this portal do, all at once.
async fn deliver(app: &App, servers: usize) {
    let (_stop, stopping) = watch::channel(false);
    let couriers = (0..servers).map(|_| Courier::new(&app.state.config)).collect::<Vec<_>>();
    for done in join_all(couriers.iter().map(|courier| courier.work(&app.state.store, &stopping))).await {
        done.expect("a round");
    }
}

/// The secret that a page shows.
fn secret(answer: &Answer) -> String {
    let text = answer.text();
    let (_, rest) = text.split_once("<code>whsec_").unwrap_or_else(|| panic!("no secret: {text}"));
    format!("whsec_{}", rest.split_once('<').expect("an end").0)
}

/// Where the first form of this kind on a page leads.
fn action(page: &str, what: &str) -> String {
    let mut actions = page.split("action=\"").filter_map(|part| Some(part.split_once('"')?.0));
    actions.find(|action| action.ends_with(what)).expect("a form").to_owned()
}

async fn backlog_on(engine: Engine) {
    let app = App::on(engine, config()).await;
    let (acme, owner) = app.member_of("acme").await;
    let ours = Listener::start().await;
    app.post("/portal/webhooks", &owner, &[("name", "SIEM"), ("url", &ours.url)]).await;
    let desks = app.notice_desks().await;
    app.issue(&desks, Some(&acme), subprocessor_change("Initech")).await;
    app.issue(&desks, Some(&acme), subprocessor_change("Globex")).await;
    ours.answers(StatusCode::INTERNAL_SERVER_ERROR);
    // Both fail until they wait for hours.
    for hours in [0, 1, 2, 6] {
        app.later(TimeDelta::hours(hours));
        deliver(&app, 1).await;
    }
    ours.came();
    let owner = app.cookie("owner@acme.example").await;
    ours.answers(StatusCode::NO_CONTENT);
    let page = app.get("/portal/webhooks", &owner).await.text();
    app.post(&action(&page, "/try"), &owner, &[]).await;
    deliver(&app, 1).await;
    deliver(&app, 1).await;
    assert_eq!(ours.came().len(), 3, "what waited came as soon as it answered");
    app.test.remove().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_waited_comes_as_soon_as_a_webhook_answers_on_sqlite() {
    backlog_on(Engine::Sqlite).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_waited_comes_as_soon_as_a_webhook_answers_on_postgres() {
    backlog_on(Engine::Postgres).await;
}

async fn on(engine: Engine) {
    let app = App::on(engine, config()).await;
    let (acme, owner) = app.member_of("acme").await;
    let (zeta, other) = app.member_of("zeta").await;
    let (ours, theirs) = (Listener::start().await, Listener::start().await);
    let make =
        async |cookie: &str, url: &str| app.post("/portal/webhooks", cookie, &[("name", "SIEM"), ("url", url)]).await;
    let first = secret(&make(&owner, &ours.url).await);
    make(&other, &theirs.url).await;
    let page = app.get("/portal/webhooks", &owner).await.text();
    assert!(page.contains(&ours.url) && !page.contains(&first) && !page.contains(&theirs.url), "{page}");

    let desks = app.notice_desks().await;
    app.issue(&desks, Some(&acme), subprocessor_change("Initech")).await;
    ours.answers(StatusCode::INTERNAL_SERVER_ERROR);
    deliver(&app, 3).await;
    let [failed] = &*ours.came() else { panic!("one delivery by three servers") };
    let page = app.get("/portal/webhooks", &owner).await.text();
    assert!(page.contains("one message waits") && page.contains("answered with status 500"), "{page}");
    deliver(&app, 1).await;
    assert!(ours.came().is_empty(), "it is put off");

    ours.answers(StatusCode::NO_CONTENT);
    app.later(TimeDelta::seconds(5));
    deliver(&app, 3).await;
    let [told] = &*ours.came() else { panic!("one delivery by three servers") };
    assert_eq!(told.header("webhook-id"), failed.header("webhook-id"), "the same message");
    assert!(told.is_signed_with(&first) && !told.is_signed_with(&secret_of_nobody()));
    assert_eq!(told.header("webhook-timestamp"), app.state.store.now().utc().timestamp().to_string());
    let body = told.json();
    assert_eq!(body["type"], "notice.issued");
    assert_eq!(body["data"], serde_json::json!({"sequence": 0, "kind": "subprocessor_change"}));
    assert!(theirs.came().is_empty(), "nothing of another customer's");
    let page = app.get("/portal/webhooks", &owner).await.text();
    assert!(page.contains("last delivered") && !page.contains("status 500"), "{page}");

    // A new secret, beside which the one before signs for a day.
    let second = secret(&app.post(&action(&page, "/secret"), &owner, &[]).await);
    let again = async || {
        let tried = app.post(&action(&page, "/try"), &owner, &[]).await;
        assert_eq!(tried.header("location"), "/portal/webhooks?done=tried");
        deliver(&app, 1).await;
        ours.came().pop()
    };
    let both = again().await.expect("a delivery");
    assert!(both.is_signed_with(&first) && both.is_signed_with(&second));
    assert_eq!(both.json()["type"], "webhook.tried");
    app.later(TimeDelta::hours(24));
    let owner = app.cookie("owner@acme.example").await;
    let try_out = action(&page, "/try");
    app.post(&try_out, &owner, &[]).await;
    deliver(&app, 1).await;
    let [one] = &*ours.came() else { panic!("one delivery") };
    assert!(!one.is_signed_with(&first) && one.is_signed_with(&second));

    // Who answers that nothing is wanted any more is not asked again.
    ours.answers(StatusCode::GONE);
    app.post(&try_out, &owner, &[]).await;
    deliver(&app, 1).await;
    app.later(TimeDelta::days(1));
    deliver(&app, 1).await;
    assert_eq!(ours.came().len(), 1);
    let owner = app.cookie("owner@acme.example").await;
    assert!(app.get("/portal/webhooks", &owner).await.text().contains("was given up"));

    let auditor = app.colleague(&acme, MemberRole::Auditor).await;
    assert!(!app.get("/portal/webhooks", &auditor).await.text().contains("Manage"));
    let other = app.cookie("owner@zeta.example").await;
    let remove = action(&page, "/remove");
    for (what, cookie) in [(&remove, &auditor), (&remove, &other), (&try_out, &other)] {
        assert_eq!(app.post(what, cookie, &[]).await.status, StatusCode::NOT_FOUND);
    }
    app.post(&try_out, &owner, &[]).await;
    assert_eq!(app.post(&remove, &owner, &[]).await.header("location"), "/portal/webhooks?done=removed");
    deliver(&app, 1).await;
    assert!(ours.came().is_empty(), "what waited is gone");
    let trail = app.get("/portal/activity.csv", &owner).await.text();
    for act in ["webhook_made", "webhook_secret_rotated", "webhook_removed"] {
        assert!(trail.contains(act), "{trail}");
    }
    assert!(!trail.contains(&first) && !trail.contains(&second));
    let path = ours.url.rsplit_once(':').expect("a port").1;
    assert!(trail.contains("SIEM, at 127.0.0.1") && !trail.contains(path), "the host alone: {trail}");

    // Whoever has the database in their hands learns no address and no secret.
    app.issue(&desks, Some(&zeta), subprocessor_change("Globex")).await;
    for table in ["webhook", "webhook_message"] {
        let dump = app.test.dump(table).await.expect("a table");
        assert!(!dump.is_empty() && !dump.contains("whsec") && !dump.contains("127.0.0.1"), "{dump}");
    }
    app.test.remove().await;
}

fn secret_of_nobody() -> String {
    "whsec_AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=".to_owned()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_webhook_is_told_what_happens_on_sqlite() {
    on(Engine::Sqlite).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_webhook_is_told_what_happens_on_postgres() {
    on(Engine::Postgres).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_webhook_says_what_is_wrong_and_leads_nowhere_inside() {
    let app = App::open().await;
    let (_, owner) = app.member_of("acme").await;
    let administrator = app.staff(StaffRole::Administrator).await;
    let listener = Listener::start().await;
    for (page, cookie) in [("/portal/webhooks", &owner), ("/desk/webhooks", &administrator)] {
        for (url, told) in [("", "is missing"), ("http://siem.acme.example/", "is not encrypted")] {
            let refused = app.post(page, cookie, &[("name", "The \"SIEM\""), ("url", url)]).await;
            assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY);
            let text = refused.text();
            assert!(text.contains(told) && text.contains("The &quot;SIEM&quot;"), "{text}");
        }
        let made = app.post(page, cookie, &[("name", "SIEM"), ("url", &listener.url)]).await;
        assert_eq!(made.status, StatusCode::OK, "{}", made.text());
        app.post(&action(&app.get(page, cookie).await.text(), "/try"), cookie, &[]).await;
        deliver(&app, 1).await;
        let text = app.get(page, cookie).await.text();
        assert!(text.contains("is not encrypted: it must begin with https://"), "{text}");
    }
    assert!(listener.came().is_empty());
    for _ in 0..9 {
        app.post("/portal/webhooks", &owner, &[("name", "SIEM"), ("url", "https://siem.acme.example/")]).await;
    }
    let eleventh =
        app.post("/portal/webhooks", &owner, &[("name", "SIEM"), ("url", "https://siem.acme.example/")]).await;
    assert!(eleventh.text().contains("ten webhooks already"));
}
