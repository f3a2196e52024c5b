//! Failures that are expected: known gaps of a block that is being written.

use std::collections::BTreeMap;

use crate::suite::Suite;

/// The cases that may fail, each with its reason.
#[derive(Clone, Debug, Default)]
pub struct Excuses(BTreeMap<String, String>);

/// Why a list of excuses cannot be used.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ExcuseError {
    /// A line names no case of the suite.
    #[error("line {line}: `{id}` is no case")]
    Unknown {
        /// The line, from 1.
        line: usize,
        /// What it names.
        id: String,
    },
    /// A line gives no reason.
    #[error("line {line}: `{id}` has no reason; write `{id}  # why`")]
    NoReason {
        /// The line, from 1.
        line: usize,
        /// The case.
        id: String,
    },
}

impl Excuses {
    /// Reads a list: one case id a line, then `#` and why; empty lines and lines of `#` alone are
    /// remarks.
    ///
    /// Fails when a line names no case, or gives no reason.
    pub fn read(suite: &Suite, text: &str) -> Result<Self, ExcuseError> {
        let mut excuses = BTreeMap::new();
        for (line, text) in (1..).zip(text.lines()) {
            let (id, reason) = text.split_once('#').unwrap_or((text, ""));
            let (id, reason) = (id.trim().to_owned(), reason.trim().to_owned());
            if id.is_empty() {
                continue;
            }
            if suite.case(&id).is_none() {
                return Err(ExcuseError::Unknown { line, id });
            }
            if reason.is_empty() {
                return Err(ExcuseError::NoReason { line, id });
            }
            excuses.insert(id, reason);
        }
        Ok(Self(excuses))
    }

    /// Why a case may fail.
    pub fn reason(&self, id: &str) -> Option<&str> {
        self.0.get(id).map(String::as_str)
    }
}
