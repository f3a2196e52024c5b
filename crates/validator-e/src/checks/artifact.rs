//! Artifact: what the caller proposes is the one that was admitted.

use crate::case::{Case, Kind};
use crate::checks::identity::assembled;
use crate::contract::{DriftState, RejectCode as Code};
use crate::finding::{Finding, Judged};
use crate::table::Check;

pub(crate) const CHECKS: &[Check] = &[
    Check::new(
        "artifact.admission",
        "the admission and path are those attested",
        &[
            Code::MissingAdmissionRef,
            Code::ArtifactNotAdmitted,
            Code::PathNotCanonical,
        ],
        admission,
    ),
    Check::new(
        "artifact.hash",
        "the hash proposed is the hash attested, as sha256",
        &[
            Code::HashMismatch,
            Code::HashAlgorithmUnsupported,
            Code::CanonicalizationUnsupported,
        ],
        hash,
    ),
    Check::new(
        "artifact.state",
        "the artifact has not drifted and is of the type proposed",
        &[Code::ArtifactDrift, Code::ArtifactTypeMismatch],
        state,
    ),
];

/// How each type of artifact is brought into one sequence of bytes.
const CANONICALIZATIONS: [(&str, &str); 2] = [("file", "raw-bytes/v1"), ("tree", "tree/v1")];

fn admission(case: &Case<'_>) -> Judged {
    let proposed = case.request()?.request_proposed.admission_ref.as_deref();
    let mut finding = Finding::default();
    finding.require(proposed.is_some(), Code::MissingAdmissionRef);
    let artifact = match case.artifact() {
        Ok(artifact) => artifact,
        Err(stop) => return finding.unless_failed(stop),
    };
    if let Some(proposed) = proposed {
        let code = Code::ArtifactNotAdmitted;
        let attested = &artifact.admission_ref;
        finding.equal("request / artifact attestation", proposed, attested, code);
    }
    assembled(
        case,
        &mut finding,
        Code::ArtifactNotAdmitted,
        &artifact.admission_ref,
        |all| &all.admission_ref,
    );
    // Where a proposed path leads is block F's to resolve; here only its answer may be carried.
    assembled(
        case,
        &mut finding,
        Code::PathNotCanonical,
        &artifact.canonical_path,
        |all| &all.canonical_path,
    );
    finding.cite(case.rows_of(Kind::Artifact, &["admission"]));
    Ok(finding)
}

fn hash(case: &Case<'_>) -> Judged {
    let proposed = &case.request()?.request_proposed.artifact_hash;
    let artifact = case.artifact()?;
    let (attested, code) = (artifact.artifact_hash.to_string(), Code::HashMismatch);
    let mut finding = Finding::default();
    finding.equal("request / artifact attestation", proposed, &attested, code);
    assembled(case, &mut finding, code, &attested, |all| {
        &all.artifact_hash
    });
    if artifact.hash_algorithm != "sha256" {
        finding.refuse(Code::HashAlgorithmUnsupported);
        finding.show("hash_algorithm", Some(&artifact.hash_algorithm), None);
    }
    let version = artifact.canonicalization_version.as_str();
    let known = CANONICALIZATIONS
        .iter()
        .any(|(kind, due)| artifact.artifact_type == *kind && version == *due);
    if !known {
        let (code, kind) = (Code::CanonicalizationUnsupported, &artifact.artifact_type);
        finding.refuse_values(code, "canonicalization_version / type", &version, kind);
    }
    Ok(finding)
}

fn state(case: &Case<'_>) -> Judged {
    let proposed = &case.request()?.request_proposed.artifact_type;
    let (artifact, mut finding) = (case.artifact()?, Finding::default());
    if artifact.drift_state != DriftState::None {
        finding.refuse(Code::ArtifactDrift);
        finding.show("drift_state", Some(&artifact.drift_state.to_string()), None);
    }
    let code = Code::ArtifactTypeMismatch;
    let attested = &artifact.artifact_type;
    finding.equal("request / artifact attestation", proposed, attested, code);
    assembled(case, &mut finding, code, attested, |all| &all.artifact_type);
    Ok(finding)
}
