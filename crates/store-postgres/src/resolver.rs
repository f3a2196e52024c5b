//! The read sides of block A and block F: each its own role, with a right to its own carriers only.

use std::sync::Arc;

use ::authority::port::RowStatus;
use ::authority::row_status;
use artifact_resolver_f::port as artifact;
use canonical::GovernedRow;
use owner_resolver::port as owner;

use crate::reads::{AllReads, Authority};

/// Block A's credential: reads who owns, approves and verifies.
#[derive(Clone, Debug)]
pub struct OwnerConnection {
    reads: Arc<AllReads>,
}

/// Block F's credential: reads admissions.
#[derive(Clone, Debug)]
pub struct AdmissionConnection {
    reads: Arc<AllReads>,
}

impl OwnerConnection {
    pub(crate) const fn new(reads: Arc<AllReads>) -> Self {
        Self { reads }
    }
}

impl AdmissionConnection {
    pub(crate) const fn new(reads: Arc<AllReads>) -> Self {
        Self { reads }
    }
}

const OBJECT: &[&str] = &["object_type", "object_ref"];

impl owner::AuthorityReader for OwnerConnection {
    fn rows(
        &mut self,
        query: owner::AuthorityQuery<'_>,
    ) -> Result<Vec<owner::FoundRow>, owner::PortError> {
        let (what, question) = question(query);
        let found = self.reads.owners.ask(question);
        let rows = found.map_err(|error| owner::PortError::new(what, error))?;
        let row = |(row, status): &(GovernedRow, RowStatus)| owner::FoundRow {
            row: row.clone(),
            status: row_status!(*status => owner::RowStatus),
        };
        Ok(rows.iter().map(row).collect())
    }
}

/// What block A asks, in words for errors and as the columns that it names.
fn question(query: owner::AuthorityQuery<'_>) -> (&'static str, Authority) {
    use owner::AuthorityQuery as Query;
    match query {
        Query::ActionType { operation } => (
            "action types",
            Authority::new("action_type", &["operation"], &[operation]),
        ),
        Query::Principal { principal } => (
            "principals",
            Authority::new("principal", &["principal"], &[principal]),
        ),
        Query::Binding { channel, value } => (
            "principal bindings",
            Authority::new(
                "principal_binding",
                &["channel", "value"],
                &[channel, value],
            ),
        ),
        Query::Ownership {
            object_type,
            object_ref,
        } => (
            "owners",
            Authority::new("ownership", OBJECT, &[object_type, object_ref]),
        ),
        Query::Approvals {
            object_type,
            object_ref,
        } => (
            "approvals",
            Authority::new("approval", OBJECT, &[object_type, object_ref]),
        ),
        Query::Votes { approval_ref } => (
            "votes",
            Authority::new("approval_vote", &["approval_ref"], &[approval_ref]),
        ),
        Query::Verifier { verifier_ref } => (
            "verifiers",
            Authority::new("verifier", &["verifier_ref"], &[verifier_ref]),
        ),
    }
}

impl artifact::AdmissionReader for AdmissionConnection {
    fn admissions(
        &mut self,
        admission_ref: &str,
    ) -> Result<Vec<artifact::FoundRow>, artifact::PortError> {
        let question = Authority::new("admission", &["row_key"], &[admission_ref]);
        let found = self.reads.admissions.ask(question);
        let rows = found.map_err(|error| artifact::PortError::new("admissions", error))?;
        let row = |(row, status): &(GovernedRow, RowStatus)| artifact::FoundRow {
            row: row.clone(),
            status: row_status!(*status => artifact::RowStatus),
        };
        Ok(rows.iter().map(row).collect())
    }
}
