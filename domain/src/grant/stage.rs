//! The way of a grant from its asking to its end. Each stage is a type, so that what isn't due can't be done.

use chrono::TimeDelta;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::{
    AccessRequest, Actor, Approvers, Ending, Extent, GrantAct, GrantLine, GrantRefusal, GrantReplayError, Side,
    Signature, SignatureProblem, Terms, statement,
};
use crate::{
    CustomerId, GrantId, Timestamp,
    rules::{LONGEST_TEXT, Rules},
};

crate::closed_list! {
    /// Where a request for access stands.
    pub enum GrantStatus {
        Waiting => "Waiting for a decision",
        Granted => "Granted",
        Denied => "Denied",
        Expired => "Expired without a decision",
        Withdrawn => "Withdrawn",
        Revoked => "Revoked",
        Ended => "Ended",
    }
}

/// What is known of a grant in every stage.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Facts {
    pub id: GrantId,
    pub customer: CustomerId,
    pub request: AccessRequest,
    pub terms: Terms,
    /// The register. Never empty.
    pub lines: Vec<GrantLine>,
    pub approvals: Vec<Approval>,
    /// Whether the customer found justified what nobody had approved beforehand, once it looked.
    pub reviewed: Option<bool>,
}

/// One approval.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Approval {
    pub at: Timestamp,
    pub side: Side,
    pub by: Actor,
    pub extent: Extent,
    /// The standing approval that gave it.
    pub rule: Option<Uuid>,
    pub signature: Option<Box<Signature>>,
}

/// A grant in a stage `S`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Grant<S> {
    facts: Facts,
    stage: S,
}

/// Approvals are missing.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Waiting {
    /// What was asked of whoever wants access, and isn't answered.
    pub question: Option<String>,
}

/// Access may be had.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Granted {
    pub extent: Extent,
    pub from: Timestamp,
    /// The first moment that is too late.
    pub until: Timestamp,
}

/// Nothing can be done by it any more.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Over {
    pub how: GrantStatus,
    pub at: Timestamp,
    /// What was granted, where anything was.
    pub was: Option<Granted>,
}

/// A grant in whichever stage it is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum GrantState {
    Waiting(Grant<Waiting>),
    Granted(Grant<Granted>),
    Over(Grant<Over>),
}

/// The line that an act adds to the register, and the grant as it is then; or why it was refused, and nothing changed.
pub type Step = Result<(GrantLine, GrantState), GrantRefusal>;

/// A grant as it is taken away: everything that anybody needs to verify its approvals.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct GrantFile {
    pub grant: GrantId,
    pub customer: CustomerId,
    pub register: Vec<GrantLine>,
}

impl GrantFile {
    /// The grant, with each signature verified: one that doesn't verify is a line that can't follow.
    ///
    /// # Errors
    /// Where the register is none that the rules allow.
    pub fn open(self) -> Result<GrantState, GrantReplayError> {
        GrantState::replay(self.grant, self.customer, self.register)
    }
}

impl Facts {
    /// When it was asked.
    pub fn asked_at(&self) -> Timestamp {
        self.lines.first().map_or(self.terms.expires_at, |line| line.at)
    }

    /// Who asked.
    pub fn asked_by(&self) -> Option<&Actor> {
        self.lines.first().map(|line| &line.by)
    }

    /// The most that can be approved.
    pub fn asked_extent(&self) -> Extent {
        self.request.extent(self.terms.longest)
    }

    /// The most that can still be approved: no approval goes beyond those before it.
    pub fn open_extent(&self) -> Extent {
        self.approvals.iter().fold(self.asked_extent(), |all, approval| all.and(&approval.extent))
    }

    /// What an approval of so much signs.
    ///
    /// # Errors
    /// See [`statement`].
    pub fn statement(&self, extent: &Extent) -> Result<Vec<u8>, serde_json::Error> {
        statement(self.customer, self.id, &self.request, extent)
    }

    /// Whether the customer is to look at it afterwards, because nobody approved it beforehand.
    pub fn awaits_review(&self) -> bool {
        self.terms.approvers == Approvers::Nobody && self.reviewed.is_none()
    }

    /// Whether this side's approval is missing.
    pub fn lacks(&self, side: Side) -> bool {
        let given = self.approvals.iter().filter(|approval| approval.side == side).count();
        match side {
            Side::Customer => given < usize::from(self.terms.customer_approvals),
            Side::Provider => given < usize::from(self.terms.needs_provider()),
            Side::Portal => false,
        }
    }

    /// Whether this side decides about it, also once it has approved.
    pub fn is_asked(&self, side: Side) -> bool {
        match side {
            Side::Customer => self.terms.customer_approvals > 0,
            Side::Provider => self.terms.needs_provider(),
            Side::Portal => true,
        }
    }

    fn are_enough(&self) -> bool {
        !self.lacks(Side::Customer) && !self.lacks(Side::Provider)
    }

    fn verify(&self, signature: &Signature, extent: &Extent) -> Result<(), SignatureProblem> {
        let statement = self.statement(extent).map_err(|_| SignatureProblem::Unreadable)?;
        signature.verify(&statement)
    }

    /// Lines never go back in time: a clock that did is held at the last line.
    fn time(&self, now: Timestamp) -> Timestamp {
        self.lines.last().map_or(now, |line| line.at.max(now))
    }

    fn add(&mut self, at: Timestamp, by: &Actor, act: GrantAct) -> GrantLine {
        let line = GrantLine { at, by: by.clone(), act };
        self.lines.push(line.clone());
        line
    }

    fn review(&mut self, justified: bool, reason: &str, by: &Actor, now: Timestamp) -> Result<GrantLine, GrantRefusal> {
        only(by, Side::Customer)?;
        if !self.awaits_review() {
            return Err(GrantRefusal::NoReview);
        }
        let reason = words(reason)?;
        self.reviewed = Some(justified);
        let at = self.time(now);
        Ok(self.add(at, by, GrantAct::Reviewed { justified, reason }))
    }
}

fn words(text: &str) -> Result<String, GrantRefusal> {
    Rules::default().text("", text.to_owned(), LONGEST_TEXT, true).ok_or(GrantRefusal::NoReason)
}

fn only(by: &Actor, side: Side) -> Result<(), GrantRefusal> {
    if by.side == side { Ok(()) } else { Err(GrantRefusal::OtherSide) }
}

impl<S> Grant<S> {
    pub fn facts(&self) -> &Facts {
        &self.facts
    }

    pub fn stage(&self) -> &S {
        &self.stage
    }
}

impl Grant<Waiting> {
    /// Approves so much of it, for one side.
    ///
    /// # Errors
    /// Where the policy, the time, or an approval before it stands against it, or a signature is missing or wrong.
    pub fn approve(
        mut self,
        extent: Extent,
        rule: Option<Uuid>,
        signature: Option<Box<Signature>>,
        by: &Actor,
        now: Timestamp,
    ) -> Step {
        let at = self.facts.time(now);
        let side = match (by.side, rule) {
            (Side::Portal, Some(_)) => Side::Customer,
            (Side::Portal, None) => return Err(GrantRefusal::OtherSide),
            (side, _) => side,
        };
        self.in_time(at)?;
        if by.side != Side::Portal {
            let asked_by = self.facts.asked_by().and_then(|asker| asker.person);
            if by.person.is_none() || by.person == asked_by {
                return Err(GrantRefusal::OwnRequest);
            }
            if self.facts.approvals.iter().any(|approval| approval.by.person == by.person) {
                return Err(GrantRefusal::Decided);
            }
        }
        if !self.facts.lacks(side) {
            return Err(GrantRefusal::NotNeeded);
        }
        if !extent.is_within(&self.facts.asked_extent()) {
            return Err(GrantRefusal::NotWithin);
        }
        match &signature {
            Some(signature) => {
                self.facts.verify(signature, &extent).map_err(GrantRefusal::Signature)?;
                let keys = self.facts.approvals.iter().filter_map(|approval| approval.signature.as_ref());
                // Else one person's signature could stand for another's.
                if keys.map(|before| before.key()).any(|key| key == signature.key()) {
                    return Err(GrantRefusal::SameKey);
                }
            }
            None if side == Side::Customer && self.facts.terms.signature_required => {
                return Err(GrantRefusal::Unsigned);
            }
            None => {}
        }
        let approval =
            Approval { at, side, by: by.clone(), extent: extent.clone(), rule, signature: signature.clone() };
        self.facts.approvals.push(approval);
        let together = self.facts.open_extent();
        if together.is_nothing() {
            return Err(GrantRefusal::NothingInCommon);
        }
        let line = self.facts.add(at, by, GrantAct::Approved { side, extent, rule, signature });
        Ok((line, self.once_enough(together, at)))
    }

    /// Denies it, for either side, also after approving it: nothing is granted yet.
    ///
    /// # Errors
    /// Where the time to decide is over, the side has nothing to decide, or no reason is given.
    pub fn deny(mut self, reason: &str, rule: Option<Uuid>, by: &Actor, now: Timestamp) -> Step {
        let at = self.facts.time(now);
        self.in_time(at)?;
        self.decides(by)?;
        let reason = words(reason)?;
        let line = self.facts.add(at, by, GrantAct::Denied { reason, rule });
        Ok((line, self.over(GrantStatus::Denied, at)))
    }

    /// Asks before deciding.
    ///
    /// # Errors
    /// As [`Self::deny`].
    pub fn ask(mut self, question: &str, by: &Actor, now: Timestamp) -> Step {
        let at = self.facts.time(now);
        self.in_time(at)?;
        self.decides(by)?;
        let question = words(question)?;
        let line = self.facts.add(at, by, GrantAct::Asked { question: question.clone() });
        self.stage.question = Some(question);
        Ok((line, GrantState::Waiting(self)))
    }

    /// Answers what was asked.
    ///
    /// # Errors
    /// Where nothing was asked, or nothing is said.
    pub fn answer(mut self, answer: &str, by: &Actor, now: Timestamp) -> Step {
        let at = self.facts.time(now);
        self.in_time(at)?;
        only(by, Side::Provider)?;
        let answer = words(answer)?;
        if self.stage.question.take().is_none() {
            return Err(GrantRefusal::NoQuestion);
        }
        let line = self.facts.add(at, by, GrantAct::Answered { answer });
        Ok((line, GrantState::Waiting(self)))
    }

    /// Takes the request back.
    ///
    /// # Errors
    /// Where the other side tries, or no reason is given.
    pub fn withdraw(mut self, reason: &str, by: &Actor, now: Timestamp) -> Step {
        let at = self.facts.time(now);
        self.in_time(at)?;
        only(by, Side::Provider)?;
        let reason = words(reason)?;
        let line = self.facts.add(at, by, GrantAct::Withdrawn { reason });
        Ok((line, self.over(GrantStatus::Withdrawn, at)))
    }

    fn expire(mut self) -> (GrantLine, GrantState) {
        let at = self.facts.time(self.facts.terms.expires_at);
        let line = self.facts.add(at, &Actor::portal(), GrantAct::Expired);
        (line, self.over(GrantStatus::Expired, at))
    }

    fn in_time(&self, at: Timestamp) -> Result<(), GrantRefusal> {
        if at < self.facts.terms.expires_at { Ok(()) } else { Err(GrantRefusal::TooLate) }
    }

    fn decides(&self, by: &Actor) -> Result<(), GrantRefusal> {
        if self.facts.is_asked(by.side) { Ok(()) } else { Err(GrantRefusal::NotNeeded) }
    }

    fn once_enough(self, extent: Extent, at: Timestamp) -> GrantState {
        if self.facts.are_enough() {
            let until = at.plus(TimeDelta::minutes(extent.minutes.into()));
            GrantState::Granted(Grant { facts: self.facts, stage: Granted { extent, from: at, until } })
        } else {
            GrantState::Waiting(self)
        }
    }

    fn over(self, how: GrantStatus, at: Timestamp) -> GrantState {
        GrantState::Over(Grant { facts: self.facts, stage: Over { how, at, was: None } })
    }
}

impl Grant<Granted> {
    /// Takes back what was granted, for either side.
    ///
    /// # Errors
    /// Where no reason is given, or its time is over.
    pub fn revoke(mut self, reason: &str, by: &Actor, now: Timestamp) -> Step {
        let at = self.facts.time(now);
        self.in_force(at)?;
        if by.side == Side::Portal {
            return Err(GrantRefusal::OtherSide);
        }
        let reason = words(reason)?;
        let line = self.facts.add(at, by, GrantAct::Revoked { reason });
        Ok((line, self.over(GrantStatus::Revoked, at)))
    }

    /// Ends it before its time.
    ///
    /// # Errors
    /// Where the other side tries, or its time is over.
    pub fn end(mut self, how: Ending, by: &Actor, now: Timestamp) -> Step {
        let at = self.facts.time(now);
        match how {
            Ending::Time if at < self.stage.until => return Err(GrantRefusal::WrongStage(GrantStatus::Granted)),
            Ending::Time => only(by, Side::Portal)?,
            Ending::Hand | Ending::TicketClosed => {
                self.in_force(at)?;
                only(by, Side::Provider)?;
            }
        }
        let line = self.facts.add(at, by, GrantAct::Ended { how });
        Ok((line, self.over(GrantStatus::Ended, at)))
    }

    fn in_force(&self, at: Timestamp) -> Result<(), GrantRefusal> {
        if at < self.stage.until { Ok(()) } else { Err(GrantRefusal::WrongStage(GrantStatus::Ended)) }
    }

    fn over(self, how: GrantStatus, at: Timestamp) -> GrantState {
        GrantState::Over(Grant { facts: self.facts, stage: Over { how, at, was: Some(self.stage) } })
    }
}

impl GrantState {
    /// Asks for access. What needs nobody's approval is granted with the asking.
    pub fn open(
        id: GrantId,
        customer: CustomerId,
        request: AccessRequest,
        terms: Terms,
        by: &Actor,
        now: Timestamp,
    ) -> (GrantLine, Self) {
        let mut facts = Facts {
            id,
            customer,
            request: request.clone(),
            terms: terms.clone(),
            lines: Vec::new(),
            approvals: Vec::new(),
            reviewed: None,
        };
        let line = facts.add(now, by, GrantAct::Requested { request: Box::new(request), terms });
        let extent = facts.asked_extent();
        let waiting = Grant { facts, stage: Waiting { question: None } };
        (line, waiting.once_enough(extent, now))
    }

    /// Does an act.
    ///
    /// # Errors
    /// Where it isn't due in this stage, or a rule stands against it.
    pub fn act(self, act: GrantAct, by: &Actor, now: Timestamp) -> Step {
        let status = self.status();
        match (self, act) {
            (Self::Waiting(grant), GrantAct::Approved { extent, rule, signature, .. }) => {
                grant.approve(extent, rule, signature, by, now)
            }
            (Self::Waiting(grant), GrantAct::Denied { reason, rule }) => grant.deny(&reason, rule, by, now),
            (Self::Waiting(grant), GrantAct::Asked { question }) => grant.ask(&question, by, now),
            (Self::Waiting(grant), GrantAct::Answered { answer }) => grant.answer(&answer, by, now),
            (Self::Waiting(grant), GrantAct::Withdrawn { reason }) => grant.withdraw(&reason, by, now),
            (Self::Waiting(grant), GrantAct::Expired) if now >= grant.facts.terms.expires_at => Ok(grant.expire()),
            (Self::Granted(grant), GrantAct::Revoked { reason }) => grant.revoke(&reason, by, now),
            (Self::Granted(grant), GrantAct::Ended { how }) => grant.end(how, by, now),
            (Self::Granted(mut grant), GrantAct::Reviewed { justified, reason }) => {
                let line = grant.facts.review(justified, &reason, by, now)?;
                Ok((line, Self::Granted(grant)))
            }
            (Self::Over(mut grant), GrantAct::Reviewed { justified, reason }) => {
                let line = grant.facts.review(justified, &reason, by, now)?;
                Ok((line, Self::Over(grant)))
            }
            _ => Err(GrantRefusal::WrongStage(status)),
        }
    }

    /// The grant as it is now, and the line that the clock adds where the time to decide, or its own, is over. Whoever
    /// looks at a grant asks this first: what is over is over, also before its line is written.
    #[must_use]
    pub fn at(self, now: Timestamp) -> (Option<GrantLine>, Self) {
        match self {
            Self::Waiting(grant) if now >= grant.facts.terms.expires_at => {
                let (line, state) = grant.expire();
                (Some(line), state)
            }
            Self::Granted(mut grant) if now >= grant.stage.until => {
                let at = grant.facts.time(grant.stage.until);
                let line = grant.facts.add(at, &Actor::portal(), GrantAct::Ended { how: Ending::Time });
                (Some(line), grant.over(GrantStatus::Ended, at))
            }
            other => (None, other),
        }
    }

    /// When the clock next does something.
    pub fn due_at(&self) -> Option<Timestamp> {
        match self {
            Self::Waiting(grant) => Some(grant.facts.terms.expires_at),
            Self::Granted(grant) => Some(grant.stage.until),
            Self::Over(_) => None,
        }
    }

    /// When the customer's people are reminded that it waits for them: when a quarter of the time to decide is left.
    pub fn remind_at(&self) -> Option<Timestamp> {
        let Self::Waiting(Grant { facts, .. }) = self else { return None };
        let expires_at = facts.terms.expires_at;
        facts.lacks(Side::Customer).then(|| expires_at.minus(expires_at.since(facts.asked_at()) / 4))
    }

    /// The grant that a register makes.
    ///
    /// # Errors
    /// Where a line can't follow those before it.
    pub fn replay(id: GrantId, customer: CustomerId, lines: Vec<GrantLine>) -> Result<Self, GrantReplayError> {
        let mut lines = lines.into_iter().enumerate();
        let Some((_, GrantLine { at, by, act: GrantAct::Requested { request, terms } })) = lines.next() else {
            return Err(GrantReplayError::NoBeginning);
        };
        let (_, mut state) = Self::open(id, customer, *request, terms, &by, at);
        for (line, GrantLine { at, by, act }) in lines {
            (_, state) = state.act(act, &by, at).map_err(|refusal| GrantReplayError::Refused { line, refusal })?;
        }
        Ok(state)
    }

    pub fn facts(&self) -> &Facts {
        match self {
            Self::Waiting(grant) => &grant.facts,
            Self::Granted(grant) => &grant.facts,
            Self::Over(grant) => &grant.facts,
        }
    }

    pub fn status(&self) -> GrantStatus {
        match self {
            Self::Waiting(_) => GrantStatus::Waiting,
            Self::Granted(_) => GrantStatus::Granted,
            Self::Over(grant) => grant.stage.how,
        }
    }

    /// What is or was granted, and the first moment at which it was no more.
    pub fn granted(&self) -> Option<(&Granted, Timestamp)> {
        match self {
            Self::Waiting(_) => None,
            Self::Granted(grant) => Some((&grant.stage, grant.stage.until)),
            Self::Over(grant) => grant.stage.was.as_ref().map(|was| (was, was.until.min(grant.stage.at))),
        }
    }

    /// Everything that anybody needs to verify it.
    pub fn file(&self) -> GrantFile {
        let Facts { id, customer, lines, .. } = self.facts();
        GrantFile { grant: *id, customer: *customer, register: lines.clone() }
    }
}
