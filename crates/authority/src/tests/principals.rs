use super::{World, entry, reason};
use crate::{PrincipalEntry, Reason};

fn principal(name: &str, kind: &str, side: &str) -> PrincipalEntry {
    entry(&format!(
        "principal = \"{name}\"\nkind = \"{kind}\"\nside = \"{side}\"\ndisplay_name = \"x\""
    ))
}

fn binding(channel: &str, value: &str, principal: &str) -> crate::BindingEntry {
    entry(&format!(
        "channel = \"{channel}\"\nvalue = \"{value}\"\nprincipal = \"{principal}\""
    ))
}

#[test]
fn only_humans_stand_on_a_side() {
    let mut world = World::ready();
    let service = principal("principal/bot", "service", "council");
    let refused = world.write(|draft| draft.add_principal(&service));
    assert_eq!(reason(refused), Reason::SideNeedsHuman);
    let human = principal("principal/carol", "human", "council");
    world.write(|draft| draft.add_principal(&human)).unwrap();
}

#[test]
fn a_principal_is_recorded_once() {
    let mut world = World::ready();
    let other = principal("principal/alice", "service", "none");
    let refused = world.write(|draft| draft.add_principal(&other));
    let row_key = "prin-2".to_owned();
    assert_eq!(reason(refused), Reason::Conflict { row_key });
    world
        .write(|draft| draft.revoke("principal", "prin-2"))
        .unwrap();
    world.write(|draft| draft.add_principal(&other)).unwrap();
}

#[test]
fn a_name_resolves_to_one_principal() {
    let mut world = World::ready();
    let impostor = principal("olga", "human", "none");
    let refused = world.write(|draft| draft.add_principal(&impostor));
    assert!(matches!(reason(refused), Reason::NameTaken { .. }));
    let impostor = binding("alias", "principal/alice", "principal/olga");
    let refused = world.write(|draft| draft.add_binding(&impostor));
    assert!(matches!(reason(refused), Reason::NameTaken { .. }));
    let stolen = binding("alias", "olga", "principal/alice");
    let refused = world.write(|draft| draft.add_binding(&stolen));
    assert!(matches!(reason(refused), Reason::Conflict { .. }));
    let own = binding("alias", "oo", "principal/olga");
    world.write(|draft| draft.add_binding(&own)).unwrap();
}

#[test]
fn a_uid_is_a_number_and_belongs_to_a_principal() {
    let mut world = World::ready();
    let name = binding("os_uid", "root", "principal/olga");
    let refused = world.write(|draft| draft.add_binding(&name));
    assert!(matches!(reason(refused), Reason::NotAUid { .. }));
    let nobody = binding("os_uid", "1000", "principal/nobody");
    let refused = world.write(|draft| draft.add_binding(&nobody));
    assert!(matches!(reason(refused), Reason::UnknownPrincipal { .. }));
    let uid = binding("os_uid", "1000", "principal/olga");
    world.write(|draft| draft.add_binding(&uid)).unwrap();
}

#[test]
fn an_action_type_names_a_verifier_on_record() {
    let mut world = World::ready();
    let action = |verifier: &str, tier: &str| {
        entry::<crate::ActionTypeEntry>(&format!(
            "operation = \"register_dot\"\nobject_type = \"dot\"\nimplemented = true\n\
             risk_tier = \"{tier}\"\nrequired_scope = \"dot\"\n\
             postcondition_verifier_ref = \"{verifier}\""
        ))
    };
    let refused = world.write(|draft| draft.set_action_type(&action("verifier/none", "low")));
    assert!(matches!(reason(refused), Reason::NoVerifier { .. }));
    let same = world.write(|draft| draft.set_action_type(&action("verifier/head", "low")));
    assert!(matches!(reason(same), Reason::AlreadyOnRecord { .. }));
    let raised = world.write(|draft| draft.set_action_type(&action("verifier/head", "high")));
    let key = raised.unwrap();
    assert_eq!(world.column("action_type", &key, "supersedes"), "act-1");
    assert_eq!(world.column("action_type", &key, "signoff_required"), 0);
}

#[test]
fn a_trigger_is_accepted_with_one_body() {
    let mut world = World::ready();
    let trigger = |digit: char| {
        let hash = format!("sha256:{}", digit.to_string().repeat(64));
        entry::<crate::TriggerEntry>(&format!(
            "trigger_name = \"notify\"\ntable_name = \"dot_catalogue\"\nbody_hash = \"{hash}\""
        ))
    };
    let first = world
        .write(|draft| draft.accept_trigger(&trigger('1')))
        .unwrap();
    let second = world
        .write(|draft| draft.accept_trigger(&trigger('2')))
        .unwrap();
    assert_eq!(
        world.column("trigger_inventory", &second, "supersedes"),
        first.as_str()
    );
}
