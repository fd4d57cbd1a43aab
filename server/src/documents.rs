//! Cuts a body or a file of any size into JSON documents, each with its position and line.
//!
//! Three shapes are told apart by what comes first: one document a line (NDJSON), one array of documents, and
//! documents one after the other. A document that is not JSON is still cut out, so that the reader can refuse it by
//! its line and go on.

use std::io::{self, BufRead};

/// The largest document, in bytes. An access with every field at its longest is below.
const LARGEST_DOCUMENT: usize = 1 << 20;

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
}

/// Reads documents one at a time, in memory that doesn't grow with their number.
pub struct Documents<R> {
    reader: R,
    shape: Shape,
    position: u64,
    line: u64,
    /// Bytes were read to learn the shape and stand before those of the reader.
    begun: bool,
}

impl<R: BufRead> Documents<R> {
    /// Looks at what comes first to learn the shape. A line-by-line body must be said to be one only where its first
    /// lines are broken.
    pub fn new(mut reader: R) -> io::Result<Self> {
        let start = reader.fill_buf()?;
        let text = start.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(start);
        let bom = start.len() - text.len();
        let shape = match text.iter().find(|byte| !byte.is_ascii_whitespace()) {
            Some(b'[') => Shape::Array,
            _ => {
                let mut lines = text.split(|byte| *byte == b'\n').filter(|line| !line.trim_ascii().is_empty());
                let complete = |line: &[u8]| serde_json::from_slice::<serde::de::IgnoredAny>(line).is_ok();
                if lines.by_ref().take(2).any(complete) { Shape::Lines } else { Shape::Sequence }
            }
        };
        reader.consume(bom);
        Ok(Self { reader, shape, position: 0, line: 1, begun: false })
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
            Shape::Array | Shape::Sequence => self.next_value(),
        }
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
                if length + taken <= LARGEST_DOCUMENT {
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
            let whole = length <= LARGEST_DOCUMENT;
            if whole && bytes.trim_ascii().is_empty() {
                continue;
            }
            self.position += 1;
            return Ok(Some(Document { position: self.position, line, bytes: whole.then_some(bytes) }));
        }
    }

    fn next_value(&mut self) -> io::Result<Option<Document>> {
        let (mut bytes, mut length, mut line) = (Vec::new(), 0, self.line);
        let (mut depth, mut in_string, mut escaped) = (0u32, false, false);
        let array = self.shape == Shape::Array;
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
                    if byte.is_ascii_whitespace() || (array && matches!(byte, b',' | b']')) {
                        continue;
                    }
                    line = self.line;
                } else if outside && (byte.is_ascii_whitespace() || (array && matches!(byte, b',' | b']'))) {
                    self.reader.consume(used);
                    break 'document true;
                }
                length += 1;
                if length <= LARGEST_DOCUMENT {
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
        let whole = length <= LARGEST_DOCUMENT;
        Ok(Some(Document { position: self.position, line, bytes: whole.then_some(bytes) }))
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
        let text = format!("{{\"a\":\"{}\"}}\n{{\"b\":2}}\n", "x".repeat(LARGEST_DOCUMENT));
        for reader in [Documents::lines(text.as_bytes()), Documents::new(text.as_bytes())] {
            let mut documents = reader.unwrap();
            assert_eq!(documents.next_document().unwrap().unwrap().bytes, None);
            let next = documents.next_document().unwrap().unwrap();
            assert_eq!((next.position, next.line), (2, 2));
            assert!(next.bytes.is_some());
        }
    }

    proptest! {
        #[test]
        fn any_bytes_are_cut_without_end_or_loss_of_lines(bytes in proptest::collection::vec(any::<u8>(), 0..300)) {
            let mut documents = Documents::new(&bytes[..]).unwrap();
            let (mut count, mut last) = (0, 0);
            while let Some(document) = documents.next_document().unwrap() {
                count += 1;
                prop_assert_eq!(document.position, count);
                prop_assert!(document.line >= last);
                last = document.line;
            }
            prop_assert!(count <= bytes.len() as u64);
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
