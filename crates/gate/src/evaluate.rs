//! The one verb: a store in, two reports out.

use canonical::{Digest, Text, Timestamp};

use crate::carriers;
use crate::catalogs::CatalogProofs;
use crate::contract::{
    CarrierReport, GateReport, GateState, Prerequisite as Reported, RejectCode, TrustBase,
    carrier_report, gate_report,
};
use crate::error::{GateError, stated};
use crate::facts::Facts;
use crate::port::GateStore;
use crate::prerequisite::{Finding, Prerequisite, assurance};
use crate::report::{codes, leading_with_hold, lines, text};

/// What any proof on an embedded store is relative to, whatever a policy lists beside it.
const FILE_OWNER: &str = "the operating-system user that owns the store file: it can rewrite every \
                          byte of it, and only a checkpoint outside the file would show that";

/// The trust base of a store whose engine keeps roles apart.
const SUPERUSERS: &str = "the database's superusers and whoever can become one";

/// The gate's answer: two envelopes, and the state for whoever only asks for that.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct GateEvaluation {
    /// HOLD or OPEN.
    pub state: GateState,
    /// The gate report.
    pub gate_report: Vec<u8>,
    /// The carrier report that the gate report names by its hash.
    pub carrier_report: Vec<u8>,
}

/// Judges a store for an operation, at `now` by the clock of whoever asks.
///
/// `Err` means that it could not be judged: whoever receives it holds.
pub fn evaluate(
    store: &mut impl GateStore,
    now: Timestamp,
    operation: &str,
) -> Result<GateEvaluation, GateError> {
    let facts = Facts::read(store, now)?;
    let (carriers, carriers_hash) = carriers_of(&facts)?;
    let findings: Vec<(Prerequisite, Finding)> = Prerequisite::ALL
        .into_iter()
        .map(|prerequisite| (prerequisite, prerequisite.judge(&facts, operation)))
        .collect();
    let report = state_report(&facts, &findings, carriers_hash)?;
    let state = report.state;
    let sealed = gate_report()
        .seal(&report)
        .map_err(|source| GateError::Seal {
            report: "gate",
            source,
        })?;
    Ok(GateEvaluation {
        state,
        gate_report: sealed.into_bytes(),
        carrier_report: carriers,
    })
}

/// The carrier report and its hash: the prover's where there is one, byte for byte.
fn carriers_of(facts: &Facts) -> Result<(Vec<u8>, Digest), GateError> {
    if let Some((bytes, hash)) = facts.catalogs.as_ref().and_then(CatalogProofs::report) {
        return Ok((bytes.to_vec(), hash));
    }
    let sealed = carrier_report()
        .seal(&carriers_report(facts)?)
        .map_err(|source| GateError::Seal {
            report: "carrier",
            source,
        })?;
    let hash = sealed.evidence_hash();
    Ok((sealed.into_bytes(), hash))
}

fn state_report(
    facts: &Facts,
    findings: &[(Prerequisite, Finding)],
    carrier_report_hash: Digest,
) -> Result<GateReport, GateError> {
    let mut prerequisites = Vec::with_capacity(findings.len());
    for (prerequisite, finding) in findings {
        prerequisites.push(reported(facts, *prerequisite, finding)?);
    }
    let missing: Vec<RejectCode> = findings
        .iter()
        .flat_map(|(_, finding)| finding.codes.iter().copied())
        .collect();
    // INVARIANT: open only when nothing at all is missing; there is no other way to this state.
    let state = if missing.is_empty() {
        GateState::Open
    } else {
        GateState::Hold
    };
    let named = match state {
        GateState::Open => Vec::new(),
        GateState::Hold => leading_with_hold(missing),
    };
    let policy = facts.policy.as_ref().ok();
    Ok(GateReport {
        envelope_type: stated("envelope_type", gate_report().envelope_type())?,
        envelope_version: stated("envelope_version", gate_report().version())?,
        header: facts.header.clone(),
        state,
        reject_codes: stated("reject_codes", named)?,
        prerequisites: stated("prerequisites", prerequisites)?,
        assurance: policy.and_then(|policy| assurance(facts.principals_are_distinct, policy)),
        carrier_report_hash,
        fingerprint: facts.fingerprint,
        policy_ref: policy.map(envelope::Opened::evidence_hash),
    })
}

fn reported(
    facts: &Facts,
    prerequisite: Prerequisite,
    finding: &Finding,
) -> Result<Reported, GateError> {
    Ok(Reported {
        id: stated("id", prerequisite.id())?,
        title: stated("title", prerequisite.title())?,
        held: finding.holds(),
        reject_codes: codes(finding.codes.clone())?,
        evidence: lines(finding.evidence.clone())?,
        checked_at: facts.checked_at,
    })
}

/// What the schema shows of the carriers; nothing where catalogs should have shown it and did not.
fn carriers_report(facts: &Facts) -> Result<CarrierReport, GateError> {
    let unusable = facts.catalogs.as_ref().and_then(CatalogProofs::unusable);
    let proofs = match unusable {
        None => carriers::proofs(facts)?,
        Some(_) => Vec::new(),
    };
    Ok(CarrierReport {
        envelope_type: stated("envelope_type", carrier_report().envelope_type())?,
        envelope_version: stated("envelope_version", carrier_report().version())?,
        header: facts.header.clone(),
        store: text(facts.store_kind)?,
        carriers: stated("carriers", proofs)?,
        trust_base: trust_base(facts)?,
        fingerprint: facts.fingerprint,
        unknown: lines(unusable.map(str::to_owned).into_iter().collect())?,
    })
}

/// Whoever the proofs take on trust: what the store's kind implies, and what the policy lists.
fn trust_base(facts: &Facts) -> Result<TrustBase, GateError> {
    let implied = match facts.store_kind {
        "sqlite" => FILE_OWNER,
        _ => SUPERUSERS,
    };
    let mut listed: Vec<Text> = vec![text(implied)?];
    if let Ok(policy) = &facts.policy {
        for entry in &policy.trust_base {
            if !listed.contains(entry) {
                listed.push(entry.clone());
            }
        }
    }
    listed.truncate(64);
    stated("trust_base", listed)
}
