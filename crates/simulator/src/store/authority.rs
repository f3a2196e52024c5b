//! Authority rows: insert-only, with heads that move at every insert.

use std::collections::BTreeMap;
use std::sync::Arc;

use authority::{AuthorityWriter, NewRow, StoredRow};
use canonical::{GovernedRow, Identifier, Timestamp, row};
use registrar::port::{HeadVersion, RereadRow, RowStatus};
use serde_json::{Map, Value};

use super::{Store, StoreError};

/// The scope of rows that concern every target.
const GLOBAL: &str = "*";

/// All authority carriers.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Authority {
    /// The rows of each carrier, in the order of writing.
    pub(crate) carriers: BTreeMap<String, Vec<Arc<GovernedRow>>>,
    versions: BTreeMap<String, u64>,
}

/// A row with its effective status and when it was reached by a later row.
pub(crate) struct Found<'a> {
    pub(crate) row: &'a Arc<GovernedRow>,
    pub(crate) status: RowStatus,
    changed_at: Option<Timestamp>,
}

impl Found<'_> {
    pub(crate) fn is_active(&self) -> bool {
        self.status == RowStatus::Active
    }

    fn text(&self, column: &str) -> &str {
        text(self.row, column)
    }
}

impl Authority {
    /// The rows of a carrier whose columns have these values, of every status.
    pub(crate) fn select(&self, carrier: &str, named: &[(&str, &str)]) -> Vec<Found<'_>> {
        let rows = self.carriers.get(carrier).map_or(&[][..], Vec::as_slice);
        let chosen = rows
            .iter()
            .filter(|row| named.iter().all(|(name, value)| text(row, name) == *value));
        chosen.map(|row| found(rows, row)).collect()
    }

    fn by_key(&self, carrier: &str, row_key: &str) -> Option<Found<'_>> {
        let rows = self.carriers.get(carrier)?;
        let row = rows.iter().find(|row| row.key() == row_key)?;
        Some(found(rows, row))
    }

    /// The versions of a target's head and of the one for all.
    pub(crate) fn head_versions(&self, target: &str) -> Vec<HeadVersion> {
        let version = |scope: &str| HeadVersion {
            scope_key: scope.to_owned(),
            version: self.versions.get(scope).copied().unwrap_or(0),
        };
        vec![version(target), version(GLOBAL)]
    }

    /// One row again, its status in the light of every later one.
    pub(crate) fn reread(
        &self,
        carrier: &str,
        row_key: &str,
        scope: Option<&str>,
        now: Timestamp,
    ) -> RereadRow {
        let mut reread = RereadRow {
            carrier: carrier.to_owned(),
            row_key: row_key.to_owned(),
            row_hash: None,
            issued_at: None,
            status: None,
            status_changed_at: None,
            active_heads: 0,
        };
        let Some(found) = self.by_key(carrier, row_key) else {
            return reread;
        };
        reread.row_hash = Some(found.row.row_hash());
        reread.issued_at = found.row.timestamp("issued_at").ok();
        (reread.status, reread.status_changed_at) = (Some(found.status), found.changed_at);
        if carrier == "approval" && found.is_active() {
            let votes = self.select("approval_vote", &[("approval_ref", row_key)]);
            let mut votes = votes.into_iter().filter(Found::is_active);
            if let Some(vote) = votes.find(|vote| vote.text("decision") == "reject") {
                reread.status = Some(RowStatus::Revoked);
                reread.status_changed_at = vote.row.timestamp("issued_at").ok();
            }
        }
        reread.active_heads = self.active_heads(carrier, &found, scope, now);
        reread
    }

    /// How many active rows answer the same question as this one.
    fn active_heads(
        &self,
        carrier: &str,
        found: &Found<'_>,
        scope: Option<&str>,
        now: Timestamp,
    ) -> u64 {
        let same: &[&str] = match carrier {
            "principal" => &["principal"],
            "principal_binding" => &["channel", "value"],
            "action_type" => &["operation", "object_type"],
            "ownership" => &["object_type", "object_ref"],
            "approval" => &["operation", "object_type", "object_ref", "artifact_hash"],
            "admission" => &["dot_code"],
            "verifier" => &["verifier_ref"],
            "policy" => &["policy_id"],
            "manifest" => &[],
            _ => &["row_key"],
        };
        if same == ["row_key"] {
            return u64::from(found.is_active());
        }
        let named: Vec<_> = same.iter().map(|name| (*name, found.text(name))).collect();
        let mut rivals = self.select(carrier, &named);
        rivals.retain(Found::is_active);
        if carrier == "ownership" {
            let scope = scope.unwrap_or_else(|| found.text("scope"));
            rivals.retain(|rival| {
                rival.text("kind") == "accountable"
                    && covers(rival.text("scope"), scope)
                    && in_force(rival.row, now)
            });
        }
        u64::try_from(rivals.len()).unwrap_or(u64::MAX)
    }

    /// Inserts a row as written by a principal; moves the head that it concerns.
    fn insert(&mut self, new: NewRow, written_by: &str) -> Result<Arc<GovernedRow>, StoreError> {
        let mut columns: Map<String, Value> = new.columns;
        columns.insert("written_by".to_owned(), written_by.into());
        for value in columns.values_mut() {
            if let Value::Bool(flag) = value {
                *value = i64::from(*flag).into();
            }
        }
        let scope = self.scope_of(&new.carrier, &columns);
        let rows = self.carriers.entry(new.carrier.clone()).or_default();
        let supersedes = columns.get("supersedes").and_then(Value::as_str);
        let taken = rows.iter().any(|row| {
            row.key() == new.row_key
                || supersedes.is_some_and(|older| text(row, "supersedes") == older)
        });
        let known = supersedes.is_none_or(|older| rows.iter().any(|row| row.key() == older));
        if taken || !known {
            return Err(StoreError::RowRefused(new.row_key));
        }
        let carrier: Identifier = new.carrier.parse()?;
        let hash = row::row_hash(&carrier, &new.row_key, &columns)?;
        let row = Arc::new(GovernedRow::reread(carrier, new.row_key, columns, hash)?);
        rows.push(Arc::clone(&row));
        let version = self.versions.entry(scope).or_default();
        *version = version.saturating_add(1);
        Ok(row)
    }

    /// Which head an insert moves.
    fn scope_of(&self, carrier: &str, columns: &Map<String, Value>) -> String {
        let named = |name: &str| columns.get(name).and_then(Value::as_str);
        let code = match carrier {
            "ownership" | "approval" => named("object_ref"),
            "admission" | "dot_config" | "hold_event" | "retirement" => named("dot_code"),
            "approval_vote" => named("approval_ref")
                .and_then(|key| self.by_key("approval", key))
                .map(|approval| text(approval.row, "object_ref")),
            _ => None,
        };
        match code {
            Some(GLOBAL) | None => GLOBAL.to_owned(),
            Some(code) => format!("dot:{code}"),
        }
    }
}

/// A row in the light of the one that supersedes it.
fn found<'a>(rows: &'a [Arc<GovernedRow>], row: &'a Arc<GovernedRow>) -> Found<'a> {
    let later = rows
        .iter()
        .find(|other| text(other, "supersedes") == row.key());
    let at = |row: &GovernedRow| row.timestamp("issued_at").ok();
    let (status, changed_at) = match (own_status(row), later) {
        (RowStatus::Active, None) => (RowStatus::Active, None),
        (RowStatus::Active, Some(later)) => match own_status(later) {
            RowStatus::Revoked => (RowStatus::Revoked, at(later)),
            RowStatus::Expired => (RowStatus::Expired, at(later)),
            RowStatus::Active | RowStatus::Superseded => (RowStatus::Superseded, at(later)),
        },
        (ended, _) => (ended, at(row)),
    };
    Found {
        row,
        status,
        changed_at,
    }
}

/// A status as a row says it; what it does not say is not in force.
fn own_status(row: &GovernedRow) -> RowStatus {
    match text(row, "lifecycle_status") {
        "active" => RowStatus::Active,
        "superseded" => RowStatus::Superseded,
        "revoked" => RowStatus::Revoked,
        _ => RowStatus::Expired,
    }
}

pub(crate) fn text<'a>(row: &'a GovernedRow, column: &str) -> &'a str {
    row.columns()
        .get(column)
        .and_then(Value::as_str)
        .unwrap_or_default()
}

fn covers(wide: &str, narrow: &str) -> bool {
    narrow
        .strip_prefix(wide)
        .is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
}

fn in_force(row: &GovernedRow, now: Timestamp) -> bool {
    let begun = row
        .timestamp("effective_from")
        .is_ok_and(|from| from <= now);
    let ends = row.optional_timestamp("effective_to");
    begun && ends.is_ok_and(|end| end.is_none_or(|end| now < end))
}

/// The authority writer's credential, for whoever holds the store at this moment.
pub(crate) struct AuthorityHand<'a> {
    pub(crate) store: &'a mut Store,
    pub(crate) now: Timestamp,
}

/// Who writes authority rows here.
const WRITTEN_BY: &str = "os_uid:1000";

impl AuthorityHand<'_> {
    fn insert_all(&mut self, rows: Vec<NewRow>) -> Result<Vec<GovernedRow>, StoreError> {
        let mut next = self.store.take_lock(self.now);
        let authority = Arc::make_mut(&mut next.authority);
        let written = rows
            .into_iter()
            .map(|row| authority.insert(row, WRITTEN_BY).map(|row| (*row).clone()))
            .collect::<Result<_, _>>()?;
        self.store.commit(next, true, self.now);
        Ok(written)
    }

    fn retire(&mut self, dot_code: &str, retirement: NewRow) -> Result<(), StoreError> {
        let mut next = self.store.take_lock(self.now);
        let row = Arc::make_mut(&mut next.authority).insert(retirement, WRITTEN_BY)?;
        let current = next
            .catalogue
            .iter_mut()
            .find(|row| row.head.dot_code == dot_code && row.is_current());
        let head = current.ok_or_else(|| StoreError::RowRefused(dot_code.to_owned()))?;
        let head = Arc::make_mut(head);
        "retired".clone_into(&mut head.status);
        head.retirement_ref = Some(row.key().to_owned());
        self.store.commit(next, true, self.now);
        Ok(())
    }
}

impl AuthorityWriter for AuthorityHand<'_> {
    fn clock(&mut self) -> Result<Timestamp, authority::PortError> {
        Ok(self.now)
    }

    fn insert(&mut self, rows: Vec<NewRow>) -> Result<Vec<GovernedRow>, authority::PortError> {
        self.insert_all(rows)
            .map_err(|error| authority::PortError::new("write authority rows", error))
    }

    fn rows(&mut self, carrier: &str) -> Result<Vec<StoredRow>, authority::PortError> {
        let state = self.store.current();
        let found = state.authority.select(carrier, &[]);
        Ok(found
            .into_iter()
            .map(|found| StoredRow {
                row: (**found.row).clone(),
                status: match found.status {
                    RowStatus::Active => authority::RowStatus::Active,
                    RowStatus::Superseded => authority::RowStatus::Superseded,
                    RowStatus::Revoked => authority::RowStatus::Revoked,
                    RowStatus::Expired => authority::RowStatus::Expired,
                },
            })
            .collect())
    }

    fn retire_head(
        &mut self,
        dot_code: &str,
        retirement: NewRow,
    ) -> Result<(), authority::PortError> {
        self.retire(dot_code, retirement)
            .map_err(|error| authority::PortError::new("retire the head", error))
    }
}

/// Places the hold that a failed verification asks for, once for each attempt.
pub(crate) fn place_hold(
    authority: &mut Authority,
    target: &str,
    attempt_id: &canonical::Uuid,
    now: Timestamp,
) -> Result<(), StoreError> {
    let row_key = format!("hold/{attempt_id}");
    if authority.by_key("hold_event", &row_key).is_some() {
        return Ok(());
    }
    let columns = serde_json::json!({
        "dot_code": target.strip_prefix("dot:").unwrap_or(target),
        "kind": "hold",
        "reason": format!("verification of attempt {attempt_id} failed"),
        "issued_at": now,
        "lifecycle_status": "active",
        "supersedes": null,
    });
    let columns = columns.as_object().cloned().unwrap_or_default();
    let new = NewRow {
        carrier: "hold_event".to_owned(),
        row_key,
        columns,
    };
    authority.insert(new, "audit-writer").map(|_| ())
}
