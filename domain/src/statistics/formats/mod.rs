//! The files that publishers give, told apart by their headers. One file here maps each publisher's.
//!
//! **Invariant:** nothing is dropped and nothing becomes zero. What a mapping doesn't know stops the import with its
//! line and a sentence.

mod apple;
mod google;
mod table;
mod vitrine;

use std::collections::HashMap;

use chrono::NaiveDate;

use self::table::{Line, Table};
use super::{CSV_HEADER, Report, Source, StatisticsRow};

crate::closed_list! {
    /// A file that is read.
    pub enum Format {
        Vitrine => "Vitrine's own CSV, as /transparency/data.csv gives it",
        GoogleUserData => "Google: global user data requests",
        AppleAccounts => "Apple: account requests",
        AppleDevices => "Apple: device requests",
        AppleEmergencies => "Apple: emergency requests",
        AppleAccountPreservation => "Apple: account preservation requests",
    }
}

impl Format {
    /// Exactly the columns that it has, in any order.
    fn columns(self) -> &'static [&'static str] {
        match self {
            Self::Vitrine => &CSV_HEADER,
            Self::GoogleUserData => &google::USER_DATA,
            Self::AppleAccounts => &apple::ACCOUNTS,
            Self::AppleDevices => &apple::DEVICES,
            Self::AppleEmergencies => &apple::EMERGENCIES,
            Self::AppleAccountPreservation => &apple::ACCOUNT_PRESERVATION,
        }
    }

    /// The publisher, the name of the series, and where the publisher offers it. Vitrine's own files name theirs in
    /// each line.
    fn series(self) -> Option<(&'static str, &'static str, &'static str)> {
        match self {
            Self::Vitrine => None,
            Self::GoogleUserData => {
                Some((google::PUBLISHER, "User data requests", "https://transparencyreport.google.com/user-data"))
            }
            Self::AppleAccounts => Some((apple::PUBLISHER, "Account requests", apple::ADDRESS)),
            Self::AppleDevices => Some((apple::PUBLISHER, "Device requests", apple::ADDRESS)),
            Self::AppleEmergencies => Some((apple::PUBLISHER, "Emergency requests", apple::ADDRESS)),
            Self::AppleAccountPreservation => Some((apple::PUBLISHER, "Account preservation requests", apple::ADDRESS)),
        }
    }
}

/// A file as it was received.
#[derive(Clone, Copy, Debug)]
pub struct Download<'a> {
    pub bytes: &'a [u8],
    pub sha256: [u8; 32],
    /// The day on which it was downloaded.
    pub retrieved: NaiveDate,
    /// Where it is from, where that is known better than the format knows it.
    pub title: Option<&'a str>,
}

/// What a file says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ReadFile {
    pub format: Format,
    pub reports: Vec<Report>,
}

/// Why a file is not imported: the first line that can't be read, and what is wrong with it.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{line}: {reason}")]
pub struct Unreadable {
    pub line: u32,
    pub reason: String,
}

/// Reads a file whole or not at all.
///
/// # Errors
/// [`Unreadable`] for the first thing that is not understood: a header, a column, a country, a number.
pub fn read(download: Download<'_>) -> Result<ReadFile, Unreadable> {
    let table = Table::read(download.bytes)?;
    let format = detect(&table)?;
    // Each report with the line of this file that each of its rows stands in.
    let reports = match format.series() {
        None => vitrine::read(&table)?,
        Some((publisher, service, address)) => {
            let source = Source {
                publisher: publisher.to_owned(),
                service: service.to_owned(),
                title: download.title.unwrap_or(address).to_owned(),
                retrieved: download.retrieved,
                sha256: download.sha256,
            };
            let mut rows = Vec::new();
            for line in table.lines() {
                match format {
                    Format::Vitrine => {}
                    Format::GoogleUserData => google::user_data(&line, &mut rows)?,
                    Format::AppleAccounts => apple::accounts(&line, &mut rows)?,
                    Format::AppleDevices => apple::devices(&line, &mut rows)?,
                    Format::AppleEmergencies => apple::emergencies(&line, &mut rows)?,
                    Format::AppleAccountPreservation => apple::account_preservation(&line, &mut rows)?,
                }
            }
            let lines = rows.iter().map(|row| row.row).collect();
            vec![(Report { source, rows }, lines)]
        }
    };
    if reports.iter().all(|(report, _)| report.rows.is_empty()) {
        return Err(Unreadable { line: 1, reason: "the file has a header and no figures".to_owned() });
    }
    reports.iter().try_for_each(|(report, lines)| check(report, lines))?;
    Ok(ReadFile { format, reports: reports.into_iter().map(|(report, _)| report).collect() })
}

fn detect(table: &Table) -> Result<Format, Unreadable> {
    let lacking = |format: Format| format.columns().iter().filter(|column| !table.has(column)).collect::<Vec<_>>();
    let unknown = |format: Format| {
        table.columns().filter(|column| !format.columns().contains(column)).map(str::to_owned).collect::<Vec<_>>()
    };
    let exact = Format::ALL.iter().find(|format| lacking(**format).is_empty() && unknown(**format).is_empty());
    if let Some(format) = exact {
        return Ok(*format);
    }
    // One that shares at least half of its columns.
    let nearest = Format::ALL
        .iter()
        .filter(|format| lacking(**format).len() * 2 <= format.columns().len())
        .min_by_key(|format| lacking(**format).len() + unknown(**format).len());
    let mut reason = String::from("this header belongs to no file that is known");
    if let Some(nearest) = nearest {
        let list = |columns: Vec<String>| columns.iter().map(|name| format!("`{name}`")).collect::<Vec<_>>().join(", ");
        reason.push_str(&format!("; the nearest is “{}”", nearest.label()));
        let lacking = lacking(*nearest).into_iter().map(|column| (*column).to_owned()).collect::<Vec<_>>();
        if !lacking.is_empty() {
            reason.push_str(&format!(", whose {} is not here", list(lacking)));
        }
        let unknown = unknown(*nearest);
        if !unknown.is_empty() {
            reason.push_str(&format!(", which has no {}", list(unknown)));
        }
    } else {
        let known = Format::ALL.iter().map(|format| format!("“{}”", format.label())).collect::<Vec<_>>();
        reason.push_str(&format!("; known are {}", known.join(", ")));
    }
    Err(Unreadable { line: 1, reason })
}

/// Rules over a whole report: nothing would be counted twice.
fn check(report: &Report, lines: &[u32]) -> Result<(), Unreadable> {
    let mut seen = HashMap::new();
    let mut kinds = HashMap::new();
    for (row, line) in report.rows.iter().zip(lines) {
        let refuse = |reason| Err(Unreadable { line: *line, reason });
        let key = (row.period, row.jurisdiction.as_str(), row.class_published.as_str(), row.metric);
        if let Some(before) = seen.insert(key, *line) {
            return refuse(format!(
                "{} of {} in {} ({}) stands in line {before} already",
                row.metric.label(),
                row.jurisdiction,
                row.period,
                row.class_published
            ));
        }
        if row.class.asks_for_disclosure() {
            let all = row.class == super::ProcessClass::All;
            if *kinds.entry((row.period, row.jurisdiction.as_str(), row.metric)).or_insert(all) != all {
                return refuse(format!(
                    "{} in {} has figures for all kinds of process together and for single kinds; adding them up would \
                     count requests twice",
                    row.jurisdiction, row.period
                ));
            }
        }
    }
    Ok(())
}

/// Adds the figures of one line.
struct Figures<'a> {
    rows: &'a mut Vec<StatisticsRow>,
    /// What the figures of this line have in common.
    pattern: StatisticsRow,
}

impl Figures<'_> {
    fn push(&mut self, metric: super::Metric, figure: super::Figure) {
        self.rows.push(StatisticsRow { metric, figure, ..self.pattern.clone() });
    }
}

#[cfg(test)]
mod tests;
