//! A version of a term: what holds from a day on, as it stands in a file or is sent by a form.

use chrono::NaiveDate;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use super::{
    field::{FieldForm, FieldSpec, TermField, TermKey, Words},
    kinds::{AsTerm, Term, TermKind},
};
use crate::{FieldProblem, TermVersionId, Timestamp, Zone, rules::Rules};

/// What holds from a day on.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct TermVersion {
    /// The same for every version of it.
    pub key: TermKey,
    /// The name of the only customer that it is for; of every customer, and where it is public of everybody, without
    /// one. A customer's own stands in the place of the general one with its kind and key.
    pub customer: Option<String>,
    /// The first day.
    pub effective_from: NaiveDate,
    /// The last day, where it isn't followed by another version.
    pub effective_until: Option<NaiveDate>,
    /// What changes with it, for whoever gets notice of it.
    pub change: Option<Words>,
    /// Why it takes the place of a version that was in effect from the same day or that was announced too late.
    pub correction: Option<Words>,
    /// Until when customers may answer a change of transfer terms; the day before it takes effect otherwise.
    pub answer_until: Option<NaiveDate>,
    /// Where its days begin and end; UTC otherwise.
    pub zone: Option<Zone>,
    pub term: Term,
}

/// What every version says besides what its kind does.
pub const VERSION_FIELDS: [FieldSpec; 8] = [
    FieldSpec {
        name: "key",
        label: "Key",
        hint: "The same for every version: lower-case letters, digits and hyphens.",
        form: FieldForm::Line,
        required: true,
    },
    FieldSpec {
        name: "customer",
        label: "Only for",
        hint: "The name of a customer; for every customer where it is empty.",
        form: FieldForm::Line,
        required: false,
    },
    FieldSpec {
        name: "effective_from",
        label: "In effect from",
        hint: "The first day.",
        form: FieldForm::Day,
        required: true,
    },
    FieldSpec {
        name: "effective_until",
        label: "In effect until",
        hint: "The last day, where no other version follows.",
        form: FieldForm::Day,
        required: false,
    },
    FieldSpec {
        name: "change",
        label: "What changes",
        hint: "For whoever gets notice of it.",
        form: FieldForm::Words,
        required: false,
    },
    FieldSpec {
        name: "correction",
        label: "Reason of a correction",
        hint: "Only where a version that is in effect already was wrong.",
        form: FieldForm::Words,
        required: false,
    },
    FieldSpec {
        name: "answer_until",
        label: "Answer until",
        hint: "The last day for customers to answer a change of transfer terms.",
        form: FieldForm::Day,
        required: false,
    },
    FieldSpec {
        name: "zone",
        label: "Time zone",
        hint: "Where its days begin and end, such as Europe/Berlin; UTC where it is empty.",
        form: FieldForm::Zone,
        required: false,
    },
];

impl TermVersion {
    /// Reads a version from its fields, those of its kind among them.
    ///
    /// # Errors
    /// Everything that is wrong, each with the field that it is about.
    pub fn read(value: Value) -> Result<Self, Vec<FieldProblem>> {
        let mut rules = Rules::default();
        let Value::Object(mut fields) = value else {
            return Err(vec![FieldProblem::new("", "is no table of fields")]);
        };
        let version = Self::read_fields(&mut fields, &mut rules);
        rules.end(version)
    }

    fn read_fields(fields: &mut Map<String, Value>, rules: &mut Rules) -> Option<Self> {
        let kind = TermKind::read_code(fields.remove("kind"), rules)?;
        let key = TermField::read("/key", fields.remove("key"), rules);
        let customer = Option::<TermKey>::read("/customer", fields.remove("customer"), rules);
        let effective_from = TermField::read("/effective_from", fields.remove("effective_from"), rules);
        let effective_until = TermField::read("/effective_until", fields.remove("effective_until"), rules);
        let change = TermField::read("/change", fields.remove("change"), rules);
        let correction = TermField::read("/correction", fields.remove("correction"), rules);
        let answer_until = TermField::read("/answer_until", fields.remove("answer_until"), rules);
        let zone = TermField::read("/zone", fields.remove("zone"), rules);
        let term = kind.read(fields, rules);
        for field in fields.keys() {
            let known = kind.fields().iter().map(|field| field.name).collect::<Vec<_>>().join(", ");
            rules.refuse::<()>(format!("/{field}"), format!("is no field of a {}: {known}", kind.code()));
        }
        let version = Self {
            key: key?,
            customer: customer?.map(|customer| customer.to_string()),
            effective_from: effective_from?,
            effective_until: effective_until?,
            change: change?,
            correction: correction?,
            answer_until: answer_until?,
            zone: zone?,
            term: term?,
        };
        if version.effective_until.is_some_and(|until| until < version.effective_from) {
            rules.refuse::<()>("/effective_until", "is before it takes effect");
        }
        if version.customer.is_none() && kind == TermKind::Services {
            rules.refuse::<()>("/customer", "is missing: these are one customer’s services");
        }
        if version.customer.is_some() && (version.term.is_public() || kind == TermKind::Mechanism) {
            rules.refuse::<()>("/customer", format!("must be empty: a {} is for everybody", kind.code()));
        }
        rules.problems.extend(version.term.problems());
        Some(version)
    }

    pub fn kind(&self) -> TermKind {
        self.term.kind()
    }

    /// Its content, where it is of this kind.
    pub fn as_term<T: AsTerm>(&self) -> Option<&T> {
        T::of(&self.term)
    }

    pub fn zone(&self) -> Zone {
        self.zone.unwrap_or(Zone::UTC)
    }

    /// Whether another one is a version of the same term.
    pub fn is_of_same(&self, other: &Self) -> bool {
        self.kind() == other.kind() && self.key == other.key && self.customer == other.customer
    }

    /// How files name it: `policy privacy-statement of 2026-01-01`.
    pub fn name(&self) -> String {
        let customer = self.customer.as_ref().map(|customer| format!(" for {customer}")).unwrap_or_default();
        format!("{} {}{customer} of {}", self.kind().code(), self.key, self.effective_from)
    }

    /// Its fields as a file holds them, without those that are not stated.
    ///
    /// # Errors
    /// Where it can't be written as JSON, which no version does.
    pub fn fields(&self) -> Result<Map<String, Value>, serde_json::Error> {
        let mut fields = Map::new();
        let Value::Object(mut version) = serde_json::to_value(self)? else { return Ok(fields) };
        let Some(Value::Object(mut term)) = version.remove("term") else { return Ok(fields) };
        let names = VERSION_FIELDS.iter().chain(self.kind().fields()).map(|field| field.name);
        for name in std::iter::once("kind").chain(names) {
            let value = version.remove(name).or_else(|| term.remove(name));
            let stated = value.filter(|value| !value.is_null() && value.as_array().is_none_or(|list| !list.is_empty()));
            if let Some(value) = stated {
                fields.insert(name.to_owned(), value);
            }
        }
        Ok(fields)
    }
}

impl TermKind {
    fn read_code(value: Option<Value>, rules: &mut Rules) -> Option<Self> {
        TermField::read("/kind", value, rules)
    }
}

/// A version as it was published. It is never changed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PublishedTerm {
    pub id: TermVersionId,
    pub version: TermVersion,
    pub published_at: Timestamp,
    /// Who wrote it, as they were called then.
    pub proposed_by: String,
    /// Who approved it.
    pub approved_by: String,
}

impl PublishedTerm {
    /// Whether it was published only after the day on which it took effect had begun.
    pub fn is_recorded_later(&self) -> bool {
        self.version.zone().day(self.published_at) > self.version.effective_from
    }
}
