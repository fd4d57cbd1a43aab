//! Grants: permission for an access, asked for and decided before it, limited in time and in what may be done.
//!
//! A grant is a register of acts that is only added to. [`Grant`] is what it makes, with its stage as a type: only what
//! waits can be approved, only what was granted revoked. A register that was kept is replayed through the same stages
//! ([`GrantState::replay`]). A customer's approval can be signed with a key that the provider doesn't hold: over
//! [`statement`], the exact request and what of it was granted.

mod act;
mod judge;
mod policy;
mod refusal;
mod request;
mod sentences;
mod signature;
mod stage;
#[cfg(test)]
mod tests;

pub use self::{
    act::{Actor, Ending, GrantAct, GrantLine, Side},
    judge::{AccessException, Breach, Permit, judge},
    policy::{
        Approvers, DEFAULT_EXPIRY, Delegate, EMERGENCY_ACCESS, LONGEST_ACCESS, LONGEST_EXPIRY, MOST_ACCESS, Policy,
        PolicyVersion, QuietHours, Rule, SHORTEST_ACCESS, SHORTEST_EXPIRY, StandingRule, Terms, Window,
    },
    refusal::{GrantRefusal, GrantReplayError},
    request::{AccessRequest, Extent, RequestDraft, ResourcePattern},
    sentences::{countries, lasting, operations, reach, resources, statements, who_approves},
    signature::{PublicKey, Signature, SignatureProblem, statement},
    stage::{Approval, Facts, Grant, GrantFile, GrantState, GrantStatus, Granted, Over, Waiting},
};
