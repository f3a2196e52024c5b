use super::{World, at, reason};
use crate::contract::{Assurance, policy};
use crate::{AuthorityError, PolicySettings, Reason, seal_policy};

const NOW: &str = "2026-06-21T09:00:00.000000Z";

#[test]
fn the_default_policy_keeps_its_schema_and_accepts_no_weaker_assurance() {
    let sealed = seal_policy(&PolicySettings::default(), at(NOW)).unwrap();
    let opened = policy().open(sealed.bytes()).unwrap();
    assert_eq!(opened.header.expires_at, at("2036-06-18T09:00:00.000000Z"));
    assert_eq!(opened.assurance_accepted, None);
    assert_eq!(opened.quorum.len(), 3);
    assert_eq!(opened.carriers.len(), 9);
    assert_eq!(opened.protocol_version.as_str(), "holdfast/1");
}

#[test]
fn a_setting_beyond_its_maximum_is_named() {
    let settings = PolicySettings {
        skew_max_ms: 300_001,
        ..PolicySettings::default()
    };
    match seal_policy(&settings, at(NOW)) {
        Err(AuthorityError::Policy { member, .. }) => assert_eq!(member, "skew_max_ms"),
        other => panic!("not refused: {other:?}"),
    }
    let settings = PolicySettings {
        skew_max_ms: 300_000,
        ..PolicySettings::default()
    };
    seal_policy(&settings, at(NOW)).unwrap();
}

#[test]
fn a_policy_is_replaced_when_it_says_something_else() {
    let mut world = World::ready();
    let mut settings = PolicySettings::default();
    world.pass(1000);
    let same = world.write(|draft| draft.set_policy(&settings));
    assert!(matches!(reason(same), Reason::AlreadyOnRecord { .. }));
    settings.assurance_accepted = Some(Assurance::SinglePrincipal);
    let key = world.write(|draft| draft.set_policy(&settings)).unwrap();
    assert_eq!(world.column("policy", &key, "supersedes"), "pol-1");
    let body = world.column("policy", &key, "body");
    let opened = policy().open(body.as_str().unwrap().as_bytes()).unwrap();
    assert_eq!(opened.assurance_accepted, Some(Assurance::SinglePrincipal));
}
