//! Recovery: every open reservation is fenced or found finished, every unverified one verified.

use canonical::Uuid;
use registrar::{Ended, RecoverInput};

use crate::answer::{Answer, Outcome};
use crate::error::PipelineError;
use crate::register::Pipeline;
use crate::world::Ports;

/// How many attempts one round settles.
const ROUND: u32 = 256;

/// What recovery did.
#[derive(Debug, Default)]
pub struct Recovered {
    /// Attempts that were fenced: aborted and audited as `OUTCOME_ABANDONED`, with their decision.
    pub abandoned: Vec<(Uuid, Vec<u8>)>,
    /// Attempts that somebody had finished meanwhile.
    pub finished: Vec<Uuid>,
    /// Attempts whose phase 4 was finished, with its outcome.
    pub verified: Vec<(Uuid, Outcome)>,
    /// Attempts that could not be settled, and why.
    pub failed: Vec<(Uuid, String)>,
}

impl<P: Ports> Pipeline<P> {
    /// Settles what is older than the horizon (the policy's).
    pub fn recover(&mut self) -> Result<Recovered, PipelineError> {
        let view = self.gate()?;
        let Some(policy) = view.policy.as_deref() else {
            return Err(PipelineError::Absent("policy"));
        };
        let input = RecoverInput {
            policy,
            now: self.now(),
            limit: ROUND,
        };
        let found = registrar::recover(&mut self.world.attempts, &mut self.world.sink, &input)?;
        let mut recovered = Recovered::default();
        for settled in found.settled {
            match settled.ended {
                Ended::Answered(answered) => {
                    recovered
                        .abandoned
                        .push((settled.attempt_id, answered.decision));
                }
                Ended::Settled(_) => recovered.finished.push(settled.attempt_id),
            }
        }
        for unsettled in found.unsettled {
            recovered
                .failed
                .push((unsettled.attempt_id, unsettled.error.to_string()));
        }
        for unverified in found.unverified {
            let attempt_id = unverified.attempt.attempt_id;
            match self.finish(&attempt_id) {
                Ok(Answer {
                    outcome: Outcome::Pending,
                    pending,
                    ..
                }) => {
                    recovered
                        .failed
                        .push((attempt_id, pending.unwrap_or_default()));
                }
                Ok(answer) => recovered.verified.push((attempt_id, answer.outcome)),
                Err(error) => recovered.failed.push((attempt_id, error.to_string())),
            }
        }
        Ok(recovered)
    }
}
