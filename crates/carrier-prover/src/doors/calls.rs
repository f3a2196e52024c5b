//! What a running function makes happen.

use super::names::{search_path, taken_over};
use super::{Node, User, World};
use crate::body::{Effects, Name};
use crate::facts::find::qualified;
use crate::facts::rows::{Function, Oid, Relation};
use crate::path::{Operation, Step};

impl World<'_> {
    pub(super) fn after_run(&mut self, function: Oid, user: Option<User>) -> Vec<(Node, Step)> {
        let Some(row) = self.facts.function(function) else {
            return Vec::new();
        };
        let user = acting(row, user);
        let effects = self.effects.get(&function).cloned().unwrap_or_default();
        let mut found = self.named_writes(row, &effects, user);
        found.extend(self.inner_calls(row, &effects, user));
        // As whoever the session acts as, a body can do nothing that the session could not.
        if let Some(user) = user
            && let Some(why) = self.unbounded(row, &effects, user)
        {
            let text = format!(
                "`{}` runs as `{}` and could do anything: {why} (pg_proc)",
                qualified(&row.schema, &row.name),
                self.facts.role_name(user.role)
            );
            found.push((Node::Anything { user: user.role }, Step::possible(text)));
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
        for name in &effects.calls {
            let candidates = self.named.get(name.name.as_str()).into_iter().flatten();
            for inner in candidates {
                let meant = name
                    .schema
                    .as_ref()
                    .is_none_or(|schema| *schema == inner.schema);
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
        // What stands in an SQL-standard body is bound when it is made, not looked up by name.
        if function.sql_body.is_some() {
            return None;
        }
        match search_path(function) {
            Some(path) => taken_over(self.facts, path, user.role),
            None if user.pinned => None,
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
                            pinned: false,
                        }),
                    };
                    found.push((node, Step::possible(text)));
                }
            }
        }
        // A superuser needs to become nobody.
        if !self.facts.role(user).is_some_and(|role| role.superuser) {
            found.extend(self.becoming(user));
        }
        found
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

/// As whom a function does what it does.
fn acting(function: &Function, caller: Option<User>) -> Option<User> {
    let pinned = search_path(function).is_some() || caller.is_some_and(|user| user.pinned);
    if function.security_definer {
        let role = function.owner;
        return Some(User { role, pinned });
    }
    caller.map(|user| User { pinned, ..user })
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
