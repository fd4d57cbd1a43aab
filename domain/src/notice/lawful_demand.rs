//! What a customer is told of a demand for its data.

use serde::{Deserialize, Serialize};

use crate::{
    CountryCode, CustomerId, Timestamp,
    demand::{Case, ChallengeOutcome, CheckItem, DataKind, DataKinds, Delay, LegalProcess, NoticeAbout, Outcome},
};

/// A demand as one customer is told of it: the data requested, the authority, the legal basis and the answer given
/// (SCC 2021/914, clause 15.1(a)), and after an order not to tell also that there was one and what was done against it
/// (clause 15.1(b)). It holds nothing of other customers that the demand named, and none of the lawyers' own words.
///
/// [`LawfulDemand::of`] is the only way to one: a sealed demand can't be told of by hand.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct LawfulDemand {
    /// Whether it tells of the demand, or of its outcome too.
    pub about: NoticeAbout,
    /// Who asked.
    pub authority: String,
    /// The country whose authority it is.
    pub country: CountryCode,
    /// The authority's own number or mark.
    pub reference: String,
    /// Under what process.
    pub process: LegalProcess,
    /// When the provider received it.
    pub received_at: Timestamp,
    /// By when an answer was asked for.
    pub deadline: Option<Timestamp>,
    /// Whether somebody was said to be in danger.
    pub emergency: bool,
    /// The kinds of data that were requested.
    pub requested: DataKinds,
    /// The identifiers named that lead to this customer.
    pub identifiers: Vec<String>,
    /// Whether the provider found it to be authentic.
    pub authentic: bool,
    /// Whether the review was finished.
    pub reviewed: bool,
    /// The kinds of data that it was narrowed to, where it was narrowed.
    pub narrowed_to: Option<DataKinds>,
    /// Whether the authority was asked to turn to the customer.
    pub redirect_attempted: bool,
    /// Each challenge, with what came of it.
    pub challenges: Vec<Option<ChallengeOutcome>>,
    /// Until when data is kept, where the demand was to preserve it.
    pub preserved_until: Option<Timestamp>,
    /// How it ended for this customer; `None` also where only data of others was disclosed.
    pub outcome: Option<Outcome>,
    /// What of this customer's was disclosed.
    pub disclosed: Vec<DisclosedItem>,
    /// To whom, how, and when.
    pub handed_over: Option<(String, String, Timestamp)>,
    /// What kept the provider from telling.
    pub delay: Option<Delay>,
}

/// One thing of a customer's that was disclosed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct DisclosedItem {
    /// By which identifier it was found.
    pub identifier: String,
    /// What kind of data it is.
    pub kind: DataKind,
    /// What it is.
    pub description: String,
    /// How many records it has.
    pub records: u64,
}

impl LawfulDemand {
    /// What this customer is owed to know now; `None` where it is owed nothing, as while the demand is sealed.
    pub fn of(case: &Case, customer: CustomerId, now: Timestamp) -> Option<Self> {
        let owed = case.notice_due(now).into_iter().find(|owed| owed.customer == customer)?;
        let intake = case.intake();
        let own =
            intake.identifiers.iter().chain(case.identifiers()).filter(|named| named.customers.contains(&customer));
        let mut identifiers = own.map(ToString::to_string).collect::<Vec<_>>();
        identifiers.sort_unstable();
        identifiers.dedup();
        let manifest = case.disclosure().map(|disclosure| (disclosure.manifest(), disclosure.at()));
        let items = manifest.iter().flat_map(|(manifest, _)| manifest.items());
        let disclosed = items.filter(|item| item.customer == customer).map(|item| DisclosedItem {
            identifier: item.identifier.clone(),
            kind: item.kind,
            description: item.description.clone(),
            records: item.records,
        });
        let disclosed = disclosed.collect::<Vec<_>>();
        let kinds = disclosed.iter().map(|item| item.kind).collect::<DataKinds>();
        let outcome = case.outcome().and_then(|outcome| match outcome.is_disclosure() {
            true => (!kinds.is_empty()).then(|| Outcome::of_disclosing(kinds)),
            false => Some(outcome),
        });
        let handed_over = manifest.filter(|_| !disclosed.is_empty());
        Some(Self {
            about: owed.about,
            authority: intake.authority.clone(),
            country: intake.country,
            reference: intake.reference.clone(),
            process: intake.process,
            received_at: intake.received_at,
            deadline: intake.deadline,
            emergency: intake.emergency,
            requested: intake.sought,
            identifiers,
            authentic: case.checklist().is_met(CheckItem::Authentic),
            reviewed: case.checklist().next().is_none(),
            narrowed_to: (!case.narrowed().is_empty()).then(|| case.sought()),
            redirect_attempted: case.redirect().is_some(),
            challenges: case
                .challenges()
                .iter()
                .map(|challenge| challenge.decided.as_ref().map(|(outcome, ..)| *outcome))
                .collect(),
            preserved_until: case.preserved_until(),
            outcome,
            disclosed,
            handed_over: handed_over
                .map(|(manifest, at)| (manifest.recipient().to_owned(), manifest.means().to_owned(), at)),
            delay: case.delay(customer, owed.about, now),
        })
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::{
        Zone,
        demand::tests::{ACME, GLOBEX, approved, customer, hour, lawyer, open, order_until, reviewed},
        notice::NoticeContent,
    };

    fn of_two_customers(order: bool) -> Case {
        let named = json!([
            { "kind": "account", "value": "acme-7", "customers": [ACME] },
            { "kind": "account", "value": "globex-1", "customers": [GLOBEX] },
        ]);
        let mut changes = json!({ "identifiers": named });
        if order {
            changes["order"] = order_until("America/New_York", "2026-03-31");
        }
        let (_, demand) = open(changes).challenge("Overbroad.", &lawyer(1), hour(0)).unwrap();
        let (_, demand) = demand.decide_challenge(ChallengeOutcome::Denied, "By order.", &lawyer(1), hour(1)).unwrap();
        let demand = reviewed(demand);
        let (_, demand) = approved(demand, "content").disclose(&lawyer(1), hour(5)).unwrap();
        demand.case().clone()
    }

    #[test]
    fn a_customer_is_told_nothing_of_another() {
        let case = of_two_customers(false);
        let acme = LawfulDemand::of(&case, customer(ACME), hour(6)).unwrap();
        let globex = LawfulDemand::of(&case, customer(GLOBEX), hour(6)).unwrap();
        assert_eq!((acme.outcome, acme.disclosed.len()), (Some(Outcome::ContentDisclosed), 1));
        assert_eq!((globex.outcome, globex.handed_over.clone()), (None, None));
        for (own, other) in [(&acme, "globex"), (&globex, "acme")] {
            assert!(!serde_json::to_string(own).unwrap().contains(other));
        }
    }

    #[test]
    fn while_the_demand_is_sealed_nobody_is_told() {
        let case = of_two_customers(true);
        let end = Timestamp::parse("2026-04-01T04:00:00Z").unwrap();
        let before = Timestamp::parse("2026-04-01T03:59:59Z").unwrap();
        assert_eq!(LawfulDemand::of(&case, customer(ACME), before), None);
        assert!(LawfulDemand::of(&case, customer(ACME), end).is_some());
    }

    #[test]
    fn a_delayed_notice_tells_what_happened_and_what_kept_it() {
        let end = Timestamp::parse("2026-04-01T04:00:00Z").unwrap();
        let demand = LawfulDemand::of(&of_two_customers(true), customer(ACME), end).unwrap();
        let content = NoticeContent::LawfulDemand(demand);
        let told = content.statements(end, Zone::UTC);
        let told = told.iter().map(|told| format!("{} {}", told.question, told.answer)).collect::<Vec<_>>().join("\n");
        insta::assert_snapshot!(format!("{}\n{told}", content.title()), @r"
        What became of a demand by FBI for data of yours
        What happened? The provider received a demand for data of yours on 1 March 2026, 10:00:00 UTC. The authority’s reference is 26-gj-7.
        Which authority? FBI, United States.
        On what legal basis? Search warrant: 18 USC 2703(a) to (c); United States v. Warshak, 631 F.3d 266 (6th Cir. 2010).
        Which of your data? It asks for subscriber data and content, and names: Account acme-7.
        What did the provider do about it? The provider’s legal team reviewed it. It challenged the demand; that was denied.
        What was disclosed? On 1 March 2026, 15:00:00 UTC, to Special Agent Doe (how: Encrypted to the agent’s key): Mail of May (content, 12 records, found by acme-7).
        Why do you hear of it only now? District Court barred the provider from telling you from 1 March 2026, 10:00:00 UTC to 1 April 2026, 04:00:00 UTC, under 18 USC 2705(b) (reference 26-mj-7). That delayed this notice by 30 days.
        What can you do now? Read the copy of the demand, ask the provider, and turn to the authority or to a court yourself.
        ");
        let json = serde_json::to_string(&content).unwrap();
        assert_eq!(serde_json::from_str::<NoticeContent>(&json).unwrap(), content);
    }
}
