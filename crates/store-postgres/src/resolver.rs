//! The read sides of block A and block F: each its own role, with a right to its own carriers only.

use ::authority::lifecycle::FoundRow;
use ::authority::row_status;
use artifact_resolver_f::port as artifact;
use owner_resolver::port as owner;

use crate::carriers::{self, Parameters};
use crate::connection::Session;
use crate::error::StoreError;

/// Block A's credential: reads who owns, approves and verifies.
#[derive(Clone, Debug)]
pub struct OwnerConnection {
    session: Session,
}

/// Block F's credential: reads admissions.
#[derive(Clone, Debug)]
pub struct AdmissionConnection {
    session: Session,
}

impl OwnerConnection {
    pub(crate) const fn new(session: Session) -> Self {
        Self { session }
    }
}

impl AdmissionConnection {
    pub(crate) const fn new(session: Session) -> Self {
        Self { session }
    }
}

fn find(
    session: &Session,
    carrier: &str,
    condition: &str,
    parameters: Parameters<'_>,
) -> Result<Vec<FoundRow>, StoreError> {
    carriers::find(session, carriers::known(carrier)?, condition, parameters)
}

const OF_OBJECT: &str = "r.object_type = $1 AND r.object_ref = $2";

impl owner::AuthorityReader for OwnerConnection {
    fn rows(
        &mut self,
        query: owner::AuthorityQuery<'_>,
    ) -> Result<Vec<owner::FoundRow>, owner::PortError> {
        use owner::AuthorityQuery as Query;
        let (what, carrier, condition, parameters): (_, _, _, Parameters<'_>) = match &query {
            Query::ActionType { operation } => (
                "action types",
                "action_type",
                "r.operation = $1",
                &[operation],
            ),
            Query::Principal { principal } => {
                ("principals", "principal", "r.principal = $1", &[principal])
            }
            Query::Binding { channel, value } => (
                "principal bindings",
                "principal_binding",
                "r.channel = $1 AND r.value = $2",
                &[channel, value],
            ),
            Query::Ownership {
                object_type,
                object_ref,
            } => ("owners", "ownership", OF_OBJECT, &[object_type, object_ref]),
            Query::Approvals {
                object_type,
                object_ref,
            } => (
                "approvals",
                "approval",
                OF_OBJECT,
                &[object_type, object_ref],
            ),
            Query::Votes { approval_ref } => (
                "votes",
                "approval_vote",
                "r.approval_ref = $1",
                &[approval_ref],
            ),
            Query::Verifier { verifier_ref } => (
                "verifiers",
                "verifier",
                "r.verifier_ref = $1",
                &[verifier_ref],
            ),
        };
        let failed = |error| owner::PortError::new(what, error);
        find(&self.session, carrier, condition, parameters)
            .map_err(failed)?
            .into_iter()
            .map(|row| {
                Ok(owner::FoundRow {
                    status: row_status!(row.status => owner::RowStatus),
                    row: carriers::governed(row).map_err(failed)?,
                })
            })
            .collect()
    }
}

impl artifact::AdmissionReader for AdmissionConnection {
    fn admissions(
        &mut self,
        admission_ref: &str,
    ) -> Result<Vec<artifact::FoundRow>, artifact::PortError> {
        let failed = |error| artifact::PortError::new("admissions", error);
        find(
            &self.session,
            "admission",
            "r.row_key = $1",
            &[&admission_ref],
        )
        .map_err(failed)?
        .into_iter()
        .map(|row| {
            Ok(artifact::FoundRow {
                status: row_status!(row.status => artifact::RowStatus),
                row: carriers::governed(row).map_err(failed)?,
            })
        })
        .collect()
    }
}
