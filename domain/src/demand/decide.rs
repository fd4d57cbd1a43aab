//! What can be done as long as nothing is disclosed: look again, challenge, and end a demand without a disclosure.

use super::{
    Act, Case, Challenge, ChallengeOutcome, Closed, Demand, LegalReviewer, Outcome, PastReview, Refusal, Step,
    Undecided, UnderReview,
};
use crate::Timestamp;

impl<S: PastReview> Demand<S> {
    /// Sends the demand back into review: to narrow it, to answer an item anew, or because a signer disagrees.
    pub fn reopen(self, why: &str, by: &LegalReviewer, now: Timestamp) -> Step<UnderReview> {
        let reason = self.case.reason(why)?;
        self.record(Some(by), now, Act::Reopened { reason }, UnderReview)
    }
}

impl<S: Undecided> Demand<S> {
    /// Challenges the demand. Until that is decided, nothing is signed off or disclosed.
    pub fn challenge(mut self, grounds: &str, by: &LegalReviewer, now: Timestamp) -> Step<S> {
        let grounds = self.case.reason(grounds)?;
        if self.case.pending_challenge().is_some() {
            return Err(Refusal::ChallengePending);
        }
        self.case.challenges.push(Challenge { grounds: grounds.clone(), at: now, decided: None });
        let stage = self.stage.clone();
        self.record(Some(by), now, Act::Challenged { grounds }, stage)
    }

    /// Notes what came of the challenge.
    pub fn decide_challenge(
        mut self,
        outcome: ChallengeOutcome,
        why: &str,
        by: &LegalReviewer,
        now: Timestamp,
    ) -> Step<S> {
        let reason = self.case.reason(why)?;
        let challenge = self.case.pending_challenge().ok_or(Refusal::NoChallenge)?;
        challenge.decided = Some((outcome, reason.clone(), now));
        let stage = self.stage.clone();
        self.record(Some(by), now, Act::ChallengeDecided { outcome, reason }, stage)
    }

    fn ended(
        mut self,
        outcome: Outcome,
        why: &str,
        act: fn(String) -> Act,
        by: &LegalReviewer,
        now: Timestamp,
    ) -> Step<Closed> {
        let reason = self.case.reason(why)?;
        self.case.judge(Case::may_end)?;
        self.case.outcome = Some((outcome, reason.clone()));
        self.record(Some(by), now, act(reason), Closed)
    }

    /// Rejects the demand.
    pub fn reject(self, why: &str, by: &LegalReviewer, now: Timestamp) -> Step<Closed> {
        self.ended(Outcome::Rejected, why, |reason| Act::Rejected { reason }, by, now)
    }

    /// Notes that the authority withdrew it.
    pub fn withdrawn(self, why: &str, by: &LegalReviewer, now: Timestamp) -> Step<Closed> {
        self.ended(Outcome::Withdrawn, why, |reason| Act::Withdrawn { reason }, by, now)
    }

    /// Notes that the authority turns to the customer, as it said it would.
    pub fn redirected(self, why: &str, by: &LegalReviewer, now: Timestamp) -> Step<Closed> {
        let redirect = self.case.redirect.as_ref().ok_or(Refusal::NoRedirectAttempt)?;
        let accepted = redirect.answer.as_ref().is_some_and(|(accepted, _)| *accepted);
        self.case.judge(|_| if accepted { Ok(()) } else { Err(Refusal::RedirectNotAccepted) })?;
        self.ended(Outcome::Redirected, why, |reason| Act::Redirected { reason }, by, now)
    }

    /// Notes that there is no data such as is sought.
    pub fn no_data_found(self, why: &str, by: &LegalReviewer, now: Timestamp) -> Step<Closed> {
        self.ended(Outcome::NoDataFound, why, |reason| Act::NoDataFound { reason }, by, now)
    }
}
