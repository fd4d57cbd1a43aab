//! What a customer asks or disputes about an access, and what comes of it.

mod decision;
mod promise;
mod thread;

pub use decision::{Decision, DecisionDraft, Remedy};
pub use promise::{AnswerPromise, AnswerPromptness, Wait};
pub use thread::{InquiryState, Said};

crate::closed_list! {
    /// What somebody said in an inquiry.
    pub enum SaidKind {
        /// By the customer.
        Question => "Question",
        /// By the customer: that the access should not have been, or was not as it was reported.
        Dispute => "Dispute",
        /// By the provider.
        Answer => "Answer of the provider",
        /// By the provider: how a dispute ends.
        Outcome => "Outcome",
    }
}

crate::closed_list! {
    /// How a dispute ended.
    pub enum DisputeOutcome {
        Justified => "The access was justified",
        Error => "The record was wrong",
        Misuse => "The access was misuse",
    }
}

impl SaidKind {
    /// Whether it is the customer who says so.
    pub fn is_of_customer(self) -> bool {
        matches!(self, Self::Question | Self::Dispute)
    }
}
