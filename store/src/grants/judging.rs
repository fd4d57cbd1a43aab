//! Holding accesses against grants, as they are recorded.

use std::collections::{BTreeMap, BTreeSet};

use domain::{
    CustomerId, GrantId, Timestamp,
    access::AccessEvent,
    grant::{AccessException, Breach, GrantLine, GrantState, Permit, judge},
};
use serde_json::{Value, json};
use sqlx::types::Json;
use uuid::Uuid;

use super::{CurrentPolicy, PolicyRow, current};

/// Exceptions whose places a webhook is told; it is told how many there are.
const MOST_TOLD: usize = 100;

/// What accesses are held against, as the database has it.
pub(crate) struct Rules {
    pub policy: Option<PolicyRow>,
    /// By the names that accesses gave them.
    pub grants: Vec<(String, Uuid, Json<Vec<GrantLine>>)>,
}

/// A grant as an access names it: by its id, or by the reference under which it was asked for.
pub(crate) struct Named {
    pub name: String,
    pub id: Option<Uuid>,
}

/// The id of the grant of a customer (`$1`) that has this id, or else alone has this name for its reference.
macro_rules! named_grant {
    ($id:literal, $name:literal) => {
        concat!(
            "coalesce(
                 (SELECT grant_id FROM access_grant WHERE customer_id = $1 AND grant_id = ",
            $id,
            "),
                 (SELECT grant_id FROM access_grant AS one WHERE customer_id = $1 AND reference = ",
            $name,
            " AND NOT EXISTS (SELECT 1 FROM access_grant AS other
                              WHERE other.customer_id = $1 AND other.reference = one.reference
                                AND other.grant_id <> one.grant_id)))"
        )
    };
}
pub(crate) use named_grant;

impl Named {
    pub fn new(name: &str) -> Self {
        Self { name: name.to_owned(), id: name.parse().ok() }
    }
}

/// What accesses of one customer are held against.
pub(crate) struct Judge {
    policy: CurrentPolicy,
    /// Nothing where the register can't be read, or an approval in it doesn't verify.
    permits: BTreeMap<String, Option<Permit>>,
}

impl Judge {
    /// The grants that accesses name, to be read for them.
    pub fn named<'a>(events: impl Iterator<Item = &'a AccessEvent>) -> Vec<Named> {
        let names = events.filter_map(|event| event.approval.grant.as_ref()).collect::<BTreeSet<_>>();
        names.into_iter().map(|name| Named::new(name)).collect()
    }

    pub fn new(customer: CustomerId, rules: Rules) -> Self {
        let permit = |(name, id, Json(lines)): (String, Uuid, Json<Vec<GrantLine>>)| {
            (name, GrantState::replay(GrantId(id), customer, lines).ok().map(|state| Permit::from(&state)))
        };
        Self {
            policy: rules.policy.map(current).unwrap_or_default(),
            permits: rules.grants.into_iter().map(permit).collect(),
        }
    }

    /// What an access broke, if it was to be held against a grant: once the customer has set a policy, every access that
    /// began since then is; before that, one that names a grant of the customer's.
    pub fn exception(&self, sequence: i64, event: &AccessEvent, now: Timestamp) -> Option<AccessException> {
        let permit = event.approval.grant.as_ref().and_then(|name| self.permits.get(name));
        let governed = self.policy.governed_from.is_some_and(|from| event.started_at >= from);
        if !governed && permit.is_none() {
            return None;
        }
        let mut breaches = match permit {
            Some(None) => BTreeSet::from([Breach::ApprovalInvalid]),
            known => judge(event, known.and_then(Option::as_ref)),
        };
        if self.policy.policy.sources_without_grants.contains(&event.source) {
            breaches.remove(&Breach::NoGrant);
            // What such a system calls a grant is a name of its own.
            breaches.remove(&Breach::UnknownGrant);
        }
        let grant = event.approval.grant.clone();
        (!breaches.is_empty()).then_some(AccessException { sequence, found_at: now, grant, breaches })
    }
}

/// What webhooks are told of exceptions.
pub(crate) fn told(exceptions: &[i64]) -> Value {
    json!({
        "accesses": exceptions.len(),
        "sequences": exceptions.iter().take(MOST_TOLD).collect::<Vec<_>>(),
    })
}

/// Tells a customer's people and webhooks of accesses that were not made as they were granted, in the transaction that
/// records them.
macro_rules! tell_exceptions {
    ($store:expr, $transaction:ident, $customer:expr, $exceptions:expr, $now:expr) => {{
        let exceptions: &[i64] = $exceptions;
        if let Some(last) = exceptions.last() {
            let (customer, accesses) = ($customer, exceptions.len() as i64);
            let content = $crate::MailContent::Exceptions { customer, accesses, last: *last };
            $crate::mail::mail_wanted!($store, $transaction, customer.0, "mail_access", content.clone(), $now);
            let owner = $crate::trail::Owner::customer(customer);
            let event = domain::webhook::WebhookEvent::AccessException;
            $crate::webhooks::tell_webhooks!(
                $store,
                $transaction,
                owner,
                event,
                $crate::grants::told_exceptions(exceptions),
                $now
            );
        }
    }};
}
pub(crate) use tell_exceptions;
