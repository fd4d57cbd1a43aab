//! The contract papers, each with its versions.

use domain::terms::{Agreement, Held, PublishedTerm};
use leptos::prelude::*;

use super::Told;
use crate::{
    components::Prose,
    paths,
    term_parts::{Day, PaperLink, version_tags},
};

pub fn section(told: &Told) -> impl IntoView + use<> {
    let each = told.terms.of::<Agreement>().zip(&told.papers);
    let each = each.map(|((published, agreement), versions)| paper(told, published, agreement, versions));
    let each = each.collect_view();
    let each = if each.is_empty() {
        view! { <p>"No contract paper is recorded for this day."</p> }.into_any()
    } else {
        each.into_any()
    };
    view! {
        <section aria-labelledby="papers">
            <h2 id="papers">"Contract papers"</h2>
            {each}
        </section>
    }
}

fn paper(
    told: &Told,
    published: &PublishedTerm,
    agreement: &Agreement,
    versions: &[PublishedTerm],
) -> impl IntoView + use<> {
    let version = &published.version;
    let address = paths::term(version.kind(), &version.key);
    let document = agreement.document.clone().map(|document| {
        let file = paths::fill(paths::TERM_PAPER, published.id);
        view! { <PaperLink document address=file /> }
    });
    let parties = agreement.parties.join("; ");
    let parties = (!parties.is_empty()).then(|| view! { <div><dt>"Parties"</dt><dd>{parties}</dd></div> });
    let signed = agreement.signed_on.map(|day| view! { <div><dt>"Signed"</dt><dd><Day day /></dd></div> });
    let assessment = agreement.assessment.clone().map(|assessment| {
        view! {
            <h4>"Transfer impact assessment, in summary"</h4>
            <Prose text=assessment.0 />
        }
    });
    let measures = agreement.measures.iter().map(|measure| view! { <li>{measure.to_string()}</li> }).collect_view();
    let measures = (!measures.is_empty()).then(|| {
        view! {
            <h4>"Supplementary measures"</h4>
            <ul>{measures}</ul>
        }
    });
    view! {
        <article class="panel" id=format!("paper-{}", version.key)>
            <h3>
                <a href=format!("{address}?version={}#chosen", published.id)>{agreement.title.clone()}</a>
            </h3>
            <p class="tags">{version_tags(published)}</p>
            <dl class="facts">
                {parties}
                {signed}
                <div>
                    <dt>"In effect from"</dt>
                    <dd>
                        <Day day=version.effective_from />
                    </dd>
                </div>
            </dl>
            {document}
            {assessment}
            {measures}
            <h4>"Versions"</h4>
            {version_list(told, published, versions)}
        </article>
    }
}

/// Every version with its days and what it changed; each can be laid beside the one before it.
fn version_list(told: &Told, held: &PublishedTerm, versions: &[PublishedTerm]) -> impl IntoView + use<> {
    let address = paths::term(held.version.kind(), &held.version.key);
    let lines = versions.iter().enumerate().map(|(place, published)| {
        let version = &published.version;
        let until = match published.held(versions) {
            Held::Until(Some(last)) => view! { " to " <Day day=last /> }.into_any(),
            Held::Until(None) => ().into_any(),
            Held::Replaced => ", replaced before it held".into_any(),
            Held::OwnInstead => ", not for you: your own was in its place".into_any(),
        };
        let state = if published.id == held.id {
            Some(view! { <span class="tag good">"Holds on this day"</span> })
        } else if version.effective_from > told.terms.day {
            Some(view! { <span class="tag">"After this day"</span> })
        } else {
            None
        };
        let change = version.correction.clone().or_else(|| version.change.clone());
        let change = change.map(|change| view! { <span class="sub said">{change.0}</span> });
        let compare = versions.get(place + 1).map(|before| {
            let query = format!("from={}&to={}#comparison", before.id, published.id);
            let compared = paths::with_query(&address, &query);
            view! { <span class="sub"><a href=compared>"What changed, side by side"</a></span> }
        });
        view! {
            <li>
                <p>
                    <a href=format!("{address}?version={}#chosen", published.id)>
                        "From " <Day day=version.effective_from /> {until}
                    </a>
                    {change}
                    {compare}
                </p>
                <p class="tags">{state} {version_tags(published)}</p>
            </li>
        }
    });
    view! { <ol class="lines">{lines.collect_view()}</ol> }
}
