//! How requests ended: as published, or worked out from published percentages.

use std::collections::BTreeMap;

use domain::{
    CountryCode,
    statistics::{Half, Metric, StatisticsFilter, Total},
};

use super::{
    Statistics,
    read::{SHOWN, Series, bind_shown, country, half, metric, total},
};
use crate::{Result, engine::on_engine};

/// How requests ended, by period.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Outcomes {
    /// Whether they were worked out from the published percentage, because the publisher gives no counts.
    pub derived: bool,
    /// The outcomes there are, in order.
    pub metrics: Vec<Metric>,
    pub halves: BTreeMap<Half, BTreeMap<Metric, Total>>,
}

/// How the requests of one country, or of a body that has no code, ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CountryOutcomes {
    pub country: Option<CountryCode>,
    /// The CLDR name, or the published one of a body without a code.
    pub name: String,
    pub totals: BTreeMap<Metric, Total>,
}

/// What outcomes are added up by: period, country, and the name of who has no code. Those that play no part are one.
type Keys = [&'static str; 3];
const BY_PERIOD: Keys = ["period", "NULL", "''"];
const BY_COUNTRY: Keys = ["''", "country", "CASE WHEN country IS NULL THEN jurisdiction ELSE '' END"];

type Key = (String, Option<String>, String);

/// What a percentage published with each row says about the requests in it: `Figure::part` and `Figure::without` in
/// SQL, each row for itself before anything is added up. Whole numbers divide to whole numbers on both engines.
const DERIVED: &str = "
    SELECT key_period, key_country, key_name, disclosed_low, disclosed_high,
        CASE WHEN low > disclosed_high THEN low - disclosed_high ELSE 0 END AS rest_low,
        CASE WHEN high > disclosed_low THEN high - disclosed_low ELSE 0 END AS rest_high, known
    FROM (
        SELECT key_period, key_country, key_name, low, high, known,
            CASE WHEN least > high THEN high ELSE least END AS disclosed_low,
            CASE WHEN least <= most THEN most WHEN least > high THEN high ELSE least END AS disclosed_high
        FROM (
            SELECT key_period, key_country, key_name, counted.low, counted.high,
                CASE WHEN counted.low IS NULL OR published.low IS NULL THEN 0 ELSE 1 END AS known,
                CASE WHEN published.low = 0 THEN 0 ELSE (counted.low * (published.low * 2 - 1) + 199) / 200 END AS least,
                CASE WHEN published.high >= 100 THEN counted.high
                     ELSE counted.high * (published.high * 2 + 1) / 200 END AS most
            FROM counted JOIN statistics_figure AS published USING (source_id, period, source_row, class_published)
            WHERE published.metric = $9 AND published.status <> 'not_applicable' AND counted.status <> 'not_applicable'
        ) AS rounded
    ) AS parts";

impl Statistics<'_> {
    /// How the requests in the filter's period and country ended. Nothing of a series that counts none.
    pub async fn outcomes(&self, series: &Series, filter: &StatisticsFilter) -> Result<Outcomes> {
        if series.metric != Metric::Requests {
            return Ok(Outcomes::default());
        }
        let (derived, rows) = self.outcomes_by(BY_PERIOD, series, filter, filter.country).await?;
        let mut outcomes = Outcomes { derived, ..Outcomes::default() };
        for ((period, ..), metric, total) in rows {
            outcomes.halves.entry(half(period)?).or_default().insert(metric, total);
            if !outcomes.metrics.contains(&metric) {
                outcomes.metrics.push(metric);
            }
        }
        outcomes.metrics.sort();
        Ok(outcomes)
    }

    /// How requests ended, by who asked, in the filter's period; its country plays no part. Unordered.
    pub async fn country_outcomes(&self, series: &Series, filter: &StatisticsFilter) -> Result<Vec<CountryOutcomes>> {
        if series.metric != Metric::Requests {
            return Ok(Vec::new());
        }
        let (_, rows) = self.outcomes_by(BY_COUNTRY, series, filter, None).await?;
        let mut countries = BTreeMap::<(Option<String>, String), BTreeMap<Metric, Total>>::new();
        for ((_, code, name), metric, total) in rows {
            countries.entry((code, name)).or_default().insert(metric, total);
        }
        let countries = countries.into_iter().map(|((code, name), totals)| {
            let country = code.map(country).transpose()?;
            let name = country.map_or(name, |country| country.name().to_owned());
            Ok(CountryOutcomes { country, name, totals })
        });
        countries.collect()
    }

    /// The outcomes that are published, or else those that percentages say; and whether it is these.
    async fn outcomes_by(
        &self,
        [period, country, name]: Keys,
        series: &Series,
        filter: &StatisticsFilter,
        only: Option<CountryCode>,
    ) -> Result<(bool, Vec<(Key, Metric, Total)>)> {
        type Row = (String, Option<String>, String, String, Option<i64>, Option<i64>, i64);
        let sql = format!(
            "SELECT {period}, CAST({country} AS text), {name}, metric, CAST(sum(low) AS bigint), CAST(sum(high) AS bigint),
                 count(CASE WHEN status = 'not_reported' THEN 1 END)
             {SHOWN} AND metric IN ($8, $9, $10, $11, $12) GROUP BY 1, 2, 3, 4"
        );
        let names = Metric::OUTCOMES.map(Metric::code);
        let rows: Vec<Row> = on_engine!(self.0, pool => names.into_iter().fold(
            bind_shown!(sqlx::query_as(sqlx::AssertSqlSafe(sql)), series, filter, only),
            |query, name| query.bind(name),
        ).fetch_all(pool).await)?;
        if rows.is_empty() {
            return Ok((true, self.derived_by([period, country, name], series, filter, only).await?));
        }
        let rows = rows.into_iter().map(|(period, country, name, of, low, high, missing)| {
            Ok(((period, country, name), metric(of)?, total(low, high, missing)?))
        });
        Ok((false, rows.collect::<Result<_>>()?))
    }

    async fn derived_by(
        &self,
        [period, country, name]: Keys,
        series: &Series,
        filter: &StatisticsFilter,
        only: Option<CountryCode>,
    ) -> Result<Vec<(Key, Metric, Total)>> {
        type Bound = Option<i64>;
        type Row = (String, Option<String>, String, Bound, Bound, Bound, Bound, i64);
        let sql = format!(
            "WITH counted AS (
                 SELECT source_id, period, source_row, class_published, status, low, high, {period} AS key_period,
                     CAST({country} AS text) AS key_country, {name} AS key_name
                 {SHOWN} AND metric = $8
             )
             SELECT key_period, key_country, key_name,
                 CAST(sum(CASE WHEN known = 1 THEN disclosed_low END) AS bigint),
                 CAST(sum(CASE WHEN known = 1 THEN disclosed_high END) AS bigint),
                 CAST(sum(CASE WHEN known = 1 THEN rest_low END) AS bigint),
                 CAST(sum(CASE WHEN known = 1 THEN rest_high END) AS bigint), count(CASE WHEN known = 0 THEN 1 END)
             FROM ({DERIVED}) AS derived GROUP BY 1, 2, 3"
        );
        let rows: Vec<Row> = on_engine!(self.0, pool => bind_shown!(
            sqlx::query_as(sqlx::AssertSqlSafe(sql)), series, filter, only
        ).bind(Metric::Requests.code()).bind(Metric::DisclosedPercentage.code()).fetch_all(pool).await)?;
        let mut outcomes = Vec::with_capacity(rows.len() * 2);
        for (period, country, name, disclosed_low, disclosed_high, rest_low, rest_high, missing) in rows {
            let key = (period, country, name);
            outcomes.push((key.clone(), Metric::NoData, total(rest_low, rest_high, missing)?));
            outcomes.push((key, Metric::DataDisclosed, total(disclosed_low, disclosed_high, missing)?));
        }
        Ok(outcomes)
    }
}
