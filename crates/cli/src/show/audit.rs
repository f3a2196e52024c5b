//! Failure audits as people read them.

use std::fmt::Display;

use records::AuditRecord;
use serde_json::Value;

use crate::print::table;
use crate::show;

/// Records in a table, in their order.
pub(crate) fn list(records: &[AuditRecord]) -> impl Display {
    let rows = records
        .iter()
        .map(|record| row(record.position, &show::json(&record.audit)));
    table(
        &["no", "recorded", "phase", "dot", "codes", "attempt"],
        rows,
    )
}

/// One row of the audit list: position, when, phase, what, why.
fn row(position: u64, audit: &Value) -> Vec<String> {
    let codes: Vec<&str> = show::list(audit, "/reject_codes")
        .iter()
        .filter_map(Value::as_str)
        .collect();
    vec![
        position.to_string(),
        show::text(audit, "/header/issued_at").to_owned(),
        show::text(audit, "/phase").to_owned(),
        show::text(audit, "/dot_code").to_owned(),
        codes.join(" "),
        show::text(audit, "/header/attempt_id").to_owned(),
    ]
}
