//! All that the prover says of catalogs which were read from a server once: report, suggestions and
//! envelope, word for word; and which words are others where a catalog is hidden, and after a probe.
//!
//! `HOLDFAST_BLESS=1` writes what is said now, for a reviewed change of it, and reads catalogs that
//! are not there from a server of version 15.
#![expect(clippy::unwrap_used, reason = "a failed unwrap is a failed test")]

#[path = "bypasses/bodies.rs"]
#[expect(
    dead_code,
    reason = "others hold them to the outcome that they are due"
)]
mod bodies;
#[path = "live/database.rs"]
#[expect(dead_code, reason = "others read the catalogs where they are")]
mod database;
#[path = "bypasses/differences.rs"]
mod differences;
#[path = "told/probed.rs"]
mod probed;
#[path = "told/reach.rs"]
mod reach;
#[path = "told/reviewed.rs"]
mod reviewed;
#[path = "bypasses/servers.rs"]
mod servers;
#[path = "bypasses/source.rs"]
mod source;
#[path = "bypasses/untold.rs"]
mod untold;

use std::fmt::Write;

use carrier_prover::contract::{CriterionOutcome, RejectCode};
use carrier_prover::guard::facts::Operation;
use carrier_prover::{CRITERIA, Declarations, Heading, Prover, Report, WriterPath, render, seal};
use differences::beside_the_first;
use reviewed::{Kept, catalogs, compare, kept, rendered};
use serde_json::{Value, json};
use source::Catalogs;

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

/// The catalogs with this one refused.
fn hidden(catalogs: &Catalogs, catalog: &str) -> Catalogs {
    let mut hidden = catalogs.clone();
    let refused = Err("permission denied".to_owned());
    hidden.0.insert(catalog.to_owned(), refused);
    hidden
}

#[test]
fn what_is_told_of_kept_catalogs_is_what_was_reviewed() {
    let [control, live, paths, .., rare] = kept();
    for kept in [control, live, paths, rare] {
        compare(kept.name, &told(&kept, &catalogs(&kept).prover()));
    }
}

#[test]
fn what_is_told_of_the_control_with_a_catalog_hidden_is_what_was_reviewed() {
    let [control, ..] = kept();
    let catalogs = catalogs(&control);
    let mut told = vec![("nothing".to_owned(), rendered(&catalogs, &control.declared))];
    for catalog in catalogs.0.keys() {
        let less = rendered(&hidden(&catalogs, catalog), &control.declared);
        told.push((format!("{catalog} is hidden"), less));
    }
    compare("control-hidden", &beside_the_first(&told));
}

#[test]
fn who_is_told_to_write_a_relation_is_what_was_reviewed() {
    let [control, live, paths, .., rare] = kept();
    for kept in [control, live, paths, rare] {
        let prover = catalogs(&kept).prover();
        let mut all = String::new();
        for (relation, paths) in prover.all_writers() {
            let lines = |paths: &[WriterPath]| -> Vec<String> {
                paths.iter().map(with_its_statements).collect()
            };
            let lines_of_one = lines(&prover.writers(&relation).unwrap());
            assert_eq!(lines_of_one, lines(&paths), "{relation}");
            writeln!(all, "== {relation}\n{}\n", lines_of_one.join("\n")).unwrap();
        }
        compare(&format!("{}-writers", kept.name), &all);
    }
}

/// The path in one line, and what whoever takes it would type in another.
fn with_its_statements(path: &WriterPath) -> String {
    let statements = path.witness_line().into_iter();
    let lines: Vec<String> = std::iter::once(path.line()).chain(statements).collect();
    lines.join("\n  ")
}

/// The catalogs with another value of a member, in every row of a catalog.
fn with(catalogs: &Catalogs, catalog: &str, member: &str, value: &Value) -> Catalogs {
    let mut other = catalogs.clone();
    let rows = other.0.get_mut(catalog).unwrap();
    for row in rows.as_mut().unwrap() {
        let mut members: Value = serde_json::from_str(row).unwrap();
        *members.get_mut(member).unwrap() = value.clone();
        *row = members.to_string();
    }
    other
}

/// The catalogs with one row more.
fn with_one(catalogs: &Catalogs, catalog: &str, row: &Value) -> Catalogs {
    let mut other = catalogs.clone();
    let rows = other.0.get_mut(catalog).unwrap();
    rows.as_mut().unwrap().push(row.to_string());
    other
}

/// The catalogs with one row more, which is as the first one but for these members.
fn with_one_like(catalogs: &Catalogs, catalog: &str, members: &Value) -> Catalogs {
    let mut row = rows(catalogs, catalog).swap_remove(0);
    let all = row.as_object_mut().unwrap();
    all.extend(members.as_object().unwrap().clone());
    with_one(catalogs, catalog, &row)
}

/// Whether somebody rewrote rows, and whether a column is held to have a value.
#[test]
fn what_is_told_of_counters_and_of_not_null_is_what_was_reviewed() {
    let [control, ..] = kept();
    let catalogs = catalogs(&control);
    let counted = |what: &str| with(&catalogs, "pg_stat_all_tables", what, &json!(1));
    let not_null = |column: u8, validated: bool, enforced: bool| {
        let members = json!({
            "oid": 1, "name": "has_a_value", "kind": "n", "columns": [column],
            "validated": validated, "enforced": enforced,
        });
        with_one_like(&catalogs, "pg_constraint", &members)
    };
    let (payload, subject) = (4, 2);
    let keyless = with(&counted("deleted"), "pg_index", "is_unique", &json!(false));
    let excluding = with_one_like(&keyless, "pg_constraint", &json!({"oid": 1, "kind": "x"}));
    let told = [
        ("as it is", catalogs.clone()),
        ("rows were updated", counted("updated")),
        ("rows were deleted", counted("deleted")),
        ("rows without a key were deleted", keyless),
        ("rows that exclude each other were deleted", excluding),
        ("the payload has a value", not_null(payload, true, true)),
        ("the payload had none", not_null(payload, false, true)),
        (
            "the payload need not have one",
            not_null(payload, true, false),
        ),
        ("the subject had none", not_null(subject, false, true)),
    ];
    let told =
        told.map(|(what, catalogs)| (what.to_owned(), rendered(&catalogs, &control.declared)));
    compare("control-counted", &beside_the_first(&told));
}

/// Where guards do not fire in every session, who could silence them is what they hang on: here
/// they are all that stands between a writer and what was written.
#[test]
fn what_is_told_of_guards_that_can_be_silenced_is_what_was_reviewed() {
    let [control, ..] = kept();
    let catalogs = catalogs(&control);
    let oid = oid_of(&catalogs, "pc_registrar");
    let grants =
        json!([{"grantee": oid, "grantor": 10, "grantable": false, "privilege": "UPDATE"}]);
    let catalogs = with(&catalogs, "pg_class", "acl", &grants);
    let catalogs = with(&catalogs, "pg_trigger", "enabled", &json!("O"));
    let nobody_logs_in = with(&catalogs, "pg_roles", "can_login", &json!(false));
    let replica = json!("replica");
    let all_begin_silent = with(&catalogs, "pg_database", "replication_role", &replica);
    let mut subscribed = catalogs.clone();
    let subscription =
        json!({"oid": 1, "name": "s", "owner": 10, "enabled": true, "relations": [16395]});
    let none = subscribed.0.insert(
        "pg_subscription".to_owned(),
        Ok(vec![subscription.to_string()]),
    );
    assert_eq!(none, Some(Ok(Vec::new())));
    let guarded = with(&subscribed, "pg_trigger", "enabled", &json!("A"));
    let told = [
        ("a superuser may log in", &catalogs),
        ("a subscription writes", &subscribed),
        ("a subscription writes, and guards fire always", &guarded),
        ("nobody may", &nobody_logs_in),
        ("who may is hidden", &hidden(&catalogs, "pg_roles")),
        ("every session begins silent", &all_begin_silent),
    ];
    let told =
        told.map(|(what, catalogs)| (what.to_owned(), rendered(catalogs, &control.declared)));
    compare("control-silenced", &beside_the_first(&told));
}

const SINGLE_USE: &str = r#"[{"carrier": "key", "relation": "carrier.signoff",
  "writers": ["pc_registrar"], "custodians": ["pc_custodian"], "consumer": "carrier.read_head",
  "facets": [{"use": "replay_surface", "slots": {"value": "checksum", "checksum": "checksum",
    "payload": "payload", "operation": "operation", "subject": "subject", "run": "verdict",
    "artifact": "payload", "authority": "verdict"}}]}]"#;

/// A unique index makes a value single-use, and none of a table is one over the rows of its children.
#[test]
fn a_value_that_children_share_is_no_single_use() {
    let [control, ..] = kept();
    let catalogs = catalogs(&control);
    let checksum = json!([5]);
    let unique = with(&catalogs, "pg_index", "columns", &checksum);
    let mut parent = unique.clone();
    let row = json!({"child": 1, "parent": 16395, "xmin": "1"}).to_string();
    parent.0.insert("pg_inherits".to_owned(), Ok(vec![row]));
    let declared = Declarations::from_json(SINGLE_USE).unwrap();
    let codes = |catalogs: &Catalogs| {
        let report = catalogs.prover().prove(&declared).unwrap();
        report.carriers.first().unwrap().codes.clone()
    };
    assert_eq!(codes(&catalogs), [RejectCode::ReplaySurfaceNotFit]);
    assert_eq!(codes(&unique), []);
    assert_eq!(codes(&parent), [RejectCode::ReplaySurfaceNotFit]);
}

/// Memberships have options of their own since version 16, and may not run in a circle.
#[test]
fn who_is_told_to_write_under_other_memberships_is_what_was_reviewed() {
    let [_, _, paths, ..] = kept();
    let catalogs = catalogs(&paths);
    let later = with(&catalogs, "pg_database", "version_num", &json!(160_000));
    let told = [
        ("15", catalogs.clone()),
        ("16", later.clone()),
        (
            "16, without INHERIT",
            with(&later, "pg_auth_members", "inherit_option", &json!(false)),
        ),
        (
            "16, without SET",
            with(&later, "pg_auth_members", "set_option", &json!(false)),
        ),
        (
            "15, and who makes roles has members",
            in_a_circle(&catalogs),
        ),
    ];
    let told = told.map(|(what, catalogs)| (what.to_owned(), writers_of(&catalogs, "kept.ledger")));
    compare("paths-memberships", &beside_the_first(&told));
}

/// Few roles; whoever may make roles is a group of one that writes, which nobody can grant to it.
fn in_a_circle(catalogs: &Catalogs) -> Catalogs {
    let mut circle = catalogs.clone();
    let few = ["postgres", "l_createrole", "l_direct"];
    let roles = rows(catalogs, "pg_roles").into_iter();
    let roles = roles.filter(|role| few.iter().any(|name| role.get("name").unwrap() == name));
    let roles = roles.map(|role| role.to_string()).collect();
    circle.0.insert("pg_roles".to_owned(), Ok(roles));
    let mut membership = rows(catalogs, "pg_auth_members").pop().unwrap();
    for (member, name) in [("role", "l_createrole"), ("member", "l_direct")] {
        *membership.get_mut(member).unwrap() = oid_of(catalogs, name);
    }
    let memberships = vec![membership.to_string()];
    circle
        .0
        .insert("pg_auth_members".to_owned(), Ok(memberships));
    circle
}

fn oid_of(catalogs: &Catalogs, role: &str) -> Value {
    let roles = rows(catalogs, "pg_roles");
    let found = roles.iter().find(|row| row.get("name").unwrap() == role);
    found.unwrap().get("oid").unwrap().clone()
}

fn rows(catalogs: &Catalogs, catalog: &str) -> Vec<Value> {
    let rows = catalogs.0.get(catalog).unwrap().as_ref().unwrap();
    rows.iter()
        .map(|row| serde_json::from_str(row).unwrap())
        .collect()
}

/// The catalogs of the declarations of this name.
fn catalogs_of(name: &str) -> Catalogs {
    let kept = kept().into_iter().find(|kept| kept.name == name);
    catalogs(&kept.unwrap())
}

fn writers_of(catalogs: &Catalogs, relation: &str) -> String {
    let paths = catalogs.prover().writers(relation).unwrap();
    let lines: Vec<String> = paths.iter().map(WriterPath::line).collect();
    lines.join("\n") + "\n"
}

/// A digest over other rows is another one: which rows each rests on shows by which it is.
#[test]
fn each_relation_has_the_fingerprint_that_was_reviewed() {
    let [control, live, paths, .., rare] = kept();
    for kept in [control, live, paths, rare] {
        let prover = catalogs(&kept).prover();
        let mut all = String::new();
        for relation in &prover.facts().relations {
            let name = format!("{}.{}", relation.schema, relation.name);
            let fingerprint = prover.fingerprint(&[&name]).unwrap();
            writeln!(all, "{fingerprint} {name}").unwrap();
        }
        compare(&format!("{}-fingerprints", kept.name), &all);
    }
}

/// What leads to a carrier is held without its children; that it has one is held.
#[test]
fn a_child_of_what_leads_to_a_carrier_moves_its_fingerprint() {
    let [_, _, paths, ..] = kept();
    let catalogs = catalogs(&paths);
    let oid = |name: &str| {
        let relations = rows(&catalogs, "pg_class");
        let found = relations
            .iter()
            .find(|row| row.get("name").unwrap() == name);
        found.unwrap().get("oid").unwrap().clone()
    };
    // A rule on `ruled` writes the ledger; nothing leads from `secured` to it.
    let row = json!({"child": oid("secured"), "parent": oid("ruled"), "xmin": "1"});
    let mut with_child = catalogs.clone();
    let kin = with_child.0.get_mut("pg_inherits").unwrap();
    kin.as_mut().unwrap().push(row.to_string());
    let fingerprint = |catalogs: &Catalogs| {
        let prover = catalogs.prover();
        prover.fingerprint(&["kept.ledger"]).unwrap()
    };
    assert_ne!(fingerprint(&with_child), fingerprint(&catalogs));
}

#[test]
fn a_name_gives_no_command_to_a_terminal() {
    let [control, ..] = kept();
    let mut catalogs = catalogs(&control);
    let rows = catalogs.0.get_mut("pg_database").unwrap();
    for row in rows.as_mut().unwrap() {
        *row = row.replace("\"control\"", "\"c\\u001b[31m\\u00e9\"");
    }
    let text = rendered(&catalogs, &control.declared);
    assert!(
        text.starts_with("carrier report on postgres 150018 `c\\u{1b}[31mé`\n"),
        "{text}"
    );
    let is_command = |letter: char| letter.is_control() && letter != '\n';
    assert!(!text.contains(is_command));
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

/// Each body once for every operation that rewrites, and for an INSERT: what is told of several of
/// them stands once.
#[test]
fn what_is_told_of_the_body_of_a_guard_is_what_was_reviewed() {
    let mut told = String::new();
    for case in bodies::cases() {
        writeln!(told, "=== {}", case.name).unwrap();
        let mut before = None;
        for operation in [&Operation::REWRITING[..], &[Operation::Insert]].concat() {
            let verdict = bodies::verdict(&case, operation);
            let through = if verdict.lets_through {
                ", lets through"
            } else {
                ""
            };
            let name = operation.as_str();
            writeln!(told, "{name}: {:?}{through}", verdict.outcome).unwrap();
            for reason in verdict
                .reasons
                .iter()
                .filter(|_| before != Some(verdict.reasons.clone()))
            {
                writeln!(told, "  {reason}").unwrap();
            }
            before = Some(verdict.reasons);
        }
    }
    compare("bodies", &told);
}
