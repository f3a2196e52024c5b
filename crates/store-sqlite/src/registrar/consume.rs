//! One item of the one transaction: key, head and decision, or nothing.

use std::panic::{AssertUnwindSafe, catch_unwind};

use canonical::{Digest, Timestamp};
use registrar::port::{ConsumeAnswer, ConsumeItem, LossReason, SealedDecision, TransactionFacts};
use rusqlite::{Connection, OptionalExtension, params};

use super::{judge, read};
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
    /// The one policy in force; none where there is none, or more than one.
    pub(super) policy: Option<Digest>,
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
    let opened_at = take_attempt(connection, item, &nonce, &ledger_key, shared)?;
    crash_point("consume.after_transition");
    judge::time_and_gate(item, opened_at, shared)?;
    insert_key(connection, item, &nonce, &ledger_key, shared)?;
    crash_point("consume.after_ledger");
    judge::target(connection, item)?;
    judge::authority(connection, item)?;
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
/// Gives the time of the reservation.
fn take_attempt(
    connection: &Connection,
    item: &ConsumeItem,
    nonce: &NonceKey,
    ledger_key: &[u8],
    shared: &Shared,
) -> Result<Timestamp, Failure> {
    let taken: Option<Sql<Timestamp>> = connection
        .prepare_cached(
            "UPDATE attempt SET state = 'consumed', consumed_key = ?1, closed_at = ?2 \
             WHERE attempt_id = ?3 AND state = 'reserved' AND owner_token = ?4 AND epoch = ?5 \
               AND replay_key = ?6 AND nonce = ?7 RETURNING opened_at",
        )
        .and_then(|mut statement| {
            let own = params![
                ledger_key,
                Sql(shared.now),
                Sql(item.attempt_id),
                Sql(item.owner_token),
                Sql(item.epoch),
                Sql(item.replay_key),
                nonce,
            ];
            statement.query_row(own, |row| row.get(0)).optional()
        })
        .during("take an attempt")?;
    taken.map(|opened_at| opened_at.0).ok_or_else(|| {
        let seen = "the attempt is not reserved under this token";
        Failure::Lost(Loss::Unexplained(seen.to_owned()))
    })
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
    if inserted != 1 {
        let seen = "the target has a head";
        return Err(Failure::Lost(Loss::Unexplained(seen.to_owned())));
    }
    // A head that stood in the way at the reservation may have been retired since.
    if item.fits_past(read::has_retired_head(connection, &item.dot_code)?) {
        Ok(row_hash)
    } else {
        Err(LossReason::OtherOperation.into())
    }
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
