//! The verb of block B.

use canonical::{Digest, Identifier, SafeUint, Timestamp, Uuid};

use crate::aggregate::aggregate;
use crate::binding::{Binding, bind};
use crate::contract::{
    Capture, Header, ManifestIdentity, ObserverIdentity, ProcessIdentity, Snapshot, SnapshotPhase,
    SourceRef, SurfaceCapture, snapshot,
};
use crate::error::{CaptureError, fit, list};
use crate::manifest::governed;
use crate::port::{PortError, SurfaceQuery, SurfaceReader};
use crate::refuse::Findings;
use crate::surface::observe;

/// The attempt that a capture belongs to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Attempt {
    /// Its identity.
    pub attempt_id: Uuid,
    /// What joins its envelopes and logs.
    pub correlation_id: Uuid,
}

/// Who captures, as the store and the kernel recorded it, never as it describes itself.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Observer {
    /// The recorded principal: on the embedded store `uid:<uid>`.
    pub principal: Identifier,
    /// The kernel's facts about the process.
    pub process: ProcessIdentity,
}

/// Everything that one capture rests on besides the surfaces.
#[derive(Clone, Debug)]
pub struct Input<'a> {
    /// The caller's request, canonical bytes; gives run and validity, nothing else.
    pub registration_request: &'a [u8],
    /// Block A's attestation; gives operation, scope and target.
    pub owner_attestation: &'a [u8],
    /// Block F's attestation; gives the target.
    pub artifact_attestation: &'a [u8],
    /// The governed policy; gives trust domain, audience and validity.
    pub policy: &'a [u8],
    /// The attempt.
    pub attempt: Attempt,
    /// Before or after the operation.
    pub phase: SnapshotPhase,
    /// Who captures.
    pub observer: Observer,
    /// The position among the attempt's captures, from 1.
    pub sequence: SafeUint,
    /// Whether this observer made all captures of the attempt so far; see [`same_observer`].
    pub continuity: bool,
    /// The observer's clock at the capture.
    pub now: Timestamp,
}

/// Captures every surface of the one governed manifest and answers with a sealed snapshot envelope.
///
/// What speaks against the capture is refused inside the envelope, all of it that can be seen at
/// once, with `capture: null`; surfaces are read only under a manifest that nothing speaks against.
/// Fails when policy or request do not open, when the store does not answer, or when the capture
/// fits no envelope.
pub fn capture(
    reader: &mut impl SurfaceReader,
    input: &Input<'_>,
) -> Result<Vec<u8>, CaptureError> {
    // Beside the observer's own clock, before any work: what lies between the two is read as skew.
    let store_clock = reader.store_clock()?;
    let mut findings = Findings::default();
    let binding = bind(input, &mut findings)?;
    let governed = governed(reader, &mut findings)?;
    let capture = match (&governed.identity, &binding.target) {
        (Some(manifest), Some(target)) if findings.is_empty() => {
            let surfaces = surfaces(reader, input, manifest, target, &mut findings)?;
            // INVARIANT: every surface that is missing from the list left a finding.
            if findings.is_empty() {
                Some(captured(input, &binding, target, store_clock, surfaces)?)
            } else {
                None
            }
        }
        _ => None,
    };
    let envelope = Snapshot {
        envelope_type: fit("envelope_type", "snapshot")?,
        envelope_version: fit("envelope_version", "1")?,
        header: header(input, &binding, governed.sources)?,
        manifest: governed.identity,
        capture,
        refusals: list("refusals", findings.into_refusals()?)?,
    };
    Ok(snapshot().seal(&envelope)?.into_bytes())
}

/// Whether `observer` also made the capture before of this attempt, given as its envelope.
///
/// Fails when those bytes are no snapshot envelope.
pub fn same_observer(
    before: &[u8],
    attempt: Attempt,
    observer: &Observer,
) -> Result<bool, CaptureError> {
    let before = snapshot()
        .open(before)
        .map_err(|source| CaptureError::Unopenable {
            slot: "snapshots",
            source,
        })?;
    if before.header.attempt_id != Some(attempt.attempt_id) {
        return Ok(false);
    }
    Ok(before.capture.as_ref().is_some_and(|capture| {
        capture.phase == SnapshotPhase::Before
            && capture.observer.principal == observer.principal
            && capture.observer.process == observer.process
    }))
}

fn surfaces(
    reader: &mut impl SurfaceReader,
    input: &Input<'_>,
    manifest: &ManifestIdentity,
    target: &Identifier,
    findings: &mut Findings,
) -> Result<Vec<SurfaceCapture>, CaptureError> {
    let queries: Vec<SurfaceQuery<'_>> = manifest
        .surfaces
        .iter()
        .map(|spec| SurfaceQuery {
            name: &spec.name,
            kind: spec.kind,
            carrier: &spec.carrier,
            target,
            attempt_id: input.attempt.attempt_id,
        })
        .collect();
    let contents = reader.surfaces(&queries)?;
    if contents.len() != queries.len() {
        let reason = format!("{} answers to {} surfaces", contents.len(), queries.len());
        return Err(PortError::new("the surfaces", reason).into());
    }
    let mut surfaces: Vec<SurfaceCapture> = Vec::with_capacity(contents.len());
    for (spec, content) in manifest.surfaces.iter().zip(contents) {
        surfaces.extend(observe(spec, content, findings)?);
    }
    Ok(surfaces)
}

fn captured(
    input: &Input<'_>,
    binding: &Binding,
    target: &Identifier,
    store_clock: Timestamp,
    surfaces: Vec<SurfaceCapture>,
) -> Result<Capture, CaptureError> {
    let snapshot_ref = format!("{}/{}", input.attempt.attempt_id, input.phase);
    Ok(Capture {
        snapshot_ref: fit("capture/snapshot_ref", &snapshot_ref)?,
        phase: input.phase,
        sequence: input.sequence,
        operation: binding.operation.clone(),
        scope: binding.scope.clone(),
        target: Some(target.clone()),
        observer: ObserverIdentity {
            principal: input.observer.principal.clone(),
            process: input.observer.process.clone(),
        },
        captured_at: input.now,
        store_clock,
        same_observer_continuity: input.continuity,
        aggregate: aggregate(&surfaces)?,
        surfaces: list("capture/surfaces", surfaces)?,
    })
}

fn header(
    input: &Input<'_>,
    binding: &Binding,
    sources: Vec<SourceRef>,
) -> Result<Header, CaptureError> {
    Ok(Header {
        trust_domain: binding.trust_domain.clone(),
        audience: binding.audience.clone(),
        run_id: binding.run_id.clone(),
        attempt_id: Some(input.attempt.attempt_id),
        correlation_id: Some(input.attempt.correlation_id),
        producer: fit("header/producer", "snapshot-provider")?,
        issued_at: input.now,
        expires_at: expires_at(input, binding)?,
        evidence_hash: Digest::UNSEALED,
        source_refs: list("header/source_refs", sources)?,
        key_id: None,
        key_status_ref: None,
    })
}

/// The capture before ends with the request that it serves, the capture after does not: recovery
/// may finish an attempt whose request has expired since it was consumed.
fn expires_at(input: &Input<'_>, binding: &Binding) -> Result<Timestamp, CaptureError> {
    let own_end = input
        .now
        .checked_add_millis(binding.validity_ms)
        .ok_or(CaptureError::Unfit {
            member: "header/expires_at",
        })?;
    // An expired request is stale; its envelopes need not look reversed as well.
    Ok(match input.phase {
        SnapshotPhase::Before => own_end.min(binding.request_expires_at).max(input.now),
        SnapshotPhase::After => own_end,
    })
}
