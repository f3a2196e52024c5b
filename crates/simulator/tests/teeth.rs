//! Each defect that the simulated store can be given is found, by the invariant that it breaks.

#![expect(
    clippy::unwrap_used,
    reason = "a campaign that cannot be made has failed the test"
)]

use simulator::{Bug, Campaign, Invariant, Plan};

/// A defect is found within these seeds, which are fewer than CI runs.
const SEEDS: u64 = 10_000;

/// The invariants of the first seed that breaks any.
fn broken_by(bug: Bug) -> Vec<Invariant> {
    let plan = Plan {
        bug: Some(bug),
        stops_at_failure: true,
        ..Plan::default()
    };
    let campaign = Campaign::run(0..SEEDS, plan, &|| ()).unwrap();
    let seeds = campaign.coverage.seeds;
    println!("{bug:?} was found after {seeds} seeds");
    let failures = campaign.failures.iter();
    let broken = failures.flat_map(|outcome| outcome.violations.iter());
    broken.map(|violation| violation.invariant).collect()
}

/// The defect is found, and one of these invariants says so.
fn check(bug: Bug, expected: &[Invariant]) {
    let broken = broken_by(bug);
    let named = broken.iter().any(|invariant| expected.contains(invariant));
    assert!(named, "{bug:?} broke {broken:?}");
}

#[test]
fn a_nonce_that_is_not_unique_is_found() {
    check(Bug::NonceNotUnique, &[Invariant::I2]);
}

#[test]
fn a_head_that_is_not_unique_is_found() {
    check(Bug::HeadNotUnique, &[Invariant::I3]);
}

#[test]
fn a_transition_that_is_not_conditional_is_found() {
    check(
        Bug::TransitionUnconditional,
        &[Invariant::I4, Invariant::AppendOnly, Invariant::I1],
    );
}

#[test]
fn a_consume_in_two_halves_is_found() {
    check(Bug::ConsumeNotAtomic, &[Invariant::I4]);
}

#[test]
fn a_fence_that_reads_past_the_lock_is_found() {
    check(
        Bug::FenceByPlainRead,
        &[Invariant::I4, Invariant::I10, Invariant::AppendOnly],
    );
}

#[test]
fn an_audit_that_a_power_loss_takes_is_found() {
    check(Bug::AuditNotDurable, &[Invariant::I9, Invariant::I6]);
}

#[test]
fn a_decision_that_a_power_loss_takes_is_found() {
    check(Bug::ConsumeNotDurable, &[Invariant::I6, Invariant::I7]);
}

#[test]
fn an_audit_that_is_appended_twice_is_found() {
    check(Bug::AuditNotIdempotent, &[Invariant::I16, Invariant::I10]);
}

#[test]
fn an_abort_without_its_audit_is_found() {
    check(Bug::AbortWithoutAudit, &[Invariant::I10, Invariant::I9]);
}

#[test]
fn an_answer_that_is_made_again_is_found() {
    check(Bug::ExactRetryRebuilt, &[Invariant::I5]);
}

#[test]
fn authority_heads_that_nobody_looks_at_are_found() {
    check(Bug::AuthorityHeadsIgnored, &[Invariant::I18]);
}

#[test]
fn a_hold_that_nobody_looks_at_is_found() {
    check(Bug::HoldIgnored, &[Invariant::I12]);
}

#[test]
fn an_end_that_nobody_looks_at_is_found() {
    check(Bug::ExpiryIgnored, &[Invariant::I13]);
}

#[test]
fn a_report_that_is_replaced_is_found() {
    check(Bug::ReportReplaced, &[Invariant::AppendOnly]);
}

#[test]
fn a_gate_that_reads_its_facts_apart_is_found() {
    check(Bug::GateReadsApart, &[Invariant::I18]);
}
