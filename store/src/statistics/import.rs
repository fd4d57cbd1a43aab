//! Bringing files in.

use domain::{
    Timestamp, TrailAct,
    statistics::{Figure, Format, Interpretation, Report, interpreted},
};
use sqlx::QueryBuilder;
use uuid::Uuid;

use super::Statistics;
use crate::{
    Result, StoreError,
    engine::{At, Pool, on_engine},
    trail::{Actor, Owner, add_to_trail},
};

/// A figure takes 12 parameters; SQLite allows 32,766 a statement.
const FIGURES_A_STATEMENT: usize = 1_000;

/// A file that was read and is to be kept.
#[derive(Clone, Copy, Debug)]
pub struct NewImport<'a> {
    pub sha256: [u8; 32],
    pub format: Format,
    pub file_name: &'a str,
    /// The file as it was received.
    pub original: &'a [u8],
    /// Who brings it in, as they are called.
    pub by: &'a str,
    pub reports: &'a [Report],
    /// What was not read as it stands, for readers to know.
    pub interpretations: &'a [Interpretation],
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

/// Writes an import in a transaction; the same SQL on both engines. Nothing where the file was imported before.
macro_rules! write_import {
    ($database:ty, $transaction:ident, $import:expr, $now:expr) => {{
        let NewImport { sha256, format, file_name, original, by, reports, interpretations } = $import;
        let made: Option<i64> = sqlx::query_scalar(
            "INSERT INTO statistics_import (sha256, format, file_name, imported_at, imported_by) VALUES ($1, $2, $3, $4, $5)
             ON CONFLICT (sha256) DO NOTHING RETURNING import_id",
        )
        .bind(sha256.as_slice())
        .bind(format.code())
        .bind(file_name)
        .bind(At($now))
        .bind(by)
        .fetch_optional(&mut *$transaction)
        .await?;
        let mut figures = 0;
        let mut shown = 0;
        if let Some(import_id) = made {
            sqlx::query("INSERT INTO statistics_original (sha256, body) VALUES ($1, $2) ON CONFLICT DO NOTHING")
                .bind(sha256.as_slice())
                .bind(original)
                .execute(&mut *$transaction)
                .await?;
            for (place, of) in (0_i64..).zip(interpreted(interpretations)) {
                sqlx::query(
                    "INSERT INTO statistics_interpretation (import_id, place, lines, column_published, published, read_as,
                         reason)
                     VALUES ($1, $2, $3, $4, $5, $6, $7)",
                )
                .bind(import_id)
                .bind(place)
                .bind(serde_json::to_string(&of.lines)?)
                .bind(of.first.column)
                .bind(of.first.published)
                .bind(of.first.read_as)
                .bind(of.first.reason)
                .execute(&mut *$transaction)
                .await?;
            }
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
                // What readers saw until now, so that what they see otherwise can always be told.
                sqlx::query(
                    "INSERT INTO statistics_showing (source_id, period, replaced_id)
                     SELECT DISTINCT figure.source_id, figure.period, shown.source_id
                     FROM statistics_figure AS figure JOIN statistics_source AS source USING (source_id)
                     LEFT JOIN statistics_shown AS shown ON shown.publisher = source.publisher
                         AND shown.service = source.service AND shown.period = figure.period
                     LEFT JOIN statistics_source AS before ON before.source_id = shown.source_id
                     WHERE figure.source_id = $1 AND (before.retrieved IS NULL OR before.retrieved <= $2)",
                )
                .bind(source_id)
                .bind(source.retrieved.to_string())
                .execute(&mut *$transaction)
                .await?;
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
        made.map(|_| (figures, shown))
    }};
}

/// Writes several imports, and takes the upload that they are of away. Nothing where that was gone.
macro_rules! write_imports {
    ($database:ty, $transaction:ident, $imports:expr, $actor:expr, $upload:expr, $now:expr) => {{
        let upload: Option<Uuid> = $upload;
        let taken = match upload {
            None => 1,
            Some(upload) => sqlx::query("DELETE FROM statistics_upload WHERE upload_id = $1")
                .bind(upload)
                .execute(&mut *$transaction)
                .await?
                .rows_affected(),
        };
        if taken == 0 {
            None
        } else {
            let mut made = Vec::new();
            for import in $imports {
                let written: Option<(u64, u64)> = write_import!($database, $transaction, *import, $now);
                if written.is_some() {
                    let subject = format!("{} (SHA-256 {})", import.file_name, hex::encode(import.sha256));
                    add_to_trail!($transaction, Owner::PROVIDER, $actor, $now, TrailAct::StatisticsImported, subject);
                }
                made.push(written);
            }
            Some(made)
        }
    }};
}

impl Statistics<'_> {
    /// Keeps what files say, all of it or nothing, and tells of those that are new in the provider's trail. Whoever has
    /// the command line brings them in.
    pub async fn import(&self, imports: &[NewImport<'_>]) -> Result<Vec<Imported>> {
        Ok(self.import_upload(imports, &Actor::operator(), None).await?.unwrap_or_default())
    }

    /// The same for an upload, which is gone afterwards. Nothing where it was gone already.
    pub(super) async fn import_upload(
        &self,
        imports: &[NewImport<'_>],
        actor: &Actor,
        upload: Option<Uuid>,
    ) -> Result<Option<Vec<Imported>>> {
        let now = self.0.now();
        let made = match &self.0.pool {
            Pool::Sqlite { write, .. } => {
                let mut transaction = write.begin_with("BEGIN IMMEDIATE").await?;
                let made = write_imports!(sqlx::Sqlite, transaction, imports, actor, upload, now);
                transaction.commit().await?;
                made
            }
            Pool::Postgres(pool) => {
                let mut transaction = crate::engine::begin(pool, "BEGIN".to_owned()).await?;
                let made = write_imports!(sqlx::Postgres, transaction, imports, actor, upload, now);
                transaction.commit().await?;
                made
            }
        };
        let Some(made) = made else { return Ok(None) };
        let mut imported = Vec::new();
        for (import, made) in imports.iter().zip(made) {
            imported.push(match made {
                Some((figures, shown)) => {
                    Imported::Stored { figures: u64::cast_signed(figures), shown: u64::cast_signed(shown) }
                }
                None => {
                    let at = self.imported_at(&import.sha256).await?;
                    Imported::Repeated { at: at.unwrap_or(now) }
                }
            });
        }
        Ok(Some(imported))
    }

    /// When this very file was imported, if it was.
    pub async fn imported_at(&self, sha256: &[u8; 32]) -> Result<Option<Timestamp>> {
        let at: Option<At> = on_engine!(self.0, pool => sqlx::query_scalar(
            "SELECT imported_at FROM statistics_import WHERE sha256 = $1"
        ).bind(sha256.as_slice()).fetch_optional(pool).await)?;
        Ok(at.map(|At(at)| at))
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
