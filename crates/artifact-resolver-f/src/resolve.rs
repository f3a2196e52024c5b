//! The verb: from a request and its admission to the artifact attestation.

use canonical::{Digest, PathText, SafeUint, Version};
use envelope::{Contract, Opened};

use crate::admission::{self, Admission, HASH_ALGORITHM};
use crate::contract::{
    ArtifactAttestation, ArtifactTrustedAttested, DriftState, Header, Policy, Refusals,
    RegistrationRequest, RejectCode, SourceRef, SourceRefs, artifact_attestation, policy,
    registration_request,
};
use crate::error::ResolveError;
use crate::findings::{ENVELOPE_TYPE, Findings, identifier, overfull, tag, unfit};
use crate::input::Input;
use crate::measure::{MeasureError, Measured, measure_resolved};
use crate::place;
use crate::port::{AdmissionReader, ArtifactSource, Progress};

/// The name of this block in what it produces.
const PRODUCER: &str = "artifact-resolver-f";
/// The kind of object that admissions are for.
const OBJECT_TYPE: &str = "dot";

/// Answers what the admitted artifact is, as a sealed `artifact-attestation`.
///
/// The answer either attests or carries the refusals. It fails only where there is nothing to
/// answer: the request or the policy does not open, the store or the file system does not answer,
/// or the admission row is none. Whoever receives that holds.
pub fn resolve(
    admissions: &mut impl AdmissionReader,
    source: &mut impl ArtifactSource,
    progress: &mut impl Progress,
    input: &Input<'_>,
) -> Result<Vec<u8>, ResolveError> {
    let policy = open("policy", policy(), input.policy)?;
    let request = open(
        "registration_request",
        registration_request(),
        input.registration_request,
    )?;
    let mut findings = Findings::default();
    same_domain(&mut findings, &policy.header, &request.header)?;
    let attested = match admitted(admissions, &mut findings, &request)? {
        Some(admission) => attest(source, progress, &mut findings, &request, admission)?,
        None => None,
    };
    let trusted_attested = attested.filter(|_| findings.is_empty());
    let (relied, refusals) = findings.finish();
    let attestation = ArtifactAttestation {
        envelope_type: tag("envelope_type", ENVELOPE_TYPE)?,
        envelope_version: Version::try_from("1").map_err(|e| unfit("envelope_version", e))?,
        header: header(input, &policy, &request, relied)?,
        trusted_attested,
        refusals: Refusals::try_from(refusals).map_err(|_| overfull("refusals"))?,
    };
    Ok(artifact_attestation().seal(&attestation)?.into_bytes())
}

/// The admission that the request names, where it asks for one artifact and names one.
fn admitted(
    admissions: &mut impl AdmissionReader,
    findings: &mut Findings,
    request: &RegistrationRequest,
) -> Result<Option<Admission>, ResolveError> {
    let proposed = &request.request_proposed;
    if let Some(detail) = place::asks_for_many(proposed) {
        findings.refuse(RejectCode::MassRegistrationAttempted, &detail, None)?;
        return Ok(None);
    }
    match proposed.admission_ref.as_deref() {
        None | Some("") => {
            let detail = "the request names no admission";
            findings.refuse(RejectCode::MissingAdmissionRef, detail, None)?;
            Ok(None)
        }
        Some(admission_ref) => admission::read(admissions, findings, admission_ref),
    }
}

fn attest(
    source: &mut impl ArtifactSource,
    progress: &mut impl Progress,
    findings: &mut Findings,
    request: &RegistrationRequest,
    admission: Admission,
) -> Result<Option<ArtifactTrustedAttested>, ResolveError> {
    let found = place::find(source, findings, &request.request_proposed, &admission)?;
    let Some(resolved) = found else {
        return Ok(None);
    };
    let measured = match measure_resolved(source, progress, resolved, &admission.origin) {
        Ok(measured) => measured,
        Err(error) => return unmeasured(findings, error, &admission),
    };
    if measured.artifact_hash != admission.artifact_hash {
        let detail = format!(
            "admitted as `{}`, found `{}`",
            admission.artifact_hash, measured.artifact_hash
        );
        findings.refuse(RejectCode::ArtifactDrift, &detail, Some(&admission.row))?;
        return Ok(None);
    }
    trusted(&admission, measured).map(Some)
}

fn unmeasured(
    findings: &mut Findings,
    error: MeasureError,
    admission: &Admission,
) -> Result<Option<ArtifactTrustedAttested>, ResolveError> {
    let Some(code) = error.code() else {
        return Err(ResolveError::Measure(error));
    };
    let detail = match &error {
        MeasureError::Source(source) => source.to_string(),
        other => other.to_string(),
    };
    findings.refuse(code, &detail, Some(&admission.row))?;
    Ok(None)
}

/// Joins the admission and what was measured; nothing of the request is in it.
fn trusted(
    admission: &Admission,
    measured: Measured,
) -> Result<ArtifactTrustedAttested, ResolveError> {
    let target = format!("{OBJECT_TYPE}:{}", admission.dot_code);
    let path = |member, text: &str| PathText::try_from(text).map_err(|e| unfit(member, e));
    Ok(ArtifactTrustedAttested {
        canonical_target: identifier("canonical_target", &target)?,
        canonical_path: path("canonical_path", &measured.canonical_path)?,
        origin: path("origin", &admission.origin)?,
        artifact_hash: measured.artifact_hash,
        hash_algorithm: identifier("hash_algorithm", HASH_ALGORITHM)?,
        canonicalization_version: identifier(
            "canonicalization_version",
            measured.canonicalization_version,
        )?,
        artifact_type: identifier("artifact_type", measured.artifact_type.name())?,
        admission_ref: identifier("admission_ref", admission.row.key())?,
        size_bytes: SafeUint::try_from(measured.size_bytes).map_err(|e| unfit("size_bytes", e))?,
        drift_state: DriftState::None,
    })
}

fn same_domain(
    findings: &mut Findings,
    policy: &Header,
    request: &Header,
) -> Result<(), ResolveError> {
    if policy.trust_domain != request.trust_domain {
        let detail = format!("request is of trust domain `{}`", request.trust_domain);
        findings.refuse(RejectCode::TrustDomainMismatch, &detail, None)?;
    }
    if policy.audience != request.audience {
        let detail = format!("request is for audience `{}`", request.audience);
        findings.refuse(RejectCode::AudienceMismatch, &detail, None)?;
    }
    Ok(())
}

fn header(
    input: &Input<'_>,
    policy: &Policy,
    request: &RegistrationRequest,
    relied: Vec<SourceRef>,
) -> Result<Header, ResolveError> {
    // The validity ends with the first thing it rests on, and never before it begins.
    let end = input
        .now
        .checked_add_millis(policy.attestation_validity_ms.get());
    let end = end.unwrap_or(input.now).min(request.header.expires_at);
    Ok(Header {
        trust_domain: policy.header.trust_domain.clone(),
        audience: policy.header.audience.clone(),
        run_id: request.request_proposed.run_id.clone(),
        attempt_id: Some(input.attempt.attempt_id),
        correlation_id: Some(input.attempt.correlation_id),
        producer: tag("producer", PRODUCER)?,
        issued_at: input.now,
        expires_at: end.max(input.now),
        evidence_hash: Digest::UNSEALED,
        source_refs: SourceRefs::try_from(relied).map_err(|_| overfull("source_refs"))?,
        key_id: None,
        key_status_ref: None,
    })
}

fn open<T: for<'de> serde::Deserialize<'de>>(
    slot: &'static str,
    contract: &Contract<T>,
    bytes: &[u8],
) -> Result<Opened<T>, ResolveError> {
    contract
        .open(bytes)
        .map_err(|source| ResolveError::Unopenable { slot, source })
}
