//! What situations start from: the evidence of real registrations, as frames for block E.

use std::collections::BTreeMap;
use std::sync::Arc;

use serde_json::Value;

use crate::error::SituationError;

/// Name, and the frame as the real blocks left it: one principal for every role on the embedded
/// store; on a server separated principals, a recorded observer session, and a transaction whose
/// number was moved past 32 bits.
const BASELINES: [(&str, &str); 4] = [
    (
        "embedded-before",
        include_str!("../baselines/embedded-before.json"),
    ),
    (
        "embedded-after",
        include_str!("../baselines/embedded-after.json"),
    ),
    (
        "postgres-before",
        include_str!("../baselines/postgres-before.json"),
    ),
    (
        "postgres-after",
        include_str!("../baselines/postgres-after.json"),
    ),
];

/// Slots by name; what nobody changes is shared.
pub(crate) type Slots = BTreeMap<String, Arc<Value>>;

/// One accepted frame, slot by slot; `snapshots` apart, as `snapshots/0` and so on.
#[derive(Clone, Debug)]
pub struct Baseline {
    /// Its name.
    pub name: &'static str,
    /// Each slot's value.
    pub slots: BTreeMap<String, Arc<Value>>,
    /// The same, written.
    pub texts: BTreeMap<String, String>,
}

impl Baseline {
    /// All of them.
    pub fn all() -> Result<Vec<Self>, SituationError> {
        BASELINES
            .iter()
            .map(|(name, text)| Self::read(name, text))
            .collect()
    }

    /// The one of this name.
    pub fn named(name: &str) -> Result<Self, SituationError> {
        let all = Self::all()?;
        let found = all.into_iter().find(|baseline| baseline.name == name);
        found.ok_or_else(|| SituationError::UnknownBaseline(name.to_owned()))
    }

    /// Reads a frame, slot by slot.
    pub fn read(name: &'static str, text: &str) -> Result<Self, SituationError> {
        let frame: BTreeMap<String, Value> =
            serde_json::from_str(text).map_err(|source| SituationError::Json {
                what: format!("baseline `{name}`"),
                source,
            })?;
        let mut slots = BTreeMap::new();
        for (slot, value) in frame {
            match value {
                Value::Array(items) => {
                    let items = items.into_iter().enumerate();
                    slots.extend(
                        items.map(|(place, item)| (format!("{slot}/{place}"), Arc::new(item))),
                    );
                }
                value => {
                    slots.insert(slot, Arc::new(value));
                }
            }
        }
        let texts = slots
            .iter()
            .map(|(slot, value)| (slot.clone(), value.to_string()))
            .collect();
        Ok(Self { name, slots, texts })
    }
}
