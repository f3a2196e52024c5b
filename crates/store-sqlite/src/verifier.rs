//! What the verifier reads, on a connection that cannot write.

use authority::carrier;
use canonical::{Digest, Timestamp};
use gate::port::SchemaObject;
use records::rows::StoredHead;
use registrar::port::CATALOGUE;
use rusqlite::{Connection, OptionalExtension};
use verifier::port::{
    ActivationTrigger, CatalogueRow, CommittedReader, LedgerRow, PortError, VerifierRow,
};

use crate::carriers;
use crate::catalogue;
use crate::clock;
use crate::error::{During, StoreError};
use crate::schema;
use crate::sql::Sql;

/// A connection of its own for the verifier, opened so that the engine refuses every write.
#[derive(Debug)]
pub struct VerifierConnection {
    connection: Connection,
}

impl VerifierConnection {
    pub(crate) const fn new(connection: Connection) -> Self {
        Self { connection }
    }

    fn ledger(&self, replay_key: &Digest) -> Result<Option<LedgerRow>, StoreError> {
        let Some(attempt_id) = attempt_of(&self.connection, replay_key)? else {
            return Ok(None);
        };
        let key = catalogue::consumed_key(&self.connection, &attempt_id)?;
        Ok(key.map(|key| LedgerRow {
            replay_key: key.replay_key,
            attempt_id: key.attempt_id,
            transaction_id: key.transaction_id,
            effect_identity: key.effect_identity,
            target: key.target,
        }))
    }

    fn decision_bytes(&self, replay_key: &Digest) -> Result<Option<Vec<u8>>, StoreError> {
        let Some(attempt_id) = attempt_of(&self.connection, replay_key)? else {
            return Ok(None);
        };
        self.connection
            .prepare_cached("SELECT bytes FROM decision WHERE attempt_id = ?1")
            .and_then(|mut statement| {
                statement
                    .query_row([Sql(attempt_id)], |row| row.get(0))
                    .optional()
            })
            .during("read a decision")
    }

    fn verifiers(&self, verifier_ref: &str) -> Result<Vec<VerifierRow>, StoreError> {
        let Some(carrier) = carrier::find("verifier") else {
            return Ok(Vec::new());
        };
        let found = carriers::select(
            &self.connection,
            carrier,
            "r.verifier_ref = ?1",
            [verifier_ref],
        )?;
        found
            .into_iter()
            .map(|row| {
                let (active, issued_at) = (row.is_active(), row.issued_at);
                let row = carriers::governed(row)?;
                let text = |name| row.optional_text(name).ok().flatten().map(str::to_owned);
                Ok(VerifierRow {
                    row_key: row.key().to_owned(),
                    issued_at,
                    written_by: text("written_by").unwrap_or_default(),
                    specific_target: text("specific_target"),
                    active,
                })
            })
            .collect()
    }

    fn open_entries(&self, dot_code: &str) -> Result<Vec<String>, StoreError> {
        open_config(&self.connection, dot_code)
    }

    fn triggers(&self) -> Result<Vec<ActivationTrigger>, StoreError> {
        let foreign = schema::foreign_triggers(&self.connection, CATALOGUE)?;
        Ok(foreign.iter().map(judge).collect())
    }
}

/// The attempt that has this key, through the one index on bare keys.
pub(crate) fn attempt_of(
    connection: &Connection,
    replay_key: &Digest,
) -> Result<Option<canonical::Uuid>, StoreError> {
    connection
        .prepare_cached("SELECT attempt_id FROM attempt WHERE replay_key = ?1")
        .and_then(|mut statement| {
            statement
                .query_row([Sql(*replay_key)], |row| row.get::<_, Sql<_>>(0))
                .optional()
        })
        .during("read an attempt")
        .map(|found| found.map(|id| id.0))
}

/// The names of a code's configuration entries that are in force and not closed.
pub(crate) fn open_config(
    connection: &Connection,
    dot_code: &str,
) -> Result<Vec<String>, StoreError> {
    let Some(carrier) = carrier::find("dot_config") else {
        return Ok(Vec::new());
    };
    let found = carriers::select(connection, carrier, "r.dot_code = ?1", [dot_code])?;
    Ok(found
        .iter()
        .filter(|row| row.is_active() && row.text("value") != "closed")
        .map(|row| row.text("name").to_owned())
        .collect())
}

/// Whether a trigger that this program did not make can fire on a draft.
///
/// It is shown not to where its whole condition is that the new status is `active`; every other
/// text counts as firing, because nothing here understands it.
fn judge(trigger: &SchemaObject) -> ActivationTrigger {
    let words: Vec<String> = trigger
        .sql
        .split_whitespace()
        .map(str::to_ascii_lowercase)
        .collect();
    let condition = words
        .iter()
        .skip_while(|word| *word != "when")
        .take_while(|word| *word != "begin")
        .cloned()
        .collect::<Vec<_>>()
        .join(" ");
    let only_active = condition == "when new.status = 'active'";
    ActivationTrigger {
        name: trigger.name.clone(),
        fires_on_draft: !only_active,
        evidence: format!("trigger text {}", trigger.sql_hash),
    }
}

impl CommittedReader for VerifierConnection {
    fn clock(&mut self) -> Result<Timestamp, PortError> {
        clock::now().map_err(failed("read the store's clock"))
    }

    fn current_heads(&mut self, dot_code: &str) -> Result<Vec<CatalogueRow>, PortError> {
        let condition = "dot_code = ?1 AND status IN ('draft', 'active')";
        catalogue::heads(&self.connection, condition, [dot_code])
            .and_then(|heads| heads.into_iter().map(shown).collect())
            .map_err(failed("read the current heads"))
    }

    fn row_by_key(&mut self, row_key: &str) -> Result<Option<CatalogueRow>, PortError> {
        catalogue::heads(&self.connection, "row_key = ?1", [row_key])
            .and_then(|heads| heads.into_iter().map(shown).next().transpose())
            .map_err(failed("read a catalogue row"))
    }

    fn ledger_row(&mut self, replay_key: &Digest) -> Result<Option<LedgerRow>, PortError> {
        self.ledger(replay_key).map_err(failed("read the ledger"))
    }

    fn decision(&mut self, replay_key: &Digest) -> Result<Option<Vec<u8>>, PortError> {
        self.decision_bytes(replay_key)
            .map_err(failed("read the decision"))
    }

    fn open_config(&mut self, dot_code: &str) -> Result<Vec<String>, PortError> {
        self.open_entries(dot_code)
            .map_err(failed("read the target's configuration"))
    }

    fn verifier(&mut self, verifier_ref: &str) -> Result<Vec<VerifierRow>, PortError> {
        self.verifiers(verifier_ref)
            .map_err(failed("read the verifiers"))
    }

    fn activation_triggers(&mut self) -> Result<Vec<ActivationTrigger>, PortError> {
        self.triggers()
            .map_err(failed("read the catalogue's triggers"))
    }
}

fn shown(head: StoredHead) -> Result<CatalogueRow, StoreError> {
    Ok(CatalogueRow {
        row_hash: catalogue::hashed(&head)?,
        columns: head.columns(),
        row_key: head.head.row_key,
        status: head.status,
    })
}

fn failed(what: &'static str) -> impl Fn(StoreError) -> PortError {
    move |error| PortError::new(format!("cannot {what}"), error)
}
