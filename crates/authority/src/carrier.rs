//! The authority carriers as data: which there are, what their columns hold, and which rows of them
//! answer the same question. A store's tables follow them; its tests compare the two.

use canonical::{Digest, Identifier, RowError, Timestamp};
use serde_json::{Map, Value};

/// What a column holds, and how it is hashed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// Text.
    Text,
    /// Text or null.
    OptionalText,
    /// 0 or 1, hashed as that integer.
    Flag,
    /// A digest, hashed as its text.
    Digest,
    /// A digest or null.
    OptionalDigest,
    /// An instant, hashed as its text.
    Instant,
    /// An instant or null.
    OptionalInstant,
}

impl Kind {
    /// A value as the row hash sees it; `None` where it has no place in such a column.
    pub fn hashed(self, value: &Value) -> Option<Value> {
        let is_right = match (self, value) {
            (Self::Text | Self::OptionalText, Value::String(_))
            | (Self::OptionalText | Self::OptionalDigest | Self::OptionalInstant, Value::Null) => {
                true
            }
            (Self::Flag, Value::Bool(flag)) => return Some(Value::from(i64::from(*flag))),
            (Self::Flag, Value::Number(flag)) => matches!(flag.as_i64(), Some(0 | 1)),
            (Self::Digest | Self::OptionalDigest, Value::String(text)) => {
                text.parse::<Digest>().is_ok()
            }
            (Self::Instant | Self::OptionalInstant, Value::String(text)) => {
                text.parse::<Timestamp>().is_ok()
            }
            _ => false,
        };
        is_right.then(|| value.clone())
    }
}

/// A column of a carrier.
#[derive(Clone, Copy, Debug)]
pub struct Column {
    /// Its name.
    pub name: &'static str,
    /// What it holds.
    pub kind: Kind,
}

/// What makes two active rows answers to the same question, so that two are one too many.
#[derive(Clone, Copy, Debug)]
pub enum Head {
    /// Nothing: every row stands for itself.
    Row,
    /// The same values in these columns; none at all means that the carrier has one answer.
    Same(&'static [&'static str]),
    /// Accountable ownership of the same object in a scope that covers the same scope.
    Accountable,
}

/// How a carrier's rows concern a target.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Target {
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
pub struct Carrier {
    /// Its name, in every store.
    pub name: &'static str,
    /// Its own columns; [`Carrier::all_columns`] has those of every carrier too.
    pub columns: &'static [Column],
    /// Which of its rows are rivals.
    pub head: Head,
    /// Which target its rows concern.
    pub target: Target,
}

impl Carrier {
    /// Its own columns and those that every carrier has; all of them are hashed.
    pub fn all_columns(&self) -> impl Iterator<Item = &'static Column> {
        self.columns.iter().chain(COMMON)
    }

    /// Its name as row hashes have it.
    pub fn identifier(&self) -> Result<Identifier, Misfit> {
        Identifier::try_from(self.name).map_err(|_| Misfit::Name {
            name: self.name.to_owned(),
        })
    }

    /// The columns of a row as they are hashed: every one there, of its kind, and no other.
    ///
    /// Flags may be given as booleans.
    pub fn hashed(&self, given: &Map<String, Value>) -> Result<Map<String, Value>, Misfit> {
        let misfit = |column: &str, misfit: fn(String, String) -> Misfit| {
            misfit(self.name.to_owned(), column.to_owned())
        };
        let mut columns = Map::new();
        for column in self.all_columns() {
            let value = given.get(column.name).ok_or_else(|| {
                misfit(column.name, |carrier, column| Misfit::Missing {
                    carrier,
                    column,
                })
            })?;
            let hashed = column.kind.hashed(value).ok_or_else(|| {
                misfit(column.name, |carrier, column| Misfit::Value {
                    carrier,
                    column,
                })
            })?;
            columns.insert(column.name.to_owned(), hashed);
        }
        match given.keys().find(|name| !columns.contains_key(*name)) {
            None => Ok(columns),
            Some(unknown) => Err(misfit(unknown, |carrier, column| Misfit::Unknown {
                carrier,
                column,
            })),
        }
    }
}

/// A row that has no place in a carrier.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Misfit {
    /// A name that nothing can be hashed under.
    #[error("`{name}` is not a name of a carrier or row")]
    Name {
        /// The name.
        name: String,
    },
    /// A column is missing.
    #[error("a row of `{carrier}` lacks column `{column}`")]
    Missing {
        /// The carrier.
        carrier: String,
        /// The column.
        column: String,
    },
    /// A column holds what it cannot.
    #[error("column `{column}` of `{carrier}` cannot hold the row's value")]
    Value {
        /// The carrier.
        carrier: String,
        /// The column.
        column: String,
    },
    /// The carrier has no such column.
    #[error("`{carrier}` has no column `{column}`")]
    Unknown {
        /// The carrier.
        carrier: String,
        /// The column.
        column: String,
    },
    /// The row's content does not match its hash, or has none.
    #[error(transparent)]
    Row(#[from] RowError),
}

/// The carrier of this name.
pub fn find(name: &str) -> Option<&'static Carrier> {
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
pub static CARRIERS: [Carrier; 14] = [
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

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn hold() -> Map<String, Value> {
        let columns = json!({
            "dot_code": "DOT-001",
            "kind": "hold",
            "reason": "asked for",
            "issued_at": "2026-01-01T00:00:00.000000Z",
            "written_by": "principal/authority",
            "lifecycle_status": "active",
            "supersedes": null,
        });
        columns.as_object().unwrap().clone()
    }

    #[test]
    fn the_list_of_names_and_the_definitions_are_the_same_carriers() {
        let mut names: Vec<&str> = CARRIERS.iter().map(|carrier| carrier.name).collect();
        let mut all = crate::carriers::ALL.to_vec();
        names.sort_unstable();
        all.sort_unstable();
        assert_eq!(names, all);
    }

    #[test]
    fn a_row_has_every_column_of_its_kind_and_no_other() {
        let carrier = find("hold_event").unwrap();
        assert_eq!(carrier.hashed(&hold()), Ok(hold()));
        let name = |text: &str| (carrier.name.to_owned(), text.to_owned());

        let mut row = hold();
        row.remove("reason");
        let (carrier_name, column) = name("reason");
        let expected = Misfit::Missing {
            carrier: carrier_name,
            column,
        };
        assert_eq!(carrier.hashed(&row), Err(expected));

        let mut row = hold();
        row.insert("issued_at".to_owned(), json!("yesterday"));
        let (carrier_name, column) = name("issued_at");
        let expected = Misfit::Value {
            carrier: carrier_name,
            column,
        };
        assert_eq!(carrier.hashed(&row), Err(expected));

        let mut row = hold();
        row.insert("note".to_owned(), json!("more"));
        let (carrier_name, column) = name("note");
        let expected = Misfit::Unknown {
            carrier: carrier_name,
            column,
        };
        assert_eq!(carrier.hashed(&row), Err(expected));
    }

    #[test]
    fn a_flag_is_hashed_as_a_number() {
        assert_eq!(Kind::Flag.hashed(&json!(true)), Some(json!(1)));
        assert_eq!(Kind::Flag.hashed(&json!(0)), Some(json!(0)));
        assert_eq!(Kind::Flag.hashed(&json!(2)), None);
        assert_eq!(Kind::Flag.hashed(&json!(null)), None);
    }
}
