//! What a plan is told of a verification before there is anything to verify.

use super::bench::{Bench, at, verifier_row};
use crate::port::VerifierRow;
use crate::{Foresight, VerifyError, foresee};

/// The codes that are foreseen where the gate is open at this assurance.
fn foreseen(bench: &Bench, single_principal: bool) -> Result<Vec<String>, VerifyError> {
    let sealed = bench.seal();
    let foresight = Foresight {
        owner_attestation: &sealed.owner,
        policy: &sealed.policy,
        single_principal,
        registrar_principal: bench.registrar,
    };
    let codes = foresee(&mut bench.world.clone(), &foresight)?;
    Ok(codes.iter().map(ToString::to_string).collect())
}

fn with_verifier(row: VerifierRow) -> Bench {
    let mut bench = Bench::new();
    bench.world.verifiers = vec![("verifier/1".to_owned(), row)];
    bench
}

#[track_caller]
fn foresees_the_report(bench: &Bench) {
    let (codes, _) = bench.failures();
    assert_eq!(foreseen(bench, false).unwrap(), codes);
}

#[test]
fn what_stands_before_the_write_is_foreseen_as_the_report_says_it() {
    foresees_the_report(&Bench::new());
    let mut fires = Bench::new();
    fires.world.activation_triggers[0].fires_on_draft = true;
    foresees_the_report(&fires);
    let mut none = fires.clone();
    none.world.verifiers.clear();
    foresees_the_report(&none);
    assert_eq!(
        foreseen(&none, false).unwrap(),
        [
            "VERIFICATION_FAILED",
            "DRAFT_WRITE_EMITTED_ACTIVATION_NOTIFY",
            "POSTCONDITION_VERIFIER_UNRESOLVED"
        ]
    );
    foresees_the_report(&with_verifier(VerifierRow {
        specific_target: Some("dot:DOT_A".to_owned()),
        ..verifier_row()
    }));
    let mut registrar = Bench::new();
    registrar.registrar = "verifier/1";
    foresees_the_report(&registrar);
}

#[test]
fn verifier_has_to_be_older_than_the_attempt_that_would_begin_now() {
    let issued = |issued_at| {
        with_verifier(VerifierRow {
            issued_at,
            ..verifier_row()
        })
    };
    let now = Bench::new().world.clock;
    assert_eq!(now, at(30));
    assert!(foreseen(&issued(at(29)), false).unwrap().is_empty());
    assert_eq!(
        foreseen(&issued(now), false).unwrap(),
        ["VERIFICATION_FAILED", "POSTCONDITION_VERIFIER_UNRESOLVED"]
    );
}

#[test]
fn one_principal_is_foreseen_to_do_only_where_policy_and_gate_say_so() {
    let mut bench = with_verifier(VerifierRow {
        written_by: "principal/alice".to_owned(),
        ..verifier_row()
    });
    assert_eq!(foreseen(&bench, true).unwrap().len(), 2);
    bench.policy["assurance_accepted"] = serde_json::json!("single-principal");
    assert_eq!(foreseen(&bench, false).unwrap().len(), 2);
    assert!(foreseen(&bench, true).unwrap().is_empty());
}

#[test]
fn owner_that_attests_nothing_is_no_ground_to_foresee_anything_on() {
    let mut bench = Bench::new();
    bench.owner["trusted_attested"] = serde_json::Value::Null;
    let error = foreseen(&bench, false).unwrap_err();
    assert!(
        matches!(error, VerifyError::NotAttested { slot } if slot == "owner_attestation"),
        "{error}"
    );
}
