//! The rules, in two steps: what stands out in the counts of days, and, once those accesses are read, what is told of them.

use std::collections::{BTreeMap, BTreeSet};

use chrono::{Days, NaiveDate, TimeDelta};

use super::{
    COMPARED_DAYS, Finding, FindingKey, FindingKind, Judged, MOST_NAMED, Seen,
    counts::{Before, Count, Counted, Counts, Who, who},
    tickets::{TicketUse, drifted},
    volume::{Usual, is_weekend, unusual},
};
use crate::{Month, Place, Purpose, Timestamp, Zone, access::Accessor, filter::AccessFilter, long_day};

const HOURS: u32 = 24;
/// Before a day is judged, the record must have so many in the days before it, and go back so far.
const FEWEST_BEFORE: i64 = 30;
const FEWEST_DAYS: i64 = 28;
/// The same for accesses for one purpose.
const FEWEST_FOR_PURPOSE: i64 = 50;
/// What stands out has fewer than one in so many.
const ONE_IN: i64 = 100;
/// How many accesses in the last days it takes to say who made most of them.
const FEWEST_FOR_MOST: i64 = 20;
/// How many accesses for support it takes to say that they name who asked.
const FEWEST_SUPPORT: i64 = 20;

/// Accesses that stand out by the counts of days, to be read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Suspect {
    /// They began then or later, and before this.
    pub from: Timestamp,
    pub before: Timestamp,
    /// How many there are.
    pub accesses: i64,
    why: Why,
}

/// Which of the accesses of a time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Which<'a> {
    All,
    Purpose(Purpose),
    /// By the accessor's office, or by where the accessor sat.
    Country(Place),
    /// The accessor's; the first that was recorded is the one at this place.
    Accessor {
        who: &'a Who,
        first: i64,
    },
    /// The accessor's, but for workflows that the customer authorised.
    ByHand(&'a Who),
    /// Support that names nobody who asked for it.
    NotRequested,
}

/// What stands out, and with what it was compared.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Why {
    Hour { purpose: Purpose, near: i64, of: i64 },
    Country { country: Place, there: i64, of: i64 },
    First { who: Who, first: i64, of: i64, others: usize },
    Most { who: Who, of: i64, next: Option<(Who, i64)> },
    Volume(Usual),
    NotRequested { requested: i64, of: i64 },
}

/// What stands out in the counts of the days that are judged and of those before, the oldest first.
pub fn suspects(counts: &Counts, judged: Judged) -> Vec<Suspect> {
    let (first, last) = (judged.from.day(), judged.until.day());
    let compared = Days::new(COMPARED_DAYS.into());
    let mut before = Before::default();
    for day in judged.looks_back_to().day().iter_days().take_while(|day| *day < first) {
        if let Some(counts) = counts.day(day) {
            before.add(day, counts);
        }
    }
    let mut suspects = Vec::new();
    for day in first.iter_days().take_while(|day| *day <= last) {
        if let Some(of_day) = counts.day(day) {
            // A record that has just begun would have nothing but first times.
            let suffices = before.all >= FEWEST_BEFORE
                && before.since().is_some_and(|since| (day - since).num_days() >= FEWEST_DAYS);
            if suffices {
                let mut counted = of_day.iter().filter(|(_, count)| count.accesses > 0).collect::<Vec<_>>();
                counted.sort_by_key(|(counted, _)| *counted);
                suspects.extend(counted.iter().filter_map(|(counted, count)| suspect(day, counted, **count, &before)));
                suspects.extend(not_requested(day, &counted, &before));
            }
            before.add(day, of_day);
        }
        let oldest = day - compared;
        if let Some(counts) = counts.day(oldest) {
            before.forget(oldest, counts);
        }
    }
    suspects.extend(most(counts, judged));
    suspects.extend(busy_days(counts, judged));
    suspects
}

/// The accesses of a day.
fn of_day(day: NaiveDate, accesses: i64, why: Why) -> Suspect {
    let from = Timestamp::start_of(day);
    Suspect { from, before: from.plus(TimeDelta::days(1)), accesses, why }
}

fn suspect(day: NaiveDate, counted: &Counted, count: Count, before: &Before<'_>) -> Option<Suspect> {
    let accesses = count.accesses;
    match counted {
        Counted::Began(purpose, hour) => {
            let around = [hour + HOURS - 1, *hour, hour + 1];
            let near = around.iter().map(|hour| before.of(&Counted::Began(*purpose, hour % HOURS))).sum::<i64>();
            let of = before.purpose(*purpose);
            let stands_out = of >= FEWEST_FOR_PURPOSE && near * ONE_IN < of;
            let from = Timestamp::start_of(day).plus(TimeDelta::hours((*hour).into()));
            stands_out.then(|| Suspect {
                from,
                before: from.plus(TimeDelta::hours(1)),
                accesses,
                why: Why::Hour { purpose: *purpose, near, of },
            })
        }
        Counted::Country(country) => {
            let (there, of) = (before.of(counted), before.of(&Counted::StatesCountry));
            let stands_out = of * 10 >= before.all * 9 && there * ONE_IN < of;
            stands_out.then(|| of_day(day, accesses, Why::Country { country: *country, there, of }))
        }
        Counted::Accessor(who) => {
            let stands_out = before.of(counted) == 0 && before.named * 10 >= before.all * 9;
            stands_out.then(|| {
                let (of, others) = (before.all, before.accessors);
                of_day(day, accesses, Why::First { who: who.clone(), first: count.first, of, others })
            })
        }
        Counted::StatesCountry | Counted::ByHand(_) | Counted::Requested => None,
    }
}

/// The support of a day that names nobody who asked for it.
fn not_requested(day: NaiveDate, counted: &[(&Counted, &Count)], before: &Before<'_>) -> Option<Suspect> {
    let support = Purpose::CustomerRequestedSupport;
    let unnamed = counted.iter().map(|(counted, count)| match counted {
        Counted::Began(purpose, _) if *purpose == support => count.accesses,
        Counted::Requested => -count.accesses,
        _ => 0,
    });
    let (unnamed, of, requested) = (unnamed.sum::<i64>(), before.purpose(support), before.of(&Counted::Requested));
    let stands_out = unnamed > 0 && of >= FEWEST_SUPPORT && requested * 10 >= of * 9;
    stands_out.then(|| of_day(day, unnamed, Why::NotRequested { requested, of }))
}

/// The accessor that made most of the accesses of the days that are judged, where one stands out.
fn most(counts: &Counts, judged: Judged) -> Option<Suspect> {
    let mut all = 0;
    // How many accesses, and the days of the first and the last of them.
    let mut accessors = BTreeMap::<&Who, (i64, NaiveDate, NaiveDate)>::new();
    for day in judged.from.day().iter_days().take_while(|day| *day <= judged.until.day()) {
        for (counted, count) in counts.day(day).into_iter().flatten().filter(|(_, count)| count.accesses > 0) {
            match counted {
                Counted::Began(purpose, _) if *purpose != Purpose::CustomerAuthorizedWorkflow => all += count.accesses,
                Counted::ByHand(who) => {
                    let made = accessors.entry(who).or_insert((0, day, day));
                    *made = (made.0 + count.accesses, made.1, day);
                }
                _ => {}
            }
        }
    }
    let mut accessors = accessors.into_iter().collect::<Vec<_>>();
    accessors.sort_by_key(|(who, (made, ..))| (std::cmp::Reverse(*made), *who));
    let (who, (made, first, last)) = *accessors.first()?;
    let next = accessors.get(1).map(|(who, (made, ..))| ((*who).clone(), *made));
    let next_most = next.as_ref().map_or(0, |(_, made)| *made);
    let stands_out = all >= FEWEST_FOR_MOST && made * 4 >= all && made >= next_most * 2;
    stands_out.then(|| Suspect {
        from: Timestamp::start_of(first),
        before: Timestamp::start_of(last).plus(TimeDelta::days(1)),
        accesses: made,
        why: Why::Most { who: who.clone(), of: all, next },
    })
}

/// Days with unusually many accesses.
fn busy_days(counts: &Counts, judged: Judged) -> Vec<Suspect> {
    let all = counts.of_days(judged.looks_back_to().day(), judged.until.day());
    let lately = all.iter().filter(|(day, _)| *day >= judged.from.day());
    let busy = lately.filter_map(|&(day, accesses)| {
        let usual = unusual(day, accesses, &all)?;
        Some(of_day(day, accesses, Why::Volume(usual)))
    });
    busy.collect()
}

/// What is raised, the newest first, about these, each with some of its accesses in the order in which they began, and
/// about these uses of tickets.
pub fn findings(suspects: &[(Suspect, Vec<Seen>)], tickets: &[TicketUse], judged: Judged) -> Vec<Finding> {
    let mut raised = Raised::default();
    for (suspect, seen) in suspects {
        raised.add(suspect, seen, judged);
    }
    let mut findings = raised.end(tickets);
    findings.extend(drifted(tickets, judged));
    findings.sort_by(|a, b| (b.at, &b.key).cmp(&(a.at, &a.key)));
    findings
}

/// `op-7f3a (Support engineer, Nimbus Cloud GmbH)`, as far as it is stated.
fn named(accessor: &Accessor) -> String {
    let name = accessor.pseudonym.as_deref().unwrap_or("Somebody");
    let stated = [&accessor.role, &accessor.employer].into_iter().flatten().map(String::as_str).collect::<Vec<_>>();
    if stated.is_empty() { name.to_owned() } else { format!("{name} ({})", stated.join(", ")) }
}

/// `03:12 UTC on 12 November 2026`
pub(super) fn moment(time: Timestamp) -> String {
    format!("{} UTC on {}", time.utc().format("%H:%M"), Zone::UTC.date(time))
}

pub(super) fn accesses(count: i64) -> String {
    if count == 1 { "1 access".to_owned() } else { format!("{count} accesses") }
}

fn none_or(count: i64) -> String {
    if count == 0 { "none".to_owned() } else { count.to_string() }
}

/// Accesses that one finding is about, and the words about the first of them.
struct Group<'a> {
    words: String,
    /// Some of them: [`MOST_NAMED`] at most.
    seen: Vec<&'a Seen>,
    count: i64,
    /// Whether there may be more than were counted.
    at_least: bool,
    days: (NaiveDate, NaiveDate),
}

type Groups<'a, K> = BTreeMap<K, Group<'a>>;

/// What was raised, by what is raised once.
#[derive(Default)]
struct Raised<'a> {
    /// By accessor, or by the access where it has no name; then by day and purpose.
    hours: Groups<'a, (String, NaiveDate, Purpose)>,
    /// By country and month.
    countries: Groups<'a, (Place, String)>,
    /// By ticket, or by the access where it has none.
    not_requested: Groups<'a, String>,
    /// Those that are about nothing but one of the suspects.
    single: Vec<Finding>,
}

/// Adds accesses to what one finding is about; there may be more than are counted.
fn add<'a, K: Ord>(
    groups: &mut Groups<'a, K>,
    key: K,
    (one, count, at_least): (&'a Seen, i64, bool),
    words: impl FnOnce() -> String,
) {
    let day = one.started_at.day();
    let group = groups.entry(key).or_insert_with(|| Group {
        words: words(),
        seen: Vec::new(),
        count: 0,
        at_least: false,
        days: (day, day),
    });
    if group.seen.len() < MOST_NAMED {
        group.seen.push(one);
    }
    group.count += count;
    group.at_least |= at_least;
    group.days = (group.days.0.min(day), group.days.1.max(day));
}

impl<'a> Raised<'a> {
    fn add(&mut self, suspect: &Suspect, seen: &'a [Seen], judged: Judged) {
        let is_part = (seen.len() as i64) < suspect.accesses;
        match &suspect.why {
            Why::Hour { purpose, near, of } => {
                for one in seen {
                    let key = (of_whom(one), one.started_at.day(), *purpose);
                    add(&mut self.hours, key, (one, 1, is_part), || {
                        let hour = |by: i64| suspect.from.plus(TimeDelta::hours(by)).utc().format("%H:%M");
                        format!(
                            "{} began an access for “{}” at {}. Of the {} for this purpose in the {COMPARED_DAYS} days before, {} began between {} and {}.",
                            named(&one.accessor),
                            purpose.label(),
                            moment(one.started_at),
                            accesses(*of),
                            none_or(*near),
                            hour(-1),
                            hour(2),
                        )
                    });
                }
            }
            Why::Country { country, there, of } => {
                self.add_country(suspect, seen, *country, (*there, *of));
            }
            Why::NotRequested { requested, of } => {
                for one in seen {
                    let key = one.ticket.clone().unwrap_or_else(|| format!("#{}", one.sequence));
                    add(&mut self.not_requested, key, (one, 1, is_part), || {
                        let ticket = match &one.ticket {
                            Some(ticket) => format!("under the ticket {ticket}; no access under it names who asked"),
                            None => "and names neither a ticket nor who asked".to_owned(),
                        };
                        format!(
                            "{} accessed your data at {} for “{}” {ticket}. Of the {} for this purpose in the {COMPARED_DAYS} days before, {} name who asked.",
                            named(&one.accessor),
                            moment(one.started_at),
                            one.purpose.label(),
                            accesses(*of),
                            none_or(*requested),
                        )
                    });
                }
            }
            Why::First { first, of, others, .. } => {
                let Some(one) = seen.first() else { return };
                let words = format!(
                    "{} accessed your data at {} for “{}”. None of the {} in the {COMPARED_DAYS} days before was by this accessor; they were by {others} others.",
                    named(&one.accessor),
                    moment(one.started_at),
                    one.purpose.label(),
                    accesses(*of),
                );
                let key = FindingKey::of(FindingKind::FirstTimeAccessor, &[&first.to_string()]);
                let day = one.started_at.day();
                let filter = days(day, day);
                self.single.extend(finding(FindingKind::FirstTimeAccessor, key, words, (&[one], 1), &filter));
            }
            Why::Most { who, of, next } => {
                self.single.extend(most_made(suspect, seen, (*of, next.as_ref(), who), judged));
            }
            Why::Volume(usual) => self.single.push(busy_day(suspect, seen, usual)),
        }
    }

    fn add_country(&mut self, suspect: &Suspect, seen: &'a [Seen], country: Place, (there, of): (i64, i64)) {
        let month = Month::of(suspect.from.day()).to_string();
        for (place, one) in seen.iter().enumerate() {
            // What wasn't read is counted with the first.
            let unread = if place == 0 { suspect.accesses - seen.len() as i64 } else { 0 };
            let (office, physical) = (one.accessor.office_country, one.accessor.physical_country);
            let sat = if physical == country && office != country {
                format!("sat in {} (office: {})", country.name(), office.name())
            } else {
                format!("has its office in {}", country.name())
            };
            add(&mut self.countries, (country, month.clone()), (one, 1 + unread.max(0), false), || {
                format!(
                    "{}, who accessed your data at {} for “{}”, {sat}. Of the {} in the {COMPARED_DAYS} days before that state a country, {} came from there.",
                    named(&one.accessor),
                    moment(one.started_at),
                    one.purpose.label(),
                    accesses(of),
                    none_or(there),
                )
            });
        }
    }

    fn end(self, tickets: &[TicketUse]) -> Vec<Finding> {
        let mut findings = self.single;
        for ((who, day, purpose), group) in self.hours {
            let key = FindingKey::of(FindingKind::UnusualHour, &[&who, &day.to_string(), purpose.code()]);
            let filter = AccessFilter { purpose: Some(purpose), ..days(day, day) };
            findings.extend(group.finding(FindingKind::UnusualHour, key, &filter, "that day at such an hour"));
        }
        for ((country, month), group) in self.countries {
            let key = FindingKey::of(FindingKind::UnusualCountry, &[country.code(), &month]);
            let filter = AccessFilter { country: Some(country), ..days(group.days.0, group.days.1) };
            findings.extend(group.finding(FindingKind::UnusualCountry, key, &filter, "from there that month"));
        }
        let asked = tickets.iter().filter(|ticket| ticket.requested > 0).map(|of| of.ticket.as_str());
        let asked = asked.collect::<BTreeSet<_>>();
        for (ticket, group) in self.not_requested.into_iter().filter(|(ticket, _)| !asked.contains(ticket.as_str())) {
            let key = FindingKey::of(FindingKind::RequestNotNamed, &[&ticket]);
            let purpose = Some(Purpose::CustomerRequestedSupport);
            let filter = AccessFilter { purpose, ..days(group.days.0, group.days.1) };
            findings.extend(group.finding(FindingKind::RequestNotNamed, key, &filter, "under it"));
        }
        findings
    }
}

/// The accessor's key, or the access's own where it has no name.
fn of_whom(one: &Seen) -> String {
    who(&one.accessor).map_or_else(|| format!("#{}", one.sequence), |who| key_of(&who))
}

fn key_of((employer, name): &Who) -> String {
    format!("{name}\n{employer}")
}

pub(super) fn days(from: NaiveDate, to: NaiveDate) -> AccessFilter {
    AccessFilter { from: Some(from), to: Some(to), ..AccessFilter::default() }
}

impl Group<'_> {
    /// The finding; more accesses than the first are counted in these words.
    fn finding(self, kind: FindingKind, key: FindingKey, filter: &AccessFilter, more: &str) -> Option<Finding> {
        let mut words = self.words;
        let least = if self.at_least { "at least " } else { "" };
        match self.count {
            0 | 1 => {}
            2 => words.push_str(&format!(" There was {least}1 more {more}.")),
            many => words.push_str(&format!(" There were {least}{} more {more}.", many - 1)),
        }
        finding(kind, key, words, (&self.seen, self.count), filter)
    }
}

fn finding(
    kind: FindingKind,
    key: FindingKey,
    words: String,
    (seen, count): (&[&Seen], i64),
    filter: &AccessFilter,
) -> Option<Finding> {
    let accesses = seen.iter().take(MOST_NAMED).map(|one| one.sequence).collect();
    let count = usize::try_from(count).unwrap_or_default();
    Some(Finding { kind, key, at: seen.first()?.started_at, words, accesses, count, filter: filter.to_query() })
}

fn most_made(
    suspect: &Suspect,
    seen: &[Seen],
    (of, next, who): (i64, Option<&(Who, i64)>, &Who),
    judged: Judged,
) -> Option<Finding> {
    let last = seen.last()?;
    let made = suspect.accesses;
    let next = next.map_or_else(
        || "No other accessor is named.".to_owned(),
        |((_, name), made)| format!("The next, {name}, made {made}."),
    );
    let words = format!(
        "{} made {made} of the {} to your data {}, {} of 100. {next}",
        named(&last.accessor),
        accesses(of),
        judged.told(),
        made * 100 / of.max(1),
    );
    let month = Month::of(judged.until.day()).to_string();
    let key = FindingKey::of(FindingKind::MostAccesses, &[&key_of(who), &month]);
    let filter = days(suspect.from.day(), last.started_at.day());
    let newest = seen.iter().collect::<Vec<_>>();
    finding(FindingKind::MostAccesses, key, words, (&newest[newest.len().saturating_sub(MOST_NAMED)..], made), &filter)
}

fn busy_day(suspect: &Suspect, seen: &[Seen], usual: &Usual) -> Finding {
    let (day, count) = (suspect.from.day(), suspect.accesses);
    let kind = if is_weekend(day) { "days of weekends" } else { "working days" };
    let words = format!(
        "Your record has {count} accesses of {} (UTC). Of the {} {kind} in the eight weeks before, the median has {} and half lie within {} of that; more than {} is unusual.",
        long_day(day),
        usual.days,
        usual.median,
        usual.deviation,
        usual.most(),
    );
    // A day goes on: what was dismissed with a few is raised again with many.
    let doublings = count.max(1).ilog2().to_string();
    Finding {
        kind: FindingKind::UnusualVolume,
        key: FindingKey::of(FindingKind::UnusualVolume, &[&day.to_string(), &doublings]),
        at: suspect.from,
        words,
        accesses: seen.iter().take(MOST_NAMED).map(|one| one.sequence).collect(),
        count: usize::try_from(count).unwrap_or_default(),
        filter: days(day, day).to_query(),
    }
}

impl Suspect {
    /// Which of the accesses of its time are to be read.
    pub fn which(&self) -> Which<'_> {
        match &self.why {
            Why::Hour { purpose, .. } => Which::Purpose(*purpose),
            Why::Country { country, .. } => Which::Country(*country),
            Why::First { who, first, .. } => Which::Accessor { who, first: *first },
            Why::Most { who, .. } => Which::ByHand(who),
            Why::Volume(_) => Which::All,
            Why::NotRequested { .. } => Which::NotRequested,
        }
    }
}

#[cfg(test)]
impl Suspect {
    /// Whether an access is one of those that stand out.
    pub(super) fn admits(&self, one: &Seen) -> bool {
        (self.from..self.before).contains(&one.started_at)
            && match self.which() {
                Which::All => true,
                Which::Purpose(purpose) => one.purpose == purpose,
                Which::Country(country) => {
                    [one.accessor.office_country, one.accessor.physical_country].contains(&country)
                }
                Which::Accessor { first, .. } => one.sequence == first,
                Which::ByHand(by) => {
                    one.purpose != Purpose::CustomerAuthorizedWorkflow && who(&one.accessor).as_ref() == Some(by)
                }
                Which::NotRequested => super::counts::is_support(one) && !one.requested,
            }
    }
}
