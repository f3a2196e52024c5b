//! What the gate reads: each fact from what is committed at that moment, as a store without a read
//! transaction would give it.

use canonical::{Digest, GovernedRow, Timestamp};
use gate::port::{Checkpoint, CredentialFacts, GateStore, PortError, SchemaObject};

use super::Trouble;
use crate::call::Call;
use crate::kernel::{Handle, Inner};
use crate::store::authority::Found;
use crate::store::{State, schema};

/// The gate's connection.
pub(crate) struct GateHandle {
    handle: Handle,
}

impl GateHandle {
    pub(crate) fn new(handle: &Handle) -> Self {
        Self {
            handle: handle.clone(),
        }
    }

    fn look<T>(
        &self,
        call: Call,
        what: &'static str,
        look: impl FnOnce(&Inner, &State) -> T,
    ) -> Result<T, PortError> {
        let read = self
            .handle
            .read(call, |inner| look(inner, &inner.store.current()));
        read.map_err(failed(what))
    }
}

fn failed(what: &'static str) -> impl Fn(Trouble) -> PortError {
    move |trouble| PortError::new(what, trouble)
}

impl GateStore for GateHandle {
    fn clock(&mut self) -> Result<Timestamp, PortError> {
        let read = self.handle.read(Call::GateClock, Inner::clock);
        read.map_err(failed("the clock"))
    }

    fn store_kind(&self) -> &'static str {
        "simulated"
    }

    fn schema_objects(&mut self) -> Result<Vec<SchemaObject>, PortError> {
        self.look(Call::SchemaObjects, "the schema", |inner, state| {
            let mut objects = inner.scene.schema.clone();
            objects.extend((0..state.foreign_triggers).map(schema::foreign_trigger));
            objects
        })
    }

    fn expected_objects(&mut self) -> Result<Vec<SchemaObject>, PortError> {
        self.look(Call::ExpectedObjects, "the expected schema", |inner, _| {
            inner.scene.schema.clone()
        })
    }

    fn schema_fingerprint(&mut self) -> Result<Digest, PortError> {
        self.look(Call::Fingerprint, "the fingerprint", |_, state| {
            schema::fingerprint(state.foreign_triggers)
        })
    }

    fn active_rows(&mut self, carrier: &str) -> Result<Vec<GovernedRow>, PortError> {
        self.look(Call::ActiveRows, "an authority carrier", |_, state| {
            let rows = state.authority.select(carrier, &[]).into_iter();
            let active = rows.filter(Found::is_active);
            active.map(|found| (**found.row).clone()).collect()
        })
    }

    fn audit_sink_writable(&mut self) -> Result<bool, PortError> {
        self.look(Call::SinkProbe, "the audit sink", |inner, _| {
            !inner.sink_down
        })
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
        self.look(Call::GatePlace, "the place", |_, _| {
            vec!["in memory".to_owned()]
        })
    }

    fn checkpoint(&mut self) -> Result<Checkpoint, PortError> {
        Ok(Checkpoint::Absent)
    }
}
