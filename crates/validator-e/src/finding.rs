//! What one check found.

use std::fmt::Display;

use canonical::Text;

use crate::contract::{Compared, Refusal, RejectCode, SourceRef};

/// The most values, and the most rows, that one check shows.
const SHOWN_MAX: usize = 8;

/// The longest text of one compared value, in characters.
const SHOWN_CHARACTERS_MAX: usize = 400;

/// The check, or the stage, without which another check cannot be judged.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct StoppedBy(pub(crate) &'static str);

/// Something that a check needs, or what stands in the way of it.
pub(crate) type Reached<T> = Result<T, StoppedBy>;

/// What a check answers: a finding, or that it was not reached.
pub(crate) type Judged = Result<Finding, StoppedBy>;

/// The codes a check raised, with the values and rows it looked at; no code means that it held.
#[derive(Debug, Default)]
pub(crate) struct Finding {
    codes: Vec<RejectCode>,
    compared: Vec<Compared>,
    source_refs: Vec<SourceRef>,
}

impl Finding {
    /// Whether nothing was refused.
    pub(crate) fn holds(&self) -> bool {
        self.codes.is_empty()
    }

    /// Fails the check with a code.
    pub(crate) fn refuse(&mut self, code: RejectCode) {
        if !self.codes.contains(&code) {
            self.codes.push(code);
        }
    }

    /// Fails the check with a code unless the condition holds.
    pub(crate) fn require(&mut self, condition: bool, code: RejectCode) {
        if !condition {
            self.refuse(code);
        }
    }

    /// Shows two values and fails the check with a code unless they are equal.
    pub(crate) fn equal(&mut self, name: &'static str, left: &str, right: &str, code: RejectCode) {
        self.show(name, Some(left), Some(right));
        self.require(left == right, code);
    }

    /// Fails the check with a code and shows the two values that did it.
    pub(crate) fn refuse_values(
        &mut self,
        code: RejectCode,
        name: &str,
        left: &dyn Display,
        right: &dyn Display,
    ) {
        self.refuse(code);
        if self.compared.len() < SHOWN_MAX {
            self.show(name, Some(&left.to_string()), Some(&right.to_string()));
        }
    }

    /// Fails the check with another block's refusals, code by code, in that block's words.
    pub(crate) fn pass_on<'r>(&mut self, refusals: impl IntoIterator<Item = &'r Refusal>) {
        for refusal in refusals {
            self.refuse(refusal.code);
            self.show(&refusal.code.to_string(), Some(&refusal.detail), None);
            self.cite(&refusal.source_refs);
        }
    }

    /// Shows two values.
    pub(crate) fn show(&mut self, name: &str, left: Option<&str>, right: Option<&str>) {
        if self.compared.len() >= SHOWN_MAX {
            return;
        }
        if let Some(name) = text(name) {
            self.compared.push(Compared {
                name,
                left: left.and_then(text),
                right: right.and_then(text),
            });
        }
    }

    /// Names the rows that the values came from.
    pub(crate) fn cite<'r>(&mut self, rows: impl IntoIterator<Item = &'r SourceRef>) {
        for row in rows {
            if self.source_refs.len() < SHOWN_MAX && !self.source_refs.contains(row) {
                self.source_refs.push(row.clone());
            }
        }
    }

    /// The finding where it already fails; otherwise the check was not reached.
    ///
    /// So a failure that shows without the missing input is still reported.
    pub(crate) fn unless_failed(self, stop: StoppedBy) -> Judged {
        if self.holds() { Err(stop) } else { Ok(self) }
    }

    /// The codes in precedence, the values and the rows.
    pub(crate) fn into_parts(mut self) -> (Vec<RejectCode>, Vec<Compared>, Vec<SourceRef>) {
        self.codes.sort_unstable();
        (self.codes, self.compared, self.source_refs)
    }
}

/// A text for a verdict: cut to a bounded length, and none where it cannot be carried.
fn text(shown: &str) -> Option<Text> {
    let end = shown
        .char_indices()
        .nth(SHOWN_CHARACTERS_MAX)
        .map_or(shown.len(), |(place, _)| place);
    Text::try_from(shown.get(..end)?).ok()
}
