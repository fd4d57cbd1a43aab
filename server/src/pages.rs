//! The pages: Leptos renders them, and the build's files go with them.

use app::{
    context::{FormAnswer, PageContext},
    shell,
};
use axum::{
    Router,
    body::Body,
    extract::{Request, State},
    http::{HeaderValue, StatusCode, Uri, header},
    response::{IntoResponse, Response},
};
use leptos::{nonce::Nonce, prelude::provide_context};
use store::{Session, SignedIn};
use tower::ServiceBuilder;
use tower_http::{services::ServeDir, set_header::SetResponseHeaderLayer};

use crate::{problem::Problem, security, state::AppState};

/// Renders whichever page is at this address. The guard has let the viewer through.
pub async fn render(State(state): State<AppState>, request: Request) -> Response {
    let session = request.extensions().get::<Session>().cloned();
    // Who has yet to meet their organisation's rule of sign-in learns nothing of what is there.
    let open = session.as_ref().filter(|session| session.is_open());
    let notices_waiting = match open.map(|session| &session.signed_in) {
        Some(SignedIn::Member(member)) => match member.notices.count_pending().await {
            Ok(waiting) => waiting,
            Err(error) => return Problem::from(error).into_response(),
        },
        _ => 0,
    };
    let inquiries_waiting = match open.map(|session| (&session.signed_in, session.inquiries())) {
        Some((SignedIn::Member(member), _)) => member.inquiries.count_unread().await,
        Some((SignedIn::Staff(_), Ok(desk))) => desk.count_waiting().await,
        _ => Ok(0),
    };
    let inquiries_waiting = match inquiries_waiting {
        Ok(waiting) => waiting,
        Err(error) => return Problem::from(error).into_response(),
    };
    let approvals_waiting = match open.map(|session| &session.signed_in) {
        Some(SignedIn::Member(member)) => match member.grants.count_waiting().await {
            Ok(waiting) => waiting,
            Err(error) => return Problem::from(error).into_response(),
        },
        _ => 0,
    };
    let nonce = Nonce::new();
    let context = PageContext {
        store: state.store.clone(),
        session,
        answer: request.extensions().get::<FormAnswer>().cloned().unwrap_or_default(),
        notices_waiting,
        inquiries_waiting,
        approvals_waiting,
        answer_promise: state.config.answer_within_working_days,
        public_url: state.public_url.as_str().trim_end_matches('/').to_owned(),
        query: request.uri().query().unwrap_or_default().to_owned(),
        provider: state.config.provider.clone(),
        options: state.options.clone(),
        openapi: state.openapi.clone(),
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

/// The page that says that nothing is there. Leptos reads more addresses as a page's than the router does, such as one
/// with a slash at its end, and the guard knows the router's alone: it must not see the address.
pub async fn not_found(state: State<AppState>, mut request: Request) -> Response {
    *request.uri_mut() = Uri::from_static("/nothing-here");
    render(state, request).await
}

/// The page at an address, answering a form that was sent: with what was typed and what is wrong with it (422), or
/// with what is shown this once (200).
pub async fn answer(state: AppState, session: Option<Session>, address: &str, answer: FormAnswer) -> Response {
    let status = if answer.problems.is_empty() { StatusCode::OK } else { StatusCode::UNPROCESSABLE_ENTITY };
    let mut request = Request::new(Body::empty());
    match address.parse() {
        Ok(uri) => *request.uri_mut() = uri,
        Err(error) => return Problem::internal(&error).into_response(),
    }
    if let Some(session) = session {
        request.extensions_mut().insert(session);
    }
    request.extensions_mut().insert(answer);
    let mut response = render(State(state), request).await;
    if response.status() == StatusCode::OK {
        *response.status_mut() = status;
    }
    response
}

/// The build's files. Those in `pkg` have their hash in their names and never change.
pub fn site(state: &AppState) -> Router<AppState> {
    let site = &state.config.site;
    let files = || ServeDir::new(site.join("pkg")).precompressed_br().precompressed_gzip();
    let forever = HeaderValue::from_static("public, max-age=31536000, immutable");
    let day = HeaderValue::from_static("public, max-age=86400");
    let of = |value| SetResponseHeaderLayer::if_not_present(header::CACHE_CONTROL, value);
    let router = Router::new().nest_service("/pkg", ServiceBuilder::new().layer(of(forever)).service(files()));
    let icon = tower_http::services::ServeFile::new(site.join("favicon.svg"));
    router.route_service("/favicon.svg", ServiceBuilder::new().layer(of(day)).service(icon))
}
