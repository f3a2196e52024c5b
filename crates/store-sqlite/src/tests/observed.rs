//! What the observer and the verifier see, in this store's own words.

use snapshot_provider::port::{SurfaceContent, SurfaceKind, SurfaceQuery, SurfaceReader as _};
use verifier::port::CommittedReader as _;

use super::fixture;

#[test]
fn write_set_rests_on_the_ordinal_of_the_writers_transaction() {
    let fixture = fixture();
    let attempt_id = fixture.register("DOT_A").attempt_id;
    let mut observer = fixture.store.observer_reader().unwrap();
    for (kind, carrier) in [
        (SurfaceKind::AppendOnly, "ledger"),
        (SurfaceKind::AppendOnly, "decision"),
        (SurfaceKind::Catalogue, "dot_catalogue"),
    ] {
        let query = SurfaceQuery {
            name: carrier,
            kind,
            carrier,
            target: "dot:DOT_A",
            attempt_id,
        };
        match observer.surface(&query).unwrap() {
            SurfaceContent::WriteSet { provenance, rows } => {
                assert_eq!(provenance, "writer_ordinal");
                let transactions: Vec<_> = rows.iter().map(|row| &row.transaction_id).collect();
                assert_eq!(transactions, ["txn:1"], "{carrier}");
            }
            other => panic!("{carrier}: {other:?}"),
        }
    }
}

#[test]
fn foreign_trigger_fires_on_drafts_unless_its_whole_condition_is_active() {
    let fixture = fixture();
    let mut verifier = fixture.store.verifier().unwrap();
    assert!(verifier.activation_triggers().unwrap().is_empty());
    fixture
        .raw()
        .execute_batch(
            "CREATE TRIGGER on_active AFTER UPDATE ON dot_catalogue
             WHEN NEW.status = 'active' BEGIN SELECT 1; END;
             CREATE TRIGGER on_either AFTER UPDATE ON dot_catalogue
             WHEN NEW.status = 'active' OR 1 BEGIN SELECT 1; END;
             CREATE TRIGGER on_all AFTER INSERT ON dot_catalogue BEGIN SELECT 1; END;",
        )
        .unwrap();
    let found: Vec<(String, bool)> = verifier
        .activation_triggers()
        .unwrap()
        .into_iter()
        .map(|trigger| (trigger.name, trigger.fires_on_draft))
        .collect();
    let named = |name: &str, fires| (name.to_owned(), fires);
    assert_eq!(
        found,
        [
            named("on_active", false),
            named("on_all", true),
            named("on_either", true)
        ]
    );
}
