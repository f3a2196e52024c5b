//! Bytes as edits of members inside the envelopes of a frame, each sealed again, so that what is
//! judged is what the envelopes say and not a hash that no longer fits.

use std::collections::BTreeMap;
use std::sync::Arc;

use canonical::Digest;
use serde_json::Value;
use situations::{Baseline, Change, Seal, Situation, SituationError, Step, Texts};

use crate::edit;

/// A frame and the members that may be edited in it.
pub(crate) struct Frame {
    baseline: Arc<Baseline>,
    /// Slot and place.
    leaves: Vec<(String, String)>,
}

impl Frame {
    pub(crate) fn of(baseline: Baseline) -> Self {
        let mut leaves = Vec::new();
        for (slot, envelope) in &baseline.slots {
            if envelope.get("envelope_type").is_some() {
                collect(slot, String::new(), envelope, &mut leaves);
            }
        }
        Self {
            baseline: Arc::new(baseline),
            leaves,
        }
    }

    /// Takes four bytes for each edit: which member (two), which value and what is sealed again, and
    /// what of; none where nobody can seal what it says, as a text with NUL.
    pub(crate) fn edited(&self, bytes: &[u8]) -> Option<Edited> {
        let steps = bytes.chunks_exact(4).take(4);
        let situation = Situation {
            baseline: Arc::clone(&self.baseline),
            steps: steps.filter_map(|edit| self.step(edit)).collect(),
        };
        let texts = match situation.texts() {
            Err(SituationError::Hash(_)) => return None,
            texts => texts.unwrap(),
        };
        Some(Edited { situation, texts })
    }

    fn step(&self, edit: &[u8]) -> Option<Step> {
        let [high, low, kind, byte] = *edit else {
            return None;
        };
        let index = usize::from(u16::from_be_bytes([high, low]));
        let (slot, pointer) = &self.leaves[index % self.leaves.len()];
        let value = self.value(slot, pointer);
        let seal = match kind >> 6 {
            0 => Seal::Nothing,
            1 => Seal::Own,
            _ => Seal::Everything,
        };
        let kind = kind & 0x3f;
        let value = if kind < 32 {
            edit::changed(value, kind, byte)
        } else {
            // What stands elsewhere: at a place of the same name, or in the same envelope.
            let name = pointer.rsplit('/').next();
            let alike = self.leaves.iter().filter(|(of, other)| {
                let is_named_so = other.rsplit('/').next() == name;
                if kind < 48 { is_named_so } else { of == slot }
            });
            let alike: Vec<_> = alike.collect();
            let (slot, pointer) = alike[usize::from(byte) % alike.len()];
            self.value(slot, pointer).clone()
        };
        Some(Step {
            slot: slot.clone(),
            pointer: pointer.clone(),
            change: Change::Set(value),
            seal,
        })
    }

    fn value(&self, slot: &str, pointer: &str) -> &Value {
        self.baseline.slots[slot].pointer(pointer).unwrap()
    }
}

/// A frame after its edits.
pub(crate) struct Edited {
    situation: Situation,
    pub(crate) texts: Texts,
}

impl Edited {
    /// Whether nothing was changed after all.
    pub(crate) fn is_untouched(&self) -> bool {
        self.texts.slots == self.situation.baseline.texts
    }

    /// Whether an envelope says something else than its own hash was made over.
    pub(crate) fn has_a_broken_hash(&self) -> bool {
        let before = &self.situation.baseline.texts;
        let mut unsealed = self.situation.steps.iter();
        unsealed.any(|step| {
            let is_changed = self.texts.slot(&step.slot) != before.get(&step.slot).map(|it| &**it);
            step.seal == Seal::Nothing && is_changed
        })
    }

    /// Every slot, read.
    pub(crate) fn slots(&self) -> BTreeMap<String, Value> {
        let slots = self.texts.slots.iter();
        let read = |text: &String| serde_json::from_str(text).unwrap();
        slots
            .map(|(slot, text)| (slot.clone(), read(text)))
            .collect()
    }
}

fn collect(slot: &str, pointer: String, value: &Value, leaves: &mut Vec<(String, String)>) {
    match value {
        Value::Array(items) if !items.is_empty() => {
            for (place, item) in items.iter().enumerate() {
                collect(slot, format!("{pointer}/{place}"), item, leaves);
            }
        }
        Value::Object(members) if !members.is_empty() => {
            for (name, member) in members {
                collect(slot, format!("{pointer}/{name}"), member, leaves);
            }
        }
        _ => leaves.push((slot.to_owned(), pointer)),
    }
}

/// The digest that a nonce has to end in for what the request names (spec section 3).
pub(crate) fn binding(proposed: &Value) -> Digest {
    let dot_code = proposed["dot_code"].as_str().unwrap_or_default();
    let bound = serde_json::json!({
        "canonical_operation": proposed["operation"],
        "canonical_target": format!("dot:{dot_code}"),
        "artifact_hash": proposed["artifact_hash"],
    });
    canonical::hash(canonical::tags::NONCE_BINDING, &bound).unwrap()
}
