//! Triggers of the catalogue that the authority has looked at and accepts.

use canonical::{Digest, Identifier};
use serde::Deserialize;

use crate::carriers::TRIGGER_INVENTORY;
use crate::draft::{Draft, Meeting, columns, text};
use crate::error::{AuthorityError, Tried};
use crate::port::AuthorityWriter;

/// A trigger to be accepted.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TriggerEntry {
    /// Its name.
    pub trigger_name: Identifier,
    /// The table that it sits on.
    pub table_name: Identifier,
    /// The hash of its body as the gate prints it; any other body is not accepted.
    pub body_hash: Digest,
}

impl<W: AuthorityWriter> Draft<'_, W> {
    /// Accepts a trigger with exactly one body; an earlier acceptance of it is superseded.
    pub fn accept_trigger(&mut self, entry: &TriggerEntry) -> Result<String, AuthorityError> {
        let tried = Tried::new("accept trigger", entry.trigger_name.as_str());
        let own = columns([
            ("trigger_name", text(&entry.trigger_name)),
            ("table_name", text(&entry.table_name)),
            ("body_hash", text(entry.body_hash)),
        ]);
        let about: (&[&str], &[&str]) = (&["trigger_name", "table_name"], &[]);
        self.settle(&tried, TRIGGER_INVENTORY, own, about, Meeting::Supersede)
    }
}
