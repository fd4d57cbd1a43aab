//! Sign-in, sessions and tokens on both engines.
#![expect(clippy::unwrap_used, reason = "the macro that makes two tests of one body hides that these are tests")]

use domain::{MemberRole, StaffRole, Timestamp, Zone};
use store::{NewPerson, Scope, SignedIn, StoreError, store_test};

const ADA: NewPerson<'static> =
    NewPerson { email: "Ada@acme.example", display_name: "Ada", password: "correct horse battery" };

store_test! {
    async fn a_member_signs_in_and_reads_its_own_customers_record_alone(test: TestStore) {
        let acme = test.customer("acme").await;
        test.store.operator().create_member(&acme, ADA, MemberRole::PrivacyOfficer).await.unwrap();
        let token = test.store.sign_in(" ada@ACME.example ", "correct horse battery").await.unwrap().unwrap();
        match test.store.session(&token.secret).await.unwrap() {
            Some(SignedIn::Member(member)) => {
                assert_eq!(member.records.customer(), &acme);
                assert_eq!(member.role, MemberRole::PrivacyOfficer);
            }
            _ => panic!("no member"),
        }
    }
}

store_test! {
    async fn a_wrong_password_and_an_unknown_address_open_nothing(test: TestStore) {
        let acme = test.customer("acme").await;
        test.store.operator().create_member(&acme, ADA, MemberRole::Owner).await.unwrap();
        assert!(test.store.sign_in("ada@acme.example", "wrong").await.unwrap().is_none());
        assert!(test.store.sign_in("eve@acme.example", "correct horse battery").await.unwrap().is_none());
        assert!(test.store.session("made up").await.unwrap().is_none());
    }
}

store_test! {
    async fn a_session_ends_by_time_and_by_hand(test: TestStore) {
        test.store.operator().create_staff(ADA, StaffRole::Operations).await.unwrap();
        let one = test.store.sign_in(ADA.email, ADA.password).await.unwrap().unwrap();
        let two = test.store.sign_in(ADA.email, ADA.password).await.unwrap().unwrap();
        assert!(matches!(test.store.session(&one.secret).await.unwrap(), Some(SignedIn::Staff(_))));
        test.store.sign_out(&one.secret).await.unwrap();
        assert!(test.store.session(&one.secret).await.unwrap().is_none());
        test.clock.set(Timestamp::parse("2026-03-02T00:00:00Z").unwrap());
        assert!(test.store.session(&two.secret).await.unwrap().is_none());
    }
}

store_test! {
    async fn times_are_in_the_zone_that_was_chosen_else_the_browsers_else_utc(test: TestStore) {
        let person = test.store.operator().create_staff(ADA, StaffRole::Operations).await.unwrap();
        let one = test.store.sign_in(ADA.email, ADA.password).await.unwrap().unwrap();
        let two = test.store.sign_in(ADA.email, ADA.password).await.unwrap().unwrap();
        let zones = async || {
            let mut zones = Vec::new();
            for session in [&one, &two] {
                match test.store.session(&session.secret).await.unwrap() {
                    Some(SignedIn::Staff(staff)) => zones.push(staff.zone.name()),
                    _ => panic!("no staff"),
                }
            }
            zones
        };
        assert_eq!(zones().await, ["UTC", "UTC"]);
        test.store.set_session_time_zone(&one.secret, Zone::parse("Asia/Tokyo").unwrap()).await.unwrap();
        assert_eq!(zones().await, ["Asia/Tokyo", "UTC"]);
        test.store.set_time_zone(person, Some(Zone::parse("Europe/Berlin").unwrap())).await.unwrap();
        assert_eq!(zones().await, ["Europe/Berlin", "Europe/Berlin"]);
        test.store.set_time_zone(person, None).await.unwrap();
        assert_eq!(zones().await, ["Asia/Tokyo", "UTC"]);
    }
}

store_test! {
    async fn names_are_taken_once(test: TestStore) {
        test.customer("acme").await;
        let again = test.store.operator().create_customer("acme", "Another").await;
        assert!(matches!(again, Err(StoreError::Exists { kind: "customer", .. })));
        test.store.operator().create_staff(ADA, StaffRole::Legal).await.unwrap();
        let again = test.store.operator().create_staff(ADA, StaffRole::Legal).await;
        assert!(matches!(again, Err(StoreError::Exists { kind: "person", .. })));
    }
}

store_test! {
    async fn a_token_allows_what_its_scope_and_its_owner_say(test: TestStore) {
        let acme = test.customer("acme").await;
        let operator = test.store.operator();
        let write = operator.create_token(None, Scope::AccessEventsWrite).await.unwrap();
        let read = operator.create_token(Some(&acme), Scope::AccessEventsRead).await.unwrap();
        let odd = operator.create_token(Some(&acme), Scope::AccessEventsWrite).await.unwrap();
        let write = test.store.bearer(write.as_str()).await.unwrap().unwrap();
        assert!(write.reporter().is_some() && write.records().is_none());
        let read = test.store.bearer(read.as_str()).await.unwrap().unwrap();
        assert!(read.reporter().is_none());
        assert_eq!(read.records().unwrap().customer(), &acme);
        let odd = test.store.bearer(odd.as_str()).await.unwrap().unwrap();
        assert!(odd.reporter().is_none() && odd.records().is_none());
        assert!(test.store.bearer("vitrine_made_up").await.unwrap().is_none());
    }
}

store_test! {
    async fn a_schema_that_is_not_ours_is_not_ready(test: TestStore) {
        test.store.check_ready().await.unwrap();
        test.raw("DELETE FROM _sqlx_migrations".to_owned()).await.unwrap();
        assert!(matches!(test.store.check_ready().await, Err(StoreError::SchemaOutOfDate)));
    }
}
