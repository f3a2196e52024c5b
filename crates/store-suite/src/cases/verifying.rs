//! What the verifier rereads after the commit.

use authority::port::AuthorityWriter as _;
use serde_json::{Value, json};
use verifier::port::CommittedReader as _;

use crate::material::{at, config, digest, retirement, superseding, verifier};
use crate::setup::{Setup, only};
use crate::{Fires, StoreUnderTest, Tampering};

/// The verifier sees the head, the consumed key and the decision as they were committed, column for
/// column and byte for byte.
pub fn verifier_rereads_what_was_committed<S: StoreUnderTest>(store: &S) {
    let setup = Setup::new(store);
    let item = setup.opened_item("DOT_A");
    let head = item.head.clone();
    let (effect, replay_key, target) = (item.effect_identity, item.replay_key, item.target.clone());
    let mut verifier = store.verifier();
    assert_eq!(verifier.current_heads("DOT_A").unwrap(), []);
    let (decision, transaction_id) = setup.written(item);
    let row = only(verifier.current_heads("DOT_A").unwrap());
    assert_eq!(row.row_key, head.row_key);
    assert_eq!(row.status, "draft");
    assert_eq!(row.columns, head.columns());
    assert_eq!(row.row_hash, head.row_hash().unwrap());
    assert_eq!(verifier.row_by_key(&row.row_key).unwrap(), Some(row));
    let key = verifier.ledger_row(&replay_key).unwrap().unwrap();
    assert_eq!(key.replay_key, replay_key);
    assert_eq!(key.attempt_id, head.attempt_id);
    assert_eq!(key.effect_identity, effect);
    assert_eq!(key.target, target);
    assert_eq!(key.transaction_id, transaction_id);
    assert_eq!(verifier.decision(&replay_key).unwrap(), Some(decision));
}

/// What nobody committed is not there: no row, no key, no decision, no verifier; an attempt that is
/// only reserved has committed nothing.
pub fn names_that_nobody_committed_find_nothing<S: StoreUnderTest>(store: &S) {
    let setup = Setup::new(store);
    let open = setup.reservation("DOT_A");
    setup.open(&open);
    let mut verifier = store.verifier();
    for key in [open.replay_key, digest("other")] {
        assert_eq!(verifier.ledger_row(&key).unwrap(), None);
        assert_eq!(verifier.decision(&key).unwrap(), None);
    }
    for code in ["DOT_A", "' OR 1 = 1 --"] {
        assert_eq!(verifier.current_heads(code).unwrap(), []);
        assert_eq!(verifier.row_by_key(code).unwrap(), None);
        assert_eq!(verifier.open_config(code).unwrap(), [] as [String; 0]);
        assert_eq!(verifier.verifier(code).unwrap(), []);
    }
}

/// A retired head is no current head, and its row is still there under its key, its status now and
/// a hash to match. A row that somebody tampered with is an error.
pub fn retired_head_is_reread_and_a_tampered_one_is_an_error<S: StoreUnderTest>(store: &S) {
    let setup = Setup::new(store);
    let row_key = setup.register("DOT_A").attempt_id.to_string();
    setup.authorise("DOT_A");
    let row = retirement("retire/1", "DOT_A", "app/DOT_A");
    setup.authority().retire_head("DOT_A", row).unwrap();
    let draft_key = setup.register("DOT_B").attempt_id.to_string();
    let mut verifier = store.verifier();
    let row = verifier.row_by_key(&row_key).unwrap().unwrap();
    assert_eq!(row.status, "retired");
    let carrier = canonical::Identifier::try_from("dot_catalogue").unwrap();
    let hash = canonical::row::row_hash(&carrier, &row_key, &row.columns).unwrap();
    assert_eq!(row.row_hash, hash);
    assert_eq!(verifier.current_heads("DOT_A").unwrap(), []);
    for row_key in [&row_key, &draft_key] {
        let size_bytes = 1;
        store.tamper(Tampering::HeadSize {
            row_key,
            size_bytes,
        });
        verifier.row_by_key(row_key).unwrap_err();
    }
    verifier.current_heads("DOT_B").unwrap_err();
}

/// The names of a code's entries that are in force and not closed, and of no other code's.
pub fn open_configuration_is_named<S: StoreUnderTest>(store: &S) {
    let setup = Setup::new(store);
    let mut verifier = store.verifier();
    for (row_key, columns) in [
        ("c/1", config("DOT_A", "schedule", "open")),
        ("c/2", config("DOT_A", "output", "closed")),
        ("c/3", config("DOT_B", "input", "open")),
    ] {
        setup.insert("dot_config", row_key, columns);
    }
    assert_eq!(verifier.open_config("DOT_A").unwrap(), ["schedule"]);
    let closing = superseding(config("DOT_A", "schedule", "closed"), "active", "c/1");
    setup.insert("dot_config", "c/4", closing);
    let open = verifier.open_config("DOT_A").unwrap();
    assert_eq!(open, [] as [String; 0]);
}

/// Every governed row that answers to a reference is shown, with when it was issued, whom the store
/// recorded as its writer, whom it is for and whether it is in force.
pub fn verifiers_are_shown_with_their_writer<S: StoreUnderTest>(store: &S) {
    let setup = Setup::new(store);
    let mut general: Value = verifier("verifier/head");
    general["issued_at"] = json!(at(3));
    setup.insert("verifier", "v/1", general);
    let mut specific = superseding(verifier("verifier/head"), "active", "v/1");
    specific["specific_target"] = json!("dot:DOT_A");
    setup.insert("verifier", "v/2", specific);
    setup.insert("verifier", "v/3", verifier("verifier/other"));
    let rows = store.verifier().verifier("verifier/head").unwrap();
    let told: Vec<_> = rows
        .iter()
        .map(|row| (row.row_key.as_str(), row.active))
        .collect();
    assert_eq!(told, [("v/1", false), ("v/2", true)]);
    assert_eq!(rows[0].issued_at, at(3));
    assert_eq!(rows[0].specific_target, None);
    assert_eq!(rows[1].specific_target.as_deref(), Some("dot:DOT_A"));
    for row in rows {
        assert_eq!(row.written_by, store.recorded_writer());
    }
}

/// The store's own triggers notify nobody. Of foreign ones each is named, and whether it can fire
/// on a draft: only one whose whole condition is the status `active` is shown not to.
pub fn foreign_triggers_are_named_with_whether_they_fire_on_drafts<S: StoreUnderTest>(store: &S) {
    let mut verifier = store.verifier();
    assert_eq!(verifier.activation_triggers().unwrap(), []);
    for (name, fires) in [
        ("on_active", Fires::OnActive),
        ("on_all", Fires::OnEveryInsert),
    ] {
        store.tamper(Tampering::ForeignTrigger { name, fires });
    }
    let mut found: Vec<_> = verifier
        .activation_triggers()
        .unwrap()
        .into_iter()
        .map(|trigger| (trigger.name, trigger.fires_on_draft))
        .collect();
    found.sort();
    let named = |name: &str, fires| (name.to_owned(), fires);
    assert_eq!(found, [named("on_active", false), named("on_all", true)]);
}
