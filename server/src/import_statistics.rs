//! `server import-statistics`: brings publishers' files in, whole or not at all.

use std::{collections::BTreeSet, io, path::PathBuf};

use chrono::NaiveDate;
use domain::{
    Zone,
    statistics::{Download, ReadFile, Report, Unreadable, grouped, read},
};
use indicatif::{ProgressBar, ProgressStyle};
use sha2::{Digest, Sha256};
use store::{Imported, NewImport, Store, StoreError};

/// What the demonstration shows: real figures, from the publishers' own files. `README.md` beside them says more.
const DEMO: [(&str, &str); 2] = [
    ("google-user-data-requests.csv", include_str!("../demo/statistics/google-user-data-requests.csv")),
    ("apple-account-requests.csv", include_str!("../demo/statistics/apple-account-requests.csv")),
];

const EXPLANATION: &str = "\
Files are told apart by their headers: Google's global user data requests; Apple's account, device, emergency and \
account preservation requests; and Vitrine's own CSV, as /transparency/data.csv gives it.

What isn't understood stops the import with its file and line, and nothing of any file is stored. The same file again \
changes nothing. A newer download replaces what readers see of its half-years; the older one stays stored.";

#[derive(clap::Args, Debug)]
#[command(after_help = EXPLANATION)]
pub struct Args {
    /// Whose files these are to be, such as google: a file of another publisher's stops the import.
    #[arg(long, value_name = "NAME")]
    publisher: Option<String>,
    /// Which of the publisher's series these are to be, such as "User data requests".
    #[arg(long, value_name = "NAME")]
    service: Option<String>,
    /// The day on which the files were downloaded; today where it is left out. The newest download is the one that is
    /// shown.
    #[arg(long, value_name = "YYYY-MM-DD")]
    retrieved: Option<NaiveDate>,
    /// Where the files are from, for readers; the publisher's address where it is left out.
    #[arg(long, value_name = "TEXT")]
    source: Option<String>,
    /// The publisher's files, as they were downloaded.
    #[arg(required = true)]
    files: Vec<PathBuf>,
}

#[derive(Debug, thiserror::Error)]
pub enum ImportError {
    #[error("{file} can't be read: {source}")]
    File { file: String, source: io::Error },
    #[error("{file}:{unreadable}. Nothing was imported")]
    Unreadable { file: String, unreadable: Unreadable },
    #[error("{file} is of {found}, and --{flag} says {asked}. Nothing was imported")]
    Another { file: String, flag: &'static str, found: String, asked: String },
    #[error(transparent)]
    Store(#[from] StoreError),
}

struct File {
    path: String,
    name: String,
    sha256: [u8; 32],
    content: ReadFile,
}

/// Reads every file, then stores them, and prints what was read and stored.
pub async fn run(args: Args, store: Store) -> Result<(), ImportError> {
    let today = store.now().day();
    let progress = progress(args.files.len());
    let mut files = Vec::new();
    for path in &args.files {
        let name = path.file_name().map_or_else(String::new, |name| name.to_string_lossy().into_owned());
        let path = path.display().to_string();
        progress.set_message(name.clone());
        let bytes = std::fs::read(&path).map_err(|source| ImportError::File { file: path.clone(), source })?;
        let retrieved = args.retrieved.unwrap_or(today);
        files.push(open(path, name, &bytes, retrieved, args.source.as_deref())?);
        progress.inc(1);
    }
    for file in &files {
        for report in &file.content.reports {
            let source = &report.source;
            for (flag, asked, found) in
                [("publisher", &args.publisher, &source.publisher), ("service", &args.service, &source.service)]
            {
                if let Some(asked) = asked.as_ref().filter(|asked| asked.to_lowercase() != found.to_lowercase()) {
                    let (asked, found) = (format!("`{asked}`"), format!("`{found}`"));
                    return Err(ImportError::Another { file: file.path.clone(), flag, found, asked });
                }
            }
        }
    }
    for file in &files {
        progress.set_message(file.name.clone());
        let imported = store_file(&store, file).await?;
        progress.inc(1);
        progress.suspend(|| tell(file, &imported));
    }
    progress.finish_and_clear();
    Ok(())
}

/// Brings the demonstration's figures in.
pub async fn import_demo(store: &Store) -> Result<(), ImportError> {
    let today = store.now().day();
    for (name, text) in DEMO {
        let file = open(name.to_owned(), name.to_owned(), text.as_bytes(), today, None)?;
        store_file(store, &file).await?;
    }
    Ok(())
}

fn open(
    path: String,
    name: String,
    bytes: &[u8],
    retrieved: NaiveDate,
    title: Option<&str>,
) -> Result<File, ImportError> {
    let sha256 = Sha256::digest(bytes).into();
    match read(Download { bytes, sha256, retrieved, title }) {
        Ok(content) => Ok(File { path, name, sha256, content }),
        Err(unreadable) => Err(ImportError::Unreadable { file: path, unreadable }),
    }
}

async fn store_file(store: &Store, file: &File) -> Result<Imported, StoreError> {
    let File { name, sha256, content, .. } = file;
    let import = NewImport { sha256: *sha256, format: content.format, file_name: name, reports: &content.reports };
    store.statistics().import(import).await
}

/// On a terminal a bar; elsewhere nothing: the lines that are printed say enough.
fn progress(files: usize) -> ProgressBar {
    // Each file is read and stored.
    let progress = ProgressBar::new(files as u64 * 2);
    if let Ok(style) = ProgressStyle::with_template("{bar:30} {msg}") {
        progress.set_style(style);
    }
    progress
}

fn tell(file: &File, imported: &Imported) {
    println!("{}: {}", file.path, file.content.format.label());
    for report in &file.content.reports {
        println!("  {}", summary(report));
    }
    match imported {
        Imported::Stored { figures, shown } => println!(
            "  stored {} figures; readers now see {} half-years from this file",
            grouped(figures.unsigned_abs()),
            grouped(shown.unsigned_abs())
        ),
        Imported::Repeated { at } => {
            println!("  this very file was imported before, on {}; nothing changed", Zone::UTC.long(*at));
        }
    }
}

fn summary(Report { source, rows }: &Report) -> String {
    let periods = rows.iter().map(|row| row.period).collect::<BTreeSet<_>>();
    let span = match (periods.first(), periods.last()) {
        (Some(first), Some(last)) if first != last => format!("{first} to {last}"),
        (Some(only), _) => only.to_string(),
        _ => String::new(),
    };
    let jurisdictions = rows.iter().map(|row| row.jurisdiction_name()).collect::<BTreeSet<_>>().len();
    let count = |number: usize| grouped(number as u64);
    format!(
        "read {} figures of {}, {}: {span}, {} jurisdictions, downloaded on {}",
        count(rows.len()),
        source.publisher,
        source.service,
        count(jurisdictions),
        source.retrieved
    )
}
