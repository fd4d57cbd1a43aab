//! The demo's inquiries: questions answered in time and late, and a dispute that ends with each outcome.

use std::collections::BTreeSet;

use chrono::TimeDelta;
use domain::{
    MemberRole, PersonId, Timestamp,
    inquiry::{AnswerPromise, DecisionDraft, SaidKind},
};
use store::{Customer, CustomerAccess, CustomerInquiries, FixedClock, InquiryDesk, Store, StoreError};

use super::DemoError;

/// One inquiry about the newest access of its day: how many days before today it was asked, and within how many hours it was
/// answered.
struct Inquiry {
    days_ago: i64,
    kind: SaidKind,
    asks: &'static str,
    /// Nothing where it still waits.
    ends: Option<(i64, End)>,
}

enum End {
    Answered(&'static str),
    Decided {
        outcome: &'static str,
        reason: &'static str,
        consequence: &'static str,
    },
    /// The ticket was wrong.
    Corrected {
        reason: &'static str,
        ticket: &'static str,
    },
}

const OF_MERIDIAN: &[Inquiry] = &[
    Inquiry {
        days_ago: 72,
        kind: SaidKind::Question,
        asks: "Which of our people was on the call while this was done?",
        ends: Some((
            7,
            End::Answered("Dr Vogt of your imaging department, from 10:10 to the end; her name stands in the ticket."),
        )),
    },
    Inquiry {
        days_ago: 51,
        kind: SaidKind::Dispute,
        asks: "This ticket is not one of ours.",
        ends: Some((
            30,
            End::Corrected {
                reason: "You are right: two digits were swapped. The access belongs to the ticket that the new record names.",
                ticket: "CASE-51834",
            },
        )),
    },
    Inquiry {
        days_ago: 33,
        kind: SaidKind::Dispute,
        asks: "Nobody here asked for this, and the work was finished the day before.",
        ends: Some((
            52,
            End::Decided {
                outcome: "misuse",
                reason: "The engineer went back to look whether the fix had held. The grant covered it; the purpose did not.",
                consequence: "The engineer’s standing access was withdrawn, the team was instructed again, and such visits now need a ticket of their own.",
            },
        )),
    },
    Inquiry {
        days_ago: 16,
        kind: SaidKind::Question,
        asks: "Why was this done from another country than the engineer’s office?",
        ends: Some((
            140,
            End::Answered(
                "The engineer was travelling. We answered late, and are sorry: the question waited with somebody on leave.",
            ),
        )),
    },
    Inquiry { days_ago: 1, kind: SaidKind::Question, asks: "Was any letter of a patient opened here?", ends: None },
];

const OF_AURORA: &[Inquiry] = &[
    Inquiry {
        days_ago: 40,
        kind: SaidKind::Dispute,
        asks: "We see no reason for this at night.",
        ends: Some((
            20,
            End::Decided {
                outcome: "justified",
                reason: "The alert came at 02:14 your time and the volume would have been full by three. The alert’s own record is attached to the ticket.",
                consequence: "",
            },
        )),
    },
    Inquiry {
        days_ago: 4,
        kind: SaidKind::Dispute,
        asks: "The justification says a call with us took place. It did not.",
        ends: None,
    },
];

/// Somebody, by name.
type Someone = (PersonId, &'static str);

/// What is told of each customer, step by step, while the record grows.
pub struct Inquiries<'a> {
    clock: &'a FixedClock,
    desk: InquiryDesk,
    customers: Vec<(CustomerAccess, CustomerInquiries)>,
    /// What is still to come, the next one last.
    steps: Vec<Step>,
}

struct Step {
    at: Timestamp,
    customer: usize,
    story: &'static Inquiry,
    what: What,
}

enum What {
    Ask,
    /// How this inquiry ends, by its place among the customer's.
    End {
        sequence: i64,
        end: &'static End,
    },
}

impl<'a> Inquiries<'a> {
    /// The stories of these customers, each with who asks, answered by one of the provider's people.
    pub fn new(
        past: &Store,
        clock: &'a FixedClock,
        now: Timestamp,
        customers: &[(&Customer, Someone)],
        operations: Someone,
    ) -> Self {
        let mut steps = Vec::new();
        for (customer, stories) in [OF_MERIDIAN, OF_AURORA].into_iter().enumerate() {
            let at = |story: &Inquiry| now.minus(TimeDelta::days(story.days_ago));
            steps.extend(stories.iter().map(|story| Step { at: at(story), customer, story, what: What::Ask }));
        }
        steps.sort_by_key(|step| std::cmp::Reverse(step.at));
        let operator = past.operator();
        let of = |(customer, (person, name)): &(&Customer, Someone)| {
            let inquiries = operator.inquiries_of(customer, *person, MemberRole::PrivacyOfficer, name);
            (operator.records_of(customer), inquiries)
        };
        let customers = customers.iter().map(of).collect();
        Self { clock, desk: operator.inquiry_desk(operations.0, operations.1), customers, steps }
    }

    /// Tells what happens until then, each step at its time.
    pub async fn tell(&mut self, until: Timestamp) -> Result<(), DemoError> {
        while let Some(step) = self.steps.pop_if(|step| step.at <= until) {
            self.clock.set(step.at);
            let wrong = |why: &str| DemoError::Story(format!("“{}”: {why}", step.story.asks));
            let (records, inquiries) = &self.customers[step.customer];
            match step.what {
                What::Ask => {
                    let newest = records.size().await? - 1;
                    let about = BTreeSet::from([newest]);
                    let asked = inquiries.ask(&about, step.story.kind, step.story.asks, AnswerPromise::default());
                    let sequence = asked.await?.map_err(|why| wrong(&format!("{why:?}")))?;
                    if let Some((hours, end)) = &step.story.ends {
                        let at = step.at.plus(TimeDelta::hours(*hours));
                        self.steps.push(Step { at, what: What::End { sequence, end }, ..step });
                        self.steps.sort_by_key(|step| std::cmp::Reverse(step.at));
                    }
                }
                What::End { sequence, end } => {
                    self.end(inquiries, sequence, end).await.map_err(|why| wrong(&why))?;
                    // Whoever asked reads it.
                    inquiries.open(sequence).await?;
                }
            }
        }
        Ok(())
    }

    async fn end(&self, inquiries: &CustomerInquiries, sequence: i64, end: &End) -> Result<(), String> {
        let told = |error: StoreError| error.to_string();
        let gone = || "it is gone".to_owned();
        let view = inquiries.open(sequence).await.map_err(told)?.ok_or_else(gone)?;
        let draft = match end {
            End::Answered(body) => {
                let answered = self.desk.answer(view.line.id, body).await.map_err(told)?.ok_or_else(gone)?;
                return answered.map_err(|problem| problem.reason);
            }
            End::Decided { outcome, reason, consequence } => DecisionDraft {
                outcome: (*outcome).to_owned(),
                reason: (*reason).to_owned(),
                consequence: (*consequence).to_owned(),
                ..DecisionDraft::default()
            },
            End::Corrected { reason, ticket } => {
                let (place, event) = view.accesses.first().ok_or_else(gone)?;
                DecisionDraft {
                    outcome: "error".to_owned(),
                    reason: (*reason).to_owned(),
                    record: place.to_string(),
                    remedy: "here".to_owned(),
                    purpose: event.purpose.code().to_owned(),
                    justification: event.justification.clone().unwrap_or_default(),
                    ticket: (*ticket).to_owned(),
                    ..DecisionDraft::default()
                }
            }
        };
        self.desk.decide(view.line.id, &draft).await.map_err(told)?.map_err(|why| format!("{why:?}"))
    }
}
