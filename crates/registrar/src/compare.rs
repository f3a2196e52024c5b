//! What a second use of a nonce is: the members that differ, and what that makes of it.

use canonical::{Digest, Identifier, Nonce};
use serde_json::Value;

use crate::attempt::{Arrival, PriorDecision};
use crate::contract::{RegistrationRequest, RejectCode};
use crate::error::RegistrarError;
use crate::port::StoredAttempt;
use crate::rejection::Rejection;

/// Members that name the effect itself.
const EFFECT: [&str; 6] = [
    "request_proposed.admission_ref",
    "request_proposed.artifact_hash",
    "request_proposed.artifact_path",
    "request_proposed.artifact_type",
    "request_proposed.dot_code",
    "request_proposed.operation",
];

/// Members that name the authority it is asked under.
const AUTHORITY: [&str; 1] = ["request_proposed.actor"];

/// The retry counter, which changes nothing.
const COUNTER: &str = "attempt_no";

/// Follows from the other members, so it is never a difference of its own.
const DERIVED: &str = "header.evidence_hash";

/// The longest list of members that a decision carries.
const MEMBERS_MAX: usize = 32;

/// The refusal of a request whose nonce another request used.
///
/// Only its retry counter differs: `REPLAY_ATTEMPT_NO_BYPASS`. Otherwise `REPLAY_NONCE_CONSUMED`
/// with the finer code behind it, and `NONCE_UNBOUND` before it when the nonce was never minted
/// for this effect.
pub(crate) fn reuse(
    arrival: &Arrival,
    stored: &StoredAttempt,
) -> Result<Rejection, RegistrarError> {
    let members = differing(&arrival.request().json(), &stored.request)?;
    let prior = PriorDecision::of(stored)?;
    let named = |names: &[&str]| members.iter().any(|member| names.contains(&&**member));
    if members.iter().all(|member| *member == COUNTER) {
        return Ok(Rejection::new(
            [RejectCode::ReplayAttemptNoBypass],
            "only the retry counter differs",
        )
        .with_prior(prior)
        .with_members(members));
    }
    let mut codes = vec![RejectCode::ReplayNonceConsumed];
    if !is_bound(arrival.request()) {
        codes.push(RejectCode::NonceUnbound);
    }
    if named(&EFFECT) {
        codes.push(RejectCode::NonceReuseDifferentEffect);
    }
    if named(&AUTHORITY) {
        codes.push(RejectCode::NonceReuseAuthorizationMismatch);
    }
    Ok(
        Rejection::new(codes, "the nonce was used by another request")
            .with_prior(prior)
            .with_members(members),
    )
}

/// Whether the nonce was minted for the operation, target and artifact hash that stand beside it.
fn is_bound(request: &RegistrationRequest) -> bool {
    let proposed = &request.request_proposed;
    let Ok(nonce) = Nonce::parse(&proposed.nonce) else {
        return false;
    };
    let Ok(artifact_hash) = proposed.artifact_hash.parse::<Digest>() else {
        return false;
    };
    let target = format!("dot:{}", &*proposed.dot_code);
    nonce.is_bound_to(&proposed.operation, &target, &artifact_hash)
}

/// The paths of the members in which a request differs from a stored one, derived ones left out.
fn differing(request: &Value, stored: &[u8]) -> Result<Vec<Identifier>, RegistrarError> {
    let stored: Value = serde_json::from_slice(stored)
        .map_err(|_| RegistrarError::inconsistent("a stored request is not readable"))?;
    let mut paths = Vec::new();
    collect(request, &stored, "", &mut paths);
    paths.retain(|path| path != DERIVED);
    paths.truncate(MEMBERS_MAX);
    let named = paths.iter().map(|path| path.parse());
    Ok(named.collect::<Result<_, _>>()?)
}

/// Walks both sides at once; the schema bounds the depth.
fn collect(left: &Value, right: &Value, path: &str, paths: &mut Vec<String>) {
    let (Value::Object(left), Value::Object(right)) = (left, right) else {
        if left != right {
            paths.push(path.to_owned());
        }
        return;
    };
    for (name, value) in left {
        let below = if path.is_empty() {
            name.clone()
        } else {
            format!("{path}.{name}")
        };
        collect(
            value,
            right.get(name).unwrap_or(&Value::Null),
            &below,
            paths,
        );
    }
}
