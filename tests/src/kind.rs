//! The kinds of stores that the tests run on.

use authority::contract::Assurance;

/// Names the kind that fixtures make their stores on.
pub const TEST_STORE: &str = "HOLDFAST_TEST_STORE";

/// A kind of store.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// One file.
    Sqlite,
    /// A database on a server.
    Postgres,
}

impl Kind {
    /// The kind that the environment asks for: the embedded one, if it asks for none.
    ///
    /// # Panics
    ///
    /// When it names no kind.
    #[expect(clippy::panic, reason = "without a kind no fixture can be made")]
    pub fn asked() -> Self {
        match std::env::var(TEST_STORE).as_deref() {
            Err(_) | Ok("" | "sqlite") => Self::Sqlite,
            Ok("postgres") => Self::Postgres,
            Ok(other) => panic!("`{TEST_STORE}` is `{other}`: say `sqlite` or `postgres`"),
        }
    }

    /// The strongest assurance that a store of this kind can have, which its policy accepts.
    pub const fn assurance(self) -> Assurance {
        match self {
            Self::Sqlite => Assurance::SinglePrincipal,
            Self::Postgres => Assurance::SeparatedPrincipals,
        }
    }
}
