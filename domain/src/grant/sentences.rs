//! A request for access, told in sentences that a person understands before it decides.

use super::{Approvers, Extent, Facts, Side, Terms};
use crate::{
    Zone,
    access::{Statement, duration, list, quoted},
};

/// Who wants access, why, to what, from where, for how long, and who must approve it: in the customer's words. Times
/// are told in the reader's zone.
pub fn statements(facts: &Facts, viewer: Side, zone: Zone) -> Vec<Statement> {
    let (request, extent) = (&facts.request, facts.asked_extent());
    let asked_by = facts.asked_by().map_or("", |actor| &actor.name);
    let from = if facts.terms.approvers == Approvers::Nobody { "when it was asked for" } else { "the last approval" };
    [
        (
            "Who wants access?",
            format!(
                "Somebody in the role “{}”, known here as {}, employed by {}.",
                request.role, request.accessor, request.employer
            ),
        ),
        ("Why?", why(facts)),
        ("To what?", format!("{} in {}: {}.", operations(&extent), request.service, resources(&extent))),
        ("From where?", format!("Only from {}.", countries(&extent))),
        ("For how long?", format!("For {} from {} on, and no longer.", lasting(extent.minutes), from)),
        ("When was it asked for?", format!("On {}, by {asked_by}.", zone.long(facts.asked_at()))),
        ("Who must approve it?", who_approves(&facts.terms, viewer)),
    ]
    .into_iter()
    .map(|(question, answer)| Statement { question, answer })
    .collect()
}

/// How long so many minutes are: `2 hours`, `4 days`.
pub fn lasting(minutes: u32) -> String {
    const DAY: u32 = 24 * 60;
    if minutes > DAY && minutes.is_multiple_of(DAY) {
        return format!("{} days", minutes / DAY);
    }
    duration(i64::from(minutes) * 60)
}

/// `Read and export`.
pub fn operations(extent: &Extent) -> String {
    let text = list(extent.operations.iter().map(|operation| operation.label())).to_lowercase();
    let mut letters = text.chars();
    letters.next().map_or_else(String::new, |first| first.to_uppercase().chain(letters).collect())
}

/// Each resource, and what a `*` at an end means.
pub fn resources(extent: &Extent) -> String {
    let told = extent.resources.iter().map(|resource| match resource.as_str().strip_suffix('*') {
        Some(beginning) => format!("everything whose name begins with “{beginning}”"),
        None => resource.as_str().to_owned(),
    });
    list(told.collect::<Vec<_>>().iter().map(String::as_str))
}

/// `Germany and Ireland`.
pub fn countries(extent: &Extent) -> String {
    list(extent.countries.iter().map(|country| country.name()))
}

/// How far something reaches, without its full stop.
pub fn reach(extent: &Extent) -> String {
    let (operations, resources) = (operations(extent), resources(extent));
    format!("{operations}: {resources}; from {}; for {}", countries(extent), lasting(extent.minutes))
}

fn why(facts: &Facts) -> String {
    let request = &facts.request;
    let mut text = format!("The purpose: {}. {}", request.purpose.label(), quoted(&request.justification));
    if let Some(ticket) = &request.ticket {
        text.push_str(&format!(" The ticket is {ticket}."));
    }
    text
}

/// Who has to approve, as the policy of the day on which it was asked for said; told to one side.
pub fn who_approves(terms: &Terms, viewer: Side) -> String {
    let theirs = viewer == Side::Customer;
    let of = if theirs { "of yours" } else { "of the customer’s" };
    let customer = if terms.customer_approvals > 1 {
        format!("Two different approvers {of}, because a resource is sensitive")
    } else {
        format!("One approver {of}")
    };
    let mut text = match terms.approvers {
        Approvers::Nobody if theirs => {
            return "Nobody beforehand. You are told of it at once, and review it afterwards.".to_owned();
        }
        Approvers::Nobody => {
            return "Nobody beforehand. The customer is told of it at once, and reviews it afterwards.".to_owned();
        }
        Approvers::Provider => "A manager of the provider.".to_owned(),
        Approvers::Customer => format!("{customer}."),
        Approvers::Both => format!("{customer}, and a manager of the provider."),
    };
    if terms.signature_required && terms.customer_approvals > 0 {
        text.push_str(if theirs {
            " Your approval counts only if it is signed with a key of your own."
        } else {
            " The customer’s approval counts only if it is signed with a key of its own."
        });
    }
    text
}
