//! The way out: to a customer's identity provider and to webhooks. Somebody typed the address, and a discovery document
//! names more of them: none may lead to what only this server can reach.

use std::{
    error::Error,
    future::Future,
    net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr},
    pin::Pin,
    time::Duration,
};

use domain::single_sign_on::is_loopback;
use openidconnect::{
    AsyncHttpClient, HttpRequest, HttpResponse,
    url::{Host, Url},
};
use reqwest::{
    StatusCode,
    dns::{Addrs, Name, Resolve, Resolving},
    redirect,
};
use rustls::crypto::{CryptoProvider, ring};

const CONNECT_TIMEOUT: Duration = Duration::from_secs(5);
const TIMEOUT: Duration = Duration::from_secs(10);
/// Discovery documents, key sets and tokens take some kilobytes.
const LARGEST_BODY: usize = 1 << 20;

/// Why an address gave no answer. The texts go on after “: ”, and are the same for a name that is not there
/// and for one that leads inside, so that nobody learns our network's names by them.
#[derive(Debug, thiserror::Error)]
pub(crate) enum NetworkError {
    #[error("{0} is not on the public internet, or there is no such name; this server asks no other address")]
    NotPublic(String),
    #[error("{0} is not encrypted: it must begin with https://")]
    NotEncrypted(String),
    #[error("{host} sends to another address (status {status}), and redirects are not followed")]
    Redirect { host: String, status: u16 },
    #[error("{host} answered with status {status}")]
    Status { host: String, status: u16 },
    #[error("{0} did not answer in time")]
    Timeout(String),
    #[error("{0} answered with more than {LARGEST_BODY} bytes")]
    TooLarge(String),
    #[error("{host} gave no answer ({reason})")]
    Failed { host: String, reason: String },
    #[error("{0}")]
    NoClient(String),
}

/// A client of HTTP that goes to public addresses only, or also to this machine and its network where the operator
/// says so.
pub(crate) struct Network {
    /// A machine without root certificates has none; its server runs on without single sign-on and webhooks.
    client: Result<reqwest::Client, String>,
    private_addresses: bool,
}

impl Network {
    pub(crate) fn new(private_addresses: bool) -> Self {
        if CryptoProvider::get_default().is_none() && ring::default_provider().install_default().is_err() {
            tracing::debug!("another thread chose the cryptography of TLS just now");
        }
        let client = reqwest::Client::builder()
            .user_agent("Vitrine")
            // A proxy would look names up itself, and a redirect would lead anywhere.
            .no_proxy()
            .redirect(redirect::Policy::none())
            .dns_resolver(PublicNames { private_addresses })
            .connect_timeout(CONNECT_TIMEOUT)
            .timeout(TIMEOUT)
            .build()
            .map_err(|error| root_cause(&error));
        Self { client, private_addresses }
    }

    /// Refuses what is not encrypted, and addresses written as numbers, which no resolver sees.
    fn check(&self, url: &Url) -> Result<(), NetworkError> {
        self.check_encrypted(url)?;
        let address = match url.host() {
            Some(Host::Ipv4(address)) => IpAddr::from(address),
            Some(Host::Ipv6(address)) => IpAddr::from(address),
            Some(Host::Domain(_)) => return Ok(()),
            None => return Err(NetworkError::NotPublic(url.to_string())),
        };
        if may_reach(address, self.private_addresses) {
            Ok(())
        } else {
            Err(NetworkError::NotPublic(address.to_string()))
        }
    }

    /// Refuses what is not encrypted. This machine needs no encryption, where it may be asked at all.
    pub(crate) fn check_encrypted(&self, url: &Url) -> Result<(), NetworkError> {
        match url.scheme() {
            "https" => Ok(()),
            "http" if self.private_addresses && is_loopback(url) => Ok(()),
            _ => Err(NetworkError::NotEncrypted(url.to_string())),
        }
    }

    /// Asks, and answers with what was answered, unless that is no answer at all: a redirect, a server's error, too much
    /// of it, or that too much was asked.
    pub(crate) async fn send(&self, request: HttpRequest) -> Result<HttpResponse, NetworkError> {
        let (mut response, host) = self.ask(request).await?;
        let mut body = Vec::new();
        while let Some(chunk) = response.chunk().await.map_err(|error| failed(error, &host))? {
            if body.len() + chunk.len() > LARGEST_BODY {
                return Err(NetworkError::TooLarge(host));
            }
            body.extend_from_slice(&chunk);
        }
        let mut answer = HttpResponse::new(body);
        *answer.status_mut() = response.status();
        *answer.headers_mut() = response.headers().clone();
        Ok(answer)
    }

    /// The same, where the status says all: what else is answered is not read, and may be of any size.
    pub(crate) async fn status(&self, request: HttpRequest) -> Result<StatusCode, NetworkError> {
        Ok(self.ask(request).await?.0.status())
    }

    /// What is answered, not yet read, and by which host.
    async fn ask(&self, request: HttpRequest) -> Result<(reqwest::Response, String), NetworkError> {
        let client = self.client.as_ref().map_err(|reason| NetworkError::NoClient(reason.clone()))?;
        let request = reqwest::Request::try_from(request)
            .map_err(|error| NetworkError::Failed { host: "the address".to_owned(), reason: root_cause(&error) })?;
        self.check(request.url())?;
        let host = request.url().host_str().unwrap_or("the address").to_owned();
        let response = client.execute(request).await.map_err(|error| failed(error, &host))?;
        let status = response.status();
        if status.is_redirection() {
            return Err(NetworkError::Redirect { host, status: status.as_u16() });
        }
        if status.is_server_error() || status.as_u16() == 429 {
            return Err(NetworkError::Status { host, status: status.as_u16() });
        }
        Ok((response, host))
    }
}

fn failed(error: reqwest::Error, host: &str) -> NetworkError {
    let host = host.to_owned();
    if error.is_timeout() {
        NetworkError::Timeout(host)
    } else if error.is_dns() {
        NetworkError::NotPublic(host)
    } else {
        NetworkError::Failed { host, reason: root_cause(&error) }
    }
}

impl<'c> AsyncHttpClient<'c> for Network {
    type Error = NetworkError;
    type Future = Pin<Box<dyn Future<Output = Result<HttpResponse, NetworkError>> + Send + 'c>>;

    fn call(&'c self, request: HttpRequest) -> Self::Future {
        Box::pin(self.send(request))
    }
}

/// Looks names up, and keeps the addresses that may be asked. What is connected to is what was checked.
struct PublicNames {
    private_addresses: bool,
}

impl Resolve for PublicNames {
    fn resolve(&self, name: Name) -> Resolving {
        let private_addresses = self.private_addresses;
        Box::pin(async move {
            let found = tokio::net::lookup_host((name.as_str(), 0)).await?;
            let found = found.filter(|found| may_reach(found.ip(), private_addresses)).collect::<Vec<SocketAddr>>();
            if found.is_empty() {
                return Err("no public address".into());
            }
            Ok(Box::new(found.into_iter()) as Addrs)
        })
    }
}

/// Whether an address may be asked. Where private ones may, those that are only ever a trap stay refused: link-local
/// ones, at which clouds hand out their machines' credentials, and those of nobody or of many.
fn may_reach(address: IpAddr, private_addresses: bool) -> bool {
    match address {
        IpAddr::V4(address) => may_reach_v4(address, private_addresses),
        IpAddr::V6(address) => may_reach_v6(address, private_addresses),
    }
}

/// By the registry of special addresses (RFC 6890 and its updates).
fn may_reach_v4(address: Ipv4Addr, private_addresses: bool) -> bool {
    match address.octets() {
        // Alibaba's machines find their credentials here, within what is otherwise a carrier's.
        [100, 100, 100, 200] => false,
        // This machine, private networks, and those behind a carrier's translation.
        [127 | 10, ..] | [172, 16..=31, ..] | [192, 168, ..] | [100, 64..=127, ..] => private_addresses,
        // Nobody, link-local, protocols, documentation, measurements, many, reserved.
        [0, ..] | [169, 254, ..] | [192, 0, 0 | 2, _] | [192, 88, 99, _] => false,
        [198, 18 | 19, ..] | [198, 51, 100, _] | [203, 0, 113, _] | [224..=255, ..] => false,
        // Azure's machines find their platform here.
        [168, 63, 129, 16] => false,
        _ => true,
    }
}

fn may_reach_v6(address: Ipv6Addr, private_addresses: bool) -> bool {
    let [.., high, low] = address.segments();
    let embedded = Ipv4Addr::from((u32::from(high) << 16) | u32::from(low));
    match address.segments() {
        [0, 0, 0, 0, 0, 0, 0, 1] | [0xfc00..=0xfdff, ..] => private_addresses && !is_metadata(address),
        // IPv4 in other clothes: mapped, and translated on the way (RFC 6052).
        [0, 0, 0, 0, 0, 0xffff, ..] | [0x64, 0xff9b, 0, 0, 0, 0, ..] => may_reach_v4(embedded, private_addresses),
        // Protocols such as Teredo, documentation, and IPv4 by tunnel (6to4).
        [0x2001, 0..=0x1ff | 0xdb8, ..] | [0x2002, ..] | [0x3fff, 0..=0xfff, ..] => false,
        // All that is given out to the public internet.
        [0x2000..=0x3fff, ..] => true,
        _ => false,
    }
}

/// The addresses at which Amazon's and Google's machines find their credentials, within what is otherwise anybody's own
/// network.
fn is_metadata(address: Ipv6Addr) -> bool {
    [[0xfd00, 0xec2, 0, 0, 0, 0, 0, 0x254], [0xfd20, 0xce, 0, 0, 0, 0, 0, 0x254]].contains(&address.segments())
}

/// The innermost reason, which is the one that says something.
fn root_cause(error: &(dyn Error + 'static)) -> String {
    let mut cause = error;
    while let Some(source) = cause.source() {
        cause = source;
    }
    cause.to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    const PUBLIC: &[&str] = &[
        "8.8.8.8",
        "100.128.0.1",
        "172.32.0.1",
        "192.0.1.1",
        "2606:4700::1111",
        "2001:4860:4860::8888",
        "64:ff9b::808:808",
    ];
    const PRIVATE: &[&str] = &[
        "127.0.0.1",
        "127.255.0.1",
        "10.1.2.3",
        "172.16.0.1",
        "172.31.255.255",
        "192.168.1.1",
        "100.64.0.1",
        "::1",
        "fd12:3456::1",
        "fc00::1",
        "::ffff:127.0.0.1",
        "::ffff:10.0.0.1",
        "64:ff9b::7f00:1",
    ];
    const NEVER: &[&str] = &[
        "0.0.0.0",
        "0.1.2.3",
        "169.254.169.254",
        "192.0.0.192",
        "192.0.2.1",
        "198.18.0.1",
        "198.51.100.1",
        "203.0.113.1",
        "224.0.0.1",
        "239.255.255.255",
        "240.0.0.1",
        "255.255.255.255",
        "168.63.129.16",
        "::",
        "fe80::1",
        "ff02::1",
        "fd00:ec2::254",
        "fd20:ce::254",
        "100.100.100.200",
        "2001::1",
        "2001:db8::1",
        "2002:7f00:1::",
        "::ffff:169.254.169.254",
        "::127.0.0.1",
        "fec0::1",
        "64:ff9b::a9fe:a9fe",
        "64:ff9b:1::1",
        "5f00::1",
    ];

    #[test]
    fn only_public_addresses_are_asked_unless_private_ones_may_be() {
        for (addresses, public, private) in [(PUBLIC, true, true), (PRIVATE, false, true), (NEVER, false, false)] {
            for address in addresses {
                let parsed = address.parse().unwrap();
                assert_eq!(may_reach(parsed, false), public, "{address}");
                assert_eq!(may_reach(parsed, true), private, "{address}, where private ones may be asked");
            }
        }
    }

    #[tokio::test]
    async fn an_address_that_leads_inside_is_refused_however_it_is_written() {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let port = listener.local_addr().unwrap().port();
        let network = Network::new(false);
        for host in ["127.0.0.1", "localhost", "[::1]", "[::ffff:127.0.0.1]", "2130706433", "0x7f.1", "127.1"] {
            let request = HttpRequest::new(Vec::new());
            let (mut parts, body) = request.into_parts();
            parts.uri = format!("https://{host}:{port}/").parse().unwrap();
            let error = network.send(HttpRequest::from_parts(parts, body)).await.unwrap_err();
            assert!(matches!(error, NetworkError::NotPublic(_)), "{host}: {error}");
        }
        let knocked = tokio::time::timeout(Duration::from_millis(50), listener.accept()).await;
        assert!(knocked.is_err(), "somebody connected");
    }

    #[test]
    fn only_this_machine_is_asked_without_encryption() {
        let open = Network::new(true);
        for (url, good) in [
            ("https://login.acme.example/", true),
            ("http://127.0.0.1:4000/", true),
            ("http://localhost/", true),
            ("http://10.0.0.1/", false),
            ("http://login.acme.example/", false),
            ("file:///etc/passwd", false),
        ] {
            let url = Url::parse(url).unwrap();
            assert_eq!(open.check_encrypted(&url).is_ok(), good, "{url}");
            assert_eq!(Network::new(false).check_encrypted(&url).is_ok(), good && url.scheme() == "https", "{url}");
        }
    }
}
