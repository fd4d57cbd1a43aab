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
}

/// One field that is wrong.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct FieldError {
    /// A JSON Pointer (RFC 6901) into the event, or the name of a query parameter.
    pointer: String,
    detail: String,
}

/// A type of problem, as the API's documentation explains it.
#[derive(Clone, Copy, Serialize)]
pub struct Kind {
    /// Its place in the documentation.
    name: &'static str,
    status: u16,
    title: &'static str,
    /// What it means, whenever it comes.
    detail: &'static str,
}

macro_rules! kinds {
    ($($constant:ident = $name:literal, $status:literal, $title:literal, $detail:literal;)+) => {
        $(const $constant: Kind = Kind { name: $name, status: $status, title: $title, detail: $detail };)+
        /// Every type of problem there is.
        pub const KINDS: &[Kind] = &[$($constant),+];
    };
}

kinds! {
    UNREADABLE = "unreadable", 400, "Request not readable", "The request can't be read as what it says it is.";
    INVALID_QUERY = "invalid-query", 400, "Query not valid", "A query parameter can't be read; `errors` names each.";
    UNAUTHORIZED = "unauthorized", 401, "No valid token", "The request has no token, or one that was never made.";
    FORBIDDEN = "forbidden", 403, "Not allowed", "The token is valid and doesn't allow this.";
    SIGN_IN_REFUSED = "sign-in-refused", 403, "Sign-in refused", "What was sent signs nobody in; `detail` says what to do instead.";
    NOT_FOUND = "not-found", 404, "Not found", "Nothing is at the address, or nothing that the caller may know of.";
    CONFLICT = "conflict", 409, "Event id already used", "Another event was stored under this source and id before.";
    DEMAND_CONFLICT = "demand-conflict", 409, "Demand id already used", "The same system sent another demand under this id before.";
    ACCESS_REQUEST_CONFLICT = "access-request-conflict", 409, "Reference already used", "The same system asked for other access under this reference before.";
    ACCESS_REQUEST_REFUSED = "access-request-refused", 409, "Not possible as it stands", "As the request for access stands, this can't be done; `detail` says why.";
    TOO_LARGE = "too-large", 413, "Body too large", "The body is over the server's limit.";
    UNSUPPORTED = "unsupported-media-type", 415, "Content type not supported", "The body's content type is none that is taken.";
    INVALID_EVENT = "invalid-event", 422, "Event not valid", "The event breaks a rule; `errors` names each field.";
    INVALID_DEMAND = "invalid-demand", 422, "Demand not valid", "Something is wrong with the demand; `errors` names each field.";
    NOT_APPROVED = "not-approved", 422, "Not approved", "The approval was not given; `detail` says why.";
    INVALID_ACCESS_REQUEST = "invalid-access-request", 422, "Request for access not valid", "Something is wrong with the request for access, or with what is decided about it; `errors` names each field.";
    INVALID_COUNTS = "invalid-counts", 422, "Counts not valid", "A line of a source's counts is wrong; `errors` names each, as `/LINE/COLUMN`.";
    INVALID_FORM = "invalid-form", 422, "Field not valid", "A field of a form breaks a rule; `errors` names it.";
    TOO_MANY = "too-many-requests", 429, "Too many requests", "Too much was begun from one network address; wait, and try again.";
    INTERNAL = "internal", 500, "Internal error", "Something failed on the server's side; the same request may be sent again.";
}

impl Problem {
    fn new(kind: Kind, detail: impl Into<String>) -> Self {
        Self {
            kind: format!("{}#{}", app::paths::API_DOCS, kind.name),
            title: kind.title,
            status: kind.status,
            detail: detail.into(),
            errors: Vec::new(),
        }
    }

    pub fn not_found() -> Self {
        Self::new(NOT_FOUND, "There is nothing at this address.")
    }

    pub fn unauthorized() -> Self {
        let detail = "Send a valid token: `Authorization: Bearer vitrine_…`. `server token create` makes one.";
        Self::new(UNAUTHORIZED, detail)
    }

    pub fn forbidden(scope: &str) -> Self {
        let detail = format!("The token is valid, but doesn't allow this; it needs the scope `{scope}`.");
        Self::new(FORBIDDEN, detail)
    }

    /// The same whatever was wrong with it, so that trying teaches nothing.
    pub fn passkey_refused() -> Self {
        let detail = "That passkey was not taken. Try again; if it was removed from your account, use another way.";
        Self::new(SIGN_IN_REFUSED, detail)
    }

    /// Why an approval that a script sent was not given.
    pub fn not_approved(sentence: &str) -> Self {
        Self::new(NOT_APPROVED, sentence)
    }

    pub fn single_sign_on_alone() -> Self {
        let detail = "Your organisation wants you to sign in with it: use “Sign in with your organisation”.";
        Self::new(SIGN_IN_REFUSED, detail)
    }

    pub fn too_large(limit: usize) -> Self {
        let detail = format!("The body is over {limit} bytes. Send it in several requests.");
        Self::new(TOO_LARGE, detail)
    }

    pub fn too_many(seconds: i64) -> Self {
        let detail = format!("Too many sign-ins were begun from your network. Try again in {seconds} seconds.");
        Self::new(TOO_MANY, detail)
    }

    pub fn unsupported_media_type(expected: &str) -> Self {
        let detail = format!("Send one of these content types: {expected}.");
        Self::new(UNSUPPORTED, detail)
    }

    pub fn unreadable(detail: impl Into<String>) -> Self {
        Self::new(UNREADABLE, detail)
    }

    pub fn invalid_query(errors: Vec<FieldProblem>) -> Self {
        let detail = "Some query parameters can't be read; nothing was filtered by them.";
        Self::new(INVALID_QUERY, detail).with_errors(errors)
    }

    pub fn invalid_event(errors: Vec<FieldProblem>) -> Self {
        let detail = "The event breaks a rule and was not stored. Correct the fields named and send it again.";
        Self::new(INVALID_EVENT, detail).with_errors(errors)
    }

    pub fn invalid_demand(errors: Vec<FieldProblem>) -> Self {
        let detail = "Something is wrong with the demand, and it was not registered. Correct the fields named.";
        Self::new(INVALID_DEMAND, detail).with_errors(errors)
    }

    pub fn invalid_counts(errors: Vec<FieldProblem>) -> Self {
        let detail = "Some lines are wrong, and nothing was compared. Correct the lines named and send the file again.";
        Self::new(INVALID_COUNTS, detail).with_errors(errors)
    }

    /// A field that a person typed; `subject` is what the page calls it.
    pub fn invalid_form(subject: &str, error: FieldProblem) -> Self {
        Self::new(INVALID_FORM, format!("{subject} {}.", error.reason)).with_errors(vec![error])
    }

    pub fn conflict(sequence: i64) -> Self {
        let detail = format!(
            "Another event was stored under this source and id before, at sequence {sequence}. Records are never \
             changed: send a correction under a new id that names this one in `corrects`."
        );
        Self::new(CONFLICT, detail)
    }

    pub fn demand_conflict() -> Self {
        let detail = "You sent another demand under this id before, and it stands as it was sent. Send this one under an \
                      id of its own; what is wrong with the other one, the legal team corrects.";
        Self::new(DEMAND_CONFLICT, detail)
    }

    pub fn invalid_access_request(errors: Vec<FieldProblem>) -> Self {
        let detail = "Something is wrong with what was sent, and nothing was done. Correct the fields named.";
        Self::new(INVALID_ACCESS_REQUEST, detail).with_errors(errors)
    }

    pub fn access_request_conflict(id: domain::GrantId) -> Self {
        let detail = format!("You asked for something else under this reference before, and it stands: {id}.");
        Self::new(ACCESS_REQUEST_CONFLICT, detail)
    }

    pub fn access_request_refused(detail: impl Into<String>) -> Self {
        Self::new(ACCESS_REQUEST_REFUSED, detail)
    }

    /// An error of ours: the log has it whole, the answer nothing.
    pub fn internal(error: &(dyn std::error::Error + 'static)) -> Self {
        tracing::error!(error, "a request failed");
        let detail = "Something failed on our side. Nothing was stored; the same request may be sent again.";
        Self::new(INTERNAL, detail)
    }

    fn with_errors(mut self, errors: Vec<FieldProblem>) -> Self {
        self.errors = errors
            .into_iter()
            .map(|FieldProblem { field, reason }| FieldError { pointer: field, detail: reason })
            .collect();
        self
    }

    fn code(&self) -> StatusCode {
        StatusCode::from_u16(self.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR)
    }
}

impl From<store::StoreError> for Problem {
    fn from(error: store::StoreError) -> Self {
        Self::internal(&error)
    }
}

impl IntoResponse for Problem {
    fn into_response(self) -> Response {
        let code = self.code();
        let mut response = (code, Json(self)).into_response();
        let headers = response.headers_mut();
        headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("application/problem+json"));
        if code == StatusCode::UNAUTHORIZED {
            headers.insert(header::WWW_AUTHENTICATE, HeaderValue::from_static("Bearer"));
        }
        response
    }
}
