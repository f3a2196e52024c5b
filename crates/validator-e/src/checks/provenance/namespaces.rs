//! The hard split: what a caller proposes never stands in the place of what a producer attests.

use crate::case::{Case, Kind};
use crate::contract::{AttestedField, IntegrationAttested, RejectCode as Code, RequestProposed};
use crate::finding::{Finding, Judged, StoppedBy};

/// One trusted field: as assembled, as its producers attest it, and as the caller proposes it.
struct Field<'a> {
    name: &'static str,
    assembled: &'a AttestedField,
    entitled: &'static [Kind],
    attested: Option<String>,
    proposed: Option<&'a str>,
}

pub(super) fn namespaces(case: &Case<'_>) -> Judged {
    let integration = case.integration()?;
    let proposed = &case.request()?.request_proposed;
    let mut finding = Finding::default();
    let (owner, artifact) = (&case.envelopes.owner, &case.envelopes.artifact);
    // A field is compared with the envelope that states it; without that there is nothing to say.
    if owner.opened().is_some() {
        for field in owner_fields(case, &integration.trusted_attested, proposed) {
            namespace(case, &field, &mut finding);
        }
    }
    if artifact.opened().is_some() {
        for field in artifact_fields(case, &integration.trusted_attested, proposed) {
            namespace(case, &field, &mut finding);
        }
    }
    if owner.opened().is_none() {
        return finding.unless_failed(StoppedBy("open.owner_attestation"));
    }
    if artifact.opened().is_none() {
        return finding.unless_failed(StoppedBy("open.artifact_attestation"));
    }
    Ok(finding)
}

fn owner_fields<'a>(
    case: &Case<'_>,
    assembled: &'a IntegrationAttested,
    proposed: &'a RequestProposed,
) -> [Field<'a>; 4] {
    const ENTITLED: &[Kind] = &[Kind::Owner];
    let owner = case.owner().ok();
    let field = |name, assembled, attested: Option<&str>, proposed| Field {
        name,
        assembled,
        entitled: ENTITLED,
        attested: attested.map(str::to_owned),
        proposed,
    };
    let mut binding = field(
        "owner_or_approval_binding",
        &assembled.owner_or_approval_binding,
        None,
        None,
    );
    binding.attested = owner.map(|owner| {
        let binding = &owner.owner_or_approval_binding;
        format!("{} {}", binding.ownership_ref, binding.approval_ref)
    });
    [
        field(
            "canonical_operation",
            &assembled.canonical_operation,
            owner.map(|owner| owner.canonical_operation.as_str()),
            Some(proposed.operation.as_str()),
        ),
        field(
            "scope",
            &assembled.scope,
            owner.map(|owner| owner.scope.as_str()),
            None,
        ),
        binding,
        field(
            "actor_principal",
            &assembled.actor_principal,
            owner.map(|owner| owner.actor_principal.as_str()),
            Some(proposed.actor.as_str()),
        ),
    ]
}

fn artifact_fields<'a>(
    case: &Case<'_>,
    assembled: &'a IntegrationAttested,
    proposed: &'a RequestProposed,
) -> [Field<'a>; 5] {
    let artifact = case.artifact().ok();
    let field = |name, assembled, attested: Option<String>, proposed| Field {
        name,
        assembled,
        entitled: &[Kind::Artifact],
        attested,
        proposed,
    };
    let mut target = field(
        "canonical_target",
        &assembled.canonical_target,
        artifact.map(|artifact| artifact.canonical_target.to_string()),
        Some(proposed.dot_code.as_str()),
    );
    target.entitled = &[Kind::Artifact, Kind::Owner];
    [
        target,
        field(
            "artifact_hash",
            &assembled.artifact_hash,
            artifact.map(|artifact| artifact.artifact_hash.to_string()),
            Some(proposed.artifact_hash.as_str()),
        ),
        field(
            "canonical_path",
            &assembled.canonical_path,
            artifact.map(|artifact| artifact.canonical_path.to_string()),
            Some(proposed.artifact_path.as_str()),
        ),
        field(
            "artifact_type",
            &assembled.artifact_type,
            artifact.map(|artifact| artifact.artifact_type.to_string()),
            Some(proposed.artifact_type.as_str()),
        ),
        field(
            "admission_ref",
            &assembled.admission_ref,
            artifact.map(|artifact| artifact.admission_ref.to_string()),
            proposed.admission_ref.as_deref(),
        ),
    ]
}

fn namespace(case: &Case<'_>, field: &Field<'_>, finding: &mut Finding) {
    let attested = field.attested.as_deref();
    let (value, source) = match (&field.assembled.value, &field.assembled.source) {
        (Some(value), Some(source)) => (value.as_str(), source),
        // Nobody attested it and nobody says so: that there is no attestation was refused already.
        (None, None) if attested.is_none() => return,
        (value, _) => {
            finding.refuse(Code::TrustedProducerAbsent);
            finding.show(field.name, value.as_deref(), attested);
            return;
        }
    };
    let named = source.envelope_type.as_str();
    let entitled = case
        .headers
        .iter()
        .find(|headed| field.entitled.contains(&headed.kind) && headed.envelope_type == named);
    if named == "registration-request" {
        finding.refuse_values(Code::RequestProposedAsTrusted, field.name, &value, &named);
    } else if let Some(headed) = entitled {
        let (left, right) = (source.evidence_hash, headed.header.evidence_hash);
        if left != right {
            finding.refuse_values(Code::EvidenceHashMismatch, field.name, &left, &right);
        }
    } else {
        finding.refuse_values(Code::SourceRefWrongEnvelopeType, field.name, &value, &named);
    }
    // Another value than the attested one: the class of the field refuses the mismatch, this one
    // says where the value came from.
    if attested != Some(value) {
        let code = if field.proposed == Some(value) {
            Code::RequestProposedAsTrusted
        } else if attested.is_none() {
            Code::TrustedProducerAbsent
        } else {
            return;
        };
        finding.refuse(code);
        finding.show(field.name, Some(value), attested);
    }
}
