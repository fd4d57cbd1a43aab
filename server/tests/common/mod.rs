//! The whole application over a fresh database, asked through its router.
#![expect(dead_code, reason = "each test file uses a part of it")]

use axum::{
    Router,
    body::{Body, Bytes},
    http::{HeaderMap, Method, Request, StatusCode, header},
};
use domain::{MemberRole, StaffRole};
use server::{config::Config, router, serve, state::AppState};
use store::{Customer, Engine, NewPerson, Scope, testing::TestStore};
use tokio::sync::watch;
use tower::ServiceExt;

pub const PASSWORD: &str = "correct horse battery staple";

pub struct App {
    pub test: TestStore,
    pub state: AppState,
    router: Router,
    /// Dropping it would tell the server to stop.
    _stop: watch::Sender<bool>,
}

/// An answer, whole.
pub struct Answer {
    pub status: StatusCode,
    pub headers: HeaderMap,
    pub body: Bytes,
}

impl Answer {
    pub fn text(&self) -> String {
        String::from_utf8(self.body.to_vec()).expect("text")
    }

    pub fn json(&self) -> serde_json::Value {
        serde_json::from_slice(&self.body).unwrap_or_else(|error| panic!("{error}: {}", self.text()))
    }

    pub fn header(&self, name: &str) -> &str {
        self.headers.get(name).map_or("", |value| value.to_str().expect("a readable header"))
    }
}

impl App {
    pub async fn open() -> Self {
        Self::on(Engine::Sqlite, Config::default()).await
    }

    pub async fn on(engine: Engine, config: Config) -> Self {
        let test = TestStore::open(engine).await;
        let (stop, stopping) = watch::channel(false);
        let state = serve::state(test.store.clone(), config, stopping).await.expect("a server's state");
        Self { router: router::router(state.clone()), test, state, _stop: stop }
    }

    pub async fn send(&self, request: Request<Body>) -> Answer {
        let response = self.router.clone().oneshot(request).await.expect("an answer");
        let (parts, body) = response.into_parts();
        let body = axum::body::to_bytes(body, usize::MAX).await.expect("a whole body");
        Answer { status: parts.status, headers: parts.headers, body }
    }

    /// An answer whose body goes on.
    pub async fn open_stream(&self, request: Request<Body>) -> axum::body::BodyDataStream {
        self.router.clone().oneshot(request).await.expect("an answer").into_body().into_data_stream()
    }

    pub async fn get(&self, path: &str, cookie: &str) -> Answer {
        self.ask(Method::GET, path, cookie).await
    }

    pub async fn ask(&self, method: Method, path: &str, cookie: &str) -> Answer {
        let request = Request::builder().method(method).uri(path).header(header::COOKIE, cookie);
        self.send(request.body(Body::empty()).expect("a request")).await
    }

    pub async fn report(&self, token: &str, kind: &str, body: impl Into<Body>) -> Answer {
        let request = Request::post("/api/v1/access-events")
            .header(header::AUTHORIZATION, format!("Bearer {token}"))
            .header(header::CONTENT_TYPE, kind);
        self.send(request.body(body.into()).expect("a request")).await
    }

    /// A customer with one member, and the cookie of that member's session.
    pub async fn member_of(&self, name: &str) -> (Customer, String) {
        let customer = self.test.customer(name).await;
        let email = format!("owner@{name}.example");
        let person = NewPerson { email: &email, display_name: "Ada", password: PASSWORD };
        self.test.store.operator().create_member(&customer, person, MemberRole::Owner).await.expect("a member");
        (customer, self.cookie(&email).await)
    }

    /// The cookie of a session of the provider's staff.
    pub async fn staff(&self, role: StaffRole) -> String {
        let email = format!("{}@provider.example", role.code());
        let person = NewPerson { email: &email, display_name: "Sam", password: PASSWORD };
        self.test.store.operator().create_staff(person, role).await.expect("a member of staff");
        self.cookie(&email).await
    }

    async fn cookie(&self, email: &str) -> String {
        let session = self.test.store.sign_in(email, PASSWORD).await.expect("a sign-in").expect("a session");
        format!("__Host-vitrine-session={}", session.secret)
    }

    pub async fn token(&self, customer: Option<&Customer>, scope: Scope) -> String {
        let token = self.test.store.operator().create_token(customer, scope).await.expect("a token");
        token.as_str().to_owned()
    }
}

/// A good access as its reporter sends it.
pub fn event(id: &str, customer: &str) -> serde_json::Value {
    serde_json::json!({
        "id": id, "customer": customer,
        "accessor": {"role": "Support engineer", "employer": "Nimbus Cloud", "office_country": "IE"},
        "started_at": "2026-02-01T11:00:00Z", "ended_at": "2026-02-01T11:20:00Z",
        "purpose": "customer_requested_support", "justification": "Restore of a deleted folder", "ticket": "CASE-1",
        "service": "Object Storage", "resources": [{"type": "bucket", "name": "records"}], "operations": ["read"],
        "approval": {"kind": "customer"}, "authentication": {"factors": ["passkey"]},
        "revocation": {"revoked_at": "2026-02-01T11:20:00Z", "revoked_by": "end of session"}
    })
}
