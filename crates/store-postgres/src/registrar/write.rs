//! The rows of a batch, set by set: heads, keys, decisions, transitions.

use std::collections::BTreeSet;
use std::panic::{AssertUnwindSafe, catch_unwind};

use canonical::{ContentHasher, Digest, Uuid};
use deadpool_postgres::Client;
use futures_util::future::try_join4;
use registrar::port::{ConsumeItem, HeadRow, LossReason, SealedDecision, TransactionFacts};
use tokio_postgres::{Row, Statement};

use super::judge::Known;
use super::reserve::each;
use crate::connection::Session;
use crate::crash::crash_point;
use crate::error::StoreError;
use crate::fingerprint::fingerprint;
use crate::sql::{NonceKey, Sql, transaction_id};

const WHAT: &str = "write a batch of registrations";

/// Heads in the order of their targets, so that two batches never wait for each other in a circle.
const HEADS: &str = "INSERT INTO holdfast.dot_catalogue (row_key, dot_code, epoch, \
       canonical_target, object_type, canonical_path, origin, artifact_hash, hash_algorithm, \
       canonicalization_version, artifact_type, admission_ref, size_bytes, scope, \
       owner_principal, attempt_id, ledger_key, row_hash) \
     SELECT * FROM unnest($1::text[], $2::text[], $3::int4[], $4::text[], $5::text[], $6::text[], \
       $7::text[], $8::bytea[], $9::text[], $10::text[], $11::text[], $12::text[], $13::int8[], \
       $14::text[], $15::text[], $16::uuid[], $17::bytea[], $18::bytea[]) \
       AS i (row_key, dot_code, epoch, canonical_target, object_type, canonical_path, origin, \
       artifact_hash, hash_algorithm, canonicalization_version, artifact_type, admission_ref, \
       size_bytes, scope, owner_principal, attempt_id, ledger_key, row_hash) \
     ORDER BY i.canonical_target ON CONFLICT DO NOTHING RETURNING attempt_id";

/// Keys for exactly the heads that this transaction inserted.
const KEYS: &str = "INSERT INTO holdfast.ledger (ledger_key, attempt_id, nonce, effect_identity, \
       authorization_binding_digest, owner_binding_digest, artifact_hash, target, operation, \
       run_id, attempt_no, expires_at, head_key, checksum) \
     SELECT i.* FROM unnest($1::bytea[], $2::uuid[], $3::bytea[], $4::bytea[], $5::bytea[], \
       $6::bytea[], $7::bytea[], $8::text[], $9::text[], $10::text[], $11::int8[], \
       $12::timestamptz[], $13::text[], $14::bytea[]) \
       AS i (ledger_key, attempt_id, nonce, effect_identity, authorization_binding_digest, \
       owner_binding_digest, artifact_hash, target, operation, run_id, attempt_no, expires_at, \
       head_key, checksum) \
     WHERE EXISTS (SELECT 1 FROM holdfast.dot_catalogue AS h \
       WHERE h.row_key = i.head_key AND h.writer_txid = pg_current_xact_id()) \
     ORDER BY i.ledger_key ON CONFLICT DO NOTHING RETURNING attempt_id";

/// Decisions for exactly the keys that this transaction consumed.
const DECISIONS: &str = "INSERT INTO holdfast.decision (ledger_key, attempt_id, bytes, \
       evidence_hash) \
     SELECT i.* FROM unnest($1::bytea[], $2::uuid[], $3::bytea[], $4::bytea[]) \
       AS i (ledger_key, attempt_id, bytes, evidence_hash) \
     WHERE EXISTS (SELECT 1 FROM holdfast.ledger AS l \
       WHERE l.ledger_key = i.ledger_key AND l.writer_txid = pg_current_xact_id()) \
     RETURNING attempt_id";

/// The conditional transition: only the token that reserved an attempt takes it, and only once.
const ATTEMPTS: &str = "UPDATE holdfast.attempt AS a \
     SET state = 'consumed', consumed_key = i.ledger_key, closed_at = clock_timestamp() \
     FROM unnest($1::uuid[], $2::uuid[], $3::int8[], $4::bytea[], $5::bytea[]) \
       AS i (attempt_id, owner_token, epoch, ledger_key, nonce) \
     WHERE a.attempt_id = i.attempt_id AND a.state = 'reserved' \
       AND a.owner_token = i.owner_token AND a.epoch = i.epoch \
       AND a.ledger_key = i.ledger_key AND a.nonce = i.nonce \
       AND EXISTS (SELECT 1 FROM holdfast.ledger AS l \
         WHERE l.ledger_key = i.ledger_key AND l.writer_txid = pg_current_xact_id()) \
     RETURNING a.attempt_id";

/// An item with everything that its rows need.
pub(super) struct Ready<'a> {
    pub(super) item: &'a ConsumeItem,
    epoch: i32,
    nonce: NonceKey,
    ledger_key: Vec<u8>,
    head_row_hash: Digest,
    checksum: Digest,
}

impl<'a> Ready<'a> {
    pub(super) fn new(item: &'a ConsumeItem, epoch: i32) -> Result<Self, LossReason> {
        let unfit = |what: &str, why: &dyn std::fmt::Display| {
            LossReason::DecisionUnsealable(format!("{what}: {why}"))
        };
        let nonce = NonceKey::required(&item.nonce).map_err(|error| unfit("nonce", &error))?;
        let ledger_key = nonce.ledger_key(&item.replay_key);
        let head_row_hash = item
            .head
            .row_hash()
            .map_err(|error| unfit("head", &error))?;
        Ok(Self {
            checksum: checksum(item, &nonce, &ledger_key),
            item,
            epoch,
            nonce,
            ledger_key,
            head_row_hash,
        })
    }

    /// The item's decision, with what only the transaction knows.
    pub(super) fn seal(&self, known: &Known) -> Result<SealedDecision, LossReason> {
        let facts = TransactionFacts {
            transaction_id: transaction_id(&known.txid),
            operation_start: known.now,
            head_row_hash: self.head_row_hash,
        };
        decide(self.item, &facts)
    }
}

/// An item whose head is inserted, with its decision.
pub(super) struct Sealed<'r, 'a> {
    pub(super) ready: &'r Ready<'a>,
    pub(super) decision: SealedDecision,
}

/// Seals the decision; a seal that panics costs its own item and not the writer.
fn decide(item: &ConsumeItem, facts: &TransactionFacts) -> Result<SealedDecision, LossReason> {
    catch_unwind(AssertUnwindSafe(|| (item.decide)(facts)))
        .unwrap_or_else(|_| Err("sealing the decision panicked".to_owned()))
        .map_err(LossReason::DecisionUnsealable)
}

/// The ledger row's checksum, over the bytes that the table checks it against.
fn checksum(item: &ConsumeItem, nonce: &NonceKey, ledger_key: &[u8]) -> Digest {
    let mut hasher = ContentHasher::new();
    hasher.update(ledger_key);
    hasher.update(&nonce.0);
    for digest in [
        &item.effect_identity,
        &item.authorization_binding_digest,
        &item.owner_binding_digest,
        &item.artifact_hash,
    ] {
        hasher.update(digest.as_bytes());
    }
    hasher.update(item.attempt_id.to_string().as_bytes());
    for text in [&item.target, &item.operation, &item.run_id] {
        hasher.update(format!("{}:", text.len()).as_bytes());
        hasher.update(text.as_bytes());
    }
    hasher.update(item.head.row_key.as_bytes());
    hasher.finish()
}

/// How the rows beside the heads came in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Written {
    /// Every one of every item.
    All,
    /// Not every one.
    Apart,
    /// Under other catalogs than those that an item's gate report describes.
    Altered,
}

/// Inserts the heads that nobody has yet, in the order of their targets.
pub(super) async fn heads(
    session: &Session,
    client: &Client,
    ready: &[&Ready<'_>],
) -> Result<BTreeSet<Uuid>, StoreError> {
    let failed = |error| session.failed(WHAT, error);
    let statement = client.prepare_cached(HEADS).await.map_err(failed)?;
    crash_point("consume.before_heads");
    let heads = insert_heads(client, &statement, ready).await;
    crash_point("consume.after_heads");
    heads.map_err(failed)
}

/// Inserts the other rows of the items whose heads came in, and reads the catalogs, sent together;
/// the server runs them one after the other.
///
// INVARIANT: an insert holds its table until the transaction ends against every change of triggers,
// columns and constraints. So what the catalogs say after the inserts is what they ran under.
pub(super) async fn rest(
    session: &Session,
    client: &Client,
    sealed: &[Sealed<'_, '_>],
) -> Result<Written, StoreError> {
    let failed = |error| session.failed(WHAT, error);
    let mut statements = Vec::with_capacity(3);
    for text in [KEYS, DECISIONS, ATTEMPTS] {
        statements.push(client.prepare_cached(text).await.map_err(failed)?);
    }
    let [key, decision, attempt] = statements.as_slice() else {
        return Ok(Written::Apart);
    };
    let written = try_join4(
        keys(client, key, sealed),
        decisions(client, decision, sealed),
        transitions(client, attempt, sealed),
        fingerprint(client),
    )
    .await;
    let (keys, decisions, transitions, print) = written.map_err(failed)?;
    let own: BTreeSet<Uuid> = sealed.iter().map(|one| one.ready.item.attempt_id).collect();
    let unaltered = |one: &Sealed<'_, '_>| one.ready.item.gate_fingerprint == print;
    Ok(if !sealed.iter().all(unaltered) {
        Written::Altered
    } else if keys == own && decisions == own && transitions == own {
        Written::All
    } else {
        Written::Apart
    })
}

type Attempts = Result<BTreeSet<Uuid>, tokio_postgres::Error>;

async fn insert_heads(client: &Client, statement: &Statement, ready: &[&Ready<'_>]) -> Attempts {
    let rows: Vec<&HeadRow> = ready.iter().map(|item| &item.item.head).collect();
    let found = client
        .query(
            statement,
            &[
                &each(&rows, |head| head.row_key.as_str()),
                &each(&rows, |head| head.dot_code.as_str()),
                &each(ready, |item| item.epoch),
                &each(&rows, |head| head.canonical_target.as_str()),
                &each(&rows, |head| head.object_type.as_str()),
                &each(&rows, |head| head.canonical_path.as_str()),
                &each(&rows, |head| head.origin.as_str()),
                &each(&rows, |head| Sql(head.artifact_hash)),
                &each(&rows, |head| head.hash_algorithm.as_str()),
                &each(&rows, |head| head.canonicalization_version.as_str()),
                &each(&rows, |head| head.artifact_type.as_str()),
                &each(&rows, |head| head.admission_ref.as_str()),
                &each(&rows, |head| Sql(head.size_bytes)),
                &each(&rows, |head| head.scope.as_str()),
                &each(&rows, |head| head.owner_principal.as_str()),
                &each(&rows, |head| Sql(head.attempt_id)),
                &each(ready, |item| item.ledger_key.as_slice()),
                &each(ready, |item| Sql(item.head_row_hash)),
            ],
        )
        .await?;
    attempts(&found)
}

async fn keys(client: &Client, statement: &Statement, sealed: &[Sealed<'_, '_>]) -> Attempts {
    let found = client
        .query(
            statement,
            &[
                &each(sealed, |one| one.ready.ledger_key.as_slice()),
                &each(sealed, |one| Sql(one.ready.item.attempt_id)),
                &each(sealed, |one| one.ready.nonce.0.as_slice()),
                &each(sealed, |one| Sql(one.ready.item.effect_identity)),
                &each(sealed, |one| {
                    Sql(one.ready.item.authorization_binding_digest)
                }),
                &each(sealed, |one| Sql(one.ready.item.owner_binding_digest)),
                &each(sealed, |one| Sql(one.ready.item.artifact_hash)),
                &each(sealed, |one| one.ready.item.target.as_str()),
                &each(sealed, |one| one.ready.item.operation.as_str()),
                &each(sealed, |one| one.ready.item.run_id.as_str()),
                &each(sealed, |one| Sql(one.ready.item.attempt_no)),
                &each(sealed, |one| Sql(one.ready.item.expires_at)),
                &each(sealed, |one| one.ready.item.head.row_key.as_str()),
                &each(sealed, |one| Sql(one.ready.checksum)),
            ],
        )
        .await?;
    crash_point("consume.after_keys");
    attempts(&found)
}

async fn decisions(client: &Client, statement: &Statement, sealed: &[Sealed<'_, '_>]) -> Attempts {
    let found = client
        .query(
            statement,
            &[
                &each(sealed, |one| one.ready.ledger_key.as_slice()),
                &each(sealed, |one| Sql(one.ready.item.attempt_id)),
                &each(sealed, |one| one.decision.bytes.as_slice()),
                &each(sealed, |one| Sql(one.decision.evidence_hash)),
            ],
        )
        .await?;
    crash_point("consume.after_decisions");
    attempts(&found)
}

async fn transitions(
    client: &Client,
    statement: &Statement,
    sealed: &[Sealed<'_, '_>],
) -> Attempts {
    let found = client
        .query(
            statement,
            &[
                &each(sealed, |one| Sql(one.ready.item.attempt_id)),
                &each(sealed, |one| Sql(one.ready.item.owner_token)),
                &each(sealed, |one| Sql(one.ready.item.epoch)),
                &each(sealed, |one| one.ready.ledger_key.as_slice()),
                &each(sealed, |one| one.ready.nonce.0.as_slice()),
            ],
        )
        .await?;
    crash_point("consume.after_transitions");
    attempts(&found)
}

fn attempts(rows: &[Row]) -> Attempts {
    rows.iter()
        .map(|row| row.try_get::<_, Sql<Uuid>>(0).map(|id| id.0))
        .collect()
}
