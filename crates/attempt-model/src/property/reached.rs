//! What has to be reached somewhere, so that no invariant holds because nothing happens.

use crate::process::{Answer, Loss, Process, Refusal};
use crate::property::Named;
use crate::state::State;
use crate::store::{Attempt, AttemptId, AttemptState, Audits, Report};

/// Every end, every way round a fault, every reason to lose or to refuse.
pub const REACHED: [Named; 33] = [
    ("registered is answered", |_, state| {
        is_told(state, is_registered)
    }),
    (
        "I8: registered is answered and nothing was audited",
        |_, state| {
            is_told(state, is_registered)
                && !any_attempt(state, |it| it.audits != Audits::default())
        },
    ),
    ("an aborted attempt is answered", |_, state| {
        is_told(state, is_rejected)
    }),
    ("a failed verification is answered", |_, state| {
        is_told(state, |answer| {
            matches!(answer, Answer::VerificationFailed(_))
        })
    }),
    ("a closed gate is answered", |_, state| {
        is_answering(state, |answer, _| answer == Answer::Hold)
    }),
    ("two effects stand beside each other", |_, state| {
        state.store.effects().count() > 1
    }),
    (
        "registered is answered after a lost acknowledgement",
        |_, state| {
            is_told(state, is_registered) && any_attempt(state, |it| it.was_in_doubt && it.has_head)
        },
    ),
    ("a commit in doubt is fenced before it lands", |_, state| {
        any_attempt(state, |it| {
            it.was_in_doubt && it.state == AttemptState::Aborted
        })
    }),
    ("a reservation is found to be one's own", |_, state| {
        any_process(state, |process| match process {
            Process::Judged { own, .. } => own.and_then(|own| ended(state, own)) == Some(false),
            _ => false,
        })
    }),
    ("an open reservation is recovered", |_, state| {
        any_attempt(state, |it| it.audits.is_abandoned)
    }),
    (
        "an attempt is fenced under the process that holds it",
        |_, state| {
            any_process(state, |process| match process {
                Process::Reserved { attempt, .. } => ended(state, attempt) == Some(true),
                _ => false,
            })
        },
    ),
    ("a process dies with its commit in doubt", |_, state| {
        let is_waiting = |it| matches!(it, Process::OutcomeUnknown { .. });
        state.store.in_doubt.is_some() && !any_process(state, is_waiting)
    }),
    ("recovery finishes a verification", |_, state| {
        any_process(state, |process| match process {
            Process::Reporting {
                is_asked, report, ..
            } => !is_asked && report == Report::Passed,
            _ => false,
        })
    }),
    ("an exact retry gets a registered decision", |_, state| {
        is_answering(state, |answer, is_replayed| {
            is_replayed && is_registered(answer)
        })
    }),
    ("an exact retry gets a rejected decision", |_, state| {
        is_answering(state, |answer, is_replayed| {
            is_replayed && is_rejected(answer)
        })
    }),
    (
        "a moved authority head is judged again and stands",
        |_, state| any_attempt(state, |it| it.consumed.is_some_and(|it| it.was_rechecked)),
    ),
    (
        "a report is lost with power after it was answered",
        |protocol, state| {
            let is_owed = |it: &Attempt| it.has_head && it.report.is_none();
            protocol.has_lost_power(state)
                && is_told(state, is_registered)
                && any_attempt(state, is_owed)
        },
    ),
    // Two verifiers that read before and after a disturbance: the first report stands, and the other
    // one's record of what it saw stands too.
    (
        "a failed verification is recorded beside a passing report",
        |_, state| {
            any_attempt(state, |it| {
                it.audits.is_verification && it.report == Some(Report::Passed)
            })
        },
    ),
    ("lost: past its end", |_, state| loses(state, Loss::Expired)),
    ("lost: the clock went back", |_, state| {
        loses(state, Loss::ClockWentBack)
    }),
    ("lost: the gate changed", |_, state| {
        loses(state, Loss::GateChanged)
    }),
    ("lost: the effect is committed", |_, state| {
        loses(state, Loss::EffectCommitted)
    }),
    ("lost: a hold was placed", |_, state| {
        loses(state, Loss::HoldPlaced)
    }),
    ("lost: the authority changed", |_, state| {
        loses(state, Loss::AuthorityChanged)
    }),
    ("lost: the target has a head", |_, state| {
        loses(state, Loss::HeadExists)
    }),
    ("refused: only the retry counter differs", |_, state| {
        refuses(state, Refusal::AttemptNoBypass)
    }),
    ("refused: the nonce is used", |_, state| {
        refuses(state, Refusal::NonceConsumed)
    }),
    ("refused: in flight", |_, state| {
        refuses(state, Refusal::InFlight)
    }),
    ("refused: not fresh", |_, state| {
        refuses(state, Refusal::NotFresh)
    }),
    ("refused: no authority", |_, state| {
        refuses(state, Refusal::NoAuthority)
    }),
    ("refused: held", |_, state| refuses(state, Refusal::Held)),
    ("refused: the effect is committed", |_, state| {
        refuses(state, Refusal::Duplicate)
    }),
    ("refused: the target has a head", |_, state| {
        refuses(state, Refusal::HeadExists)
    }),
];

fn is_registered(answer: Answer) -> bool {
    matches!(answer, Answer::Registered(_))
}

fn is_rejected(answer: Answer) -> bool {
    matches!(answer, Answer::Rejected(_))
}

fn is_told(state: &State, is_it: fn(Answer) -> bool) -> bool {
    state.told.iter().any(|(_, answer)| is_it(*answer))
}

fn is_answering(state: &State, is_it: fn(Answer, bool) -> bool) -> bool {
    any_process(state, |process| match process {
        Process::Answering {
            answer,
            is_replayed,
            ..
        } => is_it(answer, is_replayed),
        _ => false,
    })
}

fn any_process(state: &State, is_it: impl Fn(Process) -> bool) -> bool {
    state.processes.iter().any(|process| is_it(*process))
}

fn any_attempt(state: &State, is_it: fn(&Attempt) -> bool) -> bool {
    state.store.attempts.iter().any(is_it)
}

/// Whether an attempt has ended; none where there is no such attempt.
fn ended(state: &State, attempt: AttemptId) -> Option<bool> {
    let attempt = state.store.attempt(attempt)?;
    Some(attempt.state != AttemptState::Reserved)
}

fn loses(state: &State, why: Loss) -> bool {
    any_process(
        state,
        |it| matches!(it, Process::Lost { loss, .. } if loss == why),
    )
}

fn refuses(state: &State, why: Refusal) -> bool {
    any_process(state, |process| match process {
        Process::Answering {
            answer: Answer::Refused { refusal, .. },
            ..
        } => refusal == why,
        _ => false,
    })
}
