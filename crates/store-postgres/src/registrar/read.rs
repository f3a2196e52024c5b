//! Reading attempts and heads as the registrar knows them.

use std::collections::BTreeMap;

use canonical::{Digest, Timestamp, Uuid};
use deadpool_postgres::Client;
use registrar::port::{AttemptState, ObserverSession, Standing, StoredAttempt};
use tokio_postgres::Row;
use tokio_postgres::types::ToSql;

use crate::connection::Session;
use crate::error::StoreError;
use crate::packed;
use crate::sql::{NonceKey, Sql, replay_key};

/// Conditions over the alias `a`, each carried by an index.
pub(crate) const BY_NONCE: &str = "a.nonce = $1";
const BY_NONCES: &str = "a.nonce = ANY ($1)";
pub(crate) const BY_ID: &str = "a.attempt_id = $1";
pub(crate) const BY_REPLAY_KEY: &str = "substr(a.ledger_key, 7, 8) = substr($1::bytea, 1, 8) \
     AND substr(a.ledger_key, 7) = $1";
pub(crate) const BY_EFFECT: &str = "a.attempt_id = (SELECT l.attempt_id FROM holdfast.ledger AS l \
     WHERE substr(l.effect_identity, 1, 8) = substr($1::bytea, 1, 8) AND l.effect_identity = $1)";

/// Parameters of a statement.
pub(crate) type Parameters<'a> = &'a [&'a (dyn ToSql + Sync)];

/// The attempt for which a condition of this module holds.
pub(crate) async fn attempt(
    session: &Session,
    client: &Client,
    condition: &str,
    parameters: Parameters<'_>,
) -> Result<Option<StoredAttempt>, StoreError> {
    Ok(attempts(session, client, condition, parameters)
        .await?
        .pop())
}

/// The attempts for which a condition (and order, and limit) of this crate holds.
pub(crate) async fn attempts(
    session: &Session,
    client: &Client,
    condition: &str,
    parameters: Parameters<'_>,
) -> Result<Vec<StoredAttempt>, StoreError> {
    const WHAT: &str = "read an attempt";
    let text = format!(
        "SELECT a.attempt_id, a.state, a.nonce, a.request_digest, a.request, a.ledger_key, \
         a.effect_identity, a.authorization_binding_digest, a.owner_token, a.epoch, a.target, \
         a.opened_at, coalesce(\
           (SELECT d.bytes FROM holdfast.decision AS d WHERE d.attempt_id = a.attempt_id), \
           (SELECT f.answer FROM holdfast.failure_audit AS f \
            WHERE f.attempt_id = a.attempt_id AND f.failure_digest = a.failure_digest)) \
         AS answer FROM holdfast.attempt AS a WHERE {condition}"
    );
    let failed = |error| session.failed(WHAT, error);
    let statement = client.prepare_cached(&text).await.map_err(failed)?;
    let rows = client.query(&statement, parameters).await.map_err(failed)?;
    rows.iter()
        .map(|row| stored(row).map_err(failed)?.ok_or_else(|| damaged(session)))
        .collect()
}

/// An attempt as it lies in the table; `None` where a value is none that was ever written.
fn stored(row: &Row) -> Result<Option<StoredAttempt>, tokio_postgres::Error> {
    let digest = |name| row.try_get::<_, Sql<Digest>>(name).map(|digest| digest.0);
    let nonce = NonceKey::read(row.try_get("nonce")?);
    let replay_key = replay_key(row.try_get("ledger_key")?);
    let state = state(row.try_get("state")?);
    let (Some(nonce), Some(replay_key), Some(state)) = (nonce, replay_key, state) else {
        return Ok(None);
    };
    Ok(Some(StoredAttempt {
        attempt_id: row.try_get::<_, Sql<Uuid>>("attempt_id")?.0,
        state,
        nonce,
        request_digest: digest("request_digest")?,
        request: row.try_get("request")?,
        replay_key,
        effect_identity: digest("effect_identity")?,
        authorization_binding_digest: digest("authorization_binding_digest")?,
        owner_token: row.try_get::<_, Sql<Uuid>>("owner_token")?.0,
        epoch: row.try_get::<_, Sql<u64>>("epoch")?.0,
        target: row.try_get("target")?,
        opened_at: row.try_get::<_, Sql<Timestamp>>("opened_at")?.0,
        answer: row.try_get("answer")?,
    }))
}

fn state(text: &str) -> Option<AttemptState> {
    match text {
        "reserved" => Some(AttemptState::Reserved),
        "consumed" => Some(AttemptState::Consumed),
        "aborted" => Some(AttemptState::Aborted),
        _ => None,
    }
}

fn damaged(session: &Session) -> StoreError {
    StoreError::NotAStore {
        address: session.who(),
        reason: "an attempt holds a key or state that no version of this program writes".to_owned(),
    }
}

/// The row key of the head of a code's last epoch.
pub(crate) async fn current_head(
    client: &Client,
    dot_code: &str,
) -> Result<Option<String>, tokio_postgres::Error> {
    const TEXT: &str = "SELECT h.row_key FROM holdfast.dot_catalogue AS h \
         WHERE h.dot_code = $1 \
           AND h.epoch = (SELECT max(e.epoch) FROM holdfast.dot_epoch AS e WHERE e.dot_code = $1)";
    let statement = client.prepare_cached(TEXT).await?;
    let row = client.query_opt(&statement, &[&dot_code]).await?;
    row.map(|row| row.try_get(0)).transpose()
}

/// What stands against a write to some codes, and how far each has come; one row for each code.
pub(crate) const TARGETS: &str = "SELECT t.dot_code, \
       (SELECT max(e.epoch) FROM holdfast.dot_epoch AS e WHERE e.dot_code = t.dot_code) AS epoch, \
       EXISTS (SELECT 1 FROM holdfast.dot_catalogue AS h \
               WHERE h.dot_code = t.dot_code AND h.epoch = \
                 (SELECT max(e.epoch) FROM holdfast.dot_epoch AS e \
                  WHERE e.dot_code = t.dot_code)) AS has_head, \
       coalesce((SELECT v.kind FROM holdfast.hold_event AS v WHERE v.dot_code = t.dot_code \
                 ORDER BY v.ordinal DESC LIMIT 1), 'release') <> 'release' \
       OR coalesce((SELECT v.kind FROM holdfast.hold_event AS v WHERE v.dot_code = '*' \
                    ORDER BY v.ordinal DESC LIMIT 1), 'release') <> 'release' AS is_held, \
       EXISTS (SELECT 1 FROM holdfast.dot_config AS c WHERE c.dot_code = t.dot_code \
                 AND c.lifecycle_status = 'active' AND c.value <> 'closed' \
                 AND NOT EXISTS (SELECT 1 FROM holdfast.dot_config AS s \
                                 WHERE s.supersedes = c.row_key)) AS has_open_config \
       FROM unnest($1::text[]) AS t (dot_code)";

/// What stands against a write to some codes, and the last epoch of each.
pub(crate) async fn targets(
    session: &Session,
    client: &Client,
    codes: &[&str],
) -> Result<BTreeMap<String, (Standing, Option<i32>)>, StoreError> {
    if codes.is_empty() {
        return Ok(BTreeMap::new());
    }
    let failed = |error| session.failed("read the holds", error);
    let statement = client.prepare_cached(TARGETS).await.map_err(failed)?;
    let rows = client.query(&statement, &[&codes]).await.map_err(failed)?;
    let target = |row: &Row| {
        let standing = Standing {
            is_held: row.try_get("is_held")?,
            has_open_config: row.try_get("has_open_config")?,
        };
        Ok((row.try_get("dot_code")?, (standing, row.try_get("epoch")?)))
    };
    rows.iter().map(|row| target(row).map_err(failed)).collect()
}

/// The attempts with these stored nonces.
pub(crate) async fn attempts_by_nonce(
    session: &Session,
    client: &Client,
    nonces: &[&[u8]],
) -> Result<Vec<StoredAttempt>, StoreError> {
    if nonces.is_empty() {
        return Ok(Vec::new());
    }
    attempts(session, client, BY_NONCES, &[&nonces]).await
}

/// The code inside a canonical target `dot:<code>`.
pub(crate) fn dot_code(target: &str) -> &str {
    target.split_once(':').map_or(target, |(_, code)| code)
}

/// The evidence frame that was stored with a reservation.
pub(crate) async fn evidence(
    session: &Session,
    client: &Client,
    attempt_id: &Uuid,
) -> Result<Option<Vec<u8>>, StoreError> {
    const TEXT: &str = "SELECT frame FROM holdfast.evidence WHERE attempt_id = $1";
    let failed = |error| session.failed("read the evidence", error);
    let statement = client.prepare_cached(TEXT).await.map_err(failed)?;
    let row = client.query_opt(&statement, &[&Sql(*attempt_id)]).await;
    let row = row.map_err(failed)?;
    row.map(|row| packed::unpack(row.try_get(0).map_err(failed)?))
        .transpose()
}

/// Who stored the captures before of some attempts, as the server recorded the session.
pub(crate) async fn observer_sessions(
    session: &Session,
    client: &Client,
    attempts: &[Uuid],
) -> Result<BTreeMap<Uuid, ObserverSession>, StoreError> {
    const TEXT: &str = "SELECT s.attempt_id, 'db_role:' || s.recorded_by, s.backend_pid::int8, \
         s.backend_started FROM unnest($1::uuid[]) AS a (id) \
         CROSS JOIN LATERAL holdfast.reread_snapshot(a.id) AS s WHERE s.phase = 'before'";
    if attempts.is_empty() {
        return Ok(BTreeMap::new());
    }
    let failed = |error| session.failed("reread who stored a capture", error);
    let ids: Vec<Sql<Uuid>> = attempts.iter().copied().map(Sql).collect();
    let statement = client.prepare_cached(TEXT).await.map_err(failed)?;
    let rows = client.query(&statement, &[&ids]).await.map_err(failed)?;
    let stored_by = |row: &Row| {
        Ok((
            row.try_get::<_, Sql<Uuid>>(0)?.0,
            ObserverSession {
                principal: row.try_get(1)?,
                backend_pid: row.try_get::<_, Sql<u64>>(2)?.0,
                backend_started: row.try_get::<_, Sql<Timestamp>>(3)?.0,
            },
        ))
    };
    rows.iter()
        .map(|row| stored_by(row).map_err(failed))
        .collect()
}

/// Attempts still reserved that were opened before `$1`, oldest first, at most `$2`.
pub(crate) const OPEN: &str =
    "a.state = 'reserved' AND a.opened_at < $1 ORDER BY a.opened_at LIMIT $2";

/// Consumed attempts without a verification report, oldest first, at most `$1`.
pub(crate) const UNVERIFIED: &str = "a.attempt_id IN (\
       SELECT l.attempt_id FROM holdfast.ledger AS l WHERE NOT EXISTS (\
         SELECT 1 FROM holdfast.verification_report AS v WHERE v.attempt_id = l.attempt_id) \
       ORDER BY l.ledger_key LIMIT $1) ORDER BY a.opened_at";
