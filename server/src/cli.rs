//! The command line.

use std::{
    io::{BufRead, IsTerminal, Write},
    net::SocketAddr,
    path::PathBuf,
    process::ExitCode,
    sync::Arc,
};

use clap::{Args, Parser, Subcommand};
use domain::{MemberRole, StaffRole};
use store::{NewPerson, Scope, Store, StoreError, SystemClock};

use crate::{
    config::{Config, ConfigError, Flags},
    demo::{self, DemoError},
    import_statistics::{self, ImportError},
    ingest::{self, IngestArgs, IngestError},
    serve::{self, ServeError},
    telemetry,
};

/// Vitrine: the portal in which a provider shows its customers who accessed their data,
/// when, why and by whose approval, and the public which governments asked for data.
///
/// A first look:      server serve --demo
/// To run it:         server migrate, server customer create, server person create,
///                    server serve
/// To bring data in:  server token create for the provider's systems,
///                    server ingest for files
#[derive(Parser)]
#[command(name = "server", version, verbatim_doc_comment, arg_required_else_help = true)]
struct Cli {
    /// A configuration file in TOML; `vitrine.toml` here is read where it is left out.
    #[arg(long, global = true, env = "VITRINE_CONFIG", value_name = "FILE")]
    config: Option<PathBuf>,
    /// sqlite:PATH for a file, or postgres://USER@HOST/NAME. Also VITRINE_DATABASE.
    #[arg(long, global = true, value_name = "ADDRESS")]
    database: Option<String>,
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Answer HTTP until told to stop.
    Serve {
        /// Fill an empty database with two customers, people in every role, accesses and real statistics, and print
        /// the sign-ins. For this machine only.
        #[arg(long)]
        demo: bool,
        /// The address and port to answer at. Also VITRINE_LISTEN.
        #[arg(long, value_name = "ADDRESS:PORT")]
        listen: Option<SocketAddr>,
    },
    /// Bring the database's schema up to date. Safe to run again.
    Migrate,
    /// Bring files of accesses into the record. Exits with 1 where some were refused.
    Ingest(IngestArgs),
    /// Bring published law-enforcement request statistics in.
    ImportStatistics(import_statistics::Args),
    /// Tokens for the API.
    #[command(subcommand)]
    Token(TokenCommand),
    /// Customers: the organisations whose data the provider holds.
    #[command(subcommand)]
    Customer(CustomerCommand),
    /// People: of a customer, or of the provider.
    #[command(subcommand)]
    Person(PersonCommand),
    /// Print the configuration in force, and where to change it.
    Config,
}

#[derive(Subcommand)]
enum TokenCommand {
    /// Make a token and print it, this once.
    Create {
        #[command(flatten)]
        owner: Owner,
        /// What it allows.
        #[arg(long, value_parser = scope)]
        scope: Scope,
    },
}

#[derive(Args)]
#[group(required = true, multiple = false)]
struct Owner {
    /// For this customer's systems.
    #[arg(long, value_name = "NAME")]
    customer: Option<String>,
    /// For the provider's own systems.
    #[arg(long)]
    provider: bool,
}

#[derive(Subcommand)]
enum CustomerCommand {
    /// Make a customer and its empty record.
    Create {
        /// The name that reporting systems use for it: letters, digits and hyphens.
        #[arg(value_parser = customer_name)]
        name: String,
        /// The name that people use for it.
        #[arg(long)]
        display_name: String,
    },
    /// Print every customer's name.
    List,
}

#[derive(Subcommand)]
enum PersonCommand {
    /// Make a person who can sign in. The password is read from standard input.
    Create {
        #[arg(long)]
        email: String,
        /// The person's name.
        #[arg(long)]
        name: String,
        #[command(flatten)]
        owner: Owner,
        /// For a customer's people: owner, approver, privacy_officer, auditor. For the provider's: operations, legal,
        /// publishing, administrator.
        #[arg(long)]
        role: String,
    },
}

#[derive(Debug, thiserror::Error)]
enum CommandError {
    #[error(transparent)]
    Config(#[from] ConfigError),
    #[error(transparent)]
    Store(#[from] StoreError),
    #[error(transparent)]
    Serve(#[from] ServeError),
    #[error(transparent)]
    Demo(#[from] DemoError),
    #[error(transparent)]
    Ingest(#[from] IngestError),
    #[error(transparent)]
    Import(#[from] ImportError),
    #[error("the configuration can't be printed: {0}")]
    Print(#[from] serde_json::Error),
    #[error("standard input or output failed: {0}")]
    Io(#[from] std::io::Error),
    #[error("`{role}` is no role here; it is one of {roles}")]
    Role { role: String, roles: String },
    #[error("a password needs at least {SHORTEST_PASSWORD} characters; write it on standard input")]
    Password,
    #[error("some accesses were refused; each is named above with its line")]
    SomeRefused,
}

/// NIST SP 800-63B-4 asks for 15 where a password stands alone; the next release adds second factors.
const SHORTEST_PASSWORD: usize = 15;

fn scope(text: &str) -> Result<Scope, String> {
    let all = Scope::ALL.iter().map(|scope| scope.code()).collect::<Vec<_>>().join(", ");
    text.parse().map_err(|_| format!("it is one of {all}"))
}

fn customer_name(text: &str) -> Result<String, String> {
    let good = !text.is_empty()
        && text.len() <= 63
        && text.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-');
    if good { Ok(text.to_owned()) } else { Err("use up to 63 lower-case letters, digits and hyphens".to_owned()) }
}

/// Parses the command line, does what it says, and exits: 0 well, 1 in part, 2 not at all.
pub fn main() -> ExitCode {
    let cli = Cli::parse();
    let runtime = match tokio::runtime::Builder::new_multi_thread().worker_threads(workers()).enable_all().build() {
        Ok(runtime) => runtime,
        Err(error) => {
            eprintln!("error: the runtime can't start: {error}");
            return ExitCode::from(2);
        }
    };
    match runtime.block_on(run(cli)) {
        Ok(()) => ExitCode::SUCCESS,
        Err(CommandError::SomeRefused) => ExitCode::from(1),
        Err(error) => {
            eprintln!("error: {}", chain(&error));
            ExitCode::from(2)
        }
    }
}

/// At least two: with one, a page that waits for its data can wait for ever (leptos issue 4647).
fn workers() -> usize {
    std::thread::available_parallelism().map_or(2, std::num::NonZero::get).max(2)
}

/// An error with what caused it, for people.
fn chain(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut source = error.source();
    while let Some(cause) = source {
        let cause_text = cause.to_string();
        if !text.contains(&cause_text) {
            text.push_str(": ");
            text.push_str(&cause_text);
        }
        source = cause.source();
    }
    text
}

async fn run(cli: Cli) -> Result<(), CommandError> {
    let listen = match &cli.command {
        Command::Serve { listen, .. } => *listen,
        _ => None,
    };
    let config = Config::load(cli.config, &Flags { listen, database: cli.database })?;
    if let Command::Config = cli.command {
        println!("# Set these in vitrine.toml, as VITRINE_… in the environment, or by the flags that `--help` names.");
        let config = Config { database: without_password(&config.database), ..config };
        for (name, value) in serde_json::to_value(&config)?.as_object().into_iter().flatten() {
            println!("{name} = {value}");
        }
        return Ok(());
    }
    telemetry::log(config.log_format);
    if let Command::Serve { demo: true, .. } = cli.command {
        config.check_demo()?;
    }
    let store = Store::open(&config.database, Arc::new(SystemClock)).await?;
    match cli.command {
        Command::Serve { demo, .. } => {
            // SQLite belongs to one server, so it may migrate. PostgreSQL may have others running: `server migrate`.
            if demo || store.engine() == store::Engine::Sqlite {
                store.migrate().await?;
            }
            let mut config = config;
            let sign_ins = if demo { Some(demo::fill(&store, &mut config).await?) } else { None };
            serve::run(store, config, |address| {
                if let Some(sign_ins) = sign_ins {
                    println!("{sign_ins}");
                }
                println!("Vitrine is open at http://{address}");
            })
            .await?;
            return Ok(());
        }
        Command::Migrate => {
            store.migrate().await?;
            println!("the schema is up to date");
        }
        Command::Ingest(args) => {
            store.check_ready().await?;
            let tally = ingest::run(args, store.clone()).await?;
            println!("{} stored, {} repeated, {} refused", tally.stored, tally.repeated, tally.refused);
            if tally.refused > 0 {
                return Err(CommandError::SomeRefused);
            }
        }
        Command::ImportStatistics(args) => {
            store.check_ready().await?;
            import_statistics::run(args, store.clone()).await?;
        }
        Command::Token(TokenCommand::Create { owner, scope }) => {
            store.check_ready().await?;
            let customer = owner.customer(&store).await?;
            let token = store.operator().create_token(customer.as_ref(), scope).await?;
            if std::io::stdout().is_terminal() {
                eprintln!("Keep this token: it is not shown again.");
            }
            println!("{}", token.as_str());
        }
        Command::Customer(CustomerCommand::Create { name, display_name }) => {
            store.check_ready().await?;
            let customer = store.operator().create_customer(&name, &display_name).await?;
            println!("made the customer {} ({})", customer.name, customer.display_name);
        }
        Command::Customer(CustomerCommand::List) => {
            store.check_ready().await?;
            for customer in store.operator().customers().await? {
                println!("{}\t{}", customer.name, customer.display_name);
            }
        }
        Command::Person(PersonCommand::Create { email, name, owner, role }) => {
            store.check_ready().await?;
            create_person(&store, &email, &name, owner, role).await?;
        }
        Command::Config => {}
    }
    store.close().await;
    Ok(())
}

/// A database's address as it may be shown.
fn without_password(address: &str) -> String {
    let parts = address.split_once("://").and_then(|(scheme, rest)| Some((scheme, rest.rsplit_once('@')?)));
    match parts {
        Some((scheme, (user, host))) => {
            let user = user.split(':').next().unwrap_or_default();
            format!("{scheme}://{user}@{host}")
        }
        None => address.to_owned(),
    }
}

impl Owner {
    /// The customer that is named, or `None` for the provider.
    async fn customer(&self, store: &Store) -> Result<Option<store::Customer>, StoreError> {
        match &self.customer {
            None => Ok(None),
            Some(name) => match store.operator().customer(name).await? {
                Some(customer) => Ok(Some(customer)),
                None => Err(StoreError::NoCustomer(name.clone())),
            },
        }
    }
}

async fn create_person(store: &Store, email: &str, name: &str, owner: Owner, role: String) -> Result<(), CommandError> {
    let customer = owner.customer(store).await?;
    let roles = if customer.is_some() { MemberRole::codes() } else { StaffRole::codes() };
    let unknown = || CommandError::Role { role: role.clone(), roles: roles.clone() };
    if std::io::stdin().is_terminal() {
        eprint!("Password: ");
        std::io::stderr().flush()?;
    }
    let mut password = String::new();
    std::io::stdin().lock().read_line(&mut password)?;
    let password = password.trim_end_matches(['\r', '\n']);
    if password.chars().count() < SHORTEST_PASSWORD {
        return Err(CommandError::Password);
    }
    let person = NewPerson { email, display_name: name, password };
    match customer {
        Some(customer) => {
            let role = MemberRole::from_code(&role).ok_or_else(unknown)?;
            store.operator().create_member(&customer, person, role).await?;
        }
        None => {
            let role = StaffRole::from_code(&role).ok_or_else(unknown)?;
            store.operator().create_staff(person, role).await?;
        }
    }
    println!("made {email}");
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use clap::CommandFactory;

    #[test]
    fn a_password_is_never_printed() {
        assert_eq!(without_password("postgres://vitrine:pass@word@db/v"), "postgres://vitrine@db/v");
        assert_eq!(without_password("postgres://db/v"), "postgres://db/v");
        assert_eq!(without_password("sqlite:a@b.sqlite"), "sqlite:a@b.sqlite");
    }

    #[test]
    fn the_command_line_is_consistent() {
        Cli::command().debug_assert();
    }
}
