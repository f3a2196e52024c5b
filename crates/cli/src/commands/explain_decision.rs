//! `holdfast explain KEY`: a past decision, check by check.

use bundle::{Bundle, Slot, verify};
use serde_json::{Value, json};

use crate::commands::bundle as bundles;
use crate::config::Config;
use crate::exit::Exit;
use crate::failure::Failure;
use crate::print::{BAD, BOLD, DIM, GOOD, Out, paint};
use crate::{show, wiring};

/// What is explained, and the list of checks in it, in the order in which they were made.
const PARTS: [(Slot, &str, &str); 3] = [
    (Slot::Verdict, "/checks", "before the write: block E"),
    (
        Slot::VerdictAfter,
        "/checks",
        "after the write: block E again",
    ),
    (
        Slot::VerificationReport,
        "/conditions",
        "after the write: the verifier",
    ),
];

/// Whether a text is a key, or a DOT code that the configured store knows.
///
/// A replay key, a nonce and an attempt id are told by their form, so that what is wrong with the
/// store is said; any other word is mostly a code that was mistyped.
pub(crate) fn is_named_by(text: &str, config: &Config) -> bool {
    let is_key =
        text.parse::<canonical::Digest>().is_ok() || text.parse::<canonical::Uuid>().is_ok();
    if is_key || text.starts_with("n1.") {
        return true;
    }
    let found = wiring::records(config).map(|reader| bundle::find(&reader, text));
    matches!(found, Ok(Ok(Some(_))))
}

pub(crate) fn run(key: &str, config: &Config, json: bool, out: &mut Out) -> Result<Exit, Failure> {
    let bytes = bundles::of(key, config)?;
    let (bundle, _) = Bundle::read(&bytes).map_err(|error| {
        Failure::internal(format!("read the bundle of `{key}`")).because(&error)
    })?;
    let value = |slot: Slot| bundle.envelope(slot).map(show::json);
    let Some(decision) = value(Slot::RegistrationDecision) else {
        return Err(Failure::internal(format!("explain `{key}`")).cause("there is no decision"));
    };
    let parts = PARTS.map(|(slot, checks, title)| (title, checks, value(slot)));
    if json {
        out.line(as_json(&decision, &parts));
        return Ok(Exit::Yes);
    }
    heading(&decision, out);
    for (title, checks, value) in &parts {
        if let Some(value) = value {
            part(title, show::list(value, checks), out);
        }
    }
    // A verdict that refused has shown them among all its checks.
    let judged = parts.iter().find_map(|(.., value)| value.as_ref());
    let refused = judged.is_some_and(|verdict| show::text(verdict, "/outcome") == "reject");
    let own = show::list(&decision, "/failed_checks");
    if !own.is_empty() && !refused {
        part("what the decision itself refused", own, out);
    }
    let verification = verify(&bytes);
    if let Some((check, found)) = verification.first_inconsistency() {
        out.line(paint(
            BAD,
            format!("what the store keeps of it does not agree: {}", check.title),
        ));
        out.line(format!("  {found}"));
    }
    Ok(Exit::Yes)
}

fn as_json(decision: &Value, parts: &[(&str, &str, Option<Value>); 3]) -> Value {
    let [before, after, report] = parts;
    let checks = |(_, pointer, value): &(&str, &str, Option<Value>)| {
        let value = value.as_ref();
        value.and_then(|value| value.pointer(pointer)).cloned()
    };
    json!({
        "attempt_id": decision.pointer("/header/attempt_id"),
        "outcome": decision.get("outcome"),
        "phase": decision.get("phase"),
        "reject_codes": decision.get("reject_codes"),
        "failed_checks": decision.get("failed_checks"),
        "checks_before": checks(before),
        "checks_after": checks(after),
        "conditions": checks(report),
    })
}

fn heading(decision: &Value, out: &mut Out) {
    let outcome = show::text(decision, "/outcome").to_uppercase();
    let style = if outcome == "REGISTERED" { GOOD } else { BAD };
    let phase = show::text(decision, "/phase");
    out.line(format!(
        "{}  in phase {phase}",
        paint(BOLD, paint(style, outcome))
    ));
    for (name, pointer) in [
        ("attempt", "/header/attempt_id"),
        ("decided", "/header/issued_at"),
    ] {
        let name = paint(DIM, format!("{name:<8}"));
        out.line(format!("  {name} {}", show::text(decision, pointer)));
    }
    for code in show::texts(decision, "/reject_codes") {
        out.line(format!("  {}", paint(BAD, code)));
    }
}

fn part(title: &str, checks: &[Value], out: &mut Out) {
    out.line("");
    out.line(paint(BOLD, title));
    for check in checks {
        let mark = match show::text(check, "/outcome") {
            "held" => paint(GOOD, "held       "),
            "failed" => paint(BAD, "FAILED     "),
            _ => paint(DIM, "not reached"),
        };
        let id = paint(DIM, format!("({})", show::text(check, "/id")));
        out.line(format!("  {mark}  {} {id}", show::text(check, "/title")));
        if show::text(check, "/outcome") != "held" {
            reasons(check, out);
        }
    }
}

/// What stopped a check, or what it found.
fn reasons(check: &Value, out: &mut Out) {
    let indent = " ".repeat(15);
    if let Some(stop) = check.get("stopped_by").and_then(Value::as_str) {
        out.line(format!("{indent}stopped by {stop}"));
    }
    for code in show::texts(check, "/reject_codes") {
        out.line(format!("{indent}{}", paint(BAD, code)));
    }
    for compared in show::list(check, "/compared") {
        let (name, left, right) = (
            show::text(compared, "/name"),
            show::text(compared, "/left"),
            show::text(compared, "/right"),
        );
        out.line(format!("{indent}{name}: {left}, {right}"));
    }
    for row in show::list(check, "/source_refs") {
        let (carrier, key) = (show::text(row, "/carrier"), show::text(row, "/row_key"));
        out.line(format!("{indent}from {carrier} `{key}`"));
    }
}
