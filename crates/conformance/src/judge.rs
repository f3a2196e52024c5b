//! What is due against what was answered.

use serde_json::Value;

use crate::answer::{self, Answer};
use crate::block::Block;
use crate::case::Expect;
use crate::door::Trouble;

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
pub fn judge(block: Block, due: &Due<'_>, output: Result<Vec<u8>, Trouble>) -> Finding {
    let output = match output {
        Ok(output) => output,
        Err(trouble) => return Finding::Wrong(trouble.to_string()),
    };
    let read = answer::read(block, &output);
    let (answer, envelope) = match read {
        Ok(read) => read,
        Err(garbage) => return Finding::Wrong(garbage.to_string()),
    };
    if let Some(bytes) = due.bytes {
        let same = output.strip_suffix(b"\n").unwrap_or(&output) == bytes;
        let differs = "the answer is not the prior one, byte for byte".to_owned();
        return match (same, answer) {
            (true, _) => Finding::Good,
            // Something new, and it passes: the second effect that single use forbids.
            (false, Answer::Passes) => Finding::FailOpen(differs),
            (false, Answer::Refuses(_)) => Finding::Wrong(differs),
        };
    }
    match (due.codes, answer) {
        ([], Answer::Passes) => stated(due, &envelope),
        ([], Answer::Refuses(codes)) => {
            Finding::Wrong(format!("refused with {} what is good", list(&codes)))
        }
        (due, Answer::Passes) => Finding::FailOpen(format!("passed, {} is due", list(due))),
        (due, Answer::Refuses(codes)) if due == codes => Finding::Good,
        (due, Answer::Refuses(codes)) => {
            Finding::Wrong(format!("answered {}, {} is due", list(&codes), list(due)))
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
}

fn stated(due: &Due<'_>, envelope: &Value) -> Finding {
    let differs = due
        .states
        .iter()
        .find(|(path, value)| envelope.pointer(path) != Some(value));
    match differs {
        None => Finding::Good,
        Some((path, value)) => {
            let found = envelope.pointer(path).cloned().unwrap_or_default();
            Finding::Wrong(format!("`{path}` is {found}, {value} is due"))
        }
    }
}

fn list(codes: &[String]) -> String {
    if codes.is_empty() {
        return "no code".to_owned();
    }
    codes.join(", ")
}
