//! A demand's papers: sealed in the database, told by their content and never opened here.

use domain::{CustomerId, DemandId, DocumentId, FieldProblem, Timestamp};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use uuid::Uuid;

use super::{ActRefused, LegalDesk};
use crate::{
    Result, Store,
    engine::{in_transaction, on_engine, random_bytes},
};

/// The largest document, in bytes.
pub const LARGEST_DOCUMENT: usize = 20 << 20;
const LONGEST_NAME: usize = 200;

/// What a document is.
#[derive(
    Clone,
    Copy,
    Debug,
    PartialEq,
    Eq,
    Serialize,
    Deserialize,
    strum::EnumString,
    strum::IntoStaticStr,
    strum::VariantArray,
)]
#[serde(rename_all = "snake_case")]
#[strum(serialize_all = "snake_case")]
pub enum DocumentKind {
    /// The demand itself, which its customers get a copy of.
    Demand,
    /// An order not to tell. Customers get a copy when it has ended.
    Order,
    /// What the provider wrote and was answered. It stays with the legal team.
    Correspondence,
}

impl DocumentKind {
    pub const ALL: &'static [Self] = <Self as strum::VariantArray>::VARIANTS;

    pub fn code(self) -> &'static str {
        self.into()
    }

    pub fn label(self) -> &'static str {
        match self {
            Self::Demand => "The demand",
            Self::Order => "An order not to tell",
            Self::Correspondence => "Correspondence",
        }
    }
}

/// What is known of a document beside its content.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct DocumentFacts {
    pub id: DocumentId,
    pub kind: DocumentKind,
    pub name: String,
    /// As its first bytes say, whatever its name does.
    pub media_type: String,
    /// In bytes.
    pub size: u64,
    /// SHA-256, in hexadecimal.
    pub sha256: String,
    /// The only customer that gets a copy.
    pub only_for: Option<CustomerId>,
    pub added_at: Timestamp,
    pub added_by: String,
}

impl DocumentFacts {
    /// Whether a customer gets a copy, where the demand concerns so many. One that is for no customer in particular may
    /// name them all, so where there are several nobody gets it.
    pub fn is_for(&self, customer: CustomerId, concerned: usize) -> bool {
        let whose = match self.only_for {
            Some(only) => only == customer,
            None => concerned == 1,
        };
        self.kind != DocumentKind::Correspondence && whose
    }
}

/// A document with its content.
pub struct Document {
    pub name: String,
    pub media_type: String,
    pub body: Vec<u8>,
}

/// A document that is to be added.
pub struct NewDocument {
    pub kind: DocumentKind,
    pub name: String,
    pub only_for: Option<CustomerId>,
    pub body: Vec<u8>,
}

fn context(column: &str, id: Uuid) -> String {
    format!("demand_document.{column}/{id}")
}

/// What a document is by its first bytes. What can hold programs that a reader's machine would run is no document here.
fn media_type(body: &[u8]) -> Option<&'static str> {
    let known = [
        ("application/pdf", infer::archive::is_pdf as fn(&[u8]) -> bool),
        ("image/png", infer::image::is_png),
        ("image/jpeg", infer::image::is_jpeg),
        ("image/tiff", infer::image::is_tiff),
    ];
    let found = known.into_iter().find(|(_, is)| is(body)).map(|(name, _)| name);
    let is_text =
        || std::str::from_utf8(body).is_ok_and(|text| !text.chars().any(|c| c.is_control() && !c.is_whitespace()));
    found.or_else(|| is_text().then_some("text/plain; charset=utf-8"))
}

/// What a file is by its content, or what is wrong with it or its name.
pub(crate) fn check_file(name: &str, body: &[u8]) -> std::result::Result<&'static str, FieldProblem> {
    let name = name.trim();
    if name.is_empty()
        || name.chars().count() > LONGEST_NAME
        || name.chars().any(|c| c.is_control() || "/\\".contains(c))
    {
        return Err(FieldProblem::new("file", format!("has no name of 1 to {LONGEST_NAME} plain characters")));
    }
    match body.len() {
        0 => Err(FieldProblem::new("file", "is empty")),
        1..=LARGEST_DOCUMENT => media_type(body).ok_or_else(|| {
            FieldProblem::new("file", "is neither PDF, PNG, JPEG, TIFF nor plain text, as its content says")
        }),
        size => Err(FieldProblem::new(
            "file",
            format!("has {size} bytes; {LARGEST_DOCUMENT} at most ({} MiB)", LARGEST_DOCUMENT >> 20),
        )),
    }
}

impl Store {
    pub(super) async fn documents_of(&self, demand: DemandId) -> Result<Vec<DocumentFacts>> {
        let rows: Vec<(Uuid, Vec<u8>)> = on_engine!(self, pool => sqlx::query_as(
            "SELECT document_id, facts FROM demand_document WHERE demand_id = $1"
        ).bind(demand.0).fetch_all(pool).await)?;
        let facts = |(id, sealed): (Uuid, Vec<u8>)| -> Result<DocumentFacts> {
            Ok(serde_json::from_slice(&self.keys.unseal(&context("facts", id), &sealed)?)?)
        };
        let mut documents = rows.into_iter().map(facts).collect::<Result<Vec<_>>>()?;
        documents.sort_by_key(|document| (document.added_at, document.id.0));
        Ok(documents)
    }

    /// A document's content. Whoever asks has shown a right to it.
    pub(crate) async fn document_body(&self, id: DocumentId) -> Result<Option<Vec<u8>>> {
        let sealed: Option<Vec<u8>> = on_engine!(self, pool => sqlx::query_scalar(
            "SELECT body FROM demand_document WHERE document_id = $1"
        ).bind(id.0).fetch_optional(pool).await)?;
        sealed.map(|sealed| Ok(self.keys.unseal(&context("body", id.0), &sealed)?)).transpose()
    }
}

impl LegalDesk {
    /// Adds a document to a demand as it stood at `revision`.
    pub async fn add_document(
        &self,
        demand: DemandId,
        revision: i64,
        new: NewDocument,
    ) -> Result<Result<DocumentId, ActRefused>> {
        let media_type = match check_file(&new.name, &new.body) {
            Ok(media_type) => media_type,
            Err(problem) => return Ok(Err(ActRefused::Fields(vec![problem]))),
        };
        let now = self.store.now();
        // Random: when a paper came in is for the legal team to know.
        let id = uuid::Builder::from_random_bytes(random_bytes()?).into_uuid();
        let facts = DocumentFacts {
            id: DocumentId(id),
            kind: new.kind,
            name: new.name.trim().to_owned(),
            media_type: media_type.to_owned(),
            size: new.body.len() as u64,
            sha256: hex::encode(Sha256::digest(&new.body)),
            only_for: new.only_for,
            added_at: now,
            added_by: self.reviewer.name().to_owned(),
        };
        let facts = self.store.keys.seal(&context("facts", id), &serde_json::to_vec(&facts)?)?;
        let body = self.store.keys.seal(&context("body", id), &new.body)?;
        Ok(in_transaction!(self.store, transaction => {
            // A notice that is being written meanwhile would go without it.
            let seen = sqlx::query("UPDATE demand SET revision = revision + 1 WHERE demand_id = $1 AND revision = $2")
                .bind(demand.0).bind(revision).execute(&mut *transaction).await?.rows_affected();
            if seen == 1 {
                sqlx::query("INSERT INTO demand_document (document_id, demand_id, facts, body) VALUES ($1, $2, $3, $4)")
                    .bind(id).bind(demand.0).bind(&facts).bind(&body).execute(&mut *transaction).await?;
                Ok(DocumentId(id))
            } else {
                Err(ActRefused::Changed)
            }
        }))
    }

    /// What documents a demand has.
    pub async fn documents(&self, demand: DemandId) -> Result<Vec<DocumentFacts>> {
        self.store.documents_of(demand).await
    }

    /// One of a demand's documents.
    pub async fn document(&self, demand: DemandId, id: DocumentId) -> Result<Option<Document>> {
        let facts = self.store.documents_of(demand).await?.into_iter().find(|facts| facts.id == id);
        let Some(facts) = facts else { return Ok(None) };
        let body = self.store.document_body(id).await?;
        Ok(body.map(|body| Document { name: facts.name, media_type: facts.media_type, body }))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_document_is_what_its_content_says() {
        assert_eq!(check_file("a.png", b"%PDF-1.7\n"), Ok("application/pdf"));
        assert_eq!(check_file("a", "An order.\r\nÜber alles.\n".as_bytes()), Ok("text/plain; charset=utf-8"));
        for (program, body) in
            [("a.pdf", &b"MZ\x90\0\x03\0"[..]), ("a.pdf", b"PK\x03\x04\x14\0\x06\0"), ("a", b"\x7fELF\x02\x01")]
        {
            let problem = check_file(program, body).unwrap_err();
            assert!(problem.reason.contains("neither PDF"), "{problem:?}");
        }
    }

    #[test]
    fn a_document_has_a_name_and_a_size() {
        for name in ["", "a/b.pdf", "a\r\nb.pdf", "..\\b.pdf"] {
            assert!(check_file(name, b"%PDF-1.7").is_err(), "{name}");
        }
        assert!(check_file("a.pdf", b"").is_err());
        assert!(check_file("a.txt", &vec![b'a'; LARGEST_DOCUMENT + 1]).unwrap_err().reason.contains("20 MiB"));
    }
}
