//! A ticket that stands for more than one purpose.

use std::collections::BTreeMap;

use super::{
    Finding, FindingKey, FindingKind, Judged,
    rules::{accesses, days, moment},
};
use crate::{Purpose, Timestamp, filter::AccessFilter};

/// The accesses under a ticket for one purpose. Of what was corrected, the correction alone counts.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TicketUse {
    pub ticket: String,
    pub purpose: Purpose,
    pub first_at: Timestamp,
    pub last_at: Timestamp,
    /// The place of the first.
    pub sequence: i64,
    pub accesses: i64,
    /// How many of them say who asked for them.
    pub requested: i64,
}

/// Purposes that came to a ticket lately that stood for another.
pub(super) fn drifted(uses: &[TicketUse], judged: Judged) -> Vec<Finding> {
    let mut tickets = BTreeMap::<&str, Vec<&TicketUse>>::new();
    // What a source doesn't state is no other purpose.
    let counts = |one: &&TicketUse| {
        let is_near = one.last_at >= judged.looks_back_to() && one.first_at <= judged.until;
        one.purpose != Purpose::NotStated && one.accesses > 0 && is_near
    };
    for one in uses.iter().filter(counts) {
        tickets.entry(&one.ticket).or_default().push(one);
    }
    let mut findings = Vec::new();
    for (ticket, mut uses) in tickets {
        uses.sort_by_key(|one| (one.first_at, one.sequence));
        for (place, new) in uses.iter().enumerate().skip(1).filter(|(_, new)| new.first_at >= judged.from) {
            let until_then = &uses[..=place];
            let told = until_then.iter().map(|one| format!("“{}” at {}", one.purpose.label(), moment(one.first_at)));
            let told = told.collect::<Vec<_>>().join(", then for ");
            let all = until_then.iter().map(|one| one.accesses).sum();
            let words = format!("The ticket {ticket} stands for {told}. Under it were {} in all.", accesses(all));
            let filter = AccessFilter {
                words: Some(ticket.to_owned()),
                purpose: Some(new.purpose),
                ..days(new.first_at.day(), new.last_at.day())
            };
            findings.push(Finding {
                kind: FindingKind::PurposeDrift,
                key: FindingKey::of(FindingKind::PurposeDrift, &[ticket, new.purpose.code()]),
                at: new.first_at,
                words,
                accesses: vec![new.sequence],
                count: usize::try_from(new.accesses).unwrap_or_default(),
                filter: filter.to_query(),
            });
        }
    }
    findings
}
