//! Header: trust domain, audience and the reserved key members.

use crate::case::Case;
use crate::contract::RejectCode as Code;
use crate::finding::{Finding, Judged};
use crate::table::Check;

pub(crate) const CHECKS: &[Check] = &[
    Check::new(
        "header.domain",
        "all envelopes are of the policy's trust domain and audience",
        &[Code::TrustDomainMismatch, Code::AudienceMismatch],
        domain,
    ),
    Check::new(
        "header.key",
        "no envelope claims a key",
        &[Code::KeyIdUnsupported],
        key,
    ),
];

fn domain(case: &Case<'_>) -> Judged {
    let due = &case.policy()?.header;
    let mut finding = Finding::default();
    for headed in &case.headers {
        let (name, header) = (headed.kind.name(), headed.header);
        if header.trust_domain != due.trust_domain {
            let (left, right) = (&header.trust_domain, &due.trust_domain);
            finding.refuse_values(Code::TrustDomainMismatch, name, left, right);
        }
        if header.audience != due.audience {
            let (left, right) = (&header.audience, &due.audience);
            finding.refuse_values(Code::AudienceMismatch, name, left, right);
        }
    }
    Ok(finding)
}

/// A hash is integrity, not identity: whoever fills a key member expects a signature check that
/// nobody here makes.
fn key(case: &Case<'_>) -> Judged {
    let mut finding = Finding::default();
    for headed in &case.headers {
        let (key, status) = (&headed.header.key_id, &headed.header.key_status_ref);
        if key.is_some() || status.is_some() {
            finding.refuse(Code::KeyIdUnsupported);
            finding.show(headed.kind.name(), key.as_deref(), status.as_deref());
        }
    }
    Ok(finding)
}
