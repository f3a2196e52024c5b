//! A plan is a registration minus the write: intake, gate and phases 0 to 2, no reservation, and of
//! phase 4 what does not depend on the write.

use registrar::{Intake, Prior, Rejection, ReserveInput};

use crate::answer::Outcome;
use crate::contract::{self, Assurance, DecisionOutcome, VerificationOutcome};
use crate::error::PipelineError;
use crate::evidence::{Evidence, opened};
use crate::gatehouse::GateView;
use crate::register::Pipeline;
use crate::resolve;
use crate::world::{Edge, Ports, Reports};

/// What a plan foresees.
#[derive(Debug, Clone)]
pub struct Plan {
    /// The outcome that `register` would have.
    pub outcome: Outcome,
    /// Every code it would name, in precedence.
    pub reject_codes: Vec<String>,
    /// Why, in a sentence, where the registrar and not the verdict refuses.
    pub reason: Option<String>,
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
    /// What only the write shows (the second capture, the reread of what was written) and what
    /// changes before it cannot be foreseen.
    ///
    /// The observer handle of this pipeline must be one that stores nothing.
    pub fn plan(&mut self, request: &[u8]) -> Result<Plan, PipelineError> {
        let arrival = match registrar::intake(&mut self.world.attempts, request)? {
            Intake::Unopenable(refusal) => {
                let codes = vec![refusal.code.to_owned()];
                return Ok(Plan::of(Outcome::Unopenable(refusal), codes));
            }
            Intake::Prior(prior) => return self.foresee_retry(prior),
            Intake::InFlight(..) => return Ok(Plan::refused(&Rejection::in_flight())),
            Intake::Refused(_, rejection) => return Ok(Plan::refused(&rejection)),
            Intake::Fresh(arrival) => arrival,
        };
        let view = self.view()?;
        let now = self.now();
        let (true, Some(policy)) = (view.is_open(now), view.policy.as_deref()) else {
            let mut plan = Plan::of(Outcome::Hold, view.reject_codes()?);
            plan.gate_report = Some(view.gate_report.clone());
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
            None => match self.foresee_verification(&evidence, &view)? {
                codes if codes.is_empty() => Plan::of(Outcome::WouldRegister, codes),
                codes => Plan::of(Outcome::VerificationFailed, codes),
            },
        };
        plan.verdict.clone_from(&evidence.verdict);
        plan.gate_report = Some(view.gate_report.clone());
        Ok(plan)
    }
}

impl<P: Ports> Pipeline<P> {
    /// The codes with which phase 4 would end whatever is written.
    fn foresee_verification(
        &mut self,
        evidence: &Evidence,
        view: &GateView,
    ) -> Result<Vec<String>, PipelineError> {
        let report = opened(contract::gate_report().open(&view.gate_report))?;
        let registrar_principal = self.registrar_principal()?;
        let foresight = verifier::Foresight {
            owner_attestation: Evidence::need(
                "owner_attestation",
                evidence.owner_attestation.as_deref(),
            )?,
            policy: &evidence.policy,
            single_principal: report.value().assurance == Some(Assurance::SinglePrincipal),
            registrar_principal: &registrar_principal,
        };
        let codes = verifier::foresee(&mut self.world.committed, &foresight)?;
        Ok(codes.iter().map(ToString::to_string).collect())
    }

    /// An exact retry: the prior decision with its codes, or the report that refutes it with its own.
    fn foresee_retry(&mut self, prior: Prior) -> Result<Plan, PipelineError> {
        let decision = opened(contract::registration_decision().open(&prior.bytes))?;
        let codes = decision.value().reject_codes.iter();
        let mut plan = Plan::of(Outcome::Replayed, codes.map(ToString::to_string).collect());
        plan.prior = Some(prior.bytes.clone());
        let report = self.world.reports.report(&prior.attempt_id)?;
        if let (DecisionOutcome::Registered, Some(report)) = (decision.value().outcome, report) {
            let report = opened(contract::verification_report().open(&report))?;
            if report.value().outcome == VerificationOutcome::Failed {
                plan.outcome = Outcome::VerificationFailed;
                let codes = report.value().reject_codes.iter();
                plan.reject_codes = codes.map(ToString::to_string).collect();
            }
        }
        Ok(plan)
    }
}

impl Plan {
    fn of(outcome: Outcome, reject_codes: Vec<String>) -> Self {
        Self {
            outcome,
            reject_codes,
            reason: None,
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
        let registrar_refuses = rejection.failed_checks().is_empty();
        plan.reason = registrar_refuses.then(|| rejection.reason().to_owned());
        plan.prior = rejection.prior().map(|prior| prior.prior.bytes.clone());
        plan
    }
}
