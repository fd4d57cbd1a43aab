//! What Vitrine keeps, on SQLite or PostgreSQL, behind one [`Store`].
//!
//! SQL is written once, with `$1` placeholders, and run on either engine by [`on_engine!`](macro@engine::on_engine);
//! where the engines differ, both texts stand side by side at that query.
//!
//! **Invariant:** a customer's data is reached only through a [`CustomerAccess`] or [`CustomerNotices`], the record is
//! written only through a [`Reporter`], and demands are seen only through a [`LegalDesk`]. Each is handed out by a check (a session, a token, the operator at the machine), so a
//! query without a customer can't be written by mistake outside this crate.

mod access;
mod clock;
mod demands;
mod engine;
mod error;
mod findings;
mod grants;
mod inquiries;
mod keys;
mod mail;
mod notices;
mod operator;
mod password;
mod people;
mod pseudonyms;
mod reports;
mod signing_keys;
mod statistics;
mod summary;
mod terms;
#[cfg(feature = "testing")]
pub mod testing;
mod tokens;
mod trail;
mod webhooks;

pub use access::{
    AccessChange, AccessList, AccessPage, Choices, Corrections, CountedSource, CountedSources, CustomerAccess,
    DifferingHour, LeafParts, NewAccess, NotCompared, Outcome, Overview, PurposeCount, Receipt, Reporter, SaidOfHour,
    StoredRecord, UncountedHours,
};
pub use clock::{Clock, FixedClock, SystemClock};
pub use demands::{
    ActRefused, DemandFile, DemandIntake, DemandPage, DemandReader, Document, DocumentFacts, DocumentKind,
    LARGEST_DOCUMENT, LegalDesk, NewDocument, Submitted, UnreadableDemand,
};
pub use engine::{Engine, Store};
pub use error::StoreError;
pub use findings::{CustomerFindings, Found, NotSettled, Settled, Settlement};
pub use grants::{
    AccessDesk, AccessMatter, AccessRequester, ApprovalKeyLine, AskedFor, CurrentPolicy, CustomerGrants, DeskGrant,
    ExceptionPage, GrantActRefused, GrantCounts, GrantDecider, GrantPage, GrantPosition, GrantView, NotAskedFor,
    PolicyNotSet, SystemDecider, UnreadableGrant,
};
pub use inquiries::{
    CustomerInquiries, DeskInquiry, InquiryDesk, InquiryLine, InquiryMessage, InquiryPage, InquiryView, NotAsked,
    NotDecided,
};
pub use keys::{KeyError, Keyring};
pub use mail::{MailContent, MailFailure, Outbox, Outgoing};
pub use notices::{
    Copy, CustomerNotices, DeskNotice, Message, MessageKind, NotIssued, NotSaid, Notice, NoticeDesk, NoticeDraftFile,
    NoticeFilter, NoticeLine, NoticePage, NoticeReader, NoticeView, ToWhom,
};
pub use operator::Operator;
pub use password::Password;
pub use people::*;
pub use reports::{NewDraft, NotDrafted, NotPublishedReport, PublishedEdition, ReportDesk, ReportDraft};
pub use signing_keys::{KEYS_KEPT, LONGEST_TOKEN, NewSigningKey, PublishedKey, SigningKey};
pub use statistics::{
    CountryOutcomes, CountryRequests, Footnote, Import, Imported, NewImport, NotImported, Outcomes, ProcessCounts,
    ReadSo, RequestCounts, Series, SeriesChanges, SeriesSource, Statistics, StatisticsDesk, Upload, UploadedFile,
};
pub use terms::{CustomerTerms, NotGiven, NotProposed, NotPublished, Paper, Proposal, Published, TermsDesk};
pub use tokens::{ApiToken, Bearer, Scope};
pub use trail::{Trail, TrailPage};
pub use webhooks::{WebhookFailure, WebhookLine, WebhookMessage, WebhookOutbox, WebhookSecret};

type Result<T, E = StoreError> = std::result::Result<T, E>;
