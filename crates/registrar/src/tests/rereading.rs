//! Readback and recheck: what rows are found to be, and what that means inside the transaction.

use serde_json::json;

use super::bench::*;
use super::faults::Faulty;
use crate::contract::{self, AuthorityReadback, LifecycleStatus};
use crate::port::{ExpectedRow, RereadRow, RowStatus};
use crate::*;

fn reread(world: &World) -> AuthorityReadback {
    let trial = Trial::of(world, &Submission::new(1));
    contract::authority_readback()
        .open(&trial.readback.bytes)
        .unwrap()
        .into_value()
}

fn found(readback: &AuthorityReadback, key: &str) -> contract::ReadbackRow {
    let mut rows = readback.rows.iter();
    rows.find(|row| row.row_key == key).unwrap().clone()
}

#[test]
fn every_source_row_is_reread_with_its_recomputed_hash() {
    let readback = reread(&world());
    let keys: Vec<&str> = readback
        .rows
        .iter()
        .map(|row| row.row_key.as_str())
        .collect();
    assert_eq!(keys, ["adm-1", "apr-1", "own-1"]);
    let row = found(&readback, "own-1");
    assert!(row.row_hash.is_some());
    assert_eq!(row.lifecycle_status, Some(LifecycleStatus::Active));
    assert_eq!(row.active_heads.get(), 1);
    assert_eq!(row.issued_at, Some(at(-1000)));
    assert_eq!(readback.store_clock, at(6));
}

/// Time that passes between the two clocks would be taken for skew.
#[test]
fn store_clock_is_read_before_any_work() {
    let mut store = Faulty::new(&world(), &[]);
    let attempt = Attempt {
        attempt_id: uuid(1),
        correlation_id: uuid(2),
    };
    let unopenable = rereading(b"", b"", b"", attempt);
    readback(&mut store, &unopenable).unwrap_err();
    assert_eq!(store.clock_reads, 1);
}

#[test]
fn absent_row_is_reported_absent() {
    let readback = reread(&World::new(at(6), digest("fingerprint")));
    let row = found(&readback, "own-1");
    assert_eq!((row.row_hash, row.lifecycle_status), (None, None));
    assert_eq!(row.active_heads.get(), 0);
}

#[test]
fn tampered_row_has_no_hash() {
    let world = World::new(at(6), digest("fingerprint"));
    let mut tampered = row("ownership", "own-1", &json!({}));
    tampered
        .columns
        .insert("owner".to_owned(), json!("mallory"));
    world.insert_row(tampered);
    assert_eq!(found(&reread(&world), "own-1").row_hash, None);
}

#[test]
fn superseding_row_ends_the_old_one_at_its_own_issue() {
    let world = world();
    let revocation = json!({"supersedes": "own-1", "lifecycle_status": "revoked",
        "issued_at": at(1), "object_ref": "DOT_A"});
    world.insert_row(row("ownership", "own-2", &revocation));
    let row = found(&reread(&world), "own-1");
    assert_eq!(row.lifecycle_status, Some(LifecycleStatus::Revoked));
    assert_eq!(row.lifecycle_changed_at, Some(at(1)));
}

#[test]
fn rejecting_vote_revokes_its_approval() {
    let world = world();
    let vote = json!({"approval_ref": "apr-1", "decision": "reject", "issued_at": at(2)});
    world.insert_row(row("approval_vote", "vote-9", &vote));
    let row = found(&reread(&world), "apr-1");
    assert_eq!(row.lifecycle_status, Some(LifecycleStatus::Revoked));
    assert_eq!(row.lifecycle_changed_at, Some(at(2)));
}

#[test]
fn insert_moves_the_head_of_its_own_target_only() {
    let world = world();
    let before = Trial::of(&world, &Submission::new(1))
        .readback
        .head_versions;
    world.insert_row(row("ownership", "own-b", &json!({"object_ref": "DOT_B"})));
    let same = Trial::of(&world, &Submission::new(1))
        .readback
        .head_versions;
    assert_eq!(same, before);
    world.insert_row(row("ownership", "own-a", &json!({"object_ref": "DOT_A"})));
    world.insert_row(row("principal", "principal/x", &json!({})));
    let moved = Trial::of(&world, &Submission::new(1))
        .readback
        .head_versions;
    assert!(
        moved
            .iter()
            .zip(&before)
            .all(|(new, old)| new.version == old.version + 1)
    );
}

fn expected() -> ExpectedRow {
    ExpectedRow {
        carrier: "ownership".to_owned(),
        row_key: "own-1".to_owned(),
        row_hash: digest("own-1"),
    }
}

fn good() -> RereadRow {
    RereadRow {
        carrier: "ownership".to_owned(),
        row_key: "own-1".to_owned(),
        row_hash: Some(digest("own-1")),
        issued_at: Some(at(-1000)),
        status: Some(RowStatus::Active),
        status_changed_at: Some(at(-1000)),
        active_heads: 1,
    }
}

#[test]
fn unchanged_row_still_holds() {
    assert!(recheck(&[expected()], &[good()]).is_empty());
}

#[test]
fn recheck_names_what_no_longer_holds() {
    let other = |row: RereadRow| recheck(&[expected()], &[row]);
    for neighbour in [
        RereadRow {
            carrier: "approval".to_owned(),
            ..good()
        },
        RereadRow {
            row_key: "own-2".to_owned(),
            ..good()
        },
    ] {
        assert_eq!(other(neighbour), ["AUTHORITY_READBACK_MISSING"]);
    }
    assert_eq!(recheck(&[expected()], &[]), ["AUTHORITY_READBACK_MISSING"]);
    assert_eq!(
        other(RereadRow {
            status: None,
            row_hash: None,
            ..good()
        }),
        ["AUTHORITY_READBACK_MISSING"]
    );
    assert_eq!(
        other(RereadRow {
            row_hash: Some(digest("x")),
            ..good()
        }),
        ["AUTHORITY_READBACK_MISMATCH"]
    );
    assert_eq!(
        other(RereadRow {
            row_hash: None,
            ..good()
        }),
        ["AUTHORITY_READBACK_MISMATCH"]
    );
    assert_eq!(
        other(RereadRow {
            active_heads: 2,
            ..good()
        }),
        ["AMBIGUOUS_AUTHORITY"]
    );
    for status in [
        RowStatus::Superseded,
        RowStatus::Revoked,
        RowStatus::Expired,
    ] {
        assert_eq!(
            other(RereadRow {
                status: Some(status),
                ..good()
            }),
            ["LIFECYCLE_CHANGED_POST_ISSUANCE"]
        );
    }
}

#[test]
fn carriers_are_stated_as_they_were_judged() {
    let world = world();
    let trial = Trial::of(&world, &Submission::new(1));
    let judged = CarrierFacts {
        carrier: "ownership".to_owned(),
        class: "PROVEN_AUTHORITY_CONTROLLED_CARRIER".to_owned(),
        writer_authority: "proven".to_owned(),
        immutability: "refuted".to_owned(),
        consumer_readback: "unproven".to_owned(),
        tamper_evidence: "not_applicable".to_owned(),
        retention: "proven".to_owned(),
        transition_writer: "refuted".to_owned(),
    };
    let plain = rereading(&trial.owner, &trial.artifact, &trial.policy, trial.attempt);
    let input = ReadbackInput {
        carriers: std::slice::from_ref(&judged),
        ..plain
    };
    let readback = readback(&mut world.clone(), &input).unwrap();
    let stated = serde_json::from_slice::<serde_json::Value>(&readback.bytes).unwrap();
    let expected = json!([{
        "carrier": "ownership", "carrier_class": "PROVEN_AUTHORITY_CONTROLLED_CARRIER",
        "criteria": {
            "writer_authority": "proven", "immutability": "refuted",
            "consumer_readback": "unproven", "tamper_evidence": "not_applicable",
            "retention": "proven", "transition_writer": "refuted",
        },
    }]);
    assert_eq!(stated["carriers"], expected);
}
