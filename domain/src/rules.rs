//! The rules that are the same for whatever arrives: an access, a demand, a notice.

use chrono::NaiveDate;
use sha2::{Digest as _, Sha256};

use crate::{CountryCode, FieldProblem, Place, Timestamp, Zone};

pub const LONGEST_NAME: usize = 200;
pub const LONGEST_TEXT: usize = 4_000;
const MOST_ENTRIES: usize = 50;

/// Collects what is wrong. Each rule returns `None` when it has said so.
#[derive(Default)]
pub struct Rules {
    pub problems: Vec<FieldProblem>,
    /// A text that can't be kept as it is becomes one that can, and shows that it was: for what another system's log
    /// says, which nobody may keep out of a record by how they write it.
    mends: bool,
}

/// Leaves entries out of a list that has too many, and says in its last how many.
pub fn leave_out<T>(entries: &mut Vec<T>, most: usize, last: impl FnOnce(String) -> T) {
    if entries.len() > most {
        let more = entries.len() - (most - 1);
        entries.truncate(most - 1);
        entries.push(last(format!("{more} more")));
    }
}

/// A form's field that is left empty says nothing.
pub fn filled(text: &str) -> Option<String> {
    (!text.trim().is_empty()).then(|| text.to_owned())
}

/// Characters that could make a text look like another.
fn is_unsafe(letter: char, many_lines: bool) -> bool {
    let allowed = many_lines && matches!(letter, '\n' | '\r' | '\t');
    (letter.is_control() && !allowed) || matches!(letter, '\u{202A}'..='\u{202E}' | '\u{2066}'..='\u{2069}')
}

/// The text with the name of each unsafe character in its place: `a⟨U+202E⟩b`.
fn named(text: &str, many_lines: bool) -> String {
    let mut named = String::with_capacity(text.len());
    for letter in text.chars() {
        if is_unsafe(letter, many_lines) {
            named.push_str(&format!("⟨U+{:04X}⟩", letter as u32));
        } else {
            named.push(letter);
        }
    }
    named
}

/// The text's beginning and end, with `…` for what is left out: of a path, both tell most.
pub fn shortened(text: &str, longest: usize) -> String {
    let length = text.chars().count();
    if length <= longest {
        return text.to_owned();
    }
    let end = longest / 4;
    let begin = longest - 1 - end;
    text.chars().take(begin).chain(['…']).chain(text.chars().skip(length - end)).collect()
}

impl Rules {
    /// Rules that mend texts where they can.
    pub fn mending() -> Self {
        Self { mends: true, ..Self::default() }
    }

    pub fn mends(&self) -> bool {
        self.mends
    }

    /// What was checked, or everything that is wrong with it.
    pub fn end<T>(self, checked: Option<T>) -> Result<T, Vec<FieldProblem>> {
        match checked {
            Some(checked) if self.problems.is_empty() => Ok(checked),
            _ => Err(self.problems),
        }
    }

    pub fn refuse<T>(&mut self, field: impl Into<String>, reason: impl Into<String>) -> Option<T> {
        self.problems.push(FieldProblem::new(field, reason));
        None
    }

    /// A name, or anything else on one line, that a form must have.
    pub fn name(&mut self, field: &str, value: &str) -> Option<String> {
        self.required(field, filled(value), LONGEST_NAME)
    }

    /// A text of several lines that a form must have.
    pub fn words(&mut self, field: &str, value: &str) -> Option<String> {
        match filled(value) {
            Some(value) => self.text(field, value, LONGEST_TEXT, true),
            None => self.refuse(field, "is missing"),
        }
    }

    pub fn country(&mut self, field: &str, value: &str) -> Option<CountryCode> {
        let value = self.required(field, filled(value), LONGEST_NAME)?;
        CountryCode::parse(&value)
            .or_else(|| self.refuse(field, format!("`{value}` is no ISO 3166-1 alpha-2 code such as DE")))
    }

    pub fn day(&mut self, field: &str, value: &str) -> Option<NaiveDate> {
        let value = self.required(field, filled(value), LONGEST_NAME)?;
        // Within the years that a Timestamp has, so that a day's end is a moment.
        let day =
            value.parse::<NaiveDate>().ok().filter(|day| Timestamp::from_utc(Timestamp::start_of(*day).utc()).is_ok());
        day.or_else(|| self.refuse(field, format!("`{value}` is no day such as 2026-03-01")))
    }

    pub fn zone(&mut self, field: &str, value: &str) -> Option<Zone> {
        let value = self.required(field, filled(value), LONGEST_NAME)?;
        Zone::parse(&value).map_or_else(|error| self.refuse(field, format!("`{value}` {error}")), Some)
    }

    pub fn present<T>(&mut self, field: &str, value: Option<T>, what: &str) -> Option<T> {
        if value.is_none() {
            self.refuse::<()>(field, format!("is missing; {what}"));
        }
        value
    }

    pub fn required(&mut self, field: &str, value: Option<String>, longest: usize) -> Option<String> {
        match value {
            Some(value) => self.text(field, value, longest, false),
            None => self.refuse(field, "is missing"),
        }
    }

    /// What something is known by. Two that differ only in what can't be kept stay two.
    pub fn identifier(&mut self, field: &str, value: Option<String>) -> Option<String> {
        let original = value.clone().unwrap_or_default();
        let kept = self.required(field, value, LONGEST_NAME)?;
        if kept == original.trim() {
            return Some(kept);
        }
        Some(format!("{} (SHA-256 {})", shortened(&kept, LONGEST_NAME / 2), hex::encode(Sha256::digest(original))))
    }

    pub fn required_text(&mut self, field: &str, value: Option<String>) -> Option<String> {
        match value {
            Some(value) => self.text(field, value, LONGEST_TEXT, true),
            None => self.refuse(field, "is missing; say why in words"),
        }
    }

    pub fn optional(&mut self, field: &str, value: Option<String>, longest: usize) -> Option<String> {
        value.and_then(|value| self.text(field, value, longest, false))
    }

    /// Text that is safe to keep and to show: no control or direction-changing characters, not blank, not too long.
    pub fn text(&mut self, field: &str, value: String, longest: usize, many_lines: bool) -> Option<String> {
        if self.mends {
            let mended = shortened(named(&value, many_lines).trim(), longest).trim_end().to_owned();
            return if mended.is_empty() { self.refuse(field, "is blank") } else { Some(mended) };
        }
        if let Some(letter) = value.chars().find(|&letter| is_unsafe(letter, many_lines)) {
            return self.refuse(field, format!("contains the character U+{:04X}, which can't be shown", letter as u32));
        }
        let trimmed = value.trim();
        if trimmed.is_empty() {
            return self.refuse(field, "is blank");
        }
        let length = trimmed.chars().count();
        if length > longest {
            return self.refuse(field, format!("has {length} characters; {longest} at most"));
        }
        Some(if trimmed.len() == value.len() { value } else { trimmed.to_owned() })
    }

    pub fn entries(&mut self, field: &str, mut values: Vec<String>) -> Vec<String> {
        if self.mends {
            leave_out(&mut values, MOST_ENTRIES, |more| more);
        }
        if values.len() > MOST_ENTRIES {
            self.refuse::<()>(field, format!("has {} entries; {MOST_ENTRIES} at most", values.len()));
            return Vec::new();
        }
        let mut entries = Vec::with_capacity(values.len());
        for (place, value) in values.into_iter().enumerate() {
            entries.extend(self.text(&format!("{field}/{place}"), value, LONGEST_NAME, false));
        }
        entries
    }

    pub fn required_time(&mut self, field: &str, value: Option<String>) -> Option<Timestamp> {
        match value {
            Some(_) => self.optional_time(field, value),
            None => self.refuse(field, "is missing; give an RFC 3339 time, such as 2026-03-01T09:30:00Z"),
        }
    }

    pub fn optional_time(&mut self, field: &str, value: Option<String>) -> Option<Timestamp> {
        Timestamp::parse(&value?).map_or_else(|error| self.refuse(field, error.to_string()), Some)
    }

    pub fn place(&mut self, field: &str, value: Option<String>) -> Option<Place> {
        let value = value?;
        match Place::parse(&value) {
            Some(place) => Some(place),
            None => self.refuse(
                field,
                format!("`{value}` is neither an ISO 3166-1 alpha-2 country code nor a continent code (AFR, ANT, ASI, EUR, NAM, OCE, SAM) nor `not_stated`"),
            ),
        }
    }

    pub fn required_code<T>(
        &mut self,
        field: &str,
        value: Option<String>,
        from_code: fn(&str) -> Option<T>,
        codes: fn() -> String,
    ) -> Option<T> {
        match value {
            Some(_) => self.optional_code(field, value, from_code, codes),
            None => self.refuse(field, format!("is missing; it is one of {}", codes())),
        }
    }

    pub fn optional_code<T>(
        &mut self,
        field: &str,
        value: Option<String>,
        from_code: fn(&str) -> Option<T>,
        codes: fn() -> String,
    ) -> Option<T> {
        let value = value?;
        match from_code(&value) {
            Some(member) => Some(member),
            None => self.refuse(field, format!("`{value}` is not one of {}", codes())),
        }
    }

    pub fn some_codes<T>(
        &mut self,
        field: &str,
        values: Vec<String>,
        from_code: fn(&str) -> Option<T>,
        codes: fn() -> String,
    ) -> Vec<T> {
        if values.is_empty() {
            self.refuse::<()>(field, format!("is empty; name at least one of {}", codes()));
        }
        self.codes(field, values, from_code, codes)
    }

    pub fn codes<T>(
        &mut self,
        field: &str,
        values: Vec<String>,
        from_code: fn(&str) -> Option<T>,
        codes: fn() -> String,
    ) -> Vec<T> {
        let mut members = Vec::with_capacity(values.len());
        for (place, value) in values.into_iter().enumerate() {
            members.extend(self.optional_code(&format!("{field}/{place}"), Some(value), from_code, codes));
        }
        members
    }
}
