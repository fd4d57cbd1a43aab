//! People, invitations, tokens and the trail, of a customer and of the provider, through the router.

mod common;

use std::time::Duration;

use app::paths::{self, Audience, Organisation};
use axum::{
    body::Body,
    http::{Method, Request, StatusCode, header},
};
use axum_client_ip::ClientIpSource;
use chrono::TimeDelta;
use common::{Answer, App, PASSWORD, event};
use domain::{MemberRole, Role, StaffRole, TrailAct};
use futures::StreamExt;
use server::{config::Config, router};
use store::{Client, Customer, Engine, Scope, Session};

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
    app.post("/desk/customers", &administrator, &[fields[0], fields[1], ("email", "ad@acme.example")]).await;
    let acme = app.test.store.operator().customer("acme").await.unwrap().unwrap();
    let again = format!("/desk/customers/{}/owner", acme.id);
    assert!(app.get("/desk/customers", &administrator).await.text().contains(&again));
    let refused = app.post(&again, &administrator, &[("email", "ada")]).await.text();
    assert!(refused.contains("is no e-mail address"), "{refused}");
    let link = link(&app.post(&again, &administrator, &fields[2..]).await);
    let ada = join(&app, &link, "Ada").await.session();
    let page = app.get("/portal/people", &ada).await;
    assert!(page.header("location").starts_with("/account"), "a new customer asks for a second factor");
    assert!(!app.get("/desk/customers", &administrator).await.text().contains(&again));
    let domains = format!("/desk/customers/{}/domains", acme.id);
    let refused = app.post(&domains, &administrator, &[("domains", "gmail.com acme.example")]).await.text();
    assert!(refused.contains("gives mailboxes to anybody") && refused.contains("gmail.com acme.example"), "{refused}");
    let set = app.post(&domains, &administrator, &[("domains", "ACME.example, acme.co.example")]).await;
    assert_eq!(set.header("location"), "/desk/customers?done=domains");
    assert!(app.get("/desk/customers", &legal).await.text().contains("acme.co.example, acme.example"));
    let nowhere = format!("/desk/customers/{}/domains", uuid::Uuid::nil());
    assert_eq!(app.post(&nowhere, &administrator, &[("domains", "")]).await.status, StatusCode::NOT_FOUND);
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

/// The session that a cookie opens.
async fn session_of(app: &App, cookie: &str) -> Session {
    let secret = cookie.split_once('=').expect("a cookie").1;
    app.test.store.session(secret, &Client::default()).await.expect("a store").expect("a session")
}

/// Every form by which an organisation's people and tokens are managed, with the ids of somebody, something and an
/// invitation of its own, filled in as it would be taken.
async fn forms(
    app: &App,
    at: &Organisation,
    of: Option<&Customer>,
    role: Role,
) -> Vec<(String, Vec<(&'static str, &'static str)>)> {
    let operator = app.test.store.operator();
    let domain = of.map_or("nimbus", |customer| &customer.name);
    let link = operator.invite(of, &format!("grace@{domain}.example"), role).await.expect("a link");
    let path = format!("/join/{}", link.secret);
    let session = session_of(app, &join(app, &path, "Grace").await.session()).await;
    let person = session.signed_in.person();
    let open = operator.invite(of, &format!("open@{domain}.example"), role).await.expect("a link").id;
    let scope = if of.is_some() { "access-events:read" } else { "metrics:read" };
    app.token(of, scope.parse().expect("a scope")).await;
    let roster = match &session.signed_in {
        store::SignedIn::Member(member) => member.roster.clone(),
        store::SignedIn::Staff(staff) => staff.roster.clone(),
    };
    let token = roster.tokens().await.expect("tokens")[0].id;
    vec![
        (at.invite.to_owned(), vec![("email", "new@elsewhere.example"), ("role", role.code())]),
        (paths::fill(at.role, person), vec![("role", role.code())]),
        (paths::fill(at.reset, person), vec![]),
        (paths::fill(at.sign_out, person), vec![]),
        (at.tokens.to_owned(), vec![("name", "Any"), ("scope", scope), ("days", "30")]),
        (paths::fill(at.token_rotate, token), vec![("overlap", "1")]),
        (paths::fill(at.token_revoke, token), vec![]),
        (paths::fill(at.withdraw, open), vec![]),
        (paths::fill(at.remove, person), vec![]),
    ]
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn people_and_tokens_are_managed_by_their_own_owners_or_administrators_alone() {
    let app = App::open().await;
    let (acme, owner) = app.member_of("acme").await;
    let (_, other) = app.member_of("zeta").await;
    let administrator = app.staff(StaffRole::Administrator).await;
    let mut others = vec![String::new(), other, administrator.clone()];
    for role in [MemberRole::Approver, MemberRole::PrivacyOfficer, MemberRole::Auditor] {
        others.push(app.colleague(&acme, role).await);
    }
    let auditor = Role::Member(MemberRole::Auditor);
    for (path, fields) in forms(&app, &paths::OF_CUSTOMER, Some(&acme), auditor).await {
        for (asker, cookie) in others.iter().enumerate() {
            let (mut path, mut fields) = (path.clone(), fields.clone());
            if *cookie == administrator {
                // The same form at its own organisation's address: the ids are nothing's there.
                path = path.replace("/portal", "/desk");
                for (_, value) in fields.iter_mut().filter(|(name, _)| *name == "role") {
                    *value = "legal";
                }
            }
            let own = path.ends_with("/invite") || path.ends_with("/tokens");
            let status = app.post(&path, cookie, &fields).await.status;
            match asker {
                1 | 2 if own => assert_ne!(status, StatusCode::NOT_FOUND, "{path}, their own"),
                _ => assert_eq!(status, StatusCode::NOT_FOUND, "{path} as {asker}"),
            }
        }
        let status = app.post(&path, &owner, &fields).await.status;
        assert!([StatusCode::OK, StatusCode::SEE_OTHER].contains(&status), "{path}: {status}, and not by any other");
    }

    let mut others = vec![String::new(), owner];
    for role in [StaffRole::Operations, StaffRole::Legal, StaffRole::Publishing] {
        others.push(app.staff(role).await);
    }
    let legal = Role::Staff(StaffRole::Legal);
    for (path, fields) in forms(&app, &paths::OF_PROVIDER, None, legal).await {
        for cookie in &others {
            assert_eq!(app.post(&path, cookie, &fields).await.status, StatusCode::NOT_FOUND, "{path}");
        }
        let status = app.post(&path, &administrator, &fields).await.status;
        assert!([StatusCode::OK, StatusCode::SEE_OTHER].contains(&status), "{path}: {status}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn whatever_is_managed_takes_a_fresh_sign_in() {
    let app = App::open().await;
    let (_, owner) = app.member_of("acme").await;
    let administrator = app.staff(StaffRole::Administrator).await;
    app.later(TimeDelta::minutes(11));
    // Enough for every form to be read.
    let fields = [
        ("email", "a@acme.example"),
        ("role", "auditor"),
        ("name", "any"),
        ("display_name", "Any"),
        ("scope", "access-events:read"),
        ("days", "30"),
        ("overlap", "1"),
        ("rule", "passkey"),
        ("issuer", "https://id.acme.example"),
        ("client_id", "vitrine"),
        ("domains", "acme.example"),
        ("url", "https://hooks.acme.example/"),
        ("to", "on"),
    ];
    let nobodys = "019aaaaa-0000-7000-8000-000000000000";
    for (path, method, audience) in router::routes().table().filter(|(_, method, _)| *method == Method::POST) {
        let cookie = match audience {
            Audience::Owners => &owner,
            Audience::Administrators => &administrator,
            _ => continue,
        };
        let answer = app.post(&path.replace("{id}", nobodys), cookie, &fields).await;
        let to = answer.header("location");
        assert!(to.starts_with("/sign-in?again=1&next=%2F"), "{method} {path}: {} {to}", answer.status);
    }
    let again = app.get("/sign-in?again=1&next=%2Fportal%2Ftokens", &owner).await.text();
    assert!(again.contains("Confirm that it’s you") && again.contains("value=\"owner@acme.example\""), "{again}");
    let form = [("email", "owner@acme.example"), ("password", PASSWORD), ("again", "1"), ("next", "/portal/tokens")];
    let signed_in = app.post("/sign-in", &owner, &form).await;
    assert_eq!(signed_in.header("location"), "/portal/tokens");
    let made = app.post("/portal/tokens", &signed_in.session(), &fields).await;
    assert!(made.status == StatusCode::OK && made.text().contains("vitrine_"));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_provider_manages_its_own_people_and_tokens_by_the_same_pages() {
    let app = App::open().await;
    let (acme, owner) = app.member_of("acme").await;
    let administrator = app.staff(StaffRole::Administrator).await;
    let invite = [("email", "lea@nimbus.example"), ("role", "publishing")];
    let link = link(&app.post("/desk/people/invite", &administrator, &invite).await);
    assert!(app.get("/desk/people", &administrator).await.text().contains("Publishing, invited to join by Sam"));
    let lea = join(&app, &link, "Lea").await.session();
    assert_eq!(app.get("/desk/people", &lea).await.header("location"), "/account", "a second factor comes first");

    let page = app.get("/desk/tokens", &administrator).await.text();
    assert!(page.contains("Report accesses to every customer’s record") && !page.contains("access-events:read"));
    let make = async |scope: &str| {
        let fields = [("name", "Collector"), ("scope", scope), ("days", "90")];
        app.post("/desk/tokens", &administrator, &fields).await
    };
    assert_eq!(make("access-events:read").await.status, StatusCode::UNPROCESSABLE_ENTITY);
    let token = format!("vitrine_{}", part(&make("access-events:write").await, "<code>vitrine_", "</code>"));
    let report = async |id: &str| app.report(&token, "application/json", event(id, "acme").to_string()).await.status;
    assert_eq!(report("a").await, StatusCode::OK);
    let id = part(&app.get("/desk/tokens", &administrator).await, "action=\"/desk/tokens/", "/rotate");
    let rotated = app.post(&format!("/desk/tokens/{id}/rotate"), &administrator, &[("overlap", "24")]).await;
    assert!(rotated.text().contains("The token “Collector”"), "{}", rotated.text());
    let wrong = app.post(&format!("/desk/tokens/{id}/rotate"), &administrator, &[("overlap", "-1")]).await;
    assert_eq!(wrong.status, StatusCode::UNPROCESSABLE_ENTITY);
    app.post(&format!("/desk/tokens/{id}/revoke"), &administrator, &[]).await;
    assert_eq!(report("b").await, StatusCode::UNAUTHORIZED);

    // Each reads and manages its own alone.
    app.token(Some(&acme), Scope::AccessEventsRead).await;
    let (ours, theirs) = (app.get("/desk/tokens", &administrator).await, app.get("/portal/tokens", &owner).await);
    assert!(ours.text().contains("Collector") && !ours.text().contains("A test’s"));
    assert!(!theirs.text().contains("Collector") && theirs.text().contains("A test"));
    for (page, other) in [("/desk/people", "owner@acme.example"), ("/desk/activity", "owner@acme.example")] {
        assert!(!app.get(page, &administrator).await.text().contains(other), "{page}");
    }
    let activity = app.get("/desk/activity.ndjson", &administrator).await.text();
    for act in ["member_invited", "member_joined", "token_made", "token_rotated", "token_revoked", "trail_downloaded"] {
        assert!(activity.contains(&format!("\"act\":\"{act}\"")), "{act}: {activity}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_activity_says_who_did_what_when_and_from_where() {
    let config = Config { client_ip: ClientIpSource::RightmostXForwardedFor, ..Config::default() };
    let app = App::on(Engine::Sqlite, config).await;
    app.member_of("acme").await;
    let send = async |path: &str, cookie: &str, device: &str, fields: &[(&str, &str)]| {
        let body = form_urlencoded::Serializer::new(String::new()).extend_pairs(fields).finish();
        let request = Request::post(path)
            .header(header::CONTENT_TYPE, "application/x-www-form-urlencoded")
            .header(header::COOKIE, cookie)
            .header(header::USER_AGENT, device)
            .header("x-forwarded-for", "10.0.0.1, 203.0.113.9");
        app.send(request.body(body.into()).unwrap()).await
    };
    let firefox = "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0";
    let sign_in = [("email", "owner@acme.example"), ("password", PASSWORD), ("zone", "Asia/Tokyo")];
    let ada = send("/sign-in", "", firefox, &sign_in).await.session();
    let invite = [("email", "grace@acme.example"), ("role", "auditor")];
    send("/portal/people/invite", &ada, "=HYPERLINK(\"https://evil.example\")", &invite).await;
    let page = app.get("/portal/activity", &ada).await.text();
    for told in [
        "Times in Asia/Tokyo",
        "<span>21:00:00 +09:00</span>",
        "datetime=\"2026-03-01T12:00:00.000000Z\"",
        "Invited a person",
        "grace@acme.example as auditor",
        "Firefox on Linux",
        "203.0.113.9",
    ] {
        assert!(page.contains(told), "{told}: {page}");
    }
    let csv = app.get("/portal/activity.csv", &ada).await;
    assert_eq!(csv.header("content-type"), "text/csv; charset=utf-8; header=present");
    let text = csv.text();
    let mut reader = csv::Reader::from_reader(text.as_bytes());
    assert_eq!(reader.headers().unwrap().iter().collect::<Vec<_>>(), domain::TRAIL_CSV_HEADER);
    let rows = reader.records().map(Result::unwrap).collect::<Vec<_>>();
    let invited = rows.iter().find(|row| &row[2] == "member_invited").unwrap();
    let person = session_of(&app, &ada).await.signed_in.person().to_string();
    let expected = [
        "2026-03-01T12:00:00.000000Z",
        "member_invited",
        &person,
        "Ada",
        "grace@acme.example as auditor",
        "'=HYPERLINK(\"https://evil.example\")",
        "203.0.113.9",
    ];
    assert_eq!(invited.iter().skip(1).collect::<Vec<_>>(), expected);
    assert!(rows.iter().any(|row| &row[2] == "signed_in" && &row[5] == "Password" && &row[6] == firefox), "{text}");
    assert!(text.ends_with("\r\n") && text.matches('\n').count() == text.matches("\r\n").count());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_long_activity_is_read_page_by_page_and_taken_away_whole() {
    let app = App::open().await;
    let (_, owner) = app.member_of("acme").await;
    let session = session_of(&app, &owner).await;
    for place in 1..=100 {
        session.tell_download(TrailAct::RecordDownloaded, &format!("No. {place}.")).await.unwrap();
    }
    let first = app.get("/portal/activity", &owner).await;
    let text = first.text();
    assert!(text.contains("No. 100.") && text.contains("No. 51.") && !text.contains("No. 50."), "{text}");
    assert!(!text.contains("rel=\"prev\""));
    let older = part(&first, "href=\"/portal/activity?before=", "\"");
    let second = app.get(&format!("/portal/activity?before={older}"), &owner).await;
    assert!(second.text().contains("No. 50.") && second.text().contains("No. 1."), "{}", second.text());
    let older = part(&second, "href=\"/portal/activity?before=", "\"");
    let last = app.get(&format!("/portal/activity?before={older}"), &owner).await.text();
    assert!(last.contains("Signed in") && !last.contains("Older") && last.contains("rel=\"prev\""), "{last}");
    let json = app.get("/portal/activity.json", &owner).await.json();
    let places = json.as_array().unwrap().iter().map(|entry| entry["sequence"].as_i64().unwrap());
    assert!(places.eq((0..=101).rev()), "with the download itself first");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn names_are_text_wherever_they_are_shown() {
    let app = App::open().await;
    let (_, owner) = app.member_of("acme").await;
    let administrator = app.staff(StaffRole::Administrator).await;
    let evil = "\"><img src=x onerror=alert(1)>";
    let invite = [("email", "grace@acme.example"), ("role", "auditor")];
    let link = link(&app.post("/portal/people/invite", &owner, &invite).await);
    join(&app, &link, evil).await;
    let invited =
        app.post("/portal/people/invite", &owner, &[("email", "<i>@acme.example"), ("role", "auditor")]).await;
    let made =
        app.post("/portal/tokens", &owner, &[("name", evil), ("scope", "access-events:read"), ("days", "30")]).await;
    let again = app.post("/portal/tokens", &owner, &[("name", evil), ("scope", evil), ("days", evil)]).await;
    let customer = [("name", "zeta"), ("display_name", evil), ("email", "z@zeta.example")];
    let customers = app.post("/desk/customers", &administrator, &customer).await;
    let mut pages = vec![invited, made, again, customers];
    for path in ["/portal/people", "/portal/tokens", "/portal/activity"] {
        pages.push(app.get(path, &owner).await);
    }
    for page in pages {
        let text = page.text();
        assert!(!text.contains("<img src=x") && !text.contains("<i>@"), "{text}");
        assert!(text.contains("&lt;img src=x") || text.contains("&lt;i&gt;@"), "{text}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_open_page_of_somebody_who_is_removed_is_told_nothing_more() {
    let app = App::open().await;
    let (acme, owner) = app.member_of("acme").await;
    let auditor = app.colleague(&acme, MemberRole::Auditor).await;
    let request = Request::get("/portal/access/live?since=0").header(header::COOKIE, &auditor);
    let mut open = app.open_stream(request.body(Body::empty()).unwrap()).await;
    let token = app.token(None, Scope::AccessEventsWrite).await;
    app.report(&token, "application/json", event("a", "acme").to_string()).await;
    let next = async |open: &mut axum::body::BodyDataStream| {
        tokio::time::timeout(Duration::from_secs(5), open.next()).await.expect("something, or the end")
    };
    assert!(String::from_utf8(next(&mut open).await.unwrap().unwrap().to_vec()).unwrap().contains("Restore"));
    let remove = action(&app, &owner, "Auditor", "/remove").await;
    app.post(&remove, &owner, &[]).await;
    app.report(&token, "application/json", event("b", "acme").to_string()).await;
    assert!(next(&mut open).await.is_none(), "it ends with the session");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_legal_role_takes_a_second_person() {
    let app = App::open().await;
    let sam = app.another_staff("Sam", StaffRole::Administrator).await;
    let tim = app.another_staff("Tim", StaffRole::Administrator).await;
    let legal = app.another_staff("Lou", StaffRole::Legal).await;
    let operations = app.staff(StaffRole::Operations).await;
    let invite = [("email", "Pat@provider.example"), ("role", "legal")];
    let asked = app.post("/desk/people/invite", &sam, &invite).await;
    assert_eq!(asked.header("location"), "/desk/people?done=waits");
    let page = app.get("/desk/people", &sam).await;
    assert!(page.text().contains("Waiting for a second person") && page.text().contains("Asked for by Sam"));
    let action = |page: &Answer| {
        format!("/desk/confirmations/{}", part(page, "action=\"/desk/confirmations/", "\"").split('/').next().unwrap())
    };
    let confirm = format!("{}/confirm", action(&page));
    assert!(!page.text().contains(&confirm), "nobody is offered what they can't do");
    for (who, told) in [(&sam, "neither who asked for it"), (&tim, "one of it confirms this")] {
        let refused = app.post(&confirm, who, &[]).await;
        assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY);
        assert!(refused.text().contains(told), "{}", refused.text());
    }
    assert_eq!(app.post(&confirm, &operations, &[]).await.status, StatusCode::NOT_FOUND);
    assert!(!app.get("/desk/people", &operations).await.text().contains("/desk/confirmations/"));
    app.later(TimeDelta::minutes(11));
    let stale = app.post(&confirm, &legal, &[]).await;
    assert!(stale.header("location").starts_with("/sign-in?again=1"), "{}", stale.header("location"));
    let legal = app.cookie("lou@provider.example").await;
    assert!(app.get("/desk/people", &legal).await.text().contains(&confirm));
    let confirmed = app.post(&confirm, &legal, &[]).await;
    let joined = join(&app, &link(&confirmed), "Pat").await;
    assert_eq!(joined.status, StatusCode::SEE_OTHER);

    // A link for a lawyer's new beginning is the second person's to see too.
    let sam = app.cookie("sam@provider.example").await;
    let people = app.get("/desk/people", &sam).await.text();
    let line = people.split("<li>").find(|line| line.contains("<strong>Pat</strong>")).expect("a line");
    let reset = line.split("action=\"").find(|part| part.contains("/reset\"")).expect("a form");
    let asked = app.post(reset.split('"').next().unwrap(), &sam, &[]).await;
    assert_eq!(asked.header("location"), "/desk/people?done=waits");
    let page = app.get("/desk/people", &legal).await;
    let withdrawn = app.post(&format!("{}/withdraw", action(&page)), &legal, &[]).await;
    assert_eq!(withdrawn.header("location"), "/desk/people?done=confirmation_withdrawn");
    assert!(!app.get("/desk/people", &legal).await.text().contains("Waiting for a second person"));
    let activity = app.get("/desk/activity", &sam).await.text();
    for told in
        ["Asked a second person to confirm", "pat@provider.example as legal, as Sam asked", "Withdrew what waited"]
    {
        assert!(activity.contains(told), "{told}: {activity}");
    }
}
