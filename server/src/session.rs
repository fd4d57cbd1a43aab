//! Sign-in, sign-out, and whoever a request's cookie says is asking.

use app::paths;
use axum::{
    Form,
    extract::{FromRequestParts, Request, State},
    http::{StatusCode, header, request::Parts},
    middleware::Next,
    response::{IntoResponse, Redirect, Response},
};
use axum_extra::extract::cookie::{Cookie, CookieJar, SameSite};
use domain::Zone;
use serde::Deserialize;
use store::{Member, SessionToken, SignedIn};

use crate::{problem::Problem, state::AppState};

/// `__Host-`: only over TLS (or on this machine), only for this host, for every path (RFC 6265bis, section 4.1.3.2).
const COOKIE: &str = "__Host-vitrine-session";

/// The secret of a session, from its cookie.
#[derive(Clone)]
pub struct SessionSecret(pub String);

/// The member that the guard let through. Extracting it where the guard lets others through is refused.
pub struct CurrentMember(pub Member);

/// Puts whoever is asking into the request, for the guard and the pages.
pub async fn identify(State(state): State<AppState>, jar: CookieJar, mut request: Request, next: Next) -> Response {
    if let Some(cookie) = jar.get(COOKIE) {
        match state.store.session(cookie.value()).await {
            Ok(Some(signed_in)) => {
                request.extensions_mut().insert(signed_in);
                request.extensions_mut().insert(SessionSecret(cookie.value().to_owned()));
            }
            Ok(None) => {}
            Err(error) => return Problem::internal(&error).into_response(),
        }
    }
    next.run(request).await
}

impl<S: Sync> FromRequestParts<S> for CurrentMember {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Problem> {
        match parts.extensions.get::<SignedIn>() {
            Some(SignedIn::Member(member)) => Ok(Self(member.clone())),
            _ => Err(Problem::not_found()),
        }
    }
}

impl<S: Sync> FromRequestParts<S> for SessionSecret {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Problem> {
        parts.extensions.get::<Self>().cloned().ok_or_else(Problem::not_found)
    }
}

#[derive(Deserialize)]
pub struct SignInForm {
    email: String,
    password: String,
    #[serde(default)]
    next: String,
    /// What the browser says of its time zone.
    #[serde(default)]
    zone: String,
}

/// `POST /sign-in`
pub async fn sign_in(
    State(state): State<AppState>,
    jar: CookieJar,
    Form(form): Form<SignInForm>,
) -> Result<Response, Problem> {
    let next = Some(form.next.as_str()).filter(|next| paths::is_ours(next));
    let Some(SessionToken { secret, .. }) = state.store.sign_in(&form.email, &form.password).await? else {
        metrics::counter!("vitrine_sign_ins_total", "outcome" => "refused").increment(1);
        let query = match next {
            Some(next) => format!("failed=1&next={}", encode(next)),
            None => "failed=1".to_owned(),
        };
        return Ok(Redirect::to(&paths::with_query(paths::SIGN_IN, &query)).into_response());
    };
    metrics::counter!("vitrine_sign_ins_total", "outcome" => "accepted").increment(1);
    // A zone that we don't know is as good as none: nobody typed it.
    if let Ok(zone) = Zone::parse(&form.zone) {
        state.store.set_session_time_zone(&secret, zone).await?;
    }
    let home = match state.store.session(&secret).await? {
        Some(SignedIn::Staff(_)) => paths::DESK,
        _ => paths::PORTAL,
    };
    let cookie = Cookie::build((COOKIE, secret)).path("/").secure(true).http_only(true).same_site(SameSite::Lax);
    Ok((jar.add(cookie), Redirect::to(next.unwrap_or(home))).into_response())
}

/// `POST /sign-out`
pub async fn sign_out(State(state): State<AppState>, jar: CookieJar) -> Result<Response, Problem> {
    if let Some(cookie) = jar.get(COOKIE) {
        state.store.sign_out(cookie.value()).await?;
    }
    let gone = Cookie::build(COOKIE).path("/").secure(true).http_only(true).same_site(SameSite::Lax);
    Ok((jar.remove(gone), [(header::CACHE_CONTROL, "no-store")], Redirect::to(paths::HOME)).into_response())
}

fn encode(text: &str) -> String {
    form_urlencoded::byte_serialize(text.as_bytes()).collect()
}

/// Sends whoever isn't signed in to sign in, and back afterwards.
pub fn ask_to_sign_in(request: &Request) -> Response {
    if request.method() != axum::http::Method::GET {
        return Problem::not_found().into_response();
    }
    let here = request.uri().path_and_query().map_or("/", |path| path.as_str());
    let mut response =
        Redirect::to(&paths::with_query(paths::SIGN_IN, &format!("next={}", encode(here)))).into_response();
    *response.status_mut() = StatusCode::SEE_OTHER;
    response
}
