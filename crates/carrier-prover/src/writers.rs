//! Effective writers: who can do what to a relation, and through which path.

mod control;
mod session;
mod statement;
mod way;

pub(crate) use control::silencing_roles;
pub(crate) use statement::{made_up, update_of, write};

use std::collections::{BTreeMap, BTreeSet};

use serde::Serialize;

use crate::doors::{Door, Doors, Holder, Node, fires_for, holders_of, rule_event, updates};
use crate::facts::find::holders;
use crate::facts::rows::{Function, Oid, PUBLIC, Relation, Role};
use crate::facts::{FIRST_OWN, Facts};
use crate::path::{Certainty, Operation, Step, certainty};
use crate::roles::RoleGraph;
use session::{Held, Session};
use way::Way;

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
    sessions: Vec<Session<'facts>>,
    privileges: BTreeMap<Oid, Held>,
    /// The roles that may look into every schema.
    everywhere: Vec<Oid>,
    /// The functions that run with ordinary triggers silent.
    pub(crate) silencing: Vec<&'facts Function>,
}

impl<'facts> Closure<'facts> {
    pub(crate) fn new(facts: &'facts Facts) -> Self {
        let graph = RoleGraph::new(facts);
        let privileges = graph.privileges();
        let sessions = facts
            .roles
            .iter()
            .filter(|role| role.can_login || role.oid >= FIRST_OWN)
            .map(|role| Session::new(facts, &graph, &privileges, role))
            .collect();
        let everywhere = ["pg_write_all_data", "pg_read_all_data"].iter();
        Self {
            facts,
            doors: Doors::new(facts),
            sessions,
            privileges: session::held(privileges),
            everywhere: everywhere
                .filter_map(|name| facts.role_named(name))
                .map(|role| role.oid)
                .collect(),
            silencing: control::silencing_functions(facts),
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
            for session in &self.sessions {
                found.extend(self.paths(session, operation, relation, &openings));
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
        let mut rules = self.facts.rules_on(view.oid);
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
            Operation::Control => {
                let unforeseen = self.unforeseen(relation).into_iter();
                let doors = unforeseen.flat_map(|user| self.doors.to_anything(user));
                let opened = doors.filter_map(|door| self.opened(door, relation, operation));
                let mut found = control::openings(self.facts, relation);
                found.extend(opened);
                found
            }
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

    /// The roles that control a relation and as which something happens that nobody can foresee.
    pub(crate) fn unforeseen(&self, relation: &Relation) -> Vec<Oid> {
        let openings = control::openings(self.facts, relation);
        // What a session begins with is no business of what happens in it.
        let holders: BTreeSet<Oid> = openings
            .iter()
            .filter(|opening| !opening.by_login)
            .flat_map(|opening| opening.holders.iter().map(|holder| holder.role))
            .collect();
        let controls = |user: &Oid| {
            let role = self.facts.role(*user);
            let held = self.privileges.get(user).into_iter().flatten();
            let mut all = std::iter::once(&PUBLIC).chain(held.map(|(role, _)| role));
            role.is_some_and(|role| role.superuser) || all.any(|role| holders.contains(role))
        };
        self.doors.unforeseen().filter(controls).collect()
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
            Node::Plant { role, .. } => {
                let text = format!("`{}` decides what others run", self.facts.role_name(role));
                Some(Opening {
                    holders: vec![Holder {
                        role,
                        step: Step::possible(text),
                        columns: None,
                        grantable: false,
                    }],
                    schema: None,
                    steps: door.steps,
                    statement: Statement::Said(String::new()),
                    relation: target.oid,
                    entry: None,
                    secured,
                    by_login: false,
                })
            }
            Node::Read { .. } | Node::Anything { .. } => None,
        }
    }

    /// What stands in the way of emptying a relation that others refer to.
    fn referred_to(&self, relation: Oid, operation: Operation) -> Option<Step> {
        let mut keys = self.facts.references_to(relation);
        let key = (operation == Operation::Truncate)
            .then(|| keys.find(|key| key.relation != relation))
            .flatten()?;
        Some(Step::possible(format!(
            "`{}` refers to it by `{}`, so that TRUNCATE is needed there too (pg_constraint)",
            self.facts.relation_name(key.relation),
            key.name
        )))
    }

    fn paths(
        &self,
        session: &Session<'facts>,
        operation: Operation,
        asked: Oid,
        openings: &[Opening],
    ) -> Vec<WriterPath> {
        let role = session.role;
        if role.superuser {
            let step = Step::certain(format!("`{}` is a superuser (pg_roles)", role.name));
            return vec![self.path(role, operation, asked, vec![step], None)];
        }
        let through = openings.iter();
        let mut ways: Vec<Way<'_>> = through
            .filter_map(|opening| self.best(session, opening))
            .chain(self.above(session))
            .collect();
        ways.sort_by_key(|way| way.rank);
        // One doubtful path more says nothing where a certain one stands.
        let is_certain = |way: &Way<'_>| way.rank.0 == Certainty::Certain;
        if ways.first().is_some_and(is_certain) {
            ways.retain(is_certain);
        }
        ways.truncate(PATHS_MAX);
        ways.into_iter()
            .map(|way| self.told(session, way, operation, asked))
            .collect()
    }

    /// A path that ends in a statement; what it is, is asked only where it is certain.
    fn path(
        &self,
        role: &Role,
        operation: Operation,
        relation: Oid,
        steps: Vec<Step>,
        ending: Option<&dyn Fn() -> String>,
    ) -> WriterPath {
        let certainty = certainty(&steps);
        let witness = (certainty == Certainty::Certain).then(|| {
            let statements = steps.iter().filter_map(|step| step.sql.clone());
            statements.chain(ending.map(|ending| ending())).collect()
        });
        WriterPath {
            role: role.name.clone(),
            can_login: role.can_login,
            superuser: role.superuser,
            operation,
            relation: self.facts.relation_name(relation),
            certainty,
            grantable: false,
            steps,
            witness: witness.filter(|statements: &Vec<String>| !statements.is_empty()),
            entry: None,
        }
    }
}
