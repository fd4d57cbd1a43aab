//! Public pages as they were rendered last: readers without a session all see the same.

use std::{
    sync::Arc,
    time::{Duration, Instant},
};

use app::paths::{self, Audience};
use axum::{
    body::{Body, Bytes},
    extract::{MatchedPath, Request, State},
    http::{HeaderMap, Method, StatusCode, header},
    middleware::Next,
    response::{IntoResponse, Response},
};
use leptos::nonce::Nonce;
use quick_cache::sync::Cache;

use crate::{problem::Problem, security::PageNonce, state::AppState};

/// Pages kept; the ones read least go first, so that odd addresses can't fill the memory.
const PAGES: usize = 512;
/// A page is rendered again at the latest after this long, so that an import shows.
const FRESH: Duration = Duration::from_secs(2);
const LARGEST_PAGE: usize = 4 << 20;
/// Stands for the nonce while a page is kept. No page has it otherwise.
const NONCE: &str = "vitrine-nonce-of-this-answer";

pub struct PageCache(Cache<String, Arc<Page>>);

struct Page {
    made: Instant,
    headers: HeaderMap,
    /// The body's parts, between which each answer's nonce goes.
    parts: Vec<Bytes>,
}

impl PageCache {
    pub fn new() -> Self {
        Self(Cache::new(PAGES))
    }
}

/// Answers a public page from memory where it is fresh.
pub async fn cached(State(state): State<AppState>, mut request: Request, next: Next) -> Response {
    let public = request.method() == Method::GET
        && !request.headers().contains_key(header::COOKIE)
        && request.extensions().get::<MatchedPath>().is_some_and(|path| {
            paths::PAGES.iter().any(|(page, audience)| *page == path.as_str() && *audience == Audience::Everyone)
        });
    let nonce = request.extensions().get::<PageNonce>().cloned();
    let (true, Some(PageNonce(nonce))) = (public, nonce) else { return next.run(request).await };
    let key = request.uri().path_and_query().map(|path| path.as_str().to_owned()).unwrap_or_default();
    if let Some(page) = state.pages.0.get(&key).filter(|page| page.made.elapsed() < FRESH) {
        return page.answer(&nonce);
    }
    let made = Instant::now();
    request.extensions_mut().insert(PageNonce(Nonce::from_value(NONCE)));
    let (parts, body) = next.run(request).await.into_parts();
    let body = match axum::body::to_bytes(body, LARGEST_PAGE).await {
        Ok(body) => body,
        Err(error) => return Problem::internal(&error).into_response(),
    };
    let page = Page { made, headers: parts.headers, parts: split(&body) };
    let mut answer = page.answer(&nonce);
    *answer.status_mut() = parts.status;
    if parts.status == StatusCode::OK {
        state.pages.0.insert(key, Arc::new(page));
    }
    answer
}

fn split(body: &Bytes) -> Vec<Bytes> {
    let mut parts = Vec::new();
    let mut start = 0;
    for place in memchr::memmem::find_iter(body, NONCE) {
        parts.push(body.slice(start..place));
        start = place + NONCE.len();
    }
    parts.push(body.slice(start..));
    parts
}

impl Page {
    fn answer(&self, nonce: &Nonce) -> Response {
        let body = match self.parts.as_slice() {
            [whole] => whole.clone(),
            parts => parts.join(nonce.as_bytes()).into(),
        };
        let mut response = Response::new(Body::from(body));
        *response.headers_mut() = self.headers.clone();
        response
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_answer_has_its_own_nonce() {
        let body = Bytes::from(format!("<script nonce=\"{NONCE}\"></script><script nonce=\"{NONCE}\">"));
        let page = Page { made: Instant::now(), headers: HeaderMap::new(), parts: split(&body) };
        assert_eq!(page.parts.len(), 3);
        assert_eq!(page.parts.join(&b"N"[..]), b"<script nonce=\"N\"></script><script nonce=\"N\">");
    }
}
