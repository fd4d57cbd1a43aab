//! `/api/v1/access-requests`: the provider's systems ask for access and learn what became of it, a customer's decides; and
//! `/api/v1/introspect`, where a gateway asks whether a grant's token still holds.

use std::time::Duration;

use app::paths;
use axum::{
    Form, Json,
    extract::{
        Path, Query, State,
        rejection::{FormRejection, JsonRejection, PathRejection, QueryRejection},
    },
    http::{HeaderValue, StatusCode, header},
    response::{IntoResponse, Response},
};
use domain::{
    ApprovalKeyId, FieldProblem, GrantId, Timestamp,
    grant::{AccessRequest, Ending, Extent, GrantLine, GrantRefusal, GrantState, GrantStatus, RequestDraft, Terms},
};
use serde::{Deserialize, Serialize};
use store::{AskedFor, DeskGrant, GrantActRefused, GrantPosition, GrantView, StoreError, UnreadableGrant};
use tokio::time::Instant;
use utoipa::ToSchema;

use super::bearer::{MayAskForAccess, MayDecideAccess, MayReadAccessRequests};
use crate::{
    grant_tokens::{self, Claims},
    problem::Problem,
    state::AppState,
};

/// The longest that a request may wait for news, in seconds.
const LONGEST_WAIT: u64 = 60;
/// How long before a request's own end its waiting is over, in seconds.
const MARGIN: u64 = 2;
/// How often whoever waits looks.
const LOOK: Duration = Duration::from_millis(500);

/// A request for access and what became of it.
#[derive(Debug, Serialize, ToSchema)]
pub struct AccessRequestItem {
    #[schema(value_type = String, format = "uuid")]
    pub id: GrantId,
    /// The customer's name in the portal.
    pub customer: String,
    /// How many lines its register has: another number, another state.
    pub revision: i64,
    /// `waiting`, `granted`, `denied`, `expired`, `withdrawn`, `revoked` or `ended`.
    #[schema(value_type = String)]
    pub status: GrantStatus,
    /// What was asked for.
    #[schema(value_type = Object)]
    pub request: AccessRequest,
    /// Who must approve (`approvers`: `customer`, `provider`, `both` or `nobody`), by when (`expires_at`), and for how many
    /// minutes at most (`longest`), as the customer's policy said when it was asked.
    #[schema(value_type = Object)]
    pub terms: Terms,
    /// What was asked before deciding and isn't answered yet.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub question: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub granted: Option<GrantedItem>,
    /// Everything that was done about it, in order.
    #[schema(value_type = Vec<Object>)]
    pub register: Vec<GrantLine>,
    /// For the provider's systems, while it is granted: a JWT that says so, signed with a key of `/.well-known/jwks.json`,
    /// for five minutes at most and never longer than the grant.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub token: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(format = "date-time")]
    pub token_expires_at: Option<String>,
    /// For the customer's systems, while it waits: the text that an approval of all of it signs. One of less has that in
    /// `extent`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub statement: Option<String>,
}

/// What is or was granted, and for how long.
#[derive(Debug, Serialize, ToSchema)]
pub struct GrantedItem {
    #[schema(value_type = Object)]
    pub extent: Extent,
    #[schema(value_type = String, format = "date-time")]
    pub from: Timestamp,
    /// The first moment that is, or was, too late.
    #[schema(value_type = String, format = "date-time")]
    pub until: Timestamp,
}

/// Requests: those that wait for a decision first, then the others, each the newest first.
#[derive(Debug, Serialize, ToSchema)]
pub struct AccessRequestList {
    pub access_requests: Vec<AccessRequestItem>,
    /// Those whose register doesn't verify.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub unreadable: Vec<UnreadableItem>,
    /// The address of those that come after these, where there are any.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub next: Option<String>,
}

/// A request whose register doesn't verify.
#[derive(Debug, Serialize, ToSchema)]
pub struct UnreadableItem {
    #[schema(value_type = String, format = "uuid")]
    pub id: GrantId,
    pub reason: String,
}

impl AccessRequestItem {
    fn of(customer: &str, GrantView { id, revision, state }: GrantView) -> Self {
        let facts = state.facts();
        let question = match &state {
            GrantState::Waiting(grant) => grant.stage().question.clone(),
            _ => None,
        };
        let granted = state.granted();
        Self {
            id,
            customer: customer.to_owned(),
            revision,
            status: state.status(),
            request: facts.request.clone(),
            terms: facts.terms.clone(),
            question,
            granted: granted.map(|(of, until)| GrantedItem { extent: of.extent.clone(), from: of.from, until }),
            register: facts.lines.clone(),
            token: None,
            token_expires_at: None,
            statement: None,
        }
    }

    /// As the provider's systems see it, with a token while it is granted.
    async fn for_the_provider(state: &AppState, granted: DeskGrant) -> Result<Self, Problem> {
        let token = grant_tokens::sign(state, &granted).await?;
        let mut item = Self::of(&granted.customer.name, granted.grant);
        if let Some((token, ends)) = token {
            (item.token, item.token_expires_at) = (Some(token), Some(ends.to_string()));
        }
        Ok(item)
    }

    /// As the customer's systems see it, with what they sign while it waits.
    fn for_the_customer(customer: &str, grant: GrantView) -> Result<Self, Problem> {
        let facts = grant.state.facts();
        let statement = match &grant.state {
            GrantState::Waiting(_) => {
                let statement = facts.statement(&facts.asked_extent()).map_err(|error| Problem::internal(&error))?;
                Some(String::from_utf8(statement).map_err(|error| Problem::internal(&error))?)
            }
            _ => None,
        };
        Ok(Self { statement, ..Self::of(customer, grant) })
    }
}

fn unreadable(UnreadableGrant { id, reason }: UnreadableGrant) -> UnreadableItem {
    UnreadableItem { id, reason }
}

fn refused(refused: GrantActRefused) -> Problem {
    let wrong = |field: &str, reason: String| Problem::invalid_access_request(vec![FieldProblem::new(field, reason)]);
    match refused {
        GrantActRefused::NotFound => Problem::not_found(),
        GrantActRefused::Changed => {
            Problem::access_request_refused("It is at another revision than the one that you named. Look again.")
        }
        GrantActRefused::NotAllowed | GrantActRefused::NotFresh => {
            Problem::access_request_refused("By the customer’s policy, whose key this is doesn’t decide now.")
        }
        GrantActRefused::UnknownKey => wrong("/key_id", "is no key of yours that approves".to_owned()),
        GrantActRefused::Rule(refusal) => match &refusal {
            GrantRefusal::NotWithin | GrantRefusal::NothingInCommon => wrong("/extent", refusal.to_string()),
            GrantRefusal::Signature(_) | GrantRefusal::Unsigned => wrong("/signature", refusal.to_string()),
            GrantRefusal::NoReason => wrong("", refusal.to_string()),
            _ => Problem::access_request_refused(refusal.to_string()),
        },
    }
}

fn named(id: Result<Path<GrantId>, PathRejection>) -> Result<GrantId, Problem> {
    id.map(|Path(id)| id).map_err(|_| Problem::not_found())
}

fn body<T>(body: Result<Json<T>, JsonRejection>) -> Result<T, Problem> {
    body.map(|Json(body)| body).map_err(|error| Problem::unreadable(error.body_text()))
}

/// Nobody keeps an answer that holds a token.
fn not_kept(body: impl IntoResponse) -> Response {
    let mut response = body.into_response();
    response.headers_mut().insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    response
}

/// Asks a customer for access to its data.
///
/// The body has `customer` (its name in the portal), `reference` (your own name for the request), `accessor`, `role`,
/// `employer`, `countries` (from where), `purpose`, `justification`, `ticket`, `service`, `resources` (names, or with `*` at
/// their end the beginnings of names), `operations` and `minutes`. The customer's policy says who must approve, and by when.
///
/// The same request under the same `reference` is the same request, and answered as it stands now: repeat it until it is
/// answered. Another under it is a conflict. The customer sees it at once: what a sealed demand makes you access is not asked
/// for here before its order has ended.
#[utoipa::path(
    post,
    path = "/api/v1/access-requests",
    tag = "Access requests",
    security(("token" = ["access-requests:write"])),
    request_body(content = Object, description = "The request.", content_type = "application/json"),
    responses(
        (status = 200, description = "You asked before: the request as it stands.", body = AccessRequestItem),
        (status = 201, description = "It is asked.", body = AccessRequestItem),
        (status = 400, description = "The body is no JSON, or has a field that a request hasn't.", body = Problem),
        (status = 401, description = "No valid token.", body = Problem),
        (status = 403, description = "The token is of another scope.", body = Problem),
        (status = 409, description = "You asked for something else under this reference before.", body = Problem),
        (status = 422, description = "Something is wrong with the request; `errors` names each field.", body = Problem),
    )
)]
pub async fn ask(
    State(state): State<AppState>,
    MayAskForAccess(requester): MayAskForAccess,
    draft: Result<Json<RequestDraft>, JsonRejection>,
) -> Result<Response, Problem> {
    let (customer, asked) = requester.ask(body(draft)?).await?.map_err(Problem::invalid_access_request)?;
    let (status, grant) = match asked {
        AskedFor::New(grant) => (StatusCode::CREATED, grant),
        AskedFor::Again(grant) => (StatusCode::OK, grant),
        AskedFor::Conflict(id) => return Err(Problem::access_request_conflict(id)),
    };
    let item = AccessRequestItem::for_the_provider(&state, DeskGrant { customer, grant }).await?;
    Ok(not_kept((status, Json(item))))
}

#[derive(Deserialize)]
pub struct ListQuery {
    after: Option<String>,
}

/// Reads requests for access: for the provider's systems everybody's, for a customer's its own.
///
/// Those that wait for a decision come first, then the others, each the newest first.
#[utoipa::path(
    get,
    path = "/api/v1/access-requests",
    tag = "Access requests",
    security(("token" = ["access-requests:write"]), ("token" = ["access-decisions:write"])),
    params(("after" = Option<String>, Query, description = "Where the page begins: `next` of the page before leads there.")),
    responses(
        (status = 200, description = "A page of requests, of 50 at most.", body = AccessRequestList),
        (status = 400, description = "`after` is no place in the list.", body = Problem),
        (status = 401, description = "No valid token.", body = Problem),
        (status = 403, description = "The token is of another scope.", body = Problem),
    )
)]
pub async fn list(
    reader: MayReadAccessRequests,
    query: Result<Query<ListQuery>, QueryRejection>,
) -> Result<Json<AccessRequestList>, Problem> {
    let unknown = || Problem::invalid_query(vec![FieldProblem::new("after", "is no place in the list")]);
    let Query(ListQuery { after }) = query.map_err(|_| unknown())?;
    let after = after.map(|after| after.parse::<GrantPosition>()).transpose().map_err(|_| unknown())?;
    let (mut access_requests, mut broken) = (Vec::new(), Vec::new());
    let next = match reader {
        MayReadAccessRequests::Provider(requester) => {
            let page = requester.page(after).await?;
            for grant in page.grants {
                match grant {
                    Ok(DeskGrant { customer, grant }) => {
                        access_requests.push(AccessRequestItem::of(&customer.name, grant));
                    }
                    Err(grant) => broken.push(unreadable(grant)),
                }
            }
            page.next
        }
        MayReadAccessRequests::Customer(decider) => {
            let page = decider.page(after).await?;
            for grant in page.grants {
                match grant {
                    Ok(grant) => {
                        let name = &decider.customer().name;
                        access_requests.push(AccessRequestItem::for_the_customer(name, grant)?);
                    }
                    Err(grant) => broken.push(unreadable(grant)),
                }
            }
            page.next
        }
    };
    let next = next.map(|next| paths::with_query(paths::API_ACCESS_REQUESTS, &format!("after={next}")));
    Ok(Json(AccessRequestList { access_requests, unreadable: broken, next }))
}

#[derive(Deserialize)]
pub struct Waiting {
    /// In seconds.
    wait: Option<u64>,
    revision: Option<i64>,
}

/// Reads a request for access as it stands now.
///
/// With `wait`, the answer comes as soon as it stands otherwise than at `revision`, or after so many seconds (60 at most, and
/// no longer than the server lets a request take). Without `revision`, it waits while nothing is decided or asked. Ask again
/// with the `revision` that you were answered, and you miss nothing.
#[utoipa::path(
    get,
    path = "/api/v1/access-requests/{id}",
    tag = "Access requests",
    security(("token" = ["access-requests:write"]), ("token" = ["access-decisions:write"])),
    params(
        ("id" = String, Path, description = "The request's id."),
        ("wait" = Option<u64>, Query, description = "How many seconds to wait for news."),
        ("revision" = Option<i64>, Query, description = "The revision that you know."),
    ),
    responses(
        (status = 200, description = "The request as it stands.", body = AccessRequestItem),
        (status = 400, description = "`wait` or `revision` is no number.", body = Problem),
        (status = 401, description = "No valid token.", body = Problem),
        (status = 403, description = "The token is of another scope.", body = Problem),
        (status = 404, description = "There is no such request, or it is another customer's.", body = Problem),
    )
)]
pub async fn read(
    State(state): State<AppState>,
    reader: MayReadAccessRequests,
    id: Result<Path<GrantId>, PathRejection>,
    query: Result<Query<Waiting>, QueryRejection>,
) -> Result<Response, Problem> {
    let id = named(id)?;
    let Query(Waiting { wait, revision }) = query.map_err(|_| {
        Problem::invalid_query(vec![FieldProblem::new("wait", "is no number of seconds, or `revision` is no number")])
    })?;
    let longest = LONGEST_WAIT.min(state.config.request_timeout.saturating_sub(MARGIN));
    let until = Instant::now() + Duration::from_secs(wait.unwrap_or(0).min(longest));
    let mut stopping = state.stopping.clone();
    let mut known = revision;
    loop {
        let item = match &reader {
            MayReadAccessRequests::Provider(requester) => {
                let granted = requester.grant(id).await?.ok_or_else(Problem::not_found)?;
                let news = is_news(&granted.grant, revision, &mut known);
                let over = news || Instant::now() >= until || *stopping.borrow();
                if over { Some(AccessRequestItem::for_the_provider(&state, granted).await?) } else { None }
            }
            MayReadAccessRequests::Customer(decider) => {
                let grant = decider.grant(id).await?.ok_or_else(Problem::not_found)?;
                let news = is_news(&grant, revision, &mut known);
                let over = news || Instant::now() >= until || *stopping.borrow();
                if over { Some(AccessRequestItem::for_the_customer(&decider.customer().name, grant)?) } else { None }
            }
        };
        if let Some(item) = item {
            return Ok(not_kept(Json(item)));
        }
        let look_at = until.min(Instant::now() + LOOK);
        // Waiting for the word fails only where the sender is gone, which is a reason to answer too.
        let _ = tokio::time::timeout_at(look_at, stopping.wait_for(|stopping| *stopping)).await;
    }
}

/// Whether whoever waits is to be answered: who named a revision at any other, who named none once something is decided,
/// or done since they began to wait (at `known`).
fn is_news(grant: &GrantView, asked: Option<i64>, known: &mut Option<i64>) -> bool {
    let since = *known.get_or_insert(grant.revision);
    grant.revision != since || (asked.is_none() && grant.state.status() != GrantStatus::Waiting)
}

#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Answer {
    answer: String,
    /// The revision that you decided on; where it is left out, whatever it is now.
    revision: Option<i64>,
}

#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Withdrawal {
    reason: String,
    /// The revision that you decided on; where it is left out, whatever it is now.
    revision: Option<i64>,
}

#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct End {
    /// `hand` or `ticket_closed`.
    #[schema(value_type = String)]
    how: Ending,
    /// The revision that you decided on; where it is left out, whatever it is now.
    revision: Option<i64>,
}

async fn acted(
    state: &AppState,
    requester: &store::AccessRequester,
    acted: Result<GrantView, GrantActRefused>,
) -> Result<Response, Problem> {
    let id = acted.map_err(refused)?.id;
    let granted = requester.grant(id).await?.ok_or_else(Problem::not_found)?;
    Ok(not_kept(Json(AccessRequestItem::for_the_provider(state, granted).await?)))
}

/// Answers what the customer asked before deciding.
#[utoipa::path(
    post,
    path = "/api/v1/access-requests/{id}/answer",
    tag = "Access requests",
    security(("token" = ["access-requests:write"])),
    params(("id" = String, Path, description = "The request's id.")),
    request_body = Answer,
    responses(
        (status = 200, description = "It is answered: the request as it stands.", body = AccessRequestItem),
        (status = 400, description = "The body is none of this.", body = Problem),
        (status = 401, description = "No valid token.", body = Problem),
        (status = 403, description = "The token is of another scope.", body = Problem),
        (status = 404, description = "There is no such request.", body = Problem),
        (status = 409, description = "Nothing waits for an answer.", body = Problem),
        (status = 422, description = "The answer says nothing.", body = Problem),
    )
)]
pub async fn answer(
    State(state): State<AppState>,
    MayAskForAccess(requester): MayAskForAccess,
    id: Result<Path<GrantId>, PathRejection>,
    sent: Result<Json<Answer>, JsonRejection>,
) -> Result<Response, Problem> {
    let Answer { answer, revision } = body(sent)?;
    let done = requester.answer(named(id)?, revision, &answer).await?;
    acted(&state, &requester, done).await
}

/// Takes a request back that nobody decided yet.
#[utoipa::path(
    post,
    path = "/api/v1/access-requests/{id}/withdraw",
    tag = "Access requests",
    security(("token" = ["access-requests:write"])),
    params(("id" = String, Path, description = "The request's id.")),
    request_body = Withdrawal,
    responses(
        (status = 200, description = "It is withdrawn.", body = AccessRequestItem),
        (status = 400, description = "The body is none of this.", body = Problem),
        (status = 401, description = "No valid token.", body = Problem),
        (status = 403, description = "The token is of another scope.", body = Problem),
        (status = 404, description = "There is no such request.", body = Problem),
        (status = 409, description = "It is decided, or over.", body = Problem),
        (status = 422, description = "No reason is given.", body = Problem),
    )
)]
pub async fn withdraw(
    State(state): State<AppState>,
    MayAskForAccess(requester): MayAskForAccess,
    id: Result<Path<GrantId>, PathRejection>,
    sent: Result<Json<Withdrawal>, JsonRejection>,
) -> Result<Response, Problem> {
    let Withdrawal { reason, revision } = body(sent)?;
    let done = requester.withdraw(named(id)?, revision, &reason).await?;
    acted(&state, &requester, done).await
}

/// Ends what was granted before its time: by hand, or because its ticket was closed.
#[utoipa::path(
    post,
    path = "/api/v1/access-requests/{id}/end",
    tag = "Access requests",
    security(("token" = ["access-requests:write"])),
    params(("id" = String, Path, description = "The request's id.")),
    request_body = End,
    responses(
        (status = 200, description = "It is ended: its tokens are active no more.", body = AccessRequestItem),
        (status = 400, description = "The body is none of this.", body = Problem),
        (status = 401, description = "No valid token.", body = Problem),
        (status = 403, description = "The token is of another scope.", body = Problem),
        (status = 404, description = "There is no such request.", body = Problem),
        (status = 409, description = "It isn't granted.", body = Problem),
    )
)]
pub async fn end(
    State(state): State<AppState>,
    MayAskForAccess(requester): MayAskForAccess,
    id: Result<Path<GrantId>, PathRejection>,
    sent: Result<Json<End>, JsonRejection>,
) -> Result<Response, Problem> {
    let End { how, revision } = body(sent)?;
    let done = requester.end(named(id)?, revision, how).await?;
    acted(&state, &requester, done).await
}

/// What a customer's system decides. `revision` is the one that it decided on; where it is left out, whatever it is now.
#[derive(Deserialize, ToSchema)]
#[serde(tag = "decision", rename_all = "snake_case", deny_unknown_fields)]
pub enum Decision {
    Approve {
        /// How much of it: `countries`, `minutes`, `operations` and `resources`. All of it where it is left out.
        #[schema(value_type = Object)]
        extent: Option<Extent>,
        #[schema(value_type = String, format = "uuid")]
        key_id: ApprovalKeyId,
        /// In hexadecimal.
        signature: String,
        revision: Option<i64>,
    },
    Deny {
        reason: String,
        revision: Option<i64>,
    },
    Ask {
        question: String,
        revision: Option<i64>,
    },
    Revoke {
        reason: String,
        revision: Option<i64>,
    },
}

/// Decides about a request, for the customer whose data it is about.
///
/// An approval is signed with the key of a person who decides by the customer's policy: over `statement`, the canonical JSON
/// (RFC 8785) of the exact request and how much of it is approved. An Ed25519 key signs it as it is, a P-256 key with SHA-256
/// (ASN.1 DER). Denying, asking and revoking take no key.
#[utoipa::path(
    post,
    path = "/api/v1/access-requests/{id}/decision",
    tag = "Access requests",
    security(("token" = ["access-decisions:write"])),
    params(("id" = String, Path, description = "The request's id.")),
    request_body = Decision,
    responses(
        (status = 200, description = "It is done: the request as it stands.", body = AccessRequestItem),
        (status = 400, description = "The body is no decision.", body = Problem),
        (status = 401, description = "No valid token.", body = Problem),
        (status = 403, description = "The token is of another scope.", body = Problem),
        (status = 404, description = "There is no such request, or it is another customer's.", body = Problem),
        (status = 409, description = "It can't be done as it stands; `detail` says why.", body = Problem),
        (status = 422, description = "The key, the signature or the extent is wrong; `errors` says which.", body = Problem),
    )
)]
pub async fn decide(
    MayDecideAccess(decider): MayDecideAccess,
    id: Result<Path<GrantId>, PathRejection>,
    decision: Result<Json<Decision>, JsonRejection>,
) -> Result<Response, Problem> {
    let id = named(id)?;
    let done = match body(decision)? {
        Decision::Approve { extent, key_id, signature, revision } => {
            let grant = decider.grant(id).await?.ok_or_else(Problem::not_found)?;
            let extent = extent.unwrap_or_else(|| grant.state.facts().asked_extent());
            let signature = data_encoding::HEXLOWER_PERMISSIVE.decode(signature.as_bytes()).map_err(|_| {
                Problem::invalid_access_request(vec![FieldProblem::new("/signature", "is not hexadecimal")])
            })?;
            decider.approve(id, revision, extent, key_id, signature).await?
        }
        Decision::Deny { reason, revision } => decider.deny(id, revision, &reason).await?,
        Decision::Ask { question, revision } => decider.ask(id, revision, &question).await?,
        Decision::Revoke { reason, revision } => decider.revoke(id, revision, &reason).await?,
    };
    let grant = done.map_err(refused)?;
    Ok(not_kept(Json(AccessRequestItem::for_the_customer(&decider.customer().name, grant)?)))
}

#[derive(Deserialize, ToSchema)]
pub struct Introspection {
    token: String,
}

/// Whether a token holds now. What it says stands beside it where it does.
#[derive(Serialize)]
struct Introspected {
    active: bool,
    #[serde(flatten)]
    claims: Option<Claims>,
}

/// Says whether a grant's token still holds (RFC 7662).
///
/// As soon as the grant is ended, revoked, or over by its time, the answer is `{"active": false}`, whatever the token says;
/// and so for a token that isn't one of ours.
#[utoipa::path(
    post,
    path = "/api/v1/introspect",
    tag = "Access requests",
    security(("token" = ["access-requests:write"])),
    request_body(content = Introspection, content_type = "application/x-www-form-urlencoded"),
    responses(
        (status = 200, description = "`active`, and while it is, what the token says.", body = Object),
        (status = 400, description = "The body is no form with a `token`.", body = Problem),
        (status = 401, description = "No valid token of your own.", body = Problem),
        (status = 403, description = "Your own token is of another scope.", body = Problem),
    )
)]
pub async fn introspect(
    State(state): State<AppState>,
    MayAskForAccess(requester): MayAskForAccess,
    form: Result<Form<Introspection>, FormRejection>,
) -> Result<Response, Problem> {
    let Form(Introspection { token }) = form.map_err(|error| Problem::unreadable(error.body_text()))?;
    let claims = grant_tokens::read(&state, &token).await?;
    let holds = match &claims {
        Some(claims) => match requester.grant(claims.jti).await {
            Ok(granted) => granted.is_some_and(|granted| granted.grant.state.status() == GrantStatus::Granted),
            // What can't be read grants nothing.
            Err(StoreError::GrantRegister(_)) => false,
            Err(error) => return Err(error.into()),
        },
        None => false,
    };
    Ok(not_kept(Json(Introspected { active: holds, claims: claims.filter(|_| holds) })))
}
