//! The authority writer's side: governed rows, checked before they are written.
//!
//! Every decision of the system rests on rows that only this side writes. A [`Draft`] reads what is
//! on record, takes one or many new rows, refuses what the rules of authority forbid, and commits
//! all of them in one transaction or none.
//!
//! It does not know any store, measures no artifact itself, and counts no approval for anybody else:
//! whether an owner or an approval is good enough for a request is block A's to say.

#![forbid(unsafe_code)]

mod action;
mod admission;
mod approval;
pub mod carrier;
pub mod carriers;
pub mod contract;
mod defaults;
mod draft;
mod error;
mod hold;
mod import;
pub mod lifecycle;
mod manifest;
mod ownership;
mod policy;
pub mod port;
mod principal;
mod quorum;
mod retirement;
mod trigger;

#[cfg(test)]
mod tests;

pub use action::{ActionTypeEntry, VerifierEntry};
pub use admission::{ArtifactType, Measured};
pub use approval::{ApprovalEntry, Decision, VoteEntry};
pub use defaults::{default_manifest, default_surfaces};
pub use draft::Draft;
pub use error::{AuthorityError, Reason};
pub use hold::{ConfigValue, HoldEntry};
pub use import::{
    AuthorityFile, FILE_MAX_BYTES, FileAdmission, FileApproval, FileManifest, FileVote, Imported,
    MeasureError, import,
};
pub use manifest::{ManifestEntry, Surface, SurfaceKind};
pub use ownership::{OwnerEntry, OwnershipKind};
pub use policy::{PolicySettings, seal_policy};
pub use port::{AuthorityWriter, NewRow, PortError, RowStatus, StoredRow};
pub use principal::{BindingEntry, Channel, PrincipalEntry, PrincipalKind, Side};
pub use quorum::PendingApproval;
pub use retirement::{RetirementEntry, retire};
pub use trigger::TriggerEntry;
