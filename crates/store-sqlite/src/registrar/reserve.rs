//! Opening attempts: the nonce is burned here, nothing is consumed.

use canonical::Timestamp;
use registrar::port::{Reservation, ReserveAnswer};
use rusqlite::{Connection, params};

use super::read;
use crate::error::{During, StoreError};
use crate::sql::{NonceKey, Sql};

/// Opens one attempt inside the running transaction, or says what stands in its way.
///
/// What is looked up first cannot change before the insert, because the transaction holds the write
/// lock; the unique keys refuse what the look-ups would have missed.
pub(super) fn reserve(
    connection: &Connection,
    reservation: &Reservation,
    now: Timestamp,
) -> Result<ReserveAnswer, StoreError> {
    let nonce = NonceKey::required(&reservation.nonce)?;
    let taken = match read::attempt(connection, read::BY_NONCE, [&nonce])? {
        None => {
            let key = Sql(reservation.replay_key);
            read::attempt(connection, read::BY_REPLAY_KEY, [key])?
        }
        taken => taken,
    };
    if let Some(attempt) = taken {
        return Ok(ReserveAnswer::NonceTaken(Box::new(attempt)));
    }
    let effect = Sql(reservation.effect_identity);
    if let Some(attempt) = read::attempt(connection, read::BY_EFFECT, [effect])? {
        return Ok(ReserveAnswer::EffectCommitted(Box::new(attempt)));
    }
    let dot_code = dot_code(&reservation.target);
    if let Some(head_key) = read::current_head(connection, dot_code)? {
        return Ok(ReserveAnswer::HeadExists {
            head_key,
            dot_code: dot_code.to_owned(),
        });
    }
    insert(connection, reservation, &nonce, now)?;
    Ok(ReserveAnswer::Reserved { opened_at: now })
}

fn insert(
    connection: &Connection,
    reservation: &Reservation,
    nonce: &NonceKey,
    now: Timestamp,
) -> Result<(), StoreError> {
    connection
        .prepare_cached(
            "INSERT INTO attempt (attempt_id, nonce, replay_key, request_digest, request, \
             effect_identity, authorization_binding_digest, owner_token, epoch, target, run_id, \
             attempt_no, opened_at, expires_at, state) \
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, 'reserved')",
        )
        .and_then(|mut statement| {
            statement.execute(params![
                Sql(reservation.attempt_id),
                nonce,
                Sql(reservation.replay_key),
                Sql(reservation.request_digest),
                reservation.request,
                Sql(reservation.effect_identity),
                Sql(reservation.authorization_binding_digest),
                Sql(reservation.owner_token),
                Sql(reservation.epoch),
                reservation.target,
                reservation.run_id,
                Sql(reservation.attempt_no),
                Sql(now),
                Sql(reservation.expires_at),
            ])
        })
        .during("open an attempt")?;
    connection
        .prepare_cached("INSERT INTO evidence (attempt_id, frame) VALUES (?1, ?2)")
        .and_then(|mut statement| {
            statement.execute(params![Sql(reservation.attempt_id), reservation.evidence])
        })
        .during("store the evidence of an attempt")?;
    Ok(())
}

/// The code inside a canonical target `dot:<code>`.
pub(super) fn dot_code(target: &str) -> &str {
    target.split_once(':').map_or(target, |(_, code)| code)
}
