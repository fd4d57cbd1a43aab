//! A demand in whatever stage it is: what its register makes, line by line.

use super::{
    Act, Approved, AwaitingSecondSignOff, Case, CheckItem, Closed, Demand, DemandAct, Disclosed, InStage,
    LegalReviewer, Manifest, PastReview, Preserving, Proposed, Refusal, ReplayError, Reviewed, Status, Step, Undecided,
    UnderReview,
};
use crate::Timestamp;

/// A demand in one of its stages.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Stage {
    UnderReview(Demand<UnderReview>),
    Reviewed(Demand<Reviewed>),
    Proposed(Demand<Proposed>),
    AwaitingSecondSignOff(Demand<AwaitingSecondSignOff>),
    Approved(Demand<Approved>),
    Preserving(Demand<Preserving>),
    Disclosed(Demand<Disclosed>),
    Closed(Demand<Closed>),
}

macro_rules! stages {
    ($($stage:ident),+) => {
        $(impl From<Demand<$stage>> for Stage {
            fn from(demand: Demand<$stage>) -> Self {
                Self::$stage(demand)
            }
        })+

        impl Stage {
            /// What is known of the demand.
            pub fn case(&self) -> &Case {
                match self { $(Self::$stage(demand) => demand.case()),+ }
            }

            fn case_mut(&mut self) -> &mut Case {
                match self { $(Self::$stage(demand) => &mut demand.case),+ }
            }

            /// Does what can be done in every stage.
            fn upkeep(self, act: Act, by: Option<&LegalReviewer>, now: Timestamp) -> Result<(DemandAct, Self), Refusal> {
                match self { $(Self::$stage(demand) => demand.keep_up(act, by, now).map(any)),+ }
            }
        }
    };
}
stages!(UnderReview, Reviewed, Proposed, AwaitingSecondSignOff, Approved, Preserving, Disclosed, Closed);

fn any<S>((act, demand): (DemandAct, Demand<S>)) -> (DemandAct, Stage)
where
    Stage: From<Demand<S>>,
{
    (act, demand.into())
}

impl Stage {
    /// The demand that this register makes. Each line is done again as it was written, in order: only in a stage that it
    /// can be done in, by who may do it, about what is there. Whether it was right is not asked again (`Case::judge`),
    /// so that what a register makes is the same whatever the rules are today. For the same reason an act that is written
    /// always leads to the same stage: where it must not, that is another act.
    pub fn replay(acts: &[DemandAct]) -> Result<Self, ReplayError> {
        let (first, rest) = acts.split_first().ok_or(ReplayError::NoBeginning)?;
        let Act::Registered { intake } = &first.act else { return Err(ReplayError::NoBeginning) };
        let by = LegalReviewer::of(first).ok_or(ReplayError::NoBeginning)?;
        let refused = |line: usize| move |refusal| ReplayError::Refused { line, refusal };
        let opened = Demand::registered(intake.as_ref().clone(), true, &by, first.at).map_err(refused(0))?;
        let (_, mut stage) = any(opened);
        for (place, stored) in rest.iter().enumerate() {
            let by = LegalReviewer::of(stored);
            (_, stage) = stage.step(stored.act.clone(), by.as_ref(), stored.at).map_err(refused(place + 1))?;
        }
        stage.case_mut().replaying = false;
        Ok(stage)
    }

    /// Does what an act says, by the rules of the stage that the demand is in: for programs that are told acts. The
    /// methods of each stage do the same.
    pub fn act(self, act: Act, by: &LegalReviewer, now: Timestamp) -> Result<(DemandAct, Self), Refusal> {
        self.step(act, Some(by), now)
    }

    /// Notes that customers were told; see [`Demand::notified`].
    pub fn notified(
        self,
        about: super::NoticeAbout,
        customers: Vec<crate::CustomerId>,
        now: Timestamp,
    ) -> Result<(DemandAct, Self), Refusal> {
        self.step(Act::Notified { about, customers }, None, now)
    }

    /// What is proposed or approved to be disclosed, or was.
    pub fn manifest(&self) -> Option<&Manifest> {
        match self {
            Self::Proposed(demand) => Some(demand.manifest()),
            Self::AwaitingSecondSignOff(demand) => Some(demand.manifest()),
            Self::Approved(demand) => Some(demand.manifest()),
            _ => self.case().disclosure().map(super::Disclosure::manifest),
        }
    }

    fn step(self, act: Act, by: Option<&LegalReviewer>, now: Timestamp) -> Result<(DemandAct, Self), Refusal> {
        let reviewer = by.ok_or(Refusal::NotLegal);
        let status = self.case().status();
        match (self, act) {
            (Self::UnderReview(demand), act) if is_of_review(&act) => demand.review_step(act, reviewer?, now),
            (Self::Reviewed(demand), Act::Proposed { manifest }) => demand.proposed(manifest, reviewer?, now).map(any),
            (Self::Reviewed(demand), Act::Preserved) => demand.preserve(reviewer?, now).map(any),
            (Self::Proposed(demand), Act::SignedOff { reason }) => demand.sign(&reason, reviewer?, now).map(any),
            (Self::AwaitingSecondSignOff(demand), Act::SignedOff { reason }) => {
                demand.sign(&reason, reviewer?, now).map(any)
            }
            (Self::Approved(demand), Act::Disclosed) => demand.disclose(reviewer?, now).map(any),
            (Self::Disclosed(demand), Act::EmergencyReviewed { justified, reason }) => {
                demand.review_emergency(justified, &reason, reviewer?, now).map(any)
            }
            (Self::Disclosed(demand), Act::Closed) => demand.close(reviewer?, now).map(any),
            (Self::Preserving(demand), Act::PreservationExtended) => demand.extend(reviewer?, now).map(any),
            (Self::Preserving(demand), Act::ProductionAwaited { confirmation }) => {
                demand.await_production(&confirmation, reviewer?, now).map(any)
            }
            (Self::Preserving(demand), Act::PreservationEnded { reason }) => {
                demand.end(&reason, reviewer?, now).map(any)
            }
            (Self::Reviewed(demand), Act::Reopened { reason }) => reopen(demand, &reason, reviewer?, now),
            (Self::Proposed(demand), Act::Reopened { reason }) => reopen(demand, &reason, reviewer?, now),
            (Self::AwaitingSecondSignOff(demand), Act::Reopened { reason }) => reopen(demand, &reason, reviewer?, now),
            (Self::Approved(demand), Act::Reopened { reason }) => reopen(demand, &reason, reviewer?, now),
            (stage, act) if is_of_ending(&act) => match stage {
                Self::UnderReview(demand) => demand.ending_step(act, reviewer?, now),
                Self::Reviewed(demand) => demand.ending_step(act, reviewer?, now),
                Self::Proposed(demand) => demand.ending_step(act, reviewer?, now),
                Self::AwaitingSecondSignOff(demand) => demand.ending_step(act, reviewer?, now),
                Self::Approved(demand) => demand.ending_step(act, reviewer?, now),
                Self::Preserving(demand) => demand.ending_step(act, reviewer?, now),
                Self::Disclosed(_) | Self::Closed(_) => Err(Refusal::WrongStage(status)),
            },
            (stage, act) => stage.upkeep(act, by, now),
        }
    }
}

fn is_of_review(act: &Act) -> bool {
    matches!(
        act,
        Act::Answered { .. }
            | Act::Narrowed { .. }
            | Act::RedirectAttempted { .. }
            | Act::RedirectAnswered { .. }
            | Act::DangerRecorded { .. }
            | Act::ReviewFinished
    )
}

fn is_of_ending(act: &Act) -> bool {
    matches!(
        act,
        Act::Challenged { .. }
            | Act::ChallengeDecided { .. }
            | Act::Rejected { .. }
            | Act::Withdrawn { .. }
            | Act::Redirected { .. }
            | Act::NoDataFound { .. }
    )
}

fn reopen<S: PastReview>(
    demand: Demand<S>,
    reason: &str,
    by: &LegalReviewer,
    now: Timestamp,
) -> Result<(DemandAct, Stage), Refusal> {
    demand.reopen(reason, by, now).map(any)
}

impl Demand<UnderReview> {
    fn review_step(self, act: Act, by: &LegalReviewer, now: Timestamp) -> Result<(DemandAct, Stage), Refusal> {
        match act {
            Act::Answered { item, verdict, reason } => self.answer(item, verdict, &reason, by, now).map(any),
            Act::Narrowed { sought, identifiers, reason } => {
                self.narrow(sought, identifiers, &reason, by, now).map(any)
            }
            Act::RedirectAttempted { how } => self.attempt_redirect(&how, by, now).map(any),
            Act::RedirectAnswered { accepted, answer } => self.answer_redirect(accepted, &answer, by, now).map(any),
            Act::DangerRecorded { danger } => self.record_danger(&danger, by, now).map(any),
            Act::ReviewFinished => self.finish_review(by, now).map(any),
            _ => Err(Refusal::WrongStage(Status::UnderReview)),
        }
    }
}

impl<S: Undecided> Demand<S>
where
    Stage: From<Self> + From<Demand<Closed>>,
{
    fn ending_step(self, act: Act, by: &LegalReviewer, now: Timestamp) -> Result<(DemandAct, Stage), Refusal> {
        match act {
            Act::Challenged { grounds } => self.challenge(&grounds, by, now).map(any),
            Act::ChallengeDecided { outcome, reason } => self.decide_challenge(outcome, &reason, by, now).map(any),
            Act::Rejected { reason } => self.reject(&reason, by, now).map(any),
            Act::Withdrawn { reason } => self.withdrawn(&reason, by, now).map(any),
            Act::Redirected { reason } => self.redirected(&reason, by, now).map(any),
            Act::NoDataFound { reason } => self.no_data_found(&reason, by, now).map(any),
            _ => Err(Refusal::WrongStage(S::STATUS)),
        }
    }
}

impl<S: InStage + Clone> Demand<S> {
    fn keep_up(self, act: Act, by: Option<&LegalReviewer>, now: Timestamp) -> Step<S> {
        let reviewer = by.ok_or(Refusal::NotLegal);
        match act {
            // The portal tells by itself: a line that says somebody did is none of its own.
            Act::Notified { about, customers } if by.is_none() => self.notified(about, customers, now),
            Act::Answered { item: CheckItem::NonDisclosureOrder, verdict, reason } => {
                self.answer_order(verdict, &reason, reviewer?, now)
            }
            Act::Resolved { identifier } => self.resolve(identifier, reviewer?, now),
            Act::BelongsToNobody { identifier, reason } => self.belongs_to_nobody(identifier, &reason, reviewer?, now),
            Act::OrderIssued { order } => self.issue_order(order, reviewer?, now),
            Act::OrderExtended { order, end } => self.extend_order(order, end, reviewer?, now),
            Act::OrderChallenged { order, grounds } => self.challenge_order(order, &grounds, reviewer?, now),
            Act::OrderChallengeDecided { order, outcome, reason } => {
                self.decide_order_challenge(order, outcome, &reason, reviewer?, now)
            }
            Act::OrderReviewed { order, next, reason } => self.review_order(order, next, &reason, reviewer?, now),
            Act::OrderEnded { order, how, reason } => self.end_order(order, how, &reason, reviewer?, now),
            _ => Err(Refusal::WrongStage(S::STATUS)),
        }
    }
}
