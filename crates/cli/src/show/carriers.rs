//! Carrier reports as people read them.

use carrier_prover::Report;
use carrier_prover::contract::CarrierClass;
use serde_json::Value;

use crate::print::{BAD, BOLD, DIM, GOOD, Out, paint, wrap};
use crate::show;

const PROVEN: &str = "PROVEN_AUTHORITY_CONTROLLED_CARRIER";

/// What no file proves, whatever stands in it.
const NOT_BY_A_FILE: &str = "A file cannot prove who wrote it: whoever may write it, or rename \
    another in its folder, may drop its triggers, edit its pages or put an older copy back, and \
    nothing in it would show. What is called proven here holds for whoever goes through this \
    program as the one user that owns file and folder. On a server (--store postgres://…) each \
    role is a credential of its own, and the proof names who can write.";

/// The last line: how many are proven, and what stands against them.
pub(crate) fn summary(out: &mut Out, report: &Report) {
    let proven = |class: CarrierClass| class == CarrierClass::ProvenAuthorityControlledCarrier;
    let all = report.carriers.len();
    let held = report.carriers.iter().filter(|one| proven(one.class));
    let held = held.count();
    let style = if held == all { GOOD } else { BAD };
    let text = format!("{held} of {all} proven for their declared use");
    out.line(paint(BOLD, paint(style, text)));
    let open = report.carriers.iter();
    for one in open.filter(|one| !proven(one.class) || !one.codes.is_empty()) {
        let codes: Vec<String> = one.codes.iter().map(ToString::to_string).collect();
        let said = plain(&format!(
            "{} as {}: {}; {}",
            one.carrier,
            one.used_as.as_str(),
            one.reason,
            codes.join(", ")
        ));
        out.line(format!("  {}", said.trim_end_matches("; ")));
    }
}

/// The SQL that would close each gap, and nothing that is not SQL.
pub(crate) fn fixes(out: &mut Out, report: &Report) {
    out.line(plain(&format!("-- {}", report.store)));
    out.line("-- Statements to read. Nothing here was run; each changes who may do what.");
    for one in report.carriers.iter().filter(|one| !one.fixes.is_empty()) {
        let relation = one.relation.as_deref().unwrap_or("no such relation");
        out.line("");
        out.line(plain(&format!(
            "-- {} [{relation}] as {}: {}",
            one.carrier,
            one.used_as.as_str(),
            one.class
        )));
        for fix in &one.fixes {
            out.line(format!("-- {}", fix.gap));
            let statement = plain(&fix.statement);
            let is_comment = statement.starts_with("--") || statement.ends_with(';');
            let end = if is_comment { "" } else { ";" };
            out.line(format!("{statement}{end}"));
        }
    }
}

/// The report of an embedded store.
pub(crate) fn embedded(out: &mut Out, report: &Value) {
    out.line(format!(
        "carrier report on {}",
        show::text(report, "/store")
    ));
    for carrier in show::list(report, "/carriers") {
        let class = show::text(carrier, "/carrier_class");
        let style = if class == PROVEN { GOOD } else { BAD };
        out.line("");
        out.line(format!(
            "{} as {}",
            paint(BOLD, show::text(carrier, "/carrier")),
            show::text(carrier, "/declared_use")
        ));
        out.line(format!(
            "  {}: {}",
            paint(style, class),
            show::text(carrier, "/class_reason")
        ));
        for proof in show::list(carrier, "/proofs") {
            out.line(format!(
                "  {:<18} {}",
                show::text(proof, "/criterion"),
                show::text(proof, "/outcome")
            ));
            for line in show::texts(proof, "/evidence") {
                out.line(paint(DIM, wrap(line, 6)));
            }
        }
    }
    out.line("");
    for trusted in show::texts(report, "/trust_base") {
        out.line(wrap(&format!("on trust: {trusted}"), 0));
    }
    out.line(wrap(NOT_BY_A_FILE, 0));
}

/// Whether every carrier of a report is proven and nothing stands against it.
pub(crate) fn is_proven(report: &Value) -> bool {
    let carriers = show::list(report, "/carriers");
    !carriers.is_empty()
        && carriers.iter().all(|carrier| {
            show::text(carrier, "/carrier_class") == PROVEN
                && show::list(carrier, "/reject_codes").is_empty()
        })
}

/// Names in a catalog may hold anything, a terminal's commands and the end of a comment too.
fn plain(line: &str) -> String {
    let escaped = line.chars().flat_map(|letter| {
        let kept = (!letter.is_control()).then_some(letter);
        let other = letter.escape_default().filter(move |_| kept.is_none());
        kept.into_iter().chain(other)
    });
    escaped.collect()
}
