//! Why the pipeline could not answer at all. Refusals are answers and never come this way.

use envelope::{Refusal, SealError};

use crate::world::ObserverFault;

/// A step that could not answer; whoever receives it holds.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum PipelineError {
    /// An envelope of this program's own making does not open.
    #[error("cannot open an envelope of an own block")]
    Open(#[source] Refusal),
    /// The integration envelope cannot be sealed.
    #[error("cannot seal the integration envelope")]
    Seal(#[source] SealError),
    /// A constant of this crate is no valid name.
    #[error("cannot name `{0}`")]
    Name(&'static str),
    /// Block A could not answer.
    #[error("block owner-resolver could not answer")]
    Authority(#[from] owner_resolver::ResolveError),
    /// The authority rows could not be read.
    #[error("cannot read the authority rows")]
    Rows(#[from] owner_resolver::port::PortError),
    /// Block F could not answer.
    #[error("block artifact-resolver-f could not answer")]
    Artifact(#[from] artifact_resolver_f::ResolveError),
    /// Block E could not answer.
    #[error("block validator-e could not answer")]
    Validate(#[from] validator_e::ValidateError),
    /// The registrar could not answer.
    #[error("block registrar could not answer")]
    Registrar(#[from] registrar::RegistrarError),
    /// The verifier could not answer.
    #[error("block verifier could not answer")]
    Verify(#[from] verifier::VerifyError),
    /// The gate could not answer.
    #[error("the gate could not answer")]
    Gate(#[from] gate::GateError),
    /// The gate's store could not be read.
    #[error("cannot read the policy")]
    Policy(#[from] gate::port::PortError),
    /// The store could not be read.
    #[error("cannot read the store")]
    Store(#[from] registrar::port::PortError),
    /// The observer process could not answer.
    #[error(transparent)]
    Observer(#[from] ObserverFault),
    /// A step was reached without an envelope that it needs.
    #[error("no envelope in slot `{0}`")]
    Absent(&'static str),
    /// The evidence of an earlier attempt cannot be read back.
    #[error("cannot read the stored evidence of attempt `{attempt_id}`: {what}")]
    StoredEvidence {
        /// The attempt.
        attempt_id: canonical::Uuid,
        /// What is wrong with it.
        what: String,
    },
}
