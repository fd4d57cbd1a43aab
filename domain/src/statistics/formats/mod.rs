//! The files that publishers give, told apart by their headers. One file here maps each publisher's.
//!
//! **Invariant:** nothing is dropped and nothing becomes zero. Each cell with a number ends as a figure, as an
//! [`Interpretation`] or as something [`Unreadable`], which stops the import with its line, its column and a sentence.

mod apple;
mod encoding;
mod github;
mod google;
mod meta;
mod microsoft;
mod sheet;
mod table;
mod twitter;
mod vitrine;

use std::collections::HashMap;

use chrono::NaiveDate;

use self::{
    sheet::{Found, Hints, Row, Sheet},
    table::Table,
};
use super::{CSV_HEADER, Half, ProcessClass, Report, Source};

crate::closed_list! {
    /// A file that is read.
    pub enum Format {
        Vitrine => "Vitrine's own CSV, as /transparency/data.csv gives it",
        GoogleUserData => "Google: global user data requests",
        GoogleUserData2014 => "Google: user data requests, as of 2014",
        GoogleEnterpriseCloud => "Google: Enterprise Cloud requests",
        GoogleDiplomatic => "Google: diplomatic legal requests",
        GoogleEnterpriseDiplomatic => "Google: Enterprise Cloud diplomatic legal requests",
        GoogleNationalSecurity => "Google: United States national security requests",
        GoogleReleasedLetters => "Google: released national security letters",
        AppleAccounts => "Apple: account requests",
        AppleDevices => "Apple: device requests",
        AppleEmergencies => "Apple: emergency requests",
        AppleAccountPreservation => "Apple: account preservation requests",
        AppleNationalSecurity => "Apple: United States national security requests",
        Meta => "Meta: government requests",
        GitHubRequests => "GitHub: requests received and disclosed",
        GitHubAccounts => "GitHub: accounts affected",
        GitHubCrossBorder => "GitHub: cross-border data requests",
        GitHubNotifications => "GitHub: user notifications",
        GitHubNationalSecurity => "GitHub: national security letters and orders",
        Twitter => "Twitter: information requests",
        Microsoft => "Microsoft: law enforcement requests, as transcribed",
    }
}

/// How a publisher's file is read.
struct Mapping {
    publisher: &'static str,
    /// Where the publisher offers it.
    address: &'static str,
    /// The columns that it has, in any order.
    columns: &'static [&'static str],
    /// Those that it may have besides.
    optional: &'static [&'static str],
    read: fn(&mut Sheet<'_>),
}

impl Format {
    /// Vitrine's own files name publisher and series in each line.
    fn mapping(self) -> Option<&'static Mapping> {
        Some(match self {
            Self::Vitrine => return None,
            Self::GoogleUserData => &google::USER_DATA,
            Self::GoogleUserData2014 => &google::USER_DATA_2014,
            Self::GoogleEnterpriseCloud => &google::ENTERPRISE_CLOUD,
            Self::GoogleDiplomatic => &google::DIPLOMATIC,
            Self::GoogleEnterpriseDiplomatic => &google::ENTERPRISE_DIPLOMATIC,
            Self::GoogleNationalSecurity => &google::NATIONAL_SECURITY,
            Self::GoogleReleasedLetters => &google::RELEASED_LETTERS,
            Self::AppleAccounts => &apple::ACCOUNTS,
            Self::AppleDevices => &apple::DEVICES,
            Self::AppleEmergencies => &apple::EMERGENCIES,
            Self::AppleAccountPreservation => &apple::ACCOUNT_PRESERVATION,
            Self::AppleNationalSecurity => &apple::NATIONAL_SECURITY,
            Self::Meta => &meta::GOVERNMENT_REQUESTS,
            Self::GitHubRequests => &github::REQUESTS,
            Self::GitHubAccounts => &github::ACCOUNTS,
            Self::GitHubCrossBorder => &github::CROSS_BORDER,
            Self::GitHubNotifications => &github::NOTIFICATIONS,
            Self::GitHubNationalSecurity => &github::NATIONAL_SECURITY,
            Self::Twitter => &twitter::INFORMATION_REQUESTS,
            Self::Microsoft => &microsoft::LAW_ENFORCEMENT_REQUESTS,
        })
    }

    /// Who publishes such files; Vitrine's own say so in each line.
    pub fn publisher(self) -> Option<&'static str> {
        self.mapping().map(|mapping| mapping.publisher)
    }

    /// Whether each line says when its publisher's file was downloaded, as Vitrine's own do.
    pub fn says_when_retrieved(self) -> bool {
        self.mapping().is_none()
    }

    fn columns(self) -> &'static [&'static str] {
        self.mapping().map_or(&CSV_HEADER, |mapping| mapping.columns)
    }

    fn may_have(self, column: &str) -> bool {
        let optional = self.mapping().map_or(&[][..], |mapping| mapping.optional);
        self.columns().contains(&column) || optional.contains(&column)
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
    /// What the publisher called it: some files say only there which period or series they are of.
    pub file_name: &'a str,
    /// The period that it is of, where neither the file nor its name says so.
    pub period: Option<Half>,
    /// The series that it is of, likewise.
    pub service: Option<&'a str>,
}

/// Something that was not read as it stands.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Interpretation {
    pub line: u32,
    /// Empty where it is about the whole line.
    pub column: String,
    pub published: String,
    pub read_as: String,
    /// Why.
    pub reason: String,
}

/// Something that can't be read.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{line}: {reason}")]
pub struct Unreadable {
    pub line: u32,
    /// The column, where it is about a cell; the reason names it too.
    pub column: Option<String>,
    pub reason: String,
}

impl Unreadable {
    fn line(line: u32, reason: impl Into<String>) -> Self {
        Self { line, column: None, reason: reason.into() }
    }
}

/// Why a file is not imported: all that can't be read, in the order of lines.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{first}{}", and_more(rest.len()))]
pub struct Refused {
    pub first: Unreadable,
    pub rest: Vec<Unreadable>,
}

fn and_more(more: usize) -> String {
    match more {
        0 => String::new(),
        1 => ". There is 1 more thing that can't be read; a preview shows it".to_owned(),
        more => format!(". There are {more} more things that can't be read; a preview shows them"),
    }
}

/// What was made of a file: what is right in it, and everything that is not.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Reading {
    /// Nothing where no known file has such a header.
    pub format: Option<Format>,
    pub reports: Vec<Report>,
    pub interpretations: Vec<Interpretation>,
    pub problems: Vec<Unreadable>,
}

/// What a file says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ReadFile {
    pub format: Format,
    pub reports: Vec<Report>,
    pub interpretations: Vec<Interpretation>,
}

impl Reading {
    /// The file, if all of it was read.
    ///
    /// # Errors
    /// [`Refused`] with everything that was not.
    pub fn whole(self) -> Result<ReadFile, Refused> {
        let Self { format, reports, interpretations, problems } = self;
        let mut problems = problems.into_iter();
        match (problems.next(), format) {
            (Some(first), _) => Err(Refused { first, rest: problems.collect() }),
            (None, Some(format)) => Ok(ReadFile { format, reports, interpretations }),
            (None, None) => {
                Err(Refused { first: Unreadable::line(1, "the file is of no format that is known"), rest: Vec::new() })
            }
        }
    }

    fn refused(problem: Unreadable) -> Self {
        Self { problems: vec![problem], ..Self::default() }
    }
}

/// Reads a file whole or not at all.
///
/// # Errors
/// [`Refused`] for whatever is not understood: a header, a column, a country, a number.
pub fn read(download: Download<'_>) -> Result<ReadFile, Refused> {
    examine(download).whole()
}

/// Reads what can be read of a file, and says of everything else where it stands.
pub fn examine(download: Download<'_>) -> Reading {
    let error = match std::str::from_utf8(download.bytes) {
        Ok(text) => return examine_text(download, text),
        Err(error) => error,
    };
    // Spreadsheets save so on old Macintosh computers. It is right where every country and label is then known.
    let mut reading = examine_text(download, &encoding::from_mac_roman(download.bytes));
    let line = 1 + table::newlines(&download.bytes[..error.valid_up_to()]);
    if reading.problems.is_empty() {
        reading.interpretations.insert(
            0,
            Interpretation {
                line,
                column: String::new(),
                published: "bytes that are not UTF-8".to_owned(),
                read_as: "MacRoman".to_owned(),
                reason: "every name and label in the file is known then".to_owned(),
            },
        );
        reading
    } else {
        let reason = "the file is not UTF-8, nor MacRoman; download it again rather than from a spreadsheet";
        Reading::refused(Unreadable::line(line, reason))
    }
}

fn examine_text(download: Download<'_>, text: &str) -> Reading {
    if text.trim_start_matches('\u{feff}').trim_start().starts_with('{') {
        let reason = "this is JSON and not a table. A datapackage.json only describes files: choose the CSV files that \
                      it names";
        return Reading::refused(Unreadable::line(1, reason));
    }
    let table = match Table::read(text) {
        Ok(table) => table,
        Err(problem) => return Reading::refused(problem),
    };
    let format = match detect(&table) {
        Ok(format) => format,
        Err(problem) => return Reading::refused(problem),
    };
    let mut found = Found { problems: table.problems.clone(), ..Found::default() };
    // Each report with the line of this file that each of its rows stands in.
    let mut reports = match format.mapping() {
        None => vitrine::read(&table, &mut found),
        Some(mapping) => {
            let hints = Hints { file_name: download.file_name, period: download.period, service: download.service };
            let mut sheet = Sheet::new(&table, hints, &mut found);
            (mapping.read)(&mut sheet);
            let mut reports = Vec::<(Report, Vec<u32>)>::new();
            for (service, row) in std::mem::take(&mut found.rows) {
                let place = reports.iter().position(|(report, _)| report.source.service == service);
                let place = place.unwrap_or_else(|| {
                    let source = Source {
                        publisher: mapping.publisher.to_owned(),
                        service: service.to_owned(),
                        title: download.title.unwrap_or(mapping.address).to_owned(),
                        retrieved: download.retrieved,
                        sha256: download.sha256,
                    };
                    reports.push((Report { source, rows: Vec::new() }, Vec::new()));
                    reports.len() - 1
                });
                let (report, lines) = &mut reports[place];
                lines.push(row.row);
                report.rows.push(row);
            }
            reports
        }
    };
    reports.retain(|(report, _)| !report.rows.is_empty());
    reports.iter().for_each(|(report, lines)| check(report, lines, &mut found));
    if reports.is_empty() && found.problems.is_empty() {
        found.problems.push(Unreadable::line(1, "the file has a header and no figures"));
    }
    let Found { interpretations, mut problems, .. } = found;
    problems.sort_by_key(|problem| problem.line);
    let reports = reports.into_iter().map(|(report, _)| report).collect();
    Reading { format: Some(format), reports, interpretations, problems }
}

fn detect(table: &Table) -> Result<Format, Unreadable> {
    let lacking = |format: Format| format.columns().iter().filter(|column| !table.has(column)).collect::<Vec<_>>();
    let unknown = |format: Format| {
        table.columns().filter(|column| !format.may_have(column)).map(str::to_owned).collect::<Vec<_>>()
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
    Err(Unreadable::line(1, reason))
}

/// Rules over a whole report: nothing would be counted twice.
fn check(report: &Report, lines: &[u32], found: &mut Found) {
    let mut seen = HashMap::new();
    let mut kinds = HashMap::new();
    for (row, line) in report.rows.iter().zip(lines) {
        let key = (row.period, row.jurisdiction.as_str(), row.class_published.as_str(), row.metric);
        if let Some(before) = seen.insert(key, *line) {
            found.problems.push(Unreadable::line(
                *line,
                format!(
                    "{} of {} in {} ({}) stands in line {before} already",
                    row.metric.label(),
                    row.jurisdiction,
                    row.period,
                    row.class_published
                ),
            ));
        }
        if row.class.asks_for_disclosure() {
            let all = row.class == ProcessClass::All;
            if *kinds.entry((row.period, row.jurisdiction.as_str(), row.metric)).or_insert(all) != all {
                found.problems.push(Unreadable::line(
                    *line,
                    format!(
                        "{} in {} has figures for all kinds of process together and for single kinds; adding them up \
                         would count requests twice",
                        row.jurisdiction, row.period
                    ),
                ));
            }
        }
    }
}

#[cfg(test)]
mod publishers_tests;
#[cfg(test)]
mod tests;
