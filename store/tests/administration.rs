//! People, invitations, tokens and the trail, of a customer and of the provider, on both engines.
#![expect(clippy::unwrap_used, reason = "the macro that makes two tests of one body hides that these are tests")]

use chrono::TimeDelta;
use domain::{
    MemberRole, PersonId, Role, SignInRule, StaffRole, TokenId, TrailAct, TrailEntry,
    grant::{Delegate, Policy},
    single_sign_on::SsoDraft,
};
use futures::{TryStreamExt, future::join_all};
use store::{
    Administration, Client, ConfirmationLine, Confirmed, Customer, Effect, Engine, InvitationLink, NotNow,
    PolicyNotSet, Refusal, Roster, Scope, Session, SessionToken, SignedIn, SsoIdentity, StoreError, store_test,
    testing::TestStore,
};

const OWNER: Role = Role::Member(MemberRole::Owner);
const AUDITOR: Role = Role::Member(MemberRole::Auditor);
const LEGAL: Role = Role::Staff(StaffRole::Legal);
const OPERATIONS: Role = Role::Staff(StaffRole::Operations);
const ADMINISTRATOR: Role = Role::Staff(StaffRole::Administrator);

fn client() -> Client {
    Client { address: "192.0.2.7".to_owned(), device: "A test".to_owned(), ..Client::default() }
}

fn later(test: &TestStore, by: TimeDelta) {
    test.clock.set(test.store.now().plus(by));
}

async fn session(test: &TestStore, token: &SessionToken) -> Option<Session> {
    test.store.session(&token.secret, &client()).await.unwrap()
}

/// Somebody who joined a customer, or the provider, and signs in with a passkey.
async fn joined(test: &TestStore, of: Option<&Customer>, name: &str, role: Role) -> (Session, SessionToken) {
    let email = format!("{}@{}.example", name.to_lowercase(), of.map_or("nimbus", |customer| &customer.name));
    let link = test.store.operator().invite(of, &email, role).await.unwrap();
    let invitation = test.store.invitation(&link.secret).await.unwrap().unwrap();
    let token = test.store.join(invitation, "", name, None, &client()).await.unwrap().unwrap();
    let new = session(test, &token).await.unwrap();
    new.factors().unwrap().add_passkey("Key", email.as_bytes(), "{}").await.unwrap();
    (session(test, &token).await.unwrap(), token)
}

async fn owner_of(test: &TestStore, name: &str) -> (Customer, Session) {
    let customer = test.customer(name).await;
    let (owner, _) = joined(test, Some(&customer), "Ada", OWNER).await;
    (customer, owner)
}

fn administration(session: &Session) -> Administration {
    match session.signed_in {
        SignedIn::Member(_) => session.administer().unwrap().people,
        SignedIn::Staff(_) => session.provide().unwrap().people,
    }
}

fn roster(session: &Session) -> &Roster {
    match &session.signed_in {
        SignedIn::Member(member) => &member.roster,
        SignedIn::Staff(staff) => &staff.roster,
    }
}

async fn names(session: &Session) -> Vec<String> {
    roster(session).people().await.unwrap().into_iter().map(|person| person.display_name).collect()
}

/// What one person may do alone.
fn made<T>(effect: Effect<T>) -> T {
    match effect {
        Effect::Now(made) => made,
        Effect::WhenConfirmed => panic!("it waits for a second person"),
    }
}

/// A trail whole, in the order in which it was written.
async fn trail(session: &Session) -> Vec<TrailEntry> {
    let mut entries = roster(session).trail().export().try_concat().await.unwrap();
    entries.reverse();
    assert!(entries.iter().map(|entry| entry.sequence).eq(0..entries.len() as i64), "the trail has gaps");
    entries
}

async fn count_of(session: &Session, act: TrailAct) -> usize {
    trail(session).await.into_iter().filter(|entry| entry.act == act).count()
}

async fn is_good(test: &TestStore, secret: &str) -> bool {
    test.store.invitation(secret).await.unwrap().is_some()
}

store_test! {
    async fn two_owners_who_remove_each_other_at_once_leave_one(test: TestStore) {
        let (acme, ada) = owner_of(test, "acme").await;
        let (bob, _) = joined(test, Some(&acme), "Bob", OWNER).await;
        let (adas, bobs) = (administration(&ada), administration(&bob));
        let (one, other) = tokio::join!(adas.remove(bob.signed_in.person()), bobs.remove(ada.signed_in.person()));
        let mut outcomes = [one.unwrap(), other.unwrap()];
        outcomes.sort_by_key(Result::is_err);
        assert_eq!(outcomes, [Ok(()), Err(Refusal::LastAdministrator)]);
        assert_eq!(names(&ada).await.len(), 1);
    }
}

store_test! {
    async fn two_owners_who_step_down_at_once_leave_one(test: TestStore) {
        let (acme, ada) = owner_of(test, "acme").await;
        let (bob, _) = joined(test, Some(&acme), "Bob", OWNER).await;
        let (adas, bobs) = (administration(&ada), administration(&bob));
        let (one, other) = tokio::join!(
            adas.set_role(ada.signed_in.person(), AUDITOR),
            bobs.set_role(bob.signed_in.person(), AUDITOR)
        );
        let mut outcomes = [one.unwrap(), other.unwrap()];
        outcomes.sort_by_key(Result::is_err);
        assert_eq!(outcomes, [Ok(Effect::Now(())), Err(Refusal::LastAdministrator)]);
        let owners = roster(&ada).people().await.unwrap().into_iter().filter(|person| person.role == OWNER);
        assert_eq!(owners.count(), 1);
    }
}

store_test! {
    async fn the_providers_last_administrator_stays_whatever_customers_have(test: TestStore) {
        owner_of(test, "acme").await;
        let (sam, _) = joined(test, None, "Sam", ADMINISTRATOR).await;
        let (lea, _) = joined(test, None, "Lea", Role::Staff(StaffRole::Legal)).await;
        let (people, sam) = (administration(&sam), sam.signed_in.person());
        assert_eq!(people.remove(sam).await.unwrap(), Err(Refusal::LastAdministrator));
        let legal = Role::Staff(StaffRole::Legal);
        assert_eq!(people.set_role(sam, legal).await.unwrap(), Err(Refusal::LastAdministrator));
        assert_eq!(people.set_role(lea.signed_in.person(), ADMINISTRATOR).await.unwrap(), Ok(Effect::Now(())));
        assert_eq!(people.remove(sam).await.unwrap(), Ok(()));
    }
}

store_test! {
    async fn a_person_is_removed_once_and_changed_no_more_however_many_try(test: TestStore) {
        let (acme, ada) = owner_of(test, "acme").await;
        let (bob, _) = joined(test, Some(&acme), "Bob", OWNER).await;
        let (eve, token) = joined(test, Some(&acme), "Eve", AUDITOR).await;
        let (adas, bobs, eve) = (administration(&ada), administration(&bob), eve.signed_in.person());
        let (one, other, _) = tokio::join!(adas.remove(eve), bobs.remove(eve), bobs.set_role(eve, OWNER));
        let mut outcomes = [one.unwrap(), other.unwrap()];
        outcomes.sort_by_key(Result::is_err);
        assert_eq!(outcomes, [Ok(()), Err(Refusal::NotFound)]);
        assert!(session(test, &token).await.is_none(), "every session has ended");
        assert_eq!(adas.set_role(eve, AUDITOR).await.unwrap(), Err(Refusal::NotFound));
        assert_eq!(adas.reset(eve).await.unwrap().err(), Some(Refusal::NotFound));
        assert_eq!(adas.end_sessions(eve).await.unwrap(), Err(Refusal::NotFound));
        assert_eq!(count_of(&ada, TrailAct::MemberRemoved).await, 1);
        assert_eq!(names(&ada).await, ["Ada", "Bob"]);
    }
}

/// Grace, as her organisation's identity provider vouches for her.
async fn signed_in_elsewhere(test: &TestStore, ada: &Session, customer: &Customer) -> SessionToken {
    let draft = SsoDraft {
        issuer: "https://id.acme.example".to_owned(),
        client_id: "vitrine".to_owned(),
        domains: "acme.example".to_owned(),
        default_role: "auditor".to_owned(),
        ..SsoDraft::default()
    };
    let set = ada.administer().unwrap().set_single_sign_on(&draft.check().unwrap(), "a secret").await.unwrap();
    set.unwrap();
    let setup = test.store.single_sign_on_of(customer.id).await.unwrap().unwrap();
    let identity = SsoIdentity {
        issuer: "https://id.acme.example",
        subject: "1",
        email: "Grace@acme.example",
        name: "Grace",
        role: MemberRole::Auditor,
        only: None,
    };
    test.store.sign_in_with_single_sign_on(&setup, identity, &client()).await.unwrap().unwrap()
}

store_test! {
    async fn a_removed_person_comes_back_by_a_new_link_alone(test: TestStore) {
        let (acme, ada) = owner_of(test, "acme").await;
        let people = administration(&ada);
        let open = made(people.invite("grace@acme.example", AUDITOR).await.unwrap().unwrap());
        // She joins another way, and the link stays unfollowed.
        let token = signed_in_elsewhere(test, &ada, &acme).await;
        let grace = session(test, &token).await.unwrap().signed_in.person();
        let anew = made(people.reset(grace).await.unwrap().unwrap());
        assert!(!is_good(test, &open.secret).await, "the newer link replaced it");
        let open = people.invite("grace@acme.example", AUDITOR).await.unwrap();
        assert_eq!(open.err(), Some(Refusal::AddressTaken));
        assert_eq!(people.remove(grace).await.unwrap(), Ok(()));
        assert!(!is_good(test, &anew.secret).await && session(test, &token).await.is_none());

        let back = made(people.invite("grace@acme.example", AUDITOR).await.unwrap().unwrap());
        let token = signed_in_elsewhere(test, &ada, &acme).await;
        let grace = session(test, &token).await.unwrap().signed_in.person();
        assert_eq!(people.remove(grace).await.unwrap(), Ok(()));
        assert!(!is_good(test, &back.secret).await, "a link from before the removal would undo it");
        assert!(roster(&ada).invitations().await.unwrap().is_empty());
    }
}

store_test! {
    async fn what_is_another_owners_is_not_there(test: TestStore) {
        let (acme, ada) = owner_of(test, "acme").await;
        let (grace, _) = joined(test, Some(&acme), "Grace", AUDITOR).await;
        let (_, zoe) = owner_of(test, "zeta").await;
        let (sam, _) = joined(test, None, "Sam", ADMINISTRATOR).await;
        let ours = administration(&ada);
        let link = made(ours.invite("eve@acme.example", AUDITOR).await.unwrap().unwrap());
        ours.create_token("SIEM", Scope::AccessEventsRead, TimeDelta::days(30)).await.unwrap().ok().unwrap();
        let token = roster(&ada).tokens().await.unwrap()[0].id;
        let before = trail(&ada).await;
        for theirs in [&zoe, &sam] {
            let told = trail(theirs).await;
            let role = if theirs.signed_in.role().administers() && matches!(theirs.signed_in, SignedIn::Staff(_)) {
                ADMINISTRATOR
            } else {
                OWNER
            };
            let (people, grace) = (administration(theirs), grace.signed_in.person());
            assert_eq!(people.set_role(grace, role).await.unwrap(), Err(Refusal::NotFound));
            assert_eq!(people.remove(grace).await.unwrap(), Err(Refusal::NotFound));
            assert_eq!(people.end_sessions(grace).await.unwrap(), Err(Refusal::NotFound));
            assert_eq!(people.reset(grace).await.unwrap().err(), Some(Refusal::NotFound));
            assert_eq!(people.withdraw(link.id).await.unwrap(), Err(Refusal::NotFound));
            assert_eq!(people.revoke_token(token).await.unwrap(), Err(Refusal::NotFound));
            let rotated = people.rotate_token(token, TimeDelta::hours(1)).await.unwrap();
            assert_eq!(rotated.err(), Some(Refusal::NotFound));
            let (invitations, tokens) = (roster(theirs).invitations().await, roster(theirs).tokens().await);
            assert!(invitations.unwrap().is_empty() && tokens.unwrap().is_empty());
            assert_eq!(trail(theirs).await, told, "what wasn't done isn't told");
        }
        assert_eq!(trail(&ada).await, before);
        assert_eq!(names(&ada).await, ["Ada", "Grace"]);
        assert!(is_good(test, &link.secret).await);
    }
}

store_test! {
    async fn roles_and_scopes_are_for_their_own_kind(test: TestStore) {
        let (acme, ada) = owner_of(test, "acme").await;
        let (grace, _) = joined(test, Some(&acme), "Grace", AUDITOR).await;
        let (sam, _) = joined(test, None, "Sam", ADMINISTRATOR).await;
        let (lea, _) = joined(test, None, "Lea", Role::Staff(StaffRole::Legal)).await;
        for (who, other, role) in [(&ada, &grace, ADMINISTRATOR), (&sam, &lea, OWNER)] {
            let people = administration(who);
            assert_eq!(people.invite("new@elsewhere.example", role).await.unwrap().err(), Some(Refusal::NotTheirs));
            let changed = people.set_role(other.signed_in.person(), role).await.unwrap();
            assert_eq!(changed, Err(Refusal::NotTheirs));
        }
        for scope in Scope::ALL.iter().copied() {
            for who in [&ada, &sam] {
                let made = administration(who).create_token("Any", scope, TimeDelta::days(1)).await.unwrap();
                let allowed = scope.is_customers() == matches!(who.signed_in, SignedIn::Member(_));
                assert_eq!(made.err(), (!allowed).then_some(Refusal::NotTheirs), "{scope:?}");
            }
        }
        let of = |session: &Session| roster(session).clone();
        let scopes = of(&ada).tokens().await.unwrap().into_iter().map(|token| token.scope).collect::<Vec<_>>();
        let customers = Scope::ALL.iter().filter(|scope| scope.is_customers());
        assert_eq!(scopes.len(), customers.clone().count());
        assert!(customers.clone().all(|scope| scopes.contains(scope)), "{scopes:?}");
    }
}

store_test! {
    async fn a_link_is_good_until_a_newer_one_its_day_or_its_first_use(test: TestStore) {
        let (_, ada) = owner_of(test, "acme").await;
        let (_, zoe) = owner_of(test, "zeta").await;
        let people = administration(&ada);
        let invite = async |role| made(people.invite("grace@acme.example", role).await.unwrap().unwrap());
        let theirs = made(administration(&zoe).invite("grace@acme.example", AUDITOR).await.unwrap().unwrap());
        let first = invite(AUDITOR).await;
        let second = invite(Role::Member(MemberRole::Approver)).await;
        assert!(!is_good(test, &first.secret).await && is_good(test, &second.secret).await);
        assert!(is_good(test, &theirs.secret).await, "another organisation's link is its own");
        let open = roster(&ada).invitations().await.unwrap();
        let open = open.iter().map(|line| (line.id, line.role.code(), line.invited_by.as_str())).collect::<Vec<_>>();
        assert_eq!(open, [(second.id, "approver", "Ada")]);
        later(test, TimeDelta::days(3) - TimeDelta::seconds(1));
        assert!(is_good(test, &second.secret).await);
        later(test, TimeDelta::seconds(1));
        assert!(!is_good(test, &second.secret).await);
        assert!(roster(&ada).invitations().await.unwrap().is_empty());

        let third = invite(AUDITOR).await;
        let follow = async || {
            let invitation = test.store.invitation(&third.secret).await.unwrap();
            test.store.join(invitation.unwrap(), "", "Grace", None, &client()).await.unwrap()
        };
        let (one, other) = (test.store.invitation(&third.secret).await.unwrap().unwrap(), follow().await);
        let late = test.store.join(one, "", "Eve", None, &client()).await.unwrap();
        assert!(other.is_some() && late.is_none(), "who read it before somebody else followed it is late");
        assert!(!is_good(test, &third.secret).await);
        assert_eq!(names(&ada).await, ["Ada", "Grace"]);
    }
}

/// Whether a token reads a customer's record now.
async fn reads(test: &TestStore, token: &str) -> bool {
    test.store.bearer(token).await.unwrap().is_some_and(|bearer| bearer.records().is_some())
}

async fn token_id(session: &Session, hint: &str) -> TokenId {
    let tokens = roster(session).tokens().await.unwrap();
    tokens.into_iter().find(|line| hint.starts_with(&line.hint)).unwrap().id
}

store_test! {
    async fn a_token_ends_on_its_day_or_when_another_took_its_place_or_at_once(test: TestStore) {
        let (_, ada) = owner_of(test, "acme").await;
        let people = administration(&ada);
        let make = async |days| {
            let made = people.create_token("SIEM", Scope::AccessEventsRead, TimeDelta::days(days)).await;
            made.unwrap().ok().unwrap().as_str().to_owned()
        };
        let first = make(30).await;
        assert!(reads(test, &first).await && !reads(test, "vitrine_").await);
        let line = &roster(&ada).tokens().await.unwrap()[0];
        assert_eq!((line.created_by.as_str(), line.last_used_at), ("Ada", Some(test.store.now())));

        later(test, TimeDelta::days(10));
        let id = token_id(&ada, &first).await;
        let second = people.rotate_token(id, TimeDelta::days(1)).await.unwrap().ok().unwrap().1.as_str().to_owned();
        assert!(reads(test, &first).await && reads(test, &second).await, "no gap");
        later(test, TimeDelta::days(1));
        assert!(!reads(test, &first).await && reads(test, &second).await);
        let over = people.rotate_token(id, TimeDelta::days(1)).await.unwrap();
        assert_eq!(over.err(), Some(Refusal::NotFound), "what has ended isn't made to last by rotating");
        later(test, TimeDelta::days(29) - TimeDelta::seconds(1));
        assert!(reads(test, &second).await, "the new one lasts as long as the old one was to");
        later(test, TimeDelta::seconds(1));
        assert!(!reads(test, &second).await);

        let short = make(1).await;
        people.rotate_token(token_id(&ada, &short).await, TimeDelta::days(7)).await.unwrap().ok().unwrap();
        later(test, TimeDelta::days(1));
        assert!(!reads(test, &short).await, "an overlap doesn't make it last longer");

        let last = make(1).await;
        let id = token_id(&ada, &last).await;
        assert_eq!(people.revoke_token(id).await.unwrap(), Ok(()));
        assert!(!reads(test, &last).await);
        assert_eq!(people.revoke_token(id).await.unwrap(), Err(Refusal::NotFound));
    }
}

store_test! {
    async fn a_customers_token_never_does_what_the_providers_do(test: TestStore) {
        let (acme, ada) = owner_of(test, "acme").await;
        let (sam, _) = joined(test, None, "Sam", ADMINISTRATOR).await;
        let make = async |who: &Session, scope| {
            let made = administration(who).create_token("Any", scope, TimeDelta::days(1)).await;
            made.unwrap().ok().unwrap().as_str().to_owned()
        };
        let may = async |token: &str| {
            let bearer = test.store.bearer(token).await.unwrap().unwrap();
            let reads = bearer.records().map(|records| records.customer().clone());
            (reads, bearer.reporter().is_some(), bearer.may_measure())
        };
        let customers = make(&ada, Scope::AccessEventsRead).await;
        assert_eq!(may(&customers).await, (Some(acme.clone()), false, false));
        assert_eq!(may(&make(&sam, Scope::AccessEventsWrite).await).await, (None, true, false));
        assert_eq!(may(&make(&sam, Scope::MetricsRead).await).await, (None, false, true));
        // Even where the table says otherwise, as after somebody's hand in it.
        for scope in [Scope::AccessEventsWrite, Scope::MetricsRead] {
            test.raw(format!("UPDATE api_token SET scope = '{}' WHERE customer_id IS NOT NULL", scope.code()))
                .await
                .unwrap();
            assert_eq!(may(&customers).await, (None, false, false), "{scope:?}");
        }
    }
}

store_test! {
    async fn the_trail_is_only_ever_added_to(test: TestStore) {
        let (acme, ada) = owner_of(test, "acme").await;
        let before = trail(&ada).await;
        let overwrite = "INTO trail_entry (owner_id, sequence, happened_at, act, actor, subject, device, address)
            SELECT owner_id, sequence, happened_at, act, 'Nobody', subject, device, address FROM trail_entry";
        let mut changes = vec![
            "UPDATE trail_entry SET actor = 'Nobody'".to_owned(),
            "UPDATE trail_entry SET sequence = sequence + 100".to_owned(),
            "DELETE FROM trail_entry".to_owned(),
            format!("INSERT {overwrite}"),
        ];
        match test.store.engine() {
            Engine::Sqlite => changes.push(format!("INSERT OR REPLACE {overwrite}")),
            Engine::Postgres => {
                changes.push("TRUNCATE trail_entry".to_owned());
                changes.push(format!(
                    "INSERT {overwrite} ON CONFLICT (owner_id, sequence) DO UPDATE SET actor = excluded.actor"
                ));
            }
        }
        for change in changes {
            assert!(test.raw_of(&acme, &change).await.is_err(), "{change}");
            assert_eq!(trail(&ada).await, before, "{change}");
        }
    }
}

store_test! {
    async fn the_trail_tells_each_act_with_who_whom_and_from_where(test: TestStore) {
        let (acme, ada) = owner_of(test, "acme").await;
        let people = administration(&ada);
        let before = trail(&ada).await.len();
        let link = made(people.invite("grace@acme.example", AUDITOR).await.unwrap().unwrap());
        let invitation = test.store.invitation(&link.secret).await.unwrap().unwrap();
        let elsewhere = Client { address: "198.51.100.9".to_owned(), device: "A phone".to_owned(), ..client() };
        let token = test.store.join(invitation, "", "Grace", None, &elsewhere).await.unwrap().unwrap();
        let grace = session(test, &token).await.unwrap().signed_in.person();
        people.set_role(grace, Role::Member(MemberRole::Approver)).await.unwrap().unwrap();
        people.end_sessions(grace).await.unwrap().unwrap();
        people.reset(grace).await.unwrap().unwrap();
        people.remove(grace).await.unwrap().unwrap();
        let link = made(people.invite("eve@acme.example", AUDITOR).await.unwrap().unwrap());
        people.withdraw(link.id).await.unwrap().unwrap();
        people.create_token("SIEM", Scope::AccessEventsRead, TimeDelta::days(1)).await.unwrap().ok().unwrap();
        let id = roster(&ada).tokens().await.unwrap()[0].id;
        people.rotate_token(id, TimeDelta::hours(1)).await.unwrap().ok().unwrap();
        people.revoke_token(id).await.unwrap().unwrap();
        ada.administer().unwrap().set_sign_in_rule(SignInRule::Passkey).await.unwrap();
        ada.tell_download(TrailAct::RecordDownloaded, "CSV").await.unwrap();

        let told = trail(&ada).await.split_off(before);
        let acts = told.iter().map(|entry| (entry.act, entry.subject.as_str())).collect::<Vec<_>>();
        let expected = [
            (TrailAct::MemberInvited, "grace@acme.example as auditor"),
            (TrailAct::MemberJoined, "grace@acme.example as auditor"),
            (TrailAct::SignedIn, "Invitation link"),
            (TrailAct::MemberRoleChanged, "Grace, from auditor to approver"),
            (TrailAct::SessionsEnded, "Of Grace"),
            (TrailAct::MemberReset, "grace@acme.example as approver"),
            (TrailAct::MemberRemoved, "Grace (grace@acme.example)"),
            (TrailAct::MemberInvited, "eve@acme.example as auditor"),
            (TrailAct::InvitationWithdrawn, "eve@acme.example"),
            (TrailAct::TokenMade, "SIEM, for access-events:read"),
            (TrailAct::TokenRotated, "SIEM"),
            (TrailAct::TokenRevoked, "SIEM"),
            (TrailAct::SignInRuleSet, "A passkey"),
            (TrailAct::RecordDownloaded, "CSV"),
        ];
        assert_eq!(acts, expected);
        let from = |id: PersonId, name: &str, client: &Client| {
            (Some(id), name.to_owned(), client.device.clone(), client.address.clone())
        };
        for entry in told {
            let (who, here) = match entry.act {
                TrailAct::MemberJoined | TrailAct::SignedIn => ((grace, "Grace"), &elsewhere),
                _ => ((ada.signed_in.person(), "Ada"), &client()),
            };
            let told = (entry.actor_id, entry.actor, entry.device, entry.address);
            assert_eq!(told, from(who.0, who.1, here), "{:?}", entry.act);
            assert_eq!(entry.happened_at, test.store.now());
        }
        assert_eq!(acme.name, "acme");
    }
}

store_test! {
    async fn a_trail_has_no_gaps_however_many_write_at_once(test: TestStore) {
        let (_, ada) = owner_of(test, "acme").await;
        let before = trail(&ada).await.len();
        join_all((0..20).map(|_| ada.tell_download(TrailAct::RecordDownloaded, "JSON"))).await;
        assert_eq!(trail(&ada).await.len(), before + 20);
    }
}

store_test! {
    async fn a_long_trail_is_read_whole_by_pages_and_by_pieces(test: TestStore) {
        let (acme, ada) = owner_of(test, "acme").await;
        // Two pieces and forty pages, to the entry.
        let lengthen = "WITH digit (d) AS (VALUES (0), (1), (2), (3), (4), (5), (6), (7), (8), (9)),
            place (n) AS (SELECT a.d + 10 * b.d + 100 * c.d + 1000 * e.d FROM digit a, digit b, digit c, digit e)
            INSERT INTO trail_entry (owner_id, sequence, happened_at, act, actor, subject, device, address)
            SELECT owner_id, n, happened_at, act, actor, subject, device, address FROM trail_entry, place
            WHERE sequence = 0 AND n < 2000 AND n NOT IN (SELECT sequence FROM trail_entry)";
        test.raw_of(&acme, lengthen).await.unwrap();
        let whole = trail(&ada).await;
        assert_eq!(whole.len(), 2_000);
        let pages = roster(&ada).trail();
        let (mut entries, mut next, mut read) = (Vec::new(), Some(None), 0);
        while let Some(before) = next {
            let page = pages.page(before).await.unwrap();
            (next, read) = (page.older.map(Some), read + 1);
            entries.extend(page.entries);
        }
        entries.reverse();
        assert!(entries == whole && read == 40, "{read} pages");
    }
}

store_test! {
    async fn a_customer_is_made_with_a_link_for_its_first_owner(test: TestStore) {
        let (sam, _) = joined(test, None, "Sam", ADMINISTRATOR).await;
        let provider = sam.provide().unwrap();
        let link = provider.create_customer("acme", "Acme Ltd", "ad@acme.example").await.unwrap().unwrap();
        let invitation = test.store.invitation(&link.secret).await.unwrap().unwrap();
        assert_eq!((invitation.role, invitation.customer.as_ref().unwrap().name.as_str()), (OWNER, "acme"));
        let id = invitation.customer.as_ref().unwrap().id;
        let mistyped = link;
        let link = provider.invite_owner(id, "ada@acme.example").await.unwrap().unwrap();
        assert!(!is_good(test, &mistyped.secret).await, "the new link took its place");
        let invitation = test.store.invitation(&link.secret).await.unwrap().unwrap();
        let token = test.store.join(invitation, "", "Ada", None, &client()).await.unwrap().unwrap();
        let ada = session(test, &token).await.unwrap();
        let first = &trail(&ada).await[0];
        assert_eq!((first.act, first.actor.as_str()), (TrailAct::MemberInvited, "Sam"));
        assert_eq!(count_of(&sam, TrailAct::CustomerMade).await, 1);
        assert_eq!(count_of(&sam, TrailAct::MemberInvited).await, 2, "Sam's own, and the second link for the owner");
        assert_eq!(ada.unmet_rule(), Some(SignInRule::SecondFactor), "a new customer asks for a second factor");
        let late = provider.invite_owner(id, "b@acme.example").await.unwrap();
        assert_eq!(late.err(), Some(Refusal::NotFound), "from now on owners invite");

        let taken = provider.create_customer("acme", "Another", "b@acme.example").await;
        assert!(matches!(taken, Err(StoreError::Exists { kind: "customer", .. })));
        let taken = provider.create_customer("zeta", "Zeta", "ada@acme.example").await.unwrap();
        assert_eq!(taken.err(), Some(Refusal::AddressTaken));
        let SignedIn::Staff(staff) = &sam.signed_in else { panic!("no staff") };
        let customers = staff.customers().await.unwrap();
        assert_eq!(customers.iter().map(|line| line.customer.name.as_str()).collect::<Vec<_>>(), ["acme"]);
    }
}

async fn waiting(session: &Session) -> Vec<ConfirmationLine> {
    match &session.signed_in {
        SignedIn::Staff(staff) => staff.confirmations().await.unwrap(),
        SignedIn::Member(_) => panic!("staff"),
    }
}

/// Confirms the only thing that waits.
async fn confirm(session: &Session) -> Result<Confirmed, Refusal> {
    let waiting = waiting(session).await;
    let confirmed = session.confirms().unwrap().confirm(waiting[0].id).await.unwrap();
    assert_eq!(waiting[0].is_mine_to_confirm, confirmed.is_ok(), "the page says what holds");
    confirmed
}

fn link(confirmed: Result<Confirmed, Refusal>) -> InvitationLink {
    match confirmed {
        Ok(Confirmed::Link(link)) => link,
        Ok(Confirmed::Role) => panic!("no link"),
        Err(refusal) => panic!("{refusal}"),
    }
}

async fn follow(test: &TestStore, secret: &str, name: &str) -> Option<Session> {
    let invitation = test.store.invitation(secret).await.unwrap()?;
    let token = test.store.join(invitation, "", name, None, &client()).await.unwrap()?;
    let new = session(test, &token).await.unwrap();
    let key = format!("{name} {}", new.id);
    new.factors().unwrap().add_passkey("Key", key.as_bytes(), "{}").await.unwrap();
    session(test, &token).await
}

store_test! {
    async fn nobody_makes_a_lawyer_alone(test: TestStore) {
        let (sam, _) = joined(test, None, "Sam", ADMINISTRATOR).await;
        let (olga, token) = joined(test, None, "Olga", OPERATIONS).await;
        let (people, id) = (administration(&sam), olga.signed_in.person());
        assert_eq!(people.set_role(id, LEGAL).await.unwrap(), Ok(Effect::WhenConfirmed));
        assert_eq!(session(test, &token).await.unwrap().signed_in.role(), OPERATIONS);
        assert_eq!(confirm(&sam).await.err(), Some(Refusal::SamePerson));
        assert_eq!(olga.confirms().err(), Some(NotNow::NotAllowed));
        // The first lawyer is two administrators' doing.
        let (tim, _) = joined(test, None, "Tim", ADMINISTRATOR).await;
        assert!(matches!(confirm(&tim).await, Ok(Confirmed::Role)));
        let olga = session(test, &token).await.unwrap();
        assert_eq!(olga.signed_in.role(), LEGAL);
        let told = trail(&sam).await.pop().unwrap();
        assert_eq!((told.act, told.actor.as_str()), (TrailAct::MemberRoleChanged, "Tim"));
        assert_eq!(told.subject, "Olga, from operations to legal, as Sam asked");
        assert!(waiting(&sam).await.is_empty(), "once");

        // From then on it is the legal team's.
        let invited = people.invite("lou@nimbus.example", LEGAL).await.unwrap();
        assert!(matches!(invited, Ok(Effect::WhenConfirmed)));
        assert_eq!(confirm(&tim).await.err(), Some(Refusal::LegalConfirms));
        assert!(roster(&sam).invitations().await.unwrap().is_empty(), "there is no link before");
        let made = link(confirm(&olga).await);
        let lou = follow(test, &made.secret, "Lou").await.unwrap();
        assert_eq!(lou.signed_in.role(), LEGAL);
        // Also when none of it is left, or else administrators would remove it and take its place.
        for lawyer in [&lou, &olga] {
            people.remove(lawyer.signed_in.person()).await.unwrap().unwrap();
        }
        let (eve, token) = joined(test, None, "Eve", OPERATIONS).await;
        people.set_role(eve.signed_in.person(), LEGAL).await.unwrap().unwrap();
        assert_eq!(confirm(&tim).await.err(), Some(Refusal::LegalConfirms));
        assert!(matches!(test.store.operator().confirm("eve@nimbus.example").await.unwrap(), Confirmed::Role));
        assert_eq!(session(test, &token).await.unwrap().signed_in.role(), LEGAL);
        let none = test.store.operator().confirm("eve@nimbus.example").await;
        assert!(matches!(none, Err(StoreError::NothingWaits(_))));
    }
}

store_test! {
    async fn a_lawyer_begins_anew_when_another_confirms_it(test: TestStore) {
        let (sam, _) = joined(test, None, "Sam", ADMINISTRATOR).await;
        let (lou, _) = joined(test, None, "Lou", LEGAL).await;
        let people = administration(&sam);
        let reset = people.reset(lou.signed_in.person()).await.unwrap();
        assert!(matches!(reset, Ok(Effect::WhenConfirmed)));
        assert_eq!(confirm(&lou).await.err(), Some(Refusal::SamePerson), "nor by whoever has their session");
        let (max, _) = joined(test, None, "Max", LEGAL).await;
        let link = link(confirm(&max).await);
        let told = trail(&sam).await.pop().unwrap();
        assert_eq!((told.act, told.actor.as_str()), (TrailAct::MemberReset, "Max"));
        assert_eq!(told.subject, "lou@nimbus.example as legal, as Sam asked");
        people.remove(max.signed_in.person()).await.unwrap().unwrap();
        assert!(follow(test, &link.secret, "Lou").await.is_none(), "who confirmed it no longer may");
    }
}

store_test! {
    async fn what_waits_for_a_second_person_lapses_and_ends_with_whoever_asked(test: TestStore) {
        let (sam, _) = joined(test, None, "Sam", ADMINISTRATOR).await;
        let (lou, token) = joined(test, None, "Lou", LEGAL).await;
        let (olga, _) = joined(test, None, "Olga", OPERATIONS).await;
        let id = olga.signed_in.person();
        let ask = async |by: &Session| {
            assert_eq!(administration(by).set_role(id, LEGAL).await.unwrap(), Ok(Effect::WhenConfirmed));
            waiting(&lou).await.pop().unwrap().id
        };
        let (withdrawn, asked) = (ask(&sam).await, ask(&sam).await);
        assert_eq!(waiting(&lou).await.len(), 1, "the one before waits no more");
        let lous = lou.confirms().unwrap();
        assert_eq!(lous.withdraw(withdrawn).await.unwrap(), Err(Refusal::NotFound));
        assert_eq!(lous.withdraw(asked).await.unwrap(), Ok(()));
        assert_eq!(trail(&sam).await.pop().unwrap().subject, "To give olga@nimbus.example the legal role");
        let lapses = ask(&sam).await;
        later(test, TimeDelta::days(7));
        assert!(waiting(&lou).await.is_empty());
        assert_eq!(lous.confirm(lapses).await.unwrap().err(), Some(Refusal::NotFound));

        let (tim, _) = joined(test, None, "Tim", ADMINISTRATOR).await;
        let asked = ask(&tim).await;
        administration(&tim).set_role(tim.signed_in.person(), OPERATIONS).await.unwrap().unwrap();
        assert_eq!(lous.confirm(asked).await.unwrap().err(), Some(Refusal::NotFound), "asked for by nobody who may");
        assert!(session(test, &token).await.is_none(), "a handle that outlived its session is as good as it was");
    }
}

store_test! {
    async fn a_link_to_begin_anew_is_for_who_somebody_was(test: TestStore) {
        let (sam, _) = joined(test, None, "Sam", ADMINISTRATOR).await;
        let (lou, _) = joined(test, None, "Lou", LEGAL).await;
        let (olga, _) = joined(test, None, "Olga", OPERATIONS).await;
        let (people, id) = (administration(&sam), olga.signed_in.person());
        let anew = made(people.reset(id).await.unwrap().unwrap());
        people.set_role(id, LEGAL).await.unwrap().unwrap();
        assert!(matches!(confirm(&lou).await, Ok(Confirmed::Role)));
        assert!(follow(test, &anew.secret, "Sam as Olga").await.is_none(), "one person alone made it");
    }
}

store_test! {
    async fn who_no_longer_invites_makes_no_link_and_theirs_are_not_followed(test: TestStore) {
        let (acme, ada) = owner_of(test, "acme").await;
        let (bob, _) = joined(test, Some(&acme), "Bob", OWNER).await;
        let (grace, _) = joined(test, Some(&acme), "Grace", AUDITOR).await;
        let bobs = administration(&bob);
        let open = made(bobs.invite("eve@acme.example", OWNER).await.unwrap().unwrap());
        let taken_away = format!(
            "UPDATE person SET role = 'auditor' WHERE email = 'bob@acme.example' AND customer_id = {}",
            match test.store.engine() {
                Engine::Sqlite => format!("x'{}'", acme.id.0.simple()),
                Engine::Postgres => format!("'{}'", acme.id),
            }
        );
        test.raw(taken_away).await.unwrap();
        assert!(follow(test, &open.secret, "Eve").await.is_none(), "the link is still there, and not followed");
        // As where somebody is demoted while their form is on its way.
        assert_eq!(bobs.invite("mallory@acme.example", OWNER).await.unwrap().err(), Some(Refusal::NoLonger));
        assert_eq!(bobs.reset(grace.signed_in.person()).await.unwrap().err(), Some(Refusal::NoLonger));
        let open = roster(&ada).invitations().await.unwrap();
        assert!(open.iter().all(|line| line.email == "eve@acme.example"), "{open:?}");
    }
}

store_test! {
    async fn whoever_left_keeps_nobody_from_setting_the_policy(test: TestStore) {
        let (acme, ada) = owner_of(test, "acme").await;
        let (eve, _) = joined(test, Some(&acme), "Eve", AUDITOR).await;
        let (max, _) = joined(test, Some(&acme), "Max", AUDITOR).await;
        let until = test.store.now().plus(TimeDelta::days(30));
        let delegate = |of: &Session| Delegate { person: of.signed_in.person(), from: test.store.now(), until };
        let decider = ada.decides().unwrap();
        let mut wanted = Policy { delegates: vec![delegate(&eve), delegate(&max)], ..Policy::default() };
        decider.set_policy(0, wanted.clone()).await.unwrap().unwrap();
        for gone in [&eve, &max] {
            administration(&ada).remove(gone.signed_in.person()).await.unwrap().unwrap();
        }
        wanted.delegates.pop();
        assert_eq!(decider.set_policy(1, wanted.clone()).await.unwrap(), Ok(2));
        wanted.delegates.push(delegate(&max));
        let back = decider.set_policy(2, wanted).await.unwrap();
        assert!(matches!(back, Err(PolicyNotSet::Fields(_))), "nobody who left is named anew: {back:?}");
        let versions = decider.grants().policies(None).await.unwrap();
        assert_eq!((&versions[0].before, &versions[1].before), (&versions[1].policy, &Policy::default()));
    }
}
