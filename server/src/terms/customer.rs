//! A customer's terms: taken away as files, and full reports under terms that are accepted.

use app::{context::FormAnswer, paths};
use axum::{
    Json,
    extract::{Path, RawQuery, State},
    response::{IntoResponse, Redirect, Response},
};
use domain::{
    FieldProblem, TermVersionId, Timestamp, TrailAct, Zone,
    terms::{TRANSFER_CSV_HEADER, TRANSFER_KINDS, TransferDocument, asked_day, transfer_rows},
};
use futures::stream;
use store::{Member, NotGiven, Paper, Session};
use tokio::sync::Semaphore;

use super::stamp::{Mark, NotMarked, stamp};
use crate::{
    downloads,
    export::download,
    forms,
    problem::Problem,
    session::{CurrentMember, CurrentSession},
    state::AppState,
};

/// The day that a download is for. As with the record, one that can't be read is an error, and what is taken away is
/// told in the trail first.
async fn told(
    session: &Session,
    member: &Member,
    now: Timestamp,
    format: &str,
    query: Option<String>,
) -> Result<chrono::NaiveDate, Problem> {
    let (day, problem) = asked_day(query.as_deref().unwrap_or_default(), member.zone.day(now));
    if let Some(problem) = problem {
        return Err(Problem::invalid_query(vec![problem]));
    }
    session.tell_download(TrailAct::TransfersDownloaded, &format!("{format}, as of {day}")).await?;
    Ok(day)
}

/// `GET /portal/transfers.csv`
pub async fn csv_download(
    State(state): State<AppState>,
    CurrentSession(session): CurrentSession,
    CurrentMember(member): CurrentMember,
    RawQuery(query): RawQuery,
) -> Result<Response, Problem> {
    let day = told(&session, &member, state.store.now(), "CSV", query).await?;
    let rows = transfer_rows(&member.terms.on(day).await?);
    downloads::csv(stream::once(async { Ok(rows) }), TRANSFER_CSV_HEADER, |row| row.clone(), "transfers.csv")
}

/// `GET /portal/transfers.json`
pub async fn json_download(
    State(state): State<AppState>,
    CurrentSession(session): CurrentSession,
    CurrentMember(member): CurrentMember,
    RawQuery(query): RawQuery,
) -> Result<Response, Problem> {
    let now = state.store.now();
    let day = told(&session, &member, now, "JSON", query).await?;
    let terms = member.terms.on(day).await?;
    let mut announced = terms.upcoming(member.terms.announced(day).await?);
    announced.retain(|published| TRANSFER_KINDS.contains(&published.version.kind()));
    let document = TransferDocument::new(&member.records.customer().name, &terms, &announced, now);
    let document = document.map_err(|error| Problem::internal(&error))?;
    let no_store = [(axum::http::header::CACHE_CONTROL, "no-store")];
    Ok(download((no_store, Json(document)).into_response(), "transfers.json"))
}

/// `GET /portal/transfers/papers/{version}`
pub async fn paper(CurrentMember(member): CurrentMember, Path(version): Path<String>) -> Result<Response, Problem> {
    let paper = member.terms.signed_document(forms::id(&version)?).await?;
    Ok(file(paper.ok_or_else(Problem::not_found)?))
}

fn file(paper: Paper) -> Response {
    let Paper { facts, body } = paper;
    downloads::document(store::Document { name: facts.name, media_type: facts.media_type, body })
}

/// `POST /portal/documents/{version}/accept`
pub async fn accept(CurrentMember(member): CurrentMember, Path(version): Path<String>) -> Result<Redirect, Problem> {
    let version = forms::id::<TermVersionId>(&version)?;
    if !member.terms.accept(version).await? {
        return Err(Problem::not_found());
    }
    Ok(Redirect::to(&paths::with_query(paths::DOCUMENTS, "done=accepted")))
}

/// As many are marked at once: each is a file unpacked in memory.
static MARKING: Semaphore = Semaphore::const_new(2);

/// `GET /portal/documents/{version}/report`
pub async fn report(
    State(state): State<AppState>,
    CurrentSession(session): CurrentSession,
    CurrentMember(member): CurrentMember,
    Path(version): Path<String>,
) -> Result<Response, Problem> {
    let version = forms::id::<TermVersionId>(&version)?;
    let mark = mark(&session, &member, state.store.now());
    let given = member.terms.report(version, async |body: Vec<u8>| marked(body, mark).await).await?;
    let reason = match given {
        Ok(paper) => return Ok(file(paper)),
        Err(NotGiven::NotFound) => return Err(Problem::not_found()),
        Err(NotGiven::NotAccepted) => "Not given yet: accept the terms of this report below first.".to_owned(),
        Err(NotGiven::NotMarked(reason)) => {
            tracing::warn!(%version, %reason, "a report can't be marked");
            format!(
                "This report is not given: it can’t be marked with your name, because {reason}. Ask {} for it.",
                state.config.provider
            )
        }
    };
    let problems = vec![FieldProblem::new("", reason)];
    let form = FormAnswer::of_one("report", version);
    Ok(forms::wrong(state, session, paths::DOCUMENTS, &form, problems, Vec::new()).await)
}

/// Who took it away and when: visible on every page.
fn mark(session: &Session, member: &Member, now: Timestamp) -> Mark {
    let customer = &member.records.customer().display_name;
    let (name, email) = (&member.display_name, &session.email);
    let day = Zone::UTC.day(now).format("%-d %B %Y");
    Mark {
        across: vec!["CONFIDENTIAL".to_owned(), format!("{name}, {customer}"), day.to_string()],
        foot: format!("Confidential. Given to {name} ({email}) of {customer} on {}.", Zone::UTC.long(now)),
    }
}

async fn marked(body: Vec<u8>, mark: Mark) -> Result<Vec<u8>, NotMarked> {
    const GONE: NotMarked = NotMarked::Broken("pages could not be marked");
    let _turn = MARKING.acquire().await.map_err(|_| GONE)?;
    tokio::task::spawn_blocking(move || stamp(&body, &mark)).await.unwrap_or_else(|error| {
        tracing::error!(error = &error as &dyn std::error::Error, "marking a report broke off");
        Err(GONE)
    })
}
