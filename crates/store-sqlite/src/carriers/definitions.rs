//! Which authority carriers there are. The tables are in `migrations/0001-authority.sql`; a test
//! compares the two.

/// What a column holds, and how it is hashed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    Text,
    OptionalText,
    /// 0 or 1, hashed as that integer.
    Flag,
    /// 32 bytes, hashed as text.
    Digest,
    OptionalDigest,
    /// Microseconds, hashed as text.
    Instant,
    OptionalInstant,
}

/// A column of a carrier.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Column {
    pub(crate) name: &'static str,
    pub(crate) kind: Kind,
}

/// What makes two active rows answers to the same question, so that two are one too many.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Head {
    /// Nothing: every row stands for itself.
    Row,
    /// The same values in these columns; none at all means that the carrier has one answer.
    Same(&'static [&'static str]),
    /// Accountable ownership of the same object in a scope that covers the same scope.
    Accountable,
}

/// How a carrier's rows concern a target.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Target {
    /// They do not: they concern every target.
    All,
    /// By their column `dot_code`.
    DotCode,
    /// By their columns `object_type` and `object_ref`.
    Object,
    /// By the approval they belong to.
    Approval,
}

/// An authority carrier.
#[derive(Debug)]
pub(crate) struct Carrier {
    pub(crate) name: &'static str,
    pub(crate) columns: &'static [Column],
    pub(crate) head: Head,
    pub(crate) target: Target,
}

impl Carrier {
    /// Its own columns and those that every carrier has; all of them are hashed.
    pub(crate) fn all_columns(&self) -> impl Iterator<Item = &'static Column> {
        self.columns.iter().chain(COMMON)
    }
}

/// The carrier of this name.
pub(crate) fn find(name: &str) -> Option<&'static Carrier> {
    CARRIERS.iter().find(|carrier| carrier.name == name)
}

const fn column(name: &'static str, kind: Kind) -> Column {
    Column { name, kind }
}

const fn text(name: &'static str) -> Column {
    column(name, Kind::Text)
}

const COMMON: &[Column] = &[
    column("issued_at", Kind::Instant),
    text("written_by"),
    text("lifecycle_status"),
    column("supersedes", Kind::OptionalText),
];

/// Every authority carrier.
pub(crate) static CARRIERS: [Carrier; 14] = [
    Carrier {
        name: "principal",
        columns: &[
            text("principal"),
            text("kind"),
            text("side"),
            text("display_name"),
        ],
        head: Head::Same(&["principal"]),
        target: Target::All,
    },
    Carrier {
        name: "principal_binding",
        columns: &[text("channel"), text("value"), text("principal")],
        head: Head::Same(&["channel", "value"]),
        target: Target::All,
    },
    Carrier {
        name: "action_type",
        columns: &[
            text("operation"),
            text("object_type"),
            column("implemented", Kind::Flag),
            text("risk_tier"),
            text("required_scope"),
            text("postcondition_verifier_ref"),
            column("signoff_required", Kind::Flag),
        ],
        head: Head::Same(&["operation", "object_type"]),
        target: Target::All,
    },
    Carrier {
        name: "ownership",
        columns: &[
            text("object_type"),
            text("object_ref"),
            text("scope"),
            text("owner"),
            text("kind"),
            column("effective_from", Kind::Instant),
            column("effective_to", Kind::OptionalInstant),
        ],
        head: Head::Accountable,
        target: Target::Object,
    },
    Carrier {
        name: "approval",
        columns: &[
            text("operation"),
            text("object_type"),
            text("object_ref"),
            column("artifact_hash", Kind::Digest),
            text("proposer"),
            column("expires_at", Kind::Instant),
        ],
        head: Head::Same(&["operation", "object_type", "object_ref", "artifact_hash"]),
        target: Target::Object,
    },
    Carrier {
        name: "approval_vote",
        columns: &[
            text("approval_ref"),
            text("voter"),
            text("voter_channel"),
            text("decision"),
            column("is_signoff", Kind::Flag),
            column("checksum", Kind::OptionalDigest),
            column("decided_at", Kind::Instant),
        ],
        head: Head::Row,
        target: Target::Approval,
    },
    Carrier {
        name: "admission",
        columns: &[
            text("dot_code"),
            text("canonical_path"),
            text("origin"),
            text("artifact_type"),
            column("artifact_hash", Kind::Digest),
            text("hash_algorithm"),
            text("canonicalization_version"),
        ],
        head: Head::Same(&["dot_code"]),
        target: Target::DotCode,
    },
    Carrier {
        name: "manifest",
        columns: &[
            text("manifest_id"),
            text("manifest_version"),
            text("issuer"),
            text("canonicalization_version"),
            text("surfaces"),
            column("manifest_hash", Kind::Digest),
        ],
        head: Head::Same(&[]),
        target: Target::All,
    },
    Carrier {
        name: "verifier",
        columns: &[
            text("verifier_ref"),
            column("specific_target", Kind::OptionalText),
            text("description"),
        ],
        head: Head::Same(&["verifier_ref"]),
        target: Target::All,
    },
    Carrier {
        name: "policy",
        columns: &[text("policy_id"), text("body")],
        head: Head::Same(&["policy_id"]),
        target: Target::All,
    },
    Carrier {
        name: "dot_config",
        columns: &[text("dot_code"), text("name"), text("value")],
        head: Head::Same(&["dot_code", "name"]),
        target: Target::DotCode,
    },
    Carrier {
        name: "hold_event",
        columns: &[text("dot_code"), text("kind"), text("reason")],
        head: Head::Row,
        target: Target::DotCode,
    },
    Carrier {
        name: "retirement",
        columns: &[text("dot_code"), text("approval_ref"), text("reason")],
        head: Head::Row,
        target: Target::DotCode,
    },
    Carrier {
        name: "trigger_inventory",
        columns: &[
            text("trigger_name"),
            text("table_name"),
            column("body_hash", Kind::Digest),
        ],
        head: Head::Same(&["trigger_name"]),
        target: Target::All,
    },
];
