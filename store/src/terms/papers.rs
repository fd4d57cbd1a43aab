//! Papers of terms: kept once by their content, sealed.

use domain::{DocumentId, FieldProblem, terms::TermDocument};
use sha2::{Digest, Sha256};
use uuid::Uuid;

use crate::{
    Result, Store,
    demands::check_file,
    engine::{in_transaction, on_engine, random_bytes},
};

/// A paper with its content.
pub struct Paper {
    pub facts: TermDocument,
    pub body: Vec<u8>,
}

fn context(id: Uuid) -> String {
    format!("term_document.body/{id}")
}

impl Store {
    /// The paper with this name and content, with a nil id where it is not kept yet.
    pub(super) async fn find_paper(
        &self,
        name: &str,
        body: &[u8],
    ) -> Result<std::result::Result<TermDocument, FieldProblem>> {
        let media_type = match check_file(name, body) {
            Ok(media_type) => media_type,
            Err(problem) => return Ok(Err(problem)),
        };
        let (name, sha256) = (name.trim().to_owned(), hex::encode(Sha256::digest(body)));
        let kept: Option<Uuid> = on_engine!(self, pool => sqlx::query_scalar(
            "SELECT document_id FROM term_document WHERE sha256 = $1 AND name = $2 ORDER BY document_id"
        ).bind(&sha256).bind(&name).fetch_optional(pool).await)?;
        let (id, media_type, size) = (DocumentId(kept.unwrap_or_default()), media_type.to_owned(), body.len() as u64);
        Ok(Ok(TermDocument { id, name, media_type, size, sha256 }))
    }

    /// Keeps a paper, or finds the one with the same name and content.
    pub(super) async fn keep_paper(
        &self,
        name: &str,
        body: &[u8],
    ) -> Result<std::result::Result<TermDocument, FieldProblem>> {
        let mut facts = match self.find_paper(name, body).await? {
            Ok(facts) if facts.id.0.is_nil() => facts,
            found => return Ok(found),
        };
        let id = uuid::Builder::from_random_bytes(random_bytes()?).into_uuid();
        facts.id = DocumentId(id);
        let sealed = self.keys.seal(&context(id), body)?;
        let size = i64::try_from(facts.size).unwrap_or(i64::MAX);
        in_transaction!(self, transaction => {
            sqlx::query(
                "INSERT INTO term_document (document_id, name, media_type, size, sha256, body)
                 VALUES ($1, $2, $3, $4, $5, $6)",
            )
            .bind(id).bind(&facts.name).bind(&facts.media_type).bind(size).bind(&facts.sha256).bind(&sealed)
            .execute(&mut *transaction).await?;
        });
        Ok(Ok(facts))
    }

    /// Whether a paper is what its facts say: whoever sends them may have changed them.
    pub(super) async fn is_kept(&self, facts: &TermDocument) -> Result<bool> {
        let kept: Option<(String, String, i64, String)> = on_engine!(self, pool => sqlx::query_as(
            "SELECT name, media_type, size, sha256 FROM term_document WHERE document_id = $1"
        ).bind(facts.id.0).fetch_optional(pool).await)?;
        Ok(kept.is_some_and(|(name, media_type, size, sha256)| {
            let same_size = u64::try_from(size) == Ok(facts.size);
            name == facts.name && media_type == facts.media_type && same_size && sha256 == facts.sha256
        }))
    }

    /// A paper's content. Whoever asks has shown a right to it.
    pub(super) async fn paper(&self, facts: &TermDocument) -> Result<Option<Paper>> {
        let sealed: Option<Vec<u8>> = on_engine!(self, pool => sqlx::query_scalar(
            "SELECT body FROM term_document WHERE document_id = $1"
        ).bind(facts.id.0).fetch_optional(pool).await)?;
        let Some(sealed) = sealed else { return Ok(None) };
        Ok(Some(Paper { facts: facts.clone(), body: self.keys.unseal(&context(facts.id.0), &sealed)? }))
    }
}
