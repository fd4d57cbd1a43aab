//! Published statistics at the desk: uploaded by one person, looked at, imported by another.

use app::paths;
use axum::{
    extract::{Multipart, Path, State},
    response::{IntoResponse, Redirect, Response},
};
use chrono::NaiveDate;
use domain::{FieldProblem, statistics::Half};
use store::{NotImported, Session, StatisticsDesk, Upload, UploadedFile};
use uuid::Uuid;

use crate::{
    downloads,
    forms::{id, parts, wrong},
    problem::Problem,
    session::{CurrentSession, Turned, encode},
    state::AppState,
};

/// A form with files, in bytes. The largest of the publishers' are far smaller.
pub const LONGEST_UPLOAD: usize = 16 << 20;

/// The forms' names in their answers.
const UPLOAD: &str = "upload";
const IMPORT: &str = "import";

fn desk(session: &Session) -> Result<StatisticsDesk, Problem> {
    session.statistics().map_err(|_| Problem::not_found())
}

/// `POST /desk/statistics`: files, to be looked at.
pub async fn upload(
    State(state): State<AppState>,
    CurrentSession(session): CurrentSession,
    form: Multipart,
) -> Result<Response, Turned> {
    let desk = desk(&session)?;
    let (typed, files) = match parts(form).await {
        Ok(sent) => sent,
        Err(error) => {
            let problem = FieldProblem::new("", format!("What was sent can’t be read: {}.", error.body_text()));
            return Ok(wrong(state, session, paths::STATISTICS, UPLOAD, vec![problem], Vec::new()).await);
        }
    };
    let mut problems = Vec::new();
    if files.is_empty() {
        problems.push(FieldProblem::new("files", "is missing: choose at least one file"));
    }
    let today = state.store.now().day();
    let retrieved = match typed.get("retrieved") {
        "" => {
            let reason =
                "is missing: say when the files were downloaded, as readers see the newest download of a period";
            problems.push(FieldProblem::new("retrieved", reason));
            today
        }
        text => NaiveDate::parse_from_str(text, "%Y-%m-%d").unwrap_or_else(|_| {
            problems.push(FieldProblem::new("retrieved", format!("`{text}` is no day such as 2026-03-01")));
            today
        }),
    };
    if retrieved > today {
        problems.push(FieldProblem::new("retrieved", "is a day to come: say when the files were downloaded"));
    }
    let stated = |name| Some(typed.text(name)).filter(|text| !text.is_empty());
    let period = stated("period").and_then(|text| {
        let period = Half::parse(&text);
        if period.is_none() {
            let reason = format!("`{text}` is no half-year such as 2013-H1, nor a year");
            problems.push(FieldProblem::new("period", reason));
        }
        period
    });
    if !problems.is_empty() {
        return Ok(wrong(state, session, paths::STATISTICS, UPLOAD, problems, typed.0).await);
    }
    let (title, service) = (stated("source"), stated("service"));
    let files = files.into_iter().map(|sent| UploadedFile { name: sent.name, body: sent.body }).collect();
    let upload = desk.upload(Upload::new(files, retrieved, title, period, service)).await?;
    let page = paths::fill(paths::STATISTICS_UPLOAD, upload);
    Ok(Redirect::to(&paths::with_query(&page, "done=uploaded")).into_response())
}

/// `POST /desk/statistics/uploads/{id}/import`
pub async fn import(
    State(state): State<AppState>,
    CurrentSession(session): CurrentSession,
    Path(text): Path<String>,
) -> Result<Response, Turned> {
    let desk = desk(&session)?;
    let page = paths::fill(paths::STATISTICS_UPLOAD, id::<Uuid>(&text)?);
    let sentence = match desk.import(id(&text)?).await? {
        Ok(_) => return Ok(Redirect::to(&paths::with_query(paths::STATISTICS, "done=imported")).into_response()),
        Err(NotImported::NotFound) => return Err(Problem::not_found().into()),
        Err(NotImported::NotFresh) => {
            return Ok(Redirect::to(&paths::sign_in_again(&encode(&page))).into_response());
        }
        Err(NotImported::SamePerson) => "You uploaded it: somebody else has to import it.".to_owned(),
        Err(NotImported::Refused { file, refused }) => format!("{file}:{refused}. Nothing was imported."),
    };
    Ok(wrong(state, session, &page, IMPORT, vec![FieldProblem::new("", sentence)], Vec::new()).await)
}

/// `POST /desk/statistics/uploads/{id}/discard`
pub async fn discard(CurrentSession(session): CurrentSession, Path(text): Path<String>) -> Result<Response, Turned> {
    if desk(&session)?.discard(id(&text)?).await? {
        Ok(Redirect::to(&paths::with_query(paths::STATISTICS, "done=discarded")).into_response())
    } else {
        Err(Problem::not_found().into())
    }
}

/// `GET /desk/statistics/imports/{id}/original`: an imported file, byte by byte.
pub async fn original(
    State(state): State<AppState>,
    CurrentSession(session): CurrentSession,
    Path(text): Path<String>,
) -> Result<Response, Turned> {
    desk(&session)?;
    let import = paths::place(&text).ok_or_else(Problem::not_found)?;
    let (name, body) = state.store.statistics().original(import).await?.ok_or_else(Problem::not_found)?;
    Ok(downloads::document(store::Document { name, media_type: "text/csv".to_owned(), body }))
}
