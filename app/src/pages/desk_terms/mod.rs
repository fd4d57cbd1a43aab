//! `/desk/terms`: terms as the provider writes and publishes them.

mod list;
mod new;
mod proposal;
mod term;

pub use self::{list::DeskTermsPage, new::DeskTermNewPage, proposal::DeskTermsProposalPage, term::DeskTermPage};

use domain::terms::{FieldForm, TermDocument, TermVersion, VERSION_FIELDS};
use leptos::prelude::*;

use crate::{components::Prose, paths};

/// The way back.
fn breadcrumb() -> impl IntoView {
    view! {
        <nav class="breadcrumb" aria-label="Breadcrumb">
            <a href=paths::TERMS>"Terms"</a>
        </nav>
    }
}

/// For whom a version is, in words.
fn for_whom(version: &TermVersion) -> String {
    match &version.customer {
        Some(customer) => format!("Only for {customer}"),
        None if version.term.is_public() => "For everybody".to_owned(),
        None => "For every customer".to_owned(),
    }
}

/// A paper, to look at.
fn paper(facts: &TermDocument) -> impl IntoView + use<> {
    view! {
        <a href=paths::fill(paths::TERMS_PAPER, facts.id) download>
            {facts.name.clone()}
        </a>
        <span class="sub">"SHA-256: " <code>{facts.sha256.clone()}</code></span>
    }
}

/// A version whole: what every version says, and what its kind does.
fn whole(version: &TermVersion) -> impl IntoView + use<> {
    let day = |day: chrono::NaiveDate| day.format("%-d %B %Y").to_string();
    let until = version.effective_until.map_or_else(String::new, |until| format!(" to {}", day(until)));
    let header = [
        ("For", for_whom(version)),
        ("In effect", format!("From {}{until} ({})", day(version.effective_from), version.zone())),
    ];
    let said =
        [("change", &version.change), ("correction", &version.correction)].into_iter().filter_map(|(name, words)| {
            Some((VERSION_FIELDS.iter().find(|field| field.name == name)?.label, words.as_ref()?.0.clone()))
        });
    let header = header.into_iter().chain(said).map(|(label, text)| fact(label, text.into_any())).collect_view();
    let papers = version.term.documents().into_iter().cloned().collect::<Vec<_>>();
    let fields = version.term.lines().into_iter().filter(|(_, lines)| !lines.is_empty()).map(|(field, lines)| {
        let shown = match field.form {
            FieldForm::Words => view! { <Prose text=lines.join("\n") /> }.into_any(),
            FieldForm::Document => papers
                .iter()
                .filter(|paper| lines.first().is_some_and(|line| line.starts_with(&paper.name)))
                .map(paper)
                .collect_view()
                .into_any(),
            _ if lines.len() == 1 => lines.join("").into_any(),
            _ => view! { <ul>{lines.into_iter().map(|line| view! { <li>{line}</li> }).collect_view()}</ul> }.into_any(),
        };
        fact(field.label, shown)
    });
    view! { <dl class="facts">{header} {fields.collect_view()}</dl> }
}

fn fact(label: &'static str, shown: AnyView) -> impl IntoView {
    view! {
        <div>
            <dt>{label}</dt>
            <dd>{shown}</dd>
        </div>
    }
}
