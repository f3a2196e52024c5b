//! The failure-audit sink: one function of the owner closes the attempt and appends the record,
//! together or not at all.

use std::sync::Arc;

use canonical::{Digest, Timestamp, Uuid};
use deadpool_postgres::Client;
use registrar::port::{FailureRecord, FailureSink, PortError, RecordAnswer};
use serde_json::{Map, Value, json};

use crate::clock;
use crate::connection::Session;
use crate::crash::crash_point;
use crate::error::StoreError;
use crate::governed;
use crate::packed;
use crate::registrar::{read, registrar_error};
use crate::retry::asked_again;
use crate::sql::Sql;

const WHAT: &str = "record a failure";

const STATEMENT: &str = "SELECT outcome, at_position \
     FROM holdfast.record_failure($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)";

/// A credential that records failures and can do nothing else.
#[derive(Clone, Debug)]
pub struct AuditWriter {
    session: Session,
}

impl AuditWriter {
    pub(crate) const fn new(session: Session) -> Self {
        Self { session }
    }

    /// Records one failure, in a transaction of its own that waits for the disk.
    async fn record_one(
        &self,
        client: &Client,
        record: &FailureRecord,
    ) -> Result<RecordAnswer, StoreError> {
        let failed = |error| self.session.failed(WHAT, error);
        let hold = match &record.hold_target {
            Some(target) => {
                let now = clock::read(client).await.map_err(failed)?;
                Some(self.hold(target, &record.attempt_id, now)?)
            }
            None => None,
        };
        let (hold, hold_hash) = hold.unzip();
        let evidence = record.evidence.as_deref().map(packed::pack).transpose()?;
        let fence = record.abort;
        let statement = client.prepare_cached(STATEMENT).await.map_err(failed)?;
        crash_point("audit.before_insert");
        let row = client
            .query_one(
                &statement,
                &[
                    &Sql(record.attempt_id),
                    &Sql(record.failure_digest),
                    &dot_code_of(&record.audit),
                    &record.audit,
                    &record.answer,
                    &evidence,
                    &fence.is_some(),
                    &fence.and_then(|fence| fence.owner_token).map(Sql),
                    &fence.and_then(|fence| fence.epoch).map(Sql),
                    &hold,
                    &hold_hash.map(Sql::<Digest>),
                ],
            )
            .await
            .map_err(failed)?;
        crash_point("audit.after_commit");
        let position = row.try_get::<_, Option<Sql<u64>>>(1).map_err(failed)?;
        match (row.try_get(0).map_err(failed)?, position) {
            ("recorded", Some(Sql(position))) => Ok(RecordAnswer::Recorded { position }),
            ("already_recorded", Some(Sql(position))) => {
                Ok(RecordAnswer::AlreadyRecorded { position })
            }
            _ => self.not_open(client, &record.attempt_id).await,
        }
    }

    /// The attempt that could not be closed, read after the conditional update and never before.
    async fn not_open(
        &self,
        client: &Client,
        attempt_id: &Uuid,
    ) -> Result<RecordAnswer, StoreError> {
        let id = Sql(*attempt_id);
        read::attempt(&self.session, client, read::BY_ID, &[&id])
            .await?
            .map(|attempt| RecordAnswer::NotOpen(Box::new(attempt)))
            .ok_or_else(|| StoreError::Unstorable {
                what: "abort an attempt",
                reason: format!("there is no attempt `{attempt_id}`"),
            })
    }

    /// The hold that stays until an owner releases it; one for each attempt.
    fn hold(
        &self,
        target: &str,
        attempt_id: &Uuid,
        now: Timestamp,
    ) -> Result<(String, Digest), StoreError> {
        let columns = json!({
            "dot_code": read::dot_code(target),
            "kind": "hold",
            "reason": format!("verification of attempt {attempt_id} failed"),
            "issued_at": now,
            "written_by": format!("db_role:{}", self.session.login()),
            "lifecycle_status": "active",
            "supersedes": null,
        });
        let columns: Map<String, Value> = match columns {
            Value::Object(columns) => columns,
            _ => Map::new(),
        };
        governed::text_and_hash("hold_event", &format!("hold/{attempt_id}"), &columns)
    }
}

impl FailureSink for AuditWriter {
    fn record(&mut self, records: Vec<FailureRecord>) -> Result<Vec<RecordAnswer>, PortError> {
        // Asked again, a record that was made after all answers as made already.
        let recorded = asked_again(|| {
            self.session.try_run(WHAT, async |client| {
                let mut answers = Vec::with_capacity(records.len());
                for record in &records {
                    answers.push(self.record_one(client, record).await?);
                }
                Ok(answers)
            })
        });
        recorded.map_err(|error| registrar_error(Arc::new(error)))
    }
}

/// The code that a failure audit names, for finding it again; none where it names none.
fn dot_code_of(audit: &[u8]) -> Option<String> {
    let audit: Value = serde_json::from_slice(audit).ok()?;
    audit.get("dot_code")?.as_str().map(str::to_owned)
}
