//! What a verdict shows of the values that its checks compared, held or failed.

use serde_json::json;

use super::baseline::{self, digest, process, source};
use super::bundle::{Set, Slot, after, before};
use crate::contract::RejectCode::*;
use crate::contract::{SourceRef, Verdict};
use crate::finding::Finding;

/// A line for each pair that a check shows, and for each row that it names.
fn shown(verdict: &Verdict) -> Vec<String> {
    let mut lines = Vec::new();
    for check in &*verdict.checks {
        let id = &*check.id;
        for pair in &*check.compared {
            let side = |text: &Option<canonical::Text>| {
                let text = text.as_ref().map_or("nothing", |text| text.as_str());
                // Which digest it is is said by the check's other tests.
                text.split_inclusive(':').next().unwrap().to_owned()
            };
            let (left, right) = (side(&pair.left), side(&pair.right));
            assert_eq!(pair.left == pair.right, left == right, "{id}");
            lines.push(format!("{id}: {}: {left} {right}", &*pair.name));
        }
        for row in &*check.source_refs {
            lines.push(format!("{id}: {} {}", &*row.carrier, &*row.row_key));
        }
    }
    lines
}

#[test]
fn an_accepting_verdict_shows_what_it_compared_and_on_which_rows() {
    let both = [
        "identity.target: request / owner attestation: dot: dot:",
        "identity.target: request / artifact attestation: dot: dot:",
        "identity.target: ownership own-1",
        "identity.operation: request / owner attestation: register_dot register_dot",
        "identity.operation: action_type act-1",
        "identity.scope: integration / owner attestation: catalogue catalogue",
        "identity.actor: integration / owner attestation: principal/alice principal/alice",
        "identity.actor: principal_binding bind-1",
        "authority.binding: artifact approved / attested: sha256: sha256:",
        "authority.binding: approval apr-1",
        "artifact.admission: request / artifact attestation: adm-1 adm-1",
        "artifact.admission: admission adm-1",
        "artifact.hash: request / artifact attestation: sha256: sha256:",
        "artifact.state: request / artifact attestation: file file",
    ];
    assert_eq!(shown(&before(&[], &[])), both);
    let attempt = "0197a3b2-7c1d-7e4f-8a90-1b2c3d4e5f60";
    let mut second = both.map(str::to_owned).to_vec();
    second.insert(
        0,
        "decision.reference: decision / verdict: sha256: sha256:".to_owned(),
    );
    second.insert(
        9,
        format!("replay.consume: consumed by / attempt: {attempt} {attempt}"),
    );
    assert_eq!(shown(&after(&[], &[])), second);
}

#[test]
fn a_failing_check_names_the_envelope_at_fault() {
    for (slot, name) in [
        (Slot::Policy, "policy"),
        (Slot::Request, "registration_request"),
        (Slot::Owner, "owner_attestation"),
        (Slot::Artifact, "artifact_attestation"),
        (Slot::Before, "snapshot before"),
        (Slot::Readback, "authority_readback"),
        (Slot::Integration, "integration"),
        (Slot::After, "snapshot after"),
        (Slot::Verdict, "verdict"),
        (Slot::Decision, "registration_decision"),
    ] {
        let edit = Set(slot, "/header/key_id", json!("key-1"));
        let verdict = match slot {
            Slot::After | Slot::Verdict | Slot::Decision => after(&[edit], &[KeyIdUnsupported]),
            _ => before(&[edit], &[KeyIdUnsupported]),
        };
        let expected = format!("{name}: key-1 nothing");
        let mut lines = shown(&verdict).into_iter();
        assert!(lines.any(|line| line.ends_with(&expected)), "{expected}");
    }
}

#[test]
fn a_check_shows_eight_pairs_and_eight_rows_at_most_and_each_row_once() {
    let rows: Vec<SourceRef> = (0..9)
        .map(|number| source("ownership", &format!("own-{number}"), "owner-attestation"))
        .map(|row| serde_json::from_value(row).unwrap())
        .collect();
    let mut finding = Finding::default();
    for number in 0..7 {
        finding.show(&format!("pair {number}"), Some("left"), None);
    }
    finding.cite(&rows[..7]);
    finding.cite(&rows[..7]);
    let (_, compared, cited) = finding.into_parts();
    assert_eq!((compared.len(), cited.len()), (7, 7));
    let mut finding = Finding::default();
    for number in 0..9 {
        finding.refuse_values(
            KeyIdUnsupported,
            &format!("pair {number}"),
            &number,
            &number,
        );
    }
    finding.cite(&rows);
    let (codes, compared, cited) = finding.into_parts();
    assert_eq!(codes, [KeyIdUnsupported]);
    assert_eq!((compared.len(), cited.len()), (8, 8));
}

#[test]
fn a_long_value_is_shown_to_its_bound() {
    for (length, shown) in [(400, 400), (401, 400)] {
        let mut finding = Finding::default();
        finding.show("long", Some(&"é".repeat(length)), None);
        let (_, compared, _) = finding.into_parts();
        let left = compared[0].left.as_deref().unwrap();
        assert_eq!(left, "é".repeat(shown));
    }
}

#[test]
fn an_envelope_that_states_something_on_no_row_is_named() {
    for (slot, name) in [
        (Slot::Owner, "owner_attestation"),
        (Slot::Artifact, "artifact_attestation"),
        (Slot::Before, "snapshot before"),
    ] {
        let edit = Set(slot, "/header/source_refs", json!([]));
        let lines = shown(&before(&[edit], &[SourceRefMissing]));
        let expected = format!("provenance.source_refs: {name}: nothing nothing");
        assert!(lines.contains(&expected), "{expected}: {lines:?}");
    }
}

#[test]
fn a_capture_at_fault_shows_what_it_states_and_what_is_due() {
    let unbound = Set(Slot::Before, "/capture/operation", json!("retire_dot"));
    let observer = Set(Slot::Readback, "/registrar_process", process(42, 1001));
    for (edit, code, expected) in [
        (
            unbound,
            SnapshotOperationUnbound,
            "operation: retire_dot register_dot",
        ),
        (observer, SnapshotObserverNotIndependent, "pid 42 uid 1002"),
    ] {
        let lines = shown(&before(&[edit], &[code]));
        let has = lines.iter().any(|line| line.ends_with(expected));
        assert!(has, "{expected}: {lines:?}");
    }
}

#[test]
fn a_value_that_a_caller_proposed_and_nobody_attested_is_named() {
    let value = "/trusted_attested/artifact_type/value";
    let edits = [
        Set(
            Slot::Request,
            "/request_proposed/artifact_type",
            json!("tree"),
        ),
        Set(Slot::Integration, value, json!("tree")),
    ];
    let lines = shown(&before(
        &edits,
        &[RequestProposedAsTrusted, ArtifactTypeMismatch],
    ));
    let expected = "artifact_type: tree file";
    assert!(
        lines.iter().any(|line| line.ends_with(expected)),
        "{lines:?}"
    );
}

#[test]
fn a_surface_that_changed_is_shown_with_both_hashes() {
    let hash = "/capture/surfaces/0/content_hash";
    let earlier = baseline::before().pointer(hash).unwrap().clone();
    let edit = Set(Slot::After, hash, json!(digest("changed")));
    let verdict = after(&[edit], &[SnapshotUnexpectedChange]);
    let mut pairs = verdict.checks.iter().flat_map(|check| &*check.compared);
    let pair = pairs.find(|pair| &*pair.name == "config").unwrap();
    assert_eq!(json!(pair.left), earlier);
    assert_eq!(json!(pair.right), json!(digest("changed")));
}
