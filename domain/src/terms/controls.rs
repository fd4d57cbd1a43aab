//! Controls as a customer's auditor asks for them: by a standard's clauses.

use std::collections::BTreeSet;

use alphanumeric_sort::compare_str;
use serde::{Deserialize, Serialize};

use super::{
    day::TermsOn,
    field::TermKey,
    kinds::{Assurance, Control, Reference},
};
use crate::{FieldProblem, export::spreadsheet_safe};

/// Which controls are asked for. It stands in an address, so that it can be sent to somebody else.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct ControlFilter {
    /// Exactly as references name it; every standard without one.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub standard: String,
    /// All of these words.
    #[serde(default, rename = "q", skip_serializing_if = "String::is_empty")]
    pub words: String,
}

/// A clause with the control that answers it, or a control that no standard asks for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ControlRow<'a> {
    pub reference: Option<&'a Reference>,
    pub key: &'a TermKey,
    pub control: &'a Control,
    /// Where other standards ask for the same.
    pub elsewhere: Vec<&'a Reference>,
    /// Who checked it, as far as that is published.
    pub evidence: Vec<(&'a TermKey, &'a Assurance)>,
}

/// The columns of the CSV, in order. A new column goes to the end: readers may count.
const CSV_HEADER: [&str; 7] = ["standard", "clause", "control", "title", "text", "elsewhere", "evidence"];

impl ControlFilter {
    /// # Errors
    /// Where the query names something twice.
    pub fn from_query(query: &str) -> Result<Self, FieldProblem> {
        serde_urlencoded::from_str(query).map_err(|error| FieldProblem::new("", error.to_string()))
    }

    pub fn to_query(&self) -> String {
        // Two texts can always be written.
        serde_urlencoded::to_string(self).unwrap_or_default()
    }

    /// What of it can't be used: a standard that no control names.
    pub fn problem(&self, terms: &TermsOn) -> Option<FieldProblem> {
        let known = self.standard.is_empty() || terms.standards().contains(&self.standard.as_str());
        (!known).then(|| {
            FieldProblem::new("standard", format!("“{}” is not one that a control here is named by", self.standard))
        })
    }

    fn admits(&self, row: &ControlRow<'_>) -> bool {
        let here = self.standard.is_empty() || row.reference.is_some_and(|of| of.standard == self.standard);
        here && {
            let text = row.text().to_lowercase();
            self.words.to_lowercase().split_whitespace().all(|word| text.contains(word))
        }
    }
}

impl ControlRow<'_> {
    /// Everything that words are looked for in.
    fn text(&self) -> String {
        let references = self.reference.into_iter().chain(self.elsewhere.iter().copied()).map(Reference::to_string);
        let evidence = self.evidence.iter().map(|(_, assurance)| assurance.standard.clone());
        let own = [self.key.to_string(), self.control.title.clone(), self.control.text.0.clone()];
        own.into_iter().chain(references).chain(evidence).collect::<Vec<_>>().join("\n")
    }
}

impl TermsOn {
    /// The standards that controls name, in the order in which people count.
    pub fn standards(&self) -> Vec<&str> {
        let named = self.of::<Control>().flat_map(|(_, control)| &control.references);
        let mut standards =
            named.map(|reference| reference.standard.as_str()).collect::<BTreeSet<_>>().into_iter().collect::<Vec<_>>();
        standards.sort_by(|a, b| compare_str(a, b));
        standards
    }

    /// A row for each clause, by standard and clause in the order in which people count: A.5.2 before A.5.10.
    pub fn controls(&self, filter: &ControlFilter) -> Vec<ControlRow<'_>> {
        let mut rows = Vec::new();
        for (published, control) in self.of::<Control>() {
            let evidence = control
                .evidence
                .iter()
                .filter_map(|key| self.one::<Assurance>(key))
                .map(|(published, assurance)| (&published.version.key, assurance))
                .collect::<Vec<_>>();
            let references = control.references.iter().map(Some).chain(control.references.is_empty().then_some(None));
            rows.extend(references.map(|reference| ControlRow {
                reference,
                key: &published.version.key,
                control,
                elsewhere: elsewhere(control, reference),
                evidence: evidence.clone(),
            }));
        }
        rows.retain(|row| filter.admits(row));
        // What no standard asks for stands last.
        rows.sort_by(|a, b| match (a.reference, b.reference) {
            (Some(a), Some(b)) => by_clause(a, b),
            (a, b) => b.is_some().cmp(&a.is_some()),
        });
        rows
    }

    /// The same as CSV (RFC 4180), safe to open in a spreadsheet.
    ///
    /// # Errors
    /// Where it can't be written, which doesn't happen in memory.
    pub fn controls_csv(&self, filter: &ControlFilter) -> Result<Vec<u8>, csv::Error> {
        let mut writer = csv::WriterBuilder::new().terminator(csv::Terminator::CRLF).from_writer(Vec::new());
        writer.write_record(CSV_HEADER)?;
        for row in self.controls(filter) {
            let elsewhere = row.elsewhere.iter().map(|reference| reference.to_string()).collect::<Vec<_>>();
            let evidence = row.evidence.iter().map(|(_, assurance)| {
                let status = assurance.status(self.day).sentence();
                format!("{}, {}: {status}", assurance.standard, assurance.auditor)
            });
            let cells = [
                row.reference.map_or("", |reference| &reference.standard).to_owned(),
                row.reference.map_or("", |reference| &reference.clause).to_owned(),
                row.key.to_string(),
                row.control.title.clone(),
                row.control.text.0.clone(),
                elsewhere.join("\n"),
                evidence.collect::<Vec<_>>().join("\n"),
            ];
            writer.write_record(cells.iter().map(|cell| spreadsheet_safe(cell).into_owned()))?;
        }
        writer.into_inner().map_err(|error| csv::Error::from(std::io::Error::other(error.to_string())))
    }
}

/// Where standards other than the reference's ask for the same control.
fn elsewhere<'a>(control: &'a Control, reference: Option<&Reference>) -> Vec<&'a Reference> {
    let Some(here) = reference else { return Vec::new() };
    let mut elsewhere = control.references.iter().filter(|other| other.standard != here.standard).collect::<Vec<_>>();
    elsewhere.sort_by(|a, b| by_clause(a, b));
    elsewhere
}

fn by_clause(a: &Reference, b: &Reference) -> std::cmp::Ordering {
    compare_str(&a.standard, &b.standard).then_with(|| compare_str(&a.clause, &b.clause))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        TermVersionId, Timestamp,
        terms::{PublishedTerm, TermVersion},
    };
    use serde_json::json;

    fn terms(controls: &[serde_json::Value]) -> TermsOn {
        let published = |value: &serde_json::Value| PublishedTerm {
            id: TermVersionId(uuid::Uuid::nil()),
            version: TermVersion::read(value.clone()).unwrap(),
            published_at: Timestamp::parse("2026-01-01T00:00:00Z").unwrap(),
            proposed_by: "Ada".to_owned(),
            approved_by: "Grace".to_owned(),
        };
        TermsOn::new("2026-03-01".parse().unwrap(), controls.iter().map(published).collect())
    }

    fn control(key: &str, title: &str, references: &[&str]) -> serde_json::Value {
        json!({ "kind": "control", "key": key, "effective_from": "2025-01-01", "title": title, "text": "It is done.",
                "references": references })
    }

    fn found(terms: &TermsOn, standard: &str, words: &str) -> Vec<String> {
        let filter = ControlFilter { standard: standard.to_owned(), words: words.to_owned() };
        let rows = terms.controls(&filter).into_iter();
        rows.map(|row| row.reference.map_or("none", |reference| &reference.clause).to_owned()).collect()
    }

    #[test]
    fn clauses_stand_in_the_order_in_which_people_count() {
        let terms = terms(&[
            control("a", "One", &["ISO/IEC 27001:2022 | A.5.10", "GDPR | Article 28(3)(c)", "SOC 2 | CC6.1"]),
            control("b", "Two", &["ISO/IEC 27001:2022 | A.5.2", "GDPR | Article 9"]),
            control("c", "Three", &[]),
        ]);
        assert_eq!(terms.standards(), ["GDPR", "ISO/IEC 27001:2022", "SOC 2"]);
        assert_eq!(found(&terms, "ISO/IEC 27001:2022", ""), ["A.5.2", "A.5.10"]);
        assert_eq!(found(&terms, "", ""), ["Article 9", "Article 28(3)(c)", "A.5.2", "A.5.10", "CC6.1", "none"]);
        // A clause of one standard finds the same control's in another.
        assert_eq!(found(&terms, "ISO/IEC 27001:2022", "28(3)(C) one"), ["A.5.10"]);
        assert_eq!(found(&terms, "", "nothing like it"), [] as [&str; 0]);
    }

    #[test]
    fn no_cell_is_a_formula() {
        let terms = terms(&[control("a", "=HYPERLINK(1)", &["+SOC | -1", "GDPR | Article 5"])]);
        let csv = String::from_utf8(terms.controls_csv(&ControlFilter::default()).unwrap()).unwrap();
        assert!(csv.contains("'+SOC,'-1,a,'=HYPERLINK(1),It is done.,\"GDPR, Article 5\","), "{csv}");
        assert!(csv.ends_with("\r\n") && csv.lines().count() == 3, "{csv}");
    }

    #[test]
    fn a_filter_is_its_address() {
        let filter = ControlFilter { standard: "ISO/IEC 27018:2019".to_owned(), words: "A.5 & é".to_owned() };
        assert_eq!(ControlFilter::from_query(&filter.to_query()), Ok(filter));
        assert_eq!(ControlFilter::from_query("utm=1"), Ok(ControlFilter::default()));
        assert!(ControlFilter::from_query("q=a&q=b").is_err());
    }
}
