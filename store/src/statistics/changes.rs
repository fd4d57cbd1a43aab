//! What an import changes for readers: before it, from the file; afterwards, from what is stored.

use std::collections::{BTreeMap, BTreeSet};

use domain::{
    Timestamp,
    statistics::{Change, Format, Half, Report, StatisticsRow, changes},
};

use super::{
    Statistics,
    read::{ExportRow, half, hash, statistics_row},
};
use crate::{
    Result,
    engine::{At, on_engine},
};

/// What readers see otherwise of one series.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SeriesChanges {
    pub publisher: String,
    pub service: String,
    /// Periods that nothing was shown of.
    pub new: Vec<Half>,
    /// Periods whose figures take the place of others.
    pub replaced: Vec<Half>,
    /// Periods that a newer download is shown of still.
    pub not_shown: Vec<Half>,
    /// The figures in the replaced periods that are not what they were.
    pub changes: Vec<Change>,
}

/// An import, as it was made.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Import {
    pub id: i64,
    pub sha256: [u8; 32],
    pub file_name: String,
    pub format: Option<Format>,
    pub imported_at: Timestamp,
    /// Nothing where that was not noted yet.
    pub imported_by: Option<String>,
    /// Whether its bytes are kept: they are of every import since they are asked for.
    pub has_original: bool,
    /// Publisher and series, each with its first and last period.
    pub series: Vec<(String, String, Half, Half)>,
}

impl Statistics<'_> {
    /// What the figures of a file would change.
    pub async fn plan(&self, reports: &[Report]) -> Result<Vec<SeriesChanges>> {
        let mut plans = Vec::new();
        for Report { source, rows } in reports {
            type Shown = (String, i64, String);
            let shown: Vec<Shown> = on_engine!(self.0, pool => sqlx::query_as(
                "SELECT period, source_id, retrieved FROM statistics_shown JOIN statistics_source USING (source_id)
                 WHERE statistics_shown.publisher = $1 AND statistics_shown.service = $2"
            ).bind(&source.publisher).bind(&source.service).fetch_all(pool).await)?;
            let shown = shown.into_iter().map(|(period, id, retrieved)| Ok((half(period)?, (id, retrieved))));
            let shown = shown.collect::<Result<BTreeMap<_, _>>>()?;
            let mut replaced = BTreeMap::new();
            let (mut new, mut not_shown) = (Vec::new(), Vec::new());
            for period in rows.iter().map(|row| row.period).collect::<BTreeSet<_>>() {
                match shown.get(&period) {
                    None => new.push(period),
                    Some((id, retrieved)) if *retrieved <= source.retrieved.to_string() => {
                        replaced.insert(period, *id);
                    }
                    Some(_) => not_shown.push(period),
                }
            }
            let changes = self.differences(&replaced, rows).await?;
            let (publisher, service) = (source.publisher.clone(), source.service.clone());
            let replaced = replaced.into_keys().collect();
            plans.push(SeriesChanges { publisher, service, new, replaced, not_shown, changes });
        }
        Ok(plans)
    }

    /// What an import changed when it was made.
    pub async fn changes_of(&self, import: i64) -> Result<Vec<SeriesChanges>> {
        let sources: Vec<(i64, String, String)> = on_engine!(self.0, pool => sqlx::query_as(
            "SELECT source_id, publisher, service FROM statistics_source WHERE import_id = $1 ORDER BY source_id"
        ).bind(import).fetch_all(pool).await)?;
        let mut all = Vec::new();
        for (id, publisher, service) in sources {
            let rows = self.rows_of(id).await?;
            let showing: Vec<(String, Option<i64>)> = on_engine!(self.0, pool => sqlx::query_as(
                "SELECT period, replaced_id FROM statistics_showing WHERE source_id = $1 ORDER BY period"
            ).bind(id).fetch_all(pool).await)?;
            let showing = showing.into_iter().map(|(period, before)| Ok((half(period)?, before)));
            let showing = showing.collect::<Result<BTreeMap<_, _>>>()?;
            let replaced =
                showing.iter().filter_map(|(period, before)| Some((*period, (*before)?))).collect::<BTreeMap<_, _>>();
            let new = showing.iter().filter(|(_, before)| before.is_none()).map(|(period, _)| *period).collect();
            let periods = rows.iter().map(|row| row.period).collect::<BTreeSet<_>>();
            let not_shown = periods.into_iter().filter(|period| !showing.contains_key(period)).collect();
            let changes = self.differences(&replaced, &rows).await?;
            let replaced = replaced.into_keys().collect();
            all.push(SeriesChanges { publisher, service, new, replaced, not_shown, changes });
        }
        Ok(all)
    }

    /// What differs between these periods as other sources have them and the rows of one.
    async fn differences(&self, replaced: &BTreeMap<Half, i64>, rows: &[StatisticsRow]) -> Result<Vec<Change>> {
        let mut before = Vec::new();
        for source in replaced.values().collect::<BTreeSet<_>>() {
            let of_source = self.rows_of(*source).await?;
            before.extend(of_source.into_iter().filter(|row| replaced.get(&row.period) == Some(source)));
        }
        let after = rows.iter().filter(|row| replaced.contains_key(&row.period)).cloned().collect::<Vec<_>>();
        Ok(changes(&before, &after))
    }

    async fn rows_of(&self, source: i64) -> Result<Vec<StatisticsRow>> {
        let rows: Vec<ExportRow> = on_engine!(self.0, pool => sqlx::query_as(
            "SELECT source_id, period, source_row, metric, jurisdiction, country, class_published, class, status,
                 low, high, footnote
             FROM statistics_figure WHERE source_id = $1 ORDER BY period, source_row, class_published, metric"
        ).bind(source).fetch_all(pool).await)?;
        rows.into_iter().map(statistics_row).collect()
    }

    /// Every import, the newest first.
    pub async fn imports(&self) -> Result<Vec<Import>> {
        type Row = (i64, Vec<u8>, String, String, At, Option<String>, bool);
        let rows: Vec<Row> = on_engine!(self.0, pool => sqlx::query_as(
            "SELECT import_id, sha256, format, file_name, imported_at, imported_by,
                 EXISTS (SELECT 1 FROM statistics_original AS original WHERE original.sha256 = statistics_import.sha256)
             FROM statistics_import ORDER BY import_id DESC"
        ).fetch_all(pool).await)?;
        type Covered = (i64, String, String, String, String);
        let covered: Vec<Covered> = on_engine!(self.0, pool => sqlx::query_as(
            "SELECT import_id, publisher, service, min(period), max(period)
             FROM statistics_source JOIN statistics_figure USING (source_id)
             GROUP BY source_id, import_id, publisher, service ORDER BY source_id"
        ).fetch_all(pool).await)?;
        let mut series = BTreeMap::<i64, Vec<_>>::new();
        for (import, publisher, service, first, last) in covered {
            series.entry(import).or_default().push((publisher, service, half(first)?, half(last)?));
        }
        let imports =
            rows.into_iter().map(|(id, sha256, format, file_name, At(imported_at), imported_by, has_original)| {
                let (sha256, series) = (hash(sha256)?, series.remove(&id).unwrap_or_default());
                let format = Format::from_code(&format);
                Ok(Import { id, sha256, file_name, format, imported_at, imported_by, has_original, series })
            });
        imports.collect()
    }

    /// The bytes of an imported file, with its name.
    pub async fn original(&self, import: i64) -> Result<Option<(String, Vec<u8>)>> {
        let found: Option<(String, Vec<u8>)> = on_engine!(self.0, pool => sqlx::query_as(
            "SELECT file_name, body FROM statistics_import JOIN statistics_original USING (sha256) WHERE import_id = $1"
        ).bind(import).fetch_optional(pool).await)?;
        Ok(found)
    }
}
