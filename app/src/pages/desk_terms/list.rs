//! `/desk/terms`: what waits for a second person, what is published, and how to write more.

use std::collections::BTreeMap;

use chrono::NaiveDate;
use domain::{
    Zone,
    terms::{PublishedTerm, TermKey, TermKind, TermVersion, TermsOn, Transfer},
};
use leptos::prelude::*;
use leptos_meta::Title;
use store::Proposal;

use super::for_whom;
use crate::{
    components::{Done, Field, Loaded},
    context::{FormAnswer, PageContext, PageError},
    paths,
};

const DONE: &[(&str, &str)] = &[
    ("published", "It is published, and whoever is owed notice of it has it now."),
    ("discarded", "The proposal is thrown away. Nothing changed."),
];

#[component]
pub fn DeskTermsPage() -> impl IntoView {
    let context = PageContext::current();
    view! {
        <Title text="Terms · Vitrine" />
        <Loaded load=async move {
            let desk = context.session()?.terms().map_err(|_| PageError::NotFound)?;
            let today = context.zone().day(context.store.now());
            let (proposals, published) = (desk.proposals().await?, desk.published().await?);
            Ok::<_, PageError>(view_of(proposals, published, today, context.zone(), &context.answer))
        } />
    }
}

fn view_of(
    proposals: Vec<Proposal>,
    published: Vec<PublishedTerm>,
    today: NaiveDate,
    zone: Zone,
    answer: &FormAnswer,
) -> impl IntoView + use<> {
    let fallen = fallen(&published, today);
    view! {
        <div class="page-head">
            <div>
                <h1>"Terms"</h1>
                <p class="lede">
                    "On what terms data moves and is kept, and who has checked. One person writes, another publishes; what is in effect is never changed, but followed by another version."
                </p>
            </div>
        </div>
        <Done sentences=DONE />
        {fallen}
        {waiting(proposals, zone)}
        {forms(answer)}
        {tables(published, today)}
    }
}

/// Transfers that rest on nothing any more, first.
fn fallen(published: &[PublishedTerm], today: NaiveDate) -> Option<impl IntoView + use<>> {
    let terms = TermsOn::new(today, published.to_vec());
    let lines = terms
        .of::<Transfer>()
        .filter_map(|(published, transfer)| {
            let footing = terms.mechanisms.footing(transfer, today);
            footing
                .is_flagged()
                .then(|| (address(&published.version), published.version.term.title(), footing.sentence()))
        })
        .map(|(address, title, sentence)| view! { <li><a href=address>{title}</a> ". " {sentence}</li> })
        .collect::<Vec<_>>();
    (!lines.is_empty()).then(|| {
        view! {
            <section class="notice warn" aria-labelledby="fallen">
                <h2 id="fallen">"Transfers without a valid mechanism"</h2>
                <ul>{lines}</ul>
            </section>
        }
    })
}

fn waiting(proposals: Vec<Proposal>, zone: Zone) -> Option<impl IntoView> {
    if proposals.is_empty() {
        return None;
    }
    let lines = proposals.into_iter().map(|proposal| {
        let when = proposal.made_at.map_or_else(String::new, |at| format!(", {}", zone.long(at)));
        let count = match proposal.versions.len() {
            1 => "1 version".to_owned(),
            many => format!("{many} versions"),
        };
        view! {
            <li>
                <p>
                    <a href=paths::fill(paths::TERMS_PROPOSAL, proposal.id)>{proposal.title}</a>
                    <span class="sub">{count} ", by " {proposal.made_by_name} {when}</span>
                </p>
            </li>
        }
    });
    Some(view! {
        <section class="panel" aria-labelledby="proposals">
            <h2 id="proposals">"Waits for a second person"</h2>
            <ul class="lines">{lines.collect_view()}</ul>
        </section>
    })
}

fn forms(answer: &FormAnswer) -> impl IntoView + use<> {
    let problems = answer.is_of("import").then(|| answer.problems.clone()).filter(|problems| !problems.is_empty());
    let open = problems.is_some();
    let problems = problems.map(|problems| {
        let lines = problems.into_iter().map(|problem| view! { <li>{problem.reason}</li> }).collect_view();
        view! {
            <div class="form-error" role="alert">
                <p>"Nothing was proposed:"</p>
                <ul>{lines}</ul>
            </div>
        }
    });
    view! {
        <section class="panel" aria-labelledby="write">
            <h2 id="write">"Write"</h2>
            <p class="actions"><a class="button" href=paths::TERMS_NEW>"Write a version"</a></p>
            <details open=open>
                <summary>"Bring files in"</summary>
                <form class="short" method="post" enctype="multipart/form-data" action=paths::TERMS_IMPORT>
                    {problems}
                    <Field form="import" name="title" label="What it is" required=false hint="Such as the commit that they are of." />
                    <div class="field">
                        <label for="import-files">"Files"</label>
                        <input id="import-files" name="files" type="file" multiple required />
                        <p class="hint">"TOML or JSON as the schema says, and the papers that they name. All of it is proposed together, or nothing."</p>
                    </div>
                    <button>"Propose them"</button>
                </form>
                <p class="hint">"At the command line: " <code>"server apply FOLDER"</code> ", " <code>"server terms export FOLDER"</code> " and " <code>"server terms schema"</code> "."</p>
            </details>
            <p><a href=paths::TERMS_JSON download>"Everything that is published, as JSON"</a></p>
        </section>
    }
}

/// The address of a term's versions.
pub(super) fn address(version: &TermVersion) -> String {
    paths::fill(&paths::fill(paths::DESK_TERM, version.kind().code()), &version.key)
}

/// Of each term, by its key and customer, every version.
type Versions = BTreeMap<(TermKey, Option<String>), Vec<TermVersion>>;

fn tables(published: Vec<PublishedTerm>, today: NaiveDate) -> impl IntoView {
    // Versions come in the order of their days.
    let mut by_kind = BTreeMap::<TermKind, Versions>::new();
    for PublishedTerm { version, .. } in published {
        let term = (version.key.clone(), version.customer.clone());
        by_kind.entry(version.kind()).or_default().entry(term).or_default().push(version);
    }
    if by_kind.is_empty() {
        return view! { <p class="empty">"Nothing is published yet."</p> }.into_any();
    }
    by_kind.into_iter().map(|(kind, terms)| table(kind, terms, today)).collect_view().into_any()
}

fn table(kind: TermKind, terms: Versions, today: NaiveDate) -> impl IntoView {
    let rows = terms.into_values().filter_map(|versions| {
        let current = versions.iter().rev().find(|version| version.effective_from <= today);
        let next = versions.iter().find(|version| version.effective_from > today);
        let shown = current.or(next)?.clone();
        let state = match (current, next) {
            (Some(current), _) if current.effective_until.is_some_and(|until| until < today) => ("tag", "Ended"),
            (Some(_), Some(_)) => ("tag good", "In effect, another one announced"),
            (Some(_), None) => ("tag good", "In effect"),
            (None, _) => ("tag warn", "Announced"),
        };
        let from = shown.effective_from.to_string();
        Some(view! {
            <tr role="row">
                <td role="cell" data-label="Term">
                    <a href=address(&shown)>{shown.term.title()}</a>
                    <span class="sub">{shown.key.to_string()}</span>
                </td>
                <td role="cell" data-label="For">{for_whom(&shown)}</td>
                <td role="cell" data-label="From">{from}</td>
                <td role="cell" data-label="State">
                    <span class=state.0>{state.1}</span>
                    {next.filter(|_| current.is_some()).map(|next| view! { <span class="sub">"From " {next.effective_from.to_string()}</span> })}
                </td>
            </tr>
        })
    });
    let id = format!("kind-{}", kind.code());
    view! {
        <section aria-labelledby=id.clone()>
            <h2 id=id.clone()>{kind.plural()}</h2>
            <table class="records" role="table">
                <caption class="visually-hidden">{kind.plural()}</caption>
                <thead role="rowgroup">
                    <tr role="row">
                        <th role="columnheader" scope="col">"Term"</th>
                        <th role="columnheader" scope="col">"For"</th>
                        <th role="columnheader" scope="col">"From"</th>
                        <th role="columnheader" scope="col">"State"</th>
                    </tr>
                </thead>
                <tbody role="rowgroup">{rows.collect_view()}</tbody>
            </table>
        </section>
    }
}
