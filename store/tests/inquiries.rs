//! What customers ask and dispute about accesses, on both engines.
#![expect(clippy::unwrap_used, reason = "the macro that makes two tests of one body hides that these are tests")]

use std::collections::BTreeSet;

use chrono::TimeDelta;
use domain::{
    MemberRole, PersonId, StaffRole,
    access::AccessDraft,
    filter::AccessView,
    inquiry::{AnswerPromise, AnswerPromptness, DecisionDraft, DisputeOutcome, SaidKind},
};
use store::{
    Customer, CustomerInquiries, InquiryDesk, MailContent, NewAccess, NewPerson, NotAsked, NotDecided, Outcome, Store,
    store_test, testing::TestStore,
};

const PASSWORD: &str = "correct horse battery staple";

/// A customer with one access in its record, and a person of it.
async fn customer(test: &TestStore, name: &str) -> (Customer, CustomerInquiries) {
    let customer = test.customer(name).await;
    let draft: AccessDraft = serde_json::from_value(serde_json::json!({
        "id": "evt-1", "accessor": {"role": "Engineer", "employer": "Nimbus", "office_country": "IE"},
        "started_at": "2026-02-01T11:00:00Z", "purpose": "customer_requested_support", "ticket": "CASE-1",
        "justification": format!("Restore for {name}"), "service": "Storage", "resources": [{"name": "records"}],
        "operations": ["read"], "approval": {"kind": "customer"}, "authentication": {"factors": ["passkey"]}
    }))
    .unwrap();
    let event = draft.check(test.store.now()).unwrap();
    let access = NewAccess { customer: name.to_owned(), event };
    let outcomes = test.store.operator().reporter().record(vec![access]).await.unwrap();
    assert!(matches!(outcomes[..], [Outcome::Stored(_)]));
    let inquiries = person(test, &customer, MemberRole::PrivacyOfficer).await;
    (customer, inquiries)
}

async fn person(test: &TestStore, customer: &Customer, role: MemberRole) -> CustomerInquiries {
    let email = format!("{}@{}.example", role.code(), customer.name);
    let person = NewPerson { email: &email, display_name: "Ada", password: PASSWORD };
    let id = test.store.operator().create_member(customer, person, role).await.unwrap();
    test.store.operator().inquiries_of(customer, id, role, "Ada")
}

async fn staff(store: &Store) -> (PersonId, InquiryDesk) {
    let person = NewPerson { email: "sam@provider.example", display_name: "Sam", password: PASSWORD };
    let id = store.operator().create_staff(person, StaffRole::Operations).await.unwrap();
    (id, store.operator().inquiry_desk(id, "Sam"))
}

async fn ask(inquiries: &CustomerInquiries, kind: SaidKind) -> i64 {
    let asked = inquiries.ask(&BTreeSet::from([0]), kind, "Who was this?", AnswerPromise::default()).await.unwrap();
    asked.unwrap()
}

fn decision(outcome: &str) -> DecisionDraft {
    DecisionDraft { outcome: outcome.to_owned(), reason: "We looked.".to_owned(), ..DecisionDraft::default() }
}

store_test! {
    async fn a_question_is_answered_and_the_time_is_measured(test: TestStore) {
        let (_, inquiries) = customer(test, "acme").await;
        let (_, desk) = staff(&test.store).await;
        let asked_at = test.store.now();
        let sequence = ask(&inquiries, SaidKind::Question).await;
        let waiting = desk.waiting().await.unwrap();
        assert_eq!((waiting.len(), desk.count_waiting().await.unwrap()), (1, 1));
        assert_eq!(waiting[0].line.state.waits, Some((asked_at, AnswerPromise::default().due(asked_at))));
        assert_eq!(inquiries.count_unread().await.unwrap(), 0);

        test.clock.set(asked_at.plus(TimeDelta::hours(5)));
        let id = waiting[0].line.id;
        assert!(desk.answer(id, " ").await.unwrap().unwrap().is_err());
        desk.answer(id, "It was Sam.").await.unwrap().unwrap().unwrap();
        assert_eq!((desk.count_waiting().await.unwrap(), inquiries.count_unread().await.unwrap()), (0, 1));
        let view = inquiries.open(sequence).await.unwrap().unwrap();
        let bodies = view.messages.iter().map(|message| message.body.as_str()).collect::<Vec<_>>();
        assert_eq!(bodies, ["Who was this?", "It was Sam."]);
        assert_eq!(inquiries.count_unread().await.unwrap(), 0);
        for waits in [inquiries.waits(asked_at).await.unwrap(), desk.waits(asked_at).await.unwrap()] {
            let figures = AnswerPromptness::of(&waits, test.store.now());
            assert_eq!((figures.answered, figures.in_time, figures.median), (1, 1, Some(TimeDelta::hours(5))));
        }

        let again = inquiries.go_on(sequence, SaidKind::Question, "And why?", AnswerPromise::default()).await.unwrap();
        assert_eq!(again, Ok(()));
        let late = AnswerPromise::default().due(test.store.now());
        let figures = AnswerPromptness::of(&inquiries.waits(late).await.unwrap(), late);
        assert_eq!((figures.answered, figures.open, figures.open_late), (0, 1, 1));
    }
}

store_test! {
    async fn a_dispute_about_an_error_ends_with_a_record_that_corrects(test: TestStore) {
        let (customer, inquiries) = customer(test, "acme").await;
        let (_, desk) = staff(&test.store).await;
        let sequence = ask(&inquiries, SaidKind::Dispute).await;
        let id = desk.waiting().await.unwrap()[0].line.id;
        desk.answer(id, "We look into it.").await.unwrap().unwrap().unwrap();
        assert_eq!(desk.count_waiting().await.unwrap(), 1, "words don't end a dispute");
        let twice = inquiries.go_on(sequence, SaidKind::Dispute, "Again", AnswerPromise::default()).await.unwrap();
        assert_eq!(twice, Err(NotAsked::Already));

        assert!(matches!(desk.decide(id, &decision("misuse")).await.unwrap(), Err(NotDecided::Fields(_))));
        let error = DecisionDraft {
            record: "0".to_owned(),
            remedy: "here".to_owned(),
            purpose: "production_alert".to_owned(),
            justification: "Disk nearly full".to_owned(),
            ticket: "INC-7".to_owned(),
            ..decision("error")
        };
        desk.decide(id, &error).await.unwrap().unwrap();
        assert_eq!(desk.decide(id, &error).await.unwrap(), Err(NotDecided::NotDisputed));

        let records = test.store.operator().records_of(&customer);
        let wrong = records.record(0).await.unwrap().unwrap();
        let right = records.record(1).await.unwrap().unwrap();
        assert_eq!((wrong.corrected_by, right.corrects), (Some(1), Some(0)));
        assert_eq!((right.event.ticket.as_deref(), right.event.source), (Some("INC-7"), wrong.event.source));
        assert_eq!(wrong.event.justification.as_deref().unwrap(), "Restore for acme");
        let view = inquiries.open(sequence).await.unwrap().unwrap();
        let outcome = view.messages.last().unwrap();
        assert_eq!((outcome.outcome, outcome.corrected, outcome.correction), (Some(DisputeOutcome::Error), Some(0), Some(1)));
        assert_eq!(view.line.state.outcome, Some(DisputeOutcome::Error));
        assert_eq!(records.page(&AccessView::default()).await.unwrap().records.len(), 2);

        // Another thread of the same record can't correct it a second time.
        let second = ask(&inquiries, SaidKind::Dispute).await;
        let page = inquiries.page(None).await.unwrap();
        let other = page.lines.iter().find(|line| line.sequence == second).unwrap().id;
        let refused = desk.decide(other, &error).await.unwrap();
        assert!(matches!(&refused, Err(NotDecided::Fields(problems)) if problems[0].field == "record"), "{refused:?}");
        assert!(records.record(2).await.unwrap().is_none());

        // Whoever disagrees disputes it again.
        let again = inquiries.go_on(sequence, SaidKind::Dispute, "It was not", AnswerPromise::default()).await.unwrap();
        assert_eq!(again, Ok(()));
        let misuse = DecisionDraft { consequence: "Access was withdrawn.".to_owned(), ..decision("misuse") };
        desk.decide(id, &misuse).await.unwrap().unwrap();
        assert_eq!(inquiries.open(sequence).await.unwrap().unwrap().line.state.outcome, Some(DisputeOutcome::Misuse));
    }
}

store_test! {
    async fn each_customer_sees_its_own_and_the_desk_no_more_of_a_record_than_was_shown(test: TestStore) {
        let (acme, ours) = customer(test, "acme").await;
        let (_, theirs) = customer(test, "zeta").await;
        let (_, desk) = staff(&test.store).await;
        ask(&ours, SaidKind::Question).await;
        ask(&theirs, SaidKind::Question).await;
        let page = ours.page(None).await.unwrap();
        assert_eq!(page.lines.len(), 1);
        assert_eq!(page.lines[0].first.1.justification.as_deref().unwrap(), "Restore for acme");
        assert!(ours.open(1).await.unwrap().is_none());
        assert_eq!(ours.about(0).await.unwrap().len(), 1);
        let (all, older) = desk.page(None).await.unwrap();
        assert_eq!((all.len(), older), (2, None));
        let (of, view) = desk.inquiry(page.lines[0].id).await.unwrap().unwrap();
        assert_eq!((of.id, view.accesses.len(), view.accesses[0].0), (acme.id, 1, 0));

        let unknown = ours.ask(&BTreeSet::from([0, 7]), SaidKind::Question, "?", AnswerPromise::default()).await.unwrap();
        assert_eq!(unknown, Err(NotAsked::NotFound));
        let auditor = person(test, &acme, MemberRole::Auditor).await;
        let asked = auditor.ask(&BTreeSet::from([0]), SaidKind::Question, "?", AnswerPromise::default()).await.unwrap();
        assert_eq!(asked, Err(NotAsked::NotAllowed));
    }
}

store_test! {
    async fn what_was_said_is_never_changed(test: TestStore) {
        let (customer, inquiries) = customer(test, "acme").await;
        ask(&inquiries, SaidKind::Question).await;
        for change in [
            "UPDATE inquiry_message SET body = ''", "DELETE FROM inquiry_message",
            "UPDATE inquiry_access SET access = '{}'", "DELETE FROM inquiry_access", "DELETE FROM inquiry",
        ] {
            assert!(test.raw_of(&customer, change).await.is_err(), "{change}");
        }
    }
}

store_test! {
    async fn both_sides_are_mailed_and_no_more_is_told_than_that(test: TestStore) {
        let test_store = test.store.clone().with_mail();
        let (acme, _) = customer(test, "acme").await;
        let owner = NewPerson { email: "owner@acme.example", display_name: "Ruth", password: PASSWORD };
        let owner = test_store.operator().create_member(&acme, owner, MemberRole::Owner).await.unwrap();
        let inquiries = test_store.operator().inquiries_of(&acme, owner, MemberRole::Owner, "Ruth");
        let (sam, _) = staff(&test_store).await;
        let desk = test_store.operator().inquiry_desk(sam, "Sam");
        ask(&inquiries, SaidKind::Dispute).await;
        let outbox = test_store.outbox();
        let mail = outbox.next().await.unwrap().unwrap();
        let MailContent::InquiryWaits { inquiry, disputed: true, .. } = mail.content else { panic!("{mail:?}") };
        assert_eq!(mail.to, "sam@provider.example");
        outbox.sent(&mail).await.unwrap();
        desk.decide(inquiry, &decision("justified")).await.unwrap().unwrap();
        let mut told = BTreeSet::new();
        while let Some(mail) = outbox.next().await.unwrap() {
            assert!(matches!(mail.content, MailContent::InquiryAnswered { sequence: 0, .. }), "{mail:?}");
            outbox.sent(&mail).await.unwrap();
            told.insert(mail.to);
        }
        assert_eq!(told, BTreeSet::from(["owner@acme.example".to_owned(), "privacy_officer@acme.example".to_owned()]));
    }
}
