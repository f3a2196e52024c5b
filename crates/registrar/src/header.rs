//! The header of what the registrar answers.

use canonical::{Digest, Identifier, ProposedText, Timestamp, Uuid};

use crate::contract::{Header, Policy, SourceRefs};
use crate::error::RegistrarError;

/// The end of what has no end: a decision and a failure record stay true.
const FOREVER: &str = "9999-12-31T23:59:59.999999Z";

/// Where every envelope of an attempt belongs; taken from a governed envelope, never from a request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Domain {
    pub(crate) trust_domain: Identifier,
    pub(crate) audience: Identifier,
}

/// Stands for trust domain and audience where no governed envelope states any.
const UNSTATED: &str = "unstated";

impl Domain {
    pub(crate) fn of(header: &Header) -> Self {
        Self {
            trust_domain: header.trust_domain.clone(),
            audience: header.audience.clone(),
        }
    }

    /// Where nothing governed is known.
    pub(crate) fn unstated() -> Result<Self, RegistrarError> {
        Ok(Self {
            trust_domain: UNSTATED.parse()?,
            audience: UNSTATED.parse()?,
        })
    }
}

/// What the header of one answer says of its attempt.
#[derive(Clone, Debug)]
pub(crate) struct Stamp {
    pub(crate) domain: Domain,
    pub(crate) run_id: ProposedText,
    pub(crate) attempt_id: Uuid,
    pub(crate) correlation_id: Option<Uuid>,
}

impl Stamp {
    /// A header without source rows; sealing fills in the hash.
    pub(crate) fn header(
        &self,
        producer: &str,
        issued_at: Timestamp,
        expires_at: Timestamp,
    ) -> Result<Header, RegistrarError> {
        Ok(Header {
            trust_domain: self.domain.trust_domain.clone(),
            audience: self.domain.audience.clone(),
            run_id: self.run_id.clone(),
            attempt_id: Some(self.attempt_id),
            correlation_id: self.correlation_id,
            producer: producer.parse()?,
            issued_at,
            expires_at,
            evidence_hash: Digest::UNSEALED,
            source_refs: SourceRefs::try_from(Vec::new())?,
            key_id: None,
            key_status_ref: None,
        })
    }
}

/// The expiry of what does not expire.
pub(crate) fn forever() -> Result<Timestamp, RegistrarError> {
    Ok(FOREVER.parse()?)
}

/// The expiry of what is only evidence for the attempt at hand.
pub(crate) fn soon(now: Timestamp, policy: &Policy) -> Result<Timestamp, RegistrarError> {
    now.checked_add_millis(policy.attestation_validity_ms.get())
        .ok_or(RegistrarError::Time)
}
