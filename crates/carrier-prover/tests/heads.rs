//! One head per subject, by a key or by epochs, and every single change that takes it away, on a real
//! server of every version that is there.
#![expect(
    clippy::unwrap_used,
    clippy::panic,
    reason = "a failed unwrap is a failed test"
)]

#[path = "bypasses/differences.rs"]
mod differences;
#[path = "bypasses/kept.rs"]
mod kept;
#[path = "bypasses/servers.rs"]
mod servers;
#[path = "bypasses/source.rs"]
mod source;
#[path = "bypasses/untold.rs"]
mod untold;
#[path = "bypasses/words.rs"]
mod words;

use std::fmt::Write;

use carrier_prover::contract::{CriterionOutcome, RejectCode};
use differences::beside_the_first;
use kept::{Kept, kept};
use postgres_lab::Server;
use servers::Version;
use untold::untold;
use words::{TOLD, words};

const CASES: &str = include_str!("heads/heads.sql");

const DECLARED: &str = r#"[{"carrier": "head", "relation": "s.head", "writers": ["{registrar}"],
  "transition_writers": ["{authority}"], "custodians": ["{owner}"],
  "facets": [{"use": "head_store", "slots": {
    "value": "hash", "subject": "code", "epoch": "epoch", "lifecycle": "status"}}]}]"#;

fn written(database: &str, sql: &str) -> String {
    let mut sql = sql.to_owned();
    for name in ["owner", "registrar", "authority", "app", "reader"] {
        sql = sql.replace(&format!("{{{name}}}"), &format!("{database}_{name}"));
    }
    sql
}

/// What a role that may only look reads of the control with one change.
fn read(server: &Server, control: &str, change: &str) -> Kept {
    let database = server.fresh_database("heads").unwrap();
    let name = database.name();
    let mut superuser = database.connect().unwrap();
    let roles = "CREATE ROLE {owner} NOLOGIN; CREATE ROLE {registrar} LOGIN; \
                 CREATE ROLE {authority} LOGIN; CREATE ROLE {app} LOGIN; CREATE ROLE {reader} LOGIN";
    for sql in [roles, control, change] {
        if let Err(error) = superuser.batch_execute(&written(name, sql)) {
            panic!("{error:?}: {sql}");
        }
    }
    let kept = Kept::read(&database, &written(name, "{reader}"));
    // What is granted on a parameter belongs to the cluster, and would keep its role there.
    let taken_back = written(name, "DROP OWNED BY {registrar}");
    superuser.batch_execute(&taken_back).unwrap();
    kept
}

fn every_case(version: &Version) {
    let major = version.major;
    let mut sections = CASES.split("--> ").skip(1);
    let (_, control) = sections.next().unwrap().split_once('\n').unwrap();
    let mut wrong = String::new();
    let mut told = Vec::new();
    let mut judged = 0;
    for section in sections {
        let (head, change) = section.split_once('\n').unwrap();
        let (name, expected) = head.split_once(" | ").unwrap();
        let expected = match expected {
            "proven" => CriterionOutcome::Proven,
            "refuted" => CriterionOutcome::Refuted,
            "unproven" => CriterionOutcome::Unproven,
            other => panic!("outcome {other}"),
        };
        let kept = kept(&format!("head-{judged}-on-{major}"), || {
            read(version.server(), control, change)
        });
        let report = kept.report(&written(&kept.database, DECLARED));
        told.push((name.to_owned(), words(&report, &kept.database)));
        let proof = report.carriers.first().unwrap();
        let mut fitness = proof.fitness.iter();
        let found = fitness
            .find(|finding| finding.id == "head.uniqueness")
            .unwrap();
        let named = proof.codes.contains(&RejectCode::HeadUniquenessAbsent);
        if found.outcome != expected || named == (expected == CriterionOutcome::Proven) {
            writeln!(wrong, "== {name}: {found:#?}, {:?}", proof.codes).unwrap();
        }
        judged += 1;
    }
    assert!(judged > 20, "{judged}");
    if major == TOLD {
        wrong.push_str(&untold("heads/told.txt", &beside_the_first(&told)));
    }
    assert!(wrong.is_empty(), "on {major}:\n{wrong}");
}

#[test]
fn each_change_is_judged_on_15() {
    servers::on_version(15, every_case);
}

#[test]
fn each_change_is_judged_on_16() {
    servers::on_version(16, every_case);
}

#[test]
fn each_change_is_judged_on_17() {
    servers::on_version(17, every_case);
}

#[test]
fn each_change_is_judged_on_18() {
    servers::on_version(18, every_case);
}
