//! How far a store had come, as it is kept outside.

use std::collections::BTreeMap;

use canonical::{Digest, Identifier};
use serde::{Deserialize, Serialize};

/// How far a store had come when somebody outside it took note: the last row of each table that only
/// grows.
///
/// A row that was there is there for ever, so a store that lacks one is an older copy of itself, or
/// another store. That it has as many rows again would not show which ones.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct RecordedCheckpoint(pub BTreeMap<Identifier, LastRow>);

/// The last row of a table.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct LastRow {
    /// Its place in the order of writing; of the ledger the number of its transaction.
    pub position: u64,
    /// What no other row has at this place: its hash, failure digest or replay key.
    pub hash: Digest,
}

impl RecordedCheckpoint {
    /// Names the noted rows that a store lacks, as `holds` finds them; nothing where it has them all.
    pub fn lacking<E>(
        &self,
        mut holds: impl FnMut(&str, LastRow) -> Result<bool, E>,
    ) -> Result<Option<String>, E> {
        let mut lacking = Vec::new();
        for (table, row) in &self.0 {
            if !holds(table.as_str(), *row)? {
                lacking.push(format!("`{table}` {}", row.position));
            }
        }
        let names_them = || {
            format!(
                "rows that were noted outside, so this is an older copy of the store, or another \
                 one: {}",
                lacking.join(", ")
            )
        };
        Ok((!lacking.is_empty()).then(names_them))
    }

    /// What a store that lacks none of it was held to, for people.
    pub fn held(&self) -> String {
        format!(
            "the last row of each of {} tables, as noted outside the store, is there",
            self.0.len()
        )
    }
}
