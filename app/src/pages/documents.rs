//! `/portal/documents`: certificates and audits, each with its full report under terms.

use std::collections::BTreeMap;

use domain::{
    TermVersionId, Timestamp, Zone,
    terms::{Assurance, AssuranceStatus, PublishedTerm, TermsOn},
};
use leptos::prelude::*;
use leptos_meta::Title;

use crate::{
    components::{Done, FormProblem, Loaded, Prose},
    context::{PageContext, PageError},
    paths,
    term_parts::{Day, PaperLink},
};

const DONE: &[(&str, &str)] = &[(
    "accepted",
    "The terms are accepted: your name and the time are kept with it. You can download the report now.",
)];

#[component]
pub fn DocumentsPage() -> impl IntoView {
    let context = PageContext::current();
    let zone = context.zone();
    let open = context.answer.form.clone();
    view! {
        <Title text="Documents · Vitrine" />
        <Loaded load=async move {
            let member = context.member()?;
            let terms = member.terms.on(zone.day(context.store.now())).await?;
            let accepted = member.terms.accepted().await?;
            Ok::<_, PageError>(view_of(&terms, &accepted, zone, &open))
        } />
    }
}

fn view_of(
    terms: &TermsOn,
    accepted: &BTreeMap<TermVersionId, Timestamp>,
    zone: Zone,
    open: &str,
) -> impl IntoView + use<> {
    let mut all = terms.of::<Assurance>().collect::<Vec<_>>();
    // What says something about today comes first.
    all.sort_by_key(|(_, assurance)| (!assurance.status(terms.day).holds(), assurance.standard.clone()));
    let each = all.iter().map(|(published, assurance)| one(terms, accepted, zone, published, assurance));
    let each = each.collect_view();
    let each = if all.is_empty() {
        view! { <p class="empty">"No certificate and no audit is published."</p> }.into_any()
    } else {
        each.into_any()
    };
    // A report that was asked for by its address, and can't be given.
    let problem = (!open.is_empty()).then(|| view! { <FormProblem form=open.to_owned() /> });
    view! {
        <div class="page-head">
            <div>
                <h1>"Documents"</h1>
                <p class="lede">
                    "Certificates and audits of the provider. Full reports are yours under their terms: each page then carries your name, and your organisation’s activity says who took one."
                </p>
            </div>
        </div>
        <Done sentences=DONE />
        {problem}
        {each}
    }
}

fn one(
    terms: &TermsOn,
    accepted: &BTreeMap<TermVersionId, Timestamp>,
    zone: Zone,
    published: &PublishedTerm,
    assurance: &Assurance,
) -> impl IntoView + use<> {
    let status = assurance.status(terms.day);
    let class = match status {
        AssuranceStatus::Valid { .. } | AssuranceStatus::Current { .. } => "tag good",
        AssuranceStatus::EndsSoon { .. } | AssuranceStatus::Old { .. } => "tag warn",
        AssuranceStatus::Expired { .. } => "tag bad",
        AssuranceStatus::NotYet => "tag",
    };
    let fact = |label: &'static str, value: Option<String>| {
        value.map(|value| view! { <div><dt>{label}</dt><dd class="said">{value}</dd></div> })
    };
    let day = |label: &'static str, day: Option<chrono::NaiveDate>| {
        day.map(|day| view! { <div><dt>{label}</dt><dd><Day day /></dd></div> })
    };
    let surveillance = assurance.surveillance.iter().map(|day| view! { <li><Day day=*day /></li> }).collect_view();
    let surveillance = (!surveillance.is_empty())
        .then(|| view! { <div><dt>"Surveillance audits"</dt><dd><ul>{surveillance}</ul></dd></div> });
    let number = match (&assurance.number, &assurance.accreditation) {
        (Some(number), Some(accreditation)) => Some(format!("{number}, accredited by {accreditation}")),
        (number, accreditation) => number.clone().or_else(|| accreditation.clone()),
    };
    view! {
        <article class="panel" id=format!("document-{}", published.version.key)>
            <h2>{assurance.standard.clone()}</h2>
            <p class="tags">
                <span class="tag">{assurance.assurance_kind.label()}</span>
                <span class=class>{status.sentence()}</span>
            </p>
            <Prose text=assurance.summary.0.clone() />
            <dl class="facts">
                {fact("Body or auditor", Some(assurance.auditor.clone()))}
                {fact("Number", number)}
                {fact("Scope", Some(assurance.scope.0.clone()))}
                {day("Issued", Some(assurance.issued_on))}
                {day("Valid until", assurance.valid_until)}
                {day("Period from", assurance.period_from)}
                {day("Period until", assurance.period_until)}
                {surveillance}
                {fact("Opinion", assurance.opinion.map(|opinion| opinion.label().to_owned()))}
                {fact("Exceptions, and the answers to them", assurance.exceptions.clone().map(|words| words.0))}
            </dl>
            {report(accepted, zone, published, assurance)}
        </article>
    }
}

/// The full report: its terms until they are accepted, and then the way to it.
fn report(
    accepted: &BTreeMap<TermVersionId, Timestamp>,
    zone: Zone,
    published: &PublishedTerm,
    assurance: &Assurance,
) -> Option<impl IntoView + use<>> {
    let document = assurance.report.clone()?;
    let terms = assurance.report_terms.clone().map(|terms| terms.0).unwrap_or_default();
    let heading = format!("report-{}", published.version.key);
    let labelled_by = heading.clone();
    let given = match accepted.get(&published.id) {
        Some(at) => {
            let address = paths::fill(paths::DOCUMENT_REPORT, published.id);
            view! {
                <p class="sub">{format!("You accepted its terms on {}.", zone.long(*at))}</p>
                <PaperLink document address />
                <p class="hint">
                    "The file that you get is marked with your name, your organisation and the day, so its SHA-256 is another one: the one told here is the original’s."
                </p>
                <details>
                    <summary>"The terms that you accepted"</summary>
                    <p class="said">{terms}</p>
                </details>
            }
            .into_any()
        }
        None => {
            let name = document.name.clone();
            view! {
                <p>{format!("{name}, {} bytes, is given to you under these terms:", domain::statistics::grouped(document.size))}</p>
                <blockquote class="said">{terms}</blockquote>
                <p class="sub">"SHA-256 of the original: " <code>{document.sha256}</code></p>
                <form class="short" method="post" action=paths::fill(paths::DOCUMENT_ACCEPT, published.id)>
                    <p>
                        "That you accept is kept with your name and the time. Each page of what you download then says confidential, your name, your organisation and the day."
                    </p>
                    <button>"Accept these terms"</button>
                </form>
            }
            .into_any()
        }
    };
    Some(view! {
        <section aria-labelledby=labelled_by>
            <h3 id=heading>"Full report"</h3>
            {given}
        </section>
    })
}
