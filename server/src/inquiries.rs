//! What a customer asks and disputes about accesses, and what the provider answers and decides.

use std::collections::BTreeSet;

use app::paths;
use axum::{
    Form,
    extract::{Path, State},
    response::{IntoResponse, Redirect, Response},
};
use domain::{
    FieldProblem, InquiryId,
    finding::FindingKey,
    inquiry::{DecisionDraft, SaidKind},
};
use serde::Deserialize;
use store::{NotAsked, NotDecided, Session};

use crate::{
    forms::{id, wrong},
    problem::Problem,
    session::{CurrentMember, CurrentSession, Turned},
    state::AppState,
};

#[derive(Deserialize)]
pub struct Words {
    #[serde(default)]
    body: String,
    /// The key of the finding that the question comes from.
    #[serde(default)]
    finding: String,
}

const ALREADY: &str = "A dispute of this is open already. What you wrote is kept in the form below: send it as a question, \
                       and whoever decides reads it.";
/// The form's name on the pages that have it.
const FORM: &str = "ask";

fn place(text: &str) -> Result<i64, Problem> {
    paths::place(text).ok_or_else(Problem::not_found)
}

fn done(page: &str, what: &str) -> Response {
    Redirect::to(&paths::with_query(page, &format!("done={what}"))).into_response()
}

/// `POST /portal/access/{sequence}/ask`
pub async fn ask(
    state: State<AppState>,
    session: CurrentSession,
    member: CurrentMember,
    access: Path<String>,
    words: Form<Words>,
) -> Result<Response, Problem> {
    open(state, session, member, access, words, SaidKind::Question).await
}

/// `POST /portal/access/{sequence}/dispute`
pub async fn dispute(
    state: State<AppState>,
    session: CurrentSession,
    member: CurrentMember,
    access: Path<String>,
    words: Form<Words>,
) -> Result<Response, Problem> {
    open(state, session, member, access, words, SaidKind::Dispute).await
}

/// Opens an inquiry, and leads to it.
async fn open(
    State(state): State<AppState>,
    CurrentSession(session): CurrentSession,
    CurrentMember(member): CurrentMember,
    Path(access): Path<String>,
    Form(Words { body, finding: key }): Form<Words>,
    kind: SaidKind,
) -> Result<Response, Problem> {
    let access = place(&access)?;
    let body = body.replace("\r\n", "\n");
    let promise = state.config.answer_within_working_days;
    let finding = match FindingKey::parse(&key) {
        Some(key) => member.findings.open(&key).await?.filter(|finding| finding.accesses.contains(&access)),
        None => None,
    };
    let asked = match &finding {
        Some(finding) => member.inquiries.ask_about(finding, access, kind, &body, promise).await?,
        None => member.inquiries.ask(&BTreeSet::from([access]), kind, &body, promise).await?,
    };
    let sequence = match asked {
        Ok(sequence) => sequence,
        Err(not) => {
            let typed = [("body", body), ("finding", key)];
            return not_asked(state, session, &paths::access_record(access), not, typed).await;
        }
    };
    Ok(done(&paths::fill(paths::INQUIRY, sequence), kind.code()))
}

/// `POST /portal/inquiries/{sequence}/ask`
pub async fn ask_more(
    state: State<AppState>,
    session: CurrentSession,
    member: CurrentMember,
    place: Path<String>,
    words: Form<Words>,
) -> Result<Response, Problem> {
    go_on(state, session, member, place, words, SaidKind::Question).await
}

/// `POST /portal/inquiries/{sequence}/dispute`
pub async fn dispute_it(
    state: State<AppState>,
    session: CurrentSession,
    member: CurrentMember,
    place: Path<String>,
    words: Form<Words>,
) -> Result<Response, Problem> {
    go_on(state, session, member, place, words, SaidKind::Dispute).await
}

async fn go_on(
    State(state): State<AppState>,
    CurrentSession(session): CurrentSession,
    CurrentMember(member): CurrentMember,
    Path(sequence): Path<String>,
    Form(Words { body, .. }): Form<Words>,
    kind: SaidKind,
) -> Result<Response, Problem> {
    let sequence = place(&sequence)?;
    let page = paths::fill(paths::INQUIRY, sequence);
    let body = body.replace("\r\n", "\n");
    let promise = state.config.answer_within_working_days;
    match member.inquiries.go_on(sequence, kind, &body, promise).await? {
        Ok(()) => Ok(done(&page, kind.code())),
        Err(not) => not_asked(state, session, &page, not, [("body", body)]).await,
    }
}

async fn not_asked(
    state: AppState,
    session: Session,
    page: &str,
    not: NotAsked,
    typed: impl IntoIterator<Item = (&'static str, String)>,
) -> Result<Response, Problem> {
    let problem = match not {
        NotAsked::NotFound | NotAsked::NotAllowed => return Err(Problem::not_found()),
        NotAsked::Already => FieldProblem::new("", ALREADY),
        NotAsked::Field(problem) => problem,
    };
    let typed = typed.into_iter().map(|(name, value)| (name.to_owned(), value)).collect();
    Ok(wrong(state, session, page, FORM, vec![problem], typed).await)
}

/// `POST /desk/inquiries/{id}/answer`
pub async fn answer(
    State(state): State<AppState>,
    CurrentSession(session): CurrentSession,
    Path(text): Path<String>,
    Form(Words { body, .. }): Form<Words>,
) -> Result<Response, Problem> {
    let desk = session.inquiries().map_err(|_| Problem::not_found())?;
    let inquiry: InquiryId = id(&text)?;
    let page = paths::fill(paths::DESK_INQUIRY, inquiry);
    match desk.answer(inquiry, &body.replace("\r\n", "\n")).await? {
        None => Err(Problem::not_found()),
        Some(Ok(())) => Ok(done(&page, "answered")),
        Some(Err(problem)) => {
            Ok(wrong(state, session, &page, "answer", vec![problem], vec![("body".to_owned(), body)]).await)
        }
    }
}

/// `POST /desk/inquiries/{id}/decide`
pub async fn decide(
    State(state): State<AppState>,
    CurrentSession(session): CurrentSession,
    Path(text): Path<String>,
    Form(typed): Form<Vec<(String, String)>>,
) -> Result<Response, Turned> {
    let desk = session.inquiries().map_err(|_| Problem::not_found())?;
    let inquiry: InquiryId = id(&text)?;
    let page = paths::fill(paths::DESK_INQUIRY, inquiry);
    let field = |name: &str| {
        let typed = typed.iter().find(|(known, _)| known == name);
        typed.map(|(_, value)| value.replace("\r\n", "\n")).unwrap_or_default()
    };
    let draft = DecisionDraft {
        outcome: field("outcome"),
        reason: field("reason"),
        consequence: field("consequence"),
        record: field("record"),
        remedy: field("remedy"),
        purpose: field("purpose"),
        justification: field("justification"),
        ticket: field("ticket"),
    };
    let problems = match desk.decide(inquiry, &draft).await? {
        Ok(()) => return Ok(done(&page, "decided")),
        Err(NotDecided::NotFound) => return Err(Problem::not_found().into()),
        Err(NotDecided::NotFresh) => return Err(Turned::ToSignInAgain { back_to: page }),
        Err(NotDecided::NotDisputed) => vec![FieldProblem::new("", "No dispute is open here any more.")],
        Err(NotDecided::Fields(problems)) => problems,
    };
    // Where the form is gone by now, what is wrong stands in the one that is left.
    let form = if problems.iter().any(|problem| problem.field.is_empty()) { "answer" } else { "decide" };
    Ok(wrong(state, session, &page, form, problems, typed).await)
}
