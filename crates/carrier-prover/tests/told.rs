//! All that the prover says of catalogs which were read from a server once: report, suggestions and
//! envelope, word for word; and which words are others where one row is missing, or a whole catalog.
//!
//! `HOLDFAST_BLESS=1` writes what is said now, for a reviewed change of it, and reads catalogs that
//! are not there from a server of version 15.
#![expect(clippy::unwrap_used, reason = "a failed unwrap is a failed test")]

#[path = "live/database.rs"]
#[expect(dead_code, reason = "others read the catalogs where they are")]
mod database;
#[path = "told/probed.rs"]
mod probed;
#[path = "bypasses/servers.rs"]
mod servers;
#[path = "bypasses/source.rs"]
mod source;

use std::fmt::Write;
use std::path::{Path, PathBuf};
use std::{env, fs};

use carrier_prover::contract::CriterionOutcome;
use carrier_prover::{CRITERIA, Declarations, Heading, Prover, Report, render, seal};
use serde_json::Value;
use source::Catalogs;

/// A database by its name, with the script that makes it and what is declared of it.
struct Kept {
    name: &'static str,
    script: &'static str,
    declared: Declarations,
    /// The catalogs whose rows are taken away one by one.
    telling: &'static [&'static str],
}

fn kept() -> [Kept; 3] {
    [
        Kept {
            name: "control",
            script: include_str!("fixtures/proven-control.sql"),
            declared: Declarations::from_toml(include_str!("fixtures/proven-control.toml"))
                .unwrap(),
            telling: &[
                "pg_attribute",
                "pg_auth_members",
                "pg_class",
                "pg_constraint",
                "pg_depend",
                "pg_index",
                "pg_namespace",
                "pg_proc",
                "pg_roles",
                "pg_trigger",
            ],
        },
        Kept {
            name: "live",
            script: include_str!("fixtures/directus-live.sql"),
            declared: Declarations::from_json(include_str!("fixtures/declared-uses.json")).unwrap(),
            telling: &["pg_constraint", "pg_index", "pg_rewrite", "pg_trigger"],
        },
        Kept {
            name: "paths",
            script: include_str!("fixtures/paths.sql"),
            declared: Declarations::from_json(include_str!("told/paths-uses.json")).unwrap(),
            telling: &[
                "pg_auth_members",
                "pg_constraint",
                "pg_index",
                "pg_inherits",
                "pg_parameter_acl",
                "pg_proc",
                "pg_rewrite",
                "pg_trigger",
                "pg_type",
            ],
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

/// The text beside the one that was reviewed, which stands in a file of this name.
fn compare(name: &str, told: &str) {
    let file = file(name, "txt");
    if is_blessed() {
        fs::write(&file, told).unwrap();
    }
    let due = fs::read_to_string(&file).unwrap();
    for (number, (told, due)) in told.lines().zip(due.lines()).enumerate() {
        assert_eq!(told, due, "{}, line {}", file.display(), number + 1);
    }
    assert_eq!(told.len(), due.len(), "{}", file.display());
}

/// The catalogs with this one refused.
fn hidden(catalogs: &Catalogs, catalog: &str) -> Catalogs {
    let mut hidden = catalogs.clone();
    let refused = Err("permission denied".to_owned());
    hidden.0.insert(catalog.to_owned(), refused);
    hidden
}

/// The catalogs with each row of this one missing in turn, and that row.
fn without_rows<'all>(
    catalogs: &'all Catalogs,
    catalog: &'all str,
) -> impl Iterator<Item = (String, Catalogs)> + 'all {
    let count = catalogs.0.get(catalog).unwrap().as_ref().unwrap().len();
    (0..count).map(move |number| {
        let mut less = catalogs.clone();
        let rows = less.0.get_mut(catalog).unwrap().as_mut().unwrap();
        let row = rows.remove(number);
        (named(&row), less)
    })
}

/// What tells a row from the others of its catalog, for whoever reads the text.
fn named(row: &str) -> String {
    let row: Value = serde_json::from_str(row).unwrap();
    let members = [
        "name", "oid", "number", "relation", "role", "member", "parent", "child",
    ];
    let members = members
        .iter()
        .filter_map(|name| Some((name, row.get(name)?)));
    let said: Vec<_> = members
        .map(|(name, value)| format!("{name} {value}"))
        .collect();
    if said.is_empty() {
        row.to_string()
    } else {
        said.join(", ")
    }
}

/// The report as text, or why there is none.
fn rendered(catalogs: &Catalogs, declared: &Declarations) -> String {
    let report = Prover::new(&mut &*catalogs).and_then(|prover| prover.prove(declared));
    report.map_or_else(|error| error.to_string(), |report| render(&report))
}

/// The lines that only one of two texts has.
fn differences(before: &str, after: &str) -> String {
    let only = |mark: char, these: &str, those: &str| {
        let those: Vec<&str> = those.lines().collect();
        let lines = these.lines().filter(|line| !those.contains(line));
        lines.fold(String::new(), |all, line| all + &format!("{mark} {line}\n"))
    };
    only('-', before, after) + &only('+', after, before)
}

#[test]
fn what_is_told_of_kept_catalogs_is_what_was_reviewed() {
    for kept in kept() {
        compare(kept.name, &told(&kept, &catalogs(&kept).prover()));
    }
}

#[test]
fn what_is_told_with_a_row_missing_is_what_was_reviewed() {
    for kept in kept() {
        let catalogs = catalogs(&kept);
        let before = rendered(&catalogs, &kept.declared);
        let mut all = String::new();
        for catalog in kept.telling {
            for (row, less) in without_rows(&catalogs, catalog) {
                let after = rendered(&less, &kept.declared);
                let differences = differences(&before, &after);
                writeln!(all, "== {catalog} lacks {row}\n{differences}").unwrap();
            }
        }
        compare(&format!("{}-with-less", kept.name), &all);
    }
}

#[test]
fn what_is_told_of_the_control_with_a_catalog_hidden_is_what_was_reviewed() {
    let [control, ..] = kept();
    let catalogs = catalogs(&control);
    let before = rendered(&catalogs, &control.declared);
    let mut all = String::new();
    for catalog in catalogs.0.keys() {
        let after = rendered(&hidden(&catalogs, catalog), &control.declared);
        let differences = differences(&before, &after);
        writeln!(all, "== {catalog} is hidden\n{differences}").unwrap();
    }
    compare("control-hidden", &all);
}

#[test]
fn nothing_is_proven_by_hiding_a_catalog() {
    for kept in kept() {
        let catalogs = catalogs(&kept);
        let whole = catalogs.prover().prove(&kept.declared).unwrap();
        for catalog in catalogs.0.keys() {
            let Ok(prover) = Prover::new(&mut &hidden(&catalogs, catalog)) else {
                assert_eq!(catalog, "pg_database");
                continue;
            };
            let less = prover.prove(&kept.declared).unwrap();
            for (whole, less) in whole.carriers.iter().zip(&less.carriers) {
                let of = format!("{} of {} without {catalog}", less.carrier, kept.name);
                for name in CRITERIA {
                    let is_proven = less.outcome(name) == CriterionOutcome::Proven;
                    let was_proven = whole.outcome(name) == CriterionOutcome::Proven;
                    assert!(was_proven || !is_proven, "{name} of {of}");
                }
            }
            assert_eq!(less.carriers.len(), whole.carriers.len());
        }
    }
}
