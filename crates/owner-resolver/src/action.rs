//! Which governed, implemented action type an operation is.

use canonical::Identifier;

use crate::contract::{RejectCode, RiskTier};
use crate::error::ResolveError;
use crate::port::{AuthorityQuery, AuthorityReader};
use crate::reading::{Head, Reading, column, identifier, unknown_word};

/// A governed action type, every member from its row.
#[derive(Clone, Debug)]
pub(crate) struct Action {
    pub(crate) operation: Identifier,
    pub(crate) object_type: Identifier,
    pub(crate) required_scope: Identifier,
    pub(crate) risk_tier: RiskTier,
    pub(crate) verifier_ref: Identifier,
    pub(crate) signoff_required: bool,
}

/// Reads the action type of a proposed operation.
pub(crate) fn resolve<R: AuthorityReader>(
    reading: &mut Reading<'_, R>,
    proposed: &str,
) -> Result<Option<Action>, ResolveError> {
    if Identifier::try_from(proposed).is_err() {
        let detail = format!("the operation `{proposed}` is free text");
        reading.refuse(RejectCode::FreeTextActionRejected, &detail, &[])?;
        return Ok(None);
    }
    let what = format!("action type for `{proposed}`");
    let query = AuthorityQuery::ActionType {
        operation: proposed,
    };
    let Some(row) = reading.standing(query, &what, RejectCode::ActionTypeUngoverned)? else {
        return Ok(None);
    };
    if !column(&row, row.boolean("implemented"))? {
        let detail = format!("the {what} is not implemented");
        reading.refuse(RejectCode::ActionTypeUngoverned, &detail, &[&row])?;
        return Ok(None);
    }
    let member = |name| identifier(name, column(&row, row.text(name))?);
    let action = Action {
        operation: member("operation")?,
        object_type: member("object_type")?,
        required_scope: member("required_scope")?,
        risk_tier: column(&row, row.text("risk_tier"))?
            .parse()
            .map_err(|_| unknown_word(&row, "risk_tier"))?,
        verifier_ref: member("postcondition_verifier_ref")?,
        signoff_required: column(&row, row.boolean("signoff_required"))?,
    };
    rely_on_verifier(reading, &action)?;
    Ok(Some(action))
}

/// Names the verifier's row as a source. Whether it resolves is judged after the commit, by the
/// verifier on its own reread, so that nothing here can answer for it.
fn rely_on_verifier<R: AuthorityReader>(
    reading: &mut Reading<'_, R>,
    action: &Action,
) -> Result<(), ResolveError> {
    let query = AuthorityQuery::Verifier {
        verifier_ref: &action.verifier_ref,
    };
    if let Head::One(row) = reading.head(query)? {
        reading.rely(&row)?;
    }
    Ok(())
}
