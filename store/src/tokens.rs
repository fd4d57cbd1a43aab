//! Bearer tokens of the API: opaque, stored hashed.

use domain::CustomerId;
use sha2::{Digest, Sha256};
use uuid::Uuid;

use crate::{
    Customer, CustomerAccess, Reporter, Result, Store, StoreError,
    engine::{on_engine, random_bytes},
};

/// What a token allows.
#[derive(Clone, Copy, Debug, PartialEq, Eq, strum::EnumString, strum::IntoStaticStr, strum::VariantArray)]
pub enum Scope {
    /// Report accesses to any customer's record. For the provider's systems.
    #[strum(serialize = "access-events:write")]
    AccessEventsWrite,
    /// Read the customer's own record. For the customer's systems.
    #[strum(serialize = "access-events:read")]
    AccessEventsRead,
    /// Read the server's metrics. For the provider's monitoring.
    #[strum(serialize = "metrics:read")]
    MetricsRead,
}

impl Scope {
    pub const ALL: &'static [Self] = <Self as strum::VariantArray>::VARIANTS;

    pub fn code(self) -> &'static str {
        self.into()
    }
}

/// A token as it is shown once. Its prefix lets secret scanners find one that leaked.
pub struct ApiToken(String);

impl ApiToken {
    const PREFIX: &'static str = "vitrine_";

    pub(crate) fn generate() -> Result<Self> {
        Ok(Self(format!("{}{}", Self::PREFIX, hex::encode(random_bytes::<32>()?))))
    }

    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// What the database knows of a token. Tokens are 256 random bits, so one round of SHA-256 is enough.
pub(crate) struct TokenHash([u8; 32]);

impl TokenHash {
    pub fn of(token: &str) -> Self {
        Self(Sha256::digest(token).into())
    }

    pub fn as_slice(&self) -> &[u8] {
        &self.0
    }
}

/// Who holds a token, and what for.
pub struct Bearer {
    store: Store,
    scope: Scope,
    customer: Option<Customer>,
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

    /// Whether the token is the provider's and for reading metrics.
    pub fn may_measure(&self) -> bool {
        self.scope == Scope::MetricsRead && self.customer.is_none()
    }

    pub(crate) fn provider_reporter(store: &Store) -> Reporter {
        Reporter::new(store.clone())
    }
}

impl Store {
    /// The bearer of this token, or nobody.
    pub async fn bearer(&self, token: &str) -> Result<Option<Bearer>> {
        type Row = (String, Option<Uuid>, Option<String>, Option<String>);
        let row: Option<Row> = on_engine!(self, pool => sqlx::query_as(
            "SELECT api_token.scope, customer.customer_id, customer.name, customer.display_name
             FROM api_token LEFT JOIN customer USING (customer_id) WHERE token_hash = $1"
        )
        .bind(TokenHash::of(token).as_slice())
        .fetch_optional(pool)
        .await)?;
        let Some((scope, id, name, display_name)) = row else { return Ok(None) };
        let scope = scope.parse().map_err(|_| StoreError::Inconsistent {
            table: "api_token",
            column: "scope",
            value: scope,
        })?;
        let customer = match (id, name, display_name) {
            (Some(id), Some(name), Some(display_name)) => Some(Customer { id: CustomerId(id), name, display_name }),
            _ => None,
        };
        Ok(Some(Bearer { store: self.clone(), scope, customer }))
    }
}
