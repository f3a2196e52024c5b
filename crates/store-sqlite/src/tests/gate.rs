//! What the gate is told of this store that no port promises.

use gate::port::{Checkpoint, GateStore as _};

use super::fixture;
use crate::{GateFacts, RecordedCheckpoint};

#[test]
fn gate_is_told_of_one_principal_and_of_how_the_observer_is_started() {
    let fixture = fixture();
    let mut gate = GateFacts::new(&fixture.store, true, None).unwrap();
    assert_eq!(gate.store_kind(), "sqlite");
    assert!(!gate.principals_are_distinct().unwrap());
    assert!(gate.observer_is_another_process().unwrap());
    assert_eq!(gate.checkpoint().unwrap(), Checkpoint::Absent);
    let mut within = GateFacts::new(&fixture.store, false, None).unwrap();
    assert!(!within.observer_is_another_process().unwrap());
}

#[test]
fn store_older_than_its_checkpoint_is_behind() {
    let fixture = fixture();
    fixture.register("DOT_A");
    let reached = GateFacts::new(&fixture.store, true, None)
        .unwrap()
        .reached()
        .unwrap();
    assert_eq!(
        reached,
        RecordedCheckpoint {
            transaction_ordinal: 1,
            audit_position: 0
        }
    );
    let compare = |recorded| {
        let mut gate = GateFacts::new(&fixture.store, true, Some(recorded)).unwrap();
        gate.checkpoint().unwrap()
    };
    assert!(matches!(compare(reached), Checkpoint::Held { .. }));
    let ahead = RecordedCheckpoint {
        audit_position: 1,
        ..reached
    };
    assert!(matches!(compare(ahead), Checkpoint::Behind { .. }));
}
