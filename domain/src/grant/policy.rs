//! Who decides about access to a customer's data: its policy. A policy is never changed: there is a next version.

use std::collections::{BTreeMap, BTreeSet};

use chrono::{NaiveTime, TimeDelta};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::{AccessRequest, ResourcePattern};
use crate::{
    CountryCode, FieldProblem, MemberRole, PersonId, Purpose, Timestamp, Zone,
    rules::{LONGEST_NAME, Rules},
};

/// The shortest limit that a policy can set to an access, in minutes.
pub const SHORTEST_ACCESS: u32 = 15;
/// The longest, in minutes.
pub const LONGEST_ACCESS: u32 = 72 * 60;
/// How long an access lasts at most where the policy doesn't say otherwise, in minutes.
pub const MOST_ACCESS: u32 = 8 * 60;
/// How long one in an emergency lasts at most, in minutes.
pub const EMERGENCY_ACCESS: u32 = 4 * 60;
/// The shortest time to decide that a policy can give, in minutes.
pub const SHORTEST_EXPIRY: u32 = 60;
/// The longest, in minutes.
pub const LONGEST_EXPIRY: u32 = 14 * 24 * 60;
/// When a request expires where the policy doesn't say otherwise, in minutes.
pub const DEFAULT_EXPIRY: u32 = 4 * 24 * 60;

const MOST_ENTRIES: usize = 100;

crate::closed_list! {
    /// Who must approve before an access.
    pub enum Approvers {
        Customer => "You",
        Provider => "The provider’s manager",
        Both => "You and the provider’s manager",
        Nobody => "Nobody beforehand; you are told at once and review it afterwards",
    }
}

/// Who decides, and within what.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Rule {
    pub approvers: Approvers,
    /// A request that nobody decided expires after so many minutes.
    pub expires_after: u32,
    /// An access lasts so many minutes at most.
    pub longest: u32,
}

/// A customer's policy.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Policy {
    /// Where no purpose has a rule of its own.
    pub rule: Rule,
    #[serde(default)]
    pub by_purpose: BTreeMap<Purpose, Rule>,
    /// Resources for which two people of the customer's approve.
    #[serde(default)]
    pub sensitive: Vec<ResourcePattern>,
    /// Whether the customer's approvals must be signed with a key of its own.
    #[serde(default)]
    pub signature_required: bool,
    #[serde(default)]
    pub quiet_hours: Option<QuietHours>,
    #[serde(default)]
    pub delegates: Vec<Delegate>,
    #[serde(default)]
    pub standing: Vec<StandingRule>,
    /// Reporting systems that can't state a grant: their accesses are no exceptions for want of one.
    #[serde(default)]
    pub sources_without_grants: Vec<String>,
}

/// Hours in which one person is told of requests and may decide them, whatever their role.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct QuietHours {
    pub window: Window,
    pub on_call: PersonId,
}

/// Hours of each day; over midnight where the end is before the beginning.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Window {
    pub from: NaiveTime,
    /// The first moment that is outside.
    pub to: NaiveTime,
    pub zone: Zone,
}

/// A person of the customer's who decides for a while as an approver does.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Delegate {
    pub person: PersonId,
    pub from: Timestamp,
    /// The first moment that is too late.
    pub until: Timestamp,
}

/// What is decided by rule, in the customer's name, before anybody looks. A denial goes before an approval.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct StandingRule {
    pub id: Uuid,
    /// Whether it approves; else it denies.
    pub approves: bool,
    /// Any where there is none; so with the others.
    #[serde(default)]
    pub purpose: Option<Purpose>,
    #[serde(default)]
    pub service: Option<String>,
    #[serde(default)]
    pub countries: BTreeSet<CountryCode>,
    #[serde(default)]
    pub window: Option<Window>,
    /// The first moment at which it holds no more.
    #[serde(default)]
    pub until: Option<Timestamp>,
    pub reason: String,
}

/// A version of a policy.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PolicyVersion {
    /// From 1, without gaps. 0 is what holds where the customer has set nothing.
    pub version: i64,
    pub policy: Policy,
    /// What held before it.
    pub before: Policy,
    /// From when it holds.
    pub made_at: Timestamp,
    /// Who made it.
    pub made_by: String,
}

/// How one request is decided, as the policy said when it was asked.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Terms {
    pub approvers: Approvers,
    /// How many people of the customer's must approve: two where a resource is sensitive.
    pub customer_approvals: u8,
    pub expires_at: Timestamp,
    /// In minutes.
    pub longest: u32,
    pub signature_required: bool,
    pub policy_version: i64,
}

impl Terms {
    /// Whether the provider's manager must approve.
    pub fn needs_provider(&self) -> bool {
        matches!(self.approvers, Approvers::Provider | Approvers::Both)
    }
}

impl Default for Policy {
    fn default() -> Self {
        let rule = |approvers, longest| Rule { approvers, expires_after: DEFAULT_EXPIRY, longest };
        Self {
            rule: rule(Approvers::Customer, MOST_ACCESS),
            by_purpose: BTreeMap::from([
                (Purpose::LegalDemand, rule(Approvers::Nobody, MOST_ACCESS)),
                (Purpose::BreakGlassEmergency, rule(Approvers::Nobody, EMERGENCY_ACCESS)),
            ]),
            sensitive: Vec::new(),
            signature_required: false,
            quiet_hours: None,
            delegates: Vec::new(),
            standing: Vec::new(),
            sources_without_grants: Vec::new(),
        }
    }
}

impl Window {
    pub fn contains(&self, time: Timestamp) -> bool {
        let time = self.zone.time_of_day(time);
        if self.from <= self.to { self.from <= time && time < self.to } else { self.from <= time || time < self.to }
    }

    /// When the hours end that this moment is in.
    pub fn end(&self, within: Timestamp) -> Timestamp {
        let mut end = within;
        // Once, but where the clocks skip the end of the hours and are within them again.
        while self.contains(end)
            && let Some(next) = self.zone.next(self.to, end)
        {
            end = next;
        }
        end
    }
}

impl Delegate {
    pub fn holds(&self, time: Timestamp) -> bool {
        self.from <= time && time < self.until
    }
}

impl StandingRule {
    /// Whether it decides about this request now. An approval must allow every country from which access is asked, a
    /// denial one of them.
    pub fn decides(&self, request: &AccessRequest, now: Timestamp) -> bool {
        let country = self.countries.is_empty()
            || if self.approves {
                request.countries.is_subset(&self.countries)
            } else {
                !request.countries.is_disjoint(&self.countries)
            };
        country
            && self.purpose.is_none_or(|purpose| purpose == request.purpose)
            && self.service.as_ref().is_none_or(|service| *service == request.service)
            && self.window.is_none_or(|window| window.contains(now))
            && self.until.is_none_or(|until| now < until)
    }

    /// For how many minutes of those asked it approves: what a rule approves is over with its hours and with the rule.
    pub fn minutes(&self, asked: u32, now: Timestamp) -> u32 {
        let ends = [self.window.map(|window| window.end(now)), self.until];
        let minutes = |end: Timestamp| u32::try_from(end.since(now).num_minutes()).unwrap_or_default();
        ends.into_iter().flatten().map(minutes).fold(asked, u32::min)
    }
}

impl Policy {
    /// The rule for a purpose.
    pub fn rule_for(&self, purpose: Purpose) -> Rule {
        self.by_purpose.get(&purpose).copied().unwrap_or(self.rule)
    }

    /// How a request that is made now is decided. What a standing rule denies isn't granted by nobody beforehand.
    pub fn terms(&self, request: &AccessRequest, version: i64, now: Timestamp) -> Terms {
        let rule = self.rule_for(request.purpose);
        let denied = self.standing_for(request, now).is_some_and(|standing| !standing.approves);
        let approvers = match rule.approvers {
            Approvers::Nobody if denied => Approvers::Customer,
            approvers => approvers,
        };
        let customer = matches!(approvers, Approvers::Customer | Approvers::Both);
        let sensitive = self.is_sensitive(request);
        Terms {
            approvers,
            customer_approvals: if customer { 1 + u8::from(sensitive) } else { 0 },
            expires_at: now.plus(TimeDelta::minutes(rule.expires_after.into())),
            longest: rule.longest,
            signature_required: self.signature_required,
            policy_version: version,
        }
    }

    /// Whether a second person must approve.
    pub fn is_sensitive(&self, request: &AccessRequest) -> bool {
        request.resources.iter().any(|asked| self.sensitive.iter().any(|sensitive| sensitive.overlaps(asked)))
    }

    /// The standing rule that decides about this request now. An approval by rule is for nothing sensitive, and no rule
    /// decides about a legal demand for which nobody is asked beforehand: the provider is compelled.
    pub fn standing_for(&self, request: &AccessRequest, now: Timestamp) -> Option<&StandingRule> {
        let rule = self.rule_for(request.purpose);
        if request.purpose == Purpose::LegalDemand && rule.approvers == Approvers::Nobody {
            return None;
        }
        let deciding =
            |approves| self.standing.iter().find(move |rule| rule.approves == approves && rule.decides(request, now));
        deciding(false).or_else(|| deciding(true).filter(|_| !self.is_sensitive(request)))
    }

    /// Whether a person of the customer's may decide now.
    pub fn may_decide(&self, person: PersonId, role: MemberRole, now: Timestamp) -> bool {
        role.approves()
            || self.delegates.iter().any(|delegate| delegate.person == person && delegate.holds(now))
            || self.quiet(now).is_some_and(|quiet| quiet.on_call == person)
    }

    /// The quiet hours, if this is a moment of them.
    pub fn quiet(&self, now: Timestamp) -> Option<QuietHours> {
        self.quiet_hours.filter(|quiet| quiet.window.contains(now))
    }

    /// Whether a person who didn't choose is mailed about access: whoever isn't an auditor, and whom the policy names.
    pub fn is_mailed(&self, person: PersonId, role: MemberRole, now: Timestamp) -> bool {
        role.answers_notices()
            || self.delegates.iter().any(|delegate| delegate.person == person && delegate.holds(now))
            || self.quiet_hours.is_some_and(|quiet| quiet.on_call == person)
    }

    /// The policy, or everything that is wrong with it.
    ///
    /// # Errors
    /// Each field that is wrong, as a JSON Pointer, with a sentence.
    pub fn check(self) -> Result<Self, Vec<FieldProblem>> {
        let mut rules = Rules::default();
        rules.rule("/rule", &self.rule);
        for (purpose, rule) in &self.by_purpose {
            rules.rule(&format!("/by_purpose/{}", purpose.code()), rule);
        }
        let sensitive = self.sensitive.iter().map(|pattern| pattern.as_str().to_owned()).collect();
        rules.patterns("/sensitive", sensitive);
        for (field, entries) in [
            ("/delegates", self.delegates.len()),
            ("/standing", self.standing.len()),
            ("/sources_without_grants", self.sources_without_grants.len()),
        ] {
            if entries > MOST_ENTRIES {
                rules.refuse::<()>(field, format!("has {entries} entries; {MOST_ENTRIES} at most"));
            }
        }
        if let Some(quiet) = &self.quiet_hours {
            rules.window("/quiet_hours/window", &quiet.window);
        }
        for (place, delegate) in self.delegates.iter().enumerate() {
            if delegate.until <= delegate.from {
                rules.refuse::<()>(format!("/delegates/{place}/until"), "is not after the beginning");
            }
        }
        for (place, standing) in self.standing.iter().enumerate() {
            let field = |name| format!("/standing/{place}/{name}");
            rules.text(&field("reason"), standing.reason.clone(), 4_000, true);
            if let Some(service) = &standing.service {
                rules.text(&field("service"), service.clone(), LONGEST_NAME, false);
            }
            if let Some(window) = &standing.window {
                rules.window(&field("window"), window);
            }
            if standing.approves && self.signature_required {
                rules.refuse::<()>(
                    field("approves"),
                    "approves by rule what the policy wants signed by a person; leave out one of the two",
                );
            }
        }
        for (place, source) in self.sources_without_grants.iter().enumerate() {
            rules.text(&format!("/sources_without_grants/{place}"), source.clone(), LONGEST_NAME, false);
        }
        rules.end(Some(self))
    }
}

impl Rules {
    fn rule(&mut self, field: &str, rule: &Rule) {
        let expires = format!("{field}/expires_after");
        self.minutes(&expires, Some(rule.expires_after), SHORTEST_EXPIRY, LONGEST_EXPIRY);
        self.minutes(&format!("{field}/longest"), Some(rule.longest), SHORTEST_ACCESS, LONGEST_ACCESS);
    }

    fn window(&mut self, field: &str, window: &Window) {
        if window.from == window.to {
            self.refuse::<()>(format!("{field}/to"), "is the beginning too; say when the hours end");
        }
    }
}
