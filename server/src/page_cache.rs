//! Public pages as they were answered last: readers without a session all see the same.
//!
//! What is kept is answered before a request is routed at all. [`keep_current`] empties the cache as soon as anything is
//! published, whichever server did it.

use std::{
    convert::Infallible,
    future::{Ready, ready},
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicU64, Ordering},
    },
    task::{Context, Poll},
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
use futures::future::Either;
use metrics::Counter;
use quick_cache::{Equivalent, sync::Cache};
use tokio::sync::watch;
use tower::Service;

use crate::{problem::Problem, state::AppState};

/// Pages kept; the ones read least go first, so that odd addresses can't fill the memory.
const PAGES: usize = 512;
/// How long until something that was published anywhere empties the cache: it is asked for so often.
const LOOK: Duration = Duration::from_millis(250);
/// A page is rendered again at the latest after this long: some tell of the day, or of how promptly customers were told.
const FRESH: Duration = Duration::from_secs(30);
/// While one reader's request renders a page again, the others get it as it was, up to this age: else all of them would
/// render it at once.
const OLDEST: Duration = Duration::from_secs(60);
const LARGEST_PAGE: usize = 4 << 20;

/// By address and by the encodings that the reader takes: a page is kept as it was compressed.
pub(crate) struct PageCache {
    pages: Cache<(String, Bytes), Arc<Page>>,
    /// Counts how often it was emptied. What began to be rendered before that is not kept after it.
    emptied: AtomicU64,
}

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
    emptied: u64,
    /// Whether a request has gone to render it again. One that is broken off leaves this set; the page then just ages.
    renewed: AtomicBool,
    headers: HeaderMap,
    body: Bytes,
    /// Of answers from memory; the others are measured where they are made.
    answered: Counter,
}

impl PageCache {
    pub(crate) fn new() -> Self {
        Self { pages: Cache::new(PAGES), emptied: AtomicU64::new(0) }
    }

    fn empty(&self) {
        self.emptied.fetch_add(1, Ordering::AcqRel);
        self.pages.clear();
    }

    /// The answer to a request, where it is here and fresh. Only what is public is here.
    fn answer(&self, request: &Request) -> Option<Response> {
        if !may_be_shared(request) {
            return None;
        }
        let (address, encodings) = asked(request);
        let page = self.pages.get(&Asked(address, encodings))?;
        page.serves(self.emptied.load(Ordering::Acquire)).then(|| page.answer())
    }
}

/// Whether whoever asks may see what others see, and nothing of their own.
fn may_be_shared(request: &Request) -> bool {
    request.method() == Method::GET && !request.headers().contains_key(header::COOKIE)
}

fn asked(request: &Request) -> (&str, &[u8]) {
    let address = request.uri().path_and_query().map_or("", |path| path.as_str());
    let encodings = request.headers().get(header::ACCEPT_ENCODING).map_or(&[][..], HeaderValue::as_bytes);
    (address, encodings)
}

/// Answers from memory what can be, and lets the application answer the rest.
#[derive(Clone)]
pub struct Cached<S> {
    application: S,
    state: AppState,
}

impl<S> Cached<S> {
    pub fn new(application: S, state: AppState) -> Self {
        Self { application, state }
    }
}

impl<S: Service<Request, Response = Response, Error = Infallible>> Service<Request> for Cached<S> {
    type Response = Response;
    type Error = Infallible;
    type Future = Either<Ready<Result<Response, Infallible>>, S::Future>;

    fn poll_ready(&mut self, context: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
        self.application.poll_ready(context)
    }

    fn call(&mut self, request: Request) -> Self::Future {
        match self.state.pages.answer(&request) {
            Some(page) => Either::Left(ready(Ok(page))),
            None => Either::Right(self.application.call(request)),
        }
    }
}

/// Keeps a public page that is rendered, for [`Cached`] to answer with.
pub async fn keep(State(state): State<AppState>, request: Request, next: Next) -> Response {
    let public = request.extensions().get::<MatchedPath>().is_some_and(|path| {
        // What stands at a secret address is for whoever has it alone.
        let shared = |page: &str, audience| page == path.as_str() && audience == Audience::Everyone;
        path.as_str() != paths::JOIN && paths::PAGES.iter().any(|(page, audience)| shared(page, *audience))
    });
    let Some(route) = request.extensions().get::<MatchedPath>().filter(|_| public && may_be_shared(&request)) else {
        return next.run(request).await;
    };
    let answered = metrics::counter!("vitrine_pages_from_memory_total", "route" => route.as_str().to_owned());
    let (address, encodings) = asked(&request);
    let key = (address.to_owned(), Bytes::copy_from_slice(encodings));
    let (made, emptied) = (Instant::now(), state.pages.emptied.load(Ordering::Acquire));
    let (parts, body) = next.run(request).await.into_parts();
    let body = match axum::body::to_bytes(body, LARGEST_PAGE).await {
        Ok(body) => body,
        Err(error) => return Problem::internal(&error).into_response(),
    };
    if parts.status != StatusCode::OK {
        return Response::from_parts(parts, Body::from(body));
    }
    let renewed = AtomicBool::new(false);
    let page = Arc::new(Page { made, emptied, renewed, headers: parts.headers, body, answered });
    state.pages.pages.insert(key, page.clone());
    page.answer()
}

/// Empties the cache whenever something is published, until the server stops.
pub async fn keep_current(state: AppState, mut stopping: watch::Receiver<bool>) {
    let mut seen = None;
    // Waiting for the word fails only where the sender is gone, which is a reason to stop too.
    while tokio::time::timeout(LOOK, stopping.wait_for(|stopping| *stopping)).await.is_err() {
        match state.store.public_version().await {
            Ok(version) => {
                if seen.as_ref().is_some_and(|seen| *seen != version) {
                    state.pages.empty();
                }
                seen = Some(version);
            }
            Err(error) => {
                // What can't be known to be current isn't kept.
                state.pages.empty();
                tracing::warn!(error = &error as &dyn std::error::Error, "what is published could not be looked at");
            }
        }
    }
}

impl Page {
    /// Whether a request is answered with it, in a cache that was emptied so often.
    fn serves(&self, emptied: u64) -> bool {
        let age = self.made.elapsed();
        self.emptied == emptied && (age < FRESH || age < OLDEST && self.renewed.swap(true, Ordering::Relaxed))
    }

    fn answer(&self) -> Response {
        self.answered.increment(1);
        let mut response = Response::new(Body::from(self.body.clone()));
        *response.headers_mut() = self.headers.clone();
        response
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn page(seconds: u64) -> Page {
        Page {
            made: Instant::now().checked_sub(Duration::from_secs(seconds)).unwrap(),
            emptied: 1,
            renewed: AtomicBool::new(false),
            headers: HeaderMap::new(),
            body: Bytes::new(),
            answered: Counter::noop(),
        }
    }

    #[test]
    fn one_request_renders_an_old_page_again_and_the_others_get_it_as_it_was() {
        let (fresh, old, oldest) = (page(0), page(31), page(61));
        assert!(fresh.serves(1) && fresh.serves(1));
        assert!(!old.serves(1) && old.serves(1) && old.serves(1));
        assert!(!oldest.serves(1) && !oldest.serves(1));
    }

    #[test]
    fn what_was_rendered_before_something_was_published_is_not_answered_after_it() {
        assert!(page(0).serves(1) && !page(0).serves(2));
    }
}
