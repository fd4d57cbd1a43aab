//! The provider's own report over HTTP: drafted and published at the desk, and each edition as files.

use app::paths::{self, Audience};
use axum::{
    Form,
    extract::{Path, State},
    http::{HeaderMap, header},
    response::{IntoResponse, Redirect, Response},
};
use data_encoding::HEXLOWER;
use domain::{FieldProblem, report::BandOption, statistics::Half};
use store::{NewDraft, NotPublishedReport, PublishedEdition, ReportDesk, Session};
use uuid::Uuid;

use crate::{
    downloads,
    forms::{Fields, id, wrong},
    problem::Problem,
    router::Routes,
    session::{CurrentSession, Turned, encode},
    state::AppState,
};

/// The forms' names in their answers.
const DRAFT: &str = "draft";
const PUBLISH: &str = "publish";

/// The routes beside the pages.
pub fn routes(routes: Routes) -> Routes {
    routes
        .post(paths::DESK_REPORT, Audience::Legal, draft)
        .post(paths::DESK_REPORT_PUBLISH, Audience::Notifiers, publish)
        .post(paths::DESK_REPORT_DISCARD, Audience::Notifiers, discard)
        .get(paths::EDITION_CSV, Audience::Everyone, csv)
        .get(paths::EDITION_JSON, Audience::Everyone, json)
}

fn desk(session: &Session) -> Result<ReportDesk, Problem> {
    session.report().map_err(|_| Problem::not_found())
}

/// `POST /desk/report`: the next edition of a half-year, for somebody else to publish.
async fn draft(
    State(state): State<AppState>,
    CurrentSession(session): CurrentSession,
    Form(typed): Form<Vec<(String, String)>>,
) -> Result<Response, Turned> {
    let (desk, typed) = (desk(&session)?, Fields(typed));
    let option = match typed.get("option") {
        "" => None,
        code => Some(BandOption::from_code(code).ok_or_else(Problem::not_found)?),
    };
    let Some(half) = Half::parse(typed.get("half")) else {
        let problem = FieldProblem::new("half", "is no half-year such as 2025-H1");
        return Ok(wrong(state, session, paths::DESK_REPORT, DRAFT, vec![problem], typed.0).await);
    };
    let (publisher, new_platform) = (state.config.provider.clone(), !typed.get("new_platform").is_empty());
    let errata = typed.text("errata").replace("\r\n", "\n");
    let new = NewDraft { publisher: &publisher, half, option, new_platform, errata: &errata };
    match desk.draft(new).await? {
        Ok(draft) => {
            let page = paths::fill(paths::DESK_REPORT_DRAFT, draft);
            Ok(Redirect::to(&paths::with_query(&page, "done=drafted")).into_response())
        }
        Err(refused) => {
            let problem = FieldProblem::new("", refused.to_string());
            Ok(wrong(state, session, paths::DESK_REPORT, DRAFT, vec![problem], typed.0).await)
        }
    }
}

/// `POST /desk/report/{id}/publish`
async fn publish(
    State(state): State<AppState>,
    CurrentSession(session): CurrentSession,
    Path(text): Path<String>,
) -> Result<Response, Turned> {
    let draft = id::<Uuid>(&text)?;
    let page = paths::fill(paths::DESK_REPORT_DRAFT, draft);
    match desk(&session)?.publish(draft).await? {
        Ok(_) => Ok(Redirect::to(&paths::with_query(paths::DESK_REPORT, "done=published")).into_response()),
        Err(NotPublishedReport::NotFound) => Err(Problem::not_found().into()),
        Err(NotPublishedReport::NotFresh) => Ok(Redirect::to(&paths::sign_in_again(&encode(&page))).into_response()),
        Err(refused @ (NotPublishedReport::SamePerson | NotPublishedReport::Changed)) => {
            let problem = FieldProblem::new("", refused.to_string());
            Ok(wrong(state, session, &page, PUBLISH, vec![problem], Vec::new()).await)
        }
    }
}

/// `POST /desk/report/{id}/discard`
async fn discard(CurrentSession(session): CurrentSession, Path(text): Path<String>) -> Result<Response, Turned> {
    if desk(&session)?.discard(id(&text)?).await? {
        Ok(Redirect::to(&paths::with_query(paths::DESK_REPORT, "done=discarded")).into_response())
    } else {
        Err(Problem::not_found().into())
    }
}

async fn published(state: &AppState, half: &str, number: &str) -> Result<PublishedEdition, Problem> {
    let number = paths::place(number).and_then(|number| u32::try_from(number).ok());
    let (half, number) = Half::parse(half).zip(number).ok_or_else(Problem::not_found)?;
    state.store.edition(half, number).await?.ok_or_else(Problem::not_found)
}

/// One edition as a file, or that the reader has it.
async fn file(
    published: &PublishedEdition,
    headers: &HeaderMap,
    kind: &'static str,
    extension: &str,
    body: Vec<u8>,
) -> Result<Response, Problem> {
    let version = format!("{}-{}", HEXLOWER.encode(&published.sha256), env!("CARGO_PKG_VERSION"));
    let (half, number) = (published.edition.half, published.edition.number);
    downloads::unchanging(headers, &version, async || {
        let name = format!("attachment; filename=\"requests-{half}-edition-{number}.{extension}\"");
        Ok(([(header::CONTENT_TYPE, kind.to_owned()), (header::CONTENT_DISPOSITION, name)], body).into_response())
    })
    .await
}

/// `GET /transparency/editions/{half}/{number}/data.csv`
async fn csv(
    State(state): State<AppState>,
    headers: HeaderMap,
    Path((half, number)): Path<(String, String)>,
) -> Result<Response, Problem> {
    let published = published(&state, &half, &number).await?;
    let body = published.edition.to_csv().map_err(|error| Problem::internal(&error))?;
    file(&published, &headers, "text/csv; charset=utf-8; header=present", "csv", body).await
}

/// `GET /transparency/editions/{half}/{number}/data.json`: the edition as it is kept, to the byte.
async fn json(
    State(state): State<AppState>,
    headers: HeaderMap,
    Path((half, number)): Path<(String, String)>,
) -> Result<Response, Problem> {
    let published = published(&state, &half, &number).await?;
    let body = published.json.clone().into_bytes();
    file(&published, &headers, "application/json", "json", body).await
}
