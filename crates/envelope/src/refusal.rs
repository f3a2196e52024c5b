//! Why bytes were not opened.

use std::fmt;

use canonical::ParseError;

/// The longest detail of a refusal, in characters.
const DETAIL_CHARACTERS_MAX: usize = 300;

/// The step of the opening path that refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Stage {
    /// More bytes than are ever looked at.
    Size,
    /// Not a document of the profile.
    Parse,
    /// A document, but not in its canonical form, or without one.
    Canonical,
    /// Another envelope type or version than the contract's.
    Type,
    /// Outside the schema.
    Schema,
    /// Inside the schema, but no value of the Rust type (an impossible date).
    Deserialize,
    /// The evidence hash is not that of the bytes.
    EvidenceHash,
    /// The contract itself did not compile, so nothing can be opened with it.
    Contract,
}

/// An answer that bytes are not an envelope of a contract: the code, where, and what for a person.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{code}: {detail}")]
pub struct Refusal {
    /// The reject code.
    pub code: &'static str,
    /// The step that refused.
    pub stage: Stage,
    /// What was wrong: printable ASCII, at most 300 characters, never a copy of the document.
    pub detail: String,
}

impl Refusal {
    /// Cuts the detail and escapes what a terminal or log could take for its own.
    pub(crate) fn new(code: &'static str, stage: Stage, detail: impl fmt::Display) -> Self {
        let detail = detail.to_string();
        let printable = detail.chars().flat_map(|character| {
            let plain = matches!(character, ' '..='~').then_some(character);
            plain
                .into_iter()
                .chain(character.escape_default().filter(move |_| plain.is_none()))
        });
        Self {
            code,
            stage,
            detail: printable.take(DETAIL_CHARACTERS_MAX).collect(),
        }
    }

    pub(crate) fn schema(stage: Stage, detail: impl fmt::Display) -> Self {
        Self::new("SCHEMA_VIOLATION", stage, detail)
    }
}

impl From<ParseError> for Refusal {
    fn from(error: ParseError) -> Self {
        let stage = match error {
            ParseError::TooLarge { .. } => Stage::Size,
            ParseError::NotCanonical { .. } => Stage::Canonical,
            _ => Stage::Parse,
        };
        Self::new(error.code(), stage, error)
    }
}
