//! How soon customers hear of demands, in words.

use domain::{
    notice::{Promptness, PromptnessReport, within},
    statistics::grouped,
};

/// In a smaller group the 95th percentile is its slowest.
const LARGE: usize = 20;

/// `once`, `12 times`.
pub fn times(count: usize) -> String {
    if count == 1 { "once".to_owned() } else { format!("{} times", grouped(count as u64)) }
}

/// The median and the 95th percentile, as far as there is a difference.
pub fn spread(group: &Promptness) -> String {
    let (median, most) = (within(group.median), within(group.percentile_95));
    match group.count {
        1 => format!("{median} of receiving it"),
        count if count < LARGE => format!("half of them {median} of receiving them, and all {most}"),
        _ => format!("half of them {median} of receiving them, and 95 of 100 {most}"),
    }
}

/// How soon all customers were told, for the public; nothing where they are too few to be told of.
pub fn published(report: &PromptnessReport) -> Option<Vec<String>> {
    let all = report.all?;
    let told = format!("Customers were told of {} demands for their data", grouped(all.count as u64));
    let Some(percent) = report.delayed_percent else {
        // The slowest of them all would be those few.
        let first = format!("{told}: half of them {} of receiving them.", within(all.median));
        let held = "How many an order not to tell delayed, and for how long, is held back: they are too few.";
        return Some(vec![first, held.to_owned()]);
    };
    let first = format!("{told}: {}.", spread(&all));
    let share = format!("An order not to tell delayed {percent} of 100.");
    let group = |what: &str, group: Option<Promptness>| {
        group.map(|group| format!("{what}, {}: {}.", times(group.count), spread(&group)))
    };
    let groups = [group("Without an order", report.without_order), group("With one", report.with_order)];
    Some([first, share].into_iter().chain(groups.into_iter().flatten()).collect())
}

#[cfg(test)]
mod tests {
    use chrono::TimeDelta;
    use domain::{Timestamp, notice::Handled};

    use super::*;

    fn told(without: usize, with: usize) -> Option<String> {
        let received = Timestamp::parse("2026-03-01T10:00:00Z").unwrap();
        let one = |hours, delayed_by_order| Handled {
            received,
            notified: received.plus(TimeDelta::hours(hours)),
            delayed_by_order,
        };
        let handled = (0..without).map(|_| one(5, false)).chain((0..with).map(|_| one(400, true))).collect::<Vec<_>>();
        published(&PromptnessReport::for_public(&handled)).map(|sentences| sentences.join(" "))
    }

    #[test]
    fn what_would_be_about_somebody_is_held_back() {
        assert_eq!(told(2, 2), None);
        let held = told(20, 2).unwrap();
        assert!(held.contains("22 demands") && held.contains("is held back") && !held.contains("17 days"), "{held}");
        let all = told(15, 5).unwrap();
        for part in
            ["delayed 25 of 100", "Without an order, 15 times: half of them within 5 hours", "With one, 5 times"]
        {
            assert!(all.contains(part), "{part}: {all}");
        }
        assert!(!told(9, 0).unwrap().contains("With one"));
    }
}
