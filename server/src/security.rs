//! Headers that keep a page to itself, and the policy that lets its own scripts run.

use axum::{
    body::Bytes,
    extract::Request,
    http::{HeaderMap, HeaderName, HeaderValue, header},
    middleware::Next,
    response::Response,
};
use base64::{Engine, prelude::BASE64_STANDARD};
use leptos::nonce::Nonce;
use memchr::memmem;
use sha2::{Digest, Sha256};

const HEADERS: [(HeaderName, &str); 6] = [
    // Nothing tells a page of another origin where somebody came from; forms of our own need it.
    (header::REFERRER_POLICY, "same-origin"),
    (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
    (header::X_FRAME_OPTIONS, "DENY"),
    (header::STRICT_TRANSPORT_SECURITY, "max-age=63072000; includeSubDomains"),
    (HeaderName::from_static("cross-origin-opener-policy"), "same-origin"),
    (HeaderName::from_static("permissions-policy"), "camera=(), geolocation=(), microphone=()"),
];

/// The policy of what the pages of others may show in a frame: it runs no script and sends no form.
const FRAMED: &str = "default-src 'none'; style-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors *";

/// Marks an answer that the pages of others may show in a frame. Nothing in it is of whoever asked.
#[derive(Clone, Copy, Debug)]
pub struct MayBeFramed;

/// Sets the headers. An answer that says nothing of caching is for whoever asked alone, and one without a policy runs
/// no script of its own.
pub async fn headers(request: Request, next: Next) -> Response {
    let mut response = next.run(request).await;
    let framed = response.extensions_mut().remove::<MayBeFramed>().is_some();
    let headers = response.headers_mut();
    for (name, value) in HEADERS {
        headers.insert(name, HeaderValue::from_static(value));
    }
    if framed {
        headers.remove(header::X_FRAME_OPTIONS);
        headers.insert(header::CONTENT_SECURITY_POLICY, HeaderValue::from_static(FRAMED));
    }
    headers.entry(header::CACHE_CONTROL).or_insert(HeaderValue::from_static("no-store"));
    if !headers.contains_key(header::CONTENT_SECURITY_POLICY) {
        allow_scripts(headers, &[]);
    }
    response
}

/// The page's policy: of the scripts inside it, only those run that Leptos signed with `nonce` while rendering. They
/// are named by their hashes (CSP 3, section 2.3.1) and lose the nonce, so that the page and its policy may be kept and
/// answered again.
#[must_use]
pub fn allow_signed_scripts(headers: &mut HeaderMap, html: &Bytes, nonce: &Nonce) -> Bytes {
    let signature = format!(" nonce=\"{nonce}\"");
    let mut hashes = Vec::new();
    let mut from = 0;
    while let Some(found) = memmem::find(&html[from..], b"<script") {
        let tag = from + found;
        let Some(open) = memchr::memchr(b'>', &html[tag..]).map(|end| tag + end + 1) else { break };
        let Some(close) = memmem::find(&html[open..], b"</script").map(|end| open + end) else { break };
        if memmem::find(&html[tag..open], signature.as_bytes()).is_some() && close > open {
            hashes.push(BASE64_STANDARD.encode(Sha256::digest(&html[open..close])));
        }
        from = close;
    }
    allow_scripts(headers, &hashes);
    // Leptos 0.8 writes the nonce as the value of `crossorigin` too, where none is as good.
    without(&without(html, &signature), &format!("=\"{nonce}\"")).into()
}

fn without(html: &[u8], part: &str) -> Vec<u8> {
    let mut rest = Vec::with_capacity(html.len());
    let mut from = 0;
    for place in memmem::find_iter(html, part) {
        rest.extend_from_slice(&html[from..place]);
        from = place + part.len();
    }
    rest.extend_from_slice(&html[from..]);
    rest
}

fn allow_scripts(headers: &mut HeaderMap, hashes: &[String]) {
    let hashes = hashes.iter().map(|hash| format!(" 'sha256-{hash}'")).collect::<String>();
    // cargo-leptos's reload of an open page comes over a socket on another port.
    let reload =
        if std::env::var_os("LEPTOS_WATCH").is_some() { " ws://127.0.0.1:3001 ws://localhost:3001" } else { "" };
    let policy = format!(
        "default-src 'none'; script-src 'self'{hashes} 'wasm-unsafe-eval'; style-src 'self'; img-src 'self'; \
         connect-src 'self'{reload}; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
    );
    let policy = HeaderValue::from_str(&policy).expect("a policy of visible ASCII characters");
    headers.insert(header::CONTENT_SECURITY_POLICY, policy);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_scripts_that_carry_the_nonce_may_run() {
        let html = "<link crossorigin=\"N\"><script nonce=\"N\">a()</script><script>b()</script><script nonce=\"M\">c()</script>";
        let mut headers = HeaderMap::new();
        let page = allow_signed_scripts(&mut headers, &Bytes::from(html), &Nonce::from_value("N"));
        assert_eq!(page, "<link crossorigin><script>a()</script><script>b()</script><script nonce=\"M\">c()</script>");
        let policy = headers[header::CONTENT_SECURITY_POLICY].to_str().unwrap();
        let allowed = |script: &str| policy.contains(&BASE64_STANDARD.encode(Sha256::digest(script)));
        assert!(allowed("a()") && !allowed("b()") && !allowed("c()"), "{policy}");
        assert!(!policy.contains("nonce") && !policy.contains("unsafe-inline"), "{policy}");
    }
}
