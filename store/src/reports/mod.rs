//! The provider's own report: drafted from the register by the legal team, published by a second person, kept as
//! editions that nothing changes.
//!
//! **Invariant:** only [`ReportDesk`] makes an edition, and whoever isn't of the legal team is handed nothing of it but
//! what will be published.

mod desk;

use domain::{Timestamp, report::Edition, statistics::Half};

pub use desk::{NewDraft, NotDrafted, NotPublishedReport, ReportDesk, ReportDraft};

use crate::{
    Result, Store, StoreError,
    engine::{At, on_engine},
};

/// An edition as it is handed out.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PublishedEdition {
    pub edition: Edition,
    /// The JSON whose hash this is.
    pub json: String,
    pub sha256: [u8; 32],
    pub published_at: Timestamp,
}

type Row = (String, Vec<u8>, At);

fn published((json, sha256, At(published_at)): Row) -> Result<PublishedEdition> {
    let edition = serde_json::from_str(&json)?;
    let sha256 = sha256.try_into().map_err(|bytes: Vec<u8>| StoreError::Inconsistent {
        table: "report_edition",
        column: "sha256",
        value: hex::encode(bytes),
    })?;
    Ok(PublishedEdition { edition, json, sha256, published_at })
}

impl Store {
    /// Every published edition: the newest half-year first, and of each the newest edition.
    pub async fn editions(&self) -> Result<Vec<PublishedEdition>> {
        let rows: Vec<Row> = on_engine!(self, pool => sqlx::query_as(
            "SELECT edition, sha256, published_at FROM report_edition ORDER BY half DESC, number DESC"
        ).fetch_all(pool).await)?;
        rows.into_iter().map(published).collect()
    }

    /// One edition.
    pub async fn edition(&self, half: Half, number: u32) -> Result<Option<PublishedEdition>> {
        let row: Option<Row> = on_engine!(self, pool => sqlx::query_as(
            "SELECT edition, sha256, published_at FROM report_edition WHERE half = $1 AND number = $2"
        ).bind(half.to_string()).bind(i64::from(number)).fetch_optional(pool).await)?;
        row.map(published).transpose()
    }
}
