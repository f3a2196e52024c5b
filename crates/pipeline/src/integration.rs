//! Assembly only: what was proposed beside what was attested, each value with its source.

use canonical::{Digest, PathText, Tag, Timestamp};
use envelope::Opened;

use crate::contract::{
    self, ArtifactAttestation, AttestedField, EnvelopeHashes, FieldSource, Header, Integration,
    IntegrationAttested, OwnerAttestation, RegistrationRequest, SourceRefs,
};
use crate::error::PipelineError;
use crate::evidence::{Evidence, opened};
use crate::gatehouse::GateView;

/// Puts the request's proposals and the attested values side by side; interprets neither.
///
/// Snapshot and readback are named by the hash that they state, and their content is not looked at:
/// the validator opens them and compares the hash that it computes with the one named here.
pub(crate) fn assemble(
    evidence: &Evidence,
    request: &Opened<RegistrationRequest>,
    gate: &GateView,
    now: Timestamp,
) -> Result<Vec<u8>, PipelineError> {
    let owner = evidence
        .owner_attestation
        .as_deref()
        .map(|bytes| opened(contract::owner_attestation().open(bytes)))
        .transpose()?;
    let artifact = evidence
        .artifact_attestation
        .as_deref()
        .map(|bytes| opened(contract::artifact_attestation().open(bytes)))
        .transpose()?;
    let policy = gate.settings.as_ref();
    let policy = policy.ok_or(PipelineError::Absent("policy"))?;
    let header = Header {
        trust_domain: policy.value().header.trust_domain.clone(),
        audience: policy.value().header.audience.clone(),
        run_id: request.value().header.run_id.clone(),
        attempt_id: Some(evidence.attempt.attempt_id),
        correlation_id: Some(evidence.attempt.correlation_id),
        producer: tag("pipeline")?,
        issued_at: now,
        // An expired request is stale; what is assembled from it is not dated backwards as well.
        expires_at: request.value().header.expires_at.max(now),
        evidence_hash: Digest::UNSEALED,
        source_refs: SourceRefs::try_from(Vec::new())
            .map_err(|_| PipelineError::Name("no rows"))?,
        key_id: None,
        key_status_ref: None,
    };
    let integration = Integration {
        envelope_type: tag("integration")?,
        envelope_version: version()?,
        header,
        request_proposed: request.value().request_proposed.clone(),
        trusted_attested: attested(
            owner.as_ref().map(|one| (one.value(), one.evidence_hash())),
            artifact
                .as_ref()
                .map(|one| (one.value(), one.evidence_hash())),
        )?,
        envelope_hashes: EnvelopeHashes {
            registration_request: request.evidence_hash(),
            owner_attestation: owner.as_ref().map(Opened::evidence_hash),
            artifact_attestation: artifact.as_ref().map(Opened::evidence_hash),
            snapshot_before: stated("snapshot", evidence.snapshots.first())?,
            authority_readback: stated("authority_readback", evidence.authority_readback.as_ref())?,
        },
    };
    let sealed = contract::integration()
        .seal(&integration)
        .map_err(PipelineError::Seal)?;
    Ok(sealed.into_bytes())
}

/// The evidence hash that an envelope states of itself.
fn stated(slot: &'static str, envelope: Option<&Vec<u8>>) -> Result<Option<Digest>, PipelineError> {
    let hash = |bytes: &Vec<u8>| {
        let place = canonical::locate(bytes, &["header", "evidence_hash"])?;
        let text = std::str::from_utf8(bytes.get(place)?).ok()?;
        text.strip_prefix('"')?.strip_suffix('"')?.parse().ok()
    };
    envelope
        .map(|bytes| hash(bytes).ok_or(PipelineError::Absent(slot)))
        .transpose()
}

type Source<'a, T> = Option<(&'a T, Digest)>;

fn attested(
    owner: Source<'_, OwnerAttestation>,
    artifact: Source<'_, ArtifactAttestation>,
) -> Result<IntegrationAttested, PipelineError> {
    let owner = owner.and_then(|(one, hash)| Some((one.trusted_attested.as_ref()?, hash)));
    let artifact = artifact.and_then(|(one, hash)| Some((one.trusted_attested.as_ref()?, hash)));
    let from_owner =
        |value: Option<String>| field(value, owner.map(|(_, hash)| hash), "owner-attestation");
    let from_artifact = |value: Option<String>| {
        field(
            value,
            artifact.map(|(_, hash)| hash),
            "artifact-attestation",
        )
    };
    let owner = owner.map(|(one, _)| one);
    let artifact = artifact.map(|(one, _)| one);
    Ok(IntegrationAttested {
        canonical_operation: from_owner(owner.map(|one| one.canonical_operation.to_string()))?,
        scope: from_owner(owner.map(|one| one.scope.to_string()))?,
        owner_or_approval_binding: from_owner(owner.map(|one| {
            let binding = &one.owner_or_approval_binding;
            format!("{} {}", binding.ownership_ref, binding.approval_ref)
        }))?,
        actor_principal: from_owner(owner.map(|one| one.actor_principal.to_string()))?,
        canonical_target: from_artifact(artifact.map(|one| one.canonical_target.to_string()))?,
        artifact_hash: from_artifact(artifact.map(|one| one.artifact_hash.to_string()))?,
        canonical_path: from_artifact(artifact.map(|one| one.canonical_path.to_string()))?,
        artifact_type: from_artifact(artifact.map(|one| one.artifact_type.to_string()))?,
        admission_ref: from_artifact(artifact.map(|one| one.admission_ref.to_string()))?,
    })
}

fn field(
    value: Option<String>,
    source: Option<Digest>,
    envelope_type: &'static str,
) -> Result<AttestedField, PipelineError> {
    let value = value
        .map(|text| PathText::try_from(text.as_str()))
        .transpose()
        .map_err(|_| PipelineError::Name("an attested value"))?;
    let source = match (&value, source) {
        (Some(_), Some(evidence_hash)) => Some(FieldSource {
            envelope_type: tag(envelope_type)?,
            evidence_hash,
        }),
        _ => None,
    };
    Ok(AttestedField { value, source })
}

fn tag(name: &'static str) -> Result<Tag, PipelineError> {
    name.parse().map_err(|_| PipelineError::Name(name))
}

fn version() -> Result<canonical::Version, PipelineError> {
    "1".parse().map_err(|_| PipelineError::Name("1"))
}
