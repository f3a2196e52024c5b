//! What one commit may do, and what must stand at that moment for it.

use std::sync::Arc;

use registrar::port::AttemptState;

use super::standing::{column, is_approved, is_held, is_open, is_owned_by, standing};
use super::{Checker, Invariant};
use crate::store::state::{AttemptRow, CatalogueRow, LedgerRow};
use crate::store::{State, Transition};

pub(super) fn check(checker: &mut Checker, transition: &Transition) {
    append_only(checker, &transition.before, &transition.after);
    written_together(checker, &transition.before, &transition.after);
    closed_together(checker, &transition.before, &transition.after);
    for head in added(&transition.before.catalogue, &transition.after.catalogue) {
        head_written(checker, transition, head);
    }
    unique(checker, &transition.after);
}

/// The rows beyond those that were there.
fn added<'a, T>(before: &[Arc<T>], after: &'a [Arc<T>]) -> &'a [Arc<T>] {
    after.get(before.len()..).unwrap_or_default()
}

fn append_only(checker: &mut Checker, before: &State, after: &State) {
    let mut tables = vec![
        ("ledger", kept(&before.ledger, &after.ledger, same)),
        ("decision", kept(&before.decisions, &after.decisions, same)),
        ("snapshot", kept(&before.snapshots, &after.snapshots, same)),
        (
            "verification_report",
            kept(&before.reports, &after.reports, same),
        ),
        ("failure_audit", kept(&before.audits, &after.audits, same)),
        (
            "attempt",
            kept(&before.attempts, &after.attempts, closed_once),
        ),
        (
            "dot_catalogue",
            kept(&before.catalogue, &after.catalogue, retired_once),
        ),
    ];
    for (carrier, rows) in &before.authority.carriers {
        let now = after.authority.carriers.get(carrier);
        let now = now.map_or(&[][..], Vec::as_slice);
        tables.push((carrier, kept(rows, now, same)));
    }
    for (table, kept) in tables {
        checker.require(kept, Invariant::AppendOnly, || {
            format!("a row of `{table}` was changed or is gone")
        });
    }
}

/// Whether every row is still there, in its place, and changed only as it may.
fn kept<T: PartialEq>(before: &[Arc<T>], after: &[Arc<T>], may_become: fn(&T, &T) -> bool) -> bool {
    before.len() <= after.len()
        && before
            .iter()
            .zip(after)
            .all(|(old, new)| Arc::ptr_eq(old, new) || may_become(old, new))
}

fn same<T: PartialEq>(old: &T, new: &T) -> bool {
    old == new
}

fn closed_once(old: &AttemptRow, new: &AttemptRow) -> bool {
    let closed = AttemptRow {
        state: old.state,
        closed_at: old.closed_at,
        failure_digest: old.failure_digest,
        ..new.clone()
    };
    let may_close = old.state == AttemptState::Reserved || old.state == new.state;
    closed == *old && may_close
}

fn retired_once(old: &CatalogueRow, new: &CatalogueRow) -> bool {
    let retires = old.status == "draft" && new.status == "retired" && new.retirement_ref.is_some();
    old == new || (retires && old.head == new.head && old.ordinal == new.ordinal)
}

/// Key, head, decision and the attempt's transition: in one commit, of the same attempts.
fn written_together(checker: &mut Checker, before: &State, after: &State) {
    let keys = added(&before.ledger, &after.ledger).iter();
    let heads = added(&before.catalogue, &after.catalogue).iter();
    let decisions = added(&before.decisions, &after.decisions).iter();
    let consumed = |state: &State| {
        let rows = state.attempts.iter();
        let consumed = rows.filter(|row| row.state == AttemptState::Consumed);
        consumed.map(|row| row.attempt_id).collect::<Vec<_>>()
    };
    let earlier = consumed(before);
    let mut attempts = consumed(after);
    attempts.retain(|id| !earlier.contains(id));
    let keys: Vec<_> = keys.map(|row| row.attempt_id).collect();
    let heads: Vec<_> = heads.map(|row| row.head.attempt_id).collect();
    let decisions: Vec<_> = decisions.map(|row| row.attempt_id).collect();
    let together = keys == heads && keys == decisions && keys == attempts;
    checker.require(together, Invariant::I4, || {
        format!("keys {keys:?}, heads {heads:?}, decisions {decisions:?}, consumed {attempts:?}")
    });
}

/// An abort and its audit: in one commit.
fn closed_together(checker: &mut Checker, before: &State, after: &State) {
    let aborted = |state: &State| {
        let rows = state.attempts.iter();
        let aborted = rows.filter(|row| row.state == AttemptState::Aborted);
        aborted
            .map(|row| (row.attempt_id, row.failure_digest))
            .collect::<Vec<_>>()
    };
    let earlier = aborted(before);
    let mut now = aborted(after);
    now.retain(|one| !earlier.contains(one));
    let audits = added(&before.audits, &after.audits).iter();
    let closing = audits.filter(|row| row.closes);
    let recorded: Vec<_> = closing
        .map(|row| (row.attempt_id, Some(row.failure_digest)))
        .collect();
    checker.require(now == recorded, Invariant::I10, || {
        format!("aborted {now:?}, recorded {recorded:?}")
    });
}

fn head_written(checker: &mut Checker, transition: &Transition, row: &CatalogueRow) {
    let (state, at, head) = (&transition.before, transition.at, &row.head);
    let (code, key) = (head.dot_code.as_str(), head.row_key.as_str());
    checker.require(row.status == "draft", Invariant::I11, || {
        format!("head `{key}` was written as `{}`", row.status)
    });
    checker.require(!is_held(state, code), Invariant::I12, || {
        format!("head `{key}` was written while `{code}` was held")
    });
    let mut ledger = transition.after.ledger.iter();
    let Some(ledger) = ledger.find(|it| it.attempt_id == head.attempt_id) else {
        // That there is none is said elsewhere.
        return;
    };
    in_time(checker, transition, ledger);
    let hash = head.artifact_hash.to_string();
    let admitted = standing(state, "admission")
        .into_iter()
        .filter(|admission| {
            column(admission, "dot_code") == code
                && admission.key() == head.admission_ref
                && column(admission, "artifact_hash") == hash
                && column(admission, "canonical_path") == head.canonical_path
        });
    let allowed = [
        ("admission", admitted.count() == 1),
        ("owner", is_owned_by(state, code, &head.owner_principal, at)),
        (
            "approval",
            is_approved(state, &ledger.operation, code, &hash, at),
        ),
        ("closed configuration", !is_open(state, code)),
        ("policy", standing(state, "policy").len() == 1),
        ("accounted trigger", state.foreign_triggers == 0),
    ];
    for (what, stands) in allowed {
        checker.require(stands, Invariant::I18, || {
            format!("head `{key}` was written without a standing {what}")
        });
    }
}

/// The end that the client gave its request is the latest there can be.
fn in_time(checker: &mut Checker, transition: &Transition, ledger: &LedgerRow) {
    let attempt = transition.before.attempts.iter();
    let mut attempt = attempt.filter(|row| row.attempt_id == ledger.attempt_id);
    let request = attempt.next().and_then(|row| {
        let request: serde_json::Value = serde_json::from_slice(&row.request).ok()?;
        request
            .pointer("/header/expires_at")?
            .as_str()?
            .parse()
            .ok()
    });
    // A commit may land later than the transaction looked at the clock.
    let at = ledger.consumed_at;
    let in_time =
        at <= ledger.expires_at && request.is_some_and(|end: canonical::Timestamp| at <= end);
    checker.require(in_time, Invariant::I13, || {
        format!(
            "attempt `{}` was consumed at {at}, past its end",
            ledger.attempt_id
        )
    });
}

fn unique(checker: &mut Checker, state: &State) {
    let once = |checker: &mut Checker, invariant, what: &str, mut keys: Vec<String>| {
        keys.sort_unstable();
        let doubled = keys.windows(2).find(|pair| pair.first() == pair.last());
        if let Some(doubled) = doubled.and_then(<[String]>::first) {
            checker.broken(invariant, format!("{what} `{doubled}` is there twice"));
        }
    };
    let ledger = || state.ledger.iter();
    let replay_keys = ledger().map(|row| row.replay_key.to_string()).collect();
    once(checker, Invariant::I1, "consumed key", replay_keys);
    let effects = ledger()
        .map(|row| row.effect_identity.to_string())
        .collect();
    once(checker, Invariant::I1, "effect", effects);
    let nonces = state.attempts.iter().map(|row| row.nonce.clone()).collect();
    once(checker, Invariant::I2, "nonce", nonces);
    let heads = state.catalogue.iter().filter(|row| row.status != "retired");
    let heads = heads.map(|row| row.head.dot_code.clone()).collect();
    once(checker, Invariant::I3, "head of", heads);
}
