//! Lawful demands: the legal team's register, sealed in the database, and what it releases to customers.
//!
//! **Invariant:** only a [`LegalDesk`] reads or writes a demand, and only the legal role is handed one. What a
//! customer learns, it learns from a notice, which is written in the transaction in which the demand is no longer
//! sealed. Nothing about a demand goes to the provider's trail: its own register says who did what.

mod documents;
mod release;

use std::collections::BTreeMap;

use domain::{
    CustomerId, DemandId, FieldProblem, Timestamp, TokenId,
    demand::{
        Act, CheckItem, Demand, DemandAct, DemandDraft, Identifier, Intake, LegalReviewer, Manifest, ManifestDraft,
        Refusal, Stage,
    },
};
use uuid::Uuid;

pub(crate) use documents::check_file;
pub use documents::{Document, DocumentFacts, DocumentKind, LARGEST_DOCUMENT, NewDocument};

use crate::{
    Customer, Result, Store, StoreError,
    engine::{in_transaction, on_engine, random_bytes},
};

/// What the hashes of a submission are for; see [`Keyring::hash`](crate::Keyring::hash).
const SUBMISSION: &str = "demand_submission.submission_hash";
const SUBMITTED: &str = "demand_submission.content_hash";
/// Customers that are suggested where a name is none's.
const MOST_SUGGESTED: i64 = 10;
/// Demands in a list.
const PAGE: i64 = 50;

/// The right to everything about demands: the legal team's.
#[derive(Clone)]
pub struct LegalDesk {
    store: Store,
    reviewer: LegalReviewer,
    /// Whether sign-in was short enough ago to let data or news out.
    fresh: bool,
}

/// A demand, as it stands.
#[derive(Clone, Debug)]
pub struct DemandFile {
    pub id: DemandId,
    /// Which state of it this is: an act names the one that it was decided on.
    pub revision: i64,
    pub stage: Stage,
}

/// A demand whose register can't be read: its key is gone, or another version of the program wrote it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UnreadableDemand {
    pub id: DemandId,
    /// The authority and its reference, where that much can be read.
    pub name: Option<String>,
    /// Why the rest can't.
    pub reason: String,
}

/// A page of demands, the newest first.
#[derive(Clone, Debug, Default)]
pub struct DemandPage {
    pub demands: Vec<Result<DemandFile, UnreadableDemand>>,
    /// The page with older ones is the one before this place, if there is one.
    pub older: Option<i64>,
}

/// Why an act was not done. Nothing was changed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ActRefused {
    /// There is no such demand.
    NotFound,
    /// Somebody changed it since it was read.
    Changed,
    /// It lets data or news out, which takes a fresh sign-in.
    NotFresh,
    /// Customers are told with a copy of the demand, and one of those that it concerns has none.
    NoCopy,
    /// The law, or the order of the review, stands against it.
    Rule(Refusal),
    /// What was sent can't be read, or goes too far.
    Fields(Vec<FieldProblem>),
}

impl From<Refusal> for ActRefused {
    fn from(refusal: Refusal) -> Self {
        match refusal {
            Refusal::Manifest(problems) => Self::Fields(problems),
            refusal => Self::Rule(refusal),
        }
    }
}

/// The right of a system of the legal team's to register demands, and to see none.
pub struct DemandIntake {
    desk: LegalDesk,
    /// Which system it is, whatever token it has now.
    sender: TokenId,
}

/// What came of a demand that a system sent.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Submitted {
    /// It is registered.
    New(DemandId),
    /// It was before, by the same sender under the same id.
    Again(DemandId),
    /// The same sender sent something else under this id.
    Conflict,
}

/// A demand that a system sent, as the database recognises it.
struct Submission {
    hash: [u8; 32],
    content: [u8; 32],
}

/// The right of the provider's systems to read demands that no order seals.
pub struct DemandReader {
    store: Store,
}

/// Whether an act lets something out: data to an authority, or, now or on a day that it sets, word of the demand to its
/// customers. Others that make a notice due are told by the notice.
fn lets_out(act: &Act) -> bool {
    matches!(act, Act::SignedOff { .. } | Act::Disclosed | Act::OrderEnded { .. } | Act::OrderExtended { .. })
}

/// An error with what caused it.
fn whole(error: &StoreError) -> String {
    let first: &dyn std::error::Error = error;
    let causes = std::iter::successors(Some(first), |error| error.source());
    causes.map(ToString::to_string).collect::<Vec<_>>().join(": ")
}

fn context(id: Uuid) -> String {
    format!("demand.register/{id}")
}

/// A demand's columns: place, id, revision, register.
type Row = (i64, Uuid, i64, Vec<u8>);

impl Store {
    fn demand_of(&self, (_, id, revision, sealed): Row) -> Result<DemandFile> {
        let acts = serde_json::from_slice::<Vec<_>>(&self.keys.unseal(&context(id), &sealed)?)?;
        let stage = Stage::replay(&acts)?;
        Ok(DemandFile { id: DemandId(id), revision, stage })
    }

    /// A demand for a list, in which one that can't be read hides no other.
    fn listed(&self, row: Row) -> Result<DemandFile, UnreadableDemand> {
        let (id, name) = (row.1, self.name_of(&row));
        self.demand_of(row).map_err(|error| UnreadableDemand { id: DemandId(id), name, reason: whole(&error) })
    }

    /// What can be read of a register's first line, whatever stands in the others.
    fn name_of(&self, (_, id, _, sealed): &Row) -> Option<String> {
        let register = self.keys.unseal(&context(*id), sealed).ok()?;
        let lines = serde_json::from_slice::<Vec<serde_json::Value>>(&register).ok()?;
        let first = serde_json::from_value::<DemandAct>(lines.into_iter().next()?).ok()?;
        match first.act {
            Act::Registered { intake } => Some(intake.name()),
            _ => None,
        }
    }

    async fn demand(&self, id: DemandId) -> Result<Option<DemandFile>> {
        self.demand_row(id).await?.map(|row| self.demand_of(row)).transpose()
    }

    async fn demand_row(&self, id: DemandId) -> Result<Option<Row>> {
        Ok(on_engine!(self, pool => sqlx::query_as(
            "SELECT place, demand_id, revision, register FROM demand WHERE demand_id = $1"
        ).bind(id.0).fetch_optional(pool).await)?)
    }

    /// One more than a page of demands before a place, the newest first.
    async fn demand_rows(&self, before: i64) -> Result<Vec<Row>> {
        Ok(on_engine!(self, pool => sqlx::query_as(
            "SELECT place, demand_id, revision, register FROM demand WHERE place < $1 ORDER BY place DESC LIMIT $2"
        ).bind(before).bind(PAGE + 1).fetch_all(pool).await)?)
    }

    /// Every demand there is, for the report that counts them.
    pub(crate) async fn all_demands(&self) -> Result<Vec<DemandFile>> {
        let rows: Vec<Row> = on_engine!(self, pool => sqlx::query_as(
            "SELECT place, demand_id, revision, register FROM demand ORDER BY place"
        ).fetch_all(pool).await)?;
        rows.into_iter().map(|row| self.demand_of(row)).collect()
    }

    async fn pending_demands(&self) -> Result<Vec<Row>> {
        Ok(on_engine!(self, pool => sqlx::query_as(
            "SELECT place, demand_id, revision, register FROM demand WHERE pending ORDER BY place DESC"
        ).fetch_all(pool).await)?)
    }

    /// What is wrong with the customers that identifiers are said to lead to, if anything is.
    async fn unknown_customers(&self, identifiers: &[Identifier]) -> Result<Vec<FieldProblem>> {
        let mut problems = Vec::new();
        for (place, identifier) in identifiers.iter().enumerate() {
            for customer in &identifier.customers {
                let known: bool = on_engine!(self, pool => sqlx::query_scalar(
                    "SELECT EXISTS (SELECT 1 FROM customer WHERE customer_id = $1)"
                ).bind(customer.0).fetch_one(pool).await)?;
                if !known {
                    problems
                        .push(FieldProblem::new(format!("/identifiers/{place}/customers"), "names no customer here"));
                }
            }
        }
        Ok(problems)
    }

    /// What people call these customers.
    async fn customer_names(&self, customers: &[CustomerId]) -> Result<BTreeMap<CustomerId, String>> {
        let mut names = BTreeMap::new();
        for customer in customers {
            let name: Option<String> = on_engine!(self, pool => sqlx::query_scalar(
                "SELECT display_name FROM customer WHERE customer_id = $1"
            ).bind(customer.0).fetch_optional(pool).await)?;
            names.extend(name.map(|name| (*customer, name)));
        }
        Ok(names)
    }

    /// Customers that are called this or have it in their names, the ones called exactly this first.
    async fn customers_called(&self, text: &str) -> Result<Vec<Customer>> {
        // Databases may not lower what isn't ASCII, so the text is looked for as it is besides.
        let part = |text: &str| format!("%{}%", text.replace('\\', "\\\\").replace('%', "\\%").replace('_', "\\_"));
        let rows: Vec<(Uuid, String, String)> = on_engine!(self, pool => sqlx::query_as(
            "SELECT customer_id, name, display_name FROM customer
             WHERE name LIKE $2 ESCAPE '\\' OR lower(display_name) LIKE $2 ESCAPE '\\' OR display_name LIKE $3 ESCAPE '\\'
             ORDER BY CASE WHEN name = $1 OR lower(display_name) = $1 OR display_name = $4 THEN 0 ELSE 1 END, display_name, name
             LIMIT $5"
        )
        .bind(text.to_lowercase()).bind(part(&text.to_lowercase())).bind(part(text)).bind(text).bind(MOST_SUGGESTED)
        .fetch_all(pool).await)?;
        let customer = |(id, name, display_name)| Customer { id: CustomerId(id), name, display_name };
        Ok(rows.into_iter().map(customer).collect())
    }

    /// A register, sealed, and what its row says beside it.
    fn sealed_register(&self, id: Uuid, stage: &Stage) -> Result<(Vec<u8>, bool)> {
        let (case, now) = (stage.case(), self.now());
        let sealed = self.keys.seal(&context(id), &serde_json::to_vec(case.acts())?)?;
        let pending = case.is_open() || !case.deadlines(now).is_empty();
        Ok((sealed, pending))
    }
}

impl LegalDesk {
    pub(crate) fn new(store: Store, reviewer: LegalReviewer, fresh: bool) -> Self {
        Self { store, reviewer, fresh }
    }

    /// Registers a demand. An order not to tell that comes with it binds from this moment.
    pub async fn register(&self, intake: Intake) -> Result<Result<DemandId, ActRefused>> {
        // Only what was sent before is registered by nobody now.
        Ok(self.insert(intake, None).await?.and_then(|id| id.ok_or(ActRefused::Changed)))
    }

    /// Registers a demand; `None` where it was sent before.
    async fn insert(
        &self,
        intake: Intake,
        submission: Option<Submission>,
    ) -> Result<Result<Option<DemandId>, ActRefused>> {
        let problems = self.store.unknown_customers(&intake.identifiers).await?;
        if !problems.is_empty() {
            return Ok(Err(ActRefused::Fields(problems)));
        }
        let now = self.store.now();
        let stage = match Demand::open(intake, &self.reviewer, now) {
            Ok((_, demand)) => Stage::UnderReview(demand),
            Err(refusal) => return Ok(Err(refusal.into())),
        };
        let id = uuid::Builder::from_random_bytes(random_bytes()?).into_uuid();
        let (register, pending) = self.store.sealed_register(id, &stage)?;
        in_transaction!(self.store, transaction => {
            sqlx::query(
                "INSERT INTO demand (demand_id, revision, register, pending) VALUES ($1, 0, $2, $3)",
            )
            .bind(id).bind(register).bind(pending)
            .execute(&mut *transaction).await?;
            if let Some(Submission { hash, content }) = submission {
                let first = sqlx::query(
                    "INSERT INTO demand_submission (submission_hash, content_hash, demand_id) VALUES ($1, $2, $3)
                     ON CONFLICT DO NOTHING",
                )
                .bind(hash.as_slice()).bind(content.as_slice()).bind(id)
                .execute(&mut *transaction).await?.rows_affected();
                if first == 0 {
                    return Ok(Ok(None));
                }
            }
        });
        Ok(Ok(Some(DemandId(id))))
    }

    /// A demand, if there is one of this id.
    pub async fn demand(&self, id: DemandId) -> Result<Option<DemandFile>> {
        self.store.demand(id).await
    }

    /// Every demand about which anything is due.
    pub async fn pending(&self) -> Result<Vec<Result<DemandFile, UnreadableDemand>>> {
        Ok(self.store.pending_demands().await?.into_iter().map(|row| self.store.listed(row)).collect())
    }

    /// All demands, the newest first, or those before a place.
    pub async fn page(&self, before: Option<i64>) -> Result<DemandPage> {
        let mut rows = self.store.demand_rows(before.unwrap_or(i64::MAX)).await?;
        let more = rows.len() as i64 > PAGE;
        rows.truncate(PAGE as usize);
        let older = rows.last().map(|row| row.0).filter(|_| more);
        let demands = rows.into_iter().map(|row| self.store.listed(row)).collect();
        Ok(DemandPage { demands, older })
    }

    /// Does an act to a demand as it stood at `revision`, and tells the customers whom it lets know.
    pub async fn act(&self, id: DemandId, revision: i64, act: Act) -> Result<Result<(), ActRefused>> {
        if lets_out(&act) && !self.fresh {
            return Ok(Err(ActRefused::NotFresh));
        }
        let file = match self.store.demand(id).await? {
            None => return Ok(Err(ActRefused::NotFound)),
            Some(file) if file.revision != revision => return Ok(Err(ActRefused::Changed)),
            Some(file) => file,
        };
        if let Act::Resolved { identifier } = &act {
            let problems = self.store.unknown_customers(std::slice::from_ref(identifier)).await?;
            if !problems.is_empty() {
                return Ok(Err(ActRefused::Fields(problems)));
            }
        }
        let (_, stage) = match file.stage.act(act, &self.reviewer, self.store.now()) {
            Ok(done) => done,
            Err(refusal) => return Ok(Err(refusal.into())),
        };
        let (documents, case) = (self.store.documents_of(id).await?, stage.case());
        // Once it is known to be authentic its customers are told, now or when no order bars it: each with a copy.
        let authentic = case.checklist().is_met(CheckItem::Authentic) && !case.process().is_voluntary();
        let concerned = case.customers();
        let has_copy = |customer: &CustomerId| {
            let mut demands = documents.iter().filter(|document| document.kind == DocumentKind::Demand);
            demands.any(|document| document.is_for(*customer, concerned.len()))
        };
        let any = || documents.iter().any(|document| document.kind == DocumentKind::Demand);
        if authentic && !(any() && concerned.iter().all(has_copy)) {
            return Ok(Err(ActRefused::NoCopy));
        }
        if !self.fresh && !case.notice_due(self.store.now()).is_empty() {
            return Ok(Err(ActRefused::NotFresh));
        }
        let kept = self.store.keep(DemandFile { id, revision, stage }, &documents).await?;
        Ok(if kept { Ok(()) } else { Err(ActRefused::Changed) })
    }

    /// Proposes to disclose what a form says, as far as the demand, its process and its identifiers allow.
    pub async fn propose(&self, id: DemandId, revision: i64, draft: &ManifestDraft) -> Result<Result<(), ActRefused>> {
        let Some(file) = self.store.demand(id).await? else { return Ok(Err(ActRefused::NotFound)) };
        let manifest: Manifest = match draft.check(file.stage.case()) {
            Ok(manifest) => manifest,
            Err(problems) => return Ok(Err(ActRefused::Fields(problems))),
        };
        self.act(id, revision, Act::Proposed { manifest }).await
    }

    /// What people call these customers.
    pub async fn customer_names(&self, customers: &[CustomerId]) -> Result<BTreeMap<CustomerId, String>> {
        self.store.customer_names(customers).await
    }

    /// The customer that somebody means by a name, the one that people or the one that systems use; or those that they
    /// may mean, a few of them.
    pub async fn customer_called(&self, text: &str) -> Result<Result<CustomerId, Vec<Customer>>> {
        let text = text.trim();
        let near = self.store.customers_called(text).await?;
        // Only the name that systems use is no other customer's.
        if let Some(one) = near.iter().find(|customer| customer.name == text) {
            return Ok(Ok(one.id));
        }
        let is_called = |customer: &&Customer| customer.display_name.to_lowercase() == text.to_lowercase();
        let mut called = near.iter().filter(is_called).map(|customer| customer.id);
        Ok(match (called.next(), called.next()) {
            (Some(one), None) => Ok(one),
            _ => Err(near),
        })
    }

    /// The time that the store goes by.
    pub fn now(&self) -> Timestamp {
        self.store.now()
    }

    /// Who acts.
    pub fn reviewer(&self) -> &LegalReviewer {
        &self.reviewer
    }
}

impl DemandIntake {
    pub(crate) fn new(store: Store, reviewer: LegalReviewer, sender: TokenId) -> Self {
        Self { desk: LegalDesk::new(store, reviewer, false), sender }
    }

    /// Registers a demand that a system sends, once: what it sent under the same id before is not looked at again, also
    /// where today it would be refused. What others sent has nothing to do with it.
    pub async fn submit(&self, draft: &DemandDraft) -> Result<Result<Submitted, ActRefused>> {
        if let Some(known) = self.submitted(draft).await? {
            return Ok(Ok(known));
        }
        let intake = match draft.check_sent(self.desk.now()) {
            Ok(intake) => intake,
            Err(problems) => return Ok(Err(ActRefused::Fields(problems))),
        };
        let keys = &self.desk.store.keys;
        let submission = Submission {
            hash: keys.hash(SUBMISSION, &self.sent_as(draft)),
            content: keys.hash(SUBMITTED, &serde_json::to_string(draft)?),
        };
        match self.desk.insert(intake, Some(submission)).await? {
            Ok(Some(id)) => Ok(Ok(Submitted::New(id))),
            // Another request with the same id came first.
            Ok(None) => self.submitted(draft).await?.map(Ok).ok_or(StoreError::Meanwhile),
            Err(refused) => Ok(Err(refused)),
        }
    }

    /// What came of it, where this sender sent something under this id before.
    async fn submitted(&self, draft: &DemandDraft) -> Result<Option<Submitted>> {
        let store = &self.desk.store;
        // Another server may have taken it under a newer key.
        store.keys.refresh()?;
        let content = serde_json::to_string(draft)?;
        for hash in store.keys.hashes(SUBMISSION, &self.sent_as(draft)) {
            let row: Option<(Vec<u8>, Uuid)> = on_engine!(store, pool => sqlx::query_as(
                "SELECT content_hash, demand_id FROM demand_submission WHERE submission_hash = $1"
            ).bind(hash.as_slice()).fetch_optional(pool).await)?;
            let Some((before, id)) = row else { continue };
            let same = store.keys.hashes(SUBMITTED, &content).iter().any(|hash| hash.as_slice() == before);
            return Ok(Some(if same { Submitted::Again(DemandId(id)) } else { Submitted::Conflict }));
        }
        Ok(None)
    }

    /// A sender's own id, told from all others'.
    fn sent_as(&self, draft: &DemandDraft) -> String {
        format!("{}/{}", self.sender, draft.id.trim())
    }
}

impl DemandReader {
    pub(crate) fn new(store: Store) -> Self {
        Self { store }
    }

    /// A demand that no order seals now. Of one that can't be read nobody knows that, so it is as a sealed one.
    fn open(&self, row: Row, now: Timestamp) -> Option<DemandFile> {
        match self.store.demand_of(row) {
            Ok(file) => (!file.stage.case().is_sealed(now)).then_some(file),
            Err(error) => {
                release::tell(&error);
                None
            }
        }
    }

    /// Demands that no order seals now, the newest first, or those before one of them; and whether more follow. `None`
    /// where there is none to begin before. A page is as full as if the sealed ones had never been.
    pub async fn page(&self, before: Option<DemandId>) -> Result<Option<(Vec<DemandFile>, bool)>> {
        let now = self.store.now();
        let mut before = match before {
            None => i64::MAX,
            Some(id) => {
                let Some(row) = self.store.demand_row(id).await? else { return Ok(None) };
                let place = row.0;
                if self.open(row, now).is_none() {
                    return Ok(None);
                }
                place
            }
        };
        let mut open = Vec::new();
        loop {
            let rows = self.store.demand_rows(before).await?;
            let last = rows.last().map(|row| row.0);
            open.extend(rows.into_iter().filter_map(|row| self.open(row, now)));
            match last {
                Some(place) if open.len() as i64 <= PAGE => before = place,
                _ => break,
            }
        }
        let more = open.len() as i64 > PAGE;
        open.truncate(PAGE as usize);
        Ok(Some((open, more)))
    }
}
