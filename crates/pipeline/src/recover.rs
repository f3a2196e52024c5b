//! Recovery: every open reservation is fenced or found finished, every unverified one verified.

use canonical::Uuid;
use registrar::{Ended, RecoverInput};

use crate::answer::{Answer, Outcome};
use crate::error::PipelineError;
use crate::register::Pipeline;
use crate::world::Ports;

/// How many attempts of each kind one round takes on.
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
    /// Settles what is older than the horizon (the policy's), round by round until a round settles
    /// nothing more; what could not be settled is tried once in each round.
    pub fn recover(&mut self) -> Result<Recovered, PipelineError> {
        let mut recovered = Recovered::default();
        // Bounded: each round but the last ends an attempt, and an end is final.
        while self.round(&mut recovered)? {}
        Ok(recovered)
    }

    /// One round; says whether it ended anything.
    fn round(&mut self, recovered: &mut Recovered) -> Result<bool, PipelineError> {
        let view = self.view()?;
        let Some(policy) = view.policy.as_deref() else {
            return Err(PipelineError::Absent("policy"));
        };
        let input = RecoverInput {
            policy,
            now: self.now(),
            limit: ROUND,
        };
        let found = registrar::recover(&mut self.world.attempts, &mut self.world.sink, &input)?;
        let ended_before = recovered.ended();
        recovered.failed.clear();
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
            self.finish_one(unverified.attempt.attempt_id, recovered);
        }
        Ok(recovered.ended() > ended_before)
    }

    fn finish_one(&mut self, attempt_id: Uuid, recovered: &mut Recovered) {
        match self.finish(&attempt_id) {
            Ok(Answer {
                outcome: Outcome::Pending,
                pending,
                ..
            }) => recovered
                .failed
                .push((attempt_id, pending.unwrap_or_default())),
            Ok(answer) => recovered.verified.push((attempt_id, answer.outcome)),
            Err(error) => recovered.failed.push((attempt_id, error.to_string())),
        }
    }
}

impl Recovered {
    /// How many attempts were brought to an end.
    fn ended(&self) -> usize {
        let settled = self.abandoned.len().saturating_add(self.finished.len());
        settled.saturating_add(self.verified.len())
    }
}
