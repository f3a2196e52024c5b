//! The frame of a case: its baseline, the changes, everything sealed again.

use std::collections::{BTreeMap, BTreeSet};

use canonical::WriteError;
use serde_json::Value;

use crate::baseline::Baseline;
use crate::change::{Change, Time};
use crate::derive::{DERIVED, derive};
use crate::fit::{fit, is_hash};
use crate::path;
use crate::place::Place;
use crate::seal::seal;

/// One frame, with the files that it speaks of; they go when it does.
#[derive(Debug)]
pub struct Frame {
    bytes: Vec<u8>,
    slots: Value,
    _place: Option<Place>,
}

impl Frame {
    /// The frame, on one line, without its line feed.
    pub fn bytes(&self) -> &[u8] {
        &self.bytes
    }

    /// The canonical bytes of what stands at a path of the frame.
    pub(crate) fn bytes_at(&self, path: &str) -> Option<Vec<u8>> {
        canonical::write(path::find(&self.slots, path)?).ok()
    }
}

/// Why a frame could not be made.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Unmade {
    /// A change that applies to nothing.
    #[error("{0}")]
    Nowhere(String),
    /// Something that has no canonical bytes.
    #[error("it has no canonical bytes: {0}")]
    Unwritable(#[from] WriteError),
    /// The first verdict could not be given.
    #[error("no first verdict: {0}")]
    Verdict(String),
    /// The files could not be laid out.
    #[error("its files cannot be laid out: {0}")]
    Files(#[from] std::io::Error),
}

/// Makes the frame of a baseline with these changes.
pub(crate) fn make(baseline: &Baseline, changes: &[Change]) -> Result<Frame, Unmade> {
    let mut slots = Value::Object(baseline.slots.clone());
    let mut touched = BTreeSet::new();
    let derives = baseline.first_run_at.is_some();
    let (late, early): (Vec<&Change>, Vec<&Change>) = changes
        .iter()
        .filter(|change| change.time() == Time::Unsealed)
        .partition(|change| derives && change.slot().is_some_and(|slot| DERIVED.contains(&slot)));
    for change in &early {
        change.make(&mut slots).map_err(Unmade::Nowhere)?;
        touched.extend(change.slot().map(str::to_owned));
    }
    fit(&mut slots, &touched)?;
    // A hash that a case sets itself is what the case is about.
    for change in &early {
        if matches!(change, Change::Set { path, .. } if is_hash(path)) {
            change.make(&mut slots).map_err(Unmade::Nowhere)?;
        }
    }
    let place = lay_out(baseline, changes, &mut slots, &mut touched)?;
    seal(&mut slots, &touched)?;
    if let Some(first_run_at) = &baseline.first_run_at {
        derive(&mut slots, &mut touched, &late, first_run_at)?;
    }
    let mut raw = BTreeMap::new();
    for change in changes {
        match change {
            Change::Tamper { .. } => change.make(&mut slots).map_err(Unmade::Nowhere)?,
            Change::Raw { path, text } => {
                raw.insert(path.as_str(), text.as_str());
            }
            _ => {}
        }
    }
    Ok(Frame {
        bytes: write(&slots, &raw)?,
        slots,
        _place: place,
    })
}

fn lay_out(
    baseline: &Baseline,
    changes: &[Change],
    slots: &mut Value,
    touched: &mut BTreeSet<String>,
) -> Result<Option<Place>, Unmade> {
    if baseline.files.is_empty() {
        return Ok(None);
    }
    let place = Place::lay(&baseline.files)?;
    for change in changes {
        place.change(change)?;
    }
    place.name_in(slots);
    touched.extend(baseline.slots.keys().cloned());
    Ok(Some(place))
}

/// One line: the slots in canonical bytes, those that are given as text as they are.
fn write(slots: &Value, raw: &BTreeMap<&str, &str>) -> Result<Vec<u8>, Unmade> {
    let mut frame = Vec::from(*b"{");
    for (name, slot) in slots.as_object().into_iter().flatten() {
        if frame.len() > 1 {
            frame.push(b',');
        }
        frame.extend(canonical::write(&Value::from(name.as_str()))?);
        frame.push(b':');
        match (raw.get(format!("/{name}").as_str()), slot) {
            (Some(text), _) => frame.extend(text.as_bytes()),
            (None, Value::Array(items)) => frame.extend(list(name, items, raw)?),
            (None, slot) => frame.extend(canonical::write(slot)?),
        }
    }
    frame.push(b'}');
    Ok(frame)
}

fn list(name: &str, items: &[Value], raw: &BTreeMap<&str, &str>) -> Result<Vec<u8>, Unmade> {
    let mut list = Vec::from(*b"[");
    for (place, item) in items.iter().enumerate() {
        if place > 0 {
            list.push(b',');
        }
        match raw.get(format!("/{name}/{place}").as_str()) {
            Some(text) => list.extend(text.as_bytes()),
            None => list.extend(canonical::write(item)?),
        }
    }
    list.push(b']');
    Ok(list)
}
