//! `holdfast status` and `history`: what the store knows, read-only.

use canonical::Timestamp;
use deployment::AnyRecords;
use records::{AttemptKey, AttemptView, AuditRecord, DotHistory, Records};

use crate::args::{HistoryArgs, StatusArgs};
use crate::config::Config;
use crate::exit::Exit;
use crate::failure::Failure;
use crate::print::{BOLD, Out, paint, table};
use crate::show::decision::Standing;
use crate::{show, wiring};

/// How many attempts and failures a history shows: the newest.
const HISTORY_MAX: u32 = 1000;

pub(crate) fn status(
    args: &StatusArgs,
    config: &Config,
    json: bool,
    out: &mut Out,
) -> Result<Exit, Failure> {
    let reader = wiring::records(config)?;
    let unreadable =
        |error| Failure::unavailable(format!("look up `{}`", args.key)).because(&error);
    let found = match key(&args.key) {
        Some(key) => reader.attempt(key).map_err(unreadable)?,
        None => latest(&reader, &args.key)?,
    };
    if let Some(view) = found {
        return Ok(one(&reader, &view, json, out));
    }
    if let Some(record) = refused(&reader, &args.key)? {
        print_answer(&record.answer, Standing::Confirmed, json, out);
        return Ok(Exit::Yes);
    }
    Err(Failure::usage(format!("find `{}`", args.key))
        .cause("no attempt has this replay key, nonce, attempt id or DOT code")
        .next("`holdfast history DOT` and `holdfast audit list` show what there is"))
}

fn key(text: &str) -> Option<AttemptKey<'_>> {
    if let Ok(replay_key) = text.parse() {
        return Some(AttemptKey::ReplayKey(replay_key));
    }
    if let Ok(attempt_id) = text.parse() {
        return Some(AttemptKey::AttemptId(attempt_id));
    }
    text.starts_with("n1.").then_some(AttemptKey::Nonce(text))
}

/// The newest attempt for a DOT code.
fn latest(reader: &AnyRecords, dot_code: &str) -> Result<Option<AttemptView>, Failure> {
    let mut attempts = history_of(reader, dot_code, 1)?.attempts;
    Ok(attempts.pop())
}

/// A refusal before any reservation leaves only its audit record.
fn refused(reader: &AnyRecords, key: &str) -> Result<Option<AuditRecord>, Failure> {
    let unreadable = |error| Failure::unavailable(format!("look up `{key}`")).because(&error);
    match key.parse() {
        Ok(attempt_id) => Ok(reader
            .audits_of_attempt(&attempt_id)
            .map_err(unreadable)?
            .pop()),
        Err(_) => Ok(history_of(reader, key, 1)?.failures.pop()),
    }
}

fn one(reader: &AnyRecords, view: &AttemptView, json: bool, out: &mut Out) -> Exit {
    let attempt = &view.attempt;
    let report = reader.report(&attempt.attempt_id).ok().flatten();
    let report = report.map(|report| show::json(&report.report));
    let outcome = report.as_ref().map(|report| show::text(report, "/outcome"));
    if let Some(answer) = &attempt.answer {
        let standing = match (view.transaction_id.is_some(), outcome) {
            (true, Some("passed")) | (false, _) => Standing::Confirmed,
            (true, Some(_)) => Standing::Refuted,
            (true, None) => Standing::Pending,
        };
        print_answer(answer, standing, json, out);
    } else if json {
        out.line(serde_json::json!({
            "attempt_id": attempt.attempt_id, "state": "RESERVED", "replay_key": attempt.replay_key,
        }));
    } else {
        out.line(paint(BOLD, "RESERVED"));
        out.line("  open: in flight, or left by a crash; `holdfast recover` settles what is old");
    }
    if !json {
        let state = format!("{:?}", attempt.state).to_uppercase();
        out.line(format!("  state        {state}"));
        out.line(format!("  nonce        {}", attempt.nonce));
        out.line(format!("  opened       {}", attempt.opened_at));
        out.line(format!("  closed       {}", time(view.closed_at)));
        out.line(format!("  verification {}", outcome.unwrap_or("none")));
    }
    Exit::Yes
}

fn print_answer(answer: &[u8], standing: Standing, json: bool, out: &mut Out) {
    if json {
        out.envelope(answer);
    } else {
        show::decision::print(out, &show::json(answer), standing);
    }
}

fn time(at: Option<Timestamp>) -> String {
    at.map_or_else(|| "-".to_owned(), |at| at.to_string())
}

fn history_of(reader: &AnyRecords, dot_code: &str, limit: u32) -> Result<DotHistory, Failure> {
    reader.history(dot_code, limit).map_err(|error| {
        Failure::unavailable(format!("read the history of `{dot_code}`")).because(&error)
    })
}

pub(crate) fn history(
    args: &HistoryArgs,
    config: &Config,
    json: bool,
    out: &mut Out,
) -> Result<Exit, Failure> {
    let reader = wiring::records(config)?;
    let history = history_of(&reader, &args.dot, HISTORY_MAX)?;
    if json {
        out.line(as_json(&history));
        return Ok(Exit::Yes);
    }
    if history.heads.is_empty() && history.attempts.is_empty() && history.failures.is_empty() {
        out.line(format!("nothing is known of {}", args.dot));
        return Ok(Exit::Yes);
    }
    out.line(paint(BOLD, "rows in the catalogue"));
    let rows = history.heads.iter().map(|head| {
        vec![
            head.row_key.clone(),
            head.status.clone(),
            head.transaction_id.clone(),
            head.row_hash.to_string(),
        ]
    });
    out.line(table(&["row", "status", "transaction", "row hash"], rows));
    out.line(paint(BOLD, "attempts"));
    let rows = history.attempts.iter().map(|view| {
        vec![
            view.attempt.opened_at.to_string(),
            format!("{:?}", view.attempt.state).to_uppercase(),
            view.attempt.attempt_id.to_string(),
            view.run_id.clone(),
            view.attempt_no.to_string(),
        ]
    });
    out.line(table(&["opened", "state", "attempt", "run", "no"], rows));
    out.line(paint(BOLD, "failures"));
    out.line(show::audit::list(&history.failures));
    Ok(Exit::Yes)
}

fn as_json(history: &DotHistory) -> serde_json::Value {
    let heads: Vec<_> = history
        .heads
        .iter()
        .map(|head| {
            serde_json::json!({"row_key": head.row_key, "status": head.status, "columns": head.columns,
                "row_hash": head.row_hash, "transaction_id": head.transaction_id})
        })
        .collect();
    let attempts: Vec<_> = history
        .attempts
        .iter()
        .map(|view| {
            serde_json::json!({"attempt_id": view.attempt.attempt_id, "opened_at": view.attempt.opened_at,
                "state": format!("{:?}", view.attempt.state).to_uppercase(),
                "replay_key": view.attempt.replay_key, "attempt_no": view.attempt_no,
                "decision": view.attempt.answer.as_deref().map(show::json)})
        })
        .collect();
    let failures: Vec<_> = history
        .failures
        .iter()
        .map(|one| show::json(&one.audit))
        .collect();
    serde_json::json!({"heads": heads, "attempts": attempts, "failures": failures})
}
