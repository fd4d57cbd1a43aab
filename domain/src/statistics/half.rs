//! Half-years and years: the periods that publishers report by.

use std::fmt;

use chrono::{Datelike, NaiveDate};
use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// A period: a half-year, of which `2013-H1` is January to June 2013, or a whole year, `2013`, where a publisher reports
/// by years. A year comes before its halves.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Half {
    year: u16,
    part: Part,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
enum Part {
    Whole,
    First,
    Second,
}

impl Half {
    /// The first (1) or second (2) half of a year from 1970 to 9999.
    pub fn new(year: u16, half: u8) -> Option<Self> {
        let part = match half {
            1 => Part::First,
            2 => Part::Second,
            _ => return None,
        };
        (1970..=9999).contains(&year).then_some(Self { year, part })
    }

    /// A whole year from 1970 to 9999.
    pub fn whole(year: u16) -> Option<Self> {
        (1970..=9999).contains(&year).then_some(Self { year, part: Part::Whole })
    }

    /// Reads `2013-H1` and `2013`.
    pub fn parse(text: &str) -> Option<Self> {
        let (year, half) = text.split_once('-').map_or((text, None), |(year, half)| (year, Some(half)));
        if year.len() != 4 || !year.bytes().all(|byte| byte.is_ascii_digit()) {
            return None;
        }
        let year = year.parse().ok()?;
        match half {
            None => Self::whole(year),
            Some("H1") => Self::new(year, 1),
            Some("H2") => Self::new(year, 2),
            Some(_) => None,
        }
    }

    /// The period that begins and ends on these days.
    pub fn from_days(first: NaiveDate, last: NaiveDate) -> Option<Self> {
        let half = Self::from_last_day(last)?;
        [half, Self { part: Part::Whole, ..half }]
            .into_iter()
            .find(|period| period.first_day() == Some(first) && period.last_day() == Some(last))
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

    /// The half-year that this day lies in.
    pub fn of(day: NaiveDate) -> Option<Self> {
        Self::new(u16::try_from(day.year()).ok()?, if day.month() <= 6 { 1 } else { 2 })
    }

    /// Whether it is the second half of its year.
    pub fn is_second(self) -> bool {
        self.part == Part::Second
    }

    /// There is one for every period of the calendar.
    pub fn first_day(self) -> Option<NaiveDate> {
        NaiveDate::from_ymd_opt(i32::from(self.year), if self.part == Part::Second { 7 } else { 1 }, 1)
    }

    pub fn last_day(self) -> Option<NaiveDate> {
        let (month, day) = if self.part == Part::First { (6, 30) } else { (12, 31) };
        NaiveDate::from_ymd_opt(i32::from(self.year), month, day)
    }

    pub fn year(self) -> u16 {
        self.year
    }

    /// Whether it is a whole year.
    pub fn is_whole(self) -> bool {
        self.part == Part::Whole
    }

    /// The half-year after a half-year, the year after a year.
    pub fn next(self) -> Self {
        match self.part {
            Part::First => Self { part: Part::Second, ..self },
            Part::Second => Self { year: self.year + 1, part: Part::First },
            Part::Whole => Self { year: self.year + 1, ..self },
        }
    }

    /// Every period from this one to the last, both included.
    pub fn to(self, last: Self) -> impl Iterator<Item = Self> {
        std::iter::successors(Some(self), |half| Some(half.next())).take_while(move |half| *half <= last)
    }

    /// For people: `first half of 2013`, `year 2013`.
    pub fn long(self) -> String {
        let mut text = String::from(match self.part {
            Part::Whole => "year ",
            Part::First => "first half of ",
            Part::Second => "second half of ",
        });
        text.push_str(&self.year.to_string());
        text
    }
}

impl fmt::Display for Half {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.year.to_string())?;
        f.write_str(match self.part {
            Part::Whole => "",
            Part::First => "-H1",
            Part::Second => "-H2",
        })
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
        Self::parse(text.as_ref())
            .ok_or_else(|| serde::de::Error::custom("is no half-year such as 2013-H1, nor a year"))
    }
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;
    use proptest::prelude::*;

    pub fn halves() -> impl Strategy<Value = Half> {
        (1970u16..=9999, 0u8..=2).prop_map(|(year, half)| Half::new(year, half).or(Half::whole(year)).unwrap())
    }

    #[test]
    fn only_half_years_are_half_years() {
        for wrong in ["213", "2013-", "2013-H3", "2013-h1", "13-H1", "2013-H1 ", "+201-H1", "1969-H2", "2013 H1"] {
            assert_eq!(Half::parse(wrong), None, "{wrong}");
        }
        assert_eq!(Half::from_last_day(NaiveDate::from_ymd_opt(2013, 6, 29).unwrap()), None);
    }

    #[test]
    fn a_range_has_both_its_ends() {
        let halves = Half::parse("2012-H2").unwrap().to(Half::parse("2013-H2").unwrap());
        assert_eq!(halves.map(|half| half.to_string()).collect::<Vec<_>>(), ["2012-H2", "2013-H1", "2013-H2"]);
        let years = Half::parse("2012").unwrap().to(Half::parse("2014").unwrap());
        assert_eq!(years.map(|year| year.to_string()).collect::<Vec<_>>(), ["2012", "2013", "2014"]);
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
