//! Invariants that one statement can tell: each selects the rows that break it.

use std::borrow::Cow;

use canonical::Timestamp;

/// What must never be, and the statement that finds it.
pub(super) struct Rule {
    pub(super) broken: &'static str,
    pub(super) offenders: Cow<'static, str>,
}

const fn rule(broken: &'static str, offenders: &'static str) -> Rule {
    Rule {
        broken,
        offenders: Cow::Borrowed(offenders),
    }
}

/// What holds at every instant, in every state that a crash can leave.
pub(super) static ALWAYS: &[Rule] = &[
    rule(
        "a code has more than one head",
        "SELECT dot_code FROM dot_catalogue WHERE status IN ('draft', 'active') \
         GROUP BY dot_code HAVING count(*) > 1",
    ),
    rule(
        "a head is not a draft",
        "SELECT row_key FROM dot_catalogue WHERE status <> 'draft'",
    ),
    rule(
        "an attempt is in no known state",
        "SELECT hex(attempt_id) FROM attempt \
         WHERE state NOT IN ('reserved', 'consumed', 'aborted')",
    ),
    rule(
        "a nonce or a replay key is burned twice",
        "SELECT hex(nonce) FROM attempt GROUP BY nonce HAVING count(*) > 1 \
         UNION ALL SELECT hex(replay_key) FROM attempt GROUP BY replay_key HAVING count(*) > 1",
    ),
    rule(
        "an effect is committed twice",
        "SELECT hex(effect_identity) FROM ledger GROUP BY effect_identity HAVING count(*) > 1",
    ),
    rule(
        "a consumed attempt has not one key, head and decision of its own",
        "SELECT hex(a.attempt_id) FROM attempt AS a WHERE a.state = 'consumed' AND (\
           (SELECT count(*) FROM ledger AS l WHERE l.attempt_id = a.attempt_id \
              AND l.ledger_key = a.consumed_key AND substr(l.ledger_key, 7) = a.replay_key \
              AND l.nonce = a.nonce AND l.effect_identity = a.effect_identity \
              AND l.target = a.target) <> 1 \
           OR (SELECT count(*) FROM dot_catalogue AS c WHERE c.attempt_id = a.attempt_id \
              AND c.ledger_key = a.consumed_key AND c.canonical_target = a.target) <> 1 \
           OR (SELECT count(*) FROM decision AS d WHERE d.attempt_id = a.attempt_id \
              AND d.ledger_key = a.consumed_key) <> 1)",
    ),
    rule(
        "a key, head or decision belongs to no consumed attempt",
        "SELECT hex(attempt_id) FROM (SELECT attempt_id FROM ledger \
           UNION ALL SELECT attempt_id FROM dot_catalogue \
           UNION ALL SELECT attempt_id FROM decision) AS written \
         WHERE NOT EXISTS (SELECT 1 FROM attempt AS a \
           WHERE a.attempt_id = written.attempt_id AND a.state = 'consumed')",
    ),
    rule(
        "key, head and decision name different transactions",
        "SELECT hex(l.attempt_id) FROM ledger AS l \
         JOIN dot_catalogue AS c ON c.row_key = l.head_key \
         JOIN decision AS d ON d.ledger_key = l.ledger_key \
         WHERE c.writer_ordinal <> l.writer_ordinal OR d.writer_ordinal <> l.writer_ordinal",
    ),
    rule(
        "a key was consumed past its end",
        "SELECT hex(attempt_id) FROM ledger WHERE consumed_at > expires_at",
    ),
    rule(
        "an aborted attempt has not exactly the one audit that closed it",
        "SELECT hex(a.attempt_id) FROM attempt AS a WHERE a.state = 'aborted' AND (\
           (SELECT count(*) FROM failure_audit AS f WHERE f.attempt_id = a.attempt_id) <> 1 \
           OR NOT EXISTS (SELECT 1 FROM failure_audit AS f \
             WHERE f.attempt_id = a.attempt_id AND f.failure_digest = a.failure_digest))",
    ),
    rule(
        "an open attempt has an audit",
        "SELECT hex(a.attempt_id) FROM attempt AS a JOIN failure_audit AS f \
         ON f.attempt_id = a.attempt_id WHERE a.state = 'reserved'",
    ),
    rule(
        "the audit log has a gap",
        "SELECT 'position ' || max(position) FROM failure_audit \
         HAVING count(*) <> coalesce(max(position), 0) OR min(position) <> 1",
    ),
    rule(
        "an attempt has not one evidence frame",
        "SELECT hex(a.attempt_id) FROM attempt AS a \
         WHERE (SELECT count(*) FROM evidence AS e WHERE e.attempt_id = a.attempt_id) <> 1",
    ),
    rule(
        "a report has not both captures, or no consumed attempt",
        "SELECT hex(v.attempt_id) FROM verification_report AS v \
         WHERE (SELECT count(*) FROM snapshot AS s WHERE s.attempt_id = v.attempt_id) <> 2 \
           OR NOT EXISTS (SELECT 1 FROM attempt AS a \
             WHERE a.attempt_id = v.attempt_id AND a.state = 'consumed')",
    ),
];

/// What holds besides where the store itself numbers the transactions.
pub(super) static EMBEDDED: [Rule; 1] = [rule(
    "the registering transactions have a gap",
    "SELECT 'ordinal ' || max(ordinal) FROM writer_transaction \
     HAVING count(*) <> coalesce(max(ordinal), 0) OR min(ordinal) <> 1",
)];

/// What recovery owes.
pub(super) struct AfterRecovery {
    rules: [Rule; 2],
}

impl AfterRecovery {
    pub(super) fn new(now: Timestamp, horizon_ms: u64) -> Self {
        let horizon = now.micros().saturating_sub_unsigned(horizon_ms * 1000);
        let open = format!(
            "SELECT hex(attempt_id) FROM attempt \
             WHERE state = 'reserved' AND opened_at < {horizon}"
        );
        Self {
            rules: [
                Rule {
                    broken: "an attempt stayed open past the horizon",
                    offenders: Cow::Owned(open),
                },
                rule(
                    "a consumed attempt has no verification report",
                    "SELECT hex(a.attempt_id) FROM attempt AS a WHERE a.state = 'consumed' \
                     AND NOT EXISTS (SELECT 1 FROM verification_report AS v \
                       WHERE v.attempt_id = a.attempt_id)",
                ),
            ],
        }
    }

    pub(super) fn rules(&self) -> &[Rule] {
        &self.rules
    }
}
