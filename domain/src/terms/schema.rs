//! What a file of terms may hold, as JSON Schema (draft 2020-12), for editors that check while somebody writes.

use serde_json::{Map, Value, json};

use super::{
    field::{FieldForm, FieldSpec},
    kinds::TermKind,
    version::VERSION_FIELDS,
};

/// The schema of one file.
pub fn schema() -> Value {
    let kinds = TermKind::ALL.iter().map(|kind| of_kind(*kind)).collect::<Vec<_>>();
    json!({
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "A version of a term of Vitrine",
        "type": "object",
        "required": ["kind"],
        "oneOf": kinds,
    })
}

fn of_kind(kind: TermKind) -> Value {
    let fields = VERSION_FIELDS.iter().chain(kind.fields());
    let mut properties = Map::new();
    properties.insert("kind".to_owned(), json!({ "const": kind.code() }));
    let mut required = vec!["kind"];
    for field in fields {
        properties.insert(field.name.to_owned(), of_field(field));
        if field.required {
            required.push(field.name);
        }
    }
    json!({
        "title": kind.label(),
        "type": "object",
        "properties": properties,
        "required": required,
        "additionalProperties": false,
    })
}

fn of_field(field: &FieldSpec) -> Value {
    let mut schema = match field.form {
        FieldForm::Line => json!({ "type": "string", "maxLength": 200 }),
        FieldForm::Words => json!({ "type": "string" }),
        // TOML's own days are days too.
        FieldForm::Day => json!({ "type": "string", "format": "date" }),
        FieldForm::Country => json!({ "type": "string", "pattern": "^[A-Z]{2}$" }),
        FieldForm::Zone => json!({ "type": "string" }),
        FieldForm::Choice(members) => {
            let codes = members().into_iter().map(|(code, _)| code).collect::<Vec<_>>();
            json!({ "enum": codes })
        }
        FieldForm::Lines => json!({ "type": "array", "items": { "type": "string" } }),
        FieldForm::Document => json!({ "type": "string", "description": "The path of a file, from this one." }),
    };
    if let Value::Object(schema) = &mut schema {
        schema.insert("title".to_owned(), field.label.into());
        if !field.hint.is_empty() && !matches!(field.form, FieldForm::Document) {
            schema.insert("description".to_owned(), field.hint.into());
        }
    }
    schema
}
