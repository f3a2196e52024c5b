//! One item of the one transaction: key, head and decision, or nothing.

use std::panic::{AssertUnwindSafe, catch_unwind};

use canonical::{Digest, Timestamp};
use registrar::port::{
    ConsumeAnswer, ConsumeItem, ExpectedRow, LossReason, SealedDecision, TransactionFacts,
};
use rusqlite::{Connection, OptionalExtension, params};

use super::{read, reread};
use crate::crash::crash_point;
use crate::error::{During, StoreError};
use crate::sql::{NonceKey, Sql, transaction_id};

/// What all items of a transaction share.
#[derive(Clone, Copy, Debug)]
pub(super) struct Shared {
    /// The store's clock when the transaction had the write lock.
    pub(super) now: Timestamp,
    /// The transaction's ordinal.
    pub(super) ordinal: i64,
    /// The schema as it is now; nobody can change it before the commit.
    pub(super) fingerprint: Digest,
}

/// Why an item was not written; what it wrote so far has to be rolled back.
#[derive(Debug)]
pub(super) enum Loss {
    /// Known here and now.
    Known(LossReason),
    /// A row of another attempt stands in the way; which one is read after the transaction.
    Unexplained(String),
}

/// An item that did not come through: lost by itself, or together with the whole transaction.
#[derive(Debug)]
pub(super) enum Failure {
    Lost(Loss),
    Store(StoreError),
}

impl From<StoreError> for Failure {
    fn from(error: StoreError) -> Self {
        if error.concerns_one_item() {
            Self::Lost(Loss::Unexplained(chain(&error)))
        } else {
            Self::Store(error)
        }
    }
}

impl From<LossReason> for Failure {
    fn from(reason: LossReason) -> Self {
        Self::Lost(Loss::Known(reason))
    }
}

/// Writes one item; the caller has set a savepoint and rolls back to it on any failure.
pub(super) fn consume(
    connection: &Connection,
    item: &ConsumeItem,
    shared: &Shared,
) -> Result<ConsumeAnswer, Failure> {
    let nonce = NonceKey::required(&item.nonce)?;
    let ledger_key = nonce.ledger_key(&item.replay_key);
    take_attempt(connection, item, &nonce, &ledger_key, shared)?;
    crash_point("consume.after_transition");
    judge_time_and_gate(item, shared)?;
    insert_key(connection, item, &nonce, &ledger_key, shared)?;
    crash_point("consume.after_ledger");
    judge_target(connection, item)?;
    judge_authority(connection, item)?;
    let head_row_hash = insert_head(connection, item, &ledger_key, shared)?;
    crash_point("consume.after_head");
    let facts = TransactionFacts {
        transaction_id: transaction_id(shared.ordinal),
        operation_start: shared.now,
        head_row_hash,
    };
    let decision = decide(item, &facts)?;
    insert_decision(connection, item, &ledger_key, &decision, shared)?;
    crash_point("consume.after_decision");
    Ok(ConsumeAnswer::Registered {
        decision: decision.bytes,
        transaction_id: facts.transaction_id,
    })
}

/// The conditional transition: only the token that reserved the attempt takes it, and only once.
fn take_attempt(
    connection: &Connection,
    item: &ConsumeItem,
    nonce: &NonceKey,
    ledger_key: &[u8],
    shared: &Shared,
) -> Result<(), Failure> {
    let taken = connection
        .prepare_cached(
            "UPDATE attempt SET state = 'consumed', consumed_key = ?1, closed_at = ?2 \
             WHERE attempt_id = ?3 AND state = 'reserved' AND owner_token = ?4 AND epoch = ?5 \
               AND replay_key = ?6 AND nonce = ?7",
        )
        .and_then(|mut statement| {
            statement.execute(params![
                ledger_key,
                Sql(shared.now),
                Sql(item.attempt_id),
                Sql(item.owner_token),
                Sql(item.epoch),
                Sql(item.replay_key),
                nonce,
            ])
        })
        .during("take an attempt")?;
    if taken == 1 {
        return Ok(());
    }
    Err(Failure::Lost(Loss::Unexplained(
        "the attempt is not reserved under this token".to_owned(),
    )))
}

fn judge_time_and_gate(item: &ConsumeItem, shared: &Shared) -> Result<(), LossReason> {
    if shared.now > item.expires_at {
        return Err(LossReason::Expired);
    }
    if shared.now >= item.gate_expires_at || shared.fingerprint != item.gate_fingerprint {
        return Err(LossReason::GateChanged);
    }
    Ok(())
}

/// Consumes the key; zero rows mean that another attempt stands in the way.
fn insert_key(
    connection: &Connection,
    item: &ConsumeItem,
    nonce: &NonceKey,
    ledger_key: &[u8],
    shared: &Shared,
) -> Result<(), Failure> {
    // The guard against replacing rows raises before a conflict is resolved, so the statement
    // itself leaves out what is there; the unique keys remain what carries the rule.
    let consumed: Option<i64> = connection
        .prepare_cached(
            "INSERT INTO ledger (ledger_key, attempt_id, nonce, effect_identity, \
             authorization_binding_digest, owner_binding_digest, artifact_hash, target, \
             operation, run_id, attempt_no, consumed_at, expires_at, writer_ordinal, head_key) \
             SELECT ?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15 \
             WHERE NOT EXISTS (SELECT 1 FROM ledger WHERE ledger_key = ?1) \
               AND NOT EXISTS (SELECT 1 FROM ledger WHERE nonce = ?3) \
               AND NOT EXISTS (SELECT 1 FROM ledger WHERE effect_identity = ?4) \
             ON CONFLICT DO NOTHING RETURNING 1",
        )
        .and_then(|mut statement| {
            statement
                .query_row(
                    params![
                        ledger_key,
                        Sql(item.attempt_id),
                        nonce,
                        Sql(item.effect_identity),
                        Sql(item.authorization_binding_digest),
                        Sql(item.owner_binding_digest),
                        Sql(item.artifact_hash),
                        item.target,
                        item.operation,
                        item.run_id,
                        Sql(item.attempt_no),
                        Sql(shared.now),
                        Sql(item.expires_at),
                        shared.ordinal,
                        item.head.row_key,
                    ],
                    |row| row.get(0),
                )
                .optional()
        })
        .during("consume a key")?;
    match consumed {
        Some(_) => Ok(()),
        None => Err(Failure::Lost(Loss::Unexplained(
            "the key or the effect is consumed".to_owned(),
        ))),
    }
}

/// A hold on the target or on all, and configuration that is not closed.
fn judge_target(connection: &Connection, item: &ConsumeItem) -> Result<(), Failure> {
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
fn judge_authority(connection: &Connection, item: &ConsumeItem) -> Result<(), Failure> {
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

/// The one head, always as draft.
fn insert_head(
    connection: &Connection,
    item: &ConsumeItem,
    ledger_key: &[u8],
    shared: &Shared,
) -> Result<Digest, Failure> {
    let head = &item.head;
    let row_hash = head
        .row_hash()
        .map_err(|error| LossReason::DecisionUnsealable(format!("head: {error}")))?;
    let inserted = connection
        .prepare_cached(
            "INSERT INTO dot_catalogue (row_key, dot_code, canonical_target, object_type, \
             canonical_path, origin, artifact_hash, hash_algorithm, canonicalization_version, \
             artifact_type, admission_ref, size_bytes, scope, owner_principal, status, \
             attempt_id, ledger_key, writer_ordinal, row_hash) \
             SELECT ?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, 'draft', ?15, \
             ?16, ?17, ?18 \
             WHERE NOT EXISTS (SELECT 1 FROM dot_catalogue \
                               WHERE dot_code = ?2 AND status IN ('draft', 'active')) \
             ON CONFLICT DO NOTHING",
        )
        .and_then(|mut statement| {
            statement.execute(params![
                head.row_key,
                head.dot_code,
                head.canonical_target,
                head.object_type,
                head.canonical_path,
                head.origin,
                Sql(head.artifact_hash),
                head.hash_algorithm,
                head.canonicalization_version,
                head.artifact_type,
                head.admission_ref,
                Sql(head.size_bytes),
                head.scope,
                head.owner_principal,
                Sql(head.attempt_id),
                ledger_key,
                shared.ordinal,
                Sql(row_hash),
            ])
        })
        .during("insert a head")?;
    if inserted == 1 {
        return Ok(row_hash);
    }
    Err(Failure::Lost(Loss::Unexplained(
        "the target has a head".to_owned(),
    )))
}

/// Seals the decision; a seal that panics costs its own item and not the writer.
fn decide(item: &ConsumeItem, facts: &TransactionFacts) -> Result<SealedDecision, LossReason> {
    catch_unwind(AssertUnwindSafe(|| (item.decide)(facts)))
        .unwrap_or_else(|_| Err("sealing the decision panicked".to_owned()))
        .map_err(LossReason::DecisionUnsealable)
}

fn insert_decision(
    connection: &Connection,
    item: &ConsumeItem,
    ledger_key: &[u8],
    decision: &SealedDecision,
    shared: &Shared,
) -> Result<(), Failure> {
    connection
        .prepare_cached(
            "INSERT INTO decision (ledger_key, attempt_id, bytes, evidence_hash, writer_ordinal) \
             VALUES (?1, ?2, ?3, ?4, ?5)",
        )
        .and_then(|mut statement| {
            statement.execute(params![
                ledger_key,
                Sql(item.attempt_id),
                decision.bytes,
                Sql(decision.evidence_hash),
                shared.ordinal,
            ])
        })
        .during("store a decision")?;
    Ok(())
}

/// An error and its causes in one line.
fn chain(error: &StoreError) -> String {
    let mut text = error.to_string();
    let mut cause = std::error::Error::source(error);
    while let Some(error) = cause {
        text.push_str(": ");
        text.push_str(&error.to_string());
        cause = error.source();
    }
    text
}
