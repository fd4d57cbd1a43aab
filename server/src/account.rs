//! What a person does to their own account: plain forms, answered by the account's pages.

use app::{
    context::{FormAnswer, ShownOnce},
    paths,
};
use axum::{
    Form,
    extract::{Path, State},
    response::{IntoResponse, Redirect, Response},
};
use domain::{FieldProblem, PasskeyId, SessionId, Zone};
use serde::Deserialize;
use store::{LastMeans, MailChoice, Password, Session};

use crate::{
    pages,
    problem::Problem,
    session::{CurrentSession, Turned, when_fresh},
    state::AppState,
};

/// Back to the account, which says what was done.
fn done(what: &str) -> Response {
    Redirect::to(&paths::with_query(paths::ACCOUNT, &format!("done={what}"))).into_response()
}

/// The account's page again, with what is wrong with one of its forms.
async fn wrong(state: AppState, session: Session, form: &str, problem: FieldProblem) -> Response {
    let answer = FormAnswer { form: form.to_owned(), problems: vec![problem], ..FormAnswer::default() };
    pages::answer(state, Some(session), paths::ACCOUNT, answer).await
}

#[derive(Deserialize)]
pub struct PasswordForm {
    /// The password that there is; empty where there is none.
    #[serde(default)]
    current: String,
    password: String,
}

/// `POST /account/password`
pub async fn set_password(
    State(state): State<AppState>,
    CurrentSession(session): CurrentSession,
    Form(form): Form<PasswordForm>,
) -> Result<Response, Turned> {
    let factors = when_fresh(session.factors(), paths::ACCOUNT)?;
    let about = [session.email.as_str(), session.signed_in.display_name(), state.config.provider.as_str()];
    if !factors.confirms_password(&form.current).await? {
        let problem = FieldProblem::new("current", "is not your password, or was tried too often");
        return Ok(wrong(state, session, "password", problem).await);
    }
    match Password::new(&form.password, &about) {
        Ok(password) => {
            factors.set_password(password).await?;
            Ok(done("password_set"))
        }
        Err(problem) => Ok(wrong(state, session, "password", problem).await),
    }
}

#[derive(Deserialize)]
pub struct AuthenticatorForm {
    sealed: String,
    code: String,
}

/// `POST /account/authenticator`: the first code of an authenticator that is being set up.
pub async fn confirm_authenticator(
    State(state): State<AppState>,
    CurrentSession(session): CurrentSession,
    Form(form): Form<AuthenticatorForm>,
) -> Result<Response, Turned> {
    let factors = when_fresh(session.factors(), paths::ACCOUNT_AUTHENTICATOR)?;
    if !factors.confirm_authenticator(&form.sealed, &form.code).await? {
        let answer = FormAnswer {
            form: "authenticator".to_owned(),
            problems: vec![FieldProblem::new("code", "is not the code that the app shows now; wait for the next one")],
            typed: vec![("sealed".to_owned(), form.sealed)],
            shown: None,
        };
        return Ok(pages::answer(state, Some(session), paths::ACCOUNT_AUTHENTICATOR, answer).await);
    }
    show_recovery_codes(state, session).await
}

/// `POST /account/authenticator/remove`
pub async fn remove_authenticator(CurrentSession(session): CurrentSession) -> Result<Response, Turned> {
    when_fresh(session.factors(), paths::ACCOUNT)?.remove_authenticator().await?;
    Ok(done("authenticator_removed"))
}

/// `POST /account/recovery-codes`
pub async fn make_recovery_codes(
    State(state): State<AppState>,
    CurrentSession(session): CurrentSession,
) -> Result<Response, Turned> {
    show_recovery_codes(state, session).await
}

async fn show_recovery_codes(state: AppState, session: Session) -> Result<Response, Turned> {
    let codes = when_fresh(session.factors(), paths::ACCOUNT)?.make_recovery_codes().await?;
    let shown = Some(ShownOnce::RecoveryCodes(codes));
    Ok(pages::answer(state, Some(session), paths::ACCOUNT, FormAnswer { shown, ..FormAnswer::default() }).await)
}

/// `POST /account/passkeys/{id}/remove`
pub async fn remove_passkey(
    State(state): State<AppState>,
    CurrentSession(session): CurrentSession,
    Path(id): Path<String>,
) -> Result<Response, Turned> {
    let factors = when_fresh(session.factors(), paths::ACCOUNT)?;
    let id = id.parse::<PasskeyId>().map_err(|_| Problem::not_found())?;
    match factors.remove_passkey(id).await? {
        Some(Ok(())) => Ok(done("passkey_removed")),
        Some(Err(LastMeans)) => {
            let reason = "It is all that you sign in with: add another passkey or set a password first.";
            Ok(wrong(state, session, "passkeys", FieldProblem::new("", reason)).await)
        }
        None => Err(Problem::not_found().into()),
    }
}

/// `POST /account/sessions/{id}/end`
pub async fn end_session(CurrentSession(session): CurrentSession, Path(id): Path<String>) -> Result<Response, Problem> {
    let id = id.parse::<SessionId>().map_err(|_| Problem::not_found())?;
    if session.account().end_session(id).await? { Ok(done("session_ended")) } else { Err(Problem::not_found()) }
}

/// `POST /account/sessions/end-others`
pub async fn end_other_sessions(CurrentSession(session): CurrentSession) -> Result<Response, Problem> {
    session.account().end_other_sessions().await?;
    Ok(done("sessions_ended"))
}

#[derive(Deserialize)]
pub struct TimeZoneForm {
    zone: String,
}

/// `POST /account/time-zone`: an empty choice leaves it to the browser.
pub async fn set_time_zone(
    State(state): State<AppState>,
    CurrentSession(session): CurrentSession,
    Form(form): Form<TimeZoneForm>,
) -> Result<Response, Problem> {
    let zone = match form.zone.as_str() {
        "" => None,
        name => match Zone::parse(name) {
            Ok(zone) => Some(zone),
            Err(error) => {
                let problem = FieldProblem::new("", format!("“{name}” {error}."));
                return Ok(wrong(state, session, "time-zone", problem).await);
            }
        },
    };
    session.account().set_time_zone(zone).await?;
    Ok(done("time_zone_set"))
}

#[derive(Deserialize)]
pub struct MailForm {
    /// A box that isn't ticked is not sent.
    notices: Option<String>,
    reminders: Option<String>,
    access: Option<String>,
}

/// `POST /account/mail`
pub async fn set_mail(
    CurrentSession(session): CurrentSession,
    Form(form): Form<MailForm>,
) -> Result<Response, Problem> {
    let MailForm { notices, reminders, access } = form;
    let chosen = MailChoice { notices: notices.is_some(), reminders: reminders.is_some(), access: access.is_some() };
    if session.account().set_mail(chosen).await? { Ok(done("mail_set")) } else { Err(Problem::not_found()) }
}
