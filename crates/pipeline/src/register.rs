//! The main job: one request in, one decision out.

use std::sync::Arc;

use canonical::{Timestamp, Uuid};
use envelope::Refusal;
use registrar::contract::PhaseName;
use registrar::port::HeadVersion;
use registrar::{
    Arrival, Attempt, Consumed, Ended, FailureInput, HoldInput, Intake, Prepared, Prior, Rejection,
    ReserveInput, Reserved,
};

use crate::answer::{Answer, Outcome};
use crate::contract::{self, DecisionOutcome};
use crate::error::PipelineError;
use crate::event::{Event, Phase, Trace};
use crate::evidence::{Evidence, opened};
use crate::gatehouse::{GateView, Gatehouse};
use crate::resolve;
use crate::world::{Edge, Ports, Reports, World};

/// How long to wait for somebody else's attempt where no policy says so, milliseconds.
const WAIT_DEFAULT_MS: u64 = 5_000;
/// First pause of that wait; it doubles up to [`PAUSE_MAX_MS`].
const PAUSE_MIN_MS: u64 = 2;
const PAUSE_MAX_MS: u64 = 100;
/// How long a retry waits for a verification that somebody else has begun, milliseconds.
const REPORT_WAIT_MS: u64 = 300;

/// The blocks in order, with one handle per role.
pub struct Pipeline<P: Ports> {
    pub(crate) world: World<P>,
    gatehouse: Gatehouse,
    /// The gate's answer that the request under way rests on.
    view: Option<Arc<GateView>>,
}

/// What intake makes of a request.
enum Arrived {
    /// It is answered without being judged.
    Answered(Box<Answer>),
    /// Nobody has answered it yet.
    New(Box<Arrival>),
}

impl<P: Ports> Pipeline<P> {
    /// A pipeline over these handles, with a gatehouse of its own.
    pub fn new(world: World<P>) -> Self {
        Self::sharing(world, Gatehouse::default())
    }

    /// The same with a gatehouse that other pipelines of this process ask too; all of them must be
    /// over one store and one observer.
    pub fn sharing(world: World<P>, gatehouse: Gatehouse) -> Self {
        Self {
            world,
            gatehouse,
            view: None,
        }
    }

    /// Registers what the request proposes, or says why not.
    ///
    /// `Err` means that no answer could be given: whoever receives it holds and asks again; what
    /// had begun is found and settled by recovery.
    pub fn register(&mut self, request: &[u8]) -> Result<Answer, PipelineError> {
        self.begin(Phase::Intake);
        let answer = match self.intake(request)? {
            Arrived::Answered(answer) => *answer,
            Arrived::New(arrival) => self.attempt(&arrival)?,
        };
        if let (Outcome::Hold, Some(view)) = (&answer.outcome, self.view.take()) {
            self.gatehouse.forget(&view);
        }
        Ok(answer)
    }

    /// What the gate says now; a report that opens is kept until it expires.
    pub fn gate(&mut self) -> Result<GateView, PipelineError> {
        Ok(GateView::clone(&*self.view()?))
    }

    pub(crate) fn view(&mut self) -> Result<Arc<GateView>, PipelineError> {
        let World { gate, edge, .. } = &mut self.world;
        let view = self.gatehouse.ask(gate, || edge.now())?;
        self.view = Some(Arc::clone(&view));
        Ok(view)
    }

    /// Answers what needs no judging: a retry, a nonce in use, bytes that are no request.
    fn intake(&mut self, request: &[u8]) -> Result<Arrived, PipelineError> {
        let answer = match self.look_up(request)? {
            Intake::Unopenable(refusal) => self.unopenable(refusal),
            Intake::Prior(prior) => self.replay(prior),
            Intake::InFlight(arrival, _) => {
                self.refuse_at_intake(&arrival, &Rejection::in_flight())
            }
            Intake::Refused(arrival, rejection) => self.refuse_at_intake(&arrival, &rejection),
            Intake::Fresh(arrival) => return Ok(Arrived::New(arrival)),
        };
        Ok(Arrived::Answered(Box::new(answer?)))
    }

    /// Looks a request up, waiting a bounded time for an attempt with these very bytes in flight.
    fn look_up(&mut self, request: &[u8]) -> Result<Intake, PipelineError> {
        let mut waited_ms = 0_u64;
        let mut pause_ms = PAUSE_MIN_MS;
        loop {
            let found = registrar::intake(&mut self.world.attempts, request)?;
            if !matches!(found, Intake::InFlight(..)) || waited_ms >= self.wait_max_ms()? {
                return Ok(found);
            }
            self.world.edge.pause_ms(pause_ms);
            waited_ms = waited_ms.saturating_add(pause_ms);
            pause_ms = pause_ms.saturating_mul(2).min(PAUSE_MAX_MS);
        }
    }

    /// What the policy says, read before the gate is asked for this request.
    fn wait_max_ms(&mut self) -> Result<u64, PipelineError> {
        let view = self.view()?;
        Ok(view.settings.as_ref().map_or(WAIT_DEFAULT_MS, |policy| {
            policy.value().in_flight_wait_max_ms.get()
        }))
    }

    fn attempt(&mut self, arrival: &Arrival) -> Result<Answer, PipelineError> {
        self.begin(Phase::Gate);
        let view = self.view()?;
        resolve::tell(
            &mut self.world,
            Phase::Gate,
            "gate_report",
            &view.gate_report,
        );
        let attempt = self.mint();
        let now = self.world.edge.now();
        let request = arrival.bytes();
        let (true, Some(policy)) = (view.is_open(now), view.policy.as_deref()) else {
            // What was decided on these bytes since they were new is their answer at a closed gate too.
            return match self.intake(request)? {
                Arrived::Answered(answer) => Ok(*answer),
                Arrived::New(_) => self.hold(arrival, &view, attempt),
            };
        };
        let mut evidence = Evidence::new(attempt, request, policy, &view.gate_report);
        let head_versions = resolve::gather(&mut self.world, &view, &mut evidence)?;
        let mut answer = self.decide(arrival, &evidence, &head_versions)?;
        answer.verdict.clone_from(&evidence.verdict);
        answer.gate_report = Some(view.gate_report.clone());
        Ok(answer)
    }

    /// The rest of phase 2, and phases 3 and 4.
    fn decide(
        &mut self,
        arrival: &Arrival,
        evidence: &Evidence,
        head_versions: &[HeadVersion],
    ) -> Result<Answer, PipelineError> {
        let snapshots = evidence.snapshots();
        let owner_token = self.world.edge.fresh_id();
        let input = ReserveInput {
            arrival,
            evidence: evidence.for_registrar(&snapshots),
            attempt: evidence.attempt,
            owner_token,
            head_versions,
            now: self.world.edge.now(),
        };
        match registrar::reserve(&mut self.world.attempts, &input)? {
            Reserved::Open(prepared) => self.write(arrival, evidence, &prepared),
            Reserved::Prior(prior) => self.replay(prior),
            Reserved::InFlight(_) => match self.look_up(arrival.bytes())? {
                Intake::Prior(prior) => self.replay(prior),
                Intake::Refused(_, rejection) => {
                    self.refuse(arrival, evidence, PhaseName::ValidateAndReserve, &rejection)
                }
                Intake::InFlight(..) | Intake::Fresh(_) | Intake::Unopenable(_) => self.refuse(
                    arrival,
                    evidence,
                    PhaseName::ValidateAndReserve,
                    &Rejection::in_flight(),
                ),
            },
            Reserved::Refused(rejection) => {
                self.refuse(arrival, evidence, PhaseName::ValidateAndReserve, &rejection)
            }
        }
    }

    /// Phase 3, then phase 4 or the failure transaction.
    fn write(
        &mut self,
        arrival: &Arrival,
        evidence: &Evidence,
        prepared: &Prepared,
    ) -> Result<Answer, PipelineError> {
        self.begin(Phase::Write);
        let consumed =
            registrar::consume(&mut self.world.attempts, std::slice::from_ref(prepared))?;
        let Some(consumed) = consumed.into_iter().next() else {
            return Err(PipelineError::Absent("registration_decision"));
        };
        match consumed {
            Consumed::Registered { decision, .. } => {
                resolve::tell(
                    &mut self.world,
                    Phase::Write,
                    "registration_decision",
                    &decision,
                );
                self.complete(evidence, &decision, prepared.opened_at())
            }
            Consumed::Prior(prior) => self.replay(prior),
            Consumed::Lost(rejection) => {
                let ended = self.close(arrival, evidence, prepared, Some(&rejection))?;
                self.ended(ended)
            }
            Consumed::OutcomeUnknown => {
                let ended = self.close(arrival, evidence, prepared, None)?;
                self.ended(ended)
            }
        }
    }

    /// The failure transaction of a reserved attempt; without a rejection its outcome is unknown.
    fn close(
        &mut self,
        arrival: &Arrival,
        evidence: &Evidence,
        prepared: &Prepared,
        rejection: Option<&Rejection>,
    ) -> Result<Ended, PipelineError> {
        self.begin(Phase::Audit);
        let snapshots = evidence.snapshots();
        let unknown = Rejection::in_flight();
        let input = FailureInput {
            arrival,
            evidence: evidence.for_registrar(&snapshots),
            attempt: evidence.attempt,
            phase: PhaseName::ConsumeAndWrite,
            rejection: rejection.unwrap_or(&unknown),
            now: self.world.edge.now(),
        };
        let (attempts, sink) = (&mut self.world.attempts, &mut self.world.sink);
        Ok(match rejection {
            Some(_) => registrar::fail(attempts, sink, &input, prepared)?,
            None => registrar::resolve_unknown(attempts, sink, &input, prepared)?,
        })
    }

    fn ended(&mut self, ended: Ended) -> Result<Answer, PipelineError> {
        match ended {
            Ended::Answered(answered) => {
                resolve::tell(
                    &mut self.world,
                    Phase::Audit,
                    "failure_audit",
                    &answered.audit,
                );
                decided(answered.decision)
            }
            Ended::Settled(prior) => self.replay(prior),
        }
    }

    fn refuse(
        &mut self,
        arrival: &Arrival,
        evidence: &Evidence,
        phase: PhaseName,
        rejection: &Rejection,
    ) -> Result<Answer, PipelineError> {
        self.begin(Phase::Audit);
        let snapshots = evidence.snapshots();
        let input = FailureInput {
            arrival,
            evidence: evidence.for_registrar(&snapshots),
            attempt: evidence.attempt,
            phase,
            rejection,
            now: self.world.edge.now(),
        };
        let answered = registrar::refuse(&mut self.world.sink, &input)?;
        resolve::tell(
            &mut self.world,
            Phase::Audit,
            "failure_audit",
            &answered.audit,
        );
        decided(answered.decision)
    }

    /// A refusal before the gate; without a policy nothing can be recorded, and the gate answers.
    fn refuse_at_intake(
        &mut self,
        arrival: &Arrival,
        rejection: &Rejection,
    ) -> Result<Answer, PipelineError> {
        let view = self.view()?;
        let attempt = self.mint();
        let Some(policy) = view.policy.as_deref() else {
            return self.hold(arrival, &view, attempt);
        };
        let evidence = Evidence::new(attempt, arrival.bytes(), policy, &view.gate_report);
        self.refuse(arrival, &evidence, PhaseName::Intake, rejection)
    }

    /// What is no request gets a decision too, and nothing is recorded.
    fn unopenable(&mut self, refusal: Refusal) -> Result<Answer, PipelineError> {
        // A gate that cannot be asked changes nothing about bytes that do not open.
        let gate_report = self.view().ok().map(|view| view.gate_report.clone());
        let attempt = self.mint();
        let now = self.world.edge.now();
        let decision = registrar::unopenable(&refusal, gate_report.as_deref(), attempt, now)?;
        let mut answer = Answer::new(Outcome::Unopenable(refusal), Some(decision));
        answer.gate_report = gate_report;
        Ok(answer)
    }

    fn hold(
        &mut self,
        arrival: &Arrival,
        view: &GateView,
        attempt: Attempt,
    ) -> Result<Answer, PipelineError> {
        let decision = registrar::hold(&HoldInput {
            arrival,
            gate_report: &view.gate_report,
            attempt,
            now: self.world.edge.now(),
        })?;
        let mut answer = Answer::new(Outcome::Hold, Some(decision));
        answer.gate_report = Some(view.gate_report.clone());
        Ok(answer)
    }

    /// An exact retry; a registered one is answered only together with its passing report.
    fn replay(&mut self, prior: Prior) -> Result<Answer, PipelineError> {
        let mut answer = decided(prior.bytes)?;
        if answer.outcome != Outcome::Registered {
            answer.outcome = Outcome::Replayed;
            return Ok(answer);
        }
        let report = self.await_report(&prior.attempt_id)?;
        let mut answer = match (report, answer.decision) {
            (Some(report), decision) => Self::verified(decision, report)?,
            (None, _) => self.finish(&prior.attempt_id)?,
        };
        if answer.outcome == Outcome::Registered {
            answer.outcome = Outcome::Replayed;
        }
        Ok(answer)
    }

    /// The report of an attempt; whoever wrote it is given a moment to finish its own phase 4.
    fn await_report(&mut self, attempt_id: &Uuid) -> Result<Option<Vec<u8>>, PipelineError> {
        let mut waited_ms = 0_u64;
        let mut pause_ms = PAUSE_MIN_MS;
        loop {
            let report = self.world.reports.report(attempt_id)?;
            if report.is_some() || waited_ms >= REPORT_WAIT_MS {
                return Ok(report);
            }
            self.world.edge.pause_ms(pause_ms);
            waited_ms = waited_ms.saturating_add(pause_ms);
            pause_ms = pause_ms.saturating_mul(2).min(PAUSE_MAX_MS);
        }
    }

    pub(crate) fn begin(&mut self, phase: Phase) {
        self.world.edge.event(Event::Begins(phase));
    }

    pub(crate) fn mint(&mut self) -> Attempt {
        Attempt {
            attempt_id: self.world.edge.fresh_id(),
            correlation_id: self.world.edge.fresh_id(),
        }
    }

    pub(crate) fn now(&mut self) -> Timestamp {
        self.world.edge.now()
    }
}

/// The answer that a decision's own outcome stands for.
fn decided(decision: Vec<u8>) -> Result<Answer, PipelineError> {
    let value = opened(contract::registration_decision().open(&decision))?;
    let outcome = match value.value().outcome {
        DecisionOutcome::Registered => Outcome::Registered,
        DecisionOutcome::Rejected => Outcome::Rejected,
        DecisionOutcome::Hold => Outcome::Hold,
    };
    Ok(Answer::new(outcome, Some(decision)))
}
