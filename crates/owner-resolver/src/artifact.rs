//! What block A takes from block F, and the headers of what it was given.

use canonical::Uuid;

use crate::contract::{
    ArtifactAttestation, ArtifactTrustedAttested, Header, RejectCode, artifact_attestation,
};
use crate::error::ResolveError;
use crate::input::Input;
use crate::port::AuthorityReader;
use crate::reading::Reading;

/// The producer whose word on the artifact counts.
const PRODUCER: &str = "artifact-resolver-f";

/// The attested artifact of this attempt, or the refusals that say why there is none.
pub(crate) fn attested<R: AuthorityReader>(
    reading: &mut Reading<'_, R>,
    input: &Input<'_>,
    policy: &Header,
    request: &Header,
) -> Result<Option<ArtifactTrustedAttested>, ResolveError> {
    let opened = match artifact_attestation().open(input.artifact_attestation) {
        Ok(opened) => opened.into_value(),
        Err(refusal) => {
            // INVARIANT: every code of the opening path is in the enumeration; were one not, the
            // attestation still would have no producer.
            let code = refusal
                .code
                .parse()
                .unwrap_or(RejectCode::TrustedProducerAbsent);
            let detail = format!("artifact attestation: {}", refusal.detail);
            reading.refuse(code, &detail, &[])?;
            return absent(reading, "the artifact attestation does not open");
        }
    };
    let domain = same_domain(reading, "artifact attestation", policy, &opened.header)?;
    let attempt = same_attempt(reading, input.attempt.attempt_id, request, &opened.header)?;
    if opened.header.producer != PRODUCER {
        let detail = format!(
            "artifact attestation of producer `{}`",
            opened.header.producer
        );
        return absent(reading, &detail);
    }
    if !(domain && attempt) {
        return absent(
            reading,
            "the artifact attestation belongs to something else",
        );
    }
    taken(reading, opened)
}

fn taken<R: AuthorityReader>(
    reading: &mut Reading<'_, R>,
    opened: ArtifactAttestation,
) -> Result<Option<ArtifactTrustedAttested>, ResolveError> {
    match (opened.trusted_attested, opened.refusals.is_empty()) {
        (Some(artifact), true) => Ok(Some(artifact)),
        (Some(_) | None, _) => absent(reading, "block F attests no artifact"),
    }
}

fn absent<R: AuthorityReader>(
    reading: &mut Reading<'_, R>,
    reason: &str,
) -> Result<Option<ArtifactTrustedAttested>, ResolveError> {
    let detail = format!("{reason}, so no approval of it can be judged");
    reading.refuse(RejectCode::TrustedProducerAbsent, &detail, &[])?;
    Ok(None)
}

/// Whether an envelope was made for the trust domain and audience of the policy.
pub(crate) fn same_domain<R: AuthorityReader>(
    reading: &mut Reading<'_, R>,
    what: &str,
    policy: &Header,
    given: &Header,
) -> Result<bool, ResolveError> {
    let same_domain = policy.trust_domain == given.trust_domain;
    if !same_domain {
        let detail = format!("{what} is of trust domain `{}`", given.trust_domain);
        reading.refuse(RejectCode::TrustDomainMismatch, &detail, &[])?;
    }
    let same_audience = policy.audience == given.audience;
    if !same_audience {
        let detail = format!("{what} is for audience `{}`", given.audience);
        reading.refuse(RejectCode::AudienceMismatch, &detail, &[])?;
    }
    Ok(same_domain && same_audience)
}

fn same_attempt<R: AuthorityReader>(
    reading: &mut Reading<'_, R>,
    attempt_id: Uuid,
    request: &Header,
    given: &Header,
) -> Result<bool, ResolveError> {
    let same_attempt = given.attempt_id == Some(attempt_id);
    if !same_attempt {
        let detail = "artifact attestation is of another attempt";
        reading.refuse(RejectCode::AttemptMismatch, detail, &[])?;
    }
    let same_run = given.run_id == request.run_id;
    if !same_run {
        let detail = format!("artifact attestation is of run `{}`", given.run_id);
        reading.refuse(RejectCode::RunIdMismatch, &detail, &[])?;
    }
    Ok(same_attempt && same_run)
}
