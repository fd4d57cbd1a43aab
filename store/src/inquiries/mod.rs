//! What customers ask and dispute about accesses: threads that only grow.
//!
//! **Invariant:** the provider's people read a record nowhere. A thread holds copies of the accesses that its customer
//! chose to show with it, and those are all that [`InquiryDesk`] has to show.

mod customer;
mod desk;

use domain::{
    InquiryId, PersonId, Timestamp,
    access::AccessEvent,
    inquiry::{DisputeOutcome, InquiryState, Said, SaidKind},
};
use sqlx::types::Json;
use uuid::Uuid;

pub use customer::{CustomerInquiries, NotAsked};
pub use desk::{DeskInquiry, InquiryDesk, NotDecided};

use crate::{Result, StoreError, engine::At};

/// Threads on a page.
const PAGE: i64 = 50;

/// A thread in a list.
#[derive(Clone, Debug)]
pub struct InquiryLine {
    /// Its place among the customer's, from 0, without gaps.
    pub sequence: i64,
    pub id: InquiryId,
    pub opened_at: Timestamp,
    /// When something was said last.
    pub last_at: Timestamp,
    pub state: InquiryState,
    /// Whether nobody of the customer has read what the provider said last.
    pub unread: bool,
    /// The first of its accesses, with its place in the record.
    pub first: (i64, AccessEvent),
    /// How many accesses it is about.
    pub accesses: i64,
}

/// A page of threads, the newest first.
#[derive(Clone, Debug, Default)]
pub struct InquiryPage {
    pub lines: Vec<InquiryLine>,
    /// The page with older ones is the one before this place, if there is one.
    pub older: Option<i64>,
}

/// One thread whole.
#[derive(Clone, Debug)]
pub struct InquiryView {
    pub line: InquiryLine,
    /// The accesses that it is about, each with its place in the record, as the record had them when it was opened.
    pub accesses: Vec<(i64, AccessEvent)>,
    pub messages: Vec<InquiryMessage>,
}

/// One thing that was said.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct InquiryMessage {
    pub kind: SaidKind,
    pub written_at: Timestamp,
    pub person: PersonId,
    /// What the person was called then.
    pub author: String,
    pub body: String,
    pub outcome: Option<DisputeOutcome>,
    pub consequence: Option<String>,
    /// The place of the record that was found wrong.
    pub corrected: Option<i64>,
    /// The place of the record that corrects it, where it was written with the decision.
    pub correction: Option<i64>,
}

/// A message on its way into a thread.
struct NewMessage<'a> {
    said: Said,
    body: &'a str,
    consequence: Option<&'a str>,
    corrected: Option<i64>,
    correction: Option<i64>,
}

impl<'a> NewMessage<'a> {
    fn new(kind: SaidKind, at: Timestamp, body: &'a str) -> Self {
        let said = Said { kind, at, due_at: None, outcome: None };
        Self { said, body, consequence: None, corrected: None, correction: None }
    }
}

/// The columns of a [`LineRow`]; conditions on `inquiry` go on from it.
const LINES: &str = "SELECT inquiry.sequence, inquiry.inquiry_id, inquiry.opened_at, last_at, waits_since, due_at,
        disputed, outcome, unread, shown.access_sequence, shown.access,
        (SELECT count(*) FROM inquiry_access AS every
         WHERE every.customer_id = inquiry.customer_id AND every.sequence = inquiry.sequence)
    FROM inquiry
    JOIN inquiry_state ON inquiry_state.customer_id = inquiry.customer_id AND inquiry_state.sequence = inquiry.sequence
    JOIN inquiry_access AS shown ON shown.customer_id = inquiry.customer_id AND shown.sequence = inquiry.sequence
        AND shown.access_sequence = (SELECT min(first.access_sequence) FROM inquiry_access AS first
            WHERE first.customer_id = inquiry.customer_id AND first.sequence = inquiry.sequence)";

type LineRow = (i64, Uuid, At, At, Option<At>, Option<At>, bool, Option<String>, bool, i64, Json<AccessEvent>, i64);
type MessageRow = (String, At, Uuid, String, String, Option<String>, Option<String>, Option<i64>, Option<i64>);

const MESSAGES: &str =
    "SELECT kind, written_at, person_id, author, body, outcome, consequence, corrected, correction FROM inquiry_message
     WHERE customer_id = $1 AND sequence = $2 ORDER BY number";
const ACCESSES: &str = "SELECT access_sequence, access FROM inquiry_access
     WHERE customer_id = $1 AND sequence = $2 ORDER BY access_sequence";

fn inconsistent(table: &'static str, column: &'static str, value: String) -> StoreError {
    StoreError::Inconsistent { table, column, value }
}

fn outcome(table: &'static str, code: Option<String>) -> Result<Option<DisputeOutcome>> {
    code.map(|code| DisputeOutcome::from_code(&code).ok_or_else(|| inconsistent(table, "outcome", code))).transpose()
}

type StateRow = (Option<At>, Option<At>, bool, Option<String>);

fn state((since, due, disputed, code): StateRow) -> Result<InquiryState> {
    let waits = since.zip(due).map(|(At(since), At(due))| (since, due));
    Ok(InquiryState { waits, disputed, outcome: outcome("inquiry_state", code)? })
}

fn line(row: LineRow) -> Result<InquiryLine> {
    let (sequence, id, At(opened_at), At(last_at), since, due, disputed, outcome, unread, first, Json(event), accesses) =
        row;
    Ok(InquiryLine {
        sequence,
        id: InquiryId(id),
        opened_at,
        last_at,
        state: state((since, due, disputed, outcome))?,
        unread,
        first: (first, event),
        accesses,
    })
}

fn message(row: MessageRow) -> Result<InquiryMessage> {
    let (kind, At(written_at), person, author, body, code, consequence, corrected, correction) = row;
    Ok(InquiryMessage {
        kind: SaidKind::from_code(&kind).ok_or_else(|| inconsistent("inquiry_message", "kind", kind))?,
        written_at,
        person: PersonId(person),
        author,
        body,
        outcome: outcome("inquiry_message", code)?,
        consequence,
        corrected,
        correction,
    })
}

/// Where a thread stands, for whoever will change that: they hold the customer's threads until the transaction ends.
/// `None` where there is no such thread.
macro_rules! locked_state {
    ($transaction:ident, $customer:expr, $sequence:expr) => {{
        $crate::engine::RowsOf::rows_of(&mut *$transaction, $customer.0).await?;
        sqlx::query("UPDATE inquiry_log SET size = size WHERE customer_id = $1")
            .bind($customer.0)
            .execute(&mut *$transaction)
            .await?;
        let row: Option<super::StateRow> = sqlx::query_as(
            "SELECT waits_since, due_at, disputed, outcome FROM inquiry_state WHERE customer_id = $1 AND sequence = $2",
        )
        .bind($customer.0)
        .bind($sequence)
        .fetch_optional(&mut *$transaction)
        .await?;
        row.map(super::state).transpose()?
    }};
}

/// Adds a message to a thread that stands so, and writes where it stands then.
macro_rules! write_message {
    ($transaction:ident, $customer:expr, $sequence:expr, $state:expr, $new:expr, $person:expr, $actor:expr) => {{
        let new: &super::NewMessage<'_> = $new;
        let number: i64 =
            sqlx::query_scalar("SELECT count(*) FROM inquiry_message WHERE customer_id = $1 AND sequence = $2")
                .bind($customer.0)
                .bind($sequence)
                .fetch_one(&mut *$transaction)
                .await?;
        sqlx::query(
            "INSERT INTO inquiry_message (customer_id, sequence, number, kind, written_at, due_at, person_id, author,
                 body, outcome, consequence, corrected, correction)
             VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13)",
        )
        .bind($customer.0)
        .bind($sequence)
        .bind(number)
        .bind(new.said.kind.code())
        .bind($crate::engine::At(new.said.at))
        .bind(new.said.due_at.map($crate::engine::At))
        .bind($person.0)
        .bind(&$actor.name)
        .bind(new.body)
        .bind(new.said.outcome.map(domain::inquiry::DisputeOutcome::code))
        .bind(new.consequence)
        .bind(new.corrected)
        .bind(new.correction)
        .execute(&mut *$transaction)
        .await?;
        let (state, ended): (domain::inquiry::InquiryState, _) = $state.after(&new.said);
        sqlx::query(
            "INSERT INTO inquiry_state (customer_id, sequence, last_at, waits_since, due_at, disputed, outcome, unread)
             VALUES ($1, $2, $3, $4, $5, $6, $7, $8)
             ON CONFLICT (customer_id, sequence) DO UPDATE SET last_at = excluded.last_at,
                 waits_since = excluded.waits_since, due_at = excluded.due_at, disputed = excluded.disputed,
                 outcome = excluded.outcome, unread = excluded.unread",
        )
        .bind($customer.0)
        .bind($sequence)
        .bind($crate::engine::At(new.said.at))
        .bind(state.waits.map(|(since, _)| $crate::engine::At(since)))
        .bind(state.waits.map(|(_, due)| $crate::engine::At(due)))
        .bind(state.disputed)
        .bind(state.outcome.map(domain::inquiry::DisputeOutcome::code))
        .bind(!new.said.kind.is_of_customer())
        .execute(&mut *$transaction)
        .await?;
        if let Some((wait, answered_at)) = ended.and_then(|wait| Some((wait, wait.answered_at?))) {
            sqlx::query(
                "INSERT INTO inquiry_wait (customer_id, sequence, number, asked_at, due_at, answered_at)
                 VALUES ($1, $2, $3, $4, $5, $6)",
            )
            .bind($customer.0)
            .bind($sequence)
            .bind(number)
            .bind($crate::engine::At(wait.asked_at))
            .bind($crate::engine::At(wait.due_at))
            .bind($crate::engine::At(answered_at))
            .execute(&mut *$transaction)
            .await?;
        }
    }};
}

use {locked_state, write_message};

/// Waits that ended and waits that go on, of threads that were asked in since a time or wait still.
const WAITS: &str = "SELECT asked_at, due_at, answered_at FROM inquiry_wait WHERE asked_at >= $1
    UNION ALL SELECT waits_since, due_at, NULL FROM inquiry_state WHERE waits_since IS NOT NULL";

type WaitRow = (At, At, Option<At>);

fn wait((At(asked_at), At(due_at), answered): WaitRow) -> domain::inquiry::Wait {
    domain::inquiry::Wait { asked_at, due_at, answered_at: answered.map(|At(at)| at) }
}
