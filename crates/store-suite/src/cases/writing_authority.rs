//! Authority rows as their writer inserts them, and the versions that move with them.

use authority::port::{AuthorityWriter as _, NewRow, RowStatus};
use registrar::port::RegistrarStore as _;
use serde_json::json;

use crate::StoreUnderTest;
use crate::material::{
    approval, at, config, digest, hold, manifest, new_row, ownership, superseding, verifier, vote,
};
use crate::setup::{Setup, only};

/// A row is written by whom the store saw, whatever the row says of its writer; it hashes to what
/// was given back, and is read again as it was given back.
pub fn row_is_written_by_whom_the_store_saw<S: StoreUnderTest>(store: &S) {
    let setup = Setup::new(store);
    let mut row = new_row("verifier", "v/1", verifier("verifier/head"));
    row.columns
        .insert("written_by".into(), json!("principal/somebody"));
    let returned = only(setup.insert_all(vec![row]));
    assert_eq!(
        returned.text("written_by").unwrap(),
        store.recorded_writer()
    );
    assert_eq!(returned.carrier().to_string(), "verifier");
    assert_eq!(returned.key(), "v/1");
    let stored = only(setup.authority().rows("verifier").unwrap());
    assert_eq!(stored.row, returned);
    assert_eq!(stored.status, RowStatus::Active);
    let row_hash = setup.reread("verifier", "v/1").row_hash;
    assert_eq!(row_hash, Some(returned.row_hash()));
}

/// Rows come back in the order in which they were written, those of one call too.
pub fn rows_are_read_in_the_order_of_writing<S: StoreUnderTest>(store: &S) {
    let setup = Setup::new(store);
    let entry = |key: &str| new_row("dot_config", key, config("DOT_A", key, "closed"));
    let returned = setup.insert_all(vec![entry("c"), entry("a")]);
    let keys: Vec<_> = returned.iter().map(|row| row.key().to_owned()).collect();
    assert_eq!(keys, ["c", "a"]);
    setup.insert_all(vec![entry("b")]);
    let stored = setup.authority().rows("dot_config").unwrap();
    let keys: Vec<_> = stored.iter().map(|row| row.row.key().to_owned()).collect();
    assert_eq!(keys, ["c", "a", "b"]);
    assert_eq!(setup.authority().rows("approval").unwrap(), []);
}

/// A row's effective status follows the row that superseded it: replaced, revoked or expired. A
/// row that was inserted as ended is ended.
pub fn status_of_a_row_follows_what_superseded_it<S: StoreUnderTest>(store: &S) {
    let setup = Setup::new(store);
    let row = |key: &str, columns| new_row("verifier", key, columns);
    let later = |status: &str, supersedes: &str| {
        let mut columns = superseding(verifier("verifier/head"), status, supersedes);
        columns["issued_at"] = json!(at(5));
        columns
    };
    setup.insert_all(vec![
        row("v/1", verifier("verifier/head")),
        row("v/2", later("active", "v/1")),
        row("v/3", later("revoked", "v/2")),
        row("v/4", verifier("verifier/other")),
        row("v/5", later("expired", "v/4")),
    ]);
    let stored = setup.authority().rows("verifier").unwrap();
    let statuses: Vec<_> = stored.iter().map(|row| row.status).collect();
    assert_eq!(
        statuses,
        [
            RowStatus::Superseded,
            RowStatus::Revoked,
            RowStatus::Revoked,
            RowStatus::Expired,
            RowStatus::Expired
        ]
    );
    let reread = setup.reread("verifier", "v/1");
    assert_eq!(reread.status, Some(registrar::port::RowStatus::Superseded));
    assert_eq!(reread.issued_at, Some(at(0)));
    assert_eq!(reread.status_changed_at, Some(at(5)));
}

/// Rows of one call are written all or none: one with a column that is missing, unknown or does not
/// hold what it should, of no carrier, of no status or without a key takes the others with it.
pub fn unfit_rows_are_refused_together<S: StoreUnderTest>(store: &S) {
    let setup = Setup::new(store);
    let good = || new_row("verifier", "v/1", verifier("verifier/head"));
    let bad = || new_row("verifier", "v/2", verifier("verifier/head"));
    let mut missing = bad();
    missing.columns.remove("description");
    let mut unknown = bad();
    unknown.columns.insert("other".into(), json!(1));
    let mut unfit = bad();
    unfit.columns.insert("issued_at".into(), json!("yesterday"));
    let mut elsewhere = bad();
    elsewhere.carrier = "ledger".into();
    let mut lifeless = bad();
    lifeless
        .columns
        .insert("lifecycle_status".into(), json!("retired"));
    let mut keyless = bad();
    keyless.row_key = "no identifier at all".into();
    let before = setup.versions("DOT_A");
    for row in [
        missing,
        unknown,
        unfit,
        elsewhere,
        lifeless,
        keyless,
        good(),
    ] {
        let refused = setup.authority().insert(vec![good(), row]);
        refused.unwrap_err();
        assert_eq!(setup.count("verifier"), 0);
    }
    assert_eq!(setup.versions("DOT_A"), before);
    setup.insert_all(vec![good()]);
}

/// A row supersedes one row that is there, once, and never itself.
pub fn row_is_superseded_once<S: StoreUnderTest>(store: &S) {
    let setup = Setup::new(store);
    let columns = || config("DOT_A", "schedule", "closed");
    let later = |supersedes: &str| superseding(columns(), "active", supersedes);
    setup.insert("dot_config", "one", columns());
    setup.insert("dot_config", "two", later("one"));
    for (key, supersedes) in [("three", "one"), ("four", "four"), ("five", "none")] {
        let row = new_row("dot_config", key, later(supersedes));
        let refused = setup.authority().insert(vec![row]);
        refused.unwrap_err();
    }
    setup.insert("dot_config", "six", later("two"));
    assert_eq!(setup.count("dot_config"), 3);
}

/// A row supersedes only what concerns the same target or question; what is refused moves no head.
pub fn row_supersedes_only_a_row_of_its_own_target<S: StoreUnderTest>(store: &S) {
    let setup = Setup::new(store);
    setup.authorise("DOT_A");
    setup.authorise("DOT_B");
    setup.insert(
        "dot_config",
        "config/1",
        config("DOT_A", "schedule", "open"),
    );
    let before = ["DOT_A", "DOT_B", "DOT_C"].map(|code| setup.versions(code));
    for (carrier, columns, supersedes) in [
        ("ownership", ownership("DOT_C"), "own/DOT_A"),
        ("approval", approval("DOT_B"), "app/DOT_A"),
        ("dot_config", config("DOT_A", "other", "open"), "config/1"),
        (
            "dot_config",
            config("DOT_B", "schedule", "open"),
            "config/1",
        ),
    ] {
        let row = new_row(carrier, "x", superseding(columns, "active", supersedes));
        let refused = setup.authority().insert(vec![row]);
        refused.unwrap_err();
    }
    let after = ["DOT_A", "DOT_B", "DOT_C"].map(|code| setup.versions(code));
    assert_eq!(before, after);
    let own = superseding(ownership("DOT_A"), "active", "own/DOT_A");
    setup.insert("ownership", "own/x", own);
}

/// A code has one accountable owner in a scope at a time: a second needs to supersede the first, to
/// begin when the first has ended, or another scope.
pub fn one_code_has_one_accountable_owner_at_a_time<S: StoreUnderTest>(store: &S) {
    let setup = Setup::new(store);
    let mut first = ownership("DOT_A");
    first["effective_to"] = json!(at(100));
    setup.insert("ownership", "own/1", first.clone());
    let refused = |columns| {
        let row = new_row("ownership", "own/x", columns);
        let refused = setup.authority().insert(vec![row]);
        refused.unwrap_err();
    };
    let mut overlapping = ownership("DOT_A");
    overlapping["effective_from"] = json!(at(99));
    refused(ownership("DOT_A"));
    refused(overlapping);
    let mut following = ownership("DOT_A");
    following["effective_from"] = json!(at(100));
    setup.insert("ownership", "own/2", following.clone());
    let replacing = superseding(following, "active", "own/2");
    setup.insert("ownership", "own/3", replacing);
    let mut supporting = ownership("DOT_A");
    supporting["kind"] = json!("supporting");
    setup.insert("ownership", "own/4", supporting);
    let mut beside = ownership("DOT_A");
    beside["scope"] = json!("other");
    setup.insert("ownership", "own/5", beside);
}

/// Who somebody is, what a channel's value stands for and what an operation needs has one answer at
/// a time: a second active row has to supersede the first.
pub fn identities_and_operations_have_one_active_row<S: StoreUnderTest>(store: &S) {
    let setup = Setup::new(store);
    for (carrier, columns) in [
        ("principal", principal("principal/olga", "human")),
        ("principal_binding", binding("os_uid", "1000")),
        ("action_type", action_type("register_dot")),
    ] {
        let key = |number: u8| format!("{carrier}/{number}");
        setup.insert(carrier, &key(1), columns.clone());
        let second = new_row(carrier, &key(2), columns.clone());
        let refused = setup.authority().insert(vec![second]);
        refused.unwrap_err();
        let replacing = superseding(columns, "active", &key(1));
        setup.insert(carrier, &key(3), replacing);
    }
}

pub(crate) fn principal(name: &str, kind: &str) -> serde_json::Value {
    json!({"principal": name, "kind": kind, "side": "owner", "display_name": name})
}

pub(crate) fn binding(channel: &str, value: &str) -> serde_json::Value {
    json!({"channel": channel, "value": value, "principal": "principal/olga"})
}

pub(crate) fn action_type(operation: &str) -> serde_json::Value {
    json!({
        "operation": operation, "object_type": "dot", "implemented": 1, "risk_tier": "low",
        "required_scope": "catalogue", "postcondition_verifier_ref": "verifier/head",
        "signoff_required": 0,
    })
}

/// The version of a target's head moves by one with every row that concerns the target, that of all
/// targets with every row that concerns all, and neither with anything else.
pub fn head_versions_count_the_rows_of_the_target_and_of_all<S: StoreUnderTest>(store: &S) {
    let setup = Setup::new(store);
    // The policy is in force.
    assert_eq!(setup.versions("DOT_A"), [0, 1]);
    let admission = json!({
        "dot_code": "DOT_A", "canonical_path": "/srv/dots/report.sh", "origin": "/srv/dots",
        "artifact_type": "file", "artifact_hash": digest("artifact"),
        "hash_algorithm": "sha256", "canonicalization_version": "raw-bytes/v1",
    });
    let of_target: [NewRow; 6] = [
        new_row("ownership", "own/1", ownership("DOT_A")),
        new_row("approval", "app/1", approval("DOT_A")),
        new_row("approval_vote", "vote/1", vote("app/1", "reject")),
        new_row("admission", "admission/1", admission),
        new_row("dot_config", "config/1", config("DOT_A", "n", "closed")),
        new_row("hold_event", "hold/1", hold("DOT_A", "release")),
    ];
    let of_all = [
        new_row("principal", "p/1", principal("principal/olga", "human")),
        new_row("principal_binding", "b/1", binding("os_uid", "1000")),
        new_row("action_type", "a/1", action_type("register_dot")),
        new_row("manifest", "m/1", manifest("one")),
        new_row("verifier", "v/1", verifier("verifier/head")),
        new_row("hold_event", "hold/2", hold("*", "release")),
    ];
    for (number, row) in (1..).zip(of_target) {
        setup.insert_all(vec![row]);
        assert_eq!(setup.versions("DOT_A"), [number, 1]);
    }
    for (number, row) in (2..).zip(of_all) {
        setup.insert_all(vec![row]);
        assert_eq!(setup.versions("DOT_A"), [6, number]);
    }
    assert_eq!(setup.versions("DOT_B"), [0, 7]);
    setup.register("DOT_A");
    assert_eq!(setup.versions("DOT_A"), [6, 7]);
}

/// The writer's clock is the store's, as every other handle tells it.
pub fn every_handle_tells_the_stores_time<S: StoreUnderTest>(store: &S) {
    use gate::port::GateStore as _;
    use snapshot_provider::port::SurfaceReader as _;
    use verifier::port::CommittedReader as _;

    let times = [
        store.registrar().clock().unwrap(),
        store.authority().clock().unwrap(),
        store.observer().store_clock().unwrap(),
        store.verifier().clock().unwrap(),
        store.gate().clock().unwrap(),
        store.registrar().clock().unwrap(),
    ];
    assert!(times.is_sorted(), "{times:?}");
}
