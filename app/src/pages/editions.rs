//! `/transparency/editions`: the provider's own report, edition by edition, and each whole.

use chrono::NaiveDate;
use domain::{
    demand::DataKind,
    report::{CLASSES, Edition, OTHER_COUNTRIES, OUTCOMES, Part, SMALLEST_GROUP, Tables, WITHOUT_DATA},
    statistics::{Figure, Half, Metric},
};
use leptos::prelude::*;
use leptos_meta::{Meta, Title};
use leptos_router::hooks::use_params_map;
use store::PublishedEdition;

use crate::{
    components::{DataRow, DataTable, Loaded, OpenData},
    context::{PageContext, PageError},
    paths,
};

const ABOUT: &str =
    "The provider’s own half-yearly report. An edition is never changed: what was wrong with it is said in the next.";

#[component]
pub fn EditionsPage() -> impl IntoView {
    let context = PageContext::current();
    let provider = context.provider.clone();
    view! {
        <Title text="Editions · Vitrine" />
        <Loaded load=async move {
            let editions = context.store.editions().await?;
            let list = list(&editions, &provider);
            Ok::<_, PageError>(view! { {list} <OpenData /> })
        } />
    }
}

fn list(editions: &[PublishedEdition], provider: &str) -> impl IntoView + use<> {
    let newest = |edition: &Edition| {
        !editions.iter().any(|other| other.edition.half == edition.half && other.edition.number > edition.number)
    };
    let lines = editions.iter().map(|PublishedEdition { edition, .. }| {
        let when = format!("Published on {}", edition.published_on);
        let replaced = (!newest(edition)).then(|| view! { <span class="tag">"Followed by another"</span> });
        let errata = edition.errata.iter().filter(|of| of.edition == edition.number).map(|of| of.text.clone());
        view! {
            <li>
                <p>
                    <a href=paths::edition(edition.half, edition.number)>{edition.title()}</a>
                    " " {replaced}
                    <span class="sub">{when}</span>
                </p>
                {errata.map(|text| view! { <p>{text}</p> }).collect_view()}
            </li>
        }
    });
    let lines = lines.collect::<Vec<_>>();
    let description = format!(
        "{ABOUT} Every edition of what {provider} was asked for by governments and courts, with its errata and its figures \
         as CSV and JSON."
    );
    let none = lines.is_empty().then(|| view! { <p class="empty">"No edition has been published yet."</p> });
    view! {
        <Meta name="description" content=description />
        {breadcrumb(None)}
        <div class="page-head">
            <div>
                <h1>"What " {provider.to_owned()} " was asked for"</h1>
                <p class="lede">{ABOUT}</p>
            </div>
        </div>
        {none}
        <ul class="lines">{lines}</ul>
    }
}

fn breadcrumb(edition: Option<&Edition>) -> impl IntoView + use<> {
    let above = edition.is_some().then(|| view! { <li><a href=paths::EDITIONS>"Editions"</a></li> });
    view! {
        <nav class="breadcrumb" aria-label="Breadcrumb">
            <ol>
                <li>
                    <a href=paths::TRANSPARENCY>"Government requests"</a>
                </li>
                {above}
            </ol>
        </nav>
    }
}

#[component]
pub fn EditionPage() -> impl IntoView {
    let context = PageContext::current();
    let params = use_params_map().read_untracked();
    let (half, number) = (params.get("half"), params.get("number"));
    view! {
        <Loaded load=async move {
            let half = half.as_deref().and_then(Half::parse).ok_or(PageError::NotFound)?;
            let number = number.as_deref().and_then(paths::place).and_then(|number| number.try_into().ok());
            let number = number.ok_or(PageError::NotFound)?;
            let published = context.store.edition(half, number).await?.ok_or(PageError::NotFound)?;
            let others = context.store.editions().await?.into_iter().map(|of| of.edition);
            let newer = others.filter(|of| of.half == half && of.number > number).map(|of| of.number).max();
            let address = format!("{}{}", context.public_url, paths::edition(half, number));
            let today = context.zone().day(context.store.now());
            Ok::<_, PageError>(whole(&published, newer, &address, today))
        } />
    }
}

fn whole(published: &PublishedEdition, newer: Option<u32>, address: &str, today: NaiveDate) -> impl IntoView + use<> {
    let edition = &published.edition;
    let newer = newer.map(|newer| {
        let link = paths::edition(edition.half, newer);
        view! {
            <p class="notice warn">
                "There is a newer edition of this half-year: " <a href=link>"edition " {newer}</a> ". This one stays as it was."
            </p>
        }
    });
    let (csv, json) = (
        paths::edition_file(paths::EDITION_CSV, edition.half, edition.number),
        paths::edition_file(paths::EDITION_JSON, edition.half, edition.number),
    );
    let hash = published.sha256.iter().map(|byte| format!("{byte:02x}")).collect::<String>();
    let description = format!(
        "{}: {}, by country, legal process, outcome and kind of data. Published on {}.",
        edition.publisher,
        edition.title(),
        edition.published_on
    );
    view! {
        <Title text=format!("{} · Vitrine", edition.title()) />
        <Meta name="description" content=description />
        {breadcrumb(Some(edition))}
        <div class="page-head">
            <div>
                <p class="eyebrow">{edition.publisher.clone()}</p>
                <h1>{edition.title()}</h1>
                <p class="lede">"Published on " {edition.published_on.to_string()} "."</p>
            </div>
            <ul class="downloads" aria-label="Download this edition">
                <li><a href=csv download>"CSV"</a></li>
                <li><a href=json download>"JSON"</a></li>
            </ul>
        </div>
        {newer}
        {content(edition)}
        <section class="panel" aria-labelledby="cite">
            <h2 id="cite">"How to cite this edition"</h2>
            <p>{edition.citation(address, today)}</p>
            <p class="hint">"SHA-256 of its JSON: " <code>{hash}</code></p>
        </section>
    }
}

/// What an edition says, for its page and for whoever looks at its draft.
pub fn content(edition: &Edition) -> impl IntoView + use<> {
    let errata = edition.errata.iter().map(|erratum| {
        let when = format!("Edition {}, {}: ", erratum.edition, erratum.published_on);
        view! { <li><strong>{when}</strong> {erratum.text.clone()}</li> }
    });
    let errata = errata.collect::<Vec<_>>();
    let errata = (!errata.is_empty()).then(|| {
        view! {
            <section class="panel" aria-labelledby="errata">
                <h2 id="errata">"Errata"</h2>
                <ul>{errata}</ul>
            </section>
        }
    });
    let parts = edition.parts.iter().map(part).collect_view();
    view! {
        {errata}
        {parts}
        {national_security(edition)}
        {read_so(edition)}
    }
}

/// A figure as the report says it: what isn't there was held back.
fn said(figure: &Figure) -> String {
    match figure {
        Figure::NotReported => "held back".to_owned(),
        Figure::NotApplicable => "–".to_owned(),
        figure => figure.to_string(),
    }
}

fn row(name: impl Into<String>, figures: &[Figure]) -> DataRow {
    (name.into().into_any(), figures.iter().map(said).collect())
}

fn part(part: &Part) -> impl IntoView + use<> {
    let Tables { countries, by_process, by_outcome, .. } = &part.tables;
    let tables = &part.tables;
    let (title, about) = match part.edition {
        1 => ("Requests for disclosure".to_owned(), None),
        edition => (
            format!("Counted since edition {edition}"),
            Some(
                "Requests of the same half-year that could not be counted before: they were undecided, or could not be told of, when the editions before were drafted. They are not in the tables above.",
            ),
        ),
    };
    let id = format!("part-{}", part.edition);
    let totals = vec![row("All countries", &[tables.requests, tables.accounts])];
    let lines = countries.iter().map(|of| row(of.name(), &[of.requests, of.accounts])).chain(totals);
    let by_country = lines.collect::<Vec<_>>();
    let process = countries.iter().map(|of| row(of.name(), &of.by_process));
    let process = process.chain([row("All countries", by_process)]).collect::<Vec<_>>();
    let process_heads = ["Country"].into_iter().chain(CLASSES.map(|class| class.label())).collect::<Vec<_>>();
    let outcome = countries.iter().map(|of| row(of.name(), &of.by_outcome));
    let outcome = outcome.chain([row("All countries", by_outcome)]).collect::<Vec<_>>();
    let outcome_heads = ["Country"].into_iter().chain(OUTCOMES.map(Metric::label)).collect::<Vec<_>>();
    let without = WITHOUT_DATA.iter().zip(&tables.without_data).map(|(of, figure)| row(of.label(), &[*figure]));
    let kinds = DataKind::ALL.iter().zip(&tables.by_kind).map(|(kind, figure)| row(kind.label(), &[*figure]));
    let more = vec![
        row("Emergencies", &[tables.emergencies]),
        row("An order delayed the notice to a customer", &[tables.delayed]),
    ];
    let preservation = vec![
        row("Requests to preserve data", &[tables.preservations]),
        row("Accounts with data preserved", &[tables.accounts_preserved]),
    ];
    view! {
        <section class="panel" aria-labelledby=id.clone()>
            <h2 id=id.clone()>{title}</h2>
            {about.map(|about| view! { <p>{about}</p> })}
            <DataTable caption="Requests and accounts, by country" heads=vec!["Country", "Requests", "Accounts"] rows=by_country />
            <DataTable caption="Requests, by country and legal process" heads=process_heads rows=process />
            <DataTable caption="Requests, by country and outcome" heads=outcome_heads rows=outcome />
            <DataTable caption="Why no data was provided" heads=vec!["Outcome", "Requests"] rows=without.collect() />
            <DataTable caption="Requests, by kind of data; one may seek several" heads=vec!["Kind of data", "Requests"] rows=kinds.collect() />
            <DataTable caption="Emergencies and delayed notices" heads=vec!["What", "Requests"] rows=more />
            <DataTable caption="Preservation, outside the totals" heads=vec!["What", "Number"] rows=preservation />
        </section>
    }
}

fn national_security(edition: &Edition) -> Option<impl IntoView + use<>> {
    let section = edition.national_security.as_ref()?;
    let rows = section.rows.iter().map(|of| {
        let said = |figure: Figure| match figure {
            Figure::NotReported => format!("not before {}", of.from),
            figure => figure.to_string(),
        };
        let kind = of.kind.map_or("All kinds together", |kind| kind.label());
        (kind.into_any(), vec![said(of.process), said(of.selectors)])
    });
    let rows = rows.collect::<Vec<_>>();
    let table = if rows.is_empty() {
        view! { <p>"This structure is reported a year at a time, with the second half."</p> }.into_any()
    } else {
        let heads = vec!["Kind", "Received", "Customer selectors targeted"];
        view! { <DataTable caption="In the bands that the statute allows" heads rows /> }.into_any()
    };
    Some(view! {
        <section class="panel" aria-labelledby="national-security">
            <h2 id="national-security">"National security process of the United States"</h2>
            <p>
                "Reported under 50 USC 1874" {section.option.label()}
                ". None of it is in the tables above. The lowest band is published where there was none, too."
            </p>
            {table}
        </section>
    })
}

fn read_so(edition: &Edition) -> impl IntoView + use<> {
    let others = edition.has_other_countries().then(|| {
        view! {
            <li>
                "“" {OTHER_COUNTRIES} "” are those with fewer than " {SMALLEST_GROUP}
                " requests, and as many more as it takes for the line to have that many."
            </li>
        }
    });
    view! {
        <section class="panel" aria-labelledby="read-so">
            <h2 id="read-so">"How to read these figures"</h2>
            <ul>
                <li>
                    "Requests that were received in the half-year and decided. A request that the law forbids to tell of is in none of these figures until that ends: 0 does not say that there was none."
                </li>
                <li>
                    "“Held back” says that a number is small, from 1 to 4, or that a small one could be reckoned from it. Every number that is held back could be at least five different ones, for all that is published here."
                </li>
                {others}
                <li>"Accounts are those that requests named. They are held back where the largest request could be told from them."</li>
                <li>"“–” says that no authority of that country has such process."</li>
            </ul>
        </section>
    }
}
