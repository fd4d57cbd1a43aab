//! A demand's register in words.

use domain::demand::{Act, OrderEnd, Verdict};

/// When an order ends, in words.
pub fn ends(end: &OrderEnd) -> String {
    match end {
        OrderEnd::OnDate { date } => format!("to the end of {}", date.format("%-d %B %Y")),
        OrderEnd::OnEvent { description, review_on } => {
            format!("until {description}; looked at again by {}", review_on.format("%-d %B %Y"))
        }
        OrderEnd::Indefinite { review_on } => {
            format!("without an end; looked at again by {}", review_on.format("%-d %B %Y"))
        }
    }
}

/// What was done, and why.
pub fn told(act: &Act) -> (String, String) {
    let say = |what: &str, why: &str| (what.to_owned(), why.to_owned());
    match act {
        Act::Registered { intake } => say("Registered the demand", &intake.description),
        Act::Answered { item, verdict, reason } => {
            let verdict = match verdict {
                Verdict::Met => "met",
                Verdict::NotMet => "not met",
                Verdict::NotApplicable => "does not apply",
            };
            (format!("{}: {verdict}", item.label()), reason.clone())
        }
        Act::Resolved { identifier } => {
            let many = identifier.customers.len();
            (
                format!("Found {identifier} to lead to {many} customer{}", if many == 1 { "" } else { "s" }),
                String::new(),
            )
        }
        Act::BelongsToNobody { identifier, reason } => {
            (format!("Found {identifier} to be no customer’s"), reason.clone())
        }
        Act::Narrowed { sought, identifiers, reason } => {
            let named = identifiers.iter().map(ToString::to_string).collect::<Vec<_>>().join(", ");
            (format!("Had it narrowed to {} of {named}", sought.labels()), reason.clone())
        }
        Act::RedirectAttempted { how } => say("Asked the authority to turn to the customer", how),
        Act::RedirectAnswered { accepted: true, answer } => say("The authority turns to the customer", answer),
        Act::RedirectAnswered { accepted: false, answer } => say("The authority won’t turn to the customer", answer),
        Act::DangerRecorded { danger } => say("Recorded the danger", danger),
        Act::Challenged { grounds } => say("Challenged the demand", grounds),
        Act::ChallengeDecided { outcome, reason } => {
            (format!("The challenge: {}", outcome.label().to_lowercase()), reason.clone())
        }
        Act::ReviewFinished => say("Finished the review", ""),
        Act::Reopened { reason } => say("Took it back into review", reason),
        Act::Rejected { reason } => say("Rejected the demand", reason),
        Act::Withdrawn { reason } => say("The authority withdrew it", reason),
        Act::Redirected { reason } => say("Closed it as redirected to the customer", reason),
        Act::NoDataFound { reason } => say("Found no such data", reason),
        Act::Proposed { manifest } => (
            format!("Proposed to disclose {} to {}", manifest.kinds().labels(), manifest.recipient()),
            manifest.means().to_owned(),
        ),
        Act::SignedOff { reason } => say("Signed off the disclosure", reason),
        Act::Disclosed => say("Disclosed what was signed off", ""),
        Act::EmergencyReviewed { justified: true, reason } => say("Found the emergency disclosure justified", reason),
        Act::EmergencyReviewed { justified: false, reason } => {
            say("Found the emergency disclosure not justified", reason)
        }
        Act::Preserved => say("Began to preserve the data", ""),
        Act::PreservationExtended => say("Extended the preservation", ""),
        Act::ProductionAwaited { confirmation } => {
            say("The authority confirmed that a production order follows: the data is kept until then", confirmation)
        }
        Act::PreservationEnded { reason } => say("Ended the preservation", reason),
        Act::Closed => say("Closed the demand", ""),
        Act::OrderIssued { order } => (
            format!("Recorded an order not to tell, {} ({})", ends(&order.end), order.zone),
            format!("{}, {}, {}", order.issued_by, order.basis, order.reference),
        ),
        Act::OrderExtended { order, end } => (format!("Order {} was extended {}", order + 1, ends(end)), String::new()),
        Act::OrderChallenged { order, grounds } => (format!("Challenged order {}", order + 1), grounds.clone()),
        Act::OrderChallengeDecided { order, outcome, reason } => {
            (format!("The challenge to order {}: {}", order + 1, outcome.label().to_lowercase()), reason.clone())
        }
        Act::OrderReviewed { order, next, reason } => {
            (format!("Looked at order {} again; next by {}", order + 1, next.format("%-d %B %Y")), reason.clone())
        }
        Act::OrderEnded { order, how, reason } => {
            (format!("Order {}: {}", order + 1, how.label().to_lowercase()), reason.clone())
        }
        Act::Notified { about, customers } => {
            let many = customers.len();
            (
                format!("Told {many} customer{}: {}", if many == 1 { "" } else { "s" }, about.label().to_lowercase()),
                String::new(),
            )
        }
    }
}
