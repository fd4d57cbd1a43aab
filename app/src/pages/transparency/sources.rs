//! `/transparency/sources`: the files that a series is shown from, and how each was read.

use domain::{Zone, statistics::grouped};
use leptos::prelude::*;
use leptos_meta::Title;
use store::ReadSo;

use super::parts::{StatisticsFrame, StatisticsView, nothing_published, remark};
use crate::{
    chart::published::Published,
    components::Loaded,
    context::{PageContext, PageError},
    paths,
};

#[component]
pub fn SourcesPage() -> impl IntoView {
    let context = PageContext::current();
    let zone = context.zone();
    view! {
        <Title text="Sources · Government requests · Vitrine" />
        <Loaded load=async move {
            let Some(published) = Published::load(&context.store, &context.query).await? else {
                return Ok::<_, PageError>(nothing_published().into_any());
            };
            let read_so = context.store.statistics().read_so(&published.series).await?;
            Ok(sources(published, read_so, zone).into_any())
        } />
    }
}

fn sources(published: Published, read_so: Vec<ReadSo>, zone: Zone) -> impl IntoView + use<> {
    let series = &published.series;
    let count = series.sources.len();
    let files = if count == 1 { "one file".to_owned() } else { format!("{} files", grouped(count as u64)) };
    let lede = format!(
        "{}, {}: {} to {}, from {files}. The figures are the publisher’s own; names of countries follow CLDR.",
        series.publisher,
        series.service,
        series.from.long(),
        series.to.long()
    );
    let lines = series.sources.iter().map(|source| {
        let title = if source.title.starts_with("https://") {
            view! { <a href=source.title.clone()>{source.title.clone()}</a> }.into_any()
        } else {
            source.title.clone().into_any()
        };
        let hash = source.sha256.iter().map(|byte| format!("{byte:02x}")).collect::<String>();
        let imported = source.imported_at;
        let read = read_so.iter().find(|of| of.import_id == source.import_id).map(how_it_was_read);
        view! {
            <li>
                <p>
                    {title} ", downloaded on " {source.retrieved.to_string()} ", imported here on "
                    <time datetime=imported.to_string()>{zone.long(imported)}</time>
                    ". SHA-256 of the publisher’s file: " <code>{hash}</code>
                </p>
                {read}
            </li>
        }
    });
    let lines = lines.collect_view();
    let remarks = published.footnotes.iter().map(|footnote| view! { <li>{remark(footnote)}</li> }).collect::<Vec<_>>();
    let remarks = (!remarks.is_empty()).then(|| {
        view! {
            <section class="panel" aria-labelledby="remarks">
                <h2 id="remarks">"Remarks on figures"</h2>
                <ul class="sources">{remarks}</ul>
            </section>
        }
    });
    view! {
        <StatisticsFrame view=StatisticsView::Sources published lede>
            <section class="panel" aria-labelledby="files">
                <h2 id="files">"The publisher’s files"</h2>
                <ul class="sources">{lines}</ul>
                <p>
                    <a href=paths::EDITIONS>"The provider’s own report, edition by edition"</a>
                </p>
            </section>
            {remarks}
        </StatisticsFrame>
    }
}

/// What was not read as it stands in a file. Several sources of one import have it once each.
fn how_it_was_read(read: &ReadSo) -> impl IntoView + use<> {
    let cells = read.interpreted.iter().map(|of| of.lines.len() as u64).sum::<u64>();
    let lines = read.interpreted.iter().map(|of| view! { <li>{format!("{}: {}", of.places(), of.sentence())}</li> });
    let lines = lines.collect_view();
    let summary = if cells == 1 {
        "1 cell or line was not read as it stands".to_owned()
    } else {
        format!("{} cells and lines were not read as they stand", grouped(cells))
    };
    view! {
        <details>
            <summary>{summary}</summary>
            <ul class="sources">{lines}</ul>
        </details>
    }
}
