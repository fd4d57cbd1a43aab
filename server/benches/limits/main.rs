//! `make bench`: what the portal does, against the strictest limit that can be named for it, in one table.
//!
//! The portal runs as it does in production: a process of its own, asked over HTTP. A limit does the same work with
//! the tools that know nothing of Vitrine: the databases' own bulk loaders, and axum with the answer in memory. What
//! is measured and its limit take turns, so that both see the same machine, and the median round counts.
//!
//! A missed aim is said in the table. The exit status tells only whether everything could be measured.

mod accesses;
mod database;
mod frames;
mod lighthouse;
mod load;
mod portal;
mod report;

use std::{path::Path, process::ExitCode, time::Duration};

use accesses::Accesses;
use database::Database;
use load::Memory;
use portal::{Page, Portal};
use report::{Aim, Report, megabytes};
use store::Engine;

/// The limits' as it is the server's.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

type Result<T, E = Box<dyn std::error::Error>> = std::result::Result<T, E>;

/// Sets another large size, for a quick run.
const LARGE_VARIABLE: &str = "VITRINE_BENCH_LARGE";
const SMALL: u64 = 10_000;
const LARGE: u64 = 1_000_000;
/// Accesses in one request.
const BATCH: u64 = 1_000;
const ROUNDS: usize = 3;
/// What a page that loads WebAssembly may load in all, after brotli.
const PAGE_WEIGHT: u64 = 120_000;
/// Words and a country, as a reader would ask for them.
const FILTERED: &str = "/portal/access?q=firmware+rack&country=IN";

fn main() -> ExitCode {
    if !std::env::args().any(|argument| argument == "--bench") {
        println!("measurements run by `make bench`");
        return ExitCode::SUCCESS;
    }
    match measure() {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("error: the measurement failed: {error}");
            ExitCode::FAILURE
        }
    }
}

fn measure() -> Result<()> {
    let large = match std::env::var(LARGE_VARIABLE) {
        Ok(count) => count.parse().map_err(|_| format!("{LARGE_VARIABLE} is no number: {count}"))?,
        Err(_) => LARGE,
    };
    let scratch = tempfile::tempdir()?;
    let mut report = Report::begin(SMALL, large);
    let mut filled = Vec::new();
    for engine in [Engine::Sqlite, Engine::Postgres] {
        filled.push(ingest(&mut report, scratch.path(), engine, SMALL, ROUNDS)?);
        // One round: it takes minutes, and its thousand requests even out by themselves.
        filled.push(ingest(&mut report, scratch.path(), engine, large, 1)?);
    }
    for filled in &filled {
        export(&mut report, filled)?;
    }
    for filled in &filled {
        access_pages(&mut report, filled, filled.accesses == large)?;
    }
    if let Some(first) = filled.first() {
        public_page(&mut report, first)?;
        lighthouse(&mut report, first)?;
        explored(&mut report, first)?;
        page_weights(&mut report, first)?;
    }
    report.end();
    Ok(())
}

/// A database with accesses in it.
struct Filled {
    database: Database,
    accesses: u64,
    name: String,
}

/// Reports accesses over HTTP, one batch after the other on one connection, and lets the database's own loader write
/// the same rows.
fn ingest(report: &mut Report, scratch: &Path, engine: Engine, count: u64, rounds: usize) -> Result<Filled> {
    let name = format!("{}, {}", database::name(engine), report::count(count));
    let mut times = Vec::new();
    let mut last = None;
    for round in 0..rounds {
        drop(last.take());
        let database = Database::create(engine, scratch, &format!("{count}_{round}"))?;
        let token = portal::prepare(&database)?;
        let portal = Portal::open(&database)?;
        let mut accesses = Accesses::new();
        let mut ours = Duration::ZERO;
        for begun in (0..count).step_by(BATCH as usize) {
            let batch = BATCH.min(count - begun);
            ours += portal.report(&token, accesses.lines(batch), batch)?;
        }
        drop(portal);
        let theirs = database.load_same_rows(scratch)?;
        times.push((ours, theirs));
        last = Some(database);
    }
    let database = last.ok_or("no round was run")?;
    let limit = match engine {
        Engine::Sqlite => "the same rows by sqlite3 .import",
        Engine::Postgres => "the same rows by psql \\copy FROM",
    };
    let figures = times.into_iter().map(|(ours, theirs)| (per_second(count, ours), per_second(count, theirs)));
    report.rates(
        &format!("ingest over HTTP by {} ({name})", report::count(BATCH)),
        limit,
        figures.collect(),
        Aim::AtLeast(0.3),
    );
    database.settle()?;
    Ok(Filled { database, accesses: count, name })
}

/// Downloads the whole record as CSV, and lets the database's own tool write out the columns that it is made of.
fn export(report: &mut Report, filled: &Filled) -> Result<()> {
    let portal = Portal::open(&filled.database)?;
    let cookie = portal.sign_in(&filled.database)?;
    let mut figures = Vec::new();
    for _ in 0..ROUNDS {
        let (ours, lines) = portal.download("/portal/access.csv", &cookie)?;
        if lines != filled.accesses + 1 {
            return Err(format!("{} lines came of {} accesses and a header", lines, filled.accesses).into());
        }
        let theirs = filled.database.dump()?;
        figures.push((per_second(filled.accesses, ours), per_second(filled.accesses, theirs)));
    }
    let limit = match filled.database.engine() {
        Engine::Sqlite => "sqlite3 -csv of sequence, recorded_at, record",
        Engine::Postgres => "psql \\copy TO of sequence, recorded_at, record",
    };
    report.rates(&format!("CSV export ({})", filled.name), limit, figures, Aim::AtLeast(0.6));
    report.note(&format!("  the server's peak memory meanwhile: {}", megabytes(portal.peak_memory()?)));
    Ok(())
}

/// The access page as a member sees it.
fn access_pages(report: &mut Report, filled: &Filled, with_filter: bool) -> Result<()> {
    let portal = Portal::open(&filled.database)?;
    let cookie = portal.sign_in(&filled.database)?;
    page(report, &portal, "/portal/access", Some(&cookie), &filled.name, Aim::AtLeast(0.1))?;
    if with_filter {
        page(report, &portal, FILTERED, Some(&cookie), &filled.name, Aim::None)?;
    }
    Ok(())
}

/// The page of published statistics, with as much to show as the demonstration has.
fn public_page(report: &mut Report, filled: &Filled) -> Result<()> {
    portal::import_statistics(&filled.database)?;
    let portal = Portal::open(&filled.database)?;
    page(report, &portal, "/transparency", None, "public", Aim::AtLeast(0.9))
}

/// What Lighthouse says of the page of published statistics, with nothing imported but what the bench did.
fn lighthouse(report: &mut Report, filled: &Filled) -> Result<()> {
    let portal = Portal::open(&filled.database)?;
    let page = "/transparency";
    for lighthouse::Score { category, score } in lighthouse::scores(&portal.url(page))? {
        let aim = if category == "performance" { 98.0 } else { 100.0 };
        report.score(&format!("Lighthouse: {category} of {page}"), score, aim);
    }
    Ok(())
}

/// How long frames take while charts are explored: sixty a second, or what the page's own thread does for each.
fn explored(report: &mut Report, filled: &Filled) -> Result<()> {
    let portal = Portal::open(&filled.database)?;
    for page in ["/transparency", "/transparency/outcomes"] {
        let frames::Frames { frames, work, median, p95, worst, late, later } = frames::explore(&portal.url(page))?;
        report.frames(&format!("a frame while {page} is explored, the 95th of 100"), p95, Aim::None);
        report.frames(&format!("the page's own work for it, {page}"), work, Aim::AtMost(0.5));
        report.note(&format!(
            "  of {frames} frames {late} took longer than 16.7 ms, {later} longer than 33.3 ms; the median {median:.1} \
             ms, the worst {worst:.1} ms"
        ));
    }
    Ok(())
}

/// One page under load, and axum with the same answer in memory.
fn page(report: &mut Report, portal: &Portal, path: &str, cookie: Option<&str>, of: &str, aim: Aim) -> Result<()> {
    let memory = Memory::serve(portal.get(path, cookie)?)?;
    let mut figures = Vec::new();
    for _ in 0..ROUNDS {
        figures.push((load::wrk(&portal.url(path), cookie)?, load::wrk(&memory.url(), None)?));
    }
    report.rates(&format!("GET {path} ({of})"), "axum with the same bytes in memory", figures, aim);
    Ok(())
}

/// What each page makes a browser load of WebAssembly and JavaScript.
fn page_weights(report: &mut Report, filled: &Filled) -> Result<()> {
    let portal = Portal::open(&filled.database)?;
    let member = portal.sign_in(&filled.database)?;
    for (path, cookie) in [
        ("/", None),
        ("/transparency", None),
        ("/sign-in", None),
        ("/portal", Some(&member)),
        ("/portal/access", Some(&member)),
        ("/portal/access/0", Some(&member)),
        ("/account", Some(&member)),
    ] {
        let page = portal.get(path, cookie.map(String::as_str))?;
        let mut weight = 0;
        for file in scripts(&page) {
            weight += portal.weight(&file)?;
        }
        report.weight(&format!("WebAssembly and JavaScript of {path}, after brotli"), weight, PAGE_WEIGHT);
    }
    Ok(())
}

/// The build's scripts and modules that a page names.
fn scripts(page: &Page) -> Vec<String> {
    let html = String::from_utf8_lossy(&page.body);
    let mut files = html
        .split(['"', '\''])
        .filter(|text| text.starts_with("/pkg/") && (text.ends_with(".js") || text.ends_with(".wasm")))
        .map(str::to_owned)
        .collect::<Vec<_>>();
    files.sort();
    files.dedup();
    files
}

fn per_second(count: u64, time: Duration) -> f64 {
    count as f64 / time.as_secs_f64()
}
