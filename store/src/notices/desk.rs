//! The provider's side of notices: written by one person, issued by another, and answered.

use domain::{
    CustomerId, FieldProblem, NoticeId, PersonId, Timestamp, TrailAct,
    notice::{NoticeContent, NoticeDraft, NoticeKind},
};
use serde::{Deserialize, Serialize};
use sqlx::types::Json;
use uuid::Uuid;

use super::{
    Copy, Message, MessageKind, NewNotice, Notice,
    customer::{CopyRow, MessageRow, copy, message, say},
    issue_notice,
};
use crate::{
    Customer, Result, Store,
    engine::{At, RowsOf, in_transaction, new_id, on_engine, on_rows_of_everybody},
    trail::{Actor, Owner, add_to_trail},
};

/// Notices on a page.
const PAGE: i64 = 50;

/// The right of the provider's legal and publishing people to write notices, and to answer what is said about them.
#[derive(Clone)]
pub struct NoticeDesk {
    store: Store,
    person: PersonId,
    actor: Actor,
    /// Whether sign-in was short enough ago to issue.
    fresh: bool,
}

/// Who is told.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ToWhom {
    Everybody,
    These(Vec<CustomerId>),
}

/// A notice that was written and not issued yet.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct NoticeDraftFile {
    #[serde(skip)]
    pub id: Uuid,
    #[serde(skip)]
    pub made_at: Option<Timestamp>,
    pub made_by: PersonId,
    /// What the person was called then.
    pub made_by_name: String,
    pub to: ToWhom,
    pub content: NoticeContent,
}

/// Why a draft was not made or issued. Nothing was changed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum NotIssued {
    NotFound,
    /// It takes a second person.
    SamePerson,
    /// It takes a fresh sign-in.
    NotFresh,
    /// It is to nobody.
    Nobody,
    /// What was sent can't be read, or is out of date by now.
    Fields(Vec<FieldProblem>),
}

/// An issued notice, as the provider sees it.
#[derive(Clone, Debug)]
pub struct DeskNotice {
    pub customer: Customer,
    pub notice: Notice,
    pub acknowledged_at: Option<Timestamp>,
    /// When the first question or objection was made that has no answer after it.
    pub waits_since: Option<Timestamp>,
}

type DeskRow = (Uuid, String, String, i64, Uuid, At, Option<At>, Json<NoticeContent>, Uuid, Option<At>, Option<At>);

const DESK_NOTICES: &str =
    "SELECT customer.customer_id, customer.name, customer.display_name, notice.sequence, notice_id,
        issued_at, due_at, content, thread_id, told.written_at,
        (SELECT min(asked.written_at) FROM notice_message AS asked
         WHERE asked.customer_id = notice.customer_id AND asked.sequence = notice.sequence
             AND asked.kind IN ('question', 'objection')
             AND NOT EXISTS (SELECT 1 FROM notice_message AS answered
                             WHERE answered.customer_id = asked.customer_id AND answered.sequence = asked.sequence
                                 AND answered.kind = 'answer' AND answered.number > asked.number)) AS waits_since
    FROM notice JOIN customer ON customer.customer_id = notice.customer_id
    LEFT JOIN notice_message AS told
        ON told.customer_id = notice.customer_id AND told.sequence = notice.sequence AND told.kind = 'acknowledgement'";

impl From<DeskRow> for DeskNotice {
    fn from(row: DeskRow) -> Self {
        let (id, name, display_name, sequence, notice, issued_at, due_at, content, thread, told, since) = row;
        Self {
            customer: Customer { id: CustomerId(id), name, display_name },
            notice: Notice::from((sequence, notice, issued_at, due_at, content, thread)),
            acknowledged_at: told.map(|At(at)| at),
            waits_since: since.map(|At(at)| at),
        }
    }
}

fn context(id: Uuid) -> String {
    format!("notice_draft.draft/{id}")
}

impl NoticeDesk {
    pub(crate) fn new(store: Store, person: PersonId, actor: Actor, fresh: bool) -> Self {
        Self { store, person, actor, fresh }
    }

    /// What is written and waits for a second person, the newest first.
    pub async fn drafts(&self) -> Result<Vec<NoticeDraftFile>> {
        let rows: Vec<(Uuid, At, Vec<u8>)> = on_engine!(self.store, pool => sqlx::query_as(
            "SELECT draft_id, made_at, draft FROM notice_draft ORDER BY made_at DESC, draft_id"
        ).fetch_all(pool).await)?;
        rows.into_iter().map(|row| self.read_draft(row)).collect()
    }

    /// One of them.
    pub async fn draft(&self, id: Uuid) -> Result<Option<NoticeDraftFile>> {
        let row: Option<(Uuid, At, Vec<u8>)> = on_engine!(self.store, pool => sqlx::query_as(
            "SELECT draft_id, made_at, draft FROM notice_draft WHERE draft_id = $1"
        ).bind(id).fetch_optional(pool).await)?;
        row.map(|row| self.read_draft(row)).transpose()
    }

    fn read_draft(&self, (id, At(made_at), sealed): (Uuid, At, Vec<u8>)) -> Result<NoticeDraftFile> {
        let draft: NoticeDraftFile = serde_json::from_slice(&self.store.keys.unseal(&context(id), &sealed)?)?;
        Ok(NoticeDraftFile { id, made_at: Some(made_at), ..draft })
    }

    /// Keeps a notice for a second person to issue.
    pub async fn write(&self, draft: &NoticeDraft, to: ToWhom) -> Result<Result<Uuid, NotIssued>> {
        let now = self.store.now();
        let content = match draft.check(now) {
            Ok(content) => content,
            Err(problems) => return Ok(Err(NotIssued::Fields(problems))),
        };
        let id = new_id(now)?;
        let title = content.title();
        let file = NoticeDraftFile {
            id,
            made_at: None,
            made_by: self.person,
            made_by_name: self.actor.name.clone(),
            to,
            content,
        };
        match self.receivers(&file.to).await?.as_slice() {
            [] => return Ok(Err(NotIssued::Nobody)),
            [_] if file.to != ToWhom::Everybody => {}
            _ if file.content.kind() == NoticeKind::RecordCorrection => {
                let reason = "A record is one customer’s: choose the one whose record is corrected.";
                return Ok(Err(NotIssued::Fields(vec![FieldProblem::new("", reason)])));
            }
            _ => {}
        }
        let sealed = self.store.keys.seal(&context(id), &serde_json::to_vec(&file)?)?;
        in_transaction!(self.store, transaction => {
            sqlx::query("INSERT INTO notice_draft (draft_id, draft, made_at) VALUES ($1, $2, $3)")
                .bind(id).bind(sealed).bind(At(now)).execute(&mut *transaction).await?;
            add_to_trail!(transaction, Owner::PROVIDER, &self.actor, now, TrailAct::NoticeWritten, title);
        });
        Ok(Ok(id))
    }

    /// Throws a draft away.
    pub async fn discard(&self, id: Uuid) -> Result<Result<(), NotIssued>> {
        let Some(file) = self.draft(id).await? else { return Ok(Err(NotIssued::NotFound)) };
        let now = self.store.now();
        Ok(in_transaction!(self.store, transaction => {
            let gone = sqlx::query("DELETE FROM notice_draft WHERE draft_id = $1")
                .bind(id).execute(&mut *transaction).await?.rows_affected();
            if gone == 0 {
                return Ok(Err(NotIssued::NotFound));
            }
            let title = file.content.title();
            add_to_trail!(transaction, Owner::PROVIDER, &self.actor, now, TrailAct::NoticeDiscarded, title);
            Ok(())
        }))
    }

    /// Issues a draft that somebody else wrote; to how many customers.
    pub async fn issue(&self, id: Uuid) -> Result<Result<usize, NotIssued>> {
        let Some(file) = self.draft(id).await? else { return Ok(Err(NotIssued::NotFound)) };
        if file.made_by == self.person {
            return Ok(Err(NotIssued::SamePerson));
        }
        if !self.fresh {
            return Ok(Err(NotIssued::NotFresh));
        }
        let now = self.store.now();
        if file.content.due_by(now).is_some_and(|due| due <= now) {
            let problem = FieldProblem::new("", "What it asks for could not be done in time any more. Write it anew.");
            return Ok(Err(NotIssued::Fields(vec![problem])));
        }
        let receivers = self.receivers(&file.to).await?;
        let notices = receivers
            .iter()
            .map(|customer| NewNotice::new(*customer, file.content.clone(), new_id(now)?, Vec::new(), now))
            .collect::<Result<Vec<_>>>()?;
        Ok(in_transaction!(self.store, transaction => {
            let taken = sqlx::query("DELETE FROM notice_draft WHERE draft_id = $1")
                .bind(id).execute(&mut *transaction).await?.rows_affected();
            if taken == 0 {
                return Ok(Err(NotIssued::NotFound));
            }
            for notice in &notices {
                issue_notice!(self.store, transaction, notice, now);
            }
            let subject = format!("{}, written by {}, to {} customers", file.content.title(), file.made_by_name, notices.len());
            add_to_trail!(transaction, Owner::PROVIDER, &self.actor, now, TrailAct::NoticeIssued, subject);
            Ok(notices.len())
        }))
    }

    /// The customers that a draft would go to now, in the order in which they are locked.
    async fn receivers(&self, to: &ToWhom) -> Result<Vec<CustomerId>> {
        let all: Vec<Uuid> = on_engine!(self.store, pool => sqlx::query_scalar(
            "SELECT customer_id FROM customer ORDER BY customer_id"
        ).fetch_all(pool).await)?;
        let all = all.into_iter().map(CustomerId);
        Ok(match to {
            ToWhom::Everybody => all.collect(),
            ToWhom::These(some) => all.filter(|customer| some.contains(customer)).collect(),
        })
    }

    /// Issued notices, the newest first, or those before one.
    pub async fn issued(&self, before: Option<NoticeId>) -> Result<(Vec<DeskNotice>, Option<NoticeId>)> {
        let sql = format!("{DESK_NOTICES} WHERE notice_id < $1 ORDER BY notice_id DESC LIMIT $2");
        let before = before.map_or(Uuid::max(), |id| id.0);
        let mut rows: Vec<DeskRow> = on_rows_of_everybody!(self.store, "notices", rows => sqlx::query_as(sqlx::AssertSqlSafe(sql))
            .bind(before).bind(PAGE + 1).fetch_all(rows).await)?;
        let more = rows.len() as i64 > PAGE;
        rows.truncate(PAGE as usize);
        let notices = rows.into_iter().map(DeskNotice::from).collect::<Vec<_>>();
        let older = notices.last().map(|notice| notice.notice.id).filter(|_| more);
        Ok((notices, older))
    }

    /// Those whose customers wait for an answer, who has waited longest first.
    pub async fn waiting(&self) -> Result<Vec<DeskNotice>> {
        let sql = format!(
            "SELECT * FROM ({DESK_NOTICES} WHERE EXISTS (
                 SELECT 1 FROM notice_message AS said WHERE said.customer_id = notice.customer_id
                     AND said.sequence = notice.sequence AND said.kind IN ('question', 'objection'))) AS said_about
             WHERE waits_since IS NOT NULL ORDER BY waits_since, notice_id"
        );
        let rows: Vec<DeskRow> = on_rows_of_everybody!(self.store, "notices", rows => sqlx::query_as(sqlx::AssertSqlSafe(sql))
            .fetch_all(rows).await)?;
        Ok(rows.into_iter().map(DeskNotice::from).collect())
    }

    /// One notice, with what was said to the provider about it. What its customer's people say among themselves is
    /// theirs.
    pub async fn notice(&self, id: NoticeId) -> Result<Option<(DeskNotice, Vec<Message>, Vec<Copy>)>> {
        let sql = format!("{DESK_NOTICES} WHERE notice_id = $1");
        let row: Option<DeskRow> = on_rows_of_everybody!(self.store, "notices", rows => sqlx::query_as(sqlx::AssertSqlSafe(sql))
            .bind(id.0).fetch_optional(rows).await)?;
        let Some(notice) = row.map(DeskNotice::from) else { return Ok(None) };
        let (customer, sequence) = (notice.customer.id.0, notice.notice.sequence);
        let messages: Vec<MessageRow> = on_rows_of_everybody!(self.store, "notices", rows => sqlx::query_as(
            "SELECT kind, written_at, person_id, author, body FROM notice_message
             WHERE customer_id = $1 AND sequence = $2 AND kind <> 'comment' ORDER BY number"
        ).bind(customer).bind(sequence).fetch_all(rows).await)?;
        let copies: Vec<CopyRow> = on_rows_of_everybody!(self.store, "notices", rows => sqlx::query_as(
            "SELECT document_id, name, media_type, size, sha256 FROM notice_document
             WHERE customer_id = $1 AND sequence = $2 ORDER BY document_id"
        ).bind(customer).bind(sequence).fetch_all(rows).await)?;
        let messages = messages.into_iter().map(message).collect::<Result<_>>()?;
        Ok(Some((notice, messages, copies.into_iter().map(copy).collect())))
    }

    /// Answers what a customer said about a notice; what is wrong with the answer otherwise. `None` where there is no
    /// such notice.
    pub async fn answer(&self, id: NoticeId, body: &str) -> Result<Option<Result<(), FieldProblem>>> {
        let body = match Message::checked(body) {
            Ok(body) => body,
            Err(problem) => return Ok(Some(Err(problem))),
        };
        let Some((notice, ..)) = self.notice(id).await? else { return Ok(None) };
        let (customer, sequence, now) = (notice.customer.id, notice.notice.sequence, self.store.now());
        in_transaction!(self.store, transaction => {
            transaction.rows_of(customer.0).await?;
            sqlx::query("UPDATE notice_log SET size = size WHERE customer_id = $1")
                .bind(customer.0).execute(&mut *transaction).await?;
            say!(transaction, customer, sequence, MessageKind::Answer, now, self.actor, self.person, &body);
            let subject = format!("{}: {}", notice.customer.name, notice.notice.content.title());
            add_to_trail!(transaction, Owner::PROVIDER, &self.actor, now, TrailAct::NoticeAnswered, subject);
        });
        Ok(Some(Ok(())))
    }
}
