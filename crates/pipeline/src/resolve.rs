//! Phases 0 to 2 without the reservation: the blocks are asked in order, and each envelope is
//! handed on as the bytes that it is. A block that refuses says so inside its envelope, and the
//! rest is still asked, so that one verdict names everything that is missing.

use registrar::port::{HeadVersion, RegistrarStore};
use registrar::{CarrierFacts, ProcessFacts, ReadbackInput};

use crate::contract::{self, RegistrationRequest};
use crate::error::PipelineError;
use crate::event::{Event, Phase, Trace};
use crate::evidence::{Evidence, attempt_json, opened};
use crate::frame::FrameBuilder;
use crate::gatehouse::GateView;
use crate::integration;
use crate::world::{Edge, Observer, Ports, Process, World};

/// Asks F, A, B, the registrar's readback and E; gives the authority heads as they were before any
/// of them read a row.
pub(crate) fn gather<P: Ports>(
    world: &mut World<P>,
    gate: &GateView,
    evidence: &mut Evidence,
) -> Result<Vec<HeadVersion>, PipelineError> {
    let request = contract::registration_request().open(&evidence.registration_request);
    let request = opened(request)?;
    let head_versions = heads(world, request.value())?;
    artifact(world, evidence)?;
    authority(world, evidence)?;
    world.edge.event(Event::Begins(Phase::Validate));
    let before = capture(world, evidence, "before", 1)?;
    evidence.snapshots.push(before);
    reread(world, gate, evidence)?;
    let integration = integration::assemble(evidence, &request, gate, world.edge.now())?;
    tell(world, Phase::Validate, "integration", &integration);
    evidence.integration = Some(integration);
    let verdict = judge(world, evidence)?;
    evidence.verdict = Some(verdict);
    Ok(head_versions)
}

/// The authority heads of the proposed target.
///
// INVARIANT: read before every authority row. The readback rereads the rows that were attested; a
// new row beside them, such as a second owner, shows only as a head that moved since before A read.
// A target that is not the attested one has other heads, and the write then judges every row again.
fn heads<P: Ports>(
    world: &mut World<P>,
    request: &RegistrationRequest,
) -> Result<Vec<HeadVersion>, PipelineError> {
    let target = format!("dot:{}", &*request.request_proposed.dot_code);
    Ok(world.attempts.head_versions(&target)?)
}

fn artifact<P: Ports>(world: &mut World<P>, evidence: &mut Evidence) -> Result<(), PipelineError> {
    world.edge.event(Event::Begins(Phase::Artifact));
    let now = world.edge.now();
    let attestation = artifact_resolver_f::resolve(
        &mut world.admissions,
        &mut world.artifacts,
        &mut world.edge,
        &artifact_resolver_f::Input {
            registration_request: &evidence.registration_request,
            policy: &evidence.policy,
            attempt: artifact_resolver_f::Attempt {
                attempt_id: evidence.attempt.attempt_id,
                correlation_id: evidence.attempt.correlation_id,
            },
            now,
        },
    )?;
    tell(world, Phase::Artifact, "artifact_attestation", &attestation);
    evidence.artifact_attestation = Some(attestation);
    Ok(())
}

fn authority<P: Ports>(world: &mut World<P>, evidence: &mut Evidence) -> Result<(), PipelineError> {
    world.edge.event(Event::Begins(Phase::Authority));
    let now = world.edge.now();
    let attestation = owner_resolver::resolve(
        &mut world.authority,
        &owner_resolver::Input {
            registration_request: &evidence.registration_request,
            artifact_attestation: Evidence::need(
                "artifact_attestation",
                evidence.artifact_attestation.as_deref(),
            )?,
            policy: &evidence.policy,
            caller: owner_resolver::Caller {
                channel: &world.caller.channel,
                value: &world.caller.value,
            },
            attempt: owner_resolver::Attempt {
                attempt_id: evidence.attempt.attempt_id,
                correlation_id: evidence.attempt.correlation_id,
            },
            now,
        },
    )?;
    tell(world, Phase::Authority, "owner_attestation", &attestation);
    evidence.owner_attestation = Some(attestation);
    Ok(())
}

/// Asks the observer process for a capture.
pub(crate) fn capture<P: Ports>(
    world: &mut World<P>,
    evidence: &Evidence,
    phase: &str,
    sequence: u64,
) -> Result<Vec<u8>, PipelineError> {
    let frame = FrameBuilder::new()
        .slot("registration_request", Some(&evidence.registration_request))
        .slot("owner_attestation", evidence.owner_attestation.as_deref())
        .slot(
            "artifact_attestation",
            evidence.artifact_attestation.as_deref(),
        )
        .slot("policy", Some(&evidence.policy))
        .slot("attempt", Some(&attempt_json(evidence.attempt)))
        .text("phase", phase)
        .slot("sequence", Some(sequence.to_string().as_bytes()))
        .list("snapshots", &evidence.snapshots())
        .finish();
    let snapshot = world.observer.capture(&frame)?;
    let during = if phase == "before" {
        Phase::Validate
    } else {
        Phase::Verify
    };
    tell(world, during, "snapshot", &snapshot);
    Ok(snapshot)
}

fn reread<P: Ports>(
    world: &mut World<P>,
    gate: &GateView,
    evidence: &mut Evidence,
) -> Result<(), PipelineError> {
    let observer = world.observer.process();
    let now = world.edge.now();
    let snapshots = evidence.snapshots();
    let credential = world.attempts.credential();
    let readback = registrar::readback(
        &mut world.attempts,
        &ReadbackInput {
            owner_attestation: Evidence::need(
                "owner_attestation",
                evidence.owner_attestation.as_deref(),
            )?,
            artifact_attestation: Evidence::need(
                "artifact_attestation",
                evidence.artifact_attestation.as_deref(),
            )?,
            snapshots: &snapshots,
            carriers: &gate.carriers,
            carrier_report_hash: Some(gate.carrier_report_hash),
            caller: registrar::Caller {
                channel: &world.caller.channel,
                value: &world.caller.value,
            },
            credential: &credential,
            registrar_process: facts(&world.process),
            observer_process: observer.as_ref().map(facts),
            attempt: evidence.attempt,
            policy: &evidence.policy,
            now,
        },
    )?;
    tell(
        world,
        Phase::Validate,
        "authority_readback",
        &readback.bytes,
    );
    evidence.authority_readback = Some(readback.bytes);
    Ok(())
}

fn judge<P: Ports>(world: &mut World<P>, evidence: &Evidence) -> Result<Vec<u8>, PipelineError> {
    let snapshots = evidence.snapshots();
    let verdict = validator_e::validate(&validator_e::Input {
        stage: validator_e::VerdictStage::BeforeWrite,
        verdict: None,
        registration_decision: None,
        ..judged(evidence, &snapshots, world.edge.now())
    })?;
    tell(world, Phase::Validate, "verdict", &verdict);
    Ok(verdict)
}

/// Everything the validator is given in both of its runs.
pub(crate) fn judged<'a>(
    evidence: &'a Evidence,
    snapshots: &'a [&'a [u8]],
    now: canonical::Timestamp,
) -> validator_e::Input<'a> {
    validator_e::Input {
        stage: validator_e::VerdictStage::AfterWrite,
        registration_request: &evidence.registration_request,
        owner_attestation: evidence.owner_attestation.as_deref(),
        artifact_attestation: evidence.artifact_attestation.as_deref(),
        snapshots,
        authority_readback: evidence.authority_readback.as_deref(),
        integration: evidence.integration.as_deref(),
        verdict: evidence.verdict.as_deref(),
        registration_decision: None,
        policy: Some(&evidence.policy),
        attempt: validator_e::Attempt {
            attempt_id: evidence.attempt.attempt_id,
            correlation_id: evidence.attempt.correlation_id,
        },
        now,
    }
}

/// Tells whoever watches that an envelope was made.
pub(crate) fn tell<P: Ports>(
    world: &mut World<P>,
    phase: Phase,
    slot: &'static str,
    envelope: &[u8],
) {
    world.edge.event(Event::Produced {
        phase,
        slot,
        envelope,
    });
}

fn facts(process: &Process) -> ProcessFacts {
    ProcessFacts {
        pid: process.pid,
        start_time: process.start_time,
        uid: process.uid,
        executable_digest: process.executable_digest,
    }
}

/// The carrier assessments of a report, as the registrar's readback states them.
pub(crate) fn carrier_facts(assessments: Vec<gate::Assessment>) -> Vec<CarrierFacts> {
    assessments
        .into_iter()
        .map(|one| CarrierFacts {
            carrier: one.carrier.to_string(),
            class: one.class.to_string(),
            writer_authority: one.criteria.writer_authority.to_string(),
            immutability: one.criteria.immutability.to_string(),
            consumer_readback: one.criteria.consumer_readback.to_string(),
            tamper_evidence: one.criteria.tamper_evidence.to_string(),
            retention: one.criteria.retention.to_string(),
            transition_writer: one.criteria.transition_writer.to_string(),
        })
        .collect()
}
