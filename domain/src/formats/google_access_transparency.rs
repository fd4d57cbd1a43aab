//! Google Cloud Access Transparency log entries, as Cloud Logging exports them.
//! Source: Google Cloud documentation, “Understanding and using Access Transparency logs”, 2026-04-02.

use serde::Deserialize;

use super::{Incoming, Refused, id_of, read_json};
use crate::{
    FieldProblem, Operation, Permission, Place, Purpose, Timestamp,
    access::{AccessDraft, AccessorDraft, ApprovalDraft, ApprovalKind, AuthenticationDraft, Factor, ResourceDraft},
};

/// A Cloud Logging `LogEntry`. Fields that say nothing about the access are let through unread.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct LogEntry {
    insert_id: Option<String>,
    log_name: Option<String>,
    timestamp: Option<String>,
    json_payload: Option<Payload>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Payload {
    #[serde(default)]
    location: Location,
    principal_job_title: Option<String>,
    #[serde(default)]
    product: Vec<String>,
    #[serde(default)]
    reason: Vec<Reason>,
    #[serde(default)]
    permission_details: Vec<PermissionDetail>,
    event_id: Option<String>,
    #[serde(default)]
    accesses: Vec<Access>,
    #[serde(default)]
    access_approvals: Vec<String>,
}

#[derive(Default, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Location {
    principal_office_country: Option<String>,
    principal_employing_entity: Option<String>,
    principal_physical_location_country: Option<String>,
}

#[derive(Deserialize)]
struct Reason {
    #[serde(rename = "type")]
    kind: Option<String>,
    detail: Option<String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct PermissionDetail {
    permission_type: Option<String>,
    log_accessed: Option<bool>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Access {
    method_name: Option<String>,
    resource_name: Option<String>,
}

/// Reads one log entry. It names no customer of ours: the project in `logName` is a customer's own name for itself.
pub fn parse(document: &[u8], now: Timestamp) -> Result<Incoming, Refused> {
    let refuse = |problems| Refused { id: id_of(document, "insertId"), problems };
    let entry: LogEntry = read_json("", document).map_err(|problem| refuse(vec![problem]))?;
    let mut problems = Vec::new();
    let Some(payload) = entry.json_payload else {
        return Err(refuse(vec![FieldProblem::new("/jsonPayload", "is missing; it holds the access")]));
    };
    let purpose = purpose(&payload.reason, &mut problems);
    let operations = operations(&payload.accesses, &mut problems);
    let permissions = permissions(&payload.permission_details, &mut problems);
    if !problems.is_empty() {
        return Err(refuse(problems));
    }
    let data_read = payload.permission_details.iter().any(|detail| detail.log_accessed == Some(true)).then_some(true);
    let approval = if payload.access_approvals.is_empty() {
        ApprovalDraft { kind: Some(ApprovalKind::NotStated.code().to_owned()), ..ApprovalDraft::default() }
    } else {
        ApprovalDraft {
            kind: Some(ApprovalKind::Customer.code().to_owned()),
            grant: Some(payload.access_approvals.join(", ")),
            ..ApprovalDraft::default()
        }
    };
    let id = entry.insert_id.clone();
    let draft = AccessDraft {
        id: entry.insert_id,
        source: entry.log_name,
        accessor: Some(AccessorDraft {
            role: payload.principal_job_title,
            employer: payload.location.principal_employing_entity,
            office_country: Some(place(payload.location.principal_office_country)),
            physical_country: Some(place(payload.location.principal_physical_location_country)),
            ..AccessorDraft::default()
        }),
        started_at: entry.timestamp,
        purpose,
        justification: Some(justification(&payload.reason)),
        // Every access under one support case shares it, so it names the ticket and not the access.
        ticket: payload.event_id,
        service: Some(payload.product.join(", ")),
        resources: payload
            .accesses
            .into_iter()
            .map(|access| ResourceDraft { kind: None, name: access.resource_name })
            .collect(),
        operations,
        permissions,
        data_read,
        approval: Some(approval),
        authentication: Some(AuthenticationDraft {
            factors: vec![Factor::NotStated.code().to_owned()],
            ..AuthenticationDraft::default()
        }),
        ..AccessDraft::default()
    };
    match draft.check_of_log(now) {
        Ok(event) => Ok(Incoming { customer: None, event }),
        Err(problems) => {
            let named = |problem: FieldProblem| FieldProblem { field: field_in_entry(&problem.field), ..problem };
            Err(Refused { id, problems: problems.into_iter().map(named).collect() })
        }
    }
}

/// `??` means that Google doesn't say.
fn place(code: Option<String>) -> String {
    match code.as_deref() {
        None | Some("??" | "") => Place::NOT_STATED.to_owned(),
        Some(code) => code.to_owned(),
    }
}

/// The purpose of the first reason; older pages spell the types with blanks.
fn purpose(reasons: &[Reason], problems: &mut Vec<FieldProblem>) -> Option<String> {
    let mut first = None;
    if reasons.is_empty() {
        problems.push(FieldProblem::new("/jsonPayload/reason", "is empty; an access needs a reason"));
    }
    for (index, reason) in reasons.iter().enumerate() {
        let kind = reason.kind.as_deref().unwrap_or_default();
        let purpose = match kind.to_ascii_uppercase().replace([' ', '-'], "_").as_str() {
            "CUSTOMER_INITIATED_SUPPORT" => Purpose::CustomerRequestedSupport,
            "GOOGLE_INITIATED_SERVICE" => Purpose::ServiceOperation,
            "GOOGLE_RESPONSE_TO_PRODUCTION_ALERT" => Purpose::ProductionAlert,
            "GOOGLE_INITIATED_REVIEW" => Purpose::IntegrityAndComplianceReview,
            "THIRD_PARTY_DATA_REQUEST" => Purpose::LegalDemand,
            _ => {
                problems.push(FieldProblem::new(
                    format!("/jsonPayload/reason/{index}/type"),
                    format!("`{kind}` is not a reason type that Access Transparency documents"),
                ));
                continue;
            }
        };
        first.get_or_insert(purpose.code().to_owned());
    }
    first
}

/// The details of all reasons; where there is none, the reason's type in words.
fn justification(reasons: &[Reason]) -> String {
    reasons
        .iter()
        .filter_map(|reason| match reason.detail.as_deref().map(str::trim) {
            Some(detail) if !detail.is_empty() => Some(detail.to_owned()),
            _ => Some(format!("No detail given ({})", reason.kind.as_deref()?)),
        })
        .collect::<Vec<_>>()
        .join("; ")
}

/// `GoogleInternal.Read` and its like; any other method is an API call, of which only the name is known.
fn operations(accesses: &[Access], problems: &mut Vec<FieldProblem>) -> Vec<String> {
    if accesses.is_empty() {
        problems.push(FieldProblem::new("/jsonPayload/accesses", "is empty; an access names what was accessed"));
    }
    let mut operations = Vec::new();
    for (index, access) in accesses.iter().enumerate() {
        let Some(method) = access.method_name.as_deref().filter(|method| !method.is_empty()) else {
            problems.push(FieldProblem::new(format!("/jsonPayload/accesses/{index}/methodName"), "is missing"));
            continue;
        };
        let operation = match method.strip_prefix("GoogleInternal.") {
            Some("Read" | "Get" | "Query") => Operation::Read,
            Some("List") => Operation::List,
            Some("Write" | "Update") => Operation::Write,
            Some("Create") => Operation::Create,
            Some("Delete") => Operation::Delete,
            Some(_) | None => Operation::Execute,
        };
        operations.push(operation.code().to_owned());
    }
    operations
}

fn permissions(details: &[PermissionDetail], problems: &mut Vec<FieldProblem>) -> Vec<String> {
    let mut permissions = Vec::new();
    for (index, detail) in details.iter().enumerate() {
        let code = detail.permission_type.as_deref().unwrap_or_default().to_ascii_lowercase();
        match Permission::from_code(&code) {
            Some(permission) => permissions.push(permission.code().to_owned()),
            None => problems.push(FieldProblem::new(
                format!("/jsonPayload/permissionDetails/{index}/permissionType"),
                format!("`{code}` is not one of ADMIN_READ, ADMIN_WRITE, DATA_READ, DATA_WRITE"),
            )),
        }
    }
    permissions
}

/// Where a field of ours stands in a log entry, so that an error names what the sender knows.
fn field_in_entry(field: &str) -> String {
    let place = match field {
        "/id" => "/insertId",
        "/source" => "/logName",
        "/started_at" => "/timestamp",
        "/accessor/role" => "/jsonPayload/principalJobTitle",
        "/accessor/employer" => "/jsonPayload/location/principalEmployingEntity",
        "/accessor/office_country" => "/jsonPayload/location/principalOfficeCountry",
        "/accessor/physical_country" => "/jsonPayload/location/principalPhysicalLocationCountry",
        "/justification" => "/jsonPayload/reason",
        "/ticket" => "/jsonPayload/eventId",
        "/service" => "/jsonPayload/product",
        "/approval/grant" => "/jsonPayload/accessApprovals",
        _ => return field.replace("/resources", "/jsonPayload/accesses").replace("/name", "/resourceName"),
    };
    place.to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn now() -> Timestamp {
        Timestamp::parse("2026-03-01T12:00:00Z").unwrap()
    }

    fn entry() -> serde_json::Value {
        serde_json::json!({
            "insertId": "abc", "timestamp": "2017-12-18T16:06:24.660001Z",
            "logName": "projects/P/logs/cloudaudit.googleapis.com%2Faccess_transparency",
            "jsonPayload": {
                "location": {"principalOfficeCountry": "??", "principalEmployingEntity": "Google LLC",
                             "principalPhysicalLocationCountry": "ASI"},
                "principalJobTitle": "Engineering", "product": ["Cloud Storage"],
                "reason": [{"type": "Customer Initiated Support", "detail": "Case number: 1"}],
                "permissionDetails": [{"permissionType": "DATA_READ", "logAccessed": true}],
                "eventId": "e", "accesses": [{"methodName": "GoogleInternal.Read", "resourceName": "//a/b"}]
            }
        })
    }

    fn read(value: &serde_json::Value) -> Result<Incoming, Refused> {
        parse(&serde_json::to_vec(value).unwrap(), now())
    }

    #[test]
    fn what_google_does_not_say_is_not_stated() {
        let event = read(&entry()).unwrap().event;
        assert_eq!(event.accessor.office_country, Place::NotStated);
        assert_eq!(event.accessor.physical_country.name(), "Asia");
        assert_eq!(event.approval.kind, ApprovalKind::NotStated);
        assert_eq!(event.data_read, Some(true));
        assert_eq!(event.purpose, Purpose::CustomerRequestedSupport);
    }

    #[test]
    fn an_error_names_the_field_of_the_log_entry() {
        let mut value = entry();
        value["jsonPayload"]["location"]["principalOfficeCountry"] = "XX".into();
        value["timestamp"] = "soon".into();
        let fields = read(&value).unwrap_err().problems.into_iter().map(|p| p.field).collect::<Vec<_>>();
        assert_eq!(fields, ["/jsonPayload/location/principalOfficeCountry", "/timestamp"]);
    }

    #[test]
    fn no_entry_is_refused_for_how_long_it_is() {
        let mut value = entry();
        value["jsonPayload"]["reason"][0]["detail"] = "x".repeat(5_000).into();
        let access = serde_json::json!({"methodName": "GoogleInternal.Read", "resourceName": "y".repeat(2_000)});
        value["jsonPayload"]["accesses"] = vec![access; 120].into();
        let event = read(&value).unwrap().event;
        assert!(event.justification.unwrap().contains('…'));
        assert_eq!((event.resources.len(), event.resources[99].name.as_str()), (100, "21 more"));
    }

    #[test]
    fn an_unknown_reason_is_refused() {
        let mut value = entry();
        value["jsonPayload"]["reason"][0]["type"] = "ADVERTISING".into();
        assert_eq!(read(&value).unwrap_err().problems[0].field, "/jsonPayload/reason/0/type");
    }
}
