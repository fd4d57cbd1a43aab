//! Mail: queued with what it tells, sent once however many send, put off, given up and forgotten, on both engines.
#![expect(clippy::unwrap_used, reason = "the macro that makes two tests of one body hides that these are tests")]

use std::collections::BTreeSet;

use chrono::{Days, TimeDelta};
use domain::{
    MemberRole, PersonId, Purpose, Role, StaffRole, Timestamp, Zone,
    access::AccessDraft,
    grant::{
        Approvers, Delegate, GrantStatus, Policy, QuietHours, RequestDraft, ResourcePattern, StandingRule, Window,
    },
    notice::{NoticeDraft, NoticeKind},
};
use futures::future::join_all;
use serde_json::json;
use store::{
    AccessDesk, Client, Customer, Effect, GrantDecider, GrantView, InvitationLink, Keyring, MailChoice, MailContent,
    MessageKind, NewAccess, NewPerson, Outgoing, Refusal, Session, SignInAnswer, SignedIn, Store, StoreError, ToWhom,
    store_test, testing::TestStore,
};

const PASSWORD: &str = "correct horse battery staple";
const EVERY_MAIL: MailChoice = MailChoice { notices: true, reminders: true, access: true };

fn mailing(test: &TestStore) -> Store {
    test.store.clone().with_mail()
}

fn later(test: &TestStore, by: TimeDelta) {
    test.clock.set(test.store.now().plus(by));
}

async fn member(store: &Store, customer: &Customer, role: MemberRole) -> PersonId {
    let email = format!("{}@{}.example", role.code(), customer.name);
    let person = NewPerson { email: &email, display_name: role.label(), password: PASSWORD };
    store.operator().create_member(customer, person, role).await.unwrap()
}

async fn session(store: &Store, email: &str) -> Session {
    let SignInAnswer::SignedIn(token) = store.sign_in(email, PASSWORD, &Client::default()).await.unwrap() else {
        panic!("{email} is not signed in");
    };
    store.session(&token.secret, &Client::default()).await.unwrap().unwrap()
}

/// A customer with one person in every role.
async fn customer(store: &Store, test: &TestStore, name: &str) -> Customer {
    let customer = test.customer(name).await;
    for role in MemberRole::ALL {
        member(store, &customer, *role).await;
    }
    customer
}

/// Issues a notice of a subprocessor, to which may be objected for 28 days.
async fn issue(store: &Store, to: &Customer) {
    let day = |days: u64| (store.now().day() + Days::new(days)).to_string();
    let draft: NoticeDraft = serde_json::from_value(json!({
        "kind": "subprocessor_change", "name": "Initech", "change": "added", "service": "Keeps backups.",
        "country": "IE", "from": day(45), "object_until": day(27), "zone": "UTC", "how_to_object": "Here."
    }))
    .unwrap();
    let operator = store.operator();
    let mut people = Vec::new();
    for name in ["Oskar", "Leila"] {
        let email = format!("{name}-{}@provider.example", store.now().micros());
        let person = NewPerson { email: &email, display_name: name, password: PASSWORD };
        people.push(operator.create_staff(person, StaffRole::Publishing).await.unwrap());
    }
    let id = operator.notice_desk(people[0], "Oskar").write(&draft, ToWhom::These(vec![to.id])).await.unwrap();
    operator.notice_desk(people[1], "Leila").issue(id.unwrap()).await.unwrap().unwrap();
}

/// Sends everything that waits.
async fn send_all(store: &Store) -> Vec<Outgoing> {
    let (outbox, mut sent) = (store.outbox(), Vec::new());
    while let Some(mail) = outbox.next().await.unwrap() {
        outbox.sent(&mail).await.unwrap();
        sent.push(mail);
    }
    sent
}

fn receivers(mails: &[Outgoing]) -> BTreeSet<&str> {
    mails.iter().map(|mail| mail.to.split('@').next().unwrap()).collect()
}

/// Whether they are reminders, each of the first notice.
fn reminds(mails: &[Outgoing]) -> BTreeSet<bool> {
    let told = mails.iter().map(|mail| match mail.content {
        MailContent::Notice { sequence: 0, kind: NoticeKind::SubprocessorChange, reminder, .. } => reminder,
        ref other => panic!("{other:?}"),
    });
    told.collect()
}

/// Queues what is due with four at once; of how many notices.
async fn remind(store: &Store) -> u64 {
    join_all((0..4).map(|_| store.remind_due())).await.into_iter().map(Result::unwrap).sum()
}

store_test! {
    async fn a_notice_is_mailed_to_those_who_want_it_and_nothing_of_it_can_be_read(test: TestStore) {
        let store = mailing(test);
        let acme = customer(&store, test, "acme").await;
        customer(&store, test, "zeta").await;
        issue(&store, &acme).await;
        let kept = test.dump("mail").await.unwrap();
        assert!(!kept.is_empty());
        for word in ["acme", "owner", "subprocessor", "Initech"] {
            assert!(!kept.contains(word), "{word}: {kept}");
        }
        let mails = send_all(&store).await;
        assert!(mails.iter().all(|mail| mail.to.ends_with("@acme.example")), "{mails:?}");
        assert_eq!(receivers(&mails), ["approver", "owner", "privacy_officer"].into());
        assert_eq!((mails.len(), reminds(&mails)), (3, [false].into()));

        let auditor = session(&store, "auditor@acme.example").await.account();
        let owner = session(&store, "owner@acme.example").await.account();
        assert_eq!(auditor.view().await.unwrap().mail, Some(MailChoice { notices: false, reminders: false, access: false }));
        assert_eq!(owner.view().await.unwrap().mail, Some(EVERY_MAIL));
        assert!(auditor.set_mail(MailChoice { notices: true, reminders: false, access: false }).await.unwrap());
        assert!(owner.set_mail(MailChoice { notices: false, ..EVERY_MAIL }).await.unwrap());
        later(test, TimeDelta::seconds(1));
        issue(&store, &acme).await;
        assert_eq!(receivers(&send_all(&store).await), ["approver", "auditor", "privacy_officer"].into());
    }
}

store_test! {
    async fn without_mail_nothing_is_queued(test: TestStore) {
        let acme = customer(&test.store, test, "acme").await;
        issue(&test.store, &acme).await;
        test.store.operator().invite(Some(&acme), "bob@acme.example", Role::Member(MemberRole::Auditor)).await.unwrap();
        later(test, TimeDelta::days(3));
        assert!(!test.store.mails());
        remind(&test.store).await;
        assert_eq!(test.dump("mail").await.unwrap(), "");
    }
}

store_test! {
    async fn a_mail_is_one_senders_until_it_took_too_long(test: TestStore) {
        let store = mailing(test);
        let acme = customer(&store, test, "acme").await;
        issue(&store, &acme).await;
        let outbox = store.outbox();
        let taken = join_all((0..8).map(|_| outbox.next())).await.into_iter().filter_map(Result::unwrap);
        let taken = taken.collect::<Vec<_>>();
        assert_eq!((taken.len(), receivers(&taken).len()), (3, 3), "{taken:?}");
        later(test, TimeDelta::minutes(9));
        assert_eq!(outbox.next().await.unwrap(), None);
        // Whoever took them is gone.
        later(test, TimeDelta::minutes(1));
        let again = outbox.next().await.unwrap().unwrap();
        assert_eq!((again.tries, again.id), (2, taken.iter().map(|mail| mail.id).min().unwrap()));
        let late = taken.iter().find(|mail| mail.id == again.id).unwrap();
        // The one who took too long has no say any more whether it failed, but may have sent it.
        outbox.refused(late, "550 No such user").await.unwrap();
        outbox.later(late, "450 Later").await.unwrap();
        outbox.sent(late).await.unwrap();
        outbox.refused(&again, "550 No such user").await.unwrap();
        assert_eq!(send_all(&store).await.len(), 2);
        later(test, TimeDelta::days(30));
        assert_eq!(outbox.forget().await.unwrap(), 3, "none of them failed");
    }
}

store_test! {
    async fn what_fails_is_put_off_and_given_up_after_days_and_the_owner_is_told(test: TestStore) {
        let store = mailing(test);
        let acme = customer(&store, test, "acme").await;
        issue(&store, &acme).await;
        let outbox = store.outbox();
        let issued = store.now();
        let first = outbox.next().await.unwrap().unwrap();
        outbox.refused(&first, "550 <bob@acme.example>: no such user").await.unwrap();
        assert!(!test.dump("mail").await.unwrap().contains("no such user"), "it names the address");
        let second = outbox.next().await.unwrap().unwrap();
        outbox.sent(&second).await.unwrap();
        let (mut tries, mut last) = (0, issued);
        while let Some(mail) = outbox.next().await.unwrap() {
            outbox.later(&mail, "450 try later").await.unwrap();
            (tries, last) = (mail.tries, store.now());
            // Exactly then is it tried again.
            let wait = [1, 5, 30, 120].get(tries as usize - 1).copied().unwrap_or(360);
            later(test, TimeDelta::minutes(wait) - TimeDelta::seconds(1));
            assert_eq!(outbox.next().await.unwrap(), None, "after {tries} tries");
            later(test, TimeDelta::seconds(1));
        }
        assert!(last.since(issued) > TimeDelta::days(4) && tries > 20, "{tries} tries until {last}");

        let session = session(&store, "owner@acme.example").await;
        let SignedIn::Member(owner) = &session.signed_in else { panic!("no member") };
        let failures = async || {
            let people = owner.roster.people().await.unwrap();
            let failed = people.into_iter().filter_map(|line| Some((line.id, line.mail_failure?)));
            let mut failed = failed.map(|(id, failure)| (failure.at, failure.reason, id)).collect::<Vec<_>>();
            failed.sort_by_key(|(at, ..)| *at);
            failed
        };
        let failed = failures().await;
        let reasons = failed.iter().map(|(_, reason, _)| reason.as_str()).collect::<Vec<_>>();
        assert_eq!(reasons, ["550 <bob@acme.example>: no such user", "450 try later"]);
        assert_eq!((failed[0].0, failed[1].0), (issued, last));
        // They are kept when what was sent is forgotten, and gone once a mail went out again.
        later(test, TimeDelta::days(40));
        assert_eq!(outbox.forget().await.unwrap(), 1);
        assert_eq!(failures().await.len(), 2);
        issue(&store, &acme).await;
        send_all(&store).await;
        assert_eq!(failures().await, []);
    }
}

store_test! {
    async fn a_customer_is_reminded_until_somebody_acknowledges(test: TestStore) {
        // The notice was issued before there was mail.
        let acme = customer(&test.store, test, "acme").await;
        issue(&test.store, &acme).await;
        let store = mailing(test);
        let started = store.now();
        let mut days = Vec::new();
        for hour in 0..24 * 40 {
            test.clock.set(started.plus(TimeDelta::hours(hour)));
            let reminded = remind(&store).await;
            let mails = send_all(&store).await;
            if reminded > 0 {
                assert_eq!((reminded, mails.len(), reminds(&mails)), (1, 3, [true].into()));
                days.push(hour / 24);
            } else {
                assert_eq!(mails, []);
            }
        }
        // The last day to object is the 28th: what comes before it, and what comes when it is too late.
        assert_eq!(days, [3, 7, 14, 21, 24, 28]);
        assert_eq!(test.dump("notice_reminder").await.unwrap(), "", "none is wanted any more");

        // A reminder that waited until somebody acknowledged says what is true no more.
        issue(&store, &acme).await;
        assert_eq!(send_all(&store).await.len(), 3);
        later(test, TimeDelta::days(3));
        assert_eq!(remind(&store).await, 1);
        let officer = session(&store, "privacy_officer@acme.example").await;
        let SignedIn::Member(member) = &officer.signed_in else { panic!("no member") };
        member.notices.say(1, MessageKind::Acknowledgement, "").await.unwrap().unwrap();
        assert_eq!(send_all(&store).await, []);
        later(test, TimeDelta::days(4));
        assert_eq!((remind(&store).await, send_all(&store).await), (0, Vec::new()));
        assert_eq!(test.dump("notice_reminder").await.unwrap(), "");
    }
}

store_test! {
    async fn a_rotated_key_seals_waiting_mail_and_failures_anew(test: TestStore) {
        let store = mailing(test);
        let acme = customer(&store, test, "acme").await;
        issue(&store, &acme).await;
        let mail = store.outbox().next().await.unwrap().unwrap();
        store.outbox().refused(&mail, "550 No such user").await.unwrap();
        let (old, new) = ("5a".repeat(32), "6b".repeat(32));
        let opened = async |keys: String| {
            Store::open(&test.address, test.clock.clone(), Keyring::parse(&keys).unwrap()).await.unwrap()
        };
        let rotating = opened(format!("{new}\n{old}")).await;
        assert_eq!(rotating.reseal().await.unwrap(), 3);
        rotating.close().await;
        let rotated = opened(new).await;
        assert_eq!(send_all(&rotated).await.len(), 2);
        rotated.close().await;
    }
}

/// A link that takes no second person.
fn made(invited: Result<Result<Effect<InvitationLink>, Refusal>, StoreError>) -> InvitationLink {
    match invited.unwrap().unwrap() {
        Effect::Now(link) => link,
        Effect::WhenConfirmed => panic!("it waits for a second person"),
    }
}

store_test! {
    async fn a_link_is_mailed_as_long_as_it_is_good(test: TestStore) {
        let store = mailing(test);
        store.first_administrator().await.unwrap().unwrap();
        assert_eq!(test.dump("mail").await.unwrap(), "", "its address is not known yet");
        let acme = customer(&store, test, "acme").await;
        let auditor = member(&store, &test.customer("zeta").await, MemberRole::Owner).await;
        let admin = session(&store, "owner@acme.example").await.administer().unwrap().people;
        assert_eq!(admin.reset(auditor).await.unwrap().err(), Some(Refusal::NotFound));
        let link = made(admin.invite("bob@acme.example", Role::Member(MemberRole::Auditor)).await);
        assert!(!test.dump("mail").await.unwrap().contains(&link.secret));
        let mails = send_all(&store).await;
        let (organisation, invited_by) = (Some("ACME".to_owned()), "Owner".to_owned());
        let content = MailContent::Invitation {
            secret: link.secret.clone(), organisation, invited_by, resets: false, expires_at: link.expires_at,
        };
        assert_eq!(mails.len(), 1);
        assert_eq!((mails[0].to.as_str(), &mails[0].content), ("bob@acme.example", &content));

        // One that was withdrawn, one that was replaced, and one whose person is gone are not sent.
        let withdrawn = made(admin.invite("eve@acme.example", Role::Member(MemberRole::Auditor)).await);
        admin.withdraw(withdrawn.id).await.unwrap().unwrap();
        made(admin.invite("dan@acme.example", Role::Member(MemberRole::Auditor)).await);
        let dans = made(admin.invite("dan@acme.example", Role::Member(MemberRole::Auditor)).await);
        let email = "privacy_officer@acme.example";
        let officer = store.operator().invite(Some(&acme), email, Role::Member(MemberRole::Owner)).await.unwrap();
        let person = store.invitation(&officer.secret).await.unwrap().unwrap().person.unwrap().0;
        issue(&store, &acme).await;
        admin.remove(person).await.unwrap().unwrap();
        let mails = send_all(&store).await;
        assert_eq!(receivers(&mails), ["approver", "dan", "owner"].into());
        let links = mails.iter().filter_map(|mail| match &mail.content {
            MailContent::Invitation { secret, .. } => Some(secret.as_str()),
            _ => None,
        });
        assert_eq!(links.collect::<Vec<_>>(), [dans.secret.as_str()]);

        // A link that can't be mailed is told of beside the invitation, and given up with it.
        let bob = made(admin.invite("kim@acme.example", Role::Member(MemberRole::Auditor)).await);
        later(test, TimeDelta::days(3) - TimeDelta::seconds(30));
        let outbox = store.outbox();
        let mail = outbox.next().await.unwrap().unwrap();
        outbox.later(&mail, "450 full").await.unwrap();
        let session = session(&store, "owner@acme.example").await;
        let SignedIn::Member(owner) = &session.signed_in else { panic!("no member") };
        let lines = owner.roster.invitations().await.unwrap();
        let line = lines.iter().find(|line| line.id == bob.id).unwrap();
        assert_eq!(line.mail_failure.as_ref().unwrap().reason, "450 full");
        // Nor is one sent that nobody could send while it was good.
        store.operator().invite(Some(&acme), "lea@acme.example", Role::Member(MemberRole::Auditor)).await.unwrap();
        later(test, TimeDelta::days(3));
        assert_eq!(send_all(&store).await, []);
    }
}

/// A customer with one person in every role, and the provider's people: Sam asks, Kim manages too, Pat publishes.
struct Sides {
    store: Store,
    owner: GrantDecider,
    officer: (PersonId, GrantDecider),
    auditor: PersonId,
    sam: AccessDesk,
}

impl Sides {
    async fn new(test: &TestStore) -> Self {
        let store = mailing(test);
        customer(&store, test, "zeta").await;
        let acme = test.customer("acme").await;
        let decider = async |role| {
            let id = member(&store, &acme, role).await;
            (id, store.operator().grants_of(&acme, id, role, role.label()))
        };
        let (_, owner) = decider(MemberRole::Owner).await;
        decider(MemberRole::Approver).await;
        let officer = decider(MemberRole::PrivacyOfficer).await;
        let (auditor, _) = decider(MemberRole::Auditor).await;
        let mut staff = Vec::new();
        for (name, role) in
            [("sam", StaffRole::Operations), ("kim", StaffRole::Operations), ("pat", StaffRole::Publishing)]
        {
            let email = format!("{name}@provider.example");
            let person = NewPerson { email: &email, display_name: name, password: PASSWORD };
            staff.push(store.operator().create_staff(person, role).await.unwrap());
        }
        let sam = store.operator().access_desk(staff[0], StaffRole::Operations, "sam");
        Self { store, owner, officer, auditor, sam }
    }

    async fn set_policy(&self, policy: Policy) {
        let version = self.owner.grants().policy().await.unwrap().version;
        self.owner.set_policy(version, policy).await.unwrap().unwrap();
    }

    async fn ask(&self, reference: &str, purpose: &str) -> GrantView {
        let draft: RequestDraft = serde_json::from_value(json!({
            "customer": "acme", "reference": reference, "accessor": "e-4711", "role": "Support engineer",
            "employer": "Nimbus Cloud", "countries": ["IE"], "justification": "Restore of a deleted folder",
            "minutes": 120, "operations": ["read"], "purpose": purpose, "resources": ["records"],
            "service": "Object Storage", "ticket": "T-1"
        }))
        .unwrap();
        self.sam.ask(draft).await.unwrap().unwrap()
    }

    async fn support(&self, reference: &str) -> GrantView {
        self.ask(reference, "customer_requested_support").await
    }

    /// Records accesses for which nobody had a grant.
    async fn access(&self, ids: &[&str]) {
        let now = self.store.now();
        let access = |id: &&str| {
            let draft: AccessDraft = serde_json::from_value(json!({
                "id": id, "started_at": now, "purpose": "customer_requested_support", "ticket": "T-1",
                "justification": "Restore of a deleted folder", "service": "Object Storage", "operations": ["read"],
                "accessor": {"role": "Support engineer", "employer": "Nimbus Cloud", "office_country": "IE"},
                "resources": [{"name": "records"}], "approval": {"kind": "customer"},
                "authentication": {"factors": ["passkey"]}
            }))
            .unwrap();
            NewAccess { customer: "acme".to_owned(), event: draft.check(now).unwrap() }
        };
        self.store.operator().reporter().record(ids.iter().map(access).collect()).await.unwrap();
    }

    /// What is sent now: to whom, and of what.
    async fn sent(&self) -> BTreeSet<String> {
        let mails = send_all(&self.store).await;
        let told = mails.iter().map(|mail| {
            let of = match &mail.content {
                MailContent::AccessRequest { matter, .. } => format!("{matter:?}"),
                MailContent::Exceptions { accesses, .. } => format!("{accesses}"),
                other => panic!("{other:?}"),
            };
            assert_eq!(mail.queued_at, self.store.now(), "it is dated when it goes out");
            format!("{} {of}", mail.to.split('@').next().unwrap())
        });
        let told = told.collect::<BTreeSet<_>>();
        assert_eq!(told.len(), mails.len(), "nobody is told the same twice at once: {mails:?}");
        told
    }
}

fn told<const N: usize>(told: [&str; N]) -> BTreeSet<String> {
    told.map(str::to_owned).into()
}

fn at(test: &TestStore, time: &str) {
    test.clock.set(Timestamp::parse(time).unwrap());
}

/// From ten in the evening to seven in New York.
fn quiet(on_call: PersonId) -> Option<QuietHours> {
    let zone = Zone::parse("America/New_York").unwrap();
    Some(QuietHours {
        window: Window { from: "22:00:00".parse().unwrap(), to: "07:00:00".parse().unwrap(), zone },
        on_call,
    })
}

store_test! {
    async fn a_request_is_mailed_to_those_who_decide_and_the_provider_hears_what_they_ask(test: TestStore) {
        let sides = Sides::new(test).await;
        let Sides { owner, officer, sam, .. } = &sides;
        sides.support("r-1").await;
        let kept = test.dump("mail").await.unwrap();
        for word in ["acme", "owner", "Restore", "records", "T-1"] {
            assert!(!kept.contains(word), "{word}: {kept}");
        }
        assert_eq!(sides.sent().await, told(["approver Waits", "owner Waits"]));
        // What was decided before anybody was told is told to nobody; nor is what was answered.
        let grant = sides.support("r-2").await;
        owner.deny(grant.id, grant.revision, "Not today").await.unwrap().unwrap();
        assert_eq!(sides.sent().await, told([]));
        let grant = sides.support("r-3").await;
        assert_eq!(sides.sent().await.len(), 2);
        let grant = owner.ask(grant.id, grant.revision, "Which folder?").await.unwrap().unwrap();
        assert_eq!(sides.sent().await, told(["kim Question", "sam Question"]));
        let grant = sam.answer(grant.id, grant.revision, "“Invoices”").await.unwrap().unwrap();
        assert_eq!(sides.sent().await, told(["approver Answered", "owner Answered"]));
        let grant = owner.ask(grant.id, grant.revision, "Why?").await.unwrap().unwrap();
        let grant = sam.answer(grant.id, grant.revision, "It is lost.").await.unwrap().unwrap();
        assert_eq!(sides.sent().await, told(["approver Answered", "owner Answered"]));
        sam.withdraw(grant.id, grant.revision, "Found").await.unwrap().unwrap();
        assert_eq!(sides.sent().await, told([]));

        // Where two must approve, the second is told of the first, who isn't.
        let sensitive = Policy { sensitive: vec![ResourcePattern::new("records")], ..Policy::default() };
        sides.set_policy(sensitive).await;
        let grant = sides.support("r-4").await;
        assert_eq!(sides.sent().await.len(), 2);
        let whole = grant.state.facts().asked_extent();
        owner.approve(grant.id, grant.revision, whole, None).await.unwrap().unwrap();
        assert_eq!(sides.sent().await, told(["approver Waits"]));

        // The provider's manager is told where the customer wants that; who asked is none.
        let mut both = Policy::default();
        both.rule.approvers = Approvers::Both;
        sides.set_policy(both).await;
        sides.support("r-5").await;
        assert_eq!(sides.sent().await, told(["approver Waits", "kim Manager", "owner Waits"]));

        // Everybody chooses; an auditor who is named a delegate needn't.
        let approver = session(&sides.store, "approver@acme.example").await.account();
        assert!(approver.set_mail(MailChoice { access: false, ..EVERY_MAIL }).await.unwrap());
        let (from, until) = (sides.store.now(), sides.store.now().plus(TimeDelta::hours(1)));
        let delegates = [sides.auditor, officer.0].map(|person| Delegate { person, from, until });
        sides.set_policy(Policy { delegates: delegates.into(), ..Policy::default() }).await;
        let auditor = session(&sides.store, "auditor@acme.example").await.account();
        let chosen = auditor.view().await.unwrap().mail.unwrap();
        assert_eq!(chosen, MailChoice { notices: false, reminders: false, access: true });
        sides.support("r-6").await;
        assert_eq!(sides.sent().await, told(["auditor Waits", "owner Waits", "privacy_officer Waits"]));
        later(test, TimeDelta::hours(1));
        sides.support("r-7").await;
        assert_eq!(sides.sent().await, told(["owner Waits"]));
        assert!(!auditor.view().await.unwrap().mail.unwrap().access);
    }
}

store_test! {
    async fn at_night_who_is_on_call_is_told_and_the_others_in_the_morning(test: TestStore) {
        let sides = Sides::new(test).await;
        let Sides { officer: (officer_id, officer), .. } = &sides;
        let morning = Timestamp::parse("2026-03-02T12:00:00Z").unwrap();
        // Who decides in the morning is told then, and not who decided at night.
        let day = Delegate { person: sides.auditor, from: morning, until: morning.plus(TimeDelta::hours(1)) };
        let policy = Policy { quiet_hours: quiet(*officer_id), delegates: vec![day], ..Policy::default() };
        sides.set_policy(policy.clone()).await;
        sides.support("r-1").await;
        assert_eq!(sides.sent().await, told(["approver Waits", "owner Waits"]), "seven in the morning there");

        // Half past eleven at night, still on the first of March.
        at(test, "2026-03-02T04:30:00Z");
        let first = sides.support("r-2").await;
        assert_eq!(sides.sent().await, told(["privacy_officer Waits"]));
        at(test, "2026-03-02T05:00:00Z");
        let second = sides.support("r-3").await;
        assert_eq!(sides.sent().await, told(["privacy_officer Waits"]));
        let whole = second.state.facts().asked_extent();
        let decided = officer.approve(second.id, second.revision, whole.clone(), None).await.unwrap().unwrap();
        assert_eq!(decided.state.status(), GrantStatus::Granted);
        // What is asked and answered at night is told again to whoever was told, and once in the morning.
        let grant = officer.ask(first.id, first.revision, "Why now?").await.unwrap().unwrap();
        sides.sam.answer(grant.id, grant.revision, "It is urgent.").await.unwrap().unwrap();
        sides.sent().await;
        at(test, "2026-03-02T11:59:59.999999Z");
        assert_eq!(sides.sent().await, told([]));
        at(test, "2026-03-02T12:00:00Z");
        assert_eq!(sides.sent().await, told(["approver Waits", "auditor Waits", "owner Waits"]));

        // Where two must approve, what one approved at night is told once in the morning.
        sides.set_policy(Policy { sensitive: vec![ResourcePattern::new("records")], ..policy }).await;
        at(test, "2026-03-03T03:00:00Z");
        let grant = sides.support("r-4").await;
        sides.sent().await;
        officer.approve(grant.id, grant.revision, whole, None).await.unwrap().unwrap();
        assert_eq!(sides.sent().await, told([]));
        at(test, "2026-03-03T12:00:00Z");
        assert_eq!(sides.sent().await, told(["approver Waits", "owner Waits"]));

        // Nobody is on call any more: then nobody's sleep goes before a request.
        at(test, "2026-03-04T03:00:00Z");
        let admin = session(&sides.store, "owner@acme.example").await.administer().unwrap().people;
        admin.remove(*officer_id).await.unwrap().unwrap();
        sides.support("r-5").await;
        assert_eq!(sides.sent().await, told(["approver Waits", "owner Waits"]));
    }
}

store_test! {
    async fn what_nobody_approved_beforehand_is_told_at_once_and_what_a_rule_decided_is_not(test: TestStore) {
        let sides = Sides::new(test).await;
        let rule = StandingRule {
            id: uuid::Uuid::from_u128(1), approves: true, purpose: Some(Purpose::CustomerRequestedSupport),
            service: None, countries: BTreeSet::new(), window: None, until: None, reason: "As agreed".to_owned(),
        };
        let mut policy = Policy { quiet_hours: quiet(sides.auditor), standing: vec![rule], ..Policy::default() };
        sides.set_policy(policy.clone()).await;
        at(test, "2026-03-02T04:30:00Z");
        let grant = sides.ask("r-1", "break_glass_emergency").await;
        assert_eq!(grant.state.status(), GrantStatus::Granted);
        let all = ["approver NobodyAsked", "auditor NobodyAsked", "owner NobodyAsked", "privacy_officer NobodyAsked"];
        assert_eq!(sides.sent().await, told(all));
        let grant = sides.ask("r-2", "break_glass_emergency").await;
        sides.owner.review(grant.id, grant.revision, true, "It burned").await.unwrap().unwrap();
        assert_eq!(sides.sent().await, told([]), "somebody looked already");

        assert_eq!(sides.support("r-3").await.state.status(), GrantStatus::Granted);
        assert_eq!(sides.sent().await, told([]));
        // The provider's manager must approve all the same.
        policy.rule.approvers = Approvers::Both;
        sides.set_policy(policy).await;
        assert_eq!(sides.support("r-4").await.state.status(), GrantStatus::Waiting);
        assert_eq!(sides.sent().await, told(["kim Manager"]));
    }
}

store_test! {
    async fn who_decides_is_reminded_once_of_what_still_waits(test: TestStore) {
        let sides = Sides::new(test).await;
        let mut policy = Policy::default();
        policy.rule.expires_after = 8 * 60;
        sides.set_policy(policy).await;
        let (grant, decided) = (sides.support("r-1").await, sides.support("r-2").await);
        assert_eq!(send_all(&sides.store).await.len(), 4);
        later(test, TimeDelta::hours(6) - TimeDelta::seconds(1));
        assert_eq!(remind(&sides.store).await, 0);
        sides.owner.deny(decided.id, decided.revision, "Not today").await.unwrap().unwrap();
        // What is only asked about waits on.
        sides.owner.ask(grant.id, grant.revision, "Why?").await.unwrap().unwrap();
        assert_eq!(sides.sent().await, told(["kim Question", "sam Question"]));
        later(test, TimeDelta::seconds(1));
        assert_eq!(remind(&sides.store).await, 1);
        assert_eq!(sides.sent().await, told(["approver Reminder", "owner Reminder"]));
        later(test, TimeDelta::hours(1));
        assert_eq!(remind(&sides.store).await, 0);
        // One that comes when no server runs any more is too late.
        sides.support("r-3").await;
        sides.sent().await;
        later(test, TimeDelta::hours(8));
        assert_eq!((remind(&sides.store).await, sides.sent().await), (0, told([])));
    }
}

store_test! {
    async fn exceptions_are_told_once_and_again_only_after_they_were_sent(test: TestStore) {
        let sides = Sides::new(test).await;
        sides.set_policy(Policy::default()).await;
        later(test, TimeDelta::seconds(1));
        sides.access(&["a", "b"]).await;
        sides.access(&["a"]).await;
        let outbox = sides.store.outbox();
        let first = outbox.next().await.unwrap().unwrap();
        assert!(matches!(first.content, MailContent::Exceptions { accesses: 2, last: 1, .. }), "{first:?}");
        // More come while one is on its way and the others wait.
        sides.access(&["c"]).await;
        sides.access(&["d", "e"]).await;
        outbox.later(&first, "450 try later").await.unwrap();
        assert_eq!(send_all(&sides.store).await.len(), 4, "two that waited, and what came meanwhile");
        later(test, TimeDelta::minutes(1));
        let again = outbox.next().await.unwrap().unwrap();
        assert_eq!((again.id, again.tries), (first.id, 2));
        sides.access(&["f"]).await;
        outbox.sent(&again).await.unwrap();
        let mails = send_all(&sides.store).await;
        let counts = mails.iter().map(|mail| match mail.content {
            MailContent::Exceptions { accesses, last: 5, .. } => (accesses, mail.to == first.to),
            ref other => panic!("{other:?}"),
        });
        assert_eq!(counts.collect::<BTreeSet<_>>(), [(1, false), (4, true)].into(), "each hears of each once");
        assert_eq!(mails.len(), 3);
        let officer = session(&sides.store, "privacy_officer@acme.example").await.account();
        assert!(officer.set_mail(MailChoice { access: false, ..EVERY_MAIL }).await.unwrap());
        sides.access(&["g"]).await;
        assert_eq!(sides.sent().await, told(["approver 1", "owner 1"]));
    }
}
