//! Random lives of grants against the real store, on both engines, held against a model that shares no code with it.
//!
//! Whatever order people act in, and whoever acts at once: no use without a valid grant stays unmarked, nothing is decided
//! twice, and nothing that was done is lost.
#![expect(clippy::unwrap_used, reason = "the macro that makes two tests of one body hides that these are tests")]

use std::{
    collections::BTreeSet,
    sync::atomic::{AtomicU32, Ordering},
};

use chrono::TimeDelta;
use domain::{
    MemberRole, StaffRole, Timestamp,
    access::AccessDraft,
    grant::{Approvers, Ending, Extent, GrantStatus, Policy, RequestDraft, ResourcePattern},
};
use futures::future::join_all;
use proptest::{collection::vec, prelude::*, sample::Index, test_runner::TestRunner};
use serde_json::json;
use store::{
    AccessDesk, Customer, GrantActRefused, GrantDecider, GrantView, NewAccess, NewPerson, Outcome, Store, store_test,
    testing::TestStore,
};

const PASSWORD: &str = "correct horse battery staple";
const RESOURCES: [&str; 3] = ["records", "orders", "secrets"];
const SENSITIVE: &str = "secrets";
const EXPIRES_AFTER: i64 = 240;
const LONGEST: u32 = 180;

/// Who acts: two of the customer's approvers and two of the provider's people, of whom Sam asks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Who {
    Ada,
    Bob,
    Kim,
    Sam,
}

impl Who {
    fn is_customer(self) -> bool {
        matches!(self, Self::Ada | Self::Bob)
    }
}

#[derive(Clone, Debug)]
enum Act {
    Approve { minutes: u32, resources: BTreeSet<usize> },
    Deny,
    Ask,
    Answer,
    Withdraw,
    Revoke,
    End,
}

/// A use, right but for what is said here.
#[derive(Clone, Debug)]
struct Use {
    /// Else it names none.
    names: bool,
    resource: usize,
    somebody_else: bool,
    elsewhere: bool,
    writes: bool,
    one_factor: bool,
    /// How long ago it began, and how long it took.
    ago: i64,
    took: Option<i64>,
}

#[derive(Clone, Debug)]
enum Op {
    Request {
        minutes: u32,
        resources: BTreeSet<usize>,
    },
    Act {
        grant: Index,
        who: Who,
        act: Act,
        stale: bool,
    },
    /// All at once, each having read the same.
    Race {
        grant: Index,
        acts: Vec<(Who, Act)>,
        uses: Vec<Use>,
    },
    Use {
        grant: Index,
        used: Use,
    },
    Jump {
        minutes: i64,
    },
    /// So many servers look at the clock at once.
    Clock {
        servers: usize,
    },
}

fn resources() -> impl Strategy<Value = BTreeSet<usize>> {
    proptest::collection::btree_set(0..RESOURCES.len(), 1..=RESOURCES.len())
}

fn who() -> impl Strategy<Value = Who> {
    prop_oneof![Just(Who::Ada), Just(Who::Bob), Just(Who::Kim), Just(Who::Sam)]
}

fn act() -> impl Strategy<Value = Act> {
    prop_oneof![
        6 => (1..200u32, resources()).prop_map(|(minutes, resources)| Act::Approve { minutes, resources }),
        1 => Just(Act::Deny),
        1 => Just(Act::Ask),
        1 => Just(Act::Answer),
        1 => Just(Act::Withdraw),
        2 => Just(Act::Revoke),
        1 => Just(Act::End),
    ]
}

fn rarely() -> impl Strategy<Value = bool> {
    prop_oneof![9 => Just(false), 1 => Just(true)]
}

fn used() -> impl Strategy<Value = Use> {
    let ago = prop_oneof![3 => Just(0), 1 => 0..300i64];
    let wrong = (rarely(), rarely(), rarely(), rarely(), rarely());
    (wrong, 0..RESOURCES.len(), ago, proptest::option::of(0..200i64)).prop_map(|(wrong, resource, ago, took)| {
        let (unnamed, somebody_else, elsewhere, writes, one_factor) = wrong;
        let took = took.filter(|took| *took <= ago);
        Use { names: !unnamed, resource, somebody_else, elsewhere, writes, one_factor, ago, took }
    })
}

fn ops() -> impl Strategy<Value = Vec<Op>> {
    let any = prop_oneof![
        4 => (1..300u32, resources()).prop_map(|(minutes, resources)| Op::Request { minutes, resources }),
        6 => (any::<Index>(), who(), act(), rarely())
            .prop_map(|(grant, who, act, stale)| Op::Act { grant, who, act, stale }),
        4 => (any::<Index>(), vec((who(), act()), 2..5), vec(used(), 0..3))
            .prop_map(|(grant, acts, uses)| Op::Race { grant, acts, uses }),
        6 => (any::<Index>(), used()).prop_map(|(grant, used)| Op::Use { grant, used }),
        3 => prop_oneof![1..30i64, 30..400i64].prop_map(|minutes| Op::Jump { minutes }),
        1 => (1..4usize).prop_map(|servers| Op::Clock { servers }),
    ];
    vec(any, 1..40)
}

/// What should become of a grant.
#[derive(Clone, Debug)]
struct Model {
    asked: BTreeSet<usize>,
    longest: i64,
    expires_at: Timestamp,
    by_customer: usize,
    by_provider: usize,
    approvals: Vec<(Who, i64, BTreeSet<usize>)>,
    question: bool,
    stage: Stage,
    /// Lines, but for those that the clock adds.
    lines: i64,
    /// Whether the clock adds one, and whether it is stored.
    clocked: bool,
    clock_stored: bool,
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum Stage {
    Waiting,
    Granted { from: Timestamp, until: Timestamp, resources: BTreeSet<usize> },
    Over { how: GrantStatus, was: Option<(Timestamp, Timestamp, BTreeSet<usize>)> },
}

impl Model {
    fn new(policy: &Policy, minutes: u32, asked: &BTreeSet<usize>, now: Timestamp) -> Self {
        let sensitive = asked.iter().any(|place| RESOURCES[*place] == SENSITIVE) && !policy.sensitive.is_empty();
        let (customer, provider) = match policy.rule.approvers {
            Approvers::Customer => (1, 0),
            Approvers::Provider => (0, 1),
            Approvers::Both => (1, 1),
            Approvers::Nobody => (0, 0),
        };
        let mut model = Self {
            asked: asked.clone(),
            longest: minutes.min(LONGEST).into(),
            expires_at: now.plus(TimeDelta::minutes(EXPIRES_AFTER)),
            by_customer: customer * (1 + usize::from(sensitive)),
            by_provider: provider,
            approvals: Vec::new(),
            question: false,
            stage: Stage::Waiting,
            lines: 1,
            clocked: false,
            clock_stored: false,
        };
        model.grant_if_enough(now);
        model
    }

    fn lacks(&self, customer: bool) -> bool {
        let given = self.approvals.iter().filter(|(who, ..)| who.is_customer() == customer).count();
        given < if customer { self.by_customer } else { self.by_provider }
    }

    fn together(&self) -> (i64, BTreeSet<usize>) {
        self.approvals.iter().fold((self.longest, self.asked.clone()), |(minutes, resources), (_, of, some)| {
            (minutes.min(*of), resources.intersection(some).copied().collect())
        })
    }

    fn grant_if_enough(&mut self, now: Timestamp) {
        if !self.lacks(true) && !self.lacks(false) {
            let (minutes, resources) = self.together();
            self.stage = Stage::Granted { from: now, until: now.plus(TimeDelta::minutes(minutes)), resources };
        }
    }

    /// What the clock did.
    fn settle(&mut self, now: Timestamp) {
        match &self.stage {
            Stage::Waiting if now >= self.expires_at => {
                self.stage = Stage::Over { how: GrantStatus::Expired, was: None };
                self.clocked = true;
            }
            Stage::Granted { from, until, resources } if now >= *until => {
                let was = Some((*from, *until, resources.clone()));
                self.stage = Stage::Over { how: GrantStatus::Ended, was };
                self.clocked = true;
            }
            _ => {}
        }
    }

    fn admits(&self, who: Who, act: &Act) -> bool {
        let (waits, granted) = (self.stage == Stage::Waiting, matches!(self.stage, Stage::Granted { .. }));
        match act {
            Act::Approve { minutes, resources } => {
                let mut after = self.clone();
                after.approvals.push((who, i64::from(*minutes), resources.clone()));
                waits
                    && who != Who::Sam
                    && self.approvals.iter().all(|(before, ..)| *before != who)
                    && self.lacks(who.is_customer())
                    && i64::from(*minutes) <= self.longest
                    && resources.is_subset(&self.asked)
                    && !after.together().1.is_empty()
            }
            Act::Deny | Act::Ask => waits && if who.is_customer() { self.by_customer } else { self.by_provider } > 0,
            Act::Answer => waits && self.question && !who.is_customer(),
            Act::Withdraw => waits && !who.is_customer(),
            Act::Revoke => granted,
            Act::End => granted && !who.is_customer(),
        }
    }

    fn apply(&mut self, who: Who, act: &Act, now: Timestamp) {
        self.lines += 1;
        let over = |stage: &Stage, how| match stage {
            Stage::Granted { from, until, resources } => {
                let was = Some((*from, (*until).min(now), resources.clone()));
                Stage::Over { how, was }
            }
            _ => Stage::Over { how, was: None },
        };
        match act {
            Act::Approve { minutes, resources } => {
                self.approvals.push((who, i64::from(*minutes), resources.clone()));
                self.grant_if_enough(now);
            }
            Act::Deny => self.stage = over(&self.stage, GrantStatus::Denied),
            Act::Ask => self.question = true,
            Act::Answer => self.question = false,
            Act::Withdraw => self.stage = over(&self.stage, GrantStatus::Withdrawn),
            Act::Revoke => self.stage = over(&self.stage, GrantStatus::Revoked),
            Act::End => self.stage = over(&self.stage, GrantStatus::Ended),
        }
    }

    fn status(&self) -> GrantStatus {
        match &self.stage {
            Stage::Waiting => GrantStatus::Waiting,
            Stage::Granted { .. } => GrantStatus::Granted,
            Stage::Over { how, .. } => *how,
        }
    }

    /// Whether a use of the time `now` was granted.
    fn allows(&self, used: &Use, now: Timestamp) -> bool {
        let (from, until, resources) = match &self.stage {
            Stage::Waiting | Stage::Over { was: None, .. } => return false,
            Stage::Granted { from, until, resources } => (*from, *until, resources),
            Stage::Over { was: Some((from, until, resources)), .. } => (*from, *until, resources),
        };
        let began = now.minus(TimeDelta::minutes(used.ago));
        let ended = used.took.map(|took| began.plus(TimeDelta::minutes(took)));
        let wrong = used.somebody_else || used.elsewhere || used.writes || used.one_factor || !used.names;
        !wrong
            && from <= began
            && began < until
            && ended.is_none_or(|ended| ended <= until)
            && resources.contains(&used.resource)
    }
}

/// The people, and the customer that they are about.
struct World {
    store: Store,
    acme: Customer,
    ada: GrantDecider,
    bob: GrantDecider,
    kim: AccessDesk,
    sam: AccessDesk,
    uses: AtomicU32,
}

fn extent(grant: &GrantView, minutes: u32, resources: &BTreeSet<usize>) -> Extent {
    let resources = resources.iter().map(|place| ResourcePattern::new(RESOURCES[*place])).collect();
    Extent { minutes, resources, ..grant.state.facts().asked_extent() }
}

impl World {
    async fn new(test: &TestStore, kim: &AccessDesk, sam: &AccessDesk, number: u32) -> Self {
        let acme = test.customer(&format!("acme-{number}")).await;
        let operator = test.store.operator();
        let mut deciders = Vec::new();
        for name in ["Ada", "Bob"] {
            let email = format!("{name}@{}.example", acme.name);
            let person = NewPerson { email: &email, display_name: name, password: PASSWORD };
            let id = operator.create_member(&acme, person, MemberRole::Approver).await.unwrap();
            deciders.push(operator.grants_of(&acme, id, MemberRole::Approver, name));
        }
        let (bob, ada) = (deciders.pop().unwrap(), deciders.pop().unwrap());
        let uses = AtomicU32::new(0);
        Self { store: test.store.clone(), acme, ada, bob, kim: kim.clone(), sam: sam.clone(), uses }
    }

    async fn request(&self, number: usize, minutes: u32, resources: &BTreeSet<usize>) -> GrantView {
        let resources = resources.iter().map(|place| RESOURCES[*place]).collect::<Vec<_>>();
        let draft: RequestDraft = serde_json::from_value(json!({
            "customer": self.acme.name, "reference": format!("r-{number}"), "accessor": "e-4711", "role": "Engineer",
            "employer": "Nimbus Cloud", "countries": ["IE"], "justification": "Restore", "minutes": minutes,
            "operations": ["read"], "purpose": "customer_requested_support", "resources": resources, "service": "Storage"
        }))
        .unwrap();
        self.sam.ask(draft).await.unwrap().unwrap()
    }

    async fn act(&self, grant: &GrantView, who: Who, act: &Act) -> Result<GrantView, GrantActRefused> {
        let (id, revision) = (grant.id, grant.revision);
        let customer = if who == Who::Ada { &self.ada } else { &self.bob };
        let provider = if who == Who::Kim { &self.kim } else { &self.sam };
        match (act, who.is_customer()) {
            (Act::Approve { minutes, resources }, true) => {
                customer.approve(id, revision, extent(grant, *minutes, resources), None).await
            }
            (Act::Approve { minutes, resources }, false) => {
                provider.approve(id, revision, extent(grant, *minutes, resources)).await
            }
            (Act::Deny, true) => customer.deny(id, revision, "No").await,
            (Act::Deny, false) => provider.deny(id, revision, "No").await,
            (Act::Ask, true) => customer.ask(id, revision, "Why?").await,
            (Act::Ask, false) => provider.question(id, revision, "Why?").await,
            (Act::Revoke, true) => customer.revoke(id, revision, "Enough").await,
            (Act::Revoke, false) => provider.revoke(id, revision, "Enough").await,
            // What the customer's side has no way to try.
            (Act::Answer | Act::Withdraw | Act::End, true) => Ok(Err(GrantActRefused::NotAllowed)),
            (Act::Answer, false) => provider.answer(id, revision, "Because").await,
            (Act::Withdraw, false) => provider.withdraw(id, revision, "Never mind").await,
            (Act::End, false) => provider.end(id, revision, Ending::Hand).await,
        }
        .unwrap()
    }

    /// Reports a use; its place, and whether it was marked.
    async fn record(&self, grant: &GrantView, used: &Use, now: Timestamp) -> (i64, bool) {
        let began = now.minus(TimeDelta::minutes(used.ago));
        let country = if used.elsewhere { "US" } else { "IE" };
        let mut event = json!({
            "id": format!("evt-{}", self.uses.fetch_add(1, Ordering::Relaxed)), "started_at": began,
            "purpose": "customer_requested_support", "justification": "Restore", "service": "Storage",
            "operations": if used.writes { vec!["read", "write"] } else { vec!["read"] },
            "accessor": {"pseudonym": if used.somebody_else { "e-1" } else { "e-4711" }, "role": "Engineer",
                "employer": "Nimbus Cloud", "office_country": "IE", "physical_country": country},
            "resources": [{"name": RESOURCES[used.resource]}], "approval": {"kind": "customer"},
            "authentication": {"factors": if used.one_factor { vec!["password"] } else { vec!["password", "push"] }}
        });
        if used.names {
            event["approval"]["grant"] = json!(grant.id);
        }
        if let Some(took) = used.took {
            event["ended_at"] = json!(began.plus(TimeDelta::minutes(took)));
        }
        let draft: AccessDraft = serde_json::from_value(event).unwrap();
        let access = NewAccess { customer: self.acme.name.clone(), event: draft.check(now).unwrap() };
        let outcomes = self.store.operator().reporter().record(vec![access]).await.unwrap();
        let Some(Outcome::Stored(receipt)) = outcomes.first() else { panic!("{outcomes:?}") };
        (receipt.sequence, self.ada.grants().exception(receipt.sequence).await.unwrap().is_some())
    }
}

/// One random life: everything that the store answers is what the model says.
async fn live(test: &TestStore, kim: &AccessDesk, sam: &AccessDesk, number: u32, policy: Policy, ops: Vec<Op>) {
    let world = World::new(test, kim, sam, number).await;
    // What a life that failed left behind is over.
    test.clock.set(test.store.now().plus(TimeDelta::days(1)));
    world.store.end_due_grants().await.unwrap();
    let start = test.store.now();
    // What began before the customer set a policy is held against a grant only where it names one.
    let is_governed = |used: &Use, now: Timestamp| used.names || now.minus(TimeDelta::minutes(used.ago)) >= start;
    world.ada.set_policy(0, policy.clone()).await.unwrap().unwrap();
    let mut grants: Vec<(GrantView, Model)> = Vec::new();
    let (mut marked, mut recorded) = (BTreeSet::new(), 0);
    for op in ops {
        let now = test.store.now();
        match op {
            Op::Request { minutes, resources } => {
                let grant = world.request(grants.len(), minutes, &resources).await;
                let again = world.request(grants.len(), minutes, &resources).await;
                assert_eq!(grant, again, "asked again, it is the same");
                grants.push((grant, Model::new(&policy, minutes, &resources, now)));
            }
            Op::Jump { minutes } => test.clock.set(now.plus(TimeDelta::minutes(minutes))),
            Op::Clock { servers } => {
                let written = join_all((0..servers).map(|_| world.store.end_due_grants())).await;
                let written: u64 = written.into_iter().map(Result::unwrap).sum();
                let due = grants.iter_mut().map(|(_, model)| {
                    model.settle(now);
                    let due = model.clocked && !model.clock_stored;
                    model.clock_stored = model.clocked;
                    u64::from(due)
                });
                assert_eq!(written, due.sum::<u64>(), "{servers} servers wrote what was due, once");
            }
            _ if grants.is_empty() => {}
            Op::Act { grant, who, act, stale } => {
                let (seen, model) = grant.get_mut(&mut grants);
                model.settle(now);
                *seen = world.ada.grants().grant(seen.id).await.unwrap().unwrap();
                if stale {
                    let old = GrantView { revision: seen.revision - 1, ..seen.clone() };
                    assert!(world.act(&old, who, &act).await.is_err(), "{act:?} on what is gone");
                    continue;
                }
                let done = world.act(seen, who, &act).await;
                assert_eq!(done.is_ok(), model.admits(who, &act), "{who:?} {act:?} in {model:?}: {done:?}");
                if done.is_ok() {
                    model.apply(who, &act, now);
                }
            }
            Op::Race { grant, acts, uses } => {
                let (seen, model) = grant.get_mut(&mut grants);
                model.settle(now);
                *seen = world.ada.grants().grant(seen.id).await.unwrap().unwrap();
                let before = model.clone();
                let acting = join_all(acts.iter().map(|(who, act)| world.act(seen, *who, act)));
                let using = join_all(uses.iter().map(|used| world.record(seen, used, now)));
                let (done, used) = tokio::join!(acting, using);
                let winners = acts.iter().zip(&done).filter(|(_, done)| done.is_ok()).collect::<Vec<_>>();
                let possible = acts.iter().any(|(who, act)| before.admits(*who, act));
                assert_eq!(winners.len(), usize::from(possible), "{acts:?} at once in {before:?}: {done:?}");
                for ((who, act), _) in winners {
                    assert!(before.admits(*who, act), "{who:?} {act:?} in {before:?}");
                    model.apply(*who, act, now);
                }
                for (used, (sequence, is_marked)) in uses.iter().zip(used) {
                    recorded += 1;
                    let allowed = [before.allows(used, now), model.allows(used, now), !is_governed(used, now)];
                    assert!(allowed.contains(&!is_marked), "{used:?} between {before:?} and {model:?}");
                    if is_marked {
                        marked.insert(sequence);
                    }
                }
            }
            Op::Use { grant, used } => {
                let (seen, model) = grant.get_mut(&mut grants);
                model.settle(now);
                let (sequence, is_marked) = world.record(seen, &used, now).await;
                recorded += 1;
                assert_eq!(is_marked, is_governed(&used, now) && !model.allows(&used, now), "{used:?} in {model:?}");
                if is_marked {
                    marked.insert(sequence);
                }
            }
        }
    }
    test.clock.set(test.store.now().plus(TimeDelta::days(1)));
    world.store.end_due_grants().await.unwrap();
    let now = test.store.now();
    for (seen, model) in &mut grants {
        model.settle(now);
        let kept = world.ada.grants().grant(seen.id).await.unwrap().unwrap();
        assert_eq!(kept.state.status(), model.status(), "{model:?}");
        assert_eq!(kept.revision, model.lines + i64::from(model.clocked), "{model:?}: {kept:?}");
        assert_eq!(kept.state.facts().lines.len() as i64, kept.revision);
    }
    let found = world.ada.grants().exceptions(None).await.unwrap();
    let found = found.exceptions.into_iter().map(|(exception, _)| exception.sequence).collect::<BTreeSet<_>>();
    assert_eq!(found, marked, "what was marked stays marked");
    assert_eq!(world.store.operator().records_of(&world.acme).size().await.unwrap(), recorded);
}

store_test! {
    async fn no_order_of_things_leaves_a_use_unmarked_or_decides_twice_or_loses_anything(test: TestStore) {
        let mut desks = Vec::new();
        for name in ["Kim", "Sam"] {
            let email = format!("{name}@provider.example");
            let person = NewPerson { email: &email, display_name: name, password: PASSWORD };
            let id = test.store.operator().create_staff(person, StaffRole::Operations).await.unwrap();
            desks.push(test.store.operator().access_desk(id, StaffRole::Operations, name));
        }
        let (sam, kim) = (desks.pop().unwrap(), desks.pop().unwrap());
        let mut config = ProptestConfig { failure_persistence: None, ..ProptestConfig::default() };
        if std::env::var_os("PROPTEST_CASES").is_none() {
            config.cases = 48;
        }
        let approvers = prop_oneof![
            4 => Just(Approvers::Customer), 2 => Just(Approvers::Both), 1 => Just(Approvers::Provider),
            1 => Just(Approvers::Nobody)
        ];
        let lives = (approvers, any::<bool>(), ops());
        let number = AtomicU32::new(0);
        let lived = tokio::task::block_in_place(|| {
            TestRunner::new(config).run(&lives, |(approvers, sensitive, ops)| {
                let mut policy = Policy::default();
                policy.rule.approvers = approvers;
                policy.rule.expires_after = u32::try_from(EXPIRES_AFTER).unwrap();
                policy.rule.longest = LONGEST;
                policy.sensitive = sensitive.then(|| ResourcePattern::new(SENSITIVE)).into_iter().collect();
                let number = number.fetch_add(1, Ordering::Relaxed);
                tokio::runtime::Handle::current().block_on(live(test, &kim, &sam, number, policy, ops));
                Ok(())
            })
        });
        lived.unwrap_or_else(|failure| panic!("{failure}"));
    }
}
