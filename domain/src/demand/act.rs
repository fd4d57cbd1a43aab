//! What somebody did about a demand: the lines of its register.

use chrono::NaiveDate;
use serde::{Deserialize, Serialize};

use super::{CheckItem, DataKinds, Identifier, Intake, Manifest, NonDisclosureOrder, OrderEnd, OrderEnding, Verdict};
use crate::{CustomerId, PersonId, Role, StaffRole, Timestamp, TokenId};

/// One line of a demand's register. A register is only ever added to; [`super::Stage::replay`] says what it makes.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct DemandAct {
    /// When it was done.
    pub at: Timestamp,
    /// Who did it; nobody where Vitrine told a customer by itself.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub by: Option<PersonId>,
    /// What they were called then.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub by_name: String,
    /// What was done.
    #[serde(flatten)]
    pub act: Act,
}

/// What was done about a demand.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "act", rename_all = "snake_case")]
pub enum Act {
    /// The demand was registered. Always the first.
    Registered { intake: Box<Intake> },
    /// An item of the review was answered, or answered anew.
    Answered { item: CheckItem, verdict: Verdict, reason: String },
    /// An identifier was found to lead to these customers.
    Resolved { identifier: Identifier },
    /// Somebody looked whose an identifier is, and it is no customer's.
    BelongsToNobody { identifier: Identifier, reason: String },
    /// The authority asks for no more than this now.
    Narrowed { sought: DataKinds, identifiers: Vec<Identifier>, reason: String },
    /// The authority was asked to turn to the customer.
    RedirectAttempted { how: String },
    /// And what it said.
    RedirectAnswered { accepted: bool, answer: String },
    /// The danger that an emergency request tells of.
    DangerRecorded { danger: String },
    /// The demand was challenged.
    Challenged { grounds: String },
    /// And what came of it.
    ChallengeDecided { outcome: ChallengeOutcome, reason: String },
    /// The review is done: every item has its answer.
    ReviewFinished,
    /// The demand went back into review.
    Reopened { reason: String },
    /// The demand was rejected.
    Rejected { reason: String },
    /// The authority withdrew it.
    Withdrawn { reason: String },
    /// The authority turns to the customer instead.
    Redirected { reason: String },
    /// There is no data such as is sought.
    NoDataFound { reason: String },
    /// Somebody proposed to disclose exactly this.
    Proposed { manifest: Manifest },
    /// The first of two people signed it off, or the second, who is another.
    SignedOff { reason: String },
    /// What was signed off was handed over.
    Disclosed,
    /// A disclosure in an emergency was looked at afterwards.
    EmergencyReviewed { justified: bool, reason: String },
    /// Data is kept from now on.
    Preserved,
    /// The authority asked again in time, and data is kept for longer.
    PreservationExtended,
    /// The authority confirmed in time that a production order has been issued, and data is kept until it is produced.
    ProductionAwaited { confirmation: String },
    /// Data is kept no longer.
    PreservationEnded { reason: String },
    /// Nothing remains to be done.
    Closed,
    /// An order not to tell was recorded.
    OrderIssued { order: NonDisclosureOrder },
    /// An order's end was moved.
    OrderExtended { order: usize, end: OrderEnd },
    /// An order was challenged.
    OrderChallenged { order: usize, grounds: String },
    /// And what came of it. An order binds until it is said to have ended.
    OrderChallengeDecided { order: usize, outcome: ChallengeOutcome, reason: String },
    /// An order was looked at again, and binds on.
    OrderReviewed { order: usize, next: NaiveDate, reason: String },
    /// An order was lifted or has expired.
    OrderEnded { order: usize, how: OrderEnding, reason: String },
    /// Customers were told.
    Notified { about: NoticeAbout, customers: Vec<CustomerId> },
}

crate::closed_list! {
    /// What came of a challenge.
    pub enum ChallengeOutcome {
        /// Nothing is owed to the authority any more.
        Upheld => "Upheld",
        PartlyUpheld => "Upheld in part",
        Denied => "Denied",
        GivenUp => "Given up",
    }
}

crate::closed_list! {
    /// What a customer is told of a demand.
    pub enum NoticeAbout {
        /// That it was made, before it is decided.
        Demand => "A demand for your data",
        /// How it ended.
        Outcome => "What became of a demand for your data",
    }
}

/// What was done against a demand or an order.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Challenge {
    /// On what grounds.
    pub grounds: String,
    /// When.
    pub at: Timestamp,
    /// What came of it, why, and when.
    pub decided: Option<(ChallengeOutcome, String, Timestamp)>,
}

/// Proof that somebody is of the provider's legal team: only they act on demands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LegalReviewer {
    person: PersonId,
    name: String,
}

impl LegalReviewer {
    /// The proof, for a person who has this role.
    pub fn new(role: Role, person: PersonId, name: &str) -> Option<Self> {
        (role == Role::Staff(StaffRole::Legal)).then(|| Self { person, name: name.to_owned() })
    }

    /// A system of the legal team's, known by its token. The store lets it register demands and nothing else.
    pub fn of_system(token: TokenId, name: &str) -> Self {
        Self { person: PersonId(token.0), name: name.to_owned() }
    }

    /// Who a line of a register says did it. It was proved when the line was written.
    pub(super) fn of(act: &DemandAct) -> Option<Self> {
        Some(Self { person: act.by?, name: act.by_name.clone() })
    }

    /// Who it is.
    pub fn person(&self) -> PersonId {
        self.person
    }

    /// What they are called.
    pub fn name(&self) -> &str {
        &self.name
    }
}
