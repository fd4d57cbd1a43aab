//! An identity provider for tests, `end2end/oidc-provider.mjs`, and the browser that signs in there.

use std::{
    collections::HashMap,
    io::{BufRead, BufReader},
    path::Path,
    process::{Child, Command, Stdio},
};

use openidconnect::url::Url;
use reqwest::{Method, Response, header, redirect};
use serde::Deserialize;

/// Where the providers send browsers back to. Nothing listens there.
pub const REDIRECT_URL: &str = "https://portal.example/sign-in/sso/callback";

/// A provider of its own, which ends with this value.
pub struct IdentityProvider {
    pub issuer: String,
    pub secret: String,
    child: Child,
}

#[derive(Deserialize)]
struct Started {
    issuer: String,
    secret: String,
}

impl IdentityProvider {
    /// Starts one. Its sign-in page takes any e-mail address, and a tag in it, such as ada+expired@acme.example, says
    /// how the answer is spoilt.
    pub fn start(options: &[&str]) -> Self {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../end2end");
        let help = "run the tests by `make test`, which gets Node.js and its packages (scripts/setup test)";
        let mut child = Command::new("node")
            .args(["oidc-provider.mjs", "--until-input-ends", "--redirect", REDIRECT_URL])
            .args(options)
            .current_dir(folder)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            // It warns about everything that is unlike production.
            .stderr(Stdio::piped())
            .spawn()
            .unwrap_or_else(|error| panic!("Node.js doesn't start ({error}): {help}"));
        let mut line = String::new();
        let output = child.stdout.take().expect("its output");
        BufReader::new(output).read_line(&mut line).expect("a line of its output");
        let Ok(Started { issuer, secret }) = serde_json::from_str(&line) else {
            child.kill().expect("an end");
            let output = child.wait_with_output().expect("what it said");
            panic!("end2end/oidc-provider.mjs doesn't start: {help}\n{}", String::from_utf8_lossy(&output.stderr));
        };
        // A pipe that nobody reads would fill up and stop it.
        let mut warnings = child.stderr.take().expect("its warnings");
        std::thread::spawn(move || std::io::copy(&mut warnings, &mut std::io::sink()));
        Self { issuer, secret, child }
    }

    /// Replaces the key that tokens are signed with.
    pub async fn rotate_keys(&self) {
        let url = Url::parse(&self.issuer).expect("an address").join("/rotate-keys").expect("an address");
        let answer = Browser::new().ask(Method::POST, &url, "").await;
        assert!(answer.status().is_success(), "keys are rotated: {}", answer.status());
    }
}

impl Drop for IdentityProvider {
    fn drop(&mut self) {
        self.child.kill().expect("an end");
        self.child.wait().expect("an end");
    }
}

/// A browser, as far as signing in needs one. It keeps cookies by their names alone: it knows one provider.
pub struct Browser {
    client: reqwest::Client,
    cookies: HashMap<String, String>,
}

impl Browser {
    /// `SsoClient` must have been made before: it says what cryptography TLS takes.
    pub fn new() -> Self {
        let client = reqwest::Client::builder().redirect(redirect::Policy::none()).no_proxy().build();
        Self { client: client.expect("a client"), cookies: HashMap::new() }
    }

    /// Signs in as this person, and gives the address that the provider sends back to.
    pub async fn sign_in(&mut self, url: &Url, email: &str) -> Url {
        self.follow(url, &form(&[("email", email), ("do", "sign-in")])).await.0
    }

    pub async fn cancel(&mut self, url: &Url) -> Url {
        self.follow(url, &form(&[("do", "cancel")])).await.0
    }

    /// Follows redirects until they leave the provider, and answers its page with this form. Says how often it did.
    pub async fn follow(&mut self, url: &Url, form: &str) -> (Url, usize) {
        let provider = url.origin();
        let (mut url, mut forms) = (url.clone(), 0);
        for _ in 0..10 {
            let mut answer = self.ask(Method::GET, &url, "").await;
            if answer.status().is_success() {
                forms += 1;
                answer = self.ask(Method::POST, &url, form).await;
            }
            let Some(location) = answer.headers().get(header::LOCATION) else {
                panic!("{url} answered {}: {}", answer.status(), answer.text().await.expect("a text"));
            };
            url = url.join(location.to_str().expect("a readable address")).expect("an address");
            if url.origin() != provider {
                return (url, forms);
            }
        }
        panic!("the provider redirects for ever, lately to {url}");
    }

    async fn ask(&mut self, method: Method, url: &Url, body: &str) -> Response {
        let cookies = self.cookies.iter().map(|(name, value)| format!("{name}={value}")).collect::<Vec<_>>();
        let answer = self
            .client
            .request(method, url.clone())
            .header(header::COOKIE, cookies.join("; "))
            .header(header::CONTENT_TYPE, "application/x-www-form-urlencoded")
            .body(body.to_owned())
            .send()
            .await
            .expect("an answer");
        for cookie in answer.headers().get_all(header::SET_COOKIE) {
            let cookie = cookie.to_str().expect("a readable cookie");
            let (name, value) = cookie.split(';').next().and_then(|pair| pair.split_once('=')).expect("a cookie");
            if value.is_empty() {
                self.cookies.remove(name);
            } else {
                self.cookies.insert(name.to_owned(), value.to_owned());
            }
        }
        answer
    }
}

fn form(fields: &[(&str, &str)]) -> String {
    form_urlencoded::Serializer::new(String::new()).extend_pairs(fields).finish()
}
