//! A plan is a registration minus the write: intake, gate and phases 0 to 2, no reservation.

use registrar::{Intake, Rejection, ReserveInput};

use crate::answer::Outcome;
use crate::error::PipelineError;
use crate::evidence::Evidence;
use crate::register::Pipeline;
use crate::resolve;
use crate::world::{Edge, Ports};

/// What a plan foresees.
#[derive(Debug, Clone)]
pub struct Plan {
    /// The outcome that `register` would have.
    pub outcome: Outcome,
    /// Every code it would name, in precedence.
    pub reject_codes: Vec<String>,
    /// The verdict, where it was reached.
    pub verdict: Option<Vec<u8>>,
    /// The gate's report, where it was asked.
    pub gate_report: Option<Vec<u8>>,
    /// The prior decision that an exact retry would get, or that stands in the way.
    pub prior: Option<Vec<u8>>,
}

impl<P: Ports> Pipeline<P> {
    /// Says what `register` would answer now; writes nothing.
    ///
    /// The observer handle of this pipeline must be one that stores nothing.
    pub fn plan(&mut self, request: &[u8]) -> Result<Plan, PipelineError> {
        let arrival = match registrar::intake(&mut self.world.attempts, request)? {
            Intake::Unopenable(refusal) => {
                let codes = vec![refusal.code.to_owned()];
                return Ok(Plan::of(Outcome::Unopenable(refusal), codes));
            }
            Intake::Prior(prior) => {
                let mut plan = Plan::of(Outcome::Replayed, Vec::new());
                plan.prior = Some(prior.bytes);
                return Ok(plan);
            }
            Intake::InFlight(..) => return Ok(Plan::refused(&Rejection::in_flight())),
            Intake::Refused(_, rejection) => return Ok(Plan::refused(&rejection)),
            Intake::Fresh(arrival) => arrival,
        };
        let view = self.gate()?;
        let now = self.now();
        let (true, Some(policy)) = (view.is_open(now), view.policy.as_deref()) else {
            let mut plan = Plan::of(Outcome::Hold, view.reject_codes()?);
            plan.gate_report = Some(view.gate_report);
            return Ok(plan);
        };
        let attempt = self.mint();
        let mut evidence = Evidence::new(attempt, arrival.bytes(), policy, &view.gate_report);
        let head_versions = resolve::gather(&mut self.world, &view, &mut evidence)?;
        let snapshots = evidence.snapshots();
        let input = ReserveInput {
            arrival: &arrival,
            evidence: evidence.for_registrar(&snapshots),
            attempt,
            owner_token: self.world.edge.fresh_id(),
            head_versions: &head_versions,
            now: self.world.edge.now(),
        };
        let objection = registrar::foresee(&mut self.world.attempts, &input)?;
        let mut plan = match objection {
            Some(rejection) => Plan::refused(&rejection),
            None => Plan::of(Outcome::WouldRegister, Vec::new()),
        };
        plan.verdict.clone_from(&evidence.verdict);
        plan.gate_report = Some(view.gate_report);
        Ok(plan)
    }
}

impl Plan {
    fn of(outcome: Outcome, reject_codes: Vec<String>) -> Self {
        Self {
            outcome,
            reject_codes,
            verdict: None,
            gate_report: None,
            prior: None,
        }
    }

    fn refused(rejection: &Rejection) -> Self {
        let codes = rejection.codes().iter().map(ToString::to_string).collect();
        let outcome = if rejection.is_hold() {
            Outcome::Hold
        } else {
            Outcome::Rejected
        };
        let mut plan = Self::of(outcome, codes);
        plan.prior = rejection.prior().map(|prior| prior.prior.bytes.clone());
        plan
    }
}
