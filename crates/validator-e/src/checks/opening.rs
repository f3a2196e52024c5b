//! Parse: each envelope is there and opens.

use envelope::Refusal;

use crate::case::Case;
use crate::contract::RejectCode as Code;
use crate::finding::{Finding, Judged};
use crate::open::Slot;
use crate::run::{NOT_COMPLETED, PANICKED};
use crate::table::{Check, PassesOn};

pub(crate) const CHECKS: &[Check] = &[
    Check::new(
        "open.policy",
        "the policy is there and opens",
        &[],
        |case| Ok(opened(&case.envelopes.policy, Code::EnvelopeMalformed)),
    )
    .passing_on(PassesOn::Opening),
    Check::new(
        "open.registration_request",
        "the request opens and attests nothing",
        &[Code::CallerSuppliedAttestation],
        request,
    )
    .passing_on(PassesOn::Opening),
    Check::new(
        "open.owner_attestation",
        "the owner attestation is there and opens",
        &[Code::TrustedProducerAbsent],
        |case| Ok(opened(&case.envelopes.owner, Code::TrustedProducerAbsent)),
    )
    .passing_on(PassesOn::Opening),
    Check::new(
        "open.artifact_attestation",
        "the artifact attestation is there and opens",
        &[Code::TrustedProducerAbsent],
        |case| {
            Ok(opened(
                &case.envelopes.artifact,
                Code::TrustedProducerAbsent,
            ))
        },
    )
    .passing_on(PassesOn::Opening),
    Check::new(
        "open.snapshots",
        "the snapshots are there and open",
        &[Code::SnapshotManifestSourceUnproven],
        snapshots,
    )
    .passing_on(PassesOn::Opening),
    Check::new(
        "open.authority_readback",
        "the authority readback is there and opens",
        &[Code::AuthorityReadbackMissing],
        |case| {
            Ok(opened(
                &case.envelopes.readback,
                Code::AuthorityReadbackMissing,
            ))
        },
    )
    .passing_on(PassesOn::Opening),
    Check::new(
        "open.integration",
        "the integration is there and opens",
        &[Code::TrustedProducerAbsent],
        |case| {
            Ok(opened(
                &case.envelopes.integration,
                Code::TrustedProducerAbsent,
            ))
        },
    )
    .passing_on(PassesOn::Opening),
    Check::new(
        "open.verdict",
        "the first verdict is there and opens",
        &[Code::DecisionRefMissing],
        |case| Ok(opened(&case.envelopes.verdict, Code::DecisionRefMissing)),
    )
    .passing_on(PassesOn::Opening)
    .after_write(),
    Check::new(
        "open.registration_decision",
        "the decision is there and opens",
        &[Code::DecisionRefMissing],
        |case| Ok(opened(&case.envelopes.decision, Code::DecisionRefMissing)),
    )
    .passing_on(PassesOn::Opening)
    .after_write(),
];

fn request(case: &Case<'_>) -> Judged {
    if case.envelopes.request_attests {
        let mut finding = Finding::default();
        finding.refuse(Code::CallerSuppliedAttestation);
        return Ok(finding);
    }
    Ok(opened(&case.envelopes.request, Code::EnvelopeMalformed))
}

fn snapshots(case: &Case<'_>) -> Judged {
    let mut finding = Finding::default();
    finding.require(
        case.envelopes.snapshots_given > 0,
        Code::SnapshotManifestSourceUnproven,
    );
    for slot in &case.envelopes.snapshots {
        note(slot, &mut finding);
    }
    Ok(finding)
}

fn opened<T>(slot: &Slot<T>, absent: Code) -> Finding {
    let mut finding = Finding::default();
    finding.require(!matches!(slot, Slot::Absent), absent);
    note(slot, &mut finding);
    finding
}

fn note<T>(slot: &Slot<T>, finding: &mut Finding) {
    match slot {
        Slot::Refused(refusal) => {
            finding.refuse(code(refusal));
            finding.show("refused", Some(&refusal.detail), None);
        }
        Slot::Panicked => {
            finding.refuse(NOT_COMPLETED);
            finding.show(PANICKED, None, None);
        }
        Slot::Absent | Slot::Open(_) => {}
    }
}

/// The code of the opening path; one that the contracts do not know is malformed, never accepted.
fn code(refusal: &Refusal) -> Code {
    refusal.code.parse().unwrap_or(Code::EnvelopeMalformed)
}
