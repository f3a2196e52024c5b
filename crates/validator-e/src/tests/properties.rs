//! Whatever the bytes are, there is a verdict, and only a whole bundle is accepted.

use proptest::prelude::*;
use serde_json::Value;

use super::bundle::{Raw, Sealed, Slot, seal, sealed};
use crate::contract::{self, CheckOutcome, Verdict, VerdictOutcome, VerdictStage};

const SLOTS: [Slot; 9] = [
    Slot::Policy,
    Slot::Request,
    Slot::Owner,
    Slot::Artifact,
    Slot::Before,
    Slot::Readback,
    Slot::Integration,
    Slot::Verdict,
    Slot::Decision,
];

/// What must be true of every verdict; `verdict()` itself compares outcome and codes.
fn holds(verdict: &Verdict) {
    let mut union: Vec<_> = verdict
        .checks
        .iter()
        .flat_map(|one| one.reject_codes.iter().copied())
        .collect();
    union.sort_unstable();
    union.dedup();
    assert_eq!(union, &*verdict.reject_codes);
    for check in &*verdict.checks {
        let table = crate::checks()
            .find(|one| one.id == check.id.as_str())
            .unwrap();
        let known =
            |code| table.codes.contains(code) || table.passes_on != crate::PassesOn::Nothing;
        assert!(
            check.reject_codes.iter().all(known),
            "{}: {:?}",
            check.id,
            check.reject_codes
        );
        let stopped = check.stopped_by.as_deref();
        assert_eq!(check.outcome == CheckOutcome::NotReached, stopped.is_some());
        assert_eq!(
            check.outcome == CheckOutcome::Failed,
            !check.reject_codes.is_empty()
        );
        if let Some(by) = stopped.filter(|by| *by != "stage.after_write") {
            let at_fault = verdict.checks.iter().find(|one| one.id == by).unwrap();
            assert_ne!(at_fault.outcome, CheckOutcome::Held, "{} by {by}", check.id);
        }
    }
}

fn bytes_of(bundle: &Sealed, slot: Slot) -> Vec<u8> {
    let optional = |bytes: &Option<Vec<u8>>| bytes.clone().unwrap();
    match slot {
        Slot::Policy => optional(&bundle.policy),
        Slot::Request => bundle.request.clone(),
        Slot::Owner => optional(&bundle.owner),
        Slot::Artifact => optional(&bundle.artifact),
        Slot::Before => bundle.snapshots[0].clone(),
        Slot::After => bundle.snapshots[1].clone(),
        Slot::Readback => optional(&bundle.readback),
        Slot::Integration => optional(&bundle.integration),
        Slot::Verdict => optional(&bundle.verdict),
        Slot::Decision => optional(&bundle.decision),
    }
}

/// Every pointer to a leaf of a document.
fn leaves(value: &Value, at: &str, found: &mut Vec<String>) {
    match value {
        Value::Object(members) => {
            for (name, member) in members {
                leaves(member, &format!("{at}/{name}"), found);
            }
        }
        Value::Array(items) => {
            for (place, item) in items.iter().enumerate() {
                leaves(item, &format!("{at}/{place}"), found);
            }
        }
        _ => found.push(at.to_owned()),
    }
}

fn replacement() -> impl Strategy<Value = Value> {
    prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        (0_u64..9_000_000_000).prop_map(Value::from),
        "[a-z:/*-]{0,12}".prop_map(Value::from),
        Just(Value::from("2026-06-21T09:00:00.000000Z")),
        Just(Value::from("9999-12-31T23:59:59.999999Z")),
        Just(Value::from("1970-01-01T00:00:00.000000Z")),
        Just(Value::from(super::baseline::OTHER)),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn arbitrary_bytes_in_any_slot_get_a_rejecting_verdict(
        slot in 0..SLOTS.len(),
        bytes in proptest::collection::vec(any::<u8>(), 0..64),
    ) {
        let edits = [Raw(SLOTS[slot], bytes)];
        let verdict = sealed(VerdictStage::AfterWrite, &edits).verdict();
        prop_assert_eq!(verdict.outcome, VerdictOutcome::Reject);
        holds(&verdict);
    }

    #[test]
    fn a_resealed_envelope_with_any_leaf_replaced_gets_a_consistent_verdict(
        slot in 0..SLOTS.len(),
        leaf in any::<prop::sample::Index>(),
        value in replacement(),
    ) {
        let bundle = sealed(VerdictStage::AfterWrite, &[]);
        let mut document: Value = serde_json::from_slice(&bytes_of(&bundle, SLOTS[slot])).unwrap();
        let mut found = Vec::new();
        leaves(&document, "", &mut found);
        *document.pointer_mut(leaf.get(&found).as_str()).unwrap() = value;
        let edits = [Raw(SLOTS[slot], seal(&document))];
        for stage in [VerdictStage::BeforeWrite, VerdictStage::AfterWrite] {
            if stage == VerdictStage::AfterWrite || slot < 7 {
                holds(&sealed(stage, &edits).verdict());
            }
        }
    }
}

#[test]
fn the_largest_rejection_is_still_a_verdict() {
    let bundle = Sealed {
        stage: Some(VerdictStage::AfterWrite),
        now: Some(super::baseline::instant(0)),
        snapshots: vec![b"{}".to_vec(); 1000],
        ..Sealed::default()
    };
    let verdict = bundle.verdict();
    holds(&verdict);
    assert_eq!(verdict.outcome, VerdictOutcome::Reject);
    assert!(contract::verdict().open(&bundle.judge()).is_ok());
}
