//! The formats in which accesses arrive. Each reads one document into an [`Incoming`] access or says what is wrong
//! with it; cutting files and bodies into documents is the server's work.

pub mod cloudevents;
pub mod google_access_transparency;
mod mapping;
pub mod native;

use std::sync::Arc;

use serde::de::DeserializeOwned;

pub use mapping::{Mapping, MappingError};

use crate::{FieldProblem, Timestamp, access::AccessEvent};

crate::closed_list! {
    /// A format in which accesses arrive.
    pub enum Format {
        Native => "Vitrine's own JSON",
        Cloudevents => "CloudEvents 1.0, structured JSON",
        GoogleAccessTransparency => "Google Cloud Access Transparency log entries",
        MicrosoftAudit => "Microsoft Purview audit records, Customer Lockbox among them",
        Ocsf => "OCSF events",
        KubernetesAudit => "Kubernetes audit events",
        AwsCloudtrail => "AWS CloudTrail records",
        Teleport => "Teleport audit events",
        Pgaudit => "PostgreSQL log lines of pgAudit",
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

/// What a document is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Reading {
    Access(Box<Incoming>),
    /// It is of its format and tells of no access, for this reason: another system's log holds more than accesses.
    PassedOver(String),
}

/// Makes of what names a person the pseudonym that stands for it: the same for the same name, and nothing that the
/// name could be read from.
#[derive(Clone)]
pub struct Pseudonyms(Arc<dyn Fn(&str) -> String + Send + Sync>);

impl Pseudonyms {
    pub fn new(of: impl Fn(&str) -> String + Send + Sync + 'static) -> Self {
        Self(Arc::new(of))
    }

    pub fn of(&self, name: &str) -> String {
        self.0(name)
    }
}

impl Format {
    /// The format with this name, as the command line and the API write it: `aws-cloudtrail`.
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|format| format.name() == name)
    }

    pub fn name(self) -> String {
        self.code().replace('_', "-")
    }

    /// Every name, for an error that says what would have been right.
    pub fn names() -> String {
        Self::ALL.iter().map(|format| format.name()).collect::<Vec<_>>().join(", ")
    }

    /// The mapping of a format that is described by one.
    fn mapping(self) -> Option<&'static str> {
        match self {
            Self::Native | Self::Cloudevents | Self::GoogleAccessTransparency => None,
            Self::MicrosoftAudit => Some(include_str!("mappings/microsoft-audit.toml")),
            Self::Ocsf => Some(include_str!("mappings/ocsf.toml")),
            Self::KubernetesAudit => Some(include_str!("mappings/kubernetes-audit.toml")),
            Self::AwsCloudtrail => Some(include_str!("mappings/aws-cloudtrail.toml")),
            Self::Teleport => Some(include_str!("mappings/teleport.toml")),
            Self::Pgaudit => Some(include_str!("mappings/pgaudit.toml")),
        }
    }

    /// Whether it is described by a mapping.
    pub fn is_mapped(self) -> bool {
        self.mapping().is_some()
    }
}

/// Reads documents of one format.
#[derive(Clone)]
pub enum Reader {
    Native,
    Cloudevents,
    GoogleAccessTransparency,
    Mapped(Arc<Mapping>, Pseudonyms),
}

impl Reader {
    /// The largest document, in bytes. An access of ours with every field at its longest is below; another system's log
    /// may tell the whole answer with it, such as every secret of a cluster.
    pub fn largest_document(&self) -> usize {
        match self {
            Self::Native | Self::Cloudevents | Self::GoogleAccessTransparency => 1 << 20,
            Self::Mapped(..) => 64 << 20,
        }
    }

    /// Reads one document. `now` is when the portal received it.
    pub fn read(&self, document: &[u8], now: Timestamp) -> Result<Reading, Refused> {
        let incoming = match self {
            Self::Native => native::parse(document, now),
            Self::Cloudevents => cloudevents::parse(document, now),
            Self::GoogleAccessTransparency => google_access_transparency::parse(document, now),
            Self::Mapped(mapping, pseudonyms) => return mapping.read(document, now, pseudonyms),
        };
        incoming.map(|incoming| Reading::Access(Box::new(incoming)))
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
