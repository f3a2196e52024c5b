//! Refusals: answers that name their code.

use canonical::Text;

use crate::contract::{Refusal, RejectCode, SourceRef};
use crate::error::{CaptureError, fit, list};

/// The longest detail, in characters; well inside the contract's limit.
const DETAIL_CHARACTERS_MAX: usize = 400;

/// How many refusals the contract carries.
const REFUSALS_MAX: usize = 64;

/// Collects every refusal of one capture, so that a person sees all causes at once.
#[derive(Debug, Default)]
pub(crate) struct Findings(Vec<Finding>);

#[derive(Debug)]
struct Finding {
    code: RejectCode,
    detail: String,
    sources: Vec<SourceRef>,
}

impl Findings {
    pub(crate) fn add(&mut self, code: RejectCode, detail: impl Into<String>) {
        self.add_with(code, detail, Vec::new());
    }

    pub(crate) fn add_with(
        &mut self,
        code: RejectCode,
        detail: impl Into<String>,
        sources: Vec<SourceRef>,
    ) {
        self.0.push(Finding {
            code,
            detail: detail.into(),
            sources,
        });
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    pub(crate) fn into_refusals(self) -> Result<Vec<Refusal>, CaptureError> {
        let findings = self.0.into_iter().take(REFUSALS_MAX);
        findings.map(Finding::into_refusal).collect()
    }
}

impl Finding {
    fn into_refusal(self) -> Result<Refusal, CaptureError> {
        let shown: String = self.detail.chars().flat_map(show).collect();
        let cut: String = shown.chars().take(DETAIL_CHARACTERS_MAX).collect();
        Ok(Refusal {
            code: self.code,
            detail: fit::<Text>("refusals/detail", &cut)?,
            source_refs: list("refusals/source_refs", self.sources)?,
        })
    }
}

/// A character as a person may be shown it: control characters escaped.
fn show(character: char) -> impl Iterator<Item = char> {
    let plain = (!character.is_control()).then_some(character);
    let escaped = plain.is_none().then(|| character.escape_default());
    plain.into_iter().chain(escaped.into_iter().flatten())
}
