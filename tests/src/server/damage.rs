//! Damages to the tables that no rule of the schema allows, each undone again, and what must be said
//! of each.

use postgres_lab::postgres::{Client, Transaction};

use crate::fixture::must;

/// Takes every rule of the schema away: triggers, references, checks, unique keys.
const LAWLESS: &str = "DO $$
DECLARE found record;
BEGIN
  FOR found IN SELECT c.oid::regclass AS name FROM pg_class AS c
    WHERE c.relnamespace = 'holdfast'::regnamespace AND c.relkind = 'r'
  LOOP EXECUTE format('ALTER TABLE %s DISABLE TRIGGER ALL', found.name);
  END LOOP;
  FOR found IN SELECT c.conrelid::regclass AS name, c.conname FROM pg_constraint AS c
    WHERE c.connamespace = 'holdfast'::regnamespace AND c.contype IN ('f', 'c', 'u', 'p')
    ORDER BY c.contype = 'p', c.contype = 'u', c.contype = 'c'
  LOOP EXECUTE format('ALTER TABLE %s DROP CONSTRAINT IF EXISTS %I CASCADE', found.name, found.conname);
  END LOOP;
END $$";

/// A statement, and the beginning of what must be said when it was run.
pub type Damage = (&'static str, &'static str);

/// Damages to a store with at least two registrations and one aborted attempt.
pub const DAMAGES: &[Damage] = &[
    (
        "INSERT INTO holdfast.ledger SELECT substr(sha256(nonce), 1, 6) || substr(ledger_key, 7), \
         attempt_id, nonce, effect_identity, authorization_binding_digest, owner_binding_digest, \
         artifact_hash, target, operation, run_id, attempt_no, consumed_at, expires_at, head_key, \
         writer_txid, checksum FROM holdfast.ledger",
        "a replay key has more than one effect",
    ),
    (
        "INSERT INTO holdfast.ledger SELECT * FROM holdfast.ledger LIMIT 1",
        "a nonce has more than one effect",
    ),
    (
        "UPDATE holdfast.ledger SET (target, effect_identity) = \
         (SELECT target, effect_identity FROM holdfast.ledger LIMIT 1)",
        "an effect is committed twice",
    ),
    (
        "UPDATE holdfast.attempt SET nonce = (SELECT nonce FROM holdfast.attempt LIMIT 1)",
        "a nonce or a replay key opened two attempts",
    ),
    (
        "INSERT INTO holdfast.dot_catalogue SELECT * FROM holdfast.dot_catalogue LIMIT 1",
        "a code has two heads in one epoch",
    ),
    (
        "UPDATE holdfast.dot_catalogue SET status = 'active'",
        "a head is not a draft",
    ),
    (
        "DELETE FROM holdfast.ledger",
        "a consumed attempt has not one key, head and decision of its own",
    ),
    (
        "DELETE FROM holdfast.dot_catalogue",
        "a consumed attempt has not one key, head and decision of its own",
    ),
    (
        "DELETE FROM holdfast.decision",
        "a consumed attempt has not one key, head and decision of its own",
    ),
    (
        "UPDATE holdfast.attempt SET state = 'reserved' WHERE state = 'consumed'",
        "a key, head or decision belongs to no consumed attempt",
    ),
    (
        "DELETE FROM holdfast.attempt WHERE state = 'consumed'",
        "a key, head or decision belongs to no consumed attempt",
    ),
    (
        "UPDATE holdfast.decision SET writer_txid = '1'",
        "key, head and decision were written by different transactions",
    ),
    (
        "UPDATE holdfast.dot_catalogue SET row_hash = sha256(row_hash)",
        "a decision says something else than its rows",
    ),
    (
        "UPDATE holdfast.decision SET bytes = convert_to(replace(convert_from(bytes, 'UTF8'), \
         'registered', 'rejected'), 'UTF8')",
        "a decision says something else than its rows",
    ),
    (
        "UPDATE holdfast.ledger SET consumed_at = expires_at + interval '1 second'",
        "a key was consumed past its end, or before it was reserved",
    ),
    (
        "UPDATE holdfast.ledger SET consumed_at = consumed_at - interval '1 day'",
        "a key was consumed past its end, or before it was reserved",
    ),
    (
        "DELETE FROM holdfast.failure_audit",
        "an aborted attempt has not exactly the one audit that closed it",
    ),
    (
        "INSERT INTO holdfast.failure_audit (position, attempt_id, failure_digest, audit, answer) \
         SELECT position + 1, attempt_id, sha256(failure_digest), audit, answer \
         FROM holdfast.failure_audit",
        "an aborted attempt has not exactly the one audit that closed it",
    ),
    (
        "UPDATE holdfast.attempt SET state = 'reserved' WHERE state = 'aborted'",
        "an open attempt has an audit",
    ),
    (
        "UPDATE holdfast.failure_audit SET attempt_id = \
         (SELECT attempt_id FROM holdfast.attempt WHERE state = 'consumed' LIMIT 1)",
        "a registered attempt has an audit of something else than its verification",
    ),
    (
        "UPDATE holdfast.failure_audit SET answer = (SELECT bytes FROM holdfast.decision LIMIT 1)",
        "a recorded failure was answered with something else",
    ),
    (
        "UPDATE holdfast.failure_audit SET position = position + 1",
        "the audit log has a gap",
    ),
    (
        "UPDATE holdfast.failure_audit_end SET position = position + 1",
        "the audit log has a gap",
    ),
    (
        "DELETE FROM holdfast.evidence",
        "an attempt has not one evidence frame",
    ),
    (
        "INSERT INTO holdfast.snapshot (attempt_id, phase, bytes) \
         SELECT attempt_id, phase, bytes FROM holdfast.snapshot",
        "a capture or a report was stored twice",
    ),
    (
        "INSERT INTO holdfast.verification_report (attempt_id, report, verdict_after) \
         SELECT attempt_id, report, verdict_after FROM holdfast.verification_report",
        "a capture or a report was stored twice",
    ),
    (
        "DELETE FROM holdfast.snapshot WHERE phase = 'before'",
        "a report has not both captures, or no consumed attempt",
    ),
    (
        "UPDATE holdfast.attempt SET state = 'reserved' WHERE state = 'aborted'; \
         DELETE FROM holdfast.failure_audit",
        "an attempt stayed open",
    ),
    (
        "DELETE FROM holdfast.verification_report",
        "a consumed attempt has no report that passed",
    ),
    (
        "UPDATE holdfast.verification_report SET report = \
         convert_to(replace(convert_from(report, 'UTF8'), 'passed', 'failed'), 'UTF8')",
        "a consumed attempt has no report that passed",
    ),
];

/// Does a damage, asks something about it, and takes it back.
pub fn damaged<T>(
    session: &mut Client,
    damage: &str,
    ask: impl FnOnce(&mut Transaction<'_>) -> T,
) -> T {
    let mut transaction = must(session.transaction());
    must(transaction.batch_execute(LAWLESS));
    must(transaction.batch_execute(damage));
    let found = ask(&mut transaction);
    must(transaction.rollback());
    found
}
