//! The registrar's credential: it reads for itself, and writes in batches that callers share.

use std::sync::Arc;

use batching::{BatchOptions, Batcher, Stopped, Work};
use canonical::{Digest, Timestamp, Uuid};
use registrar::port::{
    ConsumeAnswer, ConsumeError, ConsumeItem, HeadVersion, ObserverSession, PortError,
    RegistrarStore, RereadRow, Reservation, ReserveAnswer, RowRef, Standing, StoredAttempt,
};

use crate::connection::{Session, Store};
use crate::error::StoreError;
use crate::presence;
use crate::reads::{AllReads, RegistrarAnswer, RegistrarQuestion};
use crate::role::Role;
use crate::sql::{NonceKey, Sql};

mod consume;
mod explain;
mod judge;
mod outcome;
pub(crate) mod read;
pub(crate) mod reread;
mod reserve;
mod write;

use consume::Consumer;
use outcome::Outcome;
use reserve::Reserver;

/// How many connections consume at once, and how many reserve: while one waits for the disk,
/// another fills.
const WORKERS: usize = 2;

/// The writing side of the registrar in one process; clones share its queues.
#[derive(Clone, Debug)]
pub struct RegistrarWriter {
    reservations: Batcher<Reservation, Outcome<ReserveAnswer>>,
    consumes: Batcher<ConsumeItem, Outcome<ConsumeAnswer>>,
}

impl RegistrarWriter {
    pub(crate) fn start(store: &Store, options: BatchOptions) -> Result<Self, StoreError> {
        let session = store.session(Role::Registrar)?;
        let reserving = |_| -> Box<dyn Work<_, _>> { Box::new(Reserver::new(session.clone())) };
        let consuming = |_| -> Box<dyn Work<_, _>> { Box::new(Consumer::new(session.clone())) };
        Ok(Self {
            reservations: Batcher::start(
                "registrar-reserve",
                options,
                (0..WORKERS).map(reserving).collect(),
            )
            .map_err(StoreError::Runtime)?,
            consumes: Batcher::start(
                "registrar-consume",
                options,
                (0..WORKERS).map(consuming).collect(),
            )
            .map_err(StoreError::Runtime)?,
        })
    }

    fn reserve(&self, items: Vec<Reservation>) -> Result<Vec<ReserveAnswer>, PortError> {
        let answered = self.reservations.call(items);
        answered
            .map_err(stopped)?
            .into_iter()
            .map(|outcome| match outcome {
                Outcome::Answered(answer) => Ok(answer),
                Outcome::RolledBack(error) | Outcome::Unknown(error) => Err(registrar_error(error)),
            })
            .collect()
    }

    fn consume(&self, items: Vec<ConsumeItem>) -> Result<Vec<ConsumeAnswer>, ConsumeError> {
        let answered = self.consumes.call(items);
        let outcomes = answered.map_err(|error| ConsumeError::OutcomeUnknown(stopped(error)))?;
        // An error speaks for the whole call, so it may only say "rolled back" where nothing of
        // the call was committed.
        let nothing_written = outcomes
            .iter()
            .all(|outcome| matches!(outcome, Outcome::RolledBack(_)));
        outcomes
            .into_iter()
            .map(|outcome| match outcome {
                Outcome::Answered(answer) => Ok(answer),
                Outcome::RolledBack(error) if nothing_written => Err(rolled_back(error)),
                Outcome::RolledBack(error) | Outcome::Unknown(error) => {
                    Err(ConsumeError::OutcomeUnknown(registrar_error(error)))
                }
            })
            .collect()
    }
}

/// The registrar's store, for one caller.
#[derive(Clone, Debug)]
pub struct RegistrarConnection {
    session: Session,
    reads: Arc<AllReads>,
    writer: RegistrarWriter,
    /// The observer's process, where this only plans.
    planned: Option<u32>,
}

impl RegistrarConnection {
    pub(crate) const fn new(
        session: Session,
        reads: Arc<AllReads>,
        writer: RegistrarWriter,
    ) -> Self {
        Self {
            session,
            reads,
            writer,
            planned: None,
        }
    }

    /// The same for a plan: it writes nothing, and the observer is the process that shows itself,
    /// since no capture of it is stored.
    #[must_use]
    pub const fn planning(mut self, observer: u32) -> Self {
        self.planned = Some(observer);
        self
    }

    fn target(&self, dot_code: &str) -> Result<(Standing, Option<i32>), PortError> {
        match self.ask(RegistrarQuestion::Target(dot_code.to_owned()))? {
            RegistrarAnswer::Target(standing, epoch) => Ok((standing, epoch)),
            other => Err(unexpected(&other)),
        }
    }

    fn ask(&self, question: RegistrarQuestion) -> Result<RegistrarAnswer, PortError> {
        self.reads.registrar.ask(question).map_err(registrar_error)
    }

    fn find(
        &self,
        condition: &str,
        parameters: read::Parameters<'_>,
    ) -> Result<Option<StoredAttempt>, PortError> {
        let found = self.session.try_run("read an attempt", async |client| {
            read::attempt(&self.session, client, condition, parameters).await
        });
        found.map_err(failed)
    }

    fn list(
        &self,
        condition: &str,
        parameters: read::Parameters<'_>,
    ) -> Result<Vec<StoredAttempt>, PortError> {
        let found = self.session.try_run("list attempts", async |client| {
            read::attempts(&self.session, client, condition, parameters).await
        });
        found.map_err(failed)
    }
}

impl RegistrarStore for RegistrarConnection {
    fn credential(&self) -> String {
        format!("db_role:{}", self.session.login())
    }

    fn observer_session(
        &mut self,
        attempt_id: &Uuid,
    ) -> Result<Option<ObserverSession>, PortError> {
        if let Some(process) = self.planned {
            return presence::session_of(&self.session, process).map_err(failed);
        }
        match self.ask(RegistrarQuestion::Observer(*attempt_id))? {
            RegistrarAnswer::Observer(session) => Ok(session),
            other => Err(unexpected(&other)),
        }
    }

    fn clock(&mut self) -> Result<Timestamp, PortError> {
        match self.ask(RegistrarQuestion::Clock)? {
            RegistrarAnswer::Clock(now) => Ok(now),
            other => Err(unexpected(&other)),
        }
    }

    fn attempt_by_nonce(&mut self, nonce: &str) -> Result<Option<StoredAttempt>, PortError> {
        let Some(key) = NonceKey::of(nonce) else {
            return Ok(None);
        };
        match self.ask(RegistrarQuestion::Attempt(key.0.to_vec()))? {
            RegistrarAnswer::Attempt(attempt) => Ok(attempt.map(Arc::unwrap_or_clone)),
            other => Err(unexpected(&other)),
        }
    }

    fn attempt_by_replay_key(&mut self, key: &Digest) -> Result<Option<StoredAttempt>, PortError> {
        self.find(read::BY_REPLAY_KEY, &[&Sql(*key)])
    }

    fn attempt_by_id(&mut self, id: &Uuid) -> Result<Option<StoredAttempt>, PortError> {
        self.find(read::BY_ID, &[&Sql(*id)])
    }

    fn attempt_by_effect(&mut self, effect: &Digest) -> Result<Option<StoredAttempt>, PortError> {
        self.find(read::BY_EFFECT, &[&Sql(*effect)])
    }

    fn current_head(&mut self, dot_code: &str) -> Result<Option<String>, PortError> {
        let found = self.session.run("read the current head", async |client| {
            read::current_head(client, dot_code).await
        });
        found.map_err(failed)
    }

    fn retired_head(&mut self, dot_code: &str) -> Result<bool, PortError> {
        // Its first epoch has ended.
        let (_, epoch) = self.target(dot_code)?;
        Ok(epoch.is_some_and(|epoch| epoch > 0))
    }

    fn standing(&mut self, target: &str) -> Result<Standing, PortError> {
        self.target(read::dot_code(target)).map(|found| found.0)
    }

    fn reread(&mut self, refs: &[RowRef]) -> Result<Vec<RereadRow>, PortError> {
        match self.ask(RegistrarQuestion::Reread(refs.to_vec()))? {
            RegistrarAnswer::Reread(rows) => Ok(Arc::unwrap_or_clone(rows)),
            other => Err(unexpected(&other)),
        }
    }

    fn head_versions(&mut self, target: &str) -> Result<Vec<HeadVersion>, PortError> {
        match self.ask(RegistrarQuestion::Versions(target.to_owned()))? {
            RegistrarAnswer::Versions(versions) => Ok(versions),
            other => Err(unexpected(&other)),
        }
    }

    fn reserve(&mut self, reservations: Vec<Reservation>) -> Result<Vec<ReserveAnswer>, PortError> {
        if self.planned.is_some() {
            return Err(only_planned());
        }
        self.writer.reserve(reservations)
    }

    fn consume(&mut self, items: Vec<ConsumeItem>) -> Result<Vec<ConsumeAnswer>, ConsumeError> {
        if self.planned.is_some() {
            return Err(ConsumeError::Port(only_planned()));
        }
        self.writer.consume(items)
    }

    fn evidence(&mut self, attempt_id: &Uuid) -> Result<Option<Vec<u8>>, PortError> {
        let found = self.session.try_run("read the evidence", async |client| {
            read::evidence(&self.session, client, attempt_id).await
        });
        found.map_err(failed)
    }

    fn open_attempts(
        &mut self,
        opened_before: Timestamp,
        limit: u32,
    ) -> Result<Vec<StoredAttempt>, PortError> {
        self.list(read::OPEN, &[&Sql(opened_before), &i64::from(limit)])
    }

    fn unverified_attempts(&mut self, limit: u32) -> Result<Vec<StoredAttempt>, PortError> {
        self.list(read::UNVERIFIED, &[&i64::from(limit)])
    }
}

fn unexpected(answer: &RegistrarAnswer) -> PortError {
    failed(StoreError::Unstorable {
        what: "read what a registration rests on",
        reason: format!("a question got the answer to another: {answer:?}"),
    })
}

fn only_planned() -> PortError {
    failed(StoreError::Unstorable {
        what: "write a registration",
        reason: "this connection only plans".to_owned(),
    })
}

fn failed(error: StoreError) -> PortError {
    registrar_error(Arc::new(error))
}

/// A store's error in the port's words; transient only where nothing may have been written.
pub(crate) fn registrar_error(error: Arc<StoreError>) -> PortError {
    if error.is_transient() {
        PortError::transient("the store was busy", error)
    } else {
        PortError::new("the store did not answer", error)
    }
}

/// A consume that was certainly rolled back: a connection that ended before the commit was sent
/// wrote nothing, so another one may try.
fn rolled_back(error: Arc<StoreError>) -> ConsumeError {
    ConsumeError::Port(match *error {
        StoreError::Lost { .. } => {
            PortError::transient("the connection ended before the commit", error)
        }
        _ => registrar_error(error),
    })
}

fn stopped(error: Stopped) -> PortError {
    PortError::new("the registrar's writer has ended", error)
}
