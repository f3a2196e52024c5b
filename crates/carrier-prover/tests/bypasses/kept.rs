//! Catalogs that were read from a server once and kept.
//!
//! A test reads them anew. Only where `HOLDFAST_TEST_CATALOGS` names a folder are they kept there, for
//! whoever judges many changes of the prover one after the other (`cargo xtask mutants`): none of them
//! changes what a server answers, and no server has to be set up for each.

use std::ffi::OsString;
use std::path::Path;
use std::{env, fs, process};

use carrier_prover::{Declarations, Report};
use postgres_lab::Database;
use postgres_lab::postgres::{Client, NoTls};
use serde::{Deserialize, Serialize};

use crate::source::Catalogs;

const FOLDER: &str = "HOLDFAST_TEST_CATALOGS";

/// A database that was set up, as one role read it.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct Kept {
    /// The database's name; those of its roles begin with it.
    pub(crate) database: String,
    catalogs: Catalogs,
}

impl Kept {
    /// What this role's session reads of a database.
    pub(crate) fn read(database: &Database, role: &str) -> Self {
        let session = Client::connect(&database.url(role), NoTls).unwrap();
        Self {
            database: database.name().to_owned(),
            catalogs: Catalogs::read(session),
        }
    }

    /// What is said of what is declared.
    pub(crate) fn report(&self, declared: &str) -> Report {
        let declared = Declarations::from_json(declared).unwrap();
        self.catalogs.prover().prove(&declared).unwrap()
    }
}

/// The catalogs of what is set up under this name, read unless they are kept.
pub(crate) fn kept(name: &str, read: impl FnOnce() -> Kept) -> Kept {
    let Some(folder) = env::var_os(FOLDER) else {
        return read();
    };
    let path = Path::new(&folder).join(format!("{name}.json"));
    if let Ok(text) = fs::read(&path) {
        return serde_json::from_slice(&text).unwrap();
    }
    let kept = read();
    fs::create_dir_all(&folder).unwrap();
    // Whoever comes meanwhile sees the whole file or none.
    let mut begun = OsString::from(&path);
    begun.push(format!(".{}", process::id()));
    fs::write(&begun, serde_json::to_vec(&kept).unwrap()).unwrap();
    fs::rename(&begun, &path).unwrap();
    kept
}
