//! What readers have to know of figures beside the figures: the publisher's remarks, and how files were read.

use domain::statistics::{Half, Interpretation, Interpreted, Metric, StatisticsFilter};

use super::{
    Statistics,
    read::{SHOWN, Series, bind_shown, half, metric},
};
use crate::{Result, StoreError, engine::on_engine};

/// A remark on figures, alike ones together.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Footnote {
    pub text: String,
    pub metric: Metric,
    pub figures: i64,
    /// The first and the last period of those figures.
    pub from: Half,
    pub to: Half,
    /// Whose figure it is, as published, where it is one alone.
    pub jurisdiction: Option<String>,
}

/// How one file was read that a series is shown from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ReadSo {
    pub import_id: i64,
    pub interpreted: Vec<Interpreted>,
}

impl Statistics<'_> {
    /// The remarks on the figures of a series in the filter's period and country, the earliest first.
    pub async fn footnotes(&self, series: &Series, filter: &StatisticsFilter) -> Result<Vec<Footnote>> {
        type Row = (String, String, i64, String, String, String, String);
        let sql = format!(
            "SELECT footnote, metric, count(*), min(period), max(period), min(jurisdiction), max(jurisdiction)
             {SHOWN} AND footnote IS NOT NULL GROUP BY 1, 2 ORDER BY 4, 1, 2"
        );
        let rows: Vec<Row> = on_engine!(self.0, pool => bind_shown!(
            sqlx::query_as(sqlx::AssertSqlSafe(sql)), series, filter, filter.country
        ).fetch_all(pool).await)?;
        let rows = rows.into_iter().map(|(text, name, figures, from, to, first, last)| {
            let jurisdiction = (first == last).then_some(first);
            Ok(Footnote { text, metric: metric(name)?, figures, from: half(from)?, to: half(to)?, jurisdiction })
        });
        rows.collect()
    }

    /// What was not read as it stands in the files that a series is shown from, in the order of its sources. Nothing of
    /// files that were imported before this was noted.
    pub async fn read_so(&self, series: &Series) -> Result<Vec<ReadSo>> {
        let mut all = Vec::<ReadSo>::new();
        for source in &series.sources {
            let import_id = source.import_id;
            if all.iter().any(|of| of.import_id == import_id) {
                continue;
            }
            type Row = (String, String, String, String, String);
            let rows: Vec<Row> = on_engine!(self.0, pool => sqlx::query_as(
                "SELECT lines, column_published, published, read_as, reason FROM statistics_interpretation
                 WHERE import_id = $1 ORDER BY place"
            ).bind(import_id).fetch_all(pool).await)?;
            let rows = rows.into_iter().map(|(lines, column, published, read_as, reason)| {
                let of: Vec<u32> = serde_json::from_str(&lines)?;
                let Some(line) = of.first().copied() else {
                    let (table, column) = ("statistics_interpretation", "lines");
                    return Err(StoreError::Inconsistent { table, column, value: lines });
                };
                Ok(Interpreted { first: Interpretation { line, column, published, read_as, reason }, lines: of })
            });
            let interpreted = rows.collect::<Result<Vec<_>>>()?;
            if !interpreted.is_empty() {
                all.push(ReadSo { import_id, interpreted });
            }
        }
        Ok(all)
    }
}
