//! A customer's notices: taken away as files, with the copies that came with them, and answered.

use app::{context::FormAnswer, paths};
use axum::{
    Form,
    extract::{Path, RawQuery, State},
    response::{IntoResponse, Redirect, Response},
};
use domain::{
    FieldProblem, TrailAct,
    notice::{NOTICE_CSV_HEADER, NoticeEntry, NoticeFilter, NoticeListView},
};
use serde::Deserialize;
use store::{MessageKind, NotSaid, Session};

use crate::{
    downloads, pages,
    problem::Problem,
    session::{CurrentMember, CurrentSession},
    state::AppState,
};

/// As with the record, a filter that can't be read is an error, and what is taken away is told in the trail first.
async fn told(session: &Session, format: &str, query: Option<String>) -> Result<NoticeFilter, Problem> {
    let (view, problems) = NoticeListView::from_query(query.as_deref().unwrap_or_default());
    if !problems.is_empty() {
        return Err(Problem::invalid_query(problems));
    }
    let filtered = view.filter.to_query();
    let subject = if filtered.is_empty() { format.to_owned() } else { format!("{format}, {filtered}") };
    session.tell_download(TrailAct::NoticesDownloaded, &subject).await?;
    Ok(view.filter)
}

/// `GET /portal/notices.csv`
pub async fn csv_download(
    CurrentSession(session): CurrentSession,
    CurrentMember(member): CurrentMember,
    RawQuery(query): RawQuery,
) -> Result<Response, Problem> {
    let entries = member.notices.export(told(&session, "CSV", query).await?);
    downloads::csv(entries, NOTICE_CSV_HEADER, NoticeEntry::csv_cells, "notices.csv")
}

/// `GET /portal/notices.json`
pub async fn json_download(
    CurrentSession(session): CurrentSession,
    CurrentMember(member): CurrentMember,
    RawQuery(query): RawQuery,
) -> Result<Response, Problem> {
    Ok(downloads::json(member.notices.export(told(&session, "JSON", query).await?), "notices.json"))
}

/// `GET /portal/notices.ndjson`
pub async fn ndjson_download(
    CurrentSession(session): CurrentSession,
    CurrentMember(member): CurrentMember,
    RawQuery(query): RawQuery,
) -> Result<Response, Problem> {
    Ok(downloads::ndjson(member.notices.export(told(&session, "NDJSON", query).await?), "notices.ndjson"))
}

/// `GET /portal/notices/{sequence}/documents/{id}`
pub async fn copy(
    CurrentMember(member): CurrentMember,
    Path((sequence, id)): Path<(String, String)>,
) -> Result<Response, Problem> {
    let id = id.parse().map_err(|_| Problem::not_found())?;
    let document = member.notices.copy(place(&sequence)?, id).await?;
    Ok(downloads::document(document.ok_or_else(Problem::not_found)?))
}

fn place(text: &str) -> Result<i64, Problem> {
    paths::place(text).ok_or_else(Problem::not_found)
}

#[derive(Deserialize)]
pub struct Words {
    #[serde(default)]
    body: String,
}

/// `POST /portal/notices/{sequence}/acknowledge`
pub async fn acknowledge(
    state: State<AppState>,
    session: CurrentSession,
    member: CurrentMember,
    place: Path<String>,
    words: Form<Words>,
) -> Result<Response, Problem> {
    say(state, session, member, place, words, MessageKind::Acknowledgement).await
}

/// `POST /portal/notices/{sequence}/comment`
pub async fn comment(
    state: State<AppState>,
    session: CurrentSession,
    member: CurrentMember,
    place: Path<String>,
    words: Form<Words>,
) -> Result<Response, Problem> {
    say(state, session, member, place, words, MessageKind::Comment).await
}

/// `POST /portal/notices/{sequence}/ask`
pub async fn ask(
    state: State<AppState>,
    session: CurrentSession,
    member: CurrentMember,
    place: Path<String>,
    words: Form<Words>,
) -> Result<Response, Problem> {
    say(state, session, member, place, words, MessageKind::Question).await
}

/// `POST /portal/notices/{sequence}/object`
pub async fn object(
    state: State<AppState>,
    session: CurrentSession,
    member: CurrentMember,
    place: Path<String>,
    words: Form<Words>,
) -> Result<Response, Problem> {
    say(state, session, member, place, words, MessageKind::Objection).await
}

/// Says something, and leads back to the notice.
async fn say(
    State(state): State<AppState>,
    CurrentSession(session): CurrentSession,
    CurrentMember(member): CurrentMember,
    Path(sequence): Path<String>,
    Form(Words { body }): Form<Words>,
    kind: MessageKind,
) -> Result<Response, Problem> {
    let sequence = place(&sequence)?;
    let page = paths::notice(sequence);
    let done = |what: &str| Redirect::to(&paths::with_query(&page, &format!("done={what}"))).into_response();
    // Where the form is gone from the page by now, what was typed stands in the one that is left.
    let (form, problem) = match member.notices.say(sequence, kind, &body).await? {
        Ok(()) => return Ok(done(kind.code())),
        Err(NotSaid::NotFound | NotSaid::NotAllowed) => return Err(Problem::not_found()),
        Err(NotSaid::Already) if body.trim().is_empty() => return Ok(done("already")),
        Err(NotSaid::Already) => ("write", FieldProblem::new("", ALREADY)),
        Err(NotSaid::TooLate) => ("write", FieldProblem::new("", TOO_LATE)),
        Err(NotSaid::Field(problem)) => (form_of(kind), problem),
    };
    let typed = vec![("body".to_owned(), body)];
    let answer = FormAnswer { form: form.to_owned(), problems: vec![problem], typed, shown: None };
    Ok(pages::answer(state, Some(session), &page, answer).await)
}

const ALREADY: &str = "Somebody of your organisation acknowledged this notice before you. What you wrote is kept in the \
                       form below: send it as a comment or as a question.";
const TOO_LATE: &str = "Not sent: no objection to this notice counts any more. What you wrote is kept in the form below: \
                        send it as a question, and the provider reads it.";

/// The form on the notice's page that says this.
fn form_of(kind: MessageKind) -> &'static str {
    match kind {
        MessageKind::Acknowledgement => "acknowledge",
        MessageKind::Objection => "object",
        MessageKind::Comment | MessageKind::Question | MessageKind::Answer => "write",
    }
}
