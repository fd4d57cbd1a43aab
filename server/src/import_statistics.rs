//! `server import-statistics`: brings publishers' files in, whole or not at all.

use std::{
    io,
    path::{Path, PathBuf},
};

use chrono::NaiveDate;
use domain::{
    Zone,
    statistics::{
        Download, Format, Half, ReadFile, Reading, Refused, Report, Summary, examine, grouped, interpreted, read,
    },
};
use indicatif::{ProgressBar, ProgressStyle};
use sha2::{Digest, Sha256};
use store::{Imported, NewImport, SeriesChanges, Store, StoreError};

/// What the demonstration shows: real figures, from the publishers' own files. `README.md` beside them says more.
const DEMO: [(&str, &str); 2] = [
    ("google-user-data-requests.csv", include_str!("../demo/statistics/google-user-data-requests.csv")),
    ("apple-account-requests.csv", include_str!("../demo/statistics/apple-account-requests.csv")),
];

const EXPLANATION: &str = "\
Files are told apart by their headers: those of Google, Apple, Meta, GitHub, Twitter and Microsoft, and Vitrine's own \
CSV, as /transparency/data.csv gives it.

What isn't understood stops the import with its file, line and column, and nothing of any file is stored; --preview \
shows all of it, what had to be interpreted line by line, and what readers would see otherwise. The same file again \
changes nothing. A newer download replaces what readers see of its half-years; the older one stays stored.";

#[derive(clap::Args, Debug)]
#[command(after_help = EXPLANATION)]
pub struct Args {
    /// Whose files these are to be, such as google: a file of another publisher's stops the import.
    #[arg(long, value_name = "NAME")]
    publisher: Option<String>,
    /// Which of the publisher's series these are to be, such as "User data requests". Files that look alike and say it
    /// only in their names are of this series.
    #[arg(long, value_name = "NAME")]
    service: Option<String>,
    /// The period of files that say it only in their names, such as 2013-H1, where the name is not the publisher's.
    #[arg(long, value_name = "YYYY-H1", value_parser = period)]
    period: Option<Half>,
    /// The day on which the files were downloaded from their publisher, which decides: the newest download of a period
    /// is the one that is shown. Only Vitrine's own files say it themselves.
    #[arg(long, value_name = "YYYY-MM-DD")]
    retrieved: Option<NaiveDate>,
    /// Where the files are from, for readers; the publisher's address where it is left out.
    #[arg(long, value_name = "TEXT")]
    source: Option<String>,
    /// Print what would be read, interpreted and changed, and store nothing.
    #[arg(long)]
    preview: bool,
    /// The publisher's files, as they were downloaded.
    #[arg(required = true)]
    files: Vec<PathBuf>,
}

impl Args {
    /// Whether these are of the publisher and series that the files are to be of.
    fn admit(&self, file: &str, reports: &[Report]) -> Result<(), ImportError> {
        for Report { source, .. } in reports {
            for (flag, asked, found) in
                [("publisher", &self.publisher, &source.publisher), ("service", &self.service, &source.service)]
            {
                if let Some(asked) = asked.as_ref().filter(|asked| asked.to_lowercase() != found.to_lowercase()) {
                    let (asked, found) = (format!("`{asked}`"), format!("`{found}`"));
                    return Err(ImportError::Another { file: file.to_owned(), flag, found, asked });
                }
            }
        }
        Ok(())
    }
}

fn period(text: &str) -> Result<Half, &'static str> {
    Half::parse(text).ok_or("is no half-year such as 2013-H1, nor a year")
}

#[derive(Debug, thiserror::Error)]
pub enum ImportError {
    #[error("{file} can't be read: {source}")]
    File { file: String, source: io::Error },
    #[error("{file}:{refused}. Nothing was imported")]
    Unreadable { file: String, refused: Box<Refused> },
    #[error("{file} is of {found}, and --{flag} says {asked}. Nothing was imported")]
    Another { file: String, flag: &'static str, found: String, asked: String },
    #[error("{files} of these files can't be imported as they are")]
    Preview { files: usize },
    #[error(
        "{file} doesn't say when it was downloaded from its publisher, and the newest download of a period is the one \
         that readers see: say it with --retrieved YYYY-MM-DD. Nothing was imported"
    )]
    NoDay { file: String },
    #[error("--retrieved {0} is a day to come: say when the files were downloaded. Nothing was imported")]
    DayToCome(NaiveDate),
    #[error(transparent)]
    Store(#[from] StoreError),
}

struct File {
    path: String,
    name: String,
    bytes: Vec<u8>,
    sha256: [u8; 32],
}

impl File {
    fn open(path: &Path) -> Result<Self, ImportError> {
        let name = path.file_name().map_or_else(String::new, |name| name.to_string_lossy().into_owned());
        let path = path.display().to_string();
        let bytes = std::fs::read(&path).map_err(|source| ImportError::File { file: path.clone(), source })?;
        let sha256 = Sha256::digest(&bytes).into();
        Ok(Self { path, name, bytes, sha256 })
    }

    fn examine(&self, args: &Args, today: NaiveDate) -> Result<Reading, ImportError> {
        let reading = examine(Download {
            bytes: &self.bytes,
            sha256: self.sha256,
            // Where it isn't said, only a file that says it itself goes on.
            retrieved: args.retrieved.unwrap_or(today),
            title: args.source.as_deref(),
            file_name: &self.name,
            period: args.period,
            service: args.service.as_deref(),
        });
        match args.retrieved {
            Some(day) if day > today => Err(ImportError::DayToCome(day)),
            None if reading.format.is_some_and(|format| !format.says_when_retrieved()) => {
                Err(ImportError::NoDay { file: self.path.clone() })
            }
            _ => Ok(reading),
        }
    }
}

/// Reads every file, then stores them, and prints what was read and stored.
pub async fn run(args: Args, store: Store) -> Result<(), ImportError> {
    let today = store.now().day();
    if args.preview {
        return preview(&args, &store, today).await;
    }
    let progress = progress(args.files.len());
    let mut files = Vec::new();
    for path in &args.files {
        let file = File::open(path)?;
        progress.set_message(file.name.clone());
        match file.examine(&args, today)?.whole() {
            Ok(content) => files.push((file, content)),
            Err(refused) => return Err(ImportError::Unreadable { file: file.path, refused: Box::new(refused) }),
        }
        progress.inc(1);
    }
    for (file, content) in &files {
        args.admit(&file.path, &content.reports)?;
    }
    let imports = files.iter().map(|(file, content)| new_import(file, content)).collect::<Vec<_>>();
    let imported = store.statistics().import(&imports).await?;
    progress.finish_and_clear();
    for ((file, content), imported) in files.iter().zip(&imported) {
        tell(file, content, imported);
    }
    Ok(())
}

fn new_import<'a>(file: &'a File, content: &'a ReadFile) -> NewImport<'a> {
    NewImport {
        sha256: file.sha256,
        format: content.format,
        file_name: &file.name,
        original: &file.bytes,
        by: "The operator",
        reports: &content.reports,
    }
}

/// Prints what an import would do, and stores nothing.
async fn preview(args: &Args, store: &Store, today: NaiveDate) -> Result<(), ImportError> {
    let mut unreadable = 0;
    for path in &args.files {
        let file = File::open(path)?;
        let reading = file.examine(args, today)?;
        args.admit(&file.path, &reading.reports)?;
        unreadable += usize::from(!reading.problems.is_empty());
        println!("{}: {}", file.path, reading.format.map_or("a file that is not known", Format::label));
        println!("  SHA-256 {}", data_encoding::HEXLOWER.encode(&file.sha256));
        if let Some(at) = store.statistics().imported_at(&file.sha256).await? {
            println!("  this very file was imported before, on {}; it would change nothing", Zone::UTC.long(at));
        }
        for report in &reading.reports {
            println!("  {}", summary(report));
            for (period, totals) in Summary::of(report).lines() {
                println!("    {period}: {totals}");
            }
        }
        let interpreted = interpreted(&reading.interpretations);
        if !interpreted.is_empty() {
            println!("  interpreted, {} cells and lines:", grouped(reading.interpretations.len() as u64));
        }
        for of in interpreted {
            println!("    {}: {}", of.places(), of.sentence());
        }
        if !reading.problems.is_empty() {
            println!("  can't be read, {}:", grouped(reading.problems.len() as u64));
        }
        for problem in &reading.problems {
            println!("    {}:{problem}", file.name);
        }
        for plan in store.statistics().plan(&reading.reports).await? {
            told(&plan, "would see");
        }
    }
    if unreadable > 0 { Err(ImportError::Preview { files: unreadable }) } else { Ok(()) }
}

/// What readers see otherwise of a series.
fn told(plan: &SeriesChanges, see: &str) {
    let count = |periods: &[Half], what: &str| match periods.len() {
        0 => None,
        1 => Some(format!("1 {what}")),
        many => Some(format!("{many} {what}s")),
    };
    let parts = [
        count(&plan.new, "new period"),
        count(&plan.replaced, "replaced period"),
        count(&plan.not_shown, "period of which a newer download is shown still, and so not this one"),
    ];
    let parts = parts.into_iter().flatten().collect::<Vec<_>>().join(", ");
    println!("  of {}, {}, readers {see}: {parts}", plan.publisher, plan.service);
    for change in &plan.changes {
        println!("    {change}");
    }
}

/// Brings the demonstration's figures in.
pub async fn import_demo(store: &Store) -> Result<(), ImportError> {
    let today = store.now().day();
    for (name, text) in DEMO {
        let bytes = text.as_bytes().to_vec();
        let sha256 = Sha256::digest(&bytes).into();
        let file = File { path: name.to_owned(), name: name.to_owned(), bytes, sha256 };
        let download = Download {
            bytes: &file.bytes,
            sha256,
            retrieved: today,
            title: None,
            file_name: name,
            period: None,
            service: None,
        };
        match read(download) {
            Ok(content) => store.statistics().import(&[new_import(&file, &content)]).await?,
            Err(refused) => {
                return Err(ImportError::Unreadable { file: name.to_owned(), refused: Box::new(refused) });
            }
        };
    }
    Ok(())
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

fn tell(file: &File, content: &ReadFile, imported: &Imported) {
    println!("{}: {}", file.path, content.format.label());
    for report in &content.reports {
        println!("  {}", summary(report));
    }
    if !content.interpretations.is_empty() {
        let count = grouped(content.interpretations.len() as u64);
        println!("  interpreted {count} cells and lines; --preview tells which");
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

fn summary(report: &Report) -> String {
    let summary = Summary::of(report);
    let count = |number: usize| grouped(number as u64);
    format!(
        "read {} figures of {}, {}: {}, {} jurisdictions, downloaded on {}",
        count(summary.figures),
        summary.publisher,
        summary.service,
        summary.span(),
        count(summary.jurisdictions),
        report.source.retrieved
    )
}
