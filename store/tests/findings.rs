//! What the rules find in a record, on both engines, and what people do about it.
#![expect(clippy::unwrap_used, reason = "the macro that makes two tests of one body hides that these are tests")]

use std::collections::BTreeSet;

use chrono::{Days, TimeDelta};
use domain::{
    MemberRole, Month, Purpose, Timestamp,
    access::{AccessDraft, AccessEvent},
    finding::FindingKind,
    inquiry::{AnswerPromise, SaidKind},
    summary::SummarySection,
};
use store::{
    Client, Customer, CustomerFindings, CustomerInquiries, NewAccess, NewPerson, NotAsked, NotSettled, Outcome,
    Settlement, SignInAnswer, SignedIn, store_test, testing::TestStore,
};

const PASSWORD: &str = "correct horse battery staple";

/// A person of a customer, by what it may do with findings and inquiries.
async fn person(test: &TestStore, customer: &Customer, role: MemberRole) -> (CustomerFindings, CustomerInquiries) {
    let email = format!("{}@{}.example", role.code(), customer.name);
    let person = NewPerson { email: &email, display_name: "Ada", password: PASSWORD };
    let operator = test.store.operator();
    let id = operator.create_member(customer, person, role).await.unwrap();
    (operator.findings_of(customer, id, role, "Ada"), operator.inquiries_of(customer, id, role, "Ada"))
}

fn event(id: String, started_at: Timestamp, accessor: &str) -> AccessEvent {
    let draft: AccessDraft = serde_json::from_value(serde_json::json!({
        "id": id, "accessor": {"pseudonym": accessor, "role": "Engineer", "employer": "Nimbus", "office_country": "IE"},
        "started_at": started_at.to_string(), "purpose": "customer_requested_support", "ticket": format!("CASE-{id}"),
        "justification": "Restore", "service": "Storage", "resources": [{"name": "records"}], "operations": ["read"],
        "requested_by": "it@acme.example",
        "approval": {"kind": "customer"}, "authentication": {"factors": ["passkey"]}
    }))
    .unwrap();
    draft.check(started_at.plus(TimeDelta::days(1))).unwrap()
}

/// The ordinary: three accesses a day by three people, in the 89 days before.
async fn ordinary(test: &TestStore, customer: &str) -> Vec<AccessEvent> {
    let today = test.store.now().day();
    let of = |place: u64| {
        let day = today - Days::new(89 - place / 3);
        let hour = TimeDelta::hours(9 + (place % 3) as i64) + TimeDelta::minutes((place % 60) as i64);
        event(place.to_string(), Timestamp::start_of(day).plus(hour), ["a", "b", "c"][(place % 3) as usize])
    };
    let events = (0..89 * 3).map(of).collect::<Vec<_>>();
    report(test, customer, &events).await;
    events
}

async fn report(test: &TestStore, customer: &str, events: &[AccessEvent]) {
    let new = |event: &AccessEvent| NewAccess { customer: customer.to_owned(), event: event.clone() };
    let outcomes = test.store.operator().reporter().record(events.iter().map(new).collect()).await.unwrap();
    assert!(outcomes.iter().all(|outcome| matches!(outcome, Outcome::Stored(_))));
}

fn days_ago(test: &TestStore, days: u64, hour: i64) -> Timestamp {
    Timestamp::start_of(test.store.now().day() - Days::new(days)).plus(TimeDelta::hours(hour))
}

store_test! {
    async fn what_stands_out_is_found_and_dismissed_once_with_a_reason(test: TestStore) {
        let acme = test.customer("acme").await;
        let (findings, _) = person(test, &acme, MemberRole::PrivacyOfficer).await;
        assert!(findings.found().await.unwrap().open.is_empty());
        ordinary(test, "acme").await;
        assert!(findings.found().await.unwrap().open.is_empty());
        let night = days_ago(test, 3, 3);
        report(test, "acme", &[event("night".to_owned(), night, "a"), event("new".to_owned(), days_ago(test, 2, 10), "z")])
            .await;
        let found = findings.found().await.unwrap();
        let kinds = found.open.iter().map(|finding| finding.kind).collect::<Vec<_>>();
        assert_eq!((kinds, found.left_out), (vec![FindingKind::FirstTimeAccessor, FindingKind::UnusualHour], 0));
        let finding = &found.open[1];
        assert_eq!((finding.at, &finding.accesses), (night, &vec![89 * 3]));

        let (auditor, _) = person(test, &acme, MemberRole::Auditor).await;
        assert_eq!(auditor.found().await.unwrap().open, found.open, "an auditor reads");
        assert_eq!(auditor.dismiss(&finding.key, "Known").await.unwrap(), Err(NotSettled::NotAllowed));
        assert!(matches!(findings.dismiss(&finding.key, " ").await.unwrap(), Err(NotSettled::Field(_))));
        assert_eq!(findings.dismiss(&finding.key, "We asked for it at night.").await.unwrap(), Ok(()));
        assert_eq!(findings.dismiss(&finding.key, "Again").await.unwrap(), Err(NotSettled::NotFound));
        assert_eq!(findings.found().await.unwrap().open, found.open[..1]);
        let settled = findings.settled().await.unwrap();
        assert_eq!(settled.len(), 1);
        assert_eq!((&settled[0].finding, settled[0].author.as_str()), (finding, "Ada"));
        let reason = "We asked for it at night.".to_owned();
        assert_eq!(settled[0].settlement, Settlement::Dismissed { reason });
        for change in ["UPDATE finding_settled SET reason = 'x'", "DELETE FROM finding_settled"] {
            assert!(test.raw_of(&acme, change).await.is_err(), "{change}");
        }
    }
}

store_test! {
    async fn a_finding_becomes_a_question_of_its_own_customer_alone(test: TestStore) {
        let (acme, zeta) = (test.customer("acme").await, test.customer("zeta").await);
        let (findings, inquiries) = person(test, &acme, MemberRole::Owner).await;
        let (theirs, _) = person(test, &zeta, MemberRole::Owner).await;
        ordinary(test, "acme").await;
        report(test, "acme", &[event("new".to_owned(), days_ago(test, 2, 10), "z")]).await;
        let finding = findings.found().await.unwrap().open[0].clone();
        assert!(theirs.found().await.unwrap().open.is_empty());
        assert_eq!(theirs.dismiss(&finding.key, "Not ours").await.unwrap(), Err(NotSettled::NotFound));
        let ask = async |about: i64| {
            inquiries.ask_about(&finding, about, SaidKind::Question, &finding.words, AnswerPromise::default()).await.unwrap()
        };
        assert_eq!(ask(9_999).await, Err(NotAsked::NotFound));
        assert_eq!(findings.found().await.unwrap().open.len(), 1, "what was not asked settles nothing");
        let inquiry = ask(finding.accesses[0]).await.unwrap();
        assert!(findings.found().await.unwrap().open.is_empty());
        assert_eq!(findings.settled().await.unwrap()[0].settlement, Settlement::Asked { inquiry });
        assert!(theirs.settled().await.unwrap().is_empty());
    }
}

store_test! {
    async fn what_was_corrected_is_looked_at_as_it_is_right(test: TestStore) {
        let acme = test.customer("acme").await;
        let (findings, _) = person(test, &acme, MemberRole::Owner).await;
        ordinary(test, "acme").await;
        let wrong = event("new".to_owned(), days_ago(test, 2, 10), "z");
        let mut right = AccessEvent { id: "right".to_owned(), corrects: Some(wrong.id.clone()), ..wrong.clone() };
        right.accessor.pseudonym = Some("a".to_owned());
        report(test, "acme", &[wrong]).await;
        assert_eq!(findings.found().await.unwrap().open.len(), 1);
        report(test, "acme", &[right]).await;
        assert!(findings.found().await.unwrap().open.is_empty());
    }
}

store_test! {
    async fn a_busy_record_is_judged_like_any_other(test: TestStore) {
        let acme = test.customer("acme").await;
        let (findings, _) = person(test, &acme, MemberRole::Owner).await;
        ordinary(test, "acme").await;
        // More than a server would want to read, all of it by day in the last three weeks.
        let busy = |place: u64| {
            let time = days_ago(test, 21 - place / 500, 10).plus(TimeDelta::seconds((place % 500) as i64 * 7));
            event(format!("busy-{place}"), time, ["a", "b", "c"][(place % 3) as usize])
        };
        for thousand in 0..10 {
            let events = (thousand * 1_000..(thousand + 1) * 1_000).map(busy).collect::<Vec<_>>();
            report(test, "acme", &events).await;
        }
        let kinds = |found: &store::Found| found.open.iter().map(|finding| finding.kind).collect::<Vec<_>>();
        let before = findings.found().await.unwrap();
        assert!(kinds(&before).iter().all(|kind| *kind == FindingKind::UnusualVolume), "{before:#?}");
        let odd = [event("night".to_owned(), days_ago(test, 1, 3), "a"), event("new".to_owned(), days_ago(test, 1, 10), "z")];
        report(test, "acme", &odd).await;
        let found = findings.found().await.unwrap();
        let kind = |kind| found.open.iter().find(|finding| finding.kind == kind).unwrap();
        assert_eq!(kind(FindingKind::FirstTimeAccessor).accesses, [10_268]);
        let night = kind(FindingKind::UnusualHour);
        assert_eq!((&night.accesses, night.count), (&vec![10_267], 1));
        assert!(night.words.contains("accesses for this purpose in the 60 days before, none began"), "{}", night.words);
        assert_eq!(found.left_out, 0);
    }
}

store_test! {
    async fn what_is_counted_is_what_stands_uncorrected(test: TestStore) {
        let acme = test.customer("acme").await;
        let (findings, _) = person(test, &acme, MemberRole::Owner).await;
        ordinary(test, "acme").await;
        let wrong = event("wrong".to_owned(), days_ago(test, 2, 10), "z");
        let correct = |id: &str, corrects: &str, name: &str| {
            let mut right = AccessEvent { id: id.to_owned(), corrects: Some(corrects.to_owned()), ..wrong.clone() };
            right.accessor.pseudonym = Some(name.to_owned());
            right
        };
        // Corrected in the batch that it came in, twice, and by a correction of the correction.
        report(test, "acme", &[wrong.clone(), correct("y", "wrong", "y"), correct("x", "wrong", "x")]).await;
        let names = |found: store::Found| {
            let words = found.open.into_iter().map(|finding| finding.words.split(' ').next().unwrap().to_owned());
            words.collect::<BTreeSet<_>>()
        };
        let found = names(findings.found().await.unwrap());
        assert_eq!(found.iter().map(String::as_str).collect::<Vec<_>>(), ["x", "y"], "both corrections stand");
        report(test, "acme", &[correct("a", "y", "a"), correct("b", "x", "b")]).await;
        assert_eq!(names(findings.found().await.unwrap()), BTreeSet::new());
        let unnamed = AccessEvent { requested_by: None, ticket: Some("CASE-1".to_owned()), ..event("unnamed".to_owned(), days_ago(test, 2, 10), "a") };
        let drifted = AccessEvent { purpose: Purpose::ServiceOperation, ticket: Some("CASE-2".to_owned()), ..unnamed.clone() };
        let alone = AccessEvent { id: "alone".to_owned(), ticket: None, ..unnamed.clone() };
        report(test, "acme", &[unnamed, AccessEvent { id: "drifted".to_owned(), ..drifted }, alone]).await;
        let found = findings.found().await.unwrap().open;
        let kinds = found.iter().map(|finding| (finding.kind, finding.accesses.clone())).collect::<BTreeSet<_>>();
        // Another access under CASE-1 names who asked.
        let expected = [(FindingKind::PurposeDrift, vec![273]), (FindingKind::RequestNotNamed, vec![274])];
        assert_eq!(kinds, BTreeSet::from(expected), "{found:#?}");
    }
}

store_test! {
    async fn nothing_outside_the_days_looked_at_takes_time_or_is_found(test: TestStore) {
        let acme = test.customer("acme").await;
        let (findings, _) = person(test, &acme, MemberRole::Owner).await;
        ordinary(test, "acme").await;
        report(test, "acme", &[event("new".to_owned(), days_ago(test, 2, 10), "z")]).await;
        test.clock.set(test.store.now().plus(TimeDelta::days(27)));
        assert_eq!(findings.found().await.unwrap().open.len(), 1);
        test.clock.set(test.store.now().plus(TimeDelta::days(2)));
        assert!(findings.found().await.unwrap().open.is_empty());
    }
}

store_test! {
    async fn a_month_is_counted_beside_the_one_before(test: TestStore) {
        let acme = test.customer("acme").await;
        person(test, &acme, MemberRole::Owner).await;
        ordinary(test, "acme").await;
        report(test, "acme", &[event("night".to_owned(), days_ago(test, 4, 3), "a")]).await;
        let client = Client::default();
        let answer = test.store.sign_in("owner@acme.example", PASSWORD, &client).await.unwrap();
        let SignInAnswer::SignedIn(token) = answer else { panic!("not signed in") };
        let session = test.store.session(&token.secret, &client).await.unwrap().unwrap();
        let SignedIn::Member(member) = session.signed_in else { panic!("no member") };
        let months = member.summary_months().await.unwrap();
        assert_eq!(months.iter().map(Month::to_string).collect::<Vec<_>>(), ["2026-03", "2026-02", "2026-01", "2025-12"]);
        let summary = member.summary(months[1]).await.unwrap().unwrap();
        let line = |section: SummarySection, place: usize| {
            let line = &summary.section(section)[place];
            (line.item.as_str(), line.count, line.before)
        };
        assert_eq!(line(SummarySection::Total, 0), ("Accesses in the record", 85, 93));
        assert_eq!(line(SummarySection::Role, 0), ("Engineer", 85, 93));
        assert_eq!(line(SummarySection::Approval, 0), ("Approved by you", 85, 93));
        assert_eq!(line(SummarySection::Country, 0), ("Ireland", 85, 93));
        assert!(summary.section(SummarySection::Total)[1..].iter().all(|line| (line.count, line.before) == (0, 0)));
        assert_eq!(summary.findings.len(), 1);
        assert!(member.summary(months[3].previous()).await.unwrap().is_none());
    }
}
