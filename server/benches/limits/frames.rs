//! How smoothly a chart is explored in a browser.

use std::{
    path::Path,
    process::{Command, Stdio},
};

use serde::Deserialize;

use crate::Result;

/// Frames of some seconds of exploring, in milliseconds.
#[derive(Deserialize)]
pub struct Frames {
    pub frames: u64,
    /// What the page's own thread did for each, whatever else the machine did.
    pub work: f64,
    pub median: f64,
    pub p95: f64,
    pub worst: f64,
    /// Those that took longer than a sixtieth of a second, and than two.
    pub late: u64,
    pub later: u64,
}

/// Explores the first chart of a page.
pub fn explore(url: &str) -> Result<Frames> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).with_file_name("end2end");
    let output = Command::new("node")
        .args(["frames.mjs", url])
        .current_dir(folder)
        .stdin(Stdio::null())
        .stderr(Stdio::inherit())
        .output()
        .map_err(|error| format!("node doesn't run: {error}"))?;
    if !output.status.success() {
        return Err(format!("the browser could not explore {url}").into());
    }
    Ok(serde_json::from_slice(&output.stdout)?)
}
