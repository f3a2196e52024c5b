//! How a block runs as a filter: one JSON object whose members are its inputs, each still in the
//! bytes that it came in.

use std::collections::BTreeMap;
use std::fmt;

use serde::de::{Error as _, MapAccess, Visitor};
use serde::{Deserialize, Deserializer};
use serde_json::value::RawValue;

/// The largest frame that is read, in bytes.
pub const FRAME_MAX_BYTES: usize = 4_194_304;

/// Why a frame, or one of its slots, cannot be used.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum FrameError {
    /// The frame is larger than is ever looked at.
    #[error("frame is larger than {FRAME_MAX_BYTES} bytes")]
    TooLarge,
    /// The frame is not one JSON object with distinct slots.
    #[error("frame is not one object with distinct slots")]
    Malformed(#[source] serde_json::Error),
    /// A slot that had to hold a list holds something else.
    #[error("slot `{slot}` is not a list")]
    NotAList {
        /// The slot.
        slot: String,
    },
    /// A slot that had to hold text holds something else.
    #[error("slot `{slot}` is not text")]
    NotText {
        /// The slot.
        slot: String,
    },
}

/// The slots of a frame; each value is the slice of the input that it was written in.
///
/// Splitting judges nothing inside a slot: the opening path does.
#[derive(Debug)]
pub struct Frame<'a> {
    slots: BTreeMap<String, &'a RawValue>,
}

impl<'a> Frame<'a> {
    /// Splits a frame; refuses duplicate slots, trailing bytes and everything but an object.
    pub fn parse(bytes: &'a [u8]) -> Result<Self, FrameError> {
        if bytes.len() > FRAME_MAX_BYTES {
            return Err(FrameError::TooLarge);
        }
        let Slots(slots) = serde_json::from_slice(bytes).map_err(FrameError::Malformed)?;
        Ok(Self { slots })
    }

    /// The bytes of a slot, `None` when the frame does not have it.
    pub fn slot(&self, name: &str) -> Option<&'a [u8]> {
        self.slots.get(name).map(|raw| raw.get().as_bytes())
    }

    /// The bytes of each item of a slot that holds a list; none when the frame does not have it.
    pub fn list(&self, name: &str) -> Result<Vec<&'a [u8]>, FrameError> {
        let Some(raw) = self.slots.get(name) else {
            return Ok(Vec::new());
        };
        let items: Vec<&RawValue> =
            serde_json::from_str(raw.get()).map_err(|_| FrameError::NotAList {
                slot: name.to_owned(),
            })?;
        Ok(items
            .into_iter()
            .map(|item| item.get().as_bytes())
            .collect())
    }

    /// The text of a slot; `None` when it is null or the frame does not have it.
    pub fn text(&self, name: &str) -> Result<Option<String>, FrameError> {
        let Some(raw) = self.slots.get(name) else {
            return Ok(None);
        };
        serde_json::from_str(raw.get()).map_err(|_| FrameError::NotText {
            slot: name.to_owned(),
        })
    }

    /// The names of all slots, so that a block can refuse those it does not know.
    pub fn slots(&self) -> impl Iterator<Item = &str> {
        self.slots.keys().map(String::as_str)
    }
}

/// The slots as they are split; not the frame itself, which only its parse may make.
struct Slots<'a>(BTreeMap<String, &'a RawValue>);

impl<'de> Deserialize<'de> for Slots<'de> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_map(SlotVisitor)
    }
}

struct SlotVisitor;

impl<'de> Visitor<'de> for SlotVisitor {
    type Value = Slots<'de>;

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("an object of slots")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut members: A) -> Result<Slots<'de>, A::Error> {
        let mut slots = BTreeMap::new();
        while let Some((name, value)) = members.next_entry::<String, &'de RawValue>()? {
            if slots.insert(name, value).is_some() {
                return Err(A::Error::custom("duplicate slot"));
            }
        }
        Ok(Slots(slots))
    }
}

#[cfg(test)]
mod tests;
