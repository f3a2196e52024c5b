//! The failure-audit sink: closes the attempt and appends the record, together or not at all.

use std::sync::Arc;

use canonical::Timestamp;
use registrar::port::{AttemptState, FailureRecord, Fence, RecordAnswer};

use super::authority::place_hold;
use super::state::{AttemptRow, AuditRow};
use super::{Bug, State, StoreError};

/// Records one failure.
pub(crate) fn record(
    state: &mut State,
    record: &FailureRecord,
    now: Timestamp,
    bug: Option<Bug>,
) -> Result<RecordAnswer, StoreError> {
    let same = |row: &Arc<AuditRow>| {
        row.attempt_id == record.attempt_id && row.failure_digest == record.failure_digest
    };
    if let Some(index) = state.audits.iter().position(same) {
        if bug == Some(Bug::AuditNotIdempotent) {
            append(state, record);
        }
        let position = position(index);
        return Ok(RecordAnswer::AlreadyRecorded { position });
    }
    if let Some(fence) = record.abort {
        let own = |row: &Arc<AttemptRow>| row.attempt_id == record.attempt_id;
        let index = state.attempts.iter().position(own);
        let attempt = index.and_then(|index| state.attempts.get_mut(index));
        let attempt = attempt.ok_or(StoreError::NoAttempt(record.attempt_id))?;
        if attempt.state != AttemptState::Reserved || !admits(fence, attempt) {
            let stored = Arc::clone(attempt);
            return Ok(RecordAnswer::NotOpen(Box::new(state.stored(&stored, bug))));
        }
        let attempt = Arc::make_mut(attempt);
        attempt.state = AttemptState::Aborted;
        attempt.failure_digest = Some(record.failure_digest);
        attempt.closed_at = Some(now);
        if bug == Some(Bug::AbortWithoutAudit) {
            return Ok(RecordAnswer::Recorded { position: 1 });
        }
    }
    let position = position(state.audits.len());
    append(state, record);
    if let Some(target) = &record.hold_target {
        let authority = Arc::make_mut(&mut state.authority);
        place_hold(authority, target, &record.attempt_id, now)?;
    }
    Ok(RecordAnswer::Recorded { position })
}

fn append(state: &mut State, record: &FailureRecord) {
    state.audits.push(Arc::new(AuditRow {
        attempt_id: record.attempt_id,
        failure_digest: record.failure_digest,
        audit: record.audit.clone(),
        answer: record.answer.clone(),
        closes: record.abort.is_some(),
    }));
}

/// The fence: the update matches only the attempt of this token and epoch.
fn admits(fence: Fence, attempt: &AttemptRow) -> bool {
    let token = fence.owner_token;
    token.is_none_or(|token| token == attempt.owner_token)
        && fence.epoch.is_none_or(|epoch| epoch == attempt.epoch)
}

fn position(index: usize) -> u64 {
    u64::try_from(index).unwrap_or(u64::MAX).saturating_add(1)
}
