//! What the gate reads.

use canonical::{Digest, GovernedRow, Timestamp};
use gate::port::{Checkpoint, CredentialFacts, GateStore, PortError, SchemaObject};

use super::Trouble;
use crate::call::Call;
use crate::kernel::{Handle, Inner};
use crate::store::authority::Found;
use crate::store::schema;

fn failed(what: &'static str) -> impl Fn(Trouble) -> PortError {
    move |trouble| PortError::new(what, trouble)
}

impl GateStore for Handle {
    fn clock(&mut self) -> Result<Timestamp, PortError> {
        self.read(Call::GateClock, Inner::clock)
            .map_err(failed("the clock"))
    }

    fn store_kind(&self) -> &'static str {
        "simulated"
    }

    fn schema_objects(&mut self) -> Result<Vec<SchemaObject>, PortError> {
        let read = self.read(Call::SchemaObjects, |inner| {
            let mut objects = inner.scene.schema.clone();
            let foreign = 0..inner.store.current().foreign_triggers;
            objects.extend(foreign.map(schema::foreign_trigger));
            objects
        });
        read.map_err(failed("the schema"))
    }

    fn expected_objects(&mut self) -> Result<Vec<SchemaObject>, PortError> {
        self.read(Call::ExpectedObjects, |inner| inner.scene.schema.clone())
            .map_err(failed("the expected schema"))
    }

    fn schema_fingerprint(&mut self) -> Result<Digest, PortError> {
        let read = self.read(Call::Fingerprint, |inner| {
            schema::fingerprint(inner.store.current().foreign_triggers)
        });
        read.map_err(failed("the fingerprint"))
    }

    fn active_rows(&mut self, carrier: &str) -> Result<Vec<GovernedRow>, PortError> {
        let read = self.read(Call::ActiveRows, |inner| {
            let state = inner.store.current();
            let rows = state.authority.select(carrier, &[]).into_iter();
            let active = rows.filter(Found::is_active);
            active.map(|found| (**found.row).clone()).collect()
        });
        read.map_err(failed("an authority carrier"))
    }

    fn audit_sink_writable(&mut self) -> Result<bool, PortError> {
        self.read(Call::SinkProbe, |inner| !inner.sink_down)
            .map_err(failed("the audit sink"))
    }

    fn credentials(&mut self) -> Result<Vec<CredentialFacts>, PortError> {
        Ok(schema::credentials())
    }

    fn principals_are_distinct(&mut self) -> Result<bool, PortError> {
        Ok(false)
    }

    fn observer_is_another_process(&mut self) -> Result<bool, PortError> {
        Ok(true)
    }

    fn place_facts(&mut self) -> Result<Vec<String>, PortError> {
        self.read(Call::GatePlace, |_| vec!["in memory".to_owned()])
            .map_err(failed("the place"))
    }

    fn checkpoint(&mut self) -> Result<Checkpoint, PortError> {
        Ok(Checkpoint::Absent)
    }
}
