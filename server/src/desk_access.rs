//! What the provider's people do about access to customers' data: asking, answering, and deciding where a customer wants
//! the provider's manager too.

use app::paths;
use axum::{
    Form,
    extract::State,
    response::{IntoResponse, Redirect, Response},
};
use domain::{
    FieldProblem,
    grant::{Ending, RequestDraft},
};
use store::{AccessDesk, NotAskedFor};

use crate::{
    forms::{Fields, wrong},
    grant_form::GrantForm,
    problem::Problem,
    session::{CurrentSession, Turned},
    state::AppState,
};

/// The form's name on the page that has it.
const FORM: &str = "ask";

fn desk(form: &GrantForm) -> Result<AccessDesk, Problem> {
    form.session.access_desk().map_err(|_| Problem::not_found())
}

/// `POST /desk/access`
pub async fn ask(
    State(state): State<AppState>,
    CurrentSession(session): CurrentSession,
    Form(typed): Form<Vec<(String, String)>>,
) -> Result<Response, Problem> {
    let desk = session.access_desk().map_err(|_| Problem::not_found())?;
    let fields = Fields(typed);
    let (draft, mut problems) = draft(&fields);
    let asked = (draft.resources.clone(), draft.countries.clone());
    match desk.ask(draft).await? {
        Ok(grant) => {
            let page = paths::with_query(&paths::fill(paths::DESK_GRANT, grant.id), "done=asked");
            return Ok(Redirect::to(&page).into_response());
        }
        Err(NotAskedFor::NotAllowed) => return Err(Problem::not_found()),
        // The same form was sent before with something else in it.
        Err(NotAskedFor::Conflict(id)) => {
            let sentence =
                format!("This form asked for something else before, as {id}. Open the page again to ask anew.");
            problems.push(FieldProblem::new("", sentence));
        }
        Err(NotAskedFor::Fields(found)) => problems.extend(found.into_iter().map(|problem| of_field(problem, &asked))),
    }
    Ok(wrong(state, session, paths::DESK_ACCESS, FORM, problems, fields.0).await)
}

/// A request as the form sent it, and what can't be read of it.
fn draft(fields: &Fields) -> (RequestDraft, Vec<FieldProblem>) {
    let some = |name: &str| Some(fields.get(name).replace("\r\n", "\n")).filter(|text| !text.is_empty());
    let parts = |name: &str, apart: fn(char) -> bool| {
        let parts = fields.get(name).split(apart).map(str::trim).filter(|part| !part.is_empty());
        parts.map(str::to_owned).collect::<Vec<_>>()
    };
    let minutes = some("minutes").map(|minutes| minutes.parse::<u32>());
    let problems = match minutes {
        Some(Err(_)) => vec![FieldProblem::new("minutes", "is no number of minutes")],
        _ => Vec::new(),
    };
    let draft = RequestDraft {
        customer: some("customer"),
        accessor: some("accessor"),
        countries: parts("countries", |c| c == ',' || c.is_whitespace())
            .iter()
            .map(|code| code.to_uppercase())
            .collect(),
        employer: some("employer"),
        justification: some("justification"),
        minutes: minutes.and_then(Result::ok),
        operations: fields.all("operation").map(str::to_owned).collect(),
        purpose: some("purpose"),
        reference: some("reference"),
        resources: parts("resources", |c| c == '\n'),
        role: some("role"),
        service: some("service"),
        ticket: some("ticket"),
    };
    (draft, problems)
}

/// A problem that names its field as JSON does, as the form's field that it is about.
fn of_field(problem: FieldProblem, (resources, countries): &(Vec<String>, Vec<String>)) -> FieldProblem {
    let mut parts = problem.field.trim_start_matches('/').split('/');
    let (field, place) = (parts.next().unwrap_or_default(), parts.next().and_then(|place| place.parse::<usize>().ok()));
    let listed = match field {
        "resources" => resources.as_slice(),
        "countries" => countries.as_slice(),
        _ => &[],
    };
    let reason = match place.and_then(|place| listed.get(place)) {
        Some(entry) => {
            // Some rules name it themselves.
            let reason = problem.reason.strip_prefix(&format!("`{entry}` ")).unwrap_or(&problem.reason);
            format!("“{entry}” {reason}")
        }
        None => problem.reason,
    };
    FieldProblem::new(field, reason)
}

/// `POST /desk/access/{id}/approve`
pub async fn approve(form: GrantForm) -> Result<Response, Turned> {
    let desk = desk(&form)?;
    if desk.grant(form.grant).await?.is_none() {
        return Err(Problem::not_found().into());
    }
    let extent = match form.extent() {
        Ok(extent) => extent,
        Err(problem) => return Ok(form.wrong(problem).await),
    };
    let done = desk.approve(form.grant, form.revision(), extent).await;
    form.answer(done).await
}

/// `POST /desk/access/{id}/deny`
pub async fn deny(form: GrantForm) -> Result<Response, Turned> {
    let done = desk(&form)?.deny(form.grant, form.revision(), &form.words("reason")).await;
    form.answer(done).await
}

/// `POST /desk/access/{id}/question`
pub async fn question(form: GrantForm) -> Result<Response, Turned> {
    let done = desk(&form)?.question(form.grant, form.revision(), &form.words("question")).await;
    form.answer(done).await
}

/// `POST /desk/access/{id}/answer`
pub async fn answer(form: GrantForm) -> Result<Response, Turned> {
    let done = desk(&form)?.answer(form.grant, form.revision(), &form.words("answer")).await;
    form.answer(done).await
}

/// `POST /desk/access/{id}/withdraw`
pub async fn withdraw(form: GrantForm) -> Result<Response, Turned> {
    let done = desk(&form)?.withdraw(form.grant, form.revision(), &form.words("reason")).await;
    form.answer(done).await
}

/// `POST /desk/access/{id}/end`
pub async fn end(form: GrantForm) -> Result<Response, Turned> {
    let how = match form.fields.get("how") {
        "ticket_closed" => Ending::TicketClosed,
        _ => Ending::Hand,
    };
    let done = desk(&form)?.end(form.grant, form.revision(), how).await;
    form.answer(done).await
}

/// `POST /desk/access/{id}/revoke`
pub async fn revoke(form: GrantForm) -> Result<Response, Turned> {
    let done = desk(&form)?.revoke(form.grant, form.revision(), &form.words("reason")).await;
    form.answer(done).await
}
