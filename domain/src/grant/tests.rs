//! Tests of grants, policies, signatures and what an access breaks.

use std::collections::BTreeSet;

use chrono::{NaiveTime, TimeDelta};
use ed25519_dalek::Signer as _;
use serde_json::json;
use sha2::{Digest as _, Sha256};
use uuid::Uuid;

use super::*;
use crate::{
    ApprovalKeyId, CountryCode, CustomerId, GrantId, MemberRole, OperationSet, PersonId, Purpose, Timestamp, Zone,
    access::{AccessDraft, AccessEvent},
};

fn at(minutes: i64) -> Timestamp {
    Timestamp::parse("2026-03-01T12:00:00Z").unwrap().plus(TimeDelta::minutes(minutes))
}

fn person(side: Side, number: u128) -> Actor {
    Actor { side, person: Some(PersonId(Uuid::from_u128(number))), name: format!("Person {number}") }
}

fn ada() -> Actor {
    person(Side::Customer, 1)
}

fn bob() -> Actor {
    person(Side::Customer, 2)
}

fn asker() -> Actor {
    person(Side::Provider, 10)
}

fn manager() -> Actor {
    person(Side::Provider, 11)
}

fn draft() -> RequestDraft {
    serde_json::from_value(json!({
        "accessor": "e-4711", "role": "Support engineer", "employer": "Nimbus Cloud", "countries": ["IE", "DE"],
        "justification": "Restore of a deleted folder", "minutes": 600, "operations": ["read", "list", "write"],
        "purpose": "customer_requested_support", "resources": ["records/*", "orders"], "service": "Object Storage",
        "ticket": "T-1"
    }))
    .unwrap()
}

fn request() -> AccessRequest {
    draft().check("r-1").unwrap()
}

fn asked(policy: &Policy, request: AccessRequest) -> GrantState {
    let terms = policy.terms(&request, 1, at(0));
    GrantState::open(GrantId(Uuid::from_u128(7)), CustomerId(Uuid::from_u128(8)), request, terms, &asker(), at(0)).1
}

fn policy(approvers: Approvers) -> Policy {
    let mut policy = Policy::default();
    policy.rule.approvers = approvers;
    policy
}

fn approval(extent: Extent) -> GrantAct {
    GrantAct::Approved { side: Side::Customer, extent, rule: None, signature: None }
}

fn all(state: &GrantState) -> GrantAct {
    approval(state.facts().asked_extent())
}

fn reason(text: &str) -> String {
    text.to_owned()
}

/// The state after an act that must be possible; what is kept makes the same state again.
fn done(state: GrantState, act: GrantAct, by: &Actor, now: Timestamp) -> GrantState {
    let (_, state) = state.act(act, by, now).unwrap();
    let kept = serde_json::to_string(&state.file()).unwrap();
    assert_eq!(serde_json::from_str::<GrantFile>(&kept).unwrap().open().unwrap(), state);
    state
}

fn refused(state: &GrantState, act: GrantAct, by: &Actor, now: Timestamp) -> GrantRefusal {
    state.clone().act(act, by, now).unwrap_err()
}

fn access(grant: Option<&str>, change: impl FnOnce(&mut serde_json::Value)) -> AccessEvent {
    let mut event = json!({
        "id": "a", "accessor": {"pseudonym": "e-4711", "role": "Support engineer", "employer": "Nimbus Cloud",
            "office_country": "IE", "physical_country": "IE"},
        "started_at": at(20).to_string(), "purpose": "customer_requested_support",
        "justification": "Restore of a deleted folder", "service": "Object Storage",
        "resources": [{"name": "records/a"}], "operations": ["read"],
        "approval": {"kind": "customer", "grant": grant}, "authentication": {"factors": ["passkey"]}
    });
    change(&mut event);
    serde_json::from_value::<AccessDraft>(event).unwrap().check(at(100_000)).unwrap()
}

#[test]
fn what_the_customer_approves_is_granted_for_no_longer_than_its_policy_allows() {
    let state = asked(&Policy::default(), request());
    assert_eq!((state.status(), state.due_at()), (GrantStatus::Waiting, Some(at(4 * 24 * 60))));
    let act = all(&state);
    let state = done(state, act, &ada(), at(10));
    assert_eq!((state.status(), state.due_at()), (GrantStatus::Granted, Some(at(10 + 480))));
    let (line, state) = state.at(at(1_000));
    assert_eq!(line.unwrap().act, GrantAct::Ended { how: Ending::Time });
    assert_eq!(state.granted().map(|(was, until)| (was.from, until)), Some((at(10), at(490))));
}

#[test]
fn approving_for_less_grants_less_and_never_more() {
    let state = asked(&Policy::default(), request());
    let mut less = state.facts().asked_extent();
    less.minutes = 30;
    less.operations = OperationSet::from_iter([crate::Operation::Read]);
    less.resources = vec![ResourcePattern::new("records/a*")];
    let granted = done(state.clone(), approval(less.clone()), &ada(), at(1));
    assert_eq!(granted.granted().unwrap().0.extent, less);
    for more in [
        Extent { minutes: 481, ..less.clone() },
        Extent { minutes: 0, ..less.clone() },
        Extent { resources: vec![ResourcePattern::new("rec*")], ..less.clone() },
        Extent { resources: Vec::new(), ..less.clone() },
        Extent { countries: BTreeSet::from([CountryCode::parse("US").unwrap()]), ..less.clone() },
        Extent { operations: OperationSet::from_iter([crate::Operation::Delete]), ..less },
    ] {
        assert_eq!(refused(&state, approval(more), &ada(), at(1)), GrantRefusal::NotWithin);
    }
}

#[test]
fn both_sides_approve_where_the_policy_says_so_and_what_both_approve_is_granted() {
    let state = asked(&policy(Approvers::Both), request());
    let mut less = state.facts().asked_extent();
    less.minutes = 60;
    let own = person(Side::Provider, 10);
    assert_eq!(refused(&state, all(&state), &own, at(1)), GrantRefusal::OwnRequest);
    let state = done(state, approval(less), &manager(), at(1));
    assert_eq!(state.status(), GrantStatus::Waiting);
    assert_eq!(refused(&state, all(&state), &person(Side::Provider, 12), at(1)), GrantRefusal::NotNeeded);
    let act = all(&state);
    let state = done(state, act, &ada(), at(2));
    assert_eq!(state.granted().unwrap().1, at(62));
}

#[test]
fn what_is_sensitive_takes_two_people() {
    let policy = Policy { sensitive: vec![ResourcePattern::new("records/health*")], ..Policy::default() };
    let state = asked(&policy, request());
    let act = all(&state);
    let state = done(state, act, &ada(), at(1));
    assert_eq!(state.status(), GrantStatus::Waiting);
    assert_eq!(refused(&state, all(&state), &ada(), at(2)), GrantRefusal::Decided);
    let act = all(&state);
    assert_eq!(done(state, act, &bob(), at(2)).status(), GrantStatus::Granted);
}

#[test]
fn who_has_approved_can_still_deny_while_nothing_is_granted() {
    let state = asked(&policy(Approvers::Both), request());
    let act = all(&state);
    let state = done(state, act, &ada(), at(1));
    let no = || GrantAct::Denied { reason: reason("Not after all"), rule: None };
    for by in [ada(), bob(), manager()] {
        assert_eq!(done(state.clone(), no(), &by, at(2)).status(), GrantStatus::Denied);
    }
    let of_provider = asked(&policy(Approvers::Provider), request());
    assert_eq!(refused(&of_provider, no(), &ada(), at(2)), GrantRefusal::NotNeeded);
}

#[test]
fn the_clock_runs_on_while_a_question_is_answered() {
    let state = asked(&Policy::default(), request());
    let state = done(state, GrantAct::Asked { question: reason("Why so long?") }, &ada(), at(1));
    let state = done(state, GrantAct::Answered { answer: reason("The folder is large.") }, &asker(), at(2));
    let late = at(4 * 24 * 60);
    assert_eq!(refused(&state, all(&state), &ada(), late), GrantRefusal::TooLate);
    let (line, state) = state.at(late.plus(TimeDelta::hours(1)));
    let line = line.unwrap();
    assert_eq!((line.at, line.act, state.status()), (late, GrantAct::Expired, GrantStatus::Expired));
}

#[test]
fn what_is_over_is_decided_no_more() {
    let state = asked(&Policy::default(), request());
    let denied = done(state.clone(), GrantAct::Denied { reason: reason("No need"), rule: None }, &ada(), at(1));
    let withdrawn = done(state, GrantAct::Withdrawn { reason: reason("Solved") }, &asker(), at(1));
    for over in [denied, withdrawn] {
        assert_eq!(refused(&over, all(&over), &bob(), at(2)), GrantRefusal::WrongStage(over.status()));
        assert_eq!(over.granted(), None);
    }
}

#[test]
fn what_was_granted_ends_when_it_is_revoked() {
    let state = asked(&Policy::default(), request());
    let act = all(&state);
    let state = done(state, act, &ada(), at(10));
    for (act, by) in [
        (GrantAct::Revoked { reason: reason("Enough") }, bob()),
        (GrantAct::Revoked { reason: reason("Enough") }, manager()),
        (GrantAct::Ended { how: Ending::TicketClosed }, asker()),
    ] {
        let over = done(state.clone(), act, &by, at(30));
        assert_eq!(over.granted().unwrap().1, at(30));
        assert_eq!(judge(&access(Some("g"), |_| {}), Some(&Permit::from(&over))), BTreeSet::new());
        let late = access(Some("g"), |event| event["started_at"] = json!(at(30).to_string()));
        assert_eq!(judge(&late, Some(&Permit::from(&over))), BTreeSet::from([Breach::OutsideTime]));
    }
}

#[test]
fn an_emergency_is_granted_at_once_and_reviewed_afterwards() {
    let emergency = AccessRequest { purpose: Purpose::BreakGlassEmergency, ..request() };
    let state = asked(&Policy::default(), emergency);
    assert_eq!((state.status(), state.due_at()), (GrantStatus::Granted, Some(at(240))));
    assert!(state.facts().awaits_review());
    let review = GrantAct::Reviewed { justified: true, reason: reason("The alert was real.") };
    assert_eq!(refused(&state, review.clone(), &manager(), at(5)), GrantRefusal::OtherSide);
    let (_, state) = state.at(at(300));
    let state = done(state, review.clone(), &ada(), at(500));
    assert_eq!(state.facts().reviewed, Some(true));
    assert_eq!(refused(&state, review, &ada(), at(501)), GrantRefusal::NoReview);
}

#[test]
fn a_standing_denial_goes_before_a_standing_approval_and_neither_holds_elsewhere() {
    let standing = |approves, number| StandingRule {
        id: Uuid::from_u128(number),
        approves,
        purpose: Some(Purpose::CustomerRequestedSupport),
        service: Some("Object Storage".to_owned()),
        countries: BTreeSet::from([CountryCode::parse("IE").unwrap()]),
        window: None,
        until: Some(at(60)),
        reason: "As agreed".to_owned(),
    };
    let only_ireland = AccessRequest { countries: BTreeSet::from([CountryCode::parse("IE").unwrap()]), ..request() };
    let mut policy = Policy { standing: vec![standing(true, 1)], ..Policy::default() };
    let found = |policy: &Policy, request: &AccessRequest, now| policy.standing_for(request, now).map(|rule| rule.id);
    assert_eq!(found(&policy, &only_ireland, at(0)), Some(Uuid::from_u128(1)));
    assert_eq!(found(&policy, &request(), at(0)), None, "Germany is not approved");
    assert_eq!(found(&policy, &only_ireland, at(60)), None);
    policy.standing.push(standing(false, 2));
    assert_eq!(found(&policy, &request(), at(0)), Some(Uuid::from_u128(2)), "one country is enough for a denial");
    policy.standing.pop();
    policy.sensitive.push(ResourcePattern::new("orders"));
    assert_eq!(found(&policy, &only_ireland, at(0)), None);
    policy.signature_required = true;
    assert_eq!(policy.check().unwrap_err()[0].field, "/standing/0/approves");
}

#[test]
fn a_standing_denial_holds_in_an_emergency_and_not_against_a_legal_demand() {
    let rule = StandingRule {
        id: Uuid::from_u128(1),
        approves: false,
        purpose: None,
        service: None,
        countries: BTreeSet::new(),
        window: None,
        until: None,
        reason: "Never".to_owned(),
    };
    let policy = Policy { standing: vec![rule], ..Policy::default() };
    for (purpose, granted) in [(Purpose::BreakGlassEmergency, false), (Purpose::LegalDemand, true)] {
        let request = AccessRequest { purpose, ..request() };
        assert_eq!(policy.standing_for(&request, at(0)).is_none(), granted, "{purpose:?}");
        let state = asked(&policy, request);
        assert_eq!(matches!(state, GrantState::Granted(_)), granted, "{purpose:?}");
        assert_eq!(state.facts().awaits_review(), granted);
    }
}

#[test]
fn what_a_standing_rule_approves_is_over_with_its_hours_and_with_the_rule() {
    let time = |hour, minute| NaiveTime::from_hms_opt(hour, minute, 0).unwrap();
    let night = Window { from: time(22, 0), to: time(6, 30), zone: Zone::parse("Europe/Berlin").unwrap() };
    let mut rule = StandingRule {
        id: Uuid::from_u128(1),
        approves: true,
        purpose: None,
        service: None,
        countries: BTreeSet::new(),
        window: Some(night),
        until: None,
        reason: "At night".to_owned(),
    };
    // 23:30 in Berlin.
    let late = Timestamp::parse("2026-03-01T22:30:00Z").unwrap();
    assert_eq!((rule.minutes(60, late), rule.minutes(600, late)), (60, 7 * 60));
    rule.until = Some(late.plus(TimeDelta::minutes(45)));
    assert_eq!(rule.minutes(60, late), 45);
    rule.window = None;
    rule.until = None;
    assert_eq!(rule.minutes(600, late), 600);
}

#[test]
fn a_star_stands_at_the_end_of_a_name_alone() {
    let of = |pattern: &str| {
        let resources = vec![pattern.to_owned()];
        RequestDraft { resources, ..draft() }.check("r-1").map(|_| ()).map_err(|problems| problems[0].field.clone())
    };
    assert_eq!([of("records/*"), of("records")], [Ok(()), Ok(())]);
    for wrong in ["*", "records/*/a", "*records", "records**"] {
        assert_eq!(of(wrong), Err("/resources/0".to_owned()), "{wrong}");
    }
}

#[test]
fn a_delegate_decides_for_a_while_and_who_is_on_call_in_quiet_hours() {
    let (delegate, on_call) = (PersonId(Uuid::from_u128(5)), PersonId(Uuid::from_u128(6)));
    let hour = |hour| NaiveTime::from_hms_opt(hour, 0, 0).unwrap();
    let window = Window { from: hour(22), to: hour(6), zone: Zone::parse("Europe/Berlin").unwrap() };
    let policy = Policy {
        delegates: vec![Delegate { person: delegate, from: at(0), until: at(60) }],
        quiet_hours: Some(QuietHours { window, on_call }),
        ..Policy::default()
    };
    let may = |person, now| policy.may_decide(person, MemberRole::PrivacyOfficer, now);
    assert!(may(delegate, at(0)) && !may(delegate, at(60)) && !may(delegate, at(-1)));
    let night = Timestamp::parse("2026-03-01T21:30:00Z").unwrap();
    assert!(may(on_call, night) && !may(on_call, at(0)));
    assert_eq!((policy.quiet(night).map(|quiet| quiet.on_call), policy.quiet(at(0))), (Some(on_call), None));
    // Whom the policy names is mailed, whatever their role, until they are named no more.
    let mailed = |person, minutes| policy.is_mailed(person, MemberRole::Auditor, at(minutes));
    assert!(mailed(on_call, 0) && mailed(delegate, 0) && !mailed(delegate, 60));
    assert!(policy.is_mailed(PersonId(Uuid::from_u128(7)), MemberRole::PrivacyOfficer, at(0)));
    assert!(policy.may_decide(PersonId(Uuid::from_u128(9)), MemberRole::Approver, at(0)));
}

fn hours(from: (u32, u32), to: (u32, u32), zone: &str) -> Window {
    let time = |(hour, minute)| NaiveTime::from_hms_opt(hour, minute, 0).unwrap();
    Window { from: time(from), to: time(to), zone: Zone::parse(zone).unwrap() }
}

#[test]
fn hours_end_by_the_clock_of_their_zone() {
    let end = |window: Window, within: &str| {
        let within = Timestamp::parse(within).unwrap();
        assert!(window.contains(within));
        window.end(within).to_string()
    };
    let night = hours((22, 0), (6, 0), "Europe/Berlin");
    assert_eq!(end(night, "2026-03-01T21:30:00Z"), "2026-03-02T05:00:00.000000Z");
    assert_eq!(end(night, "2026-03-02T04:59:59Z"), "2026-03-02T05:00:00.000000Z");
    assert_eq!(end(night, "2026-03-28T21:30:00Z"), "2026-03-29T04:00:00.000000Z", "a night of seven hours");
    let noon = hours((12, 0), (13, 0), "Asia/Kolkata");
    assert_eq!(end(noon, "2026-03-01T07:00:00Z"), "2026-03-01T07:30:00.000000Z");
    // Clocks skip the end, or come to it twice.
    let short = hours((22, 0), (2, 30), "Europe/Berlin");
    assert_eq!(end(short, "2026-03-29T00:30:00Z"), "2026-03-29T01:00:00.000000Z");
    assert_eq!(end(short, "2026-10-25T00:10:00Z"), "2026-10-25T00:30:00.000000Z");
    assert_eq!(end(short, "2026-10-25T01:10:00Z"), "2026-10-25T01:30:00.000000Z");
    // A whole day is skipped, and the end with it.
    assert_eq!(end(hours((22, 0), (7, 0), "Pacific/Apia"), "2011-12-30T09:30:00Z"), "2011-12-30T17:00:00.000000Z");
}

proptest::proptest! {
    #[test]
    fn hours_end_outside_themselves_within_a_day_or_two(
        zone in proptest::sample::select(Zone::all().collect::<Vec<_>>()),
        (from, to) in (0u32..1_440, 0u32..1_440), minute in 0i64..30_000_000,
    ) {
        let within = Timestamp::from_micros(minute * 60_000_000).unwrap();
        let window = hours((from / 60, from % 60), (to / 60, to % 60), zone.name());
        let end = window.end(within);
        if window.contains(within) && from != to {
            let lasts = end.since(within);
            proptest::prop_assert!(lasts > TimeDelta::zero() && lasts <= TimeDelta::hours(49), "{lasts}");
            proptest::prop_assert!(!window.contains(end));
        } else if from != to {
            proptest::prop_assert_eq!(end, within);
        }
    }
}

#[test]
fn who_decides_is_reminded_when_a_quarter_of_the_time_is_left() {
    let state = asked(&policy(Approvers::Both), request());
    assert_eq!(state.remind_at(), Some(at(3 * 24 * 60)));
    assert_eq!(asked(&policy(Approvers::Provider), request()).remind_at(), None);
    let act = all(&state);
    let approved = done(state, act, &ada(), at(1));
    assert_eq!((approved.status(), approved.remind_at()), (GrantStatus::Waiting, None));
}

#[test]
fn a_policy_outside_the_limits_is_refused_with_where_and_why() {
    let mut policy = Policy::default();
    policy.rule.longest = 14;
    policy.by_purpose.get_mut(&Purpose::LegalDemand).unwrap().expires_after = 15 * 24 * 60;
    policy.sensitive.push(ResourcePattern::new("*"));
    let fields: Vec<_> = policy.check().unwrap_err().into_iter().map(|problem| problem.field).collect();
    assert_eq!(fields, ["/rule/longest", "/by_purpose/legal_demand/expires_after", "/sensitive/0"]);
}

#[test]
fn a_request_without_what_it_needs_is_refused_with_where() {
    let problems = RequestDraft::default().check("r-1").unwrap_err();
    let fields: BTreeSet<_> = problems.iter().map(|problem| problem.field.as_str()).collect();
    let needed = ["accessor", "countries", "employer", "justification", "minutes", "operations", "purpose"];
    let needed = needed.into_iter().chain(["resources", "role", "service"]).map(|name| format!("/{name}"));
    assert_eq!(fields, needed.collect::<Vec<_>>().iter().map(String::as_str).collect());
}

/// What RFC 8785 makes of it, by an independent implementation.
#[test]
fn what_is_signed_is_canonical() {
    let state = asked(&Policy::default(), request());
    let bytes = state.facts().statement(&state.facts().asked_extent()).unwrap();
    let value: serde_json::Value = serde_json::from_slice(&bytes).unwrap();
    assert_eq!(serde_json_canonicalizer::to_vec(&value).unwrap(), bytes);
}

fn signing() -> Policy {
    Policy { signature_required: true, ..Policy::default() }
}

fn ed25519(seed: u8) -> ed25519_dalek::SigningKey {
    ed25519_dalek::SigningKey::from_bytes(&[seed; 32])
}

fn by_key(key: &ed25519_dalek::SigningKey, statement: &[u8]) -> Signature {
    Signature::Key {
        key: PublicKey::Ed25519(key.verifying_key().to_bytes().to_vec()),
        key_id: ApprovalKeyId(Uuid::from_u128(3)),
        signature: key.sign(statement).to_bytes().to_vec(),
    }
}

fn signed(extent: Extent, signature: Signature) -> GrantAct {
    GrantAct::Approved { side: Side::Customer, extent, rule: None, signature: Some(Box::new(signature)) }
}

#[test]
fn an_approval_is_signed_over_exactly_what_it_approves() {
    let state = asked(&signing(), request());
    let extent = state.facts().asked_extent();
    assert_eq!(refused(&state, all(&state), &ada(), at(1)), GrantRefusal::Unsigned);
    let statement = state.facts().statement(&extent).unwrap();
    let good = by_key(&ed25519(1), &statement);
    let less = Extent { minutes: 20, ..extent.clone() };
    let wrong = GrantRefusal::Signature(SignatureProblem::Wrong);
    assert_eq!(refused(&state, signed(less, good.clone()), &ada(), at(1)), wrong);
    let state = done(state, signed(extent, good), &ada(), at(1));
    assert!(judge(&access(Some("g"), |_| {}), Some(&Permit::from(&state))).is_empty());
}

#[test]
fn one_key_signs_for_one_person_alone() {
    let policy = Policy { sensitive: vec![ResourcePattern::new("orders")], ..signing() };
    let state = asked(&policy, request());
    let extent = state.facts().asked_extent();
    let signed_by = |key| by_key(&ed25519(key), &state.facts().statement(&extent).unwrap());
    let (first, second) = (signed_by(1), signed_by(2));
    let once = done(state.clone(), signed(extent.clone(), first.clone()), &ada(), at(1));
    assert_eq!(refused(&once, signed(extent.clone(), first), &bob(), at(2)), GrantRefusal::SameKey);
    assert_eq!(done(once, signed(extent.clone(), second), &bob(), at(2)).status(), GrantStatus::Granted);
}

#[test]
fn a_register_with_an_approval_that_nobody_signed_is_none() {
    let state = asked(&signing(), request());
    let extent = state.facts().asked_extent();
    let good = by_key(&ed25519(1), &state.facts().statement(&extent).unwrap());
    let mut file = done(state, signed(extent, good), &ada(), at(1)).file();
    let GrantAct::Approved { extent, .. } = &mut file.register[1].act else { panic!("an approval") };
    extent.minutes -= 1;
    assert!(matches!(file.open(), Err(GrantReplayError::Refused { line: 1, .. })));
}

#[test]
fn a_passkey_signs_by_its_challenge() {
    let state = asked(&signing(), request());
    let extent = state.facts().asked_extent();
    let statement = state.facts().statement(&extent).unwrap();
    let key = p256::ecdsa::SigningKey::from_slice(&[9; 32]).unwrap();
    let passkey = |challenge: &[u8], flags: u8, party: &str| {
        let challenge = data_encoding::BASE64URL_NOPAD.encode(challenge);
        let client_data_json =
            json!({"type": "webauthn.get", "challenge": challenge, "origin": "https://trust.example"}).to_string();
        let mut data = Sha256::digest(b"trust.example").to_vec();
        data.extend([flags, 0, 0, 0, 1]);
        let message = [data.as_slice(), Sha256::digest(client_data_json.as_bytes()).as_slice()].concat();
        let signature: p256::ecdsa::Signature = p256::ecdsa::signature::Signer::sign(&key, &message);
        Signature::Passkey {
            key: PublicKey::P256(key.verifying_key().to_sec1_point(true).as_bytes().to_vec()),
            relying_party: party.to_owned(),
            credential_id: vec![1],
            authenticator_data: data,
            client_data_json,
            signature: signature.to_der().as_bytes().to_vec(),
        }
    };
    let challenge = Sha256::digest(&statement);
    for (signature, problem) in [
        (passkey(&Sha256::digest(b"other"), 5, "trust.example"), SignatureProblem::Challenge),
        (passkey(&challenge, 1, "trust.example"), SignatureProblem::Unverified),
        (passkey(&challenge, 5, "other.example"), SignatureProblem::RelyingParty),
    ] {
        let refusal = refused(&state, signed(extent.clone(), signature), &ada(), at(1));
        assert_eq!(refusal, GrantRefusal::Signature(problem));
    }
    let act = signed(extent, passkey(&challenge, 5, "trust.example"));
    assert_eq!(done(state, act, &ada(), at(1)).status(), GrantStatus::Granted);
}

#[test]
fn a_key_that_is_none_is_refused() {
    let zero = PublicKey::Ed25519(vec![0; 32]);
    assert_eq!(zero.check(), Err(SignatureProblem::Key), "a weak key signs everything");
    assert_eq!(PublicKey::P256(vec![4; 65]).check(), Err(SignatureProblem::Key));
    assert_eq!(PublicKey::Ed25519(vec![1; 31]).check(), Err(SignatureProblem::Key));
}

#[test]
fn each_way_to_break_a_grant_is_named() {
    let state = asked(&Policy::default(), request());
    let waiting = Permit::from(&state);
    let act = all(&state);
    let permit = Permit::from(&done(state, act, &ada(), at(10)));
    type Change = fn(&mut serde_json::Value);
    let changes: [(Breach, Change); 8] = [
        (Breach::OutsideTime, |event| event["started_at"] = json!(at(9).to_string())),
        (Breach::SomeoneElse, |event| event["accessor"]["pseudonym"] = json!("e-1")),
        (Breach::Service, |event| event["service"] = json!("Mail")),
        (Breach::Resources, |event| event["resources"] = json!([{"name": "records/a"}, {"name": "mail"}])),
        (Breach::Operations, |event| event["operations"] = json!(["read", "delete"])),
        (Breach::Purpose, |event| event["purpose"] = json!("production_alert")),
        (Breach::Country, |event| event["accessor"]["physical_country"] = json!("not_stated")),
        (Breach::NoMultiFactor, |event| event["authentication"]["factors"] = json!(["password"])),
    ];
    assert_eq!(judge(&access(Some("g"), |_| {}), Some(&permit)), BTreeSet::new());
    for (breach, change) in changes {
        assert_eq!(judge(&access(Some("g"), change), Some(&permit)), BTreeSet::from([breach]), "{breach:?}");
    }
    assert_eq!(judge(&access(None, |_| {}), None), BTreeSet::from([Breach::NoGrant]));
    assert_eq!(judge(&access(Some("x"), |_| {}), None), BTreeSet::from([Breach::UnknownGrant]));
    assert_eq!(judge(&access(Some("g"), |_| {}), Some(&waiting)), BTreeSet::from([Breach::NotGranted]));
    for (factors, broken) in [
        (json!(["password", "one_time_code"]), false),
        (json!(["security_key", "biometric"]), false),
        (json!(["one_time_code", "push"]), true),
        (json!(["not_stated", "password"]), true),
    ] {
        let by = access(Some("g"), |event| event["authentication"]["factors"] = factors.clone());
        assert_eq!(judge(&by, Some(&permit)).contains(&Breach::NoMultiFactor), broken, "{factors}");
    }
    let long = access(Some("g"), |event| event["ended_at"] = json!(at(491).to_string()));
    assert_eq!(judge(&long, Some(&permit)), BTreeSet::from([Breach::OutsideTime]));
}

#[test]
fn a_clock_that_went_back_is_held_at_the_last_line() {
    let state = asked(&Policy::default(), request());
    let act = all(&state);
    let state = done(state, act, &ada(), at(-30));
    assert_eq!(state.granted().unwrap().0.from, at(0));
}

#[test]
fn a_request_is_told_in_sentences_before_anybody_decides() {
    let mut asked = request();
    asked.resources = vec![ResourcePattern::new("orders"), ResourcePattern::new("export-*")];
    let extent = asked.extent(MOST_ACCESS);
    assert_eq!(resources(&extent), "orders and everything whose name begins with “export-”");
    assert!(reach(&extent).starts_with(&operations(&extent)));
    assert_eq!(lasting(90), "1 hour and 30 minutes");
    assert_eq!(lasting(24 * 60), "24 hours");
    assert_eq!(lasting(4 * 24 * 60), "4 days");
    let emergency =
        Terms { approvers: Approvers::Nobody, customer_approvals: 0, ..Policy::default().terms(&asked, 0, at(0)) };
    assert!(who_approves(&emergency, Side::Customer).starts_with("Nobody beforehand."));
    let signed = Terms { customer_approvals: 2, signature_required: true, ..Policy::default().terms(&asked, 0, at(0)) };
    assert!(
        who_approves(&signed, Side::Customer).contains("Two different approvers")
            && who_approves(&signed, Side::Customer).ends_with("a key of your own.")
    );
    assert!(who_approves(&signed, Side::Provider).contains("approvers of the customer’s"));
    let (_, state) = GrantState::open(GrantId(Uuid::nil()), CustomerId(Uuid::nil()), asked, signed, &ada(), at(0));
    assert_eq!(statements(state.facts(), Side::Customer, Zone::UTC).len(), 7);
}
