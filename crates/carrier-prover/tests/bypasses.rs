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

use attack::Stage;
use carrier_prover::Report;
use case::{Case, Expected};
use kept::{Kept, kept};
use servers::Version;
use untold::untold;
use words::{TOLD, words};

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
///
/// Where the catalogs were kept, only what is said of them is judged: the attacks and the witnesses
/// were tried when they were read.
fn every_case(version: &Version) {
    let cases = Case::all();
    assert_eq!(cases.len(), 143);
    let major = version.major;
    let mut wrong = String::new();
    for case in &cases {
        let Some(expected) = case.expected(major) else {
            continue;
        };
        let mut stage = None;
        let kept = kept(&format!("bypass-{}-on-{major}", case.id), || {
            let stage = stage.insert(Stage::new(version.server(), case));
            Kept::read(&stage.database, &stage.role("reader"))
        });
        let report = answer::report(&kept, case);
        let mut said = answer::wrong(case, expected, major, &report, &kept.database);
        if major == TOLD {
            let file = format!("bypasses/told/{}.txt", case.id);
            said.push_str(&untold(&file, &words(&report, &kept.database)));
        }
        if let Some(mut stage) = stage {
            said.push_str(&tried(&mut stage, case, expected, &report));
        }
        if !said.is_empty() {
            writeln!(wrong, "== {}: {}\n{said}", case.id, case.title).unwrap();
        }
    }
    assert!(wrong.is_empty(), "on {major}:\n{wrong}");
}

/// What is wrong with what the server does.
fn tried(stage: &mut Stage<'_>, case: &Case, expected: Expected, report: &Report) -> String {
    let mut wrong = answer::failing_witnesses(case, report, stage);
    let (happened, refusals) = stage.attack();
    let line = answer::line(report);
    println!("{} {happened:?}: {line}; {refusals}", case.id);
    if happened != expected {
        writeln!(wrong, "{happened:?}, not {expected:?}: {refusals}").unwrap();
    }
    wrong
}
