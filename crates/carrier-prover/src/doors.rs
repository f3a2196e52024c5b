//! Doors: what a statement on one object makes happen to another.
//!
//! A node is something a session can do, an edge what the server then does by itself: a view passes
//! a write on, a foreign key cascades, a trigger or a rule writes elsewhere, a function runs as its
//! owner. Who a later check is made against travels along as the node's user.

mod calls;
mod direct;
mod names;
mod reads;
mod relations;
mod spoken;
mod standing;

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::rc::Rc;

use serde::Serialize;

use crate::body::{Effects, effects, of_text};
use crate::facts::Facts;
use crate::facts::rows::{Constraint, Function, Oid, PUBLIC, Relation, Rule, Trigger, Type};
use crate::path::{Certainty, Operation, Step, certainty};
use crate::roles::{Privileges, RoleGraph};
use names::Stranger;

/// Whom later checks are made against, where that is not whoever the session acts as; nodes are in
/// the order of its members.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub(crate) struct User {
    pub(crate) role: Oid,
    pub(crate) names: Names,
}

/// Who says what the names in a body mean.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub(crate) enum Names {
    /// The session, by its search path.
    Session,
    /// A function on the way, by a path along which nobody else makes objects.
    Function,
    /// Whoever does anything as the role already, and gains nothing by deciding that too.
    Anybody,
}

/// Something that happens, and as whom; no user where it is whoever the session acts as.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub(crate) enum Node {
    /// An operation on a relation.
    Write {
        relation: Oid,
        operation: Operation,
        user: Option<User>,
    },
    /// A function runs.
    Run { function: Oid, user: Option<User> },
    /// A relation is read, not as whoever the session acts as.
    Read { relation: Oid, user: User },
    /// Text that nobody can foresee runs as a role.
    Anything { user: Oid },
    /// A role makes or changes what then runs as somebody else.
    Plant { role: Oid, place: Place },
}

/// By what something is made to run that its maker decides.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub(crate) enum Place {
    /// A function, itself or by what it names.
    Function(Oid),
    /// A relation, by a trigger on it or by what is put in its place.
    Relation(Oid),
}

impl Node {
    /// Whether a session can do it by a statement of its own, if it has the privilege.
    fn is_entry(self, facts: &Facts) -> bool {
        match self {
            Self::Write { user, .. } => user.is_none(),
            Self::Run { function, user } => {
                user.is_none() && facts.function(function).is_some_and(is_callable)
            }
            Self::Read { .. } | Self::Anything { .. } => false,
            Self::Plant { .. } => true,
        }
    }
}

/// Whether a call gives the caller anything: a trigger function cannot be called, and what runs as
/// its caller does nothing that the caller could not.
fn is_callable(function: &Function) -> bool {
    function.security_definer
        && function.returns != "trigger"
        && matches!(function.kind.as_str(), "f" | "p")
}

/// What a session does first, and the steps that lead from it to the target.
#[derive(Clone, Debug)]
pub(crate) struct Door {
    pub(crate) entry: Node,
    pub(crate) steps: Vec<Step>,
}

/// Every edge of a database, backwards.
pub(crate) struct Doors<'facts> {
    facts: &'facts Facts,
    incoming: BTreeMap<Node, Vec<(Node, Step)>>,
}

/// From what to what, and how.
type Edge = (Node, Node, Step);

/// What is looked up while the edges are drawn.
struct World<'facts> {
    facts: &'facts Facts,
    roles: RoleGraph<'facts>,
    held_by_all: Privileges,
    triggers: BTreeMap<Oid, Vec<&'facts Trigger>>,
    rules: BTreeMap<Oid, Vec<&'facts Rule>>,
    rule_effects: BTreeMap<Oid, Effects>,
    cascades: BTreeMap<Oid, Vec<&'facts Constraint>>,
    children: BTreeMap<Oid, Vec<Oid>>,
    reads: BTreeMap<Oid, BTreeSet<Oid>>,
    effects: BTreeMap<Oid, Rc<Effects>>,
    named: BTreeMap<&'facts str, Vec<&'facts Function>>,
    relations_named: BTreeMap<&'facts str, Vec<&'facts Relation>>,
    types_named: BTreeMap<&'facts str, Vec<&'facts Type>>,
    privileges: BTreeMap<Oid, BTreeSet<Oid>>,
    /// What is drawn and not looked at yet.
    edges: Vec<Edge>,
}

impl<'facts> Doors<'facts> {
    /// Draws every edge that starts at something a session can do, or that upkeep does.
    pub(crate) fn new(facts: &'facts Facts) -> Self {
        let mut world = World::new(facts);
        let mut incoming: BTreeMap<Node, Vec<(Node, Step)>> = BTreeMap::new();
        world.plant_what_stands();
        let mut queue: VecDeque<Node> = entries(facts).chain(standing::upkept(facts)).collect();
        let mut seen: BTreeSet<Node> = queue.iter().copied().collect();
        loop {
            for (from, to, step) in std::mem::take(&mut world.edges) {
                incoming.entry(to).or_default().push((from, step));
                if seen.insert(to) {
                    queue.push_back(to);
                }
            }
            let Some(from) = queue.pop_front() else {
                break;
            };
            let found = world.after(from).into_iter();
            let found = found.map(|(to, step)| (from, to, step));
            world.edges.extend(found);
        }
        Self { facts, incoming }
    }

    /// What leads to an operation on a relation, the operation itself first; for each entry the
    /// shortest way, a certain one where there is one.
    pub(crate) fn to(&self, relation: Oid, operation: Operation) -> Vec<Door> {
        self.leading_to(self.writes(relation, operation))
    }

    /// What leads to somebody's doing anything as a role.
    pub(crate) fn to_anything(&self, user: Oid) -> Vec<Door> {
        self.leading_to(vec![Node::Anything { user }])
    }

    /// The roles as which something happens that nobody can foresee.
    pub(crate) fn unforeseen(&self) -> impl Iterator<Item = Oid> {
        self.incoming.keys().filter_map(|node| match node {
            Node::Anything { user } => Some(*user),
            Node::Write { .. } | Node::Run { .. } | Node::Read { .. } | Node::Plant { .. } => None,
        })
    }

    fn leading_to(&self, targets: Vec<Node>) -> Vec<Door> {
        let mut found: BTreeMap<Node, Vec<Step>> = BTreeMap::new();
        let mut order = Vec::new();
        let mut queue: VecDeque<(Node, Vec<Step>)> =
            targets.into_iter().map(|node| (node, Vec::new())).collect();
        // Ways with a step that is only possible wait until no certain one is left.
        let mut doubtful = VecDeque::new();
        while let Some((node, steps)) = queue.pop_front().or_else(|| doubtful.pop_front()) {
            if found.contains_key(&node) {
                continue;
            }
            for (from, step) in self.incoming.get(&node).into_iter().flatten() {
                let mut longer = vec![step.clone()];
                longer.extend(steps.iter().cloned());
                if certainty(&longer) == Certainty::Certain {
                    queue.push_back((*from, longer));
                } else {
                    doubtful.push_back((*from, longer));
                }
            }
            order.push(node);
            found.insert(node, steps);
        }
        order
            .into_iter()
            .filter(|node| node.is_entry(self.facts))
            .map(|entry| Door {
                entry,
                steps: found.remove(&entry).unwrap_or_default(),
            })
            .collect()
    }

    /// Every object on the way to an operation: what a proof about it rests on.
    pub(crate) fn behind(&self, relation: Oid, operation: Operation) -> BTreeSet<Node> {
        self.on_the_way(self.writes(relation, operation))
    }

    /// Every object on the way to somebody's doing anything as a role.
    pub(crate) fn behind_anything(&self, user: Oid) -> BTreeSet<Node> {
        self.on_the_way(vec![Node::Anything { user }])
    }

    fn on_the_way(&self, mut queue: Vec<Node>) -> BTreeSet<Node> {
        let mut found = BTreeSet::new();
        while let Some(node) = queue.pop() {
            if found.insert(node) {
                let sources = self.incoming.get(&node).into_iter().flatten();
                queue.extend(sources.map(|(from, _)| *from));
            }
        }
        found
    }

    /// An operation on a relation, as whoever the session acts as and as everybody it is led to as.
    fn writes(&self, relation: Oid, operation: Operation) -> Vec<Node> {
        let node = |user: Option<User>| Node::Write {
            relation,
            operation,
            user,
        };
        let last = User {
            role: Oid::MAX,
            names: Names::Anybody,
        };
        // Nodes are in the order of their users, nobody in particular first.
        let led_to = self.incoming.range(node(None)..=node(Some(last)));
        let others = led_to.filter_map(|(other, _)| match other {
            Node::Write {
                user: Some(user), ..
            } => Some(*user),
            Node::Write { user: None, .. }
            | Node::Run { .. }
            | Node::Read { .. }
            | Node::Anything { .. }
            | Node::Plant { .. } => None,
        });
        let others = others.filter(|user| self.facts.role(user.role).is_some());
        std::iter::once(None)
            .chain(others.map(Some))
            .map(node)
            .collect()
    }
}

fn entries(facts: &Facts) -> impl Iterator<Item = Node> {
    let writes = facts.relations.iter().flat_map(|relation| {
        Operation::WRITES.map(|operation| Node::Write {
            relation: relation.oid,
            operation,
            user: None,
        })
    });
    let runs = facts
        .functions
        .iter()
        .filter(|function| is_callable(function))
        .map(|function| Node::Run {
            function: function.oid,
            user: None,
        });
    writes.chain(runs)
}

impl<'facts> World<'facts> {
    fn new(facts: &'facts Facts) -> Self {
        let roles = RoleGraph::new(facts);
        let mut world = Self {
            facts,
            held_by_all: roles.privileges(),
            roles,
            triggers: BTreeMap::new(),
            rules: BTreeMap::new(),
            rule_effects: BTreeMap::new(),
            cascades: BTreeMap::new(),
            children: BTreeMap::new(),
            reads: BTreeMap::new(),
            effects: BTreeMap::new(),
            named: BTreeMap::new(),
            relations_named: BTreeMap::new(),
            types_named: BTreeMap::new(),
            privileges: BTreeMap::new(),
            edges: Vec::new(),
        };
        for row in facts.triggers.iter().filter(|row| !row.internal) {
            world.triggers.entry(row.relation).or_default().push(row);
        }
        for row in &facts.rules {
            world.rules.entry(row.relation).or_default().push(row);
            world.rule_effects.insert(row.oid, of_text(rule_body(row)));
        }
        for row in facts.constraints.iter().filter(|row| row.kind == "f") {
            world.cascades.entry(row.referenced).or_default().push(row);
        }
        for row in &facts.inheritance {
            world
                .children
                .entry(row.parent)
                .or_default()
                .push(row.child);
        }
        for row in &facts.dependencies {
            if row.dependent_catalog == "pg_rewrite" && row.referenced_catalog == "pg_class" {
                let read = world.reads.entry(row.dependent).or_default();
                read.insert(row.referenced);
            }
        }
        for row in &facts.functions {
            world.effects.insert(row.oid, Rc::new(effects(row)));
            world.named.entry(&row.name).or_default().push(row);
        }
        for row in &facts.relations {
            world
                .relations_named
                .entry(&row.name)
                .or_default()
                .push(row);
        }
        for row in &facts.types {
            world.types_named.entry(&row.name).or_default().push(row);
        }
        world
    }

    fn after(&mut self, from: Node) -> Vec<(Node, Step)> {
        match from {
            Node::Write {
                relation,
                operation,
                user,
            } => self.after_write(relation, operation, user),
            Node::Run { function, user } => self.after_run(function, user),
            Node::Read { relation, user } => self.after_read(relation, user),
            Node::Anything { user } => self.after_anything(user),
            // Its edges are drawn from what it is planted in.
            Node::Plant { .. } => Vec::new(),
        }
    }

    /// Whether a role, as it stands, passes the check for an operation on a relation.
    fn may(&mut self, role: Oid, relation: Oid, operation: Operation) -> bool {
        if self.facts.role(role).is_some_and(|role| role.superuser) {
            return true;
        }
        let Some(target) = self.facts.relation(relation) else {
            return false;
        };
        let holders = holders_of(self.facts, target, operation);
        let held = self.held(role);
        holders
            .iter()
            .any(|holder| holder.role == PUBLIC || held.contains(&holder.role))
    }

    /// The roles whose privileges a role has.
    fn held(&mut self, role: Oid) -> &BTreeSet<Oid> {
        let roles = &self.roles;
        self.privileges.entry(role).or_insert_with(|| {
            let reached = roles.privileges_of(role).into_iter();
            reached.map(|reached| reached.role).collect()
        })
    }

    /// Draws that somebody else decides what runs as a role.
    fn plant(&mut self, stranger: Stranger, place: Place, user: Oid) {
        self.set_off(stranger, place, Node::Anything { user });
    }

    /// Draws that somebody makes something happen without a statement of its own that says so.
    fn set_off(&mut self, stranger: Stranger, place: Place, to: Node) {
        let role = stranger.role;
        let from = Node::Plant { role, place };
        let step = Step::possible(stranger.how);
        self.edges.push((from, to, step));
    }
}

/// A rule's text after its event, so that `ON DELETE TO t DO …` is not itself a write.
fn rule_body(rule: &Rule) -> &str {
    let text = rule.definition.as_str();
    text.split_once(" DO ").map_or("", |(_, body)| body)
}

pub(crate) use direct::{Holder, holders_of};
pub(crate) use names::search_path;
pub(crate) use relations::{fires_for, is_row_level, rule_event, timing, updates};
