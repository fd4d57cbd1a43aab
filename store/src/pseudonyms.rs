//! What stands in the record for a name that another system's log gives: the same for the same name, for ever.

use domain::formats::Pseudonyms;
use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;
use uuid::Uuid;

use crate::{
    Result, Store, StoreError,
    engine::{in_transaction, new_id, on_engine, random_bytes},
};

/// Enough of a hash that no two of a provider's people have the same.
const PSEUDONYM_BYTES: usize = 6;

fn context(id: Uuid) -> String {
    format!("pseudonym_key.secret/{id}")
}

impl Store {
    /// Makes pseudonyms of names. Their key is made at the first need and never changed: whoever has it could try
    /// names, so it is sealed, and whoever has only the record can't.
    pub async fn pseudonyms(&self) -> Result<Pseudonyms> {
        loop {
            let row: Option<(Uuid, Vec<u8>)> = on_engine!(self, pool =>
                sqlx::query_as("SELECT key_id, secret FROM pseudonym_key").fetch_optional(pool).await)?;
            if let Some((id, sealed)) = row {
                let secret: [u8; 32] =
                    self.keys.unseal(&context(id), &sealed)?.try_into().map_err(|bytes: Vec<u8>| {
                        StoreError::Inconsistent {
                            table: "pseudonym_key",
                            column: "secret",
                            value: format!("{} bytes", bytes.len()),
                        }
                    })?;
                return Ok(Pseudonyms::new(move |name| pseudonym(&secret, name)));
            }
            let (id, secret) = (new_id(self.now())?, random_bytes::<32>()?);
            in_transaction!(self, transaction => {
                sqlx::query(
                    "INSERT INTO pseudonym_key (key_id, only_one, secret) VALUES ($1, 1, $2) ON CONFLICT DO NOTHING",
                )
                .bind(id).bind(self.keys.seal(&context(id), &secret)?).execute(&mut *transaction).await?;
            });
        }
    }
}

fn pseudonym(secret: &[u8; 32], name: &str) -> String {
    let mut mac = Hmac::<Sha256>::new_from_slice(secret).expect("HMAC takes keys of any length");
    mac.update(name.as_bytes());
    format!("p-{}", hex::encode(&mac.finalize().into_bytes()[..PSEUDONYM_BYTES]))
}
