//! The day that somebody asks about, and what is taken away of it.

use chrono::{Months, NaiveDate};
use serde::Serialize;
use serde_json::{Map, Value, json};

use super::{
    day::TermsOn,
    kinds::{Subprocessor, Term, TermKind, Transfer},
    mechanism::{Footing, Mechanism},
    version::PublishedTerm,
};
use crate::{FieldProblem, Timestamp, export::spreadsheet_safe};

/// The kinds that say where a customer's data goes, in the order in which they are told.
pub const TRANSFER_KINDS: [TermKind; 6] = [
    TermKind::Transfer,
    TermKind::Location,
    TermKind::Subprocessor,
    TermKind::Agreement,
    TermKind::Contact,
    TermKind::Services,
];

/// So far ahead, what holds on a day can be asked, in years.
const AHEAD: u32 = 10;

/// The day that a query asks about as `on`; today where it names none, or none that can be asked about.
pub fn asked_day(query: &str, today: NaiveDate) -> (NaiveDate, Option<FieldProblem>) {
    let refuse = |reason: String| (today, Some(FieldProblem::new("on", reason)));
    let pairs = match serde_urlencoded::from_str::<Vec<(String, String)>>(query) {
        Ok(pairs) => pairs,
        Err(error) => return refuse(format!("the address can’t be read: {error}")),
    };
    let typed = pairs.iter().find(|(name, _)| name == "on").map_or("", |(_, value)| value.trim());
    if typed.is_empty() {
        return (today, None);
    }
    // Only as we write it: `+2015-10-06` is none.
    let Some(day) = typed.parse::<NaiveDate>().ok().filter(|day| day.to_string() == typed) else {
        return refuse(format!("“{typed}” is no day such as 2015-10-06"));
    };
    // Directive 95/46/EC, the first law that asks for what transfers rest on.
    if NaiveDate::from_ymd_opt(1995, 10, 24).is_some_and(|first| day < first) {
        return refuse(format!("“{typed}” is before 24 October 1995, and no law asked for a mechanism before"));
    }
    if today.checked_add_months(Months::new(12 * AHEAD)).is_some_and(|last| day > last) {
        return refuse(format!("“{typed}” is more than {AHEAD} years ahead"));
    }
    (day, None)
}

impl TermsOn {
    /// What a transfer rests on, on this day.
    pub fn footing(&self, transfer: &Transfer) -> Footing<'_> {
        self.mechanisms.footing(transfer, self.day)
    }

    /// What the transfer to a subprocessor rests on, on this day.
    pub fn footing_of(&self, subprocessor: &Subprocessor) -> Footing<'_> {
        self.mechanisms.footing_of(subprocessor, self.day)
    }
}

impl Footing<'_> {
    /// In downloads.
    pub fn code(&self) -> &'static str {
        match self {
            Self::NotNeeded => "not_needed",
            Self::Sound(_) => "in_force",
            Self::OldContract(_) => "old_contract",
            Self::Fallback { .. } => "on_fallback",
            Self::Flagged(_) => "flagged",
        }
    }
}

/// The columns of the transfers' CSV, in order. A new column goes to the end: readers may count.
pub const TRANSFER_CSV_HEADER: [&str; 35] = [
    "on",
    "key",
    "version_id",
    "only_for_this_customer",
    "effective_from",
    "effective_until",
    "service",
    "data",
    "people",
    "purpose",
    "from_country",
    "to_country",
    "recipient",
    "subprocessor",
    "place_role",
    "mechanism",
    "mechanism_name",
    "mechanism_act",
    "mechanism_adopted",
    "mechanism_in_force_from",
    "mechanism_last_day",
    "mechanism_ended_how",
    "mechanism_ended_by",
    "module",
    "options",
    "concluded",
    "measures",
    "footing",
    "footing_sentence",
    "published_at",
    "recorded_later",
    "approved_by",
    "exporter",
    "fallback",
    "fallback_concluded",
];

/// The transfers of a day, one a row, safe to open in a spreadsheet (see [`crate::export`]).
pub fn transfer_rows(terms: &TermsOn) -> Vec<[String; 35]> {
    terms.of::<Transfer>().map(|(published, transfer)| row(terms, published, transfer)).collect()
}

fn row(terms: &TermsOn, published: &PublishedTerm, transfer: &Transfer) -> [String; 35] {
    let text = |text: &str| spreadsheet_safe(text).into_owned();
    let day = |day: Option<NaiveDate>| day.map(|day| day.to_string()).unwrap_or_default();
    let mechanism = transfer.mechanism.as_ref().and_then(|key| terms.mechanisms.get(key));
    let of = |field: fn(&Mechanism) -> String| mechanism.map(field).unwrap_or_default();
    let of_day = |field: fn(&Mechanism) -> Option<NaiveDate>| day(mechanism.and_then(field));
    let footing = terms.footing(transfer);
    let version = &published.version;
    let measures = transfer.measures.iter().map(ToString::to_string).collect::<Vec<_>>();
    [
        terms.day.to_string(),
        version.key.to_string(),
        published.id.to_string(),
        version.customer.is_some().to_string(),
        version.effective_from.to_string(),
        day(version.effective_until),
        text(&transfer.service),
        text(&transfer.data.0),
        text(&transfer.people.0),
        text(&transfer.purpose.0),
        transfer.from_country.to_string(),
        transfer.to_country.to_string(),
        text(&transfer.recipient),
        transfer.subprocessor.as_ref().map(ToString::to_string).unwrap_or_default(),
        transfer.place_role.code().to_owned(),
        transfer.mechanism.as_ref().map(ToString::to_string).unwrap_or_default(),
        text(&of(|mechanism| mechanism.name.clone())),
        text(&of(|mechanism| mechanism.act.clone())),
        of_day(|mechanism| mechanism.adopted),
        of_day(|mechanism| Some(mechanism.in_force_from)),
        of_day(|mechanism| mechanism.last_day),
        of(|mechanism| mechanism.ended_how.map(|how| how.code().to_owned()).unwrap_or_default()),
        text(&of(|mechanism| mechanism.ended_by.clone().unwrap_or_default())),
        transfer.module.map(|module| module.code().to_owned()).unwrap_or_default(),
        text(&transfer.options.join("\n")),
        day(transfer.concluded),
        text(&measures.join("\n")),
        footing.code().to_owned(),
        text(&footing.sentence()),
        published.published_at.to_string(),
        published.is_recorded_later().to_string(),
        text(&published.approved_by),
        text(transfer.exporter.as_deref().unwrap_or_default()),
        transfer.fallback.as_ref().map(ToString::to_string).unwrap_or_default(),
        day(transfer.fallback_concluded),
    ]
}

/// Everything that holds on a day of where a customer's data goes, and what was announced by then.
#[derive(Serialize)]
pub struct TransferDocument {
    /// The day.
    on: NaiveDate,
    /// When this was made: terms that are recorded later may change what is known of a day.
    made_at: Timestamp,
    customer: String,
    terms: Vec<Value>,
    mechanisms: Vec<Value>,
    announced: Vec<Value>,
}

impl TransferDocument {
    /// # Errors
    /// Where a term can't be written as JSON, which no term does.
    pub fn new(
        customer: &str,
        terms: &TermsOn,
        announced: &[PublishedTerm],
        made_at: Timestamp,
    ) -> Result<Self, serde_json::Error> {
        let held = TRANSFER_KINDS.iter().flat_map(|kind| terms.of_kind(*kind));
        Ok(Self {
            on: terms.day,
            made_at,
            customer: customer.to_owned(),
            terms: held.map(|published| entry(published, Some(terms))).collect::<Result<_, _>>()?,
            mechanisms: terms
                .in_use()
                .into_iter()
                .map(|(key, mechanism)| {
                    Ok(json!({ "key": key, "standing": mechanism.standing(terms.day).code(), "facts": mechanism }))
                })
                .collect::<Result<_, serde_json::Error>>()?,
            announced: announced.iter().map(|published| entry(published, None)).collect::<Result<_, _>>()?,
        })
    }
}

fn entry(published: &PublishedTerm, terms: Option<&TermsOn>) -> Result<Value, serde_json::Error> {
    let mut entry = Map::new();
    entry.insert("version_id".to_owned(), published.id.to_string().into());
    entry.insert("published_at".to_owned(), published.published_at.to_string().into());
    entry.insert("proposed_by".to_owned(), published.proposed_by.as_str().into());
    entry.insert("approved_by".to_owned(), published.approved_by.as_str().into());
    entry.insert("recorded_later".to_owned(), published.is_recorded_later().into());
    let footing = terms.and_then(|terms| match &published.version.term {
        Term::Transfer(transfer) => Some(terms.footing(transfer)),
        Term::Subprocessor(subprocessor) => Some(terms.footing_of(subprocessor)),
        _ => None,
    });
    if let Some(footing) = footing {
        entry.insert("footing".to_owned(), json!({ "code": footing.code(), "sentence": footing.sentence() }));
    }
    entry.insert("term".to_owned(), Value::Object(published.version.fields()?));
    Ok(Value::Object(entry))
}
