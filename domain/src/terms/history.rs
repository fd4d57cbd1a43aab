//! The versions of one term, as readers find them by their days.

use chrono::NaiveDate;

use super::{field::TermKey, kinds::TermKind, version::PublishedTerm};

/// Everything that was published of one term. Of several versions from the same day, the one published last stands: the
/// others were corrected by it.
#[derive(Clone, Debug)]
pub struct TermHistory {
    kind: TermKind,
    key: TermKey,
    /// The newest first.
    versions: Vec<PublishedTerm>,
}

impl TermHistory {
    /// Each term's own, in the order of kinds and keys. The versions are for everybody.
    pub fn of_each(versions: Vec<PublishedTerm>) -> Vec<Self> {
        let mut each: Vec<Self> = Vec::new();
        for version in versions {
            let (kind, key) = (version.version.kind(), &version.version.key);
            match each.iter_mut().find(|history| history.kind == kind && history.key == *key) {
                Some(history) => history.versions.push(version),
                None => each.push(Self { kind, key: key.clone(), versions: vec![version] }),
            }
        }
        for history in &mut each {
            history.versions.sort_by_key(|published| {
                std::cmp::Reverse((published.version.effective_from, published.published_at, published.id))
            });
        }
        each.sort_by(|a, b| (a.kind, &a.key).cmp(&(b.kind, &b.key)));
        each
    }

    pub fn key(&self) -> &TermKey {
        &self.key
    }

    /// Everything that was published, the newest first, what was corrected since among it.
    pub fn all(&self) -> impl Iterator<Item = &PublishedTerm> {
        self.versions.iter()
    }

    /// The version of each day that has one, the newest first, those that are announced among them.
    pub fn standing(&self) -> impl Iterator<Item = &PublishedTerm> {
        let mut day = None;
        self.versions.iter().filter(move |published| {
            let from = Some(published.version.effective_from);
            std::mem::replace(&mut day, from) != from
        })
    }

    /// The version that takes effect on this very day.
    pub fn from_day(&self, from: NaiveDate) -> Option<&PublishedTerm> {
        self.standing().find(|published| published.version.effective_from == from)
    }

    /// What was published for this day before the version that stands, the newest first.
    pub fn corrected(&self, from: NaiveDate) -> impl Iterator<Item = &PublishedTerm> {
        self.versions.iter().filter(move |published| published.version.effective_from == from).skip(1)
    }

    /// The version that is in effect on a day.
    pub fn on(&self, day: NaiveDate) -> Option<&PublishedTerm> {
        let newest = self.standing().find(|published| published.version.effective_from <= day)?;
        newest.version.effective_until.is_none_or(|until| day <= until).then_some(newest)
    }

    /// The version that takes effect next after a day.
    pub fn after(&self, day: NaiveDate) -> Option<&PublishedTerm> {
        self.standing().filter(|published| published.version.effective_from > day).last()
    }

    /// The version before one that takes effect on this day.
    pub fn before(&self, from: NaiveDate) -> Option<&PublishedTerm> {
        self.standing().find(|published| published.version.effective_from < from)
    }

    /// The last day on which a version holds, where it is known.
    pub fn last_day(&self, published: &PublishedTerm) -> Option<NaiveDate> {
        let next = self.after(published.version.effective_from).and_then(|next| next.version.effective_from.pred_opt());
        [next, published.version.effective_until].into_iter().flatten().min()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        TermVersionId, Timestamp,
        terms::{TermVersion, TermsOn},
    };
    use proptest::prelude::*;
    use serde_json::json;

    fn day(text: &str) -> NaiveDate {
        text.parse().unwrap()
    }

    fn policy(number: u128, from: &str, until: Option<&str>, published_at: &str) -> PublishedTerm {
        let version = TermVersion::read(json!({
            "kind": "policy", "key": "privacy", "effective_from": from, "effective_until": until, "title": "Privacy",
            "text": format!("Version {number}"),
        }));
        PublishedTerm {
            id: TermVersionId(uuid::Uuid::from_u128(number)),
            version: version.unwrap(),
            published_at: Timestamp::parse(published_at).unwrap(),
            proposed_by: "Ada".to_owned(),
            approved_by: "Grace".to_owned(),
        }
    }

    fn history() -> TermHistory {
        let versions = vec![
            policy(1, "2024-01-01", None, "2023-12-01T00:00:00Z"),
            policy(3, "2026-04-01", Some("2026-12-31"), "2026-02-01T00:00:00Z"),
            policy(2, "2024-01-01", None, "2024-03-01T00:00:00Z"),
        ];
        TermHistory::of_each(versions).remove(0)
    }

    fn number(published: Option<&PublishedTerm>) -> Option<u128> {
        published.map(|published| published.id.0.as_u128())
    }

    #[test]
    fn the_version_published_last_stands_for_its_day() {
        let history = history();
        assert_eq!(history.standing().map(|one| one.id.0.as_u128()).collect::<Vec<_>>(), [3, 2]);
        assert_eq!(number(history.from_day(day("2024-01-01"))), Some(2));
        assert_eq!(number(history.corrected(day("2024-01-01")).next()), Some(1));
        assert_eq!(history.corrected(day("2026-04-01")).count(), 0);
        assert_eq!(number(history.from_day(day("2024-01-02"))), None);
    }

    #[test]
    fn each_day_has_one_version_at_most() {
        let history = history();
        for (on, current, next) in [
            ("2023-12-31", None, Some(2)),
            ("2024-01-01", Some(2), Some(3)),
            ("2026-03-31", Some(2), Some(3)),
            ("2026-04-01", Some(3), None),
            ("2026-12-31", Some(3), None),
            ("2027-01-01", None, None),
        ] {
            assert_eq!((number(history.on(day(on))), number(history.after(day(on)))), (current, next), "{on}");
        }
        assert_eq!(history.last_day(history.on(day("2025-01-01")).unwrap()), Some(day("2026-03-31")));
        assert_eq!(history.last_day(history.on(day("2026-04-01")).unwrap()), Some(day("2026-12-31")));
        assert_eq!(number(history.before(day("2026-04-01"))), Some(2));
    }

    proptest! {
        #[test]
        fn what_is_in_effect_is_what_holds_on_that_day(
            versions in prop::collection::vec((0u32..40, prop::option::of(0u32..10), 0i64..40), 1..8), on in 0u32..60
        ) {
            let first = day("2026-01-01");
            let at = |days: u32| first + chrono::Days::new(days.into());
            let versions = versions.into_iter().enumerate().map(|(place, (from, length, published))| {
                let until = length.map(|length| at(from + length).to_string());
                let published = Timestamp::start_of(at(0)).plus(chrono::TimeDelta::days(published)).to_string();
                policy(place as u128, &at(from).to_string(), until.as_deref(), &published)
            }).collect::<Vec<_>>();
            let holds = TermsOn::new(at(on), versions.clone());
            let holds = holds.of::<crate::terms::Policy>().next().map(|(published, _)| published.id);
            let history = TermHistory::of_each(versions).remove(0);
            prop_assert_eq!(history.on(at(on)).map(|published| published.id), holds);
        }
    }
}
