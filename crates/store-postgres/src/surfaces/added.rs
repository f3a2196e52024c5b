//! Write-sets: which rows an attempt added, by the transaction number that the server itself put
//! into every row.

use std::collections::BTreeMap;

use canonical::{Digest, RowError, Uuid};
use deadpool_postgres::Client;
use futures_util::future::try_join_all;
use records::rows as hashes;
use snapshot_provider::port::{AddedRow, SurfaceContent, SurfaceKind, SurfaceQuery};

use crate::carriers::Parameters;
use crate::catalogue::{self, damaged, misshapen};
use crate::connection::Session;
use crate::error::StoreError;
use crate::sql::{Sql, replay_key, transaction_id};

/// How it is known which rows an attempt added.
const PROVENANCE: &str = "writer_txid";

/// A table whose rows say which attempt and which transaction wrote them.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Table {
    Ledger,
    Decision,
    Catalogue,
}

impl Table {
    const ALL: [Self; 3] = [Self::Ledger, Self::Decision, Self::Catalogue];

    /// The table that a surface asks for, if it is one of these.
    pub(super) fn of(query: &SurfaceQuery<'_>) -> Option<Self> {
        match (query.kind, query.carrier) {
            (SurfaceKind::AppendOnly, "ledger") => Some(Self::Ledger),
            (SurfaceKind::AppendOnly, "decision") => Some(Self::Decision),
            (SurfaceKind::Catalogue, "dot_catalogue") => Some(Self::Catalogue),
            _ => None,
        }
    }

    /// The alias of the table in its statement.
    const fn alias(self) -> &'static str {
        match self {
            Self::Ledger | Self::Decision => "w",
            Self::Catalogue => "h",
        }
    }
}

/// The rows of transactions that belong to no decision of their transaction, table by table.
///
/// A batch writes for many attempts in one transaction, each with its decision: their rows are
/// theirs. Whatever else the transaction wrote was written with each of these attempts and has no
/// other owner, so it shows up with all of them, and their captures fail for it.
#[derive(Debug, Default)]
pub(super) struct Strays {
    of_transaction: BTreeMap<String, BTreeMap<Table, Vec<AddedRow>>>,
}

impl Strays {
    /// Reads those of the transactions that were not read yet.
    pub(super) async fn read(
        &mut self,
        session: &Session,
        client: &Client,
        transactions: &[String],
    ) -> Result<(), StoreError> {
        for transaction in transactions {
            if self.of_transaction.contains_key(transaction) {
                continue;
            }
            let rows = Table::ALL.map(|table| stray(session, client, table, transaction));
            let rows = Table::ALL.into_iter().zip(try_join_all(rows).await?);
            self.of_transaction
                .insert(transaction.clone(), rows.collect());
        }
        Ok(())
    }

    /// Those of a table that do not name this attempt.
    pub(super) fn of(
        &self,
        table: Table,
        transactions: &[String],
        attempt_id: Uuid,
    ) -> Vec<AddedRow> {
        let found = transactions.iter().filter_map(|transaction| {
            let tables = self.of_transaction.get(transaction)?;
            tables.get(&table)
        });
        let others = |row: &&AddedRow| row.attempt_id != Some(attempt_id);
        found.flatten().filter(others).cloned().collect()
    }
}

/// The transactions that wrote anything for an attempt.
pub(super) async fn transactions(
    session: &Session,
    client: &Client,
    attempt_id: Option<Uuid>,
) -> Result<Vec<String>, StoreError> {
    const TEXT: &str = "SELECT d.writer_txid::text FROM holdfast.decision AS d \
           WHERE d.attempt_id = $1 \
         UNION SELECT l.writer_txid::text FROM holdfast.ledger AS l WHERE l.attempt_id = $1 \
         UNION SELECT c.writer_txid::text FROM holdfast.dot_catalogue AS c \
           WHERE c.attempt_id = $1";
    let Some(attempt_id) = attempt_id else {
        return Ok(Vec::new());
    };
    let failed = |error| session.failed("read which transaction wrote", error);
    let statement = client.prepare_cached(TEXT).await.map_err(failed)?;
    let found = client.query(&statement, &[&Sql(attempt_id)]).await;
    let rows = found.map_err(failed)?;
    rows.iter()
        .map(|row| row.try_get(0).map_err(failed))
        .collect()
}

/// The rows that name an attempt.
pub(super) async fn of_attempt(
    session: &Session,
    client: &Client,
    table: Table,
    attempt_id: Uuid,
) -> Result<Vec<AddedRow>, StoreError> {
    let condition = format!("{}.attempt_id = $1", table.alias());
    rows(session, client, table, &condition, &[&Sql(attempt_id)]).await
}

async fn stray(
    session: &Session,
    client: &Client,
    table: Table,
    transaction: &str,
) -> Result<Vec<AddedRow>, StoreError> {
    let alias = table.alias();
    let condition = format!(
        "{alias}.writer_txid = $1::text::xid8 AND NOT EXISTS (\
           SELECT 1 FROM holdfast.decision AS o \
            WHERE o.attempt_id = {alias}.attempt_id AND o.writer_txid = {alias}.writer_txid)"
    );
    rows(session, client, table, &condition, &[&transaction]).await
}

async fn rows(
    session: &Session,
    client: &Client,
    table: Table,
    condition: &str,
    parameters: Parameters<'_>,
) -> Result<Vec<AddedRow>, StoreError> {
    match table {
        Table::Ledger => keys(session, client, condition, parameters).await,
        Table::Decision => decisions(session, client, condition, parameters).await,
        Table::Catalogue => heads(session, client, condition, parameters).await,
    }
}

async fn keys(
    session: &Session,
    client: &Client,
    condition: &str,
    parameters: Parameters<'_>,
) -> Result<Vec<AddedRow>, StoreError> {
    let keys = catalogue::consumed_keys(session, client, condition, parameters).await?;
    let rows = keys.into_iter().map(|key| {
        let row_key = key.replay_key.to_string();
        Ok(AddedRow {
            row_hash: hashed("ledger", &row_key, key.row_hash())?,
            row_key,
            attempt_id: Some(key.attempt_id),
            transaction_id: key.transaction_id,
        })
    });
    rows.collect()
}

async fn heads(
    session: &Session,
    client: &Client,
    condition: &str,
    parameters: Parameters<'_>,
) -> Result<Vec<AddedRow>, StoreError> {
    let heads = catalogue::heads(session, client, condition, parameters).await?;
    let rows = heads.into_iter().map(|head| {
        Ok(AddedRow {
            row_hash: catalogue::hashed(&head)?,
            row_key: head.head.row_key,
            attempt_id: Some(head.head.attempt_id),
            transaction_id: head.transaction_id,
        })
    });
    rows.collect()
}

async fn decisions(
    session: &Session,
    client: &Client,
    condition: &str,
    parameters: Parameters<'_>,
) -> Result<Vec<AddedRow>, StoreError> {
    let text = format!(
        "SELECT w.ledger_key, w.evidence_hash, w.writer_txid::text, w.attempt_id \
         FROM holdfast.decision AS w WHERE {condition} ORDER BY w.ledger_key"
    );
    let failed = |error| session.failed("read a decision", error);
    let statement = client.prepare_cached(&text).await.map_err(failed)?;
    let found = client.query(&statement, parameters).await;
    let rows = found.map_err(failed)?;
    let rows = rows.iter().map(|row| {
        let key = replay_key(row.try_get(0).map_err(failed)?);
        let key = key.ok_or_else(|| misshapen("decision"))?;
        let evidence_hash = row.try_get::<_, Sql<Digest>>(1).map_err(failed)?.0;
        let transaction_id = transaction_id(row.try_get(2).map_err(failed)?);
        let attempt_id = row.try_get::<_, Sql<Uuid>>(3).map_err(failed)?.0;
        let row_key = key.to_string();
        let hash = hashes::decision_hash(&key, &attempt_id, &evidence_hash, &transaction_id);
        Ok(AddedRow {
            row_hash: hashed("decision", &row_key, hash)?,
            row_key,
            attempt_id: Some(attempt_id),
            transaction_id,
        })
    });
    rows.collect()
}

/// The failure audits of an attempt; each is its own transaction's, told by its position.
pub(super) async fn audits(
    session: &Session,
    client: &Client,
    attempt_id: Uuid,
) -> Result<SurfaceContent, StoreError> {
    const TEXT: &str = "SELECT position, failure_digest FROM holdfast.failure_audit \
         WHERE attempt_id = $1 ORDER BY position";
    let failed = |error| session.failed("read the failure audits", error);
    let statement = client.prepare_cached(TEXT).await.map_err(failed)?;
    let found = client.query(&statement, &[&Sql(attempt_id)]).await;
    let rows = found.map_err(failed)?;
    let rows = rows.iter().map(|row| {
        let position = row.try_get::<_, Sql<u64>>(0).map_err(failed)?.0;
        let failure_digest = row.try_get::<_, Sql<Digest>>(1).map_err(failed)?.0;
        let row_key = position.to_string();
        let hash = hashes::audit_hash(position, &attempt_id, &failure_digest);
        Ok(AddedRow {
            row_hash: hashed("failure_audit", &row_key, hash)?,
            row_key,
            attempt_id: Some(attempt_id),
            transaction_id: format!("position:{position}"),
        })
    });
    rows.collect::<Result<_, StoreError>>().map(write_set)
}

fn hashed(
    carrier: &str,
    row_key: &str,
    hash: Result<Digest, RowError>,
) -> Result<Digest, StoreError> {
    hash.map_err(|source| damaged(carrier, row_key, source))
}

pub(super) const fn write_set(rows: Vec<AddedRow>) -> SurfaceContent {
    SurfaceContent::WriteSet {
        provenance: PROVENANCE,
        rows,
    }
}
