//! Hearing of new accesses and of what became of requests for access, whichever process stored it.

use std::time::Duration;

use domain::CustomerId;
use sqlx::{PgConnection, SqliteConnection, pool::CloseEvent, postgres::PgListener};
use tokio::sync::broadcast;
use tracing::{error, warn};
use uuid::Uuid;

use crate::{Result, Store, engine::Pool};

/// The channel on which PostgreSQL tells of what was stored; the payload is the customer's id.
const POSTGRES_CHANNEL: &str = "vitrine_access";
/// How often SQLite is asked whether its file changed: a pragma that reads no page.
const SQLITE_POLL: Duration = Duration::from_millis(250);
const RETRY: Duration = Duration::from_secs(1);
/// A listener that falls this far behind is told so, and looks at the record again.
const BACKLOG: usize = 1_024;

/// An access was stored, or what became of a request for access.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AccessChange {
    For(CustomerId),
    /// SQLite tells that its file changed and not for whom.
    Unknown,
}

/// A transaction that tells every server, once it ends, that something of a customer's was stored.
pub(crate) trait TellChange {
    fn tell_change(&mut self, customer: CustomerId) -> impl Future<Output = Result<()>> + Send;
}

impl TellChange for SqliteConnection {
    async fn tell_change(&mut self, _: CustomerId) -> Result<()> {
        // Its file changes.
        Ok(())
    }
}

impl TellChange for PgConnection {
    async fn tell_change(&mut self, customer: CustomerId) -> Result<()> {
        sqlx::query("SELECT pg_notify($1, $2)").bind(POSTGRES_CHANNEL).bind(customer.to_string()).execute(self).await?;
        Ok(())
    }
}

impl Store {
    /// Begins to listen, and goes on until the store is closed. Call it once a server.
    pub async fn listen(&self) -> Result<broadcast::Sender<AccessChange>> {
        let (sender, _) = broadcast::channel(BACKLOG);
        let told = sender.clone();
        match &self.pool {
            Pool::Sqlite { read, .. } => {
                let closed = read.close_event();
                let mut connection = read.acquire().await?.detach();
                let mut version: i64 = sqlx::query_scalar("PRAGMA data_version").fetch_one(&mut connection).await?;
                spawn_until(closed, async move {
                    let mut ticks = tokio::time::interval(SQLITE_POLL);
                    loop {
                        ticks.tick().await;
                        match sqlx::query_scalar("PRAGMA data_version").fetch_one(&mut connection).await {
                            Ok(now) if now != version => {
                                version = now;
                                // An error means that nobody listens.
                                let _ = told.send(AccessChange::Unknown);
                            }
                            Ok(_) => {}
                            Err(error) => warn!(%error, "SQLite doesn't tell whether its file changed"),
                        }
                    }
                });
            }
            Pool::Postgres(pool) => {
                let mut listener = PgListener::connect_with(pool).await?;
                listener.listen(POSTGRES_CHANNEL).await?;
                spawn_until(pool.close_event(), async move {
                    loop {
                        // The listener connects again by itself; what came meanwhile is then unknown.
                        match listener.try_recv().await {
                            Ok(Some(notification)) => match notification.payload().parse::<Uuid>() {
                                Ok(customer) => {
                                    let _ = told.send(AccessChange::For(CustomerId(customer)));
                                }
                                Err(error) => error!(%error, "a notification names no customer"),
                            },
                            Ok(None) => {
                                let _ = told.send(AccessChange::Unknown);
                            }
                            Err(error) => {
                                warn!(%error, "PostgreSQL's notifications are interrupted");
                                tokio::time::sleep(RETRY).await;
                            }
                        }
                    }
                });
            }
        }
        Ok(sender)
    }
}

/// Runs a task that would go on for ever until the pool closes: closing waits for the connection that it holds.
fn spawn_until(closed: CloseEvent, task: impl Future<Output = ()> + Send + 'static) {
    tokio::spawn(async move {
        tokio::select! {
            () = closed => {}
            () = task => {}
        }
    });
}
