//! What the two captures show together; after the write only.

use canonical::{Digest, Timestamp};

use super::adds_rows;
use crate::case::{Case, Sight};
use crate::contract::{
    ConsumeProof, HeadRef, RejectCode as Code, SurfaceCapture, SurfaceSpec, WriteSetRow,
};
use crate::finding::{Finding, Judged, StoppedBy};
use crate::time::after_by_more;

/// The carrier of committed decisions.
const DECISION: &str = "decision";

pub(super) fn order(case: &Case<'_>) -> Judged {
    let (before, after) = (case.before()?.capture, case.after()?.capture);
    let mut finding = Finding::default();
    if after.captured_at < before.captured_at || after.sequence.get() <= before.sequence.get() {
        let (left, right) = (&before.captured_at, &after.captured_at);
        finding.refuse_values(
            Code::SnapshotReversedInterval,
            "before / after",
            left,
            right,
        );
    }
    let (policy, start) = match (case.policy(), case.operation_start()) {
        (Ok(policy), Ok(start)) => (policy, start),
        (Err(stop), _) | (_, Err(stop)) => return finding.unless_failed(stop),
    };
    // The operation starts by the store's clock, so the store's clock at the capture is compared;
    // the observer's own may differ from it by the offset and no more.
    let offset_max = policy.clock_offset_max_ms.get();
    let precedes =
        |store: Timestamp, observer| store < start || after_by_more(start, observer, offset_max);
    if precedes(after.store_clock, after.captured_at) {
        let (code, name) = (Code::SnapshotBothBeforeOp, "after / operation_start");
        finding.refuse_values(code, name, &after.store_clock, &start);
    }
    if before.store_clock > start {
        let (code, name) = (Code::SnapshotReversedInterval, "before / operation_start");
        finding.refuse_values(code, name, &before.store_clock, &start);
    }
    Ok(finding)
}

/// A capture that claims no continuity claims nothing false: recovery finishes with another
/// process, whose program and credential the observer check has compared.
pub(super) fn continuity(case: &Case<'_>) -> Judged {
    let (before, after) = (case.before()?.capture, case.after()?.capture);
    let mut finding = Finding::default();
    let claimed = after.same_observer_continuity;
    let principals = (&before.observer.principal, &after.observer.principal);
    if (claimed && before.observer != after.observer) || principals.0 != principals.1 {
        let code = Code::SnapshotContinuityFalse;
        finding.refuse_values(code, "before / after", principals.0, principals.1);
    }
    Ok(finding)
}

pub(super) fn unchanged(case: &Case<'_>) -> Judged {
    let (before, after) = (case.before()?, case.after()?);
    let mut finding = Finding::default();
    let kept = before
        .capture
        .surfaces
        .iter()
        .filter(|one| !adds_rows(one.kind));
    for surface in kept {
        // A surface that is missing from the second capture is refused as a manifest that shrank.
        let Some(again) = captured(after, &surface.surface) else {
            continue;
        };
        if again.content_hash.is_none() || again.content_hash != surface.content_hash {
            finding.refuse(Code::SnapshotUnexpectedChange);
            let (left, right) = (shown(surface), shown(again));
            finding.show(&surface.surface, left.as_deref(), right.as_deref());
        }
    }
    Ok(finding)
}

fn captured<'a>(sight: Sight<'a>, name: &str) -> Option<&'a SurfaceCapture> {
    let mut surfaces = sight.capture.surfaces.iter();
    surfaces.find(|surface| surface.surface == name)
}

fn shown(surface: &SurfaceCapture) -> Option<String> {
    surface.content_hash.map(|hash| hash.to_string())
}

/// What one attempt must have added: a ledger row, a decision and a head, in one transaction.
struct Intended<'a> {
    case: &'a Case<'a>,
    proof: &'a ConsumeProof,
    head: &'a HeadRef,
}

pub(super) fn effect(case: &Case<'_>) -> Judged {
    let (decision, after) = (case.decision()?, case.after()?);
    let (Some(proof), Some(head)) = (&decision.consume, &decision.head) else {
        return Err(StoppedBy("replay.consume"));
    };
    let intended = Intended { case, proof, head };
    let mut finding = Finding::default();
    let specs = &after.manifest.surfaces;
    for spec in specs.iter().filter(|spec| adds_rows(spec.kind)) {
        let surface = captured(after, &spec.name);
        let rows = surface.and_then(|surface| surface.write_set.as_ref());
        if !rows.is_some_and(|write_set| intended.fits(spec, &write_set.rows)) {
            finding.refuse(Code::SnapshotWritesetMismatch);
            finding.show("surface", Some(&spec.name), None);
        }
    }
    // A manifest that protects neither would let the effect go unseen.
    for carrier in [crate::case::LEDGER, head.carrier.as_str()] {
        if !specs
            .iter()
            .any(|spec| spec.carrier == carrier && adds_rows(spec.kind))
        {
            finding.refuse(Code::SnapshotWritesetMismatch);
            finding.show("no surface of", Some(carrier), None);
        }
    }
    Ok(finding)
}

impl Intended<'_> {
    fn fits(&self, spec: &SurfaceSpec, rows: &[WriteSetRow]) -> bool {
        let carrier = &spec.carrier;
        if *carrier != crate::case::LEDGER && *carrier != DECISION && *carrier != self.head.carrier
        {
            return rows.is_empty();
        }
        let [row] = rows else {
            return false;
        };
        let own = row.attempt_id == Some(self.case.attempt.attempt_id)
            && row.transaction_id == self.proof.transaction_id;
        own && if *carrier == crate::case::LEDGER {
            names(&row.row_key, &self.proof.replay_key)
        } else if *carrier == DECISION {
            true
        } else {
            row.row_key == self.head.row_key && row.row_hash == self.head.row_hash
        }
    }
}

/// Whether a ledger row's key is that of a replay key; a store may put the mint time before it.
fn names(row_key: &str, replay_key: &Digest) -> bool {
    row_key.ends_with(&replay_key.to_hex())
}
