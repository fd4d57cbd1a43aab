//! Texts that are read where they stand.

use std::borrow::Cow;

use serde::{Deserialize, Serialize};

/// A text borrowed from the document that it was read from; a copy only where the document has it escaped.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Text<'a>(#[serde(borrow)] Cow<'a, str>);

impl AsRef<str> for Text<'_> {
    fn as_ref(&self) -> &str {
        &self.0
    }
}
