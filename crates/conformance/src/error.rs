//! What can be wrong with the suite itself.

/// A case or a baseline that cannot be used as it is written.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum SuiteError {
    /// A file of the suite is no such document.
    #[error("`{file}` of the suite is not readable")]
    Unreadable {
        /// The file, from `tests/cases`.
        file: String,
        /// What it holds instead.
        source: serde_json::Error,
    },
    /// A case contradicts itself, or its place.
    #[error("case `{id}` {what}")]
    Case {
        /// The case.
        id: String,
        /// What is wrong with it.
        what: String,
    },
    /// A change of a case cannot be made on its baseline.
    #[error("case `{id}` cannot make its frame: {what}")]
    Change {
        /// The case.
        id: String,
        /// Which change, and why not.
        what: String,
    },
    /// The files of a case cannot be laid out.
    #[error("case `{id}` cannot lay out its files")]
    Files {
        /// The case.
        id: String,
        /// Why not.
        source: std::io::Error,
    },
}
