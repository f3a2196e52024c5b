//! What each role may do, asked by the engine for every statement as it is prepared.

use gate::port::CredentialFacts;
use rusqlite::hooks::{AuthAction, AuthContext, Authorization};

use authority::carrier::{self, CARRIERS};

/// A role of the store: one connection each, and nothing beyond what the role needs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Role {
    /// Writes authority rows, and retires heads.
    Authority,
    /// Writes attempts, keys, heads and decisions; no authority row.
    Registrar,
    /// Reads the surfaces.
    Observer,
    /// Inserts snapshots and reports.
    SnapshotWriter,
    /// Closes failed attempts and appends failure audits; places a hold where one is due.
    AuditWriter,
    /// Reads what was committed, on a connection that cannot write.
    Verifier,
    /// Reads.
    Reader,
}

impl Role {
    /// Every role.
    pub const ALL: [Self; 7] = [
        Self::Authority,
        Self::Registrar,
        Self::Observer,
        Self::SnapshotWriter,
        Self::AuditWriter,
        Self::Verifier,
        Self::Reader,
    ];

    /// The role's name in reports.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Authority => "authority",
            Self::Registrar => "registrar",
            Self::Observer => "observer",
            Self::SnapshotWriter => "snapshot-writer",
            Self::AuditWriter => "audit-writer",
            Self::Verifier => "verifier",
            Self::Reader => "reader",
        }
    }

    /// Whether the file is opened so that this role cannot write it at all.
    pub(crate) const fn opens_read_only(self) -> bool {
        matches!(self, Self::Verifier)
    }

    /// The tables that the role inserts into by itself; what triggers do is not counted.
    fn inserts(self) -> Vec<&'static str> {
        match self {
            Self::Authority => CARRIERS.iter().map(|carrier| carrier.name).collect(),
            Self::Registrar => vec![
                "attempt",
                "decision",
                "dot_catalogue",
                "evidence",
                "ledger",
                "writer_transaction",
            ],
            Self::SnapshotWriter => vec!["snapshot", "verification_report"],
            Self::AuditWriter => vec!["failure_audit", "hold_event"],
            Self::Observer | Self::Verifier | Self::Reader => Vec::new(),
        }
    }

    /// The columns that the role updates; the tables' triggers allow one transition of them.
    const fn updates(self) -> &'static [(&'static str, &'static str)] {
        match self {
            Self::Authority => &[
                ("dot_catalogue", "retirement_ref"),
                ("dot_catalogue", "status"),
            ],
            Self::Registrar => &[
                ("attempt", "closed_at"),
                ("attempt", "consumed_key"),
                ("attempt", "state"),
            ],
            Self::AuditWriter => &[
                ("attempt", "closed_at"),
                ("attempt", "failure_digest"),
                ("attempt", "state"),
            ],
            Self::Observer | Self::SnapshotWriter | Self::Verifier | Self::Reader => &[],
        }
    }

    /// The tables that the role reads; `None` means all.
    const fn reads(self) -> Option<&'static [&'static str]> {
        match self {
            Self::SnapshotWriter => Some(&["attempt", "snapshot", "verification_report"]),
            Self::AuditWriter => Some(&[
                "attempt",
                "authority_head",
                "decision",
                "failure_audit",
                "hold_event",
            ]),
            Self::Authority | Self::Registrar | Self::Observer | Self::Verifier | Self::Reader => {
                None
            }
        }
    }

    /// The same, for the gate's report.
    pub(crate) fn facts(self) -> CredentialFacts {
        let mut may_insert: Vec<String> = self.inserts().into_iter().map(str::to_owned).collect();
        may_insert.sort_unstable();
        CredentialFacts {
            role: self.name().to_owned(),
            may_insert,
            may_update: self
                .updates()
                .iter()
                .map(|(table, column)| format!("{table}.{column}"))
                .collect(),
            may_delete: Vec::new(),
            read_only: self.opens_read_only(),
        }
    }
}

/// The functions that statements and triggers of this crate call.
const FUNCTIONS: [&str; 7] = [
    "count", "max", "min", "coalesce", "length", "substr", "quote",
];

/// Whether a role may do one thing.
// INVARIANT: what is not named is denied; there is no arm that allows by default.
pub(crate) fn authorize(role: Role, context: &AuthContext<'_>) -> Authorization {
    let allowed = match context.action {
        AuthAction::Select | AuthAction::Transaction { .. } | AuthAction::Savepoint { .. } => true,
        AuthAction::Function { function_name } => FUNCTIONS.contains(&function_name),
        AuthAction::Read { table_name, .. } => {
            // A statement that reads a table and none of its columns names no database.
            context.database_name.is_none_or(|name| name == "main")
                && role
                    .reads()
                    .is_none_or(|tables| tables.contains(&table_name))
        }
        AuthAction::Insert { table_name } => {
            in_main(context)
                && match context.accessor {
                    None => role.inserts().contains(&table_name),
                    Some(trigger) => moves_head(role, trigger, table_name),
                }
        }
        AuthAction::Update {
            table_name,
            column_name,
        } => {
            in_main(context)
                && match context.accessor {
                    None => role.updates().contains(&(table_name, column_name)),
                    Some(trigger) => {
                        column_name == "version" && moves_head(role, trigger, table_name)
                    }
                }
        }
        AuthAction::Pragma {
            pragma_name,
            pragma_value,
        } => may_set(role, pragma_name, pragma_value),
        _ => false,
    };
    if allowed {
        Authorization::Allow
    } else {
        Authorization::Deny
    }
}

/// Temporary and attached databases are nobody's.
fn in_main(context: &AuthContext<'_>) -> bool {
    context.database_name == Some("main")
}

/// Whether it is the trigger of a carrier, which the role may insert into, that moves a head.
fn moves_head(role: Role, trigger: &str, table: &str) -> bool {
    table == "authority_head"
        && trigger
            .strip_suffix("_moves_head")
            .and_then(carrier::find)
            .is_some_and(|carrier| role.inserts().contains(&carrier.name))
}

/// Only the registrar's writer changes how it commits, between the two values that it may use.
fn may_set(role: Role, pragma: &str, value: Option<&str>) -> bool {
    role == Role::Registrar && pragma == "synchronous" && matches!(value, Some("FULL" | "NORMAL"))
}
