//! Configuration: flags, then environment, then `holdfast.toml`, then defaults.
//!
//! Nothing here can loosen a decision: numbers and choices that decide stand in the governed
//! policy row (spec §2), never in a file of the caller's.

use std::path::{Path, PathBuf};

use deployment::{AddressError, Credentials, StoreAddress};
use serde::Deserialize;

use crate::args::Cli;
use crate::failure::Failure;

const STORE_VARIABLE: &str = "HOLDFAST_STORE";
const STORE_DEFAULT: &str = "sqlite:holdfast.db";
pub(crate) const CREDENTIALS_VARIABLE: &str = "HOLDFAST_CREDENTIALS";
const CREDENTIALS_DEFAULT: &str = "holdfast-credentials";
const FILE_DEFAULT: &str = "holdfast.toml";

/// Where a value came from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Source {
    /// A flag of this call.
    Flag(&'static str),
    /// A variable of the environment.
    Environment(&'static str),
    /// The configuration file.
    File(PathBuf),
    /// Built in.
    Default,
}

impl std::fmt::Display for Source {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Flag(name) => write!(formatter, "flag {name}"),
            Self::Environment(name) => write!(formatter, "environment {name}"),
            Self::File(path) => write!(formatter, "file {}", path.display()),
            Self::Default => write!(formatter, "default"),
        }
    }
}

/// One value and where it came from.
#[derive(Debug, Clone)]
pub(crate) struct Setting {
    pub(crate) value: String,
    pub(crate) source: Source,
}

/// The configuration of one call.
#[derive(Debug, Clone)]
pub(crate) struct Config {
    pub(crate) store: Setting,
    pub(crate) credentials: Setting,
}

#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
struct ConfigFile {
    store: Option<String>,
    credentials: Option<String>,
}

impl Config {
    /// Reads every source; an unreadable or unknown-keyed file is an error, never ignored.
    pub(crate) fn load(cli: &Cli) -> Result<Self, Failure> {
        let (path, named) = match &cli.config {
            Some(path) => (path.clone(), true),
            None => (PathBuf::from(FILE_DEFAULT), false),
        };
        let file = read_file(&path, named)?;
        let from_file = |value: Option<String>| value.map(|value| (value, path.clone()));
        Ok(Self {
            store: setting(
                ("--store", cli.store.clone()),
                STORE_VARIABLE,
                from_file(file.store),
                STORE_DEFAULT,
            )?,
            credentials: setting(
                (
                    "--credentials",
                    cli.credentials
                        .as_ref()
                        .map(|dir| dir.display().to_string()),
                ),
                CREDENTIALS_VARIABLE,
                from_file(file.credentials),
                CREDENTIALS_DEFAULT,
            )?,
        })
    }

    /// Where the store is.
    pub(crate) fn store_address(&self) -> Result<StoreAddress, Failure> {
        let address = self.store.value.parse();
        address.map_err(|error| self.bad_store(&error))
    }

    /// The secrets of the roles on a server.
    pub(crate) fn credentials(&self) -> Credentials {
        Credentials::new(&self.credentials.value)
    }

    fn bad_store(&self, why: &AddressError) -> Failure {
        Failure::usage(format!(
            "use the store `{}` ({})",
            self.store.value, self.store.source
        ))
        .because(why)
        .next(
            "name a store, for example `--store sqlite:holdfast.db` or \
             `--store postgres://db.example/holdfast`",
        )
    }
}

/// One value: flag before environment before file before default.
fn setting(
    (flag, given): (&'static str, Option<String>),
    variable: &'static str,
    file: Option<(String, PathBuf)>,
    default: &str,
) -> Result<Setting, Failure> {
    let (value, source) = if let Some(value) = given {
        (value, Source::Flag(flag))
    } else if let Some(value) = environment(variable)? {
        (value, Source::Environment(variable))
    } else if let Some((value, path)) = file {
        (value, Source::File(path))
    } else {
        (default.to_owned(), Source::Default)
    };
    Ok(Setting { value, source })
}

fn environment(name: &'static str) -> Result<Option<String>, Failure> {
    match std::env::var(name) {
        Ok(value) if value.is_empty() => Ok(None),
        Ok(value) => Ok(Some(value)),
        Err(std::env::VarError::NotPresent) => Ok(None),
        Err(error @ std::env::VarError::NotUnicode(_)) => {
            Err(Failure::usage(format!("read the variable {name}")).because(&error))
        }
    }
}

fn read_file(path: &Path, named: bool) -> Result<ConfigFile, Failure> {
    let text = match std::fs::read_to_string(path) {
        Ok(text) => text,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound && !named => {
            return Ok(ConfigFile::default());
        }
        Err(error) => {
            return Err(
                Failure::usage(format!("read the configuration `{}`", path.display()))
                    .because(&error),
            );
        }
    };
    toml::from_str(&text).map_err(|error| {
        Failure::usage(format!("understand the configuration `{}`", path.display()))
            .because(&error)
            .next("known keys: store, credentials")
    })
}
