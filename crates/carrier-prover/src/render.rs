//! The report as text: what a person would paste into a ticket.

use std::fmt::Write as _;

use crate::report::{CarrierProof, Report};
use crate::writers::WriterPath;

/// The longest list that is printed in full.
const LISTED_MAX: usize = 12;

/// The longest inventory of triggers that is: one that is not named is one nobody accounts for.
const TRIGGERS_MAX: usize = 128;

/// The whole report. Pure text, no colour; names of the database come escaped.
pub fn render(report: &Report) -> String {
    let mut text = String::new();
    let mut line = |said: String| {
        // Writing to a string cannot fail.
        let _ = writeln!(text, "{}", shown(&said));
    };
    line(format!("carrier report on {}", report.store));
    line(format!("fingerprint {}", report.fingerprint));
    for trusted in &report.trust_base {
        line(format!("on trust: {trusted}"));
    }
    for unknown in &report.unknown {
        line(format!("UNKNOWN: {unknown}"));
    }
    for alarm in &report.alarms {
        line(format!("ALARM: {alarm}"));
    }
    for carrier in &report.carriers {
        line(String::new());
        for said in carrier_lines(carrier) {
            line(said);
        }
    }
    text
}

fn carrier_lines(proof: &CarrierProof) -> Vec<String> {
    let relation = proof.relation.as_deref().unwrap_or("(no such relation)");
    let mut lines = vec![
        format!(
            "{} [{relation}] as {}",
            proof.carrier,
            proof.used_as.as_str()
        ),
        format!("  {}: {}", proof.class, proof.reason),
    ];
    if let Some(expected) = proof
        .expect
        .as_ref()
        .filter(|name| **name != proof.class.to_string())
    {
        lines.push(format!("  expected {expected}"));
    }
    if proof.authenticity == crate::contract::Authenticity::None {
        lines.push("  authenticity: none".to_owned());
    }
    if !proof.codes.is_empty() {
        let codes: Vec<String> = proof.codes.iter().map(ToString::to_string).collect();
        lines.push(format!("  codes: {}", codes.join(", ")));
    }
    for judged in &proof.criteria {
        lines.push(format!("  {:<18} {}", judged.criterion, judged.outcome));
        listed(&mut lines, &judged.evidence, LISTED_MAX, String::clone);
        if let Some(witness) = &judged.witness {
            lines.push(format!("      witness: {witness}"));
        }
    }
    for finding in &proof.fitness {
        lines.push(format!(
            "  {:<18} {} ({})",
            finding.id, finding.outcome, finding.title
        ));
        listed(&mut lines, &finding.evidence, LISTED_MAX, String::clone);
    }
    if !proof.writers.is_empty() {
        lines.push("  who can do what".to_owned());
        let paths = proof.writers.iter().filter(|path| !path.superuser);
        let paths: Vec<&WriterPath> = paths.collect();
        listed(&mut lines, &paths, LISTED_MAX, |path| path.line());
    }
    if !proof.triggers.is_empty() {
        lines.push("  triggers".to_owned());
        listed(&mut lines, &proof.triggers, TRIGGERS_MAX, |trigger| {
            let events: Vec<&str> = trigger.events.iter().map(|event| event.as_str()).collect();
            let condition = trigger.condition.as_ref();
            let condition = condition.map_or_else(String::new, |text| format!(" when {text}"));
            format!(
                "`{}` {} {} {} on `{}`{condition}, {}: `{}` ({})",
                trigger.name,
                trigger.timing,
                events.join("/"),
                trigger.level,
                trigger.relation,
                trigger.enabled,
                trigger.function,
                trigger.effects.join(", ")
            )
        });
    }
    if !proof.fixes.is_empty() {
        lines.push("  what would close the gaps (to read, not run by this program)".to_owned());
        listed(&mut lines, &proof.fixes, LISTED_MAX, |fix| {
            format!("{}: {}", fix.gap, fix.statement)
        });
    }
    lines
}

/// The first of a list, and how many more there are; only what is listed is put into words.
fn listed<T>(lines: &mut Vec<String>, all: &[T], most: usize, said: impl Fn(&T) -> String) {
    let kept = if all.len() > most {
        most.saturating_sub(1)
    } else {
        most
    };
    let first = all.iter().take(kept);
    lines.extend(first.map(|item| format!("      {}", said(item))));
    if all.len() > most {
        lines.push(format!("      and {} more", all.len().saturating_sub(kept)));
    }
}

/// Names in a catalog may hold anything, a terminal's commands too.
fn shown(line: &str) -> String {
    if !line.chars().any(char::is_control) {
        return line.to_owned();
    }
    let escaped = line.chars().flat_map(|letter| {
        let plain = (!letter.is_control()).then_some(letter);
        let other = letter.escape_default().filter(move |_| plain.is_none());
        plain.into_iter().chain(other)
    });
    escaped.collect()
}
