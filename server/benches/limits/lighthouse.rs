//! Lighthouse, as it measures a page on a middling phone.

use std::{
    env,
    process::{Command, Stdio},
};

use serde_json::Value;

use crate::Result;

const CATEGORIES: [&str; 4] = ["accessibility", "best-practices", "seo", "performance"];
/// Of odd many runs the median counts: performance varies with whatever else the machine does.
const RUNS: usize = 3;
/// The browser stays on this machine, and may be root's.
const BROWSER: &str = "--headless=new --no-sandbox --disable-gpu --disable-quic --no-first-run \
    --disable-background-networking --disable-component-update --disable-sync";

/// Points out of a hundred.
pub struct Score {
    pub category: &'static str,
    pub score: f64,
}

/// What a page is given in each category. An audit that failed is told on standard error.
pub fn scores(url: &str) -> Result<Vec<Score>> {
    let mut runs = Vec::new();
    for _ in 0..RUNS {
        runs.push(run(url)?);
    }
    tell_failed(&runs[0]);
    let median = |category: &'static str| {
        let mut scores = runs
            .iter()
            .map(|run| run["categories"][category]["score"].as_f64().ok_or("a category has no score"))
            .collect::<Result<Vec<_>, _>>()?;
        scores.sort_by(f64::total_cmp);
        Ok(Score { category, score: (scores[RUNS / 2] * 100.0).round() })
    };
    CATEGORIES.into_iter().map(median).collect()
}

fn run(url: &str) -> Result<Value> {
    let mut command = Command::new("lighthouse");
    if let Some(browser) = env::var_os("CHROMIUM") {
        command.env("CHROME_PATH", browser);
    }
    let output = command
        .args([url, "--quiet", "--no-enable-error-reporting", "--output=json"])
        .args([format!("--only-categories={}", CATEGORIES.join(",")), format!("--chrome-flags={BROWSER}")])
        .stdin(Stdio::null())
        .stderr(Stdio::inherit())
        .output()?;
    if !output.status.success() {
        return Err(format!("lighthouse failed on {url}").into());
    }
    let run: Value = serde_json::from_slice(&output.stdout)?;
    match run["runtimeError"]["message"].as_str() {
        Some(error) => Err(format!("lighthouse could not load {url}: {error}").into()),
        None => Ok(run),
    }
}

/// Names what cost points.
fn tell_failed(run: &Value) {
    for category in CATEGORIES {
        for audit in run["categories"][category]["auditRefs"].as_array().into_iter().flatten() {
            let Some(id) = audit["id"].as_str() else { continue };
            let result = &run["audits"][id];
            let counts = audit["weight"].as_f64().is_some_and(|weight| weight > 0.0);
            if let Some(score) = result["score"].as_f64().filter(|score| counts && *score < 1.0) {
                eprintln!("lighthouse, {category}: {id} is given {score} ({})", result["title"].as_str().unwrap_or(id));
            }
        }
    }
}
