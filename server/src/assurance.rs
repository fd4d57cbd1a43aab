//! What shows whether the provider keeps its word, as files beside the pages: certificates, controls as CSV, and the
//! feed of policies.

use app::paths::{self, Audience};
use atom_syndication::{Entry, Link, Text};
use axum::{
    extract::{Path, RawQuery, State},
    http::HeaderMap,
    response::Response,
};
use domain::{
    TermVersionId, long_day,
    terms::{ControlFilter, PublishedTerm, TermKind},
};
use store::Document;

use crate::{
    downloads::{document, fresh, fresh_bytes},
    export::download,
    feed,
    problem::Problem,
    router::Routes,
    state::AppState,
};

/// The routes of the files. The pages are among the pages.
pub fn routes(routes: Routes) -> Routes {
    routes
        .get(paths::CERTIFICATE, Audience::Everyone, certificate)
        .get(paths::CONTROLS_CSV, Audience::Everyone, controls)
        .get(paths::POLICIES_ATOM, Audience::Everyone, policies)
}

/// `GET /audits/{version}/certificate`: the certificate, and never the full report.
async fn certificate(
    State(state): State<AppState>,
    headers: HeaderMap,
    Path(version): Path<String>,
) -> Result<Response, Problem> {
    let version = version.parse::<TermVersionId>().map_err(|_| Problem::not_found())?;
    let paper = state.store.public_certificate(version).await?.ok_or_else(Problem::not_found)?;
    let facts = paper.facts;
    fresh(&headers, &facts.sha256, async || {
        Ok(document(Document { name: facts.name, media_type: facts.media_type, body: paper.body }))
    })
    .await
}

/// `GET /audits/controls.csv`: the rows of the page that has the same query.
async fn controls(
    State(state): State<AppState>,
    headers: HeaderMap,
    RawQuery(query): RawQuery,
) -> Result<Response, Problem> {
    let refused = |problem| Problem::invalid_query(vec![problem]);
    let filter = ControlFilter::from_query(query.as_deref().unwrap_or_default()).map_err(refused)?;
    let terms = state.store.public_terms(state.store.now().day()).await?;
    // A download never guesses: a filter that can't be used is an error and not left out.
    filter.problem(&terms).map_or(Ok(()), |problem| Err(refused(problem)))?;
    let csv = terms.controls_csv(&filter).map_err(|error| Problem::internal(&error))?;
    Ok(download(fresh_bytes(&headers, "text/csv; charset=utf-8; header=present", csv).await?, "controls.csv"))
}

/// `GET /policies.atom`: every version as it was published, the newest first (RFC 4287).
async fn policies(State(state): State<AppState>, headers: HeaderMap) -> Result<Response, Problem> {
    let histories = state.store.public_histories(TermKind::Policy).await?;
    let mut versions = histories.iter().flat_map(|history| history.all()).collect::<Vec<_>>();
    versions.sort_by_key(|published| std::cmp::Reverse((published.published_at, published.id)));
    let entries = versions.into_iter().map(|published| entry(&state, published)).collect();
    let title = format!("Policies of {}", state.config.provider);
    feed::answer(&state, &headers, &title, [paths::POLICIES_ATOM, paths::POLICIES], entries).await
}

fn entry(state: &AppState, published: &PublishedTerm) -> Entry {
    let version = &published.version;
    let (title, from) = (version.term.title(), long_day(version.effective_from));
    let (said, what) = match (&version.correction, &version.change) {
        (Some(reason), _) => ("a correction of the version", Some(reason)),
        (None, change) => ("the version", change.as_ref()),
    };
    Entry {
        title: format!("{title}: {said} in effect from {from}").into(),
        // A version keeps its id wherever the portal moves.
        id: format!("urn:uuid:{}", published.id),
        updated: feed::time(published.published_at),
        published: Some(feed::time(published.published_at)),
        links: vec![Link {
            href: state.address(&paths::policy_version(&version.key, version.effective_from)),
            ..Link::default()
        }],
        summary: what.map(|what| Text::plain(what.0.clone())),
        ..Entry::default()
    }
}
