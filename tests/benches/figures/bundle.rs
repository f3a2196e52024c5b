//! One real registration's envelopes, taken down while the pipeline makes them.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};

use artifact_resolver_f::port::Progress;
use canonical::Timestamp;
use deployment::BatchOptions;
use holdfast_tests::fixture::{Fixture, must};
use pipeline::{Event, Outcome, Trace};
use serde_json::Value;
use validator_e::{Attempt, Input, VerdictStage};

use crate::many::deployment;

type Envelopes = BTreeMap<&'static str, Vec<Vec<u8>>>;

/// What one registration produced.
pub(crate) struct Bundle {
    request: Vec<u8>,
    policy: Vec<u8>,
    produced: Envelopes,
    attempt: Attempt,
}

#[derive(Clone, Default)]
struct Scribe(Arc<Mutex<Envelopes>>);

impl Trace for Scribe {
    fn event(&mut self, event: Event<'_>) {
        if let Event::Produced { slot, envelope, .. } = event {
            let mut produced = self.0.lock().unwrap_or_else(PoisonError::into_inner);
            produced.entry(slot).or_default().push(envelope.to_vec());
        }
    }
}

impl Progress for Scribe {
    fn advanced(&mut self, _: u64, _: u64) {}
}

impl Bundle {
    /// Registers one target and keeps every envelope of it.
    pub(crate) fn of_one_registration(program: &Path) -> Self {
        let fixture = Fixture::new(1);
        let deployment = deployment(program, &fixture, BatchOptions::default());
        let scribe = Scribe::default();
        let mut pipeline = must(deployment.pipeline(Box::new(scribe.clone())));
        let request = fixture.request(0);
        let answer = must(pipeline.register(&request));
        must(match answer.outcome {
            Outcome::Registered => Ok(()),
            other => Err(format!("not registered but {other:?}")),
        });
        let view = must(pipeline.gate());
        let produced =
            std::mem::take(&mut *scribe.0.lock().unwrap_or_else(PoisonError::into_inner));
        let decision = produced
            .get("registration_decision")
            .and_then(|all| Some(all.first()?.as_slice()));
        let attempt = attempt_of(must(decision.ok_or("no decision")));
        Self {
            request,
            policy: must(view.policy.ok_or("no policy")),
            produced,
            attempt,
        }
    }

    /// The first envelope of a slot.
    pub(crate) fn one(&self, slot: &str) -> &[u8] {
        let first = self.all(slot).first();
        must(first.map(Vec::as_slice).ok_or(slot))
    }

    /// Every envelope of a slot, in the order in which they were made.
    pub(crate) fn all(&self, slot: &str) -> &[Vec<u8>] {
        self.produced.get(slot).map_or(&[], Vec::as_slice)
    }

    /// What the validator is given, judged as it was then.
    pub(crate) fn input<'a>(&'a self, stage: VerdictStage, snapshots: &'a [&'a [u8]]) -> Input<'a> {
        let after = stage == VerdictStage::AfterWrite;
        Input {
            stage,
            registration_request: &self.request,
            owner_attestation: Some(self.one("owner_attestation")),
            artifact_attestation: Some(self.one("artifact_attestation")),
            snapshots,
            authority_readback: Some(self.one("authority_readback")),
            integration: Some(self.one("integration")),
            verdict: after.then(|| self.one("verdict")),
            registration_decision: after.then(|| self.one("registration_decision")),
            policy: Some(&self.policy),
            attempt: self.attempt,
            now: self.judged_at(usize::from(after)),
        }
    }

    fn judged_at(&self, run: usize) -> Timestamp {
        let verdict = must(self.all("verdict").get(run).ok_or("no verdict"));
        let verdict: Value = must(serde_json::from_slice(verdict));
        let at = verdict.get("evaluated_at").and_then(Value::as_str);
        must(must(at.ok_or("no instant")).parse())
    }

    /// The captures of a stage.
    pub(crate) fn snapshots(&self, stage: VerdictStage) -> Vec<&[u8]> {
        let count = match stage {
            VerdictStage::BeforeWrite => 1,
            VerdictStage::AfterWrite => 2,
        };
        let snapshots = self.all("snapshot").iter().take(count);
        snapshots.map(Vec::as_slice).collect()
    }
}

fn attempt_of(decision: &[u8]) -> Attempt {
    let decision: Value = must(serde_json::from_slice(decision));
    let member = |name: &str| {
        let text = decision.pointer(&format!("/header/{name}"));
        must(text.and_then(Value::as_str).ok_or("no attempt")).to_owned()
    };
    Attempt {
        attempt_id: must(member("attempt_id").parse()),
        correlation_id: must(member("correlation_id").parse()),
    }
}
