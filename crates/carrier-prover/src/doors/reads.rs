//! What reading makes run: the queries of views and the policies of tables, which call functions as
//! whoever reads, whosever the relation is.

use super::names::{Stranger, is_trusted};
use super::{Names, Node, Place, User, World};
use crate::body::Effects;
use crate::facts::Facts;
use crate::facts::find::qualified;
use crate::facts::rows::{Function, Oid, Relation, Rule};
use crate::path::{Operation, Step};

impl World<'_> {
    /// What a function reads as somebody.
    pub(super) fn reads_of(
        &self,
        function: &Function,
        effects: &Effects,
        user: User,
    ) -> Vec<(Node, Step)> {
        let called = qualified(&function.schema, &function.name);
        let read = self.named_in(function, effects).into_iter();
        let read = read.map(|relation| {
            let text = format!(
                "`{called}` may read {} (pg_proc)",
                self.read_as(relation, user)
            );
            (Node::Read { relation, user }, Step::possible(text))
        });
        read.collect()
    }

    /// A write reads what it writes.
    pub(super) fn reading(
        &self,
        relation: &Relation,
        operation: Operation,
        user: User,
    ) -> (Node, Step) {
        let read = self.read_as(relation.oid, user);
        let text = format!("{} may read {read} (pg_class)", operation.as_str());
        let relation = relation.oid;
        (Node::Read { relation, user }, Step::possible(text))
    }

    /// What a rule names it may read.
    pub(super) fn read_by_rule(&self, rule: &Rule, relation: Oid, user: User) -> (Node, Step) {
        let read = self.read_as(relation, user);
        let text = format!("rule `{}` may read {read} (pg_rewrite)", rule.name);
        (Node::Read { relation, user }, Step::possible(text))
    }

    pub(super) fn after_read(&mut self, relation: Oid, user: User) -> Vec<(Node, Step)> {
        let facts = self.facts;
        let Some(row) = facts.relation(relation) else {
            return Vec::new();
        };
        if !is_trusted(facts, row.owner, user.role) {
            let how = format!(
                "`{}` may put a view in place of `{}`, which is read as `{}` (pg_class)",
                facts.role_name(row.owner),
                facts.relation_name(relation),
                facts.role_name(user.role),
            );
            let role = row.owner;
            self.plant(Stranger { role, how }, Place::Relation(relation), user.role);
        }
        let place = Place::Relation(relation);
        let sought = self.sought_by_columns(relation);
        for mut stranger in sought.strangers(facts, user.role) {
            stranger.how = format!(
                "{}, which a column of `{}` has, read as `{}`",
                stranger.how,
                facts.relation_name(relation),
                facts.role_name(user.role),
            );
            self.plant(stranger, place, user.role);
        }
        self.sought.insert(place, sought);
        let name = facts.relation_name(relation);
        let called = facts.called_by_reading(relation).into_iter();
        let called = called.map(|function| {
            let called = qualified(&function.schema, &function.name);
            let text = format!("reading `{name}` may call `{called}` (pg_depend)");
            let node = Node::Run {
                function: function.oid,
                user: Some(user),
            };
            (node, Step::possible(text))
        });
        let read = facts.read_by_reading(relation).into_iter();
        let read = read.map(|below| {
            let text = format!(
                "reading `{name}` reads {} (pg_depend)",
                self.read_as(below, user)
            );
            let relation = below;
            (Node::Read { relation, user }, Step::possible(text))
        });
        called.chain(read).collect()
    }

    fn read_as(&self, relation: Oid, user: User) -> String {
        format!(
            "`{}` as `{}`",
            self.facts.relation_name(relation),
            self.facts.role_name(user.role)
        )
    }
}

/// What upkeep runs as a relation's owner, whoever starts it: the functions of its indexes and
/// statistics, and the query of a materialized view.
pub(super) fn upkept(facts: &Facts) -> impl Iterator<Item = Node> {
    facts.relations.iter().flat_map(|relation| {
        let user = User {
            role: relation.owner,
            names: Names::Function,
        };
        let called = facts.called_by_upkeep(relation.oid).into_iter();
        let called = called.map(move |function| Node::Run {
            function: function.oid,
            user: Some(user),
        });
        let refreshed = (relation.kind == "m").then_some(Node::Read {
            relation: relation.oid,
            user,
        });
        called.chain(refreshed)
    })
}
