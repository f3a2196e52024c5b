//! Consumes attempts: keys, heads and decisions of many, in one transaction, each answered for
//! itself.
//!
//! Inside: lock the authority heads and read what every item rests on; drop the items that must not
//! be written; insert heads in the order of their targets, and for exactly the inserted ones the
//! ledger rows, the decisions and the attempts' transitions. Whatever does not fit together rolls
//! the whole batch back and runs its items one by one.

use std::collections::BTreeSet;
use std::sync::Arc;

use batching::Work;
use canonical::Uuid;
use deadpool_postgres::Client;
use registrar::port::{ConsumeAnswer, ConsumeItem};

use super::Outcome;
use super::explain::explain;
use super::judge::{self, Known};
use super::write::{self, Ready, Written};
use crate::connection::Session;
use crate::crash::crash_point;
use crate::error::StoreError;
use crate::sql::{Sql, transaction_id};

const WHAT: &str = "consume a key";

/// Why an item was not written.
#[derive(Debug)]
pub(super) enum Loss {
    /// Known here and now.
    Known(registrar::port::LossReason),
    /// A row of another attempt stands in the way; which one is read in a later statement.
    Unexplained(String),
}

impl From<registrar::port::LossReason> for Loss {
    fn from(reason: registrar::port::LossReason) -> Self {
        Self::Known(reason)
    }
}

/// How a transaction that was not given up ended.
enum End {
    /// Committed, or with nothing to commit: for each item its decision, or why there is none.
    Settled(Vec<Result<ConsumeAnswer, Loss>>),
    /// Rolled back, because not every row came in that should have.
    Mismatch,
    /// The commit was sent and no answer came.
    Unknown(StoreError),
}

/// The worker that consumes.
pub(super) struct Consumer {
    session: Session,
}

impl Consumer {
    pub(super) const fn new(session: Session) -> Self {
        Self { session }
    }

    fn transact(
        &self,
        items: &[ConsumeItem],
    ) -> Result<Option<Vec<Outcome<ConsumeAnswer>>>, StoreError> {
        self.session.try_run(WHAT, async |client| {
            let settled = match self.write(client, items).await? {
                End::Settled(settled) => settled,
                End::Mismatch if items.len() > 1 => return Ok(None),
                End::Mismatch => vec![Err(Loss::Unexplained(
                    "the key, the effect or the target is taken".to_owned(),
                ))],
                End::Unknown(error) => {
                    let error = Arc::new(error);
                    let unknown = |_| Outcome::Unknown(Arc::clone(&error));
                    return Ok(Some(items.iter().map(unknown).collect()));
                }
            };
            let mut outcomes = Vec::with_capacity(items.len());
            for (item, answer) in items.iter().zip(settled) {
                outcomes.push(self.settle(client, item, answer).await);
            }
            Ok(Some(outcomes))
        })
    }

    /// An item's outcome after the transaction; why it lost is read only now.
    async fn settle(
        &self,
        client: &Client,
        item: &ConsumeItem,
        answer: Result<ConsumeAnswer, Loss>,
    ) -> Outcome<ConsumeAnswer> {
        let loss = match answer {
            Ok(answer) => return Outcome::Answered(answer),
            Err(loss) => loss,
        };
        match explain(&self.session, client, item, loss).await {
            Ok(reason) => Outcome::Answered(ConsumeAnswer::Lost(reason)),
            Err(error) => Outcome::RolledBack(Arc::new(error)),
        }
    }

    async fn write(&self, client: &mut Client, items: &[ConsumeItem]) -> Result<End, StoreError> {
        let known = judge::begin(&self.session, client, items).await?;
        let mut judged = Vec::with_capacity(items.len());
        for item in items {
            judged.push(self.ready(client, item, &known).await?);
        }
        let ready: Vec<&Ready<'_>> = judged
            .iter()
            .filter_map(|item| item.as_ref().ok())
            .collect();
        if ready.is_empty() {
            self.roll_back(client).await?;
            return Ok(settled(judged, &BTreeSet::new(), &known));
        }
        let written = write::insert(&self.session, client, &ready).await?;
        let Written::Together(heads) = written else {
            self.roll_back(client).await?;
            return Ok(End::Mismatch);
        };
        if heads.is_empty() {
            self.roll_back(client).await?;
        } else if let Some(error) = self.commit(client).await? {
            return Ok(End::Unknown(error));
        }
        Ok(settled(judged, &heads, &known))
    }

    /// An item with everything that its rows need, or why it must not be written.
    async fn ready<'a>(
        &self,
        client: &Client,
        item: &'a ConsumeItem,
        known: &Known,
    ) -> Result<Result<Ready<'a>, Loss>, StoreError> {
        let epoch = match judge::judge(&self.session, client, item, known).await? {
            Ok(epoch) => epoch,
            Err(loss) => return Ok(Err(loss)),
        };
        Ok(Ready::seal(item, epoch, known).map_err(Loss::from))
    }

    /// Commits; `Some` where it is not known whether it did. Only a refusal by the server's rules
    /// is certain not to have committed.
    async fn commit(&self, client: &Client) -> Result<Option<StoreError>, StoreError> {
        crash_point("consume.before_commit");
        let committed = client.batch_execute("COMMIT").await;
        match committed.map_err(|error| self.session.failed("commit a consume", error)) {
            Ok(()) => {
                crash_point("consume.after_commit");
                Ok(None)
            }
            Err(error) if error.is_certain_rollback() => Err(error),
            Err(error) => Ok(Some(error)),
        }
    }

    async fn roll_back(&self, client: &Client) -> Result<(), StoreError> {
        let ended = client.batch_execute("ROLLBACK").await;
        ended.map_err(|error| self.session.failed(WHAT, error))
    }
}

impl Work<ConsumeItem, Outcome<ConsumeAnswer>> for Consumer {
    fn run(&mut self, items: &[ConsumeItem]) -> Vec<Outcome<ConsumeAnswer>> {
        let one_by_one = |this: &mut Self| -> Vec<_> {
            items
                .iter()
                .flat_map(|item| this.run(std::slice::from_ref(item)))
                .collect()
        };
        match self.transact(items) {
            Ok(Some(outcomes)) => outcomes,
            Ok(None) => one_by_one(self),
            Err(error) if items.len() > 1 && error.may_be_one_items() => one_by_one(self),
            Err(error) => {
                let error = Arc::new(error);
                let rolled_back = |_| Outcome::RolledBack(Arc::clone(&error));
                items.iter().map(rolled_back).collect()
            }
        }
    }
}

fn settled(judged: Vec<Result<Ready<'_>, Loss>>, heads: &BTreeSet<Uuid>, known: &Known) -> End {
    let answer = |ready: Ready<'_>| {
        if heads.contains(&ready.item.attempt_id) {
            Ok(ConsumeAnswer::Registered {
                decision: ready.decision.bytes,
                transaction_id: transaction_id(&known.txid),
            })
        } else {
            Err(Loss::Unexplained("the target has a head".to_owned()))
        }
    };
    End::Settled(
        judged
            .into_iter()
            .map(|item| item.and_then(answer))
            .collect(),
    )
}

/// Ids as the statements take them.
pub(super) fn ids(items: &[ConsumeItem]) -> Vec<Sql<Uuid>> {
    items.iter().map(|item| Sql(item.attempt_id)).collect()
}
