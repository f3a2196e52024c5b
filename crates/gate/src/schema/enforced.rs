//! What a schema enforces, read from the texts of its objects: in the engine's own words.
//!
//! A text that is not recognised enforces nothing. That the texts are the expected ones, byte for
//! byte, is judged beside this.

use super::Schema;
use crate::port::ObjectKind;

/// The engine whose texts a schema consists of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Dialect {
    /// The statements as SQLite keeps them.
    Sqlite,
    /// Lines made from the catalogs of PostgreSQL: the table, its columns, constraints and grants.
    Postgres,
}

impl Dialect {
    /// The dialect of a store's kind; any unknown kind is read as the embedded store's, whose words
    /// it will not use.
    pub(crate) fn of(store_kind: &str) -> Self {
        match store_kind {
            "postgres" => Self::Postgres,
            _ => Self::Sqlite,
        }
    }
}

impl Schema {
    /// Whether triggers refuse updates, or deletions, of a table's rows.
    pub(crate) fn is_guarded(&self, table: &str, against: &str) -> bool {
        match self.dialect {
            Dialect::Sqlite => {
                let statement = format!("before{against}on{table}");
                self.texts(ObjectKind::Trigger, table)
                    .any(|text| text.contains(&statement) && text.contains("raise(abort,"))
            }
            Dialect::Postgres => self
                .objects(ObjectKind::Trigger, table)
                .any(|trigger| refuses(&trigger.sql, table, against)),
        }
    }

    /// Whether a column of bytes is never null.
    pub(crate) fn is_never_null(&self, table: &str, column: &str) -> bool {
        match self.dialect {
            Dialect::Sqlite => self
                .table_text(table)
                .contains(&format!("{column}blobnotnull")),
            Dialect::Postgres => self.has_line(table, |line| {
                line.starts_with(&format!("{column} bytea not null"))
            }),
        }
    }

    /// Whether some column of bytes is never null.
    pub(crate) fn has_content(&self, table: &str) -> bool {
        match self.dialect {
            Dialect::Sqlite => self.table_text(table).contains("blobnotnull"),
            Dialect::Postgres => self.has_line(table, |line| line.contains(" bytea not null")),
        }
    }

    /// Whether a decision references the key that it was consumed with.
    pub(crate) fn decision_follows_key(&self) -> bool {
        match self.dialect {
            Dialect::Sqlite => self
                .table_text("decision")
                .contains("referencesledger(ledger_key)"),
            Dialect::Postgres => {
                self.references("decision", "(ledger_key)", "ledger(ledger_key)", "")
            }
        }
    }

    /// Whether a consumed key without its head and its decision does not commit.
    pub(crate) fn key_needs_head_and_decision(&self) -> bool {
        match self.dialect {
            Dialect::Sqlite => {
                let ledger = self.table_text("ledger");
                ledger.contains("referencesdecision(ledger_key)deferrableinitiallydeferred")
                    && ledger
                        .contains("referencesdot_catalogue(row_key)deferrableinitiallydeferred")
            }
            Dialect::Postgres => {
                self.references("ledger", "(ledger_key)", "decision(ledger_key)", DEFERRED)
                    && self.references("ledger", "(head_key)", "dot_catalogue(row_key)", DEFERRED)
            }
        }
    }

    /// Whether there is one row for each replay key, and no unique index has `attempt_no`.
    pub(crate) fn has_single_key(&self) -> bool {
        match self.dialect {
            Dialect::Sqlite => {
                let keyed = ["ledger", "attempt"].iter().any(|table| {
                    self.texts(ObjectKind::Index, table).any(|text| {
                        text.starts_with("createuniqueindex") && text.contains("attempt_no")
                    })
                });
                self.table_text("ledger")
                    .contains("ledger_keyblobnotnullprimarykey")
                    && !keyed
            }
            Dialect::Postgres => {
                let keyed = ["ledger", "attempt"].iter().any(|table| {
                    let is_key = |line: &str| {
                        (line.contains(" UNIQUE (") || line.contains(" PRIMARY KEY ("))
                            && names(line, "attempt_no")
                    };
                    let mut indexes = self.objects(ObjectKind::Index, table);
                    self.has_line(table, is_key)
                        || indexes.any(|index| {
                            index.sql.starts_with("CREATE UNIQUE INDEX")
                                && names(&index.sql, "attempt_no")
                        })
                });
                self.has_line("ledger", |line| line.ends_with(" PRIMARY KEY (ledger_key)"))
                    && !keyed
            }
        }
    }

    /// Whether a second use of key, nonce or effect conflicts in the transaction itself, and a key
    /// that is too old does too.
    pub(crate) fn second_use_conflicts(&self) -> bool {
        match self.dialect {
            Dialect::Sqlite => {
                let ledger = self.table_text("ledger");
                ledger.contains("nonceblobnotnullunique")
                    && ledger.contains("effect_identityblobnotnullunique")
                    && ledger.contains("check(consumed_at<=expires_at)")
            }
            Dialect::Postgres => [
                " UNIQUE (nonce)",
                " UNIQUE (target, effect_identity)",
                " CHECK ((consumed_at <= expires_at))",
            ]
            .iter()
            .all(|end| self.has_line("ledger", |line| line.ends_with(end))),
        }
    }

    /// Whether a code has at most one current head.
    ///
    /// On PostgreSQL heads are never changed: a code has one for each of its epochs, and only a
    /// retirement of the head before opens the next one.
    pub(crate) fn has_one_head(&self) -> bool {
        match self.dialect {
            Dialect::Sqlite => self.texts(ObjectKind::Index, "dot_catalogue").any(|text| {
                text.starts_with("createuniqueindex")
                    && text.ends_with("ondot_catalogue(dot_code)wherestatusin('draft','active')")
            }),
            Dialect::Postgres => {
                self.has_line("dot_catalogue", |line| {
                    line.ends_with(" UNIQUE (dot_code, epoch)")
                }) && self.references(
                    "dot_catalogue",
                    "(dot_code, epoch)",
                    "dot_epoch(dot_code, epoch)",
                    "",
                ) && self.references(
                    "dot_epoch",
                    "(dot_code, ended)",
                    "dot_catalogue(dot_code, epoch)",
                    "",
                ) && ["update", "delete"].iter().all(|against| {
                    self.is_guarded("dot_epoch", against)
                        && self.is_guarded("dot_catalogue", against)
                })
            }
        }
    }

    /// Whether the catalogue knows the four statuses and no other.
    pub(crate) fn has_status_domain(&self) -> bool {
        match self.dialect {
            Dialect::Sqlite => self
                .table_text("dot_catalogue")
                .contains("check(statusin('draft','active','deprecated','retired'))"),
            Dialect::Postgres => self.has_line("dot_catalogue", |line| {
                line.ends_with(
                    " CHECK ((status = ANY (ARRAY['draft'::text, 'active'::text, \
                     'deprecated'::text, 'retired'::text])))",
                )
            }),
        }
    }

    fn has_line(&self, table: &str, fits: impl Fn(&str) -> bool) -> bool {
        self.object(ObjectKind::Table, table)
            .is_some_and(|object| object.sql.lines().any(fits))
    }

    /// Whether a foreign key of a table on PostgreSQL leads there, in this mode.
    fn references(&self, table: &str, columns: &str, target: &str, mode: &str) -> bool {
        let end = format!(" FOREIGN KEY {columns} REFERENCES holdfast.{target}{mode}");
        self.has_line(table, |line| line.ends_with(&end))
    }
}

const DEFERRED: &str = " DEFERRABLE INITIALLY DEFERRED";

/// Whether a column is named in what stands in the parentheses of a key.
fn names(key: &str, column: &str) -> bool {
    let columns = key.split_once('(').map_or("", |(_, columns)| columns);
    columns
        .split(|character: char| !character.is_alphanumeric() && character != '_')
        .any(|word| word == column)
}

/// Whether a trigger of PostgreSQL refuses a statement for every row, whatever the session's mode.
fn refuses(sql: &str, table: &str, against: &str) -> bool {
    let mut lines = sql.lines();
    let Some(head) = lines.next() else {
        return false;
    };
    let end = format!(" ON holdfast.{table} FOR EACH ROW EXECUTE FUNCTION holdfast.refuse()");
    let events = head
        .split_once(" BEFORE ")
        .and_then(|(_, events)| events.strip_suffix(&end));
    events.is_some_and(|events| {
        events
            .split(" OR ")
            .any(|event| event.eq_ignore_ascii_case(against))
    }) && lines.next() == Some("enabled A")
}
