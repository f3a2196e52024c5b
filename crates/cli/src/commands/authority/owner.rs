//! Owners of record.

use authority::{AuthorityWriter, OwnerEntry, OwnershipKind};
use canonical::Timestamp;

use super::{Session, identifier};
use crate::args::{OwnerAddArgs, OwnerCommand, OwnerKind, OwnerSupersedeArgs};
use crate::failure::Failure;

pub(super) fn run(session: &mut Session<'_>, command: &OwnerCommand) -> Result<(), Failure> {
    match command {
        OwnerCommand::Add(args) => {
            let entry = entry(args)?;
            session.write("add the owner", |draft| draft.add_owner(&entry))?;
        }
        OwnerCommand::Revoke(args) => {
            session.write("revoke the owner", |draft| {
                draft.revoke_owner(&args.ownership)
            })?;
        }
        OwnerCommand::Supersede(args) => supersede(session, args)?,
    }
    Ok(())
}

fn entry(args: &OwnerAddArgs) -> Result<OwnerEntry, Failure> {
    Ok(OwnerEntry {
        object_type: identifier("object type", "dot")?,
        object_ref: identifier("DOT code", &args.dot)?,
        scope: identifier("scope", &args.scope)?,
        owner: identifier("owner", &args.owner)?,
        kind: match args.kind {
            OwnerKind::Accountable => OwnershipKind::Accountable,
            OwnerKind::Supporting => OwnershipKind::Supporting,
            OwnerKind::Delegated => OwnershipKind::Delegated,
            OwnerKind::Exception => OwnershipKind::Exception,
        },
        effective_from: args.from.as_deref().map(time).transpose()?,
        effective_to: args.to.as_deref().map(time).transpose()?,
    })
}

fn time(text: &str) -> Result<Timestamp, Failure> {
    text.parse().map_err(|error| {
        Failure::usage(format!("take `{text}` as a time"))
            .because(&error)
            .next("write UTC with six digits, for example 2026-01-31T00:00:00.000000Z")
    })
}

/// The new owner takes over object, scope and kind of the row it replaces.
fn supersede(session: &mut Session<'_>, args: &OwnerSupersedeArgs) -> Result<(), Failure> {
    let tried = format!("supersede the ownership `{}`", args.ownership);
    let rows = session
        .writer
        .rows("ownership")
        .map_err(|error| Failure::unavailable(&tried).because(&error))?;
    let Some(old) = rows.iter().find(|one| one.row.key() == args.ownership) else {
        return Err(Failure::usage(tried)
            .cause("there is no such row")
            .next("`holdfast authority show ownership` lists them"));
    };
    let column = |name: &str| {
        old.row
            .text(name)
            .map_err(|error| Failure::unavailable(&tried).because(&error))
            .and_then(|value| identifier(name, value))
    };
    let entry = OwnerEntry {
        object_type: column("object_type")?,
        object_ref: column("object_ref")?,
        scope: column("scope")?,
        owner: identifier("owner", &args.owner)?,
        kind: match column("kind")?.as_str() {
            "supporting" => OwnershipKind::Supporting,
            "delegated" => OwnershipKind::Delegated,
            "exception" => OwnershipKind::Exception,
            _ => OwnershipKind::Accountable,
        },
        effective_from: None,
        effective_to: old
            .row
            .optional_timestamp("effective_to")
            .map_err(|error| Failure::unavailable(&tried).because(&error))?,
    };
    session.write(&tried, |draft| {
        draft.supersede_owner(&args.ownership, &entry)
    })?;
    Ok(())
}
