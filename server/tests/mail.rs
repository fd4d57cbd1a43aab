//! Mail as it is sent: over SMTP to a server of the test's own, or into a folder.

mod common;
#[path = "common/smtp.rs"]
mod smtp;

use axum::http::StatusCode;
use chrono::TimeDelta;
use common::{App, event, subprocessor_change};
use domain::{
    MemberRole, StaffRole,
    grant::{Approvers, Policy, RequestDraft},
};
use futures::future::join_all;
use serde_json::json;
use server::{config::Config, mail::Mailer};
use smtp::{SmtpServer, Taken};
use store::{Engine, Scope};
use tokio::sync::watch;

const WITH_PASSWORD: &str = "portal:a%20p%40ssword@127.0.0.1";
const OFFICER: &str = "privacy_officer@acme.example";

fn config(mail_server: String) -> Config {
    let mail_from = "Nimbus Cloud <portal@nimbus.example>".to_owned();
    let public_url = "https://portal.example".to_owned();
    Config { mail_server, mail_from, public_url, provider: "Nimbus Cloud".to_owned(), ..Config::default() }
}

const BODY: &str = "\
Nimbus Cloud has a notice for your organisation: Change of subprocessor.

Read it in the portal:
https://portal.example/portal/notices/0

What a notice says is never sent by mail.

Choose which mails you get:
https://portal.example/account#mail";

/// A portal that sends by a mail server of its own.
async fn mailing(engine: Engine) -> (App, SmtpServer) {
    let server = SmtpServer::start().await;
    (App::on(engine, config(format!("smtp://{WITH_PASSWORD}:{}", server.port))).await, server)
}

/// What so many servers of this portal do, each once and all at once.
async fn send(app: &App, servers: usize) {
    send_as(app, &app.state.config, servers).await;
}

async fn send_as(app: &App, config: &Config, servers: usize) {
    let (_stop, stopping) = watch::channel(false);
    let mailers = (0..servers).map(|_| Mailer::new(config).expect("a configuration").expect("a mailer"));
    let mailers = mailers.collect::<Vec<_>>();
    for done in join_all(mailers.iter().map(|mailer| mailer.work(&app.state.store, &stopping))).await {
        done.expect("a round");
    }
}

fn header<'a>(mail: &'a Taken, name: &str) -> &'a str {
    let (head, _) = mail.text.split_once("\n\n").expect("a head");
    let mut lines = head.lines().filter_map(|line| line.strip_prefix(name)?.strip_prefix(": "));
    lines.next().unwrap_or_else(|| panic!("no {name} in {head}"))
}

async fn issued_once(engine: Engine) {
    let (app, server) = mailing(engine).await;
    let (acme, _) = app.member_of("acme").await;
    app.colleague(&acme, MemberRole::PrivacyOfficer).await;
    app.colleague(&acme, MemberRole::Auditor).await;
    let desks = app.notice_desks().await;
    app.issue(&desks, Some(&acme), subprocessor_change("Initech")).await;
    send(&app, 4).await;
    let taken = server.taken();
    let mut to = taken.iter().flat_map(|mail| &mail.to).collect::<Vec<_>>();
    to.sort();
    assert_eq!(to, ["owner@acme.example", OFFICER], "each once: {taken:#?}");
    for mail in &taken {
        assert_eq!(mail.from, "portal@nimbus.example");
        assert_eq!(header(mail, "From"), "\"Nimbus Cloud\" <portal@nimbus.example>");
        assert_eq!(header(mail, "To"), mail.to[0]);
        assert_eq!(header(mail, "Subject"), "A notice of Nimbus Cloud waits for you");
        assert_eq!(header(mail, "Auto-Submitted"), "auto-generated");
        assert_eq!(header(mail, "Date"), "Sun, 01 Mar 2026 12:00:00 +0000");
        assert!(header(mail, "Content-Type").starts_with("text/plain"), "{mail:#?}");
        assert!(header(mail, "Message-ID").ends_with("@portal.example>"), "{mail:#?}");
        assert!(!mail.text.contains("Initech") && !mail.text.contains("backups"), "{}", mail.text);
        let body = mail.text.split_once("\n\n").expect("a body").1;
        assert_eq!(body.trim_end(), BODY);
    }
    assert_ne!(header(&taken[0], "Message-ID"), header(&taken[1], "Message-ID"));

    app.later(TimeDelta::days(3));
    send(&app, 4).await;
    let reminders = server.taken().split_off(2);
    assert_eq!(reminders.len(), 2, "{reminders:#?}");
    assert_eq!(header(&reminders[0], "Subject"), "Reminder: a notice of Nimbus Cloud waits for you");
    send(&app, 4).await;
    assert_eq!(server.taken().len(), 4);
    app.test.remove().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_notice_is_mailed_once_though_four_servers_send() {
    issued_once(Engine::Sqlite).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_notice_is_mailed_once_though_four_servers_send_on_postgres() {
    issued_once(Engine::Postgres).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn mail_about_access_says_nothing_of_what_is_asked_for() {
    let (app, server) = mailing(Engine::Sqlite).await;
    let (_, owner) = app.member_of("acme").await;
    let operations = app.staff(StaffRole::Operations).await;
    app.another_staff("Kim", StaffRole::Operations).await;
    let (decider, desk) = (app.session(&owner).await.decides(), app.session(&operations).await.access_desk());
    let (decider, desk) = (decider.expect("a member"), desk.expect("a role that asks"));
    let asked = async |reference: &str, purpose: &str| {
        let draft: RequestDraft = serde_json::from_value(json!({
            "customer": "acme", "reference": reference, "accessor": "zebra-4711", "role": "Zebra keeper",
            "employer": "Zebra Ltd", "countries": ["IE"], "justification": "Restore the zebra folder", "minutes": 120,
            "operations": ["read"], "purpose": purpose, "resources": ["zebra"], "service": "Zebra Storage",
            "ticket": "ZEBRA-1"
        }))
        .expect("a draft");
        desk.ask(draft).await.expect("an answer").expect("a request")
    };
    let grant = asked("r-1", "customer_requested_support").await;
    send(&app, 4).await;
    let taken = server.taken();
    assert_eq!(taken.len(), 1, "{taken:#?}");
    assert_eq!(taken[0].to, ["owner@acme.example"]);
    assert_eq!(header(&taken[0], "Subject"), "A request for access to your data waits for you");
    let body = format!(
        "Nimbus Cloud asks for access to your organisation’s data, and it waits for you to decide.\n\
         If nobody decides, it expires on 5 March 2026, 12:00:00 UTC.\n\n\
         Read it in the portal:\nhttps://portal.example/portal/approvals/{}\n\n\
         What is asked for is never sent by mail.\n\n\
         Choose which mails you get:\nhttps://portal.example/account#mail",
        grant.id
    );
    assert_eq!(taken[0].text.split_once("\n\n").expect("a body").1.trim_end(), body);

    // All the others that there are.
    let asking = decider.ask(grant.id, grant.revision, "Which zebra?").await.expect("an answer").expect("an act");
    send(&app, 1).await;
    desk.answer(grant.id, asking.revision, "The third zebra").await.expect("an answer").expect("an act");
    asked("r-2", "break_glass_emergency").await;
    let mut policy = Policy::default();
    policy.rule.approvers = Approvers::Both;
    decider.set_policy(0, policy).await.expect("an answer").expect("a policy");
    asked("r-3", "customer_requested_support").await;
    let token = app.token(None, Scope::AccessEventsWrite).await;
    let started = app.state.store.now();
    app.later(TimeDelta::minutes(5));
    let mut access = event("a", "acme");
    access["justification"] = json!("Restore the zebra folder");
    for (field, time) in [("started_at", json!(started)), ("ended_at", json!(null)), ("revocation", json!(null))] {
        access[field] = time;
    }
    assert_eq!(app.report(&token, "application/json", access.to_string()).await.status, StatusCode::OK);
    send(&app, 1).await;
    app.later(TimeDelta::days(3));
    send(&app, 1).await;
    let taken = server.taken();
    let mut told = taken.iter().map(|mail| (mail.to[0].as_str(), header(mail, "Subject"))).collect::<Vec<_>>();
    told.sort_unstable();
    let (owner, kim, operations) = ("owner@acme.example", "kim@provider.example", "operations@provider.example");
    assert_eq!(
        told,
        [
            (kim, "A customer asks about a request for access"),
            (kim, "A request for access waits for your approval"),
            (operations, "A customer asks about a request for access"),
            (owner, "A request for access to your data waits for you"),
            (owner, "A request for access to your data waits for you"),
            (owner, "Access to your data that was not granted so"),
            (owner, "Access to your data was granted without asking you"),
            (owner, "Nimbus Cloud answered what you asked about a request for access"),
            (owner, "Reminder: a request for access to your data expires soon"),
            (owner, "Reminder: a request for access to your data expires soon"),
        ]
    );
    for mail in &taken {
        assert!(!mail.text.to_lowercase().contains("zebra"), "{}", mail.text);
        let links = ["/portal/approvals/", "/desk/access/"].map(|path| format!("https://portal.example{path}"));
        assert!(links.iter().any(|link| mail.text.contains(link)), "{}", mail.text);
    }
    let counted = taken.iter().filter(|mail| mail.text.contains("1 access was not made as it was granted.")).count();
    assert_eq!(counted, 1);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_address_that_is_refused_is_named_to_the_owner_with_the_reply() {
    let (app, server) = mailing(Engine::Sqlite).await;
    let (acme, owner) = app.member_of("acme").await;
    app.colleague(&acme, MemberRole::PrivacyOfficer).await;
    let auditor = app.colleague(&acme, MemberRole::Auditor).await;
    server.knows_nobody_called(OFFICER);
    let desks = app.notice_desks().await;
    app.issue(&desks, Some(&acme), subprocessor_change("Initech")).await;
    send(&app, 1).await;
    let to = server.taken().into_iter().flat_map(|mail| mail.to).collect::<Vec<_>>();
    assert_eq!(to, ["owner@acme.example"], "the next mail goes on");
    let failed = "Mail to this address failed on 1 March 2026, 12:00:00 UTC: 550 Mailbox unavailable";
    let page = app.get("/portal/people", &owner).await.text();
    assert!(page.contains(failed), "{page}");
    assert_eq!(page.matches("Mail to this address failed").count(), 1);
    assert!(!app.get("/portal/people", &auditor).await.text().contains("Mail to this address failed"));
    // It is not tried again.
    app.later(TimeDelta::hours(12));
    send(&app, 1).await;
    assert_eq!(server.said().iter().filter(|said| said.contains(OFFICER)).count(), 1);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_wrong_with_the_sending_is_no_addresss_fault() {
    let (app, server) = mailing(Engine::Sqlite).await;
    let (acme, _) = app.member_of("acme").await;
    let desks = app.notice_desks().await;
    app.issue(&desks, Some(&acme), subprocessor_change("Initech")).await;
    let port = server.port;
    // A wrong password; a sender that is refused; a server that is not there.
    send_as(&app, &config(format!("smtp://portal:wrong@127.0.0.1:{port}")), 1).await;
    app.later(TimeDelta::minutes(1));
    server.refuse_senders(true);
    send(&app, 1).await;
    server.refuse_senders(false);
    app.later(TimeDelta::minutes(5));
    send_as(&app, &config("smtp://127.0.0.1:1".to_owned()), 1).await;
    app.later(TimeDelta::minutes(20));
    // To any other machine, nothing is said without TLS, the password least of all.
    let before = server.said().len();
    send_as(&app, &config(format!("smtp://portal:a%20p%40ssword@0.0.0.0:{port}")), 1).await;
    app.later(TimeDelta::minutes(10));
    send_as(&app, &config(format!("smtp://portal:a%20p%40ssword@0.0.0.0:{port}")), 1).await;
    let said = server.said().split_off(before);
    assert!(!said.is_empty() && said.iter().all(|said| said.starts_with("EHLO") || said == "QUIT"), "{said:?}");
    assert_eq!(server.taken().len(), 0);
    app.later(TimeDelta::hours(2));
    send(&app, 1).await;
    assert_eq!(server.taken().len(), 1);
    let owner = app.cookie("owner@acme.example").await;
    assert!(!app.get("/portal/people", &owner).await.text().contains("Mail to this address failed"));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_link_is_mailed_and_shown() {
    let (app, server) = mailing(Engine::Sqlite).await;
    let (_, owner) = app.member_of("acme").await;
    let fields = [("email", "bob@acme.example"), ("role", "auditor")];
    let page = app.post("/portal/people/invite", &owner, &fields).await.text();
    assert!(page.contains("It is mailed to this person, too."), "{page}");
    send(&app, 1).await;
    let mail = server.taken().pop().expect("a mail");
    assert_eq!(mail.to, ["bob@acme.example"]);
    let link = mail.text.lines().find(|line| line.starts_with("https://portal.example/join/")).expect("a link");
    assert!(page.contains(link), "{page}");
    for told in ["Ada invites you to Nimbus Cloud’s portal for ACME.", "until 4 March 2026, 12:00:00 UTC"] {
        assert!(mail.text.contains(told), "{told}: {}", mail.text);
    }
    let address = link.strip_prefix("https://portal.example").expect("ours");
    assert_eq!(app.get(address, "").await.status, StatusCode::OK);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn everybody_chooses_which_mails_they_get() {
    let (app, _server) = mailing(Engine::Sqlite).await;
    let (acme, owner) = app.member_of("acme").await;
    let auditor = app.colleague(&acme, MemberRole::Auditor).await;
    let ticked = async |cookie: &str| {
        let page = app.get("/account", cookie).await.text();
        let boxes = ["notices", "reminders", "access"];
        boxes.map(|name| page.contains(&format!("name=\"{name}\" value=\"yes\" checked")))
    };
    assert_eq!((ticked(&owner).await, ticked(&auditor).await), ([true; 3], [false; 3]));
    let answer = app.post("/account/mail", &owner, &[("reminders", "yes")]).await;
    assert_eq!(answer.header("location"), "/account?done=mail_set");
    app.post("/account/mail", &auditor, &[("notices", "yes"), ("access", "yes")]).await;
    assert_eq!((ticked(&owner).await, ticked(&auditor).await), ([false, true, false], [true, false, true]));
    // The provider's people get none.
    let staff = app.staff(StaffRole::Legal).await;
    assert!(!app.get("/account", &staff).await.text().contains("/account/mail"));
    assert_eq!(app.post("/account/mail", &staff, &[]).await.status, StatusCode::NOT_FOUND);
    // Nor does anybody choose where none is sent.
    let silent = App::open().await;
    let (_, owner) = silent.member_of("acme").await;
    assert!(!silent.get("/account", &owner).await.text().contains("/account/mail"));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn mail_for_looking_at_is_written_into_a_folder() {
    let folder = tempfile::tempdir().expect("a folder");
    let mail_folder = folder.path().join("mail");
    let app = App::on(Engine::Sqlite, Config { mail_folder: mail_folder.clone(), ..config(String::new()) }).await;
    let (acme, _) = app.member_of("acme").await;
    let desks = app.notice_desks().await;
    app.issue(&desks, Some(&acme), subprocessor_change("Initech")).await;
    send(&app, 4).await;
    let files = std::fs::read_dir(&mail_folder).expect("a folder").map(|file| file.expect("a file").path());
    let files = files.collect::<Vec<_>>();
    assert_eq!(files.len(), 1, "{files:?}");
    let text = std::fs::read_to_string(&files[0]).expect("a mail");
    assert!(files[0].extension().is_some_and(|extension| extension == "eml") && text.contains("owner@acme.example"));
}
