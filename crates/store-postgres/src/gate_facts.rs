//! What the gate judges a store from.

use ::authority::carrier;
use ::authority::lifecycle::FoundRow;
use canonical::{Digest, GovernedRow, Timestamp};
use carrier_prover::Declarations;
use gate::port::{
    Checkpoint, CredentialFacts, GateStore, PortError, ProvenCarriers, ReportHeading, SchemaObject,
};
use records::RecordedCheckpoint;

use crate::connection::{Session, Store};
use crate::error::StoreError;
use crate::fingerprint::fingerprint;
use crate::role::Role;
use crate::{carriers, checkpoint, clock, schema};

mod elsewhere;
mod probe;
mod proofs;
mod rights;

pub use elsewhere::{Elsewhere, is_elsewhere};

/// The gate's view of one store.
#[derive(Clone, Debug)]
pub struct GateFacts {
    store: Store,
    session: Session,
    observer_is_another_process: bool,
    recorded: Option<RecordedCheckpoint>,
    declared: Declarations,
}

impl GateFacts {
    /// A view of a store as its reader.
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
            session: store.session(Role::Reader)?,
            observer_is_another_process,
            recorded,
            declared: Declarations::default(),
        })
    }

    /// The same, where further carriers than the store's own have to be proven too.
    #[must_use]
    pub fn declaring(mut self, declared: Declarations) -> Self {
        self.declared = declared;
        self
    }

    /// How far the store has come, to be noted outside it.
    pub fn reached(&self) -> Result<RecordedCheckpoint, StoreError> {
        checkpoint::reached(&self.session)
    }

    /// What was noted of this store outside it and is not there; nothing where all of it is.
    pub fn lacking(&self, noted: &RecordedCheckpoint) -> Result<Option<String>, StoreError> {
        noted.lacking(|table, row| checkpoint::holds(&self.session, table, row))
    }

    fn active(&self, name: &str) -> Result<Vec<GovernedRow>, StoreError> {
        let Some(carrier) = carrier::find(name) else {
            return Ok(Vec::new());
        };
        carriers::find(&self.session, carrier, "TRUE", &[])?
            .into_iter()
            .filter(FoundRow::is_active)
            .map(carriers::governed)
            .collect()
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

    fn place(&self) -> Result<Vec<String>, StoreError> {
        const TEXT: &str = "SELECT \
             'the server is PostgreSQL ' || current_setting('server_version') || ' at ' || $1, \
             'fsync is ' || current_setting('fsync') || ', full_page_writes is ' \
               || current_setting('full_page_writes') || ', data checksums are ' \
               || current_setting('data_checksums'), \
             'whoever is a superuser of the server may do anything to the store: ' || (\
               SELECT string_agg(quote_ident(r.rolname), ', ' ORDER BY r.rolname) \
                 FROM pg_roles AS r WHERE r.rolsuper), \
             'what consumes a key or audits a failure waits for the disk; a capture does not'";
        let address = self.store.address().to_string();
        self.session.run("read the store's place", async |client| {
            let row = client.query_one(TEXT, &[&address]).await?;
            (0..4).map(|place| row.try_get(place)).collect()
        })
    }
}

impl GateStore for GateFacts {
    fn clock(&mut self) -> Result<Timestamp, PortError> {
        clock::now(&self.session).map_err(|error| PortError::new("the store's clock", error))
    }

    fn store_kind(&self) -> &'static str {
        "postgres"
    }

    fn schema_objects(&mut self) -> Result<Vec<SchemaObject>, PortError> {
        let objects = self.session.try_run("read the schema", async |client| {
            schema::objects(&self.session, client).await
        });
        objects.map_err(|error| PortError::new("the schema", error))
    }

    fn expected_objects(&mut self) -> Result<Vec<SchemaObject>, PortError> {
        schema::expected()
            .map(<[SchemaObject]>::to_vec)
            .map_err(|error| PortError::new("the expected schema", error))
    }

    fn schema_fingerprint(&mut self) -> Result<Digest, PortError> {
        let print = self
            .session
            .run("read the schema fingerprint", async |client| {
                fingerprint(client).await
            });
        print.map_err(|error| PortError::new("the schema fingerprint", error))
    }

    fn active_rows(&mut self, carrier: &str) -> Result<Vec<GovernedRow>, PortError> {
        self.active(carrier)
            .map_err(|error| PortError::new("an authority carrier", error))
    }

    fn prove_carriers(
        &mut self,
        heading: &ReportHeading,
    ) -> Result<Option<ProvenCarriers>, PortError> {
        let failed = |error| PortError::new("the carriers in the catalogs", error);
        let accepted = self.active("trigger_inventory").map_err(failed)?;
        let database = self.store.address().database();
        let declared = proofs::declared(database, &accepted, &self.declared);
        let proven = declared.and_then(|declared| proofs::prove(&self.session, &declared, heading));
        proven
            .map(Some)
            .map_err(|error| PortError::new("the carriers in the catalogs", error))
    }

    fn audit_sink_writable(&mut self) -> Result<bool, PortError> {
        let takes_a_record = "whether the audit sink takes a record";
        self.store
            .session(Role::AuditWriter)
            .and_then(|session| probe::audit_sink(&session))
            .map_err(|error| PortError::new(takes_a_record, error))
    }

    fn credentials(&mut self) -> Result<Vec<CredentialFacts>, PortError> {
        rights::credentials(&self.session, self.store.address().database())
            .map_err(|error| PortError::new("the rights of the roles", error))
    }

    fn principals_are_distinct(&mut self) -> Result<bool, PortError> {
        rights::are_distinct(&self.session, self.store.address().database())
            .map_err(|error| PortError::new("who the roles are", error))
    }

    fn credentials_to_bind(&mut self) -> Result<Vec<String>, PortError> {
        let database = self.store.address().database();
        let named = |role: Role| format!("db_role:{}", role.login(database));
        Ok(vec![named(Role::Authority), named(Role::Registrar)])
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
