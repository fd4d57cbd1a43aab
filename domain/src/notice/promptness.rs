//! How soon customers hear of demands: from received to notified.

use chrono::TimeDelta;

use crate::Timestamp;

/// The smallest group that is published: with fewer, a figure would be about somebody.
pub const SMALLEST_GROUP: usize = 5;

/// One notice of a demand that was given. A demand that is sealed has none yet, and so is in no figure.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Handled {
    /// When the provider received the demand.
    pub received: Timestamp,
    /// When the customer was first told.
    pub notified: Timestamp,
    /// Whether an order not to tell delayed that.
    pub delayed_by_order: bool,
}

/// How soon the customers of a group were told.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Promptness {
    /// How many notices there were.
    pub count: usize,
    /// Half of them were given within this time.
    pub median: TimeDelta,
    /// 95 of 100 were. In a group of fewer than 20 it is the slowest.
    pub percentile_95: TimeDelta,
}

/// How soon customers were told, with and without orders. What is held back is `None`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PromptnessReport {
    /// All notices.
    pub all: Option<Promptness>,
    /// Those that no order delayed.
    pub without_order: Option<Promptness>,
    /// Those that an order delayed.
    pub with_order: Option<Promptness>,
    /// How many of a hundred an order delayed, rounded.
    pub delayed_percent: Option<usize>,
    /// How many of a hundred customers were told within a day, rounded down, so that it is true.
    pub within_a_day_percent: Option<usize>,
}

impl Promptness {
    /// The figures of a group, whatever its size: for the customer whose notices they are.
    pub fn of(handled: &[Handled]) -> Option<Self> {
        let mut times = handled.iter().map(|one| one.notified.since(one.received)).collect::<Vec<_>>();
        times.sort_unstable();
        // The nearest rank: always a time that was.
        let rank = |percent: usize| times.get((times.len() * percent).div_ceil(100).checked_sub(1)?).copied();
        Some(Self { count: times.len(), median: rank(50)?, percentile_95: rank(95)? })
    }
}

/// `within 3 hours`, `within 5 days`: how long something took, rounded up, so that it is true.
pub fn within(time: TimeDelta) -> String {
    let up = |unit: TimeDelta| (time.num_seconds().max(1) + unit.num_seconds() - 1) / unit.num_seconds();
    match (up(TimeDelta::hours(1)), up(TimeDelta::days(1))) {
        (1, _) => "within an hour".to_owned(),
        (hours, 1 | 2) => format!("within {hours} hours"),
        (_, days) => format!("within {days} days"),
    }
}

impl PromptnessReport {
    /// The figures for the customer whose notices they are: nothing is held back.
    pub fn for_customer(handled: &[Handled]) -> Self {
        Self::with_smallest_group(handled, 1)
    }

    /// The figures for the public. Where a group is smaller than five it is held back, and so are the other group and
    /// the share, from which it could be reckoned.
    pub fn for_public(handled: &[Handled]) -> Self {
        Self::with_smallest_group(handled, SMALLEST_GROUP)
    }

    /// The figures, with groups smaller than this held back.
    pub fn with_smallest_group(handled: &[Handled], smallest: usize) -> Self {
        let (with, without) = handled.iter().partition::<Vec<_>, _>(|one| one.delayed_by_order);
        let large_enough = |group: &[Handled]| Promptness::of(group).filter(|group| group.count >= smallest);
        let is_small = |count: usize| (1..smallest).contains(&count);
        let split = !is_small(with.len()) && !is_small(without.len());
        let all = large_enough(handled);
        let soon = handled.iter().filter(|one| one.notified.since(one.received) <= TimeDelta::days(1)).count();
        let told_apart = !is_small(soon) && !is_small(handled.len() - soon);
        Self {
            all,
            without_order: large_enough(&without).filter(|_| split),
            with_order: large_enough(&with).filter(|_| split),
            delayed_percent: all.filter(|_| split).map(|all| (with.len() * 200 + all.count) / (all.count * 2)),
            within_a_day_percent: all.filter(|_| told_apart).map(|all| soon * 100 / all.count),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn handled(hours: i64, delayed_by_order: bool) -> Handled {
        let received = Timestamp::parse("2026-03-01T10:00:00Z").unwrap();
        Handled { received, notified: received.plus(TimeDelta::hours(hours)), delayed_by_order }
    }

    #[test]
    fn the_median_and_the_95th_percentile_are_times_that_were() {
        let group = (1..=100).map(|hours| handled(hours, hours > 90)).collect::<Vec<_>>();
        let report = PromptnessReport::for_public(&group);
        let all = report.all.unwrap();
        assert_eq!((all.count, all.median, all.percentile_95), (100, TimeDelta::hours(50), TimeDelta::hours(95)));
        assert_eq!(report.with_order.unwrap().median, TimeDelta::hours(95));
        assert_eq!(report.delayed_percent, Some(10));
        assert_eq!(Promptness::of(&[]), None);
    }

    #[test]
    fn how_long_something_took_is_rounded_up() {
        for (minutes, told) in [
            (0, "within an hour"),
            (60, "within an hour"),
            (61, "within 2 hours"),
            (2_880, "within 48 hours"),
            (2_881, "within 3 days"),
        ] {
            assert_eq!(within(TimeDelta::minutes(minutes)), told);
        }
    }

    #[test]
    fn a_group_too_small_to_publish_is_held_back_with_what_it_could_be_reckoned_from() {
        let mut group = (0..10).map(|hours| handled(hours, false)).collect::<Vec<_>>();
        let none_delayed = PromptnessReport::for_public(&group);
        assert_eq!((none_delayed.delayed_percent, none_delayed.with_order), (Some(0), None));
        group.push(handled(900, true));
        let report = PromptnessReport::for_public(&group);
        assert_eq!(report.all.unwrap().count, 11);
        assert_eq!((report.with_order, report.without_order, report.delayed_percent), (None, None, None));
        assert_eq!(PromptnessReport::for_customer(&group).with_order.unwrap().median, TimeDelta::hours(900));
        assert_eq!(PromptnessReport::for_public(&group[..4]).all, None);
    }

    #[test]
    fn who_was_told_within_a_day_is_rounded_down_and_held_back_with_the_few_who_were_not() {
        let group = |soon: usize, late: usize| {
            let soon = (0..soon).map(|_| handled(24, false));
            PromptnessReport::for_public(&soon.chain((0..late).map(|_| handled(25, true))).collect::<Vec<_>>())
        };
        assert_eq!(group(9, 0).within_a_day_percent, Some(100));
        assert_eq!(group(2_000, 5).within_a_day_percent, Some(99));
        assert_eq!(group(20, 4).within_a_day_percent, None);
        assert_eq!(group(4, 0).within_a_day_percent, None);
    }

    proptest! {
        #[test]
        fn nothing_is_published_of_fewer_than_five(
            group in prop::collection::vec((0i64..5_000, any::<bool>()), 0..30)
        ) {
            let group = group.into_iter().map(|(hours, delayed)| handled(hours, delayed)).collect::<Vec<_>>();
            let report = PromptnessReport::for_public(&group);
            for figures in [report.all, report.with_order, report.without_order].into_iter().flatten() {
                prop_assert!(figures.count >= 5 && figures.median <= figures.percentile_95);
            }
            let delayed = group.iter().filter(|one| one.delayed_by_order).count();
            let soon = group.iter().filter(|one| one.notified.since(one.received) <= TimeDelta::days(1)).count();
            let told = report.within_a_day_percent.is_some();
            prop_assert!(!told || (soon == 0 || soon >= 5) && (soon == group.len() || group.len() - soon >= 5));
            let told = report.delayed_percent.is_some();
            prop_assert!(!told || (delayed == 0 || delayed >= 5) && (delayed == group.len() || group.len() - delayed >= 5));
        }
    }
}
