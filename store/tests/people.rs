//! Sign-in, sessions and what people sign in with, on both engines.
#![expect(clippy::unwrap_used, reason = "the macro that makes two tests of one body hides that these are tests")]

use chrono::TimeDelta;
use domain::{MemberRole, SignInMeans, SignInRule, StaffRole, TrailAct, Zone};
use store::{
    CeremonyKind, Client, Customer, Effect, LastMeans, NewPerson, NotNow, Password, Session, SessionToken,
    SignInAnswer, SignedIn, StoreError, one_time_code, store_test, testing::TestStore,
};

const PASSWORD: &str = "correct horse battery staple";
const ADA: NewPerson<'static> = NewPerson { email: "Ada@acme.example", display_name: "Ada", password: PASSWORD };
const SECRET: [u8; 20] = *b"twenty bytes of key!";
const SECRET_TEXT: &str = "OR3WK3TUPEQGE6LUMVZSA33GEBVWK6JB";

fn client(address: &str) -> Client {
    Client { address: address.to_owned(), device: "A test".to_owned(), ..Client::default() }
}

fn opened(answer: SignInAnswer) -> SessionToken {
    match answer {
        SignInAnswer::SignedIn(token) => token,
        other => panic!("not signed in: {}", name(&other)),
    }
}

fn name(answer: &SignInAnswer) -> &'static str {
    match answer {
        SignInAnswer::SignedIn(_) => "signed in",
        SignInAnswer::CodeNeeded(_) => "code needed",
        SignInAnswer::Refused => "refused",
        SignInAnswer::Wait(_) => "wait",
        SignInAnswer::UseSingleSignOn => "use single sign-on",
        SignInAnswer::Over => "over",
    }
}

async fn sign_in(test: &TestStore, email: &str) -> SessionToken {
    opened(test.store.sign_in(email, PASSWORD, &client("192.0.2.1")).await.unwrap())
}

async fn session(test: &TestStore, token: &SessionToken) -> Option<Session> {
    test.store.session(&token.secret, &client("192.0.2.1")).await.unwrap()
}

async fn ada_of_acme(test: &TestStore, role: MemberRole) -> (Customer, Session) {
    let acme = test.customer("acme").await;
    test.store.operator().create_member(&acme, ADA, role).await.unwrap();
    let token = sign_in(test, ADA.email).await;
    (acme, session(test, &token).await.unwrap())
}

fn later(test: &TestStore, by: TimeDelta) {
    test.clock.set(test.store.now().plus(by));
}

async fn acts(session: &Session) -> Vec<TrailAct> {
    let roster = match &session.signed_in {
        SignedIn::Member(member) => &member.roster,
        SignedIn::Staff(staff) => &staff.roster,
    };
    let entries = roster.trail().page(None).await.unwrap().entries;
    assert!(entries.iter().rev().map(|entry| entry.sequence).eq(0..entries.len() as i64), "the trail has gaps");
    entries.into_iter().rev().map(|entry| entry.act).collect()
}

/// What one person may do alone.
fn made<T>(effect: Effect<T>) -> T {
    match effect {
        Effect::Now(made) => made,
        Effect::WhenConfirmed => panic!("it waits for a second person"),
    }
}

store_test! {
    async fn a_member_signs_in_and_reads_its_own_customers_record_alone(test: TestStore) {
        let acme = test.customer("acme").await;
        test.store.operator().create_member(&acme, ADA, MemberRole::PrivacyOfficer).await.unwrap();
        let token = sign_in(test, " ada@ACME.example ").await;
        let session = session(test, &token).await.unwrap();
        assert_eq!((session.means, session.email.as_str()), (SignInMeans::Password, "ada@acme.example"));
        match session.signed_in {
            SignedIn::Member(member) => {
                assert_eq!(member.records.customer(), &acme);
                assert_eq!(member.role, MemberRole::PrivacyOfficer);
            }
            SignedIn::Staff(_) => panic!("no member"),
        }
    }
}

store_test! {
    async fn a_wrong_password_and_an_unknown_address_open_nothing_and_are_told(test: TestStore) {
        let (_, session) = ada_of_acme(test, MemberRole::Owner).await;
        let here = client("192.0.2.1");
        for email in [ADA.email, "eve@acme.example"] {
            assert_eq!(name(&test.store.sign_in(email, "wrong", &here).await.unwrap()), "refused");
        }
        assert!(test.store.session("made up", &here).await.unwrap().is_none());
        assert_eq!(acts(&session).await, [TrailAct::SignedIn, TrailAct::SignInRefused]);
    }
}

store_test! {
    async fn a_session_ends_by_time_by_disuse_and_by_hand(test: TestStore) {
        test.store.operator().create_staff(ADA, StaffRole::Operations).await.unwrap();
        let (one, two, three) = (sign_in(test, ADA.email).await, sign_in(test, ADA.email).await, sign_in(test, ADA.email).await);
        session(test, &one).await.unwrap().sign_out().await.unwrap();
        assert!(session(test, &one).await.is_none());
        for _ in 0..13 {
            later(test, TimeDelta::minutes(55));
            assert!(session(test, &two).await.is_some());
            test.store.unused_session(&three.secret, &Client::default()).await.unwrap();
        }
        assert!(session(test, &three).await.is_none(), "a page that is merely open keeps no session");
        later(test, TimeDelta::minutes(6));
        assert!(session(test, &two).await.is_none(), "twelve hours are over");
    }
}

store_test! {
    async fn signing_in_again_ends_the_session_that_the_browser_had(test: TestStore) {
        test.store.operator().create_staff(ADA, StaffRole::Operations).await.unwrap();
        let one = sign_in(test, ADA.email).await;
        let same_browser = Client { session: Some(one.secret.clone()), ..client("192.0.2.1") };
        let two = opened(test.store.sign_in(ADA.email, PASSWORD, &same_browser).await.unwrap());
        assert!(session(test, &one).await.is_none() && session(test, &two).await.is_some());
    }
}

store_test! {
    async fn a_person_ends_their_own_sessions_and_nobody_elses(test: TestStore) {
        let (acme, first) = ada_of_acme(test, MemberRole::Owner).await;
        let bob = NewPerson { email: "bob@acme.example", display_name: "Bob", password: PASSWORD };
        test.store.operator().create_member(&acme, bob, MemberRole::Auditor).await.unwrap();
        let (second, bobs) = (sign_in(test, ADA.email).await, sign_in(test, "bob@acme.example").await);
        let bobs_id = session(test, &bobs).await.unwrap().id;
        assert!(!first.account().end_session(bobs_id).await.unwrap());
        let view = first.account().view().await.unwrap();
        assert_eq!(view.sessions.iter().filter(|line| line.current).count(), 1);
        assert_eq!(view.sessions.len(), 2);
        first.account().end_other_sessions().await.unwrap();
        assert!(session(test, &second).await.is_none() && session(test, &bobs).await.is_some());
    }
}

store_test! {
    async fn times_are_in_the_zone_that_was_chosen_else_the_browsers_else_utc(test: TestStore) {
        test.store.operator().create_staff(ADA, StaffRole::Operations).await.unwrap();
        let tokyo = Client { time_zone: Some(Zone::parse("Asia/Tokyo").unwrap()), ..client("192.0.2.1") };
        let one = opened(test.store.sign_in(ADA.email, PASSWORD, &tokyo).await.unwrap());
        let two = sign_in(test, ADA.email).await;
        let zones = async || {
            let mut zones = Vec::new();
            for token in [&one, &two] {
                match session(test, token).await.unwrap().signed_in {
                    SignedIn::Staff(staff) => zones.push(staff.zone.name()),
                    SignedIn::Member(_) => panic!("no staff"),
                }
            }
            zones
        };
        assert_eq!(zones().await, ["Asia/Tokyo", "UTC"]);
        let account = session(test, &one).await.unwrap().account();
        account.set_time_zone(Some(Zone::parse("Europe/Berlin").unwrap())).await.unwrap();
        assert_eq!(zones().await, ["Europe/Berlin", "Europe/Berlin"]);
        account.set_time_zone(None).await.unwrap();
        assert_eq!(zones().await, ["Asia/Tokyo", "UTC"]);
    }
}

store_test! {
    async fn guessing_is_slowed_by_account_and_spares_a_known_device(test: TestStore) {
        test.store.operator().create_staff(ADA, StaffRole::Operations).await.unwrap();
        let known = sign_in(test, ADA.email).await.device;
        for email in [ADA.email, "nobody@acme.example"] {
            let mut told = Vec::new();
            for place in 0..7 {
                let elsewhere = client(&format!("198.51.100.{place}"));
                told.push(name(&test.store.sign_in(email, "wrong", &elsewhere).await.unwrap()));
            }
            assert_eq!(told, ["refused", "refused", "refused", "refused", "refused", "wait", "wait"], "{email}");
        }
        let elsewhere = client("203.0.113.1");
        assert_eq!(name(&test.store.sign_in(ADA.email, PASSWORD, &elsewhere).await.unwrap()), "wait");
        let at_home = Client { known_device: known, ..elsewhere };
        assert_eq!(name(&test.store.sign_in(ADA.email, PASSWORD, &at_home).await.unwrap()), "signed in");
        later(test, TimeDelta::hours(2));
        assert_eq!(name(&test.store.sign_in(ADA.email, PASSWORD, &client("203.0.113.2")).await.unwrap()), "signed in");
    }
}

store_test! {
    async fn guessing_at_many_accounts_is_slowed_by_address(test: TestStore) {
        let here = client("198.51.100.1");
        let mut told = Vec::new();
        for place in 0..32 {
            told.push(name(&test.store.sign_in(&format!("{place}@acme.example"), "wrong", &here).await.unwrap()));
        }
        assert_eq!(told.iter().filter(|answer| **answer == "refused").count(), 30);
        assert_eq!(told.last(), Some(&"wait"));
    }
}

store_test! {
    async fn a_known_device_does_not_wait_for_who_guesses_in_its_network(test: TestStore) {
        test.store.operator().create_staff(ADA, StaffRole::Operations).await.unwrap();
        let here = client("2001:db8::1");
        let known = opened(test.store.sign_in(ADA.email, PASSWORD, &here).await.unwrap()).device;
        for place in 0..32 {
            let neighbour = client(&format!("2001:db8::{place:x}"));
            test.store.sign_in(&format!("{place}@acme.example"), "wrong", &neighbour).await.unwrap();
        }
        assert_eq!(name(&test.store.sign_in(ADA.email, PASSWORD, &here).await.unwrap()), "wait");
        let at_home = Client { known_device: known, ..here };
        assert_eq!(name(&test.store.sign_in(ADA.email, PASSWORD, &at_home).await.unwrap()), "signed in");
    }
}

store_test! {
    async fn what_somebody_unknown_begins_is_limited_by_address(test: TestStore) {
        let here = client("198.51.100.1");
        let mut waits = 0;
        for _ in 0..70 {
            waits += i32::from(test.store.count_ceremony(&here).await.unwrap().is_some());
        }
        assert_eq!(waits, 10);
        assert!(test.store.count_ceremony(&client("198.51.100.2")).await.unwrap().is_none());
    }
}

store_test! {
    async fn an_authenticators_code_is_asked_for_and_works_once(test: TestStore) {
        let id = test.store.operator().create_staff(ADA, StaffRole::Legal).await.unwrap();
        test.store.operator().set_authenticator(id, &SECRET).await.unwrap();
        let here = client("192.0.2.1");
        let code = one_time_code(SECRET_TEXT, test.store.now()).unwrap();
        let begin = async || match test.store.sign_in(ADA.email, PASSWORD, &here).await.unwrap() {
            SignInAnswer::CodeNeeded(ceremony) => ceremony,
            other => panic!("{}", name(&other)),
        };
        let ceremony = begin().await;
        assert!(test.store.awaits_second_factor(&ceremony).await.unwrap());
        assert_eq!(name(&test.store.sign_in_with_code(&ceremony, "000000", &here).await.unwrap()), "refused");
        let token = opened(test.store.sign_in_with_code(&ceremony, &code, &here).await.unwrap());
        assert_eq!(session(test, &token).await.unwrap().means, SignInMeans::PasswordAndCode);
        assert_eq!(name(&test.store.sign_in_with_code(&ceremony, &code, &here).await.unwrap()), "over");
        let again = begin().await;
        assert_eq!(name(&test.store.sign_in_with_code(&again, &code, &here).await.unwrap()), "refused");
        later(test, TimeDelta::seconds(60));
        let next = one_time_code(SECRET_TEXT, test.store.now()).unwrap();
        assert_eq!(name(&test.store.sign_in_with_code(&again, &next, &here).await.unwrap()), "signed in");
    }
}

store_test! {
    async fn codes_can_not_be_guessed_even_with_the_password(test: TestStore) {
        let id = test.store.operator().create_staff(ADA, StaffRole::Legal).await.unwrap();
        test.store.operator().set_authenticator(id, &SECRET).await.unwrap();
        let mut told = Vec::new();
        for round in 0..3 {
            let from = client(&format!("198.51.100.{round}"));
            let SignInAnswer::CodeNeeded(ceremony) = test.store.sign_in(ADA.email, PASSWORD, &from).await.unwrap() else {
                panic!("no code asked for");
            };
            for _ in 0..6 {
                told.push(name(&test.store.sign_in_with_code(&ceremony, "000000", &from).await.unwrap()));
            }
        }
        assert_eq!(told.iter().filter(|answer| **answer == "refused").count(), 5, "{told:?}");
    }
}

store_test! {
    async fn an_authenticator_is_set_up_by_its_first_code_and_recovery_codes_stand_in_for_it(test: TestStore) {
        let (_, first) = ada_of_acme(test, MemberRole::Owner).await;
        let factors = first.factors().unwrap();
        let setup = factors.begin_authenticator("Nimbus: Cloud", &first.email).unwrap();
        assert!(setup.address.starts_with("otpauth://totp/"), "{}", setup.address);
        assert!(!factors.confirm_authenticator(&setup.sealed, "000000").await.unwrap());
        let resumed = factors.resume_authenticator("Nimbus: Cloud", &first.email, &setup.sealed).unwrap().unwrap();
        assert_eq!(resumed.secret, setup.secret);
        let code = one_time_code(&setup.secret, test.store.now()).unwrap();
        assert!(factors.confirm_authenticator(&setup.sealed, &code).await.unwrap());
        let codes = factors.make_recovery_codes().await.unwrap();
        assert_eq!(codes.len(), 10);
        let here = client("192.0.2.1");
        for (expected, code) in [("signed in", &codes[0]), ("refused", &codes[0]), ("signed in", &codes[1])] {
            let SignInAnswer::CodeNeeded(ceremony) = test.store.sign_in(ADA.email, PASSWORD, &here).await.unwrap() else {
                panic!("no code asked for");
            };
            let typed = format!("{} - {}", code[..6].to_lowercase(), &code[6..]);
            assert_eq!(name(&test.store.sign_in_with_code(&ceremony, &typed, &here).await.unwrap()), expected);
        }
        assert_eq!(first.account().view().await.unwrap().recovery_codes, 8);
        factors.remove_authenticator().await.unwrap();
        assert_eq!(name(&test.store.sign_in(ADA.email, PASSWORD, &here).await.unwrap()), "signed in");
    }
}

store_test! {
    async fn a_setup_of_another_session_is_not_taken(test: TestStore) {
        let (_, first) = ada_of_acme(test, MemberRole::Owner).await;
        let second = session(test, &sign_in(test, ADA.email).await).await.unwrap();
        let setup = first.factors().unwrap().begin_authenticator("Nimbus", &first.email).unwrap();
        let code = one_time_code(&setup.secret, test.store.now()).unwrap();
        assert!(!second.factors().unwrap().confirm_authenticator(&setup.sealed, &code).await.unwrap());
    }
}

store_test! {
    async fn changing_what_one_signs_in_with_takes_a_fresh_sign_in(test: TestStore) {
        let (_, ada) = ada_of_acme(test, MemberRole::Owner).await;
        assert!(ada.factors().is_ok() && ada.administer().is_ok());
        later(test, TimeDelta::minutes(11));
        assert_eq!(ada.factors().err(), Some(NotNow::NotFresh));
        assert_eq!(ada.administer().err(), Some(NotNow::NotFresh));
    }
}

store_test! {
    async fn a_new_password_ends_every_other_session(test: TestStore) {
        let (_, ada) = ada_of_acme(test, MemberRole::Owner).await;
        let other = sign_in(test, ADA.email).await;
        let new = Password::new("an entirely different phrase", &[]).unwrap();
        ada.factors().unwrap().set_password(new).await.unwrap();
        assert!(session(test, &other).await.is_none());
        let here = client("192.0.2.1");
        assert_eq!(name(&test.store.sign_in(ADA.email, PASSWORD, &here).await.unwrap()), "refused");
        let answer = test.store.sign_in(ADA.email, "an entirely different phrase", &here).await.unwrap();
        assert_eq!(name(&answer), "signed in");
    }
}

store_test! {
    async fn a_passkey_signs_in_until_it_is_removed_and_the_last_means_stays(test: TestStore) {
        let acme = test.customer("acme").await;
        let operator = test.store.operator();
        let link = operator.invite(Some(&acme), "ada@acme.example", domain::Role::Member(MemberRole::Owner)).await.unwrap();
        let invitation = test.store.invitation(&link.secret).await.unwrap().unwrap();
        let here = client("192.0.2.1");
        let token = test.store.join(invitation, "", "Ada", None, &here).await.unwrap().unwrap();
        let ada = session(test, &token).await.unwrap();
        assert_eq!(ada.unmet_rule(), Some(SignInRule::Password), "a link alone opens only the account");
        ada.factors().unwrap().add_passkey("Phone", b"credential", "{}").await.unwrap();
        let ada = session(test, &token).await.unwrap();
        assert_eq!((ada.means, ada.unmet_rule()), (SignInMeans::Passkey, None));
        let taken = ada.factors().unwrap().add_passkey("Phone", b"credential", "{}").await;
        assert!(matches!(taken, Err(StoreError::Exists { kind: "passkey", .. })));
        assert_eq!(test.store.passkey(b"credential").await.unwrap().unwrap().person, ada.signed_in.person());
        let owner = test.store.passkey(b"credential").await.unwrap().unwrap();
        let answer = test.store.sign_in_with_passkey(b"credential", &owner, "{\"counter\":1}", &here).await.unwrap();
        assert_eq!(session(test, &opened(answer)).await.unwrap().means, SignInMeans::Passkey);
        let answer = test.store.sign_in_with_passkey(b"credential", &owner, "{\"counter\":1}", &here).await.unwrap();
        assert_eq!(name(&answer), "refused", "its counter was checked against one that is no more");
        let owner = test.store.passkey(b"credential").await.unwrap().unwrap();
        assert_eq!(owner.credential, "{\"counter\":1}");
        let id = ada.account().view().await.unwrap().passkeys[0].id;
        assert_eq!(ada.factors().unwrap().remove_passkey(id).await.unwrap(), Some(Err(LastMeans)));
        ada.factors().unwrap().set_password(Password::new(PASSWORD, &[]).unwrap()).await.unwrap();
        assert_eq!(ada.factors().unwrap().remove_passkey(id).await.unwrap(), Some(Ok(())));
        assert_eq!(ada.factors().unwrap().remove_passkey(id).await.unwrap(), None);
        let answer = test.store.sign_in_with_passkey(b"credential", &owner, "{}", &here).await.unwrap();
        assert_eq!(name(&answer), "refused");
    }
}

store_test! {
    async fn a_ceremony_is_ended_once_as_what_it_is_and_in_time(test: TestStore) {
        let begin = async || test.store.begin_ceremony(CeremonyKind::PasskeySignIn, None, "challenge").await.unwrap();
        let secret = begin().await;
        let end = async |kind, secret: &str| test.store.end_ceremony(kind, secret).await.unwrap().map(|it| it.state);
        assert_eq!(end(CeremonyKind::PasskeyRegistration, &secret).await, None);
        assert_eq!(end(CeremonyKind::PasskeySignIn, &secret).await.as_deref(), Some("challenge"));
        assert_eq!(end(CeremonyKind::PasskeySignIn, &secret).await, None);
        let late = begin().await;
        later(test, TimeDelta::minutes(11));
        assert_eq!(end(CeremonyKind::PasskeySignIn, &late).await, None);
    }
}

store_test! {
    async fn what_the_customer_asks_of_sign_in_binds_the_sessions_there_are(test: TestStore) {
        let (_, ada) = ada_of_acme(test, MemberRole::Owner).await;
        let token = sign_in(test, ADA.email).await;
        ada.administer().unwrap().set_sign_in_rule(SignInRule::SecondFactor).await.unwrap();
        let now = session(test, &token).await.unwrap();
        assert_eq!(now.unmet_rule(), Some(SignInRule::SecondFactor));
        assert_eq!(now.administer().err(), Some(NotNow::NotAllowed));
    }
}

store_test! {
    async fn the_providers_people_are_always_asked_for_a_second_factor(test: TestStore) {
        test.store.operator().create_staff(ADA, StaffRole::Administrator).await.unwrap();
        let session = session(test, &sign_in(test, ADA.email).await).await.unwrap();
        assert_eq!(session.unmet_rule(), Some(SignInRule::SecondFactor));
        assert!(session.provide().is_err());
        let setup = session.factors().unwrap().begin_authenticator("Nimbus", &session.email).unwrap();
        let code = one_time_code(&setup.secret, test.store.now()).unwrap();
        assert!(session.factors().unwrap().confirm_authenticator(&setup.sealed, &code).await.unwrap());
        let strong = test.store.session(&sign_in_by_code(test, &setup.secret).await.secret, &Client::default()).await.unwrap();
        assert!(strong.unwrap().provide().is_ok());
    }
}

store_test! {
    async fn a_password_alone_adds_no_factor_beside_those_that_there_are(test: TestStore) {
        test.store.operator().create_staff(ADA, StaffRole::Administrator).await.unwrap();
        let first = session(test, &sign_in(test, ADA.email).await).await.unwrap();
        first.factors().unwrap().add_passkey("Phone", b"credential", "{}").await.unwrap();
        let by_password = session(test, &sign_in(test, ADA.email).await).await.unwrap();
        assert!(by_password.has_more_to_show());
        assert_eq!(by_password.factors().err(), Some(NotNow::NotFresh));
        let owner = test.store.passkey(b"credential").await.unwrap().unwrap();
        let answer = test.store.sign_in_with_passkey(b"credential", &owner, "{}", &client("192.0.2.1")).await.unwrap();
        assert!(session(test, &opened(answer)).await.unwrap().factors().is_ok());
    }
}

store_test! {
    async fn who_was_removed_does_not_come_back_by_a_link_of_their_own(test: TestStore) {
        let (_, ada) = ada_of_acme(test, MemberRole::Owner).await;
        let people = ada.administer().unwrap().people;
        let eve = NewPerson { email: "eve@acme.example", display_name: "Eve", password: PASSWORD };
        let acme = test.store.operator().customer("acme").await.unwrap().unwrap();
        let id = test.store.operator().create_member(&acme, eve, MemberRole::Owner).await.unwrap();
        let eve = session(test, &sign_in(test, "eve@acme.example").await).await.unwrap();
        let role = domain::Role::Member(MemberRole::Owner);
        let eves = made(eve.administer().unwrap().people.invite("mallory@acme.example", role).await.unwrap().unwrap());
        let adas = made(people.invite("bob@acme.example", role).await.unwrap().unwrap());
        people.remove(id).await.unwrap().unwrap();
        assert!(test.store.invitation(&eves.secret).await.unwrap().is_none());
        assert!(test.store.invitation(&adas.secret).await.unwrap().is_some());
    }
}

store_test! {
    async fn the_first_administrators_link_ends_once_somebody_joined_by_another(test: TestStore) {
        let printed = test.store.first_administrator().await.unwrap().unwrap();
        let role = domain::Role::Staff(StaffRole::Administrator);
        let other = test.store.operator().invite(None, "ada@nimbus.example", role).await.unwrap();
        let invitation = test.store.invitation(&other.secret).await.unwrap().unwrap();
        let here = client("192.0.2.1");
        assert!(test.store.join(invitation, "", "Ada", None, &here).await.unwrap().is_some());
        assert!(test.store.invitation(&printed.secret).await.unwrap().is_none());
    }
}

async fn sign_in_by_code(test: &TestStore, secret: &str) -> SessionToken {
    later(test, TimeDelta::minutes(1));
    let here = client("192.0.2.1");
    let SignInAnswer::CodeNeeded(ceremony) = test.store.sign_in(ADA.email, PASSWORD, &here).await.unwrap() else {
        panic!("no code asked for");
    };
    let code = one_time_code(secret, test.store.now()).unwrap();
    opened(test.store.sign_in_with_code(&ceremony, &code, &here).await.unwrap())
}

store_test! {
    async fn names_are_taken_once(test: TestStore) {
        test.customer("acme").await;
        let again = test.store.operator().create_customer("acme", "Another", SignInRule::Password).await;
        assert!(matches!(again, Err(StoreError::Exists { kind: "customer", .. })));
        test.store.operator().create_staff(ADA, StaffRole::Legal).await.unwrap();
        let again = test.store.operator().create_staff(ADA, StaffRole::Legal).await;
        assert!(matches!(again, Err(StoreError::Exists { kind: "person", .. })));
    }
}

store_test! {
    async fn a_schema_that_is_not_ours_is_not_ready(test: TestStore) {
        test.store.check_ready().await.unwrap();
        test.raw("DELETE FROM _sqlx_migrations".to_owned()).await.unwrap();
        assert!(matches!(test.store.check_ready().await, Err(StoreError::SchemaOutOfDate)));
    }
}

store_test! {
    async fn a_password_that_was_right_opens_nothing_once_another_is_set(test: TestStore) {
        let (_, ada) = ada_of_acme(test, MemberRole::Owner).await;
        let here = client("192.0.2.1");
        let new = Password::new("an entirely different phrase", &[]).unwrap();
        let factors = ada.factors().unwrap();
        let guesses = futures::future::join_all((0..4).map(|_| test.store.sign_in(ADA.email, PASSWORD, &here)));
        // Whichever comes first, nobody is in by the old password afterwards.
        let (guessed, set) = futures::join!(guesses, factors.set_password(new));
        set.unwrap();
        for answer in guessed {
            if let SignInAnswer::SignedIn(token) = answer.unwrap() {
                assert!(session(test, &token).await.is_none());
            }
        }
        assert_eq!(ada.account().view().await.unwrap().sessions.len(), 1);
    }
}
