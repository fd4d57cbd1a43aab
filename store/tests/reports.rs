//! The provider's own report, on both engines: drafted, published by a second person, never changed, and silent about
//! sealed demands.
#![expect(clippy::unwrap_used, reason = "the macro that makes two tests of one body hides that these are tests")]

use domain::{
    DemandId, StaffRole, Timestamp,
    demand::{Act, DemandDraft, OrderDraft},
    report::{BandOption, Blocked},
    statistics::{Figure, Half, StatisticsFilter},
};
use futures::TryStreamExt;
use serde_json::json;
use store::{
    LegalDesk, NewDraft, NewPerson, NotDrafted, NotPublishedReport, ReportDesk, store_test, testing::TestStore,
};

struct Cast {
    legal: LegalDesk,
    drafts: ReportDesk,
    publishes: ReportDesk,
}

async fn cast(test: &TestStore) -> Cast {
    let operator = test.store.operator();
    let mut ids = Vec::new();
    for (name, role) in [("Leila", StaffRole::Legal), ("Oskar", StaffRole::Publishing)] {
        let email = format!("{name}@nimbus.example");
        let person = NewPerson { email: &email, display_name: name, password: "correct horse battery staple" };
        ids.push(operator.create_staff(person, role).await.unwrap());
    }
    Cast {
        legal: operator.legal_desk(ids[0], "Leila").unwrap(),
        drafts: operator.report_desk(ids[0], "Leila", true),
        publishes: operator.report_desk(ids[1], "Oskar", false),
    }
}

fn at(test: &TestStore, time: &str) {
    test.clock.set(Timestamp::parse(time).unwrap());
}

fn half() -> Half {
    Half::parse("2025-H1").unwrap()
}

fn order() -> serde_json::Value {
    json!({ "issued_by": "District Court", "basis": "18 USC 2705(b)", "reference": "25-mj-7", "issued_on": "2025-05-01",
        "zone": "America/New_York", "end": { "ends": "on_date", "date": "2025-09-30" } })
}

/// Demands as they come in May 2025, each rejected at once.
async fn demands(test: &TestStore, legal: &LegalDesk, count: usize, changes: serde_json::Value) -> Vec<DemandId> {
    let mut ids = Vec::new();
    for number in 0..count {
        let mut draft = json!({
            "reference": format!("25-{number}"), "authority": "FBI", "country": "US", "process": "search_warrant",
            "received_at": "2025-05-02T10:00:00Z", "sought": ["content"], "description": "Fraud.",
            "identifiers": [{ "kind": "account", "value": format!("a-{number}") }],
        });
        draft.as_object_mut().unwrap().extend(changes.as_object().unwrap().clone());
        let intake = serde_json::from_value::<DemandDraft>(draft).unwrap().check(test.store.now()).unwrap();
        let named = intake.identifiers.clone();
        let id = legal.register(intake).await.unwrap().unwrap();
        let rejected = Act::Rejected { reason: "Not ours.".to_owned() };
        let nobodys = |identifier| Act::BelongsToNobody { identifier, reason: "Looked up.".to_owned() };
        for (revision, act) in (0..).zip(named.into_iter().map(nobodys).chain([rejected])) {
            legal.act(id, revision, act).await.unwrap().unwrap();
        }
        ids.push(id);
    }
    ids
}

fn new(errata: &str) -> NewDraft<'_> {
    let option = Some(BandOption::TwoHundredFifties);
    NewDraft { publisher: "Nimbus Cloud", half: half(), option, new_platform: false, errata }
}

async fn requests(test: &TestStore) -> Vec<(String, Figure)> {
    let filter = StatisticsFilter { publisher: Some("Nimbus Cloud".to_owned()), ..StatisticsFilter::default() };
    let rows: Vec<_> = test.store.statistics().export(filter).await.unwrap().try_collect().await.unwrap();
    let requests = rows.iter().filter(|(_, row)| row.metric.code() == "requests" && row.class.asks_for_disclosure());
    requests.map(|(_, row)| (row.jurisdiction.clone(), row.figure)).collect()
}

store_test! {
    async fn one_person_drafts_another_publishes_and_an_edition_is_never_changed(test: TestStore) {
        at(test, "2025-05-03T10:00:00Z");
        let cast = cast(test).await;
        demands(test, &cast.legal, 12, json!({})).await;
        demands(test, &cast.legal, 2, json!({ "country": "DE", "process": "domestic_warrant" })).await;
        demands(test, &cast.legal, 6, json!({ "country": "FR", "process": "domestic_court_order" })).await;
        let blocked = cast.drafts.draft(new("")).await.unwrap();
        assert_eq!(blocked, Err(NotDrafted::Blocked(Blocked::NotOver)));
        at(test, "2025-07-10T10:00:00Z");
        assert_eq!(cast.publishes.draft(new("")).await.unwrap(), Err(NotDrafted::NotLegal));
        let id = cast.drafts.draft(new("")).await.unwrap().unwrap();
        assert_eq!(cast.drafts.publish(id).await.unwrap(), Err(NotPublishedReport::SamePerson));
        let (for_legal, for_publishing) =
            (cast.drafts.draft_of(id).await.unwrap().unwrap(), cast.publishes.draft_of(id).await.unwrap().unwrap());
        assert!(for_legal.held.is_some() && for_publishing.held.is_none(), "held figures are the legal team's to see");
        assert_eq!(for_legal.edition, for_publishing.edition);
        assert!(test.store.editions().await.unwrap().is_empty());
        let edition = cast.publishes.publish(id).await.unwrap().unwrap();
        assert_eq!(cast.publishes.publish(id).await.unwrap(), Err(NotPublishedReport::NotFound));
        let kept = test.store.edition(half(), 1).await.unwrap().unwrap();
        assert_eq!(kept.edition, edition);
        assert_eq!(serde_json::to_string(&edition).unwrap(), kept.json);
        assert_eq!(edition.parts[0].tables.requests, Figure::Exact(20));
        assert_eq!(requests(test).await, [
            ("United States".to_owned(), Figure::Exact(12)),
            ("Other countries".to_owned(), Figure::Exact(8)),
        ], "two of Germany show only among others");
        for sql in ["UPDATE report_edition SET edition = ''", "DELETE FROM report_edition"] {
            assert!(test.raw(sql.to_owned()).await.is_err(), "{sql}");
        }
        for table in ["report_edition", "report_counted", "report_draft"] {
            let dump = test.dump(table).await.unwrap();
            assert!(!dump.contains("FBI") && !dump.contains("Fraud"), "{table}: {dump}");
        }
    }
}

store_test! {
    async fn a_later_edition_says_what_is_new_and_counts_what_came_late_in_lots(test: TestStore) {
        at(test, "2025-05-03T10:00:00Z");
        let cast = cast(test).await;
        demands(test, &cast.legal, 12, json!({})).await;
        demands(test, &cast.legal, 4, json!({ "order": order() })).await;
        at(test, "2025-07-10T10:00:00Z");
        let first = cast.drafts.draft(new("")).await.unwrap().unwrap();
        let first = cast.publishes.publish(first).await.unwrap().unwrap();
        assert_eq!(cast.drafts.draft(new(" ")).await.unwrap(), Err(NotDrafted::Blocked(Blocked::NoErrata)));
        at(test, "2026-01-10T10:00:00Z");
        let four = cast.drafts.draft(new("The first edition misspelt a name.")).await.unwrap().unwrap();
        let draft = cast.drafts.draft_of(four).await.unwrap().unwrap();
        assert_eq!((&draft.edition.parts, draft.held.unwrap().1), (&first.parts, 4), "four are too few to be added");
        demands(test, &cast.legal, 3, json!({})).await;
        let all = cast.drafts.draft(new("Seven demands are counted that could not be before.")).await.unwrap().unwrap();
        assert!(cast.drafts.draft_of(four).await.unwrap().is_none(), "a draft of the same half-year is replaced");
        let second = cast.publishes.publish(all).await.unwrap().unwrap();
        assert_eq!((second.number, &second.parts[0]), (2, &first.parts[0]), "what was published stands");
        assert_eq!(second.parts[1].tables.requests, Figure::Exact(7));
        assert_eq!(second.errata[0].text, "Seven demands are counted that could not be before.");
        assert_eq!(test.store.editions().await.unwrap().len(), 2);
        assert_eq!(test.store.edition(half(), 1).await.unwrap().unwrap().edition, first);
        let sum = requests(test).await.iter().map(|(_, figure)| figure.bounds().unwrap().0).sum::<u64>();
        assert_eq!(sum, 19, "the series shows the newest edition");
        at(test, "2026-07-10T10:00:00Z");
        let third = cast.drafts.draft(new("A word.")).await.unwrap().unwrap();
        let third = cast.publishes.publish(third).await.unwrap().unwrap();
        assert_eq!(third.parts, second.parts, "none is counted twice");
    }
}

store_test! {
    async fn an_edition_is_the_same_with_and_without_sealed_demands(test: TestStore) {
        at(test, "2025-05-03T10:00:00Z");
        let cast = cast(test).await;
        let open = demands(test, &cast.legal, 12, json!({})).await;
        at(test, "2025-07-10T10:00:00Z");
        let drafted = async || {
            let id = cast.drafts.draft(new("")).await.unwrap().unwrap();
            (id, serde_json::to_string(&cast.drafts.draft_of(id).await.unwrap().unwrap().edition).unwrap())
        };
        let (_, without) = drafted().await;
        demands(test, &cast.legal, 9, json!({ "order": order() })).await;
        demands(test, &cast.legal, 3, json!({ "order": order(), "country": "FR", "process": "domestic_warrant" })).await;
        demands(test, &cast.legal, 5, json!({ "process": "national_security_letter", "sought": ["traffic"] })).await;
        let (id, with) = drafted().await;
        assert_eq!(with, without, "not one byte");
        // One that was counted is sealed before the draft is published.
        let draft: OrderDraft = serde_json::from_value(order()).unwrap();
        let order = draft.check().unwrap();
        let revision = cast.legal.demand(open[0]).await.unwrap().unwrap().revision;
        cast.legal.act(open[0], revision, Act::OrderIssued { order }).await.unwrap().unwrap();
        assert_eq!(cast.publishes.publish(id).await.unwrap(), Err(NotPublishedReport::Changed));
        let (id, anew) = drafted().await;
        assert_ne!(anew, without);
        let edition = cast.publishes.publish(id).await.unwrap().unwrap();
        assert_eq!(edition.parts[0].tables.requests, Figure::Exact(11));
    }
}
