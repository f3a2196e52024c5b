//! One transaction for many tasks: each its own savepoint, each its own answer.

use std::path::{Path, PathBuf};
use std::slice;
use std::sync::Arc;

use registrar::port::{ConsumeAnswer, ConsumeItem, Reservation, ReserveAnswer};
use rusqlite::{Connection, params};

use super::consume::{self, Failure, Loss, Shared};
use super::{explain, judge, reserve};
use crate::authorizer::Role;
use crate::clock;
use crate::connection::open_as;
use crate::crash::crash_point;
use crate::error::{During, StoreError};
use crate::schema::Fingerprinter;
use crate::sql::Sql;

/// One item of work.
#[derive(Debug)]
pub(super) enum Task {
    Reserve(Box<Reservation>),
    Consume(Box<ConsumeItem>),
}

impl Task {
    pub(super) fn reserve(reservation: Reservation) -> Self {
        Self::Reserve(Box::new(reservation))
    }

    pub(super) fn consume(item: ConsumeItem) -> Self {
        Self::Consume(Box::new(item))
    }
}

/// What became of one task.
#[derive(Debug)]
pub(super) enum Outcome {
    /// Committed, or found to be in the way of something committed.
    Reserved(ReserveAnswer),
    /// Committed, or lost for a reason.
    Consumed(ConsumeAnswer),
    /// Certainly not written.
    RolledBack(Arc<StoreError>),
    /// The commit was sent, and it is not known whether it came through.
    Unknown(Arc<StoreError>),
}

/// A task inside the transaction, before it is known whether the transaction commits.
enum Pending {
    Reserved(ReserveAnswer),
    Consumed(ConsumeAnswer),
    Lost(Loss),
    Refused(Arc<StoreError>),
}

/// Why a whole transaction has no outcomes.
enum Fault {
    RolledBack(StoreError),
    Unknown(StoreError),
}

impl From<StoreError> for Fault {
    fn from(error: StoreError) -> Self {
        Self::RolledBack(error)
    }
}

/// The registrar's write connection; only one thread has it.
pub(super) struct Worker {
    path: PathBuf,
    connection: Connection,
    /// Whether commits wait for the disk at the moment.
    waits: bool,
    fingerprinter: Fingerprinter,
}

impl Worker {
    pub(super) fn open(path: &Path) -> Result<Self, StoreError> {
        Ok(Self {
            path: path.to_owned(),
            connection: open_as(path, Role::Registrar)?,
            waits: true,
            fingerprinter: Fingerprinter::default(),
        })
    }

    /// Runs tasks in one transaction and answers for each of them, in order.
    ///
    /// When the commit is refused for what one of them wrote, or a row that one of them reads is
    /// damaged, each runs again by itself, so that the bad one is alone.
    pub(super) fn run(&mut self, tasks: &[Task]) -> Vec<Outcome> {
        match self.transact(tasks) {
            Ok(outcomes) => outcomes,
            Err(Fault::RolledBack(error)) if error.may_be_one_items() && tasks.len() > 1 => tasks
                .iter()
                .flat_map(|task| self.run(slice::from_ref(task)))
                .collect(),
            Err(Fault::RolledBack(error)) => {
                let error = Arc::new(error);
                tasks
                    .iter()
                    .map(|_| Outcome::RolledBack(Arc::clone(&error)))
                    .collect()
            }
            Err(Fault::Unknown(error)) => {
                self.reopen();
                let error = Arc::new(error);
                tasks
                    .iter()
                    .map(|_| Outcome::Unknown(Arc::clone(&error)))
                    .collect()
            }
        }
    }

    fn transact(&mut self, tasks: &[Task]) -> Result<Vec<Outcome>, Fault> {
        let consumes = tasks.iter().any(|task| matches!(task, Task::Consume(_)));
        self.wait_for_disk(consumes)?;
        self.execute("BEGIN IMMEDIATE")?;
        let pending = match self.write(tasks, consumes) {
            Ok(pending) => pending,
            Err(error) => {
                self.roll_back();
                return Err(Fault::RolledBack(error));
            }
        };
        if pending.iter().any(Pending::is_written) {
            self.commit(consumes)?;
        } else {
            self.roll_back();
        }
        Ok(tasks
            .iter()
            .zip(pending)
            .map(|(task, pending)| self.settle(task, pending))
            .collect())
    }

    fn write(&mut self, tasks: &[Task], consumes: bool) -> Result<Vec<Pending>, StoreError> {
        let now = clock::now()?;
        let shared = if consumes {
            Some(Shared {
                now,
                ordinal: self.next_ordinal(now)?,
                fingerprint: self.fingerprinter.fingerprint(&self.connection)?,
                policy: judge::policy_in_force(&self.connection)?,
            })
        } else {
            None
        };
        tasks
            .iter()
            .map(|task| match (task, shared.as_ref()) {
                (Task::Reserve(reservation), _) => self.reserve(reservation, now),
                (Task::Consume(item), Some(shared)) => self.consume(item, shared),
                (Task::Consume(_), None) => Err(StoreError::WriterStopped),
            })
            .collect()
    }

    /// The ordinal of this transaction: one more than the last that was committed.
    fn next_ordinal(&self, now: canonical::Timestamp) -> Result<i64, StoreError> {
        self.connection
            .prepare_cached(
                "INSERT INTO writer_transaction (opened_at) VALUES (?1) RETURNING ordinal",
            )
            .and_then(|mut statement| statement.query_row(params![Sql(now)], |row| row.get(0)))
            .during("number a transaction")
    }

    fn reserve(
        &self,
        reservation: &Reservation,
        now: canonical::Timestamp,
    ) -> Result<Pending, StoreError> {
        self.execute("SAVEPOINT item")?;
        match reserve::reserve(&self.connection, reservation, now) {
            Ok(answer) => {
                self.execute("RELEASE item")?;
                Ok(Pending::Reserved(answer))
            }
            Err(error) if error.concerns_one_item() => {
                self.undo_item()?;
                Ok(Pending::Refused(Arc::new(error)))
            }
            Err(error) => Err(error),
        }
    }

    fn consume(&self, item: &ConsumeItem, shared: &Shared) -> Result<Pending, StoreError> {
        self.execute("SAVEPOINT item")?;
        match consume::consume(&self.connection, item, shared) {
            Ok(answer) => {
                self.execute("RELEASE item")?;
                Ok(Pending::Consumed(answer))
            }
            Err(Failure::Lost(loss)) => {
                self.undo_item()?;
                Ok(Pending::Lost(loss))
            }
            Err(Failure::Store(error)) => Err(error),
        }
    }

    fn undo_item(&self) -> Result<(), StoreError> {
        self.execute("ROLLBACK TO item")?;
        self.execute("RELEASE item")
    }

    /// Commits; only a refusal of the rules and a busy store are certain not to have committed.
    fn commit(&self, consumes: bool) -> Result<(), Fault> {
        crash_point(if consumes {
            "consume.before_commit"
        } else {
            "reserve.before_commit"
        });
        let committed = self.execute("COMMIT");
        if let Err(error) = committed {
            self.roll_back();
            return Err(if error.concerns_one_item() || error.is_transient() {
                Fault::RolledBack(error)
            } else {
                Fault::Unknown(error)
            });
        }
        crash_point(if consumes {
            "consume.after_commit"
        } else {
            "reserve.after_commit"
        });
        Ok(())
    }

    /// A task's outcome after the transaction; why it lost is read only now.
    fn settle(&self, task: &Task, pending: Pending) -> Outcome {
        match (task, pending) {
            (_, Pending::Reserved(answer)) => Outcome::Reserved(answer),
            (_, Pending::Consumed(answer)) => Outcome::Consumed(answer),
            (Task::Consume(item), Pending::Lost(loss)) => {
                match explain::explain(&self.connection, item, loss) {
                    Ok(reason) => Outcome::Consumed(ConsumeAnswer::Lost(reason)),
                    Err(error) => Outcome::RolledBack(Arc::new(error)),
                }
            }
            (Task::Reserve(_), Pending::Lost(_)) => {
                Outcome::RolledBack(Arc::new(StoreError::WriterStopped))
            }
            (_, Pending::Refused(error)) => Outcome::RolledBack(error),
        }
    }

    /// Waits for the disk at commits that consume, and at no other.
    fn wait_for_disk(&mut self, wait: bool) -> Result<(), StoreError> {
        if self.waits != wait {
            let value = if wait { "FULL" } else { "NORMAL" };
            self.connection
                .pragma_update(None, "synchronous", value)
                .during("set how commits wait")?;
            self.waits = wait;
        }
        Ok(())
    }

    fn execute(&self, statement: &'static str) -> Result<(), StoreError> {
        self.connection
            .prepare_cached(statement)
            .and_then(|mut statement| statement.execute([]))
            .during("run a transaction")?;
        Ok(())
    }

    /// Rolls back what is open; the engine may have done so already.
    fn roll_back(&self) {
        if !self.connection.is_autocommit() {
            // A rollback that fails leaves the transaction to the next one, whose BEGIN then fails.
            let _failed = self.execute("ROLLBACK");
        }
    }

    /// Takes a new connection after a commit that failed in an unknown way: what the old one has in
    /// memory may not be what is on the disk.
    fn reopen(&mut self) {
        if let Ok(connection) = open_as(&self.path, Role::Registrar) {
            self.connection = connection;
            self.waits = true;
        }
    }
}

impl Pending {
    const fn is_written(&self) -> bool {
        matches!(
            self,
            Self::Reserved(ReserveAnswer::Reserved { .. })
                | Self::Consumed(ConsumeAnswer::Registered { .. })
        )
    }
}

#[cfg(test)]
mod tests {
    use rusqlite::hooks::{AuthContext, Authorization};

    use super::*;
    use crate::tests::{fixture, reservation};

    /// What the engine itself says a commit waits for: 1 for `NORMAL`, 2 for `FULL`.
    ///
    /// It cannot be changed inside a transaction, so what it is after one is what the commit did.
    fn synchronous(worker: &Worker) -> i64 {
        worker
            .connection
            .authorizer(None::<fn(AuthContext<'_>) -> Authorization>)
            .unwrap();
        worker
            .connection
            .pragma_query_value(None, "synchronous", |row| row.get(0))
            .unwrap()
    }

    #[test]
    fn commit_that_consumes_waits_for_the_disk_whatever_came_before_it() {
        let fixture = fixture();
        let mut worker = Worker::open(fixture.store.path()).unwrap();
        assert_eq!(synchronous(&worker), 2);
        let first = reservation("DOT_A");
        let second = reservation("DOT_B");
        for _ in 0..2 {
            worker.run(&[Task::reserve(first.clone())]);
            assert_eq!(synchronous(&worker), 1);
        }
        let outcomes = worker.run(&[
            Task::reserve(second.clone()),
            Task::consume(fixture.item(&first)),
        ]);
        assert!(matches!(
            outcomes.as_slice(),
            [
                Outcome::Reserved(ReserveAnswer::Reserved { .. }),
                Outcome::Consumed(ConsumeAnswer::Registered { .. })
            ]
        ));
        assert_eq!(synchronous(&worker), 2);
        worker.run(&[Task::consume(fixture.item(&second))]);
        assert_eq!(synchronous(&worker), 2);
        worker.run(&[Task::reserve(reservation("DOT_C"))]);
        worker.reopen();
        assert_eq!(synchronous(&worker), 2);
    }
}
