//! The provider's side: files that one person uploads, and another imports.

use chrono::NaiveDate;
use domain::{
    PersonId, Timestamp, TrailAct,
    statistics::{Download, Half, Reading, Refused, examine},
};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use uuid::Uuid;

use super::{Imported, NewImport};
use crate::{
    Result, Store,
    engine::{At, in_transaction, new_id, on_engine},
    trail::{Actor, Owner, add_to_trail},
};

/// The right of the provider's legal and publishing people to upload statistics, and to import what others uploaded.
#[derive(Clone)]
pub struct StatisticsDesk {
    store: Store,
    person: PersonId,
    actor: Actor,
    /// Whether sign-in was short enough ago to import.
    fresh: bool,
}

/// Files that wait for a second person: their very bytes.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Upload {
    #[serde(skip)]
    pub id: Uuid,
    #[serde(skip)]
    pub made_at: Option<Timestamp>,
    pub made_by: PersonId,
    /// What they were called then.
    pub made_by_name: String,
    /// The day on which the files were downloaded from their publisher.
    pub retrieved: NaiveDate,
    /// Where they are from, where the publisher's address doesn't say it.
    pub title: Option<String>,
    /// The period and series of files that say neither.
    pub period: Option<Half>,
    pub service: Option<String>,
    pub files: Vec<UploadedFile>,
}

#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct UploadedFile {
    pub name: String,
    #[serde(with = "hex")]
    pub body: Vec<u8>,
}

/// Why an upload was not imported. Nothing was changed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum NotImported {
    NotFound,
    /// It takes a second person.
    SamePerson,
    /// It takes a fresh sign-in.
    NotFresh,
    /// Something in it can't be read.
    Refused {
        file: String,
        refused: Refused,
    },
}

fn context(id: Uuid) -> String {
    format!("statistics_upload.upload/{id}")
}

impl Upload {
    /// Files as a form sent them. Whoever uploads them, and when, is told by the desk.
    pub fn new(
        files: Vec<UploadedFile>,
        retrieved: NaiveDate,
        title: Option<String>,
        period: Option<Half>,
        service: Option<String>,
    ) -> Self {
        let (id, made_by, made_by_name) = (Uuid::nil(), PersonId(Uuid::nil()), String::new());
        Self { id, made_at: None, made_by, made_by_name, retrieved, title, period, service, files }
    }
}

impl UploadedFile {
    pub fn sha256(&self) -> [u8; 32] {
        Sha256::digest(&self.body).into()
    }

    /// What is made of it.
    pub fn examine(&self, upload: &Upload) -> Reading {
        examine(Download {
            bytes: &self.body,
            sha256: self.sha256(),
            retrieved: upload.retrieved,
            title: upload.title.as_deref(),
            file_name: &self.name,
            period: upload.period,
            service: upload.service.as_deref(),
        })
    }
}

impl StatisticsDesk {
    pub(crate) fn new(store: Store, person: PersonId, actor: Actor, fresh: bool) -> Self {
        Self { store, person, actor, fresh }
    }

    /// Whether this person may import it: one uploads, another imports.
    pub fn may_import(&self, upload: &Upload) -> bool {
        upload.made_by != self.person
    }

    /// Keeps files for a second person to look at.
    pub async fn upload(&self, upload: Upload) -> Result<Uuid> {
        let now = self.store.now();
        let id = new_id(now)?;
        let upload = Upload { made_by: self.person, made_by_name: self.actor.name.clone(), ..upload };
        let sealed = self.store.keys.seal(&context(id), &serde_json::to_vec(&upload)?)?;
        in_transaction!(self.store, transaction => {
            sqlx::query("INSERT INTO statistics_upload (upload_id, upload, made_at) VALUES ($1, $2, $3)")
                .bind(id).bind(sealed).bind(At(now)).execute(&mut *transaction).await?;
            let act = TrailAct::StatisticsUploaded;
            add_to_trail!(transaction, Owner::PROVIDER, &self.actor, now, act, names(&upload));
        });
        Ok(id)
    }

    /// What waits for a second person, the newest first.
    pub async fn uploads(&self) -> Result<Vec<Upload>> {
        let rows: Vec<(Uuid, At, Vec<u8>)> = on_engine!(self.store, pool => sqlx::query_as(
            "SELECT upload_id, made_at, upload FROM statistics_upload ORDER BY made_at DESC, upload_id"
        ).fetch_all(pool).await)?;
        rows.into_iter().map(|row| self.read(row)).collect()
    }

    /// One of them.
    pub async fn find(&self, id: Uuid) -> Result<Option<Upload>> {
        let row: Option<(Uuid, At, Vec<u8>)> = on_engine!(self.store, pool => sqlx::query_as(
            "SELECT upload_id, made_at, upload FROM statistics_upload WHERE upload_id = $1"
        ).bind(id).fetch_optional(pool).await)?;
        row.map(|row| self.read(row)).transpose()
    }

    fn read(&self, (id, At(made_at), sealed): (Uuid, At, Vec<u8>)) -> Result<Upload> {
        let upload: Upload = serde_json::from_slice(&self.store.keys.unseal(&context(id), &sealed)?)?;
        Ok(Upload { id, made_at: Some(made_at), ..upload })
    }

    /// Throws an upload away. False where there is none.
    pub async fn discard(&self, id: Uuid) -> Result<bool> {
        let Some(upload) = self.find(id).await? else { return Ok(false) };
        let now = self.store.now();
        Ok(in_transaction!(self.store, transaction => {
            let gone = sqlx::query("DELETE FROM statistics_upload WHERE upload_id = $1")
                .bind(id).execute(&mut *transaction).await?.rows_affected();
            if gone == 1 {
                let act = TrailAct::StatisticsDiscarded;
                add_to_trail!(transaction, Owner::PROVIDER, &self.actor, now, act, names(&upload));
            }
            gone == 1
        }))
    }

    /// Imports what somebody else uploaded: every file or none.
    pub async fn import(&self, id: Uuid) -> Result<std::result::Result<Vec<Imported>, NotImported>> {
        let Some(upload) = self.find(id).await? else { return Ok(Err(NotImported::NotFound)) };
        if !self.may_import(&upload) {
            return Ok(Err(NotImported::SamePerson));
        }
        if !self.fresh {
            return Ok(Err(NotImported::NotFresh));
        }
        let mut read = Vec::new();
        for file in &upload.files {
            match file.examine(&upload).whole() {
                Ok(content) => read.push((file, content)),
                Err(refused) => return Ok(Err(NotImported::Refused { file: file.name.clone(), refused })),
            }
        }
        let by = format!("{}, uploaded by {}", self.actor.name, upload.made_by_name);
        let imports = read.iter().map(|(file, content)| NewImport {
            sha256: file.sha256(),
            format: content.format,
            file_name: &file.name,
            original: &file.body,
            by: &by,
            reports: &content.reports,
            interpretations: &content.interpretations,
        });
        let imports = imports.collect::<Vec<_>>();
        let imported = self.store.statistics().import_upload(&imports, &self.actor, Some(id)).await?;
        Ok(imported.ok_or(NotImported::NotFound))
    }
}

fn names(upload: &Upload) -> String {
    upload.files.iter().map(|file| file.name.as_str()).collect::<Vec<_>>().join(", ")
}
