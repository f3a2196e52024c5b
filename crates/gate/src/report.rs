//! The two reports as envelopes, and what their consumers ask of them.

use std::collections::BTreeSet;

use canonical::{Digest, Identifier, ProposedText, Text, Timestamp};
use envelope::Opened;

use crate::contract::{
    Assurance, CarrierClass, CarrierCriteria, CriterionOutcome, EvidenceLines, GateState, Header,
    Policy, RejectCode, RejectCodes, SourceRefs, carrier_report, gate_report,
};
use crate::error::{GateError, stated};

/// The name of this block in what it produces.
const PRODUCER: &str = "gate";

/// The domain and audience of a report on a store that has no policy: such a report only holds.
const TRUST_DOMAIN: &str = "holdfast";
const AUDIENCE: &str = "holdfast.registration";

/// How long a report holds where no policy says, in milliseconds.
const VALIDITY_MS: u64 = 60_000;

/// The most lines of evidence that a report gives for one thing.
const LINES_MAX: usize = 64;

/// The longest line of evidence, in characters.
const LINE_CHARACTERS_MAX: usize = 400;

/// What a gate report says at an instant.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Standing {
    /// Registrations may be tried until `expires_at`, while the schema keeps its fingerprint.
    Open {
        /// Hash over the store's schema, compared again where a registration is written.
        fingerprint: Digest,
        /// When the report goes stale.
        expires_at: Timestamp,
        /// How far the roles are separated.
        assurance: Assurance,
    },
    /// Nothing may be tried; `REGISTRATION_HOLD` first.
    Hold {
        /// Everything that is missing.
        codes: Vec<RejectCode>,
    },
}

/// What a gate report says at `now`; whatever cannot be opened, or is stale, says HOLD.
///
/// A report that was made after `now` is as stale as one that has expired: a clock that was set back
/// would otherwise keep it open for longer than its validity.
pub fn is_open(report: &[u8], now: Timestamp) -> Standing {
    let opened = match gate_report().open(report) {
        Ok(opened) => opened,
        Err(refusal) => {
            let codes = refusal.code.parse().into_iter();
            return hold(codes);
        }
    };
    if opened.header.producer != *PRODUCER {
        return hold([RejectCode::TrustedProducerAbsent]);
    }
    if now < opened.header.issued_at || now >= opened.header.expires_at {
        return hold([RejectCode::GateReportStale]);
    }
    match (opened.state, opened.assurance) {
        (GateState::Open, Some(assurance)) if opened.reject_codes.is_empty() => Standing::Open {
            fingerprint: opened.fingerprint,
            expires_at: opened.header.expires_at,
            assurance,
        },
        _ => hold(opened.reject_codes.iter().copied()),
    }
}

fn hold(codes: impl IntoIterator<Item = RejectCode>) -> Standing {
    Standing::Hold {
        codes: leading_with_hold(codes),
    }
}

/// Each code once, in precedence, `REGISTRATION_HOLD` first.
pub(crate) fn leading_with_hold(codes: impl IntoIterator<Item = RejectCode>) -> Vec<RejectCode> {
    let mut named: BTreeSet<RejectCode> = codes.into_iter().collect();
    named.remove(&RejectCode::RegistrationHold);
    std::iter::once(RejectCode::RegistrationHold)
        .chain(named)
        .collect()
}

/// What the carrier report says of one carrier, for the registrar's readback.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Assessment {
    /// The carrier.
    pub carrier: Identifier,
    /// The class it earned.
    pub class: CarrierClass,
    /// Its six criteria.
    pub criteria: CarrierCriteria,
}

/// The assessments of a carrier report, one for each carrier, in its order.
///
/// Of a carrier that was judged for several uses, each member is the worst of them.
pub fn assessments(report: &[u8]) -> Result<Vec<Assessment>, GateError> {
    let opened = carrier_report()
        .open(report)
        .map_err(GateError::CarrierReport)?;
    let mut assessed: Vec<Assessment> = Vec::new();
    for proof in &opened.carriers {
        let known = assessed
            .iter_mut()
            .find(|known| known.carrier == proof.carrier);
        match known {
            Some(known) => known.worsen(proof.carrier_class, &proof.criteria),
            None => assessed.push(Assessment {
                carrier: proof.carrier.clone(),
                class: proof.carrier_class,
                criteria: proof.criteria.clone(),
            }),
        }
    }
    Ok(assessed)
}

impl Assessment {
    fn worsen(&mut self, class: CarrierClass, criteria: &CarrierCriteria) {
        if class_rank(class) > class_rank(self.class) {
            self.class = class;
        }
        let own = &mut self.criteria;
        let pairs = [
            (&mut own.writer_authority, criteria.writer_authority),
            (&mut own.immutability, criteria.immutability),
            (&mut own.consumer_readback, criteria.consumer_readback),
            (&mut own.tamper_evidence, criteria.tamper_evidence),
            (&mut own.retention, criteria.retention),
            (&mut own.transition_writer, criteria.transition_writer),
        ];
        for (known, found) in pairs {
            if outcome_rank(found) > outcome_rank(*known) {
                *known = found;
            }
        }
    }
}

/// How little a class is worth.
const fn class_rank(class: CarrierClass) -> u8 {
    match class {
        CarrierClass::ProvenAuthorityControlledCarrier => 0,
        CarrierClass::ReuseCandidatePrecedent => 1,
        CarrierClass::SourceUnprovenFailClosed => 2,
        CarrierClass::NotFitForAuthenticity => 3,
    }
}

/// How much an outcome stands in the way; what applies to one use applies to the carrier.
const fn outcome_rank(outcome: CriterionOutcome) -> u8 {
    match outcome {
        CriterionOutcome::NotApplicable => 0,
        CriterionOutcome::Proven => 1,
        CriterionOutcome::Unproven => 2,
        CriterionOutcome::Refuted => 3,
    }
}

/// The header of both reports.
pub(crate) fn header(
    policy: &Result<Opened<Policy>, String>,
    now: Timestamp,
) -> Result<Header, GateError> {
    let (trust_domain, audience, validity_ms, policy_end) = match policy {
        Ok(policy) => (
            policy.header.trust_domain.clone(),
            policy.header.audience.clone(),
            policy.gate_report_validity_ms.into(),
            Some(policy.header.expires_at),
        ),
        Err(_) => (
            stated("trust_domain", TRUST_DOMAIN)?,
            stated("audience", AUDIENCE)?,
            VALIDITY_MS,
            None,
        ),
    };
    let expires_at = now
        .checked_add_millis(validity_ms)
        .ok_or_else(|| GateError::Unstatable {
            member: "expires_at",
            source: "lies beyond the year 9999".into(),
        })?;
    // A report rests on its policy, so it never outlives it.
    let expires_at = policy_end.map_or(expires_at, |end| expires_at.min(end));
    Ok(Header {
        trust_domain,
        audience,
        run_id: stated::<ProposedText, _>("run_id", "gate")?,
        attempt_id: None,
        correlation_id: None,
        producer: stated("producer", PRODUCER)?,
        issued_at: now,
        expires_at,
        evidence_hash: Digest::UNSEALED,
        source_refs: stated::<SourceRefs, _>("source_refs", Vec::new())?,
        key_id: None,
        key_status_ref: None,
    })
}

/// Lines of evidence, at most as many and as long as a report holds; what is left out is counted.
pub(crate) fn lines(found: Vec<String>) -> Result<EvidenceLines, GateError> {
    let left_out = found.len().saturating_sub(LINES_MAX.saturating_sub(1));
    let kept = if found.len() > LINES_MAX {
        LINES_MAX.saturating_sub(1)
    } else {
        LINES_MAX
    };
    let mut texts = Vec::with_capacity(found.len().min(LINES_MAX));
    for line in found.iter().take(kept) {
        texts.push(text(line)?);
    }
    if found.len() > LINES_MAX {
        texts.push(text(&format!("and {left_out} more"))?);
    }
    stated("evidence", texts)
}

/// Text for people: names in a store may hold anything, so they are cut and escaped.
pub(crate) fn text(line: &str) -> Result<Text, GateError> {
    let printable: String = line
        .chars()
        .flat_map(|character| {
            let plain = matches!(character, ' '..='~').then_some(character);
            let escaped = character.escape_default().filter(move |_| plain.is_none());
            plain.into_iter().chain(escaped)
        })
        .take(LINE_CHARACTERS_MAX)
        .collect();
    stated("evidence", printable)
}

/// Each code once, in precedence.
pub(crate) fn codes(found: Vec<RejectCode>) -> Result<RejectCodes, GateError> {
    let each: BTreeSet<RejectCode> = found.into_iter().collect();
    stated("reject_codes", each.into_iter().collect::<Vec<_>>())
}
