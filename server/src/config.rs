//! Configuration: defaults, then a file, then the environment, then flags.

use std::{net::SocketAddr, path::PathBuf};

use axum_client_ip::ClientIpSource;
use domain::inquiry::AnswerPromise;
use figment::{
    Figment,
    providers::{Env, Format, Serialized, Toml},
};
use lettre::message::Mailbox;
use serde::{Deserialize, Serialize};
use store::{KeyError, Keyring};
use url::Url;

use crate::mail::{MailServer, Way};

/// Everything that can be configured. `server config` prints it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Config {
    /// Where HTTP is answered.
    pub listen: SocketAddr,
    /// `sqlite:PATH` or `postgres://USER@HOST/NAME`.
    pub database: String,
    /// Where people reach the portal, such as `https://portal.example`: links, passkeys and single sign-on name it.
    /// Left empty, it is `http://localhost` with the port that is listened on.
    pub public_url: String,
    /// The file with the keys that secrets are sealed with; made where it is missing. Left empty, it stands beside a
    /// SQLite file, as `NAME.key`, and is `vitrine.key` here for PostgreSQL.
    pub key_file: PathBuf,
    /// The keys themselves, in place of a file: 64 hexadecimal digits a line, the one in use first.
    pub keys: String,
    /// What tells a reader's network address: `ConnectInfo` is the connection itself; behind a proxy, the header that
    /// it sets, such as `RightmostXForwardedFor` or `XRealIp`.
    pub client_ip: ClientIpSource,
    /// Whether customers' identity providers may have private network addresses, as on one machine or in one network.
    pub sso_private_addresses: bool,
    /// Whether the provider's own webhooks may lead to private network addresses, as to systems in its own network.
    /// Customers' may where `sso_private_addresses` lets their identity providers.
    pub webhook_private_addresses: bool,
    /// The provider's name, as customers know it.
    pub provider: String,
    /// Within how many working days the provider promises to answer what customers ask about accesses, 1 to 130: Monday
    /// to Friday, in UTC, the day of the question not counted.
    pub answer_within_working_days: AnswerPromise,
    /// A folder with the provider's own mappings of other systems' logs, a file for each format, such as
    /// `teleport.toml`: what they say of a field goes before what Vitrine's own do.
    pub access_mappings: PathBuf,
    /// The licence of the provider's own figures, by the name that SPDX gives it, such as `CC-BY-4.0`. Left empty, the
    /// description of the open data names none.
    pub data_licence: String,
    /// The server that takes mail: `smtp://USER:PASSWORD@HOST`, which must offer STARTTLS unless it is localhost, or
    /// `smtps://…`. A password is percent-encoded. Left empty, no mail is sent.
    pub mail_server: String,
    /// A folder that mail is written into, a file each, in place of a server: for looking at.
    pub mail_folder: PathBuf,
    /// Whom mail is from, such as `Nimbus Cloud <portal@nimbus.example>`.
    pub mail_from: String,
    /// The folder with the stylesheet and the WebAssembly that the build made.
    pub site: PathBuf,
    /// The largest body that a request may have, in bytes.
    pub body_limit: usize,
    /// How long a request may take until its answer begins, in seconds.
    pub request_timeout: u64,
    /// Lines for people, or JSON for machines.
    pub log_format: LogFormat,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum LogFormat {
    Text,
    Json,
}

impl Default for Config {
    fn default() -> Self {
        Self {
            listen: SocketAddr::from(([127, 0, 0, 1], 3000)),
            database: "sqlite:vitrine.sqlite".to_owned(),
            public_url: String::new(),
            key_file: PathBuf::new(),
            keys: String::new(),
            client_ip: ClientIpSource::ConnectInfo,
            sso_private_addresses: false,
            webhook_private_addresses: false,
            provider: "Your provider".to_owned(),
            answer_within_working_days: AnswerPromise::default(),
            access_mappings: PathBuf::new(),
            data_licence: String::new(),
            mail_server: String::new(),
            mail_folder: PathBuf::new(),
            mail_from: String::new(),
            site: default_site(),
            body_limit: 8 << 20,
            request_timeout: 30,
            log_format: LogFormat::Text,
        }
    }
}

/// Where the build puts the site: beside the program once installed, `target/site` in a checkout.
fn default_site() -> PathBuf {
    std::env::current_exe()
        .ok()
        .and_then(|program| Some(program.parent()?.join("site")))
        .filter(|site| site.is_dir())
        .unwrap_or_else(|| PathBuf::from("target/site"))
}

/// What flags may set; a flag that is not given sets nothing.
#[derive(Clone, Debug, Default, Serialize)]
pub struct Flags {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub listen: Option<SocketAddr>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub database: Option<String>,
}

/// Why there is no configuration.
#[derive(Debug, thiserror::Error)]
pub enum ConfigError {
    #[error("the configuration file {0} can't be read; name one that exists, or leave --config out")]
    NoFile(PathBuf),
    #[error("the configuration is wrong: {0}. `server config` prints every setting and its value")]
    Invalid(Box<figment::Error>),
    #[error(
        "`{0}` is no database: write sqlite:PATH for a file, such as sqlite:vitrine.sqlite, or postgres://USER@HOST/NAME"
    )]
    Database(String),
    #[error(
        "`{0}` is no public address: write one such as https://portal.example, with nothing after the host and port. \
         Only localhost may have http"
    )]
    PublicUrl(String),
    #[error(
        "`mail_server` is no mail server's address: write smtp://USER:PASSWORD@HOST:PORT or smtps://…, without a path; \
         user and port may be left out, and what is no letter or digit in a password is percent-encoded"
    )]
    MailServer,
    #[error("`{0}` is no sender: set `mail_from` to an address such as `Nimbus Cloud <portal@nimbus.example>`")]
    MailFrom(String),
    #[error("mail goes to a server or into a folder: set `mail_server` or `mail_folder`, not both")]
    MailTwice,
    #[error("--demo answers only this machine, because its passwords are known: use --listen 127.0.0.1:{0}")]
    DemoNotLoopback(u16),
}

impl Config {
    /// Reads the configuration: `file`, or `vitrine.toml` where it is there; `VITRINE_…`; `flags`.
    pub fn load(file: Option<PathBuf>, flags: &Flags) -> Result<Self, ConfigError> {
        if let Some(file) = file.as_ref().filter(|file| !file.is_file()) {
            return Err(ConfigError::NoFile(file.clone()));
        }
        let file = file.unwrap_or_else(|| PathBuf::from("vitrine.toml"));
        let config: Self = Figment::from(Serialized::defaults(Self::default()))
            .merge(Toml::file(file))
            // VITRINE_CONFIG and the tests' variables are nobody's settings.
            .merge(Env::prefixed("VITRINE_").ignore(&[
                "config",
                "test_postgres",
                "test_postgres_superuser",
                "tools",
                "root",
            ]))
            .merge(Serialized::defaults(flags))
            .extract()
            .map_err(|error| ConfigError::Invalid(Box::new(error)))?;
        if !["sqlite:", "postgres://", "postgresql://"].iter().any(|scheme| config.database.starts_with(scheme)) {
            return Err(ConfigError::Database(config.database));
        }
        config.public_url()?;
        config.mail()?;
        Ok(config)
    }

    /// Where people reach the portal: scheme, host and port.
    ///
    /// # Errors
    /// [`ConfigError::PublicUrl`] where it is no such address.
    pub fn public_url(&self) -> Result<Url, ConfigError> {
        let text = match self.public_url.as_str() {
            "" => format!("http://localhost:{}", self.listen.port()),
            text => text.to_owned(),
        };
        let wrong = || ConfigError::PublicUrl(text.clone());
        let url = Url::parse(&text).map_err(|_| wrong())?;
        let safe = url.scheme() == "https" || url.scheme() == "http" && url.host_str() == Some("localhost");
        let bare = url.path() == "/" && url.query().is_none() && url.fragment().is_none() && url.username().is_empty();
        if safe && bare && url.domain().is_some() { Ok(url) } else { Err(wrong()) }
    }

    /// Whom mail is from and where it goes; `None` where none is sent.
    ///
    /// # Errors
    /// Where it says only a part of that, or what it says can't be read.
    pub fn mail(&self) -> Result<Option<(Mailbox, Way)>, ConfigError> {
        let way = match (self.mail_server.as_str(), self.mail_folder.as_os_str().is_empty()) {
            ("", true) => return Ok(None),
            ("", false) => Way::Folder(self.mail_folder.clone()),
            (server, true) => Way::Server(MailServer::parse(server).ok_or(ConfigError::MailServer)?),
            (_, false) => return Err(ConfigError::MailTwice),
        };
        let from = self.mail_from.parse().map_err(|_| ConfigError::MailFrom(self.mail_from.clone()))?;
        Ok(Some((from, way)))
    }

    /// The same, as it may be printed.
    #[must_use]
    pub fn without_secrets(self) -> Self {
        let keys = if self.keys.is_empty() { "" } else { "(given, and not shown)" };
        Self {
            database: without_password(&self.database),
            mail_server: without_password(&self.mail_server),
            keys: keys.to_owned(),
            ..self
        }
    }

    /// The keys that secrets are sealed with.
    pub fn keyring(&self) -> Result<Keyring, KeyError> {
        if !self.keys.is_empty() {
            return Keyring::parse(&self.keys);
        }
        let sqlite = self.database.strip_prefix("sqlite:").map(|path| path.trim_start_matches("//"));
        let file = match (self.key_file.as_os_str().is_empty(), sqlite) {
            (false, _) => self.key_file.clone(),
            (true, Some(path)) => PathBuf::from(path.split('?').next().unwrap_or(path)).with_extension("key"),
            (true, None) => PathBuf::from("vitrine.key"),
        };
        Keyring::open(&file)
    }

    /// # Errors
    /// [`ConfigError::DemoNotLoopback`] where others than this machine could sign in with the demo's passwords.
    pub fn check_demo(&self) -> Result<(), ConfigError> {
        if self.listen.ip().is_loopback() { Ok(()) } else { Err(ConfigError::DemoNotLoopback(self.listen.port())) }
    }
}

/// An address as it may be shown.
fn without_password(address: &str) -> String {
    let parts = address.split_once("://").and_then(|(scheme, rest)| Some((scheme, rest.rsplit_once('@')?)));
    match parts {
        Some((scheme, (user, host))) => {
            let user = user.split(':').next().unwrap_or_default();
            format!("{scheme}://{user}@{host}")
        }
        None => address.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_password_is_never_printed() {
        assert_eq!(without_password("postgres://vitrine:pass@word@db/v"), "postgres://vitrine@db/v");
        assert_eq!(without_password("postgres://db/v"), "postgres://db/v");
        assert_eq!(without_password("sqlite:a@b.sqlite"), "sqlite:a@b.sqlite");
        let secret = "pa%40ss";
        let config = Config { mail_server: format!("smtp://portal:{secret}@mail.example"), ..Config::default() };
        let printed = serde_json::to_string(&config.without_secrets()).unwrap();
        assert!(printed.contains("smtp://portal@mail.example") && !printed.contains(secret), "{printed}");
    }

    #[test]
    fn mail_is_sent_where_it_is_said_how_and_from_whom() {
        let of = |server: &str, folder: &str, from: &str| {
            let texts = (server.to_owned(), folder.into(), from.to_owned());
            Config { mail_server: texts.0, mail_folder: texts.1, mail_from: texts.2, ..Config::default() }.mail()
        };
        let from = "Nimbus Cloud <portal@nimbus.example>";
        assert!(of("", "", "").unwrap().is_none() && of("", "", from).unwrap().is_none());
        assert!(of("smtp://mail.example", "", from).unwrap().is_some());
        assert_eq!(of("", "mail", from).unwrap().unwrap().1, Way::Folder("mail".into()));
        assert!(matches!(of("smtp://mail.example", "", ""), Err(ConfigError::MailFrom(_))));
        assert!(matches!(of("smtp://mail.example", "mail", from), Err(ConfigError::MailTwice)));
        assert!(matches!(of("mail.example", "", from), Err(ConfigError::MailServer)));
    }

    #[test]
    fn flags_win() {
        let flags = Flags { listen: Some("127.0.0.1:9".parse().unwrap()), database: None };
        assert_eq!(Config::load(None, &flags).unwrap().listen.port(), 9);
    }

    #[test]
    fn a_database_without_a_scheme_is_refused_with_what_to_write() {
        let flags = Flags { database: Some("vitrine.db".to_owned()), ..Flags::default() };
        let message = Config::load(None, &flags).unwrap_err().to_string();
        assert!(message.contains("sqlite:PATH"), "{message}");
    }

    #[test]
    fn the_public_address_is_a_host_over_tls_or_this_machine() {
        let of = |text: &str| Config { public_url: text.to_owned(), ..Config::default() }.public_url();
        assert_eq!(of("").unwrap().as_str(), "http://localhost:3000/");
        assert!(of("https://portal.example").is_ok() && of("https://portal.example:8443").is_ok());
        for bad in ["portal.example", "http://portal.example", "https://portal.example/vitrine", "https://192.0.2.1"] {
            assert!(matches!(of(bad), Err(ConfigError::PublicUrl(_))), "{bad}");
        }
    }

    #[test]
    fn a_sqlite_file_has_its_keys_beside_it() {
        let folder = tempfile::tempdir().unwrap();
        let database = format!("sqlite:{}", folder.path().join("demo.sqlite").display());
        Config { database, ..Config::default() }.keyring().unwrap();
        assert!(folder.path().join("demo.key").is_file());
    }

    #[test]
    fn a_file_that_is_named_must_be_there() {
        let error = Config::load(Some("no-such.toml".into()), &Flags::default()).unwrap_err();
        assert!(matches!(error, ConfigError::NoFile(_)));
    }

    #[test]
    fn the_demo_answers_only_this_machine() {
        let config = Config { listen: "0.0.0.0:3000".parse().unwrap(), ..Config::default() };
        assert!(config.check_demo().is_err());
        let config = Config { listen: "[::1]:3000".parse().unwrap(), ..Config::default() };
        assert!(config.check_demo().is_ok());
    }
}
