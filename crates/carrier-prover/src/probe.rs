//! A probe: the relation rebuilt elsewhere, and what the catalogs say of its guards really tried.
//!
//! It refutes and never proves (spec 4). The live table is never touched: what is rebuilt from its
//! catalog rows has rows of its own, made up, and everything is taken back. Where a probe and a
//! proof disagree the criterion is unproven, and the report raises an alarm: one of the two is wrong.

mod attempts;
mod data;
mod ddl;
mod rebuild;

use crate::case::Case;
use crate::contract::CriterionOutcome;
use crate::criteria::CriterionProof;
use crate::path::Operation;
use crate::writers::Closure;

/// What is tried, as whom.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Attempt {
    /// Who logs in.
    pub role: String,
    /// The relation whose rows are looked at before and after, as SQL writes it.
    pub relation: String,
    /// Whether its sessions begin in replica mode.
    pub in_replica_mode: bool,
    /// The statements, in their order.
    pub statements: Vec<String>,
    operation: Operation,
    claim: Claim,
}

/// What the catalogs say will happen.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Claim {
    Refused,
    Passes,
    Unknown,
}

/// What happened to an attempt.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Attempted {
    /// Rows changed or vanished.
    Changed,
    /// No statement was refused, and every row is as it was.
    Unchanged,
    /// A statement was refused, as the server said.
    Refused(String),
    /// A statement failed because the copy is only a copy: something that it names is not there, or
    /// its made-up values break a rule of values. It says nothing of guards.
    Unable(String),
}

/// A database to try things in: empty, and not the one that is proven.
///
/// Everything between [`Scratch::rebuild`] and [`Scratch::discard`] is one transaction that is never
/// committed.
pub trait Scratch {
    /// Runs the statements; the first that fails, and why.
    fn rebuild(&mut self, statements: &[String]) -> Result<(), String>;
    /// Tries, and takes it back; an error is of the connection and says nothing of the attempt.
    fn attempt(&mut self, attempt: &Attempt) -> Result<Attempted, String>;
    /// Takes everything back.
    fn discard(&mut self) -> Result<(), String>;
}

/// Probes one carrier; its criteria may get worse, and the alarms are returned.
pub(crate) fn probe(
    case: &Case<'_>,
    closure: &Closure<'_>,
    criteria: &mut [CriterionProof],
    scratch: &mut dyn Scratch,
) -> Vec<String> {
    let outcome = rebuild::statements(case, closure).and_then(|statements| {
        scratch.rebuild(&statements)?;
        try_all(case, criteria, scratch)
    });
    // A connection that cannot take back cannot rebuild the next one either, and says so then.
    let discarded = scratch.discard();
    match outcome.and_then(|alarms| discarded.map(|()| alarms)) {
        Ok(alarms) => alarms,
        Err(why) => {
            note(criteria, &format!("not probed: {why}"));
            Vec::new()
        }
    }
}

fn try_all(
    case: &Case<'_>,
    criteria: &mut [CriterionProof],
    scratch: &mut dyn Scratch,
) -> Result<Vec<String>, String> {
    let attempts = attempts::all(case);
    let mut alarms = Vec::new();
    let mut foreseen = 0_usize;
    let mut unable: Vec<String> = Vec::new();
    for attempt in &attempts {
        let happened = scratch.attempt(attempt)?;
        match (attempt.claim, &happened) {
            (_, Attempted::Unable(why)) => unable.push(format!("{}: {why}", attempt.line())),
            (Claim::Refused, Attempted::Refused(_) | Attempted::Unchanged)
            | (Claim::Passes, Attempted::Changed) => foreseen = foreseen.saturating_add(1),
            (Claim::Unknown, Attempted::Refused(_) | Attempted::Unchanged) => {}
            (Claim::Unknown, Attempted::Changed) => refute(criteria, attempt),
            (Claim::Refused, Attempted::Changed) => {
                let line = format!(
                    "{} changed rows, and a proof says that it cannot",
                    attempt.line()
                );
                disagree(criteria, attempt, &line);
                alarms.push(line);
            }
            (Claim::Passes, Attempted::Refused(_) | Attempted::Unchanged) => {
                let said = match &happened {
                    Attempted::Refused(why) => why.as_str(),
                    _ => "every row is as it was",
                };
                let line = format!("{} does not do what it witnesses: {said}", attempt.line());
                disagree(criteria, attempt, &line);
                alarms.push(line);
            }
        }
    }
    note(
        criteria,
        &format!(
            "probed on a rebuilt copy: {} attempts, {foreseen} as foreseen; a probe only refutes",
            attempts.len()
        ),
    );
    if let Some(first) = unable.first() {
        let line = format!(
            "{} attempts could not be made on the copy; the first: {first}",
            unable.len()
        );
        note(criteria, &line);
    }
    Ok(alarms)
}

impl Attempt {
    fn line(&self) -> String {
        format!("as `{}`: {}", self.role, self.statements.join("; "))
    }
}

/// The criteria that an operation concerns.
fn concerns(criterion: &CriterionProof, operation: Operation) -> bool {
    match criterion.criterion {
        "immutability" => true,
        "retention" => matches!(operation, Operation::Delete | Operation::Truncate),
        _ => false,
    }
}

fn refute(criteria: &mut [CriterionProof], attempt: &Attempt) {
    let concerned = criteria.iter_mut();
    for criterion in concerned.filter(|one| concerns(one, attempt.operation)) {
        criterion.outcome = CriterionOutcome::Refuted;
        let line = format!("probe: {} changed rows of the copy", attempt.line());
        criterion.evidence.push(line);
        criterion.witness.get_or_insert_with(|| attempt.line());
    }
}

fn disagree(criteria: &mut [CriterionProof], attempt: &Attempt, line: &str) {
    let concerned = criteria.iter_mut();
    for criterion in concerned.filter(|one| concerns(one, attempt.operation)) {
        criterion.outcome = CriterionOutcome::Unproven;
        criterion.witness = None;
        criterion.evidence.insert(0, format!("ALARM: {line}"));
    }
}

fn note(criteria: &mut [CriterionProof], line: &str) {
    for criterion in criteria
        .iter_mut()
        .filter(|one| one.criterion == "immutability")
    {
        // First: a long list is cut, and this is what the reader asked for.
        criterion.evidence.insert(0, line.to_owned());
    }
}
