//! Files that are taken away: lists, streamed in memory that doesn't grow with their size, and documents.

use axum::{
    body::{Body, Bytes},
    http::{HeaderMap, HeaderName, HeaderValue, StatusCode, header},
    response::{IntoResponse, Response},
};
use data_encoding::HEXLOWER;
use futures::{Stream, StreamExt};
use serde::Serialize;
use sha2::{Digest, Sha256};
use store::StoreError;

use crate::{
    export::{download, streamed},
    problem::Problem,
};

type Chunk = Result<Bytes, axum::BoxError>;

/// Lines as RFC 4180 has them.
fn lines<C: AsRef<[u8]>, const N: usize>(lines: impl IntoIterator<Item = [C; N]>) -> Result<Vec<u8>, axum::BoxError> {
    let mut writer = csv::WriterBuilder::new().terminator(csv::Terminator::CRLF).from_writer(Vec::new());
    for line in lines {
        writer.write_record(line)?;
    }
    Ok(writer.into_inner().map_err(|error| error.to_string())?)
}

fn one(bytes: impl Into<Bytes>) -> impl Stream<Item = Chunk> + Send + 'static {
    let bytes = bytes.into();
    futures::stream::once(async { Ok(bytes) })
}

/// Pieces of a file as they come. A failure midway breaks the transfer off, so that no half file passes for a whole.
fn pieces<T: 'static>(
    entries: impl Stream<Item = Result<Vec<T>, StoreError>> + Send + 'static,
    mut write: impl FnMut(&[T]) -> Result<Vec<u8>, axum::BoxError> + Send + 'static,
) -> impl Stream<Item = Chunk> + Send + 'static {
    entries.map(move |entries| {
        let entries = entries.inspect_err(|error| {
            tracing::error!(error = error as &dyn std::error::Error, "a download broke off");
        })?;
        Ok(Bytes::from(write(&entries)?))
    })
}

/// A list as CSV.
pub fn csv<T: 'static, const N: usize>(
    entries: impl Stream<Item = Result<Vec<T>, StoreError>> + Send + 'static,
    header: [&str; N],
    cells: fn(&T) -> [String; N],
    name: &str,
) -> Result<Response, Problem> {
    let header = lines([header]).map_err(|error| Problem::internal(error.as_ref()))?;
    let lines = pieces(entries, move |entries| lines(entries.iter().map(cells)));
    Ok(download(streamed("text/csv; charset=utf-8; header=present", one(header).chain(lines)), name))
}

/// A list as one JSON array.
pub fn json<T: Serialize + 'static>(
    entries: impl Stream<Item = Result<Vec<T>, StoreError>> + Send + 'static,
    name: &'static str,
) -> Response {
    let mut first = true;
    let elements = pieces(entries, move |entries| {
        let mut elements = Vec::new();
        for entry in entries {
            elements.extend_from_slice(if std::mem::take(&mut first) { b"\n" } else { b",\n" });
            serde_json::to_writer(&mut elements, entry)?;
        }
        Ok(elements)
    });
    download(streamed("application/json", one("[").chain(elements).chain(one("\n]\n"))), name)
}

/// A list with one JSON document a line.
pub fn ndjson<T: Serialize + 'static>(
    entries: impl Stream<Item = Result<Vec<T>, StoreError>> + Send + 'static,
    name: &'static str,
) -> Response {
    let lines = pieces(entries, |entries| {
        let mut lines = Vec::new();
        for entry in entries {
            serde_json::to_writer(&mut lines, entry)?;
            lines.push(b'\n');
        }
        Ok(lines)
    });
    download(streamed("application/x-ndjson", lines), name)
}

/// Anyone may keep a public answer this long; afterwards they ask whether it still holds.
const PUBLIC: HeaderValue = HeaderValue::from_static("public, max-age=60");

/// What stands at an address for good may be kept for good.
const FOR_GOOD: HeaderValue = HeaderValue::from_static("public, max-age=31536000, immutable");

/// A public answer, given only where something changed since the reader last asked.
pub async fn fresh(
    headers: &HeaderMap,
    version: &str,
    answer: impl AsyncFnOnce() -> Result<Response, Problem>,
) -> Result<Response, Problem> {
    kept(headers, version, PUBLIC, answer).await
}

/// A public answer that never changes, such as an edition's: whoever has it needs not ask again.
pub async fn unchanging(
    headers: &HeaderMap,
    version: &str,
    answer: impl AsyncFnOnce() -> Result<Response, Problem>,
) -> Result<Response, Problem> {
    kept(headers, version, FOR_GOOD, answer).await
}

async fn kept(
    headers: &HeaderMap,
    version: &str,
    cache: HeaderValue,
    answer: impl AsyncFnOnce() -> Result<Response, Problem>,
) -> Result<Response, Problem> {
    // Weak: compression changes the bytes.
    let tag = format!("W/\"{version}\"");
    let known = headers.get(header::IF_NONE_MATCH).and_then(|tags| tags.to_str().ok());
    let mut response = if known.is_some_and(|tags| tags.split(',').any(|of| of.trim() == tag)) {
        StatusCode::NOT_MODIFIED.into_response()
    } else {
        answer().await?
    };
    let headers = response.headers_mut();
    headers.insert(header::CACHE_CONTROL, cache);
    if let Ok(tag) = HeaderValue::from_str(&tag) {
        headers.insert(header::ETAG, tag);
    }
    Ok(response)
}

/// The same for what is made whole to be compared.
pub async fn fresh_bytes(headers: &HeaderMap, kind: &'static str, bytes: Vec<u8>) -> Result<Response, Problem> {
    let version = HEXLOWER.encode(&Sha256::digest(&bytes));
    fresh(headers, &version, async || Ok(([(header::CONTENT_TYPE, kind)], bytes).into_response())).await
}

/// A document that somebody else wrote: it is kept as a file and never shown by the portal, and runs nothing even
/// where a browser shows it all the same.
pub fn document(document: store::Document) -> Response {
    let kind = HeaderValue::from_str(&document.media_type);
    let kind = kind.unwrap_or(HeaderValue::from_static("application/octet-stream"));
    // Every character of it is visible ASCII.
    let disposition = HeaderValue::from_str(&disposition(&document.name));
    let disposition = disposition.unwrap_or(HeaderValue::from_static("attachment"));
    let headers: [(HeaderName, HeaderValue); 5] = [
        (header::CONTENT_TYPE, kind),
        (header::CONTENT_DISPOSITION, disposition),
        (header::X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff")),
        (header::CACHE_CONTROL, HeaderValue::from_static("no-store")),
        (header::CONTENT_SECURITY_POLICY, HeaderValue::from_static("sandbox; default-src 'none'")),
    ];
    (headers, Body::from(document.body)).into_response()
}

/// What a browser calls the file (RFC 6266): the name whole for those that read `filename*` (RFC 8187), and what is
/// left of it in plain letters for others.
fn disposition(name: &str) -> String {
    let is_plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '-' | '_' | ' ');
    let plain = name.chars().map(|c| if is_plain(c) { c } else { '_' }).collect::<String>();
    let whole = name.bytes().fold(String::new(), |whole, byte| match byte {
        b'0'..=b'9' | b'A'..=b'Z' | b'a'..=b'z' | b'.' | b'-' | b'_' => {
            whole + char::from(byte).encode_utf8(&mut [0; 4])
        }
        _ => format!("{whole}%{byte:02X}"),
    });
    format!("attachment; filename=\"{plain}\"; filename*=UTF-8''{whole}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_cannot_say_more_than_a_name() {
        assert_eq!(disposition("warrant.pdf"), "attachment; filename=\"warrant.pdf\"; filename*=UTF-8''warrant.pdf");
        assert_eq!(
            disposition("Beschluß \"1\"\r\n; x=\\.pdf"),
            "attachment; filename=\"Beschlu_ _1____ x__.pdf\"; \
             filename*=UTF-8''Beschlu%C3%9F%20%221%22%0D%0A%3B%20x%3D%5C.pdf"
        );
    }
}
