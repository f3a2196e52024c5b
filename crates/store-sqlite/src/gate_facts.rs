//! What the gate judges a store from.

use std::os::unix::fs::MetadataExt;

use authority::carrier;
use authority::lifecycle::FoundRow;
use canonical::{Digest, GovernedRow, Timestamp};
use gate::port::{Checkpoint, CredentialFacts, GateStore, PortError, SchemaObject};
use records::RecordedCheckpoint;
use rusqlite::Connection;

use crate::authorizer::Role;
use crate::carriers;
use crate::checkpoint;
use crate::clock;
use crate::connection::Store;
use crate::error::{During, StoreError};
use crate::schema;

/// The gate's view of one store.
#[derive(Debug)]
pub struct GateFacts {
    store: Store,
    connection: Connection,
    observer_is_another_process: bool,
    recorded: Option<RecordedCheckpoint>,
}

impl GateFacts {
    /// A view of a store, on a connection of its own.
    ///
    /// Whether the observer is another process is known to whoever starts it; `recorded` is what
    /// was noted of this store outside it, if anything was.
    pub fn new(
        store: &Store,
        observer_is_another_process: bool,
        recorded: Option<RecordedCheckpoint>,
    ) -> Result<Self, StoreError> {
        Ok(Self {
            store: store.clone(),
            connection: store.connect(Role::Reader)?,
            observer_is_another_process,
            recorded,
        })
    }

    /// How far the store has come, to be noted outside it.
    pub fn reached(&self) -> Result<RecordedCheckpoint, StoreError> {
        checkpoint::reached(&self.connection)
    }

    /// What was noted of this store outside it and is not there; nothing where all of it is.
    pub fn lacking(&self, noted: &RecordedCheckpoint) -> Result<Option<String>, StoreError> {
        noted.lacking(|table, row| checkpoint::holds(&self.connection, table, row))
    }

    fn active(&self, carrier: &str) -> Result<Vec<GovernedRow>, StoreError> {
        let Some(carrier) = carrier::find(carrier) else {
            return Ok(Vec::new());
        };
        carriers::select(&self.connection, carrier, "TRUE", [])?
            .into_iter()
            .filter(FoundRow::is_active)
            .map(carriers::governed)
            .collect()
    }

    fn place(&self) -> Result<Vec<String>, StoreError> {
        let metadata = std::fs::metadata(self.store.path()).during("read the store's place")?;
        Ok(vec![
            format!("the file belongs to user {}", metadata.uid()),
            format!("the file has mode {:o}", metadata.mode() & 0o7777),
            "every connection journals to a write-ahead log; what consumes a key or audits a \
             failure waits for the disk"
                .to_owned(),
            "whoever may write the file may write every byte of it: roles are kept apart inside \
             this program only"
                .to_owned(),
        ])
    }

    fn compare(&self) -> Result<Checkpoint, StoreError> {
        let Some(recorded) = &self.recorded else {
            return Ok(Checkpoint::Absent);
        };
        Ok(match self.lacking(recorded)? {
            None => Checkpoint::Held {
                evidence: recorded.held(),
            },
            Some(evidence) => Checkpoint::Behind { evidence },
        })
    }
}

impl GateStore for GateFacts {
    fn clock(&mut self) -> Result<Timestamp, PortError> {
        clock::now().map_err(|error| PortError::new("the store's clock", error))
    }

    fn store_kind(&self) -> &'static str {
        "sqlite"
    }

    fn schema_objects(&mut self) -> Result<Vec<SchemaObject>, PortError> {
        schema::objects(&self.connection).map_err(|error| PortError::new("the schema", error))
    }

    fn expected_objects(&mut self) -> Result<Vec<SchemaObject>, PortError> {
        schema::expected_schema_objects()
            .map(<[SchemaObject]>::to_vec)
            .map_err(|error| PortError::new("the expected schema", error))
    }

    fn schema_fingerprint(&mut self) -> Result<Digest, PortError> {
        schema::fingerprint(&self.connection)
            .map_err(|error| PortError::new("the schema fingerprint", error))
    }

    fn active_rows(&mut self, carrier: &str) -> Result<Vec<GovernedRow>, PortError> {
        self.active(carrier)
            .map_err(|error| PortError::new("an authority carrier", error))
    }

    fn audit_sink_writable(&mut self) -> Result<bool, PortError> {
        match self.store.audit_writer().and_then(|writer| writer.probe()) {
            Ok(()) => Ok(true),
            // A store that cannot be used at all says nothing about its sink.
            Err(
                error @ (StoreError::Locked { .. }
                | StoreError::Full { .. }
                | StoreError::ReadOnly { .. }
                | StoreError::Corrupt { .. }
                | StoreError::Io { .. }),
            ) => Err(PortError::new(
                "whether the audit sink takes a record",
                error,
            )),
            Err(_) => Ok(false),
        }
    }

    fn credentials(&mut self) -> Result<Vec<CredentialFacts>, PortError> {
        Ok(Role::ALL.into_iter().map(Role::facts).collect())
    }

    fn principals_are_distinct(&mut self) -> Result<bool, PortError> {
        // Every role opens the one file as the one user that runs this program.
        Ok(false)
    }

    fn observer_is_another_process(&mut self) -> Result<bool, PortError> {
        Ok(self.observer_is_another_process)
    }

    fn place_facts(&mut self) -> Result<Vec<String>, PortError> {
        self.place()
            .map_err(|error| PortError::new("the store's place", error))
    }

    fn checkpoint(&mut self) -> Result<Checkpoint, PortError> {
        self.compare()
            .map_err(|error| PortError::new("the recorded checkpoint", error))
    }
}
