//! Terms: proposed by one, published by another, read by whom they hold for, on both engines.
#![expect(clippy::unwrap_used, reason = "the macro that makes two tests of one body hides that these are tests")]

use chrono::NaiveDate;
use domain::{
    MemberRole, PersonId, StaffRole, TermVersionId, Timestamp, TrailAct, TrailEntry,
    terms::{PublishedTerm, TermKey, TermKind, TermVersion, Transfer},
};
use futures::TryStreamExt;
use serde_json::{Value, json};
use store::{
    Client, Customer, CustomerTerms, Keyring, Member, NewPerson, NotGiven, NotProposed, NotPublished, SignInAnswer,
    SignedIn, Store, TermsDesk, store_test, testing::TestStore,
};

const PASSWORD: &str = "correct horse battery staple";

fn day(text: &str) -> NaiveDate {
    text.parse().unwrap()
}

fn key(text: &str) -> TermKey {
    TermKey::parse(text).unwrap()
}

async fn staff(test: &TestStore, name: &str) -> PersonId {
    let email = format!("{}@nimbus.example", name.to_lowercase());
    let person = NewPerson { email: &email, display_name: name, password: PASSWORD };
    test.store.operator().create_staff(person, StaffRole::Legal).await.unwrap()
}

/// Two of the provider's people.
async fn desks(test: &TestStore) -> [TermsDesk; 2] {
    let (lou, pia) = (staff(test, "Lou").await, staff(test, "Pia").await);
    let operator = test.store.operator();
    [operator.terms_desk(lou, "Lou"), operator.terms_desk(pia, "Pia")]
}

async fn member(test: &TestStore, customer: &Customer, name: &str) -> Member {
    let email = format!("{}@{}.example", name.to_lowercase(), customer.name);
    let person = NewPerson { email: &email, display_name: name, password: PASSWORD };
    test.store.operator().create_member(customer, person, MemberRole::Auditor).await.unwrap();
    let SignInAnswer::SignedIn(token) = test.store.sign_in(&email, PASSWORD, &Client::default()).await.unwrap() else {
        panic!("not signed in")
    };
    match test.store.session(&token.secret, &Client::default()).await.unwrap().unwrap().signed_in {
        SignedIn::Member(member) => *member,
        SignedIn::Staff(_) => panic!("a member"),
    }
}

fn version(base: Value, fields: Value) -> TermVersion {
    let mut all = base;
    all.as_object_mut().unwrap().extend(fields.as_object().unwrap().clone());
    TermVersion::read(all).unwrap()
}

fn transfer(fields: Value) -> TermVersion {
    let base = json!({
        "kind": "transfer", "key": "support", "effective_from": "2024-01-01", "data": "Tickets",
        "people": "Customers’ staff", "from_country": "DE", "to_country": "US", "recipient": "Nimbus Inc.",
        "service": "Support", "purpose": "To answer tickets", "place_role": "accessed_from", "mechanism": "eu-us-dpf",
    });
    version(base, fields)
}

async fn publish(desks: &[TermsDesk; 2], versions: Vec<TermVersion>) {
    let id = desks[0].propose("Terms", versions).await.unwrap().unwrap();
    desks[1].publish(id).await.unwrap().unwrap();
}

/// What transfers a customer is told of on a day, by their data.
async fn told(terms: &CustomerTerms, on: &str) -> Vec<String> {
    let terms = terms.on(day(on)).await.unwrap();
    terms.of::<Transfer>().map(|(_, transfer)| transfer.data.0.clone()).collect()
}

async fn trail(member: &Member, act: TrailAct) -> Vec<TrailEntry> {
    let entries: Vec<TrailEntry> = member.roster.trail().export().try_concat().await.unwrap();
    entries.into_iter().filter(|entry| entry.act == act).collect()
}

store_test! {
    async fn one_proposes_and_another_publishes(test: TestStore) {
        let acme = test.customer("acme").await;
        let ada = member(test, &acme, "Ada").await;
        let [lou, pia] = desks(test).await;
        let first = transfer(json!({}));
        let id = lou.propose("Support", vec![first.clone()]).await.unwrap().unwrap();
        assert_eq!(lou.propose("Again", vec![first.clone()]).await.unwrap(), Err(NotProposed::Nothing));
        assert!(told(&ada.terms, "2026-03-01").await.is_empty(), "nobody reads what only one wrote");
        assert_eq!(lou.publish(id).await.unwrap(), Err(NotPublished::SamePerson));
        assert_eq!(test.store.operator().terms().publish(id).await.unwrap(), Err(NotPublished::SamePerson));
        pia.publish(id).await.unwrap().unwrap();
        assert_eq!(pia.publish(id).await.unwrap(), Err(NotPublished::NotFound), "once");
        assert!(lou.proposals().await.unwrap().is_empty());
        assert_eq!(told(&ada.terms, "2026-03-01").await, ["Tickets"]);
        assert!(told(&ada.terms, "2023-12-31").await.is_empty());

        let next = transfer(json!({ "effective_from": "2026-04-01", "data": "Mail", "change": "Tickets are mail now." }));
        let id = pia.propose("Next", vec![first, next]).await.unwrap().unwrap();
        assert_eq!(lou.publish(id).await.unwrap().unwrap().versions, 1, "what is published already is left out");
        assert_eq!(told(&ada.terms, "2026-03-31").await, ["Tickets"]);
        assert_eq!(told(&ada.terms, "2026-04-01").await, ["Mail"]);
        let announced = ada.terms.announced(day("2026-03-01")).await.unwrap();
        let [announced] = announced.as_slice() else { panic!("{announced:?}") };
        assert_eq!((announced.proposed_by.as_str(), announced.approved_by.as_str()), ("Pia", "Lou"));
        assert!(ada.terms.announced(day("2026-02-28")).await.unwrap().is_empty(), "it was not announced yet");
        let versions = ada.terms.versions(TermKind::Transfer, &key("support")).await.unwrap();
        let froms = versions.iter().map(|published| published.version.effective_from).collect::<Vec<_>>();
        assert_eq!(froms, [day("2026-04-01"), day("2024-01-01")]);
        let ids = versions.iter().map(|published| published.id).collect::<Vec<_>>();
        let notices = ada.terms.notices_of(&ids).await.unwrap();
        assert_eq!(notices.into_iter().collect::<Vec<_>>(), [(announced.id, 0)]);
    }
}

store_test! {
    async fn a_customer_never_sees_another_ones_own_terms(test: TestStore) {
        let (acme, zeta) = (test.customer("acme").await, test.customer("zeta").await);
        let (ada, zoe) = (member(test, &acme, "Ada").await, member(test, &zeta, "Zoe").await);
        let desks = desks(test).await;
        let paper = desks[0].keep_paper("contract.pdf", b"%PDF-1.7 signed").await.unwrap().unwrap();
        publish(&desks, vec![
            transfer(json!({})),
            transfer(json!({ "customer": "acme", "data": "Secret tickets" })),
            transfer(json!({ "customer": "acme", "data": "Secret plans", "key": "plans" })),
            transfer(json!({ "customer": "acme", "data": "Secret hopes", "effective_from": "2026-04-01", "key": "hopes" })),
            version(json!({
                "kind": "agreement", "key": "dpa", "effective_from": "2024-01-01", "title": "DPA", "text": "Words",
                "customer": "acme",
            }), json!({ "document": paper })),
        ]).await;
        assert_eq!(told(&ada.terms, "2026-03-01").await, ["Secret plans", "Secret tickets"]);
        assert_eq!(told(&zoe.terms, "2026-03-01").await, ["Tickets"]);
        assert_eq!(ada.terms.announced(day("2026-03-01")).await.unwrap().len(), 1);
        assert!(zoe.terms.announced(day("2026-03-01")).await.unwrap().is_empty());
        assert_eq!(ada.terms.versions(TermKind::Transfer, &key("support")).await.unwrap().len(), 2);
        assert_eq!(zoe.terms.versions(TermKind::Transfer, &key("support")).await.unwrap().len(), 1);
        assert!(zoe.terms.versions(TermKind::Transfer, &key("plans")).await.unwrap().is_empty());
        let dpa = ada.terms.versions(TermKind::Agreement, &key("dpa")).await.unwrap()[0].id;
        assert!(zoe.terms.version(dpa).await.unwrap().is_none());
        assert!(zoe.terms.signed_document(dpa).await.unwrap().is_none());
        assert!(!zoe.terms.accept(dpa).await.unwrap());
        assert_eq!(ada.terms.signed_document(dpa).await.unwrap().unwrap().body, b"%PDF-1.7 signed");
        let taken = trail(&ada, TrailAct::AgreementDownloaded).await;
        assert_eq!((taken.len(), taken[0].subject.as_str(), taken[0].actor.as_str()), (1, "contract.pdf", "Ada"));
        assert!(trail(&zoe, TrailAct::AgreementDownloaded).await.is_empty());
    }
}

async fn assurance(desks: &[TermsDesk; 2]) {
    let report = desks[0].keep_paper("soc2.pdf", b"%PDF-1.7 a report").await.unwrap().unwrap();
    let base = json!({
        "kind": "assurance", "key": "soc2", "effective_from": "2025-01-01", "standard": "SOC 2",
        "assurance_kind": "audit_report", "auditor": "Body", "scope": "All", "issued_on": "2025-01-01",
        "summary": "Good.", "report_terms": "Tell nobody.",
    });
    publish(desks, vec![version(base, json!({ "report": report }))]).await;
}

async fn report_of(terms: &CustomerTerms, version: TermVersionId) -> Result<Vec<u8>, NotGiven<&'static str>> {
    let marked = async |body: Vec<u8>| Ok([body.as_slice(), b", marked"].concat());
    terms.report(version, marked).await.unwrap().map(|paper| paper.body)
}

store_test! {
    async fn a_report_is_given_to_whom_accepted_its_terms_and_the_trail_says_so(test: TestStore) {
        let (acme, zeta) = (test.customer("acme").await, test.customer("zeta").await);
        let (ada, bob) = (member(test, &acme, "Ada").await, member(test, &acme, "Bob").await);
        let zoe = member(test, &zeta, "Zoe").await;
        assurance(&desks(test).await).await;
        let version = ada.terms.versions(TermKind::Assurance, &key("soc2")).await.unwrap()[0].id;
        assert_eq!(report_of(&ada.terms, version).await, Err(NotGiven::NotAccepted));
        assert_eq!(report_of(&ada.terms, TermVersionId(uuid::Uuid::nil())).await, Err(NotGiven::NotFound));
        assert!(!ada.terms.accept(TermVersionId(uuid::Uuid::nil())).await.unwrap());
        assert!(ada.terms.accept(version).await.unwrap() && ada.terms.accept(version).await.unwrap());
        let at = ada.terms.accepted().await.unwrap()[&version];
        assert_eq!(at, Timestamp::parse("2026-03-01T12:00:00Z").unwrap());
        assert_eq!(report_of(&ada.terms, version).await, Ok(b"%PDF-1.7 a report, marked".to_vec()));
        for other in [&bob, &zoe] {
            assert!(other.terms.accepted().await.unwrap().is_empty());
            assert_eq!(report_of(&other.terms, version).await, Err(NotGiven::NotAccepted), "each for themselves");
        }
        let failed = ada.terms.report(version, async |_| Err("encrypted")).await.unwrap().map(|paper| paper.body);
        assert_eq!(failed, Err(NotGiven::NotMarked("encrypted")));
        let accepted = trail(&ada, TrailAct::ReportTermsAccepted).await;
        assert_eq!(accepted.len(), 1, "once, however often");
        assert!(accepted[0].subject.starts_with("soc2.pdf (SHA-256 "), "{}", accepted[0].subject);
        assert_eq!(trail(&ada, TrailAct::ReportDownloaded).await.len(), 1, "what is not given is not told as taken");
        assert!(trail(&zoe, TrailAct::ReportDownloaded).await.is_empty());
    }
}

store_test! {
    async fn two_who_publish_at_once_publish_once(test: TestStore) {
        let acme = test.customer("acme").await;
        let ada = member(test, &acme, "Ada").await;
        let [lou, pia] = desks(test).await;
        let max = test.store.operator().terms_desk(staff(test, "Max").await, "Max");
        publish(&[lou.clone(), pia.clone()], vec![transfer(json!({}))]).await;
        let next = transfer(json!({ "effective_from": "2026-04-01", "data": "Mail", "change": "Other data." }));
        let id = lou.propose("Next", vec![next]).await.unwrap().unwrap();
        let (one, other) = tokio::join!(
            tokio::spawn(async move { pia.publish(id).await.unwrap() }),
            tokio::spawn(async move { max.publish(id).await.unwrap() })
        );
        let answers = [one.unwrap(), other.unwrap()];
        assert_eq!(answers.iter().filter(|answer| answer.is_ok()).count(), 1, "{answers:?}");
        assert!(answers.iter().any(|answer| matches!(answer, Err(NotPublished::Changed | NotPublished::NotFound))));
        assert_eq!(ada.terms.versions(TermKind::Transfer, &key("support")).await.unwrap().len(), 2);
        assert_eq!(ada.notices.count_pending().await.unwrap(), 1);
    }
}

store_test! {
    async fn a_mechanism_that_fell_is_told_of_once_however_many_look(test: TestStore) {
        let (acme, zeta) = (test.customer("acme").await, test.customer("zeta").await);
        let (ada, zoe) = (member(test, &acme, "Ada").await, member(test, &zeta, "Zoe").await);
        let desks = desks(test).await;
        publish(&desks, vec![transfer(json!({}))]).await;
        assert_eq!(test.store.tell_of_fallen(None).await.unwrap().0, 0);
        let fell = json!({
            "kind": "mechanism", "key": "eu-us-dpf", "effective_from": "2026-03-01", "name": "EU-US Data Privacy Framework",
            "mechanism_kind": "framework", "laws": ["eu"], "to_countries": ["US"], "act": "Decision (EU) 2023/1795",
            "in_force_from": "2023-07-10", "last_day": "2026-02-28", "ended_how": "invalidated", "ended_by": "A court",
        });
        publish(&desks, vec![TermVersion::read(fell).unwrap()]).await;
        let looks = (0..4).map(|_| {
            let store = test.store.clone();
            tokio::spawn(async move { store.tell_of_fallen(None).await.unwrap().0 })
        });
        let told = futures::future::join_all(looks.collect::<Vec<_>>()).await;
        assert_eq!(told.into_iter().map(Result::unwrap).sum::<usize>(), 2, "each customer once");
        let (again, seen) = test.store.tell_of_fallen(None).await.unwrap();
        assert_eq!((again, test.store.tell_of_fallen(Some(seen)).await.unwrap()), (0, (0, seen)));
        for member in [&ada, &zoe] {
            assert_eq!(member.notices.count_pending().await.unwrap(), 1);
        }
        let terms = ada.terms.on(day("2026-03-01")).await.unwrap();
        let flagged = |terms: &domain::terms::TermsOn| {
            terms.of::<Transfer>().filter(|(_, transfer)| terms.footing(transfer).is_flagged()).count()
        };
        assert_eq!(flagged(&terms), 1);
        assert_eq!(flagged(&ada.terms.on(day("2026-02-28")).await.unwrap()), 0);
        let versions: Vec<PublishedTerm> = ada.terms.versions(TermKind::Transfer, &key("support")).await.unwrap();
        assert_eq!(ada.terms.notices_of(&[versions[0].id]).await.unwrap()[&versions[0].id], 0);
    }
}

store_test! {
    async fn a_rotated_key_seals_papers_and_proposals_anew(test: TestStore) {
        let [lou, pia] = desks(test).await;
        let paper = lou.keep_paper("contract.pdf", b"%PDF-1.7 signed").await.unwrap().unwrap();
        assert_eq!(pia.keep_paper("contract.pdf", b"%PDF-1.7 signed").await.unwrap().unwrap(), paper, "kept once");
        assert!(!test.dump("term_document").await.unwrap().contains("signed"));
        let id = lou.propose("Support", vec![transfer(json!({}))]).await.unwrap().unwrap();
        let (old, new) = ("5a".repeat(32), "6b".repeat(32));
        let opened = async |keys: String| {
            Store::open(&test.address, test.clock.clone(), Keyring::parse(&keys).unwrap()).await.unwrap()
        };
        let rotating = opened(format!("{new}\n{old}")).await;
        assert_eq!(rotating.reseal().await.unwrap(), 2, "a paper and a proposal");
        assert_eq!(rotating.reseal().await.unwrap(), 0);
        rotating.close().await;
        let rotated = opened(new).await;
        let desk = rotated.operator().terms();
        assert_eq!(desk.paper(&paper).await.unwrap().unwrap().body, b"%PDF-1.7 signed");
        assert_eq!(desk.proposal(id).await.unwrap().unwrap().title, "Support");
        rotated.close().await;
    }
}
