//! What callers are told.

use crate::action::Who;
use crate::defect::Defect;
use crate::process::{Answer, Decision, Process};
use crate::protocol::Protocol;
use crate::state::State;
use crate::store::{Attempt, AttemptId, AttemptState, Report};

/// Tells the caller; what was decided is remembered.
pub(super) fn answer(state: &mut State, who: Who) -> Option<()> {
    let Process::Answering {
        request, answer, ..
    } = state.process(who)?
    else {
        return None;
    };
    match answer {
        Answer::Registered(_) | Answer::VerificationFailed(_) | Answer::Rejected(_) => {
            state.told.insert((request, answer));
        }
        Answer::Refused { .. } | Answer::Hold => {}
    }
    state.turn(who, Process::Idle)
}

/// `Pipeline::replay`: the prior decision; a committed one only together with its report.
pub(super) fn replay(protocol: &Protocol, stored: &Attempt) -> Process {
    let decision = Decision {
        attempt: stored.id,
        edition: u8::from(protocol.has(Defect::RetryDecidesAnew)),
    };
    let answer = match (stored.state, stored.report) {
        (AttemptState::Consumed, Some(Report::Passed)) => Answer::Registered(decision),
        (AttemptState::Consumed, Some(Report::Failed)) => Answer::VerificationFailed(decision),
        (AttemptState::Consumed, None) => {
            return Process::Verifying {
                attempt: stored.id,
                is_asked: true,
            };
        }
        (AttemptState::Reserved | AttemptState::Aborted, _) => Answer::Rejected(decision),
    };
    Process::Answering {
        request: stored.id.request,
        answer,
        is_replayed: true,
    }
}

/// `Pipeline::verified`: the answer that a stored report stands for.
pub(super) fn verified(attempt: AttemptId, is_asked: bool, report: Report) -> Process {
    if !is_asked {
        return Process::Idle;
    }
    let decision = stored_decision(attempt);
    let answer = match report {
        Report::Passed => Answer::Registered(decision),
        Report::Failed => Answer::VerificationFailed(decision),
    };
    Process::Answering {
        request: attempt.request,
        answer,
        is_replayed: false,
    }
}

/// The bytes that the attempt's own transaction stored.
pub(super) const fn stored_decision(attempt: AttemptId) -> Decision {
    Decision {
        attempt,
        edition: 0,
    }
}
