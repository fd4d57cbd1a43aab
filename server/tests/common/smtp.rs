//! A mail server of one's own: real SMTP on a local port, which keeps what it takes.

use std::{
    io,
    net::IpAddr,
    sync::{Arc, Mutex},
};

use mailin::{
    Action, AuthMechanism, Handler, Response, SessionBuilder,
    response::{AUTH_OK, BAD_MAILBOX, INVALID_CREDENTIALS, NO_MAILBOX, OK},
};
use tokio::{
    io::{AsyncBufReadExt, AsyncWriteExt, BufReader},
    net::{TcpListener, TcpStream},
};

pub const USER: &str = "portal";
/// It needs percent-encoding in an address.
pub const PASSWORD: &str = "a p@ssword";

/// A mail that was taken.
#[derive(Clone, Debug, Default)]
pub struct Taken {
    pub from: String,
    pub to: Vec<String>,
    /// As it was sent, its lines' ends and its encoding undone.
    pub text: String,
}

/// What the server is told to do, and what happened.
#[derive(Default)]
struct Desk {
    taken: Vec<Taken>,
    /// Commands of clients, in order.
    said: Vec<String>,
    /// Whose mail it refuses.
    unknown: Vec<String>,
    refuses_senders: bool,
}

#[derive(Clone)]
pub struct SmtpServer {
    pub port: u16,
    desk: Arc<Mutex<Desk>>,
}

struct Visit {
    desk: Arc<Mutex<Desk>>,
    mail: Taken,
    body: Vec<u8>,
}

impl SmtpServer {
    pub async fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let port = listener.local_addr().expect("an address").port();
        let desk = Arc::new(Mutex::new(Desk::default()));
        let visited = desk.clone();
        tokio::spawn(async move {
            while let Ok((stream, address)) = listener.accept().await {
                let visit = Visit { desk: visited.clone(), mail: Taken::default(), body: Vec::new() };
                tokio::spawn(async move { serve(stream, address.ip(), visit).await.expect("a conversation") });
            }
        });
        Self { port, desk }
    }

    pub fn taken(&self) -> Vec<Taken> {
        self.desk.lock().expect("a desk").taken.clone()
    }

    pub fn said(&self) -> Vec<String> {
        self.desk.lock().expect("a desk").said.clone()
    }

    pub fn knows_nobody_called(&self, address: &str) {
        self.desk.lock().expect("a desk").unknown.push(address.to_owned());
    }

    pub fn refuse_senders(&self, refuses: bool) {
        self.desk.lock().expect("a desk").refuses_senders = refuses;
    }
}

async fn serve(stream: TcpStream, client: IpAddr, visit: Visit) -> io::Result<()> {
    let desk = visit.desk.clone();
    let mut builder = SessionBuilder::new("mail.example");
    builder.enable_auth(AuthMechanism::Plain).insecure_enable_plaintext_auth();
    let mut session = builder.build(client, visit);
    let mut stream = BufReader::new(stream);
    let mut response = session.greeting();
    loop {
        if response.action != Action::NoReply {
            stream.write_all(&response.buffer()?).await?;
        }
        let mut line = Vec::new();
        if response.action == Action::Close || stream.read_until(b'\n', &mut line).await? == 0 {
            return Ok(());
        }
        if response.code != 354 && response.action != Action::NoReply {
            let said = String::from_utf8_lossy(&line).trim_end().to_owned();
            desk.lock().expect("a desk").said.push(said);
        }
        response = session.process(&line);
    }
}

impl Handler for Visit {
    fn mail(&mut self, _: IpAddr, _: &str, from: &str) -> Response {
        self.mail = Taken { from: from.to_owned(), ..Taken::default() };
        self.body.clear();
        if self.desk.lock().expect("a desk").refuses_senders { BAD_MAILBOX } else { OK }
    }

    fn rcpt(&mut self, to: &str) -> Response {
        self.mail.to.push(to.to_owned());
        let unknown = self.desk.lock().expect("a desk").unknown.iter().any(|unknown| unknown == to);
        if unknown { NO_MAILBOX } else { OK }
    }

    fn data(&mut self, line: &[u8]) -> io::Result<()> {
        self.body.extend_from_slice(line);
        Ok(())
    }

    fn data_end(&mut self) -> Response {
        let text = quoted_printable::decode(&self.body, quoted_printable::ParseMode::Robust).expect("its encoding");
        self.mail.text = String::from_utf8(text).expect("UTF-8").replace("\r\n", "\n");
        self.desk.lock().expect("a desk").taken.push(self.mail.clone());
        OK
    }

    fn auth_plain(&mut self, _: &str, user: &str, password: &str) -> Response {
        if (user, password) == (USER, PASSWORD) { AUTH_OK } else { INVALID_CREDENTIALS }
    }
}
