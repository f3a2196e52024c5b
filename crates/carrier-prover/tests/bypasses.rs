//! Every known way around append-only, really tried on a real server of every version that is there,
//! beside what the prover says of it from the catalogs alone.
#![expect(
    clippy::unwrap_used,
    clippy::panic,
    reason = "a failed unwrap is a failed test"
)]

#[path = "bypasses/answer.rs"]
mod answer;
#[path = "bypasses/attack.rs"]
mod attack;
#[path = "bypasses/case.rs"]
mod case;
#[path = "bypasses/servers.rs"]
mod servers;
#[path = "bypasses/source.rs"]
mod source;

use std::fmt::Write;

use attack::Stage;
use case::Case;
use servers::Version;

#[test]
fn on_version_15() {
    servers::on_version(15, every_case);
}

#[test]
fn on_version_16() {
    servers::on_version(16, every_case);
}

#[test]
fn on_version_17() {
    servers::on_version(17, every_case);
}

#[test]
fn on_version_18() {
    servers::on_version(18, every_case);
}

/// Every attack comes to what its case says, nothing that is bypassed is called proven, every
/// control is, and every witness that is printed works.
fn every_case(version: &Version) {
    let cases = Case::all();
    assert_eq!(cases.len(), 67);
    let (server, major) = (version.server(), version.major);
    let mut wrong = String::new();
    for case in &cases {
        let Some(expected) = case.expected(major) else {
            continue;
        };
        let mut stage = Stage::new(server, case);
        let report = answer::report(&stage, case);
        let mut said = answer::wrong(case, expected, major, &report, &stage);
        said.push_str(&answer::failing_witnesses(case, &report, &stage));
        let (happened, refusals) = stage.attack();
        let line = answer::line(&report);
        println!("{major} {} {happened:?}: {line}; {refusals}", case.id);
        if happened != expected {
            writeln!(said, "{happened:?}, not {expected:?}: {refusals}").unwrap();
        }
        if !said.is_empty() {
            writeln!(wrong, "== {}: {}\n{said}", case.id, case.title).unwrap();
        }
    }
    assert!(wrong.is_empty(), "on {}:\n{wrong}", server.version());
}
