//! Opens every envelope once; all checks look at what passed.

use envelope::{Contract, Opened, Refusal, Stage};
use serde::de::DeserializeOwned;

use crate::contract::{
    self, ArtifactAttestation, AuthorityReadback, Integration, OwnerAttestation, Policy,
    RegistrationDecision, RegistrationRequest, Snapshot, Verdict, VerdictStage,
};
use crate::input::Input;
use crate::run::guarded;

/// The most snapshots that are opened; a registration has two, so more are refused unread.
pub(crate) const SNAPSHOTS_OPENED_MAX: usize = 4;

/// One place for an envelope.
pub(crate) enum Slot<T> {
    /// None was given.
    Absent,
    /// What was given did not open.
    Refused(Refusal),
    /// Opening it panicked.
    Panicked,
    /// It opened.
    Open(Box<Opened<T>>),
}

impl<T: DeserializeOwned> Slot<T> {
    fn open(contract: &Contract<T>, bytes: Option<&[u8]>) -> Self {
        let Some(bytes) = bytes else {
            return Self::Absent;
        };
        match guarded(|| contract.open(bytes)) {
            Some(Ok(opened)) => Self::Open(Box::new(opened)),
            Some(Err(refusal)) => Self::Refused(refusal),
            None => Self::Panicked,
        }
    }
}

impl<T> Slot<T> {
    /// The envelope, where it opened.
    pub(crate) fn opened(&self) -> Option<&Opened<T>> {
        match self {
            Self::Open(opened) => Some(opened),
            Self::Absent | Self::Refused(_) | Self::Panicked => None,
        }
    }
}

/// Every envelope of one run.
pub(crate) struct Envelopes {
    pub(crate) policy: Slot<Policy>,
    pub(crate) request: Slot<RegistrationRequest>,
    pub(crate) owner: Slot<OwnerAttestation>,
    pub(crate) artifact: Slot<ArtifactAttestation>,
    pub(crate) snapshots: Vec<Slot<Snapshot>>,
    /// How many snapshots were given, opened or not.
    pub(crate) snapshots_given: usize,
    pub(crate) readback: Slot<AuthorityReadback>,
    pub(crate) integration: Slot<Integration>,
    pub(crate) verdict: Slot<Verdict>,
    pub(crate) decision: Slot<RegistrationDecision>,
    /// The request did not fit its schema and carries what only a producer may state.
    pub(crate) request_attests: bool,
}

impl Envelopes {
    pub(crate) fn open(input: &Input<'_>) -> Self {
        let after = |bytes| match input.stage {
            VerdictStage::BeforeWrite => None,
            VerdictStage::AfterWrite => bytes,
        };
        let request = Slot::open(
            contract::registration_request(),
            Some(input.registration_request),
        );
        Self {
            // No policy is the emptiest of documents: it does not open.
            policy: Slot::open(contract::policy(), Some(input.policy.unwrap_or_default())),
            request_attests: attests(&request, input.registration_request),
            request,
            owner: Slot::open(contract::owner_attestation(), input.owner_attestation),
            artifact: Slot::open(contract::artifact_attestation(), input.artifact_attestation),
            snapshots: input
                .snapshots
                .iter()
                .take(SNAPSHOTS_OPENED_MAX)
                .map(|bytes| Slot::open(contract::snapshot(), Some(bytes)))
                .collect(),
            snapshots_given: input.snapshots.len(),
            readback: Slot::open(contract::authority_readback(), input.authority_readback),
            integration: Slot::open(contract::integration(), input.integration),
            verdict: Slot::open(contract::verdict(), after(input.verdict)),
            decision: Slot::open(
                contract::registration_decision(),
                after(input.registration_decision),
            ),
        }
    }
}

/// Whether a request outside its schema is so because it attests: that has a code of its own.
fn attests(request: &Slot<RegistrationRequest>, bytes: &[u8]) -> bool {
    let Slot::Refused(refusal) = request else {
        return false;
    };
    refusal.stage == Stage::Schema
        && canonical::parse(bytes, canonical::Form::Canonical)
            .is_ok_and(|document| envelope::brings_attestation(&document))
}
