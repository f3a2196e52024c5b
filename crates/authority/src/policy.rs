//! The policy: every number and choice that a decision rests on, sealed as an envelope.

use std::error::Error;

use canonical::{Digest, Identifier, ProposedText, SafeUint, Text, Timestamp};
use envelope::Sealed;
use serde::Deserialize;
use serde_json::Value;

use crate::carriers::{ATTESTED, POLICY};
use crate::contract::{
    Assurance, GovernedCarrier, GovernedCarriers, Header, Policy, QuorumRule, QuorumRules,
    RiskTier, SourceRefs, TrustBase, policy,
};
use crate::draft::{Draft, columns, text};
use crate::error::{AuthorityError, Reason, Tried};
use crate::port::AuthorityWriter;

const DAY_MS: u64 = 86_400_000;

/// What every proof on an embedded store is relative to.
const TRUST_BASE: &str = "the operating-system user that owns the store file";

/// What a policy is made from; whatever is not given has the default of the system.
///
/// Times are in milliseconds unless the name says otherwise. The schema holds hard maxima, so that
/// no setting can loosen a decision beyond them.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct PolicySettings {
    /// The policy's name.
    pub policy_id: String,
    /// The trust domain that every envelope states.
    pub trust_domain: String,
    /// The audience that every envelope states.
    pub audience: String,
    /// The protocol version, part of every replay key.
    pub protocol_version: String,
    /// For how many days from now the policy holds.
    pub validity_days: u16,
    /// Largest tolerated clock skew.
    pub skew_max_ms: u64,
    /// Oldest attestation that is still fresh.
    pub attestation_age_max_ms: u64,
    /// Oldest issue time of a trusted row.
    pub row_age_max_ms: u64,
    /// Oldest reread that is still fresh.
    pub readback_age_max_ms: u64,
    /// Oldest capture that is still fresh.
    pub snapshot_age_max_ms: u64,
    /// Largest offset between a producer's clock and the store's.
    pub clock_offset_max_ms: u64,
    /// Longest validity that a request may claim.
    pub request_validity_max_ms: u64,
    /// Validity that attestations are issued with.
    pub attestation_validity_ms: u64,
    /// Validity of a gate report.
    pub gate_report_validity_ms: u64,
    /// Age after which recovery settles an open reservation.
    pub recovery_horizon_ms: u64,
    /// Longest wait for the same key in flight elsewhere.
    pub in_flight_wait_max_ms: u64,
    /// What each risk tier asks of an approval.
    pub quorum: Vec<QuorumRule>,
    /// The lowest separation of roles that is accepted; none accepts only separated principals.
    pub assurance_accepted: Option<Assurance>,
    /// Whoever is taken on trust, by name.
    pub trust_base: Vec<Text>,
}

impl Default for PolicySettings {
    fn default() -> Self {
        let rule = |risk_tier, [approvals, owner_humans, council]: [u32; 3]| QuorumRule {
            risk_tier,
            approvals_min: SafeUint::from(approvals),
            owner_humans_min: SafeUint::from(owner_humans),
            council_min: SafeUint::from(council),
        };
        Self {
            policy_id: "policy/default".to_owned(),
            trust_domain: "holdfast".to_owned(),
            audience: "holdfast.registration".to_owned(),
            protocol_version: "holdfast/1".to_owned(),
            validity_days: 3650,
            skew_max_ms: 5_000,
            attestation_age_max_ms: 300_000,
            row_age_max_ms: 365 * DAY_MS,
            readback_age_max_ms: 60_000,
            snapshot_age_max_ms: 300_000,
            clock_offset_max_ms: 2_000,
            request_validity_max_ms: DAY_MS,
            attestation_validity_ms: 300_000,
            gate_report_validity_ms: 60_000,
            recovery_horizon_ms: 60_000,
            in_flight_wait_max_ms: 5_000,
            quorum: vec![
                rule(RiskTier::Low, [1, 0, 0]),
                rule(RiskTier::Medium, [1, 1, 0]),
                rule(RiskTier::High, [3, 1, 2]),
            ],
            assurance_accepted: None,
            trust_base: Text::try_from(TRUST_BASE).into_iter().collect(),
        }
    }
}

/// Seals a policy that holds from `now`; fails on any setting that its schema forbids.
pub fn seal_policy(settings: &PolicySettings, now: Timestamp) -> Result<Sealed, AuthorityError> {
    let refused = |member, source: Box<dyn Error + Send + Sync>| AuthorityError::Policy {
        policy_id: settings.policy_id.clone(),
        member,
        source,
    };
    let value = build(settings, now).map_err(|(member, source)| refused(member, source))?;
    policy()
        .seal(&value)
        .map_err(|error| refused("/", error.into()))
}

impl<W: AuthorityWriter> Draft<'_, W> {
    /// Sets the policy; the active one, whatever its name, is superseded.
    ///
    /// Settings that the active policy already has are `AlreadyOnRecord`: only its dates would move.
    pub fn set_policy(&mut self, settings: &PolicySettings) -> Result<String, AuthorityError> {
        let tried = Tried::new("set policy", settings.policy_id.as_str());
        let sealed = seal_policy(settings, self.now())?;
        let older = self.single_active(&tried, POLICY)?;
        if let Some(older) = &older {
            let same = policy()
                .open(older.text("body").as_bytes())
                .is_ok_and(|opened| {
                    opened.header.expires_at > self.now()
                        && undated(opened.json()) == undated(sealed.json())
                });
            if same {
                return Err(tried.refused(Reason::AlreadyOnRecord {
                    row_key: older.row_key.clone(),
                }));
            }
        }
        let own = columns([
            ("policy_id", text(&settings.policy_id)),
            ("body", text(String::from_utf8_lossy(sealed.bytes()))),
        ]);
        if older.is_none() {
            self.refuse_withdrawn(&tried, POLICY, &own, &[])?;
        }
        let superseded = older.map(|row| row.row_key);
        self.push(POLICY, own, "active", superseded.as_deref())
    }
}

/// A policy without what changes whenever it is sealed again.
fn undated(mut policy: Value) -> Value {
    if let Some(header) = policy.get_mut("header").and_then(Value::as_object_mut) {
        for member in ["issued_at", "expires_at", "evidence_hash"] {
            header.remove(member);
        }
    }
    policy
}

/// A member that does not keep the schema, and what the schema says.
type Refused = (&'static str, Box<dyn Error + Send + Sync>);

/// Names the member that a conversion refuses.
fn kept<T, S>(member: &'static str, setting: S) -> Result<T, Refused>
where
    T: TryFrom<S, Error: Into<Box<dyn Error + Send + Sync>>>,
{
    T::try_from(setting).map_err(|error| (member, error.into()))
}

fn build(settings: &PolicySettings, now: Timestamp) -> Result<Policy, Refused> {
    Ok(Policy {
        envelope_type: kept("envelope_type", policy().envelope_type())?,
        envelope_version: kept("envelope_version", policy().version())?,
        header: header(settings, now)?,
        policy_id: kept("policy_id", settings.policy_id.as_str())?,
        protocol_version: kept("protocol_version", settings.protocol_version.as_str())?,
        skew_max_ms: kept("skew_max_ms", settings.skew_max_ms)?,
        attestation_age_max_ms: kept("attestation_age_max_ms", settings.attestation_age_max_ms)?,
        row_age_max_ms: kept("row_age_max_ms", settings.row_age_max_ms)?,
        readback_age_max_ms: kept("readback_age_max_ms", settings.readback_age_max_ms)?,
        snapshot_age_max_ms: kept("snapshot_age_max_ms", settings.snapshot_age_max_ms)?,
        clock_offset_max_ms: kept("clock_offset_max_ms", settings.clock_offset_max_ms)?,
        request_validity_max_ms: kept("request_validity_max_ms", settings.request_validity_max_ms)?,
        attestation_validity_ms: kept("attestation_validity_ms", settings.attestation_validity_ms)?,
        gate_report_validity_ms: kept("gate_report_validity_ms", settings.gate_report_validity_ms)?,
        recovery_horizon_ms: kept("recovery_horizon_ms", settings.recovery_horizon_ms)?,
        in_flight_wait_max_ms: kept("in_flight_wait_max_ms", settings.in_flight_wait_max_ms)?,
        quorum: kept::<QuorumRules, _>("quorum", settings.quorum.clone())?,
        assurance_accepted: settings.assurance_accepted,
        trust_base: kept::<TrustBase, _>("trust_base", settings.trust_base.clone())?,
        carriers: governed_carriers()?,
    })
}

fn header(settings: &PolicySettings, now: Timestamp) -> Result<Header, Refused> {
    let validity_ms = u64::from(settings.validity_days).saturating_mul(DAY_MS);
    let expires_at = now
        .checked_add_millis(validity_ms)
        .ok_or(("validity_days", "ends beyond the year 9999".into()))?;
    Ok(Header {
        trust_domain: kept("trust_domain", settings.trust_domain.as_str())?,
        audience: kept("audience", settings.audience.as_str())?,
        run_id: kept::<ProposedText, _>("policy_id", settings.policy_id.as_str())?,
        attempt_id: None,
        correlation_id: None,
        producer: kept("producer", "authority")?,
        issued_at: now,
        expires_at,
        evidence_hash: Digest::UNSEALED,
        source_refs: kept::<SourceRefs, _>("source_refs", Vec::new())?,
        key_id: None,
        key_status_ref: None,
    })
}

fn governed_carriers() -> Result<GovernedCarriers, Refused> {
    let mut carriers = Vec::with_capacity(ATTESTED.len());
    for (carrier, envelope_type) in ATTESTED {
        carriers.push(GovernedCarrier {
            carrier: kept::<Identifier, _>("carriers", carrier)?,
            envelope_type: kept("carriers", envelope_type)?,
            lifecycle: true,
        });
    }
    kept("carriers", carriers)
}
