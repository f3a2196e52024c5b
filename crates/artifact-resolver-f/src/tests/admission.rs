use serde_json::json;

use super::fixture::{Case, PATH, accepted, refused};
use crate::contract::RejectCode::{
    ArtifactDrift, ArtifactNotAdmitted, ArtifactTypeMismatch, HashAlgorithmUnsupported,
    MassRegistrationAttempted, MissingAdmissionRef, OriginMismatch,
};
use crate::error::ResolveError;
use crate::filter::FilterError;

#[test]
fn admitted_file_is_attested_from_its_admission_and_itself() {
    let attested = accepted(|_| {});
    assert_eq!(attested.canonical_target, "dot:DOT_DAILY_REPORT");
    assert_eq!(attested.canonical_path, PATH);
    assert_eq!(attested.origin, "/srv/dots");
    assert_eq!(attested.admission_ref, "adm-1");
    assert_eq!(attested.artifact_type, "file");
    assert_eq!(attested.canonicalization_version, "raw-bytes/v1");
    assert_eq!(attested.size_bytes.get(), 12);
}

#[test]
fn target_and_hash_are_never_the_ones_that_the_request_proposes() {
    let attested = accepted(|case| case.propose(json!({"dot_code": "DOT_OTHER"})));
    assert_eq!(attested.canonical_target, "dot:DOT_DAILY_REPORT");
    assert_eq!(attested.artifact_hash, accepted(|_| {}).artifact_hash);
}

#[test]
fn request_without_admission_is_refused() {
    for missing in [json!(null), json!("")] {
        refused(
            |case| case.propose(json!({"admission_ref": missing})),
            &[MissingAdmissionRef],
        );
    }
}

#[test]
fn admission_that_is_not_there_or_not_active_admits_nothing() {
    refused(
        |case| case.propose(json!({"admission_ref": "adm-9"})),
        &[ArtifactNotAdmitted],
    );
    for status in ["revoked", "expired", "active"] {
        refused(|case| case.end(status), &[ArtifactNotAdmitted]);
    }
    accepted(|case| {
        case.end("active");
        case.propose(json!({"admission_ref": "adm-2"}));
    });
}

#[test]
fn content_that_is_not_the_admitted_one_has_drifted() {
    refused(
        |case| case.files = std::mem::take(&mut case.files).file(PATH, "echo other\n"),
        &[ArtifactDrift],
    );
    accepted(|case| case.files = std::mem::take(&mut case.files).file(PATH, "echo report\n"));
}

#[test]
fn file_that_changes_while_it_is_hashed_has_drifted() {
    refused(
        |case| case.files.restless = Some(PATH.to_owned()),
        &[ArtifactDrift],
    );
}

#[test]
fn only_the_supported_hash_of_the_type_is_taken() {
    refused(
        |case| case.admit(json!({"hash_algorithm": "md5", "artifact_hash": "md5:00"})),
        &[HashAlgorithmUnsupported],
    );
    refused(
        |case| case.admit(json!({"canonicalization_version": "tree/v1"})),
        &[HashAlgorithmUnsupported],
    );
}

#[test]
fn admission_of_no_known_type_admits_nothing() {
    refused(
        |case| case.admit(json!({"artifact_type": "image"})),
        &[ArtifactTypeMismatch],
    );
}

#[test]
fn admission_outside_its_own_origin_admits_nothing() {
    for origin in [
        "/srv/other",
        "/srv/dot",
        "/srv/dots/daily-report",
        "",
        "srv",
        "//",
    ] {
        refused(
            |case| case.admit(json!({"origin": origin})),
            &[OriginMismatch],
        );
    }
    for origin in ["/srv", "/", "/srv/dots/"] {
        accepted(|case| case.admit(json!({"origin": origin})));
    }
}

#[test]
fn request_that_asks_for_many_is_refused_before_anything_is_read() {
    for many in [
        json!({"dot_code": "DOT_*"}),
        json!({"dot_code": "DOT_A,DOT_B"}),
        json!({"dot_code": "DOT_A DOT_B"}),
        json!({"admission_ref": "adm-1;adm-2"}),
        json!({"artifact_hash": "sha256:00,sha256:01"}),
        json!({"artifact_type": "scan"}),
        json!({"artifact_type": "Directory"}),
    ] {
        refused(|case| case.propose(many), &[MassRegistrationAttempted]);
    }
}

#[test]
fn admission_that_lacks_a_column_is_no_answer() {
    let mut case = Case::file();
    case.admit(json!({"dot_code": null}));
    let error = case.run();
    assert!(matches!(
        error,
        Err(FilterError::Resolve(ResolveError::Row { .. }))
    ));
}
