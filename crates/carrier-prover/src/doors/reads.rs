//! What reading makes run: the queries of views and the policies of tables, which call functions as
//! whoever reads, whosever the relation is.

use super::names::{Stranger, holding, is_trusted};
use super::{Node, Place, User, World};
use crate::body::Effects;
use crate::facts::beneath::Beneath;
use crate::facts::find::qualified;
use crate::facts::rows::{Function, Oid, Relation, Rule};
use crate::path::{Operation, Step};

impl World<'_> {
    /// What a function rests on, and so reads, calls and has values of, as somebody.
    pub(super) fn resting(
        &mut self,
        function: &Function,
        effects: &Effects,
        user: User,
    ) -> Vec<(Node, Step)> {
        let mut beneath = self.facts.beneath([("pg_proc", function.oid)]);
        let named = self.parts_named(function, effects).into_iter();
        let (types, relations): (Vec<_>, Vec<_>) =
            named.partition(|(catalog, _)| *catalog == "pg_type");
        beneath.add(self.facts.beneath(types));
        beneath
            .relations
            .extend(relations.into_iter().map(|(_, oid)| oid));
        let of = format!("`{}`", qualified(&function.schema, &function.name));
        self.through(&beneath, &of, Place::Function(function.oid), user)
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
        let place = Place::Relation(relation);
        let owner = (!is_trusted(facts, row.owner, user.role)).then_some(row.owner);
        let holder = holding(facts, row.schema_oid, user.role);
        for role in owner.into_iter().chain(holder) {
            let how = format!(
                "`{}` may put a view in place of `{}`, which is read as `{}` (pg_class)",
                facts.role_name(role),
                facts.relation_name(relation),
                facts.role_name(user.role),
            );
            self.plant(Stranger { role, how }, place, user.role);
        }
        let mut beneath = facts.beneath_reading(relation);
        // What is read of a parent is read of its children.
        let children = self.children.get(&relation).into_iter().flatten();
        beneath.relations.extend(children);
        let of = format!("reading `{}`", facts.relation_name(relation));
        self.through(&beneath, &of, place, user)
    }

    /// What is beneath something, as whom it is done.
    fn through(
        &mut self,
        beneath: &Beneath,
        of: &str,
        place: Place,
        user: User,
    ) -> Vec<(Node, Step)> {
        let facts = self.facts;
        for made in beneath.types.iter().filter_map(|oid| facts.made_type(*oid)) {
            let owner = (!is_trusted(facts, made.owner, user.role)).then_some(made.owner);
            let holder = holding(facts, made.schema_oid, user.role);
            for role in owner.into_iter().chain(holder) {
                let how = format!(
                    "{of} uses type `{}` as `{}`, and `{}` says what it is checked by and cast to (pg_type)",
                    qualified(&made.schema, &made.name),
                    facts.role_name(user.role),
                    facts.role_name(role),
                );
                self.plant(Stranger { role, how }, place, user.role);
            }
        }
        let called = facts.own(beneath.functions.clone()).into_iter();
        let called = called.map(|function| {
            let called = qualified(&function.schema, &function.name);
            let text = format!("{of} may call `{called}` (pg_depend)");
            let node = Node::Run {
                function: function.oid,
                user: Some(user),
            };
            (node, Step::possible(text))
        });
        let read = beneath.relations.iter().map(|relation| {
            let relation = *relation;
            let text = format!("{of} may read {} (pg_depend)", self.read_as(relation, user));
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
