//! Why a run could not be made; what a run finds is no error.

/// What could not be made.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum SimulatorError {
    /// The authority rows that every run begins with.
    #[error("cannot make the first authority rows")]
    Authority(#[from] authority::AuthorityError),
    /// A constant of this crate.
    #[error("cannot read a constant")]
    Scalar(#[from] canonical::ScalarError),
    /// A request.
    #[error("cannot write a request")]
    Request(#[from] canonical::WriteError),
    /// A nonce.
    #[error("cannot mint a nonce")]
    Nonce(#[from] canonical::NonceError),
    /// A thread.
    #[error("cannot start a thread")]
    Thread(#[from] std::io::Error),
    /// A thread that takes no work any more.
    #[error("a thread of the simulator has ended")]
    ThreadEnded,
}
