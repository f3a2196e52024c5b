//! What the analysis is told: catalog rows as plain values, read by somebody else.

use std::collections::BTreeSet;

/// What a statement does to rows.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Operation {
    /// INSERT, COPY and what else makes rows.
    Insert,
    /// UPDATE, also by MERGE, ON CONFLICT or a foreign key's action.
    Update,
    /// DELETE, also by MERGE or a foreign key's action.
    Delete,
    /// TRUNCATE, also by CASCADE.
    Truncate,
}

impl Operation {
    /// The operations that take back what was written: an append-only table refuses each.
    pub const REWRITING: [Self; 3] = [Self::Update, Self::Delete, Self::Truncate];

    /// The value of `TG_OP`.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Insert => "INSERT",
            Self::Update => "UPDATE",
            Self::Delete => "DELETE",
            Self::Truncate => "TRUNCATE",
        }
    }
}

/// A trigger function, from `pg_proc`, `pg_language` and `pg_roles`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FunctionFacts {
    /// Qualified name, for people.
    pub name: String,
    /// `lanname`
    pub language: String,
    /// Role that owns it.
    pub owner: String,
    /// `prosrc`
    pub body: String,
    /// The value of `search_path` in `proconfig`, as stored; none if there is no such setting.
    pub search_path: Option<String>,
    /// `prosecdef`
    pub security_definer: bool,
    /// `proisstrict`
    pub strict: bool,
}

/// Whether a trigger fires before or after.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Timing {
    /// BEFORE
    Before,
    /// AFTER, and every constraint trigger.
    After,
    /// INSTEAD OF, on views.
    InsteadOf,
}

/// Once per row or once per statement.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Level {
    /// FOR EACH ROW
    Row,
    /// FOR EACH STATEMENT
    Statement,
}

/// `tgenabled`
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Enabled {
    /// `A`: in every session.
    Always,
    /// `O`: unless `session_replication_role = replica`.
    Origin,
    /// `R`: only then.
    Replica,
    /// `D`: never.
    Disabled,
}

/// A trigger that is not the server's own, from `pg_trigger`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TriggerFacts {
    /// `tgname`; triggers of one kind fire in the byte order of their names.
    pub name: String,
    /// When it fires.
    pub timing: Timing,
    /// For what it fires once.
    pub level: Level,
    /// The operations that it fires for.
    pub events: BTreeSet<Operation>,
    /// In which sessions it fires.
    pub enabled: Enabled,
    /// The columns of `UPDATE OF`; empty: all.
    pub update_columns: BTreeSet<String>,
    /// The text of its WHEN condition.
    pub when: Option<String>,
    /// Whether a session may put it off until the commit.
    pub deferrable: bool,
    /// What it calls.
    pub function: FunctionFacts,
}

/// What kind of relation holds, or groups, the rows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RelationKind {
    /// `r`: holds rows.
    Ordinary,
    /// `p`: groups partitions, holds no rows.
    Partitioned,
    /// `f`: rows elsewhere.
    Foreign,
    /// Anything else: views, materialized views, sequences.
    Other,
}

/// One relation of a family: the table, a partition or an inheritance child, at any depth.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RelationFacts {
    /// Qualified name as SQL would write it.
    pub name: String,
    /// What kind.
    pub kind: RelationKind,
    /// Whether it is a partition.
    pub is_partition: bool,
    /// Whether it has a parent of either kind, within the family or above it.
    pub has_parent: bool,
    /// Its columns that an UPDATE may set (not dropped, not generated).
    pub columns: BTreeSet<String>,
    /// Its triggers, the server's own left out.
    pub triggers: Vec<TriggerFacts>,
    /// Operations that a rewrite rule speaks to.
    pub rules: BTreeSet<Operation>,
}

/// Whether anyone but a superuser can make ordinary triggers silent.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ReplicaMode {
    /// Nobody can: no parameter grant, login setting, function setting or subscription leads there,
    /// and no superuser can log in.
    Unreachable,
    /// Nobody but superusers, who are taken on trust; the first of them that can log in.
    Trusted(String),
    /// Somebody can; said how.
    Reachable(String),
    /// Not established.
    Unknown,
}

/// A table with everything that shares its rows, and who is trusted with it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FamilyFacts {
    /// Role that owns the table.
    pub owner: String,
    /// Roles trusted by declaration to own guards.
    pub custodians: BTreeSet<String>,
    /// See [`ReplicaMode`].
    pub replica_mode: ReplicaMode,
    /// The table and all its descendants.
    pub members: Vec<RelationFacts>,
}
