//! Authority rows, read in the checker's own way.

use canonical::{GovernedRow, Timestamp};
use serde_json::Value;

use crate::store::State;

/// A column's text; empty where it holds none.
pub(super) fn column<'a>(row: &'a GovernedRow, name: &str) -> &'a str {
    let value = row.columns().get(name);
    value.and_then(Value::as_str).unwrap_or_default()
}

fn instant(row: &GovernedRow, name: &str) -> Option<Timestamp> {
    column(row, name).parse().ok()
}

/// The rows of a carrier that stand: written as active, and superseded by none.
pub(super) fn standing<'a>(state: &'a State, carrier: &str) -> Vec<&'a GovernedRow> {
    let rows = state.authority.carriers.get(carrier);
    let rows: Vec<&GovernedRow> = rows.into_iter().flatten().map(|row| &**row).collect();
    let superseded: Vec<&str> = rows.iter().map(|row| column(row, "supersedes")).collect();
    let stands = |row: &&GovernedRow| {
        column(row, "lifecycle_status") == "active" && !superseded.contains(&row.key())
    };
    rows.iter().copied().filter(stands).collect()
}

/// Whether the last word about a target, or about all of them, is to hold.
pub(super) fn is_held(state: &State, dot_code: &str) -> bool {
    let events = state.authority.carriers.get("hold_event");
    let of = |code: &str| {
        let mut latest_first = events.into_iter().flatten().rev();
        let last = latest_first.find(|row| column(row, "dot_code") == code);
        last.is_some_and(|row| column(row, "kind") == "hold")
    };
    of(dot_code) || of("*")
}

/// Whether the target has configuration that is open.
pub(super) fn is_open(state: &State, dot_code: &str) -> bool {
    let entries = standing(state, "dot_config");
    entries
        .iter()
        .any(|row| column(row, "dot_code") == dot_code && column(row, "value") == "open")
}

/// Whether somebody, and only one, is accountable for a target, and it is this one.
pub(super) fn is_owned_by(state: &State, dot_code: &str, owner: &str, at: Timestamp) -> bool {
    let rows = standing(state, "ownership");
    let accountable: Vec<_> = rows
        .iter()
        .filter(|row| {
            column(row, "object_ref") == dot_code
                && column(row, "kind") == "accountable"
                && instant(row, "effective_from").is_some_and(|from| from <= at)
                && instant(row, "effective_to").is_none_or(|to| at < to)
        })
        .collect();
    accountable.len() == 1 && accountable.iter().all(|row| column(row, "owner") == owner)
}

/// Whether an approval of the effect stands, approved by somebody and rejected by nobody.
pub(super) fn is_approved(
    state: &State,
    operation: &str,
    dot_code: &str,
    artifact_hash: &str,
    at: Timestamp,
) -> bool {
    let votes = standing(state, "approval_vote");
    let said = |approval: &GovernedRow, what: &str| {
        votes.iter().any(|vote| {
            column(vote, "approval_ref") == approval.key() && column(vote, "decision") == what
        })
    };
    standing(state, "approval").into_iter().any(|row| {
        column(row, "operation") == operation
            && column(row, "object_ref") == dot_code
            && column(row, "artifact_hash") == artifact_hash
            && instant(row, "expires_at").is_some_and(|end| at < end)
            && said(row, "approve")
            && !said(row, "reject")
    })
}
