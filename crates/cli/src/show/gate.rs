//! A gate report as people read it: HOLD or OPEN, then every prerequisite.

use std::collections::BTreeMap;

use canonical::Timestamp;
use deployment::edge;
use serde_json::Value;

use crate::print::{BAD, BOLD, DIM, GOOD, Out, paint, wrap};
use crate::{codes, show};

/// How far what belongs to a prerequisite is moved in.
const INDENT: usize = 11;

/// How a line of evidence begins that says what is not there.
const MISSING: &str = "missing: ";

/// Prints one gate report; with `explain`, the evidence of each prerequisite and its age too.
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
    let held = is_held(prerequisite);
    let mark = if held {
        paint(GOOD, "held    ")
    } else {
        paint(BAD, "MISSING ")
    };
    out.line(format!("  {mark} {}", show::text(prerequisite, "/title")));
    if !held {
        for code in show::texts(prerequisite, "/reject_codes") {
            out.line(format!("           {}", paint(BAD, code)));
            if let Some(facts) = codes::find(code) {
                out.line(wrap(&facts.action, INDENT));
            }
        }
    }
    for line in show::texts(prerequisite, "/evidence") {
        // What is missing is said to whoever asks; what is there, to whoever wants to know.
        if line.starts_with(MISSING) {
            out.line(wrap(line, INDENT));
        } else if explain {
            out.line(paint(DIM, wrap(line, INDENT)));
        }
    }
    if explain {
        let checked_at = show::text(prerequisite, "/checked_at");
        let id = show::text(prerequisite, "/id");
        let line = format!("{id}, checked {checked_at}, {}", age(checked_at));
        out.line(paint(DIM, wrap(&line, INDENT)));
    }
}

/// How old evidence is, by this machine's clock against the store's.
fn age(checked_at: &str) -> String {
    let Ok(then) = checked_at.parse::<Timestamp>() else {
        return "of an unknown age".to_owned();
    };
    let micros = edge::now().micros().saturating_sub(then.micros());
    match micros {
        ..0 => "by a clock that is ahead of this machine's".to_owned(),
        0..1_000_000 => format!("{} ms old", micros.div_euclid(1_000)),
        _ => format!("{} s old", micros.div_euclid(1_000_000)),
    }
}

fn is_held(prerequisite: &Value) -> bool {
    let held = prerequisite.pointer("/held").and_then(Value::as_bool);
    held.unwrap_or(false)
}

/// What a report said, without what differs in each: times and hashes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Said {
    state: String,
    missing: BTreeMap<String, Missing>,
    /// Why there was no report.
    unanswered: Option<String>,
}

/// One prerequisite that does not hold.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Missing {
    codes: Vec<String>,
    lines: Vec<String>,
}

impl Said {
    /// What a report says.
    pub(crate) fn of(report: &Value) -> Self {
        let owned = |texts: Vec<&str>| texts.into_iter().map(str::to_owned).collect::<Vec<_>>();
        let missing = show::list(report, "/prerequisites")
            .iter()
            .filter(|one| !is_held(one))
            .map(|one| {
                let mut lines = show::texts(one, "/evidence");
                lines.retain(|line| line.starts_with(MISSING));
                let missing = Missing {
                    codes: owned(show::texts(one, "/reject_codes")),
                    lines: owned(lines),
                };
                (show::text(one, "/id").to_owned(), missing)
            });
        Self {
            state: show::text(report, "/state").to_owned(),
            missing: missing.collect(),
            unanswered: None,
        }
    }

    /// That there was no answer, which holds.
    pub(crate) fn nothing(why: String) -> Self {
        Self {
            state: "HOLD".to_owned(),
            missing: BTreeMap::new(),
            unanswered: Some(why),
        }
    }
}

/// Prints what has changed since the last answer, with the time.
pub(crate) fn changed(out: &mut Out, at: &str, last: Option<&Said>, now: &Said) {
    let style = if now.state == "OPEN" { GOOD } else { BAD };
    let state = paint(BOLD, paint(style, &now.state));
    match last {
        Some(last) if last.state != now.state => {
            out.line(format!("{at}  {} -> {state}", last.state));
        }
        _ => out.line(format!("{at}  {state}")),
    }
    if let Some(why) = &now.unanswered {
        out.line(wrap(why, 2));
    }
    for (id, missing) in &now.missing {
        if last.is_some_and(|last| last.missing.get(id) == Some(missing)) {
            continue;
        }
        let codes = missing.codes.join(", ");
        out.line(format!(
            "  {} {id}  {}",
            paint(BAD, "MISSING "),
            paint(BAD, codes)
        ));
        for line in &missing.lines {
            out.line(wrap(line, INDENT));
        }
    }
    let before = last.map(|last| last.missing.keys()).into_iter().flatten();
    for id in before.filter(|id| !now.missing.contains_key(*id) && now.unanswered.is_none()) {
        out.line(format!("  {} {id}", paint(GOOD, "held    ")));
    }
    out.flush();
}
