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
const CHECKPOINT_VARIABLE: &str = "HOLDFAST_CHECKPOINT";
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

impl Setting {
    fn built_in(value: &str) -> Self {
        Self {
            value: value.to_owned(),
            source: Source::Default,
        }
    }
}

/// The configuration of one call.
#[derive(Debug, Clone)]
pub(crate) struct Config {
    pub(crate) store: Setting,
    pub(crate) credentials: Setting,
    /// What the gate holds the store to; nothing unless something is named.
    pub(crate) checkpoint: Option<Setting>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
struct ConfigFile {
    store: Option<String>,
    credentials: Option<String>,
    checkpoint: Option<String>,
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
        let text = |path: Option<&PathBuf>| path.map(|path| path.display().to_string());
        let store = setting(
            ("--store", cli.store.clone()),
            STORE_VARIABLE,
            from_file(file.store),
        )?;
        let credentials = setting(
            ("--credentials", text(cli.credentials.as_ref())),
            CREDENTIALS_VARIABLE,
            from_file(file.credentials),
        )?;
        Ok(Self {
            store: store.unwrap_or_else(|| Setting::built_in(STORE_DEFAULT)),
            credentials: credentials.unwrap_or_else(|| Setting::built_in(CREDENTIALS_DEFAULT)),
            checkpoint: setting(
                ("--checkpoint", text(cli.checkpoint.as_ref())),
                CHECKPOINT_VARIABLE,
                from_file(file.checkpoint),
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

/// One value, if anything names it: flag before environment before file.
fn setting(
    (flag, given): (&'static str, Option<String>),
    variable: &'static str,
    file: Option<(String, PathBuf)>,
) -> Result<Option<Setting>, Failure> {
    let found = if let Some(value) = given {
        Some((value, Source::Flag(flag)))
    } else if let Some(value) = environment(variable)? {
        Some((value, Source::Environment(variable)))
    } else {
        file.map(|(value, path)| (value, Source::File(path)))
    };
    Ok(found.map(|(value, source)| Setting { value, source }))
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
            .next("known keys: store, credentials, checkpoint")
    })
}
