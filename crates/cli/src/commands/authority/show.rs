//! The governed rows as they stand.

use authority::{AuthorityWriter, RowStatus};

use super::Session;
use crate::args::ShowArgs;
use crate::failure::Failure;
use crate::print::{BOLD, paint};

pub(super) fn run(session: &mut Session<'_>, args: &ShowArgs) -> Result<(), Failure> {
    let known = authority::carriers::ALL;
    match &args.carrier {
        Some(carrier) if known.contains(&carrier.as_str()) => carriers(session, &[carrier]),
        Some(carrier) => Err(Failure::usage(format!("show `{carrier}`"))
            .code("UNKNOWN_CARRIER")
            .next(format!("known carriers: {}", known.join(", ")))),
        None => carriers(session, &known),
    }
}

/// Shows every row of these carriers.
pub(super) fn carriers(session: &mut Session<'_>, names: &[&str]) -> Result<(), Failure> {
    for carrier in names {
        let rows = session.writer.rows(carrier).map_err(|error| {
            Failure::unavailable(format!("read the rows of `{carrier}`")).because(&error)
        })?;
        if session.json {
            for one in &rows {
                let row = serde_json::json!({
                    "carrier": carrier, "row_key": one.row.key(), "status": word(one.status),
                    "row_hash": one.row.row_hash(), "columns": one.row.columns(),
                });
                session.out.line(row);
            }
            continue;
        }
        if rows.is_empty() {
            continue;
        }
        session.out.line(paint(BOLD, carrier));
        for one in &rows {
            session
                .out
                .line(format!("  {} ({})", one.row.key(), word(one.status)));
            for (name, value) in one
                .row
                .columns()
                .iter()
                .filter(|(_, value)| !value.is_null())
            {
                let value = value
                    .as_str()
                    .map_or_else(|| value.to_string(), ToOwned::to_owned);
                session.out.line(format!("    {name:<28} {value}"));
            }
        }
    }
    Ok(())
}

fn word(status: RowStatus) -> &'static str {
    match status {
        RowStatus::Active => "active",
        RowStatus::Superseded => "superseded",
        RowStatus::Revoked => "revoked",
        RowStatus::Expired => "expired",
    }
}
