//! Freshness: a timestamp counts only inside the policy's bounds, never because it parses.
//!
//! Every bound is inclusive: exactly as old, as early or as far apart as the policy allows holds,
//! one microsecond more does not.

use canonical::Timestamp;

use crate::case::{Case, Headed, Kind};
use crate::contract::{Policy, ReadbackRow, RejectCode as Code};
use crate::finding::{Finding, Judged};
use crate::steps;
use crate::table::Check;
use crate::time::{after_by_more, apart_by_more};

pub(crate) const CHECKS: &[Check] = &[
    Check::new(
        "freshness.envelopes",
        "all envelopes are valid, none stale, none dated ahead",
        &[
            Code::EnvelopeStale,
            Code::EnvelopeFutureIssued,
            Code::EnvelopeValidityReversed,
        ],
        envelopes,
    ),
    Check::new(
        "freshness.clocks",
        "the producers' clocks agree with the store's",
        &[Code::ClockSkewExceeded],
        clocks,
    ),
    Check::new(
        "freshness.rows",
        "the rows are recent enough and freshly reread",
        &[Code::StaleTrustedRow],
        rows,
    )
    .taking(steps::rows),
];

fn envelopes(case: &Case<'_>) -> Judged {
    let mut finding = Finding::default();
    for headed in &case.headers {
        let header = headed.header;
        if header.expires_at < header.issued_at {
            let (left, right) = (&header.issued_at, &header.expires_at);
            let name = format!("{} issued / expires", headed.kind.name());
            finding.refuse_values(Code::EnvelopeValidityReversed, &name, left, right);
        }
    }
    let (policy, consumed_at) = match (case.policy(), case.judged_at()) {
        (Ok(policy), Ok(at)) => (policy, at),
        (Err(stop), _) | (_, Err(stop)) => return finding.unless_failed(stop),
    };
    for headed in &case.headers {
        let at = match headed.kind {
            Kind::After | Kind::Decision => case.now,
            _ => consumed_at,
        };
        envelope(headed, at, policy, &mut finding);
    }
    // What the first run found is judged at the start of the operation, so that may not lie ahead.
    if after_by_more(consumed_at, case.now, policy.skew_max_ms.get()) {
        let code = Code::EnvelopeFutureIssued;
        finding.refuse_values(code, "operation_start / now", &consumed_at, &case.now);
    }
    Ok(finding)
}

fn envelope(of: &Headed<'_>, at: Timestamp, policy: &Policy, finding: &mut Finding) {
    let (name, header) = (of.kind.name(), of.header);
    if after_by_more(header.issued_at, at, policy.skew_max_ms.get()) {
        let name = format!("{name} issued / now");
        finding.refuse_values(Code::EnvelopeFutureIssued, &name, &header.issued_at, &at);
    }
    // A decision is final: recovery may come back to it at any time.
    if of.kind != Kind::Decision && at > header.expires_at {
        let name = format!("{name} expires / now");
        finding.refuse_values(Code::EnvelopeStale, &name, &header.expires_at, &at);
    }
    let age_max = match of.kind {
        Kind::Owner | Kind::Artifact | Kind::Readback | Kind::Integration | Kind::Verdict => {
            policy.attestation_age_max_ms.get()
        }
        // However long a validity the caller claims, it ends here.
        Kind::Request => policy.request_validity_max_ms.get(),
        // Captures have an age of their own; a policy and a decision have none.
        Kind::Before | Kind::After | Kind::Policy | Kind::Decision => return,
    };
    if after_by_more(at, header.issued_at, age_max) {
        let name = format!("{name} issued / now");
        finding.refuse_values(Code::EnvelopeStale, &name, &header.issued_at, &at);
    }
}

/// Only the readback records a producer's clock and the store's at one moment. What was attested
/// earlier may be older than the store's clock by the work in between, but never ahead of it.
fn clocks(case: &Case<'_>) -> Judged {
    let (policy, readback) = (case.policy()?, case.readback()?);
    let (store, offset_max) = (readback.store_clock, policy.clock_offset_max_ms.get());
    let mut finding = Finding::default();
    for headed in &case.headers {
        let issued = headed.header.issued_at;
        let exceeded = match headed.kind {
            Kind::Readback => apart_by_more(issued, store, offset_max),
            Kind::Owner | Kind::Artifact | Kind::Before => after_by_more(issued, store, offset_max),
            _ => continue,
        };
        if exceeded {
            let name = headed.kind.name();
            finding.refuse_values(Code::ClockSkewExceeded, name, &issued, &store);
        }
    }
    Ok(finding)
}

fn rows(case: &Case<'_>) -> Judged {
    let (policy, at, readback) = (case.policy()?, case.judged_at()?, case.readback()?);
    let mut finding = Finding::default();
    for row in &readback.rows {
        let reread = within(row.reread_at, at, policy.readback_age_max_ms.get(), policy);
        if !(reread && issue_time_fits(row, at, policy)) {
            finding.refuse(Code::StaleTrustedRow);
            let issued = row.issued_at.map(|issued| issued.to_string());
            let reread = row.reread_at.to_string();
            finding.show(&row.row_key, issued.as_deref(), Some(&reread));
        }
    }
    Ok(finding)
}

/// A row that was not found has no issue time; that it is missing is another check's refusal.
fn issue_time_fits(row: &ReadbackRow, at: Timestamp, policy: &Policy) -> bool {
    row.issued_at.map_or(row.row_hash.is_none(), |issued| {
        within(issued, at, policy.row_age_max_ms.get(), policy)
    })
}

fn within(instant: Timestamp, at: Timestamp, age_max_ms: u64, policy: &Policy) -> bool {
    !after_by_more(at, instant, age_max_ms) && !after_by_more(instant, at, policy.skew_max_ms.get())
}
