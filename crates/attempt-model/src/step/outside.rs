//! What the protocol does not do by itself: callers, deaths, the authority writer, the clock.

use crate::action::Who;
use crate::process::Process;
use crate::request::{Request, Target};
use crate::state::State;
use crate::store::{Instant, Standing};

/// A caller asks.
pub(super) fn ask(state: &mut State, who: Who, request: Request) -> Option<()> {
    if state.process(who)? != Process::Idle {
        return None;
    }
    state.turn(who, Process::Asked { request })
}

/// All memory is lost; what was sent to the store is not.
pub(super) fn crash(state: &mut State, who: Who) -> Option<()> {
    state.turn(who, Process::Idle)
}

/// A row that moves the authority head and takes nothing away.
pub(super) fn insert_authority_row(state: &mut State, target: Target) -> Option<()> {
    insert_row(state, target).map(|_| ())
}

/// A new row that takes away what an old one gave; the old one stays as it is.
pub(super) fn revoke(state: &mut State, target: Target) -> Option<()> {
    insert_row(state, target)?.is_revoked = true;
    Some(())
}

fn insert_row(state: &mut State, target: Target) -> Option<&mut Standing> {
    if !state.store.is_writable() || state.store.standing(target).is_revoked {
        return None;
    }
    let standing = state.store.standing_mut(target);
    standing.head_version = standing.head_version.saturating_add(1);
    Some(standing)
}

/// A hold is an authority row too.
pub(super) fn place_hold(state: &mut State, target: Target) -> Option<()> {
    if !state.store.is_writable() || state.store.standing(target).is_held {
        return None;
    }
    let standing = state.store.standing_mut(target);
    standing.is_held = true;
    standing.head_version = standing.head_version.saturating_add(1);
    Some(())
}

/// Catalogue or policy are no longer those of the gate report.
pub(super) fn close_gate(state: &mut State) -> Option<()> {
    if !state.store.is_writable() || !state.store.is_gate_open {
        return None;
    }
    state.store.is_gate_open = false;
    Some(())
}

/// The clock goes on, or is set back.
pub(super) fn move_clock(state: &mut State, to: Instant) -> Option<()> {
    if state.store.clock == to {
        return None;
    }
    state.store.clock = to;
    Some(())
}

/// Another program changes what the verifier rereads.
pub(super) fn disturb(state: &mut State, target: Target) -> Option<()> {
    if !state.store.is_writable() || state.store.standing(target).is_disturbed {
        return None;
    }
    state.store.standing_mut(target).is_disturbed = true;
    Some(())
}

/// Only what waited for the disk is there afterwards; nobody remembers anything.
pub(super) fn lose_power(state: &mut State) {
    state.store.attempts = std::mem::take(&mut state.store.durable);
    state.store.flush();
    state.store.in_doubt = None;
    state.processes.fill(Process::Idle);
}
