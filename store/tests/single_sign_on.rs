//! Connections to customers' identity providers, and whom they sign in, on both engines.
#![expect(clippy::unwrap_used, reason = "the macro that makes two tests of one body hides that these are tests")]

use domain::{
    MemberRole, PersonId, Role, SignInMeans, TrailAct,
    single_sign_on::{SsoConnection, SsoDraft},
};
use store::{
    CeremonyKind, Client, Customer, CustomerAdmin, Effect, NewPerson, Session, SessionToken, SignInAnswer, SignedIn,
    SsoIdentity, SsoNotSet, SsoRefusal, SsoSetup, store_test, testing::TestStore,
};

const PASSWORD: &str = "correct horse battery staple";
const ISSUER: &str = "https://login.acme.example";

fn connection(issuer: &str) -> SsoConnection {
    let draft = SsoDraft {
        issuer: issuer.to_owned(),
        client_id: "vitrine".to_owned(),
        domains: "acme.example".to_owned(),
        role_claim: "groups".to_owned(),
        role_mapping: "owners = owner\nauditors = auditor".to_owned(),
        ..SsoDraft::default()
    };
    draft.check().unwrap()
}

fn identity(subject: &'static str, email: &'static str, role: MemberRole) -> SsoIdentity<'static> {
    SsoIdentity { issuer: ISSUER, subject, email, name: "Grace", role, only: None }
}

async fn session_of(test: &TestStore, token: &SessionToken) -> Session {
    test.store.session(&token.secret, &Client::default()).await.unwrap().unwrap()
}

async fn by_password(test: &TestStore, email: &str) -> SignInAnswer {
    test.store.sign_in(email, PASSWORD, &Client::default()).await.unwrap()
}

async fn owner_of(test: &TestStore, name: &str) -> (Customer, CustomerAdmin, Session) {
    let customer = test.customer(name).await;
    let email = format!("owner@{name}.example");
    let person = NewPerson { email: &email, display_name: "Ada", password: PASSWORD };
    test.store.operator().create_member(&customer, person, MemberRole::Owner).await.unwrap();
    let SignInAnswer::SignedIn(token) = by_password(test, &email).await else { panic!("{email} is not signed in") };
    let session = session_of(test, &token).await;
    (customer, session.administer().unwrap(), session)
}

async fn kept(test: &TestStore, customer: &Customer) -> SsoSetup {
    test.store.single_sign_on_of(customer.id).await.unwrap().unwrap()
}

/// A connection that is switched on.
async fn connected(test: &TestStore, customer: &Customer, admin: &CustomerAdmin) -> SsoSetup {
    admin.set_single_sign_on(&connection(ISSUER), "a secret").await.unwrap().unwrap();
    admin.single_sign_on_tested(&kept(test, customer).await).await.unwrap();
    assert!(admin.switch_single_sign_on(true, false).await.unwrap());
    kept(test, customer).await
}

async fn sign_in(test: &TestStore, setup: &SsoSetup, who: SsoIdentity<'_>) -> Result<Session, SsoRefusal> {
    match test.store.sign_in_with_single_sign_on(setup, who, &Client::default()).await.unwrap() {
        Ok(token) => Ok(session_of(test, &token).await),
        Err(refusal) => Err(refusal),
    }
}

fn role(session: &Session) -> Role {
    session.signed_in.role()
}

async fn told(session: &Session) -> Vec<(TrailAct, String)> {
    let SignedIn::Member(member) = &session.signed_in else { panic!("no member") };
    let entries = member.roster.trail().page(None).await.unwrap().entries;
    entries.into_iter().rev().map(|entry| (entry.act, entry.subject)).collect()
}

/// What one person may do alone.
fn made<T>(effect: Effect<T>) -> T {
    match effect {
        Effect::Now(made) => made,
        Effect::WhenConfirmed => panic!("it waits for a second person"),
    }
}

store_test! {
    async fn only_what_was_tried_out_is_switched_on_and_a_change_switches_off(test: TestStore) {
        let (acme, admin, _) = owner_of(test, "acme").await;
        admin.set_single_sign_on(&connection(ISSUER), "a secret").await.unwrap().unwrap();
        assert!(!admin.switch_single_sign_on(true, false).await.unwrap());
        let first = kept(test, &acme).await;
        assert!(test.store.single_sign_on_for("grace@acme.example").await.unwrap().is_none());
        // Another connection is kept while the first is tried out.
        admin.set_single_sign_on(&connection("https://other.example"), "another").await.unwrap().unwrap();
        admin.single_sign_on_tested(&first).await.unwrap();
        assert!(kept(test, &acme).await.tested_at.is_none());
        // The same one, with another secret.
        admin.set_single_sign_on(&connection(ISSUER), "yet another").await.unwrap().unwrap();
        admin.single_sign_on_tested(&first).await.unwrap();
        assert!(!admin.switch_single_sign_on(true, false).await.unwrap());

        let setup = connected(test, &acme, &admin).await;
        assert!(setup.connection.enabled && !setup.connection.enforced);
        let (customer, _) = test.store.single_sign_on_for(" Grace@ACME.example ").await.unwrap().unwrap();
        assert_eq!(customer.id, acme.id);
        assert!(test.store.single_sign_on_for("grace@mail.acme.example").await.unwrap().is_none());
        admin.set_single_sign_on(&connection(ISSUER), "").await.unwrap().unwrap();
        assert!(test.store.single_sign_on_for("grace@acme.example").await.unwrap().is_none());
    }
}

store_test! {
    async fn a_secret_is_kept_sealed_and_for_the_provider_that_it_was_given_for(test: TestStore) {
        let (acme, admin, _) = owner_of(test, "acme").await;
        let missing = Err(SsoNotSet::SecretMissing);
        assert_eq!(admin.set_single_sign_on(&connection(ISSUER), "").await.unwrap(), missing);
        admin.set_single_sign_on(&connection(ISSUER), "a secret").await.unwrap().unwrap();
        let changed = SsoConnection { default_role: Some(MemberRole::Auditor), ..connection(ISSUER) };
        admin.set_single_sign_on(&changed, "").await.unwrap().unwrap();
        let setup = kept(test, &acme).await;
        assert_eq!(test.store.client_secret(&setup).unwrap(), "a secret");
        // Else an owner who doesn't know it would read it at a provider of their own.
        let elsewhere = connection("https://evil.example");
        assert_eq!(admin.set_single_sign_on(&elsewhere, "").await.unwrap(), missing);
        let another = SsoConnection { client_id: "another".to_owned(), ..connection(ISSUER) };
        assert_eq!(admin.set_single_sign_on(&another, "").await.unwrap(), missing);
        assert_eq!(kept(test, &acme).await.connection, setup.connection);
        admin.remove_single_sign_on().await.unwrap();
        assert_eq!(admin.set_single_sign_on(&changed, "").await.unwrap(), missing);
    }
}

store_test! {
    async fn a_connection_is_for_the_domains_that_the_provider_says_are_the_customers(test: TestStore) {
        let (acme, admin, _) = owner_of(test, "acme").await;
        let (zeta, theirs, session) = owner_of(test, "zeta").await;
        let two = SsoConnection {
            domains: vec!["zeta.example".to_owned(), "acme.example".to_owned()],
            ..connection("https://login.zeta.example")
        };
        let refused = Err(SsoNotSet::NotTheirDomain("acme.example".to_owned()));
        assert_eq!(theirs.set_single_sign_on(&two, "b").await.unwrap(), refused);
        assert!(test.store.single_sign_on_of(zeta.id).await.unwrap().is_none(), "nothing of it was kept");
        // Nothing to remove is nothing to tell.
        theirs.remove_single_sign_on().await.unwrap();
        assert!(told(&session).await.iter().all(|(act, _)| *act == TrailAct::SignedIn));

        let operator = test.store.operator();
        let both = two.domains.clone();
        let taken = operator.set_domains(&zeta, &both).await;
        assert!(matches!(taken, Err(store::StoreError::Exists { kind: "domain", name }) if name == "acme.example"));
        connected(test, &acme, &admin).await;
        assert!(test.store.single_sign_on_for("eve@acme.example").await.unwrap().is_some());
        operator.set_domains(&acme, &[]).await.unwrap();
        assert!(test.store.single_sign_on_for("eve@acme.example").await.unwrap().is_none());
        assert!(!kept(test, &acme).await.connection.admits("eve@acme.example", &serde_json::Value::Null));
        operator.set_domains(&zeta, &both).await.unwrap();
        theirs.set_single_sign_on(&two, "b").await.unwrap().unwrap();
        let told = told(&session).await;
        assert!(told.contains(&(TrailAct::CustomerDomainsSet, "zeta.example, acme.example".to_owned())), "{told:?}");
    }
}

store_test! {
    async fn whoever_is_vouched_for_joins_and_has_the_role_that_is_said_at_each_sign_in(test: TestStore) {
        let (acme, admin, owner) = owner_of(test, "acme").await;
        let setup = connected(test, &acme, &admin).await;
        let grace = sign_in(test, &setup, identity("1", "Grace@acme.example", MemberRole::Auditor)).await.unwrap();
        assert_eq!((role(&grace), grace.means), (Role::Member(MemberRole::Auditor), SignInMeans::SingleSignOn));
        assert_eq!((grace.email.as_str(), grace.is_open()), ("grace@acme.example", true));
        let view = grace.account().view().await.unwrap();
        assert!(view.has_single_sign_on && !view.has_password);
        // Another address of the same account is the same person, and the open session has the new role at once.
        let again = sign_in(test, &setup, identity("1", "g@acme.example", MemberRole::Owner)).await.unwrap();
        assert_eq!(again.signed_in.person(), grace.signed_in.person());
        assert_eq!(role(&again), Role::Member(MemberRole::Owner));
        let told = told(&owner).await;
        for entry in [
            (TrailAct::MemberJoined, "grace@acme.example as auditor, by single sign-on"),
            (TrailAct::MemberRoleChanged, "Grace, by single sign-on, to owner"),
        ] {
            assert!(told.contains(&(entry.0, entry.1.to_owned())), "{told:?}");
        }
    }
}

store_test! {
    async fn the_last_owner_stays_one_whatever_the_provider_says(test: TestStore) {
        let (acme, admin, owner) = owner_of(test, "acme").await;
        let setup = connected(test, &acme, &admin).await;
        let ada = || identity("ada", "owner@acme.example", MemberRole::Auditor);
        let session = sign_in(test, &setup, ada()).await.unwrap();
        assert_eq!(session.signed_in.person(), owner.signed_in.person(), "who was a member is the same person");
        assert_eq!(role(&session), Role::Member(MemberRole::Owner));
        sign_in(test, &setup, identity("1", "grace@acme.example", MemberRole::Owner)).await.unwrap();
        assert_eq!(role(&sign_in(test, &setup, ada()).await.unwrap()), Role::Member(MemberRole::Auditor));
    }
}

store_test! {
    async fn where_no_claim_says_roles_owners_do(test: TestStore) {
        let (acme, admin, _) = owner_of(test, "acme").await;
        let draft = SsoDraft {
            role_claim: String::new(),
            role_mapping: String::new(),
            default_role: "auditor".to_owned(),
            ..connection(ISSUER).draft()
        };
        admin.set_single_sign_on(&draft.check().unwrap(), "a secret").await.unwrap().unwrap();
        let setup = kept(test, &acme).await;
        let grace = || identity("1", "grace@acme.example", MemberRole::Auditor);
        let session = sign_in(test, &setup, grace()).await.unwrap();
        assert_eq!(role(&session), Role::Member(MemberRole::Auditor));
        let approver = Role::Member(MemberRole::Approver);
        admin.people.set_role(session.signed_in.person(), approver).await.unwrap().unwrap();
        assert_eq!(role(&sign_in(test, &setup, grace()).await.unwrap()), approver);
    }
}

store_test! {
    async fn nobody_becomes_somebody_else(test: TestStore) {
        let (acme, admin, owner) = owner_of(test, "acme").await;
        let (zeta, ..) = owner_of(test, "zeta").await;
        let person = NewPerson { email: "heidi@acme.example", display_name: "Heidi", password: PASSWORD };
        test.store.operator().create_member(&zeta, person, MemberRole::Auditor).await.unwrap();
        let staff = NewPerson { email: "sam@acme.example", display_name: "Sam", password: PASSWORD };
        test.store.operator().create_staff(staff, domain::StaffRole::Administrator).await.unwrap();
        let setup = connected(test, &acme, &admin).await;
        for elsewhere in ["heidi@acme.example", "sam@acme.example"] {
            let refusal = sign_in(test, &setup, identity("2", elsewhere, MemberRole::Owner)).await.err();
            assert_eq!(refusal, Some(SsoRefusal::AddressTaken), "{elsewhere}");
        }
        let grace = sign_in(test, &setup, identity("1", "grace@acme.example", MemberRole::Auditor)).await.unwrap();
        // An address that was given to somebody new at the provider.
        let reused = sign_in(test, &setup, identity("3", "grace@acme.example", MemberRole::Auditor)).await.err();
        assert_eq!(reused, Some(SsoRefusal::AnotherAccount));
        // Confirming takes the one who is signed in, known or new.
        let ada = owner.signed_in.person();
        for (subject, email) in [("1", "grace@acme.example"), ("4", "new@acme.example")] {
            let who = SsoIdentity { only: Some(ada), ..identity(subject, email, MemberRole::Owner) };
            assert_eq!(sign_in(test, &setup, who).await.err(), Some(SsoRefusal::NotTheSame), "{email}");
        }
        assert_eq!(role(&grace), Role::Member(MemberRole::Auditor));
        let herself = SsoIdentity {
            only: Some(grace.signed_in.person()),
            ..identity("1", "grace@acme.example", MemberRole::Auditor)
        };
        sign_in(test, &setup, herself).await.unwrap();
        test.store.tell_single_sign_on_refused(acme.id, "eve@acme.example", &Client::default(), "Why").await.unwrap();
        assert_eq!(told(&owner).await.pop(), Some((TrailAct::SignInRefused, "Why".to_owned())));
    }
}

store_test! {
    async fn where_it_is_the_only_way_in_other_sessions_close_but_owners(test: TestStore) {
        let (acme, admin, owner) = owner_of(test, "acme").await;
        let bob = NewPerson { email: "bob@acme.example", display_name: "Bob", password: PASSWORD };
        test.store.operator().create_member(&acme, bob, MemberRole::Auditor).await.unwrap();
        let SignInAnswer::SignedIn(token) = by_password(test, "bob@acme.example").await else { panic!("not signed in") };
        let setup = connected(test, &acme, &admin).await;
        assert!(session_of(test, &token).await.is_open());
        assert!(admin.switch_single_sign_on(true, true).await.unwrap());
        let bob = session_of(test, &token).await;
        assert!(bob.wants_single_sign_on() && !bob.is_open(), "a session of before opens nothing more");
        assert!(matches!(by_password(test, "bob@acme.example").await, SignInAnswer::UseSingleSignOn));
        let again = sign_in(test, &setup, identity("bob", "bob@acme.example", MemberRole::Auditor)).await.unwrap();
        assert!(again.is_open() && again.signed_in.person() == bob.signed_in.person());
        // A link is no way around it.
        let auditor = Role::Member(MemberRole::Auditor);
        let link = made(admin.people.invite("carol@acme.example", auditor).await.unwrap().unwrap());
        let invitation = test.store.invitation(&link.secret).await.unwrap().unwrap();
        let password = store::Password::new("an entirely different phrase", &[]).unwrap();
        let carol = test.store.join(invitation, "", "Carol", Some(password), &Client::default()).await.unwrap().unwrap();
        assert!(!session_of(test, &carol).await.is_open());
        assert!(matches!(by_password(test, "owner@acme.example").await, SignInAnswer::SignedIn(_)));
        assert!(owner.is_open());
        assert!(admin.switch_single_sign_on(false, false).await.unwrap());
        assert!(session_of(test, &carol).await.is_open());
    }
}

store_test! {
    async fn a_ceremony_is_for_its_kind_and_ends_with_who_it_is_about(test: TestStore) {
        let (acme, admin, _) = owner_of(test, "acme").await;
        let setup = connected(test, &acme, &admin).await;
        let grace = sign_in(test, &setup, identity("1", "grace@acme.example", MemberRole::Auditor)).await.unwrap();
        let person: PersonId = grace.signed_in.person();
        let begin = async || test.store.begin_ceremony(CeremonyKind::SingleSignOn, Some(person), "{}").await.unwrap();
        let end = async |kind, secret: &str| test.store.end_ceremony(kind, secret).await.unwrap();
        let secret = begin().await;
        assert!(end(CeremonyKind::PasskeySignIn, &secret).await.is_none());
        assert_eq!(end(CeremonyKind::SingleSignOn, &secret).await.unwrap().person, Some(person));
        assert!(end(CeremonyKind::SingleSignOn, &secret).await.is_none());
        let secret = begin().await;
        admin.people.remove(person).await.unwrap().unwrap();
        assert!(end(CeremonyKind::SingleSignOn, &secret).await.is_none());
        // Who is removed here and not at the provider joins anew.
        let anew = sign_in(test, &setup, identity("1", "grace@acme.example", MemberRole::Auditor)).await.unwrap();
        assert_ne!(anew.signed_in.person(), person);
    }
}

store_test! {
    async fn links_end_with_the_role_that_made_them(test: TestStore) {
        let (acme, admin, _) = owner_of(test, "acme").await;
        let setup = connected(test, &acme, &admin).await;
        let grace = sign_in(test, &setup, identity("1", "grace@acme.example", MemberRole::Owner)).await.unwrap();
        let hers = grace.administer();
        assert!(hers.is_err(), "an identity provider that answers by itself proves nothing fresh");
        let only = Some(grace.signed_in.person());
        let fresh = SsoIdentity { only, ..identity("1", "grace@acme.example", MemberRole::Owner) };
        let grace = sign_in(test, &setup, fresh).await.unwrap();
        let people = grace.administer().unwrap().people;
        let hers = made(people.invite("eve@acme.example", Role::Member(MemberRole::Owner)).await.unwrap().unwrap());
        let others = made(admin.people.invite("bob@acme.example", Role::Member(MemberRole::Auditor)).await.unwrap().unwrap());
        sign_in(test, &setup, identity("1", "grace@acme.example", MemberRole::Auditor)).await.unwrap();
        assert!(test.store.invitation(&hers.secret).await.unwrap().is_none());
        assert!(test.store.invitation(&others.secret).await.unwrap().is_some());
    }
}
