//! What readers see.

use std::{
    collections::{BTreeMap, BTreeSet, HashMap},
    sync::Arc,
};

use chrono::NaiveDate;
use domain::{
    CountryCode, Timestamp,
    statistics::{Figure, Half, Metric, ProcessClass, Source, StatisticsFilter, StatisticsRow, Total},
};
use futures::{SinkExt, Stream, StreamExt, TryStreamExt};

use super::Statistics;
use crate::{
    Result, Store, StoreError,
    engine::{At, on_engine},
};

/// One series of a publisher, as far as it is shown.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Series {
    pub publisher: String,
    pub service: String,
    pub from: Half,
    pub to: Half,
    /// How many half-years are shown.
    pub halves: u32,
    /// What it counts: requests, where there are any.
    pub metric: Metric,
    /// Whether it is about preservation alone. Elsewhere preservation requests stand outside the totals.
    pub preservation: bool,
    /// Where its figures are from, the newest first.
    pub sources: Vec<SeriesSource>,
}

/// A source that readers see.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SeriesSource {
    pub import_id: i64,
    pub title: String,
    pub retrieved: NaiveDate,
    pub sha256: [u8; 32],
    pub imported_at: Timestamp,
}

/// The requests of a series, by half-year and by who asked.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct RequestCounts(Vec<(Half, Option<CountryCode>, String, Total)>);

/// The requests of one country, or of a body that has no code.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CountryRequests {
    pub country: Option<CountryCode>,
    /// The CLDR name, or the published one of a body without a code.
    pub name: String,
    pub total: Total,
    pub halves: BTreeMap<Half, Total>,
}

/// The figures of one series that a reader looks at. `$6` is the kind of process that is left out, `$7` the only one
/// that is left in.
pub(super) const SHOWN: &str = "FROM statistics_shown JOIN statistics_figure USING (source_id, period)
    WHERE publisher = $1 AND service = $2 AND period >= $3 AND period <= $4 AND ($5 = '' OR country = $5)
        AND class <> $6 AND ($7 = '' OR class = $7)";

/// Binds what [`SHOWN`] needs. A half-year sorts after the empty text and before a tilde.
macro_rules! bind_shown {
    ($query:expr, $series:expr, $filter:expr, $country:expr) => {
        $query
            .bind(&$series.publisher)
            .bind(&$series.service)
            .bind($filter.from.map(|half| half.to_string()).unwrap_or_default())
            .bind($filter.to.map_or_else(|| "~".to_owned(), |half| half.to_string()))
            .bind($country.map(|country: ::domain::CountryCode| country.to_string()).unwrap_or_default())
            .bind(match $filter.process {
                None if !$series.preservation => ::domain::statistics::ProcessClass::Preservation.code(),
                _ => "",
            })
            .bind($filter.process.map(::domain::statistics::ProcessClass::code).unwrap_or_default())
    };
}
pub(super) use bind_shown;

pub(super) type ExportRow = (
    i64,
    String,
    i64,
    String,
    String,
    Option<String>,
    String,
    String,
    String,
    Option<i64>,
    Option<i64>,
    Option<String>,
);

impl Statistics<'_> {
    /// Changes with every import: what readers were shown under one version is what they are shown still.
    pub async fn version(&self) -> Result<String> {
        let newest: Option<(i64, At)> = on_engine!(self.0, pool => sqlx::query_as(
            "SELECT import_id, imported_at FROM statistics_import ORDER BY import_id DESC LIMIT 1"
        ).fetch_optional(pool).await)?;
        Ok(newest.map_or_else(|| "0".to_owned(), |(import, At(at))| format!("{import}-{:x}", at.micros())))
    }

    /// Every series there is: publishers by name, the series of each with the most half-years first.
    pub async fn series(&self) -> Result<Vec<Series>> {
        type Row = (String, String, String, String, i64, i64, String, String, Vec<u8>, At, bool, bool);
        let rows: Vec<Row> = on_engine!(self.0, pool => sqlx::query_as(
            "SELECT shown.publisher, shown.service, min(period), max(period), count(*), import_id, title,
                 retrieved, statistics_source.sha256, imported_at,
                 EXISTS (SELECT 1 FROM statistics_figure AS figure
                         WHERE figure.source_id = shown.source_id AND class <> $1),
                 EXISTS (SELECT 1 FROM statistics_figure AS figure
                         WHERE figure.source_id = shown.source_id AND metric = $2)
             FROM statistics_shown AS shown
             JOIN statistics_source USING (source_id) JOIN statistics_import USING (import_id)
             GROUP BY shown.publisher, shown.service, shown.source_id, title, retrieved, statistics_source.sha256,
                 import_id, imported_at
             ORDER BY shown.publisher, shown.service, retrieved DESC, shown.source_id DESC"
        ).bind(ProcessClass::Preservation.code()).bind(Metric::Requests.code()).fetch_all(pool).await)?;
        let mut series = Vec::<Series>::new();
        let mut requests = Vec::new();
        for row in rows {
            let (
                publisher,
                service,
                from,
                to,
                halves,
                import_id,
                title,
                retrieved,
                sha256,
                At(imported_at),
                disclosure,
                counts,
            ) = row;
            if counts {
                requests.push((publisher.clone(), service.clone()));
            }
            let (from, to) = (half(from)?, half(to)?);
            let halves = u32::try_from(halves).unwrap_or_default();
            let source =
                SeriesSource { import_id, title, retrieved: day(retrieved)?, sha256: hash(sha256)?, imported_at };
            match series.iter_mut().find(|of| of.publisher == publisher && of.service == service) {
                Some(series) => {
                    series.from = series.from.min(from);
                    series.to = series.to.max(to);
                    series.halves += halves;
                    series.preservation &= !disclosure;
                    series.sources.push(source);
                }
                None => {
                    let (metric, preservation, sources) = (Metric::Requests, !disclosure, vec![source]);
                    series.push(Series { publisher, service, from, to, halves, metric, preservation, sources });
                }
            }
        }
        for of in &mut series {
            if !requests.iter().any(|(publisher, service)| *publisher == of.publisher && *service == of.service) {
                of.metric = self.counted(of).await?;
            }
        }
        series.sort_by(|a, b| {
            let by_publisher = a.publisher.cmp(&b.publisher);
            by_publisher.then(a.preservation.cmp(&b.preservation)).then(b.halves.cmp(&a.halves))
        });
        Ok(series)
    }

    /// What a series without requests counts.
    async fn counted(&self, series: &Series) -> Result<Metric> {
        let filter = StatisticsFilter::default();
        let sql = format!("SELECT DISTINCT metric {SHOWN}");
        let codes: Vec<String> = on_engine!(self.0, pool => bind_shown!(
            sqlx::query_scalar(sqlx::AssertSqlSafe(sql)), series, filter, None
        ).fetch_all(pool).await)?;
        let metrics = codes.into_iter().map(metric).collect::<Result<Vec<_>>>()?;
        let first = [Metric::DataDisclosed, Metric::ContentRestricted].into_iter().find(|of| metrics.contains(of));
        Ok(first.or(metrics.into_iter().min()).unwrap_or(Metric::Requests))
    }

    /// What figures of a series can be chosen by: what they count, percentages left out, which add up to nothing; and the
    /// kinds of process.
    pub async fn kinds(&self, series: &Series) -> Result<(Vec<Metric>, Vec<ProcessClass>)> {
        let (filter, everything) = (StatisticsFilter::default(), Series { preservation: true, ..series.clone() });
        let sql = format!("SELECT DISTINCT metric, class {SHOWN} AND metric <> $8");
        let rows: Vec<(String, String)> = on_engine!(self.0, pool => bind_shown!(
            sqlx::query_as(sqlx::AssertSqlSafe(sql)), everything, filter, None
        ).bind(Metric::DisclosedPercentage.code()).fetch_all(pool).await)?;
        let (mut metrics, mut classes) = (BTreeSet::new(), BTreeSet::new());
        for (name, code) in rows {
            metrics.insert(metric(name)?);
            classes.insert(class(code)?);
        }
        Ok((metrics.into_iter().collect(), classes.into_iter().collect()))
    }

    /// What each series has figures of, by its publisher and name.
    pub async fn counted_metrics(&self) -> Result<HashMap<(String, String), BTreeSet<Metric>>> {
        let rows: Vec<(String, String, String)> = on_engine!(self.0, pool => sqlx::query_as(
            "SELECT DISTINCT publisher, service, metric
             FROM statistics_shown JOIN statistics_figure USING (source_id, period)"
        ).fetch_all(pool).await)?;
        let mut counted = HashMap::<_, BTreeSet<_>>::new();
        for (publisher, service, name) in rows {
            counted.entry((publisher, service)).or_default().insert(metric(name)?);
        }
        Ok(counted)
    }

    /// The countries of a series, by name.
    pub async fn countries(&self, series: &Series) -> Result<Vec<CountryCode>> {
        let filter = StatisticsFilter::default();
        let sql = format!("SELECT DISTINCT country {SHOWN} AND country IS NOT NULL");
        let codes: Vec<String> = on_engine!(self.0, pool => bind_shown!(
            sqlx::query_scalar(sqlx::AssertSqlSafe(sql)), series, filter, None
        ).fetch_all(pool).await)?;
        let mut countries = codes.into_iter().map(country).collect::<Result<Vec<_>>>()?;
        countries.sort_by_key(|country| country.name());
        Ok(countries)
    }

    /// The requests, or what else the series counts, of every country in the filter's period; its country plays no part.
    pub async fn requests(&self, series: &Series, filter: &StatisticsFilter) -> Result<RequestCounts> {
        type Row = (String, Option<String>, String, Option<i64>, Option<i64>, i64);
        let sql = format!(
            "SELECT period, country, CASE WHEN country IS NULL THEN jurisdiction ELSE '' END,
                 CAST(sum(low) AS bigint), CAST(sum(high) AS bigint), count(CASE WHEN status = 'not_reported' THEN 1 END)
             {SHOWN} AND metric = $8 GROUP BY 1, 2, 3 ORDER BY 1, 2, 3"
        );
        let rows: Vec<Row> = on_engine!(self.0, pool => bind_shown!(
            sqlx::query_as(sqlx::AssertSqlSafe(sql)), series, filter, None
        ).bind(series.metric.code()).fetch_all(pool).await)?;
        let rows = rows.into_iter().map(|(period, code, name, low, high, missing)| {
            Ok((half(period)?, code.map(country).transpose()?, name, total(low, high, missing)?))
        });
        Ok(RequestCounts(rows.collect::<Result<_>>()?))
    }

    /// How many preservation requests stand outside the totals of this series, in the filter's period and country.
    pub async fn preservation(&self, series: &Series, filter: &StatisticsFilter) -> Result<Total> {
        let everything = Series { preservation: true, ..series.clone() };
        let sql = format!(
            "SELECT CAST(sum(low) AS bigint), CAST(sum(high) AS bigint), count(CASE WHEN status = 'not_reported' THEN 1 END)
             {SHOWN} AND class = $8 AND metric = $9"
        );
        let (low, high, missing): (Option<i64>, Option<i64>, i64) = on_engine!(self.0, pool => bind_shown!(
            sqlx::query_as(sqlx::AssertSqlSafe(sql)), everything, filter, filter.country
        ).bind(ProcessClass::Preservation.code()).bind(Metric::Requests.code()).fetch_one(pool).await)?;
        total(low, high, missing)
    }

    /// Every figure that the filter admits, by series and half-year, in memory that doesn't grow with their number.
    pub async fn export(
        &self,
        filter: StatisticsFilter,
    ) -> Result<impl Stream<Item = Result<(Arc<Source>, StatisticsRow)>> + Send + 'static> {
        let store = self.0.clone();
        let sources = Arc::new(sources(&store).await?);
        let (sender, receiver) = futures::channel::mpsc::channel(256);
        tokio::spawn(async move {
            let mut sender = sender;
            let sent = on_engine!(store, pool => {
                let mut rows = sqlx::query_as::<_, ExportRow>(
                    "SELECT source_id, period, source_row, metric, jurisdiction, country, class_published, class, status,
                         low, high, footnote
                     FROM statistics_shown JOIN statistics_figure USING (source_id, period)
                     WHERE ($1 = '' OR publisher = $1) AND ($2 = '' OR service = $2) AND period >= $3 AND period <= $4
                         AND ($5 = '' OR country = $5) AND ($6 = '' OR metric = $6) AND ($7 = '' OR class = $7)
                     ORDER BY publisher, service, period, source_row, class_published, metric"
                )
                .bind(filter.publisher.unwrap_or_default())
                .bind(filter.service.unwrap_or_default())
                .bind(filter.from.map(|half| half.to_string()).unwrap_or_default())
                .bind(filter.to.map_or_else(|| "~".to_owned(), |half| half.to_string()))
                .bind(filter.country.map(|country| country.to_string()).unwrap_or_default())
                .bind(filter.measure.map(Metric::code).unwrap_or_default())
                .bind(filter.process.map(ProcessClass::code).unwrap_or_default())
                .fetch(pool)
                .map_err(StoreError::from)
                .map(|row| row.and_then(|row| export_row(row, &sources)));
                sender.send_all(&mut rows.by_ref().map(Ok)).await
            });
            // The only error is a reader that went away.
            drop(sent);
        });
        Ok(receiver)
    }
}

impl RequestCounts {
    /// Requests by half-year, of one country or of all.
    pub fn halves(&self, country: Option<CountryCode>) -> BTreeMap<Half, Total> {
        let mut halves = BTreeMap::<Half, Total>::new();
        for (half, of, _, total) in &self.0 {
            if country.is_none() || *of == country {
                halves.entry(*half).or_default().merge(*total);
            }
        }
        halves
    }

    /// Requests by who asked, the most first.
    pub fn countries(&self) -> Vec<CountryRequests> {
        let mut countries = HashMap::<(Option<CountryCode>, &str), CountryRequests>::new();
        for (half, country, name, total) in &self.0 {
            let of = countries.entry((*country, name)).or_insert_with(|| CountryRequests {
                country: *country,
                name: country.map_or_else(|| name.clone(), |country| country.name().to_owned()),
                total: Total::default(),
                halves: BTreeMap::new(),
            });
            of.total.merge(*total);
            of.halves.insert(*half, *total);
        }
        let mut countries = countries.into_values().collect::<Vec<_>>();
        countries
            .sort_by(|a, b| b.total.figure.middle().cmp(&a.total.figure.middle()).then_with(|| a.name.cmp(&b.name)));
        countries
    }
}

async fn sources(store: &Store) -> Result<HashMap<i64, Arc<Source>>> {
    let rows: Vec<(i64, String, String, String, String, Vec<u8>)> = on_engine!(store, pool => sqlx::query_as(
        "SELECT source_id, publisher, service, title, retrieved, sha256 FROM statistics_source"
    ).fetch_all(pool).await)?;
    rows.into_iter()
        .map(|(id, publisher, service, title, retrieved, sha256)| {
            let source = Source { publisher, service, title, retrieved: day(retrieved)?, sha256: hash(sha256)? };
            Ok((id, Arc::new(source)))
        })
        .collect()
}

fn export_row(row: ExportRow, sources: &HashMap<i64, Arc<Source>>) -> Result<(Arc<Source>, StatisticsRow)> {
    let source = sources.get(&row.0).ok_or_else(|| inconsistent("source_id", row.0.to_string()))?;
    Ok((source.clone(), statistics_row(row)?))
}

pub(super) fn statistics_row(row: ExportRow) -> Result<StatisticsRow> {
    let (_, period, source_row, name, jurisdiction, code, class_published, class, status, low, high, footnote) = row;
    Ok(StatisticsRow {
        period: half(period)?,
        jurisdiction,
        country: code.map(country).transpose()?,
        class_published,
        class: self::class(class)?,
        metric: metric(name)?,
        figure: figure(status, low, high)?,
        footnote,
        row: u32::try_from(source_row).map_err(|_| inconsistent("source_row", source_row.to_string()))?,
    })
}

pub(super) fn inconsistent(column: &'static str, value: String) -> StoreError {
    StoreError::Inconsistent { table: "statistics_figure", column, value }
}

pub(super) fn half(text: String) -> Result<Half> {
    Half::parse(&text).ok_or_else(|| inconsistent("period", text))
}

pub(super) fn country(code: String) -> Result<CountryCode> {
    CountryCode::parse(&code).ok_or_else(|| inconsistent("country", code))
}

pub(super) fn metric(code: String) -> Result<Metric> {
    Metric::from_code(&code).ok_or_else(|| inconsistent("metric", code))
}

pub(super) fn class(code: String) -> Result<ProcessClass> {
    ProcessClass::from_code(&code).ok_or_else(|| inconsistent("class", code))
}

fn count(stored: i64) -> Result<u64> {
    u64::try_from(stored).map_err(|_| inconsistent("low", stored.to_string()))
}

pub(super) fn figure(status: String, low: Option<i64>, high: Option<i64>) -> Result<Figure> {
    let bounds = match (low, high) {
        (Some(low), Some(high)) => Some((count(low)?, count(high)?)),
        _ => None,
    };
    Figure::from_parts(&status, bounds).ok_or_else(|| inconsistent("status", status))
}

/// A sum that the database made, of the figures that were reported.
pub(super) fn total(low: Option<i64>, high: Option<i64>, missing: i64) -> Result<Total> {
    let missing = u32::try_from(missing).map_err(|_| inconsistent("status", missing.to_string()))?;
    let figure = match (low, high) {
        (Some(low), Some(high)) => Figure::between(count(low)?, count(high)?),
        _ if missing > 0 => Figure::NotReported,
        _ => Figure::NotApplicable,
    };
    Ok(Total { figure, missing })
}

pub(super) fn day(text: String) -> Result<NaiveDate> {
    NaiveDate::parse_from_str(&text, "%Y-%m-%d").map_err(|_| StoreError::Inconsistent {
        table: "statistics_source",
        column: "retrieved",
        value: text,
    })
}

pub(super) fn hash(bytes: Vec<u8>) -> Result<[u8; 32]> {
    bytes.try_into().map_err(|bytes: Vec<u8>| StoreError::Inconsistent {
        table: "statistics_source",
        column: "sha256",
        value: hex::encode(bytes),
    })
}
