//! The way of a demand from its registering to its end. Each stage is a type, so that what isn't due can't be written.

use super::{
    Act, Answer, Case, CheckItem, Checklist, DataKinds, DemandAct, Disclosure, Identifier, Intake, LegalReviewer,
    Manifest, ManifestDraft, OrderRecord, Outcome, Preservation, Redirect, Refusal, SignOff, Status, Verdict,
};
use crate::Timestamp;

/// A demand in a stage `S`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Demand<S> {
    pub(super) case: Case,
    pub(super) stage: S,
}

/// An act to add to the register, and the demand as it is then; or why it was refused, and nothing is changed.
pub type Step<S> = Result<(DemandAct, Demand<S>), Refusal>;

/// A stage that a demand can be in.
pub trait InStage {
    /// What the stage is called.
    const STATUS: Status;
}

/// A stage in which nothing has been decided, so that the demand can still be rejected, withdrawn or challenged.
pub trait Undecided: InStage + Clone {}

/// A stage between the review and a disclosure, from which a demand can go back into review.
pub trait PastReview: Undecided {}

/// Items of the review are being answered.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UnderReview;
/// Every item has its answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reviewed;
/// Somebody proposed what to disclose.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Proposed {
    manifest: Manifest,
}
/// One person has signed it off.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AwaitingSecondSignOff {
    manifest: Manifest,
    first: SignOff,
}
/// Two people have.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Approved {
    manifest: Manifest,
    sign_offs: [SignOff; 2],
}
/// Data is kept, and nothing is disclosed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Preserving;
/// What was approved was handed over.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Disclosed;
/// Nothing remains to be done but to tell the customers, when that is allowed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Closed;

macro_rules! in_stage {
    ($($stage:ident),+) => {$(impl InStage for $stage { const STATUS: Status = Status::$stage; })+};
}
in_stage!(UnderReview, Reviewed, Proposed, AwaitingSecondSignOff, Approved, Preserving, Disclosed, Closed);

impl Undecided for UnderReview {}
impl Undecided for Reviewed {}
impl Undecided for Proposed {}
impl Undecided for AwaitingSecondSignOff {}
impl Undecided for Approved {}
impl Undecided for Preserving {}

impl PastReview for Reviewed {}
impl PastReview for Proposed {}
impl PastReview for AwaitingSecondSignOff {}
impl PastReview for Approved {}

impl<S> Demand<S> {
    /// What is known of the demand.
    pub fn case(&self) -> &Case {
        &self.case
    }

    /// Adds a line to the register. Lines never go back in time: deadlines count from them.
    pub(super) fn record<T: InStage>(
        mut self,
        by: Option<&LegalReviewer>,
        now: Timestamp,
        act: Act,
        stage: T,
    ) -> Step<T> {
        if self.case.acts.last().is_some_and(|last| last.at > now) {
            return Err(Refusal::Clock);
        }
        let by_name = by.map(|by| by.name().to_owned()).unwrap_or_default();
        let act = DemandAct { at: now, by: by.map(LegalReviewer::person), by_name, act };
        self.case.acts.push(act.clone());
        self.case.status = T::STATUS;
        if !self.case.is_open() {
            self.case.decided_at.get_or_insert(now);
        }
        Ok((act, Demand { case: self.case, stage }))
    }
}

impl Demand<UnderReview> {
    /// Registers a demand.
    pub fn open(intake: Intake, by: &LegalReviewer, now: Timestamp) -> Step<UnderReview> {
        if intake.received_at > now {
            return Err(Refusal::Clock);
        }
        if let Some(order) = &intake.order {
            order.lies_ahead(now)?;
        }
        Self::registered(intake, false, by, now)
    }

    /// A demand as it is when it was registered; whether its other acts are about to be read back.
    pub(super) fn registered(intake: Intake, replaying: bool, by: &LegalReviewer, now: Timestamp) -> Step<UnderReview> {
        let case = Case {
            acts: Vec::new(),
            replaying,
            sought: intake.sought,
            identifiers: intake.identifiers.clone(),
            nobodys: Vec::new(),
            checklist: Checklist::default(),
            redirect: None,
            danger: None,
            challenges: Vec::new(),
            narrowed: Vec::new(),
            orders: intake.order.iter().map(|order| OrderRecord::new(order.clone(), now)).collect(),
            preservation: None,
            disclosure: None,
            emergency_reviewed: None,
            outcome: None,
            decided_at: None,
            notified: Vec::new(),
            status: Status::UnderReview,
            intake: intake.clone(),
        };
        let act = Act::Registered { intake: Box::new(intake) };
        Self { case, stage: UnderReview }.record(Some(by), now, act, UnderReview)
    }

    /// Answers an item of the review, in order; or anew, as long as the review isn't finished.
    pub fn answer(
        mut self,
        item: CheckItem,
        verdict: Verdict,
        why: &str,
        by: &LegalReviewer,
        now: Timestamp,
    ) -> Step<UnderReview> {
        let reason = self.case.reason(why)?;
        self.case.judge(|case| case.check_answer(item, verdict))?;
        self.case.checklist.set(item, Answer::new(verdict, reason.clone(), by, now));
        self.record(Some(by), now, Act::Answered { item, verdict, reason }, UnderReview)
    }

    /// Asks for less: kinds and identifiers of those that were sought, and for a blanket demand specific ones instead.
    pub fn narrow(
        mut self,
        sought: DataKinds,
        identifiers: Vec<Identifier>,
        why: &str,
        by: &LegalReviewer,
        now: Timestamp,
    ) -> Step<UnderReview> {
        let reason = self.case.reason(why)?;
        self.case.narrow(sought, &identifiers)?;
        self.case.narrowed.push(reason.clone());
        self.record(Some(by), now, Act::Narrowed { sought, identifiers, reason }, UnderReview)
    }

    /// Notes that the authority was asked to turn to the customer.
    pub fn attempt_redirect(mut self, how: &str, by: &LegalReviewer, now: Timestamp) -> Step<UnderReview> {
        let how = self.case.reason(how)?;
        self.case.redirect = Some(Redirect { how: how.clone(), at: now, answer: None });
        self.record(Some(by), now, Act::RedirectAttempted { how }, UnderReview)
    }

    /// Notes what the authority said to that.
    pub fn answer_redirect(
        mut self,
        accepted: bool,
        answer: &str,
        by: &LegalReviewer,
        now: Timestamp,
    ) -> Step<UnderReview> {
        let answer = self.case.reason(answer)?;
        let redirect = self.case.redirect.as_mut().ok_or(Refusal::NoRedirectAttempt)?;
        if redirect.answer.is_some() {
            return Err(Refusal::RedirectAnswered);
        }
        redirect.answer = Some((accepted, answer.clone()));
        self.record(Some(by), now, Act::RedirectAnswered { accepted, answer }, UnderReview)
    }

    /// Notes the danger of death or serious injury that an emergency request tells of.
    pub fn record_danger(mut self, danger: &str, by: &LegalReviewer, now: Timestamp) -> Step<UnderReview> {
        self.case.judge(Case::is_answered_as_an_emergency)?;
        let danger = self.case.reason(danger)?;
        self.case.danger = Some(danger.clone());
        self.record(Some(by), now, Act::DangerRecorded { danger }, UnderReview)
    }

    /// Ends the review, when every item has its answer.
    pub fn finish_review(self, by: &LegalReviewer, now: Timestamp) -> Step<Reviewed> {
        self.case.judge(|case| match case.checklist.next() {
            Some(item) => Err(Refusal::Unanswered(item)),
            None if case.is_emergency() && case.danger.is_none() => Err(Refusal::NoDanger),
            None => Ok(()),
        })?;
        self.record(Some(by), now, Act::ReviewFinished, Reviewed)
    }
}

impl Demand<Reviewed> {
    /// Proposes to disclose exactly this.
    pub fn propose(self, manifest: &ManifestDraft, by: &LegalReviewer, now: Timestamp) -> Step<Proposed> {
        self.case.may_disclose()?;
        let manifest = manifest.check(&self.case).map_err(Refusal::Manifest)?;
        self.proposed(manifest, by, now)
    }

    /// Notes that this was proposed.
    pub(super) fn proposed(self, manifest: Manifest, by: &LegalReviewer, now: Timestamp) -> Step<Proposed> {
        self.still_stands(&manifest)?;
        self.record(Some(by), now, Act::Proposed { manifest: manifest.clone() }, Proposed { manifest })
    }

    /// Keeps data, where that is all that is asked for. Nothing is disclosed.
    pub fn preserve(mut self, by: &LegalReviewer, now: Timestamp) -> Step<Preserving> {
        self.case.judge(Case::may_preserve)?;
        self.case.preservation = Some(Preservation { since: now, extended: false, production: None });
        self.record(Some(by), now, Act::Preserved, Preserving)
    }
}

impl<S> Demand<S> {
    /// Signs a manifest off. It is checked again each time: what an identifier leads to may have been corrected.
    fn signed(&self, manifest: &Manifest, why: &str, by: &LegalReviewer, now: Timestamp) -> Result<SignOff, Refusal> {
        let reason = self.case.reason(why)?;
        self.still_stands(manifest)?;
        Ok(SignOff { by: by.person(), by_name: by.name().to_owned(), reason, at: now })
    }

    fn still_stands(&self, manifest: &Manifest) -> Result<(), Refusal> {
        self.case.judge(|case| {
            case.may_disclose()?;
            manifest.draft().check(case).map(drop).map_err(Refusal::Manifest)
        })
    }
}

impl Demand<Proposed> {
    /// What is proposed.
    pub fn manifest(&self) -> &Manifest {
        &self.stage.manifest
    }

    /// Signs the disclosure off, as the first of two.
    pub fn sign(self, why: &str, by: &LegalReviewer, now: Timestamp) -> Step<AwaitingSecondSignOff> {
        let first = self.signed(&self.stage.manifest, why, by, now)?;
        let act = Act::SignedOff { reason: first.reason.clone() };
        let stage = AwaitingSecondSignOff { manifest: self.stage.manifest.clone(), first };
        self.record(Some(by), now, act, stage)
    }
}

impl Demand<AwaitingSecondSignOff> {
    /// What is to be signed off.
    pub fn manifest(&self) -> &Manifest {
        &self.stage.manifest
    }

    /// The first sign-off.
    pub fn first(&self) -> &SignOff {
        &self.stage.first
    }

    /// Signs the disclosure off, as the second of two, who is another person.
    pub fn sign(self, why: &str, by: &LegalReviewer, now: Timestamp) -> Step<Approved> {
        if self.stage.first.by == by.person() {
            return Err(Refusal::SameSigner);
        }
        let second = self.signed(&self.stage.manifest, why, by, now)?;
        let act = Act::SignedOff { reason: second.reason.clone() };
        let sign_offs = [self.stage.first.clone(), second];
        let stage = Approved { manifest: self.stage.manifest.clone(), sign_offs };
        self.record(Some(by), now, act, stage)
    }
}

impl Demand<Approved> {
    /// What was approved.
    pub fn manifest(&self) -> &Manifest {
        &self.stage.manifest
    }

    /// Notes that exactly what was approved was handed over. Customers are told first, unless an order bars it or
    /// somebody is in danger.
    pub fn disclose(mut self, by: &LegalReviewer, now: Timestamp) -> Step<Disclosed> {
        self.still_stands(&self.stage.manifest)?;
        self.case.judge(|case| {
            case.may_end()?;
            let owed = !case.is_emergency() && !case.notice_due(now).is_empty();
            if owed { Err(Refusal::CustomerNotTold) } else { Ok(()) }
        })?;
        let outcome = Outcome::of_disclosing(self.stage.manifest.kinds());
        let reason = self.stage.sign_offs[1].reason.clone();
        self.case.outcome = Some((outcome, reason));
        self.case.disclosure = Some(Disclosure {
            manifest: self.stage.manifest.clone(),
            sign_offs: self.stage.sign_offs.clone(),
            at: now,
            by_name: by.name().to_owned(),
        });
        self.record(Some(by), now, Act::Disclosed, Disclosed)
    }
}

impl Demand<Disclosed> {
    /// Notes what a look back at an emergency found.
    pub fn review_emergency(
        mut self,
        justified: bool,
        why: &str,
        by: &LegalReviewer,
        now: Timestamp,
    ) -> Step<Disclosed> {
        self.case.judge(Case::is_answered_as_an_emergency)?;
        if self.case.emergency_reviewed.is_some() {
            return Err(Refusal::EmergencyReviewed);
        }
        let reason = self.case.reason(why)?;
        self.case.emergency_reviewed = Some((justified, reason.clone()));
        self.record(Some(by), now, Act::EmergencyReviewed { justified, reason }, Disclosed)
    }

    /// Closes the demand; after an emergency, when it was reviewed.
    pub fn close(self, by: &LegalReviewer, now: Timestamp) -> Step<Closed> {
        self.case.judge(|case| {
            let unreviewed = case.is_emergency() && case.emergency_reviewed.is_none();
            if unreviewed { Err(Refusal::EmergencyUnreviewed) } else { Ok(()) }
        })?;
        self.record(Some(by), now, Act::Closed, Closed)
    }
}

impl Demand<Preserving> {
    /// Keeps data for longer, once, because the authority asked again in time.
    pub fn extend(mut self, by: &LegalReviewer, now: Timestamp) -> Step<Preserving> {
        self.case.judge(|case| {
            case.may_keep_on(now)?;
            let used = case.preservation.as_ref().is_some_and(|kept| kept.extended);
            if used { Err(Refusal::ExtensionUsed) } else { Ok(()) }
        })?;
        self.case.preservation = self.case.preservation.map(|kept| Preservation { extended: true, ..kept });
        self.record(Some(by), now, Act::PreservationExtended, Preserving)
    }

    /// Notes that the authority confirmed, while data was kept, that a production order has been issued: data is kept on
    /// until it is produced (Regulation (EU) 2023/1543, article 11(2)).
    pub fn await_production(mut self, confirmation: &str, by: &LegalReviewer, now: Timestamp) -> Step<Preserving> {
        let confirmation = self.case.reason(confirmation)?;
        self.case.judge(|case| {
            let follows = case.process().preserves().is_some_and(|keeping| keeping.for_production);
            if follows { case.may_keep_on(now) } else { Err(Refusal::NoProductionFollows) }
        })?;
        let production = Some(confirmation.clone());
        self.case.preservation = self.case.preservation.map(|kept| Preservation { production, ..kept });
        self.record(Some(by), now, Act::ProductionAwaited { confirmation }, Preserving)
    }

    /// Keeps data no longer: its time is over, or the authority said so.
    pub fn end(self, why: &str, by: &LegalReviewer, now: Timestamp) -> Step<Closed> {
        let reason = self.case.reason(why)?;
        self.case.judge(Case::may_end)?;
        self.record(Some(by), now, Act::PreservationEnded { reason }, Closed)
    }
}
