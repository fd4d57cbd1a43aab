//! Reading one customer's record.

use std::collections::BTreeSet;

use chrono::{Days, NaiveDate};
use domain::{
    LogId, Month, Place, Purpose, Text, Timestamp,
    access::{AccessEvent, AccessRecord, ApprovalKind},
    filter::{AccessFilter, AccessView, Page, Position},
    grant::Breach,
};
use futures::{FutureExt, SinkExt, Stream, StreamExt, TryStreamExt, channel::mpsc, stream};
use ledger::Salt;
use sqlx::{QueryBuilder, types::Json};

use super::write::CHOICE_SERVICE;
use crate::{
    Customer, Result, Store, StoreError,
    engine::{At, Pool, on_rows_of, read_rows_of},
    summary::{Counts, Tallied, Told, of_two_months, read},
};

/// Records on one page.
const PAGE: usize = 50;

/// The most records that an export hands on together.
const EXPORTED_AT_ONCE: usize = 256;

/// The right to read one customer's record. Only a check hands it out: a session, a token, the operator.
#[derive(Clone)]
pub struct CustomerAccess {
    pub(super) store: Store,
    pub(super) customer: Customer,
}

/// One page of the record, newest first.
#[derive(Clone, Debug, Default)]
pub struct AccessPage {
    pub records: Vec<AccessRecord>,
    /// Where the page with newer accesses ends, if there are any.
    pub newer: Option<Position>,
    /// Where the page with older accesses begins, if there are any.
    pub older: Option<Position>,
}

/// What the page of the record shows.
#[derive(Clone, Debug)]
pub struct AccessList {
    /// How many records there were before the page was read: what is stored meanwhile is told live.
    pub size: i64,
    pub page: AccessPage,
    pub choices: Choices,
}

/// What the filters of this customer's record offer.
#[derive(Clone, Debug, Default)]
pub struct Choices {
    pub services: Vec<String>,
    pub countries: Vec<Place>,
}

/// What happened lately, at a glance.
#[derive(Clone, Debug)]
pub struct Overview {
    /// Accesses in the whole record.
    pub total: i64,
    /// Accesses a day, each of the last days, the oldest first.
    pub days: Vec<(NaiveDate, i64)>,
    /// Accesses in those days by purpose, the most frequent first.
    pub purposes: Vec<PurposeCount>,
    /// Accesses in those days by the accessor's office country, the most frequent first.
    pub countries: Vec<(Place, i64)>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PurposeCount {
    pub purpose: Purpose,
    pub accesses: i64,
}

/// What goes into a leaf's envelope beside the record.
pub struct LeafParts {
    pub log: LogId,
    pub salt: Salt,
}

/// A record as it is kept. An export has many, each read once, where it is rendered.
pub struct StoredRecord {
    sequence: i64,
    recorded_at: Timestamp,
    /// The event as JSON.
    event: String,
    corrected_by: Option<i64>,
    corrects: Option<i64>,
    breaches: BTreeSet<Breach>,
}

/// Whether an export tells which records correct one another.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Corrections {
    Told,
    LeftOut,
}

impl StoredRecord {
    pub fn read(&self) -> Result<AccessRecord<Text<'_>>> {
        let Self { sequence, recorded_at, corrected_by, corrects, .. } = *self;
        let (event, breaches) = (serde_json::from_str(&self.event)?, self.breaches.clone());
        Ok(AccessRecord { sequence, recorded_at, event, corrected_by, corrects, breaches })
    }
}

type RecordRow<E = Json<AccessEvent>> = (i64, At, E, Option<Json<BTreeSet<Breach>>>, Option<i64>, Option<i64>);

/// What an access broke, where it broke anything.
macro_rules! breaches {
    () => {
        "(SELECT breaches FROM access_exception
          WHERE access_exception.customer_id = $1 AND access_exception.sequence = access_record.sequence)"
    };
}

/// The columns of a [`RecordRow`], and where they are read from. `$1` is the customer: said to each table, it lets
/// PostgreSQL plan for one partition alone. The newest correction is the one that counts. `+ 0` keeps either engine from
/// walking the record from its end in search of the greatest sequence: the index by what is corrected finds it at once.
macro_rules! record_columns {
    ($event:literal) => {
        concat!(
            "SELECT sequence, recorded_at, ",
            $event,
            ", ",
            breaches!(),
            ", corrects,
            (SELECT max(correction.sequence + 0) FROM access_record AS correction
             WHERE correction.customer_id = $1 AND correction.corrects = access_record.sequence)
            FROM access_record WHERE customer_id = "
        )
    };
}

const RECORD_COLUMNS: &str = record_columns!("record");
const STORED_COLUMNS: &str = record_columns!("CAST(record AS text)");
/// Without what corrects what: looking for it takes as long as reading the record.
const UNRELATED_COLUMNS: &str = concat!(
    "SELECT sequence, recorded_at, CAST(record AS text), ",
    breaches!(),
    ", NULL, NULL FROM access_record WHERE customer_id = "
);

/// Adds a filter's conditions to a query; the words alone differ between the engines.
macro_rules! push_filter {
    ($query:ident, $filter:expr, $push_words:path, $customer:expr) => {{
        let filter: &AccessFilter = $filter;
        if let Some(start) = filter.starts_at() {
            $query.push(" AND started_at >= ").push_bind(At(start));
        }
        if let Some(end) = filter.ends_before() {
            $query.push(" AND started_at < ").push_bind(At(end));
        }
        if let Some(purpose) = filter.purpose {
            $query.push(" AND purpose = ").push_bind(purpose.code());
        }
        if let Some(country) = filter.country {
            let code = country.code().to_owned();
            $query.push(" AND (office_country = ").push_bind(code.clone());
            $query.push(" OR physical_country = ").push_bind(code).push(")");
        }
        if let Some(service) = &filter.service {
            $query.push(" AND service = ").push_bind(service.clone());
        }
        if let Some(operation) = filter.operation {
            let bit = domain::OperationSet::from_iter([operation]).bits();
            $query.push(" AND (operations & ").push_bind(bit).push(") <> 0");
        }
        if let Some(words) = &filter.words {
            $push_words(&mut $query, $customer, &domain::SearchText::new([words.as_str()]));
        }
    }};
}

fn push_sqlite_words(query: &mut QueryBuilder<sqlx::Sqlite>, customer: &Customer, words: &domain::SearchText) {
    if words.is_empty() {
        query.push(" AND FALSE");
        return;
    }
    // Words are letters and digits alone, so that quoting them is enough. The customer is a word of its own.
    let mut expression = format!("customer : \"{}\"", customer.id.0.simple());
    for word in words.words() {
        expression.push_str(&format!(" AND words : \"{word}\" *"));
    }
    query.push(" AND record_id IN (SELECT rowid FROM access_search WHERE access_search MATCH ");
    query.push_bind(expression).push(")");
}

fn push_postgres_words(query: &mut QueryBuilder<sqlx::Postgres>, _: &Customer, words: &domain::SearchText) {
    if words.is_empty() {
        query.push(" AND FALSE");
        return;
    }
    let expression = words.words().map(|word| format!("'{word}':*")).collect::<Vec<_>>().join(" & ");
    query.push(" AND search @@ to_tsquery('simple', ").push_bind(expression).push(")");
}

/// Runs one block with a query that reads this customer's records as far as the filter admits them, on a connection for
/// reading what is this customer's.
macro_rules! with_filtered {
    ($access:expr, $columns:expr, $filter:expr, |$query:ident, $rows:ident| $body:expr) => {
        match &$access.store.pool {
            Pool::Sqlite { read, .. } => {
                let mut connection = read.acquire().await?;
                let $rows = &mut *connection;
                let mut $query = QueryBuilder::<sqlx::Sqlite>::new($columns);
                $query.push_bind($access.customer.id.0);
                push_filter!($query, $filter, push_sqlite_words, &$access.customer);
                $body
            }
            Pool::Postgres(pool) => {
                let mut transaction = read_rows_of(pool, $access.customer.id.0).await?;
                let $rows = &mut *transaction;
                let mut $query = QueryBuilder::<sqlx::Postgres>::new($columns);
                $query.push_bind($access.customer.id.0);
                push_filter!($query, $filter, push_postgres_words, &$access.customer);
                $body
            }
        }
    };
}

/// The size of a customer's log.
macro_rules! select_size {
    ($access:expr, $rows:expr) => {
        sqlx::query_scalar("SELECT size FROM access_log WHERE customer_id = $1")
            .bind($access.customer.id.0)
            .fetch_one($rows)
            .await
    };
}

/// The rows of one page, and one more that tells whether another page follows.
macro_rules! select_page {
    ($query:ident, $page:expr, $rows:expr) => {{
        match $page {
            Page::First => {}
            Page::Older(position) => {
                $query.push(" AND (started_at, sequence) < (").push_bind(At(position.started_at));
                $query.push(", ").push_bind(position.sequence).push(")");
            }
            Page::Newer(position) => {
                $query.push(" AND (started_at, sequence) > (").push_bind(At(position.started_at));
                $query.push(", ").push_bind(position.sequence).push(")");
            }
        }
        $query.push(match $page {
            Page::Newer(_) => " ORDER BY started_at, sequence LIMIT ",
            Page::First | Page::Older(_) => " ORDER BY started_at DESC, sequence DESC LIMIT ",
        });
        $query.push_bind(PAGE as i64 + 1);
        $query.build_query_as().fetch_all($rows).await
    }};
}

impl CustomerAccess {
    pub(crate) fn new(store: Store, customer: Customer) -> Self {
        Self { store, customer }
    }

    pub fn customer(&self) -> &Customer {
        &self.customer
    }

    /// How many records there are; the next one gets this sequence.
    pub async fn size(&self) -> Result<i64> {
        Ok(on_rows_of!(self.store, self.customer.id.0, rows => select_size!(self, rows))?)
    }

    /// One page of the record.
    pub async fn page(&self, view: &AccessView) -> Result<AccessPage> {
        let rows =
            with_filtered!(self, RECORD_COLUMNS, &view.filter, |query, rows| select_page!(query, view.page, rows))?;
        Ok(access_page(view.page, rows))
    }

    /// One page of the record with what stands around it, in one transaction: each takes the database a round trip or
    /// two of its own.
    pub async fn list(&self, view: &AccessView) -> Result<AccessList> {
        let (size, rows, choices) = with_filtered!(self, RECORD_COLUMNS, &view.filter, |query, rows| {
            let size = select_size!(self, &mut *rows)?;
            let page = select_page!(query, view.page, &mut *rows)?;
            let choices = sqlx::query_as("SELECT field, value FROM access_choice WHERE customer_id = $1")
                .bind(self.customer.id.0)
                .fetch_all(rows)
                .await?;
            (size, page, choices)
        });
        Ok(AccessList { size, page: access_page(view.page, rows), choices: choices_of(choices)? })
    }

    /// The record at this place.
    pub async fn record(&self, sequence: i64) -> Result<Option<AccessRecord>> {
        let all = AccessFilter::default();
        let row: Option<RecordRow> = with_filtered!(self, RECORD_COLUMNS, &all, |query, rows| {
            query.push(" AND sequence = ").push_bind(sequence);
            query.build_query_as().fetch_optional(rows).await
        })?;
        Ok(row.map(record))
    }

    /// What the leaf hash at this place is made of, beside the record itself.
    pub async fn leaf_parts(&self, sequence: i64) -> Result<Option<LeafParts>> {
        let row: Option<(Vec<u8>, Vec<u8>)> = on_rows_of!(self.store, self.customer.id.0, rows => sqlx::query_as(
            "SELECT log_name, salt FROM access_log JOIN access_record USING (customer_id)
             WHERE customer_id = $1 AND sequence = $2"
        ).bind(self.customer.id.0).bind(sequence).fetch_optional(rows).await)?;
        let Some((log, salt)) = row else { return Ok(None) };
        match (log.try_into(), salt.try_into()) {
            (Ok(log), Ok(salt)) => Ok(Some(LeafParts { log: LogId(log), salt: Salt(salt) })),
            (log, _) => Err(StoreError::Inconsistent {
                table: if log.is_err() { "access_log" } else { "access_record" },
                column: if log.is_err() { "log_name" } else { "salt" },
                value: "bytes of another length".to_owned(),
            }),
        }
    }

    /// The leaf hash at this place (RFC 6962), in hexadecimal.
    pub async fn leaf_hash(&self, sequence: i64) -> Result<Option<String>> {
        let hash: Option<Vec<u8>> = on_rows_of!(self.store, self.customer.id.0, rows => sqlx::query_scalar(
            "SELECT leaf_hash FROM access_leaf WHERE customer_id = $1 AND sequence = $2"
        ).bind(self.customer.id.0).bind(sequence).fetch_optional(rows).await)?;
        Ok(hash.map(hex::encode))
    }

    /// Records from this place on, in the order in which they were recorded, `most` at most.
    pub async fn recorded_since(&self, sequence: i64, filter: &AccessFilter, most: i64) -> Result<Vec<AccessRecord>> {
        let rows: Vec<RecordRow> = with_filtered!(self, RECORD_COLUMNS, filter, |query, rows| {
            query.push(" AND sequence >= ").push_bind(sequence).push(" ORDER BY sequence LIMIT ").push_bind(most);
            query.build_query_as().fetch_all(rows).await
        })?;
        Ok(rows.into_iter().map(record).collect())
    }

    /// Every record that the filter admits, newest first, some at a time, in memory that doesn't grow with their number.
    pub fn export(
        self,
        filter: AccessFilter,
        corrections: Corrections,
    ) -> impl Stream<Item = Result<Vec<StoredRecord>>> + Send + 'static {
        let (mut sender, receiver) = mpsc::channel(0);
        let read = async move {
            if let Err(error) = self.send_all(&filter, corrections, &mut sender).await {
                // The only error of sending is a reader that went away.
                let _ = sender.send(Err(error)).await;
            }
        };
        // Read by whoever takes the records and in no task of its own, and as many as are there: SQLite's thread fetches
        // the next ones meanwhile, and a task that waited for them would be woken for each.
        stream::select(receiver, read.into_stream().filter_map(|()| std::future::ready(None)))
    }

    async fn send_all(
        &self,
        filter: &AccessFilter,
        corrections: Corrections,
        sender: &mut mpsc::Sender<Result<Vec<StoredRecord>>>,
    ) -> Result<()> {
        let columns = match corrections {
            Corrections::Told => STORED_COLUMNS,
            Corrections::LeftOut => UNRELATED_COLUMNS,
        };
        with_filtered!(self, columns, filter, |query, rows| {
            query.push(" ORDER BY started_at DESC, sequence DESC");
            let rows = query.build_query_as::<RecordRow<String>>().fetch(rows);
            let records = rows.map_ok(stored_record).map_err(StoreError::from).ready_chunks(EXPORTED_AT_ONCE);
            let _ = sender.send_all(&mut records.map(|records| Ok(records.into_iter().collect()))).await;
        });
        Ok(())
    }

    /// The last `days` days up to `today`, at a glance.
    pub async fn overview(&self, today: NaiveDate, days: u32) -> Result<Overview> {
        let first = today - Days::new(u64::from(days.saturating_sub(1)));
        let (rows, total): (Vec<(At, String, String, i64)>, i64) = on_rows_of!(self.store, self.customer.id.0, rows => {
            let days = sqlx::query_as(
                "SELECT day, purpose, office_country, CAST(sum(accesses) AS bigint) FROM access_tally
                 WHERE customer_id = $1 AND day >= $2 AND day < $3 GROUP BY day, purpose, office_country"
            )
            .bind(self.customer.id.0)
            .bind(At(Timestamp::start_of(first)))
            .bind(At(Timestamp::end_of(today)))
            .fetch_all(&mut *rows)
            .await?;
            (days, select_size!(self, rows)?)
        });
        let mut overview = Overview {
            total,
            days: first.iter_days().take_while(|day| *day <= today).map(|day| (day, 0)).collect(),
            purposes: Vec::new(),
            countries: Vec::new(),
        };
        for (At(day), purpose, country, accesses) in rows {
            if let Some(slot) = overview.days.iter_mut().find(|(of, _)| *of == day.day()) {
                slot.1 += accesses;
            }
            let purpose = Purpose::from_code(&purpose).ok_or(StoreError::Inconsistent {
                table: "access_tally",
                column: "purpose",
                value: purpose,
            })?;
            match overview.purposes.iter_mut().find(|count| count.purpose == purpose) {
                Some(count) => count.accesses += accesses,
                None => overview.purposes.push(PurposeCount { purpose, accesses }),
            }
            let country = place(country)?;
            match overview.countries.iter_mut().find(|(of, _)| *of == country) {
                Some(count) => count.1 += accesses,
                None => overview.countries.push((country, accesses)),
            }
        }
        overview.purposes.sort_by_key(|count| (std::cmp::Reverse(count.accesses), count.purpose));
        overview.countries.sort_by_key(|(country, accesses)| (std::cmp::Reverse(*accesses), *country));
        Ok(overview)
    }

    pub(crate) fn now(&self) -> Timestamp {
        self.store.now()
    }

    /// The first day of which the record has an access.
    pub(crate) async fn first_day(&self) -> Result<Option<NaiveDate>> {
        let first: Option<At> = on_rows_of!(self.store, self.customer.id.0, rows => sqlx::query_scalar(
            "SELECT min(day) FROM access_tally WHERE customer_id = $1"
        ).bind(self.customer.id.0).fetch_one(rows).await)?;
        Ok(first.map(|At(day)| day.day()))
    }

    /// What the counts of days tell of a month and the one before.
    pub(crate) async fn tallied(&self, month: Month) -> Result<Counts<Tallied>> {
        let customer = self.customer.id;
        let rows: Vec<(bool, String, String, String, String, i64)> = on_rows_of!(self.store, customer.0, rows => of_two_months!(
                "SELECT day >= $3, purpose, office_country, physical_country, service, CAST(sum(accesses) AS bigint)
                 FROM access_tally WHERE customer_id = $1 AND day >= $2 AND day < $4 GROUP BY 1, 2, 3, 4, 5",
                customer, month
            ).fetch_all(rows).await)?;
        rows.into_iter()
            .map(|(this, purpose, office, sat, service, accesses)| {
                let purpose = read("access_tally", "purpose", purpose, Purpose::from_code)?;
                let office = read("access_tally", "office_country", office, Place::parse)?;
                let sat = read("access_tally", "physical_country", sat, Place::parse)?;
                Ok((this, (purpose, office, sat, service), accesses))
            })
            .collect()
    }

    /// What the records themselves tell of a month and the one before: one walk along the index by time.
    pub(crate) async fn told(&self, month: Month) -> Result<Counts<Told>> {
        let customer = self.customer.id;
        let rows: Vec<(bool, Option<String>, String, bool, bool, i64)> = on_rows_of!(self.store, customer.0, rows => of_two_months!(
                "SELECT started_at >= $3, record -> 'accessor' ->> 'role', record -> 'approval' ->> 'kind',
                     corrects IS NOT NULL, access_exception.sequence IS NOT NULL, count(*)
                 FROM access_record LEFT JOIN access_exception
                     ON access_exception.customer_id = $1 AND access_exception.sequence = access_record.sequence
                 WHERE access_record.customer_id = $1 AND started_at >= $2 AND started_at < $4
                 GROUP BY 1, 2, 3, 4, 5",
                customer, month
            ).fetch_all(rows).await)?;
        rows.into_iter()
            .map(|(this, role, kind, corrects, is_exception, accesses)| {
                let kind = read("access_record", "record", kind, ApprovalKind::from_code)?;
                let role = role.unwrap_or_else(|| "Not stated".to_owned());
                Ok((this, (role, kind, corrects, is_exception), accesses))
            })
            .collect()
    }
}

fn access_page(of: Page, mut rows: Vec<RecordRow>) -> AccessPage {
    let more = rows.len() > PAGE;
    rows.truncate(PAGE);
    if matches!(of, Page::Newer(_)) {
        rows.reverse();
    }
    let records = rows.into_iter().map(record).collect::<Vec<_>>();
    let (newer, older) = match of {
        Page::First => (false, more),
        Page::Older(_) => (true, more),
        Page::Newer(_) => (more, true),
    };
    AccessPage {
        newer: records.first().map(position).filter(|_| newer),
        older: records.last().map(position).filter(|_| older),
        records,
    }
}

fn choices_of(rows: Vec<(String, String)>) -> Result<Choices> {
    let (services, codes): (Vec<_>, Vec<_>) = rows.into_iter().partition(|(field, _)| field == CHOICE_SERVICE);
    let mut services = services.into_iter().map(|(_, service)| service).collect::<Vec<_>>();
    services.sort();
    let mut countries = codes.into_iter().map(|(_, code)| place(code)).collect::<Result<Vec<_>>>()?;
    countries.sort_by_key(|country| (*country == Place::NotStated, country.name()));
    Ok(Choices { services, countries })
}

fn record((sequence, At(recorded_at), Json(event), breaches, corrects, corrected_by): RecordRow) -> AccessRecord {
    let breaches = breaches.map(|Json(breaches)| breaches).unwrap_or_default();
    AccessRecord { sequence, recorded_at, event, corrected_by, corrects, breaches }
}

fn stored_record(
    (sequence, At(recorded_at), event, breaches, corrects, corrected_by): RecordRow<String>,
) -> StoredRecord {
    let breaches = breaches.map(|Json(breaches)| breaches).unwrap_or_default();
    StoredRecord { sequence, recorded_at, event, corrected_by, corrects, breaches }
}

fn position(record: &AccessRecord) -> Position {
    Position { started_at: record.event.started_at, sequence: record.sequence }
}

fn place(code: String) -> Result<Place> {
    Place::parse(&code).ok_or(StoreError::Inconsistent { table: "access_tally", column: "office_country", value: code })
}
