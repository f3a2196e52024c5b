//! The verb: from a request and the attested artifact to the owner attestation.

use canonical::{Digest, Identifier, ProposedText, Tag, Timestamp, Version};
use envelope::{Contract, Opened};

use crate::action::{self, Action};
use crate::approval::{self, Approval};
use crate::artifact;
use crate::contract::{
    Header, OwnerAttestation, OwnerOrApprovalBinding, OwnerTrustedAttested, Policy, Quorum,
    Refusals, RegistrationRequest, RejectCode, SourceRef, SourceRefs, owner_attestation, policy,
    registration_request,
};
use crate::error::ResolveError;
use crate::input::{Caller, Input};
use crate::ownership::{self, Owner};
use crate::port::AuthorityReader;
use crate::principals::Principal;
use crate::quorum;
use crate::reading::{ENVELOPE_TYPE, Reading, identifier, overfull, unfit};
use crate::signoff;
use crate::votes::{self, Askers};

/// The name of this block in what it produces.
const PRODUCER: &str = "owner-resolver";
/// The kind of object that is looked for where no action type says which.
const OBJECT_TYPE: &str = "dot";

/// Answers who owns the target and who approved this effect, as a sealed `owner-attestation`.
///
/// The answer either attests or carries every refusal that could be found. It fails only where
/// there is nothing to answer: the request or the policy does not open, the store does not answer,
/// or a governed row is not what its carrier holds. Whoever receives that holds.
pub fn resolve(
    reader: &mut impl AuthorityReader,
    input: &Input<'_>,
) -> Result<Vec<u8>, ResolveError> {
    let policy = open("policy", policy(), input.policy)?;
    let request = open(
        "registration_request",
        registration_request(),
        input.registration_request,
    )?;
    let mut reading = Reading::new(reader);
    let found = find(&mut reading, input, &policy, &request)?;
    let (relied, refusals) = reading.finish();
    let trusted_attested = match found {
        Some(found) if refusals.is_empty() => Some(found),
        Some(_) | None => None,
    };
    let ends = trusted_attested.as_ref().and_then(|found| found.ends_at);
    let attestation = OwnerAttestation {
        envelope_type: tag("envelope_type", ENVELOPE_TYPE)?,
        envelope_version: Version::try_from("1").map_err(|e| unfit("envelope_version", e))?,
        header: header(input, &policy, &request, relied, ends)?,
        trusted_attested: trusted_attested.map(|found| found.attested),
        refusals: Refusals::try_from(refusals).map_err(|_| overfull("refusals"))?,
    };
    Ok(owner_attestation().seal(&attestation)?.into_bytes())
}

/// What is to be attested, and the last instant at which every row of it holds.
struct Found {
    attested: OwnerTrustedAttested,
    ends_at: Option<Timestamp>,
}

fn find<R: AuthorityReader>(
    reading: &mut Reading<'_, R>,
    input: &Input<'_>,
    policy: &Policy,
    request: &RegistrationRequest,
) -> Result<Option<Found>, ResolveError> {
    let proposed = &request.request_proposed;
    artifact::same_domain(reading, "request", &policy.header, &request.header)?;
    let artifact = artifact::attested(reading, input, &policy.header, &request.header)?;
    let action = action::resolve(reading, &proposed.operation)?;
    let actor = actor(reading, input.caller, &proposed.actor)?;
    let owner = ownership::resolve(
        reading,
        &ownership::Sought {
            object_type: action
                .as_ref()
                .map_or(OBJECT_TYPE, |action| &action.object_type),
            object_ref: &proposed.dot_code,
            scope: action.as_ref().map(|action| action.required_scope.as_str()),
            caller: input.caller,
            caller_principal: actor.as_ref(),
            now: input.now,
        },
    )?;
    let (Some(action), Some(artifact)) = (action, artifact) else {
        return Ok(None);
    };
    let sought = approval::Sought {
        action: &action,
        object_ref: &proposed.dot_code,
        artifact_hash: artifact.artifact_hash,
        now: input.now,
    };
    let approved = approved(reading, &sought, policy, actor.as_ref())?;
    refuse_unbound(reading)?;
    let (Some(actor), Some(owner), Some(approved)) = (actor, owner, approved) else {
        return Ok(None);
    };
    attest(&action, actor.id, owner, approved).map(Some)
}

/// The caller, where the request names it and nobody else.
fn actor<R: AuthorityReader>(
    reading: &mut Reading<'_, R>,
    caller: Caller<'_>,
    proposed: &ProposedText,
) -> Result<Option<Principal>, ResolveError> {
    let known = reading.principal_authenticated(caller.channel, caller.value)?;
    let what = format!("the caller `{}:{}`", caller.channel, caller.value);
    let code = RejectCode::ActorMismatch;
    let caller = reading.known_principal(known, &what, code, &[])?;
    let known = reading.principal_named(proposed)?;
    let what = format!("the actor `{proposed}`");
    let named = reading.known_principal(known, &what, code, &[])?;
    let (Some(caller), Some(named)) = (caller, named) else {
        return Ok(None);
    };
    if caller.id != named.id {
        let detail = format!(
            "the request names `{}`, the caller is `{}`",
            named.id, caller.id
        );
        reading.refuse(code, &detail, &[])?;
    }
    reading.rely_on_all(&caller.rows)?;
    // The caller is returned even where another actor is named: it is the caller who is judged.
    Ok(Some(caller))
}

/// An approval whose quorum is reached.
struct Approved {
    approval: Approval,
    quorum: Quorum,
    signoff_ref: Option<Identifier>,
}

fn approved<R: AuthorityReader>(
    reading: &mut Reading<'_, R>,
    sought: &approval::Sought<'_>,
    policy: &Policy,
    caller: Option<&Principal>,
) -> Result<Option<Approved>, ResolveError> {
    let Some(approval) = approval::resolve(reading, sought)? else {
        return Ok(None);
    };
    let known = reading.principal_named(&approval.proposer)?;
    let what = format!("the proposer `{}`", approval.proposer);
    // Without knowing who proposed, no vote can be shown to be somebody else's.
    let code = RejectCode::QuorumNotReached;
    let Some(proposer) = reading.known_principal(known, &what, code, &[&approval.row])? else {
        return Ok(None);
    };
    reading.rely_on_all(&proposer.rows)?;
    let askers = Askers {
        proposer: &proposer,
        caller,
    };
    let votes = votes::read(reading, approval.row.key(), &askers, sought.now)?;
    let quorum = quorum::judge(reading, &policy.quorum, sought.action.risk_tier, &votes)?;
    let signoff_ref = if sought.action.signoff_required {
        signoff::judge(reading, &votes, approval.artifact_hash, &askers)?
    } else {
        None
    };
    Ok(quorum.map(|quorum| Approved {
        approval,
        quorum,
        signoff_ref,
    }))
}

/// Says in one code that there is nothing at all to bind the registration to.
fn refuse_unbound<R: AuthorityReader>(reading: &mut Reading<'_, R>) -> Result<(), ResolveError> {
    let no_owner = reading.refused_with(RejectCode::OwnerOfRecordAbsent);
    if no_owner && reading.refused_with(RejectCode::ApprovalAbsent) {
        let detail = "neither an ownership nor an approval is on record";
        reading.refuse(RejectCode::OwnerBindingAbsent, detail, &[])?;
    }
    Ok(())
}

/// Joins what was read; every member comes from a row, the artifact's hash from the approval's.
fn attest(
    action: &Action,
    actor_principal: Identifier,
    owner: Owner,
    approved: Approved,
) -> Result<Found, ResolveError> {
    let target = format!("{}:{}", owner.object_type, owner.object_ref);
    let approval = approved.approval;
    let end = owner
        .effective_to
        .map_or(approval.expires_at, |end| end.min(approval.expires_at));
    // A row no longer holds at its end, an envelope still does: the last instant lies just before.
    let ends_at = Timestamp::from_micros(end.micros().saturating_sub(1)).ok();
    let binding = OwnerOrApprovalBinding {
        ownership_ref: identifier("ownership_ref", owner.row.key())?,
        ownership_row_hash: owner.row.row_hash(),
        owner_principal: owner.principal.id,
        approval_ref: identifier("approval_ref", approval.row.key())?,
        approval_row_hash: approval.row.row_hash(),
        signoff_ref: approved.signoff_ref,
        quorum: approved.quorum,
    };
    let attested = OwnerTrustedAttested {
        canonical_operation: action.operation.clone(),
        canonical_target: identifier("canonical_target", &target)?,
        object_type: owner.object_type,
        scope: action.required_scope.clone(),
        artifact_hash: approval.artifact_hash,
        owner_or_approval_binding: binding,
        actor_principal,
        postcondition_verifier_ref: action.verifier_ref.clone(),
    };
    Ok(Found { attested, ends_at })
}

fn header(
    input: &Input<'_>,
    policy: &Policy,
    request: &RegistrationRequest,
    relied: Vec<SourceRef>,
    ends_at: Option<Timestamp>,
) -> Result<Header, ResolveError> {
    // The validity ends with the first thing it rests on, and never before it begins.
    let end = input
        .now
        .checked_add_millis(policy.attestation_validity_ms.get());
    let ends = [Some(request.header.expires_at), ends_at, end];
    let end = ends.into_iter().flatten().min().unwrap_or(input.now);
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

fn tag(member: &'static str, text: &str) -> Result<Tag, ResolveError> {
    Tag::try_from(text).map_err(|source| unfit(member, source))
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
