//! The ways of a session through an opening, ranked before any of them is written down.

use super::session::{Acting, Held, Rank, Session, Shared, joined, rank};
use super::{Closure, Opening, Statement, WriterPath, write};
use crate::doors::Holder;
use crate::facts::find::holders;
use crate::facts::rows::{Oid, PUBLIC, Schema};
use crate::path::{Operation, Step};

/// A session acts as a role that it reaches, and holds there what an opening asks for.
pub(super) struct Way<'a> {
    pub(super) rank: Rank,
    acting: &'a Acting,
    through: Through<'a>,
}

enum Through<'a> {
    /// As one of the holders.
    Held {
        opening: &'a Opening,
        holder: &'a Holder,
        /// How the role that it acts as comes by the holder's privileges; none where all have them.
        inherited: Option<&'a Shared>,
        /// What it can do nothing about, so that the way is a possible one only.
        doubts: Vec<Step>,
    },
    /// As a superuser, who asks nobody.
    Superuser(Step),
}

impl<'facts> Closure<'facts> {
    /// The best way of a session through an opening.
    pub(super) fn best<'a>(
        &'a self,
        session: &'a Session<'facts>,
        opening: &'a Opening,
    ) -> Option<Way<'a>> {
        session
            .through(opening)
            .filter_map(|acting| self.way(session, acting, opening))
            .min_by_key(|way| way.rank)
    }

    fn way<'a>(
        &'a self,
        session: &Session<'facts>,
        acting: &'a Acting,
        opening: &'a Opening,
    ) -> Option<Way<'a>> {
        let login = session.role.oid;
        let held = self.privileges.get(&acting.role)?;
        let logs_in = |holder: &Holder| holder.role == PUBLIC || holder.role == login;
        if opening.by_login && !(acting.role == login && opening.holders.iter().all(logs_in)) {
            return None;
        }
        let (holder, inherited) = opening
            .holders
            .iter()
            .filter_map(|holder| match held.get(&holder.role) {
                Some(inherited) => Some((holder, Some(inherited))),
                None => (holder.role == PUBLIC).then_some((holder, None)),
            })
            .min_by_key(|(holder, inherited)| {
                let steps = inherited.map_or(0, |inherited| inherited.steps.len());
                (holder.columns.is_some(), steps)
            })?;
        let doubts = self.doubts(acting, opening, held);
        let own = [&holder.step].into_iter().chain(&opening.steps);
        let own = joined(acting.way.rank, rank(own.chain(&doubts)));
        Some(Way {
            rank: inherited.map_or(own, |inherited| joined(own, inherited.rank)),
            acting,
            through: Through::Held {
                opening,
                holder,
                inherited,
                doubts,
            },
        })
    }

    fn doubts(&self, acting: &Acting, opening: &Opening, held: &Held) -> Vec<Step> {
        let mut doubts = Vec::new();
        if let Some(schema) = opening.schema {
            let schema = self.facts.schema(schema);
            if !schema.is_some_and(|schema| self.may_look_into(schema, held)) {
                let name = schema.map_or("", |schema| schema.name.as_str());
                doubts.push(Step::possible(format!(
                    "it lacks USAGE on schema `{name}` (pg_namespace.nspacl)"
                )));
            }
        }
        if let Some(secured) = opening.secured
            && !self.passes_row_security(acting.role, secured, held)
        {
            doubts.push(Step::possible(
                "row security policies decide which rows (pg_policy)",
            ));
        }
        doubts
    }

    fn may_look_into(&self, schema: &Schema, held: &Held) -> bool {
        held.contains_key(&schema.owner)
            || holders(schema.acl.as_ref(), "USAGE")
                .any(|grant| grant.grantee == PUBLIC || held.contains_key(&grant.grantee))
            || self.everywhere.iter().any(|role| held.contains_key(role))
    }

    fn passes_row_security(&self, acting: Oid, relation: Oid, held: &Held) -> bool {
        let bypasses = self
            .facts
            .role(acting)
            .is_some_and(|role| role.bypass_rls || role.superuser);
        bypasses
            || self.facts.relation(relation).is_some_and(|relation| {
                !relation.force_row_security && held.contains_key(&relation.owner)
            })
    }

    /// The way of a session that can act as a superuser.
    pub(super) fn above<'a>(&self, session: &'a Session<'facts>) -> Option<Way<'a>> {
        let acting = session.superuser()?;
        let step = Step::certain(format!(
            "`{}` is a superuser (pg_roles)",
            self.facts.role_name(acting.role)
        ));
        Some(Way {
            rank: joined(acting.way.rank, rank([&step])),
            acting,
            through: Through::Superuser(step),
        })
    }

    /// Writes a way down.
    pub(super) fn told(
        &self,
        session: &Session<'facts>,
        way: Way<'_>,
        operation: Operation,
        asked: Oid,
    ) -> WriterPath {
        let mut steps = way.acting.way.steps.clone();
        match way.through {
            Through::Held {
                opening,
                holder,
                inherited,
                doubts,
            } => {
                steps.extend(
                    inherited
                        .iter()
                        .flat_map(|inherited| &inherited.steps)
                        .cloned(),
                );
                steps.push(holder.step.clone());
                steps.extend_from_slice(&opening.steps);
                steps.extend(doubts);
                let ending = || self.said(&opening.statement, holder.columns.as_deref());
                let relation = opening.relation;
                let mut path = self.path(session.role, operation, relation, steps, Some(&ending));
                path.grantable = holder.grantable;
                path.entry = opening.entry;
                path
            }
            Through::Superuser(step) => {
                steps.push(step);
                let ending = || self.said(&Statement::Write(asked, operation), None);
                let mut path = self.path(session.role, operation, asked, steps, Some(&ending));
                path.grantable = true;
                path
            }
        }
    }

    fn said(&self, statement: &Statement, columns: Option<&[i32]>) -> String {
        match statement {
            Statement::Said(text) => text.clone(),
            Statement::Write(relation, operation) => {
                write(self.facts, *relation, *operation, columns)
            }
        }
    }
}
