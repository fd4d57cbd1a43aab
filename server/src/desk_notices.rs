//! The provider's side of notices: written, looked at, issued by somebody else, and answered.

use app::{
    context::FormAnswer,
    paths::{self, DESK_NOTICES},
};
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
use store::{NotIssued, Session, SignedIn, ToWhom};

use crate::{
    pages,
    problem::Problem,
    session::{CurrentSession, Turned, encode, when_fresh},
    state::AppState,
};

/// Room for ten long texts in any script, and for a long list of customers.
const LONGEST_NOTICE: usize = 1 << 20;
/// The fields that hold a day and a clock, as the writer's own shows it.
const MOMENTS: &[&str] = &["found_at"];

fn done(page: &str, what: &str) -> Response {
    Redirect::to(&paths::with_query(page, &format!("done={what}"))).into_response()
}

/// The page again, with what is wrong with its form and what was typed into it.
async fn wrong(
    state: AppState,
    session: Session,
    page: &str,
    form: &str,
    problems: Vec<FieldProblem>,
    typed: Vec<(String, String)>,
) -> Response {
    let answer = FormAnswer { form: form.to_owned(), problems, typed, shown: None };
    pages::answer(state, Some(session), page, answer).await
}

/// The id in an address; what is none is nothing's.
fn id<T: std::str::FromStr>(text: &str) -> Result<T, Problem> {
    text.parse().map_err(|_| Problem::not_found())
}

/// A form as its fields come, some of them more than once.
struct Typed(Vec<(String, String)>);

impl Typed {
    fn first(&self, name: &str) -> &str {
        self.0.iter().find(|(field, _)| field == name).map_or("", |(_, value)| value)
    }

    /// The draft. Its fields have the names of the form's; a kind that nobody writes makes none.
    fn draft(&self, zone: Zone) -> Option<NoticeDraft> {
        let fields = self.0.iter().map(|(name, value)| {
            let value =
                if MOMENTS.contains(&name.as_str()) { moment(value, zone) } else { value.replace("\r\n", "\n") };
            (name.clone(), value.into())
        });
        serde_json::from_value(serde_json::Value::Object(fields.collect())).ok()
    }

    fn to(&self) -> Result<ToWhom, FieldProblem> {
        match self.first("to") {
            "everybody" => Ok(ToWhom::Everybody),
            "these" => {
                let chosen = self.0.iter().filter(|(name, _)| name == "customer");
                let chosen = chosen.filter_map(|(_, id)| id.parse().ok()).collect::<Vec<CustomerId>>();
                if chosen.is_empty() { Err(to_nobody()) } else { Ok(ToWhom::These(chosen)) }
            }
            _ => Err(FieldProblem::new("to", "Choose to whom it goes.")),
        }
    }

    /// The fields in which something of the template is left to fill in.
    fn gaps(&self) -> impl Iterator<Item = FieldProblem> {
        let gaps = self.0.iter().filter(|(_, value)| has_gap(value));
        gaps.map(|(name, _)| FieldProblem::new(name, "has a gap yet: fill in what stands in [… ]"))
    }
}

fn to_nobody() -> FieldProblem {
    FieldProblem::new("to", "Choose at least one customer.")
}

/// What a clock shows, as the moment that it is. Anything else stays as it is, and is refused as that.
fn moment(value: &str, zone: Zone) -> String {
    zone.parse_local(value).map_or_else(|| value.to_owned(), |moment| moment.to_string())
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
    let desk = when_fresh(session.notices(), DESK_NOTICES)?;
    DefaultBodyLimit::max(LONGEST_NOTICE).apply(&mut request);
    let typed = match Form::from_request(request, &()).await {
        Ok(Form(fields)) => Typed(fields),
        Err(rejection) => return Ok(rejection.into_response()),
    };
    let draft = typed.draft(zone(&session)).ok_or_else(Problem::not_found)?;
    let to = typed.to();
    let mut problems = draft.check(state.store.now()).err().unwrap_or_default();
    problems.extend(typed.gaps());
    problems.extend(to.as_ref().err().cloned());
    if let (Ok(to), true) = (to, problems.is_empty()) {
        match desk.write(&draft, to).await? {
            Ok(id) => {
                if let Ok(instead) = typed.first("instead").parse() {
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
    let value = |name| encode(typed.first(name));
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
    let desk = when_fresh(session.notices(), DESK_NOTICES)?;
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
    let desk = when_fresh(session.notices(), DESK_NOTICES)?;
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
    let desk = when_fresh(session.notices(), DESK_NOTICES)?;
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
