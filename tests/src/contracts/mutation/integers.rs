//! Numbers at and around the limits.

use serde_json::{Value, json};

use super::{Difference, Mutation};

/// The limits of the definition and of what JSON readers carry, on both sides, and floats.
pub(super) fn mutations(schema: &Value) -> Vec<Mutation> {
    let limit = |keyword: &str| schema.get(keyword).and_then(Value::as_i64);
    let limits = [limit("minimum"), limit("maximum")].into_iter().flatten();
    let around = limits.flat_map(|limit| [limit.saturating_sub(1), limit, limit.saturating_add(1)]);
    let exact = around.map(|number| json!(number)).chain([
        json!(1),
        json!(canonical::INTEGER_MAX),
        json!(-1_i64 - i64::try_from(canonical::INTEGER_MAX).unwrap_or(i64::MAX)),
        json!(u64::MAX),
        json!(i64::MIN),
        json!(1e300),
        json!(-0.5),
        json!("1"),
    ]);
    let exact = exact.map(|value| Mutation::new("as number", value));
    let floats = limit("minimum").into_iter().filter_map(as_float);
    let floats = floats.map(|value| Mutation::listed(Difference::IntegerAsFloat, value));
    exact.chain(floats).collect()
}

// Through text: the same number, in the spelling of a float.
fn as_float(number: i64) -> Option<Value> {
    serde_json::from_str(&format!("{number}.0")).ok()
}
