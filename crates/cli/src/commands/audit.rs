//! `holdfast audit`: the failure-audit log, listed and recomputed.

use audit_log::{CODE, Inconsistency, TreeHead};
use deployment::DeploymentError;
use records::{RecordedCheckpoint, Records};
use registrar::contract::RejectCode;
use serde_json::json;

use crate::args::{AuditHeadArgs, AuditListArgs, AuditVerifyArgs};
use crate::checkpoint::{self, Checkpoint};
use crate::config::Config;
use crate::exit::Exit;
use crate::failure::Failure;
use crate::print::{BAD, BOLD, DIM, GOOD, Out, paint, wrap};
use crate::progress::CountBar;
use crate::{show, wiring};

/// What a log cannot show that is held to nothing.
const UNSHOWN: &str = "Without a head kept elsewhere, whoever may change rows can rewrite or cut the log \
                       unnoticed. `holdfast audit head` prints one to keep.";

pub(crate) fn list(
    args: &AuditListArgs,
    config: &Config,
    json: bool,
    out: &mut Out,
) -> Result<Exit, Failure> {
    let reader = wiring::records(config)?;
    let records = reader
        .audits(args.from.saturating_sub(1), args.limit)
        .map_err(|error| Failure::unavailable("list the failure audits").because(&error))?;
    if json {
        for record in &records {
            out.envelope(&record.audit);
        }
    } else if records.is_empty() {
        out.line("no failure audits");
    } else {
        out.line(show::audit::list(&records));
    }
    Ok(Exit::Yes)
}

pub(crate) fn verify(
    args: &AuditVerifyArgs,
    config: &Config,
    json: bool,
    out: &mut Out,
) -> Result<Exit, Failure> {
    let earlier = args.head.as_deref().map(checkpoint::read).transpose()?;
    let earlier = earlier.map(|kept| kept.head());
    let verified = recompute(config, earlier)?;
    if json {
        out.line(as_json(&verified, earlier));
    } else {
        show(&verified, earlier, out);
    }
    Ok(match verified {
        Ok(_) => Exit::Yes,
        Err(_) => Exit::VerificationFailed,
    })
}

/// A head of a log that does not hold together would be kept for nothing, and one of a store that was
/// put back would hide it.
pub(crate) fn head(args: &AuditHeadArgs, config: &Config, out: &mut Out) -> Result<Exit, Failure> {
    let earlier = args.after.as_deref().map(checkpoint::read).transpose()?;
    let head = recompute(config, earlier.as_ref().map(Checkpoint::head))?;
    let head = head.map_err(|found| no_head(CODE, &found.to_string()))?;
    let reached = reached(config, earlier.as_ref())?;
    out.line(json!(Checkpoint::new(head, reached)));
    Ok(Exit::Yes)
}

/// How far the store has come, where it has all that it had before.
fn reached(config: &Config, earlier: Option<&Checkpoint>) -> Result<RecordedCheckpoint, Failure> {
    let unread = |error: DeploymentError| {
        Failure::unavailable("read how far the store has come").because(&error)
    };
    let store = wiring::place(config)?.store;
    let noted = earlier.map(|earlier| store.lacking(&earlier.last_rows));
    if let Some(lacking) = noted.transpose().map_err(unread)?.flatten() {
        return Err(no_head(RejectCode::RestoredStoreBehindCheckpoint, &lacking));
    }
    store.reached().map_err(unread)
}

fn no_head(code: RejectCode, found: &str) -> Failure {
    Failure::new(Exit::VerificationFailed, "take the head of the audit log")
        .code(code.to_string())
        .cause(found)
        .next(format!("`holdfast explain {code}` says what to do"))
}

fn recompute(
    config: &Config,
    earlier: Option<TreeHead>,
) -> Result<Result<TreeHead, Inconsistency>, Failure> {
    let reader = wiring::records(config)?;
    let bar = CountBar::new("records");
    let verified = audit_log::verify(&reader, earlier, |over, of| bar.at(over, of));
    drop(bar);
    verified.map_err(|error| Failure::unavailable("read the failure audits").because(&error))
}

fn as_json(
    verified: &Result<TreeHead, Inconsistency>,
    earlier: Option<TreeHead>,
) -> serde_json::Value {
    match verified {
        Ok(head) => json!({"verdict": "CONSISTENT", "head": head, "held_to": earlier}),
        Err(found) => json!({
            "verdict": "INCONSISTENT",
            "reject_codes": [CODE],
            "records": {"first": found.records.start(), "last": found.records.end()},
            "found": found.found,
            "held_to": earlier,
        }),
    }
}

fn show(verified: &Result<TreeHead, Inconsistency>, earlier: Option<TreeHead>, out: &mut Out) {
    match verified {
        Ok(head) => {
            out.line(paint(BOLD, paint(GOOD, "CONSISTENT")));
            out.line(format!("  {} {}", paint(DIM, "records"), head.tree_size));
            out.line(format!("  {} {}", paint(DIM, "root   "), head.root_hash));
            let Some(earlier) = earlier else {
                out.line(wrap(UNSHOWN, 2));
                return;
            };
            let size = earlier.tree_size;
            out.line(format!("  it continues from the head over {size} records"));
        }
        Err(found) => {
            out.line(paint(BOLD, paint(BAD, format!("INCONSISTENT {CODE}"))));
            out.line(wrap(&found.to_string(), 2));
            out.line(format!("  `holdfast explain {CODE}` says what to do"));
        }
    }
}
