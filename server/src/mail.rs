//! Sends the mail that waits, by SMTP or into a folder, and says what each says.

use std::{path::PathBuf, time::Duration};

use app::{counted_exceptions, paths};
use domain::{GrantId, Timestamp, Zone};
use lettre::{
    Address, AsyncFileTransport, AsyncTransport, Message, Tokio1Executor,
    address::AddressError,
    message::{
        Mailbox,
        header::{ContentType, HeaderName, HeaderValue},
    },
    transport::smtp::{
        self,
        authentication::{Credentials, Mechanism},
        client::{AsyncSmtpConnection, TlsParameters},
        commands::Mail,
        extension::ClientId,
    },
};
use percent_encoding::percent_decode_str;
use store::{AccessMatter, MailContent, Outgoing, Store, StoreError};
use tokio::sync::watch;
use tracing::warn;
use url::Url;

use crate::config::{Config, ConfigError};

/// How long a mail server may take for a connection or a mail.
const PATIENCE: Duration = Duration::from_secs(60);

/// Sends mail as the configuration says.
pub struct Mailer {
    from: Mailbox,
    way: Way,
    provider: String,
    public_url: Url,
}

/// Where mail goes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Way {
    Server(MailServer),
    /// A file each, for looking at.
    Folder(PathBuf),
}

/// A server that takes mail to wherever it goes.
#[derive(Clone, PartialEq, Eq)]
pub struct MailServer {
    host: String,
    port: u16,
    security: Security,
    credentials: Option<Credentials>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Security {
    /// TLS from the first byte.
    Tls,
    /// TLS after STARTTLS, and nothing without it.
    StartTls,
    /// None, on this machine.
    Local,
}

/// Who signed in stays out of what is printed.
impl std::fmt::Debug for MailServer {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}:{} ({:?})", self.host, self.port, self.security)
    }
}

impl MailServer {
    /// A server by its address: `smtp://USER:PASSWORD@HOST:PORT` or `smtps://…`, of which user and port may be left out.
    pub fn parse(text: &str) -> Option<Self> {
        let url = Url::parse(text).ok()?;
        let host = url.host_str().filter(|host| !host.is_empty())?;
        let bare = matches!(url.path(), "" | "/") && url.query().is_none() && url.fragment().is_none();
        let local = matches!(host, "localhost" | "127.0.0.1" | "[::1]");
        let (security, port) = match (url.scheme(), local) {
            ("smtps", _) => (Security::Tls, 465),
            ("smtp", true) => (Security::Local, 25),
            ("smtp", false) => (Security::StartTls, 587),
            _ => return None,
        };
        let decoded = |text: &str| percent_decode_str(text).decode_utf8().ok().map(std::borrow::Cow::into_owned);
        let credentials = match (url.username(), url.password()) {
            ("", None) => None,
            (user, password) => Some(Credentials::new(decoded(user)?, decoded(password?)?)),
        };
        let host = host.trim_matches(['[', ']']).to_owned();
        bare.then(|| Self { host, port: url.port().unwrap_or(port), security, credentials })
    }

    async fn connect(&self) -> Result<AsyncSmtpConnection, smtp::Error> {
        let (name, address) = (ClientId::default(), (self.host.as_str(), self.port));
        let tls = || TlsParameters::new(self.host.clone());
        let at_once = if self.security == Security::Tls { Some(tls()?) } else { None };
        let mut connection = AsyncSmtpConnection::connect_tokio1(address, Some(PATIENCE), &name, at_once, None).await?;
        if self.security == Security::StartTls {
            connection.starttls(tls()?, &name).await?;
        }
        if let Some(credentials) = &self.credentials {
            connection.auth(&[Mechanism::Plain, Mechanism::Login], credentials).await?;
        }
        Ok(connection)
    }

    /// Whether it takes mail of this sender at all. Where it does, what it refused was refused for the mail's own sake.
    async fn takes_mail_of(&self, from: &Address) -> Result<(), smtp::Error> {
        let mut connection = self.connect().await?;
        connection.command(Mail::new(Some(from.clone()), Vec::new())).await?;
        connection.quit().await?;
        Ok(())
    }

    async fn send(&self, message: &Message, connection: &mut Option<AsyncSmtpConnection>) -> Result<(), NotSent> {
        let nothing = |error: smtp::Error| NotSent::Nothing(error.to_string());
        let open = match connection {
            Some(open) if !open.has_broken() => open,
            _ => connection.insert(self.connect().await.map_err(nothing)?),
        };
        let envelope = message.envelope();
        match open.send(envelope, &message.formatted()).await.map_err(NotSent::from) {
            Ok(_) => Ok(()),
            Err(NotSent::Refused(reply)) => {
                if let Some(from) = envelope.from() {
                    self.takes_mail_of(from).await.map_err(nothing)?;
                }
                Err(NotSent::Refused(reply))
            }
            Err(not_now) => Err(not_now),
        }
    }
}

/// Why a mail was not sent.
enum NotSent {
    /// It never can be.
    Refused(String),
    /// It may be later.
    Later(String),
    /// Nor can any other, for now.
    Nothing(String),
}

impl From<smtp::Error> for NotSent {
    fn from(error: smtp::Error) -> Self {
        let reply = match (error.status(), std::error::Error::source(&error)) {
            (Some(code), Some(reply)) => format!("{code} {reply}"),
            _ => error.to_string(),
        };
        if error.is_permanent() || error.is_client() {
            Self::Refused(reply)
        } else if error.is_transient() {
            Self::Later(reply)
        } else {
            Self::Nothing(reply)
        }
    }
}

impl Mailer {
    /// `None` where no mail is sent.
    pub fn new(config: &Config) -> Result<Option<Self>, ConfigError> {
        let Some((from, way)) = config.mail()? else { return Ok(None) };
        Ok(Some(Self { from, way, provider: config.provider.clone(), public_url: config.public_url()? }))
    }

    /// Queues the reminders that are due and sends everything that waits, until the server stops.
    pub async fn work(&self, store: &Store, stopping: &watch::Receiver<bool>) -> Result<(), StoreError> {
        store.remind_due().await?;
        let outbox = store.outbox();
        let mut connection = None;
        while !*stopping.borrow() {
            let Some(mail) = outbox.next().await? else { break };
            match self.send(&mail, &mut connection).await {
                Ok(()) => outbox.sent(&mail).await?,
                Err(NotSent::Refused(reason)) => {
                    // The reply names the address, and stays out of the log.
                    warn!(mail = %mail.id, "a mail was refused; the owner of its organisation reads why at People");
                    outbox.refused(&mail, &reason).await?;
                }
                Err(NotSent::Later(reason)) => outbox.later(&mail, &reason).await?,
                Err(NotSent::Nothing(reason)) => {
                    warn!(reason, "no mail can be sent now; it is tried again");
                    return outbox.later(&mail, "The mail server could not be reached.").await;
                }
            }
        }
        if let Some(mut open) = connection.filter(|open| !open.has_broken()) {
            // Everything is sent already; a server that says no goodbye is no trouble.
            let _ = tokio::time::timeout(PATIENCE, open.quit()).await;
        }
        Ok(())
    }

    async fn send(&self, mail: &Outgoing, connection: &mut Option<AsyncSmtpConnection>) -> Result<(), NotSent> {
        let to = mail.to.parse().map_err(|error: AddressError| NotSent::Refused(error.to_string()))?;
        let message = self.message(mail, to).map_err(|error| NotSent::Refused(error.to_string()))?;
        match &self.way {
            Way::Folder(folder) => {
                let nothing = |error: String| NotSent::Nothing(format!("{}: {error}", folder.display()));
                tokio::fs::create_dir_all(folder).await.map_err(|error| nothing(error.to_string()))?;
                let files = AsyncFileTransport::<Tokio1Executor>::new(folder);
                files.send(message).await.map_err(|error| nothing(error.to_string()))?;
            }
            Way::Server(server) => {
                let sent = tokio::time::timeout(PATIENCE, server.send(&message, connection)).await;
                sent.unwrap_or_else(|_| Err(NotSent::Nothing("the mail server takes too long".to_owned())))?;
            }
        }
        Ok(())
    }

    /// The mail as it is sent: plain text, the same however often it is sent.
    fn message(&self, mail: &Outgoing, to: Address) -> Result<Message, lettre::error::Error> {
        let (subject, text) = self.words(&mail.content);
        let host = self.public_url.host_str().unwrap_or_default();
        Message::builder()
            .from(self.from.clone())
            .to(Mailbox::new(None, to))
            .subject(subject)
            .date(mail.queued_at.utc().into())
            .message_id(Some(format!("<{}@{host}>", mail.id)))
            // Nobody's out-of-office answers it (RFC 3834).
            .raw_header(HeaderValue::new(HeaderName::new_from_ascii_str("Auto-Submitted"), "auto-generated".to_owned()))
            .header(ContentType::TEXT_PLAIN)
            .body(text)
    }

    fn at(&self, path: &str) -> String {
        format!("{}{path}", self.public_url.as_str().trim_end_matches('/'))
    }

    /// Subject and text about a request for access.
    fn words_on_access(&self, grant: GrantId, matter: AccessMatter, expires_at: Option<Timestamp>) -> (String, String) {
        let provider = &self.provider;
        let until = expires_at.map(|at| format!("\nIf nobody decides, it expires on {}.", Zone::UTC.long(at)));
        let until = until.unwrap_or_default();
        let (subject, what) = match matter {
            AccessMatter::Waits => (
                "A request for access to your data waits for you".to_owned(),
                format!(
                    "{provider} asks for access to your organisation’s data, and it waits for you to decide.{until}"
                ),
            ),
            AccessMatter::Reminder => (
                "Reminder: a request for access to your data expires soon".to_owned(),
                format!("A request of {provider} for access to your organisation’s data still waits for you.{until}"),
            ),
            AccessMatter::Answered => (
                format!("{provider} answered what you asked about a request for access"),
                format!(
                    "{provider} answered what your organisation asked before deciding about a request for access.{until}"
                ),
            ),
            AccessMatter::NobodyAsked => (
                "Access to your data was granted without asking you".to_owned(),
                format!(
                    "{provider} has access to your organisation’s data that nobody had to approve beforehand: your \
                     organisation’s policy on access says so for its purpose.\n\
                     Your organisation is to say afterwards whether it was justified."
                ),
            ),
            AccessMatter::Manager => (
                "A request for access waits for your approval".to_owned(),
                format!(
                    "A request for access to a customer’s data waits for you: the customer’s policy wants somebody of \
                     {provider} to approve it who didn’t ask for it.{until}"
                ),
            ),
            AccessMatter::Question => (
                "A customer asks about a request for access".to_owned(),
                format!("A customer asks something before it decides about a request for access.{until}"),
            ),
        };
        let (path, ways) = match matter {
            AccessMatter::Manager | AccessMatter::Question => {
                (paths::DESK_GRANT, "Everybody who manages access gets this mail.".to_owned())
            }
            AccessMatter::Waits | AccessMatter::Reminder | AccessMatter::Answered | AccessMatter::NobodyAsked => {
                (paths::APPROVAL, format!("Choose which mails you get:\n{}", self.at(paths::ACCOUNT_MAIL_SECTION)))
            }
        };
        let page = self.at(&paths::fill(path, grant));
        (
            subject,
            format!("{what}\n\nRead it in the portal:\n{page}\n\nWhat is asked for is never sent by mail.\n\n{ways}\n"),
        )
    }

    /// Subject and text.
    fn words(&self, content: &MailContent) -> (String, String) {
        let provider = &self.provider;
        let at = |path: &str| self.at(path);
        let account = at(paths::ACCOUNT_MAIL_SECTION);
        match content {
            MailContent::Notice { sequence, kind, reminder, .. } => {
                let (kind, notice) = (kind.label(), at(&paths::notice(*sequence)));
                let (subject, what) = if *reminder {
                    (
                        format!("Reminder: a notice of {provider} waits for you"),
                        format!(
                            "A notice of {provider} still waits: {kind}.\n\
                             Nobody of your organisation has acknowledged it yet."
                        ),
                    )
                } else {
                    (
                        format!("A notice of {provider} waits for you"),
                        format!("{provider} has a notice for your organisation: {kind}."),
                    )
                };
                let text = format!(
                    "{what}\n\nRead it in the portal:\n{notice}\n\n\
                     What a notice says is never sent by mail.\n\n\
                     Choose which mails you get:\n{account}\n"
                );
                (subject, text)
            }
            MailContent::InquiryAnswered { sequence, .. } => {
                let inquiry = at(&paths::fill(paths::INQUIRY, sequence));
                (
                    format!("{provider} answered your organisation"),
                    format!(
                        "{provider} answered what your organisation asked about an access.\n\n\
                         Read it in the portal:\n{inquiry}\n\n\
                         What it says is never sent by mail.\n\n\
                         Choose which mails you get:\n{account}\n"
                    ),
                )
            }
            MailContent::InquiryWaits { inquiry, disputed, .. } => {
                let page = at(&paths::fill(paths::DESK_INQUIRY, inquiry));
                let what = if *disputed { "disputes an access" } else { "asks about an access" };
                (
                    format!("A customer {what}"),
                    format!(
                        "A customer {what} and waits for an answer.\n\nRead it at the desk:\n{page}\n\n\
                         What it says is never sent by mail. Everybody who answers customers gets this mail.\n"
                    ),
                )
            }
            MailContent::AccessRequest { grant, matter, expires_at, .. } => {
                self.words_on_access(*grant, *matter, *expires_at)
            }
            MailContent::Exceptions { accesses, .. } => {
                let (page, counted) = (at(paths::EXCEPTIONS), counted_exceptions(*accesses));
                (
                    "Access to your data that was not granted so".to_owned(),
                    format!(
                        "{counted}.\n\nRead in the portal what each of them broke; you can ask about each, or dispute it:\n\
                         {page}\n\n\
                         What was accessed is never sent by mail.\n\n\
                         Choose which mails you get:\n{account}\n"
                    ),
                )
            }
            MailContent::Invitation { secret, organisation, invited_by, resets, expires_at } => {
                let link = at(&paths::fill(paths::JOIN, secret));
                let until = Zone::UTC.long(*expires_at);
                let of = organisation.as_ref().map(|name| format!(" for {name}")).unwrap_or_default();
                let (subject, what) = if *resets {
                    (
                        format!("A link to begin anew at {provider}"),
                        format!(
                            "{invited_by} made a link by which you begin anew at {provider}’s portal{of}.\n\
                             What you sign in with now goes on until you follow it."
                        ),
                    )
                } else {
                    (
                        format!("Your invitation to the portal of {provider}"),
                        format!("{invited_by} invites you to {provider}’s portal{of}."),
                    )
                };
                let text = format!(
                    "{what}\n\nFollow this link; it works once, until {until}:\n{link}\n\n\
                     If you don’t expect it, don’t follow it.\n\n\
                     Once you are in, choose which mails you get; links like this one always come by mail:\n{account}\n"
                );
                (subject, text)
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_says_where_mail_goes_and_how_safely() {
        let of = |text: &str| MailServer::parse(text).map(|server| (format!("{server:?}"), server.credentials));
        let secret = Credentials::new("portal".to_owned(), "a p@ss".to_owned());
        for (text, place, credentials) in [
            ("smtp://mail.example", "mail.example:587 (StartTls)", None),
            ("smtp://portal:a%20p%40ss@mail.example:25/", "mail.example:25 (StartTls)", Some(secret.clone())),
            ("smtps://portal:a%20p%40ss@mail.example", "mail.example:465 (Tls)", Some(secret)),
            ("smtp://localhost", "localhost:25 (Local)", None),
            ("smtp://[::1]:2525", "::1:2525 (Local)", None),
            ("smtps://127.0.0.1", "127.0.0.1:465 (Tls)", None),
            // None of these is this machine by its name alone.
            ("smtp://127.0.0.2", "127.0.0.2:587 (StartTls)", None),
            ("smtp://localhost.example", "localhost.example:587 (StartTls)", None),
        ] {
            assert_eq!(of(text), Some((place.to_owned(), credentials)), "{text}");
        }
        for bad in [
            "",
            "mail.example",
            "http://mail.example",
            "smtp://",
            "smtp://portal@mail.example",
            "smtp://mail.example/path",
            "smtp://mail.example?tls=none",
            "smtp://portal:%FF@mail.example",
        ] {
            assert_eq!(of(bad), None, "{bad}");
        }
    }
}
