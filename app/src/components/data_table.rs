//! A table of figures.

use leptos::prelude::*;

/// What a row is about, and its figures.
pub type DataRow = (AnyView, Vec<String>);

/// A table that scrolls in its own frame where the screen is narrow. Its first column says what a row is about; the
/// others are figures.
#[component]
pub fn DataTable(
    #[prop(into)] caption: String,
    /// Each column's, as many as a row has cells.
    heads: Vec<&'static str>,
    rows: Vec<DataRow>,
) -> impl IntoView {
    let heads = heads
        .into_iter()
        .enumerate()
        .map(|(place, head)| {
            view! {
                <th scope="col" class:num=place != 0>
                    {head}
                </th>
            }
        })
        .collect_view();
    let rows = rows
        .into_iter()
        .map(|(about, figures)| {
            let figures = figures.into_iter().map(|figure| view! { <td class="num">{figure}</td> }).collect_view();
            view! { <tr><th scope="row">{about}</th>{figures}</tr> }
        })
        .collect_view();
    view! {
        <div class="table-scroll" tabindex="0" role="group" aria-label=caption.clone()>
            <table class="data">
                <caption>{caption.clone()}</caption>
                <thead>
                    <tr>{heads}</tr>
                </thead>
                <tbody>{rows}</tbody>
            </table>
        </div>
    }
}
