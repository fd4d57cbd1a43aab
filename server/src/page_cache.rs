//! Public pages as they were answered last: readers without a session all see the same.

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
use quick_cache::sync::Cache;

use crate::{problem::Problem, state::AppState};

/// Pages kept; the ones read least go first, so that odd addresses can't fill the memory.
const PAGES: usize = 512;
/// A page is rendered again at the latest after this long, so that an import shows.
const FRESH: Duration = Duration::from_secs(2);
const LARGEST_PAGE: usize = 4 << 20;

/// By address and by the encodings that the reader takes: a page is kept as it was compressed.
pub struct PageCache(Cache<(String, Bytes), Arc<Page>>);

struct Page {
    made: Instant,
    headers: HeaderMap,
    body: Bytes,
}

impl PageCache {
    pub fn new() -> Self {
        Self(Cache::new(PAGES))
    }
}

/// Answers a public page from memory where it is fresh.
pub async fn cached(State(state): State<AppState>, request: Request, next: Next) -> Response {
    let public = request.method() == Method::GET
        && !request.headers().contains_key(header::COOKIE)
        && request.extensions().get::<MatchedPath>().is_some_and(|path| {
            // What stands at a secret address is for whoever has it alone.
            let shared = |page: &str, audience| page == path.as_str() && audience == Audience::Everyone;
            !path.as_str().contains('{') && paths::PAGES.iter().any(|(page, audience)| shared(page, *audience))
        });
    if !public {
        return next.run(request).await;
    }
    let address = request.uri().path_and_query().map(|path| path.as_str().to_owned()).unwrap_or_default();
    let encodings =
        request.headers().get(header::ACCEPT_ENCODING).map(|value| Bytes::copy_from_slice(value.as_bytes()));
    let key = (address, encodings.unwrap_or_default());
    if let Some(page) = state.pages.0.get(&key).filter(|page| page.made.elapsed() < FRESH) {
        return page.answer();
    }
    let made = Instant::now();
    let (parts, body) = next.run(request).await.into_parts();
    let body = match axum::body::to_bytes(body, LARGEST_PAGE).await {
        Ok(body) => body,
        Err(error) => return Problem::internal(&error).into_response(),
    };
    if parts.status != StatusCode::OK {
        return Response::from_parts(parts, Body::from(body));
    }
    let page = Arc::new(Page { made, headers: parts.headers, body });
    state.pages.0.insert(key, page.clone());
    page.answer()
}

impl Page {
    fn answer(&self) -> Response {
        let mut response = Response::new(Body::from(self.body.clone()));
        *response.headers_mut() = self.headers.clone();
        response
    }
}
