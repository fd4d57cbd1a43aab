//! The record's writing on PostgreSQL: whole columns as arrays, one statement a table.

use domain::CustomerId;
use sqlx::{PgConnection, types::Json};

use super::write::{Batch, EventKey, RecordWriter, Stored, StoredRow, add_patterns, add_tickets, set_size};
use crate::{
    Result,
    access::TellChange,
    engine::{At, RowsOf},
    grants::{Named, POLICY, Rules, named_grant},
};

impl RecordWriter for PgConnection {
    async fn lock_log(&mut self, customer: CustomerId) -> Result<(Vec<u8>, i64)> {
        self.rows_of(customer.0).await?;
        Ok(sqlx::query_as("SELECT log_name, size FROM access_log WHERE customer_id = $1 FOR UPDATE")
            .bind(customer.0)
            .fetch_one(self)
            .await?)
    }

    async fn stored(&mut self, customer: CustomerId, keys: Vec<EventKey>) -> Result<Vec<Stored>> {
        let (sources, ids): (Vec<_>, Vec<_>) = keys.into_iter().unzip();
        let rows: Vec<StoredRow> = sqlx::query_as(
            "SELECT source, event_id, sequence, recorded_at, leaf_hash, record,
                 EXISTS (SELECT 1 FROM access_record AS later
                         WHERE later.customer_id = $1 AND later.corrects = access_record.sequence)
             FROM unnest($2::text[], $3::text[]) AS asked (source, event_id)
             JOIN access_record USING (source, event_id) JOIN access_leaf USING (customer_id, sequence)
             WHERE customer_id = $1",
        )
        .bind(customer.0)
        .bind(sources)
        .bind(ids)
        .fetch_all(self)
        .await?;
        Ok(rows.into_iter().map(Stored::from).collect())
    }

    async fn rules(&mut self, customer: CustomerId, grants: Vec<Named>) -> Result<Rules> {
        let policy = sqlx::query_as(POLICY).bind(customer.0).fetch_optional(&mut *self).await?;
        if grants.is_empty() {
            return Ok(Rules { policy, grants: Vec::new() });
        }
        let (names, ids): (Vec<_>, Vec<_>) = grants.into_iter().map(|Named { name, id }| (name, id)).unzip();
        let registers = sqlx::query_as(concat!(
            "SELECT name, grant_id, jsonb_agg(line ORDER BY number)
             FROM (SELECT name, ",
            named_grant!("id", "name"),
            " AS grant_id FROM unnest($2::text[], $3::uuid[]) AS named (name, id)) AS found
             JOIN access_grant_line USING (grant_id)
             WHERE customer_id = $1 GROUP BY name, grant_id",
        ))
        .bind(customer.0)
        .bind(names)
        .bind(ids)
        .fetch_all(self)
        .await?;
        Ok(Rules { policy, grants: registers })
    }

    async fn write(&mut self, batch: Batch) -> Result<()> {
        let tally = batch.tally();
        let (patterns, tickets) = (batch.patterns()?, batch.tickets());
        let (field, value): (Vec<_>, Vec<_>) = batch.choices().into_iter().unzip();
        let customer = batch.customer.0;
        let size = batch.size;
        let recorded_at = At(batch.recorded_at);
        let count = batch.rows.len();
        macro_rules! columns {
            ($($name:ident),+) => { $(let mut $name = Vec::with_capacity(count);)+ };
        }
        columns!(
            sequence, source, event_id, started_at, purpose, office, physical, service, operations, corrects, salt
        );
        columns!(record, search, leaf_hash);
        columns!(found, grant_name, breaches);
        for exception in batch.exceptions {
            found.push(exception.sequence);
            grant_name.push(exception.grant);
            breaches.push(Json(exception.breaches));
        }
        for row in batch.rows {
            sequence.push(row.sequence);
            source.push(row.event.source);
            event_id.push(row.event.id);
            started_at.push(At(row.event.started_at));
            purpose.push(row.event.purpose.code());
            office.push(row.event.accessor.office_country.code().to_owned());
            physical.push(row.event.accessor.physical_country.code().to_owned());
            service.push(row.event.service);
            operations.push(row.event.operations.bits());
            corrects.push(row.corrects);
            salt.push(row.salt.to_vec());
            record.push(row.canonical);
            search.push(row.search.as_str().to_owned());
            leaf_hash.push(row.leaf_hash.to_vec());
        }
        sqlx::query(
            "INSERT INTO access_record (customer_id, sequence, source, event_id, started_at, recorded_at, purpose,
                 office_country, physical_country, service, operations, corrects, salt, record, search)
             SELECT $1, sequence, source, event_id, started_at, $2, purpose, office, physical, service, operations,
                 corrects, salt, record::jsonb, to_tsvector('simple', words)
             FROM unnest($3::bigint[], $4::text[], $5::text[], $6::timestamptz[], $7::text[], $8::text[], $9::text[],
                 $10::text[], $11::bigint[], $12::bigint[], $13::bytea[], $14::text[], $15::text[])
                 AS new (sequence, source, event_id, started_at, purpose, office, physical, service, operations,
                     corrects, salt, record, words)",
        )
        .bind(customer)
        .bind(recorded_at)
        .bind(&sequence)
        .bind(source)
        .bind(event_id)
        .bind(started_at)
        .bind(purpose)
        .bind(office)
        .bind(physical)
        .bind(service)
        .bind(operations)
        .bind(corrects)
        .bind(salt)
        .bind(record)
        .bind(search)
        .execute(&mut *self)
        .await?;
        sqlx::query(
            "INSERT INTO access_leaf (customer_id, sequence, leaf_hash)
             SELECT $1, * FROM unnest($2::bigint[], $3::bytea[])",
        )
        .bind(customer)
        .bind(sequence)
        .bind(leaf_hash)
        .execute(&mut *self)
        .await?;
        if !found.is_empty() {
            sqlx::query(
                "INSERT INTO access_exception (customer_id, sequence, found_at, grant_name, breaches)
                 SELECT $1, sequence, $2, grant_name, breaches
                 FROM unnest($3::bigint[], $4::text[], $5::jsonb[]) AS new (sequence, grant_name, breaches)",
            )
            .bind(customer)
            .bind(recorded_at)
            .bind(found)
            .bind(grant_name)
            .bind(breaches)
            .execute(&mut *self)
            .await?;
        }
        columns!(day, purpose, office, physical, service, accesses);
        for ((of_day, of_purpose, of_office, of_physical, of_service), count) in tally {
            day.push(At(of_day));
            purpose.push(of_purpose);
            office.push(of_office);
            physical.push(of_physical);
            service.push(of_service);
            accesses.push(count);
        }
        sqlx::query(
            "INSERT INTO access_tally (customer_id, day, purpose, office_country, physical_country, service, accesses)
             SELECT $1, *
             FROM unnest($2::timestamptz[], $3::text[], $4::text[], $5::text[], $6::text[], $7::bigint[])
             ON CONFLICT (customer_id, day, purpose, office_country, physical_country, service)
             DO UPDATE SET accesses = access_tally.accesses + excluded.accesses",
        )
        .bind(customer)
        .bind(day)
        .bind(purpose)
        .bind(office)
        .bind(physical)
        .bind(service)
        .bind(accesses)
        .execute(&mut *self)
        .await?;
        sqlx::query(
            "INSERT INTO access_choice (customer_id, field, value)
             SELECT $1, * FROM unnest($2::text[], $3::text[]) ON CONFLICT DO NOTHING",
        )
        .bind(customer)
        .bind(field)
        .bind(value)
        .execute(&mut *self)
        .await?;
        columns!(day, counted, accesses, first);
        for ((of_day, what), (count, place)) in patterns {
            day.push(At(of_day));
            counted.push(what);
            accesses.push(count);
            first.push(place);
        }
        sqlx::query(add_patterns!(
            "SELECT $1, * FROM unnest($2::timestamptz[], $3::text[], $4::bigint[], $5::bigint[])"
        ))
        .bind(customer)
        .bind(day)
        .bind(counted)
        .bind(accesses)
        .bind(first)
        .execute(&mut *self)
        .await?;
        if !tickets.is_empty() {
            columns!(ticket, purpose, first_at, last_at, sequence, accesses, requested);
            for of in tickets {
                ticket.push(of.ticket);
                purpose.push(of.purpose.code());
                first_at.push(At(of.first_at));
                last_at.push(At(of.last_at));
                sequence.push(of.sequence);
                accesses.push(of.accesses);
                requested.push(of.requested);
            }
            sqlx::query(add_tickets!(
                "SELECT $1, * FROM unnest($2::text[], $3::text[], $4::timestamptz[], $5::timestamptz[], $6::bigint[],
                     $7::bigint[], $8::bigint[])"
            ))
            .bind(customer)
            .bind(ticket)
            .bind(purpose)
            .bind(first_at)
            .bind(last_at)
            .bind(sequence)
            .bind(accesses)
            .bind(requested)
            .execute(&mut *self)
            .await?;
        }
        set_size!(self, customer, size);
        self.tell_change(batch.customer).await
    }
}
