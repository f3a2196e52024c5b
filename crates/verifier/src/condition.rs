//! One condition as it is reported: what was compared, and what failing it means.

use canonical::Text;

use crate::contract::{
    Check, CheckOutcome, Compared, ComparedValues, RejectCode, RejectCodes, SourceRefs,
};
use crate::error::VerifyError;

/// The most pairs that one condition reports.
const PAIRS_MAX: usize = 16;

/// The longest value that a condition reports, in characters.
const CHARACTERS_MAX: usize = 400;

/// A condition while it is being judged; held until something fails it.
pub(crate) struct Condition {
    id: &'static str,
    title: &'static str,
    codes: Vec<RejectCode>,
    pairs: Vec<(String, Option<String>, Option<String>)>,
}

impl Condition {
    pub(crate) fn new(id: &'static str, title: &'static str) -> Self {
        Self {
            id,
            title,
            codes: Vec::new(),
            pairs: Vec::new(),
        }
    }

    /// Reports a pair of values without judging it.
    pub(crate) fn shows(
        &mut self,
        name: &str,
        left: Option<impl ToString>,
        right: Option<impl ToString>,
    ) {
        self.pairs.push((
            name.to_owned(),
            left.map(|value| value.to_string()),
            right.map(|value| value.to_string()),
        ));
    }

    /// Fails with this code unless it holds.
    pub(crate) fn requires(&mut self, holds: bool, code: RejectCode) {
        if !holds {
            self.codes.push(code);
        }
    }

    /// Reports a pair of values and fails with this code unless both are there and equal.
    pub(crate) fn same(
        &mut self,
        name: &str,
        left: Option<impl ToString>,
        right: Option<impl ToString>,
        code: RejectCode,
    ) {
        let (left, right) = (
            left.map(|value| value.to_string()),
            right.map(|value| value.to_string()),
        );
        self.requires(left.is_some() && left == right, code);
        self.shows(name, left, right);
    }

    pub(crate) fn codes(&self) -> &[RejectCode] {
        &self.codes
    }

    pub(crate) fn check(mut self) -> Result<Check, VerifyError> {
        self.codes.sort_unstable();
        self.codes.dedup();
        let outcome = if self.codes.is_empty() {
            CheckOutcome::Held
        } else {
            CheckOutcome::Failed
        };
        let pairs = self.pairs.into_iter().take(PAIRS_MAX);
        let compared: Vec<Compared> = pairs
            .map(|(name, left, right)| {
                Ok(Compared {
                    name: text(&name)?,
                    left: left.as_deref().map(text).transpose()?,
                    right: right.as_deref().map(text).transpose()?,
                })
            })
            .collect::<Result<_, VerifyError>>()?;
        Ok(Check {
            id: self.id.parse()?,
            title: self.title.parse()?,
            outcome,
            stopped_by: None,
            reject_codes: RejectCodes::try_from(self.codes)?,
            compared: ComparedValues::try_from(compared)?,
            source_refs: SourceRefs::try_from(Vec::new())?,
        })
    }
}

/// Free text of a report, cut and without NUL: it may quote what a store holds.
pub(crate) fn text(content: &str) -> Result<Text, VerifyError> {
    let plain = content.chars().filter(|character| *character != '\0');
    let bounded: String = plain.take(CHARACTERS_MAX).collect();
    Ok(bounded.parse()?)
}
