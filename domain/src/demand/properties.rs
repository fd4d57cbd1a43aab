//! What holds whatever is done about a demand.

use proptest::{prelude::*, strategy::ValueTree};
use serde_json::json;

use super::{
    tests::{self, ACME, GLOBEX, customer, draft, lawyer, next_answer, order_without_end},
    *,
};
use crate::notice::LawfulDemand;

/// So many hours after a demand was received, on a day on which every process there is applies.
fn hour(hours: i64) -> crate::Timestamp {
    tests::hour(180 * 24 + hours)
}

/// Some act, mostly the one that leads on to a disclosure, from three numbers.
fn some_act(stage: &Stage, (choice, variant, other): (u8, u8, u8)) -> Act {
    let case = stage.case();
    let reason = "Looked at.".to_owned();
    let kind = DataKind::ALL[usize::from(variant) % 4];
    let verdict = Verdict::ALL[usize::from(other) % 3];
    let identifier = case.identifiers().get(usize::from(other) % 2);
    let manifest = || {
        let customer = if other.is_multiple_of(5) { GLOBEX } else { ACME };
        let identifier = identifier.map_or("acme-7", |identifier| identifier.value.as_str());
        serde_json::from_value(json!({
            "items": [{ "customer": customer, "identifier": identifier, "kind": kind, "description": "Records.",
                "records": 3 }],
            "recipient": "Special Agent Doe", "means": "Encrypted",
        }))
        .unwrap()
    };
    let leading_on = || match (case.status(), next_answer(case)) {
        (Status::UnderReview, Some((item, verdict))) => Act::Answered { item, verdict, reason: reason.clone() },
        (_, Some((CheckItem::NonDisclosureOrder, verdict))) => {
            Act::Answered { item: CheckItem::NonDisclosureOrder, verdict, reason: reason.clone() }
        }
        (_, None) if case.unresolved().is_some() => {
            let identifier = case.unresolved().unwrap().clone();
            Act::BelongsToNobody { identifier, reason: reason.clone() }
        }
        (Status::UnderReview, None) if case.is_emergency() && case.danger().is_none() => {
            Act::DangerRecorded { danger: reason.clone() }
        }
        (Status::UnderReview, None) => Act::ReviewFinished,
        (Status::Reviewed, _) => Act::Proposed { manifest: manifest() },
        (Status::Proposed | Status::AwaitingSecondSignOff, _) => Act::SignedOff { reason: reason.clone() },
        _ => Act::Disclosed,
    };
    match choice {
        0 => Act::Answered { item: CheckItem::ALL[usize::from(variant) % 11], verdict, reason },
        1 => Act::Proposed { manifest: manifest() },
        2 => Act::SignedOff { reason },
        3 => Act::Disclosed,
        4 => Act::Reopened { reason },
        5 => {
            let identifiers = draft(json!({})).check(hour(0)).unwrap().identifiers;
            Act::Narrowed {
                sought: case.sought().iter().take(1 + usize::from(variant) % 3).collect(),
                identifiers,
                reason,
            }
        }
        6 => match identifier {
            Some(identifier) => {
                let customers = vec![customer(if variant.is_multiple_of(3) { GLOBEX } else { ACME })];
                Act::Resolved { identifier: Identifier { customers, ..identifier.clone() } }
            }
            None => Act::ReviewFinished,
        },
        7 if variant.is_multiple_of(3) => Act::Challenged { grounds: reason },
        7 => Act::ChallengeDecided { outcome: ChallengeOutcome::ALL[usize::from(other) % 4], reason },
        8 => Act::RedirectAttempted { how: reason },
        9 if variant.is_multiple_of(2) => Act::OrderIssued { order: order_without_end() },
        9 => Act::OrderEnded { order: usize::from(other) % 2, how: OrderEnding::Lifted, reason },
        10 if variant.is_multiple_of(4) => Act::Preserved,
        10 if variant.is_multiple_of(3) => Act::Rejected { reason },
        _ => leading_on(),
    }
}

/// The processes that the law lets content be disclosed under, written apart from what the code says.
const FOR_CONTENT: [&str; 9] = [
    "search_warrant",
    "wiretap_order",
    "emergency_request",
    "fisa_content_order",
    "cloud_act_order",
    "eu_production_order_of_judge",
    "domestic_court_order",
    "domestic_warrant",
    "domestic_emergency_request",
];
const FOR_NOTHING: [&str; 4] = ["preservation_request", "eu_preservation_order", "mutual_legal_assistance", "informal"];

fn some_intake() -> impl Strategy<Value = Intake> {
    const VALUES: &[&str] = &["acme-7", "*", "", "all users", "globex-1"];
    let identifiers = prop::collection::vec((prop::sample::select(VALUES), any::<bool>()), 0..3);
    let process = prop::sample::select(LegalProcess::ALL);
    (process, 1u8..16, identifiers, any::<bool>()).prop_map(|(process, kinds, identifiers, emergency)| {
        let country = match process.jurisdiction() {
            Jurisdiction::Us => "US",
            Jurisdiction::Eu => "DE",
            Jurisdiction::Other => "GB",
        };
        let sought = DataKind::ALL.iter().filter(|kind| kinds & (1 << **kind as u8) != 0).collect::<Vec<_>>();
        let identifiers = identifiers.iter().map(|(value, known)| {
            let customers = if *known { vec![ACME] } else { Vec::new() };
            json!({ "kind": "account", "value": value, "customers": customers })
        });
        let changes = json!({ "process": process, "country": country, "sought": sought, "emergency": emergency,
            "received_at": hour(0).to_string(), "identifiers": identifiers.collect::<Vec<_>>() });
        draft(changes).check(hour(0)).unwrap()
    })
}

/// Does these acts as far as they are allowed.
fn walk(intake: Intake, acts: &[(u8, u8, u8, bool)]) -> Stage {
    let mut stage = Stage::from(Demand::open(intake, &lawyer(1), hour(0)).unwrap().1);
    for (place, (choice, variant, other, second)) in acts.iter().enumerate() {
        let act = some_act(&stage, (*choice, *variant, *other));
        let now = hour(i64::try_from(place).unwrap());
        if let Ok((_, next)) = stage.clone().act(act, &lawyer(if *second { 2 } else { 1 }), now) {
            stage = next;
        }
        let owed = stage.case().notice_due(now);
        // No order of a walk has a date: each binds until it is said to have ended.
        if stage.case().orders().iter().any(|record| record.ended.is_none()) {
            assert_eq!(owed, [], "a sealed demand is told to nobody");
            assert_eq!(LawfulDemand::of(stage.case(), customer(ACME), now), None);
        }
        if let Some(owed) = owed.first() {
            stage = stage.notified(owed.about, vec![owed.customer], now).unwrap().1;
        }
    }
    stage
}

fn some_acts() -> impl Strategy<Value = Vec<(u8, u8, u8, bool)>> {
    prop::collection::vec((0u8..40, any::<u8>(), any::<u8>(), any::<bool>()), 0..60)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(500))]

    #[test]
    fn no_sequence_of_acts_discloses_without_process_named_identifiers_and_two_signers(
        intake in some_intake(), acts in some_acts()
    ) {
        let stage = walk(intake, &acts);
        let case = stage.case();
        let disclosed = case.outcome().is_some_and(Outcome::is_disclosure);
        prop_assert_eq!(case.disclosure().is_some(), disclosed);
        if let Some(disclosure) = case.disclosure() {
            let process = case.process().code();
            prop_assert!(!FOR_NOTHING.contains(&process));
            for item in disclosure.manifest().items() {
                prop_assert!(!item.kind.is_content() || FOR_CONTENT.contains(&process), "content under {}", process);
                prop_assert!(case.intake().sought.contains(item.kind));
                prop_assert!(case.process().compels().contains(item.kind), "{:?} under {}", item.kind, process);
                prop_assert!(["acme-7", "globex-1"].contains(&item.identifier.as_str()));
                prop_assert!([customer(ACME), customer(GLOBEX)].contains(&item.customer));
            }
            prop_assert!(case.identifiers().iter().all(|named| ["acme-7", "globex-1"].contains(&named.value.as_str())));
            let [first, second] = disclosure.sign_offs();
            prop_assert_ne!(first.by(), second.by());
            // An order may come after the disclosure, and is then looked at anew.
            let answered = |item: &CheckItem| case.checklist().answer(*item).is_some();
            prop_assert!(CheckItem::ALL.iter().all(|item| *item == CheckItem::NonDisclosureOrder || answered(item)));
            prop_assert!(!case.is_emergency() || case.danger().is_some());
        }
    }

    #[test]
    fn no_demand_ends_before_somebody_said_whose_each_identifier_is(intake in some_intake(), acts in some_acts()) {
        let stage = walk(intake, &acts);
        let case = stage.case();
        let said = |named: &Identifier| {
            let word = |act: &DemandAct| match &act.act {
                Act::Resolved { identifier } | Act::BelongsToNobody { identifier, .. } => identifier.names_same(named),
                _ => false,
            };
            !named.customers.is_empty() || case.acts().iter().any(word)
        };
        let specific = |named: &&Identifier| ["acme-7", "globex-1"].contains(&named.value.as_str());
        prop_assert!(case.is_open() || case.intake().identifiers.iter().filter(specific).all(said));
    }

    #[test]
    fn a_register_that_is_kept_and_replayed_makes_the_same_demand(intake in some_intake(), acts in some_acts()) {
        let stage = walk(intake, &acts);
        let kept = serde_json::to_string(stage.case().acts()).unwrap();
        let read = serde_json::from_str::<Vec<DemandAct>>(&kept).unwrap();
        prop_assert_eq!(&read, stage.case().acts());
        prop_assert_eq!(Stage::replay(&read), Ok(stage));
    }
}

#[test]
fn the_walks_that_the_properties_take_reach_disclosures() {
    let mut runner = proptest::test_runner::TestRunner::deterministic();
    let strategy = (some_intake(), some_acts());
    let mut disclosures = 0;
    for _ in 0..300 {
        let (intake, acts) = strategy.new_tree(&mut runner).unwrap().current();
        disclosures += usize::from(walk(intake, &acts).case().disclosure().is_some());
    }
    assert!(disclosures >= 10, "{disclosures}");
}
