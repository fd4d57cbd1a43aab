//! CloudEvents 1.0 in structured JSON: the envelope gives id, source and time, `data` the native access.

use serde::Deserialize;
use serde_json::value::RawValue;

use super::{Incoming, Refused, id_of, native, read_json};
use crate::{FieldProblem, Timestamp, access::AccessDraft};

/// The `type` of the events that this portal takes.
pub const EVENT_TYPE: &str = "vitrine.access.v1";

/// The context attributes that matter here (CloudEvents 1.0.2, sections 3.1 and 3.2). Extensions are let through
/// and left out, as the specification asks of receivers that don't know them.
#[derive(Debug, Default, Deserialize)]
pub struct Envelope {
    pub specversion: Option<String>,
    pub id: Option<String>,
    pub source: Option<String>,
    #[serde(rename = "type")]
    pub event_type: Option<String>,
    pub subject: Option<String>,
    pub time: Option<String>,
    pub datacontenttype: Option<String>,
}

/// The other half of a document in structured mode; the envelope is read by itself, because serde can't borrow raw
/// JSON from a flattened structure.
#[derive(Deserialize)]
struct Data<'a> {
    #[serde(borrow)]
    data: Option<&'a RawValue>,
}

/// Reads one event in structured mode.
pub fn parse(document: &[u8], now: Timestamp) -> Result<Incoming, Refused> {
    let refuse = |problem: FieldProblem| Refused { id: id_of(document, "id"), problems: vec![problem] };
    let envelope: Envelope = read_json("", document).map_err(refuse)?;
    let Data { data } =
        serde_json::from_slice(document).map_err(|error| refuse(FieldProblem::new("", error.to_string())))?;
    parse_parts(envelope, data.map(|data| data.get().as_bytes()), now)
}

/// Reads one event whose envelope came apart from its data, as in HTTP's binary mode.
pub fn parse_parts(envelope: Envelope, data: Option<&[u8]>, now: Timestamp) -> Result<Incoming, Refused> {
    let mut problems = Vec::new();
    let mut require = |field: &str, value: &Option<String>, allowed: &dyn Fn(&str) -> bool, expected: &str| match value
    {
        Some(value) if allowed(value) => {}
        Some(value) => problems.push(FieldProblem::new(field, format!("is `{value}`; {expected}"))),
        None => problems.push(FieldProblem::new(field, format!("is missing; {expected}"))),
    };
    require("/specversion", &envelope.specversion, &|version| version == "1.0", "it must be `1.0`");
    require("/id", &envelope.id, &|id| !id.is_empty(), "it must name the event");
    require("/source", &envelope.source, &|source| !source.is_empty(), "it must name the reporting system");
    require("/type", &envelope.event_type, &|kind| kind == EVENT_TYPE, "it must be `vitrine.access.v1`");
    if envelope.datacontenttype.is_some() {
        let json = |kind: &str| {
            let kind = kind.split(';').next().unwrap_or(kind).trim();
            kind == "application/json" || kind.ends_with("+json")
        };
        require("/datacontenttype", &envelope.datacontenttype, &json, "it must be `application/json`");
    }
    let draft = match data {
        None => {
            problems.push(FieldProblem::new("/data", "is missing; it holds the access as JSON"));
            None
        }
        Some(data) => read_json::<AccessDraft>("/data", data).map_err(|problem| problems.push(problem)).ok(),
    };
    let Some(mut draft) = draft.filter(|_| problems.is_empty()) else {
        return Err(Refused { id: envelope.id, problems });
    };
    for (field, inner) in [("/data/id", &draft.id), ("/data/source", &draft.source)] {
        if inner.is_some() {
            problems.push(FieldProblem::new(field, "is given twice; the envelope names it already"));
        }
    }
    if !problems.is_empty() {
        return Err(Refused { id: envelope.id, problems });
    }
    draft.id = envelope.id;
    draft.source = envelope.source;
    draft.customer = draft.customer.or(envelope.subject);
    draft.started_at = draft.started_at.or(envelope.time);
    native::check("/data", draft, now)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn now() -> Timestamp {
        Timestamp::parse("2026-03-01T12:00:00Z").unwrap()
    }

    fn event() -> serde_json::Value {
        serde_json::json!({
            "specversion": "1.0", "id": "A234", "source": "https://bastion.example/eu", "type": EVENT_TYPE,
            "subject": "meridian-health", "time": "2026-03-01T11:00:00Z", "datacontenttype": "application/json",
            "traceparent": "an extension",
            "data": {
                "accessor": {"role": "SRE", "employer": "Nimbus Cloud", "office_country": "DE"},
                "purpose": "production_alert", "justification": "Disk full", "service": "Databases",
                "resources": [{"name": "orders"}], "operations": ["configure"],
                "approval": {"kind": "provider"}, "authentication": {"factors": ["security_key"]}
            }
        })
    }

    fn read(value: &serde_json::Value) -> Result<Incoming, Refused> {
        parse(&serde_json::to_vec(value).unwrap(), now())
    }

    #[test]
    fn the_envelope_gives_id_source_customer_and_time() {
        let incoming = read(&event()).unwrap();
        assert_eq!(incoming.customer.as_deref(), Some("meridian-health"));
        assert_eq!(incoming.event.id, "A234");
        assert_eq!(incoming.event.source, "https://bastion.example/eu");
        assert_eq!(incoming.event.started_at.to_string(), "2026-03-01T11:00:00.000000Z");
    }

    #[test]
    fn a_broken_envelope_names_every_attribute() {
        let mut value = event();
        value["specversion"] = "0.3".into();
        value["type"] = "com.example.other".into();
        value.as_object_mut().unwrap().remove("source");
        let fields = read(&value).unwrap_err().problems.into_iter().map(|p| p.field).collect::<Vec<_>>();
        assert_eq!(fields, ["/specversion", "/source", "/type"]);
    }

    #[test]
    fn a_broken_rule_is_placed_inside_data() {
        let mut value = event();
        value["data"]["purpose"] = "marketing".into();
        assert_eq!(read(&value).unwrap_err().problems[0].field, "/data/purpose");
    }
}
