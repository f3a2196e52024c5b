//! The strict parser, the canonical writer and the opening of envelopes (spec section 2).

use canonical::{Form, parse, serialize, write};
use envelope::Contract;
use serde::de::DeserializeOwned;
use serde_json::Value;
use validator_e::contract as by;

/// What is read is written again as what is read: the canonical form has one spelling.
pub(crate) fn parser(bytes: &[u8]) {
    let canonical = parse(bytes, Form::Canonical);
    let any = parse(bytes, Form::Any);
    if let Ok(value) = &canonical {
        assert_eq!(&write(value).unwrap(), bytes);
        assert_eq!(any.as_ref().unwrap(), value);
    }
    let Ok(value) = any else {
        return;
    };
    // An independent reader sees the same document.
    assert_eq!(serde_json::from_slice::<Value>(bytes).unwrap(), value);
    let written = write(&value).unwrap();
    assert_eq!(parse(&written, Form::Canonical).unwrap(), value);
}

/// Whatever is written is RFC 8785's, by whichever of the two ways.
pub(crate) fn canonicaliser(bytes: &[u8]) {
    let Ok(value) = serde_json::from_slice::<Value>(bytes) else {
        return;
    };
    let written = write(&value);
    let straight = serialize(&value, &[]).map(|written| written.bytes);
    match written {
        Ok(written) => {
            assert_eq!(straight.unwrap(), written);
            assert_eq!(serde_json_canonicalizer::to_vec(&value).unwrap(), written);
            assert_eq!(parse(&written, Form::Canonical).unwrap(), value);
        }
        Err(_) => assert!(straight.is_err(), "{straight:?}"),
    }
}

/// What opens is carried byte for byte, and what a caller spelled otherwise opens again.
pub(crate) fn opening(bytes: &[u8]) {
    carried(by::registration_request(), bytes);
    carried(by::owner_attestation(), bytes);
    carried(by::artifact_attestation(), bytes);
    carried(by::snapshot(), bytes);
    carried(by::authority_readback(), bytes);
    carried(by::integration(), bytes);
    carried(by::registration_decision(), bytes);
    carried(by::verdict(), bytes);
    carried(by::policy(), bytes);
}

fn carried<T: DeserializeOwned>(contract: &Contract<T>, bytes: &[u8]) {
    assert_eq!(contract.defect(), None);
    if let Ok(opened) = contract.open(bytes) {
        assert_eq!(opened.bytes(), bytes);
    }
    if let Ok(asked) = contract.open_request(bytes) {
        assert_eq!(contract.open(asked.bytes()).unwrap().bytes(), asked.bytes());
    }
}
