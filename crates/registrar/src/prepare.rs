//! An attempt made ready: every value that the transaction writes, taken from attestations alone.

use canonical::{Digest, Nonce, Timestamp, Uuid};
use envelope::Opened;

use crate::attempt::{Arrival, Attempt};
use crate::contract::{
    self, ArtifactAttestation, ArtifactTrustedAttested, Assurance, AuthorityReadback, GateReport,
    GateState, OwnerAttestation, OwnerTrustedAttested, Policy, RejectCode, Verdict,
};
use crate::decision::{Basis, Draft};
use crate::error::RegistrarError;
use crate::evidence::{Evidence, opened};
use crate::header::{Domain, Stamp};
use crate::keys::{KeyInput, Keys};
use crate::port::{ConsumeItem, ExpectedRow, HeadRow, HeadVersion, Reservation, policy_digest};
use crate::rejection::Rejection;
use crate::verdict::objection;

/// What a reservation is made from.
#[derive(Clone, Copy, Debug)]
pub struct ReserveInput<'a> {
    /// The request.
    pub arrival: &'a Arrival,
    /// Every envelope so far, the accepting verdict and the gate's report among them.
    pub evidence: Evidence<'a>,
    /// The attempt.
    pub attempt: Attempt,
    /// A fresh token: whoever holds it may finish the attempt.
    pub owner_token: Uuid,
    /// The authority heads of the readback.
    pub head_versions: &'a [HeadVersion],
    /// The clock of this process.
    pub now: Timestamp,
}

/// An attempt that is ready to be consumed; only a reservation makes one.
#[derive(Clone, Debug)]
pub struct Prepared {
    pub(crate) attempt_id: Uuid,
    pub(crate) owner_token: Uuid,
    pub(crate) epoch: u64,
    pub(crate) request_digest: Digest,
    pub(crate) keys: Keys,
    pub(crate) opened_at: Timestamp,
    nonce: Nonce,
    operation: String,
    run_id: String,
    attempt_no: u64,
    expires_at: Timestamp,
    head: HeadRow,
    head_versions: Vec<HeadVersion>,
    expected: Vec<ExpectedRow>,
    gate_fingerprint: Digest,
    gate_expires_at: Timestamp,
    policy_digest: Digest,
    owner: OwnerTrustedAttested,
    pub(crate) basis: Basis,
}

impl Prepared {
    /// The attempt.
    pub fn attempt_id(&self) -> Uuid {
        self.attempt_id
    }

    /// The single-use key.
    pub fn replay_key(&self) -> Digest {
        self.keys.replay_key
    }

    /// All keys of the attempt.
    pub fn keys(&self) -> &Keys {
        &self.keys
    }

    /// The canonical target.
    pub fn target(&self) -> &str {
        &self.head.canonical_target
    }

    /// When the reservation was made, by the store's clock.
    pub fn opened_at(&self) -> Timestamp {
        self.opened_at
    }

    pub(crate) fn owner(&self) -> &OwnerTrustedAttested {
        &self.owner
    }

    pub(crate) fn operation(&self) -> &str {
        &self.operation
    }

    pub(crate) fn dot_code(&self) -> &str {
        &self.head.dot_code
    }

    pub(crate) fn reservation(&self, request: &[u8], evidence: Vec<u8>) -> Reservation {
        Reservation {
            attempt_id: self.attempt_id,
            replay_key: self.keys.replay_key,
            nonce: self.nonce.to_string(),
            nonce_minted_at: self.nonce.mint_time(),
            request_digest: self.request_digest,
            request: request.to_vec(),
            effect_identity: self.keys.effect_identity,
            authorization_binding_digest: self.keys.authorization_binding_digest,
            owner_token: self.owner_token,
            epoch: self.epoch,
            target: self.head.canonical_target.clone(),
            run_id: self.run_id.clone(),
            attempt_no: self.attempt_no,
            expires_at: self.expires_at,
            evidence,
        }
    }

    pub(crate) fn item(&self) -> ConsumeItem {
        let draft = Draft {
            basis: self.basis.clone(),
            replay_key: self.keys.replay_key,
            attempt_id: self.attempt_id,
            epoch: self.epoch,
            head_key: self.head.row_key.clone(),
        };
        ConsumeItem {
            attempt_id: self.attempt_id,
            owner_token: self.owner_token,
            epoch: self.epoch,
            replay_key: self.keys.replay_key,
            nonce: self.nonce.to_string(),
            nonce_minted_at: self.nonce.mint_time(),
            effect_identity: self.keys.effect_identity,
            authorization_binding_digest: self.keys.authorization_binding_digest,
            target: self.head.canonical_target.clone(),
            dot_code: self.head.dot_code.clone(),
            operation: self.operation.clone(),
            run_id: self.run_id.clone(),
            attempt_no: self.attempt_no,
            artifact_hash: self.head.artifact_hash,
            owner_binding_digest: self.keys.owner_binding_digest,
            expires_at: self.expires_at,
            head: self.head.clone(),
            head_versions: self.head_versions.clone(),
            expected: self.expected.clone(),
            gate_fingerprint: self.gate_fingerprint,
            gate_expires_at: self.gate_expires_at,
            policy_digest: self.policy_digest,
            decide: Box::new(move |facts| draft.seal(facts).map_err(|error| error.to_string())),
        }
    }
}

/// Opens what a reservation rests on; `Err` inside is a refusal that burns nothing.
pub(crate) fn prepare(
    input: &ReserveInput<'_>,
    store_clock: Timestamp,
) -> Result<Result<Prepared, Rejection>, RegistrarError> {
    let Some(verdict) = input.evidence.verdict else {
        let codes = [RejectCode::DecisionRefMissing];
        return Ok(Err(Rejection::new(codes, "no verdict was passed on")));
    };
    let bundle = Bundle::open(&input.evidence, verdict)?;
    let request = input.arrival.request().evidence_hash();
    let policy = bundle.policy.evidence_hash();
    if let Some(rejection) = objection(&bundle.verdict, &input.evidence, request, policy)? {
        return Ok(Err(rejection));
    }
    let Some(assurance) = open_gate(&bundle, store_clock) else {
        return Ok(Err(Rejection::hold(
            RejectCode::GateReportStale,
            "the gate report has ended or does not open the gate under this policy",
        )));
    };
    let Ok(nonce) = Nonce::parse(input.arrival.nonce()) else {
        let codes = [RejectCode::NonceMalformed];
        return Ok(Err(Rejection::new(codes, "the nonce is not readable")));
    };
    assemble(input, bundle, nonce, assurance).map(Ok)
}

/// The envelopes that the registrar acts on, opened.
struct Bundle {
    owner: Opened<OwnerAttestation>,
    artifact: Opened<ArtifactAttestation>,
    readback: Opened<AuthorityReadback>,
    verdict: Opened<Verdict>,
    gate: Opened<GateReport>,
    policy: Opened<Policy>,
}

impl Bundle {
    fn open(evidence: &Evidence<'_>, verdict: &[u8]) -> Result<Self, RegistrarError> {
        Ok(Self {
            owner: opened(
                contract::owner_attestation(),
                "owner_attestation",
                evidence.owner_attestation,
            )?,
            artifact: opened(
                contract::artifact_attestation(),
                "artifact_attestation",
                evidence.artifact_attestation,
            )?,
            readback: opened(
                contract::authority_readback(),
                "authority_readback",
                evidence.authority_readback,
            )?,
            verdict: opened(contract::verdict(), "verdict", Some(verdict))?,
            gate: opened(contract::gate_report(), "gate_report", evidence.gate_report)?,
            policy: opened(contract::policy(), "policy", evidence.policy)?,
        })
    }

    /// The first end among what the attempt rests on, the gate's report apart.
    fn expires_at(&self, arrival: &Arrival) -> Timestamp {
        arrival
            .request()
            .header
            .expires_at
            .min(self.owner.header.expires_at)
            .min(self.artifact.header.expires_at)
            .min(self.readback.header.expires_at)
    }
}

/// The assurance under which the gate is open; `None` when its report opens nothing now.
fn open_gate(bundle: &Bundle, store_clock: Timestamp) -> Option<Assurance> {
    let gate = &bundle.gate;
    let open = gate.state == GateState::Open
        && gate.reject_codes.is_empty()
        && gate.header.expires_at > store_clock
        && gate.policy_ref == Some(bundle.policy.evidence_hash());
    gate.assurance.filter(|_| open)
}

fn assemble(
    input: &ReserveInput<'_>,
    bundle: Bundle,
    nonce: Nonce,
    assurance: Assurance,
) -> Result<Prepared, RegistrarError> {
    let not_attested = |slot| RegistrarError::NotAttested { slot };
    let owner = bundle.owner.trusted_attested.clone();
    let owner = owner.ok_or_else(|| not_attested("owner_attestation"))?;
    let artifact = bundle.artifact.trusted_attested.as_ref();
    let artifact = artifact.ok_or_else(|| not_attested("artifact_attestation"))?;
    let request = input.arrival.request();
    let keys = Keys::of(&KeyInput {
        owner: &owner,
        artifact,
        nonce: input.arrival.nonce(),
        run_id: &request.request_proposed.run_id,
        protocol_version: &bundle.policy.protocol_version,
        policy_ref: bundle.policy.evidence_hash(),
    })?;
    let basis = Basis {
        stamp: Stamp {
            domain: Domain::of(&bundle.policy.header),
            run_id: request.header.run_id.clone(),
            attempt_id: input.attempt.attempt_id,
            correlation_id: Some(input.attempt.correlation_id),
        },
        request_digest: Some(input.arrival.digest()),
        keys: Some(keys.into()),
        verdict_ref: Some(bundle.verdict.evidence_hash()),
        decision_ref: Some(bundle.verdict.decision_ref),
        gate_report_ref: Some(bundle.gate.evidence_hash()),
        assurance: Some(assurance),
    };
    Ok(Prepared {
        attempt_id: input.attempt.attempt_id,
        owner_token: input.owner_token,
        epoch: 1,
        request_digest: input.arrival.digest(),
        keys,
        opened_at: input.now,
        nonce,
        operation: owner.canonical_operation.to_string(),
        run_id: request.request_proposed.run_id.to_string(),
        attempt_no: request.attempt_no.get(),
        expires_at: bundle.expires_at(input.arrival),
        head: head(&owner, artifact, &keys, input.attempt.attempt_id)?,
        head_versions: input.head_versions.to_vec(),
        expected: expected(&bundle),
        gate_fingerprint: bundle.gate.fingerprint,
        gate_expires_at: bundle.gate.header.expires_at,
        policy_digest: policy_digest(bundle.policy.bytes()),
        owner,
        basis,
    })
}

/// The one row to write: the artifact attestation's metadata under the attested target and owner.
fn head(
    owner: &OwnerTrustedAttested,
    artifact: &ArtifactTrustedAttested,
    keys: &Keys,
    attempt_id: Uuid,
) -> Result<HeadRow, RegistrarError> {
    let target = owner.canonical_target.to_string();
    let dot_code = target
        .strip_prefix("dot:")
        .filter(|code| !code.is_empty() && artifact.canonical_target == owner.canonical_target)
        .ok_or_else(|| RegistrarError::inconsistent("the attested targets name no one code"))?;
    Ok(HeadRow {
        row_key: attempt_id.to_string(),
        dot_code: dot_code.to_owned(),
        object_type: owner.object_type.to_string(),
        canonical_path: artifact.canonical_path.to_string(),
        origin: artifact.origin.to_string(),
        artifact_hash: artifact.artifact_hash,
        hash_algorithm: artifact.hash_algorithm.to_string(),
        canonicalization_version: artifact.canonicalization_version.to_string(),
        artifact_type: artifact.artifact_type.to_string(),
        admission_ref: artifact.admission_ref.to_string(),
        size_bytes: artifact.size_bytes.get(),
        scope: owner.scope.to_string(),
        owner_principal: owner.owner_or_approval_binding.owner_principal.to_string(),
        replay_key: keys.replay_key,
        attempt_id,
        canonical_target: target,
    })
}

/// Every reread row, with the hash that the verdict accepted.
fn expected(bundle: &Bundle) -> Vec<ExpectedRow> {
    let rows = bundle.readback.rows.iter().filter_map(|row| {
        Some(ExpectedRow {
            carrier: row.carrier.to_string(),
            row_key: row.row_key.to_string(),
            row_hash: row.row_hash?,
        })
    });
    rows.collect()
}
