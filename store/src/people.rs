//! Customers, the people of customers and of the provider, and their sessions.

use std::sync::LazyLock;

use argon2::{
    Argon2,
    password_hash::{PasswordHasher, PasswordVerifier, phc::PasswordHash},
};
use chrono::TimeDelta;
use domain::{CustomerId, MemberRole, PersonId, StaffRole, Timestamp, Zone};
use uuid::Uuid;

use crate::{
    CustomerAccess, Result, Store, StoreError,
    engine::{At, in_transaction, on_engine, random_bytes},
    time_zones::zone_of,
    tokens::TokenHash,
};

/// A session ends this long after sign-in.
const SESSION_LIFETIME: TimeDelta = TimeDelta::hours(12);

/// An organisation whose data the provider holds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Customer {
    pub id: CustomerId,
    /// The name that reporting systems use for it.
    pub name: String,
    /// The name that people use for it.
    pub display_name: String,
}

/// A person to be made.
pub struct NewPerson<'a> {
    pub email: &'a str,
    pub display_name: &'a str,
    pub password: &'a str,
}

/// Whoever a session belongs to.
#[derive(Clone)]
pub enum SignedIn {
    Member(Member),
    Staff(Staff),
}

/// A person of a customer, with the right to read that customer's record.
#[derive(Clone)]
pub struct Member {
    pub person: PersonId,
    pub display_name: String,
    pub role: MemberRole,
    /// In which they read times.
    pub zone: Zone,
    pub records: CustomerAccess,
}

/// A person of the provider. It has no way to a customer's record.
#[derive(Clone)]
pub struct Staff {
    pub person: PersonId,
    pub display_name: String,
    pub role: StaffRole,
    /// In which they read times.
    pub zone: Zone,
}

/// A session's secret, for the cookie alone. The store keeps its hash.
pub struct SessionToken {
    pub secret: String,
    pub expires_at: Timestamp,
}

/// Checked where no person has the e-mail address, so that the answer takes as long as for one who exists.
static NOBODYS_HASH: LazyLock<Option<String>> = LazyLock::new(|| hash_password_now("nobody has this password").ok());

fn hash_password_now(password: &str) -> Result<String> {
    let hash: PasswordHash = Argon2::default()
        .hash_password(password.as_bytes())
        .map_err(|error| StoreError::Password(error.to_string()))?;
    Ok(hash.to_string())
}

/// An Argon2id PHC string (RFC 9106) with the crate's default parameters, made on a thread that may block.
pub(crate) async fn hash_password(password: String) -> Result<String> {
    blocking(move || hash_password_now(&password)).await?
}

async fn blocking<T: Send + 'static>(work: impl FnOnce() -> T + Send + 'static) -> Result<T> {
    tokio::task::spawn_blocking(work).await.map_err(|error| StoreError::Task(error.to_string()))
}

impl Store {
    /// Opens a session where the password is this person's. `None` says neither whether the address is known nor
    /// whether the password was wrong, and takes as long either way.
    pub async fn sign_in(&self, email: &str, password: &str) -> Result<Option<SessionToken>> {
        let row: Option<(Uuid, String)> = on_engine!(self, pool => sqlx::query_as(
            "SELECT person_id, password_hash FROM person WHERE email = $1"
        ).bind(email.trim().to_lowercase()).fetch_optional(pool).await)?;
        let (person, hash) = match row {
            Some((person, hash)) => (Some(person), Some(hash)),
            None => (None, NOBODYS_HASH.clone()),
        };
        let password = password.to_owned();
        let matches = blocking(move || {
            let hash = hash.as_deref().and_then(|hash| PasswordHash::new(hash).ok());
            hash.is_some_and(|hash| Argon2::default().verify_password(password.as_bytes(), &hash).is_ok())
        })
        .await?;
        let Some(person) = person.filter(|_| matches) else { return Ok(None) };
        let now = self.now();
        let expires_at = Timestamp::from_utc(now.utc() + SESSION_LIFETIME).unwrap_or(now);
        let secret = hex::encode(random_bytes::<32>()?);
        in_transaction!(self, transaction => {
            sqlx::query("DELETE FROM session WHERE expires_at <= $1").bind(At(now)).execute(&mut *transaction).await?;
            sqlx::query("INSERT INTO session (token_hash, person_id, created_at, expires_at) VALUES ($1, $2, $3, $4)")
                .bind(TokenHash::of(&secret).as_slice())
                .bind(person)
                .bind(At(now))
                .bind(At(expires_at))
                .execute(&mut *transaction)
                .await?;
        });
        Ok(Some(SessionToken { secret, expires_at }))
    }

    /// Whoever this session's secret belongs to, while it lasts.
    pub async fn session(&self, secret: &str) -> Result<Option<SignedIn>> {
        type Row = (Uuid, String, String, Option<String>, Option<Uuid>, Option<String>, Option<String>);
        let row: Option<Row> = on_engine!(self, pool => sqlx::query_as(
            "SELECT person.person_id, person.display_name, person.role, coalesce(person.time_zone, session.time_zone),
                    customer.customer_id, customer.name, customer.display_name
             FROM session JOIN person USING (person_id) LEFT JOIN customer USING (customer_id)
             WHERE token_hash = $1 AND expires_at > $2"
        )
        .bind(TokenHash::of(secret).as_slice())
        .bind(At(self.now()))
        .fetch_optional(pool)
        .await)?;
        let Some((person, display_name, role, zone, customer, name, customer_name)) = row else { return Ok(None) };
        let person = PersonId(person);
        let zone = zone_of(zone)?;
        let inconsistent = || StoreError::Inconsistent { table: "person", column: "role", value: role.clone() };
        Ok(Some(match (customer, name, customer_name) {
            (Some(id), Some(name), Some(customer_name)) => {
                let customer = Customer { id: CustomerId(id), name, display_name: customer_name };
                SignedIn::Member(Member {
                    person,
                    display_name,
                    role: MemberRole::from_code(&role).ok_or_else(inconsistent)?,
                    zone,
                    records: CustomerAccess::new(self.clone(), customer),
                })
            }
            _ => SignedIn::Staff(Staff {
                person,
                display_name,
                role: StaffRole::from_code(&role).ok_or_else(inconsistent)?,
                zone,
            }),
        }))
    }

    /// Ends a session at once. Ending one that isn't there is no error.
    pub async fn sign_out(&self, secret: &str) -> Result<()> {
        in_transaction!(self, transaction => sqlx::query("DELETE FROM session WHERE token_hash = $1")
            .bind(TokenHash::of(secret).as_slice())
            .execute(&mut *transaction)
            .await?
            .rows_affected());
        Ok(())
    }
}
