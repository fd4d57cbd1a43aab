//! What stands out in a record and a month's summary, through the router.

mod common;

use axum::http::StatusCode;
use chrono::{Days, TimeDelta};
use common::{Answer, App, event};
use domain::MemberRole;
use store::{Customer, Scope};

/// Leptos parts texts that stand beside each other by empty comments.
fn assert_told(answer: &Answer, texts: &[&str]) {
    let page = answer.text().replace("<!>", "");
    for text in texts {
        assert!(page.contains(text), "{text}: {page}");
    }
}

/// An application in which acme's record has three accesses a day and one at night, four days ago, as its newest place;
/// and the cookie of acme's owner.
async fn with_a_night() -> (App, Customer, String) {
    let app = App::open().await;
    let (acme, owner) = app.member_of("acme").await;
    let token = app.token(None, Scope::AccessEventsWrite).await;
    let today = app.test.store.now().day();
    let access = |id: String, day: u64, minute: i64, name: &str| {
        let at = (today - Days::new(day)).and_hms_opt(0, 0, 0).expect("midnight") + TimeDelta::minutes(minute);
        let mut access = event(&id, "acme");
        access["accessor"]["pseudonym"] = name.into();
        access["ticket"] = format!("CASE-{id}").into();
        access["started_at"] = format!("{}Z", at.format("%Y-%m-%dT%H:%M:%S")).into();
        for field in ["ended_at", "revocation"] {
            access.as_object_mut().expect("an object").remove(field);
        }
        access
    };
    let ordinary = |place: u64| {
        access(
            place.to_string(),
            89 - place / 3,
            540 + (place * 37 % 400) as i64,
            ["a", "b", "c"][(place % 3) as usize],
        )
    };
    let mut accesses = (0..89 * 3).map(ordinary).collect::<Vec<_>>();
    accesses.push(access("night".to_owned(), 4, 192, "a"));
    let answer = app.report(&token, "application/json", serde_json::Value::Array(accesses).to_string()).await;
    assert_eq!(answer.status, StatusCode::OK, "{}", answer.text());
    (app, acme, owner)
}

const NIGHT: &str = "/portal/access/267";

/// The key of the only finding, as the page's form has it.
async fn key(app: &App, cookie: &str) -> String {
    let page = app.get("/portal/findings", cookie).await.text();
    let rest = page.split_once("/portal/findings/").expect("a finding").1;
    rest.split('/').next().expect("a key").to_owned()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_stands_out_is_dismissed_with_a_reason_and_stays_so() {
    let (app, acme, owner) = with_a_night().await;
    let page = app.get("/portal/findings", &owner).await;
    assert_told(
        &page,
        &[
            "a (Support engineer, Nimbus Cloud) began an access for “Support you asked for” at 03:12 UTC on 25 February 2026.",
            "none began between 02:00 and 05:00.",
            "href=\"/portal/access/267\"",
            "/portal/access?from=2026-02-25&amp;to=2026-02-25&amp;purpose=customer_requested_support",
        ],
    );
    assert_told(&app.get("/portal", &owner).await, &["href=\"/portal/findings\"", "1 to look at"]);
    let dismiss = format!("/portal/findings/{}/dismiss", key(&app, &owner).await);
    let empty = app.post(&dismiss, &owner, &[("body", " ")]).await;
    assert_eq!(empty.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert_told(&empty, &["This is missing.", "<details open"]);
    let auditor = app.colleague(&acme, MemberRole::Auditor).await;
    assert!(!app.get("/portal/findings", &auditor).await.text().contains(&dismiss), "an auditor reads");
    let (_, other) = app.member_of("zeta").await;
    for cookie in [&auditor, &other] {
        assert_eq!(app.post(&dismiss, cookie, &[("body", "Known")]).await.status, StatusCode::NOT_FOUND);
    }
    let done = app.post(&dismiss, &owner, &[("body", "We <b>asked</b> for it.")]).await;
    assert_eq!(done.header("location"), "/portal/findings?done=dismissed");
    assert_eq!(app.post(&dismiss, &owner, &[("body", "Again")]).await.status, StatusCode::NOT_FOUND);
    let page = app.get("/portal/findings?done=dismissed", &auditor).await;
    assert_told(&page, &["Nothing stands out that nobody has looked at.", "We &lt;b&gt;asked", "Dismissed by Ada"]);
    assert_told(&app.get("/portal", &owner).await, &["nothing new"]);
    assert_told(&app.get("/portal/activity", &owner).await, &["Dismissed a finding"]);
    assert_told(&app.get("/portal/findings", &other).await, &["Nothing stands out"]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_finding_is_asked_about_in_its_own_words() {
    let (app, _, owner) = with_a_night().await;
    let key = key(&app, &owner).await;
    let form = app.get(&format!("{NIGHT}?finding={key}"), &owner).await;
    assert_told(&form, &["began between 02:00 and 05:00.", &format!("name=\"finding\" value=\"{key}\"")]);
    let plain = app.get(NIGHT, &owner).await.text();
    assert!(!plain.contains("between 02:00 and 05:00"), "{plain}");
    let ask = format!("{NIGHT}/ask");
    let empty = app.post(&ask, &owner, &[("body", ""), ("finding", &key)]).await;
    assert_told(&empty, &["This is missing.", &format!("name=\"finding\" value=\"{key}\"")]);
    // Another access's question leaves the finding open.
    app.post("/portal/access/3/ask", &owner, &[("body", "Who?"), ("finding", &key)]).await;
    assert_told(&app.get("/portal", &owner).await, &["1 to look at"]);
    let asked = app.post(&ask, &owner, &[("body", "Why at night?"), ("finding", &key)]).await;
    assert_eq!(asked.header("location"), "/portal/inquiries/1?done=question");
    assert_told(&app.get("/portal/findings", &owner).await, &["Asked about by Ada", "href=\"/portal/inquiries/1\""]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_month_is_summed_up_as_a_page_and_as_csv() {
    let (app, acme, owner) = with_a_night().await;
    app.post("/portal/access/3/ask", &owner, &[("body", "Who?")]).await;
    let list = app.get("/portal/summary", &owner).await;
    assert_told(&list, &["href=\"/portal/summary/2026-03\"", "So far", "December 2025"]);
    assert!(!list.text().contains("November 2025"), "nothing before the first access");
    let auditor = app.colleague(&acme, MemberRole::Auditor).await;
    let page = app.get("/portal/summary/2026-02", &auditor).await;
    assert_told(
        &page,
        &[
            "Access to your data in February 2026",
            "Your data was accessed 85 times in February 2026. That is 8 fewer than in January 2026.",
            "Support engineer",
            "Object Storage",
            "Approved by you",
            "Ireland",
            "at 03:12 UTC on 25 February 2026",
            "Nobody has looked at it",
            "Nothing was asked in this month.",
        ],
    );
    let march = app.get("/portal/summary/2026-03", &owner).await;
    assert_told(&march, &["while the month goes on", "1 inquiry waits for an answer now, none of it late"]);
    for nothing in ["2025-11", "2026-04", "2026-2", "soon"] {
        for address in [format!("/portal/summary/{nothing}"), format!("/portal/summary/{nothing}/data.csv")] {
            assert_eq!(app.get(&address, &owner).await.status, StatusCode::NOT_FOUND, "{address}");
        }
    }
    let csv = app.get("/portal/summary/2026-02/data.csv", &owner).await;
    assert!(csv.header("content-type").starts_with("text/csv"));
    assert!(csv.header("content-disposition").contains("summary-2026-02.csv"));
    let text = csv.text();
    let lines = text.split("\r\n").collect::<Vec<_>>();
    for line in [
        "month,section,item,count,count_month_before,note",
        "2026-02,total,Accesses in the record,85,93,",
        "2026-02,purpose,Support you asked for,85,93,",
        "2026-02,role,Support engineer,85,93,",
        "2026-02,inquiry,Not answered yet,0,,",
        "2026-02,about,Made at,,,2026-03-01T12:00:00.000000Z",
    ] {
        assert!(lines.contains(&line), "{line}: {text}");
    }
    assert!(text.contains("2026-02,finding,Unusual hour,1,,"), "{text}");
    assert_told(&app.get("/portal/activity", &owner).await, &["Downloaded a month’s summary"]);
    let (_, other) = app.member_of("zeta").await;
    assert_told(&app.get("/portal/summary/2026-03", &other).await, &["Nobody at the provider accessed your data"]);
    assert_eq!(app.get("/portal/summary/2026-02", &other).await.status, StatusCode::NOT_FOUND);
}
