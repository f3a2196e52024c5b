//! `holdfast verify-bundle`: recomputes a bundle, with nothing but its bytes.

use bundle::{Check, CheckOutcome, UNSHOWN, Verification, verify};
use serde_json::{Value, json};

use crate::args::VerifyBundleArgs;
use crate::exit::Exit;
use crate::failure::Failure;
use crate::input;
use crate::print::{BAD, BOLD, DIM, GOOD, Out, paint, wrap};

/// More than the largest bundle there is.
const LIMIT_BYTES: usize = 4_194_304;

pub(crate) fn run(args: &VerifyBundleArgs, json: bool, out: &mut Out) -> Result<Exit, Failure> {
    let mut bytes = input::read(&args.file, LIMIT_BYTES)?;
    // `holdfast bundle` ends its output with a line feed; the bundle itself has none.
    if bytes.last() == Some(&b'\n') {
        bytes.pop();
    }
    let verification = verify(&bytes);
    if json {
        out.line(as_json(&verification));
    } else {
        show(&verification, out);
    }
    Ok(if verification.is_consistent() {
        Exit::Yes
    } else {
        Exit::VerificationFailed
    })
}

fn as_json(verification: &Verification) -> Value {
    let checks: Vec<Value> = verification.checks.iter().map(check).collect();
    let first = verification.first_inconsistency();
    json!({
        "verdict": headline(verification),
        "first_inconsistency": first.map(|(check, found)| json!({"id": check.id, "found": found})),
        "decision": verification.outcome,
        "checks": checks,
        "not_shown": UNSHOWN,
    })
}

fn check(check: &Check) -> Value {
    let (outcome, found) = words(&check.outcome);
    json!({"id": check.id, "title": check.title, "outcome": outcome, "found": found})
}

fn headline(verification: &Verification) -> &'static str {
    if verification.is_consistent() {
        "CONSISTENT"
    } else {
        "INCONSISTENT"
    }
}

fn words(outcome: &CheckOutcome) -> (&'static str, Option<&str>) {
    match outcome {
        CheckOutcome::Held => ("held", None),
        CheckOutcome::Failed(found) => ("failed", Some(found)),
        CheckOutcome::NotThere => ("not_there", None),
        CheckOutcome::NotReached => ("not_reached", None),
    }
}

fn show(verification: &Verification, out: &mut Out) {
    let consistent = verification.is_consistent();
    let style = if consistent { GOOD } else { BAD };
    out.line(paint(BOLD, paint(style, headline(verification))));
    if let Some((check, found)) = verification.first_inconsistency() {
        out.line(format!("  first: {} ({})", check.title, check.id));
        out.line(wrap(found, 9));
    }
    if let Some(outcome) = &verification.outcome {
        out.line(format!("  {} {outcome}", paint(DIM, "decision")));
    }
    out.line("");
    for check in &verification.checks {
        let mark = match check.outcome {
            CheckOutcome::Held => paint(GOOD, "held       "),
            CheckOutcome::Failed(_) => paint(BAD, "FAILED     "),
            CheckOutcome::NotThere => paint(DIM, "not there  "),
            CheckOutcome::NotReached => paint(DIM, "not reached"),
        };
        let id = paint(DIM, format!("({})", check.id));
        out.line(format!("  {mark}  {} {id}", check.title));
    }
    out.line("");
    out.line(paint(BOLD, "What this cannot show"));
    for line in UNSHOWN {
        out.line(wrap(line, 2));
    }
}
