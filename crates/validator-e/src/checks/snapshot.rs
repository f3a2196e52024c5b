//! Snapshots: who captured what, when, and what the pair shows.

use canonical::{Identifier, Timestamp};

use crate::case::{Case, Sight};
use crate::checks::provenance::scope_refused;
use crate::contract::{
    Assurance, AuthorityReadback, Policy, ProcessIdentity, Refusal, RejectCode as Code, Snapshot,
    SnapshotPhase, SurfaceCapture, SurfaceKind, VerdictStage, WriteSetProvenance,
};
use crate::finding::{Finding, Judged, StoppedBy};
use crate::open::Slot;
use crate::steps;
use crate::table::{Check, PassesOn};
use crate::time::{after_by_more, apart_by_more};

mod pair;

pub(crate) const CHECKS: &[Check] = &[
    Check::new(
        "snapshot.captured",
        "each capture that is due was made under a governed manifest",
        &[Code::SnapshotManifestSourceUnproven],
        captured,
    )
    .passing_on(PassesOn::Refusals),
    Check::new(
        "snapshot.attempt",
        "one capture for each phase, all of this attempt",
        &[
            Code::SnapshotAttemptMismatch,
            Code::SnapshotDuplicateRef,
            Code::SnapshotBothBeforeOp,
        ],
        attempt,
    ),
    Check::new(
        "snapshot.time",
        "the captures are recent, and their clocks agree",
        &[
            Code::SnapshotFutureTimestamp,
            Code::SnapshotClockSkew,
            Code::SnapshotStale,
        ],
        time,
    ),
    Check::new(
        "snapshot.bound",
        "the captures are bound to operation, scope and target",
        &[Code::SnapshotOperationUnbound, Code::SnapshotScopeUnbound],
        bound,
    ),
    Check::new(
        "snapshot.observer",
        "the observer is proven and independent",
        &[
            Code::SnapshotObserverNotIndependent,
            Code::SnapshotObserverUnproven,
        ],
        observer,
    ),
    Check::new(
        "snapshot.write_sets",
        "rows are known by who added them, none before the write",
        &[
            Code::SnapshotWritesetProvenanceAbsent,
            Code::SnapshotWritesetMismatch,
        ],
        write_sets,
    ),
    Check::new(
        "snapshot.order",
        "the operation began between the two captures",
        &[Code::SnapshotBothBeforeOp, Code::SnapshotReversedInterval],
        pair::order,
    )
    .after_write(),
    Check::new(
        "snapshot.continuity",
        "continuity is claimed only by one and the same observer",
        &[Code::SnapshotContinuityFalse],
        pair::continuity,
    )
    .after_write(),
    Check::new(
        "snapshot.unchanged",
        "nothing that had to stay the same changed",
        &[Code::SnapshotUnexpectedChange],
        pair::unchanged,
    )
    .taking(steps::pair)
    .after_write(),
    Check::new(
        "snapshot.effect",
        "the attempt added exactly what its decision intends",
        &[Code::SnapshotWritesetMismatch],
        pair::effect,
    )
    .taking(steps::pair)
    .after_write(),
];

fn captured(case: &Case<'_>) -> Judged {
    let mut finding = Finding::default();
    let explained = scope_refused(case);
    let follows =
        |refusal: &Refusal| explained.is_some() && refusal.code == Code::SnapshotScopeUnbound;
    let mut stop = None;
    for snapshot in opened(case) {
        let refusals = snapshot.refusals.iter();
        finding.pass_on(refusals.filter(|refusal| !follows(refusal)));
        if snapshot.refusals.iter().any(follows) {
            stop = explained;
        }
        let whole = snapshot.manifest.is_some() && snapshot.capture.is_some();
        if snapshot.refusals.is_empty() {
            finding.require(whole, Code::SnapshotManifestSourceUnproven);
        }
    }
    if let Some(stop) = stop {
        return finding.unless_failed(stop);
    }
    let due = match case.stage {
        VerdictStage::BeforeWrite => case.before().is_ok(),
        VerdictStage::AfterWrite => case.before().is_ok() && case.after().is_ok(),
    };
    if due || !finding.holds() {
        return Ok(finding);
    }
    let unopened = case
        .envelopes
        .snapshots
        .iter()
        .any(|one| one.opened().is_none());
    if unopened || case.envelopes.snapshots_given == 0 {
        return Err(StoppedBy("open.snapshots"));
    }
    finding.refuse(Code::SnapshotManifestSourceUnproven);
    Ok(finding)
}

fn opened<'a>(case: &Case<'a>) -> impl Iterator<Item = &'a Snapshot> {
    let opened = case.envelopes.snapshots.iter().filter_map(Slot::opened);
    opened.map(envelope::Opened::value)
}

fn attempt(case: &Case<'_>) -> Judged {
    let mut finding = Finding::default();
    let run_id = case
        .request()
        .map(|request| &request.request_proposed.run_id);
    for headed in case
        .headers
        .iter()
        .filter(|headed| headed.kind.is_snapshot())
    {
        let header = headed.header;
        let other_run = run_id.is_ok_and(|run_id| header.run_id != *run_id);
        if header.attempt_id != Some(case.attempt.attempt_id) || other_run {
            finding.refuse(Code::SnapshotAttemptMismatch);
            let found = header.attempt_id.map(|id| id.to_string());
            finding.show(headed.kind.name(), found.as_deref(), Some(&header.run_id));
        }
    }
    let captures: Vec<_> = opened(case)
        .filter_map(|one| one.capture.as_ref())
        .collect();
    for (place, capture) in captures.iter().enumerate() {
        let mut earlier = captures.iter().take(place);
        if earlier.any(|one| one.snapshot_ref == capture.snapshot_ref || one.phase == capture.phase)
        {
            finding.refuse(Code::SnapshotDuplicateRef);
            finding.show("snapshot_ref", Some(&capture.snapshot_ref), None);
        }
        // A capture after a write that has not begun is a second one before it.
        if case.stage == VerdictStage::BeforeWrite && capture.phase == SnapshotPhase::After {
            finding.refuse(Code::SnapshotBothBeforeOp);
        }
    }
    finding.require(
        case.envelopes.snapshots_given <= crate::open::SNAPSHOTS_OPENED_MAX,
        Code::SnapshotDuplicateRef,
    );
    match run_id {
        Ok(_) => Ok(finding),
        Err(stop) => finding.unless_failed(stop),
    }
}

fn time(case: &Case<'_>) -> Judged {
    let (policy, before) = (case.policy()?, case.before()?);
    let mut finding = Finding::default();
    moment(before, case.judged_at()?, policy, &mut finding);
    if case.stage == VerdictStage::AfterWrite {
        moment(case.after()?, case.now, policy, &mut finding);
    }
    Ok(finding)
}

fn moment(sight: Sight<'_>, at: Timestamp, policy: &Policy, finding: &mut Finding) {
    let (captured, store) = (sight.capture.captured_at, sight.capture.store_clock);
    let name = "captured_at";
    if after_by_more(captured, at, policy.skew_max_ms.get()) {
        finding.refuse_values(Code::SnapshotFutureTimestamp, name, &captured, &at);
    }
    if after_by_more(at, captured, policy.snapshot_age_max_ms.get()) {
        finding.refuse_values(Code::SnapshotStale, name, &captured, &at);
    }
    if apart_by_more(captured, store, policy.clock_offset_max_ms.get()) {
        let name = "captured_at / store_clock";
        finding.refuse_values(Code::SnapshotClockSkew, name, &captured, &store);
    }
}

fn bound(case: &Case<'_>) -> Judged {
    let (owner, _) = (case.owner()?, case.before()?);
    let mut finding = Finding::default();
    for sight in case.sights() {
        let capture = sight.capture;
        if capture.operation.as_ref() != Some(&owner.canonical_operation) {
            finding.refuse(Code::SnapshotOperationUnbound);
            show(
                &mut finding,
                "operation",
                capture.operation.as_ref(),
                &owner.canonical_operation,
            );
        }
        if capture.scope.as_ref() != Some(&owner.scope) {
            finding.refuse(Code::SnapshotScopeUnbound);
            show(&mut finding, "scope", capture.scope.as_ref(), &owner.scope);
        }
        // Another target is a mismatch of targets; none at all is no binding.
        if capture.target.is_none() {
            finding.refuse(Code::SnapshotScopeUnbound);
            show(
                &mut finding,
                "target",
                capture.target.as_ref(),
                &owner.canonical_target,
            );
        }
    }
    Ok(finding)
}

fn show(finding: &mut Finding, name: &str, found: Option<&Identifier>, due: &Identifier) {
    finding.show(name, found.map(Identifier::as_str), Some(due));
}

fn observer(case: &Case<'_>) -> Judged {
    let (policy, readback, _) = (case.policy()?, case.readback()?, case.before()?);
    let mut finding = Finding::default();
    for sight in case.sights() {
        let process = &sight.capture.observer.process;
        let proven =
            readback
                .observer_process
                .as_ref()
                .is_some_and(|recorded| match sight.capture.phase {
                    SnapshotPhase::Before => recorded == process,
                    // Recovery captures after with another process of the same program and credential.
                    SnapshotPhase::After => {
                        recorded.uid == process.uid
                            && recorded.executable_digest == process.executable_digest
                    }
                });
        finding.require(proven, Code::SnapshotObserverUnproven);
        if !is_independent(sight, readback, policy) {
            finding.refuse(Code::SnapshotObserverNotIndependent);
            let principal = &sight.capture.observer.principal;
            finding.show("observer", Some(principal), Some(&name(process)));
        }
    }
    Ok(finding)
}

fn name(process: &ProcessIdentity) -> String {
    format!("pid {} uid {}", process.pid, process.uid)
}

/// Another process always; another credential too, unless the policy accepts that one principal
/// plays every role. The credential is the principal that the store recorded, or else the user.
fn is_independent(sight: Sight<'_>, readback: &AuthorityReadback, policy: &Policy) -> bool {
    let (observer, registrar) = (&sight.capture.observer, &readback.registrar_process);
    let process = &observer.process;
    if process.pid == registrar.pid && process.start_time == registrar.start_time {
        return false;
    }
    if policy.assurance_accepted == Some(Assurance::SinglePrincipal) {
        return true;
    }
    let mut credentials = readback.rows.iter().map(|row| &row.credential);
    let other_credential = !credentials.any(|credential| *credential == observer.principal);
    // What the store recorded of the session counts before what the kernel says of the user.
    if let Some(session) = &readback.observer_session {
        return other_credential && session.principal == observer.principal;
    }
    let caller = &readback.caller;
    let same_user = caller.channel == "os_uid" && caller.value == *process.uid.to_string();
    process.uid != registrar.uid && !same_user && other_credential
}

fn write_sets(case: &Case<'_>) -> Judged {
    let before = case.before()?;
    let mut finding = Finding::default();
    for sight in case.sights() {
        for surface in sight
            .capture
            .surfaces
            .iter()
            .filter(|one| adds_rows(one.kind))
        {
            if !has_provenance(surface) {
                finding.refuse(Code::SnapshotWritesetProvenanceAbsent);
                finding.show("surface", Some(&surface.surface), None);
            }
        }
    }
    let written = before.capture.surfaces.iter().filter_map(|surface| {
        let rows = &surface.write_set.as_ref()?.rows;
        (!rows.is_empty()).then_some(surface)
    });
    for surface in written {
        finding.refuse(Code::SnapshotWritesetMismatch);
        finding.show("written before", Some(&surface.surface), None);
    }
    Ok(finding)
}

/// Whether a surface is captured by the rows that were added to it.
pub(super) fn adds_rows(kind: SurfaceKind) -> bool {
    match kind {
        SurfaceKind::AppendOnly | SurfaceKind::Catalogue => true,
        SurfaceKind::State | SurfaceKind::File => false,
    }
}

fn has_provenance(surface: &SurfaceCapture) -> bool {
    let provenance = surface
        .write_set
        .as_ref()
        .map(|write_set| write_set.provenance);
    match provenance {
        Some(
            WriteSetProvenance::WriterOrdinal
            | WriteSetProvenance::WriterTxid
            | WriteSetProvenance::Xmin,
        ) => true,
        Some(WriteSetProvenance::RowCount) | None => false,
    }
}
