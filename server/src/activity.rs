//! Downloads of the trail: streamed, like those of the record.

use axum::{body::Bytes, response::Response};
use domain::{TRAIL_CSV_HEADER, TrailAct, TrailEntry};
use futures::{Stream, StreamExt};
use store::{Session, SignedIn, StoreError};

use crate::{
    export::{download, streamed},
    problem::Problem,
    session::CurrentSession,
};

type Chunk = Result<Bytes, axum::BoxError>;

/// The trail's entries as chunks of a file, told in the trail first.
async fn entries<F>(
    session: &Session,
    format: &str,
    write: F,
) -> Result<impl Stream<Item = Chunk> + Send + 'static, Problem>
where
    F: FnMut(TrailEntry) -> Result<Vec<u8>, axum::BoxError> + Send + 'static,
{
    let mut write = write;
    session.tell_download(TrailAct::TrailDownloaded, format).await?;
    let trail = match &session.signed_in {
        SignedIn::Member(member) => member.roster.trail(),
        SignedIn::Staff(staff) => staff.roster.trail(),
    };
    Ok(trail.export().map(move |entry: Result<TrailEntry, StoreError>| {
        let entry = entry.inspect_err(|error| {
            tracing::error!(error = error as &dyn std::error::Error, "a download broke off");
        })?;
        Ok(Bytes::from(write(entry)?))
    }))
}

fn line(cells: &[impl AsRef<[u8]>]) -> Result<Vec<u8>, axum::BoxError> {
    let mut writer = csv::WriterBuilder::new().terminator(csv::Terminator::CRLF).from_writer(Vec::new());
    writer.write_record(cells)?;
    Ok(writer.into_inner().map_err(|error| error.to_string())?)
}

fn one(bytes: impl Into<Bytes>) -> impl Stream<Item = Chunk> + Send + 'static {
    let bytes = bytes.into();
    futures::stream::once(async { Ok(bytes) })
}

/// `GET …/activity.csv`
pub async fn csv_download(CurrentSession(session): CurrentSession) -> Result<Response, Problem> {
    let header = line(&TRAIL_CSV_HEADER).map_err(|error| Problem::internal(error.as_ref()))?;
    let lines = entries(&session, "CSV", |entry| line(&entry.csv_cells())).await?;
    let body = streamed("text/csv; charset=utf-8; header=present", one(header).chain(lines));
    Ok(download(body, "activity.csv"))
}

/// `GET …/activity.ndjson`
pub async fn ndjson_download(CurrentSession(session): CurrentSession) -> Result<Response, Problem> {
    let lines = entries(&session, "NDJSON", |entry| {
        let mut line = serde_json::to_vec(&entry)?;
        line.push(b'\n');
        Ok(line)
    })
    .await?;
    Ok(download(streamed("application/x-ndjson", lines), "activity.ndjson"))
}

/// `GET …/activity.json`
pub async fn json_download(CurrentSession(session): CurrentSession) -> Result<Response, Problem> {
    let mut first = true;
    let elements = entries(&session, "JSON", move |entry| {
        let mut element = if std::mem::take(&mut first) { b"\n".to_vec() } else { b",\n".to_vec() };
        serde_json::to_writer(&mut element, &entry)?;
        Ok(element)
    })
    .await?;
    Ok(download(streamed("application/json", one("[").chain(elements).chain(one("\n]\n"))), "activity.json"))
}
