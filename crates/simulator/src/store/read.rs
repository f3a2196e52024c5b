//! What the registrar's credential reads.

use canonical::{Digest, Timestamp, Uuid};
use registrar::contract::registration_decision;
use registrar::port::{AttemptState, Standing, StoredAttempt};

use super::authority::text;
use super::state::AttemptRow;
use super::{Bug, State};

impl State {
    pub(crate) fn attempt(&self, wanted: impl Fn(&AttemptRow) -> bool) -> Option<&AttemptRow> {
        let mut attempts = self.attempts.iter();
        attempts.find(|row| wanted(row)).map(|row| &**row)
    }

    pub(crate) fn by_effect(&self, effect: &Digest) -> Option<&AttemptRow> {
        let consumed = self
            .ledger
            .iter()
            .find(|row| row.effect_identity == *effect)?;
        self.attempt(|row| row.attempt_id == consumed.attempt_id)
    }

    pub(crate) fn current_head(&self, dot_code: &str) -> Option<String> {
        let mut heads = self.catalogue.iter();
        let head = heads.find(|row| row.head.dot_code == dot_code && row.is_current())?;
        Some(head.head.row_key.clone())
    }

    pub(crate) fn has_retired_head(&self, dot_code: &str) -> bool {
        let retired = |status: &str| status == "retired";
        let mut heads = self.catalogue.iter();
        heads.any(|row| row.head.dot_code == dot_code && retired(&row.status))
    }

    /// The names of a code's configuration entries that are in force and not closed.
    pub(crate) fn open_config(&self, dot_code: &str) -> Vec<String> {
        let entries = self
            .authority
            .select("dot_config", &[("dot_code", dot_code)]);
        let open = entries
            .iter()
            .filter(|entry| entry.is_active() && text(entry.row, "value") != "closed");
        open.map(|entry| text(entry.row, "name").to_owned())
            .collect()
    }

    pub(crate) fn standing(&self, target: &str) -> Standing {
        let dot_code = target.strip_prefix("dot:").unwrap_or(target);
        let held = |code: &str| {
            let events = self.authority.select("hold_event", &[("dot_code", code)]);
            let last = events.last();
            last.is_some_and(|event| text(event.row, "kind") != "release")
        };
        Standing {
            is_held: held(dot_code) || held("*"),
            has_open_config: !self.open_config(dot_code).is_empty(),
        }
    }

    /// An attempt with the answer that it ended with.
    pub(crate) fn stored(&self, row: &AttemptRow, bug: Option<Bug>) -> StoredAttempt {
        let decision = self
            .decisions
            .iter()
            .find(|it| it.attempt_id == row.attempt_id);
        let audit = self.audits.iter().find(|audit| {
            audit.attempt_id == row.attempt_id && Some(audit.failure_digest) == row.failure_digest
        });
        let answer = decision
            .map(|it| it.bytes.clone())
            .or_else(|| audit.map(|it| it.answer.clone()));
        let answer = if bug == Some(Bug::ExactRetryRebuilt) {
            answer.map(rebuilt)
        } else {
            answer
        };
        StoredAttempt {
            attempt_id: row.attempt_id,
            state: row.state,
            nonce: row.nonce.clone(),
            request_digest: row.request_digest,
            request: row.request.clone(),
            replay_key: row.replay_key,
            effect_identity: row.effect_identity,
            authorization_binding_digest: row.authorization_binding_digest,
            owner_token: row.owner_token,
            epoch: row.epoch,
            target: row.target.clone(),
            opened_at: row.opened_at,
            answer,
        }
    }

    pub(crate) fn open_attempts(&self, opened_before: Timestamp, limit: u32) -> Vec<&AttemptRow> {
        let open = |row: &&AttemptRow| {
            row.state == AttemptState::Reserved && row.opened_at < opened_before
        };
        bounded(self.attempts.iter().map(|row| &**row).filter(open), limit)
    }

    pub(crate) fn unverified(&self, limit: u32) -> Vec<&AttemptRow> {
        let unverified = |row: &&AttemptRow| {
            row.state == AttemptState::Consumed && self.report(&row.attempt_id).is_none()
        };
        bounded(
            self.attempts.iter().map(|row| &**row).filter(unverified),
            limit,
        )
    }

    pub(crate) fn report(&self, attempt_id: &Uuid) -> Option<&[u8]> {
        let report = self
            .reports
            .iter()
            .find(|row| row.attempt_id == *attempt_id)?;
        Some(&report.report)
    }
}

fn bounded<'a>(rows: impl Iterator<Item = &'a AttemptRow>, limit: u32) -> Vec<&'a AttemptRow> {
    let limit = usize::try_from(limit).unwrap_or(usize::MAX);
    let mut rows: Vec<_> = rows.collect();
    rows.sort_by_key(|row| row.opened_at);
    rows.truncate(limit);
    rows
}

/// The same decision sealed another time, a moment later: what an exact retry must never be given.
fn rebuilt(bytes: Vec<u8>) -> Vec<u8> {
    let Ok(opened) = registration_decision().open(&bytes) else {
        return bytes;
    };
    let mut decision = opened.value().clone();
    if let Some(later) = decision.header.issued_at.checked_add_millis(1) {
        decision.header.issued_at = later;
    }
    let sealed = registration_decision().seal(&decision);
    sealed.map_or(bytes, envelope::Sealed::into_bytes)
}
