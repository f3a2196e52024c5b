//! What the prover says of a case, read by a role that may only look.

use std::fmt::Write;

use carrier_prover::contract::{CarrierClass, CriterionOutcome};
use carrier_prover::{CarrierProof, Report};
use postgres_lab::postgres::{Client, Error, NoTls};

use crate::attack::{Stage, said};
use crate::case::{Case, Expected};
use crate::kept::Kept;

/// The report on the case's relation, declared as an authority row.
pub(crate) fn report(kept: &Kept, case: &Case) -> Report {
    let declared = r#"[{"carrier": "{case}", "relation": "{relation}", "writers": ["{app}"],
        "custodians": ["{owner}"], "consumer": "{consumer}", "facets": [{"use": "authority_row",
        "slots": {"value": "checksum", "subject": "subject", "verdict": "status",
                  "checksum": "checksum", "payload": "payload"}}]}]"#
        .replace("{case}", &case.id)
        .replace("{relation}", &case.relation)
        .replace("{consumer}", &case.consumer);
    kept.report(&case.written(&kept.database, &declared))
}

/// The answer in one line, for whoever reads the test's output.
pub(crate) fn line(report: &Report) -> String {
    let proof = report.carriers.first().unwrap();
    let outcomes = proof.criteria.iter();
    let outcomes = outcomes.map(|it| format!("{} {:?}", it.criterion, it.outcome));
    format!(
        "{:?}: {}",
        proof.class,
        outcomes.collect::<Vec<_>>().join(", ")
    )
}

/// What is wrong with the answer; empty if nothing is.
pub(crate) fn wrong(
    case: &Case,
    expected: Expected,
    major: u16,
    report: &Report,
    database: &str,
) -> String {
    let proof = report.carriers.first().unwrap();
    let mut wrong = String::new();
    for lost in &case.loses {
        let lost = match lost.split_once(':') {
            Some((only, lost)) if only == major.to_string() => lost,
            Some(_) => continue,
            None => lost,
        };
        lose(lost, report, database, &mut wrong);
    }
    let holds = matches!(expected, Expected::Held);
    for kept in case.keeps.iter().filter(|_| holds) {
        let outcome = proof.outcome(criterion(kept));
        if outcome != CriterionOutcome::Proven {
            writeln!(wrong, "{kept} is {outcome:?}, and it holds").unwrap();
        }
    }
    if expected == Expected::Bypassed && is_proven(proof) {
        writeln!(wrong, "the carrier is called proven").unwrap();
    }
    let evidence = format!("{:?}", proof.criteria);
    for code in case
        .codes
        .iter()
        .filter(|code| !evidence.contains(code.as_str()))
    {
        writeln!(wrong, "{code} is not named").unwrap();
    }
    if !wrong.is_empty() {
        writeln!(wrong, "{:#?}", proof.criteria).unwrap();
    }
    wrong
}

fn is_proven(proof: &CarrierProof) -> bool {
    proof.class == CarrierClass::ProvenAuthorityControlledCarrier
}

fn lose(lost: &str, report: &Report, database: &str, wrong: &mut String) {
    let (name, exactly) = match lost.split_once('=') {
        Some((name, exactly)) => (name, Some(exactly)),
        None => (lost, None),
    };
    if name == "trust" {
        let superuser = format!("superuser `{}`", Case::role(database, "su"));
        if !report.trust_base.contains(&superuser) {
            writeln!(wrong, "{superuser} is not in {:?}", report.trust_base).unwrap();
        }
        return;
    }
    let outcome = report.carriers.first().unwrap().outcome(criterion(name));
    let as_wanted = match exactly {
        Some("refuted") => outcome == CriterionOutcome::Refuted,
        Some("unproven") => outcome == CriterionOutcome::Unproven,
        Some(other) => panic!("outcome {other}"),
        None => matches!(
            outcome,
            CriterionOutcome::Refuted | CriterionOutcome::Unproven
        ),
    };
    if !as_wanted {
        writeln!(wrong, "{name} is {outcome:?}, not {exactly:?}").unwrap();
    }
}

fn criterion(short: &str) -> &'static str {
    match short {
        "writer" => "writer_authority",
        "immutability" => "immutability",
        "readback" => "consumer_readback",
        "tamper" => "tamper_evidence",
        "retention" => "retention",
        other => panic!("criterion {other}"),
    }
}

/// Runs every statement that a refutation prints, as whom it prints, and undoes it.
pub(crate) fn failing_witnesses(case: &Case, report: &Report, stage: &Stage<'_>) -> String {
    let mut failing = String::new();
    let proof = report.carriers.first().unwrap();
    for criterion in &proof.criteria {
        let Some(witness) = &criterion.witness else {
            continue;
        };
        let Some((role, statements)) = witness
            .strip_prefix("as `")
            .and_then(|rest| rest.split_once("`: "))
        else {
            continue;
        };
        let is_known = case.unwitnessed.iter().any(|it| it == criterion.criterion);
        // A database cannot be dropped and brought back.
        if is_known || statements.contains("DROP DATABASE") {
            continue;
        }
        let run = format!("BEGIN; {statements}; ROLLBACK");
        let happened = Client::connect(&stage.database.url(role), NoTls)
            .and_then(|mut session| session.batch_execute(&run));
        if let Err(error) = happened
            && !(criterion.criterion == "writer_authority"
                && only_the_values_were_refused(statements, &error))
        {
            let name = criterion.criterion;
            writeln!(failing, "{name}: {witness}: {}", said(&error)).unwrap();
        }
    }
    failing
}

/// An INSERT that reached the constraints was stopped by what it said, not by who said it.
fn only_the_values_were_refused(statements: &str, error: &Error) -> bool {
    let violates = error
        .code()
        .is_some_and(|code| code.code().starts_with("23"));
    violates && statements.contains("INSERT INTO ")
}
