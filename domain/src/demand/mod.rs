//! Demands: what an authority asks for under legal process, and what the provider may and must do about it.
//!
//! A demand is a register of acts that is only added to. [`Demand`] is what it makes, with its stage as a type: a
//! disclosure can only be got from what two people approved, and that only from a finished review. A register that was
//! kept is replayed through the same stages ([`Stage::replay`]), whatever rules have changed since it was written.
//!
//! While an order not to tell is in force the demand is sealed ([`Case::is_sealed`]): only the legal team may see
//! anything of it. Everything that is shown elsewhere goes through [`Case::notice_due`] first.

mod act;
mod case;
mod checklist;
mod data;
mod decide;
mod due;
mod identifier;
mod intake;
mod manifest;
mod order;
mod process;
#[cfg(test)]
mod properties;
mod refusal;
mod replay;
mod stage;
#[cfg(test)]
pub(crate) mod tests;
mod upkeep;

pub use self::{
    act::{Act, Challenge, ChallengeOutcome, DemandAct, LegalReviewer, NoticeAbout},
    case::{Case, LookedUp, Preservation, Redirect, Status},
    checklist::{Answer, CheckItem, Checklist, Verdict},
    data::{DataKind, DataKinds, Outcome},
    due::{Deadline, DeadlineKind, Delay, DelayedBy, OwedNotice},
    identifier::{Identifier, IdentifierKind, why_blanket},
    intake::{DemandDraft, IdentifierDraft, Intake, identifiers},
    manifest::{Disclosure, Manifest, ManifestDraft, ManifestItem, ManifestItemDraft, SignOff},
    order::{NonDisclosureOrder, OrderDraft, OrderEnd, OrderEndDraft, OrderEnding, OrderRecord},
    process::{Jurisdiction, Keeping, LegalProcess},
    refusal::{Refusal, ReplayError},
    replay::Stage,
    stage::{
        Approved, AwaitingSecondSignOff, Closed, Demand, Disclosed, InStage, PastReview, Preserving, Proposed,
        Reviewed, Step, Undecided, UnderReview,
    },
};
