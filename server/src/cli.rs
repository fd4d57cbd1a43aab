//! The command line.

use std::{io::IsTerminal, net::SocketAddr, path::PathBuf, process::ExitCode, sync::Arc};

use app::paths;
use chrono::TimeDelta;
use clap::{Args, Parser, Subcommand};
use domain::{MemberRole, Role, SignInRule, StaffRole, email_address};
use store::{Clock, Confirmed, InvitationLink, KeyError, Scope, Store, StoreError, SystemClock};

use crate::{
    config::{Config, ConfigError, Flags},
    demo::{self, DemoError},
    import_statistics::{self, ImportError},
    ingest::{self, IngestArgs, IngestError},
    reconcile::{self, ReconcileArgs, ReconcileError},
    serve::{self, ServeError},
    telemetry,
    terms::{self, Apply, ApplyError},
    verify_approval::{self, VerifyError},
};

/// Vitrine: the portal in which a provider shows its customers who accessed their data,
/// when, why and by whose approval, and the public which governments asked for data.
///
/// A first look:      server serve --demo
/// To run it:         server migrate, then server serve: it prints a link for the first
///                    administrator
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
    /// Compare what a source counted itself, hour by hour, with what a customer's record has of it. Both are kept, and the
    /// customer reads where they differ. Exits with 1 where they do.
    Reconcile(ReconcileArgs),
    /// Bring published law-enforcement request statistics in.
    ImportStatistics(import_statistics::Args),
    /// Propose terms from files: transfers, subprocessors, contract papers, commitments, audits, policies. Prints first
    /// what would change; the same files again change nothing. A second person publishes at the desk.
    Apply(Apply),
    /// Terms as files.
    #[command(subcommand)]
    Terms(TermsCommand),
    /// Tokens for the API.
    #[command(subcommand)]
    Token(TokenCommand),
    /// Customers: the organisations whose data the provider holds.
    #[command(subcommand)]
    Customer(CustomerCommand),
    /// People: of a customer, or of the provider.
    #[command(subcommand)]
    Person(PersonCommand),
    /// Put a new key before those in the key file, and seal with it what was sealed with an older one. Servers that
    /// are running go on, and take the new key up. Older keys stay: they recognise what was made under them.
    RotateKey,
    /// Make the next key that access tokens are signed with. It is published at once and signs some minutes later, so
    /// that nobody who checks tokens misses it; those before it are published until what they signed is over.
    RotateSigningKey {
        /// For a key that somebody else may have: the new one signs now, and the others are published no more.
        #[arg(long)]
        at_once: bool,
    },
    /// Check the signed approvals of a grant that was taken away as a file, without asking anybody. Exits with 1 where
    /// one doesn't verify.
    VerifyApproval(verify_approval::Args),
    /// Print the code that an authenticator with this secret (base 32) shows now. For the demo's people.
    OneTimeCode { secret: String },
    /// Print the configuration in force, and where to change it.
    Config,
}

#[derive(Subcommand)]
enum TermsCommand {
    /// Write everything that is published into a folder, as files that `apply` reads.
    Export {
        /// An empty folder, or one that isn't there yet.
        folder: PathBuf,
    },
    /// Print the JSON Schema of a file of terms, for editors.
    Schema,
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
        /// What people call it.
        #[arg(long, default_value = "Made at the command line")]
        name: String,
        /// For how many days it is good.
        #[arg(long, default_value_t = 365, value_parser = clap::value_parser!(u16).range(1..=366))]
        days: u16,
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
        /// What its people's sign-in must be: password, second_factor or passkey. Its owners may change it.
        #[arg(long, default_value = SignInRule::default().code(), value_parser = sign_in_rule)]
        sign_in_rule: SignInRule,
    },
    /// Print every customer's name.
    List,
}

#[derive(Subcommand)]
enum PersonCommand {
    /// Make a link by which somebody joins, and print it, this once. For who has joined already and lost what they
    /// sign in with, it is a link to begin anew.
    Invite {
        #[arg(long)]
        email: String,
        #[command(flatten)]
        owner: Owner,
        /// For a customer's people: owner, approver, privacy_officer, auditor. For the provider's: operations, legal,
        /// publishing, administrator.
        #[arg(long)]
        role: String,
    },
    /// Confirm, as the second person, what an administrator asked for and only somebody else of the legal team could
    /// confirm: that somebody is given the legal role, is invited in it, or begins anew who has it. Ask them first.
    Confirm {
        /// The address of the person that it is about.
        #[arg(long)]
        email: String,
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
    Reconcile(#[from] ReconcileError),
    #[error(transparent)]
    Import(#[from] ImportError),
    #[error(transparent)]
    Apply(#[from] ApplyError),
    #[error(transparent)]
    Verify(#[from] VerifyError),
    #[error("the configuration can't be printed: {0}")]
    Print(#[from] serde_json::Error),
    #[error("standard input or output failed: {0}")]
    Io(#[from] std::io::Error),
    #[error("`{role}` is no role here; it is one of {roles}")]
    Role { role: String, roles: String },
    #[error("`{0}` {1}")]
    Value(String, String),
    #[error(transparent)]
    Key(#[from] KeyError),
    #[error("some accesses were refused; each is named above with its line")]
    SomeRefused,
}

fn scope(text: &str) -> Result<Scope, String> {
    let all = Scope::ALL.iter().map(|scope| scope.code()).collect::<Vec<_>>().join(", ");
    text.parse().map_err(|_| format!("it is one of {all}"))
}

fn sign_in_rule(text: &str) -> Result<SignInRule, String> {
    SignInRule::from_code(text).ok_or_else(|| format!("it is one of {}", SignInRule::codes()))
}

fn customer_name(text: &str) -> Result<String, String> {
    domain::customer_name(text).map_err(|problem| problem.reason)
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
        Err(CommandError::Apply(error @ ApplyError::Wrong(_))) => {
            eprintln!("error: {error}");
            ExitCode::from(1)
        }
        Err(CommandError::Reconcile(error)) if error.is_finding() => {
            eprintln!("error: {error}");
            ExitCode::from(1)
        }
        Err(CommandError::Verify(error)) if error.is_wrong() => {
            eprintln!("error: {error}");
            ExitCode::from(1)
        }
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
        for (name, value) in serde_json::to_value(config.without_secrets())?.as_object().into_iter().flatten() {
            println!("{name} = {value}");
        }
        return Ok(());
    }
    telemetry::log(config.log_format);
    if let Command::Serve { demo: true, .. } = cli.command {
        config.check_demo()?;
    }
    if let Command::OneTimeCode { secret } = &cli.command {
        let code = store::one_time_code(secret, SystemClock.now());
        println!("{}", code.map_err(|error| CommandError::Value(secret.clone(), error.to_string()))?);
        return Ok(());
    }
    if let Command::Terms(TermsCommand::Schema) = &cli.command {
        println!("{:#}", domain::terms::schema());
        return Ok(());
    }
    if let Command::VerifyApproval(args) = &cli.command {
        return Ok(verify_approval::run(args)?);
    }
    let keys = config.keyring()?;
    let store = Store::open(&config.database, Arc::new(SystemClock), keys.clone()).await?;
    match cli.command {
        Command::Serve { demo, .. } => {
            // SQLite belongs to one server, so it may migrate. PostgreSQL may have others running: `server migrate`.
            if demo || store.engine() == store::Engine::Sqlite {
                store.migrate().await?;
            }
            let mut config = config;
            let sign_ins = if demo { Some(demo::fill(&store, &mut config).await?) } else { None };
            store.check_ready().await?;
            let first = store.first_administrator().await?.map(|link| join_address(&config, &link)).transpose()?;
            serve::run(store, config, |address| {
                if let Some(sign_ins) = sign_ins {
                    println!("{sign_ins}");
                }
                if let Some(first) = first {
                    println!(
                        "Nobody administers the portal yet. Whoever follows this link will; it works once:\n{first}\n"
                    );
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
            let tally = ingest::run(args, store.clone(), &config.access_mappings).await?;
            for (reason, documents) in &tally.passed_over {
                println!("{documents} passed over: {reason}");
            }
            println!("{} stored, {} repeated, {} refused", tally.stored, tally.repeated, tally.refused);
            if tally.refused > 0 {
                return Err(CommandError::SomeRefused);
            }
        }
        Command::Reconcile(args) => {
            store.check_ready().await?;
            reconcile::run(args, &store).await?;
        }
        Command::ImportStatistics(args) => {
            store.check_ready().await?;
            import_statistics::run(args, store.clone()).await?;
        }
        Command::Apply(args) => {
            store.check_ready().await?;
            terms::apply(args, &store).await?;
        }
        Command::Terms(TermsCommand::Export { folder }) => {
            store.check_ready().await?;
            let files = terms::export(&folder, &store).await?;
            println!("{files} files in {}", folder.display());
        }
        Command::Token(TokenCommand::Create { owner, scope, name, days }) => {
            store.check_ready().await?;
            let customer = owner.customer(&store).await?;
            let token =
                store.operator().create_token(customer.as_ref(), &name, scope, TimeDelta::days(days.into())).await?;
            if std::io::stdout().is_terminal() {
                eprintln!("Keep this token: it is not shown again.");
            }
            println!("{}", token.as_str());
        }
        Command::Customer(CustomerCommand::Create { name, display_name, sign_in_rule }) => {
            store.check_ready().await?;
            let customer = store.operator().create_customer(&name, &display_name, sign_in_rule).await?;
            println!("made the customer {} ({})", customer.name, customer.display_name);
        }
        Command::Customer(CustomerCommand::List) => {
            store.check_ready().await?;
            for customer in store.operator().customers().await? {
                println!("{}\t{}", customer.name, customer.display_name);
            }
        }
        Command::Person(PersonCommand::Invite { email, owner, role }) => {
            store.check_ready().await?;
            invite(&with_mail(&store, &config)?, &config, &email, owner, role).await?;
        }
        Command::Person(PersonCommand::Confirm { email }) => {
            store.check_ready().await?;
            let email = email_address(&email).map_err(|problem| CommandError::Value(email, problem.reason))?;
            let store = with_mail(&store, &config)?;
            match store.operator().confirm(&email).await? {
                Confirmed::Role => println!("{email} has the legal role now"),
                Confirmed::Link(link) => print_link(&config, &link, store.mails())?,
            }
        }
        Command::RotateKey => {
            store.check_ready().await?;
            store.check_keys().await?;
            keys.rotate()?;
            store.check_keys().await?;
            let resealed = store.reseal().await?;
            println!("a new key is in use, and {resealed} secrets are sealed with it");
        }
        Command::RotateSigningKey { at_once } => {
            store.check_ready().await?;
            store.check_keys().await?;
            let made = store.operator().rotate_signing_key(at_once).await?;
            println!(
                "the key {} signs from {}; those before it are published until {}",
                made.id, made.signs_from, made.others_until
            );
        }
        Command::OneTimeCode { .. }
        | Command::Config
        | Command::VerifyApproval(_)
        | Command::Terms(TermsCommand::Schema) => {}
    }
    store.close().await;
    Ok(())
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

async fn invite(store: &Store, config: &Config, email: &str, owner: Owner, code: String) -> Result<(), CommandError> {
    let email = email_address(email).map_err(|problem| CommandError::Value(email.to_owned(), problem.reason))?;
    let customer = owner.customer(store).await?;
    let roles = if customer.is_some() { MemberRole::codes() } else { StaffRole::codes() };
    let role = Role::from_code(customer.is_some(), &code).ok_or(CommandError::Role { role: code, roles })?;
    let link = store.operator().invite(customer.as_ref(), &email, role).await?;
    Ok(print_link(config, &link, store.mails())?)
}

/// The store, which queues mail where the configuration sends any: a server takes it from there.
fn with_mail(store: &Store, config: &Config) -> Result<Store, ConfigError> {
    Ok(if config.mail()?.is_some() { store.clone().with_mail() } else { store.clone() })
}

fn print_link(config: &Config, link: &InvitationLink, mails: bool) -> Result<(), ConfigError> {
    if std::io::stdout().is_terminal() {
        let sent = if mails { "This link is mailed to" } else { "Send this link yourself to" };
        eprintln!("{sent} {}. It works once, for three days, and is not shown again.", link.email);
    }
    println!("{}", join_address(config, link)?);
    Ok(())
}

fn join_address(config: &Config, link: &InvitationLink) -> Result<String, ConfigError> {
    let base = config.public_url()?;
    Ok(format!("{}{}", base.as_str().trim_end_matches('/'), paths::fill(paths::JOIN, &link.secret)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use clap::CommandFactory;

    #[test]
    fn the_command_line_is_consistent() {
        Cli::command().debug_assert();
    }
}
