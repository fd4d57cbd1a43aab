//! One access: an act of the provider's people or systems on a customer's data.

mod draft;
mod sentences;

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

#[cfg(test)]
pub(crate) use draft::tests;
pub use draft::{AccessDraft, AccessorDraft, ApprovalDraft, AuthenticationDraft, ResourceDraft, RevocationDraft};
pub use sentences::{Statement, statements};
pub(crate) use sentences::{duration, list, quoted};

use crate::{OperationSet, Permission, Place, Purpose, SearchText, Timestamp, grant::Breach};

/// An access as a provider's system reported it. It has passed the rules of [`AccessDraft::check`]; reading one
/// back with serde is for what the store kept.
///
/// Its texts are its own, or [`crate::Text`] where a stored record is only read through.
///
/// **Invariant:** the fields of this and of what it holds stand in the order of their names on the wire:
/// [`Self::canonical_bytes`] depends on it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct AccessEvent<T = String> {
    pub accessor: Accessor<T>,
    pub approval: Approval<T>,
    pub authentication: Authentication<T>,
    /// The id, in the same source, of the event that this one corrects. The corrected record stays as it was.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub corrects: Option<T>,
    #[serde(default = "Vec::new", skip_serializing_if = "Vec::is_empty")]
    pub data_categories: Vec<T>,
    /// Whether data was actually read, where that is known.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub data_read: Option<bool>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub ended_at: Option<Timestamp>,
    /// The reporting system's own name for this event, unique within `source`.
    pub id: T,
    /// Why, in words; none where the source doesn't state it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub justification: Option<T>,
    /// Never empty.
    pub operations: OperationSet,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub permissions: Vec<Permission>,
    pub purpose: Purpose,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub region: Option<T>,
    /// On whose request.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub requested_by: Option<T>,
    /// Never empty.
    pub resources: Vec<Resource<T>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub revocation: Option<Revocation<T>>,
    pub service: T,
    /// The system or log that reported it.
    pub source: T,
    pub started_at: Timestamp,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub ticket: Option<T>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub volume_bytes: Option<u64>,
}

/// Who acted.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Accessor<T = String> {
    /// None where the source doesn't state it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub employer: Option<T>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub employer_kind: Option<EmployerKind>,
    pub office_country: Place,
    pub physical_country: Place,
    /// The same person always has the same pseudonym; it isn't a name.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub pseudonym: Option<T>,
    /// None where the source doesn't state it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub role: Option<T>,
}

crate::closed_list! {
    /// Whose employee an accessor is.
    pub enum EmployerKind {
        Provider => "the provider",
        Subprocessor => "a subprocessor",
    }
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Resource<T = String> {
    pub name: T,
    #[serde(rename = "type", skip_serializing_if = "Option::is_none")]
    pub kind: Option<T>,
}

/// By whose permission.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Approval<T = String> {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub approved_at: Option<Timestamp>,
    #[serde(default = "Vec::new", skip_serializing_if = "Vec::is_empty")]
    pub approvers: Vec<T>,
    /// The grant or request under which access was given, in the provider's own naming. A grant of the portal's has two
    /// names: its id, and the reference under which it was asked for.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub grant: Option<T>,
    pub kind: ApprovalKind,
    /// Why nobody approved beforehand; never missing where [`ApprovalKind::None`] is said.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reason: Option<T>,
}

crate::closed_list! {
    /// Who approved an access beforehand.
    pub enum ApprovalKind {
        Customer => "Approved by you",
        Provider => "Approved by the provider",
        CustomerAndProvider => "Approved by you and the provider",
        Standing => "Standing approval",
        None => "Not approved beforehand",
        NotStated => "Not stated",
    }
}

/// How the accessor proved who it is.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Authentication<T = String> {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub address_class: Option<AddressClass>,
    /// Never empty.
    pub factors: Vec<Factor>,
    /// The tool or gateway used, such as a bastion.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub tool: Option<T>,
}

crate::closed_list! {
    pub enum Factor {
        Password => "password",
        Passkey => "passkey",
        SecurityKey => "security key",
        OneTimeCode => "one-time code",
        Push => "push confirmation",
        Certificate => "certificate",
        Biometric => "biometric",
        WorkloadIdentity => "workload identity",
        NotStated => "not stated",
    }
}

crate::closed_list! {
    /// From what kind of network.
    pub enum AddressClass {
        CorporateNetwork => "the provider’s own network",
        Vpn => "a VPN",
        DataCentre => "a data centre",
        PublicInternet => "the public internet",
    }
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Revocation<T = String> {
    pub revoked_at: Timestamp,
    pub revoked_by: T,
}

impl AccessEvent {
    /// The bytes that the log commits to: RFC 8785 canonical JSON, so that anyone can make them again.
    ///
    /// serde_json writes strings and integers as the RFC asks, and fields in the order of their declaration, which is
    /// that of their names; sorting them at each access would take ten times as long.
    pub fn canonical_bytes(&self) -> Result<Vec<u8>, serde_json::Error> {
        serde_json::to_vec(self)
    }

    /// What full-text search looks at: justification, ticket and resources.
    pub fn search_text(&self) -> SearchText {
        let resources =
            self.resources.iter().flat_map(|resource| [Some(resource.name.as_str()), resource.kind.as_deref()]);
        SearchText::new([self.justification.as_deref(), self.ticket.as_deref()].into_iter().chain(resources).flatten())
    }

    /// `orders-db (database) and 2 more`.
    pub fn resource_summary(&self) -> String {
        let Some(first) = self.resources.first() else { return String::new() };
        match self.resources.len() {
            1 => first.to_string(),
            more => format!("{first} and {} more", more - 1),
        }
    }
}

impl std::fmt::Display for Resource {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match &self.kind {
            Some(kind) => write!(f, "{} ({kind})", self.name),
            None => f.write_str(&self.name),
        }
    }
}

/// An access at its place in one customer's record.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct AccessRecord<T = String> {
    /// 0 for the first record of this customer, without gaps.
    pub sequence: i64,
    pub recorded_at: Timestamp,
    pub event: AccessEvent<T>,
    /// The place of the record that corrects this one, if one does.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub corrected_by: Option<i64>,
    /// The place of the record that this one corrects.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub corrects: Option<i64>,
    /// What it broke of what was granted, found as it was recorded; nothing where it was made as it was granted.
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    pub breaches: BTreeSet<Breach>,
}
