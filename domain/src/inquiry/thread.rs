//! What the messages of an inquiry come to.

use super::{DisputeOutcome, SaidKind, Wait};
use crate::Timestamp;

/// One message, as far as it changes where an inquiry stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Said {
    pub kind: SaidKind,
    pub at: Timestamp,
    /// By when what a customer says is to be answered.
    pub due_at: Option<Timestamp>,
    pub outcome: Option<DisputeOutcome>,
}

/// Where an inquiry stands.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct InquiryState {
    /// Since when the customer waits, and until when an answer is promised.
    pub waits: Option<(Timestamp, Timestamp)>,
    /// Whether a dispute has no outcome yet.
    pub disputed: bool,
    /// How the last dispute ended.
    pub outcome: Option<DisputeOutcome>,
}

impl InquiryState {
    /// The state after one more message, and the wait that it ended.
    ///
    /// Whoever asks again while waiting waits since the first time. Of a dispute only its outcome ends the wait: other
    /// words in between don't stop the clock.
    #[must_use]
    pub fn after(self, said: &Said) -> (Self, Option<Wait>) {
        let ended = self.waits.map(|(asked_at, due_at)| Wait { asked_at, due_at, answered_at: Some(said.at) });
        match said.kind {
            SaidKind::Question | SaidKind::Dispute => {
                let waits = self.waits.or(said.due_at.map(|due| (said.at, due)));
                (Self { waits, disputed: self.disputed || said.kind == SaidKind::Dispute, ..self }, None)
            }
            SaidKind::Answer if self.disputed => (self, None),
            SaidKind::Answer => (Self { waits: None, ..self }, ended),
            SaidKind::Outcome => (Self { waits: None, disputed: false, outcome: said.outcome }, ended),
        }
    }

    /// Whether this may be said now: a dispute while none is open, an outcome while one is.
    pub fn admits(&self, kind: SaidKind) -> bool {
        match kind {
            SaidKind::Question | SaidKind::Answer => true,
            SaidKind::Dispute => !self.disputed,
            SaidKind::Outcome => self.disputed,
        }
    }

    /// In a word or two.
    pub fn label(&self) -> &'static str {
        match (self.waits, self.disputed, self.outcome) {
            (_, true, _) => "Disputed",
            (Some(_), false, _) => "Waits for an answer",
            (None, false, Some(outcome)) => outcome.label(),
            (None, false, None) => "Answered",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use chrono::TimeDelta;
    use proptest::prelude::*;

    fn said(kind: SaidKind, hour: i64) -> Said {
        let at = Timestamp::parse("2026-03-02T00:00:00Z").unwrap().plus(TimeDelta::hours(hour));
        Said {
            kind,
            at,
            due_at: kind.is_of_customer().then(|| at.plus(TimeDelta::days(3))),
            outcome: (kind == SaidKind::Outcome).then_some(DisputeOutcome::Error),
        }
    }

    /// The state in the end, and how many hours each wait took.
    fn told(kinds: &[SaidKind]) -> (InquiryState, Vec<i64>) {
        let mut state = InquiryState::default();
        let mut waits = Vec::new();
        for (hour, kind) in (0..).zip(kinds) {
            let (next, ended) = state.after(&said(*kind, hour));
            state = next;
            waits.extend(ended.map(|wait| wait.answered_at.unwrap().since(wait.asked_at).num_hours()));
        }
        (state, waits)
    }

    #[test]
    fn whoever_asks_again_waits_since_the_first_time() {
        use SaidKind::{Answer, Question};
        let (state, waits) = told(&[Question, Question, Answer, Answer, Question]);
        assert_eq!(waits, [2]);
        assert_eq!(state.waits.unwrap().0, said(Question, 4).at);
    }

    #[test]
    fn words_do_not_stop_the_clock_of_a_dispute() {
        use SaidKind::{Answer, Dispute, Outcome, Question};
        let (open, waits) = told(&[Question, Dispute, Answer]);
        assert!(open.disputed && open.waits.is_some() && waits.is_empty());
        let (decided, waits) = told(&[Question, Dispute, Answer, Outcome]);
        assert_eq!((decided.waits, decided.outcome, waits), (None, Some(DisputeOutcome::Error), vec![3]));
    }

    proptest! {
        #[test]
        fn nobody_waits_without_having_asked_and_nothing_is_disputed_and_unwaited(
            picks in prop::collection::vec(0usize..4, 0..30)
        ) {
            let mut state = InquiryState::default();
            for (hour, pick) in (0..).zip(picks) {
                let kind = SaidKind::ALL[pick];
                if state.admits(kind) {
                    let (next, ended) = state.after(&said(kind, hour));
                    prop_assert_eq!(ended.is_some(), state.waits.is_some() && next.waits.is_none());
                    state = next;
                }
                prop_assert!(!state.disputed || state.waits.is_some());
            }
        }
    }
}
