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

/// The name of one customer's log: 32 random bytes, so that it says nothing about the customer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct LogId(pub [u8; 32]);
