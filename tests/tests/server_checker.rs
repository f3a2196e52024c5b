//! The checker of a server's tables itself: it finds what it is there to find.

use std::collections::BTreeSet;

use holdfast_tests::server::damage::{DAMAGES, damaged};
use holdfast_tests::server::rules::{broken_after_recovery, words};
use holdfast_tests::server::scene::Scene;

#[test]
fn each_damage_is_found_and_a_whole_store_has_none() {
    let scene = whole();
    let mut session = scene.session();
    let nothing: [String; 0] = [];
    assert_eq!(broken_after_recovery(&mut session, &[]), nothing);
    for (damage, expected) in DAMAGES {
        let found = damaged(&mut session, damage, |session| {
            broken_after_recovery(session, &[])
        });
        let is_said = found.iter().any(|said| said.starts_with(expected));
        assert!(
            is_said,
            "{damage}\nis to be called: {expected}\nis: {found:?}"
        );
    }
    // Each damage was taken back.
    assert_eq!(broken_after_recovery(&mut session, &[]), nothing);
}

#[test]
fn every_rule_has_a_damage_that_breaks_it() {
    let broken: BTreeSet<&str> = DAMAGES.iter().map(|(_, words)| *words).collect();
    assert_eq!(broken, words().collect());
}

#[test]
fn answer_that_is_not_stored_byte_for_byte_is_found() {
    let scene = Scene::new(1);
    let answer = scene.register(&scene.fixture.request(0)).stdout;
    let mut session = scene.session();
    let stored = std::slice::from_ref(&answer);
    assert_eq!(broken_after_recovery(&mut session, stored), [""; 0]);
    let mut other = answer;
    *other.last_mut().unwrap() ^= 1;
    let found = broken_after_recovery(&mut session, &[other]);
    assert_eq!(found.len(), 1, "{found:?}");
    assert!(
        found
            .iter()
            .all(|said| said.starts_with("answered and not stored"))
    );
}

/// Two registrations, and an attempt that recovery aborted.
fn whole() -> Scene {
    let scene = Scene::new(3);
    for number in 0..2 {
        let run = scene.register(&scene.fixture.request(number));
        assert_eq!(run.code, Some(0), "{run:?}");
    }
    scene.register_dying("reserve.after_commit", &scene.fixture.request(2));
    scene.assert_recovers();
    assert_eq!(scene.states(2), ["aborted"]);
    scene
}
