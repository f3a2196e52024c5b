-- The embedded store's shape over a server's tables, put before every question: what a reader asks of
-- one kind of store it asks of the other. Nothing of it stands in the catalogs, where a view over these
-- tables would rightly make a gate report stale.

WITH attempt AS (
  SELECT uuid_send(a.attempt_id) AS attempt_id, a.nonce, substr(a.ledger_key, 7) AS replay_key,
         a.request_digest, a.request, a.effect_identity, a.target, a.run_id, a.attempt_no,
         pg_temp.micros(a.opened_at) AS opened_at, pg_temp.micros(a.expires_at) AS expires_at,
         a.state, a.consumed_key, a.failure_digest
    FROM holdfast.attempt AS a
),
evidence AS (
  SELECT uuid_send(e.attempt_id) AS attempt_id, e.frame FROM holdfast.evidence AS e
),
ledger AS (
  SELECT l.ledger_key, uuid_send(l.attempt_id) AS attempt_id, l.nonce, l.effect_identity,
         l.target, pg_temp.micros(l.consumed_at) AS consumed_at,
         pg_temp.micros(l.expires_at) AS expires_at,
         l.writer_txid::text::bigint AS writer_ordinal, l.head_key
    FROM holdfast.ledger AS l
),
dot_catalogue AS (
  SELECT c.row_key, c.dot_code, c.canonical_target, c.object_type, c.canonical_path, c.origin,
         c.artifact_hash, c.hash_algorithm, c.canonicalization_version, c.artifact_type,
         c.admission_ref, c.size_bytes, c.scope, c.owner_principal,
         CASE WHEN EXISTS (SELECT 1 FROM holdfast.dot_epoch AS e
                            WHERE e.dot_code = c.dot_code AND e.epoch > c.epoch)
           THEN 'retired' ELSE c.status END AS status,
         uuid_send(c.attempt_id) AS attempt_id, c.ledger_key,
         c.writer_txid::text::bigint AS writer_ordinal, c.row_hash
    FROM holdfast.dot_catalogue AS c
),
decision AS (
  SELECT d.ledger_key, uuid_send(d.attempt_id) AS attempt_id, d.bytes, d.evidence_hash,
         d.writer_txid::text::bigint AS writer_ordinal
    FROM holdfast.decision AS d
),
snapshot AS (
  SELECT uuid_send(s.attempt_id) AS attempt_id, s.phase, s.bytes FROM holdfast.snapshot AS s
),
verification_report AS (
  SELECT uuid_send(v.attempt_id) AS attempt_id, v.report, v.verdict_after
    FROM holdfast.verification_report AS v
),
failure_audit AS (
  SELECT f.position, uuid_send(f.attempt_id) AS attempt_id, f.failure_digest, f.dot_code,
         f.audit, f.answer
    FROM holdfast.failure_audit AS f
)
