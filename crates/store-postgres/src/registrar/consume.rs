//! Consumes attempts: keys, heads and decisions of many, in one transaction, each answered for
//! itself.
//!
//! Inside: lock attempts and authority heads and read what every item rests on; drop the items that
//! must not be written; insert heads in the order of their targets; for exactly the inserted ones seal
//! the decisions and insert ledger rows, decisions and the attempts' transitions; compare the
//! catalogs. Whatever does not fit together rolls the whole batch back and runs its items one by one.

use std::collections::BTreeMap;
use std::sync::Arc;

use batching::Work;
use canonical::Uuid;
use deadpool_postgres::Client;
use registrar::port::{ConsumeAnswer, ConsumeItem, LossReason};

use super::Outcome;
use super::explain::explain;
use super::judge::{self, Known};
use super::write::{self, Ready, Sealed, Written};
use crate::connection::Session;
use crate::crash::crash_point;
use crate::error::StoreError;
use crate::sql::{Sql, transaction_id};

const WHAT: &str = "consume a key";

/// Why an item was not written.
#[derive(Debug)]
pub(super) enum Loss {
    /// Known here and now.
    Known(LossReason),
    /// A row of another attempt stands in the way; which one is read in a later statement.
    Unexplained(String),
}

impl From<LossReason> for Loss {
    fn from(reason: LossReason) -> Self {
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

    fn refused(&self, item: &ConsumeItem, error: &StoreError) -> Outcome<ConsumeAnswer> {
        let loss = Loss::Unexplained(error.chain());
        let explained = self.session.try_run("explain a refusal", async |client| {
            explain(&self.session, client, item, loss).await
        });
        match explained {
            Ok(reason) => Outcome::Answered(ConsumeAnswer::Lost(reason)),
            Err(error) => Outcome::RolledBack(Arc::new(error)),
        }
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
        crash_point("consume.after_lock");
        let mut judged = Vec::with_capacity(items.len());
        for item in items {
            judged.push(self.ready(client, item, &known).await?);
        }
        let written = self.insert(client, &judged, &known).await?;
        let decisions = match written {
            Inserted::Decisions(decisions) if !decisions.is_empty() => decisions,
            other => {
                self.roll_back(client).await?;
                return Ok(other.without_commit(judged));
            }
        };
        if let Some(error) = self.commit(client).await? {
            return Ok(End::Unknown(error));
        }
        Ok(settled(judged, decisions, &known))
    }

    /// Inserts heads, then seals the decisions of those that came in, then inserts the rest.
    async fn insert(
        &self,
        client: &Client,
        judged: &[Result<Ready<'_>, Loss>],
        known: &Known,
    ) -> Result<Inserted, StoreError> {
        let ready: Vec<&Ready<'_>> = judged
            .iter()
            .filter_map(|item| item.as_ref().ok())
            .collect();
        if ready.is_empty() {
            return Ok(Inserted::Decisions(BTreeMap::new()));
        }
        let heads = write::heads(&self.session, client, &ready).await?;
        let mut sealed = Vec::with_capacity(heads.len());
        for ready in ready {
            if heads.contains(&ready.item.attempt_id) {
                match ready.seal(known) {
                    Ok(decision) => sealed.push(Sealed { ready, decision }),
                    Err(reason) => return Ok(Inserted::Refused(reason)),
                }
            }
        }
        if sealed.is_empty() {
            return Ok(Inserted::Decisions(BTreeMap::new()));
        }
        Ok(match write::rest(&self.session, client, &sealed).await? {
            Written::Apart => Inserted::Apart,
            Written::Altered => Inserted::Refused(LossReason::GateChanged),
            Written::All => Inserted::Decisions(
                sealed
                    .into_iter()
                    .map(|one| (one.ready.item.attempt_id, one.decision.bytes))
                    .collect(),
            ),
        })
    }

    /// An item with what its rows need, or why it must not be written.
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
        Ok(Ready::new(item, epoch).map_err(Loss::from))
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
            // What the rules refuse of one item is its own loss; why is read on a new connection.
            Err(error @ StoreError::Rule { .. }) => items
                .iter()
                .map(|item| self.refused(item, &error))
                .collect(),
            Err(error) => {
                let error = Arc::new(error);
                // Whether the commit was on its way when the server fell silent is not known.
                let end = match *error {
                    StoreError::Silent { .. } => Outcome::Unknown,
                    _ => Outcome::RolledBack,
                };
                items.iter().map(|_| end(Arc::clone(&error))).collect()
            }
        }
    }
}

/// What a transaction holds before its end.
enum Inserted {
    /// For each of these attempts all of its rows, and its decision; for every other one none.
    Decisions(BTreeMap<Uuid, Vec<u8>>),
    /// Some rows of some attempt only.
    Apart,
    /// An item that must not be written, for a reason that shows only after its head came in.
    Refused(LossReason),
}

impl Inserted {
    /// How the transaction ended that was rolled back: one item is answered, of several each is
    /// tried by itself.
    fn without_commit(self, judged: Vec<Result<Ready<'_>, Loss>>) -> End {
        match (self, judged.len()) {
            (Self::Decisions(_), _) => End::Settled(
                judged
                    .into_iter()
                    .map(|item| Err(item.err().unwrap_or_else(taken)))
                    .collect(),
            ),
            (Self::Refused(reason), 1) => End::Settled(vec![Err(reason.into())]),
            (Self::Refused(_) | Self::Apart, _) => End::Mismatch,
        }
    }
}

fn taken() -> Loss {
    Loss::Unexplained("the target has a head".to_owned())
}

fn settled(
    judged: Vec<Result<Ready<'_>, Loss>>,
    mut decisions: BTreeMap<Uuid, Vec<u8>>,
    known: &Known,
) -> End {
    let mut answer = |ready: &Ready<'_>| {
        let decision = decisions.remove(&ready.item.attempt_id).ok_or_else(taken)?;
        Ok(ConsumeAnswer::Registered {
            decision,
            transaction_id: transaction_id(&known.txid),
        })
    };
    End::Settled(
        judged
            .into_iter()
            .map(|item| item.and_then(|ready| answer(&ready)))
            .collect(),
    )
}

/// Ids as the statements take them.
pub(super) fn ids(items: &[ConsumeItem]) -> Vec<Sql<Uuid>> {
    items.iter().map(|item| Sql(item.attempt_id)).collect()
}
