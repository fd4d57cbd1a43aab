//! Feeds of what was published (RFC 4287).

use atom_syndication::{Entry, Feed, FixedDateTime, Link, Person};
use axum::{http::HeaderMap, response::Response};
use domain::Timestamp;

use crate::{downloads::fresh_bytes, problem::Problem, state::AppState};

/// Answers with a feed at `path` of what the page at `page` shows. The newest entry stands first.
pub async fn answer(
    state: &AppState,
    headers: &HeaderMap,
    title: &str,
    [path, page]: [&str; 2],
    entries: Vec<Entry>,
) -> Result<Response, Problem> {
    let address = state.address(path);
    let of = |rel: &str, href: String| Link { href, rel: rel.to_owned(), ..Link::default() };
    let feed = Feed {
        title: title.into(),
        id: address.clone(),
        // Before the first entry there is nothing to be told of; the same bytes until then.
        updated: entries.first().map(|entry| entry.updated).unwrap_or_default(),
        authors: vec![Person { name: state.config.provider.clone(), ..Person::default() }],
        links: vec![of("self", address), of("alternate", state.address(page))],
        entries,
        ..Feed::default()
    };
    let xml = feed.write_to(Vec::new()).map_err(|error| Problem::internal(&error))?;
    fresh_bytes(headers, "application/atom+xml; charset=utf-8", xml).await
}

/// A time as a feed has it.
pub fn time(time: Timestamp) -> FixedDateTime {
    time.utc().fixed_offset()
}
