//! Vitrine's own CSV: what one portal publishes, another imports. Each line names its source.

use std::collections::HashMap;

use chrono::NaiveDate;

use super::{Found, Report, Source, Table, Unreadable, table::Line};
use crate::{
    CountryCode,
    statistics::{Figure, Half, Metric, ProcessClass, StatisticsRow},
};

/// The reports, each with the lines of its rows.
pub(super) fn read(table: &Table, found: &mut Found) -> Vec<(Report, Vec<u32>)> {
    let mut reports = Vec::<(Report, Vec<u32>)>::new();
    let mut places = HashMap::<Source, usize>::new();
    for line in table.lines() {
        let (source, row) = match (source(&line), row(&line)) {
            (Ok(source), Ok(row)) => (source, row),
            (source, row) => {
                found.problems.extend(source.err());
                found.problems.extend(row.err());
                continue;
            }
        };
        match places.get(&source) {
            Some(place) => {
                let (report, lines) = &mut reports[*place];
                report.rows.push(row);
                lines.push(line.number);
            }
            None => {
                places.insert(source.clone(), reports.len());
                reports.push((Report { source, rows: vec![row] }, vec![line.number]));
            }
        }
    }
    reports
}

fn source(line: &Line<'_>) -> Result<Source, Unreadable> {
    let mut sha256 = [0; 32];
    hex::decode_to_slice(line.cell("source_sha256"), &mut sha256)
        .map_err(|_| line.refuse_cell("source_sha256", "is no SHA-256 of 64 hexadecimal digits"))?;
    let retrieved = day(line, "source_retrieved")?;
    let named = |column| match text(line, column) {
        name if name.is_empty() => Err(line.refuse_cell(column, "is empty; it has to be named")),
        name => Ok(name),
    };
    Ok(Source {
        publisher: named("publisher")?,
        service: named("service")?,
        title: text(line, "source"),
        retrieved,
        sha256,
    })
}

fn row(line: &Line<'_>) -> Result<StatisticsRow, Unreadable> {
    let period = Half::parse(line.cell("period"))
        .ok_or_else(|| line.refuse_cell("period", "is no half-year such as 2013-H1"))?;
    if Half::from_days(day(line, "period_start")?, day(line, "period_end")?) != Some(period) {
        return Err(line.refuse_cell("period", "is not the half-year from period_start to period_end"));
    }
    let country = match line.cell("country") {
        "" => None,
        code => {
            Some(CountryCode::parse(code).ok_or_else(|| line.refuse_cell("country", "is no ISO 3166-1 alpha-2 code"))?)
        }
    };
    let one_of = |column, codes: String| line.refuse_cell(column, &format!("is none of {codes}"));
    let class = ProcessClass::from_code(line.cell("class")).ok_or_else(|| one_of("class", ProcessClass::codes()))?;
    let metric = Metric::from_code(line.cell("metric")).ok_or_else(|| one_of("metric", Metric::codes()))?;
    let bound = |column| match line.cell(column) {
        "" => Ok(None),
        count => match Figure::parse_count(count) {
            Some(count) => Ok(Some(count)),
            None => Err(line.refuse_cell(column, "is no count such as 1234")),
        },
    };
    let figure = match (bound("low")?, bound("high")?) {
        (None, None) => Figure::from_parts(line.cell("status"), None),
        (Some(low), Some(high)) => Figure::from_parts(line.cell("status"), Some((low, high))),
        _ => None,
    };
    let figure = figure.ok_or_else(|| line.refuse_cell("status", "does not go with these bounds in low and high"))?;
    let row = line.cell("source_row").parse().map_err(|_| line.refuse_cell("source_row", "is no row"))?;
    let jurisdiction = text(line, "jurisdiction");
    if jurisdiction.is_empty() {
        return Err(line.refuse("the line names no jurisdiction"));
    }
    Ok(StatisticsRow {
        period,
        jurisdiction,
        country,
        class_published: text(line, "class_published"),
        class,
        metric,
        figure,
        footnote: Some(text(line, "footnote")).filter(|footnote| !footnote.is_empty()),
        row,
    })
}

fn day(line: &Line<'_>, column: &str) -> Result<NaiveDate, Unreadable> {
    NaiveDate::parse_from_str(line.cell(column), "%Y-%m-%d")
        .map_err(|_| line.refuse_cell(column, "is no day such as 2013-06-30"))
}

/// A text without the apostrophe that kept it from being a formula.
fn text(line: &Line<'_>, column: &str) -> String {
    crate::export::without_safeguard(line.cell(column)).to_owned()
}
