//! Within what time the provider promises to answer, and whether it does.

use chrono::{Datelike, NaiveDate, TimeDelta, Weekday};
use serde::{Deserialize, Serialize};

use crate::Timestamp;

/// The longest promise that can be configured: half a year.
const MOST_WORKING_DAYS: u8 = 130;

/// Within how many working days a customer is answered: Monday to Friday, holidays among them, in UTC. The day of the
/// question doesn't count, and the last one counts whole.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "u8", into = "u8")]
pub struct AnswerPromise(u8);

impl Default for AnswerPromise {
    fn default() -> Self {
        Self(3)
    }
}

impl TryFrom<u8> for AnswerPromise {
    type Error = String;

    fn try_from(days: u8) -> Result<Self, String> {
        match days {
            1..=MOST_WORKING_DAYS => Ok(Self(days)),
            _ => Err(format!("`{days}` is no number of working days from 1 to {MOST_WORKING_DAYS}")),
        }
    }
}

impl From<AnswerPromise> for u8 {
    fn from(promise: AnswerPromise) -> Self {
        promise.0
    }
}

impl AnswerPromise {
    /// The first moment that is too late for an answer to what was asked then.
    pub fn due(self, asked: Timestamp) -> Timestamp {
        let is_working = |day: &NaiveDate| !matches!(day.weekday(), Weekday::Sat | Weekday::Sun);
        let last = asked.day().iter_days().skip(1).filter(is_working).nth(usize::from(self.0) - 1);
        Timestamp::end_of(last.unwrap_or_else(|| asked.day()))
    }
}

/// `3 working days`
impl std::fmt::Display for AnswerPromise {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{} working {}", self.0, if self.0 == 1 { "day" } else { "days" })
    }
}

/// A customer's waiting for an answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Wait {
    pub asked_at: Timestamp,
    /// The first moment that is too late.
    pub due_at: Timestamp,
    /// Nothing where it still waits.
    pub answered_at: Option<Timestamp>,
}

impl Wait {
    /// Whether the promise was not kept, as far as that is known by now.
    pub fn is_late(&self, now: Timestamp) -> bool {
        self.answered_at.unwrap_or(now) >= self.due_at
    }
}

/// How soon customers are answered.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct AnswerPromptness {
    /// Waits that ended with an answer.
    pub answered: usize,
    /// Those of them that ended in time.
    pub in_time: usize,
    /// Half of them were answered within this time; nothing where none was.
    pub median: Option<TimeDelta>,
    /// Waits that go on.
    pub open: usize,
    /// Those of them that go on for longer than was promised.
    pub open_late: usize,
}

impl AnswerPromptness {
    pub fn of(waits: &[Wait], now: Timestamp) -> Self {
        let mut times =
            waits.iter().filter_map(|wait| Some(wait.answered_at?.since(wait.asked_at))).collect::<Vec<_>>();
        times.sort_unstable();
        let count = |open: bool, late: bool| {
            waits.iter().filter(|wait| wait.answered_at.is_none() == open && wait.is_late(now) == late).count()
        };
        Self {
            answered: times.len(),
            in_time: count(false, false),
            // The nearest rank: always a time that was.
            median: times.len().div_ceil(2).checked_sub(1).and_then(|rank| times.get(rank).copied()),
            open: count(true, false) + count(true, true),
            open_late: count(true, true),
        }
    }

    /// How many of a hundred were answered in time, rounded down, so that it is true. What is late and has no answer yet
    /// counts as not kept: else a provider would look better for not answering.
    pub fn in_time_percent(&self) -> Option<usize> {
        let decided = self.answered + self.open_late;
        (self.in_time * 100).checked_div(decided)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn at(text: &str) -> Timestamp {
        Timestamp::parse(text).unwrap()
    }

    #[test]
    fn an_answer_is_due_after_so_many_working_days() {
        for (days, asked, due) in [
            // A Monday, a Thursday, a Friday's last second, a Saturday.
            (3, "2026-03-02T00:00:00Z", "2026-03-06T00:00:00Z"),
            (3, "2026-03-05T10:00:00Z", "2026-03-11T00:00:00Z"),
            (1, "2026-03-06T23:59:59Z", "2026-03-10T00:00:00Z"),
            (1, "2026-03-07T12:00:00Z", "2026-03-10T00:00:00Z"),
        ] {
            assert_eq!(AnswerPromise(days).due(at(asked)), at(due), "{days} days from {asked}");
        }
    }

    #[test]
    fn a_promise_of_no_time_is_none() {
        assert!(AnswerPromise::try_from(0).is_err() && AnswerPromise::try_from(131).is_err());
        assert_eq!(AnswerPromise::try_from(1).unwrap().to_string(), "1 working day");
    }

    #[test]
    fn what_is_late_and_unanswered_counts_as_a_promise_not_kept() {
        let (asked_at, due_at) = (at("2026-03-02T00:00:00Z"), at("2026-03-06T00:00:00Z"));
        let wait = |answered: Option<&str>| Wait { asked_at, due_at, answered_at: answered.map(at) };
        let waits = [wait(Some("2026-03-02T10:00:00Z")), wait(Some("2026-03-06T00:00:00Z")), wait(None)];
        let soon = AnswerPromptness::of(&waits, at("2026-03-03T00:00:00Z"));
        assert_eq!((soon.in_time, soon.answered, soon.open, soon.open_late), (1, 2, 1, 0));
        assert_eq!((soon.median, soon.in_time_percent()), (Some(TimeDelta::hours(10)), Some(50)));
        let late = AnswerPromptness::of(&waits, due_at);
        assert_eq!((late.open_late, late.in_time_percent()), (1, Some(33)));
        assert_eq!(AnswerPromptness::of(&[], due_at).in_time_percent(), None);
    }

    proptest! {
        #[test]
        fn a_promise_is_due_on_a_midnight_after_a_working_day_and_never_sooner(
            days in 1u8..=130, micros in 0i64..4_000_000_000_000_000
        ) {
            let asked = Timestamp::from_micros(micros).unwrap();
            let due = AnswerPromise(days).due(asked);
            prop_assert!(due > asked.plus(TimeDelta::days(days.into())));
            prop_assert_eq!(Timestamp::start_of(due.day()), due);
            let last = due.minus(TimeDelta::microseconds(1)).day().weekday();
            prop_assert!(!matches!(last, Weekday::Sat | Weekday::Sun));
            prop_assert!(AnswerPromise(days).due(asked.plus(TimeDelta::hours(1))) >= due);
        }
    }
}
