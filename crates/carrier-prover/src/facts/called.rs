//! The functions that the server calls by itself when a relation is written.

use std::collections::BTreeSet;

use super::rows::{Dependency, Function, Oid};
use super::{FIRST_OWN, Facts};

impl Facts {
    /// Those that triggers and expressions of a relation call; the server's own are left out.
    pub(crate) fn functions_under(&self, relation: Oid) -> Vec<&Function> {
        let triggers = self.triggers_on(relation).map(|trigger| trigger.function);
        self.own(triggers.chain(self.in_expressions(relation)).collect())
    }

    /// Those that conditions of triggers, rules and policies of a relation call, and, where a row is
    /// judged, checks, defaults, generated columns, index keys and the domains of its columns; the
    /// server's own are left out.
    pub(crate) fn called_by_expressions(&self, relation: Oid, is_judged: bool) -> Vec<&Function> {
        let judging = self.in_expressions(relation).filter(|_| is_judged);
        self.own(judging.chain(self.in_conditions(relation)).collect())
    }

    /// Those that reading a relation calls; the server's own are left out.
    pub(crate) fn called_by_reading(&self, relation: Oid) -> Vec<&Function> {
        self.own(self.rested_on_by(self.of_reading(relation)).collect())
    }

    /// The other relations that reading one reads.
    pub(crate) fn read_by_reading(&self, relation: Oid) -> BTreeSet<Oid> {
        let rests = self.rests_of(self.of_reading(relation));
        let read = rests.filter(|row| row.referenced_catalog == "pg_class");
        let read = read.map(|row| row.referenced);
        read.filter(|read| *read != relation).collect()
    }

    /// Those that are called to keep a relation's indexes and statistics; the server's own are left
    /// out.
    pub(crate) fn called_by_upkeep(&self, relation: Oid) -> Vec<&Function> {
        let indexes = self.indexes_on(relation).map(|row| ("pg_class", row.oid));
        let statistics = self.parts("pg_statistic_ext", relation);
        self.own(self.rested_on_by(indexes.chain(statistics)).collect())
    }

    /// A relation's policies and, of a view, its query.
    fn of_reading(&self, relation: Oid) -> impl Iterator<Item = (&'static str, Oid)> {
        let queries = self.rules_on(relation).filter(|rule| rule.event == "1");
        let queries = queries.map(|rule| ("pg_rewrite", rule.oid));
        queries.chain(self.policies_of(relation))
    }

    fn policies_of(&self, relation: Oid) -> impl Iterator<Item = (&'static str, Oid)> {
        let policies = self.policies.iter();
        let policies = policies.filter(move |row| row.relation == relation);
        policies.map(|row| ("pg_policy", row.oid))
    }

    fn in_expressions(&self, relation: Oid) -> impl Iterator<Item = Oid> {
        // A default's row in `pg_depend` names its relation as what it belongs to.
        let defaults = self.parts("pg_attrdef", relation);
        let constraints = self.constraints_on(relation);
        let indexes = self.indexes_on(relation);
        let types = self.columns(relation).iter().map(|column| column.type_oid);
        let domains = types.flat_map(|of| self.parts("pg_constraint", of));
        let parts = constraints
            .map(|row| ("pg_constraint", row.oid))
            .chain(defaults)
            .chain(domains)
            .chain(indexes.map(|row| ("pg_class", row.oid)))
            .chain([("pg_class", relation)]);
        self.rested_on_by(parts)
    }

    fn in_conditions(&self, relation: Oid) -> impl Iterator<Item = Oid> {
        let triggers = self.triggers_on(relation).map(|row| row.oid);
        let rules = self.rules_on(relation).map(|row| row.oid);
        let parts = triggers
            .map(|oid| ("pg_trigger", oid))
            .chain(rules.map(|oid| ("pg_rewrite", oid)))
            .chain(self.policies_of(relation));
        self.rested_on_by(parts)
    }

    fn rested_on_by<'a>(
        &'a self,
        parts: impl Iterator<Item = (&'static str, Oid)> + 'a,
    ) -> impl Iterator<Item = Oid> + 'a {
        let called = self.rests_of(parts);
        called
            .filter(|row| row.referenced_catalog == "pg_proc")
            .map(|row| row.referenced)
    }

    fn rests_of<'a>(
        &'a self,
        parts: impl Iterator<Item = (&'static str, Oid)> + 'a,
    ) -> impl Iterator<Item = &'a Dependency> {
        parts.flat_map(|(catalog, part)| self.dependencies_of(catalog, part))
    }

    /// What of a catalog belongs to an object.
    fn parts(
        &self,
        catalog: &'static str,
        object: Oid,
    ) -> impl Iterator<Item = (&'static str, Oid)> {
        self.dependents_on(object)
            .filter(move |row| row.dependent_catalog == catalog)
            .map(move |row| (catalog, row.dependent))
    }

    fn own(&self, mut called: Vec<Oid>) -> Vec<&Function> {
        called.sort_unstable();
        called.dedup();
        let own = called.into_iter().filter(|oid| *oid >= FIRST_OWN);
        own.filter_map(|oid| self.function(oid)).collect()
    }
}
