//! What people do about what stands out in their record.

use app::{context::FormAnswer, paths};
use axum::{
    Form,
    extract::{Path, State},
    response::{IntoResponse, Redirect, Response},
};
use domain::finding::FindingKey;
use serde::Deserialize;
use store::NotSettled;

use crate::{
    forms::wrong,
    problem::Problem,
    session::{CurrentMember, CurrentSession},
    state::AppState,
};

#[derive(Deserialize)]
pub struct Reason {
    #[serde(default)]
    body: String,
}

/// `POST /portal/findings/{key}/dismiss`
pub async fn dismiss(
    State(state): State<AppState>,
    CurrentSession(session): CurrentSession,
    CurrentMember(member): CurrentMember,
    Path(key): Path<String>,
    Form(Reason { body }): Form<Reason>,
) -> Result<Response, Problem> {
    let key = FindingKey::parse(&key).ok_or_else(Problem::not_found)?;
    let body = body.replace("\r\n", "\n");
    match member.findings.dismiss(&key, &body).await? {
        Ok(()) => Ok(Redirect::to(&paths::with_query(paths::FINDINGS, "done=dismissed")).into_response()),
        Err(NotSettled::NotFound | NotSettled::NotAllowed) => Err(Problem::not_found()),
        Err(NotSettled::Field(problem)) => {
            let form = FormAnswer::of_one("dismiss", &key);
            let typed = vec![("body".to_owned(), body)];
            Ok(wrong(state, session, paths::FINDINGS, &form, vec![problem], typed).await)
        }
    }
}
