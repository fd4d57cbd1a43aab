//! Made-up accesses, always the same, in the words in which a provider's systems report them.

use chrono::{DateTime, TimeDelta, Utc};
use fastrand::Rng;
use serde_json::json;

/// Whose data is accessed.
pub const CUSTOMER: &str = "bench";

/// Purpose, service, resource and its kind, operation, role, approval, and why.
type Story =
    (&'static str, &'static str, &'static str, &'static str, &'static str, &'static str, &'static str, &'static str);

const STORIES: [Story; 8] = [
    (
        "customer_requested_support",
        "Object Storage",
        "patient-letters",
        "bucket",
        "read",
        "Support engineer",
        "customer",
        "A folder deleted by mistake is being restored from its versions",
    ),
    (
        "customer_requested_support",
        "Managed Databases",
        "ledger-replica-2",
        "replica",
        "execute",
        "Database engineer",
        "customer",
        "Query plan changed after the upgrade; reading statistics with the customer on the call",
    ),
    (
        "production_alert",
        "Managed Databases",
        "orders",
        "database",
        "configure",
        "Site reliability engineer",
        "provider",
        "Disk nearly full: extending the volume before writes have to stop",
    ),
    (
        "service_operation",
        "Compute",
        "hv-fra-112",
        "host",
        "configure",
        "Site reliability engineer",
        "standing",
        "Live migration off a host that is due for replacement",
    ),
    (
        "service_operation",
        "Compute",
        "hv-dub-031",
        "host",
        "execute",
        "Data centre technician",
        "standing",
        "Firmware update, rack by rack",
    ),
    (
        "security_and_abuse_prevention",
        "Mail & Calendar",
        "quarantine",
        "mailbox",
        "read",
        "Security analyst",
        "provider",
        "Malware verdict disputed by the customer’s administrator",
    ),
    (
        "integrity_and_compliance_review",
        "Key Management",
        "kms/prod/documents",
        "key",
        "list",
        "Compliance reviewer",
        "provider",
        "Quarterly review of who may use which key",
    ),
    (
        "customer_authorized_workflow",
        "Object Storage",
        "nightly-exports",
        "bucket",
        "export",
        "Automated workflow",
        "standing",
        "Nightly export that the customer set up",
    ),
];

/// Employer, whose it is, and the country of its office.
const TEAMS: [(&str, &str, &str); 5] = [
    ("Nimbus Cloud Ireland Ltd", "provider", "IE"),
    ("Nimbus Cloud GmbH", "provider", "DE"),
    ("Nimbus Cloud Inc.", "provider", "US"),
    ("Nimbus Cloud India Pvt Ltd", "provider", "IN"),
    ("Castellan Data Services B.V.", "subprocessor", "NL"),
];

/// The first of them.
const BEGIN: DateTime<Utc> = DateTime::from_timestamp(1_704_067_200, 0).expect("the start of 2024");
/// On average one begins this long after the other, so that a million tell of two years.
const EVERY: TimeDelta = TimeDelta::seconds(60);

/// Makes one access after the other.
pub struct Accesses {
    rng: Rng,
    count: i32,
}

impl Accesses {
    pub fn new() -> Self {
        Self { rng: Rng::with_seed(20_240_101), count: 0 }
    }

    /// The next accesses, one a line.
    pub fn lines(&mut self, count: u64) -> String {
        (0..count).map(|_| format!("{}\n", self.next())).collect()
    }

    fn next(&mut self) -> serde_json::Value {
        let rng = &mut self.rng;
        let (purpose, service, resource, kind, operation, role, approval, reason) =
            STORIES[rng.usize(0..STORIES.len())];
        let (employer, employer_kind, office) = TEAMS[rng.usize(0..TEAMS.len())];
        // Systems report when an access ends, so that starts come nearly in order.
        let start = BEGIN + EVERY * self.count + TimeDelta::microseconds(rng.i64(0..3_600_000_000));
        let end = start + TimeDelta::seconds(rng.i64(60..5_400));
        self.count += 1;
        json!({
            "id": format!("nimbus-{:08}", self.count), "source": "jit-broker", "customer": CUSTOMER,
            "accessor": {"pseudonym": format!("op-{:04x}", rng.u16(0..400)), "role": role, "employer": employer,
                         "employer_kind": employer_kind, "office_country": office,
                         "physical_country": if rng.u8(0..25) == 0 { "FR" } else { office }},
            "started_at": start.to_rfc3339(), "ended_at": end.to_rfc3339(),
            "purpose": purpose, "justification": reason, "ticket": format!("CASE-{}", rng.u32(10_000..99_999)),
            "requested_by": "it@bench.example", "service": service,
            "resources": [{"type": kind, "name": format!("{resource}/{}", rng.u32(0..5_000))}], "region": "eu-central-1",
            "operations": [operation], "permissions": ["data_read"], "data_read": rng.bool(),
            "volume_bytes": rng.u32(2_000..900_000_000),
            "approval": {"kind": approval, "grant": format!("grant-{}", rng.u32(3_000..9_000)),
                         "approvers": ["Duty manager"], "approved_at": (start - TimeDelta::minutes(20)).to_rfc3339()},
            "authentication": {"factors": ["passkey"], "tool": "bastion", "address_class": "corporate_network"},
            "revocation": {"revoked_at": end.to_rfc3339(), "revoked_by": "end of session"}
        })
    }
}
