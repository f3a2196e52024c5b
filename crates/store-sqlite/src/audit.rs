//! The failure-audit sink: closes the attempt and appends the record, together or not at all.

use std::sync::Arc;

use authority::carrier;
use canonical::{Timestamp, Uuid};
use registrar::port::{FailureRecord, FailureSink, Fence, PortError, RecordAnswer};
use rusqlite::{Connection, OptionalExtension, params};
use serde_json::{Value, json};

use crate::carriers;
use crate::catalogue::members;
use crate::clock;
use crate::crash::crash_point;
use crate::error::{During, StoreError, registrar_error};
use crate::registrar::read;
use crate::sql::Sql;

/// Who places a hold after a failed verification, in the hold's row.
const WRITTEN_BY: &str = "audit-writer";

/// A connection that closes attempts as aborted and appends failure audits, and nothing else but
/// the hold that a failed verification asks for.
#[derive(Debug)]
pub struct AuditWriter {
    connection: Connection,
}

impl AuditWriter {
    pub(crate) const fn new(connection: Connection) -> Self {
        Self { connection }
    }

    fn record_all(&self, records: &[FailureRecord]) -> Result<Vec<RecordAnswer>, StoreError> {
        execute(&self.connection, "BEGIN IMMEDIATE")?;
        crash_point("audit.before_insert");
        let answers = clock::now().and_then(|now| {
            records
                .iter()
                .map(|record| self.record_one(record, now))
                .collect::<Result<Vec<_>, _>>()
        });
        crash_point("audit.before_commit");
        let answers = answers.and_then(|answers| {
            execute(&self.connection, "COMMIT")?;
            Ok(answers)
        });
        if answers.is_err() && !self.connection.is_autocommit() {
            execute(&self.connection, "ROLLBACK")?;
        }
        crash_point("audit.after_commit");
        answers
    }

    fn record_one(
        &self,
        record: &FailureRecord,
        now: Timestamp,
    ) -> Result<RecordAnswer, StoreError> {
        if let Some(position) = self.position(record)? {
            return Ok(RecordAnswer::AlreadyRecorded { position });
        }
        if let Some(fence) = record.abort
            && !self.abort(record, fence, now)?
        {
            return self.not_open(&record.attempt_id);
        }
        let position = self.append(record, now)?;
        if let Some(target) = &record.hold_target {
            self.hold(target, &record.attempt_id, now)?;
        }
        Ok(RecordAnswer::Recorded { position })
    }

    fn position(&self, record: &FailureRecord) -> Result<Option<u64>, StoreError> {
        self.connection
            .prepare_cached(
                "SELECT position FROM failure_audit \
                 WHERE attempt_id = ?1 AND failure_digest = ?2",
            )
            .and_then(|mut statement| {
                statement
                    .query_row(
                        params![Sql(record.attempt_id), Sql(record.failure_digest)],
                        |row| row.get::<_, Sql<u64>>(0),
                    )
                    .optional()
            })
            .during("look for a failure audit")
            .map(|found| found.map(|position| position.0))
    }

    /// The fence: a conditional update under the write lock, never a look at the state before it.
    fn abort(
        &self,
        record: &FailureRecord,
        fence: Fence,
        now: Timestamp,
    ) -> Result<bool, StoreError> {
        let aborted = self
            .connection
            .prepare_cached(
                "UPDATE attempt SET state = 'aborted', failure_digest = ?1, closed_at = ?2 \
                 WHERE attempt_id = ?3 AND state = 'reserved' \
                   AND (?4 IS NULL OR owner_token = ?4) AND (?5 IS NULL OR epoch = ?5)",
            )
            .and_then(|mut statement| {
                statement.execute(params![
                    Sql(record.failure_digest),
                    Sql(now),
                    Sql(record.attempt_id),
                    fence.owner_token.map(Sql),
                    fence.epoch.map(Sql),
                ])
            })
            .during("abort an attempt")?;
        Ok(aborted == 1)
    }

    fn not_open(&self, attempt_id: &Uuid) -> Result<RecordAnswer, StoreError> {
        read::attempt(&self.connection, read::BY_ID, [Sql(*attempt_id)])?
            .map(|attempt| RecordAnswer::NotOpen(Box::new(attempt)))
            .ok_or_else(|| StoreError::Unstorable {
                what: "abort an attempt",
                reason: format!("there is no attempt `{attempt_id}`"),
            })
    }

    fn append(&self, record: &FailureRecord, now: Timestamp) -> Result<u64, StoreError> {
        self.connection
            .prepare_cached(
                "INSERT INTO failure_audit \
                 (attempt_id, failure_digest, dot_code, audit, answer, recorded_at, evidence) \
                 VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7) RETURNING position",
            )
            .and_then(|mut statement| {
                statement.query_row(
                    params![
                        Sql(record.attempt_id),
                        Sql(record.failure_digest),
                        dot_code_of(&record.audit),
                        record.audit,
                        record.answer,
                        Sql(now),
                        record.evidence,
                    ],
                    |row| row.get::<_, Sql<u64>>(0),
                )
            })
            .during("append a failure audit")
            .map(|position| position.0)
    }

    /// Places the hold that stays until an owner releases it; one for each attempt.
    fn hold(&self, target: &str, attempt_id: &Uuid, now: Timestamp) -> Result<(), StoreError> {
        let Some(carrier) = carrier::find("hold_event") else {
            return Ok(());
        };
        let row_key = format!("hold/{attempt_id}");
        if carriers::by_key(&self.connection, carrier, &row_key)?.is_some() {
            return Ok(());
        }
        let dot_code = target.split_once(':').map_or(target, |(_, code)| code);
        let columns = members(json!({
            "dot_code": dot_code,
            "kind": "hold",
            "reason": format!("verification of attempt {attempt_id} failed"),
            "issued_at": now,
            "written_by": WRITTEN_BY,
            "lifecycle_status": "active",
            "supersedes": null,
        }));
        carriers::insert(&self.connection, carrier, &row_key, &columns)?;
        Ok(())
    }

    /// Whether a record could be appended now: one is, and taken back.
    pub(crate) fn probe(&self) -> Result<(), StoreError> {
        let record = FailureRecord {
            attempt_id: Uuid::from_bytes([0; 16]),
            failure_digest: canonical::Digest::UNSEALED,
            audit: Vec::new(),
            answer: Vec::new(),
            evidence: None,
            abort: None,
            hold_target: None,
        };
        execute(&self.connection, "BEGIN IMMEDIATE")?;
        let appended = clock::now().and_then(|now| self.append(&record, now));
        if !self.connection.is_autocommit() {
            execute(&self.connection, "ROLLBACK")?;
        }
        appended.map(|_| ())
    }
}

impl FailureSink for AuditWriter {
    fn record(&mut self, records: Vec<FailureRecord>) -> Result<Vec<RecordAnswer>, PortError> {
        self.record_all(&records)
            .map_err(|error| registrar_error(Arc::new(error)))
    }
}

/// The code that a failure audit names, for finding it again; none where it names none.
fn dot_code_of(audit: &[u8]) -> Option<String> {
    let audit: Value = serde_json::from_slice(audit).ok()?;
    audit.get("dot_code")?.as_str().map(str::to_owned)
}

fn execute(connection: &Connection, statement: &'static str) -> Result<(), StoreError> {
    connection
        .prepare_cached(statement)
        .and_then(|mut statement| statement.execute([]))
        .during("run a transaction")?;
    Ok(())
}
