//! What is handed over, item by item, and no more.

use serde::{Deserialize, Serialize};

use super::{Case, DataKind, DataKinds, Identifier};
use crate::{CustomerId, FieldProblem, PersonId, Timestamp, rules::Rules};

const MOST_ITEMS: usize = 1_000;

/// Exactly what is to be handed over. [`ManifestDraft::check`] is the only thing that makes one that counts: one that
/// was read back is checked again before it is used.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Manifest {
    items: Vec<ManifestItem>,
    recipient: String,
    means: String,
}

/// One thing that is handed over.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ManifestItem {
    /// Whose data it is.
    pub customer: CustomerId,
    /// By which of the demand's identifiers it was found.
    pub identifier: String,
    /// What kind of data it is.
    pub kind: DataKind,
    /// What it is, in words.
    pub description: String,
    /// How many records it has.
    pub records: u64,
}

/// A manifest as a form or a program sends it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct ManifestDraft {
    pub items: Vec<ManifestItemDraft>,
    /// Who is given it: a person or office of the authority.
    pub recipient: String,
    /// How: by which channel, encrypted to whom.
    pub means: String,
}

/// One thing to be handed over, as a form or a program sends it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct ManifestItemDraft {
    /// The customer's id.
    pub customer: String,
    /// The value of one of the demand's identifiers.
    pub identifier: String,
    pub kind: String,
    pub description: String,
    pub records: String,
}

impl ManifestDraft {
    /// Everything that could be handed over, for a form to choose from: each kind that is sought and compelled, of each
    /// customer that a specific identifier leads to. What it is, and how much, is for the form to say.
    pub fn choices(case: &Case) -> Vec<ManifestItemDraft> {
        let specific = case.identifiers().iter().filter(|identifier| identifier.is_specific());
        let kinds = case.sought().common(case.process().compels());
        let of_customer = |identifier: &Identifier, customer: CustomerId| {
            kinds
                .iter()
                .map(move |kind| (kind, customer))
                .map(|(kind, customer)| ManifestItemDraft {
                    customer: customer.to_string(),
                    identifier: identifier.value.clone(),
                    kind: kind.code().to_owned(),
                    ..ManifestItemDraft::default()
                })
                .collect::<Vec<_>>()
        };
        specific
            .flat_map(|identifier| {
                identifier.customers.iter().flat_map(move |customer| of_customer(identifier, *customer))
            })
            .collect()
    }

    /// The manifest, or everything by which it goes beyond what this demand seeks, what its process compels, and the
    /// customers of the identifiers that it names.
    pub fn check(&self, case: &Case) -> Result<Manifest, Vec<FieldProblem>> {
        let mut rules = Rules::default();
        let recipient = rules.name("/recipient", &self.recipient);
        let means = rules.name("/means", &self.means);
        match self.items.len() {
            0 => rules.refuse::<()>("/items", "is empty; where nothing is handed over, nothing is disclosed"),
            1..=MOST_ITEMS => None,
            many => rules.refuse("/items", format!("has {many} entries; {MOST_ITEMS} at most")),
        };
        let drafts = self.items.iter().take(MOST_ITEMS).enumerate();
        let items = drafts.filter_map(|(place, item)| item.checked(place, case, &mut rules)).collect();
        let manifest = recipient.zip(means).map(|(recipient, means)| Manifest { items, recipient, means });
        rules.end(manifest)
    }
}

impl ManifestItemDraft {
    fn checked(&self, place: usize, case: &Case, rules: &mut Rules) -> Option<ManifestItem> {
        let field = |name: &str| format!("/items/{place}/{name}");
        let kind =
            rules.required_code(&field("kind"), crate::rules::filled(&self.kind), DataKind::from_code, DataKind::codes);
        if let Some(kind) = kind {
            if !case.sought().contains(kind) {
                rules.refuse::<()>(field("kind"), format!("“{}” isn’t sought", kind.label()));
            } else if !case.process().compels().contains(kind) {
                let process = case.process();
                let reason =
                    format!("“{}” isn’t compelled by “{}” ({})", kind.label(), process.label(), process.source());
                rules.refuse::<()>(field("kind"), reason);
            }
        }
        let named = case.identifiers().iter().filter(|named| named.value == self.identifier).collect::<Vec<_>>();
        if named.is_empty() {
            rules.refuse::<()>(field("identifier"), format!("“{}” isn’t named by the demand", self.identifier));
        } else if let Some(why) = named.iter().find_map(|identifier| identifier.why_blanket()) {
            rules.refuse::<()>(field("identifier"), format!("“{}” is blanket: {why}", self.identifier));
        }
        let customer = self.customer.parse::<CustomerId>().ok();
        match customer {
            None => {
                rules.refuse::<()>(field("customer"), "is no customer’s id");
            }
            Some(customer) if !named.iter().any(|identifier| identifier.customers.contains(&customer)) => {
                rules.refuse::<()>(field("customer"), format!("“{}” doesn’t lead to this customer", self.identifier));
            }
            Some(_) => {}
        }
        let description = rules.words(&field("description"), &self.description);
        let records = self.records.trim().parse::<u32>().ok().filter(|records| *records > 0);
        if records.is_none() {
            rules.refuse::<()>(field("records"), "is no count of records, from 1 on");
        }
        Some(ManifestItem {
            customer: customer?,
            identifier: self.identifier.clone(),
            kind: kind?,
            description: description?,
            records: records?.into(),
        })
    }
}

impl Manifest {
    /// What is handed over.
    pub fn items(&self) -> &[ManifestItem] {
        &self.items
    }

    /// To whom.
    pub fn recipient(&self) -> &str {
        &self.recipient
    }

    /// How.
    pub fn means(&self) -> &str {
        &self.means
    }

    /// The kinds of data that are in it.
    pub fn kinds(&self) -> DataKinds {
        self.items.iter().map(|item| item.kind).collect()
    }

    /// What a form shows to change it: [`ManifestDraft::check`] gives the manifest back.
    pub fn draft(&self) -> ManifestDraft {
        let item = |item: &ManifestItem| ManifestItemDraft {
            customer: item.customer.to_string(),
            identifier: item.identifier.clone(),
            kind: item.kind.code().to_owned(),
            description: item.description.clone(),
            records: item.records.to_string(),
        };
        ManifestDraft {
            items: self.items.iter().map(item).collect(),
            recipient: self.recipient.clone(),
            means: self.means.clone(),
        }
    }
}

/// That somebody signed a manifest off.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SignOff {
    pub(super) by: PersonId,
    pub(super) by_name: String,
    pub(super) reason: String,
    pub(super) at: Timestamp,
}

impl SignOff {
    /// Who signed.
    pub fn by(&self) -> PersonId {
        self.by
    }

    /// What they were called then.
    pub fn by_name(&self) -> &str {
        &self.by_name
    }

    /// Why.
    pub fn reason(&self) -> &str {
        &self.reason
    }

    /// When.
    pub fn at(&self) -> Timestamp {
        self.at
    }
}

/// What was handed over. Only a demand that two people approved can become one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Disclosure {
    pub(super) manifest: Manifest,
    pub(super) sign_offs: [SignOff; 2],
    pub(super) at: Timestamp,
    pub(super) by_name: String,
}

impl Disclosure {
    /// Exactly what was handed over, to whom and how.
    pub fn manifest(&self) -> &Manifest {
        &self.manifest
    }

    /// The two people who signed it off.
    pub fn sign_offs(&self) -> &[SignOff; 2] {
        &self.sign_offs
    }

    /// When.
    pub fn at(&self) -> Timestamp {
        self.at
    }

    /// Who handed it over.
    pub fn by_name(&self) -> &str {
        &self.by_name
    }
}
