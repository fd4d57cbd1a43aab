//! Webhooks: messages written in the transaction of what they tell, and delivered later, by whichever server comes first.
//! Addresses, secrets and messages are sealed.

use chrono::TimeDelta;
use data_encoding::BASE64;
use domain::{CustomerId, Timestamp, TrailAct, WebhookId, webhook::WebhookEvent};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use uuid::Uuid;

use crate::{
    Refusal, Result, Store,
    engine::{At, in_transaction, new_id, on_engine, random_bytes},
    trail::{Actor, Owner, add_to_trail},
};

/// Whoever takes a message has so long to deliver it; then it is somebody else's to try.
const LEASE: TimeDelta = TimeDelta::minutes(1);
/// How long until a message is tried again, after the first try, the second and so on. The last holds from there on.
const RETRIES: [TimeDelta; 6] = [
    TimeDelta::seconds(5),
    TimeDelta::minutes(1),
    TimeDelta::minutes(5),
    TimeDelta::minutes(30),
    TimeDelta::hours(2),
    TimeDelta::hours(6),
];
/// A message that nobody takes for so long is given up.
const GIVEN_UP: TimeDelta = TimeDelta::days(3);
/// What was delivered or given up is forgotten after this time.
const KEPT: TimeDelta = TimeDelta::days(30);
/// How long a secret signs yet once another took its place.
const OVERLAP: TimeDelta = TimeDelta::hours(24);
/// An owner has no more webhooks than this: each is told everything.
const MOST: i64 = 10;

/// Where a webhook goes and what it is signed with.
#[derive(Serialize, Deserialize)]
struct Connection {
    url: String,
    secret: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    previous: Option<Previous>,
}

/// A secret that another took the place of.
#[derive(Serialize, Deserialize)]
struct Previous {
    secret: String,
    until: Timestamp,
}

/// A webhook's secret as it is shown once: `whsec_` and 32 bytes in base 64 (Standard Webhooks, “Signature scheme”).
pub struct WebhookSecret(String);

impl WebhookSecret {
    const PREFIX: &'static str = "whsec_";

    fn generate() -> Result<Self> {
        Ok(Self(format!("{}{}", Self::PREFIX, BASE64.encode(&random_bytes::<32>()?))))
    }

    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// A webhook, without its secret.
#[derive(Clone, Debug)]
pub struct WebhookLine {
    pub id: WebhookId,
    pub name: String,
    pub url: String,
    pub created_by: String,
    pub created_at: Timestamp,
    pub delivered_at: Option<Timestamp>,
    /// How many messages wait to be delivered.
    pub waiting: i64,
    /// What went wrong the last time, where nothing was delivered since.
    pub failure: Option<WebhookFailure>,
}

#[derive(sqlx::FromRow)]
struct Row {
    webhook_id: Uuid,
    name: String,
    connection: Vec<u8>,
    created_by: String,
    created_at: At,
    delivered_at: Option<At>,
    waiting: i64,
    failed: Option<Uuid>,
    failed_of: Option<At>,
    event: Option<String>,
    failure: Option<Vec<u8>>,
    given_up_at: Option<At>,
}

/// When a message could not be delivered, and why.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WebhookFailure {
    /// When the message was queued.
    pub of: Timestamp,
    pub event: String,
    pub reason: String,
    /// Whether it is tried no more.
    pub given_up: bool,
}

fn connection_context(id: Uuid) -> String {
    format!("webhook.connection/{id}")
}

fn body_context(id: Uuid) -> String {
    format!("webhook_message.body/{id}")
}

fn failure_context(id: Uuid) -> String {
    format!("webhook_message.failure/{id}")
}

/// A message's row, but for whose it is: its id, its body, sealed, and when it is given up.
pub(crate) fn sealed_message(
    store: &Store,
    event: WebhookEvent,
    data: &Value,
    now: Timestamp,
) -> Result<(Uuid, Vec<u8>, Timestamp)> {
    let id = new_id(now)?;
    let body = json!({ "type": event.code(), "timestamp": now, "data": data }).to_string();
    Ok((id, store.keys.seal(&body_context(id), body.as_bytes())?, now.plus(GIVEN_UP)))
}

/// Queues a message to one webhook.
macro_rules! queue_message {
    ($store:expr, $transaction:ident, $webhook:expr, $event:expr, $data:expr, $now:expr) => {{
        let event: domain::webhook::WebhookEvent = $event;
        let (id, body, give_up_at) = $crate::webhooks::sealed_message(&$store, event, $data, $now)?;
        sqlx::query(
            "INSERT INTO webhook_message (message_id, webhook_id, event, body, queued_at, try_at, tries, give_up_at)
             VALUES ($1, $2, $3, $4, $5, $5, 0, $6)",
        )
        .bind(id)
        .bind::<uuid::Uuid>($webhook)
        .bind(event.code())
        .bind(body)
        .bind($crate::engine::At($now))
        .bind($crate::engine::At(give_up_at))
        .execute(&mut *$transaction)
        .await?;
    }};
}
pub(crate) use queue_message;

/// Queues a message to every webhook of an owner, in the transaction of what it tells.
macro_rules! tell_webhooks {
    ($store:expr, $transaction:ident, $owner:expr, $event:expr, $data:expr, $now:expr) => {{
        let owner: $crate::trail::Owner = $owner;
        let webhooks: Vec<uuid::Uuid> = sqlx::query_scalar(
            "SELECT webhook_id FROM webhook WHERE customer_id IS NOT DISTINCT FROM $1 ORDER BY webhook_id",
        )
        .bind(owner.customer_id())
        .fetch_all(&mut *$transaction)
        .await?;
        if !webhooks.is_empty() {
            let data: &serde_json::Value = &$data;
            for webhook in webhooks {
                $crate::webhooks::queue_message!($store, $transaction, webhook, $event, data, $now);
            }
        }
    }};
}
pub(crate) use tell_webhooks;

/// Reads one webhook of an owner's in a transaction that changes it: what it is called and its connection.
macro_rules! connection_of {
    ($store:expr, $transaction:ident, $owner:expr, $id:expr) => {{
        let row: Option<(String, Vec<u8>)> = sqlx::query_as(
            "UPDATE webhook SET name = name WHERE webhook_id = $1 AND customer_id IS NOT DISTINCT FROM $2
             RETURNING name, connection",
        )
        .bind($id.0)
        .bind($owner.customer_id())
        .fetch_optional(&mut *$transaction)
        .await?;
        match row {
            Some((name, sealed)) => (name, $store.open_connection($id.0, &sealed)?),
            None => return Ok(Err(Refusal::NotFound)),
        }
    }};
}

impl Store {
    fn open_connection(&self, id: Uuid, sealed: &[u8]) -> Result<Connection> {
        Ok(serde_json::from_slice(&self.keys.unseal(&connection_context(id), sealed)?)?)
    }

    fn seal_connection(&self, id: Uuid, connection: &Connection) -> Result<Vec<u8>> {
        Ok(self.keys.seal(&connection_context(id), &serde_json::to_vec(connection)?)?)
    }

    pub(crate) async fn create_webhook(
        &self,
        owner: Owner,
        name: &str,
        url: &str,
        actor: &Actor,
    ) -> Result<Result<WebhookSecret, Refusal>> {
        let now = self.now();
        let (id, secret) = (new_id(now)?, WebhookSecret::generate()?);
        let connection = Connection { url: url.to_owned(), secret: secret.0.clone(), previous: None };
        let sealed = self.seal_connection(id, &connection)?;
        Ok(in_transaction!(self, transaction => {
            let there: i64 = sqlx::query_scalar("SELECT count(*) FROM webhook WHERE customer_id IS NOT DISTINCT FROM $1")
                .bind(owner.customer_id()).fetch_one(&mut *transaction).await?;
            if there >= MOST {
                return Ok(Err(Refusal::TooManyWebhooks));
            }
            sqlx::query(
                "INSERT INTO webhook (webhook_id, customer_id, name, connection, created_by, created_at)
                 VALUES ($1, $2, $3, $4, $5, $6)",
            )
            .bind(id).bind(owner.customer_id()).bind(name).bind(sealed).bind(&actor.name).bind(At(now))
            .execute(&mut *transaction).await?;
            // The address is sealed, and may hold a key: the trail keeps its host alone.
            let subject = format!("{name}, at {}", domain::webhook::host(url));
            add_to_trail!(transaction, owner, actor, now, TrailAct::WebhookMade, subject);
            Ok(secret)
        }))
    }

    /// Makes a new secret, beside which the one before signs for a day yet; what the webhook is called.
    pub(crate) async fn rotate_webhook_secret(
        &self,
        owner: Owner,
        id: WebhookId,
        actor: &Actor,
    ) -> Result<Result<(String, WebhookSecret), Refusal>> {
        let (now, secret) = (self.now(), WebhookSecret::generate()?);
        Ok(in_transaction!(self, transaction => {
            let (name, old) = connection_of!(self, transaction, owner, id);
            let previous = Some(Previous { secret: old.secret, until: now.plus(OVERLAP) });
            let connection = Connection { url: old.url, secret: secret.0.clone(), previous };
            sqlx::query("UPDATE webhook SET connection = $2 WHERE webhook_id = $1")
                .bind(id.0).bind(self.seal_connection(id.0, &connection)?).execute(&mut *transaction).await?;
            add_to_trail!(transaction, owner, actor, now, TrailAct::WebhookSecretRotated, name);
            Ok((name, secret))
        }))
    }

    /// Queues a message that only says that the webhook was tried out.
    pub(crate) async fn try_webhook(&self, owner: Owner, id: WebhookId) -> Result<Result<(), Refusal>> {
        let now = self.now();
        Ok(in_transaction!(self, transaction => {
            let (name, _) = connection_of!(self, transaction, owner, id);
            let data = json!({ "webhook": name });
            queue_message!(self, transaction, id.0, WebhookEvent::Tried, &data, now);
            Ok(())
        }))
    }

    /// Removes a webhook, with whatever waits for it.
    pub(crate) async fn remove_webhook(
        &self,
        owner: Owner,
        id: WebhookId,
        actor: &Actor,
    ) -> Result<Result<(), Refusal>> {
        let now = self.now();
        Ok(in_transaction!(self, transaction => {
            let (name, _) = connection_of!(self, transaction, owner, id);
            sqlx::query("DELETE FROM webhook WHERE webhook_id = $1").bind(id.0).execute(&mut *transaction).await?;
            add_to_trail!(transaction, owner, actor, now, TrailAct::WebhookRemoved, name);
            Ok(())
        }))
    }

    /// An owner's webhooks, the newest first.
    pub(crate) async fn webhooks(&self, owner: Owner) -> Result<Vec<WebhookLine>> {
        let rows: Vec<Row> = on_engine!(self, pool => sqlx::query_as(
            "SELECT webhook.webhook_id, name, connection, created_by, created_at, delivered_at,
                 (SELECT count(*) FROM webhook_message AS waiting
                  WHERE waiting.webhook_id = webhook.webhook_id AND waiting.body IS NOT NULL) AS waiting,
                 last_failed.message_id AS failed, last_failed.queued_at AS failed_of, event, failure,
                 last_failed.done_at AS given_up_at
             FROM webhook LEFT JOIN webhook_message AS last_failed ON last_failed.message_id = (
                 SELECT message_id FROM webhook_message
                 WHERE webhook_message.webhook_id = webhook.webhook_id AND failure IS NOT NULL
                   AND (delivered_at IS NULL OR queued_at >= delivered_at)
                 ORDER BY queued_at DESC, message_id DESC LIMIT 1)
             WHERE customer_id IS NOT DISTINCT FROM $1 ORDER BY created_at DESC, webhook.webhook_id"
        ).bind(owner.customer_id()).fetch_all(pool).await)?;
        rows.into_iter().map(|row| self.webhook_line(row)).collect()
    }

    fn webhook_line(&self, row: Row) -> Result<WebhookLine> {
        let failure = match (row.failed, row.failed_of, row.event, row.failure) {
            (Some(message), Some(At(of)), Some(event), Some(sealed)) => {
                let reason = self.keys.unseal(&failure_context(message), &sealed)?;
                let reason = String::from_utf8_lossy(&reason).into_owned();
                Some(WebhookFailure { of, event, reason, given_up: row.given_up_at.is_some() })
            }
            _ => None,
        };
        Ok(WebhookLine {
            id: WebhookId(row.webhook_id),
            name: row.name,
            url: self.open_connection(row.webhook_id, &row.connection)?.url,
            created_by: row.created_by,
            created_at: row.created_at.0,
            delivered_at: row.delivered_at.map(|At(at)| at),
            waiting: row.waiting,
            failure,
        })
    }

    /// For the server's own task that delivers; nothing that answers HTTP may call it.
    pub fn webhook_outbox(&self) -> WebhookOutbox {
        WebhookOutbox(self.clone())
    }
}

/// The messages to everybody's webhooks, for whoever delivers them.
#[derive(Clone)]
pub struct WebhookOutbox(Store);

/// A message that is this process's to deliver, for a minute.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WebhookMessage {
    /// Its `webhook-id`: the same however often it is delivered.
    pub id: Uuid,
    pub webhook: WebhookId,
    /// Whose webhook it is; the provider's where it is nobody's.
    pub customer: Option<CustomerId>,
    pub url: String,
    /// What it is signed with: the secret, and for a while the one before it.
    pub secrets: Vec<String>,
    /// JSON, as it is signed and sent.
    pub body: Vec<u8>,
    /// How often it was tried, this time included.
    pub tries: i64,
    give_up_at: Timestamp,
}

type WaitingRow = (Uuid, At, i64, Vec<u8>, At, Uuid, Option<Uuid>, Vec<u8>);

impl WebhookOutbox {
    /// Takes the message that is to be tried first of those that are to be tried now. However many servers ask, one gets
    /// it.
    pub async fn next(&self) -> Result<Option<WebhookMessage>> {
        loop {
            let now = self.0.now();
            let row: Option<WaitingRow> = on_engine!(self.0, pool => sqlx::query_as(
                "SELECT message_id, try_at, tries, body, give_up_at, webhook_id, customer_id, connection
                 FROM webhook_message JOIN webhook USING (webhook_id)
                 WHERE try_at <= $1 ORDER BY try_at, message_id LIMIT 1"
            ).bind(At(now)).fetch_optional(pool).await)?;
            let Some((id, seen, tries, body, At(give_up_at), webhook, customer, connection)) = row else {
                return Ok(None);
            };
            let taken = in_transaction!(self.0, transaction => sqlx::query(
                "UPDATE webhook_message SET try_at = $3, tries = tries + 1 WHERE message_id = $1 AND try_at = $2"
            ).bind(id).bind(seen).bind(At(now.plus(LEASE))).execute(&mut *transaction).await?.rows_affected());
            if taken == 0 {
                continue;
            }
            let tries = tries + 1;
            let opened = self.open(id, &body, webhook, &connection, now);
            match opened {
                Ok((url, secrets, body)) => {
                    let (webhook, customer) = (WebhookId(webhook), customer.map(CustomerId));
                    return Ok(Some(WebhookMessage { id, webhook, customer, url, secrets, body, tries, give_up_at }));
                }
                Err(error) => {
                    // It keeps no other waiting.
                    tracing::error!(message = %id, error = &error as &dyn std::error::Error, "a webhook's message can't be read");
                    self.put_off(id, WebhookId(webhook), tries, give_up_at, "It could not be read.").await?;
                }
            }
        }
    }

    fn open(
        &self,
        id: Uuid,
        body: &[u8],
        webhook: Uuid,
        connection: &[u8],
        now: Timestamp,
    ) -> Result<(String, Vec<String>, Vec<u8>)> {
        let body = self.0.keys.unseal(&body_context(id), body)?;
        let connection = self.0.open_connection(webhook, connection)?;
        let previous = connection.previous.filter(|previous| previous.until > now).map(|previous| previous.secret);
        Ok((connection.url, [connection.secret].into_iter().chain(previous).collect(), body))
    }

    /// It was delivered.
    pub async fn delivered(&self, message: &WebhookMessage) -> Result<()> {
        let now = self.0.now();
        in_transaction!(self.0, transaction => {
            // The webhook first: whoever changes its other messages too waits here, so that no two wait for each other.
            sqlx::query("UPDATE webhook SET delivered_at = $2 WHERE webhook_id = $1")
                .bind(message.webhook.0).bind(At(now)).execute(&mut *transaction).await?;
            sqlx::query(
                "UPDATE webhook_message SET done_at = $2, body = NULL, try_at = NULL, failure = NULL
                 WHERE message_id = $1 AND body IS NOT NULL",
            )
            .bind(message.id).bind(At(now)).execute(&mut *transaction).await?;
            // It answers again, so what was put off needn't wait. What is on its way now is due sooner than this.
            sqlx::query("UPDATE webhook_message SET try_at = $2 WHERE webhook_id = $1 AND try_at > $3")
                .bind(message.webhook.0).bind(At(now)).bind(At(now.plus(LEASE))).execute(&mut *transaction).await?;
        });
        Ok(())
    }

    /// It is not wanted any more, for this reason, which its owner sees.
    pub async fn refused(&self, message: &WebhookMessage, reason: &str) -> Result<()> {
        self.fail(message.id, message.tries, reason).await
    }

    /// It couldn't be delivered now, for this reason. It is tried again later, and what waits for the same webhook with
    /// it; after days it is given up.
    pub async fn later(&self, message: &WebhookMessage, reason: &str) -> Result<()> {
        self.put_off(message.id, message.webhook, message.tries, message.give_up_at, reason).await
    }

    async fn put_off(
        &self,
        id: Uuid,
        webhook: WebhookId,
        tries: i64,
        give_up_at: Timestamp,
        reason: &str,
    ) -> Result<()> {
        let place = usize::try_from(tries - 1).unwrap_or_default().min(RETRIES.len() - 1);
        let again = self.0.now().plus(RETRIES[place]);
        if again >= give_up_at {
            tracing::warn!(message = %id, tries, "a webhook's message could not be delivered for too long and is given up");
            return self.fail(id, tries, reason).await;
        }
        let failure = self.0.keys.seal(&failure_context(id), reason.as_bytes())?;
        in_transaction!(self.0, transaction => {
            // The webhook first, as where a message is delivered: two that fail at once would wait for each other.
            sqlx::query("UPDATE webhook SET name = name WHERE webhook_id = $1")
                .bind(webhook.0).execute(&mut *transaction).await?;
            sqlx::query(
                "UPDATE webhook_message SET try_at = $3, failure = $4
                 WHERE message_id = $1 AND tries = $2 AND body IS NOT NULL",
            )
            .bind(id).bind(tries).bind(At(again)).bind(failure).execute(&mut *transaction).await?;
            // One address that doesn't answer keeps the messages to others no longer waiting than once.
            sqlx::query("UPDATE webhook_message SET try_at = $2 WHERE webhook_id = $1 AND try_at < $2")
                .bind(webhook.0).bind(At(again)).execute(&mut *transaction).await?;
        });
        Ok(())
    }

    async fn fail(&self, id: Uuid, tries: i64, reason: &str) -> Result<()> {
        let failure = self.0.keys.seal(&failure_context(id), reason.as_bytes())?;
        let now = self.0.now();
        in_transaction!(self.0, transaction => {
            // Whoever took it meanwhile, because this one took too long, decides.
            sqlx::query(
                "UPDATE webhook_message SET done_at = $3, failure = $4, body = NULL, try_at = NULL
                 WHERE message_id = $1 AND tries = $2 AND body IS NOT NULL",
            )
            .bind(id).bind(tries).bind(At(now)).bind(failure).execute(&mut *transaction).await?;
        });
        Ok(())
    }

    /// Forgets what was delivered or given up long ago; how many messages that were.
    pub async fn forget(&self) -> Result<u64> {
        let now = self.0.now();
        Ok(in_transaction!(self.0, transaction => sqlx::query("DELETE FROM webhook_message WHERE done_at <= $1")
            .bind(At(now.minus(KEPT))).execute(&mut *transaction).await?.rows_affected()))
    }
}
