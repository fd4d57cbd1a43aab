//! Every route there is, asked as everybody.

mod common;

use std::collections::BTreeMap;

use app::paths::Audience;
use axum::http::StatusCode;
use common::App;
use domain::StaffRole;
use server::router;

/// Who may ask for what. Edit it only knowing why: a route that is not here fails the test, and so does one whose
/// audience changed.
const TABLE: &str = "
GET  /                             Everyone
GET  /api/docs                     Everyone
GET  /api/openapi.json             Everyone
GET  /api/v1/access-events         ApiToken
POST /api/v1/access-events         ApiToken
GET  /desk                         Staff
GET  /healthz                      Everyone
GET  /metrics                      ApiToken
GET  /portal                       Members
GET  /portal/access                Members
GET  /portal/access.csv            Members
GET  /portal/access.json           Members
GET  /portal/access.ndjson         Members
GET  /portal/access/live           Members
GET  /portal/access/{sequence}     Members
GET  /readyz                       Everyone
GET  /sign-in                      Everyone
POST /sign-in                      Everyone
POST /sign-out                     Everyone
GET  /transparency                 Everyone
GET  /transparency/charts/{name}   Everyone
GET  /transparency/data.csv        Everyone
GET  /transparency/data.json       Everyone
";

fn known() -> BTreeMap<(String, String), String> {
    let rows = TABLE.lines().filter(|line| !line.is_empty()).map(|line| {
        let mut words = line.split_whitespace().map(str::to_owned);
        let mut word = || words.next().expect("method, path and audience");
        let method = word();
        ((word(), method), word())
    });
    rows.collect()
}

#[test]
fn every_route_stands_in_the_table_with_its_audience() {
    let routes = router::routes();
    let found: BTreeMap<_, _> = routes
        .table()
        .map(|(path, method, audience)| ((path.to_owned(), method.to_string()), format!("{audience:?}")))
        .collect();
    assert_eq!(found, known());
}

#[test]
fn there_is_no_server_function_beside_the_table() {
    assert_eq!(leptos::server_fn::axum::server_fn_paths().count(), 0);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn each_route_answers_each_asker_as_its_audience_says() {
    let app = App::open().await;
    let (_, member) = app.member_of("acme").await;
    let staff = app.staff(StaffRole::Administrator).await;
    let routes = router::routes();
    for (path, method, audience) in routes.table() {
        if path == "/portal/access/live" || ["/sign-in", "/sign-out"].contains(&path) && method == "POST" {
            // One never ends, one needs a form, one ends the sessions used here: each has tests of its own.
            continue;
        }
        let address = path.replace("{sequence}", "0").replace("{name}", "totals.svg");
        for (asker, cookie) in [("nobody", ""), ("a member", member.as_str()), ("staff", staff.as_str())] {
            let status = app.ask(method.clone(), &address, cookie).await.status;
            let allowed = match (audience, asker) {
                (Audience::Everyone, _) => true,
                (Audience::Members, "a member") | (Audience::Staff, "staff") => true,
                (Audience::SignedIn, asker) => asker != "nobody",
                _ => false,
            };
            let expected: &[StatusCode] = match (audience, asker) {
                (Audience::ApiToken, _) => &[StatusCode::UNAUTHORIZED],
                // The record is empty: allowed to ask, and nothing is there.
                _ if allowed && path.ends_with("{sequence}") => &[StatusCode::NOT_FOUND],
                _ if allowed => &[StatusCode::OK],
                (_, "nobody") => &[StatusCode::SEE_OTHER],
                _ => &[StatusCode::NOT_FOUND],
            };
            assert!(expected.contains(&status), "{method} {path} as {asker}: {status}");
        }
    }
}
