//! The rows as they are read; member names are those of the statements.

use serde::{Deserialize, Serialize};

/// An object identifier; [`PUBLIC`] where a grantee means everybody.
pub type Oid = u32;

/// The grantee that means every role, the ones to come too.
pub const PUBLIC: Oid = 0;

/// One granted privilege.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Grant {
    /// Who holds it; [`PUBLIC`] for everybody.
    pub grantee: Oid,
    /// Who gave it.
    pub grantor: Oid,
    /// Its name, such as `INSERT`.
    pub privilege: String,
    /// Whether the holder may pass it on.
    pub grantable: bool,
}

/// The server and the database.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Server {
    /// The version, such as 150018.
    pub version_num: u32,
    /// The database's name.
    pub database: String,
    /// The database.
    pub database_oid: Oid,
    /// Who owns the database.
    pub database_owner: Oid,
    /// Who reads.
    pub reader: String,
    /// The replication role that the reading session began with.
    pub replication_role: String,
    /// Privileges on the database.
    pub acl: Option<Vec<Grant>>,
    /// Row version.
    pub xmin: String,
}

/// A role.
#[expect(clippy::struct_excessive_bools, reason = "the attributes of a role")]
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Role {
    /// The role.
    pub oid: Oid,
    /// Its name.
    pub name: String,
    /// Whether nothing is checked for it.
    pub superuser: bool,
    /// Whether it inherits (decides before version 16).
    pub inherit: bool,
    /// Whether it may make roles.
    pub createrole: bool,
    /// Whether it may make databases.
    pub createdb: bool,
    /// Whether it may log in.
    pub can_login: bool,
    /// Whether it may replicate.
    pub replication: bool,
    /// Whether row security does not concern it.
    pub bypass_rls: bool,
}

/// A membership: `member` belongs to `role`.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Membership {
    /// The group.
    pub role: Oid,
    /// The member.
    pub member: Oid,
    /// Who gave it.
    pub grantor: Oid,
    /// Whether the member may give it on.
    pub admin_option: bool,
    /// Whether the member has the role's privileges; none before version 16.
    pub inherit_option: Option<bool>,
    /// Whether the member may become the role; none before version 16.
    pub set_option: Option<bool>,
    /// Row version.
    pub xmin: String,
}

/// Settings of sessions; zero means every database or every role.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Setting {
    /// The database, or zero.
    pub database: Oid,
    /// The role, or zero.
    pub role: Oid,
    /// `name=value`, one each.
    pub settings: Option<Vec<String>>,
    /// Row version.
    pub xmin: String,
}

/// Who may set a configuration parameter.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct ParameterAcl {
    /// The row.
    pub oid: Oid,
    /// The parameter.
    pub name: String,
    /// Privileges on it.
    pub acl: Option<Vec<Grant>>,
    /// Row version.
    pub xmin: String,
}

/// A schema.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Schema {
    /// The schema.
    pub oid: Oid,
    /// Its name.
    pub name: String,
    /// Who owns it.
    pub owner: Oid,
    /// Privileges on it.
    pub acl: Option<Vec<Grant>>,
    /// Row version.
    pub xmin: String,
}

/// A table, view, materialized view or foreign table.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Relation {
    /// The relation.
    pub oid: Oid,
    /// Its schema.
    pub schema_oid: Oid,
    /// Its schema's name.
    pub schema: String,
    /// Its name.
    pub name: String,
    /// `r`, `p`, `v`, `m` or `f`.
    pub kind: String,
    /// `p` permanent, `u` unlogged, `t` temporary.
    pub persistence: String,
    /// Who owns it.
    pub owner: Oid,
    /// Whether row security is on.
    pub row_security: bool,
    /// Whether it also concerns the owner.
    pub force_row_security: bool,
    /// The replica identity.
    pub replica_identity: String,
    /// Whether it is a partition.
    pub is_partition: bool,
    /// Storage and view options.
    pub options: Option<Vec<String>>,
    /// Of a partition: which rows are in it.
    pub partition_bound: Option<String>,
    /// Of a partitioned table: what its rows are told apart by.
    pub partition_key: Option<String>,
    /// Of a view: what can be done to it without triggers, as a bit mask of events.
    pub updatable: u32,
    /// Privileges on it.
    pub acl: Option<Vec<Grant>>,
    /// Row version.
    pub xmin: String,
}

/// A column.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Attribute {
    /// The relation.
    pub relation: Oid,
    /// Its number.
    pub number: i32,
    /// Its name.
    pub name: String,
    /// Its type.
    pub type_oid: Oid,
    /// Its type, printed.
    pub type_name: String,
    /// Whether null is refused.
    pub not_null: bool,
    /// `s` for a stored generated column.
    pub generated: String,
    /// `a` or `d` for an identity column.
    pub identity: String,
    /// The default, or what generates it.
    pub default_expression: Option<String>,
    /// Privileges on the column alone.
    pub acl: Option<Vec<Grant>>,
    /// Row version.
    pub xmin: String,
}

/// A constraint.
#[expect(
    clippy::struct_excessive_bools,
    reason = "the columns of `pg_constraint`"
)]
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Constraint {
    /// The constraint.
    pub oid: Oid,
    /// Its name.
    pub name: String,
    /// `c` check, `f` foreign key, `p` primary key, `u` unique, `x` exclusion, `n` not null.
    pub kind: String,
    /// The relation that it is on.
    pub relation: Oid,
    /// The relation that a foreign key points to, or zero.
    pub referenced: Oid,
    /// Its columns.
    pub columns: Vec<i32>,
    /// The columns it points to.
    pub referenced_columns: Vec<i32>,
    /// What a foreign key does on update: `a`, `r`, `c`, `n`, `d`.
    pub on_update: String,
    /// What it does on delete.
    pub on_delete: String,
    /// Whether all rows were checked.
    pub validated: bool,
    /// Whether it is checked at all (version 18).
    pub enforced: bool,
    /// Whether it may be deferred.
    pub deferrable: bool,
    /// Whether children do not have it.
    pub no_inherit: bool,
    /// Whether it was made here, not inherited.
    pub is_local: bool,
    /// Printed with the prover's search path.
    pub definition: String,
    /// Of a check: the expression alone.
    pub expression: Option<String>,
    /// Row version.
    pub xmin: String,
}

/// An index.
#[expect(clippy::struct_excessive_bools, reason = "the columns of `pg_index`")]
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Index {
    /// The index.
    pub oid: Oid,
    /// Its name.
    pub name: String,
    /// The relation that it is on.
    pub relation: Oid,
    /// Whether it is unique.
    pub is_unique: bool,
    /// Whether it is the primary key.
    pub is_primary: bool,
    /// Whether it may be used.
    pub valid: bool,
    /// Whether it is maintained.
    pub ready: bool,
    /// Whether uniqueness is checked at once.
    pub immediate: bool,
    /// How many of its columns are keys.
    pub key_count: u32,
    /// Its columns, zero for an expression.
    pub columns: Option<Vec<i32>>,
    /// Which rows it covers; none for all.
    pub predicate: Option<String>,
    /// Whether a column is an expression.
    pub has_expressions: bool,
    /// Whether two nulls collide.
    pub nulls_not_distinct: bool,
    /// Row version.
    pub xmin: String,
}

/// A trigger.
#[expect(clippy::struct_excessive_bools, reason = "the columns of `pg_trigger`")]
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Trigger {
    /// The trigger.
    pub oid: Oid,
    /// Its name.
    pub name: String,
    /// The relation that it is on.
    pub relation: Oid,
    /// What it calls.
    pub function: Oid,
    /// Level, timing and events, as the catalog's bit mask.
    pub type_bits: u32,
    /// `O` origin, `A` always, `R` replica, `D` disabled.
    pub enabled: String,
    /// Whether a constraint made it.
    pub internal: bool,
    /// The constraint, or zero.
    pub constraint_oid: Oid,
    /// Whether it may be deferred.
    pub deferrable: bool,
    /// Whether it is deferred unless a session says otherwise.
    pub initially_deferred: bool,
    /// The columns of `UPDATE OF`; none for all.
    pub columns: Option<Vec<i32>>,
    /// Whether it has a `WHEN`.
    pub conditional: bool,
    /// The trigger it was cloned from, or zero.
    pub parent: Oid,
    /// Printed with the prover's search path.
    pub definition: String,
    /// Row version.
    pub xmin: String,
}

/// A function or procedure.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Function {
    /// The function.
    pub oid: Oid,
    /// Its schema.
    pub schema_oid: Oid,
    /// Its schema's name.
    pub schema: String,
    /// Its name.
    pub name: String,
    /// Its arguments, printed.
    pub arguments: String,
    /// The types of its input arguments.
    pub argument_types: Vec<String>,
    /// Who owns it.
    pub owner: Oid,
    /// Its language.
    pub language: String,
    /// Whether the language is a trusted one.
    pub trusted_language: bool,
    /// Whether it runs as its owner.
    pub security_definer: bool,
    /// Whether it answers null to null without being called.
    pub strict: bool,
    /// `name=value`, set while it runs.
    pub settings: Option<Vec<String>>,
    /// `f` function, `p` procedure, `a` aggregate, `w` window.
    pub kind: String,
    /// What it returns, printed.
    pub returns: String,
    /// Privileges on it.
    pub acl: Option<Vec<Grant>>,
    /// Its body.
    pub source: Option<String>,
    /// Its body where it is SQL-standard, which the catalog tracks.
    pub sql_body: Option<String>,
    /// Row version.
    pub xmin: String,
}

/// A rewrite rule.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Rule {
    /// The rule.
    pub oid: Oid,
    /// Its name; `_RETURN` is a view's query.
    pub name: String,
    /// The relation that it is on.
    pub relation: Oid,
    /// `1` select, `2` update, `3` insert, `4` delete.
    pub event: String,
    /// As for triggers.
    pub enabled: String,
    /// Whether it takes the place of the statement.
    pub instead: bool,
    /// Printed with the prover's search path.
    pub definition: String,
    /// Row version.
    pub xmin: String,
}

/// One object rests on another.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Dependency {
    /// The catalog of what rests.
    pub dependent_catalog: String,
    /// What rests.
    pub dependent: Oid,
    /// Its column, or zero.
    pub dependent_column: i32,
    /// The catalog of what it rests on.
    pub referenced_catalog: String,
    /// What it rests on.
    pub referenced: Oid,
    /// Its column, or zero.
    pub referenced_column: i32,
    /// The kind of dependency.
    pub kind: String,
}

/// A child and its parent.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Inheritance {
    /// The child.
    pub child: Oid,
    /// The parent.
    pub parent: Oid,
    /// Row version.
    pub xmin: String,
}

/// A type.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Type {
    /// The type.
    pub oid: Oid,
    /// Its schema.
    pub schema_oid: Oid,
    /// Its schema's name.
    pub schema: String,
    /// Its name.
    pub name: String,
    /// Who owns it.
    pub owner: Oid,
    /// `e` enum, `d` domain, `c` composite, `b` base, `r` range, `m` multirange.
    pub kind: String,
    /// Of a domain: what it restricts.
    pub base: Oid,
    /// Of a domain: the type below it, with its length.
    pub base_name: Option<String>,
    /// Of an enum: its values, in their order.
    pub labels: Option<Vec<String>>,
    /// Row version.
    pub xmin: String,
}

/// A subscription.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Subscription {
    /// The subscription.
    pub oid: Oid,
    /// Its name.
    pub name: String,
    /// Who owns it.
    pub owner: Oid,
    /// Whether it runs.
    pub enabled: bool,
    /// What it writes.
    pub relations: Vec<Oid>,
}

/// A publication.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Publication {
    /// The publication.
    pub oid: Oid,
    /// Its name.
    pub name: String,
    /// Who owns it.
    pub owner: Oid,
    /// Whether it publishes every table.
    pub all_tables: bool,
    /// What it names.
    pub relations: Vec<Oid>,
    /// Row version.
    pub xmin: String,
}

/// A row security policy.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Policy {
    /// The policy.
    pub oid: Oid,
    /// Its name.
    pub name: String,
    /// The relation that it is on.
    pub relation: Oid,
    /// `r`, `a`, `w`, `d` or `*`.
    pub command: String,
    /// Whether it adds rights; otherwise it takes them away.
    pub permissive: bool,
    /// Whom it concerns.
    pub roles: Option<Vec<Oid>>,
    /// Which rows are seen.
    pub using_expression: Option<String>,
    /// Which rows may be written.
    pub check_expression: Option<String>,
    /// Row version.
    pub xmin: String,
}

/// An event trigger.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct EventTrigger {
    /// The trigger.
    pub oid: Oid,
    /// Its name.
    pub name: String,
    /// Its event.
    pub event: String,
    /// Who owns it.
    pub owner: Oid,
    /// What it calls.
    pub function: Oid,
    /// As for triggers.
    pub enabled: String,
    /// The commands it concerns; none for all.
    pub tags: Option<Vec<String>>,
    /// Row version.
    pub xmin: String,
}

/// How often a table's rows were changed since the counters began.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Counter {
    /// The relation.
    pub relation: Oid,
    /// Updates, those that were rolled back too.
    pub updated: u64,
    /// Deletions, likewise, and inserts that lost to another at a unique index.
    pub deleted: u64,
}
