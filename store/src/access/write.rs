//! Reporting accesses: each gets the next place in its customer's log; record and leaf hash are written in the
//! transaction whose commit the receipt stands for.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use domain::{CustomerId, LogId, SearchText, Timestamp, access::AccessEvent, grant::AccessException};
use ledger::{Commitment, Envelope, SALT_BYTES, Salt};
use serde::Serialize;
use sqlx::types::Json;
use uuid::Uuid;

use crate::{
    Customer, Result, Store, StoreError,
    engine::{At, in_transaction, on_engine, random_bytes},
    grants::{Judge, Named, Rules, tell_exceptions},
};

/// An access on its way into the record.
#[derive(Clone, Debug)]
pub struct NewAccess {
    /// The customer's name.
    pub customer: String,
    pub event: AccessEvent,
}

/// Proof that an access has its place: what the provider's system keeps.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Receipt {
    pub customer: String,
    pub source: String,
    pub event_id: String,
    pub sequence: i64,
    pub recorded_at: Timestamp,
    /// The RFC 6962 leaf hash, in hexadecimal.
    pub leaf_hash: String,
}

/// What became of one access.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Outcome {
    Stored(Receipt),
    /// The same event was stored before: its first receipt, and nothing new.
    Repeated(Receipt),
    /// Another event was stored under this id before, at this place.
    Conflict {
        sequence: i64,
    },
    UnknownCustomer,
    /// The event that this one corrects is not in the record.
    UnknownCorrected,
}

/// The right to report accesses to every customer's record, and how many there were. It reads nothing back but receipts
/// and counts.
#[derive(Clone)]
pub struct Reporter {
    pub(super) store: Store,
}

/// An event's source and id, unique within one customer's record.
pub(crate) type EventKey = (String, String);

/// What the record holds under an event's key already.
pub(crate) struct Stored {
    pub key: EventKey,
    pub sequence: i64,
    pub recorded_at: Timestamp,
    pub leaf_hash: Vec<u8>,
    pub event: AccessEvent,
}

/// An access that has its place, ready to be written.
pub(crate) struct Row {
    pub sequence: i64,
    pub event: AccessEvent,
    /// The event's canonical JSON.
    pub canonical: String,
    pub search: SearchText,
    pub corrects: Option<i64>,
    pub salt: [u8; SALT_BYTES],
    pub leaf_hash: [u8; 32],
}

/// The rows of one customer that one transaction writes.
pub(crate) struct Batch {
    pub customer: CustomerId,
    pub recorded_at: Timestamp,
    pub rows: Vec<Row>,
    /// The log's size once `rows` are in it.
    pub size: i64,
    /// Accesses among them that were not made as they were granted.
    pub exceptions: Vec<AccessException>,
    log: LogId,
    known: HashMap<EventKey, Known>,
}

enum Known {
    Stored { sequence: i64, recorded_at: Timestamp, leaf_hash: Vec<u8>, canonical: Vec<u8> },
    InThisBatch { row: usize },
}

/// The fields of `access_choice`.
pub(super) const CHOICE_SERVICE: &str = "service";
pub(super) const CHOICE_COUNTRY: &str = "country";

/// How many accesses a batch adds to one day's count of one kind.
pub(crate) type Tally = BTreeMap<(Timestamp, &'static str, String, String, String), i64>;

/// What a transaction on either engine does for a [`Reporter`].
pub(crate) trait RecordWriter: Send {
    /// Turns to a customer's rows and locks its log until the transaction ends, so that its places stay without gaps;
    /// returns the log's name and size.
    fn lock_log(&mut self, customer: CustomerId) -> impl Future<Output = Result<(Vec<u8>, i64)>> + Send;

    /// The events among these keys that the record holds.
    fn stored(&mut self, customer: CustomerId, keys: Vec<EventKey>)
    -> impl Future<Output = Result<Vec<Stored>>> + Send;

    /// What accesses that name these grants are held against.
    fn rules(&mut self, customer: CustomerId, grants: Vec<Named>) -> impl Future<Output = Result<Rules>> + Send;

    /// Writes records, leaves, exceptions, search words, tally, choices and the log's new size, and tells whoever is
    /// watching.
    fn write(&mut self, batch: Batch) -> impl Future<Output = Result<()>> + Send;
}

impl Reporter {
    pub(crate) fn new(store: Store) -> Self {
        Self { store }
    }

    /// Records accesses, all of them in one transaction; says of each, in the same order, what became of it.
    ///
    /// # Errors
    /// Where the database fails, and then nothing is stored.
    pub async fn record(&self, accesses: Vec<NewAccess>) -> Result<Vec<Outcome>> {
        let customers = self.customers(&accesses).await?;
        let mut outcomes = vec![Outcome::UnknownCustomer; accesses.len()];
        // By customer, so that every writer takes the logs' locks in the same order.
        let mut by_customer = BTreeMap::<CustomerId, Vec<Placed>>::new();
        for (place, access) in accesses.into_iter().enumerate() {
            if let Some(customer) = customers.get(&access.customer) {
                let canonical = access.event.canonical_bytes()?;
                by_customer.entry(*customer).or_default().push(Placed { place, access, canonical });
            }
        }
        let now = self.store.now();
        if !by_customer.is_empty() {
            in_transaction!(self.store, transaction => {
                for (customer, accesses) in by_customer {
                    let exceptions = record_for(&mut *transaction, customer, accesses, now, &mut outcomes).await?;
                    tell_exceptions!(self.store, transaction, customer, &exceptions, now);
                }
            });
        }
        Ok(outcomes)
    }

    /// Records one access of a customer in somebody's transaction, in which it is decided that it is to be recorded; its
    /// place, if it is an exception, which its customer's webhooks are to be told.
    pub(crate) async fn record_in(
        writer: &mut impl RecordWriter,
        customer: &Customer,
        event: AccessEvent,
        now: Timestamp,
    ) -> Result<(Outcome, Vec<i64>)> {
        let canonical = event.canonical_bytes()?;
        let access = NewAccess { customer: customer.name.clone(), event };
        let mut outcomes = [Outcome::UnknownCustomer];
        let placed = vec![Placed { place: 0, access, canonical }];
        let exceptions = record_for(writer, customer.id, placed, now, &mut outcomes).await?;
        let [outcome] = outcomes;
        Ok((outcome, exceptions))
    }

    async fn customers(&self, accesses: &[NewAccess]) -> Result<HashMap<String, CustomerId>> {
        let mut customers = HashMap::new();
        for access in accesses {
            if customers.contains_key(&access.customer) {
                continue;
            }
            let id: Option<Uuid> = on_engine!(self.store, pool => sqlx::query_scalar(
                "SELECT customer_id FROM customer WHERE name = $1"
            ).bind(&access.customer).fetch_optional(pool).await)?;
            if let Some(id) = id {
                customers.insert(access.customer.clone(), CustomerId(id));
            }
        }
        Ok(customers)
    }
}

/// An access with its place in the call to [`Reporter::record`] and its canonical JSON.
struct Placed {
    place: usize,
    access: NewAccess,
    canonical: Vec<u8>,
}

/// Returns the places of accesses that were not made as they were granted.
async fn record_for(
    writer: &mut impl RecordWriter,
    customer: CustomerId,
    accesses: Vec<Placed>,
    now: Timestamp,
    outcomes: &mut [Outcome],
) -> Result<Vec<i64>> {
    let (log, size) = writer.lock_log(customer).await?;
    let log = LogId(log.try_into().map_err(|log| StoreError::Inconsistent {
        table: "access_log",
        column: "log_name",
        value: hex::encode::<Vec<u8>>(log),
    })?);
    let keys = accesses
        .iter()
        .map(|placed| &placed.access.event)
        .flat_map(|event| [Some(&event.id), event.corrects.as_ref()].into_iter().flatten().map(|id| key(event, id)))
        .collect();
    let mut batch = Batch {
        customer,
        recorded_at: now,
        rows: Vec::with_capacity(accesses.len()),
        size,
        exceptions: Vec::new(),
        log,
        known: HashMap::new(),
    };
    for stored in writer.stored(customer, keys).await? {
        let Stored { key, sequence, recorded_at, leaf_hash, event } = stored;
        let canonical = event.canonical_bytes()?;
        batch.known.insert(key, Known::Stored { sequence, recorded_at, leaf_hash, canonical });
    }
    for placed in accesses {
        outcomes[placed.place] = batch.add(placed.access, placed.canonical)?;
    }
    if batch.rows.is_empty() {
        return Ok(Vec::new());
    }
    let rules = writer.rules(customer, Judge::named(batch.rows.iter().map(|row| &row.event))).await?;
    let judge = Judge::new(customer, rules);
    let judged = |row: &Row| judge.exception(row.sequence, &row.event, now);
    batch.exceptions = batch.rows.iter().filter_map(judged).collect();
    let exceptions = batch.exceptions.iter().map(|exception| exception.sequence).collect();
    writer.write(batch).await?;
    Ok(exceptions)
}

fn key(event: &AccessEvent, id: &str) -> EventKey {
    (event.source.clone(), id.to_owned())
}

impl Batch {
    fn add(&mut self, access: NewAccess, canonical: Vec<u8>) -> Result<Outcome> {
        let NewAccess { customer, event } = access;
        let key = key(&event, &event.id);
        if let Some(known) = self.known.get(&key) {
            return Ok(self.compare(known, customer, key.clone(), &canonical));
        }
        let corrects = match &event.corrects {
            None => None,
            Some(id) => match self.known.get(&self::key(&event, id)) {
                None => return Ok(Outcome::UnknownCorrected),
                Some(known) => Some(self.sequence_of(known)),
            },
        };
        let salt = random_bytes()?;
        let sequence = self.size;
        let envelope = Envelope {
            log: self.log.0,
            // A sequence begins at 0 and only grows.
            sequence: sequence.unsigned_abs(),
            commitment: Commitment::new(&Salt(salt), &canonical),
        };
        let leaf_hash = envelope.leaf_hash().0;
        let receipt = self.receipt(customer, &key, sequence, self.recorded_at, &leaf_hash);
        self.known.insert(key, Known::InThisBatch { row: self.rows.len() });
        self.rows.push(Row {
            sequence,
            search: event.search_text(),
            event,
            canonical: String::from_utf8(canonical).map_err(|_| StoreError::Inconsistent {
                table: "access_record",
                column: "record",
                value: "bytes that are not UTF-8".to_owned(),
            })?,
            corrects,
            salt,
            leaf_hash,
        });
        self.size += 1;
        Ok(Outcome::Stored(receipt))
    }

    fn compare(&self, known: &Known, customer: String, key: EventKey, canonical: &[u8]) -> Outcome {
        let (same, recorded_at, leaf_hash) = match known {
            Known::Stored { canonical: stored, recorded_at, leaf_hash, .. } => {
                (stored == canonical, *recorded_at, leaf_hash.as_slice())
            }
            Known::InThisBatch { row } => {
                let row = &self.rows[*row];
                (row.canonical.as_bytes() == canonical, self.recorded_at, row.leaf_hash.as_slice())
            }
        };
        let sequence = self.sequence_of(known);
        if same {
            Outcome::Repeated(self.receipt(customer, &key, sequence, recorded_at, leaf_hash))
        } else {
            Outcome::Conflict { sequence }
        }
    }

    fn sequence_of(&self, known: &Known) -> i64 {
        match known {
            Known::Stored { sequence, .. } => *sequence,
            Known::InThisBatch { row } => self.rows[*row].sequence,
        }
    }

    fn receipt(&self, customer: String, key: &EventKey, sequence: i64, recorded_at: Timestamp, leaf: &[u8]) -> Receipt {
        let (source, event_id) = key.clone();
        Receipt { customer, source, event_id, sequence, recorded_at, leaf_hash: hex::encode(leaf) }
    }

    /// The services and countries that occur, each with its field's name.
    pub fn choices(&self) -> BTreeSet<(&'static str, String)> {
        let of = |Row { event, .. }: &Row| {
            [
                (CHOICE_SERVICE, event.service.clone()),
                (CHOICE_COUNTRY, event.accessor.office_country.code().to_owned()),
                (CHOICE_COUNTRY, event.accessor.physical_country.code().to_owned()),
            ]
        };
        self.rows.iter().flat_map(of).collect()
    }

    pub fn tally(&self) -> Tally {
        let mut tally = Tally::new();
        for Row { event, .. } in &self.rows {
            let day = Timestamp::start_of(event.started_at.day());
            let office = event.accessor.office_country.code().to_owned();
            let physical = event.accessor.physical_country.code().to_owned();
            *tally.entry((day, event.purpose.code(), office, physical, event.service.clone())).or_default() += 1;
        }
        tally
    }
}

/// Source, id, sequence, recorded at, leaf hash and record, as both engines give them.
pub(super) type StoredRow = (String, String, i64, At, Vec<u8>, Json<AccessEvent>);

impl From<StoredRow> for Stored {
    fn from(row: StoredRow) -> Self {
        let (source, event_id, sequence, At(recorded_at), leaf_hash, Json(event)) = row;
        Self { key: (source, event_id), sequence, recorded_at, leaf_hash, event }
    }
}

/// Sets a log's size; the same SQL on both engines.
macro_rules! set_size {
    ($connection:expr, $customer:expr, $size:expr) => {
        sqlx::query("UPDATE access_log SET size = $2 WHERE customer_id = $1")
            .bind($customer)
            .bind($size)
            .execute(&mut *$connection)
            .await?
    };
}

/// Makes a customer's empty log; the same SQL on both engines.
macro_rules! create_log {
    ($connection:expr, $customer:expr, $log_name:expr) => {
        $crate::engine::RowsOf::rows_of(&mut *$connection, $customer.0).await?;
        sqlx::query("INSERT INTO access_log (customer_id, log_name) VALUES ($1, $2)")
            .bind($customer.0)
            .bind($log_name.as_slice())
            .execute(&mut *$connection)
            .await?
    };
}

pub(crate) use create_log;
pub(super) use set_size;
