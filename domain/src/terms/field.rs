//! The fields of terms: how each is read from a file or a form, told to people, and compared with an older version.

use std::fmt::Display;

use chrono::NaiveDate;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::{
    CountryCode, DocumentId, Zone,
    rules::{LONGEST_NAME, Rules},
};

/// The longest text of a policy or a contract, in characters.
const LONGEST_PAPER: usize = 200_000;
const MOST_ENTRIES: usize = 200;

/// How people write a field.
#[derive(Clone, Copy, Debug)]
pub enum FieldForm {
    /// On one line.
    Line,
    /// Several lines or pages of plain text, or CommonMark where the field says so.
    Words,
    /// `2026-03-01`.
    Day,
    /// ISO 3166-1 alpha-2.
    Country,
    /// IANA name.
    Zone,
    /// One of these: code and label.
    Choice(fn() -> Vec<(&'static str, &'static str)>),
    /// One entry a line; in a file, an array of texts.
    Lines,
    /// A file: its path in a file of terms, a chosen one in a form.
    Document,
}

/// What is said of a field, for forms, for the files' schema and for readers.
#[derive(Clone, Copy, Debug)]
pub struct FieldSpec {
    /// Its name in files and forms.
    pub name: &'static str,
    /// What people read.
    pub label: &'static str,
    /// What belongs there; empty where the label says it all.
    pub hint: &'static str,
    pub form: FieldForm,
    pub required: bool,
}

/// A type that a field of terms can have.
pub(super) trait TermField: Sized {
    const FORM: FieldForm;
    const REQUIRED: bool = true;

    /// Reads it, or says what is wrong with it at the JSON Pointer `at`.
    fn read(at: &str, value: Option<Value>, rules: &mut Rules) -> Option<Self>;

    /// As people read and compare it, line by line; empty where nothing is stated.
    fn lines(&self) -> Vec<String>;
}

/// The text of a value that must be one; blank is as good as missing.
fn text(at: &str, value: Option<Value>, rules: &mut Rules) -> Option<Option<String>> {
    match value {
        None | Some(Value::Null) => Some(None),
        Some(Value::String(text)) if text.trim().is_empty() => Some(None),
        Some(Value::String(text)) => Some(Some(text)),
        Some(Value::Number(number)) => Some(Some(number.to_string())),
        Some(_) => rules.refuse(at, "must be a text"),
    }
}

fn is_blank(value: Option<&Value>) -> bool {
    match value {
        None | Some(Value::Null) => true,
        Some(Value::String(text)) => text.trim().is_empty(),
        Some(_) => false,
    }
}

impl TermField for String {
    const FORM: FieldForm = FieldForm::Line;

    fn read(at: &str, value: Option<Value>, rules: &mut Rules) -> Option<Self> {
        let value = text(at, value, rules)?;
        rules.required(at, value, LONGEST_NAME)
    }

    fn lines(&self) -> Vec<String> {
        vec![self.clone()]
    }
}

/// A text of several lines.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Words(pub String);

impl TermField for Words {
    const FORM: FieldForm = FieldForm::Words;

    fn read(at: &str, value: Option<Value>, rules: &mut Rules) -> Option<Self> {
        match text(at, value, rules)? {
            // Browsers send CR LF; versions are compared line by line.
            Some(words) => rules.text(at, words.replace("\r\n", "\n"), LONGEST_PAPER, true).map(Self),
            None => rules.refuse(at, "is missing"),
        }
    }

    fn lines(&self) -> Vec<String> {
        str::lines(&self.0).map(str::to_owned).collect()
    }
}

impl TermField for NaiveDate {
    const FORM: FieldForm = FieldForm::Day;

    fn read(at: &str, value: Option<Value>, rules: &mut Rules) -> Option<Self> {
        let value = text(at, value, rules)?.unwrap_or_default();
        rules.day(at, &value)
    }

    fn lines(&self) -> Vec<String> {
        vec![self.format("%-d %B %Y").to_string()]
    }
}

impl TermField for CountryCode {
    const FORM: FieldForm = FieldForm::Country;

    fn read(at: &str, value: Option<Value>, rules: &mut Rules) -> Option<Self> {
        let value = text(at, value, rules)?.unwrap_or_default();
        rules.country(at, &value)
    }

    fn lines(&self) -> Vec<String> {
        vec![self.name().to_owned()]
    }
}

impl TermField for Zone {
    const FORM: FieldForm = FieldForm::Zone;

    fn read(at: &str, value: Option<Value>, rules: &mut Rules) -> Option<Self> {
        let value = text(at, value, rules)?.unwrap_or_default();
        rules.zone(at, &value)
    }

    fn lines(&self) -> Vec<String> {
        vec![self.name().to_owned()]
    }
}

impl<T: TermField> TermField for Option<T> {
    const FORM: FieldForm = T::FORM;
    const REQUIRED: bool = false;

    fn read(at: &str, value: Option<Value>, rules: &mut Rules) -> Option<Self> {
        if is_blank(value.as_ref()) { Some(None) } else { T::read(at, value, rules).map(Some) }
    }

    fn lines(&self) -> Vec<String> {
        self.iter().flat_map(TermField::lines).collect()
    }
}

/// One entry of a list, as a line of text.
pub(super) trait Entry: Sized + Display {
    /// # Errors
    /// What is wrong, as the rest of a sentence that begins with the entry.
    fn parse(line: &str) -> Result<Self, String>;
}

impl<T: Entry> TermField for Vec<T> {
    const FORM: FieldForm = FieldForm::Lines;
    const REQUIRED: bool = false;

    fn read(at: &str, value: Option<Value>, rules: &mut Rules) -> Option<Self> {
        let lines = match value {
            None | Some(Value::Null) => Vec::new(),
            Some(Value::String(text)) => str::lines(&text).map(|line| Value::from(line.trim())).collect(),
            Some(Value::Array(entries)) => entries,
            Some(_) => return rules.refuse(at, "must be an array of texts"),
        };
        let lines = lines.into_iter().filter(|line| line != "").collect::<Vec<_>>();
        if lines.len() > MOST_ENTRIES {
            return rules.refuse(at, format!("has {} entries; {MOST_ENTRIES} at most", lines.len()));
        }
        let mut entries = Vec::with_capacity(lines.len());
        for (place, line) in lines.into_iter().enumerate() {
            let at = format!("{at}/{place}");
            let Value::String(line) = line else {
                rules.refuse::<()>(at, "must be a text");
                continue;
            };
            let Some(line) = rules.text(&at, line, 1_000, false) else { continue };
            match T::parse(&line) {
                Ok(entry) => entries.push(entry),
                Err(reason) => {
                    rules.refuse::<()>(at, format!("`{line}` {reason}"));
                }
            }
        }
        Some(entries)
    }

    fn lines(&self) -> Vec<String> {
        self.iter().map(T::to_string).collect()
    }
}

impl Entry for String {
    fn parse(line: &str) -> Result<Self, String> {
        Ok(line.to_owned())
    }
}

impl Entry for CountryCode {
    fn parse(line: &str) -> Result<Self, String> {
        Self::parse(line).ok_or_else(|| "is no ISO 3166-1 alpha-2 code such as DE".to_owned())
    }
}

impl Entry for NaiveDate {
    fn parse(line: &str) -> Result<Self, String> {
        line.parse().map_err(|_| "is no day such as 2026-03-01".to_owned())
    }
}

/// Two parts of an entry, as `before | after`.
pub(super) fn parts(line: &str) -> Option<(&str, &str)> {
    let (before, after) = line.split_once('|')?;
    let (before, after) = (before.trim(), after.trim());
    (!before.is_empty() && !after.is_empty()).then_some((before, after))
}

/// The name of a term within its kind: it stays the same from version to version, and stands in addresses.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct TermKey(String);

impl TermKey {
    /// Lower-case letters, digits and hyphens; 63 at most.
    pub fn parse(text: &str) -> Option<Self> {
        crate::customer_name(text).ok().map(Self)
    }

    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl Display for TermKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.0)
    }
}

const NO_KEY: &str = "is no key: lower-case letters, digits and hyphens, such as privacy-statement";

impl TermField for TermKey {
    const FORM: FieldForm = FieldForm::Line;

    fn read(at: &str, value: Option<Value>, rules: &mut Rules) -> Option<Self> {
        let value = String::read(at, value, rules)?;
        Self::parse(&value).or_else(|| rules.refuse(at, format!("`{value}` {NO_KEY}")))
    }

    fn lines(&self) -> Vec<String> {
        vec![self.0.clone()]
    }
}

impl Entry for TermKey {
    fn parse(line: &str) -> Result<Self, String> {
        Self::parse(line).ok_or_else(|| NO_KEY.to_owned())
    }
}

/// A file that belongs to a term: its content is kept beside.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct TermDocument {
    pub id: DocumentId,
    pub name: String,
    pub media_type: String,
    /// In bytes.
    pub size: u64,
    /// SHA-256, in hexadecimal.
    pub sha256: String,
}

impl TermField for TermDocument {
    const FORM: FieldForm = FieldForm::Document;

    fn read(at: &str, value: Option<Value>, rules: &mut Rules) -> Option<Self> {
        match value {
            // Whoever reads a file or a form keeps the document first and puts this in its place.
            Some(value @ Value::Object(_)) => serde_json::from_value(value)
                .map_or_else(|error| rules.refuse(at, format!("is no document that was kept: {error}")), Some),
            _ => rules.refuse(at, "names no document that could be read"),
        }
    }

    fn lines(&self) -> Vec<String> {
        vec![format!("{}, {} bytes, SHA-256 {}", self.name, self.size, self.sha256)]
    }
}

/// Makes a closed list a field's type, and an entry of lists.
macro_rules! choice {
    ($($name:ty),+) => {$(
        impl $crate::terms::field::TermField for $name {
            const FORM: $crate::terms::FieldForm = $crate::terms::FieldForm::Choice(|| {
                <$name>::ALL.iter().map(|member| (member.code(), member.label())).collect()
            });

            fn read(at: &str, value: Option<serde_json::Value>, rules: &mut $crate::rules::Rules) -> Option<Self> {
                let value = <Option<String> as $crate::terms::field::TermField>::read(at, value, rules)?;
                rules.required_code(at, value, <$name>::from_code, <$name>::codes)
            }

            fn lines(&self) -> Vec<String> {
                vec![self.label().to_owned()]
            }
        }

        impl std::fmt::Display for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str(self.label())
            }
        }

        impl $crate::terms::field::Entry for $name {
            fn parse(line: &str) -> Result<Self, String> {
                <$name>::from_code(line).ok_or_else(|| format!("is not one of {}", <$name>::codes()))
            }
        }
    )+};
}
pub(super) use choice;
