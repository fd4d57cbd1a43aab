//! What every handler shares.

use std::sync::Arc;

use leptos::prelude::LeptosOptions;
use metrics_exporter_prometheus::PrometheusHandle;
use store::{AccessChange, Store};
use tokio::sync::{broadcast, watch};
use url::Url;

use crate::{config::Config, page_cache::PageCache, passkeys::Passkeys, sso::SsoClient};

/// Cheap to clone: everything inside is shared.
#[derive(Clone)]
pub struct AppState {
    pub store: Store,
    pub config: Arc<Config>,
    /// Where people reach the portal.
    pub(crate) public_url: Url,
    pub(crate) passkeys: Arc<Passkeys>,
    pub options: LeptosOptions,
    pub openapi: Arc<utoipa::openapi::OpenApi>,
    pub(crate) changes: broadcast::Sender<AccessChange>,
    pub(crate) pages: Arc<PageCache>,
    pub(crate) sso: Arc<SsoClient>,
    pub(crate) metrics: PrometheusHandle,
    /// Becomes true when the server is to stop; streams that would go on for ever end then.
    pub(crate) stopping: watch::Receiver<bool>,
}
