//! All that the prover says of catalogs which were read from a server once: report, suggestions and
//! envelope, word for word.
//!
//! `HOLDFAST_BLESS=1` writes what is said now, for a reviewed change of it, and reads catalogs that
//! are not there from a server of version 15.
#![expect(clippy::unwrap_used, reason = "a failed unwrap is a failed test")]

#[path = "live/database.rs"]
#[expect(dead_code, reason = "others read the catalogs where they are")]
mod database;
#[path = "bypasses/servers.rs"]
mod servers;
#[path = "bypasses/source.rs"]
mod source;

use std::fmt::Write;
use std::path::{Path, PathBuf};
use std::{env, fs};

use carrier_prover::{Declarations, Heading, Prover, Report, render, seal};
use serde_json::Value;
use source::Catalogs;

/// A database by its name, with the script that makes it and what is declared of it.
struct Kept {
    name: &'static str,
    script: &'static str,
    declared: Declarations,
}

fn kept() -> [Kept; 3] {
    [
        Kept {
            name: "control",
            script: include_str!("fixtures/proven-control.sql"),
            declared: Declarations::from_toml(include_str!("fixtures/proven-control.toml"))
                .unwrap(),
        },
        Kept {
            name: "live",
            script: include_str!("fixtures/directus-live.sql"),
            declared: Declarations::from_json(include_str!("fixtures/declared-uses.json")).unwrap(),
        },
        Kept {
            name: "paths",
            script: include_str!("fixtures/paths.sql"),
            declared: Declarations::from_json(include_str!("told/paths-uses.json")).unwrap(),
        },
    ]
}

fn file(name: &str, suffix: &str) -> PathBuf {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/told");
    folder.join(format!("{name}.{suffix}"))
}

fn is_blessed() -> bool {
    env::var_os("HOLDFAST_BLESS").is_some()
}

fn catalogs(kept: &Kept) -> Catalogs {
    let file = file(kept.name, "catalogs.json");
    if is_blessed() && !file.exists() {
        servers::on_version(15, |version| {
            let server = version.server();
            drop(database::database(server, kept.name, &[kept.script]));
            let reader = database::session(server, kept.name, database::READER);
            let read = serde_json::to_string_pretty(&Catalogs::read(reader)).unwrap();
            fs::write(&file, read + "\n").unwrap();
        });
    }
    serde_json::from_slice(&fs::read(&file).unwrap()).unwrap()
}

fn heading() -> Heading {
    Heading {
        trust_domain: "holdfast".to_owned(),
        audience: "holdfast.registration".to_owned(),
        run_id: "told".to_owned(),
        issued_at: "2026-06-21T09:00:00.000000Z".parse().unwrap(),
        expires_at: "2026-06-21T09:05:00.000000Z".parse().unwrap(),
    }
}

fn told(kept: &Kept, prover: &Prover) -> String {
    let report = prover.prove(&kept.declared).unwrap();
    let mut told = render(&report);
    suggestions(&report, &mut told);
    let sealed: Value = serde_json::from_slice(&seal(&report, &heading()).unwrap()).unwrap();
    writeln!(told, "{}", serde_json::to_string_pretty(&sealed).unwrap()).unwrap();
    told
}

fn suggestions(report: &Report, told: &mut String) {
    for proof in &report.carriers {
        for fix in &proof.fixes {
            writeln!(told, "{} {}: {}", proof.carrier, fix.gap, fix.statement).unwrap();
        }
    }
}

#[test]
fn what_is_told_of_kept_catalogs_is_what_was_reviewed() {
    for kept in kept() {
        let told = told(&kept, &catalogs(&kept).prover());
        let file = file(kept.name, "txt");
        if is_blessed() {
            fs::write(&file, &told).unwrap();
        }
        let due = fs::read_to_string(&file).unwrap();
        for (number, (told, due)) in told.lines().zip(due.lines()).enumerate() {
            assert_eq!(told, due, "{}, line {}", file.display(), number + 1);
        }
        assert_eq!(told.len(), due.len(), "{}", file.display());
    }
}
