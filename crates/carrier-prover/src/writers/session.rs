//! The sessions of a role: what they can act as, and as which of those they hold what.

use std::collections::{BTreeMap, BTreeSet};

use super::Opening;
use crate::facts::Facts;
use crate::facts::rows::{Oid, PUBLIC, Role};
use crate::path::{Certainty, Step};
use crate::roles::{Privileges, Reached, RoleGraph};

/// How good a way is: certain before possible, and short before long.
pub(super) type Rank = (Certainty, usize);

/// Steps that many ways share, ranked once.
pub(super) struct Shared {
    pub(super) steps: Vec<Step>,
    pub(super) rank: Rank,
}

impl Shared {
    fn new(steps: Vec<Step>) -> Self {
        let rank = rank(&steps);
        Self { steps, rank }
    }
}

/// How good a way of these steps is.
pub(super) fn rank<'steps>(steps: impl IntoIterator<Item = &'steps Step>) -> Rank {
    steps
        .into_iter()
        .fold((Certainty::Certain, 0), |so_far, step| {
            joined(so_far, (step.certainty, 1))
        })
}

/// How good a way is that is one and then another.
pub(super) fn joined(one: Rank, other: Rank) -> Rank {
    (one.0.and(other.0), one.1.saturating_add(other.1))
}

/// The privileges that a session has while it acts as a role: the roles they come from, and how.
pub(super) type Held = BTreeMap<Oid, Shared>;

/// The privileges of every role, by where they come from.
pub(super) fn held(privileges: Privileges) -> BTreeMap<Oid, Held> {
    let by_source = |reached: Vec<Reached>| {
        let all = reached.into_iter();
        all.map(|source| (source.role, Shared::new(source.steps)))
            .collect()
    };
    let all = privileges.into_iter();
    all.map(|(role, reached)| (role, by_source(reached)))
        .collect()
}

/// A role that a session can act as, and how it comes to.
pub(super) struct Acting {
    pub(super) role: Oid,
    pub(super) way: Shared,
}

/// A role that logs in, or would, with all that its sessions can act as.
pub(super) struct Session<'facts> {
    pub(super) role: &'facts Role,
    /// Nearest first; itself is the first of them.
    reach: Vec<Acting>,
    /// The places in `reach` at which a role's privileges are held.
    holding: BTreeMap<Oid, Vec<usize>>,
    /// The nearest place in `reach` that is a superuser.
    superuser: Option<usize>,
}

impl<'facts> Session<'facts> {
    pub(super) fn new(
        facts: &'facts Facts,
        graph: &RoleGraph<'facts>,
        privileges: &Privileges,
        role: &'facts Role,
    ) -> Self {
        let reach = graph.reach_of(role.oid, privileges).into_iter();
        let reach: Vec<Acting> = reach
            .map(|reached| Acting {
                role: reached.role,
                way: Shared::new(reached.steps),
            })
            .collect();
        let mut holding: BTreeMap<Oid, Vec<usize>> = BTreeMap::new();
        for (at, acting) in reach.iter().enumerate() {
            for holder in privileges.get(&acting.role).into_iter().flatten() {
                holding.entry(holder.role).or_default().push(at);
            }
        }
        let is_superuser =
            |acting: &Acting| facts.role(acting.role).is_some_and(|role| role.superuser);
        Self {
            role,
            superuser: reach.iter().position(is_superuser),
            reach,
            holding,
        }
    }

    /// Acting as whom it holds what an opening asks for, nearest first.
    pub(super) fn through(&self, opening: &Opening) -> impl Iterator<Item = &Acting> {
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
    pub(super) fn superuser(&self) -> Option<&Acting> {
        self.superuser.and_then(|at| self.reach.get(at))
    }
}
