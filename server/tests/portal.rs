//! The portal as a customer's people use it, through the router: no JavaScript runs here.

mod common;

use axum::{
    body::Body,
    http::{Request, StatusCode, header},
};
use base64::{Engine, prelude::BASE64_STANDARD};
use common::{App, PASSWORD, event};
use domain::{StaffRole, Zone};
use sha2::{Digest, Sha256};
use store::{Client, Scope};

async fn with_records(events: Vec<serde_json::Value>) -> (App, String) {
    let app = App::open().await;
    let (_, cookie) = app.member_of("acme").await;
    let token = app.token(None, Scope::AccessEventsWrite).await;
    let answer = app.report(&token, "application/json", serde_json::Value::Array(events).to_string()).await;
    assert_eq!(answer.status, StatusCode::OK, "{}", answer.text());
    (app, cookie)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn signing_in_sets_a_host_cookie_and_goes_where_one_was_going() {
    let app = App::open().await;
    app.member_of("acme").await;
    let asked = app.get("/portal/access?purpose=legal_demand", "").await;
    assert_eq!(asked.header("location"), "/sign-in?next=%2Fportal%2Faccess%3Fpurpose%3Dlegal_demand");
    let fields =
        [("email", "owner@acme.example"), ("password", PASSWORD), ("next", "/portal/access?purpose=legal_demand")];
    let answer = app.post("/sign-in", "", &fields).await;
    assert_eq!(
        (answer.status, answer.header("location")),
        (StatusCode::SEE_OTHER, "/portal/access?purpose=legal_demand")
    );
    let cookie = answer.cookie("__Host-vitrine-session").unwrap();
    for part in ["__Host-vitrine-session=", "HttpOnly", "SameSite=Lax", "Secure", "Path=/"] {
        assert!(cookie.contains(part), "{cookie}");
    }
    let cookie = answer.session();
    assert_eq!(app.get("/portal", &cookie).await.status, StatusCode::OK);
    let out = Request::post("/sign-out").header(header::COOKIE, &cookie).body(Body::empty()).unwrap();
    assert_eq!(app.send(out).await.status, StatusCode::SEE_OTHER);
    assert_eq!(app.get("/portal", &cookie).await.status, StatusCode::SEE_OTHER);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_wrong_password_and_an_unknown_address_are_answered_alike_and_lead_nowhere_else() {
    let app = App::open().await;
    app.member_of("acme").await;
    for email in ["owner@acme.example", "eve@acme.example"] {
        let fields = [("email", email), ("password", "wrong"), ("next", "https://evil.example")];
        let answer = app.post("/sign-in", "", &fields).await;
        assert_eq!((answer.status, answer.header("set-cookie")), (StatusCode::UNPROCESSABLE_ENTITY, ""));
        let page = answer.text();
        assert!(page.contains("don’t match") && page.contains(email) && !page.contains("evil.example"), "{page}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_form_sent_from_another_site_is_refused() {
    let app = App::open().await;
    let request = Request::post("/sign-in").header("sec-fetch-site", "cross-site").body(Body::empty()).unwrap();
    assert_eq!(app.send(request).await.status, StatusCode::FORBIDDEN);
}

/// Signs in with what a browser says of its zone.
async fn signed_in_from(app: &App, zone: &str) -> String {
    let fields = [("email", "owner@acme.example"), ("password", PASSWORD), ("zone", zone)];
    let answer = app.post("/sign-in", "", &fields).await;
    answer.session()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn times_are_told_in_the_readers_zone_and_kept_in_utc() {
    let (app, elsewhere) = with_records(vec![event("a", "acme")]).await;
    let tokyo = signed_in_from(&app, "Asia/Tokyo").await;
    let list = app.get("/portal/access", &tokyo).await.text();
    for part in ["Times in Asia/Tokyo", "datetime=\"2026-02-01T11:00:00.000000Z\"", "20:00:00 +09:00"] {
        assert!(list.contains(part), "{part}: {list}");
    }
    let one = app.get("/portal/access/0", &tokyo).await.text();
    assert!(one.contains("On 1 February 2026 from 20:00:00 to 20:20:00 (UTC+09:00), which is 20 minutes."), "{one}");
    let overview = app.get("/portal", &tokyo).await.text();
    assert!(overview.contains("20:00:00 +09:00"), "{overview}");
    let csv = app.get("/portal/access.csv", &tokyo).await.text();
    assert!(csv.contains(",2026-02-01T11:00:00.000000Z,"), "{csv}");
    for cookie in [elsewhere, signed_in_from(&app, "Mars/Olympus_Mons").await] {
        let list = app.get("/portal/access", &cookie).await.text();
        assert!(list.contains("Times in UTC") && list.contains("11:00:00 UTC"), "{list}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_zone_that_somebody_chose_goes_before_their_browsers() {
    let (app, _) = with_records(vec![event("a", "acme")]).await;
    let cookie = signed_in_from(&app, "Asia/Tokyo").await;
    let session = cookie.split_once('=').unwrap().1;
    let session = app.test.store.session(session, &Client::default()).await.unwrap().unwrap();
    session.account().set_time_zone(Some(Zone::parse("Asia/Kolkata").unwrap())).await.unwrap();
    let list = app.get("/portal/access", &cookie).await.text();
    assert!(list.contains("Times in Asia/Kolkata") && list.contains("16:30:00 +05:30"), "{list}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn days_in_a_shared_address_are_the_same_for_whoever_opens_it() {
    let mut late = event("b", "acme");
    late["started_at"] = "2026-02-01T15:30:00Z".into();
    late["ended_at"] = "2026-02-01T15:40:00Z".into();
    late["revocation"]["revoked_at"] = "2026-02-01T15:40:00Z".into();
    late["justification"] = "Already the next day in Tokyo".into();
    let (app, in_utc) = with_records(vec![event("a", "acme"), late]).await;
    let in_tokyo = signed_in_from(&app, "Asia/Tokyo").await;
    let query = "from=2026-02-02&zone=Asia%2FTokyo";
    for cookie in [&in_utc, &in_tokyo] {
        let list = app.get(&format!("/portal/access?{query}"), cookie).await.text();
        assert!(list.contains("Already the next day") && !list.contains("Restore of a deleted folder"), "{list}");
        assert!(list.contains("Days are those of Asia/Tokyo") && list.contains("value=\"Asia/Tokyo\""), "{list}");
        assert!(list.contains("/portal/access.csv?from=2026-02-02&amp;zone=Asia%2FTokyo"), "{list}");
        let csv = app.get(&format!("/portal/access.csv?{query}"), cookie).await.text();
        assert_eq!(csv.lines().count(), 2, "{csv}");
        let utc = app.get("/portal/access?from=2026-02-02", cookie).await.text();
        assert!(utc.contains("No access matches") && utc.contains("Days are those of UTC"), "{utc}");
    }
    assert!(app.get("/portal/access", &in_tokyo).await.text().contains("Days are those of Asia/Tokyo"));
    let odd = app.get("/portal/access?from=2026-02-02&zone=Tokyo", &in_utc).await.text();
    assert!(odd.contains("“Tokyo” is not a time zone such as Europe/Berlin"), "{odd}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_record_is_shown_filtered_and_told_in_sentences() {
    let mut alert = event("b", "acme");
    alert["purpose"] = "production_alert".into();
    alert["justification"] = "Disk nearly full".into();
    let (app, cookie) = with_records(vec![event("a", "acme"), alert]).await;
    let all = app.get("/portal/access", &cookie).await.text();
    assert!(all.contains("Restore of a deleted folder") && all.contains("Disk nearly full"));
    let some = app.get("/portal/access?q=disk&country=IE", &cookie).await.text();
    assert!(!some.contains("Restore of a deleted folder") && some.contains("Disk nearly full"));
    let none = app.get("/portal/access?q=nothing+such", &cookie).await.text();
    assert!(none.contains("No access matches these filters"));
    let bad = app.get("/portal/access?from=yesterday", &cookie).await;
    assert!(bad.status == StatusCode::OK && bad.text().contains("is not a day such as"), "{}", bad.text());
    let one = app.get("/portal/access/0", &cookie).await.text();
    assert!(one.contains("Somebody in the role “Support engineer”") && one.contains("Ireland"), "{one}");
    let overview = app.get("/portal", &cookie).await.text();
    assert!(overview.contains("Your data was accessed 2 times in the last 30 days."), "{overview}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_access_that_is_not_there_or_not_theirs_is_not_found() {
    let (app, cookie) = with_records(vec![event("a", "acme")]).await;
    let (_, other) = app.member_of("zeta").await;
    for (path, cookie) in [
        ("/portal/access/1", &cookie),
        ("/portal/access/-1", &cookie),
        ("/portal/access/00", &cookie),
        ("/portal/access/0", &other),
    ] {
        let answer = app.get(path, cookie).await;
        assert_eq!(answer.status, StatusCode::NOT_FOUND, "{path}");
        assert!(!answer.text().contains("Restore"), "{path}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nobody_is_rendered_a_page_that_is_not_theirs() {
    let (app, member) = with_records(vec![event("a", "acme")]).await;
    let staff = app.staff(StaffRole::Legal).await;
    let redirected = app.get("/portal/access/0", "").await;
    assert!(redirected.body.is_empty(), "{}", redirected.text());
    let staffs = app.get("/portal/access", &staff).await;
    assert!(staffs.status == StatusCode::NOT_FOUND && !staffs.text().contains("Restore"));
    assert_eq!(app.get("/desk", &member).await.status, StatusCode::NOT_FOUND);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_people_write_is_text_and_never_markup() {
    let mut evil = event("a", "acme");
    evil["justification"] = "</textarea><script>alert(1)</script>".into();
    evil["resources"] = serde_json::json!([{"name": "\"><img src=x onerror=alert(1)>"}]);
    let (app, cookie) = with_records(vec![evil]).await;
    for path in ["/portal", "/portal/access", "/portal/access/0", "/portal/access?q=%22%3E%3Cscript%3Ealert(1)"] {
        let page = app.get(path, &cookie).await.text();
        assert!(!page.contains("<script>alert") && !page.contains("<img src=x"), "{path}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn downloads_hold_exactly_the_filtered_view() {
    let mut alert = event("b", "acme");
    alert["purpose"] = "production_alert".into();
    alert["justification"] = "=cmd|'/c calc'!A1".into();
    let (app, cookie) = with_records(vec![event("a", "acme"), alert]).await;
    let csv = app.get("/portal/access.csv?purpose=production_alert", &cookie).await;
    assert_eq!(csv.header("content-type"), "text/csv; charset=utf-8; header=present");
    assert_eq!(csv.header("content-disposition"), "attachment; filename=\"access-record.csv\"");
    let text = csv.text();
    let lines = text.split_terminator("\r\n").collect::<Vec<_>>();
    assert_eq!(lines.len(), 2, "{text}");
    assert!(lines[0].starts_with("sequence,recorded_at,") && lines[1].contains(",'=cmd|'/c calc'!A1,"), "{text}");
    let empty = app.get("/portal/access.csv?purpose=legal_demand", &cookie).await.text();
    assert_eq!(empty.lines().count(), 1);
    let json = app.get("/portal/access.json", &cookie).await.json();
    assert_eq!(json.as_array().unwrap().len(), 2);
    assert_eq!(app.get("/portal/access.json?q=nothing", &cookie).await.json(), serde_json::json!([]));
    let ndjson = app.get("/portal/access.ndjson", &cookie).await.text();
    let first: serde_json::Value = serde_json::from_str(ndjson.lines().next().unwrap()).unwrap();
    assert_eq!(first["event"]["purpose"], "production_alert");
    let bad = app.get("/portal/access.csv?from=yesterday", &cookie).await;
    assert_eq!((bad.status, &bad.json()["errors"][0]["pointer"]), (StatusCode::BAD_REQUEST, &"from".into()));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_answer_carries_the_headers_that_keep_it_to_itself() {
    let (app, cookie) = with_records(vec![event("a", "acme")]).await;
    for (path, cookie) in [
        ("/", ""),
        ("/sign-in", ""),
        ("/portal/access", cookie.as_str()),
        ("/nothing", ""),
        ("/api/v1/access-events", ""),
    ] {
        let answer = app.get(path, cookie).await;
        let policy = answer.header("content-security-policy");
        assert!(policy.contains("default-src 'none'") && !policy.contains("unsafe-inline"), "{policy}");
        assert_eq!(answer.header("x-content-type-options"), "nosniff");
        assert_eq!(answer.header("referrer-policy"), "same-origin");
        assert_eq!(answer.header("cache-control"), "no-store");
        assert!(!answer.header("x-request-id").is_empty());
        let page = answer.text();
        for script in page.split("<script").skip(1) {
            let (_, script) = script.split_once('>').unwrap();
            let (script, _) = script.split_once("</script").unwrap();
            assert!(policy.contains(&BASE64_STANDARD.encode(Sha256::digest(script))), "{path}: {script}");
        }
        assert!(!page.contains("nonce="), "{path}");
        assert!(!page.contains(" style="), "{path}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn only_pages_with_an_island_load_webassembly() {
    let (app, cookie) = with_records(vec![event("a", "acme")]).await;
    for (path, loads) in [
        ("/", false),
        ("/portal", false),
        ("/portal/access/0", false),
        ("/portal/access", true),
        ("/portal/approvals", true),
        // A passkey's ceremony takes a script.
        ("/sign-in", true),
        ("/account", true),
    ] {
        let page = app.get(path, &cookie).await.text();
        assert_eq!(page.contains(".wasm"), loads, "{path}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_public_page_is_kept_as_each_reader_takes_it() {
    let app = App::open().await;
    let asked = |encoding: &str| {
        Request::get("/transparency").header(header::ACCEPT_ENCODING, encoding).body(Body::empty()).unwrap()
    };
    for _ in 0..2 {
        let plain = app.send(asked("identity")).await;
        assert!(plain.text().starts_with("<!DOCTYPE html>"));
        let brotli = app.send(asked("br")).await;
        assert_eq!(brotli.header("content-encoding"), "br");
        assert_ne!(plain.body, brotli.body);
        assert_ne!(plain.header("x-request-id"), brotli.header("x-request-id"));
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_live_view_tells_of_a_new_access_of_its_own_customer_alone() {
    use futures::StreamExt;
    let (app, _) = with_records(vec![event("a", "acme")]).await;
    let cookie = signed_in_from(&app, "Asia/Tokyo").await;
    app.test.customer("zeta").await;
    let token = app.token(None, Scope::AccessEventsWrite).await;
    let request =
        Request::get("/portal/access/live?since=1").header(header::COOKIE, &cookie).body(Body::empty()).unwrap();
    let mut stream = app.open_stream(request).await;
    for (id, customer) in [("z", "zeta"), ("b", "acme")] {
        app.report(&token, "application/json", event(id, customer).to_string()).await;
    }
    let told = tokio::time::timeout(std::time::Duration::from_secs(5), stream.next()).await.unwrap().unwrap().unwrap();
    let told = String::from_utf8(told.to_vec()).unwrap();
    assert!(told.contains("event: accesses") && told.contains("id: 2") && told.contains("/portal/access/1"), "{told}");
    assert_eq!(told.matches("<tr").count(), 1, "{told}");
    assert!(told.contains("20:00:00 +09:00"), "{told}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn liveness_and_readiness_are_told_apart() {
    let app = App::open().await;
    assert_eq!(app.get("/readyz", "").await.status, StatusCode::OK);
    app.test.raw("DELETE FROM _sqlx_migrations".to_owned()).await.unwrap();
    assert_eq!(app.get("/readyz", "").await.status, StatusCode::SERVICE_UNAVAILABLE);
    assert_eq!(app.get("/healthz", "").await.status, StatusCode::OK);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_page_ends_however_many_are_asked_for_at_once() {
    let (app, cookie) = with_records(vec![event("a", "acme")]).await;
    for path in ["/", "/transparency", "/portal", "/portal/access", "/portal/access/0", "/api/docs"] {
        let pages = futures::future::join_all((0..40).map(|_| app.get(path, &cookie)));
        let pages = tokio::time::timeout(std::time::Duration::from_secs(60), pages).await.expect("every page ends");
        for page in pages {
            assert_eq!(page.status, StatusCode::OK, "{path}");
            assert!(page.text().contains("</footer>"), "{path} is cut off: {}", page.text());
        }
    }
}

#[test]
fn no_textarea_is_written_by_hand() {
    // Leptos 0.8 doesn't escape what stands in one when it renders on the server.
    let mut folders = vec![std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../app/src")];
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else if path.ends_with("components/form_parts.rs") {
                // Its `TextArea` escapes what stands in it.
            } else if let Ok(code) = std::fs::read_to_string(&path) {
                assert!(!code.contains(concat!("<text", "area")), "{}", path.display());
            }
        }
    }
}
