//! The API for the provider's and the customers' systems.

pub mod access_events;
pub mod access_requests;
pub mod bearer;
pub mod demands;
pub mod notices;
mod openapi;
pub mod source_counts;

use axum::{extract::State, http::HeaderMap, response::Response};

pub use openapi::document;

use crate::{downloads, problem::Problem, state::AppState};

/// `GET /api/openapi.json`
pub async fn openapi_json(State(state): State<AppState>, headers: HeaderMap) -> Result<Response, Problem> {
    let document = serde_json::to_vec(&*state.openapi).map_err(|error| Problem::internal(&error))?;
    downloads::fresh_bytes(&headers, "application/json", document).await
}
