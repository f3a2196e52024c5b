//! The refusals of one resolution, collected so that a person sees all causes at once.

use canonical::{GovernedRow, Identifier, ScalarError, Tag, Text};

use crate::contract::{Refusal, RejectCode, SourceRef, SourceRefs};
use crate::error::ResolveError;

/// The type of the envelope that carries the admission row.
pub(crate) const ENVELOPE_TYPE: &str = "artifact-attestation";
/// The longest detail, in characters; less than the contract's limit.
const DETAIL_CHARACTERS_MAX: usize = 600;

/// Refusals so far, and the rows relied on.
#[derive(Debug, Default)]
pub(crate) struct Findings {
    refusals: Vec<Refusal>,
    relied: Vec<SourceRef>,
}

impl Findings {
    pub(crate) fn refuse(
        &mut self,
        code: RejectCode,
        detail: &str,
        row: Option<&GovernedRow>,
    ) -> Result<(), ResolveError> {
        let sources = row
            .map(source_ref)
            .transpose()?
            .into_iter()
            .collect::<Vec<_>>();
        self.refusals.push(Refusal {
            code,
            detail: text(detail)?,
            source_refs: SourceRefs::try_from(sources).map_err(|_| overfull("source_refs"))?,
        });
        Ok(())
    }

    /// Records that the answer rests on a row.
    pub(crate) fn rely(&mut self, row: &GovernedRow) -> Result<(), ResolveError> {
        self.relied.push(source_ref(row)?);
        Ok(())
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.refusals.is_empty()
    }

    /// The rows relied on, and the refusals in order of precedence.
    pub(crate) fn finish(mut self) -> (Vec<SourceRef>, Vec<Refusal>) {
        self.refusals.sort_by_key(|refusal| refusal.code);
        (self.relied, self.refusals)
    }
}

/// A text of a row as the identifier that an envelope carries.
pub(crate) fn identifier(member: &'static str, text: &str) -> Result<Identifier, ResolveError> {
    Identifier::try_from(text).map_err(|source| unfit(member, source))
}

pub(crate) fn tag(member: &'static str, text: &str) -> Result<Tag, ResolveError> {
    Tag::try_from(text).map_err(|source| unfit(member, source))
}

pub(crate) fn unfit(member: &'static str, source: ScalarError) -> ResolveError {
    ResolveError::Unfit { member, source }
}

pub(crate) fn overfull(member: &'static str) -> ResolveError {
    ResolveError::Overfull { member }
}

fn source_ref(row: &GovernedRow) -> Result<SourceRef, ResolveError> {
    Ok(SourceRef {
        carrier: row.carrier().clone(),
        envelope_type: tag("envelope_type", ENVELOPE_TYPE)?,
        row_hash: row.row_hash(),
        row_key: identifier("row_key", row.key())?,
    })
}

/// A detail as the contract carries it: control characters escaped, cut to a readable length.
fn text(detail: &str) -> Result<Text, ResolveError> {
    let shown: String = detail
        .chars()
        .flat_map(|character| {
            let plain = (!character.is_control()).then_some(character);
            let escaped = character.escape_default().filter(move |_| plain.is_none());
            plain.into_iter().chain(escaped)
        })
        .take(DETAIL_CHARACTERS_MAX)
        .collect();
    Text::try_from(shown).map_err(|source| unfit("detail", source))
}
