//! The access record: written in order, read by its customer, never changed.

mod changes;
mod read;
mod sources;
mod write;
mod write_postgres;
mod write_sqlite;

pub use changes::AccessChange;
pub(crate) use changes::TellChange;
pub use read::{
    AccessList, AccessPage, Choices, Corrections, CustomerAccess, LeafParts, Overview, PurposeCount, StoredRecord,
};
pub use sources::{CountedSource, CountedSources, DifferingHour, NotCompared, SaidOfHour, UncountedHours};
pub(crate) use write::RecordWriter;
pub(crate) use write::create_log;
pub use write::{NewAccess, Outcome, Receipt, Reporter};
