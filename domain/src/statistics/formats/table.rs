//! A file as a table: its lines and cells.

use csv::StringRecord;

use super::Unreadable;

/// A CSV file with a header, its cells without blanks around them.
///
/// Lines before the header that begin with `#` are comments. `# column: value` names a column that has this value in
/// every line and stands in none of them.
pub(super) struct Table {
    constants: Vec<(String, String)>,
    header: Vec<String>,
    records: Vec<(u32, StringRecord)>,
    /// Lines that are not among the records, because they don't have the header's cells.
    pub problems: Vec<Unreadable>,
}

impl Table {
    /// Reads a text with or without a byte-order mark, whatever ends its lines.
    pub fn read(text: &str) -> Result<Self, Unreadable> {
        let text = text.strip_prefix('\u{feff}').unwrap_or(text);
        // Carriage returns alone, as old Macintosh programs write them, would all be line 1.
        let returns_alone = (!text.contains('\n')).then(|| text.replace('\r', "\n"));
        let text = returns_alone.as_deref().unwrap_or(text);
        let comments = text.split_inclusive('\n').take_while(|line| line.starts_with('#'));
        let (constants, commented) = comments.fold((Vec::new(), 0), |(mut constants, length), line| {
            if let Some((name, value)) = line[1..].split_once(':') {
                constants.push((name.trim().to_owned(), value.trim().to_owned()));
            }
            (constants, length + line.len())
        });
        let mut reader = csv::ReaderBuilder::new()
            .has_headers(false)
            .flexible(true)
            .trim(csv::Trim::All)
            .from_reader(&text.as_bytes()[commented..]);
        let mut records = Vec::new();
        let mut lines = LineCounter { bytes: text.as_bytes(), counted: 0, line: 1 };
        for record in reader.records() {
            let record = record
                .map_err(|error| Unreadable::line(lines.line, format!("the line can't be read as CSV: {error}")))?;
            let start = record.position().and_then(|position| usize::try_from(position.byte()).ok());
            records.push((lines.of_record_at(commented + start.unwrap_or_default()), record));
        }
        if records.is_empty() {
            return Err(Unreadable::line(1, "the file is empty"));
        }
        let (line, header) = records.remove(0);
        let header = header.iter().map(str::to_owned).collect::<Vec<_>>();
        let named = constants.iter().map(|(name, _)| name).chain(&header).collect::<Vec<_>>();
        for (place, column) in named.iter().enumerate() {
            if named[..place].contains(column) {
                return Err(Unreadable::line(line, format!("the header has the column `{column}` twice")));
            }
        }
        let mut problems = Vec::new();
        records.retain(|(line, record)| {
            let fits = record.len() == header.len();
            if !fits {
                let reason = format!("the line has {} cells where the header has {}", record.len(), header.len());
                problems.push(Unreadable::line(*line, reason));
            }
            fits
        });
        Ok(Self { constants, header, records, problems })
    }

    pub fn columns(&self) -> impl Iterator<Item = &str> {
        self.header.iter().chain(self.constants.iter().map(|(name, _)| name)).map(String::as_str)
    }

    pub fn has(&self, column: &str) -> bool {
        self.columns().any(|of| of == column)
    }

    pub fn lines(&self) -> impl Iterator<Item = Line<'_>> {
        self.records.iter().map(|(line, record)| Line { number: *line, table: self, record })
    }
}

/// Counts lines as an editor does: `csv` says where a record begins, empty lines before it included.
struct LineCounter<'a> {
    bytes: &'a [u8],
    counted: usize,
    line: u32,
}

impl LineCounter<'_> {
    fn of_record_at(&mut self, start: usize) -> u32 {
        let rest = self.bytes.get(start..).unwrap_or_default();
        let empty = rest.iter().take_while(|byte| matches!(byte, b'\r' | b'\n')).count();
        let begin = start + empty;
        self.line += newlines(self.bytes.get(self.counted..begin).unwrap_or_default());
        self.counted = begin;
        self.line
    }
}

pub(super) fn newlines(bytes: &[u8]) -> u32 {
    bytes.iter().fold(0, |lines, byte| lines + u32::from(*byte == b'\n'))
}

/// One line of a table.
#[derive(Clone, Copy)]
pub(super) struct Line<'a> {
    pub number: u32,
    table: &'a Table,
    record: &'a StringRecord,
}

impl<'a> Line<'a> {
    /// The cell in a column; nothing where the file may do without the column and does.
    pub fn cell(&self, column: &str) -> &'a str {
        let Table { constants, header, .. } = self.table;
        match header.iter().position(|of| of == column) {
            Some(place) => self.record.get(place).unwrap_or_default(),
            None => constants.iter().find(|(name, _)| name == column).map_or("", |(_, value)| value),
        }
    }

    /// Every cell of the line itself.
    pub fn cells(&self) -> Vec<&'a str> {
        self.record.iter().collect()
    }

    pub fn refuse(&self, reason: impl Into<String>) -> Unreadable {
        Unreadable::line(self.number, reason)
    }

    /// Refuses the cell in this column.
    pub fn refuse_cell(&self, column: &str, what: &str) -> Unreadable {
        let reason = format!("`{}` in the column `{column}` {what}", self.cell(column));
        Unreadable { line: self.number, column: Some(column.to_owned()), reason }
    }
}
