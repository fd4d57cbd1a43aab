//! What is counted of each day, so that a record of any size is judged without reading it.

use std::collections::{BTreeMap, HashMap};

use chrono::{NaiveDate, Timelike};
use serde::{Deserialize, Serialize};

use super::Seen;
use crate::{Place, Purpose, access::Accessor};

/// Who an accessor is: employer and pseudonym. Pseudonyms are an employer's.
pub type Who = (String, String);

/// What is counted of accesses. Of what was corrected, the correction alone counts.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Counted {
    /// Those for a purpose that began in an hour of the day: each access once.
    Began(Purpose, u32),
    /// Those of an accessor whose office is in a country, or who sat there.
    Country(Place),
    /// Those that state a country at all.
    StatesCountry,
    /// Those of one accessor.
    Accessor(Who),
    /// Those of them that are no workflow which the customer authorised.
    ByHand(Who),
    /// Support that says who asked for it.
    Requested,
}

/// Who an accessor is, where it has a name.
pub(super) fn who(accessor: &Accessor) -> Option<Who> {
    Some((accessor.employer.clone().unwrap_or_default(), accessor.pseudonym.clone()?))
}

pub(super) fn is_support(one: &Seen) -> bool {
    one.purpose == Purpose::CustomerRequestedSupport
}

impl Counted {
    /// What an access counts as.
    pub fn of(one: &Seen) -> Vec<Self> {
        let mut counted = vec![Self::Began(one.purpose, one.started_at.utc().hour())];
        let accessor = &one.accessor;
        let (office, sat) = (accessor.office_country, accessor.physical_country);
        counted.extend([office, sat].into_iter().filter(|place| *place != Place::NotStated).map(Self::Country));
        if counted.len() > 1 {
            counted.push(Self::StatesCountry);
        }
        if office == sat && office != Place::NotStated {
            counted.remove(1);
        }
        if let Some(who) = who(accessor) {
            if one.purpose != Purpose::CustomerAuthorizedWorkflow {
                counted.push(Self::ByHand(who.clone()));
            }
            counted.push(Self::Accessor(who));
        }
        if is_support(one) && one.requested {
            counted.push(Self::Requested);
        }
        counted
    }
}

/// How many accesses, and the place of the one that was recorded first.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Count {
    pub accesses: i64,
    pub first: i64,
}

/// The counts of days.
#[derive(Clone, Debug, Default)]
pub struct Counts {
    days: BTreeMap<NaiveDate, HashMap<Counted, Count>>,
}

impl Counts {
    pub fn add(&mut self, day: NaiveDate, counted: Counted, count: Count) {
        let known = self.days.entry(day).or_default().entry(counted);
        known
            .and_modify(|known| {
                known.accesses += count.accesses;
                known.first = known.first.min(count.first);
            })
            .or_insert(count);
    }

    pub(super) fn day(&self, day: NaiveDate) -> Option<&HashMap<Counted, Count>> {
        self.days.get(&day)
    }

    /// How many accesses each day has, those without any too.
    pub(super) fn of_days(&self, first: NaiveDate, last: NaiveDate) -> Vec<(NaiveDate, i64)> {
        let of =
            |day| (day, self.day(day).map_or(0, |day| day.iter().map(|(counted, count)| all(counted, *count)).sum()));
        first.iter_days().take_while(|day| *day <= last).map(of).collect()
    }
}

/// What a count adds to that of all accesses.
fn all(counted: &Counted, count: Count) -> i64 {
    if matches!(counted, Counted::Began(..)) { count.accesses } else { 0 }
}

/// The counts of the days before one.
#[derive(Default)]
pub(super) struct Before<'a> {
    sums: HashMap<&'a Counted, i64>,
    purposes: HashMap<Purpose, i64>,
    /// By day, the oldest first.
    days: BTreeMap<NaiveDate, i64>,
    pub all: i64,
    /// Accesses that name their accessor, and how many those are.
    pub named: i64,
    pub accessors: usize,
}

impl<'a> Before<'a> {
    pub fn add(&mut self, day: NaiveDate, counts: &'a HashMap<Counted, Count>) {
        self.change(day, counts, 1);
    }

    pub fn forget(&mut self, day: NaiveDate, counts: &'a HashMap<Counted, Count>) {
        self.change(day, counts, -1);
        self.days.remove(&day);
    }

    fn change(&mut self, day: NaiveDate, counts: &'a HashMap<Counted, Count>, sign: i64) {
        for (counted, count) in counts {
            let accesses = count.accesses * sign;
            let sum = self.sums.entry(counted).or_default();
            let before = *sum;
            *sum += accesses;
            match counted {
                Counted::Began(purpose, _) => {
                    *self.purposes.entry(*purpose).or_default() += accesses;
                    *self.days.entry(day).or_default() += accesses;
                    self.all += accesses;
                }
                Counted::Accessor(_) => {
                    self.named += accesses;
                    self.accessors += usize::from(before == 0 && *sum > 0);
                    self.accessors -= usize::from(before > 0 && *sum == 0);
                }
                Counted::Country(_) | Counted::StatesCountry | Counted::ByHand(_) | Counted::Requested => {}
            }
        }
    }

    pub fn of(&self, counted: &Counted) -> i64 {
        self.sums.get(counted).copied().unwrap_or_default()
    }

    pub fn purpose(&self, purpose: Purpose) -> i64 {
        self.purposes.get(&purpose).copied().unwrap_or_default()
    }

    /// The first of these days that has an access.
    pub fn since(&self) -> Option<NaiveDate> {
        self.days.iter().find(|(_, accesses)| **accesses > 0).map(|(day, _)| *day)
    }
}
