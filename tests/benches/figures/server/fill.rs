//! Fills a store with registrations that nobody asked for, set by set.
//!
//! The rows are of one registration each, in every table that a registration writes, with keys of the
//! real form and length: all keys and every index are as they would be. Their documents are random
//! bytes of some hundred each and not the kilobytes of real ones: no read and no write of another
//! registration touches them, and two million real ones would fill a disk for nothing.

use std::time::Instant;

use holdfast_tests::fixture::must;
use postgres_lab::postgres::Client;

/// Rows of one transaction.
const STEP: u64 = 50_000;

/// As the server's own replay of rows, without triggers and references; checks and unique keys hold.
const QUIET: &str = "SET session_replication_role = replica; SET search_path = holdfast, pg_catalog; \
     SET synchronous_commit = off; SET work_mem = '256MB'";

/// One row for each number, minted one after the other and all before now.
const ITEMS: &str = "CREATE TEMPORARY TABLE item ON COMMIT DROP AS \
     SELECT n, id, mint || sha256('key' || t) AS ledger_key, \
       uuid_send(id) || sha256('bind' || t) AS nonce, sha256('effect' || t) AS effect, \
       'FILL_' || lpad(n::text, 9, '0') AS code, sha256('any' || t) AS digest \
     FROM (SELECT n, n::text::bytea AS t, mint, \
         encode(mint || '\\x7000'::bytea || substr('\\x80'::bytea || sha256(n::text::bytea), 1, 8), \
           'hex')::uuid AS id \
       FROM (SELECT n, substr(int8send((extract(epoch FROM now()) * 1000)::int8 - 86400000 + n / 50), \
           3, 6) AS mint FROM generate_series($1::int8, $2::int8) AS n) AS m) AS i";

const TABLES: [&str; 8] = [
    "INSERT INTO attempt (attempt_id, ledger_key, nonce, request_digest, request, effect_identity, \
       authorization_binding_digest, owner_token, epoch, target, run_id, attempt_no, expires_at, \
       state, closed_at, consumed_key) \
     SELECT id, ledger_key, nonce, digest, digest, effect, digest, id, 1, 'dot:' || code, 'run-1', 1, \
       now() + interval '1 day', 'consumed', now(), ledger_key FROM item ORDER BY n",
    "INSERT INTO evidence (attempt_id, frame) SELECT id, digest || effect || digest || effect \
     FROM item ORDER BY n",
    "INSERT INTO dot_epoch (dot_code, epoch) SELECT code, 0 FROM item ORDER BY n",
    "INSERT INTO ledger (ledger_key, attempt_id, nonce, effect_identity, \
       authorization_binding_digest, owner_binding_digest, artifact_hash, target, operation, run_id, \
       attempt_no, expires_at, head_key, checksum) \
     SELECT ledger_key, id, nonce, effect, digest, digest, digest, 'dot:' || code, 'register_dot', \
       'run-1', 1, now() + interval '1 day', 'head/' || id::text, sha256(ledger_key || nonce || effect \
       || digest || digest || digest || convert_to(id::text || octet_length('dot:' || code)::text \
       || ':' || 'dot:' || code || '12:register_dot' || '5:run-1' || 'head/' || id::text, 'UTF8')) \
     FROM item ORDER BY n",
    "INSERT INTO dot_catalogue (row_key, dot_code, epoch, canonical_target, object_type, \
       canonical_path, origin, artifact_hash, hash_algorithm, canonicalization_version, \
       artifact_type, admission_ref, size_bytes, scope, owner_principal, attempt_id, ledger_key, \
       row_hash) \
     SELECT 'head/' || id::text, code, 0, 'dot:' || code, 'dot', '/srv/dots/' || code, '/srv/dots', \
       digest, 'sha256', 'file-bytes/v1', 'file', 'adm-' || n, 30, 'catalogue', 'principal/olga', id, \
       ledger_key, sha256(convert_to('holdfast/row/v1' || chr(10) \
       || '{\"carrier\":\"dot_catalogue\",\"columns\":{\"admission_ref\":\"adm-' || n \
       || '\",\"artifact_hash\":\"sha256:' || encode(digest, 'hex') \
       || '\",\"artifact_type\":\"file\",\"attempt_id\":\"' || id::text \
       || '\",\"canonical_path\":\"/srv/dots/' || code || '\",\"canonical_target\":\"dot:' || code \
       || '\",\"canonicalization_version\":\"file-bytes/v1\",\"dot_code\":\"' || code \
       || '\",\"hash_algorithm\":\"sha256\",\"object_type\":\"dot\",\"origin\":\"/srv/dots\",' \
       || '\"owner_principal\":\"principal/olga\",\"replay_key\":\"sha256:' \
       || encode(substr(ledger_key, 7), 'hex') || '\",\"scope\":\"catalogue\",\"size_bytes\":30,' \
       || '\"status\":\"draft\"},\"key\":\"head/' || id::text || '\"}', 'UTF8')) \
     FROM item ORDER BY n",
    "INSERT INTO decision (ledger_key, attempt_id, bytes, evidence_hash) \
     SELECT ledger_key, id, digest || effect, digest FROM item ORDER BY n",
    "INSERT INTO snapshot (attempt_id, phase, bytes) \
     SELECT id, phase, digest || effect FROM item CROSS JOIN (VALUES ('after'), ('before')) \
       AS p (phase) ORDER BY n, phase",
    "INSERT INTO verification_report (attempt_id, report, verdict_after) \
     SELECT id, digest || effect, effect || digest FROM item ORDER BY n",
];

/// Adds this many registrations, and says how far it is.
pub(super) fn fill(session: &mut Client, size: u64) {
    must(session.batch_execute(QUIET));
    let begin = Instant::now();
    let mut done = 0;
    while done < size {
        let last = size.min(done.saturating_add(STEP));
        let mut transaction = must(session.transaction());
        let items = ITEMS
            .replace("$1", &done.saturating_add(1).to_string())
            .replace("$2", &last.to_string());
        must(transaction.batch_execute(&items));
        for table in TABLES {
            must(transaction.batch_execute(table));
        }
        must(transaction.commit());
        done = last;
        eprintln!(
            "bench: filled {done} of {size} after {:.0} s",
            begin.elapsed().as_secs_f64()
        );
    }
    must(session.batch_execute("RESET session_replication_role; RESET synchronous_commit"));
}
