//! Public pages as they were answered last: readers without a session all see the same.

use std::{
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::{Duration, Instant},
};

use app::paths::{self, Audience};
use axum::{
    body::{Body, Bytes},
    extract::{MatchedPath, Request, State},
    http::{HeaderMap, HeaderValue, Method, StatusCode, header},
    middleware::Next,
    response::{IntoResponse, Response},
};
use quick_cache::{Equivalent, sync::Cache};

use crate::{problem::Problem, state::AppState};

/// Pages kept; the ones read least go first, so that odd addresses can't fill the memory.
const PAGES: usize = 512;
/// A page is rendered again at the latest after this long, so that an import shows.
const FRESH: Duration = Duration::from_secs(2);
/// While one reader's request renders a page again, the others get it as it was, up to this age: else all of them would
/// render it at once.
const OLDEST: Duration = Duration::from_secs(10);
const LARGEST_PAGE: usize = 4 << 20;

/// By address and by the encodings that the reader takes: a page is kept as it was compressed.
pub struct PageCache(Cache<(String, Bytes), Arc<Page>>);

/// A key that is borrowed from a request; it has the hash of one that is kept.
#[derive(Hash)]
struct Asked<'a>(&'a str, &'a [u8]);

impl Equivalent<(String, Bytes)> for Asked<'_> {
    fn equivalent(&self, (address, encodings): &(String, Bytes)) -> bool {
        self.0 == address && self.1 == encodings
    }
}

struct Page {
    made: Instant,
    /// Whether a request has gone to render it again. One that is broken off leaves this set; the page then just ages.
    renewed: AtomicBool,
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
    if request.method() != Method::GET || request.headers().contains_key(header::COOKIE) {
        return next.run(request).await;
    }
    let address = request.uri().path_and_query().map_or("", |path| path.as_str());
    let encodings = request.headers().get(header::ACCEPT_ENCODING).map_or(&[][..], HeaderValue::as_bytes);
    // Only what is public is there.
    if let Some(page) = state.pages.0.get(&Asked(address, encodings)).filter(|page| page.serves()) {
        return page.answer();
    }
    let public = request.extensions().get::<MatchedPath>().is_some_and(|path| {
        // What stands at a secret address is for whoever has it alone.
        let shared = |page: &str, audience| page == path.as_str() && audience == Audience::Everyone;
        path.as_str() != paths::JOIN && paths::PAGES.iter().any(|(page, audience)| shared(page, *audience))
    });
    if !public {
        return next.run(request).await;
    }
    let key = (address.to_owned(), Bytes::copy_from_slice(encodings));
    let made = Instant::now();
    let (parts, body) = next.run(request).await.into_parts();
    let body = match axum::body::to_bytes(body, LARGEST_PAGE).await {
        Ok(body) => body,
        Err(error) => return Problem::internal(&error).into_response(),
    };
    if parts.status != StatusCode::OK {
        return Response::from_parts(parts, Body::from(body));
    }
    let page = Arc::new(Page { made, renewed: AtomicBool::new(false), headers: parts.headers, body });
    state.pages.0.insert(key, page.clone());
    page.answer()
}

impl Page {
    /// Whether this request is answered with it.
    fn serves(&self) -> bool {
        let age = self.made.elapsed();
        age < FRESH || age < OLDEST && self.renewed.swap(true, Ordering::Relaxed)
    }

    fn answer(&self) -> Response {
        let mut response = Response::new(Body::from(self.body.clone()));
        *response.headers_mut() = self.headers.clone();
        response
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn page(seconds: u64) -> Page {
        let made = Instant::now().checked_sub(Duration::from_secs(seconds)).unwrap();
        Page { made, renewed: AtomicBool::new(false), headers: HeaderMap::new(), body: Bytes::new() }
    }

    #[test]
    fn one_request_renders_an_old_page_again_and_the_others_get_it_as_it_was() {
        let (fresh, old, oldest) = (page(0), page(3), page(11));
        assert!(fresh.serves() && fresh.serves());
        assert!(!old.serves() && old.serves() && old.serves());
        assert!(!oldest.serves() && !oldest.serves());
    }
}
