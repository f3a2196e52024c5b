//! A block's answer, as whoever receives it has to read it.

mod members;

use envelope::{Contract, Refusal, Stage};
use serde::Deserialize;
use serde_json::Value;

use self::members::Members;
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
    #[error("the answer contradicts itself: it passes, or means to write, and refuses")]
    Contradiction,
}

/// Opens an answer as the block's envelope, and reads what it says.
pub(crate) fn read(block: Block, output: &[u8]) -> Result<(Answer, Value), Garbage> {
    let line = output.strip_suffix(b"\n").unwrap_or(output);
    if line.is_empty() || line.contains(&b'\n') {
        return Err(Garbage::Lines);
    }
    match block {
        Block::OwnerResolver => open(owner_resolver::contract::owner_attestation(), line),
        Block::ArtifactResolverF => {
            open(artifact_resolver_f::contract::artifact_attestation(), line)
        }
        Block::SnapshotProvider => open(snapshot_provider::contract::snapshot(), line),
        Block::ValidatorE => open(validator_e::contract::verdict(), line),
        Block::Registrar => registrars(line),
        Block::Verifier => open(verifier::contract::verification_report(), line),
    }?;
    // What opened is JSON of the profile.
    let answer: Value = serde_json::from_slice(line).unwrap_or_default();
    let codes = codes(&answer);
    let said = members::documents(line);
    if !said.iter().any(|said| lets_through(block, said)) {
        return Ok((Answer::Refuses(codes), answer));
    }
    let passes = said.iter().any(|said| passes(block, said));
    if passes && codes.is_empty() {
        return Ok((Answer::Passes, answer));
    }
    Err(Garbage::Contradiction)
}

/// Whether a program let something through, in whatever else it said and however it said it.
///
/// Read as loosely as a careless receiver would: a document counts wherever a line begins with it or
/// it follows another one, whether or not it opens as an envelope.
pub(crate) fn fails_open(block: Block, output: &[u8]) -> bool {
    let said = members::documents(output);
    said.iter().any(|said| lets_through(block, said))
}

/// The registrar answers with a decision, a readback, or the request that it found new.
fn registrars(line: &[u8]) -> Result<(), Garbage> {
    use registrar::contract::{authority_readback, registration_decision, registration_request};
    let refused = match open(registration_decision(), line) {
        Err(Garbage::Unopened(refused)) if refused.stage == Stage::Type => refused,
        answer => return answer,
    };
    let answer = open(authority_readback(), line).or_else(|_| open(registration_request(), line));
    answer.map_err(|_| Garbage::Unopened(refused))
}

fn open<T: for<'de> Deserialize<'de>>(contract: &Contract<T>, line: &[u8]) -> Result<(), Garbage> {
    contract.open(line)?;
    Ok(())
}

fn passes(block: Block, said: &Members) -> bool {
    match block {
        Block::OwnerResolver | Block::ArtifactResolverF => said.states("trusted_attested"),
        Block::SnapshotProvider => said.states("capture"),
        Block::ValidatorE => said.says("outcome", "accept"),
        // The registrar goes on as well where the rows were reread, or the request is new.
        Block::Registrar => {
            said.says("outcome", "registered")
                || said.says("envelope_type", "authority-readback")
                || said.says("envelope_type", "registration-request")
        }
        Block::Verifier => said.says("outcome", "passed"),
    }
}

/// A pass, or what only a write leaves behind: whatever stands beside it, something was done.
fn lets_through(block: Block, said: &Members) -> bool {
    let written = ["consume", "head", "operation_start"];
    let writes = block == Block::Registrar && written.iter().any(|member| said.states(member));
    writes || passes(block, said)
}

/// The codes that it refuses with: a block that attests has them in its refusals.
fn codes(answer: &Value) -> Vec<String> {
    let items = |member| answer.get(member).and_then(Value::as_array);
    let refusals = items("refusals").into_iter().flatten();
    let codes = items("reject_codes").into_iter().flatten();
    let codes = codes.chain(refusals.filter_map(|one| one.get("code")));
    codes
        .filter_map(|code| code.as_str().map(str::to_owned))
        .collect()
}
