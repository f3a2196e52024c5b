//! Recovery: no reservation stays open, and no commit unverified.

use crate::action::Who;
use crate::defect::Defect;
use crate::process::Process;
use crate::protocol::Protocol;
use crate::state::State;
use crate::store::{AttemptId, AttemptState};

/// `registrar::recover` on one attempt: the fence is the same conditional update as a failure's.
///
/// It may come at any time: the horizon only says when it is worth while, and nothing rests on it.
pub(super) fn recover(protocol: &Protocol, state: &mut State, attempt: AttemptId) -> Option<()> {
    if protocol.has(Defect::NoSweep) || !state.store.is_writable() {
        return None;
    }
    if protocol.has(Defect::AuditOnlySweep) {
        let audits = &mut state.store.attempt_mut(attempt)?.audits;
        return (audits.failures == 0).then(|| audits.record(true));
    }
    state.store.close(attempt, true).then_some(())
}

/// `Pipeline::finish_one`: phase 4 of a commit that has no report, with no caller.
pub(super) fn finish_unverified(state: &mut State, who: Who, attempt: AttemptId) -> Option<()> {
    let row = state.store.attempt(attempt)?;
    let is_owed = row.state == AttemptState::Consumed && row.report.is_none();
    if !is_owed || state.process(who)? != Process::Idle {
        return None;
    }
    let is_asked = false;
    state.turn(who, Process::Verifying { attempt, is_asked })
}
