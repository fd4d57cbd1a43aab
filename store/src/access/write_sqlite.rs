//! The record's writing on SQLite: many rows a statement. The transaction holds the whole database's write lock.

use domain::CustomerId;
use sqlx::{QueryBuilder, Sqlite, SqliteConnection, types::Json};

use super::write::{Batch, EventKey, RecordWriter, Stored, StoredRow};
use crate::{
    Result,
    engine::At,
    grants::{Named, POLICY, Rules, named_grant},
};

/// A record takes 15 parameters; SQLite allows 32,766 a statement. Statements of one length are prepared once.
const ROWS_A_STATEMENT: usize = 250;

impl RecordWriter for SqliteConnection {
    async fn lock_log(&mut self, customer: CustomerId) -> Result<(Vec<u8>, i64)> {
        Ok(sqlx::query_as("SELECT log_name, size FROM access_log WHERE customer_id = $1")
            .bind(customer.0)
            .fetch_one(self)
            .await?)
    }

    async fn stored(&mut self, customer: CustomerId, keys: Vec<EventKey>) -> Result<Vec<Stored>> {
        let rows: Vec<StoredRow> = sqlx::query_as(
            // CROSS JOIN looks each asked key up. Left to itself SQLite walks the whole record once for each.
            "SELECT source, event_id, sequence, recorded_at, leaf_hash, record
             FROM json_each($2) AS asked
             CROSS JOIN access_record
                 ON customer_id = $1 AND source = asked.value ->> 0 AND event_id = asked.value ->> 1
             CROSS JOIN access_leaf USING (customer_id, sequence)",
        )
        .bind(customer.0)
        .bind(Json(keys))
        .fetch_all(self)
        .await?;
        Ok(rows.into_iter().map(Stored::from).collect())
    }

    async fn rules(&mut self, customer: CustomerId, grants: Vec<Named>) -> Result<Rules> {
        let policy = sqlx::query_as(POLICY).bind(customer.0).fetch_optional(&mut *self).await?;
        let mut registers = Vec::with_capacity(grants.len());
        for Named { name, id } in grants {
            let found = sqlx::query_as(concat!(
                "SELECT grant_id, json_group_array(json(line) ORDER BY number) FROM access_grant_line
                 WHERE customer_id = $1 AND grant_id = ",
                named_grant!("$2", "$3"),
                " GROUP BY grant_id",
            ))
            .bind(customer.0)
            .bind(id)
            .bind(&name)
            .fetch_optional(&mut *self)
            .await?;
            registers.extend(found.map(|(id, lines)| (name, id, lines)));
        }
        Ok(Rules { policy, grants: registers })
    }

    async fn write(&mut self, batch: Batch) -> Result<()> {
        let tally = batch
            .tally()
            .into_iter()
            .map(|((day, purpose, office, physical, service), accesses)| {
                (day.micros(), purpose, office, physical, service, accesses)
            })
            .collect::<Vec<_>>();
        let customer = batch.customer.0;
        let customer_word = customer.simple().to_string();
        let newest: Option<i64> =
            sqlx::query_scalar("SELECT max(record_id) FROM access_record").fetch_one(&mut *self).await?;
        let first_of_batch = newest.unwrap_or(0) + 1;
        for (chunk, rows) in batch.rows.chunks(ROWS_A_STATEMENT).enumerate() {
            // A batch is far below i64's range.
            let ids = first_of_batch + (chunk * ROWS_A_STATEMENT) as i64..;
            let mut insert = QueryBuilder::<Sqlite>::new(
                "INSERT INTO access_record (record_id, customer_id, sequence, source, event_id, started_at,
                     recorded_at, purpose, office_country, physical_country, service, operations, corrects, salt,
                     record) ",
            );
            insert.push_values(ids.clone().zip(rows), |mut values, (id, row)| {
                values
                    .push_bind(id)
                    .push_bind(customer)
                    .push_bind(row.sequence)
                    .push_bind(&row.event.source)
                    .push_bind(&row.event.id)
                    .push_bind(At(row.event.started_at))
                    .push_bind(At(batch.recorded_at))
                    .push_bind(row.event.purpose.code())
                    .push_bind(row.event.accessor.office_country.code().to_owned())
                    .push_bind(row.event.accessor.physical_country.code().to_owned())
                    .push_bind(&row.event.service)
                    .push_bind(row.event.operations.bits())
                    .push_bind(row.corrects)
                    .push_bind(row.salt.as_slice())
                    .push_bind(&row.canonical);
            });
            insert.build().execute(&mut *self).await?;
            let mut insert = QueryBuilder::<Sqlite>::new("INSERT INTO access_leaf (customer_id, sequence, leaf_hash) ");
            insert.push_values(rows, |mut values, row| {
                values.push_bind(customer).push_bind(row.sequence).push_bind(row.leaf_hash.as_slice());
            });
            insert.build().execute(&mut *self).await?;
            let mut insert = QueryBuilder::<Sqlite>::new("INSERT INTO access_search (rowid, customer, words) ");
            insert.push_values(ids.zip(rows), |mut values, (id, row)| {
                values.push_bind(id).push_bind(&customer_word).push_bind(row.search.as_str());
            });
            insert.build().execute(&mut *self).await?;
        }
        if !batch.exceptions.is_empty() {
            let exceptions = batch
                .exceptions
                .iter()
                .map(|exception| (exception.sequence, &exception.grant, Json(&exception.breaches)));
            sqlx::query(
                "INSERT INTO access_exception (customer_id, sequence, found_at, grant_name, breaches)
                 SELECT $1, value ->> 0, $2, value ->> 1, value -> 2 FROM json_each($3)",
            )
            .bind(customer)
            .bind(At(batch.recorded_at))
            .bind(Json(exceptions.collect::<Vec<_>>()))
            .execute(&mut *self)
            .await?;
        }
        sqlx::query(
            "INSERT INTO access_tally (customer_id, day, purpose, office_country, physical_country, service, accesses)
             SELECT $1, value ->> 0, value ->> 1, value ->> 2, value ->> 3, value ->> 4, value ->> 5
             FROM json_each($2) WHERE TRUE
             ON CONFLICT (customer_id, day, purpose, office_country, physical_country, service)
             DO UPDATE SET accesses = access_tally.accesses + excluded.accesses",
        )
        .bind(customer)
        .bind(Json(tally))
        .execute(&mut *self)
        .await?;
        sqlx::query(
            "INSERT INTO access_choice (customer_id, field, value)
             SELECT $1, value ->> 0, value ->> 1 FROM json_each($2) WHERE TRUE ON CONFLICT DO NOTHING",
        )
        .bind(customer)
        .bind(Json(batch.choices()))
        .execute(&mut *self)
        .await?;
        super::write::set_size!(self, customer, batch.size);
        Ok(())
    }
}
