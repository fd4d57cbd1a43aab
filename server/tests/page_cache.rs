//! Public pages that are kept in memory, as two servers on one database answer them.

mod common;

use std::{sync::Arc, time::Duration};

use axum::{
    Router,
    body::Body,
    extract::Request,
    http::{Method, header},
};
use server::{
    config::Config,
    import_statistics::import_demo,
    page_cache::{Cached, keep_current},
    router, serve,
};
use store::{
    Engine, Store,
    testing::{TestStore, test_keys},
};
use tokio::sync::watch;
use tower::ServiceExt;

struct Server {
    answers: Cached<Router>,
    stop: watch::Sender<bool>,
    keeping: tokio::task::JoinHandle<()>,
}

impl Server {
    async fn open(store: Store) -> Self {
        let (stop, stopping) = watch::channel(false);
        let state = serve::state(store, Config::default(), stopping.clone()).await.expect("a server's state");
        let keeping = tokio::spawn(keep_current(state.clone(), stopping));
        Self { answers: Cached::new(router::router(state.clone()), state), stop, keeping }
    }

    /// The page, and the id of the request where the application answered it.
    async fn ask(&self, method: Method, cookie: &str) -> (String, String) {
        let request = Request::builder().method(method).uri("/transparency");
        let request = if cookie.is_empty() { request } else { request.header(header::COOKIE, cookie) };
        let request = request.body(Body::empty()).expect("a request");
        let response = self.answers.clone().oneshot(request).await.expect("an answer");
        let id = response.headers().get("x-request-id").map_or("", |id| id.to_str().expect("a readable id")).to_owned();
        let body = axum::body::to_bytes(response.into_body(), usize::MAX).await.expect("a whole body");
        (String::from_utf8(body.to_vec()).expect("text"), id)
    }

    async fn page(&self) -> String {
        self.ask(Method::GET, "").await.0
    }

    async fn close(self) {
        self.stop.send_replace(true);
        self.keeping.await.expect("an end");
    }
}

/// What one server imports, readers of both are told of, without a restart and without a wait for the pages to age.
async fn an_import_empties_what_every_server_keeps(engine: Engine) {
    let test = TestStore::open(engine).await;
    let other = Store::open(&test.address, Arc::new(store::SystemClock), test_keys()).await.expect("a database");
    let servers = [Server::open(test.store.clone()).await, Server::open(other.clone()).await];
    for server in &servers {
        assert!(!server.page().await.contains("Apple"), "nothing is published yet");
    }
    // Long enough for both to have looked at what is published.
    tokio::time::sleep(Duration::from_secs(1)).await;
    for server in &servers {
        server.page().await;
    }
    import_demo(&test.store).await.expect("the demo's statistics");
    for server in &servers {
        let shows = async {
            while !server.page().await.contains("Apple") {
                tokio::time::sleep(Duration::from_millis(50)).await;
            }
        };
        // A page would be rendered again by its age after thirty seconds.
        tokio::time::timeout(Duration::from_secs(20), shows).await.expect("the page shows what was imported");
    }
    for server in servers {
        server.close().await;
    }
    other.close().await;
    test.remove().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_import_empties_what_every_server_keeps_on_sqlite() {
    an_import_empties_what_every_server_keeps(Engine::Sqlite).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_import_empties_what_every_server_keeps_on_postgres() {
    an_import_empties_what_every_server_keeps(Engine::Postgres).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn readers_share_a_page_and_whoever_has_a_cookie_or_another_method_does_not() {
    let test = TestStore::open(Engine::Sqlite).await;
    let server = Server::open(test.store.clone()).await;
    let ((first, id), (again, from_memory)) = (server.ask(Method::GET, "").await, server.ask(Method::GET, "").await);
    assert_eq!(first, again);
    assert!(
        !id.is_empty() && from_memory.is_empty(),
        "what is answered from memory is no request of the application's"
    );
    for (method, cookie) in [(Method::GET, "a=b"), (Method::HEAD, ""), (Method::POST, "")] {
        let (_, id) = server.ask(method.clone(), cookie).await;
        assert!(!id.is_empty(), "{method} with the cookie “{cookie}” is answered by the application");
    }
    server.close().await;
    test.remove().await;
}
