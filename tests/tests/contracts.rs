//! Schema, Rust type and re-derived schema accept the same documents, for every envelope.

use holdfast_tests::contracts::{Difference, compare};

/// A test per envelope, with the types and the bundle of one block that opens or seals it.
macro_rules! judges_agree {
    ($($envelope:ident as $name:ident of $block:ident in $folder:literal;)*) => {
        $(
            #[test]
            fn $envelope() {
                let bundle = include_str!(concat!("../../crates/", $folder, "/src/contract/bundle.json"));
                let contract = $block::contract::$envelope();
                assert_eq!(contract.defect(), None);
                let comparison =
                    compare::<$block::contract::$name>(contract, bundle, stringify!($name)).unwrap();
                println!(
                    "{}: {} documents compared, {} accepted, {:?} listed",
                    stringify!($envelope),
                    comparison.documents,
                    comparison.accepted,
                    comparison.listed,
                );
                assert_eq!(comparison.findings, Vec::<String>::new());
                assert!(comparison.documents > 1000);
                assert!(comparison.accepted > 100);
                for always in [Difference::PositionalArray, Difference::ImpossibleInstant] {
                    assert!(comparison.listed.contains_key(&always), "{always:?} was never met");
                }
            }
        )*

        const COMPARED: &[&str] = &[$(stringify!($envelope)),*];
    };
}

judges_agree! {
    artifact_attestation as ArtifactAttestation of validator_e in "validator-e";
    authority_readback as AuthorityReadback of validator_e in "validator-e";
    carrier_report as CarrierReport of gate in "gate";
    failure_audit as FailureAudit of registrar in "registrar";
    gate_report as GateReport of registrar in "registrar";
    integration as Integration of validator_e in "validator-e";
    owner_attestation as OwnerAttestation of validator_e in "validator-e";
    policy as Policy of validator_e in "validator-e";
    registration_decision as RegistrationDecision of validator_e in "validator-e";
    registration_request as RegistrationRequest of validator_e in "validator-e";
    snapshot as Snapshot of validator_e in "validator-e";
    verdict as Verdict of validator_e in "validator-e";
    verification_report as VerificationReport of verifier in "verifier";
}

#[test]
fn every_envelope_has_its_comparison() {
    let schemas = concat!(env!("CARGO_MANIFEST_DIR"), "/../schemas");
    let names = std::fs::read_dir(schemas).unwrap();
    let names = names.map(|entry| entry.unwrap().file_name().into_string().unwrap());
    let kinds =
        names.filter_map(|name| Some(name.strip_suffix(".v1.schema.json")?.replace('-', "_")));
    let mut kinds: Vec<String> = kinds.collect();
    kinds.sort_unstable();
    assert_eq!(kinds, COMPARED);
}

#[test]
fn a_schema_that_says_more_or_less_than_the_type_is_found_out() {
    let bundle = include_str!("../../crates/validator-e/src/contract/bundle.json");
    let found = |bundle: &str| {
        let contract = validator_e::contract::policy();
        let comparison =
            compare::<validator_e::contract::Policy>(contract, bundle, "Policy").unwrap();
        !comparison.findings.is_empty()
    };
    assert!(!found(bundle));
    for (said, instead) in [
        ("{0,199}", "{0,200}"),
        ("\"uniqueItems\": true", "\"uniqueItems\": false"),
        (
            "\"additionalProperties\": false",
            "\"additionalProperties\": true",
        ),
        ("\"maxLength\": 2000", "\"maxLength\": 1999"),
        ("\"maximum\": 60000", "\"maximum\": 60001"),
        ("\"key_id\",", ""),
    ] {
        let changed = bundle.replace(said, instead);
        assert_ne!(changed, bundle, "`{said}` stands nowhere");
        assert!(found(&changed), "`{instead}` was not noticed");
    }
}
