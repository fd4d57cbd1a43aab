//! `/audits/controls`: which control answers which clause of a standard, and who checked it.

use chrono::NaiveDate;
use domain::{
    FieldProblem,
    statistics::grouped,
    terms::{Assurance, Control, ControlFilter, ControlRow, TermKey, TermsOn},
};
use leptos::prelude::*;
use leptos_meta::Title;

use crate::{
    components::{Choice, Downloads, LeftOut, Loaded},
    context::{PageContext, PageError},
    paths,
};

#[component]
pub fn ControlsPage() -> impl IntoView {
    let context = PageContext::current();
    view! {
        <Title text="Controls by standard · Vitrine" />
        <Loaded load=async move {
            let terms = context.store.public_terms(context.store.now().day()).await?;
            let (filter, problems) = filter(&terms, &context.query);
            Ok::<_, PageError>(page(&terms, filter, problems))
        } />
    }
}

/// What of the address can be used, and what can't.
fn filter(terms: &TermsOn, query: &str) -> (ControlFilter, Vec<FieldProblem>) {
    let mut filter = match ControlFilter::from_query(query) {
        Ok(filter) => filter,
        Err(problem) => return (ControlFilter::default(), vec![problem]),
    };
    match filter.problem(terms) {
        Some(problem) => {
            filter.standard.clear();
            (filter, vec![problem])
        }
        None => (filter, Vec::new()),
    }
}

fn page(terms: &TermsOn, filter: ControlFilter, problems: Vec<FieldProblem>) -> impl IntoView + use<> {
    let rows = terms.controls(&filter);
    let chosen = if filter.standard.is_empty() { "every standard" } else { &filter.standard };
    let searched =
        if filter.words.trim().is_empty() { String::new() } else { format!(", with “{}”", filter.words.trim()) };
    let count = match rows.len() {
        1 => "1 entry".to_owned(),
        count => format!("{} entries", grouped(count as u64)),
    };
    let caption = format!("Controls by the clauses of {chosen}{searched}: {count}");
    let one_standard = !filter.standard.is_empty();
    let table = if rows.is_empty() {
        let told = if terms.of::<Control>().next().is_none() {
            "No controls have been published here yet."
        } else {
            "No control was found with these words."
        };
        view! { <p class="empty">{told}</p> }.into_any()
    } else {
        let rows = rows.iter().map(|row| line(row, one_standard, terms.day)).collect::<Vec<_>>();
        view! {
            <table class="records controls" role="table">
                <caption>{caption}</caption>
                <thead role="rowgroup">
                    <tr role="row">
                        <th role="columnheader" scope="col">"Clause"</th>
                        <th role="columnheader" scope="col">"What we do"</th>
                        <th role="columnheader" scope="col">"Checked by"</th>
                        <th role="columnheader" scope="col">"In other standards"</th>
                    </tr>
                </thead>
                <tbody role="rowgroup">{rows}</tbody>
            </table>
        }
        .into_any()
    };
    view! {
        <nav class="breadcrumb" aria-label="Breadcrumb">
            <a href=paths::AUDITS>"Certificates and audits"</a>
        </nav>
        <div class="page-head">
            <div>
                <h1>"Controls by standard"</h1>
                <p class="lede">
                    "For your own audit: each clause, what we do about it, who checked that, and where other standards ask for the same."
                </p>
            </div>
            <Downloads
                label="Download these controls"
                files=vec![(paths::CONTROLS_CSV, "CSV")]
                query=filter.to_query()
            />
        </div>
        <LeftOut problems label_of />
        {form(terms, &filter)}
        {table}
    }
}

fn form(terms: &TermsOn, filter: &ControlFilter) -> impl IntoView + use<> {
    let standards = terms.standards().into_iter().map(|name| (name.to_owned(), name.to_owned())).collect();
    let chosen = (!filter.standard.is_empty()).then(|| filter.standard.clone());
    let cleared = (*filter != ControlFilter::default()).then(|| {
        view! {
            <a class="clear" href=paths::CONTROLS>
                "Clear filters"
            </a>
        }
    });
    view! {
        <form class="filters by-standard" method="get" action=paths::CONTROLS role="search" aria-label="Filter the controls">
            <Choice name="standard" label="Standard" none="Every standard" chosen options=standards />
            <div class="field">
                <label for="q">"Clause or words"</label>
                <input id="q" name="q" type="search" value=filter.words.clone() />
            </div>
            <div class="actions">
                <button>"Show"</button>
                {cleared}
            </div>
        </form>
    }
}

fn label_of(field: &str) -> &'static str {
    match field {
        "standard" => "Standard",
        _ => "Address",
    }
}

fn line(row: &ControlRow<'_>, one_standard: bool, day: NaiveDate) -> impl IntoView + use<> {
    let clause = match row.reference {
        Some(reference) => {
            let standard = (!one_standard).then(|| view! { <span class="sub">{reference.standard.clone()}</span> });
            view! {
                <strong>{reference.clause.clone()}</strong>
                {standard}
            }
            .into_any()
        }
        None => "Asked for by no standard".into_any(),
    };
    // They stand in the order of standards.
    let elsewhere = row.elsewhere.chunk_by(|a, b| a.standard == b.standard).filter_map(|of_one| {
        let clauses = of_one.iter().map(|reference| reference.clause.as_str()).collect::<Vec<_>>().join(", ");
        Some(view! { <li>{format!("{}: {clauses}", of_one.first()?.standard)}</li> })
    });
    let elsewhere = match elsewhere.collect::<Vec<_>>() {
        none if none.is_empty() => "None named".into_any(),
        each => view! { <ul class="bare">{each}</ul> }.into_any(),
    };
    let evidence = row.evidence.iter().map(|(key, assurance)| evidence(key, assurance, day));
    let evidence = match evidence.collect::<Vec<_>>() {
        none if none.is_empty() => "Nobody from outside is named".into_any(),
        each => view! { <ul class="bare">{each}</ul> }.into_any(),
    };
    view! {
        <tr role="row">
            <th role="rowheader" scope="row" data-label="Clause">
                {clause}
            </th>
            <td role="cell" data-label="What we do">
                <strong>{row.control.title.clone()}</strong>
                <span class="sub said">{row.control.text.0.clone()}</span>
            </td>
            <td role="cell" data-label="Checked by">
                {evidence}
            </td>
            <td role="cell" data-label="Elsewhere">
                {elsewhere}
            </td>
        </tr>
    }
}

fn evidence(key: &TermKey, assurance: &Assurance, day: NaiveDate) -> impl IntoView + use<> {
    view! {
        <li>
            <a href=paths::assurance(key)>{assurance.standard.clone()} ", " {assurance.auditor.clone()}</a>
            <span class="sub">{assurance.status(day).sentence()}</span>
        </li>
    }
}
