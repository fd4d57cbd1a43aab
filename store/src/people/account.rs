//! A person's own account: what they sign in with, and where they are signed in.

use data_encoding::BASE32_NOPAD;
use domain::{PasskeyId, SessionId, SignInMeans, Timestamp, TrailAct, Zone};
use uuid::Uuid;

use super::{
    SignedIn,
    sign_in::{authenticator, matching_step, totp_context},
    throttle::Bucket,
    zone,
};
use crate::{
    Result, Store, StoreError,
    engine::{At, in_transaction, new_id, on_engine, random_bytes},
    mail::WANTS_NONE,
    password::{self, Password},
    trail::{Actor, add_to_trail},
};

/// RFC 4226, section 4, R6: 160 bits.
const SECRET_BYTES: usize = 20;
/// 120 random bits: too many to guess, so a fast hash keeps them (OWASP ASVS 5.0, 6.5.2).
const RECOVERY_CODE_BYTES: usize = 15;
const RECOVERY_CODES: usize = 10;

/// The right of a person to see and leave what is theirs.
#[derive(Clone)]
pub struct Account {
    pub(super) store: Store,
    signed_in: SignedIn,
    session: SessionId,
    pub(super) actor: Actor,
}

/// The right of a person to change what they sign in with. It takes a fresh sign-in.
pub struct Factors {
    account: Account,
    means: SignInMeans,
}

/// What a person signs in with, and where they are signed in.
#[derive(Clone, Debug)]
pub struct AccountView {
    pub has_password: bool,
    pub has_authenticator: bool,
    pub has_single_sign_on: bool,
    /// Recovery codes that are not used yet.
    pub recovery_codes: i64,
    pub passkeys: Vec<PasskeyLine>,
    pub sessions: Vec<SessionLine>,
    /// The zone that the person chose, if any.
    pub time_zone: Option<Zone>,
    /// Which mails they get, where they may choose: the provider's people may not.
    pub mail: Option<MailChoice>,
}

/// Which mails a person gets.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct MailChoice {
    pub notices: bool,
    pub reminders: bool,
    /// Of requests for access, and of accesses that were not made as they were granted.
    pub access: bool,
}

#[derive(Clone, Debug)]
pub struct PasskeyLine {
    pub id: PasskeyId,
    pub name: String,
    pub created_at: Timestamp,
    pub last_used_at: Option<Timestamp>,
}

#[derive(Clone, Debug)]
pub struct SessionLine {
    pub id: SessionId,
    pub means: SignInMeans,
    pub device: String,
    pub address: String,
    pub created_at: Timestamp,
    pub last_used_at: Timestamp,
    /// Whether it is the session that asks.
    pub current: bool,
}

/// An authenticator that is being set up.
pub struct Authenticator {
    /// The secret in base 32, for typing.
    pub secret: String,
    /// The `otpauth` address, for a QR code.
    pub address: String,
    /// The secret, sealed for this session: it comes back with the first code.
    pub sealed: String,
}

/// Nothing would be left to sign in with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct LastMeans;

impl Account {
    pub(super) fn new(store: Store, signed_in: SignedIn, session: SessionId, actor: Actor) -> Self {
        Self { store, signed_in, session, actor }
    }

    fn person(&self) -> Uuid {
        self.signed_in.person().0
    }

    /// What there is.
    pub async fn view(&self) -> Result<AccountView> {
        type Row = (bool, bool, bool, i64, Option<String>, bool, bool, Option<bool>);
        let row: Row = on_engine!(self.store, pool => sqlx::query_as(
            "SELECT password_hash IS NOT NULL, totp_secret IS NOT NULL, sso_subject IS NOT NULL,
                 (SELECT count(*) FROM recovery_code WHERE recovery_code.person_id = person.person_id), time_zone,
                 coalesce(mail_notices, role <> $2), coalesce(mail_reminders, role <> $2), mail_access
             FROM person WHERE person_id = $1"
        ).bind(self.person()).bind(WANTS_NONE.code()).fetch_one(pool).await)?;
        let (has_password, has_authenticator, has_single_sign_on, recovery_codes, time_zone, ..) = row;
        let (.., notices, reminders, access) = row;
        let mail = match &self.signed_in {
            SignedIn::Member(member) => {
                let access = match access {
                    Some(chosen) => chosen,
                    None => member.grants.is_mailed().await?,
                };
                Some(MailChoice { notices, reminders, access })
            }
            SignedIn::Staff(_) => None,
        };
        let (passkeys, sessions) = (self.passkeys().await?, self.sessions().await?);
        Ok(AccountView {
            has_password,
            has_authenticator,
            has_single_sign_on,
            recovery_codes,
            passkeys,
            sessions,
            time_zone: zone(time_zone)?,
            mail,
        })
    }

    async fn passkeys(&self) -> Result<Vec<PasskeyLine>> {
        let rows: Vec<(Uuid, String, At, Option<At>)> = on_engine!(self.store, pool => sqlx::query_as(
            "SELECT passkey_id, name, created_at, last_used_at FROM passkey WHERE person_id = $1 ORDER BY created_at"
        ).bind(self.person()).fetch_all(pool).await)?;
        Ok(rows
            .into_iter()
            .map(|(id, name, At(created_at), last)| PasskeyLine {
                id: PasskeyId(id),
                name,
                created_at,
                last_used_at: last.map(|At(at)| at),
            })
            .collect())
    }

    async fn sessions(&self) -> Result<Vec<SessionLine>> {
        type Row = (Uuid, String, String, String, At, At);
        let rows: Vec<Row> = on_engine!(self.store, pool => sqlx::query_as(
            "SELECT session_id, means, device, address, created_at, last_used_at FROM session
             WHERE person_id = $1 AND expires_at > $2 ORDER BY last_used_at DESC"
        ).bind(self.person()).bind(At(self.store.now())).fetch_all(pool).await)?;
        rows.into_iter()
            .map(|(id, means, device, address, At(created_at), At(last_used_at))| {
                let means = SignInMeans::from_code(&means).ok_or(StoreError::Inconsistent {
                    table: "session",
                    column: "means",
                    value: means,
                })?;
                let id = SessionId(id);
                Ok(SessionLine { id, means, device, address, created_at, last_used_at, current: id == self.session })
            })
            .collect()
    }

    /// Ends one of the person's sessions; false where it is none of theirs.
    pub async fn end_session(&self, session: SessionId) -> Result<bool> {
        let now = self.store.now();
        Ok(in_transaction!(self.store, transaction => {
            let ended = sqlx::query("DELETE FROM session WHERE session_id = $1 AND person_id = $2")
                .bind(session.0).bind(self.person()).execute(&mut *transaction).await?.rows_affected() == 1;
            if ended {
                add_to_trail!(transaction, self.signed_in.owner(), &self.actor, now, TrailAct::SessionEnded, "");
            }
            ended
        }))
    }

    /// Ends every session of the person but this one.
    pub async fn end_other_sessions(&self) -> Result<()> {
        let now = self.store.now();
        in_transaction!(self.store, transaction => {
            sqlx::query("DELETE FROM session WHERE person_id = $1 AND session_id <> $2")
                .bind(self.person()).bind(self.session.0).execute(&mut *transaction).await?;
            add_to_trail!(transaction, self.signed_in.owner(), &self.actor, now, TrailAct::SessionsEnded, "");
        });
        Ok(())
    }

    /// Sets the zone in which the person reads times; none leaves it to the browser.
    pub async fn set_time_zone(&self, chosen: Option<Zone>) -> Result<()> {
        in_transaction!(self.store, transaction => {
            sqlx::query("UPDATE person SET time_zone = $2 WHERE person_id = $1")
                .bind(self.person()).bind(chosen.map(Zone::name)).execute(&mut *transaction).await?;
        });
        Ok(())
    }

    /// Sets which mails the person gets; false where they may not choose.
    pub async fn set_mail(&self, chosen: MailChoice) -> Result<bool> {
        Ok(in_transaction!(self.store, transaction => sqlx::query(
            "UPDATE person SET mail_notices = $2, mail_reminders = $3, mail_access = $4
             WHERE person_id = $1 AND customer_id IS NOT NULL",
        )
        .bind(self.person()).bind(chosen.notices).bind(chosen.reminders).bind(chosen.access)
        .execute(&mut *transaction).await?.rows_affected())
            == 1)
    }
}

impl Factors {
    pub(super) fn new(account: Account, means: SignInMeans) -> Self {
        Self { account, means }
    }

    /// Whether this is the person's password; tries are limited like those of codes. Who has none proves nothing by one.
    pub async fn confirms_password(&self, password: &str) -> Result<bool> {
        let Account { store, signed_in, .. } = &self.account;
        let bucket = [Bucket::Code(signed_in.person())];
        let Some(person) = store.person(signed_in.person()).await? else { return Ok(false) };
        if person.password_hash.is_none() {
            return Ok(true);
        }
        if store.begin_try(&bucket).await?.is_some() || !password::verify(password, person.password_hash).await? {
            return Ok(false);
        }
        store.forgive(&bucket).await?;
        Ok(true)
    }

    /// Sets a password. Every other session ends: whoever knew the old one is out.
    pub async fn set_password(&self, password: Password) -> Result<()> {
        let Account { store, signed_in, session, actor } = &self.account;
        let (now, hash) = (store.now(), password.hash().await?);
        in_transaction!(store, transaction => {
            sqlx::query("UPDATE person SET password_hash = $2 WHERE person_id = $1")
                .bind(signed_in.person().0).bind(hash).execute(&mut *transaction).await?;
            sqlx::query("DELETE FROM session WHERE person_id = $1 AND session_id <> $2")
                .bind(signed_in.person().0).bind(session.0).execute(&mut *transaction).await?;
            // Nor does a sign-in go on that waits for its code since.
            sqlx::query("DELETE FROM ceremony WHERE person_id = $1")
                .bind(signed_in.person().0).execute(&mut *transaction).await?;
            add_to_trail!(transaction, signed_in.owner(), actor, now, TrailAct::PasswordSet, "");
        });
        self.strengthen(SignInMeans::Password).await
    }

    /// Begins to set up an authenticator: nothing changes until its first code comes back.
    pub fn begin_authenticator(&self, provider: &str, email: &str) -> Result<Authenticator> {
        let secret = random_bytes::<SECRET_BYTES>()?.to_vec();
        let sealed = self.account.store.keys.seal(&self.setup_context(), &secret)?;
        in_setup(secret, provider, email, hex::encode(sealed))
    }

    /// The same setup again, after a wrong code: the app has the secret already.
    pub fn resume_authenticator(&self, provider: &str, email: &str, sealed: &str) -> Result<Option<Authenticator>> {
        self.unseal_setup(sealed).map(|secret| in_setup(secret, provider, email, sealed.to_owned())).transpose()
    }

    fn unseal_setup(&self, sealed: &str) -> Option<Vec<u8>> {
        let sealed = hex::decode(sealed).ok()?;
        self.account.store.keys.unseal(&self.setup_context(), &sealed).ok()
    }

    /// A setup belongs to one session: another person's can't be slipped in.
    fn setup_context(&self) -> String {
        format!("authenticator setup/{}", self.account.session)
    }

    /// Takes the authenticator whose first code this is; false where the code is wrong. It begins to count at once.
    pub async fn confirm_authenticator(&self, sealed: &str, code: &str) -> Result<bool> {
        let Account { store, signed_in, actor, .. } = &self.account;
        let Some(secret) = self.unseal_setup(sealed) else { return Ok(false) };
        let code = code.split_whitespace().collect::<String>();
        let now = store.now();
        let Some(step) = matching_step(&authenticator(secret.clone())?, &code, now) else { return Ok(false) };
        let kept = store.keys.seal(&totp_context(signed_in.person()), &secret)?;
        in_transaction!(store, transaction => {
            sqlx::query("UPDATE person SET totp_secret = $2, totp_last_step = $3 WHERE person_id = $1")
                .bind(signed_in.person().0).bind(kept).bind(step).execute(&mut *transaction).await?;
            add_to_trail!(transaction, signed_in.owner(), actor, now, TrailAct::AuthenticatorAdded, "");
        });
        if self.means == SignInMeans::Password {
            self.strengthen(SignInMeans::PasswordAndCode).await?;
        }
        Ok(true)
    }

    /// Removes the authenticator and the recovery codes that stand in for it.
    pub async fn remove_authenticator(&self) -> Result<()> {
        let Account { store, signed_in, actor, .. } = &self.account;
        let now = store.now();
        in_transaction!(store, transaction => {
            sqlx::query("UPDATE person SET totp_secret = NULL, totp_last_step = NULL WHERE person_id = $1")
                .bind(signed_in.person().0).execute(&mut *transaction).await?;
            sqlx::query("DELETE FROM recovery_code WHERE person_id = $1")
                .bind(signed_in.person().0).execute(&mut *transaction).await?;
            add_to_trail!(transaction, signed_in.owner(), actor, now, TrailAct::AuthenticatorRemoved, "");
        });
        Ok(())
    }

    /// Makes ten recovery codes in place of all earlier ones. They are returned this once.
    pub async fn make_recovery_codes(&self) -> Result<Vec<String>> {
        let Account { store, signed_in, actor, .. } = &self.account;
        let now = store.now();
        let codes = (0..RECOVERY_CODES)
            .map(|_| Ok(BASE32_NOPAD.encode(&random_bytes::<RECOVERY_CODE_BYTES>()?)))
            .collect::<Result<Vec<_>>>()?;
        in_transaction!(store, transaction => {
            sqlx::query("DELETE FROM recovery_code WHERE person_id = $1")
                .bind(signed_in.person().0).execute(&mut *transaction).await?;
            for code in &codes {
                sqlx::query("INSERT INTO recovery_code (person_id, code_hash) VALUES ($1, $2)")
                    .bind(signed_in.person().0)
                    .bind(store.keys.hash("recovery code", code).as_slice())
                    .execute(&mut *transaction)
                    .await?;
            }
            add_to_trail!(transaction, signed_in.owner(), actor, now, TrailAct::RecoveryCodesMade, "");
        });
        Ok(codes)
    }

    /// The passkeys that the person has, by the names their authenticators know them by.
    pub async fn credential_ids(&self) -> Result<Vec<Vec<u8>>> {
        Ok(on_engine!(self.account.store, pool => sqlx::query_scalar(
            "SELECT credential_id FROM passkey WHERE person_id = $1"
        ).bind(self.account.person()).fetch_all(pool).await)?)
    }

    /// Adds a passkey whose registration was verified.
    pub async fn add_passkey(&self, name: &str, credential_id: &[u8], credential: &str) -> Result<()> {
        let Account { store, signed_in, actor, .. } = &self.account;
        let now = store.now();
        let added = in_transaction!(store, transaction => {
            let added = sqlx::query(
                "INSERT INTO passkey (credential_id, passkey_id, person_id, name, credential, created_at)
                 VALUES ($1, $2, $3, $4, $5, $6) ON CONFLICT (credential_id) DO NOTHING",
            )
            .bind(credential_id)
            .bind(new_id(now)?)
            .bind(signed_in.person().0)
            .bind(name)
            .bind(credential)
            .bind(At(now))
            .execute(&mut *transaction)
            .await?
            .rows_affected();
            if added == 1 {
                add_to_trail!(transaction, signed_in.owner(), actor, now, TrailAct::PasskeyAdded, name);
            }
            added
        });
        if added != 1 {
            return Err(StoreError::Exists { kind: "passkey", name: name.to_owned() });
        }
        self.strengthen(SignInMeans::Passkey).await
    }

    /// Removes a passkey; `None` where it is none of the person's.
    pub async fn remove_passkey(&self, passkey: PasskeyId) -> Result<Option<Result<(), LastMeans>>> {
        let view = self.account.view().await?;
        let Some(line) = view.passkeys.iter().find(|line| line.id == passkey) else { return Ok(None) };
        if view.passkeys.len() == 1 && !view.has_password && !view.has_single_sign_on {
            return Ok(Some(Err(LastMeans)));
        }
        let Account { store, signed_in, actor, .. } = &self.account;
        let now = store.now();
        in_transaction!(store, transaction => {
            sqlx::query("DELETE FROM passkey WHERE passkey_id = $1 AND person_id = $2")
                .bind(passkey.0).bind(signed_in.person().0).execute(&mut *transaction).await?;
            add_to_trail!(transaction, signed_in.owner(), actor, now, TrailAct::PasskeyRemoved, line.name);
        });
        Ok(Some(Ok(())))
    }

    /// Notes that this session has shown more than it was opened with.
    async fn strengthen(&self, means: SignInMeans) -> Result<()> {
        let weaker = match means {
            SignInMeans::Password => self.means == SignInMeans::Invitation,
            SignInMeans::Passkey => self.means != SignInMeans::SingleSignOn,
            _ => true,
        };
        if weaker {
            in_transaction!(self.account.store, transaction => {
                sqlx::query("UPDATE session SET means = $2 WHERE session_id = $1")
                    .bind(self.account.session.0).bind(means.code()).execute(&mut *transaction).await?;
            });
        }
        Ok(())
    }
}

fn in_setup(secret: Vec<u8>, provider: &str, email: &str, sealed: String) -> Result<Authenticator> {
    let wrong = |error: totp_rs::TotpError| StoreError::Authenticator(error.to_string());
    let written = BASE32_NOPAD.encode(&secret);
    // A colon would end the name in the address (Key URI format).
    let totp = totp_rs::Builder::new()
        .with_secret(secret)
        .with_issuer(Some(provider.replace(':', " ")))
        .with_account_name(email.replace(':', " "))
        .build()
        .map_err(wrong)?;
    Ok(Authenticator { secret: written, address: totp.to_url().map_err(wrong)?, sealed })
}
