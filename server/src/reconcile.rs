//! `server reconcile`: compares what a source counted itself with what a customer's record has of it.

use std::{fs, io, path::PathBuf};

use domain::source_count::{CountProblem, read_counts};
use store::{NotCompared, Store, StoreError};

#[derive(clap::Args, Debug)]
pub struct ReconcileArgs {
    /// Whose record is compared.
    #[arg(long, value_name = "NAME")]
    customer: String,
    /// The source, by the name that its events have in the record.
    #[arg(long, value_name = "NAME")]
    source: String,
    /// The record has nothing of this source yet, and its name is right all the same.
    #[arg(long)]
    new_source: bool,
    /// CSV with the columns hour and count: a full hour such as 2026-03-01T09:00:00Z, and how many accesses of this
    /// customer's data the source itself counted in it. `-` is standard input.
    file: PathBuf,
}

#[derive(Debug, thiserror::Error)]
pub enum ReconcileError {
    #[error("{file} can't be read: {source}")]
    File { file: String, source: io::Error },
    #[error("nothing was compared: each line that is wrong is named above")]
    Wrong,
    #[error("the record has nothing of a source named `{0}`; where it is new, say --new-source")]
    UnknownSource(String),
    #[error("the source's name {0}")]
    Source(String),
    #[error("{0} hours differ, as named above; the customer reads them at /portal/sources")]
    Differ(usize),
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl ReconcileError {
    /// Whether the command did its work and found something.
    pub fn is_finding(&self) -> bool {
        matches!(self, Self::Wrong | Self::Differ(_))
    }
}

/// Compares the file with the record and prints each hour that differs.
pub async fn run(args: ReconcileArgs, store: &Store) -> Result<(), ReconcileError> {
    let ReconcileArgs { customer, source, new_source, file } = args;
    let name = file.display().to_string();
    let read = if file.as_os_str() == "-" {
        let mut text = Vec::new();
        io::Read::read_to_end(&mut io::stdin(), &mut text).map(|_| text)
    } else {
        fs::read(&file)
    };
    let bytes = read.map_err(|source| ReconcileError::File { file: name.clone(), source })?;
    let counts = read_counts(&bytes, store.now()).map_err(|problems| {
        for CountProblem { line, column, reason } in problems {
            eprintln!("{name}:{line}: {column}{}{reason}", if column.is_empty() { "" } else { " " });
        }
        ReconcileError::Wrong
    })?;
    let compared = store.operator().reporter().compare(&customer, &source, new_source, &counts).await?;
    let compared = compared.map_err(|not| match not {
        NotCompared::NoCustomer => ReconcileError::Store(StoreError::NoCustomer(customer)),
        NotCompared::UnknownSource => ReconcileError::UnknownSource(source),
        NotCompared::Field(problem) => ReconcileError::Source(problem.reason),
    })?;
    let differing = compared.iter().filter(|hour| hour.differs()).collect::<Vec<_>>();
    for hour in &differing {
        println!("{}", hour.sentence(domain::Zone::UTC));
    }
    println!("{} hours compared, {} differ", compared.len(), differing.len());
    if differing.is_empty() { Ok(()) } else { Err(ReconcileError::Differ(differing.len())) }
}
