//! What each action does. `None` means that it cannot happen now.

use crate::action::Action;
use crate::protocol::Protocol;
use crate::state::State;

mod answer;
mod consume;
mod failure;
mod intake;
mod outside;
mod recover;
mod reserve;
mod resolve;
mod verify;

/// Takes one step, and pays for it.
pub(crate) fn take(protocol: &Protocol, state: &mut State, action: Action) -> Option<()> {
    state.left.spend(action)?;
    match action {
        Action::Ask(who, request) => outside::ask(state, who, request),
        Action::Intake(who) => intake::intake(protocol, state, who),
        Action::Gate(who) => resolve::gate(state, who),
        Action::Gather(who) => resolve::gather(state, who),
        Action::Reserve(who) => reserve::reserve(protocol, state, who),
        Action::ReserveUnacknowledged(who) => reserve::unacknowledged(protocol, state, who),
        Action::Consume(who) => consume::consume(protocol, state, who),
        Action::ConsumeUnacknowledged(who) => consume::unacknowledged(protocol, state, who),
        Action::WriteHead(who) => consume::write_head(state, who),
        Action::CommitLands => consume::lands(protocol, state),
        Action::CommitIsUndone => consume::is_undone(state),
        Action::ResolveUnknown(who) => failure::resolve_unknown(protocol, state, who),
        Action::Fail(who) => failure::fail(protocol, state, who),
        Action::Record(who) => failure::record(state, who),
        Action::Refuse(who) => failure::refuse(protocol, state, who),
        Action::Verify(who) => verify::verify(state, who),
        Action::RecordFailedVerification(who) => verify::record_failed(state, who),
        Action::StoreReport(who) => verify::store_report(state, who),
        Action::Answer(who) => answer::answer(state, who),
        Action::Recover(attempt) => recover::recover(protocol, state, attempt),
        Action::FinishUnverified(who, attempt) => recover::finish_unverified(state, who, attempt),
        Action::Crash(who) => outside::crash(state, who),
        Action::InsertAuthorityRow(target) => outside::insert_authority_row(state, target),
        Action::Revoke(target) => outside::revoke(state, target),
        Action::PlaceHold(target) => outside::place_hold(state, target),
        Action::CloseGate => outside::close_gate(state),
        Action::MoveClock(to) => outside::move_clock(state, to),
        Action::Disturb(target) => outside::disturb(state, target),
        Action::LosePower => {
            outside::lose_power(state);
            Some(())
        }
    }
}
