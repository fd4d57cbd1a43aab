//! The parts of a document that a mapping looks at, read without the rest.
//!
//! A log's documents may hold whole answers, as large and as deep as somebody made them. What nothing looks at is gone
//! past, whatever stands in it, so that it keeps no access out.

use std::{borrow::Cow, collections::BTreeMap, fmt};

use serde::de::{DeserializeSeed, Deserializer, Error, IgnoredAny, MapAccess, SeqAccess, Visitor};
use serde_json::{Map, Value};

use super::rule::{Part, Pointer};
use crate::FieldProblem;

/// Names below a place. The elements of a list have those of the list.
#[derive(Clone, Debug, Default)]
pub struct Wanted {
    whole: bool,
    names: BTreeMap<String, Wanted>,
}

impl Wanted {
    /// Everything.
    pub fn whole() -> Self {
        Self { whole: true, names: BTreeMap::new() }
    }

    /// Adds what these places name, one below the other.
    pub fn add(&mut self, places: &[&Pointer]) {
        let mut at = self;
        for part in places.iter().flat_map(|place| place.parts()) {
            match part {
                // An element of a list is found among all of them.
                Part::Name(name) if name.parse::<usize>().is_err() => at = at.names.entry(name.clone()).or_default(),
                Part::Name(_) | Part::Where { .. } => break,
            }
        }
        at.whole = true;
    }

    /// Adds a text that is read further, into what is wanted below its place.
    pub fn name(&mut self, place: &Pointer) {
        let mut at = self;
        for part in place.parts() {
            match part {
                Part::Name(name) if name.parse::<usize>().is_err() => at = at.names.entry(name.clone()).or_default(),
                Part::Name(_) | Part::Where { .. } => at.whole = true,
            }
        }
    }

    pub fn at(&self, place: &Pointer) -> Self {
        let mut at = self;
        for part in place.parts() {
            match part {
                Part::Name(name) if !at.whole => match at.names.get(name) {
                    Some(below) => at = below,
                    None => return Self::default(),
                },
                Part::Name(_) | Part::Where { .. } => return Self::whole(),
            }
        }
        at.clone()
    }

    /// Reads JSON. Bytes and escapes that are no text are replaced by U+FFFD.
    pub fn read(&self, place: &str, document: &[u8]) -> Result<Value, FieldProblem> {
        let text = String::from_utf8_lossy(document);
        let read = |text: &str| {
            let mut reader = serde_json::Deserializer::from_str(text);
            let value = self.deserialize(&mut reader)?;
            reader.end().map(|()| value)
        };
        let value = read(&text).or_else(|error| match without_halves(&text) {
            Cow::Owned(text) => read(&text),
            Cow::Borrowed(_) => Err(error),
        });
        value.map_err(|error| FieldProblem::new(place, error.to_string()))
    }
}

impl<'de> DeserializeSeed<'de> for &Wanted {
    type Value = Value;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Value, D::Error> {
        if self.whole { serde::Deserialize::deserialize(deserializer) } else { deserializer.deserialize_any(self) }
    }
}

impl<'de> Visitor<'de> for &Wanted {
    type Value = Value;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("JSON")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut members: A) -> Result<Value, A::Error> {
        let mut read = Map::new();
        while let Some(name) = members.next_key::<String>()? {
            match self.names.get(&name) {
                Some(wanted) => {
                    read.insert(name, members.next_value_seed(wanted)?);
                }
                None => {
                    members.next_value::<IgnoredAny>()?;
                }
            }
        }
        Ok(Value::Object(read))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut elements: A) -> Result<Value, A::Error> {
        let mut read = Vec::new();
        while let Some(element) = elements.next_element_seed(self)? {
            read.push(element);
        }
        Ok(Value::Array(read))
    }

    fn visit_bool<E: Error>(self, value: bool) -> Result<Value, E> {
        Ok(Value::Bool(value))
    }

    fn visit_i64<E: Error>(self, value: i64) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_u64<E: Error>(self, value: u64) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_f64<E: Error>(self, value: f64) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_str<E: Error>(self, value: &str) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_unit<E: Error>(self) -> Result<Value, E> {
        Ok(Value::Null)
    }
}

/// The same JSON with U+FFFD for each escape that is half a character: `"\ud800"`.
fn without_halves(text: &str) -> Cow<'_, str> {
    let unit = |at: usize| {
        let digits = text.get(at..at + 6)?.strip_prefix("\\u")?;
        u16::from_str_radix(digits, 16).ok()
    };
    let (mut kept, mut copied, mut from) = (String::new(), 0, 0);
    while let Some(at) = text[from..].find('\\').map(|found| from + found) {
        from = match unit(at) {
            Some(0xD800..=0xDBFF) if matches!(unit(at + 6), Some(0xDC00..=0xDFFF)) => at + 12,
            Some(0xD800..=0xDFFF) => {
                kept.push_str(&text[copied..at]);
                kept.push_str("\\ufffd");
                copied = at + 6;
                copied
            }
            Some(_) => at + 6,
            // What is escaped is a character of its own, a backslash perhaps.
            None => at + 1 + text[at + 1..].chars().next().map_or(0, char::len_utf8),
        };
    }
    if copied == 0 {
        return Cow::Borrowed(text);
    }
    kept.push_str(&text[copied..]);
    Cow::Owned(kept)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use serde_json::json;

    fn wanted(places: &[&[&str]]) -> Wanted {
        let mut wanted = Wanted::default();
        for places in places {
            let places = places.iter().map(|place| Pointer::parse(place).unwrap()).collect::<Vec<_>>();
            wanted.add(&places.iter().collect::<Vec<_>>());
        }
        wanted
    }

    #[test]
    fn what_nothing_looks_at_is_gone_past_however_deep_or_large_it_is() {
        let deep = format!("{}{}", "[".repeat(100_000), "]".repeat(100_000));
        let text = format!(
            r#"{{"a":{{"b":1,"c":{deep}}},"d":1e999,"e":[{{"f":1,"g":{deep}}},{{"f":2}}],"h":[{{"i":[3]}}],"a2":{deep}}}"#
        );
        let wanted = wanted(&[&["/a/b"], &["/e", "/f"], &["/h/0/i"], &["/none/x"]]);
        let value = wanted.read("", text.as_bytes()).unwrap();
        assert_eq!(value, json!({"a": {"b": 1}, "e": [{"f": 1}, {"f": 2}], "h": [{"i": [3]}]}));
        assert!(wanted.read("", b"{\"a\":{\"b\":1}").is_err());
        assert!(wanted.read("", b"{} {}").is_err());
    }

    #[test]
    fn half_a_character_is_shown_as_one_that_is_unknown() {
        let text = r#"{"a":"x\ud800y \\ud800 \uD83D\uDE00 \udc00\ud800"}"#;
        let value = wanted(&[&["/a"]]).read("", text.as_bytes()).unwrap();
        assert_eq!(value, json!({"a": "x\u{FFFD}y \\ud800 😀 \u{FFFD}\u{FFFD}"}));
        let value = wanted(&[&["/a"]]).read("", b"{\"a\":\"x\xFFy\"}").unwrap();
        assert_eq!(value, json!({"a": "x\u{FFFD}y"}));
    }

    proptest! {
        #[test]
        fn whatever_is_escaped_is_cut_at_characters(text in "[\\\\uUd8c0-9é\"]{0,60}") {
            let _ = without_halves(&text);
            let _ = Wanted::whole().read("", text.as_bytes());
        }
    }
}
