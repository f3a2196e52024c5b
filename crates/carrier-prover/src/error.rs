//! Why the prover could not answer.

use envelope::SealError;

/// The prover could not answer at all. Whatever it could not establish is in its report instead.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ProverError {
    /// Not even the server's version is known.
    #[error("the database cannot be read: {0}")]
    Unreadable(String),
    /// A declaration is not one.
    #[error("carrier declaration is not understood: {0}")]
    Declaration(String),
    /// A named relation is not in the database.
    #[error("no relation `{0}` in the database")]
    NoRelation(String),
    /// What was found cannot be written down in the report.
    #[error("cannot state `{member}` in a report")]
    Unstatable {
        /// The member.
        member: &'static str,
        /// Why.
        source: Box<dyn std::error::Error + Send + Sync>,
    },
    /// The report does not keep its own contract.
    #[error("cannot seal the carrier report")]
    Seal(#[source] SealError),
}
