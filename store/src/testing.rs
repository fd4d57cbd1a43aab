//! Databases for tests: a fresh one each, of either engine, gone afterwards.

use std::sync::Arc;

use domain::{DemandId, SignInRule, Timestamp};
use sqlx::{Connection, Executor, PgConnection};

use crate::{
    Customer, Engine, FixedClock, Keyring, Store,
    engine::{random_bytes, set_owner},
};

/// Names the PostgreSQL server that tests make their databases on.
pub const POSTGRES_VARIABLE: &str = "VITRINE_TEST_POSTGRES";

/// A migrated store of its own, and the clock that it goes by.
pub struct TestStore {
    pub store: Store,
    pub clock: Arc<FixedClock>,
    /// What another process would open the same database with.
    pub address: String,
    postgres: Option<(String, String)>,
    _directory: Option<tempfile::TempDir>,
}

impl TestStore {
    /// Opens a fresh database.
    ///
    /// # Panics
    /// Where the engine is PostgreSQL and [`POSTGRES_VARIABLE`] names no server: a test that can't run has failed.
    pub async fn open(engine: Engine) -> Self {
        let clock = Arc::new(FixedClock::new(Timestamp::parse("2026-03-01T12:00:00Z").expect("a time")));
        let (address, postgres, directory) = match engine {
            Engine::Sqlite => {
                let directory = tempfile::tempdir().expect("a directory for the database");
                (format!("sqlite:{}", directory.path().join("test.sqlite").display()), None, Some(directory))
            }
            Engine::Postgres => {
                let server = std::env::var(POSTGRES_VARIABLE).unwrap_or_else(|_| {
                    panic!("{POSTGRES_VARIABLE} names no PostgreSQL server; run the tests by `make test`")
                });
                let name = format!("vitrine_{}", hex::encode(random_bytes::<8>().expect("random bytes")));
                administer(&server, format!("CREATE DATABASE {name}")).await;
                let (base, query) = server.split_once('?').map_or((server.as_str(), ""), |(base, query)| (base, query));
                let root = base.rsplit_once('/').map_or(base, |(root, _)| root);
                (format!("{root}/{name}?{query}"), Some((server.clone(), name)), None)
            }
        };
        let store = Store::open(&address, clock.clone(), test_keys()).await.expect("a database");
        store.migrate().await.expect("a schema");
        Self { store, clock, address, postgres, _directory: directory }
    }

    /// Closes the database and removes it.
    pub async fn remove(self) {
        self.store.close().await;
        if let Some((server, name)) = &self.postgres {
            administer(server, format!("DROP DATABASE {name} WITH (FORCE)")).await;
        }
    }

    /// A customer with an empty record, whose people need no more than a password.
    pub async fn customer(&self, name: &str) -> Customer {
        let (operator, display_name) = (self.store.operator(), name.to_uppercase());
        let customer = operator.create_customer(name, &display_name, SignInRule::Password).await.expect("a customer");
        self.raw(format!(
            "INSERT INTO customer_domain SELECT '{name}.example', customer_id FROM customer WHERE name = '{name}'"
        ))
        .await
        .expect("a domain");
        customer
    }

    /// Runs SQL of one's own on the rows of one customer.
    pub async fn raw_of(&self, customer: &Customer, sql: &str) -> Result<(), sqlx::Error> {
        match self.store.engine() {
            Engine::Sqlite => self.raw(sql.to_owned()).await,
            // Both are one transaction, as they are sent together.
            Engine::Postgres => self.raw(format!("{}; {sql}", set_owner(customer.id.0))).await,
        }
    }

    /// Every row of a table, as whoever has the database in their hands reads it.
    pub async fn dump(&self, table: &str) -> Result<String, sqlx::Error> {
        let rows: Vec<Vec<u8>> = match &self.store.pool {
            crate::engine::Pool::Sqlite { read, .. } => {
                let names = "SELECT group_concat('CAST(' || name || ' AS BLOB)') FROM pragma_table_info($1)";
                let names: String = sqlx::query_scalar(names).bind(table).fetch_one(read).await?;
                let sql = format!("SELECT CAST(concat_ws(' ', {names}) AS BLOB) FROM {table}");
                sqlx::query_scalar(sqlx::AssertSqlSafe(sql)).fetch_all(read).await?
            }
            crate::engine::Pool::Postgres(pool) => {
                let begin = "BEGIN READ ONLY; SET LOCAL vitrine.notices = 'of everybody'";
                let mut transaction = pool.begin_with(begin).await?;
                let sql = format!("SELECT convert_to({table}::text, 'UTF8') FROM {table}");
                sqlx::query_scalar(sqlx::AssertSqlSafe(sql)).fetch_all(&mut *transaction).await?
            }
        };
        Ok(rows.iter().map(|row| String::from_utf8_lossy(row)).collect::<Vec<_>>().join("\n"))
    }

    /// Puts a register in a demand's place, as another version of the program would have written it.
    pub async fn set_register(&self, demand: DemandId, register: &str) {
        let sealed = self.store.keys.seal(&format!("demand.register/{demand}"), register.as_bytes()).expect("a seal");
        let (id, sealed) = (demand.0.simple(), hex::encode(sealed));
        let sql = match self.store.engine() {
            Engine::Sqlite => format!("UPDATE demand SET register = x'{sealed}' WHERE demand_id = x'{id}'"),
            Engine::Postgres => format!("UPDATE demand SET register = '\\x{sealed}' WHERE demand_id = '{id}'"),
        };
        self.raw(sql).await.expect("a register");
    }

    /// Runs SQL of one's own, as somebody with the database in their hands would.
    pub async fn raw(&self, sql: String) -> Result<(), sqlx::Error> {
        let sql = sqlx::AssertSqlSafe(sql);
        match &self.store.pool {
            crate::engine::Pool::Sqlite { write, .. } => write.execute(sql).await.map(drop),
            crate::engine::Pool::Postgres(pool) => pool.execute(sql).await.map(drop),
        }
    }
}

/// Keys that every test's store has.
///
/// # Panics
/// Never: the key is well formed.
pub fn test_keys() -> Keyring {
    Keyring::parse(&"5a".repeat(32)).expect("a key")
}

async fn administer(server: &str, sql: String) {
    let mut connection = PgConnection::connect(server).await.expect("the PostgreSQL server for tests");
    connection.execute(sqlx::AssertSqlSafe(sql)).await.expect("the test's database");
    connection.close().await.expect("a closed connection");
}

/// Makes two tests of one body: the same on SQLite and on PostgreSQL.
#[macro_export]
macro_rules! store_test {
    ($(#[$meta:meta])* async fn $name:ident($test:ident: TestStore) $body:block) => {
        $(#[$meta])*
        mod $name {
            use super::*;

            async fn body($test: &$crate::testing::TestStore) $body

            #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn on_sqlite() {
                let test = $crate::testing::TestStore::open($crate::Engine::Sqlite).await;
                body(&test).await;
                test.remove().await;
            }

            #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn on_postgres() {
                let test = $crate::testing::TestStore::open($crate::Engine::Postgres).await;
                body(&test).await;
                test.remove().await;
            }
        }
    };
}
