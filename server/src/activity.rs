//! Downloads of the trail: streamed, like those of the record.

use axum::response::Response;
use domain::{TRAIL_CSV_HEADER, TrailAct, TrailEntry};
use futures::Stream;
use store::{Session, SignedIn, StoreError};

use crate::{downloads, problem::Problem, session::CurrentSession};

/// The trail in pieces. That it is taken away is told in it first.
async fn told(
    session: &Session,
    format: &str,
) -> Result<impl Stream<Item = Result<Vec<TrailEntry>, StoreError>> + Send + use<>, Problem> {
    session.tell_download(TrailAct::TrailDownloaded, format).await?;
    let trail = match &session.signed_in {
        SignedIn::Member(member) => member.roster.trail(),
        SignedIn::Staff(staff) => staff.roster.trail(),
    };
    Ok(trail.export())
}

/// `GET …/activity.csv`
pub async fn csv_download(CurrentSession(session): CurrentSession) -> Result<Response, Problem> {
    let entries = told(&session, "CSV").await?;
    downloads::csv(entries, TRAIL_CSV_HEADER, TrailEntry::csv_cells, "activity.csv")
}

/// `GET …/activity.ndjson`
pub async fn ndjson_download(CurrentSession(session): CurrentSession) -> Result<Response, Problem> {
    Ok(downloads::ndjson(told(&session, "NDJSON").await?, "activity.ndjson"))
}

/// `GET …/activity.json`
pub async fn json_download(CurrentSession(session): CurrentSession) -> Result<Response, Problem> {
    Ok(downloads::json(told(&session, "JSON").await?, "activity.json"))
}
