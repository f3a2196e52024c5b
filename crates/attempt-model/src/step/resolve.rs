//! Phases 0 to 2 without the reservation.

use crate::action::Who;
use crate::process::{Answer, Process, Refusal};
use crate::state::State;
use crate::store::Instant;

/// `Pipeline::gate` and `resolve::heads`: the authority heads, before any row is read.
///
/// A report that is kept is one that was taken earlier; what it misses is what happens after this.
pub(super) fn gate(state: &mut State, who: Who) -> Option<()> {
    let Process::Fresh { request } = state.process(who)? else {
        return None;
    };
    let next = if state.store.is_gate_open {
        let head_version = state.store.standing(request.target()).head_version;
        Process::Gathering {
            request,
            head_version,
        }
    } else {
        Process::Answering {
            request,
            answer: Answer::Hold,
            is_replayed: false,
        }
    };
    state.turn(who, next)
}

/// The rest of `resolve::gather`: F, A, the readback and E on one reading of the rows.
pub(super) fn gather(state: &mut State, who: Who) -> Option<()> {
    let Process::Gathering {
        request,
        head_version,
    } = state.process(who)?
    else {
        return None;
    };
    let refusal = if state.store.clock != Instant::Within {
        Some(Refusal::NotFresh)
    } else if state.store.standing(request.target()).is_revoked {
        Some(Refusal::NoAuthority)
    } else {
        None
    };
    let next = match refusal {
        Some(refusal) => Process::Refusing { request, refusal },
        None => Process::Judged {
            request,
            head_version,
            own: None,
        },
    };
    state.turn(who, next)
}
