//! A day with unusually many accesses.

use chrono::{Datelike, Days, NaiveDate, Weekday};

/// The weeks before a day that it is compared with.
const WEEKS: u64 = 8;
/// The weeks that the record must have at least.
const FEWEST_WEEKS: u64 = 4;
/// A day with fewer accesses is never unusual.
const FEWEST: i64 = 10;
/// How many times the median deviation above the median is unusual.
const TIMES: i64 = 5;

/// A day is unusual where no more than one in so many had as many accesses.
const ONE_IN: usize = 20;

/// What a day is compared with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Usual {
    /// How many days of the same kind.
    pub days: usize,
    pub median: i64,
    /// Half of those days lie within this of the median.
    pub deviation: i64,
}

impl Usual {
    /// More than this is unusual. A deviation of nothing would make everything so.
    pub fn most(&self) -> i64 {
        self.median + TIMES * self.deviation.max(1)
    }
}

pub fn is_weekend(day: NaiveDate) -> bool {
    matches!(day.weekday(), Weekday::Sat | Weekday::Sun)
}

/// What is usual for a day, where it has unusually many accesses. The counts are of days one after the other, each
/// with its accesses.
pub fn unusual(day: NaiveDate, accesses: i64, counts: &[(NaiveDate, i64)]) -> Option<Usual> {
    let first = day - Days::new(WEEKS * 7);
    let before = counts.iter().filter(|(of, _)| (first..day).contains(of));
    // Days before the record began were not quiet: they are unknown.
    let before = before.skip_while(|(_, accesses)| *accesses == 0).collect::<Vec<_>>();
    let began = before.first()?.0;
    if accesses < FEWEST || day - Days::new(FEWEST_WEEKS * 7) < began {
        return None;
    }
    let alike = before.iter().filter(|(of, _)| is_weekend(*of) == is_weekend(day)).map(|(_, accesses)| *accesses);
    let alike = alike.collect::<Vec<_>>();
    let as_many = alike.iter().filter(|others| **others >= accesses).count();
    let median = median(alike.clone())?;
    let deviation = self::median(alike.iter().map(|accesses| (accesses - median).abs()).collect())?;
    let usual = Usual { days: alike.len(), median, deviation };
    // Where days are of two kinds, the more frequent one makes no deviation, and the other one is usual all the same.
    (accesses > usual.most() && as_many * ONE_IN <= alike.len()).then_some(usual)
}

/// The nearest rank: always a number that was.
fn median(mut numbers: Vec<i64>) -> Option<i64> {
    numbers.sort_unstable();
    numbers.get(numbers.len().div_ceil(2).checked_sub(1)?).copied()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn day(text: &str) -> NaiveDate {
        text.parse().unwrap()
    }

    /// Ten weeks up to a Monday, with so many accesses on each working day and so many on each other.
    fn weeks(working: i64, weekend: i64) -> Vec<(NaiveDate, i64)> {
        let of = |day| (day, if is_weekend(day) { weekend } else { working });
        (day("2026-01-05") - Days::new(70)).iter_days().take(70).map(of).collect()
    }

    #[test]
    fn a_day_is_compared_with_days_of_its_kind() {
        let counts = weeks(40, 2);
        let monday = day("2026-01-05");
        assert_eq!(unusual(monday, 45, &counts), None);
        assert_eq!(unusual(monday, 46, &counts), Some(Usual { days: 40, median: 40, deviation: 0 }));
        let sunday = day("2026-01-04");
        assert_eq!(unusual(sunday, 10, &counts), Some(Usual { days: 16, median: 2, deviation: 0 }));
        assert_eq!(unusual(sunday, 9, &counts), None, "few are never unusual");
    }

    #[test]
    fn what_every_third_day_has_is_usual() {
        let mut counts = weeks(10, 0);
        let monday = day("2026-01-05");
        counts.iter_mut().step_by(3).for_each(|(_, accesses)| *accesses = 50);
        assert_eq!(unusual(monday, 50, &counts), None);
        assert!(unusual(monday, 51, &counts).is_some());
    }

    #[test]
    fn days_that_differ_much_leave_more_room() {
        let mut counts = weeks(10, 0);
        for (place, (day, accesses)) in counts.iter_mut().enumerate().filter(|(_, (day, _))| !is_weekend(*day)) {
            *accesses += [-4, 0, 4][place % 3];
            assert!(!is_weekend(*day));
        }
        let usual = unusual(day("2026-01-05"), 60, &counts).unwrap();
        assert!(usual.deviation > 0 && usual.most() < 60, "{usual:?}");
        assert_eq!(unusual(day("2026-01-05"), usual.most(), &counts), None);
    }

    #[test]
    fn a_record_that_began_just_now_has_no_usual_day() {
        let mut counts = weeks(3, 0);
        for (day, accesses) in &mut counts {
            if *day < self::day("2025-12-12") {
                *accesses = 0;
            }
        }
        assert_eq!(unusual(day("2026-01-05"), 500, &counts), None);
        assert_eq!(unusual(day("2026-01-05"), 500, &[]), None);
    }
}
