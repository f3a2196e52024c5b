//! What must still hold when an item is written, judged inside its transaction.

use canonical::{Digest, Timestamp};
use registrar::port::{ConsumeItem, ExpectedRow, LossReason, policy_digest};
use rusqlite::Connection;

use super::consume::{Failure, Shared};
use super::{read, reread};
use crate::carriers;
use crate::error::StoreError;

/// The item's end, the reservation's beginning, and what its gate report rests on.
pub(super) fn time_and_gate(
    item: &ConsumeItem,
    opened_at: Timestamp,
    shared: &Shared,
) -> Result<(), LossReason> {
    if shared.now > item.expires_at {
        return Err(LossReason::Expired);
    }
    if shared.now < opened_at {
        return Err(LossReason::ClockWentBack);
    }
    // A gate report is kept for a while, and nothing in it rests on the rows themselves: so whether
    // its policy still is the one in force is looked at here.
    if shared.now >= item.gate_expires_at
        || shared.fingerprint != item.gate_fingerprint
        || shared.policy != Some(item.policy_digest)
    {
        return Err(LossReason::GateChanged);
    }
    Ok(())
}

/// The policy that every item has to have been judged under.
pub(super) fn policy_in_force(connection: &Connection) -> Result<Option<Digest>, StoreError> {
    let Some(carrier) = authority::carrier::find("policy") else {
        return Ok(None);
    };
    let active = "r.lifecycle_status = 'active' AND s.row_key IS NULL";
    let rows = carriers::select(connection, carrier, active, [])?;
    Ok(match rows.as_slice() {
        [policy] => Some(policy_digest(policy.text("body").as_bytes())),
        _ => None,
    })
}

/// A hold on the target or on all, and configuration that is not closed.
pub(super) fn target(connection: &Connection, item: &ConsumeItem) -> Result<(), Failure> {
    let standing = read::standing(connection, &item.target)?;
    if standing.is_held {
        return Err(LossReason::HoldPlaced.into());
    }
    if standing.has_open_config {
        return Err(LossReason::ConfigNotClosed.into());
    }
    Ok(())
}

/// The authority that the envelopes rest on, once more.
///
// INVARIANT: every insert of an authority row moves a version, and nobody else can write while this
// transaction does. Versions that have not moved since before the readback mean that no authority
// row was inserted since, so everything that was read then still holds as it was read.
pub(super) fn authority(connection: &Connection, item: &ConsumeItem) -> Result<(), Failure> {
    let mut then = item.head_versions.clone();
    let mut now = reread::head_versions(connection, &item.target)?;
    then.sort_unstable();
    now.sort_unstable();
    if then == now {
        return Ok(());
    }
    let scope = Some(item.head.scope.as_str());
    let again = |row: &ExpectedRow| reread::reread(connection, &row.carrier, &row.row_key, scope);
    let found = item
        .expected
        .iter()
        .map(again)
        .collect::<Result<Vec<_>, _>>()?;
    let codes = registrar::recheck(&item.expected, &found);
    if codes.is_empty() {
        Ok(())
    } else {
        Err(LossReason::AuthorityChanged(codes).into())
    }
}
