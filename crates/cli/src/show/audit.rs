//! Failure audits as people read them.

use serde_json::Value;

use crate::show;

/// One row of the audit list: position, when, phase, what, why.
pub(crate) fn row(position: u64, audit: &Value) -> Vec<String> {
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
