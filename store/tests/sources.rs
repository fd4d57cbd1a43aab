//! What sources counted, compared with the record, on both engines.
#![expect(clippy::unwrap_used, reason = "the macro that makes two tests of one body hides that these are tests")]

use domain::{
    Timestamp,
    access::AccessDraft,
    source_count::{HourCompared, HourCount},
};
use store::{CountedSources, NewAccess, NotCompared, store_test};

fn hour(clock: &str) -> Timestamp {
    Timestamp::parse(&format!("2026-02-01T{clock}:00Z")).unwrap()
}

fn access(customer: &str, source: &str, id: &str, clock: &str, corrects: Option<&str>) -> NewAccess {
    let draft: AccessDraft = serde_json::from_value(serde_json::json!({
        "id": id, "source": source, "corrects": corrects,
        "accessor": {"role": "Engineer", "employer": "Nimbus", "office_country": "IE"},
        "started_at": hour(clock).to_string(), "purpose": "service_operation", "justification": "Upkeep",
        "service": "Storage", "resources": [{"name": "records"}], "operations": ["read"],
        "approval": {"kind": "provider"}, "authentication": {"factors": ["passkey"]}
    }))
    .unwrap();
    let event = draft.check(Timestamp::parse("2026-03-01T00:00:00Z").unwrap()).unwrap();
    NewAccess { customer: customer.to_owned(), event }
}

store_test! {
    async fn what_a_source_counted_stands_beside_what_the_record_has_hour_by_hour(test: TestStore) {
        let acme = test.customer("acme").await;
        test.customer("zeta").await;
        let reporter = test.store.operator().reporter();
        reporter.record(vec![
            access("acme", "bastion", "a", "09:00", None),
            access("acme", "bastion", "b", "09:59", None),
            // Another access, another source's, another customer's, and a correction of one that counts already.
            access("acme", "bastion", "c", "10:00", None),
            access("acme", "cluster", "d", "09:30", None),
            access("zeta", "bastion", "e", "09:30", None),
            access("acme", "bastion", "f", "09:00", Some("a")),
        ]).await.unwrap();
        let counts = [("09:00", 3), ("10:00", 1), ("11:00", 0)];
        let counts = counts.map(|(clock, counted)| HourCount { hour: hour(clock), counted });
        assert_eq!(reporter.compare("nobody", "bastion", false, &counts).await.unwrap(), Err(NotCompared::NoCustomer));
        let compared = reporter.compare("acme", "bastion", false, &counts).await.unwrap().unwrap();
        let gap = HourCompared { hour: hour("09:00"), counted: 3, recorded: 2 };
        assert_eq!(compared.iter().map(|hour| hour.recorded).collect::<Vec<_>>(), [2, 1, 0]);
        assert_eq!(compared.iter().filter(|hour| hour.differs()).collect::<Vec<_>>(), [&gap]);

        let records = test.store.operator().records_of(&acme);
        let told = records.sources().await.unwrap();
        assert_eq!(told.sources.len(), 1);
        let source = &told.sources[0];
        assert_eq!((source.name.as_str(), source.hours, source.differing), ("bastion", 3, 1));
        assert_eq!((source.first, source.last, source.uncounted), (hour("09:00"), hour("11:00"), 0));
        assert_eq!(told.differing.len(), 1);
        assert_eq!((told.differing[0].now, told.differing[0].said.len()), (gap, 1));

        // An access that comes late is seen at once. That it was missing stays to be seen, also after comparing again.
        reporter.record(vec![access("acme", "bastion", "g", "09:40", None)]).await.unwrap();
        let late = records.sources().await.unwrap();
        assert_eq!((late.differing[0].now.recorded, late.sources[0].differing), (3, 0));
        reporter.compare("acme", "bastion", false, &counts).await.unwrap().unwrap();
        reporter.compare("acme", "bastion", false, &counts).await.unwrap().unwrap();
        let said = |told: &CountedSources| {
            told.differing[0].said.iter().map(|said| (said.counted, said.recorded)).collect::<Vec<_>>()
        };
        assert_eq!(said(&records.sources().await.unwrap()), [(3, 2), (3, 3)], "what is new is kept, once");
    }
}

store_test! {
    async fn a_count_that_is_made_smaller_later_stands_beside_what_it_was(test: TestStore) {
        let acme = test.customer("acme").await;
        let operator = test.store.operator();
        let reporter = operator.reporter();
        reporter.record(vec![access("acme", "bastion", "a", "09:00", None)]).await.unwrap();
        let count = |clock: &str, counted| HourCount { hour: hour(clock), counted };
        reporter.compare("acme", "bastion", false, &[count("09:00", 12), count("13:00", 0)]).await.unwrap().unwrap();
        reporter.compare("acme", "bastion", false, &[count("09:00", 1)]).await.unwrap().unwrap();
        let told = operator.records_of(&acme).sources().await.unwrap();
        let said = told.differing[0].said.iter().map(|said| said.counted).collect::<Vec<_>>();
        assert_eq!((said, told.sources[0].differing, told.sources[0].hours), (vec![12, 1], 0, 2));
        let uncounted = told.uncounted.iter().map(|of| (of.from, of.until)).collect::<Vec<_>>();
        assert_eq!((uncounted, told.sources[0].uncounted), (vec![(hour("10:00"), hour("13:00"))], 3));
        let typo = reporter.compare("acme", "bastoin", false, &[count("09:00", 1)]).await.unwrap();
        assert_eq!(typo, Err(NotCompared::UnknownSource));
        for name in ["", "a\u{202E}b", "a\tb"] {
            let wrong = reporter.compare("acme", name, true, &[count("09:00", 1)]).await.unwrap();
            assert!(matches!(wrong, Err(NotCompared::Field(_))), "{name:?}: {wrong:?}");
        }
        assert_eq!(operator.records_of(&acme).sources().await.unwrap().sources.len(), 1);
        reporter.compare("acme", "vault", true, &[count("09:00", 1)]).await.unwrap().unwrap();
        reporter.compare("acme", "vault", false, &[count("10:00", 1)]).await.unwrap().unwrap();
        for change in ["UPDATE source_count SET counted = 1", "DELETE FROM source_count"] {
            assert!(test.raw_of(&acme, change).await.is_err(), "{change}");
        }
    }
}
