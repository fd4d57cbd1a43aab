//! `/api/v1/access-events`: the provider's systems report accesses; a customer's systems read its record.

use axum::{
    Json,
    body::Body,
    extract::{RawQuery, Request, State},
    http::{HeaderMap, StatusCode, header},
    response::{IntoResponse, Response},
};
use domain::{
    FieldProblem,
    filter::AccessView,
    formats::{Format, Incoming, Reader, Reading, Refused, cloudevents},
};
use serde::Serialize;
use store::{NewAccess, Outcome, Receipt};
use utoipa::ToSchema;

use super::bearer::{MayRead, MayReport};
use crate::{
    documents::{Cutting, Document, Documents, Shape},
    export,
    problem::Problem,
    state::AppState,
};

/// Events in one request. More go in several.
const MOST_EVENTS: usize = 10_000;

/// What a request's content type says of its body.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Content {
    Json,
    Lines,
    Csv,
    CloudEvents,
    CloudEventInHeaders,
}

const CONTENT_TYPES: &str = "application/json, application/x-ndjson, application/cloudevents+json, \
                             application/cloudevents-batch+json; text/csv with format=pgaudit";

/// What became of each event of a batch.
#[derive(Debug, Serialize, ToSchema)]
pub struct BatchAnswer {
    pub stored: u64,
    pub repeated: u64,
    pub refused: u64,
    /// Documents of another system's log that tell of no access.
    pub passed_over: u64,
    /// One entry for each event, in the order of the body.
    pub results: Vec<EventResult>,
}

#[derive(Debug, Serialize, ToSchema)]
pub struct EventResult {
    /// The event's place in the body, 1 for the first.
    pub position: u64,
    /// The line on which it begins, 1 for the first.
    pub line: u64,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub event_id: Option<String>,
    /// `stored`, `repeated`, `refused` or `passed_over`.
    pub outcome: &'static str,
    /// Why a document was passed over.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<Object>)]
    pub receipt: Option<Receipt>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub problem: Option<Problem>,
}

/// Reports accesses.
///
/// The good events of a batch are stored, the others are answered one by one. The same event again gives its first
/// receipt and stores nothing, so that a request may be repeated until it is answered. With `format`, the body is what
/// another system's log holds: its own documents, of which those that tell of no access are passed over.
#[utoipa::path(
    post,
    path = "/api/v1/access-events",
    tag = "Access events",
    security(("token" = ["access-events:write"])),
    params(
        ("format" = Option<String>, Query, description = "What the body holds: native, cloudevents, google-access-transparency, microsoft-audit, ocsf, kubernetes-audit, aws-cloudtrail, teleport or pgaudit. Where it is left out, the content type says it."),
        ("customer" = Option<String>, Query, description = "Whose record accesses go to that name no customer themselves."),
    ),
    request_body(content(
        ("application/json"),
        ("application/x-ndjson"),
        ("application/cloudevents+json"),
        ("application/cloudevents-batch+json"),
        ("text/csv"),
    )),
    responses(
        (status = 200, description = "Every event is in the record, and has its receipt, or tells of no access.", body = BatchAnswer),
        (status = 207, description = "Some events were refused; the others are in the record.", body = BatchAnswer),
        (status = 400, description = "The format is none of these, or the body can't be read.", body = Problem),
        (status = 401, description = "No valid token.", body = Problem),
        (status = 403, description = "The token is of another scope.", body = Problem),
        (status = 409, description = "The one event's id is used by another event.", body = Problem),
        (status = 413, description = "The body is too large.", body = Problem),
        (status = 415, description = "The content type is none of these.", body = Problem),
        (status = 422, description = "Nothing was stored: a problem for one event, a batch's answer for many.", body = Problem),
    )
)]
pub async fn report(
    MayReport(reporter): MayReport,
    State(state): State<AppState>,
    RawQuery(query): RawQuery,
    request: Request,
) -> Result<Response, Problem> {
    let (parts, body) = request.into_parts();
    let content = content(&parts.headers).ok_or_else(|| Problem::unsupported_media_type(CONTENT_TYPES))?;
    let Asked { format, customer } = Asked::from_query(query.as_deref().unwrap_or_default())?;
    let format = match (format, content) {
        (Some(format), Content::Json | Content::Lines) => format,
        (Some(Format::Pgaudit), Content::Csv) => Format::Pgaudit,
        (None | Some(Format::Cloudevents), Content::CloudEvents | Content::CloudEventInHeaders) => Format::Cloudevents,
        (None, Content::Json | Content::Lines) => Format::Native,
        _ => return Err(Problem::unsupported_media_type(CONTENT_TYPES)),
    };
    let (reader, cutting) = state.mappings.reader(format, &state.store).await?;
    let body = read_body(&parts.headers, body, state.config.body_limit).await?;
    let now = state.store.now();
    let (single, mut results, accesses) = tokio::task::spawn_blocking(move || {
        let body = Received { content, headers: &parts.headers, bytes: &body, cutting: &cutting };
        read_events(&body, &reader, customer.as_deref(), now)
    })
    .await
    .map_err(|error| Problem::internal(&error))??;
    let (places, accesses): (Vec<usize>, Vec<NewAccess>) = accesses.into_iter().unzip();
    let outcomes = reporter.record(accesses).await?;
    for (place, outcome) in places.into_iter().zip(outcomes) {
        let result = &mut results[place];
        match outcome {
            Outcome::Stored(receipt) => (result.outcome, result.receipt) = ("stored", Some(receipt)),
            Outcome::Repeated(receipt) => (result.outcome, result.receipt) = ("repeated", Some(receipt)),
            Outcome::Conflict { sequence } => result.problem = Some(Problem::conflict(sequence)),
            refused @ (Outcome::UnknownCustomer | Outcome::UnknownCorrected) => {
                result.problem = Some(Problem::invalid_event(vec![unknown(&refused)]));
            }
        }
    }
    let count = |outcome: &str| results.iter().filter(|result| result.outcome == outcome).count() as u64;
    let answer = BatchAnswer {
        stored: count("stored"),
        repeated: count("repeated"),
        refused: count("refused"),
        passed_over: count("passed_over"),
        results,
    };
    for (outcome, events) in [
        ("stored", answer.stored),
        ("repeated", answer.repeated),
        ("refused", answer.refused),
        ("passed_over", answer.passed_over),
    ] {
        metrics::counter!("vitrine_access_events_total", "outcome" => outcome).increment(events);
    }
    let status = match (answer.refused, answer.stored + answer.repeated + answer.passed_over) {
        (0, _) => StatusCode::OK,
        (_, 0) => StatusCode::UNPROCESSABLE_ENTITY,
        _ => StatusCode::MULTI_STATUS,
    };
    if single && let Some(problem) = answer.results.first().and_then(|result| result.problem.clone()) {
        return Err(problem);
    }
    Ok((status, Json(answer)).into_response())
}

/// What is wrong with an event that names something the record doesn't know.
pub fn unknown(outcome: &Outcome) -> FieldProblem {
    match outcome {
        Outcome::UnknownCorrected => {
            FieldProblem::new("/corrects", "names no event of this source in the customer's record")
        }
        _ => FieldProblem::new("/customer", "is no customer's name; `server customer list` shows them"),
    }
}

/// What the address says of the body.
struct Asked {
    format: Option<Format>,
    customer: Option<String>,
}

impl Asked {
    fn from_query(query: &str) -> Result<Self, Problem> {
        let mut asked = Self { format: None, customer: None };
        for (name, value) in form_urlencoded::parse(query.as_bytes()) {
            match name.as_ref() {
                "format" => match Format::from_name(&value) {
                    Some(format) => asked.format = Some(format),
                    None => {
                        let reason = format!("`{value}` is not one of {}", Format::names());
                        return Err(Problem::invalid_query(vec![FieldProblem::new("format", reason)]));
                    }
                },
                "customer" => asked.customer = Some(value.into_owned()),
                _ => {}
            }
        }
        Ok(asked)
    }
}

fn content(headers: &HeaderMap) -> Option<Content> {
    let kind = headers.get(header::CONTENT_TYPE)?.to_str().ok()?;
    match kind.split(';').next()?.trim().to_ascii_lowercase().as_str() {
        "application/json" if headers.contains_key("ce-specversion") => Some(Content::CloudEventInHeaders),
        "application/json" => Some(Content::Json),
        "application/x-ndjson" | "application/ndjson" | "application/jsonl" => Some(Content::Lines),
        "text/csv" => Some(Content::Csv),
        "application/cloudevents+json" | "application/cloudevents-batch+json" => Some(Content::CloudEvents),
        _ => None,
    }
}

/// The whole body, refused as soon as it is known to be too large.
async fn read_body(headers: &HeaderMap, body: Body, limit: usize) -> Result<axum::body::Bytes, Problem> {
    let announced = headers.get(header::CONTENT_LENGTH).and_then(|length| length.to_str().ok()?.parse::<usize>().ok());
    if announced.is_some_and(|length| length > limit) {
        return Err(Problem::too_large(limit));
    }
    axum::body::to_bytes(body, limit).await.map_err(|error| {
        // axum says only in words whether the limit or the connection ended the body.
        if std::error::Error::source(&error).is_some_and(|source| source.to_string().contains("length limit")) {
            Problem::too_large(limit)
        } else {
            Problem::unreadable("The body ended early.")
        }
    })
}

type Read = (bool, Vec<EventResult>, Vec<(usize, NewAccess)>);

/// A request's body, and how it is cut.
struct Received<'a> {
    content: Content,
    headers: &'a HeaderMap,
    bytes: &'a [u8],
    cutting: &'a Cutting,
}

/// Reads every event: whether the body is one event alone, a result for each, and those that may be recorded. `customer`
/// is whose those are that name none.
fn read_events(
    received: &Received<'_>,
    reader: &Reader,
    customer: Option<&str>,
    now: domain::Timestamp,
) -> Result<Read, Problem> {
    let Received { content, headers, bytes: body, cutting } = *received;
    let unreadable = |error: std::io::Error| Problem::unreadable(format!("The body can't be read: {error}"));
    let (mut results, mut accesses) = (Vec::new(), Vec::new());
    let mut add = |document: &Document, read: Result<Reading, Refused>| {
        let mut result = EventResult {
            position: document.position,
            line: document.line,
            event_id: None,
            outcome: "refused",
            reason: None,
            receipt: None,
            problem: None,
        };
        let read = match read {
            Ok(Reading::Access(incoming)) => {
                let Incoming { customer: named, event } = *incoming;
                with_customer(Incoming { customer: named.or_else(|| customer.map(ToOwned::to_owned)), event }).map(Some)
            }
            Ok(Reading::PassedOver(reason)) => {
                (result.outcome, result.reason) = ("passed_over", Some(reason));
                Ok(None)
            }
            Err(refused) => Err(refused),
        };
        match read {
            Ok(Some(access)) => {
                result.event_id = Some(access.event.id.clone());
                accesses.push((results.len(), access));
            }
            Ok(None) => {}
            Err(refused) => {
                result.event_id = refused.id;
                result.problem = Some(Problem::invalid_event(refused.problems));
            }
        }
        results.push(result);
    };
    if content == Content::CloudEventInHeaders {
        let document = Document { position: 1, line: 1, bytes: None };
        let read = cloudevents::parse_parts(envelope(headers), Some(body), now);
        add(&document, read.map(|incoming| Reading::Access(Box::new(incoming))));
        return Ok((true, results, accesses));
    }
    let mut documents = match content {
        // A line of JSON that is a list of documents is cut into them.
        Content::Lines if cutting.list.is_none() => Documents::lines(body).map_err(unreadable)?,
        _ => Documents::of(body, cutting).map_err(unreadable)?,
    };
    let mut count = 0;
    while let Some(document) = documents.next_document().map_err(unreadable)? {
        count += 1;
        if count > MOST_EVENTS {
            return Err(Problem::unreadable(format!(
                "The body has more than {MOST_EVENTS} events. Send several requests."
            )));
        }
        add(&document, read_document(reader, &document, now));
    }
    if count == 0 {
        return Err(Problem::unreadable("The body holds no event."));
    }
    let alone = matches!(documents.shape(), Shape::Lines | Shape::Sequence);
    let single = count == 1 && alone && content != Content::Lines;
    Ok((single, results, accesses))
}

/// Reads one document; one over the limit is refused as such.
pub fn read_document(reader: &Reader, document: &Document, now: domain::Timestamp) -> Result<Reading, Refused> {
    match &document.bytes {
        Some(bytes) => reader.read(bytes, now),
        None => {
            let reason = format!("is over {} MiB, more than an access has", reader.largest_document() >> 20);
            Err(Refused { id: None, problems: vec![FieldProblem::new("", reason)] })
        }
    }
}

/// An access must say whose record it goes to.
pub fn with_customer(incoming: Incoming) -> Result<NewAccess, Refused> {
    match incoming.customer {
        Some(customer) => Ok(NewAccess { customer, event: incoming.event }),
        None => Err(Refused {
            id: Some(incoming.event.id),
            problems: vec![FieldProblem::new("/customer", "is missing; say whose data was accessed")],
        }),
    }
}

/// The envelope of HTTP's binary content mode (CloudEvents HTTP binding 1.0.2, section 3.1).
fn envelope(headers: &HeaderMap) -> cloudevents::Envelope {
    let attribute = |name: &str| Some(headers.get(name)?.to_str().ok()?.to_owned());
    cloudevents::Envelope {
        specversion: attribute("ce-specversion"),
        id: attribute("ce-id"),
        source: attribute("ce-source"),
        event_type: attribute("ce-type"),
        subject: attribute("ce-subject"),
        time: attribute("ce-time"),
        datacontenttype: attribute("content-type"),
    }
}

/// Reads the customer's record as NDJSON, newest first, with the filters of `/portal/access` in the query.
#[utoipa::path(
    get,
    path = "/api/v1/access-events",
    tag = "Access events",
    security(("token" = ["access-events:read"])),
    params(
        ("from" = Option<String>, Query, description = "First day, by the start of the access."),
        ("to" = Option<String>, Query, description = "Last day, itself included."),
        ("zone" = Option<String>, Query, description = "Whose days these are: a time zone of the IANA database, such as Europe/Berlin. UTC where it is left out."),
        ("purpose" = Option<String>, Query, description = "A purpose's code."),
        ("country" = Option<String>, Query, description = "ISO 3166-1 alpha-2 code of the accessor's office or whereabouts."),
        ("service" = Option<String>, Query, description = "A service's name."),
        ("operation" = Option<String>, Query, description = "An operation's code."),
        ("q" = Option<String>, Query, description = "Words in justification, ticket or resources."),
    ),
    responses(
        (status = 200, description = "One record a line.", content_type = "application/x-ndjson"),
        (status = 400, description = "A filter can't be read.", body = Problem),
        (status = 401, description = "No valid token.", body = Problem),
        (status = 403, description = "The token is of another scope.", body = Problem),
    )
)]
pub async fn read(MayRead(records): MayRead, RawQuery(query): RawQuery) -> Result<Response, Problem> {
    let (view, problems) = AccessView::from_query(query.as_deref().unwrap_or_default());
    if !problems.is_empty() {
        return Err(Problem::invalid_query(problems));
    }
    Ok(export::ndjson(records, view.filter))
}
