//! Notices: what customers are owed to know, who has read and acknowledged it, and what was said about it.

mod customer;
mod desk;
mod reader;
mod reminders;

use domain::{
    CustomerId, DocumentId, NoticeId, PersonId, SearchText, Timestamp, Zone,
    notice::{NoticeContent, NoticeKind, Reminders},
};
use uuid::Uuid;

pub use customer::{CustomerNotices, NotSaid, NoticeLine, NoticePage, NoticeView};
pub use desk::{DeskNotice, NotIssued, NoticeDesk, NoticeDraftFile, ToWhom};
pub use domain::notice::NoticeFilter;
pub use reader::NoticeReader;

use crate::{Result, StoreError, demands::DocumentFacts, engine::new_id};

/// What somebody said about a notice.
#[derive(Clone, Copy, Debug, PartialEq, Eq, strum::EnumString, strum::IntoStaticStr)]
#[strum(serialize_all = "snake_case")]
pub enum MessageKind {
    /// The customer has taken note of it.
    Acknowledgement,
    /// Among the customer's own people.
    Comment,
    /// To the provider.
    Question,
    /// To the provider, in time, against what is announced.
    Objection,
    /// By the provider.
    Answer,
}

impl MessageKind {
    pub fn code(self) -> &'static str {
        self.into()
    }

    pub fn label(self) -> &'static str {
        match self {
            Self::Acknowledgement => "Acknowledged",
            Self::Comment => "Comment",
            Self::Question => "Question to the provider",
            Self::Objection => "Objection",
            Self::Answer => "Answer of the provider",
        }
    }
}

/// One thing that was said about a notice.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Message {
    pub kind: MessageKind,
    pub written_at: Timestamp,
    pub person: PersonId,
    /// What the person was called then.
    pub author: String,
    pub body: String,
}

/// A copy that came with a notice.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Copy {
    pub document: DocumentId,
    pub name: String,
    pub media_type: String,
    /// In bytes.
    pub size: i64,
    /// SHA-256, in hexadecimal.
    pub sha256: String,
}

impl Copy {
    pub(crate) fn of(facts: &DocumentFacts) -> Self {
        Self {
            document: facts.id,
            name: facts.name.clone(),
            media_type: facts.media_type.clone(),
            size: i64::try_from(facts.size).unwrap_or(i64::MAX),
            sha256: facts.sha256.clone(),
        }
    }
}

/// A notice that is to be issued.
pub(crate) struct NewNotice {
    pub id: Uuid,
    pub customer: CustomerId,
    pub kind: NoticeKind,
    pub due_at: Option<Timestamp>,
    pub content: serde_json::Value,
    /// Its words, a space before each, for searching.
    pub words: String,
    pub thread: Uuid,
    pub copies: Vec<Copy>,
}

impl NewNotice {
    pub fn new(
        customer: CustomerId,
        content: NoticeContent,
        thread: Uuid,
        copies: Vec<Copy>,
        now: Timestamp,
    ) -> Result<Self> {
        let statements = content.statements(now, Zone::default());
        let texts = statements.iter().map(|statement| statement.answer.as_str());
        let title = content.title();
        let words = format!(" {}", SearchText::new(std::iter::once(title.as_str()).chain(texts)).as_str());
        Ok(Self {
            id: new_id(now)?,
            customer,
            kind: content.kind(),
            due_at: content.due_by(now),
            content: serde_json::to_value(&content)?,
            words,
            thread,
            copies,
        })
    }
}

impl NewNotice {
    /// When it is to be told of again.
    pub fn reminders(&self, issued_at: Timestamp) -> Reminders {
        Reminders { issued_at, due_at: self.due_at, acknowledged: false }
    }
}

/// Writes a notice at the next place of its customer's, in the transaction of what makes it due.
macro_rules! issue_notice {
    ($store:expr, $transaction:ident, $notice:expr, $now:expr) => {{
        let notice: &$crate::notices::NewNotice = $notice;
        let customer = notice.customer.0;
        $crate::engine::RowsOf::rows_of(&mut *$transaction, customer).await?;
        let sequence: i64 = sqlx::query_scalar(
            "INSERT INTO notice_log (customer_id, size) VALUES ($1, 1)
             ON CONFLICT (customer_id) DO UPDATE SET size = notice_log.size + 1 RETURNING size - 1",
        )
        .bind(customer)
        .fetch_one(&mut *$transaction)
        .await?;
        sqlx::query(
            "INSERT INTO notice (customer_id, sequence, notice_id, kind, issued_at, due_at, content, words, thread_id)
             VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)",
        )
        .bind(customer)
        .bind(sequence)
        .bind(notice.id)
        .bind(notice.kind.code())
        .bind($crate::engine::At($now))
        .bind(notice.due_at.map($crate::engine::At))
        .bind(sqlx::types::Json(&notice.content))
        .bind(&notice.words)
        .bind(notice.thread)
        .execute(&mut *$transaction)
        .await?;
        for copy in &notice.copies {
            sqlx::query(
                "INSERT INTO notice_document (customer_id, sequence, document_id, name, media_type, size, sha256)
                 VALUES ($1, $2, $3, $4, $5, $6, $7)",
            )
            .bind(customer)
            .bind(sequence)
            .bind(copy.document.0)
            .bind(&copy.name)
            .bind(&copy.media_type)
            .bind(copy.size)
            .bind(&copy.sha256)
            .execute(&mut *$transaction)
            .await?;
        }
        if let Some(next) = notice.reminders($now).next(None) {
            sqlx::query("INSERT INTO notice_reminder (customer_id, sequence, look_at) VALUES ($1, $2, $3)")
                .bind(customer)
                .bind(sequence)
                .bind($crate::engine::At(next))
                .execute(&mut *$transaction)
                .await?;
        }
        let content = $crate::mail::MailContent::Notice {
            customer: notice.customer,
            sequence,
            kind: notice.kind,
            reminder: false,
        };
        $crate::mail::mail_wanted!($store, $transaction, customer, "mail_notices", content.clone(), $now);
        let data = serde_json::json!({ "sequence": sequence, "kind": notice.kind.code() });
        let owner = $crate::trail::Owner::customer(notice.customer);
        $crate::webhooks::tell_webhooks!(
            $store,
            $transaction,
            owner,
            domain::webhook::WebhookEvent::NoticeIssued,
            data,
            $now
        );
    }};
}
pub(crate) use issue_notice;

/// A notice's columns.
pub(crate) type NoticeRow =
    (i64, Uuid, crate::engine::At, Option<crate::engine::At>, sqlx::types::Json<NoticeContent>, Uuid);

/// What a message's code means.
fn message_kind(code: String) -> Result<MessageKind> {
    code.parse().map_err(|_| StoreError::Inconsistent { table: "notice_message", column: "kind", value: code })
}

/// A notice's id, place, time and content.
#[derive(Clone, Debug)]
pub struct Notice {
    /// Its place among the customer's, from 0, without gaps.
    pub sequence: i64,
    pub id: NoticeId,
    pub issued_at: Timestamp,
    /// The first moment that is too late for what it asks.
    pub due_at: Option<Timestamp>,
    pub content: NoticeContent,
    /// What it is about together with others.
    pub(crate) thread: Uuid,
}

impl From<NoticeRow> for Notice {
    fn from((sequence, id, crate::engine::At(issued_at), due_at, content, thread): NoticeRow) -> Self {
        let due_at = due_at.map(|crate::engine::At(at)| at);
        Self { sequence, id: NoticeId(id), issued_at, due_at, content: content.0, thread }
    }
}
