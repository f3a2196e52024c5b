//! The audit writer's credential.

use registrar::port::{FailureRecord, FailureSink, PortError, RecordAnswer};

use super::registrar::failed;
use super::{Committing, Trouble, whole};
use crate::call::{Call, Fault};
use crate::coverage::CrashPoint;
use crate::kernel::{Handle, Stage};
use crate::store::{Bug, audit};

impl FailureSink for Handle {
    fn record(&mut self, records: Vec<FailureRecord>) -> Result<Vec<RecordAnswer>, PortError> {
        let (bug, down) = {
            let inner = self.kernel.lock();
            (inner.store.bug, inner.sink_down)
        };
        if down {
            let mut step = self.step(Call::Record);
            step.inner.coverage.point(CrashPoint::SinkDown);
            if matches!(step.fault, Fault::CrashAfter | Fault::CrashDuring) {
                self.die_at(step.inner);
            }
            return Err(failed(Trouble::Down));
        }
        let committing = Committing {
            durable: !self.has(Bug::AuditNotDurable),
            waits: !self.has(Bug::FenceByPlainRead),
        };
        let answers = self.write(Call::Record, committing, |state, now| {
            let mut next = state.clone();
            let answers = records
                .iter()
                .map(|record| audit::record(&mut next, record, now, bug))
                .collect::<Result<Vec<_>, _>>()?;
            Ok((answers, whole(state, next)))
        });
        self.recorded(&records, &answers);
        answers.map_err(failed)
    }
}

impl Handle {
    fn recorded(&self, records: &[FailureRecord], answers: &Result<Vec<RecordAnswer>, Trouble>) {
        let mut inner = self.kernel.lock();
        match answers {
            Ok(answers) => {
                let again = |answer| matches!(answer, &RecordAnswer::AlreadyRecorded { .. });
                if answers.iter().any(again) {
                    inner.coverage.point(CrashPoint::AuditAckLost);
                }
                if records.iter().any(|record| record.hold_target.is_some()) {
                    inner.coverage.point(CrashPoint::VerifierMismatch);
                }
            }
            Err(Trouble::Unknown) => {
                inner.coverage.point(CrashPoint::AuditAckLost);
                return;
            }
            Err(_) => return,
        }
        drop(inner);
        if records.iter().all(|record| record.hold_target.is_none()) {
            self.stage(Stage::Settled);
        }
    }
}
