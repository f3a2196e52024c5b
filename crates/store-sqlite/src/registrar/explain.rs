//! Why an item lost, read after its transaction.

use registrar::port::{AttemptState, ConsumeItem, LossReason};
use rusqlite::Connection;

use super::consume::Loss;
use super::read;
use crate::error::StoreError;
use crate::sql::Sql;

/// The reason in the terms of the port; `Loss` says what was seen when it lost.
pub(super) fn explain(
    connection: &Connection,
    item: &ConsumeItem,
    loss: Loss,
) -> Result<LossReason, StoreError> {
    let seen = match loss {
        Loss::Known(reason) => return Ok(reason),
        Loss::Unexplained(seen) => seen,
    };
    let own = read::attempt(connection, read::BY_ID, [Sql(item.attempt_id)])?;
    let may_consume = own.as_ref().is_some_and(|attempt| {
        attempt.state == AttemptState::Reserved
            && attempt.owner_token == item.owner_token
            && attempt.epoch == item.epoch
            && attempt.replay_key == item.replay_key
            && attempt.nonce == item.nonce
    });
    let key = Sql(item.replay_key);
    if let Some(other) = read::attempt(connection, read::BY_REPLAY_KEY, [key])?
        && other.state == AttemptState::Consumed
        && other.attempt_id != item.attempt_id
    {
        return Ok(LossReason::KeyConsumed(Box::new(other)));
    }
    if !may_consume {
        return Ok(LossReason::NotReserved(own.map(Box::new)));
    }
    let effect = Sql(item.effect_identity);
    if let Some(other) = read::attempt(connection, read::BY_EFFECT, [effect])? {
        return Ok(LossReason::EffectCommitted(Box::new(other)));
    }
    if let Some(head_key) = read::current_head(connection, &item.dot_code)? {
        return Ok(LossReason::HeadExists { head_key });
    }
    Ok(LossReason::DecisionUnsealable(seen))
}
