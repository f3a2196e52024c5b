//! Databases whose catalogs were read from a server once and stand beside what was told of them.

use std::fs;
use std::path::Path;

use carrier_prover::{Declarations, Prover, render};

use crate::source::Catalogs;
use crate::untold::{is_blessed, untold};
use crate::{database, servers};

/// Declarations by their name, the database that they are of, and the script that makes it.
pub(crate) struct Kept {
    pub(crate) name: &'static str,
    database: &'static str,
    script: &'static str,
    pub(crate) declared: Declarations,
}

pub(crate) fn kept() -> [Kept; 6] {
    [
        Kept {
            name: "control",
            database: "control",
            script: include_str!("../fixtures/proven-control.sql"),
            declared: Declarations::from_toml(include_str!("../fixtures/proven-control.toml"))
                .unwrap(),
        },
        Kept {
            name: "live",
            database: "live",
            script: include_str!("../fixtures/directus-live.sql"),
            declared: Declarations::from_json(include_str!("../fixtures/declared-uses.json"))
                .unwrap(),
        },
        Kept {
            name: "paths",
            database: "paths",
            script: include_str!("../fixtures/paths.sql"),
            declared: Declarations::from_json(include_str!("paths-uses.json")).unwrap(),
        },
        Kept {
            name: "control-uses",
            database: "control",
            script: include_str!("../fixtures/proven-control.sql"),
            declared: Declarations::from_json(include_str!("control-uses.json")).unwrap(),
        },
        Kept {
            name: "companions",
            database: "paths",
            script: include_str!("../fixtures/paths.sql"),
            declared: Declarations::from_json(include_str!("companions-uses.json")).unwrap(),
        },
        Kept {
            name: "rare",
            database: "rare",
            script: include_str!("../fixtures/rare.sql"),
            declared: Declarations::from_json(include_str!("rare-uses.json")).unwrap(),
        },
    ]
}

pub(crate) fn catalogs(kept: &Kept) -> Catalogs {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/told");
    let file = folder.join(format!("{}.catalogs.json", kept.database));
    if is_blessed() && !file.exists() {
        servers::on_version(15, |version| {
            let server = version.server();
            drop(database::database(server, kept.database, &[kept.script]));
            let reader = database::session(server, kept.database, database::READER);
            let read = serde_json::to_string_pretty(&Catalogs::read(reader)).unwrap();
            fs::write(&file, read + "\n").unwrap();
        });
    }
    serde_json::from_slice(&fs::read(&file).unwrap()).unwrap()
}

/// Holds a text to the one that was reviewed, which stands in a file of this name.
pub(crate) fn compare(name: &str, told: &str) {
    let wrong = untold(&format!("told/{name}.txt"), told);
    assert!(wrong.is_empty(), "{wrong}");
}

/// The report as text, or why there is none.
pub(crate) fn rendered(catalogs: &Catalogs, declared: &Declarations) -> String {
    let report = Prover::new(&mut &*catalogs).and_then(|prover| prover.prove(declared));
    report.map_or_else(|error| error.to_string(), |report| render(&report))
}
