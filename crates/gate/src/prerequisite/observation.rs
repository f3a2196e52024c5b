//! Snapshot manifest and independent observer.

use super::Finding;
use crate::contract::RejectCode;
use crate::facts::Facts;
use crate::rights::may_insert;

pub(super) fn manifest(facts: &Facts, finding: &mut Finding) {
    let unproven = RejectCode::SnapshotManifestSourceUnproven;
    match facts.manifests.as_slice() {
        [row] => finding.require(
            row.text("issuer")
                .is_ok_and(|issuer| facts.is_authority(issuer)),
            unproven,
            format!("manifest `{}` is issued by a governed principal", row.key()),
        ),
        rows => finding.fault(
            unproven,
            format!("{} manifests are active, one is due", rows.len()),
        ),
    }
    finding.require(
        facts.observer_is_another_process,
        unproven,
        "the observer is a process of its own",
    );
    let observer_only_reads = facts.credentials.iter().any(|credential| {
        credential.role == "observer"
            && credential.may_insert.is_empty()
            && credential.may_update.is_empty()
            && credential.may_delete.is_empty()
    });
    finding.require(
        observer_only_reads,
        unproven,
        "`observer` has a credential of its own that writes no surface",
    );
    finding.require(
        may_insert(facts, "snapshot-writer", "snapshot"),
        unproven,
        "`snapshot-writer` has a credential that inserts captures",
    );
}
