//! Single writer, as far as the accepted assurance reaches.

use super::Finding;
use crate::contract::{Assurance, Policy, RejectCode};
use crate::facts::Facts;

pub(super) fn single_writer(facts: &Facts, finding: &mut Finding) {
    let unproven = RejectCode::WriterAuthorityUnproven;
    for line in &facts.place {
        finding.note(line.as_str());
    }
    let policy = match &facts.policy {
        Ok(policy) => policy,
        Err(why) => {
            return finding.fault(unproven, format!("a policy accepts the trust base: {why}"));
        }
    };
    finding.require(
        !policy.trust_base.is_empty(),
        unproven,
        "the policy names whoever is taken on trust",
    );
    if let Some(catalogs) = &facts.catalogs {
        for line in catalogs.trust_base() {
            let is_listed = policy.trust_base.iter().any(|entry| entry.as_str() == line);
            finding.require(
                is_listed,
                unproven,
                format!("the policy's trust base names {line}"),
            );
        }
    }
    match assurance(facts.principals_are_distinct, policy) {
        Some(Assurance::SeparatedPrincipals) => {
            finding.note("the roles are separated principals");
            for credential in &facts.unbound {
                finding.fault(
                    unproven,
                    format!("`{credential}` is bound to one principal, so that phase 4 knows who writes"),
                );
            }
        }
        Some(Assurance::SinglePrincipal) => finding.note(
            "one operating-system principal is every role: accepted by policy as single-principal assurance, not proven",
        ),
        None => finding.fault(
            unproven,
            "one operating-system principal is every role, and the policy does not accept single-principal assurance",
        ),
    }
}

/// The assurance that registrations have, where the policy accepts it.
pub(crate) fn assurance(principals_are_distinct: bool, policy: &Policy) -> Option<Assurance> {
    if principals_are_distinct {
        return Some(Assurance::SeparatedPrincipals);
    }
    match policy.assurance_accepted {
        Some(Assurance::SinglePrincipal) => Some(Assurance::SinglePrincipal),
        Some(Assurance::SeparatedPrincipals) | None => None,
    }
}
