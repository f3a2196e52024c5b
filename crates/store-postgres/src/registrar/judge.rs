//! What must still hold when items are written, locked and read inside their transaction.

use std::collections::BTreeMap;

use canonical::{Digest, Timestamp, Uuid};
use deadpool_postgres::Client;
use futures_util::future::try_join5;
use registrar::port::{ConsumeItem, HeadVersion, LossReason, RowRef};
use tokio_postgres::Row;

use super::consume::{Loss, ids};
use super::{read, reread};
use crate::carriers;
use crate::connection::Session;
use crate::error::StoreError;
use crate::sql::Sql;

const WHAT: &str = "judge what a consume rests on";

/// The server's clock, this transaction's number, and the policies in force.
const SHARED: &str = "SELECT clock_timestamp() AS now, pg_current_xact_id()::text AS txid, \
     ARRAY(SELECT sha256(convert_to(p.body, 'UTF8')) FROM holdfast.policy AS p \
           WHERE p.lifecycle_status = 'active' AND NOT EXISTS (\
             SELECT 1 FROM holdfast.policy AS s WHERE s.supersedes = p.row_key)) AS policies";

const LOCK: &str = "SELECT scope_key, version FROM holdfast.lock_authority($1)";

/// The attempts, held against whoever would close them meanwhile.
const RESERVED: &str = "SELECT attempt_id, opened_at FROM holdfast.attempt \
     WHERE attempt_id = ANY ($1) AND state = 'reserved' ORDER BY attempt_id FOR NO KEY UPDATE";

/// What one transaction read of the world, after it had locked the authority heads.
pub(super) struct Known {
    /// The store's clock: the operation starts here.
    pub(super) now: Timestamp,
    /// This transaction's number.
    pub(super) txid: String,
    /// The one policy in force; none where there is none, or more than one.
    policy: Option<Digest>,
    versions: BTreeMap<String, u64>,
    reserved: BTreeMap<Uuid, Timestamp>,
    targets: BTreeMap<String, Target>,
}

/// A target as the transaction found it.
struct Target {
    epoch: Option<i32>,
    has_head: bool,
    is_held: bool,
    has_open_config: bool,
}

/// Begins the transaction, locks the authority heads of all targets, then reads: one round trip.
///
// INVARIANT: an insert of an authority row moves a locked head, so it waits until this transaction
// has ended; everything read after the lock stays true until the commit.
pub(super) async fn begin(
    session: &Session,
    client: &mut Client,
    items: &[ConsumeItem],
) -> Result<Known, StoreError> {
    let failed = |error| session.failed(WHAT, error);
    read_known(client, items).await.map_err(failed)
}

async fn read_known(
    client: &Client,
    items: &[ConsumeItem],
) -> Result<Known, tokio_postgres::Error> {
    let lock = client.prepare_cached(LOCK).await?;
    let shared = client.prepare_cached(SHARED).await?;
    let reserved = client.prepare_cached(RESERVED).await?;
    let target = client.prepare_cached(read::TARGETS).await?;
    let targets: Vec<&str> = items.iter().map(|item| item.target.as_str()).collect();
    let codes: Vec<&str> = items.iter().map(|item| item.dot_code.as_str()).collect();
    let ids = ids(items);
    // Sent together, in this order; the server runs them one after the other.
    let ((), locked, shared, reserved, targets) = try_join5(
        client.batch_execute("BEGIN"),
        client.query(&lock, &[&targets]),
        client.query_one(&shared, &[]),
        client.query(&reserved, &[&ids]),
        client.query(&target, &[&codes]),
    )
    .await?;
    let policies: Vec<Sql<Digest>> = shared.try_get("policies")?;
    let policy = match policies.as_slice() {
        [policy] => Some(policy.0),
        _ => None,
    };
    Ok(Known {
        now: shared.try_get::<_, Sql<Timestamp>>("now")?.0,
        txid: shared.try_get("txid")?,
        policy,
        versions: pairs(&locked, |row| {
            Ok((row.try_get(0)?, row.try_get::<_, Sql<u64>>(1)?.0))
        })?,
        reserved: pairs(&reserved, |row| {
            let id = row.try_get::<_, Sql<Uuid>>(0)?.0;
            Ok((id, row.try_get::<_, Sql<Timestamp>>(1)?.0))
        })?,
        targets: pairs(&targets, |row| Ok((row.try_get(0)?, found(row)?)))?,
    })
}

fn pairs<K: Ord, V>(
    rows: &[Row],
    read: impl Fn(&Row) -> Result<(K, V), tokio_postgres::Error>,
) -> Result<BTreeMap<K, V>, tokio_postgres::Error> {
    rows.iter().map(read).collect()
}

fn found(row: &Row) -> Result<Target, tokio_postgres::Error> {
    Ok(Target {
        epoch: row.try_get("epoch")?,
        has_head: row.try_get("has_head")?,
        is_held: row.try_get("is_held")?,
        has_open_config: row.try_get("has_open_config")?,
    })
}

/// The epoch that an item's head is for, or why it must not be written.
pub(super) async fn judge(
    session: &Session,
    client: &Client,
    item: &ConsumeItem,
    known: &Known,
) -> Result<Result<i32, Loss>, StoreError> {
    let epoch = match by_facts(item, known) {
        Ok(epoch) => epoch,
        Err(loss) => return Ok(Err(loss)),
    };
    let codes = changed_authority(session, client, item, known).await?;
    if codes.is_empty() {
        Ok(Ok(epoch))
    } else {
        Ok(Err(LossReason::AuthorityChanged(codes).into()))
    }
}

fn by_facts(item: &ConsumeItem, known: &Known) -> Result<i32, Loss> {
    let Some(opened_at) = known.reserved.get(&item.attempt_id) else {
        return Err(Loss::Unexplained("the attempt is not reserved".to_owned()));
    };
    if known.now > item.expires_at {
        return Err(LossReason::Expired.into());
    }
    if known.now < *opened_at {
        return Err(LossReason::ClockWentBack.into());
    }
    // A gate report is kept for a while, and nothing in it rests on the rows themselves: so whether
    // its policy still is the one in force is looked at here.
    if known.now >= item.gate_expires_at || known.policy != Some(item.policy_digest) {
        return Err(LossReason::GateChanged.into());
    }
    let target = known.targets.get(&item.dot_code);
    let target = target.ok_or_else(|| Loss::Unexplained("the target was not read".to_owned()))?;
    if target.is_held {
        return Err(LossReason::HoldPlaced.into());
    }
    if target.has_open_config {
        return Err(LossReason::ConfigNotClosed.into());
    }
    let epoch = target.epoch.ok_or_else(|| {
        Loss::Unexplained("no artifact was ever admitted for this code".to_owned())
    })?;
    // Where a head stands, that is what the item is told, whatever its operation.
    if !target.has_head && !item.fits_past(epoch > 0) {
        return Err(LossReason::OtherOperation.into());
    }
    Ok(epoch)
}

/// The authority that the envelopes rest on, once more: versions that have not moved since before
/// the readback mean that no authority row was inserted since.
async fn changed_authority(
    session: &Session,
    client: &Client,
    item: &ConsumeItem,
    known: &Known,
) -> Result<Vec<&'static str>, StoreError> {
    let unmoved = |then: &HeadVersion| {
        known.versions.get(&then.scope_key).copied().unwrap_or(0) == then.version
    };
    let scopes = [item.target.as_str(), reread::GLOBAL];
    let covers = |scope: &&str| {
        item.head_versions
            .iter()
            .any(|then| then.scope_key == **scope)
    };
    if scopes.iter().all(covers) && item.head_versions.iter().all(unmoved) {
        return Ok(Vec::new());
    }
    let refs: Vec<RowRef> = item
        .expected
        .iter()
        .map(|row| RowRef {
            carrier: row.carrier.clone(),
            row_key: row.row_key.clone(),
        })
        .collect();
    let scope = Some(item.head.scope.as_str());
    let found = carriers::reread(session, client, &refs, scope).await?;
    Ok(registrar::recheck(&item.expected, &found))
}
