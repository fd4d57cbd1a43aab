//! Why something can't be done about a grant.

use super::{GrantStatus, SignatureProblem};

/// Why an act was refused, as a sentence for whoever tried it.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum GrantRefusal {
    #[error("This can’t be done while a request is “{}”.", .0.label())]
    WrongStage(GrantStatus),
    #[error("The time to decide is over.")]
    TooLate,
    #[error("Nobody approves what they asked for themselves.")]
    OwnRequest,
    #[error("You have approved it; another person decides now.")]
    Decided,
    #[error("The customer’s policy doesn’t ask for an approval of this side, or has it already.")]
    NotNeeded,
    #[error(
        "Approve something of what was asked for, and no more: for no longer, and no other resources, operations or countries."
    )]
    NotWithin,
    #[error("What is approved and what was approved before have nothing in common.")]
    NothingInCommon,
    #[error("The policy asks for an approval that is signed with a key of the customer’s.")]
    Unsigned,
    #[error("It is signed with the key of an approval that was given before: each person has a key of their own.")]
    SameKey,
    #[error("The signature is not one of this approval: {0}.")]
    Signature(SignatureProblem),
    #[error("Give the reason in words, up to 4,000 characters, without control characters.")]
    NoReason,
    #[error("No question waits for an answer.")]
    NoQuestion,
    #[error("Only what nobody approved beforehand is reviewed afterwards, once.")]
    NoReview,
    #[error("This is for the other side to do.")]
    OtherSide,
}

/// Why a stored register is none that this program wrote.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum GrantReplayError {
    #[error("the register doesn’t begin with the request")]
    NoBeginning,
    #[error("line {line} of the register can’t follow the lines before it: {refusal}")]
    Refused { line: usize, refusal: GrantRefusal },
}
