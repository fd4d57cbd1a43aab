//! What every handler shares.

use std::{ops::Deref, sync::Arc};

use leptos::prelude::LeptosOptions;
use metrics_exporter_prometheus::PrometheusHandle;
use store::{AccessChange, Store};
use tokio::sync::{broadcast, watch};
use url::Url;

use crate::{config::Config, mappings::Mappings, page_cache::PageCache, passkeys::Passkeys, sso::SsoClient};

/// Cheap to clone, which each layer and route does at each request.
#[derive(Clone)]
pub struct AppState(Arc<Shared>);

impl AppState {
    pub(crate) fn new(shared: Shared) -> Self {
        Self(Arc::new(shared))
    }
}

impl Deref for AppState {
    type Target = Shared;

    fn deref(&self) -> &Shared {
        &self.0
    }
}

impl Shared {
    /// An address of ours as others reach it.
    pub fn address(&self, path: &str) -> String {
        format!("{}{path}", self.public_url.as_str().trim_end_matches('/'))
    }
}

pub struct Shared {
    pub store: Store,
    pub config: Config,
    /// Where people reach the portal.
    pub(crate) public_url: Url,
    pub(crate) passkeys: Passkeys,
    pub options: LeptosOptions,
    pub openapi: Arc<utoipa::openapi::OpenApi>,
    pub(crate) changes: broadcast::Sender<AccessChange>,
    /// How documents of other systems' logs are read.
    pub(crate) mappings: Mappings,
    pub(crate) pages: PageCache,
    pub(crate) sso: SsoClient,
    pub(crate) metrics: PrometheusHandle,
    /// Becomes true when the server is to stop; streams that would go on for ever end then.
    pub(crate) stopping: watch::Receiver<bool>,
}
