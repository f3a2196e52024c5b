//! The store in memory by itself: authority rows, what ends them, and the heads they move.

use serde_json::{Value, json};

use super::bench::*;
use crate::port::*;
use crate::*;

fn empty() -> World {
    World::new(at(6), digest("fingerprint"))
}

fn reread(world: &World, carrier: &str, row_key: &str) -> RereadRow {
    let place = RowRef {
        carrier: carrier.to_owned(),
        row_key: row_key.to_owned(),
    };
    only(world.clone().reread(&[place]).unwrap())
}

#[test]
fn a_row_has_the_status_that_it_was_written_with() {
    for (text, status) in [
        ("active", Some(RowStatus::Active)),
        ("superseded", Some(RowStatus::Superseded)),
        ("revoked", Some(RowStatus::Revoked)),
        ("expired", Some(RowStatus::Expired)),
        ("unheard", None),
    ] {
        let world = empty();
        world.insert_row(row(
            "ownership",
            "own-1",
            &json!({"lifecycle_status": text}),
        ));
        let found = reread(&world, "ownership", "own-1");
        assert_eq!((found.status, found.status_changed_at), (status, None));
    }
}

#[test]
fn a_later_row_ends_the_one_that_it_names_in_its_own_carrier() {
    for (text, status) in [
        ("active", RowStatus::Superseded),
        ("superseded", RowStatus::Superseded),
        ("revoked", RowStatus::Revoked),
        ("expired", RowStatus::Expired),
    ] {
        let world = empty();
        world.insert_row(row("ownership", "own-1", &json!({})));
        world.insert_row(row("ownership", "own-2", &json!({})));
        let later = json!({"supersedes": "own-1", "lifecycle_status": text, "issued_at": at(1)});
        world.insert_row(row("approval", "apr-1", &later));
        let untouched = reread(&world, "ownership", "own-1");
        assert_eq!(untouched.status, Some(RowStatus::Active));
        world.insert_row(row("ownership", "own-3", &later));
        let found = reread(&world, "ownership", "own-1");
        assert_eq!(found.status, Some(status));
        assert_eq!(found.status_changed_at, Some(at(1)));
        let other = reread(&world, "ownership", "own-2");
        assert_eq!(other.status, Some(RowStatus::Active));
    }
}

#[test]
fn a_rejecting_vote_ends_the_approval_that_it_is_about() {
    let vote = |about: &str, decision: &str| {
        let world = empty();
        world.insert_row(row("approval", "ref-1", &json!({})));
        world.insert_row(row("ownership", "ref-1", &json!({})));
        let columns = json!({"approval_ref": about, "decision": decision});
        world.insert_row(row("approval_vote", "vote-1", &columns));
        world
    };
    let status = |world: &World, carrier: &str| reread(world, carrier, "ref-1").status;
    let rejected = vote("ref-1", "reject");
    assert_eq!(status(&rejected, "approval"), Some(RowStatus::Revoked));
    assert_eq!(status(&rejected, "ownership"), Some(RowStatus::Active));
    for harmless in [vote("ref-1", "approve"), vote("ref-2", "reject")] {
        assert_eq!(status(&harmless, "approval"), Some(RowStatus::Active));
    }
    let world = empty();
    world.insert_row(row("approval", "ref-1", &json!({})));
    let no_vote = json!({"approval_ref": "ref-1", "decision": "reject"});
    world.insert_row(row("dot_config", "config-1", &no_vote));
    assert_eq!(status(&world, "approval"), Some(RowStatus::Active));
}

/// Two rows of a carrier that are one in what counts, and apart in each part of it alone.
#[test]
fn active_rows_of_one_logical_head_are_counted_together() {
    let of = |carrier: &str, first: &Value, second: &Value| {
        let world = empty();
        world.insert_row(row(carrier, "row-1", first));
        world.insert_row(row(carrier, "row-2", second));
        reread(&world, carrier, "row-1").active_heads
    };
    for (carrier, columns) in [
        (
            "ownership",
            &["object_type", "object_ref", "scope", "kind"][..],
        ),
        (
            "approval",
            &["operation", "object_type", "object_ref", "artifact_hash"],
        ),
        ("admission", &["dot_code"]),
        ("action_type", &["operation", "object_type"]),
        ("principal_binding", &["channel", "value"]),
    ] {
        let all = |other: Option<&str>| -> Value {
            let text = |name: &&str| {
                if Some(*name) == other {
                    "other"
                } else {
                    "same"
                }
            };
            let columns = columns
                .iter()
                .map(|name| ((*name).to_owned(), json!(text(name))));
            Value::Object(columns.collect())
        };
        let mut ended = all(None);
        ended["lifecycle_status"] = json!("revoked");
        assert_eq!(of(carrier, &all(None), &all(None)), 2, "{carrier}");
        assert_eq!(of(carrier, &all(None), &ended), 1, "{carrier}");
        for name in columns {
            assert_eq!(
                of(carrier, &all(None), &all(Some(name))),
                1,
                "{carrier}.{name}"
            );
        }
    }
    assert_eq!(of("manifest", &json!({}), &json!({})), 1);
}

#[test]
fn an_insert_moves_the_head_of_the_target_that_its_row_is_about() {
    let about = json!({"object_ref": "DOT_A", "dot_code": "DOT_A", "approval_ref": "apr-1"});
    let moved = |carrier: &str| -> Vec<(String, u64)> {
        let world = empty();
        world.insert_row(row("approval", "apr-1", &json!({"object_ref": "DOT_A"})));
        world.insert_row(row(carrier, "row-1", &about));
        let heads = world.clone().head_versions("dot:DOT_A").unwrap();
        let heads = heads.into_iter();
        heads.map(|head| (head.scope_key, head.version)).collect()
    };
    for carrier in [
        "ownership",
        "approval",
        "approval_vote",
        "admission",
        "dot_config",
        "hold_event",
        "retirement",
    ] {
        let own = [("dot:DOT_A".to_owned(), 2), ("*".to_owned(), 0)];
        assert_eq!(moved(carrier), own, "{carrier}");
    }
    for carrier in ["principal", "principal_binding", "action_type", "manifest"] {
        let global = [("dot:DOT_A".to_owned(), 1), ("*".to_owned(), 1)];
        assert_eq!(moved(carrier), global, "{carrier}");
    }
}
