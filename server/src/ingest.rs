//! `server ingest`: brings files of accesses into the record, as a stream.

use std::{
    collections::BTreeMap,
    fs::File,
    io::{self, BufRead, BufReader, IsTerminal, Read},
    path::{Path, PathBuf},
    time::Duration,
};

use clap::Args;
use domain::formats::{Format, Incoming, Reader, Reading, Refused};
use indicatif::{HumanCount, ProgressBar, ProgressStyle};
use store::{NewAccess, Outcome, Store, StoreError};

use crate::{
    api::access_events::{read_document, unknown, with_customer},
    documents::{Cutting, Document, Documents},
    mappings::{Mappings, MappingsError},
};

/// Accesses recorded in one transaction.
const BATCH: usize = 1_000;

#[derive(Args, Debug)]
pub struct IngestArgs {
    /// What the files hold.
    #[arg(long, value_enum)]
    format: FormatName,
    /// Whose record accesses go to that name no customer themselves. Other systems' logs do only by a mapping.
    #[arg(long, value_name = "NAME")]
    customer: Option<String>,
    /// A file in TOML that says of some fields where they stand in the documents: which annotation is the ticket, which
    /// account is which customer's. What it leaves out is as Vitrine's own mapping has it. `access_mappings` in the
    /// configuration names a folder of them.
    #[arg(long, value_name = "FILE")]
    mapping: Option<PathBuf>,
    /// Files of any size: NDJSON, a JSON array, or JSON documents one after the other; CloudTrail's and Kubernetes'
    /// lists; PostgreSQL's CSV. `-` is standard input.
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
    /// Microsoft Purview audit records, those of Customer Lockbox among them.
    MicrosoftAudit,
    /// OCSF events: API Activity, Datastore Activity, Entity Management, Authorize Session.
    Ocsf,
    /// Kubernetes audit events (audit.k8s.io/v1).
    KubernetesAudit,
    /// AWS CloudTrail records.
    AwsCloudtrail,
    /// Teleport audit events.
    Teleport,
    /// PostgreSQL's csvlog or jsonlog with pgAudit's lines in it.
    Pgaudit,
}

impl From<FormatName> for Format {
    fn from(name: FormatName) -> Self {
        match name {
            FormatName::Native => Self::Native,
            FormatName::Cloudevents => Self::Cloudevents,
            FormatName::GoogleAccessTransparency => Self::GoogleAccessTransparency,
            FormatName::MicrosoftAudit => Self::MicrosoftAudit,
            FormatName::Ocsf => Self::Ocsf,
            FormatName::KubernetesAudit => Self::KubernetesAudit,
            FormatName::AwsCloudtrail => Self::AwsCloudtrail,
            FormatName::Teleport => Self::Teleport,
            FormatName::Pgaudit => Self::Pgaudit,
        }
    }
}

#[derive(Debug, thiserror::Error)]
pub enum IngestError {
    #[error("{file} can't be read: {source}")]
    File { file: String, source: io::Error },
    #[error(transparent)]
    Store(#[from] StoreError),
    #[error(transparent)]
    Mappings(#[from] MappingsError),
}

/// What became of the files' accesses.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Tally {
    pub stored: u64,
    pub repeated: u64,
    pub refused: u64,
    /// For each reason why they tell of no access, how many documents did not.
    pub passed_over: BTreeMap<String, u64>,
}

struct Ingest {
    store: Store,
    reader: Reader,
    cutting: Cutting,
    customer: Option<String>,
    tally: Tally,
    progress: ProgressBar,
    file: String,
    /// Where each waiting access stands, and the access.
    waiting: Vec<(u64, NewAccess)>,
}

/// Reads the files and records their accesses. What is refused is named on standard error, and the rest goes on.
pub async fn run(args: IngestArgs, store: Store, folder: &Path) -> Result<Tally, IngestError> {
    if let Some(customer) = &args.customer
        && store.operator().customer(customer).await?.is_none()
    {
        return Err(StoreError::NoCustomer(customer.clone()).into());
    }
    let format = Format::from(args.format);
    let mut mappings = Mappings::load(folder)?;
    if let Some(file) = &args.mapping {
        mappings.fill_up(format, file)?;
    }
    let (reader, cutting) = mappings.reader(format, &store).await?;
    let mut ingest = Ingest {
        store,
        reader,
        cutting,
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
        let mut documents = Documents::of(reader, &self.cutting).map_err(&failed)?;
        let mut announced = 0;
        while let Some(document) = documents.next_document().map_err(&failed)? {
            match self.access(&document) {
                Ok(Some(access)) => self.waiting.push((document.line, access)),
                Ok(None) => {}
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

    /// The access that a document tells of, if it does.
    fn access(&mut self, document: &Document) -> Result<Option<NewAccess>, Refused> {
        match read_document(&self.reader, document, self.store.now())? {
            Reading::Access(incoming) => {
                let Incoming { customer, event } = *incoming;
                with_customer(Incoming { customer: customer.or_else(|| self.customer.clone()), event }).map(Some)
            }
            Reading::PassedOver(reason) => {
                *self.tally.passed_over.entry(reason).or_default() += 1;
                Ok(None)
            }
        }
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
