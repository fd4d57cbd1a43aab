//! Downloads of the access record: streamed, in memory that doesn't grow with their size.

use axum::{
    body::{Body, Bytes},
    extract::RawQuery,
    http::{HeaderValue, header},
    response::{IntoResponse, Response},
};
use domain::{
    Text, TrailAct,
    access::AccessRecord,
    export::{CsvRecords, JsonRecord},
    filter::{AccessFilter, AccessView},
};
use futures::{Stream, StreamExt, stream};
use store::{Corrections, CustomerAccess, Session, StoreError, StoredRecord};

use crate::{
    problem::Problem,
    session::{CurrentMember, CurrentSession},
};

/// `GET /portal/access.csv`
pub async fn csv_download(
    CurrentSession(session): CurrentSession,
    CurrentMember(member): CurrentMember,
    RawQuery(query): RawQuery,
) -> Result<Response, Problem> {
    let filter = told(&session, "CSV", query).await?;
    Ok(download(csv(member.records, filter), "access-record.csv"))
}

/// `GET /portal/access.json`
pub async fn json_download(
    CurrentSession(session): CurrentSession,
    CurrentMember(member): CurrentMember,
    RawQuery(query): RawQuery,
) -> Result<Response, Problem> {
    let filter = told(&session, "JSON", query).await?;
    Ok(download(json(member.records, filter), "access-record.json"))
}

/// `GET /portal/access.ndjson`
pub async fn ndjson_download(
    CurrentSession(session): CurrentSession,
    CurrentMember(member): CurrentMember,
    RawQuery(query): RawQuery,
) -> Result<Response, Problem> {
    let filter = told(&session, "NDJSON", query).await?;
    Ok(download(ndjson(member.records, filter), "access-record.ndjson"))
}

/// A download never guesses: a filter that can't be read is an error and not left out. What is taken away is told in
/// the customer's trail first.
async fn told(session: &Session, format: &str, query: Option<String>) -> Result<AccessFilter, Problem> {
    let (view, problems) = AccessView::from_query(query.as_deref().unwrap_or_default());
    if !problems.is_empty() {
        return Err(Problem::invalid_query(problems));
    }
    let filtered = view.filter.to_query();
    let subject = if filtered.is_empty() { format.to_owned() } else { format!("{format}, {filtered}") };
    session.tell_download(TrailAct::RecordDownloaded, &subject).await?;
    Ok(view.filter)
}

pub fn download(mut response: Response, name: &str) -> Response {
    let disposition = HeaderValue::from_str(&format!("attachment; filename=\"{name}\""));
    if let Ok(disposition) = disposition {
        response.headers_mut().insert(header::CONTENT_DISPOSITION, disposition);
    }
    response
}

/// The whole record, or its filtered part, as CSV.
pub fn csv(records: CustomerAccess, filter: AccessFilter) -> Response {
    // No column tells of corrections, but by the corrected event's id, which the event itself has.
    let records = records.export(filter, Corrections::LeftOut);
    let chunks = rendered(records, CsvRecords::with_header, |writer, records| {
        records.iter().try_for_each(|record| writer.write(record))?;
        writer.take()
    });
    streamed("text/csv; charset=utf-8; header=present", chunks)
}

/// One JSON document a line.
pub fn ndjson(records: CustomerAccess, filter: AccessFilter) -> Response {
    let chunks = rendered(
        records.export(filter, Corrections::Told),
        || Ok::<_, serde_json::Error>(()),
        |(), records| {
            let mut lines = Vec::with_capacity(records.len() * 1_024);
            for record in records {
                serde_json::to_writer(&mut lines, &JsonRecord::new(record))?;
                lines.push(b'\n');
            }
            Ok(lines)
        },
    );
    streamed("application/x-ndjson", chunks)
}

/// One JSON array.
pub fn json(records: CustomerAccess, filter: AccessFilter) -> Response {
    let chunks = rendered(
        records.export(filter, Corrections::Told),
        || Ok::<_, serde_json::Error>(true),
        |first, records| {
            let mut elements = Vec::with_capacity(records.len() * 1_024);
            for record in records {
                elements.extend_from_slice(if std::mem::take(first) { b"\n" } else { b",\n" });
                serde_json::to_writer(&mut elements, &JsonRecord::new(record))?;
            }
            Ok(elements)
        },
    );
    let open = stream::once(async { Ok(Bytes::from_static(b"[")) });
    let close = stream::once(async { Ok(Bytes::from_static(b"\n]\n")) });
    streamed("application/json", open.chain(chunks).chain(close))
}

/// Renders records as they come. A failure midway breaks the transfer off, so that no half file passes for a whole.
fn rendered<W: Send + 'static, E: std::error::Error + Send + Sync + 'static>(
    records: impl Stream<Item = Result<Vec<StoredRecord>, StoreError>> + Send + 'static,
    begin: impl FnOnce() -> Result<W, E>,
    mut render: impl FnMut(&mut W, &[AccessRecord<Text<'_>>]) -> Result<Vec<u8>, E> + Send + 'static,
) -> impl Stream<Item = Result<Bytes, axum::BoxError>> + Send + 'static {
    let mut writer = begin();
    // An empty first chunk writes what stands before every record.
    stream::once(async { Ok(Vec::new()) }).chain(records).map(move |chunk| {
        let broke_off = |error: &StoreError| {
            tracing::error!(error = error as &dyn std::error::Error, "a download broke off");
        };
        let chunk = chunk.inspect_err(broke_off)?;
        let records = chunk.iter().map(StoredRecord::read).collect::<Result<Vec<_>, _>>().inspect_err(broke_off)?;
        let writer = writer.as_mut().map_err(|error| error.to_string())?;
        Ok(Bytes::from(render(writer, &records)?))
    })
}

pub fn streamed(
    kind: &'static str,
    chunks: impl Stream<Item = Result<Bytes, axum::BoxError>> + Send + 'static,
) -> Response {
    let headers = [(header::CONTENT_TYPE, kind), (header::CACHE_CONTROL, "no-store")];
    (headers, Body::from_stream(chunks)).into_response()
}
