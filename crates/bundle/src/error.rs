//! Why there is no bundle, and why bytes are none.

/// A decision of which no bundle can be made.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum BundleError<E: std::error::Error + 'static> {
    /// The store did not answer.
    #[error("the store did not answer")]
    Store(#[source] E),
    /// The attempt has no answer yet.
    #[error("attempt `{0}` is open: nothing was decided yet")]
    Undecided(canonical::Uuid),
    /// The store keeps something that is no bundle's part.
    #[error("what the store keeps of the attempt is broken: {0}")]
    Kept(#[source] ReadError),
}

/// Bytes that are no bundle.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ReadError {
    /// More bytes than are ever looked at.
    #[error("larger than {0} bytes")]
    TooLarge(usize),
    /// Not one JSON document of the form.
    #[error("not a document of this form")]
    Form(#[source] serde_json::Error),
    /// Another type of statement or predicate.
    #[error("`{member}` is `{found}` where `{due}` is due")]
    Type {
        /// The member.
        member: &'static str,
        /// What it holds.
        found: String,
        /// What it has to hold.
        due: &'static str,
    },
    /// The same document in another spelling.
    #[error("not the one spelling of this document, from byte {0} on")]
    Spelling(usize),
    /// What is kept of an attempt lacks something, or holds something else.
    #[error("the evidence has no usable slot `{0}`")]
    Evidence(&'static str),
    /// A value that has no canonical bytes.
    #[error("a value has no canonical bytes")]
    Write(#[from] canonical::WriteError),
}
