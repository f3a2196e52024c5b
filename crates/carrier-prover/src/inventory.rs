//! The triggers of a carrier, each with what its function may do; and who writes it besides.

use canonical::{ContentHasher, Digest};

use crate::body::effects;
use crate::case::Case;
use crate::doors::{fires_for, is_row_level, timing};
use crate::facts::find::qualified;
use crate::facts::rows::Trigger;
use crate::path::Operation;

/// One trigger.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TriggerEntry {
    /// Its name.
    pub name: String,
    /// The relation it stands on.
    pub relation: String,
    /// `BEFORE`, `AFTER` or `INSTEAD OF`.
    pub timing: &'static str,
    /// What it fires for.
    pub events: Vec<Operation>,
    /// `ROW` or `STATEMENT`.
    pub level: &'static str,
    /// Its `WHEN`.
    pub condition: Option<String>,
    /// In which sessions it fires.
    pub enabled: &'static str,
    /// What it calls.
    pub function: String,
    /// The plain SHA-256 of that function's body.
    pub body_hash: Option<Digest>,
    /// What the body may do.
    pub effects: Vec<String>,
}

/// Every trigger that no constraint made, on the relation and on what shares its rows.
pub(crate) fn triggers(case: &Case<'_>) -> Vec<TriggerEntry> {
    let mut members = vec![case.relation.oid];
    members.extend(case.facts.descendants(case.relation.oid));
    members
        .iter()
        .flat_map(|member| case.facts.triggers_on(*member))
        .map(|trigger| entry(case, trigger))
        .collect()
}

fn entry(case: &Case<'_>, trigger: &Trigger) -> TriggerEntry {
    let function = case.facts.function(trigger.function);
    let body = function.map(|function| {
        let text = function.sql_body.as_ref().or(function.source.as_ref());
        let mut hasher = ContentHasher::new();
        hasher.update(text.map(String::as_bytes).unwrap_or_default());
        hasher.finish()
    });
    let may = match function {
        None => vec!["its function was not read".to_owned()],
        Some(function) => {
            let found = effects(function);
            // After the row is written, an assignment changes nothing.
            let normalises = timing(trigger) == "BEFORE"
                && is_row_level(trigger)
                && !found.normalises.is_empty();
            let mut may = Vec::new();
            let plain = [
                (found.raises, "raises"),
                (normalises, "normalises the new row"),
                (found.notifies, "notifies"),
                (found.dynamic, "runs text that it makes"),
                (function.security_definer, "runs as its owner"),
            ];
            let said = plain.iter().filter(|(does, _)| *does);
            may.extend(said.map(|(_, what)| (*what).to_owned()));
            may.extend(found.opaque.map(|why| format!("not understood: {why}")));
            may.extend(found.writes.iter().map(|(operation, name)| {
                let schema = name.schema.as_deref().map(|schema| format!("{schema}."));
                let schema = schema.unwrap_or_default();
                format!("{} `{schema}{}`", operation.as_str(), name.name)
            }));
            may
        }
    };
    TriggerEntry {
        name: trigger.name.clone(),
        relation: case.facts.relation_name(trigger.relation),
        timing: timing(trigger),
        events: Operation::WRITES
            .into_iter()
            .filter(|operation| fires_for(trigger, *operation))
            .collect(),
        level: if is_row_level(trigger) {
            "ROW"
        } else {
            "STATEMENT"
        },
        condition: crate::family::condition(trigger),
        enabled: match trigger.enabled.as_str() {
            "A" => "ALWAYS",
            "O" => "ORIGIN",
            "R" => "REPLICA",
            _ => "DISABLED",
        },
        function: function.map_or_else(
            || format!("function {}", trigger.function),
            |function| qualified(&function.schema, &function.name),
        ),
        body_hash: body,
        effects: may,
    }
}

/// Whoever writes rows and was not declared: by name, one line each.
pub(crate) fn dual_writers(case: &Case<'_>) -> Vec<String> {
    let mut found: Vec<String> = Vec::new();
    for operation in Operation::WRITES {
        for path in case.outsiders(case.relation.oid, operation) {
            let line = format!(
                "`{}` {} ({})",
                path.role,
                operation.as_str(),
                path.certainty.as_str()
            );
            if !case.is_governed(&path.role) && !found.contains(&line) {
                found.push(line);
            }
        }
    }
    found
}

/// The triggers that the accepted inventory lacks; none where no inventory was accepted.
pub(crate) fn unaccounted(case: &Case<'_>, triggers: &[TriggerEntry]) -> Vec<String> {
    let Some(accepted) = &case.declaration.triggers else {
        return Vec::new();
    };
    let found = triggers.iter().map(|trigger| trigger.name.clone());
    found.filter(|name| !accepted.contains(name)).collect()
}
