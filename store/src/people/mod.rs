//! Customers, the people of customers and of the provider, and how they sign in.

mod account;
mod administration;
mod ceremony;
mod confirmation;
mod invitation;
mod roster;
mod session;
mod sign_in;
mod single_sign_on;
mod throttle;

use domain::{CustomerId, MemberRole, PersonId, StaffRole, Zone};
use uuid::Uuid;

pub use account::{Account, AccountView, Authenticator, Factors, LastMeans, MailChoice, PasskeyLine, SessionLine};
pub use administration::{Administration, CustomerAdmin, DomainTaken, ProviderAdmin, Refusal};
pub use ceremony::{Ceremony, CeremonyKind};
pub use confirmation::{ConfirmationKind, ConfirmationLine, Confirmed, Confirmer, Effect};
pub(crate) use invitation::Invite;
pub use invitation::{Invitation, InvitationLink};
pub use roster::{CustomerLine, InvitationLine, PersonLine, Roster, TokenLine};
pub use session::{NotNow, Session, SessionToken};
pub(crate) use sign_in::totp_context;
pub use sign_in::{Client, PasskeyOwner, SignInAnswer, one_time_code};
pub use single_sign_on::{SsoIdentity, SsoNotSet, SsoRefusal, SsoSetup};

use crate::{
    CustomerAccess, CustomerFindings, CustomerGrants, CustomerInquiries, CustomerNotices, CustomerTerms, Result,
    StoreError, trail::Owner,
};

/// An organisation whose data the provider holds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Customer {
    pub id: CustomerId,
    /// The name that reporting systems use for it.
    pub name: String,
    /// The name that people use for it.
    pub display_name: String,
}

/// A person to be made.
pub struct NewPerson<'a> {
    pub email: &'a str,
    pub display_name: &'a str,
    pub password: &'a str,
}

/// Whoever a session belongs to.
#[derive(Clone)]
pub enum SignedIn {
    Member(Box<Member>),
    Staff(Staff),
}

/// A person of a customer, with the right to read that customer's record.
#[derive(Clone)]
pub struct Member {
    pub person: PersonId,
    pub display_name: String,
    pub role: MemberRole,
    /// In which they read times.
    pub zone: Zone,
    pub records: CustomerAccess,
    /// What the provider owes the customer to know.
    pub notices: CustomerNotices,
    /// What the customer asks and disputes about accesses.
    pub inquiries: CustomerInquiries,
    /// What stands out in the record.
    pub findings: CustomerFindings,
    pub terms: CustomerTerms,
    /// What is asked of the customer before its data is accessed, and what was accessed otherwise.
    pub grants: CustomerGrants,
    /// The customer's people, tokens and trail.
    pub roster: Roster,
}

/// A person of the provider. It has no way to a customer's record.
#[derive(Clone)]
pub struct Staff {
    pub person: PersonId,
    pub display_name: String,
    pub role: StaffRole,
    /// In which they read times.
    pub zone: Zone,
    /// The provider's people, tokens and trail.
    pub roster: Roster,
}

impl SignedIn {
    pub fn person(&self) -> PersonId {
        match self {
            Self::Member(member) => member.person,
            Self::Staff(staff) => staff.person,
        }
    }

    pub fn display_name(&self) -> &str {
        match self {
            Self::Member(member) => &member.display_name,
            Self::Staff(staff) => &staff.display_name,
        }
    }

    pub fn role(&self) -> domain::Role {
        match self {
            Self::Member(member) => domain::Role::Member(member.role),
            Self::Staff(staff) => domain::Role::Staff(staff.role),
        }
    }

    pub(crate) fn owner(&self) -> Owner {
        match self {
            Self::Member(member) => Owner::customer(member.records.customer().id),
            Self::Staff(_) => Owner::PROVIDER,
        }
    }
}

/// The zone that a row names: the person's choice, or what the browser said.
pub(crate) fn zone(name: Option<String>) -> Result<Option<Zone>> {
    let Some(name) = name else { return Ok(None) };
    let zone = Zone::parse(&name);
    zone.map(Some).map_err(|_| StoreError::Inconsistent { table: "person", column: "time_zone", value: name })
}

/// A customer's columns from an outer join.
pub(crate) type CustomerRow = (Option<Uuid>, Option<String>, Option<String>);

pub(crate) fn customer((id, name, display_name): CustomerRow) -> Option<Customer> {
    Some(Customer { id: CustomerId(id?), name: name?, display_name: display_name? })
}

/// A role as a row has it, of a customer's member or of the provider's staff.
pub(crate) fn role(of_customer: bool, code: String) -> Result<domain::Role> {
    domain::Role::from_code(of_customer, &code).ok_or(StoreError::Inconsistent {
        table: "person",
        column: "role",
        value: code,
    })
}
