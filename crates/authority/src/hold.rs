//! Holds on targets, their release, and the runtime configuration of targets.

use canonical::{Identifier, Text};
use serde::Deserialize;

use crate::carriers::{DOT_CONFIG, HOLD_EVENT};
use crate::draft::{Draft, Meeting, columns, text};
use crate::error::{AuthorityError, Reason, Tried};
use crate::port::AuthorityWriter;

/// A hold to be placed or released.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct HoldEntry {
    /// The DOT; none for every DOT.
    #[serde(default)]
    pub dot_code: Option<Identifier>,
    /// Why, for people.
    pub reason: Text,
}

impl HoldEntry {
    fn target(&self) -> &str {
        self.dot_code.as_ref().map_or("*", Identifier::as_str)
    }
}

/// What a runtime configuration entry of a target is set to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ConfigValue {
    /// Nothing of it runs.
    Closed,
    /// It may run; a registration refuses the target.
    Open,
}

impl ConfigValue {
    /// The name that the carrier stores.
    pub fn name(self) -> &'static str {
        match self {
            Self::Closed => "closed",
            Self::Open => "open",
        }
    }
}

impl<W: AuthorityWriter> Draft<'_, W> {
    /// Places a hold: nothing is registered for the target until it is released.
    pub fn hold(&mut self, entry: &HoldEntry) -> Result<String, AuthorityError> {
        self.hold_event(entry, "hold")
    }

    /// Releases the hold that stands on a target.
    pub fn release(&mut self, entry: &HoldEntry) -> Result<String, AuthorityError> {
        let tried = Tried::new("release", entry.target());
        // The store keeps rows in the order they were written: the last one says what stands.
        let last = self
            .rows(HOLD_EVENT)?
            .iter()
            .rev()
            .find(|row| row.text("dot_code") == entry.target());
        if last.is_none_or(|row| row.text("kind") != "hold") {
            return Err(tried.refused(Reason::NoHold));
        }
        self.hold_event(entry, "release")
    }

    /// Sets one entry of a target's runtime configuration.
    pub fn set_config(
        &mut self,
        dot_code: &Identifier,
        name: &Identifier,
        value: ConfigValue,
    ) -> Result<String, AuthorityError> {
        let tried = Tried::new("configure", format!("{dot_code}/{name}"));
        let own = columns([
            ("dot_code", text(dot_code)),
            ("name", text(name)),
            ("value", text(value.name())),
        ]);
        let subject: &[&str] = &["dot_code", "name"];
        self.settle(&tried, DOT_CONFIG, own, (subject, &[]), Meeting::Supersede)
    }

    fn hold_event(&mut self, entry: &HoldEntry, kind: &str) -> Result<String, AuthorityError> {
        let own = columns([
            ("dot_code", text(entry.target())),
            ("kind", text(kind)),
            ("reason", text(&entry.reason)),
        ]);
        self.push(HOLD_EVENT, own, "active", None)
    }
}
