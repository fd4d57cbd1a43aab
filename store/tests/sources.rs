//! What sources counted, compared with the record, on both engines.
#![expect(clippy::unwrap_used, reason = "the macro that makes two tests of one body hides that these are tests")]

use domain::{
    Timestamp,
    access::AccessDraft,
    source_count::{HourCompared, HourCount},
};
use store::{NewAccess, store_test};

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
        assert_eq!(reporter.compare("nobody", "bastion", &counts).await.unwrap(), None);
        let compared = reporter.compare("acme", "bastion", &counts).await.unwrap().unwrap();
        let gap = HourCompared { hour: hour("09:00"), counted: 3, recorded: 2 };
        assert_eq!(compared.iter().map(|hour| hour.recorded).collect::<Vec<_>>(), [2, 1, 0]);
        assert_eq!(compared.iter().filter(|hour| hour.differs()).collect::<Vec<_>>(), [&gap]);

        let records = test.store.operator().records_of(&acme);
        let told = records.sources().await.unwrap();
        assert_eq!(told.sources.len(), 1);
        let source = &told.sources[0];
        assert_eq!((source.name.as_str(), source.hours, source.differing), ("bastion", 3, 1));
        assert_eq!((source.first, source.end), (hour("09:00"), hour("12:00")));
        assert_eq!((told.differing[0].compared, told.differing[0].recorded_now), (gap, 2));

        // An access that comes late is seen at once; comparing again forgets that it was missing.
        reporter.record(vec![access("acme", "bastion", "g", "09:40", None)]).await.unwrap();
        assert_eq!(records.sources().await.unwrap().differing[0].recorded_now, 3);
        reporter.compare("acme", "bastion", &counts).await.unwrap();
        assert_eq!(records.sources().await.unwrap().differing, []);
    }
}
