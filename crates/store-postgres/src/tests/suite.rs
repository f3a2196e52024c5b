//! The suite that every store passes, on a database of its own for each case.

use std::sync::Arc;

use ::batching::BatchOptions;
use canonical::Uuid;
use postgres_lab::postgres::Client;
use records::{AttemptKey, AttemptView, AuditRecord, Records};
use store_suite::{
    AttemptName, Fires, HistoryReader, RecordedAttempt, RecordedFailure, RecordedHead,
    StoreUnderTest, Tampering, store_suite,
};

use super::fixture::Fixture;
use crate::{
    AdmissionConnection, AuditWriter, AuthorityConnection, GateFacts, ObserverReader,
    OwnerConnection, Reader, RegistrarConnection, RegistrarWriter, SnapshotWriter, Store,
    VerifierConnection,
};

store_suite!(PostgresUnderTest::fresh);

/// One database, and the one writer of a process.
struct PostgresUnderTest {
    fixture: Arc<Fixture>,
    store: Store,
    writer: RegistrarWriter,
}

impl PostgresUnderTest {
    fn fresh() -> Self {
        let fixture = Arc::new(Fixture::fresh());
        Self::of(Arc::clone(&fixture), fixture.store.clone())
    }

    fn of(fixture: Arc<Fixture>, store: Store) -> Self {
        let writer = store.registrar_writer(BatchOptions::default()).unwrap();
        Self {
            fixture,
            store,
            writer,
        }
    }
}

impl StoreUnderTest for PostgresUnderTest {
    type Authority = AuthorityConnection;
    type Owners = OwnerConnection;
    type Admissions = AdmissionConnection;
    type Registrar = RegistrarConnection;
    type Failures = AuditWriter;
    type Observer = ObserverReader;
    type Snapshots = SnapshotWriter;
    type Verifier = VerifierConnection;
    type Gate = GateFacts;
    type History = Reader;

    fn authority(&self) -> AuthorityConnection {
        self.store.authority().unwrap()
    }

    fn recorded_writer(&self) -> String {
        self.store.authority().unwrap().written_by()
    }

    fn owners(&self) -> OwnerConnection {
        self.store.owners().unwrap()
    }

    fn admissions(&self) -> AdmissionConnection {
        self.store.admissions().unwrap()
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
        Self::of(Arc::clone(&self.fixture), self.fixture.reopened())
    }

    fn tamper(&self, tampering: Tampering<'_>) {
        let mut raw = self.fixture.superuser();
        match tampering {
            Tampering::AuthorityRow {
                carrier,
                row_key,
                column,
                text,
            } => {
                // The columns follow from the text, which alone is stored.
                let update = format!(
                    "UPDATE holdfast.{carrier} SET canonical = replace(canonical, \
                     to_json(canonical::jsonb #>> '{{columns,{column}}}')::text, \
                     to_json($1::text)::text) WHERE row_key = $2"
                );
                unguarded(&mut raw, carrier, |raw| {
                    raw.execute(&update, &[&text, &row_key]).unwrap()
                });
            }
            Tampering::HeadSize {
                row_key,
                size_bytes,
            } => {
                let update = "UPDATE holdfast.dot_catalogue SET size_bytes = $1 WHERE row_key = $2";
                unguarded(&mut raw, "dot_catalogue", |raw| {
                    raw.execute(update, &[&i64::from(size_bytes), &row_key])
                        .unwrap()
                });
            }
            Tampering::OpenedLater { attempt_id } => {
                let update = format!(
                    "UPDATE holdfast.attempt SET opened_at = opened_at + interval '1 minute' \
                     WHERE attempt_id = '{attempt_id}'"
                );
                unguarded(&mut raw, "attempt", |raw| {
                    raw.execute(&update, &[]).unwrap()
                });
            }
            Tampering::ForeignTrigger { name, fires } => {
                let when = match fires {
                    Fires::OnActive => {
                        "UPDATE ON holdfast.dot_catalogue FOR EACH ROW WHEN (NEW.status = 'active')"
                    }
                    Fires::OnEveryInsert => "INSERT ON holdfast.dot_catalogue FOR EACH ROW",
                };
                let made = format!(
                    "CREATE FUNCTION public.{name}() RETURNS trigger LANGUAGE plpgsql \
                     AS 'BEGIN RETURN NULL; END'; \
                     CREATE TRIGGER {name} AFTER {when} EXECUTE FUNCTION public.{name}()"
                );
                raw.batch_execute(&made).unwrap();
            }
            Tampering::AuditSinkAway => raw
                .batch_execute("ALTER TABLE holdfast.failure_audit RENAME TO elsewhere")
                .unwrap(),
        }
    }

    fn records_sessions(&self) -> bool {
        true
    }

    fn threads(&self) -> usize {
        16
    }
}

/// Changes one row as a superuser does who has the server look away from checks and guards, and then
/// look again; nothing of the schema is another afterwards.
fn unguarded(raw: &mut Client, table: &str, change: impl FnOnce(&mut Client) -> u64) {
    let table = format!("holdfast.{table}");
    let guards = raw
        .query(
            "SELECT tgname::text FROM pg_trigger WHERE tgrelid = $1::text::regclass \
               AND NOT tgisinternal AND tgenabled = 'A'",
            &[&table],
        )
        .unwrap();
    let guards: Vec<String> = guards.iter().map(|row| row.get(0)).collect();
    let turn = |raw: &mut Client, how: &str| {
        for guard in &guards {
            raw.batch_execute(&format!("ALTER TABLE {table} {how} TRIGGER {guard}"))
                .unwrap();
        }
    };
    let checks: i16 = raw
        .query_one(
            "SELECT relchecks FROM pg_class WHERE oid = $1::text::regclass",
            &[&table],
        )
        .unwrap()
        .get(0);
    let look = |raw: &mut Client, checks: i16| {
        let update = "UPDATE pg_class SET relchecks = $2 WHERE oid = $1::text::regclass";
        raw.execute(update, &[&table, &checks]).unwrap();
    };
    turn(raw, "DISABLE");
    look(raw, 0);
    assert_eq!(change(raw), 1);
    look(raw, checks);
    turn(raw, "ENABLE ALWAYS");
}

impl HistoryReader for Reader {
    fn attempt(&mut self, name: AttemptName<'_>) -> Option<RecordedAttempt> {
        let key = match name {
            AttemptName::Nonce(nonce) => AttemptKey::Nonce(nonce),
            AttemptName::ReplayKey(key) => AttemptKey::ReplayKey(key),
            AttemptName::AttemptId(id) => AttemptKey::AttemptId(id),
        };
        Records::attempt(self, key).unwrap().map(attempt)
    }

    fn heads(&mut self, dot_code: &str) -> Vec<RecordedHead> {
        let heads = self.history(dot_code, 0).unwrap().heads;
        let head = |view: records::HeadView| RecordedHead {
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
        let records = Records::audits(self, after, limit).unwrap();
        records.into_iter().map(failure).collect()
    }

    fn audits_of_attempt(&mut self, attempt_id: &Uuid) -> Vec<RecordedFailure> {
        let records = Records::audits_of_attempt(self, attempt_id).unwrap();
        records.into_iter().map(failure).collect()
    }

    fn audit_count(&mut self) -> u64 {
        Records::audit_count(self).unwrap()
    }

    fn snapshot(&mut self, attempt_id: &Uuid, phase: &str) -> Option<Vec<u8>> {
        Records::snapshot(self, attempt_id, phase).unwrap()
    }

    fn report(&mut self, attempt_id: &Uuid) -> Option<(Vec<u8>, Vec<u8>)> {
        let view = Records::report(self, attempt_id).unwrap();
        view.map(|view| (view.report, view.verdict_after))
    }

    fn evidence(&mut self, attempt_id: &Uuid) -> Option<Vec<u8>> {
        Records::evidence(self, attempt_id).unwrap()
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
