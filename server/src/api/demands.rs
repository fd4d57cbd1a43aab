//! `/api/v1/demands`: the legal team's systems register demands, and the provider's read those that no order seals.

use app::paths;
use axum::{
    Json,
    extract::{
        Query,
        rejection::{JsonRejection, QueryRejection},
    },
    http::StatusCode,
    response::{IntoResponse, Response},
};
use domain::{DemandId, FieldProblem, demand::DemandDraft};
use serde::{Deserialize, Serialize};
use store::{ActRefused, DemandFile, Submitted};
use utoipa::ToSchema;

use super::bearer::{MayReadDemands, MayRegisterDemands};
use crate::problem::Problem;

/// A demand that was registered.
#[derive(Debug, Serialize, ToSchema)]
pub struct Registered {
    #[schema(value_type = String, format = "uuid")]
    pub id: DemandId,
    /// Where the legal team works on it.
    pub page: String,
}

/// Demands, the newest first.
#[derive(Debug, Serialize, ToSchema)]
pub struct DemandList {
    pub demands: Vec<DemandItem>,
    /// The address of those that were registered before these, where there are any.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub next: Option<String>,
}

/// What the provider's systems learn of a demand that no order seals.
#[derive(Debug, Serialize, ToSchema)]
pub struct DemandItem {
    #[schema(value_type = String, format = "uuid")]
    pub id: DemandId,
    pub authority: String,
    /// ISO 3166-1 alpha-2.
    pub country: String,
    /// The authority's own number or mark.
    pub reference: String,
    /// The code of a legal process, as `/desk/demands/new` lists them.
    pub process: &'static str,
    #[schema(format = "date-time")]
    pub received_at: String,
    #[schema(format = "date-time")]
    pub deadline: Option<String>,
    pub emergency: bool,
    /// `subscriber`, `identification`, `traffic` or `content`, as narrowed.
    pub sought: Vec<&'static str>,
    /// `under_review`, `reviewed`, `proposed`, `awaiting_second_sign_off`, `approved`, `preserving`, `disclosed` or
    /// `closed`.
    pub status: &'static str,
    /// `rejected`, `withdrawn`, `redirected`, `no_data_found`, `non_content_disclosed` or `content_disclosed`.
    pub outcome: Option<&'static str>,
    /// The ids of the customers that it concerns, as far as they are known.
    pub customers: Vec<String>,
}

impl DemandItem {
    fn of(file: &DemandFile) -> Self {
        let case = file.stage.case();
        let intake = case.intake();
        Self {
            id: file.id,
            authority: intake.authority.clone(),
            country: intake.country.to_string(),
            reference: intake.reference.clone(),
            process: intake.process.code(),
            received_at: intake.received_at.to_string(),
            deadline: intake.deadline.map(|deadline| deadline.to_string()),
            emergency: case.is_emergency(),
            sought: case.sought().iter().map(|kind| kind.code()).collect(),
            status: case.status().code(),
            outcome: case.outcome().map(|outcome| outcome.code()),
            customers: case.customers().iter().map(ToString::to_string).collect(),
        }
    }
}

/// Registers a demand, as it came, for the legal team to review.
///
/// `id` is the sender's own for it, of up to 200 characters. The same demand sent again under the same id is answered
/// with the same receipt and registers nothing, so that a request may be repeated until it is answered; another demand
/// under it is a conflict. Ids are each sender's own: a token that took another's place has those of the other.
///
/// Beside it the body has the fields of the form at `/desk/demands/new`: `authority`, `country`, `reference`, `process`,
/// `received_at`, `sought`, `identifiers` (each with `kind`, `value`, `at` and `customers`), `deadline`, `emergency`,
/// `description`, and `order` where an order not to tell came with it: it seals the demand from this moment. Whoever
/// registers sees no demand by this.
#[utoipa::path(
    post,
    path = "/api/v1/demands",
    tag = "Demands",
    security(("token" = ["demands:write"])),
    request_body(content = Object, description = "The demand.", content_type = "application/json"),
    responses(
        (status = 200, description = "It was registered before: the same receipt.", body = Registered),
        (status = 201, description = "It is registered.", body = Registered),
        (status = 400, description = "The body is no JSON.", body = Problem),
        (status = 401, description = "No valid token.", body = Problem),
        (status = 403, description = "The token is of another scope.", body = Problem),
        (status = 409, description = "You sent another demand under this id before.", body = Problem),
        (status = 422, description = "Something is wrong with the demand; `errors` names each field.", body = Problem),
    )
)]
pub async fn register(
    MayRegisterDemands(intake): MayRegisterDemands,
    draft: Result<Json<DemandDraft>, JsonRejection>,
) -> Result<Response, Problem> {
    let Json(draft) = draft.map_err(|error| Problem::unreadable(error.body_text()))?;
    let receipt = |status, id| (status, Json(Registered { id, page: paths::fill(paths::DEMAND, id) })).into_response();
    match intake.submit(&draft).await? {
        Ok(Submitted::New(id)) => Ok(receipt(StatusCode::CREATED, id)),
        Ok(Submitted::Again(id)) => Ok(receipt(StatusCode::OK, id)),
        Ok(Submitted::Conflict) => Err(Problem::demand_conflict()),
        Err(ActRefused::Rule(refusal)) => {
            Err(Problem::invalid_demand(vec![FieldProblem::new("", refusal.to_string())]))
        }
        Err(ActRefused::Fields(problems)) => Err(Problem::invalid_demand(problems)),
        Err(_) => Err(Problem::not_found()),
    }
}

#[derive(Deserialize)]
pub struct Page {
    before: Option<DemandId>,
}

/// Reads the demands that no order seals, the newest first.
///
/// A sealed demand is in no page, and leaves no gap in one. It appears when its order has ended.
#[utoipa::path(
    get,
    path = "/api/v1/demands",
    tag = "Demands",
    security(("token" = ["demands:read"])),
    params(("before" = Option<String>, Query, description = "Only demands that were registered before this one (its id).")),
    responses(
        (status = 200, description = "A page of demands, of 50 at most.", body = DemandList),
        (status = 400, description = "`before` is no id of a demand.", body = Problem),
        (status = 401, description = "No valid token.", body = Problem),
        (status = 403, description = "The token is of another scope.", body = Problem),
    )
)]
pub async fn read(
    MayReadDemands(demands): MayReadDemands,
    page: Result<Query<Page>, QueryRejection>,
) -> Result<Json<DemandList>, Problem> {
    let unknown = || Problem::invalid_query(vec![FieldProblem::new("before", "is no id of a demand")]);
    let Query(Page { before }) = page.map_err(|_| unknown())?;
    let (files, more) = demands.page(before).await?.ok_or_else(unknown)?;
    let next =
        files.last().filter(|_| more).map(|last| paths::with_query(paths::API_DEMANDS, &format!("before={}", last.id)));
    Ok(Json(DemandList { demands: files.iter().map(DemandItem::of).collect(), next }))
}
