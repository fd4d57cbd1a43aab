//! One customer's notices: read, acknowledged, asked about.

use domain::{
    CustomerId, DocumentId, FieldProblem, MemberRole, Month, PersonId, SearchText, Timestamp, TrailAct,
    notice::{Handled, NoticeContent, NoticeEntry, NoticeFilter, NoticeKind},
};
use futures::Stream;
use sqlx::QueryBuilder;
use uuid::Uuid;

use super::{Copy, Message, MessageKind, Notice, message_kind};
use crate::{
    Result, Store,
    demands::Document,
    engine::{At, Pool, RowsOf, in_transaction, on_rows_of, read_rows_of},
    summary::{Counts, of_two_months, read},
    trail::{Actor, Owner, add_to_trail},
};

/// Notices on a page.
const PAGE: i64 = 50;
/// Words that are searched for; the others are left out.
const MOST_WORDS: usize = 20;
/// Notices that an export reads at a time.
const PIECE: i64 = 500;
const LONGEST_MESSAGE: usize = 4_000;

/// The right of a person of a customer to its notices.
#[derive(Clone)]
pub struct CustomerNotices {
    store: Store,
    customer: CustomerId,
    person: PersonId,
    role: MemberRole,
    actor: Actor,
}

/// A notice in a list.
#[derive(Clone, Debug)]
pub struct NoticeLine {
    pub notice: Notice,
    /// When it was acknowledged, and by whom.
    pub acknowledged: Option<(Timestamp, String)>,
    /// Whether whoever asks has read it.
    pub read: bool,
}

/// A page of notices, the newest first.
#[derive(Clone, Debug, Default)]
pub struct NoticePage {
    pub lines: Vec<NoticeLine>,
    /// The page with older ones is the one before this place, if there is one.
    pub older: Option<i64>,
}

/// One notice whole.
#[derive(Clone, Debug)]
pub struct NoticeView {
    pub notice: Notice,
    pub copies: Vec<Copy>,
    pub messages: Vec<Message>,
    /// Others about the same: place and title.
    pub related: Vec<(i64, String)>,
}

/// Why something was not said about a notice.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum NotSaid {
    /// The customer has no such notice.
    NotFound,
    /// Auditors read.
    NotAllowed,
    /// Somebody has acknowledged it already.
    Already,
    /// The time to object is over, or there is nothing to object to.
    TooLate,
    Field(FieldProblem),
}

type LineRow = (i64, Uuid, At, Option<At>, sqlx::types::Json<NoticeContent>, Uuid, Option<At>, Option<String>, bool);

/// A line, for the person that is bound first; the customer is bound after.
const LINES: &str =
    "SELECT notice.sequence, notice_id, issued_at, due_at, content, thread_id, told.written_at, told.author,
        EXISTS (SELECT 1 FROM notice_reading WHERE notice_reading.customer_id = notice.customer_id
                AND notice_reading.sequence = notice.sequence AND notice_reading.person_id = ";
const FROM_NOTICES: &str = ")
    FROM notice LEFT JOIN notice_message AS told
        ON told.customer_id = notice.customer_id AND told.sequence = notice.sequence AND told.kind = 'acknowledgement'
    WHERE notice.customer_id = ";

/// Runs one block with a query for lines of this customer's, as far as the filter admits them.
macro_rules! with_lines {
    ($notices:expr, $filter:expr, |$query:ident, $rows:ident| $body:expr) => {{
        macro_rules! filtered {
            ($engine:ty) => {{
                let filter: &NoticeFilter = $filter;
                let mut query = QueryBuilder::<$engine>::new(LINES);
                query.push_bind($notices.person.0);
                query.push(FROM_NOTICES).push_bind($notices.customer.0);
                if let Some(kind) = filter.kind {
                    query.push(" AND notice.kind = ").push_bind(kind.code());
                }
                match filter.pending {
                    Some(true) => query.push(" AND told.number IS NULL"),
                    Some(false) => query.push(" AND told.number IS NOT NULL"),
                    None => &mut query,
                };
                // Words are letters and digits alone: none of them means something to LIKE.
                for word in SearchText::new([filter.text.as_str()]).words().take(MOST_WORDS) {
                    query.push(" AND words LIKE ").push_bind(format!("% {word}%"));
                }
                query
            }};
        }
        match &$notices.store.pool {
            Pool::Sqlite { read: $rows, .. } => {
                let mut $query = filtered!(sqlx::Sqlite);
                $body
            }
            Pool::Postgres(pool) => {
                let mut transaction = read_rows_of(pool, $notices.customer.0).await?;
                let $rows = &mut *transaction;
                let mut $query = filtered!(sqlx::Postgres);
                $body
            }
        }
    }};
}

impl From<LineRow> for NoticeLine {
    fn from((sequence, id, issued_at, due_at, content, thread, at, by, read): LineRow) -> Self {
        Self {
            notice: Notice::from((sequence, id, issued_at, due_at, content, thread)),
            acknowledged: at.map(|At(at)| at).zip(by),
            read,
        }
    }
}

impl NoticeLine {
    /// What a download says of it.
    pub fn entry(&self) -> NoticeEntry {
        let demand = match &self.notice.content {
            NoticeContent::LawfulDemand(demand) => Some(demand),
            _ => None,
        };
        NoticeEntry {
            id: self.notice.id,
            kind: self.notice.content.kind(),
            title: self.notice.content.title(),
            issued_at: self.notice.issued_at,
            ask: self.notice.content.ask(),
            due_by: self.notice.due_at,
            received_at: demand.map(|demand| demand.received_at),
            delayed_by_order: demand.is_some_and(|demand| demand.delay.is_some()),
            answered_at: self.acknowledged.as_ref().map(|(at, _)| *at),
            answered_by: self.acknowledged.as_ref().map(|(_, by)| by.clone()),
        }
    }
}

impl Message {
    /// A text as it may be kept.
    pub(crate) fn checked(body: &str) -> Result<String, FieldProblem> {
        let body = body.trim();
        let strange = |c: char| {
            c.is_control() && !matches!(c, '\n' | '\r' | '\t')
                || matches!(c, '\u{202A}'..='\u{202E}' | '\u{2066}'..='\u{2069}')
        };
        if body.is_empty() {
            return Err(FieldProblem::new("body", "is missing"));
        }
        if body.chars().count() > LONGEST_MESSAGE {
            return Err(FieldProblem::new("body", format!("has more than {LONGEST_MESSAGE} characters")));
        }
        if body.chars().any(strange) {
            return Err(FieldProblem::new("body", "contains characters that can’t be shown"));
        }
        Ok(body.to_owned())
    }
}

/// Says something about a notice, in a transaction on the customer's rows.
macro_rules! say {
    ($transaction:ident, $customer:expr, $sequence:expr, $kind:expr, $now:expr, $actor:expr, $person:expr, $body:expr) => {
        sqlx::query(
            "INSERT INTO notice_message (customer_id, sequence, number, kind, written_at, person_id, author, body)
             SELECT $1, $2, count(*), $3, $4, $5, $6, $7 FROM notice_message WHERE customer_id = $1 AND sequence = $2",
        )
        .bind($customer.0)
        .bind($sequence)
        .bind($kind.code())
        .bind(At($now))
        .bind($person.0)
        .bind(&$actor.name)
        .bind($body)
        .execute(&mut *$transaction)
        .await?
    };
}
pub(super) use say;

pub(super) type MessageRow = (String, At, Uuid, String, String);
pub(super) type CopyRow = (Uuid, String, String, i64, String);

pub(super) fn message((code, At(written_at), person, author, body): MessageRow) -> Result<Message> {
    Ok(Message { kind: message_kind(code)?, written_at, person: PersonId(person), author, body })
}

pub(super) fn copy((document, name, media_type, size, sha256): CopyRow) -> Copy {
    Copy { document: DocumentId(document), name, media_type, size, sha256 }
}

impl CustomerNotices {
    pub(crate) fn new(store: Store, customer: CustomerId, person: PersonId, role: MemberRole, actor: Actor) -> Self {
        Self { store, customer, person, role, actor }
    }

    /// Whether whoever asks may acknowledge, ask and object.
    pub fn may_answer(&self) -> bool {
        self.role.answers_notices()
    }

    /// The most urgent of the notices that wait for an acknowledgement; [`Self::count_pending`] says how many there are.
    pub async fn pending(&self, most: i64) -> Result<Vec<NoticeLine>> {
        let filter = NoticeFilter::waiting();
        let rows: Vec<LineRow> = with_lines!(self, &filter, |query, rows| {
            query.push(" ORDER BY due_at IS NULL, due_at, notice.sequence DESC LIMIT ").push_bind(most);
            query.build_query_as().fetch_all(rows).await
        })?;
        Ok(rows.into_iter().map(NoticeLine::from).collect())
    }

    /// How many of each kind were issued in a month and the one before.
    pub(crate) async fn issued(&self, month: Month) -> Result<Counts<NoticeKind>> {
        let rows: Vec<(bool, String, i64)> = on_rows_of!(self.store, self.customer.0, rows => of_two_months!(
            "SELECT issued_at >= $3, kind, count(*) FROM notice
             WHERE customer_id = $1 AND issued_at >= $2 AND issued_at < $4 GROUP BY 1, 2",
            self.customer, month
        ).fetch_all(rows).await)?;
        let kind = |code| read("notice", "kind", code, NoticeKind::from_code);
        rows.into_iter().map(|(this, code, count)| Ok((this, kind(code)?, count))).collect()
    }

    /// How many wait for an acknowledgement.
    pub async fn count_pending(&self) -> Result<i64> {
        Ok(on_rows_of!(self.store, self.customer.0, rows => sqlx::query_scalar(
            "SELECT (SELECT count(*) FROM notice WHERE customer_id = $1)
                  - (SELECT count(*) FROM notice_message WHERE customer_id = $1 AND kind = 'acknowledgement')"
        ).bind(self.customer.0).fetch_one(rows).await)?)
    }

    /// Notices that the filter admits, the newest first, or those before a place.
    pub async fn page(&self, filter: &NoticeFilter, before: Option<i64>) -> Result<NoticePage> {
        self.read(filter, before, PAGE).await
    }

    /// Every notice that the filter admits, newest first, piece by piece, in memory that doesn't grow with their number.
    pub fn export(self, filter: NoticeFilter) -> impl Stream<Item = Result<Vec<NoticeEntry>>> + Send + use<> {
        futures::stream::try_unfold((self, filter, Some(None)), |(this, filter, next)| async move {
            let Some(before) = next else { return Ok(None) };
            let NoticePage { lines, older } = this.read(&filter, before, PIECE).await?;
            let entries = lines.iter().map(NoticeLine::entry).collect();
            Ok(Some((entries, (this, filter, older.map(Some)))))
        })
    }

    async fn read(&self, filter: &NoticeFilter, before: Option<i64>, most: i64) -> Result<NoticePage> {
        let mut rows: Vec<LineRow> = with_lines!(self, filter, |query, rows| {
            query.push(" AND notice.sequence < ").push_bind(before.unwrap_or(i64::MAX));
            query.push(" ORDER BY notice.sequence DESC LIMIT ").push_bind(most + 1);
            query.build_query_as().fetch_all(rows).await
        })?;
        let more = rows.len() as i64 > most;
        rows.truncate(most as usize);
        let older = rows.last().map(|row| row.0).filter(|_| more);
        Ok(NoticePage { lines: rows.into_iter().map(NoticeLine::from).collect(), older })
    }

    /// One notice whole. Asking for it is reading it.
    pub async fn open(&self, sequence: i64) -> Result<Option<NoticeView>> {
        let all = NoticeFilter::default();
        let row: Option<LineRow> = with_lines!(self, &all, |query, rows| {
            query.push(" AND notice.sequence = ").push_bind(sequence);
            query.build_query_as().fetch_optional(rows).await
        })?;
        let Some(line) = row.map(NoticeLine::from) else { return Ok(None) };
        if !line.read {
            let now = self.store.now();
            in_transaction!(self.store, transaction => {
                transaction.rows_of(self.customer.0).await?;
                sqlx::query(
                    "INSERT INTO notice_reading (customer_id, sequence, person_id, read_at) VALUES ($1, $2, $3, $4)
                     ON CONFLICT DO NOTHING",
                )
                .bind(self.customer.0).bind(sequence).bind(self.person.0).bind(At(now))
                .execute(&mut *transaction).await?;
            });
        }
        let others: Vec<(i64, sqlx::types::Json<NoticeContent>)> = on_rows_of!(self.store, self.customer.0, rows =>
            sqlx::query_as("SELECT sequence, content FROM notice
                 WHERE customer_id = $1 AND thread_id = $2 AND sequence <> $3 ORDER BY sequence")
            .bind(self.customer.0).bind(line.notice.thread).bind(sequence).fetch_all(rows).await)?;
        let related = others.into_iter().map(|(place, content)| (place, content.0.title())).collect();
        let messages = self.messages(sequence).await?;
        Ok(Some(NoticeView { copies: self.copies(sequence).await?, messages, related, notice: line.notice }))
    }

    async fn messages(&self, sequence: i64) -> Result<Vec<Message>> {
        let rows: Vec<MessageRow> = on_rows_of!(self.store, self.customer.0, rows => sqlx::query_as(
            "SELECT kind, written_at, person_id, author, body FROM notice_message
             WHERE customer_id = $1 AND sequence = $2 ORDER BY number"
        ).bind(self.customer.0).bind(sequence).fetch_all(rows).await)?;
        rows.into_iter().map(message).collect()
    }

    async fn copies(&self, sequence: i64) -> Result<Vec<Copy>> {
        let rows: Vec<CopyRow> = on_rows_of!(self.store, self.customer.0, rows => sqlx::query_as(
            "SELECT document_id, name, media_type, size, sha256 FROM notice_document
             WHERE customer_id = $1 AND sequence = $2 ORDER BY document_id"
        ).bind(self.customer.0).bind(sequence).fetch_all(rows).await)?;
        Ok(rows.into_iter().map(copy).collect())
    }

    /// A copy that came with a notice. That it was taken is told in the customer's trail first.
    pub async fn copy(&self, sequence: i64, document: DocumentId) -> Result<Option<Document>> {
        let copies = self.copies(sequence).await?;
        let Some(copy) = copies.into_iter().find(|copy| copy.document == document) else { return Ok(None) };
        let Some(body) = self.store.document_body(document).await? else { return Ok(None) };
        let (now, subject) = (self.store.now(), format!("{} of notice {sequence}", copy.name));
        in_transaction!(self.store, transaction => {
            add_to_trail!(
                transaction, Owner::customer(self.customer), &self.actor, now, TrailAct::NoticeCopyDownloaded, subject
            );
        });
        Ok(Some(Document { name: copy.name, media_type: copy.media_type, body }))
    }

    /// Says something about a notice. An acknowledgement may have no words.
    pub async fn say(&self, sequence: i64, kind: MessageKind, body: &str) -> Result<Result<(), NotSaid>> {
        if !self.may_answer() || kind == MessageKind::Answer {
            return Ok(Err(NotSaid::NotAllowed));
        }
        let body = match Message::checked(body) {
            Ok(body) => body,
            Err(_) if kind == MessageKind::Acknowledgement && body.trim().is_empty() => String::new(),
            Err(problem) => return Ok(Err(NotSaid::Field(problem))),
        };
        let now = self.store.now();
        let act = match kind {
            MessageKind::Acknowledgement => TrailAct::NoticeAcknowledged,
            MessageKind::Objection => TrailAct::NoticeObjected,
            _ => TrailAct::NoticeCommented,
        };
        Ok(in_transaction!(self.store, transaction => {
            transaction.rows_of(self.customer.0).await?;
            // Whoever says something waits for who does so at the same time: places have no gaps.
            let size: Option<i64> = sqlx::query_scalar(
                "UPDATE notice_log SET size = size WHERE customer_id = $1 RETURNING size",
            ).bind(self.customer.0).fetch_optional(&mut *transaction).await?;
            let notice: Option<(sqlx::types::Json<NoticeContent>, bool)> = sqlx::query_as(
                "SELECT content, EXISTS (SELECT 1 FROM notice_message WHERE customer_id = $1 AND sequence = $2
                                             AND kind = 'acknowledgement')
                 FROM notice WHERE customer_id = $1 AND sequence = $2",
            ).bind(self.customer.0).bind(sequence).fetch_optional(&mut *transaction).await?;
            let Some((content, acknowledged)) = notice.filter(|_| size.is_some()) else {
                return Ok(Err(NotSaid::NotFound));
            };
            if kind == MessageKind::Acknowledgement && acknowledged {
                return Ok(Err(NotSaid::Already));
            }
            if kind == MessageKind::Objection && !content.0.may_object(now) {
                return Ok(Err(NotSaid::TooLate));
            }
            say!(transaction, self.customer, sequence, kind, now, self.actor, self.person, &body);
            // Who objects has taken note.
            if kind == MessageKind::Objection && !acknowledged {
                say!(transaction, self.customer, sequence, MessageKind::Acknowledgement, now, self.actor, self.person, "");
            }
            let subject = format!("Notice {sequence}: {}", content.0.title());
            add_to_trail!(transaction, Owner::customer(self.customer), &self.actor, now, act, subject);
            Ok(())
        }))
    }

    /// How soon this customer was told of each demand for its data.
    pub async fn handled(&self) -> Result<Vec<Handled>> {
        let rows: Vec<(At, sqlx::types::Json<NoticeContent>, Uuid)> = on_rows_of!(self.store, self.customer.0, rows =>
            sqlx::query_as("SELECT issued_at, content, thread_id FROM notice
                 WHERE customer_id = $1 AND kind = 'lawful_demand' ORDER BY sequence")
            .bind(self.customer.0).fetch_all(rows).await)?;
        let mut seen = std::collections::BTreeSet::new();
        Ok(rows
            .into_iter()
            .filter(|(_, _, thread)| seen.insert(*thread))
            .filter_map(|(At(notified), content, _)| match content.0 {
                NoticeContent::LawfulDemand(demand) => {
                    Some(Handled { received: demand.received_at, notified, delayed_by_order: demand.delay.is_some() })
                }
                _ => None,
            })
            .collect())
    }
}

impl Store {
    /// How soon all customers were told of demands, without saying which.
    pub async fn handled(&self) -> Result<Vec<Handled>> {
        let rows: Vec<(At, At, bool)> = crate::engine::on_engine!(self, pool => sqlx::query_as(
            "SELECT received_at, notified_at, delayed FROM notification ORDER BY notified_at, received_at"
        ).fetch_all(pool).await)?;
        let handled = |(At(received), At(notified), delayed_by_order)| Handled { received, notified, delayed_by_order };
        Ok(rows.into_iter().map(handled).collect())
    }
}
