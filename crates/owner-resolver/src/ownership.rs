//! The owner of record: exactly one active accountable row, in force and covering the scope.

use canonical::{GovernedRow, Identifier, Timestamp};

use crate::contract::RejectCode;
use crate::error::ResolveError;
use crate::input::Caller;
use crate::port::{AuthorityQuery, AuthorityReader, RowStatus};
use crate::principals::{Known, Principal};
use crate::reading::{Reading, column, identifier, unknown_word};

/// What an owner is sought for.
pub(crate) struct Sought<'a> {
    pub(crate) object_type: &'a str,
    pub(crate) object_ref: &'a str,
    /// The scope that the action requires; `None` where the action is not known.
    pub(crate) scope: Option<&'a str>,
    pub(crate) caller: Caller<'a>,
    pub(crate) caller_principal: Option<&'a Principal>,
    pub(crate) now: Timestamp,
}

/// The owner of record, every member from its row.
pub(crate) struct Owner {
    pub(crate) object_type: Identifier,
    pub(crate) object_ref: Identifier,
    pub(crate) principal: Principal,
    pub(crate) effective_to: Option<Timestamp>,
    pub(crate) row: GovernedRow,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum OwnerKind {
    Accountable,
    Delegated,
    Other,
}

/// Finds the owner of record, or refuses with everything that keeps there from being one.
pub(crate) fn resolve<R: AuthorityReader>(
    reading: &mut Reading<'_, R>,
    sought: &Sought<'_>,
) -> Result<Option<Owner>, ResolveError> {
    let in_force = in_force(reading, sought)?;
    if in_force.is_empty() {
        let detail = format!(
            "no active accountable owner of `{}:{}`",
            sought.object_type, sought.object_ref
        );
        reading.refuse(RejectCode::OwnerOfRecordAbsent, &detail, &[])?;
        return Ok(None);
    }
    let Some(row) = one_covering(reading, sought, in_force)? else {
        return Ok(None);
    };
    let name = column(&row, row.text("owner"))?.to_owned();
    let known = reading.principal_named(&name)?;
    let what = format!("the owner `{name}`");
    let unknown = RejectCode::FreeTextOwnerRejected;
    let Some(principal) = reading.known_principal(known, &what, unknown, &[&row])? else {
        return Ok(None);
    };
    if !may_own(reading, sought, &row, &principal)? {
        return Ok(None);
    }
    reading.rely(&row)?;
    reading.rely_on_all(&principal.rows)?;
    Ok(Some(Owner {
        object_type: identifier("object_type", column(&row, row.text("object_type"))?)?,
        object_ref: identifier("object_ref", column(&row, row.text("object_ref"))?)?,
        principal,
        effective_to: column(&row, row.optional_timestamp("effective_to"))?,
        row,
    }))
}

/// The active accountable rows inside their time; what is outside is named.
fn in_force<R: AuthorityReader>(
    reading: &mut Reading<'_, R>,
    sought: &Sought<'_>,
) -> Result<Vec<GovernedRow>, ResolveError> {
    let rows = reading.rows(AuthorityQuery::Ownership {
        object_type: sought.object_type,
        object_ref: sought.object_ref,
    })?;
    let (mut standing, mut inactive, mut early, mut late) = (vec![], vec![], vec![], vec![]);
    for found in rows {
        let kind = kind(&found.row)?;
        if kind == OwnerKind::Other {
            continue;
        }
        if found.status != RowStatus::Active {
            inactive.push(found.row);
            continue;
        }
        match (time(&found.row, kind, sought.now)?, kind) {
            (Time::Early, _) => early.push(found.row),
            (Time::Late, _) => late.push(found.row),
            (Time::Inside, OwnerKind::Accountable) => standing.push(found.row),
            (Time::Inside, OwnerKind::Delegated | OwnerKind::Other) => {}
        }
    }
    if standing.is_empty() {
        refuse_outside(reading, &inactive, &early, &late)?;
    }
    Ok(standing)
}

fn refuse_outside<R: AuthorityReader>(
    reading: &mut Reading<'_, R>,
    inactive: &[GovernedRow],
    early: &[GovernedRow],
    late: &[GovernedRow],
) -> Result<(), ResolveError> {
    if !early.is_empty() {
        let detail = "the ownership starts in the future";
        reading.refuse_rows(RejectCode::DelegationNotYetEffective, detail, early)?;
    }
    if !late.is_empty() {
        let detail = "the ownership has ended, or is delegated without an end date";
        reading.refuse_rows(RejectCode::DelegationExpired, detail, late)?;
    }
    if early.is_empty() && late.is_empty() && !inactive.is_empty() {
        reading.refuse_inactive("the ownership on record", inactive)?;
    }
    Ok(())
}

enum Time {
    Early,
    Inside,
    Late,
}

/// Where `now` lies relative to `[effective_from, effective_to)`.
fn time(row: &GovernedRow, kind: OwnerKind, now: Timestamp) -> Result<Time, ResolveError> {
    if column(row, row.timestamp("effective_from"))? > now {
        return Ok(Time::Early);
    }
    match column(row, row.optional_timestamp("effective_to"))? {
        Some(end) if end <= now => Ok(Time::Late),
        None if kind == OwnerKind::Delegated => Ok(Time::Late),
        Some(_) | None => Ok(Time::Inside),
    }
}

fn kind(row: &GovernedRow) -> Result<OwnerKind, ResolveError> {
    match column(row, row.text("kind"))? {
        "accountable" => Ok(OwnerKind::Accountable),
        "delegated" => Ok(OwnerKind::Delegated),
        "supporting" | "exception" => Ok(OwnerKind::Other),
        _ => Err(unknown_word(row, "kind")),
    }
}

fn one_covering<R: AuthorityReader>(
    reading: &mut Reading<'_, R>,
    sought: &Sought<'_>,
    rows: Vec<GovernedRow>,
) -> Result<Option<GovernedRow>, ResolveError> {
    let (mut covering, mut other) = (Vec::new(), Vec::new());
    for row in rows {
        let scope = column(&row, row.text("scope"))?;
        if sought.scope.is_none_or(|required| covers(scope, required)) {
            covering.push(row);
        } else {
            other.push(row);
        }
    }
    if covering.len() > 1 {
        reading.refuse_several("the accountable owner", &covering)?;
        return Ok(None);
    }
    if covering.is_empty() {
        let required = sought.scope.unwrap_or_default();
        let detail = format!("no owner on record covers the scope `{required}`");
        reading.refuse_rows(RejectCode::OwnerScopeMismatch, &detail, &other)?;
    }
    Ok(covering.pop())
}

/// A scope covers itself and whatever lies below it: `catalogue` covers `catalogue/dots`.
fn covers(scope: &str, required: &str) -> bool {
    required
        .strip_prefix(scope)
        .is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
}

/// Whether the named principal can be an owner at all, by kind and by who says so.
fn may_own<R: AuthorityReader>(
    reading: &mut Reading<'_, R>,
    sought: &Sought<'_>,
    row: &GovernedRow,
    owner: &Principal,
) -> Result<bool, ResolveError> {
    let refused_kind = owner.kind.not_authority();
    if let Some(code) = refused_kind {
        let detail = format!("`{}` cannot own: it is of another kind", owner.id);
        reading.refuse(code, &detail, &[row])?;
    }
    let self_asserted = match sought.caller_principal {
        Some(caller) if caller.id == owner.id => written_by(reading, sought, caller, row)?,
        Some(_) | None => false,
    };
    if self_asserted {
        let detail = format!("`{}` recorded the ownership of itself", owner.id);
        let code = RejectCode::CallerSelfAssertedOwnerRejected;
        reading.refuse(code, &detail, &[row])?;
    }
    Ok(refused_kind.is_none() && !self_asserted)
}

/// Whether the caller wrote a row, under any of its names or by the credential it now uses.
fn written_by<R: AuthorityReader>(
    reading: &mut Reading<'_, R>,
    sought: &Sought<'_>,
    caller: &Principal,
    row: &GovernedRow,
) -> Result<bool, ResolveError> {
    let writer = column(row, row.text("written_by"))?;
    if writer.split_once(':') == Some((sought.caller.channel, sought.caller.value)) {
        return Ok(true);
    }
    let known = match writer.split_once(':') {
        Some((channel, value)) => reading.principal_authenticated(channel, value)?,
        None => Known::Unknown,
    };
    let known = match known {
        Known::Unknown => reading.principal_named(writer)?,
        found => found,
    };
    Ok(matches!(known, Known::Principal(principal) if principal.id == caller.id))
}
