//! Vitrine's own format for statistics: what `/transparency/data.csv` and `/transparency/data.json` give, one figure
//! a line, and what another Vitrine imports.

use chrono::NaiveDate;
use serde::Serialize;

use super::{Half, Source, StatisticsRow};
use crate::export::spreadsheet_safe;

/// The columns of the CSV, in order. A new column goes to the end: readers may count.
pub const CSV_HEADER: [&str; 18] = [
    "publisher",
    "service",
    "period",
    "period_start",
    "period_end",
    "jurisdiction",
    "country",
    "class_published",
    "class",
    "metric",
    "status",
    "low",
    "high",
    "footnote",
    "source",
    "source_retrieved",
    "source_sha256",
    "source_row",
];

/// Writes figures as CSV (RFC 4180: CRLF, quotes where needed), safe to open in a spreadsheet.
pub struct CsvFigures(csv::Writer<Vec<u8>>);

impl CsvFigures {
    /// A writer that begins with the header line.
    pub fn with_header() -> Result<Self, csv::Error> {
        let mut writer = Self(writer());
        writer.0.write_record(CSV_HEADER)?;
        Ok(writer)
    }

    /// Takes out the bytes written so far; the next figure follows on from them.
    pub fn take(&mut self) -> Result<Vec<u8>, csv::Error> {
        self.0.flush()?;
        std::mem::replace(&mut self.0, writer())
            .into_inner()
            .map_err(|error| csv::Error::from(std::io::Error::other(error.to_string())))
    }

    /// Writes one figure.
    pub fn write(&mut self, source: &Source, row: &StatisticsRow) -> Result<(), csv::Error> {
        let (low, high) = row.figure.bounds().map(|(low, high)| (low.to_string(), high.to_string())).unzip();
        let day = |day: Option<NaiveDate>| day.map(|day| day.to_string()).unwrap_or_default();
        self.0.write_record([
            &*spreadsheet_safe(&source.publisher),
            &*spreadsheet_safe(&source.service),
            &row.period.to_string(),
            &day(row.period.first_day()),
            &day(row.period.last_day()),
            &*spreadsheet_safe(&row.jurisdiction),
            row.country.as_ref().map_or("", |country| country.as_str()),
            &*spreadsheet_safe(&row.class_published),
            row.class.code(),
            row.metric.code(),
            row.figure.status(),
            low.as_deref().unwrap_or_default(),
            high.as_deref().unwrap_or_default(),
            &*spreadsheet_safe(row.footnote.as_deref().unwrap_or_default()),
            &*spreadsheet_safe(&source.title),
            &source.retrieved.to_string(),
            &hex::encode(source.sha256),
            &row.row.to_string(),
        ])
    }
}

fn writer() -> csv::Writer<Vec<u8>> {
    csv::WriterBuilder::new().terminator(csv::Terminator::CRLF).from_writer(Vec::new())
}

/// One figure as a JSON document: the columns of the CSV, numbers as numbers, and what has no value left out.
#[derive(Serialize)]
pub struct JsonFigure<'a> {
    publisher: &'a str,
    service: &'a str,
    period: Half,
    period_start: Option<NaiveDate>,
    period_end: Option<NaiveDate>,
    jurisdiction: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    country: Option<crate::CountryCode>,
    class_published: &'a str,
    class: super::ProcessClass,
    metric: super::Metric,
    unit: &'static str,
    status: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    low: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    high: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    footnote: Option<&'a str>,
    source: &'a str,
    source_retrieved: NaiveDate,
    source_sha256: String,
    source_row: u32,
}

impl<'a> JsonFigure<'a> {
    pub fn new(source: &'a Source, row: &'a StatisticsRow) -> Self {
        let (low, high) = row.figure.bounds().unzip();
        Self {
            publisher: &source.publisher,
            service: &source.service,
            period: row.period,
            period_start: row.period.first_day(),
            period_end: row.period.last_day(),
            jurisdiction: &row.jurisdiction,
            country: row.country,
            class_published: &row.class_published,
            class: row.class,
            metric: row.metric,
            unit: row.metric.unit(),
            status: row.figure.status(),
            low,
            high,
            footnote: row.footnote.as_deref(),
            source: &source.title,
            source_retrieved: source.retrieved,
            source_sha256: hex::encode(source.sha256),
            source_row: row.row,
        }
    }
}
