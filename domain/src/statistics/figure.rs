//! Figures as publishers give them, and sound arithmetic on them.

use std::{fmt, str::FromStr};

use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// A published figure. Arithmetic never makes it more exact than it was.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Figure {
    Exact(u64),
    /// From `low` to `high`, both included.
    Band {
        low: u64,
        high: u64,
    },
    FewerThan(u64),
    /// There is a number, and it was not published.
    NotReported,
    /// There is no such number.
    NotApplicable,
}

impl Figure {
    /// The largest number that is read: beyond every count of requests, and sums of it stay in range.
    pub const LARGEST: u64 = 1_000_000_000_000;

    /// The figure between these bounds: exact where they meet.
    pub fn between(low: u64, high: u64) -> Self {
        if low == high { Self::Exact(low) } else { Self::Band { low: low.min(high), high: low.max(high) } }
    }

    /// The least and the most that it can be, if anything is known.
    pub fn bounds(self) -> Option<(u64, u64)> {
        match self {
            Self::Exact(count) => Some((count, count)),
            Self::Band { low, high } => Some((low, high)),
            Self::FewerThan(bound) => Some((0, bound.saturating_sub(1))),
            Self::NotReported | Self::NotApplicable => None,
        }
    }

    /// The middle of its bounds: where a chart draws it.
    pub fn middle(self) -> Option<u64> {
        self.bounds().map(|(low, high)| low + (high - low) / 2)
    }

    pub fn is_exact(self) -> bool {
        matches!(self, Self::Exact(_))
    }

    /// The sum. Bands add up to a wider band; with a part that was not reported the sum is not known.
    pub fn plus(self, other: Self) -> Self {
        match (self, other) {
            (Self::NotApplicable, figure) | (figure, Self::NotApplicable) => figure,
            (first, second) => match (first.bounds(), second.bounds()) {
                (Some(a), Some(b)) => Self::between(a.0.saturating_add(b.0), a.1.saturating_add(b.1)),
                _ => Self::NotReported,
            },
        }
    }

    /// What is left of it without a part of it.
    pub fn without(self, part: Self) -> Self {
        match (self, part) {
            (figure, Self::NotApplicable) => figure,
            (Self::NotApplicable, _) => Self::NotApplicable,
            (whole, part) => match (whole.bounds(), part.bounds()) {
                (Some(whole), Some(part)) => {
                    Self::between(whole.0.saturating_sub(part.1), whole.1.saturating_sub(part.0))
                }
                _ => Self::NotReported,
            },
        }
    }

    /// The part of it that a percentage, rounded to whole numbers, stands for. Rounding leaves a band.
    pub fn part(self, percentage: Self) -> Self {
        match (self, percentage) {
            (Self::NotApplicable, _) | (_, Self::NotApplicable) => Self::NotApplicable,
            (whole, percentage) => match (whole.bounds(), percentage.bounds()) {
                (Some(whole), Some(percent)) => {
                    // Half a percent to either side, in two-hundredths.
                    let least = (percent.0.saturating_mul(2)).saturating_sub(1);
                    let most = percent.1.saturating_mul(2).saturating_add(1).min(200);
                    let low = whole.0.saturating_mul(least).div_ceil(200);
                    let high = whole.1.saturating_mul(most) / 200;
                    // A percentage that no whole number rounds to was rounded otherwise; the nearest number stands.
                    Self::between(low.min(whole.1), high.max(low).min(whole.1))
                }
                _ => Self::NotReported,
            },
        }
    }

    /// The share of `whole` that this is, if that is known.
    pub fn rate(self, whole: Self) -> Option<Rate> {
        let (part, whole) = (self.bounds()?, whole.bounds()?);
        if whole.0 == 0 {
            return None;
        }
        Some(Rate { low: part.0.saturating_mul(1_000) / whole.1, high: part.1.saturating_mul(1_000).div_ceil(whole.0) })
    }

    /// The code of its status, in CSV, JSON and the database.
    pub fn status(self) -> &'static str {
        match self {
            Self::Exact(_) => "exact",
            Self::Band { .. } => "band",
            Self::FewerThan(_) => "fewer_than",
            Self::NotReported => "not_reported",
            Self::NotApplicable => "not_applicable",
        }
    }

    /// The figure with this status and these bounds.
    pub fn from_parts(status: &str, bounds: Option<(u64, u64)>) -> Option<Self> {
        match (status, bounds) {
            ("exact", Some((low, high))) if low == high => Some(Self::Exact(low)),
            ("band", Some((low, high))) if low < high => Some(Self::Band { low, high }),
            ("fewer_than", Some((0, high))) => Some(Self::FewerThan(high.checked_add(1)?)),
            ("not_reported", None) => Some(Self::NotReported),
            ("not_applicable", None) => Some(Self::NotApplicable),
            _ => None,
        }
    }

    /// A figure as publishers write it: a count, or a band such as `0 - 249`, `1,251 - 1,499` or `<10`.
    pub fn parse_published(text: &str) -> Option<Self> {
        if let Some(bound) = text.strip_prefix('<') {
            return Self::parse_count(bound.trim()).filter(|bound| *bound > 0).map(Self::FewerThan);
        }
        match text.split_once(['-', '–']) {
            None => Self::parse_count(text).map(Self::Exact),
            Some((low, high)) => {
                let (low, high) = (Self::parse_count(low.trim())?, Self::parse_count(high.trim())?);
                (low <= high).then(|| Self::between(low, high))
            }
        }
    }

    /// A count as publishers write it: digits, perhaps in groups of three.
    pub fn parse_count(text: &str) -> Option<u64> {
        let mut groups = text.split(',');
        let first = groups.next()?;
        let mut digits = first.to_owned();
        let mut grouped = false;
        for group in groups {
            if group.len() != 3 {
                return None;
            }
            grouped = true;
            digits.push_str(group);
        }
        let plain =
            !first.is_empty() && (!grouped || first.len() <= 3) && digits.bytes().all(|byte| byte.is_ascii_digit());
        if !plain {
            return None;
        }
        digits.parse().ok().filter(|count| *count <= Self::LARGEST)
    }
}

/// A share in thousandths, between two bounds. It can exceed the whole: publishers count some outcomes twice.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Rate {
    pub low: u64,
    pub high: u64,
}

impl Rate {
    /// The nearest whole percentage of its middle.
    pub fn percent(self) -> u64 {
        (self.low.midpoint(self.high) + 5) / 10
    }
}

/// A sum of figures that also knows how many of its parts were not reported.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Total {
    /// The sum of what was reported; not reported where nothing was.
    pub figure: Figure,
    /// Parts that were not reported and are not in the sum.
    pub missing: u32,
}

impl Default for Total {
    fn default() -> Self {
        Self { figure: Figure::NotApplicable, missing: 0 }
    }
}

impl Total {
    pub fn add(&mut self, figure: Figure) {
        match (self.figure, figure) {
            (_, Figure::NotApplicable) => {}
            (_, Figure::NotReported) => {
                self.missing += 1;
                if self.figure == Figure::NotApplicable {
                    self.figure = Figure::NotReported;
                }
            }
            (Figure::NotReported, figure) => self.figure = figure,
            (sum, figure) => self.figure = sum.plus(figure),
        }
    }

    /// Adds the parts of another sum.
    pub fn merge(&mut self, other: Self) {
        let missing = self.missing + other.missing;
        self.add(other.figure);
        self.missing = missing;
    }
}

/// A number with a comma between groups of three digits.
pub fn grouped(number: u64) -> String {
    let digits = number.to_string();
    let mut text = String::with_capacity(digits.len() + digits.len() / 3);
    for (place, digit) in digits.chars().enumerate() {
        if place > 0 && (digits.len() - place).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

/// For people: `1,234`, `0 to 249`, `fewer than 5`, `not reported`, `does not apply`.
impl fmt::Display for Figure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Exact(count) => f.write_str(&grouped(*count)),
            Self::Band { low, high } => {
                f.write_str(&grouped(*low))?;
                f.write_str(" to ")?;
                f.write_str(&grouped(*high))
            }
            Self::FewerThan(bound) => {
                f.write_str("fewer than ")?;
                f.write_str(&grouped(*bound))
            }
            Self::NotReported => f.write_str("not reported"),
            Self::NotApplicable => f.write_str("does not apply"),
        }
    }
}

impl Figure {
    /// Short and for machines: `1234`, `0-249`, `<5`, `?`, and nothing for what does not apply.
    pub fn compact(self) -> String {
        match self {
            Self::Exact(count) => count.to_string(),
            Self::Band { low, high } => {
                let mut text = low.to_string();
                text.push('-');
                text.push_str(&high.to_string());
                text
            }
            Self::FewerThan(bound) => {
                let mut text = String::from("<");
                text.push_str(&bound.to_string());
                text
            }
            Self::NotReported => "?".to_owned(),
            Self::NotApplicable => String::new(),
        }
    }
}

/// Why a text is no [`Figure`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("is no figure such as 1234, 0-249, <5 or ?")]
pub struct NoFigure;

/// Reads what [`Figure::compact`] writes.
impl FromStr for Figure {
    type Err = NoFigure;

    fn from_str(text: &str) -> Result<Self, NoFigure> {
        let number = |text: &str| text.parse::<u64>().map_err(|_| NoFigure);
        match text {
            "" => Ok(Self::NotApplicable),
            "?" => Ok(Self::NotReported),
            _ => match (text.strip_prefix('<'), text.split_once('-')) {
                (Some(bound), _) => Ok(Self::FewerThan(number(bound)?)),
                (None, Some((low, high))) => {
                    let (low, high) = (number(low)?, number(high)?);
                    if low < high { Ok(Self::Band { low, high }) } else { Err(NoFigure) }
                }
                (None, None) => Ok(Self::Exact(number(text)?)),
            },
        }
    }
}

impl Serialize for Figure {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&self.compact())
    }
}

impl<'de> Deserialize<'de> for Figure {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = crate::Text::deserialize(deserializer)?;
        text.as_ref().parse().map_err(serde::de::Error::custom)
    }
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;
    use proptest::prelude::*;

    pub fn figures() -> impl Strategy<Value = Figure> {
        let count = 0..=Figure::LARGEST;
        prop_oneof![
            count.clone().prop_map(Figure::Exact),
            (count.clone(), 1..=1_000u64).prop_map(|(low, width)| Figure::Band { low, high: low + width }),
            (1..=Figure::LARGEST).prop_map(Figure::FewerThan),
            Just(Figure::NotReported),
            Just(Figure::NotApplicable),
        ]
    }

    /// A figure, and a number that it may stand for.
    fn known() -> impl Strategy<Value = (Figure, u64)> {
        (0..=1_000_000u64, 0..=1_000u64, 0..=1_000u64, 0..3u8).prop_map(|(value, below, above, kind)| match kind {
            0 => (Figure::Exact(value), value),
            1 => (Figure::between(value.saturating_sub(below), value + above), value),
            _ => (Figure::FewerThan(value + above + 1), value),
        })
    }

    fn admits(figure: Figure, value: u64) -> bool {
        figure.bounds().is_some_and(|(low, high)| (low..=high).contains(&value))
    }

    #[test]
    fn bands_add_up_to_a_wider_band() {
        let band = Figure::Band { low: 0, high: 249 };
        assert_eq!(band.plus(band), Figure::Band { low: 0, high: 498 });
        assert_eq!(band.plus(Figure::Exact(3)), Figure::Band { low: 3, high: 252 });
    }

    #[test]
    fn a_rate_over_what_was_not_reported_is_unknown() {
        assert_eq!(Figure::Exact(3).rate(Figure::NotReported), None);
        assert_eq!(Figure::NotReported.rate(Figure::Exact(3)), None);
        assert_eq!(Figure::Exact(0).rate(Figure::Exact(0)), None);
        assert_eq!(Figure::Exact(1).rate(Figure::Exact(2)).map(Rate::percent), Some(50));
    }

    #[test]
    fn a_total_says_how_much_of_it_is_missing() {
        let mut total = Total::default();
        for figure in [Figure::NotReported, Figure::Exact(5), Figure::NotApplicable, Figure::NotReported] {
            total.add(figure);
        }
        assert_eq!(total, Total { figure: Figure::Exact(5), missing: 2 });
        let mut none = Total::default();
        none.add(Figure::NotReported);
        assert_eq!(none, Total { figure: Figure::NotReported, missing: 1 });
        none.merge(total);
        assert_eq!(none, Total { figure: Figure::Exact(5), missing: 3 });
    }

    #[test]
    fn counts_are_read_as_publishers_write_them() {
        assert_eq!(Figure::parse_count("42466"), Some(42_466));
        assert_eq!(Figure::parse_count("23,801"), Some(23_801));
        assert_eq!(Figure::parse_count("1,000,000"), Some(1_000_000));
        for wrong in ["", "-", " 1", "1*", "+1", "1.0", "1,00", "12345,678", ",123", "1,,000", "99999999999999"] {
            assert_eq!(Figure::parse_count(wrong), None, "{wrong}");
        }
    }

    #[test]
    fn people_read_words() {
        assert_eq!(Figure::Exact(1_234_567).to_string(), "1,234,567");
        assert_eq!(Figure::Band { low: 500, high: 1_499 }.to_string(), "500 to 1,499");
        assert_eq!(Figure::FewerThan(5).to_string(), "fewer than 5");
    }

    proptest! {
        #[test]
        fn a_sum_admits_the_sum_of_what_its_parts_admit((a, x) in known(), (b, y) in known()) {
            prop_assert!(admits(a.plus(b), x + y));
            prop_assert_eq!(a.plus(b), b.plus(a));
        }

        #[test]
        fn a_remainder_admits_the_difference((a, x) in known(), (b, y) in known()) {
            prop_assume!(y <= x);
            prop_assert!(admits(a.without(b), x - y));
        }

        #[test]
        fn a_part_admits_every_count_that_rounds_to_its_percentage(whole in 1u64..1_000_000, part in 0u64..1_000_000) {
            let part = part.min(whole);
            let percentage = (part * 200 + whole) / (2 * whole);
            prop_assert!(admits(Figure::Exact(whole).part(Figure::Exact(percentage)), part));
        }

        #[test]
        fn a_part_is_at_most_the_whole(whole in 0u64..1_000_000, percentage in 0u64..=100) {
            let (_, high) = Figure::Exact(whole).part(Figure::Exact(percentage)).bounds().unwrap();
            prop_assert!(high <= whole);
        }

        #[test]
        fn a_rate_admits_the_true_one((a, x) in known(), (b, y) in known()) {
            if let Some(rate) = a.rate(b) {
                let thousandths = x * 1_000;
                prop_assert!(rate.low * y <= thousandths && thousandths <= rate.high * y);
            }
        }

        #[test]
        fn what_is_not_reported_stays_unknown(figure in figures()) {
            prop_assert_eq!(figure.plus(Figure::NotReported), Figure::NotReported);
            prop_assert_eq!(figure.plus(Figure::NotApplicable), figure);
        }

        #[test]
        fn figures_are_read_back(figure in figures()) {
            prop_assert_eq!(figure.compact().parse(), Ok(figure));
            prop_assert_eq!(Figure::from_parts(figure.status(), figure.bounds()), Some(figure));
        }

        #[test]
        fn any_text_is_read_or_refused(text in ".{0,20}") {
            let _ = text.parse::<Figure>();
            let _ = Figure::parse_count(&text);
        }

        #[test]
        fn groups_are_read_back(count in 0..=Figure::LARGEST) {
            prop_assert_eq!(Figure::parse_count(&grouped(count)), Some(count));
        }
    }
}
