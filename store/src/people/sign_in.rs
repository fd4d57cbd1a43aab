//! Signing in: by password, with a second factor where the person has one, or by passkey.

use std::fmt;

use chrono::TimeDelta;
use data_encoding::BASE32_NOPAD;
use domain::{PersonId, Role, SignInMeans, TrailAct, Zone};
use totp_rs::Totp;
use uuid::Uuid;

use super::{SessionToken, ceremony::CeremonyKind, role, session::Opening, throttle::Bucket};
use crate::{
    Result, Store, StoreError,
    engine::{At, in_transaction, on_engine},
    password,
    trail::{Actor, Owner, add_to_trail},
};

/// Whoever asks, as far as a request tells.
#[derive(Clone, Default)]
pub struct Client {
    /// The network address.
    pub address: String,
    /// The browser or program, as it names itself.
    pub device: String,
    /// The zone that the browser's clock is in.
    pub time_zone: Option<Zone>,
    /// The secret by which this browser is known to somebody.
    pub known_device: Option<String>,
    /// The secret of the session that it has now.
    pub session: Option<String>,
}

impl fmt::Debug for Client {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { address, device, time_zone, .. } = self;
        f.debug_struct("Client")
            .field("address", address)
            .field("device", device)
            .field("time_zone", time_zone)
            .finish_non_exhaustive()
    }
}

impl Client {
    pub(crate) fn actor(&self, id: Option<PersonId>, name: String) -> Actor {
        Actor { id, name, device: self.device.clone(), address: self.address.clone() }
    }
}

/// What became of a try to sign in.
pub enum SignInAnswer {
    SignedIn(SessionToken),
    /// The password was right, and a second factor is asked for; the secret of the ceremony is for a cookie.
    CodeNeeded(String),
    /// It says neither whether the address is known nor what was wrong, and takes as long either way.
    Refused,
    /// Too many tries: none is taken for so long.
    Wait(TimeDelta),
    /// The sign-in was right, and the person's organisation allows single sign-on alone.
    UseSingleSignOn,
    /// What was begun took too long or failed too often: begin anew.
    Over,
}

impl From<Option<SessionToken>> for SignInAnswer {
    /// What was right when it was checked may be so no more.
    fn from(opened: Option<SessionToken>) -> Self {
        opened.map_or(Self::Refused, Self::SignedIn)
    }
}

/// Whose passkey it is, and its public key as it was kept.
pub struct PasskeyOwner {
    pub person: PersonId,
    pub credential: String,
}

/// A person who may sign in.
pub(crate) struct Person {
    pub id: PersonId,
    pub owner: Owner,
    pub name: String,
    pub email: String,
    pub role: Role,
    pub password_hash: Option<String>,
    pub has_authenticator: bool,
    /// Whether the customer allows single sign-on alone.
    pub single_sign_on_enforced: bool,
}

#[derive(sqlx::FromRow)]
struct PersonRow {
    person_id: Uuid,
    customer_id: Option<Uuid>,
    display_name: String,
    email: String,
    role: String,
    password_hash: Option<String>,
    has_authenticator: bool,
    enforced: bool,
}

const PERSON: &str = "SELECT person_id, customer_id, display_name, email, role, password_hash,
    totp_secret IS NOT NULL AS has_authenticator,
    EXISTS (SELECT 1 FROM sso_connection
            WHERE sso_connection.customer_id = person.customer_id AND enabled AND enforced) AS enforced
    FROM person WHERE removed_at IS NULL AND ";

impl TryFrom<PersonRow> for Person {
    type Error = StoreError;

    fn try_from(row: PersonRow) -> Result<Self> {
        let customer = row.customer_id.map(domain::CustomerId);
        Ok(Self {
            id: PersonId(row.person_id),
            owner: customer.map_or(Owner::PROVIDER, Owner::customer),
            role: role(customer.is_some(), row.role)?,
            name: row.display_name,
            email: row.email,
            password_hash: row.password_hash,
            has_authenticator: row.has_authenticator,
            single_sign_on_enforced: row.enforced,
        })
    }
}

impl Person {
    /// Whether single sign-on is the only way in. Owners keep another, for the day their identity provider fails.
    fn must_use_single_sign_on(&self) -> bool {
        self.single_sign_on_enforced && !self.role.administers()
    }

    pub(super) fn opening(&self, means: SignInMeans) -> Opening {
        let password_hash = self.password_hash.clone();
        Opening { person: self.id, name: self.name.clone(), owner: self.owner, means, password_hash, fresh: true }
    }
}

impl Store {
    pub(super) async fn person(&self, id: PersonId) -> Result<Option<Person>> {
        let sql = format!("{PERSON} person_id = $1");
        let row: Option<PersonRow> = on_engine!(self, pool => sqlx::query_as(sqlx::AssertSqlSafe(sql))
            .bind(id.0).fetch_optional(pool).await)?;
        row.map(Person::try_from).transpose()
    }

    pub(crate) async fn person_by_email(&self, email: &str) -> Result<Option<Person>> {
        let sql = format!("{PERSON} email = $1");
        let row: Option<PersonRow> = on_engine!(self, pool => sqlx::query_as(sqlx::AssertSqlSafe(sql))
            .bind(email).fetch_optional(pool).await)?;
        row.map(Person::try_from).transpose()
    }

    /// Signs in where the password is this person's, or asks for the second factor.
    pub async fn sign_in(&self, email: &str, password: &str, client: &Client) -> Result<SignInAnswer> {
        let email = email.trim().to_lowercase();
        let person = self.person_by_email(&email).await?;
        // Asked for nobody too, so that it takes as long.
        let id = person.as_ref().map_or(PersonId(Uuid::nil()), |person| person.id);
        let buckets = match &client.known_device {
            // Who shares its network with somebody who guesses doesn't wait for them.
            Some(device) if self.knows_device(id, device).await? => vec![Bucket::Device(id, device)],
            _ => vec![Bucket::Account(&email), Bucket::Address(&client.address)],
        };
        if let Some(wait) = self.begin_try(&buckets).await? {
            return Ok(SignInAnswer::Wait(wait));
        }
        let hash = person.as_ref().and_then(|person| person.password_hash.clone());
        let matches = password::verify(password, hash).await?;
        let Some(person) = person.as_ref().filter(|_| matches) else {
            self.tell_refused(person.as_ref(), client, "Wrong password").await?;
            return Ok(SignInAnswer::Refused);
        };
        self.forgive(&buckets).await?;
        if person.must_use_single_sign_on() {
            return Ok(SignInAnswer::UseSingleSignOn);
        }
        if person.has_authenticator {
            let secret = self.begin_ceremony(CeremonyKind::SecondFactor, Some(person.id), "").await?;
            return Ok(SignInAnswer::CodeNeeded(secret));
        }
        Ok(self.open_session(person.opening(SignInMeans::Password), client).await?.into())
    }

    /// Ends the sign-in of whoever's password was right by a code of the authenticator or a recovery code.
    pub async fn sign_in_with_code(&self, ceremony: &str, code: &str, client: &Client) -> Result<SignInAnswer> {
        let Some(id) = self.try_second_factor(ceremony).await? else { return Ok(SignInAnswer::Over) };
        let mut buckets = vec![Bucket::Code(id)];
        match &client.known_device {
            Some(device) if self.knows_device(id, device).await? => {}
            _ => buckets.push(Bucket::Address(&client.address)),
        }
        if let Some(wait) = self.begin_try(&buckets).await? {
            return Ok(SignInAnswer::Wait(wait));
        }
        let Some(person) = self.person(id).await? else { return Ok(SignInAnswer::Over) };
        let code = code.split([' ', '-']).collect::<String>();
        let means = if code.len() == 6 && code.bytes().all(|byte| byte.is_ascii_digit()) {
            self.takes_code(id, &code).await?.then_some(SignInMeans::PasswordAndCode)
        } else {
            self.takes_recovery_code(id, &code).await?.then_some(SignInMeans::PasswordAndRecoveryCode)
        };
        let Some(means) = means else {
            self.tell_refused(Some(&person), client, "Wrong code").await?;
            return Ok(SignInAnswer::Refused);
        };
        // Another request may have ended it with the same secret meanwhile.
        if self.end_ceremony(CeremonyKind::SecondFactor, ceremony).await?.is_none() {
            return Ok(SignInAnswer::Over);
        }
        self.forgive(&buckets).await?;
        Ok(self.open_session(person.opening(means), client).await?.into())
    }

    /// Whether a code is the person's authenticator's, now. Each is taken once (RFC 6238, section 5.2).
    pub(super) async fn takes_code(&self, person: PersonId, code: &str) -> Result<bool> {
        let sealed: Option<Option<Vec<u8>>> = on_engine!(self, pool => sqlx::query_scalar(
            "SELECT totp_secret FROM person WHERE person_id = $1"
        ).bind(person.0).fetch_optional(pool).await)?;
        let Some(sealed) = sealed.flatten() else { return Ok(false) };
        let secret = self.keys.unseal(&totp_context(person), &sealed)?;
        let Some(step) = matching_step(&authenticator(secret)?, code, self.now()) else { return Ok(false) };
        let taken = in_transaction!(self, transaction => sqlx::query(
            "UPDATE person SET totp_last_step = $2
             WHERE person_id = $1 AND (totp_last_step IS NULL OR totp_last_step < $2)",
        )
        .bind(person.0).bind(step).execute(&mut *transaction).await?.rows_affected());
        Ok(taken == 1)
    }

    async fn takes_recovery_code(&self, person: PersonId, code: &str) -> Result<bool> {
        for hash in self.keys.hashes("recovery code", &code.to_uppercase()) {
            let taken = in_transaction!(self, transaction => sqlx::query(
                "DELETE FROM recovery_code WHERE person_id = $1 AND code_hash = $2",
            )
            .bind(person.0).bind(hash.as_slice()).execute(&mut *transaction).await?.rows_affected());
            if taken == 1 {
                return Ok(true);
            }
        }
        Ok(false)
    }

    /// The owner of a passkey that a browser presents, if it is anybody's who may sign in.
    pub async fn passkey(&self, credential_id: &[u8]) -> Result<Option<PasskeyOwner>> {
        let row: Option<(Uuid, String)> = on_engine!(self, pool => sqlx::query_as(
            "SELECT passkey.person_id, credential FROM passkey JOIN person USING (person_id)
             WHERE credential_id = $1 AND removed_at IS NULL"
        ).bind(credential_id).fetch_optional(pool).await)?;
        Ok(row.map(|(person, credential)| PasskeyOwner { person: PersonId(person), credential }))
    }

    /// Signs in the owner of a passkey whose answer to a challenge was verified; `credential` is what is kept of it
    /// from now on.
    pub async fn sign_in_with_passkey(
        &self,
        credential_id: &[u8],
        owner: &PasskeyOwner,
        credential: &str,
        client: &Client,
    ) -> Result<SignInAnswer> {
        let Some(person) = self.person(owner.person).await? else { return Ok(SignInAnswer::Refused) };
        if person.must_use_single_sign_on() {
            return Ok(SignInAnswer::UseSingleSignOn);
        }
        let now = self.now();
        // Meanwhile it may have been removed, or a copy of it used: its counter was checked against what it was.
        let unchanged = in_transaction!(self, transaction => {
            sqlx::query(
                "UPDATE passkey SET credential = $3, last_used_at = $4 WHERE credential_id = $1 AND credential = $2",
            )
            .bind(credential_id)
            .bind(&owner.credential)
            .bind(credential)
            .bind(At(now))
            .execute(&mut *transaction)
            .await?
            .rows_affected()
        });
        if unchanged != 1 {
            return Ok(SignInAnswer::Refused);
        }
        Ok(self.open_session(person.opening(SignInMeans::Passkey), client).await?.into())
    }

    /// Tells in the trail that an answer of somebody's passkey was refused.
    pub async fn refuse_passkey(&self, owner: &PasskeyOwner, client: &Client, why: &str) -> Result<()> {
        match self.person(owner.person).await? {
            Some(person) => self.tell_refused(Some(&person), client, why).await,
            None => Ok(()),
        }
    }

    /// Tells a refused sign-in in the trail of whom it was tried for. Nobody's goes to the provider's, so that it
    /// takes as long.
    async fn tell_refused(&self, person: Option<&Person>, client: &Client, why: &str) -> Result<()> {
        let (owner, actor) = match person {
            Some(person) => (person.owner, client.actor(Some(person.id), person.name.clone())),
            None => (Owner::PROVIDER, client.actor(None, "Somebody unknown".to_owned())),
        };
        let now = self.now();
        in_transaction!(self, transaction => {
            add_to_trail!(transaction, owner, &actor, now, TrailAct::SignInRefused, why);
        });
        Ok(())
    }
}

/// The place that an authenticator's secret is sealed for.
pub(crate) fn totp_context(person: PersonId) -> String {
    format!("person.totp_secret/{person}")
}

/// RFC 6238 as authenticator apps know it: SHA-1, six digits, thirty seconds, one step of grace either way.
pub(super) fn authenticator(secret: Vec<u8>) -> Result<Totp> {
    totp_rs::Builder::new().with_secret(secret).build().map_err(|error| StoreError::Authenticator(error.to_string()))
}

/// The time step that a code belongs to, if it is good now.
pub(super) fn matching_step(totp: &Totp, code: &str, now: domain::Timestamp) -> Option<i64> {
    let seconds = u64::try_from(now.micros() / 1_000_000).ok()?;
    i64::try_from(totp.check(code, seconds)?).ok()
}

/// The code that an authenticator with this secret (base 32) shows at a time.
///
/// # Errors
/// [`StoreError::Authenticator`] where the text is no secret.
pub fn one_time_code(secret: &str, now: domain::Timestamp) -> Result<String> {
    let wrong = || StoreError::Authenticator("is no secret in base 32".to_owned());
    let secret = secret.split_whitespace().collect::<String>().to_uppercase();
    let secret = BASE32_NOPAD.decode(secret.as_bytes()).map_err(|_| wrong())?;
    let seconds = u64::try_from(now.micros() / 1_000_000).map_err(|_| wrong())?;
    Ok(authenticator(secret)?.generate(seconds).to_string())
}
