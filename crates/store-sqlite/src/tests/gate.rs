//! What the gate is told of this store that no port promises.

use authority::AuthorityWriter as _;
use gate::port::{Checkpoint, GateStore as _};

use super::{fixture, new_row, ownership};
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
fn store_that_lacks_one_noted_row_of_any_table_is_behind() {
    let fixture = fixture();
    let mut authority = fixture.authority();
    let owned = new_row("ownership", "ownership/DOT_A", ownership("DOT_A"));
    authority.insert(vec![owned]).unwrap();
    fixture.register("DOT_A");
    let gate = GateFacts::new(&fixture.store, true, None).unwrap();
    let reached = gate.reached().unwrap();
    let compare = |noted: &RecordedCheckpoint| {
        let mut gate = GateFacts::new(&fixture.store, true, Some(noted.clone())).unwrap();
        gate.checkpoint().unwrap()
    };
    assert!(matches!(compare(&reached), Checkpoint::Held { .. }));
    for table in ["ledger", "ownership", "policy"] {
        let name = table.parse().unwrap();
        assert!(reached.0.contains_key(&name), "{table}");
        // As many rows as were noted are not the rows that were noted.
        let mut later = reached.clone();
        later.0.get_mut(&name).unwrap().position += 1;
        let mut other = reached.clone();
        other.0.get_mut(&name).unwrap().hash = canonical::Digest::UNSEALED;
        for noted in [later, other] {
            let behind = compare(&noted);
            let named = |evidence: &String| evidence.contains(&format!(": `{table}` "));
            assert!(
                matches!(&behind, Checkpoint::Behind { evidence } if named(evidence)),
                "{table}: {behind:?}"
            );
        }
    }
    let mut unknown = reached.clone();
    unknown.0.insert("no_such_table".parse().unwrap(), {
        let name = "ledger".parse().unwrap();
        *reached.0.get(&name).unwrap()
    });
    assert!(matches!(compare(&unknown), Checkpoint::Behind { .. }));
}
