//! What people see: pages, islands and charts.
//!
//! Pages are rendered on the server alone and work without JavaScript; they never reach the browser as WebAssembly.
//! Islands add what HTML can't do; only they, and the chart drawing they share with the server, are compiled for the
//! browser.

// Rendering nests types deeply.
#![recursion_limit = "256"]

pub mod access_line;
pub mod chart;
pub mod islands;
pub mod paths;

#[cfg(feature = "ssr")]
mod components;
#[cfg(feature = "ssr")]
pub mod context;
#[cfg(feature = "ssr")]
mod device;
#[cfg(feature = "ssr")]
pub mod embed;
#[cfg(feature = "ssr")]
mod grant_line;
#[cfg(feature = "ssr")]
mod inquiry_line;
#[cfg(feature = "ssr")]
mod live_figures;
#[cfg(feature = "ssr")]
mod notice_fields;
#[cfg(feature = "ssr")]
mod notice_line;
#[cfg(feature = "ssr")]
mod pages;
#[cfg(feature = "ssr")]
mod promptness;
#[cfg(feature = "ssr")]
mod shell;
#[cfg(feature = "ssr")]
mod term_parts;

#[cfg(feature = "ssr")]
pub use pages::exceptions::counted as counted_exceptions;
#[cfg(feature = "ssr")]
pub use shell::shell;

/// Wakes the islands of the page that loaded this module.
#[cfg(feature = "hydrate")]
#[wasm_bindgen::prelude::wasm_bindgen]
pub fn hydrate() {
    leptos::mount::hydrate_islands();
}
