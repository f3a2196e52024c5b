//! One case, as its file says it.

use serde::Deserialize;
use serde_json::Value;

use crate::change::Change;
use crate::error::SuiteError;

/// One adversarial input with the answer that it has to get, at every door where it can exist.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Case {
    /// Its name; the folder's too. A named case of the specification keeps its id.
    pub id: String,
    /// What it belongs to; the parent folder's name.
    pub family: String,
    /// Who has to see it: V the validator, R the registrar's atomic write, F a producer, G the gate,
    /// or the one block's own name.
    pub layer: Vec<String>,
    /// One sentence: why it is refused, or why it is not.
    pub why: String,
    /// What is due.
    #[serde(default)]
    pub expect: Expect,
    /// The cases that are this one under another name; then it has no input of its own.
    #[serde(default)]
    pub same_as: Vec<String>,
    /// As a frame for one block.
    #[serde(default)]
    pub block: Option<AtBlock>,
    /// As steps on a real store, for the pipeline's doors.
    #[serde(default)]
    pub pipeline: Option<Value>,
    /// As an answer for the runner itself: what the block says to the accept twin of this case,
    /// given to its mutation. Only [`FAIL_OPEN`](crate::FAIL_OPEN) has such a case.
    #[serde(default)]
    pub judged: Option<String>,
    /// The doors at which it cannot exist.
    #[serde(default)]
    pub absent: Absent,
}

/// What a case has to get: all codes in order, or an outcome that is none.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Expect {
    /// The full ordered list, the primary code first.
    #[serde(default)]
    pub codes: Vec<String>,
    /// Where it is no reject.
    #[serde(default)]
    pub outcome: Option<Outcome>,
}

/// What is due where no code is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
pub enum Outcome {
    /// The answer that was given before, byte for byte.
    #[serde(rename = "OK_PRIOR_DECISION")]
    PriorDecision,
    /// Accepted.
    #[serde(rename = "OK_ACCEPT")]
    Accept,
    /// Verified.
    #[serde(rename = "OK_VERIFIED")]
    Verified,
    /// Refused, rolled back, and on record.
    #[serde(rename = "OK_FAILURE_AUDIT_SURVIVES")]
    FailureAuditSurvives,
}

/// A case as a frame.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AtBlock {
    /// `<block>/<baseline>`.
    pub baseline: String,
    /// The one mutation; what is derived from what it changes is derived again.
    #[serde(default)]
    pub mutation: Vec<Change>,
    /// What makes the accept twin of the same baseline; nothing where the baseline is the twin.
    #[serde(default)]
    pub twin: Vec<Change>,
    /// Where in the frame the very answer stands that is due.
    #[serde(default)]
    pub answers_with: Option<String>,
}

/// Why a case has no input at some doors.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Absent {
    /// At a block, as a library and as a filter.
    #[serde(default)]
    pub block: Option<NoFrame>,
    /// In the pipeline, on either store.
    #[serde(default)]
    pub pipeline: Option<NoSteps>,
}

/// The closed list of reasons for which a case is no frame for a block.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum NoFrame {
    /// What raises it keeps state over several calls, and a filter keeps none.
    NeedsAStore,
    /// What raises it is not one of the six blocks.
    NotABlock,
}

/// The closed list of reasons for which a case has no steps of its own on a store.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum NoSteps {
    /// The steps of this case bring a store there; where another block speaks first, with its codes.
    As(String),
    /// The pipeline makes this envelope itself, from rows and files, and takes none from outside.
    MadeByThePipeline,
    /// It needs a clock that runs wrong, or a wait longer than any test.
    NeedsAnotherClock,
    /// Neither the authority writer nor the store lets such a row in: this act fails where a target
    /// is registered.
    RefusedByTheStore(Value),
    /// The gate holds before the block is asked.
    HeldByTheGate,
    /// It takes two credentials, processes or principals that a single user of one machine has not.
    NeedsAnotherPrincipal,
    /// What raises it is the runner of the cases.
    NotABlock,
}

impl Case {
    /// Reads a case; `folder` is `<family>/<id>`.
    pub(crate) fn read(folder: &str, text: &str) -> Result<Self, SuiteError> {
        let case: Self = serde_json::from_str(text).map_err(|source| SuiteError::Unreadable {
            file: format!("{folder}/case.json"),
            source,
        })?;
        case.check(folder)?;
        Ok(case)
    }

    fn check(&self, folder: &str) -> Result<(), SuiteError> {
        let wrong = |what: &str| {
            Err(SuiteError::Case {
                id: self.id.clone(),
                what: what.to_owned(),
            })
        };
        if folder != format!("{}/{}", self.family, self.id) {
            return wrong(&format!("lies in `{folder}`"));
        }
        if self.layer.is_empty() {
            return wrong("does not say who has to see it");
        }
        if !is_sentence(&self.why) {
            return wrong("does not say why in one sentence");
        }
        if !self.same_as.is_empty() {
            let inputs = self.block.is_some() || self.pipeline.is_some() || self.judged.is_some();
            let own = inputs || !self.expect.is_empty();
            return if own {
                wrong("is another one's alias and has an input of its own")
            } else {
                Ok(())
            };
        }
        if self.expect.codes.is_empty() == self.expect.outcome.is_none() {
            return wrong("expects both codes and an outcome, or neither");
        }
        if self.block.is_some() == self.absent.block.is_some() {
            return wrong("has an input for a block and a reason to have none, or neither");
        }
        if self.pipeline.is_some() == self.absent.pipeline.is_some() {
            return wrong("has steps for the pipeline and a reason to have none, or neither");
        }
        if self.block.is_none() && self.pipeline.is_none() && self.judged.is_none() {
            return wrong("exists at no door");
        }
        Ok(())
    }
}

impl Expect {
    fn is_empty(&self) -> bool {
        self.codes.is_empty() && self.outcome.is_none()
    }
}

/// Whether somebody who reads it learns something: a capital, a full stop, and words between them.
fn is_sentence(text: &str) -> bool {
    let begins = text.starts_with(char::is_uppercase);
    begins && text.ends_with('.') && text.split_whitespace().count() > 3
}
