//! What a running function makes happen.

use super::names::{Deciding, Stranger, deciding, holding, is_trusted, making, search_path};
use super::relations::gaining;
use super::spoken::{is_on, searched};
use super::{Names, Node, Place, User, World, is_callable};
use crate::body::{Effects, Name};
use crate::facts::Facts;
use crate::facts::find::{holders, qualified};
use crate::facts::rows::{Function, Oid, Relation};
use crate::path::{Operation, Step};

impl World<'_> {
    pub(super) fn after_run(&mut self, function: Oid, user: Option<User>) -> Vec<(Node, Step)> {
        let Some(row) = self.facts.function(function) else {
            return Vec::new();
        };
        let user = acting(self.facts, row, user);
        let effects = self.effects.get(&function).cloned().unwrap_or_default();
        let mut found = self.named_writes(row, &effects, user);
        found.extend(self.inner_calls(row, &effects, user));
        let Some(user) = gaining(user) else {
            return found;
        };
        if let Some(why) = self.unbounded(row, &effects, user) {
            let text = format!(
                "`{}` runs as `{}` and could do anything: {why} (pg_proc)",
                qualified(&row.schema, &row.name),
                self.facts.role_name(user.role)
            );
            found.push((Node::Anything { user: user.role }, Step::possible(text)));
        }
        found.extend(self.resting(row, &effects, user));
        for stranger in self.strangers(row, &effects, user.role) {
            self.plant(stranger, Place::Function(function), user.role);
        }
        found
    }

    /// Who else decides what a function does while a role acts: who may replace it, and who makes
    /// what its names can mean.
    fn strangers(&self, function: &Function, effects: &Effects, role: Oid) -> Vec<Stranger> {
        let facts = self.facts;
        let called = qualified(&function.schema, &function.name);
        let mut found = Vec::new();
        if !is_trusted(facts, function.owner, role) {
            found.push(Stranger {
                role: function.owner,
                how: format!(
                    "`{}` may replace it (pg_proc.proowner)",
                    facts.role_name(function.owner)
                ),
            });
        }
        // One that is made anew in its place runs as whoever makes it.
        if !function.security_definer
            && let Some(holder) = holding(facts, function.schema_oid, role)
        {
            found.push(Stranger {
                role: holder,
                how: format!(
                    "`{}` may make another in its schema's place (pg_namespace)",
                    facts.role_name(holder)
                ),
            });
        }
        if function.sql_body.is_none() {
            if let Some(Deciding::Others(others)) =
                search_path(function).map(|path| deciding(facts, path, role))
            {
                found.extend(others);
            }
            let schemas = self.looked_into(function, effects);
            found.extend(schemas.iter().flat_map(|name| making(facts, name, role)));
        }
        for stranger in &mut found {
            let acting = facts.role_name(role);
            stranger.how = format!("`{called}` runs as `{acting}`, and {}", stranger.how);
        }
        found
    }

    fn named_writes(
        &mut self,
        function: &Function,
        effects: &Effects,
        user: Option<User>,
    ) -> Vec<(Node, Step)> {
        let Some(user) = user else {
            return Vec::new();
        };
        let called = qualified(&function.schema, &function.name);
        let mut found = Vec::new();
        for (operation, name) in &effects.writes {
            let (targets, exact) = resolve(&self.relations_named, function, name);
            for target in targets {
                if !self.may(user.role, target.oid, *operation) {
                    continue;
                }
                let text = format!(
                    "`{called}` does {} on `{}` as `{}` (pg_proc.prosrc)",
                    operation.as_str(),
                    self.facts.relation_name(target.oid),
                    self.facts.role_name(user.role),
                );
                let step = if exact && effects.straight && !effects.is_unbounded() {
                    Step::certain(text)
                } else {
                    Step::possible(text + ", on some of its ways")
                };
                let node = Node::Write {
                    relation: target.oid,
                    operation: *operation,
                    user: Some(user),
                };
                found.push((node, step));
            }
        }
        found
    }

    fn inner_calls(
        &self,
        function: &Function,
        effects: &Effects,
        user: Option<User>,
    ) -> Vec<(Node, Step)> {
        let mut found = Vec::new();
        // `row.name` calls a function of the row's type as `name(row)` does.
        let computed = effects.mentions.iter().filter(|name| name.schema.is_some());
        let computed = computed.map(|name| (None, name.name.as_str()));
        let calls = effects.calls.iter();
        let calls = calls.map(|name| (Some(name), name.name.as_str()));
        for (name, called) in calls.chain(computed) {
            let candidates = self.named.get(called).into_iter().flatten();
            for inner in candidates {
                let meant = match name {
                    Some(name) => is_on(searched(function, name).as_ref(), &inner.schema),
                    None => self.takes_a_row(inner),
                };
                if !meant || inner.oid == function.oid || inner.returns == "trigger" {
                    continue;
                }
                let text = format!(
                    "`{}` may call `{}` (pg_proc.prosrc)",
                    qualified(&function.schema, &function.name),
                    qualified(&inner.schema, &inner.name)
                );
                let node = Node::Run {
                    function: inner.oid,
                    user,
                };
                found.push((node, Step::possible(text)));
            }
        }
        found
    }

    /// Why a function that runs as somebody else could do anything that this somebody can.
    fn unbounded(&self, function: &Function, effects: &Effects, user: User) -> Option<String> {
        if let Some(why) = &effects.opaque {
            return Some(why.clone());
        }
        if effects.dynamic {
            return Some("it runs text that it makes".to_owned());
        }
        if effects.names_search_path {
            return Some("it speaks of search_path, and may set another one".to_owned());
        }
        if effects.fetches && fetches_from_anywhere(effects) {
            return Some("it fetches from a cursor that the session may have opened".to_owned());
        }
        if let Some(of) = function.argument_types.iter().find(|of| is_brought(of)) {
            return Some(format!(
                "its argument is `{of}`, of whatever type the session makes"
            ));
        }
        if let Some(name) = self.temporary(function, effects) {
            return Some(format!("`{name}` in it may be the session's own"));
        }
        // What stands in an SQL-standard body is bound when it is made, not looked up by name.
        if function.sql_body.is_some() {
            return None;
        }
        match search_path(function) {
            Some(path) => match deciding(self.facts, path, user.role) {
                Deciding::Caller(why) => Some(why.to_owned()),
                Deciding::Others(_) => None,
            },
            None if user.names == Names::Function => None,
            None => {
                Some("its search_path is not pinned, so that names in it can be taken over".into())
            }
        }
    }

    pub(super) fn after_anything(&mut self, user: Oid) -> Vec<(Node, Step)> {
        let relations: Vec<Oid> = self.facts.relations.iter().map(|row| row.oid).collect();
        let mut found = Vec::new();
        for relation in relations {
            for operation in Operation::WRITES {
                if self.may(user, relation, operation) {
                    let text = format!(
                        "`{}` may {} `{}`",
                        self.facts.role_name(user),
                        operation.as_str(),
                        self.facts.relation_name(relation)
                    );
                    let node = Node::Write {
                        relation,
                        operation,
                        user: Some(User {
                            role: user,
                            names: Names::Anybody,
                        }),
                    };
                    found.push((node, Step::possible(text)));
                }
            }
        }
        found.extend(self.calling(user));
        // A superuser gains nothing by becoming another.
        if !self.facts.role(user).is_some_and(|role| role.superuser) {
            found.extend(self.becoming(user));
        }
        found
    }

    /// What a role may call, and others may not.
    fn calling(&mut self, user: Oid) -> Vec<(Node, Step)> {
        let facts = self.facts;
        let held = self.held(user);
        let callable = facts.functions.iter().filter(|row| is_callable(row));
        let own = callable.filter(|row| {
            let mut callers = holders(row.acl.as_ref(), "EXECUTE");
            callers.any(|grant| held.contains(&grant.grantee))
        });
        let found = own.map(|row| {
            let text = format!(
                "`{}` may execute `{}` (pg_proc.proacl)",
                facts.role_name(user),
                qualified(&row.schema, &row.name)
            );
            let role = User {
                role: user,
                names: Names::Anybody,
            };
            let node = Node::Run {
                function: row.oid,
                user: Some(role),
            };
            (node, Step::possible(text))
        });
        found.collect()
    }

    /// Whoever can do anything as a role can give what that role may give, memberships too.
    fn becoming(&self, user: Oid) -> impl Iterator<Item = (Node, Step)> {
        let reached = self.roles.reach_of(user, &self.held_by_all);
        reached.into_iter().skip(1).map(|reached| {
            let steps: Vec<String> = reached.steps.into_iter().map(|step| step.text).collect();
            let node = Node::Anything { user: reached.role };
            (node, Step::possible(steps.join(", ")))
        })
    }
}

/// Whether the cursor may be another than one that is declared with its query and opened.
fn fetches_from_anywhere(effects: &Effects) -> bool {
    let mentions = |wanted: &str| effects.mentions.iter().any(|name| name.name == wanted);
    mentions("refcursor") || !mentions("cursor") || !mentions("open")
}

/// Whether the caller chooses the type of an argument, and so which casts and operators apply to it.
fn is_brought(of: &str) -> bool {
    of == "record" || of.trim_matches('"').starts_with("any")
}

/// As whom a function does what it does.
fn acting(facts: &Facts, function: &Function, caller: Option<User>) -> Option<User> {
    let role = if function.security_definer {
        function.owner
    } else {
        caller?.role
    };
    if let Some(user) = caller.filter(|user| user.role == role && user.names == Names::Anybody) {
        return Some(user);
    }
    let names = match search_path(function).map(|path| deciding(facts, path, role)) {
        // A path of its own takes the place of its caller's.
        Some(Deciding::Others(others)) if others.is_empty() => Names::Function,
        Some(_) => Names::Session,
        None => match caller.map(|user| user.names) {
            Some(Names::Function) => Names::Function,
            Some(Names::Session | Names::Anybody) | None => Names::Session,
        },
    };
    Some(User { role, names })
}

/// The relations that a name in a body may mean, and whether it can mean only one.
pub(crate) fn resolve<'facts>(
    named: &std::collections::BTreeMap<&'facts str, Vec<&'facts Relation>>,
    function: &Function,
    name: &Name,
) -> (Vec<&'facts Relation>, bool) {
    let candidates = named.get(name.name.as_str()).cloned().unwrap_or_default();
    if let Some(schema) = &name.schema {
        let exact = candidates.into_iter().filter(|row| row.schema == *schema);
        return (exact.collect(), true);
    }
    let exact = candidates.len() == 1 && search_path(function).is_some();
    (candidates, exact)
}

#[cfg(test)]
mod tests;
