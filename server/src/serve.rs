//! Runs the server until it is told to stop.

use std::{net::SocketAddr, sync::Arc, time::Duration};

use axum::{ServiceExt, serve::ListenerExt};
use axum_client_ip::ClientIpSource;
use chrono::TimeDelta;
use leptos::prelude::LeptosOptions;
use store::{Engine, Store, StoreError};
use tokio::{net::TcpListener, sync::watch};
use tracing::{info, warn};

use crate::{
    api,
    config::{Config, ConfigError},
    mail::Mailer,
    mappings::{Mappings, MappingsError},
    page_cache::{self, Cached, PageCache},
    passkeys::Passkeys,
    router,
    sso::SsoClient,
    state::{AppState, Shared},
    telemetry,
    webhooks::Courier,
};

/// How long requests under way may take once the server is told to stop.
const GRACE: Duration = Duration::from_secs(10);

/// How long until demands are looked at again, whatever the clock was said to be.
const LOOK_AGAIN: Duration = Duration::from_secs(30);
/// How long a mail may wait that was just queued.
const LOOK_FOR_MAIL: Duration = Duration::from_secs(10);
/// How long a webhook's message may wait that was just queued.
const LOOK_FOR_WEBHOOKS: Duration = Duration::from_secs(1);
/// How long after its time the end of a grant may be told. Whoever looks at it knows at once.
const LOOK_FOR_GRANTS: Duration = Duration::from_secs(1);
/// How often old mail, old messages and old keys are forgotten.
const FORGET: TimeDelta = TimeDelta::days(1);

/// What keeps a server from starting or running.
#[derive(Debug, thiserror::Error)]
pub enum ServeError {
    #[error(transparent)]
    Store(#[from] StoreError),
    #[error(
        "{address} can't be listened on: {source}. Is another server running there? --listen names another address"
    )]
    Listen { address: SocketAddr, source: std::io::Error },
    #[error("the server failed")]
    Io(#[from] std::io::Error),
    #[error(transparent)]
    Config(#[from] ConfigError),
    #[error("passkeys can't be taken at the portal's address")]
    Passkeys(#[from] webauthn_rs::prelude::WebauthnError),
    #[error("the API's description can't be made")]
    OpenApi(#[from] serde_json::Error),
    #[error("metrics can't be collected")]
    Metrics(#[from] metrics_exporter_prometheus::BuildError),
    #[error(transparent)]
    Mappings(#[from] MappingsError),
    #[error("the page {0} has no audience in app::paths::PAGES, or one stands there that no page has")]
    Audience(String),
}

/// Everything that handlers share; `stopping` turns true when the server is to stop.
pub async fn state(store: Store, config: Config, stopping: watch::Receiver<bool>) -> Result<AppState, ServeError> {
    check_pages()?;
    let program = std::env::current_exe()?;
    let hashed = program.with_file_name("hash.txt").is_file();
    let options = LeptosOptions::builder()
        .output_name("vitrine")
        .site_root(config.site.to_string_lossy().into_owned())
        .site_addr(config.listen)
        .hash_files(hashed)
        .build();
    let public_url = config.public_url()?;
    let store = if config.mail()?.is_some() { store.with_mail() } else { store };
    Ok(AppState::new(Shared {
        changes: store.listen().await?,
        store,
        sso: SsoClient::new(config.sso_private_addresses),
        passkeys: Passkeys::new(&public_url, &config.provider)?,
        public_url,
        mappings: Mappings::load(&config.access_mappings)?,
        config,
        options,
        openapi: Arc::new(api::document()?),
        pages: PageCache::new(),
        metrics: telemetry::collect_metrics()?,
        stopping,
    }))
}

/// Every page has an audience, and every audience a page. It also readies Leptos to render.
fn check_pages() -> Result<(), ServeError> {
    let mut pages = leptos_axum::generate_route_list(app::shell)
        .into_iter()
        .map(|route| route.path().to_owned())
        .collect::<Vec<_>>();
    let mut known = app::paths::PAGES.iter().map(|(path, _)| (*path).to_owned()).collect::<Vec<_>>();
    pages.sort();
    known.sort();
    match pages.iter().find(|page| !known.contains(page)).or(known.iter().find(|page| !pages.contains(page))) {
        None => Ok(()),
        Some(page) => Err(ServeError::Audience(page.clone())),
    }
}

/// Answers HTTP until SIGINT or SIGTERM, then lets what is under way end.
pub async fn run(store: Store, config: Config, listening: impl FnOnce(SocketAddr)) -> Result<(), ServeError> {
    let address = config.listen;
    let listener = TcpListener::bind(address).await.map_err(|source| ServeError::Listen { address, source })?;
    let address = listener.local_addr()?;
    if !config.site.join("pkg").is_dir() {
        warn!(site = %config.site.display(), "the folder has no pkg: pages come without style and WebAssembly; `cargo leptos build --release` makes it");
    }
    if config.public_url()?.scheme() == "https" && matches!(config.client_ip, ClientIpSource::ConnectInfo) {
        warn!(
            "what answers https before this server is taken for everybody's address, so tries to sign in are counted \
             together; set `client_ip` to the header in which it tells the reader's"
        );
    }
    let (stop, stopping) = watch::channel(false);
    let mailer = Mailer::new(&config)?;
    let courier = Courier::new(&config);
    let state = state(store, config, stopping.clone()).await?;
    let store = state.store.clone();
    store.check_ready().await?;
    store.check_keys().await?;
    if store.engine() == Engine::Sqlite {
        info!("SQLite: one server on this file; PostgreSQL takes any number");
    }
    // Without it a streamed page waits for the reader's acknowledgement.
    let listener = listener.tap_io(|stream| {
        if let Err(error) = stream.set_nodelay(true) {
            tracing::debug!(%error, "a connection keeps Nagle's algorithm");
        }
    });
    let mut until = stopping.clone();
    let current = tokio::spawn(page_cache::keep_current(state.clone(), stopping.clone()));
    let service = Cached::new(router::router(state.clone()), state);
    let server = axum::serve(listener, service.into_make_service_with_connect_info::<SocketAddr>())
        .with_graceful_shutdown(async move {
            // It fails only where the sender is gone, which is a reason to stop too.
            let _ = until.wait_for(|stopping| *stopping).await;
        });
    let releasing = tokio::spawn(release(store.clone(), stopping.clone()));
    let ending = tokio::spawn(end_grants(store.clone(), stopping.clone()));
    let telling = tokio::spawn(tell_webhooks(store.clone(), courier, stopping.clone()));
    let mailing = mailer.map(|mailer| tokio::spawn(send_mail(store.clone(), mailer, stopping)));
    listening(address);
    let server = tokio::spawn(server.into_future());
    asked_to_stop().await?;
    info!("stopping; a second signal stops at once");
    stop.send_replace(true);
    tokio::select! {
        ended = server => ended.map_err(std::io::Error::other)??,
        () = tokio::time::sleep(GRACE) => warn!("some requests had not ended after {} s", GRACE.as_secs()),
        again = asked_to_stop() => again?,
    }
    current.await.map_err(std::io::Error::other)?;
    releasing.await.map_err(std::io::Error::other)?;
    ending.await.map_err(std::io::Error::other)?;
    match tokio::time::timeout(GRACE, telling).await {
        Ok(ended) => ended.map_err(std::io::Error::other)?,
        Err(_) => warn!("a webhook was not told after {} s; it is told again later", GRACE.as_secs()),
    }
    if let Some(mailing) = mailing {
        match tokio::time::timeout(GRACE, mailing).await {
            Ok(ended) => ended.map_err(std::io::Error::other)?,
            Err(_) => warn!("a mail was not sent after {} s; it is sent again later", GRACE.as_secs()),
        }
    }
    store.close().await;
    Ok(())
}

/// Tells customers of demands as soon as no order seals them any more, and of transfers whose mechanism fell, until the
/// server stops. What came due while no server ran goes out at once.
async fn release(store: Store, mut stopping: watch::Receiver<bool>) {
    let mut seen = None;
    loop {
        match store.tell_of_fallen(seen).await {
            Ok((told, state)) => {
                if told > 0 {
                    info!(told, "customers were told of transfers whose mechanism is in force no more");
                }
                seen = Some(state);
            }
            Err(error) => {
                tracing::error!(error = &error as &dyn std::error::Error, "transfers could not be looked at");
            }
        }
        let until = match store.release_due().await {
            Ok((released, next)) => {
                if released > 0 {
                    info!(released, "customers were told of demands whose orders not to tell have ended");
                }
                next.map_or(LOOK_AGAIN, |next| next.since(store.now()).to_std().unwrap_or_default())
            }
            Err(error) => {
                tracing::error!(error = &error as &dyn std::error::Error, "demands could not be looked at");
                LOOK_AGAIN
            }
        };
        // Another server, or the legal team, may bring an end nearer.
        if stops_within(until.min(LOOK_AGAIN), &mut stopping).await {
            return;
        }
    }
}

/// Sends what waits to be mailed, and reminds customers of notices, until the server stops.
async fn send_mail(store: Store, mailer: Mailer, mut stopping: watch::Receiver<bool>) {
    let mut forget_at = store.now();
    loop {
        let worked = async {
            if store.now() >= forget_at {
                store.outbox().forget().await?;
                forget_at = store.now().plus(FORGET);
            }
            mailer.work(&store, &stopping).await
        };
        if let Err(error) = worked.await {
            tracing::error!(error = &error as &dyn std::error::Error, "mail could not be looked at");
        }
        if stops_within(LOOK_FOR_MAIL, &mut stopping).await {
            return;
        }
    }
}

/// Writes, and tells, that requests for access expired and grants ended, until the server stops.
async fn end_grants(store: Store, mut stopping: watch::Receiver<bool>) {
    loop {
        if let Err(error) = store.end_due_grants().await {
            tracing::error!(error = &error as &dyn std::error::Error, "grants could not be looked at");
        }
        if stops_within(LOOK_FOR_GRANTS, &mut stopping).await {
            return;
        }
    }
}

/// Delivers what waits for webhooks, until the server stops.
async fn tell_webhooks(store: Store, courier: Courier, mut stopping: watch::Receiver<bool>) {
    let mut forget_at = store.now();
    loop {
        let worked = async {
            if store.now() >= forget_at {
                store.webhook_outbox().forget().await?;
                store.forget_signing_keys().await?;
                forget_at = store.now().plus(FORGET);
            }
            courier.work(&store, &stopping).await
        };
        if let Err(error) = worked.await {
            tracing::error!(error = &error as &dyn std::error::Error, "webhooks could not be looked at");
        }
        if stops_within(LOOK_FOR_WEBHOOKS, &mut stopping).await {
            return;
        }
    }
}

/// Waits so long; true where the server is told to stop meanwhile.
async fn stops_within(time: Duration, stopping: &mut watch::Receiver<bool>) -> bool {
    // Waiting for the word fails only where the sender is gone, which is a reason to stop too.
    tokio::time::timeout(time, stopping.wait_for(|stopping| *stopping)).await.is_ok()
}

async fn asked_to_stop() -> std::io::Result<()> {
    #[cfg(unix)]
    {
        let mut terminate = tokio::signal::unix::signal(tokio::signal::unix::SignalKind::terminate())?;
        tokio::select! {
            interrupted = tokio::signal::ctrl_c() => interrupted,
            _ = terminate.recv() => Ok(()),
        }
    }
    #[cfg(not(unix))]
    tokio::signal::ctrl_c().await
}
