//! The formats in which accesses arrive. Each reads one JSON document into an [`Incoming`] access or says what is
//! wrong with it; cutting files and bodies into documents is the server's work.

pub mod cloudevents;
pub mod google_access_transparency;
pub mod native;

use serde::de::DeserializeOwned;

use crate::{FieldProblem, Timestamp, access::AccessEvent};

crate::closed_list! {
    /// A format in which accesses arrive.
    pub enum Format {
        Native => "Vitrine's own JSON",
        Cloudevents => "CloudEvents 1.0, structured JSON",
        GoogleAccessTransparency => "Google Cloud Access Transparency log entries",
    }
}

/// An access that has passed the rules, and whose record the document says it goes to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Incoming {
    /// The customer's name in the portal, where the document names one.
    pub customer: Option<String>,
    pub event: AccessEvent,
}

/// What is wrong with one document: every problem, and the event's id where it could be read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Refused {
    pub id: Option<String>,
    pub problems: Vec<FieldProblem>,
}

impl Format {
    /// Reads one JSON document. `now` is when the portal received it.
    pub fn parse(self, document: &[u8], now: Timestamp) -> Result<Incoming, Refused> {
        match self {
            Self::Native => native::parse(document, now),
            Self::Cloudevents => cloudevents::parse(document, now),
            Self::GoogleAccessTransparency => google_access_transparency::parse(document, now),
        }
    }
}

/// JSON into `T`; what is wrong is named by its place in the document, below `prefix`.
fn read_json<T: DeserializeOwned>(prefix: &str, document: &[u8]) -> Result<T, FieldProblem> {
    // Following where the reader is takes as long as reading. Only a document that is wrong needs it.
    if let Ok(value) = serde_json::from_slice(document) {
        return Ok(value);
    }
    let mut reader = serde_json::Deserializer::from_slice(document);
    let value = serde_path_to_error::deserialize(&mut reader).map_err(|error| {
        let pointer = error
            .path()
            .iter()
            .filter_map(|segment| match segment {
                serde_path_to_error::Segment::Seq { index } => Some(format!("/{index}")),
                serde_path_to_error::Segment::Map { key } => {
                    Some(format!("/{}", key.replace('~', "~0").replace('/', "~1")))
                }
                serde_path_to_error::Segment::Enum { .. } | serde_path_to_error::Segment::Unknown => None,
            })
            .collect::<String>();
        FieldProblem::new(format!("{prefix}{pointer}"), error.into_inner().to_string())
    })?;
    reader.end().map_err(|error| FieldProblem::new(prefix, error.to_string()))?;
    Ok(value)
}

/// The `id` of a document that could not be read whole, so that its sender can find it.
fn id_of(document: &[u8], field: &str) -> Option<String> {
    let value = serde_json::from_slice::<serde_json::Value>(document).ok()?;
    Some(value.get(field)?.as_str()?.chars().take(200).collect())
}
