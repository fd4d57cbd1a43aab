//! `/transparency/outcomes`: how requests ended, and for how many data was disclosed.

use domain::statistics::Metric;
use leptos::prelude::*;
use leptos_meta::Title;

use super::parts::{StatisticsFrame, StatisticsView, cell, heads, nothing_published};
use crate::{
    chart::{
        ChartName,
        published::{Published, outcome, percent, share_range},
    },
    components::{ChartFigure, DataTable, Interactive, Loaded},
    context::{PageContext, PageError},
    islands::chart_explorer::{ChartExplorer, Explored},
};

#[component]
pub fn OutcomesPage() -> impl IntoView {
    let context = PageContext::current();
    view! {
        <Title text="Outcomes · Government requests · Vitrine" />
        <Loaded load=async move {
            Ok::<_, PageError>(match Published::load(&context.store, &context.query).await? {
                Some(published) => outcomes(published).into_any(),
                None => nothing_published().into_any(),
            })
        } />
    }
}

fn outcomes(published: Published) -> impl IntoView + use<> {
    let query = published.filter.to_query();
    let body = if published.series.metric == Metric::Requests {
        let stacked = published.chart(ChartName::Outcomes);
        let shares_chart = published.chart(ChartName::Disclosure);
        let stacked_table = by_period(&stacked.title, &published).into_any();
        let shares_table = shares(&shares_chart.title, &published).into_any();
        let explorer = {
            // Outcomes are left out and read one by one; nothing else is picked out beside them.
            let explored =
                Explored { chart: stacked.clone(), others: Vec::new(), others_label: String::new(), shares: false };
            view! { <ChartExplorer explored /> }.into_any()
        };
        view! {
            <ChartFigure name=ChartName::Disclosure chart=shares_chart query=query.clone() table=shares_table />
            <ChartFigure
                name=ChartName::Outcomes
                chart=stacked
                query=query.clone()
                island=explorer
                table=stacked_table
            />
            <Interactive />
        }
        .into_any()
    } else {
        let asked = published.series.metric.label().to_lowercase();
        view! { <p class="empty">{format!("Outcomes are told of requests, and this counts {asked}.")}</p> }.into_any()
    };
    let lede = match published.series.metric {
        Metric::Requests => published.chart(ChartName::Disclosure).sentence,
        _ => "Choose to count requests to see how they ended.".to_owned(),
    };
    view! {
        <StatisticsFrame view=StatisticsView::Outcomes published lede>
            {body}
        </StatisticsFrame>
    }
}

/// Every outcome of each period, the newest first.
pub fn by_period(caption: &str, published: &Published) -> impl IntoView + use<> {
    let metrics = &published.outcomes.metrics;
    let (period, counted) = heads(published);
    let mut heads = vec![period, counted];
    heads.extend(metrics.iter().map(|metric| outcome(*metric, published.outcomes.derived)));
    heads.push("Share with data disclosed");
    let rows = published.totals().into_iter().rev().map(|(half, total)| {
        let outcomes = published.outcomes.halves.get(&half);
        let of = |metric| outcomes.and_then(|outcomes| outcomes.get(metric)).copied().unwrap_or_default();
        let mut figures = vec![cell(total)];
        figures.extend(metrics.iter().map(|metric| cell(of(metric))));
        figures.push(published.disclosed(half).map_or_else(|| "not reported".to_owned(), percent));
        (half.to_string().into_any(), figures)
    });
    view! { <DataTable caption=caption heads rows=rows.collect() /> }
}

/// The share of each period's requests with data disclosed, as far as it is known.
pub fn shares(caption: &str, published: &Published) -> impl IntoView + use<> {
    let rows = published.halves().into_iter().rev().map(|half| {
        let share = published.disclosed(half).map_or_else(|| "not reported".to_owned(), share_range);
        (half.to_string().into_any(), vec![share])
    });
    let heads = vec![heads(published).0, "Share with data disclosed"];
    view! { <DataTable caption=caption heads rows=rows.collect() /> }
}
