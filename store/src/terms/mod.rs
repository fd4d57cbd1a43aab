//! Terms: what was published, what waits for a second person, and the papers that belong to them.

mod customer;
mod desk;
mod fall;
mod papers;

use chrono::NaiveDate;
use domain::{
    TermVersionId,
    terms::{Assurance, PublishedTerm, TermHistory, TermKey, TermKind, TermVersion, TermsOn},
};
use sqlx::types::Json;
use uuid::Uuid;

pub use customer::{CustomerTerms, NotGiven};
pub use desk::{NotProposed, NotPublished, Proposal, Published, TermsDesk};
pub use papers::Paper;

use crate::{
    Result, Store,
    engine::{At, on_engine},
};

/// What everybody may read.
const PUBLIC: [TermKind; 5] =
    [TermKind::Commitment, TermKind::Assurance, TermKind::Control, TermKind::Policy, TermKind::Mechanism];

type TermRow = (Uuid, Json<TermVersion>, At, String, String);

const COLUMNS: &str = "version_id, version, published_at, proposed_by, approved_by";

fn published((id, version, At(published_at), proposed_by, approved_by): TermRow) -> PublishedTerm {
    PublishedTerm { id: TermVersionId(id), version: version.0, published_at, proposed_by, approved_by }
}

/// Of each term the version that holds on a day (`$1`), and the newest of each mechanism, whatever the day: what one is
/// worth in law is known only now. `terms` says which versions are asked for.
fn in_effect(terms: &str) -> String {
    format!(
        "SELECT {COLUMNS} FROM term_version AS term
         WHERE {terms} AND (kind = 'mechanism' OR effective_from <= $1) AND NOT EXISTS (
             SELECT 1 FROM term_version AS later
             WHERE later.kind = term.kind AND later.key = term.key
                 AND later.customer_id IS NOT DISTINCT FROM term.customer_id
                 AND (term.kind = 'mechanism' OR later.effective_from <= $1)
                 AND (later.effective_from, later.published_at, later.version_id)
                     > (term.effective_from, term.published_at, term.version_id))"
    )
}

/// These kinds as a list in SQL.
fn list(kinds: &[TermKind]) -> String {
    let codes = kinds.iter().map(|kind| format!("'{}'", kind.code())).collect::<Vec<_>>();
    format!("({})", codes.join(", "))
}

impl Store {
    /// What holds for everybody on a day: commitments, certificates and audits, controls and policies.
    pub async fn public_terms(&self, day: NaiveDate) -> Result<TermsOn> {
        let sql = in_effect(&format!("kind IN {} AND customer_id IS NULL", list(&PUBLIC)));
        let rows: Vec<TermRow> = on_engine!(self, pool => sqlx::query_as(sqlx::AssertSqlSafe(sql))
            .bind(day.to_string()).fetch_all(pool).await)?;
        Ok(TermsOn::new(day, rows.into_iter().map(published).collect()))
    }

    /// Every version of one of these, the newest first, those that are announced among them.
    pub async fn public_versions(&self, kind: TermKind, key: &TermKey) -> Result<Vec<PublishedTerm>> {
        if !PUBLIC.contains(&kind) {
            return Ok(Vec::new());
        }
        let sql = format!(
            "SELECT {COLUMNS} FROM term_version WHERE kind = $1 AND key = $2 AND customer_id IS NULL
             ORDER BY effective_from DESC, published_at DESC, version_id DESC"
        );
        let rows: Vec<TermRow> = on_engine!(self, pool => sqlx::query_as(sqlx::AssertSqlSafe(sql))
            .bind(kind.code()).bind(key.as_str()).fetch_all(pool).await)?;
        Ok(rows.into_iter().map(published).collect())
    }

    /// Every version of each of these, by key; those that are announced among them.
    pub async fn public_histories(&self, kind: TermKind) -> Result<Vec<TermHistory>> {
        if !PUBLIC.contains(&kind) {
            return Ok(Vec::new());
        }
        let sql = format!("SELECT {COLUMNS} FROM term_version WHERE kind = $1 AND customer_id IS NULL");
        let rows: Vec<TermRow> = on_engine!(self, pool => sqlx::query_as(sqlx::AssertSqlSafe(sql))
            .bind(kind.code()).fetch_all(pool).await)?;
        Ok(TermHistory::of_each(rows.into_iter().map(published).collect()))
    }

    /// The certificate of a version, which everybody may read.
    pub async fn public_certificate(&self, version: TermVersionId) -> Result<Option<Paper>> {
        let sql = format!("SELECT {COLUMNS} FROM term_version WHERE version_id = $1 AND customer_id IS NULL");
        let row: Option<TermRow> = on_engine!(self, pool => sqlx::query_as(sqlx::AssertSqlSafe(sql))
            .bind(version.0).fetch_optional(pool).await)?;
        let found = row.map(published);
        let certificate = found
            .as_ref()
            .and_then(|found| found.version.as_term::<Assurance>())
            .and_then(|assurance| assurance.certificate.as_ref());
        match certificate {
            Some(certificate) => self.paper(certificate).await,
            None => Ok(None),
        }
    }
}
