//! Who calls the API, by bearer token (RFC 6750).

use axum::{
    extract::FromRequestParts,
    http::{header, request::Parts},
};
use store::{Reporter, Scope};

use crate::{problem::Problem, state::AppState};

async fn bearer(parts: &Parts, state: &AppState) -> Result<store::Bearer, Problem> {
    let token = parts
        .headers
        .get(header::AUTHORIZATION)
        .and_then(|value| value.to_str().ok())
        .and_then(|value| value.split_once(' '))
        .filter(|(scheme, _)| scheme.eq_ignore_ascii_case("bearer"))
        .map(|(_, token)| token.trim());
    let Some(token) = token else { return Err(Problem::unauthorized()) };
    state.store.bearer(token).await?.ok_or_else(Problem::unauthorized)
}

/// A caller that may report accesses: the scope `access-events:write` of the provider.
pub struct MayReport(pub Reporter);

impl FromRequestParts<AppState> for MayReport {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &AppState) -> Result<Self, Problem> {
        let reporter = bearer(parts, state).await?.reporter();
        reporter.map(Self).ok_or_else(|| Problem::forbidden(Scope::AccessEventsWrite.code()))
    }
}

/// A caller that may read metrics: the scope `metrics:read` of the provider.
pub struct MayMeasure;

impl FromRequestParts<AppState> for MayMeasure {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &AppState) -> Result<Self, Problem> {
        let allowed = bearer(parts, state).await?.may_measure();
        allowed.then_some(Self).ok_or_else(|| Problem::forbidden(Scope::MetricsRead.code()))
    }
}

/// A caller that may read one customer's notices: the scope `notices:read` of that customer.
pub struct MayReadNotices {
    pub notices: store::NoticeReader,
    /// Where people reach the portal, without a slash at its end.
    pub public_url: String,
}

impl FromRequestParts<AppState> for MayReadNotices {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &AppState) -> Result<Self, Problem> {
        let notices = bearer(parts, state).await?.notices();
        let notices = notices.ok_or_else(|| Problem::forbidden(Scope::NoticesRead.code()))?;
        Ok(Self { notices, public_url: state.public_url.as_str().trim_end_matches('/').to_owned() })
    }
}

/// A caller that may read one customer's record: the scope `access-events:read` of that customer.
pub struct MayRead(pub store::CustomerAccess);

impl FromRequestParts<AppState> for MayRead {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &AppState) -> Result<Self, Problem> {
        let records = bearer(parts, state).await?.records();
        records.map(Self).ok_or_else(|| Problem::forbidden(Scope::AccessEventsRead.code()))
    }
}

/// A caller that may register demands: the scope `demands:write` of the provider.
pub struct MayRegisterDemands(pub store::DemandIntake);

impl FromRequestParts<AppState> for MayRegisterDemands {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &AppState) -> Result<Self, Problem> {
        let intake = bearer(parts, state).await?.demand_intake();
        intake.map(Self).ok_or_else(|| Problem::forbidden(Scope::DemandsWrite.code()))
    }
}

/// A caller that may read demands that no order seals: the scope `demands:read` of the provider.
pub struct MayReadDemands(pub store::DemandReader);

impl FromRequestParts<AppState> for MayReadDemands {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &AppState) -> Result<Self, Problem> {
        let demands = bearer(parts, state).await?.demands();
        demands.map(Self).ok_or_else(|| Problem::forbidden(Scope::DemandsRead.code()))
    }
}

/// A caller that may ask for access: the scope `access-requests:write` of the provider.
pub struct MayAskForAccess(pub store::AccessRequester);

impl FromRequestParts<AppState> for MayAskForAccess {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &AppState) -> Result<Self, Problem> {
        let requester = bearer(parts, state).await?.access_requests();
        requester.map(Self).ok_or_else(|| Problem::forbidden(Scope::AccessRequestsWrite.code()))
    }
}

/// A caller that may decide about access to one customer's data: the scope `access-decisions:write` of that customer.
pub struct MayDecideAccess(pub store::SystemDecider);

impl FromRequestParts<AppState> for MayDecideAccess {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &AppState) -> Result<Self, Problem> {
        let decider = bearer(parts, state).await?.access_decisions();
        decider.map(Self).ok_or_else(|| Problem::forbidden(Scope::AccessDecisionsWrite.code()))
    }
}

/// A caller that may read requests for access, as either of those may.
pub enum MayReadAccessRequests {
    Provider(store::AccessRequester),
    Customer(store::SystemDecider),
}

impl FromRequestParts<AppState> for MayReadAccessRequests {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &AppState) -> Result<Self, Problem> {
        let bearer = bearer(parts, state).await?;
        let requester = bearer.access_requests().map(Self::Provider);
        requester
            .or_else(|| bearer.access_decisions().map(Self::Customer))
            .ok_or_else(|| Problem::forbidden(Scope::AccessRequestsWrite.code()))
    }
}
