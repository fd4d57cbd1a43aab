//! National security process, in the bands and with the delays that 50 USC 1874 allows, and never as a count.
//!
//! A band says the same with and without any one demand in it, so sealed ones are in it too: that is what the statute
//! lets a person under a non-disclosure requirement report. Where there was none the lowest band is published all the
//! same.

use chrono::{Days, Months, NaiveDate};
use serde::{Deserialize, Serialize};

use super::NationalSecurityKind;
use crate::statistics::{Figure, Half};

crate::closed_list! {
    /// One of the structures of 50 USC 1874(a). A provider chooses one.
    pub enum BandOption {
        Thousands => "(a)(1): bands of 1,000, kinds apart",
        FiveHundreds => "(a)(2): bands of 500, kinds apart",
        TwoHundredFifties => "(a)(3): bands of 250, all kinds together",
        Hundreds => "(a)(4): bands of 100, all kinds together, a year at a time",
    }
}

/// One line of the national security section.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct BandRow {
    /// The kind, or all together.
    pub kind: Option<NationalSecurityKind>,
    /// Orders, directives and letters.
    pub process: Figure,
    /// Customer selectors that they targeted.
    pub selectors: Figure,
    /// The first day on which it may be published.
    pub from: NaiveDate,
}

/// How many there were, of one kind: orders and the accounts that they named.
pub type BandCount = (NationalSecurityKind, Half, u64);

impl BandOption {
    /// How wide a band is.
    pub fn width(self) -> u64 {
        match self {
            Self::Thousands => 1_000,
            Self::FiveHundreds => 500,
            Self::TwoHundredFifties => 250,
            Self::Hundreds => 100,
        }
    }

    /// Whether the kinds are kept apart.
    pub fn keeps_kinds_apart(self) -> bool {
        matches!(self, Self::Thousands | Self::FiveHundreds)
    }

    /// Whether it is reported by whole years, with the second half.
    pub fn is_yearly(self) -> bool {
        self == Self::Hundreds
    }

    /// The band that a count is in: `0 to 249`, `250 to 499`.
    pub fn band(self, count: u64) -> Figure {
        let low = count / self.width() * self.width();
        Figure::Band { low, high: low + self.width() - 1 }
    }

    /// The half-years that the report of one is about; none where this structure isn't reported with it.
    pub fn period(self, half: Half) -> Vec<Half> {
        match (self.is_yearly(), half.is_second()) {
            (false, _) => vec![half],
            (true, false) => Vec::new(),
            (true, true) => Half::new(half.year(), 1).into_iter().chain([half]).collect(),
        }
    }

    /// The first day on which figures of a half-year may be published. FISA figures of (a)(1) and (a)(2) lag 180 days
    /// (50 USC 1874(b)(1)(B)), 540 where an order was about a platform, product or service that had none before, counted
    /// from the period's last day, on which the last such order can have come. Those of (a)(4) are a year old (b)(3).
    pub fn publishable_from(
        self,
        half: Half,
        kind: Option<NationalSecurityKind>,
        new_platform: bool,
    ) -> Option<NaiveDate> {
        let last = half.last_day()?;
        let is_fisa = kind.is_none_or(NationalSecurityKind::is_fisa);
        match self {
            // The statute has no delay of 540 days for these two; it is kept all the same, which it allows.
            Self::Hundreds => {
                last.checked_add_months(Months::new(12))?.max(last + new_platform_lag(new_platform)).succ_opt()
            }
            Self::TwoHundredFifties if new_platform => last.checked_add_days(Days::new(540)),
            Self::Thousands | Self::FiveHundreds if is_fisa && new_platform => last.checked_add_days(Days::new(540)),
            Self::Thousands | Self::FiveHundreds if is_fisa => last.checked_add_days(Days::new(180)),
            _ => last.succ_opt(),
        }
    }

    /// The section as it may be published on a day. `counts` are of every half-year that it is about.
    pub fn rows(self, half: Half, counts: &[BandCount], new_platform: bool, today: NaiveDate) -> Vec<BandRow> {
        let period = self.period(half);
        if period.is_empty() {
            return Vec::new();
        }
        let kinds = match self.keeps_kinds_apart() {
            true => NationalSecurityKind::ALL.iter().copied().map(Some).collect::<Vec<_>>(),
            false => vec![None],
        };
        let row = |kind: Option<NationalSecurityKind>| {
            let from = self.publishable_from(half, kind, new_platform)?;
            let of_it = |of: &&BandCount| kind.is_none_or(|kind| kind == of.0) && period.contains(&of.1);
            let counted = counts.iter().filter(of_it);
            let (process, selectors) = counted.fold((0, 0), |sum, of| (sum.0 + 1, sum.1 + of.2));
            let figure = |count| if today < from { Figure::NotReported } else { self.band(count) };
            Some(BandRow { kind, process: figure(process), selectors: figure(selectors), from })
        };
        kinds.into_iter().filter_map(row).collect()
    }
}

fn new_platform_lag(new_platform: bool) -> Days {
    Days::new(if new_platform { 540 } else { 0 })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn half(text: &str) -> Half {
        Half::parse(text).unwrap()
    }

    fn day(text: &str) -> NaiveDate {
        text.parse().unwrap()
    }

    #[test]
    fn a_band_begins_and_ends_where_the_statute_says() {
        for (option, count, band) in [
            (BandOption::Thousands, 0, "0-999"),
            (BandOption::Thousands, 999, "0-999"),
            (BandOption::Thousands, 1_000, "1000-1999"),
            (BandOption::FiveHundreds, 499, "0-499"),
            (BandOption::FiveHundreds, 500, "500-999"),
            (BandOption::TwoHundredFifties, 0, "0-249"),
            (BandOption::TwoHundredFifties, 250, "250-499"),
            (BandOption::Hundreds, 99, "0-99"),
            (BandOption::Hundreds, 100, "100-199"),
        ] {
            assert_eq!(option.band(count).compact(), band, "{count}");
        }
    }

    #[test]
    fn figures_of_orders_wait_for_180_days_and_for_540_on_a_new_platform() {
        let from = |option: BandOption, kind, new| option.publishable_from(half("2025-H1"), kind, new).unwrap();
        let (letter, fisa) = (Some(NationalSecurityKind::Letter), Some(NationalSecurityKind::FisaContent));
        assert_eq!(from(BandOption::Thousands, letter, false), day("2025-07-01"));
        assert_eq!(from(BandOption::Thousands, fisa, false), day("2025-12-27"));
        assert_eq!(from(BandOption::FiveHundreds, fisa, true), day("2026-12-22"));
        assert_eq!(from(BandOption::TwoHundredFifties, None, false), day("2025-07-01"));
        assert_eq!(from(BandOption::TwoHundredFifties, None, true), day("2026-12-22"));
        let yearly = BandOption::Hundreds.publishable_from(half("2025-H2"), None, false);
        assert_eq!(yearly, Some(day("2027-01-01")), "the period is a year old");
    }

    #[test]
    fn before_its_day_a_figure_is_not_reported() {
        let counts = [
            (NationalSecurityKind::Letter, half("2025-H1"), 3),
            (NationalSecurityKind::FisaContent, half("2025-H1"), 600),
        ];
        let rows = |today| BandOption::FiveHundreds.rows(half("2025-H1"), &counts, false, day(today));
        let early = rows("2025-12-26").iter().map(|row| (row.process, row.selectors)).collect::<Vec<_>>();
        let lowest = Figure::Band { low: 0, high: 499 };
        let nothing = (Figure::NotReported, Figure::NotReported);
        assert_eq!(early, [(lowest, lowest), nothing, nothing]);
        let late = rows("2025-12-27");
        assert_eq!((late[1].process, late[1].selectors), (lowest, Figure::Band { low: 500, high: 999 }));
        assert_eq!(late[2].process, lowest, "none is in the lowest band too");
    }

    #[test]
    fn the_narrowest_bands_are_of_a_whole_year() {
        let counts =
            [(NationalSecurityKind::Letter, half("2025-H1"), 60), (NationalSecurityKind::Letter, half("2025-H2"), 60)];
        assert_eq!(BandOption::Hundreds.rows(half("2025-H1"), &counts, false, day("2030-01-01")), Vec::new());
        let rows = BandOption::Hundreds.rows(half("2025-H2"), &counts, false, day("2027-01-01"));
        assert_eq!((rows.len(), rows[0].selectors), (1, Figure::Band { low: 100, high: 199 }));
        assert_eq!(
            BandOption::Hundreds.rows(half("2025-H2"), &counts, false, day("2026-12-31"))[0].process,
            Figure::NotReported
        );
    }
}
