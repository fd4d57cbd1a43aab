//! The form of each kind of notice: its fields, in the order in which somebody knows them.

use domain::{
    CountryCode, Timestamp, Zone,
    notice::{NoticeContent, NoticeKind, SubprocessorAct, Template},
};
use leptos::prelude::*;

use crate::{
    components::{Choice, Field, TextArea, zones},
    context::PageContext,
};

/// What a field is filled in with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Input {
    /// A text on one line.
    Line,
    /// A text on several.
    Text,
    Number,
    Day,
    /// Day and clock, in the zone in which the writer reads times.
    Moment,
    Country,
    Zone,
    /// What changes about a subprocessor.
    SubprocessorAct,
}
use Input::{Country, Day, Line, Moment, Number, Text};

/// A field. Its name is that of the draft's field: a problem's pointer is the name after a slash.
struct NoticeField {
    name: &'static str,
    label: &'static str,
    input: Input,
    /// Whether the notice says nothing without it.
    required: bool,
    hint: &'static str,
}

const fn must(name: &'static str, label: &'static str, input: Input, hint: &'static str) -> NoticeField {
    NoticeField { name, label, input, required: true, hint }
}

const fn may(name: &'static str, label: &'static str, input: Input, hint: &'static str) -> NoticeField {
    NoticeField { name, label, input, required: false, hint }
}

const ZONE: NoticeField = must("zone", "Time zone of these days", Input::Zone, "");

const PERSONAL_DATA_BREACH: &[NoticeField] = &[
    must("nature", "What happened?", Text, "The nature of the breach (GDPR, article 33(3)(a))."),
    must(
        "found_at",
        "When did you find out?",
        Moment,
        "Customers are owed to hear of it without undue delay from then on (article 33(2)).",
    ),
    may("happened", "When did it happen?", Line, "As far as that is known, in words."),
    must("people", "Whom does it concern?", Text, "Categories of people (article 33(3)(a))."),
    may(
        "number_of_people",
        "How many people, approximately?",
        Number,
        "Leave it empty where that is not known yet: the notice then says so.",
    ),
    must("records", "Which data?", Text, "Categories of records (article 33(3)(a))."),
    may("number_of_records", "How many records, approximately?", Number, "Leave it empty where that is not known yet."),
    must("consequences", "What is likely to follow?", Text, "For the people whom it concerns (article 33(3)(c))."),
    must(
        "measures",
        "What do you do about it?",
        Text,
        "What was done, what you propose, and what people can do to come to less harm (article 33(3)(d)).",
    ),
    must(
        "contact",
        "Who tells more?",
        Text,
        "The data protection officer or another contact point, and how to reach them (article 33(3)(b)).",
    ),
];

const SUBPROCESSOR_CHANGE: &[NoticeField] = &[
    must("name", "Name of the subprocessor", Line, "As it is registered, with its legal form."),
    must("change", "What changes about it", Input::SubprocessorAct, ""),
    must("country", "Country where it does that", Country, ""),
    must("service", "What does it do?", Text, "The service, and with which of the customers’ data."),
    must("from", "First day of the change", Day, ""),
    must(
        "object_until",
        "Last day to object",
        Day,
        "Before the first day of the change, and far enough ahead to look at it: as long as the contract says (GDPR, article 28(2); clause 9(a)).",
    ),
    ZONE,
    must("how_to_object", "How to object, and what follows", Text, "What you do when a customer objects."),
];

const TRANSFER_TERMS_CHANGE: &[NoticeField] = &[
    must("country", "Country that data goes to", Country, ""),
    must(
        "mechanism",
        "On what does the transfer rest now?",
        Line,
        "Such as standard contractual clauses, or a decision on adequacy (GDPR, articles 45 and 46).",
    ),
    may("before", "On what did it rest before?", Line, "Leave it empty where that stays the same."),
    must(
        "change",
        "What changes?",
        Text,
        "What of the terms or of the transfer is different, and what stays the same.",
    ),
    must(
        "reason",
        "Why?",
        Text,
        "A law that stands in the way is told promptly, with the reason to believe so (clause 14(e)).",
    ),
    must("from", "First day of the new terms", Day, ""),
    must("answer_until", "Last day for an answer", Day, "Until then customers say whether they agree."),
    ZONE,
];

const POLICY_CHANGE: &[NoticeField] = &[
    must("policy", "Which policy or terms?", Line, "By its name, as customers know it."),
    must("change", "What changes?", Text, "In a few words."),
    must("difference", "What is the difference?", Text, "The old text and the new one."),
    must("from", "First day on which it holds", Day, "Customers acknowledge it before that day."),
    ZONE,
];

const GOVERNMENT_ACCESS: &[NoticeField] = &[
    must("known", "What happened?", Text, "All that you know (clause 15.1(a)(ii)), even where that is little."),
    must("found_at", "When did you find out?", Moment, "Customers are owed to hear of it promptly from then on."),
    may("authority", "Which authority?", Line, "Leave it empty where that is not known: the notice then says so."),
    may("country", "Of which country?", Country, ""),
    may("legal_basis", "On what legal basis?", Line, "Leave it empty where that is not known."),
    must("data", "Which data?", Text, "As far as you know, and in which service."),
    must("measures", "What do you do about it?", Text, "Such as ending the access, or challenging it."),
];

const RECORD_CORRECTION: &[NoticeField] = &[
    must("sequence", "Which record was wrong?", Number, "Its number in the customer’s access record."),
    must("corrected_by", "Which record corrects it?", Number, "Report the correction first: its number comes after."),
    must("correction", "What was wrong, and what is right?", Text, "Both, so that nobody has to compare the records."),
    must("reason", "How did that come to be?", Text, "And what was done so that it does not happen again."),
];

/// The fields of a kind; none for the notice of a demand, which nobody writes.
fn fields(kind: NoticeKind) -> &'static [NoticeField] {
    match kind {
        NoticeKind::LawfulDemand => &[],
        NoticeKind::PersonalDataBreach => PERSONAL_DATA_BREACH,
        NoticeKind::SubprocessorChange => SUBPROCESSOR_CHANGE,
        NoticeKind::TransferTermsChange => TRANSFER_TERMS_CHANGE,
        NoticeKind::PolicyChange => POLICY_CHANGE,
        NoticeKind::GovernmentAccess => GOVERNMENT_ACCESS,
        NoticeKind::RecordCorrection => RECORD_CORRECTION,
    }
}

/// The kinds that somebody writes.
pub fn written_kinds() -> impl Iterator<Item = NoticeKind> {
    NoticeKind::ALL.iter().copied().filter(|kind| !fields(*kind).is_empty())
}

/// What a notice says, as its form holds it: to be written anew.
pub fn of_content(content: &NoticeContent, zone: Zone) -> Template {
    let serde_json::Value::Object(values) = serde_json::json!(content) else { return Template::new() };
    let values = values.into_iter().filter_map(|(name, value)| {
        let field = fields(content.kind()).iter().find(|field| field.name == name)?;
        let text = match value {
            serde_json::Value::String(text) if field.input == Moment => {
                Timestamp::parse(&text).map_or_else(|_| text, |time| zone.local(time))
            }
            serde_json::Value::String(text) => text,
            serde_json::Value::Number(number) => number.to_string(),
            _ => String::new(),
        };
        Some((name, text))
    });
    values.collect()
}

/// A kind's fields, with what was typed, else what they are filled in with at first.
pub fn inputs(form: &'static str, kind: NoticeKind, template: &Template, zone: Zone) -> Vec<AnyView> {
    fields(kind).iter().map(|field| input(form, field, template, zone)).collect()
}

fn input(form: &'static str, field: &NoticeField, template: &Template, zone: Zone) -> AnyView {
    let NoticeField { name, label, input, required, hint } = *field;
    let value = template.get(name).cloned().unwrap_or_default();
    let line = |kind: &'static str, hint: String| {
        let value = value.clone();
        view! { <Field form=form name=name label=label kind=kind value=value hint=hint required=required /> }.into_any()
    };
    let choice = |none: &'static str, options: Vec<(String, String)>| {
        let at_first = if input == Input::Zone && value.is_empty() { zone.name().to_owned() } else { value.clone() };
        let chosen = PageContext::current().answer.typed(form, name).or(Some(at_first));
        view! { <Choice name=name label=label none=none chosen=chosen options=options form=form /> }.into_any()
    };
    match input {
        Line => line("text", hint.to_owned()),
        Number => line("number", hint.to_owned()),
        Day => line("date", hint.to_owned()),
        Moment => line("datetime-local", format!("In {zone}, as you read times here. {hint}")),
        Text => {
            let rows = if value.len() > 120 { 5 } else { 3 };
            view! { <TextArea form=form name=name label=label value=value hint=hint rows=rows /> }.into_any()
        }
        Country => {
            let countries = CountryCode::all();
            let options =
                countries.map(|code| (code.as_str().to_owned(), format!("{code}: {}", code.name()))).collect();
            choice(if required { "Choose a country" } else { "Not known" }, options)
        }
        Input::Zone => choice("", zones()),
        Input::SubprocessorAct => {
            let options = SubprocessorAct::ALL.iter().map(|act| (act.code().to_owned(), act.label().to_owned()));
            choice("Choose what changes", options.collect())
        }
    }
}

#[cfg(test)]
mod tests {
    use domain::notice::{NoticeDraft, TemplateLanguage, template};

    use super::*;

    #[test]
    fn what_was_written_is_written_anew_from_what_it_says() {
        let content: NoticeContent = serde_json::from_value(serde_json::json!({
            "kind": "personal_data_breach", "nature": "A backup was readable.", "found_at": "2026-03-01T08:00:00.000000Z",
            "happened": "", "people": "Employees.", "number_of_people": 1200, "records": "Names.",
            "number_of_records": null, "contact": "dpo@provider.example", "consequences": "Mail.", "measures": "Locked.",
        }))
        .expect("a notice");
        let form = of_content(&content, Zone::parse("Europe/Berlin").expect("a zone"));
        assert_eq!(form.len(), fields(content.kind()).len());
        assert_eq!(form["found_at"], "2026-03-01T09:00");
        assert_eq!((form["number_of_people"].as_str(), form["number_of_records"].as_str()), ("1200", ""));
    }

    #[test]
    fn each_form_asks_for_what_its_notice_needs_and_holds_what_its_template_says() {
        let now = Timestamp::parse("2026-03-01T12:00:00Z").expect("a time");
        for kind in written_kinds() {
            let empty = serde_json::json!({ "kind": kind.code() });
            let draft: NoticeDraft = serde_json::from_value(empty).expect("a draft");
            let mut needed = draft.check(now).expect_err("nothing is filled in");
            let mut required =
                fields(kind).iter().filter(|field| field.required).map(|field| field.name).collect::<Vec<_>>();
            required.sort_unstable();
            needed.sort_by(|one, other| one.field.cmp(&other.field));
            let needed = needed.iter().map(|problem| problem.field.trim_start_matches('/')).collect::<Vec<_>>();
            assert_eq!(required, needed, "{kind:?}");
            for field in fields(kind) {
                assert!(format!("{draft:?}").contains(&format!("{}: ", field.name)), "{kind:?} has no {}", field.name);
            }
            for language in TemplateLanguage::ALL {
                for name in template(kind, *language).keys() {
                    assert!(fields(kind).iter().any(|field| field.name == *name), "{kind:?} asks for no {name}");
                }
            }
        }
    }
}
