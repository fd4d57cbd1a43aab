//! `/transparency`: published statistics of government requests, filtered by its address.

use std::collections::BTreeMap;

use domain::{
    FieldProblem, Zone,
    notice::PromptnessReport,
    statistics::{Figure, Half, Metric, StatisticsFilter, Total, grouped},
};
use leptos::prelude::*;
use leptos_meta::Title;

use crate::{
    chart::{
        ChartName, View,
        published::{Published, outcome, percent, requests},
    },
    components::{ChartFigure, Choice, DataTable, Downloads, Interactive, LeftOut, Loaded, OpenData},
    context::{PageContext, PageError},
    islands::chart_explorer::{ChartExplorer, Explored},
    paths,
    promptness::published,
};

#[component]
pub fn TransparencyPage() -> impl IntoView {
    let context = PageContext::current();
    let zone = context.zone();
    view! {
        <Title text="Government requests · Vitrine" />
        <Loaded load=async move {
            let published = Published::load(&context.store, &context.query).await?;
            let promptness = promptness(&PromptnessReport::for_public(&context.store.handled().await?));
            Ok::<_, PageError>(match published {
                Some(published) => statistics(published, zone, promptness).into_any(),
                None => view! { {nothing_published()} {promptness} }.into_any(),
            })
        } />
        <OpenData />
    }
}

fn nothing_published() -> impl IntoView {
    view! {
        <h1>"Government requests for data"</h1>
        <p class="empty">
            "No statistics have been published here yet. "
            "Whoever runs this portal brings them in with " <code>"server import-statistics"</code> "."
        </p>
    }
}

/// How soon the provider's own customers are told of demands, which is for the public to hold it to.
fn promptness(report: &PromptnessReport) -> Option<impl IntoView + use<>> {
    let sentences = published(report)?.into_iter().map(|sentence| view! { <p>{sentence}</p> }).collect_view();
    Some(view! {
        <section class="panel" aria-labelledby="promptness">
            <h2 id="promptness">"How soon customers are told"</h2>
            {sentences}
        </section>
    })
}

fn statistics(published: Published, zone: Zone, promptness: Option<impl IntoView>) -> impl IntoView {
    let query = published.filter.to_query();
    let series = &published.series;
    let totals = published.totals();
    let halves = published.halves();
    let countries = published.by_country();
    let sum = published.sum();
    let latest = halves.iter().rev().find_map(|half| Some((*half, totals.get(half)?.figure)));
    let shares = halves.iter().rev().find_map(|half| Some((*half, published.disclosed(*half)?)));
    let from = published.filter.country.map(|country| format!(" from {}", country.name())).unwrap_or_default();
    let answer = match sum.figure.middle() {
        None => format!("{} reported no {} in this period.", series.publisher, series.service.to_lowercase()),
        Some(_) if series.metric != Metric::Requests => {
            format!("{}, {} counted {}{from}.", published.during(), series.publisher, published.count(sum.figure))
        }
        Some(_) => {
            let disclosed = shares.map(|(half, share)| {
                format!(" In the {} some data was disclosed for {} of them.", half.long(), percent(share))
            });
            format!(
                "{}, governments and courts{from} sent {} {} for data.{}",
                published.during(),
                series.publisher,
                requests(sum.figure),
                disclosed.unwrap_or_default()
            )
        }
    };
    let mut stats = vec![(sum.figure.to_string(), format!("{}{from}, {}", series.metric.unit(), published.span()))];
    if let Some((half, figure)) = latest {
        stats.push((figure.to_string(), format!("of them in the {}", half.long())));
    }
    if published.filter.country.is_none() {
        stats.push((grouped(countries.len() as u64), "countries and bodies asked".to_owned()));
    }
    if let Some((half, share)) = shares {
        stats.push((percent(share), format!("with some data disclosed, {}", half.long())));
    }
    let stats = stats.into_iter().map(|(value, label)| {
        view! {
            <li class="stat">
                <span class="stat-value">{value}</span>
                <span class="stat-label">{label}</span>
            </li>
        }
    });
    let notes = notes(&published, sum);
    let totals_chart = published.chart(ChartName::Totals);
    let countries_chart = published.chart(ChartName::Countries);
    let outcomes_chart = published.chart(ChartName::Outcomes);
    let explorer = {
        let explored = Explored {
            chart: totals_chart.clone(),
            others: published.explored(),
            others_label: "Pick out a country".to_owned(),
            shares: published.filter.country.is_none(),
        };
        view! { <ChartExplorer explored /> }.into_any()
    };
    let marked = View { marked: published.marked(ChartName::Countries, &countries_chart), ..View::default() };
    let totals_table = totals_table(&totals_chart.title, &published, &totals).into_any();
    let countries_table = countries_table(&countries_chart.title, &published).into_any();
    let outcomes_table = outcomes_table(&outcomes_chart.title, &published).into_any();
    view! {
        <div class="page-head">
            <div>
                <h1>"Government requests for data"</h1>
                <p class="lede">{answer}</p>
            </div>
            <Downloads
                label="Download these figures"
                files=vec![(paths::TRANSPARENCY_CSV, "CSV"), (paths::TRANSPARENCY_JSON, "JSON")]
                query=query.clone()
            />
        </div>
        <Filters
            filter=published.filter.clone()
            publishers=publishers(&published)
            halves=series.from.to(series.to).collect()
            countries=published
                .countries
                .iter()
                .map(|country| (country.to_string(), country.name().to_owned()))
                .collect()
            problems=published.problems.clone()
        />
        {other_series(&published)}
        <ul class="stats">{stats.collect_view()}</ul>
        {notes}
        <ChartFigure name=ChartName::Totals chart=totals_chart query=query.clone() island=explorer table=totals_table />
        <ChartFigure name=ChartName::Countries chart=countries_chart view=marked query=query.clone() table=countries_table />
        <ChartFigure name=ChartName::Outcomes chart=outcomes_chart query=query.clone() table=outcomes_table />
        {promptness}
        {sources(&published, zone)}
        <Interactive />
    }
}

fn publishers(published: &Published) -> Vec<String> {
    let mut publishers = published.all.iter().map(|series| series.publisher.clone()).collect::<Vec<_>>();
    publishers.dedup();
    publishers
}

#[component]
fn Filters(
    filter: StatisticsFilter,
    publishers: Vec<String>,
    halves: Vec<Half>,
    /// Codes and names.
    countries: Vec<(String, String)>,
    problems: Vec<FieldProblem>,
) -> impl IntoView {
    let halves = halves.iter().rev().map(|half| (half.to_string(), half.long())).collect::<Vec<_>>();
    let chosen = |half: Option<Half>| half.map(|half| half.to_string());
    let publishers = publishers.into_iter().map(|name| (name.clone(), name)).collect();
    let everything = StatisticsFilter { from: None, to: None, country: None, ..filter.clone() };
    let cleared = (everything != filter).then(|| {
        let address = paths::with_query(paths::TRANSPARENCY, &everything.to_query());
        view! { <a class="clear" href=address>"Clear filters"</a> }
    });
    let country = filter.country.map(|country| country.to_string());
    view! {
        <LeftOut problems label_of />
        <form class="filters" method="get" action=paths::TRANSPARENCY role="search" aria-label="Filter the statistics">
            <input type="hidden" name="service" value=filter.service.clone().unwrap_or_default() />
            <Choice name="publisher" label="Publisher" chosen=filter.publisher.clone() options=publishers />
            <Choice name="from" label="From" none="The beginning" chosen=chosen(filter.from) options=halves.clone() />
            <Choice name="to" label="To" none="The end" chosen=chosen(filter.to) options=halves />
            <Choice name="country" label="Country" none="All countries" chosen=country options=countries />
            <div class="actions">
                <button>"Show"</button>
                {cleared}
            </div>
        </form>
    }
}

fn label_of(field: &str) -> &'static str {
    match field {
        "publisher" => "Publisher",
        "service" => "Series",
        "from" => "From",
        "to" => "To",
        "country" => "Country",
        _ => "Address",
    }
}

/// What else the publisher reports.
fn other_series(published: &Published) -> Option<impl IntoView + use<>> {
    let of_publisher = published.all.iter().filter(|of| of.publisher == published.series.publisher).collect::<Vec<_>>();
    let links = of_publisher.iter().map(|of| {
        let filter = StatisticsFilter { service: Some(of.service.clone()), ..published.filter.clone() };
        let current = (of.service == published.series.service).then_some("true");
        view! {
            <li>
                <a href=paths::with_query(paths::TRANSPARENCY, &filter.to_query()) aria-current=current>
                    {of.service.clone()}
                </a>
            </li>
        }
    });
    (of_publisher.len() > 1).then(|| {
        let label = format!("What {} reports", published.series.publisher);
        view! {
            <nav class="series" aria-label=label>
                <ul>{links.collect_view()}</ul>
            </nav>
        }
    })
}

/// What a reader of the figures has to know.
fn notes(published: &Published, sum: Total) -> impl IntoView + use<> {
    let mut notes = Vec::new();
    if let Some(middle) = published.preservation.figure.middle()
        && middle > 0
        && !published.series.preservation
    {
        notes.push(format!(
            "{} to preserve data stand outside these totals: they ask to keep data, not to disclose it.",
            requests(published.preservation.figure)
        ));
    }
    if sum.missing > 0 {
        let figures =
            if sum.missing == 1 { "1 figure was" } else { &format!("{} figures were", grouped(sum.missing.into())) };
        notes.push(format!(
            "{figures} not reported and {} not in these totals.",
            if sum.missing == 1 { "is" } else { "are" }
        ));
    }
    let notes = notes.into_iter().map(|note| view! { <li>{note}</li> }).collect::<Vec<_>>();
    (!notes.is_empty()).then(|| view! { <ul class="notes">{notes}</ul> })
}

/// A sum as a cell of a table says it.
fn cell(total: Total) -> String {
    match (total.figure, total.missing) {
        (Figure::NotReported | Figure::NotApplicable, _) | (_, 0) => total.figure.to_string(),
        (figure, missing) => format!("{figure}, without {missing} not reported"),
    }
}

/// The heads of a period and of what is counted.
fn heads(published: &Published) -> (&'static str, &'static str) {
    (if published.series.from.is_whole() { "Year" } else { "Half-year" }, published.series.metric.label())
}

fn totals_table(caption: &str, published: &Published, totals: &BTreeMap<Half, Total>) -> impl IntoView + use<> {
    let (period, counted) = heads(published);
    let rows =
        totals.iter().rev().map(|(half, total)| (half.to_string().into_any(), vec![cell(*total)])).collect::<Vec<_>>();
    view! { <DataTable caption=caption heads=vec![period, counted] rows /> }
}

fn countries_table(caption: &str, published: &Published) -> impl IntoView + use<> {
    let countries = published.by_country();
    let everything = countries.iter().fold(Total::default(), |mut sum, of| {
        sum.merge(of.total);
        sum
    });
    let rows = countries
        .iter()
        .map(|of| {
            let filter = StatisticsFilter { country: of.country, ..published.filter.clone() };
            let name = match of.country {
                Some(_) => {
                    let address = paths::with_query(paths::TRANSPARENCY, &filter.to_query());
                    view! { <a href=address>{of.name.clone()}</a> }.into_any()
                }
                None => of.name.clone().into_any(),
            };
            let share = of.total.figure.rate(everything.figure).map(percent).unwrap_or_default();
            (name, vec![cell(of.total), share])
        })
        .collect::<Vec<_>>();
    view! { <DataTable caption=caption heads=vec!["Country", heads(published).1, "Share"] rows /> }
}

fn outcomes_table(caption: &str, published: &Published) -> impl IntoView + use<> {
    let metrics = &published.outcomes.metrics;
    let (period, counted) = heads(published);
    let mut heads = vec![period, counted];
    heads.extend(metrics.iter().map(|metric| outcome(*metric, published.outcomes.derived)));
    heads.push("Share with data disclosed");
    let rows = published
        .totals()
        .into_iter()
        .rev()
        .map(|(half, total)| {
            let outcomes = published.outcomes.halves.get(&half);
            let of = |metric| outcomes.and_then(|outcomes| outcomes.get(metric)).copied().unwrap_or_default();
            let mut figures = vec![cell(total)];
            figures.extend(metrics.iter().map(|metric| cell(of(metric))));
            figures.push(published.disclosed(half).map_or_else(|| "not reported".to_owned(), percent));
            (half.to_string().into_any(), figures)
        })
        .collect::<Vec<_>>();
    view! { <DataTable caption=caption heads rows /> }
}

/// Where the figures are from.
fn sources(published: &Published, zone: Zone) -> impl IntoView + use<> {
    let sources = published.series.sources.iter().map(|source| {
        let title = if source.title.starts_with("https://") {
            view! { <a href=source.title.clone()>{source.title.clone()}</a> }.into_any()
        } else {
            source.title.clone().into_any()
        };
        let hash = source.sha256.iter().map(|byte| format!("{byte:02x}")).collect::<String>();
        let imported = source.imported_at;
        view! {
            <li>
                {title} ", downloaded on " {source.retrieved.to_string()} ", imported here on "
                <time datetime=imported.to_string()>{zone.long(imported)}</time> ". SHA-256 of the publisher’s file: "
                <code>{hash}</code>
            </li>
        }
    });
    let series = &published.series;
    let about = format!(
        "{}, {}: {} to {}. The figures are the publisher’s own; names of countries follow CLDR.",
        series.publisher,
        series.service,
        series.from.long(),
        series.to.long()
    );
    let sources = sources.collect_view();
    view! {
        <section class="panel" aria-labelledby="sources">
            <h2 id="sources">"Where these figures are from"</h2>
            <p>{about}</p>
            <p>
                <a href=paths::EDITIONS>"The provider’s own report, edition by edition"</a>
            </p>
            <ul class="sources">{sources}</ul>
        </section>
    }
}
