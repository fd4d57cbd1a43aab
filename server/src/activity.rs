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

/// The trail in pieces of a file, told in the trail first.
async fn pieces<F>(
    session: &Session,
    format: &str,
    mut write: F,
) -> Result<impl Stream<Item = Chunk> + Send + 'static, Problem>
where
    F: FnMut(&[TrailEntry]) -> Result<Vec<u8>, axum::BoxError> + Send + 'static,
{
    session.tell_download(TrailAct::TrailDownloaded, format).await?;
    let trail = match &session.signed_in {
        SignedIn::Member(member) => member.roster.trail(),
        SignedIn::Staff(staff) => staff.roster.trail(),
    };
    Ok(trail.export().map(move |entries: Result<Vec<TrailEntry>, StoreError>| {
        let entries = entries.inspect_err(|error| {
            tracing::error!(error = error as &dyn std::error::Error, "a download broke off");
        })?;
        Ok(Bytes::from(write(&entries)?))
    }))
}

/// Lines as RFC 4180 has them.
fn lines<C: AsRef<[u8]>>(lines: impl IntoIterator<Item = [C; 8]>) -> Result<Vec<u8>, axum::BoxError> {
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

/// `GET …/activity.csv`
pub async fn csv_download(CurrentSession(session): CurrentSession) -> Result<Response, Problem> {
    let header = lines([TRAIL_CSV_HEADER]).map_err(|error| Problem::internal(error.as_ref()))?;
    let entries = pieces(&session, "CSV", |entries| lines(entries.iter().map(TrailEntry::csv_cells))).await?;
    let body = streamed("text/csv; charset=utf-8; header=present", one(header).chain(entries));
    Ok(download(body, "activity.csv"))
}

/// `GET …/activity.ndjson`
pub async fn ndjson_download(CurrentSession(session): CurrentSession) -> Result<Response, Problem> {
    let entries = pieces(&session, "NDJSON", |entries| {
        let mut lines = Vec::new();
        for entry in entries {
            serde_json::to_writer(&mut lines, entry)?;
            lines.push(b'\n');
        }
        Ok(lines)
    })
    .await?;
    Ok(download(streamed("application/x-ndjson", entries), "activity.ndjson"))
}

/// `GET …/activity.json`
pub async fn json_download(CurrentSession(session): CurrentSession) -> Result<Response, Problem> {
    let mut first = true;
    let elements = pieces(&session, "JSON", move |entries| {
        let mut elements = Vec::new();
        for entry in entries {
            elements.extend_from_slice(if std::mem::take(&mut first) { b"\n" } else { b",\n" });
            serde_json::to_writer(&mut elements, entry)?;
        }
        Ok(elements)
    })
    .await?;
    Ok(download(streamed("application/json", one("[").chain(elements).chain(one("\n]\n"))), "activity.json"))
}
