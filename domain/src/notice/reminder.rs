//! When a customer is reminded of a notice that nobody has acknowledged.

use chrono::TimeDelta;

use crate::Timestamp;

/// The first reminder comes so long after the notice, and then one each week after it.
const FIRST: TimeDelta = TimeDelta::days(3);
const WEEK: TimeDelta = TimeDelta::weeks(1);
/// One comes so long before the deadline, or when half of the time is over where there was less than twice of it.
const BEFORE_DEADLINE: TimeDelta = TimeDelta::days(3);
/// What comes late, or near to a deadline, takes the place of what would come within a day.
const APART: TimeDelta = TimeDelta::days(1);
/// A deadline that has passed is told of yet; after so long nobody is reminded any more.
const AFTER_DEADLINE: TimeDelta = TimeDelta::weeks(1);

/// What reminders of a notice go by.
#[derive(Clone, Copy, Debug)]
pub struct Reminders {
    pub issued_at: Timestamp,
    /// The first moment that is too late for what the notice asks.
    pub due_at: Option<Timestamp>,
    pub acknowledged: bool,
}

impl Reminders {
    /// When the next reminder is due, after the last that was sent. Those that were missed meanwhile are not made up for.
    pub fn next(&self, last: Option<Timestamp>) -> Option<Timestamp> {
        if self.acknowledged {
            return None;
        }
        let after = last.map_or(self.issued_at, |last| last.plus(APART)).max(self.issued_at);
        let age = after.since(self.issued_at);
        let weeks = i32::try_from(age.num_weeks() + 1).ok()?;
        let usual = self.issued_at.plus(if age < FIRST { FIRST } else { WEEK * weeks });
        let Some(due_at) = self.due_at else { return Some(usual) };
        let before = due_at.minus(BEFORE_DEADLINE.min(due_at.since(self.issued_at) / 2));
        let next = if before > after && usual > before.minus(APART) { before } else { usual };
        Some(next).filter(|next| *next <= due_at.plus(AFTER_DEADLINE))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn at(hours: i64) -> Timestamp {
        Timestamp::parse("2026-03-01T12:00:00Z").unwrap().plus(TimeDelta::hours(hours))
    }

    /// When reminders come, in hours after the notice, where each is sent as soon as it is due.
    fn hours(due: Option<i64>) -> Vec<i64> {
        let reminders = Reminders { issued_at: at(0), due_at: due.map(at), acknowledged: false };
        let all = std::iter::successors(reminders.next(None), |last| reminders.next(Some(*last)));
        all.take(6).map(|next| next.since(at(0)).num_hours()).collect()
    }

    #[test]
    fn a_notice_without_a_deadline_is_told_of_again_after_three_days_and_each_week() {
        assert_eq!(hours(None), [3, 7, 14, 21, 28, 35].map(|days| days * 24));
    }

    #[test]
    fn a_deadline_has_a_reminder_before_it_and_ends_them_a_week_after_it() {
        // An objection within 28 days; a breach, of which the customer's authority must hear within three.
        assert_eq!(hours(Some(28 * 24)), [3, 7, 14, 21, 25, 28].map(|days| days * 24));
        assert_eq!(hours(Some(72)), [36, 72, 168]);
        assert_eq!(hours(Some(10 * 24)), [3, 7, 14].map(|days| days * 24));
        // The one before the deadline takes the place of the usual one that would come two hours earlier.
        assert_eq!(hours(Some(6 * 24 + 2)), [74, 168]);
    }

    #[test]
    fn what_is_acknowledged_is_not_told_of_again() {
        let reminders = Reminders { issued_at: at(0), due_at: None, acknowledged: true };
        assert_eq!(reminders.next(None), None);
        assert_eq!(reminders.next(Some(at(90))), None);
    }

    #[test]
    fn what_was_missed_is_made_up_for_by_one() {
        let reminders = Reminders { issued_at: at(0), due_at: None, acknowledged: false };
        assert_eq!(reminders.next(None), Some(at(72)));
        // No mail went out for a month, and then the first did.
        assert_eq!(reminders.next(Some(at(30 * 24))), Some(at(35 * 24)));
        assert_eq!(reminders.next(Some(at(35 * 24 - 2))), Some(at(42 * 24)));
    }

    proptest! {
        #[test]
        fn reminders_come_later_and_a_day_apart_and_end_with_the_deadline(
            due in proptest::option::of(1i64..20_000),
            lasts in proptest::collection::vec(0i64..2_000, 1..20),
        ) {
            let reminders = Reminders { issued_at: at(0), due_at: due.map(at), acknowledged: false };
            let mut last = None;
            // Each is sent so many hours late.
            for late in lasts {
                let Some(next) = reminders.next(last) else {
                    prop_assert!(due.is_some(), "without a deadline they go on");
                    break;
                };
                prop_assert!(next > last.unwrap_or(at(0)));
                prop_assert!(last.is_none_or(|last| next.since(last) >= APART));
                // A week, put off by what was sent late, and again by the one before the deadline.
                prop_assert!(next.since(last.unwrap_or(at(0))) < WEEK + APART * 2);
                prop_assert!(due.is_none_or(|due| next <= at(due).plus(AFTER_DEADLINE)));
                last = Some(next.plus(TimeDelta::hours(late)));
            }
        }

        #[test]
        fn a_deadline_never_passes_without_a_reminder_before_it(due in 2i64..20_000) {
            let sent = hours(Some(due));
            prop_assert!(sent.first().is_some_and(|first| *first < due), "{:?}", sent);
        }
    }
}
