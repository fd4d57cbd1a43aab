//! Mail: written in the transaction of what it tells, and sent later, by whichever server comes first.

use chrono::TimeDelta;
use domain::{CustomerId, GrantId, InquiryId, InvitationId, PersonId, Timestamp, notice::NoticeKind};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::{
    AccessMatter, Keyring, Result, Store, StoreError,
    engine::{At, RowsOf, in_transaction, new_id, on_engine, on_rows_of},
    grants,
};

/// Whoever takes a mail has so long to send it; then it is somebody else's to try.
const LEASE: TimeDelta = TimeDelta::minutes(10);
/// How long until a mail is tried again, after the first try, the second and so on. The last holds from there on.
const RETRIES: [TimeDelta; 5] =
    [TimeDelta::minutes(1), TimeDelta::minutes(5), TimeDelta::minutes(30), TimeDelta::hours(2), TimeDelta::hours(6)];
/// A mail that can't be sent for so long is given up (RFC 5321, section 4.5.4.1), unless what it tells is over before.
const GIVEN_UP: TimeDelta = TimeDelta::days(5);
/// What was sent is forgotten after this time; what failed is its owner's to see for longer.
const SENT_KEPT: TimeDelta = TimeDelta::days(30);
const FAILED_KEPT: TimeDelta = TimeDelta::days(365);

/// What a mail tells. Of a notice or a request it says only that it is there: mail is read by others on its way.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "about", rename_all = "snake_case")]
pub enum MailContent {
    Notice {
        customer: CustomerId,
        sequence: i64,
        kind: NoticeKind,
        /// Whether it was told of before, and nobody has acknowledged it.
        reminder: bool,
    },
    /// To a customer's people: the provider answered what they asked about an access.
    InquiryAnswered { customer: CustomerId, sequence: i64 },
    /// To the provider's people: a customer waits for an answer about an access.
    InquiryWaits { customer: CustomerId, sequence: i64, inquiry: InquiryId, disputed: bool },
    /// About a request for access, to those whom the matter concerns.
    AccessRequest {
        customer: CustomerId,
        grant: GrantId,
        matter: AccessMatter,
        /// Until when it can be decided, where it waits.
        expires_at: Option<Timestamp>,
    },
    /// To a customer's people: accesses were not made as they were granted.
    Exceptions {
        customer: CustomerId,
        accesses: i64,
        /// The last one's place in the record.
        last: i64,
    },
    /// A link to join by, or to begin anew.
    Invitation {
        secret: String,
        /// The customer, or the provider where there is none.
        organisation: Option<String>,
        invited_by: String,
        resets: bool,
        expires_at: Timestamp,
    },
}

/// A mail that is to be queued.
pub(crate) struct NewMail<'a> {
    pub to: &'a str,
    pub person: Option<PersonId>,
    pub invitation: Option<InvitationId>,
    pub content: MailContent,
}

/// What is sealed of a mail.
#[derive(Serialize, Deserialize)]
struct Letter<'a> {
    to: std::borrow::Cow<'a, str>,
    content: MailContent,
}

fn letter_context(id: Uuid) -> String {
    format!("mail.letter/{id}")
}

fn failure_context(id: Uuid) -> String {
    format!("mail.failure/{id}")
}

impl MailContent {
    /// What one mail to a person is enough of until it is sent.
    pub(crate) fn topic(&self) -> Option<String> {
        match self {
            Self::AccessRequest { grant, matter, .. } => Some(format!("{}/{grant}", matter.topic())),
            Self::Exceptions { .. } => Some("exceptions".to_owned()),
            Self::Notice { .. }
            | Self::InquiryAnswered { .. }
            | Self::InquiryWaits { .. }
            | Self::Invitation { .. } => None,
        }
    }

    /// Until when it is worth telling, where that is known.
    fn ends_at(&self) -> Option<Timestamp> {
        match self {
            Self::Invitation { expires_at, .. } => Some(*expires_at),
            Self::AccessRequest { expires_at, .. } => *expires_at,
            Self::Notice { .. }
            | Self::InquiryAnswered { .. }
            | Self::InquiryWaits { .. }
            | Self::Exceptions { .. } => None,
        }
    }
}

impl NewMail<'_> {
    /// Its id, what is sealed of it, and when it is given up.
    pub fn sealed(&self, keys: &Keyring, now: Timestamp) -> Result<(Uuid, Vec<u8>, Timestamp)> {
        let id = new_id(now)?;
        let letter = Letter { to: self.to.into(), content: self.content.clone() };
        let give_up_at = self.content.ends_at().unwrap_or_else(|| now.plus(GIVEN_UP));
        Ok((id, keys.seal(&letter_context(id), &serde_json::to_vec(&letter)?)?, give_up_at))
    }
}

/// Queues a mail in the transaction of what it tells, where mail is sent at all; one that is to go out later is dated then.
macro_rules! queue_mail {
    ($store:expr, $transaction:ident, $mail:expr, $now:expr) => {
        $crate::mail::queue_mail!($store, $transaction, $mail, $now, $now)
    };
    ($store:expr, $transaction:ident, $mail:expr, $now:expr, $at:expr) => {
        if $store.mails {
            let mail: $crate::mail::NewMail<'_> = $mail;
            let (person, topic) = (mail.person.map(|person| person.0), mail.content.topic());
            // Changing nothing locks the row: whoever sends it at the same time looks afterwards for what came meanwhile.
            let waits = match &topic {
                None => 0,
                Some(topic) => sqlx::query(
                    "UPDATE mail SET topic = topic WHERE person_id = $1 AND topic = $2 AND letter IS NOT NULL",
                )
                .bind(person)
                .bind(topic)
                .execute(&mut *$transaction)
                .await?
                .rows_affected(),
            };
            if waits == 0 {
                let (id, letter, give_up_at) = mail.sealed(&$store.keys, $now)?;
                sqlx::query(
                    "INSERT INTO mail (mail_id, person_id, invitation_id, topic, letter, queued_at, try_at, tries,
                         give_up_at)
                     VALUES ($1, $2, $3, $4, $5, $6, $6, 0, $7)",
                )
                .bind(id)
                .bind(person)
                .bind(mail.invitation.map(|invitation| invitation.0))
                .bind(topic)
                .bind(letter)
                .bind($crate::engine::At($at))
                .bind($crate::engine::At(give_up_at))
                .execute(&mut *$transaction)
                .await?;
            }
        }
    };
}
pub(crate) use queue_mail;

/// Queues a mail to those of a customer's people who want it; `$wanted` is the column that says so.
macro_rules! mail_wanted {
    ($store:expr, $transaction:ident, $customer:expr, $wanted:literal, $content:expr, $now:expr) => {
        if $store.mails {
            let people: Vec<(uuid::Uuid, String)> = sqlx::query_as(concat!(
                "SELECT person_id, email FROM person
                 WHERE customer_id = $1 AND removed_at IS NULL AND coalesce(",
                $wanted,
                ", role <> $2) ORDER BY person_id",
            ))
            .bind($customer)
            .bind($crate::mail::WANTS_NONE.code())
            .fetch_all(&mut *$transaction)
            .await?;
            for (person, to) in &people {
                let mail = $crate::mail::NewMail {
                    to,
                    person: Some(domain::PersonId(*person)),
                    invitation: None,
                    content: $content,
                };
                $crate::mail::queue_mail!($store, $transaction, mail, $now);
            }
        }
    };
}
pub(crate) use mail_wanted;

/// Queues a mail to those of the provider's people whose role it concerns, as `$concerns` says, but for one of them.
macro_rules! mail_staff {
    ($store:expr, $transaction:ident, $concerns:expr, $but:expr, $content:expr, $now:expr) => {
        if $store.mails {
            let people: Vec<(uuid::Uuid, String, String)> = sqlx::query_as(
                "SELECT person_id, email, role FROM person
                 WHERE customer_id IS NULL AND removed_at IS NULL ORDER BY person_id",
            )
            .fetch_all(&mut *$transaction)
            .await?;
            for (person, to, role) in &people {
                let person = Some(domain::PersonId(*person));
                if !domain::Role::from_code(false, role).is_some_and($concerns) || person == $but {
                    continue;
                }
                let mail = $crate::mail::NewMail { to, person, invitation: None, content: $content };
                $crate::mail::queue_mail!($store, $transaction, mail, $now);
            }
        }
    };
}
pub(crate) use mail_staff;

/// The role that answers no notices ([`domain::MemberRole::answers_notices`]) gets no mail of them without asking for it.
pub(crate) const WANTS_NONE: domain::MemberRole = domain::MemberRole::Auditor;

/// When a mail was given up, and why.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MailFailure {
    pub at: Timestamp,
    pub reason: String,
}

/// The failure's columns from an outer join.
pub(crate) type FailureRow = (Option<Uuid>, Option<At>, Option<Vec<u8>>);

impl MailFailure {
    pub(crate) fn of((id, at, failure): FailureRow, keys: &Keyring) -> Result<Option<Self>> {
        let (Some(id), Some(At(at)), Some(failure)) = (id, at, failure) else { return Ok(None) };
        let reason = keys.unseal(&failure_context(id), &failure)?;
        Ok(Some(Self { at, reason: String::from_utf8_lossy(&reason).into_owned() }))
    }
}

/// The mail of everybody, for whoever sends it.
#[derive(Clone)]
pub struct Outbox(Store);

/// A mail that is this process's to send, for some minutes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Outgoing {
    pub id: Uuid,
    pub to: String,
    pub content: MailContent,
    pub queued_at: Timestamp,
    /// How often it was tried, this time included.
    pub tries: i64,
    person: Option<PersonId>,
    give_up_at: Timestamp,
}

impl Store {
    /// The same database, by whose acts mail is sent too.
    #[must_use]
    pub fn with_mail(self) -> Self {
        Self { mails: true, ..self }
    }

    /// Whether mail is sent.
    pub fn mails(&self) -> bool {
        self.mails
    }

    /// For the server's own task that sends; nothing that answers HTTP may call it.
    pub fn outbox(&self) -> Outbox {
        Outbox(self.clone())
    }
}

type WaitingRow = (Uuid, Option<Uuid>, At, i64, Vec<u8>, At, At);

impl Outbox {
    /// Takes the mail that has waited longest of those that are to be tried now. However many servers ask, one gets it.
    pub async fn next(&self) -> Result<Option<Outgoing>> {
        loop {
            let now = self.0.now();
            let row: Option<WaitingRow> = on_engine!(self.0, pool => sqlx::query_as(
                "SELECT mail_id, person_id, try_at, tries, letter, queued_at, give_up_at FROM mail
                 WHERE try_at <= $1 ORDER BY try_at, mail_id LIMIT 1"
            ).bind(At(now)).fetch_optional(pool).await)?;
            let Some((id, person, seen, tries, letter, At(queued_at), At(give_up_at))) = row else { return Ok(None) };
            let taken = in_transaction!(self.0, transaction => sqlx::query(
                "UPDATE mail SET try_at = $3, tries = tries + 1 WHERE mail_id = $1 AND try_at = $2"
            ).bind(id).bind(seen).bind(At(now.plus(LEASE))).execute(&mut *transaction).await?.rows_affected());
            if taken == 0 {
                continue;
            }
            let (tries, person) = (tries + 1, person.map(PersonId));
            match self.open(id, &letter) {
                Ok((_, content)) if self.is_over(&content, person, now).await? => self.discard(id).await?,
                Ok((to, content)) => {
                    return Ok(Some(Outgoing { id, to, content, queued_at, tries, person, give_up_at }));
                }
                Err(error) => {
                    // It keeps no other waiting.
                    tracing::error!(mail = %id, error = &error as &dyn std::error::Error, "a mail can't be read");
                    self.put_off(id, tries, give_up_at, "It could not be read.").await?;
                }
            }
        }
    }

    fn open(&self, id: Uuid, letter: &[u8]) -> Result<(String, MailContent)> {
        let letter: Letter = serde_json::from_slice(&self.0.keys.unseal(&letter_context(id), letter)?)?;
        Ok((letter.to.into_owned(), letter.content))
    }

    /// Whether what a mail tells this person is true no more: it waited, and meanwhile the notice was acknowledged, the
    /// answer was given or read, the request decided, or the link ended.
    async fn is_over(&self, content: &MailContent, person: Option<PersonId>, now: Timestamp) -> Result<bool> {
        Ok(match content {
            MailContent::Notice { reminder: false, .. } | MailContent::Exceptions { .. } => false,
            MailContent::AccessRequest { customer, grant, matter, .. } => {
                match self.0.grant_of(*customer, *grant).await {
                    Ok(Some(grant)) => grants::is_over(*matter, &grant.state, person),
                    // Nobody can decide what can't be read; its page says so.
                    Ok(None) | Err(StoreError::GrantRegister(_)) => true,
                    Err(error) => return Err(error),
                }
            }
            MailContent::Notice { customer, sequence, .. } => {
                on_rows_of!(self.0, customer.0, rows => sqlx::query_scalar(
                "SELECT EXISTS (SELECT 1 FROM notice_message
                                WHERE customer_id = $1 AND sequence = $2 AND kind = 'acknowledgement')"
            ).bind(customer.0).bind(sequence).fetch_one(rows).await)?
            }
            MailContent::InquiryAnswered { customer, sequence } => {
                on_rows_of!(self.0, customer.0, rows => sqlx::query_scalar(
                "SELECT NOT EXISTS (SELECT 1 FROM inquiry_state WHERE customer_id = $1 AND sequence = $2 AND unread)"
            ).bind(customer.0).bind(sequence).fetch_one(rows).await)?
            }
            MailContent::InquiryWaits { customer, sequence, .. } => {
                on_rows_of!(self.0, customer.0, rows => sqlx::query_scalar(
                "SELECT NOT EXISTS (SELECT 1 FROM inquiry_state
                                    WHERE customer_id = $1 AND sequence = $2 AND waits_since IS NOT NULL)"
            ).bind(customer.0).bind(sequence).fetch_one(rows).await)?
            }
            MailContent::Invitation { expires_at, .. } => *expires_at <= now,
        })
    }

    async fn discard(&self, id: Uuid) -> Result<()> {
        in_transaction!(self.0, transaction => {
            sqlx::query("DELETE FROM mail WHERE mail_id = $1").bind(id).execute(&mut *transaction).await?;
        });
        Ok(())
    }

    /// It was sent.
    pub async fn sent(&self, mail: &Outgoing) -> Result<()> {
        let now = self.0.now();
        in_transaction!(self.0, transaction => {
            let sent = sqlx::query(
                "UPDATE mail SET done_at = $2, letter = NULL, try_at = NULL WHERE mail_id = $1 AND letter IS NOT NULL",
            )
            .bind(mail.id).bind(At(now)).execute(&mut *transaction).await?.rows_affected();
            if let MailContent::Exceptions { customer, last, .. } = mail.content && sent == 1 {
                // While it waited, no other was queued.
                transaction.rows_of(customer.0).await?;
                let (accesses, newest): (i64, Option<i64>) = sqlx::query_as(
                    "SELECT count(*), max(sequence) FROM access_exception WHERE customer_id = $1 AND sequence > $2",
                ).bind(customer.0).bind(last).fetch_one(&mut *transaction).await?;
                if let Some(last) = newest {
                    let content = MailContent::Exceptions { customer, accesses, last };
                    let new = NewMail { to: &mail.to, person: mail.person, invitation: None, content };
                    queue_mail!(self.0, transaction, new, now);
                }
            }
        });
        Ok(())
    }

    /// It can't be sent, now or later: for this reason, which its organisation's owners see.
    pub async fn refused(&self, mail: &Outgoing, reason: &str) -> Result<()> {
        self.fail(mail.id, mail.tries, reason).await
    }

    /// It couldn't be sent now, for this reason. It is tried again later, and given up after days.
    pub async fn later(&self, mail: &Outgoing, reason: &str) -> Result<()> {
        self.put_off(mail.id, mail.tries, mail.give_up_at, reason).await
    }

    async fn put_off(&self, id: Uuid, tries: i64, give_up_at: Timestamp, reason: &str) -> Result<()> {
        let place = usize::try_from(tries - 1).unwrap_or_default().min(RETRIES.len() - 1);
        let again = self.0.now().plus(RETRIES[place]);
        if again >= give_up_at {
            tracing::error!(mail = %id, tries, "a mail could not be sent for too long and is given up");
            return self.fail(id, tries, reason).await;
        }
        in_transaction!(self.0, transaction => {
            sqlx::query("UPDATE mail SET try_at = $3 WHERE mail_id = $1 AND tries = $2 AND letter IS NOT NULL")
                .bind(id).bind(tries).bind(At(again)).execute(&mut *transaction).await?;
        });
        Ok(())
    }

    async fn fail(&self, id: Uuid, tries: i64, reason: &str) -> Result<()> {
        let failure = self.0.keys.seal(&failure_context(id), reason.as_bytes())?;
        let now = self.0.now();
        in_transaction!(self.0, transaction => {
            // Whoever took it meanwhile, because this one took too long, decides.
            sqlx::query(
                "UPDATE mail SET done_at = $3, failure = $4, letter = NULL, try_at = NULL
                 WHERE mail_id = $1 AND tries = $2 AND letter IS NOT NULL",
            )
            .bind(id).bind(tries).bind(At(now)).bind(failure).execute(&mut *transaction).await?;
        });
        Ok(())
    }

    /// Forgets what was sent or given up long ago; how many mails that were.
    pub async fn forget(&self) -> Result<u64> {
        let now = self.0.now();
        Ok(in_transaction!(self.0, transaction => sqlx::query(
            "DELETE FROM mail WHERE done_at <= $1 AND (failure IS NULL OR done_at <= $2)",
        )
        .bind(At(now.minus(SENT_KEPT))).bind(At(now.minus(FAILED_KEPT)))
        .execute(&mut *transaction).await?.rows_affected()))
    }
}
