//! Editions: what is published of a half-year, dated, numbered and never changed.

use chrono::NaiveDate;
use serde::{Deserialize, Serialize};

use super::{
    BandCount, BandOption, BandRow, CLASSES, Counted, CountryRow, Facts, Held, OTHER_COUNTRIES, OUTCOMES,
    SMALLEST_GROUP, Tables, WITHOUT_DATA,
};
use crate::{
    demand::DataKind,
    export::spreadsheet_safe,
    statistics::{Figure, Half, Metric, ProcessClass, StatisticsRow},
};

/// The longest text of errata, in characters.
const LONGEST_ERRATA: usize = 5_000;
/// What a line for every country is called.
const ALL_COUNTRIES: &str = "All countries";

/// The report of a half-year, as published. It holds figures and words of the publisher's, and nothing of a demand.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Edition {
    pub publisher: String,
    pub half: Half,
    /// From 1.
    pub number: u32,
    pub published_on: NaiveDate,
    /// The tables of the first edition, and those of what came late.
    pub parts: Vec<Part>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub national_security: Option<NationalSecurity>,
    /// What later editions say of earlier ones, in their order.
    pub errata: Vec<Erratum>,
}

/// Tables, and the edition in which they were first published.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Part {
    pub edition: u32,
    pub published_on: NaiveDate,
    pub tables: Tables,
}

/// The section of national security process.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct NationalSecurity {
    pub option: BandOption,
    pub rows: Vec<BandRow>,
}

/// What an edition says of those before it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Erratum {
    pub edition: u32,
    pub published_on: NaiveDate,
    pub text: String,
}

/// Why no edition is drafted. Nothing was changed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Blocked {
    #[error("The half-year is not over: draft its report from the day after its last.")]
    NotOver,
    #[error("Say what is new in this edition and what was wrong before: a later edition shows its errata.")]
    NoErrata,
    #[error("The errata are longer than 5,000 characters: say it shorter.")]
    LongErrata,
    #[error("The first edition has nothing to correct: leave the errata empty.")]
    NothingToCorrect,
    #[error("Earlier editions report national security process otherwise: choose the same structure again.")]
    OtherOption,
}

/// What goes into a draft.
#[derive(Clone, Debug)]
pub struct Drafting<'a> {
    pub publisher: &'a str,
    pub half: Half,
    pub today: NaiveDate,
    /// The newest edition of the half-year.
    pub previous: Option<&'a Edition>,
    /// How each demand counts that no edition has counted yet.
    pub uncounted: &'a [Counted],
    /// National security process of every demand there is.
    pub bands: &'a [BandCount],
    pub option: Option<BandOption>,
    pub new_platform: bool,
    pub errata: &'a str,
}

/// A draft: the edition as it would be published, what it holds back, and which of the uncounted demands it counts.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Drafted {
    pub edition: Edition,
    pub held: Vec<Held>,
    pub counts: Vec<usize>,
    /// How many more could be counted and wait: for more of them, or for the next half-year.
    pub waiting: usize,
}

impl Drafting<'_> {
    /// Drafts the half-year's next edition.
    pub fn draft(&self) -> Result<Drafted, Blocked> {
        if self.half.last_day().is_none_or(|last| self.today <= last) {
            return Err(Blocked::NotOver);
        }
        let errata = self.errata.trim();
        match self.previous {
            None if !errata.is_empty() => return Err(Blocked::NothingToCorrect),
            Some(_) if errata.is_empty() => return Err(Blocked::NoErrata),
            _ if errata.chars().count() > LONGEST_ERRATA => return Err(Blocked::LongErrata),
            _ => {}
        }
        let number = self.previous.map_or(1, |previous| previous.number + 1);
        let ready = self.uncounted.iter().enumerate().filter_map(|(place, counted)| match counted {
            Counted::InTables(facts) if facts.received == self.half => Some((place, *facts)),
            _ => None,
        });
        let (ready, facts): (Vec<usize>, Vec<Facts>) = ready.unzip();
        let mut edition = Edition {
            publisher: self.publisher.to_owned(),
            half: self.half,
            number,
            published_on: self.today,
            parts: self.previous.map(|previous| previous.parts.clone()).unwrap_or_default(),
            national_security: self.national_security()?,
            errata: self.previous.map(|previous| previous.errata.clone()).unwrap_or_default(),
        };
        if !errata.is_empty() {
            edition.errata.push(Erratum { edition: number, published_on: self.today, text: errata.to_owned() });
        }
        let waits = self.previous.is_some_and(|previous| {
            Half::of(previous.published_on) >= Half::of(self.today) || (facts.len() as u64) < SMALLEST_GROUP
        });
        if waits {
            return Ok(Drafted { edition, held: Vec::new(), counts: Vec::new(), waiting: ready.len() });
        }
        let protected = Tables::of(&facts);
        edition.parts.push(Part { edition: number, published_on: self.today, tables: protected.tables });
        Ok(Drafted { edition, held: protected.held, counts: ready, waiting: 0 })
    }

    /// The section as it may be published today. What was published stays as it was.
    fn national_security(&self) -> Result<Option<NationalSecurity>, Blocked> {
        let before = self.previous.and_then(|previous| previous.national_security.as_ref());
        let Some(option) = self.option else {
            return if before.is_none() { Ok(None) } else { Err(Blocked::OtherOption) };
        };
        if before.is_some_and(|before| before.option != option) {
            return Err(Blocked::OtherOption);
        }
        let mut rows = option.rows(self.half, self.bands, self.new_platform, self.today);
        for row in &mut rows {
            let told = before.and_then(|before| before.rows.iter().find(|of| of.kind == row.kind));
            if let Some(told) = told.filter(|told| told.process != Figure::NotReported) {
                row.clone_from(told);
            }
        }
        Ok(Some(NationalSecurity { option, rows }))
    }
}

/// One line of an edition's CSV.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EditionRow {
    /// The edition that first published it.
    pub edition: u32,
    pub table: &'static str,
    pub line: String,
    pub column: &'static str,
    pub figure: Figure,
}

impl Edition {
    /// The columns of an edition's CSV.
    pub const CSV_HEADER: [&str; 7] = ["edition", "table", "line", "column", "status", "low", "high"];

    /// The edition as published on a day, which may be later than the one on which it was drafted.
    #[must_use]
    pub fn dated(mut self, day: NaiveDate) -> Self {
        self.published_on = day;
        let number = self.number;
        self.parts.iter_mut().filter(|part| part.edition == number).for_each(|part| part.published_on = day);
        self.errata
            .iter_mut()
            .filter(|erratum| erratum.edition == number)
            .for_each(|erratum| erratum.published_on = day);
        self
    }

    /// What it is called.
    pub fn title(&self) -> String {
        format!("Government requests for data, {}, edition {}", self.half.long(), self.number)
    }

    /// How to cite it, read on a day.
    pub fn citation(&self, address: &str, accessed: NaiveDate) -> String {
        format!(
            "{}: {}. Published on {}. {address}, accessed on {accessed}.",
            self.publisher,
            self.title(),
            self.published_on
        )
    }

    /// Every figure, in the order of the page.
    pub fn rows(&self) -> Vec<EditionRow> {
        let mut rows = Vec::new();
        for part in &self.parts {
            let tables = &part.tables;
            let mut add = |table, line: &str, column, figure| {
                rows.push(EditionRow { edition: part.edition, table, line: line.to_owned(), column, figure });
            };
            add("totals", ALL_COUNTRIES, Metric::Requests.label(), tables.requests);
            add("totals", ALL_COUNTRIES, Metric::Accounts.label(), tables.accounts);
            for row in &tables.countries {
                add("countries", row.name(), Metric::Requests.label(), row.requests);
                add("countries", row.name(), Metric::Accounts.label(), row.accounts);
            }
            let lines = tables.countries.iter().map(|row| (row.name(), &row.by_process, &row.by_outcome));
            let lines = lines.chain([(ALL_COUNTRIES, &tables.by_process, &tables.by_outcome)]).collect::<Vec<_>>();
            for (name, by_process, _) in &lines {
                CLASSES
                    .iter()
                    .zip(*by_process)
                    .for_each(|(class, figure)| add("process", name, class.label(), *figure));
            }
            for (name, _, by_outcome) in &lines {
                OUTCOMES.iter().zip(*by_outcome).for_each(|(of, figure)| add("outcome", name, of.label(), *figure));
            }
            let parts = WITHOUT_DATA.iter().zip(&tables.without_data);
            parts.for_each(|(of, figure)| add("no data provided", ALL_COUNTRIES, of.label(), *figure));
            let kinds = DataKind::ALL.iter().zip(&tables.by_kind);
            kinds.for_each(|(kind, figure)| add("kind of data", ALL_COUNTRIES, kind.label(), *figure));
            add("emergencies", ALL_COUNTRIES, Metric::Requests.label(), tables.emergencies);
            add("delayed notices", ALL_COUNTRIES, Metric::Requests.label(), tables.delayed);
            add("preservation", ALL_COUNTRIES, Metric::Requests.label(), tables.preservations);
            add("preservation", ALL_COUNTRIES, Metric::AccountsPreserved.label(), tables.accounts_preserved);
        }
        for row in self.national_security.iter().flat_map(|section| &section.rows) {
            let kind = row.kind.map_or("All national security process", |kind| kind.label());
            for (column, figure) in [("Received", row.process), ("Customer selectors targeted", row.selectors)] {
                let (edition, table, line) = (self.number, "national security", kind.to_owned());
                rows.push(EditionRow { edition, table, line, column, figure });
            }
        }
        rows
    }

    /// The edition as CSV (RFC 4180), safe to open in a spreadsheet.
    pub fn to_csv(&self) -> Result<Vec<u8>, csv::Error> {
        let mut writer = csv::WriterBuilder::new().terminator(csv::Terminator::CRLF).from_writer(Vec::new());
        writer.write_record(Self::CSV_HEADER)?;
        for row in self.rows() {
            let (low, high) = row.figure.bounds().map(|(low, high)| (low.to_string(), high.to_string())).unzip();
            writer.write_record([
                &*row.edition.to_string(),
                row.table,
                &*spreadsheet_safe(&row.line),
                row.column,
                row.figure.status(),
                low.as_deref().unwrap_or_default(),
                high.as_deref().unwrap_or_default(),
            ])?;
        }
        writer.into_inner().map_err(|error| csv::Error::from(std::io::Error::other(error.to_string())))
    }

    /// The figures as those of any publisher: a line for each country, of every part together. National security
    /// process is not among them, as no band may be added to a count.
    pub fn statistics(&self) -> Vec<StatisticsRow> {
        let mut lines = Vec::<(String, Option<crate::CountryCode>, Vec<Figure>)>::new();
        for Part { tables, .. } in &self.parts {
            let whole = CountryRow {
                country: None,
                requests: tables.requests,
                accounts: tables.accounts,
                by_process: Vec::new(),
                by_outcome: tables.by_outcome.clone(),
            };
            let alone = tables.countries.is_empty();
            let of_part = tables.countries.iter().map(|row| (row.name(), row));
            for (name, row) in of_part.chain(alone.then_some((ALL_COUNTRIES, &whole))) {
                let figures = [row.requests, row.accounts].into_iter().chain(row.by_outcome.iter().copied());
                match lines.iter_mut().find(|line| line.0 == name) {
                    Some((_, _, sums)) => {
                        sums.iter_mut().zip(figures).for_each(|(sum, figure)| *sum = sum.plus(figure))
                    }
                    None => lines.push((name.to_owned(), row.country, figures.collect())),
                }
            }
        }
        let metrics = [Metric::Requests, Metric::Accounts].into_iter().chain(OUTCOMES).collect::<Vec<_>>();
        let mut rows = Vec::new();
        let mut add = |jurisdiction: &str, country, class: ProcessClass, metric, figure, row: usize| {
            rows.push(StatisticsRow {
                period: self.half,
                jurisdiction: jurisdiction.to_owned(),
                country,
                class_published: class.label().to_owned(),
                class,
                metric,
                figure,
                footnote: None,
                row: u32::try_from(row).unwrap_or(u32::MAX),
            });
        };
        for (place, (name, country, figures)) in lines.iter().enumerate() {
            for (metric, figure) in metrics.iter().zip(figures) {
                add(name, *country, ProcessClass::All, *metric, *figure, place + 1);
            }
        }
        let nothing = (Figure::NotApplicable, Figure::NotApplicable);
        let (asked, kept) = self.parts.iter().fold(nothing, |sum, part| {
            (sum.0.plus(part.tables.preservations), sum.1.plus(part.tables.accounts_preserved))
        });
        let class = ProcessClass::Preservation;
        add(ALL_COUNTRIES, None, class, Metric::Requests, asked, lines.len() + 1);
        add(ALL_COUNTRIES, None, class, Metric::AccountsPreserved, kept, lines.len() + 1);
        rows
    }

    /// What the line of other countries stands for.
    pub fn has_other_countries(&self) -> bool {
        self.parts.iter().flat_map(|part| &part.tables.countries).any(|row| row.name() == OTHER_COUNTRIES)
    }
}
