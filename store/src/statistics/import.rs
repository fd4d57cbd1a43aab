//! Bringing files in.

use domain::{
    Timestamp,
    statistics::{Figure, Format, Report},
};
use sqlx::QueryBuilder;

use super::Statistics;
use crate::{
    Result, StoreError,
    engine::{At, Pool, on_engine},
};

/// A figure takes 12 parameters; SQLite allows 32,766 a statement.
const FIGURES_A_STATEMENT: usize = 1_000;

/// A file that was read and is to be kept.
#[derive(Clone, Copy, Debug)]
pub struct NewImport<'a> {
    pub sha256: [u8; 32],
    pub format: Format,
    pub file_name: &'a str,
    pub reports: &'a [Report],
}

/// What became of a file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Imported {
    Stored {
        figures: i64,
        /// Half-years of a series that readers now see from this file. The others have a newer download.
        shown: i64,
    },
    /// The same file was imported before, and nothing changed.
    Repeated { at: Timestamp },
}

/// Writes an import in a transaction; the same SQL on both engines.
macro_rules! write_import {
    ($database:ty, $transaction:ident, $import:expr, $now:expr) => {{
        let NewImport { sha256, format, file_name, reports } = $import;
        let made: Option<i64> = sqlx::query_scalar(
            "INSERT INTO statistics_import (sha256, format, file_name, imported_at) VALUES ($1, $2, $3, $4)
             ON CONFLICT (sha256) DO NOTHING RETURNING import_id",
        )
        .bind(sha256.as_slice())
        .bind(format.code())
        .bind(file_name)
        .bind(At($now))
        .fetch_optional(&mut *$transaction)
        .await?;
        let mut figures = 0;
        let mut shown = 0;
        if let Some(import_id) = made {
            for Report { source, rows } in reports {
                let source_id: i64 = sqlx::query_scalar(
                    "INSERT INTO statistics_source (import_id, publisher, service, title, retrieved, sha256)
                     VALUES ($1, $2, $3, $4, $5, $6) RETURNING source_id",
                )
                .bind(import_id)
                .bind(&source.publisher)
                .bind(&source.service)
                .bind(&source.title)
                .bind(source.retrieved.to_string())
                .bind(source.sha256.as_slice())
                .fetch_one(&mut *$transaction)
                .await?;
                for rows in rows.chunks(FIGURES_A_STATEMENT) {
                    let mut insert = QueryBuilder::<$database>::new(
                        "INSERT INTO statistics_figure (source_id, period, source_row, metric, jurisdiction, country,
                             class_published, class, status, low, high, footnote) ",
                    );
                    let mut unstorable = None;
                    insert.push_values(rows, |mut values, row| {
                        let bounds = bounds(row.figure).unwrap_or_else(|error| {
                            unstorable = Some(error);
                            None
                        });
                        values
                            .push_bind(source_id)
                            .push_bind(row.period.to_string())
                            .push_bind(i64::from(row.row))
                            .push_bind(row.metric.code())
                            .push_bind(&row.jurisdiction)
                            .push_bind(row.country.map(|country| country.to_string()))
                            .push_bind(&row.class_published)
                            .push_bind(row.class.code())
                            .push_bind(row.figure.status())
                            .push_bind(bounds.map(|(low, _)| low))
                            .push_bind(bounds.map(|(_, high)| high))
                            .push_bind(&row.footnote);
                    });
                    if let Some(error) = unstorable {
                        return Err(error);
                    }
                    figures += insert.build().execute(&mut *$transaction).await?.rows_affected();
                }
                shown += sqlx::query(
                    "INSERT INTO statistics_shown (publisher, service, period, source_id)
                     SELECT DISTINCT publisher, service, period, source_id
                     FROM statistics_figure JOIN statistics_source USING (source_id) WHERE source_id = $1
                     ON CONFLICT (publisher, service, period) DO UPDATE SET source_id = excluded.source_id
                     WHERE (SELECT retrieved FROM statistics_source AS before
                            WHERE before.source_id = statistics_shown.source_id) <= $2",
                )
                .bind(source_id)
                .bind(source.retrieved.to_string())
                .execute(&mut *$transaction)
                .await?
                .rows_affected();
            }
        }
        $transaction.commit().await?;
        made.map(|_| (figures, shown))
    }};
}

impl Statistics<'_> {
    /// Keeps what a file says: all of it or nothing.
    pub async fn import(&self, import: NewImport<'_>) -> Result<Imported> {
        let now = self.0.now();
        let made = match &self.0.pool {
            Pool::Sqlite { write, .. } => {
                let mut transaction = write.begin_with("BEGIN IMMEDIATE").await?;
                write_import!(sqlx::Sqlite, transaction, import, now)
            }
            Pool::Postgres(pool) => {
                let mut transaction = crate::engine::begin(pool, "BEGIN".to_owned()).await?;
                write_import!(sqlx::Postgres, transaction, import, now)
            }
        };
        match made {
            Some((figures, shown)) => {
                Ok(Imported::Stored { figures: figures.cast_signed(), shown: shown.cast_signed() })
            }
            None => {
                let (At(at),): (At,) = on_engine!(self.0, pool => sqlx::query_as(
                    "SELECT imported_at FROM statistics_import WHERE sha256 = $1"
                ).bind(import.sha256.as_slice()).fetch_one(pool).await)?;
                Ok(Imported::Repeated { at })
            }
        }
    }
}

/// A figure's bounds as the database holds them.
fn bounds(figure: Figure) -> Result<Option<(i64, i64)>> {
    let stored = |count: u64| {
        i64::try_from(count).map_err(|_| StoreError::Inconsistent {
            table: "statistics_figure",
            column: "high",
            value: count.to_string(),
        })
    };
    figure.bounds().map(|(low, high)| Ok((stored(low)?, stored(high)?))).transpose()
}
