//! A block's answer, as whoever receives it has to read it.

use envelope::{Contract, Refusal, Stage};
use serde::Deserialize;
use serde_json::Value;

use crate::block::Block;

/// What an answer says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Answer {
    /// It accepts, attests, captures, writes, or passes.
    Passes,
    /// It refuses, with these codes in this order.
    Refuses(Vec<String>),
}

/// Why an answer is none.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Garbage {
    /// Not one line of output.
    #[error("the answer is not one line")]
    Lines,
    /// It does not open as the envelope that is due.
    #[error("the answer does not open: {0}")]
    Unopened(#[from] Refusal),
    /// It opens, and says two things at once.
    #[error("the answer contradicts itself: {0}")]
    Contradiction(&'static str),
}

/// Opens an answer as the block's envelope, and reads what it says.
pub(crate) fn read(block: Block, output: &[u8]) -> Result<(Answer, Value), Garbage> {
    let line = output.strip_suffix(b"\n").unwrap_or(output);
    if line.is_empty() || line.contains(&b'\n') {
        return Err(Garbage::Lines);
    }
    let answer = match block {
        Block::OwnerResolver => open(owner_resolver::contract::owner_attestation(), line)?,
        Block::ArtifactResolverF => {
            open(artifact_resolver_f::contract::artifact_attestation(), line)?
        }
        Block::SnapshotProvider => open(snapshot_provider::contract::snapshot(), line)?,
        Block::ValidatorE => open(validator_e::contract::verdict(), line)?,
        Block::Registrar => registrars(line)?,
        Block::Verifier => open(verifier::contract::verification_report(), line)?,
    };
    let says = says(&answer)?;
    Ok((says, answer))
}

/// The registrar answers with a decision, a readback, or the request that it found new.
fn registrars(line: &[u8]) -> Result<Value, Garbage> {
    use registrar::contract::{authority_readback, registration_decision, registration_request};
    let refused = match open(registration_decision(), line) {
        Err(Garbage::Unopened(refused)) if refused.stage == Stage::Type => refused,
        answer => return answer,
    };
    let answer = open(authority_readback(), line).or_else(|_| open(registration_request(), line));
    answer.map_err(|_| Garbage::Unopened(refused))
}

fn open<T: for<'de> Deserialize<'de>>(
    contract: &Contract<T>,
    line: &[u8],
) -> Result<Value, Garbage> {
    contract.open(line)?;
    // What opened is JSON of the profile.
    Ok(serde_json::from_slice(line).unwrap_or_default())
}

fn says(answer: &Value) -> Result<Answer, Garbage> {
    let text = |member: &str| {
        answer
            .get(member)
            .and_then(Value::as_str)
            .unwrap_or_default()
    };
    let (passes, codes) = match text("envelope_type") {
        "owner-attestation" | "artifact-attestation" => attests(answer, "trusted_attested"),
        "snapshot" => attests(answer, "capture"),
        "verdict" => (text("outcome") == "accept", texts(answer, "reject_codes")),
        "registration-decision" => (
            text("outcome") == "registered",
            texts(answer, "reject_codes"),
        ),
        "verification-report" => (text("outcome") == "passed", texts(answer, "reject_codes")),
        // The registrar goes on: the rows were reread, or the request is new.
        "authority-readback" | "registration-request" => (true, Vec::new()),
        _ => {
            return Err(Garbage::Contradiction(
                "it is of a type that answers nothing",
            ));
        }
    };
    match (passes, codes.is_empty()) {
        (true, true) => Ok(Answer::Passes),
        (false, _) => Ok(Answer::Refuses(codes)),
        (true, false) => Err(Garbage::Contradiction("it passes and names codes")),
    }
}

/// An attestation passes when it states something; codes beside a statement contradict it.
fn attests(answer: &Value, statement: &str) -> (bool, Vec<String>) {
    let refusals = answer.get("refusals").and_then(Value::as_array);
    let codes = refusals
        .into_iter()
        .flatten()
        .filter_map(|one| one.get("code"));
    let codes = codes
        .filter_map(|code| code.as_str().map(str::to_owned))
        .collect();
    let states = answer.get(statement).is_some_and(|found| !found.is_null());
    (states, codes)
}

fn texts(answer: &Value, member: &str) -> Vec<String> {
    let texts = answer
        .get(member)
        .and_then(Value::as_array)
        .into_iter()
        .flatten();
    texts
        .filter_map(|text| text.as_str().map(str::to_owned))
        .collect()
}
