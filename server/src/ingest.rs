//! `server ingest`: brings files of accesses into the record, as a stream.

use std::{
    fs::File,
    io::{self, BufRead, BufReader, IsTerminal, Read},
    path::PathBuf,
    time::Duration,
};

use clap::Args;
use domain::formats::{Format, Incoming, Refused};
use indicatif::{HumanCount, ProgressBar, ProgressStyle};
use store::{NewAccess, Outcome, Store, StoreError};

use crate::{
    api::access_events::{read_document, unknown, with_customer},
    documents::{Document, Documents},
};

/// Accesses recorded in one transaction.
const BATCH: usize = 1_000;

#[derive(Args, Debug)]
pub struct IngestArgs {
    /// What the files hold.
    #[arg(long, value_enum)]
    format: FormatName,
    /// Whose record accesses go to that name no customer themselves. Google's logs never do.
    #[arg(long, value_name = "NAME")]
    customer: Option<String>,
    /// Files of any size: NDJSON, a JSON array, or JSON documents one after the other. `-` is standard input.
    #[arg(required = true)]
    files: Vec<PathBuf>,
}

#[derive(Clone, Copy, Debug, clap::ValueEnum)]
enum FormatName {
    /// Vitrine's own JSON, as `POST /api/v1/access-events` takes it.
    Native,
    /// CloudEvents 1.0 in structured JSON.
    Cloudevents,
    /// Google Cloud Access Transparency log entries, as Cloud Logging exports them.
    GoogleAccessTransparency,
}

#[derive(Debug, thiserror::Error)]
pub enum IngestError {
    #[error("{file} can't be read: {source}")]
    File { file: String, source: io::Error },
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// What became of the files' accesses.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Tally {
    pub stored: u64,
    pub repeated: u64,
    pub refused: u64,
}

struct Ingest {
    store: Store,
    format: Format,
    customer: Option<String>,
    tally: Tally,
    progress: ProgressBar,
    file: String,
    /// Where each waiting access stands, and the access.
    waiting: Vec<(u64, NewAccess)>,
}

/// Reads the files and records their accesses. What is refused is named on standard error, and the rest goes on.
pub async fn run(args: IngestArgs, store: Store) -> Result<Tally, IngestError> {
    if let Some(customer) = &args.customer
        && store.operator().customer(customer).await?.is_none()
    {
        return Err(StoreError::NoCustomer(customer.clone()).into());
    }
    let mut ingest = Ingest {
        store,
        format: match args.format {
            FormatName::Native => Format::Native,
            FormatName::Cloudevents => Format::Cloudevents,
            FormatName::GoogleAccessTransparency => Format::GoogleAccessTransparency,
        },
        customer: args.customer,
        tally: Tally::default(),
        progress: ProgressBar::hidden(),
        file: String::new(),
        waiting: Vec::with_capacity(BATCH),
    };
    for file in args.files {
        ingest.file = file.display().to_string();
        let failed = |source| IngestError::File { file: file.display().to_string(), source };
        if file.as_os_str() == "-" {
            ingest.progress = progress(None);
            let reader = BufReader::with_capacity(1 << 20, ingest.progress.wrap_read(io::stdin()));
            ingest.read(reader, failed).await?;
        } else {
            let opened = File::open(&file).map_err(failed)?;
            let length = opened.metadata().map_err(failed)?.len();
            ingest.progress = progress(Some(length));
            let reader = BufReader::with_capacity(1 << 20, ingest.progress.wrap_read(opened));
            ingest.read(reader, failed).await?;
        }
        ingest.progress.finish_and_clear();
    }
    Ok(ingest.tally)
}

impl Ingest {
    async fn read<R: Read>(
        &mut self,
        reader: BufReader<R>,
        failed: impl Fn(io::Error) -> IngestError,
    ) -> Result<(), IngestError>
    where
        BufReader<R>: BufRead,
    {
        let mut documents = Documents::new(reader).map_err(&failed)?;
        let mut announced = 0;
        while let Some(document) = documents.next_document().map_err(&failed)? {
            match self.access(&document) {
                Ok(access) => self.waiting.push((document.line, access)),
                Err(refused) => self.refuse(document.line, &refused),
            }
            if self.waiting.len() == BATCH {
                self.record().await?;
                if !io::stderr().is_terminal() && self.tally.stored / 100_000 > announced {
                    announced = self.tally.stored / 100_000;
                    eprintln!("{}: {} stored", self.file, HumanCount(self.tally.stored));
                }
            }
        }
        self.record().await
    }

    fn access(&self, document: &Document) -> Result<NewAccess, Refused> {
        let Incoming { customer, event } = read_document(self.format, document, self.store.now())?;
        with_customer(Incoming { customer: customer.or_else(|| self.customer.clone()), event })
    }

    async fn record(&mut self) -> Result<(), IngestError> {
        let (lines, accesses): (Vec<_>, Vec<_>) = std::mem::take(&mut self.waiting).into_iter().unzip();
        let ids = accesses.iter().map(|access| access.event.id.clone()).collect::<Vec<_>>();
        let outcomes = self.store.operator().reporter().record(accesses).await?;
        for ((line, id), outcome) in lines.into_iter().zip(ids).zip(outcomes) {
            match outcome {
                Outcome::Stored(_) => self.tally.stored += 1,
                Outcome::Repeated(_) => self.tally.repeated += 1,
                Outcome::Conflict { sequence } => {
                    let reason = format!("another event was stored under this id before, at sequence {sequence}");
                    let problems = vec![domain::FieldProblem::new("/id", reason)];
                    self.refuse(line, &Refused { id: Some(id), problems });
                }
                refused @ (Outcome::UnknownCustomer | Outcome::UnknownCorrected) => {
                    self.refuse(line, &Refused { id: Some(id), problems: vec![unknown(&refused)] });
                }
            }
        }
        Ok(())
    }

    fn refuse(&mut self, line: u64, refused: &Refused) {
        self.tally.refused += 1;
        let id = refused.id.as_ref().map_or_else(String::new, |id| format!(" ({id})"));
        for problem in &refused.problems {
            let text = format!("{}:{line}{id}: {} {}", self.file, problem.field, problem.reason);
            self.progress.suspend(|| eprintln!("{text}"));
        }
    }
}

fn progress(bytes: Option<u64>) -> ProgressBar {
    if !io::stderr().is_terminal() {
        return ProgressBar::hidden();
    }
    let (bar, template) = match bytes {
        Some(bytes) => (ProgressBar::new(bytes), "{bar:40} {bytes} of {total_bytes}, {bytes_per_sec}, {eta} left"),
        None => (ProgressBar::new_spinner(), "{spinner} {bytes}, {bytes_per_sec}"),
    };
    // The templates above are right; a test would show it.
    let bar = bar.with_style(ProgressStyle::with_template(template).unwrap_or_else(|_| ProgressStyle::default_bar()));
    bar.enable_steady_tick(Duration::from_millis(200));
    bar
}
