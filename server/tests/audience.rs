//! Every route there is, asked as everybody.

mod common;

use std::collections::BTreeMap;

use app::paths::{self, Audience};
use axum::http::{Method, StatusCode};
use common::App;
use domain::{MemberRole, SignInRule, StaffRole};
use server::router;
use store::Client;

/// Who may ask for what. Edit it only knowing why: a route that is not here fails the test, and so does one whose
/// audience changed.
const TABLE: &str = "
GET  /                                  Everyone
GET  /.well-known/jwks.json             Everyone
GET  /account                           SignedIn
GET  /account/authenticator             SignedIn
POST /account/authenticator             SignedIn
POST /account/authenticator/remove      SignedIn
POST /account/mail                      SignedIn
POST /account/passkeys                  SignedIn
POST /account/passkeys/start            SignedIn
POST /account/passkeys/{id}/remove      SignedIn
POST /account/password                  SignedIn
POST /account/recovery-codes            SignedIn
POST /account/sessions/end-others       SignedIn
POST /account/sessions/{id}/end         SignedIn
POST /account/time-zone                 SignedIn
GET  /api/docs                          Everyone
GET  /api/openapi.json                  Everyone
GET  /api/v1/access-events              ApiToken
POST /api/v1/access-events              ApiToken
GET  /api/v1/access-requests            ApiToken
POST /api/v1/access-requests            ApiToken
GET  /api/v1/access-requests/{id}       ApiToken
POST /api/v1/access-requests/{id}/answer ApiToken
POST /api/v1/access-requests/{id}/decision ApiToken
POST /api/v1/access-requests/{id}/end   ApiToken
POST /api/v1/access-requests/{id}/withdraw ApiToken
GET  /api/v1/demands                    ApiToken
POST /api/v1/demands                    ApiToken
POST /api/v1/introspect                 ApiToken
GET  /api/v1/notices                    ApiToken
POST /api/v1/source-counts              ApiToken
GET  /audits                            Everyone
GET  /audits/controls                   Everyone
GET  /audits/controls.csv               Everyone
GET  /audits/{version}/certificate      Everyone
GET  /commitments                       Everyone
GET  /desk                              Staff
GET  /desk/access                       AccessManagers
POST /desk/access                       AccessManagers
GET  /desk/access/{id}                  AccessManagers
POST /desk/access/{id}/answer           AccessManagers
POST /desk/access/{id}/approve          AccessManagers
POST /desk/access/{id}/deny             AccessManagers
POST /desk/access/{id}/end              AccessManagers
POST /desk/access/{id}/question         AccessManagers
POST /desk/access/{id}/revoke           AccessManagers
POST /desk/access/{id}/withdraw         AccessManagers
GET  /desk/activity                     Administrators
GET  /desk/activity.csv                 Administrators
GET  /desk/activity.json                Administrators
GET  /desk/activity.ndjson              Administrators
POST /desk/confirmations/{id}/confirm   Confirmers
POST /desk/confirmations/{id}/withdraw  Confirmers
GET  /desk/customers                    Staff
POST /desk/customers                    Administrators
POST /desk/customers/{id}/domains       Administrators
POST /desk/customers/{id}/owner         Administrators
GET  /desk/demands                      Legal
POST /desk/demands                      Legal
GET  /desk/demands/new                  Legal
GET  /desk/demands/{id}                 Legal
POST /desk/demands/{id}/act             Legal
POST /desk/demands/{id}/documents       Legal
GET  /desk/demands/{id}/documents/{document} Legal
POST /desk/invitations/{id}/withdraw    Administrators
GET  /desk/inquiries                    Answerers
GET  /desk/inquiries/{id}               Answerers
POST /desk/inquiries/{id}/answer        Answerers
POST /desk/inquiries/{id}/decide        Answerers
GET  /desk/notices                      Notifiers
GET  /desk/notices/drafts/{id}          Notifiers
POST /desk/notices/drafts/{id}/discard  Notifiers
POST /desk/notices/drafts/{id}/issue    Notifiers
GET  /desk/notices/new                  Notifiers
POST /desk/notices/new                  Notifiers
GET  /desk/notices/{id}                 Notifiers
POST /desk/notices/{id}/answer          Notifiers
GET  /desk/people                       Staff
POST /desk/people/invite                Administrators
POST /desk/people/{id}/remove           Administrators
POST /desk/people/{id}/reset            Administrators
POST /desk/people/{id}/role             Administrators
POST /desk/people/{id}/sign-out         Administrators
GET  /desk/report                       Notifiers
POST /desk/report                       Legal
GET  /desk/report/{id}                  Notifiers
POST /desk/report/{id}/discard          Notifiers
POST /desk/report/{id}/publish          Notifiers
GET  /desk/statistics                   Notifiers
POST /desk/statistics                   Notifiers
GET  /desk/statistics/imports/{id}      Notifiers
GET  /desk/statistics/imports/{id}/original Notifiers
GET  /desk/statistics/uploads/{id}      Notifiers
POST /desk/statistics/uploads/{id}/discard Notifiers
POST /desk/statistics/uploads/{id}/import Notifiers
GET  /desk/terms                        Notifiers
GET  /desk/terms.json                   Notifiers
POST /desk/terms/import                 Notifiers
GET  /desk/terms/new                    Notifiers
POST /desk/terms/new                    Notifiers
GET  /desk/terms/papers/{id}            Notifiers
GET  /desk/terms/proposals/{id}         Notifiers
POST /desk/terms/proposals/{id}/discard Notifiers
POST /desk/terms/proposals/{id}/publish Notifiers
GET  /desk/terms/published/{kind}/{key} Notifiers
GET  /desk/terms/versions/{id}          Notifiers
GET  /desk/tokens                       Staff
POST /desk/tokens                       Administrators
POST /desk/tokens/{id}/revoke           Administrators
POST /desk/tokens/{id}/rotate           Administrators
GET  /desk/webhooks                     Staff
POST /desk/webhooks                     Administrators
POST /desk/webhooks/{id}/remove         Administrators
POST /desk/webhooks/{id}/secret         Administrators
POST /desk/webhooks/{id}/try            Administrators
GET  /healthz                           Everyone
GET  /join/{secret}                     Everyone
POST /join/{secret}                     Everyone
GET  /metrics                           ApiToken
GET  /policies                          Everyone
GET  /policies.atom                     Everyone
GET  /policies/{key}                    Everyone
GET  /policies/{key}/{from}             Everyone
GET  /portal                            Members
GET  /portal/access                     Members
GET  /portal/access.csv                 Members
GET  /portal/access.json                Members
GET  /portal/access.ndjson              Members
GET  /portal/access/live                Members
GET  /portal/access/{sequence}          Members
POST /portal/access/{sequence}/ask      Members
POST /portal/access/{sequence}/dispute  Members
GET  /portal/findings                   Members
POST /portal/findings/{key}/dismiss     Members
GET  /portal/inquiries                  Members
GET  /portal/inquiries/{sequence}       Members
POST /portal/inquiries/{sequence}/ask   Members
POST /portal/inquiries/{sequence}/dispute Members
GET  /portal/approvals                  Members
GET  /portal/approvals/exceptions       Members
GET  /portal/approvals/live             Members
POST /portal/approvals/keys             Members
POST /portal/approvals/keys/{id}/remove Members
GET  /portal/approvals/policy           Members
POST /portal/approvals/policy           Members
POST /portal/approvals/policy/delegates Members
POST /portal/approvals/policy/delegates/{place}/remove Members
POST /portal/approvals/policy/purposes  Members
POST /portal/approvals/policy/purposes/{purpose}/remove Members
POST /portal/approvals/policy/standing  Members
POST /portal/approvals/policy/standing/{id}/remove Members
GET  /portal/approvals/{id}             Members
POST /portal/approvals/{id}/approve     Members
POST /portal/approvals/{id}/ask         Members
POST /portal/approvals/{id}/deny        Members
GET  /portal/approvals/{id}/grant.json  Members
POST /portal/approvals/{id}/review      Members
POST /portal/approvals/{id}/revoke      Members
POST /portal/approvals/{id}/sign        Members
POST /portal/approvals/{id}/sign/start  Members
GET  /portal/activity                   Members
GET  /portal/activity.csv               Members
GET  /portal/activity.json              Members
GET  /portal/activity.ndjson            Members
POST /portal/invitations/{id}/withdraw  Owners
GET  /portal/notices                    Members
GET  /portal/notices.csv                Members
GET  /portal/notices.json               Members
GET  /portal/notices.ndjson             Members
GET  /portal/notices/{sequence}         Members
POST /portal/notices/{sequence}/acknowledge    Members
POST /portal/notices/{sequence}/ask     Members
POST /portal/notices/{sequence}/comment Members
GET  /portal/notices/{sequence}/documents/{id} Members
POST /portal/notices/{sequence}/object  Members
GET  /portal/sources                    Members
GET  /portal/documents                  Members
POST /portal/documents/{version}/accept Members
GET  /portal/documents/{version}/report Members
GET  /portal/people                     Members
POST /portal/people/invite              Owners
POST /portal/people/{id}/remove         Owners
POST /portal/people/{id}/reset          Owners
POST /portal/people/{id}/role           Owners
POST /portal/people/{id}/sign-out       Owners
GET  /portal/sign-in-rule               Members
POST /portal/sign-in-rule               Owners
GET  /portal/single-sign-on             Members
POST /portal/single-sign-on             Owners
POST /portal/single-sign-on/remove      Owners
POST /portal/single-sign-on/switch      Owners
POST /portal/single-sign-on/test        Owners
GET  /portal/tokens                     Members
POST /portal/tokens                     Owners
POST /portal/tokens/{id}/revoke         Owners
POST /portal/tokens/{id}/rotate         Owners
GET  /portal/summary                    Members
GET  /portal/summary/{month}            Members
GET  /portal/summary/{month}/data.csv   Members
GET  /portal/transfers                  Members
GET  /portal/transfers.csv              Members
GET  /portal/transfers.json             Members
GET  /portal/transfers/papers/{version} Members
GET  /portal/transfers/{kind}/{key}     Members
GET  /portal/webhooks                   Members
POST /portal/webhooks                   Owners
POST /portal/webhooks/{id}/remove       Owners
POST /portal/webhooks/{id}/secret       Owners
POST /portal/webhooks/{id}/try          Owners
GET  /readyz                            Everyone
GET  /robots.txt                        Everyone
GET  /sign-in                           Everyone
POST /sign-in                           Everyone
GET  /sign-in/code                      Everyone
POST /sign-in/code                      Everyone
POST /sign-in/passkey                   Everyone
POST /sign-in/passkey/start             Everyone
POST /sign-in/sso                       Everyone
GET  /sign-in/sso/{customer}/callback   Everyone
POST /sign-out                          Everyone
GET  /sitemap.xml                       Everyone
GET  /transparency                      Everyone
GET  /transparency/charts/{name}        Everyone
GET  /transparency/compare              Everyone
GET  /transparency/compare.csv          Everyone
GET  /transparency/compare.json         Everyone
GET  /transparency/countries            Everyone
GET  /transparency/data.csv             Everyone
GET  /transparency/data.json            Everyone
GET  /transparency/datapackage.json     Everyone
GET  /transparency/editions             Everyone
GET  /transparency/outcomes             Everyone
GET  /transparency/periods              Everyone
GET  /transparency/processes            Everyone
GET  /transparency/sources              Everyone
GET  /transparency/editions/{half}/{number} Everyone
GET  /transparency/editions/{half}/{number}/data.csv Everyone
GET  /transparency/editions/{half}/{number}/data.json Everyone
GET  /transparency/embed/{name}         Everyone
GET  /transparency/feed.atom            Everyone
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
    let (acme, owner) = app.member_of("acme").await;
    let askers = [
        ("nobody", String::new()),
        ("owner", owner),
        ("auditor", app.colleague(&acme, MemberRole::Auditor).await),
        ("another customer's owner", app.member_of("zeta").await.1),
        ("administrator", app.staff(StaffRole::Administrator).await),
        ("legal", app.staff(StaffRole::Legal).await),
        ("publishing", app.staff(StaffRole::Publishing).await),
        ("operations", app.staff(StaffRole::Operations).await),
    ];
    let routes = router::routes();
    for (path, method, audience) in routes.table() {
        if ["/portal/access/live", "/portal/approvals/live", "/sign-out"].contains(&path) {
            // Two never end, one ends the sessions used here: each has tests of its own.
            continue;
        }
        let address = path.replace("embed/{name}", "embed/totals").replace("{name}", "totals.svg");
        let address = address.replace("{sequence}", "0").replace("{id}", NOBODYS);
        let address = address.replace("{document}", NOBODYS).replace("{version}", NOBODYS);
        let address = address.replace("{kind}", "transfer").replace("{key}", "nothing");
        let address = address.replace("{place}", "0").replace("{purpose}", "legal_demand");
        let address = address.replace("{month}", "1999-01");
        let address = address.replace("{half}", "2025-H1").replace("{number}", "1");
        for (asker, cookie) in &askers {
            let answer = app.ask(method.clone(), &address, cookie).await;
            let status = answer.status;
            let allowed = match (audience, *asker) {
                (Audience::Everyone | Audience::ApiToken, _) => true,
                (_, "nobody") => false,
                (Audience::SignedIn, _) => true,
                (Audience::Members, asker) => asker.contains("owner") || asker == "auditor",
                (Audience::Owners, asker) => asker.contains("owner"),
                (Audience::Staff, asker) => ["administrator", "legal", "publishing", "operations"].contains(&asker),
                (Audience::Administrators, asker) => asker == "administrator",
                (Audience::Confirmers, asker) => ["administrator", "legal"].contains(&asker),
                (Audience::Legal, asker) => asker == "legal",
                (Audience::AccessManagers, asker) => ["operations", "administrator"].contains(&asker),
                (Audience::Answerers, asker) => ["operations", "legal"].contains(&asker),
                (Audience::Notifiers, asker) => ["legal", "publishing"].contains(&asker),
            };
            let good = match (audience, method == Method::GET) {
                (Audience::ApiToken, _) => status == StatusCode::UNAUTHORIZED,
                // What is asked for is not there, for anybody.
                _ if allowed && path.contains('{') && !path.ends_with("{name}") => {
                    [400, 404, 415, 422].contains(&status.as_u16())
                }
                (_, true) if allowed => status == StatusCode::OK,
                // The form is missing: whoever may send it is told so, or it needs none.
                (_, false) if allowed => status != StatusCode::NOT_FOUND,
                (_, true) if *asker == "nobody" => {
                    status == StatusCode::SEE_OTHER && answer.header("location").starts_with("/sign-in?next=")
                }
                _ => status == StatusCode::NOT_FOUND,
            };
            assert!(good, "{method} {path} as {asker}: {status}");
        }
    }
}

/// Leptos reads more addresses as a page's than the router does. What the guard doesn't know must not be a page.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn no_other_address_of_a_page_gets_around_the_guard() {
    let app = App::open().await;
    let (acme, owner) = app.member_of("acme").await;
    let auditor = app.colleague(&acme, MemberRole::Auditor).await;
    let secret = owner.split_once('=').map(|(_, secret)| secret).expect("a secret");
    let session = app.test.store.session(secret, &Client::default()).await.expect("an answer").expect("a session");
    session.administer().expect("an owner").set_sign_in_rule(SignInRule::Passkey).await.expect("a rule");
    let legal = app.staff(StaffRole::Legal).await;
    let mut rendered = Vec::new();
    for (page, _) in paths::PAGES.iter().filter(|(page, _)| *page != "/") {
        let page = page.replace("{sequence}", "0").replace("{secret}", "0").replace("{id}", NOBODYS);
        let page = page.replace("{kind}", "mechanism").replace("{key}", "scc-2021");
        let escaped = format!("/%{:02x}{}", page.as_bytes()[1], &page[2..]);
        for address in [format!("{page}/"), format!("{page}//"), format!("/{page}"), escaped] {
            for (asker, cookie) in [("nobody", ""), ("an auditor without passkey", &auditor), ("legal", &legal)] {
                let status = app.get(&address, cookie).await.status;
                if status != StatusCode::NOT_FOUND {
                    rendered.push(format!("{address} as {asker}: {status}"));
                }
            }
        }
    }
    assert!(rendered.is_empty(), "{rendered:#?}");
}

/// An id that nothing has.
const NOBODYS: &str = "019aaaaa-0000-7000-8000-000000000000";
