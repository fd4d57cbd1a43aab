//! Bearer tokens of the API: opaque, stored hashed, ending.

use chrono::TimeDelta;
use domain::{TokenId, TrailAct, demand::LegalReviewer};
use sha2::{Digest, Sha256};
use uuid::Uuid;

use crate::{
    AccessRequester, Customer, CustomerAccess, DemandIntake, DemandReader, NoticeReader, Reporter, Result, Store,
    StoreError, SystemDecider,
    engine::{At, in_transaction, new_id, on_engine, random_bytes},
    people::customer,
    trail::{Actor, Owner, add_to_trail},
};

/// What a token's hash is for; see [`Keyring::hash`](crate::Keyring::hash).
const CONTEXT: &str = "token";

macro_rules! insert {
    ($store:ident, $transaction:ident, $token:expr, $new:expr, $lineage:expr, $actor:expr, $now:expr) => {{
        let (token, new): (&ApiToken, &NewToken<'_>) = ($token, $new);
        sqlx::query(
            "INSERT INTO api_token (token_hash, token_id, customer_id, name, hint, scope, created_by, created_at,
                 expires_at, lineage_id)
             VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)",
        )
        .bind($store.keys.hash(CONTEXT, token.as_str()).as_slice())
        .bind(new_id($now)?)
        .bind(new.owner.customer_id())
        .bind(new.name)
        .bind(token.hint())
        .bind(new.scope.code())
        .bind(&$actor.name)
        .bind(At($now))
        .bind(At($now.plus(new.lasts)))
        .bind::<Option<Uuid>>($lineage)
        .execute(&mut *$transaction)
        .await?;
    }};
}

/// What a token allows.
#[derive(Clone, Copy, Debug, PartialEq, Eq, strum::EnumString, strum::IntoStaticStr, strum::VariantArray)]
pub enum Scope {
    /// Report accesses to any customer's record. For the provider's systems.
    #[strum(serialize = "access-events:write")]
    AccessEventsWrite,
    /// Read the customer's own record. For the customer's systems.
    #[strum(serialize = "access-events:read")]
    AccessEventsRead,
    /// Read the customer's own notices. For the customer's systems.
    #[strum(serialize = "notices:read")]
    NoticesRead,
    /// Register demands. For the systems of the provider's legal team.
    #[strum(serialize = "demands:write")]
    DemandsWrite,
    /// Read demands that no order seals. For the provider's systems.
    #[strum(serialize = "demands:read")]
    DemandsRead,
    /// Ask customers for access to their data. For the provider's systems.
    #[strum(serialize = "access-requests:write")]
    AccessRequestsWrite,
    /// Decide about access to the customer's own data. For the customer's systems.
    #[strum(serialize = "access-decisions:write")]
    AccessDecisionsWrite,
    /// Read the server's metrics. For the provider's monitoring.
    #[strum(serialize = "metrics:read")]
    MetricsRead,
}

impl Scope {
    pub const ALL: &'static [Self] = <Self as strum::VariantArray>::VARIANTS;

    pub fn code(self) -> &'static str {
        self.into()
    }

    /// Whether it is for a customer's tokens; the others are for the provider's.
    pub fn is_customers(self) -> bool {
        match self {
            Self::AccessEventsRead | Self::NoticesRead | Self::AccessDecisionsWrite => true,
            Self::AccessEventsWrite
            | Self::DemandsWrite
            | Self::DemandsRead
            | Self::AccessRequestsWrite
            | Self::MetricsRead => false,
        }
    }
}

/// A token as it is shown once: `vitrine_`, 64 hexadecimal digits, and 8 that check them. The prefix lets secret
/// scanners find one that leaked, and the check lets them tell it from a text that only looks like one.
pub struct ApiToken(String);

impl ApiToken {
    const PREFIX: &'static str = "vitrine_";
    const CHECK: usize = 8;
    const HINT: usize = 16;

    fn generate() -> Result<Self> {
        let secret = format!("{}{}", Self::PREFIX, hex::encode(random_bytes::<32>()?));
        Ok(Self(format!("{secret}{}", Self::check(&secret))))
    }

    fn check(secret: &str) -> String {
        let mut check = hex::encode(Sha256::digest(secret));
        check.truncate(Self::CHECK);
        check
    }

    /// Whether a text can be a token at all.
    fn is_well_formed(text: &str) -> bool {
        text.len() == Self::PREFIX.len() + 64 + Self::CHECK
            && text.starts_with(Self::PREFIX)
            && text.is_char_boundary(text.len() - Self::CHECK)
            && text.ends_with(&Self::check(&text[..text.len() - Self::CHECK]))
    }

    pub fn as_str(&self) -> &str {
        &self.0
    }

    fn hint(&self) -> &str {
        self.0.get(..Self::HINT).unwrap_or(&self.0)
    }
}

/// A token to be made.
pub(crate) struct NewToken<'a> {
    pub owner: Owner,
    pub name: &'a str,
    pub scope: Scope,
    pub lasts: TimeDelta,
}

/// Who holds a token, and what for.
pub struct Bearer {
    store: Store,
    scope: Scope,
    customer: Option<Customer>,
    token: TokenId,
    token_name: String,
    /// The first of the tokens that took each other's place up to this one.
    lineage: TokenId,
}

impl Bearer {
    /// The right to report accesses, where the token is the provider's and of that scope.
    pub fn reporter(&self) -> Option<Reporter> {
        (self.scope == Scope::AccessEventsWrite && self.customer.is_none())
            .then(|| Self::provider_reporter(&self.store))
    }

    /// The right to read one customer's record, where the token is that customer's and of that scope.
    pub fn records(&self) -> Option<CustomerAccess> {
        let customer = self.customer.clone().filter(|_| self.scope == Scope::AccessEventsRead)?;
        Some(CustomerAccess::new(self.store.clone(), customer))
    }

    /// The right to read one customer's notices, where the token is that customer's and of that scope.
    pub fn notices(&self) -> Option<NoticeReader> {
        let customer = self.customer.as_ref().filter(|_| self.scope == Scope::NoticesRead)?;
        Some(NoticeReader::new(self.store.clone(), customer.id))
    }

    /// The right to register demands, where the token is the provider's and of that scope.
    pub fn demand_intake(&self) -> Option<DemandIntake> {
        let reviewer = LegalReviewer::of_system(self.token, &self.token_name);
        (self.scope == Scope::DemandsWrite && self.customer.is_none())
            .then(|| DemandIntake::new(self.store.clone(), reviewer, self.lineage))
    }

    /// The right to read demands that no order seals, where the token is the provider's and of that scope.
    pub fn demands(&self) -> Option<DemandReader> {
        (self.scope == Scope::DemandsRead && self.customer.is_none()).then(|| DemandReader::new(self.store.clone()))
    }

    /// The right to ask for access, where the token is the provider's and of that scope.
    pub fn access_requests(&self) -> Option<AccessRequester> {
        (self.scope == Scope::AccessRequestsWrite && self.customer.is_none())
            .then(|| AccessRequester::new(self.store.clone(), self.lineage, self.token_name.clone()))
    }

    /// The right to decide about access to one customer's data, where the token is that customer's and of that scope.
    pub fn access_decisions(&self) -> Option<SystemDecider> {
        let customer = self.customer.clone().filter(|_| self.scope == Scope::AccessDecisionsWrite)?;
        Some(SystemDecider::new(self.store.clone(), customer, self.token, self.token_name.clone()))
    }

    /// Whether the token is the provider's and for reading metrics.
    pub fn may_measure(&self) -> bool {
        self.scope == Scope::MetricsRead && self.customer.is_none()
    }

    pub(crate) fn provider_reporter(store: &Store) -> Reporter {
        Reporter::new(store.clone())
    }
}

/// A use of a token is noted at most this often, so that a call doesn't mean a write.
const NOTED: TimeDelta = TimeDelta::minutes(1);

pub(crate) fn scope(code: String) -> Result<Scope> {
    code.parse().map_err(|_| StoreError::Inconsistent { table: "api_token", column: "scope", value: code })
}

#[derive(sqlx::FromRow)]
struct BearerRow {
    token_id: Uuid,
    lineage_id: Uuid,
    token_name: String,
    scope: String,
    last_used_at: Option<At>,
    customer_id: Option<Uuid>,
    name: Option<String>,
    display_name: Option<String>,
}

impl Store {
    pub(crate) async fn create_token(&self, new: NewToken<'_>, actor: &Actor) -> Result<ApiToken> {
        let (token, now) = (ApiToken::generate()?, self.now());
        in_transaction!(self, transaction => {
            insert!(self, transaction, &token, &new, None, actor, now);
            let subject = format!("{}, for {}", new.name, new.scope.code());
            add_to_trail!(transaction, new.owner, actor, now, TrailAct::TokenMade, subject);
        });
        Ok(token)
    }

    /// Makes a token like another, which ends after the overlap, and says what both are called; `None` where the owner
    /// has no such token.
    pub(crate) async fn rotate_token(
        &self,
        owner: Owner,
        id: TokenId,
        overlap: TimeDelta,
        actor: &Actor,
    ) -> Result<Option<(String, ApiToken)>> {
        let (token, now) = (ApiToken::generate()?, self.now());
        let until = now.plus(overlap);
        Ok(in_transaction!(self, transaction => {
            let old: Option<(String, String, At, At, Uuid)> = sqlx::query_as(
                "SELECT name, scope, created_at, expires_at, coalesce(lineage_id, token_id) FROM api_token
                 WHERE token_id = $1 AND customer_id IS NOT DISTINCT FROM $2 AND expires_at > $3",
            )
            .bind(id.0).bind(owner.customer_id()).bind(At(now)).fetch_optional(&mut *transaction).await?;
            match old {
                Some((name, code, At(created_at), At(expires_at), lineage)) => {
                    sqlx::query("UPDATE api_token SET expires_at = $2 WHERE token_id = $1")
                        .bind(id.0).bind(At(expires_at.min(until))).execute(&mut *transaction).await?;
                    let lasts = expires_at.since(created_at).max(overlap);
                    let new = NewToken { owner, name: &name, scope: scope(code)?, lasts };
                    insert!(self, transaction, &token, &new, Some(lineage), actor, now);
                    add_to_trail!(transaction, owner, actor, now, TrailAct::TokenRotated, name);
                    Some((name, token))
                }
                None => None,
            }
        }))
    }

    /// The bearer of this token, or nobody.
    pub async fn bearer(&self, token: &str) -> Result<Option<Bearer>> {
        if !ApiToken::is_well_formed(token) {
            return Ok(None);
        }
        let now = self.now();
        loop {
            for hash in self.keys.hashes(CONTEXT, token) {
                let row: Option<BearerRow> = on_engine!(self, pool => sqlx::query_as(
                    "SELECT token_id, coalesce(lineage_id, token_id) AS lineage_id, api_token.name AS token_name, scope, last_used_at,
                         customer.customer_id, customer.name, customer.display_name
                     FROM api_token LEFT JOIN customer USING (customer_id) WHERE token_hash = $1 AND expires_at > $2"
                )
                .bind(hash.as_slice())
                .bind(At(now))
                .fetch_optional(pool)
                .await)?;
                let Some(row) = row else { continue };
                if row.last_used_at.is_none_or(|At(at)| at <= now.minus(NOTED)) {
                    in_transaction!(self, transaction => {
                        // A token that was hashed under an older key is hashed anew with it. When a demand was
                        // registered is for the legal team alone to know: it may be sealed.
                        sqlx::query(
                            "UPDATE api_token SET token_hash = $3,
                                 last_used_at = CASE WHEN scope = $4 THEN last_used_at ELSE $2 END
                             WHERE token_hash = $1",
                        )
                            .bind(hash.as_slice())
                            .bind(At(now))
                            .bind(self.keys.hash(CONTEXT, token).as_slice())
                            .bind(Scope::DemandsWrite.code())
                            .execute(&mut *transaction).await?;
                    });
                }
                let customer = customer((row.customer_id, row.name, row.display_name));
                return Ok(Some(Bearer {
                    store: self.clone(),
                    scope: scope(row.scope)?,
                    customer,
                    token: TokenId(row.token_id),
                    token_name: row.token_name,
                    lineage: TokenId(row.lineage_id),
                }));
            }
            // Another server may have made it under a newer key.
            if !self.keys.refresh()? {
                return Ok(None);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_token_checks_itself() {
        let token = ApiToken::generate().unwrap();
        assert!(ApiToken::is_well_formed(token.as_str()));
        let (head, last) = token.as_str().split_at(token.as_str().len() - 1);
        let other = if last == "0" { "1" } else { "0" };
        for bad in ["", "vitrine_", &format!("{head}{other}"), &format!("{}é", &head[..head.len() - 1])] {
            assert!(!ApiToken::is_well_formed(bad), "{bad}");
        }
    }
}
