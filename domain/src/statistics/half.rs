//! Half-years: the periods that publishers report by.

use std::fmt;

use chrono::{Datelike, NaiveDate};
use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// A half-year: `2013-H1` is January to June 2013.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Half {
    year: u16,
    second: bool,
}

impl Half {
    /// The first (1) or second (2) half of a year from 1970 to 9999.
    pub fn new(year: u16, half: u8) -> Option<Self> {
        ((1970..=9999).contains(&year) && (1..=2).contains(&half)).then_some(Self { year, second: half == 2 })
    }

    /// Reads `2013-H1`.
    pub fn parse(text: &str) -> Option<Self> {
        let (year, half) = text.split_once('-')?;
        let half = half.strip_prefix('H')?;
        if year.len() != 4 || half.len() != 1 || !year.bytes().all(|byte| byte.is_ascii_digit()) {
            return None;
        }
        Self::new(year.parse().ok()?, half.parse().ok()?)
    }

    /// The half-year that begins and ends on these days.
    pub fn from_days(first: NaiveDate, last: NaiveDate) -> Option<Self> {
        Self::from_last_day(last).filter(|half| half.first_day() == Some(first))
    }

    /// The half-year that ends on this day.
    pub fn from_last_day(day: NaiveDate) -> Option<Self> {
        let half = match (day.month(), day.day()) {
            (6, 30) => 1,
            (12, 31) => 2,
            _ => return None,
        };
        Self::new(u16::try_from(day.year()).ok()?, half)
    }

    /// The half-year that a day is in.
    pub fn containing(day: NaiveDate) -> Option<Self> {
        Self::new(u16::try_from(day.year()).ok()?, if day.month() <= 6 { 1 } else { 2 })
    }

    /// Whether it is the second half of its year.
    pub fn is_second(self) -> bool {
        self.second
    }

    /// There is one for every half-year of the calendar.
    pub fn first_day(self) -> Option<NaiveDate> {
        NaiveDate::from_ymd_opt(i32::from(self.year), if self.second { 7 } else { 1 }, 1)
    }

    pub fn last_day(self) -> Option<NaiveDate> {
        let (month, day) = if self.second { (12, 31) } else { (6, 30) };
        NaiveDate::from_ymd_opt(i32::from(self.year), month, day)
    }

    pub fn year(self) -> u16 {
        self.year
    }

    /// The half-year after this one.
    pub fn next(self) -> Self {
        if self.second { Self { year: self.year + 1, second: false } } else { Self { second: true, ..self } }
    }

    /// Every half-year from this one to the last, both included.
    pub fn to(self, last: Self) -> impl Iterator<Item = Self> {
        std::iter::successors(Some(self), |half| Some(half.next())).take_while(move |half| *half <= last)
    }

    /// For people: `first half of 2013`.
    pub fn long(self) -> String {
        let mut text = String::from(if self.second { "second half of " } else { "first half of " });
        text.push_str(&self.year.to_string());
        text
    }
}

impl fmt::Display for Half {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.year.to_string())?;
        f.write_str(if self.second { "-H2" } else { "-H1" })
    }
}

impl Serialize for Half {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Half {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = crate::Text::deserialize(deserializer)?;
        Self::parse(text.as_ref()).ok_or_else(|| serde::de::Error::custom("is no half-year such as 2013-H1"))
    }
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;
    use proptest::prelude::*;

    pub fn halves() -> impl Strategy<Value = Half> {
        (1970u16..=9999, 1u8..=2).prop_map(|(year, half)| Half::new(year, half).unwrap())
    }

    #[test]
    fn only_half_years_are_half_years() {
        for wrong in ["2013", "2013-H3", "2013-h1", "13-H1", "2013-H1 ", "+201-H1", "1969-H2", "2013 H1"] {
            assert_eq!(Half::parse(wrong), None, "{wrong}");
        }
        assert_eq!(Half::from_last_day(NaiveDate::from_ymd_opt(2013, 6, 29).unwrap()), None);
    }

    #[test]
    fn a_range_has_both_its_ends() {
        let halves = Half::parse("2012-H2").unwrap().to(Half::parse("2013-H2").unwrap());
        assert_eq!(halves.map(|half| half.to_string()).collect::<Vec<_>>(), ["2012-H2", "2013-H1", "2013-H2"]);
    }

    proptest! {
        #[test]
        fn half_years_are_read_back(half in halves()) {
            prop_assert_eq!(Half::parse(&half.to_string()), Some(half));
            prop_assert_eq!(Half::from_days(half.first_day().unwrap(), half.last_day().unwrap()), Some(half));
        }

        #[test]
        fn they_sort_as_they_are_written(a in halves(), b in halves()) {
            prop_assert_eq!(a.cmp(&b), a.to_string().cmp(&b.to_string()));
        }
    }
}
