//! What is known of a demand, whatever stage it is in.

use super::{
    Challenge, ChallengeOutcome, CheckItem, Checklist, DataKinds, DemandAct, Disclosure, Identifier, Intake,
    LegalProcess, NoticeAbout, OrderRecord, Outcome, Refusal, why_blanket,
};
use crate::{CustomerId, Timestamp, rules::Rules};

crate::closed_list! {
    /// Where a demand stands.
    pub enum Status {
        UnderReview => "Under review",
        Reviewed => "Reviewed",
        Proposed => "Disclosure proposed",
        AwaitingSecondSignOff => "Awaiting the second sign-off",
        Approved => "Disclosure approved",
        Preserving => "Data is preserved",
        Disclosed => "Disclosed",
        Closed => "Closed",
    }
}

/// An attempt to have the authority turn to the customer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Redirect {
    /// What was asked of it.
    pub how: String,
    /// When.
    pub at: Timestamp,
    /// Whether it accepted, and what it said.
    pub answer: Option<(bool, String)>,
}

/// That somebody looked whose an identifier is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LookedUp {
    /// Where they looked.
    pub reason: String,
    /// What they were called then.
    pub by_name: String,
    /// When.
    pub at: Timestamp,
}

/// Data that is kept.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Preservation {
    /// Since when.
    pub since: Timestamp,
    /// Whether it was extended.
    pub extended: bool,
    /// How the authority confirmed that a production order has been issued, where it did.
    pub production: Option<String>,
}

/// What is known of a demand: its register, replayed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Case {
    pub(super) acts: Vec<DemandAct>,
    /// Whether acts are being read back that were judged when they were done.
    pub(super) replaying: bool,
    pub(super) intake: Intake,
    pub(super) sought: DataKinds,
    pub(super) identifiers: Vec<Identifier>,
    /// Who looked whose an identifier is, and found that it is no customer's.
    pub(super) nobodys: Vec<(Identifier, LookedUp)>,
    pub(super) checklist: Checklist,
    pub(super) redirect: Option<Redirect>,
    pub(super) danger: Option<String>,
    pub(super) challenges: Vec<Challenge>,
    pub(super) narrowed: Vec<String>,
    pub(super) orders: Vec<OrderRecord>,
    pub(super) preservation: Option<Preservation>,
    pub(super) disclosure: Option<Disclosure>,
    pub(super) emergency_reviewed: Option<(bool, String)>,
    pub(super) outcome: Option<(Outcome, String)>,
    pub(super) decided_at: Option<Timestamp>,
    pub(super) notified: Vec<(CustomerId, NoticeAbout, Timestamp)>,
    pub(super) status: Status,
}

impl Case {
    /// The register, for the store to keep: each new line goes to its end.
    pub fn acts(&self) -> &[DemandAct] {
        &self.acts
    }

    /// The demand as it came, with what its identifiers were found to lead to.
    pub fn intake(&self) -> &Intake {
        &self.intake
    }

    /// Where it stands.
    pub fn status(&self) -> Status {
        self.status
    }

    /// Under what process it comes.
    pub fn process(&self) -> LegalProcess {
        self.intake.process
    }

    /// What is sought now: as it came, or as it was narrowed.
    pub fn sought(&self) -> DataKinds {
        self.sought
    }

    /// What it names now.
    pub fn identifiers(&self) -> &[Identifier] {
        &self.identifiers
    }

    /// Everything that it ever named: as it came, and then what it was narrowed to instead. Whose these are must be said,
    /// because the data of each was sought.
    pub fn ever_named(&self) -> Vec<&Identifier> {
        let came = &self.intake.identifiers;
        let instead = self.identifiers.iter().filter(|named| !came.iter().any(|known| known.names_same(named)));
        came.iter().chain(instead).collect()
    }

    /// Why it is blanket, if it is.
    pub fn why_blanket(&self) -> Option<String> {
        why_blanket(&self.identifiers)
    }

    /// What the review found.
    pub fn checklist(&self) -> &Checklist {
        &self.checklist
    }

    /// The attempt to redirect the authority to the customer.
    pub fn redirect(&self) -> Option<&Redirect> {
        self.redirect.as_ref()
    }

    /// The danger that an emergency request tells of.
    pub fn danger(&self) -> Option<&str> {
        self.danger.as_deref()
    }

    /// What was done against the demand.
    pub fn challenges(&self) -> &[Challenge] {
        &self.challenges
    }

    /// Why it was narrowed, each time.
    pub fn narrowed(&self) -> &[String] {
        &self.narrowed
    }

    /// The orders not to tell. An order's place here is how acts name it.
    pub fn orders(&self) -> &[OrderRecord] {
        &self.orders
    }

    /// What was handed over.
    pub fn disclosure(&self) -> Option<&Disclosure> {
        self.disclosure.as_ref()
    }

    /// The kinds that were sought and not disclosed, where others were.
    pub fn withheld(&self) -> Option<DataKinds> {
        self.disclosure.as_ref().map(|disclosure| self.intake.sought.without(disclosure.manifest.kinds()))
    }

    /// What the later review of an emergency found: whether the disclosure was justified, and why.
    pub fn emergency_review(&self) -> Option<(bool, &str)> {
        self.emergency_reviewed.as_ref().map(|(justified, reason)| (*justified, reason.as_str()))
    }

    /// How it ended. A preservation that ran its course ends without an outcome: reports count it apart.
    pub fn outcome(&self) -> Option<Outcome> {
        self.outcome.as_ref().map(|(outcome, _)| *outcome)
    }

    /// When it was decided.
    pub fn decided_at(&self) -> Option<Timestamp> {
        self.decided_at
    }

    /// Why it ended so.
    pub fn outcome_reason(&self) -> &str {
        self.outcome.as_ref().map_or("", |(_, reason)| reason)
    }

    /// Every customer that an identifier leads to, also one that was narrowed away: its data was sought.
    pub fn customers(&self) -> Vec<CustomerId> {
        let identifiers = self.intake.identifiers.iter().chain(&self.identifiers);
        let mut customers = identifiers.flat_map(|identifier| identifier.customers.iter().copied()).collect::<Vec<_>>();
        customers.sort_unstable();
        customers.dedup();
        customers
    }

    /// Whether it is answered in the way of emergencies: the danger on record, and a review afterwards.
    pub fn is_emergency(&self) -> bool {
        self.intake.emergency
    }

    /// Whether a decision is still open.
    pub fn is_open(&self) -> bool {
        !matches!(self.status, Status::Disclosed | Status::Closed)
    }

    /// The data that is kept, or was.
    pub fn preservation(&self) -> Option<&Preservation> {
        self.preservation.as_ref()
    }

    /// When the kept data is kept no longer, unless the authority asks again. None where a production order follows:
    /// then data is kept until it is produced (Regulation (EU) 2023/1543, article 11(2)).
    pub fn preserved_until(&self) -> Option<Timestamp> {
        let (kept, keeping) = self.preservation.as_ref().zip(self.process().preserves())?;
        let until = kept.since.plus(keeping.first);
        let until = if kept.extended { until.plus(keeping.extension) } else { until };
        kept.production.is_none().then_some(until)
    }

    /// What must hold for keeping data for longer than its first time.
    pub(super) fn may_keep_on(&self, now: Timestamp) -> Result<(), Refusal> {
        if self.preservation.as_ref().is_some_and(|kept| kept.production.is_some()) {
            return Err(Refusal::KeptForProduction);
        }
        let over = self.preserved_until().is_none_or(|until| until <= now);
        if over { Err(Refusal::PreservationOver) } else { Ok(()) }
    }

    /// Asks a rule of an act that is being done. One that is read back was allowed by the rules of its day: were it asked
    /// again, a rule that has changed since would make a register unreadable, and its customers would never be told.
    pub(super) fn judge(&self, rule: impl FnOnce(&Self) -> Result<(), Refusal>) -> Result<(), Refusal> {
        if self.replaying { Ok(()) } else { rule(self) }
    }

    /// A reason in words, without which nothing is decided.
    pub(super) fn reason(&self, text: &str) -> Result<String, Refusal> {
        if self.replaying { Ok(text.to_owned()) } else { Rules::default().words("", text).ok_or(Refusal::NoReason) }
    }

    pub(super) fn pending_challenge(&mut self) -> Option<&mut Challenge> {
        self.challenges.iter_mut().find(|challenge| challenge.decided.is_none())
    }

    pub(super) fn is_answered_as_an_emergency(&self) -> Result<(), Refusal> {
        if self.is_emergency() { Ok(()) } else { Err(Refusal::NoEmergency) }
    }

    /// What must hold for keeping data.
    pub(super) fn may_preserve(&self) -> Result<(), Refusal> {
        if self.process().preserves().is_none() {
            return Err(Refusal::NoPreservation);
        }
        if let Some(why) = self.why_blanket() {
            return Err(Refusal::Blanket(why));
        }
        self.checklist.unmet().map_or(Ok(()), |item| Err(Refusal::Unmet(item)))
    }

    /// What must hold for a disclosure, at each step towards it.
    pub(super) fn may_disclose(&self) -> Result<(), Refusal> {
        if let Some(item) = self.checklist.next() {
            return Err(Refusal::Unanswered(item));
        }
        // Told before the item, because it says what can be done.
        if let Some(why) = self.why_blanket() {
            return Err(Refusal::Blanket(why));
        }
        if let Some(item) = self.checklist.unmet() {
            return Err(Refusal::Unmet(item));
        }
        if self.process().compels().is_empty() {
            return Err(Refusal::NothingCompelled(self.process().label()));
        }
        if self.is_emergency() && self.danger.is_none() {
            return Err(Refusal::NoDanger);
        }
        let decided = |challenge: &Challenge| challenge.decided.as_ref().map(|(outcome, ..)| *outcome);
        if self.challenges.iter().any(|challenge| decided(challenge).is_none()) {
            return Err(Refusal::ChallengePending);
        }
        if self.challenges.iter().any(|challenge| decided(challenge) == Some(ChallengeOutcome::Upheld)) {
            return Err(Refusal::ChallengeUpheld);
        }
        Ok(())
    }

    /// Asks for less. What the review found of it must be found anew.
    pub(super) fn narrow(&mut self, sought: DataKinds, identifiers: &[Identifier]) -> Result<(), Refusal> {
        self.judge(|case| case.is_narrower(sought, identifiers))?;
        let known = |new: &Identifier| self.identifiers.iter().find(|old| old.names_same(new)).cloned();
        self.identifiers = identifiers.iter().map(|new| known(new).unwrap_or_else(|| new.clone())).collect();
        self.sought = sought;
        self.checklist.forget(&[
            CheckItem::SpecificIdentifiers,
            CheckItem::ProcessSuffices,
            CheckItem::Proportionate,
            CheckItem::MinimumDisclosure,
        ]);
        Ok(())
    }

    fn is_narrower(&self, sought: DataKinds, identifiers: &[Identifier]) -> Result<(), Refusal> {
        let is_covered =
            |new: &Identifier| self.identifiers.is_empty() || self.identifiers.iter().any(|old| old.covers(new));
        let same = sought == self.sought
            && identifiers.len() == self.identifiers.len()
            && identifiers.iter().all(|new| self.identifiers.iter().any(|old| old.names_same(new)));
        if same
            || sought.is_empty()
            || identifiers.is_empty()
            || !sought.is_within(self.sought)
            || !identifiers.iter().all(is_covered)
        {
            return Err(Refusal::NotNarrower);
        }
        Ok(())
    }

    /// Notes to which customers an identifier leads.
    pub(super) fn resolve(&mut self, identifier: &Identifier) -> Result<(), Refusal> {
        let all = self.intake.identifiers.iter_mut().chain(&mut self.identifiers);
        let same = all.filter(|known| known.names_same(identifier));
        let named = same.map(|known| known.customers.clone_from(&identifier.customers)).count();
        self.nobodys.retain(|(known, _)| !known.names_same(identifier));
        if named == 0 { Err(Refusal::NotNamed) } else { Ok(()) }
    }

    /// That an identifier is no customer's, where somebody looked and found it so.
    pub fn belongs_to_nobody(&self, identifier: &Identifier) -> Option<&LookedUp> {
        self.nobodys.iter().find(|(known, _)| known.names_same(identifier)).map(|(_, looked)| looked)
    }

    /// The first identifier that nobody has said anything of: neither whose it is, nor that it is nobody's. One that was
    /// narrowed away counts too, because its data was sought. What is blanket is no single customer's to begin with.
    pub fn unresolved(&self) -> Option<&Identifier> {
        let open = |named: &&Identifier| {
            named.is_specific() && named.customers.is_empty() && self.belongs_to_nobody(named).is_none()
        };
        self.ever_named().into_iter().find(open)
    }

    /// What must hold for a demand to end: else its customers would never be told.
    pub(super) fn may_end(&self) -> Result<(), Refusal> {
        self.unresolved().map_or(Ok(()), |named| Err(Refusal::Unresolved(named.to_string())))
    }

    /// An order that binds, to change it.
    pub(super) fn order(&mut self, order: usize, now: Timestamp) -> Result<&mut OrderRecord, Refusal> {
        let over = |case: &Self| case.orders.get(order).is_some_and(|record| !record.is_in_force(now));
        self.judge(|case| if over(case) { Err(Refusal::OrderOver) } else { Ok(()) })?;
        self.orders.get_mut(order).ok_or(Refusal::NoSuchOrder)
    }

    /// Asks a rule of the orders.
    pub(super) fn judge_order(
        &self,
        order: usize,
        rule: impl FnOnce(&OrderRecord) -> Result<(), Refusal>,
    ) -> Result<(), Refusal> {
        self.judge(|case| rule(case.orders.get(order).ok_or(Refusal::NoSuchOrder)?))
    }
}
