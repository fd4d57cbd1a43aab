//! Mail: queued with what it tells, sent once however many send, put off, given up and forgotten, on both engines.
#![expect(clippy::unwrap_used, reason = "the macro that makes two tests of one body hides that these are tests")]

use std::collections::BTreeSet;

use chrono::{Days, TimeDelta};
use domain::{
    MemberRole, PersonId, Role, StaffRole,
    notice::{NoticeDraft, NoticeKind},
};
use futures::future::join_all;
use serde_json::json;
use store::{
    Client, Customer, Effect, InvitationLink, Keyring, MailChoice, MailContent, MessageKind, NewPerson, Outgoing,
    Refusal, Session, SignInAnswer, SignedIn, Store, StoreError, ToWhom, store_test, testing::TestStore,
};

const PASSWORD: &str = "correct horse battery staple";

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
        assert_eq!(auditor.view().await.unwrap().mail, Some(MailChoice { notices: false, reminders: false }));
        assert_eq!(owner.view().await.unwrap().mail, Some(MailChoice { notices: true, reminders: true }));
        assert!(auditor.set_mail(MailChoice { notices: true, reminders: false }).await.unwrap());
        assert!(owner.set_mail(MailChoice { notices: false, reminders: true }).await.unwrap());
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
