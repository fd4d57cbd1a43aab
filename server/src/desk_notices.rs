//! The provider's side of notices: written, looked at, issued by somebody else, and answered.

use app::paths::{self, DESK_NOTICES};
use axum::{
    Form,
    extract::{DefaultBodyLimit, FromRequest, Path, Request, State},
    response::{IntoResponse, Redirect, Response},
};
use domain::{
    CustomerId, FieldProblem, NoticeId, Zone,
    notice::{NoticeDraft, has_gap},
};
use serde::Deserialize;
use store::{NotIssued, NoticeDesk, Session, SignedIn, ToWhom};

use crate::{
    forms::{Fields, id, moment, wrong},
    problem::Problem,
    session::{CurrentSession, Turned, encode},
    state::AppState,
};

/// Room for ten long texts in any script, and for a long list of customers.
const LONGEST_NOTICE: usize = 1 << 20;
/// The fields that hold a day and a clock, as the writer's own shows it.
const MOMENTS: &[&str] = &["found_at"];

/// The right to write notices and to answer; issuing asks for a fresh sign-in itself.
fn desk(session: &Session) -> Result<NoticeDesk, Problem> {
    session.notices().map_err(|_| Problem::not_found())
}

fn done(page: &str, what: &str) -> Response {
    Redirect::to(&paths::with_query(page, &format!("done={what}"))).into_response()
}

/// The draft. Its fields have the names of the form's; a kind that nobody writes makes none.
fn draft(fields: &Fields, zone: Zone) -> Option<NoticeDraft> {
    let fields = fields.0.iter().map(|(name, value)| {
        let value = if MOMENTS.contains(&name.as_str()) { moment(value, zone) } else { value.replace("\r\n", "\n") };
        (name.clone(), value.into())
    });
    serde_json::from_value(serde_json::Value::Object(fields.collect())).ok()
}

fn to(fields: &Fields) -> Result<ToWhom, FieldProblem> {
    match fields.get("to") {
        "everybody" => Ok(ToWhom::Everybody),
        "these" => {
            let chosen = fields.all("customer").map(str::parse::<CustomerId>).collect::<Result<Vec<_>, _>>();
            // What is no id was not chosen on our page.
            chosen.ok().filter(|chosen| !chosen.is_empty()).map(ToWhom::These).ok_or_else(to_nobody)
        }
        _ => Err(FieldProblem::new("to", "Choose to whom it goes.")),
    }
}

/// The fields in which something of the template is left to fill in.
fn gaps(fields: &Fields) -> impl Iterator<Item = FieldProblem> {
    let gaps = fields.0.iter().filter(|(_, value)| has_gap(value));
    gaps.map(|(name, _)| FieldProblem::new(name, "has a gap yet: fill in what stands in [… ]"))
}

fn to_nobody() -> FieldProblem {
    FieldProblem::new("to", "Choose at least one customer.")
}

/// A problem of the draft as one of the form: its pointer names the draft's field, which has the form's name. A form
/// doesn't ask for times as programs write them.
fn of_form(problem: FieldProblem) -> FieldProblem {
    let field = problem.field.trim_start_matches('/').to_owned();
    let written = MOMENTS.contains(&field.as_str()) && problem.reason.contains("RFC 3339");
    let reason =
        if written { "is missing, or no time that clocks show on that day".to_owned() } else { problem.reason };
    FieldProblem { field, reason }
}

/// `POST /desk/notices/new`
pub async fn write(
    State(state): State<AppState>,
    CurrentSession(session): CurrentSession,
    mut request: Request,
) -> Result<Response, Turned> {
    let desk = desk(&session)?;
    DefaultBodyLimit::max(LONGEST_NOTICE).apply(&mut request);
    let typed = match Form::from_request(request, &()).await {
        Ok(Form(fields)) => Fields(fields),
        Err(rejection) => return Ok(rejection.into_response()),
    };
    let draft = draft(&typed, zone(&session)).ok_or_else(Problem::not_found)?;
    let to = to(&typed);
    let mut problems = draft.check(state.store.now()).err().unwrap_or_default();
    problems.extend(gaps(&typed));
    problems.extend(to.as_ref().err().cloned());
    if let (Ok(to), true) = (to, problems.is_empty()) {
        match desk.write(&draft, to).await? {
            Ok(id) => {
                if let Ok(instead) = typed.get("instead").parse() {
                    // Whoever issued or threw away that one in the meantime did; this one stays all the same.
                    desk.discard(instead).await?.ok();
                }
                return Ok(done(&paths::fill(paths::DESK_NOTICE_DRAFT, id), "kept"));
            }
            Err(NotIssued::Fields(wrong)) => problems = wrong,
            Err(_) => problems.push(to_nobody()),
        }
    }
    let problems = problems.into_iter().map(of_form).collect();
    let value = |name| encode(typed.get(name));
    let query = format!("kind={}&language={}&draft={}", value("kind"), value("language"), value("instead"));
    let page = paths::with_query(paths::DESK_NOTICE_NEW, &query);
    Ok(wrong(state, session, &page, "notice", problems, typed.0).await)
}

/// In which zone whoever asks reads times.
fn zone(session: &Session) -> Zone {
    match &session.signed_in {
        SignedIn::Staff(staff) => staff.zone,
        SignedIn::Member(member) => member.zone,
    }
}

/// `POST /desk/notices/drafts/{id}/issue`
pub async fn issue(
    State(state): State<AppState>,
    CurrentSession(session): CurrentSession,
    Path(text): Path<String>,
) -> Result<Response, Turned> {
    let desk = desk(&session)?;
    let id = id(&text)?;
    let page = paths::fill(paths::DESK_NOTICE_DRAFT, id);
    let problem = match desk.issue(id).await? {
        Ok(_) => return Ok(done(DESK_NOTICES, "issued")),
        Err(NotIssued::NotFound) => return Err(Problem::not_found().into()),
        Err(NotIssued::NotFresh) => return Err(Turned::ToSignInAgain { back_to: page }),
        Err(NotIssued::SamePerson) => "You wrote this notice: somebody else has to issue it.".to_owned(),
        Err(NotIssued::Nobody) => "There is no customer left that it would go to.".to_owned(),
        Err(NotIssued::Fields(problems)) => problems.into_iter().map(|problem| problem.reason).collect(),
    };
    Ok(wrong(state, session, &page, "draft", vec![FieldProblem::new("", problem)], Vec::new()).await)
}

/// `POST /desk/notices/drafts/{id}/discard`
pub async fn discard(CurrentSession(session): CurrentSession, Path(text): Path<String>) -> Result<Response, Turned> {
    let desk = desk(&session)?;
    match desk.discard(id(&text)?).await? {
        Ok(()) => Ok(done(DESK_NOTICES, "discarded")),
        Err(_) => Err(Problem::not_found().into()),
    }
}

#[derive(Deserialize)]
pub struct AnswerForm {
    body: String,
}

/// `POST /desk/notices/{id}/answer`
pub async fn answer(
    State(state): State<AppState>,
    CurrentSession(session): CurrentSession,
    Path(text): Path<String>,
    Form(form): Form<AnswerForm>,
) -> Result<Response, Turned> {
    let desk = desk(&session)?;
    let id: NoticeId = id(&text)?;
    let page = paths::fill(paths::DESK_NOTICE, id);
    match desk.answer(id, &form.body.replace("\r\n", "\n")).await? {
        None => Err(Problem::not_found().into()),
        Some(Ok(())) => Ok(done(&page, "answered")),
        Some(Err(problem)) => {
            let problem = FieldProblem { field: "body".to_owned(), ..problem };
            let typed = vec![("body".to_owned(), form.body)];
            Ok(wrong(state, session, &page, "answer", vec![problem], typed).await)
        }
    }
}
