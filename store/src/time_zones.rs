//! The zone in which a person reads times: the one they chose, else the one that their browser was in at sign-in,
//! else UTC.

use domain::{PersonId, Zone};

use crate::{Result, Store, StoreError, engine::in_transaction, tokens::TokenHash};

/// The zone of a session's row: the person's choice or what the browser said, whichever there is.
pub(crate) fn zone_of(name: Option<String>) -> Result<Zone> {
    let Some(name) = name else { return Ok(Zone::UTC) };
    Zone::parse(&name).map_err(|_| StoreError::Inconsistent { table: "person", column: "time_zone", value: name })
}

impl Store {
    /// Keeps the zone that a person chose. With `None` they read times in their browser's again.
    pub async fn set_time_zone(&self, person: PersonId, zone: Option<Zone>) -> Result<()> {
        in_transaction!(self, transaction => sqlx::query("UPDATE person SET time_zone = $1 WHERE person_id = $2")
            .bind(zone.map(Zone::name))
            .bind(person.0)
            .execute(&mut *transaction)
            .await?
            .rows_affected());
        Ok(())
    }

    /// Keeps the zone that the browser of this session is in.
    pub async fn set_session_time_zone(&self, secret: &str, zone: Zone) -> Result<()> {
        in_transaction!(self, transaction => sqlx::query("UPDATE session SET time_zone = $1 WHERE token_hash = $2")
            .bind(zone.name())
            .bind(TokenHash::of(secret).as_slice())
            .execute(&mut *transaction)
            .await?
            .rows_affected());
        Ok(())
    }
}
