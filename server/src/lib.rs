//! The one binary: HTTP, sign-in, API, background work, command line.

mod account;
mod activity;
pub mod api;
pub mod cli;
pub mod config;
mod demo;
mod documents;
mod downloads;
mod export;
pub mod import_statistics;
mod ingest;
mod live;
mod organisation;
mod page_cache;
mod pages;
mod passkeys;
pub mod problem;
pub mod router;
mod security;
pub mod serve;
mod session;
mod sign_in;
mod single_sign_on;
pub mod sso;
pub mod state;
mod telemetry;
mod transparency;
