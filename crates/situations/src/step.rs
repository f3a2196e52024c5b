//! One change of a situation.

use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::fault::Fault;

/// The slot that stands for all of them.
pub(crate) const EVERYWHERE: &str = "*";

/// One change at one place, and what of the hashes is made to fit it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Step {
    /// The slot, `snapshots/0` for a capture; `*` for all.
    pub slot: String,
    /// The place in it, as an RFC 6901 pointer.
    pub pointer: String,
    /// What is done there.
    pub change: Change,
    /// What is hashed again.
    pub seal: Seal,
}

/// What is done at a place.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Change {
    /// Another value stands there.
    Set(Value),
    /// The member or item is gone.
    Remove,
    /// A list gets one more item, or an object a member.
    Insert(String, Value),
    /// The item stands there twice.
    Twice,
    /// The items of a list stand the other way round.
    Reverse,
    /// One text is replaced by another wherever it stands, in values and inside of them.
    Replace(String, String),
    /// The whole slot is absent, or holds what another slot holds.
    Slot(Option<String>),
    /// A capture more at the end of the list: a copy of the one in this slot.
    Again,
    /// The text of the slot is no longer what it should be.
    Text(Fault),
}

/// What is hashed again after a change.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Seal {
    /// Nothing: the envelope's own hash no longer fits.
    Nothing,
    /// The envelope's own hash.
    Own,
    /// Its own, and whatever refers to it.
    Everything,
}
