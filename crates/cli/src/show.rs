//! Envelopes as people read them. Nothing here decides; every word comes from an envelope or from
//! the table of codes.

pub(crate) mod audit;
pub(crate) mod decision;
pub(crate) mod gate;

use serde_json::Value;

use crate::codes;
use crate::print::{BAD, DIM, GOOD, Out, paint, wrap};

/// An envelope as JSON; one that cannot be read shows as null.
pub(crate) fn json(bytes: &[u8]) -> Value {
    serde_json::from_slice(bytes).unwrap_or(Value::Null)
}

/// A text of an envelope, or `-`.
pub(crate) fn text<'a>(value: &'a Value, pointer: &str) -> &'a str {
    value
        .pointer(pointer)
        .and_then(Value::as_str)
        .unwrap_or("-")
}

/// A list of an envelope, or nothing.
pub(crate) fn list<'a>(value: &'a Value, pointer: &str) -> &'a [Value] {
    value
        .pointer(pointer)
        .and_then(Value::as_array)
        .map_or(&[], Vec::as_slice)
}

/// The codes of an envelope, each with what it means and what to do.
pub(crate) fn codes(out: &mut Out, value: &Value, pointer: &str) {
    for code in list(value, pointer).iter().filter_map(Value::as_str) {
        out.line(format!("  {}", paint(BAD, code)));
        if let Some(facts) = codes::find(code) {
            out.line(wrap(&facts.meaning, 6));
            out.line(format!("      {}", paint(DIM, "what to do:")));
            out.line(wrap(&facts.action, 6));
        }
    }
}

/// One check: held, failed or not reached, with what was compared.
pub(crate) fn check(out: &mut Out, check: &Value) {
    let (style, mark) = match text(check, "/outcome") {
        "held" => (GOOD, "held"),
        "failed" => (BAD, "FAILED"),
        _ => (DIM, "not reached"),
    };
    let mark = paint(style, format!("{mark:<11}"));
    out.line(format!("  {mark} {}", text(check, "/title")));
    if text(check, "/outcome") != "failed" {
        return;
    }
    let codes: Vec<&str> = list(check, "/reject_codes")
        .iter()
        .filter_map(Value::as_str)
        .collect();
    out.line(format!("              {}", codes.join(", ")));
    for compared in list(check, "/compared") {
        out.line(format!(
            "              {}: `{}` against `{}`",
            text(compared, "/name"),
            text(compared, "/left"),
            text(compared, "/right")
        ));
    }
    for source in list(check, "/source_refs") {
        out.line(format!(
            "              from {} `{}`",
            text(source, "/carrier"),
            text(source, "/row_key")
        ));
    }
}
