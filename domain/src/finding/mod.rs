//! Patterns in a customer's record that are worth a look: found by rules that anybody can follow, told with their
//! figures, and settled by people.
//!
//! Days of the last [`JUDGED_DAYS`], or of a month, are judged, each against the [`COMPARED_DAYS`] before it alone. So
//! nothing older is looked at, and what was found isn't unfound by what came later. Times and days are UTC, the same for
//! every reader. A record is judged by counts that are kept of each day ([`Counts`]), and of itself only those accesses
//! are read that stand out by them ([`Suspect`]): how many others it has makes no difference.

mod counts;
mod rules;
mod tickets;
mod volume;

use chrono::TimeDelta;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

pub use counts::{Count, Counted, Counts, Who};
pub use rules::{Suspect, Which, findings, suspects};
pub use tickets::TicketUse;

use crate::{
    Month, Purpose, Timestamp,
    access::{AccessEvent, Accessor},
};

/// How long ago an access may have begun to be judged.
pub const JUDGED_DAYS: u32 = 30;
/// How many days before an access it is compared with.
pub const COMPARED_DAYS: u32 = 60;
/// Accesses that a finding names one by one.
pub const MOST_NAMED: usize = 20;

crate::closed_list! {
    /// What kind of pattern it is.
    pub enum FindingKind {
        UnusualCountry => "Unusual country",
        UnusualHour => "Unusual hour",
        UnusualVolume => "Unusually many accesses in a day",
        FirstTimeAccessor => "First-time accessor",
        MostAccesses => "One accessor had most accesses",
        PurposeDrift => "One ticket, different purposes",
        RequestNotNamed => "Support that nobody is named to have asked for",
    }
}

impl FindingKind {
    /// The rule, as a reader can follow it.
    pub fn rule(self) -> &'static str {
        match self {
            Self::UnusualCountry => {
                "Fewer than 1 in 100 accesses in the 60 days before that state a country, of which there are 9 in 10 at least, came from this one, by the accessor’s office or by where the accessor sat. Raised once a month for each country."
            }
            Self::UnusualHour => {
                "Fewer than 1 in 100 accesses for the same purpose in the 60 days before, of 50 at least, began in the same hour of the day, the one before or the one after. Raised once for each accessor, purpose and day."
            }
            Self::UnusualVolume => {
                "A day has 10 accesses at least, more than the median of such days in the eight weeks before plus five times their median deviation, and no more than 1 in 20 of those days had as many. Working days are compared with working days, and weekends with weekends. Raised again each time that the day comes to 16, 32, 64 and so on."
            }
            Self::FirstTimeAccessor => {
                "None of the accesses in the 60 days before, of which 9 in 10 at least name their accessor, was by this accessor."
            }
            Self::MostAccesses => {
                "Of 20 accesses at least, one accessor made a quarter or more, and twice as many as the next. Workflows that you authorised are left out. Raised once a month for each accessor."
            }
            Self::PurposeDrift => {
                "An access is the first for its purpose under a ticket that stood for another in the 60 days before. What states no purpose is left out. Raised once for each ticket and purpose."
            }
            Self::RequestNotNamed => {
                "An access for support names nobody who asked for it, nor does any other access under its ticket, while 9 in 10 accesses for support in the 60 days before, of 20 at least, do."
            }
        }
    }
}

/// Which accesses are judged.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Judged {
    /// The first moment.
    pub from: Timestamp,
    /// The last moment.
    pub until: Timestamp,
    month: Option<Month>,
}

impl Judged {
    /// Those of the last days until now, the first of them in full.
    pub fn lately(now: Timestamp) -> Self {
        let from = now.minus(TimeDelta::days(JUDGED_DAYS.into()));
        Self { from: Timestamp::start_of(from.day()), until: now, month: None }
    }

    /// Those of a month, as far as it has come.
    pub fn month(month: Month, now: Timestamp) -> Self {
        Self { from: month.starts_at(), until: month.ends_at().min(now), month: Some(month) }
    }

    /// Nothing that began before is looked at.
    pub fn looks_back_to(&self) -> Timestamp {
        self.from.minus(TimeDelta::days(COMPARED_DAYS.into()))
    }

    /// In words that go on after an access.
    fn told(&self) -> String {
        match self.month {
            Some(month) => format!("in {}", month.long()),
            None => format!("in the last {JUDGED_DAYS} days"),
        }
    }
}

/// An access, as far as the rules look at it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Seen {
    /// Its place in the record.
    pub sequence: i64,
    pub started_at: Timestamp,
    pub purpose: Purpose,
    pub accessor: Accessor,
    pub ticket: Option<String>,
    /// Whether it says on whose request it was.
    pub requested: bool,
}

impl Seen {
    /// The access at a place, as far as the rules look at it.
    pub fn of(sequence: i64, event: &AccessEvent) -> Self {
        Self {
            sequence,
            started_at: event.started_at,
            purpose: event.purpose,
            accessor: event.accessor.clone(),
            ticket: event.ticket.clone(),
            requested: event.requested_by.is_some(),
        }
    }
}

/// A pattern, once.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Finding {
    pub kind: FindingKind,
    pub key: FindingKey,
    /// When the first access began that it is about.
    pub at: Timestamp,
    /// Why it was raised, with its figures.
    pub words: String,
    /// The places of its accesses, the oldest first: [`MOST_NAMED`] at most.
    pub accesses: Vec<i64>,
    /// How many accesses there are.
    pub count: usize,
    /// The query of the filter that shows them in the record, with what else it admits.
    pub filter: String,
}

/// The same for the same finding, whenever it is looked for.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct FindingKey(String);

/// Bytes of the hash that a key is: enough that no two findings of a customer meet.
const KEY_BYTES: usize = 16;

impl FindingKey {
    /// The key of a finding that these parts tell apart from every other.
    fn of(kind: FindingKind, parts: &[&str]) -> Self {
        let mut hash = Sha256::new();
        for part in [kind.code()].iter().chain(parts) {
            hash.update(part.len().to_be_bytes());
            hash.update(part);
        }
        Self(hex::encode(&hash.finalize()[..KEY_BYTES]))
    }

    /// The key that is written so; `None` where it is no key.
    pub fn parse(text: &str) -> Option<Self> {
        let is_key = text.len() == KEY_BYTES * 2 && text.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'));
        is_key.then(|| Self(text.to_owned()))
    }

    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl std::fmt::Display for FindingKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests;
