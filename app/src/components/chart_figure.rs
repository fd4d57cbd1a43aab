//! A chart with what it says, its table, and its pictures to take away.

use leptos::prelude::*;

use crate::{
    chart::{Chart, ChartName, View, draw},
    context::PageContext,
    embed, paths,
};

/// The figure around one chart. What is drawn stands inside it, and its table after that.
#[component]
pub fn ChartFigure(
    /// The chart's name in addresses.
    name: ChartName,
    chart: Chart,
    #[prop(optional)] view: View,
    /// The query that its pictures are downloaded with, and that other pages show it with.
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
    let pictures = [("svg", "Download SVG"), ("png", "Download PNG")].map(|(format, label)| {
        let address = paths::with_query(&paths::transparency_chart(name, format), &query);
        let title = chart.title.clone();
        view! {
            <li>
                <a href=address download=format!("{}.{format}", chart.id)>
                    {label} <span class="visually-hidden">": " {title}</span>
                </a>
            </li>
        }
    });
    let code = embed::code(&PageContext::current().public_url, name, &chart, &query);
    let code_label = format!("Code that shows “{}” in another page", chart.title);
    let summary = format!("The figures of “{}” as a table", chart.title);
    view! {
        <figure class="chart" aria-labelledby=labelled_by>
            <figcaption>
                <h2 id=heading>{chart.title.clone()}</h2>
                <p>{chart.sentence.clone()}</p>
            </figcaption>
            {picture}
            <ul class="downloads">{pictures.into_iter().collect_view()}</ul>
            <details>
                <summary>{summary}</summary>
                {table}
            </details>
            <details class="embed-code">
                <summary>{code_label.clone()}</summary>
                <p>"It always shows the newest figures of this selection, with their source, and loads no script."</p>
                <pre tabindex="0" role="group" aria-label=code_label.clone()>{code}</pre>
            </details>
        </figure>
    }
}

/// A picture that scrolls in its own frame where the screen is narrow, so that its letters stay large enough.
#[component]
fn ChartPicture(svg: String, label: String) -> impl IntoView {
    view! { <div class="chart-picture" tabindex="0" role="group" aria-label=label inner_html=svg></div> }
}
