//! Each format's documents, with the facts of published samples, and whatever else may come.

use std::collections::BTreeSet;

use proptest::prelude::*;
use serde_json::{Value, json};

use super::*;
use crate::{
    OperationSet, Timestamp,
    access::{AccessEvent, statements},
    formats::{Incoming, Pseudonyms, Reading, Refused},
};

fn now() -> Timestamp {
    Timestamp::parse("2026-03-01T12:00:00Z").unwrap()
}

/// Told apart by their length, which is enough here.
fn pseudonyms() -> Pseudonyms {
    Pseudonyms::new(|name| format!("p-{}", name.len()))
}

fn with(format: Format, own: &str, document: &[u8]) -> Result<Reading, Refused> {
    Mapping::new(format, own).unwrap().read(document, now(), &pseudonyms())
}

fn read(format: Format, own: &str, document: &Value) -> Result<Reading, Refused> {
    with(format, own, document.to_string().as_bytes())
}

fn accepted(format: Format, own: &str, document: &Value) -> Incoming {
    match read(format, own, document) {
        Ok(Reading::Access(incoming)) => *incoming,
        other => panic!("{other:?}"),
    }
}

fn event(format: Format, document: &Value) -> AccessEvent {
    accepted(format, "", document).event
}

fn passed_over(format: Format, document: &Value) -> String {
    match read(format, "", document) {
        Ok(Reading::PassedOver(reason)) => reason,
        other => panic!("{other:?}"),
    }
}

fn fields(format: Format, own: &str, document: &Value) -> Vec<String> {
    read(format, own, document).unwrap_err().problems.into_iter().map(|problem| problem.field).collect()
}

fn codes(operations: OperationSet) -> Vec<&'static str> {
    operations.iter().map(Operation::code).collect()
}

fn names(event: &AccessEvent) -> Vec<String> {
    event.resources.iter().map(ToString::to_string).collect()
}

fn mapped() -> impl Iterator<Item = Format> {
    Format::ALL.iter().copied().filter(|format| format.is_mapped())
}

/// Facts of “Auditing” and of the reference of audit.k8s.io/v1 in Kubernetes' documentation, v1.34.
fn kubernetes() -> Value {
    json!({
        "kind": "Event", "apiVersion": "audit.k8s.io/v1", "level": "Metadata",
        "auditID": "5b5d3f2e-6b0f-4d1a-9c57-0a3a1d1c9f11", "stage": "ResponseComplete",
        "requestURI": "/api/v1/namespaces/tenant-4711/secrets/db", "verb": "get",
        "user": {"username": "ada@nimbus.example", "groups": ["nimbus:sre", "system:authenticated"]},
        "sourceIPs": ["192.0.2.7"], "userAgent": "kubectl/v1.34.1 (linux/amd64) kubernetes/93248f9",
        "objectRef": {"resource": "secrets", "namespace": "tenant-4711", "name": "db", "apiVersion": "v1"},
        "responseStatus": {"metadata": {}, "code": 200},
        "requestReceivedTimestamp": "2026-02-11T09:30:00.123456Z", "stageTimestamp": "2026-02-11T09:30:00.150000Z",
        "annotations": {"authorization.k8s.io/decision": "allow", "nimbus.example/ticket": "CASE-7",
                        "nimbus.example/purpose": "support"}
    })
}

/// Facts of “CloudTrail record contents” and of the example that OCSF maps (ocsf/examples 45c82e30), in AWS's names.
fn cloudtrail() -> Value {
    json!({
        "eventVersion": "1.11", "eventTime": "2026-02-11T09:30:00Z", "eventSource": "s3.amazonaws.com",
        "eventName": "GetObject", "awsRegion": "eu-central-1", "sourceIPAddress": "192.0.2.7",
        "userAgent": "[aws-cli/2.15]", "eventID": "71c88be9-ea5c-43c7-8c82-example", "readOnly": true,
        "eventType": "AwsApiCall", "recipientAccountId": "111122223333",
        "userIdentity": {
            "type": "AssumedRole", "principalId": "AROAEXAMPLE:ada@nimbus.example",
            "arn": "arn:aws:sts::111122223333:assumed-role/Support/ada@nimbus.example", "accountId": "111122223333",
            "sessionContext": {"sessionIssuer": {"type": "Role", "userName": "Support"},
                               "attributes": {"mfaAuthenticated": "true"}}
        },
        "requestParameters": {"bucketName": "records", "key": "a/b.pdf"},
        "additionalEventData": {"bytesTransferredOut": 512.0},
        "resources": [{"type": "AWS::S3::Object", "ARN": "arn:aws:s3:::records/a/b.pdf"},
                      {"type": "AWS::S3::Bucket", "ARN": "arn:aws:s3:::records", "accountId": "111122223333"}]
    })
}

/// The event of ocsf/examples 45c82e30 (API Activity, 1.1.0), with what matters here.
fn ocsf() -> Value {
    json!({
        "activity_id": 2, "class_uid": 6003, "category_uid": 6, "type_uid": 600302,
        "actor": {"user": {"account": {"uid": "1111111111111"}, "name": "Level6", "type": "IAMUser",
                           "uid": "arn:aws:iam::1111111111111:user/Level6"}, "idp": {"name": null}},
        "api": {"operation": "DescribeDirectConnectGateways", "service": {"name": "directconnect.amazonaws.com"},
                "response": {"error": null, "data": {"directConnectGateways": []}}},
        "cloud": {"provider": "AWS", "region": "us-east-1"},
        "http_request": {"user_agent": "Boto3/1.15.2 Python/3.8.2"},
        "metadata": {"uid": "71c88be9-ea5c-43c7-8c82-example", "version": "1.1.0",
                     "product": {"name": "CloudTrail", "vendor_name": "AWS"}},
        "src_endpoint": {"ip": "205.8.181.128"}, "time": 1_695_334_972_000_u64, "time_dt": "2023-09-21T22:22:52Z",
        "unmapped": {"recipientAccountId": "1111111111111"}
    })
}

/// Facts of Teleport's “Database Access Audit Events Reference”.
fn teleport() -> Value {
    json!({
        "cluster_name": "teleport.example.com", "code": "TDB02I", "db_name": "example", "db_protocol": "postgres",
        "db_query": "select * from patients;", "db_service": "orders", "db_user": "alice", "ei": 2,
        "event": "db.session.query", "sid": "307b49d6-56c7-4d20-8cf0-5bc5348a7101", "success": true,
        "time": "2023-10-06T10:58:32.88Z", "uid": "a649d925-9dac-44cc-bd04-4387c295580f", "user": "alice"
    })
}

/// Facts of “Microsoft Purview Customer Lockbox” and of the Management Activity API's common schema: what an engineer
/// did after an approval has the user Microsoft Operator and a blank item.
fn microsoft() -> Value {
    json!({
        "CreationTime": "2026-02-11T09:30:00", "Id": "c1f2a8d0-0000-4000-8000-4b1d2c3e4f50", "Operation": "Get-Mailbox",
        "OrganizationId": "4c9b7c1e-0000-4000-8000-000000000001", "RecordType": 1, "ResultStatus": "True",
        "UserKey": "Microsoft Operator", "UserType": 3, "Version": 1, "Workload": "Exchange",
        "ClientIP": "192.0.2.7", "ObjectId": "", "UserId": "Microsoft Operator"
    })
}

/// PostgreSQL's jsonlog with a line of pgAudit's README.
fn pgaudit() -> Value {
    json!({
        "timestamp": "2026-02-11 09:30:00.123 UTC", "user": "support", "dbname": "acme_prod", "pid": 4711,
        "remote_host": "192.0.2.7", "session_id": "65c8931e.1267", "line_num": 4, "ps": "SELECT",
        "error_severity": "LOG", "application_name": "psql", "backend_type": "client backend",
        "message": "AUDIT: SESSION,1,1,READ,SELECT,TABLE,public.account,\"select *\n  from account\",<not logged>"
    })
}

#[test]
fn a_kubernetes_event_says_who_when_and_what_and_nothing_of_why() {
    let event = event(Format::KubernetesAudit, &kubernetes());
    assert_eq!(event.id, "5b5d3f2e-6b0f-4d1a-9c57-0a3a1d1c9f11/2026-02-11T09:30:00.123456Z");
    assert_eq!(event.accessor.pseudonym.as_deref(), Some("p-18"));
    assert_eq!((event.accessor.role.as_deref(), event.accessor.employer.as_deref()), (None, None));
    assert_eq!(event.started_at.to_string(), "2026-02-11T09:30:00.123456Z");
    assert_eq!(event.ended_at.unwrap().to_string(), "2026-02-11T09:30:00.150000Z");
    assert_eq!((event.purpose, event.justification.clone()), (Purpose::NotStated, None));
    assert_eq!(
        (event.approval.kind, event.authentication.factors.as_slice()),
        (ApprovalKind::NotStated, &[Factor::NotStated][..])
    );
    assert_eq!((codes(event.operations), names(&event)), (vec!["read"], vec!["tenant-4711/db (secrets)".to_owned()]));
    let told = statements(&event, crate::Zone::UTC).into_iter().map(|it| it.answer).collect::<Vec<_>>().join(" ");
    for words in ["role the source doesn’t state", "doesn’t state its purpose", "No reason in words is stated"] {
        assert!(told.contains(words), "{told}");
    }
}

#[test]
fn a_providers_own_mapping_says_what_its_annotations_mean() {
    let own = r#"
        source = "kubernetes/eu-1"
        customer = { from = "{/objectRef/namespace}", table = { tenant-4711 = "acme" } }
        [who]
        role = { from = "{/user/groups}", table = { "*nimbus:sre*" = "Site reliability engineer" } }
        employer = "Nimbus Cloud GmbH"
        employer_kind = "provider"
        [why]
        purpose = { from = "{/annotations/nimbus.example~1purpose}", table = { support = "customer_requested_support" } }
        ticket = "{/annotations/nimbus.example~1ticket}"
        [approval]
        kind = "none"
        reason = "{/annotations/nimbus.example~1why}"
    "#;
    let mut document = kubernetes();
    assert_eq!(fields(Format::KubernetesAudit, own, &document), ["/annotations/nimbus.example~1why"]);
    document["annotations"]["nimbus.example/why"] = "The cluster was down".into();
    let Incoming { customer, event } = accepted(Format::KubernetesAudit, own, &document);
    assert_eq!(customer.as_deref(), Some("acme"));
    assert_eq!((event.source.as_str(), event.ticket.as_deref()), ("kubernetes/eu-1", Some("CASE-7")));
    assert_eq!(event.accessor.role.as_deref(), Some("Site reliability engineer"));
    assert_eq!(event.purpose, Purpose::CustomerRequestedSupport);
    assert_eq!(event.approval.reason.as_deref(), Some("The cluster was down"));
    // Whose it is must not be guessed where the table doesn't say.
    document["objectRef"]["namespace"] = "kube-system".into();
    assert_eq!(fields(Format::KubernetesAudit, own, &document), ["/objectRef/namespace"]);
}

#[test]
fn kubernetes_requests_are_told_once_and_only_where_they_were_allowed() {
    let mut document = kubernetes();
    for (pointer, value, operations, name) in [
        (
            "/objectRef",
            json!({"resource": "pods", "subresource": "exec", "namespace": "a", "name": "p"}),
            vec!["read"],
            "a/p (pods/exec)",
        ),
        ("/verb", json!("create"), vec!["execute"], "a/p (pods/exec)"),
        ("/objectRef", json!({"resource": "nodes"}), vec!["create"], "not named, of the cluster (nodes)"),
        ("/objectRef", json!({"resource": "pods", "namespace": "a"}), vec!["create"], "not named, in a (pods)"),
        ("/verb", json!("list"), vec!["read", "list"], "all in a (pods)"),
        ("/objectRef", json!({"resource": "nodes"}), vec!["read", "list"], "all nodes of the cluster (nodes)"),
        ("/verb", json!("list"), vec!["read", "list"], "all nodes of the cluster (nodes)"),
        ("/objectRef", json!(null), vec!["read", "list"], "/api/v1/namespaces/tenant-4711/secrets/db (path)"),
    ] {
        *document.pointer_mut(pointer).unwrap() = value;
        if document["objectRef"]["subresource"] == "exec" && document["verb"] == "get" {
            // A websocket's upgrade is a GET.
            assert_eq!(codes(event(Format::KubernetesAudit, &document).operations), ["execute"]);
            continue;
        }
        let event = event(Format::KubernetesAudit, &document);
        assert_eq!((codes(event.operations), names(&event)), (operations, vec![name.to_owned()]));
    }
    document["stage"] = "RequestReceived".into();
    assert!(passed_over(Format::KubernetesAudit, &document).contains("told of again"));
    document["stage"] = "ResponseComplete".into();
    document["responseStatus"]["code"] = 403.into();
    assert!(passed_over(Format::KubernetesAudit, &document).contains("not allowed"));
    document["responseStatus"]["code"] = 200.into();
    document["verb"] = "frobnicate".into();
    assert_eq!(fields(Format::KubernetesAudit, "", &document), ["/verb"]);
}

#[test]
fn whoever_asks_kubernetes_can_not_choose_which_request_is_taken_for_another() {
    let ids = ["2026-02-11T09:30:00.000001Z", "2026-02-11T09:30:00.000002Z"].map(|received| {
        let mut document = kubernetes();
        document["requestReceivedTimestamp"] = received.into();
        // The caller's own header.
        document["auditID"] = "always-the-same".repeat(50).into();
        event(Format::KubernetesAudit, &document).id
    });
    assert_ne!(ids[0], ids[1]);
    assert!(ids.iter().all(|id| id.starts_with("always-the-same") && id.chars().count() <= 200), "{ids:?}");
}

#[test]
fn a_request_that_stays_open_is_told_of_when_it_begins_and_once() {
    let mut document = kubernetes();
    document["verb"] = "create".into();
    document["objectRef"]["resource"] = "pods".into();
    for subresource in ["exec", "attach", "portforward", "proxy", "log"] {
        document["objectRef"]["subresource"] = subresource.into();
        document["stage"] = "ResponseStarted".into();
        document["responseStatus"]["code"] = 101.into();
        let begun = event(Format::KubernetesAudit, &document);
        // Two days later.
        document["stage"] = "ResponseComplete".into();
        document["stageTimestamp"] = "2026-02-13T09:30:00.000000Z".into();
        document["responseStatus"]["code"] = 200.into();
        assert_eq!(event(Format::KubernetesAudit, &document), begun, "{subresource}");
        assert_eq!(begun.ended_at, None);
    }
    let mut watch = kubernetes();
    watch["verb"] = "watch".into();
    watch["stage"] = "ResponseStarted".into();
    assert_eq!(codes(event(Format::KubernetesAudit, &watch).operations), ["read", "list"]);
    watch["verb"] = "get".into();
    assert!(passed_over(Format::KubernetesAudit, &watch).contains("when it has ended"));
}

#[test]
fn what_a_proxy_answers_hides_no_request_through_it() {
    let mut document = kubernetes();
    document["objectRef"]["resource"] = "pods".into();
    document["objectRef"]["subresource"] = "proxy".into();
    for code in [403, 404, 500] {
        document["responseStatus"]["code"] = code.into();
        assert_eq!(codes(event(Format::KubernetesAudit, &document).operations), ["execute"], "{code}");
    }
    // Methods that Kubernetes has no verb for.
    document["verb"] = "".into();
    assert_eq!(codes(event(Format::KubernetesAudit, &document).operations), ["execute"]);
    document["annotations"]["authorization.k8s.io/decision"] = "forbid".into();
    document["responseStatus"]["code"] = 403.into();
    assert!(passed_over(Format::KubernetesAudit, &document).contains("not allowed"));
    document["objectRef"] = json!({"resource": "pods", "namespace": "a", "name": "p"});
    document["responseStatus"]["code"] = 200.into();
    assert_eq!(codes(event(Format::KubernetesAudit, &document).operations), ["not_stated"]);
}

#[test]
fn what_failed_is_no_access_and_is_counted_by_its_reason() {
    let mut documents = Vec::new();
    for code in [400, 404, 409, 422] {
        let mut document = kubernetes();
        document["responseStatus"]["code"] = code.into();
        documents.push((Format::KubernetesAudit, document));
    }
    for code in ["NoSuchKey", "ThrottlingException", "Client.InvalidInstanceID.NotFound"] {
        let mut document = cloudtrail();
        document["errorCode"] = code.into();
        documents.push((Format::AwsCloudtrail, document));
    }
    let mut login = cloudtrail();
    login["eventName"] = "ConsoleLogin".into();
    login["errorMessage"] = "Failed authentication".into();
    login["responseElements"] = json!({"ConsoleLogin": "Failure"});
    documents.push((Format::AwsCloudtrail, login.clone()));
    let mut failed = ocsf();
    failed["status_id"] = 2.into();
    documents.push((Format::Ocsf, failed));
    let mut failed = ocsf();
    failed["api"]["response"]["error"] = "NoSuchKey".into();
    documents.push((Format::Ocsf, failed));
    for status in ["Failed", "False"] {
        let mut failed = microsoft();
        failed["ResultStatus"] = status.into();
        documents.push((Format::MicrosoftAudit, failed));
    }
    for (format, document) in documents {
        let reason = passed_over(format, &document);
        assert!(reason.contains("failed") || reason.contains("not allowed"), "{reason}: {document}");
    }
    // What may have been done is told.
    login["responseElements"]["ConsoleLogin"] = "Success".into();
    assert_eq!(codes(event(Format::AwsCloudtrail, &login).operations), ["execute"]);
    let mut unknown = cloudtrail();
    unknown["errorCode"] = "InternalError".into();
    event(Format::AwsCloudtrail, &unknown);
    let mut unknown = ocsf();
    unknown["status_id"] = 0.into();
    event(Format::Ocsf, &unknown);
    let mut in_part = microsoft();
    in_part["ResultStatus"] = "PartiallySucceeded".into();
    event(Format::MicrosoftAudit, &in_part);
}

#[test]
fn the_volume_is_what_went_either_way_and_none_where_nothing_did() {
    let mut document = cloudtrail();
    document["eventName"] = "PutObject".into();
    document["additionalEventData"] = json!({"bytesTransferredIn": 4096.0, "bytesTransferredOut": 0});
    assert_eq!(event(Format::AwsCloudtrail, &document).volume_bytes, Some(4096));
    document["additionalEventData"] = json!({"bytesTransferredIn": 0, "bytesTransferredOut": 0.0});
    assert_eq!(event(Format::AwsCloudtrail, &document).volume_bytes, None);
    document["additionalEventData"] = json!({"bytesTransferredIn": "many"});
    assert_eq!(fields(Format::AwsCloudtrail, "", &document), ["/additionalEventData/bytesTransferredIn"]);
}

#[test]
fn a_cloudtrail_record_names_role_resources_and_volume() {
    let event = event(Format::AwsCloudtrail, &cloudtrail());
    assert_eq!(event.source, "aws-cloudtrail/111122223333");
    assert_eq!(event.accessor.role.as_deref(), Some("Support"));
    assert_eq!(event.accessor.pseudonym.as_deref(), Some("p-30"));
    assert_eq!((event.service.as_str(), event.region.as_deref()), ("s3.amazonaws.com", Some("eu-central-1")));
    assert_eq!((codes(event.operations), event.volume_bytes), (vec!["read"], Some(512)));
    assert_eq!(
        names(&event),
        ["arn:aws:s3:::records/a/b.pdf (AWS::S3::Object)", "arn:aws:s3:::records (AWS::S3::Bucket)"]
    );
    // That a second factor was used is not by which.
    assert_eq!(event.authentication.factors, [Factor::NotStated]);
}

#[test]
fn calls_of_cloudtrail_are_what_their_names_say() {
    for (source, name, read_only, operation) in [
        ("kms", "Decrypt", true, "decrypt"),
        ("kms", "GenerateDataKey", true, "execute"),
        ("s3", "PutObject", false, "write"),
        ("s3", "PutBucketPolicy", false, "configure"),
        ("ec2", "DescribeInstances", true, "read"),
        ("ec2", "TerminateInstances", false, "delete"),
        ("rds", "FailoverDBCluster", false, "execute"),
        ("athena", "PreviewSomething", true, "read"),
    ] {
        let mut document = cloudtrail();
        document["eventSource"] = format!("{source}.amazonaws.com").into();
        document["eventName"] = name.into();
        document["readOnly"] = read_only.into();
        assert_eq!(codes(event(Format::AwsCloudtrail, &document).operations), [operation], "{name}");
    }
    let mut document = cloudtrail();
    document["resources"] = json!(null);
    document["requestParameters"] = json!(null);
    assert_eq!(names(&event(Format::AwsCloudtrail, &document)), ["111122223333 (AWS account)"]);
    document["errorCode"] = "AccessDenied".into();
    assert!(passed_over(Format::AwsCloudtrail, &document).contains("not allowed"));
    assert_eq!(fields(Format::AwsCloudtrail, "", &json!({"eventID": "1"})), ["/eventVersion", "/eventName"]);
}

#[test]
fn an_ocsf_event_is_read_by_its_class() {
    let event = event(Format::Ocsf, &ocsf());
    assert_eq!((event.id.as_str(), event.source.as_str()), ("71c88be9-ea5c-43c7-8c82-example", "AWS CloudTrail"));
    assert_eq!(event.started_at.to_string(), "2023-09-21T22:22:52.000000Z");
    assert_eq!((event.accessor.role.as_deref(), event.accessor.pseudonym.as_deref()), (Some("IAMUser"), Some("p-38")));
    assert_eq!(names(&event), ["DescribeDirectConnectGateways (API operation)"]);
    assert_eq!(event.accessor.physical_country, Place::NotStated);

    let mut document = ocsf();
    document.as_object_mut().unwrap().remove("time_dt");
    document["class_uid"] = 6005.into();
    document["activity_id"] = 10.into();
    document["database"] = json!({"name": "orders"});
    document["table"] = json!({"name": "patients"});
    document["src_endpoint"]["location"] = json!({"country": "IE"});
    document["unmapped"] = json!({"purpose": "production_alert", "justification": "Disk full", "ticket": "INC-1"});
    let event = self::event(Format::Ocsf, &document);
    assert_eq!(event.started_at.to_string(), "2023-09-21T22:22:52.000000Z");
    assert_eq!((codes(event.operations), names(&event)), (vec!["decrypt"], vec!["orders.patients (table)".to_owned()]));
    assert_eq!((event.purpose, event.ticket.as_deref()), (Purpose::ProductionAlert, Some("INC-1")));
    assert_eq!(event.accessor.physical_country.code(), "IE");

    document["unmapped"]["purpose"] = "marketing".into();
    document["metadata"] = json!({"product": {"name": "x"}});
    assert_eq!(fields(Format::Ocsf, "", &document), ["/metadata/uid", "/unmapped/purpose"]);
    document["class_uid"] = 1001.into();
    assert_eq!(fields(Format::Ocsf, "", &document), ["/class_uid"]);
}

#[test]
fn classes_about_entities_and_sessions_are_taken_too() {
    let mut entity = ocsf();
    entity["class_uid"] = 3004.into();
    entity["activity_id"] = 4.into();
    entity["entity"] = json!({"type": "Policy", "name": "retention"});
    entity["comment"] = "No longer needed".into();
    let told = event(Format::Ocsf, &entity);
    assert_eq!((codes(told.operations), names(&told)), (vec!["delete"], vec!["retention (Policy)".to_owned()]));
    assert_eq!(told.justification.as_deref(), Some("No longer needed"));
    let session = json!({
        "class_uid": 3003, "activity_id": 1, "time": 1_695_334_972_000_u64, "user": {"name": "ada"},
        "metadata": {"uid": "1", "product": {"name": "Windows"}}, "dst_endpoint": {"hostname": "db-1"}
    });
    let told = event(Format::Ocsf, &session);
    assert_eq!((codes(told.operations), names(&told)), (vec!["configure"], vec!["db-1 (host)".to_owned()]));
    assert_eq!(told.accessor.pseudonym.as_deref(), Some("p-3"));
}

#[test]
fn what_no_class_says_is_done_is_not_stated() {
    for class in [6003, 6005, 3004, 3003] {
        for activity in [0, 99] {
            let mut document = ocsf();
            document["class_uid"] = class.into();
            document["activity_id"] = activity.into();
            let told = event(Format::Ocsf, &document);
            assert_eq!(codes(told.operations), ["not_stated"], "{class}:{activity}");
            let what =
                statements(&told, crate::Zone::UTC).into_iter().map(|it| it.answer).collect::<Vec<_>>().join(" ");
            assert!(what.contains("What was done is not stated; it was done in directconnect"), "{what}");
        }
        let mut document = ocsf();
        document["class_uid"] = class.into();
        document["activity_id"] = 77.into();
        assert_eq!(fields(Format::Ocsf, "", &document), ["/class_uid"]);
    }
}

#[test]
fn files_over_teleport_are_read_or_written_as_their_flags_say_and_counted_when_the_session_ends() {
    let file = |code: &str| {
        json!({"cluster_name": "c", "code": code, "event": "sftp", "path": "/data/a", "server_hostname": "web-1",
               "time": "2023-10-06T10:58:32.88Z", "uid": "a649d925", "user": "alice"})
    };
    let mut opened = file("TS001I");
    for (flags, operations) in
        [(1, vec!["read"]), (26, vec!["write"]), (3, vec!["read", "write"]), (64, vec!["read", "write"])]
    {
        opened["flags"] = flags.into();
        assert_eq!(codes(event(Format::Teleport, &opened).operations), operations, "{flags}");
    }
    opened.as_object_mut().unwrap().remove("flags");
    assert_eq!(codes(event(Format::Teleport, &opened).operations), ["read", "write"]);

    let mut ended = file("TS021I");
    ended.as_object_mut().unwrap().remove("path");
    for (read, written, operations) in [(7, 0, vec!["read"]), (0, 7, vec!["write"]), (3, 4, vec!["read", "write"])] {
        ended["file_transfer_stats"] = json!([{"path": "/data/a", "bytes_read": read, "bytes_written": 0},
                                              {"path": "/data/b", "bytes_read": 0, "bytes_written": written}]);
        let told = event(Format::Teleport, &ended);
        assert_eq!((codes(told.operations), told.volume_bytes), (operations, Some(7)));
        assert_eq!(names(&told), ["web-1:/data/a (file)", "web-1:/data/b (file)"]);
    }
    ended["file_transfer_stats"] = json!([{"path": "/data/a", "bytes_read": 0, "bytes_written": 0}]);
    assert!(passed_over(Format::Teleport, &ended).contains("nothing went through"));
}

#[test]
fn a_teleport_event_keeps_no_statement_and_names_its_request() {
    let mut document = teleport();
    document["access_requests"] = json!(["9f1", "9f2"]);
    document["user_roles"] = json!(["dba", "access"]);
    let event = event(Format::Teleport, &document);
    assert_eq!((event.service.as_str(), names(&event)), ("Databases", vec!["orders/example (database)".to_owned()]));
    assert_eq!((codes(event.operations), event.accessor.role.as_deref()), (vec!["execute"], Some("dba, access")));
    assert_eq!((event.approval.kind, event.approval.grant.as_deref()), (ApprovalKind::NotStated, Some("9f1, 9f2")));
    assert_eq!(event.authentication.tool.as_deref(), Some("Teleport"));
    let kept = String::from_utf8(event.canonical_bytes().unwrap()).unwrap();
    assert!(!kept.contains("patients") && !kept.contains("alice"), "{kept}");

    for (code, why) in [
        ("TDB01I", "told of when it begins"),
        ("TDB00W", "not allowed"),
        ("T3002E", "not allowed"),
        ("T1000I", "no access to data"),
        ("T5000I", "request for access"),
    ] {
        document["code"] = code.into();
        assert!(passed_over(Format::Teleport, &document).contains(why), "{code}");
    }
    document["code"] = "T2000I".into();
    for field in ["db_service", "db_name"] {
        document.as_object_mut().unwrap().remove(field);
    }
    document["event"] = "session.start".into();
    document["server_hostname"] = "web-1".into();
    let session = self::event(Format::Teleport, &document);
    assert_eq!((session.service.as_str(), names(&session)), ("Servers", vec!["web-1 (server)".to_owned()]));
    document["code"] = "TXX99I".into();
    assert_eq!(fields(Format::Teleport, "", &document), ["/code"]);
}

#[test]
fn what_microsofts_operators_do_is_told_and_what_customers_decide_is_not() {
    let event = event(Format::MicrosoftAudit, &microsoft());
    assert_eq!(event.accessor.pseudonym, None, "all of Microsoft's operators have one name");
    assert_eq!(event.accessor.role.as_deref(), Some("Microsoft operator"));
    assert_eq!(event.accessor.employer.as_deref(), Some("Microsoft"));
    assert_eq!(event.started_at.to_string(), "2026-02-11T09:30:00.000000Z");
    assert_eq!(names(&event), ["4c9b7c1e-0000-4000-8000-000000000001 (organisation)"]);
    assert_eq!((event.service.as_str(), event.approval.kind), ("Exchange", ApprovalKind::NotStated));

    // The same as Search-UnifiedAuditLog has it, and as Microsoft Graph does.
    let purview = json!({"Identity": "c1f2a8d0-0000-4000-8000-4b1d2c3e4f50", "CreationDate": "/Date(1739266200000)/",
                         "RecordType": 1, "Operations": "Get-Mailbox", "AuditData": microsoft().to_string()});
    assert_eq!(self::event(Format::MicrosoftAudit, &purview), event);
    let graph = json!({"id": "c1f2", "createdDateTime": "2026-02-11T09:30:00Z", "auditLogRecordType": "sharePointFileOperation",
                       "operation": "FileDownloaded", "organizationId": "4c9b", "userType": "regular", "service": "SharePoint",
                       "userId": "ada@nimbus.example", "objectId": "https://acme.example/a.docx", "auditData": {}});
    let told = self::event(Format::MicrosoftAudit, &graph);
    assert_eq!(
        (codes(told.operations), names(&told)),
        (vec!["export"], vec!["https://acme.example/a.docx".to_owned()])
    );
    assert_eq!((told.accessor.role.as_deref(), told.accessor.pseudonym.as_deref()), (Some("User"), Some("p-18")));

    let mut decision = microsoft();
    decision["Operation"] = "Set-AccessToCustomerDataRequest".into();
    decision["Parameters"] = json!([{"Name": "ApprovalDecision", "Value": "Approve"}]);
    assert!(passed_over(Format::MicrosoftAudit, &decision).contains("decision"));
    decision["Operation"] = "LockboxRequestOperation".into();
    assert!(passed_over(Format::MicrosoftAudit, &decision).contains("no access"));
    decision["Operation"] = "SomethingNew".into();
    assert_eq!(fields(Format::MicrosoftAudit, "", &decision), ["/Operation"]);
    let broken = json!({"RecordType": 1, "AuditData": "{oops"});
    assert_eq!(fields(Format::MicrosoftAudit, "", &broken), ["/AuditData"]);
    // A mapping may look for what stands beside a name in a list.
    let own = "[why]\nrequested_by = \"{/Parameters/[Name=RequestedBy]/Value}\"";
    let mut asked = microsoft();
    asked["Parameters"] = json!([{"Name": "Identity", "Value": "x"}, {"Name": "RequestedBy", "Value": "Acme"}]);
    assert_eq!(accepted(Format::MicrosoftAudit, own, &asked).event.requested_by.as_deref(), Some("Acme"));
}

#[test]
fn searches_of_microsoft_are_what_each_does_and_one_that_is_unknown_is_refused() {
    let mut document = microsoft();
    for (operation, code) in [
        ("SearchStarted", "list"),
        ("SearchPreviewed", "read"),
        ("SearchExported", "export"),
        ("SearchExportDownloaded", "export"),
        ("PreviewItemDownloaded", "export"),
        ("SearchResultsPurged", "delete"),
    ] {
        document["Operation"] = operation.into();
        assert_eq!(codes(event(Format::MicrosoftAudit, &document).operations), [code], "{operation}");
    }
    document["Operation"] = "SearchResultsShredded".into();
    assert_eq!(fields(Format::MicrosoftAudit, "", &document), ["/Operation"]);
}

#[test]
fn a_line_that_was_cut_off_is_not_passed_over() {
    let begin = "2026-02-11 09:30:00.123 UTC,\"support\",\"acme_prod\",4711,,65c8931e.1267,4,\"SELECT\",\
                 2026-02-11 09:29:34 UTC,3/7,0,LOG,00000,";
    for cut in ["", "\"AUD", "\"a statement,,,,,,\"\"x"] {
        let refused = with(Format::Pgaudit, "", format!("{begin}{cut}").as_bytes()).unwrap_err();
        assert_eq!(refused.id.as_deref(), Some("65c8931e.1267/4"), "{cut}");
        assert!(refused.problems[0].reason.contains("cut off"), "{refused:?}");
    }
    // What has all that is needed was an access.
    let line = format!("{begin}\"AUDIT: SESSION,1,1,READ,SELECT,TABLE,public.account,\"\"select");
    assert!(matches!(with(Format::Pgaudit, "", line.as_bytes()), Ok(Reading::Access(_))));
}

#[test]
fn a_line_of_pgaudit_is_read_from_json_and_from_csv_alike() {
    let from_json = event(Format::Pgaudit, &pgaudit());
    assert_eq!((from_json.id.as_str(), from_json.service.as_str()), ("65c8931e.1267/4", "PostgreSQL"));
    assert_eq!(from_json.started_at.to_string(), "2026-02-11T09:30:00.123000Z");
    assert_eq!(
        (codes(from_json.operations), names(&from_json)),
        (vec!["read"], vec!["acme_prod.public.account (TABLE)".to_owned()])
    );
    // The columns of PostgreSQL 14 and later.
    let csv = "2026-02-11 09:30:00.123 UTC,\"support\",\"acme_prod\",4711,\"192.0.2.7:50412\",65c8931e.1267,4,\"SELECT\",\
               2026-02-11 09:29:34 UTC,3/7,0,LOG,00000,\"AUDIT: SESSION,1,1,READ,SELECT,TABLE,public.account,\"\"select *\n  \
               from account\"\",<not logged>\",,,,,,,,,\"psql\",\"client backend\",,0\n";
    let Ok(Reading::Access(from_csv)) = with(Format::Pgaudit, "", csv.as_bytes()) else { panic!("not read") };
    assert_eq!(from_csv.event, from_json);
    let kept = String::from_utf8(from_json.canonical_bytes().unwrap()).unwrap();
    assert!(!kept.contains("select *"), "{kept}");

    let mut document = pgaudit();
    document["message"] = "checkpoint starting: time".into();
    assert!(passed_over(Format::Pgaudit, &document).contains("no line of pgAudit"));
    for (line, operation, name) in [
        (
            "AUDIT: OBJECT,2,1,WRITE,DELETE,TABLE,public.account,delete,<none>",
            "delete",
            "acme_prod.public.account (TABLE)",
        ),
        (
            "AUDIT: SESSION,3,1,DDL,DROP TABLE,TABLE,public.account,drop,<none>",
            "delete",
            "acme_prod.public.account (TABLE)",
        ),
        ("AUDIT: SESSION,4,1,READ,COPY,,,copy,<none>", "export", "acme_prod (database)"),
        ("AUDIT: SESSION,5,1,ROLE,GRANT,,,grant,<none>", "configure", "acme_prod (database)"),
    ] {
        document["message"] = line.into();
        let event = event(Format::Pgaudit, &document);
        assert_eq!((codes(event.operations), names(&event)), (vec![operation], vec![name.to_owned()]));
    }
    document["message"] = "AUDIT: SESSION,6,1,NEW,COMMAND,,,x,<none>".into();
    assert_eq!(fields(Format::Pgaudit, "", &document), ["/audit/class"]);
}

/// Whoever accesses chooses these texts, and may keep no access out by them.
#[test]
fn how_a_log_tells_of_an_access_keeps_it_out_of_no_record() {
    let mut document = kubernetes();
    document["userAgent"] = "kubectl\t\u{202E}x".into();
    document["responseObject"] = json!({"items": vec![json!({"data": "c2VjcmV0".repeat(1_000)}); 200]});
    let told = event(Format::KubernetesAudit, &document);
    assert_eq!(told.authentication.tool.as_deref(), Some("kubectl⟨U+0009⟩⟨U+202E⟩x"));
    // As deep as no reader of JSON follows, and half a character.
    let deep = format!("\"requestObject\":{}{},\"userAgent\":\"\\udc00\"", "[".repeat(500), "]".repeat(500));
    let text =
        kubernetes().to_string().replace("\"userAgent\":\"kubectl/v1.34.1 (linux/amd64) kubernetes/93248f9\"", &deep);
    let Ok(Reading::Access(told)) = with(Format::KubernetesAudit, "", text.as_bytes()) else { panic!("not read") };
    assert_eq!(told.event.authentication.tool.as_deref(), Some("\u{FFFD}"));

    let mut document = cloudtrail();
    document["userAgent"] = "x".repeat(3_000).into();
    document["resources"] = json!(null);
    document["requestParameters"]["key"] = format!("a\u{202E}b/{}/end.pdf", "c".repeat(1_500)).into();
    let told = event(Format::AwsCloudtrail, &document);
    let name = &told.resources[0].name;
    assert!(name.starts_with("records/a⟨U+202E⟩b/ccc") && name.contains("c…c") && name.ends_with("/end.pdf"), "{name}");
    assert!(told.authentication.tool.is_some_and(|tool| tool.contains('…')));
    document["requestParameters"]["key"] = json!({"not": ["a", "text"]});
    assert_eq!(
        names(&event(Format::AwsCloudtrail, &document)),
        ["records/{\"not\":[\"a\",\"text\"]} (AWS::S3::Object)"]
    );
    document["eventName"] = "TerminateInstances".into();
    let instances = (0..150).map(|n| json!({"instanceId": format!("i-{n}")})).collect::<Vec<_>>();
    document["requestParameters"] = json!({"instancesSet": {"items": instances}});
    let told = names(&event(Format::AwsCloudtrail, &document));
    assert_eq!((told.len(), told[0].as_str(), told[99].as_str()), (100, "i-0 (AWS::EC2::Instance)", "51 more"));

    let mut document = ocsf();
    document["class_uid"] = 3004.into();
    document["comment"] = "why ".repeat(2_000).into();
    assert!(event(Format::Ocsf, &document).justification.is_some_and(|why| why.contains('…')));

    let line = b"2026-02-11 09:30:00.123 UTC,\"supp\xFFort\",\"acme_prod\",4711,,65c8931e.1267,4,\"SELECT\",\
                 2026-02-11 09:29:34 UTC,3/7,0,LOG,00000,\"AUDIT: SESSION,1,1,READ,SELECT,,,\"\"\xFF\"\",<none>\",,,,,,,,,\"\xFF\",,,0\n";
    let Ok(Reading::Access(told)) = with(Format::Pgaudit, "", line) else { panic!("not read") };
    assert_eq!(told.event.authentication.tool.as_deref(), Some("\u{FFFD}"));
}

#[test]
fn a_time_zone_by_an_ambiguous_name_is_refused_until_the_mapping_names_it() {
    let mut document = pgaudit();
    document["timestamp"] = "2026-02-11 10:30:00.123 CET".into();
    assert_eq!(fields(Format::Pgaudit, "", &document), ["/timestamp"]);
    let event = accepted(Format::Pgaudit, "[when.zones]\nCET = \"+01:00\"", &document).event;
    assert_eq!(event.started_at.to_string(), "2026-02-11T09:30:00.123000Z");
    document["timestamp"] = "2026-02-11 12:30:00.123 +03".into();
    assert_eq!(self::event(Format::Pgaudit, &document).started_at, event.started_at);
}

#[test]
fn a_mapping_that_could_say_what_no_access_may_is_none() {
    let wrong = |own: &str| match Mapping::new(Format::Teleport, own).unwrap_err() {
        MappingError::Field(problem) => problem.field,
        other => other.to_string(),
    };
    assert_eq!(wrong("[why]\npurpose = \"advertising\""), "why.purpose");
    assert_eq!(wrong("[why]\npurpose = { from = \"{/x}\", table = { a = \"marketing\" } }"), "why.purpose");
    assert_eq!(wrong("[what.operations.table]\nT9999I = \"peek\""), "what.operations");
    assert_eq!(wrong("[who]\noffice_country = \"Ireland\""), "who.office_country");
    assert_eq!(wrong("[who]\nrolle = \"x\""), "who.rolle");
    assert_eq!(wrong("[who]\nrole = \"{user}\""), "who.role");
    assert_eq!(wrong("id = []"), "id");
    assert_eq!(wrong("id = [{ sum = [] }]"), "id");
    assert_eq!(wrong("[why]\npurpose = [{ where = \"{/x}\", is = [\"\"], then = \"marketing\" }]"), "why.purpose");
    assert_eq!(wrong("[why]\nticket = [{ where = \"{/x}\", then = \"y\" }]"), "why.ticket[0]");
    assert_eq!(wrong("[why]\nticket = [{ sum = [\"{/x}\"], then = \"y\" }]"), "why.ticket[0]");
    assert!(wrong("[who").starts_with("the mapping is no TOML"));
    assert_eq!(Mapping::new(Format::Native, "").unwrap_err(), MappingError::Own("native"));
}

#[test]
fn what_an_own_mapping_empties_is_not_stated() {
    let event = accepted(Format::AwsCloudtrail, "[who]\nrole = []\nperson = []", &cloudtrail()).event;
    assert_eq!((event.accessor.role, event.accessor.pseudonym), (None, None));
}

/// A document of each format, changed in ways that a log may be wrong in.
fn changed() -> impl Strategy<Value = (Format, Value)> {
    let documents = vec![
        (Format::KubernetesAudit, kubernetes()),
        (Format::AwsCloudtrail, cloudtrail()),
        (Format::Ocsf, ocsf()),
        (Format::Teleport, teleport()),
        (Format::MicrosoftAudit, microsoft()),
        (Format::Pgaudit, pgaudit()),
    ];
    let value = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        ".{0,250}".prop_map(Value::from),
        proptest::collection::vec(".{0,9}", 0..4).prop_map(Value::from),
        Just(json!({"a": {"b": [1]}})),
    ];
    (proptest::sample::select(documents), proptest::collection::vec((any::<proptest::sample::Index>(), value), 0..4))
        .prop_map(|((format, mut document), changes)| {
            for (index, value) in changes {
                let members = document.as_object_mut().unwrap();
                let name = members.keys().nth(index.index(members.len())).unwrap().clone();
                members.insert(name, value);
            }
            (format, document)
        })
}

proptest! {
    #[test]
    fn any_bytes_are_read_or_refused_by_every_format(bytes in proptest::collection::vec(any::<u8>(), 0..300)) {
        for format in mapped() {
            if let Err(refused) = with(format, "", &bytes) {
                prop_assert!(!refused.problems.is_empty());
            }
        }
    }

    #[test]
    fn whatever_a_document_says_it_is_kept_whole_or_refused_with_its_place((format, document) in changed()) {
        match read(format, "", &document) {
            Ok(Reading::Access(incoming)) => {
                let bytes = incoming.event.canonical_bytes().unwrap();
                prop_assert_eq!(serde_json::from_slice::<AccessEvent>(&bytes).unwrap(), incoming.event);
            }
            Ok(Reading::PassedOver(reason)) => prop_assert!(!reason.is_empty()),
            Err(refused) => {
                prop_assert!(!refused.problems.is_empty());
                let places = refused.problems.iter().map(|problem| &problem.field).collect::<BTreeSet<_>>();
                prop_assert_eq!(places.len(), refused.problems.len(), "each place once: {:?}", &refused);
                for place in places {
                    prop_assert!(place.is_empty() || place.starts_with('/'), "{}", place);
                }
            }
        }
    }
}
