//! The roles of a deployment: one login for each credential, and an owner that nobody logs in as.

use std::fmt;

/// A credential (spec section 3, "Who writes what"); in the database it is `<database>_<name>`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Role {
    /// Inserts authority rows.
    Authority,
    /// Reads authority rows for block A.
    OwnerResolver,
    /// Reads admissions for block F.
    ArtifactResolver,
    /// Reserves, consumes and writes heads.
    Registrar,
    /// Captures surfaces and stores what it saw.
    Observer,
    /// Appends failure audits, through one function.
    AuditWriter,
    /// Rereads after the commit.
    Verifier,
    /// Reads for people and for the gate.
    Reader,
}

/// The owner of every object; it cannot log in.
pub(crate) const OWNER: &str = "owner";

impl Role {
    /// Every role that logs in.
    pub const ALL: [Self; 8] = [
        Self::Authority,
        Self::OwnerResolver,
        Self::ArtifactResolver,
        Self::Registrar,
        Self::Observer,
        Self::AuditWriter,
        Self::Verifier,
        Self::Reader,
    ];

    /// Its name, without the database's.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Authority => "authority",
            Self::OwnerResolver => "owner_resolver",
            Self::ArtifactResolver => "artifact_resolver",
            Self::Registrar => "registrar",
            Self::Observer => "observer",
            Self::AuditWriter => "audit_writer",
            Self::Verifier => "verifier",
            Self::Reader => "reader",
        }
    }

    /// Its name in the cluster.
    pub fn login(self, database: &str) -> String {
        format!("{database}_{}", self.name())
    }

    /// Whether its sessions refuse every write by themselves.
    pub(crate) const fn is_read_only(self) -> bool {
        match self {
            Self::OwnerResolver | Self::ArtifactResolver | Self::Verifier | Self::Reader => true,
            Self::Authority | Self::Registrar | Self::Observer | Self::AuditWriter => false,
        }
    }
}

impl fmt::Display for Role {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(self.name())
    }
}
