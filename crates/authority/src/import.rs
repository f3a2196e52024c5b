//! A whole authority from one file, in one transaction.

mod file;

use std::error::Error;

use canonical::Identifier;

use crate::admission::Measured;
use crate::approval::{ApprovalEntry, VoteEntry};
use crate::defaults::{default_manifest, default_surfaces};
use crate::draft::Draft;
use crate::error::{AuthorityError, Reason};
use crate::manifest::ManifestEntry;
use crate::port::AuthorityWriter;

pub use file::{
    AuthorityFile, FILE_MAX_BYTES, FileAdmission, FileApproval, FileManifest, FileVote,
};

/// Why an artifact could not be measured; whoever measures says.
pub type MeasureError = Box<dyn Error + Send + Sync>;

/// What an import did.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Imported {
    /// Rows that were written.
    pub written: usize,
    /// Entries that were on record already.
    pub unchanged: usize,
}

/// Imports a file: everything it lists and that is not on record yet is written, or nothing is.
///
/// A file says what was once decided, so it overturns nothing that was decided since: what was
/// withdrawn keeps it out, and an approval that was rejected, used or has ended stays as it is.
/// Both are decided anew one by one.
///
/// `measure` takes an artifact's path as written and measures the artifact where it lies.
pub fn import<W: AuthorityWriter>(
    writer: &mut W,
    file: &AuthorityFile,
    measure: &mut dyn FnMut(&str) -> Result<Measured, MeasureError>,
) -> Result<Imported, AuthorityError> {
    let mut draft = Draft::begin(writer)?;
    draft.keep_withdrawn();
    let mut entries = Entries::default();
    // What later entries refer to comes first.
    for entry in &file.principals {
        entries.take(draft.add_principal(entry))?;
    }
    for entry in &file.bindings {
        entries.take(draft.add_binding(entry))?;
    }
    if let Some(settings) = &file.policy {
        entries.take(draft.set_policy(settings))?;
    }
    for entry in &file.verifiers {
        entries.take(draft.set_verifier(entry))?;
    }
    for entry in &file.action_types {
        entries.take(draft.set_action_type(entry))?;
    }
    for entry in &file.owners {
        entries.take(draft.add_owner(entry))?;
    }
    for entry in &file.admissions {
        let measured = measure(&entry.path).map_err(|source| AuthorityError::Measure {
            dot_code: entry.dot_code.to_string(),
            path: entry.path.to_string(),
            source,
        })?;
        entries.take(draft.admit(&entry.dot_code, &measured))?;
    }
    for entry in &file.approvals {
        import_approval(&mut draft, &mut entries, entry)?;
    }
    for entry in &file.triggers {
        entries.take(draft.accept_trigger(entry))?;
    }
    if let Some(manifest) = &file.manifest {
        entries.take(draft.set_manifest(&manifest_entry(manifest)?))?;
    }
    let written = draft.commit()?.len();
    Ok(Imported {
        written,
        unchanged: entries.unchanged,
    })
}

/// What became of the entries so far.
#[derive(Default)]
struct Entries {
    unchanged: usize,
}

impl Entries {
    /// The row of an entry, whether it was made now or stood before; any other refusal ends it all.
    fn take(&mut self, made: Result<String, AuthorityError>) -> Result<String, AuthorityError> {
        match made {
            Err(AuthorityError::Refused {
                tried,
                subject,
                reason,
            }) => match *reason {
                Reason::AlreadyOnRecord { row_key } => {
                    self.unchanged = self.unchanged.saturating_add(1);
                    Ok(row_key)
                }
                reason => Err(AuthorityError::Refused {
                    tried,
                    subject,
                    reason: Box::new(reason),
                }),
            },
            made => made,
        }
    }
}

fn import_approval<W: AuthorityWriter>(
    draft: &mut Draft<'_, W>,
    entries: &mut Entries,
    entry: &FileApproval,
) -> Result<(), AuthorityError> {
    let approval = ApprovalEntry {
        operation: entry.operation.clone(),
        object_type: entry.object_type.clone(),
        object_ref: entry.object_ref.clone(),
        artifact_hash: entry.artifact_hash,
        proposer: entry.proposer.clone(),
        expires_at: entry.expires_at,
        valid_days: entry.valid_days,
    };
    // A new approval would come with the votes of the file, which nobody cast on it.
    if draft.closed(&approval)?.is_some() {
        let as_it_is = entry.votes.len().saturating_add(1);
        entries.unchanged = entries.unchanged.saturating_add(as_it_is);
        return Ok(());
    }
    let row_key = entries.take(draft.add_approval(&approval))?;
    let approval_ref: Identifier = scalar(&row_key)?;
    for vote in &entry.votes {
        entries.take(draft.add_vote(&VoteEntry {
            approval_ref: approval_ref.clone(),
            voter: vote.voter.clone(),
            voter_channel: vote.voter_channel.clone(),
            decision: vote.decision,
            is_signoff: vote.is_signoff,
            checksum: vote.checksum,
        }))?;
    }
    Ok(())
}

fn manifest_entry(file: &FileManifest) -> Result<ManifestEntry, AuthorityError> {
    let unnamed = |error: canonical::ScalarError| AuthorityError::File {
        detail: error.to_string(),
    };
    let defaults = default_manifest(file.issuer.clone()).map_err(unnamed)?;
    let surfaces = match &file.surfaces {
        Some(surfaces) => surfaces.clone(),
        None => default_surfaces().map_err(unnamed)?,
    };
    Ok(ManifestEntry {
        manifest_id: file.manifest_id.clone().unwrap_or(defaults.manifest_id),
        manifest_version: file
            .manifest_version
            .clone()
            .unwrap_or(defaults.manifest_version),
        surfaces,
        ..defaults
    })
}

fn scalar(row_key: &str) -> Result<Identifier, AuthorityError> {
    row_key
        .parse()
        .map_err(|error: canonical::ScalarError| AuthorityError::File {
            detail: error.to_string(),
        })
}
