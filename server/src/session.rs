//! Whoever a request's cookies say is asking.

use app::paths;
use axum::{
    extract::{FromRequestParts, Request, State},
    http::{StatusCode, header, request::Parts},
    middleware::Next,
    response::{IntoResponse, Redirect, Response},
};
use axum_client_ip::ClientIp;
use axum_extra::extract::cookie::{Cookie, CookieJar, SameSite};
use store::{Client, Member, NotNow, Session, SessionToken, SignedIn, StoreError};

use crate::{problem::Problem, state::AppState};

/// `__Host-`: only over TLS (or on this machine), only for this host, for every path (RFC 6265bis, section 4.1.3.2).
const COOKIE: &str = "__Host-vitrine-session";
/// By which a browser is known to belong to somebody who signed in with it before.
const DEVICE_COOKIE: &str = "__Host-vitrine-device";
/// Of what was begun in one request and is ended in another.
const CEREMONY_COOKIE: &str = "__Host-vitrine-ceremony";
/// As much of a browser's own description as is kept.
const LONGEST_DEVICE: usize = 300;

/// The secret of a session, from its cookie.
#[derive(Clone)]
pub struct SessionSecret(pub String);

/// The member that the guard let through. Extracting it where the guard lets others through is refused.
pub struct CurrentMember(pub Member);

/// The session that the guard let through. Extracting it where the guard lets the public through is refused.
pub struct CurrentSession(pub Session);

/// What is known of the browser or program that asks.
#[derive(Clone)]
pub struct ClientOf(pub Client);

/// Puts whoever is asking into the request, for the guard and the pages.
pub async fn identify(State(state): State<AppState>, jar: CookieJar, request: Request, next: Next) -> Response {
    let (mut parts, body) = request.into_parts();
    let client = client(&mut parts, &jar).await;
    if let Some(secret) = &client.session {
        match state.store.session(secret, &client).await {
            Ok(Some(session)) => {
                parts.extensions.insert(session);
                parts.extensions.insert(SessionSecret(secret.clone()));
            }
            Ok(None) => {}
            Err(error) => return Problem::internal(&error).into_response(),
        }
    }
    parts.extensions.insert(ClientOf(client));
    next.run(Request::from_parts(parts, body)).await
}

async fn client(parts: &mut Parts, jar: &CookieJar) -> Client {
    let address = match ClientIp::from_request_parts(parts, &()).await {
        Ok(ClientIp(address)) => address.to_string(),
        Err(error) => {
            // A proxy that doesn't set the header that `client_ip` names: everybody then shares one address.
            tracing::debug!(%error, "the client's address is not known");
            String::new()
        }
    };
    let device = parts.headers.get(header::USER_AGENT).and_then(|value| value.to_str().ok()).unwrap_or_default();
    let cookie = |name| jar.get(name).map(|cookie| cookie.value().to_owned());
    Client {
        address,
        device: device.chars().filter(|c| !c.is_control()).take(LONGEST_DEVICE).collect(),
        time_zone: None,
        known_device: cookie(DEVICE_COOKIE),
        session: cookie(COOKIE),
    }
}

impl<S: Sync> FromRequestParts<S> for CurrentMember {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Problem> {
        match CurrentSession::from_request_parts(parts, state).await?.0.signed_in {
            SignedIn::Member(member) => Ok(Self(*member)),
            SignedIn::Staff(_) => Err(Problem::not_found()),
        }
    }
}

impl<S: Sync> FromRequestParts<S> for CurrentSession {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Problem> {
        parts.extensions.get::<Session>().cloned().map(Self).ok_or_else(Problem::not_found)
    }
}

impl<S: Sync> FromRequestParts<S> for SessionSecret {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Problem> {
        parts.extensions.get::<Self>().cloned().ok_or_else(Problem::not_found)
    }
}

impl<S: Sync> FromRequestParts<S> for ClientOf {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Problem> {
        parts.extensions.get::<Self>().cloned().ok_or_else(Problem::not_found)
    }
}

/// A cookie of ours. `Lax` lets links from elsewhere find the session, and forms from elsewhere not.
fn cookie(name: &'static str, value: String) -> Cookie<'static> {
    Cookie::build((name, value)).path("/").secure(true).http_only(true).same_site(SameSite::Lax).build()
}

/// Gives the browser its session, and makes it known to whoever signed in.
pub fn open(jar: CookieJar, token: SessionToken) -> CookieJar {
    let jar = jar.add(cookie(COOKIE, token.secret)).remove(cookie(CEREMONY_COOKIE, String::new()));
    match token.device {
        Some(device) => {
            let mut known = cookie(DEVICE_COOKIE, device);
            // Browsers keep it for 400 days (RFC 6265bis, section 5.5).
            known.make_permanent();
            jar.add(known)
        }
        None => jar,
    }
}

/// Takes the session from the browser. It stays known.
pub fn close(jar: CookieJar) -> CookieJar {
    jar.remove(cookie(COOKIE, String::new()))
}

/// Gives the browser the secret of a ceremony that it began.
pub fn begin(jar: CookieJar, ceremony: String) -> CookieJar {
    jar.add(cookie(CEREMONY_COOKIE, ceremony))
}

/// Takes the secret of a ceremony that has ended from the browser.
pub fn end(jar: CookieJar) -> CookieJar {
    jar.remove(cookie(CEREMONY_COOKIE, String::new()))
}

/// The secret of the ceremony that the browser began, if it did.
pub fn ceremony(jar: &CookieJar) -> Option<&str> {
    jar.get(CEREMONY_COOKIE).map(Cookie::value)
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

/// A text as it stands in a query.
pub fn encode(text: &str) -> String {
    form_urlencoded::byte_serialize(text.as_bytes()).collect()
}

/// Why a form was not taken: an error, or a sign-in that was too long ago.
pub enum Turned {
    Away(Problem),
    ToSignInAgain { back_to: String },
}

/// What a right that takes a fresh sign-in is refused with; `back_to` is the page that the form stands on.
pub fn when_fresh<T>(right: Result<T, NotNow>, back_to: &str) -> Result<T, Turned> {
    right.map_err(|not_now| match not_now {
        NotNow::NotAllowed => Turned::Away(Problem::not_found()),
        NotNow::NotFresh => Turned::ToSignInAgain { back_to: back_to.to_owned() },
    })
}

impl From<Problem> for Turned {
    fn from(problem: Problem) -> Self {
        Self::Away(problem)
    }
}

impl From<StoreError> for Turned {
    fn from(error: StoreError) -> Self {
        Self::Away(error.into())
    }
}

impl IntoResponse for Turned {
    fn into_response(self) -> Response {
        match self {
            Self::Away(problem) => problem.into_response(),
            Self::ToSignInAgain { back_to } => Redirect::to(&paths::sign_in_again(&encode(&back_to))).into_response(),
        }
    }
}
