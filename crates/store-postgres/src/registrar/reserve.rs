//! Opens attempts: one statement for many, and for each that was not opened why.

use std::collections::BTreeMap;
use std::sync::Arc;

use batching::Work;
use canonical::{Timestamp, Uuid};
use deadpool_postgres::Client;
use registrar::port::{Reservation, ReserveAnswer};

use super::Outcome;
use super::read::{self, BY_ID, BY_NONCE, BY_REPLAY_KEY};
use crate::connection::Session;
use crate::crash::crash_point;
use crate::error::StoreError;
use crate::packed;
use crate::retry::asked_again;
use crate::sql::{NonceKey, Sql};

const WHAT: &str = "open an attempt";

/// Attempt and evidence together, for every item whose nonce, key, effect and target are free; the
/// unique keys decide where two callers meet.
const STATEMENT: &str = "WITH item AS (SELECT * FROM unnest($1::uuid[], $2::bytea[], $3::bytea[], \
       $4::bytea[], $5::bytea[], $6::bytea[], $7::bytea[], $8::uuid[], $9::int8[], $10::text[], \
       $11::text[], $12::int8[], $13::timestamptz[], $14::bytea[], $15::text[]) AS t (attempt_id, \
       ledger_key, nonce, request_digest, request, effect_identity, \
       authorization_binding_digest, owner_token, epoch, target, run_id, attempt_no, expires_at, \
       frame, dot_code)), \
     opened AS (INSERT INTO holdfast.attempt (attempt_id, ledger_key, nonce, request_digest, \
       request, effect_identity, authorization_binding_digest, owner_token, epoch, target, run_id, \
       attempt_no, expires_at) \
       SELECT attempt_id, ledger_key, nonce, request_digest, request, effect_identity, \
       authorization_binding_digest, owner_token, epoch, target, run_id, attempt_no, expires_at \
       FROM item \
       WHERE NOT EXISTS (SELECT 1 FROM holdfast.attempt AS a \
           WHERE substr(a.ledger_key, 7, 8) = substr(item.ledger_key, 7, 8) \
             AND substr(a.ledger_key, 7) = substr(item.ledger_key, 7)) \
         AND NOT EXISTS (SELECT 1 FROM holdfast.ledger AS l WHERE l.target = item.target \
                         AND l.effect_identity = item.effect_identity) \
         AND NOT EXISTS (SELECT 1 FROM holdfast.dot_catalogue AS h \
           WHERE h.dot_code = item.dot_code AND h.epoch = (SELECT max(e.epoch) \
             FROM holdfast.dot_epoch AS e WHERE e.dot_code = item.dot_code)) \
       ORDER BY nonce ON CONFLICT DO NOTHING RETURNING attempt_id, opened_at), \
     kept AS (INSERT INTO holdfast.evidence (attempt_id, frame) \
       SELECT opened.attempt_id, item.frame FROM opened JOIN item USING (attempt_id)) \
     SELECT attempt_id, opened_at FROM opened";

/// The worker that opens attempts.
///
/// Its commits do not wait for the disk: the log is ordered, so the commit that consumes the key,
/// which does wait, makes the reservation durable first. A reservation that is lost with power was
/// never consumed, and its nonce is as good as never used.
pub(super) struct Reserver {
    session: Session,
}

impl Reserver {
    pub(super) const fn new(session: Session) -> Self {
        Self { session }
    }

    fn open(&self, items: &[Reservation]) -> Result<Vec<ReserveAnswer>, StoreError> {
        self.session.try_run(WHAT, async |client| {
            crash_point("reserve.before_insert");
            let opened = self.insert(client, items).await?;
            crash_point("reserve.after_commit");
            let mut answers = Vec::with_capacity(items.len());
            for item in items {
                answers.push(match opened.get(&item.attempt_id) {
                    Some(opened_at) => ReserveAnswer::Reserved {
                        opened_at: *opened_at,
                    },
                    None => self.explain(client, item).await?,
                });
            }
            Ok(answers)
        })
    }

    async fn insert(
        &self,
        client: &mut Client,
        items: &[Reservation],
    ) -> Result<BTreeMap<Uuid, Timestamp>, StoreError> {
        let failed = |error| self.session.failed(WHAT, error);
        let nonces = items
            .iter()
            .map(|item| NonceKey::required(&item.nonce))
            .collect::<Result<Vec<_>, _>>()?;
        let keys: Vec<Vec<u8>> = nonces
            .iter()
            .zip(items)
            .map(|(nonce, item)| nonce.ledger_key(&item.replay_key))
            .collect();
        let nonces: Vec<&[u8]> = nonces.iter().map(|nonce| nonce.0.as_slice()).collect();
        let frames = items.iter().map(|item| packed::pack(&item.evidence));
        let frames = frames.collect::<Result<Vec<_>, _>>()?;
        let statement = client.prepare_cached(STATEMENT).await.map_err(failed)?;
        let transaction = client.transaction().await.map_err(failed)?;
        transaction
            .batch_execute("SET LOCAL synchronous_commit = off")
            .await
            .map_err(failed)?;
        let rows = transaction
            .query(
                &statement,
                &[
                    &each(items, |item| Sql(item.attempt_id)),
                    &keys,
                    &nonces,
                    &each(items, |item| Sql(item.request_digest)),
                    &each(items, |item| item.request.as_slice()),
                    &each(items, |item| Sql(item.effect_identity)),
                    &each(items, |item| Sql(item.authorization_binding_digest)),
                    &each(items, |item| Sql(item.owner_token)),
                    &each(items, |item| Sql(item.epoch)),
                    &each(items, |item| item.target.as_str()),
                    &each(items, |item| item.run_id.as_str()),
                    &each(items, |item| Sql(item.attempt_no)),
                    &each(items, |item| Sql(item.expires_at)),
                    &frames,
                    &each(items, |item| read::dot_code(&item.target)),
                ],
            )
            .await
            .map_err(failed)?;
        crash_point("reserve.before_commit");
        transaction.commit().await.map_err(failed)?;
        rows.iter()
            .map(|row| {
                let id = row.try_get::<_, Sql<Uuid>>(0)?.0;
                Ok((id, row.try_get::<_, Sql<Timestamp>>(1)?.0))
            })
            .collect::<Result<_, _>>()
            .map_err(failed)
    }

    /// Why an item was not opened, read in a later statement, which sees what won.
    async fn explain(
        &self,
        client: &Client,
        item: &Reservation,
    ) -> Result<ReserveAnswer, StoreError> {
        let nonce = NonceKey::required(&item.nonce)?;
        let nonce = nonce.0.as_slice();
        let session = &self.session;
        let mut taken = read::attempt(session, client, BY_NONCE, &[&nonce]).await?;
        if taken.is_none() {
            let key = Sql(item.replay_key);
            taken = read::attempt(session, client, BY_REPLAY_KEY, &[&key]).await?;
        }
        if let Some(attempt) = taken {
            return Ok(ReserveAnswer::NonceTaken(Box::new(attempt)));
        }
        let effect = Sql(item.effect_identity);
        if let Some(attempt) = read::attempt(session, client, read::BY_EFFECT, &[&effect]).await? {
            return Ok(ReserveAnswer::EffectCommitted(Box::new(attempt)));
        }
        let dot_code = read::dot_code(&item.target);
        let head = read::current_head(client, dot_code).await;
        if let Some(head_key) = head.map_err(|error| session.failed(WHAT, error))? {
            return Ok(ReserveAnswer::HeadExists {
                head_key,
                dot_code: dot_code.to_owned(),
            });
        }
        let id = Sql(item.attempt_id);
        if read::attempt(session, client, BY_ID, &[&id])
            .await?
            .is_some()
        {
            return Err(StoreError::Unstorable {
                what: WHAT,
                reason: format!("another one has the id `{}`", item.attempt_id),
            });
        }
        // What stood in the way has gone again: a head that was retired meanwhile.
        Err(StoreError::Raced { what: WHAT })
    }
}

impl Work<Reservation, Outcome<ReserveAnswer>> for Reserver {
    fn run(&mut self, items: &[Reservation]) -> Vec<Outcome<ReserveAnswer>> {
        // Asked again, an attempt that is open after all answers for itself, by its own token.
        match asked_again(|| self.open(items)) {
            Ok(answers) => answers.into_iter().map(Outcome::Answered).collect(),
            Err(error) if items.len() > 1 && error.may_be_one_items() => items
                .iter()
                .flat_map(|item| self.run(std::slice::from_ref(item)))
                .collect(),
            Err(error) => {
                let error = Arc::new(error);
                let refused = |_| Outcome::RolledBack(Arc::clone(&error));
                items.iter().map(refused).collect()
            }
        }
    }
}

/// One column of a batch.
pub(super) fn each<'a, T, C>(items: &'a [T], column: impl Fn(&'a T) -> C) -> Vec<C> {
    items.iter().map(column).collect()
}
