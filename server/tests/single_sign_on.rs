//! Single sign-on against a real provider, honest and not.

#[path = "common/identity_provider.rs"]
mod identity_provider;

use std::sync::LazyLock;

use axum::{extract::Query, http::Uri};
use domain::{
    MemberRole, Timestamp,
    single_sign_on::{SsoConnection, SsoDraft},
};
use identity_provider::{Browser, IdentityProvider, REDIRECT_URL};
use openidconnect::url::Url;
use serde_json::json;
use server::sso::{Callback, Check, Finding, Identity, Outcome, Pending, SignInRequest, SsoClient, SsoError};
use store::{Clock, SystemClock};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpListener,
};

/// Nobody drops it: it ends when the tests' process does, and its input with it.
static PROVIDER: LazyLock<IdentityProvider> = LazyLock::new(|| IdentityProvider::start(&[]));

const SIGN_IN: SignInRequest<'_> = SignInRequest { redirect_url: REDIRECT_URL, login_hint: None, fresh: false };
const FRESH: SignInRequest<'_> = SignInRequest { fresh: true, ..SIGN_IN };

fn now() -> Timestamp {
    SystemClock.now()
}

fn later(minutes: i64) -> Timestamp {
    Timestamp::from_micros(now().micros() + minutes * 60_000_000).expect("a time")
}

fn connection(issuer: &str) -> SsoConnection {
    let draft = SsoDraft {
        issuer: issuer.to_owned(),
        client_id: "vitrine".to_owned(),
        domains: "acme.example".to_owned(),
        role_claim: "realm_access.roles".to_owned(),
        role_mapping: "portal-owners = owner\nportal-auditors = auditor".to_owned(),
        default_role: String::new(),
        enforced: false,
        enabled: true,
    };
    draft.check().expect("a connection")
}

fn callback(url: &Url) -> Callback {
    assert!(url.as_str().starts_with(REDIRECT_URL), "{url}");
    let uri = url.as_str().parse::<Uri>().expect("an address");
    Query::try_from_uri(&uri).expect("a callback").0
}

/// One provider, one connection to it, one browser.
struct Try {
    client: SsoClient,
    connection: SsoConnection,
    secret: String,
    browser: Browser,
}

impl Try {
    fn at(provider: &IdentityProvider) -> Self {
        let client = SsoClient::new(true);
        let connection = connection(&provider.issuer);
        Self { client, connection, secret: provider.secret.clone(), browser: Browser::new() }
    }

    async fn begin(&self, request: SignInRequest<'_>) -> (Url, Pending) {
        let (url, pending) = self.client.begin(&self.connection, request, now()).await.expect("a sign-in begun");
        // As the store would keep it.
        let kept = serde_json::to_string(&pending).expect("a text");
        (url, serde_json::from_str(&kept).expect("what was kept"))
    }

    async fn finish(&self, pending: Pending, callback: Callback) -> Result<Identity, SsoError> {
        self.client.finish(&self.connection, &self.secret, pending, REDIRECT_URL, callback, now()).await
    }

    async fn sign_in(&mut self, request: SignInRequest<'_>, email: &str) -> Result<Identity, SsoError> {
        let (url, pending) = self.begin(request).await;
        let back = self.browser.sign_in(&url, email).await;
        self.finish(pending, callback(&back)).await
    }
}

#[tokio::test]
async fn whoever_the_provider_knows_is_known_here() {
    let mut portal = Try::at(&PROVIDER);
    let (url, pending) = portal.begin(SignInRequest { login_hint: Some("ada@acme.example"), ..SIGN_IN }).await;
    let asked = url.query_pairs().collect::<std::collections::HashMap<_, _>>();
    assert_eq!(asked["response_type"], "code");
    assert_eq!(asked["scope"], "openid email profile");
    assert_eq!(asked["code_challenge_method"], "S256");
    assert_eq!(asked["redirect_uri"], REDIRECT_URL);
    assert_eq!(asked["login_hint"], "ada@acme.example");
    assert_eq!(asked["state"], pending.state());
    assert!(asked["nonce"].len() >= 22 && asked["state"].len() >= 22 && asked["nonce"] != asked["state"]);
    assert!(!asked.contains_key("prompt") && !asked.contains_key("max_age"));

    let back = portal.browser.sign_in(&url, "Ada@acme.example").await;
    let identity = portal.finish(pending, callback(&back)).await.expect("Ada");
    assert_eq!((identity.email.as_str(), identity.name.as_str()), ("ada@acme.example", "Ada"));
    assert_eq!(identity.issuer, PROVIDER.issuer);
    assert_eq!(identity.subject.len(), 64);
    assert_eq!(identity.claims["aud"], "vitrine");
    assert!(portal.connection.admits(&identity.email, &identity.claims));

    let ada = Try::at(&PROVIDER).sign_in(SIGN_IN, "ada@acme.example").await.expect("Ada");
    assert_eq!(portal.connection.role(&ada.claims), Some(MemberRole::Owner));
    let grace = Try::at(&PROVIDER).sign_in(SIGN_IN, "grace@acme.example").await.expect("Grace");
    assert_eq!(portal.connection.role(&grace.claims), Some(MemberRole::Auditor));
    assert_ne!(ada.subject, grace.subject);
    let stranger = Try::at(&PROVIDER).sign_in(SIGN_IN, "mallory@evil.example").await.expect("Mallory");
    assert!(!portal.connection.admits(&stranger.email, &stranger.claims));
    assert_eq!(portal.connection.role(&stranger.claims), None);
}

#[tokio::test]
async fn a_client_may_be_registered_for_either_way_to_show_its_secret() {
    let mut portal = Try::at(&PROVIDER);
    portal.connection.client_id = "vitrine-post".to_owned();
    portal.sign_in(SIGN_IN, "ada@acme.example").await.expect("Ada");
}

#[tokio::test]
async fn groups_are_asked_for_where_they_make_roles() {
    let mut portal = Try::at(&PROVIDER);
    let ada = portal.sign_in(SIGN_IN, "ada@acme.example").await.expect("Ada");
    assert!(ada.claims.get("groups").is_none());
    portal.connection.role_claim = Some("groups".to_owned());
    let ada = portal.sign_in(SIGN_IN, "ada@acme.example").await.expect("Ada");
    assert_eq!(ada.claims["groups"], json!(["portal-owners", "engineering"]));
    assert_eq!(portal.connection.role(&ada.claims), Some(MemberRole::Owner));
}

#[tokio::test]
async fn a_spoilt_answer_is_refused_and_says_what_is_wrong() {
    for (tag, expected) in [
        ("wrong-issuer", Err(SsoError::NotValid(Check::Issuer))),
        ("wrong-audience", Err(SsoError::NotValid(Check::Audience))),
        ("further-audience", Err(SsoError::NotValid(Check::Audience))),
        ("wrong-party", Err(SsoError::NotValid(Check::Audience))),
        ("wrong-nonce", Err(SsoError::NotValid(Check::Nonce))),
        ("no-nonce", Err(SsoError::NotValid(Check::Nonce))),
        ("expired", Err(SsoError::NotValid(Check::Expiry))),
        ("made-before", Err(SsoError::NotValid(Check::IssuedAt))),
        ("made-later", Err(SsoError::NotValid(Check::IssuedAt))),
        ("wrong-access-token", Err(SsoError::NotValid(Check::AccessToken))),
        ("unsigned", Err(SsoError::NotValid(Check::Algorithm))),
        ("shared-secret", Err(SsoError::NotValid(Check::Algorithm))),
        ("public-key-as-secret", Err(SsoError::NotValid(Check::Algorithm))),
        ("another-key", Err(SsoError::NotValid(Check::Signature))),
        ("unknown-key", Err(SsoError::NotValid(Check::Signature))),
        ("not-a-token", Err(SsoError::NotValid(Check::Unreadable))),
        ("unverified", Err(SsoError::EmailNotVerified)),
        // Odd, and as good as they should be.
        ("right-access-token", Ok(())),
        ("verified-in-words", Ok(())),
        // The user information has it.
        ("no-email", Ok(())),
        // Only what was asked for is looked at.
        ("signed-in-before", Ok(())),
        ("no-auth-time", Ok(())),
    ] {
        let answer = Try::at(&PROVIDER).sign_in(SIGN_IN, &format!("ada+{tag}@acme.example")).await;
        assert_eq!(answer.map(drop), expected, "{tag}");
    }
}

#[tokio::test]
async fn a_token_that_was_answered_before_is_refused() {
    let email = "ada+replayed@acme.example";
    Try::at(&PROVIDER).sign_in(SIGN_IN, email).await.expect("the first time it is new");
    let again = Try::at(&PROVIDER).sign_in(SIGN_IN, email).await;
    assert_eq!(again.map(drop), Err(SsoError::NotValid(Check::Nonce)));
}

#[tokio::test]
async fn a_fresh_sign_in_is_one_that_just_happened() {
    let mut portal = Try::at(&PROVIDER);
    portal.sign_in(SIGN_IN, "ada@acme.example").await.expect("Ada");
    // The provider knows the browser now, and asks nothing.
    let form = "email=ada@acme.example&do=sign-in";
    let (url, pending) = portal.begin(SIGN_IN).await;
    let (back, forms) = portal.browser.follow(&url, form).await;
    assert_eq!(forms, 0);
    portal.finish(pending, callback(&back)).await.expect("Ada");

    let (url, pending) = portal.begin(FRESH).await;
    // Each provider heeds one of them at least.
    assert!(url.as_str().contains("&max_age=0&prompt=login"), "{url}");
    let (back, forms) = portal.browser.follow(&url, form).await;
    assert_eq!(forms, 1);
    let ada = portal.finish(pending, callback(&back)).await.expect("Ada");
    assert!(ada.claims["auth_time"].is_i64());

    for tag in ["signed-in-before", "no-auth-time"] {
        let answer = Try::at(&PROVIDER).sign_in(FRESH, &format!("ada+{tag}@acme.example")).await;
        assert_eq!(answer.map(drop), Err(SsoError::NotValid(Check::AuthTime)), "{tag}");
    }
}

#[tokio::test]
async fn the_provider_may_change_its_keys_at_any_time() {
    let provider = IdentityProvider::start(&[]);
    let mut portal = Try::at(&provider);
    portal.sign_in(SIGN_IN, "ada@acme.example").await.expect("Ada, by the first key");
    provider.rotate_keys().await;
    portal.sign_in(SIGN_IN, "ada@acme.example").await.expect("Ada, by the second key");
    let (url, pending) = portal.begin(SIGN_IN).await;
    provider.rotate_keys().await;
    let back = portal.browser.sign_in(&url, "ada@acme.example").await;
    portal.finish(pending, callback(&back)).await.expect("Ada, by the third key");
}

#[tokio::test]
async fn what_the_id_token_lacks_is_in_the_user_information() {
    let provider = IdentityProvider::start(&["--thin"]);
    let mut portal = Try::at(&provider);
    let ada = portal.sign_in(SIGN_IN, "ada@acme.example").await.expect("Ada");
    assert_eq!((ada.email.as_str(), ada.name.as_str()), ("ada@acme.example", "Ada"));
    assert_eq!(ada.claims["realm_access"], json!({"roles": ["portal-owners", "engineering"]}));
    assert_eq!(ada.claims["aud"], "vitrine");
    assert_eq!(portal.connection.role(&ada.claims), Some(MemberRole::Owner));
    for (tag, expected) in [
        ("another-subject", SsoError::NotValid(Check::Subject)),
        ("unverified", SsoError::EmailNotVerified),
        ("nowhere", SsoError::NoEmail),
    ] {
        let answer = Try::at(&provider).sign_in(SIGN_IN, &format!("ada+{tag}@acme.example")).await;
        assert_eq!(answer.map(drop), Err(expected), "{tag}");
    }
}

#[tokio::test]
async fn an_answer_belongs_to_the_sign_in_it_was_asked_for() {
    type Change = fn(&mut Callback);
    let changes: [(&str, Change, Check); 6] = [
        ("another state", |back| back.state = Some("another".to_owned()), Check::State),
        ("no state", |back| back.state = None, Check::State),
        ("another sender", |back| back.iss = Some("https://evil.example".to_owned()), Check::Sender),
        ("no sender", |back| back.iss = None, Check::Sender),
        ("another code", |back| back.code = Some("another".to_owned()), Check::Code),
        ("no code", |back| back.code = None, Check::Code),
    ];
    for (what, change, check) in changes {
        let mut portal = Try::at(&PROVIDER);
        let (url, pending) = portal.begin(SIGN_IN).await;
        let mut back = callback(&portal.browser.sign_in(&url, "ada@acme.example").await);
        change(&mut back);
        assert_eq!(portal.finish(pending, back).await.map(drop), Err(SsoError::NotValid(check)), "{what}");
    }

    // Another connection's redirect URL.
    let mut portal = Try::at(&PROVIDER);
    let (url, pending) = portal.begin(SIGN_IN).await;
    let back = callback(&portal.browser.sign_in(&url, "ada@acme.example").await);
    let elsewhere = "https://portal.example/sign-in/sso/another";
    let answer = portal.client.finish(&portal.connection, &portal.secret, pending, elsewhere, back, now()).await;
    assert_eq!(answer.map(drop), Err(SsoError::NotValid(Check::Sender)));

    // Somebody's own code in another's sign-in: PKCE refuses it.
    let mut portal = Try::at(&PROVIDER);
    let (url, _) = portal.begin(SIGN_IN).await;
    let stolen = callback(&portal.browser.sign_in(&url, "ada@acme.example").await);
    let (_, pending) = portal.begin(SIGN_IN).await;
    let injected = Callback { state: Some(pending.state().to_owned()), ..stolen };
    assert_eq!(portal.finish(pending, injected).await.map(drop), Err(SsoError::NotValid(Check::Code)));

    // The same answer again.
    let (url, pending) = portal.begin(SIGN_IN).await;
    let kept = serde_json::to_string(&pending).expect("a text");
    let back = callback(&portal.browser.sign_in(&url, "ada@acme.example").await);
    portal.finish(pending, back.clone()).await.expect("Ada");
    let again = portal.finish(serde_json::from_str(&kept).expect("what was kept"), back).await;
    assert_eq!(again.map(drop), Err(SsoError::NotValid(Check::Code)));
}

#[tokio::test]
async fn a_sign_in_ends_by_itself_or_with_its_connection() {
    let mut portal = Try::at(&PROVIDER);
    let (url, pending) = portal.begin(SIGN_IN).await;
    let back = callback(&portal.browser.sign_in(&url, "ada@acme.example").await);
    let answer = portal.client.finish(&portal.connection, &portal.secret, pending, REDIRECT_URL, back, later(16)).await;
    assert_eq!(answer.map(drop), Err(SsoError::Stale));

    let (url, pending) = portal.begin(SIGN_IN).await;
    let back = callback(&portal.browser.sign_in(&url, "ada@acme.example").await);
    portal.connection.client_id = "vitrine-post".to_owned();
    assert_eq!(portal.finish(pending, back).await.map(drop), Err(SsoError::Stale));
}

#[tokio::test]
async fn whoever_cancels_is_not_signed_in() {
    let mut portal = Try::at(&PROVIDER);
    let (url, pending) = portal.begin(SIGN_IN).await;
    let back = callback(&portal.browser.cancel(&url).await);
    let error = portal.finish(pending, back).await.expect_err("nobody");
    assert_eq!(error, SsoError::Refused("access_denied: The person cancelled".to_owned()));
}

fn outcomes(findings: &[Finding]) -> Vec<Outcome> {
    findings.iter().map(|finding| finding.outcome).collect()
}

#[tokio::test]
async fn a_connection_is_tried_out_before_anybody_signs_in() {
    let portal = Try::at(&PROVIDER);
    let tried = portal.client.test(&portal.connection, &portal.secret, REDIRECT_URL, now()).await;
    assert_eq!(outcomes(&tried), [Outcome::Good; 5], "{tried:#?}");

    let tried = portal.client.test(&portal.connection, "another secret", REDIRECT_URL, now()).await;
    assert_eq!(outcomes(&tried)[4], Outcome::Wrong, "{tried:#?}");
    assert!(!format!("{tried:?}").contains("another secret"));

    let issuer = &PROVIDER.issuer;
    for (wrong, says) in [
        (format!("{issuer}/"), format!("another issuer (unexpected issuer URI `{issuer}` (expected `{issuer}/`))")),
        (format!("{issuer}/elsewhere"), "no discovery document".to_owned()),
        ("http://127.0.0.1:1".to_owned(), "can't be reached".to_owned()),
        ("https://nobody.invalid".to_owned(), "no such name".to_owned()),
    ] {
        let tried = portal.client.test(&connection(&wrong), &portal.secret, REDIRECT_URL, now()).await;
        assert_eq!(outcomes(&tried), [Outcome::Wrong], "{wrong}");
        assert!(tried[0].sentence.contains(&says), "{wrong}: {}", tried[0].sentence);
    }
}

#[tokio::test]
async fn secrets_are_not_shown() {
    let portal = Try::at(&PROVIDER);
    let (url, pending) = portal.begin(SIGN_IN).await;
    let shown = format!("{pending:?}");
    let nonce = url.query_pairs().find(|(name, _)| name == "nonce").expect("a nonce").1.into_owned();
    let kept: serde_json::Value = serde_json::to_value(&pending).expect("a value");
    for secret in [pending.state(), &nonce, kept["pkce_verifier"].as_str().expect("a verifier")] {
        assert!(!shown.contains(secret), "{shown}");
    }
    let mut wrong = Try::at(&PROVIDER);
    wrong.secret = "another-secret".to_owned();
    let error = wrong.sign_in(SIGN_IN, "ada@acme.example").await.expect_err("nobody");
    assert!(matches!(error, SsoError::Configuration(_)), "{error}");
    assert!(!format!("{error} {error:?}").contains("another-secret"));
}

/// Handlers of HTTP move between threads.
#[test]
fn it_can_be_waited_for_anywhere() {
    fn anywhere(_: impl Future + Send) {}
    let (client, connection) = (SsoClient::new(false), connection("https://login.acme.example"));
    anywhere(client.begin(&connection, SIGN_IN, now()));
    anywhere(client.test(&connection, "secret", REDIRECT_URL, now()));
    anywhere(async {
        let (pending, back) = std::future::pending::<(Pending, Callback)>().await;
        client.finish(&connection, "secret", pending, REDIRECT_URL, back, now()).await
    });
}

/// A provider that answers everything in one way. `{}` in the answer is its own address.
async fn answering(answer: String) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let issuer = format!("http://{}", listener.local_addr().expect("an address"));
    let answer = answer.replace("{}", &issuer);
    tokio::spawn(async move {
        while let Ok((mut connection, _)) = listener.accept().await {
            let answer = answer.clone();
            tokio::spawn(async move {
                let mut request = [0; 4096];
                let read = connection.read(&mut request).await;
                if read.is_ok_and(|read| read > 0) {
                    // A client that has read enough hangs up.
                    drop(connection.write_all(answer.as_bytes()).await);
                }
            });
        }
    });
    issuer
}

fn discovery(authorization: &str, token: &str, jwks: &str) -> String {
    let document = json!({
        "issuer": "{}", "authorization_endpoint": authorization, "token_endpoint": token, "jwks_uri": jwks,
        "response_types_supported": ["code"], "subject_types_supported": ["public"],
        "id_token_signing_alg_values_supported": ["RS256"], "keys": [],
    });
    format!("HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nConnection: close\r\n\r\n{document}")
}

#[tokio::test]
async fn a_provider_leads_nowhere_that_is_not_its_own() {
    let big = format!("HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n{}", " ".repeat(2 << 20));
    let redirect = "HTTP/1.1 302 Found\r\nLocation: http://169.254.169.254/\r\nContent-Length: 0\r\n\r\n";
    let down = "HTTP/1.1 502 Bad Gateway\r\nContent-Length: 0\r\n\r\n";
    for (answer, says) in [
        (discovery("{}/auth", "{}/token", "https://169.254.169.254/keys"), "169.254.169.254 is not on the public"),
        (discovery("{}/auth", "{}/token", "http://10.0.0.1/keys"), "is not encrypted"),
        (discovery("http://login.acme.example/", "{}/token", "{}/keys"), "is not encrypted"),
        (discovery("javascript:alert(1)", "{}/token", "{}/keys"), "is not encrypted"),
        (redirect.to_owned(), "redirects are not followed"),
        (down.to_owned(), "can't be reached"),
        (big, "more than 1048576 bytes"),
        ("nonsense".to_owned(), "can't be reached"),
    ] {
        let issuer = answering(answer).await;
        let error = SsoClient::new(true).begin(&connection(&issuer), SIGN_IN, now()).await.expect_err("no sign-in");
        assert!(error.to_string().contains(says), "{says}: {error}");
    }

    // The token endpoint is asked with the code and the secret, so it above all.
    let issuer = answering(discovery("{}/auth", "https://169.254.169.254/token", "{}/keys")).await;
    let client = SsoClient::new(true);
    let (_, pending) = client.begin(&connection(&issuer), SIGN_IN, now()).await.expect("a sign-in begun");
    let state = Some(pending.state().to_owned());
    let back = Callback { code: Some("code".to_owned()), state, ..Callback::default() };
    let error =
        client.finish(&connection(&issuer), "secret", pending, REDIRECT_URL, back, now()).await.expect_err("nobody");
    assert!(error.to_string().contains("169.254.169.254 is not on the public internet"), "{error}");
}

#[tokio::test]
async fn private_addresses_are_asked_only_where_the_operator_lets_them() {
    let error =
        SsoClient::new(false).begin(&connection(&PROVIDER.issuer), SIGN_IN, now()).await.expect_err("no sign-in");
    assert!(matches!(error, SsoError::Configuration(_)), "{error}");
    let https = PROVIDER.issuer.replace("http://127.0.0.1", "https://localhost");
    let error = SsoClient::new(false).begin(&connection(&https), SIGN_IN, now()).await.expect_err("no sign-in");
    assert!(error.to_string().contains("localhost is not on the public internet"), "{error}");
}
