//! Terms: on what terms data moves and is kept, and who has checked. Each is a series of versions, and a version holds
//! from a day on.

mod as_of;
mod assurance;
mod controls;
mod day;
mod difference;
mod field;
mod held;
mod history;
mod kinds;
mod mechanism;
mod publication;
mod schema;
#[cfg(test)]
mod tests;
mod version;

pub use self::{
    as_of::{TRANSFER_CSV_HEADER, TRANSFER_KINDS, TransferDocument, asked_day, transfer_rows},
    assurance::AssuranceStatus,
    controls::{ControlFilter, ControlRow},
    day::TermsOn,
    difference::{FieldDifference, Piece, Row, difference},
    field::{FieldForm, FieldSpec, TermDocument, TermKey, Words},
    held::Held,
    history::TermHistory,
    kinds::{
        Agreement, AsTerm, Assurance, AssuranceKind, Commitment, Contact, Control, Link, LiveFigure, Location, Measure,
        MeasureKind, Mechanism, Opinion, PlaceRole, Policy, Reference, SccModule, Services, Subprocessor, Term,
        TermKind, Transfer,
    },
    mechanism::{EndedHow, Flaw, Footing, Law, MechanismKind, Mechanisms, Standing},
    publication::{Effect, Fallen, PlannedNotice, Publication, VersionProblem, fallen},
    schema::schema,
    version::{PublishedTerm, TermVersion, VERSION_FIELDS},
};
