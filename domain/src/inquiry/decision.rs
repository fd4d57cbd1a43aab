//! How a dispute is decided.

use serde::{Deserialize, Serialize};

use super::DisputeOutcome;
use crate::{
    FieldProblem, Purpose,
    access::AccessEvent,
    rules::{LONGEST_NAME, Rules, filled},
};

/// A decision as the desk's form sends it.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub struct DecisionDraft {
    pub outcome: String,
    pub reason: String,
    pub consequence: String,
    /// Of which record, by its place, something was wrong.
    pub record: String,
    /// `here` where the corrected fields below are right, `system` where the reporting system sends the correction.
    pub remedy: String,
    pub purpose: String,
    pub justification: String,
    pub ticket: String,
}

/// A decision that keeps the rules.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Decision {
    pub outcome: DisputeOutcome,
    pub reason: String,
    /// What followed, where it was misuse.
    pub consequence: Option<String>,
    /// What is done about a record that was wrong.
    pub remedy: Option<Remedy>,
}

/// What is done about a record that was wrong: it stays, and another one says how it is right.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub enum Remedy {
    /// The record at this place is corrected by a new one that says this.
    Here { record: i64, purpose: Purpose, justification: Option<String>, ticket: Option<String> },
    /// The system that reported it reports the correction as well.
    BySystem { record: i64 },
}

impl DecisionDraft {
    /// The decision about these accesses, each with its place, or everything that is wrong with it.
    pub fn check(&self, accesses: &[(i64, AccessEvent)]) -> Result<Decision, Vec<FieldProblem>> {
        let mut rules = Rules::default();
        let outcome = DisputeOutcome::from_code(&self.outcome);
        if outcome.is_none() {
            rules.refuse::<()>("outcome", "is missing: choose how the dispute ends");
        }
        let reason = rules.words("reason", &self.reason);
        let consequence = match outcome {
            Some(DisputeOutcome::Misuse) => rules.words("consequence", &self.consequence),
            _ => None,
        };
        let remedy = match outcome {
            Some(DisputeOutcome::Error) => self.remedy(accesses, &mut rules),
            _ => None,
        };
        let decision = outcome.zip(reason).map(|(outcome, reason)| Decision { outcome, reason, consequence, remedy });
        rules.end(decision)
    }

    fn remedy(&self, accesses: &[(i64, AccessEvent)], rules: &mut Rules) -> Option<Remedy> {
        let wrong = accesses.iter().find(|(place, _)| self.record == place.to_string());
        let Some((record, event)) = wrong else {
            return rules.refuse("record", "is missing: choose the record that was wrong");
        };
        match self.remedy.as_str() {
            "system" => Some(Remedy::BySystem { record: *record }),
            "here" => {
                let purpose = rules.required_code("purpose", filled(&self.purpose), Purpose::from_code, Purpose::codes);
                // What the source left unsaid may stay so.
                let justification = if event.justification.is_none() && self.justification.trim().is_empty() {
                    Some(None)
                } else {
                    rules.words("justification", &self.justification).map(Some)
                };
                let ticket = rules.optional("ticket", filled(&self.ticket), LONGEST_NAME);
                let (purpose, justification) = (purpose?, justification?);
                if (purpose, &justification, &ticket) == (event.purpose, &event.justification, &event.ticket) {
                    return rules
                        .refuse("remedy", "changes nothing: write below what is right in place of what was wrong");
                }
                Some(Remedy::Here { record: *record, purpose, justification, ticket })
            }
            _ => rules.refuse("remedy", "is missing: say how the record is put right"),
        }
    }
}

impl Remedy {
    /// The access that corrects this one, under an id of its own; nothing where the reporting system sends it.
    pub fn correction(&self, of: &AccessEvent, id: String) -> Option<AccessEvent> {
        let Self::Here { purpose, justification, ticket, .. } = self else { return None };
        Some(AccessEvent {
            corrects: Some(of.id.clone()),
            id,
            purpose: *purpose,
            justification: justification.clone(),
            ticket: ticket.clone(),
            ..of.clone()
        })
    }

    /// The record that was wrong.
    pub fn record(&self) -> i64 {
        match self {
            Self::Here { record, .. } | Self::BySystem { record } => *record,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Timestamp, access::AccessDraft};

    fn event() -> AccessEvent {
        let draft: AccessDraft = serde_json::from_value(serde_json::json!({
            "id": "evt-1", "accessor": {"role": "Engineer", "employer": "Nimbus", "office_country": "IE"},
            "started_at": "2026-03-01T11:00:00Z", "purpose": "customer_requested_support",
            "justification": "Case 4711", "ticket": "CASE-1", "service": "Storage",
            "resources": [{"name": "records"}], "operations": ["read"],
            "approval": {"kind": "customer"}, "authentication": {"factors": ["passkey"]}
        }))
        .unwrap();
        draft.check(Timestamp::parse("2026-03-01T12:00:00Z").unwrap()).unwrap()
    }

    fn draft(outcome: &str) -> DecisionDraft {
        DecisionDraft { outcome: outcome.to_owned(), reason: "We looked.".to_owned(), ..DecisionDraft::default() }
    }

    fn fields(draft: &DecisionDraft) -> Vec<String> {
        draft.check(&[(7, event())]).unwrap_err().into_iter().map(|problem| problem.field).collect()
    }

    #[test]
    fn misuse_says_its_consequence_and_an_error_how_it_is_put_right() {
        assert_eq!(fields(&DecisionDraft::default()), ["outcome", "reason"]);
        assert_eq!(fields(&draft("misuse")), ["consequence"]);
        assert_eq!(fields(&draft("error")), ["record"]);
        let error = DecisionDraft { record: "7".to_owned(), ..draft("error") };
        assert_eq!(fields(&error), ["remedy"]);
        let unchanged = DecisionDraft {
            remedy: "here".to_owned(),
            purpose: "customer_requested_support".to_owned(),
            justification: "Case 4711".to_owned(),
            ticket: "CASE-1".to_owned(),
            ..error
        };
        assert_eq!(fields(&unchanged), ["remedy"]);
        assert_eq!(draft("justified").check(&[]).unwrap().remedy, None);
    }

    #[test]
    fn a_correction_is_another_record_that_names_the_wrong_one() {
        let draft = DecisionDraft {
            record: "7".to_owned(),
            remedy: "here".to_owned(),
            purpose: "production_alert".to_owned(),
            justification: "Disk nearly full".to_owned(),
            ticket: String::new(),
            ..draft("error")
        };
        let remedy = draft.check(&[(7, event())]).unwrap().remedy.unwrap();
        let correction = remedy.correction(&event(), "other".to_owned()).unwrap();
        assert_eq!(correction.corrects.as_deref(), Some("evt-1"));
        assert_eq!((correction.purpose, correction.ticket), (Purpose::ProductionAlert, None));
        assert_eq!((correction.source, correction.started_at), (event().source, event().started_at));
    }
}
