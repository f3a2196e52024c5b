//! Phase 4: capture after, E's second run, the verifier, and the report stored by the observer.
//!
//! `registered` is answered only together with a passing report. Where phase 4 cannot end, the
//! decision stands, the answer is "pending", and recovery finishes it.

use canonical::{Timestamp, Uuid};
use owner_resolver::port::{AuthorityQuery, AuthorityReader, RowStatus};
use registrar::port::RegistrarStore;
use registrar::{Arrival, VerificationFailure};

use crate::answer::{Answer, Outcome};
use crate::contract::{self, VerificationOutcome};
use crate::error::PipelineError;
use crate::event::Phase;
use crate::evidence::{Evidence, opened};
use crate::register::Pipeline;
use crate::resolve::{capture, judged, tell};
use crate::world::{Observer, Ports, Reports};

impl<P: Ports> Pipeline<P> {
    /// Verifies a committed registration; a phase 4 that cannot end is answered as pending.
    pub(crate) fn complete(
        &mut self,
        evidence: &Evidence,
        decision: &[u8],
        opened_at: Timestamp,
    ) -> Result<Answer, PipelineError> {
        self.begin(Phase::Verify);
        match self.phase_four(evidence, decision, opened_at) {
            Ok(report) => Self::verified(Some(decision.to_vec()), report),
            // Somebody else may have finished the same phase 4 meanwhile; its report is the one.
            // Where that cannot be told either, the decision stands all the same.
            Err(error) => match self.world.reports.report(&evidence.attempt.attempt_id) {
                Ok(Some(report)) => Self::verified(Some(decision.to_vec()), report),
                Ok(None) | Err(_) => Ok(pending(decision, &error)),
            },
        }
    }

    /// Finishes phase 4 of an attempt that was consumed, from its stored evidence.
    pub(crate) fn finish(&mut self, attempt_id: &Uuid) -> Result<Answer, PipelineError> {
        let stored = self.world.attempts.attempt_by_id(attempt_id)?;
        let frame = self.world.attempts.evidence(attempt_id)?;
        let broken = |what: &str| PipelineError::StoredEvidence {
            attempt_id: *attempt_id,
            what: what.to_owned(),
        };
        let stored = stored.ok_or_else(|| broken("no such attempt"))?;
        let frame = frame.ok_or_else(|| broken("no evidence"))?;
        let decision = stored.answer.ok_or_else(|| broken("no decision"))?;
        let evidence = Evidence::from_frame(*attempt_id, &frame)?;
        self.complete(&evidence, &decision, stored.opened_at)
    }

    /// The answer that a stored report stands for.
    pub(crate) fn verified(
        decision: Option<Vec<u8>>,
        report: Vec<u8>,
    ) -> Result<Answer, PipelineError> {
        let value = opened(contract::verification_report().open(&report))?;
        let outcome = match value.value().outcome {
            VerificationOutcome::Passed => Outcome::Registered,
            VerificationOutcome::Failed => Outcome::VerificationFailed,
        };
        let mut answer = Answer::new(outcome, decision);
        answer.report = Some(report);
        Ok(answer)
    }

    fn phase_four(
        &mut self,
        evidence: &Evidence,
        decision: &[u8],
        opened_at: Timestamp,
    ) -> Result<Vec<u8>, PipelineError> {
        let after = capture(&mut self.world, evidence, "after", 2)?;
        let mut evidence = evidence.clone();
        evidence.snapshots.push(after);
        let verdict = self.judge_after(&evidence, decision)?;
        let report = self.reread(&evidence, decision, &verdict, opened_at)?;
        tell(
            &mut self.world,
            Phase::Verify,
            "verification_report",
            &report,
        );
        let opened_report = opened(contract::verification_report().open(&report))?;
        if opened_report.value().outcome == VerificationOutcome::Failed {
            // The first report stands. Where somebody else stored one meanwhile, what is seen now is
            // a later change, and neither audited nor held as a failure of this write.
            if let Some(standing) = self.world.reports.report(&evidence.attempt.attempt_id)? {
                return Ok(standing);
            }
            self.record_failed_verification(&evidence, decision, &report)?;
        }
        self.world
            .observer
            .record(&evidence.attempt.attempt_id, &report, &verdict)?;
        Ok(report)
    }

    fn judge_after(
        &mut self,
        evidence: &Evidence,
        decision: &[u8],
    ) -> Result<Vec<u8>, PipelineError> {
        let snapshots = evidence.snapshots();
        let now = self.now();
        let verdict = validator_e::validate(&validator_e::Input {
            registration_decision: Some(decision),
            ..judged(evidence, &snapshots, now)
        })?;
        tell(&mut self.world, Phase::Verify, "verdict", &verdict);
        Ok(verdict)
    }

    fn reread(
        &mut self,
        evidence: &Evidence,
        decision: &[u8],
        verdict_after: &[u8],
        opened_at: Timestamp,
    ) -> Result<Vec<u8>, PipelineError> {
        let now = self.now();
        let registrar_principal = self.registrar_principal()?;
        Ok(verifier::verify(
            &mut self.world.committed,
            &verifier::Input {
                reported_decision: decision,
                owner_attestation: Evidence::need(
                    "owner_attestation",
                    evidence.owner_attestation.as_deref(),
                )?,
                artifact_attestation: Evidence::need(
                    "artifact_attestation",
                    evidence.artifact_attestation.as_deref(),
                )?,
                verdict: Evidence::need("verdict", evidence.verdict.as_deref())?,
                verdict_after,
                policy: &evidence.policy,
                attempt: verifier::Attempt {
                    attempt_id: evidence.attempt.attempt_id,
                    correlation_id: evidence.attempt.correlation_id,
                },
                attempt_opened_at: opened_at,
                registrar_principal: &registrar_principal,
                now,
            },
        )?)
    }

    /// Who the registrar is: the principal that its credential is bound to where the store
    /// authenticates one, the bare credential where nobody bound it, else the user it runs as.
    pub(crate) fn registrar_principal(&mut self) -> Result<String, PipelineError> {
        let credential = self.world.attempts.credential();
        let Some((channel, value)) = credential.split_once(':') else {
            return Ok(format!("os_uid:{}", self.world.process.uid));
        };
        let bound = AuthorityQuery::Binding { channel, value };
        let rows = self.world.authority.rows(bound)?;
        let mut active = rows.iter().filter(|row| row.status == RowStatus::Active);
        match (active.next(), active.next()) {
            (Some(row), None) => Ok(row
                .row
                .text("principal")
                .map_or(credential.clone(), str::to_owned)),
            _ => Ok(credential),
        }
    }

    /// A verification that failed is audited and its target held before it is answered.
    fn record_failed_verification(
        &mut self,
        evidence: &Evidence,
        decision: &[u8],
        report: &[u8],
    ) -> Result<(), PipelineError> {
        let value = opened(contract::verification_report().open(report))?;
        let codes: Vec<String> = value
            .value()
            .reject_codes
            .iter()
            .map(ToString::to_string)
            .collect();
        let codes: Vec<&str> = codes.iter().map(String::as_str).collect();
        let arrival = Arrival::open(&evidence.registration_request).map_err(PipelineError::Open)?;
        let snapshots = evidence.snapshots();
        let now = self.now();
        let audit = registrar::verification_failed(
            &mut self.world.sink,
            &VerificationFailure {
                arrival: &arrival,
                evidence: evidence.for_registrar(&snapshots),
                attempt: evidence.attempt,
                decision,
                report,
                codes: &codes,
                now,
            },
        )?;
        tell(&mut self.world, Phase::Audit, "failure_audit", &audit);
        Ok(())
    }
}

fn pending(decision: &[u8], error: &PipelineError) -> Answer {
    let mut answer = Answer::new(Outcome::Pending, Some(decision.to_vec()));
    answer.pending = Some(chain(error));
    answer
}

fn chain(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut source = error.source();
    while let Some(cause) = source {
        text.push_str(": ");
        text.push_str(&cause.to_string());
        source = cause.source();
    }
    text
}
