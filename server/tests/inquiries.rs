//! Inquiries through the router: asked at an access, answered and decided at the desk, read by their customer alone.

mod common;

use axum::http::StatusCode;
use chrono::TimeDelta;
use common::{Answer, App, event};
use domain::{MemberRole, StaffRole};
use store::Scope;

/// Leptos parts texts that stand beside each other by empty comments.
fn assert_told(answer: &Answer, texts: &[&str]) {
    let page = answer.text().replace("<!>", "");
    for text in texts {
        assert!(page.contains(text), "{text}: {page}");
    }
}

/// An application in which acme's record has one access, and the cookie of acme's owner.
async fn with_access() -> (App, store::Customer, String) {
    let app = App::open().await;
    let (acme, owner) = app.member_of("acme").await;
    let token = app.token(None, Scope::AccessEventsWrite).await;
    let answer = app.report(&token, "application/json", event("evt-1", "acme").to_string()).await;
    assert_eq!(answer.status, StatusCode::OK, "{}", answer.text());
    (app, acme, owner)
}

/// Where the only inquiry stands at the desk.
async fn desk_address(app: &App, cookie: &str) -> String {
    let page = app.get("/desk/inquiries", cookie).await.text();
    let rest = page.split_once("href=\"/desk/inquiries/").expect("an inquiry").1;
    format!("/desk/inquiries/{}", rest.split('"').next().expect("an id"))
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_question_is_answered_in_time_and_both_sides_see_how_soon() {
    let (app, acme, owner) = with_access().await;
    let page = app.get("/portal/access/0", &owner).await;
    assert_told(&page, &["Ask about it, or dispute it", "An answer is promised within 3 working days"]);
    let empty = app.post("/portal/access/0/ask", &owner, &[("body", " ")]).await;
    assert_eq!(empty.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert_told(&empty, &["This is missing."]);
    let asked = app.post("/portal/access/0/ask", &owner, &[("body", "Who was <b>this</b>?")]).await;
    assert_eq!(asked.header("location"), "/portal/inquiries/0?done=question");
    let page = app.get("/portal/inquiries/0?done=question", &owner).await;
    assert_told(
        &page,
        &["Your question is with the provider", "Who was &lt;b&gt;this", "Waits for an answer", "Promised before"],
    );
    assert_told(&app.get("/portal/access/0", &owner).await, &["Asked about it", "Inquiry 0"]);

    let operations = app.staff(StaffRole::Operations).await;
    let list = app.get("/desk/inquiries", &operations).await;
    assert_told(
        &list,
        &["aria-label=\"Inquiries, 1 waiting\"", "ACME", "1 inquiry waits for an answer now, none of it late"],
    );
    let desk = desk_address(&app, &operations).await;
    assert_told(&app.get(&desk, &operations).await, &["Who was", "Restore of a deleted folder", "record 0"]);
    let typed = app.post(&format!("{desk}/answer"), &operations, &[("body", "a\u{7}")]).await;
    assert_eq!(typed.status, StatusCode::UNPROCESSABLE_ENTITY);
    let decided = app.post(&format!("{desk}/decide"), &operations, &[("outcome", "justified"), ("reason", "x")]).await;
    assert_told(&decided, &["No dispute is open here any more"]);
    app.later(TimeDelta::hours(2));
    let operations = app.cookie("operations@provider.example").await;
    let answered = app.post(&format!("{desk}/answer"), &operations, &[("body", "It was Sam, for CASE-1.")]).await;
    assert_eq!(answered.header("location"), format!("{desk}?done=answered"));

    let owner = app.cookie("owner@acme.example").await;
    let list = app.get("/portal/inquiries", &owner).await;
    assert_told(
        &list,
        &[
            "aria-label=\"Inquiries, 1 waiting\"",
            "Unread",
            "You were answered once",
            "within 2 hours",
            "All were in time",
        ],
    );
    let auditor = app.colleague(&acme, MemberRole::Auditor).await;
    let read = app.get("/portal/inquiries/0", &auditor).await;
    assert_told(&read, &["It was Sam, for CASE-1."]);
    assert!(!read.text().contains("<textarea"), "an auditor reads");
    assert_told(&app.get("/portal/inquiries", &auditor).await, &["Unread"]);
    app.get("/portal/inquiries/0", &owner).await;
    assert!(!app.get("/portal/inquiries", &owner).await.text().contains("Unread"));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_dispute_ends_with_an_outcome_and_a_correction() {
    let (app, _, owner) = with_access().await;
    app.post("/portal/access/0/dispute", &owner, &[("body", "We asked for nothing.")]).await;
    let twice = app.post("/portal/inquiries/0/dispute", &owner, &[("body", "Still <not>.")]).await;
    assert_told(&twice, &["A dispute of this is open already", "Still &lt;not&gt;."]);
    let operations = app.staff(StaffRole::Operations).await;
    let desk = desk_address(&app, &operations).await;
    let decide = format!("{desk}/decide");
    let wrong = app.post(&decide, &operations, &[("outcome", "error"), ("reason", "Mistyped."), ("record", "0")]).await;
    assert_told(&wrong, &["This is missing: say how the record is put right.", "Mistyped."]);
    let fields = [
        ("outcome", "error"),
        ("reason", "The ticket was mistyped."),
        ("record", "0"),
        ("remedy", "here"),
        ("purpose", "production_alert"),
        ("justification", "Disk nearly full"),
        ("ticket", "INC-7"),
    ];
    app.later(TimeDelta::minutes(11));
    let stale = app.post(&decide, &operations, &fields).await;
    assert!(stale.header("location").starts_with("/sign-in?again=1"), "{}", stale.header("location"));
    let operations = app.cookie("operations@provider.example").await;
    assert_eq!(app.post(&decide, &operations, &fields).await.header("location"), format!("{desk}?done=decided"));

    let page = app.get("/portal/inquiries/0", &owner).await;
    assert_told(&page, &["The record was wrong.", "The ticket was mistyped.", "href=\"/portal/access/1\""]);
    assert_told(
        &app.get("/portal/access/0", &owner).await,
        &["This record was corrected later by", "The record was wrong"],
    );
    assert_told(&app.get("/portal/access/1", &owner).await, &["This record corrects", "INC-7"]);
    assert!(!app.get(&desk, &operations).await.text().contains("href=\"/portal/access"), "staff have no way there");
    let trail = app.get("/portal/activity", &owner).await;
    assert_told(&trail, &["Disputed an access"]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nobody_reads_or_goes_on_with_anothers_inquiry() {
    let (app, acme, owner) = with_access().await;
    app.post("/portal/access/0/ask", &owner, &[("body", "Who was this?")]).await;
    let (_, other) = app.member_of("zeta").await;
    let auditor = app.colleague(&acme, MemberRole::Auditor).await;
    for path in ["/portal/inquiries/0", "/portal/inquiries/1", "/portal/inquiries/00", "/portal/inquiries?before=x"] {
        assert_eq!(app.get(path, &other).await.status, StatusCode::NOT_FOUND, "{path}");
    }
    for (path, cookie) in [
        ("/portal/inquiries/0/ask", &other),
        ("/portal/access/0/ask", &other),
        ("/portal/access/7/ask", &owner),
        ("/portal/access/0/dispute", &auditor),
        ("/portal/inquiries/0/ask", &auditor),
    ] {
        assert_eq!(app.post(path, cookie, &[("body", "?")]).await.status, StatusCode::NOT_FOUND, "{path}");
    }
    assert_told(&app.get("/portal/inquiries", &other).await, &["Your organisation has asked nothing yet."]);
}
