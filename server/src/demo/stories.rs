//! What the demo's accesses tell: support cases, alerts, reviews, an emergency, a subprocessor at work, a record that
//! had to be corrected. Made up, always the same for the same day of the demo, and checked by the same rules as
//! anybody's.

use chrono::{Datelike, Days, NaiveDate, TimeDelta, Weekday};
use domain::{Purpose, Timestamp, access::AccessDraft};
use fastrand::Rng;
use serde_json::{Value, json};
use store::NewAccess;

/// One kind of thing that happens.
struct Story {
    purpose: Purpose,
    /// How often, in a hundred accesses.
    weight: u32,
    service: &'static str,
    resources: &'static [(&'static str, &'static str)],
    operations: &'static [&'static str],
    reasons: &'static [&'static str],
    roles: &'static [&'static str],
    approval: &'static str,
    /// Minutes, at least and at most.
    minutes: (i64, i64),
}

const STORIES: &[Story] = &[
    Story {
        purpose: Purpose::CustomerRequestedSupport,
        weight: 22,
        service: "Object Storage",
        resources: &[("bucket", "patient-letters"), ("bucket", "imaging-archive"), ("bucket", "statements-2025")],
        operations: &["list", "read"],
        reasons: &[
            "A folder deleted by mistake is being restored from its versions",
            "Uploads from the Leipzig office end with 403; checking the bucket’s policy",
            "Lifecycle rule moved objects to cold storage earlier than asked for",
        ],
        roles: &["Support engineer", "Senior support engineer"],
        approval: "customer",
        minutes: (6, 55),
    },
    Story {
        purpose: Purpose::CustomerRequestedSupport,
        weight: 14,
        service: "Managed Databases",
        resources: &[("database", "orders"), ("database", "appointments"), ("replica", "ledger-replica-2")],
        operations: &["read", "execute"],
        reasons: &[
            "Query plan changed after the upgrade; reading statistics with the customer on the call",
            "Replication lag reported by the customer; comparing positions",
            "Point-in-time recovery to before Tuesday’s import",
        ],
        roles: &["Database engineer"],
        approval: "customer",
        minutes: (10, 120),
    },
    Story {
        purpose: Purpose::ProductionAlert,
        weight: 18,
        service: "Managed Databases",
        resources: &[("database", "orders"), ("volume", "vol-db-0418")],
        operations: &["configure"],
        reasons: &[
            "Disk nearly full: extending the volume",
            "Failover did not finish by itself",
            "Connection pool exhausted",
        ],
        roles: &["Site reliability engineer"],
        approval: "provider",
        minutes: (3, 40),
    },
    Story {
        purpose: Purpose::ServiceOperation,
        weight: 20,
        service: "Compute",
        resources: &[("host", "hv-fra-112"), ("image", "base-2026-02"), ("host", "hv-dub-031")],
        operations: &["configure", "execute"],
        reasons: &[
            "Live migration off a host due for replacement",
            "Kernel security update",
            "Firmware update, rack by rack",
        ],
        roles: &["Site reliability engineer", "Data centre technician"],
        approval: "standing",
        minutes: (2, 25),
    },
    Story {
        purpose: Purpose::SecurityAndAbusePrevention,
        weight: 8,
        service: "Mail & Calendar",
        resources: &[("mailbox", "quarantine"), ("message", "<20260114.8812@mail>")],
        operations: &["read"],
        reasons: &[
            "Malware verdict disputed by the customer’s administrator",
            "Phishing campaign: checking one quarantined message",
        ],
        roles: &["Security analyst"],
        approval: "provider",
        minutes: (2, 12),
    },
    Story {
        purpose: Purpose::IntegrityAndComplianceReview,
        weight: 6,
        service: "Key Management",
        resources: &[("key", "kms/prod/documents")],
        operations: &["list"],
        reasons: &["Quarterly review of who may use which key", "Evidence for the ISO/IEC 27018 surveillance audit"],
        roles: &["Compliance reviewer"],
        approval: "provider",
        minutes: (5, 30),
    },
    Story {
        purpose: Purpose::CustomerAuthorizedWorkflow,
        weight: 9,
        service: "Object Storage",
        resources: &[("bucket", "nightly-exports")],
        operations: &["export"],
        reasons: &["Nightly export that the customer set up", "Transcoding job in the customer’s pipeline"],
        roles: &["Automated workflow"],
        approval: "standing",
        minutes: (1, 8),
    },
    Story {
        purpose: Purpose::ProtectionImprovement,
        weight: 2,
        service: "Mail & Calendar",
        resources: &[("detector", "attachment-scanner")],
        operations: &["read"],
        reasons: &["A new kind of archive slips past the scanner; one sample that the customer released"],
        roles: &["Detection engineer"],
        approval: "customer",
        minutes: (10, 40),
    },
    Story {
        purpose: Purpose::BreakGlassEmergency,
        weight: 1,
        service: "Managed Databases",
        resources: &[("database", "appointments")],
        operations: &["read", "write"],
        reasons: &["Storage fault corrupts pages; writes had to be stopped at once"],
        roles: &["Incident commander"],
        approval: "none",
        minutes: (15, 90),
    },
];

/// Where accessors work: employer, its kind, office, pseudonyms.
type Team = (&'static str, &'static str, &'static str, &'static [&'static str]);

const TEAMS: &[Team] = &[
    ("Nimbus Cloud Ireland Ltd", "provider", "IE", &["op-3f1c", "op-8a02", "op-91bd", "op-c7e4"]),
    ("Nimbus Cloud GmbH", "provider", "DE", &["op-7f3a", "op-2210", "op-b5c9"]),
    ("Nimbus Cloud Inc.", "provider", "US", &["op-10aa", "op-6d7e"]),
    ("Nimbus Cloud India Pvt Ltd", "provider", "IN", &["op-e41f", "op-05d3"]),
    ("Castellan Data Services B.V.", "subprocessor", "NL", &["cds-004", "cds-011"]),
];

/// What stands out of the ordinary, so that each rule of findings has something to find.
struct Odd {
    customer: usize,
    days_ago: u64,
    /// The time of day at which the first of them begins, in minutes, and how many there are.
    minute: i64,
    times: i64,
    story: &'static Story,
    /// Where the accessor works, and as whom.
    team: usize,
    pseudonym: &'static str,
    /// Where the accessor sat, if elsewhere.
    sat_in: Option<&'static str>,
    ticket: Option<&'static str>,
    /// Whether it says who asked for it, where the story does.
    asked: bool,
}

impl Odd {
    const fn new(
        customer: usize,
        days_ago: u64,
        minute: i64,
        story: usize,
        (team, pseudonym): (usize, &'static str),
    ) -> Self {
        let story = &STORIES[story];
        Self { customer, days_ago, minute, times: 1, story, team, pseudonym, sat_in: None, ticket: None, asked: true }
    }
}

const FILES: usize = 0;
const HOSTS: usize = 3;

const ODD: &[Odd] = &[
    Odd { ticket: Some("CASE-39110"), ..Odd::new(0, 19, 620, FILES, (0, "op-8a02")) },
    Odd { ticket: Some("CASE-39110"), ..Odd::new(0, 13, 845, HOSTS, (0, "op-8a02")) },
    Odd::new(0, 12, 602, FILES, (1, "op-d90e")),
    Odd { sat_in: Some("SG"), ..Odd::new(0, 11, 640, FILES, (3, "op-05d3")) },
    // A rack is replaced, host by host.
    Odd { times: 45, ..Odd::new(0, 9, 485, HOSTS, (1, "op-2210")) },
    Odd { ticket: Some("CASE-39077"), asked: false, ..Odd::new(0, 8, 905, FILES, (2, "op-6d7e")) },
    Odd::new(0, 6, 192, FILES, (1, "op-7f3a")),
    Odd::new(0, 4, 577, FILES, (0, "op-a7c1")),
    Odd { sat_in: Some("BR"), ..Odd::new(1, 14, 1_010, FILES, (2, "op-10aa")) },
    Odd::new(1, 5, 167, FILES, (0, "op-91bd")),
];

/// Makes the accesses of one day after the other.
pub struct Stories {
    customers: [&'static str; 2],
    /// The day of the last ones.
    today: NaiveDate,
    rng: Rng,
    count: u64,
}

impl Stories {
    pub fn new(customers: [&'static str; 2], today: NaiveDate) -> Self {
        Self { customers, today, rng: Rng::with_seed(20_260_214), count: 0 }
    }

    /// The accesses that began on this day and ended before `until`.
    pub fn day(&mut self, day: NaiveDate, until: Timestamp) -> Result<Vec<NewAccess>, String> {
        let weekend = matches!(day.weekday(), Weekday::Sat | Weekday::Sun);
        let most = if weekend { 3 } else { 9 };
        let mut accesses = Vec::new();
        for customer in self.customers {
            for _ in 0..self.rng.u32(0..=most) {
                let draft = self.access(day, customer);
                if let Some(access) = checked(draft, day, until)? {
                    accesses.push(access);
                }
            }
        }
        let today = self.today;
        for odd in ODD.iter().filter(|odd| today.checked_sub_days(Days::new(odd.days_ago)) == Some(day)) {
            for time in 0..odd.times {
                let draft = self.odd(day, odd, time);
                accesses.extend(checked(draft, day, until)?);
            }
        }
        accesses.sort_by_key(|access| access.event.started_at);
        // Once in a while a ticket was mistyped, and the next report says so.
        if let Some(mistaken) = accesses.last().filter(|_| self.rng.u32(0..90) == 0) {
            let mut event = mistaken.event.clone();
            event.corrects = Some(event.id.clone());
            event.id.push_str("-c");
            event.ticket = Some(format!("CASE-{}", self.rng.u32(40_000..60_000)));
            accesses.push(NewAccess { customer: mistaken.customer.clone(), event });
        }
        Ok(accesses)
    }

    fn access(&mut self, day: NaiveDate, customer: &str) -> Value {
        let story = self.story();
        let team = self.pick(TEAMS);
        let pseudonym = *self.pick(team.3);
        let minute = if is_automated(story) { self.rng.i64(60..240) } else { self.rng.i64(6 * 60..21 * 60) };
        self.draft(day, minute, customer, story, team, pseudonym)
    }

    /// One of the accesses that stand out.
    fn odd(&mut self, day: NaiveDate, odd: &Odd, time: i64) -> Value {
        let (customer, team) = (self.customers[odd.customer], &TEAMS[odd.team]);
        let mut draft = self.draft(day, odd.minute + time * 13, customer, odd.story, team, odd.pseudonym);
        draft["accessor"]["physical_country"] = odd.sat_in.unwrap_or(team.2).into();
        if let Some(ticket) = odd.ticket {
            draft["ticket"] = ticket.into();
        }
        if !odd.asked {
            draft["requested_by"] = Value::Null;
        }
        draft
    }

    fn draft(
        &mut self,
        day: NaiveDate,
        minute: i64,
        customer: &str,
        story: &Story,
        (employer, kind, office, _): &Team,
        pseudonym: &str,
    ) -> Value {
        let automated = is_automated(story);
        let start = Timestamp::start_of(day).utc()
            + TimeDelta::minutes(minute)
            + TimeDelta::microseconds(self.rng.i64(0..60_000_000));
        let end = start + TimeDelta::minutes(self.rng.i64(story.minutes.0..=story.minutes.1));
        let rfc3339 = |time: chrono::DateTime<chrono::Utc>| time.to_rfc3339();
        self.count += 1;
        let ticket = match story.purpose {
            Purpose::CustomerRequestedSupport => format!("CASE-{}", self.rng.u32(40_000..60_000)),
            Purpose::ProductionAlert | Purpose::BreakGlassEmergency => format!("INC-{}", self.rng.u32(7_000..9_999)),
            _ => format!("CHG-{}", self.rng.u32(12_000..19_999)),
        };
        let (kind_of_resource, resource) = *self.pick(story.resources);
        let approver = *self.pick(&["R. Okafor", "M. Silva", "P. Raman", "J. Lindqvist"]);
        let approved_at = rfc3339(start - TimeDelta::minutes(self.rng.i64(1..90)));
        let approval = match story.approval {
            "none" => {
                json!({"kind": "none", "reason": "Waiting for approval would have lost data; told to the customer within the hour"})
            }
            "standing" => json!({"kind": "standing", "grant": "standing-07"}),
            "provider" => json!({"kind": "provider", "approvers": ["Duty manager"], "approved_at": approved_at}),
            other => json!({"kind": other, "grant": format!("grant-{}", self.rng.u32(3_000..9_000)),
                            "approvers": [approver], "approved_at": approved_at}),
        };
        let travels = self.rng.u32(0..25) == 0;
        let read = story.operations.contains(&"read") || story.operations.contains(&"export");
        let mut draft = json!({
            "id": format!("nimbus-{:06}", self.count), "source": "jit-broker", "customer": customer,
            "accessor": {"pseudonym": pseudonym, "role": self.pick(story.roles), "employer": employer,
                         "employer_kind": kind, "office_country": office,
                         "physical_country": if travels { "FR" } else { office }},
            "started_at": rfc3339(start), "ended_at": rfc3339(end),
            "purpose": story.purpose.code(), "justification": self.pick(story.reasons), "ticket": ticket,
            "service": story.service, "resources": [{"type": kind_of_resource, "name": resource}],
            "region": self.pick(&["eu-central-1", "eu-west-1"]), "operations": story.operations,
            "permissions": [if read { "data_read" } else { "admin_write" }],
            "data_read": read, "approval": approval,
            "authentication": {"factors": if automated { json!(["workload_identity"]) } else { json!(["passkey"]) },
                               "tool": "bastion", "address_class": if automated { "data_centre" } else { "corporate_network" }},
            "revocation": {"revoked_at": rfc3339(end), "revoked_by": "end of session"}
        });
        if read {
            draft["volume_bytes"] = self.rng.u32(2_000..900_000_000).into();
        }
        if story.purpose == Purpose::CustomerRequestedSupport {
            draft["requested_by"] = format!("it@{customer}.example").into();
        }
        draft
    }

    fn story(&mut self) -> &'static Story {
        let total = STORIES.iter().map(|story| story.weight).sum();
        let mut place = self.rng.u32(0..total);
        STORIES
            .iter()
            .find(|story| {
                let found = place < story.weight;
                place = place.saturating_sub(story.weight);
                found
            })
            .unwrap_or(&STORIES[0])
    }

    fn pick<'a, T>(&mut self, from: &'a [T]) -> &'a T {
        &from[self.rng.usize(0..from.len())]
    }
}

fn is_automated(story: &Story) -> bool {
    story.purpose == Purpose::CustomerAuthorizedWorkflow
}

/// `None` where the access had not ended yet.
fn checked(draft: Value, day: NaiveDate, until: Timestamp) -> Result<Option<NewAccess>, String> {
    let mut draft: AccessDraft = serde_json::from_value(draft).map_err(|error| error.to_string())?;
    let customer = draft.customer.take().unwrap_or_default();
    let event = draft.check(Timestamp::end_of(day)).map_err(|problems| format!("{problems:?}"))?;
    Ok((event.ended_at <= Some(until)).then_some(NewAccess { customer, event }))
}

#[cfg(test)]
mod tests {
    use domain::{MemberRole, PersonId, finding::FindingKind};
    use store::{Engine, testing::TestStore};
    use uuid::Uuid;

    use super::*;

    #[tokio::test]
    async fn each_rule_of_findings_has_something_to_find() {
        // Whatever day of the week the demo is started on.
        for day in 1..=7 {
            let today = NaiveDate::from_ymd_opt(2026, 3, day).unwrap();
            let mut stories = Stories::new(["a", "b"], today);
            let first = today - Days::new(120);
            let days = first.iter_days().take_while(|day| *day <= today);
            let accesses = days.flat_map(|day| stories.day(day, Timestamp::end_of(day)).unwrap()).collect::<Vec<_>>();
            let test = TestStore::open(Engine::Sqlite).await;
            test.clock.set(Timestamp::end_of(today));
            let (customer, _) = (test.customer("a").await, test.customer("b").await);
            let operator = test.store.operator();
            operator.reporter().record(accesses).await.unwrap();
            let findings = operator.findings_of(&customer, PersonId(Uuid::nil()), MemberRole::Owner, "Ada");
            let found = findings.found().await.unwrap().open;
            for kind in FindingKind::ALL {
                assert!(found.iter().any(|finding| finding.kind == *kind), "{today}: {kind:?} in {found:#?}");
            }
            assert!(found.len() < 15, "few enough to read: {found:#?}");
            test.remove().await;
        }
    }

    #[test]
    fn a_year_of_stories_keeps_every_rule_and_is_always_the_same() {
        let year = || {
            let first = NaiveDate::from_ymd_opt(2025, 1, 1).unwrap();
            let mut stories = Stories::new(["a", "b"], first + Days::new(364));
            first
                .iter_days()
                .take(365)
                .flat_map(|day| stories.day(day, Timestamp::end_of(day)).unwrap())
                .collect::<Vec<_>>()
        };
        let accesses = year();
        assert!((2_000..5_000).contains(&accesses.len()), "{}", accesses.len());
        for purpose in STORIES.iter().map(|story| story.purpose) {
            assert!(accesses.iter().any(|access| access.event.purpose == purpose), "{purpose:?}");
        }
        assert!(accesses.iter().any(|access| access.event.corrects.is_some()));
        assert_eq!(
            accesses.iter().map(|a| &a.event).collect::<Vec<_>>(),
            year().iter().map(|a| &a.event).collect::<Vec<_>>()
        );
    }
}
