//! The published statistics over HTTP, beside their page: the figures as CSV and JSON, the charts as SVG, as PNG and in
//! frames of other pages.

use std::sync::Arc;

use app::{
    chart::{
        ChartName, View,
        compared::Compared,
        draw,
        named::{NamedChart, chart_named},
    },
    embed,
    paths::{self, Audience},
};
use axum::{
    body::{Body, Bytes},
    extract::{Path, RawQuery, State},
    http::{HeaderMap, header},
    response::{Html, IntoResponse, Response},
};
use domain::{
    FieldProblem,
    statistics::{ComparedFigure, CsvFigures, JsonFigure, Source, StatisticsFilter, StatisticsRow},
};
use futures::{Stream, StreamExt, stream};
use store::{Store, StoreError};

use crate::{downloads, picture, problem::Problem, router::Routes, security::MayBeFramed, state::AppState};

/// Figures rendered at once.
const FIGURES_A_CHUNK: usize = 512;

/// The routes of the downloads. The page itself is among the pages.
pub fn routes(routes: Routes) -> Routes {
    routes
        .get(paths::TRANSPARENCY_CSV, Audience::Everyone, csv)
        .get(paths::TRANSPARENCY_JSON, Audience::Everyone, json)
        .get(paths::COMPARE_CSV, Audience::Everyone, compared_csv)
        .get(paths::COMPARE_JSON, Audience::Everyone, compared_json)
        .get(paths::TRANSPARENCY_CHART, Audience::Everyone, chart)
        .get(paths::TRANSPARENCY_EMBED, Audience::Everyone, embedded)
}

type Figure = (Arc<Source>, StatisticsRow);

/// `GET /transparency/data.csv`: what `server import-statistics` reads elsewhere.
async fn csv(
    State(state): State<AppState>,
    headers: HeaderMap,
    RawQuery(query): RawQuery,
) -> Result<Response, Problem> {
    fresh(&state.store, &headers, async || {
        let filter = filter(&state.store, query.as_deref()).await?;
        let figures = state.store.statistics().export(filter).await?;
        let chunks = rendered(figures, CsvFigures::with_header(), |writer, figures| {
            figures.iter().try_for_each(|(source, row)| writer.write(source, row))?;
            writer.take()
        });
        Ok(download("text/csv; charset=utf-8; header=present", "government-requests.csv", chunks))
    })
    .await
}

/// `GET /transparency/data.json`: the same figures as one JSON array.
async fn json(
    State(state): State<AppState>,
    headers: HeaderMap,
    RawQuery(query): RawQuery,
) -> Result<Response, Problem> {
    fresh(&state.store, &headers, async || {
        let filter = filter(&state.store, query.as_deref()).await?;
        let figures = state.store.statistics().export(filter).await?;
        let elements = rendered(figures, Ok::<_, serde_json::Error>(true), |first, figures| {
            let mut elements = Vec::with_capacity(figures.len() * 512);
            for (source, row) in figures {
                elements.extend_from_slice(if std::mem::take(first) { b"\n" } else { b",\n" });
                serde_json::to_writer(&mut elements, &JsonFigure::new(source, row))?;
            }
            Ok(elements)
        });
        let open = stream::once(async { Ok(Bytes::from_static(b"[")) });
        let close = stream::once(async { Ok(Bytes::from_static(b"\n]\n")) });
        Ok(download("application/json", "government-requests.json", open.chain(elements).chain(close)))
    })
    .await
}

/// `GET /transparency/compare.csv`: what the page of this address compares, a figure a line.
async fn compared_csv(
    State(state): State<AppState>,
    headers: HeaderMap,
    RawQuery(query): RawQuery,
) -> Result<Response, Problem> {
    fresh(&state.store, &headers, async || {
        let csv = ComparedFigure::to_csv(&compared(&state.store, query).await?);
        let csv = csv.map_err(|error| Problem::internal(&error))?;
        let chunks = stream::once(async { Ok(Bytes::from(csv)) });
        Ok(download("text/csv; charset=utf-8; header=present", "government-requests-compared.csv", chunks))
    })
    .await
}

/// `GET /transparency/compare.json`: the same figures as one JSON array.
async fn compared_json(
    State(state): State<AppState>,
    headers: HeaderMap,
    RawQuery(query): RawQuery,
) -> Result<Response, Problem> {
    fresh(&state.store, &headers, async || {
        let json = serde_json::to_vec(&compared(&state.store, query).await?);
        let json = json.map_err(|error| Problem::internal(&error))?;
        let chunks = stream::once(async { Ok(Bytes::from(json)) });
        Ok(download("application/json", "government-requests-compared.json", chunks))
    })
    .await
}

/// The figures that an address compares; none where nothing was ever imported.
async fn compared(store: &Store, query: Option<String>) -> Result<Vec<ComparedFigure>, Problem> {
    match Compared::load(store, &query.unwrap_or_default()).await? {
        Some(compared) if !compared.problems.is_empty() => Err(Problem::invalid_query(compared.problems)),
        Some(compared) => Ok(compared.figures()),
        None => Ok(Vec::new()),
    }
}

/// `GET /transparency/charts/NAME.svg` and `NAME.png`: one chart as a picture of its own.
async fn chart(
    State(state): State<AppState>,
    headers: HeaderMap,
    Path(file_name): Path<String>,
    RawQuery(query): RawQuery,
) -> Result<Response, Problem> {
    let (name, format) = file_name.rsplit_once('.').ok_or_else(Problem::not_found)?;
    let name = ChartName::from_address(name).ok_or_else(Problem::not_found)?;
    let as_png = match format {
        "svg" => false,
        "png" => true,
        _ => return Err(Problem::not_found()),
    };
    fresh(&state.store, &headers, async || {
        let named = asked_chart(&state.store, name, query).await?;
        let svg = draw(&named.chart, &View { standalone: true, ..named.view });
        if !as_png {
            return Ok(([(header::CONTENT_TYPE, "image/svg+xml")], svg).into_response());
        }
        let png = picture::png(svg).await.map_err(|error| Problem::internal(&error))?;
        Ok(([(header::CONTENT_TYPE, "image/png")], png).into_response())
    })
    .await
}

/// `GET /transparency/embed/NAME`: one chart as the pages of others show it in a frame.
async fn embedded(
    State(state): State<AppState>,
    headers: HeaderMap,
    Path(name): Path<String>,
    RawQuery(query): RawQuery,
) -> Result<Response, Problem> {
    let name = ChartName::from_address(&name).ok_or_else(Problem::not_found)?;
    let mut response = fresh(&state.store, &headers, async || {
        let named = asked_chart(&state.store, name, query).await?;
        let document = embed::document(&named, &state.address(""), &state.config.provider, state.options.clone());
        Ok(Html(document).into_response())
    })
    .await?;
    response.extensions_mut().insert(MayBeFramed);
    Ok(response)
}

/// The chart that an address asks for. A picture never guesses: a filter that can't be used is an error and not left
/// out.
async fn asked_chart(store: &Store, name: ChartName, query: Option<String>) -> Result<NamedChart, Problem> {
    let named = chart_named(store, name, &query.unwrap_or_default()).await?;
    if named.problems.is_empty() { Ok(named) } else { Err(Problem::invalid_query(named.problems)) }
}

/// Answers only where something changed since the reader last asked: statistics change with an import and with
/// nothing else.
async fn fresh(
    store: &Store,
    headers: &HeaderMap,
    answer: impl AsyncFnOnce() -> Result<Response, Problem>,
) -> Result<Response, Problem> {
    // Another version of the program may draw the same figures otherwise.
    let version = format!("{}-{}", store.statistics().version().await?, env!("CARGO_PKG_VERSION"));
    downloads::fresh(headers, &version, answer).await
}

/// A download never guesses: a filter that can't be read is an error and not left out.
async fn filter(store: &Store, query: Option<&str>) -> Result<StatisticsFilter, Problem> {
    let (filter, mut problems) = StatisticsFilter::from_query(query.unwrap_or_default());
    let series = store.statistics().series().await?;
    for (field, asked, known) in [
        ("publisher", &filter.publisher, series.iter().map(|of| &of.publisher).collect::<Vec<_>>()),
        ("service", &filter.service, series.iter().map(|of| &of.service).collect::<Vec<_>>()),
    ] {
        if let Some(asked) = asked.as_ref().filter(|asked| !known.contains(asked)) {
            problems.push(FieldProblem::new(field, format!("“{asked}” is not one whose figures are here")));
        }
    }
    if problems.is_empty() { Ok(filter) } else { Err(Problem::invalid_query(problems)) }
}

/// Renders figures as they come. A failure midway breaks the transfer off, so that no half file passes for a whole.
fn rendered<W: Send + 'static, E: std::error::Error + Send + Sync + 'static>(
    figures: impl Stream<Item = Result<Figure, StoreError>> + Send + 'static,
    mut writer: Result<W, E>,
    mut render: impl FnMut(&mut W, &[Figure]) -> Result<Vec<u8>, E> + Send + 'static,
) -> impl Stream<Item = Result<Bytes, axum::BoxError>> + Send + 'static {
    // An empty first chunk writes what stands before every figure.
    stream::once(async { Vec::new() }).chain(figures.ready_chunks(FIGURES_A_CHUNK)).map(move |chunk| {
        let figures = chunk.into_iter().collect::<Result<Vec<_>, _>>().inspect_err(|error| {
            tracing::error!(error = error as &dyn std::error::Error, "a download broke off");
        })?;
        let writer = writer.as_mut().map_err(|error| error.to_string())?;
        Ok(Bytes::from(render(writer, &figures)?))
    })
}

fn download(
    kind: &'static str,
    name: &'static str,
    chunks: impl Stream<Item = Result<Bytes, axum::BoxError>> + Send + 'static,
) -> Response {
    let disposition = format!("attachment; filename=\"{name}\"");
    let headers = [(header::CONTENT_TYPE, kind.to_owned()), (header::CONTENT_DISPOSITION, disposition)];
    (headers, Body::from_stream(chunks)).into_response()
}
