//! What the server calls and reads by itself where a relation is written, read or kept up.

use std::collections::BTreeSet;

use super::beneath::{Beneath, Part};
use super::rows::{Function, Oid};
use super::{FIRST_OWN, Facts};

impl Facts {
    /// Those that triggers and expressions of a relation call; the server's own are left out.
    pub(crate) fn functions_under(&self, relation: Oid) -> Vec<&Function> {
        let mut called = self.beneath(self.judging(relation)).functions;
        called.extend(self.triggers_on(relation).map(|trigger| trigger.function));
        self.own(called)
    }

    /// Those that conditions of triggers, rules and policies of a relation call, and, where a row is
    /// judged, checks, defaults, generated columns, index keys and the domains of its columns; the
    /// server's own are left out.
    pub(crate) fn called_by_expressions(&self, relation: Oid, is_judged: bool) -> Vec<&Function> {
        let judging = is_judged.then(|| self.judging(relation));
        let parts = judging.into_iter().flatten();
        self.own(
            self.beneath(parts.chain(self.conditions(relation)))
                .functions,
        )
    }

    /// What reading a relation runs and reads: its policies, of a view its query, and, because the
    /// planner asks them, its checks and the conditions of its indexes; with the types of its columns.
    pub(crate) fn beneath_reading(&self, relation: Oid) -> Beneath {
        let queries = self.rules_on(relation).filter(|rule| rule.event == "1");
        let checks = self.constraints_on(relation).filter(|row| row.kind == "c");
        let parts = queries
            .map(|rule| ("pg_rewrite", rule.oid))
            .chain(self.policies_of(relation))
            .chain(checks.map(|row| ("pg_constraint", row.oid)))
            .chain(self.indexes_of(relation))
            .chain([("pg_class", relation)]);
        let mut found = self.beneath(parts);
        found.relations.remove(&relation);
        found
    }

    /// Those that are called to keep a relation's indexes and statistics; the server's own are left
    /// out.
    pub(crate) fn called_by_upkeep(&self, relation: Oid) -> Vec<&Function> {
        let statistics = self.parts("pg_statistic_ext", relation);
        let parts = self.indexes_of(relation).chain(statistics);
        self.own(self.beneath(parts).functions)
    }

    /// These functions, without the server's own.
    pub(crate) fn own(&self, called: BTreeSet<Oid>) -> Vec<&Function> {
        let own = called.into_iter().filter(|oid| *oid >= FIRST_OWN);
        own.filter_map(|oid| self.function(oid)).collect()
    }

    fn indexes_of(&self, relation: Oid) -> impl Iterator<Item = Part> {
        self.indexes_on(relation).map(|row| ("pg_class", row.oid))
    }

    fn policies_of(&self, relation: Oid) -> impl Iterator<Item = Part> {
        let policies = self.places.policies.of(&self.policies, relation);
        policies.map(|row| ("pg_policy", row.oid))
    }

    fn judging(&self, relation: Oid) -> impl Iterator<Item = Part> {
        // A default's row in `pg_depend` names its relation as what it belongs to.
        let defaults = self.parts("pg_attrdef", relation);
        let constraints = self.constraints_on(relation);
        let types = self.columns(relation).iter().map(|column| column.type_oid);
        constraints
            .map(|row| ("pg_constraint", row.oid))
            .chain(defaults)
            .chain(types.map(|oid| ("pg_type", oid)))
            .chain(self.indexes_of(relation))
            .chain([("pg_class", relation)])
    }

    fn conditions(&self, relation: Oid) -> impl Iterator<Item = Part> {
        let triggers = self.triggers_on(relation).map(|row| row.oid);
        let rules = self.rules_on(relation).map(|row| row.oid);
        triggers
            .map(|oid| ("pg_trigger", oid))
            .chain(rules.map(|oid| ("pg_rewrite", oid)))
            .chain(self.policies_of(relation))
    }

    /// What of a catalog belongs to an object.
    fn parts(&self, catalog: &'static str, object: Oid) -> impl Iterator<Item = Part> {
        self.dependents_on(object)
            .filter(move |row| row.dependent_catalog == catalog)
            .map(move |row| (catalog, row.dependent))
    }
}
