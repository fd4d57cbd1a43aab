//! The keys that tokens are signed with: made once however many servers need one, rotated with an overlap, kept sealed.
#![expect(clippy::unwrap_used, reason = "the macro that makes two tests of one body hides that these are tests")]

use chrono::TimeDelta;
use futures::future::join_all;
use store::{KEYS_KEPT, Keyring, LONGEST_TOKEN, Store, store_test, testing::TestStore};

fn later(test: &TestStore, by: TimeDelta) {
    test.clock.set(test.store.now().plus(by));
}

async fn published(store: &Store) -> Vec<uuid::Uuid> {
    store.published_keys().await.unwrap().into_iter().map(|key| key.id).collect()
}

store_test! {
    async fn a_key_is_published_before_it_signs_and_until_what_it_signed_is_over(test: TestStore) {
        let store = &test.store;
        assert!(published(store).await.is_empty());
        let first = join_all((0..8).map(|_| store.signing_key())).await;
        let first = first.into_iter().map(|key| key.unwrap().id).collect::<std::collections::BTreeSet<_>>();
        assert_eq!(first.len(), 1, "many servers make one");
        let first = *first.iter().next().unwrap();
        let made = store.operator().rotate_signing_key(false).await.unwrap();
        assert_eq!(published(store).await, [made.id, first]);
        // Whoever fetched the keys just before has fetched them again when the new one signs.
        later(test, KEYS_KEPT);
        assert_eq!(store.signing_key().await.unwrap().id, first);
        later(test, TimeDelta::minutes(1));
        assert_eq!(store.signing_key().await.unwrap().id, made.id);
        // A token that the first one signed at the last moment is still good.
        later(test, LONGEST_TOKEN);
        assert_eq!(published(store).await, [made.id, first]);
        later(test, TimeDelta::minutes(1));
        assert_eq!(published(store).await, [made.id]);
        assert_eq!(store.forget_signing_keys().await.unwrap(), 1);
        assert_eq!(store.signing_key().await.unwrap().id, made.id);
    }
}

store_test! {
    async fn a_key_that_somebody_else_may_have_is_good_no_more_at_once(test: TestStore) {
        let store = &test.store;
        let first = store.signing_key().await.unwrap();
        let waiting = store.operator().rotate_signing_key(false).await.unwrap();
        let made = store.operator().rotate_signing_key(true).await.unwrap();
        assert_eq!(published(store).await, [made.id]);
        assert_eq!(store.signing_key().await.unwrap().id, made.id);
        assert_eq!(store.forget_signing_keys().await.unwrap(), 2);
        assert!(made.id != first.id && made.id != waiting.id);
    }
}

store_test! {
    async fn a_server_whose_clock_is_behind_says_so_and_does_not_look_for_ever(test: TestStore) {
        let now = test.store.now();
        test.store.signing_key().await.unwrap();
        test.clock.set(now.minus(chrono::TimeDelta::hours(1)));
        let Err(error) = test.store.signing_key().await else { panic!("a key of the future signs") };
        assert!(error.to_string().contains("clock"), "{error}");
        test.clock.set(now);
        test.store.signing_key().await.unwrap();
    }
}

store_test! {
    async fn a_private_key_is_sealed_and_sealed_anew_with_a_new_key(test: TestStore) {
        let key = test.store.signing_key().await.unwrap();
        let public = test.store.published_keys().await.unwrap()[0].public_key;
        assert_ne!(key.secret, public);
        let dump = test.dump("signing_key").await.unwrap();
        assert!(!dump.contains(&hex::encode(key.secret)), "{dump}");
        let both = Keyring::parse(&format!("{}\n{}", "6b".repeat(32), "5a".repeat(32))).unwrap();
        let rotated = Store::open(&test.address, test.clock.clone(), both).await.unwrap();
        assert_eq!(rotated.reseal().await.unwrap(), 1);
        assert_eq!(rotated.signing_key().await.unwrap().secret, key.secret);
        assert!(test.store.signing_key().await.is_err(), "the key before doesn't open it any more");
        rotated.close().await;
    }
}
