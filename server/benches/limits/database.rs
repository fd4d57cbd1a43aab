//! The two databases, and what their own tools do with the same rows.

use std::{
    fs,
    io::{BufRead, BufReader, BufWriter, Write},
    path::{Path, PathBuf},
    process::{Command, Stdio},
    time::{Duration, Instant},
};

use domain::access::AccessEvent;
use store::{Engine, testing::POSTGRES_VARIABLE};

use crate::{Result, portal};

/// The portal's own settings.
const SQLITE_SETTINGS: &str = "PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA foreign_keys = ON;
    PRAGMA cache_size = -16384; PRAGMA temp_store = memory;\n";
/// What an ingest writes to.
const TABLES: [&str; 3] = ["access_record", "access_leaf", "access_tally"];

pub fn name(engine: Engine) -> &'static str {
    match engine {
        Engine::Sqlite => "SQLite",
        Engine::Postgres => "PostgreSQL",
    }
}

/// Names the same PostgreSQL server as its superuser.
const SUPERUSER_VARIABLE: &str = "VITRINE_TEST_POSTGRES_SUPERUSER";

/// A database of the bench's own; dropping it removes it.
pub struct Database {
    engine: Engine,
    /// As the server takes it.
    address: String,
    name: String,
    directory: PathBuf,
}

impl Database {
    /// An empty database.
    pub fn create(engine: Engine, scratch: &Path, name: &str) -> Result<Self> {
        let name = format!("vitrine_bench_{name}");
        let directory = scratch.join(format!("{engine:?}_{name}"));
        fs::create_dir(&directory)?;
        let address = match engine {
            Engine::Sqlite => format!("sqlite:{}", directory.join("bench.sqlite").display()),
            Engine::Postgres => {
                let server = postgres_server()?;
                psql(&server, &format!("CREATE DATABASE {name};"), Stdio::piped())?;
                let (root, _) = server.rsplit_once('/').ok_or("the PostgreSQL server's address names no database")?;
                format!("{root}/{name}")
            }
        };
        Ok(Self { engine, address, name, directory })
    }

    pub fn engine(&self) -> Engine {
        self.engine
    }

    pub fn address(&self) -> &str {
        &self.address
    }

    /// A folder for whatever goes with the database.
    pub fn directory(&self) -> &Path {
        &self.directory
    }

    /// Runs a script in the database's own shell; returns what it prints.
    fn shell(&self, script: &str) -> Result<String> {
        self.shell_to(script, Stdio::piped())
    }

    fn shell_to(&self, script: &str, output: Stdio) -> Result<String> {
        match self.engine {
            Engine::Sqlite => sqlite3(self.address.trim_start_matches("sqlite:"), script, output),
            // Row-level security binds the server's role; the database's own tools stand above it.
            Engine::Postgres => {
                let server = std::env::var(SUPERUSER_VARIABLE).map_err(|_| {
                    format!("{SUPERUSER_VARIABLE} names no PostgreSQL server; run this by `make bench`")
                })?;
                let (root, _) = server.rsplit_once('/').ok_or("the PostgreSQL server's address names no database")?;
                psql(&format!("{root}/{}", self.name), script, output)
            }
        }
    }

    /// How long the database's own loader takes for the rows that this database was filled with: into another
    /// database of the same schema, all in one transaction.
    pub fn load_same_rows(&self, scratch: &Path) -> Result<Duration> {
        let other = Self::create(self.engine, scratch, &format!("{}_limit", self.name))?;
        let load = match self.engine {
            Engine::Sqlite => self.sqlite_load(&other)?,
            Engine::Postgres => self.postgres_load(&other)?,
        };
        let begun = Instant::now();
        other.shell(&load)?;
        let time = begun.elapsed();
        for table in TABLES {
            let count = format!("SELECT count(*) FROM {table};");
            let count_in = |database: &Self| -> Result<u64> { Ok(database.shell(&count)?.trim().parse()?) };
            let (ours, theirs) = (count_in(self)?, count_in(&other)?);
            // Row-level security shows a bound role nothing, and nothing is as many as nothing.
            if ours == 0 || ours != theirs {
                return Err(format!("{table} has {ours} rows, and {theirs} were loaded").into());
            }
        }
        Ok(time)
    }

    /// A script that loads this database's rows. `.import` knows text alone and no NULL, so the other database gets
    /// the schema without STRICT, and as many characters where ours has bytes: as much is written.
    fn sqlite_load(&self, other: &Self) -> Result<String> {
        let mut schema = String::new();
        for migration in migrations("sqlite")? {
            schema.push_str(&fs::read_to_string(migration)?);
        }
        let schema = schema
            .replace(") STRICT, WITHOUT ROWID", ") WITHOUT ROWID")
            .replace(") STRICT", ")")
            .replace("corrects IS NOT NULL", "corrects <> ''");
        let mut export = String::from(".mode csv\n");
        let mut known = format!("ATTACH '{}' AS ours;\n", self.address.trim_start_matches("sqlite:"));
        for table in ["customer", "access_log"] {
            known.push_str(&format!("INSERT INTO {table} SELECT {} FROM ours.{table};\n", self.as_text(table)?));
        }
        other.shell(&format!("{SQLITE_SETTINGS}{schema}{known}"))?;
        let mut load = format!("{SQLITE_SETTINGS}BEGIN IMMEDIATE;\n");
        for table in TABLES {
            let file = other.directory.join(table);
            export.push_str(&format!(".output {}\n", file.display()));
            export.push_str(&format!("SELECT {} FROM {table};\n", self.as_text(table)?));
            load.push_str(&format!(".import --csv {} {table}\n", file.display()));
        }
        self.shell(&export)?;
        // The search index takes a row's number, which `.import` can't give it.
        let words = other.directory.join("access_search");
        self.write_words(&words)?;
        load.push_str("CREATE TEMP TABLE words (record_id INTEGER PRIMARY KEY, customer TEXT, words TEXT);\n");
        load.push_str(&format!(".import --csv --schema temp {} words\n", words.display()));
        load.push_str("INSERT INTO access_search (rowid, customer, words) SELECT * FROM temp.words;\nCOMMIT;\n");
        Ok(load)
    }

    /// A table's columns, those of bytes as texts of the same length.
    fn as_text(&self, table: &str) -> Result<String> {
        self.shell(&format!(
            "SELECT group_concat(iif(type = 'BLOB', format('substr(hex(%s), 1, length(%s))', name, name), name), ', ')
             FROM pragma_table_info('{table}');"
        ))
    }

    /// The words that are searched for, as CSV: the index keeps no text, so they are made again.
    fn write_words(&self, file: &Path) -> Result<()> {
        let customer = self.shell("SELECT lower(hex(customer_id)) FROM customer;")?;
        let records = file.with_extension("json");
        let select = "SELECT record_id || ' ' || record FROM access_record ORDER BY record_id;";
        self.shell(&format!(".output {}\n{select}\n", records.display()))?;
        let mut words = BufWriter::new(fs::File::create(file)?);
        for line in BufReader::new(fs::File::open(records)?).lines() {
            let line = line?;
            let (id, record) = line.split_once(' ').ok_or("a record without its number")?;
            let event: AccessEvent = serde_json::from_str(record)?;
            writeln!(words, "{id},{},{}", customer.trim(), event.search_text().as_str())?;
        }
        Ok(words.flush()?)
    }

    /// A script that loads this database's rows.
    fn postgres_load(&self, other: &Self) -> Result<String> {
        portal::migrate(other)?;
        let (mut export, mut known, mut load) = (String::new(), String::new(), String::from("BEGIN;\n"));
        for table in ["customer", "access_log"].into_iter().chain(TABLES) {
            let file = other.directory.join(table);
            export.push_str(&format!("\\copy (SELECT * FROM {table}) TO '{}'\n", file.display()));
            let script = if TABLES.contains(&table) { &mut load } else { &mut known };
            script.push_str(&format!("\\copy {table} FROM '{}'\n", file.display()));
        }
        self.shell(&export)?;
        other.shell(&known)?;
        Ok(format!("{load}COMMIT;\n"))
    }

    /// How long the database's own tool takes to write out the columns that an export is made of, in its order.
    pub fn dump(&self) -> Result<Duration> {
        let quote = match self.engine {
            Engine::Sqlite => "quote",
            Engine::Postgres => "quote_literal",
        };
        let customer = self.shell(&format!("SELECT {quote}(customer_id) FROM customer;"))?;
        let rows = format!(
            "SELECT sequence, recorded_at, record FROM access_record WHERE customer_id = {} ORDER BY started_at DESC, \
             sequence DESC",
            customer.trim()
        );
        let script = match self.engine {
            Engine::Sqlite => format!("{SQLITE_SETTINGS}.mode csv\n{rows};\n"),
            Engine::Postgres => format!("\\copy ({rows}) TO STDOUT (FORMAT csv)\n"),
        };
        let begun = Instant::now();
        self.shell_to(&script, Stdio::null())?;
        Ok(begun.elapsed())
    }

    /// Does at once what the database would do by itself some time after so many new rows.
    pub fn settle(&self) -> Result<()> {
        self.shell(match self.engine {
            Engine::Sqlite => "PRAGMA wal_checkpoint(TRUNCATE);",
            Engine::Postgres => "VACUUM (ANALYZE); CHECKPOINT;",
        })?;
        Ok(())
    }
}

impl Drop for Database {
    fn drop(&mut self) {
        // What is left is in the bench's own folder and cluster, and goes with them.
        if self.engine == Engine::Postgres
            && let Ok(server) = postgres_server()
        {
            let _ = psql(&server, &format!("DROP DATABASE {} WITH (FORCE);", self.name), Stdio::null());
        }
        let _ = fs::remove_dir_all(&self.directory);
    }
}

fn postgres_server() -> Result<String> {
    std::env::var(POSTGRES_VARIABLE)
        .map_err(|_| format!("{POSTGRES_VARIABLE} names no PostgreSQL server; run this by `make bench`").into())
}

fn migrations(engine: &str) -> Result<Vec<PathBuf>> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../migrations").join(engine);
    let mut files = fs::read_dir(folder)?.map(|entry| Ok(entry?.path())).collect::<Result<Vec<_>>>()?;
    files.sort();
    Ok(files)
}

fn psql(address: &str, script: &str, output: Stdio) -> Result<String> {
    let arguments = ["-X", "-q", "-t", "-A", "-v", "ON_ERROR_STOP=1", "-d", address];
    run(Command::new("psql").args(arguments), script, output)
}

fn sqlite3(file: &str, script: &str, output: Stdio) -> Result<String> {
    run(Command::new("sqlite3").args(["-batch", "-bail", "-init", "/dev/null", file]), script, output)
}

/// Runs a shell on a script; returns what it prints where `output` is piped.
fn run(command: &mut Command, script: &str, output: Stdio) -> Result<String> {
    let program = command.get_program().to_string_lossy().into_owned();
    let failed = |error| format!("{program} doesn't run: {error}");
    let mut shell = command.stdin(Stdio::piped()).stdout(output).stderr(Stdio::piped()).spawn().map_err(failed)?;
    if let Some(mut stdin) = shell.stdin.take() {
        stdin.write_all(script.as_bytes())?;
    }
    let output = shell.wait_with_output()?;
    // `.import` goes on after a row that it can't write.
    if !output.status.success() || !output.stderr.is_empty() {
        let text = String::from_utf8_lossy(&output.stderr);
        return Err(format!("{program}: {}", text.lines().next().unwrap_or_default()).into());
    }
    Ok(String::from_utf8(output.stdout)?)
}
