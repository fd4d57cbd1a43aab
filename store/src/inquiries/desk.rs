//! The provider's side: what customers wait for, answered and decided.

use domain::{
    CustomerId, FieldProblem, InquiryId, PersonId, Timestamp, TrailAct,
    access::AccessEvent,
    inquiry::{DecisionDraft, SaidKind, Wait},
};
use sqlx::{AssertSqlSafe, types::Json};
use uuid::Uuid;

use super::{
    ACCESSES, InquiryLine, InquiryView, LINES, LineRow, MESSAGES, MessageRow, NewMessage, PAGE, WAITS, WaitRow, line,
    locked_state, message, wait, write_message,
};
use crate::{
    Customer, Message, Outcome, Reporter, Result, Store, StoreError,
    access::RecordWriter,
    engine::{At, in_transaction, new_id, on_rows_of_everybody},
    grants::tell_exceptions,
    mail::{MailContent, mail_wanted},
    trail::{Actor, Owner, add_to_trail},
};

/// Threads that wait, shown together: who has waited longest first.
const MOST_WAITING: i64 = 200;

/// The right of the provider's operations and legal people to answer what customers ask about accesses and to decide what
/// they dispute. It reads what each customer shows with its question, and nothing else of a record.
#[derive(Clone)]
pub struct InquiryDesk {
    store: Store,
    person: PersonId,
    actor: Actor,
    /// Whether sign-in was short enough ago to decide.
    fresh: bool,
}

/// A thread, as the provider sees it.
#[derive(Clone, Debug)]
pub struct DeskInquiry {
    pub customer: Customer,
    pub line: InquiryLine,
}

/// Why a dispute was not decided. Nothing was changed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum NotDecided {
    NotFound,
    /// It takes a fresh sign-in.
    NotFresh,
    /// No dispute is open: there was none, or somebody decided it before.
    NotDisputed,
    Fields(Vec<FieldProblem>),
}

type DeskRow = (Uuid, String, String);

impl InquiryDesk {
    pub(crate) fn new(store: Store, person: PersonId, actor: Actor, fresh: bool) -> Self {
        Self { store, person, actor, fresh }
    }

    /// Threads whose customers wait, what is due first.
    pub async fn waiting(&self) -> Result<Vec<DeskInquiry>> {
        let sql = format!("{LINES} WHERE waits_since IS NOT NULL ORDER BY due_at, inquiry.inquiry_id LIMIT $1");
        let rows: Vec<LineRow> = on_rows_of_everybody!(self.store, "inquiries", rows =>
            sqlx::query_as(AssertSqlSafe(sql)).bind(MOST_WAITING).fetch_all(rows).await)?;
        self.with_customers(rows).await
    }

    /// How many threads wait.
    pub async fn count_waiting(&self) -> Result<i64> {
        Ok(on_rows_of_everybody!(self.store, "inquiries", rows => sqlx::query_scalar(
            "SELECT count(*) FROM inquiry_state WHERE waits_since IS NOT NULL"
        ).fetch_one(rows).await)?)
    }

    /// Every thread, the newest first, or those before one.
    pub async fn page(&self, before: Option<InquiryId>) -> Result<(Vec<DeskInquiry>, Option<InquiryId>)> {
        let sql = format!("{LINES} WHERE inquiry.inquiry_id < $1 ORDER BY inquiry.inquiry_id DESC LIMIT $2");
        let before = before.map_or(Uuid::max(), |id| id.0);
        let mut rows: Vec<LineRow> = on_rows_of_everybody!(self.store, "inquiries", rows =>
            sqlx::query_as(AssertSqlSafe(sql)).bind(before).bind(PAGE + 1).fetch_all(rows).await)?;
        let more = rows.len() as i64 > PAGE;
        rows.truncate(PAGE as usize);
        let lines = self.with_customers(rows).await?;
        let older = lines.last().map(|inquiry| inquiry.line.id).filter(|_| more);
        Ok((lines, older))
    }

    async fn with_customers(&self, rows: Vec<LineRow>) -> Result<Vec<DeskInquiry>> {
        let mut inquiries = Vec::with_capacity(rows.len());
        for row in rows {
            let customer = self.customer(row.1).await?;
            inquiries.push(DeskInquiry { customer, line: line(row)? });
        }
        Ok(inquiries)
    }

    /// Whose thread it is.
    async fn customer(&self, inquiry: Uuid) -> Result<Customer> {
        let (id, name, display_name): DeskRow = on_rows_of_everybody!(self.store, "inquiries", rows => sqlx::query_as(
            "SELECT customer.customer_id, name, display_name FROM inquiry
             JOIN customer ON customer.customer_id = inquiry.customer_id WHERE inquiry_id = $1"
        ).bind(inquiry).fetch_one(rows).await)?;
        Ok(Customer { id: CustomerId(id), name, display_name })
    }

    /// The waits for an answer that began since this time, and those that go on, of all customers.
    pub async fn waits(&self, since: Timestamp) -> Result<Vec<Wait>> {
        let rows: Vec<WaitRow> = on_rows_of_everybody!(self.store, "inquiries", rows =>
            sqlx::query_as(WAITS).bind(At(since)).fetch_all(rows).await)?;
        Ok(rows.into_iter().map(wait).collect())
    }

    /// One thread whole.
    pub async fn inquiry(&self, id: InquiryId) -> Result<Option<(Customer, InquiryView)>> {
        let sql = format!("{LINES} WHERE inquiry.inquiry_id = $1");
        let row: Option<LineRow> = on_rows_of_everybody!(self.store, "inquiries", rows =>
            sqlx::query_as(AssertSqlSafe(sql)).bind(id.0).fetch_optional(rows).await)?;
        let Some(line) = row.map(line).transpose()? else { return Ok(None) };
        let customer = self.customer(id.0).await?;
        let messages: Vec<MessageRow> = on_rows_of_everybody!(self.store, "inquiries", rows =>
            sqlx::query_as(MESSAGES).bind(customer.id.0).bind(line.sequence).fetch_all(rows).await)?;
        let accesses: Vec<(i64, Json<AccessEvent>)> = on_rows_of_everybody!(self.store, "inquiries", rows =>
            sqlx::query_as(ACCESSES).bind(customer.id.0).bind(line.sequence).fetch_all(rows).await)?;
        let messages = messages.into_iter().map(message).collect::<Result<_>>()?;
        let accesses = accesses.into_iter().map(|(place, Json(event))| (place, event)).collect();
        Ok(Some((customer, InquiryView { line, accesses, messages })))
    }

    /// Answers in a thread; what is wrong with the answer otherwise. `None` where there is no such thread.
    pub async fn answer(&self, id: InquiryId, body: &str) -> Result<Option<Result<(), FieldProblem>>> {
        let body = match Message::checked(body) {
            Ok(body) => body,
            Err(problem) => return Ok(Some(Err(problem))),
        };
        let Some((customer, view)) = self.inquiry(id).await? else { return Ok(None) };
        let (sequence, now) = (view.line.sequence, self.store.now());
        Ok(in_transaction!(self.store, transaction => {
            let Some(state) = locked_state!(transaction, customer.id, sequence) else { return Ok(None) };
            let new = NewMessage::new(SaidKind::Answer, now, &body);
            write_message!(transaction, customer.id, sequence, state, &new, self.person, self.actor);
            let content = MailContent::InquiryAnswered { customer: customer.id, sequence };
            mail_wanted!(self.store, transaction, customer.id.0, "mail_notices", content.clone(), now);
            let subject = format!("{}, inquiry {sequence}", customer.name);
            add_to_trail!(transaction, Owner::PROVIDER, &self.actor, now, TrailAct::InquiryAnswered, subject);
            Some(Ok(()))
        }))
    }

    /// Decides a dispute. A record that was wrong is corrected in the same transaction by a new one that names it.
    pub async fn decide(&self, id: InquiryId, draft: &DecisionDraft) -> Result<Result<(), NotDecided>> {
        let Some((customer, view)) = self.inquiry(id).await? else { return Ok(Err(NotDecided::NotFound)) };
        if !view.line.state.disputed {
            return Ok(Err(NotDecided::NotDisputed));
        }
        let decision = match draft.check(&view.accesses) {
            Ok(decision) => decision,
            Err(problems) => return Ok(Err(NotDecided::Fields(problems))),
        };
        if !self.fresh {
            return Ok(Err(NotDecided::NotFresh));
        }
        let (sequence, now) = (view.line.sequence, self.store.now());
        let correction = match &decision.remedy {
            Some(remedy) => {
                let wrong = view.accesses.iter().find(|(place, _)| *place == remedy.record());
                let id = format!("correction-{}", new_id(now)?);
                wrong.and_then(|(_, event)| remedy.correction(event, id))
            }
            None => None,
        };
        Ok(in_transaction!(self.store, transaction => {
            let state = locked_state!(transaction, customer.id, sequence);
            let Some(state) = state.filter(|state| state.admits(SaidKind::Outcome)) else {
                return Ok(Err(NotDecided::NotDisputed));
            };
            if let Some(remedy) = decision.remedy.as_ref().filter(|_| correction.is_some()) {
                // Whoever corrects the same record beside this waits for the log.
                transaction.lock_log(customer.id).await?;
                let corrected: Option<i64> = sqlx::query_scalar(
                    "SELECT min(sequence) FROM access_record WHERE customer_id = $1 AND corrects = $2",
                ).bind(customer.id.0).bind(remedy.record()).fetch_one(&mut *transaction).await?;
                if let Some(newer) = corrected {
                    let reason = format!("was corrected already, by record {newer}, since this was asked; dispute that one, or let the system correct it");
                    return Ok(Err(NotDecided::Fields(vec![FieldProblem::new("record", reason)])));
                }
            }
            let corrected_by = match correction {
                Some(event) => match Reporter::record_in(&mut *transaction, &customer, event, now).await? {
                    (Outcome::Stored(receipt), exceptions) => {
                        tell_exceptions!(self.store, transaction, customer.id, &exceptions, now);
                        Some(receipt.sequence)
                    }
                    // The id is new and what it corrects was read from the record.
                    _ => return Err(StoreError::Meanwhile),
                },
                None => None,
            };
            let mut new = NewMessage::new(SaidKind::Outcome, now, &decision.reason);
            new.said.outcome = Some(decision.outcome);
            new.consequence = decision.consequence.as_deref();
            new.corrected = decision.remedy.as_ref().map(domain::inquiry::Remedy::record);
            new.correction = corrected_by;
            write_message!(transaction, customer.id, sequence, state, &new, self.person, self.actor);
            let content = MailContent::InquiryAnswered { customer: customer.id, sequence };
            mail_wanted!(self.store, transaction, customer.id.0, "mail_notices", content.clone(), now);
            let subject = format!("{}, inquiry {sequence}: {}", customer.name, decision.outcome.label());
            add_to_trail!(transaction, Owner::PROVIDER, &self.actor, now, TrailAct::InquiryDecided, subject);
            Ok(())
        }))
    }
}
