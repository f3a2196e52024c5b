//! The six blocks, by the names that the command line has for them.

use std::error::Error;

use artifact_resolver_f::port::Unwatched;
use artifact_source::LocalFiles;

/// A block that a suite is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Block {
    /// A: owner, approval, quorum.
    OwnerResolver,
    /// F: the artifact and its admission.
    ArtifactResolverF,
    /// B: the protected surfaces.
    SnapshotProvider,
    /// E: the pure validator.
    ValidatorE,
    /// Single use and the one write.
    Registrar,
    /// The independent reread.
    Verifier,
}

impl Block {
    /// All of them.
    pub const ALL: [Self; 6] = [
        Self::OwnerResolver,
        Self::ArtifactResolverF,
        Self::SnapshotProvider,
        Self::ValidatorE,
        Self::Registrar,
        Self::Verifier,
    ];

    /// Its name: the crate's, and the one of `holdfast block NAME`.
    pub const fn name(self) -> &'static str {
        match self {
            Self::OwnerResolver => "owner-resolver",
            Self::ArtifactResolverF => "artifact-resolver-f",
            Self::SnapshotProvider => "snapshot-provider",
            Self::ValidatorE => "validator-e",
            Self::Registrar => "registrar",
            Self::Verifier => "verifier",
        }
    }

    /// The block of this name.
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|block| block.name() == name)
    }

    /// What the built-in block answers to a frame.
    ///
    /// Fails when the frame itself cannot be used, as the filter does.
    pub fn answer(self, frame: &[u8]) -> Result<Vec<u8>, Box<dyn Error>> {
        Ok(match self {
            Self::OwnerResolver => owner_resolver::filter::filter(frame)?,
            Self::ArtifactResolverF => {
                artifact_resolver_f::filter::filter(frame, &mut LocalFiles, &mut Unwatched)?
            }
            Self::SnapshotProvider => snapshot_provider::filter(frame)?,
            Self::ValidatorE => validator_e::filter(frame)?,
            Self::Registrar => registrar::filter(frame)?,
            Self::Verifier => verifier::filter(frame)?,
        })
    }
}
