//! `/portal/transfers/{kind}/{key}`: every version of one term, one of them whole, and two beside each other.

use chrono::NaiveDate;
use domain::{
    TermVersionId, Zone,
    terms::{
        Agreement, FieldForm, FieldSpec, Held, Link, Mechanism, Mechanisms, PublishedTerm, Term, TermKey, TermKind,
        TermsOn, difference,
    },
};
use leptos::prelude::*;
use leptos_meta::Title;
use leptos_router::hooks::{use_params_map, use_query_map};

use super::transfers::life;
use crate::{
    components::{Choice, Difference, Loaded, Prose},
    context::{PageContext, PageError},
    paths,
    term_parts::{Day, PaperLink, Source, footing_tag, long, standing_tag, version_tags},
};

/// The kinds that are told here; others are everybody's and have pages of their own.
const KINDS: [TermKind; 7] = [
    TermKind::Transfer,
    TermKind::Location,
    TermKind::Subprocessor,
    TermKind::Agreement,
    TermKind::Contact,
    TermKind::Services,
    TermKind::Mechanism,
];

/// All that the page tells.
struct Told {
    kind: TermKind,
    key: TermKey,
    zone: Zone,
    today: NaiveDate,
    /// The newest first.
    versions: Vec<PublishedTerm>,
    /// As of today.
    terms: TermsOn,
    /// What the address asks for: the version to read, and the two to compare.
    asked: [Option<String>; 3],
}

#[component]
pub fn TermPage() -> impl IntoView {
    let context = PageContext::current();
    let params = use_params_map().read_untracked().clone();
    let asked = ["version", "from", "to"].map(|name| use_query_map().read_untracked().get(name));
    view! {
        <Loaded load=async move {
            let member = context.member()?;
            let kind = params.get("kind").and_then(|code| TermKind::from_code(&code));
            let kind = kind.filter(|kind| KINDS.contains(kind)).ok_or(PageError::NotFound)?;
            let key = params.get("key").and_then(|key| TermKey::parse(&key)).ok_or(PageError::NotFound)?;
            let today = member.zone.day(context.store.now());
            let versions = member.terms.versions(kind, &key).await?;
            let terms = member.terms.on(today).await?;
            // The usual mechanisms are known without a version of the provider's.
            if versions.is_empty() && (kind != TermKind::Mechanism || terms.mechanisms.get(&key).is_none()) {
                return Err(PageError::NotFound);
            }
            Ok::<_, PageError>(view_of(&Told { kind, key, zone: member.zone, today, versions, terms, asked }))
        } />
    }
}

fn view_of(told: &Told) -> impl IntoView + use<> {
    let chosen = told.chosen();
    let known = told.terms.mechanisms.get(&told.key).filter(|_| told.kind == TermKind::Mechanism);
    let title = match (chosen, known) {
        (Some(published), _) => published.version.term.title(),
        (None, Some(mechanism)) => mechanism.name.clone(),
        (None, None) => told.kind.label().to_owned(),
    };
    let unknown = told.asks_for_unknown().then(|| {
        view! {
            <p class="form-error" role="alert">
                "The address names a version that this term doesn’t have. What you see instead is the one that holds today."
            </p>
        }
    });
    let mechanism = known.map(|mechanism| mechanism_of(told, mechanism));
    view! {
        <Title text=format!("{title} · Vitrine") />
        <nav class="breadcrumb" aria-label="Breadcrumb">
            <a href=paths::TRANSFERS>"Transfers"</a>
        </nav>
        <div class="page-head">
            <div>
                <p class="eyebrow">{told.kind.label()}</p>
                <h1>{title}</h1>
            </div>
        </div>
        {unknown}
        {mechanism}
        {version_table(told, chosen)}
        {chosen.map(|published| whole(told, published))}
        {comparison(told, chosen)}
    }
}

impl Told {
    fn find(&self, asked: usize) -> Option<&PublishedTerm> {
        let id = self.asked[asked].as_ref()?.parse::<TermVersionId>().ok()?;
        self.versions.iter().find(|published| published.id == id)
    }

    /// The version that holds today.
    fn current(&self) -> Option<&PublishedTerm> {
        self.versions.iter().find(|published| {
            published.version.effective_from <= self.today && published.held(&self.versions).covers(self.today)
        })
    }

    /// The version that is read: the one that is asked for, else the one of today, else the newest.
    fn chosen(&self) -> Option<&PublishedTerm> {
        self.find(0).or_else(|| self.find(2)).or_else(|| self.current()).or(self.versions.first())
    }

    fn asks_for_unknown(&self) -> bool {
        (0..self.asked.len())
            .any(|asked| self.asked[asked].as_ref().is_some_and(|id| !id.is_empty()) && self.find(asked).is_none())
    }

    /// The version before another one.
    fn before(&self, published: &PublishedTerm) -> Option<&PublishedTerm> {
        let place = self.versions.iter().position(|other| other.id == published.id)?;
        self.versions.get(place + 1)
    }

    /// What a version is called among the others: its first day, and how it differs from another of that day.
    fn name(&self, published: &PublishedTerm) -> String {
        let version = &published.version;
        let from = long(version.effective_from);
        let same_day = |other: &&PublishedTerm| other.version.effective_from == version.effective_from;
        let own = if version.customer.is_some() { ", only for you" } else { "" };
        if self.versions.iter().filter(same_day).count() > 1 {
            format!("{from}{own}, published {}", self.zone.long(published.published_at))
        } else {
            format!("{from}{own}")
        }
    }
}

fn mechanism_of(told: &Told, mechanism: &Mechanism) -> impl IntoView + use<> {
    let replaced = mechanism.replaced_by.as_ref().map(|by| {
        let name = told.terms.mechanisms.get(by).map_or_else(|| by.to_string(), |other| other.name.clone());
        (paths::term(TermKind::Mechanism, by), name)
    });
    let from_register = told.versions.is_empty().then(|| {
        view! {
            <p class="hint">
                "From the register of laws, decisions and judgments that comes with this portal. The provider has published no version of its own."
            </p>
        }
    });
    view! {
        <section class="panel" aria-labelledby="life">
            <h2 id="life">"Its life in law"</h2>
            <p class="tags">{standing_tag(mechanism.standing(told.today))} <span class="sub">"today"</span></p>
            {life(mechanism, replaced)}
            {from_register}
        </section>
    }
}

fn version_table(told: &Told, chosen: Option<&PublishedTerm>) -> Option<impl IntoView + use<>> {
    let current = told.current().map(|published| published.id);
    let rows = told.versions.iter().map(|published| {
        let version = &published.version;
        let is_chosen = chosen.is_some_and(|chosen| chosen.id == published.id);
        let held = published.held(&told.versions);
        let until = match held {
            Held::Until(Some(last)) => view! { <Day day=last /> }.into_any(),
            Held::Until(None) => "Open".into_any(),
            Held::Replaced => "Replaced before it held".into_any(),
            Held::OwnInstead => "Your own was in its place".into_any(),
        };
        let state = if current == Some(published.id) {
            Some(view! { <span class="tag good">"Holds today"</span> })
        } else if version.effective_from > told.today && matches!(held, Held::Until(_)) {
            Some(view! { <span class="tag">"Announced"</span> })
        } else {
            None
        };
        let change = version.change.clone().map(|change| change.0);
        let is_first = told.before(published).is_none() && change.is_none();
        let change = change.or_else(|| is_first.then(|| "The first version.".to_owned()));
        let change = change.map(|change| view! { <span class="said">{change}</span> });
        let correction = version.correction.clone();
        let correction = correction.map(|why| view! { <span class="sub said">"Correction: " {why.0}</span> });
        let address = paths::term(told.kind, &told.key);
        view! {
            <tr role="row">
                <th role="rowheader" scope="row" data-label="From">
                    <a href=format!("{address}?version={}#chosen", published.id) aria-current=is_chosen.then_some("true")>
                        <Day day=version.effective_from />
                    </a>
                    <span class="tags">{state} {version_tags(published)}</span>
                </th>
                <td role="cell" data-label="To">
                    {until}
                </td>
                <td role="cell" data-label="What changed">
                    {change}
                    {correction}
                </td>
                <td role="cell" data-label="By whom">
                    "Written by "
                    {published.proposed_by.clone()}
                    ", approved by "
                    {published.approved_by.clone()}
                    <span class="sub">"Published " {told.zone.long(published.published_at)}</span>
                </td>
            </tr>
        }
    });
    let rows = rows.collect_view();
    (!told.versions.is_empty()).then(|| {
        view! {
            <section aria-labelledby="versions">
                <h2 id="versions">"Versions"</h2>
                <table class="records" role="table">
                    <caption>{format!("Every version, the newest first. Times in {}.", told.zone)}</caption>
                    <thead role="rowgroup">
                        <tr role="row">
                            <th role="columnheader" scope="col">"From"</th>
                            <th role="columnheader" scope="col">"To"</th>
                            <th role="columnheader" scope="col">"What changed"</th>
                            <th role="columnheader" scope="col">"By whom"</th>
                        </tr>
                    </thead>
                    <tbody role="rowgroup">{rows}</tbody>
                </table>
            </section>
        }
    })
}

/// One version with everything that it says.
fn whole(told: &Told, published: &PublishedTerm) -> impl IntoView + use<> {
    let version = &published.version;
    let text = version.as_term::<Agreement>().map(|agreement| agreement.text.0.clone());
    let assessment = version.as_term::<Agreement>().and_then(|agreement| agreement.assessment.clone());
    let lines = version.term.lines();
    let facts = lines
        .into_iter()
        .filter(|(spec, lines)| !lines.is_empty() && !is_told_apart(&version.term, spec))
        .map(|(spec, lines)| fact(told, &version.term, published.id, spec, lines))
        .collect_view();
    let footing = match &version.term {
        Term::Transfer(transfer) => Some(told.terms.footing(transfer)),
        Term::Subprocessor(subprocessor) => Some(told.terms.footing_of(subprocessor)),
        _ => None,
    };
    let footing = footing.map(|footing| {
        view! { <div><dt>"Today"</dt><dd>{footing_tag(&footing)} " " {footing.sentence()}</dd></div> }
    });
    let assessment = assessment.map(|assessment| {
        view! {
            <section aria-labelledby="assessment">
                <h3 id="assessment">"Transfer impact assessment, in summary"</h3>
                <Prose text=assessment.0 />
            </section>
        }
    });
    let text = text.map(|text| {
        view! {
            <section aria-labelledby="text">
                <h3 id="text">"Text"</h3>
                <Prose text />
            </section>
        }
    });
    view! {
        <section class="panel" aria-labelledby="chosen">
            <h2 id="chosen">{format!("The version of {}", told.name(published))}</h2>
            <dl class="facts">{facts} {footing}</dl>
            {assessment}
            {text}
        </section>
    }
}

/// Whether a field is too long to stand among the others.
fn is_told_apart(term: &Term, spec: &FieldSpec) -> bool {
    matches!(term, Term::Agreement(_)) && ["text", "assessment"].contains(&spec.name)
}

fn fact(told: &Told, term: &Term, id: TermVersionId, spec: &FieldSpec, lines: Vec<String>) -> impl IntoView + use<> {
    let value = match (spec.name, spec.form) {
        ("document", FieldForm::Document) => match term.documents().first() {
            Some(document) => {
                let address = paths::fill(paths::TERM_PAPER, id);
                view! { <PaperLink document=(*document).clone() address /> }.into_any()
            }
            None => ().into_any(),
        },
        ("mechanism" | "replaced_by", _) => keyed(told, TermKind::Mechanism, lines),
        ("subprocessor", _) => keyed(told, TermKind::Subprocessor, lines),
        ("website" | "act_link" | "ended_link", _) => {
            let links = lines.into_iter().map(|line| view! { <Source text=line.clone() link=Some(Link(line)) /> });
            links.collect_view().into_any()
        }
        (_, FieldForm::Lines) => {
            let lines = lines.into_iter().map(|line| view! { <li>{line}</li> }).collect_view();
            view! { <ul>{lines}</ul> }.into_any()
        }
        _ => view! { <span class="said">{lines.join("\n")}</span> }.into_any(),
    };
    view! { <div><dt>{spec.label}</dt><dd>{value}</dd></div> }
}

/// What another term is called that this one names by its key.
fn keyed(told: &Told, kind: TermKind, lines: Vec<String>) -> AnyView {
    let links = lines.into_iter().map(|line| {
        let Some(key) = TermKey::parse(&line) else { return line.into_any() };
        let name = name_of(&told.terms.mechanisms, kind, &key);
        view! { <a href=paths::term(kind, &key)>{name}</a> }.into_any()
    });
    links.collect_view().into_any()
}

fn name_of(mechanisms: &Mechanisms, kind: TermKind, key: &TermKey) -> String {
    let mechanism = mechanisms.get(key).filter(|_| kind == TermKind::Mechanism);
    mechanism.map_or_else(|| key.to_string(), |mechanism| mechanism.name.clone())
}

/// Two versions side by side: those that are asked for, else the one that is read and the one before it.
fn comparison(told: &Told, chosen: Option<&PublishedTerm>) -> Option<impl IntoView + use<>> {
    if told.versions.len() < 2 {
        return None;
    }
    let to = told.find(2).or(chosen)?;
    let from = told.find(1).or_else(|| told.before(to)).or(told.versions.last())?;
    let options = told.versions.iter().map(|published| (published.id.to_string(), told.name(published)));
    let options = options.collect::<Vec<_>>();
    let action = format!("{}#comparison", paths::term(told.kind, &told.key));
    let (old, new) = (told.name(from), told.name(to));
    let differences = difference(&from.version.term, &to.version.term);
    Some(view! {
        <section class="panel" aria-labelledby="comparison">
            <h2 id="comparison">"Side by side"</h2>
            <form class="filters" method="get" action=action aria-label="Compare two versions">
                <Choice name="from" label="Older" chosen=Some(from.id.to_string()) options=options.clone() />
                <Choice name="to" label="Newer" chosen=Some(to.id.to_string()) options />
                <div class="actions">
                    <button>"Compare"</button>
                </div>
            </form>
            <p>{format!("What is gone from {old} is struck out; what is new in {new} is underlined.")}</p>
            <Difference differences old new />
        </section>
    })
}
