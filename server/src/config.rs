//! Configuration: defaults, then a file, then the environment, then flags.

use std::{net::SocketAddr, path::PathBuf};

use figment::{
    Figment,
    providers::{Env, Format, Serialized, Toml},
};
use serde::{Deserialize, Serialize};

/// Everything that can be configured. `server config` prints it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Config {
    /// Where HTTP is answered.
    pub listen: SocketAddr,
    /// `sqlite:PATH` or `postgres://USER@HOST/NAME`.
    pub database: String,
    /// The provider's name, as customers know it.
    pub provider: String,
    /// The folder with the stylesheet and the WebAssembly that the build made.
    pub site: PathBuf,
    /// The largest body that a request may have, in bytes.
    pub body_limit: usize,
    /// How long a request may take until its answer begins, in seconds.
    pub request_timeout: u64,
    /// Lines for people, or JSON for machines.
    pub log_format: LogFormat,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum LogFormat {
    Text,
    Json,
}

impl Default for Config {
    fn default() -> Self {
        Self {
            listen: SocketAddr::from(([127, 0, 0, 1], 3000)),
            database: "sqlite:vitrine.sqlite".to_owned(),
            provider: "Your provider".to_owned(),
            site: default_site(),
            body_limit: 8 << 20,
            request_timeout: 30,
            log_format: LogFormat::Text,
        }
    }
}

/// Where the build puts the site: beside the program once installed, `target/site` in a checkout.
fn default_site() -> PathBuf {
    std::env::current_exe()
        .ok()
        .and_then(|program| Some(program.parent()?.join("site")))
        .filter(|site| site.is_dir())
        .unwrap_or_else(|| PathBuf::from("target/site"))
}

/// What flags may set; a flag that is not given sets nothing.
#[derive(Clone, Debug, Default, Serialize)]
pub struct Flags {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub listen: Option<SocketAddr>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub database: Option<String>,
}

/// Why there is no configuration.
#[derive(Debug, thiserror::Error)]
pub enum ConfigError {
    #[error("the configuration file {0} can't be read; name one that exists, or leave --config out")]
    NoFile(PathBuf),
    #[error("the configuration is wrong: {0}. `server config` prints every setting and its value")]
    Invalid(Box<figment::Error>),
    #[error(
        "`{0}` is no database: write sqlite:PATH for a file, such as sqlite:vitrine.sqlite, or postgres://USER@HOST/NAME"
    )]
    Database(String),
    #[error("--demo answers only this machine, because its passwords are known: use --listen 127.0.0.1:{0}")]
    DemoNotLoopback(u16),
}

impl Config {
    /// Reads the configuration: `file`, or `vitrine.toml` where it is there; `VITRINE_…`; `flags`.
    pub fn load(file: Option<PathBuf>, flags: &Flags) -> Result<Self, ConfigError> {
        if let Some(file) = file.as_ref().filter(|file| !file.is_file()) {
            return Err(ConfigError::NoFile(file.clone()));
        }
        let file = file.unwrap_or_else(|| PathBuf::from("vitrine.toml"));
        let config: Self = Figment::from(Serialized::defaults(Self::default()))
            .merge(Toml::file(file))
            // VITRINE_CONFIG and the tests' variables are nobody's settings.
            .merge(Env::prefixed("VITRINE_").ignore(&["config", "test_postgres", "tools", "root"]))
            .merge(Serialized::defaults(flags))
            .extract()
            .map_err(|error| ConfigError::Invalid(Box::new(error)))?;
        if !["sqlite:", "postgres://", "postgresql://"].iter().any(|scheme| config.database.starts_with(scheme)) {
            return Err(ConfigError::Database(config.database));
        }
        Ok(config)
    }

    /// # Errors
    /// [`ConfigError::DemoNotLoopback`] where others than this machine could sign in with the demo's passwords.
    pub fn check_demo(&self) -> Result<(), ConfigError> {
        if self.listen.ip().is_loopback() { Ok(()) } else { Err(ConfigError::DemoNotLoopback(self.listen.port())) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn flags_win() {
        let flags = Flags { listen: Some("127.0.0.1:9".parse().unwrap()), database: None };
        assert_eq!(Config::load(None, &flags).unwrap().listen.port(), 9);
    }

    #[test]
    fn a_database_without_a_scheme_is_refused_with_what_to_write() {
        let flags = Flags { database: Some("vitrine.db".to_owned()), ..Flags::default() };
        let message = Config::load(None, &flags).unwrap_err().to_string();
        assert!(message.contains("sqlite:PATH"), "{message}");
    }

    #[test]
    fn a_file_that_is_named_must_be_there() {
        let error = Config::load(Some("no-such.toml".into()), &Flags::default()).unwrap_err();
        assert!(matches!(error, ConfigError::NoFile(_)));
    }

    #[test]
    fn the_demo_answers_only_this_machine() {
        let config = Config { listen: "0.0.0.0:3000".parse().unwrap(), ..Config::default() };
        assert!(config.check_demo().is_err());
        let config = Config { listen: "[::1]:3000".parse().unwrap(), ..Config::default() };
        assert!(config.check_demo().is_ok());
    }
}
