//! How long each version of a term held for one customer.

use chrono::NaiveDate;

use super::version::PublishedTerm;

/// How long a version holds, or held.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Held {
    /// From its first day on, to the last where one is known.
    Until(Option<NaiveDate>),
    /// Never: a version that was published later took its place from the same day on.
    Replaced,
    /// Never: it is for every customer, and this one had its own by then.
    OwnInstead,
}

impl Held {
    /// Whether it held on a day that is not before its first.
    pub fn covers(self, day: NaiveDate) -> bool {
        matches!(self, Self::Until(last) if last.is_none_or(|last| day <= last))
    }
}

impl PublishedTerm {
    /// How long it holds for a customer whose versions of the same term, general ones and its own, are these.
    pub fn held(&self, versions: &[Self]) -> Held {
        let from = self.version.effective_from;
        let own = versions.iter().filter(|other| other.version.customer.is_some());
        let own = own.map(|other| other.version.effective_from).min().filter(|_| self.version.customer.is_none());
        if own.is_some_and(|own| own <= from) {
            return Held::OwnInstead;
        }
        let same = || versions.iter().filter(|other| other.version.is_of_same(&self.version));
        let order = |version: &Self| (version.published_at, version.id);
        if same().any(|other| other.version.effective_from == from && order(other) > order(self)) {
            return Held::Replaced;
        }
        let next = same().map(|other| other.version.effective_from).filter(|next| *next > from).min();
        let ends = [next, own].into_iter().flatten().filter_map(|next| next.pred_opt());
        Held::Until(ends.chain(self.version.effective_until).min())
    }
}
