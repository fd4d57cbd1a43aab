//! What can go wrong with the store.

/// An error of the store. None of its texts is for the public: they name tables and addresses of databases.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    #[error("the database failed")]
    Database(#[from] sqlx::Error),
    #[error("the database's schema can't be brought up to date")]
    Migration(#[from] sqlx::migrate::MigrateError),
    #[error("the database's schema is not the one that this program knows; run `server migrate --database …` first")]
    SchemaOutOfDate,
    #[error(
        "row-level security doesn't bind the database's role, so that a mistake could show one customer another's data; \
         use a role without SUPERUSER and BYPASSRLS that owns the database: CREATE ROLE vitrine LOGIN PASSWORD '…'; \
         CREATE DATABASE vitrine OWNER vitrine"
    )]
    AboveRowSecurity,
    #[error("`{0}` is no database address; write sqlite:PATH or postgres://USER@HOST/NAME")]
    Address(String),
    #[error("{table}.{column} holds `{value}`, which is not what this program writes there")]
    Inconsistent { table: &'static str, column: &'static str, value: String },
    #[error("a record can't be read or written as JSON")]
    Json(#[from] serde_json::Error),
    #[error("the machine gives no random bytes: {0}")]
    Random(String),
    #[error("a password can't be taken: {0}")]
    Password(String),
    #[error("an authenticator can't be set up: {0}")]
    Authenticator(String),
    #[error(transparent)]
    Key(#[from] crate::KeyError),
    #[error("a background task of the store ended early: {0}")]
    Task(String),
    #[error("there is already a {kind} named `{name}`")]
    Exists { kind: &'static str, name: String },
    #[error("the register of a demand is none that this program wrote")]
    Register(#[from] domain::demand::ReplayError),
    #[error("a notice of a demand can't be given: {0}")]
    Notice(domain::demand::Refusal),
    #[error("the register of a grant is none that this program wrote")]
    GrantRegister(#[from] domain::grant::GrantReplayError),
    #[error("a standing rule decided what can't be decided so: {0}")]
    Grant(domain::grant::GrantRefusal),
    #[error(
        "no key signs yet by this server's clock, which says {0}: it is behind the clock of the server that made the keys; \
         set it right"
    )]
    Clock(domain::Timestamp),
    #[error("somebody else changed it meanwhile; look again, and repeat")]
    Meanwhile,
    #[error("nothing waits for a second person’s confirmation under the address `{0}`")]
    NothingWaits(String),
    #[error("it can't be confirmed: {0}")]
    NotConfirmed(crate::Refusal),
    #[error("there is no customer named `{0}`")]
    NoCustomer(String),
}
