//! The demo's grants: what customers approved lately was asked of them, and the accesses name it; besides, requests that
//! wait, were denied, expired unanswered, or needed nobody.

use chrono::TimeDelta;
use domain::{
    Place, Timestamp,
    access::{AccessEvent, ApprovalKind},
    grant::{Ending, RequestDraft},
};
use store::{AccessDesk, FixedClock, GrantActRefused, GrantDecider, GrantView, NewAccess};

use super::DemoError;

/// How many days back accesses name grants of the portal; those before were approved elsewhere.
const DAYS: i64 = 14;
/// How long before its approval access is asked for.
const ASKED_BEFORE: TimeDelta = TimeDelta::minutes(12);
/// How much longer than the work takes access is asked for, in minutes.
const SLACK: i64 = 15;

/// A customer's name in the portal, and its approver.
type Side = (&'static str, GrantDecider);

/// What was asked of the first customer, told in full: how long ago, in minutes, and what became of it after so many more.
struct Request {
    minutes_ago: i64,
    purpose: &'static str,
    justification: &'static str,
    ticket: &'static str,
    resource: &'static str,
    operations: &'static [&'static str],
    ends: Option<(i64, End)>,
}

enum End {
    Denied(&'static str),
    Asked(&'static str),
}

const REQUESTS: &[Request] = &[
    Request {
        minutes_ago: 6 * 24 * 60,
        purpose: "integrity_and_compliance_review",
        justification: "Quarterly check that backups can be restored",
        ticket: "CHG-18211",
        resource: "backup-vault",
        operations: &["read", "list"],
        ends: None,
    },
    Request {
        minutes_ago: 27 * 60,
        purpose: "service_operation",
        justification: "Compare index sizes before the upgrade",
        ticket: "CHG-18342",
        resource: "imaging-db",
        operations: &["read", "export"],
        ends: Some((40, End::Denied("Sizes can be had from your metrics; nothing needs to be exported for it."))),
    },
    Request {
        minutes_ago: 190,
        purpose: "customer_requested_support",
        justification: "Two letters are missing after the restore of last night",
        ticket: "CASE-59120",
        resource: "patient-letters/*",
        operations: &["list", "read"],
        ends: Some((15, End::Asked("Is it enough to list them, without opening one?"))),
    },
    Request {
        minutes_ago: 75,
        purpose: "break_glass_emergency",
        justification: "The storage that holds letters answers with errors in all regions",
        ticket: "INC-9914",
        resource: "patient-letters/*",
        operations: &["read", "configure"],
        ends: None,
    },
    Request {
        minutes_ago: 50,
        purpose: "production_alert",
        justification: "A volume of the imaging database is nearly full",
        ticket: "INC-9917",
        resource: "imaging-db",
        operations: &["configure"],
        ends: None,
    },
];

/// What happens to the grant of one access, in time's order.
#[derive(Clone, Copy)]
enum Step {
    Ask,
    Approve,
    End,
}

pub struct Grants<'a> {
    clock: &'a FixedClock,
    desk: AccessDesk,
    customers: Vec<Side>,
    since: Timestamp,
}

fn wrong(why: impl std::fmt::Debug) -> DemoError {
    DemoError::Story(format!("a grant: {why:?}"))
}

fn done(done: Result<GrantView, GrantActRefused>) -> Result<GrantView, DemoError> {
    done.map_err(wrong)
}

impl<'a> Grants<'a> {
    pub fn new(clock: &'a FixedClock, now: Timestamp, desk: AccessDesk, customers: Vec<Side>) -> Self {
        Self { clock, desk, customers, since: now.minus(TimeDelta::days(DAYS)) }
    }

    /// Asks for the access that these accesses needed, has it approved and ended, and names it in them.
    pub async fn tell(&self, accesses: &mut [NewAccess]) -> Result<(), DemoError> {
        let mut steps = Vec::new();
        for (place, NewAccess { event, .. }) in accesses.iter().enumerate() {
            let (Some(approved), Some(ended)) = (event.approval.approved_at, event.ended_at) else { continue };
            if event.approval.kind == ApprovalKind::Customer && event.corrects.is_none() && approved >= self.since {
                steps.push((approved.minus(ASKED_BEFORE), place, Step::Ask));
                steps.push((approved, place, Step::Approve));
                steps.push((ended, place, Step::End));
            }
        }
        steps.sort_by_key(|(at, ..)| *at);
        let mut grants: Vec<Option<GrantView>> = vec![None; accesses.len()];
        for (at, place, step) in steps {
            self.clock.set(at);
            let (NewAccess { customer, event }, grant) = (&mut accesses[place], &mut grants[place]);
            let Some((_, decider)) = self.customers.iter().find(|(name, _)| name == customer) else { continue };
            *grant = match (step, grant.take()) {
                (Step::Ask, _) => match draft(customer, event, at) {
                    Some(draft) => Some(self.desk.ask(draft).await?.map_err(wrong)?),
                    None => None,
                },
                (Step::Approve, Some(asked)) => {
                    let extent = asked.state.facts().asked_extent();
                    let approved = done(decider.approve(asked.id, asked.revision, extent, None).await?)?;
                    event.approval.grant = Some(approved.id.to_string());
                    event.approval.approvers =
                        approved.state.facts().approvals.iter().map(|approval| approval.by.name.clone()).collect();
                    Some(approved)
                }
                (Step::End, Some(granted)) => {
                    Some(done(self.desk.end(granted.id, granted.revision, Ending::Hand).await?)?)
                }
                (_, None) => None,
            };
        }
        Ok(())
    }

    /// Tells the first customer's other requests.
    pub async fn end(&self, now: Timestamp) -> Result<(), DemoError> {
        let Some((customer, decider)) = self.customers.first() else { return Ok(()) };
        for request in REQUESTS {
            let at = now.minus(TimeDelta::minutes(request.minutes_ago));
            self.clock.set(at);
            let texts = |texts: &[&str]| texts.iter().map(|text| (*text).to_owned()).collect();
            let asked = self.desk.ask(RequestDraft {
                customer: Some((*customer).to_owned()),
                accessor: Some("op-7f3a".to_owned()),
                countries: texts(&["DE"]),
                employer: Some("Nimbus Cloud GmbH".to_owned()),
                justification: Some(request.justification.to_owned()),
                minutes: Some(120),
                operations: texts(request.operations),
                purpose: Some(request.purpose.to_owned()),
                reference: None,
                resources: texts(&[request.resource]),
                role: Some("Storage engineer".to_owned()),
                service: Some("Object Storage".to_owned()),
                ticket: Some(request.ticket.to_owned()),
            });
            let asked = asked.await?.map_err(wrong)?;
            if let Some((minutes, end)) = &request.ends {
                self.clock.set(at.plus(TimeDelta::minutes(*minutes)));
                done(match end {
                    End::Denied(reason) => decider.deny(asked.id, asked.revision, reason).await?,
                    End::Asked(question) => decider.ask(asked.id, asked.revision, question).await?,
                })?;
            }
        }
        self.clock.set(now);
        Ok(())
    }
}

/// What was asked so that this access could be had; `None` where it isn't said who had it, or from where.
fn draft(customer: &str, event: &AccessEvent, at: Timestamp) -> Option<RequestDraft> {
    let Place::Country(country) = event.accessor.office_country else { return None };
    let minutes = event.ended_at?.since(at).num_minutes() + SLACK;
    Some(RequestDraft {
        customer: Some(customer.to_owned()),
        accessor: Some(event.accessor.pseudonym.clone()?),
        countries: vec![country.to_string()],
        employer: Some(event.accessor.employer.clone()),
        justification: Some(event.justification.clone()),
        minutes: u32::try_from(minutes).ok(),
        operations: event.operations.iter().map(|operation| operation.code().to_owned()).collect(),
        purpose: Some(event.purpose.code().to_owned()),
        reference: None,
        resources: event.resources.iter().map(|resource| resource.name.clone()).collect(),
        role: Some(event.accessor.role.clone()),
        service: Some(event.service.clone()),
        ticket: event.ticket.clone(),
    })
}
