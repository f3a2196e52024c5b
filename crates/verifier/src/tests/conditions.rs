//! Each condition, failed alone.

use canonical::Digest;
use serde_json::json;

use super::bench::*;
use crate::contract::{CheckOutcome, VerificationOutcome};
use crate::port::{
    ActivationTrigger, CatalogueRow, CommittedReader, LedgerRow, PortError, VerifierRow,
};
use crate::{VerifyError, World};

#[test]
fn registration_is_verified_with_no_audit_anywhere() {
    // PX2-015: `World` and `CommittedReader` have no notion of an audit, and the decision's
    // failure-audit and decision-log members are null.
    let bench = Bench::new();
    passes(&bench);
    let report = bench.report();
    assert!(
        report
            .conditions
            .iter()
            .all(|check| check.outcome == CheckOutcome::Held)
    );
    assert_eq!(report.verified_at, at(30));
    assert_eq!(report.later_change, None);
    assert_eq!(report.head.unwrap().status, "draft");
}

#[test]
fn absent_head_is_counted_none() {
    let mut bench = Bench::new();
    bench.world.catalogue.clear();
    let (codes, failed) = bench.failures();
    assert_eq!(codes[..2], ["VERIFICATION_FAILED", "HEAD_COUNT_NOT_ONE"]);
    assert_eq!(failed[0], "verify.one_head");
    assert_eq!(bench.report().head, None);
}

#[test]
fn second_current_head_is_counted_two() {
    let mut bench = Bench::new();
    bench.world.catalogue.push(head("another-row"));
    check(&bench, "HEAD_COUNT_NOT_ONE", "verify.one_head");
}

#[test]
fn head_of_another_code_does_not_count() {
    let mut bench = Bench::new();
    let mut other = head("another-row");
    other.columns.insert("dot_code".to_owned(), json!("DOT_B"));
    bench.world.catalogue.push(other);
    passes(&bench);
}

#[test]
fn active_head_is_no_draft() {
    let mut bench = Bench::new();
    bench.set_column("status", json!("active"));
    let (codes, failed) = bench.failures();
    assert_eq!(
        codes,
        [
            "VERIFICATION_FAILED",
            "HEAD_NOT_DRAFT",
            "WRITE_READBACK_MISMATCH"
        ]
    );
    assert_eq!(failed, ["verify.draft", "verify.write_readback"]);
}

#[test]
fn status_that_its_own_column_denies_is_no_draft() {
    let mut bench = Bench::new();
    bench.world.catalogue[0]
        .columns
        .insert("status".to_owned(), json!("active"));
    let (codes, _) = bench.failures();
    assert!(codes.contains(&"HEAD_NOT_DRAFT".to_owned()));
}

#[test]
fn every_attested_column_is_compared() {
    for (column, value) in [
        ("canonical_target", json!("dot:DOT_B")),
        ("object_type", json!("job")),
        ("scope", json!("other")),
        ("owner_principal", json!("principal/mallory")),
        ("canonical_path", json!("/srv/dots/b.sh")),
        ("origin", json!("/srv")),
        ("artifact_hash", json!(digest("other"))),
        ("hash_algorithm", json!("md5")),
        ("canonicalization_version", json!("raw-bytes/v2")),
        ("artifact_type", json!("tree")),
        ("admission_ref", json!("adm-2")),
        ("size_bytes", json!(13)),
    ] {
        let mut bench = Bench::new();
        bench.set_column(column, value);
        // The row is consistently wrong, so that only the comparison with the attestation sees it.
        let row_hash = bench.world.catalogue[0].row_hash;
        bench.decision = json!({"/head/row_hash": row_hash});
        bench.store_decision();
        check(&bench, "HEAD_METADATA_MISMATCH", "verify.metadata");
    }
}

#[test]
fn trigger_that_fires_on_a_draft_is_a_notification() {
    let mut bench = Bench::new();
    bench.world.activation_triggers[0].fires_on_draft = true;
    check(
        &bench,
        "DRAFT_WRITE_EMITTED_ACTIVATION_NOTIFY",
        "verify.no_notify",
    );
    bench.world.activation_triggers.clear();
    passes(&bench);
}

#[test]
fn postcondition_verifier_must_resolve_to_one_active_row() {
    let rows: [Vec<VerifierRow>; 3] = [
        vec![],
        vec![verifier_row(), verifier_row()],
        vec![VerifierRow {
            active: false,
            ..verifier_row()
        }],
    ];
    for rows in rows {
        let mut bench = Bench::new();
        let rows = rows.into_iter().map(|row| ("verifier/1".to_owned(), row));
        bench.world.verifiers = rows.collect();
        check(
            &bench,
            "POSTCONDITION_VERIFIER_UNRESOLVED",
            "verify.postcondition_verifier",
        );
    }
}

#[test]
fn postcondition_verifier_must_be_governed_independently() {
    for row in [
        VerifierRow {
            issued_at: at(0),
            ..verifier_row()
        },
        VerifierRow {
            specific_target: Some("dot:DOT_A".to_owned()),
            ..verifier_row()
        },
        VerifierRow {
            written_by: "principal/alice".to_owned(),
            ..verifier_row()
        },
        VerifierRow {
            written_by: "principal/registrar".to_owned(),
            ..verifier_row()
        },
    ] {
        let mut bench = Bench::new();
        bench.world.verifiers = vec![("verifier/1".to_owned(), row)];
        check(
            &bench,
            "POSTCONDITION_VERIFIER_UNRESOLVED",
            "verify.postcondition_verifier",
        );
    }
}

#[test]
fn superseded_verifier_row_beside_an_active_one_does_not_count() {
    let mut bench = Bench::new();
    let old = VerifierRow {
        active: false,
        ..verifier_row()
    };
    bench.world.verifiers.push(("verifier/1".to_owned(), old));
    passes(&bench);
}

#[test]
fn registrar_is_never_its_own_verifier() {
    let mut bench = Bench::new();
    bench.registrar = "verifier/1";
    check(
        &bench,
        "POSTCONDITION_VERIFIER_UNRESOLVED",
        "verify.postcondition_verifier",
    );
}

#[test]
fn one_principal_may_have_written_the_verifier_only_where_policy_and_decision_say_so() {
    let mut bench = Bench::new();
    bench.world.verifiers[0].1.written_by = "principal/alice".to_owned();
    bench.policy["assurance_accepted"] = json!("single-principal");
    bench.store_decision();
    check(
        &bench,
        "POSTCONDITION_VERIFIER_UNRESOLVED",
        "verify.postcondition_verifier",
    );
    bench.decision = json!({"/assurance": "single-principal"});
    bench.store_decision();
    passes(&bench);
    bench.policy["assurance_accepted"] = json!("separated-principals");
    bench.store_decision();
    check(
        &bench,
        "POSTCONDITION_VERIFIER_UNRESOLVED",
        "verify.postcondition_verifier",
    );
}

#[test]
fn verifier_row_whose_writer_is_only_a_credential_shows_no_separation() {
    for (writer, registrar) in [
        ("os_uid:1000", "principal/registrar"),
        ("db_role:writer", "principal/registrar"),
        ("token_subject:alice", "principal/registrar"),
        ("principal/authority", "os_uid:1000"),
    ] {
        let mut bench = Bench::new();
        bench.world.verifiers[0].1.written_by = writer.to_owned();
        bench.registrar = registrar;
        check(
            &bench,
            "POSTCONDITION_VERIFIER_UNRESOLVED",
            "verify.postcondition_verifier",
        );
        bench.policy["assurance_accepted"] = json!("single-principal");
        bench.decision = json!({"/assurance": "single-principal"});
        bench.store_decision();
        passes(&bench);
    }
}

#[test]
fn stored_decision_must_be_the_reported_one() {
    let mut bench = Bench::new();
    bench.world.decisions[0].1.push(b' ');
    check(&bench, "WRITE_READBACK_MISMATCH", "verify.write_readback");
    bench.world.decisions.clear();
    check(&bench, "WRITE_READBACK_MISMATCH", "verify.write_readback");
}

#[test]
fn ledger_row_must_be_the_one_the_decision_states() {
    let ledgers: [fn(&mut Vec<LedgerRow>); 5] = [
        |ledger| ledger.clear(),
        |ledger| ledger[0].attempt_id = CORRELATION.parse().unwrap(),
        |ledger| "txn:43".clone_into(&mut ledger[0].transaction_id),
        |ledger| ledger[0].effect_identity = digest("other"),
        |ledger| "dot:DOT_B".clone_into(&mut ledger[0].target),
    ];
    for bend in ledgers {
        let mut bench = Bench::new();
        bend(&mut bench.world.ledger);
        check(&bench, "WRITE_READBACK_MISMATCH", "verify.write_readback");
    }
}

#[test]
fn row_must_be_the_one_the_decision_states() {
    let mut bench = Bench::new();
    bench.set_column("extra", json!("column"));
    check(&bench, "WRITE_READBACK_MISMATCH", "verify.write_readback");
    let mut bench = Bench::new();
    bench.set_column("attempt_id", json!(CORRELATION));
    check(&bench, "WRITE_READBACK_MISMATCH", "verify.write_readback");
}

#[test]
fn decision_of_another_attempt_is_not_this_write() {
    let mut bench = Bench::new();
    bench.decision = json!({"/header/attempt_id": CORRELATION});
    bench.store_decision();
    check(&bench, "WRITE_READBACK_MISMATCH", "verify.write_readback");
}

#[test]
fn decision_states_a_draft_of_the_catalogue() {
    for edit in [
        json!({"/head/carrier": "another_carrier"}),
        json!({"/head/status": "active"}),
    ] {
        let mut bench = Bench::new();
        bench.decision = edit;
        bench.store_decision();
        check(&bench, "WRITE_READBACK_MISMATCH", "verify.write_readback");
        bench.decision = json!({"/head/carrier": "dot_catalogue", "/head/status": "draft"});
        bench.store_decision();
        passes(&bench);
    }
}

#[test]
fn open_configuration_of_the_target_fails_and_another_targets_does_not() {
    let mut bench = Bench::new();
    bench.world.open_config = vec![("DOT_B".to_owned(), "run".to_owned())];
    passes(&bench);
    bench
        .world
        .open_config
        .push(("DOT_A".to_owned(), "run".to_owned()));
    check(&bench, "TARGET_CONFIG_NOT_CLOSED", "verify.config_closed");
}

#[test]
fn what_a_report_does_not_show_any_more_is_judged_all_the_same() {
    let mut bench = Bench::new();
    let quiet = bench.world.activation_triggers[0].clone();
    bench.world.activation_triggers = vec![quiet; 17];
    passes(&bench);
    bench.world.activation_triggers[16].fires_on_draft = true;
    let code = "DRAFT_WRITE_EMITTED_ACTIVATION_NOTIFY";
    check(&bench, code, "verify.no_notify");
    let report = bench.report();
    let mut conditions = report.conditions.iter();
    let shown = conditions.find(|one| one.id == "verify.no_notify").unwrap();
    assert_eq!(shown.compared.len(), 16);
}

#[test]
fn decision_without_a_reference_is_missing_it() {
    let mut bench = Bench::new();
    bench.decision = json!({"/decision_ref": null});
    bench.store_decision();
    let (codes, failed) = bench.failures();
    assert_eq!(codes, ["DECISION_REF_MISSING", "VERIFICATION_FAILED"]);
    assert_eq!(failed, ["verify.decision_ref"]);
}

#[test]
fn decision_of_another_verdict_is_a_mismatch() {
    for edit in [
        json!({"/decision_ref": digest("other")}),
        json!({"/verdict_ref": digest("x")}),
    ] {
        let mut bench = Bench::new();
        bench.decision = edit;
        bench.store_decision();
        let (codes, failed) = bench.failures();
        assert_eq!(codes, ["DECISION_REF_MISMATCH", "VERIFICATION_FAILED"]);
        assert_eq!(failed, ["verify.decision_ref"]);
    }
}

#[test]
fn decision_that_carries_out_no_acceptance_before_the_write_is_a_mismatch() {
    for edit in [
        json!({"/outcome": "reject", "/reject_codes": ["OWNER_OF_RECORD_ABSENT"]}),
        json!({"/stage": "after_write"}),
    ] {
        let mut bench = Bench::new();
        bench.verdict = edit;
        bench.store_decision();
        let (codes, failed) = bench.failures();
        assert_eq!(codes, ["DECISION_REF_MISMATCH", "VERIFICATION_FAILED"]);
        assert_eq!(failed, ["verify.decision_ref"]);
        bench.verdict = json!({"/outcome": "accept", "/stage": "before_write"});
        bench.store_decision();
        passes(&bench);
    }
}

#[test]
fn attestation_that_the_verdict_did_not_judge_is_a_mismatch() {
    let bench = Bench::new();
    let mut sealed = bench.seal();
    let mut other = bench.clone();
    other.owner["header"]["issued_at"] = json!(at(1));
    sealed.owner = other.seal().owner;
    let report = open(&bench.verify_sealed(&sealed).unwrap());
    let codes: Vec<String> = report
        .reject_codes
        .iter()
        .map(ToString::to_string)
        .collect();
    assert_eq!(codes, ["DECISION_REF_MISMATCH", "VERIFICATION_FAILED"]);
}

#[test]
fn policy_that_the_verdict_did_not_judge_is_a_mismatch() {
    let bench = Bench::new();
    let mut sealed = bench.seal();
    let mut other = bench.clone();
    other.policy["assurance_accepted"] = json!("single-principal");
    sealed.policy = other.seal().policy;
    let report = open(&bench.verify_sealed(&sealed).unwrap());
    let codes = report.reject_codes.iter().map(ToString::to_string);
    assert_eq!(
        codes.collect::<Vec<_>>(),
        ["DECISION_REF_MISMATCH", "VERIFICATION_FAILED"]
    );
}

#[test]
fn rejecting_second_verdict_fails_with_its_codes() {
    let mut bench = Bench::new();
    bench.after = json!({"/outcome": "reject", "/reject_codes": ["SNAPSHOT_UNEXPECTED_CHANGE"]});
    let (codes, failed) = bench.failures();
    assert_eq!(codes, ["SNAPSHOT_UNEXPECTED_CHANGE", "VERIFICATION_FAILED"]);
    assert_eq!(failed, ["verify.second_verdict"]);
}

#[test]
fn second_verdict_must_be_on_this_decision_after_the_write() {
    let inputs = json!([{"slot": "registration_decision", "evidence_hash": digest("other")}]);
    for edit in [
        json!({"/stage": "before_write"}),
        json!({"/inputs": inputs}),
    ] {
        let mut bench = Bench::new();
        bench.after = edit;
        let (codes, failed) = bench.failures();
        assert_eq!(codes, ["DECISION_REF_MISMATCH", "VERIFICATION_FAILED"]);
        assert_eq!(failed, ["verify.second_verdict"]);
    }
}

#[test]
fn head_retired_since_is_reported_and_fails_nothing() {
    let mut bench = Bench::new();
    bench.set_column("status", json!("retired"));
    passes(&bench);
    assert!(bench.report().later_change.is_some());
    let mut again = head("a-later-head");
    again
        .columns
        .insert("attempt_id".to_owned(), json!(CORRELATION));
    bench.world.catalogue.push(again);
    passes(&bench);
}

#[test]
fn retired_head_that_was_never_the_written_row_fails() {
    let mut bench = Bench::new();
    bench.set_column("status", json!("retired"));
    bench.set_column("size_bytes", json!(13));
    let report = bench.report();
    assert_eq!(report.outcome, VerificationOutcome::Failed);
    assert_eq!(report.later_change, None);
}

#[test]
fn decision_that_registered_nothing_is_not_verified() {
    let mut bench = Bench::new();
    bench.decision = json!({"/head": null});
    assert!(matches!(
        bench.verify(),
        Err(VerifyError::NothingRegistered)
    ));
}

#[test]
fn store_that_does_not_answer_leaves_the_outcome_pending() {
    struct Silent(World);
    impl CommittedReader for Silent {
        fn clock(&mut self) -> Result<canonical::Timestamp, PortError> {
            self.0.clock()
        }
        fn current_heads(&mut self, _: &str) -> Result<Vec<CatalogueRow>, PortError> {
            Err(PortError::new("heads could not be read", "gone"))
        }
        fn row_by_key(&mut self, row_key: &str) -> Result<Option<CatalogueRow>, PortError> {
            self.0.row_by_key(row_key)
        }
        fn ledger_row(&mut self, key: &Digest) -> Result<Option<LedgerRow>, PortError> {
            self.0.ledger_row(key)
        }
        fn decision(&mut self, key: &Digest) -> Result<Option<Vec<u8>>, PortError> {
            self.0.decision(key)
        }
        fn open_config(&mut self, dot_code: &str) -> Result<Vec<String>, PortError> {
            self.0.open_config(dot_code)
        }
        fn verifier(&mut self, verifier_ref: &str) -> Result<Vec<VerifierRow>, PortError> {
            self.0.verifier(verifier_ref)
        }
        fn activation_triggers(&mut self) -> Result<Vec<ActivationTrigger>, PortError> {
            self.0.activation_triggers()
        }
    }
    let bench = Bench::new();
    let sealed = bench.seal();
    let outcome = bench.verify_with(&mut Silent(bench.world.clone()), &sealed);
    assert!(matches!(outcome, Err(VerifyError::Store(_))));
}
