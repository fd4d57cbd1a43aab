use chrono::NaiveDate;
use serde_json::{Value, json};

use super::*;
use crate::{TermVersionId, Timestamp};

fn day(text: &str) -> NaiveDate {
    text.parse().unwrap()
}

fn key(text: &str) -> TermKey {
    TermKey::parse(text).unwrap()
}

fn transfer(fields: Value) -> TermVersion {
    let mut transfer = json!({
        "kind": "transfer", "key": "support", "effective_from": "2014-01-01", "data": "Tickets",
        "people": "Customers’ staff", "from_country": "DE", "to_country": "US", "recipient": "Nimbus Inc.",
        "service": "Support", "purpose": "To answer tickets", "place_role": "accessed_from",
    });
    for (name, value) in fields.as_object().unwrap() {
        transfer[name] = value.clone();
    }
    TermVersion::read(transfer).unwrap()
}

fn published(version: TermVersion, at: &str) -> PublishedTerm {
    PublishedTerm {
        id: TermVersionId(uuid::Uuid::nil()),
        version,
        published_at: Timestamp::parse(at).unwrap(),
        proposed_by: "Ada".to_owned(),
        approved_by: "Ben".to_owned(),
    }
}

fn flagged(version: &TermVersion, on: &str) -> bool {
    Mechanisms::with([]).footing(version.as_term().unwrap(), day(on)).is_flagged()
}

#[test]
fn safe_harbor_carries_a_transfer_until_the_day_on_which_it_fell() {
    let transfer = transfer(json!({ "mechanism": "eu-us-safe-harbor" }));
    assert!(flagged(&transfer, "2000-07-25"));
    assert!(!flagged(&transfer, "2000-07-26"));
    assert!(!flagged(&transfer, "2015-10-05"));
    assert!(flagged(&transfer, "2015-10-06"));
    let mechanisms = Mechanisms::with([]);
    let told = mechanisms.footing(transfer.as_term().unwrap(), day("2015-10-06")).sentence();
    assert!(told.contains("Invalidated on 6 October 2015"), "{told}");
    assert!(told.contains("C-362/14"), "{told}");
}

#[test]
fn old_clauses_carry_old_contracts_until_the_last_day_of_grace_and_no_new_ones() {
    let old = transfer(json!({ "mechanism": "scc-2010", "concluded": "2021-09-26" }));
    let late = transfer(json!({ "mechanism": "scc-2010", "concluded": "2021-09-27" }));
    let unknown = transfer(json!({ "mechanism": "scc-2010" }));
    assert!(!flagged(&old, "2021-09-26"));
    assert!(!flagged(&late, "2021-09-26"), "until then a new contract may be made");
    for day in ["2021-09-27", "2022-12-27"] {
        assert!(!flagged(&old, day), "{day}");
        assert!(flagged(&late, day) && flagged(&unknown, day), "{day}");
    }
    assert!(flagged(&old, "2022-12-28"));
}

#[test]
fn a_framework_carries_from_the_day_of_its_decision() {
    let transfer = transfer(json!({ "mechanism": "eu-us-dpf" }));
    assert!(flagged(&transfer, "2023-07-09"));
    assert!(!flagged(&transfer, "2023-07-10"));
}

#[test]
fn privacy_shield_falls_on_the_day_of_the_judgment() {
    let transfer = transfer(json!({ "mechanism": "eu-us-privacy-shield" }));
    assert!(!flagged(&transfer, "2020-07-15"));
    assert!(flagged(&transfer, "2020-07-16"));
}

#[test]
fn the_united_kingdom_left_at_the_end_of_2020() {
    let transfer = transfer(json!({ "to_country": "GB" }));
    assert!(!flagged(&transfer, "2020-12-31"));
    let without = Mechanisms::with([]).footing(transfer.as_term().unwrap(), day("2021-07-01")).sentence();
    assert_eq!(without, "Rests on no mechanism.");
}

/// Checks on which days a mechanism carries a transfer, and on which it doesn't.
fn carries(key: &str, from: &str, to: &str, concluded: &str, days: &[(&str, bool)]) {
    let fields = json!({ "mechanism": key, "from_country": from, "to_country": to, "concluded": concluded });
    let transfer = transfer(fields);
    for (on, expected) in days {
        assert_eq!(!flagged(&transfer, on), *expected, "{key} from {from} to {to} on {on}");
    }
}

#[test]
fn each_law_has_its_own_first_and_last_days() {
    carries("eu-uk-bridge", "DE", "GB", "", &[("2021-01-01", true), ("2021-06-27", true), ("2021-06-28", false)]);
    let renewed = [("2021-06-27", false), ("2021-06-28", true), ("2031-12-27", true), ("2031-12-28", false)];
    carries("adequacy-united-kingdom", "DE", "GB", "", &renewed);
    carries("uk-adequacy-eea", "GB", "DE", "", &[("2021-01-01", true)]);
    carries("eu-us-dpf", "GB", "US", "", &[("2023-10-12", false)]);
    carries("uk-dpf-extension", "GB", "US", "", &[("2023-10-11", false), ("2023-10-12", true)]);
    let old_clauses = [("2021-01-01", true), ("2022-09-22", true), ("2024-03-21", true), ("2024-03-22", false)];
    carries("scc-2010-uk", "GB", "US", "2022-09-21", &old_clauses);
    carries("scc-2010-uk", "GB", "US", "2022-09-22", &[("2022-09-21", true), ("2022-09-22", false)]);
    carries("uk-addendum", "GB", "US", "", &[("2022-03-20", false), ("2022-03-21", true)]);
    carries("us-swiss-safe-harbor", "CH", "US", "", &[("2015-10-21", true), ("2015-10-22", false)]);
    let shield = [("2017-04-11", false), ("2017-04-12", true), ("2020-09-07", true), ("2020-09-08", false)];
    carries("swiss-us-privacy-shield", "CH", "US", "", &shield);
    carries("scc-2010-switzerland", "CH", "US", "2021-09-26", &[("2022-12-31", true), ("2023-01-01", false)]);
    carries("scc-2021-switzerland", "CH", "US", "", &[("2021-08-26", false), ("2021-08-27", true)]);
    carries("swiss-us-dpf", "CH", "US", "", &[("2024-09-14", false), ("2024-09-15", true)]);
}

#[test]
fn within_the_european_economic_area_no_mechanism_is_needed() {
    let transfer = transfer(json!({ "to_country": "NO" }));
    assert_eq!(Mechanisms::with([]).footing(transfer.as_term().unwrap(), day("2026-01-01")), Footing::NotNeeded);
}

#[test]
fn every_mechanism_of_the_register_is_whole() {
    let register: Vec<Value> = serde_json::from_str(include_str!("mechanisms.json")).unwrap();
    assert_eq!(register.len(), Mechanisms::with([]).iter().count(), "a key stands twice");
    for entry in register {
        let version = TermVersion::read(entry.clone()).unwrap_or_else(|problems| panic!("{entry}: {problems:?}"));
        let mechanism = version.as_term::<Mechanism>().unwrap();
        assert!(mechanism.act_link.is_some(), "{} names no source", version.key);
        let known = Mechanisms::with([]);
        assert!(mechanism.replaced_by.as_ref().is_none_or(|by| known.get(by).is_some()), "{}", version.key);
    }
}

fn problems(versions: &[TermVersion], before: &[PublishedTerm], now: &str) -> Vec<String> {
    Publication::new(versions, before, Timestamp::parse(now).unwrap())
        .problems()
        .into_iter()
        .map(|problem| format!("{} {}", problem.problem.field, problem.problem.reason))
        .collect()
}

#[test]
fn a_transfer_without_a_valid_mechanism_is_not_published_as_in_force() {
    let now = "2026-03-01T12:00:00Z";
    let fell = problems(&[transfer(json!({ "mechanism": "eu-us-safe-harbor" }))], &[], now);
    assert!(fell[0].contains("could not carry the transfer"), "{fell:?}");
    let none = problems(&[transfer(json!({ "effective_from": "2026-04-01" }))], &[], now);
    assert!(none[0].contains("Rests on no mechanism"), "{none:?}");
    let sound = transfer(json!({ "mechanism": "eu-us-dpf", "effective_from": "2026-04-01" }));
    assert_eq!(problems(&[sound], &[], now), Vec::<String>::new());
}

#[test]
fn history_is_published_where_it_was_sound_in_its_time_and_ended() {
    let old = transfer(json!({ "mechanism": "eu-us-safe-harbor", "effective_until": "2015-10-05" }));
    let new = transfer(json!({ "mechanism": "scc-2021", "effective_from": "2021-07-01", "concluded": "2021-07-01" }));
    assert_eq!(problems(&[old, new], &[], "2026-03-01T12:00:00Z"), Vec::<String>::new());
}

#[test]
fn what_is_in_effect_is_not_changed_without_a_reason() {
    let now = "2026-03-01T12:00:00Z";
    let sound = |fields: Value| {
        let mut all = json!({ "mechanism": "scc-2021", "effective_from": "2026-02-01", "concluded": "2026-01-01" });
        for (name, value) in fields.as_object().unwrap() {
            all[name] = value.clone();
        }
        transfer(all)
    };
    let before = [published(sound(json!({})), "2026-01-15T00:00:00Z")];
    assert_eq!(problems(&[sound(json!({}))], &before, now), Vec::<String>::new(), "the same again");
    let changed = problems(&[sound(json!({ "data": "Logs" }))], &before, now);
    assert!(changed[0].contains("in effect, and that one is not changed"), "{changed:?}");
    let corrected = sound(json!({ "data": "Logs", "correction": "Logs were meant." }));
    assert_eq!(problems(&[corrected], &before, now), Vec::<String>::new());
    let later = sound(json!({ "data": "Logs", "effective_from": "2026-03-02", "change": "Logs instead of tickets." }));
    assert_eq!(problems(std::slice::from_ref(&later), &before, now), Vec::<String>::new());
    let late = problems(&[sound(json!({ "effective_from": "2026-03-01", "change": "x" }))], &before, now);
    assert!(late[0].contains("is not ahead"), "{late:?}");
    let versions = [later];
    let notices = Publication::new(&versions, &before, Timestamp::parse(now).unwrap()).notices();
    let [notice] = notices.as_slice() else { panic!("{notices:?}") };
    assert_eq!(notice.content.kind(), crate::notice::NoticeKind::TransferTermsChange);
}

fn policy(from: &str, text: &str) -> TermVersion {
    TermVersion::read(json!({
        "kind": "policy", "key": "privacy", "effective_from": from, "title": "Privacy statement", "text": text,
        "change": "The second paragraph.",
    }))
    .unwrap()
}

#[test]
fn on_a_day_the_version_that_took_effect_last_holds() {
    let versions = vec![
        published(policy("2024-01-01", "One"), "2023-12-01T00:00:00Z"),
        published(policy("2025-01-01", "Two"), "2024-12-01T00:00:00Z"),
    ];
    let text = |on: &str| {
        let terms = TermsOn::new(day(on), versions.clone());
        terms.of::<Policy>().map(|(_, policy)| policy.text.0.clone()).collect::<Vec<_>>()
    };
    assert_eq!(text("2023-12-31"), Vec::<String>::new());
    assert_eq!(text("2024-01-01"), ["One"]);
    assert_eq!(text("2024-12-31"), ["One"]);
    assert_eq!(text("2025-01-01"), ["Two"]);
}

#[test]
fn of_two_versions_of_one_day_the_one_published_last_holds() {
    let versions = vec![
        published(policy("2024-01-01", "Right"), "2024-02-01T00:00:00Z"),
        published(policy("2024-01-01", "Wrong"), "2023-12-01T00:00:00Z"),
    ];
    let terms = TermsOn::new(day("2024-06-01"), versions);
    let (found, policy) = terms.one::<Policy>(&key("privacy")).unwrap();
    assert_eq!(policy.text.0, "Right");
    assert!(found.is_recorded_later());
}

#[test]
fn a_customers_own_version_stands_in_the_place_of_the_general_one_and_services_it_lacks_are_not_shown() {
    let general = transfer(json!({ "mechanism": "scc-2021", "effective_from": "2022-01-01" }));
    let own = transfer(json!({ "customer": "meridian", "effective_from": "2023-01-01", "data": "Nothing but names" }));
    let mail = transfer(json!({ "key": "mail", "service": "Mail", "effective_from": "2022-01-01" }));
    let services = TermVersion::read(json!({
        "kind": "services", "key": "services", "customer": "meridian", "effective_from": "2022-01-01",
        "services": ["Support"],
    }))
    .unwrap();
    let versions = [general, own, mail, services].map(|version| published(version, "2022-01-01T00:00:00Z")).to_vec();
    let data = |on: &str| {
        let terms = TermsOn::new(day(on), versions.clone());
        terms.of::<Transfer>().map(|(_, transfer)| transfer.data.0.clone()).collect::<Vec<_>>()
    };
    assert_eq!(data("2022-12-31"), ["Tickets"]);
    assert_eq!(data("2023-01-01"), ["Nothing but names"]);
}

#[test]
fn a_certificate_is_worth_what_its_dates_say() {
    let assurance = |fields: Value| {
        let mut all = json!({
            "kind": "assurance", "key": "iso", "effective_from": "2024-01-01", "standard": "ISO/IEC 27001:2022",
            "assurance_kind": "certificate", "auditor": "Body", "scope": "All", "issued_on": "2024-01-01", "summary": "Good",
        });
        for (name, value) in fields.as_object().unwrap() {
            all[name] = value.clone();
        }
        TermVersion::read(all).unwrap()
    };
    let certificate = assurance(json!({ "valid_until": "2026-12-31" }));
    let status = |on: &str| certificate.as_term::<Assurance>().unwrap().status(day(on));
    let until = day("2026-12-31");
    assert_eq!(status("2023-12-31"), AssuranceStatus::NotYet);
    assert_eq!(status("2026-11-01"), AssuranceStatus::Valid { until });
    assert_eq!(status("2026-11-02"), AssuranceStatus::EndsSoon { until });
    assert_eq!(status("2026-12-31"), AssuranceStatus::EndsSoon { until });
    assert_eq!(status("2027-01-01"), AssuranceStatus::Expired { until });
    let report = assurance(json!({ "assurance_kind": "audit_report", "period_until": "2024-06-30" }));
    let status = |on: &str| report.as_term::<Assurance>().unwrap().status(day(on)).holds();
    assert!(status("2025-06-30") && !status("2025-07-01"));
}

#[test]
fn a_difference_shows_the_words_that_changed_and_leaves_far_lines_out() {
    let text = |word: &str| {
        let mut lines = (0..10).map(|line| format!("Line {line}.")).collect::<Vec<_>>();
        lines.push(format!("We never {word} your data."));
        policy("2024-01-01", &lines.join("\n"))
    };
    let differences = difference(&text("sell").term, &text("share").term);
    let [field] = differences.as_slice() else { panic!("{differences:?}") };
    assert_eq!(field.label, "Text");
    assert_eq!(field.rows[0], Row::Skipped(8));
    let Row::Changed { old: Some(old), new: Some(new) } = &field.rows[3] else { panic!("{:?}", field.rows) };
    let changed = |pieces: &[Piece]| pieces.iter().filter(|p| p.changed).map(|p| p.text.clone()).collect::<String>();
    assert_eq!((changed(old).as_str(), changed(new).as_str()), ("sell", "share"));
}

#[test]
fn a_policy_is_told_ahead_with_its_difference() {
    let before = [published(policy("2024-01-01", "We keep logs for a year."), "2023-12-01T00:00:00Z")];
    let versions = [policy("2026-04-01", "We keep logs for a month.")];
    let notices = Publication::new(&versions, &before, Timestamp::parse("2026-03-01T00:00:00Z").unwrap()).notices();
    let crate::notice::NoticeContent::PolicyChange(change) = &notices[0].content else { panic!("{notices:?}") };
    assert!(change.difference.contains("− We keep logs for a year."), "{}", change.difference);
    assert!(change.difference.contains("+ We keep logs for a month."), "{}", change.difference);
}

#[test]
fn a_new_subprocessor_can_be_objected_to_before_it_begins() {
    let now = "2026-03-01T00:00:00Z";
    let subprocessor = |fields: Value| {
        let mut all = json!({
            "kind": "subprocessor", "key": "ledger", "effective_from": "2026-05-01", "name": "Ledger Ltd", "country": "GB",
            "service": "Billing", "data": "Invoices", "added_on": "2026-05-01", "change": "It is new.",
            "object_until": "2026-04-15", "how_to_object": "On this notice. You may then end the contract.",
        });
        for (name, value) in fields.as_object().unwrap() {
            all[name] = value.clone();
        }
        TermVersion::read(all).unwrap()
    };
    let versions = [subprocessor(json!({}))];
    let publication = Publication::new(&versions, &[], Timestamp::parse(now).unwrap());
    assert_eq!(publication.problems(), []);
    let crate::notice::NoticeContent::SubprocessorChange(change) = &publication.notices()[0].content else { panic!() };
    assert_eq!(change.object_until, day("2026-04-15"));
    let before = [published(subprocessor(json!({})), now)];
    let late = subprocessor(json!({ "effective_from": "2026-06-01", "object_until": "2026-06-01", "data": "Names" }));
    assert!(problems(&[late], &before, now)[0].contains("is not before"));
}

#[test]
fn a_mechanism_that_falls_is_told_of_each_transfer_that_rests_on_it() {
    let transfer = transfer(json!({ "mechanism": "eu-us-dpf", "effective_from": "2024-01-01" }));
    let mut fell = Mechanisms::with([]).get(&key("eu-us-dpf")).map(|dpf| serde_json::to_value(dpf).unwrap()).unwrap();
    for (name, value) in [
        ("kind", "mechanism"),
        ("key", "eu-us-dpf"),
        ("effective_from", "2026-06-01"),
        ("last_day", "2026-05-31"),
        ("ended_how", "invalidated"),
        ("ended_by", "A court"),
    ] {
        fell[name] = value.into();
    }
    let fell = TermVersion::read(fell).unwrap();
    let at = |now: &str| {
        let all =
            [published(transfer.clone(), "2024-01-01T00:00:00Z"), published(fell.clone(), "2026-05-20T00:00:00Z")];
        fallen(&all, Timestamp::parse(now).unwrap()).len()
    };
    assert_eq!(at("2026-05-31T23:59:59Z"), 0);
    assert_eq!(at("2026-06-01T00:00:00Z"), 1);
}

#[test]
fn a_version_reads_back_from_its_own_fields() {
    let version = transfer(json!({
        "mechanism": "scc-2021", "module": "two", "concluded": "2021-07-01",
        "measures": ["encryption | AES-256 at rest"], "options": ["Clause 7"], "customer": "meridian",
    }));
    assert_eq!(TermVersion::read(Value::Object(version.fields().unwrap())), Ok(version));
}

#[test]
fn whatever_is_wrong_is_told_with_its_field() {
    let wrong = TermVersion::read(json!({
        "kind": "transfer", "key": "Wrong Key", "effective_from": "soon", "from_country": "Germany", "to_country": "US",
        "measures": ["magic | yes"], "colour": "red",
    }))
    .unwrap_err();
    let fields = wrong.iter().map(|problem| problem.field.as_str()).collect::<Vec<_>>();
    for field in ["/key", "/effective_from", "/from_country", "/measures/0", "/colour", "/data", "/service"] {
        assert!(fields.contains(&field), "{field} in {fields:?}");
    }
}

#[test]
fn what_stands_behind_a_framework_carries_the_transfer_when_it_falls() {
    let transfer = transfer(json!({
        "mechanism": "eu-us-privacy-shield", "fallback": "scc-2010", "fallback_concluded": "2018-05-25",
    }));
    let mechanisms = Mechanisms::with([]);
    let on = |on: &str| mechanisms.footing(transfer.as_term().unwrap(), day(on));
    assert!(matches!(on("2020-07-15"), Footing::Sound(_)));
    assert!(matches!(on("2020-07-16"), Footing::Fallback { .. }));
    assert!(on("2022-12-28").is_flagged());
    let told = on("2020-07-16").sentence();
    assert!(
        told.contains("C-311/18") && told.ends_with("It rests on Model Clauses, controller to processor instead."),
        "{told}"
    );
}

#[test]
fn a_version_ahead_is_told_also_where_what_it_follows_is_published_with_it() {
    let versions = [policy("2024-01-01", "We keep logs."), policy("2026-04-01", "We keep no logs.")];
    let notices = Publication::new(&versions, &[], Timestamp::parse("2026-03-01T00:00:00Z").unwrap()).notices();
    let [notice] = notices.as_slice() else { panic!("{notices:?}") };
    assert_eq!(notice.version, 1);
}

#[test]
fn a_day_is_asked_for_as_it_is_written_and_within_what_the_laws_know() {
    let today = day("2026-03-01");
    assert_eq!(asked_day("", today), (today, None));
    assert_eq!(asked_day("on=&x=1", today), (today, None));
    assert_eq!(asked_day("on=2015-10-06", today), (day("2015-10-06"), None));
    assert_eq!(asked_day("on=1995-10-24", today).0, day("1995-10-24"));
    assert_eq!(asked_day("on=2036-03-01", today).0, day("2036-03-01"));
    for (query, reason) in [
        ("on=soon", "no day such as"),
        ("on=2015-02-30", "no day such as"),
        ("on=%2B2015-10-06", "no day such as"),
        ("on=1066-10-14", "before 24 October 1995"),
        ("on=2036-03-02", "10 years ahead"),
        ("on=9999-12-31", "10 years ahead"),
    ] {
        let (asked, problem) = asked_day(query, today);
        assert_eq!(asked, today, "{query}");
        assert!(problem.is_some_and(|problem| problem.reason.contains(reason)), "{query}");
    }
}

#[test]
fn a_version_holds_until_the_next_one_or_until_a_customer_gets_its_own() {
    let numbered = |number: u128, version: TermVersion, at: &str| PublishedTerm {
        id: TermVersionId(uuid::Uuid::from_u128(number)),
        ..published(version, at)
    };
    let general = |from: &str| transfer(json!({ "mechanism": "scc-2021", "effective_from": from }));
    let own = transfer(json!({ "mechanism": "scc-2021", "effective_from": "2024-06-01", "customer": "acme" }));
    let versions = [
        numbered(1, general("2022-01-01"), "2021-12-01T00:00:00Z"),
        numbered(2, general("2023-01-01"), "2022-12-01T00:00:00Z"),
        numbered(3, general("2023-01-01"), "2022-12-02T00:00:00Z"),
        numbered(4, general("2025-01-01"), "2024-12-01T00:00:00Z"),
        numbered(5, own, "2024-05-01T00:00:00Z"),
    ];
    let held = versions.each_ref().map(|version| version.held(&versions));
    assert_eq!(
        held,
        [
            Held::Until(Some(day("2022-12-31"))),
            Held::Replaced,
            Held::Until(Some(day("2024-05-31"))),
            Held::OwnInstead,
            Held::Until(None),
        ]
    );
    let without = [versions[2].clone(), versions[3].clone()];
    assert_eq!(without[0].held(&without), Held::Until(Some(day("2024-12-31"))));
}

#[test]
fn what_is_announced_is_told_only_to_whom_it_would_hold_for() {
    let services = TermVersion::read(json!({
        "kind": "services", "key": "services", "effective_from": "2022-01-01", "customer": "acme", "services": ["Support"],
    }))
    .unwrap();
    let own =
        transfer(json!({ "key": "own", "mechanism": "scc-2021", "effective_from": "2022-01-01", "customer": "acme" }));
    let terms = TermsOn::new(
        day("2026-03-01"),
        vec![published(services, "2022-01-01T00:00:00Z"), published(own, "2022-01-01T00:00:00Z")],
    );
    let later = |fields: Value, at: &str| {
        let mut all = json!({ "mechanism": "scc-2021", "effective_from": "2026-05-01" });
        for (name, value) in fields.as_object().unwrap() {
            all[name] = value.clone();
        }
        published(transfer(all), at)
    };
    let upcoming = terms.upcoming(vec![
        later(json!({ "data": "First" }), "2026-02-01T00:00:00Z"),
        later(json!({ "data": "Corrected" }), "2026-02-02T00:00:00Z"),
        later(json!({ "data": "General", "key": "own" }), "2026-02-02T00:00:00Z"),
        later(json!({ "data": "Not had", "key": "mail", "service": "Mail" }), "2026-02-02T00:00:00Z"),
        later(json!({ "data": "Sooner", "key": "soon", "effective_from": "2026-04-01" }), "2026-02-02T00:00:00Z"),
    ]);
    let data = |published: &PublishedTerm| published.version.as_term::<Transfer>().unwrap().data.0.clone();
    assert_eq!(upcoming.iter().map(data).collect::<Vec<_>>(), ["Sooner", "Corrected"]);
}

#[test]
fn transfers_are_taken_away_with_what_they_rest_on() {
    let transfer = transfer(json!({ "mechanism": "eu-us-safe-harbor", "data": "=cmd", "options": ["Clause 7"] }));
    let terms = TermsOn::new(day("2015-10-06"), vec![published(transfer, "2016-01-01T00:00:00Z")]);
    let rows = transfer_rows(&terms);
    let [row] = rows.as_slice() else { panic!("{rows:?}") };
    let cell = |name: &str| row[TRANSFER_CSV_HEADER.iter().position(|column| *column == name).unwrap()].as_str();
    assert_eq!((cell("data"), cell("on")), ("'=cmd", "2015-10-06"));
    assert_eq!((cell("footing"), cell("mechanism_last_day")), ("flagged", "2015-10-05"));
    assert_eq!((cell("mechanism_ended_how"), cell("recorded_later")), ("invalidated", "true"));
    let now = Timestamp::parse("2026-03-01T00:00:00Z").unwrap();
    let document = serde_json::to_value(TransferDocument::new("acme", &terms, &[], now).unwrap()).unwrap();
    assert_eq!(document["terms"][0]["term"]["data"], "=cmd");
    assert_eq!(document["terms"][0]["footing"]["code"], "flagged");
    assert_eq!(document["mechanisms"][0]["standing"], "ended");
}

#[test]
fn a_full_report_is_a_pdf() {
    let report = |media_type: &str| {
        TermVersion::read(json!({
            "kind": "assurance", "key": "soc", "effective_from": "2024-01-01", "standard": "SOC 2",
            "assurance_kind": "audit_report", "auditor": "Body", "scope": "All", "issued_on": "2024-01-01",
            "summary": "Good", "report_terms": "Tell nobody.",
            "report": {
                "id": "019aaaaa-0000-7000-8000-000000000000", "name": "soc", "media_type": media_type, "size": 1,
                "sha256": "00",
            },
        }))
    };
    assert!(report("application/pdf").is_ok());
    assert_eq!(report("image/png").unwrap_err()[0].field, "/report");
}
