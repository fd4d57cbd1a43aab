//! What mappings read a file with: each cell ends as a figure, as an interpretation or as a problem.

use std::collections::HashMap;

use chrono::NaiveDate;

use super::{
    Interpretation, Unreadable, encoding,
    table::{Line, Table},
};
use crate::{
    CountryCode,
    statistics::{Figure, Half, Metric, ProcessClass, StatisticsRow, country_of},
};

/// What a publisher's figure that no country is named for is of.
pub(super) const EVERYWHERE: &str = "All countries together";

const FIGURE: &str = "is no count such as 1234 or 1,234, and no band such as 0 - 249";

/// What is known of a file besides its content.
#[derive(Clone, Copy)]
pub(super) struct Hints<'a> {
    pub file_name: &'a str,
    pub period: Option<Half>,
    pub service: Option<&'a str>,
}

/// What was made of a file so far.
#[derive(Default)]
pub(super) struct Found {
    /// Figures, each with the series that it belongs to.
    pub rows: Vec<(&'static str, StatisticsRow)>,
    pub interpretations: Vec<Interpretation>,
    pub problems: Vec<Unreadable>,
}

/// A file that is being read.
pub(super) struct Sheet<'a> {
    table: &'a Table,
    hints: Hints<'a>,
    pub found: &'a mut Found,
}

impl<'a> Sheet<'a> {
    pub fn new(table: &'a Table, hints: Hints<'a>, found: &'a mut Found) -> Self {
        Self { table, hints, found }
    }

    pub fn has(&self, column: &str) -> bool {
        self.table.has(column)
    }

    /// The period that is given beside the file, or in its name as `2013_H1` or `2013-H1`.
    pub fn period_of_name(&mut self) -> Option<Half> {
        let name = self.hints.file_name;
        let mut halves = name.match_indices(['H', 'h']).filter_map(|(place, _)| {
            let year = name.get(place.checked_sub(5)?..place)?.strip_suffix(['-', '_', ' '])?;
            Half::parse(&format!("{year}-H{}", name.get(place + 1..place + 2)?))
        });
        let period = self.hints.period.or_else(|| halves.next_back());
        if period.is_none() {
            self.found.problems.push(Unreadable::line(
                1,
                "these files say only in their names which half-year they are of, and this name does not; keep the \
                 publisher's name, such as Report-2013_H1.csv, or give the period",
            ));
        }
        period
    }

    /// The series that is given beside the file, or told by a part of its name.
    pub fn service_of_name(&mut self, services: &[(&str, &'static str)]) -> Option<&'static str> {
        let name = self.hints.file_name.to_lowercase();
        let service = match self.hints.service {
            Some(asked) => services.iter().find(|(_, service)| service.to_lowercase() == asked.to_lowercase()),
            None => services.iter().find(|(part, _)| name.contains(part)),
        };
        if service.is_none() {
            let names = services.iter().map(|(part, service)| format!("“{service}” ({part})")).collect::<Vec<_>>();
            self.found.problems.push(Unreadable::line(
                1,
                format!(
                    "the publisher's files of these series look alike and say only in their names which one they are \
                     of: keep the publisher's name, or give the series, one of {}",
                    names.join(", ")
                ),
            ));
        }
        service.map(|(_, service)| *service)
    }

    /// Reads every line; one that is blank, or the same as another, is told and left out.
    pub fn each(&mut self, mut read: impl FnMut(&mut Row<'_>)) {
        let mut seen = HashMap::new();
        for line in self.table.lines() {
            let mut row = Row { line, found: &mut *self.found, base: None };
            let cells = line.cells();
            if cells.iter().all(|cell| cell.is_empty()) {
                row.interpret_line("a blank line", "nothing", "there is nothing in it");
                continue;
            }
            if let Some(before) = seen.insert(cells, line.number) {
                let reason = format!("it repeats line {before} cell by cell; a figure is counted once");
                row.interpret_line("a repeated line", "nothing", reason);
                continue;
            }
            read(&mut row);
        }
    }
}

/// A line that is being read.
pub(super) struct Row<'a> {
    line: Line<'a>,
    found: &'a mut Found,
    base: Option<(&'static str, StatisticsRow)>,
}

impl<'a> Row<'a> {
    pub fn cell(&self, column: &str) -> &'a str {
        self.line.cell(column)
    }

    /// What the figures of this line have in common. Where a part of it can't be read, none of them is kept.
    pub fn begin(
        &mut self,
        service: &'static str,
        period: Option<Half>,
        (jurisdiction, country): (&str, Option<Option<CountryCode>>),
        (class_published, class): (&str, Option<ProcessClass>),
    ) {
        let (Some(period), Some(country), Some(class)) = (period, country, class) else {
            self.base = None;
            return;
        };
        let pattern = StatisticsRow {
            period,
            jurisdiction: jurisdiction.to_owned(),
            country,
            class_published: class_published.to_owned(),
            class,
            metric: Metric::Requests,
            figure: Figure::NotApplicable,
            footnote: None,
            row: self.line.number,
        };
        self.base = Some((service, pattern));
    }

    /// Keeps a figure, unless it couldn't be read.
    pub fn push(&mut self, metric: Metric, figure: Option<Figure>) {
        self.push_noted(metric, figure, None);
    }

    pub fn push_noted(&mut self, metric: Metric, figure: Option<Figure>, footnote: Option<String>) {
        if let (Some((service, pattern)), Some(figure)) = (&self.base, figure) {
            self.found.rows.push((service, StatisticsRow { metric, figure, footnote, ..pattern.clone() }));
        }
    }

    /// Refuses the cell in this column.
    pub fn refuse(&mut self, column: &str, what: &str) {
        self.found.problems.push(self.line.refuse_cell(column, what));
    }

    /// Tells that the cell in this column was not read as it stands.
    pub fn interpret(&mut self, column: &str, read_as: impl Into<String>, reason: impl Into<String>) {
        self.found.interpretations.push(Interpretation {
            line: self.line.number,
            column: column.to_owned(),
            published: self.cell(column).to_owned(),
            read_as: read_as.into(),
            reason: reason.into(),
        });
    }

    /// Tells so of the whole line.
    pub fn interpret_line(
        &mut self,
        published: impl Into<String>,
        read_as: impl Into<String>,
        reason: impl Into<String>,
    ) {
        self.found.interpretations.push(Interpretation {
            line: self.line.number,
            column: String::new(),
            published: published.into(),
            read_as: read_as.into(),
            reason: reason.into(),
        });
    }

    /// A figure.
    pub fn figure(&mut self, column: &str) -> Option<Figure> {
        self.read(column, FIGURE, Figure::parse_published)
    }

    /// A figure, or a text that stands for there being none, and why.
    pub fn figure_or(&mut self, column: &str, none: &str, reason: &str) -> Option<Figure> {
        if self.cell(column) == none { self.not_reported(column, reason) } else { self.figure(column) }
    }

    /// A percentage in whole numbers, with or without its sign.
    pub fn percentage(&mut self, column: &str) -> Option<Figure> {
        let text = self.cell(column);
        let number = text.strip_suffix('%').unwrap_or(text).trim();
        let decimals =
            number.split_once('.').filter(|(_, decimals)| decimals.bytes().all(|byte| byte.is_ascii_digit()));
        let whole = decimals.map_or(number, |(whole, _)| whole);
        let figure = Figure::parse_count(whole).filter(|percent| *percent <= 100);
        match (figure, decimals) {
            (Some(percent), None) => Some(Figure::Exact(percent)),
            (Some(percent), Some((_, decimals))) if decimals.bytes().all(|digit| digit == b'0') => {
                self.interpret(column, percent.to_string(), "percentages are kept in whole numbers");
                Some(Figure::Exact(percent))
            }
            (Some(percent), Some(_)) if percent < 100 => {
                let band = Figure::between(percent, percent + 1);
                self.interpret(column, band.to_string(), "percentages are kept in whole numbers");
                Some(band)
            }
            _ => {
                self.refuse(column, "is no percentage from 0 to 100");
                None
            }
        }
    }

    pub fn percentage_or(&mut self, column: &str, none: &str, reason: &str) -> Option<Figure> {
        if self.cell(column) == none { self.not_reported(column, reason) } else { self.percentage(column) }
    }

    /// A percentage that an empty cell stands for none of.
    pub fn not_reported(&mut self, column: &str, reason: &str) -> Option<Figure> {
        self.interpret(column, Figure::NotReported.to_string(), reason);
        Some(Figure::NotReported)
    }

    /// A band whose ends stand in two columns.
    pub fn band(&mut self, low: &str, high: &str) -> Option<Figure> {
        let mut count = |column| self.read(column, "is no count such as 1234", Figure::parse_count);
        let (least, most) = (count(low), count(high));
        let (least, most) = (least?, most?);
        if least > most {
            self.refuse(high, "is less than the lower end of its band");
            return None;
        }
        Some(Figure::between(least, most))
    }

    /// What a cell says, if it says something of its kind.
    pub fn read<T>(&mut self, column: &str, what: &str, parse: impl Fn(&str) -> Option<T>) -> Option<T> {
        let read = parse(self.cell(column));
        if read.is_none() {
            self.refuse(column, what);
        }
        read
    }

    /// The half-year that ends on a day, written in this way.
    pub fn half_ending(&mut self, column: &str, format: &str, such_as: &str) -> Option<Half> {
        let what = format!("is not the last day of a half-year, such as {such_as}");
        self.read(column, &what, |text| NaiveDate::parse_from_str(text, format).ok().and_then(Half::from_last_day))
    }

    /// A publisher's kind of process, as one of ours.
    pub fn class(&mut self, column: &str, class: impl Fn(&str) -> Option<ProcessClass>) -> Option<ProcessClass> {
        let class = self.read(column, "is no kind of process that is known", class)?;
        if !self.cell(column).eq_ignore_ascii_case(class.label()) {
            self.interpret(column, class.label(), "kinds are told in one vocabulary; the published name is kept");
        }
        Some(class)
    }

    /// A country by its name.
    pub fn country_named(&mut self, column: &str) -> Option<Option<CountryCode>> {
        let name = self.cell(column);
        if let Some(country) = country_of(name) {
            let known_as = country.map_or(name, |country| country.name());
            if known_as != name {
                self.interpret(column, known_as, "the same country under another name; the published one is kept");
            }
            return Some(country);
        }
        let ungarbled = encoding::ungarbled(name).and_then(|name| Some((country_of(&name)?, name)));
        let Some((country, name)) = ungarbled else {
            self.refuse(column, "is no country whose code is known");
            return None;
        };
        self.interpret(column, name, "its UTF-8 was once read as MacRoman");
        Some(country)
    }

    /// A country by its code, which its name must not contradict; by its name where it has no code.
    pub fn country_coded(&mut self, code: &str, name: &str) -> Option<Option<CountryCode>> {
        if self.cell(code).is_empty() {
            return self.country_named(name);
        }
        let country = self.read(code, "is no ISO 3166-1 alpha-2 code", CountryCode::parse)?;
        match country_of(self.cell(name)).flatten() {
            Some(named) if named != country => {
                self.refuse(code, &format!("is not the code of {}, which the line names", named.name()));
                None
            }
            _ => Some(Some(country)),
        }
    }
}
