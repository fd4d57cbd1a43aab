//! The terms that hold for one customer, and its papers.

use std::collections::BTreeMap;

use chrono::NaiveDate;
use domain::{
    CustomerId, PersonId, TermVersionId, Timestamp, TrailAct, Zone,
    terms::{Agreement, Assurance, PublishedTerm, TermKey, TermKind, TermsOn},
};
use uuid::Uuid;

use super::{COLUMNS, Paper, TermRow, in_effect, published};
use crate::{
    Result, Store,
    engine::{At, RowsOf, in_transaction, on_rows_of},
    trail::{Actor, Owner, add_to_trail},
};

/// The right of a person of a customer to the terms that hold for it.
#[derive(Clone)]
pub struct CustomerTerms {
    store: Store,
    customer: CustomerId,
    person: PersonId,
    actor: Actor,
}

/// Why a full report was not given.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NotGiven<E> {
    /// There is none.
    NotFound,
    /// Its terms were not accepted by whoever asks.
    NotAccepted,
    /// It can't be marked with who downloads it.
    NotMarked(E),
}

impl CustomerTerms {
    pub(crate) fn new(store: Store, customer: CustomerId, person: PersonId, actor: Actor) -> Self {
        Self { store, customer, person, actor }
    }

    /// What holds on a day, as far as it is known now.
    pub async fn on(&self, day: NaiveDate) -> Result<TermsOn> {
        let sql = in_effect("(customer_id IS NULL OR customer_id = $2)");
        let rows: Vec<TermRow> = on_rows_of!(self.store, self.customer.0, rows => sqlx::query_as(sqlx::AssertSqlSafe(sql))
            .bind(day.to_string()).bind(self.customer.0).fetch_all(rows).await)?;
        Ok(TermsOn::new(day, rows.into_iter().map(published).collect()))
    }

    /// What was announced by the end of a day and takes effect after it, the nearest first.
    pub async fn announced(&self, day: NaiveDate) -> Result<Vec<PublishedTerm>> {
        let sql = format!(
            "SELECT {COLUMNS} FROM term_version
             WHERE (customer_id IS NULL OR customer_id = $2) AND effective_from > $1 AND published_at < $3
             ORDER BY effective_from, kind, key, published_at"
        );
        let rows: Vec<TermRow> = on_rows_of!(self.store, self.customer.0, rows => sqlx::query_as(sqlx::AssertSqlSafe(sql))
            .bind(day.to_string()).bind(self.customer.0).bind(At(Zone::UTC.end_of(day))).fetch_all(rows).await)?;
        Ok(rows.into_iter().map(published).collect())
    }

    /// Every version of a term that is or was this customer's, the newest first: general ones and its own.
    pub async fn versions(&self, kind: TermKind, key: &TermKey) -> Result<Vec<PublishedTerm>> {
        let sql = format!(
            "SELECT {COLUMNS} FROM term_version
             WHERE kind = $2 AND key = $3 AND (customer_id IS NULL OR customer_id = $1)
             ORDER BY effective_from DESC, published_at DESC, version_id DESC"
        );
        let rows: Vec<TermRow> = on_rows_of!(self.store, self.customer.0, rows => sqlx::query_as(sqlx::AssertSqlSafe(sql))
            .bind(self.customer.0).bind(kind.code()).bind(key.as_str()).fetch_all(rows).await)?;
        Ok(rows.into_iter().map(published).collect())
    }

    /// One version, where it is general or this customer's.
    pub async fn version(&self, id: TermVersionId) -> Result<Option<PublishedTerm>> {
        let sql = format!(
            "SELECT {COLUMNS} FROM term_version
             WHERE version_id = $2 AND (customer_id IS NULL OR customer_id = $1)"
        );
        let row: Option<TermRow> = on_rows_of!(self.store, self.customer.0, rows => sqlx::query_as(sqlx::AssertSqlSafe(sql))
            .bind(self.customer.0).bind(id.0).fetch_optional(rows).await)?;
        Ok(row.map(published))
    }

    /// The notices that told of versions: the place of each.
    pub async fn notices_of(&self, versions: &[TermVersionId]) -> Result<BTreeMap<TermVersionId, i64>> {
        let mut places = BTreeMap::new();
        for version in versions {
            let place: Option<i64> = on_rows_of!(self.store, self.customer.0, rows => sqlx::query_scalar(
                "SELECT min(sequence) FROM notice WHERE customer_id = $1 AND thread_id = $2"
            ).bind(self.customer.0).bind(version.0).fetch_one(rows).await)?;
            places.extend(place.map(|place| (*version, place)));
        }
        Ok(places)
    }

    /// The signed document of a contract paper; the trail says that it was taken away.
    pub async fn signed_document(&self, version: TermVersionId) -> Result<Option<Paper>> {
        let found = self.version(version).await?;
        let document = found
            .as_ref()
            .and_then(|found| found.version.as_term::<Agreement>())
            .and_then(|agreement| agreement.document.as_ref());
        let Some(document) = document else { return Ok(None) };
        let paper = self.store.paper(document).await?;
        if paper.is_some() {
            self.tell(TrailAct::AgreementDownloaded, &document.name).await?;
        }
        Ok(paper)
    }

    /// Which full reports whoever asks has accepted the terms of, and when.
    pub async fn accepted(&self) -> Result<BTreeMap<TermVersionId, Timestamp>> {
        let rows: Vec<(Uuid, At)> = on_rows_of!(self.store, self.customer.0, rows => sqlx::query_as(
            "SELECT version_id, accepted_at FROM term_acceptance WHERE customer_id = $1 AND person_id = $2"
        ).bind(self.customer.0).bind(self.person.0).fetch_all(rows).await)?;
        Ok(rows.into_iter().map(|(id, At(at))| (TermVersionId(id), at)).collect())
    }

    /// Accepts the terms of a version's full report. False where it has none.
    pub async fn accept(&self, version: TermVersionId) -> Result<bool> {
        let found = self.version(version).await?;
        let Some(report) = found.as_ref().and_then(|found| report(found)) else { return Ok(false) };
        let now = self.store.now();
        in_transaction!(self.store, transaction => {
            transaction.rows_of(self.customer.0).await?;
            let anew = sqlx::query(
                "INSERT INTO term_acceptance (customer_id, person_id, version_id, accepted_at)
                 VALUES ($1, $2, $3, $4) ON CONFLICT DO NOTHING",
            )
            .bind(self.customer.0).bind(self.person.0).bind(version.0).bind(At(now))
            .execute(&mut *transaction).await?.rows_affected();
            if anew == 1 {
                let subject = format!("{} (SHA-256 {})", report.name, report.sha256);
                add_to_trail!(
                    transaction, Owner::customer(self.customer), &self.actor, now, TrailAct::ReportTermsAccepted, subject
                );
            }
        });
        Ok(true)
    }

    /// The full report of a version, for whoever accepted its terms, as `mark` makes it of the original. The trail says
    /// that it was taken away, unless it can't be marked.
    pub async fn report<E, F>(
        &self,
        version: TermVersionId,
        mark: impl FnOnce(Vec<u8>) -> F,
    ) -> Result<std::result::Result<Paper, NotGiven<E>>>
    where
        F: Future<Output = std::result::Result<Vec<u8>, E>>,
    {
        let found = self.version(version).await?;
        let Some(report) = found.as_ref().and_then(|found| report(found)) else { return Ok(Err(NotGiven::NotFound)) };
        if !self.accepted().await?.contains_key(&version) {
            return Ok(Err(NotGiven::NotAccepted));
        }
        let Some(paper) = self.store.paper(report).await? else { return Ok(Err(NotGiven::NotFound)) };
        let body = match mark(paper.body).await {
            Ok(body) => body,
            Err(reason) => return Ok(Err(NotGiven::NotMarked(reason))),
        };
        self.tell(TrailAct::ReportDownloaded, &report.name).await?;
        Ok(Ok(Paper { facts: paper.facts, body }))
    }

    async fn tell(&self, act: TrailAct, subject: &str) -> Result<()> {
        let now = self.store.now();
        in_transaction!(self.store, transaction => {
            add_to_trail!(transaction, Owner::customer(self.customer), &self.actor, now, act, subject);
        });
        Ok(())
    }
}

fn report(found: &PublishedTerm) -> Option<&domain::terms::TermDocument> {
    found.version.as_term::<Assurance>()?.report.as_ref()
}
