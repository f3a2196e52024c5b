//! Authority that changed between its readback and the write.

use authority::port::NewRow;
use registrar::port::{ExpectedRow, LossReason};
use serde_json::{Value, json};

use crate::material::{approval, digest, expected, new_row, ownership, superseding, vote};
use crate::setup::Setup;
use crate::{StoreUnderTest, Tampering};

/// Why an authorised item loses when a row is inserted after its readback; the row concerns a code
/// of its own, so that one store serves several rows.
fn loses_to<S: StoreUnderTest>(setup: &Setup<'_, S>, code: &str, late: NewRow) -> LossReason {
    let rows = setup.authorise(code);
    let mut item = setup.opened_item(code);
    item.expected = rows;
    setup.insert_all(vec![late]);
    setup.lost(item)
}

fn changed(code: &'static str) -> LossReason {
    LossReason::AuthorityChanged(vec![code])
}

/// A row that rejects, replaces, revokes or ends what an item rests on, inserted between the
/// readback and the write, is noticed by the write.
pub fn authority_that_changed_after_the_readback_is_noticed<S: StoreUnderTest>(store: &S) {
    let setup = Setup::new(store);
    let rejection = new_row("approval_vote", "vote/A", vote("app/A", "reject"));
    let replacement = superseding(approval("B"), "active", "app/B");
    let replacement = new_row("approval", "app/B2", replacement);
    let revocation = superseding(ownership("C"), "revoked", "own/C");
    let revocation = new_row("ownership", "own/C2", revocation);
    let end = superseding(approval("D"), "expired", "app/D");
    let end = new_row("approval", "app/D2", end);
    for (code, late) in [
        ("A", rejection),
        ("B", replacement),
        ("C", revocation),
        ("D", end),
    ] {
        assert_eq!(
            loses_to(&setup, code, late),
            changed("LIFECYCLE_CHANGED_POST_ISSUANCE"),
            "{code}"
        );
    }
}

/// A second active row for the same question makes the first ambiguous.
pub fn second_answer_to_the_same_question_is_noticed<S: StoreUnderTest>(store: &S) {
    let setup = Setup::new(store);
    let second = new_row("approval", "app/2", approval("DOT_A"));
    assert_eq!(
        loses_to(&setup, "DOT_A", second),
        changed("AMBIGUOUS_AUTHORITY")
    );
    // An approval of another artifact is another question.
    let rows = setup.authorise("DOT_B");
    let mut item = setup.opened_item("DOT_B");
    item.expected = rows;
    let mut other = approval("DOT_B");
    other["artifact_hash"] = json!(digest("another artifact"));
    setup.insert("approval", "app/3", other);
    setup.written(item);
}

/// An accountable owner of a scope that covers the head's scope is a second answer to who owns it;
/// one of a scope beside it, or of one below it, is none.
pub fn wider_owner_of_the_same_scope_is_noticed<S: StoreUnderTest>(store: &S) {
    let setup = Setup::new(store);
    let of = |code: &str, scope: &str| {
        let mut columns = ownership(code);
        columns["scope"] = json!(scope);
        columns
    };
    let item_in_scope = |code: &str, scope: &str| {
        let own = setup.insert("ownership", &format!("own/{code}"), of(code, scope));
        let mut item = setup.opened_item(code);
        item.head.scope = scope.into();
        item.expected = vec![expected(&own)];
        item
    };
    let covered = item_in_scope("DOT_A", "catalogue/daily");
    setup.insert("ownership", "own/wide", of("DOT_A", "catalogue"));
    assert_eq!(setup.lost(covered), changed("AMBIGUOUS_AUTHORITY"));
    let undisturbed = item_in_scope("DOT_B", "catalogue/daily");
    for scope in ["catalogue/dail", "catalogue/daily/early", "other"] {
        let key = format!("own/DOT_B/{}", scope.replace('/', "-"));
        setup.insert("ownership", &key, of("DOT_B", scope));
    }
    setup.written(undisturbed);
}

/// A row that an item rests on and that is not there is missing, not forgiven.
pub fn expected_row_that_is_not_there_is_noticed<S: StoreUnderTest>(store: &S) {
    let setup = Setup::new(store);
    let mut item = setup.opened_item("DOT_A");
    item.expected = vec![ExpectedRow {
        carrier: "approval".to_owned(),
        row_key: "app/none".to_owned(),
        row_hash: digest("none"),
    }];
    setup.authorise("DOT_A");
    assert_eq!(setup.lost(item), changed("AUTHORITY_READBACK_MISSING"));
}

/// Once a head has moved, every expected row is read again in full: one whose columns no longer
/// hash to what was attested is a mismatch.
pub fn row_changed_behind_the_stores_back_is_noticed_when_a_head_moved<S: StoreUnderTest>(
    store: &S,
) {
    let setup = Setup::new(store);
    let rows = setup.authorise("DOT_A");
    let mut item = setup.opened_item("DOT_A");
    item.expected = rows;
    store.tamper(Tampering::AuthorityRow {
        carrier: "approval",
        row_key: "app/DOT_A",
        column: "proposer",
        text: "principal/somebody",
    });
    setup.insert("approval_vote", "vote/1", vote("app/DOT_A", "approve"));
    assert_eq!(setup.lost(item), changed("AUTHORITY_READBACK_MISMATCH"));
}

/// A head that moved says only that somebody has to look: an insert that changes nothing of what
/// the item rests on does not cost it anything, whether it concerns the target or all targets.
pub fn moved_head_that_changes_nothing_does_not_disturb<S: StoreUnderTest>(store: &S) {
    let setup = Setup::new(store);
    let rows = setup.authorise("DOT_A");
    let mut item = setup.opened_item("DOT_A");
    item.expected = rows;
    setup.insert("approval_vote", "vote/1", vote("app/DOT_A", "approve"));
    let unrelated: Value = crate::material::verifier("verifier/other");
    setup.insert("verifier", "verifier/1", unrelated);
    let before = &item.head_versions;
    assert!(before.iter().all(|head| {
        let now = match head.scope_key.as_str() {
            "*" => setup.versions("DOT_A")[1],
            _ => setup.versions("DOT_A")[0],
        };
        now == head.version + 1
    }));
    setup.written(item);
}

/// Rows of another target move another target's head.
pub fn rows_of_other_targets_do_not_disturb<S: StoreUnderTest>(store: &S) {
    let setup = Setup::new(store);
    let rows = setup.authorise("DOT_A");
    let mut item = setup.opened_item("DOT_A");
    item.expected = rows;
    let before = setup.versions("DOT_A");
    setup.authorise("DOT_B");
    setup.insert("approval_vote", "vote/B", vote("app/DOT_B", "reject"));
    assert_eq!(setup.versions("DOT_A"), before);
    setup.written(item);
}
