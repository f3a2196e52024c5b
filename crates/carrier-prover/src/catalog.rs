//! The statements: a constant number of them, whatever the size of the database.
//!
//! Everything is read from the system catalogs, which any role that can connect may read, and
//! joined by name, never through `regclass`, which would need the use of a schema.
//! `information_schema` hides from such a role the very triggers and grants that matter.

/// One catalog, read by one statement.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Catalog {
    /// The server, and the database that is read.
    Server,
    /// Every role of the cluster.
    Roles,
    /// Who is a member of whom, with which options.
    Memberships,
    /// Settings that sessions begin with, per role and database.
    Settings,
    /// Who may set which configuration parameter.
    ParameterAcls,
    /// Schemas.
    Schemas,
    /// Tables, views, materialized views and foreign tables outside the system schemas.
    Relations,
    /// Their columns.
    Attributes,
    /// Their constraints.
    Constraints,
    /// Their indexes.
    Indexes,
    /// Their triggers, the disabled and the internal ones too.
    Triggers,
    /// Functions outside the system schemas, and every one that runs as its owner.
    Functions,
    /// Rewrite rules, those of views too.
    Rules,
    /// What rests on which relation, function or type.
    Dependencies,
    /// Partitions and inheritance children.
    Inheritance,
    /// Enums, domains and other types that people made.
    Types,
    /// Subscriptions of this database and the relations that they write.
    Subscriptions,
    /// Publications.
    Publications,
    /// Row security policies.
    Policies,
    /// Event triggers.
    EventTriggers,
    /// How many updates and deletions of rows the server has counted, which is not how many there were.
    Counters,
}

// One text column per row, whatever the catalog: an adapter needs to know no types.
macro_rules! statement {
    ($file:literal) => {
        concat!(
            "SELECT to_json(x)::text FROM (",
            include_str!(concat!("catalog/", $file, ".sql")),
            ") AS x"
        )
    };
}

impl Catalog {
    /// All of them, in the order in which they are read.
    pub const ALL: [Self; 21] = [
        Self::Server,
        Self::Roles,
        Self::Memberships,
        Self::Settings,
        Self::ParameterAcls,
        Self::Schemas,
        Self::Relations,
        Self::Attributes,
        Self::Constraints,
        Self::Indexes,
        Self::Triggers,
        Self::Functions,
        Self::Rules,
        Self::Dependencies,
        Self::Inheritance,
        Self::Types,
        Self::Subscriptions,
        Self::Publications,
        Self::Policies,
        Self::EventTriggers,
        Self::Counters,
    ];

    /// The name of the system catalog that it is mostly read from.
    pub fn name(self) -> &'static str {
        match self {
            Self::Server => "pg_database",
            Self::Roles => "pg_roles",
            Self::Memberships => "pg_auth_members",
            Self::Settings => "pg_db_role_setting",
            Self::ParameterAcls => "pg_parameter_acl",
            Self::Schemas => "pg_namespace",
            Self::Relations => "pg_class",
            Self::Attributes => "pg_attribute",
            Self::Constraints => "pg_constraint",
            Self::Indexes => "pg_index",
            Self::Triggers => "pg_trigger",
            Self::Functions => "pg_proc",
            Self::Rules => "pg_rewrite",
            Self::Dependencies => "pg_depend",
            Self::Inheritance => "pg_inherits",
            Self::Types => "pg_type",
            Self::Subscriptions => "pg_subscription",
            Self::Publications => "pg_publication",
            Self::Policies => "pg_policy",
            Self::EventTriggers => "pg_event_trigger",
            Self::Counters => "pg_stat_all_tables",
        }
    }

    /// The statement: rows of one text column, each a JSON object.
    pub fn sql(self) -> &'static str {
        match self {
            Self::Server => statement!("server"),
            Self::Roles => statement!("roles"),
            Self::Memberships => statement!("memberships"),
            Self::Settings => statement!("settings"),
            Self::ParameterAcls => statement!("parameter_acls"),
            Self::Schemas => statement!("schemas"),
            Self::Relations => statement!("relations"),
            Self::Attributes => statement!("attributes"),
            Self::Constraints => statement!("constraints"),
            Self::Indexes => statement!("indexes"),
            Self::Triggers => statement!("triggers"),
            Self::Functions => statement!("functions"),
            Self::Rules => statement!("rules"),
            Self::Dependencies => statement!("dependencies"),
            Self::Inheritance => statement!("inheritance"),
            Self::Types => statement!("types"),
            Self::Subscriptions => statement!("subscriptions"),
            Self::Publications => statement!("publications"),
            Self::Policies => statement!("policies"),
            Self::EventTriggers => statement!("event_triggers"),
            Self::Counters => statement!("counters"),
        }
    }
}
