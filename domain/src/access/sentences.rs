//! One access told in sentences that a person understands.

use super::{AccessEvent, Approval, ApprovalKind, EmployerKind, Factor};
use crate::{Operation, Place, Zone};

/// The answer to one question about an access.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Statement {
    pub question: &'static str,
    pub answer: String,
}

/// Who, why, what, when, from where, by whose approval, and what came after. What the source didn't state is said
/// to be not stated. Times are told in the reader's zone.
pub fn statements(event: &AccessEvent, zone: Zone) -> Vec<Statement> {
    [
        ("Who accessed it?", who(event)),
        ("Why?", why(event)),
        ("What was accessed?", what(event)),
        ("When?", when(event, zone)),
        ("From where?", whence(event)),
        ("By whose approval?", approval(&event.approval, zone)),
        ("Is the access revoked?", revoked(event, zone)),
    ]
    .into_iter()
    .map(|(question, answer)| Statement { question, answer })
    .collect()
}

fn who(event: &AccessEvent) -> String {
    let accessor = &event.accessor;
    let name = accessor.pseudonym.as_ref().map_or_else(String::new, |name| format!(", known here as {name}"));
    let role = match &accessor.role {
        Some(role) => format!("Somebody in the role “{role}”"),
        None => "Somebody whose role the source doesn’t state".to_owned(),
    };
    let employer = match (&accessor.employer, accessor.employer_kind) {
        (Some(employer), Some(EmployerKind::Subprocessor)) => format!("employed by {employer}, a subprocessor"),
        (Some(employer), Some(EmployerKind::Provider) | None) => format!("employed by {employer}"),
        (None, Some(kind)) => format!("employed by {}", kind.label()),
        (None, None) => "employed by whom is not stated".to_owned(),
    };
    let office = match accessor.office_country {
        Place::NotStated => "The country of their office is not stated.".to_owned(),
        place => format!("Country of their office: {}.", place.name()),
    };
    format!("{role}{name}, {employer}. {office}")
}

fn why(event: &AccessEvent) -> String {
    let reason = match &event.justification {
        Some(justification) => quoted(justification),
        None => "No reason in words is stated.".to_owned(),
    };
    let mut text = format!("{} {reason}", event.purpose.explanation());
    if let Some(ticket) = &event.ticket {
        text.push_str(&format!(" The ticket is {ticket}."));
    }
    if let Some(requester) = &event.requested_by {
        text.push_str(&format!(" It was requested by {requester}."));
    }
    text
}

pub(crate) fn quoted(justification: &str) -> String {
    let stop = if justification.ends_with(['.', '!', '?']) { "" } else { "." };
    format!("The reason given: “{justification}{stop}”")
}

fn what(event: &AccessEvent) -> String {
    let resources = event.resources.iter().map(ToString::to_string).collect::<Vec<_>>();
    let mut text = format!(
        "{} in {}: {}.",
        list(event.operations.iter().map(past_tense)),
        event.service,
        list(resources.iter().map(String::as_str))
    );
    capitalise(&mut text);
    if let Some(region) = &event.region {
        text.push_str(&format!(" The region is {region}."));
    }
    if !event.data_categories.is_empty() {
        text.push_str(&format!(" The data there: {}.", list(event.data_categories.iter().map(String::as_str))));
    }
    text.push_str(match event.data_read {
        Some(true) => " Data was read.",
        Some(false) => " No data was read.",
        None => " Whether data was read is not stated.",
    });
    if let Some(volume) = event.volume_bytes {
        text.push_str(&format!(" The volume was {}.", bytes(volume)));
    }
    text
}

fn when(event: &AccessEvent, zone: Zone) -> String {
    let started = event.started_at;
    match event.ended_at {
        Some(ended) => format!(
            "{}, which is {}.",
            zone.period(started, ended),
            duration((ended.micros() - started.micros()) / 1_000_000)
        ),
        None => format!("It began on {}. Its end is not stated.", zone.long(started)),
    }
}

fn whence(event: &AccessEvent) -> String {
    let place = match event.accessor.physical_country {
        Place::NotStated => "The country in which they sat is not stated".to_owned(),
        place => format!("Country in which they sat: {}", place.name()),
    };
    let network = event
        .authentication
        .address_class
        .map_or_else(String::new, |class| format!(", connected from {}", class.label()));
    let tool = event.authentication.tool.as_ref().map_or_else(String::new, |tool| format!(", through {tool}"));
    let factors = match event.authentication.factors.as_slice() {
        [Factor::NotStated] => "How they proved who they are is not stated.".to_owned(),
        factors => format!("They proved who they are by {}.", list(factors.iter().map(|factor| factor.label()))),
    };
    format!("{place}{network}{tool}. {factors}")
}

fn approval(approval: &Approval, zone: Zone) -> String {
    let mut text = match approval.kind {
        ApprovalKind::Customer => "You approved it beforehand".to_owned(),
        ApprovalKind::Provider => "The provider approved it beforehand".to_owned(),
        ApprovalKind::CustomerAndProvider => "You and the provider approved it beforehand".to_owned(),
        ApprovalKind::Standing => "A standing approval covered it".to_owned(),
        ApprovalKind::None => "Nobody approved it beforehand".to_owned(),
        ApprovalKind::NotStated => "The source doesn't state who approved it".to_owned(),
    };
    if !approval.approvers.is_empty() {
        text.push_str(&format!(" ({})", list(approval.approvers.iter().map(String::as_str))));
    }
    if let Some(time) = approval.approved_at {
        text.push_str(&format!(" on {}", zone.long(time)));
    }
    if let Some(grant) = &approval.grant {
        text.push_str(&format!(", under {grant}"));
    }
    text.push('.');
    if let Some(reason) = &approval.reason {
        text.push_str(&format!(" {}", quoted(reason)));
    }
    text
}

fn revoked(event: &AccessEvent, zone: Zone) -> String {
    match &event.revocation {
        Some(revocation) => {
            format!("Yes, on {} by {}.", zone.long(revocation.revoked_at), revocation.revoked_by)
        }
        None => "No revocation has been reported.".to_owned(),
    }
}

fn past_tense(operation: Operation) -> &'static str {
    match operation {
        Operation::Read => "read",
        Operation::List => "listed",
        Operation::Export => "exported",
        Operation::Write => "written",
        Operation::Create => "created",
        Operation::Delete => "deleted",
        Operation::Configure => "configured",
        Operation::Execute => "executed",
        Operation::Decrypt => "decrypted",
        Operation::NotStated => "what was done is not stated; it was done",
    }
}

fn capitalise(text: &mut str) {
    if let Some(first) = text.get_mut(..1) {
        first.make_ascii_uppercase();
    }
}

/// `a`, `a and b`, `a, b and c`.
pub(crate) fn list<'a>(items: impl IntoIterator<Item = &'a str>) -> String {
    let items = items.into_iter().collect::<Vec<_>>();
    match items.split_last() {
        None => String::new(),
        Some((last, [])) => (*last).to_owned(),
        Some((last, rest)) => format!("{} and {last}", rest.join(", ")),
    }
}

pub(crate) fn duration(seconds: i64) -> String {
    let unit = |count: i64, name: &str| format!("{count} {name}{}", if count == 1 { "" } else { "s" });
    match seconds {
        0 => "less than a second".to_owned(),
        1..60 => unit(seconds, "second"),
        60..3_600 => unit(seconds / 60, "minute"),
        _ if seconds % 3_600 < 60 => unit(seconds / 3_600, "hour"),
        _ => format!("{} and {}", unit(seconds / 3_600, "hour"), unit(seconds % 3_600 / 60, "minute")),
    }
}

fn bytes(volume: u64) -> String {
    const UNITS: [&str; 5] = ["kB", "MB", "GB", "TB", "PB"];
    if volume < 1_000 {
        return format!("{volume} bytes");
    }
    let (mut size, mut unit) = (volume as f64 / 1_000.0, 0);
    while size >= 999.95 && unit + 1 < UNITS.len() {
        size /= 1_000.0;
        unit += 1;
    }
    format!("{size:.1} {}", UNITS[unit])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lists_read_as_english() {
        assert_eq!(list(["a"]), "a");
        assert_eq!(list(["a", "b"]), "a and b");
        assert_eq!(list(["a", "b", "c"]), "a, b and c");
    }

    #[test]
    fn durations_and_volumes_read_as_english() {
        assert_eq!(duration(1), "1 second");
        assert_eq!(duration(90 * 60), "1 hour and 30 minutes");
        assert_eq!(duration(7_200), "2 hours");
        assert_eq!(bytes(999), "999 bytes");
        assert_eq!(bytes(1_500_000), "1.5 MB");
    }
}
