//! Who can act as whom: membership by INHERIT, by SET ROLE, and by the right to grant oneself.

use std::collections::{BTreeMap, BTreeSet, VecDeque};

use crate::facts::Facts;
use crate::facts::find::quoted;
use crate::facts::rows::{Membership, Oid, Role};
use crate::path::Step;

/// The version from which memberships carry their own INHERIT and SET options, and CREATEROLE no
/// longer makes one a member of anything.
const OPTIONS_SINCE: u32 = 160_000;

/// The role whose only member is the owner of the current database.
pub(crate) const DATABASE_OWNER: &str = "pg_database_owner";

/// What a role can become, and whose privileges it then has.
pub(crate) struct RoleGraph<'facts> {
    facts: &'facts Facts,
    database_owners: Option<Oid>,
}

/// A role that a session can act as, and how.
#[derive(Clone, Debug)]
pub(crate) struct Reached {
    pub(crate) role: Oid,
    pub(crate) steps: Vec<Step>,
}

/// What every role has the privileges of, by the role.
pub(crate) type Privileges = BTreeMap<Oid, Vec<Reached>>;

impl<'facts> RoleGraph<'facts> {
    pub(crate) fn new(facts: &'facts Facts) -> Self {
        let database_owners = facts.role_named(DATABASE_OWNER).map(|role| role.oid);
        Self {
            facts,
            database_owners,
        }
    }

    /// The roles whose privileges a session has while it acts as `role`, itself first.
    pub(crate) fn privileges_of(&self, role: Oid) -> Vec<Reached> {
        let mut found = BTreeSet::from([role]);
        let mut all = vec![Reached {
            role,
            steps: Vec::new(),
        }];
        let mut next = 0;
        while let Some(at) = all.get(next).cloned() {
            next = next.saturating_add(1);
            for (group, step) in self.inherited_by(at.role) {
                if found.insert(group) {
                    let mut steps = at.steps.clone();
                    steps.push(step);
                    all.push(Reached { role: group, steps });
                }
            }
        }
        all
    }

    /// The privileges of every role.
    pub(crate) fn privileges(&self) -> Privileges {
        let roles = self.facts.roles.iter();
        roles
            .map(|role| (role.oid, self.privileges_of(role.oid)))
            .collect()
    }

    /// The roles that a session which logged in as `role` can act as, itself first.
    ///
    /// Nearest first; a superuser acts as itself and needs to become nobody. `privileges` are those
    /// of every role, as [`Self::privileges`] gives them.
    pub(crate) fn reach_of(&self, role: Oid, privileges: &Privileges) -> Vec<Reached> {
        let mut paths: BTreeMap<Oid, Vec<Step>> = BTreeMap::from([(role, Vec::new())]);
        let mut order = vec![role];
        let mut queue = VecDeque::from([role]);
        while let Some(at) = queue.pop_front() {
            let so_far = paths.get(&at).cloned().unwrap_or_default();
            for (target, steps) in self.become_from(role, at, privileges) {
                if let std::collections::btree_map::Entry::Vacant(place) = paths.entry(target) {
                    place.insert(so_far.iter().cloned().chain(steps).collect());
                    order.push(target);
                    queue.push_back(target);
                }
            }
        }
        order
            .into_iter()
            .map(|role| Reached {
                role,
                steps: paths.remove(&role).unwrap_or_default(),
            })
            .collect()
    }

    fn has_options(&self) -> bool {
        self.facts.server.version_num >= OPTIONS_SINCE
    }

    fn inherited_by(&self, member: Oid) -> Vec<(Oid, Step)> {
        let inherits = self.facts.role(member).is_some_and(|role| role.inherit);
        let mut groups: Vec<(Oid, Step)> = self
            .memberships_of(member)
            .filter(|row| row.inherit_option.unwrap_or(inherits))
            .map(|row| (row.role, self.said(row, "inherits")))
            .collect();
        let owner = self.facts.server.database_owner == member;
        let has_them = owner && (inherits || self.has_options());
        if let Some(group) = self.database_owners.filter(|_| has_them) {
            let text = format!(
                "`{}` owns the database and so is `{DATABASE_OWNER}`",
                self.facts.role_name(member)
            );
            groups.push((group, Step::certain(text)));
        }
        groups
    }

    /// One further role: by SET ROLE, or by a grant that the session may give itself.
    fn become_from(
        &self,
        session: Oid,
        acting: Oid,
        privileges: &Privileges,
    ) -> Vec<(Oid, Vec<Step>)> {
        let mut found: Vec<(Oid, Vec<Step>)> = self
            .memberships_of(acting)
            .filter(|row| row.set_option.unwrap_or(true))
            .map(|row| {
                (
                    row.role,
                    vec![self.set_role(row.role, self.said(row, "may become"))],
                )
            })
            .collect();
        if self.facts.server.database_owner == acting
            && let Some(group) = self.database_owners
        {
            let step = Step::certain(format!("the database's owner is `{DATABASE_OWNER}`"));
            found.push((group, vec![self.set_role(group, step)]));
        }
        for holder in privileges.get(&acting).into_iter().flatten() {
            let administered = self
                .memberships_of(holder.role)
                .filter(|row| row.admin_option);
            for row in administered {
                let step = self.said(row, "has the ADMIN OPTION on");
                let steps = holder.steps.iter().cloned();
                if let Some(given) = self.granted(session, acting, row.role, step) {
                    found.push((row.role, steps.chain(given).collect()));
                }
            }
        }
        if let Some(maker) = self.facts.role(acting).filter(|role| role.createrole)
            && !self.has_options()
        {
            found.extend(self.anyone_for(session, maker));
        }
        found
    }

    // Before version 16 CREATEROLE may grant every role that is no superuser to anybody.
    fn anyone_for(&self, session: Oid, maker: &Role) -> Vec<(Oid, Vec<Step>)> {
        self.facts
            .roles
            .iter()
            .filter_map(|role| {
                let text = format!(
                    "`{}` has CREATEROLE, which may grant `{}`",
                    maker.name, role.name
                );
                let given = self.granted(session, maker.oid, role.oid, Step::certain(text))?;
                Some((role.oid, given))
            })
            .collect()
    }

    /// The steps by which a session gives itself a role; none where the server refuses.
    fn granted(&self, session: Oid, acting: Oid, role: Oid, why: Step) -> Option<Vec<Step>> {
        let target = self.facts.role(role)?;
        if target.superuser || Some(role) == self.database_owners {
            return None;
        }
        // A membership may not run in a circle, and nobody is a member of itself.
        if self.belongs_to(role, session) {
            return None;
        }
        let (name, to) = (quoted(&target.name), self.facts.role_name(session));
        let grant = why.with_sql(format!("GRANT {name} TO {}", quoted(&to)));
        let acted = self.facts.role_name(acting);
        let become_it = Step::certain(format!(
            "`{to}` acts as `{}` once `{acted}` has granted it",
            target.name
        ));
        Some(vec![grant, self.set_role(role, become_it)])
    }

    fn set_role(&self, role: Oid, step: Step) -> Step {
        step.with_sql(format!("SET ROLE {}", quoted(&self.facts.role_name(role))))
    }

    fn belongs_to(&self, member: Oid, role: Oid) -> bool {
        let mut found = vec![member];
        let mut next = 0;
        while let Some(at) = found.get(next).copied() {
            if at == role {
                return true;
            }
            next = next.saturating_add(1);
            for row in self.memberships_of(at) {
                if !found.contains(&row.role) {
                    found.push(row.role);
                }
            }
        }
        false
    }

    fn memberships_of(&self, member: Oid) -> impl Iterator<Item = &'facts Membership> {
        self.facts.memberships_of(member)
    }

    fn said(&self, row: &Membership, verb: &str) -> Step {
        Step::certain(format!(
            "`{}` {verb} `{}` (pg_auth_members)",
            self.facts.role_name(row.member),
            self.facts.role_name(row.role)
        ))
    }
}
