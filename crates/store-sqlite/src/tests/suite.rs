//! The suite that every store passes, on a file of its own for each case.

use std::sync::Arc;

use canonical::{Identifier, Uuid};
use rusqlite::Connection;
use store_suite::{
    AttemptName, Fires, HistoryReader, RecordedAttempt, RecordedFailure, RecordedHead,
    StoreUnderTest, Tampering, store_suite,
};
use tempfile::TempDir;

use crate::sql::Sql;
use crate::{
    AttemptKey, AttemptView, AuditRecord, AuditWriter, AuthorityConnection, GateFacts,
    GroupOptions, GroupWriter, ObserverReader, Reader, RegistrarConnection, SnapshotWriter, Store,
    VerifierConnection,
};

store_suite!(SqliteUnderTest::fresh);

/// One file in a directory of its own, and the one writer of a process.
struct SqliteUnderTest {
    directory: Arc<TempDir>,
    store: Store,
    writer: GroupWriter,
}

impl SqliteUnderTest {
    fn fresh() -> Self {
        Self::within(Arc::new(tempfile::tempdir().unwrap()))
    }

    fn within(directory: Arc<TempDir>) -> Self {
        let store = Store::create(directory.path().join("store.db")).unwrap();
        let writer = store.group_writer(GroupOptions::default()).unwrap();
        Self {
            directory,
            store,
            writer,
        }
    }
}

impl StoreUnderTest for SqliteUnderTest {
    type Authority = AuthorityConnection;
    type Owners = Reader;
    type Admissions = Reader;
    type Registrar = RegistrarConnection;
    type Failures = AuditWriter;
    type Observer = ObserverReader;
    type Snapshots = SnapshotWriter;
    type Verifier = VerifierConnection;
    type Gate = GateFacts;
    type History = Reader;

    fn authority(&self) -> AuthorityConnection {
        let writer = Identifier::try_from(self.recorded_writer()).unwrap();
        self.store.authority(writer).unwrap()
    }

    fn recorded_writer(&self) -> String {
        "principal/authority".to_owned()
    }

    fn owners(&self) -> Reader {
        self.store.reader().unwrap()
    }

    fn admissions(&self) -> Reader {
        self.store.reader().unwrap()
    }

    fn registrar(&self) -> RegistrarConnection {
        self.store.registrar(&self.writer).unwrap()
    }

    fn failures(&self) -> AuditWriter {
        self.store.audit_writer().unwrap()
    }

    fn observer(&self) -> ObserverReader {
        self.store.observer_reader().unwrap()
    }

    fn snapshots(&self) -> SnapshotWriter {
        self.store.snapshot_writer().unwrap()
    }

    fn verifier(&self) -> VerifierConnection {
        self.store.verifier().unwrap()
    }

    fn gate(&self) -> GateFacts {
        GateFacts::new(&self.store, true, None).unwrap()
    }

    fn history(&self) -> Reader {
        self.store.reader().unwrap()
    }

    fn reopened(&self) -> Self {
        Self::within(Arc::clone(&self.directory))
    }

    fn tamper(&self, tampering: Tampering<'_>) {
        let raw = Connection::open(self.store.path()).unwrap();
        match tampering {
            Tampering::AuthorityRow {
                carrier,
                row_key,
                column,
                text,
            } => unguarded(&raw, &format!("{carrier}_is_never_changed"), |raw| {
                let update = format!("UPDATE {carrier} SET {column} = ?1 WHERE row_key = ?2");
                raw.execute(&update, [text, row_key])
            }),
            Tampering::HeadSize {
                row_key,
                size_bytes,
            } => unguarded(&raw, "dot_catalogue_is_only_retired", |raw| {
                let update = "UPDATE dot_catalogue SET size_bytes = ?1 WHERE row_key = ?2";
                raw.execute(update, (size_bytes, row_key))
            }),
            Tampering::OpenedLater { attempt_id } => {
                unguarded(&raw, "attempt_is_closed_once", |raw| {
                    let update = "UPDATE attempt SET opened_at = opened_at + 60000000 \
                                  WHERE attempt_id = ?1";
                    raw.execute(update, [Sql(attempt_id)])
                });
            }
            Tampering::ForeignTrigger { name, fires } => {
                let when = match fires {
                    Fires::OnActive => "UPDATE ON dot_catalogue WHEN NEW.status = 'active'",
                    Fires::OnEveryInsert => "INSERT ON dot_catalogue",
                };
                let made = format!("CREATE TRIGGER {name} AFTER {when} BEGIN SELECT 1; END");
                raw.execute_batch(&made).unwrap();
            }
            Tampering::AuditSinkAway => raw
                .execute_batch("ALTER TABLE failure_audit RENAME TO elsewhere")
                .unwrap(),
        }
    }
}

/// Changes one row with a trigger out of the way that would refuse it.
fn unguarded(
    raw: &Connection,
    guard: &str,
    change: impl FnOnce(&Connection) -> rusqlite::Result<usize>,
) {
    let text: String = raw
        .query_row(
            "SELECT sql FROM sqlite_schema WHERE type = 'trigger' AND name = ?1",
            [guard],
            |row| row.get(0),
        )
        .unwrap();
    raw.execute_batch(&format!("DROP TRIGGER {guard}")).unwrap();
    assert_eq!(change(raw).unwrap(), 1);
    raw.execute_batch(&text).unwrap();
}

impl HistoryReader for Reader {
    fn attempt(&mut self, name: AttemptName<'_>) -> Option<RecordedAttempt> {
        let key = match name {
            AttemptName::Nonce(nonce) => AttemptKey::Nonce(nonce),
            AttemptName::ReplayKey(key) => AttemptKey::ReplayKey(key),
            AttemptName::AttemptId(id) => AttemptKey::AttemptId(id),
        };
        Self::attempt(self, key).unwrap().map(attempt)
    }

    fn heads(&mut self, dot_code: &str) -> Vec<RecordedHead> {
        let heads = self.history(dot_code, 0).unwrap().heads;
        let head = |view: crate::HeadView| RecordedHead {
            row_key: view.row_key,
            status: view.status,
            row_hash: view.row_hash,
            attempt_id: view.attempt_id,
            transaction_id: view.transaction_id,
            retirement_ref: view.retirement_ref,
        };
        heads.into_iter().map(head).collect()
    }

    fn attempts(&mut self, dot_code: &str, limit: u32) -> Vec<RecordedAttempt> {
        let views = self.history(dot_code, limit).unwrap().attempts;
        views.into_iter().map(attempt).collect()
    }

    fn failures(&mut self, dot_code: &str, limit: u32) -> Vec<RecordedFailure> {
        let records = self.history(dot_code, limit).unwrap().failures;
        records.into_iter().map(failure).collect()
    }

    fn audits(&mut self, after: u64, limit: u32) -> Vec<RecordedFailure> {
        let records = Self::audits(self, after, limit).unwrap();
        records.into_iter().map(failure).collect()
    }

    fn audits_of_attempt(&mut self, attempt_id: &Uuid) -> Vec<RecordedFailure> {
        let records = Self::audits_of_attempt(self, attempt_id).unwrap();
        records.into_iter().map(failure).collect()
    }

    fn audit_count(&mut self) -> u64 {
        Self::audit_count(self).unwrap()
    }

    fn snapshot(&mut self, attempt_id: &Uuid, phase: &str) -> Option<Vec<u8>> {
        Self::snapshot(self, attempt_id, phase).unwrap()
    }

    fn report(&mut self, attempt_id: &Uuid) -> Option<(Vec<u8>, Vec<u8>)> {
        let view = Self::report(self, attempt_id).unwrap();
        view.map(|view| (view.report, view.verdict_after))
    }

    fn evidence(&mut self, attempt_id: &Uuid) -> Option<Vec<u8>> {
        Self::evidence(self, attempt_id).unwrap()
    }
}

fn attempt(view: AttemptView) -> RecordedAttempt {
    RecordedAttempt {
        attempt: view.attempt,
        run_id: view.run_id,
        attempt_no: view.attempt_no,
        expires_at: view.expires_at,
        closed_at: view.closed_at,
        transaction_id: view.transaction_id,
    }
}

fn failure(record: AuditRecord) -> RecordedFailure {
    RecordedFailure {
        position: record.position,
        attempt_id: record.attempt_id,
        failure_digest: record.failure_digest,
        dot_code: record.dot_code,
        audit: record.audit,
        answer: record.answer,
        recorded_at: record.recorded_at,
    }
}
