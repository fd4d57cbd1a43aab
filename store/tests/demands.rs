//! Lawful demands, and the notices that come of them, on both engines.
#![expect(clippy::unwrap_used, reason = "the macro that makes two tests of one body hides that these are tests")]

use std::collections::BTreeSet;

use chrono::TimeDelta;
use domain::{
    CustomerId, DemandId, MemberRole, StaffRole, Timestamp,
    demand::{
        Act, Case, CheckItem, DemandDraft, Intake, ManifestDraft, NoticeAbout, OrderEnd, OrderEnding, Outcome, Refusal,
        Status, Verdict,
    },
    notice::{LawfulDemand, NoticeContent, NoticeDraft},
};
use serde_json::json;
use store::{
    ActRefused, Client, Customer, CustomerNotices, DocumentKind, Keyring, LegalDesk, MessageKind, NewDocument,
    NewPerson, NotIssued, NotNow, NotSaid, NoticeFilter, Session, SignInAnswer, SignedIn, Store, ToWhom, one_time_code,
    store_test, testing::TestStore,
};

const PASSWORD: &str = "correct horse battery staple";
const SECRET: [u8; 20] = *b"twenty bytes of key!";
const SECRET_TEXT: &str = "OR3WK3TUPEQGE6LUMVZSA33GEBVWK6JB";

async fn staff(test: &TestStore, name: &str, role: StaffRole) -> Session {
    let email = format!("{}@nimbus.example", name.to_lowercase());
    let person = NewPerson { email: &email, display_name: name, password: PASSWORD };
    let id = test.store.operator().create_staff(person, role).await.unwrap();
    test.store.operator().set_authenticator(id, &SECRET).await.unwrap();
    let client = Client::default();
    let SignInAnswer::CodeNeeded(ceremony) = test.store.sign_in(&email, PASSWORD, &client).await.unwrap() else {
        panic!("no code is asked for")
    };
    let code = one_time_code(SECRET_TEXT, test.store.now()).unwrap();
    let SignInAnswer::SignedIn(token) = test.store.sign_in_with_code(&ceremony, &code, &client).await.unwrap() else {
        panic!("not signed in")
    };
    test.store.session(&token.secret, &client).await.unwrap().unwrap()
}

async fn member(test: &TestStore, customer: &Customer, name: &str, role: MemberRole) -> CustomerNotices {
    let email = format!("{}@{}.example", name.to_lowercase(), customer.name);
    let person = NewPerson { email: &email, display_name: name, password: PASSWORD };
    test.store.operator().create_member(customer, person, role).await.unwrap();
    let SignInAnswer::SignedIn(token) = test.store.sign_in(&email, PASSWORD, &Client::default()).await.unwrap() else {
        panic!("not signed in")
    };
    match test.store.session(&token.secret, &Client::default()).await.unwrap().unwrap().signed_in {
        SignedIn::Member(member) => member.notices,
        SignedIn::Staff(_) => panic!("a member"),
    }
}

fn later(test: &TestStore, by: TimeDelta) {
    test.clock.set(test.store.now().plus(by));
}

fn intake(test: &TestStore, customers: &[&Customer], changes: serde_json::Value) -> Intake {
    let identifiers = customers.iter().map(|customer| {
        json!({ "kind": "account", "value": format!("{}-7", customer.name), "customers": [customer.id.to_string()] })
    });
    let mut draft = json!({
        "reference": "26-gj-7", "authority": "FBI", "country": "US", "process": "search_warrant",
        "received_at": "2026-03-01T10:00:00Z", "sought": ["subscriber", "content"], "description": "Fraud.",
        "identifiers": identifiers.collect::<Vec<_>>(),
    });
    draft.as_object_mut().unwrap().extend(changes.as_object().unwrap().clone());
    serde_json::from_value::<DemandDraft>(draft).unwrap().check(test.store.now()).unwrap()
}

fn order_until(date: &str) -> serde_json::Value {
    json!({ "order": { "issued_by": "District Court", "basis": "18 USC 2705(b)", "reference": "26-mj-7",
        "issued_on": "2026-02-27", "zone": "America/New_York", "end": { "ends": "on_date", "date": date } } })
}

async fn act(desk: &LegalDesk, id: DemandId, act: Act) -> Result<(), ActRefused> {
    let revision = desk.demand(id).await.unwrap().unwrap().revision;
    desk.act(id, revision, act).await.unwrap()
}

async fn case(desk: &LegalDesk, id: DemandId) -> Case {
    desk.demand(id).await.unwrap().unwrap().stage.case().clone()
}

async fn add_copy(desk: &LegalDesk, id: DemandId, kind: DocumentKind, only_for: Option<CustomerId>) {
    let revision = desk.demand(id).await.unwrap().unwrap().revision;
    let new = NewDocument { kind, name: "warrant.pdf".to_owned(), only_for, body: b"%PDF-1.7 a warrant".to_vec() };
    desk.add_document(id, revision, new).await.unwrap().unwrap();
}

fn answer(item: CheckItem, verdict: Verdict) -> Act {
    Act::Answered { item, verdict, reason: "Looked at.".to_owned() }
}

/// Answers what is left of the review, as favourably as the facts allow, and ends it.
async fn review(desk: &LegalDesk, id: DemandId) {
    while let Some(item) = case(desk, id).await.checklist().next() {
        let mut done = false;
        for verdict in [Verdict::Met, Verdict::NotApplicable] {
            done = done || act(desk, id, answer(item, verdict)).await.is_ok();
        }
        assert!(done, "{item:?} has no answer");
    }
    act(desk, id, Act::ReviewFinished).await.unwrap();
}

fn manifest(customer: &Customer) -> ManifestDraft {
    serde_json::from_value(json!({
        "items": [{ "customer": customer.id.to_string(), "identifier": format!("{}-7", customer.name),
            "kind": "content", "description": "Mail of May", "records": "12" }],
        "recipient": "Special Agent Doe", "means": "encrypted to the agent’s key",
    }))
    .unwrap()
}

async fn propose(desk: &LegalDesk, id: DemandId, customer: &Customer) -> Result<(), ActRefused> {
    let revision = desk.demand(id).await.unwrap().unwrap().revision;
    desk.propose(id, revision, &manifest(customer)).await.unwrap()
}

async fn titles(notices: &CustomerNotices) -> Vec<String> {
    let page = notices.page(&NoticeFilter::default(), None).await.unwrap();
    page.lines.iter().map(|line| line.notice.content.title()).collect()
}

async fn told(notices: &CustomerNotices, sequence: i64) -> LawfulDemand {
    match notices.open(sequence).await.unwrap().unwrap().notice.content {
        NoticeContent::LawfulDemand(demand) => demand,
        other => panic!("{other:?}"),
    }
}

store_test! {
    async fn a_demand_is_reviewed_signed_twice_disclosed_and_told_with_its_copy(test: TestStore) {
        let acme = test.customer("acme").await;
        let ada = member(test, &acme, "Ada", MemberRole::PrivacyOfficer).await;
        let (lou, max) = (staff(test, "Lou", StaffRole::Legal).await, staff(test, "Max", StaffRole::Legal).await);
        let (first, second) = (lou.legal().unwrap(), max.legal().unwrap());
        let id = first.register(intake(test, &[&acme], json!({}))).await.unwrap().unwrap();
        assert!(titles(&ada).await.is_empty(), "nobody knows yet whether it is authentic");
        let authentic = answer(CheckItem::Authentic, Verdict::Met);
        assert_eq!(act(&first, id, authentic.clone()).await, Err(ActRefused::NoCopy));
        add_copy(&first, id, DocumentKind::Demand, None).await;
        add_copy(&first, id, DocumentKind::Correspondence, None).await;
        act(&first, id, authentic).await.unwrap();
        assert_eq!(titles(&ada).await, ["FBI demands data of yours"]);
        act(&first, id, Act::RedirectAttempted { how: "By letter.".to_owned() }).await.unwrap();
        review(&first, id).await;
        propose(&first, id, &acme).await.unwrap();
        let sign = Act::SignedOff { reason: "Right.".to_owned() };
        act(&first, id, sign.clone()).await.unwrap();
        assert_eq!(act(&first, id, sign.clone()).await, Err(ActRefused::Rule(Refusal::SameSigner)));
        act(&second, id, sign).await.unwrap();
        later(test, TimeDelta::hours(1));
        assert_eq!(act(&max.legal().unwrap(), id, Act::Disclosed).await, Err(ActRefused::NotFresh));
        let fresh = staff(test, "Pat", StaffRole::Legal).await.legal().unwrap();
        act(&fresh, id, Act::Disclosed).await.unwrap();

        assert_eq!(titles(&ada).await, ["What became of a demand by FBI for data of yours", "FBI demands data of yours"]);
        let (demand, outcome) = (told(&ada, 0).await, told(&ada, 1).await);
        assert_eq!((demand.about, demand.outcome, demand.delay), (NoticeAbout::Demand, None, None));
        assert_eq!((outcome.about, outcome.outcome), (NoticeAbout::Outcome, Some(Outcome::ContentDisclosed)));
        let opened = ada.open(1).await.unwrap().unwrap();
        assert_eq!(opened.related, [(0, "FBI demands data of yours".to_owned())]);
        assert_eq!(opened.copies.len(), 1, "correspondence stays with the legal team");
        let copy = ada.copy(1, opened.copies[0].document).await.unwrap().unwrap();
        assert_eq!((copy.body.as_slice(), copy.media_type.as_str()), (&b"%PDF-1.7 a warrant"[..], "application/pdf"));
        let handled = test.store.handled().await.unwrap();
        assert_eq!(handled, ada.handled().await.unwrap());
        assert_eq!(handled.len(), 1, "a demand counts once");
        act(&fresh, id, Act::Closed).await.unwrap();
        assert_eq!(case(&fresh, id).await.status(), Status::Closed);
        assert!(fresh.pending().await.unwrap().is_empty());
    }
}

store_test! {
    async fn a_customer_learns_nothing_of_another_that_the_demand_names(test: TestStore) {
        let (acme, zeta) = (test.customer("acme").await, test.customer("zeta").await);
        let ada = member(test, &acme, "Ada", MemberRole::Owner).await;
        let zoe = member(test, &zeta, "Zoe", MemberRole::Owner).await;
        let desk = staff(test, "Lou", StaffRole::Legal).await.legal().unwrap();
        let id = desk.register(intake(test, &[&acme, &zeta], json!({}))).await.unwrap().unwrap();
        let authentic = answer(CheckItem::Authentic, Verdict::Met);
        add_copy(&desk, id, DocumentKind::Demand, None).await;
        add_copy(&desk, id, DocumentKind::Demand, Some(acme.id)).await;
        assert_eq!(act(&desk, id, authentic.clone()).await, Err(ActRefused::NoCopy), "Zeta has none");
        add_copy(&desk, id, DocumentKind::Demand, Some(zeta.id)).await;
        act(&desk, id, authentic).await.unwrap();
        let (hers, theirs) = (ada.open(0).await.unwrap().unwrap(), zoe.open(0).await.unwrap().unwrap());
        assert_eq!((hers.copies.len(), theirs.copies.len()), (1, 1), "each its own, and nobody the one that names both");
        for (view, other) in [(hers.clone(), "zeta"), (theirs, "acme")] {
            assert!(!serde_json::to_string(&view.notice.content).unwrap().contains(other), "{view:?}");
        }
        assert!(zoe.copy(0, hers.copies[0].document).await.unwrap().is_none(), "nor by a guessed address");
    }
}

store_test! {
    async fn a_sealed_demand_is_told_once_on_the_day_its_order_ends_however_late_the_server_starts(test: TestStore) {
        let acme = test.customer("acme").await;
        let ada = member(test, &acme, "Ada", MemberRole::PrivacyOfficer).await;
        let store = test.store.clone().with_mail();
        let lou = staff(test, "Lou", StaffRole::Legal).await;
        let desk = store.operator().legal_desk(lou.signed_in.person(), "Lou").unwrap();
        // Clocks in New York go forward on the 8th.
        let id = desk.register(intake(test, &[&acme], order_until("2026-03-08"))).await.unwrap().unwrap();
        add_copy(&desk, id, DocumentKind::Demand, None).await;
        add_copy(&desk, id, DocumentKind::Order, None).await;
        act(&desk, id, answer(CheckItem::Authentic, Verdict::Met)).await.unwrap();
        let reason = "It names nobody who is a customer of ours.".to_owned();
        act(&desk, id, Act::Rejected { reason }).await.unwrap();
        let end = Timestamp::parse("2026-03-09T04:00:00Z").unwrap();
        assert_eq!(store.release_due().await.unwrap(), (0, Some(end)));
        test.clock.set(end.minus(TimeDelta::microseconds(1)));
        assert_eq!(store.release_due().await.unwrap().0, 0);
        for table in ["mail", "notice_reminder"] {
            assert_eq!(test.dump(table).await.unwrap(), "", "{table} tells of a sealed demand");
        }
        assert!(titles(&ada).await.is_empty() && test.store.handled().await.unwrap().is_empty());
        test.clock.set(end.plus(TimeDelta::days(7)));
        let servers = (0..4).map(|_| store.release_due());
        let released = futures::future::try_join_all(servers).await.unwrap();
        assert_eq!(released.iter().map(|(released, _)| released).sum::<u64>(), 1, "{released:?}");
        assert_eq!(titles(&ada).await.len(), 1);
        let mail = store.outbox().next().await.unwrap().unwrap();
        assert_eq!((mail.to.as_str(), store.outbox().next().await.unwrap()), ("ada@acme.example", None));
        let told = told(&ada, 0).await;
        let delay = told.delay.unwrap();
        assert_eq!((delay.until, delay.orders[0].issued_by.as_str()), (end, "District Court"));
        assert_eq!(told.outcome, Some(Outcome::Rejected));
        assert_eq!(ada.open(0).await.unwrap().unwrap().copies.len(), 2, "the demand and the order");
        assert!(test.store.handled().await.unwrap()[0].delayed_by_order);
        assert_eq!(test.store.release_due().await.unwrap(), (0, None));
    }
}

store_test! {
    async fn an_order_without_end_seals_until_it_is_lifted(test: TestStore) {
        let acme = test.customer("acme").await;
        let ada = member(test, &acme, "Ada", MemberRole::PrivacyOfficer).await;
        let session = staff(test, "Lou", StaffRole::Legal).await;
        let desk = session.legal().unwrap();
        let mut order = order_until("");
        order["order"]["end"] = json!({ "ends": "indefinite", "review_on": "2026-09-01" });
        let id = desk.register(intake(test, &[&acme], order)).await.unwrap().unwrap();
        add_copy(&desk, id, DocumentKind::Demand, None).await;
        act(&desk, id, answer(CheckItem::Authentic, Verdict::Met)).await.unwrap();
        assert_eq!(test.store.release_due().await.unwrap(), (0, None));
        let sooner = Act::OrderExtended {
            order: 0,
            end: OrderEnd::OnDate { date: test.store.now().day() },
        };
        let lifted = Act::OrderEnded { order: 0, how: OrderEnding::Lifted, reason: "By the court.".to_owned() };
        later(test, TimeDelta::hours(1));
        for ends in [lifted.clone(), sooner] {
            assert_eq!(act(&session.legal().unwrap(), id, ends).await, Err(ActRefused::NotFresh));
        }
        let fresh = staff(test, "Max", StaffRole::Legal).await.legal().unwrap();
        act(&fresh, id, lifted).await.unwrap();
        assert_eq!(titles(&ada).await, ["FBI demands data of yours"], "at once");
    }
}

store_test! {
    async fn a_demand_that_cannot_be_read_keeps_no_other_waiting(test: TestStore) {
        let acme = test.customer("acme").await;
        let ada = member(test, &acme, "Ada", MemberRole::PrivacyOfficer).await;
        let desk = staff(test, "Lou", StaffRole::Legal).await.legal().unwrap();
        for _ in 0..2 {
            let id = desk.register(intake(test, &[&acme], order_until("2026-03-08"))).await.unwrap().unwrap();
            add_copy(&desk, id, DocumentKind::Demand, None).await;
            act(&desk, id, answer(CheckItem::Authentic, Verdict::Met)).await.unwrap();
        }
        test.raw("UPDATE demand SET register = (SELECT facts FROM demand_document LIMIT 1) WHERE place = (SELECT min(place) FROM demand)".to_owned()).await.unwrap();
        test.clock.set(Timestamp::parse("2026-03-09T04:00:00Z").unwrap());
        assert_eq!(test.store.release_due().await.unwrap(), (1, None));
        assert_eq!(titles(&ada).await.len(), 1);
    }
}

store_test! {
    async fn a_demand_names_customers_that_there_are(test: TestStore) {
        let acme = test.customer("acme").await;
        let desk = staff(test, "Lou", StaffRole::Legal).await.legal().unwrap();
        let nobody = json!([{ "kind": "account", "value": "a", "customers": ["018f0000-0000-7000-8000-00000000000a"] }]);
        let refused = desk.register(intake(test, &[&acme], json!({ "identifiers": nobody }))).await.unwrap();
        assert!(matches!(refused, Err(ActRefused::Fields(_))), "{refused:?}");
    }
}

store_test! {
    async fn only_what_was_seen_is_acted_on(test: TestStore) {
        let acme = test.customer("acme").await;
        let desk = staff(test, "Lou", StaffRole::Legal).await.legal().unwrap();
        let id = desk.register(intake(test, &[&acme], json!({}))).await.unwrap().unwrap();
        let challenged = || Act::Challenged { grounds: "Too broad.".to_owned() };
        let both = futures::join!(desk.act(id, 0, challenged()), desk.act(id, 0, Act::Withdrawn { reason: "By letter.".to_owned() }));
        let done = [both.0.unwrap(), both.1.unwrap()];
        assert_eq!(done.iter().filter(|done| done.is_ok()).count(), 1, "{done:?}");
        assert!(done.contains(&Err(ActRefused::Changed)));
        assert_eq!(case(&desk, id).await.acts().iter().filter(|act| act.by.is_some()).count(), 2);
        let nowhere = DemandId(uuid::Uuid::nil());
        assert_eq!(desk.act(nowhere, 0, challenged()).await.unwrap(), Err(ActRefused::NotFound));
        // A document counts too: a notice that is being written would go without it.
        let new = NewDocument { kind: DocumentKind::Demand, name: "a.pdf".to_owned(), only_for: None, body: b"%PDF-".to_vec() };
        assert_eq!(desk.add_document(id, 0, new).await.unwrap().err(), Some(ActRefused::Changed));
    }
}

store_test! {
    async fn nobody_but_the_legal_team_sees_demands(test: TestStore) {
        for (name, role) in [("Adi", StaffRole::Administrator), ("Ops", StaffRole::Operations), ("Pub", StaffRole::Publishing)] {
            let session = staff(test, name, role).await;
            assert_eq!(session.legal().err(), Some(NotNow::NotAllowed), "{name}");
            assert_eq!(session.notices().is_ok(), role == StaffRole::Publishing, "{name}");
        }
    }
}

store_test! {
    async fn the_database_says_nothing_readable_about_a_demand(test: TestStore) {
        let acme = test.customer("acme").await;
        let desk = staff(test, "Lou", StaffRole::Legal).await.legal().unwrap();
        let trail = |session: &Session| match &session.signed_in {
            SignedIn::Staff(staff) => staff.roster.trail(),
            SignedIn::Member(_) => panic!("staff"),
        };
        let adi = staff(test, "Adi", StaffRole::Administrator).await;
        let before = trail(&adi).page(None).await.unwrap().entries;
        let id = desk.register(intake(test, &[&acme], order_until("2026-03-08"))).await.unwrap().unwrap();
        add_copy(&desk, id, DocumentKind::Demand, None).await;
        review_all_but_redirect(&desk, id).await;
        for table in ["demand", "demand_document"] {
            let text = test.dump(table).await.unwrap();
            for word in ["FBI", "warrant", "acme", &acme.id.to_string(), &hex(acme.id), "District Court", "Fraud"] {
                assert!(!text.contains(word), "{table} tells {word}: {text}");
            }
        }
        assert_eq!(trail(&adi).page(None).await.unwrap().entries, before, "nor does the provider's activity");
        for table in ["notice", "notice_log", "notification", "notice_document"] {
            assert_eq!(test.dump(table).await.unwrap(), "", "{table}");
        }
    }
}

async fn review_all_but_redirect(desk: &LegalDesk, id: DemandId) {
    act(desk, id, Act::RedirectAttempted { how: "By letter.".to_owned() }).await.unwrap();
    review(desk, id).await;
}

fn hex(customer: CustomerId) -> String {
    customer.0.simple().to_string()
}

store_test! {
    async fn a_rotated_key_seals_registers_and_documents_anew(test: TestStore) {
        let acme = test.customer("acme").await;
        let lou = staff(test, "Lou", StaffRole::Legal).await;
        let desk = lou.legal().unwrap();
        let id = desk.register(intake(test, &[&acme], json!({}))).await.unwrap().unwrap();
        add_copy(&desk, id, DocumentKind::Demand, None).await;
        let (old, new) = ("5a".repeat(32), "6b".repeat(32));
        let opened = async |keys: String| {
            Store::open(&test.address, test.clock.clone(), Keyring::parse(&keys).unwrap()).await.unwrap()
        };
        let rotating = opened(format!("{new}\n{old}")).await;
        assert_eq!(rotating.reseal().await.unwrap(), 4, "an authenticator, a register, a document and what is known of it");
        assert_eq!(rotating.reseal().await.unwrap(), 0);
        rotating.close().await;
        let rotated = opened(new).await;
        let desk = rotated.operator().legal_desk(lou.signed_in.person(), "Lou").unwrap();
        assert_eq!(case(&desk, id).await.intake().authority, "FBI");
        let document = desk.documents(id).await.unwrap()[0].id;
        assert_eq!(desk.document(id, document).await.unwrap().unwrap().body, b"%PDF-1.7 a warrant");
        rotated.close().await;
    }
}

store_test! {
    async fn a_notice_is_acknowledged_once_and_what_is_said_stays(test: TestStore) {
        let acme = test.customer("acme").await;
        let ada = member(test, &acme, "Ada", MemberRole::PrivacyOfficer).await;
        let bob = member(test, &acme, "Bob", MemberRole::Auditor).await;
        let (lou, pub_) = (staff(test, "Lou", StaffRole::Legal).await, staff(test, "Pub", StaffRole::Publishing).await);
        let draft: NoticeDraft = serde_json::from_value(json!({
            "kind": "subprocessor_change", "name": "Initech", "change": "added", "service": "Keeps backups.", "country": "IE",
            "from": "2026-04-15", "object_until": "2026-03-29", "zone": "Europe/Dublin", "how_to_object": "Here.",
        })).unwrap();
        let (writes, issues) = (pub_.notices().unwrap(), lou.notices().unwrap());
        let id = writes.write(&draft, ToWhom::Everybody).await.unwrap().unwrap();
        assert_eq!(writes.issue(id).await.unwrap(), Err(NotIssued::SamePerson));
        assert!(titles(&ada).await.is_empty());
        assert_eq!(issues.issue(id).await.unwrap(), Ok(1));
        assert_eq!(issues.issue(id).await.unwrap(), Err(NotIssued::NotFound), "once");
        assert_eq!(ada.count_pending().await.unwrap(), 1);
        assert!(!ada.pending().await.unwrap()[0].read);
        ada.open(0).await.unwrap();
        assert!(ada.pending().await.unwrap()[0].read && !bob.pending().await.unwrap()[0].read, "each reads for themselves");

        assert_eq!(bob.say(0, MessageKind::Comment, "Hm.").await.unwrap(), Err(NotSaid::NotAllowed));
        assert_eq!(ada.say(7, MessageKind::Comment, "Hm.").await.unwrap(), Err(NotSaid::NotFound));
        assert!(matches!(ada.say(0, MessageKind::Question, " ").await.unwrap(), Err(NotSaid::Field(_))));
        ada.say(0, MessageKind::Comment, "Between us.").await.unwrap().unwrap();
        let asked_at = test.store.now();
        ada.say(0, MessageKind::Objection, "Not with our data.").await.unwrap().unwrap();
        assert_eq!(ada.count_pending().await.unwrap(), 0, "who objects has taken note");
        assert_eq!(ada.say(0, MessageKind::Acknowledgement, "").await.unwrap(), Err(NotSaid::Already));
        let waiting = issues.waiting().await.unwrap();
        assert_eq!(waiting.len(), 1);
        assert_eq!(waiting[0].waits_since, Some(asked_at), "since the first of the questions");
        let (_, messages, _) = issues.notice(waiting[0].notice.id).await.unwrap().unwrap();
        let said = messages.iter().map(|message| message.body.as_str()).collect::<Vec<_>>();
        assert_eq!(said, ["Not with our data.", ""], "what they say among themselves is theirs");
        issues.answer(waiting[0].notice.id, "We found another.").await.unwrap().unwrap().unwrap();
        assert!(issues.waiting().await.unwrap().is_empty());
        let kinds = ada.open(0).await.unwrap().unwrap().messages.iter().map(|message| message.kind).collect::<Vec<_>>();
        let expected = [MessageKind::Comment, MessageKind::Objection, MessageKind::Acknowledgement, MessageKind::Answer];
        assert_eq!(kinds, expected);
        later(test, TimeDelta::days(40));
        assert_eq!(ada.say(0, MessageKind::Objection, "Again.").await.unwrap(), Err(NotSaid::TooLate));
        for sql in ["UPDATE notice SET words = ''", "DELETE FROM notice_message", "DELETE FROM notice"] {
            assert!(test.raw_of(&acme, sql).await.is_err(), "{sql}");
        }
    }
}

store_test! {
    async fn notices_are_found_by_kind_state_and_words_and_paged_without_gaps(test: TestStore) {
        let acme = test.customer("acme").await;
        let ada = member(test, &acme, "Ada", MemberRole::Owner).await;
        let (lou, max) = (staff(test, "Lou", StaffRole::Legal).await, staff(test, "Max", StaffRole::Legal).await);
        for number in 0..120 {
            let draft: NoticeDraft = serde_json::from_value(json!({
                "kind": "policy_change", "policy": format!("Policy {number}"), "change": "Words.", "difference": "a → b",
                "from": "2026-04-15", "zone": "UTC",
            })).unwrap();
            let id = lou.notices().unwrap().write(&draft, ToWhom::These(vec![acme.id])).await.unwrap().unwrap();
            max.notices().unwrap().issue(id).await.unwrap().unwrap();
        }
        ada.say(7, MessageKind::Acknowledgement, "").await.unwrap().unwrap();
        let (mut seen, mut next) = (Vec::new(), Some(None));
        while let Some(before) = next {
            let page = ada.page(&NoticeFilter::default(), before).await.unwrap();
            seen.extend(page.lines.iter().map(|line| line.notice.sequence));
            next = page.older.map(Some);
        }
        assert_eq!(seen, (0..120).rev().collect::<Vec<_>>());
        let found = async |text: &str, pending: Option<bool>| {
            let filter = NoticeFilter { text: text.to_owned(), pending, ..NoticeFilter::default() };
            let page = ada.page(&filter, None).await.unwrap();
            page.lines.iter().map(|line| line.notice.sequence).collect::<BTreeSet<_>>()
        };
        assert_eq!(found("POLICY 119", None).await, [119].into());
        assert_eq!(found("", Some(false)).await, [7].into());
        let sevenths = (70..80).collect::<BTreeSet<i64>>();
        assert_eq!(found("policy 7", Some(true)).await, sevenths, "what is acknowledged waits no more");
        let nobody = lou.notices().unwrap().write(&serde_json::from_value(json!({
            "kind": "policy_change", "policy": "P", "change": "c", "difference": "d", "from": "2026-04-15", "zone": "UTC",
        })).unwrap(), ToWhom::These(Vec::new())).await.unwrap();
        assert_eq!(nobody.err(), Some(NotIssued::Nobody));
    }
}
