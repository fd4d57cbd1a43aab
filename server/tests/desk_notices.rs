//! Notices from the provider's side, through the router: written, looked at, issued by a second person, answered.

mod common;

use axum::http::StatusCode;
use chrono::TimeDelta;
use common::{Answer, App};
use domain::{StaffRole, notice::NoticeDraft};
use store::{Client, Customer, CustomerNotices, MessageKind, NoticeDesk, Session, SignedIn, ToWhom};

/// A change of subprocessor, as the form sends it.
const SUBPROCESSOR: &[(&str, &str)] = &[
    ("kind", "subprocessor_change"),
    ("language", "en"),
    ("name", "Initech"),
    ("change", "added"),
    ("country", "IE"),
    ("service", "Keeps backups,\r\nencrypted."),
    ("from", "2026-04-15"),
    ("object_until", "2026-03-29"),
    ("zone", "Europe/Dublin"),
    ("how_to_object", "Say so here."),
];

/// The form with other or further fields.
fn with<'a>(fields: &[(&'a str, &'a str)], changes: &[(&'a str, &'a str)]) -> Vec<(&'a str, &'a str)> {
    let kept = fields.iter().filter(|(name, _)| !changes.iter().any(|(changed, _)| changed == name));
    kept.chain(changes).copied().collect()
}

async fn session(app: &App, cookie: &str) -> Session {
    let secret = cookie.split_once('=').expect("a cookie").1;
    app.test.store.session(secret, &Client::default()).await.expect("an answer").expect("a session")
}

async fn desk(app: &App, cookie: &str) -> NoticeDesk {
    session(app, cookie).await.notices().expect("the right")
}

async fn notices_of(app: &App, cookie: &str) -> CustomerNotices {
    match session(app, cookie).await.signed_in {
        SignedIn::Member(member) => member.notices,
        SignedIn::Staff(_) => panic!("a member"),
    }
}

/// A draft that somebody wrote: its page, without what was done there.
async fn written(app: &App, cookie: &str, fields: &[(&str, &str)]) -> String {
    let answer = app.post("/desk/notices/new", cookie, fields).await;
    assert_eq!(answer.status, StatusCode::SEE_OTHER, "{}", answer.text());
    answer.header("location").strip_suffix("?done=kept").expect("the draft").to_owned()
}

fn refused(answer: &Answer, sentence: &str) {
    assert_eq!(answer.status, StatusCode::UNPROCESSABLE_ENTITY, "{}", answer.text());
    assert!(answer.text().contains(sentence), "no {sentence} in {}", answer.text());
}

/// How long a page's list is that a heading with this id stands over.
fn lines_under(page: &str, id: &str) -> usize {
    let Some((_, rest)) = page.split_once(&format!("id=\"{id}\"")) else { return 0 };
    rest.split_once("</section>").expect("an end").0.matches("<li>").count()
}

struct Cast {
    app: App,
    acme: Customer,
    ada: String,
    zeta: Customer,
    zoe: String,
    legal: String,
    publishing: String,
}

async fn cast() -> Cast {
    let app = App::open().await;
    let (acme, ada) = app.member_of("acme").await;
    let (zeta, zoe) = app.member_of("zeta").await;
    let (legal, publishing) = (app.staff(StaffRole::Legal).await, app.staff(StaffRole::Publishing).await);
    Cast { app, acme, ada, zeta, zoe, legal, publishing }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn one_person_writes_another_issues_and_each_customer_has_it() {
    let Cast { app, acme, ada, zeta, zoe, legal, publishing } = cast().await;
    let (third, bob) = app.member_of("third").await;
    let (acme_id, zeta_id) = (acme.id.to_string(), zeta.id.to_string());
    let chosen = with(SUBPROCESSOR, &[("to", "these"), ("customer", &acme_id)]);
    let chosen = chosen.into_iter().chain([("customer", zeta_id.as_str())]).collect::<Vec<_>>();
    let draft = written(&app, &publishing, &chosen).await;

    let seen = app.get(&draft, &publishing).await.text();
    for told in [
        "Initech, a subprocessor: is added",
        "It goes to 2 customers:",
        "Keeps backups,\nencrypted.",
        "Object until the end of 29 March 2026 (Europe/Dublin). Say so here.",
        "somebody else in the role Legal or Publishing has to issue it",
        "Throw it away",
    ] {
        assert!(seen.contains(told), "no {told} in {seen}");
    }
    assert!(!seen.contains("Issue it"), "not for who wrote it");
    let issue = format!("{draft}/issue");
    refused(&app.post(&issue, &publishing, &[]).await, "You wrote this notice: somebody else has to issue it.");
    for cookie in [&ada, &zoe, &bob] {
        assert_eq!(notices_of(&app, cookie).await.count_pending().await.expect("a count"), 0, "nobody is told yet");
    }

    let list = app.get("/desk/notices", &legal).await.text();
    assert_eq!(lines_under(&list, "drafts"), 1);
    assert!(app.get("/desk", &legal).await.text().contains("1 draft waits for a second person"));
    assert!(app.get(&draft, &legal).await.text().contains("Issue it"));
    app.later(TimeDelta::minutes(11));
    let stale = app.post(&issue, &legal, &[]).await;
    assert_eq!(stale.status, StatusCode::SEE_OTHER);
    assert_eq!(stale.header("location"), format!("/sign-in?again=1&next={}", draft.replace('/', "%2F")));
    let legal = app.cookie("legal@provider.example").await;
    assert_eq!(app.post(&issue, &legal, &[]).await.header("location"), "/desk/notices?done=issued");
    assert_eq!(app.post(&issue, &legal, &[]).await.status, StatusCode::NOT_FOUND, "once");
    assert_eq!(app.get(&draft, &legal).await.status, StatusCode::NOT_FOUND);

    for (cookie, told) in [(&ada, 1), (&zoe, 1), (&bob, 0)] {
        assert_eq!(notices_of(&app, cookie).await.count_pending().await.expect("a count"), told);
    }
    let list = app.get("/desk/notices?done=issued", &publishing).await.text();
    assert!(list.contains("every customer that it goes to has it now"));
    assert_eq!(list.matches("Not acknowledged yet").count(), 2);
    for (customer, count) in [(&acme, 1), (&zeta, 1), (&third, 0)] {
        let cell = format!("data-label=\"Customer\">{}<", customer.display_name);
        assert_eq!(list.matches(&cell).count(), count, "{}", customer.name);
    }
    app.later(TimeDelta::days(40));
    let legal = app.cookie("legal@provider.example").await;
    assert_eq!(app.get("/desk/notices", &legal).await.text().matches("Overdue").count(), 2);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_a_customer_says_waits_until_it_is_answered() {
    let Cast { app, ada, zoe, legal, publishing, .. } = cast().await;
    let draft = written(&app, &publishing, &with(SUBPROCESSOR, &[("to", "everybody")])).await;
    assert!(app.get(&draft, &legal).await.text().contains("It goes to every customer: 2 customers now."));
    app.post(&format!("{draft}/issue"), &legal, &[]).await;
    let theirs = notices_of(&app, &ada).await;
    theirs.say(0, MessageKind::Comment, "Between us.").await.expect("an answer").expect("said");
    let others = notices_of(&app, &zoe).await;
    others.say(0, MessageKind::Question, "Why?").await.expect("an answer").expect("said");
    app.later(TimeDelta::minutes(1));
    theirs.say(0, MessageKind::Question, "Where <exactly>?").await.expect("an answer").expect("said");
    others.say(0, MessageKind::Objection, "Not with us.").await.expect("an answer").expect("said");

    assert!(app.get("/desk", &publishing).await.text().contains("2 notices have questions or objections"));
    let list = app.get("/desk/notices", &publishing).await.text();
    assert_eq!(lines_under(&list, "waiting"), 2);
    let (first, second) = (list.find("ZETA waits since"), list.find("ACME waits since"));
    assert!(first.is_some() && first < second, "who has waited longest comes first");
    let waiting = desk(&app, &legal).await.waiting().await.expect("a list");
    let notice = format!("/desk/notices/{}", waiting[1].notice.id);
    assert!(list.contains(&format!("href=\"{notice}\"")));
    let seen = app.get(&notice, &publishing).await.text();
    assert!(seen.contains("Where &lt;exactly&gt;?") && seen.contains("Question to the provider"), "{seen}");
    assert!(!seen.contains("Between us."), "what they say among themselves is theirs");

    let send = format!("{notice}/answer");
    refused(&app.post(&send, &publishing, &[("body", " ")]).await, "This is missing.");
    let long = "ä".repeat(4_001);
    let too_long = app.post(&send, &publishing, &[("body", &long)]).await;
    refused(&too_long, "This has more than 4000 characters.");
    assert!(too_long.text().contains(&long), "what was typed is kept");
    let answered = app.post(&send, &publishing, &[("body", "In Dublin,\r\nin two halls.")]).await;
    assert_eq!(answered.header("location"), format!("{notice}?done=answered"));

    let seen = app.get(&notice, &legal).await.text();
    assert!(seen.contains("In Dublin,\nin two halls.") && seen.contains("Nobody waits for it."), "{seen}");
    assert!(app.get("/desk/notices", &legal).await.text().contains("ZETA waits since"));
    let others_notice = format!("/desk/notices/{}", waiting[0].notice.id);
    app.post(&format!("{others_notice}/answer"), &legal, &[("body", "So.")]).await;
    assert!(app.get("/desk/notices", &legal).await.text().contains("No customer waits for an answer."));
    let view = theirs.open(0).await.expect("an answer").expect("a notice");
    assert_eq!(view.messages.last().expect("a message").body, "In Dublin,\nin two halls.");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_form_says_what_is_wrong_where_it_is_and_keeps_what_was_typed() {
    let Cast { app, acme, legal, .. } = cast().await;
    let acme_id = acme.id.to_string();
    let wrong = &[
        ("name", ""),
        ("country", "ZZ"),
        ("object_until", "2026-05-01"),
        ("how_to_object", "Within [… how many] days."),
        ("customer", acme_id.as_str()),
    ];
    let answer = app.post("/desk/notices/new", &legal, &with(SUBPROCESSOR, wrong)).await;
    refused(&answer, "Not saved yet");
    let text = answer.text();
    for told in [
        "id=\"notice-name-error\" class=\"error\">This is missing.",
        "id=\"country-error\" class=\"error\">`ZZ` is no ISO 3166-1 alpha-2 code such as DE.",
        "id=\"notice-object_until-error\" class=\"error\">This is not before the first day of the change.",
        "id=\"notice-how_to_object-error\" class=\"error\">This has a gap yet",
        "id=\"to-error\" class=\"error\">Choose to whom it goes.",
        "value=\"2026-05-01\"",
        "Keeps backups,",
        "Within [… how many] days.",
    ] {
        assert!(text.contains(told), "no {told} in {text}");
    }
    let boxed = text.split("<input").find(|input| input.contains(&acme_id)).expect("its box");
    assert!(boxed.contains("checked"), "{boxed}");
    assert!(text.contains("<option value=\"Europe/Dublin\" selected"), "the zone is kept");

    let nobody = app.post("/desk/notices/new", &legal, &with(SUBPROCESSOR, &[("to", "these")])).await;
    refused(&nobody, "Choose at least one customer.");
    let demand = app.post("/desk/notices/new", &legal, &[("kind", "lawful_demand"), ("to", "everybody")]).await;
    assert_eq!(demand.status, StatusCode::NOT_FOUND, "that of a demand is not written");
    assert!(desk(&app, &legal).await.drafts().await.expect("a list").is_empty());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn each_kind_has_a_form_that_its_template_fills_in_two_languages() {
    let Cast { app, legal, .. } = cast().await;
    let kinds = app.get("/desk/notices/new", &legal).await.text();
    for kind in [
        "personal_data_breach",
        "subprocessor_change",
        "transfer_terms_change",
        "policy_change",
        "government_access",
        "record_correction",
    ] {
        let address = |language: &str| format!("/desk/notices/new?kind={kind}&language={language}");
        assert!(kinds.contains(&address("de").replace('&', "&amp;")), "{kind}");
        let (english, german) = (app.get(&address("en"), &legal).await, app.get(&address("de"), &legal).await);
        assert_eq!((english.status, german.status), (StatusCode::OK, StatusCode::OK), "{kind}");
        assert!(english.text().contains("[…") && german.text().contains("[…"), "{kind}");
        assert_ne!(english.text(), german.text(), "{kind}");
    }
    for wrong in ["kind=lawful_demand", "kind=policy_change&language=xx", "kind="] {
        let answer = app.get(&format!("/desk/notices/new?{wrong}"), &legal).await;
        assert_eq!(answer.status, StatusCode::NOT_FOUND, "{wrong}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn times_are_typed_as_the_writers_clock_shows_them() {
    let Cast { app, legal, .. } = cast().await;
    app.post("/account/time-zone", &legal, &[("zone", "Europe/Berlin")]).await;
    let breach = |found_at: &'static str| {
        vec![
            ("kind", "personal_data_breach"),
            ("to", "everybody"),
            ("nature", "A backup was readable."),
            ("found_at", found_at),
            ("people", "Employees."),
            ("records", "Names."),
            ("consequences", "Unwanted mail."),
            ("measures", "It was locked."),
            ("contact", "dpo@provider.example"),
        ]
    };
    let draft = written(&app, &legal, &breach("2026-02-28T10:30")).await;
    let seen = app.get(&draft, &legal).await.text();
    assert!(seen.contains("found out on 28 February 2026, 10:30:00 (UTC+01:00)"), "{seen}");
    let skipped = app.post("/desk/notices/new", &legal, &breach("2025-03-30T02:30")).await;
    refused(&skipped, "no time that clocks show on that day");
    assert!(skipped.text().contains("value=\"2025-03-30T02:30\""));
    refused(&app.post("/desk/notices/new", &legal, &breach("2099-01-01T10:00")).await, "lies in the future");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_draft_is_thrown_away_or_too_late_and_others_than_legal_and_publishing_find_nothing() {
    let Cast { app, legal, publishing, .. } = cast().await;
    let fields = with(SUBPROCESSOR, &[("to", "everybody")]);
    let (own, others) = (written(&app, &legal, &fields).await, written(&app, &legal, &fields).await);
    let operations = app.staff(StaffRole::Operations).await;
    let administrator = app.staff(StaffRole::Administrator).await;
    for cookie in [&operations, &administrator] {
        assert_eq!(app.get(&own, cookie).await.status, StatusCode::NOT_FOUND);
        for what in ["issue", "discard"] {
            assert_eq!(app.post(&format!("{own}/{what}"), cookie, &[]).await.status, StatusCode::NOT_FOUND, "{what}");
        }
        assert_eq!(app.post("/desk/notices/new", cookie, &fields).await.status, StatusCode::NOT_FOUND);
        assert!(!app.get("/desk", cookie).await.text().contains("/desk/notices"));
    }
    for (draft, cookie) in [(&own, &legal), (&others, &publishing)] {
        let gone = app.post(&format!("{draft}/discard"), cookie, &[]).await;
        assert_eq!(gone.header("location"), "/desk/notices?done=discarded");
        assert_eq!(app.post(&format!("{draft}/discard"), cookie, &[]).await.status, StatusCode::NOT_FOUND);
    }

    let late = written(&app, &legal, &fields).await;
    app.later(TimeDelta::days(40));
    let publishing = app.cookie("publishing@provider.example").await;
    refused(&app.post(&format!("{late}/issue"), &publishing, &[]).await, "Write it anew.");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_draft_is_changed_by_writing_it_anew_and_its_first_writer_issues_it() {
    let Cast { app, acme, ada, legal, publishing, .. } = cast().await;
    let acme_id = acme.id.to_string();
    let fields = with(SUBPROCESSOR, &[("to", "these"), ("customer", &acme_id)]);
    let draft = written(&app, &legal, &fields).await;
    let id = draft.rsplit('/').next().expect("an id");
    let again = format!("/desk/notices/new?draft={id}");
    assert!(app.get(&draft, &publishing).await.text().contains(&format!("href=\"{again}\"")));
    let form = app.get(&again, &publishing).await.text();
    for kept in [
        "value=\"Initech\"",
        "<option value=\"added\" selected",
        "<option value=\"IE\" selected",
        "<option value=\"Europe/Dublin\" selected",
        "value=\"2026-03-29\"",
        "Keeps backups,\nencrypted.",
        &format!("name=\"customer\" value=\"{acme_id}\" checked"),
        &format!("name=\"instead\" value=\"{id}\""),
    ] {
        assert!(form.contains(kept), "no {kept} in {form}");
    }
    let wrong = with(&fields, &[("instead", id), ("name", "")]);
    let refusal = app.post("/desk/notices/new", &publishing, &wrong).await;
    refused(&refusal, "This is missing.");
    assert!(refusal.text().contains(&format!("name=\"instead\" value=\"{id}\"")));
    let changed = written(&app, &publishing, &with(&fields, &[("instead", id), ("name", "Initrode")])).await;
    assert_eq!(app.get(&draft, &legal).await.status, StatusCode::NOT_FOUND, "the other takes its place");
    refused(&app.post(&format!("{changed}/issue"), &publishing, &[]).await, "You wrote this notice");
    assert_eq!(app.post(&format!("{changed}/issue"), &legal, &[]).await.status, StatusCode::SEE_OTHER);
    let view = notices_of(&app, &ada).await.open(0).await.expect("an answer").expect("a notice");
    assert_eq!(view.notice.content.title(), "Initrode, a subprocessor: is added");
    assert_eq!(app.get(&again, &legal).await.status, StatusCode::NOT_FOUND);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn issued_notices_are_paged_without_gaps() {
    let Cast { app, legal, publishing, .. } = cast().await;
    let (writer, issuer) = (desk(&app, &legal).await, desk(&app, &publishing).await);
    for number in 0..30 {
        let draft: NoticeDraft = serde_json::from_value(serde_json::json!({
            "kind": "policy_change", "policy": format!("Policy {number}"), "change": "Words.", "difference": "a → b",
            "from": "2026-04-15", "zone": "UTC",
        }))
        .expect("a draft");
        app.later(TimeDelta::seconds(1));
        let id = writer.write(&draft, ToWhom::Everybody).await.expect("an answer").expect("a draft");
        assert_eq!(issuer.issue(id).await.expect("an answer"), Ok(2));
    }
    let rows = |page: &str| page.matches("data-label=\"Notice\"").count();
    let newest = app.get("/desk/notices", &legal).await.text();
    assert_eq!(rows(&newest), 50);
    assert!(newest.contains("Policy 29") && !newest.contains("Policy 4”"));
    let older = newest.split("/desk/notices?before=").nth(1).and_then(|rest| rest.split('"').next()).expect("a link");
    let page = app.get(&format!("/desk/notices?before={older}"), &legal).await.text();
    assert_eq!(rows(&page), 10);
    assert!(page.contains("Policy 0") && !page.contains("Customers wait for an answer"));
    assert_eq!(app.get("/desk/notices?before=x", &legal).await.status, StatusCode::NOT_FOUND);
}
