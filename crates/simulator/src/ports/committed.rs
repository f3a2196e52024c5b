//! The verifier's connection.

use canonical::{Digest, Timestamp};
use verifier::port::{
    ActivationTrigger, CatalogueRow, CommittedReader, LedgerRow, PortError, VerifierRow,
};

use super::Trouble;
use crate::call::Call;
use crate::coverage::CrashPoint;
use crate::kernel::{Handle, Inner};
use crate::store::State;
use crate::store::authority::text;
use crate::store::consume::transaction_id;
use crate::store::observation::{head_columns, head_hash};
use crate::store::schema::foreign_trigger;

fn failed(trouble: Trouble) -> PortError {
    PortError::new("verifier's connection did not answer", trouble)
}

impl Handle {
    fn verify<T>(&self, call: Call, look: impl FnOnce(&State) -> T) -> Result<T, PortError> {
        let read = self.read(call, |inner| {
            let state = inner.store.current();
            (!inner.verifier_down).then(|| look(&state))
        });
        match read {
            Ok(Some(found)) => Ok(found),
            Ok(None) => Err(self.verifier_is_down(Trouble::Down)),
            Err(trouble) => Err(self.verifier_is_down(trouble)),
        }
    }

    fn verifier_is_down(&self, trouble: Trouble) -> PortError {
        let mut inner = self.kernel.lock();
        inner.coverage.point(CrashPoint::VerifierDown);
        failed(trouble)
    }
}

fn shown(row: &crate::store::state::CatalogueRow) -> Result<CatalogueRow, PortError> {
    let unhashable = |error| PortError::new("row has no hash", error);
    Ok(CatalogueRow {
        row_key: row.head.row_key.clone(),
        status: row.status.clone(),
        columns: head_columns(row),
        row_hash: head_hash(row).map_err(unhashable)?,
    })
}

impl CommittedReader for Handle {
    fn clock(&mut self) -> Result<Timestamp, PortError> {
        self.read(Call::CommittedClock, Inner::clock)
            .map_err(failed)
    }

    fn current_heads(&mut self, dot_code: &str) -> Result<Vec<CatalogueRow>, PortError> {
        self.verify(Call::CurrentHeads, |state| {
            let rows = state.catalogue.iter();
            let heads = rows.filter(|row| row.head.dot_code == dot_code && row.is_current());
            heads.map(|row| shown(row)).collect()
        })?
    }

    fn row_by_key(&mut self, row_key: &str) -> Result<Option<CatalogueRow>, PortError> {
        self.verify(Call::RowByKey, |state| {
            let mut rows = state.catalogue.iter();
            let row = rows.find(|row| row.head.row_key == row_key);
            row.map(|row| shown(row)).transpose()
        })?
    }

    fn ledger_row(&mut self, replay_key: &Digest) -> Result<Option<LedgerRow>, PortError> {
        self.verify(Call::LedgerRow, |state| {
            let mut rows = state.ledger.iter();
            let row = rows.find(|row| row.replay_key == *replay_key);
            row.map(|row| LedgerRow {
                replay_key: row.replay_key,
                attempt_id: row.attempt_id,
                transaction_id: transaction_id(row.ordinal),
                effect_identity: row.effect_identity,
                target: row.target.clone(),
            })
        })
    }

    fn decision(&mut self, replay_key: &Digest) -> Result<Option<Vec<u8>>, PortError> {
        self.verify(Call::Decision, |state| {
            let mut rows = state.decisions.iter();
            let row = rows.find(|row| row.replay_key == *replay_key);
            row.map(|row| row.bytes.clone())
        })
    }

    fn open_config(&mut self, dot_code: &str) -> Result<Vec<String>, PortError> {
        self.verify(Call::OpenConfig, |state| state.open_config(dot_code))
    }

    fn verifier(&mut self, verifier_ref: &str) -> Result<Vec<VerifierRow>, PortError> {
        self.verify(Call::VerifierRows, |state| {
            let named = [("verifier_ref", verifier_ref)];
            let rows = state.authority.select("verifier", &named).into_iter();
            let rows = rows.map(|found| VerifierRow {
                row_key: found.row.key().to_owned(),
                issued_at: found.row.timestamp("issued_at").unwrap_or(Timestamp::EPOCH),
                written_by: text(found.row, "written_by").to_owned(),
                specific_target: None,
                active: found.is_active(),
            });
            rows.collect()
        })
    }

    fn activation_triggers(&mut self) -> Result<Vec<ActivationTrigger>, PortError> {
        self.verify(Call::ActivationTriggers, |state| {
            let triggers = (0..state.foreign_triggers).map(foreign_trigger);
            let shown = triggers.map(|trigger| ActivationTrigger {
                evidence: format!("trigger text {}", trigger.sql_hash),
                name: trigger.name,
                fires_on_draft: true,
            });
            shown.collect()
        })
    }
}
