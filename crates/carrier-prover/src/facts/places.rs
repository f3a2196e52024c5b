//! Where the rows of an object stand: worked out once, when everything is read.

use std::collections::BTreeMap;

use super::Facts;
use super::rows::Oid;

/// The places of one catalog's rows by an object that they name, in the order of the rows.
#[derive(Clone, Debug, Default)]
pub(super) struct Places(BTreeMap<Oid, Vec<usize>>);

impl Places {
    fn by<T>(rows: &[T], key: impl Fn(&T) -> Oid) -> Self {
        let mut places: BTreeMap<Oid, Vec<usize>> = BTreeMap::new();
        for (at, row) in rows.iter().enumerate() {
            places.entry(key(row)).or_default().push(at);
        }
        Self(places)
    }

    /// The rows of an object, out of those that the places were worked out for.
    pub(super) fn of<'rows, T>(
        &'rows self,
        rows: &'rows [T],
        object: Oid,
    ) -> impl Iterator<Item = &'rows T> + Clone {
        let places = self.0.get(&object).into_iter().flatten();
        places.filter_map(|at| rows.get(*at))
    }
}

/// The places that judging a relation asks for again and again.
#[derive(Clone, Debug, Default)]
pub(super) struct PlacesByObject {
    /// Constraints by what they are on.
    pub(super) constraints: Places,
    /// Constraints by what they refer to.
    pub(super) references: Places,
    /// Indexes by what they are on.
    pub(super) indexes: Places,
    /// Triggers by what they are on.
    pub(super) triggers: Places,
    /// Rules by what they are on.
    pub(super) rules: Places,
    /// Dependencies by what rests.
    pub(super) resting: Places,
    /// Dependencies by what it rests on.
    pub(super) rested_on: Places,
    /// Memberships by who is a member.
    pub(super) memberships: Places,
    /// Partitions and children by their parent.
    pub(super) children: Places,
    /// Policies by what they are on.
    pub(super) policies: Places,
}

impl PlacesByObject {
    pub(super) fn of(facts: &Facts) -> Self {
        Self {
            constraints: Places::by(&facts.constraints, |row| row.relation),
            references: Places::by(&facts.constraints, |row| row.referenced),
            indexes: Places::by(&facts.indexes, |row| row.relation),
            triggers: Places::by(&facts.triggers, |row| row.relation),
            rules: Places::by(&facts.rules, |row| row.relation),
            resting: Places::by(&facts.dependencies, |row| row.dependent),
            rested_on: Places::by(&facts.dependencies, |row| row.referenced),
            memberships: Places::by(&facts.memberships, |row| row.member),
            children: Places::by(&facts.inheritance, |row| row.parent),
            policies: Places::by(&facts.policies, |row| row.relation),
        }
    }
}
