//! One customer's threads: asked, disputed, read.

use std::collections::BTreeSet;

use domain::{
    CustomerId, FieldProblem, InquiryId, MemberRole, Month, PersonId, Role, Timestamp, TrailAct,
    access::AccessEvent,
    finding::Finding,
    inquiry::{AnswerPromise, InquiryState, SaidKind, Wait},
};
use sqlx::{AssertSqlSafe, types::Json};

use super::{
    ACCESSES, InquiryLine, InquiryPage, InquiryView, LINES, LineRow, MESSAGES, MessageRow, NewMessage, PAGE, WaitRow,
    line, locked_state, message, outcome, wait, write_message,
};
use crate::{
    Message, Result, Settlement, Store,
    engine::{At, RowsOf, in_transaction, new_id, on_rows_of},
    findings::settle,
    mail::{MailContent, mail_staff},
    summary::{Asked, of_two_months},
    trail::{Actor, Owner, add_to_trail},
};

/// Whether it is of the month, how a dispute ended, and how many did.
type OutcomeRow = (bool, Option<String>, i64);

/// Accesses that one thread may be about.
const MOST_ACCESSES: usize = 20;
/// Threads that are listed with an access.
const MOST_ABOUT: i64 = 20;

/// The right of a person of a customer to its threads.
#[derive(Clone)]
pub struct CustomerInquiries {
    store: Store,
    customer: CustomerId,
    person: PersonId,
    role: MemberRole,
    actor: Actor,
}

/// Why something was not asked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum NotAsked {
    /// There is no such access or thread.
    NotFound,
    /// Auditors read.
    NotAllowed,
    /// A dispute is open already.
    Already,
    Field(FieldProblem),
}

impl CustomerInquiries {
    pub(crate) fn new(store: Store, customer: CustomerId, person: PersonId, role: MemberRole, actor: Actor) -> Self {
        Self { store, customer, person, role, actor }
    }

    /// Whether whoever asks may ask and dispute.
    pub fn may_ask(&self) -> bool {
        self.role.answers_notices()
    }

    /// Threads, the newest first, or those before a place.
    pub async fn page(&self, before: Option<i64>) -> Result<InquiryPage> {
        let sql = format!(
            "{LINES} WHERE inquiry.customer_id = $1 AND inquiry.sequence < $2 ORDER BY inquiry.sequence DESC LIMIT $3"
        );
        let mut rows: Vec<LineRow> = on_rows_of!(self.store, self.customer.0, rows =>
            sqlx::query_as(AssertSqlSafe(sql)).bind(self.customer.0).bind(before.unwrap_or(i64::MAX)).bind(PAGE + 1)
                .fetch_all(rows).await)?;
        let more = rows.len() as i64 > PAGE;
        rows.truncate(PAGE as usize);
        let lines = rows.into_iter().map(line).collect::<Result<Vec<_>>>()?;
        let older = lines.last().map(|line| line.sequence).filter(|_| more);
        Ok(InquiryPage { lines, older })
    }

    /// The newest threads about an access.
    pub async fn about(&self, access: i64) -> Result<Vec<InquiryLine>> {
        let sql = format!(
            "{LINES} WHERE inquiry.customer_id = $1 AND EXISTS (SELECT 1 FROM inquiry_access AS about
                 WHERE about.customer_id = $1 AND about.sequence = inquiry.sequence AND about.access_sequence = $2)
             ORDER BY inquiry.sequence DESC LIMIT $3"
        );
        let rows: Vec<LineRow> = on_rows_of!(self.store, self.customer.0, rows =>
            sqlx::query_as(AssertSqlSafe(sql)).bind(self.customer.0).bind(access).bind(MOST_ABOUT)
                .fetch_all(rows).await)?;
        rows.into_iter().map(line).collect()
    }

    /// How many threads have an answer that nobody of the customer has read.
    pub async fn count_unread(&self) -> Result<i64> {
        Ok(on_rows_of!(self.store, self.customer.0, rows => sqlx::query_scalar(
            "SELECT count(*) FROM inquiry_state WHERE customer_id = $1 AND unread"
        ).bind(self.customer.0).fetch_one(rows).await)?)
    }

    /// The waits for an answer that began since this time, and those that go on.
    pub async fn waits(&self, since: Timestamp) -> Result<Vec<Wait>> {
        let rows: Vec<WaitRow> = on_rows_of!(self.store, self.customer.0, rows => sqlx::query_as(
            "SELECT asked_at, due_at, answered_at FROM inquiry_wait WHERE customer_id = $2 AND asked_at >= $1
             UNION ALL SELECT waits_since, due_at, NULL FROM inquiry_state
                 WHERE customer_id = $2 AND waits_since IS NOT NULL"
        ).bind(At(since)).bind(self.customer.0).fetch_all(rows).await)?;
        Ok(rows.into_iter().map(wait).collect())
    }

    /// What was asked and decided in a month and the one before.
    pub(crate) async fn asked(&self, month: Month) -> Result<Asked> {
        let customer = self.customer;
        let (opened, outcomes): (Vec<(bool, i64)>, Vec<OutcomeRow>) = on_rows_of!(self.store, customer.0, rows => {
            let opened = of_two_months!(
                "SELECT opened_at >= $3, count(*) FROM inquiry
                 WHERE customer_id = $1 AND opened_at >= $2 AND opened_at < $4 GROUP BY 1",
                customer, month
            ).fetch_all(&mut *rows).await?;
            let outcomes = of_two_months!(
                "SELECT written_at >= $3, outcome, count(*) FROM inquiry_message
                     WHERE customer_id = $1 AND written_at >= $2 AND written_at < $4 AND outcome IS NOT NULL
                     GROUP BY 1, 2",
                customer, month
            ).fetch_all(rows).await?;
            (opened, outcomes)
        });
        let mut decided = Vec::new();
        for (this, code, count) in outcomes {
            decided.extend(outcome("inquiry_message", code)?.map(|outcome| (this, outcome, count)));
        }
        let waits = self.waits(month.starts_at()).await?.into_iter();
        let waits = waits.filter(|wait| (month.starts_at()..=month.ends_at()).contains(&wait.asked_at)).collect();
        let opened = opened.into_iter().map(|(this, count)| (this, (), count)).collect();
        Ok(Asked { opened, outcomes: decided, waits })
    }

    /// One thread whole. Where somebody who could go on with it asks, its answer is read.
    pub async fn open(&self, sequence: i64) -> Result<Option<InquiryView>> {
        let sql = format!("{LINES} WHERE inquiry.customer_id = $1 AND inquiry.sequence = $2");
        let row: Option<LineRow> = on_rows_of!(self.store, self.customer.0, rows =>
            sqlx::query_as(AssertSqlSafe(sql)).bind(self.customer.0).bind(sequence).fetch_optional(rows).await)?;
        let Some(line) = row.map(line).transpose()? else { return Ok(None) };
        let (messages, accesses): (Vec<MessageRow>, Vec<(i64, Json<AccessEvent>)>) = on_rows_of!(self.store, self.customer.0, rows => (
            sqlx::query_as(MESSAGES).bind(self.customer.0).bind(sequence).fetch_all(&mut *rows).await?,
            sqlx::query_as(ACCESSES).bind(self.customer.0).bind(sequence).fetch_all(&mut *rows).await?,
        ));
        if line.unread && self.may_ask() {
            in_transaction!(self.store, transaction => {
                transaction.rows_of(self.customer.0).await?;
                // An answer that came after these were read stays unread.
                sqlx::query(
                    "UPDATE inquiry_state SET unread = FALSE WHERE customer_id = $1 AND sequence = $2 AND last_at = $3",
                )
                .bind(self.customer.0).bind(sequence).bind(At(line.last_at)).execute(&mut *transaction).await?;
            });
        }
        let messages = messages.into_iter().map(message).collect::<Result<_>>()?;
        let accesses = accesses.into_iter().map(|(place, Json(event))| (place, event)).collect();
        Ok(Some(InquiryView { line, accesses, messages }))
    }

    /// Opens a thread about accesses, which are shown to the provider with it; its place.
    pub async fn ask(
        &self,
        accesses: &BTreeSet<i64>,
        kind: SaidKind,
        body: &str,
        promise: AnswerPromise,
    ) -> Result<Result<i64, NotAsked>> {
        self.begin(accesses, kind, body, promise, None).await
    }

    /// Opens a thread about an access of a finding, which is settled by it. Where somebody settled that meanwhile, the
    /// thread stands all the same.
    pub async fn ask_about(
        &self,
        finding: &Finding,
        access: i64,
        kind: SaidKind,
        body: &str,
        promise: AnswerPromise,
    ) -> Result<Result<i64, NotAsked>> {
        self.begin(&BTreeSet::from([access]), kind, body, promise, Some(finding)).await
    }

    async fn begin(
        &self,
        accesses: &BTreeSet<i64>,
        kind: SaidKind,
        body: &str,
        promise: AnswerPromise,
        finding: Option<&Finding>,
    ) -> Result<Result<i64, NotAsked>> {
        let body = match self.checked(kind, body) {
            Ok(body) => body,
            Err(not) => return Ok(Err(not)),
        };
        let now = self.store.now();
        let id = new_id(now)?;
        let customer = self.customer;
        Ok(in_transaction!(self.store, transaction => {
            transaction.rows_of(customer.0).await?;
            let mut shown = Vec::new();
            for access in accesses.iter().take(MOST_ACCESSES) {
                let event: Option<Json<AccessEvent>> = sqlx::query_scalar(
                    "SELECT record FROM access_record WHERE customer_id = $1 AND sequence = $2",
                ).bind(customer.0).bind(access).fetch_optional(&mut *transaction).await?;
                shown.extend(event.map(|event| (*access, event)));
            }
            if shown.is_empty() || shown.len() != accesses.len() {
                return Ok(Err(NotAsked::NotFound));
            }
            let sequence: i64 = sqlx::query_scalar(
                "INSERT INTO inquiry_log (customer_id, size) VALUES ($1, 1)
                 ON CONFLICT (customer_id) DO UPDATE SET size = inquiry_log.size + 1 RETURNING size - 1",
            ).bind(customer.0).fetch_one(&mut *transaction).await?;
            sqlx::query("INSERT INTO inquiry (customer_id, sequence, inquiry_id, opened_at) VALUES ($1, $2, $3, $4)")
                .bind(customer.0).bind(sequence).bind(id).bind(At(now)).execute(&mut *transaction).await?;
            for (access, event) in &shown {
                sqlx::query(
                    "INSERT INTO inquiry_access (customer_id, sequence, access_sequence, access) VALUES ($1, $2, $3, $4)",
                ).bind(customer.0).bind(sequence).bind(access).bind(event).execute(&mut *transaction).await?;
            }
            let mut new = NewMessage::new(kind, now, &body);
            new.said.due_at = Some(promise.due(now));
            write_message!(transaction, customer, sequence, InquiryState::default(), &new, self.person, self.actor);
            let disputed = kind == SaidKind::Dispute;
            let waits = MailContent::InquiryWaits { customer, sequence, inquiry: InquiryId(id), disputed };
            mail_staff!(self.store, transaction, Role::answers_inquiries, None, waits.clone(), now);
            let subject = format!("Inquiry {sequence}: {}", places(accesses));
            add_to_trail!(transaction, Owner::customer(customer), &self.actor, now, act(kind), subject);
            if let Some(finding) = finding {
                let asked = Settlement::Asked { inquiry: sequence };
                let _somebody_was_sooner = !settle!(transaction, customer, finding, &asked, now, self.person, self.actor);
            }
            Ok(sequence)
        }))
    }

    /// Asks more in a thread, or disputes what it is about.
    pub async fn go_on(
        &self,
        sequence: i64,
        kind: SaidKind,
        body: &str,
        promise: AnswerPromise,
    ) -> Result<Result<(), NotAsked>> {
        let body = match self.checked(kind, body) {
            Ok(body) => body,
            Err(not) => return Ok(Err(not)),
        };
        let (now, customer) = (self.store.now(), self.customer);
        Ok(in_transaction!(self.store, transaction => {
            let Some(state) = locked_state!(transaction, customer, sequence) else {
                return Ok(Err(NotAsked::NotFound));
            };
            if !state.admits(kind) {
                return Ok(Err(NotAsked::Already));
            }
            let mut new = NewMessage::new(kind, now, &body);
            new.said.due_at = Some(promise.due(now));
            write_message!(transaction, customer, sequence, state, &new, self.person, self.actor);
            // Whoever waits already is waited for: only what is new is told of.
            if state.waits.is_none() || kind == SaidKind::Dispute {
                let id: uuid::Uuid = sqlx::query_scalar(
                    "SELECT inquiry_id FROM inquiry WHERE customer_id = $1 AND sequence = $2",
                ).bind(customer.0).bind(sequence).fetch_one(&mut *transaction).await?;
                let disputed = kind == SaidKind::Dispute;
                let waits = MailContent::InquiryWaits { customer, sequence, inquiry: InquiryId(id), disputed };
                mail_staff!(self.store, transaction, Role::answers_inquiries, None, waits.clone(), now);
            }
            let subject = format!("Inquiry {sequence}");
            add_to_trail!(transaction, Owner::customer(customer), &self.actor, now, act(kind), subject);
            Ok(())
        }))
    }

    fn checked(&self, kind: SaidKind, body: &str) -> Result<String, NotAsked> {
        if !self.may_ask() || !kind.is_of_customer() {
            return Err(NotAsked::NotAllowed);
        }
        Message::checked(body).map_err(NotAsked::Field)
    }
}

fn act(kind: SaidKind) -> TrailAct {
    if kind == SaidKind::Dispute { TrailAct::InquiryDisputed } else { TrailAct::InquiryAsked }
}

/// `record 7`, `records 7, 9`
fn places(accesses: &BTreeSet<i64>) -> String {
    let what = if accesses.len() == 1 { "record" } else { "records" };
    let places = accesses.iter().map(i64::to_string).collect::<Vec<_>>().join(", ");
    format!("{what} {places}")
}
