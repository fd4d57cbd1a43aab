//! Single sign-on from the sign-in page to the portal, through the router and a real identity provider.

mod common;
#[path = "common/identity_provider.rs"]
#[expect(dead_code, reason = "another test file uses the rest")]
mod identity_provider;

use axum::http::StatusCode;
use common::{Answer, App, PASSWORD};
use domain::MemberRole;
use identity_provider::{Browser, IdentityProvider};
use openidconnect::url::Url;
use server::config::Config;
use store::{Clock, Customer, Engine, SystemClock};

struct Acme {
    app: App,
    customer: Customer,
    owner: String,
    provider: IdentityProvider,
}

impl Acme {
    /// A customer whose connection is saved, tried out and switched on.
    async fn open() -> Self {
        let config = Config { sso_private_addresses: true, ..Config::default() };
        let app = App::on(Engine::Sqlite, config).await;
        // The provider goes by the machine's clock.
        app.test.clock.set(SystemClock.now());
        let (customer, owner) = app.member_of("acme").await;
        let provider = IdentityProvider::start(&["--redirect", &callback_url(&customer)]);
        let acme = Self { app, customer, owner, provider };
        assert_eq!(acme.save().await.header("location"), "/portal/single-sign-on?done=saved");
        acme
    }

    async fn save(&self) -> Answer {
        let fields = [
            ("issuer", self.provider.issuer.as_str()),
            ("client_id", "vitrine"),
            ("client_secret", &self.provider.secret),
            ("domains", "acme.example"),
            ("role_claim", "realm_access.roles"),
            ("role_mapping", "portal-owners = owner\nportal-auditors = auditor"),
        ];
        self.app.post("/portal/single-sign-on", &self.owner, &fields).await
    }

    async fn switch(&self, to: &str) -> Answer {
        self.app.post("/portal/single-sign-on/switch", &self.owner, &[("to", to)]).await
    }

    async fn switched_on(self) -> Self {
        let tried = self.app.post("/portal/single-sign-on/test", &self.owner, &[]).await;
        assert!(!tried.text().contains(">Wrong<"), "{}", tried.text());
        assert_eq!(self.switch("on").await.header("location"), "/portal/single-sign-on?done=switched");
        self
    }

    /// Begins as this address, signs in at the provider as that one; where the browser comes back to, and its cookie.
    async fn at_the_provider(
        &self,
        email: &str,
        account: &str,
        more: &[(&str, &str)],
        cookie: &str,
    ) -> (String, String) {
        let fields = [&[("email", email), ("next", "/portal/access")], more].concat();
        let page = self.app.post("/sign-in/sso", cookie, &fields).await;
        assert_eq!(page.status, StatusCode::OK, "{}", page.text());
        let text = page.text();
        let address = text.split_once("content=\"0;url=").expect("a way on").1.split('"').next().unwrap_or_default();
        let url = Url::parse(&address.replace("&amp;", "&")).expect("an address");
        let ceremony = page.cookie("__Host-vitrine-ceremony").expect("a cookie").split(';').next().unwrap_or_default();
        let back = Browser::new().sign_in(&url, account).await;
        (format!("{}?{}", back.path(), back.query().unwrap_or_default()), ceremony.to_owned())
    }

    async fn sign_in(&self, account: &str) -> Answer {
        let (back, ceremony) = self.at_the_provider("someone@acme.example", account, &[], "").await;
        self.app.get(&back, &ceremony).await
    }
}

fn callback_url(customer: &Customer) -> String {
    format!("http://localhost:3000/sign-in/sso/{}/callback", customer.id)
}

fn refused(answer: &Answer, why: &str) {
    assert_eq!(answer.status, StatusCode::UNPROCESSABLE_ENTITY, "{}", answer.text());
    assert!(answer.cookie("__Host-vitrine-session").is_none());
    assert!(answer.text().contains(why), "{why}: {}", answer.text());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn whoever_the_provider_vouches_for_joins_in_the_role_that_it_says() {
    let acme = Acme::open().await.switched_on().await;
    let grace = acme.sign_in("grace@acme.example").await;
    assert_eq!((grace.status, grace.header("location")), (StatusCode::SEE_OTHER, "/portal/access"));
    let cookie = grace.session();
    assert_eq!(acme.app.get("/portal/access", &cookie).await.status, StatusCode::OK);
    let people = acme.app.get("/portal/people", &acme.owner).await.text();
    assert!(people.contains("grace@acme.example") && people.contains("Signs in with single sign-on"), "{people}");
    assert!(!acme.app.get("/portal/people", &cookie).await.text().contains("Invite somebody"));
    assert_eq!(acme.sign_in("grace@acme.example").await.status, StatusCode::SEE_OTHER, "and comes back");
    let activity = acme.app.get("/portal/activity", &acme.owner).await.text();
    assert!(activity.contains("grace@acme.example as auditor, by single sign-on"), "{activity}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn only_what_was_tried_out_is_switched_on_and_no_page_shows_the_secret() {
    let acme = Acme::open().await;
    let early = acme.switch("on").await;
    assert!(early.text().contains("Try the connection out first"), "{}", early.text());
    refused(
        &acme.app.post("/sign-in/sso", "", &[("email", "ada@acme.example")]).await,
        "No single sign-on is set up for addresses of this domain",
    );
    let acme = acme.switched_on().await;
    let page = acme.app.get("/portal/single-sign-on", &acme.owner).await.text();
    assert!(page.contains(&callback_url(&acme.customer)) && page.contains("portal-owners = owner"), "{page}");
    assert!(!page.contains(&acme.provider.secret));
    acme.save().await;
    assert!(acme.app.get("/portal/single-sign-on", &acme.owner).await.text().contains("has not been tried out yet"));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_answer_is_taken_once_of_the_browser_that_asked_and_for_its_own_customer() {
    let acme = Acme::open().await.switched_on().await;
    let (back, ceremony) = acme.at_the_provider("grace@acme.example", "grace@acme.example", &[], "").await;
    refused(&acme.app.get(&back, "").await, "Begin again");
    let signed_in = acme.app.get(&back, &ceremony).await;
    assert_eq!(signed_in.status, StatusCode::SEE_OTHER);
    refused(&acme.app.get(&back, &ceremony).await, "Begin again");
    let (back, ceremony) = acme.at_the_provider("grace@acme.example", "grace@acme.example", &[], "").await;
    let elsewhere = back.replace(&acme.customer.id.to_string(), &acme.app.test.customer("zeta").await.id.to_string());
    refused(&acme.app.get(&elsewhere, &ceremony).await, "Begin again");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn strangers_the_roleless_and_other_customers_people_are_refused_and_it_is_told() {
    let acme = Acme::open().await.switched_on().await;
    refused(&acme.sign_in("mallory@evil.example").await, "is not of the domains");
    refused(&acme.sign_in("nobody@acme.example").await, "gives you no role here");
    refused(&acme.sign_in("ada+expired@acme.example").await, "was not accepted");
    let zeta = acme.app.test.customer("zeta").await;
    let person = store::NewPerson { email: "grace@acme.example", display_name: "Grace", password: PASSWORD };
    acme.app.test.store.operator().create_member(&zeta, person, MemberRole::Auditor).await.unwrap();
    refused(&acme.sign_in("grace@acme.example").await, "belongs to somebody else here");
    let activity = acme.app.get("/portal/activity", &acme.owner).await.text();
    assert_eq!(activity.matches("Sign-in refused").count(), 4, "{activity}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn where_it_is_the_only_way_in_passwords_open_nothing_but_to_owners() {
    let acme = Acme::open().await.switched_on().await;
    acme.app.colleague(&acme.customer, MemberRole::Auditor).await;
    acme.switch("only").await;
    let by_password =
        async |email: &str| acme.app.post("/sign-in", "", &[("email", email), ("password", PASSWORD)]).await;
    let auditor = by_password("auditor@acme.example").await;
    refused(&auditor, "Your organisation wants you to sign in with it");
    assert_eq!(by_password("owner@acme.example").await.status, StatusCode::SEE_OTHER);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn confirming_that_it_is_you_takes_the_same_person() {
    let acme = Acme::open().await.switched_on().await;
    let grace = acme.sign_in("grace@acme.example").await.session();
    let authenticator = "/account/authenticator";
    let stale = acme.app.get(authenticator, &grace).await;
    assert_eq!(stale.status, StatusCode::SEE_OTHER, "the provider may have known her for days");
    let again = [("again", "1")];
    let (back, ceremony) = acme.at_the_provider("grace@acme.example", "ada@acme.example", &again, &grace).await;
    refused(&acme.app.get(&back, &format!("{grace}; {ceremony}")).await, "it is not you who confirmed");
    let (back, ceremony) = acme.at_the_provider("grace@acme.example", "grace@acme.example", &again, &grace).await;
    let confirmed = acme.app.get(&back, &format!("{grace}; {ceremony}")).await;
    assert_eq!(confirmed.header("location"), "/portal/access");
    assert_eq!(acme.app.get(authenticator, &confirmed.session()).await.status, StatusCode::OK);
    assert_eq!(acme.app.get("/portal", &grace).await.status, StatusCode::SEE_OTHER, "the session of before has ended");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_connection_says_what_is_wrong_and_a_domain_is_one_customers() {
    let acme = Acme::open().await;
    let (_, other) = acme.app.member_of("zeta").await;
    let text = "</textarea><script>alert(1)</script>";
    let fields = [("issuer", "http://evil.example"), ("client_id", ""), ("domains", text), ("default_role", "auditor")];
    let wrong = acme.app.post("/portal/single-sign-on", &other, &fields).await;
    assert_eq!(wrong.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(!wrong.text().contains("<script>alert"), "what was typed is text: {}", wrong.text());
    let taken = [
        ("issuer", acme.provider.issuer.as_str()),
        ("client_id", "x"),
        ("client_secret", "y"),
        ("domains", "acme.example"),
        ("default_role", "auditor"),
    ];
    let answer = acme.app.post("/portal/single-sign-on", &other, &taken).await;
    assert!(answer.text().contains("is another customer’s"), "{}", answer.text());
    let auditor = acme.app.colleague(&acme.customer, MemberRole::Auditor).await;
    assert!(!acme.app.get("/portal/single-sign-on", &auditor).await.text().contains("Client secret"));
}
