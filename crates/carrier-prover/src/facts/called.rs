//! The functions that the server calls by itself when a relation is written.

use super::rows::{Function, Oid};
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
        let policies = self.policies.iter();
        let policies = policies.filter(move |row| row.relation == relation);
        let parts = triggers
            .map(|oid| ("pg_trigger", oid))
            .chain(rules.map(|oid| ("pg_rewrite", oid)))
            .chain(policies.map(|row| ("pg_policy", row.oid)));
        self.rested_on_by(parts)
    }

    fn rested_on_by<'a>(
        &'a self,
        parts: impl Iterator<Item = (&'static str, Oid)> + 'a,
    ) -> impl Iterator<Item = Oid> + 'a {
        let rests = parts.flat_map(|(catalog, part)| self.dependencies_of(catalog, part));
        rests
            .filter(|row| row.referenced_catalog == "pg_proc")
            .map(|row| row.referenced)
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
