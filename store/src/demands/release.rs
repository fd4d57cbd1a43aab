//! Telling customers of demands: with the act that lets them know, or by itself on the day an order ends.

use domain::{
    CustomerId, DemandId, Timestamp,
    demand::{NoticeAbout, Stage},
    notice::{LawfulDemand, NoticeContent},
};
use sha2::{Digest, Sha256};
use uuid::Uuid;

use super::{DemandFile, DocumentFacts};
use crate::{
    Result, Store, StoreError,
    engine::{At, in_transaction},
    notices::{Copy, NewNotice, issue_notice},
};

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
        let (register, pending) = self.sealed_register(id.0, &stage)?;
        let now = self.now();
        Ok(in_transaction!(self, transaction => {
            let seen = sqlx::query(
                "UPDATE demand SET revision = revision + 1, register = $3, pending = $4
                 WHERE demand_id = $1 AND revision = $2",
            )
            .bind(id.0).bind(revision).bind(register).bind(pending)
            .execute(&mut *transaction).await?.rows_affected();
            if seen == 1 {
                for DueNotice { notice, first, delayed } in &notices {
                    issue_notice!(self, transaction, notice, now);
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
        let (owed, concerned) = (stage.case().notice_due(now), stage.case().customers().len());
        let thread = thread(id, &stage)?;
        let mut notices = Vec::with_capacity(owed.len());
        for owed in &owed {
            let case = stage.case();
            let Some(content) = LawfulDemand::of(case, owed.customer, now) else { continue };
            let (first, delayed) = (case.told_at(owed.customer).is_none(), content.delay.is_some());
            let copies =
                documents.iter().filter(|document| document.is_for(owed.customer, concerned)).map(Copy::of).collect();
            let content = NoticeContent::LawfulDemand(content);
            let notice = NewNotice::new(owed.customer, content, thread, copies, now)?;
            notices.push(DueNotice { notice, first, delayed });
        }
        for about in NoticeAbout::ALL {
            let told = owed.iter().filter(|owed| owed.about == *about).map(|owed| owed.customer);
            let told = told.collect::<Vec<CustomerId>>();
            if !told.is_empty() {
                (_, stage) = stage.notified(*about, told, now).map_err(StoreError::Notice)?;
            }
        }
        Ok((stage, notices))
    }

    /// Tells customers of demands that no order seals any more; how many demands that were, and when the next is due, as
    /// far as that is known now. A server calls it at its start and again then: what came due while none ran goes out,
    /// and however many servers call it, once. A demand that can't be told of keeps no other waiting.
    pub async fn release_due(&self) -> Result<(u64, Option<Timestamp>)> {
        let (mut released, mut next) = (0, None::<Timestamp>);
        for row in self.pending_demands().await? {
            let now = self.now();
            let wake_at = match self.demand_of(row) {
                Ok(file) => match file.stage.case().wake_at() {
                    Some(at) if at <= now => {
                        let done = async {
                            let documents = self.documents_of(file.id).await?;
                            self.keep(file, &documents).await
                        };
                        match done.await {
                            Ok(kept) => released += u64::from(kept),
                            Err(error) => tell(&error),
                        }
                        None
                    }
                    later => later,
                },
                Err(error) => {
                    tell(&error);
                    None
                }
            };
            next = [next, wake_at].into_iter().flatten().min();
        }
        Ok((released, next))
    }
}

/// Which demand it is stays out of the log.
fn tell(error: &StoreError) {
    tracing::error!(error = error as &dyn std::error::Error, "a demand could not be looked at");
}

/// What a demand's notices are known to belong together by: nobody finds the demand by it who can't read its register.
fn thread(id: DemandId, stage: &Stage) -> Result<Uuid> {
    let first = serde_json::to_vec(&stage.case().acts().first())?;
    let digest = Sha256::new().chain_update(id.0).chain_update(first).finalize();
    let (bytes, _) = digest.split_first_chunk::<16>().ok_or_else(|| StoreError::Task("a short digest".to_owned()))?;
    Ok(uuid::Builder::from_random_bytes(*bytes).into_uuid())
}
