//! A demand as it arrives.

use serde::{Deserialize, Serialize};

use super::{DataKind, DataKinds, Identifier, IdentifierKind, LegalProcess, NonDisclosureOrder, OrderDraft, Refusal};
use crate::{
    CountryCode, FieldProblem, Timestamp,
    rules::{LONGEST_NAME, Rules, filled},
};

const MOST_IDENTIFIERS: usize = 500;

/// What an authority asks for, and how. [`DemandDraft::check`] makes it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Intake {
    /// The authority's own number or mark.
    pub reference: String,
    /// Who asks.
    pub authority: String,
    /// The country whose authority it is.
    pub country: CountryCode,
    /// Under what process.
    pub process: LegalProcess,
    /// When the provider received it.
    pub received_at: Timestamp,
    /// The kinds of data asked for; for a preservation, to be kept.
    pub sought: DataKinds,
    /// What it names. Empty, or blanket, where it names nobody in particular.
    pub identifiers: Vec<Identifier>,
    /// By when an answer is asked for: as the demand says, or else as its law does.
    pub deadline: Option<Timestamp>,
    /// Whether somebody is said to be in danger.
    pub emergency: bool,
    /// What it is about, in words.
    pub description: String,
    /// The order not to tell that came with it. It binds from the first moment: no act lies between.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub order: Option<NonDisclosureOrder>,
}

impl Intake {
    /// What people call it: the authority, and its reference.
    pub fn name(&self) -> String {
        format!("{}, {}", self.authority, self.reference)
    }
}

/// A demand as a form or a program sends it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct DemandDraft {
    /// A program's own id for it. A form has none.
    pub id: String,
    pub reference: String,
    pub authority: String,
    pub country: String,
    pub process: String,
    pub received_at: String,
    pub sought: Vec<String>,
    pub identifiers: Vec<IdentifierDraft>,
    pub deadline: String,
    pub emergency: bool,
    pub description: String,
    pub order: Option<OrderDraft>,
}

/// One identifier as a form or a program sends it. Its value may be empty: that is how blanket demands come.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct IdentifierDraft {
    pub kind: String,
    pub value: String,
    /// When it was used, in RFC 3339.
    pub at: String,
    /// The ids of the customers that it leads to.
    pub customers: Vec<String>,
}

impl DemandDraft {
    /// What is asked for, or everything that is wrong with it. `now` is when it is registered.
    pub fn check(&self, now: Timestamp) -> Result<Intake, Vec<FieldProblem>> {
        let mut rules = Rules::default();
        let intake = self.checked(now, &mut rules);
        rules.end(intake)
    }

    /// The same of what a program sends, which has an id of its own by which it may send it again.
    pub fn check_sent(&self, now: Timestamp) -> Result<Intake, Vec<FieldProblem>> {
        let mut rules = Rules::default();
        let id = rules.name("/id", &self.id);
        let intake = self.checked(now, &mut rules);
        rules.end(id.and(intake))
    }

    fn checked(&self, now: Timestamp, rules: &mut Rules) -> Option<Intake> {
        let reference = rules.name("/reference", &self.reference);
        let authority = rules.name("/authority", &self.authority);
        let country = rules.country("/country", &self.country);
        let process =
            rules.required_code("/process", filled(&self.process), LegalProcess::from_code, LegalProcess::codes);
        if let (Some(process), Some(country)) = (process, country)
            && !process.is_of(country)
        {
            let reason = format!("“{}” is no process of {}", process.label(), country.name());
            rules.refuse::<()>("/process", reason);
        }
        let received_at = rules.required_time("/received_at", filled(&self.received_at));
        if received_at.is_some_and(|received| received > now) {
            rules.refuse::<()>("/received_at", format!("lies in the future; the portal's clock says {now}"));
        }
        if let (Some(process), Some(received)) = (process, received_at)
            && !process.applied_at(received)
        {
            let reason = format!(
                "“{}” didn’t exist when this was received: Regulation (EU) 2023/1543 applies from 18 August 2026 on \
                 (article 34(2)). If it is another order, choose what it is",
                process.label()
            );
            rules.refuse::<()>("/process", reason);
        }
        let sought = rules.some_codes("/sought", self.sought.clone(), DataKind::from_code, DataKind::codes);
        let identifiers = check_identifiers(&self.identifiers, rules);
        let deadline = rules.optional_time("/deadline", filled(&self.deadline));
        if let (Some(deadline), Some(received)) = (deadline, received_at)
            && deadline <= received
        {
            rules.refuse::<()>("/deadline", "is not after the demand was received");
        }
        let description = rules.words("/description", &self.description);
        let order = match &self.order {
            Some(draft) => Some(draft.checked("/order", rules)?),
            None => None,
        };
        match order.as_ref().map_or(Ok(()), |order| order.lies_ahead(now)) {
            Ok(()) => {}
            Err(Refusal::ReviewTooFar) => {
                rules.refuse::<()>("/order/end/review_on", "is more than a year ahead");
            }
            Err(_) => {
                let reason = "is past; an order that binds no longer needs none of the portal's silence";
                rules.refuse::<()>("/order/end", reason);
            }
        }
        let (process, received_at) = (process?, received_at?);
        let emergency = self.emergency || process.is_voluntary();
        let by_law = process.answer_within(emergency).map(|within| received_at.plus(within));
        Some(Intake {
            reference: reference?,
            authority: authority?,
            country: country?,
            process,
            received_at,
            sought: sought.into_iter().collect(),
            identifiers,
            deadline: deadline.or(by_law),
            emergency,
            description: description?,
            order,
        })
    }
}

/// The identifiers, at `/identifiers` of what arrived.
pub(super) fn check_identifiers(drafts: &[IdentifierDraft], rules: &mut Rules) -> Vec<Identifier> {
    if drafts.len() > MOST_IDENTIFIERS {
        let reason = format!("has {} entries; {MOST_IDENTIFIERS} at most", drafts.len());
        rules.refuse::<()>("/identifiers", reason);
        return Vec::new();
    }
    let checked = drafts.iter().enumerate().filter_map(|(place, draft)| draft.checked(place, rules));
    let mut identifiers = Vec::<Identifier>::with_capacity(drafts.len());
    for identifier in checked {
        if !identifiers.iter().any(|known| known.names_same(&identifier)) {
            identifiers.push(identifier);
        }
    }
    identifiers
}

/// The identifiers that a form sends to narrow a demand to, or everything that is wrong with them.
pub fn identifiers(drafts: &[IdentifierDraft]) -> Result<Vec<Identifier>, Vec<FieldProblem>> {
    let mut rules = Rules::default();
    let identifiers = check_identifiers(drafts, &mut rules);
    rules.end(Some(identifiers))
}

impl IdentifierDraft {
    fn checked(&self, place: usize, rules: &mut Rules) -> Option<Identifier> {
        let at = format!("/identifiers/{place}");
        let kind = rules.required_code(
            &format!("{at}/kind"),
            filled(&self.kind),
            IdentifierKind::from_code,
            IdentifierKind::codes,
        );
        let value = match filled(&self.value) {
            Some(value) => rules.text(&format!("{at}/value"), value, LONGEST_NAME, false),
            None => Some(String::new()),
        };
        let moment = rules.optional_time(&format!("{at}/at"), filled(&self.at));
        let mut customers = Vec::with_capacity(self.customers.len());
        for (place, customer) in self.customers.iter().enumerate() {
            match customer.parse() {
                Ok(customer) if customers.contains(&customer) => {}
                Ok(customer) => customers.push(customer),
                Err(_) => {
                    rules.refuse::<()>(format!("{at}/customers/{place}"), "is no customer’s id");
                }
            }
        }
        Some(Identifier { kind: kind?, value: value?, at: moment, customers })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn now() -> Timestamp {
        Timestamp::parse("2026-09-01T12:00:00Z").unwrap()
    }

    fn draft() -> DemandDraft {
        serde_json::from_value(serde_json::json!({
            "reference": "Az. 12 Js 7/26", "authority": "Staatsanwaltschaft Berlin", "country": "DE",
            "process": "eu_production_order", "received_at": "2026-09-01T10:00:00Z", "sought": ["subscriber"],
            "identifiers": [{ "kind": "account", "value": "acme-7" }], "description": "Fraud.",
        }))
        .unwrap()
    }

    fn fields(draft: &DemandDraft) -> Vec<String> {
        draft.check(now()).unwrap_err().into_iter().map(|problem| problem.field).collect()
    }

    #[test]
    fn the_law_sets_the_deadline_where_the_demand_names_none() {
        let at = |draft: &DemandDraft| draft.check(now()).unwrap().deadline.unwrap().to_string();
        assert_eq!(at(&draft()), "2026-09-11T10:00:00.000000Z");
        assert_eq!(at(&DemandDraft { emergency: true, ..draft() }), "2026-09-01T18:00:00.000000Z");
        let named = DemandDraft { deadline: "2026-09-05T10:00:00Z".to_owned(), ..draft() };
        assert_eq!(at(&named), "2026-09-05T10:00:00.000000Z");
    }

    #[test]
    fn a_european_order_from_before_its_regulation_applied_is_refused_with_the_day() {
        let early = DemandDraft { received_at: "2026-08-17T20:59:59Z".to_owned(), ..draft() };
        let problems = early.check(now()).unwrap_err();
        assert_eq!(problems.iter().map(|problem| problem.field.as_str()).collect::<Vec<_>>(), ["/process"]);
        assert!(problems[0].reason.contains("applies from 18 August 2026"), "{}", problems[0].reason);
        assert!(DemandDraft { received_at: "2026-08-17T21:00:00Z".to_owned(), ..draft() }.check(now()).is_ok());
        let national = DemandDraft { process: "domestic_court_order".to_owned(), ..early };
        assert!(national.check(now()).is_ok(), "a member state’s own order was one before");
    }

    #[test]
    fn everything_that_is_wrong_is_said_at_once() {
        assert_eq!(
            fields(&DemandDraft::default()),
            ["/reference", "/authority", "/country", "/process", "/received_at", "/sought", "/description",]
        );
        let bad = DemandDraft {
            country: "US".to_owned(),
            received_at: "2027-03-01T10:00:00Z".to_owned(),
            sought: vec!["everything".to_owned()],
            identifiers: vec![IdentifierDraft { customers: vec!["acme".to_owned()], ..Default::default() }],
            deadline: "2026-07-01T00:00:00Z".to_owned(),
            ..draft()
        };
        assert_eq!(
            fields(&bad),
            ["/process", "/received_at", "/sought/0", "/identifiers/0/kind", "/identifiers/0/customers/0", "/deadline",]
        );
    }

    #[test]
    fn a_blanket_demand_is_registered_as_it_came() {
        let everybody = IdentifierDraft { kind: "account".to_owned(), ..Default::default() };
        for identifiers in [vec![], vec![everybody]] {
            let intake = DemandDraft { identifiers, ..draft() }.check(now()).unwrap();
            assert!(super::super::why_blanket(&intake.identifiers).is_some());
        }
    }

    #[test]
    fn an_emergency_request_is_an_emergency() {
        let request = DemandDraft { process: "domestic_emergency_request".to_owned(), ..draft() };
        assert!(request.check(now()).unwrap().emergency);
    }
}
