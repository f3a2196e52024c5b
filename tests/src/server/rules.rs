//! What must hold in the tables whatever happened to those who wrote them, asked by the superuser in
//! statements of its own.

use postgres_lab::postgres::GenericClient;

use crate::fixture::must;

/// What must never be, and the statement that names the rows where it is.
type Rule = (&'static str, &'static str);

/// What holds at every instant.
const ALWAYS: &[Rule] = &[
    (
        "a replay key has more than one effect",
        "SELECT encode(substr(ledger_key, 7), 'hex') FROM holdfast.ledger \
         GROUP BY substr(ledger_key, 7) HAVING count(*) > 1",
    ),
    (
        "a nonce has more than one effect",
        "SELECT encode(nonce, 'hex') FROM holdfast.ledger GROUP BY nonce HAVING count(*) > 1",
    ),
    (
        "an effect is committed twice",
        "SELECT target FROM holdfast.ledger GROUP BY target, effect_identity HAVING count(*) > 1",
    ),
    (
        "a nonce or a replay key opened two attempts",
        "SELECT encode(nonce, 'hex') FROM holdfast.attempt GROUP BY nonce HAVING count(*) > 1 \
         UNION ALL SELECT encode(substr(ledger_key, 7), 'hex') FROM holdfast.attempt \
         GROUP BY substr(ledger_key, 7) HAVING count(*) > 1",
    ),
    (
        "a code has two heads in one epoch",
        "SELECT dot_code FROM holdfast.dot_catalogue GROUP BY dot_code, epoch HAVING count(*) > 1",
    ),
    (
        "a head is not a draft",
        "SELECT row_key FROM holdfast.dot_catalogue WHERE status <> 'draft'",
    ),
    (
        "a consumed attempt has not one key, head and decision of its own",
        "SELECT a.attempt_id::text FROM holdfast.attempt AS a WHERE a.state = 'consumed' AND (\
           (SELECT count(*) FROM holdfast.ledger AS l WHERE l.attempt_id = a.attempt_id \
              AND l.ledger_key = a.consumed_key AND l.ledger_key = a.ledger_key \
              AND l.nonce = a.nonce AND l.effect_identity = a.effect_identity \
              AND l.target = a.target) <> 1 \
           OR (SELECT count(*) FROM holdfast.dot_catalogue AS h WHERE h.attempt_id = a.attempt_id \
              AND h.ledger_key = a.ledger_key AND h.canonical_target = a.target) <> 1 \
           OR (SELECT count(*) FROM holdfast.decision AS d WHERE d.attempt_id = a.attempt_id \
              AND d.ledger_key = a.ledger_key) <> 1)",
    ),
    (
        "a key, head or decision belongs to no consumed attempt",
        "SELECT w.attempt_id::text FROM (SELECT attempt_id FROM holdfast.ledger \
           UNION ALL SELECT attempt_id FROM holdfast.dot_catalogue \
           UNION ALL SELECT attempt_id FROM holdfast.decision) AS w \
         WHERE NOT EXISTS (SELECT 1 FROM holdfast.attempt AS a \
           WHERE a.attempt_id = w.attempt_id AND a.state = 'consumed')",
    ),
    (
        "key, head and decision were written by different transactions",
        "SELECT l.attempt_id::text FROM holdfast.ledger AS l \
         JOIN holdfast.dot_catalogue AS h ON h.row_key = l.head_key \
         JOIN holdfast.decision AS d ON d.ledger_key = l.ledger_key \
         WHERE h.writer_txid <> l.writer_txid OR d.writer_txid <> l.writer_txid",
    ),
    (
        "a decision says something else than its rows",
        "SELECT d.attempt_id::text FROM (SELECT attempt_id, writer_txid, ledger_key, \
             convert_from(bytes, 'UTF8')::jsonb AS said FROM holdfast.decision) AS d \
         JOIN holdfast.dot_catalogue AS h ON h.attempt_id = d.attempt_id \
         WHERE (d.said ->> 'outcome', d.said #>> '{header,attempt_id}', \
             d.said #>> '{head,row_key}', d.said #>> '{head,row_hash}', \
             d.said #>> '{consume,transaction_id}', d.said ->> 'replay_key') \
           IS DISTINCT FROM ('registered', d.attempt_id::text, h.row_key, \
             'sha256:' || encode(h.row_hash, 'hex'), 'txn:' || d.writer_txid, \
             'sha256:' || encode(substr(d.ledger_key, 7), 'hex'))",
    ),
    (
        "a key was consumed past its end, or before it was reserved",
        "SELECT l.attempt_id::text FROM holdfast.ledger AS l \
         JOIN holdfast.attempt AS a ON a.attempt_id = l.attempt_id \
         WHERE l.consumed_at > l.expires_at OR l.consumed_at < a.opened_at",
    ),
    (
        "an aborted attempt has not exactly the one audit that closed it",
        "SELECT a.attempt_id::text FROM holdfast.attempt AS a WHERE a.state = 'aborted' AND (\
           (SELECT count(*) FROM holdfast.failure_audit AS f \
             WHERE f.attempt_id = a.attempt_id) <> 1 \
           OR NOT EXISTS (SELECT 1 FROM holdfast.failure_audit AS f \
             WHERE f.attempt_id = a.attempt_id AND f.failure_digest = a.failure_digest))",
    ),
    (
        "an open attempt has an audit",
        "SELECT a.attempt_id::text FROM holdfast.attempt AS a JOIN holdfast.failure_audit AS f \
         ON f.attempt_id = a.attempt_id WHERE a.state = 'reserved'",
    ),
    (
        "a registered attempt has an audit of something else than its verification",
        "SELECT a.attempt_id::text FROM holdfast.attempt AS a JOIN holdfast.failure_audit AS f \
         ON f.attempt_id = a.attempt_id WHERE a.state = 'consumed' \
         AND NOT convert_from(f.audit, 'UTF8')::jsonb -> 'reject_codes' ? 'VERIFICATION_FAILED'",
    ),
    (
        "a recorded failure was answered with something else",
        "SELECT f.attempt_id::text FROM (SELECT attempt_id, failure_digest, \
             convert_from(audit, 'UTF8')::jsonb AS audit, \
             convert_from(answer, 'UTF8')::jsonb AS answer FROM holdfast.failure_audit) AS f \
         WHERE NOT f.audit -> 'reject_codes' ? 'VERIFICATION_FAILED' AND (\
             f.answer ->> 'outcome' = 'registered' \
             OR f.audit -> 'reject_codes' IS DISTINCT FROM f.answer -> 'reject_codes' \
             OR f.audit ->> 'failure_digest' <> 'sha256:' || encode(f.failure_digest, 'hex') \
             OR f.answer #>> '{failure_audit_envelope,attempt_id}' IS DISTINCT FROM \
               f.attempt_id::text)",
    ),
    (
        "the audit log has a gap",
        "SELECT 'position ' || coalesce(max(position), 0) FROM holdfast.failure_audit \
         HAVING count(*) <> coalesce(max(position), 0) OR min(position) <> 1 \
           OR coalesce(max(position), 0) <> (SELECT e.position FROM holdfast.failure_audit_end AS e)",
    ),
    (
        "an attempt has not one evidence frame",
        "SELECT a.attempt_id::text FROM holdfast.attempt AS a \
         WHERE (SELECT count(*) FROM holdfast.evidence AS e \
                WHERE e.attempt_id = a.attempt_id) <> 1",
    ),
    (
        "a capture or a report was stored twice",
        "SELECT attempt_id::text FROM holdfast.snapshot \
         GROUP BY attempt_id, phase HAVING count(*) > 1 \
         UNION ALL SELECT attempt_id::text FROM holdfast.verification_report \
         GROUP BY attempt_id HAVING count(*) > 1",
    ),
    (
        "a report has not both captures, or no consumed attempt",
        "SELECT v.attempt_id::text FROM holdfast.verification_report AS v \
         WHERE (SELECT count(DISTINCT s.phase) FROM holdfast.snapshot AS s \
                WHERE s.attempt_id = v.attempt_id) <> 2 \
           OR NOT EXISTS (SELECT 1 FROM holdfast.attempt AS a \
             WHERE a.attempt_id = v.attempt_id AND a.state = 'consumed')",
    ),
];

/// What holds besides after recovery, where nothing made a verification fail.
const RECOVERED: &[Rule] = &[
    (
        "an attempt stayed open",
        "SELECT attempt_id::text FROM holdfast.attempt \
         WHERE state NOT IN ('consumed', 'aborted')",
    ),
    (
        "a consumed attempt has no report that passed",
        "SELECT a.attempt_id::text FROM holdfast.attempt AS a WHERE a.state = 'consumed' \
         AND NOT EXISTS (SELECT 1 FROM holdfast.verification_report AS v \
           WHERE v.attempt_id = a.attempt_id \
             AND convert_from(v.report, 'UTF8')::jsonb ->> 'outcome' = 'passed')",
    ),
];

/// Whether these bytes are a decision or a recorded answer, byte for byte.
const IS_STORED: &str = "SELECT EXISTS (SELECT 1 FROM holdfast.decision WHERE bytes = $1) \
     OR EXISTS (SELECT 1 FROM holdfast.failure_audit WHERE answer = $1)";

/// Every rule that is broken, in words; none where all hold.
pub fn broken(session: &mut impl GenericClient) -> Vec<String> {
    all(session, ALWAYS)
}

/// The same with what recovery owes, and with what callers were answered: all of it is there.
pub fn broken_after_recovery(session: &mut impl GenericClient, answers: &[Vec<u8>]) -> Vec<String> {
    let mut found = broken(session);
    found.extend(all(session, RECOVERED));
    for answer in answers {
        if !is_stored(session, answer) {
            let text = String::from_utf8_lossy(answer);
            found.push(format!("answered and not stored: {text}"));
        }
    }
    found
}

/// Whether these bytes are a stored answer.
pub fn is_stored(session: &mut impl GenericClient, answer: &[u8]) -> bool {
    must(must(session.query_one(IS_STORED, &[&answer])).try_get(0))
}

/// What is said of each broken rule, whatever the rows.
pub fn words() -> impl Iterator<Item = &'static str> {
    ALWAYS.iter().chain(RECOVERED).map(|(words, _)| *words)
}

fn all(session: &mut impl GenericClient, rules: &[Rule]) -> Vec<String> {
    let mut found = Vec::new();
    for (words, offenders) in rules {
        for row in must(session.query(*offenders, &[])) {
            let offender: String = must(row.try_get(0));
            found.push(format!("{words}: {offender}"));
        }
    }
    found
}
