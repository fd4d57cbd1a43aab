//! Cuts a body or a file of any size into documents, each with its position and line.
//!
//! Shapes are told apart by what comes first: one document a line (NDJSON), one array of documents, documents one
//! after the other, and, for formats that have them, objects of which one member is the list of documents, and lines of
//! CSV. A document that is not JSON is still cut out, so that the reader can refuse it by its line and go on.

use std::io::{self, BufRead};

use domain::formats::Reader;

/// One document, whole.
#[derive(Debug, PartialEq, Eq)]
pub struct Document {
    /// 1 for the first.
    pub position: u64,
    /// The line on which it begins, 1 for the first.
    pub line: u64,
    /// Its bytes; `None` where it is over the limit.
    pub bytes: Option<Vec<u8>>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Shape {
    /// One document a line: what is wrong ends with its line.
    Lines,
    /// One array; its elements are the documents.
    Array,
    /// Documents one after the other, over as many lines as they like.
    Sequence,
    /// Objects one after the other, each with the list of its documents, such as `{"Records": […]}`.
    Lists,
    /// Lines of CSV, in quotes of which a line may end without ending the document.
    Csv,
}

/// What a format's files may be, beside JSON documents.
#[derive(Clone, Debug)]
pub struct Cutting {
    /// The member that holds the list of documents.
    pub list: Option<String>,
    pub csv: bool,
    /// The largest document, in bytes.
    pub largest: usize,
}

impl Default for Cutting {
    fn default() -> Self {
        Self { list: None, csv: false, largest: Reader::Native.largest_document() }
    }
}

/// Reads documents one at a time, in memory that doesn't grow with their number.
pub struct Documents<R> {
    reader: R,
    shape: Shape,
    position: u64,
    line: u64,
    /// Within the array, or the list, whose elements are the documents.
    begun: bool,
    /// The member that holds the list of documents.
    list: String,
    /// Within the object that has the list, behind it.
    behind_list: bool,
    largest: usize,
    /// What was read behind the last line of CSV, and belongs to the next.
    again: Vec<u8>,
}

impl<R: BufRead> Documents<R> {
    /// Looks at what comes first to learn the shape. A line-by-line body must be said to be one only where its first
    /// lines are broken.
    pub fn new(reader: R) -> io::Result<Self> {
        Self::of(reader, &Cutting::default())
    }

    /// The same for a format whose files have more shapes.
    pub fn of(mut reader: R, cutting: &Cutting) -> io::Result<Self> {
        let start = reader.fill_buf()?;
        let text = start.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(start);
        let bom = start.len() - text.len();
        let shape = match text.iter().find(|byte| !byte.is_ascii_whitespace()) {
            Some(b'[') => Shape::Array,
            Some(byte) if cutting.csv && *byte != b'{' => Shape::Csv,
            _ if cutting.list.as_ref().is_some_and(|name| ListBegin::new(name).begins_in(text)) => Shape::Lists,
            _ => {
                let mut lines = text.split(|byte| *byte == b'\n').filter(|line| !line.trim_ascii().is_empty());
                let complete = |line: &[u8]| serde_json::from_slice::<serde::de::IgnoredAny>(line).is_ok();
                if lines.by_ref().take(2).any(complete) { Shape::Lines } else { Shape::Sequence }
            }
        };
        reader.consume(bom);
        let list = cutting.list.clone().unwrap_or_default();
        let largest = cutting.largest;
        Ok(Self {
            reader,
            shape,
            position: 0,
            line: 1,
            begun: false,
            list,
            behind_list: false,
            largest,
            again: Vec::new(),
        })
    }

    /// Reads one document a line, whatever comes first.
    pub fn lines(reader: R) -> io::Result<Self> {
        Ok(Self { shape: Shape::Lines, ..Self::new(reader)? })
    }

    pub fn shape(&self) -> Shape {
        self.shape
    }

    /// The next document, or `None` at the end.
    pub fn next_document(&mut self) -> io::Result<Option<Document>> {
        match self.shape {
            Shape::Lines => self.next_line(),
            Shape::Csv => self.next_csv(),
            Shape::Array | Shape::Sequence => self.next_value(),
            Shape::Lists => loop {
                if self.begun {
                    match self.next_value()? {
                        Some(document) => return Ok(Some(document)),
                        None if self.begun => return Ok(None),
                        None => {}
                    }
                } else if let Some(document) = self.next_list()? {
                    return Ok(Some(document));
                } else if !self.begun {
                    return Ok(None);
                }
            },
        }
    }

    /// Goes to where the next list begins. What is no object with one is a document itself, for the reader to refuse.
    fn next_list(&mut self) -> io::Result<Option<Document>> {
        let mut begin = ListBegin::new(&self.list);
        let mut behind = std::mem::take(&mut self.behind_list);
        begin.depth = u32::from(behind);
        let (mut bytes, mut length, mut line) = (Vec::new(), 0, self.line);
        'bytes: loop {
            let chunk = self.reader.fill_buf()?;
            if chunk.is_empty() {
                break;
            }
            for (place, &byte) in chunk.iter().enumerate() {
                self.line += u64::from(byte == b'\n');
                if length == 0 && begin.depth == 0 && byte.is_ascii_whitespace() {
                    continue;
                }
                if length == 0 {
                    line = self.line;
                }
                if !behind {
                    length += 1;
                    if length <= self.largest {
                        bytes.push(byte);
                    }
                }
                let found = begin.goes_on(byte);
                let ended = begin.depth == 0 && !begin.in_string && (byte == b'}' || byte == b']' || byte == b'\n');
                if found || (ended && !behind) {
                    self.reader.consume(place + 1);
                    self.begun = found;
                    if found {
                        return Ok(None);
                    }
                    break 'bytes;
                }
                if ended {
                    behind = false;
                }
            }
            let used = chunk.len();
            self.reader.consume(used);
        }
        if length == 0 {
            return Ok(None);
        }
        self.position += 1;
        let whole = length <= self.largest;
        Ok(Some(Document { position: self.position, line, bytes: whole.then_some(bytes) }))
    }

    fn next_line(&mut self) -> io::Result<Option<Document>> {
        loop {
            let mut bytes = Vec::new();
            let line = self.line;
            let mut length = 0;
            loop {
                let chunk = self.reader.fill_buf()?;
                let end = chunk.iter().position(|byte| *byte == b'\n');
                let taken = end.map_or(chunk.len(), |end| end + 1);
                if length + taken <= self.largest {
                    bytes.extend_from_slice(&chunk[..taken]);
                }
                length += taken;
                self.reader.consume(taken);
                if end.is_some() {
                    self.line += 1;
                    break;
                }
                if taken == 0 {
                    break;
                }
            }
            if length == 0 {
                return Ok(None);
            }
            let whole = length <= self.largest;
            if whole && bytes.trim_ascii().is_empty() {
                continue;
            }
            self.position += 1;
            return Ok(Some(Document { position: self.position, line, bytes: whole.then_some(bytes) }));
        }
    }

    /// A line of CSV, which goes on over several where they are within quotes. One that was cut off within quotes, as
    /// by a server that stopped, ends where it was cut off, so that it hides no line behind it.
    fn next_csv(&mut self) -> io::Result<Option<Document>> {
        loop {
            let mut bytes = std::mem::take(&mut self.again);
            let (mut cell, mut looked_at, mut dropped) = (Cell::Begins, 0, false);
            // Where the last line within the quotes that are open begins.
            let mut within_quotes = None;
            let mut lines = 0;
            'line: loop {
                while let Some(&byte) = bytes.get(looked_at) {
                    looked_at += 1;
                    let before = cell;
                    cell = before.then(byte);
                    let opens = cell == Cell::Quoted && before != Cell::Quoted && before != Cell::Closes;
                    match cell {
                        Cell::Ends => {
                            self.again = bytes.split_off(looked_at);
                            break 'line;
                        }
                        Cell::Quoted if opens => within_quotes = None,
                        Cell::Quoted if byte == b'\n' => within_quotes = Some(looked_at),
                        Cell::CutOff => match within_quotes {
                            Some(begin) => {
                                self.again = bytes.split_off(begin);
                                break 'line;
                            }
                            None => cell = Cell::Plain,
                        },
                        Cell::Begins | Cell::Plain | Cell::Quoted | Cell::Closes => {}
                    }
                }
                if bytes.len() > self.largest {
                    dropped = true;
                    lines += lines_in(&bytes);
                    bytes.clear();
                    (looked_at, within_quotes) = (0, None);
                }
                let chunk = self.reader.fill_buf()?;
                let taken = chunk.iter().position(|byte| *byte == b'\n').map_or(chunk.len(), |end| end + 1);
                if taken == 0 {
                    break;
                }
                bytes.extend_from_slice(&chunk[..taken]);
                self.reader.consume(taken);
            }
            let line = self.line;
            self.line += lines + lines_in(&bytes);
            if !dropped && bytes.is_empty() {
                return Ok(None);
            }
            if !dropped && bytes.trim_ascii().is_empty() {
                continue;
            }
            self.position += 1;
            return Ok(Some(Document { position: self.position, line, bytes: (!dropped).then_some(bytes) }));
        }
    }

    fn next_value(&mut self) -> io::Result<Option<Document>> {
        let (mut bytes, mut length, mut line) = (Vec::new(), 0, self.line);
        let (mut depth, mut in_string, mut escaped) = (0u32, false, false);
        let array = matches!(self.shape, Shape::Array | Shape::Lists);
        let finished = 'document: loop {
            let chunk = self.reader.fill_buf()?;
            if chunk.is_empty() {
                break false;
            }
            let mut used = 0;
            for &byte in chunk {
                used += 1;
                if byte == b'\n' {
                    self.line += 1;
                }
                let outside = depth == 0 && !in_string;
                if outside && length == 0 {
                    if array && !self.begun {
                        self.begun = byte == b'[';
                        continue;
                    }
                    if self.shape == Shape::Lists && byte == b']' {
                        self.reader.consume(used);
                        (self.begun, self.behind_list) = (false, true);
                        return Ok(None);
                    }
                    if byte.is_ascii_whitespace() || (array && matches!(byte, b',' | b']')) {
                        continue;
                    }
                    line = self.line;
                } else if outside && (byte.is_ascii_whitespace() || (array && matches!(byte, b',' | b']'))) {
                    if self.shape == Shape::Lists && byte == b']' {
                        (self.begun, self.behind_list) = (false, true);
                    }
                    self.reader.consume(used);
                    break 'document true;
                }
                length += 1;
                if length <= self.largest {
                    bytes.push(byte);
                }
                if in_string {
                    match byte {
                        _ if escaped => escaped = false,
                        b'\\' => escaped = true,
                        b'"' => in_string = false,
                        _ => {}
                    }
                    continue;
                }
                match byte {
                    b'"' => in_string = true,
                    b'{' | b'[' => depth += 1,
                    b'}' | b']' => {
                        depth = depth.saturating_sub(1);
                        if depth == 0 {
                            self.reader.consume(used);
                            break 'document true;
                        }
                    }
                    _ => {}
                }
            }
            self.reader.consume(used);
        };
        if !finished && length == 0 {
            return Ok(None);
        }
        self.position += 1;
        let whole = length <= self.largest;
        Ok(Some(Document { position: self.position, line, bytes: whole.then_some(bytes) }))
    }
}

fn lines_in(bytes: &[u8]) -> u64 {
    bytes.iter().map(|byte| u64::from(*byte == b'\n')).sum()
}

/// Where in a line of CSV a byte stands.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Cell {
    Begins,
    Plain,
    Quoted,
    /// Behind quotes that close, or are the first of two that stand for one.
    Closes,
    /// The line has ended.
    Ends,
    /// What stands behind quotes that close can't: they opened another cell, and the one before was cut off.
    CutOff,
}

impl Cell {
    fn then(self, byte: u8) -> Self {
        match (self, byte) {
            (Self::Quoted, b'"') => Self::Closes,
            (Self::Quoted, _) | (Self::Begins | Self::Closes, b'"') => Self::Quoted,
            (_, b'\n') => Self::Ends,
            (_, b',') => Self::Begins,
            (Self::Closes, b'\r') => Self::Closes,
            (Self::Closes, _) => Self::CutOff,
            _ => Self::Plain,
        }
    }
}

/// Looks for where the list begins among an object's members.
struct ListBegin<'a> {
    name: &'a [u8],
    depth: u32,
    in_string: bool,
    escaped: bool,
    /// The last text at the object's own level, no longer than matters.
    text: Vec<u8>,
    /// That text was a member's name, and its value comes.
    named: bool,
}

impl<'a> ListBegin<'a> {
    fn new(name: &'a str) -> Self {
        Self { name: name.as_bytes(), depth: 0, in_string: false, escaped: false, text: Vec::new(), named: false }
    }

    /// Whether the list begins somewhere in this text's first object.
    fn begins_in(mut self, text: &[u8]) -> bool {
        text.trim_ascii_start().starts_with(b"{") && text.iter().any(|byte| self.goes_on(*byte))
    }

    /// Whether the list begins with this byte.
    fn goes_on(&mut self, byte: u8) -> bool {
        if self.in_string {
            match byte {
                _ if self.escaped => self.escaped = false,
                b'\\' => self.escaped = true,
                b'"' => self.in_string = false,
                _ if self.depth == 1 && self.text.len() <= self.name.len() => self.text.push(byte),
                _ => {}
            }
            return false;
        }
        match byte {
            b'"' => {
                self.in_string = true;
                if self.depth == 1 {
                    self.text.clear();
                    self.named = false;
                }
            }
            b':' if self.depth == 1 => self.named = self.text == self.name,
            b'[' if self.depth == 1 && self.named => return true,
            b'{' | b'[' => self.depth += 1,
            b'}' | b']' => self.depth = self.depth.saturating_sub(1),
            b',' if self.depth == 1 => self.named = false,
            _ => {}
        }
        false
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn cut(text: &str) -> (Shape, Vec<(u64, String)>) {
        let mut documents = Documents::new(text.as_bytes()).unwrap();
        let mut all = Vec::new();
        while let Some(document) = documents.next_document().unwrap() {
            all.push((document.line, String::from_utf8(document.bytes.unwrap()).unwrap().trim().to_owned()));
        }
        (documents.shape(), all)
    }

    fn expect(documents: &[(u64, &str)]) -> Vec<(u64, String)> {
        documents.iter().map(|(line, text)| (*line, (*text).to_owned())).collect()
    }

    #[test]
    fn one_document_a_line() {
        let (shape, documents) = cut("{\"a\":1}\n\n{broken\n{\"b\":2}");
        assert_eq!(shape, Shape::Lines);
        assert_eq!(documents, expect(&[(1, "{\"a\":1}"), (3, "{broken"), (4, "{\"b\":2}")]));
    }

    #[test]
    fn an_array_over_many_lines() {
        let (shape, documents) = cut("[\n  {\"a\": [1, \"]\"]},\n  nonsense,\n  {\"b\": \"\\\"}\"}\n]\n");
        assert_eq!(shape, Shape::Array);
        assert_eq!(documents, expect(&[(2, "{\"a\": [1, \"]\"]}"), (3, "nonsense"), (4, "{\"b\": \"\\\"}\"}")]));
    }

    #[test]
    fn documents_one_after_the_other() {
        let (shape, documents) = cut("{\n \"a\": 1\n}\n{\n \"b\": 2 }{\"c\":3}");
        assert_eq!(shape, Shape::Sequence);
        assert_eq!(documents, expect(&[(1, "{\n \"a\": 1\n}"), (4, "{\n \"b\": 2 }"), (5, "{\"c\":3}")]));
    }

    #[test]
    fn a_broken_first_line_does_not_hide_the_rest() {
        assert_eq!(cut("{\"a\":\n{\"b\":2}\n").1, expect(&[(1, "{\"a\":"), (2, "{\"b\":2}")]));
    }

    #[test]
    fn nothing_and_an_empty_array_hold_no_documents() {
        assert_eq!(cut("").1, []);
        assert_eq!(cut(" \n").1, []);
        assert_eq!(cut("[]").1, []);
    }

    #[test]
    fn a_document_over_the_limit_is_cut_out_without_its_bytes() {
        let cutting = Cutting::default();
        let text = format!("{{\"a\":\"{}\"}}\n{{\"b\":2}}\n", "x".repeat(cutting.largest));
        let larger = Cutting { largest: 2 * cutting.largest, ..cutting };
        let first = Documents::of(text.as_bytes(), &larger).unwrap().next_document().unwrap().unwrap();
        assert!(first.bytes.is_some_and(|bytes| bytes.len() > 1 << 20));
        for reader in [Documents::lines(text.as_bytes()), Documents::new(text.as_bytes())] {
            let mut documents = reader.unwrap();
            assert_eq!(documents.next_document().unwrap().unwrap().bytes, None);
            let next = documents.next_document().unwrap().unwrap();
            assert_eq!((next.position, next.line), (2, 2));
            assert!(next.bytes.is_some());
        }
    }

    fn cut_of(text: &str) -> (Shape, Vec<(u64, String)>) {
        let cutting = Cutting { list: Some("Records".to_owned()), csv: true, ..Cutting::default() };
        let mut documents = Documents::of(text.as_bytes(), &cutting).unwrap();
        let mut all = Vec::new();
        while let Some(document) = documents.next_document().unwrap() {
            all.push((document.line, String::from_utf8(document.bytes.unwrap()).unwrap().trim().to_owned()));
        }
        (documents.shape(), all)
    }

    #[test]
    fn lists_within_objects_one_after_the_other() {
        let text = "{\"kind\":\"List\",\"m\":{\"Records\":[0]},\"Records\":[{\"a\":1},\n{\"b\":[2]}],\"next\":[3]}\n\
                    {\"Records\" : [ ] }{\"Records\":[ 7, {\"c\":\"]\"}\n]}\n{\"d\":4}\n";
        let (shape, documents) = cut_of(text);
        assert_eq!(shape, Shape::Lists);
        let all = [(1, "{\"a\":1}"), (2, "{\"b\":[2]}"), (3, "7"), (3, "{\"c\":\"]\"}"), (5, "{\"d\":4}")];
        assert_eq!(documents, expect(&all));
    }

    #[test]
    fn documents_that_stand_alone_are_no_list() {
        assert_eq!(cut_of("{\"a\":{\"Records\":[1]}}\n{\"b\":2}").0, Shape::Lines);
    }

    #[test]
    fn lines_of_csv_end_where_no_quotes_are_open() {
        let (shape, documents) = cut_of("1,\"a\n\"\"b\"\"\",c\n\n2,d\n");
        assert_eq!(shape, Shape::Csv);
        assert_eq!(documents, expect(&[(1, "1,\"a\n\"\"b\"\"\",c"), (4, "2,d")]));
    }

    #[test]
    fn a_line_of_csv_that_was_cut_off_hides_none_behind_it() {
        // As PostgreSQL's csvlog: who is the first in quotes, in each line.
        let (whole, cut) = ("t,\"ada\",1,\"AUDIT: \"\"x\"\"\n y\"\r\n", "t,\"ada\",2,\"select 'a\nfrom b");
        for cut in [cut, "t,\"ada\",2,\"select\"\"", "t,\"ad", "t,\"ada\",2,\""] {
            let text = format!("{whole}{cut}\n{whole}{whole}");
            let (_, documents) = cut_of(&text);
            let lines = cut.lines().count() as u64;
            let all = [(1, whole.trim()), (3, cut), (3 + lines, whole.trim()), (5 + lines, whole.trim())];
            assert_eq!(documents, expect(&all), "{cut}");
        }
        // A server that goes on in the same line ends it.
        let (_, documents) = cut_of(&format!("t,\"ad{whole}{whole}"));
        assert_eq!(documents.last(), expect(&[(3, whole.trim())]).last());
    }

    proptest! {
        #[test]
        fn any_bytes_are_cut_without_end_or_loss_of_lines(bytes in proptest::collection::vec(any::<u8>(), 0..300)) {
            let lists = [br#"{"Records":["#.as_slice(), bytes.as_slice()].concat();
            for (bytes, csv) in [(&bytes, false), (&bytes, true), (&lists, false)] {
                let cutting = Cutting { list: Some("Records".to_owned()), csv, ..Cutting::default() };
                let mut documents = Documents::of(&bytes[..], &cutting).unwrap();
                let (mut count, mut last) = (0, 0);
                while let Some(document) = documents.next_document().unwrap() {
                    count += 1;
                    prop_assert_eq!(document.position, count);
                    prop_assert!(document.line >= last);
                    last = document.line;
                }
                prop_assert!(count <= bytes.len() as u64);
            }
        }

        #[test]
        fn what_is_written_in_any_shape_is_cut_into_the_same_documents(
            numbers in proptest::collection::vec((0u32..1000, ".{0,20}"), 1..20)
        ) {
            let values = numbers.iter().map(|(n, text)| serde_json::json!({"n": [n], "t": text})).collect::<Vec<_>>();
            let lines = values.iter().map(ToString::to_string).collect::<Vec<_>>().join("\n");
            let array = serde_json::to_string_pretty(&values).unwrap();
            let sequence = values.iter().map(|value| format!("{value:#}")).collect::<String>();
            for text in [lines, array, sequence] {
                let cut = cut(&text).1.iter().map(|(_, text)| serde_json::from_str(text).unwrap()).collect::<Vec<serde_json::Value>>();
                prop_assert_eq!(&cut, &values);
            }
        }
    }
}
