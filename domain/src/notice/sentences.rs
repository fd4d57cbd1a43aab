//! Notices told in sentences that a person understands.

use chrono::{NaiveDate, TimeDelta};

use super::{
    GovernmentAccess, LawfulDemand, NoticeContent, PersonalDataBreach, PolicyChange, RecordCorrection,
    SubprocessorChange, TransferTermsChange,
};
use crate::{
    Timestamp, Zone,
    access::{Statement, list},
    demand::{ChallengeOutcome, DataKinds, Delay, NoticeAbout, Outcome},
};

impl NoticeContent {
    /// One line that says what it is about.
    pub fn title(&self) -> String {
        match self {
            Self::LawfulDemand(demand) => match demand.about {
                NoticeAbout::Demand => format!("{} demands data of yours", demand.authority),
                NoticeAbout::Outcome => format!("What became of a demand by {} for data of yours", demand.authority),
            },
            Self::PersonalDataBreach(_) => "A breach of personal data".to_owned(),
            Self::SubprocessorChange(change) => {
                format!("{}, a subprocessor: {}", change.name, change.change.label().to_lowercase())
            }
            Self::TransferTermsChange(change) => format!("New terms for transfers to {}", change.country.name()),
            Self::PolicyChange(change) => format!("A change of “{}”", change.policy),
            Self::GovernmentAccess(_) => "Access to data of yours by a government".to_owned(),
            Self::RecordCorrection(correction) => {
                format!("Record {} of your access record is corrected", correction.sequence)
            }
        }
    }

    /// What it says, question by question. Times are told in the reader's zone, days in the notice's own.
    pub fn statements(&self, issued_at: Timestamp, zone: Zone) -> Vec<Statement> {
        let mut statements = match self {
            Self::LawfulDemand(demand) => lawful_demand(demand, zone),
            Self::PersonalDataBreach(breach) => personal_data_breach(breach, zone),
            Self::SubprocessorChange(change) => subprocessor_change(change),
            Self::TransferTermsChange(change) => transfer_terms_change(change),
            Self::PolicyChange(change) => policy_change(change),
            Self::GovernmentAccess(access) => government_access(access, zone),
            Self::RecordCorrection(correction) => record_correction(correction),
        };
        statements.push(said("What can you do now?", self.what_now(issued_at, zone)));
        statements
    }

    fn what_now(&self, issued_at: Timestamp, zone: Zone) -> String {
        match self {
            Self::LawfulDemand(_) => {
                "Read the copy of the demand, ask the provider, and turn to the authority or to a court yourself."
                    .to_owned()
            }
            Self::PersonalDataBreach(_) => {
                let until = self.due_by(issued_at).map_or_else(String::new, |until| zone.long(until));
                format!(
                    "Acknowledge that you know. You must tell your own authority within 72 hours, by {until}, unless the \
                     breach is unlikely to be a risk to people (GDPR, article 33(1))."
                )
            }
            Self::SubprocessorChange(change) => {
                format!("Object until the end of {}. {}", on(change.object_until, change.zone), change.how_to_object)
            }
            Self::TransferTermsChange(change) => {
                format!("Answer whether you agree, until the end of {}.", on(change.answer_until, change.zone))
            }
            Self::PolicyChange(change) => format!("Acknowledge it before {}, or ask.", on(change.from, change.zone)),
            Self::GovernmentAccess(_) => {
                "Acknowledge that you know, and ask the provider what more it knows.".to_owned()
            }
            Self::RecordCorrection(_) => "Acknowledge it. Both records stay, and proofs of them still hold.".to_owned(),
        }
    }
}

fn said(question: &'static str, answer: impl Into<String>) -> Statement {
    Statement { question, answer: answer.into() }
}

fn on(day: NaiveDate, zone: Zone) -> String {
    format!("{} ({zone})", day.format("%-d %B %Y"))
}

fn kinds(kinds: DataKinds) -> String {
    let labels = kinds.iter().map(|kind| kind.label().to_lowercase()).collect::<Vec<_>>();
    list(labels.iter().map(String::as_str))
}

/// `3 days`, `5 hours`: how long something took, rounded down.
pub(super) fn length(time: TimeDelta) -> String {
    let (count, unit) = if time.num_days() > 1 { (time.num_days(), "day") } else { (time.num_hours(), "hour") };
    match count {
        0 => "less than an hour".to_owned(),
        1 => format!("1 {unit}"),
        _ => format!("{count} {unit}s"),
    }
}

fn lawful_demand(demand: &LawfulDemand, zone: Zone) -> Vec<Statement> {
    let emergency = if demand.emergency { " It says that somebody is in danger." } else { "" };
    let mut statements = vec![
        said(
            "What happened?",
            format!(
                "The provider received a demand for data of yours on {}. The authority’s reference is {}.{emergency}",
                zone.long(demand.received_at),
                demand.reference
            ),
        ),
        said("Which authority?", format!("{}, {}.", demand.authority, demand.country.name())),
        said("On what legal basis?", format!("{}: {}.", demand.process.label(), demand.process.source())),
        said(
            "Which of your data?",
            format!(
                "It asks for {}, and names: {}.",
                kinds(demand.requested),
                list(demand.identifiers.iter().map(String::as_str))
            ),
        ),
        said("What did the provider do about it?", done(demand)),
        said("What was disclosed?", disclosed(demand, zone)),
    ];
    statements.extend(demand.delay.as_ref().map(|delay| said("Why do you hear of it only now?", delayed(delay, zone))));
    statements
}

fn done(demand: &LawfulDemand) -> String {
    let reviewed = match (demand.reviewed, demand.authentic, demand.about) {
        (true, ..) => "The provider’s legal team reviewed it.",
        (false, true, NoticeAbout::Demand) => "The provider’s legal team found it to be authentic, and reviews it.",
        (false, true, NoticeAbout::Outcome) => {
            "The provider’s legal team found it to be authentic; it ended before the review did."
        }
        (false, false, _) => "The provider’s legal team had not found it to be authentic when it ended.",
    };
    let mut done = vec![reviewed.to_owned()];
    if demand.redirect_attempted {
        done.push("It asked the authority to turn to you instead.".to_owned());
    }
    if let Some(narrowed) = demand.narrowed_to {
        done.push(format!("It had the demand narrowed; that leaves {}.", kinds(narrowed)));
    }
    for outcome in &demand.challenges {
        done.push(match outcome {
            None => "It challenges the demand; that is not decided yet.".to_owned(),
            Some(outcome) => format!("It challenged the demand; that was {}.", outcome.label().to_lowercase()),
        });
    }
    if demand.challenges.contains(&Some(ChallengeOutcome::Upheld)) {
        done.push("So nothing is owed to the authority.".to_owned());
    }
    done.join(" ")
}

fn disclosed(demand: &LawfulDemand, zone: Zone) -> String {
    let items = demand.disclosed.iter().map(|item| {
        let records = if item.records == 1 { "1 record".to_owned() } else { format!("{} records", item.records) };
        format!(
            "{} ({}, {records}, found by {})",
            item.description.trim_end_matches('.'),
            item.kind.label().to_lowercase(),
            item.identifier
        )
    });
    let items = items.collect::<Vec<_>>();
    if let Some((recipient, means, at)) = &demand.handed_over {
        return format!("On {}, to {recipient} (how: {means}): {}.", zone.long(*at), items.join("; "));
    }
    match (demand.about, demand.outcome, demand.preserved_until) {
        (_, Some(Outcome::Rejected), _) => "Nothing. The provider rejected the demand.".to_owned(),
        (_, Some(Outcome::Withdrawn), _) => "Nothing. The authority withdrew the demand.".to_owned(),
        (_, Some(Outcome::Redirected), _) => "Nothing. The authority turns to you.".to_owned(),
        (_, Some(Outcome::NoDataFound), _) => "Nothing. There was no such data.".to_owned(),
        (NoticeAbout::Demand, _, Some(until)) => {
            format!("Nothing. The data is kept as it is until {}.", zone.long(until))
        }
        (NoticeAbout::Demand, ..) => "Nothing so far.".to_owned(),
        (NoticeAbout::Outcome, ..) => "Nothing of yours.".to_owned(),
    }
}

fn delayed(delay: &Delay, zone: Zone) -> String {
    let orders = delay.orders.iter().map(|order| {
        let challenged = if order.challenged.is_empty() { "" } else { " The provider challenged it." };
        format!(
            "{} barred the provider from telling you from {} to {}, under {} (reference {}).{challenged}",
            order.issued_by,
            zone.long(order.from),
            zone.long(order.until),
            order.basis,
            order.reference
        )
    });
    let orders = orders.collect::<Vec<_>>().join(" ");
    format!("{orders} That delayed this notice by {}.", length(delay.length()))
}

fn personal_data_breach(breach: &PersonalDataBreach, zone: Zone) -> Vec<Statement> {
    let about = |what: &str, number: Option<u64>| match number {
        Some(number) => format!("{what} Approximately {} in number.", crate::statistics::grouped(number)),
        None => format!("{what} How many is not known yet."),
    };
    let happened = if breach.happened.is_empty() { "not known yet" } else { breach.happened.as_str() };
    vec![
        said("What happened?", breach.nature.as_str()),
        said(
            "When?",
            format!("The provider found out on {}. When it happened: {happened}.", zone.long(breach.found_at)),
        ),
        said("Whom does it concern?", about(&breach.people, breach.number_of_people)),
        said("Which of your data?", about(&breach.records, breach.number_of_records)),
        said("What is likely to follow?", breach.consequences.as_str()),
        said("What does the provider do about it?", breach.measures.as_str()),
        said("Who tells you more?", breach.contact.as_str()),
    ]
}

fn subprocessor_change(change: &SubprocessorChange) -> Vec<Statement> {
    vec![
        said(
            "Who?",
            format!("{}, in {}, {}.", change.name, change.country.name(), change.change.label().to_lowercase()),
        ),
        said("What does it do?", change.service.as_str()),
        said("From when?", format!("From {} on.", on(change.from, change.zone))),
    ]
}

fn transfer_terms_change(change: &TransferTermsChange) -> Vec<Statement> {
    let before = if change.before.is_empty() { String::new() } else { format!(" Until then: {}.", change.before) };
    vec![
        said("What changes?", change.change.as_str()),
        said("Why?", change.reason.as_str()),
        said("On what does the transfer rest?", format!("{}.{before}", change.mechanism)),
        said("To which country?", change.country.name()),
        said("From when?", format!("From {} on.", on(change.from, change.zone))),
    ]
}

fn policy_change(change: &PolicyChange) -> Vec<Statement> {
    vec![
        said("What changes?", change.change.as_str()),
        said("What is the difference?", change.difference.as_str()),
        said("From when?", format!("From {} on.", on(change.from, change.zone))),
    ]
}

fn government_access(access: &GovernmentAccess, zone: Zone) -> Vec<Statement> {
    let known = |text: &str| if text.is_empty() { "Not known.".to_owned() } else { text.to_owned() };
    let country = access.country.map_or_else(String::new, |country| format!(" ({})", country.name()));
    vec![
        said("What happened?", access.known.as_str()),
        said("When did the provider find out?", format!("On {}.", zone.long(access.found_at))),
        said("Which authority?", format!("{}{country}", known(&access.authority))),
        said("On what legal basis?", known(&access.legal_basis)),
        said("Which of your data?", access.data.as_str()),
        said("What did the provider do about it?", access.measures.as_str()),
    ]
}

fn record_correction(correction: &RecordCorrection) -> Vec<Statement> {
    vec![
        said(
            "Which record?",
            format!("Record {}, which record {} corrects.", correction.sequence, correction.corrected_by),
        ),
        said("What was wrong, and what is right?", correction.correction.as_str()),
        said("How did that come to be?", correction.reason.as_str()),
    ]
}

#[cfg(test)]
mod tests {
    use super::*;

    fn told(content: &NoticeContent) -> String {
        let issued_at = Timestamp::parse("2026-03-01T12:00:00Z").unwrap();
        let statements = content.statements(issued_at, Zone::UTC);
        let lines = statements.iter().map(|told| format!("{} {}", told.question, told.answer)).collect::<Vec<_>>();
        format!("{}\n{}", content.title(), lines.join("\n"))
    }

    #[test]
    fn a_breach_is_told_with_what_is_not_known_yet() {
        let breach = serde_json::from_value::<NoticeContent>(serde_json::json!({
            "kind": "personal_data_breach", "nature": "A backup was readable by anybody.",
            "found_at": "2026-03-01T08:00:00Z", "happened": "", "people": "Your employees.",
            "number_of_people": 1200, "records": "Names and addresses.", "number_of_records": null,
            "contact": "dpo@provider.example", "consequences": "Unwanted mail.", "measures": "It was locked.",
        }));
        insta::assert_snapshot!(told(&breach.unwrap()), @r"
        A breach of personal data
        What happened? A backup was readable by anybody.
        When? The provider found out on 1 March 2026, 08:00:00 UTC. When it happened: not known yet.
        Whom does it concern? Your employees. Approximately 1,200 in number.
        Which of your data? Names and addresses. How many is not known yet.
        What is likely to follow? Unwanted mail.
        What does the provider do about it? It was locked.
        Who tells you more? dpo@provider.example
        What can you do now? Acknowledge that you know. You must tell your own authority within 72 hours, by 4 March 2026, 12:00:00 UTC, unless the breach is unlikely to be a risk to people (GDPR, article 33(1)).
        ");
    }

    #[test]
    fn a_change_of_subprocessor_says_until_when_to_object() {
        let change = serde_json::from_value::<NoticeContent>(serde_json::json!({
            "kind": "subprocessor_change", "name": "Initech", "change": "added", "service": "Keeps backups.",
            "country": "IE", "from": "2026-04-15", "object_until": "2026-03-29", "zone": "Europe/Dublin",
            "how_to_object": "Say so here; the provider answers within five days.",
        }));
        insta::assert_snapshot!(told(&change.unwrap()), @r"
        Initech, a subprocessor: is added
        Who? Initech, in Ireland, is added.
        What does it do? Keeps backups.
        From when? From 15 April 2026 (Europe/Dublin) on.
        What can you do now? Object until the end of 29 March 2026 (Europe/Dublin). Say so here; the provider answers within five days.
        ");
    }

    #[test]
    fn lengths_read_as_english() {
        let lengths = [(0, "less than an hour"), (1, "1 hour"), (47, "47 hours"), (48, "2 days"), (900, "37 days")];
        for (hours, text) in lengths {
            assert_eq!(length(TimeDelta::hours(hours)), text);
        }
    }
}
