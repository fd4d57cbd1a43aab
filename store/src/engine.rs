//! The two engines, and what is the same for both.

use std::{str::FromStr, sync::Arc, time::Duration};

use domain::Timestamp;
use sqlx::{
    AssertSqlSafe, ConnectOptions, Connection, PgConnection, PgPool, Postgres, Sqlite, SqliteConnection, SqlitePool,
    Transaction,
    encode::IsNull,
    error::BoxDynError,
    migrate::Migrator,
    postgres::{PgConnectOptions, PgPoolOptions},
    sqlite::{SqliteConnectOptions, SqliteJournalMode, SqlitePoolOptions, SqliteSynchronous},
};
use uuid::Uuid;

use crate::{Clock, KeyError, Keyring, Result, StoreError};

static SQLITE_MIGRATIONS: Migrator = sqlx::migrate!("../migrations/sqlite");
static POSTGRES_MIGRATIONS: Migrator = sqlx::migrate!("../migrations/postgres");

/// How long SQLite waits for another process that is writing.
const SQLITE_BUSY: Duration = Duration::from_secs(30);
/// Memory for pages of the file, each connection's own, in KiB where negative. The system keeps the file's pages too, and
/// mapping them instead (`mmap_size`) was no faster and made the process seem as large as what it had read.
const SQLITE_CACHE: &str = "-16384";
/// Rows that SQLite's thread reads ahead of whoever takes them, so that an export doesn't pass its rows from thread to
/// thread one by one.
const SQLITE_ROWS_AHEAD: usize = 512;
const SQLITE_READERS: u32 = 4;
const POSTGRES_CONNECTIONS: u32 = 16;
/// A connection that was idle for longer is tried before it is used: the server may have gone meanwhile.
const POSTGRES_TRUSTED: Duration = Duration::from_secs(1);

/// What is sealed: table, its key, column.
const SEALED: [(&str, &str, &str); 18] = [
    ("person", "person_id", "totp_secret"),
    ("sso_connection", "customer_id", "client_secret"),
    ("demand", "demand_id", "register"),
    ("demand_document", "document_id", "facts"),
    ("demand_document", "document_id", "body"),
    ("notice_draft", "draft_id", "draft"),
    ("report_counted", "edition_id", "counted"),
    ("report_draft", "draft_id", "draft"),
    ("term_proposal", "proposal_id", "proposal"),
    ("term_document", "document_id", "body"),
    ("statistics_upload", "upload_id", "upload"),
    ("mail", "mail_id", "letter"),
    ("mail", "mail_id", "failure"),
    ("signing_key", "key_id", "secret"),
    ("pseudonym_key", "key_id", "secret"),
    ("webhook", "webhook_id", "connection"),
    ("webhook_message", "message_id", "body"),
    ("webhook_message", "message_id", "failure"),
];

/// Everything that Vitrine keeps. Cheap to clone: clones share the connections.
#[derive(Clone)]
pub struct Store {
    pub(crate) pool: Pool,
    pub(crate) clock: Arc<dyn Clock>,
    pub(crate) keys: Keyring,
    /// Whether mail is sent of what happens.
    pub(crate) mails: bool,
}

/// The engine behind a [`Store`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Engine {
    Sqlite,
    Postgres,
}

#[derive(Clone)]
pub(crate) enum Pool {
    /// SQLite has one writer at a time; one connection for it keeps writers of this process in a queue instead of
    /// letting them collide.
    Sqlite {
        read: SqlitePool,
        write: SqlitePool,
    },
    Postgres(PgPool),
}

/// Runs one expression on the pool for reading of whichever engine it is.
macro_rules! on_engine {
    ($store:expr, $pool:ident => $body:expr) => {
        match &$store.pool {
            $crate::engine::Pool::Sqlite { read: $pool, .. } => $body,
            $crate::engine::Pool::Postgres($pool) => $body,
        }
    };
}

/// Runs one block in a transaction that may write, on whichever engine it is, and commits it where the block ends
/// well. SQLite's begins IMMEDIATE: one that reads first and writes later would fail at once when another writer
/// came between.
macro_rules! in_transaction {
    ($store:expr, $transaction:ident => $body:expr) => {
        match &$store.pool {
            $crate::engine::Pool::Sqlite { write, .. } => {
                let mut $transaction = write.begin_with("BEGIN IMMEDIATE").await?;
                let value = $body;
                $transaction.commit().await?;
                value
            }
            $crate::engine::Pool::Postgres(pool) => {
                let mut $transaction = $crate::engine::begin(pool, "BEGIN".to_owned()).await?;
                let value = $body;
                $transaction.commit().await?;
                value
            }
        }
    };
}

/// Runs one expression on a connection for reading what is one owner's; the provider is the nil UUID. PostgreSQL shows
/// nothing else on it (`migrations/postgres/0005_row_level_security.sql`), whatever the expression asks for.
macro_rules! on_rows_of {
    ($store:expr, $owner:expr, $connection:ident => $body:expr) => {
        match &$store.pool {
            $crate::engine::Pool::Sqlite { read, .. } => {
                let mut connection = read.acquire().await?;
                let $connection = &mut *connection;
                $body
            }
            $crate::engine::Pool::Postgres(pool) => {
                // Nothing was written, so nobody waits for the transaction's end.
                let mut transaction = $crate::engine::read_rows_of(pool, $owner).await?;
                let $connection = &mut *transaction;
                $body
            }
        }
    };
}

/// Runs one expression on a connection for reading what the provider wrote to every customer; PostgreSQL shows it only to
/// whoever says so: `vitrine.notices` or `vitrine.terms` is `of everybody`.
macro_rules! on_rows_of_everybody {
    ($store:expr, $what:literal, $rows:ident => $body:expr) => {
        match &$store.pool {
            $crate::engine::Pool::Sqlite { read: $rows, .. } => $body,
            $crate::engine::Pool::Postgres(pool) => {
                let statement = concat!("BEGIN READ ONLY; SET LOCAL vitrine.", $what, " = 'of everybody'");
                let mut transaction = $crate::engine::begin(pool, statement.to_owned()).await?;
                let $rows = &mut *transaction;
                $body
            }
        }
    };
}

pub(crate) use {in_transaction, on_engine, on_rows_of, on_rows_of_everybody};

/// A transaction for reading one owner's rows, begun in one round trip.
pub(crate) async fn read_rows_of(pool: &PgPool, owner: Uuid) -> Result<Transaction<'static, Postgres>> {
    begin(pool, format!("BEGIN READ ONLY; {}", set_owner(owner))).await
}

/// Begins a transaction in a task of its own, which goes on where whoever wants it goes away: sqlx 0.9 puts a connection
/// back whose BEGIN was sent and not answered yet, and whoever gets it next is inside that transaction.
pub(crate) async fn begin(pool: &PgPool, statement: String) -> Result<Transaction<'static, Postgres>> {
    let pool = pool.clone();
    let begun = tokio::spawn(async move { pool.begin_with(AssertSqlSafe(statement)).await });
    Ok(begun.await.map_err(|error| StoreError::Task(error.to_string()))??)
}

/// Until the transaction ends. A UUID's digits need no quoting, and a text needs no preparing.
pub(crate) fn set_owner(owner: Uuid) -> String {
    format!("SET LOCAL vitrine.customer = '{owner}'")
}

/// A transaction that writes what is one owner's, after it said whose.
pub(crate) trait RowsOf {
    fn rows_of(&mut self, owner: Uuid) -> impl Future<Output = Result<()>> + Send;
}

impl RowsOf for SqliteConnection {
    async fn rows_of(&mut self, _: Uuid) -> Result<()> {
        Ok(())
    }
}

impl RowsOf for PgConnection {
    async fn rows_of(&mut self, owner: Uuid) -> Result<()> {
        sqlx::raw_sql(AssertSqlSafe(set_owner(owner))).execute(self).await?;
        Ok(())
    }
}

impl Store {
    /// Opens `sqlite:PATH`, making the file where there is none, or `postgres://…`. Nothing is migrated.
    ///
    /// # Errors
    /// [`StoreError::Address`] where the address names neither engine; [`StoreError::Database`] where the database
    /// can't be reached.
    pub async fn open(address: &str, clock: Arc<dyn Clock>, keys: Keyring) -> Result<Self> {
        let pool = if address.starts_with("sqlite:") {
            let options = SqliteConnectOptions::from_str(address)
                .map_err(|_| StoreError::Address(address.to_owned()))?
                .create_if_missing(true)
                .journal_mode(SqliteJournalMode::Wal)
                .synchronous(SqliteSynchronous::Full)
                .foreign_keys(true)
                .busy_timeout(SQLITE_BUSY)
                .row_buffer_size(SQLITE_ROWS_AHEAD)
                // Without it, INSERT OR REPLACE takes a row's place and no trigger that refuses deleting is asked.
                .pragma("recursive_triggers", "on")
                .pragma("cache_size", SQLITE_CACHE)
                .pragma("temp_store", "memory")
                // A statement's text tells what is worked on: a demand, which may be sealed.
                .disable_statement_logging();
            // A connection to a file doesn't break by itself, so none is tried before it is used.
            let pool = |most| SqlitePoolOptions::new().max_connections(most).test_before_acquire(false);
            let write = pool(1).connect_with(options.clone()).await?;
            let read = pool(SQLITE_READERS).connect_with(options).await?;
            Pool::Sqlite { read, write }
        } else if address.starts_with("postgres:") || address.starts_with("postgresql:") {
            let options =
                PgConnectOptions::from_str(address).map_err(|_| StoreError::Address("postgres://…".to_owned()))?;
            let options = options.disable_statement_logging();
            let pool = PgPoolOptions::new().max_connections(POSTGRES_CONNECTIONS).test_before_acquire(false);
            // One that answered just now is not tried again: that would be a round trip before each query.
            let pool = pool.before_acquire(|connection, meta| {
                Box::pin(async move {
                    if meta.idle_for > POSTGRES_TRUSTED {
                        connection.ping().await?;
                    }
                    Ok(true)
                })
            });
            Pool::Postgres(pool.connect_with(options).await?)
        } else {
            return Err(StoreError::Address(address.split(['@', '?']).next().unwrap_or_default().to_owned()));
        };
        Ok(Self { pool, clock, keys, mails: false })
    }

    /// The same database, seen at the time of another clock.
    #[must_use]
    pub fn with_clock(&self, clock: Arc<dyn Clock>) -> Self {
        Self { clock, ..self.clone() }
    }

    pub fn engine(&self) -> Engine {
        match self.pool {
            Pool::Sqlite { .. } => Engine::Sqlite,
            Pool::Postgres(_) => Engine::Postgres,
        }
    }

    pub fn now(&self) -> Timestamp {
        self.clock.now()
    }

    /// Brings the schema up to date. Safe to run twice and from many servers at once.
    pub async fn migrate(&self) -> Result<()> {
        match &self.pool {
            Pool::Sqlite { write, .. } => SQLITE_MIGRATIONS.run(write).await?,
            Pool::Postgres(pool) => POSTGRES_MIGRATIONS.run(pool).await?,
        }
        Ok(())
    }

    /// Changes whenever something is published that everybody may read: statistics, a report's edition, terms.
    pub async fn public_version(&self) -> Result<String> {
        let (import, edition, revision): (Option<i64>, Option<At>, i64) = on_engine!(self, pool => sqlx::query_as(
            "SELECT (SELECT max(import_id) FROM statistics_import), (SELECT max(published_at) FROM report_edition),
                 (SELECT revision FROM term_revision)"
        ).fetch_one(pool).await)?;
        let edition = edition.map_or(0, |At(at)| at.micros());
        Ok(format!("{}-{edition}-{revision}", import.unwrap_or(0)))
    }

    /// Succeeds where the database answers, its schema is exactly the one that this program knows, and its row-level
    /// security, if it has any, binds this program.
    ///
    /// # Errors
    /// [`StoreError::SchemaOutOfDate`] where it is older or newer; [`StoreError::AboveRowSecurity`] where PostgreSQL
    /// would let a wrong query read across customers.
    pub async fn check_ready(&self) -> Result<()> {
        let migrations = match self.engine() {
            Engine::Sqlite => &SQLITE_MIGRATIONS,
            Engine::Postgres => &POSTGRES_MIGRATIONS,
        };
        // Migrations may be added with a lower number than the newest.
        let known: (Option<i64>, i64) =
            (migrations.iter().map(|migration| migration.version).max(), migrations.iter().count() as i64);
        let applied: (Option<i64>, i64) = on_engine!(self, pool => sqlx::query_as(
            "SELECT max(version), count(*) FROM _sqlx_migrations WHERE success"
        ).fetch_one(pool).await)
        .map_err(|error| match error {
            sqlx::Error::Database(_) => StoreError::SchemaOutOfDate,
            other => StoreError::Database(other),
        })?;
        if applied != known {
            return Err(StoreError::SchemaOutOfDate);
        }
        match &self.pool {
            Pool::Sqlite { .. } => Ok(()),
            Pool::Postgres(pool) => {
                let bound = sqlx::query_scalar("SELECT row_security_active('access_record')").fetch_one(pool).await?;
                if bound { Ok(()) } else { Err(StoreError::AboveRowSecurity) }
            }
        }
    }

    /// Notes the key in use, and checks that every key that something here is sealed with is at hand.
    ///
    /// # Errors
    /// [`KeyError::Missing`](crate::KeyError::Missing) where the keys are not those of this database.
    pub async fn check_keys(&self) -> Result<()> {
        let used: Vec<Vec<u8>> =
            on_engine!(self, pool => sqlx::query_scalar("SELECT key_id FROM key_in_use").fetch_all(pool).await)?;
        for id in &used {
            if !self.keys.knows(id)? {
                return Err(KeyError::Missing { id: hex::encode(id) }.into());
            }
        }
        let (current, now) = (self.keys.current_id(), self.now());
        if !used.iter().any(|id| id.as_slice() == current) {
            in_transaction!(self, transaction => {
                sqlx::query("INSERT INTO key_in_use (key_id, first_used) VALUES ($1, $2) ON CONFLICT DO NOTHING")
                    .bind(current.as_slice()).bind(At(now)).execute(&mut *transaction).await?;
            });
        }
        Ok(())
    }

    /// Seals with the key in use what is sealed with an older one; how many secrets that were.
    pub async fn reseal(&self) -> Result<u64> {
        let mut resealed = 0;
        for (table, key, column) in SEALED {
            let ids = format!("SELECT {key} FROM {table} WHERE {column} IS NOT NULL");
            let select = format!("SELECT {column} FROM {table} WHERE {key} = $1");
            let update = format!("UPDATE {table} SET {column} = $3 WHERE {key} = $1 AND {column} = $2");
            let ids: Vec<Uuid> = on_engine!(self, pool =>
                sqlx::query_scalar(AssertSqlSafe(ids)).fetch_all(pool).await)?;
            // One by one: a document may be large.
            for id in ids {
                let sealed: Option<Option<Vec<u8>>> = on_engine!(self, pool =>
                    sqlx::query_scalar(AssertSqlSafe(select.clone())).bind(id).fetch_optional(pool).await)?;
                let Some(sealed) = sealed.flatten().filter(|sealed| !self.keys.is_current(sealed)) else { continue };
                let context = format!("{table}.{column}/{id}");
                let anew = self.keys.seal(&context, &self.keys.unseal(&context, &sealed)?)?;
                resealed += in_transaction!(self, transaction => sqlx::query(AssertSqlSafe(update.clone()))
                    .bind(id).bind(&sealed).bind(anew).execute(&mut *transaction).await?.rows_affected());
            }
        }
        Ok(resealed)
    }

    /// Waits for work under way, then closes the connections.
    pub async fn close(&self) {
        match &self.pool {
            Pool::Sqlite { read, write } => {
                read.close().await;
                write.close().await;
            }
            Pool::Postgres(pool) => pool.close().await,
        }
    }
}

pub(crate) fn random_bytes<const N: usize>() -> Result<[u8; N]> {
    let mut bytes = [0; N];
    getrandom::fill(&mut bytes).map_err(|error| StoreError::Random(error.to_string()))?;
    Ok(bytes)
}

/// A UUIDv7 whose time is the store's.
pub(crate) fn new_id(now: Timestamp) -> Result<Uuid> {
    let millis = u64::try_from(now.micros() / 1_000).unwrap_or_default();
    Ok(uuid::Builder::from_unix_timestamp_millis(millis, &random_bytes()?).into_uuid())
}

/// A [`Timestamp`] in a column: microseconds on SQLite, `timestamptz` on PostgreSQL.
#[derive(Clone, Copy, Debug)]
pub(crate) struct At(pub Timestamp);

impl sqlx::Type<Sqlite> for At {
    fn type_info() -> sqlx::sqlite::SqliteTypeInfo {
        <i64 as sqlx::Type<Sqlite>>::type_info()
    }
}

impl<'q> sqlx::Encode<'q, Sqlite> for At {
    fn encode_by_ref(&self, arguments: &mut <Sqlite as sqlx::Database>::ArgumentBuffer) -> Result<IsNull, BoxDynError> {
        <i64 as sqlx::Encode<'q, Sqlite>>::encode_by_ref(&self.0.micros(), arguments)
    }
}

impl<'r> sqlx::Decode<'r, Sqlite> for At {
    fn decode(value: <Sqlite as sqlx::Database>::ValueRef<'r>) -> Result<Self, BoxDynError> {
        Ok(Self(Timestamp::from_micros(<i64 as sqlx::Decode<'r, Sqlite>>::decode(value)?)?))
    }
}

impl sqlx::Type<Postgres> for At {
    fn type_info() -> sqlx::postgres::PgTypeInfo {
        <chrono::DateTime<chrono::Utc> as sqlx::Type<Postgres>>::type_info()
    }
}

impl sqlx::postgres::PgHasArrayType for At {
    fn array_type_info() -> sqlx::postgres::PgTypeInfo {
        <chrono::DateTime<chrono::Utc> as sqlx::postgres::PgHasArrayType>::array_type_info()
    }
}

impl<'q> sqlx::Encode<'q, Postgres> for At {
    fn encode_by_ref(&self, buffer: &mut sqlx::postgres::PgArgumentBuffer) -> Result<IsNull, BoxDynError> {
        <chrono::DateTime<chrono::Utc> as sqlx::Encode<'q, Postgres>>::encode_by_ref(&self.0.utc(), buffer)
    }
}

impl<'r> sqlx::Decode<'r, Postgres> for At {
    fn decode(value: sqlx::postgres::PgValueRef<'r>) -> Result<Self, BoxDynError> {
        let time = <chrono::DateTime<chrono::Utc> as sqlx::Decode<'r, Postgres>>::decode(value)?;
        Ok(Self(Timestamp::from_utc(time)?))
    }
}
