//! What a publisher changed from one download to the next.

use std::collections::BTreeMap;

use super::{Figure, Half, Metric, ProcessClass, StatisticsRow};
use crate::CountryCode;

/// One figure that is not what it was.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Change {
    pub period: Half,
    pub country: Option<CountryCode>,
    /// The CLDR name, or the published one of a body without a code.
    pub jurisdiction: String,
    pub class: ProcessClass,
    /// As published, lately.
    pub class_published: String,
    pub metric: Metric,
    /// Nothing where it is new.
    pub before: Option<Figure>,
    /// Nothing where it is gone.
    pub after: Option<Figure>,
}

/// What a figure is of. Names are no part of it where there is a code: countries are renamed, and so are kinds.
type Key<'a> = (Half, Option<CountryCode>, &'a str, ProcessClass, Metric);

/// Every figure that differs, in the order of period, country, kind and metric. A kind that was only renamed does not.
pub fn changes(before: &[StatisticsRow], after: &[StatisticsRow]) -> Vec<Change> {
    let mut keys = BTreeMap::<Key<'_>, (Vec<&StatisticsRow>, Vec<&StatisticsRow>)>::new();
    let key = |row: &'_ StatisticsRow| (row.period, row.country, row.class, row.metric);
    fn name(row: &StatisticsRow) -> &str {
        if row.country.is_some() { "" } else { &row.jurisdiction }
    }
    for row in before {
        let (period, country, class, metric) = key(row);
        keys.entry((period, country, name(row), class, metric)).or_default().0.push(row);
    }
    for row in after {
        let (period, country, class, metric) = key(row);
        keys.entry((period, country, name(row), class, metric)).or_default().1.push(row);
    }
    let mut changes = Vec::new();
    for (mut old, mut new) in keys.into_values() {
        let mut pairs = Vec::new();
        // Several kinds of the publisher's may be one of ours: those of one name belong together, the others in order.
        old.retain(|old| match new.iter().position(|new| new.class_published == old.class_published) {
            Some(place) => {
                pairs.push((Some(*old), Some(new.remove(place))));
                false
            }
            None => true,
        });
        let both = old.len().min(new.len());
        pairs.extend(old.drain(..both).zip(new.drain(..both)).map(|(old, new)| (Some(old), Some(new))));
        pairs.extend(old.into_iter().map(|old| (Some(old), None)));
        pairs.extend(new.into_iter().map(|new| (None, Some(new))));
        for (old, new) in pairs {
            let (before, after) = (old.map(|row| row.figure), new.map(|row| row.figure));
            if let Some(row) = new.or(old).filter(|_| before != after) {
                changes.push(Change {
                    period: row.period,
                    country: row.country,
                    jurisdiction: row.jurisdiction_name().to_owned(),
                    class: row.class,
                    class_published: row.class_published.clone(),
                    metric: row.metric,
                    before,
                    after,
                });
            }
        }
    }
    changes
}

/// For people: `Requests from Germany in 2013-H1 (Subpoenas): 7 before, 8 now`.
impl std::fmt::Display for Change {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{} from {} in {}", self.metric.label(), self.jurisdiction, self.period)?;
        if !self.class_published.is_empty() {
            write!(f, " ({})", self.class_published)?;
        }
        match (self.before, self.after) {
            (Some(before), Some(after)) => write!(f, ": {before} before, {after} now"),
            (None, Some(after)) => write!(f, ": new, {after}"),
            (Some(before), None) => write!(f, ": gone, {before} before"),
            (None, None) => Ok(()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn row(country: &str, class_published: &str, class: ProcessClass, count: u64) -> StatisticsRow {
        StatisticsRow {
            period: Half::parse("2013-H1").unwrap(),
            jurisdiction: country.to_owned(),
            country: super::super::country_of(country).unwrap(),
            class_published: class_published.to_owned(),
            class,
            metric: Metric::Requests,
            figure: Figure::Exact(count),
            footnote: None,
            row: 2,
        }
    }

    #[test]
    fn what_was_renamed_is_the_same_and_what_changed_is_told() {
        let before = [
            row("Turkey", "", ProcessClass::All, 7),
            row("United States", "Subpoena", ProcessClass::Subpoena, 3),
            row("United Nations", "", ProcessClass::All, 1),
            row("Germany", "a", ProcessClass::Subpoena, 1),
            row("Germany", "b", ProcessClass::Subpoena, 2),
        ];
        let after = [
            row("Germany", "b", ProcessClass::Subpoena, 2),
            row("Germany", "a, renamed", ProcessClass::Subpoena, 1),
            row("Türkiye", "All", ProcessClass::All, 7),
            row("United States", "Subpoenas", ProcessClass::Subpoena, 4),
            row("France", "All", ProcessClass::All, 9),
        ];
        let told = changes(&before, &after).iter().map(ToString::to_string).collect::<Vec<_>>();
        assert_eq!(
            told,
            [
                "Requests from United Nations in 2013-H1: gone, 1 before",
                "Requests from France in 2013-H1 (All): new, 9",
                "Requests from United States in 2013-H1 (Subpoenas): 3 before, 4 now",
            ]
        );
        assert_eq!(changes(&before, &before), []);
    }
}
