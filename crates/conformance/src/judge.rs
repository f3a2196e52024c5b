//! What is due against what was answered.

use serde_json::Value;

use crate::answer::{self, Answer};
use crate::block::Block;
use crate::case::Expect;
use crate::door::Unanswered;

/// The code of a block that passes what it has to reject. Nothing but this crate raises it, nothing
/// excuses it, and no production path knows it.
pub const FAIL_OPEN: &str = "REJECT_FAIL_OPEN";

/// What one question to a block came to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Finding {
    /// As it is due.
    Good,
    /// Refused, with other codes than those that are due, or accepted as something else.
    Wrong(String),
    /// Passed where a reject is due.
    FailOpen(String),
}

/// Judges one answer of a block to the mutated frame.
///
// INVARIANT: whatever lets something through where a reject is due is `FailOpen`, also where it is no
// answer, contradicts itself, or comes with anything else.
pub fn judge(block: Block, due: &Due<'_>, answer: Result<Vec<u8>, Unanswered>) -> Finding {
    let (output, found) = match answer {
        Ok(output) => {
            let found = compare(block, due, &output);
            (output, found)
        }
        Err(none) => (none.output, Err(none.trouble.to_string())),
    };
    match found {
        Ok(()) => Finding::Good,
        Err(found) if due.refuses() && answer::fails_open(block, &output) => {
            Finding::FailOpen(found)
        }
        Err(found) => Finding::Wrong(found),
    }
}

/// Compares an answer with what is due; `Err` says what is not as it is due.
fn compare(block: Block, due: &Due<'_>, output: &[u8]) -> Result<(), String> {
    let (answer, envelope) = answer::read(block, output).map_err(|garbage| garbage.to_string())?;
    if let Some(bytes) = due.bytes {
        return if output.strip_suffix(b"\n").unwrap_or(output) == bytes {
            Ok(())
        } else {
            Err("the answer is not the prior one, byte for byte".to_owned())
        };
    }
    match (due.codes, answer) {
        ([], Answer::Passes) => stated(due, &envelope),
        ([], Answer::Refuses(codes)) => Err(format!("refused with {} what is good", list(&codes))),
        (due, Answer::Passes) => Err(format!("passed, {} is due", list(due))),
        (due, Answer::Refuses(codes)) if due == codes => Ok(()),
        (due, Answer::Refuses(codes)) => {
            Err(format!("answered {}, {} is due", list(&codes), list(due)))
        }
    }
}

/// What is due of one answer.
#[derive(Clone, Copy, Debug)]
pub struct Due<'a> {
    /// The codes; none where it has to pass.
    pub codes: &'a [String],
    /// The very answer, where only that one is right.
    pub bytes: Option<&'a [u8]>,
    /// What a passing answer has to state.
    pub states: &'a [(&'a str, &'a Value)],
}

impl<'a> Due<'a> {
    /// What a case's mutated frame has to get.
    pub fn of(expect: &'a Expect, bytes: Option<&'a [u8]>) -> Self {
        Self {
            codes: &expect.codes,
            bytes,
            states: &[],
        }
    }

    /// Whether a pass is the wrong answer: a reject is due, or the prior decision where a new one
    /// would be the second effect that single use forbids.
    const fn refuses(&self) -> bool {
        !self.codes.is_empty() || self.bytes.is_some()
    }
}

fn stated(due: &Due<'_>, envelope: &Value) -> Result<(), String> {
    let differs = due
        .states
        .iter()
        .find(|(path, value)| envelope.pointer(path) != Some(value));
    match differs {
        None => Ok(()),
        Some((path, value)) => {
            let found = envelope.pointer(path).cloned().unwrap_or_default();
            Err(format!("`{path}` is {found}, {value} is due"))
        }
    }
}

fn list(codes: &[String]) -> String {
    if codes.is_empty() {
        return "no code".to_owned();
    }
    codes.join(", ")
}

#[cfg(test)]
mod tests;
