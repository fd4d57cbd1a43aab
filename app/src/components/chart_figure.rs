//! A chart with what it says, its table, and its picture to take away.

use leptos::prelude::*;

use crate::{
    chart::{Chart, ChartName, View, draw},
    paths,
};

/// The figure around one chart. What is drawn stands inside it, and its table after that.
#[component]
pub fn ChartFigure(
    /// The chart's name in addresses.
    name: ChartName,
    chart: Chart,
    #[prop(optional)] view: View,
    /// The query that the picture is downloaded with.
    query: String,
    /// An island that draws in place of the still picture.
    #[prop(optional, into)]
    island: Option<AnyView>,
    /// The table with the same figures.
    table: AnyView,
) -> impl IntoView {
    let heading = format!("{}-heading", chart.id);
    let labelled_by = heading.clone();
    let picture = match island {
        Some(island) => island,
        None => view! { <ChartPicture svg=draw(&chart, &view) label=chart.title.clone() /> }.into_any(),
    };
    let svg = paths::with_query(&paths::transparency_chart(name), &query);
    let summary = format!("The figures of “{}” as a table", chart.title);
    view! {
        <figure class="chart" aria-labelledby=labelled_by>
            <figcaption>
                <h2 id=heading>{chart.title.clone()}</h2>
                <p>{chart.sentence.clone()}</p>
            </figcaption>
            {picture}
            <ul class="downloads">
                <li>
                    <a href=svg download=format!("{}.svg", chart.id)>
                        "Download SVG"
                        <span class="visually-hidden">": " {chart.title.clone()}</span>
                    </a>
                </li>
            </ul>
            <details>
                <summary>{summary}</summary>
                {table}
            </details>
        </figure>
    }
}

/// A picture that scrolls in its own frame where the screen is narrow, so that its letters stay large enough.
#[component]
fn ChartPicture(svg: String, label: String) -> impl IntoView {
    view! { <div class="chart-picture" tabindex="0" role="group" aria-label=label inner_html=svg></div> }
}
