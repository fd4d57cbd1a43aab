//! Delivers the messages that wait for webhooks, signed (Standard Webhooks 1.0), and the forms at which webhooks are
//! managed.

use std::time::Duration;

use app::{context::ShownOnce, paths::Organisation};
use axum::{
    Form,
    extract::{Path, State},
    http::{Method, Request, StatusCode, header},
    response::Response,
};
use base64::{Engine, prelude::BASE64_STANDARD};
use domain::{FieldProblem, short_name, webhook::address};
use futures::{StreamExt, stream::FuturesUnordered};
use hmac::{Hmac, KeyInit, Mac};
use serde::Deserialize;
use sha2::Sha256;
use store::{Session, Store, StoreError, WebhookMessage, WebhookOutbox, WebhookSecret};
use tokio::sync::watch;

use crate::{
    config::Config,
    forms::id,
    network::{Network, NetworkError},
    organisation::{administration, done, refused, shown, wrong},
    session::{CurrentSession, Turned},
    state::AppState,
};

/// How many messages are under way at once.
const AT_ONCE: usize = 8;
/// How long a message may wait that was queued while others were under way.
const LOOK_AGAIN: Duration = Duration::from_secs(1);

/// Delivers webhooks' messages over HTTP.
pub struct Courier {
    /// To where the provider's administrators say.
    providers: Network,
    /// To where customers say.
    customers: Network,
}

/// Why a message was not delivered.
enum NotDelivered {
    /// Nothing is to be sent there any more.
    Refused(String),
    Later(String),
}

impl Courier {
    pub fn new(config: &Config) -> Self {
        Self {
            providers: Network::new(config.webhook_private_addresses),
            customers: Network::new(config.sso_private_addresses),
        }
    }

    /// Delivers everything that is due, until nothing is or the server stops.
    pub async fn work(&self, store: &Store, stopping: &watch::Receiver<bool>) -> Result<(), StoreError> {
        let outbox = store.webhook_outbox();
        let mut under_way = FuturesUnordered::new();
        loop {
            while under_way.len() < AT_ONCE && !*stopping.borrow() {
                let Some(message) = outbox.next().await? else { break };
                under_way.push(self.deliver(store, &outbox, message));
            }
            if under_way.is_empty() {
                return Ok(());
            }
            tokio::select! {
                delivered = under_way.next() => delivered.unwrap_or(Ok(()))?,
                () = tokio::time::sleep(LOOK_AGAIN) => {}
            }
        }
    }

    async fn deliver(&self, store: &Store, outbox: &WebhookOutbox, message: WebhookMessage) -> Result<(), StoreError> {
        match self.send(store, &message).await {
            Ok(()) => outbox.delivered(&message).await,
            Err(NotDelivered::Refused(reason)) => outbox.refused(&message, &reason).await,
            Err(NotDelivered::Later(reason)) => outbox.later(&message, &reason).await,
        }
    }

    async fn send(&self, store: &Store, message: &WebhookMessage) -> Result<(), NotDelivered> {
        let later = |error: NetworkError| NotDelivered::Later(error.to_string());
        let (id, timestamp) = (message.id.to_string(), store.now().utc().timestamp());
        let signatures = message.secrets.iter().map(|secret| signature(secret, &id, timestamp, &message.body));
        let signatures = signatures.collect::<Option<Vec<_>>>().map(|all| all.join(" "));
        let request = signatures.and_then(|signatures| {
            let request = Request::builder()
                .method(Method::POST)
                .uri(&message.url)
                .header(header::CONTENT_TYPE, "application/json")
                .header("webhook-id", &id)
                .header("webhook-timestamp", timestamp.to_string())
                .header("webhook-signature", signatures);
            request.body(message.body.clone()).ok()
        });
        let Some(request) = request else {
            return Err(NotDelivered::Refused("its address or secret can't be used".to_owned()));
        };
        let network = if message.customer.is_some() { &self.customers } else { &self.providers };
        let status = network.status(request).await.map_err(later)?;
        match status {
            status if status.is_success() => Ok(()),
            StatusCode::GONE => {
                Err(NotDelivered::Refused("it answered that nothing is to be sent there (410)".to_owned()))
            }
            status => Err(NotDelivered::Later(format!("it answered with status {}", status.as_u16()))),
        }
    }
}

/// `v1,` and the signature of a message in base 64, by a secret as people see it; `None` where that is no secret.
fn signature(secret: &str, id: &str, timestamp: i64, body: &[u8]) -> Option<String> {
    let key = BASE64_STANDARD.decode(secret.strip_prefix("whsec_")?).ok()?;
    let mut mac = Hmac::<Sha256>::new_from_slice(&key).ok()?;
    mac.update(format!("{id}.{timestamp}.").as_bytes());
    mac.update(body);
    Some(format!("v1,{}", BASE64_STANDARD.encode(mac.finalize().into_bytes())))
}

#[derive(Deserialize)]
pub struct WebhookForm {
    name: String,
    url: String,
}

async fn show_secret(
    state: AppState,
    session: Session,
    at: &Organisation,
    name: String,
    secret: &WebhookSecret,
) -> Response {
    shown(state, session, at.webhooks, ShownOnce::WebhookSecret { name, secret: secret.as_str().to_owned() }).await
}

/// `POST …/webhooks`
pub async fn create(
    State(state): State<AppState>,
    CurrentSession(session): CurrentSession,
    Form(form): Form<WebhookForm>,
) -> Result<Response, Turned> {
    let (administration, at) = administration(&session, |at| at.webhooks)?;
    let typed = [("name", form.name.as_str()), ("url", form.url.as_str())];
    let (name, url) = match (short_name("name", &form.name), address(&form.url)) {
        (Ok(name), Ok(url)) => (name, url),
        (name, url) => {
            let problems = [name.err(), url.err()].into_iter().flatten().collect();
            return Ok(wrong(state, session, at.webhooks, "webhook", problems, &typed).await);
        }
    };
    match administration.create_webhook(&name, url.as_str()).await? {
        Ok(secret) => Ok(show_secret(state, session, at, name, &secret).await),
        Err(refusal) => {
            let problem = FieldProblem::new("", refusal.to_string());
            Ok(wrong(state, session, at.webhooks, "webhook", vec![problem], &typed).await)
        }
    }
}

/// `POST …/webhooks/{id}/secret`
pub async fn rotate_secret(
    State(state): State<AppState>,
    CurrentSession(session): CurrentSession,
    Path(text): Path<String>,
) -> Result<Response, Turned> {
    let (administration, at) = administration(&session, |at| at.webhooks)?;
    match administration.rotate_webhook_secret(id(&text)?).await? {
        Ok((name, secret)) => Ok(show_secret(state, session, at, name, &secret).await),
        Err(refusal) => refused(state, session, at.webhooks, "webhooks", refusal).await,
    }
}

/// `POST …/webhooks/{id}/try`
pub async fn try_out(
    State(state): State<AppState>,
    CurrentSession(session): CurrentSession,
    Path(text): Path<String>,
) -> Result<Response, Turned> {
    let (administration, at) = administration(&session, |at| at.webhooks)?;
    match administration.try_webhook(id(&text)?).await? {
        Ok(()) => Ok(done(at.webhooks, "tried")),
        Err(refusal) => refused(state, session, at.webhooks, "webhooks", refusal).await,
    }
}

/// `POST …/webhooks/{id}/remove`
pub async fn remove(
    State(state): State<AppState>,
    CurrentSession(session): CurrentSession,
    Path(text): Path<String>,
) -> Result<Response, Turned> {
    let (administration, at) = administration(&session, |at| at.webhooks)?;
    match administration.remove_webhook(id(&text)?).await? {
        Ok(()) => Ok(done(at.webhooks, "removed")),
        Err(refusal) => refused(state, session, at.webhooks, "webhooks", refusal).await,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The example that the specification's reference libraries are tested with.
    #[test]
    fn a_message_is_signed_as_the_specification_says() {
        let (secret, id) = ("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw", "msg_p5jXN8AQM9LWM0D4loKWxJek");
        let signed = signature(secret, id, 1_614_265_330, br#"{"test": 2432232314}"#);
        assert_eq!(signed.as_deref(), Some("v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="));
        assert_eq!(signature("MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw", id, 0, b""), None);
    }
}
