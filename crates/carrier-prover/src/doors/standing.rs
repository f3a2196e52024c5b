//! What a database has run by itself: for whoever defines something, refers to a table or puts a
//! trigger of somebody's on a table of its own, and for upkeep.

use super::names::{Stranger, is_trusted, making, search_path};
use super::{Names, Node, Place, User, World};
use crate::facts::Facts;
use crate::facts::find::{holders, qualified};
use crate::facts::rows::{Function, PUBLIC, Relation};

/// From this version on upkeep looks names up in `pg_catalog` and `pg_temp` alone.
const SAFE_UPKEEP: u32 = 170_000;

impl World<'_> {
    /// What others may use of what stands.
    pub(super) fn plant_what_stands(&mut self) {
        let facts = self.facts;
        for function in &facts.functions {
            self.plant_borrowed(function);
        }
        for relation in &facts.relations {
            self.plant_references(relation);
            self.plant_upkeep(relation);
        }
        self.plant_event_triggers();
    }

    /// Whoever may execute a trigger function may put it on a table of its own, whose rows it makes
    /// up, types and all.
    fn plant_borrowed(&mut self, function: &Function) {
        if !function.security_definer || function.returns != "trigger" {
            return;
        }
        let facts = self.facts;
        let called = qualified(&function.schema, &function.name);
        for grant in holders(function.acl.as_ref(), "EXECUTE") {
            if is_trusted(facts, grant.grantee, function.owner) {
                continue;
            }
            let how = format!(
                "`{}` may execute `{called}` and put it on a table of its own, where it runs as `{}` (pg_proc.proacl)",
                facts.role_name(grant.grantee),
                facts.role_name(function.owner)
            );
            let role = grant.grantee;
            let place = Place::Function(function.oid);
            self.plant(Stranger { role, how }, place, function.owner);
        }
    }

    /// Whoever refers to a table has it read as its owner, beside values of the referrer's own types.
    fn plant_references(&mut self, relation: &Relation) {
        let facts = self.facts;
        let columns = facts.columns(relation.oid).iter();
        let lists = columns.map(|column| column.acl.as_ref());
        let lists = std::iter::once(relation.acl.as_ref()).chain(lists);
        let granted: Vec<_> = lists
            .flat_map(|list| holders(list, "REFERENCES"))
            .map(|grant| grant.grantee)
            .filter(|role| !is_trusted(facts, *role, relation.owner))
            .collect();
        for role in granted {
            let how = format!(
                "`{}` may refer to `{}`, which is then read as `{}` beside what it brings (pg_class.relacl)",
                facts.role_name(role),
                facts.relation_name(relation.oid),
                facts.role_name(relation.owner)
            );
            let place = Place::Relation(relation.oid);
            self.plant(Stranger { role, how }, place, relation.owner);
        }
    }

    /// Whoever makes objects where sessions look names up decides what upkeep runs, on old versions.
    fn plant_upkeep(&mut self, relation: &Relation) {
        let facts = self.facts;
        let looks_up =
            |function: &&Function| function.sql_body.is_none() && search_path(function).is_none();
        let mut called = facts.called_by_upkeep(relation.oid).into_iter();
        let Some(unpinned) = called.find(looks_up) else {
            return;
        };
        if facts.server.version_num >= SAFE_UPKEEP {
            return;
        }
        let called = qualified(&unpinned.schema, &unpinned.name);
        for mut maker in making(facts, "public", relation.owner) {
            maker.how = format!(
                "upkeep of `{}` calls `{called}`, whose search_path is not pinned, and {}",
                facts.relation_name(relation.oid),
                maker.how
            );
            self.plant(maker, Place::Relation(relation.oid), relation.owner);
        }
    }

    /// Whoever defines anything sets an event trigger off.
    fn plant_event_triggers(&mut self) {
        let facts = self.facts;
        for row in facts.event_triggers.iter().filter(|row| row.enabled != "D") {
            let how = format!(
                "whoever defines something sets event trigger `{}` off (pg_event_trigger)",
                row.name
            );
            let function = row.function;
            let run = Node::Run {
                function,
                user: None,
            };
            let stranger = Stranger { role: PUBLIC, how };
            self.set_off(stranger, Place::Function(function), run);
        }
    }
}

/// What runs as a relation's owner or as an event trigger's, whoever starts it: the functions of
/// indexes and statistics, the query of a materialized view, and what is called on definitions.
pub(super) fn upkept(facts: &Facts) -> impl Iterator<Item = Node> {
    let kept = facts.relations.iter().flat_map(|relation| {
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
    });
    let on_definitions = facts.event_triggers.iter().filter(|row| row.enabled != "D");
    let on_definitions = on_definitions.map(|row| Node::Run {
        function: row.function,
        user: Some(User {
            role: row.owner,
            names: Names::Function,
        }),
    });
    kept.chain(on_definitions)
}
