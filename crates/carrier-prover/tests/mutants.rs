//! A carrier that is proven, and every single change that must cost it exactly the criterion it
//! touches, on a real server of every version that is there.
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

use std::collections::BTreeMap;
use std::fmt::Write;

use carrier_prover::contract::{CarrierClass, CriterionOutcome};
use differences::beside_the_first;
use kept::{Kept, kept};
use postgres_lab::Server;
use servers::Version;
use untold::untold;
use words::{TOLD, words};

const CONTROL: &str = include_str!("mutants/control.sql");
const MUTANTS: &str = include_str!("mutants/mutants.sql");

const DECLARED: &str = r#"[{"carrier": "signoff", "relation": "carrier.signoff",
  "writers": ["{registrar}"], "custodians": ["{owner}"], "consumer": "carrier.read_head",
  "facets": [{"use": "authority_row", "slots": {
    "value": "checksum", "checksum": "checksum", "payload": "payload", "subject": "subject",
    "operation": "operation", "verdict": "verdict", "supersession": "supersedes_id"}}]}]"#;

struct Mutant {
    name: &'static str,
    base: &'static str,
    /// What each criterion that it touches must come to; none: anything but proven.
    cost: BTreeMap<&'static str, Option<CriterionOutcome>>,
    /// The versions that it is for: `16-` from, `-15` up to.
    versions: Option<&'static str>,
    sql: &'static str,
}

fn mutants() -> Vec<Mutant> {
    let sections = MUTANTS.split("--> ").skip(1);
    sections
        .map(|section| {
            let (head, sql) = section.split_once('\n').unwrap();
            let mut fields = head.split(" | ");
            Mutant {
                name: fields.next().unwrap(),
                base: fields.next().unwrap(),
                cost: cost(fields.next().unwrap()),
                versions: fields.next(),
                sql,
            }
        })
        .collect()
}

fn cost(text: &'static str) -> BTreeMap<&'static str, Option<CriterionOutcome>> {
    if text == "nothing" {
        return BTreeMap::new();
    }
    text.split(' ')
        .map(|word| match word.split_once('=') {
            Some((criterion, "refuted")) => (criterion, Some(CriterionOutcome::Refuted)),
            Some((criterion, "unproven")) => (criterion, Some(CriterionOutcome::Unproven)),
            Some((criterion, "lost")) => (criterion, None),
            _ => panic!("cost {word}"),
        })
        .collect()
}

impl Mutant {
    fn is_for(&self, major: u16) -> bool {
        self.versions.is_none_or(|versions| {
            versions.strip_suffix('-').map_or_else(
                || major <= versions.trim_start_matches('-').parse().unwrap(),
                |since| major >= since.parse().unwrap(),
            )
        })
    }

    fn sql(&self) -> String {
        let parts = CONTROL.split("--> ").skip(1);
        let parts: BTreeMap<&str, &str> = parts.map(|it| it.split_once('\n').unwrap()).collect();
        let mut sql = (*parts.get("control").unwrap()).to_owned();
        if self.base != "control" {
            sql.push_str(parts.get(self.base).unwrap());
        }
        sql.push_str(self.sql);
        sql
    }
}

fn written(database: &str, sql: &str) -> String {
    let mut sql = sql.replace("{database}", database);
    for name in ["owner", "registrar", "reader", "app", "between"] {
        let role = format!("{database}_{name}");
        sql = sql.replace(&format!("{{{name}}}"), &role);
    }
    sql
}

/// What a role that may only look reads of the control with one change.
fn read(server: &Server, mutant: &Mutant) -> Kept {
    let database = server.fresh_database("mutant").unwrap();
    let name = database.name();
    let mut superuser = database.connect().unwrap();
    let roles = "CREATE ROLE {owner} NOLOGIN; CREATE ROLE {registrar} LOGIN; \
                 CREATE ROLE {reader} LOGIN; CREATE ROLE {app} LOGIN;";
    for sql in [roles, &mutant.sql()] {
        if let Err(error) = superuser.batch_execute(&written(name, sql)) {
            panic!("{}: {error:?}", mutant.name);
        }
    }
    let kept = Kept::read(&database, &written(name, "{reader}"));
    // What the mutant gave away is taken back, or the database could not be dropped.
    let taken_back = "ALTER DATABASE {database} OWNER TO CURRENT_USER";
    superuser.batch_execute(&written(name, taken_back)).unwrap();
    kept
}

fn every_mutant(version: &Version) {
    let mutants = mutants();
    let major = version.major;
    let costly = mutants.iter().filter(|mutant| !mutant.cost.is_empty());
    assert!(costly.count() > 60);
    let mut wrong = String::new();
    let mut told = Vec::new();
    for (number, mutant) in mutants.iter().enumerate() {
        if !mutant.is_for(major) {
            continue;
        }
        let name = format!("mutant-{number}-on-{major}");
        let kept = kept(&name, || read(version.server(), mutant));
        let report = kept.report(&written(&kept.database, DECLARED));
        told.push((mutant.name.to_owned(), words(&report, &kept.database)));
        let proof = report.carriers.first().unwrap();
        let off: Vec<_> = proof
            .criteria
            .iter()
            .filter(|criterion| match mutant.cost.get(criterion.criterion) {
                None => !criterion.holds(),
                Some(None) => criterion.holds(),
                Some(Some(outcome)) => criterion.outcome != *outcome,
            })
            .collect();
        let class = if mutant.cost.is_empty() {
            CarrierClass::ProvenAuthorityControlledCarrier
        } else {
            CarrierClass::ReuseCandidatePrecedent
        };
        if !off.is_empty() || proof.class != class {
            let name = mutant.name;
            writeln!(wrong, "== {name}: {:?}: {off:#?}", proof.class).unwrap();
        }
    }
    if major == TOLD {
        wrong.push_str(&untold("mutants/told.txt", &beside_the_first(&told)));
    }
    assert!(wrong.is_empty(), "on {major}:\n{wrong}");
}

#[test]
fn each_costs_its_criterion_on_15() {
    servers::on_version(15, every_mutant);
}

#[test]
fn each_costs_its_criterion_on_16() {
    servers::on_version(16, every_mutant);
}

#[test]
fn each_costs_its_criterion_on_17() {
    servers::on_version(17, every_mutant);
}

#[test]
fn each_costs_its_criterion_on_18() {
    servers::on_version(18, every_mutant);
}
