//! What holds on a day.

use std::collections::BTreeSet;

use chrono::NaiveDate;

use super::{
    field::TermKey,
    kinds::{AsTerm, Mechanism, Services, Subprocessor, Term, TermKind, Transfer},
    mechanism::Mechanisms,
    version::PublishedTerm,
};

/// Every term that holds for somebody on a day, and what transfers could rest on.
#[derive(Clone, Debug)]
pub struct TermsOn {
    pub day: NaiveDate,
    /// What mechanisms are worth is known only now, also for days that are past.
    pub mechanisms: Mechanisms,
    terms: Vec<PublishedTerm>,
}

impl TermsOn {
    /// Of published versions, those that hold on a day: of each term the newest that took effect, a customer's own in
    /// the place of a general one, and none of a service that the customer doesn't have.
    pub fn new(day: NaiveDate, versions: Vec<PublishedTerm>) -> Self {
        let newest = newest(NaiveDate::MAX, &versions);
        let mechanisms = Mechanisms::with(
            newest
                .iter()
                .filter_map(|published| Some((&published.version.key, published.version.as_term::<Mechanism>()?))),
        );
        let mut terms = newest_owned(day, versions);
        // A customer's own version that ended leaves the general one to hold.
        terms.retain(|published| published.version.effective_until.is_none_or(|until| day <= until));
        let own = terms
            .iter()
            .filter(|published| published.version.customer.is_some())
            .map(|published| (published.version.kind(), published.version.key.clone()))
            .collect::<BTreeSet<_>>();
        terms.retain(|published| {
            let version = &published.version;
            version.customer.is_some() || !own.contains(&(version.kind(), version.key.clone()))
        });
        let services = terms
            .iter()
            .find_map(|published| published.version.as_term::<Services>())
            .map(|services| services.services.clone());
        if let Some(services) = services {
            terms.retain(|published| published.version.term.concerns(&services));
        }
        Self { day, mechanisms, terms }
    }

    /// Those of a kind, in the order of keys.
    pub fn of<T: AsTerm>(&self) -> impl Iterator<Item = (&PublishedTerm, &T)> {
        self.terms.iter().filter_map(|published| Some((published, published.version.as_term::<T>()?)))
    }

    /// The same, where the kind is known only now.
    pub fn of_kind(&self, kind: TermKind) -> impl Iterator<Item = &PublishedTerm> {
        self.terms.iter().filter(move |published| published.version.kind() == kind)
    }

    /// The mechanisms that transfers and subprocessors of the day rest on, or that stand behind those, in the order of keys.
    pub fn in_use(&self) -> Vec<(&TermKey, &Mechanism)> {
        let transfers =
            self.of::<Transfer>().flat_map(|(_, transfer)| transfer.mechanism.iter().chain(&transfer.fallback));
        let subprocessors = self.of::<Subprocessor>().filter_map(|(_, subprocessor)| subprocessor.mechanism.as_ref());
        let used = transfers.chain(subprocessors).collect::<BTreeSet<_>>();
        self.mechanisms.iter().filter(|(key, _)| used.contains(key)).collect()
    }

    /// Of versions that take effect later, those that would hold for whom these hold: none that was replaced before it
    /// took effect, none of a service that the customer doesn't have, and no general one where it has its own.
    pub fn upcoming(&self, mut announced: Vec<PublishedTerm>) -> Vec<PublishedTerm> {
        announced.sort_by(|a, b| order(a).cmp(&order(b)));
        announced.dedup_by(|later, earlier| {
            let (new, old) = (&later.version, &earlier.version);
            let replaces = new.is_of_same(old) && new.effective_from == old.effective_from;
            if replaces {
                std::mem::swap(later, earlier);
            }
            replaces
        });
        let services = self.of::<Services>().map(|(_, services)| services).next();
        let has_own = |published: &PublishedTerm| {
            let version = &published.version;
            let mut own = self.terms.iter().map(|held| &held.version).filter(|held| held.customer.is_some());
            version.customer.is_none() && own.any(|own| own.kind() == version.kind() && own.key == version.key)
        };
        announced.retain(|published| {
            let had = services.is_none_or(|had| published.version.term.concerns(&had.services));
            had && !has_own(published)
        });
        announced.sort_by_key(|published| published.version.effective_from);
        announced
    }

    /// One of a kind.
    pub fn one<T: AsTerm>(&self, key: &TermKey) -> Option<(&PublishedTerm, &T)> {
        self.of::<T>().find(|(published, _)| published.version.key == *key)
    }
}

impl Term {
    /// Whether it concerns a customer that has these services and no others.
    pub(super) fn concerns(&self, services: &[String]) -> bool {
        match self {
            Self::Transfer(term) => services.contains(&term.service),
            Self::Location(term) => services.contains(&term.service),
            Self::Subprocessor(term) => {
                term.works_for.is_empty() || term.works_for.iter().any(|service| services.contains(service))
            }
            _ => true,
        }
    }
}

/// Of each term the version that took effect last by a day, and of those of one day the one published last.
pub(super) fn newest(day: NaiveDate, versions: &[PublishedTerm]) -> Vec<&PublishedTerm> {
    let mut found = versions.iter().filter(|published| published.version.effective_from <= day).collect::<Vec<_>>();
    found.sort_by(|a, b| order(a).cmp(&order(b)));
    found.dedup_by(|later, earlier| {
        let same = later.version.is_of_same(&earlier.version);
        if same {
            *earlier = later;
        }
        same
    });
    found
}

fn newest_owned(day: NaiveDate, versions: Vec<PublishedTerm>) -> Vec<PublishedTerm> {
    newest(day, &versions).into_iter().cloned().collect()
}

type Order<'a> = (TermKind, &'a TermKey, Option<&'a str>, NaiveDate, crate::Timestamp, crate::TermVersionId);

fn order(published: &PublishedTerm) -> Order<'_> {
    let version = &published.version;
    let customer = version.customer.as_deref();
    (version.kind(), &version.key, customer, version.effective_from, published.published_at, published.id)
}
