//! The kinds of data that an authority can ask for, and what became of its demand.

use serde::{Deserialize, Deserializer, Serialize, Serializer};

use crate::statistics::Metric;

crate::closed_list! {
    /// A kind of data, from the least intrusive to the most. The four of Regulation (EU) 2023/1543, article 3(9) to
    /// (12); other laws tell content from the rest.
    pub enum DataKind {
        /// Who has an account: name, address, payment, length of service (18 USC 2703(c)(2)).
        Subscriber => "Subscriber data",
        /// Addresses and moments that are asked for solely to find out who a user is.
        Identification => "Data to identify a user",
        /// Who communicated with whom, when, and from where: records and logs, without what was said.
        Traffic => "Traffic data",
        /// What users create and store.
        Content => "Content",
    }
}

impl DataKind {
    /// Whether it is content, for which a warrant or an order of a court is needed
    /// (United States v. Warshak, 6th Cir. 2010).
    pub fn is_content(self) -> bool {
        self == Self::Content
    }
}

/// A set of kinds of data, kept in the order of the list.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct DataKinds(u8);

impl DataKinds {
    /// No kind at all.
    pub const NONE: Self = Self(0);

    /// Every kind.
    pub fn all() -> Self {
        DataKind::ALL.iter().copied().collect()
    }

    /// Whether this kind is among them.
    pub fn contains(self, kind: DataKind) -> bool {
        self.0 & (1 << kind as u8) != 0
    }

    /// Whether there is none.
    pub fn is_empty(self) -> bool {
        self.0 == 0
    }

    /// Whether all of these are among the others.
    pub fn is_within(self, others: Self) -> bool {
        self.0 & !others.0 == 0
    }

    /// Those that are in both.
    #[must_use]
    pub fn common(self, others: Self) -> Self {
        Self(self.0 & others.0)
    }

    /// Those that aren't among the others.
    #[must_use]
    pub fn without(self, others: Self) -> Self {
        Self(self.0 & !others.0)
    }

    /// The kinds, from the least intrusive to the most.
    pub fn iter(self) -> impl Iterator<Item = DataKind> {
        DataKind::ALL.iter().copied().filter(move |kind| self.contains(*kind))
    }

    /// `Subscriber data, Content`.
    pub fn labels(self) -> String {
        self.iter().map(DataKind::label).collect::<Vec<_>>().join(", ")
    }
}

impl FromIterator<DataKind> for DataKinds {
    fn from_iter<I: IntoIterator<Item = DataKind>>(kinds: I) -> Self {
        Self(kinds.into_iter().fold(0, |bits, kind| bits | 1 << kind as u8))
    }
}

impl Serialize for DataKinds {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_seq(self.iter())
    }
}

impl<'de> Deserialize<'de> for DataKinds {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Ok(Vec::<DataKind>::deserialize(deserializer)?.into_iter().collect())
    }
}

crate::closed_list! {
    /// How a demand ended, in the categories of the published report.
    pub enum Outcome {
        Rejected => "Rejected",
        Withdrawn => "Withdrawn by the authority",
        Redirected => "Redirected to the customer",
        NoDataFound => "No data found",
        NonContentDisclosed => "Only non-content data disclosed",
        ContentDisclosed => "Content disclosed",
    }
}

impl Outcome {
    /// What disclosing these kinds is called.
    pub fn of_disclosing(kinds: DataKinds) -> Self {
        if kinds.contains(DataKind::Content) { Self::ContentDisclosed } else { Self::NonContentDisclosed }
    }

    /// Whether an authority was given something.
    pub fn is_disclosure(self) -> bool {
        matches!(self, Self::NonContentDisclosed | Self::ContentDisclosed)
    }

    /// What a published report counts it as.
    pub fn metric(self) -> Metric {
        match self {
            Self::Rejected => Metric::RejectedOrChallenged,
            Self::Withdrawn | Self::Redirected | Self::NoDataFound => Metric::NoData,
            Self::NonContentDisclosed => Metric::NonContentDisclosed,
            Self::ContentDisclosed => Metric::ContentDisclosed,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_set_of_kinds_is_written_in_the_order_of_the_list() {
        let kinds = [DataKind::Content, DataKind::Subscriber].into_iter().collect::<DataKinds>();
        let json = serde_json::to_string(&kinds).unwrap();
        assert_eq!(json, r#"["subscriber","content"]"#);
        assert_eq!(serde_json::from_str::<DataKinds>(&json).unwrap(), kinds);
        assert_eq!(kinds.labels(), "Subscriber data, Content");
    }

    #[test]
    fn any_content_makes_a_disclosure_one_of_content() {
        assert_eq!(Outcome::of_disclosing(DataKinds::all()), Outcome::ContentDisclosed);
        let rest = DataKinds::all().without([DataKind::Content].into_iter().collect());
        assert_eq!(Outcome::of_disclosing(rest), Outcome::NonContentDisclosed);
    }
}
