//! A check that breaks down, or for which no steps are left, is a failed check; the same bundle is
//! accepted by the table as it is.

use super::bundle::{Sealed, sealed};
use crate::case::Case;
use crate::contract::RejectCode::CheckNotCompleted;
use crate::contract::{self, CheckOutcome, Verdict, VerdictOutcome, VerdictStage};
use crate::open::{Envelopes, Slot};
use crate::run::{Run, guarded};
use crate::steps::STEPS_MAX;
use crate::table::Check;
use crate::verdict::validate_by;
use crate::{Input, checks, validate};

fn table() -> Vec<Check> {
    checks().copied().collect()
}

fn by(table: &[Check], bundle: &Sealed) -> Verdict {
    let bytes = bundle.with_input(|input| validate_by(table.iter(), input).unwrap());
    contract::verdict().open(&bytes).unwrap().into_value()
}

/// Outcomes in the order of the table.
fn outcomes(verdict: &Verdict) -> Vec<CheckOutcome> {
    verdict.checks.iter().map(|check| check.outcome).collect()
}

/// Rejects for this reason and no other.
#[track_caller]
fn rejects(verdict: &Verdict, name: &str) {
    assert_eq!(verdict.outcome, VerdictOutcome::Reject, "{name}");
    assert_eq!(*verdict.reject_codes, [CheckNotCompleted], "{name}");
}

#[test]
fn a_check_that_panics_fails_alone() {
    let bundle = sealed(VerdictStage::AfterWrite, &[]);
    let whole = by(&table(), &bundle);
    assert_eq!(whole.outcome, VerdictOutcome::Accept);
    for (place, check) in checks().enumerate() {
        let mut table = table();
        table[place].judge = |_| panic!("the check broke down");
        let verdict = by(&table, &bundle);
        rejects(&verdict, check.id);
        let mut due = outcomes(&whole);
        due[place] = CheckOutcome::Failed;
        assert_eq!(outcomes(&verdict), due, "{}", check.id);
        let shown = &verdict.checks[place].compared;
        assert_eq!(shown[0].name, "panicked", "{}", check.id);
    }
}

#[test]
fn a_check_whose_steps_cannot_be_counted_fails() {
    let bundle = sealed(VerdictStage::BeforeWrite, &[]);
    let mut table = table();
    table[3].steps = |_| panic!("the count broke down");
    rejects(&by(&table, &bundle), table[3].id);
}

#[test]
fn from_the_first_check_that_is_too_dear_every_check_fails() {
    let bundle = sealed(VerdictStage::AfterWrite, &[]);
    for (place, check) in checks().enumerate() {
        let mut table = table();
        table[place].steps = |_| u64::MAX;
        let verdict = by(&table, &bundle);
        rejects(&verdict, check.id);
        let (earlier, later) = verdict.checks.split_at(place);
        let held = |check: &contract::Check| check.outcome == CheckOutcome::Held;
        assert!(earlier.iter().all(held), "{}", check.id);
        for one in later {
            assert_eq!(one.outcome, CheckOutcome::Failed, "{}", one.id);
            assert_eq!(*one.reject_codes, [CheckNotCompleted], "{}", one.id);
            assert_eq!(one.compared[0].name, "steps / budget", "{}", one.id);
        }
    }
}

#[test]
fn the_last_step_of_the_budget_may_be_taken_and_no_more() {
    let bundle = sealed(VerdictStage::BeforeWrite, &[]);
    let check = checks().next().unwrap();
    let allowed = [check.taking(|_| STEPS_MAX - 2), *check];
    assert_eq!(by(&allowed, &bundle).outcome, VerdictOutcome::Accept);
    let dear = [check.taking(|_| STEPS_MAX - 1), *check];
    let verdict = by(&dear, &bundle);
    rejects(&verdict, check.id);
    assert_eq!(
        outcomes(&verdict),
        [CheckOutcome::Held, CheckOutcome::Failed]
    );
    let shown = &verdict.checks[1].compared[0];
    assert_eq!(shown.left.as_deref(), Some("131073"));
    assert_eq!(shown.right.as_deref(), Some("131072"));
}

#[test]
fn a_check_of_the_second_run_takes_no_steps_in_the_first() {
    let bundle = sealed(VerdictStage::BeforeWrite, &[]);
    let mut table = table();
    for check in &mut table {
        if check.stage == VerdictStage::AfterWrite {
            check.steps = |_| u64::MAX;
            check.judge = |_| panic!("the check broke down");
        }
    }
    let bytes = bundle.with_input(|input| validate_by(table.iter(), input).unwrap());
    assert_eq!(bytes, bundle.judge());
}

#[test]
fn a_fault_makes_the_same_bytes_again() {
    let bundle = sealed(VerdictStage::BeforeWrite, &[]);
    let mut table = table();
    table[5].judge = |_| panic!("the check broke down");
    let judge = |input: &Input<'_>| validate_by(table.iter(), input).unwrap();
    assert_eq!(bundle.with_input(judge), bundle.with_input(judge));
    assert_eq!(
        bundle.with_input(|input| validate(input).unwrap()),
        bundle.judge()
    );
}

/// Breaks one envelope while it is opened.
type Break = fn(&mut Envelopes);

#[test]
fn an_envelope_whose_opening_panics_is_refused() {
    const OPENINGS: [(&str, Break); 9] = [
        ("open.policy", |all| all.policy = Slot::Panicked),
        ("open.registration_request", |all| {
            all.request = Slot::Panicked;
        }),
        ("open.owner_attestation", |all| all.owner = Slot::Panicked),
        ("open.artifact_attestation", |all| {
            all.artifact = Slot::Panicked;
        }),
        ("open.snapshots", |all| all.snapshots[0] = Slot::Panicked),
        ("open.authority_readback", |all| {
            all.readback = Slot::Panicked;
        }),
        ("open.integration", |all| all.integration = Slot::Panicked),
        ("open.verdict", |all| all.verdict = Slot::Panicked),
        ("open.registration_decision", |all| {
            all.decision = Slot::Panicked;
        }),
    ];
    let bundle = sealed(VerdictStage::AfterWrite, &[]);
    for (id, broken) in OPENINGS {
        let codes = |change: Option<Break>| {
            bundle.with_input(|input| {
                let mut envelopes = Envelopes::open(input);
                if let Some(change) = change {
                    change(&mut envelopes);
                }
                let case = Case::new(&envelopes, input.stage, input.attempt, input.now);
                let check = checks().find(|check| check.id == id).unwrap();
                let finding = Run::default().judge(check, &case).unwrap();
                finding.into_parts().0
            })
        };
        assert_eq!(codes(None), [], "{id}");
        assert_eq!(codes(Some(broken)), [CheckNotCompleted], "{id}");
    }
}

#[test]
fn what_panics_has_no_answer() {
    assert_eq!(guarded(|| 7), Some(7));
    assert_eq!(guarded(|| -> u8 { panic!("broke down") }), None);
}
