//! Time: UTC, microseconds, RFC 3339.

use std::fmt;

use chrono::{DateTime, Datelike, Days, NaiveDate, SecondsFormat, SubsecRound, Utc};
use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// A moment in UTC, to the microsecond. Finer fractions are cut, not rounded, so that a time never moves forward.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Timestamp(DateTime<Utc>);

/// Why a text or number is no [`Timestamp`].
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum TimestampError {
    #[error("is not an RFC 3339 time with an offset, such as 2026-03-01T09:30:00Z")]
    NotRfc3339,
    #[error("is outside the years 1970 to 9999")]
    OutOfRange,
}

impl Timestamp {
    /// Parses RFC 3339 with any offset.
    pub fn parse(text: &str) -> Result<Self, TimestampError> {
        let time = DateTime::parse_from_rfc3339(text).map_err(|_| TimestampError::NotRfc3339)?;
        Self::from_utc(time.with_timezone(&Utc))
    }

    /// The moment cut to microseconds.
    pub fn from_utc(time: DateTime<Utc>) -> Result<Self, TimestampError> {
        match time.year() {
            1970..=9999 => Ok(Self(time.trunc_subsecs(6))),
            _ => Err(TimestampError::OutOfRange),
        }
    }

    /// Microseconds since 1970-01-01T00:00:00Z.
    pub fn from_micros(micros: i64) -> Result<Self, TimestampError> {
        DateTime::from_timestamp_micros(micros).ok_or(TimestampError::OutOfRange).and_then(Self::from_utc)
    }

    /// Midnight UTC at the start of this day. People's days are those of their [`Zone`](crate::Zone).
    pub fn start_of(day: NaiveDate) -> Self {
        Self(day.and_time(chrono::NaiveTime::MIN).and_utc())
    }

    /// Midnight UTC at the end of this day; on the calendar's last day, its start.
    pub fn end_of(day: NaiveDate) -> Self {
        Self::start_of(day.checked_add_days(Days::new(1)).unwrap_or(day))
    }

    pub fn micros(self) -> i64 {
        self.0.timestamp_micros()
    }

    pub fn utc(self) -> DateTime<Utc> {
        self.0
    }

    /// The day in UTC.
    pub fn day(self) -> NaiveDate {
        self.0.date_naive()
    }
}

/// RFC 3339 with six digits and `Z`: one way to write each moment.
impl fmt::Display for Timestamp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0.to_rfc3339_opts(SecondsFormat::Micros, true))
    }
}

impl Serialize for Timestamp {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Timestamp {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = std::borrow::Cow::<'de, str>::deserialize(deserializer)?;
        Self::parse(&text).map_err(serde::de::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn finer_fractions_are_cut() {
        let time = Timestamp::parse("2017-12-18T16:06:37.400577999Z").unwrap();
        assert_eq!(time.to_string(), "2017-12-18T16:06:37.400577Z");
    }

    #[test]
    fn a_time_without_an_offset_is_refused() {
        assert_eq!(Timestamp::parse("2026-01-01T00:00:00"), Err(TimestampError::NotRfc3339));
    }

    proptest! {
        #[test]
        fn what_is_written_is_read_back(micros in 0i64..253_402_300_799_000_000) {
            let time = Timestamp::from_micros(micros).unwrap();
            prop_assert_eq!(Timestamp::parse(&time.to_string()).unwrap(), time);
            prop_assert_eq!(time.micros(), micros);
        }

        #[test]
        fn any_text_is_parsed_or_refused(text in ".{0,40}") {
            let _ = Timestamp::parse(&text);
        }
    }
}
