//! The approval: exactly one active row, bound to this operation, target and artifact, unexpired.

use canonical::{Digest, GovernedRow, Timestamp};

use crate::action::Action;
use crate::contract::RejectCode;
use crate::error::ResolveError;
use crate::port::{AuthorityQuery, AuthorityReader, FoundRow, RowStatus};
use crate::reading::{Head, Reading, column, head};

/// What an approval is sought for.
pub(crate) struct Sought<'a> {
    pub(crate) action: &'a Action,
    pub(crate) object_ref: &'a str,
    pub(crate) artifact_hash: Digest,
    pub(crate) now: Timestamp,
}

/// The approval on record, every member from its row.
pub(crate) struct Approval {
    pub(crate) artifact_hash: Digest,
    pub(crate) proposer: String,
    pub(crate) expires_at: Timestamp,
    pub(crate) row: GovernedRow,
}

/// Finds the approval, or refuses with everything that keeps there from being one.
pub(crate) fn resolve<R: AuthorityReader>(
    reading: &mut Reading<'_, R>,
    sought: &Sought<'_>,
) -> Result<Option<Approval>, ResolveError> {
    let rows = reading.rows(AuthorityQuery::Approvals {
        object_type: &sought.action.object_type,
        object_ref: sought.object_ref,
    })?;
    let mut bound = Vec::new();
    let mut unbound = Vec::new();
    for found in rows {
        match binding(&found.row, sought) {
            Binding::Here => bound.push(found),
            Binding::Elsewhere | Binding::None => unbound.push(found),
        }
    }
    if bound.is_empty() {
        refuse_unbound(reading, sought, unbound)?;
        return Ok(None);
    }
    let Some(row) = one_active(reading, bound)? else {
        return Ok(None);
    };
    let expires_at = column(&row, row.timestamp("expires_at"))?;
    if expires_at <= sought.now {
        let detail = format!("the approval ran out at `{expires_at}`");
        reading.refuse(RejectCode::ApprovalExpired, &detail, &[&row])?;
        return Ok(None);
    }
    reading.rely(&row)?;
    Ok(Some(Approval {
        artifact_hash: column(&row, row.digest("artifact_hash"))?,
        proposer: column(&row, row.text("proposer"))?.to_owned(),
        expires_at,
        row,
    }))
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Binding {
    /// To this operation, object and artifact.
    Here,
    /// To another operation, object or artifact.
    Elsewhere,
    /// To none: the row has no place for it, or nothing in that place.
    None,
}

fn binding(row: &GovernedRow, sought: &Sought<'_>) -> Binding {
    let columns = (
        row.text("operation"),
        row.text("object_type"),
        row.text("object_ref"),
        row.digest("artifact_hash"),
    );
    let (Ok(operation), Ok(object_type), Ok(object_ref), Ok(artifact_hash)) = columns else {
        return Binding::None;
    };
    let here = operation == sought.action.operation.as_str()
        && object_type == sought.action.object_type.as_str()
        && object_ref == sought.object_ref
        && artifact_hash == sought.artifact_hash;
    if here {
        Binding::Here
    } else {
        Binding::Elsewhere
    }
}

fn one_active<R: AuthorityReader>(
    reading: &mut Reading<'_, R>,
    bound: Vec<FoundRow>,
) -> Result<Option<GovernedRow>, ResolveError> {
    let with = |status: RowStatus| -> Vec<GovernedRow> {
        let rows = bound.iter().filter(|found| found.status == status);
        rows.map(|found| found.row.clone()).collect()
    };
    let (superseded, expired, revoked) = (
        with(RowStatus::Superseded),
        with(RowStatus::Expired),
        with(RowStatus::Revoked),
    );
    match head(bound) {
        Head::One(row) => return Ok(Some(row)),
        Head::Several(rows) => reading.refuse_several("the approval", &rows)?,
        Head::Absent | Head::Inactive(_) => {
            if !superseded.is_empty() {
                let detail = "a later decision replaced the approval";
                reading.refuse_rows(RejectCode::ApprovalSuperseded, detail, &superseded)?;
            }
            if !expired.is_empty() {
                let detail = "the approval is recorded as expired";
                reading.refuse_rows(RejectCode::ApprovalExpired, detail, &expired)?;
            }
            if !revoked.is_empty() {
                reading.refuse_inactive("the approval", &revoked)?;
            }
        }
    }
    Ok(None)
}

/// Says of approvals that exist why none of them is one for this effect.
fn refuse_unbound<R: AuthorityReader>(
    reading: &mut Reading<'_, R>,
    sought: &Sought<'_>,
    unbound: Vec<FoundRow>,
) -> Result<(), ResolveError> {
    let mut active = unbound
        .into_iter()
        .filter(|found| found.status == RowStatus::Active)
        .map(|found| found.row)
        .peekable();
    if active.peek().is_none() {
        let detail = format!(
            "no approval of `{}` for `{}:{}` is on record",
            sought.action.operation, sought.action.object_type, sought.object_ref
        );
        return reading.refuse(RejectCode::ApprovalAbsent, &detail, &[]);
    }
    let (mut free_text, mut elsewhere, mut unbindable) = (vec![], vec![], vec![]);
    for row in active {
        if binding(&row, sought) == Binding::None {
            unbindable.push(row);
        } else if names_governed_action(reading, sought, &row)? {
            elsewhere.push(row);
        } else {
            free_text.push(row);
        }
    }
    for (code, detail, rows) in [
        (
            RejectCode::OwnerBindingFailClosedUntilAprPayloadSupport,
            "the approval row binds no operation, target and artifact hash",
            unbindable,
        ),
        (
            RejectCode::FreeTextActionRejected,
            "the approval names its action as free text",
            free_text,
        ),
        (
            RejectCode::ApprovalNotBoundToEffectIdentity,
            "the approval is for another operation, target or artifact",
            elsewhere,
        ),
    ] {
        if !rows.is_empty() {
            reading.refuse_rows(code, detail, &rows)?;
        }
    }
    Ok(())
}

fn names_governed_action<R: AuthorityReader>(
    reading: &mut Reading<'_, R>,
    sought: &Sought<'_>,
    row: &GovernedRow,
) -> Result<bool, ResolveError> {
    let operation = column(row, row.text("operation"))?;
    if operation == sought.action.operation.as_str() {
        return Ok(true);
    }
    let rows = reading.rows(AuthorityQuery::ActionType { operation })?;
    Ok(rows.iter().any(|found| found.status == RowStatus::Active))
}
