//! Whether an access was made as it was granted.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

use super::{Extent, GrantState};
use crate::{
    Place, Purpose, Timestamp,
    access::{AccessEvent, Factor},
};

crate::closed_list! {
    /// What an access broke.
    pub enum Breach {
        NoGrant => "It names no grant",
        UnknownGrant => "It names a grant that you were never asked for",
        NotGranted => "What it names was not granted",
        ApprovalInvalid => "The approval that it rests on doesn’t verify",
        OutsideTime => "It was made outside the time of its grant",
        SomeoneElse => "Somebody else made it than the grant is for",
        Service => "It was made in another service than the grant is for",
        Resources => "It went beyond the resources that were granted",
        Operations => "It went beyond the operations that were granted",
        Purpose => "It had another purpose than the grant",
        Country => "It was made from a country that the grant doesn’t name, or doesn’t say from where",
        NoMultiFactor => "It was made without multi-factor authentication",
    }
}

/// What a grant allows, ready to be held against many accesses: reading the grant verified its signatures.
#[derive(Clone, Debug)]
pub struct Permit {
    accessor: String,
    service: String,
    purpose: Purpose,
    granted: Option<(Extent, Timestamp, Timestamp)>,
}

/// An access that was not made as it was granted: stored with it, and never taken away.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct AccessException {
    /// The access's place in the customer's record.
    pub sequence: i64,
    /// When it was found: with the access's recording.
    pub found_at: Timestamp,
    /// The grant that it names.
    pub grant: Option<String>,
    /// Never empty.
    pub breaches: BTreeSet<Breach>,
}

impl From<&GrantState> for Permit {
    fn from(grant: &GrantState) -> Self {
        let facts = grant.facts();
        Self {
            accessor: facts.request.accessor.clone(),
            service: facts.request.service.clone(),
            purpose: facts.request.purpose,
            granted: grant.granted().map(|(granted, until)| (granted.extent.clone(), granted.from, until)),
        }
    }
}

impl Permit {
    fn breaches(&self, access: &AccessEvent) -> BTreeSet<Breach> {
        let Some((extent, from, until)) = &self.granted else { return BTreeSet::from([Breach::NotGranted]) };
        let began = *from <= access.started_at && access.started_at < *until;
        let ended = access.ended_at.is_none_or(|at| at <= *until);
        let covered = |name: &str| extent.resources.iter().any(|pattern| pattern.covers(name));
        let country =
            matches!(access.accessor.physical_country, Place::Country(code) if extent.countries.contains(&code));
        let kept = [
            (Breach::OutsideTime, began && ended),
            (Breach::SomeoneElse, access.accessor.pseudonym.as_ref() == Some(&self.accessor)),
            (Breach::Service, access.service == self.service),
            (Breach::Resources, access.resources.iter().all(|resource| covered(&resource.name))),
            (Breach::Operations, access.operations.iter().all(|operation| extent.operations.contains(operation))),
            (Breach::Purpose, access.purpose == self.purpose),
            (Breach::Country, country),
        ];
        kept.into_iter().filter(|(_, kept)| !kept).map(|(breach, _)| breach).collect()
    }
}

/// What an access breaks, held against the grant that it names, where the customer was asked for one of that name.
pub fn judge(access: &AccessEvent, grant: Option<&Permit>) -> BTreeSet<Breach> {
    let mut breaches = match (&access.approval.grant, grant) {
        (None, _) => BTreeSet::from([Breach::NoGrant]),
        (Some(_), None) => BTreeSet::from([Breach::UnknownGrant]),
        (Some(_), Some(permit)) => permit.breaches(access),
    };
    if !is_multi_factor(&access.authentication.factors) {
        breaches.insert(Breach::NoMultiFactor);
    }
    breaches
}

/// A passkey checks who uses it, and is two factors by itself; else there must be two of different kinds (NIST
/// SP 800-63B-4, section 2.2).
fn is_multi_factor(factors: &[Factor]) -> bool {
    let kinds: BTreeSet<_> = factors.iter().filter_map(|factor| kind(*factor)).collect();
    factors.contains(&Factor::Passkey) || kinds.len() > 1
}

/// What a factor shows.
#[derive(PartialEq, Eq, PartialOrd, Ord)]
enum Kind {
    Known,
    Had,
    Inherent,
}

fn kind(factor: Factor) -> Option<Kind> {
    match factor {
        Factor::Password => Some(Kind::Known),
        Factor::Biometric => Some(Kind::Inherent),
        Factor::Passkey
        | Factor::SecurityKey
        | Factor::OneTimeCode
        | Factor::Push
        | Factor::Certificate
        | Factor::WorkloadIdentity => Some(Kind::Had),
        Factor::NotStated => None,
    }
}
