//! Who can do what to a carrier through this program, and which triggers stand on it.

use canonical::Text;

use crate::contract::{
    Certainty, TriggerEntry, TriggerInventory, WriteOperation, WriterPath, WriterPaths,
};
use crate::error::{GateError, stated};
use crate::facts::Facts;
use crate::port::{ObjectKind, SchemaObject};
use crate::report::{lines, text};

/// Of a file, whoever owns it can do everything, outside this program.
const FILE_OWNER: &str = "the operating-system user that owns the store file";

/// The paths that credentials give, and of a file its owner's.
pub(super) fn writer_paths(facts: &Facts, carrier: &str) -> Result<WriterPaths, GateError> {
    let mut paths = Vec::new();
    for credential in &facts.credentials {
        let role = credential.role.as_str();
        if credential.may_insert.iter().any(|table| table == carrier) {
            paths.push(path(facts, carrier, role, WriteOperation::Insert)?);
        }
        let columns = |column: &&String| column.split('.').next() == Some(carrier);
        if credential.may_update.iter().any(|column| columns(&column)) {
            paths.push(path(facts, carrier, role, WriteOperation::Update)?);
        }
        if credential.may_delete.iter().any(|table| table == carrier) {
            paths.push(path(facts, carrier, role, WriteOperation::Delete)?);
        }
    }
    if facts.store_kind == "sqlite" {
        paths.push(WriterPath {
            role: text(FILE_OWNER)?,
            operation: WriteOperation::Control,
            relation: text(carrier)?,
            certainty: Certainty::Certain,
            superuser: true,
            steps: lines(vec!["can rewrite the file with any tool".to_owned()])?,
            witness: None,
        });
    }
    paths.truncate(512);
    stated("writer_paths", paths)
}

fn path(
    facts: &Facts,
    carrier: &str,
    role: &str,
    operation: WriteOperation,
) -> Result<WriterPath, GateError> {
    let step = match facts.store_kind {
        "sqlite" => format!("the connection of `{role}` is narrowed to this by its authorizer"),
        _ => format!("`{role}` holds the privilege"),
    };
    Ok(WriterPath {
        role: text(role)?,
        operation,
        relation: text(carrier)?,
        certainty: Certainty::Certain,
        superuser: false,
        steps: lines(vec![step])?,
        witness: None,
    })
}

/// The triggers on a carrier, in the order in which the store names them.
pub(super) fn triggers(facts: &Facts, carrier: &str) -> Result<TriggerInventory, GateError> {
    let entries: Vec<TriggerEntry> = facts
        .schema
        .objects(ObjectKind::Trigger, carrier)
        .take(128)
        .map(entry)
        .collect::<Result<_, _>>()?;
    stated("triggers", entries)
}

fn entry(trigger: &SchemaObject) -> Result<TriggerEntry, GateError> {
    let upper = trigger.sql.to_ascii_uppercase();
    let (head, body) = upper.split_once("BEGIN").unwrap_or((upper.as_str(), ""));
    let condition = head.split_once(" WHEN ").map(|(_, condition)| condition);
    let head = head.split(" WHEN ").next().unwrap_or(head);
    let says = |word: &str| head.split_whitespace().any(|found| found == word);
    let timing = ["BEFORE", "AFTER", "INSTEAD"]
        .into_iter()
        .find(|word| says(word));
    let events: Vec<WriteOperation> = [
        ("INSERT", WriteOperation::Insert),
        ("UPDATE", WriteOperation::Update),
        ("DELETE", WriteOperation::Delete),
    ]
    .into_iter()
    .filter(|(word, _)| says(word))
    .map(|(_, event)| event)
    .collect();
    let effect = if body.contains("RAISE(ABORT") {
        "raises"
    } else {
        "not analysed"
    };
    Ok(TriggerEntry {
        name: text(&trigger.name)?,
        relation: text(&trigger.table)?,
        timing: text(timing.unwrap_or("BEFORE"))?,
        events: stated("events", events)?,
        level: text("ROW")?,
        condition: condition.map(text).transpose()?,
        enabled: text("ALWAYS")?,
        function: text("the trigger's own text")?,
        function_body_hash: Some(trigger.sql_hash),
        effects: lines(vec![effect.to_owned()])?,
    })
}

/// The relation's name, where the store has it.
pub(super) fn relation(facts: &Facts, carrier: &str) -> Result<Option<Text>, GateError> {
    let found = [ObjectKind::Table, ObjectKind::View]
        .into_iter()
        .any(|kind| facts.schema.object(kind, carrier).is_some());
    found.then(|| text(carrier)).transpose()
}
