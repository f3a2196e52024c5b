//! A store of either kind, and one handle for each role on it.

use ::records::RecordedCheckpoint;
use authority::port::AuthorityWriter;
use carrier_prover::Declarations;
use store_postgres::Credentials;

use crate::address::StoreAddress;
use crate::caller_uid;
use crate::error::DeploymentError;
use crate::ports::{Admissions, Committed, Gate, Owners, Sink};
use crate::records::AnyRecords;

/// The authority writer's credential on a store.
pub type Authority = Box<dyn AuthorityWriter + Send>;

/// A store that is there.
#[derive(Clone, Debug)]
pub enum Store {
    /// The embedded one.
    Sqlite(store_sqlite::Store),
    /// A database on a server.
    Postgres(store_postgres::Store),
}

impl Store {
    /// Opens what the address names.
    pub fn open(
        address: &StoreAddress,
        credentials: &Credentials,
    ) -> Result<Self, DeploymentError> {
        Ok(match address {
            StoreAddress::Sqlite(path) => Self::Sqlite(store_sqlite::Store::open(path)?),
            StoreAddress::Postgres(address) => Self::Postgres(store_postgres::Store::open(
                (**address).clone(),
                credentials.clone(),
            )?),
        })
    }

    /// The authority writer's credential; rows record the principal that the store saw: the user
    /// that the kernel reports, or the role that the server authenticated.
    pub fn authority(&self) -> Result<Authority, DeploymentError> {
        Ok(match self {
            Self::Sqlite(store) => {
                Box::new(store.authority(format!("os_uid:{}", caller_uid()).parse()?)?)
            }
            Self::Postgres(store) => Box::new(store.authority()?),
        })
    }

    /// The read side for people.
    pub fn records(&self) -> Result<AnyRecords, DeploymentError> {
        Ok(match self {
            Self::Sqlite(store) => AnyRecords::Sqlite(store.reader()?),
            Self::Postgres(store) => AnyRecords::Postgres(store.reader()?),
        })
    }

    /// How far the store has come, to be noted outside it.
    pub fn reached(&self) -> Result<RecordedCheckpoint, DeploymentError> {
        Ok(match self {
            Self::Sqlite(store) => store_sqlite::GateFacts::new(store, false, None)?.reached()?,
            Self::Postgres(store) => {
                store_postgres::GateFacts::new(store, false, None)?.reached()?
            }
        })
    }

    /// What was noted of the store outside it and is not there; nothing where all of it is.
    pub fn lacking(&self, noted: &RecordedCheckpoint) -> Result<Option<String>, DeploymentError> {
        Ok(match self {
            Self::Sqlite(store) => {
                store_sqlite::GateFacts::new(store, false, None)?.lacking(noted)?
            }
            Self::Postgres(store) => {
                store_postgres::GateFacts::new(store, false, None)?.lacking(noted)?
            }
        })
    }

    pub(crate) fn owners(&self) -> Result<Owners, DeploymentError> {
        Ok(match self {
            Self::Sqlite(store) => Box::new(store.reader()?),
            Self::Postgres(store) => Box::new(store.owners()?),
        })
    }

    pub(crate) fn admissions(&self) -> Result<Admissions, DeploymentError> {
        Ok(match self {
            Self::Sqlite(store) => Box::new(store.reader()?),
            Self::Postgres(store) => Box::new(store.admissions()?),
        })
    }

    pub(crate) fn sink(&self) -> Result<Sink, DeploymentError> {
        Ok(match self {
            Self::Sqlite(store) => Box::new(store.audit_writer()?),
            Self::Postgres(store) => Box::new(store.audit_writer()?),
        })
    }

    pub(crate) fn committed(&self) -> Result<Committed, DeploymentError> {
        Ok(match self {
            Self::Sqlite(store) => Box::new(store.verifier()?),
            Self::Postgres(store) => Box::new(store.verifier()?),
        })
    }

    /// What the gate reads, where further carriers have to be proven too.
    pub(crate) fn gate_declaring(
        &self,
        observer_is_another_process: bool,
        noted: Option<&RecordedCheckpoint>,
        declared: &Declarations,
    ) -> Result<Gate, DeploymentError> {
        let is_other = observer_is_another_process;
        match self {
            Self::Sqlite(_) if declared.0.is_empty() => self.gate(is_other, noted),
            Self::Sqlite(_) => Err(DeploymentError::NoCatalogs),
            Self::Postgres(store) => {
                let facts = store_postgres::GateFacts::new(store, is_other, noted.cloned())?;
                Ok(Box::new(facts.declaring(declared.clone())))
            }
        }
    }

    /// What the gate reads; `noted` is what it holds the store to.
    pub(crate) fn gate(
        &self,
        observer_is_another_process: bool,
        noted: Option<&RecordedCheckpoint>,
    ) -> Result<Gate, DeploymentError> {
        let (is_other, noted) = (observer_is_another_process, noted.cloned());
        Ok(match self {
            Self::Sqlite(store) => Box::new(store_sqlite::GateFacts::new(store, is_other, noted)?),
            Self::Postgres(store) => {
                Box::new(store_postgres::GateFacts::new(store, is_other, noted)?)
            }
        })
    }
}
