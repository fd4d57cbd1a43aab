//! Single sign-on from the sign-in page to the portal, through the router and a real identity provider.

mod common;
#[path = "common/identity_provider.rs"]
#[expect(dead_code, reason = "another test file uses the rest")]
mod identity_provider;

use axum::http::StatusCode;
use chrono::TimeDelta;
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
        self.save_with(&[]).await
    }

    /// Saves the connection with some fields otherwise.
    async fn save_with(&self, otherwise: &[(&str, &str)]) -> Answer {
        let mut fields = vec![
            ("issuer", self.provider.issuer.as_str()),
            ("client_id", "vitrine"),
            ("client_secret", &self.provider.secret),
            ("domains", "acme.example"),
            ("role_claim", "realm_access.roles"),
            ("role_mapping", "portal-owners = owner\nportal-auditors = auditor"),
        ];
        fields.retain(|(name, _)| otherwise.iter().all(|(other, _)| other != name));
        fields.extend(otherwise);
        self.app.post("/portal/single-sign-on", &self.owner, &fields).await
    }

    async fn switch(&self, to: &str) -> Answer {
        self.app.post("/portal/single-sign-on/switch", &self.owner, &[("to", to)]).await
    }

    async fn switch_on(&self) {
        let tried = self.app.post("/portal/single-sign-on/test", &self.owner, &[]).await;
        assert!(!tried.text().contains(">Wrong<"), "{}", tried.text());
        assert_eq!(self.switch("on").await.header("location"), "/portal/single-sign-on?done=on");
    }

    async fn switched_on(self) -> Self {
        self.switch_on().await;
        self
    }

    async fn activity(&self) -> String {
        self.app.get("/portal/activity", &self.owner).await.text()
    }

    /// Begins as this address; where the page leads on to, and the cookie of who began.
    async fn begun(&self, email: &str, more: &[(&str, &str)], cookie: &str) -> (Url, String) {
        let fields = [&[("email", email), ("next", "/portal/access")], more].concat();
        let page = self.app.post("/sign-in/sso", cookie, &fields).await;
        assert_eq!(page.status, StatusCode::OK, "{}", page.text());
        let text = page.text();
        let address = text.split_once("content=\"0;url=").expect("a way on").1.split('"').next().unwrap_or_default();
        assert!(text.contains(&format!("href=\"{address}\"")), "a link, for who isn't led on: {text}");
        let url = Url::parse(&address.replace("&amp;", "&")).expect("an address");
        let ceremony = page.cookie("__Host-vitrine-ceremony").expect("a cookie");
        for attribute in ["HttpOnly", "Secure", "SameSite=Lax", "Path=/"] {
            assert!(ceremony.contains(attribute), "{ceremony}");
        }
        (url, ceremony.split(';').next().unwrap_or_default().to_owned())
    }

    /// Begins as this address, signs in at the provider as that one; where the browser comes back to, and its cookie.
    async fn at_the_provider(
        &self,
        email: &str,
        account: &str,
        more: &[(&str, &str)],
        cookie: &str,
    ) -> (String, String) {
        let (url, ceremony) = self.begun(email, more, cookie).await;
        (address_of(&Browser::new().sign_in(&url, account).await), ceremony)
    }

    async fn sign_in(&self, account: &str) -> Answer {
        let (back, ceremony) = self.at_the_provider("someone@acme.example", account, &[], "").await;
        self.app.get(&back, &ceremony).await
    }
}

fn callback_url(customer: &Customer) -> String {
    format!("http://localhost:3000/sign-in/sso/{}/callback", customer.id)
}

fn address_of(back: &Url) -> String {
    format!("{}?{}", back.path(), back.query().unwrap_or_default())
}

#[track_caller]
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
    let answer = acme.app.get(&elsewhere, &ceremony).await;
    refused(&answer, "come from the provider that was asked");
    assert!(answer.cookie("__Host-vitrine-ceremony").is_some_and(|cookie| cookie.contains("Max-Age=0")));
    refused(&acme.app.get(&back, &ceremony).await, "Begin again");
    // What isn't even readable ends it too.
    let (back, ceremony) = acme.at_the_provider("grace@acme.example", "grace@acme.example", &[], "").await;
    refused(&acme.app.get(&format!("{back}&state=twice"), &ceremony).await, "begun here (state)");
    refused(&acme.app.get(&back, &ceremony).await, "Begin again");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn strangers_the_roleless_and_other_customers_people_are_refused_and_it_is_told() {
    let acme = Acme::open().await.switched_on().await;
    refused(&acme.sign_in("mallory@evil.example").await, "is not of the domains");
    refused(&acme.sign_in("nobody@acme.example").await, "gives you no role here");
    // The portal's clock stands still while the provider's, which expires the token a second ago, goes on.
    acme.app.later(TimeDelta::minutes(2));
    refused(&acme.sign_in("ada+expired@acme.example").await, "was not accepted");
    let zeta = acme.app.test.customer("zeta").await;
    let person = store::NewPerson { email: "grace@acme.example", display_name: "Grace", password: PASSWORD };
    acme.app.test.store.operator().create_member(&zeta, person, MemberRole::Auditor).await.unwrap();
    refused(&acme.sign_in("grace@acme.example").await, "belongs to somebody else here");
    let activity = acme.activity().await;
    assert_eq!(activity.matches("Sign-in refused").count(), 4, "{activity}");
    assert!(activity.contains("mallory@evil.example is not of the domains"), "{activity}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn where_it_is_the_only_way_in_passwords_open_nothing_but_to_owners() {
    let acme = Acme::open().await.switched_on().await;
    let before = acme.app.colleague(&acme.customer, MemberRole::Auditor).await;
    assert_eq!(acme.switch("only").await.header("location"), "/portal/single-sign-on?done=only");
    let closed = acme.app.get("/portal/access", &before).await;
    assert_eq!((closed.status, closed.header("location")), (StatusCode::SEE_OTHER, "/account"));
    assert!(acme.app.get("/account", &before).await.text().contains("Your organisation wants you to sign in with it"));
    let by_password =
        async |email: &str| acme.app.post("/sign-in", "", &[("email", email), ("password", PASSWORD)]).await;
    let auditor = by_password("auditor@acme.example").await;
    refused(&auditor, "Your organisation wants you to sign in with it");
    assert!(auditor.text().contains("<details open class=\"other-way\">"), "the way in is at hand: {}", auditor.text());
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
    let other = acme.app.get(&back, &format!("{grace}; {ceremony}")).await;
    refused(&other, "It is not you who confirmed");
    let text = other.text();
    assert!(text.contains("Confirm that it’s you") && text.contains("value=\"/portal/access\""), "as before: {text}");
    assert_eq!(acme.app.get("/portal", &grace).await.status, StatusCode::OK, "the session goes on");
    let (back, ceremony) = acme.at_the_provider("grace@acme.example", "grace@acme.example", &again, &grace).await;
    let confirmed = acme.app.get(&back, &format!("{grace}; {ceremony}")).await;
    assert_eq!(confirmed.header("location"), "/portal/access");
    assert_eq!(acme.app.get(authenticator, &confirmed.session()).await.status, StatusCode::OK);
    assert_eq!(acme.app.get("/portal", &grace).await.status, StatusCode::SEE_OTHER, "the session of before has ended");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_connection_says_what_is_wrong_and_which_domain_is_not_theirs() {
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
    assert!(answer.text().contains("“acme.example” is not known here as yours"), "{}", answer.text());
    let auditor = acme.app.colleague(&acme.customer, MemberRole::Auditor).await;
    let page = acme.app.get("/portal/single-sign-on", &auditor).await.text();
    assert!(page.contains(&acme.provider.issuer) && page.contains("portal-auditors: auditor"), "{page}");
    assert!(!page.contains("Client secret") && !page.contains("<form class=\"short\""), "{page}");
    let nobody = acme.save_with(&[("role_claim", ""), ("role_mapping", "")]).await;
    assert!(nobody.text().contains("id=\"default_role-error\""), "what is wrong is marked: {}", nobody.text());
    assert!(acme.save_with(&[("domains", "gmail.com")]).await.text().contains(">“gmail.com” gives mailboxes"));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_role_is_what_the_provider_says_at_each_sign_in_but_the_last_owner_stays_one() {
    let acme = Acme::open().await.switched_on().await;
    let grace = acme.sign_in("grace@acme.example").await.session();
    let role = async |cookie: &str| {
        let account = acme.app.get("/account", cookie).await.text();
        let role = account.split_once("class=\"eyebrow\">").and_then(|(_, rest)| rest.split('<').next());
        role.unwrap_or_default().to_owned()
    };
    assert_eq!(role(&grace).await, "Auditor");
    assert!(acme.app.get("/account", &grace).await.text().contains("You sign in with your organisation"));
    refused(&acme.sign_in("owner@acme.example").await, "gives you no role here");
    let changed = [("role_mapping", "portal-auditors = approver"), ("default_role", "auditor")];
    assert_eq!(acme.save_with(&changed).await.status, StatusCode::SEE_OTHER);
    acme.switch_on().await;
    let again = acme.sign_in("grace@acme.example").await.session();
    assert_eq!((role(&again).await, role(&grace).await), ("Approver".to_owned(), "Approver".to_owned()));
    let owner = acme.sign_in("owner@acme.example").await.session();
    assert_eq!(role(&owner).await, "Owner");
    assert!(acme.activity().await.contains("Grace, by single sign-on, to approver"));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_the_provider_says_instead_of_who_it_is_is_told_and_so_is_its_silence() {
    let acme = Acme::open().await.switched_on().await;
    let (url, ceremony) = acme.begun("grace@acme.example", &[], "").await;
    let back = Browser::new().cancel(&url).await;
    refused(&acme.app.get(&address_of(&back), &ceremony).await, "access_denied: The person cancelled");
    let activity = acme.activity().await;
    assert!(activity.contains("Single sign-on: The identity provider ended the sign-in"), "{activity}");
    assert!(activity.contains("grace@acme.example"), "{activity}");

    let Acme { app, owner, provider, .. } = acme;
    drop(provider);
    // Until then it is taken to be as it was.
    app.later(TimeDelta::minutes(6));
    let answer = app.post("/sign-in/sso", "", &[("email", "grace@acme.example"), ("next", "/portal/access")]).await;
    refused(&answer, "The identity provider can't be reached");
    assert!(answer.text().contains("value=\"/portal/access\""), "where it leads is kept: {}", answer.text());
    assert!(app.get("/portal/activity", &owner).await.text().contains("be reached"));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_secret_is_shown_to_no_page_and_to_no_other_provider() {
    let acme = Acme::open().await;
    let kept = acme.save_with(&[("client_secret", "")]).await;
    assert_eq!(kept.header("location"), "/portal/single-sign-on?done=saved");
    acme.switch_on().await;
    for elsewhere in [("issuer", "https://evil.example"), ("client_id", "another")] {
        let answer = acme.save_with(&[("client_secret", ""), elsewhere]).await;
        assert_eq!(answer.status, StatusCode::UNPROCESSABLE_ENTITY);
        assert!(answer.text().contains("given for another issuer or client"), "{}", answer.text());
    }
    assert!(acme.app.get("/portal/single-sign-on", &acme.owner).await.text().contains("Switched on, beside"));
    let wrong = "a secret that is none";
    assert_eq!(acme.save_with(&[("client_secret", wrong)]).await.status, StatusCode::SEE_OTHER);
    let tried = acme.app.post("/portal/single-sign-on/test", &acme.owner, &[]).await.text();
    assert!(tried.contains(">Wrong<") && !tried.contains(wrong), "{tried}");
    assert!(acme.switch("on").await.text().contains("Try the connection out first"));
    assert!(!acme.activity().await.contains(wrong));
    let long = "a".repeat(1001);
    let answer = acme.save_with(&[("client_secret", &long)]).await.text();
    assert!(answer.contains("is longer than 1000 characters") && !answer.contains(&long), "{answer}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn changing_it_takes_a_fresh_sign_in_which_is_asked_for_before_anything_is_typed() {
    let acme = Acme::open().await;
    acme.app.later(TimeDelta::minutes(11));
    let page = acme.app.get("/portal/single-sign-on", &acme.owner).await.text();
    assert!(page.contains("Confirm that it’s you to change it") && !page.contains("Client secret"), "{page}");
    let again = "/sign-in?again=1&next=%2Fportal%2Fsingle-sign-on";
    for path in ["", "/test", "/switch", "/remove"] {
        let fields = [("to", "off"), ("issuer", ""), ("client_id", ""), ("domains", "")];
        let answer = acme.app.post(&format!("/portal/single-sign-on{path}"), &acme.owner, &fields).await;
        assert_eq!((answer.status, answer.header("location")), (StatusCode::SEE_OTHER, again), "{path}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_address_is_one_and_whoever_begins_too_often_waits() {
    let app = App::open().await;
    let begin = async |email: &str| app.post("/sign-in/sso", "", &[("email", email)]).await;
    assert!(begin("ada").await.text().contains("is no e-mail address such as"));
    let mut first = None;
    for tries in 0..80 {
        let answer = begin("ada@acme.example").await;
        if answer.status == StatusCode::TOO_MANY_REQUESTS {
            assert!(!answer.header("retry-after").is_empty());
            assert!(answer.text().contains("There were too many tries"), "{}", answer.text());
            first = Some(tries);
            break;
        }
        refused(&answer, "No single sign-on is set up for addresses of this domain");
    }
    assert!(first.is_some_and(|first| first >= 60), "{first:?}");
}
