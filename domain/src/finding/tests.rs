use std::collections::{BTreeMap, BTreeSet};

use chrono::{Days, TimeDelta};
use proptest::prelude::*;

use super::*;
use crate::{Place, filter::AccessView};

fn at(text: &str) -> Timestamp {
    Timestamp::parse(text).unwrap()
}

fn place(code: &str) -> Place {
    Place::parse(code).unwrap()
}

fn accessor(pseudonym: &str, country: &str) -> Accessor {
    Accessor {
        employer: Some("Nimbus".to_owned()),
        employer_kind: None,
        office_country: place(country),
        physical_country: place(country),
        pseudonym: Some(pseudonym.to_owned()),
        role: Some("Engineer".to_owned()),
    }
}

/// Four accesses for support a day, by four accessors of one country, between 8 and 16 o'clock, in the 89 days before.
fn ordinary(now: Timestamp) -> Vec<Seen> {
    let of = |place: i64| Seen {
        sequence: place,
        started_at: Timestamp::start_of(now.minus(TimeDelta::days(89 - place / 4)).day())
            .plus(TimeDelta::hours(8 + 2 * (place % 4)) + TimeDelta::minutes(place * 7 % 120)),
        purpose: Purpose::CustomerRequestedSupport,
        accessor: accessor(["a", "b", "c", "d"][(place % 4) as usize], "IE"),
        ticket: Some(format!("CASE-{place}")),
        requested: true,
    };
    (0..89 * 4).map(of).collect()
}

const NOW: &str = "2026-03-04T12:00:00Z";

fn odd(started_at: &str) -> Seen {
    Seen { sequence: 1_000, started_at: at(started_at), ..ordinary(at(NOW))[0].clone() }
}

/// What the rules find where every access is at hand.
fn found_in(seen: &[Seen], judged: Judged) -> Vec<Finding> {
    let mut counts = Counts::default();
    let mut uses = BTreeMap::<(&str, Purpose), TicketUse>::new();
    let mut seen = seen.to_vec();
    seen.sort_by_key(|one| (one.started_at, one.sequence));
    for one in &seen {
        for counted in Counted::of(one) {
            counts.add(one.started_at.day(), counted, Count { accesses: 1, first: one.sequence });
        }
        let Some(ticket) = &one.ticket else { continue };
        let used = uses.entry((ticket, one.purpose)).or_insert_with(|| TicketUse {
            ticket: ticket.clone(),
            purpose: one.purpose,
            first_at: one.started_at,
            last_at: one.started_at,
            sequence: one.sequence,
            accesses: 0,
            requested: 0,
        });
        used.last_at = one.started_at;
        used.accesses += 1;
        used.requested += i64::from(one.requested);
    }
    let read = |suspect: Suspect| {
        let admitted = seen.iter().filter(|one| suspect.admits(one)).cloned().collect::<Vec<_>>();
        (suspect, admitted)
    };
    let suspects = suspects(&counts, judged).into_iter().map(read).collect::<Vec<_>>();
    findings(&suspects, &uses.into_values().collect::<Vec<_>>(), judged)
}

fn found(seen: &[Seen], now: Timestamp) -> Vec<Finding> {
    found_in(seen, Judged::lately(now))
}

/// What is raised about these beside the ordinary.
fn raised(odd: impl IntoIterator<Item = Seen>) -> Vec<Finding> {
    let mut seen = ordinary(at(NOW));
    seen.extend(odd);
    found(&seen, at(NOW))
}

fn only(odd: impl IntoIterator<Item = Seen>) -> Finding {
    let raised = raised(odd);
    assert_eq!(raised.len(), 1, "{raised:#?}");
    raised[0].clone()
}

#[test]
fn an_ordinary_record_raises_nothing() {
    assert_eq!(raised([]), []);
    assert_eq!(found(&[], at(NOW)), []);
}

#[test]
fn an_access_at_night_is_told_with_how_many_there_were() {
    let finding = only([odd("2026-02-20T03:12:30Z")]);
    assert_eq!((finding.kind, finding.at), (FindingKind::UnusualHour, at("2026-02-20T03:12:30Z")));
    assert_eq!(
        finding.words,
        "a (Engineer, Nimbus) began an access for “Support you asked for” at 03:12 UTC on 20 February 2026. Of the 240 accesses for this purpose in the 60 days before, none began between 02:00 and 05:00."
    );
    assert_eq!((finding.accesses, finding.count), (vec![1_000], 1));
    let second = Seen { sequence: 1_001, ..odd("2026-02-20T03:40:00Z") };
    let both = only([odd("2026-02-20T03:12:30Z"), second]);
    assert_eq!((both.key, both.accesses), (finding.key, vec![1_000, 1_001]), "a night is raised once");
    assert!(both.words.ends_with("There was 1 more that day at such an hour."), "{}", both.words);
}

#[test]
fn midnight_lies_between_neighbours() {
    let mut seen = ordinary(at(NOW));
    for (place, one) in seen.iter_mut().enumerate() {
        let minute = (23 * 60 + 30 + place as i64 % 60) % 1_440;
        one.started_at = Timestamp::start_of(one.started_at.day()).plus(TimeDelta::minutes(minute));
    }
    let near = Seen { sequence: 1_000, started_at: at("2026-02-20T00:20:00Z"), ..seen[0].clone() };
    seen.push(near);
    assert!(found(&seen, at(NOW)).iter().all(|finding| finding.kind != FindingKind::UnusualHour));
}

#[test]
fn a_country_that_was_not_seen_is_raised_once_a_month_wherever_the_accessor_sat() {
    let travelling = |started_at: &str, sequence| {
        let mut one = Seen { sequence, ..odd(started_at) };
        one.accessor.physical_country = place("SG");
        one
    };
    let finding = only([travelling("2026-02-20T10:12:00Z", 1_000), travelling("2026-02-21T10:00:00Z", 1_001)]);
    assert_eq!((finding.kind, finding.count), (FindingKind::UnusualCountry, 2));
    for part in [
        "at 10:12 UTC on 20 February 2026",
        "sat in Singapore (office: Ireland)",
        "accesses in the 60 days before that state a country, none came from there.",
        "There was 1 more from there that month.",
    ] {
        assert!(finding.words.contains(part), "{part}: {}", finding.words);
    }
    assert_eq!(finding.filter, "from=2026-02-20&to=2026-02-21&country=SG");
    let mut unstated = odd("2026-02-20T10:12:00Z");
    unstated.accessor.physical_country = Place::NotStated;
    assert_eq!(raised([unstated]), [], "what is not stated is no country");
}

#[test]
fn somebody_new_is_told_at_the_first_access_alone() {
    let new = |started_at: &str, sequence| Seen { sequence, accessor: accessor("new", "IE"), ..odd(started_at) };
    let finding = only([new("2026-02-20T10:12:00Z", 1_000), new("2026-02-21T10:12:00Z", 1_001)]);
    assert_eq!((finding.kind, finding.accesses), (FindingKind::FirstTimeAccessor, vec![1_000]));
    assert!(finding.words.contains("they were by 4 others"), "{}", finding.words);
}

#[test]
fn whoever_made_most_accesses_is_told_with_the_share() {
    let busy = |place: i64| Seen {
        sequence: 1_000 + place,
        started_at: at("2026-02-03T14:00:00Z").plus(TimeDelta::hours(place % 2) + TimeDelta::days(place / 2)),
        ..odd(NOW)
    };
    let finding = only((0..50).map(busy));
    assert_eq!((finding.kind, finding.count), (FindingKind::MostAccesses, 80));
    assert!(
        finding.words.contains("made 80 of the 170 accesses to your data in the last 30 days, 47 of 100"),
        "{}",
        finding.words
    );
    assert_eq!((finding.accesses.len(), finding.accesses.last()), (MOST_NAMED, Some(&(88 * 4))), "the newest");
    let automated = |place| Seen { purpose: Purpose::CustomerAuthorizedWorkflow, ..busy(place) };
    assert!(raised((0..50).map(automated)).iter().all(|finding| finding.kind != FindingKind::MostAccesses));
}

#[test]
fn a_day_with_many_accesses_is_told_against_days_of_its_kind() {
    let busy = |place: i64| Seen {
        sequence: 1_000 + place,
        started_at: at("2026-02-20T09:00:00Z").plus(TimeDelta::minutes(place)),
        accessor: accessor(["a", "b", "c", "d"][(place % 4) as usize], "IE"),
        ..odd(NOW)
    };
    assert_eq!(raised((0..5).map(busy)), []);
    let finding = only((0..6).map(busy));
    assert_eq!(
        finding.words,
        "Your record has 10 accesses of 20 February 2026 (UTC). Of the 40 working days in the eight weeks before, the median has 4 and half lie within 0 of that; more than 9 is unusual."
    );
    assert_eq!((finding.filter.as_str(), finding.accesses.len()), ("from=2026-02-20&to=2026-02-20", 10));
}

#[test]
fn a_ticket_that_stands_for_two_purposes_is_told_with_both() {
    let again = Seen {
        purpose: Purpose::ServiceOperation,
        ticket: Some("CASE-300".to_owned()),
        requested: false,
        ..odd("2026-02-20T10:00:00Z")
    };
    let finding = only([again.clone()]);
    assert_eq!((finding.kind, &finding.accesses), (FindingKind::PurposeDrift, &vec![1_000]));
    assert!(
        finding.words.starts_with("The ticket CASE-300 stands for “Support you asked for” at"),
        "{}",
        finding.words
    );
    assert!(
        finding.words.contains("then for “Operating the service” at 10:00 UTC on 20 February 2026"),
        "{}",
        finding.words
    );
    let third = Seen { sequence: 1_001, purpose: Purpose::ProductionAlert, ..again.clone() };
    let later = raised([again.clone(), Seen { started_at: at("2026-02-24T10:00:00Z"), ..third }]);
    let keys = later.iter().map(|finding| finding.key.clone()).collect::<Vec<_>>();
    assert!(keys.len() == 2 && keys[1] == finding.key, "what was dismissed stays so: {later:#?}");
    let unstated = Seen { purpose: Purpose::NotStated, ..again.clone() };
    assert_eq!(raised([unstated]), [], "what states no purpose states no other one");
    let before = Seen { ticket: Some("CASE-9".to_owned()), started_at: at("2026-01-20T10:00:00Z"), ..again };
    assert_eq!(raised([before]), [], "what drifted long ago was raised then");
}

#[test]
fn a_ticket_whose_oldest_access_is_too_old_is_not_raised_again() {
    // The first access under this ticket was 88 days before.
    let under = |sequence: i64, purpose: Purpose, started_at: &str| Seen {
        sequence,
        purpose,
        ticket: Some("CASE-4".to_owned()),
        requested: false,
        ..odd(started_at)
    };
    let mut seen = ordinary(at(NOW));
    seen.push(under(1_000, Purpose::ServiceOperation, "2026-02-05T10:00:00Z"));
    seen.push(under(1_001, Purpose::ProductionAlert, "2026-02-20T10:00:00Z"));
    let keys = |now: &str| {
        let drifts = found(&seen, at(now)).into_iter().filter(|finding| finding.kind == FindingKind::PurposeDrift);
        drifts.map(|finding| finding.key).collect::<Vec<_>>()
    };
    let newest = keys(NOW)[0].clone();
    assert_eq!(keys(NOW).len(), 2);
    assert_eq!(keys("2026-03-10T12:00:00Z"), [newest], "what was dismissed stays so");
}

#[test]
fn a_day_that_goes_on_is_raised_again_when_it_doubles() {
    let busy = |place: i64| Seen {
        sequence: 1_000 + place,
        started_at: at("2026-03-04T09:00:00Z").plus(TimeDelta::seconds(place)),
        accessor: accessor(["a", "b", "c", "d"][(place % 4) as usize], "IE"),
        ..odd(NOW)
    };
    let key = |times: i64| {
        let raised = raised((0..times).map(busy));
        let volume = raised.into_iter().find(|finding| finding.kind == FindingKind::UnusualVolume);
        volume.unwrap().key
    };
    assert_eq!(key(12), key(14));
    assert_ne!(key(12), key(24), "dismissed with a few, raised again with many");
    assert_ne!(key(12), key(5_000));
}

#[test]
fn countries_are_compared_with_accesses_that_state_one() {
    let mut seen = ordinary(at(NOW));
    let unstated = |one: &mut Seen| {
        one.accessor.office_country = Place::NotStated;
        one.accessor.physical_country = Place::NotStated;
    };
    // Nearly half say nothing: from where they came isn't known.
    seen.iter_mut().filter(|one| one.sequence % 2 == 0).for_each(unstated);
    let there = Seen { accessor: accessor("a", "SG"), ..odd("2026-02-20T10:12:00Z") };
    seen.push(there.clone());
    let is_country = |finding: &Finding| finding.kind == FindingKind::UnusualCountry;
    assert!(!found(&seen, at(NOW)).iter().any(is_country));
    let mut seen = ordinary(at(NOW));
    seen.iter_mut().filter(|one| one.sequence % 20 == 0).for_each(unstated);
    seen.push(there);
    let raised = found(&seen, at(NOW));
    let finding = raised.iter().find(|finding| is_country(finding)).unwrap();
    let told = "Of the 228 accesses in the 60 days before that state a country, none came from there.";
    assert!(finding.words.ends_with(told), "{}", finding.words);
}

#[test]
fn support_that_nobody_is_named_for_is_told_where_others_are() {
    let unnamed = Seen { requested: false, ticket: Some("CASE-X".to_owned()), ..odd("2026-02-20T10:00:00Z") };
    let finding = only([unnamed.clone()]);
    assert_eq!(finding.kind, FindingKind::RequestNotNamed);
    assert!(
        finding.words.ends_with("Of the 240 accesses for this purpose in the 60 days before, 240 name who asked."),
        "{}",
        finding.words
    );
    let named = Seen { sequence: 1_001, requested: true, ..unnamed.clone() };
    assert_eq!(raised([unnamed.clone(), named]), [], "another access under the ticket names who asked");
    let mut nobody = ordinary(at(NOW));
    nobody.iter_mut().for_each(|one| one.requested = false);
    nobody.push(unnamed);
    assert_eq!(found(&nobody, at(NOW)), [], "a system that never says who asked");
}

#[test]
fn a_month_finds_under_the_same_keys_what_was_found_while_it_went_on() {
    let mut seen = ordinary(at(NOW));
    seen.push(odd("2026-02-20T03:12:30Z"));
    let month = Judged::month(Month::parse("2026-02").unwrap(), at(NOW));
    assert_eq!(found_in(&seen, month), found(&seen, at(NOW)));
    let march = Judged::month(Month::parse("2026-03").unwrap(), at(NOW));
    assert_eq!((found_in(&seen, march), march.until), (Vec::new(), at(NOW)));
}

#[test]
fn a_key_is_read_back_and_nothing_else_is_one() {
    let key = FindingKey::of(FindingKind::UnusualHour, &["a", "b"]);
    assert_eq!(FindingKey::parse(key.as_str()), Some(key.clone()));
    assert_ne!(FindingKey::of(FindingKind::UnusualHour, &["ab", ""]), key, "parts don't run into each other");
    for text in ["", "0", &"G".repeat(32), &"A".repeat(32), &"0".repeat(33)] {
        assert_eq!(FindingKey::parse(text), None, "{text}");
    }
}

/// Records with few accessors, countries, purposes and tickets, so that rules meet, in the 120 days before.
fn records() -> impl Strategy<Value = Vec<Seen>> {
    let one = (0i64..120 * 1_440, 0usize..40, 0usize..3, 0usize..12, 0u32..60, any::<bool>());
    proptest::collection::vec(one, 0..300).prop_map(|rows| {
        type Row = (i64, usize, usize, usize, u32, bool);
        let of = |(place, (minutes, country, purpose, name, ticket, requested)): (i64, Row)| {
            let country = ["IE", "DE", "SG"].get(country).copied().unwrap_or("IE");
            let hour = if minutes % 50 == 0 { 3 } else { 9 + minutes % 8 };
            Seen {
                sequence: place,
                started_at: Timestamp::start_of(at(NOW).minus(TimeDelta::days(minutes / 1_440)).day())
                    .plus(TimeDelta::hours(hour) + TimeDelta::minutes(minutes % 60)),
                purpose: Purpose::ALL[purpose],
                accessor: accessor(&name.to_string(), country),
                ticket: Some(ticket.to_string()),
                requested,
            }
        };
        (0..).zip(rows).map(of).collect()
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn each_finding_is_raised_once_and_about_accesses_that_are_there(seen in records()) {
            let raised = found(&seen, at(NOW));
        let keys = raised.iter().map(|finding| &finding.key).collect::<BTreeSet<_>>();
        prop_assert_eq!(keys.len(), raised.len());
        let known = seen.iter().map(|one| (one.sequence, one)).collect::<BTreeMap<_, _>>();
        for finding in &raised {
            prop_assert!(finding.accesses.len() <= MOST_NAMED && finding.accesses.len() <= finding.count);
            let (view, problems) = AccessView::from_query(&finding.filter);
            prop_assert!(problems.is_empty() && !view.filter.is_empty(), "{}", finding.filter);
            for place in &finding.accesses {
                let began = known[place].started_at;
                prop_assert!(began >= Judged::lately(at(NOW)).looks_back_to() && began.day() <= at(NOW).day());
                let filter = &view.filter;
                prop_assert!(filter.starts_at().is_none_or(|start| start <= began));
                prop_assert!(filter.ends_before().is_none_or(|end| began < end));
            }
        }
    }

    #[test]
    fn nothing_older_is_looked_at_and_the_order_does_not_matter(seen in records()) {
        // What a ticket stands for is counted for all time.
        let found = |seen: &[Seen]| {
            let mut found = found(seen, at(NOW));
            found.retain(|one| ![FindingKind::PurposeDrift, FindingKind::RequestNotNamed].contains(&one.kind));
            found
        };
        let raised = found(&seen);
        let since = Judged::lately(at(NOW)).looks_back_to();
        let mut late = seen.into_iter().filter(|one| one.started_at >= since).collect::<Vec<_>>();
        late.reverse();
        prop_assert_eq!(found(&late), raised);
    }

    #[test]
    fn what_was_found_about_an_access_does_not_change_while_it_is_judged(seen in records(), hours in 1i64..400) {
        let later = at(NOW).plus(TimeDelta::hours(hours));
        let raised = found(&seen, at(NOW));
        let again = found(&seen, later);
        let judged_since = Judged::lately(later).from;
        // A country's month may have lost its first days, a ticket its first accesses.
        for finding in raised.iter().filter(|finding| finding.at >= judged_since) {
            let holds = match finding.kind {
                FindingKind::UnusualHour | FindingKind::FirstTimeAccessor => again.contains(finding),
                FindingKind::UnusualCountry => again.iter().any(|other| other.key == finding.key),
                _ => true,
            };
            prop_assert!(holds, "{finding:?}");
        }
    }

    #[test]
    fn hours_and_countries_are_those_that_counting_anew_finds(seen in records()) {
        let raised = found(&seen, at(NOW));
        let mut expected = BTreeSet::new();
        let day = |one: &Seen| one.started_at.day();
        let last = at(NOW).day();
        let judged = |one: &&Seen| (last - Days::new(30)..=last).contains(&day(one));
        for one in seen.iter().filter(judged) {
            let days = day(one) - Days::new(60)..day(one);
            let before = seen.iter().filter(|other| days.contains(&day(other))).collect::<Vec<_>>();
            let oldest = before.iter().map(|other| day(other)).min();
            if before.len() < 30 || oldest.is_none_or(|oldest| (day(one) - oldest).num_days() < 28) {
                continue;
            }
            let alike = before.iter().filter(|other| other.purpose == one.purpose);
            let hour = |one: &Seen| one.started_at.micros().div_euclid(3_600_000_000).rem_euclid(24);
            let near = alike.clone().filter(|other| [0, 1, 23].contains(&(hour(one) - hour(other)).rem_euclid(24)));
            if alike.clone().count() >= 50 && near.count() * 100 < alike.count() {
                expected.insert((FindingKind::UnusualHour, one.sequence));
            }
            let there = before.iter().filter(|other| other.accessor.office_country == one.accessor.office_country);
            if there.count() * 100 < before.len() {
                expected.insert((FindingKind::UnusualCountry, one.sequence));
            }
        }
        let kinds = [FindingKind::UnusualHour, FindingKind::UnusualCountry];
        let found = raised.iter().filter(|finding| kinds.contains(&finding.kind));
        let found = found.flat_map(|finding| finding.accesses.iter().map(|place| (finding.kind, *place)));
        prop_assert_eq!(found.collect::<BTreeSet<_>>(), expected);
    }
}
