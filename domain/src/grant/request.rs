//! What is asked for.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

use super::policy::LONGEST_ACCESS;
use crate::{
    CountryCode, FieldProblem, Operation, OperationSet, Purpose,
    rules::{LONGEST_NAME, Rules},
};

const MOST_RESOURCES: usize = 100;

/// The name of a resource, or with `*` at its end the beginning of names.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct ResourcePattern(String);

impl ResourcePattern {
    pub fn new(text: &str) -> Self {
        Self(text.to_owned())
    }

    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Whether a resource of this name is meant.
    pub fn covers(&self, name: &str) -> bool {
        match self.0.strip_suffix('*') {
            Some(beginning) => name.starts_with(beginning),
            None => self.0 == name,
        }
    }

    /// Whether every resource that the other means is meant.
    pub fn includes(&self, other: &Self) -> bool {
        match (self.0.strip_suffix('*'), other.0.strip_suffix('*')) {
            (Some(ours), Some(theirs)) => theirs.starts_with(ours),
            (None, Some(_)) => false,
            _ => self.covers(&other.0),
        }
    }

    /// Whether some resource can be meant by both.
    pub fn overlaps(&self, other: &Self) -> bool {
        self.includes(other) || other.includes(self)
    }
}

/// A request for access, as it was asked. It is what a customer signs: its fields stand in the order of their names,
/// see [`super::statement`].
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct AccessRequest {
    /// The pseudonym of whoever wants access.
    pub accessor: String,
    /// From where they may act. Never empty.
    pub countries: BTreeSet<CountryCode>,
    pub employer: String,
    /// Why, in words.
    pub justification: String,
    /// For how long, in minutes.
    pub minutes: u32,
    /// Never empty.
    pub operations: OperationSet,
    pub purpose: Purpose,
    /// The asking system's own name for the request: asked again, it is the same request.
    pub reference: String,
    /// Never empty.
    pub resources: Vec<ResourcePattern>,
    pub role: String,
    pub service: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub ticket: Option<String>,
}

/// What may be done of what was asked for. Its fields stand in the order of their names.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Extent {
    pub countries: BTreeSet<CountryCode>,
    /// For how long from the last approval on.
    pub minutes: u32,
    pub operations: OperationSet,
    pub resources: Vec<ResourcePattern>,
}

impl Extent {
    /// Whether it is no more than another in anything, and something at all.
    pub fn is_within(&self, other: &Self) -> bool {
        let resource = |ours: &ResourcePattern| other.resources.iter().any(|theirs| theirs.includes(ours));
        !self.is_nothing()
            && self.minutes <= other.minutes
            && self.operations.iter().all(|operation| other.operations.contains(operation))
            && self.countries.is_subset(&other.countries)
            && self.resources.iter().all(resource)
    }

    /// Whether nothing can be done by it.
    pub fn is_nothing(&self) -> bool {
        self.minutes == 0 || self.operations.is_empty() || self.countries.is_empty() || self.resources.is_empty()
    }

    /// What both allow.
    #[must_use]
    pub fn and(&self, other: &Self) -> Self {
        let both = |of: &Self, with: &Self| {
            let included = |ours: &&ResourcePattern| with.resources.iter().any(|theirs| theirs.includes(ours));
            of.resources.iter().filter(included).cloned().collect::<BTreeSet<_>>()
        };
        let resources: BTreeSet<_> = both(self, other).into_iter().chain(both(other, self)).collect();
        Self {
            countries: self.countries.intersection(&other.countries).copied().collect(),
            minutes: self.minutes.min(other.minutes),
            operations: self.operations.iter().filter(|operation| other.operations.contains(*operation)).collect(),
            resources: resources.into_iter().collect(),
        }
    }
}

impl AccessRequest {
    /// Everything that is asked for, for so many minutes at most.
    pub fn extent(&self, longest: u32) -> Extent {
        Extent {
            countries: self.countries.clone(),
            minutes: self.minutes.min(longest),
            operations: self.operations,
            resources: self.resources.clone(),
        }
    }
}

/// A request as it arrives, from a form or a system: any field may be missing or wrong.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RequestDraft {
    /// The customer's name in the portal. Not part of the request: it says whose data is meant.
    pub customer: Option<String>,
    pub accessor: Option<String>,
    #[serde(default)]
    pub countries: Vec<String>,
    pub employer: Option<String>,
    pub justification: Option<String>,
    pub minutes: Option<u32>,
    #[serde(default)]
    pub operations: Vec<String>,
    pub purpose: Option<String>,
    pub reference: Option<String>,
    #[serde(default)]
    pub resources: Vec<String>,
    pub role: Option<String>,
    pub service: Option<String>,
    pub ticket: Option<String>,
}

impl RequestDraft {
    /// The request, or everything that is wrong with it. `reference` stands in where none was given.
    ///
    /// # Errors
    /// Each field that is wrong, as a JSON Pointer, with a sentence.
    pub fn check(self, reference: &str) -> Result<AccessRequest, Vec<FieldProblem>> {
        let mut rules = Rules::default();
        let request = rules.request(self, reference);
        rules.end(request)
    }
}

impl Rules {
    fn request(&mut self, draft: RequestDraft, reference: &str) -> Option<AccessRequest> {
        let accessor = self.required("/accessor", draft.accessor, LONGEST_NAME);
        let role = self.required("/role", draft.role, LONGEST_NAME);
        let employer = self.required("/employer", draft.employer, LONGEST_NAME);
        let purpose = self.required_code("/purpose", draft.purpose, Purpose::reason_from_code, Purpose::reason_codes);
        let justification = self.required_text("/justification", draft.justification);
        let ticket = self.optional("/ticket", draft.ticket, LONGEST_NAME);
        let service = self.required("/service", draft.service, LONGEST_NAME);
        let reference =
            self.required("/reference", draft.reference.or_else(|| Some(reference.to_owned())), LONGEST_NAME);
        if draft.countries.is_empty() {
            self.refuse::<()>("/countries", "is empty; name the countries from which the access is made");
        }
        let mut countries = BTreeSet::new();
        for (place, country) in draft.countries.iter().enumerate() {
            countries.extend(self.country(&format!("/countries/{place}"), country));
        }
        let operations =
            self.some_codes("/operations", draft.operations, Operation::act_from_code, Operation::act_codes);
        let resources = self.patterns("/resources", draft.resources);
        if resources.is_empty() {
            self.refuse::<()>("/resources", "is empty; name at least one resource");
        }
        let minutes = self.minutes("/minutes", draft.minutes, 1, LONGEST_ACCESS);
        Some(AccessRequest {
            accessor: accessor?,
            countries,
            employer: employer?,
            justification: justification?,
            minutes: minutes?,
            operations: operations.into_iter().collect(),
            purpose: purpose?,
            reference: reference?,
            resources,
            role: role?,
            service: service?,
            ticket,
        })
    }

    /// Names of resources, or beginnings of names.
    pub fn patterns(&mut self, field: &str, patterns: Vec<String>) -> Vec<ResourcePattern> {
        if patterns.len() > MOST_RESOURCES {
            self.refuse::<()>(field, format!("has {} entries; {MOST_RESOURCES} at most", patterns.len()));
            return Vec::new();
        }
        let mut checked = Vec::with_capacity(patterns.len());
        for (place, pattern) in patterns.into_iter().enumerate() {
            let field = format!("{field}/{place}");
            let Some(pattern) = self.text(&field, pattern, 1_000, false) else { continue };
            let name = pattern.strip_suffix('*').unwrap_or(&pattern);
            if name.is_empty() || name.contains('*') {
                self.refuse::<()>(field, "is no name; a * stands at its end alone, for every name that begins so");
            } else {
                checked.push(ResourcePattern(pattern));
            }
        }
        checked
    }

    pub fn minutes(&mut self, field: &str, minutes: Option<u32>, least: u32, most: u32) -> Option<u32> {
        match minutes {
            Some(minutes) if (least..=most).contains(&minutes) => Some(minutes),
            Some(minutes) => {
                self.refuse(field, format!("is {minutes} minutes; it can be from {least} to {most} minutes"))
            }
            None => self.refuse(field, format!("is missing; give from {least} to {most} minutes")),
        }
    }
}
