//! Bundles: what a store keeps of a decision verifies without the store, and nothing else does.

#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "a test stops where what it rests on does not hold"
)]

use bundle::{Bundle, CheckOutcome, Slot, Verification, find, gather, verify};
use canonical::{hash, tags};
use holdfast_tests::acts::Acts;
use holdfast_tests::fixture::{Fixture, dot_code};
use pipeline::Outcome;
use serde_json::{Value, json};

/// A fixture with one registration, and its bundle.
fn registered() -> (Fixture, Vec<u8>) {
    let fixture = Fixture::new(1);
    let answer = fixture.pipeline().register(&fixture.request(0)).unwrap();
    assert_eq!(answer.outcome, Outcome::Registered);
    let bytes = exported(&fixture, &dot_code(0));
    (fixture, bytes)
}

fn exported(fixture: &Fixture, key: &str) -> Vec<u8> {
    let records = fixture.records();
    let found = find(&records, key).unwrap().unwrap();
    gather(&records, &found).unwrap().write().unwrap()
}

fn failed(bytes: &[u8]) -> Option<&'static str> {
    verify(bytes)
        .first_inconsistency()
        .map(|(check, _)| check.id)
}

#[test]
fn registration_verifies_from_its_bundle_alone_by_each_of_its_names() {
    let (fixture, bytes) = registered();
    let verification = verify(&bytes);
    assert!(
        verification.is_consistent(),
        "{:?}",
        verification.first_inconsistency()
    );
    assert_eq!(verification.outcome.as_deref(), Some("registered"));
    let not_there = verification.checks.iter();
    let not_there = not_there.filter(|check| check.outcome == CheckOutcome::NotThere);
    let not_there: Vec<_> = not_there.map(|check| check.id).collect();
    assert_eq!(not_there, ["failures"], "a success has no failure audit");

    let (bundle, _) = Bundle::read(&bytes).unwrap();
    let decision = bundle.envelope(Slot::RegistrationDecision).unwrap();
    let decision: Value = serde_json::from_slice(decision).unwrap();
    let request: Value =
        serde_json::from_slice(bundle.envelope(Slot::RegistrationRequest).unwrap()).unwrap();
    for key in [
        &decision["replay_key"],
        &decision["header"]["attempt_id"],
        &request["request_proposed"]["nonce"],
    ] {
        assert_eq!(exported(&fixture, key.as_str().unwrap()), bytes, "{key}");
    }
    let statement: Value = serde_json::from_slice(&bytes).unwrap();
    assert_eq!(statement["_type"], "https://in-toto.io/Statement/v1");
    assert_eq!(statement["subject"][0]["name"], fixture.targets[0].path);
    let digest = format!(
        "sha256:{}",
        statement["subject"][0]["digest"]["sha256"]
            .as_str()
            .unwrap()
    );
    assert_eq!(digest, fixture.targets[0].artifact_hash.to_string());
}

#[test]
fn refusal_before_and_after_a_reservation_verify_too() {
    let fixture = Fixture::new(2);
    let acts = Acts::on(&fixture);
    acts.revoke_owner(&dot_code(0));
    acts.configure(&dot_code(1), "autostart", authority::ConfigValue::Open);
    for (number, state) in [(0, None), (1, Some("aborted"))] {
        let answer = fixture
            .pipeline()
            .register(&fixture.request(number))
            .unwrap();
        assert_eq!(answer.outcome, Outcome::Rejected);
        let bytes = exported(&fixture, &dot_code(number));
        let verification = verify(&bytes);
        assert!(
            verification.is_consistent(),
            "{number}: {:?}",
            verification.first_inconsistency()
        );
        assert_eq!(verification.outcome.as_deref(), Some("rejected"));
        let (bundle, _) = Bundle::read(&bytes).unwrap();
        assert_eq!(bundle.attempt.state.as_deref(), state);
        assert_eq!(bundle.failure_audits.len(), 1);
        assert_eq!(
            became(&verification, "verdict_before"),
            CheckOutcome::Held,
            "block E ran again"
        );
    }
}

fn became(verification: &Verification, id: &str) -> CheckOutcome {
    let mut checks = verification.checks.iter();
    checks.find(|check| check.id == id).unwrap().outcome.clone()
}

/// A fixture with two refusals of block E, and the bundle of each.
fn refused() -> (Fixture, [Vec<u8>; 2]) {
    // The gate holds where nothing has an owner any more.
    let fixture = Fixture::new(3);
    let acts = Acts::on(&fixture);
    for number in [0, 1] {
        acts.revoke_owner(&dot_code(number));
    }
    let bundles = [0, 1].map(|number| {
        let answer = fixture.pipeline().register(&fixture.request(number));
        assert_eq!(answer.unwrap().outcome, Outcome::Rejected);
        exported(&fixture, &dot_code(number))
    });
    (fixture, bundles)
}

#[test]
fn parts_of_two_refusals_make_none() {
    let (_fixture, [own, other]) = refused();
    let [own, other] = [own, other].map(|bytes| Bundle::read(&bytes).unwrap().0);
    assert_eq!(failed(&own.write().unwrap()), None);
    for (slot, due) in [
        (Slot::ArtifactAttestation, "subject"),
        (Slot::AuthorityReadback, "attempt"),
        (Slot::Integration, "attempt"),
        (Slot::OwnerAttestation, "attempt"),
        (Slot::RegistrationRequest, "request"),
        (Slot::SnapshotBefore, "attempt"),
        (Slot::Verdict, "attempt"),
    ] {
        let mut mixed = own.clone();
        let bytes = other.envelope(slot).unwrap().to_vec();
        mixed.envelopes.insert(slot, bytes);
        let found = failed(&mixed.write().unwrap());
        assert_eq!(found, Some(due), "{}", slot.name());
    }
    for slot in own.envelopes.keys() {
        let mut without = own.clone();
        without.envelopes.remove(slot);
        let found = failed(&without.write().unwrap());
        assert_eq!(found, Some("complete"), "without {}", slot.name());
    }
}

#[test]
fn refusal_for_other_reasons_than_the_verdicts_is_noticed() {
    let (_fixture, [own, _]) = refused();
    let (mut bundle, _) = Bundle::read(&own).unwrap();
    assert_eq!(failed(&bundle.write().unwrap()), None);
    // Decision and audit agree with each other, and every hash fits.
    let mut audit: Value = serde_json::from_slice(&bundle.failure_audits[0]).unwrap();
    audit["failed_checks"][0]["title"] = json!("another reason");
    let audit = sealed_again(audit).unwrap();
    let decision = bundle.envelope(Slot::RegistrationDecision).unwrap();
    let mut decision: Value = serde_json::from_slice(decision).unwrap();
    decision["failed_checks"] = audit["failed_checks"].clone();
    decision["failure_audit_envelope"]["evidence_hash"] = audit["header"]["evidence_hash"].clone();
    let decision = sealed_again(decision).unwrap().to_string();
    bundle
        .envelopes
        .insert(Slot::RegistrationDecision, decision.into_bytes());
    bundle.failure_audits[0] = audit.to_string().into_bytes();
    assert_eq!(failed(&bundle.write().unwrap()), Some("references"));
}

#[test]
fn refusal_at_intake_keeps_what_there_was_and_nothing_else_fits() {
    let fixture = Fixture::new(2);
    let request = fixture.request(0);
    let first = fixture.pipeline().register(&request).unwrap();
    assert_eq!(first.outcome, Outcome::Registered);
    let first: Value = serde_json::from_slice(&request).unwrap();
    let reused = fixture.request_with(1, |request| {
        request["request_proposed"]["nonce"] = first["request_proposed"]["nonce"].clone();
    });
    let answer = fixture.pipeline().register(&reused).unwrap();
    assert_eq!(answer.outcome, Outcome::Rejected);
    let bytes = exported(&fixture, &dot_code(1));
    let verification = verify(&bytes);
    assert!(
        verification.is_consistent(),
        "{:?}",
        verification.first_inconsistency()
    );
    assert_eq!(
        became(&verification, "verdict_before"),
        CheckOutcome::NotThere
    );
    let (own, _) = Bundle::read(&bytes).unwrap();
    let held: Vec<Slot> = own.envelopes.keys().copied().collect();
    assert_eq!(
        held,
        [
            Slot::GateReport,
            Slot::Policy,
            Slot::RegistrationDecision,
            Slot::RegistrationRequest
        ]
    );
    // A report of the gate that is another, whole in itself, is not the one that the audit names.
    let mut other: Value = serde_json::from_slice(own.envelope(Slot::GateReport).unwrap()).unwrap();
    other["header"]["issued_at"] = json!("2026-01-01T00:00:00.000000Z");
    let other = sealed_again(other).unwrap().to_string();
    let mut mixed = own;
    mixed.envelopes.insert(Slot::GateReport, other.into_bytes());
    assert_eq!(failed(&mixed.write().unwrap()), Some("failures"));
}

#[test]
fn verification_that_failed_is_part_of_a_consistent_bundle() {
    let fixture = Fixture::new(1);
    let rows = json!({"verifiers": [{"verifier_ref": "verifier/postcondition-1",
        "specific_target": "DOT_0", "description": "made for one target"}]});
    let file = authority::AuthorityFile::from_json(&rows.to_string()).unwrap();
    let mut writer = fixture.authority();
    authority::import(&mut writer, &file, &mut |_| Err("no artifact".into())).unwrap();
    let answer = fixture.pipeline().register(&fixture.request(0)).unwrap();
    assert_eq!(answer.outcome, Outcome::VerificationFailed);
    let verification = verify(&exported(&fixture, &dot_code(0)));
    assert!(
        verification.is_consistent(),
        "{:?}",
        verification.first_inconsistency()
    );
}

/// Every leaf of a document, as a pointer.
fn leaves(value: &Value, pointer: String, found: &mut Vec<String>) {
    match value {
        Value::Array(items) if !items.is_empty() => {
            for (place, item) in items.iter().enumerate() {
                leaves(item, format!("{pointer}/{place}"), found);
            }
        }
        Value::Object(members) if !members.is_empty() => {
            for (name, member) in members {
                let name = name.replace('~', "~0").replace('/', "~1");
                leaves(member, format!("{pointer}/{name}"), found);
            }
        }
        _ => found.push(pointer),
    }
}

/// Another value of the same kind, so that schemas mostly still hold.
fn other(value: &Value) -> Value {
    match value {
        Value::Null => {
            json!("sha256:0000000000000000000000000000000000000000000000000000000000000000")
        }
        Value::Bool(value) => json!(!value),
        Value::Number(number) => json!(number.as_u64().unwrap() + 1),
        Value::String(text) => {
            let mut characters: Vec<char> = text.chars().collect();
            match characters.last_mut() {
                // The last but one: a timestamp ends with `Z`.
                Some('Z') => {
                    let place = characters.len() - 2;
                    characters[place] = if characters[place] == '0' { '1' } else { '0' };
                }
                Some(last) => *last = if *last == '0' { '1' } else { '0' },
                None => characters.push('0'),
            }
            json!(characters.into_iter().collect::<String>())
        }
        Value::Array(_) => json!([null]),
        Value::Object(_) => json!({"0": null}),
    }
}

fn changed(statement: &Value, pointer: &str) -> Value {
    let mut statement = statement.clone();
    let place = statement.pointer_mut(pointer).unwrap();
    *place = other(place);
    statement
}

#[test]
fn each_leaf_that_is_another_is_noticed() {
    let (_fixture, bytes) = registered();
    let statement: Value = serde_json::from_slice(&bytes).unwrap();
    assert_eq!(
        statement.to_string().as_bytes(),
        bytes,
        "the bundle is canonical"
    );
    let mut pointers = Vec::new();
    leaves(&statement, String::new(), &mut pointers);
    assert!(pointers.len() > 500, "{}", pointers.len());
    for pointer in &pointers {
        let bytes = changed(&statement, pointer).to_string();
        assert!(
            failed(bytes.as_bytes()).is_some(),
            "{pointer} may be anything"
        );
    }
}

#[test]
fn each_byte_that_is_another_or_missing_is_noticed() {
    let (_fixture, bytes) = registered();
    for place in (0..bytes.len()).step_by(499) {
        let mut other = bytes.clone();
        other[place] ^= 1;
        assert!(failed(&other).is_some(), "byte {place}");
        other.remove(place);
        assert!(failed(&other).is_some(), "without byte {place}");
    }
    let mut longer = bytes;
    longer.push(b' ');
    assert_eq!(failed(&longer), Some("form"));
}

/// What nothing else holds the header of the last word to.
const OPEN_OF_A_HEADER: [&str; 8] = [
    "header/issued_at",
    "header/expires_at",
    "header/trust_domain",
    "header/audience",
    "header/producer",
    "header/source_refs",
    "header/key_id",
    "header/key_status_ref",
];

/// What no other part of a bundle refers to: whoever changes it and hashes it again is not noticed.
///
/// The report is the last word on a registration, and the store's record of the attempt is bound by
/// no envelope; both are the store's word, and `verify-bundle` says so.
fn is_uncovered(pointer: &str) -> bool {
    let attempt = ["closed_at", "opened_at"];
    let report = "/predicate/envelopes/verification_report/";
    let own = ["verified_at", "later_change"];
    let in_report = pointer.strip_prefix(report);
    in_report.is_some_and(|below| {
        OPEN_OF_A_HEADER.contains(&below)
            || own.contains(&below)
            || (below.starts_with("conditions/") && !below.ends_with("/outcome"))
    }) || attempt
        .iter()
        .any(|name| pointer == format!("/predicate/attempt/{name}"))
}

/// Whether a leaf lies in an item of a list that two like it come before: what is true of those is
/// true of it, and every verification runs block E twice.
fn is_repeated(pointer: &str) -> bool {
    pointer
        .split('/')
        .any(|step| step.parse::<u32>().is_ok_and(|place| place > 1))
}

/// An envelope with its own hash made to fit.
fn sealed_again(mut envelope: Value) -> Option<Value> {
    let kind = envelope.get("envelope_type")?.as_str()?.to_owned();
    *envelope.pointer_mut("/header/evidence_hash")? = Value::Null;
    let own = hash(&tags::evidence(&kind), &envelope).unwrap();
    *envelope.pointer_mut("/header/evidence_hash")? = json!(own);
    Some(envelope)
}

/// The bundle with the hashes of the changed envelope and of the whole made to fit.
fn resealed(mut statement: Value, pointer: &str) -> Option<String> {
    let slot = pointer.strip_prefix("/predicate/envelopes/");
    if let Some(slot) = slot.and_then(|below| below.split('/').next()) {
        let envelope = statement
            .pointer_mut(&format!("/predicate/envelopes/{slot}"))
            .unwrap();
        *envelope = sealed_again(envelope.take())?;
    }
    statement["predicate"]["bundle_hash"] = Value::Null;
    let whole = canonical::hash_bytes("holdfast/bundle/v1", statement.to_string().as_bytes());
    statement["predicate"]["bundle_hash"] = json!(whole);
    Some(statement.to_string())
}

/// The same of a refusal, whose last word is the decision: what it says of the reasons, the request
/// and the attempt is covered, the rest of it is the store's word.
fn is_uncovered_of_a_refusal(pointer: &str) -> bool {
    let decision = "/predicate/envelopes/registration_decision/";
    let in_decision = pointer.strip_prefix(decision);
    in_decision.is_some_and(|below| OPEN_OF_A_HEADER.contains(&below))
}

#[test]
fn each_leaf_that_is_hashed_again_is_noticed_but_for_the_last_word() {
    let (_fixture, bytes) = registered();
    only_the_last_word_is_uncovered(&bytes, is_uncovered);
}

#[test]
fn each_leaf_of_a_refusal_that_is_hashed_again_is_noticed_but_for_the_last_word() {
    let (_fixture, [bytes, _]) = refused();
    only_the_last_word_is_uncovered(&bytes, is_uncovered_of_a_refusal);
}

fn only_the_last_word_is_uncovered(bytes: &[u8], is_uncovered: fn(&str) -> bool) {
    let statement: Value = serde_json::from_slice(bytes).unwrap();
    let again = resealed(statement.clone(), "").unwrap();
    assert_eq!(failed(again.as_bytes()), None, "nothing was changed");
    let mut pointers = Vec::new();
    leaves(&statement, String::new(), &mut pointers);
    let (mut uncovered, mut unnoticed) = (0, Vec::new());
    for pointer in pointers.iter().filter(|pointer| !is_repeated(pointer)) {
        // These are what is made to fit.
        if pointer.ends_with("/header/evidence_hash") || pointer.ends_with("/bundle_hash") {
            continue;
        }
        let Some(bytes) = resealed(changed(&statement, pointer), pointer) else {
            continue;
        };
        let found = failed(bytes.as_bytes());
        if is_uncovered(pointer) {
            uncovered += usize::from(found.is_none());
        } else if found.is_none() {
            unnoticed.push(pointer);
        }
    }
    let none = Vec::<&String>::new();
    assert_eq!(unnoticed, none, "may be anything, once it is hashed");
    assert!(
        uncovered > 0,
        "the list of what is uncovered is out of date"
    );
}

#[test]
fn parts_of_two_bundles_make_none() {
    let fixture = Fixture::new(2);
    let mut pipeline = fixture.pipeline();
    for number in [0, 1] {
        let answer = pipeline.register(&fixture.request(number)).unwrap();
        assert_eq!(answer.outcome, Outcome::Registered);
    }
    let read = |number| {
        Bundle::read(&exported(&fixture, &dot_code(number)))
            .unwrap()
            .0
    };
    let (own, other) = (read(0), read(1));
    for slot in Slot::ALL {
        let mut mixed = own.clone();
        mixed
            .envelopes
            .insert(slot, other.envelope(slot).unwrap().to_vec());
        let same = own.envelope(slot) == other.envelope(slot);
        let noticed = failed(&mixed.write().unwrap()).is_some();
        assert_eq!(noticed, !same, "{}", slot.name());
        let mut without = own.clone();
        without.envelopes.remove(&slot);
        assert!(
            failed(&without.write().unwrap()).is_some(),
            "without {}",
            slot.name()
        );
    }
    assert_eq!(failed(&own.write().unwrap()), None);
}
