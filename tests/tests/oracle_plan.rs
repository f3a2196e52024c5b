//! `register --plan` is `register` minus the write: over generated situations the two agree on
//! outcome and ordered codes, and the plan leaves nothing behind.

#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "a test stops where what it rests on does not hold"
)]

use std::collections::BTreeMap;

use deployment::{AnyPipeline, Deployment, Unwatched};
use fastrand::Rng;
use holdfast_tests::acts::Acts;
use holdfast_tests::fixture::{Fixture, dot_code, seal};
use pipeline::{Answer, Outcome, Plan};
use records::Records;
use registrar::contract::registration_decision;
use serde_json::{Value, json};

/// How many situations are judged, and on how many targets.
const SITUATIONS: usize = 200;
const TARGETS: usize = 60;

/// What a caller may get wrong, or try.
const EDITS: [(&str, &str); 22] = [
    ("/request_proposed/actor", r#""olga""#),
    ("/request_proposed/actor", r#""nobody""#),
    ("/request_proposed/operation", r#""delete_dot""#),
    ("/request_proposed/operation", r#""reregister_dot""#),
    ("/request_proposed/artifact_hash", r#""sha256:00""#),
    ("/request_proposed/artifact_path", r#""/no/such/file""#),
    ("/request_proposed/artifact_path", r#""dots/*.sh""#),
    ("/request_proposed/artifact_type", r#""tree""#),
    ("/request_proposed/admission_ref", "null"),
    ("/request_proposed/admission_ref", r#""adm-none""#),
    ("/request_proposed/dot_code", r#""DOT_NONE""#),
    ("/request_proposed/dot_code", r#""DOT_1,DOT_2""#),
    ("/request_proposed/nonce", r#""n1.used""#),
    ("/request_proposed/run_id", r#""run-2""#),
    ("/header/key_id", r#""key-1""#),
    ("/header/trust_domain", r#""elsewhere""#),
    ("/header/audience", r#""somebody""#),
    ("/header/producer", r#""registrar""#),
    (
        "/header/attempt_id",
        r#""0197a3b2-7c1d-7e4f-8a90-1b2c3d4e5f60""#,
    ),
    ("/header/expires_at", r#""2026-01-01T00:00:00.000000Z""#),
    ("/header/issued_at", r#""2999-01-01T00:00:00.000000Z""#),
    ("/envelope_version", r#""2""#),
];

struct Scene {
    fixture: Fixture,
    acts: Acts,
    sent: Vec<Vec<u8>>,
    random: Rng,
}

impl Scene {
    fn new(seed: u64) -> Self {
        let fixture = Fixture::new(TARGETS);
        let acts = Acts::on(&fixture);
        Self {
            fixture,
            acts,
            sent: Vec::new(),
            random: Rng::with_seed(seed),
        }
    }

    /// Something happens to a target that was not touched yet, so that the act is always possible.
    fn act(&mut self, number: usize) -> &'static str {
        let (acts, code) = (&self.acts, dot_code(number));
        let file = self.fixture.dir.path().join(format!("dots/{number}.sh"));
        match self.random.u8(..10) {
            0 => acts.revoke_owner(&code),
            1 => acts.own(&code, "catalogue/dots"),
            2 => acts.supersede_approval("register_dot", &code),
            3 => acts.revoke("approval", &acts.approval("register_dot", &code)),
            4 => acts.vote(&acts.approval("register_dot", &code), "reject"),
            5 => acts.hold(&code),
            6 => acts.configure(&code, "autostart", authority::ConfigValue::Open),
            7 => acts.revoke("admission", &acts.one("admission", &[("dot_code", &code)])),
            8 => {
                std::fs::write(file, "#!/bin/sh\necho another\n").unwrap();
                return "the artifact changed";
            }
            _ => {
                std::fs::remove_file(file).unwrap();
                return "the artifact is gone";
            }
        };
        "the authority acted"
    }

    /// A request: fresh, changed, or one that was sent before, perhaps with something else in it.
    fn request(&mut self, number: usize) -> Vec<u8> {
        let random = &mut self.random;
        if !self.sent.is_empty() && random.u8(..100) < 25 {
            let earlier = random.choice(&self.sent).unwrap().clone();
            let mut again: Value = serde_json::from_slice(&earlier).unwrap();
            match random.u8(..4) {
                0 => return earlier,
                1 => again["attempt_no"] = json!(2),
                2 => again["request_proposed"]["run_id"] = json!("run-3"),
                _ => again["request_proposed"]["actor"] = json!("olga"),
            }
            return seal(again);
        }
        let edits = [0, 0, 0, 0, 1, 1, 1, 2][random.usize(..8)];
        let chosen: Vec<_> = (0..edits).map(|_| random.choice(EDITS).unwrap()).collect();
        self.fixture.request_with(number, |request| {
            for (pointer, value) in chosen {
                *request.pointer_mut(pointer).unwrap() = serde_json::from_str(value).unwrap();
            }
        })
    }
}

/// A pipeline that plans: its observer keeps nothing.
fn planner(fixture: &Fixture) -> AnyPipeline {
    let mut observer = fixture.observer_command();
    observer.arg("--keep-nothing");
    let deployment = Deployment::start(fixture.store.clone(), observer).unwrap();
    deployment.pipeline(Box::new(Unwatched)).unwrap()
}

fn foreseen(plan: &Plan) -> (String, Vec<String>) {
    let outcome = match &plan.outcome {
        Outcome::WouldRegister => Outcome::Registered,
        other => other.clone(),
    };
    (format!("{outcome:?}"), plan.reject_codes.clone())
}

fn answered(answer: &Answer) -> (String, Vec<String>) {
    let codes = match (&answer.outcome, &answer.decision) {
        (Outcome::Unopenable(refusal), _) => vec![refusal.code.to_owned()],
        (_, Some(decision)) => {
            let decision = registration_decision().open(decision).unwrap();
            decision
                .reject_codes
                .iter()
                .map(ToString::to_string)
                .collect()
        }
        (_, None) => Vec::new(),
    };
    (format!("{:?}", answer.outcome), codes)
}

#[test]
fn embedded_plan_and_register_agree_on_generated_situations() {
    let mut scene = Scene::new(1);
    let (mut planner, mut registrar) = (planner(&scene.fixture), scene.fixture.pipeline());
    let records = scene.fixture.records();
    let mut reached: BTreeMap<String, usize> = BTreeMap::new();
    let mut fresh = (0..TARGETS).rev().collect::<Vec<_>>();
    for situation in 0..SITUATIONS {
        let (mut number, mut what) = (scene.random.usize(..TARGETS), "nothing happened");
        if scene.random.u8(..100) < 30
            && let Some(target) = fresh.pop()
        {
            number = target;
            what = scene.act(target);
        }
        let request = scene.request(number);
        let audits = records.audit_count().unwrap();
        let plan = foreseen(&planner.plan(&request).unwrap());
        assert_eq!(
            records.audit_count().unwrap(),
            audits,
            "a plan is audited nowhere"
        );
        let answer = answered(&registrar.register(&request).unwrap());
        let shown = String::from_utf8_lossy(&request);
        assert_eq!(plan, answer, "situation {situation}, {what}: {shown}");
        for code in answer.1.iter().chain([&answer.0]) {
            *reached.entry(code.clone()).or_default() += 1;
        }
        scene.sent.push(request);
    }
    // Otherwise the two would agree on next to nothing.
    for due in [
        "Registered",
        "Replayed",
        "Rejected",
        "Hold",
        "REPLAY_ATTEMPT_NO_BYPASS",
        "ARTIFACT_DRIFT",
    ] {
        assert!(
            reached.contains_key(due),
            "{due} was not reached: {reached:?}"
        );
    }
    assert!(reached.len() > 20, "{reached:?}");
}
