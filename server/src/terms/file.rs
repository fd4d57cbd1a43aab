//! A file of terms, in TOML or JSON: its versions, each field with the line on which it stands.

use std::{collections::BTreeMap, fmt};

use domain::{
    FieldProblem,
    terms::{FieldForm, TermDocument, TermKind, TermVersion, VERSION_FIELDS},
};
use jsonc_parser::{CollectOptions, ParseOptions, ast};
use serde_json::{Map, Value};
use toml::de::{DeTable, DeValue};

/// Several versions stand in one file as `[[term]]` (TOML), below `"term"` or as an array (JSON).
const SEVERAL: &str = "term";

/// What is wrong in a file, and where.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FileProblem {
    pub path: String,
    /// From 1.
    pub line: usize,
    pub problem: FieldProblem,
}

impl fmt::Display for FileProblem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { path, line, problem } = self;
        let field = problem.field.trim_start_matches('/');
        let field = if field.is_empty() { String::new() } else { format!(" {field}") };
        write!(f, "{path}:{line}:{field} {}", problem.reason)
    }
}

/// One version as a file states it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    path: String,
    fields: Map<String, Value>,
    /// By JSON Pointer into the version; the empty one is the version itself.
    lines: BTreeMap<String, usize>,
}

impl Entry {
    /// A problem of the version, where it stands: the nearest field above it that the file has.
    pub fn problem(&self, problem: FieldProblem) -> FileProblem {
        let mut pointer = problem.field.as_str();
        let line = loop {
            match (self.lines.get(pointer), pointer.rfind('/')) {
                (Some(line), _) => break *line,
                (None, Some(end)) => pointer = &pointer[..end],
                (None, None) => break 1,
            }
        };
        FileProblem { path: self.path.clone(), line, problem }
    }

    /// The fields that name a file, with its path as it is written.
    pub fn papers(&self) -> Vec<(&'static str, String)> {
        let kind = self.fields.get("kind").and_then(Value::as_str).and_then(TermKind::from_code);
        let documents = kind.map_or(&[][..], TermKind::fields).iter();
        documents
            .filter(|field| matches!(field.form, FieldForm::Document))
            .filter_map(|field| Some((field.name, self.fields.get(field.name)?.as_str()?.to_owned())))
            .filter(|(_, path)| !path.trim().is_empty())
            .collect()
    }

    /// Puts a paper in the place of its path.
    ///
    /// # Errors
    /// Where its facts can't be written as JSON, which they can.
    pub fn set_paper(&mut self, field: &str, paper: &TermDocument) -> serde_json::Result<()> {
        self.fields.insert(field.to_owned(), serde_json::to_value(paper)?);
        Ok(())
    }

    /// The version.
    ///
    /// # Errors
    /// Everything that is wrong with it.
    pub fn read(&self) -> Result<TermVersion, Vec<FileProblem>> {
        TermVersion::read(Value::Object(self.fields.clone()))
            .map_err(|problems| problems.into_iter().map(|problem| self.problem(problem)).collect())
    }
}

/// Reads a file: JSON where its name ends so, TOML otherwise.
///
/// # Errors
/// What can't be read of it, and where.
pub fn parse(path: &str, text: &str) -> Result<Vec<Entry>, FileProblem> {
    let line_of = |byte: usize| 1 + text.as_bytes()[..byte.min(text.len())].iter().filter(|b| **b == b'\n').count();
    let fail =
        |line, reason: String| FileProblem { path: path.to_owned(), line, problem: FieldProblem::new("", reason) };
    let mut lines = BTreeMap::new();
    let whole = if path.to_lowercase().ends_with(".json") {
        let strict = ParseOptions {
            allow_comments: false,
            allow_loose_object_property_names: false,
            allow_trailing_commas: false,
            allow_missing_commas: false,
            allow_single_quoted_strings: false,
            allow_hexadecimal_numbers: false,
            allow_unary_plus_numbers: false,
            allow_bare_decimal_point_numbers: false,
            allow_non_finite_numbers: false,
            allow_extended_string_escapes: false,
        };
        let tree = jsonc_parser::parse_to_ast(text, &CollectOptions::default(), &strict)
            .map_err(|error| fail(error.line_display(), format!("is no JSON: {}", error.kind())))?;
        match &tree.value {
            Some(value) => of_json(value, "", &line_of, &mut lines),
            None => Value::Null,
        }
    } else {
        let table = DeTable::parse(text).map_err(|error| {
            let line = error.span().map_or(1, |span| line_of(span.start));
            fail(line, format!("is no TOML: {}", error.message()))
        })?;
        lines.insert(String::new(), 1);
        of_table(table.get_ref(), "", &line_of, &mut lines)
    };
    let (entries, at) = match whole {
        Value::Array(entries) => (entries, String::new()),
        Value::Object(mut fields) => match fields.remove(SEVERAL) {
            None => (vec![Value::Object(fields)], "only".to_owned()),
            Some(Value::Array(entries)) if fields.is_empty() => (entries, format!("/{SEVERAL}")),
            Some(_) => {
                return Err(fail(
                    1,
                    format!("has `{SEVERAL}` beside other fields: it holds either several versions or one"),
                ));
            }
        },
        _ => return Err(fail(1, "holds no table of fields".to_owned())),
    };
    let only = at == "only";
    let mut read = Vec::with_capacity(entries.len());
    for (place, entry) in entries.into_iter().enumerate() {
        let prefix = if only { String::new() } else { format!("{at}/{place}") };
        let of_entry = lines
            .iter()
            .filter_map(|(pointer, line)| Some((pointer.strip_prefix(prefix.as_str())?, *line)))
            .filter(|(rest, _)| rest.is_empty() || rest.starts_with('/'))
            .map(|(rest, line)| (rest.to_owned(), line))
            .collect::<BTreeMap<_, _>>();
        match entry {
            Value::Object(fields) => read.push(Entry { path: path.to_owned(), fields, lines: of_entry }),
            _ => return Err(fail(of_entry.get("").copied().unwrap_or(1), "is no table of fields".to_owned())),
        }
    }
    Ok(read)
}

fn of_json(
    value: &ast::Value<'_>,
    at: &str,
    line_of: &impl Fn(usize) -> usize,
    lines: &mut BTreeMap<String, usize>,
) -> Value {
    use jsonc_parser::common::Ranged;
    lines.insert(at.to_owned(), line_of(value.range().start));
    match value {
        ast::Value::StringLit(text) => Value::String(text.value.to_string()),
        // A number's digits are all that is asked of it: terms have none but in texts.
        ast::Value::NumberLit(number) => number.value.parse().map_or(Value::Null, Value::Number),
        ast::Value::BooleanLit(value) => Value::Bool(value.value),
        ast::Value::NullKeyword(_) => Value::Null,
        ast::Value::Array(array) => {
            let each = array.elements.iter().enumerate();
            Value::Array(each.map(|(place, value)| of_json(value, &format!("{at}/{place}"), line_of, lines)).collect())
        }
        ast::Value::Object(object) => {
            let each = object.properties.iter().map(|property| {
                let name = property.name.as_str();
                let at = format!("{at}/{name}");
                let value = of_json(&property.value, &at, line_of, lines);
                lines.insert(at, line_of(property.range.start));
                (name.to_owned(), value)
            });
            Value::Object(each.collect())
        }
    }
}

fn of_table(
    table: &DeTable<'_>,
    at: &str,
    line_of: &impl Fn(usize) -> usize,
    lines: &mut BTreeMap<String, usize>,
) -> Value {
    let each = table.iter().map(|(name, value)| {
        let at = format!("{at}/{}", name.get_ref());
        let line = line_of(name.span().start);
        let value = of_toml(value.get_ref(), &at, line, line_of, lines);
        (name.get_ref().to_string(), value)
    });
    Value::Object(each.collect())
}

fn of_toml(
    value: &DeValue<'_>,
    at: &str,
    line: usize,
    line_of: &impl Fn(usize) -> usize,
    lines: &mut BTreeMap<String, usize>,
) -> Value {
    lines.insert(at.to_owned(), line);
    match value {
        DeValue::String(text) => Value::String(text.to_string()),
        DeValue::Integer(number) => Value::String(number.as_str().to_owned()),
        DeValue::Float(number) => Value::String(number.as_str().to_owned()),
        DeValue::Boolean(value) => Value::Bool(*value),
        // A day is written as one, without quotes.
        DeValue::Datetime(day) => Value::String(day.to_string()),
        DeValue::Array(array) => {
            let each = array.iter().enumerate();
            let each = each.map(|(place, value)| {
                let line = line_of(value.span().start);
                of_toml(value.get_ref(), &format!("{at}/{place}"), line, line_of, lines)
            });
            Value::Array(each.collect())
        }
        DeValue::Table(table) => {
            let value = of_table(table, at, line_of, lines);
            lines.insert(at.to_owned(), line);
            value
        }
    }
}

/// A version as a file in TOML, its papers by the paths at which they stand.
///
/// # Errors
/// Where it can't be written, which it can.
pub fn to_toml(version: &TermVersion, paper: impl Fn(&TermDocument) -> String) -> Result<String, ToFileError> {
    let mut fields = fields(version, paper)?;
    let names = VERSION_FIELDS.iter().chain(version.kind().fields()).map(|field| field.name);
    let in_order = std::iter::once("kind").chain(names).filter_map(|name| fields.remove_entry(name));
    let in_order = InOrder(in_order.collect());
    Ok(toml::to_string_pretty(&in_order)?)
}

/// Fields in the order in which people read them, which a map of JSON doesn't keep.
struct InOrder(Vec<(String, Value)>);

impl serde::Serialize for InOrder {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_map(self.0.iter().map(|(name, value)| (name, value)))
    }
}

/// A version's fields with the paths of its papers in their places.
fn fields(
    version: &TermVersion,
    paper: impl Fn(&TermDocument) -> String,
) -> Result<Map<String, Value>, serde_json::Error> {
    let mut fields = version.fields()?;
    for field in version.kind().fields().iter().filter(|field| matches!(field.form, FieldForm::Document)) {
        if let Some(value) = fields.get_mut(field.name) {
            *value = Value::String(paper(&serde_json::from_value(value.take())?));
        }
    }
    Ok(fields)
}

/// What keeps a version from being written. Nothing of it does.
#[derive(Debug, thiserror::Error)]
pub enum ToFileError {
    #[error("a version can't be written as JSON")]
    Json(#[from] serde_json::Error),
    #[error("a version can't be written as TOML")]
    Toml(#[from] toml::ser::Error),
}

#[cfg(test)]
mod tests {
    use super::*;

    fn problems(path: &str, text: &str) -> Vec<String> {
        match parse(path, text) {
            Err(problem) => vec![problem.to_string()],
            Ok(entries) => entries
                .iter()
                .filter_map(|entry| entry.read().err())
                .flatten()
                .map(|problem| problem.to_string())
                .collect(),
        }
    }

    const CONTROL: &str = "kind = \"control\"\nkey = \"logs\"\neffective_from = 2026-01-01\ntitle = \"Logs\"\n\
                           text = \"\"\"\nAre kept.\n\"\"\"\nreferences = [\n  \"ISO/IEC 27001:2022 | A.8.15\",\n]\n";

    #[test]
    fn toml_and_json_say_the_same() {
        let json = r#"{"kind": "control", "key": "logs", "effective_from": "2026-01-01", "title": "Logs",
                       "text": "Are kept.", "references": ["ISO/IEC 27001:2022 | A.8.15"]}"#;
        let read = |path, text| parse(path, text).unwrap()[0].read().unwrap();
        assert_eq!(read("a.toml", CONTROL), read("a.json", json));
    }

    #[test]
    fn what_is_wrong_is_told_with_its_file_line_and_field() {
        let wrong = CONTROL.replace("27001:2022 | A.8.15", "27001");
        let told = problems("terms/logs.toml", &wrong);
        assert_eq!(told.len(), 1, "{told:?}");
        assert!(told[0].starts_with("terms/logs.toml:9: references/0 `ISO/IEC 27001` is no reference"), "{told:?}");
        let missing = problems("a.toml", &CONTROL.replace("title = \"Logs\"\n", ""));
        assert_eq!(missing, ["a.toml:1: title is missing"]);
        let json = "{\n  \"kind\": \"control\",\n  \"key\": \"A B\"\n}";
        assert!(problems("a.json", json).iter().any(|told| told.starts_with("a.json:3: key `A B`")));
    }

    #[test]
    fn what_is_no_toml_or_json_is_told_with_its_line() {
        assert!(problems("a.toml", "kind = \"control\"\nkey = \n")[0].starts_with("a.toml:2:"));
        assert!(problems("a.json", "{\n\"kind\": \"control\",\n}")[0].starts_with("a.json:2:"));
        assert!(problems("a.json", "{\"kind\": 'control'}")[0].contains("is no JSON"));
    }

    #[test]
    fn several_versions_may_stand_in_one_file() {
        let several =
            format!("[[term]]\n{CONTROL}\n[[term]]\n{}", CONTROL.replace("logs", "keys").replace("title", "titel"));
        let entries = parse("a.toml", &several).unwrap();
        assert_eq!(entries.len(), 2);
        assert!(entries[0].read().is_ok());
        let told = entries[1].read().unwrap_err();
        assert!(told.iter().any(|problem| problem.line == 17 && problem.problem.field == "/titel"), "{told:?}");
    }

    #[test]
    fn a_version_written_as_toml_reads_back() {
        let version = parse("a.toml", CONTROL).unwrap()[0].read().unwrap();
        let text = to_toml(&version, |_| String::new()).unwrap();
        assert_eq!(parse("a.toml", &text).unwrap()[0].read().unwrap(), version);
    }
}
