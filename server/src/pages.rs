//! The pages: Leptos renders them, and the build's files go with them.

use app::{
    context::{PageContext, Viewer},
    shell,
};
use axum::{
    Router,
    body::Body,
    extract::{Request, State},
    http::{HeaderValue, header},
    response::{IntoResponse, Response},
};
use leptos::{nonce::Nonce, prelude::provide_context};
use store::SignedIn;
use tower::ServiceBuilder;
use tower_http::{services::ServeDir, set_header::SetResponseHeaderLayer};

use crate::{problem::Problem, security, state::AppState};

/// Renders whichever page is at this address. The guard has let the viewer through.
pub async fn render(State(state): State<AppState>, request: Request) -> Response {
    let viewer = match request.extensions().get::<SignedIn>() {
        Some(signed_in) => Viewer::SignedIn(signed_in.clone()),
        None => Viewer::Public,
    };
    let nonce = Nonce::new();
    let context = PageContext {
        store: state.store,
        viewer,
        query: request.uri().query().unwrap_or_default().to_owned(),
        provider: state.config.provider.clone(),
        options: state.options,
        openapi: state.openapi,
    };
    let signature = nonce.clone();
    let provide = move || {
        provide_context(context.clone());
        provide_context(signature.clone());
    };
    let (mut parts, body) = leptos_axum::render_app_async_with_context(provide, shell)(request).await.into_parts();
    // Rendered whole already: the limit is only that of memory.
    match axum::body::to_bytes(body, usize::MAX).await {
        Ok(html) => {
            let html = security::allow_signed_scripts(&mut parts.headers, &html, &nonce);
            Response::from_parts(parts, Body::from(html))
        }
        Err(error) => Problem::internal(&error).into_response(),
    }
}

/// The build's files. Those in `pkg` have their hash in their names and never change.
pub fn site(state: &AppState) -> Router<AppState> {
    let site = &state.config.site;
    let files = || ServeDir::new(site.join("pkg")).precompressed_br().precompressed_gzip();
    let forever = HeaderValue::from_static("public, max-age=31536000, immutable");
    let day = HeaderValue::from_static("public, max-age=86400");
    let of = |value| SetResponseHeaderLayer::if_not_present(header::CACHE_CONTROL, value);
    let mut router = Router::new().nest_service("/pkg", ServiceBuilder::new().layer(of(forever)).service(files()));
    for file in ["favicon.svg", "robots.txt"] {
        let service = tower_http::services::ServeFile::new(site.join(file));
        router =
            router.route_service(&format!("/{file}"), ServiceBuilder::new().layer(of(day.clone())).service(service));
    }
    router
}
