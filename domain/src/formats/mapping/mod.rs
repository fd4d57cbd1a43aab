//! Formats that are described by data: for each, one file in `mappings/` says where in a document an access stands.
//!
//! A mapping says what a source says and nothing else: what it finds nothing for is left out, and shown as not stated.
//! The files' own comments are their documentation; [`Mapping`] says what may stand in one.

mod read;
mod rule;
#[cfg(test)]
mod tests;
mod wanted;

use std::collections::BTreeMap;

use serde::Deserialize;

use self::{
    rule::{Pointer, Rule, holds},
    wanted::Wanted,
};
use super::Format;
use crate::{
    FieldProblem, Operation, Place, Purpose,
    access::{AddressClass, ApprovalKind, EmployerKind, Factor},
};

/// Where an access stands in a format's documents.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Mapping {
    /// The member of a file's object that is the list of its documents. Documents that stand alone are read as well.
    #[serde(default)]
    documents: Option<String>,
    /// The columns of documents that are lines of CSV; those that are JSON have them as names.
    #[serde(default)]
    columns: Vec<String>,
    /// Texts that are JSON themselves, and are read as such.
    #[serde(default)]
    json_texts: Vec<Pointer>,
    /// Texts that are lines of CSV themselves.
    #[serde(default)]
    csv_texts: Vec<CsvText>,
    /// Where places are looked for, the first that has something: the document itself where nothing is said.
    #[serde(default)]
    within: Vec<Pointer>,
    /// What a document must have to be one of this format.
    #[serde(default)]
    requires: Vec<Condition>,
    /// What tells of no access, though it is of this format.
    #[serde(default)]
    passes_over: Vec<Condition>,
    /// The source's own name for the event: the same document again changes nothing.
    id: Rule,
    /// The system or log that reported it.
    source: Rule,
    /// Whose data it was, by the customer's name in the portal.
    #[serde(default)]
    customer: Rule,
    #[serde(default)]
    who: Who,
    when: When,
    #[serde(default)]
    why: Why,
    what: What,
    #[serde(default)]
    approval: ApprovedBy,
    #[serde(default)]
    authentication: AuthenticatedBy,
    /// What of a document all these look at.
    #[serde(skip)]
    wanted: Wanted,
}

/// A text of which a part is a line of CSV.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct CsvText {
    at: Pointer,
    /// What stands before the line; a text without it is left as it is.
    after: String,
    columns: Vec<String>,
    /// The name under which the columns are found.
    into: String,
}

/// A condition on what a rule finds; nothing is an empty text.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Condition {
    field: Rule,
    /// It holds for these values; `*` stands for anything.
    #[serde(default)]
    is: Vec<String>,
    /// It holds for every value but these.
    #[serde(default)]
    is_not: Vec<String>,
    because: String,
}

impl Condition {
    fn holds(&self, value: &str) -> bool {
        holds(&self.is, &self.is_not, value)
    }
}

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
struct Who {
    /// What names the person. It is never kept: only the pseudonym that stands for it.
    person: Rule,
    /// Names that stand for no one person; `*` stands for anything.
    nobody: Vec<String>,
    role: Rule,
    employer: Rule,
    employer_kind: Rule,
    office_country: Rule,
    physical_country: Rule,
}

#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct When {
    started_at: Rule,
    #[serde(default)]
    ended_at: Rule,
    /// What a time that is a number counts since 1970.
    #[serde(default)]
    numbers: Numbers,
    /// The offset that a time zone's name stands for; the empty name is that of times which say none.
    #[serde(default)]
    zones: BTreeMap<String, String>,
}

#[derive(Clone, Copy, Debug, Default, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Numbers {
    #[default]
    Seconds,
    Milliseconds,
}

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
struct Why {
    purpose: Rule,
    justification: Rule,
    ticket: Rule,
    requested_by: Rule,
}

#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct What {
    service: Rule,
    /// The first of these that finds a name.
    resources: Vec<ResourceRule>,
    /// One code, or several with blanks between them.
    operations: Rule,
    #[serde(default)]
    region: Rule,
    #[serde(default)]
    data_categories: Rule,
    #[serde(default)]
    data_read: Rule,
    #[serde(default)]
    volume_bytes: Rule,
}

#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct ResourceRule {
    /// A list, each element of which is a resource: places in it begin with `.`.
    #[serde(default)]
    each: Option<Pointer>,
    #[serde(default, rename = "type")]
    kind: Rule,
    name: Rule,
}

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
struct ApprovedBy {
    kind: Rule,
    grant: Rule,
    approvers: Rule,
    approved_at: Rule,
    reason: Rule,
}

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
struct AuthenticatedBy {
    factors: Rule,
    tool: Rule,
    address_class: Rule,
}

/// Why a file is no mapping.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
pub enum MappingError {
    #[error("the format {0} is Vitrine's own and takes no mapping")]
    Own(&'static str),
    #[error("the mapping is no TOML: {0}")]
    Toml(String),
    #[error("the mapping is wrong at {}: {}", .0.field, .0.reason)]
    Field(FieldProblem),
}

impl Mapping {
    /// The mapping of a format, with what a provider's own file says in the place of what stands there: a table is
    /// filled up, anything else replaced.
    ///
    /// # Errors
    /// [`MappingError`] where the file is none, with the place that is wrong.
    pub fn new(format: Format, own: &str) -> Result<Self, MappingError> {
        let name = format.mapping().ok_or(MappingError::Own(format.code()))?;
        let table = |text: &str| text.parse::<toml::Table>().map_err(|error| MappingError::Toml(error.to_string()));
        let mut whole = table(name)?;
        fill(&mut whole, table(own)?);
        let mut mapping: Self = serde_path_to_error::deserialize(toml::Value::Table(whole)).map_err(|error| {
            let place = error.path().to_string();
            MappingError::Field(FieldProblem::new(place, error.into_inner().to_string().trim_end().to_owned()))
        })?;
        mapping.check()?;
        mapping.wanted = mapping.places();
        Ok(mapping)
    }

    fn places(&self) -> Wanted {
        let Self { who, when, why, what, approval, authentication, .. } = self;
        let mut rules = vec![
            &self.id,
            &self.source,
            &self.customer,
            &who.person,
            &who.role,
            &who.employer,
            &who.employer_kind,
            &who.office_country,
            &who.physical_country,
            &when.started_at,
            &when.ended_at,
            &why.purpose,
            &why.justification,
            &why.ticket,
            &why.requested_by,
            &what.service,
            &what.operations,
            &what.region,
            &what.data_categories,
            &what.data_read,
            &what.volume_bytes,
            &approval.kind,
            &approval.grant,
            &approval.approvers,
            &approval.approved_at,
            &approval.reason,
            &authentication.factors,
            &authentication.tool,
            &authentication.address_class,
        ];
        rules.extend(self.requires.iter().chain(&self.passes_over).map(|condition| &condition.field));
        let mut wanted = Wanted::default();
        for within in self.within.iter().map(Some).chain([None]) {
            rules.iter().for_each(|rule| rule.add_to(&mut wanted, within, None));
            for resource in &what.resources {
                let list = resource.each.as_ref();
                [&resource.kind, &resource.name].into_iter().for_each(|rule| rule.add_to(&mut wanted, within, list));
            }
        }
        for text in self.json_texts.iter().chain(self.csv_texts.iter().map(|text| &text.at)) {
            wanted.name(text);
        }
        wanted
    }

    /// The member that holds the documents of a file.
    pub fn documents(&self) -> Option<&str> {
        self.documents.as_deref()
    }

    /// Whether a document may be a line of CSV.
    pub fn takes_csv(&self) -> bool {
        !self.columns.is_empty()
    }

    /// Refuses answers of the mapping itself that no access may have, before any document is read.
    fn check(&self) -> Result<(), MappingError> {
        type IsCode = fn(&str) -> bool;
        let codes: [(&str, &Rule, IsCode); 8] = [
            ("why.purpose", &self.why.purpose, |code| Purpose::from_code(code).is_some()),
            ("what.operations", &self.what.operations, |code| Operation::from_code(code).is_some()),
            ("who.employer_kind", &self.who.employer_kind, |code| EmployerKind::from_code(code).is_some()),
            ("who.office_country", &self.who.office_country, |code| Place::parse(code).is_some()),
            ("who.physical_country", &self.who.physical_country, |code| Place::parse(code).is_some()),
            ("approval.kind", &self.approval.kind, |code| ApprovalKind::from_code(code).is_some()),
            ("authentication.factors", &self.authentication.factors, |code| Factor::from_code(code).is_some()),
            ("authentication.address_class", &self.authentication.address_class, |code| {
                AddressClass::from_code(code).is_some()
            }),
        ];
        for (place, rule, is_code) in codes {
            for answer in rule.own_answers() {
                let answers = answer.split_whitespace().collect::<Vec<_>>();
                if answers.is_empty() || !answers.iter().all(|code| is_code(code)) {
                    let reason = format!("`{answer}` is none of the codes that it may be; `/api/docs` lists them");
                    return Err(MappingError::Field(FieldProblem::new(place, reason)));
                }
            }
        }
        let needed =
            [("id", &self.id), ("when.started_at", &self.when.started_at), ("what.operations", &self.what.operations)];
        for (place, rule) in needed {
            if rule.is_nothing() {
                return Err(MappingError::Field(FieldProblem::new(place, "finds nothing; every access has one")));
            }
        }
        Ok(())
    }
}

fn fill(whole: &mut toml::Table, own: toml::Table) {
    for (name, value) in own {
        match (whole.get_mut(&name), value) {
            (Some(toml::Value::Table(inner)), toml::Value::Table(value)) => fill(inner, value),
            (_, value) => {
                whole.insert(name, value);
            }
        }
    }
}
