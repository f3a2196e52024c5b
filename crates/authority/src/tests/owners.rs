use super::{World, at, entry, reason};
use crate::{OwnerEntry, Reason, RowStatus};

fn owner(name: &str, kind: &str, more: &str) -> OwnerEntry {
    entry(&format!(
        "object_type = \"dot\"\nobject_ref = \"DOT_DAILY_REPORT\"\nscope = \"dot\"\n\
         owner = \"{name}\"\nkind = \"{kind}\"\n{more}"
    ))
}

#[test]
fn one_accountable_owner_for_an_object_and_scope() {
    let mut world = World::ready();
    let olga = owner("principal/olga", "accountable", "");
    let alice = owner("principal/alice", "accountable", "");
    let first = world.write(|draft| draft.add_owner(&olga)).unwrap();
    let refused = world.write(|draft| draft.add_owner(&alice));
    let row_key = first.clone();
    assert_eq!(reason(refused), Reason::AccountableOwnerExists { row_key });
    let helper = owner("principal/alice", "supporting", "");
    world.write(|draft| draft.add_owner(&helper)).unwrap();

    let second = world
        .write(|draft| draft.supersede_owner(&first, &alice))
        .unwrap();
    assert_eq!(world.status("ownership", &first), RowStatus::Superseded);
    world.write(|draft| draft.revoke_owner(&second)).unwrap();
    world.write(|draft| draft.add_owner(&olga)).unwrap();
}

#[test]
fn an_ownership_takes_the_place_of_one_of_the_same_object_only() {
    let mut world = World::ready();
    let olga = owner("principal/olga", "accountable", "");
    let first = world.write(|draft| draft.add_owner(&olga)).unwrap();
    let mut elsewhere = owner("principal/alice", "accountable", "");
    elsewhere.object_ref = "DOT_OTHER".parse().unwrap();
    let refused = world.write(|draft| draft.supersede_owner(&first, &elsewhere));
    assert!(matches!(reason(refused), Reason::Conflict { .. }));
}

#[test]
fn a_delegation_needs_an_end() {
    let mut world = World::ready();
    let endless = owner("principal/alice", "delegated", "");
    let refused = world.write(|draft| draft.add_owner(&endless));
    assert_eq!(reason(refused), Reason::DelegationWithoutEnd);
    let past = "effective_to = \"2026-06-21T09:00:00.000000Z\"";
    let refused =
        world.write(|draft| draft.add_owner(&owner("principal/alice", "delegated", past)));
    let now = at("2026-06-21T09:00:00.000000Z");
    assert_eq!(
        reason(refused),
        Reason::PeriodReversed {
            start: now,
            end: now
        }
    );
    let later = "effective_to = \"2026-06-21T09:00:00.000001Z\"";
    world
        .write(|draft| draft.add_owner(&owner("principal/alice", "delegated", later)))
        .unwrap();
}

#[test]
fn free_text_and_operators_own_nothing() {
    let mut world = World::ready();
    let refused = world.write(|draft| draft.add_owner(&owner("somebody", "accountable", "")));
    assert!(matches!(reason(refused), Reason::UnknownPrincipal { .. }));
    let refused = world.write(|draft| draft.add_owner(&owner("principal/ops", "accountable", "")));
    assert!(matches!(reason(refused), Reason::NeverOwner { .. }));
    world
        .write(|draft| draft.add_owner(&owner("principal/alice", "accountable", "")))
        .unwrap();
}
