//! Who the prover says can write, against really logging in and trying: nobody is missed, and
//! whatever is called certain works.
#![expect(clippy::unwrap_used, reason = "a failed unwrap is a failed test")]

#[path = "live/attempts.rs"]
mod attempts;
#[path = "live/lab.rs"]
mod lab;

use std::collections::{BTreeMap, BTreeSet};

use attempts::{Did, Session};
use carrier_prover::{Certainty, Prover, WriterPath};
use postgres_lab::Server;

const PATHS: &str = include_str!("fixtures/paths.sql");
const DATABASE: &str = "paths";

fn prover(server: &Server) -> Prover {
    lab::database(server, DATABASE, &[PATHS]);
    lab::prover(server, DATABASE)
}

/// The roles that can log in and are neither superusers nor the reader.
fn logins(prover: &Prover) -> Vec<String> {
    let roles = prover.facts().roles.iter();
    roles
        .filter(|role| role.can_login && !role.superuser && role.name != lab::READER)
        .map(|role| role.name.clone())
        .collect()
}

/// Every relation that holds rows of its own or groups those that do.
fn tables(prover: &Prover) -> Vec<String> {
    let relations = prover.facts().relations.iter();
    relations
        .filter(|relation| matches!(relation.kind.as_str(), "r" | "p"))
        .map(|relation| format!("{}.{}", relation.schema, relation.name))
        .collect()
}

/// What every role really did, directly and after every SET ROLE that it can bring about.
fn truth(server: &Server, prover: &Prover) -> BTreeSet<Did> {
    let mut found = BTreeSet::new();
    let statements = attempts::statements(prover);
    let roles: Vec<String> = prover
        .facts()
        .roles
        .iter()
        .map(|role| role.name.clone())
        .collect();
    for login in logins(prover) {
        let mut session = Session::of(server, DATABASE, &login);
        for acting in session.reachable(&roles) {
            for statement in &statements {
                found.extend(session.attempt(&acting, statement));
            }
        }
    }
    // What is done to a child is read through its parent.
    let mut through: Vec<(String, String)> = Vec::new();
    for row in &prover.facts().inheritance {
        let name = |oid| prover.facts().relation_name(oid);
        through.push((name(row.child), name(row.parent)));
    }
    let seen: Vec<Did> = found.iter().cloned().collect();
    for did in seen {
        for (child, parent) in &through {
            if did.relation == *child {
                found.insert(Did {
                    relation: parent.clone(),
                    ..did.clone()
                });
            }
        }
    }
    found
}

fn claims(prover: &Prover) -> BTreeMap<Did, WriterPath> {
    let tables = tables(prover);
    let logins = logins(prover);
    let mut found: BTreeMap<Did, WriterPath> = BTreeMap::new();
    for (relation, paths) in prover.all_writers() {
        for path in paths {
            let written = matches!(
                path.operation.as_str(),
                "INSERT" | "UPDATE" | "DELETE" | "TRUNCATE"
            );
            if !written || !tables.contains(&relation) || !logins.contains(&path.role) {
                continue;
            }
            let did = Did {
                role: path.role.clone(),
                relation: relation.clone(),
                operation: path.operation.as_str().to_owned(),
            };
            let kept = found.entry(did).or_insert_with(|| path.clone());
            if path.certainty < kept.certainty {
                *kept = path;
            }
        }
    }
    found
}

/// Nobody who really writes is missed, and only what is called possible may turn out not to work.
fn check(server: &Server) {
    let prover = prover(server);
    let truth = truth(server, &prover);
    let claims = claims(&prover);
    let missed: Vec<&Did> = truth
        .iter()
        .filter(|did| !claims.contains_key(did))
        .collect();
    let over: Vec<String> = claims
        .iter()
        .filter(|(did, path)| !truth.contains(did) && path.certainty == Certainty::Certain)
        .map(|(_, path)| format!("{} {}", path.relation, path.line()))
        .collect();
    let doubtful = claims.keys().filter(|did| !truth.contains(did)).count();
    eprintln!(
        "{}: {} writer cells, {} claimed, {doubtful} over-claims, {} of them certain",
        prover.facts().server.version_num,
        truth.len(),
        claims.len(),
        over.len()
    );
    assert!(
        truth.len() > 60,
        "the lab lets too little through: {truth:#?}"
    );
    assert!(missed.is_empty(), "missed: {missed:#?}");
    assert!(over.is_empty(), "certain and wrong: {over:#?}");
}

// One test for each version: together they would be a long one.
#[test]
fn nobody_who_really_writes_is_missed_on_15() {
    // The oldest version is the one that is always there.
    assert!(lab::on_version(15, check));
}

#[test]
fn nobody_who_really_writes_is_missed_on_16() {
    lab::on_version(16, check);
}

#[test]
fn nobody_who_really_writes_is_missed_on_17() {
    lab::on_version(17, check);
}

#[test]
fn nobody_who_really_writes_is_missed_on_18() {
    lab::on_version(18, check);
}

#[test]
fn every_witness_of_a_certain_path_works() {
    lab::on_every_version(|server| {
        let prover = prover(server);
        let logins = logins(&prover);
        let mut sessions: BTreeMap<String, Session> = BTreeMap::new();
        let mut failed = Vec::new();
        let mut tried: usize = 0;
        for (relation, paths) in prover.all_writers() {
            let certain = paths
                .iter()
                .filter(|path| path.certainty == Certainty::Certain);
            for path in certain.filter(|path| logins.contains(&path.role)) {
                let witness = path.witness.clone().unwrap();
                // A database cannot be dropped from inside, nor tried and taken back.
                if witness
                    .iter()
                    .any(|statement| statement.starts_with("DROP DATABASE"))
                {
                    continue;
                }
                let session = sessions
                    .entry(path.role.clone())
                    .or_insert_with(|| Session::of(server, DATABASE, &path.role));
                tried = tried.saturating_add(1);
                // The values are made up: that they are judged at all is what a witness shows.
                match session.rolled_back(&witness) {
                    Err(refusal) if !refusal.is_of_values => {
                        failed.push(format!("{relation}: {} => {}", path.line(), refusal.text));
                    }
                    Ok(()) | Err(_) => {}
                }
            }
        }
        assert!(tried > 200, "only {tried} witnesses");
        assert!(failed.is_empty(), "{failed:#?}");
    });
}
