//! Which codes and checks were reached.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use validator_e::{PassesOn, checks};

use crate::answer::Answer;

/// The codes of the opening path that can reach E; malformed bytes reach it as absence, too.
const OPENING: [&str; 7] = [
    "ENVELOPE_MALFORMED",
    "DUPLICATE_MEMBER",
    "CANONICALIZATION_UNSUPPORTED",
    "SCHEMA_VIOLATION",
    "ENVELOPE_TYPE_MISMATCH",
    "ENVELOPE_VERSION_UNSUPPORTED",
    "EVIDENCE_HASH_MISMATCH",
];

/// Every code that E can raise by itself; what another block refused with is passed on beside them.
pub fn raisable() -> BTreeSet<String> {
    let own = checks().flat_map(|check| check.codes.iter().map(ToString::to_string));
    let opens = checks().any(|check| check.passes_on == PassesOn::Opening);
    let opening = OPENING.iter().filter(|_| opens);
    own.chain(opening.map(|code| (*code).to_owned())).collect()
}

/// How often what was reached.
#[derive(Clone, Debug, Default)]
pub struct Coverage {
    /// Situations that were accepted.
    pub accepted: u64,
    /// Situations that were rejected.
    pub rejected: u64,
    /// Frames that could not be used.
    pub unusable: u64,
    /// Situations by code.
    pub codes: BTreeMap<String, u64>,
    /// Checks that failed or were not reached though they were due, by place in the table.
    pub failed: BTreeMap<usize, u64>,
}

impl Coverage {
    pub(crate) fn note(&mut self, answer: Option<&Answer>) {
        let Some(answer) = answer else {
            add(&mut self.unusable);
            return;
        };
        add(if answer.outcome == "accept" {
            &mut self.accepted
        } else {
            &mut self.rejected
        });
        for code in &answer.reject_codes {
            add(self.codes.entry(code.clone()).or_default());
        }
        for (place, check) in answer.checks.iter().enumerate() {
            if check.0 == "failed" {
                add(self.failed.entry(place).or_default());
            }
        }
    }

    pub(crate) fn join(&mut self, other: Self) {
        self.accepted = self.accepted.saturating_add(other.accepted);
        self.rejected = self.rejected.saturating_add(other.rejected);
        self.unusable = self.unusable.saturating_add(other.unusable);
        for (code, count) in other.codes {
            let entry = self.codes.entry(code).or_default();
            *entry = entry.saturating_add(count);
        }
        for (place, count) in other.failed {
            let entry = self.failed.entry(place).or_default();
            *entry = entry.saturating_add(count);
        }
    }

    /// Codes that E can raise and that no situation raised, and checks that none made fail.
    pub fn missed(&self) -> Vec<String> {
        let codes = raisable();
        let codes = codes.iter().filter(|code| !self.codes.contains_key(*code));
        let codes = codes.map(|code| format!("no situation raised {code}"));
        let checks = checks().enumerate();
        let checks = checks.filter(|(place, _)| !self.failed.contains_key(place));
        let checks = checks.map(|(_, check)| format!("no situation failed {}", check.id));
        codes.chain(checks).collect()
    }
}

fn add(count: &mut u64) {
    *count = count.saturating_add(1);
}

impl fmt::Display for Coverage {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(formatter, "accepted {:>9}", self.accepted)?;
        writeln!(formatter, "rejected {:>9}", self.rejected)?;
        writeln!(formatter, "unusable {:>9}", self.unusable)?;
        let own = raisable();
        for (code, count) in &self.codes {
            let passed_on = if own.contains(code) {
                ""
            } else {
                "  passed on"
            };
            writeln!(formatter, "{count:>9}  {code}{passed_on}")?;
        }
        let total = checks().count();
        let failed = self.failed.len();
        let reached = own.iter().filter(|code| self.codes.contains_key(*code));
        writeln!(
            formatter,
            "{} of {} codes raised, {failed} of {total} checks failed at least once",
            reached.count(),
            own.len()
        )
    }
}
