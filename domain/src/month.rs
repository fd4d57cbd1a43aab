//! Months, in UTC: the periods that customers' summaries are of.

use std::fmt;

use chrono::{Datelike, Months, NaiveDate, TimeDelta};

use crate::Timestamp;

/// A month of the calendar, in UTC.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Month(NaiveDate);

impl Month {
    /// The month that a day is in.
    pub fn of(day: NaiveDate) -> Self {
        Self(day.with_day(1).unwrap_or(day))
    }

    /// The month that is written so: `2026-03`, and in no other way.
    pub fn parse(text: &str) -> Option<Self> {
        let day = NaiveDate::parse_from_str(&format!("{text}-01"), "%Y-%m-%d").ok()?;
        let month = Self(day);
        ((1970..=9999).contains(&day.year()) && month.to_string() == text).then_some(month)
    }

    pub fn first_day(self) -> NaiveDate {
        self.0
    }

    /// Its first moment.
    pub fn starts_at(self) -> Timestamp {
        Timestamp::start_of(self.0)
    }

    /// Its last moment.
    pub fn ends_at(self) -> Timestamp {
        self.next().starts_at().minus(TimeDelta::microseconds(1))
    }

    pub fn last_day(self) -> NaiveDate {
        self.ends_at().day()
    }

    pub fn next(self) -> Self {
        Self(self.0.checked_add_months(Months::new(1)).unwrap_or(self.0))
    }

    pub fn previous(self) -> Self {
        Self(self.0.checked_sub_months(Months::new(1)).unwrap_or(self.0))
    }

    /// As people read it: `March 2026`.
    pub fn long(self) -> String {
        self.0.format("%B %Y").to_string()
    }
}

/// `2026-03`
impl fmt::Display for Month {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.0.format("%Y-%m"))
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn a_month_is_written_in_one_way() {
        let month = Month::parse("2026-02").unwrap();
        assert_eq!((month.to_string(), month.long()), ("2026-02".to_owned(), "February 2026".to_owned()));
        for other in ["2026-2", "2026-13", "2026", "26-02", "2026-02-01", " 2026-02", "+2026-02", "1969-12", ""] {
            assert_eq!(Month::parse(other), None, "{other}");
        }
    }

    proptest! {
        #[test]
        fn months_follow_each_other_without_a_gap(days in 40i64..100_000) {
            let day = NaiveDate::from_epoch_days(days as i32).unwrap();
            let month = Month::of(day);
            prop_assert!((month.first_day()..=month.last_day()).contains(&day));
            prop_assert_eq!(month.previous().next(), month);
            prop_assert_eq!(month.ends_at().plus(TimeDelta::microseconds(1)), month.next().starts_at());
            prop_assert_eq!(Month::parse(&month.to_string()), Some(month));
        }
    }
}
