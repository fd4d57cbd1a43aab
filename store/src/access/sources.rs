//! What sources counted themselves, compared with what the record has of them.

use std::collections::HashMap;

use domain::{
    Timestamp,
    source_count::{HourCompared, HourCount, end_of},
};
use uuid::Uuid;

use super::{read::CustomerAccess, write::Reporter};
use crate::{
    Engine, Result,
    engine::{At, RowsOf, in_transaction, on_engine, on_rows_of},
};

/// Hours that a page shows.
const SHOWN: i64 = 100;

/// A source that counts itself.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CountedSource {
    pub name: String,
    /// Hours that it counted, and between when they lie.
    pub hours: i64,
    pub first: Timestamp,
    pub end: Timestamp,
    /// Hours in which the record had more or fewer.
    pub differing: i64,
    pub compared_at: Timestamp,
}

/// An hour in which the record had more or fewer accesses than the source counted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DifferingHour {
    pub source: String,
    /// As they were when they were compared.
    pub compared: HourCompared,
    pub compared_at: Timestamp,
    /// What the record has of that hour now.
    pub recorded_now: i64,
}

/// The sources that count themselves, and where their counts differ from the record, the newest first.
#[derive(Clone, Debug, Default)]
pub struct CountedSources {
    pub sources: Vec<CountedSource>,
    pub differing: Vec<DifferingHour>,
}

/// Accesses an hour, counted from 1970. A correction is none: it tells of an access that was told of before.
fn hourly(engine: Engine) -> &'static str {
    match engine {
        Engine::Sqlite => {
            "SELECT started_at / 3600000000 AS hour, count(*) FROM access_record
             WHERE customer_id = $1 AND started_at >= $2 AND started_at < $3 AND source = $4 AND corrects IS NULL
             GROUP BY hour"
        }
        Engine::Postgres => {
            "SELECT CAST(floor(extract(epoch FROM started_at) / 3600) AS bigint) AS hour, count(*) FROM access_record
             WHERE customer_id = $1 AND started_at >= $2 AND started_at < $3 AND source = $4 AND corrects IS NULL
             GROUP BY hour"
        }
    }
}

impl Reporter {
    /// Compares what a source counted with what a customer's record has of it, and keeps both for the customer to see.
    /// `None` where nobody is called so.
    pub async fn compare(
        &self,
        customer: &str,
        source: &str,
        counts: &[HourCount],
    ) -> Result<Option<Vec<HourCompared>>> {
        let store = &self.store;
        let customer: Option<Uuid> = on_engine!(store, pool => sqlx::query_scalar(
            "SELECT customer_id FROM customer WHERE name = $1"
        ).bind(customer).fetch_optional(pool).await)?;
        let Some(customer) = customer else { return Ok(None) };
        let (Some(first), Some(last)) = (counts.first(), counts.last()) else { return Ok(Some(Vec::new())) };
        let now = store.now();
        Ok(Some(in_transaction!(store, transaction => {
            transaction.rows_of(customer).await?;
            let recorded: Vec<(i64, i64)> = sqlx::query_as(hourly(store.engine()))
                .bind(customer)
                .bind(At(first.hour))
                .bind(At(end_of(last.hour)))
                .bind(source)
                .fetch_all(&mut *transaction)
                .await?;
            let recorded = recorded.into_iter().collect::<HashMap<_, _>>();
            let mut compared = Vec::with_capacity(counts.len());
            for HourCount { hour, counted } in counts {
                let place = hour.micros() / 3_600_000_000;
                let recorded = recorded.get(&place).copied().unwrap_or_default();
                sqlx::query(
                    "INSERT INTO source_count (customer_id, source, hour, until, counted, recorded, compared_at)
                     VALUES ($1, $2, $3, $4, $5, $6, $7)
                     ON CONFLICT (customer_id, source, hour) DO UPDATE
                         SET counted = excluded.counted, recorded = excluded.recorded,
                             compared_at = excluded.compared_at",
                )
                .bind(customer)
                .bind(source)
                .bind(At(*hour))
                .bind(At(end_of(*hour)))
                .bind(i64::from(*counted))
                .bind(recorded)
                .bind(At(now))
                .execute(&mut *transaction)
                .await?;
                compared.push(HourCompared { hour: *hour, counted: i64::from(*counted), recorded });
            }
            compared
        })))
    }
}

type SourceRow = (String, i64, At, At, i64, At);
type HourRow = (String, At, i64, i64, At, i64);

impl CustomerAccess {
    /// What sources counted, and where that differs from this record.
    pub async fn sources(&self) -> Result<CountedSources> {
        let customer = self.customer.id.0;
        let (sources, hours): (Vec<SourceRow>, Vec<HourRow>) = on_rows_of!(self.store, customer, rows => {
            let sources = sqlx::query_as(
                "SELECT source, count(*), min(hour), max(until),
                     CAST(sum(CASE WHEN counted <> recorded THEN 1 ELSE 0 END) AS bigint), max(compared_at)
                 FROM source_count WHERE customer_id = $1 GROUP BY source ORDER BY source",
            )
            .bind(customer)
            .fetch_all(&mut *rows)
            .await?;
            let hours = sqlx::query_as(
                "SELECT source, hour, counted, recorded, compared_at,
                     (SELECT count(*) FROM access_record
                      WHERE access_record.customer_id = $1 AND started_at >= hour AND started_at < until
                        AND access_record.source = source_count.source AND corrects IS NULL)
                 FROM source_count WHERE customer_id = $1 AND counted <> recorded
                 ORDER BY hour DESC, source LIMIT $2",
            )
            .bind(customer)
            .bind(SHOWN)
            .fetch_all(&mut *rows)
            .await?;
            (sources, hours)
        });
        let source = |(name, hours, At(first), At(end), differing, At(compared_at)): SourceRow| CountedSource {
            name,
            hours,
            first,
            end,
            differing,
            compared_at,
        };
        let hour = |(source, At(hour), counted, recorded, At(compared_at), recorded_now): HourRow| DifferingHour {
            source,
            compared: HourCompared { hour, counted, recorded },
            compared_at,
            recorded_now,
        };
        Ok(CountedSources {
            sources: sources.into_iter().map(source).collect(),
            differing: hours.into_iter().map(hour).collect(),
        })
    }
}
