//! Time: UTC, microseconds, RFC 3339.

use std::fmt;

use chrono::{DateTime, Datelike, Days, NaiveDate, SubsecRound, TimeDelta, Timelike, Utc};
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use crate::Text;

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
        if let Some(time) = parse_written(text) {
            return Self::from_utc(time);
        }
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

    fn last() -> Self {
        let day = NaiveDate::from_ymd_opt(9999, 12, 31).unwrap_or(NaiveDate::MAX);
        Self::start_of(day)
    }

    /// Midnight UTC at the start of this day. People's days are those of their [`Zone`](crate::Zone).
    pub fn start_of(day: NaiveDate) -> Self {
        Self(day.and_time(chrono::NaiveTime::MIN).and_utc())
    }

    /// Midnight UTC at the end of this day; on the calendar's last day, its start.
    pub fn end_of(day: NaiveDate) -> Self {
        Self::start_of(day.checked_add_days(Days::new(1)).unwrap_or(day))
    }

    /// The moment so much later; where that is past the year 9999, its last day.
    #[must_use]
    pub fn plus(self, by: TimeDelta) -> Self {
        self.0.checked_add_signed(by).and_then(|time| Self::from_utc(time).ok()).unwrap_or_else(Self::last)
    }

    /// The moment so much earlier; where that is before 1970, the first moment there is.
    #[must_use]
    pub fn minus(self, by: TimeDelta) -> Self {
        self.0.checked_sub_signed(by).and_then(|time| Self::from_utc(time).ok()).unwrap_or(Self(DateTime::UNIX_EPOCH))
    }

    /// How much later this moment is than an earlier one; negative where it is earlier.
    pub fn since(self, earlier: Self) -> TimeDelta {
        self.0 - earlier.0
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
        let time = self.0.naive_utc();
        // A leap second is kept as the second before it, with more than a second's fraction.
        let micros = time.nanosecond() / 1_000;
        let mut text = *WRITTEN;
        let numbers = [time.year().unsigned_abs(), time.month(), time.day(), time.hour(), time.minute()];
        let seconds = [time.second() + micros / 1_000_000, micros % 1_000_000];
        for (digits, number) in DIGITS.into_iter().zip(numbers.into_iter().chain(seconds)) {
            text[digits].iter_mut().rev().fold(number, |number, digit| {
                *digit += (number % 10) as u8;
                number / 10
            });
        }
        f.write_str(std::str::from_utf8(&text).map_err(|_| fmt::Error)?)
    }
}

/// How times are written. A download is full of them, and chrono's formats take ten times as long.
const WRITTEN: &[u8; 27] = b"0000-00-00T00:00:00.000000Z";
/// Where year, month, day, hour, minute, second and microsecond stand in it.
const DIGITS: [std::ops::Range<usize>; 7] = [0..4, 5..7, 8..10, 11..13, 14..16, 17..19, 20..26];

/// Reads a time that is written as we write them; chrono reads every other.
fn parse_written(text: &str) -> Option<DateTime<Utc>> {
    let text: &[u8; WRITTEN.len()] = text.as_bytes().try_into().ok()?;
    let mut numbers = [0; DIGITS.len()];
    let mut marks = *text;
    for (number, digits) in numbers.iter_mut().zip(DIGITS) {
        for digit in &mut marks[digits] {
            *number = *number * 10 + u32::from(digit.checked_sub(b'0').filter(|value| *value < 10)?);
            *digit = b'0';
        }
    }
    let [year, month, day, hour, minute, second, micro] = numbers;
    let date = NaiveDate::from_ymd_opt(year.try_into().ok()?, month, day)?;
    (marks == *WRITTEN).then(|| date.and_hms_micro_opt(hour, minute, second, micro))?.map(|time| time.and_utc())
}

impl Serialize for Timestamp {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Timestamp {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = Text::deserialize(deserializer)?;
        Self::parse(text.as_ref()).map_err(serde::de::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use chrono::SecondsFormat;
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

    #[test]
    fn adding_and_taking_away_stay_within_the_years_there_are() {
        let time = Timestamp::parse("2026-03-01T00:00:00Z").unwrap();
        let (hour, age) = (TimeDelta::hours(1), TimeDelta::weeks(600_000));
        assert_eq!(time.plus(hour).minus(hour), time);
        assert_eq!(time.plus(hour).since(time), hour);
        assert_eq!(time.plus(age).to_string(), "9999-12-31T00:00:00.000000Z");
        assert_eq!(time.minus(age).to_string(), "1970-01-01T00:00:00.000000Z");
    }

    proptest! {
        #[test]
        fn what_is_written_is_read_back(micros in 0i64..253_402_300_799_000_000) {
            let time = Timestamp::from_micros(micros).unwrap();
            prop_assert_eq!(Timestamp::parse(&time.to_string()).unwrap(), time);
            prop_assert_eq!(time.micros(), micros);
        }

        #[test]
        fn times_are_written_as_chrono_writes_them(micros in 0i64..253_402_300_799_000_000, leap: bool) {
            let time = Timestamp::from_micros(micros).unwrap().0;
            // chrono keeps a leap second as a fraction of more than a second.
            let time = if leap { time.with_second(59).unwrap().with_nanosecond(1_000_001_000).unwrap() } else { time };
            let text = time.to_rfc3339_opts(SecondsFormat::Micros, true);
            prop_assert_eq!(Timestamp(time).to_string(), text.as_str());
            prop_assert_eq!(Timestamp::parse(&text).unwrap().0, time);
        }

        #[test]
        fn times_are_read_as_chrono_reads_them(text in "[0-3][0-9]{3}-[01][0-9]-[0-3][0-9]T[0-2][0-9]:[0-6][0-9]:[0-6][0-9].[0-9]{6}[Z0]") {
            let chronos = DateTime::parse_from_rfc3339(&text).map(|time| time.with_timezone(&Utc));
            let chronos = chronos.map_err(|_| TimestampError::NotRfc3339).and_then(Timestamp::from_utc);
            prop_assert_eq!(Timestamp::parse(&text), chronos);
        }

        #[test]
        fn any_text_is_parsed_or_refused(text in ".{0,40}") {
            let _ = Timestamp::parse(&text);
        }
    }
}
