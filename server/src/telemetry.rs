//! Logs, metrics and whether the server is ready.

use std::{io::IsTerminal, time::Instant};

use app::paths;
use axum::{
    extract::{MatchedPath, Request, State},
    http::{HeaderName, HeaderValue, Method},
    middleware::Next,
    response::{IntoResponse, Response},
};
use metrics_exporter_prometheus::{BuildError, Matcher, PrometheusBuilder, PrometheusHandle};
use tower_http::{
    classify::{ServerErrorsAsFailures, SharedClassifier},
    request_id::{MakeRequestId, RequestId},
    trace::TraceLayer,
};
use tracing::{Span, info_span};
use tracing_subscriber::EnvFilter;
use uuid::Uuid;

use crate::{api::bearer::MayMeasure, config::LogFormat, state::AppState};

const REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");

/// Sends logs to standard error, in colour on a terminal alone. `RUST_LOG` says how much.
pub fn log(format: LogFormat) {
    let filter = EnvFilter::try_from_default_env().unwrap_or_else(|_| EnvFilter::new("info,sqlx=warn"));
    let subscriber = tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_writer(std::io::stderr)
        .with_ansi(std::io::stderr().is_terminal());
    // It fails only where a subscriber is set already, as a test may have done.
    let _ = match format {
        LogFormat::Text => subscriber.try_init(),
        LogFormat::Json => subscriber.json().try_init(),
    };
}

/// Collects metrics from here on. Nothing is sent anywhere: `/metrics` shows them.
pub fn collect_metrics() -> Result<PrometheusHandle, BuildError> {
    let recorder = PrometheusBuilder::new()
        .set_buckets_for_metric(
            Matcher::Full("vitrine_http_request_seconds".to_owned()),
            &[0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 10.0],
        )?
        .build_recorder();
    let handle = recorder.handle();
    // A second server in one process, as in tests, has metrics of its own that nobody adds to.
    if metrics::set_global_recorder(recorder).is_err() {
        tracing::debug!("metrics are collected already");
    }
    Ok(handle)
}

/// `GET /metrics`
pub async fn metrics(_: MayMeasure, State(state): State<AppState>) -> String {
    state.metrics.run_upkeep();
    state.metrics.render()
}

/// `GET /readyz`: 503 until the database answers and has this program's schema.
pub async fn ready(State(state): State<AppState>) -> Response {
    match state.store.check_ready().await {
        Ok(()) => "ready\n".into_response(),
        Err(error) => {
            tracing::warn!(error = &error as &dyn std::error::Error, "not ready");
            (axum::http::StatusCode::SERVICE_UNAVAILABLE, "the database is not ready\n").into_response()
        }
    }
}

/// A request's route, never its address: an address may name a customer's record, or hold a secret. Of demands not even
/// the route is told: that somebody works on one may be sealed.
fn route(request: &Request) -> &str {
    match request.extensions().get::<MatchedPath>().map(MatchedPath::as_str) {
        None => "none",
        Some(path) if path.starts_with(paths::DEMANDS) => paths::DESK,
        Some(paths::API_DEMANDS) => "/api",
        Some(path) => path,
    }
}

/// Anybody may send a method of their own making, and each name would be kept for ever.
static KNOWN_METHODS: [Method; 7] =
    [Method::GET, Method::HEAD, Method::POST, Method::PUT, Method::DELETE, Method::OPTIONS, Method::PATCH];

/// Counts and times requests by route, but for those about demands: how many there are is nobody else's to know.
pub async fn measure(request: Request, next: Next) -> Response {
    let path = request.extensions().get::<MatchedPath>().map_or("", MatchedPath::as_str);
    if path.starts_with(paths::DEMANDS) || path == paths::API_DEMANDS {
        return next.run(request).await;
    }
    let route = route(&request).to_owned();
    let method = KNOWN_METHODS.iter().find(|known| *known == request.method()).map_or("other", Method::as_str);
    let begun = Instant::now();
    let response = next.run(request).await;
    let status = response.status().as_u16().to_string();
    metrics::histogram!("vitrine_http_request_seconds", "route" => route.clone(), "method" => method)
        .record(begun.elapsed().as_secs_f64());
    metrics::counter!("vitrine_http_requests_total", "route" => route, "method" => method, "status" => status)
        .increment(1);
    response
}

/// Gives each request an id. It tells requests apart in the log and needs no secret, so no system call either.
#[derive(Clone)]
pub struct NumberRequests;

impl MakeRequestId for NumberRequests {
    fn make_request_id<B>(&mut self, _: &axum::http::Request<B>) -> Option<RequestId> {
        let id = uuid::Builder::from_random_bytes(fastrand::u128(..).to_ne_bytes()).into_uuid();
        HeaderValue::from_str(id.hyphenated().encode_lower(&mut Uuid::encode_buffer())).ok().map(RequestId::new)
    }
}

/// One span a request, with its id. Queries and bodies stay out of the log, and so does what a route's places are
/// filled with: it may be an invitation's secret.
pub fn trace_layer() -> TraceLayer<SharedClassifier<ServerErrorsAsFailures>, fn(&Request) -> Span> {
    TraceLayer::new_for_http().make_span_with(span as fn(&Request) -> Span)
}

fn span(request: &Request) -> Span {
    let id = request.headers().get(REQUEST_ID).and_then(|id| id.to_str().ok()).unwrap_or_default();
    info_span!("request", id, method = %request.method(), path = route(request))
}

#[cfg(test)]
mod tests {
    use axum::{Router, body::Body, routing::get};
    use tower::ServiceExt;

    use super::*;

    #[tokio::test]
    async fn logs_and_metrics_name_routes_and_not_even_those_of_demands() {
        let say = || get(|request: Request| async move { route(&request).to_owned() });
        let router: Router = Router::new()
            .route(paths::DEMAND, say())
            .route(paths::JOIN, say())
            .route(paths::API_DEMANDS, say())
            .fallback_service(say());
        for (address, told) in [
            ("/desk/demands/1", paths::DESK),
            ("/api/v1/demands", "/api"),
            ("/join/secret", paths::JOIN),
            ("/join/secret/", "none"),
            ("/x", "none"),
        ] {
            let request = Request::get(address).body(Body::empty()).expect("a request");
            let answer = router.clone().oneshot(request).await.expect("an answer");
            let body = axum::body::to_bytes(answer.into_body(), 100).await.expect("a body");
            assert_eq!(body.as_ref(), told.as_bytes(), "{address}");
        }
    }
}
