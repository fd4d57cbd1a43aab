//! The review of a demand: what is looked at, in order, and what was found.

use super::{Case, LegalReviewer, Refusal};
use crate::{PersonId, Timestamp};

crate::closed_list! {
    /// What a reviewer looks at, in this order.
    pub enum CheckItem {
        Authentic => "Authentic, and from a competent authority",
        Served => "Served properly",
        Entity => "Addressed to the right entity, within the authority’s jurisdiction",
        LegalBasis => "Has a legal basis",
        SpecificIdentifiers => "Names specific accounts and identifiers",
        ProcessSuffices => "The process suffices for each kind of data",
        Proportionate => "Narrow and proportionate",
        RedirectFirst => "The authority was asked to turn to the customer",
        ConflictOfLaw => "No other law stands in the way (GDPR art. 48)",
        NonDisclosureOrder => "The order not to tell is valid and dated",
        MinimumDisclosure => "No more is disclosed than must be",
    }
}

crate::closed_list! {
    /// What was found.
    pub enum Verdict {
        Met => "Met",
        NotMet => "Not met",
        NotApplicable => "Does not apply",
    }
}

/// What a reviewer found of one item.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Answer {
    /// What was found.
    pub verdict: Verdict,
    /// Why.
    pub reason: String,
    /// Who found it.
    pub by: PersonId,
    /// And what they were called then.
    pub by_name: String,
    /// When.
    pub at: Timestamp,
}

impl Answer {
    pub(super) fn new(verdict: Verdict, reason: String, by: &LegalReviewer, at: Timestamp) -> Self {
        Self { verdict, reason, by: by.person(), by_name: by.name().to_owned(), at }
    }
}

/// The answers so far.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Checklist([Option<Answer>; CheckItem::ALL.len()]);

impl CheckItem {
    /// Whether data can't be disclosed where it is not met. An order not to tell may be invalid, and the demand valid.
    pub fn bars_disclosure(self) -> bool {
        self != Self::NonDisclosureOrder
    }
}

impl Checklist {
    /// What was found of an item.
    pub fn answer(&self, item: CheckItem) -> Option<&Answer> {
        self.0[item as usize].as_ref()
    }

    /// Whether an item was found to be met.
    pub fn is_met(&self, item: CheckItem) -> bool {
        self.answer(item).is_some_and(|answer| answer.verdict == Verdict::Met)
    }

    /// The first item that nobody has answered.
    pub fn next(&self) -> Option<CheckItem> {
        CheckItem::ALL.iter().copied().find(|item| self.answer(*item).is_none())
    }

    /// The first item that bars from disclosing anything.
    pub fn unmet(&self) -> Option<CheckItem> {
        let is_unmet = |item: &CheckItem| self.answer(*item).is_some_and(|answer| answer.verdict == Verdict::NotMet);
        CheckItem::ALL.iter().copied().filter(|item| item.bars_disclosure()).find(is_unmet)
    }

    pub(super) fn set(&mut self, item: CheckItem, answer: Answer) {
        self.0[item as usize] = Some(answer);
    }

    /// Takes answers away, because what they were about has changed.
    pub(super) fn forget(&mut self, items: &[CheckItem]) {
        items.iter().for_each(|item| self.0[*item as usize] = None);
    }
}

impl Case {
    /// Whether an item can be answered like this now: items are answered in order.
    pub(super) fn check_answer(&self, item: CheckItem, verdict: Verdict) -> Result<(), Refusal> {
        match self.checklist().next().filter(|next| *next < item) {
            Some(next) => Err(Refusal::Unanswered(next)),
            None => self.check_facts(item, verdict),
        }
    }

    /// Whether an answer agrees with the facts. It may be stricter than they are, never laxer.
    pub(super) fn check_facts(&self, item: CheckItem, verdict: Verdict) -> Result<(), Refusal> {
        let against = |why: String| Err(Refusal::AgainstFacts { item, why });
        let facts = || match (item, verdict) {
            (_, Verdict::NotMet) => None,
            (CheckItem::SpecificIdentifiers, Verdict::Met) => self.why_blanket(),
            (CheckItem::ProcessSuffices, Verdict::Met) => self.why_insufficient(),
            (CheckItem::ProcessSuffices, _) => {
                (!self.process().is_voluntary()).then(|| "this is no voluntary request".to_owned())
            }
            (CheckItem::RedirectFirst, Verdict::Met) => {
                self.redirect().is_none().then(|| "no attempt to redirect is on record".to_owned())
            }
            (CheckItem::NonDisclosureOrder, Verdict::Met) => {
                self.orders().is_empty().then(|| "no order is on record".to_owned())
            }
            (CheckItem::NonDisclosureOrder, _) => {
                (!self.orders().is_empty()).then(|| "an order is on record".to_owned())
            }
            (CheckItem::RedirectFirst | CheckItem::ConflictOfLaw, _) | (_, Verdict::Met) => None,
            (CheckItem::MinimumDisclosure, _) if self.process().preserves().is_some() => None,
            (_, Verdict::NotApplicable) => Some("it applies to every demand".to_owned()),
        };
        facts().map_or(Ok(()), against)
    }

    /// Why the process doesn't suffice for all that is sought. Keeping data needs no more than the request to keep it.
    fn why_insufficient(&self) -> Option<String> {
        let process = self.process();
        if process.is_voluntary() {
            return Some("nothing compels the answer to an emergency request, so that this does not apply".to_owned());
        }
        let missing = self.sought().without(process.compels());
        (!missing.is_empty() && process.preserves().is_none())
            .then(|| format!("“{}” ({}) doesn’t compel: {}", process.label(), process.source(), missing.labels()))
    }
}
