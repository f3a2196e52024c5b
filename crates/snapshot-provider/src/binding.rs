//! What a capture is bound to: this attempt, and the operation, scope and target attested for it.

use canonical::{Identifier, ProposedText, Timestamp};
use envelope::{Contract, Opened, Refusal};
use serde::Deserialize;

use crate::capture::Input;
use crate::contract::{
    ArtifactTrustedAttested, Header, OwnerTrustedAttested, RegistrationRequest, RejectCode,
    artifact_attestation, owner_attestation, policy, registration_request,
};
use crate::error::CaptureError;
use crate::refuse::Findings;

/// The opened inputs, reduced to what a capture states.
#[derive(Debug)]
pub(crate) struct Binding {
    pub(crate) trust_domain: Identifier,
    pub(crate) audience: Identifier,
    pub(crate) run_id: ProposedText,
    pub(crate) request_expires_at: Timestamp,
    pub(crate) validity_ms: u64,
    pub(crate) operation: Option<Identifier>,
    pub(crate) scope: Option<Identifier>,
    /// `None` is refused: without a target nothing is in scope.
    pub(crate) target: Option<Identifier>,
}

/// Opens the inputs; an attestation that did not open, or is not of this attempt, is a finding.
/// What the caller proposes is not judged here: block E does.
///
/// Fails when policy or request do not open: they say to whom an answer would be addressed.
pub(crate) fn bind(input: &Input<'_>, findings: &mut Findings) -> Result<Binding, CaptureError> {
    let policy = needed("policy", policy(), input.policy)?;
    let request = needed(
        "registration_request",
        registration_request(),
        input.registration_request,
    )?;
    let frame = Frame {
        input,
        policy: &policy.header,
        request: &request,
    };
    let owner = attested(
        "owner_attestation",
        owner_attestation().open(input.owner_attestation),
        |value| (&value.header, value.trusted_attested.clone()),
        &frame,
        findings,
    );
    let artifact = attested(
        "artifact_attestation",
        artifact_attestation().open(input.artifact_attestation),
        |value| (&value.header, value.trusted_attested.clone()),
        &frame,
        findings,
    );
    check_independence(owner.as_ref(), input, findings);
    let target = one_target(owner.as_ref(), artifact.as_ref(), findings);
    Ok(Binding {
        trust_domain: policy.header.trust_domain.clone(),
        audience: policy.header.audience.clone(),
        run_id: request.header.run_id.clone(),
        request_expires_at: request.header.expires_at,
        validity_ms: policy.attestation_validity_ms.into(),
        operation: owner
            .as_ref()
            .map(|owner| owner.canonical_operation.clone()),
        scope: owner.map(|owner| owner.scope),
        target,
    })
}

/// What every input has to agree with.
struct Frame<'a> {
    input: &'a Input<'a>,
    policy: &'a Header,
    request: &'a Opened<RegistrationRequest>,
}

impl Frame<'_> {
    fn check_domain(&self, slot: &str, header: &Header, findings: &mut Findings) {
        if header.trust_domain != self.policy.trust_domain {
            let detail = format!("`{slot}` is of another trust domain than the policy");
            findings.add(RejectCode::TrustDomainMismatch, detail);
        }
        if header.audience != self.policy.audience {
            let detail = format!("`{slot}` is for another audience than the policy");
            findings.add(RejectCode::AudienceMismatch, detail);
        }
    }

    fn check_attestation(&self, slot: &str, header: &Header, findings: &mut Findings) {
        self.check_domain(slot, header, findings);
        if header.run_id != self.request.header.run_id {
            let detail = format!("`{slot}` is of another run than the request");
            findings.add(RejectCode::RunIdMismatch, detail);
        }
        if header.attempt_id != Some(self.input.attempt.attempt_id) {
            let detail = format!(
                "`{slot}` is not of attempt `{}`",
                self.input.attempt.attempt_id
            );
            findings.add(RejectCode::SnapshotAttemptMismatch, detail);
        }
    }
}

fn needed<T: for<'de> Deserialize<'de>>(
    slot: &'static str,
    contract: &Contract<T>,
    bytes: &[u8],
) -> Result<Opened<T>, CaptureError> {
    contract
        .open(bytes)
        .map_err(|source| CaptureError::Unopenable { slot, source })
}

/// What an attestation states, when it opened and is of this attempt.
fn attested<T, S>(
    slot: &'static str,
    opened: Result<Opened<T>, Refusal>,
    parts: impl Fn(&T) -> (&Header, Option<S>),
    frame: &Frame<'_>,
    findings: &mut Findings,
) -> Option<S> {
    match opened {
        Ok(opened) => {
            let (header, stated) = parts(&opened);
            frame.check_attestation(slot, header, findings);
            stated
        }
        Err(refusal) => {
            let code = refusal.code.parse();
            let code = code.unwrap_or(RejectCode::EnvelopeMalformed);
            findings.add(code, format!("`{slot}`: {}", refusal.detail));
            None
        }
    }
}

/// The observer may not be whom the request came from (SC-08); E compares processes besides.
fn check_independence(
    owner: Option<&OwnerTrustedAttested>,
    input: &Input<'_>,
    findings: &mut Findings,
) {
    let observer = &input.observer;
    if owner.is_some_and(|owner| owner.actor_principal == observer.principal) {
        let detail = format!("observer and caller are both `{}`", observer.principal);
        findings.add(RejectCode::SnapshotObserverNotIndependent, detail);
    }
    if observer.process.pid.get() == 0 || observer.process.start_time.get() == 0 {
        findings.add(
            RejectCode::SnapshotObserverUnproven,
            "no kernel facts about the observer process",
        );
    }
}

fn one_target(
    owner: Option<&OwnerTrustedAttested>,
    artifact: Option<&ArtifactTrustedAttested>,
    findings: &mut Findings,
) -> Option<Identifier> {
    let owner = owner.map(|owner| &owner.canonical_target);
    let artifact = artifact.map(|artifact| &artifact.canonical_target);
    match (owner, artifact) {
        (Some(owner), Some(artifact)) if owner != artifact => {
            let detail = format!("owner attests `{owner}`, artifact attests `{artifact}`");
            findings.add(RejectCode::TargetMismatch, detail);
            None
        }
        (None, None) => {
            let detail = "no target is attested, so nothing is in scope of a capture";
            findings.add(RejectCode::SnapshotScopeUnbound, detail);
            None
        }
        (Some(target), _) | (None, Some(target)) => Some(target.clone()),
    }
}
