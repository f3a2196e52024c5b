//! A relation and all that share its rows, as the guard analysis wants them told.

use std::collections::BTreeSet;

use crate::catalog::Catalog;
use crate::doors::{fires_for, is_row_level, search_path, timing};
use crate::facts::Facts;
use crate::facts::find::qualified;
use crate::facts::rows::{Function, Oid, Relation, Trigger};
use crate::guard::facts::{
    Enabled, FamilyFacts, FunctionFacts, Level, Operation as Guarded, RelationFacts, RelationKind,
    ReplicaMode, Timing, TriggerFacts,
};
use crate::path::Operation;
use crate::writers::silencing_roles;

/// The family of a relation; `silencing` are the functions that run with ordinary triggers silent.
pub(crate) fn family(
    facts: &Facts,
    relation: &Relation,
    custodians: &BTreeSet<String>,
    silencing: &[&Function],
) -> FamilyFacts {
    let mut trusted = custodians.clone();
    // Superusers are in every trust base; what they own is theirs anyway.
    let superusers = facts.roles.iter().filter(|role| role.superuser);
    trusted.extend(superusers.map(|role| role.name.clone()));
    let mut oids = vec![relation.oid];
    oids.extend(facts.descendants(relation.oid));
    FamilyFacts {
        owner: facts.role_name(relation.owner),
        custodians: trusted,
        replica_mode: replica_mode(facts, &oids, silencing),
        members: oids
            .iter()
            .filter_map(|oid| facts.relation(*oid))
            .map(|member| relation_facts(facts, member))
            .collect(),
    }
}

/// What guards one operation, in the guard analysis's words; none for what it does not judge.
pub(crate) fn guarded(operation: Operation) -> Option<Guarded> {
    match operation {
        Operation::Insert => Some(Guarded::Insert),
        Operation::Update => Some(Guarded::Update),
        Operation::Delete => Some(Guarded::Delete),
        Operation::Truncate => Some(Guarded::Truncate),
        Operation::Trigger | Operation::Refresh | Operation::Control => None,
    }
}

fn replica_mode(facts: &Facts, members: &[Oid], silencing: &[&Function]) -> ReplicaMode {
    let rests_on = [
        Catalog::Roles,
        Catalog::Settings,
        Catalog::ParameterAcls,
        Catalog::Functions,
        Catalog::Subscriptions,
    ];
    if rests_on
        .iter()
        .any(|catalog| facts.unknown.contains_key(catalog))
    {
        return ReplicaMode::Unknown;
    }
    if facts.server.replication_role != "origin" {
        return ReplicaMode::Reachable("every session begins with it".to_owned());
    }
    if let Some(silencer) = silencing_roles(facts)
        .into_iter()
        .find(|found| !facts.role(found.role).is_some_and(|role| role.superuser))
    {
        return ReplicaMode::Reachable(silencer.step.text);
    }
    if let Some(function) = silencing.first() {
        let name = qualified(&function.schema, &function.name);
        return ReplicaMode::Reachable(format!("function `{name}` runs with it (pg_proc)"));
    }
    let applied = facts
        .subscriptions
        .iter()
        .find(|row| row.relations.iter().any(|oid| members.contains(oid)));
    match applied {
        Some(row) => ReplicaMode::Reachable(format!("subscription `{}` applies with it", row.name)),
        None => trusted(facts),
    }
}

fn trusted(facts: &Facts) -> ReplicaMode {
    let mut superusers = facts.roles.iter();
    match superusers.find(|role| role.superuser && role.can_login) {
        Some(role) => ReplicaMode::Trusted(role.name.clone()),
        None => ReplicaMode::Unreachable,
    }
}

fn relation_facts(facts: &Facts, relation: &Relation) -> RelationFacts {
    let columns = facts.columns(relation.oid).iter();
    RelationFacts {
        name: facts.relation_name(relation.oid),
        kind: match relation.kind.as_str() {
            "r" => RelationKind::Ordinary,
            "p" => RelationKind::Partitioned,
            "f" => RelationKind::Foreign,
            _ => RelationKind::Other,
        },
        is_partition: relation.is_partition,
        has_parent: facts.has_parent(relation.oid),
        columns: columns
            .filter(|column| column.generated.is_empty())
            .map(|column| column.name.clone())
            .collect(),
        triggers: facts
            .triggers_on(relation.oid)
            .map(|trigger| trigger_facts(facts, trigger))
            .collect(),
        rules: facts
            .rules_on(relation.oid)
            .filter(|rule| rule.enabled != "D")
            .filter_map(|rule| match rule.event.as_str() {
                "2" => Some(Guarded::Update),
                "3" => Some(Guarded::Insert),
                "4" => Some(Guarded::Delete),
                _ => None,
            })
            .collect(),
    }
}

fn trigger_facts(facts: &Facts, trigger: &Trigger) -> TriggerFacts {
    TriggerFacts {
        name: trigger.name.clone(),
        timing: match timing(trigger) {
            "BEFORE" => Timing::Before,
            "INSTEAD OF" => Timing::InsteadOf,
            _ => Timing::After,
        },
        level: if is_row_level(trigger) {
            Level::Row
        } else {
            Level::Statement
        },
        events: Operation::WRITES
            .into_iter()
            .filter(|operation| fires_for(trigger, *operation))
            .filter_map(guarded)
            .collect(),
        // What is not one of the server's letters fires for nobody, as far as this program knows.
        enabled: match trigger.enabled.as_str() {
            "A" => Enabled::Always,
            "O" => Enabled::Origin,
            "R" => Enabled::Replica,
            _ => Enabled::Disabled,
        },
        update_columns: trigger
            .columns
            .iter()
            .flatten()
            .filter_map(|number| facts.column_numbered(trigger.relation, *number))
            .map(|column| column.name.clone())
            .collect(),
        when: condition(trigger),
        deferrable: trigger.deferrable,
        function: function_facts(facts, trigger.function),
    }
}

/// The text of a trigger's `WHEN`, where it has one.
pub(crate) fn condition(trigger: &Trigger) -> Option<String> {
    if !trigger.conditional {
        return None;
    }
    let text = trigger.definition.as_str();
    let from = text.find(" WHEN (").map(|at| at.saturating_add(6));
    let to = text.rfind(" EXECUTE ");
    let inside = from.zip(to).and_then(|(from, to)| text.get(from..to));
    // Conditional it is, even where the text is not found.
    Some(inside.unwrap_or(text).trim().to_owned())
}

fn function_facts(facts: &Facts, oid: Oid) -> FunctionFacts {
    match facts.function(oid) {
        Some(function) => FunctionFacts {
            name: qualified(&function.schema, &function.name),
            language: function.language.clone(),
            owner: facts.role_name(function.owner),
            body: function.source.clone().unwrap_or_default(),
            search_path: search_path(function).map(str::to_owned),
            security_definer: function.security_definer,
            strict: function.strict,
        },
        // A function that was not read is one whose body nobody knows.
        None => FunctionFacts {
            name: format!("function {oid}"),
            language: "unknown".to_owned(),
            owner: "unknown".to_owned(),
            body: String::new(),
            search_path: None,
            security_definer: false,
            strict: false,
        },
    }
}

#[cfg(test)]
mod tests;
