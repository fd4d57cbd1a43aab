//! From the register to an edition: one person drafts, another publishes.

use std::collections::HashSet;

use domain::{
    DemandId, PersonId, Timestamp, TrailAct,
    report::{BandCount, BandOption, Blocked, Counted, Drafting, Edition, Facts, Held, Tables},
    statistics::{Format, Half},
};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use uuid::Uuid;

use crate::{
    Result, Store,
    engine::{At, in_transaction, new_id, on_engine},
    trail::{Actor, Owner, add_to_trail},
};

/// The service that the provider's own series is called by.
const SERVICE: &str = "All services";

/// The right of the provider's legal and publishing people to the report: the legal team drafts it, and somebody else
/// of either publishes it.
#[derive(Clone)]
pub struct ReportDesk {
    store: Store,
    person: PersonId,
    actor: Actor,
    /// Whether it is somebody of the legal team: nobody else sees what a draft holds back.
    legal: bool,
    /// Whether sign-in was short enough ago to publish.
    fresh: bool,
}

/// What to draft.
#[derive(Clone, Debug)]
pub struct NewDraft<'a> {
    pub publisher: &'a str,
    pub half: Half,
    /// How national security process is reported, if it is.
    pub option: Option<BandOption>,
    /// Whether some of it was about a platform, product or service that had none before.
    pub new_platform: bool,
    /// What is new in a later edition, and what was wrong before.
    pub errata: &'a str,
}

/// A draft, as it is kept.
#[derive(Serialize, Deserialize)]
struct Kept {
    made_by: PersonId,
    made_by_name: String,
    edition: Edition,
    held: Vec<Held>,
    waiting: usize,
    counts: Vec<DemandId>,
    previous: Option<Uuid>,
}

/// A draft, as its reader may see it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ReportDraft {
    pub id: Uuid,
    pub made_at: Timestamp,
    pub made_by: PersonId,
    pub made_by_name: String,
    /// What would be published.
    pub edition: Edition,
    /// What is held back, and how many demands wait for a later edition: for the legal team.
    pub held: Option<(Vec<Held>, usize)>,
}

/// Why nothing was drafted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NotDrafted {
    #[error("Only the legal team drafts the report: it is made of demands.")]
    NotLegal,
    #[error(transparent)]
    Blocked(#[from] Blocked),
}

/// Why a draft was not published. Nothing was changed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NotPublishedReport {
    #[error("There is no such draft.")]
    NotFound,
    #[error("You drafted it: somebody else has to publish it.")]
    SamePerson,
    #[error("Publishing takes a fresh sign-in.")]
    NotFresh,
    /// Whatever changed: whoever isn't of the legal team learns no more of it.
    #[error("The draft is out of date: the legal team has to draft it anew.")]
    Changed,
}

fn draft_context(id: Uuid) -> String {
    format!("report_draft.draft/{id}")
}

fn counted_context(id: Uuid) -> String {
    format!("report_counted.counted/{id}")
}

/// A demand and how it counts.
type Demand = (DemandId, Counted);

impl ReportDesk {
    pub(crate) fn new(store: Store, person: PersonId, actor: Actor, legal: bool, fresh: bool) -> Self {
        Self { store, person, actor, legal, fresh }
    }

    /// Whether it is somebody of the legal team.
    pub fn may_draft(&self) -> bool {
        self.legal
    }

    /// Who it is.
    pub fn person(&self) -> PersonId {
        self.person
    }

    /// The time that the store goes by.
    pub fn now(&self) -> Timestamp {
        self.store.now()
    }

    /// Drafts the next edition of a half-year. A draft of the same half-year that waits is replaced.
    pub async fn draft(&self, new: NewDraft<'_>) -> Result<std::result::Result<Uuid, NotDrafted>> {
        if !self.legal {
            return Ok(Err(NotDrafted::NotLegal));
        }
        let now = self.store.now();
        let NewDraft { publisher, half, option, new_platform, errata } = new;
        let newest = self.store.newest_edition(half).await?;
        let demands = self.store.counted_demands().await?;
        let before = self.store.counted_before().await?;
        let uncounted = demands.iter().filter(|(id, _)| !before.contains(id)).copied().collect::<Vec<Demand>>();
        let drafting = Drafting {
            publisher,
            half,
            today: now.day(),
            previous: newest.as_ref().map(|(_, edition)| edition),
            uncounted: &uncounted.iter().map(|(_, counted)| *counted).collect::<Vec<_>>(),
            bands: &bands(&demands),
            option,
            new_platform,
            errata,
        };
        let drafted = match drafting.draft() {
            Ok(drafted) => drafted,
            Err(blocked) => return Ok(Err(blocked.into())),
        };
        let replaced = self.store.report_drafts().await?;
        let replaced = replaced.into_iter().filter(|(_, _, kept)| kept.edition.half == half).map(|(id, ..)| id);
        let (id, subject) = (new_id(now)?, drafted.edition.title());
        let kept = Kept {
            made_by: self.person,
            made_by_name: self.actor.name.clone(),
            edition: drafted.edition,
            held: drafted.held,
            waiting: drafted.waiting,
            counts: drafted.counts.iter().filter_map(|place| Some(uncounted.get(*place)?.0)).collect(),
            previous: newest.map(|(id, _)| id),
        };
        let sealed = self.store.keys.seal(&draft_context(id), &serde_json::to_vec(&kept)?)?;
        let replaced = replaced.collect::<Vec<_>>();
        in_transaction!(self.store, transaction => {
            for replaced in &replaced {
                sqlx::query("DELETE FROM report_draft WHERE draft_id = $1")
                    .bind(replaced).execute(&mut *transaction).await?;
            }
            sqlx::query("INSERT INTO report_draft (draft_id, draft, made_at) VALUES ($1, $2, $3)")
                .bind(id).bind(&sealed).bind(At(now)).execute(&mut *transaction).await?;
            add_to_trail!(transaction, Owner::PROVIDER, &self.actor, now, TrailAct::EditionDrafted, subject);
        });
        Ok(Ok(id))
    }

    fn shown(&self, (id, made_at, kept): (Uuid, Timestamp, Kept)) -> ReportDraft {
        let Kept { made_by, made_by_name, edition, held, waiting, .. } = kept;
        ReportDraft { id, made_at, made_by, made_by_name, edition, held: self.legal.then_some((held, waiting)) }
    }

    /// What waits for a second person, the newest first.
    pub async fn drafts(&self) -> Result<Vec<ReportDraft>> {
        Ok(self.store.report_drafts().await?.into_iter().map(|row| self.shown(row)).collect())
    }

    /// One draft.
    pub async fn draft_of(&self, id: Uuid) -> Result<Option<ReportDraft>> {
        let drafts = self.store.report_drafts().await?;
        Ok(drafts.into_iter().find(|row| row.0 == id).map(|row| self.shown(row)))
    }

    /// Throws a draft away. False where there is none.
    pub async fn discard(&self, id: Uuid) -> Result<bool> {
        let Some(draft) = self.draft_of(id).await? else { return Ok(false) };
        let now = self.store.now();
        Ok(in_transaction!(self.store, transaction => {
            let gone = sqlx::query("DELETE FROM report_draft WHERE draft_id = $1")
                .bind(id).execute(&mut *transaction).await?.rows_affected();
            if gone == 1 {
                let subject = draft.edition.title();
                add_to_trail!(transaction, Owner::PROVIDER, &self.actor, now, TrailAct::EditionDiscarded, subject);
            }
            gone == 1
        }))
    }

    /// Publishes what somebody else drafted, as long as every demand in it may still be counted.
    pub async fn publish(&self, id: Uuid) -> Result<std::result::Result<Edition, NotPublishedReport>> {
        let Some((_, _, kept)) = self.store.report_drafts().await?.into_iter().find(|row| row.0 == id) else {
            return Ok(Err(NotPublishedReport::NotFound));
        };
        if kept.made_by == self.person {
            return Ok(Err(NotPublishedReport::SamePerson));
        }
        if !self.fresh {
            return Ok(Err(NotPublishedReport::NotFresh));
        }
        let now = self.store.now();
        let newest = self.store.newest_edition(kept.edition.half).await?.map(|(id, _)| id);
        if newest != kept.previous || !self.store.still_counts(&kept).await? {
            return Ok(Err(NotPublishedReport::Changed));
        }
        let edition = kept.edition.dated(now.day());
        let (json, rows, number) = (serde_json::to_string(&edition)?, edition.statistics(), i64::from(edition.number));
        let hash = Sha256::digest(json.as_bytes());
        let errata =
            edition.errata.last().filter(|erratum| erratum.edition == edition.number).map(|of| of.text.clone());
        let edition_id = new_id(now)?;
        let counted = self.store.keys.seal(&counted_context(edition_id), &serde_json::to_vec(&kept.counts)?)?;
        let subject = format!("{}, drafted by {}", edition.title(), kept.made_by_name);
        let source = format!("Its own report, edition {}", edition.number);
        let file_name = format!("{}-edition-{}.json", edition.half, edition.number);
        in_transaction!(self.store, transaction => {
            let taken = sqlx::query("DELETE FROM report_draft WHERE draft_id = $1")
                .bind(id).execute(&mut *transaction).await?.rows_affected();
            if taken == 0 {
                return Ok(Err(NotPublishedReport::NotFound));
            }
            let made = sqlx::query(
                "INSERT INTO report_edition (edition_id, half, number, edition, sha256, published_at, drafted_by,
                     approved_by, errata, previous_id)
                 VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10) ON CONFLICT (half, number) DO NOTHING",
            )
            .bind(edition_id).bind(edition.half.to_string()).bind(number).bind(&json).bind(hash.as_slice()).bind(At(now))
            .bind(&kept.made_by_name).bind(&self.actor.name).bind(&errata).bind(kept.previous)
            .execute(&mut *transaction).await?.rows_affected();
            if made == 0 {
                return Ok(Err(NotPublishedReport::Changed));
            }
            sqlx::query("INSERT INTO report_counted (edition_id, counted) VALUES ($1, $2)")
                .bind(edition_id).bind(&counted).execute(&mut *transaction).await?;
            // The series that readers see beside other publishers', as if its file had been brought in.
            let import_id: i64 = sqlx::query_scalar(
                "INSERT INTO statistics_import (sha256, format, file_name, imported_at) VALUES ($1, $2, $3, $4)
                 RETURNING import_id",
            )
            .bind(hash.as_slice()).bind(Format::Vitrine.code()).bind(&file_name).bind(At(now))
            .fetch_one(&mut *transaction).await?;
            let source_id: i64 = sqlx::query_scalar(
                "INSERT INTO statistics_source (import_id, publisher, service, title, retrieved, sha256)
                 VALUES ($1, $2, $3, $4, $5, $6) RETURNING source_id",
            )
            .bind(import_id).bind(&edition.publisher).bind(SERVICE).bind(&source).bind(now.day().to_string())
            .bind(hash.as_slice())
            .fetch_one(&mut *transaction).await?;
            for row in &rows {
                let bounds = row.figure.bounds().map(|(low, high)| (low.cast_signed(), high.cast_signed()));
                sqlx::query(
                    "INSERT INTO statistics_figure (source_id, period, source_row, metric, jurisdiction, country,
                         class_published, class, status, low, high)
                     VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)",
                )
                .bind(source_id).bind(row.period.to_string()).bind(i64::from(row.row)).bind(row.metric.code())
                .bind(&row.jurisdiction).bind(row.country.map(|country| country.to_string()))
                .bind(&row.class_published).bind(row.class.code()).bind(row.figure.status())
                .bind(bounds.map(|(low, _)| low)).bind(bounds.map(|(_, high)| high))
                .execute(&mut *transaction).await?;
            }
            sqlx::query(
                "INSERT INTO statistics_shown (publisher, service, period, source_id) VALUES ($1, $2, $3, $4)
                 ON CONFLICT (publisher, service, period) DO UPDATE SET source_id = excluded.source_id",
            )
            .bind(&edition.publisher).bind(SERVICE).bind(edition.half.to_string()).bind(source_id)
            .execute(&mut *transaction).await?;
            add_to_trail!(transaction, Owner::PROVIDER, &self.actor, now, TrailAct::EditionPublished, subject);
        });
        Ok(Ok(edition))
    }
}

fn bands(demands: &[Demand]) -> Vec<BandCount> {
    let band = |(_, counted): &Demand| match counted {
        Counted::InBands { kind, received, accounts } => Some((*kind, *received, *accounts)),
        _ => None,
    };
    demands.iter().filter_map(band).collect()
}

impl Store {
    /// Every demand of the register, and how it counts now.
    async fn counted_demands(&self) -> Result<Vec<Demand>> {
        let now = self.now();
        let demands = self.all_demands().await?;
        Ok(demands.iter().map(|file| (file.id, Counted::of(file.stage.case(), now))).collect())
    }

    /// Whether a draft's own demands still make its tables: that none was sealed since, above all.
    async fn still_counts(&self, kept: &Kept) -> Result<bool> {
        let part = kept.edition.parts.iter().find(|part| part.edition == kept.edition.number);
        let Some(part) = part else { return Ok(kept.counts.is_empty()) };
        let demands = self.counted_demands().await?;
        let of_draft = demands.iter().filter(|(id, _)| kept.counts.contains(id));
        let facts = of_draft.filter_map(|(_, counted)| match counted {
            Counted::InTables(facts) => Some(*facts),
            _ => None,
        });
        let facts = facts.collect::<Vec<Facts>>();
        let before = self.counted_before().await?;
        let counted_once = !kept.counts.iter().any(|id| before.contains(id));
        Ok(counted_once && facts.len() == kept.counts.len() && Tables::of(&facts).tables == part.tables)
    }

    async fn report_drafts(&self) -> Result<Vec<(Uuid, Timestamp, Kept)>> {
        let rows: Vec<(Uuid, Vec<u8>, At)> = on_engine!(self, pool => sqlx::query_as(
            "SELECT draft_id, draft, made_at FROM report_draft ORDER BY made_at DESC, draft_id"
        ).fetch_all(pool).await)?;
        let read = |(id, sealed, At(made_at)): (Uuid, Vec<u8>, At)| {
            Ok((id, made_at, serde_json::from_slice(&self.keys.unseal(&draft_context(id), &sealed)?)?))
        };
        rows.into_iter().map(read).collect()
    }

    async fn newest_edition(&self, half: Half) -> Result<Option<(Uuid, Edition)>> {
        let row: Option<(Uuid, String)> = on_engine!(self, pool => sqlx::query_as(
            "SELECT edition_id, edition FROM report_edition WHERE half = $1 ORDER BY number DESC LIMIT 1"
        ).bind(half.to_string()).fetch_optional(pool).await)?;
        row.map(|(id, json)| Ok((id, serde_json::from_str(&json)?))).transpose()
    }

    /// The demands that some edition counts.
    async fn counted_before(&self) -> Result<HashSet<DemandId>> {
        let rows: Vec<(Uuid, Vec<u8>)> = on_engine!(self, pool => sqlx::query_as(
            "SELECT edition_id, counted FROM report_counted"
        ).fetch_all(pool).await)?;
        let mut counted = HashSet::new();
        for (id, sealed) in rows {
            let ids: Vec<DemandId> = serde_json::from_slice(&self.keys.unseal(&counted_context(id), &sealed)?)?;
            counted.extend(ids);
        }
        Ok(counted)
    }
}
