//! One head per subject, by a key or by epochs, and every single change that takes it away, on a real
//! server of every version that is there.
#![expect(
    clippy::unwrap_used,
    clippy::panic,
    reason = "a failed unwrap is a failed test"
)]

#[path = "bypasses/servers.rs"]
mod servers;
#[path = "bypasses/source.rs"]
mod source;

use std::fmt::Write;

use carrier_prover::contract::{CriterionOutcome, RejectCode};
use carrier_prover::{CarrierProof, Declarations};
use postgres_lab::postgres::{Client, NoTls};
use postgres_lab::{Database, Server};

const CASES: &str = include_str!("heads/heads.sql");

const DECLARED: &str = r#"[{"carrier": "head", "relation": "s.head", "writers": ["{registrar}"],
  "transition_writers": ["{authority}"], "custodians": ["{owner}"],
  "facets": [{"use": "head_store", "slots": {
    "value": "hash", "subject": "code", "epoch": "epoch", "lifecycle": "status"}}]}]"#;

fn written(database: &Database, sql: &str) -> String {
    let mut sql = sql.to_owned();
    for name in ["owner", "registrar", "authority", "app", "reader"] {
        sql = sql.replace(
            &format!("{{{name}}}"),
            &format!("{}_{name}", database.name()),
        );
    }
    sql
}

fn proof(server: &Server, control: &str, change: &str) -> CarrierProof {
    let database = server.fresh_database("heads").unwrap();
    let mut superuser = database.connect().unwrap();
    let roles = "CREATE ROLE {owner} NOLOGIN; CREATE ROLE {registrar} LOGIN; \
                 CREATE ROLE {authority} LOGIN; CREATE ROLE {app} LOGIN; CREATE ROLE {reader} LOGIN";
    for sql in [roles, control, change] {
        if let Err(error) = superuser.batch_execute(&written(&database, sql)) {
            panic!("{error:?}: {sql}");
        }
    }
    let reader = database.url(&written(&database, "{reader}"));
    let reader = Client::connect(&reader, NoTls).unwrap();
    let declared = Declarations::from_json(&written(&database, DECLARED)).unwrap();
    let report = source::prover(reader).prove(&declared).unwrap();
    // What is granted on a parameter belongs to the cluster, and would keep its role there.
    let taken_back = written(&database, "DROP OWNED BY {registrar}");
    superuser.batch_execute(&taken_back).unwrap();
    report.carriers.into_iter().next().unwrap()
}

fn every_case(server: &Server) {
    let mut sections = CASES.split("--> ").skip(1);
    let (_, control) = sections.next().unwrap().split_once('\n').unwrap();
    let mut wrong = String::new();
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
        let proof = proof(server, control, change);
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
    assert!(wrong.is_empty(), "on {}:\n{wrong}", server.version());
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
