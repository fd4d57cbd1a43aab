//! People, invitations, tokens and the trail, of a customer and of the provider, through the router.

mod common;

use axum::{
    body::Body,
    http::{Request, StatusCode, header},
};
use chrono::TimeDelta;
use common::{Answer, App, PASSWORD, event};
use domain::{MemberRole, StaffRole};
use store::Scope;

/// What stands in a page between two texts.
fn part(answer: &Answer, before: &str, after: &str) -> String {
    let text = answer.text();
    let rest = text.split_once(before).unwrap_or_else(|| panic!("no {before} in {text}")).1;
    rest.split_once(after).expect("an end").0.to_owned()
}

/// The link that a page shows once, as a path.
fn link(answer: &Answer) -> String {
    assert_eq!(answer.status, StatusCode::OK, "{}", answer.text());
    format!("/join/{}", part(answer, "<code>http://localhost:3000/join/", "<"))
}

async fn join(app: &App, link: &str, name: &str) -> Answer {
    app.post(link, "", &[("name", name), ("password", PASSWORD)]).await
}

/// Where a form of this person's line leads: `role`, `reset` or `remove`.
async fn action(app: &App, owner: &str, person: &str, what: &str) -> String {
    let page = app.get("/portal/people", owner).await.text();
    let line = page.split("<li>").find(|line| line.contains(&format!("<strong>{person}</strong>"))).expect("a line");
    let actions = line.split("action=\"").filter_map(|part| part.split_once('"'));
    actions.map(|(action, _)| action.to_owned()).find(|action| action.ends_with(what)).expect("a form")
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_owner_invites_changes_roles_and_removes_at_once() {
    let app = App::open().await;
    let (_, owner) = app.member_of("acme").await;
    let invited =
        app.post("/portal/people/invite", &owner, &[("email", "Grace@acme.example"), ("role", "auditor")]).await;
    let link = link(&invited);
    assert!(app.get("/portal/people", &owner).await.text().contains("Auditor, invited to join by Ada"));
    assert!(!app.get("/portal/people", &owner).await.text().contains(&link), "the link is shown once");
    let grace = join(&app, &link, "Grace").await.session();
    assert_eq!(app.get("/portal/access", &grace).await.status, StatusCode::OK);
    assert!(!app.get("/portal/people", &grace).await.text().contains("Invite somebody"));
    assert_eq!(join(&app, &link, "Eve").await.status, StatusCode::NOT_FOUND);

    let role = action(&app, &owner, "Grace", "/role").await;
    assert_eq!(app.post(&role, &grace, &[("role", "owner")]).await.status, StatusCode::NOT_FOUND);
    let changed = app.post(&role, &owner, &[("role", "owner")]).await;
    assert_eq!(changed.header("location"), "/portal/people?done=role_set");
    assert!(app.get("/portal/people", &grace).await.text().contains("Invite somebody"));

    let sign_out = action(&app, &owner, "Grace", "/sign-out").await;
    assert_eq!(app.post(&sign_out, &owner, &[]).await.header("location"), "/portal/people?done=signed_out");
    assert_eq!(app.get("/portal/access", &grace).await.status, StatusCode::SEE_OTHER);
    let grace = app.cookie("grace@acme.example").await;

    let remove = action(&app, &owner, "Grace", "/remove").await;
    assert_eq!(app.post(&remove, &owner, &[]).await.header("location"), "/portal/people?done=removed");
    assert_eq!(app.get("/portal/access", &grace).await.status, StatusCode::SEE_OTHER, "every session has ended");
    let again = app.post("/sign-in", "", &[("email", "grace@acme.example"), ("password", PASSWORD)]).await;
    assert_eq!(again.status, StatusCode::UNPROCESSABLE_ENTITY);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_last_owner_stays_and_another_customers_people_are_not_there() {
    let app = App::open().await;
    let (_, owner) = app.member_of("acme").await;
    let (_, other) = app.member_of("zeta").await;
    for (what, fields) in [("/remove", &[][..]), ("/role", &[("role", "auditor")])] {
        let action = action(&app, &owner, "Ada", what).await;
        let refused = app.post(&action, &owner, fields).await;
        assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY);
        assert!(refused.text().contains("nobody left who manages"), "{}", refused.text());
        assert_eq!(app.post(&action, &other, fields).await.status, StatusCode::NOT_FOUND);
    }
    assert_eq!(app.get("/portal", &owner).await.status, StatusCode::OK);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_invitation_says_what_is_wrong_and_is_withdrawn_replaced_and_over_in_time() {
    let app = App::open().await;
    let (_, owner) = app.member_of("acme").await;
    app.member_of("zeta").await;
    let invite = async |email: &str, role: &str| {
        app.post("/portal/people/invite", &owner, &[("email", email), ("role", role)]).await
    };
    for (email, role, told) in [
        ("grace", "auditor", "is no e-mail address"),
        ("grace@acme.example", "administrator", "Choose one of the roles"),
        ("owner@zeta.example", "auditor", "joined with this address already"),
    ] {
        let refused = invite(email, role).await;
        assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY, "{email}");
        let text = refused.text();
        assert!(text.contains(told) && text.contains(&format!("value=\"{email}\"")), "{text}");
    }
    let first = link(&invite("grace@acme.example", "auditor").await);
    let second = link(&invite("grace@acme.example", "approver").await);
    assert_eq!(app.get(&first, "").await.status, StatusCode::NOT_FOUND, "a newer link replaced it");
    let page = app.get("/portal/people", &owner).await;
    let withdraw =
        format!("/portal/invitations/{}/withdraw", part(&page, "action=\"/portal/invitations/", "/withdraw"));
    assert_eq!(app.post(&withdraw, &owner, &[]).await.header("location"), "/portal/people?done=withdrawn");
    assert_eq!(app.get(&second, "").await.status, StatusCode::NOT_FOUND);
    let third = link(&invite("grace@acme.example", "auditor").await);
    app.later(TimeDelta::days(3));
    assert_eq!(app.get(&third, "").await.status, StatusCode::NOT_FOUND);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_new_link_lets_a_person_begin_anew_and_ends_what_was_before() {
    let app = App::open().await;
    let (acme, owner) = app.member_of("acme").await;
    let auditor = app.colleague(&acme, MemberRole::Auditor).await;
    let reset = action(&app, &owner, "Auditor", "/reset").await;
    let link = link(&app.post(&reset, &owner, &[]).await);
    assert_eq!(app.get("/portal", &auditor).await.status, StatusCode::OK, "until the link is followed");
    let form = [("name", "Auditor"), ("password", "an entirely different phrase")];
    let anew = app.post(&link, "", &form).await.session();
    assert_eq!(app.get("/portal", &auditor).await.status, StatusCode::SEE_OTHER);
    assert_eq!(app.get("/portal", &anew).await.status, StatusCode::OK);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_token_is_shown_once_rotated_without_a_gap_revoked_at_once_and_ends_on_its_day() {
    let app = App::open().await;
    let (_, owner) = app.member_of("acme").await;
    let make = async |scope: &str, days: &str| {
        app.post("/portal/tokens", &owner, &[("name", "SIEM"), ("scope", scope), ("days", days)]).await
    };
    let read = async |token: &str| {
        let request = Request::get("/api/v1/access-events").header(header::AUTHORIZATION, format!("Bearer {token}"));
        app.send(request.body(Body::empty()).unwrap()).await.status
    };
    assert!(make("access-events:write", "30").await.text().contains("not to be had here"));
    assert!(make("access-events:read", "1000").await.text().contains("good for 1 to 366 days"));
    let made = make("access-events:read", "30").await;
    let first =
        part(&made, "<code>vitrine_", "</code>").split('<').next().map(|rest| format!("vitrine_{rest}")).unwrap();
    assert_eq!(read(&first).await, StatusCode::OK);
    let page = app.get("/portal/tokens", &owner).await;
    assert!(!page.text().contains(&first) && page.text().contains(&first[..16]) && page.text().contains("last used"));
    let id = part(&page, "action=\"/portal/tokens/", "/rotate");
    let rotated = app.post(&format!("/portal/tokens/{id}/rotate"), &owner, &[("overlap", "1")]).await;
    let second = format!("vitrine_{}", part(&rotated, "<code>vitrine_", "</code>"));
    assert_eq!((read(&first).await, read(&second).await), (StatusCode::OK, StatusCode::OK));
    app.later(TimeDelta::minutes(61));
    assert_eq!((read(&first).await, read(&second).await), (StatusCode::UNAUTHORIZED, StatusCode::OK));
    let owner = app.cookie("owner@acme.example").await;
    let id = part(&app.get("/portal/tokens", &owner).await, "action=\"/portal/tokens/", "/rotate");
    let (_, other) = app.member_of("zeta").await;
    let revoke = format!("/portal/tokens/{id}/revoke");
    assert_eq!(app.post(&revoke, &other, &[]).await.status, StatusCode::NOT_FOUND);
    assert_eq!(app.post(&revoke, &owner, &[]).await.header("location"), "/portal/tokens?done=revoked");
    assert_eq!(read(&second).await, StatusCode::UNAUTHORIZED);
    let short = app.token(None, Scope::AccessEventsWrite).await;
    let report = async || app.report(&short, "application/json", event("a", "acme").to_string()).await.status;
    assert_eq!(report().await, StatusCode::OK);
    app.later(TimeDelta::days(30));
    assert_eq!(report().await, StatusCode::UNAUTHORIZED);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_administrator_makes_a_customer_and_its_owner_joins() {
    let app = App::open().await;
    let administrator = app.staff(StaffRole::Administrator).await;
    let legal = app.staff(StaffRole::Legal).await;
    let fields = [("name", "acme"), ("display_name", "Acme Ltd"), ("email", "ada@acme.example")];
    assert_eq!(app.post("/desk/customers", &legal, &fields).await.status, StatusCode::NOT_FOUND);
    let bad = [("name", "Acme Ltd"), ("display_name", ""), ("email", "ada")];
    let refused = app.post("/desk/customers", &administrator, &bad).await.text();
    for told in ["lower-case letters", "is missing", "is no e-mail address"] {
        assert!(refused.contains(told), "{told}: {refused}");
    }
    let link = link(&app.post("/desk/customers", &administrator, &fields).await);
    let ada = join(&app, &link, "Ada").await.session();
    assert!(app.get("/portal/people", &ada).await.text().contains("Invite somebody"));
    assert!(app.get("/desk/customers", &legal).await.text().contains("Acme Ltd"));
    let again = app.post("/desk/customers", &administrator, &[fields[0], fields[1], ("email", "b@acme.example")]).await;
    assert!(again.text().contains("is another customer’s already"), "{}", again.text());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_trail_has_every_act_in_order_with_who_and_is_taken_away() {
    let app = App::open().await;
    let (acme, owner) = app.member_of("acme").await;
    app.post("/portal/people/invite", &owner, &[("email", "=cmd@acme.example"), ("role", "auditor")]).await;
    app.post("/portal/sign-in-rule", &owner, &[("rule", "password")]).await;
    app.get("/portal/access.csv?purpose=legal_demand", &owner).await;
    app.post("/sign-in", "", &[("email", "owner@acme.example"), ("password", "wrong")]).await;
    let csv = app.get("/portal/activity.csv", &owner).await;
    assert_eq!(csv.header("content-disposition"), "attachment; filename=\"activity.csv\"");
    let text = csv.text();
    let acts = text.lines().skip(1).map(|line| line.split(',').nth(2).expect("an act")).collect::<Vec<_>>();
    let expected =
        ["trail_downloaded", "sign_in_refused", "record_downloaded", "sign_in_rule_set", "member_invited", "signed_in"];
    assert_eq!(acts, expected);
    assert!(text.contains("CSV, purpose=legal_demand") && text.contains(",'=cmd@acme.example as auditor,"), "{text}");
    assert_eq!(app.get("/portal/activity.json", &owner).await.json().as_array().map(Vec::len), Some(7));
    assert_eq!(app.get("/portal/activity.ndjson", &owner).await.text().lines().count(), 8);
    let auditor = app.colleague(&acme, MemberRole::Auditor).await;
    let page = app.get("/portal/activity", &auditor).await.text();
    assert!(page.contains("Set what sign-in asks for") && page.contains("Wrong password"), "{page}");
    let (_, other) = app.member_of("zeta").await;
    assert!(!app.get("/portal/activity", &other).await.text().contains("Wrong password"));
    assert_eq!(app.get("/portal/activity?before=x", &owner).await.status, StatusCode::NOT_FOUND);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn managing_takes_a_fresh_sign_in_and_leads_back() {
    let app = App::open().await;
    let (_, owner) = app.member_of("acme").await;
    let administrator = app.staff(StaffRole::Administrator).await;
    app.later(TimeDelta::minutes(11));
    for (path, cookie, back) in [
        ("/portal/people/invite", &owner, "%2Fportal%2Fpeople"),
        ("/desk/people/invite", &administrator, "%2Fdesk%2Fpeople"),
    ] {
        let answer = app.post(path, cookie, &[("email", "a@acme.example"), ("role", "auditor")]).await;
        assert_eq!(answer.header("location"), format!("/sign-in?again=1&next={back}"));
    }
}
