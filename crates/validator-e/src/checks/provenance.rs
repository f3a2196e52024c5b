//! Namespaces and provenance: who states what, and which rows it rests on.

use canonical::Digest;

use crate::case::{Case, Kind};
use crate::contract::{
    CarrierAssessment, CarrierClass, CriterionOutcome, Refusal, RejectCode as Code,
};
use crate::finding::{Finding, Judged, StoppedBy};
use crate::steps;
use crate::table::{Check, PassesOn};

mod namespaces;

/// What operation and actor are attested from; the rows of the binding are named one by one in it.
const OPERATION_AND_ACTOR: [&str; 2] = ["action_type", "principal_binding"];

pub(crate) const CHECKS: &[Check] = &[
    Check::new(
        "provenance.producers",
        "each envelope comes from the block entitled to it",
        &[
            Code::SnapshotManifestSourceUnproven,
            Code::TrustedProducerAbsent,
            Code::CallerSuppliedAttestation,
        ],
        producers,
    ),
    Check::new(
        "provenance.owner",
        "block A attests owner, approval and actor",
        &[Code::TrustedProducerAbsent],
        owner,
    )
    .passing_on(PassesOn::Refusals),
    Check::new(
        "provenance.artifact",
        "block F attests the artifact",
        &[Code::TrustedProducerAbsent],
        artifact,
    )
    .passing_on(PassesOn::Refusals),
    Check::new(
        "provenance.assembly",
        "the integration is of these very envelopes",
        &[Code::EvidenceHashMismatch],
        assembly,
    ),
    Check::new(
        "provenance.namespaces",
        "each trusted value is what its producer attests",
        &[
            Code::EvidenceHashMismatch,
            Code::RequestProposedAsTrusted,
            Code::TrustedProducerAbsent,
            Code::SourceRefWrongEnvelopeType,
        ],
        namespaces::namespaces,
    ),
    Check::new(
        "provenance.carriers",
        "each row comes from a known carrier",
        &[Code::UnknownCarrier],
        carriers,
    )
    .taking(steps::known_carriers),
    Check::new(
        "provenance.source_refs",
        "each attestation names its rows, of its own type",
        &[Code::SourceRefMissing, Code::SourceRefWrongEnvelopeType],
        source_refs,
    )
    .taking(steps::governed_carriers),
];

fn producers(case: &Case<'_>) -> Judged {
    let mut finding = Finding::default();
    for headed in &case.headers {
        let (kind, producer) = (headed.kind, headed.header.producer.as_str());
        let due = producer_of(kind);
        if producer != due {
            let code = match kind {
                Kind::Request => Code::CallerSuppliedAttestation,
                _ if producer == producer_of(Kind::Request) => Code::CallerSuppliedAttestation,
                _ if kind.is_snapshot() => Code::SnapshotManifestSourceUnproven,
                _ => Code::TrustedProducerAbsent,
            };
            finding.refuse_values(code, kind.name(), &producer, &due);
        }
        // Rows are what an attestation rests on; a request that names some attests.
        if kind == Kind::Request && !headed.header.source_refs.is_empty() {
            finding.refuse(Code::CallerSuppliedAttestation);
            finding.cite(&headed.header.source_refs);
        }
    }
    Ok(finding)
}

fn producer_of(kind: Kind) -> &'static str {
    match kind {
        Kind::Policy => "authority",
        Kind::Request => "caller",
        Kind::Owner => "owner-resolver",
        Kind::Artifact => "artifact-resolver-f",
        Kind::Before | Kind::After => "snapshot-provider",
        Kind::Readback | Kind::Decision => "registrar",
        Kind::Integration => "pipeline",
        Kind::Verdict => "validator-e",
    }
}

fn owner(case: &Case<'_>) -> Judged {
    let mut finding = Finding::default();
    let Err(stop) = case.owner() else {
        return Ok(finding);
    };
    let Some(envelope) = case.envelopes.owner.opened() else {
        return Err(stop);
    };
    let explained = artifact_refused(case);
    let follows =
        |refusal: &&Refusal| explained.is_some() && refusal.code == Code::TrustedProducerAbsent;
    finding.pass_on(envelope.refusals.iter().filter(|refusal| !follows(refusal)));
    finding.require(!envelope.refusals.is_empty(), Code::TrustedProducerAbsent);
    match explained {
        Some(stop) => finding.unless_failed(stop),
        None => Ok(finding),
    }
}

/// Where block F has refused, the check that says why.
///
/// Without an artifact block A finds no producer to rest on. That follows from block F's refusal, so
/// the cause is named alone and what follows is not reached, which rejects as well.
fn artifact_refused(case: &Case<'_>) -> Option<StoppedBy> {
    let artifact = case.envelopes.artifact.opened();
    let refused = artifact.is_some_and(|artifact| !artifact.refusals.is_empty());
    refused.then_some(StoppedBy("provenance.artifact"))
}

/// Where block F or block A has refused, the check that says why: nothing is then in scope of a
/// capture, whatever else is true.
pub(super) fn scope_refused(case: &Case<'_>) -> Option<StoppedBy> {
    let owner = case.envelopes.owner.opened();
    let refused = owner.is_some_and(|owner| !owner.refusals.is_empty());
    artifact_refused(case).or(refused.then_some(StoppedBy("provenance.owner")))
}

fn artifact(case: &Case<'_>) -> Judged {
    let mut finding = Finding::default();
    if let Err(stop) = case.artifact() {
        let Some(envelope) = case.envelopes.artifact.opened() else {
            return Err(stop);
        };
        finding.pass_on(&envelope.refusals);
        finding.require(!envelope.refusals.is_empty(), Code::TrustedProducerAbsent);
    }
    Ok(finding)
}

fn assembly(case: &Case<'_>) -> Judged {
    let integration = case.integration()?;
    let (stated, envelopes) = (&integration.envelope_hashes, case.envelopes);
    let request = envelopes.request.opened();
    let mut finding = Finding::default();
    let owner = envelopes
        .owner
        .opened()
        .map(envelope::Opened::evidence_hash);
    let artifact = envelopes
        .artifact
        .opened()
        .map(envelope::Opened::evidence_hash);
    let readback = envelopes
        .readback
        .opened()
        .map(envelope::Opened::evidence_hash);
    let before = case.before().ok().map(|before| before.evidence_hash);
    for (name, stated, found) in [
        (
            Kind::Request,
            Some(stated.registration_request),
            request.map(envelope::Opened::evidence_hash),
        ),
        (Kind::Owner, stated.owner_attestation, owner),
        (Kind::Artifact, stated.artifact_attestation, artifact),
        (Kind::Before, stated.snapshot_before, before),
        (Kind::Readback, stated.authority_readback, readback),
    ] {
        // What did not open has no hash to compare, and a refusal of its own.
        if found.is_some() && stated != found {
            finding.refuse(Code::EvidenceHashMismatch);
            let (left, right) = (shown(stated), shown(found));
            finding.show(name.name(), left.as_deref(), right.as_deref());
        }
    }
    if request.is_some_and(|request| request.request_proposed != integration.request_proposed) {
        finding.refuse(Code::EvidenceHashMismatch);
    }
    Ok(finding)
}

fn shown(digest: Option<Digest>) -> Option<String> {
    digest.map(|digest| digest.to_string())
}

fn carriers(case: &Case<'_>) -> Judged {
    let policy = case.policy()?;
    let assessments = case.readback().map(|readback| &*readback.carriers);
    let mut finding = Finding::default();
    for cited in case.cited() {
        let carrier = &cited.source.carrier;
        let mut governed = policy
            .carriers
            .iter()
            .filter(|known| known.carrier == *carrier);
        let lifecycle = governed.clone().any(|known| known.lifecycle);
        let assessed = assessments
            .ok()
            .and_then(|all| all.iter().find(|one| one.carrier == *carrier));
        let known =
            governed.next().is_some() && !assessed.is_some_and(|one| is_unfit(one, lifecycle));
        if !known {
            finding.refuse(Code::UnknownCarrier);
            finding.cite([cited.source]);
        }
    }
    Ok(finding)
}

/// Judged and not proven, for a reason that no finer code states.
///
/// Writers, immutability and transitions have codes of their own; a carrier that was not judged at
/// all has no proven writer.
fn is_unfit(assessment: &CarrierAssessment, lifecycle: bool) -> bool {
    let criteria = &assessment.criteria;
    let proven = |outcome: CriterionOutcome| outcome == CriterionOutcome::Proven;
    let finer = !proven(criteria.writer_authority)
        || !proven(criteria.immutability)
        || (lifecycle && !proven(criteria.transition_writer));
    let rest = proven(criteria.consumer_readback)
        && proven(criteria.tamper_evidence)
        && proven(criteria.retention)
        && assessment.carrier_class == CarrierClass::ProvenAuthorityControlledCarrier;
    !finer && !rest
}

fn source_refs(case: &Case<'_>) -> Judged {
    let policy = case.policy()?;
    let mut finding = Finding::default();
    for headed in case.headers.iter().filter(|headed| headed.kind.attests()) {
        if headed.header.source_refs.is_empty() && states_something(case, headed.kind) {
            finding.refuse(Code::SourceRefMissing);
            finding.show(headed.kind.name(), None, None);
        }
    }
    if case.owner().is_ok() {
        for carrier in OPERATION_AND_ACTOR {
            if case.rows_of(Kind::Owner, &[carrier]).next().is_none() {
                finding.refuse(Code::SourceRefMissing);
                finding.show("no row of", Some(carrier), None);
            }
        }
    }
    if let Ok(artifact) = case.artifact() {
        let mut rows = case.cited().filter(|cited| cited.by.kind == Kind::Artifact);
        if !rows.any(|cited| cited.source.row_key == artifact.admission_ref) {
            finding.refuse(Code::SourceRefMissing);
            finding.show("admission_ref", Some(&artifact.admission_ref), None);
        }
    }
    for cited in case.cited() {
        let (source, carrying) = (cited.source, cited.by.envelope_type);
        let mut governed = policy
            .carriers
            .iter()
            .filter(|known| known.carrier == source.carrier);
        // A carrier that is not known at all is refused as that.
        let backs = governed.clone().next().is_none()
            || governed.any(|known| known.envelope_type == carrying);
        if source.envelope_type != carrying || !backs {
            let left = &source.envelope_type;
            let code = Code::SourceRefWrongEnvelopeType;
            finding.refuse_values(code, &source.row_key, left, &carrying);
            finding.cite([source]);
        }
    }
    Ok(finding)
}

fn states_something(case: &Case<'_>, kind: Kind) -> bool {
    match kind {
        Kind::Owner => case.owner().is_ok(),
        Kind::Artifact => case.artifact().is_ok(),
        Kind::Before => case.before().is_ok(),
        Kind::After => case.after().is_ok(),
        _ => false,
    }
}
