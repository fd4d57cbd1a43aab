//! The rules, over the accesses of the last 90 days in one walk.

use std::collections::{BTreeMap, BTreeSet, HashMap, VecDeque};

use chrono::{NaiveDate, TimeDelta, Timelike};

use super::{
    COMPARED_DAYS, Finding, FindingKey, FindingKind, Judged, MOST_NAMED, Seen,
    volume::{is_weekend, unusual},
};
use crate::{Month, Place, Purpose, Timestamp, Zone, access::Accessor, filter::AccessFilter, long_day};

const MINUTES: usize = 24 * 60;
/// Around a time of day, in minutes.
const NEAR: usize = 60;
/// Before an access is judged, the record must have so many in the days before it, and go back so far.
const FEWEST_BEFORE: usize = 30;
const FEWEST_DAYS: i64 = 28;
/// The same for accesses for one purpose.
const FEWEST_FOR_PURPOSE: usize = 50;
/// What stands out has fewer than one in so many.
const ONE_IN: usize = 100;
/// How many accesses in the last days it takes to say who made most of them.
const FEWEST_FOR_MOST: usize = 20;
/// How many accesses for support it takes to say that they name who asked.
const FEWEST_SUPPORT: usize = 20;

/// What the rules raise about these accesses, the newest first. Of what was corrected the correction alone is to be
/// among them. The counts are of the days, one after the other.
pub fn findings(mut seen: Vec<Seen>, counts: &[(NaiveDate, i64)], judged: Judged) -> Vec<Finding> {
    seen.retain(|one| (judged.looks_back_to()..=judged.until).contains(&one.started_at));
    seen.sort_by_key(|one| (one.started_at, one.sequence));
    let mut raised = Raised::default();
    let mut before = Before::default();
    for one in &seen {
        before.forget(one.started_at.minus(TimeDelta::days(COMPARED_DAYS.into())));
        if one.started_at >= judged.from {
            raised.judge(one, &before);
        }
        before.add(one);
    }
    let late = seen.iter().filter(|one| one.started_at >= judged.from).collect::<Vec<_>>();
    let mut findings = raised.end(&seen);
    findings.extend(drifted(&seen, judged.from));
    findings.extend(most(&late, judged));
    findings.extend(busy_days(&late, counts, judged));
    findings.sort_by(|a, b| (b.at, &b.key).cmp(&(a.at, &a.key)));
    findings
}

/// Who an accessor is. Pseudonyms are an employer's.
type Who<'a> = (&'a str, &'a str);

fn who(accessor: &Accessor) -> Option<Who<'_>> {
    Some((accessor.employer.as_deref().unwrap_or_default(), accessor.pseudonym.as_deref()?))
}

/// `op-7f3a (Support engineer, Nimbus Cloud GmbH)`, as far as it is stated.
fn named(accessor: &Accessor) -> String {
    let name = accessor.pseudonym.as_deref().unwrap_or("Somebody");
    let stated = [&accessor.role, &accessor.employer].into_iter().flatten().map(String::as_str).collect::<Vec<_>>();
    if stated.is_empty() { name.to_owned() } else { format!("{name} ({})", stated.join(", ")) }
}

/// The countries that an access came from, as far as they are stated.
fn countries(accessor: &Accessor) -> BTreeSet<Place> {
    let stated = |place: &Place| *place != Place::NotStated;
    [accessor.office_country, accessor.physical_country].into_iter().filter(stated).collect()
}

fn minute(time: Timestamp) -> usize {
    // A day has 1,440 of them.
    (time.utc().num_seconds_from_midnight() / 60) as usize
}

/// `03:12 UTC on 12 November 2026`
fn moment(time: Timestamp) -> String {
    format!("{} UTC on {}", time.utc().format("%H:%M"), Zone::UTC.date(time))
}

fn accesses(count: usize) -> String {
    if count == 1 { "1 access".to_owned() } else { format!("{count} accesses") }
}

fn none_or(count: usize) -> String {
    if count == 0 { "none".to_owned() } else { count.to_string() }
}

/// The accesses in the days before one.
#[derive(Default)]
struct Before<'a> {
    all: VecDeque<&'a Seen>,
    purposes: HashMap<Purpose, Minutes>,
    countries: HashMap<Place, usize>,
    accessors: HashMap<Who<'a>, usize>,
    /// Those for support that say who asked for it.
    requested: usize,
}

/// How many accesses began in each minute of the day.
struct Minutes {
    began: Vec<usize>,
    all: usize,
}

impl Default for Minutes {
    fn default() -> Self {
        Self { began: vec![0; MINUTES], all: 0 }
    }
}

impl Minutes {
    /// How many began within an hour of this minute. Midnight lies between two neighbours.
    fn near(&self, minute: usize) -> usize {
        (minute + MINUTES - NEAR..=minute + MINUTES + NEAR).map(|near| self.began[near % MINUTES]).sum()
    }
}

impl<'a> Before<'a> {
    fn add(&mut self, one: &'a Seen) {
        self.all.push_back(one);
        let minutes = self.purposes.entry(one.purpose).or_default();
        minutes.began[minute(one.started_at)] += 1;
        minutes.all += 1;
        for country in countries(&one.accessor) {
            *self.countries.entry(country).or_default() += 1;
        }
        if let Some(who) = who(&one.accessor) {
            *self.accessors.entry(who).or_default() += 1;
        }
        self.requested += usize::from(is_support(one) && one.requested);
    }

    fn forget(&mut self, until: Timestamp) {
        while let Some(one) = self.all.pop_front_if(|one| one.started_at < until) {
            if let Some(minutes) = self.purposes.get_mut(&one.purpose) {
                minutes.began[minute(one.started_at)] -= 1;
                minutes.all -= 1;
            }
            for country in countries(&one.accessor) {
                take_one(&mut self.countries, country);
            }
            if let Some(who) = who(&one.accessor) {
                take_one(&mut self.accessors, who);
            }
            self.requested -= usize::from(is_support(one) && one.requested);
        }
    }

    /// Whether there is enough to compare with: a record that has just begun would have nothing but first times.
    fn suffices(&self, at: Timestamp) -> bool {
        let since = self.all.front().map(|first| at.since(first.started_at));
        self.all.len() >= FEWEST_BEFORE && since >= Some(TimeDelta::days(FEWEST_DAYS))
    }
}

fn take_one<K: std::hash::Hash + Eq>(counts: &mut HashMap<K, usize>, key: K) {
    if let Some(count) = counts.get_mut(&key) {
        *count -= 1;
        if *count == 0 {
            counts.remove(&key);
        }
    }
}

fn is_support(one: &Seen) -> bool {
    one.purpose == Purpose::CustomerRequestedSupport
}

/// Accesses that one finding is about, and the words about the first of them.
struct Group<'a> {
    words: String,
    accesses: Vec<&'a Seen>,
}

type Groups<'a, K> = BTreeMap<K, Group<'a>>;

/// What was raised about single accesses, by what is raised once.
#[derive(Default)]
struct Raised<'a> {
    /// By accessor, or by the access where it has no name; then by day and purpose.
    hours: Groups<'a, (String, NaiveDate, Purpose)>,
    /// By country and month.
    countries: Groups<'a, (Place, String)>,
    /// By the first access.
    firsts: Groups<'a, i64>,
    /// By ticket, or by the access where it has none.
    unasked: Groups<'a, String>,
}

fn add<'a, K: Ord>(groups: &mut Groups<'a, K>, key: K, one: &'a Seen, words: impl FnOnce() -> String) {
    groups.entry(key).or_insert_with(|| Group { words: words(), accesses: Vec::new() }).accesses.push(one);
}

impl<'a> Raised<'a> {
    fn judge(&mut self, one: &'a Seen, before: &Before<'a>) {
        if !before.suffices(one.started_at) {
            return;
        }
        self.judge_hour(one, before);
        self.judge_country(one, before);
        self.judge_accessor(one, before);
        self.judge_request(one, before);
    }

    fn judge_hour(&mut self, one: &'a Seen, before: &Before<'_>) {
        let Some(minutes) = before.purposes.get(&one.purpose) else { return };
        let near = minutes.near(minute(one.started_at));
        if minutes.all < FEWEST_FOR_PURPOSE || near * ONE_IN >= minutes.all {
            return;
        }
        let key = (of_whom(one), one.started_at.day(), one.purpose);
        add(&mut self.hours, key, one, || {
            format!(
                "{} began an access for “{}” at {}. Of the {} for this purpose in the {COMPARED_DAYS} days before, {} began within an hour of that time of day.",
                named(&one.accessor),
                one.purpose.label(),
                moment(one.started_at),
                accesses(minutes.all),
                none_or(near),
            )
        });
    }

    fn judge_country(&mut self, one: &'a Seen, before: &Before<'_>) {
        for country in countries(&one.accessor) {
            let from_there = before.countries.get(&country).copied().unwrap_or_default();
            if from_there * ONE_IN >= before.all.len() {
                continue;
            }
            let month = Month::of(one.started_at.day()).to_string();
            let (office, physical) = (one.accessor.office_country, one.accessor.physical_country);
            let sat = if physical == country && office != country {
                format!("sat in {} (office: {})", country.name(), office.name())
            } else {
                format!("has its office in {}", country.name())
            };
            add(&mut self.countries, (country, month), one, || {
                format!(
                    "{}, who accessed your data at {} for “{}”, {sat}. Of the {} in the {COMPARED_DAYS} days before, {} came from there.",
                    named(&one.accessor),
                    moment(one.started_at),
                    one.purpose.label(),
                    accesses(before.all.len()),
                    none_or(from_there),
                )
            });
        }
    }

    fn judge_accessor(&mut self, one: &'a Seen, before: &Before<'a>) {
        let Some(who) = who(&one.accessor) else { return };
        let with_name = before.accessors.values().sum::<usize>();
        if before.accessors.contains_key(&who) || with_name * 10 < before.all.len() * 9 {
            return;
        }
        add(&mut self.firsts, one.sequence, one, || {
            format!(
                "{} accessed your data at {} for “{}”. None of the {} in the {COMPARED_DAYS} days before was by this accessor; they were by {} others.",
                named(&one.accessor),
                moment(one.started_at),
                one.purpose.label(),
                accesses(before.all.len()),
                before.accessors.len(),
            )
        });
    }

    fn judge_request(&mut self, one: &'a Seen, before: &Before<'_>) {
        let support = before.purposes.get(&Purpose::CustomerRequestedSupport).map_or(0, |minutes| minutes.all);
        if one.requested || !is_support(one) || support < FEWEST_SUPPORT || before.requested * 10 < support * 9 {
            return;
        }
        let key = one.ticket.clone().unwrap_or_else(|| format!("#{}", one.sequence));
        add(&mut self.unasked, key, one, || {
            let ticket = match &one.ticket {
                Some(ticket) => format!("under the ticket {ticket}; no access under it names who asked"),
                None => "and names neither a ticket nor who asked".to_owned(),
            };
            format!(
                "{} accessed your data at {} for “{}” {ticket}. Of the {} for this purpose in the {COMPARED_DAYS} days before, {} name who asked.",
                named(&one.accessor),
                moment(one.started_at),
                one.purpose.label(),
                accesses(support),
                none_or(before.requested),
            )
        });
    }

    fn end(self, seen: &[Seen]) -> Vec<Finding> {
        let mut findings = Vec::new();
        for ((who, day, purpose), group) in self.hours {
            let key = FindingKey::of(FindingKind::UnusualHour, &[&who, &day.to_string(), purpose.code()]);
            let filter = AccessFilter { purpose: Some(purpose), ..days(day, day) };
            findings.extend(group.finding(FindingKind::UnusualHour, key, &filter, "that day at such an hour"));
        }
        for ((country, month), group) in self.countries {
            let key = FindingKey::of(FindingKind::UnusualCountry, &[country.code(), &month]);
            let filter = AccessFilter { country: Some(country), ..group.days() };
            findings.extend(group.finding(FindingKind::UnusualCountry, key, &filter, "from there that month"));
        }
        for (sequence, group) in self.firsts {
            let key = FindingKey::of(FindingKind::FirstTimeAccessor, &[&sequence.to_string()]);
            let filter = group.days();
            findings.extend(group.finding(FindingKind::FirstTimeAccessor, key, &filter, ""));
        }
        let asked = seen.iter().filter(|one| one.requested).filter_map(|one| one.ticket.as_deref());
        let asked = asked.collect::<BTreeSet<_>>();
        for (ticket, group) in self.unasked.into_iter().filter(|(ticket, _)| !asked.contains(ticket.as_str())) {
            let key = FindingKey::of(FindingKind::RequestNotNamed, &[&ticket]);
            let filter = AccessFilter { purpose: Some(Purpose::CustomerRequestedSupport), ..group.days() };
            findings.extend(group.finding(FindingKind::RequestNotNamed, key, &filter, "under it"));
        }
        findings
    }
}

/// The accessor's key, or the access's own where it has no name.
fn of_whom(one: &Seen) -> String {
    who(&one.accessor).map_or_else(|| format!("#{}", one.sequence), |(employer, name)| format!("{name}\n{employer}"))
}

fn days(from: NaiveDate, to: NaiveDate) -> AccessFilter {
    AccessFilter { from: Some(from), to: Some(to), ..AccessFilter::default() }
}

impl Group<'_> {
    /// The days from the first access to the last.
    fn days(&self) -> AccessFilter {
        let day = |one: Option<&&Seen>| one.map(|one| one.started_at.day());
        AccessFilter { from: day(self.accesses.first()), to: day(self.accesses.last()), ..AccessFilter::default() }
    }

    /// The finding; more accesses than the first are counted in these words.
    fn finding(self, kind: FindingKind, key: FindingKey, filter: &AccessFilter, more: &str) -> Option<Finding> {
        let mut words = self.words;
        match self.accesses.len() {
            0 | 1 => {}
            2 => words.push_str(&format!(" There was 1 more {more}.")),
            many => words.push_str(&format!(" There were {} more {more}.", many - 1)),
        }
        finding(kind, key, words, &self.accesses, filter)
    }
}

fn finding(
    kind: FindingKind,
    key: FindingKey,
    words: String,
    accesses: &[&Seen],
    filter: &AccessFilter,
) -> Option<Finding> {
    let places = accesses.iter().take(MOST_NAMED).map(|one| one.sequence).collect();
    let (at, count) = (accesses.first()?.started_at, accesses.len());
    Some(Finding { kind, key, at, words, accesses: places, count, filter: filter.to_query() })
}

/// Tickets that stand for more than one purpose, and did so lately.
fn drifted(seen: &[Seen], judged_since: Timestamp) -> Vec<Finding> {
    let mut tickets = BTreeMap::<&str, Vec<&Seen>>::new();
    for one in seen {
        if let Some(ticket) = &one.ticket {
            tickets.entry(ticket).or_default().push(one);
        }
    }
    let mut findings = Vec::new();
    for (ticket, under) in tickets {
        // The first access for each purpose, in the order in which they came.
        let mut firsts = Vec::<&Seen>::new();
        for one in &under {
            if !firsts.iter().any(|first| first.purpose == one.purpose) {
                firsts.push(one);
            }
        }
        let is_late = under.last().is_some_and(|last| last.started_at >= judged_since);
        if firsts.len() < 2 || !is_late {
            continue;
        }
        let purposes = firsts.iter().map(|first| first.purpose).collect::<BTreeSet<_>>();
        let parts = std::iter::once(ticket).chain(purposes.iter().map(|purpose| purpose.code())).collect::<Vec<_>>();
        let key = FindingKey::of(FindingKind::PurposeDrift, &parts);
        let told = firsts.iter().map(|first| format!("“{}” at {}", first.purpose.label(), moment(first.started_at)));
        let told = told.collect::<Vec<_>>().join(", then for ");
        let words = format!("The ticket {ticket} stands for {told}. Under it were {} in all.", accesses(under.len()));
        // Whoever asks, asks about what came last.
        let drifted = under.iter().copied().filter(|one| one.purpose != firsts[0].purpose).collect::<Vec<_>>();
        let filter = AccessFilter {
            words: Some(ticket.to_owned()),
            ..days(under[0].started_at.day(), under[under.len() - 1].started_at.day())
        };
        findings.extend(finding(FindingKind::PurposeDrift, key, words, &drifted, &filter));
    }
    findings
}

/// The accessor that made most of the accesses of the last days, where one stands out.
fn most(late: &[&Seen], judged: Judged) -> Option<Finding> {
    let counted = late.iter().copied().filter(|one| one.purpose != Purpose::CustomerAuthorizedWorkflow);
    let counted = counted.collect::<Vec<_>>();
    let mut accessors = BTreeMap::<Who<'_>, Vec<&Seen>>::new();
    for one in &counted {
        if let Some(who) = who(&one.accessor) {
            accessors.entry(who).or_default().push(one);
        }
    }
    let mut accessors = accessors.into_iter().collect::<Vec<_>>();
    accessors.sort_by_key(|(who, made)| (std::cmp::Reverse(made.len()), *who));
    let (_, made) = accessors.first()?;
    let next = accessors.get(1).map(|(_, made)| made);
    let next_most = next.map_or(0, Vec::len);
    if counted.len() < FEWEST_FOR_MOST || made.len() * 4 < counted.len() || made.len() < next_most * 2 {
        return None;
    }
    let last = made.last()?;
    let next = next.and_then(|made| made.last()).map_or_else(
        || "No other accessor is named.".to_owned(),
        |one| format!("The next, {}, made {next_most}.", named(&one.accessor)),
    );
    let words = format!(
        "{} made {} of the {} to your data {}, {} of 100. {next}",
        named(&last.accessor),
        made.len(),
        accesses(counted.len()),
        judged.told(),
        made.len() * 100 / counted.len(),
    );
    let key = FindingKey::of(FindingKind::MostAccesses, &[&of_whom(last), &Month::of(judged.until.day()).to_string()]);
    let filter = days(made[0].started_at.day(), last.started_at.day());
    // The newest, of as many as are named.
    let newest = &made[made.len().saturating_sub(MOST_NAMED)..];
    finding(FindingKind::MostAccesses, key, words, newest, &filter)
        .map(|finding| Finding { count: made.len(), ..finding })
}

/// Days with unusually many accesses.
fn busy_days(late: &[&Seen], counts: &[(NaiveDate, i64)], judged: Judged) -> Vec<Finding> {
    let is_judged = |day: NaiveDate| (judged.from..=judged.until).contains(&Timestamp::start_of(day));
    let lately = counts.iter().filter(|(day, _)| is_judged(*day));
    let busy = lately.filter_map(|&(day, count)| {
        let usual = unusual(day, count, counts)?;
        let kind = if is_weekend(day) { "days of weekends" } else { "working days" };
        let words = format!(
            "Your record has {count} accesses of {} (UTC). Of the {} {kind} in the eight weeks before, the median has {} and half lie within {} of that; more than {} is unusual.",
            long_day(day),
            usual.days,
            usual.median,
            usual.deviation,
            usual.most(),
        );
        let accesses = late.iter().filter(|one| one.started_at.day() == day).take(MOST_NAMED);
        Some(Finding {
            kind: FindingKind::UnusualVolume,
            key: FindingKey::of(FindingKind::UnusualVolume, &[&day.to_string()]),
            at: Timestamp::start_of(day),
            words,
            accesses: accesses.map(|one| one.sequence).collect(),
            count: usize::try_from(count).unwrap_or_default(),
            filter: days(day, day).to_query(),
        })
    });
    busy.collect()
}
