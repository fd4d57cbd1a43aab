//! The demo's grants: what customers approved lately was asked of them here, and the accesses name it; besides, requests
//! that were denied, expired, are reviewed afterwards or wait, and an access that went beyond what was granted.

use chrono::TimeDelta;
use domain::{
    MemberRole, PersonId, Place, Purpose, StaffRole, Timestamp,
    access::{AccessDraft, AccessEvent, ApprovalKind},
    grant::{Approvers, Ending, GrantState, Policy, RequestDraft, ResourcePattern, Rule, StandingRule},
};
use serde_json::json;
use store::{AccessDesk, Customer, FixedClock, GrantDecider, GrantView, NewAccess, Reporter, Store};
use uuid::Uuid;

use super::DemoError;

/// Whose people act: the customer's owner and approver, and who asks at the provider.
pub struct Cast {
    pub owner: (PersonId, &'static str),
    pub approver: (PersonId, &'static str),
    pub operations: (PersonId, &'static str),
}

struct Asked {
    reference: &'static str,
    purpose: Purpose,
    justification: &'static str,
    ticket: &'static str,
    service: &'static str,
    resources: &'static [&'static str],
    operations: &'static [&'static str],
    minutes: u32,
}

const SUPPORT: Asked = Asked {
    reference: "jit-20411",
    purpose: Purpose::CustomerRequestedSupport,
    justification: "Restore the letters of one ward that were deleted on Tuesday",
    ticket: "CASE-60118",
    service: "Object Storage",
    resources: &["patient-letters"],
    operations: &["list", "read"],
    minutes: 120,
};

/// How many days back accesses name grants; those before were approved elsewhere.
const LATELY: i64 = 14;
/// How long before its approval access is asked for.
const ASKED_BEFORE: TimeDelta = TimeDelta::minutes(12);
/// How much longer than the work takes access is asked for, in minutes.
const SLACK: i64 = 15;

/// What happens to the grant of one access, in time's order.
#[derive(Clone, Copy)]
enum Step {
    Ask,
    Approve,
    End,
}

/// The accesses of a day that customers approved, and who asked and approved.
pub struct Lately<'a> {
    pub clock: &'a FixedClock,
    pub now: Timestamp,
    pub desk: AccessDesk,
    /// By the customer's name.
    pub approvers: Vec<(&'static str, GrantDecider)>,
}

impl Lately<'_> {
    /// Asks for the access that these accesses needed, has it approved and ended, and names it in them.
    pub async fn tell(&self, accesses: &mut [NewAccess]) -> Result<(), DemoError> {
        let since = self.now.minus(TimeDelta::days(LATELY));
        let mut steps = Vec::new();
        for (place, NewAccess { event, .. }) in accesses.iter().enumerate() {
            let (Some(approved), Some(ended)) = (event.approval.approved_at, event.ended_at) else { continue };
            if event.approval.kind == ApprovalKind::Customer && event.corrects.is_none() && approved >= since {
                let times = [(approved.minus(ASKED_BEFORE), Step::Ask), (approved, Step::Approve), (ended, Step::End)];
                steps.extend(times.map(|(at, step)| (at, place, step)));
            }
        }
        steps.sort_by_key(|(at, ..)| *at);
        let mut grants: Vec<Option<GrantView>> = vec![None; accesses.len()];
        for (at, place, step) in steps {
            self.clock.set(at);
            let (NewAccess { customer, event }, grant) = (&mut accesses[place], &mut grants[place]);
            let Some((_, approver)) = self.approvers.iter().find(|(name, _)| name == customer) else { continue };
            *grant = match (step, grant.take()) {
                (Step::Ask, _) => match asked_for(customer, event, at) {
                    Some(draft) => Some(self.desk.ask(draft).await?.map_err(broken)?),
                    None => None,
                },
                (Step::Approve, Some(asked)) => {
                    let extent = asked.state.facts().asked_extent();
                    let approved = approver.approve(asked.id, asked.revision, extent, None).await?.map_err(broken)?;
                    event.approval.grant = Some(approved.id.to_string());
                    let given = &approved.state.facts().approvals;
                    event.approval.approvers = given.iter().map(|approval| approval.by.name.clone()).collect();
                    Some(approved)
                }
                (Step::End, Some(granted)) => {
                    Some(self.desk.end(granted.id, granted.revision, Ending::Hand).await?.map_err(broken)?)
                }
                (_, None) => None,
            };
        }
        Ok(())
    }
}

/// What was asked so that this access could be had; `None` where it isn't said who had it, or from where.
fn asked_for(customer: &str, event: &AccessEvent, at: Timestamp) -> Option<RequestDraft> {
    let Place::Country(country) = event.accessor.physical_country else { return None };
    Some(RequestDraft {
        customer: Some(customer.to_owned()),
        accessor: Some(event.accessor.pseudonym.clone()?),
        countries: vec![country.to_string()],
        employer: event.accessor.employer.clone(),
        justification: event.justification.clone(),
        minutes: u32::try_from(event.ended_at?.since(at).num_minutes() + SLACK).ok(),
        operations: event.operations.iter().map(|operation| operation.code().to_owned()).collect(),
        purpose: Some(event.purpose.code().to_owned()),
        reference: None,
        resources: event.resources.iter().map(|resource| resource.name.clone()).collect(),
        role: event.accessor.role.clone(),
        service: Some(event.service.clone()),
        ticket: event.ticket.clone(),
    })
}

/// Whoever tells the stories, on the clock that they happen by.
struct Teller<'a> {
    clock: &'a FixedClock,
    now: Timestamp,
    customer: &'a str,
    desk: AccessDesk,
    owner: GrantDecider,
    approver: GrantDecider,
}

fn broken(refused: impl std::fmt::Debug) -> DemoError {
    DemoError::Story(format!("{refused:?}"))
}

impl Teller<'_> {
    fn ago(&self, before: TimeDelta) {
        self.clock.set(self.now.minus(before));
    }

    async fn asks(&self, asked: &Asked) -> Result<GrantView, DemoError> {
        let text = |text: &str| Some(text.to_owned());
        let all = |texts: &[&str]| texts.iter().map(|text| (*text).to_owned()).collect();
        let draft = RequestDraft {
            customer: text(self.customer),
            accessor: text("op-7f3a"),
            countries: all(&["DE", "IE"]),
            employer: text("Nimbus Cloud GmbH"),
            justification: text(asked.justification),
            minutes: Some(asked.minutes),
            operations: all(asked.operations),
            purpose: text(asked.purpose.code()),
            reference: text(asked.reference),
            resources: all(asked.resources),
            role: text("Storage engineer"),
            service: text(asked.service),
            ticket: text(asked.ticket),
        };
        self.desk.ask(draft).await?.map_err(broken)
    }

    async fn approves(&self, grant: &GrantView) -> Result<GrantView, DemoError> {
        let extent = grant.state.facts().asked_extent();
        self.approver.approve(grant.id, grant.revision, extent, None).await?.map_err(broken)
    }
}

/// Tells them all, at one customer.
pub async fn tell(
    store: &Store,
    clock: &FixedClock,
    now: Timestamp,
    customer: &Customer,
    cast: &Cast,
) -> Result<(), DemoError> {
    let operator = store.operator();
    let (owner, approver, operations) = (cast.owner, cast.approver, cast.operations);
    let teller = Teller {
        clock,
        now,
        customer: &customer.name,
        desk: operator.access_desk(operations.0, StaffRole::Operations, operations.1),
        owner: operator.grants_of(customer, owner.0, MemberRole::Owner, owner.1),
        approver: operator.grants_of(customer, approver.0, MemberRole::Approver, approver.1),
    };
    before_the_policy(store, &teller).await?;
    teller.ago(TimeDelta::hours(30));
    teller.owner.set_policy(0, policy(now)).await?.map_err(broken)?;
    under_the_policy(&teller, &operator.reporter()).await?;
    clock.set(now);
    store.end_due_grants().await?;
    Ok(())
}

/// As where everybody begins: approvers decide, within four days.
async fn before_the_policy(store: &Store, teller: &Teller<'_>) -> Result<(), DemoError> {
    teller.ago(TimeDelta::days(20));
    let support = teller.asks(&Asked { reference: "jit-19820", ticket: "CASE-58730", ..SUPPORT }).await?;
    teller.ago(TimeDelta::days(20) - TimeDelta::minutes(26));
    let support = teller.approves(&support).await?;
    teller.ago(TimeDelta::days(20) - TimeDelta::minutes(71));
    teller.desk.end(support.id, support.revision, Ending::TicketClosed).await?.map_err(broken)?;

    teller.ago(TimeDelta::days(12));
    let review = Asked {
        reference: "jit-20102",
        purpose: Purpose::IntegrityAndComplianceReview,
        justification: "Sample of access rights for the yearly audit",
        ticket: "AUD-311",
        resources: &["imaging-archive"],
        operations: &["list"],
        minutes: 480,
        ..SUPPORT
    };
    let review = teller.asks(&review).await?;
    teller.ago(TimeDelta::days(12) - TimeDelta::hours(3));
    let reason = "The archive is not part of the sample that we agreed. Ask again for the shared folders alone.";
    teller.approver.deny(review.id, review.revision, reason).await?.map_err(broken)?;

    teller.ago(TimeDelta::days(9));
    let forgotten = Asked {
        reference: "jit-20177",
        purpose: Purpose::ServiceOperation,
        justification: "Move two volumes to newer disks",
        ticket: "CHG-20177",
        service: "Compute",
        resources: &["imaging-volume-3", "imaging-volume-4"],
        operations: &["write"],
        minutes: 240,
    };
    teller.asks(&forgotten).await?;
    teller.ago(TimeDelta::days(5));
    store.end_due_grants().await?;

    teller.ago(TimeDelta::days(4));
    let emergency = Asked {
        reference: "jit-20305",
        purpose: Purpose::BreakGlassEmergency,
        justification: "Letters were written twice; stopping it could not wait for an approval",
        ticket: "INC-9120",
        operations: &["read", "write"],
        minutes: 60,
        ..SUPPORT
    };
    teller.asks(&emergency).await?;
    teller.ago(TimeDelta::days(3));
    store.end_due_grants().await?;
    Ok(())
}

/// Two rules decide by themselves, and letters of patients take two people.
fn policy(now: Timestamp) -> Policy {
    let mut policy = Policy::default();
    let rule = Rule { approvers: Approvers::Both, ..policy.rule };
    policy.by_purpose.insert(Purpose::IntegrityAndComplianceReview, rule);
    policy.sensitive = vec![ResourcePattern::new("genome-*")];
    let standing = |approves, reason: &str| StandingRule {
        id: Uuid::new_v4(),
        approves,
        purpose: None,
        service: None,
        countries: Default::default(),
        window: None,
        until: None,
        reason: reason.to_owned(),
    };
    policy.standing = vec![
        StandingRule {
            purpose: Some(Purpose::ProductionAlert),
            service: Some("Compute".to_owned()),
            until: Some(now.plus(TimeDelta::days(90))),
            ..standing(true, "Alerts of the cluster are answered at night, too; looked at again each quarter.")
        },
        StandingRule {
            purpose: Some(Purpose::ProtectionImprovement),
            ..standing(false, "Our data improves nobody’s product without a contract of its own.")
        },
    ];
    policy
}

async fn under_the_policy(teller: &Teller<'_>, reporter: &Reporter) -> Result<(), DemoError> {
    let ago = |before| teller.ago(before);
    ago(TimeDelta::hours(26));
    let alert = Asked {
        reference: "jit-20398",
        purpose: Purpose::ProductionAlert,
        justification: "Nodes of the cluster run out of memory",
        ticket: "INC-9144",
        service: "Compute",
        resources: &["cluster-eu-1"],
        operations: &["read"],
        minutes: 60,
    };
    let alert = teller.asks(&alert).await?;
    if !matches!(alert.state, GrantState::Granted(_)) {
        return Err(broken("the standing approval"));
    }
    ago(TimeDelta::hours(22));
    let refused = Asked {
        reference: "jit-20402",
        purpose: Purpose::ProtectionImprovement,
        justification: "Sample of uploads to train the detection of malware",
        ticket: "RES-77",
        ..SUPPORT
    };
    teller.asks(&refused).await?;

    ago(TimeDelta::hours(3));
    let granted = teller.asks(&Asked { minutes: 480, ..SUPPORT }).await?;
    ago(TimeDelta::minutes(160));
    let granted = teller.approves(&granted).await?;
    teller.clock.set(teller.now);
    reporter.record(vec![beyond(teller, &granted)?]).await?;

    ago(TimeDelta::minutes(95));
    let asked = Asked {
        reference: "jit-20415",
        purpose: Purpose::ServiceOperation,
        justification: "Rebuild the index of a mailbox store that answers slowly",
        ticket: "CHG-20980",
        service: "Managed Databases",
        resources: &["billing-db"],
        operations: &["read", "write"],
        minutes: 180,
    };
    let asked = teller.asks(&asked).await?;
    ago(TimeDelta::minutes(70));
    let question = "Does it have to be within our office hours? We close the month today.";
    teller.approver.ask(asked.id, asked.revision, question).await?.map_err(broken)?;
    ago(TimeDelta::minutes(20));
    teller
        .asks(&Asked {
            reference: "jit-20419",
            ticket: "CASE-60203",
            justification: "Find out why a scanned letter can’t be opened",
            ..SUPPORT
        })
        .await?;
    Ok(())
}

/// An access that names the grant and went on to another bucket.
fn beyond(teller: &Teller<'_>, grant: &GrantView) -> Result<NewAccess, DemoError> {
    let draft = json!({
        "id": "nimbus-beyond-1", "source": "jit-broker", "customer": teller.customer,
        "accessor": {"pseudonym": "op-7f3a", "role": "Storage engineer", "employer": "Nimbus Cloud GmbH",
                     "employer_kind": "provider", "office_country": "DE", "physical_country": "DE"},
        "started_at": teller.now.minus(TimeDelta::minutes(140)).to_string(),
        "ended_at": teller.now.minus(TimeDelta::minutes(120)).to_string(),
        "purpose": "customer_requested_support", "justification": SUPPORT.justification, "ticket": SUPPORT.ticket,
        "service": "Object Storage",
        "resources": [{"type": "bucket", "name": "patient-letters"}, {"type": "bucket", "name": "ward-rota"}],
        "region": "eu-central-1", "operations": ["list", "read"], "permissions": ["data_read"], "data_read": true,
        "approval": {"kind": "customer", "grant": grant.id.to_string()},
        "authentication": {"factors": ["passkey"], "tool": "bastion", "address_class": "corporate_network"},
        "revocation": {"revoked_at": teller.now.minus(TimeDelta::minutes(120)).to_string(), "revoked_by": "end of session"}
    });
    let mut draft: AccessDraft = serde_json::from_value(draft).map_err(|error| broken(error.to_string()))?;
    let customer = draft.customer.take().unwrap_or_default();
    let event = draft.check(teller.now).map_err(broken)?;
    Ok(NewAccess { customer, event })
}
