//! `/transparency` and the pages under it: published statistics of government requests, filtered by their address.

mod compare;
mod countries;
mod outcomes;
mod parts;
mod periods;
mod processes;
mod sources;

use domain::{
    in_a_sentence,
    notice::PromptnessReport,
    statistics::{Metric, grouped},
};
use leptos::prelude::*;
use leptos_meta::Title;

pub use self::{
    compare::ComparePage, countries::CountriesPage, outcomes::OutcomesPage, periods::PeriodsPage,
    processes::ProcessesPage, sources::SourcesPage,
};
use self::{
    parts::{StatisticsFrame, StatisticsView, nothing_published},
    periods::totals_table,
};
use crate::{
    chart::{
        ChartName, View,
        published::{Published, changed, percent, requests},
    },
    components::{ChartFigure, Interactive, Loaded},
    context::{PageContext, PageError},
    islands::chart_explorer::{ChartExplorer, Explored},
    promptness::published,
};

#[component]
pub fn TransparencyPage() -> impl IntoView {
    let context = PageContext::current();
    view! {
        <Title text="Government requests · Vitrine" />
        <Loaded load=async move {
            let published = Published::load(&context.store, &context.query).await?;
            let promptness = promptness(&PromptnessReport::for_public(&context.store.handled().await?));
            Ok::<_, PageError>(match published {
                Some(published) => overview(published, promptness).into_any(),
                None => view! { {nothing_published()} {promptness} }.into_any(),
            })
        } />
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

fn overview(published: Published, promptness: Option<impl IntoView + 'static>) -> impl IntoView {
    let query = published.filter.to_query();
    let totals = published.totals();
    let totals_chart = published.chart(ChartName::Totals);
    let explorer = {
        let explored = Explored {
            chart: totals_chart.clone(),
            others: published.explored(),
            others_label: "Pick out a country".to_owned(),
            shares: published.filter.country.is_none(),
        };
        view! { <ChartExplorer explored /> }.into_any()
    };
    let table = totals_table(&totals_chart.title, &published, &totals).into_any();
    let countries_chart = published.chart(ChartName::Countries);
    let marked = View { marked: published.marked(ChartName::Countries, &countries_chart), ..View::default() };
    let countries_table = countries::short_table(&countries_chart.title, &published).into_any();
    let outcomes = (published.series.metric == Metric::Requests).then(|| {
        let chart = published.chart(ChartName::Outcomes);
        let table = outcomes::by_period(&chart.title, &published).into_any();
        view! {
            <section class="answer" aria-labelledby="what">
                <h2 id="what">"What was handed over?"</h2>
                <p>{handed_over(&published)}</p>
                <ChartFigure name=ChartName::Outcomes chart query=query.clone() table />
                <p>{more(StatisticsView::Outcomes, "Every outcome, and the share with data disclosed", &published)}</p>
            </section>
        }
    });
    let changes = (published.series.metric == Metric::Requests).then(|| {
        let chart = published.chart(ChartName::Disclosure);
        let table = outcomes::shares(&chart.title, &published).into_any();
        view! { <ChartFigure name=ChartName::Disclosure chart query=query.clone() table /> }
    });
    let answer = answer(&published);
    let countries_answer = from_whom(&published);
    let lede = answer.clone();
    let more_countries = more(StatisticsView::Countries, "Every country, as a map and a table", &published);
    let more_periods = more(StatisticsView::Periods, "Every period, and the countries with the most", &published);
    let compare = more(StatisticsView::Compare, "Compare publishers and countries", &published);
    let change = change(&published);
    view! {
        <StatisticsFrame view=StatisticsView::Overview published lede>
            <section class="answer" aria-labelledby="how-many">
                <h2 id="how-many">"How many?"</h2>
                <ChartFigure name=ChartName::Totals chart=totals_chart query=query.clone() island=explorer table />
            </section>
            <section class="answer" aria-labelledby="from-whom">
                <h2 id="from-whom">"From whom?"</h2>
                <p>{countries_answer}</p>
                <ChartFigure
                    name=ChartName::Countries
                    chart=countries_chart
                    view=marked
                    query=query.clone()
                    table=countries_table
                />
                <p>{more_countries}</p>
                <p>{compare}</p>
            </section>
            {outcomes}
            <section class="answer" aria-labelledby="change">
                <h2 id="change">"How does that change?"</h2>
                <p>{change}</p>
                {changes}
                <p>{more_periods}</p>
            </section>
            {promptness}
        </StatisticsFrame>
        <Interactive />
    }
}

/// A link to another view of the same selection.
fn more(view: StatisticsView, label: &'static str, published: &Published) -> impl IntoView + use<> {
    view! { <a href=view.address(&published.filter)>{label}</a> }
}

/// How many, in a sentence.
fn answer(published: &Published) -> String {
    let (series, sum) = (&published.series, published.sum());
    let from = published.from_country();
    match sum.figure.middle() {
        None => format!("{} reported no {} in this period.", series.publisher, series.service.to_lowercase()),
        Some(_) if series.metric != Metric::Requests => {
            format!("{}, {} counted {}{from}.", published.during(), series.publisher, published.count(sum.figure))
        }
        Some(_) => format!(
            "{}, governments and courts{from} sent {} {} for data{}.",
            published.during(),
            series.publisher,
            requests(sum.figure),
            published.under_process()
        ),
    }
}

/// Who asked most, in a sentence.
fn from_whom(published: &Published) -> String {
    let countries = published.by_country();
    let asked = countries.iter().filter(|of| of.total.figure.middle().is_some_and(|middle| middle > 0));
    let most = asked.clone().take(3).map(|of| in_a_sentence(&of.name)).collect::<Vec<_>>();
    match (asked.count(), &most[..]) {
        (0, _) => "The publisher names nobody who asked.".to_owned(),
        (1, [only, ..]) => format!("All that is reported came from {only}."),
        (count, [first, second]) => format!("{count} countries and bodies asked: {first} and {second}."),
        (count, [first, second, third, ..]) => {
            format!("{} countries and bodies asked, {first}, {second} and {third} the most.", grouped(count as u64))
        }
        (_, _) => String::new(),
    }
}

/// What became of the newest requests, in a sentence.
fn handed_over(published: &Published) -> String {
    let newest = published.halves().into_iter().rev().find_map(|half| Some((half, published.disclosed(half)?)));
    match newest {
        Some((half, share)) => format!(
            "In the {}, {} disclosed some data for {} of the requests{}.",
            half.long(),
            published.series.publisher,
            percent(share),
            published.from_country()
        ),
        None => "The publisher does not say in how many cases it handed data over.".to_owned(),
    }
}

/// The newest period beside the same a year before, in a sentence.
fn change(published: &Published) -> String {
    let (halves, totals) = (published.halves(), published.totals());
    let back = if published.series.from.is_whole() { 1 } else { 2 };
    let newest = (back..halves.len()).rev().find_map(|place| {
        let (before, after) = (halves.get(place - back)?, halves.get(place)?);
        let told = changed(totals.get(before)?.figure, totals.get(after)?.figure)?;
        Some((before, after, told))
    });
    match newest {
        Some((before, after, told)) => {
            format!("In the {} there were {told} than in the {}.", after.long(), before.long())
        }
        None => "There are no two periods a year apart to compare.".to_owned(),
    }
}
