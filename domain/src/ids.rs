//! Identifiers. Each is a type of its own, so that one can't stand where another is meant.

use std::fmt;

use serde::{Deserialize, Serialize};
use uuid::Uuid;

macro_rules! uuid_id {
    ($(#[$meta:meta])* $name:ident) => {
        $(#[$meta])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[serde(transparent)]
        pub struct $name(pub Uuid);

        impl std::str::FromStr for $name {
            type Err = uuid::Error;

            fn from_str(text: &str) -> Result<Self, uuid::Error> {
                text.parse().map(Self)
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                self.0.fmt(f)
            }
        }
    };
}

uuid_id! {
    /// A customer: the organisation whose data the provider holds. UUIDv7.
    CustomerId
}
uuid_id! {
    /// A person who signs in, of a customer or of the provider. UUIDv7.
    PersonId
}

uuid_id! {
    /// A session, as people see it. It opens nothing: the session's secret does. UUIDv7.
    SessionId
}
uuid_id! {
    /// A passkey, as its owner sees it. UUIDv7.
    PasskeyId
}
uuid_id! {
    /// An API token, as people see it. UUIDv7.
    TokenId
}
uuid_id! {
    /// A webhook, as people see it. UUIDv7.
    WebhookId
}
uuid_id! {
    /// An invitation, as people see it. UUIDv7.
    InvitationId
}
uuid_id! {
    /// What waits for a second person's confirmation. UUIDv7.
    ConfirmationId
}

uuid_id! {
    /// A request for access and what became of it. UUIDv7.
    GrantId
}
uuid_id! {
    /// A key of a customer's own that signs approvals. UUIDv7.
    ApprovalKeyId
}

uuid_id! {
    /// A demand of an authority. Random (UUIDv4), so that ids have no gaps that tell of a sealed one.
    DemandId
}
uuid_id! {
    /// A notice that a customer is owed. UUIDv7.
    NoticeId
}
uuid_id! {
    /// A document of a demand or of a term. Random (UUIDv4): it doesn't say when a demand came in.
    DocumentId
}

uuid_id! {
    /// A published version of a term. UUIDv7.
    TermVersionId
}

uuid_id! {
    /// What a customer asks or disputes about accesses. UUIDv7.
    InquiryId
}

/// The name of one customer's log: 32 random bytes, so that it says nothing about the customer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct LogId(pub [u8; 32]);
