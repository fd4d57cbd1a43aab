//! PostgreSQL keeps customers apart even where a query doesn't. SQLite has nothing of the kind.

use std::collections::BTreeSet;

use domain::{
    MemberRole, Timestamp,
    access::{AccessDraft, AccessEvent},
};
use sqlx::{AssertSqlSafe, Connection, Executor, PgConnection, PgPool, postgres::PgPoolOptions};
use store::{Customer, Engine, NewAccess, NewPerson, Scope, StoreError, testing::TestStore};

/// Tables with a customer's id that must answer before anybody can say which customer it is.
const FOUND_BY: [(&str, &str); 8] = [
    ("customer", "reports name it"),
    ("person", "sign-in knows an address, and a session its person"),
    ("api_token", "a call knows its token"),
    ("invitation", "whoever follows a link knows its token"),
    ("customer_domain", "sign-in knows an address's domain"),
    ("sso_connection", "sign-in finds it by the domain, and rotated keys seal every secret anew"),
    ("sign_in_policy", "sign-in asks it together with the person"),
    ("webhook", "whoever delivers takes anybody's next message, and rotated keys seal every connection anew"),
];

fn event(id: &str) -> AccessEvent {
    let draft: AccessDraft = serde_json::from_value(serde_json::json!({
        "id": id, "accessor": {"role": "Support engineer", "employer": "Nimbus Cloud", "office_country": "IE"},
        "started_at": "2026-02-01T11:00:00Z", "purpose": "customer_requested_support",
        "justification": "Restore of a deleted folder", "service": "Object Storage",
        "resources": [{"type": "bucket", "name": "records"}], "operations": ["read"],
        "approval": {"kind": "customer"}, "authentication": {"factors": ["passkey"]}
    }))
    .expect("an access");
    draft.check(Timestamp::parse("2026-03-01T12:00:00Z").expect("a time")).expect("a valid access")
}

/// A customer with something in every table that is bound.
async fn customer(test: &TestStore, name: &str) -> Customer {
    let customer = test.customer(name).await;
    let access = NewAccess { customer: name.to_owned(), event: event("a") };
    test.store.operator().reporter().record(vec![access]).await.expect("a record");
    let token = test.store.operator();
    token
        .create_token(Some(&customer), "A", Scope::AccessEventsRead, chrono::TimeDelta::days(1))
        .await
        .expect("a token");
    let person = NewPerson {
        email: &format!("ada@{name}.example"),
        display_name: "Ada",
        password: "correct horse battery staple",
    };
    let person = token.create_member(&customer, person, MemberRole::Owner).await.expect("a person");
    let id = customer.id;
    let policy = serde_json::to_string(&domain::grant::Policy::default()).expect("a policy");
    // A notice in every way: read, spoken about, and with a copy of a demand.
    let notice = format!(
        "INSERT INTO demand (demand_id, revision, register, pending) VALUES ('{id}', 0, '', FALSE);
         INSERT INTO demand_document (document_id, demand_id, facts, body) VALUES ('{id}', '{id}', '', '');
         INSERT INTO notice_log (customer_id, size) VALUES ('{id}', 1);
         INSERT INTO notice (customer_id, sequence, notice_id, kind, issued_at, content, words, thread_id)
             VALUES ('{id}', 0, '{id}', 'policy_change', now(), '{{}}', '', '{id}');
         INSERT INTO notice_reminder (customer_id, sequence, look_at) VALUES ('{id}', 0, now());
         INSERT INTO notice_document (customer_id, sequence, document_id, name, media_type, size, sha256)
             VALUES ('{id}', 0, '{id}', 'a.pdf', 'application/pdf', 0, '');
         INSERT INTO notice_reading (customer_id, sequence, person_id, read_at) VALUES ('{id}', 0, '{person}', now());
         INSERT INTO notice_message (customer_id, sequence, number, kind, written_at, person_id, author, body)
             VALUES ('{id}', 0, 0, 'comment', now(), '{person}', 'Ada', '');
         INSERT INTO inquiry_log (customer_id, size) VALUES ('{id}', 1);
         INSERT INTO inquiry (customer_id, sequence, inquiry_id, opened_at) VALUES ('{id}', 0, '{id}', now());
         INSERT INTO inquiry_access (customer_id, sequence, access_sequence, access) VALUES ('{id}', 0, 0, '{{}}');
         INSERT INTO inquiry_message (customer_id, sequence, number, kind, written_at, person_id, author, body)
             VALUES ('{id}', 0, 0, 'question', now(), '{person}', 'Ada', '');
         INSERT INTO inquiry_state (customer_id, sequence, last_at, disputed, unread)
             VALUES ('{id}', 0, now(), FALSE, FALSE);
         INSERT INTO inquiry_wait (customer_id, sequence, number, asked_at, due_at, answered_at)
             VALUES ('{id}', 0, 1, now(), now(), now());
         INSERT INTO finding_settled (customer_id, finding_key, finding, settled_at, person_id, author, reason)
             VALUES ('{id}', '0', '{{}}', now(), '{person}', 'Ada', '');
         INSERT INTO access_grant (customer_id, grant_id, sender_id, reference) VALUES ('{id}', '{id}', '{id}', 'a');
         INSERT INTO access_grant_line (customer_id, grant_id, number, line) VALUES ('{id}', '{id}', 0, '{{}}');
         INSERT INTO access_grant_state (customer_id, grant_id, revision, status, to_review)
             VALUES ('{id}', '{id}', 1, 'ended', FALSE);
         INSERT INTO access_policy (customer_id, version, policy, made_at, made_by)
             VALUES ('{id}', 1, '{policy}', now(), 'Ada');
         INSERT INTO approval_key (customer_id, key_id, person_id, name, public_key, added_at)
             VALUES ('{id}', '{id}', '{person}', 'a', '{{}}', now());
         INSERT INTO access_exception (customer_id, sequence, found_at, breaches) VALUES ('{id}', 0, now(), '[]');
         INSERT INTO term_version
                 (version_id, kind, key, customer_id, effective_from, version, published_at, proposed_by, approved_by)
             VALUES ('{id}', 'services', 'a', '{id}', '2026-01-01', '{{}}', now(), '', '');
         INSERT INTO term_acceptance (customer_id, person_id, version_id, accepted_at)
             VALUES ('{id}', '{person}', '{id}', now());
         INSERT INTO source_count (customer_id, source, hour, until, counted, recorded, compared_at)
             VALUES ('{id}', 'a', now(), now(), 1, 0, now())"
    );
    test.raw_of(&customer, &notice).await.expect("a notice");
    customer
}

/// Two customers, and one connection of the server's role to the database that holds them.
struct Two {
    test: TestStore,
    pool: PgPool,
    ours: Customer,
    theirs: Customer,
}

impl Two {
    async fn open() -> Self {
        let test = TestStore::open(Engine::Postgres).await;
        let (ours, theirs) = (customer(&test, "acme").await, customer(&test, "zeta").await);
        let pool = PgPoolOptions::new().max_connections(1).connect(&test.address).await.expect("a connection");
        Self { test, pool, ours, theirs }
    }

    async fn remove(self) {
        self.pool.close().await;
        self.test.remove().await;
    }

    /// Every table with somebody's id, and the id's column; partitions are tables too.
    async fn owned(&self) -> Vec<(String, String)> {
        sqlx::query_as(
            "SELECT relname::text, attname::text FROM pg_class JOIN pg_attribute ON attrelid = pg_class.oid
             WHERE relnamespace = 'public'::regnamespace AND relkind IN ('r', 'p')
               AND attname IN ('customer_id', 'owner_id') ORDER BY relname",
        )
        .fetch_all(&self.pool)
        .await
        .expect("the catalogue")
    }

    /// Those that must be bound, partitions apart.
    async fn bound(&self) -> Vec<(String, String)> {
        let free = FOUND_BY.map(|(table, _)| table);
        let partitions: Vec<String> = sqlx::query_scalar("SELECT relname::text FROM pg_class WHERE relispartition")
            .fetch_all(&self.pool)
            .await
            .expect("the catalogue");
        let mut owned = self.owned().await;
        owned.retain(|(table, _)| !free.contains(&table.as_str()) && !partitions.contains(table));
        owned
    }
}

async fn count(connection: &mut PgConnection, from: &str) -> i64 {
    sqlx::query_scalar(AssertSqlSafe(format!("SELECT count(*) FROM {from}")))
        .fetch_one(connection)
        .await
        .expect("a count")
}

async fn turn_to(connection: &mut PgConnection, customer: &Customer) {
    let set = format!("SET LOCAL vitrine.customer = '{}'", customer.id.0);
    connection.execute(AssertSqlSafe(set)).await.expect("a setting");
}

#[tokio::test]
async fn every_table_with_somebodys_rows_is_bound_or_says_why_not() {
    let two = Two::open().await;
    let bound: BTreeSet<String> = sqlx::query_scalar(
        "SELECT relname::text FROM pg_class WHERE relrowsecurity AND relforcerowsecurity AND relkind IN ('r', 'p')",
    )
    .fetch_all(&two.pool)
    .await
    .expect("the catalogue")
    .into_iter()
    .collect();
    for (table, _) in two.owned().await {
        let free = FOUND_BY.iter().any(|(name, _)| *name == table);
        assert!(bound.contains(&table) != free, "{table} needs a policy, or a reason in FOUND_BY");
    }
    two.remove().await;
}

#[tokio::test]
async fn a_wrong_query_sees_nothing_of_another_customer() {
    let two = Two::open().await;
    let tables = two.bound().await;
    assert!(tables.iter().any(|(table, _)| table == "access_record"), "{tables:?}");
    for (table, column) in tables {
        let others = format!("{table} WHERE {column} = '{}'", two.theirs.id.0);
        let mut connection = two.pool.acquire().await.expect("a connection");
        assert_eq!(count(&mut connection, &table).await, 0, "{table}, nobody's");
        assert_eq!(count(&mut connection, &others).await, 0, "{others}, nobody's");
        let mut transaction = connection.begin().await.expect("a transaction");
        turn_to(&mut transaction, &two.ours).await;
        let ours = format!("{table} WHERE {column} = '{}'", two.ours.id.0);
        assert!(count(&mut transaction, &ours).await > 0, "{table} has nothing of ours to see");
        assert_eq!(count(&mut transaction, &table).await, count(&mut transaction, &ours).await, "{table}");
        assert_eq!(count(&mut transaction, &others).await, 0, "{others}");
        transaction.commit().await.expect("an end");
        // The connection goes back to the pool, and is the only one.
        drop(connection);
        let mut next = two.pool.acquire().await.expect("a connection");
        assert_eq!(count(&mut next, &table).await, 0, "{table}, after somebody's transaction");
    }
    two.remove().await;
}

#[tokio::test]
async fn a_partition_shows_nothing_to_who_names_it() {
    let two = Two::open().await;
    let partitions: Vec<String> =
        sqlx::query_scalar("SELECT relname::text FROM pg_class WHERE relispartition AND relkind = 'r'")
            .fetch_all(&two.pool)
            .await
            .expect("the catalogue");
    assert_eq!(partitions.len(), 16);
    let mut transaction = two.pool.begin().await.expect("a transaction");
    turn_to(&mut transaction, &two.ours).await;
    for partition in partitions {
        assert_eq!(count(&mut transaction, &partition).await, 0, "{partition}");
    }
    drop(transaction);
    two.remove().await;
}

#[tokio::test]
async fn nobody_writes_for_another_customer() {
    let two = Two::open().await;
    for (table, column) in two.bound().await {
        let mut transaction = two.pool.begin().await.expect("a transaction");
        turn_to(&mut transaction, &two.ours).await;
        // Our own row under their id, so that nothing but whose it is can be wrong with it.
        let insert = format!(
            "INSERT INTO {table} SELECT (jsonb_populate_record({table}, jsonb_build_object('{column}', '{}'))).*
             FROM {table} LIMIT 1",
            two.theirs.id.0
        );
        let refusal = transaction.execute(AssertSqlSafe(insert)).await.expect_err("a refusal").to_string();
        assert!(refusal.contains("row-level security"), "{table}: {refusal}");
        drop(transaction);
        let mut transaction = two.pool.begin().await.expect("a transaction");
        turn_to(&mut transaction, &two.ours).await;
        for change in [format!("DELETE FROM {table}"), format!("UPDATE {table} SET {column} = {column}")] {
            let change = format!("{change} WHERE {column} = '{}'", two.theirs.id.0);
            let done = transaction.execute(AssertSqlSafe(change.clone())).await.expect("nothing to change");
            assert_eq!(done.rows_affected(), 0, "{change}");
        }
        drop(transaction);
    }
    two.remove().await;
}

#[tokio::test]
async fn a_role_that_no_policy_binds_is_refused() {
    let test = TestStore::open(Engine::Postgres).await;
    test.store.check_ready().await.expect("a role that is bound");
    test.raw("ALTER TABLE access_record NO FORCE ROW LEVEL SECURITY".to_owned()).await.expect("an owner's doing");
    assert!(matches!(test.store.check_ready().await, Err(StoreError::AboveRowSecurity)));
    test.remove().await;
}

#[tokio::test]
async fn the_provider_reads_all_notices_where_it_says_so_and_nothing_else() {
    let two = Two::open().await;
    let tables = two.bound().await;
    let mut transaction = two.pool.begin().await.expect("a transaction");
    transaction.execute("SET LOCAL vitrine.notices = 'of everybody'").await.expect("a setting");
    for (table, _) in tables {
        let expected = if table.starts_with("notice") { 2 } else { 0 };
        assert_eq!(count(&mut transaction, &table).await, expected, "{table}");
    }
    let forged = transaction.execute("UPDATE notice_log SET size = 0").await.expect("nothing").rows_affected();
    assert_eq!(forged, 0, "it reads, and no more");
    drop(transaction);
    two.remove().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_reader_that_goes_away_leaves_no_transaction_behind() {
    let test = TestStore::open(Engine::Postgres).await;
    let acme = customer(&test, "acme").await;
    let records = test.store.operator().records_of(&acme);
    for round in 0..2_000 {
        // Somewhere between the first byte of the question and the answer.
        let mut read = std::pin::pin!(records.size());
        for _ in 0..round % 200 {
            if futures::poll!(&mut read).is_ready() {
                break;
            }
            tokio::task::yield_now().await;
        }
    }
    let write = async |number: u32| {
        let event = event(&format!("b-{number}"));
        let access = NewAccess { customer: "acme".to_owned(), event };
        test.store.operator().reporter().record(vec![access]).await
    };
    let written = futures::future::join_all((0..32).map(write)).await;
    for written in written {
        written.expect("what was read before keeps nobody from writing");
    }
    test.remove().await;
}
