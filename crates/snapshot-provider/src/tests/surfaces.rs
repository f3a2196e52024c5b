use canonical::{Timestamp, hash, tags};
use serde_json::{Value, json};

use super::fixture::{ATTEMPT, Scene, accepted, check, digest, observer};
use crate::capture::{Attempt, Input, Observer, capture};
use crate::contract::{
    RejectCode, SnapshotPhase, SurfaceCapture, SurfaceKind, SurfaceSpec, WriteSetProvenance,
};
use crate::error::CaptureError;
use crate::port::{FoundRow, PortError, SurfaceContent, SurfaceQuery, SurfaceReader};
use crate::refuse::Findings;
use crate::surface::observe;

fn added(count: usize) -> Value {
    let row = |number| {
        json!({
            "row_key": format!("row-{number}"),
            "row_hash": digest("5a"),
            "attempt_id": ATTEMPT,
            "transaction_id": "txn:42",
        })
    };
    let rows: Vec<Value> = (0..count).map(row).collect();
    json!({"write_set": {"provenance": "writer_ordinal", "rows": rows}})
}

fn surface(change: impl FnOnce(&mut Scene), name: &str) -> SurfaceCapture {
    let capture = accepted(change).capture.unwrap();
    let found = capture.surfaces.iter().find(|one| one.surface == name);
    found.unwrap().clone()
}

#[test]
fn a_state_surface_is_the_hash_of_its_rows_in_canonical_order() {
    let (first, second) = (json!({"a": 1}), json!({"a": 2}));
    let of = |rows: Value| {
        surface(
            |scene| scene.surfaces["config"] = json!({"rows": rows}),
            "config",
        )
    };
    let captured = of(json!([second, first]));
    let formula = hash(tags::SURFACE, &json!([first, second])).unwrap();
    assert_eq!(captured.content_hash, Some(formula));
    assert_eq!(captured.canonicalization_version, "jcs-rows/v1");
    assert!(captured.write_set.is_none());
    assert_eq!(captured, of(json!([first, second])));
    assert_ne!(captured, of(json!([first])));
}

#[test]
fn an_empty_state_surface_has_the_hash_of_no_rows() {
    let holds = surface(|_| (), "holds");
    assert_eq!(
        holds.content_hash,
        Some(hash(tags::SURFACE, &json!([])).unwrap())
    );
}

#[test]
fn a_file_surface_is_its_content_hash() {
    let launcher = surface(|_| (), "launcher");
    assert_eq!(launcher.content_hash.unwrap().to_string(), digest("3f"));
}

#[test]
fn an_append_only_surface_is_the_write_set_of_the_attempt() {
    let ledger = surface(|scene| scene.surfaces["ledger"] = added(1), "ledger");
    let write_set = ledger.write_set.unwrap();
    assert!(ledger.content_hash.is_none());
    assert_eq!(write_set.provenance, WriteSetProvenance::WriterOrdinal);
    assert_eq!(write_set.rows[0].row_key, "row-0");
    assert_eq!(write_set.rows[0].attempt_id.unwrap().to_string(), ATTEMPT);
    assert_eq!(write_set.rows[0].transaction_id, "txn:42");
}

/// The cases SC-10 and P2-SN-09.
#[test]
fn a_row_count_is_no_provenance() {
    let offered = |name: &'static str, provenance: &'static str| {
        move |scene: &mut Scene| {
            scene.surfaces[name] = json!({"write_set": {"provenance": provenance, "rows": []}});
        }
    };
    let code = RejectCode::SnapshotWritesetProvenanceAbsent;
    check(offered("ledger", "row_count"), &[code]);
    check(offered("heads", "row_count"), &[code]);
    check(
        |scene| scene.surfaces["ledger"] = json!({"rows": []}),
        &[code],
    );
    accepted(offered("ledger", "writer_txid"));
    accepted(offered("ledger", "xmin"));
}

#[test]
fn more_added_rows_than_an_attempt_can_mean_are_refused() {
    let code = RejectCode::SnapshotWritesetMismatch;
    check(|scene| scene.surfaces["ledger"] = added(65), &[code]);
    accepted(|scene| scene.surfaces["ledger"] = added(64));
}

#[test]
fn every_surface_without_evidence_is_named() {
    check(
        |scene| {
            scene.surfaces["ledger"] = json!({"rows": []});
            scene.surfaces["launcher"] = json!({"rows": []});
        },
        &[
            RejectCode::SnapshotWritesetProvenanceAbsent,
            RejectCode::ManifestUnknownSurface,
        ],
    );
}

#[test]
fn the_aggregate_is_recomputed_from_the_envelope_by_its_published_formula() {
    let snapshot = accepted(|scene| scene.surfaces["ledger"] = added(2));
    let capture = snapshot.capture.unwrap();
    let entry = |one: &SurfaceCapture| {
        let write_set = one.write_set.as_ref();
        let write_set = write_set.map(|set| serde_json::to_value(set).unwrap());
        json!({
            "surface": one.surface,
            "content_hash": one.content_hash,
            "write_set_hash": write_set.map(|set| hash(tags::SURFACE, &set).unwrap()),
        })
    };
    let entries: Vec<Value> = capture.surfaces.iter().map(entry).collect();
    let formula = hash(tags::SURFACE, &json!({"surfaces": entries})).unwrap();
    assert_eq!(capture.aggregate.hash, formula);
    let listed = snapshot.manifest.unwrap().surfaces;
    let listed: Vec<_> = listed.iter().map(|spec| spec.name.clone()).collect();
    assert_eq!(capture.aggregate.members.to_vec(), listed);
}

/// A store that answers the same content for every surface.
struct Uniform(SurfaceContent);

impl SurfaceReader for Uniform {
    fn store_clock(&mut self) -> Result<Timestamp, PortError> {
        Err(PortError::new("the clock", "nobody asks"))
    }

    fn manifests(&mut self) -> Result<Vec<FoundRow>, PortError> {
        Err(PortError::new("manifests", "nobody asks"))
    }

    fn surface(&mut self, _: &SurfaceQuery<'_>) -> Result<SurfaceContent, PortError> {
        Ok(self.0.clone())
    }

    fn issuer_is_governed(&mut self, _: &str) -> Result<bool, PortError> {
        Err(PortError::new("the issuer", "nobody asks"))
    }
}

#[test]
fn a_state_surface_that_has_no_canonical_bytes_is_refused() {
    let codes = |value: Value| {
        let spec = SurfaceSpec {
            name: "config".parse().unwrap(),
            kind: SurfaceKind::State,
            carrier: "dot_config".parse().unwrap(),
        };
        let content = SurfaceContent::Rows(vec![json!({ "ratio": value })]);
        let mut findings = Findings::default();
        let seen = observe(&spec, content, &mut findings).unwrap();
        assert_eq!(seen.is_none(), !findings.is_empty());
        let refusals = findings.into_refusals().unwrap();
        refusals.iter().map(|one| one.code).collect::<Vec<_>>()
    };
    assert_eq!(codes(json!(0.5)), [RejectCode::CanonicalizationUnsupported]);
    assert_eq!(codes(json!(5)), []);
}

/// Time that passes between the two clocks would be taken for skew.
#[test]
fn the_store_clock_is_read_before_any_work() {
    let mut reader = Uniform(SurfaceContent::Unknown);
    let observer = observer(4321);
    let unopenable = Input {
        registration_request: b"",
        owner_attestation: b"",
        artifact_attestation: b"",
        policy: b"",
        attempt: Attempt {
            attempt_id: ATTEMPT.parse().unwrap(),
            correlation_id: ATTEMPT.parse().unwrap(),
        },
        phase: SnapshotPhase::Before,
        observer: Observer {
            principal: "uid:1000".parse().unwrap(),
            process: serde_json::from_value(observer["process"].clone()).unwrap(),
        },
        sequence: 1_u32.into(),
        continuity: false,
        now: Timestamp::EPOCH,
    };
    let error = capture(&mut reader, &unopenable).unwrap_err();
    assert!(matches!(error, CaptureError::Port(_)), "{error}");
}
