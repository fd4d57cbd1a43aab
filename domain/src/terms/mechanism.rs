//! What transfers rest on, and for how long: the legal life of a mechanism.

use std::{collections::BTreeMap, sync::LazyLock};

use chrono::{Days, NaiveDate};

pub use super::kinds::Mechanism;
use super::{
    TermKey,
    kinds::{Subprocessor, Transfer},
    version::TermVersion,
};
use crate::{CountryCode, rules::Rules};

crate::closed_list! {
    /// A law that asks for a mechanism before personal data leaves.
    pub enum Law {
        /// Regulation (EU) 2016/679, chapter V; before 25 May 2018 Directive 95/46/EC, chapter IV.
        Eu => "GDPR",
        /// UK GDPR, chapter V; Data Protection Act 2018.
        Uk => "UK GDPR",
        /// Federal Act on Data Protection, articles 16 to 18.
        Switzerland => "Swiss FADP",
    }
}

crate::closed_list! {
    /// What kind of mechanism it is.
    pub enum MechanismKind {
        AdequacyDecision => "Adequacy decision",
        /// An adequacy decision for recipients that certified themselves.
        Framework => "Framework with self-certification",
        StandardClauses => "Standard contractual clauses",
        BindingCorporateRules => "Binding corporate rules",
        Derogation => "Derogation",
    }
}

crate::closed_list! {
    /// How a mechanism ended.
    pub enum EndedHow {
        Invalidated => "Invalidated",
        Repealed => "Repealed",
        Superseded => "Superseded",
        Expired => "Expired",
        NoLongerRecognised => "No longer recognised",
    }
}

/// Members of the European Economic Area; the United Kingdom was one until the end of its transition on
/// 31 December 2020 (Withdrawal Agreement, article 126).
const EEA: &str = "AT BE BG CY CZ DE DK EE ES FI FR GR HR HU IE IS IT LI LT LU LV MT NL NO PL PT RO SE SI SK";

impl Law {
    /// The law that binds exporters in a country on a day, if it is one of these.
    pub fn of(country: CountryCode, day: NaiveDate) -> Option<Self> {
        let country = country.as_str();
        let united_kingdom =
            if NaiveDate::from_ymd_opt(2021, 1, 1).is_some_and(|left| day >= left) { Self::Uk } else { Self::Eu };
        match country {
            "GB" => Some(united_kingdom),
            "CH" => Some(Self::Switzerland),
            _ if EEA.split(' ').any(|member| member == country) => Some(Self::Eu),
            _ => None,
        }
    }
}

/// What a mechanism is worth on a day.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Standing {
    /// It doesn't carry transfers yet.
    NotYet,
    InForce,
    /// Only contracts that were concluded in time still rest on it.
    OldContractsOnly,
    Ended,
}

impl Standing {
    /// In downloads.
    pub fn code(self) -> &'static str {
        match self {
            Self::NotYet => "not_yet",
            Self::InForce => "in_force",
            Self::OldContractsOnly => "old_contracts_only",
            Self::Ended => "ended",
        }
    }
}

impl Mechanism {
    /// What it is worth on a day.
    pub fn standing(&self, day: NaiveDate) -> Standing {
        if day < self.in_force_from {
            Standing::NotYet
        } else if self.last_day.is_some_and(|last| day > last) {
            Standing::Ended
        } else if self.no_new_from.is_some_and(|closed| day >= closed) {
            Standing::OldContractsOnly
        } else {
            Standing::InForce
        }
    }

    /// The first day on which it carries nothing any more.
    pub fn ended_on(&self) -> Option<NaiveDate> {
        self.last_day.and_then(|last| last.checked_add_days(Days::new(1)))
    }

    /// How it ended or will, as a sentence: `Invalidated on 6 October 2015 by CJEU, C-362/14 (Schrems I).`
    pub fn ending(&self) -> Option<String> {
        let how = self.ended_how?;
        let on = match how {
            // A judgment holds on its day; an act lets the last day pass.
            EndedHow::Invalidated | EndedHow::NoLongerRecognised => format!("on {}", long(self.ended_on()?)),
            EndedHow::Repealed | EndedHow::Superseded | EndedHow::Expired => {
                format!("; it carried transfers until {}", long(self.last_day?))
            }
        };
        let by = self.ended_by.as_ref().map(|by| format!(" by {by}")).unwrap_or_default();
        Some(match how {
            EndedHow::Invalidated | EndedHow::NoLongerRecognised => format!("{} {on}{by}.", how.label()),
            _ => format!("{}{by}{on}.", how.label()),
        })
    }

    pub(super) fn check(&self, rules: &mut Rules) {
        if self.last_day.is_some_and(|last| last < self.in_force_from) {
            rules.refuse::<()>("/last_day", "is before it came into force");
        }
        if self.ended_how.is_some() && self.last_day.is_none() {
            rules.refuse::<()>("/last_day", "is missing: ended_how says that it ended");
        }
        if self.last_day.is_some() && (self.ended_how.is_none() || self.ended_by.is_none()) {
            let missing = if self.ended_how.is_none() { "/ended_how" } else { "/ended_by" };
            rules.refuse::<()>(missing, "is missing: say how it ended, and by which act or judgment");
        }
        if self.laws.is_empty() {
            rules.refuse::<()>("/laws", "is empty: say under which law it carries transfers: eu, uk, switzerland");
        }
    }
}

fn long(day: NaiveDate) -> String {
    day.format("%-d %B %Y").to_string()
}

/// The mechanisms that are known, by key.
#[derive(Clone, Debug)]
pub struct Mechanisms(BTreeMap<TermKey, Mechanism>);

/// The usual ones with their sources. Data, not code: `mechanisms.json` is an array of files of terms.
static REGISTER: LazyLock<Vec<TermVersion>> = LazyLock::new(|| {
    let register: Vec<serde_json::Value> =
        serde_json::from_str(include_str!("mechanisms.json")).expect("mechanisms.json is JSON, as a test checks");
    let read = |entry| TermVersion::read(entry).expect("mechanisms.json breaks no rule, as a test checks");
    register.into_iter().map(read).collect()
});

impl Mechanisms {
    /// The usual ones, and the provider's own in the place of those with their keys.
    pub fn with<'a>(own: impl IntoIterator<Item = (&'a TermKey, &'a Mechanism)>) -> Self {
        let usual = REGISTER.iter().filter_map(|version| Some((&version.key, version.as_term::<Mechanism>()?)));
        Self(usual.chain(own).map(|(key, mechanism)| (key.clone(), mechanism.clone())).collect())
    }

    pub fn get(&self, key: &TermKey) -> Option<&Mechanism> {
        self.0.get(key)
    }

    /// Each with its key, in the order of keys.
    pub fn iter(&self) -> impl Iterator<Item = (&TermKey, &Mechanism)> {
        self.0.iter()
    }

    /// Whether a transfer may go on, on a day.
    pub fn footing(&self, transfer: &Transfer, day: NaiveDate) -> Footing<'_> {
        let on = |mechanism, concluded| {
            let (from, to) = (Some(transfer.from_country), transfer.to_country);
            self.rests(Route { from, to, mechanism, concluded }, day)
        };
        let first = on(transfer.mechanism.as_ref(), transfer.concluded);
        let Footing::Flagged(flaw) = first else { return first };
        match transfer.fallback.as_ref().map(|fallback| on(Some(fallback), transfer.fallback_concluded)) {
            Some(Footing::Sound(mechanism) | Footing::OldContract(mechanism)) => Footing::Fallback { mechanism, flaw },
            _ => Footing::Flagged(flaw),
        }
    }

    /// Whether a subprocessor may get data, on a day. Where it comes from is not known: a subprocessor serves customers
    /// of several countries.
    pub fn footing_of(&self, subprocessor: &Subprocessor, day: NaiveDate) -> Footing<'_> {
        let (to, mechanism, concluded) =
            (subprocessor.country, subprocessor.mechanism.as_ref(), subprocessor.concluded);
        self.rests(Route { from: None, to, mechanism, concluded }, day)
    }

    /// Whether what goes by a route on a day rests on a mechanism that carries it.
    fn rests(&self, route: Route<'_>, day: NaiveDate) -> Footing<'_> {
        let law = route.from.and_then(|from| Law::of(from, day));
        let leaves = law.is_some() && law != Law::of(route.to, day);
        let Some(key) = route.mechanism else {
            return if leaves { Footing::Flagged(Flaw::None) } else { Footing::NotNeeded };
        };
        let Some(mechanism) = self.get(key) else { return Footing::Flagged(Flaw::Unknown(key.clone())) };
        let flaw = if law.is_some_and(|law| leaves && !mechanism.laws.contains(&law)) {
            Some(Flaw::OtherLaw(mechanism))
        } else if !mechanism.to_countries.is_empty() && !mechanism.to_countries.contains(&route.to) {
            Some(Flaw::OtherCountry(mechanism))
        } else {
            match mechanism.standing(day) {
                Standing::NotYet => Some(Flaw::NotYet(mechanism)),
                Standing::Ended => Some(Flaw::Ended(mechanism)),
                Standing::InForce => None,
                Standing::OldContractsOnly => {
                    let in_time =
                        route.concluded.zip(mechanism.no_new_from).is_some_and(|(made, closed)| made < closed);
                    if in_time {
                        return Footing::OldContract(mechanism);
                    }
                    Some(Flaw::TooLate(mechanism))
                }
            }
        };
        flaw.map_or(Footing::Sound(mechanism), Footing::Flagged)
    }
}

/// From where to where data goes, and on what.
#[derive(Clone, Copy, Debug)]
struct Route<'a> {
    /// Not known for a subprocessor, which serves customers of several countries.
    from: Option<CountryCode>,
    to: CountryCode,
    mechanism: Option<&'a TermKey>,
    concluded: Option<NaiveDate>,
}

/// What a transfer rests on, on a day.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Footing<'a> {
    /// No law that is known here asks for a mechanism.
    NotNeeded,
    Sound(&'a Mechanism),
    /// On one that takes no new contracts, by a contract that was made in time.
    OldContract(&'a Mechanism),
    /// On what stands behind the mechanism that it rested on first.
    Fallback {
        mechanism: &'a Mechanism,
        flaw: Flaw<'a>,
    },
    Flagged(Flaw<'a>),
}

/// Why a transfer has no valid mechanism.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Flaw<'a> {
    None,
    Unknown(TermKey),
    NotYet(&'a Mechanism),
    Ended(&'a Mechanism),
    /// Its contract was made when none could be any more, or it isn't said when.
    TooLate(&'a Mechanism),
    OtherLaw(&'a Mechanism),
    OtherCountry(&'a Mechanism),
}

impl Footing<'_> {
    pub fn is_flagged(&self) -> bool {
        matches!(self, Self::Flagged(_))
    }

    /// As a sentence.
    pub fn sentence(&self) -> String {
        match self {
            Self::NotNeeded => "No mechanism is needed.".to_owned(),
            Self::Sound(mechanism) => match mechanism.last_day {
                Some(last) => format!("In force until {}.", long(last)),
                None => "In force.".to_owned(),
            },
            Self::OldContract(mechanism) => match mechanism.last_day {
                Some(last) => format!("Takes no new contracts; older ones rest on it until {}.", long(last)),
                None => "Takes no new contracts; older ones rest on it.".to_owned(),
            },
            Self::Fallback { mechanism, flaw } => {
                format!("{} It rests on {} instead.", flaw.sentence(), mechanism.name)
            }
            Self::Flagged(flaw) => flaw.sentence(),
        }
    }
}

impl Flaw<'_> {
    /// As a sentence.
    pub fn sentence(&self) -> String {
        match self {
            Self::None => "Rests on no mechanism.".to_owned(),
            Self::Unknown(key) => format!("Rests on `{key}`, which is no known mechanism."),
            Self::NotYet(mechanism) => {
                format!("{} is in force only from {}.", mechanism.name, long(mechanism.in_force_from))
            }
            Self::Ended(mechanism) => match mechanism.ending() {
                Some(ending) => format!("{} is not in force. {ending}", mechanism.name),
                None => format!("{} is not in force.", mechanism.name),
            },
            Self::TooLate(mechanism) => match mechanism.no_new_from {
                Some(closed) => format!(
                    "No contract could be concluded on {} from {} on, and none before it is stated.",
                    mechanism.name,
                    long(closed)
                ),
                None => format!("No contract on {} is stated.", mechanism.name),
            },
            Self::OtherLaw(mechanism) => {
                format!("{} carries no transfers under the law of the country of origin.", mechanism.name)
            }
            Self::OtherCountry(mechanism) => format!("{} carries no transfers to this country.", mechanism.name),
        }
    }
}
