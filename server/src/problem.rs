//! Errors at HTTP: problem details (RFC 9457).

use axum::{
    Json,
    http::{HeaderValue, StatusCode, header},
    response::{IntoResponse, Response},
};
use domain::FieldProblem;
use serde::Serialize;
use utoipa::ToSchema;

/// A problem details object. `type` is the place in the API's documentation that explains it.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct Problem {
    #[serde(rename = "type")]
    kind: String,
    /// The same for every problem of this type.
    title: &'static str,
    status: u16,
    /// What is wrong this time, and what to do.
    detail: String,
    /// Each field that is wrong.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    errors: Vec<FieldError>,
    #[serde(skip)]
    code: StatusCode,
}

/// One field that is wrong.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct FieldError {
    /// A JSON Pointer (RFC 6901) into the event, or the name of a query parameter.
    pointer: String,
    detail: String,
}

impl Problem {
    fn new(code: StatusCode, name: &str, title: &'static str, detail: impl Into<String>) -> Self {
        let kind = format!("{}#{name}", app::paths::API_DOCS);
        Self { kind, title, status: code.as_u16(), detail: detail.into(), errors: Vec::new(), code }
    }

    pub fn not_found() -> Self {
        Self::new(StatusCode::NOT_FOUND, "not-found", "Not found", "There is nothing at this address.")
    }

    pub fn unauthorized() -> Self {
        let detail = "Send a valid token: `Authorization: Bearer vitrine_…`. `server token create` makes one.";
        Self::new(StatusCode::UNAUTHORIZED, "unauthorized", "No valid token", detail)
    }

    pub fn forbidden(scope: &str) -> Self {
        let detail = format!("The token is valid, but doesn't allow this; it needs the scope `{scope}`.");
        Self::new(StatusCode::FORBIDDEN, "forbidden", "Not allowed", detail)
    }

    pub fn too_large(limit: usize) -> Self {
        let detail = format!("The body is over {limit} bytes. Send it in several requests.");
        Self::new(StatusCode::PAYLOAD_TOO_LARGE, "too-large", "Body too large", detail)
    }

    pub fn unsupported_media_type(expected: &str) -> Self {
        let detail = format!("Send one of these content types: {expected}.");
        Self::new(StatusCode::UNSUPPORTED_MEDIA_TYPE, "unsupported-media-type", "Content type not supported", detail)
    }

    pub fn unreadable(detail: impl Into<String>) -> Self {
        Self::new(StatusCode::BAD_REQUEST, "unreadable", "Request not readable", detail)
    }

    pub fn invalid_query(errors: Vec<FieldProblem>) -> Self {
        let detail = "Some query parameters can't be read; nothing was filtered by them.";
        Self::new(StatusCode::BAD_REQUEST, "invalid-query", "Query not valid", detail).with_errors(errors)
    }

    pub fn invalid_event(errors: Vec<FieldProblem>) -> Self {
        let detail = "The event breaks a rule and was not stored. Correct the fields named and send it again.";
        Self::new(StatusCode::UNPROCESSABLE_ENTITY, "invalid-event", "Event not valid", detail).with_errors(errors)
    }

    pub fn conflict(sequence: i64) -> Self {
        let detail = format!(
            "Another event was stored under this source and id before, at sequence {sequence}. Records are never \
             changed: send a correction under a new id that names this one in `corrects`."
        );
        Self::new(StatusCode::CONFLICT, "conflict", "Event id already used", detail)
    }

    /// An error of ours: the log has it whole, the answer nothing.
    pub fn internal(error: &(dyn std::error::Error + 'static)) -> Self {
        tracing::error!(error, "a request failed");
        let detail = "Something failed on our side. Nothing was stored; the same request may be sent again.";
        Self::new(StatusCode::INTERNAL_SERVER_ERROR, "internal", "Internal error", detail)
    }

    fn with_errors(mut self, errors: Vec<FieldProblem>) -> Self {
        self.errors = errors
            .into_iter()
            .map(|FieldProblem { field, reason }| FieldError { pointer: field, detail: reason })
            .collect();
        self
    }

    pub fn status(&self) -> StatusCode {
        self.code
    }
}

impl From<store::StoreError> for Problem {
    fn from(error: store::StoreError) -> Self {
        Self::internal(&error)
    }
}

impl IntoResponse for Problem {
    fn into_response(self) -> Response {
        let code = self.code;
        let mut response = (code, Json(self)).into_response();
        let headers = response.headers_mut();
        headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("application/problem+json"));
        if code == StatusCode::UNAUTHORIZED {
            headers.insert(header::WWW_AUTHENTICATE, HeaderValue::from_static("Bearer"));
        }
        response
    }
}
