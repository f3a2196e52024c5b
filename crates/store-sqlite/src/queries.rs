//! What people ask: an attempt by any of its names, the history of a code, the failure log.

use canonical::{Digest, Timestamp, Uuid};
use records::{AttemptKey, AttemptView, AuditRecord, DotHistory, HeadView, Records, ReportView};
use registrar::port::StoredAttempt;
use rusqlite::{Connection, OptionalExtension, Params, Row, params};

use crate::catalogue;
use crate::error::{During, StoreError};
use crate::registrar::read;
use crate::resolver::Reader;
use crate::sql::{NonceKey, Sql, transaction_id};

impl Reader {
    /// The attempt of this name.
    pub fn attempt(&self, key: AttemptKey<'_>) -> Result<Option<AttemptView>, StoreError> {
        let connection = &self.connection;
        let attempt = match key {
            AttemptKey::Nonce(nonce) => match NonceKey::of(nonce) {
                Some(nonce) => read::attempt(connection, read::BY_NONCE, [nonce])?,
                None => None,
            },
            AttemptKey::ReplayKey(key) => {
                read::attempt(connection, read::BY_REPLAY_KEY, [Sql(key)])?
            }
            AttemptKey::AttemptId(id) => read::attempt(connection, read::BY_ID, [Sql(id)])?,
        };
        attempt.map(|attempt| view(connection, attempt)).transpose()
    }

    /// The code's heads, and its newest attempts and failures, at most `limit` of each, in order.
    pub fn history(&self, dot_code: &str, limit: u32) -> Result<DotHistory, StoreError> {
        let connection = &self.connection;
        let attempts = read::attempts(
            connection,
            "a.target = ?1 ORDER BY a.opened_at DESC, a.attempt_id DESC LIMIT ?2",
            params![format!("dot:{dot_code}"), limit],
        )?;
        let mut failures = records(
            connection,
            "dot_code = ?1 ORDER BY position DESC LIMIT ?2",
            params![dot_code, limit],
        )?;
        failures.reverse();
        Ok(DotHistory {
            heads: self.heads(dot_code)?,
            attempts: attempts
                .into_iter()
                .rev()
                .map(|attempt| view(connection, attempt))
                .collect::<Result<_, _>>()?,
            failures,
        })
    }

    /// The failure log after a position, in order; begin after 0.
    pub fn audits(&self, after: u64, limit: u32) -> Result<Vec<AuditRecord>, StoreError> {
        records(
            &self.connection,
            "position > ?1 ORDER BY position LIMIT ?2",
            params![Sql(after), limit],
        )
    }

    /// The failures of an attempt, in order.
    pub fn audits_of_attempt(&self, attempt_id: &Uuid) -> Result<Vec<AuditRecord>, StoreError> {
        records(
            &self.connection,
            "attempt_id = ?1 ORDER BY position",
            [Sql(*attempt_id)],
        )
    }

    /// How many failures are in the log; the position of the last one.
    pub fn audit_count(&self) -> Result<u64, StoreError> {
        self.connection
            .query_row(
                "SELECT coalesce(max(position), 0) FROM failure_audit",
                [],
                |row| row.get::<_, Sql<u64>>(0),
            )
            .during("count the failure audits")
            .map(|count| count.0)
    }

    /// The snapshot of an attempt's phase, `before` or `after`.
    pub fn snapshot(&self, attempt_id: &Uuid, phase: &str) -> Result<Option<Vec<u8>>, StoreError> {
        one(
            &self.connection,
            "SELECT bytes FROM snapshot WHERE attempt_id = ?1 AND phase = ?2",
            params![Sql(*attempt_id), phase],
            |row| row.get(0),
        )
    }

    /// The verification report of an attempt.
    pub fn report(&self, attempt_id: &Uuid) -> Result<Option<ReportView>, StoreError> {
        one(
            &self.connection,
            "SELECT report, verdict_after FROM verification_report WHERE attempt_id = ?1",
            [Sql(*attempt_id)],
            |row| {
                Ok(ReportView {
                    report: row.get(0)?,
                    verdict_after: row.get(1)?,
                })
            },
        )
    }

    /// The frame of envelopes that led to an attempt's reservation, or to its refusal before one.
    pub fn evidence(&self, attempt_id: &Uuid) -> Result<Option<Vec<u8>>, StoreError> {
        one(
            &self.connection,
            "SELECT frame FROM evidence WHERE attempt_id = ?1 \
             UNION ALL SELECT evidence FROM failure_audit \
             WHERE attempt_id = ?1 AND evidence IS NOT NULL",
            [Sql(*attempt_id)],
            |row| row.get(0),
        )
    }

    fn heads(&self, dot_code: &str) -> Result<Vec<HeadView>, StoreError> {
        catalogue::heads(&self.connection, "dot_code = ?1", [dot_code])?
            .into_iter()
            .map(|head| {
                Ok(HeadView {
                    columns: head.columns(),
                    row_hash: catalogue::hashed(&head)?,
                    row_key: head.head.row_key,
                    status: head.status,
                    attempt_id: head.head.attempt_id,
                    transaction_id: head.transaction_id,
                    retirement_ref: head.retirement_ref,
                })
            })
            .collect()
    }
}

impl Records for Reader {
    type Error = StoreError;

    fn attempt(&self, key: AttemptKey<'_>) -> Result<Option<AttemptView>, StoreError> {
        Self::attempt(self, key)
    }

    fn history(&self, dot_code: &str, limit: u32) -> Result<DotHistory, StoreError> {
        Self::history(self, dot_code, limit)
    }

    fn audits(&self, after: u64, limit: u32) -> Result<Vec<AuditRecord>, StoreError> {
        Self::audits(self, after, limit)
    }

    fn audits_of_attempt(&self, attempt_id: &Uuid) -> Result<Vec<AuditRecord>, StoreError> {
        Self::audits_of_attempt(self, attempt_id)
    }

    fn audit_count(&self) -> Result<u64, StoreError> {
        Self::audit_count(self)
    }

    fn snapshot(&self, attempt_id: &Uuid, phase: &str) -> Result<Option<Vec<u8>>, StoreError> {
        Self::snapshot(self, attempt_id, phase)
    }

    fn report(&self, attempt_id: &Uuid) -> Result<Option<ReportView>, StoreError> {
        Self::report(self, attempt_id)
    }

    fn evidence(&self, attempt_id: &Uuid) -> Result<Option<Vec<u8>>, StoreError> {
        Self::evidence(self, attempt_id)
    }
}

fn view(connection: &Connection, attempt: StoredAttempt) -> Result<AttemptView, StoreError> {
    connection
        .prepare_cached(
            "SELECT a.run_id, a.attempt_no, a.expires_at, a.closed_at, l.writer_ordinal \
             FROM attempt AS a LEFT JOIN ledger AS l ON l.attempt_id = a.attempt_id \
             WHERE a.attempt_id = ?1",
        )
        .and_then(|mut statement| {
            statement.query_row([Sql(attempt.attempt_id)], |row| {
                let closed_at: Option<Sql<Timestamp>> = row.get(3)?;
                let ordinal: Option<i64> = row.get(4)?;
                Ok(AttemptView {
                    run_id: row.get(0)?,
                    attempt_no: row.get::<_, Sql<u64>>(1)?.0,
                    expires_at: row.get::<_, Sql<Timestamp>>(2)?.0,
                    closed_at: closed_at.map(|at| at.0),
                    transaction_id: ordinal.map(transaction_id),
                    attempt: attempt.clone(),
                })
            })
        })
        .during("read an attempt")
}

fn records(
    connection: &Connection,
    condition: &str,
    parameters: impl Params,
) -> Result<Vec<AuditRecord>, StoreError> {
    let text = format!(
        "SELECT position, attempt_id, failure_digest, dot_code, audit, answer, recorded_at \
         FROM failure_audit WHERE {condition}"
    );
    let mut statement = connection
        .prepare_cached(&text)
        .during("read the failure audits")?;
    statement
        .query_map(parameters, record)
        .and_then(Iterator::collect)
        .during("read the failure audits")
}

fn record(row: &Row<'_>) -> rusqlite::Result<AuditRecord> {
    Ok(AuditRecord {
        position: row.get::<_, Sql<u64>>(0)?.0,
        attempt_id: row.get::<_, Sql<Uuid>>(1)?.0,
        failure_digest: row.get::<_, Sql<Digest>>(2)?.0,
        dot_code: row.get(3)?,
        audit: row.get(4)?,
        answer: row.get(5)?,
        recorded_at: row.get::<_, Sql<Timestamp>>(6)?.0,
    })
}

fn one<T>(
    connection: &Connection,
    text: &str,
    parameters: impl Params,
    read: impl FnOnce(&Row<'_>) -> rusqlite::Result<T>,
) -> Result<Option<T>, StoreError> {
    connection
        .prepare_cached(text)
        .and_then(|mut statement| statement.query_row(parameters, read).optional())
        .during("read an attempt's documents")
}
