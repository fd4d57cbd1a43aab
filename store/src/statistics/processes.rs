//! Figures by the kind of process under which data was asked for.

use std::collections::{BTreeMap, BTreeSet};

use domain::statistics::{Half, ProcessClass, StatisticsFilter, Total};

use super::{
    Statistics,
    read::{SHOWN, Series, bind_shown, class, half, total},
};
use crate::{Result, engine::on_engine};

/// What a series counts, by kind of process and period.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ProcessCounts {
    pub halves: BTreeMap<ProcessClass, BTreeMap<Half, Total>>,
    /// What the publisher calls each.
    pub published: BTreeMap<ProcessClass, BTreeSet<String>>,
}

impl Statistics<'_> {
    /// What the series counts in the filter's period and country, by kind of process.
    pub async fn processes(&self, series: &Series, filter: &StatisticsFilter) -> Result<ProcessCounts> {
        type Row = (String, String, String, Option<i64>, Option<i64>, i64);
        let sql = format!(
            "SELECT period, class, class_published, CAST(sum(low) AS bigint), CAST(sum(high) AS bigint),
                 count(CASE WHEN status = 'not_reported' THEN 1 END)
             {SHOWN} AND metric = $8 GROUP BY 1, 2, 3"
        );
        let rows: Vec<Row> = on_engine!(self.0, pool => bind_shown!(
            sqlx::query_as(sqlx::AssertSqlSafe(sql)), series, filter, filter.country
        ).bind(series.metric.code()).fetch_all(pool).await)?;
        let mut counts = ProcessCounts::default();
        for (period, code, name, low, high, missing) in rows {
            let class = class(code)?;
            let of = counts.halves.entry(class).or_default().entry(half(period)?).or_default();
            of.merge(total(low, high, missing)?);
            counts.published.entry(class).or_default().insert(name);
        }
        Ok(counts)
    }
}

impl ProcessCounts {
    /// Every kind there is with its sum, the most first.
    pub fn sums(&self) -> Vec<(ProcessClass, Total)> {
        let sum = |halves: &BTreeMap<Half, Total>| {
            halves.values().fold(Total::default(), |mut sum, total| {
                sum.merge(*total);
                sum
            })
        };
        let mut sums = self.halves.iter().map(|(class, halves)| (*class, sum(halves))).collect::<Vec<_>>();
        sums.sort_by_key(|(class, total)| (std::cmp::Reverse(total.figure.middle()), *class));
        sums
    }
}
