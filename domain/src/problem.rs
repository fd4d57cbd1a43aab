//! What is wrong with one field.

use serde::{Deserialize, Serialize};

/// One thing that is wrong: where, and what to do about it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct FieldProblem {
    /// A JSON Pointer (RFC 6901) into the record, `""` for the record itself; or the name of a query parameter.
    pub field: String,
    /// A sentence that says what is wrong and what would be right.
    pub reason: String,
}

impl FieldProblem {
    pub fn new(field: impl Into<String>, reason: impl Into<String>) -> Self {
        Self { field: field.into(), reason: reason.into() }
    }
}
