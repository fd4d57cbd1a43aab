//! A chart in a frame of somebody else's page.

use leptos::prelude::*;
use leptos_meta::HashedStylesheet;

use crate::{
    chart::{Chart, ChartName, View, draw, height, named::NamedChart},
    paths,
};

/// How wide a frame is asked for; a narrower one scrolls the picture.
const WIDTH: i32 = 800;
/// What stands around the picture: title, sentence, source and the way back.
const AROUND: i32 = 300;

/// What the pages of others show a chart with, in HTML. The address reproduces it.
pub fn code(public_url: &str, name: ChartName, chart: &Chart, query: &str) -> String {
    let address = format!("{public_url}{}", paths::with_query(&paths::transparency_embed(name), query));
    format!(
        "<iframe src=\"{}\" title=\"{}\" width=\"{WIDTH}\" height=\"{}\" loading=\"lazy\"></iframe>",
        html_escape::encode_double_quoted_attribute(&address),
        html_escape::encode_double_quoted_attribute(&chart.title),
        height(chart, &View::default()) + AROUND,
    )
}

/// The document that such a frame shows: the chart with its sentence, its source and the way back, and no script.
pub fn document(named: &NamedChart, public_url: &str, provider: &str, options: LeptosOptions) -> String {
    let NamedChart { chart, view, address, .. } = named;
    let back = format!("{public_url}{address}");
    let source = (!chart.source.is_empty()).then(|| view! { <p class="sub">{chart.source.clone()} "."</p> });
    Owner::new().with(|| {
        view! {
            <!DOCTYPE html>
            <html lang="en">
                <head>
                    <meta charset="utf-8" />
                    <meta name="viewport" content="width=device-width, initial-scale=1" />
                    <meta name="color-scheme" content="light dark" />
                    // The page that it leads back to is the one to be found.
                    <meta name="robots" content="noindex" />
                    <title>{chart.title.clone()}</title>
                    <HashedStylesheet options />
                </head>
                <body class="embedded">
                    <main>
                        <figure class="chart" aria-labelledby="heading">
                            <figcaption>
                                <h1 id="heading">{chart.title.clone()}</h1>
                                <p>{chart.sentence.clone()}</p>
                            </figcaption>
                            <div
                                class="chart-picture"
                                tabindex="0"
                                role="group"
                                aria-label=chart.title.clone()
                                inner_html=draw(chart, view)
                            ></div>
                            {source}
                            <p class="sub">
                                <a href=back target="_top">
                                    {format!("Every figure as a table, and how it is counted, at {provider}")}
                                </a>
                            </p>
                        </figure>
                    </main>
                </body>
            </html>
        }
        .to_html()
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_title_can_not_leave_the_code_that_it_stands_in() {
        let chart = Chart { title: "\"><script>".to_owned(), ..Chart::empty(ChartName::Totals) };
        let code = code("https://portal.example", ChartName::Totals, &chart, "publisher=A&country=DE");
        assert!(code.contains("/transparency/embed/totals?publisher=A&amp;country=DE\""), "{code}");
        assert!(!code.contains("<script") && code.matches('"').count() == 10, "{code}");
    }
}
