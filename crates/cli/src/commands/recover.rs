//! `holdfast recover`: settles what a crash left open.

use deployment::Keeping;
use pipeline::Outcome;

use crate::config::Config;
use crate::exit::Exit;
use crate::failure::Failure;
use crate::print::{BAD, GOOD, Out, paint};
use crate::watch::Watch;
use crate::wiring;

pub(crate) fn run(config: &Config, json: bool, out: &mut Out) -> Result<Exit, Failure> {
    let place = wiring::place(config)?;
    let mut pipeline = place.pipeline(Keeping::Stored, Box::new(Watch::quiet()))?;
    let recovered = pipeline
        .recover()
        .map_err(|error| Failure::unavailable("recover").because(&error))?;
    let failed = !recovered.failed.is_empty();
    let unverified = recovered
        .verified
        .iter()
        .any(|(_, outcome)| *outcome == Outcome::VerificationFailed);
    if json {
        let verified: Vec<_> = recovered
            .verified
            .iter()
            .map(|(id, outcome)| (id.to_string(), *outcome == Outcome::Registered))
            .collect();
        out.line(serde_json::json!({
            "abandoned": recovered.abandoned.iter().map(|(id, _)| id.to_string()).collect::<Vec<_>>(),
            "finished": recovered.finished.iter().map(ToString::to_string).collect::<Vec<_>>(),
            "verified": verified,
            "failed": recovered.failed.iter().map(|(id, why)| (id.to_string(), why)).collect::<Vec<_>>(),
        }));
    } else {
        let nothing = recovered.abandoned.is_empty()
            && recovered.finished.is_empty()
            && recovered.verified.is_empty()
            && !failed;
        if nothing {
            out.line(paint(GOOD, "nothing to recover"));
        }
        for (attempt, _) in &recovered.abandoned {
            out.line(format!(
                "abandoned  {attempt}  fenced and audited as OUTCOME_ABANDONED"
            ));
        }
        for attempt in &recovered.finished {
            out.line(format!("finished   {attempt}  had ended meanwhile"));
        }
        for (attempt, outcome) in &recovered.verified {
            let word = if *outcome == Outcome::Registered {
                "passed"
            } else {
                "FAILED"
            };
            out.line(format!("verified   {attempt}  verification {word}"));
        }
        for (attempt, why) in &recovered.failed {
            out.line(format!("{}     {attempt}  {why}", paint(BAD, "failed")));
        }
    }
    Ok(if failed {
        Exit::Unavailable
    } else if unverified {
        Exit::VerificationFailed
    } else {
        Exit::Yes
    })
}
