//! The strict parser, the canonical writer and the opening of envelopes (spec section 2).

use canonical::{Form, parse, serialize, write};
use envelope::Contract;
use serde::de::DeserializeOwned;
use serde_json::Value;
use validator_e::contract as by;

use crate::order::reversed;

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
    for (_, carried) in CONTRACTS {
        carried(bytes);
    }
}

/// Says whether bytes open as one envelope.
type Opens = fn(&[u8]) -> bool;

/// Every envelope by its type; its contract says whether bytes open.
const CONTRACTS: [(&str, Opens); 13] = [
    ("registration-request", |bytes| {
        carried(by::registration_request(), bytes)
    }),
    ("owner-attestation", |bytes| {
        carried(by::owner_attestation(), bytes)
    }),
    ("artifact-attestation", |bytes| {
        carried(by::artifact_attestation(), bytes)
    }),
    ("snapshot", |bytes| carried(by::snapshot(), bytes)),
    ("authority-readback", |bytes| {
        carried(by::authority_readback(), bytes)
    }),
    ("integration", |bytes| carried(by::integration(), bytes)),
    ("registration-decision", |bytes| {
        carried(by::registration_decision(), bytes)
    }),
    ("verdict", |bytes| carried(by::verdict(), bytes)),
    ("policy", |bytes| carried(by::policy(), bytes)),
    ("carrier-report", |bytes| {
        carried(gate::contract::carrier_report(), bytes)
    }),
    ("gate-report", |bytes| {
        carried(gate::contract::gate_report(), bytes)
    }),
    ("failure-audit", |bytes| {
        carried(registrar::contract::failure_audit(), bytes)
    }),
    ("verification-report", |bytes| {
        carried(verifier::contract::verification_report(), bytes)
    }),
];

/// The types of envelope as which bytes open.
pub(crate) fn opens(bytes: &[u8]) -> Vec<&'static str> {
    let contracts = CONTRACTS.into_iter();
    contracts
        .filter(|(_, carried)| carried(bytes))
        .map(|(name, _)| name)
        .collect()
}

fn carried<T: DeserializeOwned>(contract: &Contract<T>, bytes: &[u8]) -> bool {
    assert_eq!(contract.defect(), None);
    let opened = contract.open(bytes);
    if let Ok(opened) = &opened {
        assert_eq!(opened.bytes(), bytes);
    }
    if let Ok(asked) = contract.open_request(bytes) {
        assert_eq!(contract.open(asked.bytes()).unwrap().bytes(), asked.bytes());
        let turned = reversed(&asked.json());
        let turned = contract.open_request(turned.as_bytes()).unwrap();
        assert_eq!(turned.bytes(), asked.bytes(), "order changes a request");
    }
    opened.is_ok()
}
