//! Approvals, votes, and what they allow besides a registration.

use authority::{
    ApprovalEntry, AuthorityWriter, Decision, Draft, RetirementEntry, RowStatus, VoteEntry,
};
use canonical::Digest;

use super::{Session, identifier, refused, text};
use crate::args::{
    ApprovalAddArgs, ApprovalCommand, ApprovalListArgs, ApprovalVoteArgs, RetireArgs,
};
use crate::failure::Failure;
use crate::print::table;

pub(super) fn run(session: &mut Session<'_>, command: &ApprovalCommand) -> Result<(), Failure> {
    match command {
        ApprovalCommand::Add(args) => add(session, args),
        ApprovalCommand::Vote(args) => vote(session, args),
        ApprovalCommand::List(args) => list(session, args),
    }
}

fn add(session: &mut Session<'_>, args: &ApprovalAddArgs) -> Result<(), Failure> {
    let artifact_hash = match (&args.artifact_hash, &args.admission) {
        (Some(hash), _) => Some(digest(hash)?),
        (None, Some(admission)) => Some(admitted_hash(session, admission)?),
        (None, None) => None,
    };
    let entry = ApprovalEntry {
        operation: identifier("operation", &args.operation)?,
        object_type: identifier("object type", "dot")?,
        object_ref: identifier("DOT code", &args.dot)?,
        artifact_hash,
        proposer: identifier("proposer", &args.proposer)?,
        expires_at: None,
        valid_days: Some(u16::try_from(args.days).map_err(|error| {
            Failure::usage(format!("take {} as days", args.days)).because(&error)
        })?),
    };
    session.write("open the approval", |draft| draft.add_approval(&entry))?;
    Ok(())
}

fn admitted_hash(session: &mut Session<'_>, admission: &str) -> Result<Digest, Failure> {
    let tried = format!("take the hash of the admission `{admission}`");
    let rows = session
        .writer
        .rows("admission")
        .map_err(|error| Failure::unavailable(&tried).because(&error))?;
    let active =
        |one: &&authority::StoredRow| one.row.key() == admission && one.status == RowStatus::Active;
    let Some(found) = rows.iter().find(active) else {
        return Err(Failure::usage(tried)
            .cause("there is no such active admission")
            .next("`holdfast authority show admission` lists them"));
    };
    found
        .row
        .digest("artifact_hash")
        .map_err(|error| Failure::unavailable(tried).because(&error))
}

/// The channel recorded with a vote is the one that authenticated whoever types, never a flag.
fn vote(session: &mut Session<'_>, args: &ApprovalVoteArgs) -> Result<(), Failure> {
    let channel = format!("os_uid:{}", deployment::caller_uid());
    let entry = VoteEntry {
        approval_ref: identifier("approval", &args.approval)?,
        voter: identifier("voter", &args.voter)?,
        voter_channel: channel
            .parse()
            .map_err(|error| Failure::internal("name the channel").because(&error))?,
        decision: if args.reject {
            Decision::Reject
        } else {
            Decision::Approve
        },
        is_signoff: args.signoff.is_some(),
        checksum: args.signoff.as_deref().map(digest).transpose()?,
    };
    session.write("record the vote", |draft| draft.add_vote(&entry))?;
    Ok(())
}

fn digest(text: &str) -> Result<Digest, Failure> {
    text.parse().map_err(|error| {
        Failure::usage(format!("take `{text}` as a digest"))
            .because(&error)
            .next("write `sha256:` and 64 lower-case hex digits")
    })
}

fn list(session: &mut Session<'_>, args: &ApprovalListArgs) -> Result<(), Failure> {
    if !args.pending {
        return super::show::carriers(session, &["approval", "approval_vote"]);
    }
    let tried = "list what waits for votes";
    let failed = |error: authority::AuthorityError| refused(tried, &error);
    let pending = Draft::begin(&mut session.writer)
        .map_err(failed)?
        .pending_approvals()
        .map_err(failed)?;
    if session.json {
        for one in pending {
            session.out.line(serde_json::json!({
                "approval_ref": one.approval_ref, "operation": one.operation,
                "dot_code": one.object_ref, "proposer": one.proposer, "lacking": one.lacking,
            }));
        }
        return Ok(());
    }
    if pending.is_empty() {
        session.out.line("nothing waits for votes");
        return Ok(());
    }
    let rows = pending.into_iter().map(|one| {
        vec![
            one.approval_ref,
            one.operation,
            one.object_ref,
            one.proposer,
            one.lacking,
        ]
    });
    let header = ["approval", "operation", "dot", "proposer", "lacking"];
    session.out.line(table(&header, rows));
    Ok(())
}

pub(super) fn retire(session: &mut Session<'_>, args: &RetireArgs) -> Result<(), Failure> {
    let entry = RetirementEntry {
        dot_code: identifier("DOT code", &args.dot)?,
        approval_ref: identifier("approval", &args.approval)?,
        reason: text("reason", &args.reason)?,
    };
    authority::retire(&mut session.writer, &entry)
        .map_err(|error| refused(&format!("retire `{}`", args.dot), &error))?;
    if session.json {
        session.out.line(serde_json::json!({ "retired": args.dot }));
    } else {
        session.out.line(format!("retired {}", args.dot));
    }
    Ok(())
}
