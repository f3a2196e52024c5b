//! What a transaction wrote beside its decisions shows with every attempt of it.

use canonical::Uuid;
use snapshot_provider::port::{AddedRow, SurfaceContent, SurfaceKind, SurfaceQuery, SurfaceReader};

use crate::tests::fixture::Fixture;

const OWN: &str = "0197a3b2-7c1d-7e4f-8a90-1b2c3d4e5f60";
const OTHER: &str = "0197a3b2-7c1d-7e4f-8a90-1b2c3d4e5f61";

/// A key as the table wants it, for an attempt, without anything that belongs to it.
fn key(attempt: &str) -> String {
    format!(
        "INSERT INTO holdfast.ledger (ledger_key, attempt_id, nonce, effect_identity, \
           authorization_binding_digest, owner_binding_digest, artifact_hash, target, operation, \
           run_id, attempt_no, expires_at, head_key, checksum) \
         SELECT k, a, n, h, h, h, h, 'dot:X', 'o', 'r', 1, now() + interval '1 day', 'k' || a, \
           sha256(k || n || h || h || h || h || convert_to(a::text || '5:dot:X1:o1:rk' || a, 'UTF8')) \
         FROM (SELECT '{attempt}'::uuid AS a, sha256('{attempt}') AS h, \
           uuid_send('{attempt}') || sha256('n') AS n, \
           substr(uuid_send('{attempt}'), 1, 6) || sha256('{attempt}') AS k) AS i;"
    )
}

fn decision(attempt: &str) -> String {
    format!(
        "INSERT INTO holdfast.decision (ledger_key, attempt_id, bytes, evidence_hash) \
         SELECT ledger_key, attempt_id, '', sha256('') FROM holdfast.ledger \
         WHERE attempt_id = '{attempt}';"
    )
}

/// The rows that the ledger is said to have got by the first attempt, when one transaction ran this.
fn added(statements: &[String]) -> Vec<AddedRow> {
    let fixture = Fixture::fresh();
    let all = format!(
        "BEGIN; SET LOCAL session_replication_role = replica; {} COMMIT",
        statements.concat()
    );
    fixture.superuser().batch_execute(&all).unwrap();
    let content = fixture
        .store
        .observer_reader()
        .unwrap()
        .surface(&SurfaceQuery {
            name: "ledger",
            kind: SurfaceKind::AppendOnly,
            carrier: "ledger",
            target: "dot:X",
            attempt_id: OWN.parse().unwrap(),
        });
    match content.unwrap() {
        SurfaceContent::WriteSet { rows, .. } => rows,
        other => panic!("no write-set but {other:?}"),
    }
}

#[test]
fn a_row_without_a_decision_shows_with_the_attempts_beside_it() {
    let other: Uuid = OTHER.parse().unwrap();
    let stray = added(&[
        key(OWN),
        decision(OWN),
        key(OTHER).replace("dot:X", "dot:Y"),
    ]);
    assert_eq!(stray.len(), 2);
    assert_eq!(stray[1].attempt_id, Some(other));
    let both = [
        key(OWN),
        decision(OWN),
        key(OTHER).replace("dot:X", "dot:Y"),
        decision(OTHER),
    ];
    let owned = added(&both);
    assert_eq!(owned.len(), 1);
    assert_eq!(owned[0].attempt_id, Some(OWN.parse().unwrap()));
}

#[test]
fn an_own_row_without_a_decision_shows_once() {
    assert_eq!(added(&[key(OWN)]).len(), 1);
}
