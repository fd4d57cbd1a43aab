//! Every address, and who may ask for it.
//!
//! **Invariant:** a route can't be added without its [`Audience`]; the guard decides by it before a handler or a page
//! runs, and `tests/audience.rs` asks every one of them as everybody.

use std::{collections::HashMap, convert::Infallible, sync::Arc, time::Duration};

use app::paths::{self, Audience};
use axum::{
    Router,
    extract::{MatchedPath, Request, State},
    handler::Handler,
    http::{Method, StatusCode},
    middleware::{self, Next},
    response::{IntoResponse, Response},
    routing::MethodRouter,
};
use store::SignedIn;
use tower::ServiceBuilder;
use tower_http::{
    catch_panic::CatchPanicLayer,
    compression::CompressionLayer,
    csrf::CsrfLayer,
    request_id::{MakeRequestUuid, PropagateRequestIdLayer, SetRequestIdLayer},
    timeout::TimeoutLayer,
};

use crate::{api, export, live, pages, problem::Problem, security, session, state::AppState, telemetry, transparency};

/// Collects routes with their audiences.
pub struct Routes {
    router: Router<AppState>,
    /// By path, then by method.
    audiences: HashMap<&'static str, Vec<(Method, Audience)>>,
}

impl Routes {
    fn new() -> Self {
        Self { router: Router::new(), audiences: HashMap::new() }
    }

    /// Answers GET at a path.
    pub fn get<H: Handler<T, AppState>, T: 'static>(self, path: &'static str, audience: Audience, handler: H) -> Self {
        self.add(path, Method::GET, audience, axum::routing::get(handler))
    }

    /// Answers POST at a path.
    pub fn post<H: Handler<T, AppState>, T: 'static>(self, path: &'static str, audience: Audience, handler: H) -> Self {
        self.add(path, Method::POST, audience, axum::routing::post(handler))
    }

    fn add(
        mut self,
        path: &'static str,
        method: Method,
        audience: Audience,
        route: MethodRouter<AppState, Infallible>,
    ) -> Self {
        self.audiences.entry(path).or_default().push((method, audience));
        Self { router: self.router.route(path, route), ..self }
    }

    /// Every route: its path, method and audience.
    pub fn table(&self) -> impl Iterator<Item = (&'static str, &Method, Audience)> {
        self.audiences
            .iter()
            .flat_map(|(path, methods)| methods.iter().map(|(method, audience)| (*path, method, *audience)))
    }
}

/// Every route there is.
pub fn routes() -> Routes {
    let mut routes = Routes::new();
    for (path, audience) in paths::PAGES {
        routes = routes.get(path, *audience, pages::render);
    }
    let routes = routes
        .post(paths::SIGN_IN, Audience::Everyone, session::sign_in)
        .post(paths::SIGN_OUT, Audience::Everyone, session::sign_out)
        .get(paths::ACCESS_CSV, Audience::Members, export::csv_download)
        .get(paths::ACCESS_JSON, Audience::Members, export::json_download)
        .get(paths::ACCESS_NDJSON, Audience::Members, export::ndjson_download)
        .get(paths::ACCESS_LIVE, Audience::Members, live::follow)
        .get(paths::API_ACCESS_EVENTS, Audience::ApiToken, api::access_events::read)
        .post(paths::API_ACCESS_EVENTS, Audience::ApiToken, api::access_events::report)
        .get(paths::OPENAPI, Audience::Everyone, api::openapi_json)
        .get("/metrics", Audience::ApiToken, telemetry::metrics)
        .get("/healthz", Audience::Everyone, || async { "ok\n" })
        .get("/readyz", Audience::Everyone, telemetry::ready);
    transparency::routes(routes)
}

/// The whole application.
pub fn router(state: AppState) -> Router {
    let Routes { router, audiences } = routes();
    let guard = Guard { audiences: Arc::new(audiences), state: state.clone() };
    let timeout = Duration::from_secs(state.config.request_timeout);
    let application = router.fallback(pages::render).layer(
        ServiceBuilder::new()
            .layer(CompressionLayer::new())
            .layer(middleware::from_fn_with_state(state.clone(), session::identify))
            .layer(middleware::from_fn_with_state(guard, decide)),
    );
    Router::new()
        .merge(application)
        // The build's files are compressed already.
        .merge(pages::site(&state))
        // The first stands outermost. One stack, because each `layer` of a router boxes every answer once more.
        .layer(
            ServiceBuilder::new()
                .layer(SetRequestIdLayer::x_request_id(MakeRequestUuid))
                .layer(telemetry::trace_layer())
                .layer(PropagateRequestIdLayer::x_request_id())
                .layer(middleware::from_fn(telemetry::measure))
                .layer(middleware::from_fn_with_state(state.clone(), crate::page_cache::cached))
                .layer(CatchPanicLayer::new())
                .layer(TimeoutLayer::with_status_code(StatusCode::SERVICE_UNAVAILABLE, timeout))
                .layer(middleware::from_fn(security::headers))
                .layer(CsrfLayer::new()),
        )
        .with_state(state)
}

#[derive(Clone)]
struct Guard {
    audiences: Arc<HashMap<&'static str, Vec<(Method, Audience)>>>,
    state: AppState,
}

/// Decides who may ask, before anything is rendered. What isn't for a viewer to know of is not found.
async fn decide(State(guard): State<Guard>, mut request: Request, next: Next) -> Response {
    let Some(path) = request.extensions().get::<MatchedPath>() else {
        // No route: the page that says so.
        return next.run(request).await;
    };
    let method = if request.method() == Method::HEAD { Method::GET } else { request.method().clone() };
    let audience = guard.audiences.get(path.as_str()).into_iter().flatten().find(|(of, _)| *of == method);
    let signed_in = request.extensions().get::<SignedIn>();
    let allowed = match (audience.map(|(_, audience)| *audience), signed_in) {
        // Another method of a known path: axum answers 405.
        (None, _) => true,
        (Some(Audience::Everyone | Audience::ApiToken), _) => true,
        (Some(Audience::Members), Some(SignedIn::Member(_))) => true,
        (Some(Audience::Staff), Some(SignedIn::Staff(_))) => true,
        (Some(Audience::SignedIn), Some(_)) => true,
        (Some(_), None) => return session::ask_to_sign_in(&request),
        (Some(_), Some(_)) => false,
    };
    if allowed {
        return next.run(request).await;
    }
    if method != Method::GET {
        return Problem::not_found().into_response();
    }
    // The same page as for an address that was never there.
    *request.uri_mut() = axum::http::Uri::from_static("/nothing-here");
    pages::render(State(guard.state), request).await
}
