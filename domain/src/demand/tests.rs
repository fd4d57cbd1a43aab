use serde_json::json;

use super::*;
use crate::{CustomerId, MemberRole, PersonId, Role, StaffRole, Timestamp};

pub const ACME: &str = "018f0000-0000-7000-8000-00000000000a";
pub const GLOBEX: &str = "018f0000-0000-7000-8000-00000000000b";

fn time(text: &str) -> Timestamp {
    Timestamp::parse(text).unwrap()
}

/// So many hours after the demand was received.
pub fn hour(hours: i64) -> Timestamp {
    time("2026-03-01T10:00:00Z").plus(chrono::TimeDelta::hours(hours))
}

pub fn customer(id: &str) -> CustomerId {
    id.parse().unwrap()
}

pub fn lawyer(number: u128) -> LegalReviewer {
    let role = Role::Staff(StaffRole::Legal);
    LegalReviewer::new(role, PersonId(uuid::Uuid::from_u128(number)), &format!("Lawyer {number}")).unwrap()
}

pub fn draft(changes: serde_json::Value) -> DemandDraft {
    let mut draft = json!({
        "reference": "26-gj-7", "authority": "FBI", "country": "US", "process": "search_warrant",
        "received_at": "2026-03-01T10:00:00Z", "sought": ["subscriber", "content"], "description": "Fraud.",
        "identifiers": [{ "kind": "account", "value": "acme-7", "customers": [ACME] }],
    });
    draft.as_object_mut().unwrap().extend(changes.as_object().unwrap().clone());
    serde_json::from_value(draft).unwrap()
}

pub fn order_until(zone: &str, date: &str) -> serde_json::Value {
    json!({ "issued_by": "District Court", "basis": "18 USC 2705(b)", "reference": "26-mj-7",
        "issued_on": "2026-02-27", "zone": zone, "end": { "ends": "on_date", "date": date } })
}

pub fn order_without_end() -> NonDisclosureOrder {
    let mut order = order_until("UTC", "");
    order["end"] = json!({ "ends": "indefinite", "review_on": "2026-09-01" });
    serde_json::from_value::<OrderDraft>(order).unwrap().check().unwrap()
}

pub fn open(changes: serde_json::Value) -> Demand<UnderReview> {
    opened(changes, hour(0))
}

fn opened(changes: serde_json::Value, now: Timestamp) -> Demand<UnderReview> {
    let intake = draft(changes).check(now).unwrap();
    Demand::open(intake, &lawyer(1), now).unwrap().1
}

/// The hour of a day on which the e-Evidence Regulation applies.
const EUROPEAN: i64 = 180 * 24;

pub fn manifest(kind: &str) -> ManifestDraft {
    serde_json::from_value(json!({
        "items": [{ "customer": ACME, "identifier": "acme-7", "kind": kind, "description": "Mail of May.", "records": "12" }],
        "recipient": "Special Agent Doe", "means": "Encrypted to the agent’s key",
    }))
    .unwrap()
}

/// The most favourable answer that the facts allow to the next item.
pub fn next_answer(case: &Case) -> Option<(CheckItem, Verdict)> {
    let item = case.checklist().next()?;
    let allowed = |verdict: &&Verdict| case.check_answer(item, **verdict).is_ok();
    let verdicts = [Verdict::Met, Verdict::NotApplicable, Verdict::NotMet];
    Some((item, *verdicts.iter().find(allowed)?))
}

fn answered(mut demand: Demand<UnderReview>) -> Demand<UnderReview> {
    while let Some((item, verdict)) = next_answer(demand.case()) {
        demand = demand.answer(item, verdict, "Looked at.", &lawyer(1), hour(1)).unwrap().1;
    }
    demand
}

pub fn reviewed(demand: Demand<UnderReview>) -> Demand<Reviewed> {
    answered(demand).finish_review(&lawyer(1), hour(1)).unwrap().1
}

pub fn approved(demand: Demand<Reviewed>, kind: &str) -> Demand<Approved> {
    let (_, demand) = demand.propose(&manifest(kind), &lawyer(1), hour(2)).unwrap();
    let (_, demand) = demand.sign("Right.", &lawyer(1), hour(3)).unwrap();
    let (_, demand) = demand.sign("Right.", &lawyer(2), hour(4)).unwrap();
    let owed = demand.case().notice_due(hour(4)).iter().map(|owed| owed.customer).collect::<Vec<_>>();
    if owed.is_empty() { demand } else { demand.notified(NoticeAbout::Demand, owed, hour(4)).unwrap().1 }
}

#[test]
fn nothing_is_disclosed_before_the_customer_was_told_unless_an_order_bars_it() {
    let sign = |demand: Demand<UnderReview>| {
        let (_, demand) = reviewed(demand).propose(&manifest("content"), &lawyer(1), hour(2)).unwrap();
        let (_, demand) = demand.sign("Right.", &lawyer(1), hour(3)).unwrap();
        demand.sign("Right.", &lawyer(2), hour(4)).unwrap().1
    };
    assert_eq!(sign(open(json!({}))).disclose(&lawyer(1), hour(5)), Err(Refusal::CustomerNotTold));
    let sealed = json!({ "order": order_until("UTC", "2026-03-10") });
    assert!(sign(open(sealed)).disclose(&lawyer(1), hour(5)).is_ok());
}

#[test]
fn a_reviewed_demand_is_disclosed_when_two_people_have_signed() {
    let demand = approved(reviewed(open(json!({}))), "content");
    let (_, demand) = demand.disclose(&lawyer(2), hour(5)).unwrap();
    let case = demand.case();
    assert_eq!(case.outcome(), Some(Outcome::ContentDisclosed));
    assert_eq!(case.withheld().unwrap().labels(), "Subscriber data");
    assert_eq!(case.disclosure().unwrap().sign_offs().each_ref().map(SignOff::by_name), ["Lawyer 1", "Lawyer 2"]);
    let (_, demand) = demand.close(&lawyer(1), hour(6)).unwrap();
    assert_eq!(demand.case().status(), Status::Closed);
}

#[test]
fn who_signed_first_cannot_sign_second() {
    let (_, demand) = reviewed(open(json!({}))).propose(&manifest("content"), &lawyer(2), hour(2)).unwrap();
    let (_, demand) = demand.sign("Right.", &lawyer(1), hour(3)).unwrap();
    assert_eq!(demand.sign("Right.", &lawyer(1), hour(4)), Err(Refusal::SameSigner));
}

#[test]
fn only_the_legal_role_reviews() {
    for role in [StaffRole::Operations, StaffRole::Publishing, StaffRole::Administrator].map(Role::Staff) {
        assert_eq!(LegalReviewer::new(role, lawyer(1).person(), "Ada"), None);
    }
    assert_eq!(LegalReviewer::new(Role::Member(MemberRole::Owner), lawyer(1).person(), "Ada"), None);
}

#[test]
fn the_review_goes_in_order_and_says_why() {
    let demand = open(json!({}));
    let served = demand.clone().answer(CheckItem::Served, Verdict::Met, "By mail.", &lawyer(1), hour(1));
    assert_eq!(served, Err(Refusal::Unanswered(CheckItem::Authentic)));
    assert_eq!(
        demand.clone().answer(CheckItem::Authentic, Verdict::Met, " ", &lawyer(1), hour(1)),
        Err(Refusal::NoReason)
    );
    assert_eq!(demand.finish_review(&lawyer(1), hour(1)), Err(Refusal::Unanswered(CheckItem::Authentic)));
}

#[test]
fn a_subpoena_yields_no_content_whatever_it_says() {
    let demand = open(json!({ "process": "subpoena" }));
    let (items, _) = CheckItem::ALL.split_at(CheckItem::ProcessSuffices as usize);
    let demand = items
        .iter()
        .fold(demand, |demand, item| demand.answer(*item, Verdict::Met, "Yes.", &lawyer(1), hour(1)).unwrap().1);
    let ticked = demand.clone().answer(CheckItem::ProcessSuffices, Verdict::Met, "Yes.", &lawyer(1), hour(1));
    let refusal = ticked.unwrap_err().to_string();
    assert_eq!(
        refusal,
        "“The process suffices for each kind of data” can’t be answered like this: “Subpoena” (18 USC 2703(c)(2)) \
         doesn’t compel: Content."
    );
    let refusal = reviewed(demand.clone()).propose(&manifest("subscriber"), &lawyer(1), hour(2)).unwrap_err();
    assert_eq!(refusal, Refusal::Unmet(CheckItem::ProcessSuffices));
    // Narrowed to what it compels, it is answered; content still isn't.
    let sought = [DataKind::Subscriber].into_iter().collect();
    let same = demand.case().identifiers().to_vec();
    let (_, demand) = demand.narrow(sought, same, "The authority agreed.", &lawyer(1), hour(1)).unwrap();
    let demand = reviewed(demand);
    assert!(matches!(demand.clone().propose(&manifest("content"), &lawyer(1), hour(2)), Err(Refusal::Manifest(_))));
    assert!(demand.propose(&manifest("subscriber"), &lawyer(1), hour(2)).is_ok());
}

#[test]
fn a_blanket_demand_is_rejected_or_narrowed() {
    for identifiers in [json!([]), json!([{ "kind": "account", "value": "*", "customers": [ACME] }])] {
        let demand = open(json!({ "identifiers": identifiers }));
        let refusal = reviewed(demand.clone()).propose(&manifest("content"), &lawyer(1), hour(2)).unwrap_err();
        assert!(matches!(refusal, Refusal::Blanket(_)), "{refusal}");
        assert!(demand.clone().reject("Blanket.", &lawyer(1), hour(2)).is_ok());
        let specific = draft(json!({})).check(hour(0)).unwrap().identifiers;
        let sought = demand.case().sought();
        let (_, demand) = demand.narrow(sought, specific, "One account named.", &lawyer(1), hour(1)).unwrap();
        assert!(reviewed(demand).propose(&manifest("content"), &lawyer(1), hour(3)).is_ok());
    }
}

#[test]
fn narrowing_adds_nothing() {
    let demand = open(json!({ "sought": ["subscriber"] }));
    let same = demand.case().identifiers().to_vec();
    let narrow = |sought: DataKinds, identifiers: Vec<Identifier>| {
        demand.clone().narrow(sought, identifiers, "Less.", &lawyer(1), hour(1)).unwrap_err()
    };
    let other = Identifier { value: "globex-1".to_owned(), ..same[0].clone() };
    assert_eq!(narrow(demand.case().sought(), same.clone()), Refusal::NotNarrower);
    assert_eq!(narrow(DataKinds::all(), same.clone()), Refusal::NotNarrower);
    assert_eq!(narrow(DataKinds::NONE, same.clone()), Refusal::NotNarrower);
    assert_eq!(narrow(demand.case().sought(), vec![other]), Refusal::NotNarrower);
    assert_eq!(narrow(demand.case().sought(), Vec::new()), Refusal::NotNarrower);
}

#[test]
fn a_manifest_stays_within_the_demand() {
    let demand = reviewed(open(json!({ "sought": ["content"] })));
    let fields = |change: fn(&mut ManifestItemDraft)| {
        let mut draft = manifest("content");
        change(&mut draft.items[0]);
        let problems = draft.check(demand.case()).unwrap_err();
        problems.into_iter().map(|problem| problem.field).collect::<Vec<_>>()
    };
    assert_eq!(fields(|item| item.kind = "traffic".to_owned()), ["/items/0/kind"]);
    assert_eq!(fields(|item| item.customer = GLOBEX.to_owned()), ["/items/0/customer"]);
    assert_eq!(fields(|item| item.records = "0".to_owned()), ["/items/0/records"]);
    assert_eq!(fields(|item| item.identifier = "globex-1".to_owned()), ["/items/0/identifier", "/items/0/customer"]);
    // Also before the review has found that the process doesn't suffice.
    let subpoena = open(json!({ "process": "subpoena" }));
    assert_eq!(manifest("content").check(subpoena.case()).unwrap_err()[0].field, "/items/0/kind");
    let empty = ManifestDraft::default().check(demand.case()).unwrap_err();
    assert_eq!(empty.len(), 3);
}

#[test]
fn what_an_identifier_was_wrongly_found_to_lead_to_is_not_handed_over() {
    let demand = approved(reviewed(open(json!({}))), "content");
    let corrected = Identifier { customers: vec![customer(GLOBEX)], ..demand.case().identifiers()[0].clone() };
    let (_, demand) = demand.resolve(corrected, &lawyer(1), hour(4)).unwrap();
    assert!(matches!(demand.disclose(&lawyer(1), hour(5)), Err(Refusal::Manifest(_))));
}

#[test]
fn while_a_challenge_is_pending_and_after_it_was_upheld_nothing_is_disclosed() {
    let demand = approved(reviewed(open(json!({}))), "content");
    let (_, demand) = demand.challenge("Overbroad.", &lawyer(1), hour(5)).unwrap();
    assert_eq!(demand.clone().disclose(&lawyer(1), hour(6)), Err(Refusal::ChallengePending));
    let decide = |outcome| demand.clone().decide_challenge(outcome, "By order.", &lawyer(1), hour(7)).unwrap().1;
    assert_eq!(decide(ChallengeOutcome::Upheld).disclose(&lawyer(1), hour(8)), Err(Refusal::ChallengeUpheld));
    assert!(decide(ChallengeOutcome::Denied).disclose(&lawyer(1), hour(8)).is_ok());
}

#[test]
fn a_redirect_is_one_that_the_authority_accepted() {
    let demand = open(json!({}));
    assert_eq!(demand.clone().redirected("Done.", &lawyer(1), hour(1)), Err(Refusal::NoRedirectAttempt));
    let (_, demand) = demand.attempt_redirect("By letter.", &lawyer(1), hour(1)).unwrap();
    let answer = |accepted| demand.clone().answer_redirect(accepted, "It wrote.", &lawyer(1), hour(2)).unwrap().1;
    assert_eq!(answer(false).redirected("Done.", &lawyer(1), hour(3)), Err(Refusal::RedirectNotAccepted));
    let (_, closed) = answer(true).redirected("Done.", &lawyer(1), hour(3)).unwrap();
    assert_eq!(closed.case().outcome(), Some(Outcome::Redirected));
}

#[test]
fn an_emergency_tells_its_danger_takes_two_people_and_is_reviewed_later() {
    let demand = answered(open(json!({ "process": "emergency_request" })));
    assert_eq!(demand.clone().finish_review(&lawyer(1), hour(1)), Err(Refusal::NoDanger));
    let (_, demand) = demand.record_danger("A child is missing.", &lawyer(1), hour(1)).unwrap();
    let (_, demand) = approved(reviewed(demand), "content").disclose(&lawyer(1), hour(5)).unwrap();
    assert_eq!(demand.clone().close(&lawyer(1), hour(6)), Err(Refusal::EmergencyUnreviewed));
    let due = |demand: &Demand<Disclosed>| {
        demand.case().deadlines(hour(10_000)).iter().filter(|due| due.kind == DeadlineKind::EmergencyReview).count()
    };
    assert_eq!(due(&demand), 1, "it stays due until it is done");
    let (_, demand) = demand.review_emergency(true, "The child was found.", &lawyer(2), hour(30)).unwrap();
    assert_eq!(due(&demand), 0);
    assert!(demand.close(&lawyer(1), hour(31)).is_ok());
}

#[test]
fn a_preservation_discloses_nothing_and_is_extended_once_in_time() {
    let demand = reviewed(open(json!({ "process": "preservation_request" })));
    let refusal = demand.clone().propose(&manifest("subscriber"), &lawyer(1), hour(2)).unwrap_err();
    assert_eq!(refusal, Refusal::NothingCompelled("Preservation request"));
    let (_, demand) = demand.preserve(&lawyer(1), hour(2)).unwrap();
    assert_eq!(demand.case().preserved_until(), Some(hour(2 + 90 * 24)));
    assert_eq!(demand.clone().extend(&lawyer(1), hour(2 + 90 * 24)), Err(Refusal::PreservationOver));
    let (_, demand) = demand.extend(&lawyer(1), hour(80 * 24)).unwrap();
    assert_eq!(demand.case().preserved_until(), Some(hour(2 + 180 * 24)));
    assert_eq!(demand.clone().extend(&lawyer(1), hour(81 * 24)), Err(Refusal::ExtensionUsed));
    let (_, demand) = demand.end("Its time is over.", &lawyer(1), hour(180 * 24)).unwrap();
    assert_eq!((demand.case().outcome(), demand.case().disclosure()), (None, None));
}

#[test]
fn data_is_kept_on_where_a_european_production_order_follows_in_time() {
    let day = |days: i64| hour(EUROPEAN + days * 24);
    let european = json!({ "country": "DE", "process": "eu_preservation_order", "received_at": day(0).to_string() });
    let mut demand = opened(european, day(0));
    while let Some((item, verdict)) = next_answer(demand.case()) {
        demand = demand.answer(item, verdict, "Looked at.", &lawyer(1), day(0)).unwrap().1;
    }
    let (_, demand) = demand.finish_review(&lawyer(1), day(0)).unwrap();
    let (_, demand) = demand.preserve(&lawyer(1), day(0)).unwrap();
    assert_eq!(demand.case().preserved_until(), Some(day(60)));
    let confirmed = |demand: Demand<Preserving>, at| demand.await_production("Annex V, of the court.", &lawyer(1), at);
    assert_eq!(confirmed(demand.clone(), day(60)), Err(Refusal::PreservationOver), "its time was over");
    // In the first time, and in the one that it was extended by.
    let (_, extended) = demand.clone().extend(&lawyer(1), day(59)).unwrap();
    assert_eq!(extended.case().preserved_until(), Some(day(90)));
    for (demand, at) in [(demand, day(59)), (extended, day(89))] {
        let (_, kept) = confirmed(demand, at).unwrap();
        let due = kept.case().deadlines(day(400));
        assert_eq!(kept.case().preserved_until(), None);
        assert!(!due.iter().any(|due| due.kind == DeadlineKind::PreservationEnds), "{due:?}");
        assert_eq!(kept.clone().extend(&lawyer(1), at), Err(Refusal::KeptForProduction));
        assert_eq!(confirmed(kept.clone(), at), Err(Refusal::KeptForProduction));
        assert!(kept.end("It was produced.", &lawyer(1), day(400)).is_ok());
    }
    let american =
        reviewed(open(json!({ "process": "preservation_request" }))).preserve(&lawyer(1), hour(2)).unwrap().1;
    assert_eq!(confirmed(american, hour(3)), Err(Refusal::NoProductionFollows));
}

#[test]
fn a_customer_hears_of_an_authentic_demand_before_anything_is_disclosed_and_again_of_its_outcome() {
    let demand = open(json!({}));
    assert_eq!(demand.case().notice_due(hour(1)), [], "nobody knows yet that it is authentic");
    let (_, demand) = demand.answer(CheckItem::Authentic, Verdict::Met, "Called back.", &lawyer(1), hour(1)).unwrap();
    let owed = |case: &Case, now| case.notice_due(now).iter().map(|owed| owed.about).collect::<Vec<_>>();
    assert_eq!(owed(demand.case(), hour(1)), [NoticeAbout::Demand]);
    let (_, demand) = demand.notified(NoticeAbout::Demand, vec![customer(ACME)], hour(1)).unwrap();
    assert_eq!(owed(demand.case(), hour(2)), []);
    let again = demand.clone().notified(NoticeAbout::Demand, vec![customer(ACME)], hour(2));
    assert_eq!(again, Err(Refusal::NotOwed), "once");
    let (_, closed) = demand.reject("Invalid.", &lawyer(1), hour(3)).unwrap();
    assert_eq!(owed(closed.case(), hour(3)), [NoticeAbout::Outcome]);
    assert_eq!(closed.case().delay(customer(ACME), NoticeAbout::Outcome, hour(3)), None);
}

#[test]
fn an_order_that_came_with_a_demand_seals_it_from_the_first_moment_until_its_last_day_is_over() {
    let demand = open(json!({ "order": order_until("America/New_York", "2026-03-08") }));
    // Clocks go forward on the order's last day.
    let end = time("2026-03-09T04:00:00Z");
    let before = time("2026-03-09T03:59:59.999999Z");
    assert!(demand.case().is_sealed(hour(0)) && demand.case().is_sealed(before) && !demand.case().is_sealed(end));
    assert_eq!(demand.case().wake_at(), None, "no customer is owed anything yet");
    let (_, demand) = answered(demand).reject("Invalid.", &lawyer(1), hour(2)).unwrap();
    assert_eq!(demand.case().notice_due(before), []);
    let early = demand.clone().notified(NoticeAbout::Outcome, vec![customer(ACME)], before);
    assert_eq!(early, Err(Refusal::NotOwed));
    assert_eq!(demand.case().wake_at(), Some(end));
    let release = |now| demand.case().deadlines(now).into_iter().find(|due| due.kind == DeadlineKind::Release);
    assert_eq!(release(before).map(|due| due.due), Some(end));
    assert!(release(hour(1_000)).unwrap().is_overdue(hour(1_000)), "a week later it is still owed");
    let delay = demand.case().delay(customer(ACME), NoticeAbout::Outcome, end).unwrap();
    assert_eq!((delay.from, delay.until), (hour(1), end));
    assert_eq!(delay.orders[0].reference, "26-mj-7");
    let (_, demand) = demand.notified(NoticeAbout::Outcome, vec![customer(ACME)], hour(1_000)).unwrap();
    assert_eq!(
        demand.case().delay(customer(ACME), NoticeAbout::Outcome, hour(2_000)),
        Some(delay),
        "it stays what it was"
    );
    assert_eq!((demand.case().wake_at(), demand.case().deadlines(hour(2_000))), (None, Vec::new()));
}

#[test]
fn a_demand_that_was_no_authoritys_is_told_of_when_its_order_is_over_and_why_so_late() {
    let demand = open(json!({ "order": order_until("UTC", "2026-03-10") }));
    let (_, demand) = demand.reject("Forged.", &lawyer(1), hour(1)).unwrap();
    let end = time("2026-03-11T00:00:00Z");
    let (_, demand) = demand.notified(NoticeAbout::Outcome, vec![customer(ACME)], end).unwrap();
    assert_eq!(
        demand.case().delay(customer(ACME), NoticeAbout::Outcome, hour(2_000)).map(|delay| (delay.from, delay.until)),
        Some((hour(1), end))
    );
}

#[test]
fn a_demand_is_sealed_until_every_order_has_ended() {
    let demand = answered(open(json!({ "order": order_until("UTC", "2026-03-10") })));
    let (_, demand) = demand.issue_order(order_without_end(), &lawyer(1), hour(2)).unwrap();
    assert_eq!(demand.case().checklist().next(), Some(CheckItem::NonDisclosureOrder), "it is looked at anew");
    let later = time("2027-01-01T00:00:00Z");
    assert!(demand.case().is_sealed(later), "a review that was missed unseals nothing");
    assert_eq!((demand.case().release_at(), demand.case().wake_at()), (None, None));
    let review = Deadline { due: time("2026-09-02T00:00:00Z"), kind: DeadlineKind::OrderReview, order: Some(1) };
    assert!(demand.case().deadlines(later).contains(&review) && review.is_overdue(later));
    let ended = demand.clone().end_order(0, OrderEnding::Lifted, "By order.", &lawyer(1), later);
    assert_eq!(ended, Err(Refusal::OrderOver), "it ended on its date");
    let (_, demand) = demand.end_order(1, OrderEnding::Expired, "The trial is over.", &lawyer(1), later).unwrap();
    assert!(!demand.case().is_sealed(later));
    assert_eq!(demand.case().notice_due(later).len(), 1);
    assert_eq!(demand.case().delay(customer(ACME), NoticeAbout::Demand, later).unwrap().orders.len(), 2);
}

#[test]
fn a_demand_ends_when_somebody_said_whose_each_identifier_is() {
    let two = json!([{ "kind": "account", "value": "acme-7", "customers": [ACME] },
        { "kind": "account", "value": "acme-8" }, { "kind": "account", "value": "*" }]);
    let demand = open(json!({ "identifiers": two }));
    let open = Refusal::Unresolved("Account acme-8".to_owned());
    assert_eq!(demand.clone().reject("Forged.", &lawyer(1), hour(1)).unwrap_err(), open);
    assert_eq!(demand.clone().no_data_found("Looked.", &lawyer(1), hour(1)).unwrap_err(), open);
    // Also where it was narrowed away: its data was sought.
    let first = demand.case().identifiers()[..1].to_vec();
    let narrowed = demand.clone().narrow(demand.case().sought(), first, "Less.", &lawyer(1), hour(1)).unwrap().1;
    let approved = approved(reviewed(narrowed), "content");
    assert_eq!(approved.clone().disclose(&lawyer(1), hour(5)).unwrap_err(), open);

    let named = demand.case().identifiers()[1].clone();
    let (nobody, somebody) = (named.clone(), Identifier { customers: vec![customer(GLOBEX)], ..named.clone() });
    assert_eq!(demand.clone().resolve(nobody.clone(), &lawyer(1), hour(1)), Err(Refusal::NoCustomer));
    let silent = demand.clone().belongs_to_nobody(nobody.clone(), " ", &lawyer(1), hour(1));
    assert_eq!(silent, Err(Refusal::NoReason));
    let (_, found) = demand.clone().resolve(somebody.clone(), &lawyer(1), hour(2)).unwrap();
    let (_, lost) = found.belongs_to_nobody(nobody, "In the register of accounts.", &lawyer(2), hour(3)).unwrap();
    let looked = lost.case().belongs_to_nobody(&named).unwrap();
    assert_eq!((looked.by_name.as_str(), looked.at), ("Lawyer 2", hour(3)));
    assert_eq!(lost.case().customers(), [customer(ACME)]);
    assert!(lost.clone().reject("Forged.", &lawyer(1), hour(4)).is_ok());
    let (_, found) = lost.resolve(somebody, &lawyer(1), hour(4)).unwrap();
    assert_eq!(found.case().belongs_to_nobody(&named), None, "the later word counts");
    // And to disclose what is another's.
    let (_, approved) = approved.belongs_to_nobody(named, "Looked.", &lawyer(1), hour(5)).unwrap();
    assert!(approved.disclose(&lawyer(1), hour(5)).is_ok());
}

#[test]
fn an_order_after_the_review_takes_back_what_the_review_said_of_orders() {
    let item = CheckItem::NonDisclosureOrder;
    let demand = approved(reviewed(open(json!({}))), "content");
    assert_eq!(demand.case().checklist().answer(item).map(|answer| answer.verdict), Some(Verdict::NotApplicable));
    let (_, demand) = demand.issue_order(order_without_end(), &lawyer(1), hour(4)).unwrap();
    assert_eq!(demand.case().checklist().answer(item), None);
    let due = Deadline { due: hour(4 + 5 * 24), kind: DeadlineKind::OrderAnswer, order: Some(0) };
    assert!(demand.case().deadlines(hour(4)).contains(&due));
    assert_eq!(demand.clone().disclose(&lawyer(1), hour(5)), Err(Refusal::Unanswered(item)));
    let none = demand.clone().answer_order(Verdict::NotApplicable, "No order.", &lawyer(1), hour(5));
    assert!(matches!(none, Err(Refusal::AgainstFacts { .. })), "there is one");
    let (_, demand) = demand.answer_order(Verdict::Met, "Signed by the judge.", &lawyer(1), hour(5)).unwrap();
    assert!(!demand.case().deadlines(hour(5)).contains(&due));
    let said = demand.case().acts().iter().filter_map(|act| match &act.act {
        Act::Answered { item: CheckItem::NonDisclosureOrder, verdict, .. } => Some(*verdict),
        _ => None,
    });
    assert_eq!(said.collect::<Vec<_>>(), [Verdict::NotApplicable, Verdict::Met], "the register keeps both");
    let (_, demand) = demand.disclose(&lawyer(1), hour(6)).unwrap();
    // Also when nothing is left to be decided, and of nothing else.
    let (_, demand) = demand.issue_order(order_without_end(), &lawyer(1), hour(7)).unwrap();
    let stage = Stage::from(demand);
    let answered = |item| Act::Answered { item, verdict: Verdict::Met, reason: "Looked at.".to_owned() };
    assert!(stage.clone().act(answered(item), &lawyer(1), hour(8)).is_ok());
    let other = stage.act(answered(CheckItem::Served), &lawyer(1), hour(8));
    assert_eq!(other.unwrap_err(), Refusal::WrongStage(Status::Disclosed));
}

#[test]
fn an_order_is_extended_challenged_and_lifted() {
    let demand = open(json!({ "order": order_until("UTC", "2026-03-10") }));
    let end = OrderEnd::OnDate { date: "2026-06-10".parse().unwrap() };
    let late = demand.clone().extend_order(0, end.clone(), &lawyer(1), time("2026-03-11T00:00:00Z"));
    assert_eq!(late, Err(Refusal::OrderOver));
    let (_, demand) = demand.extend_order(0, end, &lawyer(1), hour(5)).unwrap();
    let (_, demand) = demand.challenge_order(0, "No need shown.", &lawyer(1), hour(6)).unwrap();
    let upheld = ChallengeOutcome::Upheld;
    let (_, demand) = demand.decide_order_challenge(0, upheld, "By order.", &lawyer(1), hour(7)).unwrap();
    assert!(demand.case().is_sealed(hour(7)), "until somebody says that it is lifted");
    let (_, demand) = demand.end_order(0, OrderEnding::Lifted, "By order.", &lawyer(1), hour(8)).unwrap();
    assert!(!demand.case().is_sealed(hour(8)) && demand.case().is_sealed(hour(7)));
    assert_eq!(demand.end_order(1, OrderEnding::Lifted, "By order.", &lawyer(1), hour(9)), Err(Refusal::NoSuchOrder));
}

#[test]
fn half_of_the_time_to_answer_is_for_the_review() {
    let european = json!({ "country": "DE", "process": "eu_production_order", "sought": ["subscriber"],
        "emergency": true, "received_at": hour(EUROPEAN).to_string() });
    let due = |demand: Demand<UnderReview>| {
        demand.case().deadlines(hour(0)).iter().map(|due| (due.kind, due.due)).collect::<Vec<_>>()
    };
    let at = |hours| hour(EUROPEAN + hours);
    assert_eq!(due(opened(european, at(0))), [(DeadlineKind::Review, at(4)), (DeadlineKind::Answer, at(8))]);
    assert_eq!(due(open(json!({}))), [(DeadlineKind::Review, hour(5 * 24))]);
}

#[test]
fn a_register_that_was_tampered_with_is_refused() {
    let (_, demand) = approved(reviewed(open(json!({}))), "content").disclose(&lawyer(1), hour(5)).unwrap();
    let acts = demand.case().acts().to_vec();
    assert_eq!(Stage::replay(&acts).unwrap(), Stage::Disclosed(demand));
    let tampered = |change: &dyn Fn(&mut Vec<DemandAct>)| {
        let mut acts = acts.clone();
        change(&mut acts);
        Stage::replay(&acts).unwrap_err()
    };
    let last = acts.len() - 1;
    assert_eq!(tampered(&|acts| acts.clear()), ReplayError::NoBeginning);
    assert_eq!(tampered(&|acts| drop(acts.remove(0))), ReplayError::NoBeginning);
    // Without the second sign-off, with one by the same person, by nobody, or out of time.
    let refused = |line, refusal| ReplayError::Refused { line, refusal };
    let missing = tampered(&|acts| drop(acts.remove(last - 2)));
    assert_eq!(missing, refused(last - 1, Refusal::WrongStage(Status::AwaitingSecondSignOff)));
    let same = tampered(&|acts| acts[last - 2].by = acts[last - 3].by);
    assert_eq!(same, refused(last - 2, Refusal::SameSigner));
    assert_eq!(tampered(&|acts| acts[last].by = None), refused(last, Refusal::NotLegal));
    assert_eq!(tampered(&|acts| acts[last].at = hour(0)), refused(last, Refusal::Clock));
}

/// Registers that an earlier version wrote, by rules that no longer hold: a European order before its Regulation applied
/// and content under a prosecutor's; an identifier that nobody looked at; a review that said that there is no order, and
/// an order after it. They are never edited.
#[test]
fn a_register_of_another_days_rules_is_read_as_it_was_written() {
    let read = |json| Stage::replay(&serde_json::from_str::<Vec<DemandAct>>(json).unwrap()).unwrap();
    let disclosed = read(include_str!("registers/disclosed.json"));
    let case = disclosed.case();
    assert_eq!((case.status(), case.outcome()), (Status::Closed, Some(Outcome::ContentDisclosed)));
    assert_eq!(case.disclosure().unwrap().sign_offs().each_ref().map(SignOff::by_name), ["Lawyer 1", "Lawyer 2"]);
    assert!(case.orders().len() == 1 && case.acts().len() == 21);
    assert_eq!(case.notice_due(time("2026-12-01T00:00:00Z")), [], "its customer was told");
    let stage = read(include_str!("registers/preserved.json"));
    assert_eq!(stage.case().preserved_until(), Some(hour(2 + 90 * 24)));
    // What is done from now on is asked by today's rules.
    let Stage::Closed(demand) = disclosed else { panic!("it is closed") };
    let past = serde_json::from_value::<OrderDraft>(order_until("UTC", "2026-03-10")).unwrap().check().unwrap();
    assert_eq!(demand.issue_order(past, &lawyer(1), time("2026-12-01T00:00:00Z")), Err(Refusal::OrderOver));
}
