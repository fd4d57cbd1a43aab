//! The legal team's acts on demands: what its forms send becomes an act, which the rules of `domain` take or refuse.

use app::{context::FormAnswer, paths};
use axum::{
    Form,
    extract::{Multipart, Path, State, multipart::MultipartError},
    response::{IntoResponse, Redirect, Response},
};
use domain::{
    CustomerId, DemandId, DocumentId, FieldProblem, Zone,
    demand::{
        Act, Case, ChallengeOutcome, CheckItem, DataKind, DataKinds, DemandDraft, Identifier, IdentifierDraft,
        IdentifierKind, ManifestDraft, ManifestItemDraft, OrderDraft, OrderEndDraft, OrderEnding, Verdict, identifiers,
    },
};
use store::{ActRefused, DocumentKind, LARGEST_DOCUMENT, LegalDesk, NewDocument, Session, SignedIn};

use crate::{
    downloads,
    forms::{Fields, id, moment, wrong},
    problem::Problem,
    session::{CurrentSession, Turned},
    state::AppState,
};

/// A demand may name hundreds of identifiers, and a manifest has a line for each kind of data of each.
pub const LONGEST_FORM: usize = 1 << 20;
/// Room in an upload's body for what stands around the document.
pub const LONGEST_UPLOAD: usize = LARGEST_DOCUMENT + (64 << 10);
/// What a form says of an order, but for the time zone, which stands in it from the start.
const ORDER_FIELDS: [&str; 9] =
    ["sealed", "issued_by", "basis", "order_reference", "issued_on", "ends", "date", "event", "review_on"];
const REGISTER: &str = "demand";
const DOCUMENT: &str = "document";

fn desk(session: &Session) -> Result<(LegalDesk, Zone), Turned> {
    let SignedIn::Staff(staff) = &session.signed_in else { return Err(Problem::not_found().into()) };
    let desk = session.legal().map_err(|_| Problem::not_found())?;
    Ok((desk, staff.zone))
}

/// Identifiers as a text area has them, one a line: `account: acme-7`, or `ip_address: 192.0.2.1 @ 2026-02-01T10:00:00Z`.
fn identifier_drafts(text: &str) -> Vec<IdentifierDraft> {
    text.lines()
        .map(str::trim)
        .filter(|line| !line.is_empty())
        .map(|line| {
            let (kind, rest) = line.split_once(':').unwrap_or((IdentifierKind::Other.code(), line));
            let (value, at) = rest.rsplit_once(" @ ").unwrap_or((rest, ""));
            let kind = kind.trim().to_lowercase().replace([' ', '-'], "_");
            IdentifierDraft { kind, value: value.trim().to_owned(), at: at.trim().to_owned(), customers: Vec::new() }
        })
        .collect()
}

fn order_draft(fields: &Fields) -> OrderDraft {
    OrderDraft {
        issued_by: fields.text("issued_by"),
        basis: fields.text("basis"),
        reference: fields.text("order_reference"),
        issued_on: fields.text("issued_on"),
        zone: fields.text("order_zone"),
        end: order_end_draft(fields),
    }
}

fn order_end_draft(fields: &Fields) -> OrderEndDraft {
    OrderEndDraft {
        ends: fields.text("ends"),
        date: fields.text("date"),
        description: fields.text("event"),
        review_on: fields.text("review_on"),
    }
}

/// Which field of a form a problem of a draft belongs to. A list's entries share one field.
fn of_form(problem: FieldProblem) -> FieldProblem {
    let FieldProblem { field, reason } = problem;
    let parts = field.trim_start_matches('/').split('/').collect::<Vec<_>>();
    let (field, place) = match parts.as_slice() {
        ["order", "reference"] => ("order_reference", None),
        ["order", "zone"] => ("order_zone", None),
        ["order", "end", "description"] => ("event", None),
        ["order", "end"] => ("ends", None),
        ["order", "end", rest] | ["order", rest] => (*rest, None),
        ["identifiers", place, ..] => ("identifiers", place.parse::<usize>().ok()),
        ["sought", ..] => ("sought", None),
        ["items", place, ..] => ("items", place.parse::<usize>().ok()),
        [first, ..] => (*first, None),
        [] => ("", None),
    };
    let reason = match place {
        Some(place) => format!("the entry {} {reason}", place + 1),
        None => reason,
    };
    FieldProblem::new(field, reason)
}

/// `POST /desk/demands`
pub async fn register(
    State(state): State<AppState>,
    CurrentSession(session): CurrentSession,
    Form(fields): Form<Vec<(String, String)>>,
) -> Result<Response, Turned> {
    let (desk, zone) = desk(&session)?;
    let fields = Fields(fields);
    let draft = DemandDraft {
        id: String::new(),
        reference: fields.text("reference"),
        authority: fields.text("authority"),
        country: fields.get("country").to_uppercase(),
        process: fields.text("process"),
        received_at: moment(fields.get("received_at"), zone),
        sought: fields.all("sought").map(str::to_owned).collect(),
        identifiers: identifier_drafts(fields.get("identifiers")),
        deadline: moment(fields.get("deadline"), zone),
        emergency: !fields.get("emergency").is_empty(),
        description: fields.text("description"),
        // Whoever fills in an order and forgets to tick that there is one must not be taken at the box's word.
        order: ORDER_FIELDS.iter().any(|name| !fields.get(name).is_empty()).then(|| order_draft(&fields)),
    };
    let problems = match draft.check(desk.now()) {
        Ok(intake) => match desk.register(intake).await? {
            Ok(id) => return Ok(Redirect::to(&paths::fill(paths::DEMAND, id)).into_response()),
            Err(refused) => told(refused)?,
        },
        Err(problems) => problems,
    };
    let problems = problems.into_iter().map(of_form).collect();
    Ok(wrong(state, session, paths::DEMAND_NEW, REGISTER, problems, fields.0).await)
}

/// What a refusal says on the page.
fn told(refused: ActRefused) -> Result<Vec<FieldProblem>, Turned> {
    let sentence = match refused {
        ActRefused::NotFound => return Err(Problem::not_found().into()),
        ActRefused::Fields(problems) => return Ok(problems),
        ActRefused::Rule(refusal) => refusal.to_string(),
        ActRefused::Changed => {
            "Somebody changed the demand since you opened this page. Look at it as it is now, and decide again."
                .to_owned()
        }
        ActRefused::NoCopy => {
            "Add the demand’s document first: each customer that it concerns gets a copy with the notice. Where there are several, add one for each, in which the others are blacked out.".to_owned()
        }
        ActRefused::NotFresh => "Confirm that it’s you first: customers are told by this.".to_owned(),
    };
    Ok(vec![FieldProblem::new("", sentence)])
}

/// `POST /desk/demands/{id}/act`
pub async fn act(
    State(state): State<AppState>,
    CurrentSession(session): CurrentSession,
    Path(text): Path<String>,
    Form(fields): Form<Vec<(String, String)>>,
) -> Result<Response, Turned> {
    let (desk, _) = desk(&session)?;
    let (id, fields) = (id::<DemandId>(&text)?, Fields(fields));
    let page = paths::fill(paths::DEMAND, id);
    let Some(file) = desk.demand(id).await? else { return Err(Problem::not_found().into()) };
    let revision = fields.get("revision").parse().map_err(|_| Problem::not_found())?;
    let done = if fields.get("act") == "proposed" {
        desk.propose(id, revision, &manifest_draft(&fields, file.stage.case())).await?
    } else {
        let act = match customers(&desk, &fields).await? {
            Ok(customers) => act_of(&fields, customers, file.stage.case())?,
            Err(problem) => Err(vec![problem]),
        };
        match act {
            Ok(act) => desk.act(id, revision, act).await?,
            Err(problems) => Err(ActRefused::Fields(problems)),
        }
    };
    let form = FormAnswer::of_one(fields.get("act"), fields.get("of"));
    match done {
        Ok(()) => Ok(Redirect::to(&page).into_response()),
        // Where something was typed the page comes back with it, and with the way to confirm.
        Err(ActRefused::NotFresh) if fields.get("reason").is_empty() => Err(Turned::ToSignInAgain { back_to: page }),
        Err(refused) => {
            let problems = told(refused)?.into_iter().map(of_form).collect();
            Ok(wrong(state, session, &page, &form, problems, fields.0).await)
        }
    }
}

/// The customers that a form ticks, and the one that it names; or what is wrong with the name.
async fn customers(desk: &LegalDesk, fields: &Fields) -> Result<Result<Vec<CustomerId>, FieldProblem>, Turned> {
    let mut customers = fields.all("customer").map(id::<CustomerId>).collect::<Result<Vec<_>, _>>()?;
    let name = fields.get("customer_name");
    if !name.is_empty() {
        match desk.customer_called(name).await? {
            Ok(customer) if customers.contains(&customer) => {}
            Ok(customer) => customers.push(customer),
            Err(near) if near.is_empty() => {
                return Ok(Err(FieldProblem::new("customer_name", "is in no customer’s name")));
            }
            Err(near) => {
                let near = near.iter().map(|customer| format!("{} ({})", customer.display_name, customer.name));
                let near = near.collect::<Vec<_>>().join(", ");
                let reason =
                    format!("is no single customer’s name. Near it, with the name to write in brackets: {near}");
                return Ok(Err(FieldProblem::new("customer_name", reason)));
            }
        }
    }
    Ok(Ok(customers))
}

/// The act that a form tells, or what is wrong with it. Where it names no act at all, there is nothing at its address.
fn act_of(fields: &Fields, customers: Vec<CustomerId>, case: &Case) -> Result<Result<Act, Vec<FieldProblem>>, Problem> {
    let reason = || fields.text("reason");
    let order = || fields.get("of").parse::<usize>().map_err(|_| Problem::not_found());
    let missing = |field: &str, what: &str| vec![FieldProblem::new(field, format!("is missing: {what}"))];
    Ok(Ok(match fields.get("act") {
        "answered" => {
            let item = CheckItem::from_code(fields.get("of")).ok_or_else(Problem::not_found)?;
            match Verdict::from_code(fields.get("verdict")) {
                Some(verdict) => Act::Answered { item, verdict, reason: reason() },
                None => return Ok(Err(missing("verdict", "say what you found"))),
            }
        }
        "resolved" => {
            let place = order()?;
            let named = named_at(case, place)?;
            Act::Resolved { identifier: Identifier { customers, ..named } }
        }
        "belongs_to_nobody" => Act::BelongsToNobody { identifier: named_at(case, order()?)?, reason: reason() },
        "narrowed" => {
            let sought = fields.all("sought").filter_map(DataKind::from_code).collect::<DataKinds>();
            match identifiers(&identifier_drafts(fields.get("identifiers"))) {
                Ok(identifiers) => Act::Narrowed { sought, identifiers, reason: reason() },
                Err(problems) => return Ok(Err(problems)),
            }
        }
        "redirect_attempted" => Act::RedirectAttempted { how: reason() },
        "redirect_answered" => Act::RedirectAnswered { accepted: fields.get("accepted") == "yes", answer: reason() },
        "danger_recorded" => Act::DangerRecorded { danger: reason() },
        "challenged" => Act::Challenged { grounds: reason() },
        "challenge_decided" | "order_challenge_decided" => {
            let Some(outcome) = ChallengeOutcome::from_code(fields.get("outcome")) else {
                return Ok(Err(missing("outcome", "say what came of it")));
            };
            match fields.get("act") {
                "challenge_decided" => Act::ChallengeDecided { outcome, reason: reason() },
                _ => Act::OrderChallengeDecided { order: order()?, outcome, reason: reason() },
            }
        }
        "review_finished" => Act::ReviewFinished,
        "reopened" => Act::Reopened { reason: reason() },
        "rejected" => Act::Rejected { reason: reason() },
        "withdrawn" => Act::Withdrawn { reason: reason() },
        "redirected" => Act::Redirected { reason: reason() },
        "no_data_found" => Act::NoDataFound { reason: reason() },
        "signed_off" => Act::SignedOff { reason: reason() },
        "disclosed" => Act::Disclosed,
        "emergency_reviewed" => {
            Act::EmergencyReviewed { justified: fields.get("justified") == "yes", reason: reason() }
        }
        "preserved" => Act::Preserved,
        "preservation_extended" => Act::PreservationExtended,
        "production_awaited" => Act::ProductionAwaited { confirmation: reason() },
        "preservation_ended" => Act::PreservationEnded { reason: reason() },
        "closed" => Act::Closed,
        "order_issued" => match order_draft(fields).check() {
            Ok(order) => Act::OrderIssued { order },
            Err(problems) => return Ok(Err(under_order(problems))),
        },
        "order_extended" => match order_end_draft(fields).check() {
            Ok(end) => Act::OrderExtended { order: order()?, end },
            Err(problems) => return Ok(Err(under_order(under_end(problems)))),
        },
        "order_challenged" => Act::OrderChallenged { order: order()?, grounds: reason() },
        "order_reviewed" => match fields.get("review_on").parse() {
            Ok(next) => Act::OrderReviewed { order: order()?, next, reason: reason() },
            Err(_) => return Ok(Err(missing("review_on", "the day on which it is looked at again"))),
        },
        "order_ended" => match OrderEnding::from_code(fields.get("how")) {
            Some(how) => Act::OrderEnded { order: order()?, how, reason: reason() },
            None => return Ok(Err(missing("how", "say how it ended"))),
        },
        _ => return Err(Problem::not_found()),
    }))
}

/// The identifier at this place of those that a demand ever named.
fn named_at(case: &Case, place: usize) -> Result<Identifier, Problem> {
    case.ever_named().get(place).map(|named| (*named).clone()).ok_or_else(Problem::not_found)
}

fn under_order(problems: Vec<FieldProblem>) -> Vec<FieldProblem> {
    problems.into_iter().map(|problem| FieldProblem::new(format!("/order{}", problem.field), problem.reason)).collect()
}

fn under_end(problems: Vec<FieldProblem>) -> Vec<FieldProblem> {
    problems.into_iter().map(|problem| FieldProblem::new(format!("/end{}", problem.field), problem.reason)).collect()
}

/// What a form says is handed over: of each line those that say how many records.
fn manifest_draft(fields: &Fields, case: &Case) -> ManifestDraft {
    let lines = ManifestDraft::choices(case);
    let items = lines.into_iter().enumerate().filter_map(|(place, item)| {
        let (records, description) =
            (fields.text(&format!("records-{place}")), fields.text(&format!("description-{place}")));
        (!records.is_empty() || !description.is_empty()).then_some(ManifestItemDraft { records, description, ..item })
    });
    ManifestDraft { items: items.collect(), recipient: fields.text("recipient"), means: fields.text("means") }
}

/// `POST /desk/demands/{id}/documents`
pub async fn add_document(
    State(state): State<AppState>,
    CurrentSession(session): CurrentSession,
    Path(text): Path<String>,
    mut parts: Multipart,
) -> Result<Response, Turned> {
    let (desk, _) = desk(&session)?;
    let id = id::<DemandId>(&text)?;
    if desk.demand(id).await?.is_none() {
        return Err(Problem::not_found().into());
    }
    let page = paths::fill(paths::DEMAND, id);
    let (mut fields, mut name, mut body) = (Fields(Vec::new()), String::new(), Vec::new());
    let mut read = async || -> Result<(), MultipartError> {
        while let Some(part) = parts.next_field().await? {
            match part.name().unwrap_or_default().to_owned().as_str() {
                "file" => {
                    part.file_name().unwrap_or_default().clone_into(&mut name);
                    body = part.bytes().await?.to_vec();
                }
                field => {
                    let field = field.to_owned();
                    fields.0.push((field, part.text().await?));
                }
            }
        }
        Ok(())
    };
    if let Err(error) = read().await {
        let problem = FieldProblem::new("file", format!("can’t be read: {}", error.body_text()));
        return Ok(wrong(state, session, &page, DOCUMENT, vec![problem], fields.0).await);
    }
    let kind = fields.get("kind").parse::<DocumentKind>();
    let only_for = Some(fields.get("only_for")).filter(|text| !text.is_empty()).map(crate::forms::id).transpose()?;
    let revision = fields.get("revision").parse().map_err(|_| Problem::not_found())?;
    let done = match kind {
        Ok(kind) => desk.add_document(id, revision, NewDocument { kind, name, only_for, body }).await?.map(drop),
        Err(_) => Err(ActRefused::Fields(vec![FieldProblem::new("kind", "is missing: say what it is")])),
    };
    match done {
        Ok(()) => Ok(Redirect::to(&page).into_response()),
        Err(refused) => Ok(wrong(state, session, &page, DOCUMENT, told(refused)?, fields.0).await),
    }
}

/// `GET /desk/demands/{id}/documents/{document}`
pub async fn document(
    CurrentSession(session): CurrentSession,
    Path((demand, document)): Path<(String, String)>,
) -> Result<Response, Turned> {
    let (desk, _) = desk(&session)?;
    let found = desk.document(id(&demand)?, id::<DocumentId>(&document)?).await?;
    Ok(downloads::document(found.ok_or_else(Problem::not_found)?))
}
