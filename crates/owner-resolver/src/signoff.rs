//! The sign-off: an independent review of exactly these bytes.

use canonical::{Digest, GovernedRow, Identifier};

use crate::contract::RejectCode;
use crate::error::ResolveError;
use crate::port::AuthorityReader;
use crate::reading::{Reading, column, identifier};
use crate::votes::{Askers, Vote, Votes};

/// The key of a sign-off that counts, or the refusals that say why none does.
pub(crate) fn judge<R: AuthorityReader>(
    reading: &mut Reading<'_, R>,
    votes: &Votes,
    artifact_hash: Digest,
    askers: &Askers<'_>,
) -> Result<Option<Identifier>, ResolveError> {
    let (mut unchecked, mut dependent) = (Vec::new(), Vec::new());
    for signoff in &votes.signoffs {
        let checked = names(&signoff.row, artifact_hash)?;
        let independent = independent(signoff, askers);
        if checked && independent {
            reading.rely(&signoff.row)?;
            reading.rely_on_all(&signoff.voter.rows)?;
            return identifier("signoff_ref", signoff.row.key()).map(Some);
        }
        if !checked {
            unchecked.push(signoff.row.clone());
        }
        if !independent {
            dependent.push(signoff.row.clone());
        }
    }
    if !unchecked.is_empty() || votes.signoffs.is_empty() {
        let detail = "no sign-off carries the checksum of this artifact";
        reading.refuse_rows(RejectCode::SignoffChecksumAbsent, detail, &unchecked)?;
    }
    if !dependent.is_empty() {
        let detail = "the reviewer asks for the registration, cannot review, or signed off \
                      through another's credential";
        reading.refuse_rows(
            RejectCode::SignoffReviewerNotIndependent,
            detail,
            &dependent,
        )?;
    }
    Ok(None)
}

/// Whether a sign-off states the checksum of the artifact; none and another are alike.
fn names(row: &GovernedRow, artifact_hash: Digest) -> Result<bool, ResolveError> {
    let stated = column(row, row.optional_text("checksum"))?;
    Ok(stated.is_some_and(|text| text.parse() == Ok(artifact_hash)))
}

/// Independence is shown by credential: a name of its own proves nothing.
fn independent(signoff: &Vote, askers: &Askers<'_>) -> bool {
    signoff.recorded_by_voter
        && !askers.include(&signoff.voter)
        && signoff.voter.kind.not_authority().is_none()
}
