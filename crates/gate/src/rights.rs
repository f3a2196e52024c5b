//! Who may write which table, and what each credential can do beyond that.

use crate::facts::Facts;

/// The tables that hold authority rows.
pub(crate) const AUTHORITY_CARRIERS: [&str; 14] = [
    "action_type",
    "admission",
    "approval",
    "approval_vote",
    "dot_config",
    "hold_event",
    "manifest",
    "ownership",
    "policy",
    "principal",
    "principal_binding",
    "retirement",
    "trigger_inventory",
    "verifier",
];

/// The tables that registrations, observations and failures are written to.
pub(crate) const OPERATIONAL_CARRIERS: [&str; 8] = [
    "attempt",
    "decision",
    "dot_catalogue",
    "evidence",
    "failure_audit",
    "ledger",
    "snapshot",
    "verification_report",
];

/// The roles that may insert into a table; none for a table that is nobody's to insert into.
pub(crate) fn inserters(table: &str) -> &'static [&'static str] {
    match table {
        // A failed verification places its hold together with its audit.
        "hold_event" => &["authority", "audit-writer"],
        "attempt" | "decision" | "dot_catalogue" | "evidence" | "ledger" => &["registrar"],
        "failure_audit" => &["audit-writer"],
        "snapshot" | "verification_report" => &["snapshot-writer"],
        carrier if AUTHORITY_CARRIERS.contains(&carrier) => &["authority"],
        _ => &[],
    }
}

/// The roles that may update a column, each for the one transition that a trigger lets through.
fn updaters(column: &str) -> &'static [&'static str] {
    match column {
        "dot_catalogue.status" | "dot_catalogue.retirement_ref" => &["authority"],
        "attempt.state" | "attempt.closed_at" => &["registrar", "audit-writer"],
        "attempt.consumed_key" => &["registrar"],
        "attempt.failure_digest" => &["audit-writer"],
        _ => &[],
    }
}

/// What credentials can do to a table and must not, one line each.
pub(crate) fn trespasses(facts: &Facts, table: &str) -> Vec<String> {
    let mut lines = Vec::new();
    for credential in &facts.credentials {
        let role = credential.role.as_str();
        if credential.may_insert.iter().any(|name| name == table)
            && !inserters(table).contains(&role)
        {
            lines.push(format!("`{role}` may insert into `{table}`"));
        }
        for column in &credential.may_update {
            if table_of(column) == table && !updaters(column).contains(&role) {
                lines.push(format!("`{role}` may update `{column}`"));
            }
        }
        if credential.may_delete.iter().any(|name| name == table) {
            lines.push(format!("`{role}` may delete from `{table}`"));
        }
    }
    lines
}

/// The foreign triggers through which something else could write a table, one line each.
pub(crate) fn second_writers(facts: &Facts, table: &str) -> Vec<String> {
    facts
        .schema
        .foreign_writers(table)
        .map(|trigger| {
            format!(
                "trigger `{}` on `{}` could write `{table}`",
                trigger.name, trigger.table
            )
        })
        .collect()
}

/// Whether a role has a credential that may insert into a table.
pub(crate) fn may_insert(facts: &Facts, role: &str, table: &str) -> bool {
    facts
        .credentials
        .iter()
        .filter(|credential| credential.role == role)
        .any(|credential| credential.may_insert.iter().any(|name| name == table))
}

fn table_of(column: &str) -> &str {
    column.split('.').next().unwrap_or(column)
}
