//! Islands: what HTML can’t do, added to pages that read and work without it.

pub mod chart_explorer;
pub mod live;
pub mod live_accesses;
pub mod live_requests;
pub mod passkey;
