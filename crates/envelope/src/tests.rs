//! The opening path over a small envelope of its own: every refusal beside what is let through.

use std::sync::LazyLock;
use std::time::{Duration, Instant};

use canonical::{
    Digest, Identifier, SIZE_MAX_BYTES, SafeUint, Tag, Text, Timestamp, Version, hash, tags, write,
};
use proptest::prelude::*;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use crate::{Contract, Refusal, SealError, Stage};

const BUNDLE: &str = include_str!("tests/bundle.json");

static FINDING: LazyLock<Contract<Finding>> =
    LazyLock::new(|| Contract::new("finding", "1", BUNDLE, "Finding"));

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Header {
    audience: Identifier,
    evidence_hash: Digest,
    issued_at: Timestamp,
    key_id: Option<Identifier>,
    producer: Tag,
    run_id: Identifier,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Check {
    id: Identifier,
    title: Text,
    held: bool,
    source_refs: Vec<Digest>,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Finding {
    envelope_type: Tag,
    envelope_version: Version,
    header: Header,
    note: Text,
    count: SafeUint,
    checks: Vec<Check>,
}

fn finding(note: &str, checks: u8) -> Finding {
    let check = |number: u8| Check {
        id: format!("IN-{number:02}").parse().unwrap(),
        title: "the owner of record is the one that the governed row names"
            .parse()
            .unwrap(),
        held: true,
        source_refs: vec![Digest::from_bytes([number; 32])],
    };
    Finding {
        envelope_type: "finding".parse().unwrap(),
        envelope_version: "1".parse().unwrap(),
        header: Header {
            audience: "registrar".parse().unwrap(),
            evidence_hash: Digest::UNSEALED,
            issued_at: "2026-01-31T09:30:00.000000Z".parse().unwrap(),
            key_id: None,
            producer: "prover".parse().unwrap(),
            run_id: "run:0190a1b2".parse().unwrap(),
        },
        note: note.parse().unwrap(),
        count: 3_u32.into(),
        checks: (0..checks).map(check).collect(),
    }
}

fn sealed() -> Vec<u8> {
    FINDING.seal(&finding("as found", 3)).unwrap().into_bytes()
}

/// Canonical bytes of a sealed finding after a change, with the hash made to fit again.
fn resealed(change: impl FnOnce(&mut Value)) -> Vec<u8> {
    let mut json: Value = serde_json::from_slice(&sealed()).unwrap();
    change(&mut json);
    if let Some(header) = json.get_mut("header").and_then(Value::as_object_mut) {
        header.insert("evidence_hash".to_owned(), Value::Null);
        let evidence = hash(&tags::evidence("finding"), &json).unwrap();
        json["header"]["evidence_hash"] = json!(evidence);
    }
    write(&json).unwrap()
}

#[track_caller]
fn refused(bytes: &[u8], code: &str, stage: Stage) -> Refusal {
    let refusal = FINDING.open(bytes).unwrap_err();
    assert_eq!((refusal.code, refusal.stage), (code, stage), "{refusal}");
    assert!(refusal.detail.len() <= 300, "{refusal}");
    refusal
}

#[test]
fn what_was_sealed_is_opened_with_the_bytes_that_it_has() {
    let sealed = FINDING.seal(&finding("as found", 3)).unwrap();
    let opened = FINDING.open(sealed.bytes()).unwrap();
    assert_eq!(opened.bytes(), sealed.bytes());
    assert_eq!(opened.evidence_hash(), sealed.evidence_hash());
    assert_eq!(opened.json(), sealed.json());
    assert_eq!(opened.value().header.evidence_hash, opened.evidence_hash());
    assert_eq!(opened.note, "as found");
    assert_eq!(opened.json()["count"], json!(3));
}

#[test]
fn the_evidence_hash_is_that_of_the_document_with_its_own_member_null() {
    let opened = FINDING.open(&sealed()).unwrap();
    let mut json = opened.json().clone();
    json["header"]["evidence_hash"] = Value::Null;
    assert_eq!(
        opened.evidence_hash(),
        hash("holdfast/evidence/finding/v1", &json).unwrap()
    );
}

#[test]
fn sealing_replaces_whatever_hash_stood_there() {
    let mut value = finding("as found", 3);
    value.header.evidence_hash = Digest::from_bytes([9; 32]);
    assert_eq!(FINDING.seal(&value).unwrap().into_bytes(), sealed());
}

#[test]
fn a_request_is_opened_in_any_spelling_and_carried_in_the_canonical_one() {
    let json: Value = serde_json::from_slice(&sealed()).unwrap();
    let pretty = serde_json::to_vec_pretty(&json).unwrap();
    let opened = FINDING.open_request(&pretty).unwrap();
    assert_eq!(opened.bytes(), sealed());
    refused(&pretty, "CANONICALIZATION_UNSUPPORTED", Stage::Canonical);
    assert_eq!(
        FINDING.open_request(&sealed()).unwrap(),
        FINDING.open(&sealed()).unwrap()
    );
}

#[test]
fn another_type_or_version_is_named_before_the_schema_is_asked() {
    let other_type = resealed(|json| json["envelope_type"] = json!("verdict"));
    refused(&other_type, "ENVELOPE_TYPE_MISMATCH", Stage::Type);
    let other_version = resealed(|json| json["envelope_version"] = json!("2"));
    refused(&other_version, "ENVELOPE_VERSION_UNSUPPORTED", Stage::Type);
    let same = resealed(|json| json["envelope_version"] = json!("1"));
    assert!(FINDING.open(&same).is_ok());
    refused(b"{}", "SCHEMA_VIOLATION", Stage::Type);
    refused(b"[]", "SCHEMA_VIOLATION", Stage::Type);
    refused(b"null", "SCHEMA_VIOLATION", Stage::Type);
    let no_text = resealed(|json| json["envelope_version"] = json!(1));
    refused(&no_text, "SCHEMA_VIOLATION", Stage::Type);
}

#[test]
fn what_the_schema_refuses_is_named_by_place_and_keyword() {
    let detail = |change: fn(&mut Value)| {
        refused(&resealed(change), "SCHEMA_VIOLATION", Stage::Schema).detail
    };
    assert_eq!(
        detail(|json| json["count"] = json!(-1)),
        "`/count` violates `minimum`"
    );
    assert_eq!(
        detail(|json| json["checks"][1]["held"] = json!(1)),
        "`/checks/1/held` violates `type`"
    );
    assert_eq!(
        detail(|json| json["extra"] = json!(1)),
        "`/` violates `additionalProperties`: `extra`"
    );
    assert_eq!(
        detail(|json| {
            json["header"].as_object_mut().unwrap().remove("run_id");
        }),
        "`/header` violates `required`: `run_id`"
    );
    assert_eq!(
        detail(|json| json["header"] = json!([])),
        "`/header` violates `type`"
    );
    assert_eq!(
        detail(|json| json["header"]["key_id"] = json!("")),
        "`/header/key_id` violates `oneOf`"
    );
}

#[test]
fn a_refusal_never_repeats_the_document() {
    let bytes = resealed(|json| {
        let name = "\u{1b}".repeat(5000);
        json[name.as_str()] = json!("x".repeat(10_000));
    });
    let detail = refused(&bytes, "SCHEMA_VIOLATION", Stage::Schema).detail;
    assert!(
        detail
            .chars()
            .all(|character| (' '..='~').contains(&character)),
        "{detail}"
    );
    let bytes = resealed(|json| json["envelope_type"] = json!("x".repeat(10_000)));
    refused(&bytes, "ENVELOPE_TYPE_MISMATCH", Stage::Type);
}

#[test]
fn an_impossible_date_passes_the_schema_and_is_refused_by_the_type() {
    let bytes = resealed(|json| json["header"]["issued_at"] = json!("2026-02-30T00:00:00.000000Z"));
    refused(&bytes, "SCHEMA_VIOLATION", Stage::Deserialize);
    let bytes = resealed(|json| json["header"]["issued_at"] = json!("2026-02-28T00:00:00.000000Z"));
    assert!(FINDING.open(&bytes).is_ok());
}

#[test]
fn a_change_that_leaves_the_hash_behind_is_refused() {
    let text = String::from_utf8(sealed()).unwrap();
    let changed = text.replace("\"count\":3", "\"count\":4");
    refused(
        changed.as_bytes(),
        "EVIDENCE_HASH_MISMATCH",
        Stage::EvidenceHash,
    );
    let reseal = resealed(|json| json["count"] = json!(4));
    assert!(FINDING.open(&reseal).is_ok());
}

#[test]
fn the_hash_of_another_envelope_type_is_not_valid() {
    let mut json: Value = serde_json::from_slice(&sealed()).unwrap();
    json["header"]["evidence_hash"] = Value::Null;
    let other = hash(&tags::evidence("verdict"), &json).unwrap();
    json["header"]["evidence_hash"] = json!(other);
    refused(
        &write(&json).unwrap(),
        "EVIDENCE_HASH_MISMATCH",
        Stage::EvidenceHash,
    );
}

#[test]
fn bytes_that_are_no_document_are_refused_with_their_code_and_quickly() {
    let started = Instant::now();
    let malformed = |bytes: &[u8]| refused(bytes, "ENVELOPE_MALFORMED", Stage::Parse);
    malformed(b"");
    malformed(b"\xef\xbb\xbf{}");
    malformed(b"{\"a\":\"\0\"}");
    malformed(br#"{"a":"\u0000"}"#);
    malformed(&[sealed(), b"{}".to_vec()].concat());
    malformed(&[sealed(), b"\0".to_vec()].concat());
    malformed("[".repeat(10_000).as_bytes());
    malformed("{\"a\":".repeat(10_000).as_bytes());
    refused(&vec![b' '; 10_000_000], "ENVELOPE_MALFORMED", Stage::Size);
    refused(
        &vec![b'['; SIZE_MAX_BYTES + 1],
        "ENVELOPE_MALFORMED",
        Stage::Size,
    );
    refused(br#"{"a":1,"a":1}"#, "DUPLICATE_MEMBER", Stage::Parse);
    refused(
        br#"{"a":"\ud800"}"#,
        "CANONICALIZATION_UNSUPPORTED",
        Stage::Parse,
    );
    refused(
        br#"{"a":9007199254740993}"#,
        "CANONICALIZATION_UNSUPPORTED",
        Stage::Parse,
    );
    refused(
        br#"{"a":1.0}"#,
        "CANONICALIZATION_UNSUPPORTED",
        Stage::Parse,
    );
    refused(b"{} ", "CANONICALIZATION_UNSUPPORTED", Stage::Canonical);
    assert!(started.elapsed() < Duration::from_secs(2));
}

#[test]
fn a_request_with_a_duplicate_member_is_refused_before_it_is_made_canonical() {
    let text = String::from_utf8(sealed()).unwrap();
    let twice = text.replacen("\"count\":3", "\"count\":3,\"count\":4", 1);
    assert_eq!(
        FINDING.open_request(twice.as_bytes()).unwrap_err().code,
        "DUPLICATE_MEMBER"
    );
}

#[test]
fn a_contract_that_does_not_compile_refuses_everything() {
    let value = finding("as found", 3);
    for (bundle, definition) in [
        ("", "Finding"),
        ("{}", "Finding"),
        (BUNDLE, "Absent"),
        (
            r#"{"$defs":{"Finding":{"$ref":"https://example.org/elsewhere.json"}}}"#,
            "Finding",
        ),
        (r#"{"$defs":{"Finding":{"type":"nothing"}}}"#, "Finding"),
        (
            r#"{"$defs":{"Finding":{"format":"unheard-of"}}}"#,
            "Finding",
        ),
        (
            r##"{"$defs":{"Finding":{"$ref":"#/$defs/Absent"}}}"##,
            "Finding",
        ),
    ] {
        let contract = Contract::<Finding>::new("finding", "1", bundle, definition);
        assert!(contract.defect().is_some(), "{bundle}");
        let refusal = contract.open(&sealed()).unwrap_err();
        assert_eq!(refusal.stage, Stage::Contract, "{refusal}");
        assert!(matches!(contract.seal(&value), Err(SealError::Refused(_))));
    }
    assert_eq!(FINDING.defect(), None);
}

#[test]
fn a_value_that_breaks_its_own_contract_is_not_sealed() {
    let mut value = finding("as found", 0);
    value.envelope_version = "2".parse().unwrap();
    let SealError::Refused(refusal) = FINDING.seal(&value).unwrap_err() else {
        panic!("another failure");
    };
    assert_eq!(refusal.code, "ENVELOPE_VERSION_UNSUPPORTED");
    let SealError::Refused(refusal) = FINDING.seal(&finding("as found", 65)).unwrap_err() else {
        panic!("another failure");
    };
    assert_eq!(refusal.detail, "`/checks` violates `maxItems`");
    assert!(FINDING.seal(&finding("as found", 64)).is_ok());
}

#[test]
fn a_value_without_a_place_for_its_hash_is_not_sealed() {
    let contract = Contract::<Value>::new("finding", "1", BUNDLE, "Finding");
    for value in [
        json!({}),
        json!({"header": {}}),
        json!({"header": []}),
        json!(1),
    ] {
        assert!(matches!(
            contract.seal(&value),
            Err(SealError::NoEvidenceHash)
        ));
    }
}

proptest! {
    #[test]
    fn any_content_survives_sealing_and_opening(note in "[^\0]{0,200}", checks in 0..8_u8) {
        let sealed = FINDING.seal(&finding(&note, checks)).unwrap();
        let opened = FINDING.open(sealed.bytes()).unwrap();
        prop_assert_eq!(opened.note.as_str(), note);
        prop_assert_eq!(opened.bytes(), sealed.bytes());
        prop_assert_eq!(&FINDING.seal(opened.value()).unwrap(), &sealed);
    }

    #[test]
    fn any_other_byte_anywhere_is_refused(place: prop::sample::Index, byte: u8) {
        let mut bytes = sealed();
        let place = place.index(bytes.len());
        prop_assume!(bytes[place] != byte);
        bytes[place] = byte;
        prop_assert!(FINDING.open(&bytes).is_err());
        prop_assert!(FINDING.open_request(&bytes).is_err());
    }

    #[test]
    fn a_cut_anywhere_is_refused(place: prop::sample::Index) {
        let bytes = sealed();
        let place = place.index(bytes.len());
        prop_assert!(FINDING.open(&bytes[..place]).is_err());
    }
}

#[test]
fn any_single_flipped_bit_is_refused() {
    let bytes = sealed();
    for place in 0..bytes.len() {
        for bit in 0..8 {
            let mut flipped = bytes.clone();
            flipped[place] ^= 1 << bit;
            assert!(FINDING.open(&flipped).is_err(), "bit {bit} of byte {place}");
        }
    }
}
