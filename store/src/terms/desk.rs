//! The provider's side of terms: proposed by one person, published by another.

use chrono::NaiveDate;
use domain::{
    CustomerId, FieldProblem, PersonId, TermVersionId, Timestamp, TrailAct,
    terms::{Effect, PlannedNotice, Publication, PublishedTerm, TermDocument, TermVersion, TermsOn, VersionProblem},
};
use serde::{Deserialize, Serialize};
use sqlx::types::Json;
use uuid::Uuid;

use super::{COLUMNS, Paper, TermRow, in_effect, published};
use crate::{
    Customer, Result, Store,
    engine::{At, RowsOf, in_transaction, new_id, on_engine, on_rows_of_everybody},
    notices::{NewNotice, issue_notice},
    trail::{Actor, Owner, add_to_trail},
};

/// The right of the provider's legal and publishing people to write terms, and to publish what others wrote.
#[derive(Clone)]
pub struct TermsDesk {
    store: Store,
    /// Nobody where the operator writes at the command line.
    person: Option<PersonId>,
    actor: Actor,
    /// Whether sign-in was short enough ago to publish.
    fresh: bool,
}

/// Versions that one person wrote and a second one has not published yet.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Proposal {
    #[serde(skip)]
    pub id: Uuid,
    #[serde(skip)]
    pub made_at: Option<Timestamp>,
    /// Nobody where the operator wrote it at the command line.
    pub made_by: Option<PersonId>,
    /// What they were called then.
    pub made_by_name: String,
    pub title: String,
    pub versions: Vec<TermVersion>,
}

/// Why nothing was proposed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum NotProposed {
    /// What is wrong, each with the version that it is about.
    Problems(Vec<VersionProblem>),
    /// All of it is published or proposed already.
    Nothing,
}

/// Why a proposal was not published. Nothing was changed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum NotPublished {
    NotFound,
    /// It takes a second person.
    SamePerson,
    /// It takes a fresh sign-in.
    NotFresh,
    /// It can't be published any more: time went on, or something else was published.
    Problems(Vec<VersionProblem>),
    /// Somebody else published meanwhile; what would follow from it must be read again.
    Changed,
}

/// What publishing did.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Published {
    pub versions: usize,
    pub notices: usize,
}

fn context(id: Uuid) -> String {
    format!("term_proposal.proposal/{id}")
}

impl TermsDesk {
    pub(crate) fn new(store: Store, person: Option<PersonId>, actor: Actor, fresh: bool) -> Self {
        Self { store, person, actor, fresh }
    }

    /// Everything that is published, of every customer and every day, in the order of kind, key and day.
    pub async fn published(&self) -> Result<Vec<PublishedTerm>> {
        self.store.published_terms().await
    }

    /// What holds on a day for one customer, or for every customer without terms of its own, as its people see it.
    pub async fn on(&self, day: NaiveDate, customer: Option<&Customer>) -> Result<TermsOn> {
        let sql = in_effect("(customer_id IS NULL OR customer_id = $2)");
        let customer = customer.map(|customer| customer.id.0);
        let rows: Vec<TermRow> = on_rows_of_everybody!(self.store, "terms", rows =>
            sqlx::query_as(sqlx::AssertSqlSafe(sql)).bind(day.to_string()).bind(customer).fetch_all(rows).await)?;
        Ok(TermsOn::new(day, rows.into_iter().map(published).collect()))
    }

    /// Keeps a paper for a version to name.
    pub async fn keep_paper(&self, name: &str, body: &[u8]) -> Result<std::result::Result<TermDocument, FieldProblem>> {
        self.store.keep_paper(name, body).await
    }

    /// What a paper would be called once it is kept; nothing is written. Its id is nil where it is not kept yet.
    pub async fn find_paper(&self, name: &str, body: &[u8]) -> Result<std::result::Result<TermDocument, FieldProblem>> {
        self.store.find_paper(name, body).await
    }

    /// A paper that something published or proposed names.
    pub async fn paper(&self, facts: &TermDocument) -> Result<Option<Paper>> {
        self.store.paper(facts).await
    }

    /// What waits for a second person, the newest first.
    pub async fn proposals(&self) -> Result<Vec<Proposal>> {
        let rows: Vec<(Uuid, At, Vec<u8>)> = on_engine!(self.store, pool => sqlx::query_as(
            "SELECT proposal_id, made_at, proposal FROM term_proposal ORDER BY made_at DESC, proposal_id"
        ).fetch_all(pool).await)?;
        rows.into_iter().map(|row| self.read(row)).collect()
    }

    /// One of them.
    pub async fn proposal(&self, id: Uuid) -> Result<Option<Proposal>> {
        let row: Option<(Uuid, At, Vec<u8>)> = on_engine!(self.store, pool => sqlx::query_as(
            "SELECT proposal_id, made_at, proposal FROM term_proposal WHERE proposal_id = $1"
        ).bind(id).fetch_optional(pool).await)?;
        row.map(|row| self.read(row)).transpose()
    }

    fn read(&self, (id, At(made_at), sealed): (Uuid, At, Vec<u8>)) -> Result<Proposal> {
        let proposal: Proposal = serde_json::from_slice(&self.store.keys.unseal(&context(id), &sealed)?)?;
        Ok(Proposal { id, made_at: Some(made_at), ..proposal })
    }

    /// What publishing would do: of each version its effect, what is wrong, and the notices with how many customers
    /// get each.
    pub async fn plan(
        &self,
        versions: &[TermVersion],
    ) -> Result<(Vec<Effect>, Vec<VersionProblem>, Vec<(PlannedNotice, usize)>)> {
        let published = self.published().await?;
        let publication = Publication::new(versions, &published, self.store.now());
        let effects = versions.iter().map(|version| publication.effect(version)).collect();
        let mut problems = publication.problems();
        let customers = self.store.operator().customers().await?;
        for (place, version) in versions.iter().enumerate() {
            if let Some(name) =
                version.customer.as_ref().filter(|name| !customers.iter().any(|known| known.name == **name))
            {
                let problem = FieldProblem::new("/customer", format!("names no customer that there is: `{name}`"));
                problems.push(VersionProblem { version: place, problem });
            }
        }
        for (place, version) in versions.iter().enumerate() {
            for facts in version.term.documents() {
                // One that is only looked at has no id yet.
                if !facts.id.0.is_nil() && !self.store.is_kept(facts).await? {
                    let problem =
                        FieldProblem::new("", format!("names the document `{}`, which is not kept", facts.name));
                    problems.push(VersionProblem { version: place, problem });
                }
            }
        }
        let notices = publication.notices().into_iter().map(|notice| {
            let concerned =
                customers.iter().filter(|customer| publication.concerns(notice.version, &customer.name)).count();
            (notice, concerned)
        });
        Ok((effects, problems, notices.collect()))
    }

    /// Proposes versions together. Those that are published already are left out.
    pub async fn propose(
        &self,
        title: &str,
        versions: Vec<TermVersion>,
    ) -> Result<std::result::Result<Uuid, NotProposed>> {
        let (effects, problems, _) = self.plan(&versions).await?;
        if !problems.is_empty() {
            return Ok(Err(NotProposed::Problems(problems)));
        }
        let versions = versions
            .into_iter()
            .zip(effects)
            .filter(|(_, effect)| *effect != Effect::Nothing)
            .map(|(version, _)| version)
            .collect::<Vec<_>>();
        let proposed = self.proposals().await?;
        let unkept = versions.iter().any(|version| version.term.documents().iter().any(|facts| facts.id.0.is_nil()));
        if unkept {
            let problem = FieldProblem::new("", "names a document that is not kept yet");
            return Ok(Err(NotProposed::Problems(vec![VersionProblem { version: 0, problem }])));
        }
        if versions.is_empty() || proposed.iter().any(|proposal| proposal.versions == versions) {
            return Ok(Err(NotProposed::Nothing));
        }
        let now = self.store.now();
        let id = new_id(now)?;
        let proposal = Proposal {
            id,
            made_at: None,
            made_by: self.person,
            made_by_name: self.actor.name.clone(),
            title: title.to_owned(),
            versions,
        };
        let sealed = self.store.keys.seal(&context(id), &serde_json::to_vec(&proposal)?)?;
        in_transaction!(self.store, transaction => {
            sqlx::query("INSERT INTO term_proposal (proposal_id, proposal, made_at) VALUES ($1, $2, $3)")
                .bind(id).bind(sealed).bind(At(now)).execute(&mut *transaction).await?;
            add_to_trail!(transaction, Owner::PROVIDER, &self.actor, now, TrailAct::TermsProposed, title);
        });
        Ok(Ok(id))
    }

    /// Throws a proposal away. False where there is none.
    pub async fn discard(&self, id: Uuid) -> Result<bool> {
        let Some(proposal) = self.proposal(id).await? else { return Ok(false) };
        let now = self.store.now();
        Ok(in_transaction!(self.store, transaction => {
            let gone = sqlx::query("DELETE FROM term_proposal WHERE proposal_id = $1")
                .bind(id).execute(&mut *transaction).await?.rows_affected();
            if gone == 1 {
                let act = TrailAct::TermsDiscarded;
                add_to_trail!(transaction, Owner::PROVIDER, &self.actor, now, act, proposal.title);
            }
            gone == 1
        }))
    }

    /// Publishes what somebody else proposed, with the notices that are due by it: all or nothing.
    pub async fn publish(&self, id: Uuid) -> Result<std::result::Result<Published, NotPublished>> {
        let Some(proposal) = self.proposal(id).await? else { return Ok(Err(NotPublished::NotFound)) };
        if self.person.is_none() || proposal.made_by == self.person {
            return Ok(Err(NotPublished::SamePerson));
        }
        if !self.fresh {
            return Ok(Err(NotPublished::NotFresh));
        }
        let revision = self.store.term_revision().await?;
        let (effects, problems, _) = self.plan(&proposal.versions).await?;
        if !problems.is_empty() {
            return Ok(Err(NotPublished::Problems(problems)));
        }
        let (published, now) = (self.published().await?, self.store.now());
        let publication = Publication::new(&proposal.versions, &published, now);
        let customers = self.store.operator().customers().await?;
        let planned = publication.notices();
        let mut notices = Vec::new();
        let mut rows = Vec::new();
        for (place, (version, effect)) in proposal.versions.iter().zip(effects).enumerate() {
            if effect == Effect::Nothing {
                continue;
            }
            let id = TermVersionId(new_id(now)?);
            let only = version.customer.as_ref().and_then(|name| customers.iter().find(|known| known.name == *name));
            rows.push((id, only.map(|customer| customer.id), version));
            for notice in planned.iter().filter(|notice| notice.version == place) {
                for customer in customers.iter().filter(|customer| publication.concerns(place, &customer.name)) {
                    notices.push(NewNotice::new(customer.id, notice.content.clone(), id.0, Vec::new(), now)?);
                }
            }
        }
        // Customers are locked in one order by everybody who gives them notice.
        notices.sort_by_key(|notice| notice.customer);
        let done = Published { versions: rows.len(), notices: notices.len() };
        let subject =
            format!("{}, written by {}, with {} notices", proposal.title, proposal.made_by_name, done.notices);
        Ok(in_transaction!(self.store, transaction => {
            let unseen = sqlx::query("UPDATE term_revision SET revision = revision + 1 WHERE revision = $1")
                .bind(revision).execute(&mut *transaction).await?.rows_affected();
            if unseen == 0 {
                return Ok(Err(NotPublished::Changed));
            }
            let taken = sqlx::query("DELETE FROM term_proposal WHERE proposal_id = $1")
                .bind(proposal.id).execute(&mut *transaction).await?.rows_affected();
            if taken == 0 {
                return Ok(Err(NotPublished::NotFound));
            }
            for (id, customer, version) in &rows {
                transaction.rows_of(customer.unwrap_or(CustomerId(Uuid::nil())).0).await?;
                sqlx::query(
                    "INSERT INTO term_version
                         (version_id, kind, key, customer_id, effective_from, version, published_at, proposed_by, approved_by)
                     VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)",
                )
                .bind(id.0).bind(version.kind().code()).bind(version.key.as_str()).bind(customer.map(|customer| customer.0))
                .bind(version.effective_from.to_string()).bind(Json(version)).bind(At(now))
                .bind(&proposal.made_by_name).bind(&self.actor.name)
                .execute(&mut *transaction).await?;
            }
            for notice in &notices {
                issue_notice!(self.store, transaction, notice, now);
            }
            add_to_trail!(transaction, Owner::PROVIDER, &self.actor, now, TrailAct::TermsPublished, subject);
            Ok(done)
        }))
    }
}

impl Store {
    /// Everything that is published, of every customer.
    pub(super) async fn published_terms(&self) -> Result<Vec<PublishedTerm>> {
        let sql =
            format!("SELECT {COLUMNS} FROM term_version ORDER BY kind, key, effective_from, published_at, version_id");
        let rows: Vec<TermRow> = on_rows_of_everybody!(self, "terms", rows =>
            sqlx::query_as(sqlx::AssertSqlSafe(sql)).fetch_all(rows).await)?;
        Ok(rows.into_iter().map(published).collect())
    }

    /// How often terms were published.
    pub(super) async fn term_revision(&self) -> Result<i64> {
        Ok(on_engine!(self, pool => sqlx::query_scalar("SELECT revision FROM term_revision").fetch_one(pool).await)?)
    }
}
