//! One scenario on one store.

use std::sync::mpsc::channel;
use std::thread;
use std::time::Duration;

use audit_log::{Inconsistency, TreeHead};
use canonical::Nonce;
use conformance::{Case, Change, Outcome as Due};
use deployment::Unwatched;
use holdfast_tests::acts::Acts;
use holdfast_tests::answered::{self, assert_prior_attached, edited, json, texts};
use holdfast_tests::fixture::{Fixture, must};
use holdfast_tests::interjection::{Interjection, Moment};
use holdfast_tests::ledger::Counts;
use holdfast_tests::runs::Run;
use pipeline::{Answer, Outcome, Phase, PipelineError};
use serde_json::{Value, json};

use crate::acts;
use crate::scenario::{Ends, Log, Register, Scenario};

/// What was asked and answered so far.
#[derive(Default)]
struct Past {
    requests: Vec<Vec<u8>>,
    answers: Vec<Result<Answer, PipelineError>>,
}

/// Runs a case's scenario: the last answer has its codes, and the store holds what it leaves.
pub(crate) fn answers(case: &Case, scenario: &Scenario, fixture: &Fixture) {
    let before = Counts::of(fixture);
    if scenario.checkpoint {
        let said = behind_its_checkpoint(fixture);
        assert_eq!(said, case.expect.codes, "{}", case.id);
    } else {
        let past = run(&case.id, scenario, fixture);
        if scenario.log.is_none() {
            answered_as_due(case, scenario, &past);
        }
    }
    let due = sum(before, scenario.leaves.counts());
    assert_eq!(Counts::of(fixture), due, "{}", case.id);
    // Whatever was refused, abandoned or held here, its record says one thing.
    let log = recomputed(fixture, None);
    assert!(log.is_ok(), "{}: {log:?}", case.id);
    if let Some(log) = &scenario.log {
        altered_log(case, log, fixture);
    }
}

fn answered_as_due(case: &Case, scenario: &Scenario, past: &Past) {
    let due = scenario.codes(case);
    assert_eq!(codes(past.answers.last()), due, "{}", case.id);
    let Some(prior) = scenario.prior else {
        return;
    };
    let decided = |place: usize| answered::bytes(must(past.answers[place].as_ref()));
    let last = past.answers.len() - 1;
    if case.expect.outcome == Some(Due::PriorDecision) {
        assert_eq!(decided(last), decided(prior), "{}", case.id);
    } else {
        assert_prior_attached(must(past.answers[last].as_ref()), &decided(prior));
    }
}

/// What is answered where the gate is held to a past that this store does not have.
///
/// `embedded_restored` and `server_restored` put stores back to their own.
fn behind_its_checkpoint(fixture: &Fixture) -> Vec<String> {
    let further = Fixture::new(1);
    answered::registered(&mut further.pipeline(), &further.request(0));
    let deployment = fixture.deployment();
    let deployment = deployment.held_to(Some(must(further.store.reached())));
    let mut pipeline = must(deployment.pipeline(Box::new(Unwatched)));
    let answer = pipeline.register(&fixture.request(0));
    assert_eq!(ends(&answer), Ends::Hold);
    codes(Some(&answer))
}

/// The log of a fixture's failure audits, recomputed.
fn recomputed(fixture: &Fixture, head: Option<TreeHead>) -> Result<TreeHead, Inconsistency> {
    let records = must(fixture.store.records());
    must(audit_log::verify(&records, head, |_, _| ()))
}

/// A log that was changed is refused with the case's codes, at the latest by the head it had before.
fn altered_log(case: &Case, log: &Log, fixture: &Fixture) {
    let head = must(recomputed(fixture, None));
    assert_eq!(recomputed(fixture, Some(head)), Ok(head), "{}", case.id);
    let kept = must(fixture.command(&["audit", "head"]).output()).stdout;
    must(std::fs::write(fixture.dir.path().join("head.json"), kept));
    for act in &log.acts {
        acts::act(fixture, act);
    }
    let alone = recomputed(fixture, None);
    let agrees = log.agrees_with_itself;
    assert_eq!(alone.is_ok(), agrees, "{}: {alone:?}", case.id);
    let refused = recomputed(fixture, Some(head));
    assert!(refused.is_err(), "{}: {refused:?}", case.id);
    let mut verify = fixture.command(&["audit", "verify", "--json", "--head", "head.json"]);
    assert_eq!(
        Run::of(&mut verify).reject_codes(),
        case.expect.codes,
        "{}",
        case.id
    );
}

/// Runs an accept twin: everything it asks is answered as it says, in the end with a registration.
pub(crate) fn runs(id: &str, twin: &Scenario, fixture: &Fixture) {
    let past = run(&format!("the accept twin of {id}"), twin, fixture);
    assert_eq!(codes(past.answers.last()), Vec::<String>::new(), "{id}");
}

fn run(id: &str, scenario: &Scenario, fixture: &Fixture) -> Past {
    let mut past = Past::default();
    let last = scenario.steps.len() - 1;
    for (place, step) in scenario.steps.iter().enumerate() {
        for act in &step.act {
            acts::act(fixture, act);
        }
        let Some(register) = &step.register else {
            continue;
        };
        let request = request(fixture, register, &past);
        thread::sleep(Duration::from_millis(register.wait_ms));
        let answer = register_with(fixture, register, &request);
        let due = if place == last {
            scenario.answer.unwrap_or(Ends::Rejected)
        } else {
            step.ends.unwrap_or(Ends::Registered)
        };
        assert_eq!(ends(&answer), due, "{id}: {:?}", codes(Some(&answer)));
        past.requests.push(request);
        past.answers.push(answer);
    }
    past
}

fn register_with(
    fixture: &Fixture,
    register: &Register,
    request: &[u8],
) -> Result<Answer, PipelineError> {
    let deployment = fixture.deployment();
    let Some(at) = &register.at else {
        return must(deployment.pipeline(Box::new(Unwatched))).register(request);
    };
    let (store, raw, kind) = (Acts::on(fixture), fixture.place.raw(), fixture.kind());
    let todo = register.acts.clone();
    let (sender, meanwhile) = channel();
    let mut again = register
        .meanwhile
        .then(|| (fixture.pipeline(), request.to_vec()));
    let act = move || {
        for act in &todo {
            acts::in_the_middle(&store, &raw, kind, act);
        }
        if let Some((pipeline, request)) = &mut again {
            must(sender.send(pipeline.register(request)));
        }
    };
    let watcher = Interjection::new(moment(at), act).boxed();
    let answer = must(deployment.pipeline(watcher)).register(request);
    if !register.meanwhile {
        return answer;
    }
    assert_eq!(ends(&answer), Ends::Registered);
    must(meanwhile.recv())
}

fn moment(at: &str) -> Moment {
    match at {
        "before write" => Moment::Before(Phase::Write),
        "after gate_report" => Moment::After("gate_report"),
        "after authority_readback" => Moment::After("authority_readback"),
        "after verdict" => Moment::After("verdict"),
        "after registration_decision" => Moment::After("registration_decision"),
        other => must(Err(format!("`{other}` is no moment"))),
    }
}

fn request(fixture: &Fixture, register: &Register, past: &Past) -> Vec<u8> {
    if let Some(raw) = &register.raw {
        return raw.clone().into_bytes();
    }
    let fresh = || fixture.request_with(0, |request| as_admitted(fixture, register, request));
    let request = match register.same_as {
        Some(earlier) => past.requests[earlier].clone(),
        None => fresh(),
    };
    if register.request.is_empty() {
        return request;
    }
    let tampers = |change: &Change| matches!(change, Change::Tamper { .. });
    let sealed = edited(&request, |request| {
        for change in register.request.iter().filter(|change| !tampers(change)) {
            set(fixture, request, change);
        }
    });
    let mut tampered = json(&sealed);
    for change in register.request.iter().filter(|change| tampers(change)) {
        set(fixture, &mut tampered, change);
    }
    must(canonical::write(&tampered))
}

/// For what the fixture's first target is admitted as now, and not when the fixture was made.
fn as_admitted(fixture: &Fixture, register: &Register, request: &mut Value) {
    if !register.admitted {
        return;
    }
    let acts = Acts::on(fixture);
    let row_key = acts.one("admission", &[("dot_code", "DOT_0")]);
    let artifact_hash = must(acts.row("admission", &row_key).digest("artifact_hash"));
    let proposed = &mut request["request_proposed"];
    proposed["admission_ref"] = json!(row_key);
    proposed["artifact_hash"] = json!(artifact_hash);
    proposed["nonce"] = json!(nonce(0, "register_dot", "dot:DOT_0", &artifact_hash));
}

fn set(fixture: &Fixture, request: &mut Value, change: &Change) {
    let (Change::Set { path, value } | Change::Tamper { path, value }) = change else {
        must(Err(format!("{change:?} changes no request")))
    };
    let value = match value.as_str().and_then(|text| text.strip_prefix('@')) {
        Some(made) => made_now(fixture, made),
        None => value.clone(),
    };
    let (parent, member) = must(path.rsplit_once('/').ok_or("no path"));
    must(request.pointer_mut(parent).ok_or("no parent"))[member] = value;
}

/// What a case cannot write down because it is of this moment and this fixture.
fn made_now(fixture: &Fixture, made: &str) -> Value {
    if let Some(instant) = made_when(made) {
        return instant;
    }
    let words: Vec<&str> = made.split(' ').collect();
    let hash = |place: &str| fixture.targets[must(place.parse::<usize>())].artifact_hash;
    match words.as_slice() {
        ["path", file] => {
            let root = must(fixture.dir.path().canonicalize());
            json!(format!("{}/{file}", root.display()))
        }
        ["nonce", operation, target, of] => json!(nonce(0, operation, target, &hash(of))),
        ["nonce-at", offset, operation, target, of] => {
            json!(nonce(must(offset.parse()), operation, target, &hash(of)))
        }
        ["nonce-of", artifact_hash] => {
            let artifact_hash = must(artifact_hash.parse());
            json!(nonce(0, "register_dot", "dot:DOT_0", &artifact_hash))
        }
        _ => must(Err(format!("`{made}` cannot be made"))),
    }
}

/// The instant that `now` and some milliseconds name.
pub(crate) fn made_when(made: &str) -> Option<Value> {
    let offset = made.strip_prefix("now")?.strip_suffix("ms")?;
    Some(json!(instant(must(offset.parse()))))
}

/// Now and some milliseconds, of either sign.
fn instant(offset: i64) -> canonical::Timestamp {
    let now = embedded::edge::now();
    must(canonical::Timestamp::from_micros(
        now.micros() + offset * 1000,
    ))
}

fn nonce(offset: i64, operation: &str, target: &str, hash: &canonical::Digest) -> String {
    let mut id = *embedded::edge::fresh_id().as_bytes();
    let millis = instant(offset).micros() / 1000;
    id[..6].copy_from_slice(&millis.to_be_bytes()[2..]);
    must(Nonce::mint(id, operation, target, hash)).to_string()
}

fn ends(answer: &Result<Answer, PipelineError>) -> Ends {
    let Ok(answer) = answer else {
        return Ends::Error;
    };
    match &answer.outcome {
        Outcome::Registered => Ends::Registered,
        Outcome::Replayed => Ends::Replayed,
        Outcome::Rejected => Ends::Rejected,
        Outcome::Hold => Ends::Hold,
        Outcome::VerificationFailed => Ends::VerificationFailed,
        Outcome::Unopenable(_) => Ends::Unopenable,
        other @ (Outcome::Pending | Outcome::WouldRegister) => {
            must(Err(format!("{other:?} ends no registration")))
        }
    }
}

/// The codes of an answer: of the report where there is one that failed, else of the decision.
fn codes(answer: Option<&Result<Answer, PipelineError>>) -> Vec<String> {
    match must(answer.ok_or("nothing was registered")) {
        Err(PipelineError::Registrar(error)) => {
            error.codes().iter().map(ToString::to_string).collect()
        }
        Err(error) => must(Err(error)),
        Ok(answer) => match (&answer.outcome, &answer.report) {
            (Outcome::VerificationFailed, Some(report)) => texts(&json(report), "/reject_codes"),
            _ => answered::codes(answer),
        },
    }
}

fn sum(before: Counts, added: Counts) -> Counts {
    Counts {
        reserved: before.reserved + added.reserved,
        consumed: before.consumed + added.consumed,
        aborted: before.aborted + added.aborted,
        ledger: before.ledger + added.ledger,
        catalogue: before.catalogue + added.catalogue,
        heads: before.heads + added.heads,
        decisions: before.decisions + added.decisions,
        audits: before.audits + added.audits,
        reports: before.reports + added.reports,
    }
}
