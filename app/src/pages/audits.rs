//! `/audits`: who checked the provider, what they found, and what that is worth today.

use chrono::NaiveDate;
use domain::{
    long_day,
    statistics::grouped,
    terms::{Assurance, AssuranceKind, AssuranceStatus, ControlFilter, PublishedTerm, TermDocument},
};
use leptos::prelude::*;
use leptos_meta::Title;

use crate::{
    components::{HeadingLevel, Loaded, Prose},
    context::{PageContext, PageError},
    paths,
};

#[component]
pub fn AuditsPage() -> impl IntoView {
    let context = PageContext::current();
    view! {
        <Title text="Certificates and audits · Vitrine" />
        <Loaded load=async move {
            let day = context.store.now().day();
            let terms = context.store.public_terms(day).await?;
            let mut assurances = terms.of::<Assurance>().collect::<Vec<_>>();
            assurances.sort_by(|(_, a), (_, b)| {
                alphanumeric_sort::compare_str(&a.standard, &b.standard).then(b.issued_on.cmp(&a.issued_on))
            });
            Ok::<_, PageError>(page(&assurances, &terms.standards(), day))
        } />
    }
}

type Found<'a> = (&'a PublishedTerm, &'a Assurance);

fn page(assurances: &[Found<'_>], standards: &[&str], day: NaiveDate) -> impl IntoView + use<> {
    let of = |admits: fn(AssuranceStatus) -> bool| {
        assurances.iter().filter(|(_, assurance)| admits(assurance.status(day))).copied().collect::<Vec<_>>()
    };
    let holds = of(AssuranceStatus::holds);
    let coming = of(|status| status == AssuranceStatus::NotYet);
    let over = of(|status| !status.holds() && status != AssuranceStatus::NotYet);
    let empty = assurances.is_empty().then(|| {
        view! { <p class="empty">"No certificates or audits have been published here yet."</p> }
    });
    let answer = match holds.len() {
        0 => format!("None holds today, {}.", long_day(day)),
        1 => format!("One certificate or audit holds today, {}.", long_day(day)),
        count => format!("{} certificates and audits hold today, {}.", grouped(count as u64), long_day(day)),
    };
    let answer = format!("{answer} Each is told by its dates alone, and days are those of UTC.");
    view! {
        <div class="page-head">
            <div>
                <h1>"Certificates and audits"</h1>
                <p class="lede">{answer}</p>
            </div>
        </div>
        <p>
            "Your own auditor asks by clause? "
            <a href=paths::CONTROLS>"See our controls by standard"</a> ", with who checked each."
        </p>
        {empty}
        {section("holds", "What holds today", &holds, standards, day)}
        {section("coming", "Not issued yet", &coming, standards, day)}
        {section("over", "Expired or old", &over, standards, day)}
    }
}

fn section(
    id: &'static str,
    heading: &'static str,
    assurances: &[Found<'_>],
    standards: &[&str],
    day: NaiveDate,
) -> Option<impl IntoView + use<>> {
    let each = assurances.iter().map(|(published, of)| assurance(published, of, standards, day)).collect::<Vec<_>>();
    (!each.is_empty()).then(|| {
        view! {
            <section aria-labelledby=id>
                <h2 id=id>{heading}</h2>
                {each}
            </section>
        }
    })
}

fn assurance(published: &PublishedTerm, of: &Assurance, standards: &[&str], day: NaiveDate) -> impl IntoView + use<> {
    let status = of.status(day);
    let tag = match status {
        AssuranceStatus::Valid { .. } | AssuranceStatus::Current { .. } => "tag good",
        AssuranceStatus::EndsSoon { .. } | AssuranceStatus::Old { .. } => "tag warn",
        AssuranceStatus::Expired { .. } => "tag bad",
        AssuranceStatus::NotYet => "tag",
    };
    let period = match (of.period_from, of.period_until) {
        (Some(from), Some(until)) => Some(format!("{} to {}", long_day(from), long_day(until))),
        (Some(from), None) => Some(format!("From {}", long_day(from))),
        (None, Some(until)) => Some(format!("Until {}", long_day(until))),
        (None, None) => None,
    };
    let surveillance = of.surveillance.iter().map(|on| {
        // Whether one that is past took place is the auditor's to say, not the calendar's.
        if *on > day { format!("{} (planned)", long_day(*on)) } else { long_day(*on) }
    });
    let surveillance = surveillance.collect::<Vec<_>>().join("; ");
    let exceptions = of.exceptions.as_ref().map(|exceptions| exceptions.0.clone());
    let exceptions =
        exceptions.or_else(|| (of.assurance_kind == AssuranceKind::AuditReport).then(|| "None are stated.".to_owned()));
    let facts = [
        ("Body or auditor", Some(of.auditor.clone())),
        ("Accreditation", of.accreditation.clone()),
        ("Number", of.number.clone()),
        ("Scope", Some(of.scope.0.clone())),
        ("Issued", Some(long_day(of.issued_on))),
        ("Valid until", of.valid_until.map(long_day)),
        ("Period", period),
        ("Surveillance audits", Some(surveillance)),
        ("Opinion", of.opinion.map(|opinion| opinion.label().to_owned())),
        ("Exceptions, and the answers to them", exceptions),
    ];
    let facts = facts
        .into_iter()
        .filter_map(|(name, value)| Some((name, value.filter(|value| !value.is_empty())?)))
        .map(|(name, value)| view! { <div><dt>{name}</dt><dd class="said">{value}</dd></div> })
        .collect::<Vec<_>>();
    let certificate = of.certificate.as_ref().map(|document| {
        let address = paths::fill(paths::CERTIFICATE, published.id);
        paper(address, format!("Certificate, {}", of.standard), document)
    });
    let report = of.report.as_ref().map(|_| {
        view! {
            <p>
                "The full report is for customers, under terms that they accept: "
                <a href=paths::DOCUMENTS>{format!("{}, full report, after sign-in", of.standard)}</a>
            </p>
        }
    });
    let controls = standards.contains(&of.standard.as_str()).then(|| {
        let filter = ControlFilter { standard: of.standard.clone(), ..ControlFilter::default() };
        let address = paths::with_query(paths::CONTROLS, &filter.to_query());
        view! {
            <p>
                <a href=address>{format!("Our controls by the clauses of {}", of.standard)}</a>
            </p>
        }
    });
    let key = &published.version.key;
    let heading = format!("{}-heading", paths::assurance_anchor(key));
    let labelled_by = heading.clone();
    view! {
        <article class="assurance" id=paths::assurance_anchor(key) aria-labelledby=labelled_by>
            <h3 id=heading>{of.standard.clone()}</h3>
            <p class="tags">
                <span class=tag>{status.sentence()}</span>
                <span>{of.assurance_kind.label()}</span>
            </p>
            <Prose text=of.summary.0.clone() from=HeadingLevel::H4 />
            <dl class="facts">{facts}</dl>
            {certificate}
            {report}
            {controls}
        </article>
    }
}

/// A link to a file, with what whoever downloads it can compare.
fn paper(address: String, name: String, document: &TermDocument) -> impl IntoView + use<> {
    view! {
        <p>
            <a href=address download>
                {name}
            </a>
            <span class="sub">{document.media_type.clone()} ", " {grouped(document.size)} " bytes"</span>
            <span class="sub">"SHA-256: " <code>{document.sha256.clone()}</code></span>
        </p>
    }
}
