//! The trail: who did what in the portal, written in the transaction of what it tells and never changed.

use domain::{CustomerId, PersonId, Timestamp, TrailAct, TrailEntry};
use futures::Stream;
use uuid::Uuid;

use crate::{
    Result, Store, StoreError,
    engine::{At, on_rows_of},
};

/// Entries on one page.
const PAGE: i64 = 50;
/// Entries in one piece of a download: fewer would mean a query for every few lines.
const PIECE: i64 = 1_000;

/// Whose trail, people, tokens and invitations are meant: a customer's, or the provider's.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Owner(Option<CustomerId>);

impl Owner {
    pub const PROVIDER: Self = Self(None);

    pub fn customer(customer: CustomerId) -> Self {
        Self(Some(customer))
    }

    /// The owner as the trail's tables name it: the provider is the nil UUID.
    pub fn of_trail(self) -> Uuid {
        self.customer_id().unwrap_or_default()
    }

    /// The owner as the other tables name it: the provider is NULL.
    pub fn customer_id(self) -> Option<Uuid> {
        self.0.map(|customer| customer.0)
    }
}

/// Who acts, from where.
#[derive(Clone, Debug)]
pub(crate) struct Actor {
    pub id: Option<PersonId>,
    pub name: String,
    pub device: String,
    pub address: String,
}

impl Actor {
    /// Whoever has the server's command line.
    pub fn operator() -> Self {
        Self { id: None, name: "The operator".to_owned(), device: "Command line".to_owned(), address: String::new() }
    }
}

/// Adds an entry to a trail in the transaction of what it tells.
macro_rules! add_to_trail {
    ($transaction:ident, $owner:expr, $actor:expr, $now:expr, $act:expr, $subject:expr) => {{
        let actor: &$crate::trail::Actor = $actor;
        let owner: uuid::Uuid = $owner.of_trail();
        $crate::engine::RowsOf::rows_of(&mut *$transaction, owner).await?;
        let sequence: i64 = sqlx::query_scalar(
            "INSERT INTO trail (owner_id, size) VALUES ($1, 1)
             ON CONFLICT (owner_id) DO UPDATE SET size = trail.size + 1 RETURNING size - 1",
        )
        .bind(owner)
        .fetch_one(&mut *$transaction)
        .await?;
        sqlx::query(
            "INSERT INTO trail_entry
                 (owner_id, sequence, happened_at, act, actor_id, actor, subject, device, address)
             VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)",
        )
        .bind(owner)
        .bind(sequence)
        .bind($crate::engine::At($now))
        .bind(domain::TrailAct::code($act))
        .bind(actor.id.map(|person| person.0))
        .bind(&actor.name)
        .bind(&*$subject)
        .bind(&actor.device)
        .bind(&actor.address)
        .execute(&mut *$transaction)
        .await?;
    }};
}
pub(crate) use add_to_trail;

/// One page of a trail, newest first.
#[derive(Clone, Debug, Default)]
pub struct TrailPage {
    pub entries: Vec<TrailEntry>,
    /// The page with older entries is the one before this place, if there is one.
    pub older: Option<i64>,
}

type EntryRow = (i64, At, String, Option<Uuid>, String, String, String, String);

fn entry(row: EntryRow) -> Result<TrailEntry> {
    let (sequence, At(happened_at), act, actor_id, actor, subject, device, address) = row;
    let act = TrailAct::from_code(&act).ok_or(StoreError::Inconsistent {
        table: "trail_entry",
        column: "act",
        value: act,
    })?;
    Ok(TrailEntry { sequence, happened_at, act, actor_id: actor_id.map(PersonId), actor, subject, device, address })
}

/// The right to read one owner's trail.
#[derive(Clone)]
pub struct Trail {
    store: Store,
    owner: Owner,
}

impl Trail {
    pub(crate) fn new(store: Store, owner: Owner) -> Self {
        Self { store, owner }
    }

    /// The newest entries, or those before a place.
    pub async fn page(&self, before: Option<i64>) -> Result<TrailPage> {
        self.read(before, PAGE).await
    }

    /// Every entry, newest first, piece by piece, in memory that doesn't grow with their number.
    pub fn export(&self) -> impl Stream<Item = Result<Vec<TrailEntry>>> + Send + use<> {
        futures::stream::try_unfold((self.clone(), Some(None)), |(this, next)| async move {
            let Some(before) = next else { return Ok(None) };
            let TrailPage { entries, older } = this.read(before, PIECE).await?;
            Ok(Some((entries, (this, older.map(Some)))))
        })
    }

    async fn read(&self, before: Option<i64>, most: i64) -> Result<TrailPage> {
        let rows: Vec<EntryRow> = on_rows_of!(self.store, self.owner.of_trail(), rows => sqlx::query_as(
            "SELECT sequence, happened_at, act, actor_id, actor, subject, device, address FROM trail_entry
             WHERE owner_id = $1 AND sequence < $2 ORDER BY sequence DESC LIMIT $3"
        )
        .bind(self.owner.of_trail())
        .bind(before.unwrap_or(i64::MAX))
        .bind(most + 1)
        .fetch_all(rows)
        .await)?;
        let more = rows.len() as i64 > most;
        let entries = rows.into_iter().take(most as usize).map(entry).collect::<Result<Vec<_>>>()?;
        let older = entries.last().map(|entry| entry.sequence).filter(|_| more);
        Ok(TrailPage { entries, older })
    }

    /// Tells in the trail that somebody took something away.
    pub(crate) async fn add(&self, actor: &Actor, now: Timestamp, act: TrailAct, subject: &str) -> Result<()> {
        crate::engine::in_transaction!(self.store, transaction => {
            add_to_trail!(transaction, self.owner, actor, now, act, subject);
        });
        Ok(())
    }
}
