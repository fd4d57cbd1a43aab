//! The API's description as a page, made from the OpenAPI document alone, whatever it holds.

use leptos::prelude::*;
use leptos_meta::Title;
use serde_json::{Map, Value};

use crate::{components::with_code, context::PageContext, paths};

/// What of a path's description is an operation.
const METHODS: [&str; 8] = ["get", "post", "put", "patch", "delete", "head", "options", "trace"];

#[component]
pub fn ApiDocsPage() -> impl IntoView {
    let context = PageContext::current();
    // A document that can't be JSON would have stopped the server's start.
    let document = serde_json::to_value(&*context.openapi).unwrap_or_default();
    let operations = operations(&document);
    let schemas = entries(&document["components"]["schemas"]);
    let problems = document["x-problems"].as_array().cloned().unwrap_or_default();
    let operation_links = operations
        .iter()
        .map(|operation| {
            view! {
                <li>
                    <a href=format!("#{}", operation.anchor())>
                        <code>{operation.label()}</code>
                    </a>
                </li>
            }
        })
        .collect_view();
    let schema_links = schemas
        .iter()
        .map(|(name, _)| {
            view! {
                <li>
                    <a href=format!("#{}", schema_anchor(name))>{name.clone()}</a>
                </li>
            }
        })
        .collect_view();
    let has_problems = !problems.is_empty();
    let problem_link = has_problems.then(|| {
        view! {
            <li>
                <a href="#problems">"Problems"</a>
            </li>
        }
    });
    view! {
        <Title text="API · Vitrine" />
        <div class="page-head">
            <h1>{text(&document["info"]["title"]).unwrap_or_default()} " API"</h1>
            <div class="lede">{prose(&document["info"]["description"])}</div>
            <p class="eyebrow">"Version " {text(&document["info"]["version"]).unwrap_or_default()}</p>
            <p class="actions">
                <a class="button quiet" href=paths::OPENAPI>
                    "OpenAPI document"
                </a>
            </p>
        </div>
        <div class="docs">
            <nav aria-label="On this page">
                <h2>"Operations"</h2>
                <ul>{operation_links}</ul>
                <h2>"Reference"</h2>
                <ul>
                    <li>
                        <a href="#authentication">"Authentication"</a>
                    </li>
                    {problem_link} {schema_links}
                </ul>
            </nav>
            <div>
                <section aria-labelledby="operations">
                    <h2 id="operations">"Operations"</h2>
                    {operations.iter().map(operation_view).collect_view()}
                </section>
                <section class="panel" aria-labelledby="authentication">
                    <h2 id="authentication">"Authentication"</h2>
                    {security_schemes(&document)}
                </section>
                {has_problems
                    .then(|| {
                        view! {
                            <section class="panel" aria-labelledby="problems">
                                <h2 id="problems">"Problems"</h2>
                                <p>
                                    "Errors are problem details (RFC 9457). Their " <code>"type"</code> " leads to one of these."
                                </p>
                                {problem_table(&problems)}
                            </section>
                        }
                    })}
                <section class="panel" aria-labelledby="schemas">
                    <h2 id="schemas">"Schemas"</h2>
                    {schemas.iter().map(|(name, schema)| schema_view(name, schema)).collect_view()}
                </section>
            </div>
        </div>
    }
    .into_any()
}

struct Operation {
    method: String,
    path: String,
    /// The description, with the parameters of its path.
    value: Value,
}

impl Operation {
    fn anchor(&self) -> String {
        self.value["operationId"].as_str().map_or_else(|| slug(&self.label()), |id| format!("operation-{}", slug(id)))
    }

    fn label(&self) -> String {
        format!("{} {}", self.method.to_uppercase(), self.path)
    }
}

fn operations(document: &Value) -> Vec<Operation> {
    let mut operations = Vec::new();
    for (path, item) in entries(&document["paths"]) {
        for method in METHODS {
            let Some(operation) = item.get(method) else { continue };
            let mut value = operation.clone();
            let parameters: Vec<Value> = [&item["parameters"], &operation["parameters"]]
                .into_iter()
                .filter_map(Value::as_array)
                .flatten()
                .cloned()
                .collect();
            value["parameters"] = Value::Array(parameters);
            operations.push(Operation { method: method.to_owned(), path: path.clone(), value });
        }
    }
    operations
}

fn operation_view(operation: &Operation) -> AnyView {
    let Operation { method, path, value } = operation;
    let anchor = operation.anchor();
    let responses = entries(&value["responses"])
        .into_iter()
        .map(|(status, response)| {
            let bodies = entries(&response["content"])
                .into_iter()
                .map(|(kind, media)| {
                    view! {
                        <p class="sub">
                            <code>{kind}</code>
                            " "
                            {(!media["schema"].is_null()).then(|| type_of(&media["schema"]))}
                        </p>
                    }
                })
                .collect_view();
            view! {
                <tr>
                    <th scope="row">
                        <code>{status}</code>
                    </th>
                    <td>{prose(&response["description"])} {bodies}</td>
                </tr>
            }
        })
        .collect_view();
    view! {
        <article class="endpoint" id=anchor.clone() aria-labelledby=format!("{anchor}-name")>
            <h3 id=format!("{anchor}-name")>
                <span class=format!("method {method}")>{method.to_uppercase()}</span>
                " "
                <code>{path.clone()}</code>
            </h3>
            {text(&value["summary"]).map(|summary| view! { <p class="summary">{with_code(&summary)}</p> })}
            {prose(&value["description"])}
            {authorization(&value["security"])}
            {parameters(&value["parameters"], &operation.label())}
            {request_body(&value["requestBody"])}
            <h4>"Answers"</h4>
            <div class="table-scroll" tabindex="0" role="region" aria-label=format!("Answers of {}", operation.label())>
                <table>
                    <thead>
                        <tr>
                            <th scope="col" class="col-status">
                                "Status"
                            </th>
                            <th scope="col">"Meaning"</th>
                        </tr>
                    </thead>
                    <tbody>{responses}</tbody>
                </table>
            </div>
        </article>
    }
    .into_any()
}

fn authorization(security: &Value) -> Option<AnyView> {
    let ways: Vec<AnyView> = security
        .as_array()?
        .iter()
        .flat_map(entries)
        .map(|(scheme, scopes)| {
            let scopes: Vec<String> = scopes.as_array().into_iter().flatten().filter_map(text).collect();
            let scopes = (!scopes.is_empty()).then(|| view! { " of the scope " <code>{scopes.join(" ")}</code> });
            view! {
                <p>
                    "Needs a " <a href=format!("#{}", security_anchor(&scheme))>{scheme.clone()}</a> {scopes} "."
                </p>
            }
            .into_any()
        })
        .collect();
    (!ways.is_empty()).then(|| ways.into_any())
}

fn parameters(parameters: &Value, operation: &str) -> Option<AnyView> {
    let parameters = parameters.as_array().filter(|parameters| !parameters.is_empty())?;
    let rows = parameters
        .iter()
        .map(|parameter| {
            let field = Field {
                name: text(&parameter["name"]).unwrap_or_default(),
                required: parameter["required"] == true,
                schema: &parameter["schema"],
                description: &parameter["description"],
                place: parameter["in"].as_str(),
            };
            field.row()
        })
        .collect_view();
    Some(
        view! {
            <h4>"Parameters"</h4>
            {field_table(&format!("Parameters of {operation}"), rows.into_any())}
        }
        .into_any(),
    )
}

fn request_body(body: &Value) -> Option<AnyView> {
    let contents = entries(&body["content"]);
    if contents.is_empty() {
        return None;
    }
    let kinds = contents
        .iter()
        .map(|(kind, media)| {
            let examples = examples(media);
            let of = (!media["schema"].is_null()).then(|| type_of(&media["schema"]));
            if examples.is_empty() {
                return view! {
                    <p>
                        <code>{kind.clone()}</code>
                        " "
                        {of}
                    </p>
                }
                .into_any();
            }
            let examples = examples
                .into_iter()
                .map(|example| {
                    view! {
                        <pre tabindex="0">
                            <code>{example}</code>
                        </pre>
                    }
                })
                .collect_view();
            view! {
                <details>
                    <summary>{kind.clone()} ", with an example"</summary>
                    {of.map(|of| view! { <p>"Schema: " {of}</p> })}
                    {examples}
                </details>
            }
            .into_any()
        })
        .collect_view();
    Some(
        view! {
            <h4>"Request body"</h4>
            <div>{prose(&body["description"])} {kinds}</div>
        }
        .into_any(),
    )
}

/// A text as it is; anything else as JSON a person can read.
fn examples(media: &Value) -> Vec<String> {
    let one = media.get("example").into_iter();
    let named =
        media["examples"].as_object().into_iter().flat_map(Map::values).filter_map(|example| example.get("value"));
    one.chain(named)
        .map(|example| match example {
            Value::String(text) => text.clone(),
            other => serde_json::to_string_pretty(other).unwrap_or_default(),
        })
        .collect()
}

fn security_schemes(document: &Value) -> AnyView {
    let schemes = entries(&document["components"]["securitySchemes"])
        .into_iter()
        .map(|(name, scheme)| {
            let kind = match (scheme["type"].as_str(), scheme["scheme"].as_str()) {
                (Some("http"), Some("bearer")) => {
                    view! { "Send it with each request: " <code>"Authorization: Bearer …"</code> }.into_any()
                }
                (kind, way) => {
                    [kind, way].into_iter().flatten().map(ToOwned::to_owned).collect::<Vec<_>>().join(", ").into_any()
                }
            };
            view! {
                <h3 id=security_anchor(&name)>{name.clone()}</h3>
                {prose(&scheme["description"])}
                <p>{kind}</p>
            }
        })
        .collect_view();
    schemes.into_any()
}

/// The kinds of problem, each where its `type` points to.
fn problem_table(problems: &[Value]) -> AnyView {
    let rows = problems
        .iter()
        .map(|problem| {
            let name = text(&problem["name"]).unwrap_or_default();
            view! {
                <tr id=name.clone()>
                    <th scope="row">
                        <code>{name.clone()}</code>
                    </th>
                    <td>{problem["status"].to_string()}</td>
                    <td>
                        <p>{text(&problem["title"])}</p>
                        {prose(&problem["detail"])}
                    </td>
                </tr>
            }
        })
        .collect_view();
    view! {
        <div class="schema table-scroll" tabindex="0" role="region" aria-labelledby="problems">
            <table>
                <thead>
                    <tr>
                        <th scope="col">"Type"</th>
                        <th scope="col">"Status"</th>
                        <th scope="col">"Meaning"</th>
                    </tr>
                </thead>
                <tbody>{rows}</tbody>
            </table>
        </div>
    }
    .into_any()
}

fn schema_view(name: &str, schema: &Value) -> AnyView {
    let mut fields = Vec::new();
    collect_fields("", schema, &mut fields);
    let body = if fields.is_empty() {
        view! {
            <p>{type_of(schema)}</p>
            {codes(schema)}
        }
        .into_any()
    } else {
        field_table(&format!("Fields of {name}"), fields.iter().map(Field::row).collect_view().into_any())
    };
    view! {
        <section class="schema" aria-labelledby=schema_anchor(name)>
            <h3 id=schema_anchor(name)>{name.to_owned()}</h3>
            {prose(&schema["description"])}
            {body}
        </section>
    }
    .into_any()
}

/// One row: a field of a schema, or a parameter.
struct Field<'a> {
    /// With the names of the objects around it: `accessor.role`, `resources[].name`.
    name: String,
    required: bool,
    schema: &'a Value,
    description: &'a Value,
    /// Where a parameter stands.
    place: Option<&'a str>,
}

impl Field<'_> {
    fn row(&self) -> AnyView {
        view! {
            <tr>
                <th scope="row">
                    <code>{self.name.clone()}</code>
                </th>
                <td>{type_of(self.schema)} {self.place.map(|place| view! { <span class="sub">"in the " {place.to_owned()}</span> })}</td>
                <td>{if self.required { "required" } else { "optional" }}</td>
                <td>{prose(self.description)} {codes(self.schema)}</td>
            </tr>
        }
        .into_any()
    }
}

/// The fields of an object and of the objects in it. Objects with a name of their own are linked to instead.
fn collect_fields<'a>(prefix: &str, schema: &'a Value, fields: &mut Vec<Field<'a>>) {
    for part in schema["allOf"].as_array().into_iter().flatten() {
        collect_fields(prefix, part, fields);
    }
    let required: Vec<&str> = schema["required"].as_array().into_iter().flatten().filter_map(Value::as_str).collect();
    let Some(properties) = schema["properties"].as_object() else { return };
    for (name, property) in properties {
        let path = format!("{prefix}{name}");
        fields.push(Field {
            name: path.clone(),
            required: required.contains(&name.as_str()),
            schema: property,
            description: &property["description"],
            place: None,
        });
        collect_fields(&format!("{path}."), property, fields);
        collect_fields(&format!("{path}[]."), &property["items"], fields);
    }
}

fn field_table(label: &str, rows: AnyView) -> AnyView {
    view! {
        <div class="schema table-scroll" tabindex="0" role="region" aria-label=label.to_owned()>
            <table>
                <thead>
                    <tr>
                        <th scope="col" class="col-name">
                            "Name"
                        </th>
                        <th scope="col" class="col-type">
                            "Type"
                        </th>
                        <th scope="col" class="col-required">
                            "Required"
                        </th>
                        <th scope="col">"Description"</th>
                    </tr>
                </thead>
                <tbody>{rows}</tbody>
            </table>
        </div>
    }
    .into_any()
}

/// What a schema allows, in a few words; a named schema is a link.
fn type_of(schema: &Value) -> AnyView {
    if let Some(name) = schema["$ref"].as_str().and_then(|reference| reference.rsplit('/').next()) {
        return view! { <a href=format!("#{}", schema_anchor(name))>{name.to_owned()}</a> }.into_any();
    }
    for key in ["oneOf", "anyOf", "allOf"] {
        if let Some(parts) = schema[key].as_array().filter(|parts| !parts.is_empty()) {
            let joint = if key == "allOf" { " and " } else { " or " };
            return parts
                .iter()
                .enumerate()
                .map(|(place, part)| view! { {(place > 0).then_some(joint)} {type_of(part)} })
                .collect_view()
                .into_any();
        }
    }
    let kinds: Vec<&str> = match &schema["type"] {
        Value::String(kind) => vec![kind],
        Value::Array(kinds) => kinds.iter().filter_map(Value::as_str).collect(),
        _ => Vec::new(),
    };
    if kinds.contains(&"array") {
        return view! { "list of " {type_of(&schema["items"])} }.into_any();
    }
    let kind = if kinds.is_empty() { "any".to_owned() } else { kinds.join(" or ") };
    match schema["format"].as_str() {
        Some(format) => format!("{kind} ({format})").into_any(),
        None => kind.into_any(),
    }
}

/// The closed list of a schema or of its items.
fn codes(schema: &Value) -> Option<AnyView> {
    let codes = schema["enum"].as_array().or_else(|| schema["items"]["enum"].as_array())?;
    let codes = codes
        .iter()
        .map(|code| {
            let code = text(code).unwrap_or_else(|| code.to_string());
            view! {
                <li>
                    <code>{code}</code>
                </li>
            }
        })
        .collect_view();
    Some(view! { <ul class="codes">{codes}</ul> }.into_any())
}

fn entries(value: &Value) -> Vec<(String, Value)> {
    value.as_object().into_iter().flatten().map(|(name, value)| (name.clone(), value.clone())).collect()
}

fn text(value: &Value) -> Option<String> {
    value.as_str().filter(|text| !text.is_empty()).map(ToOwned::to_owned)
}

/// Paragraphs, with `code` as code. Of CommonMark our descriptions use no more.
fn prose(value: &Value) -> AnyView {
    let paragraphs = value.as_str().unwrap_or_default().split("\n\n").filter(|paragraph| !paragraph.trim().is_empty());
    paragraphs.map(|paragraph| view! { <p>{with_code(paragraph)}</p> }).collect_view().into_any()
}

fn schema_anchor(name: &str) -> String {
    format!("schema-{}", slug(name))
}

fn security_anchor(name: &str) -> String {
    format!("authentication-{}", slug(name))
}

/// What may stand in an address: lower-case letters, digits and hyphens.
fn slug(text: &str) -> String {
    let mut slug = String::new();
    for character in text.chars() {
        if character.is_ascii_alphanumeric() {
            slug.push(character.to_ascii_lowercase());
        } else if !slug.is_empty() && !slug.ends_with('-') {
            slug.push('-');
        }
    }
    slug.trim_end_matches('-').to_owned()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn the_fields_of_objects_within_objects_are_listed_by_their_paths() {
        let schema = json!({"type": "object", "required": ["id"], "properties": {
            "id": {"type": "string"},
            "accessor": {"type": "object", "required": ["role"], "properties": {"role": {"type": "string"}}},
            "resources": {"type": "array", "items": {"type": "object", "properties": {"name": {"type": "string"}}}},
        }});
        let mut fields = Vec::new();
        collect_fields("", &schema, &mut fields);
        let mut found: Vec<_> = fields.iter().map(|field| (field.name.as_str(), field.required)).collect();
        found.sort_unstable();
        assert_eq!(
            found,
            [
                ("accessor", false),
                ("accessor.role", true),
                ("id", true),
                ("resources", false),
                ("resources[].name", false)
            ]
        );
    }

    #[test]
    fn operations_know_the_parameters_of_their_path() {
        let document =
            json!({"paths": {"/a/{id}": {"parameters": [{"name": "id"}], "get": {"parameters": [{"name": "q"}]}}}});
        let operations = operations(&document);
        assert_eq!(operations[0].label(), "GET /a/{id}");
        assert_eq!(operations[0].anchor(), "get-a-id");
        assert_eq!(operations[0].value["parameters"], json!([{"name": "id"}, {"name": "q"}]));
    }
}
