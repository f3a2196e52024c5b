//! From what a store keeps to a bundle.

use std::collections::BTreeMap;

use canonical::Uuid;
use envelope::Frame;
use records::{AttemptKey, AttemptView, AuditRecord, Records};
use registrar::port::AttemptState;

use crate::error::{BundleError, ReadError};
use crate::slot::{Slot, plain};
use crate::statement::{AttemptRecord, Bundle, Subject};

/// What a key names.
#[derive(Clone, Debug)]
pub enum Found {
    /// An attempt that was reserved.
    Attempt(Box<AttemptView>),
    /// A request that was refused before any reservation, with what led to that.
    Refusal(Box<AuditRecord>),
}

/// What a replay key, a nonce, an attempt id or a DOT code names: of a code, the last attempt.
pub fn find<R: Records>(records: &R, key: &str) -> Result<Option<Found>, R::Error> {
    let attempt = |key| {
        Ok(records
            .attempt(key)?
            .map(|view| Found::Attempt(Box::new(view))))
    };
    if let Ok(replay_key) = key.parse() {
        return attempt(AttemptKey::ReplayKey(replay_key));
    }
    if let Ok(attempt_id) = key.parse() {
        if let Some(found) = attempt(AttemptKey::AttemptId(attempt_id))? {
            return Ok(Some(found));
        }
        let last = records.audits_of_attempt(&attempt_id)?.pop();
        return Ok(last.map(|record| Found::Refusal(Box::new(record))));
    }
    if key.starts_with("n1.") {
        return attempt(AttemptKey::Nonce(key));
    }
    let mut history = records.history(key, 1)?;
    if let Some(view) = history.attempts.pop() {
        return Ok(Some(Found::Attempt(Box::new(view))));
    }
    let last = history.failures.pop();
    Ok(last.map(|record| Found::Refusal(Box::new(record))))
}

/// Everything that the store keeps of a decision.
pub fn gather<R: Records>(records: &R, found: &Found) -> Result<Bundle, BundleError<R::Error>> {
    match found {
        Found::Attempt(view) => of_attempt(records, view),
        Found::Refusal(record) => {
            let attempt = AttemptRecord {
                attempt_id: record.attempt_id,
                closed_at: None,
                opened_at: None,
                state: None,
                transaction_id: None,
            };
            let audits = vec![record.audit.clone()];
            let mut envelopes =
                BTreeMap::from([(Slot::RegistrationDecision, record.answer.clone())]);
            let frame = records.evidence(&record.attempt_id);
            if let Some(frame) = frame.map_err(BundleError::Store)? {
                evidence(&frame, &mut envelopes).map_err(BundleError::Kept)?;
            }
            assemble(attempt, envelopes, audits).map_err(BundleError::Kept)
        }
    }
}

fn of_attempt<R: Records>(
    records: &R,
    view: &AttemptView,
) -> Result<Bundle, BundleError<R::Error>> {
    let attempt_id = view.attempt.attempt_id;
    let state = match view.attempt.state {
        AttemptState::Consumed => "consumed",
        AttemptState::Aborted => "aborted",
        AttemptState::Reserved => return Err(BundleError::Undecided(attempt_id)),
    };
    let decision = view.attempt.answer.clone();
    let decision = decision.ok_or(BundleError::Undecided(attempt_id))?;
    let mut envelopes = BTreeMap::from([(Slot::RegistrationDecision, decision)]);
    if let Some(frame) = records.evidence(&attempt_id).map_err(BundleError::Store)? {
        evidence(&frame, &mut envelopes).map_err(BundleError::Kept)?;
    }
    after(records, &attempt_id, &mut envelopes).map_err(BundleError::Store)?;
    let audits = records.audits_of_attempt(&attempt_id);
    let audits = audits.map_err(BundleError::Store)?;
    let attempt = AttemptRecord {
        attempt_id,
        closed_at: view.closed_at,
        opened_at: Some(view.attempt.opened_at),
        state: Some(state.to_owned()),
        transaction_id: view.transaction_id.clone(),
    };
    let audits = audits.into_iter().map(|record| record.audit).collect();
    assemble(attempt, envelopes, audits).map_err(BundleError::Kept)
}

/// The envelopes of a stored frame, each in the bytes it was stored in; [`crate::verify`] says
/// which of them are due.
fn evidence(frame: &[u8], envelopes: &mut BTreeMap<Slot, Vec<u8>>) -> Result<(), ReadError> {
    let frame = Frame::parse(frame).map_err(|_| ReadError::Evidence("frame"))?;
    for slot in Slot::EVIDENCE {
        if let Some(bytes) = frame.slot(slot.name()) {
            envelopes.insert(slot, bytes.to_vec());
        }
    }
    // A frame keeps the captures in a list; only the one before belongs to evidence.
    let snapshots = frame.list("snapshots");
    let snapshots = snapshots.map_err(|_| ReadError::Evidence("snapshots"))?;
    let before = snapshots.first();
    envelopes.extend(before.map(|bytes| (Slot::SnapshotBefore, bytes.to_vec())));
    Ok(())
}

/// What followed the write: all of it, or nothing yet.
fn after<R: Records>(
    records: &R,
    attempt_id: &Uuid,
    envelopes: &mut BTreeMap<Slot, Vec<u8>>,
) -> Result<(), R::Error> {
    let (report, snapshot) = (
        records.report(attempt_id)?,
        records.snapshot(attempt_id, "after")?,
    );
    if let (Some(report), Some(snapshot)) = (report, snapshot) {
        envelopes.insert(Slot::SnapshotAfter, snapshot);
        envelopes.insert(Slot::VerdictAfter, report.verdict_after);
        envelopes.insert(Slot::VerificationReport, report.report);
    }
    Ok(())
}

fn assemble(
    attempt: AttemptRecord,
    envelopes: BTreeMap<Slot, Vec<u8>>,
    failure_audits: Vec<Vec<u8>>,
) -> Result<Bundle, ReadError> {
    let json = |slot: Slot| match envelopes.get(&slot) {
        Some(bytes) => plain(slot.name(), bytes).map(Some),
        None => Ok(None),
    };
    let decision = json(Slot::RegistrationDecision)?.unwrap_or_default();
    let artifact = json(Slot::ArtifactAttestation)?;
    let subject = Subject::of(artifact.as_ref(), &decision);
    Ok(Bundle {
        subject: subject.ok_or(ReadError::Evidence("request_digest"))?,
        attempt,
        envelopes,
        failure_audits,
    })
}
