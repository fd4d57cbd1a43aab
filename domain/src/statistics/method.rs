//! How publishers count: what changed from one period to the next, and what each means by its words.

use std::sync::LazyLock;

use serde::Deserialize;

use super::Half;

/// From a period on a publisher counts otherwise: figures before and after it are not of one kind.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct MethodChange {
    pub publisher: String,
    /// The series that it is about.
    pub services: Vec<String>,
    /// The first period that is counted so.
    pub from: Half,
    pub change: String,
    /// Which figures are not of one kind before and after it.
    pub touches: Vec<Touched>,
    /// Where that is seen.
    pub source: String,
}

/// Figures that a change of method touches.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Touched {
    /// How many requests there are.
    Requests,
    /// How many accounts, devices or customers they name.
    Specified,
    /// In how many cases data was disclosed.
    Disclosed,
    /// Of which kind of legal process they are.
    Processes,
    /// Which countries are listed, and so what all of them add up to; not what one of them has.
    Countries,
}

impl MethodChange {
    /// Whether it touches any of these.
    pub fn touches(&self, any: &[Touched]) -> bool {
        self.touches.iter().any(|of| any.contains(of))
    }
}

static CHANGES: LazyLock<Vec<MethodChange>> = LazyLock::new(|| {
    // The test below reads the file.
    serde_json::from_str(include_str!("method_changes.json")).unwrap_or_default()
});

/// The changes of method of one series, the earliest first.
pub fn method_changes(publisher: &str, service: &str) -> Vec<&'static MethodChange> {
    let of = |change: &&MethodChange| change.publisher == publisher && change.services.iter().any(|of| of == service);
    let mut changes = CHANGES.iter().filter(of).collect::<Vec<_>>();
    changes.sort_by_key(|change| change.from);
    changes
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_change_is_read_and_says_what_changed_and_where_that_is_seen() {
        let all: Vec<MethodChange> = serde_json::from_str(include_str!("method_changes.json")).unwrap();
        assert_eq!(all, *CHANGES);
        for change in &all {
            assert!(change.change.ends_with('.') && !change.source.is_empty(), "{change:?}");
            assert!(!change.touches.is_empty(), "{change:?}");
            let publishers = super::super::Format::ALL.iter().filter_map(|format| format.publisher());
            assert!(publishers.into_iter().any(|of| of == change.publisher), "{change:?}");
        }
    }

    #[test]
    fn a_series_has_its_own_changes_in_order() {
        let changes = method_changes("Google", "User data requests");
        assert!(changes.is_sorted_by_key(|change| change.from) && changes.len() > 2);
        let accounts = changes.iter().filter(|change| change.touches(&[Touched::Specified]));
        assert_eq!(accounts.map(|change| change.from.to_string()).collect::<Vec<_>>(), ["2011-H1", "2014-H2"]);
        assert_eq!(method_changes("Google", "Enterprise Cloud requests"), Vec::<&MethodChange>::new());
    }
}
