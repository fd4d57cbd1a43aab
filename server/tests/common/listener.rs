//! A system that webhooks are sent to: it keeps what came and answers as it is told.

use std::sync::{Arc, Mutex, PoisonError};

use axum::{
    Router,
    body::Bytes,
    extract::State,
    http::{HeaderMap, StatusCode},
    routing::post,
};
use base64::{Engine, prelude::BASE64_STANDARD};

/// What came, once for each delivery.
#[derive(Clone, Debug)]
pub struct Came {
    pub headers: HeaderMap,
    pub body: Bytes,
}

impl Came {
    pub fn header(&self, name: &str) -> &str {
        self.headers.get(name).and_then(|value| value.to_str().ok()).unwrap_or_default()
    }

    pub fn json(&self) -> serde_json::Value {
        serde_json::from_slice(&self.body).expect("JSON")
    }

    /// Whether one of its signatures was made with this secret (checked with another library than the one that signs).
    pub fn is_signed_with(&self, secret: &str) -> bool {
        let key = BASE64_STANDARD.decode(secret.strip_prefix("whsec_").expect("a secret")).expect("base 64");
        let key = ring::hmac::Key::new(ring::hmac::HMAC_SHA256, &key);
        let signed = [self.header("webhook-id"), ".", self.header("webhook-timestamp"), "."].concat();
        let signed = [signed.as_bytes(), &self.body].concat();
        let signatures = self.header("webhook-signature").split(' ').filter_map(|one| one.strip_prefix("v1,"));
        signatures
            .filter_map(|one| BASE64_STANDARD.decode(one).ok())
            .any(|one| ring::hmac::verify(&key, &signed, &one).is_ok())
    }
}

#[derive(Clone, Default)]
struct Heard(Arc<Mutex<(Vec<Came>, StatusCode)>>);

/// A listener of the test's own, on this machine.
pub struct Listener {
    pub url: String,
    heard: Heard,
}

impl Listener {
    pub async fn start() -> Self {
        let heard = Heard::default();
        let socket = tokio::net::TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let url = format!("http://{}/vitrine", socket.local_addr().expect("an address"));
        let router = Router::new().route("/vitrine", post(hear)).with_state(heard.clone());
        tokio::spawn(async move { axum::serve(socket, router).await.expect("a server") });
        Self { url, heard }
    }

    /// What it answers from now on.
    pub fn answers(&self, status: StatusCode) {
        self.heard.0.lock().unwrap_or_else(PoisonError::into_inner).1 = status;
    }

    /// What came since it was asked last.
    pub fn came(&self) -> Vec<Came> {
        std::mem::take(&mut self.heard.0.lock().unwrap_or_else(PoisonError::into_inner).0)
    }
}

async fn hear(State(Heard(heard)): State<Heard>, headers: HeaderMap, body: Bytes) -> StatusCode {
    let mut heard = heard.lock().unwrap_or_else(PoisonError::into_inner);
    heard.0.push(Came { headers, body });
    heard.1
}
