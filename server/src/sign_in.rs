//! Signing in and out, and joining by a link: plain forms, answered by pages.

use app::{context::FormAnswer, paths};
use axum::{
    Form,
    extract::{Path, State},
    http::{HeaderValue, StatusCode, header},
    response::{IntoResponse, Redirect, Response},
};
use axum_extra::extract::cookie::CookieJar;
use domain::{FieldProblem, Role, Zone, email_address, short_name};
use serde::Deserialize;
use store::{Client, Password, Session, SessionToken, SignInAnswer};

use crate::{
    pages,
    problem::Problem,
    session::{self, ClientOf},
    state::AppState,
};

#[derive(Deserialize)]
pub struct PasswordForm {
    email: String,
    password: String,
    #[serde(default)]
    again: String,
    #[serde(default)]
    next: String,
    #[serde(default)]
    zone: String,
}

/// `POST /sign-in`
pub async fn password(
    State(state): State<AppState>,
    ClientOf(client): ClientOf,
    jar: CookieJar,
    session: Option<axum::Extension<Session>>,
    Form(form): Form<PasswordForm>,
) -> Result<Response, Problem> {
    let client = Client { time_zone: zone(&form.zone), ..client };
    let answer = state.store.sign_in(&form.email, &form.password, &client).await?;
    let query = query(&form.next, &form.zone, !form.again.is_empty());
    if let SignInAnswer::CodeNeeded(ceremony) = answer {
        let to = paths::with_query(paths::SIGN_IN_CODE, &query);
        return Ok((session::begin(jar, ceremony), Redirect::to(&to)).into_response());
    }
    let page = paths::with_query(paths::SIGN_IN, &query);
    let typed = vec![("email".to_owned(), form.email)];
    answer_sign_in(state, jar, session.map(|session| session.0), answer, &form.next, page, typed).await
}

/// What a page of sign-in is asked with: where it leads, and whether somebody confirms that it is they.
pub fn query(next: &str, zone: &str, again: bool) -> String {
    let mut query = vec![("next", next), ("zone", zone), ("again", if again { "1" } else { "" })];
    query.retain(|(_, value)| !value.is_empty());
    form_urlencoded::Serializer::new(String::new()).extend_pairs(query).finish()
}

#[derive(Deserialize)]
pub struct CodeForm {
    code: String,
    #[serde(default)]
    next: String,
    #[serde(default)]
    zone: String,
}

/// `POST /sign-in/code`
pub async fn code(
    State(state): State<AppState>,
    ClientOf(client): ClientOf,
    jar: CookieJar,
    session: Option<axum::Extension<Session>>,
    Form(form): Form<CodeForm>,
) -> Result<Response, Problem> {
    let client = Client { time_zone: zone(&form.zone), ..client };
    let answer = match session::ceremony(&jar) {
        Some(ceremony) => state.store.sign_in_with_code(ceremony, &form.code, &client).await?,
        None => SignInAnswer::Over,
    };
    let page = paths::with_query(paths::SIGN_IN_CODE, &format!("next={}", session::encode(&form.next)));
    answer_sign_in(state, jar, session.map(|session| session.0), answer, &form.next, page, Vec::new()).await
}

/// Opens the session, or shows the form again with what is wrong.
pub async fn answer_sign_in(
    state: AppState,
    jar: CookieJar,
    session: Option<Session>,
    answer: SignInAnswer,
    next: &str,
    page: String,
    typed: Vec<(String, String)>,
) -> Result<Response, Problem> {
    let counted =
        |outcome: &'static str| metrics::counter!("vitrine_sign_ins_total", "outcome" => outcome).increment(1);
    let (reason, wait) = match answer {
        SignInAnswer::SignedIn(token) => {
            counted("accepted");
            return signed_in(&state, jar, token, next).await;
        }
        SignInAnswer::CodeNeeded(_) | SignInAnswer::Over => {
            counted("over");
            return Ok(Redirect::to(&paths::with_query(paths::SIGN_IN, "over=1")).into_response());
        }
        SignInAnswer::Refused => {
            counted("refused");
            ("refused".to_owned(), None)
        }
        SignInAnswer::UseSingleSignOn => {
            counted("single_sign_on");
            ("single_sign_on".to_owned(), None)
        }
        SignInAnswer::Wait(wait) => {
            counted("wait");
            (format!("wait {}", wait.num_seconds() + 1), Some(wait.num_seconds() + 1))
        }
    };
    let problems = vec![FieldProblem::new("", reason)];
    let form = FormAnswer { form: "sign-in".to_owned(), problems, typed, shown: None };
    let mut response = pages::answer(state, session, &page, form).await;
    if let Some(seconds) = wait {
        *response.status_mut() = StatusCode::TOO_MANY_REQUESTS;
        response.headers_mut().insert(header::RETRY_AFTER, HeaderValue::from(seconds));
    }
    Ok(response)
}

/// Gives the browser its session and sends it on its way.
async fn signed_in(state: &AppState, jar: CookieJar, token: SessionToken, next: &str) -> Result<Response, Problem> {
    let to = destination(state, &token, next).await?;
    Ok((session::open(jar, token), Redirect::to(&to)).into_response())
}

/// Where somebody goes who has just signed in: where they were going, if that is ours, or home.
pub async fn destination(state: &AppState, token: &SessionToken, next: &str) -> Result<String, Problem> {
    if !next.is_empty() && paths::is_ours(next) {
        return Ok(next.to_owned());
    }
    let session = state.store.session(&token.secret, &Client::default()).await?;
    Ok(match session.map(|session| session.signed_in.role()) {
        Some(Role::Staff(_)) => paths::DESK,
        _ => paths::PORTAL,
    }
    .to_owned())
}

/// `POST /sign-out`
pub async fn sign_out(jar: CookieJar, session: Option<axum::Extension<Session>>) -> Result<Response, Problem> {
    if let Some(session) = session {
        session.0.sign_out().await?;
    }
    Ok((session::close(jar), [(header::CACHE_CONTROL, "no-store")], Redirect::to(paths::HOME)).into_response())
}

#[derive(Deserialize)]
pub struct JoinForm {
    #[serde(default)]
    email: String,
    name: String,
    #[serde(default)]
    password: String,
    #[serde(default)]
    zone: String,
}

/// `POST /join/{secret}`: without a password, what to sign in with is set up next.
pub async fn join(
    State(state): State<AppState>,
    ClientOf(client): ClientOf,
    jar: CookieJar,
    Path(secret): Path<String>,
    Form(form): Form<JoinForm>,
) -> Result<Response, Problem> {
    let page = paths::fill(paths::JOIN, &secret);
    let Some(invitation) = state.store.invitation(&secret).await? else {
        // The page says that the link is good no more.
        return Ok(pages::answer(state, None, &page, FormAnswer::default()).await);
    };
    let email = if invitation.email.is_empty() { email_address(&form.email) } else { Ok(invitation.email.clone()) };
    let name = short_name("name", &form.name);
    let about =
        [name.as_deref().unwrap_or_default(), email.as_deref().unwrap_or_default(), state.config.provider.as_str()];
    let password = match form.password.as_str() {
        "" => Ok(None),
        password => Password::new(password, &about).map(Some),
    };
    let (email, name, password) = match (email, name, password) {
        (Ok(email), Ok(name), Ok(password)) => (email, name, password),
        (email, name, password) => {
            let problems = [email.err(), name.err(), password.err()].into_iter().flatten().collect();
            let typed = vec![("email".to_owned(), form.email), ("name".to_owned(), form.name)];
            let answer = FormAnswer { form: "join".to_owned(), problems, typed, shown: None };
            return Ok(pages::answer(state, None, &page, answer).await);
        }
    };
    let client = Client { time_zone: zone(&form.zone), ..client };
    match state.store.join(invitation, &email, &name, password, &client).await? {
        Some(token) => {
            let to = paths::with_query(paths::ACCOUNT, "done=joined");
            Ok((session::open(jar, token), Redirect::to(&to)).into_response())
        }
        None => Ok(pages::answer(state, None, &page, FormAnswer::default()).await),
    }
}

/// What a browser says its clock's zone is. One that we don't know is as good as none: nobody typed it.
pub fn zone(text: &str) -> Option<Zone> {
    Zone::parse(text).ok()
}
