//! The read side of the blocks that resolve owners and artifacts, and of people.

use artifact_resolver_f::port as artifact;
use authority::carrier;
use authority::lifecycle::FoundRow;
use authority::row_status;
use owner_resolver::port as owner;
use rusqlite::{Connection, Params};

use crate::carriers;
use crate::error::StoreError;

/// A connection that reads everything and writes nothing.
#[derive(Debug)]
pub struct Reader {
    pub(crate) connection: Connection,
}

impl Reader {
    pub(crate) const fn new(connection: Connection) -> Self {
        Self { connection }
    }

    fn find(
        &self,
        carrier: &'static str,
        condition: &str,
        parameters: impl Params,
    ) -> Result<Vec<FoundRow>, StoreError> {
        match carrier::find(carrier) {
            Some(carrier) => carriers::select(&self.connection, carrier, condition, parameters),
            None => Ok(Vec::new()),
        }
    }
}

impl owner::AuthorityReader for Reader {
    fn rows(
        &mut self,
        query: owner::AuthorityQuery<'_>,
    ) -> Result<Vec<owner::FoundRow>, owner::PortError> {
        use owner::AuthorityQuery as Query;
        let (what, found) = match query {
            Query::ActionType { operation } => (
                "action types",
                self.find("action_type", "r.operation = ?1", [operation]),
            ),
            Query::Principal { principal } => (
                "principals",
                self.find("principal", "r.principal = ?1", [principal]),
            ),
            Query::Binding { channel, value } => (
                "principal bindings",
                self.find(
                    "principal_binding",
                    "r.channel = ?1 AND r.value = ?2",
                    [channel, value],
                ),
            ),
            Query::Ownership {
                object_type,
                object_ref,
            } => (
                "owners",
                self.find("ownership", OF_OBJECT, [object_type, object_ref]),
            ),
            Query::Approvals {
                object_type,
                object_ref,
            } => (
                "approvals",
                self.find("approval", OF_OBJECT, [object_type, object_ref]),
            ),
            Query::Votes { approval_ref } => (
                "votes",
                self.find("approval_vote", "r.approval_ref = ?1", [approval_ref]),
            ),
            Query::Verifier { verifier_ref } => (
                "verifiers",
                self.find("verifier", "r.verifier_ref = ?1", [verifier_ref]),
            ),
        };
        let failed = |error| owner::PortError::new(what, error);
        found
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

const OF_OBJECT: &str = "r.object_type = ?1 AND r.object_ref = ?2";

impl artifact::AdmissionReader for Reader {
    fn admissions(
        &mut self,
        admission_ref: &str,
    ) -> Result<Vec<artifact::FoundRow>, artifact::PortError> {
        let failed = |error| artifact::PortError::new("admissions", error);
        self.find("admission", "r.row_key = ?1", [admission_ref])
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
