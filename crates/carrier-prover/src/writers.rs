//! Effective writers: who can do what to a relation, and through which path.

mod control;
mod statement;

pub(crate) use control::{functions_under, silencing_functions, silencing_roles};
pub(crate) use statement::{made_up, update_of, write};

use std::collections::BTreeMap;

use serde::Serialize;

use crate::doors::{Door, Doors, Holder, Node, fires_for, holders_of, rule_event, updates};
use crate::facts::Facts;
use crate::facts::find::holders;
use crate::facts::rows::{Constraint, Oid, PUBLIC, Relation, Role};
use crate::path::{Certainty, Operation, Step, certainty};
use crate::roles::{Reached, RoleGraph};

/// Objects below this identifier came with the server.
pub(crate) const FIRST_OWN: Oid = 16_384;

/// How many paths are kept for one role and one operation.
const PATHS_MAX: usize = 4;

/// One way in which one role can do one thing.
#[derive(Clone, Debug, Serialize)]
pub struct WriterPath {
    /// The role that a session logs in as, or would, could it log in.
    pub role: String,
    /// Whether it can log in.
    pub can_login: bool,
    /// Whether it is a superuser: trusted by assumption, never judged.
    pub superuser: bool,
    /// What it can do.
    pub operation: Operation,
    /// The relation it does it to: the one asked about, or one whose rows it shares.
    pub relation: String,
    /// How sure the path is.
    pub certainty: Certainty,
    /// Whether it may pass the privilege on.
    pub grantable: bool,
    /// Every step, each with the catalog it rests on.
    pub steps: Vec<Step>,
    /// Of a certain path: the statements that would do it.
    pub witness: Option<Vec<String>>,
    /// The relation that a statement of the session names; none where it calls a function.
    #[serde(skip)]
    pub(crate) entry: Option<Oid>,
}

impl WriterPath {
    /// The steps in one line.
    pub fn line(&self) -> String {
        let steps: Vec<&str> = self.steps.iter().map(|step| step.text.as_str()).collect();
        format!(
            "{} `{}` {}: {}",
            self.certainty.as_str(),
            self.role,
            self.operation.as_str(),
            steps.join("; ")
        )
    }

    /// Whether its statement names this relation.
    pub(crate) fn entry_is(&self, facts: &Facts, relation: &str) -> bool {
        self.entry
            .is_some_and(|entry| facts.relation_name(entry) == relation)
    }

    /// The witness in one line, as whom first.
    pub fn witness_line(&self) -> Option<String> {
        let statements = self.witness.as_ref()?;
        Some(format!("as `{}`: {}", self.role, statements.join("; ")))
    }
}

/// What a session needs in order to begin, and what follows from it.
struct Opening {
    holders: Vec<Holder>,
    /// The schema it has to be able to look into; none where it names nothing.
    schema: Option<Oid>,
    steps: Vec<Step>,
    /// The statement, or the relation and operation to make it from.
    statement: Statement,
    relation: Oid,
    /// The relation that a statement names; none where it calls a function.
    entry: Option<Oid>,
    /// The relation whose row security decides, if it is on.
    secured: Option<Oid>,
    /// Whether it is open to whoever logs in as the holder, and not to who becomes it.
    by_login: bool,
}

enum Statement {
    Said(String),
    Write(Oid, Operation),
}

/// Everybody's reach, worked out once for a database.
pub(crate) struct Closure<'facts> {
    facts: &'facts Facts,
    pub(crate) doors: Doors<'facts>,
    reaches: Vec<(&'facts Role, Vec<Reached>)>,
    privileges: BTreeMap<Oid, BTreeMap<Oid, Vec<Step>>>,
}

impl<'facts> Closure<'facts> {
    pub(crate) fn new(facts: &'facts Facts) -> Self {
        let graph = RoleGraph::new(facts);
        let reaches: Vec<(&Role, Vec<Reached>)> = facts
            .roles
            .iter()
            .filter(|role| role.can_login || role.oid >= FIRST_OWN)
            .map(|role| (role, graph.reach_of(role.oid)))
            .collect();
        let mut privileges = BTreeMap::new();
        for role in &facts.roles {
            let held = graph.privileges_of(role.oid).into_iter();
            let held = held.map(|reached| (reached.role, reached.steps)).collect();
            privileges.insert(role.oid, held);
        }
        Self {
            facts,
            doors: Doors::new(facts),
            reaches,
            privileges,
        }
    }

    /// Whoever can do anything to a relation or to rows that are read through it.
    pub(crate) fn writers(&self, relation: Oid) -> Vec<WriterPath> {
        let mut family = vec![relation];
        family.extend(self.facts.descendants(relation));
        let mut found = Vec::new();
        let asked = self.facts.relation(relation);
        let possible = Operation::ALL
            .into_iter()
            .filter(|operation| asked.is_some_and(|row| self.applies(row, *operation)));
        for operation in possible {
            let mut openings = Vec::new();
            for member in &family {
                openings.extend(self.openings(*member, operation, relation));
            }
            for (role, reach) in &self.reaches {
                found.extend(self.paths(role, reach, operation, relation, &openings));
            }
        }
        found
    }

    /// Whether a relation knows an operation at all.
    fn applies(&self, relation: &Relation, operation: Operation) -> bool {
        let kind = relation.kind.as_str();
        match operation {
            Operation::Insert | Operation::Update | Operation::Delete => match kind {
                "v" => self.is_written_through(relation, operation),
                _ => matches!(kind, "r" | "p" | "f"),
            },
            Operation::Trigger => matches!(kind, "r" | "p" | "f" | "v"),
            Operation::Truncate => matches!(kind, "r" | "p" | "f"),
            Operation::Refresh => kind == "m",
            Operation::Control => true,
        }
    }

    fn is_written_through(&self, view: &Relation, operation: Operation) -> bool {
        let triggers = self.facts.triggers_on(view.oid);
        let mut rules = self
            .facts
            .rules
            .iter()
            .filter(|rule| rule.relation == view.oid);
        updates(view, operation)
            || triggers
                .into_iter()
                .any(|trigger| fires_for(trigger, operation))
            || rules.any(|rule| rule_event(rule) == Some(operation))
    }

    fn openings(&self, member: Oid, operation: Operation, asked: Oid) -> Vec<Opening> {
        let Some(relation) = self.facts.relation(member) else {
            return Vec::new();
        };
        let mut openings = match operation {
            Operation::Control => control::openings(self.facts, relation),
            Operation::Trigger | Operation::Refresh => {
                self.unhindered(relation, operation).into_iter().collect()
            }
            Operation::Insert | Operation::Update | Operation::Delete | Operation::Truncate => {
                let doors = self.doors.to(member, operation).into_iter();
                let mut found: Vec<Opening> = doors
                    .filter_map(|door| self.opened(door, relation, operation))
                    .collect();
                found.extend(control::applied(self.facts, relation, operation));
                if relation.kind == "v" {
                    let why = "whether it writes anything is decided below it (pg_rewrite)";
                    for opening in &mut found {
                        opening.steps.push(Step::possible(why));
                    }
                }
                found
            }
        };
        if member != asked {
            for opening in &mut openings {
                opening.steps.push(Step::certain(format!(
                    "rows of `{}` are read through `{}` (pg_inherits)",
                    self.facts.relation_name(member),
                    self.facts.relation_name(asked)
                )));
            }
        }
        openings
    }

    fn unhindered(&self, relation: &Relation, operation: Operation) -> Option<Opening> {
        self.applies(relation, operation).then(|| Opening {
            holders: holders_of(self.facts, relation, operation)
                .into_iter()
                .chain(control::owner_refreshes(self.facts, relation, operation))
                .collect(),
            schema: Some(relation.schema_oid),
            steps: Vec::new(),
            statement: Statement::Write(relation.oid, operation),
            relation: relation.oid,
            entry: Some(relation.oid),
            secured: None,
            by_login: false,
        })
    }

    fn opened(&self, door: Door, target: &Relation, operation: Operation) -> Option<Opening> {
        let secured =
            (target.row_security && operation != Operation::Truncate).then_some(target.oid);
        match door.entry {
            Node::Write {
                relation,
                operation,
                ..
            } => {
                let entry = self.facts.relation(relation)?;
                let mut steps = door.steps;
                steps.extend(self.referred_to(relation, operation));
                Some(Opening {
                    holders: holders_of(self.facts, entry, operation),
                    schema: Some(entry.schema_oid),
                    steps,
                    statement: Statement::Write(relation, operation),
                    relation: target.oid,
                    entry: Some(relation),
                    secured,
                    by_login: false,
                })
            }
            Node::Run { function, .. } => {
                let entry = self.facts.function(function)?;
                let name = crate::facts::find::qualified(&entry.schema, &entry.name);
                let callers = holders(entry.acl.as_ref(), "EXECUTE").map(|grant| Holder {
                    role: grant.grantee,
                    step: Step::certain(format!(
                        "`{}` may execute `{name}` (pg_proc.proacl)",
                        self.facts.role_name(grant.grantee)
                    )),
                    columns: None,
                    grantable: grant.grantable,
                });
                Some(Opening {
                    holders: callers.collect(),
                    schema: Some(entry.schema_oid),
                    steps: door.steps,
                    statement: Statement::Said(statement::call(entry)),
                    relation: target.oid,
                    entry: None,
                    secured,
                    by_login: false,
                })
            }
            Node::Anything { .. } => None,
        }
    }

    /// What stands in the way of emptying a relation that others refer to.
    fn referred_to(&self, relation: Oid, operation: Operation) -> Option<Step> {
        let refers = |key: &&Constraint| {
            key.kind == "f" && key.referenced == relation && key.relation != relation
        };
        let mut keys = self.facts.constraints.iter();
        let key = (operation == Operation::Truncate)
            .then(|| keys.find(refers))
            .flatten()?;
        Some(Step::possible(format!(
            "`{}` refers to it by `{}`, so that TRUNCATE is needed there too (pg_constraint)",
            self.facts.relation_name(key.relation),
            key.name
        )))
    }

    fn paths(
        &self,
        role: &Role,
        reach: &[Reached],
        operation: Operation,
        asked: Oid,
        openings: &[Opening],
    ) -> Vec<WriterPath> {
        if role.superuser {
            let step = Step::certain(format!("`{}` is a superuser (pg_roles)", role.name));
            return vec![self.path(role, operation, asked, vec![step], false, None)];
        }
        let mut found: Vec<WriterPath> = Vec::new();
        for opening in openings {
            let best = reach
                .iter()
                .filter_map(|acting| self.through(role, acting, operation, opening))
                .min_by_key(|path| (path.certainty, path.steps.len()));
            found.extend(best);
        }
        let superuser = reach.iter().find(|acting| {
            self.facts
                .role(acting.role)
                .is_some_and(|role| role.superuser)
        });
        if let Some(acting) = superuser {
            let mut steps = acting.steps.clone();
            steps.push(Step::certain(format!(
                "`{}` is a superuser (pg_roles)",
                self.facts.role_name(acting.role)
            )));
            let said = self.said(&Statement::Write(asked, operation), None);
            found.push(self.path(role, operation, asked, steps, true, Some(said)));
        }
        found.sort_by_key(|path| (path.certainty, path.steps.len()));
        // One doubtful path more says nothing where a certain one stands.
        if found
            .first()
            .is_some_and(|path| path.certainty == Certainty::Certain)
        {
            found.retain(|path| path.certainty == Certainty::Certain);
        }
        found.truncate(PATHS_MAX);
        found
    }

    /// The path of a session of `role`, acting as one it reaches, through an opening.
    fn through(
        &self,
        role: &Role,
        acting: &Reached,
        operation: Operation,
        opening: &Opening,
    ) -> Option<WriterPath> {
        let held = self.privileges.get(&acting.role)?;
        let logs_in = |holder: &Holder| holder.role == PUBLIC || holder.role == role.oid;
        if opening.by_login && !(acting.role == role.oid && opening.holders.iter().all(logs_in)) {
            return None;
        }
        let (holder, inherited) = opening
            .holders
            .iter()
            .filter_map(|holder| {
                let none = Vec::new();
                match held.get(&holder.role) {
                    Some(steps) => Some((holder, steps.clone())),
                    None => (holder.role == PUBLIC).then_some((holder, none)),
                }
            })
            .min_by_key(|(holder, steps)| (holder.columns.is_some(), steps.len()))?;
        let mut steps = acting.steps.clone();
        steps.extend(inherited);
        steps.push(holder.step.clone());
        steps.extend(opening.steps.iter().cloned());
        if let Some(schema) = opening
            .schema
            .filter(|schema| !self.may_look_into(*schema, held))
        {
            let schema = self
                .facts
                .schema(schema)
                .map_or("", |schema| schema.name.as_str());
            steps.push(Step::possible(format!(
                "it lacks USAGE on schema `{schema}` (pg_namespace.nspacl)"
            )));
        }
        if let Some(secured) = opening.secured
            && !self.passes_row_security(acting.role, secured, held)
        {
            steps.push(Step::possible(
                "row security policies decide which rows (pg_policy)",
            ));
        }
        let said = self.said(&opening.statement, holder.columns.as_deref());
        let mut path = self.path(
            role,
            operation,
            opening.relation,
            steps,
            holder.grantable,
            Some(said),
        );
        path.entry = opening.entry;
        Some(path)
    }

    fn may_look_into(&self, schema: Oid, held: &BTreeMap<Oid, Vec<Step>>) -> bool {
        let Some(schema) = self.facts.schema(schema) else {
            return false;
        };
        let everywhere = ["pg_write_all_data", "pg_read_all_data"];
        held.contains_key(&schema.owner)
            || holders(schema.acl.as_ref(), "USAGE")
                .any(|grant| grant.grantee == PUBLIC || held.contains_key(&grant.grantee))
            || everywhere
                .iter()
                .filter_map(|name| self.facts.role_named(name))
                .any(|role| held.contains_key(&role.oid))
    }

    fn passes_row_security(
        &self,
        acting: Oid,
        relation: Oid,
        held: &BTreeMap<Oid, Vec<Step>>,
    ) -> bool {
        let bypasses = self
            .facts
            .role(acting)
            .is_some_and(|role| role.bypass_rls || role.superuser);
        bypasses
            || self.facts.relation(relation).is_some_and(|relation| {
                !relation.force_row_security && held.contains_key(&relation.owner)
            })
    }

    fn said(&self, statement: &Statement, columns: Option<&[i32]>) -> String {
        match statement {
            Statement::Said(text) => text.clone(),
            Statement::Write(relation, operation) => {
                write(self.facts, *relation, *operation, columns)
            }
        }
    }

    fn path(
        &self,
        role: &Role,
        operation: Operation,
        relation: Oid,
        steps: Vec<Step>,
        grantable: bool,
        statement: Option<String>,
    ) -> WriterPath {
        let certainty = certainty(&steps);
        let statements = steps.iter().filter_map(|step| step.sql.clone());
        let witness: Vec<String> = statements.chain(statement).collect();
        WriterPath {
            role: role.name.clone(),
            can_login: role.can_login,
            superuser: role.superuser,
            operation,
            relation: self.facts.relation_name(relation),
            certainty,
            grantable,
            steps,
            witness: (certainty == Certainty::Certain && !witness.is_empty()).then_some(witness),
            entry: None,
        }
    }
}
