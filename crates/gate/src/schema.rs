//! What a schema has and should have, and what its triggers could write.

use std::collections::{BTreeMap, BTreeSet};

use crate::port::{ObjectKind, SchemaObject};

mod enforced;

pub(crate) use enforced::Dialect;

/// A store's schema beside the one that the migrations make.
#[derive(Clone, Debug)]
pub(crate) struct Schema {
    dialect: Dialect,
    objects: Vec<SchemaObject>,
    faults: Vec<Fault>,
    foreign_triggers: Vec<SchemaObject>,
    is_absent: bool,
}

/// One way in which a schema is not what the migrations make.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Fault {
    pub(crate) kind: ObjectKind,
    pub(crate) table: String,
    /// What a person reads.
    pub(crate) line: String,
}

impl Schema {
    pub(crate) fn compare(
        dialect: Dialect,
        objects: Vec<SchemaObject>,
        expected: &[SchemaObject],
    ) -> Self {
        let found: BTreeMap<(ObjectKind, &str), &SchemaObject> = objects
            .iter()
            .map(|object| ((object.kind, object.name.as_str()), object))
            .collect();
        let mut faults: Vec<Fault> = expected
            .iter()
            .filter_map(|made| {
                difference(made, found.get(&(made.kind, made.name.as_str())).copied())
            })
            .collect();
        let names: BTreeSet<(ObjectKind, &str)> = expected
            .iter()
            .map(|made| (made.kind, made.name.as_str()))
            .collect();
        let governed: BTreeSet<&str> = expected.iter().map(|made| made.table.as_str()).collect();
        let mut foreign_triggers = Vec::new();
        for object in &objects {
            if names.contains(&(object.kind, object.name.as_str())) {
                continue;
            }
            if object.kind == ObjectKind::Trigger {
                foreign_triggers.push(object.clone());
            } else if governed.contains(object.table.as_str()) {
                faults.push(Fault::of(object, "was added"));
            }
        }
        // A trigger that bears an expected name with another body is as foreign as any.
        foreign_triggers.extend(
            objects
                .iter()
                .filter(|object| object.kind == ObjectKind::Trigger)
                .filter(|object| {
                    names.contains(&(object.kind, object.name.as_str()))
                        && !expected.contains(object)
                })
                .cloned(),
        );
        let is_absent = !objects
            .iter()
            .any(|object| names.contains(&(object.kind, object.name.as_str())));
        Self {
            dialect,
            objects,
            faults,
            foreign_triggers,
            is_absent,
        }
    }

    /// Whether nothing at all of what the migrations make is there.
    pub(crate) const fn is_absent(&self) -> bool {
        self.is_absent
    }

    /// Everything that is missing, changed or added on a table that the migrations make.
    pub(crate) fn faults(&self) -> &[Fault] {
        &self.faults
    }

    /// The triggers that the migrations do not make, byte for byte.
    pub(crate) fn foreign_triggers(&self) -> &[SchemaObject] {
        &self.foreign_triggers
    }

    /// The foreign triggers that could write a table: those whose body names it.
    ///
    /// A name in a comment or a text counts too: what is not understood is not excused.
    pub(crate) fn foreign_writers(&self, table: &str) -> impl Iterator<Item = &SchemaObject> {
        self.foreign_triggers
            .iter()
            .filter(move |trigger| trigger_body(&trigger.sql).any(|word| word == table))
    }

    /// The object of a kind and name.
    pub(crate) fn object(&self, kind: ObjectKind, name: &str) -> Option<&SchemaObject> {
        self.objects
            .iter()
            .find(|object| object.kind == kind && object.name == name)
    }

    /// The objects of a kind on a table.
    pub(crate) fn objects(
        &self,
        kind: ObjectKind,
        table: &str,
    ) -> impl Iterator<Item = &SchemaObject> {
        self.objects
            .iter()
            .filter(move |object| object.kind == kind && object.table == table)
    }

    /// The text of a base table, without blanks and in lower case; empty where there is none.
    pub(crate) fn table_text(&self, table: &str) -> String {
        self.object(ObjectKind::Table, table)
            .map(|object| compact(&object.sql))
            .unwrap_or_default()
    }

    /// Whether a table has every one of these columns, or names them otherwise in its text.
    pub(crate) fn table_names(&self, table: &str, columns: &[&str]) -> bool {
        let Some(object) = self.object(ObjectKind::Table, table) else {
            return false;
        };
        let text = object.sql.to_ascii_lowercase();
        let named: BTreeSet<&str> = words(&text).collect();
        columns.iter().all(|column| named.contains(column))
    }

    /// The objects of a kind on a table, each text without blanks and in lower case.
    pub(crate) fn texts(&self, kind: ObjectKind, table: &str) -> impl Iterator<Item = String> {
        self.objects
            .iter()
            .filter(move |object| object.kind == kind && object.table == table)
            .map(|object| compact(&object.sql))
    }
}

impl Fault {
    fn of(object: &SchemaObject, what: &str) -> Self {
        Self {
            kind: object.kind,
            table: object.table.clone(),
            line: format!(
                "{} `{}` of `{}` {what}",
                kind_name(object.kind),
                object.name,
                object.table
            ),
        }
    }
}

fn difference(made: &SchemaObject, found: Option<&SchemaObject>) -> Option<Fault> {
    match found {
        None => Some(Fault::of(made, "is missing")),
        Some(found) if found != made => Some(Fault::of(made, &changed(made, found))),
        Some(_) => None,
    }
}

/// That an object was changed; and where its grants were, which of them.
fn changed(made: &SchemaObject, found: &SchemaObject) -> String {
    let mut what = vec!["was changed".to_owned()];
    for (word, one, other) in [("lacks", made, found), ("has", found, made)] {
        let others: BTreeSet<&str> = other.sql.lines().collect();
        let grants = one
            .sql
            .lines()
            .filter(|line| line.starts_with("grant ") && !others.contains(line));
        let shown = grants.take(GRANTS_SHOWN);
        what.extend(shown.map(|grant| format!("it {word} `{grant}`")));
    }
    what.join("; ")
}

/// How many grants are named at most, of those that are lacking and of those that are too many.
const GRANTS_SHOWN: usize = 2;

pub(crate) fn kind_name(kind: ObjectKind) -> &'static str {
    match kind {
        ObjectKind::Table => "table",
        ObjectKind::Index => "index",
        ObjectKind::Trigger => "trigger",
        ObjectKind::View => "view",
        ObjectKind::Function => "function",
    }
}

fn compact(sql: &str) -> String {
    sql.chars()
        .filter(|character| !character.is_whitespace())
        .map(|character| character.to_ascii_lowercase())
        .collect()
}

fn words(text: &str) -> impl Iterator<Item = &str> {
    text.split(|character: char| !character.is_alphanumeric() && character != '_')
        .filter(|word| !word.is_empty())
}

/// The words of a trigger's text after its first `begin`; all of them where it has none.
fn trigger_body(sql: &str) -> impl Iterator<Item = String> {
    let text = sql.to_ascii_lowercase();
    let all: Vec<String> = words(&text).map(str::to_owned).collect();
    let start = all.iter().position(|word| word == "begin").unwrap_or(0);
    all.into_iter().skip(start)
}
