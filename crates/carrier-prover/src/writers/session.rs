//! The sessions of a role: what they can act as, and as which of those they hold what.

use std::collections::{BTreeMap, BTreeSet};

use super::Opening;
use crate::facts::Facts;
use crate::facts::rows::{Oid, PUBLIC, Role};
use crate::path::Step;
use crate::roles::{Reached, RoleGraph};

/// The privileges that a session has while it acts as a role: the roles they come from, and how.
pub(super) type Held = BTreeMap<Oid, Vec<Step>>;

/// A role that logs in, or would, with all that its sessions can act as.
pub(super) struct Session<'facts> {
    pub(super) role: &'facts Role,
    /// Nearest first; itself is the first of them.
    reach: Vec<Reached>,
    /// The places in `reach` at which a role's privileges are held.
    holding: BTreeMap<Oid, Vec<usize>>,
    /// The nearest place in `reach` that is a superuser.
    superuser: Option<usize>,
}

impl<'facts> Session<'facts> {
    pub(super) fn new(
        facts: &'facts Facts,
        graph: &RoleGraph<'facts>,
        privileges: &BTreeMap<Oid, Held>,
        role: &'facts Role,
    ) -> Self {
        let reach = graph.reach_of(role.oid);
        let mut holding: BTreeMap<Oid, Vec<usize>> = BTreeMap::new();
        for (at, acting) in reach.iter().enumerate() {
            let held = privileges.get(&acting.role).into_iter();
            for holder in held.flat_map(BTreeMap::keys) {
                holding.entry(*holder).or_default().push(at);
            }
        }
        let is_superuser =
            |acting: &Reached| facts.role(acting.role).is_some_and(|role| role.superuser);
        Self {
            role,
            superuser: reach.iter().position(is_superuser),
            reach,
            holding,
        }
    }

    /// Acting as whom it holds what an opening asks for, nearest first.
    pub(super) fn through(&self, opening: &Opening) -> impl Iterator<Item = &Reached> {
        let everybody = opening.holders.iter().any(|holder| holder.role == PUBLIC);
        let all = everybody.then_some(0..self.reach.len());
        let some: BTreeSet<usize> = if everybody {
            BTreeSet::new()
        } else {
            let holders = opening.holders.iter();
            let held = holders.filter_map(|holder| self.holding.get(&holder.role));
            held.flatten().copied().collect()
        };
        let places = all.into_iter().flatten().chain(some);
        places.filter_map(|at| self.reach.get(at))
    }

    /// The nearest superuser that it can act as.
    pub(super) fn superuser(&self) -> Option<&Reached> {
        self.superuser.and_then(|at| self.reach.get(at))
    }
}
