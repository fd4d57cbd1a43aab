//! One document, as its mapping says.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

use super::{
    Mapping, Numbers, ResourceRule, When,
    rule::{Piece, Pointer, Rule, Sum, Template, fits, holds},
};
use crate::{
    FieldProblem, Place, Purpose, Timestamp,
    access::{AccessDraft, AccessorDraft, ApprovalDraft, ApprovalKind, AuthenticationDraft, Factor, ResourceDraft},
    formats::{Incoming, Pseudonyms, Reading, Refused},
    rules::shortened,
};

/// What a rule found.
enum Found {
    /// Texts, more than one where a list stands there, and the place of the first.
    Texts(Vec<String>, Option<String>),
    Nothing,
    /// Something that the mapping has no meaning for.
    Unknown(FieldProblem),
}

/// A document that is being read, and what is known of it so far.
struct Reader<'a> {
    mapping: &'a Mapping,
    document: &'a Value,
    problems: Vec<FieldProblem>,
    /// Where in the document a field of the access was found, or looked for.
    places: BTreeMap<String, String>,
}

/// An element of a list that is looked at, and where it stands.
#[derive(Clone, Copy)]
struct Element<'a> {
    value: &'a Value,
    place: &'a str,
}

impl Mapping {
    /// Reads one document. `now` is when the portal received it.
    pub fn read(&self, document: &[u8], now: Timestamp, pseudonyms: &Pseudonyms) -> Result<Reading, Refused> {
        let value = self.value(document).map_err(|problem| Refused { id: None, problems: vec![problem] })?;
        let mut reader = Reader { mapping: self, document: &value, problems: Vec::new(), places: BTreeMap::new() };
        let id = reader.text("/id", &self.id);
        for condition in &self.requires {
            let (is, place) = reader.plain(&condition.field, None);
            if !condition.holds(&is) && reader.problems.iter().all(|problem| problem.field != place) {
                let is = if is.is_empty() { "is missing".to_owned() } else { format!("is `{}`", in_sentence(&is)) };
                reader.problems.push(FieldProblem::new(place, format!("{is}; {}", condition.because)));
            }
        }
        if !reader.problems.is_empty() {
            return Err(Refused { id, problems: reader.problems });
        }
        if let Some(condition) = self.passes_over.iter().find(|it| it.holds(&reader.plain(&it.field, None).0)) {
            if self.is_cut_off(document) {
                let problem = FieldProblem::new("", "was cut off within quotes, and may have told of an access");
                return Err(Refused { id, problems: vec![problem] });
            }
            return Ok(Reading::PassedOver(condition.because.clone()));
        }
        let mut draft = reader.draft(pseudonyms);
        draft.id.clone_from(&id);
        let customer = draft.customer.take();
        let Reader { problems, places, .. } = reader;
        let broken = match draft.check_of_log(now) {
            Ok(event) if problems.is_empty() => {
                return Ok(Reading::Access(Box::new(Incoming { customer, event })));
            }
            Ok(_) => Vec::new(),
            Err(broken) => broken,
        };
        let broken = broken.into_iter().map(|problem| match place_of(&places, &problem.field) {
            Some(field) => FieldProblem { field, ..problem },
            None => problem,
        });
        // What stands at one place may be used for several fields, and what has no meaning is missing as well: it is
        // told once.
        let mut told = BTreeSet::new();
        let problems =
            problems.into_iter().chain(broken).filter(|problem| told.insert(problem.field.clone())).collect();
        Err(Refused { id, problems })
    }

    /// Whether it is a line of CSV that ends within quotes, as one that is being written when the server stops.
    fn is_cut_off(&self, document: &[u8]) -> bool {
        let is_csv = self.takes_csv() && document.trim_ascii_start().first() != Some(&b'{');
        is_csv && document.iter().filter(|byte| **byte == b'"').count() % 2 == 1
    }

    /// The document as JSON, with the texts read that are JSON or CSV themselves.
    fn value(&self, document: &[u8]) -> Result<Value, FieldProblem> {
        let begins = document.trim_ascii_start().first();
        let mut value = if self.takes_csv() && begins != Some(&b'{') {
            columns("", &self.columns, document)?
        } else {
            self.wanted.read("", document)?
        };
        if !value.is_object() {
            return Err(FieldProblem::new("", "is no JSON object"));
        }
        for pointer in &self.json_texts {
            if let Some(Value::String(text)) = value.pointer_mut(pointer.as_str()) {
                let read = self.wanted.at(pointer).read(pointer.as_str(), text.as_bytes())?;
                if let Some(place) = value.pointer_mut(pointer.as_str()) {
                    *place = read;
                }
            }
        }
        for text in &self.csv_texts {
            let line = text.at.find(&value).and_then(Value::as_str).and_then(|found| found.strip_prefix(&text.after));
            if let Some(line) = line {
                let read = columns(text.at.as_str(), &text.columns, line.as_bytes())?;
                value[&text.into] = read;
            }
        }
        Ok(value)
    }
}

/// A line of CSV as an object; a column that is empty is left out.
fn columns(place: &str, names: &[String], line: &[u8]) -> Result<Value, FieldProblem> {
    let line = String::from_utf8_lossy(line);
    let mut reader = csv::ReaderBuilder::new().has_headers(false).flexible(true).from_reader(line.as_bytes());
    let record = match reader.records().next() {
        Some(record) => record.map_err(|error| FieldProblem::new(place, format!("is no line of CSV: {error}")))?,
        None => return Err(FieldProblem::new(place, "is an empty line of CSV")),
    };
    let cells = names.iter().zip(&record).filter(|(_, cell)| !cell.is_empty());
    Ok(Value::Object(cells.map(|(name, cell)| (name.clone(), Value::from(cell))).collect()))
}

/// A number of bytes. Some sources write whole numbers as `512.0`.
fn whole(text: &str) -> Result<u64, String> {
    let whole = text.strip_suffix(".0").unwrap_or(text);
    whole.parse().map_err(|_| format!("`{}` is no number of bytes", in_sentence(text)))
}

/// A raw value in a sentence.
fn in_sentence(text: &str) -> String {
    shortened(text, 80)
}

/// Where a field of the access stands in the document: its own place, or that of what it belongs to.
fn place_of(places: &BTreeMap<String, String>, field: &str) -> Option<String> {
    let mut of = field;
    loop {
        if let Some(place) = places.get(of) {
            return Some(place.clone());
        }
        of = of.rsplit_once('/')?.0;
    }
}

/// One text, or one for each element of a list. What is neither is shown as the JSON that it is.
fn texts(value: &Value) -> Vec<String> {
    let one = |value: &Value| match value {
        Value::String(text) => Some(text.trim().to_owned()).filter(|text| !text.is_empty()),
        Value::Null => None,
        other => Some(other.to_string()),
    };
    match value {
        Value::Array(elements) => elements.iter().filter_map(one).collect(),
        value => one(value).into_iter().collect(),
    }
}

/// An answer of a table; an empty one says nothing.
fn answered(answer: &str, place: Option<String>) -> Found {
    if answer.is_empty() { Found::Nothing } else { Found::Texts(vec![answer.to_owned()], place) }
}

impl<'a> Reader<'a> {
    fn draft(&mut self, pseudonyms: &Pseudonyms) -> AccessDraft {
        let mapping = self.mapping;
        let Mapping { who, when, why, what, approval, authentication, .. } = mapping;
        let not_stated = |code: Option<String>, otherwise: &str| Some(code.unwrap_or_else(|| otherwise.to_owned()));
        let codes = |text: Option<String>| {
            text.map(|text| text.split_whitespace().map(ToOwned::to_owned).collect::<Vec<_>>()).unwrap_or_default()
        };
        let mut factors = codes(self.text("/authentication/factors", &authentication.factors));
        if factors.is_empty() {
            factors.push(Factor::NotStated.code().to_owned());
        }
        AccessDraft {
            source: self.text("/source", &mapping.source),
            customer: self.text("/customer", &mapping.customer),
            accessor: Some(AccessorDraft {
                pseudonym: self
                    .text("/accessor/pseudonym", &who.person)
                    .filter(|person| !who.nobody.iter().any(|nobody| fits(nobody, person)))
                    .map(|person| pseudonyms.of(&person)),
                role: self.text("/accessor/role", &who.role),
                employer: self.text("/accessor/employer", &who.employer),
                employer_kind: self.text("/accessor/employer_kind", &who.employer_kind),
                office_country: not_stated(
                    self.text("/accessor/office_country", &who.office_country),
                    Place::NOT_STATED,
                ),
                physical_country: self.text("/accessor/physical_country", &who.physical_country),
            }),
            started_at: self.time("/started_at", &when.started_at),
            ended_at: self.time("/ended_at", &when.ended_at),
            purpose: not_stated(self.text("/purpose", &why.purpose), Purpose::NotStated.code()),
            justification: self.text("/justification", &why.justification),
            ticket: self.text("/ticket", &why.ticket),
            requested_by: self.text("/requested_by", &why.requested_by),
            service: self.text("/service", &what.service),
            resources: self.resources(&what.resources),
            region: self.text("/region", &what.region),
            data_categories: self.list("/data_categories", &what.data_categories),
            operations: codes(self.text("/operations", &what.operations)),
            data_read: self.bool("/data_read", &what.data_read),
            volume_bytes: self.bytes("/volume_bytes", &what.volume_bytes),
            approval: Some(ApprovalDraft {
                kind: not_stated(self.text("/approval/kind", &approval.kind), ApprovalKind::NotStated.code()),
                grant: self.text("/approval/grant", &approval.grant),
                approvers: self.list("/approval/approvers", &approval.approvers),
                approved_at: self.time("/approval/approved_at", &approval.approved_at),
                reason: self.text("/approval/reason", &approval.reason),
            }),
            authentication: Some(AuthenticationDraft {
                factors,
                tool: self.text("/authentication/tool", &authentication.tool),
                address_class: self.text("/authentication/address_class", &authentication.address_class),
            }),
            ..AccessDraft::default()
        }
    }

    /// What stands at a place, within whichever part of the document has it, and where that is.
    fn at(&self, pointer: &Pointer) -> (Option<&'a Value>, String) {
        for part in &self.mapping.within {
            if let Some(value) = part.find(self.document).and_then(|part| pointer.find(part)) {
                return (Some(value), format!("{}{}", part.as_str(), pointer.as_str()));
            }
        }
        (pointer.find(self.document), pointer.as_str().to_owned())
    }

    /// The text that a rule finds, empty where it finds none, and its place.
    fn plain(&self, rule: &Rule, element: Option<Element<'_>>) -> (String, String) {
        let looked_at = || rule.first_place().unwrap_or_default().to_owned();
        match self.find(rule, element) {
            Found::Texts(texts, place) => (texts.join(", "), place.unwrap_or_else(looked_at)),
            Found::Nothing => (String::new(), looked_at()),
            Found::Unknown(problem) => (String::new(), problem.field),
        }
    }

    fn find(&self, rule: &Rule, element: Option<Element<'_>>) -> Found {
        match rule {
            Rule::Text(template) => self.fill(template, element),
            Rule::FirstOf(rules) => {
                let mut last = Found::Nothing;
                for rule in rules {
                    match self.find(rule, element) {
                        Found::Nothing => {}
                        Found::Unknown(problem) => last = Found::Unknown(problem),
                        found @ Found::Texts(..) => return found,
                    }
                }
                last
            }
            Rule::Looked(lookup) => {
                // The most telling of several names goes first, and those that the table doesn't have are gone past.
                let several = match &lookup.from {
                    Rule::FirstOf(rules) => rules.as_slice(),
                    rule => std::slice::from_ref(rule),
                };
                let mut unknown = None;
                for rule in several {
                    match self.find(rule, element) {
                        Found::Nothing => {}
                        Found::Unknown(problem) => unknown = Some(problem),
                        Found::Texts(texts, place) => {
                            let raw = texts.join(", ");
                            if let Some(answer) = lookup.table.get(&raw) {
                                return answered(answer, place);
                            }
                            let reason = format!("`{}` has no meaning in the mapping", in_sentence(&raw));
                            unknown = Some(FieldProblem::new(place.unwrap_or_default(), reason));
                        }
                    }
                }
                match (unknown, &lookup.otherwise) {
                    (None, _) => Found::Nothing,
                    (Some(problem), Some(answer)) => answered(answer, Some(problem.field)),
                    (Some(problem), None) => Found::Unknown(problem),
                }
            }
            Rule::Where(choice) => {
                let value = self.plain(&choice.field, element).0;
                if holds(&choice.is, &choice.is_not, &value) {
                    self.find(&choice.then, element)
                } else {
                    Found::Nothing
                }
            }
            Rule::Sum(sum) => self.sum(sum, element),
        }
    }

    fn sum(&self, sum: &Sum, element: Option<Element<'_>>) -> Found {
        let (mut total, mut first) = (0_u64, None);
        let mut add = |element: Option<Element<'_>>| {
            for rule in &sum.of {
                match self.find(rule, element) {
                    Found::Nothing => {}
                    Found::Unknown(problem) => return Err(problem),
                    Found::Texts(texts, place) => {
                        let place = place.unwrap_or_default();
                        for text in texts {
                            let number = whole(&text).map_err(|reason| FieldProblem::new(place.clone(), reason))?;
                            total = total.saturating_add(number);
                        }
                        first.get_or_insert(place);
                    }
                }
            }
            Ok(())
        };
        let added = match &sum.each {
            None => add(element),
            Some(list) => self
                .elements(list)
                .into_iter()
                .try_for_each(|(value, place)| add(Some(Element { value, place: &place }))),
        };
        match added {
            Ok(()) if total == 0 => Found::Nothing,
            Ok(()) => Found::Texts(vec![total.to_string()], first),
            Err(problem) => Found::Unknown(problem),
        }
    }

    /// The elements of a list, and where each stands.
    fn elements(&self, list: &Pointer) -> Vec<(&'a Value, String)> {
        let (value, place) = self.at(list);
        let elements = value.and_then(Value::as_array).into_iter().flatten().enumerate();
        elements.map(|(index, value)| (value, format!("{place}/{index}"))).collect()
    }

    fn fill(&self, template: &Template, element: Option<Element<'_>>) -> Found {
        let mut filled = String::new();
        let mut first = None;
        for piece in &template.0 {
            let (value, place) = match (piece, element) {
                (Piece::Words(words), _) => {
                    filled.push_str(words);
                    continue;
                }
                (Piece::Field(pointer), _) => self.at(pointer),
                (Piece::Inner(pointer), Some(Element { value, place })) => {
                    (pointer.find(value), format!("{place}{}", pointer.as_str()))
                }
                (Piece::Inner(_), None) => return Found::Nothing,
            };
            let Some(value) = value else { return Found::Nothing };
            let texts = texts(value);
            if texts.is_empty() {
                return Found::Nothing;
            }
            if template.0.len() == 1 {
                return Found::Texts(texts, Some(place));
            }
            filled.push_str(&texts.join(", "));
            first.get_or_insert(place);
        }
        Found::Texts(vec![filled], first)
    }

    /// The texts that a rule finds, and its place noted for `field`.
    fn texts_of(&mut self, field: &str, rule: &Rule, element: Option<Element<'_>>) -> Vec<String> {
        let (texts, place) = match self.find(rule, element) {
            Found::Texts(texts, place) => (texts, place),
            Found::Nothing => (
                Vec::new(),
                rule.first_place().map(|place| {
                    let within = element.map_or("", |element| element.place);
                    format!("{within}{place}")
                }),
            ),
            Found::Unknown(problem) => {
                let place = problem.field.clone();
                self.problems.push(problem);
                (Vec::new(), Some(place))
            }
        };
        if let Some(place) = place {
            self.places.insert(field.to_owned(), place);
        }
        texts
    }

    fn text(&mut self, field: &str, rule: &Rule) -> Option<String> {
        let texts = self.texts_of(field, rule, None);
        (!texts.is_empty()).then(|| texts.join(", "))
    }

    fn list(&mut self, field: &str, rule: &Rule) -> Vec<String> {
        self.texts_of(field, rule, None)
    }

    fn resources(&mut self, rules: &[ResourceRule]) -> Vec<ResourceDraft> {
        let mut resources = Vec::new();
        for rule in rules {
            match &rule.each {
                None => resources.extend(self.resource(0, rule, None)),
                Some(list) => {
                    for (value, place) in self.elements(list) {
                        let element = Element { value, place: &place };
                        resources.extend(self.resource(resources.len(), rule, Some(element)));
                    }
                }
            }
            if !resources.is_empty() {
                break;
            }
        }
        if resources.is_empty()
            && let Some(place) = rules.first().and_then(|rule| match &rule.each {
                Some(list) => Some(list.as_str()),
                None => rule.name.first_place(),
            })
        {
            self.places.insert("/resources".to_owned(), place.to_owned());
        }
        resources
    }

    fn resource(&mut self, place: usize, rule: &ResourceRule, element: Option<Element<'_>>) -> Option<ResourceDraft> {
        let name = self.texts_of(&format!("/resources/{place}/name"), &rule.name, element);
        if name.is_empty() {
            return None;
        }
        let kind = self.texts_of(&format!("/resources/{place}/type"), &rule.kind, element);
        Some(ResourceDraft { kind: (!kind.is_empty()).then(|| kind.join(", ")), name: Some(name.join(", ")) })
    }

    fn refuse<T>(&mut self, field: &str, reason: String) -> Option<T> {
        let place = self.places.get(field).cloned().unwrap_or_else(|| field.to_owned());
        self.problems.push(FieldProblem::new(place, reason));
        None
    }

    fn bool(&mut self, field: &str, rule: &Rule) -> Option<bool> {
        let text = self.text(field, rule)?;
        match text.as_str() {
            "true" => Some(true),
            "false" => Some(false),
            _ => self.refuse(field, format!("`{}` is neither true nor false", in_sentence(&text))),
        }
    }

    fn bytes(&mut self, field: &str, rule: &Rule) -> Option<u64> {
        let text = self.text(field, rule)?;
        whole(&text).map_or_else(|reason| self.refuse(field, reason), Some)
    }

    /// A time as RFC 3339 writes it. What can't be told is passed on as it is, and refused by the rules of accesses.
    fn time(&mut self, field: &str, rule: &Rule) -> Option<String> {
        let text = self.text(field, rule)?;
        Some(self.mapping.when.written(&text).unwrap_or(text))
    }
}

impl When {
    fn written(&self, text: &str) -> Option<String> {
        if let Ok(number) = text.parse::<i64>() {
            let micros = number.checked_mul(match self.numbers {
                Numbers::Seconds => 1_000_000,
                Numbers::Milliseconds => 1_000,
            })?;
            return Some(Timestamp::from_micros(micros).ok()?.to_string());
        }
        if Timestamp::parse(text).is_ok() {
            return Some(text.to_owned());
        }
        // `2026-02-11 09:30:00.123 UTC`, or without a zone.
        let named = text.rsplit_once(' ').and_then(|(time, zone)| Some((time, self.offset(zone)?)));
        let (time, offset) = match named {
            Some(named) => named,
            None => (text, self.zones.get("")?.clone()),
        };
        let written = format!("{}{offset}", time.replacen(' ', "T", 1));
        Timestamp::parse(&written).is_ok().then_some(written)
    }

    /// The offset of a zone by its name; `+01` is written as `+01:00`.
    fn offset(&self, zone: &str) -> Option<String> {
        if let Some(offset) = self.zones.get(zone) {
            return Some(offset.clone());
        }
        let hours = zone.strip_prefix(['+', '-'])?;
        let digits = hours.len() == 2 && hours.bytes().all(|byte| byte.is_ascii_digit());
        digits.then(|| format!("{zone}:00"))
    }
}
