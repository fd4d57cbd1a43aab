//! `/transparency/processes`: under which legal process data was asked for.

use domain::statistics::Total;
use leptos::prelude::*;
use leptos_meta::Title;

use super::parts::{StatisticsFrame, StatisticsView, cell, heads, nothing_published, process_name};
use crate::{
    chart::{
        ChartName,
        published::{Published, percent},
    },
    components::{ChartFigure, DataTable, Loaded},
    context::{PageContext, PageError},
};

#[component]
pub fn ProcessesPage() -> impl IntoView {
    let context = PageContext::current();
    view! {
        <Title text="By legal process · Government requests · Vitrine" />
        <Loaded load=async move {
            Ok::<_, PageError>(match Published::load(&context.store, &context.query).await? {
                Some(published) => processes(published).into_any(),
                None => nothing_published().into_any(),
            })
        } />
    }
}

fn processes(published: Published) -> impl IntoView + use<> {
    let query = published.filter.to_query();
    let chart = published.chart(ChartName::Processes);
    let lede = chart.sentence.clone();
    let table = by_period(&chart.title, &published).into_any();
    let every = every_kind(&published).into_any();
    view! {
        <StatisticsFrame view=StatisticsView::Processes published lede>
            <ChartFigure name=ChartName::Processes chart query table />
            {every}
        </StatisticsFrame>
    }
}

fn by_period(caption: &str, published: &Published) -> impl IntoView + use<> {
    let classes = published.by_process.sums().into_iter().map(|(class, _)| class).collect::<Vec<_>>();
    let mut columns = vec![heads(published).0];
    columns.extend(classes.iter().map(|class| class.label()));
    let rows = published.halves().into_iter().rev().map(|half| {
        let figures = classes.iter().map(|class| {
            let of = published.by_process.halves.get(class).and_then(|halves| halves.get(&half));
            of.map_or_else(|| "–".to_owned(), |total| cell(*total))
        });
        (half.to_string().into_any(), figures.collect())
    });
    view! { <DataTable caption=caption heads=columns rows=rows.collect() /> }
}

fn every_kind(published: &Published) -> impl IntoView + use<> {
    let sums = published.by_process.sums();
    let everything = sums.iter().fold(Total::default(), |mut sum, (_, total)| {
        sum.merge(*total);
        sum
    });
    let rows = sums.into_iter().map(|(class, total)| {
        let share = total.figure.rate(everything.figure).map_or_else(|| "not known".to_owned(), percent);
        (process_name(published, class).into_any(), vec![cell(total), share])
    });
    let everything = ("Every kind".into_any(), vec![cell(everything), String::new()]);
    let rows = rows.chain([everything]).collect();
    let caption = format!(
        "{}: {} by legal process, {}",
        published.series.publisher,
        published.said_series().to_lowercase(),
        published.span()
    );
    view! {
        <section aria-labelledby="every-kind">
            <h2 id="every-kind">"Every kind"</h2>
            <p>
                "Publishers’ own kinds stand in brackets after the kind that they were mapped to. Kinds that a publisher doesn’t tell apart stay together."
            </p>
            <DataTable caption heads=vec!["Legal process", heads(published).1, "Share"] rows />
        </section>
    }
}
