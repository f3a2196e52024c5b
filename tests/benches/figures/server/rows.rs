//! The rows that registrations left, attempt by attempt, as text and bytes.

use holdfast_tests::fixture::must;
use holdfast_tests::place::Place;
use postgres_lab::postgres::Row;

/// Every row of one registration.
pub(crate) struct Rows {
    pub(crate) attempt_id: String,
    pub(crate) attempt: Row,
    pub(crate) frame: Vec<u8>,
    pub(crate) ledger: Row,
    pub(crate) head: Row,
    pub(crate) decision: Row,
    pub(crate) before: Vec<u8>,
    pub(crate) after: Vec<u8>,
    pub(crate) report: Row,
}

/// The columns of an attempt that its writer gives.
pub(crate) const ATTEMPT: &str = "attempt_id::text, ledger_key, nonce, request_digest, request, \
    effect_identity, authorization_binding_digest, owner_token::text, epoch, target, run_id, \
    attempt_no, expires_at::text";

/// Of a consumed key.
pub(crate) const LEDGER: &str = "ledger_key, attempt_id::text, nonce, effect_identity, \
    authorization_binding_digest, owner_binding_digest, artifact_hash, target, operation, run_id, \
    attempt_no, expires_at::text, head_key, checksum";

/// Of a head.
pub(crate) const HEAD: &str = "row_key, dot_code, epoch, canonical_target, object_type, \
    canonical_path, origin, artifact_hash, hash_algorithm, canonicalization_version, \
    artifact_type, admission_ref, size_bytes, scope, owner_principal, attempt_id::text, \
    ledger_key, row_hash";

/// Of a decision.
pub(crate) const DECISION: &str = "ledger_key, attempt_id::text, bytes, evidence_hash";

/// Reads them all, past the store's code.
pub(crate) fn read_all(place: &Place) -> Vec<Rows> {
    let database = place.database();
    let mut session = must(database.connect());
    must(session.batch_execute("SET search_path = holdfast, pg_catalog"));
    let mut all = |columns: &str, table: &str| {
        let text = format!("SELECT {columns} FROM {table} ORDER BY attempt_id");
        must(session.query(&text, &[]))
    };
    let attempts = all(ATTEMPT, "attempt");
    let frames = all("frame", "evidence");
    let ledgers = all(LEDGER, "ledger");
    let heads = all(HEAD, "dot_catalogue");
    let decisions = all(DECISION, "decision");
    let befores = all("bytes", "snapshot WHERE phase = 'before'");
    let afters = all("bytes", "snapshot WHERE phase = 'after'");
    let reports = all(
        "attempt_id::text, report, verdict_after",
        "verification_report",
    );
    let bytes = |row: Row| row.get::<_, Vec<u8>>(0);
    let (mut frames, mut befores) = (frames.into_iter(), befores.into_iter());
    let (mut ledgers, mut heads) = (ledgers.into_iter(), heads.into_iter());
    let (mut decisions, mut afters) = (decisions.into_iter(), afters.into_iter());
    let mut reports = reports.into_iter();
    attempts
        .into_iter()
        .map(|attempt| {
            let missing = "a registration has not all of its rows";
            Rows {
                attempt_id: attempt.get(0),
                attempt,
                frame: bytes(must(frames.next().ok_or(missing))),
                ledger: must(ledgers.next().ok_or(missing)),
                head: must(heads.next().ok_or(missing)),
                decision: must(decisions.next().ok_or(missing)),
                before: bytes(must(befores.next().ok_or(missing))),
                after: bytes(must(afters.next().ok_or(missing))),
                report: must(reports.next().ok_or(missing)),
            }
        })
        .collect()
}
