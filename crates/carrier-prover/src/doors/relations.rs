//! What a write on a relation makes happen: views, rules, foreign keys, triggers, children.

use std::collections::BTreeSet;

use super::names::{Stranger, is_trusted};
use super::{Names, Node, Place, User, World};
use crate::facts::Facts;
use crate::facts::find::{holders, qualified};
use crate::facts::rows::{Constraint, Oid, Relation, Rule, Trigger};
use crate::path::{Operation, Step};

/// The bits of `pg_trigger.tgtype`.
const BEFORE: u32 = 1 << 1;
const INSERT: u32 = 1 << 2;
const DELETE: u32 = 1 << 3;
const UPDATE: u32 = 1 << 4;
const TRUNCATE: u32 = 1 << 5;
const INSTEAD: u32 = 1 << 6;

impl World<'_> {
    pub(super) fn after_write(
        &mut self,
        relation: Oid,
        operation: Operation,
        user: Option<User>,
    ) -> Vec<(Node, Step)> {
        let Some(row) = self.facts.relation(relation) else {
            return Vec::new();
        };
        let mut found = Vec::new();
        if row.kind == "v" {
            found.extend(self.through_view(row, operation, user));
        }
        found.extend(self.through_rules(row, operation, user));
        found.extend(self.through_cascades(row, operation, user));
        found.extend(self.through_triggers(row, operation, user));
        found.extend(self.through_expressions(row, operation, user));
        found.extend(self.to_children(row, operation, user));
        if let Some(user) = gaining(user) {
            found.push(self.reading(row, operation, user));
            for stranger in triggering(self.facts, row, user.role) {
                self.plant(stranger, Place::Relation(relation), user.role);
            }
        }
        found
    }

    fn through_view(
        &mut self,
        view: &Relation,
        operation: Operation,
        user: Option<User>,
    ) -> Vec<(Node, Step)> {
        if !updates(view, operation) {
            return Vec::new();
        }
        let rules = self.rules.get(&view.oid).cloned().unwrap_or_default();
        let bases: Vec<Oid> = rules
            .iter()
            .filter(|rule| rule.event == "1")
            .filter_map(|rule| self.reads.get(&rule.oid))
            .flatten()
            .copied()
            .filter(|base| *base != view.oid)
            .collect();
        let (checked, checked_name) = match (is_security_invoker(view), user) {
            (false, _) => (view.owner, "its owner"),
            (true, Some(user)) => (user.role, "whoever runs it"),
            // Whoever writes through it needs the privilege below as well: no door.
            (true, None) => return Vec::new(),
        };
        let only = bases.len() == 1;
        let mut found = Vec::new();
        for base in bases {
            if !self.may(checked, base, operation) {
                continue;
            }
            let text = format!(
                "view `{}` passes {} on to `{}`, checked against {checked_name} `{}` (pg_rewrite)",
                self.facts.relation_name(view.oid),
                operation.as_str(),
                self.facts.relation_name(base),
                self.facts.role_name(checked),
            );
            let step = if only {
                Step::certain(text)
            } else {
                Step::possible(text + ", if it is the one it updates")
            };
            found.push((
                Node::Write {
                    relation: base,
                    operation,
                    user,
                },
                step,
            ));
        }
        found
    }

    fn through_rules(
        &mut self,
        relation: &Relation,
        operation: Operation,
        user: Option<User>,
    ) -> Vec<(Node, Step)> {
        let rules: Vec<&Rule> = self
            .rules
            .get(&relation.oid)
            .into_iter()
            .flatten()
            .copied()
            .filter(|rule| rule_event(rule) == Some(operation) && rule.enabled != "D")
            .collect();
        let mut found = Vec::new();
        for rule in rules {
            let referenced = self.reads.get(&rule.oid).cloned().unwrap_or_default();
            let effects = self
                .rule_effects
                .get(&rule.oid)
                .cloned()
                .unwrap_or_default();
            for target in referenced {
                found.extend(gaining(user).map(|user| self.read_by_rule(rule, target, user)));
                for written in Operation::WRITES {
                    let named = effects.opaque.is_some()
                        || effects.writes.iter().any(|(verb, name)| {
                            *verb == written
                                && self
                                    .facts
                                    .relation(target)
                                    .is_some_and(|row| row.name == name.name)
                        });
                    if !named || !self.may(relation.owner, target, written) {
                        continue;
                    }
                    let text = format!(
                        "rule `{}` on {} to `{}` may {} `{}`, checked against `{}` (pg_rewrite)",
                        rule.name,
                        operation.as_str(),
                        self.facts.relation_name(relation.oid),
                        written.as_str(),
                        self.facts.relation_name(target),
                        self.facts.role_name(relation.owner),
                    );
                    let node = Node::Write {
                        relation: target,
                        operation: written,
                        user,
                    };
                    found.push((node, Step::possible(text)));
                }
            }
        }
        found
    }

    fn through_cascades(
        &mut self,
        relation: &Relation,
        operation: Operation,
        user: Option<User>,
    ) -> Vec<(Node, Step)> {
        let keys: Vec<&Constraint> = self
            .cascades
            .get(&relation.oid)
            .into_iter()
            .flatten()
            .copied()
            .filter(|key| key.enforced)
            .collect();
        let mut found = Vec::new();
        for key in keys {
            let Some(written) = cascaded(key, operation) else {
                continue;
            };
            let Some(child) = self.facts.relation(key.relation) else {
                continue;
            };
            let owner = child.owner;
            let text = format!(
                "foreign key `{}`: {} on `{}` makes {} on `{}` as its owner `{}` (pg_constraint)",
                key.name,
                operation.as_str(),
                self.facts.relation_name(relation.oid),
                written.as_str(),
                self.facts.relation_name(child.oid),
                self.facts.role_name(owner),
            );
            let step = if self.may(owner, child.oid, written) {
                Step::certain(text)
            } else {
                Step::possible(text + ", which now lacks the privilege")
            };
            let node = Node::Write {
                relation: child.oid,
                operation: written,
                user: Some(as_owner(owner, user)),
            };
            found.push((node, step));
        }
        found
    }

    fn through_triggers(
        &mut self,
        relation: &Relation,
        operation: Operation,
        user: Option<User>,
    ) -> Vec<(Node, Step)> {
        let triggers: Vec<&Trigger> = self
            .triggers
            .get(&relation.oid)
            .into_iter()
            .flatten()
            .copied()
            .filter(|trigger| trigger.enabled != "D" && fires_for(trigger, operation))
            .collect();
        triggers
            .into_iter()
            .map(|trigger| {
                let called = self.facts.function(trigger.function).map_or_else(
                    || format!("function {}", trigger.function),
                    |function| qualified(&function.schema, &function.name),
                );
                let text = format!(
                    "trigger `{}` on {} of `{}` calls `{called}` (pg_trigger)",
                    trigger.name,
                    operation.as_str(),
                    self.facts.relation_name(relation.oid),
                );
                let sure =
                    !trigger.conditional && trigger.columns.is_none() && trigger.enabled != "R";
                let step = if sure {
                    Step::certain(text)
                } else {
                    Step::possible(text + ", under a condition")
                };
                let node = Node::Run {
                    function: trigger.function,
                    user,
                };
                (node, step)
            })
            .collect()
    }

    // Checks, defaults, index keys, conditions of triggers, rules and policies call functions too; as
    // the session itself these can do nothing that it could not.
    fn through_expressions(
        &self,
        relation: &Relation,
        operation: Operation,
        user: Option<User>,
    ) -> Vec<(Node, Step)> {
        if user.is_none() {
            return Vec::new();
        }
        let is_judged = matches!(operation, Operation::Insert | Operation::Update);
        let called = self.facts.called_by_expressions(relation.oid, is_judged);
        called
            .into_iter()
            .map(|function| {
                let text = format!(
                    "{} on `{}` may call `{}` (pg_depend)",
                    operation.as_str(),
                    self.facts.relation_name(relation.oid),
                    qualified(&function.schema, &function.name),
                );
                let function = function.oid;
                (Node::Run { function, user }, Step::possible(text))
            })
            .collect()
    }

    // A statement on a parent reaches its children, whose own privileges nobody checks.
    fn to_children(
        &self,
        relation: &Relation,
        operation: Operation,
        user: Option<User>,
    ) -> Vec<(Node, Step)> {
        if operation == Operation::Insert && relation.kind != "p" {
            return Vec::new();
        }
        self.children
            .get(&relation.oid)
            .into_iter()
            .flatten()
            .map(|child| {
                let text = format!(
                    "{} on `{}` reaches its child `{}` (pg_inherits)",
                    operation.as_str(),
                    self.facts.relation_name(relation.oid),
                    self.facts.relation_name(*child),
                );
                let node = Node::Write {
                    relation: *child,
                    operation,
                    user,
                };
                (node, Step::certain(text))
            })
            .collect()
    }
}

/// As whom something is done that whoever makes it happen might not do: as whoever the session acts
/// as it could, and as one as whom anything is done already nothing is gained.
pub(super) fn gaining(user: Option<User>) -> Option<User> {
    user.filter(|user| user.names != Names::Anybody)
}

/// Who else can make a trigger of a relation run while a role writes it.
fn triggering(facts: &Facts, relation: &Relation, role: Oid) -> Vec<Stranger> {
    let granted = holders(relation.acl.as_ref(), "TRIGGER").map(|grant| grant.grantee);
    let makers: BTreeSet<Oid> = std::iter::once(relation.owner)
        .chain(granted)
        .filter(|maker| !is_trusted(facts, *maker, role))
        .collect();
    let strangers = makers.into_iter().map(|maker| Stranger {
        role: maker,
        how: format!(
            "`{}` may put a trigger on `{}`, which is written as `{}` (pg_class)",
            facts.role_name(maker),
            facts.relation_name(relation.oid),
            facts.role_name(role),
        ),
    });
    strangers.collect()
}

/// Whether a trigger fires for an operation.
pub(crate) fn fires_for(trigger: &Trigger, operation: Operation) -> bool {
    let bit = match operation {
        Operation::Insert => INSERT,
        Operation::Update => UPDATE,
        Operation::Delete => DELETE,
        Operation::Truncate => TRUNCATE,
        Operation::Trigger | Operation::Refresh | Operation::Control => 0,
    };
    trigger.type_bits & bit != 0
}

/// Whether a trigger fires before, or instead.
pub(crate) fn timing(trigger: &Trigger) -> &'static str {
    if trigger.type_bits & INSTEAD != 0 {
        "INSTEAD OF"
    } else if trigger.type_bits & BEFORE != 0 {
        "BEFORE"
    } else {
        "AFTER"
    }
}

/// Whether a trigger fires for each row.
pub(crate) fn is_row_level(trigger: &Trigger) -> bool {
    trigger.type_bits & 1 != 0
}

/// Whether a view passes an operation on by itself, as `pg_relation_is_updatable` says.
pub(crate) fn updates(view: &Relation, operation: Operation) -> bool {
    let event = match operation {
        Operation::Update => 1 << 2,
        Operation::Insert => 1 << 3,
        Operation::Delete => 1 << 4,
        Operation::Truncate | Operation::Trigger | Operation::Refresh | Operation::Control => 0,
    };
    view.updatable & event != 0
}

/// The operation that a rule speaks to.
pub(crate) fn rule_event(rule: &Rule) -> Option<Operation> {
    match rule.event.as_str() {
        "2" => Some(Operation::Update),
        "3" => Some(Operation::Insert),
        "4" => Some(Operation::Delete),
        _ => None,
    }
}

fn is_security_invoker(view: &Relation) -> bool {
    view.options.iter().flatten().any(|option| {
        option
            .strip_prefix("security_invoker=")
            .is_some_and(|value| matches!(value, "true" | "on" | "1" | "yes"))
    })
}

/// The owner as whom a foreign key writes; names are still looked up where they were.
fn as_owner(owner: Oid, user: Option<User>) -> User {
    let names = match user {
        Some(user) if user.role == owner => user.names,
        Some(User {
            names: Names::Function,
            ..
        }) => Names::Function,
        Some(_) | None => Names::Session,
    };
    User { role: owner, names }
}

/// What a foreign key does to the referencing relation.
fn cascaded(key: &Constraint, operation: Operation) -> Option<Operation> {
    match (operation, key.on_delete.as_str(), key.on_update.as_str()) {
        (Operation::Delete, "c", _) => Some(Operation::Delete),
        (Operation::Delete, "n" | "d", _) | (Operation::Update, _, "c" | "n" | "d") => {
            Some(Operation::Update)
        }
        _ => None,
    }
}
