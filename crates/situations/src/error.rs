//! Why a comparison could not be made; a difference is an answer and no error.

use std::io;

/// A comparison that could not be made.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum SituationError {
    /// A file of this crate, or an answer of the other program, is not the JSON it has to be.
    #[error("cannot read {what}")]
    Json {
        /// What was read.
        what: String,
        /// Where it stops being readable.
        source: serde_json::Error,
    },
    /// There is no baseline of this name.
    #[error("there is no baseline `{0}`")]
    UnknownBaseline(String),
    /// A value of a situation has no canonical bytes.
    #[error("cannot hash a value of the situation")]
    Hash(#[from] canonical::WriteError),
    /// The other program could not be started, or its pipes broke.
    #[error("cannot speak with the other validator `{program}`")]
    Foreign {
        /// How it was called.
        program: String,
        /// What the operating system says.
        source: io::Error,
    },
    /// The other program ended before it answered.
    #[error("the other validator `{program}` ended without an answer")]
    Silent {
        /// How it was called.
        program: String,
    },
    /// Block E gave no verdict.
    #[error("block E gave no verdict")]
    Validate(#[from] validator_e::ValidateError),
    /// The registrar could not compute the keys.
    #[error("the keys cannot be computed")]
    Keys(#[source] registrar::RegistrarError),
    /// A thread of the comparison ended early.
    #[error("a thread of the comparison ended early")]
    ThreadEnded,
}
