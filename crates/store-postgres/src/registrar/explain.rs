//! Why an item lost, read after its transaction.

use deadpool_postgres::Client;
use registrar::port::{AttemptState, ConsumeItem, LossReason};

use super::consume::Loss;
use super::read;
use crate::connection::Session;
use crate::error::StoreError;
use crate::sql::Sql;

/// The reason in the terms of the port; `Loss` says what was seen when it lost.
pub(super) async fn explain(
    session: &Session,
    client: &Client,
    item: &ConsumeItem,
    loss: Loss,
) -> Result<LossReason, StoreError> {
    let seen = match loss {
        Loss::Known(reason) => return Ok(reason),
        Loss::Unexplained(seen) => seen,
    };
    let id = Sql(item.attempt_id);
    let own = read::attempt(session, client, read::BY_ID, &[&id]).await?;
    let may_consume = own.as_ref().is_some_and(|attempt| {
        attempt.state == AttemptState::Reserved
            && attempt.owner_token == item.owner_token
            && attempt.epoch == item.epoch
            && attempt.replay_key == item.replay_key
            && attempt.nonce == item.nonce
    });
    let key = Sql(item.replay_key);
    if let Some(other) = read::attempt(session, client, read::BY_REPLAY_KEY, &[&key]).await?
        && other.state == AttemptState::Consumed
        && other.attempt_id != item.attempt_id
    {
        return Ok(LossReason::KeyConsumed(Box::new(other)));
    }
    if !may_consume {
        return Ok(LossReason::NotReserved(own.map(Box::new)));
    }
    let effect = Sql(item.effect_identity);
    if let Some(other) = read::attempt(session, client, read::BY_EFFECT, &[&effect]).await? {
        return Ok(LossReason::EffectCommitted(Box::new(other)));
    }
    let head = read::current_head(client, &item.dot_code).await;
    if let Some(head_key) = head.map_err(|error| session.failed("read the current head", error))? {
        return Ok(LossReason::HeadExists { head_key });
    }
    Ok(LossReason::DecisionUnsealable(seen))
}
