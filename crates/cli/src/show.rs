//! Envelopes as people read them. Nothing here decides; every word comes from an envelope or from
//! the table of codes.

pub(crate) mod audit;
pub(crate) mod carriers;
pub(crate) mod decision;
pub(crate) mod gate;

use serde_json::Value;

use crate::codes;
use crate::print::{BAD, BOLD, DIM, Out, paint, wrap};

/// How far what belongs to a code is moved in.
const INDENT: usize = 6;

/// The most values of one check that are shown to people.
const SHOWN_MAX: usize = 3;

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

/// The codes of an envelope in their order, each with what it means, what was found in the checks
/// that failed by it, and what to do; then those checks by name.
pub(crate) fn refusals(out: &mut Out, codes: &[&str], checks: &[Value]) {
    let failed: Vec<&Value> = checks
        .iter()
        .filter(|check| text(check, "/outcome") == "failed")
        .collect();
    for code in codes {
        out.line(format!("  {}", paint(BAD, code)));
        let facts = codes::find(code);
        if let Some(facts) = facts {
            out.line(wrap(&facts.meaning, INDENT));
        }
        for check in &failed {
            found(out, code, check);
        }
        if let Some(facts) = facts {
            out.line(wrap(&format!("what to do: {}", facts.action), INDENT));
        }
    }
    if failed.is_empty() {
        return;
    }
    out.line("");
    out.line(format!("  {}", paint(BOLD, "failed checks")));
    for check in failed {
        let id = paint(DIM, format!("({})", text(check, "/id")));
        let mark = paint(BAD, "FAILED");
        out.line(format!("  {mark}  {} {id}", text(check, "/title")));
    }
}

/// The texts of a list.
pub(crate) fn texts<'a>(value: &'a Value, pointer: &str) -> Vec<&'a str> {
    list(value, pointer)
        .iter()
        .filter_map(Value::as_str)
        .collect()
}

/// What one failed check found that belongs to a code: its own words, and with the first code of
/// the check all values and rows that no code claims.
fn found(out: &mut Out, code: &str, check: &Value) {
    let own = texts(check, "/reject_codes");
    let Some(place) = own.iter().position(|one| *one == code) else {
        return;
    };
    let (named, other): (Vec<&Value>, Vec<&Value>) = list(check, "/compared")
        .iter()
        .partition(|compared| own.contains(&text(compared, "/name")));
    let mut lines: Vec<String> = named
        .into_iter()
        .filter(|compared| text(compared, "/name") == code)
        .map(|compared| text(compared, "/left").to_owned())
        .collect();
    let mut rows = Vec::new();
    if place == 0 {
        lines.extend(other.into_iter().map(compared));
        rows.extend(list(check, "/source_refs").iter().map(row));
    }
    let more = lines.len().saturating_sub(SHOWN_MAX);
    for line in lines.iter().take(SHOWN_MAX) {
        out.line(wrap(&format!("found: {line}"), INDENT));
    }
    if more > 0 {
        let word = format!("… and {more} more, all of them with --json");
        out.line(format!("      {}", paint(DIM, word)));
    }
    if !rows.is_empty() {
        out.line(wrap(&format!("from: {}", rows.join(", ")), INDENT));
    }
}

/// Two values that were compared, or the one that was looked at.
fn compared(compared: &Value) -> String {
    let value = |pointer: &str| compared.pointer(pointer).and_then(Value::as_str);
    let name = text(compared, "/name");
    match (value("/left"), value("/right")) {
        (left, Some(right)) => {
            let left = left.map_or("nothing".to_owned(), |left| format!("`{left}`"));
            match name.split_once(" / ") {
                Some((one, other)) => format!("{one} {left}, {other} `{right}`"),
                None => format!("{name} {left} against `{right}`"),
            }
        }
        (Some(left), None) => format!("{name}: {left}"),
        (None, None) => name.to_owned(),
    }
}

fn row(source: &Value) -> String {
    format!(
        "{} `{}`",
        text(source, "/carrier"),
        text(source, "/row_key")
    )
}
