//! What an authority file may say, in TOML or JSON.

use canonical::{Digest, Identifier, PathText, ProposedText, Timestamp};
use serde::Deserialize;

use crate::action::{ActionTypeEntry, VerifierEntry};
use crate::approval::Decision;
use crate::error::AuthorityError;
use crate::manifest::Surface;
use crate::ownership::OwnerEntry;
use crate::policy::PolicySettings;
use crate::principal::{BindingEntry, PrincipalEntry};
use crate::trigger::TriggerEntry;

/// The largest authority file that is read, in bytes.
pub const FILE_MAX_BYTES: usize = 4_194_304;

/// An authority file: what it lists is on record after its import.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct AuthorityFile {
    /// People, services and roles.
    pub principals: Vec<PrincipalEntry>,
    /// Their aliases and credentials.
    pub bindings: Vec<BindingEntry>,
    /// Postcondition verifiers.
    pub verifiers: Vec<VerifierEntry>,
    /// Operations that may be asked for.
    pub action_types: Vec<ActionTypeEntry>,
    /// Owners of record.
    pub owners: Vec<OwnerEntry>,
    /// Artifacts to be measured and admitted.
    pub admissions: Vec<FileAdmission>,
    /// Approvals with their votes.
    pub approvals: Vec<FileApproval>,
    /// Accepted triggers.
    pub triggers: Vec<TriggerEntry>,
    /// The snapshot manifest.
    pub manifest: Option<FileManifest>,
    /// The policy.
    pub policy: Option<PolicySettings>,
}

/// An artifact by its path: what it is, is measured and never read from a file.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct FileAdmission {
    /// The DOT that it is.
    pub dot_code: Identifier,
    /// Where it lies.
    pub path: PathText,
}

/// An approval with the votes on it; the object is a DOT unless the file says otherwise.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct FileApproval {
    pub(super) operation: Identifier,
    pub(super) object_type: Identifier,
    pub(super) object_ref: Identifier,
    #[serde(default)]
    pub(super) artifact_hash: Option<Digest>,
    pub(super) proposer: Identifier,
    #[serde(default)]
    pub(super) expires_at: Option<Timestamp>,
    #[serde(default)]
    pub(super) valid_days: Option<u16>,
    #[serde(default)]
    pub(super) votes: Vec<FileVote>,
}

/// A vote on the approval that it stands under.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct FileVote {
    pub(super) voter: Identifier,
    pub(super) voter_channel: ProposedText,
    pub(super) decision: Decision,
    #[serde(default)]
    pub(super) is_signoff: bool,
    #[serde(default)]
    pub(super) checksum: Option<Digest>,
}

/// A manifest; without surfaces it has the default ones.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct FileManifest {
    pub(super) issuer: Identifier,
    #[serde(default)]
    pub(super) manifest_id: Option<Identifier>,
    #[serde(default)]
    pub(super) manifest_version: Option<Identifier>,
    #[serde(default)]
    pub(super) surfaces: Option<Vec<Surface>>,
}

impl AuthorityFile {
    /// Reads a TOML file; whatever it says that is not known is refused.
    pub fn from_toml(content: &str) -> Result<Self, AuthorityError> {
        bounded(content)?;
        toml::from_str(content).map_err(|error| AuthorityError::File {
            detail: error.to_string(),
        })
    }

    /// Reads a JSON file; whatever it says that is not known is refused.
    pub fn from_json(content: &str) -> Result<Self, AuthorityError> {
        bounded(content)?;
        serde_json::from_str(content).map_err(|error| AuthorityError::File {
            detail: error.to_string(),
        })
    }

    /// How many entries it has: the length of the import, for whoever shows its progress.
    pub fn len(&self) -> usize {
        let votes: usize = self
            .approvals
            .iter()
            .map(|approval| approval.votes.len())
            .sum();
        [
            self.principals.len(),
            self.bindings.len(),
            self.verifiers.len(),
            self.action_types.len(),
            self.owners.len(),
            self.admissions.len(),
            self.approvals.len(),
            votes,
            self.triggers.len(),
            usize::from(self.manifest.is_some()),
            usize::from(self.policy.is_some()),
        ]
        .iter()
        .sum()
    }

    /// Whether it lists nothing.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }
}

fn bounded(content: &str) -> Result<(), AuthorityError> {
    if content.len() > FILE_MAX_BYTES {
        return Err(AuthorityError::File {
            detail: format!("more than {FILE_MAX_BYTES} bytes"),
        });
    }
    Ok(())
}
