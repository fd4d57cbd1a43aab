//! The vocabulary and the rules of Vitrine, as types.
//!
//! Nothing here does I/O or knows a framework: the same code runs on the server and, compiled to WebAssembly, in
//! the browser. Terms are those of the field (customer, accessor, purpose, grant, demand); see `ARCHITECTURE.md`.

pub mod access;
pub mod demand;
pub mod export;
pub mod filter;
pub mod finding;
pub mod formats;
pub mod grant;
mod ids;
pub mod inquiry;
mod month;
pub mod notice;
mod operation;
mod person;
mod place;
mod problem;
mod purpose;
pub mod report;
mod rules;
mod search;
mod sign_in;
pub mod single_sign_on;
pub mod source_count;
pub mod statistics;
pub mod summary;
pub mod terms;
mod text;
mod time;
mod trail;
pub mod webhook;
mod zone;

pub use ids::{
    ApprovalKeyId, ConfirmationId, CustomerId, DemandId, DocumentId, GrantId, InquiryId, InvitationId, LogId, NoticeId,
    PasskeyId, PersonId, SessionId, TermVersionId, TokenId, WebhookId,
};
pub use month::Month;
pub use operation::{Operation, OperationSet, Permission};
pub use person::{MemberRole, Role, StaffRole, customer_name, email_address, short_name};
pub use place::{Continent, CountryCode, Place, in_a_sentence};
pub use problem::FieldProblem;
pub use purpose::Purpose;
pub use search::SearchText;
pub use sign_in::{SignInMeans, SignInRule};
pub use text::Text;
pub use time::{Timestamp, TimestampError};
pub use trail::{TRAIL_CSV_HEADER, TrailAct, TrailEntry};
pub use zone::{Zone, ZoneError, long_day};

/// Derives what every closed list of the vocabulary offers: its code on the wire (snake case), parsing from that
/// code, all its members in order, and JSON as that code.
macro_rules! closed_list {
    ($(#[$meta:meta])* $vis:vis enum $name:ident { $($(#[$vmeta:meta])* $variant:ident => $label:literal),+ $(,)? }) => {
        $(#[$meta])*
        #[derive(
            Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash,
            serde::Serialize, serde::Deserialize,
            strum::EnumString, strum::IntoStaticStr, strum::VariantArray,
        )]
        #[serde(rename_all = "snake_case")]
        #[strum(serialize_all = "snake_case")]
        $vis enum $name { $($(#[$vmeta])* $variant),+ }

        impl $name {
            /// Every member, in the order in which people read them.
            pub const ALL: &'static [Self] = <Self as strum::VariantArray>::VARIANTS;

            /// The code used in JSON, CSV, addresses and the database.
            pub fn code(self) -> &'static str { self.into() }

            /// What a person reads.
            pub fn label(self) -> &'static str {
                match self { $(Self::$variant => $label),+ }
            }

            /// The member with this code.
            pub fn from_code(code: &str) -> Option<Self> {
                code.parse().ok()
            }

            /// Every code, for an error that says what would have been right.
            pub fn codes() -> String {
                Self::ALL.iter().map(|member| member.code()).collect::<Vec<_>>().join(", ")
            }
        }
    };
}
pub(crate) use closed_list;
