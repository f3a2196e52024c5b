//! Authority rows of a world: insert-only, with heads that move on every insert.

use canonical::{GovernedRow, Timestamp};
use serde_json::Value;

use super::{State, WorldRow};
use crate::port::{HeadVersion, RereadRow, RowRef, RowStatus};

/// The head of rows that concern every target.
const GLOBAL: &str = "*";

impl State {
    pub(super) fn insert_row(&mut self, row: WorldRow) {
        let scope = self.scope_of(&row);
        let version = self.versions.entry(scope).or_default();
        *version = version.saturating_add(1);
        self.rows.push(row);
    }

    /// The target's own head for rows that name it, the global one for all others.
    fn scope_of(&self, row: &WorldRow) -> String {
        let named = match row.carrier.as_str() {
            "ownership" | "approval" => column(row, "object_ref"),
            "admission" | "dot_config" | "hold_event" | "retirement" => column(row, "dot_code"),
            "approval_vote" => column(row, "approval_ref")
                .and_then(|key| self.row("approval", key))
                .and_then(|approval| column(approval, "object_ref")),
            _ => None,
        };
        named.map_or_else(|| GLOBAL.to_owned(), |code| format!("dot:{code}"))
    }

    pub(super) fn head_versions(&self, target: &str) -> Vec<HeadVersion> {
        let version = |scope: &str| HeadVersion {
            scope_key: scope.to_owned(),
            version: self.versions.get(scope).copied().unwrap_or(0),
        };
        vec![version(target), version(GLOBAL)]
    }

    pub(super) fn reread(&self, place: &RowRef) -> RereadRow {
        let missing = RereadRow {
            carrier: place.carrier.clone(),
            row_key: place.row_key.clone(),
            row_hash: None,
            issued_at: None,
            status: None,
            status_changed_at: None,
            active_heads: 0,
        };
        let Some(row) = self.row(&place.carrier, &place.row_key) else {
            return missing;
        };
        let issued_at = issued_at(row);
        let (status, changed) = self.status(row);
        RereadRow {
            row_hash: recomputed(row),
            issued_at,
            status,
            status_changed_at: changed,
            active_heads: self.active_heads(row),
            ..missing
        }
    }

    fn row(&self, carrier: &str, row_key: &str) -> Option<&WorldRow> {
        let mut rows = self.rows.iter();
        rows.find(|row| row.carrier == carrier && row.row_key == row_key)
    }

    /// Own status unless a later row supersedes it or, for an approval, a vote rejects it.
    fn status(&self, row: &WorldRow) -> (Option<RowStatus>, Option<Timestamp>) {
        let rejecting = |other: &&WorldRow| {
            row.carrier == "approval"
                && other.carrier == "approval_vote"
                && column(other, "approval_ref") == Some(&row.row_key)
                && column(other, "decision") == Some("reject")
        };
        if let Some(vote) = self.rows.iter().find(rejecting) {
            return (Some(RowStatus::Revoked), issued_at(vote));
        }
        let superseding = |other: &&WorldRow| {
            other.carrier == row.carrier && column(other, "supersedes") == Some(&row.row_key)
        };
        let Some(later) = self.rows.iter().find(superseding) else {
            return (own_status(row), None);
        };
        let status = match own_status(later) {
            Some(RowStatus::Active | RowStatus::Superseded) => Some(RowStatus::Superseded),
            other => other,
        };
        (status, issued_at(later))
    }

    /// Active rows for the same logical head as this one.
    fn active_heads(&self, row: &WorldRow) -> u64 {
        let key = logical_key(row);
        let same = |other: &&WorldRow| other.carrier == row.carrier && logical_key(other) == key;
        let active = |other: &&WorldRow| self.status(other).0 == Some(RowStatus::Active);
        let count = self.rows.iter().filter(same).filter(active).count();
        u64::try_from(count).unwrap_or(u64::MAX)
    }
}

/// What rows of one carrier may not share while active; the row's own key where nothing is named.
fn logical_key(row: &WorldRow) -> Vec<Option<&str>> {
    let columns: &[&str] = match row.carrier.as_str() {
        "ownership" => &["object_type", "object_ref", "scope", "kind"],
        "approval" => &["operation", "object_type", "object_ref", "artifact_hash"],
        "admission" => &["dot_code"],
        "action_type" => &["operation", "object_type"],
        "principal_binding" => &["channel", "value"],
        _ => return vec![Some(&row.row_key)],
    };
    columns.iter().map(|name| column(row, name)).collect()
}

fn recomputed(row: &WorldRow) -> Option<canonical::Digest> {
    let carrier = row.carrier.parse().ok()?;
    let columns = row.columns.clone();
    let row = GovernedRow::reread(carrier, row.row_key.clone(), columns, row.row_hash).ok()?;
    Some(row.row_hash())
}

fn own_status(row: &WorldRow) -> Option<RowStatus> {
    match column(row, "lifecycle_status")? {
        "active" => Some(RowStatus::Active),
        "superseded" => Some(RowStatus::Superseded),
        "revoked" => Some(RowStatus::Revoked),
        "expired" => Some(RowStatus::Expired),
        _ => None,
    }
}

fn issued_at(row: &WorldRow) -> Option<Timestamp> {
    column(row, "issued_at")?.parse().ok()
}

fn column<'a>(row: &'a WorldRow, name: &str) -> Option<&'a str> {
    row.columns.get(name).and_then(Value::as_str)
}
