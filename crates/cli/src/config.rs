//! Configuration: flags, then environment, then `holdfast.toml`, then defaults.
//!
//! Nothing here can loosen a decision: numbers and choices that decide stand in the governed
//! policy row (spec §2), never in a file of the caller's.

use std::path::{Path, PathBuf};

use serde::Deserialize;

use crate::args::Cli;
use crate::failure::Failure;

const STORE_VARIABLE: &str = "HOLDFAST_STORE";
const STORE_DEFAULT: &str = "sqlite:holdfast.db";
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
}

#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
struct ConfigFile {
    store: Option<String>,
}

impl Config {
    /// Reads every source; an unreadable or unknown-keyed file is an error, never ignored.
    pub(crate) fn load(cli: &Cli) -> Result<Self, Failure> {
        let (path, named) = match &cli.config {
            Some(path) => (path.clone(), true),
            None => (PathBuf::from(FILE_DEFAULT), false),
        };
        let file = read_file(&path, named)?;
        let store = if let Some(value) = &cli.store {
            Setting {
                value: value.clone(),
                source: Source::Flag("--store"),
            }
        } else if let Some(value) = environment(STORE_VARIABLE)? {
            Setting {
                value,
                source: Source::Environment(STORE_VARIABLE),
            }
        } else if let Some(value) = file.store {
            Setting {
                value,
                source: Source::File(path),
            }
        } else {
            Setting {
                value: STORE_DEFAULT.to_owned(),
                source: Source::Default,
            }
        };
        Ok(Self { store })
    }

    /// The file of the embedded store.
    pub(crate) fn store_path(&self) -> Result<PathBuf, Failure> {
        match self.store.value.strip_prefix("sqlite:") {
            Some(path) if !path.is_empty() => Ok(PathBuf::from(path)),
            Some(_) => Err(self.bad_store("the path after `sqlite:` is empty")),
            None => Err(self.bad_store("only `sqlite:PATH` is known")),
        }
    }

    fn bad_store(&self, why: &str) -> Failure {
        Failure::usage(format!(
            "use the store `{}` ({})",
            self.store.value, self.store.source
        ))
        .cause(why)
        .next("name a store file, for example `--store sqlite:holdfast.db`")
    }
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
            .next("known keys: store")
    })
}
