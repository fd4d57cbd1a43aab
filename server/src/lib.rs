//! The one binary: HTTP, sign-in, API, background work, command line.

pub mod api;
pub mod cli;
pub mod config;
mod demo;
mod documents;
mod export;
pub mod import_statistics;
mod ingest;
mod live;
mod page_cache;
mod pages;
pub mod problem;
pub mod router;
mod security;
pub mod serve;
mod session;
pub mod sso;
pub mod state;
mod telemetry;
mod transparency;
