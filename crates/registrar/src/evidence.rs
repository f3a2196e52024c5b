//! The envelopes that led to an answer: opened where they are acted on, carried on as they came.

use canonical::{Digest, Timestamp, locate};
use envelope::{Contract, Opened};
use serde::Deserialize;

use crate::attempt::Attempt;
use crate::contract::{EvidenceRef, EvidenceRefs};
use crate::error::RegistrarError;

/// The envelopes of one attempt so far, each in the bytes it came in; absent ones are `None`.
#[derive(Clone, Copy, Debug, Default)]
pub struct Evidence<'a> {
    /// What block A answered.
    pub owner_attestation: Option<&'a [u8]>,
    /// What block F answered.
    pub artifact_attestation: Option<&'a [u8]>,
    /// What block B answered: before, then after.
    pub snapshots: &'a [&'a [u8]],
    /// What the registrar reread.
    pub authority_readback: Option<&'a [u8]>,
    /// The pipeline's assembly.
    pub integration: Option<&'a [u8]>,
    /// The validator's first verdict.
    pub verdict: Option<&'a [u8]>,
    /// The gate's report.
    pub gate_report: Option<&'a [u8]>,
    /// The policy in force.
    pub policy: Option<&'a [u8]>,
}

impl<'a> Evidence<'a> {
    fn slots(&self) -> [(&'static str, Option<&'a [u8]>); 9] {
        [
            ("owner_attestation", self.owner_attestation),
            ("artifact_attestation", self.artifact_attestation),
            ("snapshots.0", self.snapshots.first().copied()),
            ("snapshots.1", self.snapshots.get(1).copied()),
            ("authority_readback", self.authority_readback),
            ("integration", self.integration),
            ("verdict", self.verdict),
            ("gate_report", self.gate_report),
            ("policy", self.policy),
        ]
    }

    /// The envelopes by slot and stated evidence hash, null where one was not there.
    pub(crate) fn refs(&self, request: Digest) -> Result<EvidenceRefs, RegistrarError> {
        let mut refs = vec![EvidenceRef {
            slot: "registration_request".parse()?,
            evidence_hash: Some(request),
        }];
        for (slot, bytes) in self.slots() {
            refs.push(EvidenceRef {
                slot: slot.parse()?,
                evidence_hash: bytes.and_then(stated_hash),
            });
        }
        Ok(refs.try_into()?)
    }

    /// The hash that the envelope of a slot states.
    pub(crate) fn hash_of(&self, slot: &str) -> Option<Digest> {
        let slots = self.slots();
        let (_, bytes) = slots.iter().find(|(name, _)| *name == slot)?;
        bytes.and_then(stated_hash)
    }

    /// One frame of everything, as a block run as a filter would be given it.
    ///
    /// Slots: `attempt`, `now`, `registration_request`, `snapshots` and the other envelopes under
    /// their own names; no byte of an envelope is written anew.
    pub(crate) fn frame(&self, request: &[u8], attempt: Attempt, now: Timestamp) -> Vec<u8> {
        let mut frame = format!(
            r#"{{"attempt":{{"attempt_id":"{}","correlation_id":"{}"}},"now":"{now}","#,
            attempt.attempt_id, attempt.correlation_id
        )
        .into_bytes();
        frame.extend_from_slice(b"\"registration_request\":");
        frame.extend_from_slice(request);
        frame.extend_from_slice(b",\"snapshots\":[");
        frame.extend_from_slice(&self.snapshots.join(&b','));
        frame.push(b']');
        for (slot, bytes) in self.slots() {
            let Some(bytes) = bytes.filter(|_| !slot.starts_with("snapshots.")) else {
                continue;
            };
            frame.extend_from_slice(format!(",\"{slot}\":").as_bytes());
            frame.extend_from_slice(bytes);
        }
        frame.push(b'}');
        frame
    }
}

/// Opens an envelope that must be there.
pub(crate) fn opened<T: for<'de> Deserialize<'de>>(
    contract: &Contract<T>,
    slot: &'static str,
    bytes: Option<&[u8]>,
) -> Result<Opened<T>, RegistrarError> {
    let bytes = bytes.ok_or(RegistrarError::Absent { slot })?;
    contract
        .open(bytes)
        .map_err(|source| RegistrarError::Unopenable { slot, source })
}

/// The evidence hash that an envelope states of itself.
pub(crate) fn stated_hash(bytes: &[u8]) -> Option<Digest> {
    let place = locate(bytes, &["header", "evidence_hash"])?;
    let stated = bytes.get(place)?;
    let text = stated.strip_prefix(b"\"")?.strip_suffix(b"\"")?;
    std::str::from_utf8(text).ok()?.parse().ok()
}
