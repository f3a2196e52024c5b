//! Nonce binding and proofs of a consume. Whether a nonce was used is the registrar's to know.

use crate::case::{Case, Kind, LEDGER};
use crate::contract::{DecisionOutcome, RejectCode as Code};
use crate::finding::{Finding, Judged, StoppedBy};
use crate::table::Check;
use crate::time::apart_by_more;

pub(crate) const CHECKS: &[Check] = &[
    Check::new(
        "replay.nonce",
        "the nonce is well-formed and as old as its request",
        &[Code::NonceMalformed],
        nonce,
    ),
    Check::new(
        "replay.binding",
        "the nonce is bound to this operation, target and artifact",
        &[Code::NonceUnbound],
        binding,
    ),
    Check::new(
        "replay.source_rows",
        "no row of another consume is offered",
        &[Code::ReplayStaleRow],
        source_rows,
    ),
    Check::new(
        "replay.consume",
        "the decision proves this attempt's consume",
        &[Code::ReplayStaleRow],
        consume,
    )
    .after_write(),
];

/// The mint time is part of the nonce's form: outside the skew around the issue time the nonce was
/// not minted for this request, so it is malformed and not merely unbound.
fn nonce(case: &Case<'_>) -> Judged {
    let mut finding = Finding::default();
    let nonce = match case.nonce()? {
        Ok(nonce) => nonce,
        Err(refused) => {
            finding.refuse(Code::NonceMalformed);
            finding.show("nonce", Some(&refused.to_string()), None);
            return Ok(finding);
        }
    };
    let (minted, issued) = (nonce.mint_time(), case.request()?.header.issued_at);
    if apart_by_more(minted, issued, case.policy()?.skew_max_ms.get()) {
        finding.refuse_values(Code::NonceMalformed, "minted / issued", &minted, &issued);
    }
    Ok(finding)
}

fn binding(case: &Case<'_>) -> Judged {
    let proposed = &case.request()?.request_proposed;
    let Ok(nonce) = case.nonce()? else {
        return Err(StoppedBy("replay.nonce"));
    };
    let target = format!("dot:{}", proposed.dot_code);
    let artifact_hash = proposed.artifact_hash.parse();
    let bound = artifact_hash
        .is_ok_and(|artifact_hash| nonce.is_bound_to(&proposed.operation, &target, &artifact_hash));
    let mut finding = Finding::default();
    finding.require(bound, Code::NonceUnbound);
    Ok(finding)
}

/// Before the write this attempt has no ledger row, and whatever was attested was attested before
/// the write: a ledger row among the sources is always another attempt's.
fn source_rows(case: &Case<'_>) -> Judged {
    let mut finding = Finding::default();
    for headed in &case.headers {
        let proves_nothing = matches!(
            headed.kind,
            Kind::Policy | Kind::Request | Kind::Verdict | Kind::Decision
        );
        let sources = headed.header.source_refs.iter();
        for source in sources.filter(|source| source.carrier == LEDGER && !proves_nothing) {
            finding.refuse(Code::ReplayStaleRow);
            finding.cite([source]);
        }
    }
    Ok(finding)
}

fn consume(case: &Case<'_>) -> Judged {
    let decision = case.decision()?;
    let mut finding = Finding::default();
    let registered = decision.outcome == DecisionOutcome::Registered
        && decision.operation_start.is_some()
        && decision.head.is_some();
    finding.require(registered, Code::ReplayStaleRow);
    let Some(proof) = &decision.consume else {
        finding.refuse(Code::ReplayStaleRow);
        return Ok(finding);
    };
    let found = proof.attempt_id.to_string();
    let due = case.attempt.attempt_id.to_string();
    finding.equal("consumed by / attempt", &found, &due, Code::ReplayStaleRow);
    finding.require(
        decision.replay_key == Some(proof.replay_key) && proof.epoch.get() > 0,
        Code::ReplayStaleRow,
    );
    Ok(finding)
}
