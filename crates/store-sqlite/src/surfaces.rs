//! The protected surfaces as the observer reads them.

use std::fs::File;
use std::io::Read;

use authority::carrier::{self, Carrier, Target};
use authority::row_status;
use canonical::{ContentHasher, Digest, Timestamp, Uuid};
use observer::BatchReader;
use records::rows;
use rusqlite::Connection;
use serde_json::{Value, json};
use snapshot_provider::port::{
    AddedRow, FoundRow, PortError, RowStatus, SurfaceContent, SurfaceKind, SurfaceQuery,
    SurfaceReader,
};

use crate::carriers;
use crate::catalogue;
use crate::clock;
use crate::error::{During, StoreError};
use crate::sql::Sql;

/// How it is known which rows an attempt added: by the ordinal that triggers keep.
const PROVENANCE: &str = "writer_ordinal";

/// A connection that reads the surfaces and writes nothing.
#[derive(Debug)]
pub struct ObserverReader {
    connection: Connection,
}

impl ObserverReader {
    pub(crate) const fn new(connection: Connection) -> Self {
        Self { connection }
    }

    fn active_manifests(&self) -> Result<Vec<FoundRow>, StoreError> {
        let Some(carrier) = carrier::find("manifest") else {
            return Ok(Vec::new());
        };
        carriers::select(&self.connection, carrier, "TRUE", [])?
            .into_iter()
            .filter(authority::lifecycle::FoundRow::is_active)
            .map(|row| {
                Ok(FoundRow {
                    status: row_status!(row.status => RowStatus),
                    row: carriers::governed(row)?,
                })
            })
            .collect()
    }

    fn content(&self, query: &SurfaceQuery<'_>) -> Result<SurfaceContent, StoreError> {
        match (query.kind, query.carrier) {
            (SurfaceKind::State, carrier) => match carrier::find(carrier) {
                Some(carrier) => self.state(carrier, query.target).map(SurfaceContent::Rows),
                None => Ok(SurfaceContent::Unknown),
            },
            (SurfaceKind::AppendOnly, "ledger") => self.added_keys(query.attempt_id),
            (SurfaceKind::AppendOnly, "decision") => self.added_decisions(query.attempt_id),
            (SurfaceKind::AppendOnly, "failure_audit") => self.added_audits(query.attempt_id),
            (SurfaceKind::Catalogue, "dot_catalogue") => self.added_heads(query.attempt_id),
            // The table is there, and no column of it tells which attempt added a row.
            (SurfaceKind::AppendOnly, carrier) if carrier::find(carrier).is_some() => {
                Ok(SurfaceContent::Rows(Vec::new()))
            }
            (SurfaceKind::AppendOnly | SurfaceKind::Catalogue, _) => Ok(SurfaceContent::Unknown),
            (SurfaceKind::File, path) => content_hash(path).map(SurfaceContent::File),
        }
    }

    /// The rows of a carrier that concern a target, or all of a carrier that concerns every target.
    fn state(&self, carrier: &'static Carrier, target: &str) -> Result<Vec<Value>, StoreError> {
        let connection = &self.connection;
        let (object_type, object_ref) = target.split_once(':').unwrap_or_default();
        let mut rows = match carrier.target {
            Target::All => carriers::select(connection, carrier, "TRUE", [])?,
            Target::DotCode => {
                let condition = "r.dot_code = ?1 OR r.dot_code = '*'";
                carriers::select(connection, carrier, condition, [object_ref])?
            }
            Target::Object => {
                let condition = "r.object_type = ?1 AND r.object_ref = ?2";
                carriers::select(connection, carrier, condition, [object_type, object_ref])?
            }
            Target::Approval => {
                let condition = "r.approval_ref IN (SELECT a.row_key FROM approval AS a \
                                 WHERE a.object_type = ?1 AND a.object_ref = ?2)";
                carriers::select(connection, carrier, condition, [object_type, object_ref])?
            }
        };
        rows.sort_by(|one, other| one.row_key.cmp(&other.row_key));
        rows.into_iter()
            .map(|row| {
                let row = carriers::governed(row)?;
                Ok(json!({
                    "row_key": row.key(),
                    "row_hash": row.row_hash(),
                    "columns": row.columns(),
                }))
            })
            .collect()
    }

    fn added_keys(&self, attempt_id: Uuid) -> Result<SurfaceContent, StoreError> {
        let key = catalogue::consumed_key(&self.connection, &attempt_id)?;
        let rows = key.map(|key| {
            Ok(AddedRow {
                row_key: key.replay_key.to_string(),
                row_hash: key.row_hash().map_err(|source| {
                    catalogue::damaged("ledger", &key.replay_key.to_string(), source)
                })?,
                attempt_id: Some(key.attempt_id),
                transaction_id: key.transaction_id,
            })
        });
        write_set(rows.into_iter().collect::<Result<_, StoreError>>()?)
    }

    fn added_decisions(&self, attempt_id: Uuid) -> Result<SurfaceContent, StoreError> {
        let decision = catalogue::decision_row(&self.connection, &attempt_id)?;
        let rows = decision.map(|(row_key, row_hash, transaction_id)| AddedRow {
            row_key,
            row_hash,
            attempt_id: Some(attempt_id),
            transaction_id,
        });
        write_set(rows.into_iter().collect())
    }

    fn added_heads(&self, attempt_id: Uuid) -> Result<SurfaceContent, StoreError> {
        let heads = catalogue::heads(&self.connection, "attempt_id = ?1", [Sql(attempt_id)])?;
        let rows = heads.into_iter().map(|head| {
            Ok(AddedRow {
                row_hash: catalogue::hashed(&head)?,
                row_key: head.head.row_key,
                attempt_id: Some(head.head.attempt_id),
                transaction_id: head.transaction_id,
            })
        });
        write_set(rows.collect::<Result<_, StoreError>>()?)
    }

    /// The failure audits of an attempt; each is its own transaction's, told by its position.
    fn added_audits(&self, attempt_id: Uuid) -> Result<SurfaceContent, StoreError> {
        let mut statement = self
            .connection
            .prepare_cached(
                "SELECT position, failure_digest FROM failure_audit \
                 WHERE attempt_id = ?1 ORDER BY position",
            )
            .during("read the failure audits")?;
        let found = statement
            .query_map([Sql(attempt_id)], |row| {
                Ok((
                    row.get::<_, Sql<u64>>(0)?.0,
                    row.get::<_, Sql<Digest>>(1)?.0,
                ))
            })
            .and_then(Iterator::collect::<rusqlite::Result<Vec<_>>>)
            .during("read the failure audits")?;
        let rows = found.into_iter().map(|(position, failure_digest)| {
            let row_key = position.to_string();
            Ok(AddedRow {
                row_hash: rows::audit_hash(position, &attempt_id, &failure_digest)
                    .map_err(|source| catalogue::damaged("failure_audit", &row_key, source))?,
                row_key,
                attempt_id: Some(attempt_id),
                transaction_id: format!("position:{position}"),
            })
        });
        write_set(rows.collect::<Result<_, StoreError>>()?)
    }

    fn issuer(&self, principal: &str) -> Result<bool, StoreError> {
        let Some(carrier) = carrier::find("principal") else {
            return Ok(false);
        };
        let found = carriers::select(&self.connection, carrier, "r.principal = ?1", [principal])?;
        for row in found {
            let issues =
                row.is_active() && matches!(row.text("kind"), "human" | "service" | "team");
            carriers::governed(row)?;
            if issues {
                return Ok(true);
            }
        }
        Ok(false)
    }
}

#[expect(
    clippy::unnecessary_wraps,
    reason = "ends each surface's reading with the result that its reader returns"
)]
fn write_set(rows: Vec<AddedRow>) -> Result<SurfaceContent, StoreError> {
    Ok(SurfaceContent::WriteSet {
        provenance: PROVENANCE,
        rows,
    })
}

/// The content hash of a regular file; anything else is not opened, it might never end.
fn content_hash(path: &str) -> Result<Digest, StoreError> {
    const WHAT: &str = "read a protected file";
    if !std::fs::metadata(path).during(WHAT)?.is_file() {
        return Err(StoreError::Unstorable {
            what: WHAT,
            reason: format!("`{path}` is not a regular file"),
        });
    }
    let mut file = File::open(path).during(WHAT)?;
    let mut hasher = ContentHasher::new();
    let mut buffer = vec![0; 65_536];
    loop {
        let length = file.read(&mut buffer).during(WHAT)?;
        match buffer.get(..length) {
            Some([]) | None => return Ok(hasher.finish()),
            Some(bytes) => hasher.update(bytes),
        }
    }
}

impl SurfaceReader for ObserverReader {
    fn store_clock(&mut self) -> Result<Timestamp, PortError> {
        clock::now().map_err(|error| PortError::new("the store's clock", error))
    }

    fn manifests(&mut self) -> Result<Vec<FoundRow>, PortError> {
        self.active_manifests()
            .map_err(|error| PortError::new("the manifests", error))
    }

    fn surface(&mut self, query: &SurfaceQuery<'_>) -> Result<SurfaceContent, PortError> {
        self.content(query)
            .map_err(|error| PortError::new("a protected surface", error))
    }

    fn issuer_is_governed(&mut self, principal: &str) -> Result<bool, PortError> {
        self.issuer(principal)
            .map_err(|error| PortError::new("the manifest's issuer", error))
    }
}

impl BatchReader for ObserverReader {
    fn begin(&mut self) -> Result<(), PortError> {
        // A transaction that an earlier failure left open would show the past, and would keep every
        // later one from beginning.
        if !self.connection.is_autocommit() {
            let ended = self.connection.execute_batch("ROLLBACK");
            ended
                .during("end an earlier reading")
                .map_err(|error| PortError::new("the store", error))?;
        }
        // The first read fixes what the transaction sees; read at once, so that it sees what was
        // committed before this call and not before the first capture.
        self.connection
            .execute_batch("BEGIN; SELECT count(*) FROM authority_head;")
            .during("begin reading")
            .map_err(|error| PortError::new("the store", error))
    }

    fn end(&mut self) -> Result<(), PortError> {
        self.connection
            .execute_batch("COMMIT")
            .during("end reading")
            .map_err(|error| PortError::new("the store", error))
    }
}
