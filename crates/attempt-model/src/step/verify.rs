//! Phase 4: the independent reread, and its report, which is stored once.

use crate::action::Who;
use crate::process::Process;
use crate::state::State;
use crate::step::answer::verified;
use crate::store::Report;

/// The capture after, E's second run and the verifier, on one reading of the store.
///
/// A failing one looks for a report that stands first: where there is one, it is the answer.
pub(super) fn verify(state: &mut State, who: Who) -> Option<()> {
    let Process::Verifying { attempt, is_asked } = state.process(who)? else {
        return None;
    };
    let row = state.store.attempt(attempt)?;
    let is_confirmed = row.has_head && !state.store.standing(attempt.request.target()).is_disturbed;
    let next = match row.report {
        _ if is_confirmed => Process::Reporting {
            attempt,
            is_asked,
            report: Report::Passed,
        },
        Some(standing) => verified(attempt, is_asked, standing),
        None => Process::Doubting { attempt, is_asked },
    };
    state.turn(who, next)
}

/// `registrar::verification_failed`: the audit and the hold, one transaction.
pub(super) fn record_failed(state: &mut State, who: Who) -> Option<()> {
    let Process::Doubting { attempt, is_asked } = state.process(who)? else {
        return None;
    };
    if !state.store.is_writable() {
        return None;
    }
    state.store.attempt_mut(attempt)?.audits.is_verification = true;
    state.store.flush();
    let standing = state.store.standing_mut(attempt.request.target());
    standing.is_held = true;
    standing.head_version = standing.head_version.saturating_add(1);
    let next = Process::Reporting {
        attempt,
        is_asked,
        report: Report::Failed,
    };
    state.turn(who, next)
}

/// `Observer::record`: inserted once; where another report stands, that one is the answer.
///
/// It does not wait for the disk: a report that is lost with power is made again.
pub(super) fn store_report(state: &mut State, who: Who) -> Option<()> {
    let Process::Reporting {
        attempt,
        is_asked,
        report,
    } = state.process(who)?
    else {
        return None;
    };
    if !state.store.is_writable() {
        return None;
    }
    let standing = *state
        .store
        .attempt_mut(attempt)?
        .report
        .get_or_insert(report);
    state.turn(who, verified(attempt, is_asked, standing))
}
