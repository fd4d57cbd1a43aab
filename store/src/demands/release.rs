//! Telling customers of demands: with the act that lets them know, or by itself on the day an order ends.

use domain::{
    CustomerId, DemandId, Timestamp,
    demand::{NoticeAbout, Stage},
    notice::{LawfulDemand, NoticeContent},
};
use uuid::Uuid;

use super::{DemandFile, DocumentFacts};
use crate::{
    Result, Store, StoreError,
    engine::{At, in_transaction, on_engine},
    notices::{Copy, NewNotice, issue_notice},
};

/// Demands that are looked at in one go.
const BATCH: i64 = 100;

/// A notice that a demand makes due.
struct DueNotice {
    notice: NewNotice,
    /// Whether its customer hears of the demand for the first time.
    first: bool,
    /// Whether an order not to tell delayed it.
    delayed: bool,
}

impl Store {
    /// Writes a demand's new state, and with it the notices that are due by it: both or neither. False where somebody
    /// else wrote it meanwhile, and nothing was changed.
    pub(super) async fn keep(&self, file: DemandFile, documents: &[DocumentFacts]) -> Result<bool> {
        let DemandFile { id, revision, stage } = file;
        let (stage, notices) = self.notices_due(id, stage, documents)?;
        let received_at = stage.case().intake().received_at;
        let (register, pending, wake_at) = self.sealed_register(id.0, &stage)?;
        let now = self.now();
        Ok(in_transaction!(self, transaction => {
            let seen = sqlx::query(
                "UPDATE demand SET revision = revision + 1, register = $3, pending = $4, wake_at = $5
                 WHERE demand_id = $1 AND revision = $2",
            )
            .bind(id.0).bind(revision).bind(register).bind(pending).bind(wake_at)
            .execute(&mut *transaction).await?.rows_affected();
            if seen == 1 {
                for DueNotice { notice, first, delayed } in &notices {
                    issue_notice!(transaction, notice, now);
                    // How soon is measured once a customer and demand: from receiving it to the first word of it.
                    if *first {
                        sqlx::query("INSERT INTO notification (received_at, notified_at, delayed) VALUES ($1, $2, $3)")
                            .bind(At(received_at)).bind(At(now)).bind(*delayed)
                            .execute(&mut *transaction).await?;
                    }
                }
            }
            seen == 1
        }))
    }

    /// The notices that a demand makes due now, and the demand with its register saying that they were given.
    fn notices_due(
        &self,
        id: DemandId,
        mut stage: Stage,
        documents: &[DocumentFacts],
    ) -> Result<(Stage, Vec<DueNotice>)> {
        let now = self.now();
        let owed = stage.case().notice_due(now);
        let mut notices = Vec::with_capacity(owed.len());
        for owed in &owed {
            let case = stage.case();
            let Some(content) = LawfulDemand::of(case, owed.customer, now) else { continue };
            let (first, delayed) = (case.told_at(owed.customer).is_none(), content.delay.is_some());
            let copies = documents.iter().filter(|document| document.is_for(owed.customer)).map(Copy::of).collect();
            let content = NoticeContent::LawfulDemand(content);
            let notice = NewNotice::new(owed.customer, content, id.0, copies, now)?;
            notices.push(DueNotice { notice, first, delayed });
        }
        for about in NoticeAbout::ALL {
            let told = owed.iter().filter(|owed| owed.about == *about).map(|owed| owed.customer);
            let told = told.collect::<Vec<CustomerId>>();
            if !told.is_empty() {
                let refused = |refusal| StoreError::Notice { id: id.0, refusal };
                (_, stage) = stage.notified(*about, told, now).map_err(refused)?;
            }
        }
        Ok((stage, notices))
    }

    /// Tells customers of demands that no order seals any more; how many demands that were. A server calls it at its
    /// start and whenever [`next_release`](Self::next_release) has come: what came due while none ran goes out then,
    /// and however many servers call it, once.
    pub async fn release_due(&self) -> Result<u64> {
        let mut released = 0;
        loop {
            let now = self.now();
            let due: Vec<Uuid> = on_engine!(self, pool => sqlx::query_scalar(
                "SELECT demand_id FROM demand WHERE wake_at <= $1 ORDER BY wake_at LIMIT $2"
            ).bind(At(now)).bind(BATCH).fetch_all(pool).await)?;
            if due.is_empty() {
                return Ok(released);
            }
            for id in due.into_iter().map(DemandId) {
                let Some(file) = self.demand(id).await? else { continue };
                // Another server may have come first.
                if file.stage.case().wake_at().is_none_or(|at| at > now) {
                    continue;
                }
                let documents = self.documents_of(id).await?;
                released += u64::from(self.keep(file, &documents).await?);
            }
        }
    }

    /// When the next order ends whose demand customers are then told of, as far as that is known now.
    pub async fn next_release(&self) -> Result<Option<Timestamp>> {
        let next: Option<At> = on_engine!(self, pool => sqlx::query_scalar("SELECT min(wake_at) FROM demand")
            .fetch_one(pool).await)?;
        Ok(next.map(|At(at)| at))
    }
}
