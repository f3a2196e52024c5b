//! The gate on a database that holds no store: only what somebody declared of it can be proven.

use canonical::{ContentHasher, Digest, GovernedRow, Timestamp};
use carrier_prover::{Declarations, Prover};
use gate::port::{
    Checkpoint, CredentialFacts, GateStore, PortError, ProvenCarriers, ReportHeading, SchemaObject,
};

use super::proofs::{self, ProofError};
use crate::address::{Address, Credentials};
use crate::catalogs::Catalogs;
use crate::error::StoreError;
use crate::schema;
use crate::sql::Sql;

/// A database without a store, and the carriers that are declared in it.
///
/// Nothing of it opens the gate: every prerequisite that rests on a store is missing, and what
/// catalogs show of the declared carriers is named beside that.
#[derive(Debug)]
pub struct Elsewhere {
    address: Address,
    credentials: Credentials,
    declared: Declarations,
    catalogs: Option<Catalogs>,
}

/// Whether a database can be looked at and holds no schema of a store, not even a broken one.
pub fn is_elsewhere(address: &Address, credentials: &Credentials) -> Result<bool, StoreError> {
    const TEXT: &str = "SELECT to_regnamespace('holdfast') IS NULL";
    let found = Catalogs::connect(address, credentials)?.ask(TEXT)?;
    found
        .try_get(0)
        .map_err(|error| StoreError::of("look for a store", &address.to_string(), error))
}

impl Elsewhere {
    /// A view of a database, as whoever the address names.
    pub fn new(address: Address, credentials: Credentials, declared: Declarations) -> Self {
        Self {
            address,
            credentials,
            declared,
            catalogs: None,
        }
    }

    fn connect(&self) -> Result<Catalogs, StoreError> {
        Catalogs::connect(&self.address, &self.credentials)
    }

    fn read_clock(&mut self) -> Result<Timestamp, StoreError> {
        let catalogs = self.connect()?;
        let row = catalogs.ask("SELECT clock_timestamp()")?;
        let at = row.try_get::<_, Sql<Timestamp>>(0);
        let at = at.map_err(|error| StoreError::of("read the clock", catalogs.login(), error))?;
        self.catalogs = Some(catalogs);
        Ok(at.0)
    }

    fn prove(&mut self, heading: &ReportHeading) -> Result<ProvenCarriers, ProofError> {
        let mut catalogs = match self.catalogs.take() {
            Some(catalogs) => catalogs,
            None => self.connect()?,
        };
        proofs::sealed(&Prover::new(&mut catalogs)?, &self.declared, heading)
    }
}

impl GateStore for Elsewhere {
    fn clock(&mut self) -> Result<Timestamp, PortError> {
        self.read_clock()
            .map_err(|error| PortError::new("the database's clock", error))
    }

    fn store_kind(&self) -> &'static str {
        "postgres"
    }

    fn schema_objects(&mut self) -> Result<Vec<SchemaObject>, PortError> {
        Ok(Vec::new())
    }

    fn expected_objects(&mut self) -> Result<Vec<SchemaObject>, PortError> {
        schema::expected()
            .map(<[SchemaObject]>::to_vec)
            .map_err(|error| PortError::new("the expected schema", error))
    }

    /// Of no schema: nothing can be registered under it.
    fn schema_fingerprint(&mut self) -> Result<Digest, PortError> {
        Ok(ContentHasher::new().finish())
    }

    fn active_rows(&mut self, _carrier: &str) -> Result<Vec<GovernedRow>, PortError> {
        Ok(Vec::new())
    }

    fn prove_carriers(
        &mut self,
        heading: &ReportHeading,
    ) -> Result<Option<ProvenCarriers>, PortError> {
        self.prove(heading)
            .map(Some)
            .map_err(|error| PortError::new("the carriers in the catalogs", error))
    }

    fn audit_sink_writable(&mut self) -> Result<bool, PortError> {
        Ok(false)
    }

    fn credentials(&mut self) -> Result<Vec<CredentialFacts>, PortError> {
        Ok(Vec::new())
    }

    fn principals_are_distinct(&mut self) -> Result<bool, PortError> {
        Ok(false)
    }

    fn observer_is_another_process(&mut self) -> Result<bool, PortError> {
        Ok(false)
    }

    fn place_facts(&mut self) -> Result<Vec<String>, PortError> {
        Ok(Vec::new())
    }

    fn checkpoint(&mut self) -> Result<Checkpoint, PortError> {
        Ok(Checkpoint::Absent)
    }
}
