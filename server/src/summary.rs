//! A month's figures to take away.

use app::paths;
use axum::{extract::Path, response::Response};
use domain::{Month, TrailAct, summary::SUMMARY_CSV_HEADER};

use crate::{
    downloads,
    problem::Problem,
    session::{CurrentMember, CurrentSession},
};

/// `GET /portal/summary/{month}/data.csv`
pub async fn csv_download(
    CurrentSession(session): CurrentSession,
    CurrentMember(member): CurrentMember,
    Path(month): Path<String>,
) -> Result<Response, Problem> {
    let month = Month::parse(&month).ok_or_else(Problem::not_found)?;
    let summary = member.summary(month).await?.ok_or_else(Problem::not_found)?;
    session.tell_download(TrailAct::SummaryDownloaded, &paths::fill(paths::SUMMARY, month)).await?;
    let lines = futures::stream::iter([Ok(summary.csv_lines())]);
    downloads::csv(lines, SUMMARY_CSV_HEADER, Clone::clone, &format!("summary-{month}.csv"))
}
