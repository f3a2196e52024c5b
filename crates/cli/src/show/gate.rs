//! A gate report as people read it: HOLD or OPEN, then every prerequisite.

use serde_json::Value;

use crate::print::{BAD, BOLD, DIM, GOOD, Out, paint, wrap};
use crate::{codes, show};

/// Prints one gate report; with `explain`, the evidence of each prerequisite too.
pub(crate) fn print(out: &mut Out, report: &Value, explain: bool) {
    let state = show::text(report, "/state");
    let style = if state == "OPEN" { GOOD } else { BAD };
    out.line(format!(
        "{}  assurance {}, report valid until {}",
        paint(BOLD, paint(style, state)),
        show::text(report, "/assurance"),
        show::text(report, "/header/expires_at")
    ));
    for prerequisite in show::list(report, "/prerequisites") {
        one(out, prerequisite, explain);
    }
}

fn one(out: &mut Out, prerequisite: &Value, explain: bool) {
    let held = prerequisite
        .pointer("/held")
        .and_then(Value::as_bool)
        .unwrap_or(false);
    let mark = if held {
        paint(GOOD, "held    ")
    } else {
        paint(BAD, "MISSING ")
    };
    out.line(format!("  {mark} {}", show::text(prerequisite, "/title")));
    if !held {
        for code in show::list(prerequisite, "/reject_codes")
            .iter()
            .filter_map(Value::as_str)
        {
            out.line(format!("           {}", paint(BAD, code)));
            if let Some(facts) = codes::find(code) {
                out.line(wrap(&facts.action, 11));
            }
        }
    }
    if explain {
        for line in show::list(prerequisite, "/evidence")
            .iter()
            .filter_map(Value::as_str)
        {
            out.line(paint(DIM, wrap(line, 11)));
        }
    }
}
