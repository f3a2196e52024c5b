//! What the registrar answers, row by row of the table of spec section 3, to a request or evidence
//! that was edited and sealed again.
//!
//! An unknown outcome of a commit, the table's last row, is a store's to resolve and not in here.

use std::collections::BTreeMap;
use std::sync::LazyLock;

use canonical::{Digest, hash_bytes, tags, write};
use registrar::contract::{
    self as by, DecisionOutcome, RegistrationDecision,
    RejectCode::{
        self, AttemptInFlight, AuthorizationChangedSameEffectDuplicate, HeadExists,
        NonceReuseAuthorizationMismatch, NonceReuseDifferentEffect, NonceUnbound,
        ReplayAttemptNoBypass, ReplayDuplicate, ReplayNonceConsumed,
    },
};
use registrar::{KeyInput, Keys};
use serde_json::{Value, json};
use situations::Baseline;

use crate::edit;
use crate::resealed::{Edited, Frame, binding};

/// A registration that is there already, with the request that led to it.
const AGAIN: &str = include_str!("../baselines/intake-again.json");

/// The same request with all its evidence, before anything is there.
const DECIDE: &str = include_str!("../baselines/decide.json");

static INTAKE: LazyLock<Value> = LazyLock::new(|| serde_json::from_str(AGAIN).unwrap());

static EVIDENCE: LazyLock<Frame> = LazyLock::new(|| {
    let read = Baseline::read("decide", DECIDE).unwrap();
    Frame::of(read)
});

/// The keys of that evidence.
static KEYS: LazyLock<Keys> = LazyLock::new(|| keys(&EVIDENCE.edited(&[]).unwrap()).unwrap());

/// What is there already when the request comes.
#[derive(Clone, Copy, PartialEq)]
enum Past {
    /// Its nonce, by an attempt that ended.
    Ended(&'static str),
    /// Its nonce, by an attempt that is open.
    Open,
    /// Its effect, by an attempt with another nonce.
    Effect,
    /// A head of its target, of another effect.
    Head,
    /// An attempt with another nonce that wrote nothing.
    Nothing,
}

const AT_INTAKE: [Past; 3] = [Past::Ended("consumed"), Past::Open, Past::Ended("aborted")];

const AT_RESERVATION: [Past; 4] = [Past::Effect, Past::Head, Past::Nothing, Past::Open];

/// The byte that is left over by edits of four says which row of the table is asked.
pub(crate) fn answer_table(bytes: &[u8]) {
    let row = *bytes.chunks_exact(4).remainder().first().unwrap_or(&0);
    let row = usize::from(row) % (AT_INTAKE.len() + AT_RESERVATION.len());
    if let Some(past) = AT_INTAKE.get(row) {
        at_intake(*past, bytes);
    } else {
        at_reservation(AT_RESERVATION[row - AT_INTAKE.len()], bytes);
    }
}

fn at_intake(past: Past, bytes: &[u8]) {
    let mut frame = INTAKE.clone();
    let stored = frame["registration_request"].clone();
    let prior = frame["world"]["attempts"][0]["answer"].clone();
    set_state(&mut frame["world"]["attempts"][0], past);
    let request = &mut frame["registration_request"];
    edit::apply(request, bytes);
    seal(request);
    let request = request.clone();
    let Some(answer) = answered(&frame) else {
        assert_ne!(request, stored, "an exact retry is answered");
        return;
    };
    let opened = by::registration_request().open_request(&written(&request));
    // What counts from 1 is no matter of the schema.
    if opened.is_err() || request["attempt_no"] == 0 {
        assert_eq!(decision(&answer).outcome, DecisionOutcome::Rejected);
        return;
    }
    let nonce = "/request_proposed/nonce";
    if request.pointer(nonce) != stored.pointer(nonce) {
        assert_eq!(answer, written(&request), "a fresh nonce goes on");
    } else if request != stored {
        reused(&decision(&answer), &stored, &request, past);
    } else if past == Past::Open {
        refused(&decision(&answer), &[AttemptInFlight]);
    } else {
        assert_eq!(answer, written(&prior), "the prior decision, byte for byte");
    }
}

/// A used nonce beside something else: exactly the codes of what differs, and its name.
fn reused(decision: &RegistrationDecision, stored: &Value, request: &Value, past: Past) {
    let members = differing(stored, request);
    let named: Vec<&str> = decision.differing_members.iter().map(|it| &**it).collect();
    assert_eq!(named, members);
    assert_eq!(decision.prior_decision.is_none(), past == Past::Open);
    if members == ["attempt_no"] {
        return refused(decision, &[ReplayAttemptNoBypass]);
    }
    let proposed = &request["request_proposed"];
    let of_effect = ["actor", "nonce", "run_id"];
    let mut proposals = members
        .iter()
        .filter_map(|it| it.strip_prefix("request_proposed."));
    let nonce = proposed["nonce"].as_str().unwrap();
    let hash = proposed["artifact_hash"].as_str().unwrap();
    let is_bound = nonce.ends_with(&binding(proposed).to_hex()) && hash.parse::<Digest>().is_ok();
    let due = [
        (!is_bound, NonceUnbound),
        (true, ReplayNonceConsumed),
        (
            proposals.any(|it| !of_effect.contains(&it)),
            NonceReuseDifferentEffect,
        ),
        (
            members.contains(&"request_proposed.actor".to_owned()),
            NonceReuseAuthorizationMismatch,
        ),
    ];
    let due: Vec<RejectCode> = due.into_iter().filter(|it| it.0).map(|it| it.1).collect();
    refused(decision, &due);
}

/// The paths at which two requests differ; the hash over them follows.
fn differing(one: &Value, other: &Value) -> Vec<String> {
    let (mut left, mut right) = (BTreeMap::new(), BTreeMap::new());
    flatten(String::new(), one, &mut left);
    flatten(String::new(), other, &mut right);
    let paths = left
        .keys()
        .filter(|path| left.get(*path) != right.get(*path));
    let paths = paths.filter(|path| *path != "header.evidence_hash");
    paths.cloned().collect()
}

fn flatten(path: String, value: &Value, into: &mut BTreeMap<String, Value>) {
    if let Value::Object(members) = value {
        for (name, member) in members {
            let dot = if path.is_empty() { "" } else { "." };
            flatten(format!("{path}{dot}{name}"), member, into);
        }
    } else {
        into.insert(path, value.clone());
    }
}

fn at_reservation(past: Past, bytes: &[u8]) {
    let Some(edited) = EVIDENCE.edited(bytes) else {
        return;
    };
    let mut frame: Value = serde_json::from_str(&edited.texts.frame(None)).unwrap();
    put(past, &mut frame["world"]);
    let Some(answer) = answered(&frame) else {
        assert!(!edited.is_untouched(), "what real blocks made is answered");
        return;
    };
    let decision = decision(&answer);
    let Some(now) = keys(&edited) else {
        assert_ne!(decision.outcome, DecisionOutcome::Registered);
        return;
    };
    let is_same_effect = now.effect_identity == KEYS.effect_identity;
    if decision.outcome == DecisionOutcome::Registered {
        assert_eq!(decision.replay_key, Some(now.replay_key));
        assert_eq!(decision.effect_identity, Some(now.effect_identity));
        assert!(
            !(past == Past::Effect && is_same_effect),
            "one effect, once"
        );
    }
    if !edited.is_untouched() {
        return;
    }
    match past {
        Past::Effect => refused(&decision, &[ReplayDuplicate]),
        Past::Head => refused(&decision, &[HeadExists]),
        Past::Open => refused(&decision, &[AttemptInFlight]),
        Past::Nothing | Past::Ended(_) => {
            assert_eq!(
                decision.outcome,
                DecisionOutcome::Registered,
                "{decision:?}"
            );
        }
    }
    if past == Past::Effect {
        changed_authority(frame);
    }
}

/// The effect again, where the earlier one rested on another scope.
fn changed_authority(mut frame: Value) {
    let attempt = &mut frame["world"]["attempts"][0];
    let owner = &mut attempt["evidence"]["owner_attestation"];
    owner["trusted_attested"]["scope"] = json!("elsewhere");
    seal(owner);
    let answer = answered(&frame).unwrap();
    let due = [ReplayDuplicate, AuthorizationChangedSameEffectDuplicate];
    refused(&decision(&answer), &due);
}

/// Puts into a world what is there already.
fn put(past: Past, world: &mut Value) {
    let mut attempt = INTAKE["world"]["attempts"][0].clone();
    attempt["attempt_id"] = json!("01a1ff55-991f-716c-b3ab-000000000000");
    set_state(&mut attempt, past);
    if past != Past::Open {
        let request = &mut attempt["request"];
        let nonce = request["request_proposed"]["nonce"].as_str().unwrap();
        let other = nonce.replace("e3ac570a130b", "000000000000");
        assert_ne!(nonce, other);
        request["request_proposed"]["nonce"] = json!(other);
        seal(request);
        attempt["replay_key"] = json!(Digest::UNSEALED);
    }
    let evidence: Value = serde_json::from_str(DECIDE).unwrap();
    attempt["evidence"] = json!({"owner_attestation": evidence["owner_attestation"]});
    if past == Past::Effect || past == Past::Head {
        world["heads"] = INTAKE["world"]["heads"].clone();
    }
    if past != Past::Head {
        world["attempts"] = json!([attempt]);
    }
}

fn set_state(attempt: &mut Value, past: Past) {
    let (state, answer) = match past {
        Past::Ended(state) => (state, attempt["answer"].clone()),
        Past::Open => ("reserved", Value::Null),
        Past::Effect | Past::Head => ("consumed", attempt["answer"].clone()),
        Past::Nothing => ("aborted", attempt["answer"].clone()),
    };
    attempt["state"] = json!(state);
    attempt["answer"] = answer;
}

/// The keys of what the envelopes attest, where they do.
fn keys(edited: &Edited) -> Option<Keys> {
    let text = |slot: &str| edited.texts.slot(slot).unwrap_or_default().as_bytes();
    let policy = by::policy().open(text("policy")).ok()?;
    let request = by::registration_request()
        .open(text("registration_request"))
        .ok()?;
    let owner = by::owner_attestation()
        .open(text("owner_attestation"))
        .ok()?;
    let artifact = by::artifact_attestation()
        .open(text("artifact_attestation"))
        .ok()?;
    let input = KeyInput {
        owner: owner.trusted_attested.as_ref()?,
        artifact: artifact.trusted_attested.as_ref()?,
        nonce: &request.request_proposed.nonce,
        run_id: &request.request_proposed.run_id,
        protocol_version: &policy.protocol_version,
        policy_ref: policy.evidence_hash(),
    };
    Keys::of(&input).ok()
}

/// The answer, which is the same for the same frame.
fn answered(frame: &Value) -> Option<Vec<u8>> {
    let frame = serde_json::to_vec(frame).unwrap();
    let answer = registrar::filter(&frame).ok();
    assert_eq!(registrar::filter(&frame).ok(), answer);
    answer
}

fn decision(answer: &[u8]) -> RegistrationDecision {
    let opened = by::registration_decision().open(answer);
    opened.unwrap().into_value()
}

#[track_caller]
fn refused(decision: &RegistrationDecision, codes: &[RejectCode]) {
    assert_eq!(decision.outcome, DecisionOutcome::Rejected);
    assert_eq!(&*decision.reject_codes, codes);
}

fn written(value: &Value) -> Vec<u8> {
    write(value).unwrap_or_default()
}

/// Makes the evidence hash fit again.
fn seal(envelope: &mut Value) {
    let kind = envelope["envelope_type"].as_str().unwrap_or_default();
    let tag = tags::evidence(kind);
    let Some(hash) = envelope.pointer_mut("/header/evidence_hash") else {
        return;
    };
    *hash = Value::Null;
    let Ok(bytes) = write(envelope) else {
        return;
    };
    envelope["header"]["evidence_hash"] = json!(hash_bytes(&tag, &bytes));
}
