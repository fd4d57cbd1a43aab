//! The portal as a process of its own, and whoever asks it over HTTP.

use std::{
    fs,
    io::{BufRead, BufReader, Read},
    path::Path,
    process::{Child, Command, Stdio},
    time::{Duration, Instant},
};

use axum::{
    body::Bytes,
    http::{HeaderMap, header},
};
use ureq::{Agent, Body, http::Response};

use crate::{Result, accesses::CUSTOMER, database::Database};

/// The release build; cargo makes it before a bench runs.
const PROGRAM: &str = env!("CARGO_BIN_EXE_server");
const PASSWORD: &str = "correct horse battery staple";
const MEMBER: &str = "owner@bench.example";

/// An answer, whole.
pub struct Page {
    pub headers: HeaderMap,
    pub body: Bytes,
}

/// A running server; dropping it ends it.
pub struct Portal {
    process: Child,
    address: String,
    agent: Agent,
}

/// Migrates a database and makes a customer. Returns a token to report by.
pub fn prepare(database: &Database) -> Result<String> {
    migrate(database)?;
    run(database, &["customer", "create", CUSTOMER, "--display-name", "Bench", "--sign-in-rule", "password"])?;
    let token = run(database, &["token", "create", "--provider", "--scope", "access-events:write"])?;
    Ok(token.trim().to_owned())
}

pub fn migrate(database: &Database) -> Result<()> {
    run(database, &["migrate"]).map(drop)
}

/// Imports the statistics that come with the demonstration.
pub fn import_statistics(database: &Database) -> Result<()> {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/demo/statistics");
    let files = ["google-user-data-requests.csv", "apple-account-requests.csv"].map(|file| format!("{folder}/{file}"));
    run(database, &["import-statistics", "--retrieved", "2024-05-31", &files[0], &files[1]]).map(drop)
}

/// The server's command line on a database, with no settings of whoever runs the bench.
fn command(database: &Database, arguments: &[&str]) -> Command {
    let mut command = Command::new(PROGRAM);
    for (name, _) in std::env::vars().filter(|(name, _)| name.starts_with("VITRINE_") || name == "RUST_LOG") {
        command.env_remove(name);
    }
    // cargo-leptos puts the site beside the folder of the release build.
    let site = Path::new(PROGRAM).with_file_name("../site");
    command.env("VITRINE_SITE", site).args(arguments).args(["--database", database.address()]);
    command.current_dir(database.directory()).stdout(Stdio::piped());
    command
}

fn run(database: &Database, arguments: &[&str]) -> Result<String> {
    let output = command(database, arguments).stdin(Stdio::null()).stderr(Stdio::inherit()).output()?;
    if !output.status.success() {
        return Err(format!("`server {}` failed", arguments.join(" ")).into());
    }
    Ok(String::from_utf8(output.stdout)?)
}

impl Portal {
    pub fn open(database: &Database) -> Result<Self> {
        let mut process = command(database, &["serve", "--listen", "127.0.0.1:0"]).spawn()?;
        let stdout = process.stdout.take().ok_or("the server has no standard output")?;
        let agent =
            Agent::config_builder().http_status_as_error(false).max_redirects(0).max_redirects_will_error(false);
        // From here on an error ends the process.
        let mut portal = Self { process, address: String::new(), agent: agent.build().into() };
        for line in BufReader::new(stdout).lines() {
            if let Some(address) = line?.strip_prefix("Vitrine is open at ") {
                address.clone_into(&mut portal.address);
                break;
            }
        }
        if portal.address.is_empty() {
            return Err("the server didn't start".into());
        }
        Ok(portal)
    }

    pub fn url(&self, path: &str) -> String {
        format!("{}{path}", self.address)
    }

    /// Reports accesses in one request; how long it took until the receipts were read.
    pub fn report(&self, token: &str, lines: String, accesses: u64) -> Result<Duration> {
        let request = self
            .agent
            .post(self.url("/api/v1/access-events"))
            .header(header::AUTHORIZATION, format!("Bearer {token}"))
            .header(header::CONTENT_TYPE, "application/x-ndjson");
        let begun = Instant::now();
        let answer = read(request.send(lines)?)?;
        let time = begun.elapsed();
        let start = format!("{{\"stored\":{accesses},");
        if !answer.body.starts_with(start.as_bytes()) {
            let text = String::from_utf8_lossy(&answer.body);
            return Err(format!("not all was stored: {}", text.chars().take(1_000).collect::<String>()).into());
        }
        Ok(time)
    }

    /// Lets a member join by a link, or begin anew; returns the cookie.
    pub fn sign_in(&self, database: &Database) -> Result<String> {
        let invite = ["person", "invite", "--email", MEMBER, "--customer", CUSTOMER, "--role", "owner"];
        let link = run(database, &invite)?;
        let (_, secret) = link.trim().rsplit_once('/').ok_or("the invitation is no link")?;
        let form = [("name", "Ada"), ("password", PASSWORD)];
        let answer = self.agent.post(self.url(&format!("/join/{secret}"))).send_form(form)?;
        for cookie in answer.headers().get_all(header::SET_COOKIE) {
            if let Some((pair, _)) = cookie.to_str()?.split_once(';').filter(|(pair, _)| pair.contains("-session=")) {
                return Ok(pair.to_owned());
            }
        }
        Err("joining opened no session".into())
    }

    /// A page, which must be there.
    pub fn get(&self, path: &str, cookie: Option<&str>) -> Result<Page> {
        let request = self.agent.get(self.url(path)).header(header::COOKIE, cookie.unwrap_or_default());
        let answer = request.call()?;
        if answer.status() != 200 {
            return Err(format!("{path} is answered with {}", answer.status()).into());
        }
        read(answer)
    }

    /// Downloads a CSV file; how long it took, and how many of its lines ended.
    pub fn download(&self, path: &str, cookie: &str) -> Result<(Duration, u64)> {
        let begun = Instant::now();
        let answer = self.agent.get(self.url(path)).header(header::COOKIE, cookie).call()?;
        let mut body = answer.into_body().into_reader();
        let mut buffer = vec![0; 1 << 18];
        let mut lines = 0;
        loop {
            match body.read(&mut buffer)? {
                0 => return Ok((begun.elapsed(), lines)),
                // Line breaks within a cell have no carriage return.
                read => lines += memchr::memchr_iter(b'\r', &buffer[..read]).count() as u64,
            }
        }
    }

    /// How many bytes of a file go to a browser that takes brotli.
    pub fn weight(&self, path: &str) -> Result<u64> {
        let answer = self.agent.get(self.url(path)).header(header::ACCEPT_ENCODING, "br").call()?;
        if answer.status() != 200 {
            return Err(format!("{path} is answered with {}", answer.status()).into());
        }
        Ok(read(answer)?.body.len() as u64)
    }

    /// The most memory that the server has had, in bytes.
    pub fn peak_memory(&self) -> Result<u64> {
        let status = fs::read_to_string(format!("/proc/{}/status", self.process.id()))?;
        let peak = status.lines().find_map(|line| line.strip_prefix("VmHWM:")).ok_or("Linux tells no peak memory")?;
        let kibibytes: u64 = peak.trim().trim_end_matches(" kB").parse()?;
        Ok(kibibytes * 1_024)
    }
}

impl Drop for Portal {
    fn drop(&mut self) {
        // Either fails only where the process has ended already.
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

fn read(answer: Response<Body>) -> Result<Page> {
    let (parts, body) = answer.into_parts();
    let mut bytes = Vec::new();
    body.into_reader().read_to_end(&mut bytes)?;
    Ok(Page { headers: parts.headers, body: bytes.into() })
}
