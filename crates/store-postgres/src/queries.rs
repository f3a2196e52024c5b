//! What people ask: an attempt by any of its names, the history of a code, the failure log.

use canonical::{Digest, Timestamp, Uuid};
use deadpool_postgres::Client;
use records::{AttemptKey, AttemptView, AuditRecord, DotHistory, HeadView, Records, ReportView};
use registrar::port::StoredAttempt;
use tokio_postgres::Row;

use crate::carriers::Parameters;
use crate::catalogue;
use crate::connection::Session;
use crate::error::StoreError;
use crate::packed;
use crate::registrar::read;
use crate::sql::{NonceKey, Sql, transaction_id};

/// The credential that reads for people.
#[derive(Clone, Debug)]
pub struct Reader {
    session: Session,
}

impl Reader {
    pub(crate) const fn new(session: Session) -> Self {
        Self { session }
    }

    fn attempts(
        &self,
        condition: &str,
        parameters: Parameters<'_>,
    ) -> Result<Vec<AttemptView>, StoreError> {
        const WHAT: &str = "read an attempt";
        self.session.try_run(WHAT, async |client| {
            let found = read::attempts(&self.session, client, condition, parameters).await?;
            let mut views = Vec::with_capacity(found.len());
            for attempt in found {
                let view = view(client, attempt).await;
                views.push(view.map_err(|error| self.session.failed(WHAT, error))?);
            }
            Ok(views)
        })
    }

    fn heads(&self, dot_code: &str) -> Result<Vec<HeadView>, StoreError> {
        let heads = self.session.try_run("read the catalogue", async |client| {
            catalogue::heads(&self.session, client, "h.dot_code = $1", &[&dot_code]).await
        });
        heads?
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

    fn records(
        &self,
        condition: &str,
        parameters: Parameters<'_>,
    ) -> Result<Vec<AuditRecord>, StoreError> {
        self.session.run("read the failure audits", async |client| {
            let text = format!(
                "SELECT position, attempt_id, failure_digest, dot_code, audit, answer, recorded_at \
                 FROM holdfast.failure_audit WHERE {condition}"
            );
            let statement = client.prepare_cached(&text).await?;
            let rows = client.query(&statement, parameters).await?;
            rows.iter().map(record).collect()
        })
    }

    fn one<T>(
        &self,
        text: &'static str,
        parameters: Parameters<'_>,
        read: impl FnOnce(&Row) -> Result<T, tokio_postgres::Error>,
    ) -> Result<Option<T>, StoreError> {
        self.session
            .run("read an attempt's documents", async |client| {
                let statement = client.prepare_cached(text).await?;
                let row = client.query_opt(&statement, parameters).await?;
                row.as_ref().map(read).transpose()
            })
    }
}

impl Records for Reader {
    type Error = StoreError;

    fn attempt(&self, key: AttemptKey<'_>) -> Result<Option<AttemptView>, StoreError> {
        let mut found = match key {
            AttemptKey::Nonce(nonce) => match NonceKey::of(nonce) {
                Some(key) => self.attempts(read::BY_NONCE, &[&key.0.as_slice()])?,
                None => Vec::new(),
            },
            AttemptKey::ReplayKey(key) => self.attempts(read::BY_REPLAY_KEY, &[&Sql(key)])?,
            AttemptKey::AttemptId(id) => self.attempts(read::BY_ID, &[&Sql(id)])?,
        };
        Ok(found.pop())
    }

    fn history(&self, dot_code: &str, limit: u32) -> Result<DotHistory, StoreError> {
        let (target, limit) = (format!("dot:{dot_code}"), i64::from(limit));
        let mut attempts = self.attempts(
            "a.target = $1 ORDER BY a.opened_at DESC, a.attempt_id DESC LIMIT $2",
            &[&target, &limit],
        )?;
        attempts.reverse();
        let mut failures = self.records(
            "dot_code = $1 ORDER BY position DESC LIMIT $2",
            &[&dot_code, &limit],
        )?;
        failures.reverse();
        Ok(DotHistory {
            heads: self.heads(dot_code)?,
            attempts,
            failures,
        })
    }

    fn audits(&self, after: u64, limit: u32) -> Result<Vec<AuditRecord>, StoreError> {
        self.records(
            "position > $1 ORDER BY position LIMIT $2",
            &[&Sql(after), &i64::from(limit)],
        )
    }

    fn audits_of_attempt(&self, attempt_id: &Uuid) -> Result<Vec<AuditRecord>, StoreError> {
        self.records("attempt_id = $1 ORDER BY position", &[&Sql(*attempt_id)])
    }

    fn audit_count(&self) -> Result<u64, StoreError> {
        self.session
            .run("count the failure audits", async |client| {
                let text = "SELECT coalesce(max(position), 0) FROM holdfast.failure_audit";
                let statement = client.prepare_cached(text).await?;
                let row = client.query_one(&statement, &[]).await?;
                row.try_get::<_, Sql<u64>>(0).map(|count| count.0)
            })
    }

    fn snapshot(&self, attempt_id: &Uuid, phase: &str) -> Result<Option<Vec<u8>>, StoreError> {
        let stored = self.one(
            "SELECT bytes FROM holdfast.snapshot WHERE attempt_id = $1 AND phase = $2",
            &[&Sql(*attempt_id), &phase],
            |row| row.try_get::<_, Vec<u8>>(0),
        )?;
        stored.map(|bytes| packed::unpack(&bytes)).transpose()
    }

    fn report(&self, attempt_id: &Uuid) -> Result<Option<ReportView>, StoreError> {
        let stored = self.one(
            "SELECT report, verdict_after FROM holdfast.verification_report WHERE attempt_id = $1",
            &[&Sql(*attempt_id)],
            |row| Ok((row.try_get(0)?, row.try_get::<_, Vec<u8>>(1)?)),
        )?;
        let view = stored.map(|(report, verdict)| {
            Ok(ReportView {
                report,
                verdict_after: packed::unpack(&verdict)?,
            })
        });
        view.transpose()
    }

    fn evidence(&self, attempt_id: &Uuid) -> Result<Option<Vec<u8>>, StoreError> {
        let stored = self.one(
            "SELECT frame FROM holdfast.evidence WHERE attempt_id = $1 \
             UNION ALL SELECT evidence FROM holdfast.failure_audit \
             WHERE attempt_id = $1 AND evidence IS NOT NULL LIMIT 1",
            &[&Sql(*attempt_id)],
            |row| row.try_get::<_, Vec<u8>>(0),
        )?;
        stored.map(|bytes| packed::unpack(&bytes)).transpose()
    }
}

async fn view(
    client: &Client,
    attempt: StoredAttempt,
) -> Result<AttemptView, tokio_postgres::Error> {
    const TEXT: &str = "SELECT a.run_id, a.attempt_no, a.expires_at, a.closed_at, \
           l.writer_txid::text \
         FROM holdfast.attempt AS a LEFT JOIN holdfast.ledger AS l ON l.attempt_id = a.attempt_id \
         WHERE a.attempt_id = $1";
    let statement = client.prepare_cached(TEXT).await?;
    let row = client
        .query_one(&statement, &[&Sql(attempt.attempt_id)])
        .await?;
    let closed_at: Option<Sql<Timestamp>> = row.try_get(3)?;
    let txid: Option<&str> = row.try_get(4)?;
    Ok(AttemptView {
        run_id: row.try_get(0)?,
        attempt_no: row.try_get::<_, Sql<u64>>(1)?.0,
        expires_at: row.try_get::<_, Sql<Timestamp>>(2)?.0,
        closed_at: closed_at.map(|at| at.0),
        transaction_id: txid.map(transaction_id),
        attempt,
    })
}

fn record(row: &Row) -> Result<AuditRecord, tokio_postgres::Error> {
    Ok(AuditRecord {
        position: row.try_get::<_, Sql<u64>>(0)?.0,
        attempt_id: row.try_get::<_, Sql<Uuid>>(1)?.0,
        failure_digest: row.try_get::<_, Sql<Digest>>(2)?.0,
        dot_code: row.try_get(3)?,
        audit: row.try_get(4)?,
        answer: row.try_get(5)?,
        recorded_at: row.try_get::<_, Sql<Timestamp>>(6)?.0,
    })
}
