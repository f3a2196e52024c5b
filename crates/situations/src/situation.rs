//! A baseline with steps taken on it, and the texts that a validator is given.

use std::collections::BTreeMap;
use std::sync::Arc;

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use crate::baseline::{Baseline, Slots};
use crate::error::SituationError;
use crate::fault::Fault;
use crate::reseal;
use crate::step::{Change, EVERYWHERE, Seal, Step};

/// Slots that hold no envelope.
const PLAIN: [&str; 3] = ["attempt", "now", "stage"];

/// A baseline and the steps taken on it.
#[derive(Clone, Debug)]
pub struct Situation {
    /// What it starts from.
    pub baseline: Arc<Baseline>,
    /// In the order in which they are taken.
    pub steps: Vec<Step>,
}

/// The texts of a situation's slots, and which of them are not the baseline's.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Texts {
    /// What the situation started from.
    pub baseline: &'static str,
    /// Each slot that there is; captures as `snapshots/0` and so on.
    pub slots: BTreeMap<String, String>,
}

/// A situation as it is kept in a file.
#[derive(Debug, Serialize, Deserialize)]
struct Kept {
    baseline: String,
    steps: Vec<Step>,
}

impl Situation {
    /// Reads a situation that was kept.
    pub fn from_json(text: &str) -> Result<Self, SituationError> {
        let kept: Kept = serde_json::from_str(text).map_err(|source| SituationError::Json {
            what: "a kept situation".to_owned(),
            source,
        })?;
        Ok(Self {
            baseline: Arc::new(Baseline::named(&kept.baseline)?),
            steps: kept.steps,
        })
    }

    /// The situation as it is kept: it needs no seed, so it outlives changes of the generator.
    pub fn to_json(&self) -> Result<String, SituationError> {
        let kept = Kept {
            baseline: self.baseline.name.to_owned(),
            steps: self.steps.clone(),
        };
        serde_json::to_string_pretty(&kept).map_err(|source| SituationError::Json {
            what: "a situation".to_owned(),
            source,
        })
    }

    /// Takes the steps, makes the hashes fit as each step says, and writes every slot.
    pub fn texts(&self) -> Result<Texts, SituationError> {
        let baseline = &self.baseline;
        let mut slots = baseline.slots.clone();
        let mut faults: Vec<(&str, Fault)> = Vec::new();
        for step in self.steps.iter().filter(|step| step.slot == EVERYWHERE) {
            if let Change::Replace(from, to) = &step.change {
                for value in slots.values_mut() {
                    if holds(value, from) {
                        replace(Arc::make_mut(value), from, to);
                    }
                }
            }
        }
        let everywhere = self.seal_of(EVERYWHERE);
        let mut stale = everywhere == Some(Seal::Everything);
        if stale {
            reseal::nonce(&mut slots)?;
        }
        for name in reseal::order(&slots) {
            if stale {
                reseal::refer(&name, &mut slots)?;
            }
            let mut seal = self.seal_of(&name);
            let fits = [seal, everywhere].contains(&Some(Seal::Everything));
            for step in self.steps.iter().filter(|step| step.slot == name) {
                if let Change::Text(fault) = &step.change {
                    // A text with two faults may be refused for either, whichever a reader meets
                    // first; so the first step's is the only one.
                    if faults.iter().all(|(slot, _)| *slot != step.slot) {
                        faults.push((&step.slot, *fault));
                    }
                } else {
                    take(step, &name, &mut slots);
                }
            }
            if stale && seal.is_none() {
                seal = Some(Seal::Own);
            }
            // A step on such a hash is about the hash.
            let of_a_hash = |step: &Step| step.slot == name && reseal::is_content(&step.pointer);
            if fits && !self.steps.iter().any(of_a_hash) {
                reseal::content(&name, &mut slots)?;
            }
            if seal.is_some_and(|seal| seal > Seal::Nothing) {
                reseal::own(&name, &mut slots)?;
            }
            stale |= seal == Some(Seal::Everything);
        }
        let written = |(name, value): (&String, &Arc<Value>)| {
            // What nothing was done to is written already.
            let own = baseline.slots.get(name);
            let same = own.filter(|own| Arc::ptr_eq(own, value));
            let text = same.and_then(|_| baseline.texts.get(name)).cloned();
            (name.clone(), text.unwrap_or_else(|| value.to_string()))
        };
        let mut texts: BTreeMap<String, String> = slots.iter().map(written).collect();
        for (name, fault) in faults {
            if let Some(text) = texts.get_mut(name) {
                *text = fault.put(text);
            }
        }
        Ok(Texts {
            baseline: baseline.name,
            slots: texts,
        })
    }

    /// The weakest sealing among the steps on a slot.
    fn seal_of(&self, slot: &str) -> Option<Seal> {
        let steps = self.steps.iter().filter(|step| step.slot == slot);
        steps.map(|step| step.seal).min()
    }
}

impl Texts {
    /// One slot.
    pub fn slot(&self, name: &str) -> Option<&str> {
        self.slots.get(name).map(String::as_str)
    }

    /// The captures, in order.
    pub fn snapshots(&self) -> Vec<&str> {
        let range = self.slots.range("snapshots/".to_owned()..);
        range
            .take_while(|(name, _)| name.starts_with("snapshots/"))
            .map(|(_, text)| text.as_str())
            .collect()
    }

    /// The frame of exactly these slots, or of those that another one does not have alike; then it
    /// names that one in a slot `from`.
    pub fn frame(&self, but: Option<&Self>) -> String {
        let mut members: Vec<String> = but
            .iter()
            .map(|but| format!("\"from\":\"{}\"", but.baseline))
            .collect();
        let same = |name: &str| but.is_some_and(|but| but.slot(name) == self.slot(name));
        for (name, text) in &self.slots {
            if !name.starts_with("snapshots/") && !same(name) {
                members.push(format!("\"{name}\":{text}"));
            }
        }
        let snapshots = self.snapshots();
        if but.is_none_or(|but| but.snapshots() != snapshots) {
            members.push(format!("\"snapshots\":[{}]", snapshots.join(",")));
        }
        let gone = but.into_iter().flat_map(|but| but.slots.keys());
        let gone = gone.filter(|name| !name.starts_with("snapshots/"));
        for name in gone.filter(|name| self.slot(name).is_none()) {
            members.push(format!("\"{name}\":null"));
        }
        format!("{{{}}}", members.join(","))
    }
}

/// Takes one step; a step whose place is not there any more changes nothing.
fn take(step: &Step, name: &str, slots: &mut Slots) {
    match &step.change {
        Change::Slot(None) => {
            if !PLAIN.contains(&name) {
                slots.remove(name);
            }
        }
        Change::Slot(Some(other)) => {
            if let Some(value) = slots.get(other).cloned() {
                slots.insert(name.to_owned(), value);
            }
        }
        Change::Again => {
            let count = slots
                .keys()
                .filter(|name| name.starts_with("snapshots/"))
                .count();
            if let Some(value) = slots.get(name).cloned() {
                slots.insert(format!("snapshots/{count}"), value);
            }
        }
        change => {
            if let Some(value) = slots.get_mut(name) {
                alter(Arc::make_mut(value), &step.pointer, change);
            }
        }
    }
}

fn alter(root: &mut Value, pointer: &str, change: &Change) {
    match change {
        Change::Set(value) => {
            if let Some(place) = root.pointer_mut(pointer) {
                *place = value.clone();
            }
        }
        Change::Insert(name, value) => match root.pointer_mut(pointer) {
            Some(Value::Array(items)) => items.push(value.clone()),
            Some(Value::Object(members)) => {
                members.insert(name.clone(), value.clone());
            }
            _ => {}
        },
        Change::Reverse => {
            if let Some(Value::Array(items)) = root.pointer_mut(pointer) {
                items.reverse();
            }
        }
        Change::Replace(from, to) => {
            if let Some(place) = root.pointer_mut(pointer) {
                replace(place, from, to);
            }
        }
        Change::Remove | Change::Twice => {
            let Some((parent, last)) = pointer.rsplit_once('/') else {
                return;
            };
            match root.pointer_mut(parent) {
                Some(Value::Array(items)) => list_item(items, last, change),
                Some(Value::Object(members)) if *change == Change::Remove => {
                    members.remove(last);
                }
                _ => {}
            }
        }
        Change::Slot(_) | Change::Again | Change::Text(_) => {}
    }
}

fn list_item(items: &mut Vec<Value>, place: &str, change: &Change) {
    let Ok(place) = place.parse::<usize>() else {
        return;
    };
    let Some(item) = items.get(place).cloned() else {
        return;
    };
    if *change == Change::Twice {
        items.push(item);
    } else {
        items.remove(place);
    }
}

/// Whether a text stands anywhere in a value.
fn holds(value: &Value, text: &str) -> bool {
    match value {
        Value::String(found) => found.contains(text),
        Value::Array(items) => items.iter().any(|item| holds(item, text)),
        Value::Object(members) => members.values().any(|member| holds(member, text)),
        _ => false,
    }
}

/// Replaces a text wherever it stands in a value; names of members stay.
fn replace(value: &mut Value, from: &str, to: &str) {
    match value {
        Value::String(text) if text.contains(from) => *text = text.replace(from, to),
        Value::Array(items) => items.iter_mut().for_each(|item| replace(item, from, to)),
        Value::Object(members) => {
            let members: &mut Map<String, Value> = members;
            members
                .iter_mut()
                .for_each(|(_, member)| replace(member, from, to));
        }
        _ => {}
    }
}
