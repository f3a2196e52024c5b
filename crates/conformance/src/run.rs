//! The run of a suite: both frames of each case, put to a door.

use std::collections::BTreeMap;
use std::time::Instant;

use serde_json::Value;

use crate::block::Block;
use crate::door::Door;
use crate::error::SuiteError;
use crate::excuse::Excuses;
use crate::judge::{Due, Finding, judge};
use crate::report::{Report, Result as CaseResult, Verdict};
use crate::suite::{Put, Suite};

/// Puts the whole suite of a block to a door; `done` hears how many of how many cases are over.
///
/// Fails when the suite itself cannot be used. Whatever the door does is a result.
pub fn run(
    suite: &Suite,
    block: Block,
    door: &mut dyn Door,
    excuses: &Excuses,
    mut done: impl FnMut(usize, usize),
) -> Result<Report, SuiteError> {
    let (cases, began) = (suite.of(block), Instant::now());
    let mut baselines = BTreeMap::new();
    let mut results = Vec::with_capacity(cases.len());
    for (over, put) in cases.iter().enumerate() {
        done(over, cases.len());
        let finding = one(suite, block, door, put, &mut baselines)?;
        results.push(CaseResult {
            id: put.case.id.clone(),
            input: put.input.id.clone(),
            family: put.case.family.clone(),
            why: put.input.why.clone(),
            due: put.input.expect.codes.clone(),
            verdict: verdict(finding, excuses.reason(&put.case.id)),
        });
    }
    done(cases.len(), cases.len());
    Ok(Report {
        block,
        results,
        took: began.elapsed(),
    })
}

/// The accept twin first: where that is refused, a refusal of the mutation shows nothing.
fn one<'a>(
    suite: &Suite,
    block: Block,
    door: &mut dyn Door,
    put: &Put<'a>,
    baselines: &mut BTreeMap<&'a str, Finding>,
) -> Result<Finding, SuiteError> {
    let mutated = suite.frame(put, false)?;
    let bytes = match &put.at.answers_with {
        Some(path) => Some(mutated.bytes_at(path).ok_or_else(|| SuiteError::Change {
            id: put.input.id.clone(),
            what: format!("nothing stands at `{path}` to answer with"),
        })?),
        None => None,
    };
    let due = Due::of(&put.input.expect, bytes.as_deref());
    let finding = judge(block, &due, door.ask(mutated.bytes()));
    if matches!(finding, Finding::FailOpen(_)) {
        return Ok(finding);
    }
    let twin = match baselines.get(put.at.baseline.as_str()) {
        Some(known) if put.at.twin.is_empty() => known.clone(),
        _ => {
            let twin = accepted(suite, block, door, put)?;
            if put.at.twin.is_empty() {
                baselines.insert(&put.at.baseline, twin.clone());
            }
            twin
        }
    };
    Ok(match (finding, twin) {
        (Finding::Good, Finding::Wrong(found) | Finding::FailOpen(found)) => {
            Finding::Wrong(format!("its accept twin: {found}"))
        }
        (finding, _) => finding,
    })
}

fn accepted(
    suite: &Suite,
    block: Block,
    door: &mut dyn Door,
    put: &Put<'_>,
) -> Result<Finding, SuiteError> {
    let frame = suite.frame(put, true)?;
    let states: Vec<(&str, &Value)> = if put.at.twin.is_empty() {
        suite.states(&put.at.baseline)
    } else {
        Vec::new()
    };
    let due = Due {
        codes: &[],
        bytes: None,
        states: &states,
    };
    Ok(judge(block, &due, door.ask(frame.bytes())))
}

fn verdict(finding: Finding, excuse: Option<&str>) -> Verdict {
    match (finding, excuse) {
        (Finding::FailOpen(found), _) => Verdict::FailOpen(found),
        (Finding::Good, None) => Verdict::Passed,
        (Finding::Good, Some(_)) => {
            Verdict::Failed("expected to fail, and did not: take it off the list".to_owned())
        }
        (Finding::Wrong(found), None) => Verdict::Failed(found),
        (Finding::Wrong(found), Some(reason)) => Verdict::Excused {
            found,
            reason: reason.to_owned(),
        },
    }
}
