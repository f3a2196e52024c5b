//! What a run came to.

mod junit;

use std::time::Duration;

use serde_json::{Value, json};

use crate::block::Block;
use crate::judge::FAIL_OPEN;

/// The results of one run, in the order of the cases' ids.
#[derive(Clone, Debug)]
pub struct Report {
    /// Whose suite it was.
    pub block: Block,
    /// One for each case.
    pub results: Vec<Result>,
    /// How long the suite took: making its frames, and the block's answers to them.
    pub took: Duration,
}

/// What one case came to.
#[derive(Clone, Debug)]
pub struct Result {
    /// The case.
    pub id: String,
    /// The case whose input it has: itself, but for an alias.
    pub input: String,
    /// Its family.
    pub family: String,
    /// Why it is refused, or not.
    pub why: String,
    /// The codes that are due.
    pub due: Vec<String>,
    /// How it went.
    pub verdict: Verdict,
}

/// How a case went.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// As it is due, and so was its accept twin.
    Passed,
    /// Otherwise.
    Failed(String),
    /// Otherwise, as was expected of this block.
    Excused {
        /// What was found.
        found: String,
        /// Why it was expected.
        reason: String,
    },
    /// It passed what it has to reject.
    FailOpen(String),
}

impl Verdict {
    /// The one word for it.
    pub const fn word(&self) -> &'static str {
        match self {
            Self::Passed => "passed",
            Self::Failed(_) => "failed",
            Self::Excused { .. } => "excused",
            Self::FailOpen(_) => FAIL_OPEN,
        }
    }

    /// What was found, where it was not what is due.
    pub fn found(&self) -> Option<&str> {
        match self {
            Self::Passed => None,
            Self::Failed(found) | Self::Excused { found, .. } | Self::FailOpen(found) => {
                Some(found)
            }
        }
    }
}

impl Report {
    /// How many cases ended with this word.
    pub fn count(&self, word: &str) -> usize {
        let same = self.results.iter().filter(|one| one.verdict.word() == word);
        same.count()
    }

    /// Whether the block conforms: every case passed or is excused, none failed open, and there were
    /// any.
    pub fn conforms(&self) -> bool {
        !self.results.is_empty() && self.count("failed") == 0 && self.count(FAIL_OPEN) == 0
    }

    fn took_ms(&self) -> u64 {
        u64::try_from(self.took.as_millis()).unwrap_or(u64::MAX)
    }

    /// The run as one JSON document.
    pub fn json(&self) -> Value {
        let results = self.results.iter().map(|one| {
            json!({"id": one.id, "input": one.input, "family": one.family, "due": one.due,
                "result": one.verdict.word(), "found": one.verdict.found()})
        });
        json!({
            "block": self.block.name(), "conforms": self.conforms(),
            "cases": self.results.len(), "passed": self.count("passed"),
            "failed": self.count("failed"), "excused": self.count("excused"),
            "fail_open": self.count(FAIL_OPEN), "took_ms": self.took_ms(), "results": results.collect::<Vec<_>>(),
        })
    }

    /// The run as a JUnit file, for programs that collect test results.
    pub fn junit(&self) -> String {
        junit::write(self)
    }
}
