//! The API's description. The schema of an access is built from the closed lists of `domain`, so that a new member
//! of a list is documented by being there.

use domain::{
    Operation, Permission, Purpose,
    access::{AddressClass, ApprovalKind, EmployerKind, Factor},
};
use serde_json::{Value, json};
use utoipa::{
    OpenApi,
    openapi::{
        RefOr, Schema,
        security::{HttpAuthScheme, HttpBuilder, SecurityScheme},
    },
};

use super::{access_events, access_requests, demands, notices, source_counts};

#[derive(OpenApi)]
#[openapi(
    info(
        title = "Vitrine",
        description = "Report accesses to customers' data, ask customers for access and decide about it, register demands, and read a customer's own record and notices. Times are RFC 3339 in UTC; \
                       errors are problem details (RFC 9457)."
    ),
    paths(
        access_events::report,
        access_events::read,
        access_requests::ask,
        access_requests::list,
        access_requests::read,
        access_requests::answer,
        access_requests::withdraw,
        access_requests::end,
        access_requests::decide,
        access_requests::introspect,
        source_counts::compare,
        notices::read,
        demands::register,
        demands::read
    ),
    components(schemas(
        access_events::BatchAnswer,
        access_events::EventResult,
        access_requests::AccessRequestItem,
        access_requests::AccessRequestList,
        access_requests::GrantedItem,
        access_requests::UnreadableItem,
        access_requests::Answer,
        access_requests::Withdrawal,
        access_requests::End,
        access_requests::Decision,
        access_requests::Introspection,
        source_counts::Comparison,
        demands::Registered,
        demands::DemandList,
        demands::DemandItem,
        notices::NoticeList,
        notices::NoticeItem,
        notices::NoticeStatement,
        notices::NoticeFacts,
        crate::problem::Problem
    ))
)]
struct Api;

/// The whole document.
///
/// # Errors
/// Where the schema below is not one of OpenAPI's; a test makes it.
pub fn document() -> Result<utoipa::openapi::OpenApi, serde_json::Error> {
    let mut api = Api::openapi();
    api.info.version = env!("CARGO_PKG_VERSION").to_owned();
    let components = api.components.get_or_insert_default();
    components.schemas.insert("AccessEvent".to_owned(), serde_json::from_value::<RefOr<Schema>>(access_event())?);
    components.security_schemes.insert(
        "token".to_owned(),
        SecurityScheme::Http(
            HttpBuilder::new()
                .scheme(HttpAuthScheme::Bearer)
                .description(Some("A token made by `server token create`."))
                .build(),
        )
        .into(),
    );
    // The examples stand beside each content type of the request.
    let mut document = serde_json::to_value(&api)?;
    let content = document.pointer_mut("/paths/~1api~1v1~1access-events/post/requestBody/content");
    if let Some(Value::Object(content)) = content {
        for (kind, example) in [
            ("application/json", example()),
            ("application/x-ndjson", Value::String(format!("{}\n", example()))),
            ("application/cloudevents+json", cloudevent_example()),
            ("application/cloudevents-batch+json", json!([cloudevent_example()])),
        ] {
            let schema = json!({"$ref": "#/components/schemas/AccessEvent"});
            content.insert(kind.to_owned(), json!({"schema": schema, "example": example}));
        }
    }
    // The page that documents the API makes a place of each, and the `type` of a problem leads there.
    document["x-problems"] = serde_json::to_value(crate::problem::KINDS)?;
    serde_json::from_value(document)
}

fn text(description: &str) -> Value {
    json!({"type": "string", "description": description})
}

fn time(description: &str) -> Value {
    json!({"type": "string", "format": "date-time", "description": description})
}

fn one_of(codes: &str, description: &str) -> Value {
    json!({"type": "string", "enum": codes.split(", ").collect::<Vec<_>>(), "description": description})
}

fn many_of(codes: &str, description: &str) -> Value {
    json!({"type": "array", "items": one_of(codes, ""), "description": description})
}

fn object(required: &[&str], properties: Value, description: &str) -> Value {
    json!({"type": "object", "required": required, "properties": properties, "description": description,
           "additionalProperties": false})
}

fn access_event() -> Value {
    let place = "ISO 3166-1 alpha-2 code, a continent's code (AFR, ANT, ASI, EUR, NAM, OCE, SAM), or `not_stated`.";
    let names = |description: &str| json!({"type": "array", "items": {"type": "string"}, "description": description});
    object(
        &[
            "id",
            "customer",
            "accessor",
            "started_at",
            "purpose",
            "justification",
            "service",
            "resources",
            "operations",
            "approval",
            "authentication",
        ],
        json!({
            "id": text("The reporting system's own name for this event, unique within `source`. Send it again as often as you like."),
            "source": text("The reporting system or log. `native` where it is left out."),
            "customer": text("The customer's name in the portal."),
            "accessor": object(&["role", "employer", "office_country"], json!({
                "pseudonym": text("The same person always has the same; it isn't a name."),
                "role": text("The accessor's role."),
                "employer": text("Who employs the accessor."),
                "employer_kind": one_of(&EmployerKind::codes(), "Whether that is the provider or a subprocessor."),
                "office_country": text(place),
                "physical_country": text(place),
            }), "Who acted."),
            "started_at": time("When the access began."),
            "ended_at": time("When it ended."),
            "purpose": one_of(&Purpose::codes(), "Why: a closed list, without advertising."),
            "justification": text("Why, in words."),
            "ticket": text("The ticket or case."),
            "requested_by": text("On whose request."),
            "service": text("The service."),
            "resources": json!({"type": "array", "minItems": 1, "maxItems": 100, "description": "What was accessed.",
                "items": object(&["name"], json!({"type": text("Its kind."), "name": text("Its name.")}), "")}),
            "region": text("The region of the resources."),
            "data_categories": names("What kinds of data are there."),
            "operations": many_of(&Operation::codes(), "What was done. Only another system’s log leaves it `not_stated`."),
            "permissions": many_of(&Permission::codes(), "What could have been done. Not proof that data was read."),
            "data_read": {"type": "boolean", "description": "Whether data was actually read, where that is known."},
            "volume_bytes": {"type": "integer", "format": "int64", "minimum": 0, "description": "How much, in bytes."},
            "approval": object(&["kind"], json!({
                "kind": one_of(&ApprovalKind::codes(), "Who approved beforehand."),
                "grant": text("The grant or request under which access was given."),
                "approvers": names("Who approved."),
                "approved_at": time("When."),
                "reason": text("Why nobody approved beforehand. Required with `none`."),
            }), "By whose permission."),
            "authentication": object(&["factors"], json!({
                "factors": many_of(&Factor::codes(), "How the accessor proved who it is."),
                "tool": text("The tool or gateway used."),
                "address_class": one_of(&AddressClass::codes(), "From what kind of network."),
            }), "How the accessor got in."),
            "revocation": object(&["revoked_at", "revoked_by"], json!({
                "revoked_at": time("When access was revoked."),
                "revoked_by": text("By whom or what."),
            }), "That the access is over."),
            "corrects": text("The id, in the same source, of the event that this one corrects."),
        }),
        "One access to a customer's data.",
    )
}

/// An access with every field, as it may be sent.
fn example() -> Value {
    json!({
        "id": "evt-2026-02-11-0007", "source": "bastion-eu-1", "customer": "meridian-health",
        "accessor": {"pseudonym": "op-7f3a", "role": "Storage engineer", "employer": "Nimbus Cloud GmbH",
                     "employer_kind": "provider", "office_country": "DE", "physical_country": "DE"},
        "started_at": "2026-02-11T09:30:00Z", "ended_at": "2026-02-11T09:48:10Z",
        "purpose": "customer_requested_support", "justification": "Restore of a folder deleted by mistake",
        "ticket": "CASE-48213", "requested_by": "it@meridian-health.example", "service": "Object Storage",
        "resources": [{"type": "bucket", "name": "patient-letters"}], "region": "eu-central-1",
        "data_categories": ["documents"], "operations": ["list", "read"], "permissions": ["data_read"],
        "data_read": true, "volume_bytes": 1_204_224,
        "approval": {"kind": "customer", "grant": "grant-5521", "approvers": ["R. Okafor"],
                     "approved_at": "2026-02-11T09:25:41Z"},
        "authentication": {"factors": ["passkey"], "tool": "bastion", "address_class": "corporate_network"},
        "revocation": {"revoked_at": "2026-02-11T09:48:10Z", "revoked_by": "end of session"}
    })
}

fn cloudevent_example() -> Value {
    let mut data = example();
    if let Value::Object(fields) = &mut data {
        for field in ["id", "source", "customer", "started_at"] {
            fields.remove(field);
        }
    }
    json!({"specversion": "1.0", "id": "evt-2026-02-11-0007", "source": "https://bastion.example/eu-1",
           "type": domain::formats::cloudevents::EVENT_TYPE, "subject": "meridian-health",
           "time": "2026-02-11T09:30:00Z", "datacontenttype": "application/json", "data": data})
}

#[cfg(test)]
mod tests {
    use super::*;
    use domain::{
        Timestamp,
        formats::{cloudevents, native},
    };

    fn fields_of(schema: &Value, value: &Value) {
        let properties = schema["properties"].as_object().expect("an object's schema");
        for (field, value) in value.as_object().expect("an object") {
            let schema = properties.get(field).unwrap_or_else(|| panic!("{field} is not documented"));
            if value.is_object() {
                fields_of(schema, value);
            }
        }
        assert_eq!(
            properties.len(),
            value.as_object().unwrap().len()
                + usize::from(properties.contains_key("corrects"))
                + usize::from(properties.contains_key("reason")),
            "the example shows every field"
        );
    }

    #[test]
    fn the_examples_are_accepted_and_show_every_field_that_is_documented() {
        let now = Timestamp::parse("2026-03-01T00:00:00Z").unwrap();
        let native = native::parse(example().to_string().as_bytes(), now).unwrap();
        let cloud = cloudevents::parse(cloudevent_example().to_string().as_bytes(), now).unwrap();
        assert_eq!(native.customer, cloud.customer);
        fields_of(&access_event(), &example());
    }

    #[test]
    fn the_document_describes_every_operation() {
        let document = serde_json::to_value(document().unwrap()).unwrap();
        let operations = &document["paths"]["/api/v1/access-events"];
        assert!(operations["post"]["requestBody"]["content"]["application/x-ndjson"]["example"].is_string());
        assert!(operations["get"].is_object());
        assert!(document["paths"]["/api/v1/notices"]["get"].is_object());
        for (path, operation) in [
            ("", "get"),
            ("", "post"),
            ("/{id}", "get"),
            ("/{id}/answer", "post"),
            ("/{id}/withdraw", "post"),
            ("/{id}/end", "post"),
            ("/{id}/decision", "post"),
        ] {
            assert!(document["paths"][format!("/api/v1/access-requests{path}")][operation].is_object(), "{path}");
        }
        assert!(document["paths"]["/api/v1/introspect"]["post"].is_object());
        for operation in ["get", "post"] {
            assert!(document["paths"]["/api/v1/demands"][operation].is_object());
        }
        assert!(document["components"]["schemas"]["AccessEvent"].is_object());
        assert_eq!(document["x-problems"][0]["name"], "unreadable");
    }

    #[test]
    fn a_notice_is_documented_by_the_fields_that_it_has() {
        let entry = domain::notice::NoticeEntry {
            id: domain::NoticeId(uuid::Uuid::nil()),
            kind: domain::notice::NoticeKind::PolicyChange,
            title: String::new(),
            issued_at: Timestamp::from_micros(0).unwrap(),
            ask: domain::notice::Ask::Acknowledge,
            due_by: None,
            received_at: None,
            delayed_by_order: false,
            answered_at: None,
            answered_by: None,
        };
        let fields =
            |value: &Value| value.as_object().unwrap().keys().cloned().collect::<std::collections::BTreeSet<_>>();
        let document = serde_json::to_value(document().unwrap()).unwrap();
        let schema = &document["components"]["schemas"]["NoticeFacts"];
        assert_eq!(fields(&schema["properties"]), fields(&serde_json::to_value(&entry).unwrap()));
        let told = schema["properties"]["kind"]["description"].as_str().unwrap();
        for kind in domain::notice::NoticeKind::ALL {
            assert!(told.contains(&format!("`{}`", kind.code())), "{told}");
        }
    }
}
