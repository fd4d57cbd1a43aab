//! Pseudonyms of names that other systems' logs give, on both engines.
#![expect(clippy::unwrap_used, reason = "the macro that makes two tests of one body hides that these are tests")]

use store::{Keyring, Store, store_test};

store_test! {
    async fn the_same_name_has_the_same_pseudonym_whoever_asks_and_under_whichever_key(test: TestStore) {
        let (one, other) = tokio::join!(test.store.pseudonyms(), test.store.pseudonyms());
        let (one, other) = (one.unwrap(), other.unwrap());
        let ada = one.of("ada@nimbus.example");
        assert_eq!(other.of("ada@nimbus.example"), ada);
        assert_ne!(one.of("bob@nimbus.example"), ada);
        assert!(ada.starts_with("p-") && ada.len() == 14, "{ada}");
        let both = Keyring::parse(&format!("{}\n{}", "6b".repeat(32), "5a".repeat(32))).unwrap();
        let rotated = Store::open(&test.address, test.clock.clone(), both).await.unwrap();
        assert_eq!(rotated.reseal().await.unwrap(), 1);
        assert_eq!(rotated.pseudonyms().await.unwrap().of("ada@nimbus.example"), ada);
        rotated.close().await;
    }
}
