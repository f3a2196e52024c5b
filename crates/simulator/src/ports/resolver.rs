//! What blocks A and F read of the authority rows.

use artifact_resolver_f::port as artifact;
use owner_resolver::port as owner;
use registrar::port::RowStatus;

use crate::call::Call;
use crate::kernel::Handle;

impl owner::AuthorityReader for Handle {
    fn rows(
        &mut self,
        query: owner::AuthorityQuery<'_>,
    ) -> Result<Vec<owner::FoundRow>, owner::PortError> {
        use owner::AuthorityQuery as Query;
        let (carrier, named) = match query {
            Query::ActionType { operation } => ("action_type", vec![("operation", operation)]),
            Query::Principal { principal } => ("principal", vec![("principal", principal)]),
            Query::Binding { channel, value } => (
                "principal_binding",
                vec![("channel", channel), ("value", value)],
            ),
            Query::Ownership {
                object_type,
                object_ref,
            } => (
                "ownership",
                vec![("object_type", object_type), ("object_ref", object_ref)],
            ),
            Query::Approvals {
                object_type,
                object_ref,
            } => (
                "approval",
                vec![("object_type", object_type), ("object_ref", object_ref)],
            ),
            Query::Votes { approval_ref } => {
                ("approval_vote", vec![("approval_ref", approval_ref)])
            }
            Query::Verifier { verifier_ref } => ("verifier", vec![("verifier_ref", verifier_ref)]),
        };
        let found = self.read(Call::AuthorityRows, |inner| {
            let state = inner.store.current();
            let found = state.authority.select(carrier, &named);
            let rows = found.iter().map(|found| owner::FoundRow {
                row: (**found.row).clone(),
                status: match found.status {
                    RowStatus::Active => owner::RowStatus::Active,
                    RowStatus::Superseded => owner::RowStatus::Superseded,
                    RowStatus::Revoked => owner::RowStatus::Revoked,
                    RowStatus::Expired => owner::RowStatus::Expired,
                },
            });
            rows.collect()
        });
        found.map_err(|trouble| owner::PortError::new("authority rows", trouble))
    }
}

impl artifact::AdmissionReader for Handle {
    fn admissions(
        &mut self,
        admission_ref: &str,
    ) -> Result<Vec<artifact::FoundRow>, artifact::PortError> {
        let found = self.read(Call::Admissions, |inner| {
            let state = inner.store.current();
            let found = state.authority.select("admission", &[]);
            let named = found
                .iter()
                .filter(|found| found.row.key() == admission_ref);
            let rows = named.map(|found| artifact::FoundRow {
                row: (**found.row).clone(),
                status: match found.status {
                    RowStatus::Active => artifact::RowStatus::Active,
                    RowStatus::Superseded => artifact::RowStatus::Superseded,
                    RowStatus::Revoked => artifact::RowStatus::Revoked,
                    RowStatus::Expired => artifact::RowStatus::Expired,
                },
            });
            rows.collect()
        });
        found.map_err(|trouble| artifact::PortError::new("admissions", trouble))
    }
}
