//! What was begun in one request and must be ended in another, within minutes and once: a second factor's turn, a
//! passkey's challenge, a visit to an identity provider.

use chrono::TimeDelta;
use domain::PersonId;
use uuid::Uuid;

use crate::{
    Result, Store,
    engine::{At, in_transaction, on_engine, random_bytes},
};

/// How long a ceremony may take.
const LIFETIME: TimeDelta = TimeDelta::minutes(10);
/// Wrong codes before one has to begin anew.
const TRIES: i64 = 5;

/// Which ceremony; one can't be ended as another.
#[derive(Clone, Copy, Debug, PartialEq, Eq, strum::IntoStaticStr)]
#[strum(serialize_all = "snake_case")]
pub enum CeremonyKind {
    SecondFactor,
    PasskeySignIn,
    PasskeyRegistration,
    SingleSignOn,
}

/// A ceremony under way.
pub struct Ceremony {
    /// Whom it is about, where that is known.
    pub person: Option<PersonId>,
    pub state: String,
}

impl CeremonyKind {
    fn code(self) -> &'static str {
        self.into()
    }

    fn context(self) -> String {
        format!("ceremony.state/{}", self.code())
    }
}

impl Store {
    /// Begins a ceremony; the secret is for a cookie of the browser that began it.
    pub async fn begin_ceremony(&self, kind: CeremonyKind, person: Option<PersonId>, state: &str) -> Result<String> {
        let now = self.now();
        let secret = hex::encode(random_bytes::<32>()?);
        let sealed = self.keys.seal(&kind.context(), state.as_bytes())?;
        in_transaction!(self, transaction => {
            sqlx::query("DELETE FROM ceremony WHERE expires_at <= $1").bind(At(now)).execute(&mut *transaction).await?;
            sqlx::query(
                "INSERT INTO ceremony (token_hash, kind, person_id, state, expires_at) VALUES ($1, $2, $3, $4, $5)",
            )
            .bind(self.keys.hash("ceremony", &secret).as_slice())
            .bind(kind.code())
            .bind(person.map(|person| person.0))
            .bind(sealed)
            .bind(At(now.plus(LIFETIME)))
            .execute(&mut *transaction)
            .await?;
        });
        Ok(secret)
    }

    /// Ends a ceremony: what it was about, once.
    pub async fn end_ceremony(&self, kind: CeremonyKind, secret: &str) -> Result<Option<Ceremony>> {
        for hash in self.keys.hashes("ceremony", secret) {
            let row: Option<(Option<Uuid>, Vec<u8>)> = in_transaction!(self, transaction => sqlx::query_as(
                "DELETE FROM ceremony WHERE token_hash = $1 AND kind = $2 AND expires_at > $3
                 RETURNING person_id, state",
            )
            .bind(hash.as_slice())
            .bind(kind.code())
            .bind(At(self.now()))
            .fetch_optional(&mut *transaction)
            .await?);
            if let Some((person, sealed)) = row {
                let state = self.keys.unseal(&kind.context(), &sealed)?;
                return Ok(Some(Ceremony {
                    person: person.map(PersonId),
                    state: String::from_utf8_lossy(&state).into_owned(),
                }));
            }
        }
        Ok(None)
    }

    /// Whose second factor is awaited, counting one try at it; after a few there is no ceremony any more.
    pub(super) async fn try_second_factor(&self, secret: &str) -> Result<Option<PersonId>> {
        for hash in self.keys.hashes("ceremony", secret) {
            let person: Option<Uuid> = in_transaction!(self, transaction => sqlx::query_scalar(
                "UPDATE ceremony SET attempts = attempts + 1
                 WHERE token_hash = $1 AND kind = $2 AND expires_at > $3 AND attempts < $4 AND person_id IS NOT NULL
                 RETURNING person_id",
            )
            .bind(hash.as_slice())
            .bind(CeremonyKind::SecondFactor.code())
            .bind(At(self.now()))
            .bind(TRIES)
            .fetch_optional(&mut *transaction)
            .await?);
            if person.is_some() {
                return Ok(person.map(PersonId));
            }
        }
        Ok(None)
    }

    /// Whether a second factor is awaited of the browser with this secret.
    pub async fn awaits_second_factor(&self, secret: &str) -> Result<bool> {
        for hash in self.keys.hashes("ceremony", secret) {
            let row: Option<i64> = on_engine!(self, pool => sqlx::query_scalar(
                "SELECT attempts FROM ceremony WHERE token_hash = $1 AND kind = $2 AND expires_at > $3 AND attempts < $4"
            )
            .bind(hash.as_slice())
            .bind(CeremonyKind::SecondFactor.code())
            .bind(At(self.now()))
            .bind(TRIES)
            .fetch_optional(pool)
            .await)?;
            if row.is_some() {
                return Ok(true);
            }
        }
        Ok(false)
    }
}
