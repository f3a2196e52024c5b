//! Holds a contract's three statements of itself against each other, document by document.
//!
//! The bundled schema, the generated Rust type, and the schema that schemars derives back from that
//! type must accept exactly the same documents, and whatever is accepted must be written again as
//! the same canonical bytes. Where they cannot agree, [`Difference`] says how and why, and the
//! opening path must refuse.

mod judge;
mod mutation;
mod shape;

use std::collections::{BTreeMap, BTreeSet};
use std::error::Error;

use envelope::Contract;
use schemars::JsonSchema;
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::Value;

use judge::Judges;
pub use mutation::Difference;
use mutation::{Mutation, mutations_at};
use shape::{Shape, examples};

/// How many disagreements are described; the first ones tell enough.
const FINDINGS_MAX: usize = 20;

/// What came of one envelope's comparison.
#[derive(Debug, Default)]
pub struct Comparison {
    /// Documents that were judged.
    pub documents: usize,
    /// Documents that every judge accepted.
    pub accepted: usize,
    /// Documents on which the judges differ in a way that is listed.
    pub listed: BTreeMap<Difference, usize>,
    /// Disagreements that are not listed, and listed ones that did not show.
    pub findings: Vec<String>,
}

/// Compares the judges on the example of `contract`, on a fuller document, and on every single-point
/// mutation of both.
///
/// `bundle` is the text of the bundle that the contract was made from and `definition` the name of
/// the envelope in it. Fails when there is nothing to compare with: no bundle, no example, or an
/// example that the contract does not open.
pub fn compare<T>(
    contract: &Contract<T>,
    bundle: &str,
    definition: &str,
) -> Result<Comparison, Box<dyn Error>>
where
    T: Serialize + DeserializeOwned + JsonSchema,
{
    let bundle: Value = serde_json::from_str(bundle)?;
    let examples = examples()?;
    let shape = Shape::new(&bundle, &examples);
    let judges = Judges::new(contract, &bundle, definition)?;
    let example = examples
        .get(definition)
        .ok_or("the envelope has no example")?;
    contract.open(&canonical::write(example)?)?;
    let fuller = shape.saturate(definition, example);

    let mut comparison = Comparison::default();
    let mut met = BTreeSet::new();
    for (seed, before) in [(example, &Value::Null), (&fuller, example)] {
        comparison.judge(&judges, seed, &Mutation::none());
        let mut document = seed.clone();
        for position in shape.positions(definition, seed) {
            // What stands in an earlier seed was mutated there.
            let Some(original) = seed.pointer(&position.pointer) else {
                continue;
            };
            if before.pointer(&position.pointer) == Some(original) {
                continue;
            }
            let is_first = met.insert(position.definition.unwrap_or_default());
            for mutation in mutations_at(&shape, &position, original, is_first) {
                set(&mut document, &position.pointer, mutation.value.clone());
                comparison.judge(&judges, &document, &mutation.at(&position.pointer));
            }
            set(&mut document, &position.pointer, original.clone());
        }
    }
    Ok(comparison)
}

fn set(document: &mut Value, pointer: &str, value: Value) {
    if let Some(place) = document.pointer_mut(pointer) {
        *place = value;
    }
}

impl Comparison {
    fn judge<T>(&mut self, judges: &Judges<'_, T>, document: &Value, mutation: &Mutation)
    where
        T: Serialize + DeserializeOwned,
    {
        self.documents = self.documents.saturating_add(1);
        let outcome = match mutation.difference {
            Some(difference) => judges
                .differ_as_listed(document, difference)
                .map(|()| *self.listed.entry(difference).or_default() += 1),
            None => judges
                .agree(document)
                .map(|accepted| self.accepted += usize::from(accepted)),
        };
        if let Err(finding) = outcome
            && self.findings.len() < FINDINGS_MAX
        {
            self.findings.push(format!("{mutation}: {finding}"));
        }
    }
}
