//! The registrar's credential: reads on a connection of its own, writes through the group writer.

use std::sync::Arc;

use canonical::{Digest, Timestamp, Uuid};
use registrar::port::{
    ConsumeAnswer, ConsumeError, ConsumeItem, HeadVersion, PortError, RegistrarStore, RereadRow,
    Reservation, ReserveAnswer, RowRef, Standing, StoredAttempt,
};
use rusqlite::Connection;

use crate::clock;
use crate::error::{During, StoreError, registrar_error};
use crate::sql::{NonceKey, Sql};

mod consume;
mod explain;
mod group;
mod judge;
pub(crate) mod read;
pub(crate) mod reread;
mod reserve;
mod worker;

pub use group::{GroupOptions, GroupWriter};

/// The registrar's store: it cannot write by itself, only hand work to the group writer.
#[derive(Debug)]
pub struct RegistrarConnection {
    connection: Connection,
    writer: GroupWriter,
}

impl RegistrarConnection {
    pub(crate) const fn new(connection: Connection, writer: GroupWriter) -> Self {
        Self { connection, writer }
    }
}

impl RegistrarStore for RegistrarConnection {
    fn clock(&mut self) -> Result<Timestamp, PortError> {
        clock::now().map_err(failed)
    }

    fn attempt_by_nonce(&mut self, nonce: &str) -> Result<Option<StoredAttempt>, PortError> {
        match NonceKey::of(nonce) {
            Some(key) => read::attempt(&self.connection, read::BY_NONCE, [key]).map_err(failed),
            None => Ok(None),
        }
    }

    fn attempt_by_replay_key(&mut self, key: &Digest) -> Result<Option<StoredAttempt>, PortError> {
        read::attempt(&self.connection, read::BY_REPLAY_KEY, [Sql(*key)]).map_err(failed)
    }

    fn attempt_by_id(&mut self, id: &Uuid) -> Result<Option<StoredAttempt>, PortError> {
        read::attempt(&self.connection, read::BY_ID, [Sql(*id)]).map_err(failed)
    }

    fn attempt_by_effect(&mut self, effect: &Digest) -> Result<Option<StoredAttempt>, PortError> {
        read::attempt(&self.connection, read::BY_EFFECT, [Sql(*effect)]).map_err(failed)
    }

    fn current_head(&mut self, dot_code: &str) -> Result<Option<String>, PortError> {
        read::current_head(&self.connection, dot_code).map_err(failed)
    }

    fn retired_head(&mut self, dot_code: &str) -> Result<bool, PortError> {
        read::has_retired_head(&self.connection, dot_code).map_err(failed)
    }

    fn standing(&mut self, target: &str) -> Result<Standing, PortError> {
        read::standing(&self.connection, target).map_err(failed)
    }

    fn reread(&mut self, refs: &[RowRef]) -> Result<Vec<RereadRow>, PortError> {
        // All rows as of one instant; each statement by itself would read every page anew that
        // others' commits made stale in between.
        let _reading = self
            .connection
            .unchecked_transaction()
            .during("begin reading")
            .map_err(failed)?;
        refs.iter()
            .map(|row| reread::reread(&self.connection, &row.carrier, &row.row_key, None))
            .collect::<Result<_, _>>()
            .map_err(failed)
    }

    fn head_versions(&mut self, target: &str) -> Result<Vec<HeadVersion>, PortError> {
        reread::head_versions(&self.connection, target).map_err(failed)
    }

    fn reserve(&mut self, reservations: Vec<Reservation>) -> Result<Vec<ReserveAnswer>, PortError> {
        self.writer.reserve(reservations)
    }

    fn consume(&mut self, items: Vec<ConsumeItem>) -> Result<Vec<ConsumeAnswer>, ConsumeError> {
        self.writer.consume(items)
    }

    fn evidence(&mut self, attempt_id: &Uuid) -> Result<Option<Vec<u8>>, PortError> {
        read::evidence(&self.connection, attempt_id).map_err(failed)
    }

    fn open_attempts(
        &mut self,
        opened_before: Timestamp,
        limit: u32,
    ) -> Result<Vec<StoredAttempt>, PortError> {
        read::open_attempts(&self.connection, opened_before, limit).map_err(failed)
    }

    fn unverified_attempts(&mut self, limit: u32) -> Result<Vec<StoredAttempt>, PortError> {
        read::unverified_attempts(&self.connection, limit).map_err(failed)
    }
}

fn failed(error: StoreError) -> PortError {
    registrar_error(Arc::new(error))
}
