//! The whole application over a fresh database, asked through its router.
#![expect(dead_code, reason = "each test file uses a part of it")]

use axum::{
    Router,
    body::{Body, Bytes},
    http::{HeaderMap, Method, Request, StatusCode, header},
};
use chrono::TimeDelta;
use data_encoding::BASE32_NOPAD;
use domain::{MemberRole, StaffRole};
use server::{config::Config, router, serve, state::AppState};
use store::{
    Client, Customer, Engine, NewPerson, NoticeDesk, Scope, Session, SignInAnswer, ToWhom, testing::TestStore,
};
use tokio::sync::watch;
use tower::ServiceExt;

pub const PASSWORD: &str = "correct horse battery staple";
/// The secret of every staff member's authenticator.
pub const AUTHENTICATOR: &str = "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP";
/// Between the parts of a form with files.
const BOUNDARY: &str = "a-boundary-that-no-file-holds";

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

    /// A cookie that the answer sets, with its attributes.
    pub fn cookie(&self, name: &str) -> Option<&str> {
        let cookies = self.headers.get_all(header::SET_COOKIE).iter();
        let mut cookies = cookies.map(|cookie| cookie.to_str().expect("a readable cookie"));
        cookies.find(|cookie| cookie.split('=').next() == Some(name))
    }

    /// The session that the answer opens, as a browser sends it back.
    pub fn session(&self) -> String {
        let cookie = self.cookie("__Host-vitrine-session").expect("a session");
        cookie.split(';').next().unwrap_or_default().to_owned()
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

    /// Another member of a customer, and the cookie of that member's session.
    pub async fn colleague(&self, customer: &Customer, role: MemberRole) -> String {
        let email = format!("{}@{}.example", role.code(), customer.name);
        let person = NewPerson { email: &email, display_name: role.label(), password: PASSWORD };
        self.test.store.operator().create_member(customer, person, role).await.expect("a member");
        self.cookie(&email).await
    }

    /// The cookie of a session of the provider's staff.
    pub async fn staff(&self, role: StaffRole) -> String {
        self.staff_named("Sam", role.code(), role).await
    }

    /// The same for another person of this role.
    pub async fn another_staff(&self, name: &str, role: StaffRole) -> String {
        self.staff_named(name, &name.to_lowercase(), role).await
    }

    async fn staff_named(&self, name: &str, mailbox: &str, role: StaffRole) -> String {
        let email = format!("{mailbox}@provider.example");
        let person = NewPerson { email: &email, display_name: name, password: PASSWORD };
        let operator = self.test.store.operator();
        let id = operator.create_staff(person, role).await.expect("a member of staff");
        let secret = BASE32_NOPAD.decode(AUTHENTICATOR.as_bytes()).expect("a secret");
        operator.set_authenticator(id, &secret).await.expect("an authenticator");
        self.cookie(&email).await
    }

    /// The cookie of a session opened by password, and by a code where one is asked for.
    pub async fn cookie(&self, email: &str) -> String {
        let store = &self.test.store;
        let client = Client::default();
        let mut answer = store.sign_in(email, PASSWORD, &client).await.expect("a sign-in");
        if let SignInAnswer::CodeNeeded(ceremony) = answer {
            answer = store.sign_in_with_code(&ceremony, &self.code(), &client).await.expect("a code");
        }
        match answer {
            SignInAnswer::SignedIn(session) => format!("__Host-vitrine-session={}", session.secret),
            _ => panic!("{email} is not signed in"),
        }
    }

    /// What everybody's authenticator shows now.
    pub fn code(&self) -> String {
        store::one_time_code(AUTHENTICATOR, self.test.store.now()).expect("a code")
    }

    /// The session that a cookie carries.
    pub async fn session(&self, cookie: &str) -> Session {
        let secret = cookie.split_once('=').map(|(_, secret)| secret).expect("a secret");
        self.state.store.session(secret, &Client::default()).await.expect("an answer").expect("a session")
    }

    /// Two of the provider's people, of whom the first writes notices and the second issues them.
    pub async fn notice_desks(&self) -> [NoticeDesk; 2] {
        let mut desks = Vec::new();
        for role in [StaffRole::Publishing, StaffRole::Legal] {
            let cookie = self.staff(role).await;
            desks.push(self.session(&cookie).await.notices().expect("a role that writes notices"));
        }
        desks.try_into().unwrap_or_else(|_| panic!("two of them"))
    }

    /// Issues a notice to every customer that there is, or to one.
    pub async fn issue(&self, [writes, issues]: &[NoticeDesk; 2], to: Option<&Customer>, draft: serde_json::Value) {
        let to = to.map_or(ToWhom::Everybody, |customer| ToWhom::These(vec![customer.id]));
        let draft = serde_json::from_value(draft).expect("a draft");
        let id = writes.write(&draft, to).await.expect("an answer").expect("a draft that is kept");
        issues.issue(id).await.expect("an answer").expect("an issued notice");
    }

    /// Moves the clock on: each code works once.
    pub fn later(&self, by: TimeDelta) {
        self.test.clock.set(self.test.store.now().plus(by));
    }

    /// A form as a browser sends it.
    pub async fn post(&self, path: &str, cookie: &str, fields: &[(&str, &str)]) -> Answer {
        let body = form_urlencoded::Serializer::new(String::new()).extend_pairs(fields).finish();
        let request = Request::post(path)
            .header(header::CONTENT_TYPE, "application/x-www-form-urlencoded")
            .header(header::COOKIE, cookie);
        self.send(request.body(body.into()).expect("a request")).await
    }

    /// A form with files as a browser sends it; a file is its field, name and content.
    pub async fn send_files(
        &self,
        path: &str,
        cookie: &str,
        fields: &[(&str, &str)],
        files: &[(&str, &str, &[u8])],
    ) -> Answer {
        let mut form = Vec::new();
        for (field, value) in fields {
            let head = format!("--{BOUNDARY}\r\ncontent-disposition: form-data; name=\"{field}\"\r\n\r\n{value}\r\n");
            form.extend_from_slice(head.as_bytes());
        }
        for (field, name, body) in files {
            let head = format!(
                "--{BOUNDARY}\r\ncontent-disposition: form-data; name=\"{field}\"; filename=\"{name}\"\r\ncontent-type: text/html\r\n\r\n"
            );
            form.extend_from_slice(head.as_bytes());
            form.extend_from_slice(body);
            form.extend_from_slice(b"\r\n");
        }
        form.extend_from_slice(format!("--{BOUNDARY}--\r\n").as_bytes());
        let request = Request::post(path)
            .header(header::COOKIE, cookie)
            .header(header::CONTENT_TYPE, format!("multipart/form-data; boundary={BOUNDARY}"));
        self.send(request.body(Body::from(form)).expect("a request")).await
    }

    /// What a bearer of this token is answered; a body is JSON.
    pub async fn bearer(&self, method: Method, path: &str, token: &str, body: Body) -> Answer {
        let request = Request::builder()
            .method(method)
            .uri(path)
            .header(header::AUTHORIZATION, format!("Bearer {token}"))
            .header(header::CONTENT_TYPE, "application/json");
        self.send(request.body(body).expect("a request")).await
    }

    pub async fn token(&self, customer: Option<&Customer>, scope: Scope) -> String {
        let token = self
            .test
            .store
            .operator()
            .create_token(customer, "A test's", scope, TimeDelta::days(30))
            .await
            .expect("a token");
        token.as_str().to_owned()
    }
}

/// A change of subprocessor as its writer sends it.
pub fn subprocessor_change(name: &str) -> serde_json::Value {
    serde_json::json!({
        "kind": "subprocessor_change", "name": name, "change": "added", "service": "Keeps backups.", "country": "IE",
        "from": "2026-04-15", "object_until": "2026-03-29", "zone": "Europe/Dublin", "how_to_object": "Here."
    })
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
