//! What somebody did about a grant: the lines of its register.

use serde::{Deserialize, Serialize};

use super::{AccessRequest, Extent, Signature, Terms};
use crate::{PersonId, Timestamp};

/// One line of a grant's register. A register is only ever added to.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct GrantLine {
    /// When it was done. Lines never go back in time.
    pub at: Timestamp,
    /// Who did it.
    pub by: Actor,
    #[serde(flatten)]
    pub act: GrantAct,
}

/// Whoever acts on a grant.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Actor {
    pub side: Side,
    /// The person; nobody where a system of the provider's acts, a rule, or the clock.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub person: Option<PersonId>,
    /// What they were called then.
    pub name: String,
}

crate::closed_list! {
    /// On whose side somebody acts.
    pub enum Side {
        Customer => "The customer",
        Provider => "The provider",
        /// What the policy or the clock does by itself.
        Portal => "The portal",
    }
}

impl Actor {
    /// The portal itself: a rule that the customer set, or the clock.
    pub fn portal() -> Self {
        Self { side: Side::Portal, person: None, name: "Vitrine".to_owned() }
    }
}

crate::closed_list! {
    /// How a grant ended that was in force.
    pub enum Ending {
        Time => "Its time was over",
        Hand => "Ended by who asked",
        TicketClosed => "Its ticket was closed",
    }
}

/// What was done about a grant.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "act", rename_all = "snake_case")]
pub enum GrantAct {
    /// Access was asked for, and the customer's policy said who decides. Always the first.
    Requested { request: Box<AccessRequest>, terms: Terms },
    /// One side approved this much of it. For the customer's side a standing approval can: `rule` is its id.
    Approved {
        side: Side,
        extent: Extent,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        rule: Option<uuid::Uuid>,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        signature: Option<Box<Signature>>,
    },
    /// It was denied, by a person or by the customer's standing denial.
    Denied {
        reason: String,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        rule: Option<uuid::Uuid>,
    },
    /// The customer, or the provider's manager, asks before deciding. The time to decide runs on.
    Asked { question: String },
    /// Whoever asked for access says this to it.
    Answered { answer: String },
    /// Nobody decided in time.
    Expired,
    /// Whoever asked for access wants it no more.
    Withdrawn { reason: String },
    /// What was granted was taken back.
    Revoked { reason: String },
    /// What was granted is over.
    Ended { how: Ending },
    /// The customer looked afterwards at what nobody had approved beforehand.
    Reviewed { justified: bool, reason: String },
}
