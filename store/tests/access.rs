//! The access record on both engines.
#![expect(clippy::unwrap_used, reason = "the macro that makes two tests of one body hides that these are tests")]

use std::collections::BTreeSet;

use domain::{
    Operation, Place, Purpose, Timestamp,
    access::{AccessDraft, AccessEvent},
    filter::{AccessFilter, AccessView, Page},
};
use futures::TryStreamExt;
use store::{
    Corrections, CustomerAccess, Engine, NewAccess, Outcome, Receipt, StoredRecord, store_test, testing::TestStore,
};

fn event(id: &str, change: serde_json::Value) -> AccessEvent {
    let mut value = serde_json::json!({
        "id": id, "accessor": {"role": "Support engineer", "employer": "Nimbus Cloud", "office_country": "IE"},
        "started_at": "2026-02-01T11:00:00Z", "purpose": "customer_requested_support",
        "justification": "Restore of a deleted folder", "service": "Object Storage",
        "resources": [{"type": "bucket", "name": "records"}], "operations": ["read"],
        "approval": {"kind": "customer"}, "authentication": {"factors": ["passkey"]}
    });
    if let (Some(value), serde_json::Value::Object(change)) = (value.as_object_mut(), change) {
        value.extend(change);
    }
    let draft: AccessDraft = serde_json::from_value(value).unwrap();
    draft.check(Timestamp::parse("2026-03-01T12:00:00Z").unwrap()).unwrap()
}

fn to(customer: &str, event: AccessEvent) -> NewAccess {
    NewAccess { customer: customer.to_owned(), event }
}

async fn record(test: &TestStore, accesses: Vec<NewAccess>) -> Vec<Outcome> {
    test.store.operator().reporter().record(accesses).await.unwrap()
}

fn receipt(outcome: &Outcome) -> &Receipt {
    match outcome {
        Outcome::Stored(receipt) | Outcome::Repeated(receipt) => receipt,
        other => panic!("no receipt: {other:?}"),
    }
}

store_test! {
    async fn each_access_gets_the_next_place_of_its_customer(test: TestStore) {
        test.customer("acme").await;
        test.customer("zeta").await;
        let outcomes = record(test, vec![
            to("zeta", event("a", serde_json::json!({}))),
            to("acme", event("b", serde_json::json!({}))),
            to("zeta", event("c", serde_json::json!({}))),
        ]).await;
        let places = outcomes.iter().map(|outcome| receipt(outcome).sequence).collect::<Vec<_>>();
        assert_eq!(places, [0, 0, 1]);
        let later = record(test, vec![to("zeta", event("d", serde_json::json!({})))]).await;
        assert_eq!(receipt(&later[0]).sequence, 2);
    }
}

store_test! {
    async fn the_same_event_again_gives_the_same_receipt_and_stores_nothing(test: TestStore) {
        let customer = test.customer("acme").await;
        let first = record(test, vec![to("acme", event("a", serde_json::json!({})))]).await;
        test.clock.set(Timestamp::parse("2026-03-01T13:00:00Z").unwrap());
        let again = record(test, vec![to("acme", event("a", serde_json::json!({})))]).await;
        assert_eq!(again, [Outcome::Repeated(receipt(&first[0]).clone())]);
        assert_eq!(test.store.operator().records_of(&customer).size().await.unwrap(), 1);
    }
}

store_test! {
    async fn within_one_batch_a_repeat_is_a_repeat_and_a_conflict_a_conflict(test: TestStore) {
        test.customer("acme").await;
        let outcomes = record(test, vec![
            to("acme", event("a", serde_json::json!({}))),
            to("acme", event("a", serde_json::json!({}))),
            to("acme", event("a", serde_json::json!({"justification": "Something else"}))),
        ]).await;
        assert_eq!(outcomes[1], Outcome::Repeated(receipt(&outcomes[0]).clone()));
        assert_eq!(outcomes[2], Outcome::Conflict { sequence: 0 });
    }
}

store_test! {
    async fn the_same_id_with_other_content_is_a_conflict(test: TestStore) {
        test.customer("acme").await;
        record(test, vec![to("acme", event("a", serde_json::json!({})))]).await;
        let changed = event("a", serde_json::json!({"justification": "Something else"}));
        assert_eq!(record(test, vec![to("acme", changed)]).await, [Outcome::Conflict { sequence: 0 }]);
    }
}

store_test! {
    async fn two_customers_and_two_sources_may_use_the_same_id(test: TestStore) {
        test.customer("acme").await;
        test.customer("zeta").await;
        let outcomes = record(test, vec![
            to("acme", event("a", serde_json::json!({}))),
            to("zeta", event("a", serde_json::json!({}))),
            to("acme", event("a", serde_json::json!({"source": "bastion"}))),
        ]).await;
        assert!(outcomes.iter().all(|outcome| matches!(outcome, Outcome::Stored(_))), "{outcomes:?}");
    }
}

store_test! {
    async fn an_access_of_nobodys_is_refused_and_the_others_are_stored(test: TestStore) {
        test.customer("acme").await;
        let outcomes = record(test, vec![
            to("nobody", event("a", serde_json::json!({}))),
            to("acme", event("b", serde_json::json!({}))),
        ]).await;
        assert_eq!(outcomes[0], Outcome::UnknownCustomer);
        assert_eq!(receipt(&outcomes[1]).sequence, 0);
    }
}

store_test! {
    async fn a_correction_names_the_record_it_corrects_and_changes_nothing_in_it(test: TestStore) {
        let customer = test.customer("acme").await;
        let outcomes = record(test, vec![
            to("acme", event("a", serde_json::json!({}))),
            to("acme", event("b", serde_json::json!({"corrects": "a", "justification": "The case was another one"}))),
            to("acme", event("c", serde_json::json!({"corrects": "never seen"}))),
        ]).await;
        assert_eq!(outcomes[2], Outcome::UnknownCorrected);
        let records = test.store.operator().records_of(&customer);
        let old = records.record(0).await.unwrap().unwrap();
        assert_eq!((old.corrected_by, old.corrects), (Some(1), None));
        assert_eq!(old.event.justification.as_deref().unwrap(), "Restore of a deleted folder");
        assert_eq!(records.record(1).await.unwrap().unwrap().corrects, Some(0));
    }
}

store_test! {
    async fn writers_at_once_leave_no_gap(test: TestStore) {
        let customer = test.customer("acme").await;
        let writers = (0..8).map(|writer| {
            let reporter = test.store.operator().reporter();
            tokio::spawn(async move {
                for batch in 0..5 {
                    let accesses = (0..7)
                        .map(|n| to("acme", event(&format!("{writer}-{batch}-{n}"), serde_json::json!({}))))
                        .collect();
                    reporter.record(accesses).await.unwrap();
                }
            })
        });
        futures::future::try_join_all(writers).await.unwrap();
        let records = test.store.operator().records_of(&customer);
        assert_eq!(records.size().await.unwrap(), 280);
        let all = exported(&records, AccessFilter::default()).await;
        let places = all.iter().map(|record| record.read().unwrap().sequence).collect::<BTreeSet<_>>();
        assert_eq!(places, (0..280).collect());
    }
}

store_test! {
    async fn the_leaf_hash_commits_to_the_record_and_its_place(test: TestStore) {
        let customer = test.customer("acme").await;
        let outcomes = record(test, vec![to("acme", event("a", serde_json::json!({})))]).await;
        let secrets = test.store.operator().records_of(&customer).leaf_parts(0).await.unwrap().unwrap();
        let event = test.store.operator().records_of(&customer).record(0).await.unwrap().unwrap().event;
        let commitment = ledger::Commitment::new(&secrets.salt, &event.canonical_bytes().unwrap());
        let envelope = ledger::Envelope { log: secrets.log.0, sequence: 0, commitment };
        assert_eq!(hex::encode(envelope.leaf_hash().0), receipt(&outcomes[0]).leaf_hash);
    }
}

store_test! {
    async fn the_database_refuses_to_change_or_delete_a_record(test: TestStore) {
        let customer = test.customer("acme").await;
        record(test, vec![to("acme", event("a", serde_json::json!({})))]).await;
        let replace = [
            "INSERT OR REPLACE INTO access_record SELECT * FROM access_record",
            "INSERT OR REPLACE INTO access_leaf SELECT * FROM access_leaf",
        ];
        let changes = [
            "UPDATE access_record SET service = 'other'",
            "DELETE FROM access_record",
            "UPDATE access_leaf SET sequence = 7",
            "DELETE FROM access_leaf",
        ];
        let replace = replace.into_iter().filter(|_| test.store.engine() == Engine::Sqlite);
        for sql in changes.into_iter().chain(replace) {
            let refusal = test.raw_of(&customer, sql).await.unwrap_err().to_string();
            assert!(refusal.contains("never") || refusal.contains("append-only"), "{sql}: {refusal}");
        }
    }
}

async fn exported(records: &CustomerAccess, filter: AccessFilter) -> Vec<StoredRecord> {
    records.clone().export(filter, Corrections::Told).try_concat().await.unwrap()
}

/// Accesses that differ in everything that a filter looks at.
fn varied(count: usize) -> Vec<AccessEvent> {
    let countries = ["IE", "NA", "EUR", "not_stated"];
    let services = ["Object Storage", "Databases", "Mail & Calendar"];
    (0..count)
        .map(|n| {
            let change = serde_json::json!({
                "started_at": format!("2026-0{}-{:02}T{:02}:00:00Z", 1 + n % 2, 1 + n % 28, n % 24),
                "purpose": Purpose::ALL[n % Purpose::ALL.len()].code(),
                "service": services[n % services.len()],
                "operations": [Operation::acts().nth(n % Operation::acts().count()).unwrap().code(), "read"],
                "accessor": {"role": "SRE", "employer": "Nimbus Cloud", "office_country": countries[n % 4],
                             "physical_country": countries[n / 2 % 4]},
                "justification": if n % 3 == 0 { "Backup of Zürich’s e-mail failed" } else { "Disk nearly full" },
                "resources": [{"name": format!("//storage/buckets/acme-{}/objects/{n}.parquet", n % 5)}]
            });
            event(&format!("e{n}"), change)
        })
        .collect()
}

store_test! {
    async fn every_filter_leaves_in_what_its_rule_says(test: TestStore) {
        let customer = test.customer("acme").await;
        let other = test.customer("zeta").await;
        let events = varied(90);
        record(test, events.iter().cloned().map(|event| to("acme", event)).collect()).await;
        record(test, vec![to("zeta", events[0].clone())]).await;
        let records = test.store.operator().records_of(&customer);
        for query in [
            "", "from=2026-01-10", "to=2026-01-10", "from=2026-01-05&to=2026-02-02",
            "from=2026-01-10&to=2026-01-10&zone=Asia%2FTokyo", "purpose=legal_demand", "country=NA",
            "country=EUR", "country=not_stated", "service=Mail+%26+Calendar", "operation=delete", "operation=read",
            "q=backup", "q=zürich", "q=ZUR", "q=E-Mail+failed", "q=acme-3", "q=parquet&purpose=service_operation",
            "q=7.parquet", "q=%22%29+OR+1", "q=nothing+such", "q=%21%21",
        ] {
            let (view, problems) = AccessView::from_query(query);
            assert_eq!(problems, []);
            let found = exported(&records, view.filter.clone()).await;
            let found = found.iter().map(|record| record.read().unwrap().event.id.as_ref().to_owned())
                .collect::<BTreeSet<_>>();
            let expected = events.iter().filter(|event| view.filter.admits(event))
                .map(|event| event.id.clone()).collect::<BTreeSet<_>>();
            let no_words = view.filter.words.as_ref().is_some_and(|words| domain::SearchText::new([words.as_str()]).is_empty());
            assert_eq!(found, if no_words { BTreeSet::new() } else { expected }, "{query}");
        }
        let theirs = exported(&test.store.operator().records_of(&other), AccessFilter::default()).await;
        assert_eq!(theirs.len(), 1);
    }
}

store_test! {
    async fn search_never_finds_another_customers_records(test: TestStore) {
        test.customer("acme").await;
        let other = test.customer("zeta").await;
        record(test, vec![to("acme", event("a", serde_json::json!({"justification": "pelican"})))]).await;
        record(test, vec![to("zeta", event("b", serde_json::json!({})))]).await;
        let filter = AccessFilter { words: Some("pelican".to_owned()), ..AccessFilter::default() };
        assert_eq!(exported(&test.store.operator().records_of(&other), filter).await.len(), 0);
    }
}

store_test! {
    async fn pages_walk_the_whole_record_forth_and_back(test: TestStore) {
        let customer = test.customer("acme").await;
        record(test, varied(120).into_iter().map(|event| to("acme", event)).collect()).await;
        let records = test.store.operator().records_of(&customer);
        let mut view = AccessView::default();
        let mut pages = Vec::new();
        loop {
            let page = records.page(&view).await.unwrap();
            let older = page.older;
            pages.push(page);
            match older {
                Some(position) => view.page = Page::Older(position),
                None => break,
            }
        }
        assert_eq!(pages.iter().map(|page| page.records.len()).collect::<Vec<_>>(), [50, 50, 20]);
        let walked = pages.iter().flat_map(|page| &page.records).map(|r| (r.event.started_at, r.sequence)).collect::<Vec<_>>();
        assert!(walked.is_sorted_by(|a, b| a > b));
        assert_eq!(pages[0].newer, None);
        let back = records.page(&AccessView { page: Page::Newer(pages[2].newer.unwrap()), ..view }).await.unwrap();
        assert_eq!(back.records, pages[1].records);
        let first = records.page(&AccessView { page: Page::Newer(back.newer.unwrap()), ..AccessView::default() }).await.unwrap();
        assert_eq!(first.records, pages[0].records);
        assert_eq!(first.newer, None);
    }
}

store_test! {
    async fn the_overview_counts_the_last_days(test: TestStore) {
        let customer = test.customer("acme").await;
        record(test, vec![
            to("acme", event("a", serde_json::json!({"started_at": "2026-03-01T00:00:00Z"}))),
            to("acme", event("b", serde_json::json!({"started_at": "2026-02-28T23:59:59Z"}))),
            to("acme", event("c", serde_json::json!({"started_at": "2026-02-28T10:00:00Z", "purpose": "production_alert"}))),
            to("acme", event("d", serde_json::json!({"started_at": "2025-02-28T10:00:00Z"}))),
        ]).await;
        let today = Timestamp::parse("2026-03-01T12:00:00Z").unwrap().day();
        let overview = test.store.operator().records_of(&customer).overview(today, 30).await.unwrap();
        assert_eq!(overview.total, 4);
        assert_eq!(overview.days.len(), 30);
        assert_eq!(overview.days[28..].iter().map(|(_, count)| *count).collect::<Vec<_>>(), [2, 1]);
        assert_eq!(overview.purposes[0].purpose, Purpose::CustomerRequestedSupport);
        assert_eq!(overview.purposes[0].accesses, 2);
        assert_eq!(overview.countries, [(Place::parse("IE").unwrap(), 3)]);
        let list = test.store.operator().records_of(&customer).list(&AccessView::default()).await.unwrap();
        assert_eq!(list.choices.services, ["Object Storage"]);
        assert_eq!((list.size, list.page.records.len()), (4, 4));
    }
}

store_test! {
    async fn whoever_listens_hears_of_an_access_that_another_process_stored(test: TestStore) {
        test.customer("acme").await;
        let mut changes = test.store.listen().await.unwrap().subscribe();
        let other = store::Store::open(&test.address, test.clock.clone(), store::testing::test_keys()).await.unwrap();
        other.operator().reporter().record(vec![to("acme", event("a", serde_json::json!({})))]).await.unwrap();
        tokio::time::timeout(std::time::Duration::from_secs(5), changes.recv()).await.unwrap().unwrap();
        other.close().await;
    }
}
