//! Why something can't be done about a demand.

use super::{CheckItem, Status};
use crate::FieldProblem;

/// Why an act was refused, as a sentence for whoever tried it.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    #[error("Give the reason in words, up to 4,000 characters, without control characters.")]
    NoReason,
    #[error("“{}” must be answered first.", .0.label())]
    Unanswered(CheckItem),
    #[error("“{}” can’t be answered like this: {why}.", .item.label())]
    AgainstFacts { item: CheckItem, why: String },
    #[error("“{}” isn’t met, so that nothing can be disclosed. Narrow, challenge or reject the demand.", .0.label())]
    Unmet(CheckItem),
    #[error("The demand is blanket: {0}. It can only be rejected, or narrowed to specific accounts and identifiers.")]
    Blanket(String),
    #[error("The demand names no identifier such as this one.")]
    NotNamed,
    #[error("Name a customer that it leads to. Where it is no customer’s, record that, and where you looked.")]
    NoCustomer,
    #[error(
        "“{0}” leads to nobody yet. Say whose it is, or that you looked and it is no customer’s: otherwise the demand \
         would end and nobody be told."
    )]
    Unresolved(String),
    #[error("Narrowing leaves fewer kinds of data or fewer identifiers, and adds none.")]
    NotNarrower,
    #[error("No attempt to redirect the authority to the customer is on record.")]
    NoRedirectAttempt,
    #[error("The attempt to redirect has been answered.")]
    RedirectAnswered,
    #[error("The authority hasn’t accepted to turn to the customer.")]
    RedirectNotAccepted,
    #[error("A challenge is pending. Record first what came of it.")]
    ChallengePending,
    #[error("No challenge is pending.")]
    NoChallenge,
    #[error("A challenge to the demand was upheld, so that nothing can be disclosed.")]
    ChallengeUpheld,
    #[error("Record first what danger the request tells of.")]
    NoDanger,
    #[error("The demand is no emergency.")]
    NoEmergency,
    #[error("The process, “{0}”, compels nothing to be disclosed.")]
    NothingCompelled(&'static str),
    #[error("The manifest goes beyond what can be disclosed: {}.", told(.0))]
    Manifest(Vec<FieldProblem>),
    #[error("The second sign-off must be another person’s than the first.")]
    SameSigner,
    #[error("The customer must be told first: no order bars it.")]
    CustomerNotTold,
    #[error("The disclosure was made in an emergency, and must be reviewed before the demand is closed.")]
    EmergencyUnreviewed,
    #[error("The disclosure has been reviewed.")]
    EmergencyReviewed,
    #[error("The process is no request to preserve data.")]
    NoPreservation,
    #[error("The preservation has been extended once, and can’t be again.")]
    ExtensionUsed,
    #[error("Data is kept until it is produced: a production order follows, and nothing need be extended.")]
    KeptForProduction,
    #[error(
        "Only data that a European Preservation Order keeps is kept on for a production order (Regulation (EU) \
         2023/1543, article 11(2))."
    )]
    NoProductionFollows,
    #[error("The time for which data was kept is over. Record its end.")]
    PreservationOver,
    #[error("The demand has no such order.")]
    NoSuchOrder,
    #[error("The order has ended. A new one is recorded by itself.")]
    OrderOver,
    #[error("An extension ends later than the order that it extends.")]
    NoExtension,
    #[error("The day on which the order is looked at again must lie ahead.")]
    ReviewNotAhead,
    #[error("An order without a date is looked at again within a year.")]
    ReviewTooFar,
    #[error("The order ends on a date, and needs no review.")]
    OrderHasDate,
    #[error("This customer isn’t owed a notice now.")]
    NotOwed,
    #[error("Only the provider’s legal team acts on demands.")]
    NotLegal,
    #[error("The register has a later line than this, so that the clock must be wrong.")]
    Clock,
    #[error("This can’t be done while a demand is “{}”.", .0.label())]
    WrongStage(Status),
}

fn told(problems: &[FieldProblem]) -> String {
    problems.iter().map(|problem| format!("{} {}", problem.field, problem.reason)).collect::<Vec<_>>().join("; ")
}

/// Why a stored register is none that this program wrote.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ReplayError {
    #[error("the register doesn’t begin with the demand")]
    NoBeginning,
    #[error("line {line} of the register can’t follow the lines before it: {refusal}")]
    Refused { line: usize, refusal: Refusal },
}
