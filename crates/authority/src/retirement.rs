//! Retiring a head: the one governed way in which a registered row changes here.

use canonical::{Identifier, Text};

use crate::carriers::RETIREMENT;
use crate::draft::{Draft, columns, text};
use crate::error::{AuthorityError, Reason, Tried};
use crate::port::AuthorityWriter;

/// The operation that an approval of a retirement names.
const OPERATION: &str = "retire_dot";

/// A retirement to be carried out.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RetirementEntry {
    /// The DOT whose head is retired.
    pub dot_code: Identifier,
    /// The approval, of operation `retire_dot` on exactly this DOT.
    pub approval_ref: Identifier,
    /// Why, for people.
    pub reason: Text,
}

/// Retires the one draft or active head of a DOT, under an approval of its own.
///
/// The approval must stand, be unexpired, reach the quorum of its risk tier and never have been
/// used; row and transition are written together.
pub fn retire<W: AuthorityWriter>(
    writer: &mut W,
    entry: &RetirementEntry,
) -> Result<(), AuthorityError> {
    let mut draft = Draft::begin(writer)?;
    let tried = Tried::new("retire", entry.dot_code.as_str());
    let lacking = |lacking: String| {
        tried.refused(Reason::NotApproved {
            approval_ref: entry.approval_ref.to_string(),
            lacking,
        })
    };
    let tally = draft.tally(&tried, &entry.approval_ref)?;
    let bound = ["operation", "object_type", "object_ref"].map(|name| tally.approval.text(name));
    if bound != [OPERATION, "dot", entry.dot_code.as_str()] {
        return Err(lacking(format!(
            "it is for {} of {}:{}",
            bound[0], bound[1], bound[2]
        )));
    }
    if let Some(missing) = tally.lacking() {
        return Err(lacking(missing));
    }
    let used = draft
        .rows(RETIREMENT)?
        .iter()
        .any(|row| row.text("approval_ref") == entry.approval_ref.as_str());
    if used {
        return Err(lacking("it was used before".to_owned()));
    }
    let own = columns([
        ("dot_code", text(&entry.dot_code)),
        ("approval_ref", text(&entry.approval_ref)),
        ("reason", text(&entry.reason)),
    ]);
    let row = draft.row(RETIREMENT, own, "active", None)?;
    Ok(draft.into_writer().retire_head(&entry.dot_code, row)?)
}
