use serde_json::json;

use super::fixture::{Case, NOW, refused};
use super::memory::Memory;
use crate::contract::RejectCode::{AudienceMismatch, TrustDomainMismatch};
use crate::filter::{FilterError, filter};
use crate::measure::{MeasureError, measure};
use crate::port::{SourceError, Unwatched};

#[test]
fn request_of_another_trust_domain_or_audience_is_refused() {
    refused(
        |case| case.request["header"]["trust_domain"] = json!("staging"),
        &[TrustDomainMismatch],
    );
    refused(
        |case| case.request["header"]["audience"] = json!("other"),
        &[AudienceMismatch],
    );
}

#[test]
fn attestation_names_the_admission_it_rests_on() {
    let header = Case::file().run().unwrap().header;
    assert_eq!(header.source_refs.len(), 1);
    assert_eq!(header.source_refs[0].row_key, "adm-1");
    assert_eq!(header.source_refs[0].envelope_type, "artifact-attestation");
    assert_eq!(header.producer, "artifact-resolver-f");
    assert_eq!(header.issued_at.to_string(), NOW);
    assert_eq!(header.expires_at.to_string(), "2026-06-21T09:05:00.000000Z");
}

#[test]
fn validity_ends_with_the_request_and_never_before_it_begins() {
    let mut case = Case::file();
    case.request["header"]["expires_at"] = json!("2026-06-21T09:00:01.000000Z");
    let header = case.run().unwrap().header;
    assert_eq!(header.expires_at.to_string(), "2026-06-21T09:00:01.000000Z");
    case.request["header"]["expires_at"] = json!("2026-06-21T08:00:00.000000Z");
    assert_eq!(case.run().unwrap().header.expires_at.to_string(), NOW);
}

#[test]
fn frame_with_an_unknown_or_missing_slot_is_no_question() {
    let run = |frame: &[u8]| filter(frame, &mut Memory::default(), &mut Unwatched);
    let unknown = run(br#"{"owner_attestation":1}"#);
    assert!(matches!(unknown, Err(FilterError::UnknownSlot(slot)) if slot == "owner_attestation"));
    assert!(matches!(
        run(b"{}"),
        Err(FilterError::MissingSlot("attempt"))
    ));
    assert!(matches!(run(b"[]"), Err(FilterError::Frame(_))));
}

#[test]
fn nothing_outside_the_origin_is_measured() {
    let mut files = Memory::default().file("/etc/shadow", "secret");
    let outside = measure(&mut files, &mut Unwatched, "/etc/shadow", "/srv/dots");
    assert!(matches!(
        outside,
        Err(MeasureError::Source(SourceError::OutsideOrigin { .. }))
    ));
    assert!(measure(&mut files, &mut Unwatched, "/etc/shadow", "/etc").is_ok());
}
