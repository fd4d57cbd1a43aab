//! What may be published, and what customers are told of it.

use std::collections::BTreeMap;

use chrono::{Days, NaiveDate};

use super::{
    day::newest,
    field::TermKey,
    kinds::{Assurance, Services, Subprocessor, Term, TermKind, Transfer},
    mechanism::{Footing, Mechanism, Mechanisms},
    version::{PublishedTerm, TermVersion},
};
use crate::{
    FieldProblem, Timestamp, Zone,
    notice::{NoticeContent, PolicyChange, SubprocessorAct, SubprocessorChange, TransferTermsChange},
};

/// How long customers have to answer where a transfer's mechanism fell and nothing else is said, in days.
const ANSWER_TO_A_FALL: u64 = 14;

/// What publishing a version would do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Effect {
    /// The first version of its term.
    Begins,
    /// It follows another version.
    Follows,
    /// It takes the place of one that would take effect, or took effect, on the same day.
    Replaces,
    /// The same is published already.
    Nothing,
}

/// What is wrong with one of several versions.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct VersionProblem {
    /// Its place among the versions.
    pub version: usize,
    pub problem: FieldProblem,
}

/// A notice that publishing would give.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PlannedNotice {
    /// The place of the version among those to be published.
    pub version: usize,
    /// The name of the only customer that gets it; every customer that the version holds for otherwise.
    pub customer: Option<String>,
    pub content: NoticeContent,
}

/// Versions that are to be published together, beside what is published.
pub struct Publication<'a> {
    versions: &'a [TermVersion],
    published: &'a [PublishedTerm],
    now: Timestamp,
}

impl<'a> Publication<'a> {
    /// `published` is everything that is, of every customer.
    pub fn new(versions: &'a [TermVersion], published: &'a [PublishedTerm], now: Timestamp) -> Self {
        Self { versions, published, now }
    }

    /// What publishing one of them would do.
    pub fn effect(&self, version: &TermVersion) -> Effect {
        let mut same = self.published.iter().filter(|published| published.version.is_of_same(version)).peekable();
        if same.peek().is_none() {
            return Effect::Begins;
        }
        let of_the_day = same
            .filter(|published| published.version.effective_from == version.effective_from)
            .max_by_key(|published| (published.published_at, published.id));
        match of_the_day {
            None => Effect::Follows,
            Some(published) if published.version == *version => Effect::Nothing,
            Some(_) => Effect::Replaces,
        }
    }

    fn today(&self, version: &TermVersion) -> NaiveDate {
        version.zone().day(self.now)
    }

    /// The version that one would follow: of those published, and of those that would be with it.
    fn before(&self, version: &TermVersion) -> Option<&'a TermVersion> {
        let published = newest(version.effective_from.pred_opt()?, self.published)
            .into_iter()
            .find(|published| published.version.is_of_same(version))
            .map(|published| &published.version);
        let beside = self
            .versions
            .iter()
            .filter(|other| other.is_of_same(version) && other.effective_from < version.effective_from);
        published.into_iter().chain(beside).max_by_key(|other| other.effective_from)
    }

    /// Whether one of the versions would hold for a customer: it is not for another one, none of the customer's own stands
    /// in its place, and it is about no service that the customer doesn't have.
    pub fn concerns(&self, version: usize, customer: &str) -> bool {
        self.versions.get(version).is_some_and(|version| self.holds_for(version, customer))
    }

    /// The same of a version that is published.
    pub fn is_shown(&self, version: crate::TermVersionId, customer: &str) -> bool {
        let published = self.published.iter().find(|published| published.id == version);
        published.is_some_and(|published| self.holds_for(&published.version, customer))
    }

    fn holds_for(&self, version: &TermVersion, customer: &str) -> bool {
        if let Some(only) = &version.customer {
            return only == customer;
        }
        let published = self.published.iter().map(|published| &published.version);
        let own = published.chain(self.versions).filter(|other| {
            other.customer.as_deref() == Some(customer) && other.effective_from <= version.effective_from
        });
        let mut services: Option<&TermVersion> = None;
        for other in own {
            if other.kind() == version.kind() && other.key == version.key {
                return false;
            }
            if other.kind() == TermKind::Services
                && services.is_none_or(|newest| newest.effective_from <= other.effective_from)
            {
                services = Some(other);
            }
        }
        let had = services.and_then(|version| version.as_term::<Services>());
        had.is_none_or(|had| version.term.concerns(&had.services))
    }

    fn mechanisms(&self) -> Mechanisms {
        let published = newest(NaiveDate::MAX, self.published).into_iter().map(|published| &published.version);
        Mechanisms::with(
            published.chain(self.versions).filter_map(|version| Some((&version.key, version.as_term::<Mechanism>()?))),
        )
    }

    fn is_known<T: super::AsTerm>(&self, key: &TermKey) -> bool {
        let published = self.published.iter().map(|published| &published.version);
        published.chain(self.versions).any(|version| version.key == *key && version.as_term::<T>().is_some())
    }

    /// The last day on which a version would hold: another one may follow it.
    fn holds_until(&self, version: &TermVersion) -> Option<NaiveDate> {
        let published = self.published.iter().map(|published| &published.version);
        let next = published
            .chain(self.versions)
            .filter(|other| other.is_of_same(version) && other.effective_from > version.effective_from)
            .map(|other| other.effective_from)
            .min();
        [next.and_then(|next| next.pred_opt()), version.effective_until].into_iter().flatten().min()
    }

    /// Everything that keeps them from being published.
    pub fn problems(&self) -> Vec<VersionProblem> {
        let mechanisms = self.mechanisms();
        let mut problems = Vec::new();
        for (place, version) in self.versions.iter().enumerate() {
            let mut refuse = |field: &str, reason: String| {
                problems.push(VersionProblem { version: place, problem: FieldProblem::new(field, reason) });
            };
            let twice = self.versions[..place]
                .iter()
                .any(|other| other.is_of_same(version) && other.effective_from == version.effective_from);
            if twice {
                refuse("/effective_from", "is the day of another version of the same term here".to_owned());
            }
            let effect = self.effect(version);
            if effect == Effect::Nothing {
                continue;
            }
            let today = self.today(version);
            let past = version.effective_from <= today;
            if effect == Effect::Replaces && past && version.correction.is_none() {
                refuse(
                    "/effective_from",
                    "is the day of a version that is in effect, and that one is not changed: give the new one a later day, or say in `correction` why it was wrong".to_owned(),
                );
            }
            if effect == Effect::Follows && past && version.correction.is_none() && self.is_announced_ahead(version) {
                refuse(
                    "/effective_from",
                    "is not ahead: customers are told of such a change before it takes effect. Give a later day, or say in `correction` why it is recorded late".to_owned(),
                );
            }
            if effect == Effect::Follows && version.change.is_none() && self.is_announced_ahead(version) {
                refuse(
                    "/change",
                    "is missing: say in a few words what changes, for those who get notice of it".to_owned(),
                );
            }
            for (field, reason) in self.references(version, &mechanisms) {
                refuse(field, reason);
            }
            if let Some(reason) = self.flaw(version, &mechanisms) {
                refuse("/mechanism", reason);
            }
            let late = effect == Effect::Begins && past && self.has_subprocessors();
            if let Some(subprocessor) = version.as_term::<Subprocessor>()
                && (!past || late)
            {
                if late && version.correction.is_none() {
                    refuse(
                        "/effective_from",
                        "is not ahead: customers are told of a new subprocessor before it begins. Give a later day, or say in `correction` why it is recorded late".to_owned(),
                    );
                }
                match subprocessor.object_until {
                    None => refuse(
                        "/object_until",
                        "is missing: customers may object to a change of subprocessor".to_owned(),
                    ),
                    Some(until) if until < today => refuse("/object_until", "is past".to_owned()),
                    Some(until) if !past && until >= version.effective_from => {
                        refuse("/object_until", "is not before the version takes effect".to_owned());
                    }
                    Some(_) => {}
                }
            }
            if version.answer_until.is_some_and(|until| until < today) && !past {
                refuse("/answer_until", "is past".to_owned());
            }
        }
        problems
    }

    /// Whether customers were shown subprocessors already: what is recorded of the past before is history.
    fn has_subprocessors(&self) -> bool {
        self.published.iter().any(|published| published.version.kind() == TermKind::Subprocessor)
    }

    /// Whether a change of it is told before it takes effect.
    fn is_announced_ahead(&self, version: &TermVersion) -> bool {
        matches!(version.kind(), TermKind::Policy | TermKind::Agreement | TermKind::Subprocessor | TermKind::Transfer)
    }

    fn references(&self, version: &TermVersion, mechanisms: &Mechanisms) -> Vec<(&'static str, String)> {
        let mut unknown = Vec::new();
        let mut mechanism = |field: &'static str, key: &Option<TermKey>| {
            if let Some(key) = key.as_ref().filter(|key| mechanisms.get(key).is_none()) {
                let known = mechanisms.iter().map(|(key, _)| key.as_str()).collect::<Vec<_>>().join(", ");
                unknown.push((field, format!("`{key}` is no mechanism. Known are {known}")));
            }
        };
        match &version.term {
            Term::Transfer(term) => {
                mechanism("/mechanism", &term.mechanism);
                mechanism("/fallback", &term.fallback);
                if let Some(key) = term.subprocessor.as_ref().filter(|key| !self.is_known::<Subprocessor>(key)) {
                    unknown.push(("/subprocessor", format!("`{key}` is no subprocessor that is known")));
                }
            }
            Term::Subprocessor(term) => mechanism("/mechanism", &term.mechanism),
            Term::Mechanism(term) => mechanism("/replaced_by", &term.replaced_by),
            Term::Control(term) => {
                for key in term.evidence.iter().filter(|key| !self.is_known::<Assurance>(key)) {
                    unknown.push(("/evidence", format!("`{key}` is no certificate or audit that is known")));
                }
            }
            _ => {}
        }
        unknown
    }

    /// Why a transfer can't be published as in force: on the day that it takes effect, and today where it would still
    /// be in effect.
    fn flaw(&self, version: &TermVersion, mechanisms: &Mechanisms) -> Option<String> {
        let transfer = version.as_term::<Transfer>()?;
        let today = self.today(version);
        let now_too = version.effective_from < today && self.holds_until(version).is_none_or(|until| today <= until);
        [Some(version.effective_from), now_too.then_some(today)].into_iter().flatten().find_map(|day| match mechanisms
            .footing(transfer, day)
        {
            Footing::Flagged(flaw) => {
                Some(format!("could not carry the transfer on {day}: {}", flaw.sentence().trim_end_matches('.')))
            }
            _ => None,
        })
    }

    /// The notices that publishing gives. A first version of a policy, a paper or a transfer is part of what a customer
    /// begins with; what is recorded of the past was told when it happened.
    pub fn notices(&self) -> Vec<PlannedNotice> {
        let mechanisms = self.mechanisms();
        let mut notices = Vec::new();
        for (place, version) in self.versions.iter().enumerate() {
            let effect = self.effect(version);
            let today = self.today(version);
            let ahead = version.effective_from > today;
            if effect == Effect::Nothing || !(ahead || version.correction.is_some()) {
                continue;
            }
            let before = self.before(version);
            if let Some(content) = self.notice(version, effect, before, &mechanisms) {
                notices.push(PlannedNotice { version: place, customer: version.customer.clone(), content });
            }
        }
        notices
    }

    fn notice(
        &self,
        version: &TermVersion,
        effect: Effect,
        before: Option<&TermVersion>,
        mechanisms: &Mechanisms,
    ) -> Option<NoticeContent> {
        let (from, zone, today) = (version.effective_from, version.zone(), self.today(version));
        let follows = effect != Effect::Begins || before.is_some();
        let words = |words: &Option<super::Words>| words.as_ref().map(|words| words.0.clone());
        let change = words(&version.correction).or_else(|| words(&version.change));
        match &version.term {
            Term::Policy(_) | Term::Agreement(_) if follows => {
                // The day on which it holds is the notice's last day to be heeded.
                (from > today).then(|| {
                    NoticeContent::PolicyChange(PolicyChange {
                        policy: version.term.title(),
                        change: change.unwrap_or_else(|| "A new version.".to_owned()),
                        difference: told_difference(before.map(|before| &before.term), &version.term),
                        from,
                        zone,
                    })
                })
            }
            Term::Subprocessor(term) => {
                let (object_until, how_to_object) = (term.object_until?, term.how_to_object.as_ref()?);
                let earlier = before.and_then(|before| before.as_term::<Subprocessor>());
                let act = match (earlier, term.removed_on) {
                    (_, Some(_)) => SubprocessorAct::Removed,
                    (None, None) => SubprocessorAct::Added,
                    (Some(_), None) => SubprocessorAct::Changed,
                };
                (object_until >= today).then(|| {
                    NoticeContent::SubprocessorChange(SubprocessorChange {
                        name: term.name.clone(),
                        change: act,
                        service: format!("{}: {}", term.service, term.data.0),
                        country: term.country,
                        from,
                        object_until,
                        zone,
                        how_to_object: how_to_object.0.clone(),
                    })
                })
            }
            Term::Transfer(term) if follows => {
                let name = |key: Option<&TermKey>| {
                    key.and_then(|key| mechanisms.get(key))
                        .map_or_else(|| "None".to_owned(), |known| known.name.clone())
                };
                let earlier = before.and_then(|before| before.as_term::<Transfer>());
                let mechanism = name(term.mechanism.as_ref());
                let old = earlier.map(|earlier| name(earlier.mechanism.as_ref())).unwrap_or_default();
                let answer_until = version.answer_until.or_else(|| from.pred_opt()).unwrap_or(from).max(today);
                Some(NoticeContent::TransferTermsChange(TransferTermsChange {
                    before: if old == mechanism { String::new() } else { old },
                    mechanism,
                    country: term.to_country,
                    change: told_difference(before.map(|before| &before.term), &version.term),
                    reason: change.unwrap_or_else(|| "A new version.".to_owned()),
                    from,
                    answer_until,
                    zone,
                }))
            }
            _ => None,
        }
    }
}

/// What differs, for a notice: the fields with their old and new lines, as long as a notice may be.
fn told_difference(old: Option<&Term>, new: &Term) -> String {
    const LONGEST: usize = 3_500;
    let Some(old) = old else { return "It takes the place of a version that had not taken effect.".to_owned() };
    let mut told = String::new();
    for field in super::difference(old, new) {
        told.push_str(&format!("{}\n", field.label));
        for row in field.rows {
            let super::Row::Changed { old, new } = row else { continue };
            let text = |pieces: Vec<super::Piece>| pieces.into_iter().map(|piece| piece.text).collect::<String>();
            for (sign, pieces) in [("− ", old), ("+ ", new)] {
                if let Some(line) = pieces.map(text).filter(|line| !line.trim().is_empty()) {
                    told.push_str(&format!("{sign}{line}\n"));
                }
            }
        }
    }
    if told.is_empty() {
        return "Nothing but its dates.".to_owned();
    }
    match told.char_indices().nth(LONGEST) {
        None => told.trim_end().to_owned(),
        Some((end, _)) => {
            let end = told[..end].rfind('\n').unwrap_or(end);
            format!("{}\n… the rest stands beside each other on its page.", &told[..end])
        }
    }
}

/// A transfer whose mechanism fell after it was published.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fallen {
    pub version: crate::TermVersionId,
    pub mechanism: TermKey,
    pub content: NoticeContent,
}

/// Published transfers and subprocessors that are in effect and rest on a mechanism that is not in force any more.
pub fn fallen(published: &[PublishedTerm], now: Timestamp) -> Vec<Fallen> {
    let mechanisms = Mechanisms::with(
        newest(NaiveDate::MAX, published)
            .into_iter()
            .filter_map(|published| Some((&published.version.key, published.version.as_term::<Mechanism>()?))),
    );
    let mut told = Vec::new();
    // Zones have two days at a time, or three.
    let mut in_effect = BTreeMap::new();
    for version in newest(NaiveDate::MAX, published) {
        let today = version.version.zone().day(now);
        let in_effect = in_effect.entry(today).or_insert_with(|| newest(today, published));
        let current = in_effect.iter().find(|other| other.version.is_of_same(&version.version));
        let Some(current) = current else { continue };
        if current.version.effective_until.is_some_and(|until| today > until) {
            continue;
        }
        let (key, to, footing) = match &current.version.term {
            Term::Transfer(term) => (term.mechanism.as_ref(), term.to_country, mechanisms.footing(term, today)),
            Term::Subprocessor(term) if term.removed_on.is_none_or(|removed| today < removed) => {
                (term.mechanism.as_ref(), term.country, mechanisms.footing_of(term, today))
            }
            _ => continue,
        };
        let Some((key, mechanism)) = key.and_then(|key| Some((key, mechanisms.get(key)?))) else { continue };
        let (title, fallback) = (current.version.term.title(), current.version.as_term::<Transfer>());
        // What stood behind it and fell later is told of on its own.
        let last = fallback.and_then(|transfer| transfer.fallback.as_ref()).unwrap_or(key);
        let (fell, now_on, before, change) = match &footing {
            Footing::Fallback { mechanism: now_on, .. } => {
                (key, *now_on, mechanism.name.clone(), format!("{title} rests on {} from now on.", now_on.name))
            }
            Footing::Flagged(_) => {
                let change = format!("{title} rests on a mechanism that does not carry it any more.");
                (last, mechanism, String::new(), change)
            }
            _ => continue,
        };
        let answer_until = today.checked_add_days(Days::new(ANSWER_TO_A_FALL)).unwrap_or(today);
        told.push(Fallen {
            version: current.id,
            mechanism: fell.clone(),
            content: NoticeContent::TransferTermsChange(TransferTermsChange {
                mechanism: now_on.name.clone(),
                before,
                country: to,
                change,
                reason: footing.sentence(),
                from: mechanism.ended_on().unwrap_or(today),
                answer_until,
                zone: Zone::UTC,
            }),
        });
    }
    told
}
