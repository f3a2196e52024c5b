//! `holdfast request new`: a request with a fresh nonce, bound to operation, target and artifact.

use std::path::Path;

use canonical::{Digest, Nonce, ProposedText, Timestamp};

use super::authority::measure;
use crate::args::RequestNewArgs;
use crate::contract::{self, Header, RegistrationRequest, RequestProposed, SourceRefs};
use crate::exit::Exit;
use crate::failure::Failure;
use crate::print::Out;
use crate::progress::HashBar;

/// What a request proposes, before it is an envelope.
pub(crate) struct Proposal<'a> {
    pub(crate) dot_code: &'a str,
    pub(crate) operation: &'a str,
    pub(crate) artifact_path: &'a str,
    pub(crate) artifact_type: &'a str,
    pub(crate) artifact_hash: Digest,
    pub(crate) admission_ref: &'a str,
    pub(crate) actor: &'a str,
    pub(crate) run_id: &'a str,
    pub(crate) attempt_no: u64,
    pub(crate) valid_for_ms: u64,
    pub(crate) now: Timestamp,
}

pub(crate) fn run(args: &RequestNewArgs, out: &mut Out) -> Result<Exit, Failure> {
    let measured = measure(&args.artifact, None, &mut HashBar::new())?;
    let run_id = match &args.run_id {
        Some(run_id) => run_id.clone(),
        None => format!("run-{}", deployment::edge::fresh_id()),
    };
    let request = seal(&Proposal {
        dot_code: &args.dot_code,
        operation: &args.operation,
        artifact_path: &measured.canonical_path,
        artifact_type: measured.artifact_type.name(),
        artifact_hash: measured.artifact_hash,
        admission_ref: &args.admission_ref,
        actor: &args.actor,
        run_id: &run_id,
        attempt_no: args.attempt_no,
        valid_for_ms: u64::from(args.valid_for).saturating_mul(1000),
        now: deployment::edge::now(),
    })?;
    match &args.output {
        Some(path) => write(path, &request)?,
        None => out.envelope(&request),
    }
    Ok(Exit::Yes)
}

/// Writes an envelope into a file.
pub(crate) fn write(path: &Path, envelope: &[u8]) -> Result<(), Failure> {
    std::fs::write(path, [envelope, b"\n"].concat())
        .map_err(|error| Failure::usage(format!("write `{}`", path.display())).because(&error))
}

/// The proposal as an envelope; whoever receives it trusts none of it.
pub(crate) fn seal(proposal: &Proposal<'_>) -> Result<Vec<u8>, Failure> {
    let tried = "make the request";
    let unfit = |error: canonical::ScalarError| Failure::usage(tried).because(&error);
    let text = |value: &str| value.parse::<ProposedText>().map_err(unfit);
    let nonce = Nonce::mint(
        *deployment::edge::fresh_id().as_bytes(),
        proposal.operation,
        &format!("dot:{}", proposal.dot_code),
        &proposal.artifact_hash,
    )
    .map_err(|error| Failure::internal("mint a nonce").because(&error))?;
    let expires_at = proposal
        .now
        .checked_add_millis(proposal.valid_for_ms)
        .ok_or_else(|| Failure::usage(tried).cause("its validity is too long"))?;
    let request = RegistrationRequest {
        envelope_type: "registration-request".parse().map_err(unfit)?,
        envelope_version: "1".parse().map_err(unfit)?,
        header: Header {
            trust_domain: "holdfast".parse().map_err(unfit)?,
            audience: "holdfast.registration".parse().map_err(unfit)?,
            run_id: text(proposal.run_id)?,
            attempt_id: None,
            correlation_id: None,
            producer: "caller".parse().map_err(unfit)?,
            issued_at: proposal.now,
            expires_at,
            evidence_hash: Digest::UNSEALED,
            source_refs: SourceRefs::try_from(Vec::new())
                .map_err(|error| Failure::internal(tried).because(&error))?,
            key_id: None,
            key_status_ref: None,
        },
        request_proposed: RequestProposed {
            run_id: text(proposal.run_id)?,
            dot_code: text(proposal.dot_code)?,
            operation: text(proposal.operation)?,
            artifact_hash: text(&proposal.artifact_hash.to_string())?,
            artifact_path: proposal.artifact_path.parse().map_err(unfit)?,
            artifact_type: text(proposal.artifact_type)?,
            admission_ref: Some(text(proposal.admission_ref)?),
            actor: text(proposal.actor)?,
            nonce: text(&nonce.to_string())?,
        },
        attempt_no: proposal.attempt_no.try_into().map_err(unfit)?,
    };
    let sealed = contract::registration_request()
        .seal(&request)
        .map_err(|error| Failure::usage(tried).because(&error))?;
    Ok(sealed.into_bytes())
}

/// Seals a request again after its members were changed; the caller's hash proves nothing but
/// that the bytes arrived whole.
pub(crate) fn reseal(changed: &serde_json::Value) -> Result<Vec<u8>, Failure> {
    use serde::Deserialize;
    let request = RegistrationRequest::deserialize(changed)
        .map_err(|error| Failure::internal("change the request").because(&error))?;
    let sealed = contract::registration_request()
        .seal(&request)
        .map_err(|error| Failure::internal("seal the request").because(&error))?;
    Ok(sealed.into_bytes())
}
