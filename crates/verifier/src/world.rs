//! What a store would have answered, given as JSON: the verifier without any store.

use canonical::{Digest, Timestamp, Uuid, WriteError, hash, tags};
use serde::Deserialize;
use serde_json::value::RawValue;
use serde_json::{Map, Value, json};

use crate::head::{CATALOGUE, DRAFT};
use crate::port::{
    ActivationTrigger, CatalogueRow, CommittedReader, LedgerRow, PortError, VerifierRow,
};

/// Why a world could not be read.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum WorldError {
    /// The text is not a world.
    #[error("world is not readable")]
    Malformed(#[source] serde_json::Error),
    /// A catalogue row has no hash.
    #[error("row `{row_key}` of the world cannot be hashed")]
    Unhashable {
        /// The row.
        row_key: String,
        /// Why.
        source: WriteError,
    },
}

/// Committed state that is held in memory.
///
/// JSON members: `clock`; `catalogue` (`row_key`, `columns`); `ledger` (`replay_key`, `attempt_id`,
/// `transaction_id`, `effect_identity`, `target`); `decisions` (`replay_key`, `decision`);
/// `open_config` (`dot_code`, `name`); `verifiers` (`verifier_ref`, `row_key`, `issued_at`,
/// `written_by`, `specific_target`, `active`); `activation_triggers` (`name`, `fires_on_draft`,
/// `evidence`). There is no member for audits.
#[derive(Clone, Debug)]
pub struct World {
    pub(crate) clock: Timestamp,
    pub(crate) catalogue: Vec<CatalogueRow>,
    pub(crate) ledger: Vec<LedgerRow>,
    pub(crate) decisions: Vec<(Digest, Vec<u8>)>,
    pub(crate) open_config: Vec<(String, String)>,
    pub(crate) verifiers: Vec<(String, VerifierRow)>,
    pub(crate) activation_triggers: Vec<ActivationTrigger>,
}

impl World {
    /// Reads a world; row hashes are recomputed, never taken from the text.
    pub fn parse(text: &[u8]) -> Result<Self, WorldError> {
        let text: WorldText = serde_json::from_slice(text).map_err(WorldError::Malformed)?;
        let catalogue = text.catalogue.into_iter().map(catalogue_row);
        Ok(Self {
            clock: text.clock,
            catalogue: catalogue.collect::<Result<_, _>>()?,
            ledger: text.ledger.into_iter().map(LedgerText::row).collect(),
            decisions: text.decisions.into_iter().map(DecisionText::row).collect(),
            open_config: text
                .open_config
                .into_iter()
                .map(|entry| (entry.dot_code, entry.name))
                .collect(),
            verifiers: text.verifiers.into_iter().map(VerifierText::row).collect(),
            activation_triggers: text
                .activation_triggers
                .into_iter()
                .map(|trigger| ActivationTrigger {
                    name: trigger.name,
                    fires_on_draft: trigger.fires_on_draft,
                    evidence: trigger.evidence,
                })
                .collect(),
        })
    }
}

impl CommittedReader for World {
    fn clock(&mut self) -> Result<Timestamp, PortError> {
        Ok(self.clock)
    }

    fn current_heads(&mut self, dot_code: &str) -> Result<Vec<CatalogueRow>, PortError> {
        let of_code = |row: &&CatalogueRow| {
            row.columns.get("dot_code").and_then(Value::as_str) == Some(dot_code)
                && (row.status == DRAFT || row.status == "active")
        };
        Ok(self.catalogue.iter().filter(of_code).cloned().collect())
    }

    fn row_by_key(&mut self, row_key: &str) -> Result<Option<CatalogueRow>, PortError> {
        let found = self.catalogue.iter().find(|row| row.row_key == row_key);
        Ok(found.cloned())
    }

    fn ledger_row(&mut self, replay_key: &Digest) -> Result<Option<LedgerRow>, PortError> {
        let found = self.ledger.iter().find(|row| row.replay_key == *replay_key);
        Ok(found.cloned())
    }

    fn decision(&mut self, replay_key: &Digest) -> Result<Option<Vec<u8>>, PortError> {
        let found = self.decisions.iter().find(|(key, _)| key == replay_key);
        Ok(found.map(|(_, bytes)| bytes.clone()))
    }

    fn open_config(&mut self, dot_code: &str) -> Result<Vec<String>, PortError> {
        let entries = self.open_config.iter().filter(|(code, _)| code == dot_code);
        Ok(entries.map(|(_, name)| name.clone()).collect())
    }

    fn verifier(&mut self, verifier_ref: &str) -> Result<Vec<VerifierRow>, PortError> {
        let rows = self
            .verifiers
            .iter()
            .filter(|(name, _)| name == verifier_ref);
        Ok(rows.map(|(_, row)| row.clone()).collect())
    }

    fn activation_triggers(&mut self) -> Result<Vec<ActivationTrigger>, PortError> {
        Ok(self.activation_triggers.clone())
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct WorldText {
    clock: Timestamp,
    catalogue: Vec<CatalogueText>,
    ledger: Vec<LedgerText>,
    decisions: Vec<DecisionText>,
    open_config: Vec<ConfigText>,
    verifiers: Vec<VerifierText>,
    activation_triggers: Vec<TriggerText>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct CatalogueText {
    row_key: String,
    columns: Map<String, Value>,
}

fn catalogue_row(text: CatalogueText) -> Result<CatalogueRow, WorldError> {
    let CatalogueText { row_key, columns } = text;
    let row = json!({"carrier": CATALOGUE, "key": row_key, "columns": columns});
    let status = columns.get("status").and_then(Value::as_str);
    let status = status.unwrap_or_default().to_owned();
    match hash(tags::ROW, &row) {
        Ok(row_hash) => Ok(CatalogueRow {
            row_key,
            status,
            columns,
            row_hash,
        }),
        Err(source) => Err(WorldError::Unhashable { row_key, source }),
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct LedgerText {
    replay_key: Digest,
    attempt_id: Uuid,
    transaction_id: String,
    effect_identity: Digest,
    target: String,
}

impl LedgerText {
    fn row(self) -> LedgerRow {
        LedgerRow {
            replay_key: self.replay_key,
            attempt_id: self.attempt_id,
            transaction_id: self.transaction_id,
            effect_identity: self.effect_identity,
            target: self.target,
        }
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct DecisionText {
    replay_key: Digest,
    decision: Box<RawValue>,
}

impl DecisionText {
    fn row(self) -> (Digest, Vec<u8>) {
        (self.replay_key, self.decision.get().as_bytes().to_vec())
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct ConfigText {
    dot_code: String,
    name: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct VerifierText {
    verifier_ref: String,
    row_key: String,
    issued_at: Timestamp,
    written_by: String,
    specific_target: Option<String>,
    active: bool,
}

impl VerifierText {
    fn row(self) -> (String, VerifierRow) {
        let row = VerifierRow {
            row_key: self.row_key,
            issued_at: self.issued_at,
            written_by: self.written_by,
            specific_target: self.specific_target,
            active: self.active,
        };
        (self.verifier_ref, row)
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct TriggerText {
    name: String,
    fires_on_draft: bool,
    evidence: String,
}
