//! `/transparency/periods`: how figures change from one period to the next.

use std::collections::BTreeMap;

use domain::statistics::{Half, Total};
use leptos::prelude::*;
use leptos_meta::Title;

use super::{
    outcomes,
    parts::{StatisticsFrame, StatisticsView, cell, has_outcomes, heads, nothing_published},
};
use crate::{
    chart::{
        ChartName,
        published::{Published, changed},
    },
    components::{ChartFigure, DataTable, Loaded},
    context::{PageContext, PageError},
};

#[component]
pub fn PeriodsPage() -> impl IntoView {
    let context = PageContext::current();
    view! {
        <Title text="By period · Government requests · Vitrine" />
        <Loaded load=async move {
            Ok::<_, PageError>(match Published::load(&context.store, &context.query).await? {
                Some(published) => periods(published).into_any(),
                None => nothing_published().into_any(),
            })
        } />
    }
}

fn periods(published: Published) -> impl IntoView + use<> {
    let query = published.filter.to_query();
    let chart = published.chart(ChartName::Periods);
    let lede = published.chart(ChartName::Totals).sentence;
    let table = lines_table(&chart.title, &published).into_any();
    let stacked = has_outcomes(&published).then(|| {
        let chart = published.chart(ChartName::Outcomes);
        let table = outcomes::by_period(&chart.title, &published).into_any();
        view! { <ChartFigure name=ChartName::Outcomes chart query=query.clone() table /> }
    });
    let every = every_period(&published).into_any();
    view! {
        <StatisticsFrame view=StatisticsView::Periods published lede>
            <ChartFigure name=ChartName::Periods chart query=query.clone() table />
            {stacked}
            {every}
        </StatisticsFrame>
    }
}

/// Each period with what it counts, the newest first.
pub fn totals_table(caption: &str, published: &Published, totals: &BTreeMap<Half, Total>) -> impl IntoView + use<> {
    let (period, counted) = heads(published);
    let rows = totals.iter().rev().map(|(half, total)| (half.to_string().into_any(), vec![cell(*total)]));
    view! { <DataTable caption=caption heads=vec![period, counted] rows=rows.collect() /> }
}

/// The same lines as the chart's.
fn lines_table(caption: &str, published: &Published) -> impl IntoView + use<> {
    let countries = published.lines();
    let halves = published.halves();
    let caption = caption.to_owned();
    let head = halves.iter().map(|half| view! { <th scope="col" class="num">{half.to_string()}</th> }).collect_view();
    let rows = countries.into_iter().map(|(name, of)| {
        let cells = halves.iter().map(|half| {
            let total = of.get(half).map_or_else(|| "–".to_owned(), |total| cell(*total));
            view! { <td class="num">{total}</td> }
        });
        view! { <tr><th scope="row">{name}</th>{cells.collect_view()}</tr> }
    });
    let rows = rows.collect_view();
    view! {
        <div class="table-scroll" tabindex="0" role="group" aria-label=caption.clone()>
            <table class="data">
                <caption>{caption.clone()}</caption>
                <thead>
                    <tr><th scope="col">"Country"</th>{head}</tr>
                </thead>
                <tbody>{rows}</tbody>
            </table>
        </div>
    }
}

fn every_period(published: &Published) -> impl IntoView + use<> {
    let (halves, totals) = (published.halves(), published.totals());
    let back = if published.series.from.is_whole() { 1 } else { 2 };
    let (period, counted) = heads(published);
    let rows = halves.iter().enumerate().rev().filter_map(|(place, half)| {
        let total = totals.get(half)?;
        let before = place.checked_sub(back).and_then(|place| totals.get(halves.get(place)?));
        let told = before.and_then(|before| changed(before.figure, total.figure));
        let told = told.unwrap_or_else(|| "not known".to_owned());
        Some((half.to_string().into_any(), vec![cell(*total), told]))
    });
    let caption = format!("{}: {}, each period", published.series.publisher, published.said_series().to_lowercase());
    view! {
        <section aria-labelledby="every-period">
            <h2 id="every-period">"Every period"</h2>
            <DataTable caption heads=vec![period, counted, "Against a year before"] rows=rows.collect() />
        </section>
    }
}
