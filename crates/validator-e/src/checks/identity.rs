//! Identity: run, attempt, target, operation, scope and actor are the same wherever they stand.

use crate::case::{Case, Kind};
use crate::contract::{AttestedField, IntegrationAttested, RejectCode as Code};
use crate::finding::{Finding, Judged, StoppedBy};
use crate::table::Check;

pub(crate) const CHECKS: &[Check] = &[
    Check::new(
        "identity.attempt",
        "all envelopes are of this run and attempt",
        &[
            Code::RunIdMismatch,
            Code::AttemptMismatch,
            Code::CorrelationMismatch,
        ],
        attempt,
    ),
    Check::new(
        "identity.target",
        "the target proposed is the target attested",
        &[Code::TargetMismatch],
        target,
    ),
    Check::new(
        "identity.operation",
        "the operation is a registration, and the one attested",
        &[Code::OperationMismatch, Code::OperationNotRegister],
        operation,
    ),
    Check::new(
        "identity.scope",
        "the scope assembled is the scope attested",
        &[Code::ScopeMismatch],
        scope,
    ),
    Check::new(
        "identity.actor",
        "the actor assembled is the actor attested",
        &[Code::ActorMismatch],
        actor,
    ),
    Check::new(
        "identity.single_target",
        "the request names exactly one artifact",
        &[Code::MassRegistrationAttempted],
        single_target,
    ),
];

/// The operations that register; a retired target comes back under the second one.
const REGISTRATIONS: [&str; 2] = ["register_dot", "reregister_dot"];

/// What makes a pattern or a list of a name.
const SEVERAL: [char; 11] = ['*', '?', '[', ']', '{', '}', ',', ';', '|', '\n', '\r'];

fn attempt(case: &Case<'_>) -> Judged {
    let mut finding = Finding::default();
    for headed in &case.headers {
        let (kind, header) = (headed.kind, headed.header);
        // A request is older than its attempt, a policy belongs to none, and captures of another
        // attempt have a code of their own.
        let due = |id| (kind != Kind::Request).then_some(id);
        let attempt_fits = header.attempt_id == due(case.attempt.attempt_id);
        if kind != Kind::Policy && !kind.is_snapshot() && !attempt_fits {
            finding.refuse(Code::AttemptMismatch);
            let (left, right) = (header.attempt_id, case.attempt.attempt_id.to_string());
            let left = left.map(|id| id.to_string());
            finding.show(kind.name(), left.as_deref(), Some(&right));
        }
        if kind != Kind::Policy && header.correlation_id != due(case.attempt.correlation_id) {
            finding.refuse(Code::CorrelationMismatch);
            let (left, right) = (
                header.correlation_id,
                case.attempt.correlation_id.to_string(),
            );
            let left = left.map(|id| id.to_string());
            finding.show(kind.name(), left.as_deref(), Some(&right));
        }
    }
    let run_id = match case.request() {
        Ok(request) => request.request_proposed.run_id.as_str(),
        Err(stop) => return finding.unless_failed(stop),
    };
    finding.require(!run_id.is_empty(), Code::RunIdMismatch);
    for headed in &case.headers {
        let (kind, found) = (headed.kind, headed.header.run_id.as_str());
        if kind != Kind::Policy && !kind.is_snapshot() && found != run_id {
            finding.refuse_values(Code::RunIdMismatch, kind.name(), &found, &run_id);
        }
    }
    Ok(finding)
}

fn target(case: &Case<'_>) -> Judged {
    const CODE: Code = Code::TargetMismatch;
    let proposed = format!("dot:{}", case.request()?.request_proposed.dot_code);
    let mut finding = Finding::default();
    let (owner, artifact) = (case.owner(), case.artifact());
    if let Ok(owner) = owner {
        let target = &owner.canonical_target;
        finding.equal("request / owner attestation", &proposed, target, CODE);
    }
    if let Ok(artifact) = artifact {
        let target = &artifact.canonical_target;
        finding.equal("request / artifact attestation", &proposed, target, CODE);
    }
    for sight in case.sights() {
        if let Some(found) = sight.capture.target.as_deref()
            && found != proposed
        {
            finding.refuse_values(CODE, "snapshot", &found, &proposed);
        }
    }
    assembled(case, &mut finding, CODE, &proposed, |all| {
        &all.canonical_target
    });
    finding.cite(case.rows_of(Kind::Owner, &["ownership"]));
    both(finding, owner.err(), artifact.err())
}

fn operation(case: &Case<'_>) -> Judged {
    let proposed = case.request()?.request_proposed.operation.as_str();
    let mut finding = Finding::default();
    finding.require(
        REGISTRATIONS.contains(&proposed),
        Code::OperationNotRegister,
    );
    let owner = match case.owner() {
        Ok(owner) => owner,
        Err(stop) => return finding.unless_failed(stop),
    };
    let attested = &owner.canonical_operation;
    let code = Code::OperationMismatch;
    finding.equal("request / owner attestation", proposed, attested, code);
    assembled(case, &mut finding, code, attested, |all| {
        &all.canonical_operation
    });
    finding.cite(case.rows_of(Kind::Owner, &["action_type"]));
    Ok(finding)
}

fn scope(case: &Case<'_>) -> Judged {
    let (owner, integration) = (case.owner()?, case.integration()?);
    let mut finding = Finding::default();
    let found = integration.trusted_attested.scope.value.as_deref();
    finding.show("integration / owner attestation", found, Some(&owner.scope));
    finding.require(
        found.is_none_or(|found| found == owner.scope.as_str()),
        Code::ScopeMismatch,
    );
    Ok(finding)
}

/// Whether the name that the caller gave is the principal's, or an alias of it, is block A's to
/// resolve; here nobody may put another principal in its place.
fn actor(case: &Case<'_>) -> Judged {
    let (owner, integration) = (case.owner()?, case.integration()?);
    let mut finding = Finding::default();
    let found = integration
        .trusted_attested
        .actor_principal
        .value
        .as_deref();
    let attested = owner.actor_principal.as_str();
    finding.show("integration / owner attestation", found, Some(attested));
    finding.require(
        found.is_none_or(|found| found == attested),
        Code::ActorMismatch,
    );
    finding.cite(case.rows_of(Kind::Owner, &["principal_binding"]));
    Ok(finding)
}

fn single_target(case: &Case<'_>) -> Judged {
    let proposed = &case.request()?.request_proposed;
    let mut finding = Finding::default();
    for (name, value) in [
        ("dot_code", Some(proposed.dot_code.as_str())),
        ("artifact_path", Some(proposed.artifact_path.as_str())),
        ("admission_ref", proposed.admission_ref.as_deref()),
    ] {
        let several = value.is_some_and(|value| value.contains(SEVERAL));
        let words = name != "artifact_path" && value.is_some_and(|value| value.contains(' '));
        if several || words {
            finding.refuse(Code::MassRegistrationAttempted);
            finding.show(name, value, None);
        }
    }
    Ok(finding)
}

/// Compares what the integration assembled; that it assembled nothing is refused elsewhere.
pub(super) fn assembled(
    case: &Case<'_>,
    finding: &mut Finding,
    code: Code,
    due: &str,
    field: impl Fn(&IntegrationAttested) -> &AttestedField,
) {
    let Ok(integration) = case.integration() else {
        return;
    };
    if let Some(found) = field(&integration.trusted_attested).value.as_deref()
        && found != due
    {
        finding.refuse_values(code, "integration", &found, &due);
    }
}

fn both(finding: Finding, one: Option<StoppedBy>, other: Option<StoppedBy>) -> Judged {
    match one.or(other) {
        Some(stop) => finding.unless_failed(stop),
        None => Ok(finding),
    }
}
