//! Each defect that the simulated store can be given is found, by the invariant that it breaks.

#![expect(
    clippy::unwrap_used,
    reason = "a campaign that cannot be made has failed the test"
)]

use simulator::{Bug, Campaign, Invariant, Plan};

/// A defect is found within so many seeds, which are fewer than CI runs.
const SEEDS: u64 = 5_000;

/// What the first seed breaks that breaks anything; seeds before `from` are known to break nothing.
fn broken_by(bug: Bug, from: u64) -> Vec<Invariant> {
    let plan = Plan {
        bug: Some(bug),
        stops_at_failure: true,
        ..Plan::default()
    };
    let campaign = Campaign::run(from..from + SEEDS, plan, &|| ()).unwrap();
    let failures = campaign.failures.iter();
    let broken = failures.flat_map(|outcome| {
        println!("seed {} finds {bug:?}", outcome.seed);
        outcome.violations.iter()
    });
    broken.map(|violation| violation.invariant).collect()
}

/// The defect is found, and one of these invariants says so.
fn check(bug: Bug, from: u64, expected: &[Invariant]) {
    let broken = broken_by(bug, from);
    let named = broken.iter().any(|invariant| expected.contains(invariant));
    assert!(named, "{bug:?} broke {broken:?}");
}

#[test]
fn a_nonce_that_is_not_unique_is_found() {
    check(Bug::NonceNotUnique, 0, &[Invariant::I2]);
}

#[test]
fn a_head_that_is_not_unique_is_found() {
    check(Bug::HeadNotUnique, 0, &[Invariant::I3]);
}

#[test]
fn a_consume_in_two_halves_is_found() {
    check(Bug::ConsumeNotAtomic, 0, &[Invariant::I4]);
}

#[test]
fn a_fence_that_reads_past_the_lock_is_found() {
    check(
        Bug::FenceByPlainRead,
        0,
        &[Invariant::I4, Invariant::I10, Invariant::AppendOnly],
    );
}

#[test]
fn an_audit_that_a_power_loss_takes_is_found() {
    check(Bug::AuditNotDurable, 330, &[Invariant::I9, Invariant::I6]);
}

#[test]
fn a_decision_that_a_power_loss_takes_is_found() {
    check(Bug::ConsumeNotDurable, 260, &[Invariant::I6, Invariant::I7]);
}

#[test]
fn an_audit_that_is_appended_twice_is_found() {
    check(
        Bug::AuditNotIdempotent,
        0,
        &[Invariant::I16, Invariant::I10],
    );
}

#[test]
fn an_abort_without_its_audit_is_found() {
    check(Bug::AbortWithoutAudit, 0, &[Invariant::I10, Invariant::I9]);
}

#[test]
fn an_answer_that_is_made_again_is_found() {
    check(Bug::ExactRetryRebuilt, 0, &[Invariant::I5]);
}

#[test]
fn authority_heads_that_nobody_looks_at_are_found() {
    check(Bug::AuthorityHeadsIgnored, 0, &[Invariant::I18]);
}

#[test]
fn a_hold_that_nobody_looks_at_is_found() {
    check(Bug::HoldIgnored, 115, &[Invariant::I12]);
}

#[test]
fn an_end_that_nobody_looks_at_is_found() {
    check(Bug::ExpiryIgnored, 220, &[Invariant::I13]);
}

#[test]
fn a_report_that_is_replaced_is_found() {
    check(Bug::ReportReplaced, 0, &[Invariant::AppendOnly]);
}
