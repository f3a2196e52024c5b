//! One handle for each credential, as the blocks' ports ask for it.

use batching::BatchOptions;

use crate::connection::Store;
use crate::error::StoreError;
use crate::role::Role;
use crate::{
    AdmissionConnection, AuditWriter, AuthorityConnection, ObserverReader, OwnerConnection, Reader,
    RegistrarConnection, RegistrarWriter, SnapshotWriter, VerifierConnection,
};

impl Store {
    /// The authority writer's credential.
    pub fn authority(&self) -> Result<AuthorityConnection, StoreError> {
        Ok(AuthorityConnection::new(self.session(Role::Authority)?))
    }

    /// Block A's credential.
    pub fn owners(&self) -> Result<OwnerConnection, StoreError> {
        Ok(OwnerConnection::new(self.reads()?))
    }

    /// Block F's credential.
    pub fn admissions(&self) -> Result<AdmissionConnection, StoreError> {
        Ok(AdmissionConnection::new(self.reads()?))
    }

    /// Starts what writes for the registrar in this process.
    pub fn registrar_writer(&self, options: BatchOptions) -> Result<RegistrarWriter, StoreError> {
        RegistrarWriter::start(self, options)
    }

    /// The registrar's credential; its writes go through the writer.
    pub fn registrar(&self, writer: &RegistrarWriter) -> Result<RegistrarConnection, StoreError> {
        let session = self.session(Role::Registrar)?;
        let reads = self.reads()?;
        Ok(RegistrarConnection::new(session, reads, writer.clone()))
    }

    /// The failure-audit sink.
    pub fn audit_writer(&self) -> Result<AuditWriter, StoreError> {
        Ok(AuditWriter::new(self.session(Role::AuditWriter)?))
    }

    /// The observer's read side.
    pub fn observer_reader(&self) -> Result<ObserverReader, StoreError> {
        Ok(ObserverReader::new(self.session(Role::Observer)?))
    }

    /// The observer's write side: snapshots and reports, insert-once.
    pub fn snapshot_writer(&self) -> Result<SnapshotWriter, StoreError> {
        Ok(SnapshotWriter::new(self.session(Role::Observer)?))
    }

    /// The verifier's read side.
    pub fn verifier(&self) -> Result<VerifierConnection, StoreError> {
        Ok(VerifierConnection::new(self.reads()?))
    }

    /// The read side of people.
    pub fn reader(&self) -> Result<Reader, StoreError> {
        Ok(Reader::new(self.session(Role::Reader)?))
    }
}

impl Store {
    /// The observer as the server authenticates it, `db_role:<role>`.
    pub fn observer_principal(&self) -> String {
        let database = self.address().database();
        format!("db_role:{}", Role::Observer.login(database))
    }
}
