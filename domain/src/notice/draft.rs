//! Notices as somebody writes them. That of a demand isn't written: [`super::LawfulDemand::of`] makes it.

use chrono::NaiveDate;
use serde::Deserialize;

use super::{
    GovernmentAccess, NoticeContent, PersonalDataBreach, PolicyChange, RecordCorrection, SubprocessorAct,
    SubprocessorChange, TransferTermsChange,
};
use crate::{
    FieldProblem, Timestamp, Zone,
    rules::{LONGEST_TEXT, Rules, filled},
};

/// A notice as a form or a program sends it.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum NoticeDraft {
    PersonalDataBreach(PersonalDataBreachDraft),
    SubprocessorChange(SubprocessorChangeDraft),
    TransferTermsChange(TransferTermsChangeDraft),
    PolicyChange(PolicyChangeDraft),
    GovernmentAccess(GovernmentAccessDraft),
    RecordCorrection(RecordCorrectionDraft),
}

macro_rules! drafts {
    ($($(#[$meta:meta])* $name:ident { $($field:ident),+ })+) => {$(
        $(#[$meta])*
        #[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
        #[serde(default)]
        pub struct $name { $(pub $field: String),+ }
    )+};
}
drafts! {
    /// A [`PersonalDataBreach`] as a form sends it.
    PersonalDataBreachDraft {
        nature, found_at, happened, people, number_of_people, records, number_of_records, contact, consequences, measures
    }
    /// A [`SubprocessorChange`] as a form sends it.
    SubprocessorChangeDraft { name, change, service, country, from, object_until, zone, how_to_object }
    /// A [`TransferTermsChange`] as a form sends it.
    TransferTermsChangeDraft { mechanism, before, country, change, reason, from, answer_until, zone }
    /// A [`PolicyChange`] as a form sends it.
    PolicyChangeDraft { policy, change, difference, from, zone }
    /// A [`GovernmentAccess`] as a form sends it.
    GovernmentAccessDraft { known, found_at, authority, country, legal_basis, data, measures }
    /// A [`RecordCorrection`] as a form sends it.
    RecordCorrectionDraft { sequence, corrected_by, correction, reason }
}

impl NoticeDraft {
    /// The notice, or everything that is wrong with it. `now` is when it would be issued.
    pub fn check(&self, now: Timestamp) -> Result<NoticeContent, Vec<FieldProblem>> {
        let mut rules = Rules::default();
        let content = match self {
            Self::PersonalDataBreach(draft) => draft.checked(now, &mut rules).map(NoticeContent::PersonalDataBreach),
            Self::SubprocessorChange(draft) => draft.checked(now, &mut rules).map(NoticeContent::SubprocessorChange),
            Self::TransferTermsChange(draft) => draft.checked(now, &mut rules).map(NoticeContent::TransferTermsChange),
            Self::PolicyChange(draft) => draft.checked(now, &mut rules).map(NoticeContent::PolicyChange),
            Self::GovernmentAccess(draft) => draft.checked(now, &mut rules).map(NoticeContent::GovernmentAccess),
            Self::RecordCorrection(draft) => draft.checked(&mut rules).map(NoticeContent::RecordCorrection),
        };
        rules.end(content)
    }
}

impl PersonalDataBreachDraft {
    fn checked(&self, now: Timestamp, rules: &mut Rules) -> Option<PersonalDataBreach> {
        let nature = rules.words("/nature", &self.nature);
        let found_at = past("/found_at", &self.found_at, now, rules);
        let happened = rules.optional("/happened", filled(&self.happened), LONGEST_TEXT);
        let people = rules.words("/people", &self.people);
        let number_of_people = count("/number_of_people", &self.number_of_people, rules);
        let records = rules.words("/records", &self.records);
        let number_of_records = count("/number_of_records", &self.number_of_records, rules);
        let contact = rules.words("/contact", &self.contact);
        let consequences = rules.words("/consequences", &self.consequences);
        let measures = rules.words("/measures", &self.measures);
        Some(PersonalDataBreach {
            nature: nature?,
            found_at: found_at?,
            happened: happened.unwrap_or_default(),
            people: people?,
            number_of_people,
            records: records?,
            number_of_records,
            contact: contact?,
            consequences: consequences?,
            measures: measures?,
        })
    }
}

impl SubprocessorChangeDraft {
    fn checked(&self, now: Timestamp, rules: &mut Rules) -> Option<SubprocessorChange> {
        let name = rules.name("/name", &self.name);
        let change =
            rules.required_code("/change", filled(&self.change), SubprocessorAct::from_code, SubprocessorAct::codes);
        let service = rules.words("/service", &self.service);
        let country = rules.country("/country", &self.country);
        let from = rules.day("/from", &self.from);
        let object_until = rules.day("/object_until", &self.object_until);
        let zone = rules.zone("/zone", &self.zone);
        ahead("/object_until", object_until, from, zone, now, rules);
        let how_to_object = rules.words("/how_to_object", &self.how_to_object);
        Some(SubprocessorChange {
            name: name?,
            change: change?,
            service: service?,
            country: country?,
            from: from?,
            object_until: object_until?,
            zone: zone?,
            how_to_object: how_to_object?,
        })
    }
}

impl TransferTermsChangeDraft {
    fn checked(&self, now: Timestamp, rules: &mut Rules) -> Option<TransferTermsChange> {
        let mechanism = rules.name("/mechanism", &self.mechanism);
        let before = rules.optional("/before", filled(&self.before), LONGEST_TEXT);
        let country = rules.country("/country", &self.country);
        let change = rules.words("/change", &self.change);
        let reason = rules.words("/reason", &self.reason);
        let from = rules.day("/from", &self.from);
        let answer_until = rules.day("/answer_until", &self.answer_until);
        let zone = rules.zone("/zone", &self.zone);
        ahead("/answer_until", answer_until, None, zone, now, rules);
        Some(TransferTermsChange {
            mechanism: mechanism?,
            before: before.unwrap_or_default(),
            country: country?,
            change: change?,
            reason: reason?,
            from: from?,
            answer_until: answer_until?,
            zone: zone?,
        })
    }
}

impl PolicyChangeDraft {
    fn checked(&self, now: Timestamp, rules: &mut Rules) -> Option<PolicyChange> {
        let policy = rules.name("/policy", &self.policy);
        let change = rules.words("/change", &self.change);
        let difference = rules.words("/difference", &self.difference);
        let from = rules.day("/from", &self.from);
        let zone = rules.zone("/zone", &self.zone);
        if from.zip(zone).is_some_and(|(from, zone)| zone.start_of(from) <= now) {
            rules.refuse::<()>("/from", "is past: a change is told before it holds");
        }
        Some(PolicyChange { policy: policy?, change: change?, difference: difference?, from: from?, zone: zone? })
    }
}

impl GovernmentAccessDraft {
    fn checked(&self, now: Timestamp, rules: &mut Rules) -> Option<GovernmentAccess> {
        let known = rules.words("/known", &self.known);
        let found_at = past("/found_at", &self.found_at, now, rules);
        let authority = rules.optional("/authority", filled(&self.authority), LONGEST_TEXT);
        let country = match filled(&self.country) {
            Some(country) => Some(rules.country("/country", &country)?),
            None => None,
        };
        let legal_basis = rules.optional("/legal_basis", filled(&self.legal_basis), LONGEST_TEXT);
        let data = rules.words("/data", &self.data);
        let measures = rules.words("/measures", &self.measures);
        Some(GovernmentAccess {
            known: known?,
            found_at: found_at?,
            authority: authority.unwrap_or_default(),
            country,
            legal_basis: legal_basis.unwrap_or_default(),
            data: data?,
            measures: measures?,
        })
    }
}

impl RecordCorrectionDraft {
    fn checked(&self, rules: &mut Rules) -> Option<RecordCorrection> {
        let sequence = place("/sequence", &self.sequence, rules);
        let corrected_by = place("/corrected_by", &self.corrected_by, rules);
        if sequence.zip(corrected_by).is_some_and(|(wrong, right)| right <= wrong) {
            rules.refuse::<()>("/corrected_by", "is not after the record that was wrong");
        }
        let correction = rules.words("/correction", &self.correction);
        let reason = rules.words("/reason", &self.reason);
        Some(RecordCorrection {
            sequence: sequence?,
            corrected_by: corrected_by?,
            correction: correction?,
            reason: reason?,
        })
    }
}

/// A moment that was.
fn past(field: &str, value: &str, now: Timestamp, rules: &mut Rules) -> Option<Timestamp> {
    let time = rules.required_time(field, filled(value))?;
    if time <= now {
        Some(time)
    } else {
        rules.refuse(field, format!("lies in the future; the portal's clock says {now}"))
    }
}

/// Refuses a last day that is over, or that leaves what it is about no time to be heeded before it happens.
fn ahead(
    field: &str,
    last: Option<NaiveDate>,
    from: Option<NaiveDate>,
    zone: Option<Zone>,
    now: Timestamp,
    rules: &mut Rules,
) {
    if last.zip(zone).is_some_and(|(last, zone)| zone.end_of(last) <= now) {
        rules.refuse::<()>(field, "is past");
    }
    if last.zip(from).is_some_and(|(last, from)| last >= from) {
        rules.refuse::<()>(field, "is not before the first day of the change");
    }
}

/// A number that isn't always known.
fn count(field: &str, value: &str, rules: &mut Rules) -> Option<u64> {
    let value = filled(value)?;
    value
        .trim()
        .parse::<u32>()
        .map_or_else(|_| rules.refuse(field, format!("`{value}` is no number")), |count| Some(count.into()))
}

fn place(field: &str, value: &str, rules: &mut Rules) -> Option<i64> {
    let place = value.trim().parse::<i64>().ok().filter(|place| *place >= 0);
    place.or_else(|| rules.refuse(field, "is no place in the record, from 0 on"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn now() -> Timestamp {
        Timestamp::parse("2026-03-01T12:00:00Z").unwrap()
    }

    fn draft(json: &str) -> NoticeDraft {
        serde_json::from_str(json).unwrap()
    }

    fn fields(draft: &NoticeDraft) -> Vec<String> {
        draft.check(now()).unwrap_err().into_iter().map(|problem| problem.field).collect()
    }

    #[test]
    fn each_kind_asks_for_what_its_source_requires() {
        let empty = |kind: &str| fields(&draft(&format!(r#"{{"kind":"{kind}"}}"#))).join(" ");
        assert_eq!(
            empty("personal_data_breach"),
            "/nature /found_at /people /records /contact /consequences /measures"
        );
        assert_eq!(
            empty("subprocessor_change"),
            "/name /change /service /country /from /object_until /zone /how_to_object"
        );
        assert_eq!(empty("transfer_terms_change"), "/mechanism /country /change /reason /from /answer_until /zone");
        assert_eq!(empty("policy_change"), "/policy /change /difference /from /zone");
        assert_eq!(empty("government_access"), "/known /found_at /data /measures");
        assert_eq!(empty("record_correction"), "/sequence /corrected_by /correction /reason");
    }

    #[test]
    fn a_notice_of_a_demand_cannot_be_written_by_hand() {
        assert!(serde_json::from_str::<NoticeDraft>(r#"{"kind":"lawful_demand"}"#).is_err());
    }

    fn subprocessor(object_until: &str) -> NoticeDraft {
        NoticeDraft::SubprocessorChange(SubprocessorChangeDraft {
            name: "Initech".to_owned(),
            change: "added".to_owned(),
            service: "Keeps backups.".to_owned(),
            country: "IE".to_owned(),
            from: "2026-04-15".to_owned(),
            object_until: object_until.to_owned(),
            zone: "Europe/Dublin".to_owned(),
            how_to_object: "Here.".to_owned(),
        })
    }

    #[test]
    fn an_objection_counts_until_its_last_day_is_over() {
        let content = subprocessor("2026-03-29").check(now()).unwrap();
        // Clocks go forward on that day.
        let end = Timestamp::parse("2026-03-29T23:00:00Z").unwrap();
        assert_eq!(content.due_by(now()), Some(end));
        assert!(content.may_object(Timestamp::parse("2026-03-29T22:59:59Z").unwrap()) && !content.may_object(end));
    }

    #[test]
    fn there_is_time_to_object_before_the_change() {
        assert_eq!(fields(&subprocessor("2026-02-28")), ["/object_until"]);
        assert_eq!(fields(&subprocessor("2026-04-15")), ["/object_until"]);
    }

    #[test]
    fn a_notice_is_read_back_as_it_was_written() {
        let content = subprocessor("2026-03-29").check(now()).unwrap();
        let json = serde_json::to_string(&content).unwrap();
        assert!(json.starts_with(r#"{"kind":"subprocessor_change""#));
        assert_eq!(serde_json::from_str::<NoticeContent>(&json).unwrap(), content);
    }
}
