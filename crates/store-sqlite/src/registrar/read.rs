//! Reading attempts and heads as the registrar knows them.

use canonical::{Digest, Timestamp, Uuid};
use registrar::port::{AttemptState, Standing, StoredAttempt};
use rusqlite::{Connection, OptionalExtension, Params, Row, params};

use crate::error::{During, StoreError};
use crate::sql::{NonceKey, Sql};
use crate::verifier::open_config;

/// Conditions over the alias `a`, each with one parameter and carried by a unique index.
pub(crate) const BY_NONCE: &str = "a.nonce = ?1";
pub(crate) const BY_REPLAY_KEY: &str = "a.replay_key = ?1";
pub(crate) const BY_ID: &str = "a.attempt_id = ?1";
pub(crate) const BY_EFFECT: &str =
    "a.attempt_id = (SELECT l.attempt_id FROM ledger AS l WHERE l.effect_identity = ?1)";

/// The attempt for which a condition of this module holds.
pub(crate) fn attempt(
    connection: &Connection,
    condition: &str,
    parameters: impl Params,
) -> Result<Option<StoredAttempt>, StoreError> {
    Ok(attempts(connection, condition, parameters)?.pop())
}

/// The attempts for which a condition (and order, and limit) of this crate holds.
pub(crate) fn attempts(
    connection: &Connection,
    condition: &str,
    parameters: impl Params,
) -> Result<Vec<StoredAttempt>, StoreError> {
    let text = format!(
        "SELECT a.attempt_id, a.state, a.nonce, a.request_digest, a.request, a.replay_key, \
         a.effect_identity, a.authorization_binding_digest, a.owner_token, a.epoch, a.target, \
         a.opened_at, coalesce(\
           (SELECT d.bytes FROM decision AS d WHERE d.attempt_id = a.attempt_id), \
           (SELECT f.answer FROM failure_audit AS f \
            WHERE f.attempt_id = a.attempt_id AND f.failure_digest = a.failure_digest)) \
         AS answer FROM attempt AS a WHERE {condition}"
    );
    let mut statement = connection.prepare_cached(&text).during("read an attempt")?;
    statement
        .query_map(parameters, stored)
        .and_then(Iterator::collect)
        .during("read an attempt")
}

fn stored(row: &Row<'_>) -> rusqlite::Result<StoredAttempt> {
    let digest = |name| row.get::<_, Sql<Digest>>(name).map(|digest| digest.0);
    Ok(StoredAttempt {
        attempt_id: row.get::<_, Sql<Uuid>>("attempt_id")?.0,
        state: state(&row.get::<_, String>("state")?)?,
        nonce: row.get::<_, NonceKey>("nonce")?.to_string(),
        request_digest: digest("request_digest")?,
        request: row.get("request")?,
        replay_key: digest("replay_key")?,
        effect_identity: digest("effect_identity")?,
        authorization_binding_digest: digest("authorization_binding_digest")?,
        owner_token: row.get::<_, Sql<Uuid>>("owner_token")?.0,
        epoch: row.get::<_, Sql<u64>>("epoch")?.0,
        target: row.get("target")?,
        opened_at: row.get::<_, Sql<Timestamp>>("opened_at")?.0,
        answer: row.get("answer")?,
    })
}

fn state(text: &str) -> rusqlite::Result<AttemptState> {
    match text {
        "reserved" => Ok(AttemptState::Reserved),
        "consumed" => Ok(AttemptState::Consumed),
        "aborted" => Ok(AttemptState::Aborted),
        other => Err(rusqlite::Error::FromSqlConversionFailure(
            1,
            rusqlite::types::Type::Text,
            format!("`{other}` is not a state of an attempt").into(),
        )),
    }
}

/// The row key of the one draft or active head of a code.
pub(crate) fn current_head(
    connection: &Connection,
    dot_code: &str,
) -> Result<Option<String>, StoreError> {
    connection
        .prepare_cached(
            "SELECT row_key FROM dot_catalogue \
             WHERE dot_code = ?1 AND status IN ('draft', 'active')",
        )
        .and_then(|mut statement| statement.query_row([dot_code], |row| row.get(0)).optional())
        .during("read the current head")
}

/// What stands against a write to a target: the last hold event on it or on all, and its
/// configuration.
pub(crate) fn standing(connection: &Connection, target: &str) -> Result<Standing, StoreError> {
    let dot_code = target.strip_prefix("dot:").unwrap_or(target);
    let mut standing = Standing {
        is_held: false,
        has_open_config: !open_config(connection, dot_code)?.is_empty(),
    };
    for held in [dot_code, "*"] {
        let last: Option<String> = connection
            .prepare_cached(
                "SELECT kind FROM hold_event WHERE dot_code = ?1 ORDER BY ordinal DESC LIMIT 1",
            )
            .and_then(|mut statement| statement.query_row([held], |row| row.get(0)).optional())
            .during("read the holds")?;
        standing.is_held |= last.is_some_and(|kind| kind != "release");
    }
    Ok(standing)
}

/// Whether a code has a head that was retired.
pub(crate) fn has_retired_head(
    connection: &Connection,
    dot_code: &str,
) -> Result<bool, StoreError> {
    connection
        .prepare_cached(
            "SELECT EXISTS (SELECT 1 FROM dot_catalogue WHERE dot_code = ?1 AND status = 'retired')",
        )
        .and_then(|mut statement| statement.query_row([dot_code], |row| row.get(0)))
        .during("read the retired heads")
}

/// The evidence frame that was stored with a reservation.
pub(crate) fn evidence(
    connection: &Connection,
    attempt_id: &Uuid,
) -> Result<Option<Vec<u8>>, StoreError> {
    connection
        .prepare_cached("SELECT frame FROM evidence WHERE attempt_id = ?1")
        .and_then(|mut statement| {
            statement
                .query_row([Sql(*attempt_id)], |row| row.get(0))
                .optional()
        })
        .during("read the evidence")
}

/// Attempts still reserved that were opened before an instant, oldest first.
pub(crate) fn open_attempts(
    connection: &Connection,
    opened_before: Timestamp,
    limit: u32,
) -> Result<Vec<StoredAttempt>, StoreError> {
    attempts(
        connection,
        "a.state = 'reserved' AND a.opened_at < ?1 ORDER BY a.opened_at LIMIT ?2",
        params![Sql(opened_before), limit],
    )
}

/// Consumed attempts without a verification report, oldest key first.
pub(crate) fn unverified_attempts(
    connection: &Connection,
    limit: u32,
) -> Result<Vec<StoredAttempt>, StoreError> {
    attempts(
        connection,
        "a.attempt_id IN (\
           SELECT l.attempt_id FROM ledger AS l WHERE NOT EXISTS (\
             SELECT 1 FROM verification_report AS v WHERE v.attempt_id = l.attempt_id) \
           ORDER BY l.ledger_key LIMIT ?1) ORDER BY a.opened_at",
        [limit],
    )
}
