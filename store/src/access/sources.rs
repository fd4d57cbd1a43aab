//! What sources counted themselves, compared with what the record has of them.

use std::collections::{BTreeMap, HashMap};

use domain::{
    CustomerId, FieldProblem, Month, Timestamp,
    source_count::{HourCompared, HourCount, end_of, source_name},
    summary::SourceGap,
    webhook::WebhookEvent,
};
use uuid::Uuid;

use super::{
    read::CustomerAccess,
    write::{RecordWriter, Reporter},
};
use crate::{
    Engine, Result,
    engine::{At, in_transaction, on_engine, on_rows_of},
    trail::Owner,
    webhooks::tell_webhooks,
};

/// Hours that a page shows.
const SHOWN: usize = 100;

/// Why counts were not compared.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum NotCompared {
    NoCustomer,
    /// Neither the record nor earlier counts know it.
    UnknownSource,
    Field(FieldProblem),
}

/// A source that counts itself.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CountedSource {
    pub name: String,
    /// Hours that it counted, and the first and the last of them.
    pub hours: i64,
    pub first: Timestamp,
    pub last: Timestamp,
    /// Hours between these that it said nothing of.
    pub uncounted: i64,
    /// Hours in which the record has more or fewer now than the source counted last.
    pub differing: i64,
    /// When what it counted was new, or what the record had of it.
    pub changed_at: Timestamp,
}

/// What a source said of an hour, and what the record had of it then.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SaidOfHour {
    pub counted: i64,
    pub recorded: i64,
    pub compared_at: Timestamp,
}

/// An hour in which the record once had more or fewer accesses than the source counted, or of which the source said
/// different things.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DifferingHour {
    pub source: String,
    /// As the source counted it last, and as the record is now.
    pub now: HourCompared,
    /// Everything that was said of it, the newest last.
    pub said: Vec<SaidOfHour>,
}

/// Hours after each other that a source said nothing of, though it counted earlier and later ones.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UncountedHours {
    pub source: String,
    pub from: Timestamp,
    pub until: Timestamp,
}

/// The sources that count themselves, and where their counts differ from the record, the newest first.
#[derive(Clone, Debug, Default)]
pub struct CountedSources {
    pub sources: Vec<CountedSource>,
    pub differing: Vec<DifferingHour>,
    pub uncounted: Vec<UncountedHours>,
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
    /// Compares what a source counted with what a customer's record has of it, keeps both for the customer to see, beside
    /// what was said before, and tells the customer's webhooks where accesses are missing.
    /// Where neither the record nor earlier counts know the source, it must be said to be `new`: under a mistyped name
    /// all that it counted would seem to be missing, for ever.
    pub async fn compare(
        &self,
        customer: &str,
        source: &str,
        new: bool,
        counts: &[HourCount],
    ) -> Result<Result<Vec<HourCompared>, NotCompared>> {
        let source = match source_name(source) {
            Ok(source) => source,
            Err(problem) => return Ok(Err(NotCompared::Field(problem))),
        };
        let store = &self.store;
        let customer: Option<Uuid> = on_engine!(store, pool => sqlx::query_scalar(
            "SELECT customer_id FROM customer WHERE name = $1"
        ).bind(customer).fetch_optional(pool).await)?;
        let Some(customer) = customer else { return Ok(Err(NotCompared::NoCustomer)) };
        let (Some(first), Some(last)) = (counts.first(), counts.last()) else { return Ok(Ok(Vec::new())) };
        let now = store.now();
        Ok(in_transaction!(store, transaction => {
            // Whoever compares beside this waits, so that what was said has an order.
            transaction.lock_log(CustomerId(customer)).await?;
            let is_known: bool = sqlx::query_scalar(
                "SELECT EXISTS (SELECT 1 FROM access_record WHERE customer_id = $1 AND source = $2)
                     OR EXISTS (SELECT 1 FROM source_count WHERE customer_id = $1 AND source = $2)",
            )
            .bind(customer)
            .bind(&source)
            .fetch_one(&mut *transaction)
            .await?;
            if !is_known && !new {
                return Ok(Err(NotCompared::UnknownSource));
            }
            let recorded: Vec<(i64, i64)> = sqlx::query_as(hourly(store.engine()))
                .bind(customer)
                .bind(At(first.hour))
                .bind(At(end_of(last.hour)))
                .bind(&source)
                .fetch_all(&mut *transaction)
                .await?;
            let recorded = recorded.into_iter().collect::<HashMap<_, _>>();
            let mut compared = Vec::with_capacity(counts.len());
            for HourCount { hour, counted } in counts {
                let place = hour.micros() / 3_600_000_000;
                let recorded = recorded.get(&place).copied().unwrap_or_default();
                let last: Option<(i64, i64, i64)> = sqlx::query_as(
                    "SELECT number, counted, recorded FROM source_count
                     WHERE customer_id = $1 AND source = $2 AND hour = $3 ORDER BY number DESC LIMIT 1",
                )
                .bind(customer)
                .bind(&source)
                .bind(At(*hour))
                .fetch_optional(&mut *transaction)
                .await?;
                let counted = i64::from(*counted);
                compared.push(HourCompared { hour: *hour, counted, recorded });
                if last.is_some_and(|(_, before, had)| (before, had) == (counted, recorded)) {
                    continue;
                }
                sqlx::query(
                    "INSERT INTO source_count
                         (customer_id, source, hour, number, until, counted, recorded, compared_at)
                     VALUES ($1, $2, $3, $4, $5, $6, $7, $8)",
                )
                .bind(customer)
                .bind(&source)
                .bind(At(*hour))
                .bind(last.map_or(0, |(number, ..)| number + 1))
                .bind(At(end_of(*hour)))
                .bind(counted)
                .bind(recorded)
                .bind(At(now))
                .execute(&mut *transaction)
                .await?;
            }
            let missing = compared.iter().filter(|hour| hour.counted > hour.recorded).collect::<Vec<_>>();
            if !missing.is_empty() {
                let accesses = missing.iter().map(|hour| hour.counted - hour.recorded).sum::<i64>();
                let told = serde_json::json!({ "source": source, "hours": missing.len(), "accesses": accesses });
                let owner = Owner::customer(CustomerId(customer));
                tell_webhooks!(store, transaction, owner, WebhookEvent::SourceGap, told, now);
            }
            Ok(compared)
        }))
    }
}

/// Each hour with what was said last of it and what the record has of it now. Where that can't differ it isn't looked up.
const DIFFERING: &str = "WITH said AS (
         SELECT source, hour, until, counted, recorded, number,
             row_number() OVER (PARTITION BY source, hour ORDER BY number DESC) AS place
         FROM source_count WHERE customer_id = $1 AND hour >= $2 AND hour < $3
     ), noted AS (
         SELECT DISTINCT source, hour FROM source_count
         WHERE customer_id = $1 AND hour >= $2 AND hour < $3 AND (counted <> recorded OR number > 0)
     )
     SELECT said.source, said.hour, said.counted,
         (SELECT count(*) FROM access_record
          WHERE access_record.customer_id = $1 AND started_at >= said.hour AND started_at < said.until
            AND access_record.source = said.source AND corrects IS NULL) AS has
     FROM said JOIN noted ON noted.source = said.source AND noted.hour = said.hour
     WHERE said.place = 1 ORDER BY said.hour DESC, said.source";

/// Every pair of hours that a source counted one after the other, with hours between them.
const UNCOUNTED: &str = "SELECT source, until, next FROM (
         SELECT source, until, lead(hour) OVER (PARTITION BY source ORDER BY hour) AS next
         FROM source_count WHERE customer_id = $1 AND number = 0
     ) AS counted WHERE next > until AND next > $2 AND until < $3 ORDER BY until DESC, source";

type SourceRow = (String, i64, At, At, At);
type HourRow = (String, At, i64, i64);
type SaidRow = (String, At, i64, i64, At);
type UncountedRow = (String, At, At);

fn hours_between(from: Timestamp, until: Timestamp) -> i64 {
    until.since(from).num_hours()
}

impl CustomerAccess {
    /// What sources counted, and where that differs from this record.
    pub async fn sources(&self) -> Result<CountedSources> {
        let customer = self.customer.id.0;
        let (sources, hours, said, uncounted): (Vec<SourceRow>, Vec<HourRow>, Vec<SaidRow>, Vec<UncountedRow>) = on_rows_of!(self.store, customer, rows => {
            let sources: Vec<SourceRow> = sqlx::query_as(
                "SELECT source, CAST(sum(CASE WHEN number = 0 THEN 1 ELSE 0 END) AS bigint), min(hour), max(hour),
                         max(compared_at)
                     FROM source_count WHERE customer_id = $1 GROUP BY source ORDER BY source",
            )
            .bind(customer)
            .fetch_all(&mut *rows)
            .await?;
            let first = sources.iter().map(|(_, _, At(first), ..)| *first).min().unwrap_or(self.store.now());
            let last = sources.iter().map(|(_, _, _, At(last), _)| *last).max().unwrap_or(first);
            let between = (At(first), At(end_of(last)));
            let hours: Vec<HourRow> = sqlx::query_as(DIFFERING)
                .bind(customer).bind(between.0).bind(between.1).fetch_all(&mut *rows).await?;
            // What was said of the hours that are shown.
            let oldest = hours.iter().take(SHOWN).map(|(_, At(hour), ..)| *hour).min().unwrap_or(end_of(last));
            let said = sqlx::query_as(
                "SELECT source, hour, counted, recorded, compared_at FROM source_count
                 WHERE customer_id = $1 AND hour >= $2 ORDER BY number",
            )
            .bind(customer).bind(At(oldest)).fetch_all(&mut *rows).await?;
            let uncounted = sqlx::query_as(UNCOUNTED)
                .bind(customer).bind(between.0).bind(between.1).fetch_all(&mut *rows).await?;
            (sources, hours, said, uncounted)
        });
        let uncounted =
            uncounted.into_iter().map(|(source, At(from), At(until))| UncountedHours { source, from, until });
        let uncounted = uncounted.collect::<Vec<_>>();
        let source = |(name, hours, At(first), At(last), At(changed_at)): SourceRow| {
            let missing = uncounted.iter().filter(|of| of.source == name);
            CountedSource {
                uncounted: missing.map(|of| hours_between(of.from, of.until)).sum(),
                differing: 0,
                name,
                hours,
                first,
                last,
                changed_at,
            }
        };
        let mut sources = sources.into_iter().map(source).collect::<Vec<_>>();
        for (name, _, counted, has) in &hours {
            if let Some(source) = sources.iter_mut().find(|source| source.name == *name) {
                source.differing += i64::from(counted != has);
            }
        }
        let mut said_of = HashMap::<(String, Timestamp), Vec<SaidOfHour>>::new();
        for (source, At(hour), counted, recorded, At(compared_at)) in said {
            said_of.entry((source, hour)).or_default().push(SaidOfHour { counted, recorded, compared_at });
        }
        let hour = |(source, At(hour), counted, recorded): HourRow| DifferingHour {
            said: said_of.remove(&(source.clone(), hour)).unwrap_or_default(),
            source,
            now: HourCompared { hour, counted, recorded },
        };
        let differing = hours.into_iter().take(SHOWN).map(hour).collect();
        Ok(CountedSources { sources, differing, uncounted })
    }

    /// What sources' counts tell of a month that its record doesn't.
    pub(crate) async fn gaps(&self, month: Month) -> Result<Vec<SourceGap>> {
        let customer = self.customer.id.0;
        let (from, until) = (month.starts_at(), month.next().starts_at());
        let (hours, uncounted): (Vec<HourRow>, Vec<UncountedRow>) = on_rows_of!(self.store, customer, rows => {
            let hours = sqlx::query_as(DIFFERING)
                .bind(customer).bind(At(from)).bind(At(until)).fetch_all(&mut *rows).await?;
            let uncounted = sqlx::query_as(UNCOUNTED)
                .bind(customer).bind(At(from)).bind(At(until)).fetch_all(&mut *rows).await?;
            (hours, uncounted)
        });
        let mut gaps = BTreeMap::<String, SourceGap>::new();
        let none = |source: &String| SourceGap { source: source.clone(), hours: 0, missing: 0, uncounted: 0 };
        for (source, _, counted, has) in hours.into_iter().filter(|(_, _, counted, has)| counted > has) {
            let gap = gaps.entry(source.clone()).or_insert_with(|| none(&source));
            gap.hours += 1;
            gap.missing += counted - has;
        }
        for (source, At(start), At(end)) in uncounted {
            let gap = gaps.entry(source.clone()).or_insert_with(|| none(&source));
            gap.uncounted += hours_between(start.max(from), end.min(until));
        }
        Ok(gaps.into_values().collect())
    }
}
