//! The API for the provider's and the customers' systems.

pub mod access_events;
pub mod bearer;
pub mod demands;
pub mod notices;
mod openapi;

use axum::{Json, extract::State};

pub use openapi::document;

use crate::state::AppState;

/// `GET /api/openapi.json`
pub async fn openapi_json(State(state): State<AppState>) -> Json<utoipa::openapi::OpenApi> {
    Json((*state.openapi).clone())
}
