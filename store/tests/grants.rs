//! What is asked of customers before their data is accessed, on both engines.
#![expect(clippy::unwrap_used, reason = "the macro that makes two tests of one body hides that these are tests")]

use std::collections::BTreeSet;

use chrono::TimeDelta;
use domain::{
    MemberRole, PersonId, Purpose, StaffRole, Timestamp,
    access::AccessDraft,
    grant::{
        Approvers, Breach, Delegate, Ending, Extent, GrantRefusal, GrantStatus, Policy, PublicKey, RequestDraft,
        ResourcePattern, StandingRule,
    },
};
use serde_json::json;
use store::{
    AccessDesk, Customer, GrantActRefused, GrantDecider, GrantPage, GrantView, NewAccess, NewPerson, NotAskedFor,
    Outcome, PolicyNotSet, Store, store_test, testing::TestStore,
};
use uuid::Uuid;

const PASSWORD: &str = "correct horse battery staple";

async fn member(store: &Store, customer: &Customer, name: &str, role: MemberRole) -> (PersonId, GrantDecider) {
    let email = format!("{}@{}.example", name.to_lowercase(), customer.name);
    let person = NewPerson { email: &email, display_name: name, password: PASSWORD };
    let id = store.operator().create_member(customer, person, role).await.unwrap();
    (id, store.operator().grants_of(customer, id, role, name))
}

async fn staff(store: &Store, name: &str) -> AccessDesk {
    let email = format!("{}@provider.example", name.to_lowercase());
    let person = NewPerson { email: &email, display_name: name, password: PASSWORD };
    let id = store.operator().create_staff(person, StaffRole::Operations).await.unwrap();
    store.operator().access_desk(id, StaffRole::Operations, name)
}

/// One customer with an owner, and two of the provider's people.
struct Sides {
    acme: Customer,
    ada: GrantDecider,
    sam: AccessDesk,
    kim: AccessDesk,
}

impl Sides {
    async fn new(test: &TestStore) -> Self {
        let acme = test.customer("acme").await;
        let (_, ada) = member(&test.store, &acme, "Ada", MemberRole::Owner).await;
        Self { acme, ada, sam: staff(&test.store, "Sam").await, kim: staff(&test.store, "Kim").await }
    }
}

fn draft(customer: &str, reference: &str) -> RequestDraft {
    serde_json::from_value(json!({
        "customer": customer, "reference": reference, "accessor": "e-4711", "role": "Support engineer",
        "employer": "Nimbus Cloud", "countries": ["IE", "DE"], "justification": "Restore of a deleted folder",
        "minutes": 120, "operations": ["read", "list"], "purpose": "customer_requested_support",
        "resources": ["records/*", "orders"], "service": "Object Storage", "ticket": "T-1"
    }))
    .unwrap()
}

async fn asked(desk: &AccessDesk, reference: &str) -> GrantView {
    desk.ask(draft("acme", reference)).await.unwrap().unwrap()
}

fn whole(grant: &GrantView) -> Extent {
    grant.state.facts().asked_extent()
}

fn policy(approvers: Approvers) -> Policy {
    let mut policy = Policy::default();
    policy.rule.approvers = approvers;
    policy
}

/// An access as the grant allows it, but for what `changed` sets.
fn access(id: &str, grant: Option<&GrantView>, started_at: Timestamp, changed: serde_json::Value) -> NewAccess {
    let mut event = json!({
        "id": id, "started_at": started_at, "purpose": "customer_requested_support", "ticket": "T-1",
        "justification": "Restore of a deleted folder", "service": "Object Storage", "operations": ["read"],
        "accessor": {"pseudonym": "e-4711", "role": "Support engineer", "employer": "Nimbus Cloud",
            "office_country": "IE", "physical_country": "IE"},
        "resources": [{"name": "records/7"}], "approval": {"kind": "customer"}, "authentication": {"factors": ["passkey"]}
    });
    if let Some(grant) = grant {
        event["approval"]["grant"] = json!(grant.id);
    }
    event.as_object_mut().unwrap().extend(changed.as_object().unwrap().clone());
    let draft: AccessDraft = serde_json::from_value(event).unwrap();
    NewAccess { customer: "acme".to_owned(), event: draft.check(started_at.plus(TimeDelta::days(9))).unwrap() }
}

async fn record(store: &Store, access: NewAccess) -> i64 {
    match store.operator().reporter().record(vec![access]).await.unwrap().pop() {
        Some(Outcome::Stored(receipt)) => receipt.sequence,
        other => panic!("{other:?}"),
    }
}

store_test! {
    async fn a_request_is_decided_by_one_of_two_at_once(test: TestStore) {
        let Sides { acme, ada, sam, .. } = Sides::new(test).await;
        let (_, bob) = member(&test.store, &acme, "Bob", MemberRole::Approver).await;
        let (_, eve) = member(&test.store, &acme, "Eve", MemberRole::Auditor).await;
        let grant = asked(&sam, "r-1").await;
        assert_eq!((grant.revision, grant.state.status()), (1, GrantStatus::Waiting));
        assert_eq!(ada.grants().count_waiting().await.unwrap(), 1);
        let not = eve.approve(grant.id, grant.revision, whole(&grant), None).await.unwrap();
        assert_eq!(not, Err(GrantActRefused::NotAllowed));

        let (approval, denial) = tokio::join!(
            ada.approve(grant.id, grant.revision, whole(&grant), None),
            bob.deny(grant.id, grant.revision, "Not today")
        );
        let done = [approval.unwrap(), denial.unwrap()];
        assert_eq!(done.iter().filter(|done| done.is_ok()).count(), 1, "{done:?}");
        assert!(done.contains(&Err(GrantActRefused::Changed)), "{done:?}");
        let after = ada.grants().grant(grant.id).await.unwrap().unwrap();
        assert_eq!((after.revision, after.state.facts().lines.len()), (2, 2));
        assert_eq!(ada.grants().count_waiting().await.unwrap(), 0);
    }
}

store_test! {
    async fn the_same_request_is_one_request(test: TestStore) {
        let Sides { sam, kim, .. } = Sides::new(test).await;
        let (once, twice) = tokio::join!(sam.ask(draft("acme", "r-1")), sam.ask(draft("acme", "r-1")));
        assert_eq!(once.unwrap().unwrap().id, twice.unwrap().unwrap().id);
        let mut other = draft("acme", "r-1");
        other.minutes = Some(60);
        assert!(matches!(sam.ask(other.clone()).await.unwrap(), Err(NotAskedFor::Conflict(_))));
        // What others call theirs has nothing to do with it.
        kim.ask(other).await.unwrap().unwrap();
        assert_eq!(sam.page(None).await.unwrap().grants.len(), 2);

        let problems = match sam.ask(draft("nobody", "r-2")).await.unwrap() {
            Err(NotAskedFor::Fields(problems)) => problems,
            other => panic!("{other:?}"),
        };
        assert_eq!(problems[0].field, "/customer");
    }
}

store_test! {
    async fn a_grant_is_asked_about_approved_for_less_and_ended(test: TestStore) {
        let Sides { acme, ada, sam, kim, .. } = Sides::new(test).await;
        ada.set_policy(0, policy(Approvers::Both)).await.unwrap().unwrap();
        let grant = asked(&sam, "r-1").await;
        let grant = ada.ask(grant.id, grant.revision, "Which folder?").await.unwrap().unwrap();
        let grant = sam.answer(grant.id, grant.revision, "“Invoices”").await.unwrap().unwrap();
        let less = Extent { minutes: 30, resources: vec![ResourcePattern::new("records/7")], ..whole(&grant) };
        let grant = ada.approve(grant.id, grant.revision, less, None).await.unwrap().unwrap();
        assert_eq!(grant.state.status(), GrantStatus::Waiting);
        let own = sam.approve(grant.id, grant.revision, whole(&grant)).await.unwrap();
        assert_eq!(own, Err(GrantActRefused::Rule(GrantRefusal::OwnRequest)));
        let grant = kim.approve(grant.id, grant.revision, whole(&grant)).await.unwrap().unwrap();
        let (granted, until) = grant.state.granted().unwrap();
        assert_eq!((granted.extent.minutes, until), (30, test.store.now().plus(TimeDelta::minutes(30))));
        let stale = ada.revoke(grant.id, grant.revision - 1, "Enough").await.unwrap();
        assert_eq!(stale, Err(GrantActRefused::Changed));
        let grant = sam.end(grant.id, grant.revision, Ending::TicketClosed).await.unwrap().unwrap();
        assert_eq!(grant.state.status(), GrantStatus::Ended);

        let trail = test.dump("trail_entry").await;
        if test.store.engine() == store::Engine::Sqlite {
            let trail = trail.unwrap();
            for act in ["access_policy_set", "access_asked_for", "access_approved", "access_grant_ended"] {
                assert!(trail.contains(act), "{act}");
            }
        }
        for change in ["UPDATE access_grant_line SET number = 9", "DELETE FROM access_grant_line"] {
            assert!(test.raw_of(&acme, change).await.is_err(), "{change}");
        }
    }
}

store_test! {
    async fn what_the_clock_ends_is_over_at_once_and_written_once(test: TestStore) {
        let Sides { ada, sam, .. } = Sides::new(test).await;
        let (unanswered, approved) = (asked(&sam, "r-1").await, asked(&sam, "r-2").await);
        let approved = ada.approve(approved.id, approved.revision, whole(&approved), None).await.unwrap().unwrap();
        let until = approved.state.due_at().unwrap();
        test.clock.set(until);
        assert_eq!(sam.grant(approved.id).await.unwrap().unwrap().grant.state.status(), GrantStatus::Ended);
        let late = ada.revoke(approved.id, approved.revision, "Enough").await.unwrap();
        assert_eq!(late, Err(GrantActRefused::Rule(GrantRefusal::WrongStage(GrantStatus::Ended))));
        let other = test.store.clone();
        let (one, two) = tokio::join!(test.store.end_due_grants(), other.end_due_grants());
        assert_eq!(one.unwrap() + two.unwrap(), 1);

        test.clock.set(unanswered.state.due_at().unwrap());
        let waiting = ada.grants().page(None).await.unwrap();
        assert_eq!(waiting.grants.len(), 2);
        let late = ada.approve(unanswered.id, unanswered.revision, whole(&unanswered), None).await.unwrap();
        assert_eq!(late, Err(GrantActRefused::Rule(GrantRefusal::WrongStage(GrantStatus::Expired))));
        assert_eq!(test.store.end_due_grants().await.unwrap(), 1);
        let expired = ada.grants().grant(unanswered.id).await.unwrap().unwrap();
        assert_eq!((expired.revision, expired.state.facts().lines.len()), (2, 2));
        assert_eq!(test.store.end_due_grants().await.unwrap(), 0);
    }
}

store_test! {
    async fn the_policy_says_who_decides_and_a_rule_decides_at_once(test: TestStore) {
        let Sides { acme, ada, sam, .. } = Sides::new(test).await;
        let now = test.store.now();
        let (eve_id, eve) = member(&test.store, &acme, "Eve", MemberRole::Auditor).await;
        let rule = |approves, purpose| StandingRule {
            id: Uuid::from_u128(u128::from(approves)),
            approves,
            purpose: Some(purpose),
            service: None,
            countries: BTreeSet::new(),
            window: None,
            until: None,
            reason: "As always".to_owned(),
        };
        let delegate = |person, until| Delegate { person, from: now, until };
        let mut wanted = policy(Approvers::Customer);
        wanted.delegates = vec![delegate(eve_id, now.plus(TimeDelta::hours(1))), delegate(PersonId(Uuid::nil()), now)];
        wanted.delegates[1].from = now.minus(TimeDelta::hours(1));
        wanted.standing = vec![rule(false, Purpose::CustomerRequestedSupport), rule(true, Purpose::ProductionAlert)];
        assert_eq!(eve.set_policy(0, wanted.clone()).await.unwrap(), Err(PolicyNotSet::NotAllowed));
        let (one, two) = tokio::join!(ada.set_policy(0, wanted.clone()), ada.set_policy(0, wanted.clone()));
        let done = [one.unwrap(), two.unwrap()];
        assert!(done.contains(&Ok(1)) && done.contains(&Err(PolicyNotSet::Changed)), "{done:?}");
        let unknown = Policy { delegates: vec![delegate(PersonId(Uuid::from_u128(7)), now.plus(TimeDelta::hours(1)))], ..wanted.clone() };
        assert!(matches!(ada.set_policy(1, unknown).await.unwrap(), Err(PolicyNotSet::Fields(_))));

        let denied = asked(&sam, "r-1").await;
        assert_eq!((denied.revision, denied.state.status()), (2, GrantStatus::Denied));
        let mut alert = draft("acme", "r-2");
        alert.purpose = Some("production_alert".to_owned());
        let approved = sam.ask(alert).await.unwrap().unwrap();
        assert_eq!((approved.revision, approved.state.status()), (2, GrantStatus::Granted));
        assert_eq!(approved.state.facts().approvals[0].rule, Some(Uuid::from_u128(1)));

        // Each rule goes with one act, and with the delegate's time what the delegate may.
        wanted.standing.clear();
        assert_eq!(ada.set_policy(1, wanted).await.unwrap(), Ok(2));
        assert_eq!(ada.grants().policies(None).await.unwrap().len(), 2);
        assert!(eve.grants().may_decide().await.unwrap());
        let waiting = asked(&sam, "r-3").await;
        test.clock.set(now.plus(TimeDelta::hours(1)));
        assert!(!eve.grants().may_decide().await.unwrap());
        let late = eve.deny(waiting.id, waiting.revision, "No").await.unwrap();
        assert_eq!(late, Err(GrantActRefused::NotAllowed));
        assert_eq!(ada.grants().policy().await.unwrap().governed_from, Some(now));
        assert!(ada.grants().may_decide().await.unwrap());
    }
}

store_test! {
    async fn a_key_is_one_persons(test: TestStore) {
        let Sides { acme, ada, .. } = Sides::new(test).await;
        let (_, bob) = member(&test.store, &acme, "Bob", MemberRole::Approver).await;
        // Of RFC 8032's first test.
        let key = hex::decode("d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a").unwrap();
        let key = PublicKey::Ed25519(key);
        let first = ada.add_key("HSM", key.clone()).await.unwrap().unwrap();
        for again in [ada.add_key("Card", key.clone()).await.unwrap(), bob.add_key("Card", key.clone()).await.unwrap()] {
            assert!(matches!(again, Err(PolicyNotSet::Fields(problems)) if problems[0].field == "public_key"));
        }
        ada.remove_key(first).await.unwrap().unwrap();
        assert!(bob.add_key("Card", key.clone()).await.unwrap().is_err(), "what it signed is Ada's");
        ada.add_key("HSM", key).await.unwrap().unwrap();
    }
}

store_test! {
    async fn an_access_that_was_not_granted_so_is_stored_and_marked(test: TestStore) {
        let Sides { acme, ada, sam, kim } = Sides::new(test).await;
        let (store, start) = (&test.store, test.store.now());
        let at = |minutes| start.plus(TimeDelta::minutes(minutes));
        // Before a policy, the past is no exception.
        let past = record(store, access("past", None, start.minus(TimeDelta::days(1)), json!({}))).await;
        ada.set_policy(0, policy(Approvers::Customer)).await.unwrap().unwrap();
        let reported_late = record(store, access("late", None, start.minus(TimeDelta::minutes(1)), json!({}))).await;
        let grant = asked(&sam, "r-1").await;
        test.clock.set(at(10));
        let early = record(store, access("early", Some(&grant), at(9), json!({}))).await;
        ada.approve(grant.id, grant.revision, whole(&grant), None).await.unwrap().unwrap();
        test.clock.set(at(60));
        let good = record(store, access("good", Some(&grant), at(20), json!({"ended_at": at(50)}))).await;
        let none = record(store, access("none", None, at(20), json!({}))).await;
        let mut unknown = access("unknown", Some(&grant), at(20), json!({}));
        unknown.event.approval.grant = Some("grant-4242".to_owned());
        let unknown = record(store, unknown).await;
        let early_too = record(store, access("early-2", Some(&grant), at(9), json!({}))).await;
        let more = json!({
            "operations": ["read", "delete"], "resources": [{"name": "secrets"}], "purpose": "production_alert",
            "service": "Mail", "authentication": {"factors": ["password"]},
            "accessor": {"pseudonym": "e-1", "role": "Support engineer", "employer": "Nimbus Cloud",
                "office_country": "IE", "physical_country": "US"}
        });
        let much = record(store, access("much", Some(&grant), at(20), more)).await;
        let over = record(store, access("over", Some(&grant), at(20), json!({"ended_at": at(300)}))).await;

        let breaches = |exception: Option<domain::grant::AccessException>| exception.map(|found| found.breaches.into_iter().collect::<Vec<_>>());
        for (sequence, expected) in [
            (past, None),
            (reported_late, None),
            (early, Some(vec![Breach::NotGranted])),
            (good, None),
            (none, Some(vec![Breach::NoGrant])),
            (unknown, Some(vec![Breach::UnknownGrant])),
            (early_too, Some(vec![Breach::OutsideTime])),
            (
                much,
                Some(vec![
                    Breach::SomeoneElse,
                    Breach::Service,
                    Breach::Resources,
                    Breach::Operations,
                    Breach::Purpose,
                    Breach::Country,
                    Breach::NoMultiFactor,
                ]),
            ),
            (over, Some(vec![Breach::OutsideTime])),
        ] {
            assert_eq!(breaches(ada.grants().exception(sequence).await.unwrap()), expected, "{sequence}");
        }
        assert_eq!(ada.grants().count_exceptions().await.unwrap(), 6);
        let page = ada.grants().exceptions(None).await.unwrap();
        let listed = page.exceptions.iter().map(|(found, event)| (found.sequence, event.id.as_str())).collect::<Vec<_>>();
        assert_eq!((listed[0], listed[5], page.older), ((over, "over"), (early, "early"), None));
        for change in ["UPDATE access_exception SET breaches = '[]'", "DELETE FROM access_exception"] {
            assert!(test.raw_of(&acme, change).await.is_err(), "{change}");
        }

        // A grant's reference names it too, for whoever's logs know no other name of it; not one that two have.
        let by_reference = |id: &str, reference: &str| {
            access(id, None, at(20), json!({"approval": {"kind": "customer", "grant": reference}}))
        };
        let named = record(store, by_reference("named", "r-1")).await;
        assert_eq!(breaches(ada.grants().exception(named).await.unwrap()), None);
        assert_eq!(ada.grants().named("r-1").await.unwrap(), Some(grant.id));
        assert_eq!(ada.grants().named(&grant.id.to_string()).await.unwrap(), Some(grant.id));
        kim.ask(draft("acme", "r-1")).await.unwrap().unwrap();
        let of_two = record(store, by_reference("of-two", "r-1")).await;
        assert_eq!(breaches(ada.grants().exception(of_two).await.unwrap()), Some(vec![Breach::UnknownGrant]));

        // A source that can't state a grant is excused from that alone.
        let excused = Policy { sources_without_grants: vec!["native".to_owned()], ..policy(Approvers::Customer) };
        ada.set_policy(1, excused).await.unwrap().unwrap();
        let source = access("none-2", None, at(61), json!({})).event.source;
        assert_eq!(source, "native");
        let none = record(store, access("none-2", None, at(61), json!({}))).await;
        let weak = json!({"authentication": {"factors": ["password"]}});
        let weak = record(store, access("weak", None, at(61), weak)).await;
        assert_eq!(breaches(ada.grants().exception(none).await.unwrap()), None);
        assert_eq!(breaches(ada.grants().exception(weak).await.unwrap()), Some(vec![Breach::NoMultiFactor]));
    }
}

store_test! {
    async fn what_is_in_force_or_to_be_reviewed_stands_before_what_is_over(test: TestStore) {
        let Sides { ada, sam, .. } = Sides::new(test).await;
        let start = test.store.now();
        let urgent = |reference: &str| RequestDraft {
            purpose: Some("break_glass_emergency".to_owned()),
            ..draft("acme", reference)
        };
        let emergency = sam.ask(urgent("e-1")).await.unwrap().unwrap();
        test.clock.set(start.plus(TimeDelta::days(3)));
        test.store.end_due_grants().await.unwrap();
        let granted = asked(&sam, "g-1").await;
        let granted = ada.approve(granted.id, granted.revision, whole(&granted), None).await.unwrap().unwrap();
        for number in 0..60 {
            test.clock.set(start.plus(TimeDelta::days(3)).plus(TimeDelta::seconds(number)));
            let denied = asked(&sam, &format!("d-{number}")).await;
            ada.deny(denied.id, denied.revision, "No").await.unwrap().unwrap();
        }
        let list = |page: GrantPage| page.grants.into_iter().map(|grant| grant.unwrap().id).collect::<Vec<_>>();
        let page = ada.grants().page(None).await.unwrap();
        let next = page.next.unwrap();
        assert_eq!(list(page)[..2], [granted.id, emergency.id]);
        assert_eq!(list(ada.grants().page(Some(next)).await.unwrap()).len(), 12);
        assert_eq!(ada.grants().count_waiting().await.unwrap(), 1, "the emergency waits for its review");
        let emergency = ada.grants().grant(emergency.id).await.unwrap().unwrap();
        ada.review(emergency.id, emergency.revision, true, "It burned").await.unwrap().unwrap();
        assert_eq!(ada.grants().count_waiting().await.unwrap(), 0);
        test.clock.set(start.plus(TimeDelta::days(4)));
        let over = ada.grants().page(None).await.unwrap();
        assert!(!list(over)[..2].contains(&granted.id), "its time is over, though nobody wrote it yet");
    }
}

store_test! {
    async fn each_customer_sees_its_own_and_lists_go_on_page_by_page(test: TestStore) {
        let Sides { ada, sam, .. } = Sides::new(test).await;
        let zeta = test.customer("zeta").await;
        let (_, zoe) = member(&test.store, &zeta, "Zoe", MemberRole::Owner).await;
        let start = test.store.now();
        let mut denied = BTreeSet::new();
        for number in 0..120 {
            test.clock.set(start.plus(TimeDelta::seconds(number)));
            let grant = asked(&sam, &format!("r-{number}")).await;
            if number % 2 == 0 {
                ada.deny(grant.id, grant.revision, "No").await.unwrap().unwrap();
                denied.insert(grant.id);
            }
        }
        test.clock.set(start.plus(TimeDelta::seconds(120)));
        sam.ask(draft("zeta", "r-0")).await.unwrap().unwrap();
        assert_eq!(zoe.grants().page(None).await.unwrap().grants.len(), 1);
        let theirs = zoe.grants().page(None).await.unwrap().grants.remove(0).unwrap();
        assert!(ada.grants().grant(theirs.id).await.unwrap().is_none());
        let other = ada.deny(theirs.id, theirs.revision, "No").await.unwrap();
        assert_eq!(other, Err(GrantActRefused::NotFound));

        let (mut listed, mut after, mut pages) = (Vec::new(), None, 0);
        loop {
            let page = ada.grants().page(after).await.unwrap();
            listed.extend(page.grants.into_iter().map(Result::unwrap));
            pages += 1;
            let Some(next) = page.next else { break };
            after = Some(next.to_string().parse().unwrap());
        }
        assert_eq!((listed.len(), pages), (120, 3));
        assert!(listed[..60].iter().all(|grant| grant.state.status() == GrantStatus::Waiting));
        assert!(listed[60..].iter().all(|grant| denied.contains(&grant.id)));
        for part in [&listed[..60], &listed[60..]] {
            assert!(part.windows(2).all(|pair| pair[0].state.facts().asked_at() > pair[1].state.facts().asked_at()));
        }
        let page = sam.page(None).await.unwrap();
        let first = page.grants.into_iter().next().unwrap().unwrap();
        assert_eq!((first.customer.name.as_str(), first.grant.id), ("zeta", theirs.id));
        assert!(page.next.is_some());
    }
}

store_test! {
    async fn a_register_that_was_tampered_with_is_shown_as_such_and_hides_no_other(test: TestStore) {
        let Sides { acme, ada, sam, .. } = Sides::new(test).await;
        ada.set_policy(0, policy(Approvers::Customer)).await.unwrap().unwrap();
        let (forged, good) = (asked(&sam, "r-1").await, asked(&sam, "r-2").await);
        let line = json!({"at": test.store.now(), "by": {"side": "provider", "name": "Sam"}, "act": "ended", "how": "hand"});
        let id = forged.id.0;
        let id = if test.store.engine() == store::Engine::Sqlite { format!("x'{}'", id.simple()) } else { format!("'{id}'") };
        let insert = format!(
            "INSERT INTO access_grant_line (customer_id, grant_id, number, line)
             SELECT customer_id, grant_id, 1, '{line}' FROM access_grant_line WHERE grant_id = {id}"
        );
        test.raw_of(&acme, &insert).await.unwrap();
        let page = ada.grants().page(None).await.unwrap();
        let (read, unreadable): (Vec<_>, Vec<_>) = page.grants.iter().partition(|grant| grant.is_ok());
        assert_eq!(read[0].as_ref().unwrap().id, good.id);
        assert_eq!(unreadable[0].as_ref().unwrap_err().id, forged.id);
        let used = record(&test.store, access("a", Some(&forged), test.store.now(), json!({}))).await;
        let found = ada.grants().exception(used).await.unwrap().unwrap();
        assert_eq!(found.breaches, BTreeSet::from([Breach::ApprovalInvalid]));
    }
}
