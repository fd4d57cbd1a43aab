//! Terms at the desk: written or brought in as files, looked at, published by somebody else.

use app::paths;
use axum::{
    extract::{Multipart, Path, State, multipart::MultipartError},
    response::{IntoResponse, Redirect, Response},
};
use domain::{
    DocumentId, FieldProblem, TermVersionId,
    terms::{FieldForm, PublishedTerm, TermDocument, TermKind, TermVersion, VersionProblem},
};
use serde_json::{Map, Value};
use store::{NotProposed, NotPublished, Session, TermsDesk};
use uuid::Uuid;

use super::file::{self, Entry};
use crate::{
    downloads,
    forms::{Fields, Sent, id, parts as read, wrong},
    problem::Problem,
    session::{CurrentSession, Turned, encode},
    state::AppState,
};

/// The forms' names in their answers.
const TERM: &str = "term";
const IMPORT: &str = "import";
const PROPOSAL: &str = "proposal";

fn desk(session: &Session) -> Result<TermsDesk, Problem> {
    session.terms().map_err(|_| Problem::not_found())
}

/// A problem of a version as one of the form's: an entry of a list is a line of its field.
fn of_form(problem: FieldProblem) -> FieldProblem {
    let pointer = problem.field.trim_start_matches('/');
    match pointer.split_once('/') {
        Some((field, place)) => {
            let line = place.parse::<usize>().map_or(1, |place| place + 1);
            FieldProblem::new(field, format!("the line {line} is wrong: {}", problem.reason))
        }
        None => FieldProblem::new(pointer, problem.reason),
    }
}

/// `POST /desk/terms/new`: one version, for somebody else to publish.
pub async fn propose(
    State(state): State<AppState>,
    CurrentSession(session): CurrentSession,
    parts: Multipart,
) -> Result<Response, Turned> {
    let desk = desk(&session)?;
    let (mut typed, files) = match read(parts).await {
        Ok(sent) => sent,
        Err(error) => return Ok(unreadable(state, session, paths::TERMS, TERM, &error).await),
    };
    let kind = TermKind::from_code(typed.get("kind")).ok_or_else(Problem::not_found)?;
    let mut problems = Vec::new();
    for sent in files {
        let Some(field) = sent.field.strip_suffix("_file") else { continue };
        match desk.keep_paper(&sent.name, &sent.body).await? {
            Ok(paper) => {
                // It is kept: if something else is wrong, nobody chooses it again.
                typed.0.retain(|(name, _)| name != field);
                typed.0.push((field.to_owned(), serde_json::to_string(&paper).map_err(|e| Problem::internal(&e))?));
            }
            Err(problem) => problems.push(FieldProblem::new(field, problem.reason)),
        }
    }
    if problems.is_empty() {
        match TermVersion::read(Value::Object(version_fields(kind, &typed))) {
            Err(wrong) => problems = wrong,
            Ok(version) => match desk.propose(&version.name(), vec![version]).await? {
                Ok(proposal) => {
                    if let Ok(instead) = typed.get("instead").parse::<Uuid>() {
                        // Whoever published or threw that one away meanwhile did; this one stays all the same.
                        desk.discard(instead).await?;
                    }
                    let page = paths::fill(paths::TERMS_PROPOSAL, proposal);
                    return Ok(Redirect::to(&paths::with_query(&page, "done=proposed")).into_response());
                }
                Err(NotProposed::Problems(wrong)) => {
                    problems = wrong.into_iter().map(|VersionProblem { problem, .. }| problem).collect();
                }
                Err(NotProposed::Nothing) => {
                    problems.push(FieldProblem::new("", "The same is published or waits for publication already."));
                }
            },
        }
    }
    let problems = problems.into_iter().map(of_form).collect();
    let value = |name| encode(typed.get(name));
    let query = format!("kind={}&after={}&proposal={}", kind.code(), value("after"), value("instead"));
    let page = paths::with_query(paths::TERMS_NEW, &query);
    Ok(wrong(state, session, &page, TERM, problems, typed.0).await)
}

/// A form's fields as those of a version: what is empty is not stated, and a paper is what was kept.
fn version_fields(kind: TermKind, typed: &Fields) -> Map<String, Value> {
    let is_paper =
        |name: &str| kind.fields().iter().any(|field| field.name == name && matches!(field.form, FieldForm::Document));
    let not_stated = ["instead", "after"];
    typed
        .0
        .iter()
        .filter(|(name, value)| !value.trim().is_empty() && !not_stated.contains(&name.as_str()))
        .map(|(name, value)| {
            let paper = is_paper(name).then(|| serde_json::from_str(value).ok()).flatten();
            (name.clone(), paper.unwrap_or_else(|| Value::String(value.clone())))
        })
        .collect()
}

async fn unreadable(state: AppState, session: Session, page: &str, form: &str, error: &MultipartError) -> Response {
    let problem = FieldProblem::new("", format!("What was sent can’t be read: {}.", error.body_text()));
    wrong(state, session, page, form, vec![problem], Vec::new()).await
}

/// `POST /desk/terms/import`: files of terms, with the papers that they name.
pub async fn import(
    State(state): State<AppState>,
    CurrentSession(session): CurrentSession,
    parts: Multipart,
) -> Result<Response, Turned> {
    let desk = desk(&session)?;
    let (typed, files) = match read(parts).await {
        Ok(sent) => sent,
        Err(error) => return Ok(unreadable(state, session, paths::TERMS, IMPORT, &error).await),
    };
    let (terms, papers): (Vec<_>, Vec<_>) = files.into_iter().partition(|file| {
        let name = file.name.to_lowercase();
        name.ends_with(".toml") || name.ends_with(".json")
    });
    let (mut entries, mut problems) = (Vec::new(), Vec::new());
    for sent in &terms {
        let read = match std::str::from_utf8(&sent.body) {
            Ok(text) => file::parse(&sent.name, text).map_err(|problem| problem.to_string()),
            Err(_) => Err(format!("{}: is no text in UTF-8", sent.name)),
        };
        match read {
            Ok(read) => entries.extend(read),
            Err(problem) => problems.push(problem),
        }
    }
    if terms.is_empty() {
        problems.push("Choose at least one .toml or .json file.".to_owned());
    }
    let mut versions = Vec::new();
    for mut entry in entries {
        if let Some(problem) = set_papers(&desk, &mut entry, &papers).await? {
            problems.push(problem);
            continue;
        }
        match entry.read() {
            Ok(version) => versions.push((entry, version)),
            Err(wrong) => problems.extend(wrong.iter().map(ToString::to_string)),
        }
    }
    if problems.is_empty() {
        let title = if typed.get("title").is_empty() { "From files".to_owned() } else { typed.text("title") };
        let (entries, versions): (Vec<Entry>, Vec<_>) = versions.into_iter().unzip();
        match desk.propose(&title, versions).await? {
            Ok(proposal) => {
                let page = paths::fill(paths::TERMS_PROPOSAL, proposal);
                return Ok(Redirect::to(&paths::with_query(&page, "done=proposed")).into_response());
            }
            Err(NotProposed::Problems(wrong)) => problems.extend(wrong.into_iter().map(|wrong| {
                let problem = wrong.problem;
                entries
                    .get(wrong.version)
                    .map_or_else(|| problem.reason.clone(), |entry| entry.problem(problem.clone()).to_string())
            })),
            Err(NotProposed::Nothing) => {
                problems.push("All of it is published, or waits for publication, already.".to_owned())
            }
        }
    }
    let problems = problems.into_iter().map(|problem| FieldProblem::new("", problem)).collect();
    Ok(wrong(state, session, paths::TERMS, IMPORT, problems, typed.0).await)
}

/// Puts the papers that came with a file in the places of their names; what is wrong otherwise.
async fn set_papers(desk: &TermsDesk, entry: &mut Entry, papers: &[Sent]) -> Result<Option<String>, Turned> {
    for (field, written) in entry.papers() {
        let name = written.rsplit(['/', '\\']).next().unwrap_or_default();
        let told = |reason: String| entry.problem(FieldProblem::new(format!("/{field}"), reason)).to_string();
        let Some(sent) = papers.iter().find(|paper| paper.name == name) else {
            return Ok(Some(told(format!("names `{written}`: choose that file too"))));
        };
        match desk.keep_paper(&sent.name, &sent.body).await? {
            Ok(paper) => entry.set_paper(field, &paper).map_err(|error| Problem::internal(&error))?,
            Err(problem) => return Ok(Some(told(format!("names `{written}`, which {}", problem.reason)))),
        }
    }
    Ok(None)
}

/// `POST /desk/terms/proposals/{id}/publish`
pub async fn publish(
    State(state): State<AppState>,
    CurrentSession(session): CurrentSession,
    Path(text): Path<String>,
) -> Result<Response, Turned> {
    let desk = desk(&session)?;
    let page = paths::fill(paths::TERMS_PROPOSAL, id::<Uuid>(&text)?);
    let sentence = match desk.publish(id(&text)?).await? {
        Ok(_) => {
            return Ok(Redirect::to(&paths::with_query(paths::TERMS, "done=published")).into_response());
        }
        Err(NotPublished::NotFound) => return Err(Problem::not_found().into()),
        Err(NotPublished::NotFresh) => {
            return Ok(Redirect::to(&paths::sign_in_again(&encode(&page))).into_response());
        }
        Err(NotPublished::SamePerson) => "You wrote it: somebody else has to publish it.",
        Err(NotPublished::Problems(_)) => "It can’t be published as it is any more: see below what is wrong.",
        Err(NotPublished::Changed) => {
            "Somebody else published in the meantime: look at it again, and at what would follow from it."
        }
    };
    Ok(wrong(state, session, &page, PROPOSAL, vec![FieldProblem::new("", sentence)], Vec::new()).await)
}

/// `POST /desk/terms/proposals/{id}/discard`
pub async fn discard(CurrentSession(session): CurrentSession, Path(text): Path<String>) -> Result<Response, Turned> {
    if desk(&session)?.discard(id(&text)?).await? {
        Ok(Redirect::to(&paths::with_query(paths::TERMS, "done=discarded")).into_response())
    } else {
        Err(Problem::not_found().into())
    }
}

async fn published(desk: &TermsDesk, version: TermVersionId) -> Result<PublishedTerm, Turned> {
    let found = desk.published().await?.into_iter().find(|published| published.id == version);
    Ok(found.ok_or_else(Problem::not_found)?)
}

/// `GET /desk/terms/versions/{id}`: one version as a file.
pub async fn download(CurrentSession(session): CurrentSession, Path(text): Path<String>) -> Result<Response, Turned> {
    let desk = desk(&session)?;
    let version = published(&desk, id(&text)?).await?.version;
    let toml = file::to_toml(&version, |paper| paper.name.clone()).map_err(|error| Problem::internal(&error))?;
    let name = format!("{}.{}.toml", version.key, version.effective_from);
    Ok(downloads::document(store::Document {
        name,
        media_type: "application/toml".to_owned(),
        body: toml.into_bytes(),
    }))
}

/// `GET /desk/terms.json`: everything that is published, as `server apply` and the desk read it.
pub async fn export_json(CurrentSession(session): CurrentSession) -> Result<Response, Turned> {
    let published = desk(&session)?.published().await?;
    let fields = published.iter().map(|published| published.version.fields()).collect::<Result<Vec<_>, _>>();
    let fields = fields.map_err(|error| Problem::internal(&error))?;
    let body = serde_json::to_vec_pretty(&fields).map_err(|error| Problem::internal(&error))?;
    let (name, media_type) = ("terms.json".to_owned(), "application/json".to_owned());
    Ok(downloads::document(store::Document { name, media_type, body }))
}

/// `GET /desk/terms/papers/{id}`: a paper of something that is proposed or published.
pub async fn paper(CurrentSession(session): CurrentSession, Path(text): Path<String>) -> Result<Response, Turned> {
    let desk = desk(&session)?;
    let wanted = id::<DocumentId>(&text)?;
    let proposed = desk.proposals().await?.into_iter().flat_map(|proposal| proposal.versions);
    let published = desk.published().await?.into_iter().map(|published| published.version);
    let facts = proposed
        .chain(published)
        .flat_map(|version| version.term.documents().into_iter().cloned().collect::<Vec<TermDocument>>())
        .find(|facts| facts.id == wanted)
        .ok_or_else(Problem::not_found)?;
    let paper = desk.paper(&facts).await?.ok_or_else(Problem::not_found)?;
    Ok(downloads::document(store::Document {
        name: paper.facts.name,
        media_type: paper.facts.media_type,
        body: paper.body,
    }))
}
