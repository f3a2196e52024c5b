//! A decision as people read it: the outcome first, then why, then what to do.

use serde_json::Value;

use crate::print::{BAD, BOLD, DIM, GOOD, Out, paint};
use crate::show;

/// How far a decision is confirmed; `registered` is said only together with a passing report.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Standing {
    /// Verified, or a decision that registered nothing.
    Confirmed,
    /// The same, and given before to these very bytes.
    Replayed,
    /// Written, and the reread did not confirm it.
    Refuted,
    /// Written, and not reread yet.
    Pending,
}

/// Prints one decision.
pub(crate) fn print(out: &mut Out, decision: &Value, standing: Standing) {
    let outcome = show::text(decision, "/outcome");
    let headline = match (outcome, standing) {
        ("registered", Standing::Refuted) => paint(BAD, "VERIFICATION FAILED"),
        ("registered", Standing::Pending) => paint(BAD, "VERIFICATION PENDING"),
        ("registered", _) => paint(GOOD, "REGISTERED"),
        ("rejected", _) => paint(BAD, "REJECTED"),
        ("hold", _) => paint(BAD, "HOLD"),
        (other, _) => paint(BAD, other),
    };
    let note = if standing == Standing::Replayed {
        "  (an exact retry: the prior decision, byte for byte)"
    } else {
        ""
    };
    out.line(format!("{}{note}", paint(BOLD, headline)));
    facts(out, decision);
    let codes = show::texts(decision, "/reject_codes");
    show::refusals(out, &codes, show::list(decision, "/failed_checks"));
}

fn facts(out: &mut Out, decision: &Value) {
    let rows = [
        ("head", "/head/row_key"),
        ("status", "/head/status"),
        ("replay key", "/replay_key"),
        ("effect", "/effect_identity"),
        ("transaction", "/consume/transaction_id"),
        ("attempt", "/header/attempt_id"),
        ("run", "/header/run_id"),
        ("assurance", "/assurance"),
        ("prior", "/prior_decision/evidence_hash"),
        ("audit", "/failure_audit_envelope/failure_digest"),
    ];
    for (name, pointer) in rows {
        let value = show::text(decision, pointer);
        if value != "-" {
            out.line(format!("  {} {value}", paint(DIM, format!("{name:<12}"))));
        }
    }
    let members = show::texts(decision, "/differing_members");
    if !members.is_empty() {
        let name = paint(DIM, format!("{:<12}", "differs in"));
        out.line(format!("  {name} {}", members.join(", ")));
    }
}
