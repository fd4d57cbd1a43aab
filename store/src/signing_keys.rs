//! The keys by which others tell, without asking us, that a token is ours: Ed25519, kept sealed, published.

use chrono::TimeDelta;
use domain::{Timestamp, TrailAct};
use ed25519_dalek::{Signature, Signer as _, SigningKey as Ed25519, VerifyingKey};
use uuid::Uuid;

use crate::{
    Operator, Result, Store, StoreError,
    engine::{At, in_transaction, new_id, on_engine, random_bytes},
    trail::{Actor, Owner, add_to_trail},
};

/// How long others may keep the published keys without asking again. A key is published for so long before it signs.
pub const KEYS_KEPT: TimeDelta = TimeDelta::minutes(5);
/// The longest that a signed token is good.
pub const LONGEST_TOKEN: TimeDelta = TimeDelta::minutes(5);
/// How far another's clock may be from ours.
const SKEW: TimeDelta = TimeDelta::minutes(1);

/// A key that signs now.
pub struct SigningKey {
    pub id: Uuid,
    pub secret: [u8; 32],
}

/// A key by which a signature is checked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PublishedKey {
    pub id: Uuid,
    pub public_key: [u8; 32],
}

impl SigningKey {
    /// Ed25519 (RFC 8032).
    pub fn sign(&self, message: &[u8]) -> [u8; 64] {
        Ed25519::from_bytes(&self.secret).sign(message).to_bytes()
    }
}

impl PublishedKey {
    /// Whether this key signed the message.
    pub fn verifies(&self, message: &[u8], signature: &[u8]) -> bool {
        let key = VerifyingKey::from_bytes(&self.public_key).and_then(|key| {
            let signature = Signature::from_slice(signature)?;
            key.verify_strict(message, &signature)
        });
        key.is_ok()
    }
}

/// What a new key did to those before it.
pub struct NewSigningKey {
    pub id: Uuid,
    pub signs_from: Timestamp,
    /// Until when those before it are published yet.
    pub others_until: Timestamp,
}

fn context(id: Uuid) -> String {
    format!("signing_key.secret/{id}")
}

fn whole(column: &'static str, bytes: Vec<u8>) -> Result<[u8; 32]> {
    bytes.try_into().map_err(|bytes: Vec<u8>| StoreError::Inconsistent {
        table: "signing_key",
        column,
        value: format!("{} bytes", bytes.len()),
    })
}

/// Inserts a key as the one of this generation; whether nobody else did.
macro_rules! insert {
    ($store:expr, $transaction:ident, $generation:expr, $now:expr, $signs_from:expr) => {{
        let (id, secret) = (new_id($now)?, random_bytes::<32>()?);
        let made = sqlx::query(
            "INSERT INTO signing_key (key_id, generation, public_key, secret, signs_from)
             VALUES ($1, $2, $3, $4, $5) ON CONFLICT (generation) DO NOTHING",
        )
        .bind(id)
        .bind($generation)
        .bind(Ed25519::from_bytes(&secret).verifying_key().to_bytes().to_vec())
        .bind($store.keys.seal(&context(id), &secret)?)
        .bind(At($signs_from))
        .execute(&mut *$transaction)
        .await?
        .rows_affected();
        (made == 1).then_some(id)
    }};
}

/// How often a key is looked for after one was made. Once suffices where clocks agree.
const TRIES: usize = 3;

impl Store {
    /// The key that signs now, which is made where there is none yet. One that is made to sign at once does so by clocks
    /// that are behind, too.
    pub async fn signing_key(&self) -> Result<SigningKey> {
        for _ in 0..TRIES {
            let now = self.now();
            let row: Option<(Uuid, Vec<u8>)> = on_engine!(self, pool => sqlx::query_as(
                "SELECT key_id, secret FROM signing_key WHERE signs_from <= $1 AND (published_until IS NULL OR published_until > $1)
                 ORDER BY generation DESC LIMIT 1"
            ).bind(At(now)).fetch_optional(pool).await)?;
            if let Some((id, sealed)) = row {
                return Ok(SigningKey { id, secret: whole("secret", self.keys.unseal(&context(id), &sealed)?)? });
            }
            // Nobody keeps a set of keys yet that it could be missing from.
            in_transaction!(self, transaction => { insert!(self, transaction, 0_i64, now, now.minus(SKEW)); });
        }
        Err(StoreError::Clock(self.now()))
    }

    /// Every key by which a token that is good now may be signed, or will be soon; the newest first.
    pub async fn published_keys(&self) -> Result<Vec<PublishedKey>> {
        let rows: Vec<(Uuid, Vec<u8>)> = on_engine!(self, pool => sqlx::query_as(
            "SELECT key_id, public_key FROM signing_key WHERE published_until IS NULL OR published_until > $1
             ORDER BY generation DESC"
        ).bind(At(self.now())).fetch_all(pool).await)?;
        rows.into_iter().map(|(id, key)| Ok(PublishedKey { id, public_key: whole("public_key", key)? })).collect()
    }

    /// Forgets keys by which nothing is checked any more.
    pub async fn forget_signing_keys(&self) -> Result<u64> {
        let now = self.now();
        Ok(in_transaction!(self, transaction => sqlx::query("DELETE FROM signing_key WHERE published_until <= $1")
            .bind(At(now)).execute(&mut *transaction).await?.rows_affected()))
    }
}

impl Operator<'_> {
    /// Makes the next key. It signs once everybody can have heard of it, and those before it are published until what
    /// they signed is over. With `at_once`, for a key that somebody else may have: it signs now, and by those before it
    /// nothing is good any more, as soon as their keeper asks for the keys again.
    ///
    /// # Errors
    /// [`StoreError::Meanwhile`] where somebody else makes it at the same time.
    pub async fn rotate_signing_key(&self, at_once: bool) -> Result<NewSigningKey> {
        let store = self.0;
        let now = store.now();
        Ok(in_transaction!(store, transaction => {
            let last: Option<i64> = sqlx::query_scalar("SELECT max(generation) FROM signing_key")
                .fetch_one(&mut *transaction).await?;
            let (signs_from, others_until) = match last {
                Some(_) if !at_once => {
                    let from = now.plus(KEYS_KEPT).plus(SKEW);
                    (from, from.plus(LONGEST_TOKEN).plus(SKEW))
                }
                _ => (now.minus(SKEW), now),
            };
            sqlx::query(
                "UPDATE signing_key SET published_until = $1 WHERE published_until IS NULL OR published_until > $1",
            )
            .bind(At(others_until)).execute(&mut *transaction).await?;
            let next = last.map_or(0, |last| last + 1);
            let Some(id) = insert!(store, transaction, next, now, signs_from) else { return Err(StoreError::Meanwhile) };
            let how = if at_once { "at once" } else { "with an overlap" };
            add_to_trail!(transaction, Owner::PROVIDER, &Actor::operator(), now, TrailAct::SigningKeyRotated, how);
            NewSigningKey { id, signs_from, others_until }
        }))
    }
}
