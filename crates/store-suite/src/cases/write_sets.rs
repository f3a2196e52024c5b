//! Which rows an attempt added, as the observer is told.

use authority::port::AuthorityWriter as _;
use canonical::{Digest, Uuid};
use registrar::port::{FailureSink as _, RegistrarStore as _};
use serde_json::json;
use snapshot_provider::port::{SurfaceKind, SurfaceReader};
use verifier::port::CommittedReader as _;

use crate::StoreUnderTest;
use crate::looking::added;
use crate::material::{at_once, failure, new_id, own, retirement};
use crate::setup::{Setup, only};

/// The surfaces that a registration writes to.
const WRITTEN: [(SurfaceKind, &str); 3] = [
    (SurfaceKind::AppendOnly, "ledger"),
    (SurfaceKind::AppendOnly, "decision"),
    (SurfaceKind::Catalogue, "dot_catalogue"),
];

/// Asserts that an attempt's write-set is its key, its decision and its head, of one transaction.
fn assert_own_write_set<R: SurfaceReader>(
    reader: &mut R,
    attempt_id: Uuid,
    replay_key: &Digest,
    transaction_id: &str,
) {
    for (kind, carrier) in WRITTEN {
        let row = only(added(reader, kind, carrier, attempt_id));
        let row_key = match kind {
            SurfaceKind::Catalogue => attempt_id.to_string(),
            _ => replay_key.to_string(),
        };
        assert_eq!(row.row_key, row_key, "{carrier}");
        assert_eq!(row.attempt_id, Some(attempt_id), "{carrier}");
        assert_eq!(row.transaction_id, transaction_id, "{carrier}");
    }
}

/// The write-set of an attempt is exactly its key, its decision and its head, each under the
/// transaction that wrote them; the head's hash is the one that its decision states. An attempt
/// that wrote nothing has no row anywhere.
pub fn write_set_of_an_attempt_is_exactly_its_own_rows<S: StoreUnderTest>(store: &S) {
    let setup = Setup::new(store);
    let item = setup.opened_item("DOT_A");
    let (attempt_id, replay_key) = (item.attempt_id, item.replay_key);
    let head_row_hash = item.head.row_hash().unwrap();
    let mut observer = store.observer();
    for (kind, carrier) in WRITTEN {
        assert_eq!(added(&mut observer, kind, carrier, attempt_id), []);
    }
    let (_, transaction_id) = setup.written(item);
    setup.register("DOT_B");
    assert_own_write_set(&mut observer, attempt_id, &replay_key, &transaction_id);
    let head = added(
        &mut observer,
        SurfaceKind::Catalogue,
        "dot_catalogue",
        attempt_id,
    );
    assert_eq!(only(head).row_hash, head_row_hash);
    for (kind, carrier) in WRITTEN {
        assert_eq!(added(&mut observer, kind, carrier, new_id()), []);
    }
    let (kind, carrier) = (SurfaceKind::AppendOnly, "failure_audit");
    assert_eq!(added(&mut observer, kind, carrier, attempt_id), []);
}

/// A failure that was recorded for an attempt is in the attempt's write-set, and in no other's.
pub fn failure_is_in_the_write_set_of_its_attempt<S: StoreUnderTest>(store: &S) {
    let setup = Setup::new(store);
    let open = setup.reservation("DOT_A");
    setup.open(&open);
    let other = failure(&setup.reservation("DOT_A"), None);
    let mut sink = store.failures();
    sink.record(vec![other, failure(&open, Some(own(&open)))])
        .unwrap();
    let mut observer = store.observer();
    let (kind, carrier) = (SurfaceKind::AppendOnly, "failure_audit");
    let row = only(added(&mut observer, kind, carrier, open.attempt_id));
    assert_eq!(row.attempt_id, Some(open.attempt_id));
    for (kind, carrier) in WRITTEN {
        assert_eq!(added(&mut observer, kind, carrier, open.attempt_id), []);
    }
}

/// Registrations of one transaction, and such that run at the same time, leave each other's
/// write-set alone.
pub fn registrations_side_by_side_do_not_disturb_each_others_write_set<S: StoreUnderTest>(
    store: &S,
) {
    let setup = Setup::new(store);
    let open: Vec<_> = (0..4)
        .map(|number| setup.reservation(&format!("DOT_{number}")))
        .collect();
    setup.registrar().reserve(open.clone()).unwrap();
    let batch = open.iter().map(|open| setup.item(open)).collect();
    setup.registrar().consume(batch).unwrap();
    let apart: Vec<_> = (4..8)
        .map(|number| setup.opened_item(&format!("DOT_{number}")))
        .collect();
    let mut expected: Vec<_> = open
        .iter()
        .map(|open| (open.attempt_id, open.replay_key))
        .collect();
    expected.extend(apart.iter().map(|item| (item.attempt_id, item.replay_key)));
    let callers = apart
        .into_iter()
        .map(|item| (store.registrar(), item))
        .collect();
    at_once(callers, |_, (mut registrar, item)| {
        registrar.consume(vec![item]).unwrap();
    });
    let mut observer = store.observer();
    for (attempt_id, replay_key) in expected {
        let key = store.verifier().ledger_row(&replay_key).unwrap().unwrap();
        assert_eq!(key.attempt_id, attempt_id);
        let transaction_id = &key.transaction_id;
        assert_own_write_set(&mut observer, attempt_id, &replay_key, transaction_id);
    }
}

/// A head that was retired since is still the attempt's one row of the catalogue; its hash is that
/// of the row as it is now.
pub fn retired_head_stays_in_the_write_set<S: StoreUnderTest>(store: &S) {
    let setup = Setup::new(store);
    let attempt_id = setup.register("DOT_A").attempt_id;
    let mut observer = store.observer();
    let (kind, carrier) = (SurfaceKind::Catalogue, "dot_catalogue");
    let as_written = only(added(&mut observer, kind, carrier, attempt_id));
    setup.authorise("DOT_A");
    let row = retirement("retire/1", "DOT_A", "app/DOT_A");
    setup.authority().retire_head("DOT_A", row).unwrap();
    let retired = only(added(&mut observer, kind, carrier, attempt_id));
    assert_eq!(retired.row_key, as_written.row_key);
    assert_eq!(retired.transaction_id, as_written.transaction_id);
    assert_ne!(retired.row_hash, as_written.row_hash);
    let row = store.verifier().row_by_key(&retired.row_key).unwrap();
    let row = row.unwrap();
    assert_eq!(row.columns["status"], json!("retired"));
    assert_eq!(row.row_hash, retired.row_hash);
}
