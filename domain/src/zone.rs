//! Time as a person reads it: in their own zone, with its offset.

use std::fmt;

use chrono::{DateTime, LocalResult, NaiveDate, NaiveDateTime, NaiveTime, TimeZone};
use chrono_tz::{GapInfo, Tz};
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use crate::{Text, Timestamp};

/// A time zone of the IANA database.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Zone(Tz);

/// Why a text is no [`Zone`].
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("is not a time zone such as Europe/Berlin")]
pub struct ZoneError;

/// A day as people read it: `1 March 2026`.
pub fn long_day(day: NaiveDate) -> String {
    day.format("%-d %B %Y").to_string()
}

impl Zone {
    pub const UTC: Self = Self(Tz::UTC);

    /// The zone with this name of the IANA database. Old names are known too; browsers still give some.
    pub fn parse(name: &str) -> Result<Self, ZoneError> {
        name.parse().map(Self).map_err(|_| ZoneError)
    }

    /// Every zone, by name, for a list to choose from.
    pub fn all() -> impl Iterator<Item = Self> {
        chrono_tz::TZ_VARIANTS.iter().copied().map(Self)
    }

    /// The name in the IANA database: `America/New_York`.
    pub fn name(self) -> &'static str {
        self.0.name()
    }

    fn at(self, time: Timestamp) -> DateTime<Tz> {
        time.utc().with_timezone(&self.0)
    }

    /// `+01:00`, or `UTC` where the zone is that.
    fn offset(self, time: Timestamp) -> String {
        match self.0 {
            Tz::UTC => "UTC".to_owned(),
            _ => self.at(time).format("%:z").to_string(),
        }
    }

    /// As a sentence says it: `10:30:05 (UTC+01:00)`, `09:30:05 UTC`.
    fn spoken(self, time: Timestamp) -> String {
        match self.0 {
            Tz::UTC => self.clock(time),
            _ => format!("{} (UTC{})", self.at(time).format("%H:%M:%S"), self.offset(time)),
        }
    }

    /// For tables, after the day: `10:30:05 +01:00`, `09:30:05 UTC`.
    pub fn clock(self, time: Timestamp) -> String {
        format!("{} {}", self.at(time).format("%H:%M:%S"), self.offset(time))
    }

    /// The time of day that a clock there shows.
    pub fn time_of_day(self, time: Timestamp) -> NaiveTime {
        self.at(time).time()
    }

    /// The day that it is here. For tables as it is: `2026-03-03`.
    pub fn day(self, time: Timestamp) -> NaiveDate {
        self.at(time).date_naive()
    }

    /// `3 March 2026`
    pub fn date(self, time: Timestamp) -> String {
        long_day(self.day(time))
    }

    /// For sentences: `3 March 2026, 10:30:05 (UTC+01:00)`.
    pub fn long(self, time: Timestamp) -> String {
        format!("{}, {}", self.date(time), self.spoken(time))
    }

    /// For sentences: `On 3 March 2026 from 10:30:05 to 10:50:05 (UTC+01:00)`. Two days, or two offsets of one day, are
    /// both written out.
    pub fn period(self, from: Timestamp, to: Timestamp) -> String {
        if self.day(from) == self.day(to) && self.offset(from) == self.offset(to) {
            format!("On {} from {} to {}", self.date(from), self.at(from).format("%H:%M:%S"), self.spoken(to))
        } else {
            format!("From {} to {}", self.long(from), self.long(to))
        }
    }

    /// The moments at which clocks here show this: two of an hour that comes twice, and where they skip it, the one at which
    /// they have.
    fn moments(self, local: NaiveDateTime) -> impl Iterator<Item = Timestamp> {
        let moments = match self.0.from_local_datetime(&local) {
            LocalResult::Single(moment) => [Some(moment), None],
            LocalResult::Ambiguous(first, second) => [Some(first), Some(second)],
            LocalResult::None => [GapInfo::new(&local, &self.0).and_then(|gap| gap.end), None],
        };
        // At either end of the calendar the moment may be none that a Timestamp holds.
        moments.into_iter().flatten().filter_map(|moment| Timestamp::from_utc(moment.to_utc()).ok())
    }

    /// The first moment of this day here. Where the clocks skip midnight, the day begins when they have skipped it.
    pub fn start_of(self, day: NaiveDate) -> Timestamp {
        // At either end of the calendar there is nothing between it and midnight in UTC.
        self.moments(day.and_time(NaiveTime::MIN)).next().unwrap_or_else(|| Timestamp::start_of(day))
    }

    /// The first moment after this one at which clocks here come to this time of day, or have skipped it.
    pub fn next(self, time: NaiveTime, after: Timestamp) -> Option<Timestamp> {
        let days = self.day(after).iter_days().take(3);
        days.flat_map(|day| self.moments(day.and_time(time))).find(|moment| *moment > after)
    }

    /// The moment that a form's field for a date and time means here, such as `2026-03-01T10:30`. Of an hour that comes
    /// twice it is the first. `None` where it is no time, or one that the clocks skip.
    pub fn parse_local(self, text: &str) -> Option<Timestamp> {
        let formats = ["%Y-%m-%dT%H:%M", "%Y-%m-%dT%H:%M:%S"];
        let local = formats.iter().find_map(|format| NaiveDateTime::parse_from_str(text.trim(), format).ok())?;
        let moment = self.0.from_local_datetime(&local).earliest()?;
        Timestamp::from_utc(moment.to_utc()).ok()
    }

    /// A moment as such a field shows it.
    pub fn local(self, time: Timestamp) -> String {
        self.at(time).format("%Y-%m-%dT%H:%M").to_string()
    }

    /// The first moment after this day here.
    pub fn end_of(self, day: NaiveDate) -> Timestamp {
        day.succ_opt().map_or_else(|| Timestamp::end_of(day), |next| self.start_of(next))
    }
}

/// By its name in the IANA database.
impl Serialize for Zone {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.name())
    }
}

impl<'de> Deserialize<'de> for Zone {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let name = Text::deserialize(deserializer)?;
        Self::parse(name.as_ref()).map_err(|error| serde::de::Error::custom(format!("`{}` {error}", name.as_ref())))
    }
}

impl Default for Zone {
    fn default() -> Self {
        Self::UTC
    }
}

/// The name as people read it: `America/New York`.
impl fmt::Display for Zone {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.name().replace('_', " "))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn zone(name: &str) -> Zone {
        Zone::parse(name).unwrap()
    }

    fn time(text: &str) -> Timestamp {
        Timestamp::parse(text).unwrap()
    }

    fn short(zone: Zone, time: Timestamp) -> String {
        format!("{} {}", zone.day(time), zone.clock(time))
    }

    fn day(text: &str) -> NaiveDate {
        text.parse().unwrap()
    }

    #[test]
    fn a_time_is_told_with_its_offset() {
        let at = time("2026-03-03T09:30:05Z");
        let berlin = zone("Europe/Berlin");
        assert_eq!(berlin.long(at), "3 March 2026, 10:30:05 (UTC+01:00)");
        assert_eq!(short(berlin, at), "2026-03-03 10:30:05 +01:00");
        assert_eq!(Zone::UTC.long(at), "3 March 2026, 09:30:05 UTC");
        assert_eq!(short(Zone::UTC, at), "2026-03-03 09:30:05 UTC");
    }

    #[test]
    fn offsets_need_not_be_whole_hours() {
        let at = time("2026-03-03T19:30:00Z");
        assert_eq!(short(zone("Asia/Kolkata"), at), "2026-03-04 01:00:00 +05:30");
        assert_eq!(short(zone("Asia/Kathmandu"), at), "2026-03-04 01:15:00 +05:45");
        assert_eq!(short(zone("America/St_Johns"), at), "2026-03-03 16:00:00 -03:30");
    }

    #[test]
    fn the_hour_that_comes_twice_is_told_apart() {
        let berlin = zone("Europe/Berlin");
        let (first, second) = (time("2026-10-25T00:30:00Z"), time("2026-10-25T01:30:00Z"));
        assert_eq!(short(berlin, first), "2026-10-25 02:30:00 +02:00");
        assert_eq!(short(berlin, second), "2026-10-25 02:30:00 +01:00");
        assert_eq!(
            berlin.period(first, second),
            "From 25 October 2026, 02:30:00 (UTC+02:00) to 25 October 2026, 02:30:00 (UTC+01:00)"
        );
    }

    #[test]
    fn a_period_names_its_day_once() {
        let (from, to) = (time("2026-03-03T22:30:00Z"), time("2026-03-03T23:10:00Z"));
        assert_eq!(Zone::UTC.period(from, to), "On 3 March 2026 from 22:30:00 to 23:10:00 UTC");
        assert_eq!(
            zone("Europe/Berlin").period(from, to),
            "From 3 March 2026, 23:30:00 (UTC+01:00) to 4 March 2026, 00:10:00 (UTC+01:00)"
        );
        assert_eq!(zone("Asia/Tokyo").period(from, to), "On 4 March 2026 from 07:30:00 to 08:10:00 (UTC+09:00)");
    }

    #[test]
    fn a_day_is_the_readers_own() {
        let tokyo = zone("Asia/Tokyo");
        assert_eq!(tokyo.start_of(day("2026-03-01")), time("2026-02-28T15:00:00Z"));
        assert_eq!(tokyo.end_of(day("2026-03-01")), time("2026-03-01T15:00:00Z"));
        assert_eq!(tokyo.day(time("2026-02-28T15:00:00Z")), day("2026-03-01"));
    }

    #[test]
    fn a_day_on_which_clocks_change_is_shorter_or_longer() {
        let hours = |name: &str, text: &str| {
            let zone = zone(name);
            (zone.end_of(day(text)).micros() - zone.start_of(day(text)).micros()) / 3_600_000_000
        };
        assert_eq!(hours("Europe/Berlin", "2026-03-29"), 23);
        assert_eq!(hours("Europe/Berlin", "2026-10-25"), 25);
        // Midnight comes twice, is skipped, and a whole day is.
        assert_eq!(hours("America/Havana", "2026-11-01"), 25);
        assert_eq!(hours("Africa/Cairo", "2026-04-24"), 23);
        assert_eq!(hours("Pacific/Apia", "2011-12-30"), 0);
    }

    #[test]
    fn a_day_that_begins_after_midnight_begins_when_clocks_have_skipped_it() {
        let cairo = zone("Africa/Cairo");
        assert_eq!(short(cairo, cairo.start_of(day("2026-04-24"))), "2026-04-24 01:00:00 +03:00");
    }

    #[test]
    fn the_calendars_ends_have_a_start() {
        assert_eq!(zone("Asia/Tokyo").start_of(day("1970-01-01")), time("1970-01-01T00:00:00Z"));
        assert!(zone("America/New_York").end_of(day("9999-12-31")) > time("9999-12-31T23:59:59Z"));
    }

    #[test]
    fn a_name_is_one_of_the_database() {
        assert_eq!(Zone::parse("Mars/Olympus_Mons"), Err(ZoneError));
        assert_eq!(Zone::parse(""), Err(ZoneError));
        assert_eq!(zone("Asia/Calcutta").name(), "Asia/Calcutta");
        assert_eq!(zone("America/New_York").to_string(), "America/New York");
    }

    #[test]
    fn a_time_that_is_typed_is_the_readers() {
        let new_york = Zone::parse("America/New_York").unwrap();
        let moment = |text: &str| new_york.parse_local(text).map(|time| time.to_string());
        assert_eq!(moment("2026-03-07T10:30").as_deref(), Some("2026-03-07T15:30:00.000000Z"));
        assert_eq!(moment("2026-03-08T02:30"), None, "the clocks skip it");
        assert_eq!(moment("2026-11-01T01:30").as_deref(), Some("2026-11-01T05:30:00.000000Z"), "the first of two");
        assert_eq!(moment("soon"), None);
        let typed = "2026-03-07T10:30";
        assert_eq!(new_york.local(new_york.parse_local(typed).unwrap()), typed);
    }

    proptest! {
        #[test]
        fn days_follow_each_other_without_a_gap(
            zone in proptest::sample::select(Zone::all().collect::<Vec<_>>()), days in 1i64..20_000, second in 0i64..86_400
        ) {
            let at = Timestamp::from_micros((days * 86_400 + second) * 1_000_000).unwrap();
            let day = zone.day(at);
            prop_assert!(zone.start_of(day) <= at && at < zone.end_of(day), "{} {at}", zone.name());
        }
    }
}
