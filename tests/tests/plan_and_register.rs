//! `register --plan` is `register` minus the write: over generated situations the two agree on
//! outcome and ordered codes, and the plan leaves nothing behind.

#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "a test stops where what it rests on does not hold"
)]

use std::collections::BTreeMap;
use std::env;

use deployment::{AnyPipeline, Deployment, Unwatched};
use fastrand::Rng;
use holdfast_tests::acts::Acts;
use holdfast_tests::answered::{json as read, texts};
use holdfast_tests::fixture::{Fixture, dot_code, seal};
use holdfast_tests::interjection::{Interjection, Moment};
use holdfast_tests::kind::Kind;
use pipeline::{Answer, Outcome, Phase, Plan};
use records::Records;
use serde_json::{Value, json};

/// Name the seed and how many situations are judged, where others than the usual ones are wanted.
const SEED: &str = "HOLDFAST_TEST_SEED";
const SITUATIONS: &str = "HOLDFAST_TEST_SITUATIONS";

/// The usual seed, and the usual number of situations on a store of each kind.
const USUAL_SEED: u64 = 1;
const USUAL_IN_FILE: usize = 200;
const USUAL_ON_SERVER: usize = 60;

/// The most targets that they are about.
const TARGETS_MAX: usize = 60;

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
    fn new(seed: u64, targets: usize) -> Self {
        let fixture = Fixture::new(targets);
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
    let deployment = deployment.planning();
    deployment.pipeline(Box::new(Unwatched)).unwrap()
}

fn foreseen(plan: &Plan) -> (String, Vec<String>) {
    let outcome = match &plan.outcome {
        Outcome::WouldRegister => Outcome::Registered,
        other => other.clone(),
    };
    (format!("{outcome:?}"), plan.reject_codes.clone())
}

/// The outcome, and the codes of the report where it refutes the decision, else of the decision.
fn answered(answer: &Answer) -> (String, Vec<String>) {
    let codes = |envelope: &Option<Vec<u8>>| {
        let envelope = read(envelope.as_ref().unwrap());
        texts(&envelope, "/reject_codes")
    };
    let codes = match &answer.outcome {
        Outcome::VerificationFailed => codes(&answer.report),
        _ => codes(&answer.decision),
    };
    (format!("{:?}", answer.outcome), codes)
}

/// A number that the environment names, or the usual one.
fn asked<T: std::str::FromStr>(name: &str, usual: T) -> T {
    let named = env::var(name).ok().filter(|text| !text.is_empty());
    named.map_or(usual, |text| text.parse().ok().unwrap())
}

#[test]
fn plan_and_register_agree_on_generated_situations() {
    let usual = match Kind::asked() {
        Kind::Sqlite => USUAL_IN_FILE,
        Kind::Postgres => USUAL_ON_SERVER,
    };
    let (seed, situations) = (asked(SEED, USUAL_SEED), asked(SITUATIONS, usual));
    let reached = compare(seed, situations);
    if (seed, situations) != (USUAL_SEED, usual) {
        return;
    }
    // Otherwise the two would agree on next to nothing.
    let mut due = vec!["Registered", "Rejected", "Hold", "VerificationFailed"];
    if situations == USUAL_IN_FILE {
        due.extend(["Replayed", "REPLAY_ATTEMPT_NO_BYPASS", "ARTIFACT_DRIFT"]);
        assert!(reached.len() > 20, "{reached:?}");
    }
    for due in due {
        let is_reached = reached.contains_key(due);
        assert!(is_reached, "{due} was not reached: {reached:?}");
    }
}

/// Plans and registers in each situation; gives what the answers were, and how often.
fn compare(seed: u64, situations: usize) -> BTreeMap<String, usize> {
    let targets = situations.clamp(1, TARGETS_MAX);
    let mut scene = Scene::new(seed, targets);
    let (mut planner, mut registrar) = (planner(&scene.fixture), scene.fixture.pipeline());
    let records = scene.fixture.records();
    let mut reached: BTreeMap<String, usize> = BTreeMap::new();
    let mut fresh = (0..targets).rev().collect::<Vec<_>>();
    for situation in 0..situations {
        let (mut number, mut what) = (scene.random.usize(..targets), "nothing happened");
        if scene.random.u8(..100) < 30
            && let Some(target) = fresh.pop()
        {
            number = target;
            what = scene.act(target);
        }
        let is_unverifiable = scene.random.u8(..100) < 10;
        if is_unverifiable {
            scene.acts.set_verifier(Some(&dot_code(number)));
            what = "the verifier was made for one target";
        }
        let request = scene.request(number);
        let audits = records.audit_count().unwrap();
        let plan = foreseen(&planner.plan(&request).unwrap());
        let audited = records.audit_count().unwrap();
        assert_eq!(audited, audits, "a plan is audited nowhere");
        let answer = answered(&registrar.register(&request).unwrap());
        let again = format!("{SEED}={seed} {SITUATIONS}={situations}");
        let shown = String::from_utf8_lossy(&request);
        assert_eq!(
            plan, answer,
            "{again}, situation {situation}, {what}: {shown}"
        );
        if is_unverifiable {
            scene.acts.set_verifier(None);
        }
        for code in answer.1.iter().chain([&answer.0]) {
            *reached.entry(code.clone()).or_default() += 1;
        }
        scene.sent.push(request);
    }
    reached
}

/// The exception, and no wider: the write is as foreseen, and only what compares the target before and
/// after it fails, for what happened in between.
#[test]
fn only_what_the_write_shows_is_not_foreseen() {
    let fixture = Fixture::new(1);
    let (request, acts) = (fixture.request(0), Acts::on(&fixture));
    let mut planner = planner(&fixture);
    let plan = planner.plan(&request).unwrap();
    assert_eq!(plan.outcome, Outcome::WouldRegister);
    let act = move || drop(acts.own(&dot_code(0), "elsewhere"));
    let watcher = Interjection::new(Moment::Before(Phase::Write), act).boxed();
    let mut registrar = fixture.deployment().pipeline(watcher).unwrap();
    let answer = registrar.register(&request).unwrap();
    assert_eq!(answer.outcome, Outcome::VerificationFailed);
    let decision = read(answer.decision.as_ref().unwrap());
    assert_eq!(decision["outcome"], "registered");
    assert_eq!(texts(&decision, "/reject_codes"), plan.reject_codes);
    let report = read(answer.report.as_ref().unwrap());
    let conditions = report["conditions"].as_array().unwrap().iter();
    let failed = conditions.filter(|condition| condition["outcome"] == "failed");
    let failed: Vec<&Value> = failed.map(|condition| &condition["id"]).collect();
    assert_eq!(failed, ["verify.second_verdict"]);
    // From then on it is known.
    let retried = foreseen(&planner.plan(&request).unwrap());
    assert_eq!(retried, answered(&answer));
    assert_eq!(
        retried.1,
        ["SNAPSHOT_UNEXPECTED_CHANGE", "VERIFICATION_FAILED"]
    );
}
