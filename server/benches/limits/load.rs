//! Load on a page by `wrk`, and the limit that a page is measured against: axum with the answer in memory.

use std::{net::SocketAddr, process::Command};

use axum::{Router, http::header, routing::get, serve::ListenerExt};
use tokio::{net::TcpListener, runtime::Runtime};

use crate::{Result, portal::Page};

const SECONDS: u32 = 3;
const THREADS: u32 = 2;
const CONNECTIONS: u32 = 16;

/// Asks for an address as often as it is answered; returns the answers a second.
pub fn wrk(url: &str, cookie: Option<&str>) -> Result<f64> {
    let mut command = Command::new("wrk");
    command.args([format!("-t{THREADS}"), format!("-c{CONNECTIONS}"), format!("-d{SECONDS}s")]);
    if let Some(cookie) = cookie {
        command.args(["-H", &format!("Cookie: {cookie}")]);
    }
    let output = command.arg(url).output().map_err(|error| format!("wrk doesn't run: {error}"))?;
    let text = String::from_utf8(output.stdout)?;
    if !output.status.success() || text.contains("Non-2xx") || text.contains("Socket errors") {
        return Err(format!("wrk on {url}: {text}{}", String::from_utf8_lossy(&output.stderr)).into());
    }
    let rate = text.lines().find_map(|line| line.strip_prefix("Requests/sec:")).ok_or("wrk tells no rate")?;
    Ok(rate.trim().parse()?)
}

/// An axum server that knows one answer.
pub struct Memory {
    address: SocketAddr,
    /// Dropping it ends the server.
    _runtime: Runtime,
}

impl Memory {
    /// Serves a page's headers and bytes.
    pub fn serve(mut page: Page) -> Result<Self> {
        // hyper writes these itself.
        for name in [header::CONTENT_LENGTH, header::TRANSFER_ENCODING, header::CONNECTION, header::DATE] {
            page.headers.remove(name);
        }
        let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build()?;
        let listener = runtime.block_on(TcpListener::bind("127.0.0.1:0"))?;
        let address = listener.local_addr()?;
        let listener = listener.tap_io(|stream| {
            // It is slower without; the limit then shows it.
            let _ = stream.set_nodelay(true);
        });
        let answer = move || std::future::ready((page.headers.clone(), page.body.clone()));
        let service = Router::new().route("/", get(answer));
        runtime.spawn(async move { axum::serve(listener, service).await });
        Ok(Self { address, _runtime: runtime })
    }

    pub fn url(&self) -> String {
        format!("http://{}/", self.address)
    }
}
